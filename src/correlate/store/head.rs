//! What of a leg has a fixed size: what grouping looks at most.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use crate::correlate::store::frame::CompactFrame;
use crate::model::{Endpoint, FrameRef};
use crate::session::{Bearer, BodyEnd, ExchangeId};

/// What is looked at most of one step of a message or operation on one bearer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) exchange: ExchangeId,
    /// The frame it is first seen in.
    pub(crate) first: CompactFrame,
    /// Where in its text the answer, or the end without one, begins.
    pub(crate) answer_at: u32,
    pub(crate) ends: Ends,
    pub(crate) bearer: Bearer,
    /// Whether the request was captured.
    pub(crate) requested: bool,
    pub(crate) request_end: BodyEnd,
    /// Whether a proxy or gateway says it passed it on.
    pub(crate) relayed: bool,
    pub(crate) asked: RequestKind,
    pub(crate) fate: CompletionKind,
    pub(crate) answered: ResponseKind,
    /// Which of its PDUs is malformed; of two the request's.
    pub(crate) malformed: Option<Part>,
}

/// Who asked and who was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    V4 {
        client: SocketAddrV4,
        server: SocketAddrV4,
    },
    /// They stand at the beginning of the text.
    InText,
}

/// The two parts of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Request,
    Answer,
}

/// What kind of thing a request said; see [`RequestFacts`](crate::correlate::store::leg::RequestFacts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
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

/// What kind of thing became of a request; see [`Completion`](crate::correlate::store::leg::Completion).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompletionKind {
    Pending,
    NoneExpected,
    ResponseFacts,
    Ended,
}

/// What kind of thing an answer said; see [`ResponseFacts`](crate::correlate::store::leg::ResponseFacts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseKind {
    Nothing,
    SendConf,
    Retrieved,
    Operation,
    Other,
}

/// Which step of a message's life a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LegKind {
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
    pub(crate) const NOTHING: Self = Self {
        exchange: ExchangeId(0),
        first: CompactFrame::ORIGIN,
        answer_at: 0,
        ends: Ends::V4 {
            client: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            server: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
        },
        bearer: Bearer::Http,
        requested: false,
        request_end: BodyEnd::Whole,
        relayed: false,
        asked: RequestKind::Unseen,
        fate: CompletionKind::Pending,
        answered: ResponseKind::Nothing,
        malformed: None,
    };

    /// Which step it is; none while nothing in it is MMS.
    pub(crate) fn kind(&self) -> Option<LegKind> {
        match (self.asked, self.answered) {
            (RequestKind::Send, _) => Some(LegKind::Submission),
            (RequestKind::Notification, _) => Some(LegKind::Notification),
            (RequestKind::Acknowledgement, _) => Some(LegKind::Acknowledgement),
            (RequestKind::DeliveryReport, _) => Some(LegKind::DeliveryReport),
            (RequestKind::ReadReport, _) => Some(LegKind::ReadReport),
            (RequestKind::Operation, _) => Some(LegKind::Operation),
            (RequestKind::Get, _) | (_, ResponseKind::Retrieved) => Some(LegKind::Retrieval),
            (_, ResponseKind::SendConf) => Some(LegKind::Submission),
            (_, ResponseKind::Operation) => Some(LegKind::Operation),
            _ => None,
        }
    }

    /// The frame it is first seen in.
    pub(crate) fn first(&self) -> FrameRef {
        self.first.into()
    }
}

impl Ends {
    pub(crate) fn new(client: Endpoint, server: Endpoint) -> Self {
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
