//! Messages that SCCP sent in segments (ITU-T Q.714 section 4.1.1).

use std::collections::{BTreeMap, HashMap};

use super::dialogues::Node;
use super::sccp::Segment;
use crate::model::{Extent, RandomState};

/// Messages kept that lack segments: each has at most 16 segments of 255 octets.
const MESSAGES: usize = 1024;

/// Which message segments belong to: its sender and its reference.
type Key = (Node, [u8; 3]);

/// One message.
#[derive(Debug)]
struct Message {
    key: Key,
    extent: Extent,
    /// How many segments it has, once the first came.
    total: Option<usize>,
    /// By how many come after it.
    parts: BTreeMap<u8, Vec<u8>>,
}

/// All messages that lack segments.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// By the order in which their first segment came.
    messages: BTreeMap<u64, Message>,
    by_key: HashMap<Key, u64, RandomState>,
    began: u64,
}

impl Segments {
    /// Takes a segment; gives the message that it completes, with the frames it lay in.
    pub(super) fn add(
        &mut self,
        sender: Node,
        segment: Segment,
        octets: &[u8],
        extent: Extent,
    ) -> Option<(Vec<u8>, Extent)> {
        let key = (sender, segment.reference);
        let id = match self.by_key.get(&key) {
            Some(id) => *id,
            None => self.begin(key, extent),
        };
        let message = self.messages.get_mut(&id)?;
        message.extent.extend(extent.last);
        if segment.first {
            // A reference is used again: what is left of the message before it will not become whole.
            if message
                .parts
                .get(&segment.remaining)
                .is_some_and(|known| known != octets)
            {
                message.parts.clear();
                message.extent = extent;
            }
            message.total = Some(usize::from(segment.remaining) + 1);
        }
        message.parts.insert(segment.remaining, octets.to_vec());
        if message.total.is_none_or(|total| message.parts.len() < total) {
            return None;
        }
        let message = self.forget(id)?;
        let whole = message.parts.into_values().rev().flatten().collect();
        Some((whole, message.extent))
    }

    fn begin(&mut self, key: Key, extent: Extent) -> u64 {
        if self.messages.len() >= MESSAGES
            && let Some((oldest, _)) = self.messages.first_key_value()
        {
            let oldest = *oldest;
            self.forget(oldest);
        }
        let id = self.began;
        self.began = self.began.wrapping_add(1);
        self.by_key.insert(key.clone(), id);
        let message = Message {
            key,
            extent,
            total: None,
            parts: BTreeMap::new(),
        };
        self.messages.insert(id, message);
        id
    }

    fn forget(&mut self, id: u64) -> Option<Message> {
        let message = self.messages.remove(&id)?;
        self.by_key.remove(&message.key);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, FrameRef, Timestamp};

    fn at(frame: u64) -> Extent {
        Extent::single(FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(0),
        })
    }

    fn segment(remaining: u8, first: bool) -> Segment {
        Segment {
            first,
            remaining,
            reference: [0, 0, 1],
        }
    }

    #[test]
    fn segments_are_joined_in_any_order_and_by_sender() {
        let mut segments = Segments::default();
        let mut add = |node, frame, remaining, first, octets: &[u8]| {
            let whole = segments.add(Node::Point(node), segment(remaining, first), octets, at(frame));
            whole.map(|(octets, extent)| (octets, extent.first.frame.0, extent.last.frame.0))
        };
        assert_eq!(add(1, 1, 2, true, b"ab"), None);
        assert_eq!(add(2, 2, 1, true, b"xx"), None);
        assert_eq!(add(1, 3, 0, false, b"e"), None);
        assert_eq!(add(1, 4, 1, false, b"cd"), Some((b"abcde".to_vec(), 1, 4)));
        assert_eq!(add(1, 5, 0, false, b"late"), None);
        assert_eq!(add(2, 6, 0, false, b"yy"), Some((b"xxyy".to_vec(), 2, 6)));
    }

    #[test]
    fn a_reference_that_is_used_again_begins_anew() {
        let mut segments = Segments::default();
        let mut add = |remaining, first, octets: &[u8]| {
            let whole = segments.add(Node::Point(1), segment(remaining, first), octets, at(1));
            whole.map(|(octets, _)| octets)
        };
        assert_eq!(add(2, true, b"old"), None);
        assert_eq!(add(1, false, b"old"), None);
        assert_eq!(add(2, true, b"a"), None);
        assert_eq!(add(0, false, b"c"), None);
        assert_eq!(add(1, false, b"b"), Some(b"abc".to_vec()));
    }

    #[test]
    fn messages_that_lack_segments_are_bounded() {
        let mut segments = Segments::default();
        for node in 0..3 * MESSAGES as u32 {
            segments.add(Node::Point(node), segment(1, true), b"a", at(1));
        }
        assert_eq!(
            (segments.messages.len(), segments.by_key.len()),
            (MESSAGES, MESSAGES)
        );
    }
}
