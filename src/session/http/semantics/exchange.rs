//! A request and what is known of its answer; both as they are handed out.

use super::content::{EntityKind, Interest, is_mms_type};
use super::control;
use super::head::Head;
use super::message::{Finished, Message};
use super::output::Output;
use super::pap;
use super::ranges::{EntityKey, Part, Whole};
use super::send_sms;
use super::texts::Texts;
use super::transcoding;
use crate::model::{BearerStatus, Direction, FrameRef, TransactionProtocol};
use crate::session::http::Context;
use crate::session::sms::{Given, Ticket};
use crate::session::{
    AnswerVisibility, Bearer, Body, BodyEnd, CarrierEvent, EndReason, ExchangeEnd, ExchangeId, Method,
    Request, Response, bounded,
};

/// A request that waits for its answer.
#[derive(Debug)]
pub(in crate::session::http) struct Exchange {
    pub(in crate::session::http) id: ExchangeId,
    /// The request's method, which decides how its answer is framed.
    pub(in crate::session::http) method: control::Method,
    /// Of a GET that was handed out, the head's texts, with the URL of what it fetches.
    texts: Texts,
    pub(in crate::session::http) request: RequestProgress,
    /// What it hands over, once it was told.
    carried: Carried,
    /// An answer that was whole before its request was.
    pub(in crate::session::http) early: Option<Box<Finished>>,
}

/// What a request hands over, where its answer is read accordingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    /// Anything.
    Any,
    /// A push by PAP, whose answer is XML.
    Push,
    /// SOAP with MM7, which a fault may answer.
    Soap,
    /// SOAP for a transcoder, whose answer is SOAP too.
    Media,
}

/// How far a request has come.
#[derive(Debug)]
pub(in crate::session::http) enum RequestProgress {
    /// Its body is coming.
    Receiving,
    /// It was handed out.
    HandedOut,
    /// It was not, as it carries nothing of interest; its answer may.
    HeldBack(Box<Finished>),
    /// It hands short messages to a gateway, which answers them.
    ShortMessages(Vec<Ticket>),
    /// It hands media to a transcoder, and was told as a transaction with it.
    Transcoding,
}

impl Exchange {
    pub(in crate::session::http) fn new(id: ExchangeId, head: &Head) -> Self {
        Self {
            id,
            method: head.method().unwrap_or(control::Method::Other),
            texts: Texts::default(),
            request: RequestProgress::Receiving,
            carried: Carried::Any,
            early: None,
        }
    }

    /// What its answer's body is to it, where that is more than to others.
    pub(in crate::session::http) fn interest_in_answer(&self, answer: &Head) -> Option<Interest> {
        match self.carried {
            Carried::Any => None,
            Carried::Push => Some(Interest::PushAnswer),
            Carried::Soap | Carried::Media => Some(Interest::of_soap_answer(answer)),
        }
    }

    /// Octets kept of its request's head, and of an answer's that came early.
    pub(in crate::session::http) fn held_octets(&self) -> usize {
        let early = self.early.as_ref().map_or(0, |answer| answer.message.held_octets);
        let request = match &self.request {
            RequestProgress::HeldBack(request) => request.message.held_octets,
            RequestProgress::Receiving | RequestProgress::HandedOut | RequestProgress::Transcoding => 0,
            RequestProgress::ShortMessages(tickets) => tickets.len().saturating_mul(size_of::<Ticket>()),
        };
        size_of::<Self>()
            .saturating_add(self.texts.octets())
            .saturating_add(early)
            .saturating_add(request)
    }

    /// Octets kept of the bodies of messages that wait for the other one.
    pub(in crate::session::http) fn body_octets(&self) -> usize {
        let request = match &self.request {
            RequestProgress::HeldBack(request) => Some(request),
            RequestProgress::Receiving
            | RequestProgress::HandedOut
            | RequestProgress::ShortMessages(_)
            | RequestProgress::Transcoding => None,
        };
        let waiting = [request, self.early.as_ref()];
        let octets = waiting
            .into_iter()
            .flatten()
            .map(|finished| finished.message.content.raw().len());
        octets.fold(0, usize::saturating_add)
    }

