//! GTP-C, version 1 (TS 29.060) and version 2 (TS 29.274): the sessions that gateways set up for phones.
//!
//! Read by hand: no kept crate reads it, and of each version a dozen elements matter.

mod connection;
mod elements;
#[cfg(test)]
mod tests;
mod v1;
mod v2;

pub(in crate::session) use connection::{on_event, probe};
