//! What the flow table may hold and for how long. Every limit that cuts something is noted as an anomaly.

use crate::model::{Nanoseconds, Timestamp};

/// Bounds of the flow table, in capture time, octets and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections kept at once, closed ones that still linger included. The oldest goes first. A kept connection
    /// of no interest takes some hundred octets, so this bounds the table at some tens of megabytes.
    pub connections: usize,
    /// Octets of out-of-order segments held per direction, with [`Limits::PIECE_OVERHEAD`] per segment: the
    /// largest receive window that phones and servers commonly grow to.
    pub held_octets: usize,
    /// The same over all connections.
    pub held_octets_in_all: usize,
    /// How long an open TCP connection may be silent: longer than an SMPP link's enquiry interval or any answer
    /// that a phone waits for.
    pub tcp_idle: Nanoseconds,
    /// How long a closed TCP connection is remembered, so that late copies of its segments open no new one: RFC
    /// 9293's maximum segment lifetime as commonly configured.
    pub tcp_linger: Nanoseconds,
    /// The same of one that was none of ours: what its late copies open is none of ours either, and costs little.
    pub foreign_linger: Nanoseconds,
    /// How long a UDP flow or an SCTP association may be silent: longer than WTP's retransmissions go on, and than
    /// SCTP's heartbeats lie apart.
    pub udp_idle: Nanoseconds,
    /// How long a UDP flow or an SCTP association may be silent that nobody recognises. Each of its datagrams is looked
    /// at by itself, and most flows are one question and its answer.
    pub unrecognised_idle: Nanoseconds,
    /// How long a TCP connection may be silent that nobody recognises, and a connection of either kind that nobody
    /// listens to: most of a busy link's are such, and many never end. One that speaks again is looked at again like
    /// any whose opening was not captured.
    pub background_idle: Nanoseconds,
    /// How long octets that the receiver has acknowledged may still come late, by the reordering of the capture,
    /// before they count as lost: taps and merged files reorder by milliseconds, clocks of two taps by less
    /// than this.
    pub reorder_time: Nanoseconds,
    /// The same in packets of the connection.
    pub reorder_packets: u32,
}

impl Limits {
    /// What a held segment takes beside its octets.
    pub const PIECE_OVERHEAD: usize = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1 << 18,
            held_octets: 4 * 1024 * 1024,
            held_octets_in_all: 256 * 1024 * 1024,
            tcp_idle: 900 * Timestamp::SECOND,
            tcp_linger: 60 * Timestamp::SECOND,
            foreign_linger: 5 * Timestamp::SECOND,
            udp_idle: 300 * Timestamp::SECOND,
            unrecognised_idle: 5 * Timestamp::SECOND,
            background_idle: 120 * Timestamp::SECOND,
            reorder_time: Timestamp::SECOND,
            reorder_packets: 64,
        }
    }
}
