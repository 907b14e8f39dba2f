//! The head of a frame (RFC 9113 section 4.1), and what a frame of each type may look like (section 6).

use crate::model::StreamId;

/// Octets of a frame's head.
pub(super) const HEAD_OCTETS: usize = 9;

/// The longest payload that may be sent unless the receiver allows more (RFC 9113 section 6.5.2).
pub(super) const USUAL_PAYLOAD: u32 = 16_384;

/// Streams that a connection is likely to have: one that serves a hundred each second for a day.
const LIKELY_STREAMS: u32 = 1 << 24;

/// The type of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameType {
    Data,
    Headers,
    Priority,
    ResetStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    /// One that RFC 9113 does not have: to be passed over (section 5.5).
    Other,
}

impl FrameType {
    const fn of(code: u8) -> Self {
        match code {
            0 => Self::Data,
            1 => Self::Headers,
            2 => Self::Priority,
            3 => Self::ResetStream,
            4 => Self::Settings,
            5 => Self::PushPromise,
            6 => Self::Ping,
            7 => Self::GoAway,
            8 => Self::WindowUpdate,
            9 => Self::Continuation,
            _ => Self::Other,
        }
    }

    /// The flags that are defined for it.
    const fn flags(self) -> u8 {
        match self {
            Self::Data => Flags::END_STREAM | Flags::PADDED,
            Self::Headers => Flags::END_STREAM | Flags::END_HEADERS | Flags::PADDED | Flags::PRIORITY,
            Self::PushPromise => Flags::END_HEADERS | Flags::PADDED,
            Self::Continuation => Flags::END_HEADERS,
            Self::Settings | Self::Ping => Flags::ACK,
            Self::Priority | Self::ResetStream | Self::GoAway | Self::WindowUpdate | Self::Other => 0,
        }
    }

    /// Whether it belongs to a stream; none where it may or may not.
    const fn has_stream(self) -> Option<bool> {
        match self {
            Self::Data
            | Self::Headers
            | Self::Priority
            | Self::ResetStream
            | Self::PushPromise
            | Self::Continuation => Some(true),
            Self::Settings | Self::Ping | Self::GoAway => Some(false),
            Self::WindowUpdate | Self::Other => None,
        }
    }

    /// Whether it may have so long a payload.
    const fn allows(self, length: u32) -> bool {
        match self {
            Self::Priority => length == 5,
            Self::ResetStream | Self::WindowUpdate => length == 4,
            Self::Settings => length.is_multiple_of(6),
            Self::Ping => length == 8,
            Self::GoAway => length >= 8,
            Self::PushPromise => length >= 4,
            Self::Data | Self::Headers | Self::Continuation | Self::Other => true,
        }
    }
}

/// The flags of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const ACK: u8 = 0x1;
    const END_STREAM: u8 = 0x1;
    const END_HEADERS: u8 = 0x4;
    const PADDED: u8 = 0x8;
    const PRIORITY: u8 = 0x20;

    pub(super) const fn ends_stream(self) -> bool {
        self.0 & Self::END_STREAM != 0
    }

    pub(super) const fn ends_headers(self) -> bool {
        self.0 & Self::END_HEADERS != 0
    }

    pub(super) const fn is_padded(self) -> bool {
        self.0 & Self::PADDED != 0
    }

    pub(super) const fn has_priority(self) -> bool {
        self.0 & Self::PRIORITY != 0
    }

    pub(super) const fn acknowledges(self) -> bool {
        self.0 & Self::ACK != 0
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// Octets of its payload.
    pub(super) length: u32,
    pub(super) kind: FrameType,
    pub(super) flags: Flags,
    /// 0 where it concerns the connection.
    pub(super) stream: StreamId,
    /// Whether the bit that must not be set is.
    is_reserved: bool,
}

