//! One HTTP connection: what each end sends, and which answer belongs to which request.

use std::collections::VecDeque;

use super::framed_head::FramedHead;
use super::framing::{Framing, Skip, Step};
use super::inbound::{Asked, Incoming, Phase};
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef};
use crate::session::http::Context;
use crate::session::http::semantics::{
    Content, Exchange, Finished, Message, Method, Output, RequestProgress, Start, cut, response_alone,
    visibility,
};
use crate::session::probe::{Probe, UNRECOGNISED_OCTETS};
use crate::session::unanswered::{FirstFinish, end_reason, finished_body};
use crate::session::{BodyEnd, EndReason};

/// One HTTP connection.
#[derive(Debug, Default)]
pub(in crate::session::http) struct Connection {
    inbound: [Phase; 2],
    /// Which direction carries requests, once a head told.
    client: Option<Direction>,
    outstanding: VecDeque<Exchange>,
    /// Whether octets in which an answer may have begun were lost since the last answer.
    answers_lost: bool,
    /// Whether octets in which a request may have begun were lost since the last request.
    requests_lost: bool,
    /// Who finished first.
    finished_first: Option<FirstFinish>,
    /// Octets in a row that are no HTTP.
    unrecognised: u64,
    /// Whether the connection went over to another protocol, or is not HTTP after all.
    over: bool,
    /// Whether it is a tunnel now to where CONNECT said (RFC 9110 section 9.3.6).
    tunnel: bool,
    /// Whether something passed on it that may concern a message.
    concerned: bool,
    /// The exchange whose answer comes in HTTP/2, to which the connection goes over.
    upgraded: Option<Exchange>,
}

/// A connection that goes over to HTTP/2.
#[derive(Debug)]
pub(in crate::session::http) struct Upgrade<'a> {
    /// The exchange that the answer in HTTP/2 belongs to.
    pub(in crate::session::http) exchange: Exchange,
    /// Which direction carries requests.
    pub(in crate::session::http) client: Direction,
    /// What follows the head that says so, of the other direction.
    pub(in crate::session::http) rest: &'a [u8],
}

impl Connection {
    /// Whether it is one of ours, as far as can be told: something that passed on it may concern a message, or what it
    /// is for is not known yet.
    pub(in crate::session::http) fn is_ours(&self) -> bool {
        self.concerned || self.client.is_none() || !self.outstanding.is_empty()
    }

    /// Whether there is still something to parse.
    pub(in crate::session::http) fn wants_data(&self) -> bool {
        !self.over
    }

    /// Whether what follows is a connection of its own.
    pub(in crate::session) const fn is_tunnel(&self) -> bool {
        self.tunnel
    }

    /// Octets kept of heads, by themselves or with requests that wait.
    pub(in crate::session::http) fn held_octets(&self) -> usize {
        let phases = self.inbound.iter().map(Phase::held_octets);
        let waiting = self.outstanding.iter().map(Exchange::held_octets);
        phases.chain(waiting).fold(0, usize::saturating_add)
    }

    /// Octets kept of bodies.
    pub(in crate::session::http) fn body_octets(&self) -> usize {
        let phases = self.inbound.iter().map(Phase::body_octets);
        let waiting = self.outstanding.iter().map(Exchange::body_octets);
        phases.chain(waiting).fold(0, usize::saturating_add)
    }

