//! What of a leg has a fixed size: what grouping looks at most.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use super::spot::Spot;
use crate::model::{Endpoint, FrameRef};
use crate::session::{Bearer, BodyEnd, ExchangeId};

/// What is looked at most of one step of a message or operation on one bearer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) exchange: ExchangeId,
    /// The frame it is first seen in.
    pub(super) first: Spot,
    /// Where in its text the answer, or the end without one, begins.
    pub(super) answer_at: u32,
    pub(super) ends: Ends,
    pub(super) bearer: Bearer,
    /// Whether the request was captured.
    pub(super) requested: bool,
    pub(super) request_end: BodyEnd,
    /// Whether a proxy or gateway says it passed it on.
    pub(super) relayed: bool,
    pub(super) asked: AskedKind,
    pub(super) fate: FateKind,
    pub(super) answered: AnsweredKind,
    /// Which of its PDUs is malformed; of two the request's.
    pub(super) malformed: Option<Part>,
}

/// Who asked and who was asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ends {
    V4 {
        client: SocketAddrV4,
        server: SocketAddrV4,
    },
    /// They stand at the beginning of the text.
    InText,
}

/// The two parts of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Request,
    Answer,
}

/// What kind of thing a request said; see [`Asked`](super::leg::Asked).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedKind {
    Unseen,
    Unread,
    Get,
    Send,
    Notification,
    Acknowledgement,
    DeliveryReport,
    ReadReport,
    Operation,
}

/// What kind of thing became of a request; see [`Fate`](super::leg::Fate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FateKind {
    Pending,
    NoneExpected,
    Answered,
    Ended,
}

/// What kind of thing an answer said; see [`Answered`](super::leg::Answered).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnsweredKind {
    Nothing,
    SendConf,
    Retrieved,
    Operation,
    Other,
}

/// Which step of a message's life a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum LegKind {
    Submission,
    Notification,
    Retrieval,
    Acknowledgement,
    DeliveryReport,
    ReadReport,
    Operation,
}

impl Head {
    /// The head of a leg of nothing.
    pub(super) const NOTHING: Self = Self {
        exchange: ExchangeId(0),
        first: Spot::ORIGIN,
        answer_at: 0,
        ends: Ends::V4 {
            client: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            server: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
        },
        bearer: Bearer::Http,
        requested: false,
        request_end: BodyEnd::Whole,
        relayed: false,
        asked: AskedKind::Unseen,
        fate: FateKind::Pending,
        answered: AnsweredKind::Nothing,
        malformed: None,
    };

    /// Which step it is; none while nothing in it is MMS.
    pub(super) fn kind(&self) -> Option<LegKind> {
        match (self.asked, self.answered) {
            (AskedKind::Send, _) => Some(LegKind::Submission),
            (AskedKind::Notification, _) => Some(LegKind::Notification),
            (AskedKind::Acknowledgement, _) => Some(LegKind::Acknowledgement),
            (AskedKind::DeliveryReport, _) => Some(LegKind::DeliveryReport),
            (AskedKind::ReadReport, _) => Some(LegKind::ReadReport),
            (AskedKind::Operation, _) => Some(LegKind::Operation),
            (AskedKind::Get, _) | (_, AnsweredKind::Retrieved) => Some(LegKind::Retrieval),
            (_, AnsweredKind::SendConf) => Some(LegKind::Submission),
            (_, AnsweredKind::Operation) => Some(LegKind::Operation),
            _ => None,
        }
    }

    /// The frame it is first seen in.
    pub(super) fn first(&self) -> FrameRef {
        self.first.into()
    }
}

impl Ends {
    pub(super) fn new(client: Endpoint, server: Endpoint) -> Self {
        match (client.address, server.address) {
            (IpAddr::V4(from), IpAddr::V4(to)) => Self::V4 {
                client: SocketAddrV4::new(from, client.port),
                server: SocketAddrV4::new(to, server.port),
            },
            _ => Self::InText,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_small() {
        assert!(size_of::<Head>() <= 56, "{}", size_of::<Head>());
    }
}
