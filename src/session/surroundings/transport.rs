//! Trouble of the transport: connections that were refused or that nobody answered, and packets that could not be delivered.
//! Whom it concerns is for correlation to find out.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;

use super::{
    Answered, Asked, NoAnswer, QuotedPacket, SeenBy, TransactionAnswer, TransactionEvent, TransactionId,
    TransactionRequest, TransactionSubject,
};
use crate::flow::{ConnectionInfo, FailedConnect, InVain, TransportKind};
use crate::model::{
    AnomalyKind, AnomalyLog, Direction, Endpoint, Extent, FailedHandshake, FrameRef, Nanoseconds, NetworkId,
    Networks, RandomState, System, Timestamp, TransactionOperation, TransactionStatus, Undeliverable,
};
use crate::session::{SessionEvent, Sink};

/// Servers of which it is remembered that packets of theirs were captured. Where there are more, what is told is less.
const SERVERS: usize = 64 * 1024;

/// Messages of ICMP that are remembered, so that copies of a mirror port are known.
const MESSAGES: usize = 256;

/// How much later a copy may be captured.
const COPY: Nanoseconds = Timestamp::SECOND;

const CONNECT: TransactionSubject = TransactionSubject {
    system: System::Transport,
    operation: TransactionOperation::Connect,
};

const ALERT: TransactionSubject = TransactionSubject {
    system: System::Transport,
    operation: TransactionOperation::Alert,
};

const UNREACHABLE: TransactionSubject = TransactionSubject {
    system: System::Transport,
    operation: TransactionOperation::Unreachable,
};

/// What is kept of trouble until it is told.
#[derive(Debug, Default)]
pub(in crate::session) struct Transport {
    hasher: RandomState,
    /// Servers whose packets were captured, and by whom.
    servers: HashMap<u64, SeenBy, RandomState>,
    /// Connections that nobody answered, where nothing shows yet that an answer would have been captured.
    unproven: VecDeque<(u64, FailedConnect)>,
    /// Messages of ICMP: a digest of each, and when it came.
    recent: VecDeque<(u64, Timestamp)>,
}

/// What trouble is told with.
pub(in crate::session) struct Tools<'a> {
    pub(in crate::session) networks: &'a Networks,
    pub(in crate::session) anomalies: &'a mut AnomalyLog,
    /// How long an answer may take.
    pub(in crate::session) response_timeout: Nanoseconds,
    /// Connections that are kept in [`Transport::unproven`].
    pub(in crate::session) limit: usize,
    /// Where transactions get their ids.
    pub(in crate::session) issue: &'a mut dyn FnMut(FrameRef) -> TransactionId,
    pub(in crate::session) sink: Sink<'a>,
}

impl Transport {
    /// A connection is at work whose responder may have been seen.
    pub(in crate::session) fn see(&mut self, connection: &ConnectionInfo, networks: &Networks) {
        let Some(by) = connection.seen_by(Direction::FromResponder) else {
            return;
        };
        if connection.transport == TransportKind::Tcp {
            let server = connection.sender(Direction::FromResponder).endpoint;
            let server = self.server(connection.network, server, networks);
            if let Some(known) = self.servers.get_mut(&server) {
                known.note(by);
            } else if self.servers.len() < SERVERS {
                self.servers.insert(server, SeenBy::only(Some(by)));
            }
        }
    }

    fn server(&self, network: NetworkId, server: Endpoint, networks: &Networks) -> u64 {
        let host = networks.host(network, server.address);
        self.hasher.hash_one((host, server.port))
    }

    /// A connection was asked for in vain. That nobody answered is told where the capture went on for longer than an answer
    /// may take, and holds other packets of that server.
    pub(in crate::session) fn failed(
        &mut self,
        connect: &FailedConnect,
        now: FrameRef,
        tools: &mut Tools<'_>,
    ) {
        let server = self.server(connect.network, connect.destination, tools.networks);
        match connect.end {
            InVain::Refused => tell_connect(connect, Ended::Refused, connect.last, tools),
            InVain::NoAnswer if !is_overdue(connect, now, tools) => {}
            InVain::NoAnswer => match self.servers.get(&server) {
                Some(seen_by) => tell_connect(connect, Ended::NoAnswer(*seen_by), now, tools),
                None => self.keep(server, connect, tools),
            },
        }
    }

    fn keep(&mut self, server: u64, connect: &FailedConnect, tools: &mut Tools<'_>) {
        self.unproven.push_back((server, *connect));
        if self.unproven.len() > tools.limit {
            self.unproven.pop_front();
            let limit = tools.limit;
            tools
                .anomalies
                .note(AnomalyKind::LimitReached, Some(connect.last), || {
                    format!("more than {limit} connections to servers of which nothing was captured; the oldest was given up")
                });
        }
    }

