//! The frames in which PDUs lie. The document names the first and the last; which of those between are theirs, and in
//! which input the first is, only the carriers know.

use std::collections::BTreeMap;

use crate::mms::Pdu;
use crate::model::{CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Timestamp, tree};
use crate::pipeline::Observer;
use crate::report::document::{Message, Operation, Seen};
use crate::session::{Bearer, CarrierEvent};

/// Input and number of the frame that completes something, and the number of the frame it begins in.
type Key = (u32, u64, u64);

/// Where the PDUs of some messages lie.
#[derive(Debug, Default)]
pub(super) struct Places {
    extents: BTreeMap<Key, Vec<Extent>>,
    /// Where what precedes a mail begins, with its envelope: behind the reply to the mail before it, else where its
    /// connection does.
    envelopes: BTreeMap<Key, Option<FrameRef>>,
    /// The frame of the last reply to a mail of each connection.
    replies: BTreeMap<(Endpoint, Endpoint), FrameRef>,
}

impl Places {
    /// The places that have to be found out for some messages and operations.
    pub(super) fn wanted(messages: &[Message], operations: &[Operation]) -> Self {
        let events = messages.iter().flat_map(|message| &message.events);
        let events = events.map(|event| key_of(&event.seen));
        let pdus = operations
            .iter()
            .flat_map(|operation| operation.request.iter().chain(&operation.response))
            .map(|pdu| key_of(&pdu.seen));
        Self {
            extents: tree(events.chain(pdus).map(|key| (key, Vec::new()))),
            ..Self::default()
        }
    }

    /// The frames from the first command about a mail to its end; `None` of what is no mail. Without a first frame they
    /// begin with the connection.
    pub(super) fn of_mail(&self, seen: &Seen) -> Option<(Option<FrameRef>, Option<FrameRef>)> {
        let first = self.envelopes.get(&key_of(seen))?;
        let last = self.of_seen(seen).into_iter().map(|extent| extent.last);
        Some((*first, last.reduce(FrameRef::later)))
    }

    /// The frames of a PDU.
    pub(super) fn of_seen(&self, seen: &Seen) -> Vec<Extent> {
        let key = key_of(seen);
        match self.extents.get(&key) {
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
        self.note_mail(event);
        if let Some(known) = self
            .extents
            .get_mut(&(last.capture.0, last.frame.0, first.frame.0))
        {
            match pieces {
                [] => known.push(extent),
                pieces => known.extend_from_slice(pieces),
            }
        }
    }
}

impl Places {
    fn note_mail(&mut self, event: &CarrierEvent<'_>) {
        match event {
            CarrierEvent::Request(request) if request.bearer == Bearer::Smtp => {
                let (first, last) = (request.extent.first, request.extent.last);
                let key = (last.capture.0, last.frame.0, first.frame.0);
                let ends = (request.source, request.destination);
                let after = self.replies.get(&ends).map(|reply| FrameRef {
                    frame: FrameNumber(reply.frame.0.saturating_add(1)),
                    ..*reply
                });
                if self.extents.contains_key(&key) {
                    self.envelopes.insert(key, after);
                }
            }
            CarrierEvent::Response(response) if response.bearer == Bearer::Smtp => {
                let ends = (response.destination, response.source);
                self.replies.insert(ends, response.extent.last);
            }
            _ => {}
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
