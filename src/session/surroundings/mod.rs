//! The systems around an MMSC: who a phone is, whether a message is paid for, where it goes, whether its pictures fit. Each
//! request and its answer are one *transaction*, told as [`TransactionEvent`]s.
//!
//! What is told is what a protocol's own octets show to concern MMS or a subscriber's session; whether it concerns a message
//! that the capture holds is for correlation to find out.
//!
//! # Adding a protocol
//!
//! 1. A folder here with a `probe` over first octets, a reader of the wire form, and a state machine over
//!    [`crate::flow::StreamEvent`]s, hooked into `dispatch.rs` as a bearer is. A protocol that a bearer's own reader passes (a
//!    document in HTTP, an operation of MAP) is told by that reader.
//! 2. Its operations and statuses are in `model/transaction`; what its requests and answers say are values in `asked.rs` and
//!    `answered.rs`, borrowed from the capture.
//! 3. Its state machine calls `context.asks(…)` for a request and `context.answers(…)` for an answer (`tell.rs`). Both look
//!    for what was sent again, pair by the protocol's own number on the connection (`pairing.rs`, state that all connections
//!    share), and tell. A protocol whose carrier pairs (MAP) takes an id from
//!    `Transactions::ask_by_carrier`, calls `tell_request` and `tell_answer` with it, and settles it. Of a stream, a gap calls `misses_answers`.
//! 4. That no answer came in time is found by [`Transactions`], for all protocols; whether one would have been captured, by
//!    correlation, which knows of covered time.

mod answered;
mod asked;
pub(in crate::session) mod diameter;
pub(in crate::session) mod dns;
mod event;
mod framing;
pub(in crate::session) mod gtpc;
pub(in crate::session) mod ldap;
mod pairing;
mod prefix;
pub(in crate::session) mod radius;
mod recent;
pub(in crate::session) mod sti;
pub(in crate::session) mod tell;
pub(in crate::session) mod transport;
mod waiting;

pub use answered::{Answered, GtpAnswer, TranscodingAnswer};
pub use asked::{
    Asked, Charging, DiameterSession, DirectoryRequest, GtpRequest, QuotedPacket, RadiusReport,
    TranscodingRequest, TunnelEnd,
};
pub use diameter::{ChargedAddress, ChargedMessage, MessageProcess, MessageType};
pub use dns::{DnsAnswer, DnsQuestion, DnsRecord};
pub use event::{
    NoAnswer, SeenBy, TransactionAnswer, TransactionEvent, TransactionId, TransactionRequest,
    TransactionSubject,
};
pub(in crate::session) use pairing::{Content, Identifier, Pair, Question, Transactions};
use tell::Sighting;
