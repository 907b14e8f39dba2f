//! The header block as it lies in the PDU: every field with its offset, its octets and its value
//! (OMA-TS-MMS_ENC section 7.1 and 7.3).

use std::borrow::Cow;

use crate::codec::{Charset, ContentType};

use super::{Coded, Field, MessageType};

/// All headers of a PDU in order, and where they end.
#[derive(Clone, Debug, Default)]
pub struct HeaderBlock<'a> {
    /// The headers. Their octets lie side by side: together they are all octets before the body.
    pub headers: Vec<Header<'a>>,
    /// Where the body starts, in octets from the start of the PDU; none without a Content-Type.
    pub body_offset: Option<usize>,
    /// Whether there are more headers than are read.
    pub(super) over_limit: bool,
    pub(super) places: Places,
}

/// Where the first whole header of each field stands: of the many fields that are asked for, most are not there.
#[derive(Clone, Debug)]
pub(super) struct Places([u8; 64]);

impl Places {
    const NOWHERE: u8 = u8::MAX;
    /// The last place that can be told; headers from there on are looked through.
    const LAST: u8 = Self::NOWHERE - 1;

    /// Takes in that a whole header of a field stands there, behind all that were taken in before.
    fn note(&mut self, field: Field, place: usize) {
        if let Some(known) = Self::slot(field).and_then(|slot| self.0.get_mut(slot))
            && *known == Self::NOWHERE
        {
            *known = u8::try_from(place).unwrap_or(Self::LAST).min(Self::LAST);
        }
    }

    /// Where to begin looking for a field's headers; none where there are none.
    fn begin(&self, field: Field) -> Option<usize> {
        match Self::slot(field).and_then(|slot| self.0.get(slot)) {
            Some(&Self::NOWHERE) => None,
            Some(place) => Some(usize::from(*place)),
            None => Some(0),
        }
    }

    /// The slot of a field, where its code is one of the assigned ones, 80 to BF.
    fn slot(field: Field) -> Option<usize> {
        field.0.checked_sub(0x80).map(usize::from)
    }
}

impl Default for Places {
    fn default() -> Self {
        Self([Self::NOWHERE; 64])
    }
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which field.
    pub name: HeaderName<'a>,
    /// What it says.
    pub value: HeaderValue<'a>,
    /// Where it starts, in octets from the start of the PDU.
    pub offset: usize,
    /// All its octets, with the field's own.
    pub raw: &'a [u8],
    /// Whether all its octets are there; where not, its value is only octets.
    pub complete: bool,
}

/// A header's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderName<'a> {
    /// A field by its code.
    Field(Field),
    /// An application header by its name.
    Text(Cow<'a, str>),
    /// Octets that begin no header.
    None,
}

impl Header<'_> {
    /// The field, where the header has a code.
    pub fn field(&self) -> Option<Field> {
        match self.name {
            HeaderName::Field(field) => Some(field),
            _ => None,
        }
    }

    /// The name in the output: OMA's, `0x..` for an unknown code, the header's own for an application header;
    /// none for octets that begin no header.
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        match &self.name {
            HeaderName::Field(field) => Some(field_name(*field)),
            HeaderName::Text(name) => Some(Cow::Borrowed(name)),
            HeaderName::None => None,
        }
    }
}

/// OMA's name of a field, `0x..` for an unknown code.
pub(super) fn field_name(field: Field) -> Cow<'static, str> {
    match field.name() {
        Some(name) => name.into(),
        None => format!("{:#04x}", field.0).into(),
    }
}

