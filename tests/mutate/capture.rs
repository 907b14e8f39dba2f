//! Captures taken apart into records, changed, and put together again, as `editcap -E` and Wireshark's fuzz-test do.

use std::io::Read;

use super::random::Random;

/// A capture file: what comes before its records, and they, each with its header.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    head: Vec<u8>,
    records: Vec<Vec<u8>>,
    /// Where in a record its packet begins.
    packet_at: usize,
    big_endian: bool,
    pcapng: bool,
}

/// The octets of a file, decompressed where it is gzip.
pub(crate) fn plain(octets: &[u8]) -> Vec<u8> {
    if !octets.starts_with(&[0x1f, 0x8b]) {
        return octets.to_vec();
    }
    let mut plain = Vec::new();
    // Some samples are cut on purpose: what there is of them counts.
    let _ = flate2::read::MultiGzDecoder::new(octets).read_to_end(&mut plain);
    plain
}

impl Capture {
    /// Takes a pcap or pcapng file apart; what cannot be told apart any more becomes the last record.
    pub(crate) fn of(octets: &[u8]) -> Self {
        let pcapng = octets.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]);
        let big_endian = match pcapng {
            true => octets.get(8..12) == Some(&[0x1a, 0x2b, 0x3c, 0x4d]),
            false => octets.first() == Some(&0xa1),
        };
        let head = if pcapng { 0 } else { octets.len().min(24) };
        let mut capture = Self {
            head: octets[..head].to_vec(),
            records: Vec::new(),
            packet_at: if pcapng { 28 } else { 16 },
            big_endian,
            pcapng,
        };
        let mut rest = &octets[head..];
        while !rest.is_empty() {
            let length = capture.record_length(rest).clamp(1, rest.len());
            capture.records.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        capture
    }

    /// The file.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = self.head.clone();
        octets.extend(self.records.iter().flatten());
        octets
    }

    fn record_length(&self, octets: &[u8]) -> usize {
        match self.pcapng {
            true => self.field(octets, 4),
            false => self.field(octets, 8).saturating_add(16),
        }
    }

    fn field(&self, octets: &[u8], at: usize) -> usize {
        let Some(field) = octets.get(at..at + 4) else {
            return usize::MAX;
        };
        let field = [field[0], field[1], field[2], field[3]];
        (if self.big_endian {
            u32::from_be_bytes(field)
        } else {
            u32::from_le_bytes(field)
        }) as usize
    }

    fn set_field(&mut self, record: usize, at: usize, value: u32) {
        let value = if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        };
        if let Some(field) = self.records[record].get_mut(at..at + 4) {
            field.copy_from_slice(&value);
        }
    }

    /// Changes the capture in one to eight ways.
    pub(crate) fn mutate(&mut self, random: &mut Random, other: &Self) {
        for _ in 0..=random.below(8) {
            if self.records.is_empty() {
                return;
            }
            self.mutate_once(random, other);
        }
    }

    fn mutate_once(&mut self, random: &mut Random, other: &Self) {
        let count = self.records.len();
        let record = random.below(count);
        match random.below(14) {
            0..=2 => self.noise(random),
            3 => self.in_packet(random, record, |octet, random| octet ^ 1 << random.below(8)),
            4 => self.in_packet(random, record, |_, random| random.one_of(&INTERESTING)),
            5 => self.number(random, record),
            6 => self
                .records
                .insert(random.below(count), self.records[record].clone()),
            7 => self.records.swap(record, random.below(count)),
            8 => drop(self.records.remove(record)),
            9 => self.cut_packet(random, record),
            10 => self.record_header(random, record),
            11 => self.grow(random, record),
            12 => self.borrow(random, other),
            _ => self.cut_file(random),
        }
    }

    /// Changes a share of all packets' octets, from one in a thousand to one in fifty.
    fn noise(&mut self, random: &mut Random) {
        let one_in = random.one_of(&[50, 200, 1000]);
        for record in &mut self.records {
            let packet_at = self.packet_at.min(record.len());
            for octet in &mut record[packet_at..] {
                if random.below(one_in) == 0 {
                    *octet = random.next() as u8;
                }
            }
        }
    }

    fn in_packet(&mut self, random: &mut Random, record: usize, change: impl Fn(u8, &mut Random) -> u8) {
        let length = self.records[record].len();
        let first = self.packet_at.min(length);
        // Half of the changes hit the headers.
        let span = if random.below(2) == 0 {
            80.min(length - first)
        } else {
            length - first
        };
        for _ in 0..=random.below(4) {
            let at = first + random.below(span);
            if let Some(octet) = self.records[record].get_mut(at) {
                *octet = change(*octet, random);
            }
        }
    }

    /// Replaces two or four octets that may be a length or a number.
    fn number(&mut self, random: &mut Random, record: usize) {
        let octets = &mut self.records[record];
        let at = self.packet_at.min(octets.len());
        let at = at + random.below(octets.len() - at);
        let width = random.one_of(&[2, 4]);
        let Some(field) = octets.get_mut(at..at + width) else {
            return;
        };
        let number = field
            .iter()
            .fold(0_u32, |number, octet| number << 8 | u32::from(*octet));
        let number = match random.below(6) {
            0 => 0,
            1 => u32::MAX,
            2 => number.wrapping_add(1),
            3 => number.wrapping_sub(1),
            4 => number.wrapping_mul(2),
            _ => 1 << random.below(32),
        };
        field.copy_from_slice(&number.to_be_bytes()[4 - width..]);
    }

    /// Cuts a packet's octets and says so in its record.
    fn cut_packet(&mut self, random: &mut Random, record: usize) {
        let length = self.records[record].len();
        if self.pcapng || length <= self.packet_at {
            return;
        }
        let kept = random.below(length - self.packet_at);
        self.records[record].truncate(self.packet_at + kept);
        self.set_field(record, 8, kept as u32);
    }

    /// Changes times, lengths and types in a record's header.
    fn record_header(&mut self, random: &mut Random, record: usize) {
        let at = 4 * random.below(self.packet_at / 4);
        let value = match random.below(4) {
            0 => random.next() as u32,
            1 => u32::MAX,
            2 => 0,
            _ => self
                .field(&self.records[record], at)
                .wrapping_add(random.below(64)) as u32,
        };
        self.set_field(record, at, value);
    }

    /// Repeats or inserts octets inside a packet, with the record's length kept right.
    fn grow(&mut self, random: &mut Random, record: usize) {
        if self.pcapng {
            return;
        }
        let packet_at = self.packet_at.min(self.records[record].len());
        let at = packet_at + random.below(self.records[record].len() - packet_at);
        let length = random.below(600);
        let fill = random.one_of(&INTERESTING);
        let run: Vec<u8> = match random.below(2) {
            0 => vec![fill; length],
            _ => self.records[record][at..].iter().copied().take(length).collect(),
        };
        self.records[record].splice(at..at, run);
        let caplen = (self.records[record].len() - packet_at) as u32;
        self.set_field(record, 8, caplen);
        self.set_field(record, 12, caplen);
    }

    /// Puts a packet of another capture among these.
    fn borrow(&mut self, random: &mut Random, other: &Self) {
        if other.pcapng == self.pcapng && other.big_endian == self.big_endian && !other.records.is_empty() {
            let stranger = other.records[random.below(other.records.len())].clone();
            self.records.insert(random.below(self.records.len()), stranger);
        }
    }

    fn cut_file(&mut self, random: &mut Random) {
        let kept = random.below(self.records.len());
        self.records.truncate(kept + 1);
        let last = &mut self.records[kept];
        last.truncate(random.below(last.len()));
    }
}

/// Octets that mean something somewhere: ends, quotes, length escapes, line ends, sign changes.
const INTERESTING: [u8; 16] = [
    0, 1, 0x0a, 0x0d, 0x1f, 0x20, 0x22, 0x30, 0x7e, 0x7f, 0x80, 0x81, 0x8c, 0xc0, 0xfe, 0xff,
];
