//! pcapng: sections, interfaces and packet blocks (draft-ietf-opsawg-pcapng). Blocks are framed and packet
//! blocks read here; section headers and interface descriptions, which have options, by the parser crate.

mod block;
mod packet;
mod secrets_ahead;

use pcap_parser::{
    Block, InterfaceDescriptionBlock, OptionCode, parse_block_be, parse_block_le, parse_sectionheaderblock,
};

pub(super) use self::secrets_ahead::may_come as secrets_may_come;
use self::{
    block::{
        BlockType, Order, SECTION_HEADER, SMALLEST_BLOCK, ends_at, is_possible_length, may_be_cut,
        whole_block,
    },
    packet::{CAPTURED_LENGTH_AT, ENHANCED_PACKET, PacketFields},
};
use super::{
    LinkType, ProblemKind, clock::Clock, item::Items, record::RawRecord, report::ReportBuilder,
    window::Window,
};

/// Interfaces of one section kept; packets of further ones are passed over. Bounds memory.
const INTERFACE_LIMIT: usize = 65_536;
/// Octets looked at behind damage to trust a place.
const LOOK_AHEAD: usize = 1024 * 1024;

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
    /// Whether the next block behind damage is looked for.
    searching: bool,
    /// What was read beside packets.
    pub(super) items: Items,
}

/// Whether blocks can be told for certain somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocks {
    Begin,
    /// What would tell lies behind what is there.
    MayBegin,
    DoNotBegin,
}

