//! SCCP messages without a connection (ITU-T Q.713 chapter 4): UDT, XUDT and LUDT, and UDTS, XUDTS and LUDTS, which
//! return one that could not be delivered.

use crate::codec::{Reader, ShortRead};
use crate::session::sms::digits;

/// A message without a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitData<'a> {
    /// To whom it goes.
    pub called: Address,
    /// From whom it comes. Of one returned both are turned round.
    pub calling: Address,
    /// What it carries, or a segment of that.
    pub data: &'a [u8],
    /// Which segment, where it is one.
    pub segment: Option<Segment>,
    /// Why it was returned, where it was.
    pub return_cause: Option<u8>,
}

/// An SCCP address (section 3.4), as far as it names a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The digits of its global title.
    pub title: Option<String>,
    /// Its point code.
    pub point_code: Option<u32>,
}

/// A segment of a longer message (section 3.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whether it is the first.
    pub first: bool,
    /// How many come after it.
    pub remaining: u8,
    /// What all segments of one message share.
    pub reference: [u8; 3],
}

/// Where the pointers of a message lie and how wide they are.
#[derive(Clone, Copy)]
struct Layout {
    returned: bool,
    /// Octets between the message type and the first pointer.
    fixed: usize,
    width: Width,
    /// Whether there is a pointer to an optional part.
    optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// One octet, and lengths of one.
    Narrow,
    /// Two octets, the lowest first, and the length of the data too.
    Wide,
}

impl Layout {
    const fn of(message_type: u8) -> Option<Self> {
        let (returned, fixed, width, optional) = match message_type {
            0x09 => (false, 1, Width::Narrow, false),
            0x0a => (true, 1, Width::Narrow, false),
            0x11 => (false, 2, Width::Narrow, true),
            0x12 => (true, 2, Width::Narrow, true),
            0x13 => (false, 2, Width::Wide, true),
            0x14 => (true, 2, Width::Wide, true),
            _ => return None,
        };
        Some(Self {
            returned,
            fixed,
            width,
            optional,
        })
    }

    /// What the pointer of this number points to, the reader at its first octet. None where it points nowhere. A
    /// pointer counts from itself, a wide one from its second octet.
    fn pointed<'a>(self, octets: &'a [u8], number: usize) -> Result<Option<Reader<'a>>, ShortRead> {
        let mut reader = Reader::new(octets);
        let (distance, from) = match self.width {
            Width::Narrow => {
                let at = 1 + self.fixed + number;
                reader.skip("SCCP header", at)?;
                (usize::from(reader.u8("SCCP pointer")?), at)
            }
            Width::Wide => {
                let at = 1 + self.fixed + 2 * number;
                reader.skip("SCCP header", at)?;
                let distance = reader.array("SCCP pointer").map(u16::from_le_bytes)?;
                (usize::from(distance), at + 1)
            }
        };
        let mut target = Reader::new(octets);
        target.skip("SCCP parameter", from + distance)?;
        Ok((distance > 0).then_some(target))
    }
}

impl<'a> UnitData<'a> {
    /// Reads a message; none where it is one of a connection, or of the management of SCCP.
    pub fn read(octets: &'a [u8]) -> Result<Option<Self>, ShortRead> {
        let mut fixed = Reader::new(octets);
        let Some(layout) = Layout::of(fixed.u8("SCCP message type")?) else {
            return Ok(None);
        };
        let class_or_cause = fixed.u8("SCCP protocol class")?;
        let part = |number| layout.pointed(octets, number);
        let (Some(called), Some(calling), Some(mut data)) = (part(0)?, part(1)?, part(2)?) else {
            return Ok(None);
        };
        let length = match layout.width {
            Width::Narrow => usize::from(data.u8("SCCP data length")?),
            Width::Wide => usize::from(data.array("SCCP data length").map(u16::from_le_bytes)?),
        };
        let optional = if layout.optional { part(3)? } else { None };
        Ok(Some(Self {
            called: Address::read(called)?,
            calling: Address::read(calling)?,
            data: data.take("SCCP data", length)?,
            segment: optional.map(Segment::find).transpose()?.flatten(),
            return_cause: layout.returned.then_some(class_or_cause),
        }))
    }
}

impl Address {
    /// Reads an address with its length before it.
    fn read(mut reader: Reader<'_>) -> Result<Self, ShortRead> {
        let length = reader.u8("SCCP address length")?;
        let mut reader = reader.sub("SCCP address", usize::from(length))?;
        let Ok(indicator) = reader.u8("SCCP address indicator") else {
            return Ok(Self::default());
        };
        let point_code = match indicator & 1 {
            0 => None,
            _ => Some(u32::from(reader.array("point code").map(u16::from_le_bytes)?)),
        };
        if indicator & 2 != 0 {
            reader.skip("subsystem number", 1)?;
        }
        // Before the digits: nature of address; translation type; that, numbering plan and encoding; all of them.
        let (before, odd) = match indicator >> 2 & 0x0f {
            1 => (1, reader.peek().is_some_and(|nature| nature & 0x80 != 0)),
            2 => (1, false),
            3 => (2, has_odd_encoding(reader)),
            4 => (3, has_odd_encoding(reader)),
            _ => {
                return Ok(Self {
                    title: None,
                    point_code,
                });
            }
        };
        reader.skip("global title", before)?;
        let octets = reader.rest();
        let title = digits(octets, octets.len() * 2 - usize::from(odd && !octets.is_empty()));
        Ok(Self {
            title: Some(title),
            point_code,
        })
    }
}

