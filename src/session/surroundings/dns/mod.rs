//! DNS (RFC 1035) over UDP and TCP, with what ENUM (RFC 6116) asks of it.
//!
//! It is read by hand: in a capture of a core most datagrams are DNS that concerns no message, and a parser that takes every
//! record apart costs as much as all the rest that is done with a packet. What is read agrees with `simple-dns`, which the
//! tests ask.

mod connection;
mod dialogue;
mod message;
mod name;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the tests compare more with simple-dns than is told")
)]
mod record;
#[cfg(test)]
mod samples;
mod values;

pub(in crate::session) use connection::{Connection, on_datagram, probe, probe_datagram};
pub use values::{DnsAnswer, DnsQuestion, DnsRecord};
