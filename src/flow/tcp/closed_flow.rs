//! What is kept of a TCP connection that nobody listens to: just enough to tell when it ends and the next begins.

use super::reassembly::{Fit, Progress, Reassembly, Verdict};
use super::stream::{FARTHEST_LOSS, Stream};
use crate::model::Direction;
use crate::net::TcpSegment;

/// What is kept of both directions of a connection that is in the background, or closed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClosedFlow {
    ranges: [SequenceRange; 2],
    fin: [bool; 2],
}

/// Sequence numbers of one direction.
#[derive(Clone, Copy, Debug, Default)]
enum SequenceRange {
    /// Nothing of it was seen.
    #[default]
    Unknown,
    /// The end of what was seen.
    End(u32),
    /// The initial sequence number, and the end of what was seen.
    Opened { isn: u32, end: u32 },
}

impl SequenceRange {
    fn of(stream: &Stream) -> Self {
        let end = stream.captured_end() as u32;
        match (stream.isn(), stream.next()) {
            (Some(isn), _) => Self::Opened { isn, end },
            (None, Some(_)) => Self::End(end),
            (None, None) => Self::Unknown,
        }
    }

    const fn isn(self) -> Option<u32> {
        match self {
            Self::Opened { isn, .. } => Some(isn),
            Self::End(_) | Self::Unknown => None,
        }
    }

    const fn end(self) -> Option<u32> {
        match self {
            Self::Opened { end, .. } | Self::End(end) => Some(end),
            Self::Unknown => None,
        }
    }

    /// Moves the end on, never back.
    const fn reach(&mut self, new: u32) {
        match self {
            Self::Opened { end, .. } | Self::End(end) => {
                if new.wrapping_sub(*end).cast_signed() > 0 {
                    *end = new;
                }
            }
            Self::Unknown => *self = Self::End(new),
        }
    }
}

/// Whether a sequence number is near the end of what was seen.
fn near(range: SequenceRange, sequence: u32) -> Fit {
    Fit::of(range.end().map(|end| {
        let distance = sequence.wrapping_sub(end).cast_signed().unsigned_abs();
        u64::from(distance) <= Fit::WINDOW
    }))
}

impl ClosedFlow {
    /// What is kept of a connection that was reassembled until now.
    pub(crate) fn of(reassembly: &Reassembly) -> Self {
        let both = [Direction::FromInitiator, Direction::FromResponder];
        let streams = both.map(|direction| reassembly.stream(direction));
        Self {
            ranges: streams.map(SequenceRange::of),
            fin: streams.map(|stream| stream.finished()),
        }
    }

    /// Whether a segment belongs to this connection. Where it is `closed`, every SYN but its own opens a new one.
    pub(crate) fn classify(&self, direction: Direction, segment: &TcpSegment<'_>, closed: bool) -> Verdict {
        let isn = self.ranges(direction).isn();
        let new = if segment.flags.syn {
            let answer = segment.acknowledgement.is_some() && !closed;
            isn != Some(segment.sequence) && (closed || isn.is_some()) && !answer
        } else {
            !segment.payload.is_empty() && self.is_far(direction, segment)
        };
        if new { Verdict::New } else { Verdict::Belongs }
    }

    /// How well a segment goes on with this connection.
    pub(crate) fn fit(&self, direction: Direction, segment: &TcpSegment<'_>) -> Fit {
        let (range, peer) = (self.ranges(direction), self.ranges(direction.reversed()));
        let opened = |range: SequenceRange, isn: u32| Fit::of(range.end().map(|_| range.isn() == Some(isn)));
        match (segment.flags.syn, segment.acknowledgement) {
            (true, None) => opened(range, segment.sequence),
            (true, Some(ack)) => match opened(peer, ack.wrapping_sub(1)) {
                Fit::Unknown => opened(range, segment.sequence),
                known => known,
            },
            (false, ack) => {
                let acknowledged = ack.map_or(Fit::Unknown, |ack| near(peer, ack));
                near(range, segment.sequence).and(acknowledged)
            }
        }
    }

    fn ranges(&self, direction: Direction) -> SequenceRange {
        let [initiator, responder] = self.ranges;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    fn is_far(&self, direction: Direction, segment: &TcpSegment<'_>) -> bool {
        let end = self.ranges(direction).end();
        end.is_some_and(|end| {
            let distance = (segment.sequence.wrapping_sub(end) as i32).unsigned_abs();
            u64::from(distance) > FARTHEST_LOSS
        })
    }

    /// Follows a segment; tells whether it ends the connection.
    pub(crate) fn note(&mut self, direction: Direction, segment: &TcpSegment<'_>, missing: u32) -> Progress {
        let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
        let end = segment.sequence.wrapping_add(length).wrapping_add(missing);
        if segment.flags.rst && !self.is_far(direction, segment) {
            return Progress::Reset(direction);
        }
        if let Some(ranges) = self.ranges.get_mut(direction.index()) {
            ranges.reach(end);
        }
        if let Some(fin) = self.fin.get_mut(direction.index()) {
            *fin |= segment.flags.fin;
        }
        if self.fin == [true, true] {
            Progress::Finished
        } else {
            Progress::Open
        }
    }
}
