//! Both directions of a TCP connection.

use super::context::{FlowContext, emit_data, emit_gap, note_conflict};
use super::sequence::octets;
use super::stream::{Chunk, End, FARTHEST_LOSS, Stream};
use crate::flow::checksums::Checksums;
use crate::flow::{InVain, StreamEvent};
use crate::model::{AnomalyKind, Direction, FrameRef, Timestamp};
use crate::net::TcpSegment;

/// How far beyond the octets seen a reset is believed: a window as large as phones use.
const RESET_WINDOW: u64 = 4 * 1024 * 1024;

/// Packets of a connection whose beginning was not captured that may pass before the first octets seen count as
/// its start.
const SETTLING_PACKETS: u32 = 8;

/// A TCP segment on its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) direction: Direction,
    pub(crate) segment: &'a TcpSegment<'a>,
    pub(crate) missing: u32,
    /// Whether its checksum is wrong where those of its sender mostly are right: what was sent may have been other octets.
    pub(crate) doubtful: bool,
}

/// What a segment means for its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It belongs to it.
    Belongs,
    /// It opens a new connection between the same endpoints.
    New,
}

/// How well a segment goes on with what was seen of a connection. Initial sequence numbers are random (RFC 9293 section
/// 3.4.1), so that a segment of another connection hardly ever goes on with this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Its numbers are near those of this connection.
    Yes,
    /// Nothing was seen of this connection that its numbers could be compared with.
    Unknown,
    /// They are far from those of this connection.
    No,
}

impl Fit {
    /// How near a sequence number must be: more than a capture loses in a row while nothing else goes wrong, and little
    /// enough that a random number hits it once in five hundred times, sequence and acknowledgement both next to never.
    pub(super) const WINDOW: u64 = 4 * 1024 * 1024;

    /// As one of two things that can be compared says it.
    pub(super) const fn of(fits: Option<bool>) -> Self {
        match fits {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }

    /// What two comparisons say together.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It goes on.
    Open,
    /// It goes on; look at it again when the reordering time is over.
    Waiting,
    /// Both directions ended.
    Finished,
    /// This end reset it.
    Reset(Direction),
}

/// Since when octets are overdue.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    packets: u32,
    /// What each direction's peer had acknowledged then.
    acked: [u64; 2],
}

/// Both directions of a connection.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    streams: [Stream; 2],
    /// Whether packets of a direction were captured.
    captured: [bool; 2],
    /// Whether the opening was captured.
    opened: bool,
    /// Of a connection that is asked for and not answered, or refused: when it was asked for.
    asked: Asked,
    checksums: [Checksums; 2],
    /// Whether one direction was waited for in vain: it is not being captured.
    one_sided: bool,
    unsettled_packets: u32,
    wait: Option<Wait>,
}

/// How far the opening of a connection came.
#[derive(Clone, Copy, Debug, Default)]
enum Asked {
    /// It was not seen.
    #[default]
    No,
    /// The initiator asks for it.
    Once(FrameRef),
    /// It asks again.
    Again(FrameRef),
    /// The other end refused.
    Refused(FrameRef),
    /// It was opened, or something else than its opening was seen.
    Opened,
}

const BOTH: [Direction; 2] = [Direction::FromInitiator, Direction::FromResponder];

impl Reassembly {
    /// Whether a segment belongs to this connection or opens the next one between the same endpoints.
    pub(crate) fn classify(&self, direction: Direction, segment: &TcpSegment<'_>) -> Verdict {
        let (stream, peer) = (self.stream(direction), self.stream(direction.reversed()));
        let other = if segment.flags.syn {
            let answers = segment
                .acknowledgement
                .is_some_and(|ack| peer.is_opened_by(ack.wrapping_sub(1)));
            !stream.is_opened_by(segment.sequence) && !answers
        } else {
            let ack = segment.acknowledgement;
            !segment.payload.is_empty()
                && far(stream, segment.sequence)
                && ack.is_some_and(|ack| far(peer, ack))
        };
        if other { Verdict::New } else { Verdict::Belongs }
    }

    /// How well a segment goes on with this connection.
    pub(crate) fn fit(&self, direction: Direction, segment: &TcpSegment<'_>) -> Fit {
        let (stream, peer) = (self.stream(direction), self.stream(direction.reversed()));
        let opened = |stream: &Stream, isn| Fit::of(stream.next().map(|_| stream.is_opened_by(isn)));
        match (segment.flags.syn, segment.acknowledgement) {
            (true, None) => opened(stream, segment.sequence),
            (true, Some(ack)) => match opened(peer, ack.wrapping_sub(1)) {
                Fit::Unknown => opened(stream, segment.sequence),
                known => known,
            },
            (false, ack) => {
                let acknowledged = ack.map_or(Fit::Unknown, |ack| near(peer, ack));
                near(stream, segment.sequence).and(acknowledged)
            }
        }
    }

