//! What is known of a TLS connection, for those who do not read it: who talks to whom, by which version, and whether it could
//! be read.

use std::sync::Arc;

use super::alert::Alert;
use super::suite::SuiteId;
use super::used::UsedSecrets;
use super::version::Version;
use crate::model::{Endpoint, Extent, FailedHandshake, FrameRef, NetworkId, TlsEnd};

/// Why a connection, or a direction of it, was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unread {
    /// No secret for it.
    NoKey,
    /// The capture begins inside.
    NoHandshake,
    /// One of the hellos is not there, or not whole.
    HelloMissing,
    /// Its cipher is not read.
    CipherNotRead,
    /// Its version is not read.
    VersionNotRead,
    /// Its records are compressed.
    Compressed,
    /// There are secrets, and they are not its own.
    KeyDoesNotFit,
}

impl Unread {
    /// The name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::NoHandshake => "no_handshake",
            Self::HelloMissing => "hello_missing",
            Self::CipherNotRead => "cipher_not_read",
            Self::VersionNotRead => "version_not_read",
            Self::Compressed => "compressed",
            Self::KeyDoesNotFit => "key_does_not_fit",
        }
    }
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All of it was read.
    Read,
    /// One direction was, or records were lost in holes.
    Partly,
    /// Nothing of it was read.
    Unread(Unread),
    /// The handshake was ended by an alert.
    Failed(Alert),
}

/// What both ends agreed on, as far as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agreement {
    /// The version.
    pub version: Option<Version>,
    /// The cipher suite.
    pub suite: Option<SuiteId>,
    /// The name of the server that the client asked for.
    pub name: Option<String>,
    /// The protocol inside.
    pub protocol: Option<String>,
}

/// A connection, told when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConnection {
    /// Where it was seen.
    pub network: NetworkId,
    /// Who began it.
    pub client: Endpoint,
    /// The other end.
    pub server: Endpoint,
    /// What both agreed on.
    pub agreement: Arc<Agreement>,
    /// Who the server's certificate is for.
    pub subject: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it was told while it went on that nobody can read it.
    pub hidden: bool,
    /// Who sent the alert that ended the handshake.
    pub failed_by_client: bool,
    /// The frame of that alert.
    pub failed_in: Option<FrameRef>,
    /// The frames of the client's hello, where it was seen.
    pub hello_in: Option<Extent>,
    /// Its first frame.
    pub first: FrameRef,
    /// Its last frame.
    pub last: FrameRef,
    /// The randoms of both ends, which one connection seen in two places shares.
    pub randoms: Option<[[u8; 32]; 2]>,
    /// The frame that completes the handshake, as far as it was seen.
    pub(crate) established: Option<FrameRef>,
    /// Whether a record can only be opened with all those before it: the keys changed, or each record needs the one before.
    pub(crate) needs_all: bool,
    /// The secrets that opened its records.
    pub(crate) secrets: UsedSecrets,
}

impl TlsConnection {
    /// The handshake, where an alert ended it.
    pub(crate) fn failed_handshake(&self) -> Option<FailedHandshake> {
        let Outcome::Failed(alert) = self.outcome else {
            return None;
        };
        let first = Extent {
            first: self.first,
            last: self.first,
        };
        Some(FailedHandshake {
            network: self.network,
            client: self.client,
            server: self.server,
            hello: self.hello_in.unwrap_or(first),
            alert: alert.0,
            by_client: self.failed_by_client,
            at: self.failed_in?,
        })
    }
}

/// What is known of something that came out of TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InTls<'a> {
    pub(crate) agreement: &'a Agreement,
    /// The frames of the record that octets came in.
    pub(crate) record: Option<Extent>,
    /// The close_notify by which a direction ends.
    pub(crate) notify: Option<TlsEnd>,
    /// Whether the other direction has begun a record that is not whole.
    pub(crate) other_has_begun: bool,
}
