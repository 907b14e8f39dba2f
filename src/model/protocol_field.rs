//! Fields of protocols, told by name to whoever asks: a tree of a frame, a filter, a configuration of MATE.
//!
//! A parser tells its fields where it has them, with the names that Wireshark gives them. It does so only if
//! [`FieldSink::wants`] says that somebody asks for its protocol; the answer is known when the program is compiled where
//! nobody does, and then the parser has no more to do than without fields.
//!
//! MMS tells its fields (`mms::tell_fields`), and the bearers those of their requests and answers
//! (`session::tell_fields`). For another protocol: a variant of [`Protocol`], a function like these beside its parser, and
//! a call of it where the pipeline has what was parsed. A parser that is done before the pipeline sees its result, such as
//! one of a link layer, needs the [`FieldSink`] handed to it.

use std::borrow::Cow;

/// A protocol that tells its fields, by the name of its layer in Wireshark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// HTTP requests and answers: `http`.
    Http,
    /// WSP PDUs: `wsp`.
    Wsp,
    /// WTP transactions: `wtp`.
    Wtp,
    /// SMPP PDUs: `smpp`.
    Smpp,
    /// MMS PDUs: `mmse`.
    Mmse,
}

impl Protocol {
    /// The name of the layer, with which those of its fields begin.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Wsp => "wsp",
            Self::Wtp => "wtp",
            Self::Smpp => "smpp",
            Self::Mmse => "mmse",
        }
    }
}

/// A field as it lies in the traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolField<'a> {
    /// Its protocol.
    pub protocol: Protocol,
    /// Its name in Wireshark, such as `mmse.message_id`; for a layer that of the protocol.
    pub name: &'static str,
    /// Its value.
    pub value: FieldValue<'a>,
    /// Where it begins in the body that was parsed, in octets; 0 where it has no octets.
    pub offset: usize,
    /// Its octets; none where its parser hands on values alone.
    pub octets: &'a [u8],
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// None: the field says that it is there.
    Nothing,
    /// A number, or a code of one octet.
    Number(u64),
    /// Text, untrusted.
    Text(Cow<'a, str>),
    /// Seconds since 1970-01-01 UTC.
    Time(u64),
    /// Seconds.
    Duration(u64),
    /// Octets.
    Octets(&'a [u8]),
}

/// Takes fields.
pub trait FieldSink {
    /// Whether it takes the fields of a protocol.
    fn wants(&self, protocol: Protocol) -> bool;

    /// Takes a field. Those of a layer come in their order, behind the layer itself.
    fn field(&mut self, field: &ProtocolField<'_>);
}
