//! The HTTP interface of SMS gateways: a short message in the query of a URL, as Kannel's `sendsms` takes it (Kannel
//! user's guide, "Using the HTTP interface"), with its user data header and its text.

use crate::model::{Direction, Extent};
use crate::session::http::Context;
use crate::session::sms::{ShortMessage, Ticket, UserDataHeader};
use crate::session::{Bearer, SmsTransfer};

/// A short message as the parameters of a query say it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parameters {
    originator: String,
    /// One number or several, with blanks, commas or semicolons between them.
    recipients: String,
    /// The user data header, with its length in front; a message without one is no push.
    header: Vec<u8>,
    text: Vec<u8>,
}

/// Hands on the short message that a URL asks to send. Tickets come back where it may be a push or a part of one, one
/// for each recipient.
pub(super) fn submit(context: &mut Context<'_>, client: Direction, extent: Extent, url: &str) -> Vec<Ticket> {
    let Some(parameters) = read(url) else {
        return Vec::new();
    };
    let Ok((header, _)) = UserDataHeader::read(&parameters.header) else {
        return Vec::new();
    };
    let separators = [' ', ',', ';'];
    let recipients = parameters
        .recipients
        .split(separators)
        .filter(|to| !to.is_empty());
    let source = context.connection.sender(client).endpoint;
    let destination = context.connection.receiver(client).endpoint;
    let network = context.connection.network;
    let hosts = context.hosts(client);
    let (short_messages, mut tools) = context.short_messages();
    let tickets = recipients.filter_map(|recipient| {
        let short_message = ShortMessage {
            bearer: Bearer::Http,
            transfer: Some(SmsTransfer::Submit),
            network,
            source,
            destination,
            hosts,
            extent,
            originator: &parameters.originator,
            originator_field: "from",
            recipient,
            imsi: None,
            ports: header.ports,
            concatenation: header.concatenation,
            binary: true,
            octets: &parameters.text,
            receipt_due: false,
        };
        short_messages.submit(&mut tools, &short_message)
    });
    tickets.collect()
}

/// Reads a URL's query; none where it asks for no short message with a user data header.
fn read(url: &str) -> Option<Parameters> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    let mut parameters = Parameters::default();
    for (name, value) in query.split('&').filter_map(|parameter| parameter.split_once('=')) {
        match name {
            "udh" => parameters.header = octets(value),
            "text" | "data" => parameters.text = octets(value),
            "to" => parameters.recipients = text(value),
            "from" => parameters.originator = text(value),
            _ => {}
        }
    }
    let complete =
        !parameters.header.is_empty() && !parameters.text.is_empty() && !parameters.recipients.is_empty();
    complete.then_some(parameters)
}

fn text(value: &str) -> String {
    String::from_utf8_lossy(&unescaped(value)).into_owned()
}

/// A binary value: its octets escaped, or, as some gateways want them, in hexadecimal.
fn octets(value: &str) -> Vec<u8> {
    let octets = unescaped(value);
    from_hexadecimal(&octets).unwrap_or(octets)
}

/// A value with its escapes undone (application/x-www-form-urlencoded); an escape that makes no sense stays.
fn unescaped(value: &str) -> Vec<u8> {
    let mut rest = value.as_bytes();
    let mut octets = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.split_at_checked(2).filter(|_| *first == b'%');
        let (octet, following) =
            match escaped.and_then(|(digits, after)| Some((from_hexadecimal(digits)?, after))) {
                Some((octet, following)) => (octet.first().copied(), following),
                None if *first == b'+' => (Some(b' '), after),
                None => (Some(*first), after),
            };
        octets.extend(octet);
        rest = following;
    }
    octets
}

fn from_hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs = digits.chunks_exact(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_octets_escaped_or_in_hexadecimal() {
        let parameters = Parameters {
            originator: "5000".to_owned(),
            recipients: "+441 +442".to_owned(),
            header: b"\x06\x05\x04\x0b\x84\x23\xf0".to_vec(),
            text: b"\x04\x06\x01\xbe\x8c a".to_vec(),
        };
        let kannel = "http://gw:13013/cgi-bin/sendsms?from=5000&username=u&to=%2B441+%2B442\
                      &text=%04%06%01%BE%8C+a&udh=%06%05%04%0B%84%23%F0";
        let hexadecimal = "/http?from=5000&to=%2B441%20%2B442&udh=0605040B8423F0&data=040601be8c2061#x";
        assert_eq!(read(kannel).as_ref(), Some(&parameters));
        assert_eq!(read(hexadecimal).as_ref(), Some(&parameters));
    }

    #[test]
    fn what_lacks_a_parameter_sends_nothing() {
        for url in [
            "http://a/b",
            "/sendsms?to=1&text=a",
            "/sendsms?to=1&udh=%06",
            "/sendsms?text=a&udh=%06",
            "/sendsms?to&text=&udh=",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
    }

    #[test]
    fn escapes_that_make_no_sense_stay() {
        assert_eq!(unescaped("%41%4%zz%"), b"A%4%zz%");
    }
}
