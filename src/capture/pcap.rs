//! Classic pcap: the file header in all its variants, and one record after the other
//! (draft-ietf-opsawg-pcap; Kuznetzov's "modified" records; IXIA's lcap).

use nom::{IResult, Needed, Parser, bytes::streaming::take, number::streaming::be_u32};
use pcap_parser::{
    LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};

use super::{LinkType, ProblemKind, record::RawRecord, report::ReportBuilder, window::Window};
use crate::model::{Nanoseconds, Timestamp};

/// Octets of the file header.
pub(super) const FILE_HEADER: usize = 24;
/// Octets of a record accepted whatever the file's snap length says; Wireshark's own limit.
const ORDINARY_RECORD_LIMIT: u32 = 256 * 1024;
/// Octets of a record accepted at most, where the snap length allows it: bounds the memory a file can claim.
const RECORD_LIMIT: u32 = 16 * 1024 * 1024;

/// Octets looked at behind damage to trust a place: room for three ordinary records.
const LOOK_AHEAD: usize = 1024 * 1024;
/// Octets among which a certain place is looked for while more come: each time that some did.
const SCANNED_AHEAD: usize = 64 * 1024;
/// Plausible records in a row that end the search behind damage.
const RECORDS_TO_TRUST: usize = 3;
/// How far from the last good packet's time a record behind damage may lie: a day.
const PLAUSIBLE_DISTANCE: Nanoseconds = 86_400 * Timestamp::SECOND;

/// How the fields of a file lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Variant {
    big_endian: bool,
    nanoseconds: bool,
    modified: bool,
    /// A record count follows the file header.
    lcap: bool,
}

impl Variant {
    /// The variant that begins with these four octets.
    fn of(magic: [u8; 4]) -> Option<Self> {
        let (little, big) = (u32::from_le_bytes(magic), u32::from_be_bytes(magic));
        Self::known(little, false).or_else(|| Self::known(big, true))
    }

    const fn known(magic: u32, big_endian: bool) -> Option<Self> {
        let (nanoseconds, modified, lcap) = match magic {
            0xa1b2_c3d4 => (false, false, false),
            0xa1b2_3c4d => (true, false, false),
            0xa1b2_cd34 => (false, true, false),
            0x1c00_01ac | 0x1c00_01ab => (true, false, true),
            _ => return None,
        };
        Some(Self {
            big_endian,
            nanoseconds,
            modified,
            lcap,
        })
    }
}

/// What the file header says about the records.
#[derive(Clone, Copy, Debug)]
pub(super) struct PcapFile {
    variant: Variant,
    pub(super) link_type: LinkType,
    record_limit: u32,
    /// Whether the next record behind damage is looked for.
    searching: bool,
}

/// Whether records can be told for certain somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Records {
    Begin,
    /// What would tell lies behind what is there.
    MayBegin,
    DoNotBegin,
}

impl PcapFile {
    /// Whether a file that begins with these octets is classic pcap.
    pub(super) fn recognises(first: &[u8]) -> bool {
        first
            .first_chunk()
            .is_some_and(|magic| Variant::of(*magic).is_some())
    }

    /// Reads the file header; none where the file ends inside it.
    pub(super) fn open(window: &mut Window) -> Option<Self> {
        let header: [u8; FILE_HEADER] = *window.available().first_chunk()?;
        let variant = Variant::of(*header.first_chunk()?)?;
        let parsed = parse_header(header, variant.big_endian)?;
        let length = FILE_HEADER + if variant.lcap { 4 } else { 0 };
        if !window.fill_to(length) {
            return None;
        }
        window.consume(length);
        Some(Self {
            variant,
            // The upper half of the field holds the frame check sequence's length.
            link_type: LinkType(parsed.network.0 as u16),
            record_limit: parsed.snaplen.clamp(ORDINARY_RECORD_LIMIT, RECORD_LIMIT),
            searching: false,
        })
    }

