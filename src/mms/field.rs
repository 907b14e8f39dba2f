//! Header fields by their assigned numbers (OMA-TS-MMS_ENC section 7.3, table 12), with what Wireshark calls them and how
//! each value is coded.

use super::{MessageType, coded::Codes};

/// A header field by the octet that stands for it (80–FF); unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub u8);

/// How a field's value is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Encoded-string-value.
    EncodedString,
    /// Text-string.
    Text,
    /// Uri-value.
    Uri,
    /// One octet with assigned meanings.
    Coded(Codes),
    /// One octet with assigned meanings, or Token-text.
    CodedOrToken(Codes),
    /// One octet: a PDU type.
    MessageType,
    /// One octet: major and minor version.
    Version,
    /// One octet: a field of this table.
    Attribute,
    /// Long-integer.
    LongInteger,
    /// Integer-value.
    Integer,
    /// Date-value.
    Date,
    /// A length, a token, and a date or a number of seconds.
    Time,
    /// A length, a token, and perhaps an address.
    From,
    /// Content-type-value.
    ContentType,
    /// A length, a count, and an address.
    PreviouslySentBy,
    /// A length, a count, and a date.
    PreviouslySentDate,
    /// A length, a token, and a keyword.
    Flags,
    /// A length, a token, and a number.
    Amount,
    /// A length, a reference, and parameters.
    ElementDescriptor,
    /// The field has no value of its own: it only occurs as an attribute.
    NameOnly,
}

macro_rules! fields {
    ($($code:literal $constant:ident $name:literal $(as $($wireshark:literal)|+)?, $coding:expr;)+) => {
        #[expect(missing_docs, reason = "the constants are the field names themselves")]
        impl Field {
            $(pub const $constant: Self = Self($code);)+
        }

        impl Field {
            /// Every field that MMS 1.0 to 1.3 defines, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$constant,)+];

            /// The field's name; none for an unknown code.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)+
                    _ => None,
                }
            }

            /// What Wireshark calls it (packet-mmse.c): nothing where it has no field of its own for it; two names where
            /// it has one for a date or a code, and another for a number of seconds or a token.
            pub const fn wireshark_names(self) -> &'static [&'static str] {
                match self.0 {
                    $($code => &[$($($wireshark),+)?],)+
                    _ => &[],
                }
            }

            /// How its value is coded; none for an unknown code.
            pub const fn coding(self) -> Option<Coding> {
                match self.0 {
                    $($code => Some($coding),)+
                    _ => None,
                }
            }
        }
    };
}

