//! SMTP (RFC 5321) as it carries mail between MMSCs, and between MMSCs and mail servers.
//!
//! Commands and replies are paired by their order, so that pipelining (RFC 2920) changes nothing. A mail whose header
//! shows that it cannot be of a message is skipped without being copied; another is handed on when its end was sent, with
//! its envelope. What follows STARTTLS is not read, nor are the credentials of AUTH kept.

mod command;
mod connection;
mod data;
mod dialogue;
mod interest;
mod line;
mod mail;
mod probe;
mod reply;
#[cfg(test)]
mod tests;
mod transaction;

pub(super) use connection::Connection;
pub(super) use probe::{probe, probe_inside};

/// What this protocol's state machine works with: what all share.
type Context<'a> = super::context::Context<'a, ()>;
