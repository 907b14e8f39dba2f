//! Sections, interfaces, packets of all three kinds, and damage, on blocks made by hand in both byte orders.

use proptest::prelude::*;

use super::{block::BYTE_ORDER_MAGIC, *};
use crate::capture::reader::testing::{problems, read};

#[derive(Clone, Copy)]
struct Maker {
    big: bool,
}

impl Maker {
    fn u32(self, value: u32) -> Vec<u8> {
        if self.big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
        .to_vec()
    }

    fn u16(self, value: u16) -> Vec<u8> {
        if self.big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
        .to_vec()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let mut padded = body.to_vec();
        padded.resize(body.len().next_multiple_of(4), 0);
        let length = self.u32(padded.len() as u32 + 12);
        [self.u32(kind), length.clone(), padded, length].concat()
    }

    fn section(self) -> Vec<u8> {
        let versions = [self.u16(1), self.u16(0), vec![0xff; 8]].concat();
        self.block(SECTION_HEADER, &[self.u32(BYTE_ORDER_MAGIC), versions].concat())
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut padded = value.to_vec();
        padded.resize(value.len().next_multiple_of(4), 0);
        [self.u16(code), self.u16(value.len() as u16), padded].concat()
    }

    fn interface(self, link_type: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
        let fixed = [self.u16(link_type), self.u16(0), self.u32(snap_length)].concat();
        self.block(1, &[&fixed, options].concat())
    }

    fn enhanced(self, interface: u32, ticks: u64, octets: &[u8], options: &[u8]) -> Vec<u8> {
        let length = octets.len() as u32;
        let fields = [interface, (ticks >> 32) as u32, ticks as u32, length, length + 1];
        let mut body = fields.map(|field| self.u32(field)).concat();
        body.extend(octets);
        body.resize(body.len().next_multiple_of(4), 0);
        self.block(6, &[&body, options].concat())
    }
}

const LITTLE: Maker = Maker { big: false };

/// A section with two interfaces of their own link type, resolution and offset.
fn two_interfaces(make: Maker) -> Vec<u8> {
    let offset = if make.big {
        1_000_i64.to_be_bytes()
    } else {
        1_000_i64.to_le_bytes()
    };
    let options = [make.option(9, &[0x80 | 20]), make.option(14, &offset)].concat();
    [
        make.section(),
        make.interface(1, 0, &[]),
        make.interface(101, 4, &options),
        make.enhanced(0, 7, b"first", &make.option(1, b"a comment")),
        make.enhanced(1, 1 << 19, b"second", &[]),
    ]
    .concat()
}

#[test]
fn several_sections_and_interfaces_in_both_byte_orders() {
    let file = [two_interfaces(LITTLE), two_interfaces(Maker { big: true })].concat();
    let (seen, report) = read(&file).unwrap();
    let packets = [
        (7_000, 1, b"first".to_vec(), 6),
        (1_000_500_000_000, 101, b"second".to_vec(), 7),
    ];
    let expected: Vec<_> = packets
        .iter()
        .chain(&packets)
        .zip(1..)
        .map(|((time, link, data, original), number)| (number, *time, *link, data.clone(), *original))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(problems(&report), []);
    assert_eq!(report.first.unwrap().nanoseconds(), 7_000);
    assert_eq!(report.last.unwrap().nanoseconds(), 1_000_500_000_000);
}

/// A time beyond what nanoseconds in 64 bits hold is not made to be one that they do.
#[test]
fn a_packet_of_the_year_3000_counts_with_the_one_before_it() {
    let tenths = LITTLE.option(9, &[1]);
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 0, &tenths),
        LITTLE.enhanced(0, 17_951_696_005, b"now", &[]),
        LITTLE.enhanced(0, 325_036_800_000, b"in the year 3000", &[]),
        LITTLE.enhanced(0, u64::MAX, b"the last tick", &[]),
        LITTLE.enhanced(0, 17_951_696_015, b"now", &[]),
    ]
    .concat();
    let (seen, report) = read(&file).unwrap();
    let times: Vec<i64> = seen.iter().map(|frame| frame.1 / 100_000_000).collect();
    assert_eq!(
        times,
        [17_951_696_005, 17_951_696_005, 17_951_696_005, 17_951_696_015]
    );
    assert_eq!(
        (report.packets, problems(&report)),
        (4, vec![("unknown_time", 2)])
    );
    assert_eq!(report.last.unwrap().nanoseconds(), 1_795_169_601_500_000_000);
}

