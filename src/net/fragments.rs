//! IPv4 and IPv6 fragments put together (RFC 791 3.2, RFC 8200 4.5): in any order, the first copy of an octet
//! counts (RFC 5722 and RFC 3128 tell why overlaps are noted), bounded in memory and capture time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, VecDeque},
    hash::BuildHasher,
    net::IpAddr,
};

use etherparse::IpNumber;

use super::{Limits, counters::NetLog};
use crate::model::{AnomalyKind, FrameRef, Nanoseconds, RandomState, SharedSort, Timestamp};

/// Capture time in which the same fragments again are taken for copies (span ports, both sides of a router).
const COPY_WINDOW: Nanoseconds = Timestamp::SECOND;
/// Fragments of a completed datagram remembered to tell copies: the largest datagram on Ethernet has 45.
const REMEMBERED_FRAGMENTS: usize = 64;
/// Completed datagrams remembered to tell copies; beyond it the oldest is forgotten.
const COMPLETED_LIMIT: usize = 16_384;
/// Octets of the largest datagram: the length fields have 16 bits.
const DATAGRAM_LIMIT: u32 = 65_535;
/// What a piece and a datagram cost beside their octets, about.
const PIECE_OVERHEAD: usize = 96;
const DATAGRAM_OVERHEAD: usize = 256;
/// Which part of the room is freed where there is none.
const FREED: usize = 4;
/// Queue entries of completed datagrams that may pile up before the queue is swept.
const QUEUE_SLACK: usize = 1_024;

/// What fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FragmentKey {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// Zero for IPv6, where it is no part of the key.
    pub(super) protocol: u8,
    pub(super) identification: u32,
    /// The labels around it: the same private addresses occur in several networks.
    pub(super) labels: u64,
}

/// One fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub(super) key: FragmentKey,
    /// Octets of the datagram before it.
    pub(super) offset: u32,
    /// Whether others follow it in the datagram.
    pub(super) more: bool,
    pub(super) data: &'a [u8],
    /// Octets it had and the capture lacks, behind `data`.
    pub(super) missing: u32,
    /// The protocol of its payload; the first fragment's counts.
    pub(super) next_protocol: IpNumber,
    /// The frame that completed it.
    pub(super) at: FrameRef,
    /// The frame of its first octet.
    pub(super) first: FrameRef,
    /// The first of its frames to arrive.
    pub(super) earliest: FrameRef,
}

/// A datagram put together.
#[derive(Debug)]
pub(super) struct Reassembled {
    /// Its octets, up to the first that a cut frame lacks.
    pub(super) data: Vec<u8>,
    /// Octets behind `data` that are not there.
    pub(super) missing: u32,
    pub(super) next_protocol: IpNumber,
    /// The frame of the first octet.
    pub(super) first: FrameRef,
    /// The first frame to arrive.
    pub(super) earliest: FrameRef,
}

#[derive(Debug)]
struct Piece {
    /// Octets on the wire; more than there are in `data` where the frame was cut.
    length: u32,
    data: Box<[u8]>,
}

#[derive(Debug)]
struct Datagram {
    serial: u64,
    pieces: BTreeMap<u32, Piece>,
    /// Sum of the pieces' lengths; they do not overlap.
    covered: u32,
    total: Option<u32>,
    octets: usize,
    started: FrameRef,
    /// The first frame to arrive.
    earliest: FrameRef,
    /// Of the fragment at offset 0.
    head: Option<(FrameRef, IpNumber)>,
    /// Of each fragment taken.
    digests: Vec<u64>,
}

/// A datagram that was completed.
#[derive(Debug)]
struct Completed {
    time: Timestamp,
    digests: Vec<u64>,
}

/// All datagrams under reassembly.
#[derive(Debug, Default)]
pub(super) struct FragmentTable {
    limits: Limits,
    open: HashMap<FragmentKey, Datagram, RandomState>,
    /// By age, with the serial number that tells a key's uses apart.
    queue: VecDeque<(Timestamp, FragmentKey, u64)>,
    completed: HashMap<FragmentKey, Completed, RandomState>,
    completed_queue: VecDeque<(Timestamp, FragmentKey)>,
    octets: usize,
    serial: u64,
    /// For digests, which never leave the table.
    hasher: RandomState,
}

impl FragmentTable {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes a fragment; the datagram, if it completes one.
    pub(super) fn insert(&mut self, fragment: &Fragment<'_>, log: &mut NetLog) -> Option<Reassembled> {
        log.counters.fragments += 1;
        self.expire(fragment.at.time, log);
        let digest = self
            .hasher
            .hash_one((fragment.offset, fragment.more, fragment.data));
        if self.is_copy_of_completed(fragment, digest) {
            log.counters.duplicate_fragments += 1;
            return None;
        }
        let Some(end) = checked_end(fragment) else {
            log.malformed(fragment.at, "fragment with an impossible offset or length");
            return None;
        };
        let datagram = self.datagram(fragment);
        let before = datagram.octets;
        datagram.remember(digest);
        datagram.insert(fragment, end, log);
        let (after, complete) = (datagram.octets, datagram.total == Some(datagram.covered));
        self.octets = self.octets + after - before;
        if complete {
            return self.complete(fragment, log);
        }
        self.evict(log);
        None
    }