    /// Notes whether the checksum of a segment with octets is right; whether it is to be trusted. Of a sender most of
    /// whose checksums are wrong none counts: its network card computes them after the capture.
    pub(crate) fn trusts(&mut self, direction: Direction, holds: Option<bool>) -> bool {
        let (Some(checksums), Some(holds)) = (self.checksums.get_mut(direction.index()), holds) else {
            return true;
        };
        checksums.trusts(holds)
    }

    /// Takes a segment of this connection.
    pub(crate) fn push(
        &mut self,
        arrival: &Arrival<'_>,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> Progress {
        let Arrival {
            direction,
            segment,
            missing,
            doubtful,
        } = *arrival;
        self.note_numbers(direction, segment);
        self.asked = self.asked.after(direction, segment, context.at);
        if segment.flags.rst {
            return self.reset(direction, segment, context, emit);
        }
        let first = segment.sequence.wrapping_add(u32::from(segment.flags.syn));
        let chunk = self.chunk(direction, first, segment, missing, context.at);
        if doubtful && self.stream_mut(direction).doubt(&chunk) {
            return self.progress(context, emit);
        }
        if !segment.flags.syn && !segment.flags.fin && self.goes_on(direction, &chunk, context, emit) {
            return Progress::Open;
        }
        let end = End {
            position: chunk.end(),
            after: chunk.after,
            at: context.at,
        };
        if chunk.end() > chunk.start {
            self.accept(direction, chunk, context, emit);
        }
        if let Some(stream) = self.streams.get_mut(direction.index()) {
            stream.starts_at(first);
            if segment.flags.fin {
                stream.end(end);
            }
        }
        self.settle();
        self.deliver(context, emit);
        self.keep_within_limits(direction, context, emit);
        self.progress(context, emit)
    }

    /// Takes what comes next in its stream, where nothing is held, ends or is waited for: nearly every segment. All
    /// that [`push`](Self::push) does beyond this would find nothing to do. False where it may.
    #[inline]
    fn goes_on(
        &mut self,
        direction: Direction,
        chunk: &Chunk<'_>,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> bool {
        let calm = self.wait.is_none() && self.streams.iter().all(|stream| stream.first_held().is_none());
        let peer_next = self.awaited_of(direction.reversed());
        let stream = self.stream_mut(direction);
        if !calm || stream.has_end() || stream.next().is_none() {
            return false;
        }
        if chunk.end() > chunk.start {
            let waits = peer_next.is_some_and(|peer| chunk.after > peer);
            if waits || !stream.settled() || stream.next() != Some(chunk.start) {
                return false;
            }
            stream.captured(chunk);
            stream.delivered(chunk);
            emit_data(direction, chunk, context, emit);
        }
        self.unsettled_packets = 0;
        true
    }

    /// Looks again when octets may be overdue.
    pub(crate) fn wake(
        &mut self,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> Progress {
        match self.progress(context, emit) {
            // It began to wait again after the look that is over now was asked for.
            Progress::Open if self.wait.is_some() => Progress::Waiting,
            progress => progress,
        }
    }

    /// There is no room for what is held: nothing that it waits for is waited for any longer.
    pub(crate) fn give_up_holes(
        &mut self,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> Progress {
        if let Some(direction) = self.earliest_held() {
            let held = self.held_octets();
            let most = context.limits.held_octets_in_all;
            let detail = || {
                format!("more than {most} octets held out of order in all, {held} of them on one connection")
            };
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(context.at), detail);
            self.give_up_first_hole(direction, context, emit);
        }
        while let Some(direction) = self.earliest_held() {
            self.give_up_first_hole(direction, context, emit);
        }
        self.wake(context, emit)
    }

    /// The connection is over: what is held is delivered, and what is missing is reported.
    pub(crate) fn flush(&mut self, context: &mut FlowContext<'_>, emit: &mut dyn FnMut(StreamEvent<'_>)) {
        self.deliver(context, emit);
        let acked = self.streams.each_ref().map(Stream::acked);
        self.release(acked, context, emit);
        while let Some(direction) = self.earliest_held() {
            self.give_up_first_hole(direction, context, emit);
        }
        for direction in BOTH {
            let stream = self.stream(direction);
            let (acked, next) = (stream.acked(), stream.next().unwrap_or(u64::MAX));
            let doubtful_end = stream.doubtful_end().unwrap_or(0);
            if acked > next.saturating_add(1) || doubtful_end > next {
                self.skip(direction, acked.max(doubtful_end), context, emit);
            }
        }
    }