#[test]
fn simple_and_obsolete_packets_and_blocks_that_are_none() {
    let simple = [LITTLE.u32(9), b"abcd".to_vec()].concat();
    let obsolete = [
        LITTLE.u16(1),
        LITTLE.u16(0),
        [0, 2 << 20, 2, 2].map(|field| LITTLE.u32(field)).concat(),
        b"op".to_vec(),
    ]
    .concat();
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 3, &[]),
        LITTLE.interface(113, 0, &LITTLE.option(9, &[0x80 | 20])),
        LITTLE.block(3, &simple),
        LITTLE.block(2, &obsolete),
        LITTLE.block(0xbad, &[1, 2, 3, 4]),
        LITTLE.block(0x1234, &[1, 2, 3, 4]),
        LITTLE.block(3, &simple),
    ]
    .concat();
    let (seen, report) = read(&file).unwrap();
    // Wireshark numbers the custom block too.
    assert_eq!(
        seen,
        [
            (1, 0, 1, b"abc".to_vec(), 9),
            (2, 2_000_000_000, 113, b"op".to_vec(), 2),
            (4, 2_000_000_000, 1, b"abc".to_vec(), 9)
        ]
    );
    assert_eq!((report.packets, report.bytes, problems(&report)), (3, 8, vec![]));
    assert_eq!(report.first.unwrap().nanoseconds(), 2_000_000_000);
}

#[test]
fn blocks_behind_damage_are_found_again() {
    let start = [LITTLE.section(), LITTLE.interface(1, 0, &[])].concat();
    let packet = |n: u8| LITTLE.enhanced(0, u64::from(n), &[n; 60], &[]);
    for (at, value) in [(4, 0x7fff_ffff_u32), (4, 90), (4, 200), (0, 6)] {
        let mut broken = packet(2);
        let end = broken.len() - 4;
        broken[at..at + 4].copy_from_slice(&value.to_le_bytes());
        if at == 0 {
            broken[end..].copy_from_slice(&[0; 4]);
        }
        let file = [start.clone(), packet(1), broken, packet(3), packet(4)].concat();
        let (seen, report) = read(&file).unwrap();
        let ticks: Vec<i64> = seen.iter().map(|frame| frame.1 / 1_000).collect();
        assert_eq!(
            (ticks, problems(&report)),
            (vec![1, 3, 4], vec![("damaged_record", 1)]),
            "{at} {value}"
        );
    }
}

#[test]
fn a_packet_of_no_interface_or_longer_than_its_block_is_passed_over() {
    let mut too_long = LITTLE.enhanced(0, 2, &[2; 60], &[]);
    too_long[20..24].copy_from_slice(&65_u32.to_le_bytes());
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 0, &[]),
        LITTLE.enhanced(5, 1, &[1; 60], &[]),
        too_long,
        LITTLE.enhanced(0, 3, &[3; 60], &[]),
    ]
    .concat();
    let (seen, report) = read(&file).unwrap();
    assert_eq!(seen.iter().map(|frame| frame.0).collect::<Vec<_>>(), [3]);
    assert_eq!(
        problems(&report),
        [("unknown_interface", 1), ("damaged_record", 1)]
    );
}

#[test]
fn a_cut_block_is_a_problem_and_no_packet() {
    let file = two_interfaces(LITTLE);
    let (seen, report) = read(&file[..file.len() - 3]).unwrap();
    assert_eq!((seen.len(), problems(&report)), (1, vec![("truncated_file", 1)]));
}