/// What keeps a block from being read.
enum BlockError {
    /// The input ends inside it.
    End,
    /// It contradicts itself.
    Damaged(&'static str),
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
            searching: false,
            items: Items::default(),
        };
        let length = file.frame(window).ok()?;
        parse_sectionheaderblock(window.lent(window.position(), length)).ok()?;
        Some(file)
    }

    /// The next packet, or none at the end, or where there is no whole one yet; what is wrong is noted.
    pub(super) fn next(&mut self, window: &mut Window, tally: &mut ReportBuilder) -> Option<RawRecord> {
        loop {
            if self.searching {
                self.search(window)?;
            }
            match self.frame(window) {
                Ok(length) => {
                    let record = self.read_block(window, length, tally);
                    window.consume(length);
                    if record.is_some() {
                        return record;
                    }
                }
                Err(BlockError::Damaged(why)) => self.resynchronise(window, tally, why)?,
                Err(BlockError::End) => {
                    if !window.is_waiting() {
                        tally.note_end(window);
                    }
                    return None;
                }
            }
        }
    }

    /// Brings the whole next block into the window; its length.
    fn frame(&mut self, window: &mut Window) -> Result<usize, BlockError> {
        if !window.fill_to(SMALLEST_BLOCK) {
            return Err(BlockError::End);
        }
        let (code, length) = self.block_header(window.available())?;
        if !is_possible_length(length) {
            return Err(BlockError::Damaged("has an impossible length"));
        }
        if !window.fill_to(length) {
            return Err(self.cut_or_damaged(code, length, window.available()));
        }
        if !ends_at(window.available(), length, self.order) {
            return Err(BlockError::Damaged("has two lengths that differ"));
        }
        Ok(length)
    }

    /// Type and length of the block that begins here; a section header sets the byte order.
    fn block_header(&mut self, octets: &[u8]) -> Result<(u32, usize), BlockError> {
        let header = octets.first_chunk::<SMALLEST_BLOCK>().ok_or(BlockError::End)?;
        let [a, b, c, d, e, f, g, h, magic @ ..] = *header;
        let code = self.order.u32([a, b, c, d]);
        if code == SECTION_HEADER {
            let without = BlockError::Damaged("is a section header without byte-order magic");
            self.order = Order::of_section(magic).ok_or(without)?;
        }
        Ok((code, self.order.u32([e, f, g, h]) as usize))
    }

    /// A block that reaches beyond the end: cut off, unless its own packet says that it ends sooner.
    fn cut_or_damaged(&self, code: u32, length: usize, octets: &[u8]) -> BlockError {
        if BlockType::of(code) != BlockType::EnhancedPacket {
            return BlockError::End;
        }
        let packet = self.order.field(octets, CAPTURED_LENGTH_AT).unwrap_or(0) as usize;
        let padded = packet.checked_next_multiple_of(4).unwrap_or(usize::MAX);
        let without_options = padded.saturating_add(ENHANCED_PACKET);
        if ends_at(octets, without_options, self.order) || without_options > length {
            BlockError::Damaged("has a length that does not fit its packet's")
        } else {
            BlockError::End
        }
    }

    /// The packet in a block, if it has one.
    fn read_block(&mut self, window: &Window, length: usize, tally: &mut ReportBuilder) -> Option<RawRecord> {
        let block = window.lent(window.position(), length);
        let fields = match BlockType::of(self.order.field(block, 0)?) {
            BlockType::EnhancedPacket => {
                let fields = PacketFields::enhanced(block, self.order);
                if fields.is_some_and(|fields| fields.has_options(block)) {
                    self.read_items(block, tally);
                }
                fields
            }
            BlockType::SimplePacket => PacketFields::simple(block, self.order, self.first_snap_length()),
            BlockType::ObsoletePacket => PacketFields::obsolete(block, self.order),
            other => {
                self.read_other(other, block, tally);
                return None;
            }
        };
        self.packet(window, tally, fields)
    }

    /// Notes what a block holds beside its packet.
    #[cold]
    fn read_items(&mut self, block: &[u8], tally: &ReportBuilder) {
        if let Some(block) = parse(block, self.order) {
            self.items.read(&block, tally.number);
        }
    }

    fn first_snap_length(&self) -> u32 {
        self.interfaces
            .first()
            .map_or(0, |interface| interface.snap_length)
    }

    fn read_other(&mut self, kind: BlockType, block: &[u8], tally: &mut ReportBuilder) {
        if matches!(
            kind,
            BlockType::SectionHeader | BlockType::Interface | BlockType::Known
        ) {
            self.read_items(block, tally);
        }
        match kind {
            BlockType::SectionHeader => self.interfaces.clear(),
            BlockType::Interface => self.interface(block, tally),
            BlockType::Numbered => tally.pass_number(),
            _ => {}
        }
    }

    fn interface(&mut self, block: &[u8], tally: &mut ReportBuilder) {
        let Some(Block::InterfaceDescription(description)) = parse(block, self.order) else {
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

    fn packet(
        &self,
        window: &Window,
        tally: &mut ReportBuilder,
        fields: Option<PacketFields>,
    ) -> Option<RawRecord> {
        let offset = window.offset();
        let Some(fields) = fields else {
            tally.pass_number();
            tally.problem(ProblemKind::DamagedRecord, || {
                format!("the packet block at offset {offset} is shorter than its packet")
            });
            return None;
        };
        let Some(interface) = self.interfaces.get(fields.interface as usize) else {
            tally.pass_number();
            tally.problem(ProblemKind::UnknownInterface, || {
                format!(
                    "the packet block at offset {offset} names interface {}",
                    fields.interface
                )
            });
            return None;
        };
        let time = fields.ticks.map(|ticks| interface.clock.time(ticks));
        if time == Some(None) {
            tally.problem(ProblemKind::UnknownTime, || {
                format!(
                    "the packet block at offset {offset} has a time outside of the years 1677 to 2262; the packet counts \
                     as seen with the one before it"
                )
            });
        }
        Some(RawRecord {
            time: time.flatten(),
            interface: fields.interface,
            link_type: interface.link_type,
            position: window.position() + fields.start,
            length: fields.length,
            original_length: fields.original_length,
        })
    }

    /// Gives up on the block at hand and looks for the next place where blocks can be told for certain.
    fn resynchronise(
        &mut self,
        window: &mut Window,
        tally: &mut ReportBuilder,
        why: &'static str,
    ) -> Option<()> {
        let damaged = window.offset();
        tally.problem(ProblemKind::DamagedRecord, || {
            format!("the block at offset {damaged} {why}")
        });
        window.reserve(2 * LOOK_AHEAD);
        window.consume(1);
        self.searching = true;
        self.search(window)
    }

    /// Looks on; nothing where there is no such place, or none yet.
    fn search(&mut self, window: &mut Window) -> Option<()> {
        while window.fill_to(SMALLEST_BLOCK) {
            window.fill_to(LOOK_AHEAD);
            match self.begins_blocks(window.available()) {
                Blocks::Begin => {
                    self.searching = false;
                    return Some(());
                }
                Blocks::MayBegin if window.is_waiting() => return None,
                Blocks::MayBegin | Blocks::DoNotBegin => window.consume(1),
            }
        }
        if !window.is_waiting() {
            window.consume(SMALLEST_BLOCK);
        }
        None
    }

    /// Passes over octets up to where blocks can be told for certain, looking at `ahead` octets at a time; whether there is
    /// such a place.
    pub(super) fn find_blocks(&self, window: &mut Window, ahead: usize) -> bool {
        while window.fill_to(SMALLEST_BLOCK) {
            window.fill_to(ahead);
            if self.begins_blocks(window.available()) == Blocks::Begin {
                return true;
            }
            window.consume(1);
        }
        false
    }

    /// Whether a block of a type that captures are made of lies here, and another block or the end behind it.
    fn begins_blocks(&self, octets: &[u8]) -> Blocks {
        let Some((kind, length)) = whole_block(octets, self.order) else {
            return self.may_begin(octets);
        };
        let block = octets.get(..length).unwrap_or_default();
        let certain = match kind {
            BlockType::SectionHeader | BlockType::Known => true,
            BlockType::Interface => octets.get(10..12) == Some(&[0, 0]),
            BlockType::EnhancedPacket => PacketFields::enhanced(block, self.order)
                .is_some_and(|fields| (fields.interface as usize) < self.interfaces.len()),
            _ => false,
        };
        let rest = octets.get(length..).unwrap_or_default();
        match certain {
            true if rest.is_empty() || whole_block(rest, self.order).is_some() => Blocks::Begin,
            true => self.may_begin(rest),
            false => Blocks::DoNotBegin,
        }
    }

    /// Whether what is there may be the beginning of a block.
    fn may_begin(&self, octets: &[u8]) -> Blocks {
        match may_be_cut(octets, self.order) {
            true => Blocks::MayBegin,
            false => Blocks::DoNotBegin,
        }
    }
}

/// Reads a block with its options.
fn parse(block: &[u8], order: Order) -> Option<Block<'_>> {
    let parsed = match order {
        Order::Little => parse_block_le(block),
        Order::Big => parse_block_be(block),
    };
    parsed.ok().map(|(_, block)| block)
}

#[cfg(test)]
mod tests;
