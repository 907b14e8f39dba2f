//! Between whom messages go, and where pieces of them lie.

use std::net::IpAddr;

use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;
use crate::model::{FrameNumber, FrameRef};

/// Between whom a datagram goes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) addresses: [IpAddr; 2],
    pub(crate) ports: [u16; 2],
    pub(crate) at: FrameRef,
}

/// A field of a layer that was written before: in which frame the message became whole of which it is a piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) origin: Origin,
    pub(crate) field: FieldId,
    /// The frame that completed the message.
    pub(crate) frame: FrameNumber,
}

/// Where a piece of a message lies: in which layer of which frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) at: FrameRef,
    pub(crate) layer: LayerIndex,
}

impl Origin {
    /// A field of it that another frame tells.
    pub(crate) fn later(self, field: FieldId, at: FrameRef) -> Late {
        Late {
            origin: self,
            field,
            frame: at.frame,
        }
    }
}
