//! What the flow table saw, for the `captures` command.

/// Totals over the whole run. Beside how much there was, only connections that somebody listens to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowCounters {
    /// TCP connections.
    pub tcp_connections: u64,
    /// UDP flows.
    pub udp_flows: u64,
    /// SCTP associations.
    pub associations: u64,
    /// TCP segments, copies included.
    pub segments: u64,
    /// UDP datagrams, copies included.
    pub datagrams: u64,
    /// SCTP packets, copies included.
    pub packets: u64,
    /// Segments that came before one with a lower sequence number.
    pub out_of_order: u64,
    /// Segments with octets that were there already, and messages, sent again.
    pub retransmitted: u64,
    /// Segments and datagrams that are copies of one captured just before.
    pub duplicates: u64,
    /// Holes in streams.
    pub gaps: u64,
    /// Octets in those holes.
    pub octets_lost: u64,
    /// Segments whose octets differ from those that were there already.
    pub conflicts: u64,
    /// Connections given up because there were too many.
    pub evicted: u64,
}
