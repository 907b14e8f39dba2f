//! RADIUS (RFC 2865, RFC 2866): whose sessions a gateway has, and with which addresses.

mod connection;
mod packet;
#[cfg(test)]
mod tests;

pub(in crate::session) use connection::on_event;
pub(in crate::session) use packet::probe;
