//! From streams and datagrams to carriers: who carried which body to whom, and what was answered.
//!
//! Each protocol has a file with a probe over first octets and a state machine over [`crate::flow::StreamEvent`]s.
//! A body is handed out with its content type; what it means is none of this module's business.

mod carrier;
mod context;
mod dispatch;
mod fingerprint;
mod foreign;
#[cfg(test)]
mod from_tls_tests;
pub(crate) mod http;
mod limits;
#[cfg(test)]
mod limits_tests;
mod named_fields;
mod probe;
pub(crate) mod recognise;
#[cfg(test)]
mod recorder;
pub mod sip;
pub mod smpp;
pub mod sms;
mod smtp;
pub mod ss7;
pub mod surroundings;
mod unanswered;
pub mod wsp;
pub mod wtp;

pub(in crate::session) use carrier::bounded;
pub use carrier::{
    AnswerVisibility, Bearer, Body, BodyEnd, CarrierEvent, Eaif, EndReason, ExchangeEnd, ExchangeId,
    Identity, Method, Receipt, Request, Response, SessionEvent, Sink, SmsTransfer, Subscriber, TlsAround,
};
pub use context::FromTls;
pub use dispatch::{ConnectionState, Sessions};
pub use limits::Limits;
pub use named_fields::tell_fields;
pub use surroundings::TransactionEvent;
