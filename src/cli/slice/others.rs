//! Messages that were not asked for and have PDUs in the frames of those that were: a connection, or a frame, may carry several.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::FrameKey;
use crate::cli::exit::complain;
use crate::report::document::Message;

/// Messages that are named at most.
const NAMED: usize = 20;

/// The messages that were not asked for, by the frames that complete their PDUs.
#[derive(Debug, Default)]
pub(super) struct Others {
    frames: BTreeMap<FrameKey, Vec<u64>>,
}

impl Others {
    /// Notes a message.
    pub(super) fn note(&mut self, message: &Message) {
        for event in &message.events {
            let frame = (event.seen.capture, event.seen.frame);
            let ids = self.frames.entry(frame).or_default();
            if ids.last() != Some(&message.id) {
                ids.push(message.id);
            }
        }
    }

    /// Those that have a PDU which ends in one of the frames.
    fn in_frames(&self, frames: &BTreeMap<FrameKey, String>) -> BTreeSet<u64> {
        let found = frames.keys().filter_map(|frame| self.frames.get(frame));
        found.flatten().copied().collect()
    }

    /// Says which they are.
    pub(super) fn tell(&self, frames: &BTreeMap<FrameKey, String>) {
        let ids = self.in_frames(frames);
        let named: Vec<String> = ids.iter().take(NAMED).map(u64::to_string).collect();
        let more = match ids.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        match ids.len() {
            0 => {}
            1 => complain(format_args!(
                "note: these frames hold another message too: {}",
                named.join(", ")
            )),
            _ => complain(format_args!(
                "note: these frames hold other messages too: {}{more}",
                named.join(", ")
            )),
        }
    }
}
