//! LDAP (RFC 4511), as an MMSC asks a database of subscribers (MM6). What follows StartTLS is not seen.

mod connection;
mod pdu;

pub(in crate::session) use connection::{Connection, probe};