    /// The request is over: hands it out if it is of interest.
    pub(in crate::session::http) fn request_complete(
        &mut self,
        client: Direction,
        mut request: Finished,
        out: &mut Output<'_, '_>,
    ) {
        let Message { head, extent, .. } = &request.message;
        let url = head.texts.url().unwrap_or_default();
        let tickets = send_sms::submit(out.context, client, *extent, url);
        if !tickets.is_empty() {
            out.concerned = true;
            request.message.content.release(out.context.budget);
            self.request = RequestProgress::ShortMessages(tickets);
            return;
        }
        if transcoding::request(self.id, client, &request, out.context) {
            request.message.content.release(out.context.budget);
            self.carried = Carried::Media;
            self.request = RequestProgress::Transcoding;
            return;
        }
        let anyway = self.method == control::Method::Get;
        let told = match self.tell_push(client, &request, out) {
            true => Some(Carried::Push),
            false => tell_request(self.id, client, &request, anyway.then_some(Bearer::Http), out),
        };
        request.message.content.release(out.context.budget);
        let Some(carried) = told else {
            self.request = RequestProgress::HeldBack(Box::new(request));
            return;
        };
        self.carried = carried;
        self.request = RequestProgress::HandedOut;
        if anyway {
            self.texts = request.message.head.texts;
        }
    }

    /// The answer is over: hands it out, and its request first where only the answer makes it one of interest.
    pub(in crate::session::http) fn response_complete(
        self,
        client: Direction,
        mut answer: Finished,
        out: &mut Output<'_, '_>,
    ) {
        let refused_tunnel = self.refused_tunnel(&answer);
        let told = match self.request {
            RequestProgress::HandedOut => true,
            RequestProgress::Receiving => false,
            RequestProgress::Transcoding => {
                transcoding::answer(self.id, client, &answer, out.context);
                false
            }
            RequestProgress::HeldBack(request) => {
                let bearer = wanted_as(&answer, out.context).or(refused_tunnel);
                bearer.is_some_and(|bearer| {
                    tell_request(self.id, client, &request, Some(bearer), out).is_some()
                })
            }
            RequestProgress::ShortMessages(tickets) => {
                let Message { head, extent, .. } = &answer.message;
                let status = head.status().map(BearerStatus::Http);
                let (short_messages, mut tools) = out.context.short_messages();
                for ticket in tickets {
                    let reason = head.texts.reason().unwrap_or_default();
                    let given = status.map(|status| Given::new(status, *extent).with_reason(reason));
                    match given {
                        Some(given) => short_messages.answer(&mut tools, ticket, given),
                        None => short_messages.unanswered(
                            &mut tools,
                            ticket,
                            EndReason::GivenUp,
                            AnswerVisibility::Hidden,
                            extent.last,
                        ),
                    }
                }
                false
            }
        };
        if told {
            let answered = Answered {
                exchange: self.id,
                url: self.texts.url(),
                carried: self.carried,
            };
            tell_response(answered, client, &answer, out);
        }
        answer.message.content.release(out.context.budget);
    }

    /// No answer will come to what `client` asked.
    pub(in crate::session::http) fn ended(
        &self,
        client: Direction,
        at: FrameRef,
        reason: EndReason,
        answer: AnswerVisibility,
        out: &mut Output<'_, '_>,
    ) {
        match &self.request {
            RequestProgress::HandedOut => out.tell(CarrierEvent::End(ExchangeEnd {
                exchange: self.id,
                at,
                reason,
                answer,
                acknowledged: out.context.connection.sender(client).acknowledged,
            })),
            RequestProgress::ShortMessages(tickets) => {
                let (short_messages, mut tools) = out.context.short_messages();
                for ticket in tickets {
                    short_messages.unanswered(&mut tools, *ticket, reason, answer, at);
                }
            }
            // The answer may have come where nothing was captured.
            RequestProgress::Transcoding if !matches!(answer, AnswerVisibility::Visible { .. }) => {
                out.context
                    .misses_answers(TransactionProtocol::Sti, client.reversed());
            }
            RequestProgress::Transcoding | RequestProgress::Receiving | RequestProgress::HeldBack(_) => {}
        }
    }

    /// The bearer of a CONNECT that a proxy did not grant: a client cannot fetch then what the host has for it.
    fn refused_tunnel(&self, answer: &Finished) -> Option<Bearer> {
        let status = answer.message.head.status()?;
        (self.method == control::Method::Connect && status >= 300).then_some(Bearer::Http)
    }

    fn tell_push(&self, client: Direction, request: &Finished, out: &mut Output<'_, '_>) -> bool {
        let message = &request.message;
        if message.content.interest() != Interest::Multipart {
            return false;
        }
        let boundary = message.head.texts.boundary().unwrap_or_default();
        let Some(push) = pap::read_push(message.content.raw(), boundary) else {
            return false;
        };
        let body = Body {
            content_type: push.content_type.as_deref(),
            parameters: None,
            bytes: push.content,
            length: u64::try_from(push.content.len()).unwrap_or(u64::MAX),
            end: request.end,
        };
        let told = Request {
            method: Method::Push,
            recipient: push.recipient.as_deref(),
            ..request_of(self.id, client, message, body, out)
        };
        out.tell(CarrierEvent::Request(told));
        true
    }
}