proptest! {
    #[test]
    fn no_octets_behind_a_section_do_harm(octets in proptest::collection::vec(any::<u8>(), 0..300), big: bool) {
        let start = two_interfaces(Maker { big });
        let (seen, _) = read(&[start, octets].concat()).unwrap();
        prop_assert!(seen.len() >= 2);
    }

    #[test]
    fn damage_anywhere_costs_no_more_than_what_it_touches(at in 0_usize..2_000, value: u8) {
        let packets: Vec<u8> = (0..20).flat_map(|n| LITTLE.enhanced(0, n, &[n as u8; 68], &[])).collect();
        let start = [LITTLE.section(), LITTLE.interface(1, 0, &[])].concat();
        let mut file = [start.clone(), packets].concat();
        let at = start.len() + at % (file.len() - start.len());
        file[at] ^= value;
        let (seen, _) = read(&file).unwrap();
        prop_assert!(seen.len() >= 19 - 1, "{} packets left", seen.len());
    }
}

#[test]
fn comments_name_what_they_are_about() {
    use crate::capture::item::{CommentSubject, ItemContent};
    use crate::model::{CaptureIndex, FrameNumber};
    for big in [false, true] {
        let maker = Maker { big };
        let comment = |text: &[u8]| [maker.option(1, text), maker.option(0, b"")].concat();
        let blocks = [
            maker.interface(1, 0, &comment(b"an interface")),
            maker.enhanced(0, 5, b"abc", &comment(b"a packet \xff")),
            maker.enhanced(0, 6, b"abcd", &[]),
        ];
        let mut items = Items::default();
        for (frame, block) in blocks.iter().enumerate() {
            let order = if big { Order::Big } else { Order::Little };
            items.read(&parse(block, order).unwrap(), FrameNumber(frame as u64));
        }
        let mut taken = Vec::new();
        items.take(CaptureIndex(0), &mut taken);
        let seen: Vec<_> = taken.into_iter().map(|item| (item.frame, item.content)).collect();
        let said = |frame: Option<u64>, about, text: &str| {
            let text = text.to_owned();
            (frame.map(FrameNumber), ItemContent::Comment { about, text })
        };
        assert_eq!(
            seen,
            [
                said(None, CommentSubject::Interface, "an interface"),
                said(Some(2), CommentSubject::Packet, "a packet \u{fffd}"),
            ]
        );
    }
}

/// A count of zero drops nothing, and a counter that says the same again nothing new.
#[test]
fn counts_of_dropped_packets_are_told_once() {
    use crate::capture::item::ItemContent;
    use crate::model::{CaptureIndex, FrameNumber};
    for big in [false, true] {
        let maker = Maker { big };
        let (zero, three) = ([0; 8], [0, 0, 0, 3, 0, 0, 0, 0]);
        let counted = |code, count: &[u8]| [maker.option(code, count), maker.option(0, b"")].concat();
        let statistics = |count: &[u8]| {
            let fixed = [0, 0, 0].map(|field| maker.u32(field)).concat();
            maker.block(5, &[fixed, counted(5, count)].concat())
        };
        let blocks = [
            statistics(&zero),
            maker.enhanced(0, 5, b"abc", &counted(4, &zero)),
            maker.enhanced(0, 6, b"abc", &counted(4, &three)),
            statistics(&three),
            statistics(&three),
        ];
        let mut items = Items::default();
        for (frame, block) in blocks.iter().enumerate() {
            let order = if big { Order::Big } else { Order::Little };
            items.read(&parse(block, order).unwrap(), FrameNumber(frame as u64));
        }
        let mut taken = Vec::new();
        items.take(CaptureIndex(0), &mut taken);
        let seen: Vec<_> = taken.into_iter().map(|item| (item.frame, item.content)).collect();
        let expected = [(Some(FrameNumber(3)), true), (Some(FrameNumber(3)), false)];
        assert_eq!(
            seen,
            expected.map(|(frame, here)| (frame, ItemContent::Dropped { here }))
        );
    }
}
