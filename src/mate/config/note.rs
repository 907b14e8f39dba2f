//! What is worth a remark about a configuration that can be run.

use std::{fmt, sync::Arc};

/// A place in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, as it was named.
    pub(crate) path: Arc<str>,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1, in octets.
    pub(crate) column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// What it is about.
    pub(crate) place: Place,
    /// What kind of remark.
    pub(crate) kind: NoteKind,
    /// The name or text in question. Untrusted.
    pub(crate) detail: String,
}

/// Kinds of remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoteKind {
    /// A condition asks for an attribute that nothing extracts or inserts there.
    NeverSet,
    /// A character that fits no rule was dropped, as Wireshark does.
    DroppedCharacter,
    /// A boolean is compared with `True` or `False`, which Wireshark 4.0 never shows.
    BooleanText,
    /// Wireshark 4.0 does not take this.
    WiresharkRejects,
    /// Wireshark's field is not extracted, and never present (`--ignore-unknown`).
    IgnoredField,
    /// A Match of fewer conditions than the attribute has values; the key takes all of them.
    KeyTakesAll,
}

impl NoteKind {
    /// The word in `config.notes`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NeverSet => "never_set",
            Self::DroppedCharacter => "dropped_character",
            Self::BooleanText => "boolean_text",
            Self::WiresharkRejects => "wireshark_rejects",
            Self::IgnoredField => "ignored_field",
            Self::KeyTakesAll => "key_takes_all",
        }
    }
}