/// An answer whose request was not captured: handed out if it is of interest.
pub(in crate::session::http) fn response_alone(
    client: Direction,
    mut answer: Finished,
    out: &mut Output<'_, '_>,
) {
    if transcoding::is_answer(&answer) {
        let id = out.context.exchanges.issue();
        transcoding::answer(id, client, &answer, out.context);
    } else if wanted_as(&answer, out.context).is_some() {
        let answered = Answered {
            exchange: out.context.exchanges.issue(),
            url: None,
            carried: Carried::Any,
        };
        tell_response(answered, client, &answer, out);
    }
    answer.message.content.release(out.context.budget);
}

/// What an answer is carried by, if it is of interest by itself.
fn wanted_as(finished: &Finished, context: &mut Context<'_>) -> Option<Bearer> {
    let Finished { message, end, .. } = finished;
    let entity = message
        .content
        .entity(&message.head, *end, message.extent.last, context);
    match entity.kind {
        EntityKind::Mms => Some(Bearer::Http),
        EntityKind::Soap => Some(Bearer::Soap),
        EntityKind::Foreign | EntityKind::Transcoding | EntityKind::Fault => None,
    }
}

/// Hands out a request, if it is of interest, or else where it counts as one of `anyway`; what it carries, if it did.
fn tell_request(
    id: ExchangeId,
    client: Direction,
    request: &Finished,
    anyway: Option<Bearer>,
    out: &mut Output<'_, '_>,
) -> Option<Carried> {
    let Finished { message, end, .. } = request;
    let entity = message
        .content
        .entity(&message.head, *end, message.extent.last, out.context);
    let bearer = match entity.kind {
        EntityKind::Mms => Bearer::Http,
        EntityKind::Soap => Bearer::Soap,
        EntityKind::Foreign | EntityKind::Transcoding | EntityKind::Fault => anyway?,
    };
    let body = Body {
        content_type: message.head.texts.content_type(),
        parameters: message.head.texts.parameters(),
        bytes: entity.octets(),
        length: entity.length(request.length),
        end: entity.end,
    };
    let told = request_of(id, client, message, body, out);
    out.tell(CarrierEvent::Request(Request { bearer, ..told }));
    Some(match bearer {
        Bearer::Soap => Carried::Soap,
        _ => Carried::Any,
    })
}

fn request_of<'a>(
    exchange: ExchangeId,
    client: Direction,
    message: &'a Message,
    body: Body<'a>,
    out: &Output<'_, '_>,
) -> Request<'a> {
    let connection = out.context.connection;
    let head = &message.head;
    let method = match head.method() {
        Some(control::Method::Get) => Method::Get,
        Some(control::Method::Post) if head.pushed => Method::Push,
        Some(control::Method::Post) => Method::Post,
        Some(control::Method::Connect) => Method::Connect,
        _ => Method::Other,
    };
    Request {
        exchange,
        bearer: Bearer::Http,
        network: connection.network,
        method,
        source: connection.sender(client).endpoint,
        destination: connection.receiver(client).endpoint,
        stream: out.stream,
        extent: message.extent,
        pieces: &[],
        url: head.texts.url(),
        subscriber: head
            .subscriber
            .zip(head.texts.subscriber())
            .map(|(named, text)| named.subscriber(text)),
        recipient: None,
        envelope: None,
        eaif: head.eaif.as_ref().map(|fields| fields.as_eaif()),
        tls: None,
        user_agent: head.texts.user_agent().map(bounded),
        relayed: head.relayed,
        expects_answer: true,
        transfer: None,
        body,
    }
}

/// What an answer answers.
struct Answered<'a> {
    exchange: ExchangeId,
    /// The URL of what was fetched.
    url: Option<&'a str>,
    carried: Carried,
}

