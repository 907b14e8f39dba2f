//! Values in words, as one line. Text in them is untrusted: pass it through [`crate::model::text::shown`] before
//! it reaches a terminal.

use std::fmt;

use crate::model::Timestamp;

use super::{Coded, FromValue, HeaderValue, MessageType, TimeValue, header::field_name};

/// How many octets are shown of a value that has no other form.
const MAX_SHOWN_OCTETS: usize = 64;

impl fmt::Display for HeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MessageType(message_type) => write_type(f, *message_type),
            Self::Version { major, minor } => write!(f, "{}", version(*major, *minor)),
            Self::Coded(coded) => coded.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Date(seconds) => date(*seconds).fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Text(text) => f.write_str(&text.text),
            Self::From(FromValue::Address(address)) => f.write_str(&address.text),
            Self::From(FromValue::InsertAddress) => f.write_str(INSERT_ADDRESS),
            Self::ContentType(content_type) => content_type.fmt(f),
            Self::PreviouslySentBy { count, address } => write!(f, "{count}: {}", address.text),
            Self::PreviouslySentDate { count, date: seconds } => write!(f, "{count}: {}", date(*seconds)),
            Self::Flags { token, keyword } => write!(f, "{token} {}", keyword.text),
            Self::Amount { token, count } => write!(f, "{count} {token}"),
            // The element's parameters stand in a content type without a media type.
            Self::Element {
                reference,
                parameters,
            } => write!(f, "{}{parameters}", reference.text),
            Self::Attribute(field) => f.write_str(&field_name(*field)),
            Self::Entry { index, value } => write!(f, "{index}: {value}"),
            Self::Octets(octets) => write_octets(f, octets),
        }
    }
}

/// OMA's name of the From value that asks the MMSC to put the address in, in lower case with hyphens.
pub const INSERT_ADDRESS: &str = "insert-address-token";

/// A version as text; a minor of 15 means that there is none (WAP-230-WSP section 8.4.2.3).
pub fn version(major: u8, minor: u8) -> String {
    match minor {
        15 => major.to_string(),
        _ => format!("{major}.{minor}"),
    }
}

/// A Date-value as a time; the last representable time where it is later.
pub fn date(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#04x}", self.code),
        }
    }
}

impl fmt::Display for TimeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(seconds) => date(*seconds).fmt(f),
            Self::Relative(seconds) => write!(f, "+{seconds} s"),
        }
    }
}

fn write_type(f: &mut fmt::Formatter<'_>, message_type: MessageType) -> fmt::Result {
    match message_type.name() {
        Some(name) => f.write_str(name),
        None => write!(f, "{:#04x}", message_type.0),
    }
}

fn write_octets(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    let shown = octets.get(..MAX_SHOWN_OCTETS).unwrap_or(octets);
    shown.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
    match octets.len().saturating_sub(shown.len()) {
        0 => Ok(()),
        more => write!(f, "… {more} more"),
    }
}
