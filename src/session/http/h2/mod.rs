//! HTTP/2 on the wire (RFC 9113): frames, streams, header compression. A stream is an exchange.

mod connection;
mod fields;
mod frame;
mod framer;
mod hpack;
mod probe;
mod search;
mod stream;
mod streams;

pub(super) use connection::Connection;
pub(crate) use hpack::Decoder as HeaderDecoder;
pub(in crate::session) use probe::{INSIDE_OCTETS, probe, probe_inside};