    /// The next record, or none at the end, or where there is no whole one yet; what is wrong is noted.
    pub(super) fn next(&mut self, window: &mut Window, tally: &mut ReportBuilder) -> Option<RawRecord> {
        loop {
            if self.searching {
                self.search(window, tally)?;
            }
            match self.parse(window.available()) {
                Ok((_, block)) if block.caplen > self.record_limit => self.resynchronise(window, tally)?,
                Ok((rest, block)) => {
                    let record = self.record(&block, window);
                    let length = window.available().len() - rest.len();
                    window.consume(length);
                    return Some(record);
                }
                Err(nom::Err::Incomplete(Needed::Size(more))) => {
                    let needed = window.available().len().saturating_add(more.get());
                    if needed > self.record_limit as usize + self.header_length() {
                        self.resynchronise(window, tally)?;
                    } else if !window.fill_to(needed) {
                        if !window.is_waiting() {
                            tally.note_end(window);
                        }
                        return None;
                    }
                }
                Err(_) => return None,
            }
        }
    }

    const fn header_length(&self) -> usize {
        if self.variant.modified { 24 } else { 16 }
    }

    fn parse<'a>(&self, octets: &'a [u8]) -> IResult<&'a [u8], LegacyPcapBlock<'a>, PcapError<&'a [u8]>> {
        match (self.variant.big_endian, self.variant.modified) {
            (false, false) => parse_pcap_frame(octets),
            (true, false) => parse_pcap_frame_be(octets),
            (false, true) => parse_pcap_frame_modified(octets),
            (true, true) => parse_modified_big_endian(octets),
        }
    }

    fn record(&self, block: &LegacyPcapBlock<'_>, window: &Window) -> RawRecord {
        RawRecord {
            time: Some(self.time(block)),
            interface: 0,
            link_type: self.link_type,
            position: window.position() + self.header_length(),
            length: block.data.len(),
            original_length: block.origlen,
        }
    }

    const fn time(&self, block: &LegacyPcapBlock<'_>) -> Timestamp {
        let per_tick = if self.variant.nanoseconds { 1 } else { 1_000 };
        Timestamp::from_seconds(block.ts_sec as i64).plus(block.ts_usec as i64 * per_tick)
    }

    /// Gives up on the record at hand and looks for the next place where records can be told for certain.
    fn resynchronise(&mut self, window: &mut Window, tally: &mut ReportBuilder) -> Option<()> {
        let damaged = window.offset();
        tally.problem(ProblemKind::DamagedRecord, || {
            format!("the record at offset {damaged} claims to be larger than any packet")
        });
        window.reserve(2 * LOOK_AHEAD);
        window.consume(1);
        self.searching = true;
        self.search(window, tally)
    }

    /// Looks on; nothing where there is no such place, or none yet.
    fn search(&mut self, window: &mut Window, tally: &ReportBuilder) -> Option<()> {
        while window.fill_to(self.header_length()) {
            window.fill_to(LOOK_AHEAD);
            match self.begins_records(window.available(), tally.last_time()) {
                Records::Begin => {
                    self.searching = false;
                    return Some(());
                }
                Records::MayBegin if window.is_waiting() => {
                    let certain = self.certain_place(window.available(), tally.last_time())?;
                    window.consume(certain);
                }
                Records::MayBegin | Records::DoNotBegin => window.consume(1),
            }
        }
        if !window.is_waiting() {
            window.consume(self.header_length());
        }
        None
    }

    /// Where records can be told for certain behind a place of which only what comes would tell: in what is left of a record,
    /// lengths that are shifted by an octet look plausible, and nobody waits for so much.
    fn certain_place(&self, octets: &[u8], last: Option<Timestamp>) -> Option<usize> {
        (1..octets.len().min(SCANNED_AHEAD)).find(|place| {
            let behind = octets.get(*place..).unwrap_or_default();
            self.begins_records(behind, last) == Records::Begin
        })
    }

    /// Passes over octets up to where records can be told for certain, looking at `ahead` octets at a time; whether there is
    /// such a place.
    pub(super) fn find_records(&mut self, window: &mut Window, ahead: usize) -> bool {
        // What was looked for elsewhere in the file is not looked for here.
        self.searching = false;
        while window.fill_to(self.header_length()) {
            window.fill_to(ahead);
            if self.begins_records(window.available(), None) == Records::Begin {
                return true;
            }
            window.consume(1);
        }
        false
    }

    /// Whether three plausible records follow one another, or fewer up to the very end.
    fn begins_records(&self, mut octets: &[u8], last: Option<Timestamp>) -> Records {
        for _ in 0..RECORDS_TO_TRUST {
            match self.parse(octets) {
                Ok((rest, block)) if self.is_plausible(&block, last) => octets = rest,
                Err(nom::Err::Incomplete(_)) => return self.may_begin(octets, last),
                _ => return Records::DoNotBegin,
            }
            if octets.is_empty() {
                return Records::Begin;
            }
        }
        Records::Begin
    }

    /// Whether what is there may be the beginning of a plausible record.
    fn may_begin(&self, octets: &[u8], last: Option<Timestamp>) -> Records {
        let Some(header) = octets.get(..self.header_length()) else {
            return Records::MayBegin;
        };
        // A record without octets has all of its header.
        let (mut empty, length) = (header.to_vec(), 8..12);
        let Some(length) = empty.get_mut(length) else {
            return Records::DoNotBegin;
        };
        let stated = <[u8; 4]>::try_from(&*length).unwrap_or_default();
        length.fill(0);
        let caplen = match self.variant.big_endian {
            true => u32::from_be_bytes(stated),
            false => u32::from_le_bytes(stated),
        };
        match self.parse(&empty) {
            Ok((_, block)) if self.is_plausible(&LegacyPcapBlock { caplen, ..block }, last) => {
                Records::MayBegin
            }
            _ => Records::DoNotBegin,
        }
    }

    fn is_plausible(&self, block: &LegacyPcapBlock<'_>, last: Option<Timestamp>) -> bool {
        let ticks = if self.variant.nanoseconds {
            1_000_000_000
        } else {
            1_000_000
        };
        let near = last.is_none_or(|last| self.time(block).since(last).abs() <= PLAUSIBLE_DISTANCE);
        let lengths = (1..=ORDINARY_RECORD_LIMIT).contains(&block.caplen)
            && (block.caplen..=ORDINARY_RECORD_LIMIT).contains(&block.origlen);
        block.ts_usec < ticks && lengths && near
    }
}

