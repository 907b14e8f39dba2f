//! SMPP PDUs (SMPP 3.4 sections 3 to 5; 3.3 and 5.0 where they differ).

use thiserror::Error;

use crate::codec::{Reader, ShortRead};
use crate::session::sms::{TypeOfNumber, number};

/// Octets of a PDU's header.
pub const HEADER_OCTETS: usize = 16;

/// The longest PDU accepted, in octets: a message_payload of 64 KiB and everything around it.
pub const PDU_OCTETS: usize = 72 * 1024;

/// A command id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Command(pub u32);

/// All PDUs have names; those that are looked into have constants too.
macro_rules! commands {
    ($($code:literal $($constant:ident)? $name:literal,)+) => {
        impl Command {
            $($(pub const $constant: Self = Self($code);)?)+
        }

        impl Command {
            /// The PDU's name, of a response that of its request with `_resp`; none for an unknown id.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)+
                    _ => None,
                }
            }
        }
    };
}

commands! {
    0x0000_0001 BIND_RECEIVER "bind_receiver",
    0x8000_0001 BIND_RECEIVER_RESP "bind_receiver_resp",
    0x0000_0002 BIND_TRANSMITTER "bind_transmitter",
    0x8000_0002 BIND_TRANSMITTER_RESP "bind_transmitter_resp",
    0x0000_0003 "query_sm",
    0x8000_0003 "query_sm_resp",
    0x0000_0004 SUBMIT_SM "submit_sm",
    0x8000_0004 SUBMIT_SM_RESP "submit_sm_resp",
    0x0000_0005 DELIVER_SM "deliver_sm",
    0x8000_0005 DELIVER_SM_RESP "deliver_sm_resp",
    0x0000_0006 UNBIND "unbind",
    0x8000_0006 UNBIND_RESP "unbind_resp",
    0x0000_0007 "replace_sm",
    0x8000_0007 "replace_sm_resp",
    0x0000_0008 "cancel_sm",
    0x8000_0008 "cancel_sm_resp",
    0x0000_0009 BIND_TRANSCEIVER "bind_transceiver",
    0x8000_0009 BIND_TRANSCEIVER_RESP "bind_transceiver_resp",
    0x0000_000B OUTBIND "outbind",
    0x0000_0015 ENQUIRE_LINK "enquire_link",
    0x8000_0015 ENQUIRE_LINK_RESP "enquire_link_resp",
    0x0000_0021 SUBMIT_MULTI "submit_multi",
    0x8000_0021 SUBMIT_MULTI_RESP "submit_multi_resp",
    0x0000_0102 "alert_notification",
    0x0000_0103 DATA_SM "data_sm",
    0x8000_0103 DATA_SM_RESP "data_sm_resp",
    0x0000_0111 "broadcast_sm",
    0x8000_0111 "broadcast_sm_resp",
    0x0000_0112 "query_broadcast_sm",
    0x8000_0112 "query_broadcast_sm_resp",
    0x0000_0113 "cancel_broadcast_sm",
    0x8000_0113 "cancel_broadcast_sm_resp",
    0x8000_0000 GENERIC_NACK "generic_nack",
}

impl Command {
    /// Whether it answers something.
    pub const fn is_response(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Whether it may be the answer to a request of that command: its own response, or generic_nack.
    pub const fn answers(self, request: Self) -> bool {
        self.0 == request.0 | 0x8000_0000 || self.0 == Self::GENERIC_NACK.0
    }
}

/// What every PDU begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Octets of the whole PDU.
    pub length: usize,
    /// What it is.
    pub command: Command,
    /// 0 in requests and in answers that say yes.
    pub status: u32,
    /// The same in a request and its answer.
    pub sequence: u32,
}

impl Header {
    /// Reads a header from the first octets of a PDU.
    pub fn read(octets: &[u8]) -> Result<Self, ShortRead> {
        let mut reader = Reader::new(octets);
        let length = reader.u32("command_length")?;
        Ok(Self {
            length: usize::try_from(length).unwrap_or(usize::MAX),
            command: Command(reader.u32("command_id")?),
            status: reader.u32("command_status")?,
            sequence: reader.u32("sequence_number")?,
        })
    }

