//! HTTP/1 on the wire (RFC 9112): where heads and bodies begin and end, and which answer belongs to which request on a
//! connection that is used again or pipelined.

mod connection;
mod framed_head;
mod framing;
mod head;
mod inbound;
mod lenient;
mod messages;
mod probe;
mod start_line;
mod strict;

pub(super) use connection::Connection;
pub(crate) use messages::{Asked, KeptContent, MessageSink, Messages, WholeMessage};
pub(in crate::session) use probe::probe;
