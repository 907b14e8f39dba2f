//! What sessions may hold.

use crate::model::{Nanoseconds, Timestamp};

/// Octets that connections may keep in all until something is whole: beginnings of heads and messages, requests that
/// wait for their answers. Bodies have a budget of their own. An ordinary connection takes some kilobytes, what the flow
/// table has of it included, so this is enough for fifty thousand requests under way at a time.
const UNFINISHED_OCTETS: usize = 128 * 1024 * 1024;
/// Octets of unfinished bodies held over all connections: eight of the largest bodies at once, or some thousand
/// ordinary ones.
const BODIES_OCTETS: usize = 256 * 1024 * 1024;
/// Octets of one body that are kept. The largest MMS class is 5 MB or, with some operators, 20 MB.
const BODY_OCTETS: usize = 32 * 1024 * 1024;
/// How many times its size a body may decode to, beyond the octets that are free. Coded text reaches 20; MMS, mostly images,
/// hardly 2. DEFLATE's own bound is 1032.
const EXPANSION: usize = 200;
/// Octets of a head; one that is longer is not read: servers accept 8 to 64 KiB.
const HEAD_OCTETS: usize = 64 * 1024;
/// Requests of one connection that wait for their answers. Clients pipeline a handful; more are kept only where the
/// answers are not being captured.
const REQUESTS: usize = 64;
/// The longest message put together, in octets. Basic SAR has at most 256 packets, which in the field are no
/// longer than an Ethernet frame; extended SAR may go on, and is cut here.
const WTP_MESSAGE_OCTETS: usize = 4 * 1024 * 1024;
/// Transactions kept per connection, those that are over included, so that packets sent again are known. A phone
/// has a handful at a time.
const WTP_TRANSACTIONS: usize = 256;
/// Streams that are open on one HTTP/2 connection. Servers allow 100 to 250 at a time.
const HTTP2_STREAMS: usize = 1024;
/// Octets of the field table of one end of an HTTP/2 connection. The usual size is 4 KiB, and proxies ask for 64 KiB at most.
const HTTP2_TABLE_OCTETS: usize = 64 * 1024;
/// Requests that wait for their answer, per connection. Windows in the field are some hundred at most.
const SMPP_REQUESTS: usize = 8_192;
/// Transactions with the systems around an MMSC that are kept until their answer must have come, about 40 MB: a minute of
/// four thousand of them a second.
const TRANSACTIONS: usize = 256 * 1024;
/// Octets of one message of Diameter; a longer one is passed over. Those of charging have some kilobytes.
const DIAMETER_OCTETS: usize = 256 * 1024;
/// Connections that nobody answered which are kept until packets of their servers show that an answer would have been
/// captured: some hundred kilobytes.
const CONNECTS: usize = 4096;
/// How long an answer may take: as correlation judges it of the exchanges of MMS.
const RESPONSE_TIMEOUT: Nanoseconds = 60 * Timestamp::SECOND;

/// Bounds of the session layer, in octets and numbers. What one of them cuts is noted as
/// [`crate::model::AnomalyKind::LimitReached`], unless its own documentation says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets that connections may keep in all until something is whole, bodies aside.
    pub unfinished_octets: usize,
    /// Octets of unfinished bodies over all connections.
    pub bodies_octets: usize,
    /// Octets of one HTTP body, as it came and with its codings undone.
    pub body_octets: usize,
    /// How many times its size an HTTP body may decode to.
    pub expansion: usize,
    /// Octets of one HTTP head; a longer one is malformed. In HTTP/2, of its fields and of the frames that carry them.
    pub head_octets: usize,
    /// HTTP requests of one connection that wait for their answers.
    pub requests: usize,
    /// Open streams of one HTTP/2 connection.
    pub http2_streams: usize,
    /// Octets of the field table of one end of an HTTP/2 connection; entries beyond are unknown.
    pub http2_table_octets: usize,
    /// Octets of one WTP message.
    pub wtp_message_octets: usize,
    /// WTP transactions between two endpoints.
    pub wtp_transactions: usize,
    /// SMPP requests of one connection that wait for their answers.
    pub smpp_requests: usize,
    /// Transactions with the systems around an MMSC that wait for an answer, over all connections.
    pub transactions: usize,
    /// Octets of one message of Diameter.
    pub diameter_octets: usize,
    /// Connections that nobody answered, of whose servers nothing was captured.
    pub connects: usize,
    /// How long the answer of such a system may take before it counts as missing.
    pub response_timeout: Nanoseconds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unfinished_octets: UNFINISHED_OCTETS,
            bodies_octets: BODIES_OCTETS,
            body_octets: BODY_OCTETS,
            expansion: EXPANSION,
            head_octets: HEAD_OCTETS,
            requests: REQUESTS,
            http2_streams: HTTP2_STREAMS,
            http2_table_octets: HTTP2_TABLE_OCTETS,
            wtp_message_octets: WTP_MESSAGE_OCTETS,
            wtp_transactions: WTP_TRANSACTIONS,
            smpp_requests: SMPP_REQUESTS,
            transactions: TRANSACTIONS,
            diameter_octets: DIAMETER_OCTETS,
            connects: CONNECTS,
            response_timeout: RESPONSE_TIMEOUT,
        }
    }
}
