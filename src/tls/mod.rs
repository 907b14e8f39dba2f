//! TLS between connections and sessions: with the secrets that the user has, the octets inside take the place of the records.
//!
//! Sessions see octets, gaps and ends as from TCP and never a key. Primitives are those of RustCrypto; the key schedule and what
//! somebody who only listens has to follow are here.

mod alert;
mod certificate;
mod connection;
mod facts;
mod framer;
mod handshake;
mod hello;
mod inventory;
mod keylog;
mod layer;
mod limits;
mod named;
mod private_key;
mod protection;
mod quic;
mod reading;
mod record;
mod schedule;
mod secret;
mod sources;
mod store;
mod suite;
#[cfg(test)]
mod tests;
mod used;
mod version;

pub use alert::Alert;
pub(crate) use facts::InTls;
pub use facts::{Agreement, Outcome, TlsConnection, Unread};
pub use inventory::{TlsCounts, TlsInventory, TlsServer};
pub(crate) use layer::{Inside, LateKeys, Layered, Next, Tls, Upper};
pub use limits::Limits;
pub use private_key::PrivateKeyError;
pub use sources::{BadLines, KeyError, KeySources};
pub use suite::SuiteId;
pub use used::UsedSecrets;
pub use version::Version;
