//! Where frames begin among octets of which the beginning, or something before them, was not captured.

use super::frame::{FrameHead, FrameType, HEAD_OCTETS, USUAL_PAYLOAD};
use crate::model::FrameRef;

/// Frames in a row that are taken for certain: a head fits by chance once in some ten million octets.
const FRAMES: usize = 3;

/// Octets that are held until it is certain: [`FRAMES`] frames of the usual length begin in them.
pub(super) const HELD_OCTETS: usize = 48 * 1024;

/// Octets of DATA that, with frames before and behind, are none by chance.
const TELLING_DATA: u32 = 64;

/// Places that are followed at a time.
const PLACES: usize = 32;

/// Segments of which the frame is remembered; of more, the last of these is told.
const SEGMENTS: usize = 256;

/// A look for frames as octets come.
#[derive(Debug, Default)]
pub(super) struct Search {
    held: Vec<u8>,
    /// Where segments begin in `held`, and the frames that they came in.
    segments: Vec<(usize, FrameRef)>,
    /// Places in `held` at which frames may begin.
    places: Vec<Place>,
    /// Where the next place may be.
    next: usize,
}

/// A place at which frames may begin.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    /// Where the next frame begins that was not seen yet.
    end: usize,
    last: FrameHead,
    frames: usize,
    /// Where the header block of the last of them begins, if that is yet to come.
    block: Option<usize>,
    /// Whether a header block among them begins as those of requests and answers do.
    has_head: bool,
    /// Whether one of them has so much content that it is not there by chance.
    has_content: bool,
}

/// What octets say of frames that begin in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// They begin at this octet.
    At(usize),
    /// They may begin at this octet; more octets would tell.
    Perhaps(usize),
    /// None begins.
    Nothing,
}

impl Search {
    /// Octets that are held.
    pub(super) fn held_octets(&self) -> usize {
        self.held.len()
    }

    /// Takes the octets of a segment, behind those of the one before; where frames begin among them, all octets from there on,
    /// by segment.
    pub(super) fn take(&mut self, octets: &[u8], at: FrameRef) -> Option<Vec<(Vec<u8>, FrameRef)>> {
        if self.segments.len() < SEGMENTS {
            self.segments.push((self.held.len(), at));
        }
        self.held.extend_from_slice(octets);
        match self.certain() {
            Some(start) => Some(self.from(start)),
            None => {
                self.forget();
                None
            }
        }
    }

    /// What is held from a place on.
    fn from(&mut self, start: usize) -> Vec<(Vec<u8>, FrameRef)> {
        let Self {
            held: mut rest,
            segments,
            ..
        } = std::mem::take(self);
        let mut pieces = Vec::new();
        for (begins, at) in segments.into_iter().rev() {
            let piece = rest.split_off(begins.max(start).min(rest.len()));
            pieces.push((piece, at));
        }
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces.reverse();
        pieces
    }

    /// Octets are missing behind those that came.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Where frames certainly begin among all octets that came.
    fn certain(&mut self) -> Option<usize> {
        let held = &self.held;
        self.places.retain_mut(|place| place.follow(held));
        while let Some(rest) = held.get(self.next..).filter(|rest| rest.len() >= HEAD_OCTETS) {
            if self.places.len() < PLACES
                && let Some(mut place) = Place::at(self.next, rest)
                && place.follow(held)
            {
                self.places.push(place);
            }
            self.next = self.next.saturating_add(1);
        }
        let certain = self.places.iter().find(|place| place.is_certain(held.len()));
        certain.map(|place| place.start)
    }

    /// Lets go of octets before the first place, and of places for which there is no room.
    fn forget(&mut self) {
        while self
            .places
            .first()
            .is_some_and(|first| self.held.len() - first.start > HELD_OCTETS)
        {
            self.places.remove(0);
        }
        let kept = self
            .places
            .first()
            .map_or(self.next, |first| first.start)
            .min(self.held.len());
        self.held.drain(..kept);
        self.next = self.next.saturating_sub(kept);
        let before = self.segments.iter().filter(|(start, _)| *start <= kept).count();
        self.segments.drain(..before.saturating_sub(1));
        for (start, _) in &mut self.segments {
            *start = start.saturating_sub(kept);
        }
        for place in &mut self.places {
            place.start = place.start.saturating_sub(kept);
            place.end = place.end.saturating_sub(kept);
        }
    }
}

impl Place {
    fn at(start: usize, octets: &[u8]) -> Option<Self> {
        let last = FrameHead::read(octets).filter(|head| head.is_likely(USUAL_PAYLOAD))?;
        let mut place = Self {
            start,
            end: start,
            last,
            frames: 0,
            block: None,
            has_head: false,
            has_content: false,
        };
        place.step(last);
        Some(place)
    }

