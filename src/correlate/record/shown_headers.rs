//! The headers that a message shows as they are and that correlation does not reason about. They are kept and handed
//! on whole, so that one more of them is a row here, and what redaction does with it.

use std::borrow::Cow;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mms::{Decoded, Field};

/// One of the headers, for those who show every one of them.
#[derive(Clone, Copy, Debug)]
pub struct ShownHeader {
    /// Its name in the output.
    pub name: &'static str,
    /// What it is called in a sentence.
    pub label: &'static str,
    /// Its value, where the message has one.
    pub value: fn(&ShownHeaders) -> Option<&str>,
}

/// Defines the headers: name in the output, what it is called, and how it is read of a PDU.
macro_rules! shown_headers {
    ($($(#[$doc:meta])* $name:ident $label:literal $read:expr;)+) => {
        /// Headers that are only shown: the submission's, else those of what was fetched, else what was announced.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(JsonSchema))]
        pub struct ShownHeaders {
            $($(#[$doc])* pub $name: Option<Cow<'static, str>>,)+
        }

        impl ShownHeaders {
            /// Every one of them, in the order of the output.
            pub const ALL: &[ShownHeader] = &[$(ShownHeader {
                name: stringify!($name),
                label: $label,
                value: |headers| headers.$name.as_deref(),
            },)+];

            /// Those of a PDU.
            pub(crate) fn of(pdu: &Decoded<'_>) -> Self {
                Self {
                    $($name: $read(pdu),)+
                }
            }

            /// These, and those of `other` that are missing here.
            pub(crate) fn or(self, other: &Self) -> Self {
                Self {
                    $($name: self.$name.or_else(|| other.$name.clone()),)+
                }
            }
        }
    };
}

shown_headers! {
    /// X-Mms-Message-Class.
    message_class "class" |pdu: &Decoded<'_>| pdu.token(Field::MESSAGE_CLASS);
    /// X-Mms-Priority.
    priority "priority" |pdu: &Decoded<'_>| pdu.coded(Field::PRIORITY)?.name().map(Cow::Borrowed);
}

impl ShownHeaders {
    /// Octets of memory that the values take besides the struct itself; those from a table of names take none.
    pub(crate) fn octets(&self) -> usize {
        Self::ALL
            .iter()
            .filter_map(|header| (header.value)(self))
            .map(str::len)
            .sum()
    }
}
