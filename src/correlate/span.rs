//! Frames of a leg in half the space: two frames in 32 octets, and none of them in no more.

use std::num::NonZeroU64;

use crate::model::{CaptureIndex, Extent, FrameNumber, FrameRef, Timestamp};

/// Bits of a frame's number that are kept: a trillion frames in one capture. Captures have the rest, sixteen million.
const FRAME_BITS: u32 = 40;

/// One frame: time, and capture with number. Never zero, so that an optional one is no larger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    time: Timestamp,
    place: NonZeroU64,
}

impl From<FrameRef> for Spot {
    fn from(at: FrameRef) -> Self {
        let largest = (1 << FRAME_BITS) - 1;
        let capture = u64::from(at.capture.0).min((1 << (u64::BITS - FRAME_BITS)) - 1);
        let place = (capture << FRAME_BITS) | at.frame.0.min(largest - 1);
        Self {
            time: at.time,
            place: NonZeroU64::MIN.saturating_add(place),
        }
    }
}

impl From<Spot> for FrameRef {
    fn from(spot: Spot) -> Self {
        let place = spot.place.get() - 1;
        Self {
            capture: CaptureIndex(u32::try_from(place >> FRAME_BITS).unwrap_or(u32::MAX)),
            frame: FrameNumber(place & ((1 << FRAME_BITS) - 1)),
            time: spot.time,
        }
    }
}

/// An [`Extent`] in less space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    first: Spot,
    last: Spot,
}

impl From<Extent> for Span {
    fn from(extent: Extent) -> Self {
        Self {
            first: extent.first.into(),
            last: extent.last.into(),
        }
    }
}

impl From<Span> for Extent {
    fn from(span: Span) -> Self {
        Self {
            first: span.first.into(),
            last: span.last.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        for (capture, frame) in [
            (0, 0),
            (0, 1),
            (7, 4_294_967_296),
            (16_777_215, 1_099_511_627_774),
        ] {
            let at = FrameRef {
                capture: CaptureIndex(capture),
                frame: FrameNumber(frame),
                time: Timestamp::from_seconds(-5),
            };
            assert_eq!(FrameRef::from(Spot::from(at)), at);
        }
        assert_eq!((size_of::<Span>(), size_of::<Option<Span>>()), (32, 32));
    }
}
