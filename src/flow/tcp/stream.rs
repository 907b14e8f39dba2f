//! One direction of a TCP connection: what was delivered, what is held out of order, where it ends.

use std::collections::BTreeMap;
use std::ops::Range;

use super::assembler::Assembler;
use super::delivered::DeliveredHashes;
use super::sequence::{first_position, octets, offset, position_near};
use crate::flow::Limits;
use crate::model::FrameRef;
use crate::net::TcpSegment;

/// How far below the first octet seen an earlier one may still lie, where the beginning was not captured: a few
/// segments that the capture or the network reordered.
const REORDERED_START: u64 = 64 * 1024;

/// Segments with a wrong checksum that are held of one direction: few are damaged at a time.
const DOUBTFUL_PIECES: usize = 8;

/// How far beyond the octets captured an acknowledgement is believed: more than a capture loses in a row.
pub(super) const FARTHEST_LOSS: u64 = 64 * 1024 * 1024;

/// A segment's octets, or what is left of them, that cannot be delivered yet.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Octets that follow `bytes` and that the snap length cut.
    pub(super) missing: u64,
    /// The peer's position that the segment acknowledges: its sender knew the peer's octets before it.
    pub(super) after: u64,
    pub(super) at: FrameRef,
}

impl Piece {
    fn length(&self) -> u64 {
        octets(&self.bytes).saturating_add(self.missing)
    }

    fn cost(&self) -> usize {
        self.bytes.len().saturating_add(Limits::PIECE_OVERHEAD)
    }
}

/// Octets with their place in the stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) start: u64,
    pub(super) bytes: &'a [u8],
    pub(super) missing: u64,
    pub(super) after: u64,
    pub(super) at: FrameRef,
}

impl<'a> Chunk<'a> {
    /// The octets of a piece.
    pub(super) fn of(start: u64, piece: &'a Piece) -> Self {
        Self {
            start,
            bytes: &piece.bytes,
            missing: piece.missing,
            after: piece.after,
            at: piece.at,
        }
    }

    /// The part of it that lies within `range`.
    pub(super) fn within(self, range: Range<u64>) -> Self {
        let end = self.end().min(range.end);
        self.part(&(range.start.max(self.start)..end))
    }

    pub(super) fn end(&self) -> u64 {
        self.start
            .saturating_add(octets(self.bytes))
            .saturating_add(self.missing)
    }

    /// The part from `position` on.
    pub(super) fn from(self, position: u64) -> Self {
        let skip = position.saturating_sub(self.start);
        let present = octets(self.bytes);
        Self {
            start: self.start.saturating_add(skip),
            bytes: self.bytes.get(offset(skip)..).unwrap_or_default(),
            missing: self.missing.saturating_sub(skip.saturating_sub(present)),
            ..self
        }
    }

    /// The part within `range`, which lies within the chunk.
    fn part(self, range: &Range<u64>) -> Self {
        let tail = self.from(range.start);
        let length = range.end.saturating_sub(tail.start);
        let bytes = tail.bytes.get(..offset(length)).unwrap_or(tail.bytes);
        Self {
            bytes,
            missing: length.saturating_sub(octets(bytes)),
            ..tail
        }
    }
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The initial sequence number, where SYN was seen.
    isn: Option<u32>,
    /// The next position to deliver; unknown until a segment or an acknowledgement tells.
    next: Option<u64>,
    /// The first position, as far as known.
    start: u64,
    /// Whether `next` cannot move down any more.
    settled: bool,
    /// The highest position the peer acknowledged; 0 before.
    acked: u64,
    /// The end of the octets captured.
    captured_end: u64,
    fin: Option<End>,
    finished: bool,
    assembler: Assembler,
    pieces: BTreeMap<u64, Piece>,
    held_octets: usize,
    /// Octets whose checksum was wrong: they count where no others come.
    doubtful: BTreeMap<u64, Piece>,
    recent: DeliveredHashes,
}

impl Stream {
    pub(super) fn isn(&self) -> Option<u32> {
        self.isn
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.next
    }

