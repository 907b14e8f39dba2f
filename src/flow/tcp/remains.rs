//! What is kept of a TCP connection that nobody listens to: just enough to tell when it ends and the next begins.

use super::reassembly::{Progress, Reassembly, Verdict};
use super::stream::FARTHEST_LOSS;
use crate::model::Direction;
use crate::net::TcpSegment;

/// Sequence numbers of a connection that is in the background, or closed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Remains {
    isn: [Option<u32>; 2],
    end: [Option<u32>; 2],
    fin: [bool; 2],
}

impl Remains {
    /// What is kept of a connection that was reassembled until now.
    pub(crate) fn of(reassembly: &Reassembly) -> Self {
        let both = [Direction::FromInitiator, Direction::FromResponder];
        let streams = both.map(|direction| reassembly.stream(direction));
        Self {
            isn: streams.map(|stream| stream.isn()),
            end: streams.map(|stream| stream.next().map(|_| stream.captured_end() as u32)),
            fin: streams.map(|stream| stream.finished()),
        }
    }

    /// Whether a segment belongs to this connection. Where it is `closed`, every SYN but its own opens a new one.
    pub(crate) fn classify(&self, direction: Direction, segment: &TcpSegment<'_>, closed: bool) -> Verdict {
        let isn = self.isn.get(direction.index()).copied().flatten();
        let new = if segment.flags.syn {
            let answer = segment.acknowledgement.is_some() && !closed;
            isn != Some(segment.sequence) && (closed || isn.is_some()) && !answer
        } else {
            !segment.payload.is_empty() && self.is_far(direction, segment)
        };
        if new { Verdict::New } else { Verdict::Belongs }
    }

    fn is_far(&self, direction: Direction, segment: &TcpSegment<'_>) -> bool {
        let end = self.end.get(direction.index()).copied().flatten();
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
        if let Some(ours) = self.end.get_mut(direction.index())
            && ours.is_none_or(|ours| end.wrapping_sub(ours) as i32 > 0)
        {
            *ours = Some(end);
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