    /// Whether the peer acknowledged octets of this direction beyond those captured. One octet more may be a FIN
    /// that was not captured.
    pub(crate) fn hidden(&self, direction: Direction) -> bool {
        let stream = self.stream(direction);
        stream.next().is_some() && stream.acked() > stream.captured_end().saturating_add(1)
    }

    /// Whether the peer acknowledged all octets of this direction that were captured.
    pub(crate) fn acknowledged(&self, direction: Direction) -> bool {
        let stream = self.stream(direction);
        stream.has_octets() && stream.acked() >= stream.captured_end()
    }

    /// In which frame the connection was first asked for, where it was refused, or asked for again and not answered.
    pub(crate) const fn asked_in_vain(&self) -> Option<(FrameRef, InVain)> {
        match self.asked {
            Asked::Again(at) => Some((at, InVain::NoAnswer)),
            Asked::Refused(at) => Some((at, InVain::Refused)),
            Asked::No | Asked::Once(_) | Asked::Opened => None,
        }
    }

    /// Whether the opening was captured.
    pub(crate) fn opened(&self) -> bool {
        self.opened
    }

    /// What out-of-order segments take.
    pub(crate) fn held_octets(&self) -> usize {
        self.streams.iter().map(Stream::held_octets).sum()
    }

    pub(super) fn stream(&self, direction: Direction) -> &Stream {
        let [initiator, responder] = &self.streams;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    fn stream_mut(&mut self, direction: Direction) -> &mut Stream {
        let [initiator, responder] = &mut self.streams;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    /// What a segment's numbers tell, apart from its octets.
    fn note_numbers(&mut self, direction: Direction, segment: &TcpSegment<'_>) {
        if let Some(captured) = self.captured.get_mut(direction.index()) {
            *captured = true;
        }
        let stream = self.stream_mut(direction);
        if segment.flags.syn && stream.isn().is_none() && !stream.has_octets() {
            stream.open(segment.sequence);
            self.opened = true;
        } else if segment.flags.syn && !stream.has_octets() && stream.isn() != Some(segment.sequence) {
            stream.open(segment.sequence);
        }
        // Its SYN or its first octets mostly acknowledge nothing but the peer's SYN, which later segments that are
        // captured first do not.
        let opening = self.opened && self.stream(direction).opens_with(segment);
        if let Some(ack) = segment.acknowledgement {
            self.stream_mut(direction.reversed()).acknowledge(ack, opening);
        }
    }

    fn chunk<'a>(
        &self,
        direction: Direction,
        first: u32,
        segment: &TcpSegment<'a>,
        missing: u32,
        at: FrameRef,
    ) -> Chunk<'a> {
        let peer = self.stream(direction.reversed());
        let after = segment
            .acknowledgement
            .map_or(0, |ack| peer.position(ack).min(peer.acked()));
        Chunk {
            start: self.stream(direction).position(first),
            bytes: segment.payload,
            missing: u64::from(missing),
            after,
            at,
        }
    }

    /// Delivers a chunk at once where it is next in order; holds it where it is not.
    fn accept(
        &mut self,
        direction: Direction,
        chunk: Chunk<'_>,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let peer_next = self.awaited_of(direction.reversed());
        let stream = self.stream_mut(direction);
        if !stream.settled() {
            stream.move_start(&chunk);
        }
        let next = stream.next().unwrap_or(chunk.start);
        let keep_alive = chunk.end() == next && octets(chunk.bytes) <= 1;
        let expected = next.max(stream.captured_end());
        let (fresh, conflict) = stream.undelivered(chunk);
        context.counters.retransmitted += u64::from(chunk.start < next && !keep_alive);
        if conflict && !keep_alive {
            note_conflict(context);
        }
        let Some(fresh) = fresh else { return };
        let waits = peer_next.is_some_and(|peer| fresh.after > peer);
        if stream.settled() && stream.first_piece().is_none() && fresh.start == next && !waits {
            stream.delivered(&fresh);
            emit_data(direction, &fresh, context, emit);
            return;
        }
        let held = stream.hold(fresh);
        context.counters.out_of_order += u64::from(fresh.start > expected && !held.again);
        context.counters.retransmitted += u64::from(held.again);
        if held.conflict {
            note_conflict(context);
        }
    }