    pub(super) fn settled(&self) -> bool {
        self.settled
    }

    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    pub(super) fn captured_end(&self) -> u64 {
        self.captured_end
    }

    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// Whether it is known where the stream ends.
    pub(super) fn has_end(&self) -> bool {
        self.fin.is_some()
    }

    pub(super) fn held_octets(&self) -> usize {
        self.held_octets
    }

    /// The position of the first octets held.
    pub(super) fn first_piece(&self) -> Option<u64> {
        self.assembler.first()
    }

    /// Where octets or the end of the stream wait for something before them.
    pub(super) fn first_held(&self) -> Option<u64> {
        self.assembler
            .first()
            .or(self.waiting_end().map(|end| end.position))
    }

    /// The position that a sequence number stands for.
    pub(super) fn position(&self, sequence: u32) -> u64 {
        self.next
            .map_or_else(|| first_position(sequence), |next| position_near(sequence, next))
    }

    /// SYN fixes where the stream begins.
    pub(super) fn open(&mut self, isn: u32) {
        let start = self.position(isn.wrapping_add(1));
        self.isn = Some(isn);
        self.fin = None;
        self.start = start;
        self.next = Some(start);
        self.captured_end = start;
        self.settled = true;
    }

    /// Whether a SYN with this sequence number is the one that opened this stream.
    pub(super) fn is_opened_by(&self, isn: u32) -> bool {
        match (self.isn, self.next) {
            (Some(known), _) => known == isn,
            (None, Some(_)) => self.position(isn.wrapping_add(1)) == self.start,
            (None, None) => true,
        }
    }

    /// Whether a segment is the SYN of this stream, or is where its octets begin.
    pub(super) fn opens_with(&self, segment: &TcpSegment<'_>) -> bool {
        let behind = u32::from(!segment.flags.syn);
        self.isn
            .is_some_and(|isn| isn.wrapping_add(behind) == segment.sequence)
    }

    /// Whether octets of this stream were captured.
    pub(super) fn has_octets(&self) -> bool {
        self.captured_end > self.start
    }

    /// An acknowledgement by the peer, unless it is too far off to be believed. The first one tells where the
    /// stream is, where nothing else did; `opening` says that it then lies at its beginning.
    pub(super) fn acknowledge(&mut self, sequence: u32, opening: bool) {
        self.starts_at(sequence);
        let position = self.position(sequence);
        if opening && !self.settled {
            if self.next.is_none_or(|next| position < next) && !self.has_octets() {
                self.start = position;
                self.next = Some(position);
                self.captured_end = position;
            }
            self.settled = true;
        }
        if position <= self.captured_end.max(self.acked).saturating_add(FARTHEST_LOSS) {
            self.acked = self.acked.max(position);
        }
    }

    /// The stream goes on from here, as far as a segment without octets tells, where nothing else did.
    pub(super) fn starts_at(&mut self, sequence: u32) {
        if self.next.is_none() {
            let position = self.position(sequence);
            self.start = position;
            self.next = Some(position);
            self.captured_end = position;
        }
    }

    /// Before anything was delivered of a stream whose beginning was not captured, a segment may move its start; not
    /// over octets that the peer acknowledged in the meantime: those are missing.
    pub(super) fn move_start(&mut self, chunk: &Chunk<'_>) {
        let next = self.next.unwrap_or(chunk.start);
        let below = next.saturating_sub(chunk.start);
        let keep_alive = below == 1 && chunk.end() <= next;
        let missing = chunk.start > next && self.acked >= chunk.start;
        let first = chunk.start >= next && self.pieces.is_empty() && !missing;
        let earlier = below > 0 && below <= REORDERED_START && !keep_alive;
        if first || earlier {
            self.start = chunk.start;
            self.next = Some(chunk.start);
        }
    }

    /// What comes next is the first octet held, or where the stream stands.
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// The stream ends. The first end counts; one before octets that were captured is none.
    pub(super) fn end(&mut self, end: End) {
        let last = self.next.map_or(0, |next| next.max(self.captured_end));
        if self.fin.is_none() && end.position >= last {
            self.fin = Some(end);
        }
    }

