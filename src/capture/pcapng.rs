//! pcapng: sections, interfaces and packet blocks (draft-ietf-opsawg-pcapng). Blocks are framed and packet
//! blocks read here; section headers and interface descriptions, which have options, by the parser crate.

use pcap_parser::{
    Block, InterfaceDescriptionBlock, OptionCode, parse_block_be, parse_block_le, parse_sectionheaderblock,
};

use super::{
    LinkType, ProblemKind, clock::Clock, pcap::note_end, reader::RawRecord, report::Tally, window::Window,
};

/// Octets of a block at most; larger ones are damage. Wireshark's own limit for blocks that hold no packet.
const BLOCK_LIMIT: usize = 16 * 1024 * 1024;
/// Octets of the smallest block: type and both lengths.
const SMALLEST_BLOCK: usize = 12;
/// Octets of an enhanced packet block without packet and options.
const ENHANCED_PACKET: usize = 32;
/// Interfaces of one section kept; packets of further ones are passed over. Bounds memory.
const INTERFACE_LIMIT: usize = 65_536;
/// Octets looked at behind damage to trust a place.
const LOOK_AHEAD: usize = 1024 * 1024;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// The blocks that are told apart, by their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockType {
    SectionHeader,
    Interface,
    ObsoletePacket,
    SimplePacket,
    EnhancedPacket,
    /// Statistics and name resolution: nothing in them for us, but known to exist.
    Known,
    /// No packet, but a record with a number in Wireshark: journal entries, custom blocks, system calls.
    Numbered,
    Other,
}

impl BlockType {
    const fn of(code: u32) -> Self {
        match code {
            SECTION_HEADER => Self::SectionHeader,
            1 => Self::Interface,
            2 => Self::ObsoletePacket,
            3 => Self::SimplePacket,
            4 | 5 | 0x0a => Self::Known,
            6 => Self::EnhancedPacket,
            9 | 0x0bad | 0x4000_0bad => Self::Numbered,
            0x204 | 0x208 | 0x216 | 0x217 | 0x221 | 0x222 => Self::Numbered,
            _ => Self::Other,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, octets: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        }
    }

    const fn u32(self, octets: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        }
    }

    /// The order in which a section header's magic reads right.
    fn of_section(magic: [u8; 4]) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
    }
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: LinkType,
    snap_length: u32,
    clock: Clock,
}

/// The section at hand.
#[derive(Debug)]
pub(super) struct PcapngFile {
    order: Order,
    interfaces: Vec<Interface>,
}

/// What keeps a block from being read.
enum BlockError {
    /// The input ends inside it.
    End,
    /// It contradicts itself.
    Damaged(&'static str),
}

/// What a whole block was.
enum Outcome {
    Packet(RawRecord),
    Other,
}

impl PcapngFile {
    /// Whether a file that begins with these octets is pcapng.
    pub(super) fn recognises(first: &[u8]) -> bool {
        first.starts_with(&SECTION_HEADER.to_be_bytes())
    }

    /// Checks the first section header, which stays in the window.
    pub(super) fn open(window: &mut Window) -> Option<Self> {
        let mut file = Self {
            order: Order::Little,
            interfaces: Vec::new(),
        };
        let length = file.frame(window).ok()?;
        parse_sectionheaderblock(window.lent(window.position(), length)).ok()?;
        Some(file)
    }

    /// The next packet, or none at the end; what is wrong is noted.
    pub(super) fn next(&mut self, window: &mut Window, tally: &mut Tally) -> Option<RawRecord> {
        loop {
            let outcome = match self.frame(window) {
                Ok(length) => {
                    let outcome = self.read_block(window, length, tally);
                    window.consume(length);
                    outcome
                }
                Err(BlockError::Damaged(why)) => {
                    self.resynchronise(window, tally, why)?;
                    continue;
                }
                Err(BlockError::End) => {
                    note_end(window, tally);
                    return None;
                }
            };
            if let Outcome::Packet(record) = outcome {
                return Some(record);
            }
        }
    }

    /// Brings the whole next block into the window; its length.
    fn frame(&mut self, window: &mut Window) -> Result<usize, BlockError> {
        if !window.fill_to(SMALLEST_BLOCK) {
            return Err(BlockError::End);
        }
        let (code, length) = self.block_header(window.available()).ok_or(BlockError::Damaged(
            "is a section header without byte-order magic",
        ))?;
        if !(SMALLEST_BLOCK..=BLOCK_LIMIT).contains(&length) || !length.is_multiple_of(4) {
            return Err(BlockError::Damaged("has an impossible length"));
        }
        if !window.fill_to(length) {
            return Err(self.cut_or_damaged(code, length, window.available()));
        }
        match trailing_length(window.available(), length) {
            Some(trailing) if self.order.u32(trailing) as usize == length => Ok(length),
            _ => Err(BlockError::Damaged("has two lengths that differ")),
        }
    }