    /// Whether it can be the header of a PDU: of a length that occurs, a known command, and no status where none
    /// belongs.
    pub const fn is_plausible(&self) -> bool {
        self.length >= HEADER_OCTETS
            && self.length <= PDU_OCTETS
            && self.command.name().is_some()
            && (self.status == 0 || self.command.is_response() && self.status <= 0xFFFF)
            && self.sequence <= 0x7FFF_FFFF
    }
}

/// Why octets are not the PDU their header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SmppError {
    /// They end too soon.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// A text with octets that no text has.
    #[error("{0} is no text")]
    NotText(&'static str),
    /// A destination that is neither an address nor a list.
    #[error("a destination of kind {0}")]
    DestinationKind(u8),
}

/// A parameter that says what it is: tag, length, value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Which parameter.
    pub tag: u16,
    /// Its value.
    pub value: &'a [u8],
}

/// Tags of the parameters that matter here.
pub mod tag {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub const SOURCE_PORT: u16 = 0x020A;
    pub const DESTINATION_PORT: u16 = 0x020B;
    pub const SAR_MSG_REF_NUM: u16 = 0x020C;
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// The parameters at the end of a PDU; stops at one that is not whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tlvs<'a>(&'a [u8]);

impl<'a> Tlvs<'a> {
    /// Iterates over them.
    pub fn iter(&self) -> impl Iterator<Item = Tlv<'a>> + use<'a> {
        let mut reader = Reader::new(self.0);
        std::iter::from_fn(move || tlv(&mut reader).ok())
    }

    /// The value of the first with a tag.
    pub fn get(&self, tag: u16) -> Option<&'a [u8]> {
        self.iter().find(|tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }

    /// A value of one or two octets as a number.
    pub fn number(&self, tag: u16) -> Option<u16> {
        match self.get(tag)? {
            [low] => Some(u16::from(*low)),
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
    }

    /// Whether the parameters fill their octets exactly.
    fn well_formed(&self) -> bool {
        let mut reader = Reader::new(self.0);
        while !reader.is_empty() {
            if tlv(&mut reader).is_err() {
                return false;
            }
        }
        true
    }
}

fn tlv<'a>(reader: &mut Reader<'a>) -> Result<Tlv<'a>, ShortRead> {
    let tag = reader.u16("parameter tag")?;
    let length = reader.u16("parameter length")?;
    let value = reader.take("parameter value", usize::from(length))?;
    Ok(Tlv { tag, value })
}

/// A short message: submit_sm, deliver_sm, data_sm or submit_multi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// service_type.
    pub service_type: String,
    /// Who sent it.
    pub source: String,
    /// For whom it is; several in submit_multi.
    pub destinations: Vec<String>,
    /// esm_class.
    pub esm_class: u8,
    /// registered_delivery.
    pub registered_delivery: u8,
    /// data_coding.
    pub data_coding: u8,
    /// The user data, in short_message or message_payload.
    pub user_data: &'a [u8],
    /// The parameters.
    pub tlvs: Tlvs<'a>,
}

/// What a PDU says, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A short message.
    Message(Message<'a>),
    /// The id that a short message got, empty where it got none, and in the answer to submit_multi the
    /// destinations that failed with their statuses.
    MessageId {
        /// The id.
        id: String,
        /// Destinations that failed.
        failed: Vec<(String, u32)>,
    },
    /// Anything else.
    Other,
}

/// Reads what follows the header of a PDU.
pub fn content(command: Command, body: &[u8]) -> Result<Content<'_>, SmppError> {
    let mut reader = Reader::new(body);
    match command {
        Command::SUBMIT_SM | Command::DELIVER_SM => {
            let (service_type, source) = addressed(&mut reader)?;
            let destinations = vec![address(&mut reader)?];
            short_message(reader, service_type, source, destinations).map(Content::Message)
        }
        Command::SUBMIT_MULTI => {
            let (service_type, source) = addressed(&mut reader)?;
            let destinations = destinations(&mut reader)?;
            short_message(reader, service_type, source, destinations).map(Content::Message)
        }
        Command::DATA_SM => data_sm(reader).map(Content::Message),
        Command::SUBMIT_SM_RESP | Command::DELIVER_SM_RESP | Command::DATA_SM_RESP => {
            let id = optional_text(&mut reader, "message_id")?;
            let failed = Vec::new();
            Ok(Content::MessageId { id, failed })
        }
        Command::SUBMIT_MULTI_RESP => {
            let id = optional_text(&mut reader, "message_id")?;
            let failed = failed_destinations(&mut reader)?;
            Ok(Content::MessageId { id, failed })
        }
        _ => Ok(Content::Other),
    }
}