impl FrameHead {
    /// Reads the head that octets begin with.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let [l0, l1, l2, kind, flags, stream @ ..] = *octets.first_chunk::<HEAD_OCTETS>()?;
        let stream = u32::from_be_bytes(stream);
        Some(Self {
            length: u32::from_be_bytes([0, l0, l1, l2]),
            kind: FrameType::of(kind),
            flags: Flags(flags),
            stream: StreamId(stream & 0x7fff_ffff),
            is_reserved: stream >> 31 != 0,
        })
    }

    /// Whether a frame in the course of a connection may have it, where payloads may be so long.
    pub(super) fn is_allowed(&self, most: u32) -> bool {
        let has_stream = self.stream.0 != 0;
        self.length <= most
            && self.kind.allows(self.length)
            && self.kind.has_stream().is_none_or(|has| has == has_stream)
            && !(self.kind == FrameType::Settings && self.flags.acknowledges() && self.length > 0)
    }

    /// Whether octets that may be anything are likely to be one: as [`FrameHead::is_allowed`], and nothing in it is as
    /// senders do not have it.
    pub(super) fn is_likely(&self, most: u32) -> bool {
        let is_empty = self.length == 0;
        let is_apt = match self.kind {
            FrameType::Data => (!is_empty || self.flags.ends_stream()) && self.is_clients(),
            FrameType::Settings => is_empty == self.flags.acknowledges(),
            FrameType::Headers | FrameType::Continuation => !is_empty && self.is_clients(),
            FrameType::Other => false,
            _ => true,
        };
        is_apt
            && self.flags.0 & !self.kind.flags() == 0
            && !self.is_reserved
            && self.stream.0 < LIKELY_STREAMS
            && self.is_allowed(most)
    }

    /// Whether its stream is one that a client opened (RFC 9113 section 5.1.1).
    fn is_clients(&self) -> bool {
        !self.stream.0.is_multiple_of(2)
    }

    /// Whether it may follow another frame: a header block is not interrupted (RFC 9113 section 4.3).
    pub(super) fn may_follow(&self, before: &Self) -> bool {
        let opens_block = match before.kind {
            FrameType::Headers | FrameType::PushPromise | FrameType::Continuation => {
                !before.flags.ends_headers()
            }
            _ => false,
        };
        match (opens_block, self.kind) {
            (true, FrameType::Continuation) => self.stream == before.stream,
            (open, kind) => !open && kind != FrameType::Continuation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(octets: [u8; 9]) -> FrameHead {
        FrameHead::read(&octets).unwrap()
    }

    #[test]
    fn a_head_is_read() {
        let headers = head([0, 1, 2, 1, 0x25, 0, 0, 0, 5]);
        assert_eq!((headers.length, headers.kind), (258, FrameType::Headers));
        assert_eq!(headers.stream, StreamId(5));
        assert!(headers.flags.ends_stream() && headers.flags.ends_headers());
        assert!(headers.flags.has_priority() && !headers.flags.is_padded());
        assert_eq!(FrameHead::read(&[0; 8]), None);
    }

    #[test]
    fn what_no_sender_writes_is_unlikely() {
        let likely = |octets| head(octets).is_likely(USUAL_PAYLOAD);
        assert!(likely([0, 0, 12, 4, 0, 0, 0, 0, 0]));
        assert!(likely([0, 0x40, 0, 0, 1, 0, 0, 0, 1]));
        for octets in [
            [0; 9],
            [0, 0x40, 1, 0, 1, 0, 0, 0, 1],
            [0, 0, 13, 4, 0, 0, 0, 0, 0],
            [0, 0, 6, 4, 1, 0, 0, 0, 0],
            [0, 0, 0, 4, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 5],
            [0, 0, 1, 0, 2, 0, 0, 0, 1],
            [0, 0, 1, 0, 1, 0x80, 0, 0, 1],
            [0, 0, 1, 0x20, 0, 0, 0, 0, 1],
            [0, 0, 5, 3, 0, 0, 0, 0, 1],
        ] {
            assert!(!likely(octets), "{octets:?}");
        }
        assert!(head([0, 0, 1, 0x20, 9, 0x80, 0, 0, 1]).is_allowed(USUAL_PAYLOAD));
    }

    #[test]
    fn a_header_block_is_not_interrupted() {
        let open = head([0, 0, 1, 1, 0, 0, 0, 0, 1]);
        let closed = head([0, 0, 1, 1, 4, 0, 0, 0, 1]);
        let continuation = head([0, 0, 1, 9, 4, 0, 0, 0, 1]);
        let other = head([0, 0, 1, 9, 4, 0, 0, 0, 3]);
        let data = head([0, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert!(continuation.may_follow(&open) && data.may_follow(&closed));
        assert!(!data.may_follow(&open) && !other.may_follow(&open) && !continuation.may_follow(&closed));
    }
}