    /// Takes one event of the connection; what comes of it, if it is HTTP/2 from then on.
    pub(in crate::session::http) fn on_event<'a>(
        &mut self,
        context: &mut Context<'_>,
        event: StreamEvent<'a>,
    ) -> Option<Upgrade<'a>> {
        let mut rest: &'a [u8] = &[];
        let out = &mut Output {
            context,
            stream: None,
            concerned: false,
        };
        match event {
            StreamEvent::Data { direction, bytes, at } => rest = self.take_data(direction, bytes, at, out),
            StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                ..
            } => {
                let end = if acknowledged {
                    BodyEnd::Hole
                } else {
                    BodyEnd::NotCaptured
                };
                self.take_gap(direction, length, end, out);
            }
            StreamEvent::Finished { direction, at } => self.take_finish(direction, at, out),
            StreamEvent::Closed { reason, at } => self.close(reason, at, out),
            StreamEvent::Datagram { .. } => {}
        }
        self.concerned |= out.concerned;
        let exchange = self.upgraded.take()?;
        Some(Upgrade {
            exchange,
            client: self.client?,
            rest,
        })
    }

    fn phase(&mut self, direction: Direction) -> &mut Phase {
        let [initiator, responder] = &mut self.inbound;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    /// Takes octets; those that are no longer HTTP/1 are given back.
    fn take_data<'a>(
        &mut self,
        direction: Direction,
        octets: &'a [u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) -> &'a [u8] {
        if let Phase::Lost = self.phase(direction) {
            if super::probe(octets) == Probe::NotOurs {
                self.pass_unrecognised(octets);
                return &[];
            }
            *self.phase(direction) = Phase::default();
        }
        let mut rest = octets;
        while !rest.is_empty() && !self.over {
            rest = match self.phase(direction) {
                Phase::Head(_) => self.take_head(direction, rest, at, out),
                Phase::Body(_) => self.take_body(direction, rest, at, out),
                Phase::Lost => {
                    self.pass_unrecognised(rest);
                    return &[];
                }
            };
        }
        rest
    }

    /// Octets between messages whose place is not known; too many, and the connection is given up.
    fn pass_unrecognised(&mut self, octets: &[u8]) {
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        self.unrecognised = self.unrecognised.saturating_add(length);
        if self.unrecognised > UNRECOGNISED_OCTETS && self.outstanding.is_empty() {
            self.over = true;
        }
    }

    /// Takes octets of a head; returns what follows it.
    fn take_head<'a>(
        &mut self,
        direction: Direction,
        octets: &'a [u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) -> &'a [u8] {
        let Phase::Head(gathered) = self.phase(direction) else {
            return octets;
        };
        match gathered.take(octets, out.context.extent(at), out.context.limits.head_octets) {
            Ok(None) => &[],
            Err(what) => self.lose(direction, at, what, out),
            Ok(Some(heard)) => {
                *self.phase(direction) = Phase::default();
                self.begin(direction, heard.head, heard.extent, None, out);
                heard.rest
            }
        }
    }

    /// What comes next cannot be told from what was.
    fn lose(
        &mut self,
        direction: Direction,
        at: FrameRef,
        what: &str,
        out: &mut Output<'_, '_>,
    ) -> &'static [u8] {
        out.context
            .anomalies
            .note(AnomalyKind::HttpMalformed, Some(at), || what.to_owned());
        self.lose_place(direction);
        &[]
    }

    /// Where the next message of a direction begins is not known, nor whether one has begun.
    fn lose_place(&mut self, direction: Direction) {
        *self.phase(direction) = Phase::Lost;
        // Before the first head either end may be the one that asks.
        if self.client != Some(direction) {
            self.answers_lost = true;
        }
        if self.client.is_none_or(|client| client == direction) {
            self.requests_lost = true;
            if let Phase::Body(answer) = self.phase(direction.reversed())
                && answer.asked == Asked::Unseen
            {
                answer.asked = Asked::Lost;
            }
        }
    }

    /// The rest of a head will not come, nor what follows it, as far as it can be told. What there is of it may
    /// still say what was asked or how it was answered.
    fn cut_head(&mut self, direction: Direction, end: BodyEnd, out: &mut Output<'_, '_>) {
        if let Phase::Head(gathered) = self.phase(direction)
            && let Some((head, extent)) = gathered.cut()
        {
            *self.phase(direction) = Phase::Lost;
            self.begin(direction, head, extent, Some(end), out);
        }
    }

    /// A head was read: a message begins. Where `cut` is given its body cannot be followed.
    fn begin(
        &mut self,
        direction: Direction,
        framed: FramedHead,
        extent: Extent,
        cut: Option<BodyEnd>,
        out: &mut Output<'_, '_>,
    ) {
        if framed.head.contradictory {
            let detail = || "Content-Length is no number or contradicts itself".to_owned();
            out.context
                .anomalies
                .note(AnomalyKind::HttpMalformed, Some(extent.last), detail);
        }
        let is_request = matches!(framed.head.start, Start::Request(_));
        let client = if is_request {
            direction
        } else {
            direction.reversed()
        };
        if self.client.is_none() && !out.context.connection.opening_seen {
            self.requests_lost = true;
        }
        if *self.client.get_or_insert(client) != client {
            self.lose(
                direction,
                extent.last,
                "a request from the answering end, or the reverse",
                out,
            );
            return;
        }
        self.unrecognised = 0;
        if is_request {
            self.begin_request(direction, framed, extent, cut, out);
        } else {
            self.begin_response(direction, framed, extent, cut, out);
        }
        if cut.is_some() {
            *self.phase(direction) = Phase::Lost;
        }
    }

    fn begin_request(
        &mut self,
        direction: Direction,
        framed: FramedHead,
        extent: Extent,
        cut: Option<BodyEnd>,
        out: &mut Output<'_, '_>,
    ) {
        if self.outstanding.len() >= out.context.limits.requests
            && let Some(oldest) = self.outstanding.pop_front()
        {
            let answer = visibility(direction, self.answers_lost, out.context);
            oldest.ended(direction, extent.first, EndReason::GivenUp, answer, out);
            let limit = out.context.limits.requests;
            let detail = || format!("more than {limit} requests wait on one connection");
            out.context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(extent.first), detail);
        }
        self.requests_lost = false;
        let FramedHead { head, length, .. } = framed;
        let bodiless = head.method() == Some(Method::Get);
        self.outstanding
            .push_back(Exchange::new(out.context.exchanges.issue(), &head));
        let incoming = Incoming {
            message: Message::new(head, extent),
            framing: Framing::of_request(length),
            asked: Asked::Known,
        };
        self.expect_body(direction, incoming, cut.filter(|_| !bodiless), out);
    }

    fn begin_response(
        &mut self,
        direction: Direction,
        framed: FramedHead,
        extent: Extent,
        cut: Option<BodyEnd>,
        out: &mut Output<'_, '_>,
    ) {
        let FramedHead {
            head,
            length,
            is_upgrade,
        } = framed;
        let Start::Status(status) = head.start else { return };
        if (100..200).contains(&status) && status != 101 {
            return;
        }
        let client = direction.reversed();
        self.cut_head(client, BodyEnd::NotCaptured, out);
        if self.answers_lost {
            // What has begun in TLS may be the request that this answers.
            let may_be_of_next = out.context.tls.other_has_begun;
            self.requests_lost |= may_be_of_next;
            self.answers_lost = may_be_of_next;
            self.forget_unanswered(client, extent.first, out);
        }
        if status == 101 && is_upgrade && self.upgrade() {
            return;
        }
        let asked = self.outstanding.front();
        let method = asked.map(|exchange| exchange.method);
        let tunnel = status == 101 || method == Some(Method::Connect) && (200..300).contains(&status);
        let interest = asked.and_then(|exchange| exchange.interest_in_answer(&head));
        let mut incoming = Incoming {
            message: Message::new(head, extent),
            framing: Framing::of_response(length, status, method),
            asked: match (asked, self.requests_lost) {
                (Some(_), _) => Asked::Known,
                (None, false) => Asked::Unseen,
                (None, true) => Asked::Lost,
            },
        };
        if let Some(interest) = interest {
            incoming.message.content = Content::new(interest);
        }
        if tunnel {
            incoming.framing = Framing::Length(0);
        }
        self.expect_body(direction, incoming, cut, out);
        self.over |= tunnel;
        self.tunnel |= tunnel && status != 101;
    }

    /// The connection goes over to HTTP/2 where a request waits that is all there: its answer comes there.
    fn upgrade(&mut self) -> bool {
        let is_receiving = |exchange: &Exchange| matches!(exchange.request, RequestProgress::Receiving);
        if self.outstanding.front().is_none_or(is_receiving) {
            return false;
        }
        self.upgraded = self.outstanding.pop_front();
        self.over = true;
        true
    }

    /// Answers were lost: of the requests that wait, all but the last can get none any more, nor can that one where a
    /// later request was lost.
    fn forget_unanswered(&mut self, client: Direction, at: FrameRef, out: &mut Output<'_, '_>) {
        let last = usize::from(!self.requests_lost);
        while self.outstanding.len() > last {
            if let Some(exchange) = self.outstanding.pop_front() {
                exchange.ended(
                    client,
                    at,
                    EndReason::Replaced,
                    visibility(client, true, out.context),
                    out,
                );
            }
        }
    }

    /// Waits for a message's body; one without, or one that cannot be followed, is over at once.
    fn expect_body(
        &mut self,
        direction: Direction,
        mut incoming: Incoming,
        cut: Option<BodyEnd>,
        out: &mut Output<'_, '_>,
    ) {
        let empty = matches!(incoming.framing.step(&[]), Step::End(_));
        if empty || cut.is_some() {
            self.complete(direction, incoming, cut.unwrap_or(BodyEnd::Whole), out);
        } else {
            *self.phase(direction) = Phase::Body(Box::new(incoming));
        }
    }

    /// Takes octets of a body; returns what follows it.
    fn take_body<'a>(
        &mut self,
        direction: Direction,
        octets: &'a [u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) -> &'a [u8] {
        let Phase::Body(incoming) = self.phase(direction) else {
            return octets;
        };
        let Incoming { message, framing, .. } = &mut **incoming;
        message.extent.extend(at);
        let mut rest = octets;
        let (end, after) = loop {
            match framing.step(rest) {
                Step::Content(content, after) => {
                    let most = out.context.limits.body_octets;
                    message.push(content, most, out.context.budget);
                    rest = after;
                }
                Step::End(after) => break (BodyEnd::Whole, Some(after)),
                Step::More => return &[],
                Step::Malformed => break (BodyEnd::CutShort { reset: false }, None),
            }
        };
        self.complete_current(direction, end, out);
        after.unwrap_or_else(|| self.lose(direction, at, "chunks that are none", out))
    }

    fn take_gap(&mut self, direction: Direction, length: u64, end: BodyEnd, out: &mut Output<'_, '_>) {
        let skip = match self.phase(direction) {
            Phase::Body(incoming) => {
                let Incoming { message, framing, .. } = &mut **incoming;
                message.content.skip(framing.share(length), end);
                framing.skip(length)
            }
            Phase::Head { .. } => {
                self.cut_head(direction, end, out);
                Skip::Beyond
            }
            Phase::Lost => Skip::Beyond,
        };
        if skip != Skip::Within {
            self.complete_current(direction, end, out);
        }
        if skip == Skip::Beyond {
            self.lose_place(direction);
        }
    }

    /// The message whose body is coming, if any, is over.
    fn complete_current(&mut self, direction: Direction, end: BodyEnd, out: &mut Output<'_, '_>) {
        if let Phase::Body(_) = self.phase(direction)
            && let Phase::Body(incoming) = std::mem::take(self.phase(direction))
        {
            self.complete(direction, *incoming, end, out);
        }
    }

    /// A message is over.
    fn complete(&mut self, direction: Direction, incoming: Incoming, end: BodyEnd, out: &mut Output<'_, '_>) {
        let Incoming {
            message,
            framing,
            asked,
        } = incoming;
        let finished = message.finish(end, framing.announced());
        finished.note_limit(out);
        if asked != Asked::Known && finished.end != BodyEnd::Whole {
            // What was taken for the rest of its body may be the answers to later requests.
            self.answers_lost = true;
        }
        let client = direction.reversed();
        match asked {
            _ if self.client == Some(direction) => self.complete_request(direction, finished, out),
            Asked::Lost => response_alone(client, finished, out),
            Asked::Known | Asked::Unseen => self.complete_response(client, finished, out),
        }
    }

    fn complete_request(&mut self, client: Direction, request: Finished, out: &mut Output<'_, '_>) {
        let Some(exchange) = self.outstanding.back_mut() else {
            return;
        };
        exchange.request_complete(client, request, out);
        let first = self.outstanding.len() == 1;
        let early = self
            .outstanding
            .back_mut()
            .and_then(|exchange| exchange.early.take());
        if let Some(answer) = early.filter(|_| first) {
            self.complete_response(client, *answer, out);
        }
    }

    fn complete_response(&mut self, client: Direction, mut answer: Finished, out: &mut Output<'_, '_>) {
        match self.outstanding.pop_front() {
            None => response_alone(client, answer, out),
            Some(mut exchange) if matches!(exchange.request, RequestProgress::Receiving) => {
                // It waits until its request is over; of two such answers the first counts.
                match exchange.early {
                    None => exchange.early = Some(Box::new(answer)),
                    Some(_) => answer.message.content.release(out.context.budget),
                }
                self.outstanding.push_front(exchange);
            }
            Some(exchange) => exchange.response_complete(client, answer, out),
        }
    }

    /// One end sends no more: the end of a body that has none of its own, too early for others.
    fn take_finish(&mut self, direction: Direction, at: FrameRef, out: &mut Output<'_, '_>) {
        let notify = out.context.tls.notify;
        self.finished_first.get_or_insert(FirstFinish {
            by: direction,
            notify,
        });
        if let Phase::Body(incoming) = self.phase(direction) {
            let mut end = finished_body(notify);
            if let Framing::ToClose = incoming.framing {
                incoming.message.extent.extend(at);
                end = BodyEnd::Whole;
            }
            self.complete_current(direction, end, out);
        }
        if self.client.is_some_and(|client| client != direction) {
            self.end_outstanding(at, EndReason::closed(true, notify), out);
        }
    }

    /// The connection is over, and with it every message and exchange on it.
    fn close(&mut self, reason: CloseReason, at: FrameRef, out: &mut Output<'_, '_>) {
        let reason = match reason {
            CloseReason::Finished => FirstFinish::end_reason(self.finished_first, self.client),
            other => end_reason(other),
        };
        let client = self.client.unwrap_or(Direction::FromInitiator);
        for direction in [client, client.reversed()] {
            self.complete_current(direction, cut(reason), out);
        }
        self.end_outstanding(at, reason, out);
        self.over = true;
    }

    /// No more answers will come.
    fn end_outstanding(&mut self, at: FrameRef, reason: EndReason, out: &mut Output<'_, '_>) {
        let Some(client) = self.client else { return };
        let answer = visibility(client, self.answers_lost, out.context);
        if let Some(Exchange {
            request: RequestProgress::Receiving,
            ..
        }) = self.outstanding.back()
        {
            self.complete_current(client, cut(reason), out);
            *self.phase(client) = Phase::Lost;
        }
        for exchange in std::mem::take(&mut self.outstanding) {
            exchange.ended(client, at, reason, answer, out);
        }
    }
}