/// Whether a PDU's body has exactly the form that its command asks for. For telling SMPP from what only looks
/// like it.
pub fn is_exact(command: Command, body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let exact = match command {
        Command::BIND_RECEIVER | Command::BIND_TRANSMITTER | Command::BIND_TRANSCEIVER => bind(&mut reader),
        Command::BIND_RECEIVER_RESP | Command::BIND_TRANSMITTER_RESP | Command::BIND_TRANSCEIVER_RESP => {
            optional_text(&mut reader, "system_id").map(drop)
        }
        Command::OUTBIND => texts(&mut reader, &["system_id", "password"]),
        Command::ENQUIRE_LINK
        | Command::ENQUIRE_LINK_RESP
        | Command::UNBIND
        | Command::UNBIND_RESP
        | Command::GENERIC_NACK => return body.is_empty(),
        Command::SUBMIT_SM | Command::DELIVER_SM | Command::SUBMIT_MULTI | Command::DATA_SM => {
            return match content(command, body) {
                Ok(Content::Message(message)) => message.tlvs.well_formed(),
                _ => false,
            };
        }
        Command::SUBMIT_SM_RESP | Command::DELIVER_SM_RESP | Command::DATA_SM_RESP => {
            optional_text(&mut reader, "message_id").map(drop)
        }
        _ => return false,
    };
    exact.is_ok() && Tlvs(reader.rest()).well_formed()
}

fn bind(reader: &mut Reader<'_>) -> Result<(), SmppError> {
    texts(reader, &["system_id", "password", "system_type"])?;
    reader.skip("interface_version, addr_ton, addr_npi", 3)?;
    texts(reader, &["address_range"])
}

fn texts(reader: &mut Reader<'_>, fields: &[&'static str]) -> Result<(), SmppError> {
    fields.iter().try_for_each(|field| text(reader, field).map(drop))
}

/// A C-octet string. What is no printable text shows that the PDU is none.
fn text(reader: &mut Reader<'_>, field: &'static str) -> Result<String, SmppError> {
    let octets = reader.until_nul(field)?;
    if octets.iter().any(|octet| *octet < 0x20) {
        return Err(SmppError::NotText(field));
    }
    Ok(String::from_utf8_lossy(octets).into_owned())
}

/// A C-octet string that may be missing altogether where an answer says no.
fn optional_text(reader: &mut Reader<'_>, field: &'static str) -> Result<String, SmppError> {
    match reader.is_empty() {
        true => Ok(String::new()),
        false => text(reader, field),
    }
}

/// Type of number, numbering plan, number.
fn address(reader: &mut Reader<'_>) -> Result<String, SmppError> {
    let kind = TypeOfNumber::from_code(reader.u8("addr_ton")?);
    reader.skip("addr_npi", 1)?;
    let text = text(reader, "address")?;
    Ok(number(kind, &text))
}

/// service_type, then the source address.
fn addressed(reader: &mut Reader<'_>) -> Result<(String, String), SmppError> {
    let service_type = text(reader, "service_type")?;
    Ok((service_type, address(reader)?))
}

fn destinations(reader: &mut Reader<'_>) -> Result<Vec<String>, SmppError> {
    let count = reader.u8("number_of_dests")?;
    (0..count)
        .map(|_| match reader.u8("dest_flag")? {
            1 => address(reader),
            2 => text(reader, "dl_name"),
            other => Err(SmppError::DestinationKind(other)),
        })
        .collect()
}

fn failed_destinations(reader: &mut Reader<'_>) -> Result<Vec<(String, u32)>, SmppError> {
    if reader.is_empty() {
        return Ok(Vec::new());
    }
    let count = reader.u8("no_unsuccess")?;
    (0..count)
        .map(|_| Ok((address(reader)?, reader.u32("error_status_code")?)))
        .collect()
}

