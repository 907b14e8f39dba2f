//! A stream: a request and its answer (RFC 9113 section 8.1).

use crate::model::{Direction, Extent, FrameRef};
use crate::session::http::semantics::{
    Coding, Content, Exchange, Finished, Head, Message, Output, RequestProgress, Start, response_alone,
    visibility,
};
use crate::session::{BodyEnd, EndReason};

/// What begins that is compressed by gzip (RFC 1952 section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// A stream that a client opened and that is not over.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The exchange, once its request was seen, until it is answered.
    exchange: Option<Exchange>,
    request: Half,
    answer: Half,
    /// Whether octets in which the answer may have begun were lost, or it ended without a head that was read.
    answer_lost: bool,
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub(super) enum Half {
    /// Nothing of it was seen.
    #[default]
    Unseen,
    /// Its message is coming.
    Open(Box<Incoming>),
    /// It is over.
    Over,
}

/// A message while it comes.
#[derive(Debug)]
pub(super) struct Incoming {
    message: Message,
    /// What of its head is known.
    known: Known,
    /// Where octets that are missing may have been its own or have ended it, how it ends then.
    doubt: Option<BodyEnd>,
}

/// What is known of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    All,
    /// Some fields are unknown.
    Some,
    /// It was not captured.
    Nothing,
}

impl Incoming {
    pub(super) fn new(head: Head, known: Known, extent: Extent) -> Self {
        Self {
            message: Message::new(head, extent),
            known,
            doubt: None,
        }
    }

    fn has_come_whole(&self) -> bool {
        self.message.has_come_whole()
    }

    /// It is over. Where all that was announced came, it is whole, whatever ended it.
    fn finish(self, end: BodyEnd) -> Finished {
        let whole = self.has_come_whole();
        let missing = match end {
            BodyEnd::Whole => 0,
            _ => self.message.missing(),
        };
        let end = if whole { BodyEnd::Whole } else { end };
        let finished = self.message.finish(end, missing);
        match self.known {
            Known::Nothing => finished.without_head(),
            Known::All | Known::Some => finished,
        }
    }
}

impl Half {
    fn open(&mut self) -> Option<&mut Incoming> {
        match self {
            Self::Open(incoming) => Some(incoming),
            Self::Unseen | Self::Over => None,
        }
    }

    fn close(&mut self) -> Option<Incoming> {
        match std::mem::replace(self, Self::Over) {
            Self::Open(incoming) => Some(*incoming),
            Self::Unseen | Self::Over => None,
        }
    }

    fn message(&self) -> Option<&Message> {
        match self {
            Self::Open(incoming) => Some(&incoming.message),
            Self::Unseen | Self::Over => None,
        }
    }

    const fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}

/// Which half of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Request,
    Answer,
}

impl Stream {
    /// One whose request was sent in HTTP/1 (RFC 7540 section 3.2).
    pub(super) fn upgraded(exchange: Exchange) -> Self {
        Self {
            exchange: Some(exchange),
            request: Half::Over,
            ..Self::default()
        }
    }

    fn half(&mut self, part: Part) -> &mut Half {
        match part {
            Part::Request => &mut self.request,
            Part::Answer => &mut self.answer,
        }
    }

    /// Whether nothing more comes of it.
    pub(super) fn is_over(&self) -> bool {
        self.answer.is_over() && self.exchange.is_none()
    }

    /// Octets that it keeps, bodies aside.
    pub(super) fn held_octets(&self) -> usize {
        let halves = [&self.request, &self.answer];
        let heads = halves
            .into_iter()
            .filter_map(Half::message)
            .map(|message| message.held_octets);
        let exchange = self.exchange.as_ref().map(Exchange::held_octets);
        heads
            .chain(exchange)
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    /// Octets of bodies that it keeps.
    pub(super) fn body_octets(&self) -> usize {
        let halves = [&self.request, &self.answer];
        let bodies = halves
            .into_iter()
            .filter_map(Half::message)
            .map(|message| message.content.raw().len());
        let exchange = self.exchange.as_ref().map(Exchange::body_octets);
        bodies.chain(exchange).fold(0, usize::saturating_add)
    }

    /// Whether the message of a half has begun, or is over.
    pub(super) fn has_begun(&self, part: Part) -> bool {
        let half = match part {
            Part::Request => &self.request,
            Part::Answer => &self.answer,
        };
        !matches!(half, Half::Unseen)
    }

    /// Whether nothing but a head came of an answer whose status is not known: what was taken for its head may have been an
    /// interim one.
    pub(super) fn may_be_interim(&self) -> bool {
        self.answer
            .message()
            .is_some_and(|message| message.head.start == Start::UnreadStatus && message.has_no_content())
    }

    /// Its request begins.
    pub(super) fn begin_request(&mut self, incoming: Incoming, out: &mut Output<'_, '_>) {
        let id = out.context.exchanges.issue();
        self.exchange = Some(Exchange::new(id, &incoming.message.head));
        self.request = Half::Open(Box::new(incoming));
    }

    /// Its answer begins.
    pub(super) fn begin_answer(
        &mut self,
        mut incoming: Incoming,
        client: Direction,
        out: &mut Output<'_, '_>,
    ) {
        let doubt = self.request.open().and_then(|request| request.doubt);
        if let Some(end) = doubt {
            self.end(Part::Request, end, client, out);
        }
        let interest = self
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.interest_in_answer(&incoming.message.head));
        if let Some(interest) = interest {
            incoming.message.content = Content::new(interest);
        }
        self.answer = Half::Open(Box::new(incoming));
    }