/// Whether the encoding scheme behind a translation type says that the number of digits is odd.
fn has_odd_encoding(reader: Reader<'_>) -> bool {
    reader.rest().get(1).is_some_and(|scheme| scheme & 0x0f == 1)
}

impl Segment {
    const SEGMENTATION: u8 = 0x10;

    /// Looks for a segmentation in the optional part.
    fn find(mut part: Reader<'_>) -> Result<Option<Self>, ShortRead> {
        loop {
            let name = part.u8("SCCP optional parameter")?;
            if name == 0 {
                return Ok(None);
            }
            let length = part.u8("SCCP optional parameter length")?;
            let mut value = part.sub("SCCP optional parameter", usize::from(length))?;
            if name == Self::SEGMENTATION {
                let flags = value.u8("SCCP segmentation")?;
                return Ok(Some(Self {
                    first: flags & 0x80 != 0,
                    remaining: flags & 0x0f,
                    reference: value.array("SCCP segmentation reference")?,
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An address on a global title: SSN 8, title 4 (translation 0, E.164, even digits, international) 15550199999+8.
    const TITLED: &[u8] = &[
        0x0b, 0x12, 0x08, 0x00, 0x12, 0x04, 0x51, 0x55, 0x10, 0x99, 0x99, 0x89,
    ];
    /// One on a point code and a subsystem: 0x1234, 6.
    const POINTED: &[u8] = &[0x04, 0x43, 0x34, 0x12, 0x06];

    fn titled() -> Address {
        Address {
            title: Some("155501999998".into()),
            point_code: None,
        }
    }

    fn pointed() -> Address {
        Address {
            title: None,
            point_code: Some(0x1234),
        }
    }

    #[test]
    fn unit_data_and_one_returned() {
        let parts = [&[0x03, 0x0e, 0x12][..], TITLED, POINTED, &[0x02, 0xaa, 0xbb]].concat();
        for (start, return_cause) in [([0x09, 0x00], None), ([0x0a, 0x01], Some(1))] {
            let octets = [&start[..], &parts].concat();
            let expected = UnitData {
                called: titled(),
                calling: pointed(),
                data: &[0xaa, 0xbb],
                segment: None,
                return_cause,
            };
            assert_eq!(UnitData::read(&octets), Ok(Some(expected)));
        }
    }

    #[test]
    fn an_extended_one_may_be_a_segment() {
        let segmentation = [0x10, 0x04, 0x82, 0x01, 0x02, 0x03, 0x00];
        let start = [0x11, 0x01, 0x0f, 0x04, 0x0f, 0x13, 0x14];
        let octets = [&start[..], TITLED, POINTED, &[0x01, 0xcc], &segmentation].concat();
        let read = UnitData::read(&octets).unwrap().unwrap();
        assert_eq!(
            (read.called, read.calling, read.data),
            (titled(), pointed(), &[0xcc][..])
        );
        let segment = Segment {
            first: true,
            remaining: 2,
            reference: [1, 2, 3],
        };
        assert_eq!(read.segment, Some(segment));
    }

    #[test]
    fn a_long_one_has_wide_pointers() {
        let start = [0x13, 0x01, 0x0f, 0x07, 0x00, 0x11, 0x00, 0x14, 0x00, 0x00, 0x00];
        let data = [&[0x2c, 0x01][..], &[0x55; 300]].concat();
        let octets = [&start[..], TITLED, POINTED, &data].concat();
        let read = UnitData::read(&octets).unwrap().unwrap();
        assert_eq!(
            (read.called, read.calling, read.data.len()),
            (titled(), pointed(), 300)
        );
        assert_eq!(read.segment, None);
    }

    #[test]
    fn a_message_of_a_connection_is_none() {
        assert_eq!(UnitData::read(&[0x01, 0, 0, 0]), Ok(None));
        assert!(UnitData::read(&[0x09, 0, 3]).is_err());
    }

    proptest! {
        #[test]
        fn whatever_the_octets_data_lies_in_them(
            kind in 0x09..0x15_u8,
            octets in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let octets = [&[kind][..], &octets].concat();
            if let Ok(Some(read)) = UnitData::read(&octets) {
                prop_assert!(read.data.len() < octets.len());
            }
        }
    }
}