    /// Follows the frames as far as octets go; whether they may still be frames.
    fn follow(&mut self, octets: &[u8]) -> bool {
        self.look_at_block(octets);
        while self.frames < FRAMES
            && let Some(rest) = octets.get(self.end..)
            && let Some(head) = FrameHead::read(rest)
        {
            if !head.is_likely(USUAL_PAYLOAD) || !head.may_follow(&self.last) {
                return false;
            }
            self.step(head);
            self.look_at_block(octets);
        }
        true
    }

    fn look_at_block(&mut self, octets: &[u8]) {
        if let Some(first) = self.block.and_then(|block| octets.get(block)) {
            self.has_head |= begins_with_control_data(*first);
            self.block = None;
        }
    }

    fn step(&mut self, head: FrameHead) {
        self.block = (head.kind == FrameType::Headers).then(|| {
            let padding = usize::from(head.flags.is_padded());
            let priority = if head.flags.has_priority() { 5 } else { 0 };
            self.end.saturating_add(HEAD_OCTETS + padding + priority)
        });
        self.has_content |= head.kind == FrameType::Data && head.length >= TELLING_DATA;
        self.frames = self.frames.saturating_add(1);
        self.last = head;
        self.end = self
            .end
            .saturating_add(HEAD_OCTETS)
            .saturating_add(usize::try_from(head.length).unwrap_or(usize::MAX));
    }

    /// Whether there are frames enough and one of them is more than a few octets that occur in any protocol, or whether a
    /// segment ends with them and one begins a request or an answer.
    fn is_certain(&self, end: usize) -> bool {
        let are_enough = self.frames >= FRAMES && (self.has_head || self.has_content);
        are_enough || self.has_head && self.end == end
    }
}

/// Whether the header block of HEADERS begins as that of a request or an answer does: with a pseudo-header field of the static
/// table, its value in the table or behind, or one of the dynamic table (RFC 7541 section 6 and appendix A, RFC 9113 section
/// 8.3). That of trailers begins otherwise.
const fn begins_with_control_data(first: u8) -> bool {
    matches!(
        first,
        0x01..=0x0e | 0x11..=0x1e | 0x20..=0x3f | 0x41..=0x4e | 0x81..=0x8e | 0xbe..
    )
}

/// Where frames begin in octets that may be anything.
pub(super) fn find(octets: &[u8]) -> Found {
    let mut search = Search {
        held: octets.to_vec(),
        ..Search::default()
    };
    match search.certain() {
        Some(start) => Found::At(start),
        None => match search.places.first() {
            Some(place) => Found::Perhaps(place.start),
            None => Found::Nothing,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [
            &[0, length[0], length[1], kind, flags, 0, 0, 0, stream][..],
            payload,
        ]
        .concat()
    }

    fn frames() -> Vec<u8> {
        let headers = frame(1, 4, 5, &[0x82, 0x87, 0x84]);
        [headers, frame(0, 0, 5, &[b'x'; 70]), frame(0, 1, 5, b"")].concat()
    }

    #[test]
    fn three_frames_are_found_behind_anything() {
        let octets = [&b"the rest of a frame"[..], &frames()].concat();
        assert_eq!(find(&octets), Found::At(19));
        assert_eq!(find(&octets[..octets.len() - 1]), Found::Perhaps(19));
        assert_eq!(find(b"the rest of a frame"), Found::Nothing);
    }

    #[test]
    fn however_the_octets_come() {
        let octets = [&b"the rest of a frame"[..], &frames()].concat();
        for size in 1..octets.len() {
            let mut search = Search::default();
            let mut found = None;
            for piece in octets.chunks(size) {
                found = found.or(search.take(piece, FrameRef::default()));
            }
            let pieces = found.unwrap().into_iter().map(|(piece, _)| piece);
            let from_there: Vec<u8> = pieces.flatten().collect();
            assert!(
                from_there.len() >= 12 && frames().starts_with(&from_there),
                "{size}"
            );
        }
    }

    #[test]
    fn a_request_that_fills_a_segment_is_one() {
        let request = frame(1, 5, 7, &[0x82, 0x87, 0x84, 0xbe]);
        assert_eq!(find(&request), Found::At(0));
        assert_eq!(find(&frame(1, 5, 7, b"\x00\x01ab")), Found::Perhaps(0));
        assert_eq!(find(&frame(8, 0, 7, &[0, 0, 1, 0])), Found::Perhaps(0));
    }

    #[test]
    fn octets_are_held_only_as_long_as_they_may_be_frames() {
        let mut search = Search::default();
        let endless = frame(0, 0, 1, &[0xee; 16_000]);
        for octets in std::iter::repeat_n(&endless[..9], 1).chain(std::iter::repeat_n(&[0xee; 1000][..], 100))
        {
            assert!(search.take(octets, FrameRef::default()).is_none());
            assert!(search.held_octets() <= HELD_OCTETS);
        }
        assert!(search.held_octets() < HEAD_OCTETS);
    }
}
