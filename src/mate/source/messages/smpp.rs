//! Fields of SMPP PDUs (SMPP 3.4 sections 4 and 5).

use super::parts::Part;
use super::places::Ends;
use super::shared::Shared;
use super::sms::{self, UserData};
use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::source::text::{self, Text};
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::session::smpp::pdu::{Command, HEADER_OCTETS, Header, tag};

/// Parameters at the end of a PDU that are read: more than any has.
const PARAMETERS: usize = 256;

/// A PDU.
pub(super) fn pdu(
    header: Header,
    body: &[u8],
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let mut fields = writer.layer(FieldId::SMPP, place, Some(header.length));
    fields.show(FieldId::SMPP_COMMAND_LENGTH, 0, 4, header.length);
    fields.number(FieldId::SMPP_COMMAND_ID, 4, 4, header.command.0);
    if header.command.is_response() {
        fields.number(FieldId::SMPP_COMMAND_STATUS, 8, 4, header.status);
    }
    fields.number(FieldId::SMPP_SEQUENCE_NUMBER, 12, 4, header.sequence);
    let layer = fields.layer;
    let mut reading = Reading {
        reader: Reader::with_base(body, HEADER_OCTETS),
        fields,
        message: Message::default(),
    };
    // What is cut or damaged has told what it has.
    let _ = reading.body(header.command);
    let message = reading.message;
    if let Some((at, octets)) = message.user_data {
        let user_data = UserData {
            octets,
            has_header: message.has_header,
            port: message.port,
            part: message.part(),
            recipient: message.recipient,
        };
        sms::user_data(
            &user_data,
            None,
            ends,
            place.behind(at).above(layer),
            writer,
            shared,
        );
    }
}

/// What of a short message matters to what is in it.
#[derive(Default)]
struct Message<'r> {
    user_data: Option<(usize, &'r [u8])>,
    has_header: bool,
    /// The destination port, where a parameter says it.
    port: Option<u16>,
    /// The SAR parameters: of which message it is a part, how many that has, which one it is.
    reference: Option<u16>,
    total: Option<u8>,
    number: Option<u8>,
    recipient: &'r [u8],
}

impl Message<'_> {
    fn part(&self) -> Option<Part> {
        Part::checked(self.reference?, self.total?, self.number?)
    }
}

struct Reading<'r, 'w, 'a> {
    reader: Reader<'r>,
    fields: Fields<'w, 'a>,
    message: Message<'r>,
}

impl<'r> Reading<'r, '_, '_> {
    fn body(&mut self, command: Command) -> Result<(), ShortRead> {
        match command {
            Command::BIND_RECEIVER | Command::BIND_TRANSMITTER | Command::BIND_TRANSCEIVER => {
                self.text(FieldId::SMPP_SYSTEM_ID)?;
                self.reader.until_nul("password")?;
                self.text(FieldId::SMPP_SYSTEM_TYPE)?;
                self.octet(FieldId::SMPP_INTERFACE_VERSION)?;
                self.reader.skip("addr_ton and addr_npi", 2)?;
                self.reader.until_nul("address_range")?;
            }
            Command::BIND_RECEIVER_RESP | Command::BIND_TRANSMITTER_RESP | Command::BIND_TRANSCEIVER_RESP => {
                self.optional_text(FieldId::SMPP_SYSTEM_ID)?;
            }
            Command::OUTBIND => {
                self.text(FieldId::SMPP_SYSTEM_ID)?;
                self.reader.until_nul("password")?;
            }
            Command::SUBMIT_SM | Command::DELIVER_SM => {
                self.source()?;
                self.destination()?;
                self.short_message()?;
            }
            Command::SUBMIT_MULTI => {
                self.source()?;
                self.destinations()?;
                self.short_message()?;
            }
            Command::DATA_SM => {
                self.source()?;
                self.destination()?;
                self.esm_class()?;
                self.registered_delivery()?;
                self.octet(FieldId::SMPP_DATA_CODING)?;
            }
            Command::SUBMIT_SM_RESP | Command::DELIVER_SM_RESP | Command::DATA_SM_RESP => {
                self.optional_text(FieldId::SMPP_MESSAGE_ID)?;
            }
            Command::SUBMIT_MULTI_RESP => {
                self.optional_text(FieldId::SMPP_MESSAGE_ID)?;
                self.failures()?;
            }
            _ => return self.others(command),
        }
        self.parameters()
    }