    /// How far this direction has come, where the other one waits for it.
    fn awaited_of(&self, direction: Direction) -> Option<u64> {
        let stream = self.stream(direction);
        let captured = self.captured.get(direction.index()).copied().unwrap_or(false);
        let expected = stream.has_octets() || !self.one_sided && (captured || self.opened);
        stream.next().filter(|_| expected)
    }

    /// The start of a stream whose beginning was not captured is certain once some packets have passed. That the peer
    /// acknowledged its first octets proves nothing: it acknowledged those before them too, which may still come.
    fn settle(&mut self) {
        let mut waiting = false;
        for stream in &mut self.streams {
            if stream.settled() || stream.first_piece().is_none() {
                continue;
            }
            if self.unsettled_packets + 1 >= SETTLING_PACKETS {
                stream.settle();
            } else {
                waiting = true;
            }
        }
        self.unsettled_packets = if waiting { self.unsettled_packets + 1 } else { 0 };
    }

    /// Delivers whatever waits for nothing any more.
    fn deliver(&mut self, context: &mut FlowContext<'_>, emit: &mut dyn FnMut(StreamEvent<'_>)) {
        loop {
            let mut progressed = false;
            for direction in BOTH {
                let peer_next = self.awaited_of(direction.reversed());
                let stream = self.stream_mut(direction);
                while let Some((start, piece)) = stream.take_ready(peer_next) {
                    emit_data(direction, &Chunk::of(start, &piece), context, emit);
                    progressed = true;
                }
                if let Some(at) = stream.take_end(peer_next) {
                    emit(StreamEvent::Finished { direction, at });
                    progressed = true;
                }
            }
            if !progressed {
                return;
            }
        }
    }

    /// Whether something waits for octets of `direction` that its peer has acknowledged.
    fn lacks(&self, direction: Direction) -> bool {
        let stream = self.stream(direction);
        let Some(next) = stream.next() else { return false };
        let peer_waits = self
            .stream(direction.reversed())
            .waits_for_peer()
            .is_some_and(|after| after > next);
        let hole = stream.first_held().is_some_and(|first| first > next) || stream.has_doubtful();
        stream.acked() > next && (hole || peer_waits)
    }

    /// What became of the connection; gives up what is overdue.
    fn progress(&mut self, context: &mut FlowContext<'_>, emit: &mut dyn FnMut(StreamEvent<'_>)) -> Progress {
        let mut started = false;
        if let Some(wait) = &mut self.wait {
            wait.packets += 1;
            let over = context.now.since(wait.since) >= context.limits.reorder_time
                || wait.packets >= context.limits.reorder_packets;
            if over {
                let acked = wait.acked;
                self.wait = None;
                self.release(acked, context, emit);
            }
        }
        let unsettled = self
            .streams
            .iter()
            .any(|s| !s.settled() && s.first_piece().is_some());
        if !unsettled && !BOTH.into_iter().any(|direction| self.lacks(direction)) {
            self.wait = None;
        } else if self.wait.is_none() {
            let acked = self.streams.each_ref().map(Stream::acked);
            self.wait = Some(Wait {
                since: context.now,
                packets: 0,
                acked,
            });
            started = true;
        }
        match (self.streams.iter().all(Stream::finished), started) {
            (true, _) => Progress::Finished,
            (false, true) => Progress::Waiting,
            (false, false) => Progress::Open,
        }
    }

    /// Gives up the holes that were acknowledged up to these positions.
    fn release(
        &mut self,
        acked: [u64; 2],
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        for stream in &mut self.streams {
            stream.settle();
        }
        self.deliver(context, emit);
        for (direction, level) in BOTH.into_iter().zip(acked) {
            while self.lacks(direction) && self.stream(direction).next().is_some_and(|next| next < level) {
                let held = self.stream(direction).first_held().unwrap_or(level);
                if !self.stream(direction).has_octets() {
                    self.one_sided = true;
                }
                if self.skip(direction, held.min(level), context, emit) == 0 {
                    break;
                }
                self.deliver(context, emit);
            }
        }
    }

    /// The direction that holds the earliest frame.
    fn earliest_held(&self) -> Option<Direction> {
        let held = BOTH
            .into_iter()
            .filter_map(|d| self.stream(d).first_held_frame().map(|at| (at, d)));
        held.min_by_key(|(at, _)| *at).map(|(_, direction)| direction)
    }

    /// Whatever the first octets held wait for, they do no longer.
    fn give_up_first_hole(
        &mut self,
        direction: Direction,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let stream = self.stream_mut(direction);
        stream.settle();
        stream.stop_waiting();
        if let Some(first) = stream.first_held() {
            self.skip(direction, first, context, emit);
        }
        self.deliver(context, emit);
    }

    /// Gives up waiting for what lies before `position`: what there are doubtful octets for is delivered, what there are
    /// none for is skipped. How far that led.
    fn skip(
        &mut self,
        direction: Direction,
        position: u64,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> u64 {
        let before = self.stream(direction).next().unwrap_or(position);
        while let Some((start, piece)) = self.stream_mut(direction).take_doubtful(position) {
            self.skip_octets(direction, start, context, emit);
            let stream = self.stream_mut(direction);
            let chunk = Chunk::of(start, &piece).within(stream.next().unwrap_or(start)..position);
            stream.captured(&chunk);
            stream.delivered(&chunk);
            emit_data(direction, &chunk, context, emit);
        }
        self.skip_octets(direction, position, context, emit);
        let after = self.stream(direction).next().unwrap_or(position);
        after.saturating_sub(before)
    }

    /// Skips what lies before `position` and reports it, but for what may be a FIN that was not captured.
    fn skip_octets(
        &mut self,
        direction: Direction,
        position: u64,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let captured = self.captured.get(direction.index()).copied().unwrap_or(false);
        let stream = self.stream_mut(direction);
        let acknowledged = stream.acked() >= position;
        let length = stream.skip_to(position);
        let perhaps_fin = length == 1 && acknowledged && stream.first_held().is_none();
        if length > 0 && captured && !perhaps_fin {
            emit_gap(direction, length, acknowledged, context, emit);
        }
    }

    /// Gives up holes until what is held keeps within the limits.
    fn keep_within_limits(
        &mut self,
        direction: Direction,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        loop {
            let held = self.stream(direction).held_octets();
            if held <= context.limits.held_octets {
                return;
            }
            let detail = || format!("{held} octets held out of order on one connection");
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(context.at), detail);
            self.give_up_first_hole(direction, context, emit);
        }
    }

    /// A reset ends the connection if the receiver would believe it.
    fn reset(
        &mut self,
        direction: Direction,
        segment: &TcpSegment<'_>,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) -> Progress {
        let stream = self.stream(direction);
        let position = stream.position(segment.sequence);
        let believed = stream.next().is_none_or(|next| {
            let low = if stream.acked() > 0 {
                stream.acked().min(next)
            } else {
                next
            };
            let high = next
                .max(stream.captured_end())
                .max(stream.acked())
                .saturating_add(RESET_WINDOW);
            (low..=high).contains(&position)
        });
        if !believed {
            return self.progress(context, emit);
        }
        self.flush(context, emit);
        // Its sender had sent what lies before it; one octet may be a FIN.
        let next = self.stream(direction).next();
        if next.is_some_and(|next| position > next.saturating_add(1)) {
            self.skip(direction, position, context, emit);
        }
        Progress::Reset(direction)
    }
}

