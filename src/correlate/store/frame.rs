//! Frames of a leg in little space: one in sixteen octets, the others by how far they are from it.

use crate::correlate::store::packed::{Packed, Packer};
use crate::model::{CaptureIndex, FrameNumber, FrameRef, Timestamp};

/// Bits of a frame's number that are kept: a trillion frames in one capture. Captures have the rest, sixteen million.
const FRAME_BITS: u32 = 40;

/// One frame: time, then capture with number. Ordered as [`FrameRef`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CompactFrame {
    time: Timestamp,
    place: u64,
}

impl From<FrameRef> for CompactFrame {
    fn from(at: FrameRef) -> Self {
        let capture = u64::from(at.capture.0).min((1 << (u64::BITS - FRAME_BITS)) - 1);
        Self {
            time: at.time,
            place: capture << FRAME_BITS | at.frame.0.min((1 << FRAME_BITS) - 1),
        }
    }
}

impl From<CompactFrame> for FrameRef {
    fn from(spot: CompactFrame) -> Self {
        Self {
            capture: CaptureIndex(u32::try_from(spot.place >> FRAME_BITS).unwrap_or(u32::MAX)),
            frame: FrameNumber(spot.place & ((1 << FRAME_BITS) - 1)),
            time: spot.time,
        }
    }
}

impl CompactFrame {
    /// Where there is no frame.
    pub(crate) const ORIGIN: Self = Self {
        time: Timestamp::from_nanoseconds(0),
        place: 0,
    };

    /// Packs a frame by how far it is from this one.
    pub(crate) fn pack(self, other: FrameRef, packer: &mut Packer) {
        let other = Self::from(other);
        packer.signed(other.place.wrapping_sub(self.place).cast_signed());
        packer.signed(other.time.nanoseconds().wrapping_sub(self.time.nanoseconds()));
    }

    pub(crate) fn unpack(self, packed: &mut Packed<'_>) -> FrameRef {
        let place = self.place.wrapping_add_signed(packed.signed());
        let nanoseconds = self.time.nanoseconds().wrapping_add(packed.signed());
        Self {
            time: Timestamp::from_nanoseconds(nanoseconds),
            place,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = FrameRef> {
        let capture = prop_oneof![0..3_u32, Just(16_777_215)];
        (capture, 0..1_u64 << FRAME_BITS, any::<i64>()).prop_map(|(capture, frame, time)| FrameRef {
            capture: CaptureIndex(capture),
            frame: FrameNumber(frame),
            time: Timestamp::from_nanoseconds(time),
        })
    }

    proptest! {
        #[test]
        fn frames_come_out_and_keep_their_order(one in frame(), other in frame()) {
            let spot = CompactFrame::from(one);
            prop_assert_eq!(FrameRef::from(spot), one);
            let mut packer = Packer::default();
            spot.pack(other, &mut packer);
            prop_assert_eq!(spot.unpack(&mut Packed::new(&packer.finish())), other);
            prop_assert_eq!(spot.cmp(&other.into()), one.cmp(&other));
        }
    }
}