    /// Gives up what is still incomplete.
    pub(super) fn finish(&mut self, log: &mut NetLog) {
        while let Some((_, key, serial)) = self.queue.pop_front() {
            self.give_up(&key, serial, log);
        }
    }

    /// An identification is used again soon on busy links, so a copy must be one octet for octet.
    fn is_copy_of_completed(&self, fragment: &Fragment<'_>, digest: u64) -> bool {
        self.completed.get(&fragment.key).is_some_and(|completed| {
            let age = fragment.at.time.since(completed.time).saturating_abs();
            age <= COPY_WINDOW && completed.digests.contains(&digest)
        })
    }

    /// The datagram that the fragment belongs to, begun if it is the first of it.
    fn datagram(&mut self, fragment: &Fragment<'_>) -> &mut Datagram {
        let Self {
            open,
            queue,
            octets,
            serial,
            ..
        } = self;
        open.entry(fragment.key).or_insert_with(|| {
            *serial += 1;
            *octets += DATAGRAM_OVERHEAD;
            queue.push_back((fragment.at.time, fragment.key, *serial));
            Datagram {
                serial: *serial,
                pieces: BTreeMap::new(),
                covered: 0,
                total: None,
                octets: DATAGRAM_OVERHEAD,
                started: fragment.at,
                earliest: fragment.earliest,
                head: None,
                digests: Vec::new(),
            }
        })
    }

    fn complete(&mut self, fragment: &Fragment<'_>, log: &mut NetLog) -> Option<Reassembled> {
        let mut datagram = self.open.remove(&fragment.key)?;
        self.octets -= datagram.octets;
        log.counters.reassembled += 1;
        let digests = std::mem::take(&mut datagram.digests);
        self.remember(fragment.key, fragment.at.time, digests);
        self.sweep();
        datagram.assemble()
    }

    fn remember(&mut self, key: FragmentKey, time: Timestamp, digests: Vec<u64>) {
        self.completed.insert(key, Completed { time, digests });
        self.completed_queue.push_back((time, key));
        if self.completed_queue.len() > COMPLETED_LIMIT {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((time, key)) = self.completed_queue.pop_front()
            && self
                .completed
                .get(&key)
                .is_some_and(|completed| completed.time == time)
        {
            self.completed.remove(&key);
        }
    }

    /// Drops queue entries of completed datagrams when they outnumber the others.
    fn sweep(&mut self) {
        if self.queue.len() > 2 * self.open.len() + QUEUE_SLACK {
            let open = &self.open;
            self.queue
                .retain(|(_, key, serial)| open.get(key).is_some_and(|found| found.serial == *serial));
        }
    }

    fn expire(&mut self, now: Timestamp, log: &mut NetLog) {
        while let Some((started, key, serial)) = self.queue.front().copied()
            && now.since(started) > self.limits.fragment_time
        {
            self.queue.pop_front();
            self.give_up(&key, serial, log);
        }
        while let Some((time, _)) = self.completed_queue.front()
            && now.since(*time) > COPY_WINDOW
        {
            self.forget_oldest();
        }
    }

    /// Where there is no room, who holds most gives up, the oldest datagram first, until a part of it is free: the cost of
    /// looking is spread over what comes until it is full again.
    fn evict(&mut self, log: &mut NetLog) {
        let limit = self.limits.fragment_octets;
        if self.octets <= limit {
            return;
        }
        for (key, serial) in self.by_holder() {
            if self.octets <= limit - limit / FREED {
                break;
            }
            if let Some(started) = self.give_up(&key, serial, log) {
                log.anomalies.note(AnomalyKind::LimitReached, Some(started), || {
                    format!("more than {limit} octets of incomplete IP datagrams")
                });
            }
        }
        self.sweep();
    }

    /// The incomplete datagrams of the sender that holds most, the oldest first, then those of the next.
    fn by_holder(&self) -> Vec<(FragmentKey, u64)> {
        let holder = |key: &FragmentKey| (key.source, key.labels);
        let mut held: HashMap<(IpAddr, u64), usize, RandomState> = HashMap::default();
        for (key, datagram) in &self.open {
            let octets = held.entry(holder(key)).or_default();
            *octets = octets.saturating_add(datagram.octets);
        }
        let mut open: Vec<(FragmentKey, u64)> = self
            .open
            .iter()
            .map(|(key, datagram)| (*key, datagram.serial))
            .collect();
        open.shared_sort_by_key(|(key, serial)| {
            (Reverse(held.get(&holder(key)).copied()), holder(key), *serial)
        });
        open
    }

    /// Removes an incomplete datagram, if the queue entry still stands for one; the frame it began with.
    fn give_up(&mut self, key: &FragmentKey, serial: u64, log: &mut NetLog) -> Option<FrameRef> {
        if self.open.get(key)?.serial != serial {
            return None;
        }
        let datagram = self.open.remove(key)?;
        self.octets -= datagram.octets;
        log.counters.incomplete += 1;
        log.anomalies
            .note(AnomalyKind::FragmentsIncomplete, Some(datagram.started), || {
                let total = datagram
                    .total
                    .map_or("an unknown number of".to_owned(), |total| total.to_string());
                format!(
                    "{} of {total} octets from {} to {}",
                    datagram.covered, key.source, key.destination
                )
            });
        Some(datagram.started)
    }
}

/// Where the fragment ends in the datagram, if that is possible at all.
fn checked_end(fragment: &Fragment<'_>) -> Option<u32> {
    let length = u32::try_from(fragment.data.len())
        .ok()?
        .checked_add(fragment.missing)?;
    let end = fragment.offset.checked_add(length)?;
    let whole_units = !fragment.more || length.is_multiple_of(8);
    (length > 0 && end <= DATAGRAM_LIMIT && whole_units).then_some(end)
}

impl Datagram {
    fn remember(&mut self, digest: u64) {
        if self.digests.len() < REMEMBERED_FRAGMENTS {
            self.digests.push(digest);
        }
    }