    /// Type and length of the block that begins here; a section header sets the byte order, or is none.
    fn block_header(&mut self, octets: &[u8]) -> Option<(u32, usize)> {
        let [a, b, c, d, e, f, g, h, magic @ ..] = *octets.first_chunk::<12>()?;
        let code = self.order.u32([a, b, c, d]);
        if code == SECTION_HEADER {
            self.order = Order::of_section(magic)?;
        }
        Some((code, self.order.u32([e, f, g, h]) as usize))
    }

    /// A block that reaches beyond the end: cut off, unless its own packet says that it ends sooner.
    fn cut_or_damaged(&self, code: u32, length: usize, octets: &[u8]) -> BlockError {
        if BlockType::of(code) != BlockType::EnhancedPacket {
            return BlockError::End;
        }
        let packet = self.field(octets, 20).unwrap_or(0) as usize;
        let padded = packet.checked_next_multiple_of(4).unwrap_or(usize::MAX);
        let without_options = padded.saturating_add(ENHANCED_PACKET);
        let ends_there = trailing_length(octets, without_options)
            .is_some_and(|trailing| self.order.u32(trailing) as usize == without_options);
        if ends_there || without_options > length {
            BlockError::Damaged("has a length that does not fit its packet's")
        } else {
            BlockError::End
        }
    }

    fn field(&self, block: &[u8], at: usize) -> Option<u32> {
        Some(self.order.u32(*block.get(at..)?.first_chunk()?))
    }

    fn read_block(&mut self, window: &Window, length: usize, tally: &mut Tally) -> Outcome {
        let block = window.lent(window.position(), length);
        match BlockType::of(self.field(block, 0).unwrap_or(0)) {
            BlockType::EnhancedPacket => return self.packet(window, tally, self.enhanced_packet(block)),
            BlockType::SimplePacket => return self.packet(window, tally, self.simple_packet(block)),
            BlockType::ObsoletePacket => return self.packet(window, tally, self.obsolete_packet(block)),
            BlockType::SectionHeader => self.interfaces.clear(),
            BlockType::Interface => self.interface(block, tally),
            BlockType::Numbered => tally.pass_number(),
            BlockType::Known | BlockType::Other => {}
        }
        Outcome::Other
    }

    fn interface(&mut self, block: &[u8], tally: &mut Tally) {
        let parsed = match self.order {
            Order::Little => parse_block_le(block),
            Order::Big => parse_block_be(block),
        };
        let Ok((_, Block::InterfaceDescription(description))) = parsed else {
            tally.problem(ProblemKind::DamagedRecord, || {
                "an interface description cannot be read".into()
            });
            return;
        };
        let interface = Interface {
            link_type: LinkType(description.linktype.0 as u16),
            snap_length: description.snaplen,
            clock: self.clock(&description),
        };
        tally.report.link_types.insert(interface.link_type);
        if self.interfaces.len() < INTERFACE_LIMIT {
            self.interfaces.push(interface);
        }
    }

    /// The interface's clock. The parser crate reads if_tsoffset as little-endian always and knows no binary
    /// resolution, so both are taken from the options as they lie there.
    fn clock(&self, description: &InterfaceDescriptionBlock<'_>) -> Clock {
        let value = |code| {
            let option = description.options.iter().find(|option| option.code == code)?;
            option.as_bytes().ok()
        };
        let resolution = value(OptionCode::IfTsresol).and_then(|octets| octets.first().copied());
        let offset = value(OptionCode::IfTsoffset)
            .and_then(|octets| octets.first_chunk().copied())
            .map_or(0, |octets| match self.order {
                Order::Little => i64::from_le_bytes(octets),
                Order::Big => i64::from_be_bytes(octets),
            });
        Clock::new(resolution.unwrap_or(Clock::DEFAULT_RESOLUTION), offset)
    }

    fn packet(&self, window: &Window, tally: &mut Tally, fields: Option<PacketFields>) -> Outcome {
        let Some(fields) = fields else {
            tally.pass_number();
            tally.problem(ProblemKind::DamagedRecord, || {
                format!(
                    "the packet block at offset {} is shorter than its packet",
                    window.offset()
                )
            });
            return Outcome::Other;
        };
        let Some(interface) = self.interfaces.get(fields.interface as usize) else {
            tally.pass_number();
            tally.problem(ProblemKind::UnknownInterface, || {
                format!(
                    "the packet block at offset {} names interface {}",
                    window.offset(),
                    fields.interface
                )
            });
            return Outcome::Other;
        };
        Outcome::Packet(RawRecord {
            time: fields.ticks.map(|ticks| interface.clock.time(ticks)),
            link_type: interface.link_type,
            position: window.position() + fields.start,
            length: fields.length,
            original_length: fields.original_length,
        })
    }

