//! `--redact`: a result that may be shared. Numbers and addresses become pseudonyms, the same one for the same address
//! in the whole result; subjects, names of parts and content vanish. What is free text keeps its words and loses
//! everything in it that could name somebody.
//!
//! Pseudonyms count up in the order of appearance, or come from a secret key, and are the same in every run then. A digest
//! without a key would be no pseudonym: there are few enough telephone numbers to try them all.

mod context;
pub mod keyed;
mod message;
#[cfg(test)]
mod tests;
mod text;
mod urls;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::analysis::ReasonKind;
use crate::model::{Digest, Endpoint};
use crate::report::document::{
    Anomaly, Capture, Diagnosis, Document, Problem, TlsEntry, inventory::Inventory,
};
use keyed::{Key, Numbers};
use text::host_of;
use urls::Urls;

/// What stands for text that could say anything.
pub(crate) const GONE: &str = "[redacted]";

/// Fewest digits in a row that could be part of a telephone number.
const NUMBER: usize = 5;

/// Hands out pseudonyms.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Numbers by a key, where there is one.
    keyed: Option<Numbers>,
    numbers: Names,
    mails: Names,
    others: Names,
    hosts: Names,
    identifiers: Names,
    urls: Urls,
    digests: Names,
    captures: Names,
}

/// Pseudonyms of one kind.
#[derive(Debug, Default)]
struct Names {
    known: BTreeMap<String, u64>,
    key: Option<(Key, &'static str)>,
}

impl Names {
    /// The number of a name: from 1 in the order of appearance, or what the key makes of it.
    fn number(&mut self, name: &str) -> u64 {
        if let Some(number) = self.known.get(name) {
            return *number;
        }
        let number = match &self.key {
            Some((key, kind)) => key.number(kind, name),
            None => u64::try_from(self.known.len())
                .unwrap_or(u64::MAX)
                .saturating_add(1),
        };
        self.known.insert(name.to_owned(), number);
        number
    }
}

/// Whether a protocol inside TLS is HTTP, by its name (RFC 7301 section 6).
fn is_http(protocol: &str) -> bool {
    matches!(protocol, "h2" | "http/1.1" | "http/1.0")
}

impl Redactor {
    /// One whose pseudonyms come from a key.
    pub fn keyed(key: &Key) -> Self {
        let names = |kind| Names {
            known: BTreeMap::new(),
            key: Some((key.clone(), kind)),
        };
        Self {
            keyed: Some(Numbers::new(key.clone())),
            numbers: Names::default(),
            mails: names("mail"),
            others: names("other"),
            hosts: names("host"),
            identifiers: names("identifier"),
            urls: Urls::keyed(key.clone()),
            digests: names("digest"),
            captures: Names::default(),
        }
    }

    /// The numbers that were met, with their pseudonyms, in order; none of one without a key.
    pub fn met(&self) -> impl Iterator<Item = (String, String)> {
        self.keyed.iter().flat_map(Numbers::met)
    }

    /// Redacts a whole document.
    pub fn document(&mut self, document: &mut Document) {
        let Document {
            format: _,
            version: _,
            captures,
            messages,
            operations,
            context,
            anomalies,
            diagnosis,
            summary: _,
        } = document;
        captures.iter_mut().for_each(|capture| self.capture(capture));
        messages.iter_mut().for_each(|message| self.message(message));
        operations
            .iter_mut()
            .for_each(|operation| self.operation(operation));
        context.iter_mut().for_each(|entry| self.context_entry(entry));
        anomalies.iter_mut().for_each(|anomaly| self.anomaly(anomaly));
        diagnosis.iter_mut().for_each(|entry| self.diagnosis(entry));
    }

    /// Redacts a reason why there may be less: hosts and addresses in it become pseudonyms, in its words too.
    pub fn diagnosis(&mut self, entry: &mut Diagnosis) {
        let Diagnosis {
            kind,
            count: _,
            capture: _,
            frame: _,
            names,
            ports: _,
            detail,
        } = entry;
        for name in names {
            let shown = match kind {
                ReasonKind::LinkType => continue,
                ReasonKind::HttpWithoutMms | ReasonKind::SoapWithoutMms => self.token(name),
                ReasonKind::OneDirection => self.text(name),
                _ => self.written_endpoint(name),
            };
            *detail = detail.replace(name.as_str(), &shown);
            *name = shown;
        }
    }

    /// Redacts what is told of an input: its path may name a customer or a ticket.
    pub fn capture(&mut self, capture: &mut Capture) {
        let Capture {
            path,
            format: _,
            link_types: _,
            packets: _,
            bytes: _,
            first: _,
            last: _,
            clock: _,
            problems,
            tls,
        } = capture;
        *path = self.path(path);
        tls.iter_mut().for_each(|entry| self.tls_entry(entry));
        for problem in problems {
            let Problem {
                kind: _,
                frame: _,
                detail,
                count: _,
            } = problem;
            *detail = self.text(detail);
        }
    }

