//! Where the two halves of a transaction passed, in few octets: a million of them are remembered.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU64;

use crate::model::{CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Timestamp};

/// Bits of a packed frame that hold its number: no capture has more frames.
const NUMBER_BITS: u32 = 48;

/// A frame in 16 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedFrame {
    /// Capture and number. Frames count from 1, so that it is never 0.
    place: NonZeroU64,
    time: Timestamp,
}

impl PackedFrame {
    pub(crate) const fn new(at: FrameRef) -> Self {
        let number = at.frame.0 & ((1 << NUMBER_BITS) - 1);
        let place =
            NonZeroU64::MIN.saturating_add(((at.capture.0 as u64) << NUMBER_BITS | number).saturating_sub(1));
        Self { place, time: at.time }
    }

    pub(crate) const fn frame(self) -> FrameRef {
        FrameRef {
            capture: CaptureIndex((self.place.get() >> NUMBER_BITS) as u32),
            frame: FrameNumber(self.place.get() & ((1 << NUMBER_BITS) - 1)),
            time: self.time,
        }
    }
}

/// The frames of a transaction. Nearly always each half lies in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passages {
    /// The last frame of the request, of the response.
    last: [Option<PackedFrame>; 2],
    /// The first ones, where one of them is another than the last.
    first: Option<Box<[Option<PackedFrame>; 2]>>,
}

impl Passages {
    pub(crate) fn new(request: Option<Extent>, response: Option<Extent>) -> Self {
        let halves = [request, response];
        let last = halves.map(|half| half.map(|extent| PackedFrame::new(extent.last)));
        let first = halves.map(|half| half.map(|extent| PackedFrame::new(extent.first)));
        Self {
            last,
            first: (first != last).then(|| Box::new(first)),
        }
    }

    pub(crate) fn request(&self) -> Option<Extent> {
        self.half(0)
    }

    pub(crate) fn response(&self) -> Option<Extent> {
        self.half(1)
    }

    fn half(&self, half: usize) -> Option<Extent> {
        let last = *self.last.get(half)?;
        let first = self
            .first
            .as_ref()
            .map_or(last, |first| first.get(half).copied().flatten());
        Some(Extent {
            first: first?.frame(),
            last: last?.frame(),
        })
    }
}

/// Who asked and who was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PackedEnds {
    V4([(Ipv4Addr, u16); 2]),
    Other(Box<[Endpoint; 2]>),
}

impl PackedEnds {
    pub(crate) fn new(asker: Endpoint, asked: Endpoint) -> Self {
        match (asker.address, asked.address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => Self::V4([(one, asker.port), (other, asked.port)]),
            _ => Self::Other(Box::new([asker, asked])),
        }
    }

    pub(crate) fn ends(&self) -> [Endpoint; 2] {
        match self {
            Self::V4(ends) => ends.map(|(address, port)| Endpoint::new(address.into(), port)),
            Self::Other(ends) => **ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(capture: u32, frame: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(capture),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(7),
        }
    }

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        let one = Extent::single(at(3, 1 << 40));
        let long = Extent {
            first: at(0, 4),
            last: at(0, 9),
        };
        for (request, response) in [
            (Some(one), Some(long)),
            (Some(long), None),
            (None, Some(one)),
            (None, None),
        ] {
            let packed = Passages::new(request, response);
            assert_eq!((packed.request(), packed.response()), (request, response));
        }
    }

    #[test]
    fn ends_of_either_version_come_out_as_they_were() {
        let v4 = |port| Endpoint::new([10, 0, 0, 1].into(), port);
        let v6 = Endpoint::new(std::net::Ipv6Addr::LOCALHOST.into(), 3);
        for ends in [[v4(1), v4(2)], [v4(1), v6], [v6, v6]] {
            let [asker, asked] = ends;
            assert_eq!(PackedEnds::new(asker, asked).ends(), ends);
        }
        assert!(size_of::<PackedEnds>() <= 16);
    }
}