    /// Octets of a body.
    pub(super) fn push(&mut self, part: Part, octets: &[u8], out: &mut Output<'_, '_>) {
        let Some(incoming) = self.half(part).open() else {
            return;
        };
        let message = &mut incoming.message;
        if incoming.known != Known::All && message.has_no_content() && octets.starts_with(GZIP) {
            message.assume(Coding::Gzip);
        }
        let most = out.context.limits.body_octets;
        message.push(octets, most, out.context.budget);
    }

    /// The message goes on in a frame.
    pub(super) fn extend(&mut self, part: Part, at: FrameRef) {
        if let Some(incoming) = self.half(part).open() {
            incoming.message.extent.extend(at);
        }
    }

    /// Octets of a body are missing.
    pub(super) fn skip(&mut self, part: Part, octets: u64, end: BodyEnd) {
        if let Some(incoming) = self.half(part).open() {
            incoming.message.content.skip(octets, end);
        }
    }

    /// Octets of one end are missing that may have been of this stream.
    pub(super) fn doubt(&mut self, part: Part, end: BodyEnd, client: Direction, out: &mut Output<'_, '_>) {
        self.answer_lost |= part == Part::Answer && !self.has_begun(Part::Answer);
        if let Some(incoming) = self.half(part).open() {
            if incoming.has_come_whole() {
                return self.end(part, BodyEnd::Whole, client, out);
            }
            incoming.message.content.doubt(end);
            incoming.doubt.get_or_insert(end);
        }
    }

    /// The message of a half is over.
    pub(super) fn end(&mut self, part: Part, end: BodyEnd, client: Direction, out: &mut Output<'_, '_>) {
        self.answer_lost |= part == Part::Answer && !self.has_begun(Part::Answer);
        let Some(incoming) = self.half(part).close() else {
            return;
        };
        let finished = incoming.finish(end);
        finished.note_limit(out);
        match part {
            Part::Request => self.request_complete(finished, client, out),
            Part::Answer => self.answer_complete(finished, client, out),
        }
    }

    fn request_complete(&mut self, request: Finished, client: Direction, out: &mut Output<'_, '_>) {
        let Some(exchange) = &mut self.exchange else {
            return request.message.content.give_back(out);
        };
        exchange.request_complete(client, request, out);
        if let Some(answer) = exchange.early.take() {
            self.answer_complete(*answer, client, out);
        }
    }

    fn answer_complete(&mut self, answer: Finished, client: Direction, out: &mut Output<'_, '_>) {
        match self.exchange.take() {
            None => response_alone(client, answer, out),
            Some(mut exchange) if matches!(exchange.request, RequestProgress::Receiving) => {
                exchange.early = Some(Box::new(answer));
                self.exchange = Some(exchange);
            }
            Some(exchange) => exchange.response_complete(client, answer, out),
        }
    }

    /// Nothing more comes of it: what there is of its messages ends so, and the exchange for this reason.
    pub(super) fn abort(
        &mut self,
        end: BodyEnd,
        reason: EndReason,
        client: Direction,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        let answer_lost = self.answer_lost;
        self.end(Part::Request, end, client, out);
        self.end(Part::Answer, end, client, out);
        if let Some(exchange) = self.exchange.take() {
            let answer = visibility(client, answer_lost, out.context);
            exchange.ended(client, at, reason, answer, out);
        }
        (self.request, self.answer) = (Half::Over, Half::Over);
    }

    /// The answering end sends no more.
    pub(super) fn is_unanswered(&self) -> bool {
        self.exchange.is_some() && !self.has_begun(Part::Answer)
    }
}
