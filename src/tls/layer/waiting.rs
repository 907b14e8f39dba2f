//! Events that wait for keys.

use crate::flow::CloseReason;
use crate::model::{Direction, FrameRef};
use crate::tls::framer::Loss;

/// What an event that waits takes beside its octets, about.
const EVENT_OCTETS: usize = 64;

/// An event that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Data(Direction, Vec<u8>, FrameRef),
    Gap(Direction, u64, Loss),
    Finished(Direction, FrameRef),
    Closed(CloseReason, FrameRef),
}

impl Waiting {
    pub(super) const fn at(&self) -> FrameRef {
        match self {
            Self::Data(_, _, at) | Self::Finished(_, at) | Self::Closed(_, at) => *at,
            Self::Gap(_, _, loss) => loss.at,
        }
    }

    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Data(_, octets, _) => octets.len() + EVENT_OCTETS,
            _ => EVENT_OCTETS,
        }
    }
}
