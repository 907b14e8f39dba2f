//! What answers of the systems around an MMSC say beside their status.

use super::asked::{QuotedPacket, TunnelEnd};
use super::dns::DnsAnswer;
use crate::model::{Digest, PhoneAddresses};

/// What an answer says.
#[derive(Clone, Copy, Debug)]
pub enum Answered<'a> {
    /// No more than its status.
    Status,
    /// GTP-C.
    Gtp(&'a GtpAnswer),
    /// Diameter, Gx and Gy: the addresses of the session, where the answer has them.
    Session(PhoneAddresses),
    /// DNS: its records.
    Dns(DnsAnswer<'a>),
    /// STI.
    Transcoding(TranscodingAnswer<'a>),
    /// ICMP: the packet that could not be delivered.
    Unreachable(QuotedPacket),
}

/// The answer to a request of GTP-C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GtpAnswer {
    /// The TEID in the header, which the receiver (who asked) had chosen for its control plane.
    pub teid: u32,
    /// Where the sender wants to get the control messages of the session: names the session from now on.
    pub control: Option<TunnelEnd>,
    /// Where the sender wants to get the packets of the phone: the first bearer's.
    pub user: Option<TunnelEnd>,
    /// The addresses that the phone is given.
    pub addresses: PhoneAddresses,
}

/// A TranscodingResponse (OMA-TS-STI).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranscodingAnswer<'a> {
    /// originatorID; empty where the answer has none.
    pub originator: &'a str,
    /// operationID; empty where the answer has none.
    pub operation: &'a str,
    /// The SHA-256 of each attachment.
    pub media: &'a [Digest],
}
