//! Delivery receipts (SMPP 3.4 appendix B) and the messages they are about.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::pdu::{Message, tag};
use crate::session::sms::Ticket;

/// Message ids kept until their receipt comes: an hour of a busy gateway.
const MESSAGE_IDS: usize = 65_536;

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) message_id: String,
    pub(super) delivered: bool,
    pub(super) code: Option<u32>,
}

impl Receipt {
    /// The receipt in a message; none where it is none, or says only that the message is under way.
    pub(super) fn of(message: &Message<'_>) -> Option<Self> {
        let kind = message.esm_class >> 2 & 0x0F;
        let id = message.tlvs.get(tag::RECEIPTED_MESSAGE_ID);
        if !matches!(kind, 1 | 2 | 8) && id.is_none() {
            return None;
        }
        let text = String::from_utf8_lossy(message.user_data);
        let id = id.map(|octets| String::from_utf8_lossy(octets).into_owned());
        let message_id = id.or_else(|| field(&text, "id:").map(str::to_owned))?;
        let state = message.tlvs.number(tag::MESSAGE_STATE);
        let delivered = state.map_or_else(
            || field(&text, "stat:").and_then(delivered_by_text),
            delivered_by_state,
        )?;
        Some(Self {
            message_id: message_id.trim_end_matches('\0').to_owned(),
            delivered,
            code: error_code(message, &text).filter(|_| !delivered),
        })
    }
}

/// The word after `name` in a receipt's text, names in either case.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut words = text.split_ascii_whitespace();
    words.find_map(|word| {
        let (start, value) = word.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// message_state (section 5.2.28): final states only.
fn delivered_by_state(state: u16) -> Option<bool> {
    match state {
        2 => Some(true),
        3 | 4 | 5 | 8 => Some(false),
        _ => None,
    }
}

fn delivered_by_text(state: &str) -> Option<bool> {
    match state.to_ascii_uppercase().as_str() {
        "DELIVRD" => Some(true),
        "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" => Some(false),
        _ => None,
    }
}

/// The network's error code: from its parameter, whose first octet names the network, else from the text.
fn error_code(message: &Message<'_>, text: &str) -> Option<u32> {
    if let Some([_network, high, low]) = message.tlvs.get(tag::NETWORK_ERROR_CODE) {
        return Some(u32::from(u16::from_be_bytes([*high, *low])));
    }
    let code = field(text, "err:")?;
    code.parse().ok().or_else(|| u32::from_str_radix(code, 16).ok())
}

/// Which message got which id, by the service centre that gave it.
#[derive(Debug, Default)]
pub(in crate::session) struct MessageIds {
    tickets: HashMap<(IpAddr, String), Vec<Ticket>, ahash::RandomState>,
    order: VecDeque<(IpAddr, String)>,
}

impl MessageIds {
    pub(super) fn insert(&mut self, centre: IpAddr, id: &str, tickets: &[Ticket]) {
        let key = (centre, normal(id));
        if self.tickets.insert(key.clone(), tickets.to_vec()).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MESSAGE_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.tickets.remove(&oldest);
        }
    }

    /// The messages that a receipt's id names: service centres write the same id in decimal in one place and in
    /// hexadecimal digits in the other.
    pub(super) fn find(&self, centre: IpAddr, id: &str) -> &[Ticket] {
        let id = normal(id);
        let from_decimal = id.parse::<u64>().ok().map(|number| format!("{number:x}"));
        let from_hexadecimal = u64::from_str_radix(&id, 16).ok().map(|number| number.to_string());
        let forms = [Some(id), from_decimal, from_hexadecimal];
        let mut found = forms
            .into_iter()
            .flatten()
            .filter_map(|id| self.tickets.get(&(centre, id)));
        found.next().map_or(&[], Vec::as_slice)
    }
}

/// An id in lower case without leading zeros.
fn normal(id: &str) -> String {
    id.trim_start_matches('0').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(esm_class: u8, text: &[u8]) -> Option<Receipt> {
        Receipt::of(&Message {
            service_type: String::new(),
            source: "1".into(),
            destinations: vec!["2".into()],
            esm_class,
            registered_delivery: 0,
            data_coding: 0,
            user_data: text,
            tlvs: Default::default(),
        })
    }

    #[test]
    fn the_text_tells_what_became_of_which_message() {
        let text = b"id:0123 sub:001 dlvrd:000 submit date:2611201000 done date:2611201001 stat:UNDELIV err:027 text:x";
        let read = receipt(0x04, text).unwrap();
        assert_eq!(
            (read.message_id.as_str(), read.delivered, read.code),
            ("0123", false, Some(27))
        );
        let delivered = receipt(0x04, b"id:ab stat:DELIVRD err:000").unwrap();
        assert_eq!((delivered.delivered, delivered.code), (true, None));
        assert_eq!(receipt(0x04, b"id:ab stat:ACCEPTD err:000"), None);
        assert_eq!(receipt(0x00, b"id:ab stat:DELIVRD err:000"), None);
    }

    #[test]
    fn an_id_is_found_in_decimal_and_hexadecimal() {
        let centre = IpAddr::from([10, 0, 0, 1]);
        let mut ids = MessageIds::default();
        let mut tools = crate::session::sms::tests::tickets(2);
        let (decimal, hexadecimal) = (tools.remove(0), tools.remove(0));
        ids.insert(centre, "0000291", &[decimal]);
        ids.insert(centre, "1F4A", &[hexadecimal]);
        assert_eq!(ids.find(centre, "123"), [decimal]);
        assert_eq!(ids.find(centre, "8010"), [hexadecimal]);
        assert_eq!(ids.find(centre, "1f4a"), [hexadecimal]);
        assert!(ids.find(IpAddr::from([10, 0, 0, 2]), "1f4a").is_empty());
    }
}