    /// Redacts whose a TLS server is.
    fn tls_entry(&mut self, entry: &mut TlsEntry) {
        let TlsEntry {
            server,
            sni,
            alpn,
            version: _,
            cipher: _,
            subject,
            connections: _,
            read: _,
            partly: _,
            unread: _,
            failed: _,
            first_frame: _,
        } = entry;
        *server = server.map(|server| self.endpoint(server));
        *sni = sni.as_deref().map(|name| self.written_endpoint(name));
        *subject = subject.as_deref().map(|name| self.written_endpoint(name));
        if let Some(protocol) = alpn.take_if(|protocol| !is_http(protocol)) {
            *alpn = Some(self.written_endpoint(&protocol));
        }
    }

    /// What stands for a digest: who has the content could recognise it.
    pub(super) fn digest(&mut self, sha256: Digest) -> Digest {
        Digest::numbered(self.digests.number(&sha256.to_string()))
    }

    /// What stands for the path of an input, which may name a customer or a ticket.
    pub fn path(&mut self, path: &str) -> String {
        format!("capture-{}", self.captures.number(path))
    }

    /// Redacts what is in the captures and what was made of it.
    pub fn inventory(&mut self, inventory: &mut Inventory) {
        for entry in &mut inventory.diagnosis {
            self.diagnosis(entry);
        }
        for capture in &mut inventory.captures {
            self.capture(capture);
        }
        for anomaly in &mut inventory.anomalies {
            self.anomaly(anomaly);
        }
    }

    /// Redacts an anomaly.
    pub fn anomaly(&mut self, anomaly: &mut Anomaly) {
        let Anomaly {
            kind: _,
            count: _,
            capture: _,
            frame: _,
            detail,
        } = anomaly;
        *detail = self.text(detail);
    }

    fn optional<T: AsRef<str> + From<String>>(
        &mut self,
        field: &mut Option<T>,
        redact: fn(&mut Self, &str) -> String,
    ) {
        if let Some(text) = field {
            *text = redact(self, text.as_ref()).into();
        }
    }

    /// The pseudonym of a telephone number, e-mail address, short code or IP address.
    pub fn address(&mut self, address: &str) -> String {
        if address.contains('@') {
            return format!(
                "user-{}@example.invalid",
                self.mails.number(&address.to_lowercase())
            );
        }
        if address.parse::<IpAddr>().is_ok() {
            return self.host(address).to_string();
        }
        let digits = address.trim_start_matches('+');
        if !digits.is_empty()
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '.' | '(' | ')'))
        {
            // The country code +999 is not assigned to anybody.
            let bare: String = digits.chars().filter(char::is_ascii_digit).collect();
            if let Some(keyed) = &mut self.keyed {
                // As it stands in a slice: with the digits and the form that it has.
                let plus = if address.starts_with('+') { "+" } else { "" };
                return format!("{plus}{}", keyed.text(&bare));
            }
            let bare = bare.strip_prefix("00").unwrap_or(&bare).to_owned();
            return format!("+999{:08}", self.numbers.number(&bare));
        }
        format!("address-{}", self.others.number(address))
    }

    /// The pseudonym of a message id or transaction id.
    pub fn identifier(&mut self, identifier: &str) -> String {
        let bare = identifier.trim_matches(|c| matches!(c, '<' | '>' | '"'));
        format!("id-{}", self.identifiers.number(bare))
    }

    pub(super) fn url(&mut self, url: &str) -> String {
        format!("http://mmsc.invalid/{}", self.urls.number(url))
    }

    /// An endpoint under the pseudonym of its host; the port stays.
    pub fn endpoint(&mut self, endpoint: Endpoint) -> Endpoint {
        Endpoint::new(self.host(&endpoint.address.to_string()), endpoint.port)
    }

    /// The pseudonym of a host's address.
    pub(super) fn endpoint_address(&mut self, address: IpAddr) -> IpAddr {
        self.host(&address.to_string())
    }

    /// The same of an endpoint in a text, or of a host alone, which may have a name instead of an address.
    pub fn written_endpoint(&mut self, endpoint: &str) -> String {
        let host = host_of(endpoint);
        let name = self.host(host);
        match endpoint.rsplit_once(':') {
            Some((_, port)) if host != endpoint && name.is_ipv6() => format!("[{name}]:{port}"),
            Some((_, port)) if host != endpoint => format!("{name}:{port}"),
            _ => name.to_string(),
        }
    }

    /// A host's pseudonym: an address for benchmarks (RFC 2544) or documentation (RFC 3849); by a key, one of those that are
    /// reserved (RFC 1112 section 4), of which there are more.
    fn host(&mut self, host: &str) -> IpAddr {
        let number = self.hosts.number(host);
        if let Ok(IpAddr::V6(_)) = host.parse() {
            return Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(number)).into();
        }
        let [.., a, b, c, d] = number.to_be_bytes();
        let number = u32::from_be_bytes([a, b, c, d]);
        let (first, mask) = match self.keyed {
            Some(_) => (Ipv4Addr::new(240, 0, 0, 0), 0x0fff_ffff),
            None => (Ipv4Addr::new(198, 18, 0, 0), 0x1_ffff),
        };
        Ipv4Addr::from(u32::from(first) | number & mask).into()
    }

    /// A word of a protocol, such as a media type, stays; anything else in its place does not.
    pub(super) fn token(&mut self, token: &str) -> String {
        let plain = token
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '+' | '_' | '*'));
        let digits = token.chars().filter(char::is_ascii_digit).count();
        if plain && digits < NUMBER {
            token.to_owned()
        } else {
            GONE.to_owned()
        }
    }
}