    /// The end, until it was taken.
    fn waiting_end(&self) -> Option<End> {
        self.fin.filter(|_| !self.finished)
    }

    /// The part of a chunk that was not delivered and is not beyond the end; whether the rest of it contradicts
    /// what was delivered.
    pub(super) fn undelivered<'a>(&mut self, chunk: Chunk<'a>) -> (Option<Chunk<'a>>, bool) {
        let next = self.next.unwrap_or(chunk.start);
        let conflict = chunk.start < next && self.recent.contradicts(chunk.start, chunk.bytes);
        let mut fresh = chunk.from(next);
        if let Some(end) = self.fin {
            let length = end.position.saturating_sub(fresh.start);
            fresh = fresh.part(&(fresh.start..fresh.end().min(fresh.start.saturating_add(length))));
        }
        self.captured(&fresh);
        (Some(fresh).filter(|fresh| fresh.end() > fresh.start), conflict)
    }

    /// Notes how far octets were captured.
    pub(super) fn captured(&mut self, chunk: &Chunk<'_>) {
        self.captured_end = self.captured_end.max(chunk.end());
    }

    /// Holds what is new in a chunk. Tells whether octets held already were sent again, and whether differently.
    pub(super) fn hold(&mut self, chunk: Chunk<'_>) -> Held {
        let conflict = self.contradicts_held(&chunk);
        let mut fresh = 0u64;
        let Self {
            assembler,
            pieces,
            held_octets,
            ..
        } = self;
        assembler.add(chunk.start..chunk.end(), |range| {
            fresh = fresh.saturating_add(range.end.saturating_sub(range.start));
            let part = chunk.part(&range);
            let Chunk {
                start,
                bytes,
                missing,
                after,
                at,
            } = part;
            let piece = Piece {
                bytes: bytes.to_vec(),
                missing,
                after,
                at,
            };
            *held_octets = held_octets.saturating_add(piece.cost());
            pieces.insert(start, piece);
        });
        Held {
            again: fresh < chunk.end().saturating_sub(chunk.start),
            conflict,
        }
    }

    fn contradicts_held(&self, chunk: &Chunk<'_>) -> bool {
        let before = self.pieces.range(..chunk.start).next_back();
        let within = self.pieces.range(chunk.start..chunk.end());
        before.into_iter().chain(within).any(|(start, piece)| {
            let common = chunk.start.max(*start);
            let ours = piece
                .bytes
                .get(offset(common.saturating_sub(*start))..)
                .unwrap_or_default();
            let theirs = chunk.from(common).bytes;
            ours.iter().zip(theirs).any(|(a, b)| a != b)
        })
    }

    /// Holds octets whose checksum was wrong until others come in their place; false where they are too many, or too far
    /// on, to be those of a damaged segment, and count like any others.
    pub(super) fn doubt(&mut self, chunk: &Chunk<'_>) -> bool {
        let next = self.next.unwrap_or(chunk.start);
        self.forget_doubtful_before(next);
        let near = chunk.start <= next.saturating_add(REORDERED_START);
        let holds = near && self.doubtful.len() < DOUBTFUL_PIECES;
        if holds && chunk.end() > next {
            let piece = Piece {
                bytes: chunk.bytes.to_vec(),
                missing: chunk.missing,
                after: chunk.after,
                at: chunk.at,
            };
            self.held_octets = self.held_octets.saturating_add(piece.cost());
            if let Some(before) = self.doubtful.insert(chunk.start, piece) {
                self.held_octets = self.held_octets.saturating_sub(before.cost());
            }
        }
        holds
    }

    fn forget_doubtful_before(&mut self, position: u64) {
        while let Some(first) = self.doubtful.first_entry() {
            if first.key().saturating_add(first.get().length()) > position {
                return;
            }
            self.held_octets = self.held_octets.saturating_sub(first.remove().cost());
        }
    }

    /// Whether doubtful octets wait for others in their place.
    pub(super) fn has_doubtful(&self) -> bool {
        self.doubtful_end()
            .is_some_and(|end| self.next.is_none_or(|next| end > next))
    }

    /// Where the last doubtful octets end.
    pub(super) fn doubtful_end(&self) -> Option<u64> {
        let (start, piece) = self.doubtful.last_key_value()?;
        Some(start.saturating_add(piece.length()))
    }

    /// The first doubtful octets that begin before `position` and were not delivered otherwise.
    pub(super) fn take_doubtful(&mut self, position: u64) -> Option<(u64, Piece)> {
        self.forget_doubtful_before(self.next.unwrap_or(0));
        let first = self
            .doubtful
            .first_entry()
            .filter(|first| *first.key() < position)?;
        let (start, piece) = first.remove_entry();
        self.held_octets = self.held_octets.saturating_sub(piece.cost());
        Some((start, piece))
    }

    /// Counts octets as delivered.
    pub(super) fn delivered(&mut self, chunk: &Chunk<'_>) {
        self.recent.remember(chunk.start, chunk.bytes);
        self.next = Some(chunk.end());
        self.settled = true;
    }

    /// The piece that comes next, if it is held and the peer's stream has come to where its sender had seen it.
    pub(super) fn take_ready(&mut self, peer_next: Option<u64>) -> Option<(u64, Piece)> {
        let entry = self.pieces.first_entry()?;
        let waits = peer_next.is_some_and(|peer| entry.get().after > peer);
        if Some(*entry.key()) != self.next || !self.settled || waits {
            return None;
        }
        let (start, piece) = entry.remove_entry();
        let end = start.saturating_add(piece.length());
        self.held_octets = self.held_octets.saturating_sub(piece.cost());
        self.recent.remember(start, &piece.bytes);
        self.assembler.release_before(end);
        self.next = Some(end);
        Some((start, piece))
    }

    /// The end of the stream, once everything before it was delivered or given up, in both directions; only once.
    pub(super) fn take_end(&mut self, peer_next: Option<u64>) -> Option<FrameRef> {
        let End { position, after, at } = self.waiting_end()?;
        let waits = peer_next.is_some_and(|peer| after > peer);
        if waits || !self.settled || self.next.is_none_or(|next| next < position) {
            return None;
        }
        self.finished = true;
        self.next = self.next.map(|next| next.max(position.saturating_add(1)));
        Some(at)
    }

    /// The peer's position that the first piece held, or the end, waits for, whether octets before it are missing too
    /// or not.
    pub(super) fn waits_for_peer(&self) -> Option<u64> {
        let piece = self.pieces.first_key_value().map(|(_, piece)| piece.after);
        piece.or(self.waiting_end().map(|end| end.after))
    }

    /// The frame of the first piece held, or of the end that waits.
    pub(super) fn first_held_frame(&self) -> Option<FrameRef> {
        let piece = self.pieces.first_key_value().map(|(_, piece)| piece.at);
        piece.or(self.waiting_end().map(|end| end.at))
    }

    /// The first piece held, or the end behind all pieces, waits for nothing any more.
    pub(super) fn stop_waiting(&mut self) {
        match (self.pieces.first_entry(), &mut self.fin) {
            (Some(mut entry), _) => entry.get_mut().after = 0,
            (None, Some(end)) => end.after = 0,
            (None, None) => {}
        }
    }

    /// Gives up what lies between the next position and `position`; how many octets that is.
    pub(super) fn skip_to(&mut self, position: u64) -> u64 {
        let skipped = self.next.map_or(0, |next| position.saturating_sub(next));
        if skipped > 0 {
            self.next = Some(position);
        }
        self.settled = true;
        skipped
    }
}

/// Where a stream ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// The position of the FIN.
    pub(super) position: u64,
    /// How far its sender had the other direction.
    pub(super) after: u64,
    /// Its frame.
    pub(super) at: FrameRef,
}

/// What holding a chunk showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Some of its octets were held already.
    pub(super) again: bool,
    /// And they differ.
    pub(super) conflict: bool,
}
