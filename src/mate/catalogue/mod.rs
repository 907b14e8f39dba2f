//! The fields that a configuration can extract, by the names that Wireshark 4.0 gives them, and the names that Wireshark
//! has beside these (as `tshark -G fields` and `tshark -G protocols` list them).

mod forms;
mod other_names;
mod rows;

pub(crate) use forms::{FieldForm, FieldType};
pub(crate) use other_names::{WiresharkName, wireshark_name};

use rows::ROWS;

/// A field or a protocol: its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FieldId(u16);

/// What is known of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    kind: FieldType,
    form: FieldForm,
    label: &'static str,
}

/// What stands here where a place has no row, which cannot be: only the table makes places.
const NO_ROW: Row = Row {
    name: "",
    kind: FieldType::None,
    form: FieldForm::None,
    label: "",
};

impl FieldId {
    /// How many fields and protocols there are.
    pub(crate) const COUNT: usize = ROWS.len();

    /// All fields and protocols, in byte order of their names.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..ROWS.len() as u16).map(Self)
    }

    /// The field or protocol of this name, its case included.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let place = ROWS.binary_search_by(|row| row.name.cmp(name)).ok()?;
        u16::try_from(place).ok().map(Self)
    }

    fn row(self) -> &'static Row {
        ROWS.get(self.index()).unwrap_or(&NO_ROW)
    }

    /// Its place among all, from 0.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its name, such as `mmse.message_id`.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// Its type, as Wireshark has it.
    pub(crate) fn kind(self) -> FieldType {
        self.row().kind
    }

    /// How its value reads.
    pub(crate) fn form(self) -> FieldForm {
        self.row().form
    }

    /// What Wireshark calls it in words.
    pub(crate) fn label(self) -> &'static str {
        self.row().label
    }

    /// Whether it is a protocol.
    pub(crate) fn is_protocol(self) -> bool {
        self.kind() == FieldType::Protocol
    }

    /// The protocol that it belongs to; a protocol belongs to itself.
    pub(crate) fn protocol(self) -> Self {
        let name = self.name();
        name.split('.').next().and_then(Self::named).unwrap_or(self)
    }

    /// Where in the traffic its value is read.
    pub(crate) fn source(self) -> &'static str {
        match self.protocol() {
            Self::FRAME => "capture record",
            Self::ETH => "Ethernet header",
            Self::SLL => "Linux cooked header",
            Self::VLAN => "802.1Q tag",
            Self::IP => "IPv4 header",
            Self::IPV6 => "IPv6 header",
            Self::UDP => "UDP header",
            Self::TCP => "TCP header or connection state",
            Self::SCTP => "SCTP",
            Self::ICMP => "ICMP",
            Self::GTP => "GTP-U header",
            Self::HTTP => "HTTP message",
            Self::WSP => "WSP PDU",
            Self::WTP => "WTP PDU",
            Self::SMPP => "SMPP PDU",
            Self::GSM_SMS => "SMS user data header or TPDU",
            Self::GSM_SMS_UD => "SMS user data",
            Self::DNS => "DNS message",
            Self::SMTP => "SMTP line",
            Self::IMF => "mail header (MM4)",
            Self::SIP => "SIP message",
            Self::RADIUS => "RADIUS packet",
            _ => "MMS PDU",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_row_is_found() {
        assert!(
            ROWS.is_sorted_by(|one, other| one.name < other.name),
            "not in byte order of names"
        );
        for field in FieldId::all() {
            assert_eq!(FieldId::named(field.name()), Some(field), "{}", field.name());
            assert!(field.protocol().is_protocol(), "{}", field.name());
        }
        assert_eq!(FieldId::named("http.request.metod"), None);
        assert_eq!(FieldId::named(""), None);
    }

    #[test]
    fn constants_name_their_rows() {
        assert_eq!(FieldId::WTP_TID_RESPONSE.name(), "wtp.TID.response");
        assert_eq!(FieldId::GSM_SMS_UD_REASSEMBLED_IN.protocol(), FieldId::GSM_SMS_UD);
        assert_eq!(FieldId::GSM_SMS_TP_MTI.protocol(), FieldId::GSM_SMS);
        assert_eq!(FieldId::SIP_CSEQ_METHOD.form(), FieldForm::Text);
        assert_eq!(FieldId::MMSE_DATE.kind(), FieldType::AbsoluteTime);
        assert_eq!(FieldId::MMSE_DATE.source(), "MMS PDU");
        assert_eq!(FieldId::FRAME_LEN.source(), "capture record");
    }

    /// A type allows only some forms of its value.
    #[test]
    fn forms_agree_with_types() {
        use {FieldForm as Form, FieldType as Type};
        for field in FieldId::all() {
            let allowed: &[Form] = match field.kind() {
                Type::Protocol | Type::None => &[Form::None],
                Type::Boolean => &[Form::Bool],
                Type::Uint8 => &[Form::Dec, Form::Hex2],
                Type::Uint16 => &[Form::Dec, Form::Hex2, Form::Hex4],
                Type::Uint24 => &[Form::Dec, Form::Hex6],
                Type::Uint32 | Type::Uint64 => &[Form::Dec, Form::Hex8],
                Type::FrameNum => &[Form::Frame],
                Type::String => &[Form::Text],
                Type::Bytes => &[Form::Bytes],
                Type::Ether => &[Form::Mac],
                Type::Ipv4 => &[Form::Ipv4],
                Type::Ipv6 => &[Form::Ipv6],
                Type::RelativeTime => &[Form::Seconds],
                Type::AbsoluteTime => &[Form::Date],
            };
            assert!(allowed.contains(&field.form()), "{}", field.name());
        }
    }
}