/// From esm_class on, as in submit_sm.
fn short_message(
    mut reader: Reader<'_>,
    service_type: String,
    source: String,
    destinations: Vec<String>,
) -> Result<Message<'_>, SmppError> {
    let esm_class = reader.u8("esm_class")?;
    reader.skip("protocol_id and priority_flag", 2)?;
    texts(&mut reader, &["schedule_delivery_time", "validity_period"])?;
    let registered_delivery = reader.u8("registered_delivery")?;
    reader.skip("replace_if_present_flag", 1)?;
    let data_coding = reader.u8("data_coding")?;
    reader.skip("sm_default_msg_id", 1)?;
    let length = reader.u8("sm_length")?;
    let short_message = reader.take("short_message", usize::from(length))?;
    let tlvs = Tlvs(reader.rest());
    let payload = tlvs
        .get(tag::MESSAGE_PAYLOAD)
        .filter(|_| short_message.is_empty());
    Ok(Message {
        service_type,
        source,
        destinations,
        esm_class,
        registered_delivery,
        data_coding,
        user_data: payload.unwrap_or(short_message),
        tlvs,
    })
}

fn data_sm(mut reader: Reader<'_>) -> Result<Message<'_>, SmppError> {
    let (service_type, source) = addressed(&mut reader)?;
    let destinations = vec![address(&mut reader)?];
    let esm_class = reader.u8("esm_class")?;
    let registered_delivery = reader.u8("registered_delivery")?;
    let data_coding = reader.u8("data_coding")?;
    let tlvs = Tlvs(reader.rest());
    Ok(Message {
        service_type,
        source,
        destinations,
        esm_class,
        registered_delivery,
        data_coding,
        user_data: tlvs.get(tag::MESSAGE_PAYLOAD).unwrap_or_default(),
        tlvs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_and_its_header() {
        let octets = b"\0\0\0\x1c\0\0\0\x09\0\0\0\0\0\0\0\x01ppg\0pw\0\0\x34\0\0\0";
        let header = Header::read(octets).unwrap();
        assert_eq!((header.length, header.command), (28, Command::BIND_TRANSCEIVER));
        assert!(header.is_plausible() && is_exact(header.command, &octets[16..]));
        assert!(!is_exact(header.command, &octets[16..27]));
    }

    #[test]
    fn user_data_lies_in_the_message_or_in_its_payload() {
        let mut body = b"WAP\0\x01\x01491\0\x01\x01492\0\x40\0\0\0\0\x01\0\xf5\0\x03abc".to_vec();
        let Ok(Content::Message(message)) = content(Command::SUBMIT_SM, &body) else {
            panic!("no message")
        };
        assert_eq!(
            (message.source.as_str(), message.destinations[0].as_str()),
            ("+491", "+492")
        );
        assert_eq!(
            (message.esm_class, message.data_coding, message.user_data),
            (0x40, 0xF5, &b"abc"[..])
        );
        body.truncate(body.len() - 4);
        body.extend(b"\0\x04\x24\0\x02xy\x02\x0b\0\x02\x0b\x84");
        let Ok(Content::Message(message)) = content(Command::DELIVER_SM, &body) else {
            panic!("no message")
        };
        assert_eq!(message.user_data, b"xy");
        assert_eq!(message.tlvs.number(tag::DESTINATION_PORT), Some(2948));
        assert!(is_exact(Command::DELIVER_SM, &body));
    }

    #[test]
    fn several_destinations_and_those_that_failed() {
        let body = b"\0\0\x00500\0\x03\x01\x01\x01491\0\x02list\0\x01\0\x00492\0\0\0\0\0\0\0\0\0\0\x01x";
        let Ok(Content::Message(message)) = content(Command::SUBMIT_MULTI, body) else {
            panic!("no message")
        };
        assert_eq!(message.destinations, ["+491", "list", "492"]);
        let response = b"id1\0\x01\x01\x01491\0\0\0\0\x0b";
        let Ok(Content::MessageId { id, failed }) = content(Command::SUBMIT_MULTI_RESP, response) else {
            panic!("no id")
        };
        assert_eq!(
            (id.as_str(), failed.as_slice()),
            ("id1", &[("+491".to_owned(), 11)][..])
        );
    }
}
