//! The layers of messages: in datagrams, and over streams.

mod bounded;
pub(super) mod datagram;
mod dns;
mod http;
mod imf;
mod lines;
mod mms;
mod parts;
pub(super) mod places;
mod radius;
mod segments;
pub(super) mod shared;
mod sip;
mod smpp;
mod sms;
mod smtp;
pub(super) mod stream;
mod tpdu;
mod wsp;
mod wtp;