/// The file header, after its magic was replaced by the one of its byte order that the parser knows.
fn parse_header(mut header: [u8; FILE_HEADER], big_endian: bool) -> Option<PcapHeader> {
    let plain = 0xa1b2_c3d4_u32;
    *header.first_chunk_mut()? = if big_endian {
        plain.to_be_bytes()
    } else {
        plain.to_le_bytes()
    };
    parse_pcap_header(&header).ok().map(|(_, header)| header)
}

/// A record with Kuznetzov's longer header, in big-endian order: the variant that the parser crate lacks.
fn parse_modified_big_endian(octets: &[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, PcapError<&[u8]>> {
    const INTERFACE_AND_PROTOCOL: usize = 8;
    let (octets, (ts_sec, ts_usec, caplen, origlen, _)) =
        (be_u32, be_u32, be_u32, be_u32, take(INTERFACE_AND_PROTOCOL)).parse(octets)?;
    let (rest, data) = take(caplen)(octets)?;
    let block = LegacyPcapBlock {
        ts_sec,
        ts_usec,
        caplen,
        origlen,
        data,
    };
    Ok((rest, block))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::reader::testing::{problems, read};

    /// A number in the byte order under test.
    fn number(value: u32, big: bool) -> [u8; 4] {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn header(magic: u32, big: bool, link_type: u32) -> Vec<u8> {
        let version = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
        let rest = [0, 0, 65_535, link_type].map(|value| number(value, big)).concat();
        [&number(magic, big)[..], &version, &rest].concat()
    }

    fn record(big: bool, time: (u32, u32), octets: &[u8], original: u32, extra: usize) -> Vec<u8> {
        let fields = [time.0, time.1, octets.len() as u32, original].map(|value| number(value, big));
        [fields.concat(), vec![0xee; extra], octets.to_vec()].concat()
    }

    #[test]
    fn every_magic_in_both_byte_orders() {
        for big in [false, true] {
            for (magic, after_header, extra, nanoseconds) in [
                (0xa1b2_c3d4, 0, 0, 3_000_000_005_000),
                (0xa1b2_3c4d, 0, 0, 3_000_000_000_005),
                (0xa1b2_cd34, 0, 8, 3_000_000_005_000),
                (0x1c00_01ac, 4, 0, 3_000_000_000_005),
                (0x1c00_01ab, 4, 0, 3_000_000_000_005),
            ] {
                let file = [
                    header(magic, big, 0xf400_0071),
                    vec![0; after_header],
                    record(big, (3_000, 5), b"abc", 3, extra),
                    record(big, (3_001, 0), b"", 60, extra),
                ]
                .concat();
                let (seen, report) = read(&file).unwrap();
                assert_eq!(
                    seen,
                    [
                        (1, nanoseconds, 113, b"abc".to_vec(), 3),
                        (2, 3_001_000_000_000, 113, vec![], 60)
                    ],
                    "{magic:08x} {big}"
                );
                assert_eq!((report.packets, report.bytes, problems(&report)), (2, 3, vec![]));
            }
        }
    }

    #[test]
    fn a_cut_record_is_a_problem_and_no_packet() {
        let whole = [
            header(0xa1b2_c3d4, false, 1),
            record(false, (1, 0), &[1; 60], 60, 0),
        ]
        .concat();
        let cut = [&whole[..], &record(false, (2, 0), &[2; 60], 60, 0)[..50]].concat();
        let (seen, report) = read(&cut).unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(problems(&report), [("truncated_file", 1)]);
        assert_eq!(
            report.problems[0].detail,
            "the file ends inside the record at offset 100, 50 octets of which are there"
        );
        assert_eq!(report.problems[0].frame.unwrap().0, 1);
    }

    #[test]
    fn records_behind_damage_are_found_again() {
        let mut file = [
            header(0xa1b2_c3d4, false, 1),
            record(false, (1, 0), &[1; 60], 60, 0),
        ]
        .concat();
        let mut broken = record(false, (2, 0), &[2; 60], 60, 0);
        broken[8..12].copy_from_slice(&[0xff; 4]);
        file.extend(broken);
        (3..9).for_each(|n| file.extend(record(false, (n, 0), &[n as u8; 60], 60, 0)));
        let (seen, report) = read(&file).unwrap();
        let seconds: Vec<i64> = seen.iter().map(|frame| frame.1 / 1_000_000_000).collect();
        assert_eq!(seconds, [1, 3, 4, 5, 6, 7, 8]);
        assert_eq!(problems(&report), [("damaged_record", 1)]);
    }

    #[test]
    fn a_file_of_nothing_but_a_header_is_an_empty_capture() {
        let (seen, report) = read(&header(0xa1b2_c3d4, true, 1)).unwrap();
        assert_eq!((seen.len(), report.problems.len(), report.first), (0, 0, None));
        assert_eq!(
            report.link_types.into_iter().collect::<Vec<_>>(),
            [LinkType::ETHERNET]
        );
    }

    #[test]
    fn what_is_no_capture_says_so_in_one_line() {
        let reason = |octets: &[u8]| read(octets).unwrap_err().to_string();
        assert_eq!(reason(b""), "-: empty file");
        assert_eq!(
            reason(b"hello world, this is text"),
            "-: not a capture file (unknown magic 68656c6c at offset 0)"
        );
        assert_eq!(
            reason(&header(0xa1b2_c3d4, false, 1)[..20]),
            "-: the file ends inside its header at offset 20"
        );
        assert_eq!(
            reason(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff]),
            "-: cannot be decompressed: corrupt deflate stream"
        );
    }

    proptest! {
        #[test]
        fn no_octets_behind_a_header_do_harm(octets in proptest::collection::vec(any::<u8>(), 0..400), big: bool) {
            let file = [header(0xa1b2_c3d4, big, 1), octets.clone()].concat();
            let (seen, report) = read(&file).unwrap();
            let lent: usize = seen.iter().map(|frame| frame.3.len() + 16).sum();
            prop_assert!(lent <= octets.len());
            prop_assert_eq!(report.packets, seen.len() as u64);
        }
    }
}