    /// Commands that name a message: query_sm, cancel_sm, replace_sm.
    fn others(&mut self, command: Command) -> Result<(), ShortRead> {
        const QUERY_SM: u32 = 3;
        const REPLACE_SM: u32 = 7;
        const CANCEL_SM: u32 = 8;
        const QUERY_SM_RESP: u32 = 0x8000_0003;
        match command.0 {
            QUERY_SM | REPLACE_SM => {
                self.text(FieldId::SMPP_MESSAGE_ID)?;
                self.address(SOURCE)
            }
            CANCEL_SM => {
                self.service_type()?;
                self.text(FieldId::SMPP_MESSAGE_ID)?;
                self.address(SOURCE)?;
                self.destination()
            }
            QUERY_SM_RESP => {
                self.optional_text(FieldId::SMPP_MESSAGE_ID)?;
                self.reader.until_nul("final_date")?;
                self.octet(FieldId::SMPP_MESSAGE_STATE).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn octet(&mut self, field: FieldId) -> Result<u8, ShortRead> {
        let at = self.reader.offset();
        let octet = self.reader.u8(field.name())?;
        self.fields.number(field, at, 1, octet);
        Ok(octet)
    }

    /// A C-octet string.
    fn text(&mut self, field: FieldId) -> Result<&'r [u8], ShortRead> {
        let at = self.reader.offset();
        let text = self.reader.until_nul(field.name())?;
        // Wireshark shows no empty one.
        if !text.is_empty() {
            self.fields.show(field, at, text.len() + 1, Text(text));
        }
        Ok(text)
    }

    /// One that an answer which says no may leave out.
    fn optional_text(&mut self, field: FieldId) -> Result<(), ShortRead> {
        match self.reader.is_empty() {
            true => Ok(()),
            false => self.text(field).map(drop),
        }
    }

    fn service_type(&mut self) -> Result<(), ShortRead> {
        let at = self.reader.offset();
        let text = self.reader.until_nul("service_type")?;
        let shown: &[u8] = if text.is_empty() { b"(Default)" } else { text };
        self.fields
            .show(FieldId::SMPP_SERVICE_TYPE, at, text.len() + 1, Text(shown));
        Ok(())
    }

    fn source(&mut self) -> Result<(), ShortRead> {
        self.service_type()?;
        self.address(SOURCE)
    }

    fn destination(&mut self) -> Result<(), ShortRead> {
        self.address(DESTINATION)
    }

    fn address(&mut self, [ton, npi, digits]: [FieldId; 3]) -> Result<(), ShortRead> {
        self.octet(ton)?;
        self.octet(npi)?;
        let text = self.text(digits)?;
        if digits == FieldId::SMPP_DESTINATION_ADDR {
            self.message.recipient = text;
        }
        Ok(())
    }

    /// Destinations of submit_multi: addresses, or names of lists.
    fn destinations(&mut self) -> Result<(), ShortRead> {
        let count = self.reader.u8("number_of_dests")?;
        for _ in 0..count {
            match self.reader.u8("dest_flag")? {
                1 => self.destination()?,
                _ => {
                    self.reader.until_nul("dl_name")?;
                }
            }
        }
        Ok(())
    }

    /// Destinations that submit_multi did not reach.
    fn failures(&mut self) -> Result<(), ShortRead> {
        if self.reader.is_empty() {
            return Ok(());
        }
        let count = self.reader.u8("no_unsuccess")?;
        for _ in 0..count {
            self.destination()?;
            let at = self.reader.offset();
            let status = self.reader.u32("error_status_code")?;
            self.fields.number(FieldId::SMPP_ERROR_STATUS_CODE, at, 4, status);
        }
        Ok(())
    }

    fn esm_class(&mut self) -> Result<(), ShortRead> {
        let at = self.reader.offset();
        let class = self.reader.u8("esm_class")?;
        self.fields
            .number(FieldId::SMPP_ESM_SUBMIT_MSG_MODE, at, 1, class & 3);
        self.fields
            .number(FieldId::SMPP_ESM_SUBMIT_MSG_TYPE, at, 1, class >> 2 & 0x0f);
        self.fields
            .number(FieldId::SMPP_ESM_SUBMIT_FEATURES, at, 1, class >> 6);
        self.message.has_header = class & 0x40 != 0;
        Ok(())
    }

    fn registered_delivery(&mut self) -> Result<(), ShortRead> {
        let at = self.reader.offset();
        let registered = self.reader.u8("registered_delivery")?;
        self.fields
            .number(FieldId::SMPP_REGDEL_RECEIPT, at, 1, registered & 3);
        Ok(())
    }

    fn short_message(&mut self) -> Result<(), ShortRead> {
        self.esm_class()?;
        self.octet(FieldId::SMPP_PROTOCOL_ID)?;
        self.octet(FieldId::SMPP_PRIORITY_FLAG)?;
        self.reader.until_nul("schedule_delivery_time")?;
        self.reader.until_nul("validity_period")?;
        self.registered_delivery()?;
        self.reader.skip("replace_if_present_flag", 1)?;
        self.octet(FieldId::SMPP_DATA_CODING)?;
        self.reader.skip("sm_default_msg_id", 1)?;
        let length = self.octet(FieldId::SMPP_SM_LENGTH)?;
        let at = self.reader.offset();
        let octets = self.reader.take("short_message", usize::from(length))?;
        if !octets.is_empty() {
            self.fields.octets(FieldId::SMPP_MESSAGE, at, octets);
            self.message.user_data = Some((at, octets));
        }
        Ok(())
    }

    fn parameters(&mut self) -> Result<(), ShortRead> {
        for _ in 0..PARAMETERS {
            if self.reader.is_empty() {
                return Ok(());
            }
            let tag = self.reader.u16("parameter tag")?;
            let length = self.reader.u16("parameter length")?;
            let at = self.reader.offset();
            let value = self.reader.take("parameter value", usize::from(length))?;
            self.parameter(tag, at, value);
        }
        Ok(())
    }

    fn parameter(&mut self, kind: u16, at: usize, value: &'r [u8]) {
        const USER_MESSAGE_REFERENCE: u16 = 0x0204;
        let length = value.len();
        let number = value
            .iter()
            .take(4)
            .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        let field = match kind {
            tag::RECEIPTED_MESSAGE_ID => {
                self.fields
                    .show(FieldId::SMPP_RECEIPTED_MESSAGE_ID, at, length, Text(value));
                return;
            }
            tag::MESSAGE_PAYLOAD => {
                self.fields
                    .show(FieldId::SMPP_MESSAGE_PAYLOAD, at, length, text::Octets(value));
                if !value.is_empty() {
                    self.message.user_data = Some((at, value));
                }
                return;
            }
            tag::DESTINATION_PORT => {
                self.message.port = u16::try_from(number).ok();
                FieldId::SMPP_DESTINATION_PORT
            }
            tag::SOURCE_PORT => FieldId::SMPP_SOURCE_PORT,
            tag::SAR_MSG_REF_NUM => {
                self.message.reference = u16::try_from(number).ok();
                FieldId::SMPP_SAR_MSG_REF_NUM
            }
            tag::SAR_TOTAL_SEGMENTS => {
                self.message.total = u8::try_from(number).ok();
                FieldId::SMPP_SAR_TOTAL_SEGMENTS
            }
            tag::SAR_SEGMENT_SEQNUM => {
                self.message.number = u8::try_from(number).ok();
                FieldId::SMPP_SAR_SEGMENT_SEQNUM
            }
            tag::MESSAGE_STATE => FieldId::SMPP_MESSAGE_STATE,
            USER_MESSAGE_REFERENCE => FieldId::SMPP_USER_MESSAGE_REFERENCE,
            _ => return,
        };
        self.fields.number(field, at, length, number);
    }
}

const SOURCE: [FieldId; 3] = [
    FieldId::SMPP_SOURCE_ADDR_TON,
    FieldId::SMPP_SOURCE_ADDR_NPI,
    FieldId::SMPP_SOURCE_ADDR,
];
const DESTINATION: [FieldId; 3] = [
    FieldId::SMPP_DEST_ADDR_TON,
    FieldId::SMPP_DEST_ADDR_NPI,
    FieldId::SMPP_DESTINATION_ADDR,
];
