//! What is wrong with a configuration.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use super::{keyword::Keyword, note::Place};

/// An error with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// Where: the token at fault.
    pub(crate) place: Place,
    /// What.
    pub(crate) reason: Reason,
    /// The line of the place. Untrusted.
    pub(crate) line: String,
    /// Where the file was included, if it was.
    pub(crate) included_from: Option<Place>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)?;
        match &self.included_from {
            Some(from) => write!(f, " (included from {}:{})", from.path, from.line),
            None => Ok(()),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// A file that was named by the user cannot be read.
    File(PathBuf, io::Error),
    /// There are errors in it, in order of their places; at least one.
    Errors(Vec<ConfigError>),
}

/// The kinds of things that are declared and named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A Transform.
    Transform,
    /// A Pdu.
    Pdu,
    /// A Gop.
    Gop,
    /// A Gog.
    Gog,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transform => "Transform",
            Self::Pdu => "Pdu",
            Self::Gop => "Gop",
            Self::Gog => "Gog",
        })
    }
}

/// What is wrong. Names and texts in it are untrusted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Reason {
    /// Another token is needed here.
    #[error("unexpected {found}; expected {expected}")]
    Unexpected {
        /// What stands here.
        found: String,
        /// What may stand here.
        expected: String,
    },
    /// A word that would be a keyword in another case.
    #[error("unexpected '{found}'; did you mean '{meant}'?")]
    WrongCase {
        /// What stands here.
        found: String,
        /// The keyword.
        meant: &'static str,
    },
    /// `;` is missing.
    #[error("';' is missing before this")]
    NoSemicolon,
    /// `;` is missing behind a block.
    #[error("';' is missing between the '}}' and this")]
    NoSemicolonAfterBlock,
    /// A statement comes too late.
    #[error("{late} must stand before {before}")]
    OutOfOrder {
        /// The statement.
        late: &'static str,
        /// The one that it has to come before.
        before: &'static str,
    },
    /// A statement stands twice.
    #[error("a second {0}; there can be one only")]
    Twice(&'static str),
    /// A block lacks what it must begin with.
    #[error("{required} is missing before this; a {block} needs at least one")]
    Missing {
        /// The statement.
        required: &'static str,
        /// What the block declares.
        block: Kind,
    },
    /// A block is not closed.
    #[error("this '{{' is not closed by a '}}'")]
    UnclosedBlock,
    /// A list is not closed.
    #[error("this '(' is not closed by a ')'")]
    UnclosedList,
    /// A quote is not closed.
    #[error("this quote is not closed")]
    UnclosedQuote,
    /// A comment is not closed.
    #[error("this comment is not closed by '*/'")]
    UnclosedComment,
    /// A character that means nothing.
    #[error("unknown character '{0}'")]
    UnknownCharacter(char),
    /// `#` that begins no `#include`.
    #[error("unknown character '#': a comment begins with // here, and a file is included by #include")]
    Hash,
    /// A keyword where a name is needed.
    #[error("'{0}' is a keyword, not a name")]
    KeywordAsName(&'static str),
    /// No number.
    #[error("'{0}' is no number of seconds, such as 60 or 0.5")]
    BadNumber(String),
    /// Neither true nor false.
    #[error("'{0}' is neither true nor false")]
    BadBoolean(String),
    /// Octets that Wireshark does not take.
    #[error("bad token '{0}': Wireshark takes one or two digits between colons; put it in quotes")]
    BadColonized(String),
    /// Nothing of this name is declared.
    #[error("no {kind} '{name}' is declared before this{}", meant(.nearest))]
    Undeclared {
        /// What is needed.
        kind: Kind,
        /// The name.
        name: String,
        /// Names that are declared.
        nearest: Vec<String>,
    },
    /// It is declared, but further down.
    #[error("{kind} '{name}' is declared further down; it must stand before this")]
    DeclaredLater {
        /// What is needed.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// A name is taken.
    #[error("a {kind} '{name}' is declared already")]
    Duplicate {
        /// What is declared.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// Pdus go to one Gop only.
    #[error("Pdu '{pdu}' has a Gop already: '{gop}'; there can be one only")]
    SecondGop {
        /// The Pdu.
        pdu: String,
        /// Its Gop.
        gop: String,
    },
    /// A field goes to one attribute only.
    #[error(
        "field '{field}' is extracted as '{attribute}' already; a Pdu can extract it under one name only"
    )]
    FieldUnderTwoNames {
        /// The field.
        field: String,
        /// The first attribute.
        attribute: String,
    },
    /// There is no such field.
    #[error("no {what} '{name}'{}", meant(.nearest))]
    UnknownField {
        /// A field, or a protocol.
        what: &'static str,
        /// The name.
        name: String,
        /// Names that there are.
        nearest: Vec<String>,
    },
    /// A field of Wireshark that cannot be extracted here.
    #[error("Wireshark's field '{name}' is not extracted by mmsmate{}", protocol.as_deref().map(|protocol| format!(" (no {protocol})")).unwrap_or_default())]
    NotExtracted {
        /// The name.
        name: String,
        /// Its protocol, if nothing of it is extracted.
        protocol: Option<String>,
    },
    /// An include leads to no file.
    #[error("cannot include '{name}': {why}")]
    Include {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The language before 0.10.12.
    #[error(
        "this is MATE's syntax of before 0.10.12 (2005), which no Wireshark of today reads; write Pdu, Gop and Gog \
         declarations instead"
    )]
    OldSyntax,
    /// More than can be taken.
    #[error("too large a configuration: {0}")]
    TooLarge(&'static str),
}

fn meant(nearest: &[String]) -> String {
    let quoted: Vec<String> = nearest.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [more @ .., last] => format!("; did you mean {} or {last}?", more.join(", ")),
    }
}

impl Reason {
    /// What may stand here, in words, out of keywords and other things.
    pub(super) fn unexpected(found: String, keywords: &[Keyword], others: &[&str]) -> Self {
        let words = keywords.iter().map(|keyword| keyword.as_str().to_owned());
        let all: Vec<String> = words
            .chain(others.iter().map(|other| (*other).to_owned()))
            .collect();
        let expected = match all.as_slice() {
            [] => "the end".to_owned(),
            [one] => one.clone(),
            [more @ .., last] => format!("{} or {last}", more.join(", ")),
        };
        Self::Unexpected { found, expected }
    }
}
