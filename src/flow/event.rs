//! What a connection tells its session, and what a session may know of its connection.

use crate::model::{Direction, Endpoint, FrameRef, NetworkId, Origin, TlsEnd};

/// A connection, by the order in which they were first seen. Never reused within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// TCP, UDP or SCTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// A byte stream in each direction.
    Tcp,
    /// Datagrams.
    Udp,
    /// Messages in each direction.
    Sctp,
}

/// What is known of one end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its address and port.
    pub endpoint: Endpoint,
    /// Whether the peer acknowledged octets from this end that were not captured and lie beyond what was
    /// delivered: an answer may be hiding there.
    pub hidden: bool,
    /// Whether the peer acknowledged all that was captured of this end. Told when the connection is over.
    pub acknowledged: bool,
}

/// One connection as the session sees it.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionInfo {
    /// Which connection.
    pub id: ConnectionId,
    /// Where its first packet was seen.
    pub network: NetworkId,
    /// TCP, UDP or SCTP.
    pub transport: TransportKind,
    /// Both ends, by `Direction::index`.
    pub sides: [Side; 2],
    /// Who captured the last packet of each end; none where none was captured.
    pub seen_by: [Option<Origin>; 2],
    /// Whether the capture shows how the connection began (SYN).
    pub opening_seen: bool,
}

impl ConnectionInfo {
    /// The end that sends in `direction`.
    pub const fn sender(&self, direction: Direction) -> &Side {
        let [initiator, responder] = &self.sides;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    /// Who captured the last packet in `direction`; none where none was captured.
    pub const fn seen_by(&self, direction: Direction) -> Option<Origin> {
        let [initiator, responder] = self.seen_by;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    /// The end that receives in `direction`.
    pub const fn receiver(&self, direction: Direction) -> &Side {
        self.sender(direction.reversed())
    }
}

/// Something that happened on a connection, in stream order per direction.
#[derive(Clone, Copy, Debug)]
pub enum StreamEvent<'a> {
    /// Octets of a stream, each delivered once, in order. Borrowed from the capture wherever they came in order.
    Data {
        /// Who sent them.
        direction: Direction,
        /// The octets.
        bytes: &'a [u8],
        /// The frame that held them.
        at: FrameRef,
    },
    /// Octets of a stream that will not come.
    Gap {
        /// Who sent them.
        direction: Direction,
        /// How many.
        length: u64,
        /// Whether the receiver acknowledged them: lost by the capture, not on the network.
        acknowledged: bool,
        /// Whether they were captured but for the snap length.
        cut: bool,
        /// The frame that made it certain.
        at: FrameRef,
    },
    /// This direction's stream ended properly (FIN).
    Finished {
        /// Whose stream.
        direction: Direction,
        /// The frame with FIN.
        at: FrameRef,
    },
    /// A UDP datagram, or a message that an SCTP end sent, put together from its fragments. One that a span port or a
    /// second tap captured again is not delivered again.
    Datagram {
        /// Who sent it.
        direction: Direction,
        /// Its octets.
        bytes: &'a [u8],
        /// The frame of its first fragment.
        first: FrameRef,
        /// The frame that completed it.
        at: FrameRef,
        /// How many octets are missing at its end (snap length).
        missing: u32,
    },
    /// Nothing more will come on this connection. Every connection ends with exactly one of these.
    Closed {
        /// Why.
        reason: CloseReason,
        /// The last frame of the connection, or the frame whose time closed it.
        at: FrameRef,
    },
}

/// Why a connection gives no more events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Both directions finished.
    Finished,
    /// One end reset it.
    Reset {
        /// Who sent the reset.
        by: Direction,
    },
    /// One end gave up what lies on it, by an alert of TLS.
    Alert(TlsEnd),
    /// The same endpoints opened a new connection.
    Replaced,
    /// Nothing was seen of it for the idle time.
    Idle,
    /// A limit was reached and it was the oldest.
    Evicted,
    /// The input ended.
    CaptureEnd,
}

impl StreamEvent<'_> {
    /// The frame it happened in.
    pub const fn at(&self) -> FrameRef {
        match self {
            Self::Data { at, .. }
            | Self::Gap { at, .. }
            | Self::Finished { at, .. }
            | Self::Datagram { at, .. }
            | Self::Closed { at, .. } => *at,
        }
    }
}

/// A TCP connection that was asked for and never opened, as far as was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedConnect {
    /// Where it was seen.
    pub network: NetworkId,
    /// Who asked for it.
    pub source: Endpoint,
    /// Whom.
    pub destination: Endpoint,
    /// The frame of the first SYN.
    pub asked: FrameRef,
    /// What came of it.
    pub end: InVain,
    /// Its last frame.
    pub last: FrameRef,
}

/// What came of a connection that was never opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InVain {
    /// The other end reset it.
    Refused,
    /// It was asked for again, and nothing of the other end was captured.
    NoAnswer,
}