fields! {
    0x81 BCC "Bcc" as "mmse.bcc", Coding::EncodedString;
    0x82 CC "Cc" as "mmse.cc", Coding::EncodedString;
    0x83 CONTENT_LOCATION "X-Mms-Content-Location" as "mmse.content_location", Coding::Uri;
    0x84 CONTENT_TYPE "Content-Type", Coding::ContentType;
    0x85 DATE "Date" as "mmse.date", Coding::Date;
    0x86 DELIVERY_REPORT "X-Mms-Delivery-Report" as "mmse.delivery_report", Coding::Coded(Codes::YesNo);
    0x87 DELIVERY_TIME "X-Mms-Delivery-Time" as "mmse.delivery_time.abs" | "mmse.delivery_time.rel", Coding::Time;
    0x88 EXPIRY "X-Mms-Expiry" as "mmse.expiry.abs" | "mmse.expiry.rel", Coding::Time;
    0x89 FROM "From" as "mmse.from", Coding::From;
    0x8A MESSAGE_CLASS "X-Mms-Message-Class" as "mmse.message_class.id" | "mmse.message_class.str", Coding::CodedOrToken(Codes::MessageClass);
    0x8B MESSAGE_ID "Message-ID" as "mmse.message_id", Coding::Text;
    0x8C MESSAGE_TYPE "X-Mms-Message-Type" as "mmse.message_type", Coding::MessageType;
    0x8D MMS_VERSION "X-Mms-MMS-Version" as "mmse.mms_version", Coding::Version;
    0x8E MESSAGE_SIZE "X-Mms-Message-Size" as "mmse.message_size", Coding::LongInteger;
    0x8F PRIORITY "X-Mms-Priority" as "mmse.priority", Coding::Coded(Codes::Priority);
    0x90 READ_REPORT "X-Mms-Read-Report" as "mmse.read_report", Coding::Coded(Codes::YesNo);
    0x91 REPORT_ALLOWED "X-Mms-Report-Allowed" as "mmse.report_allowed", Coding::Coded(Codes::YesNo);
    0x92 RESPONSE_STATUS "X-Mms-Response-Status" as "mmse.response_status", Coding::Coded(Codes::ResponseStatus);
    0x93 RESPONSE_TEXT "X-Mms-Response-Text" as "mmse.response_text", Coding::EncodedString;
    0x94 SENDER_VISIBILITY "X-Mms-Sender-Visibility" as "mmse.sender_visibility", Coding::Coded(Codes::SenderVisibility);
    0x95 STATUS "X-Mms-Status" as "mmse.status", Coding::Coded(Codes::Status);
    0x96 SUBJECT "Subject" as "mmse.subject", Coding::EncodedString;
    0x97 TO "To" as "mmse.to", Coding::EncodedString;
    0x98 TRANSACTION_ID "X-Mms-Transaction-Id" as "mmse.transaction_id", Coding::Text;
    0x99 RETRIEVE_STATUS "X-Mms-Retrieve-Status" as "mmse.retrieve_status", Coding::Coded(Codes::RetrieveStatus);
    0x9A RETRIEVE_TEXT "X-Mms-Retrieve-Text" as "mmse.retrieve_text", Coding::EncodedString;
    0x9B READ_STATUS "X-Mms-Read-Status" as "mmse.read_status", Coding::Coded(Codes::ReadStatus);
    0x9C REPLY_CHARGING "X-Mms-Reply-Charging" as "mmse.reply_charging", Coding::Coded(Codes::ReplyCharging);
    0x9D REPLY_CHARGING_DEADLINE "X-Mms-Reply-Charging-Deadline" as "mmse.reply_charging_deadline.abs" | "mmse.reply_charging_deadline.rel", Coding::Time;
    0x9E REPLY_CHARGING_ID "X-Mms-Reply-Charging-ID" as "mmse.reply_charging_id", Coding::Text;
    0x9F REPLY_CHARGING_SIZE "X-Mms-Reply-Charging-Size" as "mmse.reply_charging_size", Coding::LongInteger;
    0xA0 PREVIOUSLY_SENT_BY "X-Mms-Previously-Sent-By" as "mmse.previously_sent_by", Coding::PreviouslySentBy;
    0xA1 PREVIOUSLY_SENT_DATE "X-Mms-Previously-Sent-Date" as "mmse.previously_sent_date", Coding::PreviouslySentDate;
    0xA2 STORE "X-Mms-Store", Coding::Coded(Codes::YesNo);
    0xA3 MM_STATE "X-Mms-MM-State", Coding::Coded(Codes::MmState);
    0xA4 MM_FLAGS "X-Mms-MM-Flags", Coding::Flags;
    0xA5 STORE_STATUS "X-Mms-Store-Status", Coding::Coded(Codes::StoreStatus);
    0xA6 STORE_STATUS_TEXT "X-Mms-Store-Status-Text", Coding::EncodedString;
    0xA7 STORED "X-Mms-Stored", Coding::Coded(Codes::YesNo);
    0xA8 ATTRIBUTES "X-Mms-Attributes", Coding::Attribute;
    0xA9 TOTALS "X-Mms-Totals", Coding::Coded(Codes::YesNo);
    0xAA MBOX_TOTALS "X-Mms-Mbox-Totals", Coding::Amount;
    0xAB QUOTAS "X-Mms-Quotas", Coding::Coded(Codes::YesNo);
    0xAC MBOX_QUOTAS "X-Mms-Mbox-Quotas", Coding::Amount;
    0xAD MESSAGE_COUNT "X-Mms-Message-Count", Coding::Integer;
    0xAE CONTENT "Content", Coding::NameOnly;
    0xAF START "X-Mms-Start", Coding::Integer;
    0xB0 ADDITIONAL_HEADERS "Additional-headers", Coding::NameOnly;
    0xB1 DISTRIBUTION_INDICATOR "X-Mms-Distribution-Indicator", Coding::Coded(Codes::YesNo);
    0xB2 ELEMENT_DESCRIPTOR "X-Mms-Element-Descriptor", Coding::ElementDescriptor;
    0xB3 LIMIT "X-Mms-Limit", Coding::Integer;
    0xB4 RECOMMENDED_RETRIEVAL_MODE "X-Mms-Recommended-Retrieval-Mode", Coding::Coded(Codes::RetrievalMode);
    0xB5 RECOMMENDED_RETRIEVAL_MODE_TEXT "X-Mms-Recommended-Retrieval-Mode-Text", Coding::EncodedString;
    0xB6 STATUS_TEXT "X-Mms-Status-Text", Coding::EncodedString;
    0xB7 APPLIC_ID "X-Mms-Applic-ID", Coding::Text;
    0xB8 REPLY_APPLIC_ID "X-Mms-Reply-Applic-ID", Coding::Text;
    0xB9 AUX_APPLIC_INFO "X-Mms-Aux-Applic-Info", Coding::Text;
    0xBA CONTENT_CLASS "X-Mms-Content-Class", Coding::Coded(Codes::ContentClass);
    0xBB DRM_CONTENT "X-Mms-DRM-Content", Coding::Coded(Codes::YesNo);
    0xBC ADAPTATION_ALLOWED "X-Mms-Adaptation-Allowed", Coding::Coded(Codes::YesNo);
    0xBD REPLACE_ID "X-Mms-Replace-ID", Coding::Text;
    0xBE CANCEL_ID "X-Mms-Cancel-ID", Coding::Text;
    0xBF CANCEL_STATUS "X-Mms-Cancel-Status", Coding::Coded(Codes::CancelStatus);
}