fn tell_response(answered: Answered<'_>, client: Direction, answer: &Finished, out: &mut Output<'_, '_>) {
    let Finished { message, end, .. } = answer;
    let joined = answered
        .url
        .and_then(|url| join_parts(client, answer, url, out.context));
    let entity = message
        .content
        .entity(&message.head, *end, message.extent.last, out.context);
    let code = match message.content.interest() {
        Interest::PushAnswer => pap::response_code(message.content.raw()),
        _ => None,
    };
    let is_soap = answered.carried == Carried::Soap;
    let bytes = match entity.kind {
        EntityKind::Transcoding => &[],
        EntityKind::Fault if !is_soap => &[],
        _ => entity.octets(),
    };
    let mut extent = message.extent;
    let mut body = Body {
        content_type: message.head.texts.content_type(),
        parameters: message.head.texts.parameters(),
        bytes,
        length: entity.length(answer.length),
        end: entity.end,
    };
    match &joined {
        Some(Joined::Whole(whole)) => {
            extent = whole.extent;
            let length = u64::try_from(whole.octets.len()).unwrap_or(u64::MAX);
            body = Body {
                bytes: &whole.octets,
                length,
                end: BodyEnd::Whole,
                ..body
            };
        }
        Some(Joined::Part { first: 0 }) => body.end = BodyEnd::NotCaptured,
        Some(Joined::Part { .. }) => {
            body = Body {
                bytes: &[],
                end: BodyEnd::NotCaptured,
                ..body
            }
        }
        None => {}
    }
    out.tell(CarrierEvent::Response(Response {
        exchange: answered.exchange,
        bearer: match entity.kind {
            EntityKind::Soap => Bearer::Soap,
            _ if is_soap => Bearer::Soap,
            _ => Bearer::Http,
        },
        network: out.context.connection.network,
        source: out.context.connection.receiver(client).endpoint,
        destination: out.context.connection.sender(client).endpoint,
        stream: out.stream,
        extent,
        pieces: &[],
        status: code
            .map(BearerStatus::Pap)
            .or(message.head.status().map(BearerStatus::Http)),
        reason: message.head.texts.reason().map(bounded),
        server: message.head.texts.server().map(bounded),
        location: message.head.texts.location(),
        eaif: message.head.eaif.as_ref().map(|fields| fields.as_eaif()),
        tls: None,
        body,
    }));
}

/// An answer with a part of an entity.
enum Joined {
    /// It makes the entity whole.
    Whole(Whole),
    /// It does not; what else there is of the entity lies in other answers.
    Part { first: u64 },
}

/// Keeps what an answer holds of an MMS PDU that is fetched in parts. An answer that was cut may turn out to be the
/// first part: it is kept too.
fn join_parts(client: Direction, answer: &Finished, url: &str, context: &mut Context<'_>) -> Option<Joined> {
    let Finished { message, end, .. } = answer;
    let head = &message.head;
    if !head.texts.content_type().is_some_and(is_mms_type) || !head.codings.is_empty() {
        return None;
    }
    let range = head
        .content_range
        .filter(|range| message.head.status() == Some(206) && !range.is_whole());
    let cut = message.head.status() == Some(200) && end.is_cut_short();
    let (first, total) = match range {
        Some(range) => (range.first, range.total),
        // Of an answer that did not announce its length, how much is missing is not known.
        None if cut => (0, head.content_length),
        None => return None,
    };
    let [client, _] = context.hosts(client);
    let key = EntityKey {
        client,
        url: url.to_owned(),
        entity_tag: head.texts.entity_tag().map(str::to_owned),
    };
    let part = Part {
        first,
        total,
        octets: message.content.raw(),
        extent: message.extent,
    };
    let whole = context.shared.take(key, &part);
    match whole {
        Some(whole) => Some(Joined::Whole(whole)),
        None => range.map(|_| Joined::Part { first }),
    }
}

/// Whether an answer that was sent would have been seen.
pub(in crate::session::http) fn visibility(
    client: Direction,
    answers_lost: bool,
    context: &Context<'_>,
) -> AnswerVisibility {
    match crate::session::unanswered::visibility(context.connection, client.reversed()) {
        AnswerVisibility::Visible { .. } if answers_lost => AnswerVisibility::Hidden,
        visibility => visibility,
    }
}

/// How a body ends that its sender had not completed when something else ended it.
pub(in crate::session::http) fn cut(reason: EndReason) -> BodyEnd {
    match reason {
        EndReason::Reset | EndReason::Aborted { .. } => BodyEnd::CutShort { reset: true },
        EndReason::Closed { .. } => BodyEnd::CutShort { reset: false },
        EndReason::Notified { end, .. } | EndReason::Alert(end) => BodyEnd::Alert(end),
        EndReason::StreamReset(reset) => BodyEnd::StreamReset(reset),
        EndReason::NoneExpected
        | EndReason::NotProcessed
        | EndReason::Idle
        | EndReason::Replaced
        | EndReason::GivenUp
        | EndReason::CaptureEnd => BodyEnd::NotCaptured,
    }
}
