//! Trouble below the protocols that carry messages: packets that could not be delivered, handshakes that failed.

use std::net::IpAddr;

use super::{Endpoint, Extent, FrameRef, NetworkId, Unreachable};

/// A packet could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Undeliverable {
    /// The frame of the message.
    pub at: FrameRef,
    /// Where it was seen.
    pub network: NetworkId,
    /// Who says so.
    pub source: IpAddr,
    /// Whom it tells: mostly the sender of the packet.
    pub destination: IpAddr,
    /// Why.
    pub reason: Unreachable,
    /// The packet.
    pub packet: Quoted,
    /// The IP identifications of the message and of the packet, where they have one: they tell a copy from another one.
    pub identifications: [Option<u32>; 2],
}

/// The packet that a message quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quoted {
    /// Its protocol: TCP, UDP or SCTP.
    pub protocol: u8,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it should have gone.
    pub destination: Endpoint,
}

/// A handshake of TLS that an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedHandshake {
    /// Where it was seen.
    pub network: NetworkId,
    /// Who began it.
    pub client: Endpoint,
    /// The other end.
    pub server: Endpoint,
    /// The frames of the client's hello, or the first of the connection.
    pub hello: Extent,
    /// The alert's description.
    pub alert: u8,
    /// Whether the client sent it.
    pub by_client: bool,
    /// Its frame.
    pub at: FrameRef,
}