    /// Adds what is new in the fragment.
    fn insert(&mut self, fragment: &Fragment<'_>, end: u32, log: &mut NetLog) {
        if !self.agrees_on_total(fragment, end) {
            overlap(fragment, log);
            return;
        }
        let new = self.uncovered(fragment.offset, end);
        let new_octets: u32 = new.iter().map(|(from, to)| to - from).sum();
        if self.has_copy(fragment, end) {
            log.counters.duplicate_fragments += 1;
        } else if new_octets != end - fragment.offset {
            overlap(fragment, log);
        }
        if fragment.offset == 0 && self.head.is_none() {
            self.head = Some((fragment.first, fragment.next_protocol));
        }
        for (from, to) in new {
            self.add_piece(fragment, from, to);
        }
    }

    /// The last fragment tells the total; none may tell another one or lie beyond it.
    fn agrees_on_total(&mut self, fragment: &Fragment<'_>, end: u32) -> bool {
        match self.total {
            Some(total) if fragment.more => end <= total,
            Some(total) => end == total,
            None if fragment.more => true,
            None => {
                let reach = self
                    .pieces
                    .last_key_value()
                    .map_or(0, |(from, piece)| from + piece.length);
                if reach <= end {
                    self.total = Some(end);
                }
                reach <= end
            }
        }
    }

    /// The parts of a range that no piece covers.
    fn uncovered(&self, start: u32, end: u32) -> Vec<(u32, u32)> {
        let before = self.pieces.range(..start).next_back();
        let mut cursor = before.map_or(start, |(from, piece)| start.max(from + piece.length));
        let mut parts = Vec::new();
        for (from, piece) in self.pieces.range(start..end) {
            if *from > cursor {
                parts.push((cursor, *from));
            }
            cursor = cursor.max(from + piece.length);
        }
        if cursor < end {
            parts.push((cursor, end));
        }
        parts
    }

    fn has_copy(&self, fragment: &Fragment<'_>, end: u32) -> bool {
        self.pieces
            .get(&fragment.offset)
            .is_some_and(|piece| piece.length == end - fragment.offset && *piece.data == *fragment.data)
    }

    fn add_piece(&mut self, fragment: &Fragment<'_>, from: u32, to: u32) {
        let skip = (from - fragment.offset) as usize;
        let length = to - from;
        let captured = fragment.data.iter().skip(skip).take(length as usize).copied();
        let data: Box<[u8]> = captured.collect();
        self.octets += data.len() + PIECE_OVERHEAD;
        self.covered += length;
        self.pieces.insert(from, Piece { length, data });
    }

    /// The octets in order, up to the first that is missing.
    fn assemble(self) -> Option<Reassembled> {
        let (first, next_protocol) = self.head?;
        let mut data = Vec::with_capacity(self.covered as usize);
        for piece in self.pieces.values() {
            data.extend_from_slice(&piece.data);
            if piece.data.len() < piece.length as usize {
                break;
            }
        }
        Some(Reassembled {
            missing: self
                .covered
                .saturating_sub(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            data,
            next_protocol,
            first,
            earliest: self.earliest,
        })
    }
}

fn overlap(fragment: &Fragment<'_>, log: &mut NetLog) {
    log.anomalies
        .note(AnomalyKind::FragmentOverlap, Some(fragment.at), || {
            let key = &fragment.key;
            format!(
                "at offset {} of a datagram from {} to {}",
                fragment.offset, key.source, key.destination
            )
        });
}