    /// The input ended: tells what was proven since it was kept.
    pub(in crate::session) fn finish(&mut self, last: FrameRef, tools: &mut Tools<'_>) {
        for (server, connect) in std::mem::take(&mut self.unproven) {
            if let Some(seen_by) = self.servers.get(&server) {
                tell_connect(&connect, Ended::NoAnswer(*seen_by), last, tools);
            }
        }
    }

    /// A packet could not be delivered.
    pub(in crate::session) fn undeliverable(&mut self, message: &Undeliverable, tools: &mut Tools<'_>) {
        if self.is_copy(message) {
            return;
        }
        let packet = message.packet;
        let answer = TransactionAnswer {
            transaction: (tools.issue)(message.at),
            subject: Some(UNREACHABLE),
            network: message.network,
            source: Endpoint::new(message.source, 0),
            destination: Endpoint::new(message.destination, 0),
            extent: in_frame(message.at),
            status: TransactionStatus::Icmp(message.reason),
            answered: Answered::Unreachable(QuotedPacket {
                protocol: packet.protocol,
                source: packet.source,
                destination: packet.destination,
            }),
        };
        (tools.sink)(SessionEvent::Transaction(TransactionEvent::Answer(&answer)));
    }

    /// Whether the same message was captured before, a moment ago; from now on it is known.
    fn is_copy(&mut self, message: &Undeliverable) -> bool {
        let Undeliverable {
            source,
            destination,
            reason,
            packet,
            identifications,
            ..
        } = message;
        let digest = self
            .hasher
            .hash_one((source, destination, reason, packet, identifications));
        let time = message.at.time;
        let is_near = |other: Timestamp| (-COPY..=COPY).contains(&time.since(other));
        if self
            .recent
            .iter()
            .any(|(known, other)| *known == digest && is_near(*other))
        {
            return true;
        }
        if self.recent.len() == MESSAGES {
            self.recent.pop_front();
        }
        self.recent.push_back((digest, time));
        false
    }
}

/// Tells the alert that ended a handshake of TLS: the answer to the client's hello, whoever sent it.
pub(in crate::session) fn tell_alert(handshake: &FailedHandshake, tools: &mut Tools<'_>) {
    let transaction = (tools.issue)(handshake.hello.last);
    let [source, destination] = match handshake.by_client {
        true => [handshake.client, handshake.server],
        false => [handshake.server, handshake.client],
    };
    let request = TransactionRequest {
        transaction,
        subject: ALERT,
        network: handshake.network,
        source: handshake.client,
        destination: handshake.server,
        extent: handshake.hello,
        asked: Asked::Connection,
    };
    let answer = TransactionAnswer {
        transaction,
        subject: Some(ALERT),
        network: handshake.network,
        source,
        destination,
        extent: in_frame(handshake.at),
        status: TransactionStatus::TlsAlert(handshake.alert),
        answered: Answered::Status,
    };
    (tools.sink)(SessionEvent::Transaction(TransactionEvent::Request(&request)));
    (tools.sink)(SessionEvent::Transaction(TransactionEvent::Answer(&answer)));
}

const fn in_frame(at: FrameRef) -> Extent {
    Extent { first: at, last: at }
}

fn is_overdue(connect: &FailedConnect, now: FrameRef, tools: &Tools<'_>) -> bool {
    now.time.since(connect.asked.time) > tools.response_timeout
}

/// How a connection failed.
#[derive(Clone, Copy)]
enum Ended {
    Refused,
    /// Nobody answered; other packets of the server were captured by these.
    NoAnswer(SeenBy),
}

/// Tells a connection that failed, as is known since frame `at`.
fn tell_connect(connect: &FailedConnect, ended: Ended, at: FrameRef, tools: &mut Tools<'_>) {
    let transaction = (tools.issue)(connect.asked);
    let request = TransactionRequest {
        transaction,
        subject: CONNECT,
        network: connect.network,
        source: connect.source,
        destination: connect.destination,
        extent: in_frame(connect.asked),
        asked: Asked::Connection,
    };
    (tools.sink)(SessionEvent::Transaction(TransactionEvent::Request(&request)));
    if let Ended::NoAnswer(answers_seen_by) = ended {
        let event = NoAnswer {
            transaction,
            subject: CONNECT,
            asked: connect.asked.time,
            answers_seen_by,
            at,
        };
        return (tools.sink)(SessionEvent::Transaction(TransactionEvent::NoAnswer(event)));
    }
    let answer = TransactionAnswer {
        transaction,
        subject: Some(CONNECT),
        network: connect.network,
        source: connect.destination,
        destination: connect.source,
        extent: in_frame(at),
        status: TransactionStatus::Refused,
        answered: Answered::Status,
    };
    (tools.sink)(SessionEvent::Transaction(TransactionEvent::Answer(&answer)));
}
