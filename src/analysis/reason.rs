//! Reasons why there may be fewer messages, or fewer legs of them, than there were.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{FrameRef, SharedSort};

/// What hides messages. The names are part of the output; the order is that of reasons that explain equally much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Connections that are encrypted with TLS (RFC 8446).
    Tls,
    /// Connections of QUIC, which HTTP/3 uses (RFC 9000).
    Quic,
    /// Connections of HTTP/2 (RFC 9113).
    Http2,
    /// Datagrams of WTLS, the encryption of WAP 1 (WAP-261).
    Wtls,
    /// Packets of IPsec that are encrypted (RFC 4303).
    Esp,
    /// Frames that hold less than they had on the wire.
    SnapLength,
    /// Connections of which one direction was captured.
    OneDirection,
    /// Connections that had begun before the capture did, and in which nothing was recognised.
    MidConnection,
    /// Frames of link types that are not read.
    LinkType,
    /// Mail connections, none of which carries MMS.
    SmtpWithoutMms,
    /// SOAP requests that are no MM7.
    SoapWithoutMms,
    /// HTTP requests, none of which carries MMS.
    HttpWithoutMms,
}

impl ReasonKind {
    /// What it explains: everything of what it concerns, some of it, or nothing, as it was read and is no MMS.
    const fn weight(self) -> u8 {
        match self {
            Self::Tls
            | Self::Quic
            | Self::Http2
            | Self::Wtls
            | Self::Esp
            | Self::SnapLength
            | Self::OneDirection
            | Self::LinkType => 0,
            Self::MidConnection => 1,
            Self::SmtpWithoutMms | Self::SoapWithoutMms | Self::HttpWithoutMms => 2,
        }
    }
}

/// A reason, with how much speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What.
    pub kind: ReasonKind,
    /// How many connections, frames or requests.
    pub count: u64,
    /// Of how many.
    pub total: u64,
    /// Where it was seen first.
    pub first: Option<FrameRef>,
    /// Names of what it is about, the most frequent first: hosts, addresses, link types, media types.
    pub names: Vec<(String, u64)>,
    /// Ports of servers, the most frequent first.
    pub ports: Vec<u16>,
    /// Of cut frames, how many octets the longest of them has.
    pub octets: u32,
}

impl Reason {
    /// A reason that nothing more is known of.
    pub(super) const fn new(kind: ReasonKind, count: u64, total: u64, first: Option<FrameRef>) -> Self {
        Self {
            kind,
            count,
            total,
            first,
            names: Vec::new(),
            ports: Vec::new(),
            octets: 0,
        }
    }

    /// How much of what passed it concerns, in thousandths.
    pub fn share(&self) -> u64 {
        let share = self.count.saturating_mul(1000).checked_div(self.total);
        share.unwrap_or(1000).min(1000)
    }
}

/// The reasons in order: what may hide something before what does not, and what concerns much before what concerns little.
pub(super) fn ranked(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.retain(|reason| reason.count > 0);
    reasons.shared_sort_by_key(|reason| {
        let share = std::cmp::Reverse(reason.share());
        (reason.kind.weight(), share, reason.kind)
    });
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_much_comes_before_what_hides_little_and_what_hides_nothing_last() {
        let reasons = [
            (ReasonKind::HttpWithoutMms, 90, 100),
            (ReasonKind::MidConnection, 99, 100),
            (ReasonKind::Esp, 10, 100),
            (ReasonKind::SnapLength, 95, 100),
            (ReasonKind::Quic, 0, 100),
        ];
        let reasons = reasons.map(|(kind, count, total)| Reason::new(kind, count, total, None));
        let kinds: Vec<_> = ranked(reasons.to_vec())
            .iter()
            .map(|reason| reason.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                ReasonKind::SnapLength,
                ReasonKind::Esp,
                ReasonKind::MidConnection,
                ReasonKind::HttpWithoutMms
            ]
        );
    }
}