impl Field {
    /// Whether a PDU of the type may hold it more than once (OMA-TS-MMS_ENC section 6).
    pub fn repeats_in(self, message_type: Option<MessageType>) -> bool {
        match self {
            Self::TO
            | Self::CC
            | Self::BCC
            | Self::MM_FLAGS
            | Self::ATTRIBUTES
            | Self::PREVIOUSLY_SENT_BY
            | Self::PREVIOUSLY_SENT_DATE
            | Self::ELEMENT_DESCRIPTOR
            | Self::MBOX_TOTALS
            | Self::MBOX_QUOTAS => true,
            Self::MM_STATE => message_type == Some(MessageType::MBOX_VIEW_REQ),
            Self::CONTENT_LOCATION => matches!(
                message_type,
                Some(
                    MessageType::MBOX_VIEW_REQ
                        | MessageType::MBOX_DELETE_REQ
                        | MessageType::MBOX_DELETE_CONF
                        | MessageType::DELETE_REQ
                        | MessageType::DELETE_CONF
                )
            ),
            Self::RESPONSE_STATUS | Self::RESPONSE_TEXT => {
                matches!(
                    message_type,
                    Some(MessageType::MBOX_DELETE_CONF | MessageType::DELETE_CONF)
                )
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_from_81_to_bf_is_a_field() {
        let codes: Vec<u8> = Field::ALL.iter().map(|field| field.0).collect();
        assert_eq!(codes, (0x81..=0xbf).collect::<Vec<_>>());
        let names: std::collections::BTreeSet<_> = Field::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(names.len(), Field::ALL.len());
        assert_eq!(Field(0xc0).name(), None);
    }
}