impl Asked {
    /// What it is behind one more segment.
    fn after(self, direction: Direction, segment: &TcpSegment<'_>, at: FrameRef) -> Self {
        let asks = segment.flags.syn && segment.acknowledgement.is_none() && !segment.flags.rst;
        match (self, direction) {
            (Self::No, Direction::FromInitiator) if asks => Self::Once(at),
            (Self::Once(first) | Self::Again(first), Direction::FromInitiator) if asks => Self::Again(first),
            (Self::Once(first) | Self::Again(first), Direction::FromResponder) if segment.flags.rst => {
                Self::Refused(first)
            }
            // It gives up.
            (Self::Once(_) | Self::Again(_), Direction::FromInitiator) if segment.flags.rst => self,
            (Self::Refused(_), _) => self,
            _ => Self::Opened,
        }
    }
}

/// Whether a sequence number is near what was seen of a stream.
fn near(stream: &Stream, sequence: u32) -> Fit {
    Fit::of(stream.next().map(|next| {
        let end = next.max(stream.captured_end()).max(stream.acked());
        let near = next.saturating_sub(Fit::WINDOW)..=end.saturating_add(Fit::WINDOW);
        near.contains(&stream.position(sequence))
    }))
}

/// Whether a sequence number is too far from where a stream stands to belong to it.
fn far(stream: &Stream, sequence: u32) -> bool {
    stream
        .next()
        .is_some_and(|next| stream.position(sequence).abs_diff(next) > FARTHEST_LOSS)
}