/// A header's value. What seldom occurs lies elsewhere, so that a header is short: all of a PDU's are moved into one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// A PDU type.
    MessageType(MessageType),
    /// A version.
    Version {
        /// Major.
        major: u8,
        /// Minor; 15 where there is none.
        minor: u8,
    },
    /// An octet with an assigned meaning.
    Coded(Coded),
    /// A number.
    Integer(u64),
    /// Seconds since 1970-01-01 UTC.
    Date(u64),
    /// A date, or seconds from when the PDU was sent.
    Time(TimeValue),
    /// Text, an identifier, a URI or a token.
    Text(Text<'a>),
    /// From.
    From(FromValue<'a>),
    /// The content type.
    ContentType(Box<ContentType<'a>>),
    /// X-Mms-Previously-Sent-By: 1 is the earliest sender.
    PreviouslySentBy {
        /// The place in the row of senders.
        count: u64,
        /// The address.
        address: Box<Text<'a>>,
    },
    /// X-Mms-Previously-Sent-Date.
    PreviouslySentDate {
        /// The place in the row of senders.
        count: u64,
        /// Seconds since 1970-01-01 UTC.
        date: u64,
    },
    /// X-Mms-MM-Flags.
    Flags {
        /// What to do with the keyword.
        token: Coded,
        /// The keyword.
        keyword: Box<Text<'a>>,
    },
    /// X-Mms-Mbox-Totals and X-Mms-Mbox-Quotas.
    Amount {
        /// What is counted.
        token: Coded,
        /// How many.
        count: u64,
    },
    /// X-Mms-Element-Descriptor.
    Element {
        /// The content reference.
        reference: Box<Text<'a>>,
        /// The parameters; `type` is the element's media type.
        parameters: Box<ContentType<'a>>,
    },
    /// X-Mms-Attributes.
    Attribute(Field),
    /// A value of one of the messages that a delete PDU speaks of (section 7.3.10, 7.3.48, 7.3.49).
    Entry {
        /// Which message: the same number in each of its headers.
        index: u64,
        /// The value proper.
        value: Box<HeaderValue<'a>>,
    },
    /// Octets: of an unknown field, or that could not be understood.
    Octets(&'a [u8]),
}

/// A point in time (OMA-TS-MMS_ENC section 7.3.15 and 7.3.20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeValue {
    /// Seconds since 1970-01-01 UTC.
    Absolute(u64),
    /// Seconds from when the PDU was sent.
    Relative(u64),
}

/// From (OMA-TS-MMS_ENC section 7.3.21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromValue<'a> {
    /// An address.
    Address(Text<'a>),
    /// The MMSC puts the address in.
    InsertAddress,
}

/// Text as it was understood, with the octets it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// The characters.
    pub text: Cow<'a, str>,
    /// The character set that the value names.
    pub charset: Option<Charset>,
    /// The octets, without the quote and the NUL.
    pub octets: &'a [u8],
    /// Whether the characters say all that the octets do; where not, the octets are the only truth.
    pub exact: bool,
}

impl<'a> HeaderBlock<'a> {
    /// Adds the next header.
    pub(super) fn push(&mut self, header: Header<'a>) {
        if let Some(field) = header.field().filter(|_| header.complete) {
            self.places.note(field, self.headers.len());
        }
        self.headers.push(header);
    }

    /// The whole headers of a field, in order.
    pub fn all(&self, field: Field) -> impl Iterator<Item = &HeaderValue<'a>> {
        let place = self.places.begin(field);
        let headers = place.and_then(|place| self.headers.get(place..));
        headers
            .unwrap_or_default()
            .iter()
            .filter(move |header| header.complete && header.field() == Some(field))
            .map(|header| &header.value)
    }

    /// The first whole header of a field.
    pub fn first(&self, field: Field) -> Option<&HeaderValue<'a>> {
        self.all(field).next()
    }
}

impl<'a> HeaderValue<'a> {
    /// The value of a delete PDU's entry without its number; other values as they are.
    pub fn plain(&self) -> &Self {
        match self {
            Self::Entry { value, .. } => value,
            other => other,
        }
    }

    /// Text, an address in From too.
    pub fn as_text(&self) -> Option<&Text<'a>> {
        match self.plain() {
            Self::Text(text) | Self::From(FromValue::Address(text)) => Some(text),
            _ => None,
        }
    }

    /// An octet with an assigned meaning.
    pub fn as_coded(&self) -> Option<Coded> {
        match self.plain() {
            Self::Coded(coded) => Some(*coded),
            _ => None,
        }
    }

    /// A number or a date.
    pub fn as_integer(&self) -> Option<u64> {
        match self.plain() {
            Self::Integer(number) | Self::Date(number) => Some(*number),
            _ => None,
        }
    }

    /// The text it holds, wherever it stands in the value.
    pub fn text(&self) -> Option<&Text<'a>> {
        match self.plain() {
            Self::PreviouslySentBy { address, .. } => Some(address),
            Self::Flags { keyword, .. } => Some(keyword),
            Self::Element { reference, .. } => Some(reference),
            other => other.as_text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(field: Field, number: u64, complete: bool) -> Header<'static> {
        Header {
            name: HeaderName::Field(field),
            value: HeaderValue::Integer(number),
            offset: 0,
            raw: &[],
            complete,
        }
    }

    #[test]
    fn a_header_is_short() {
        assert!(size_of::<Header<'_>>() <= 128, "{}", size_of::<Header<'_>>());
    }

    #[test]
    fn headers_are_found_wherever_they_stand() {
        let mut block = HeaderBlock::default();
        block.push(header(Field::TO, 0, false));
        let codes = [0x97, 0x80, 0xbf, 0xc0, 0xff, 0x05];
        let fields = codes.map(Field);
        for number in 0..600 {
            let known = number % 300 == 7;
            let field = if known { fields[number % 2] } else { Field(0x81) };
            block.push(header(field, number as u64, true));
        }
        fields[2..]
            .iter()
            .for_each(|field| block.push(header(*field, 1, true)));
        for field in fields.into_iter().chain([Field(0x81), Field::FROM]) {
            let one_by_one = block.headers.iter().filter(|header| header.complete);
            let found: Vec<_> = one_by_one
                .filter(|header| header.name == HeaderName::Field(field))
                .map(|header| &header.value)
                .collect();
            assert_eq!(block.all(field).collect::<Vec<_>>(), found, "{field:?}");
            assert_eq!(block.first(field), found.first().copied(), "{field:?}");
        }
    }
}
