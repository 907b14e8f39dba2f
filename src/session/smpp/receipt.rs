//! Delivery receipts (SMPP 3.4 appendix B).

use super::pdu::{Message, tag};

/// The message types of esm_class (section 5.2.12), its bits 5 to 2.
mod message_type {
    pub(super) const DEFAULT: u8 = 0;
    pub(super) const DELIVERY_RECEIPT: u8 = 1;
    pub(super) const DELIVERY_ACKNOWLEDGEMENT: u8 = 2;
    /// How things stand, before anything is final.
    pub(super) const INTERMEDIATE_NOTIFICATION: u8 = 8;
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) message_id: String,
    /// Whose message it is about: the receipt comes in that subscriber's name.
    pub(super) recipient: String,
    pub(super) delivered: bool,
    pub(super) code: Option<u32>,
}

impl Receipt {
    /// The receipt in a message; none where it is none, or says only that the message is under way.
    pub(super) fn of(message: &Message<'_>) -> Option<Self> {
        let id = message.tlvs.get(tag::RECEIPTED_MESSAGE_ID);
        let text = String::from_utf8_lossy(message.user_data);
        let is_receipt = match message.esm_class >> 2 & 0x0F {
            message_type::DELIVERY_RECEIPT | message_type::DELIVERY_ACKNOWLEDGEMENT => true,
            message_type::INTERMEDIATE_NOTIFICATION => false,
            // Some centres leave the type out: the id, or a text that is nothing else, tells all the same.
            message_type::DEFAULT => id.is_some() || is_receipt_text(&text),
            _ => id.is_some(),
        };
        if !is_receipt {
            return None;
        }
        let id = id.map(|octets| String::from_utf8_lossy(octets).into_owned());
        let message_id = id.or_else(|| field(&text, "id:").map(str::to_owned))?;
        let state = message.tlvs.number(tag::MESSAGE_STATE);
        let delivered = state.map_or_else(
            || field(&text, "stat:").and_then(delivered_by_text),
            delivered_by_state,
        )?;
        Some(Self {
            message_id: message_id.trim_end_matches('\0').to_owned(),
            recipient: message.source.clone(),
            delivered,
            code: error_code(message, &text).filter(|_| !delivered),
        })
    }
}

/// Whether a text has the form of appendix B.
fn is_receipt_text(text: &str) -> bool {
    let begins = text
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("id:"));
    begins && field(text, "stat:").is_some()
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
        assert_eq!(receipt(0x00, b"see id:ab stat:DELIVRD err:000"), None);
    }

    #[test]
    fn a_receipt_without_its_type_is_one_and_an_intermediate_notification_is_none() {
        let read = receipt(0x00, b"id:ab sub:001 stat:DELIVRD err:000").unwrap();
        assert_eq!((read.message_id.as_str(), read.delivered), ("ab", true));
        assert_eq!(receipt(0x20, b"id:ab sub:001 stat:UNDELIV err:000"), None);
    }
}