    fn enhanced_packet(&self, block: &[u8]) -> Option<PacketFields> {
        PacketFields {
            interface: self.field(block, 8)?,
            ticks: Some(self.ticks(block, 12)?),
            start: 28,
            length: self.field(block, 20)? as usize,
            original_length: self.field(block, 24)?,
        }
        .within(block)
    }

    fn obsolete_packet(&self, block: &[u8]) -> Option<PacketFields> {
        PacketFields {
            interface: u32::from(self.order.u16(*block.get(8..)?.first_chunk()?)),
            ticks: Some(self.ticks(block, 12)?),
            start: 28,
            length: self.field(block, 20)? as usize,
            original_length: self.field(block, 24)?,
        }
        .within(block)
    }

    /// A simple packet block has no captured length: it is the least of the original length, the interface's
    /// snap length and the room in the block.
    fn simple_packet(&self, block: &[u8]) -> Option<PacketFields> {
        let original_length = self.field(block, 8)?;
        let snap_length = match self.interfaces.first().map(|interface| interface.snap_length) {
            None | Some(0) => u32::MAX,
            Some(length) => length,
        };
        let room = block.len().saturating_sub(16);
        PacketFields {
            interface: 0,
            ticks: None,
            start: 12,
            length: (original_length.min(snap_length) as usize).min(room),
            original_length,
        }
        .within(block)
    }

    fn ticks(&self, block: &[u8], at: usize) -> Option<u64> {
        let (high, low) = (self.field(block, at)?, self.field(block, at + 4)?);
        Some(u64::from(high) << 32 | u64::from(low))
    }

    /// Gives up on the block at hand and looks for the next place where blocks can be told for certain.
    fn resynchronise(&mut self, window: &mut Window, tally: &mut Tally, why: &'static str) -> Option<()> {
        let damaged = window.offset();
        tally.problem(ProblemKind::DamagedRecord, || {
            format!("the block at offset {damaged} {why}")
        });
        window.reserve(2 * LOOK_AHEAD);
        window.consume(1);
        while window.fill_to(SMALLEST_BLOCK) {
            window.fill_to(LOOK_AHEAD);
            if self.begins_blocks(window.available()) {
                return Some(());
            }
            window.consume(1);
        }
        window.consume(SMALLEST_BLOCK);
        None
    }

    /// Whether a block of a type that captures are made of lies here, and another block or the end behind it.
    fn begins_blocks(&self, octets: &[u8]) -> bool {
        let Some((kind, length)) = self.whole_block(octets) else {
            return false;
        };
        let certain = match kind {
            BlockType::SectionHeader | BlockType::Known => true,
            BlockType::Interface => octets.get(10..12) == Some(&[0, 0]),
            BlockType::EnhancedPacket => self
                .enhanced_packet(octets.get(..length).unwrap_or_default())
                .is_some_and(|fields| (fields.interface as usize) < self.interfaces.len()),
            _ => false,
        };
        let rest = octets.get(length..).unwrap_or_default();
        certain && (rest.is_empty() || self.whole_block(rest).is_some())
    }

    /// Type and length of the block here, if it lies here whole and both its lengths agree.
    fn whole_block(&self, octets: &[u8]) -> Option<(BlockType, usize)> {
        let code = self.field(octets, 0)?;
        let order = match code {
            SECTION_HEADER => Order::of_section(*octets.get(8..)?.first_chunk()?)?,
            _ => self.order,
        };
        let length = order.u32(*octets.get(4..)?.first_chunk()?) as usize;
        let framed = (SMALLEST_BLOCK..=BLOCK_LIMIT).contains(&length) && length.is_multiple_of(4);
        let trailing = trailing_length(octets, length)?;
        (framed && order.u32(trailing) as usize == length).then_some((BlockType::of(code), length))
    }
}

/// The length as the end of a block repeats it.
fn trailing_length(octets: &[u8], length: usize) -> Option<[u8; 4]> {
    octets.get(length.checked_sub(4)?..)?.first_chunk().copied()
}

/// What a packet block says about its packet.
struct PacketFields {
    interface: u32,
    ticks: Option<u64>,
    /// Where in the block the packet begins.
    start: usize,
    length: usize,
    original_length: u32,
}

impl PacketFields {
    /// These fields, if the packet lies inside the block, before its trailing length.
    fn within(self, block: &[u8]) -> Option<Self> {
        let room = block.len().checked_sub(self.start + 4)?;
        (self.length <= room).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
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
}
