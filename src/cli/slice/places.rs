//! The frames in which PDUs lie. The document names the first and the last; which of those between are theirs, and in
//! which input the first is, only the carriers know.

use std::collections::BTreeMap;

use crate::mms::Pdu;
use crate::model::{CaptureIndex, Extent, FrameNumber, FrameRef, Timestamp};
use crate::pipeline::Observer;
use crate::report::document::{Message, Operation, Seen};
use crate::session::CarrierEvent;

/// Input and number of the frame that completes something, and the number of the frame it begins in.
type Key = (u32, u64, u64);

/// Where the PDUs of some messages lie.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<Key, Vec<Extent>>);

impl Places {
    /// The places that have to be found out for some messages and operations.
    pub(super) fn wanted(messages: &[Message], operations: &[Operation]) -> Self {
        let events = messages.iter().flat_map(|message| &message.events);
        let events = events.map(|event| key_of(&event.seen));
        let pdus = operations
            .iter()
            .flat_map(|operation| operation.request.iter().chain(&operation.response))
            .map(|pdu| key_of(&pdu.seen));
        Self(events.chain(pdus).map(|key| (key, Vec::new())).collect())
    }

    /// The frames of a PDU.
    pub(super) fn of_seen(&self, seen: &Seen) -> Vec<Extent> {
        let key = key_of(seen);
        match self.0.get(&key) {
            Some(known) if !known.is_empty() => known.clone(),
            _ => {
                let (capture, frame, first) = key;
                vec![Extent {
                    first: frame_ref(capture, first.min(frame), seen.time),
                    last: frame_ref(capture, frame.max(first), seen.time),
                }]
            }
        }
    }
}

impl Observer for Places {
    /// Notes where something lies, if that is wanted.
    fn carrier(&mut self, event: &CarrierEvent<'_>, _: Option<&Pdu<'_>>) {
        let (extent, pieces) = match event {
            CarrierEvent::Request(request) => (request.extent, request.pieces),
            CarrierEvent::Response(response) => (response.extent, response.pieces),
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return,
        };
        let (first, last) = (extent.first, extent.last);
        if let Some(known) = self.0.get_mut(&(last.capture.0, last.frame.0, first.frame.0)) {
            match pieces {
                [] => known.push(extent),
                pieces => known.extend_from_slice(pieces),
            }
        }
    }
}

const fn key_of(seen: &Seen) -> Key {
    (seen.capture, seen.frame, seen.first_frame)
}

/// A frame with the document's time for it.
pub(super) const fn frame_ref(capture: u32, frame: u64, time: Timestamp) -> FrameRef {
    FrameRef {
        capture: CaptureIndex(capture),
        frame: FrameNumber(frame),
        time,
    }
}
