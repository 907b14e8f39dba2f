//! One HTTP/2 connection: frames in, the exchanges of its streams out.

mod blocks;
mod ends;
mod messages;

use blocks::OpenBlock;

use super::frame::{FrameHead, FrameType, USUAL_PAYLOAD};
use super::framer::{Bounds, Framer, Item};
use super::hpack::Decoder;
use super::stream::Stream;
use super::streams::Streams;
use crate::codec::Reader;
use crate::flow::StreamEvent;
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, StreamId};
use crate::session::http::Context;
use crate::session::http::semantics::{Exchange, Output};
use crate::session::unanswered::FirstFinish;
use crate::session::{BodyEnd, EndReason};

/// The longest payload that a frame's head can announce.
const LONGEST_PAYLOAD: u32 = 0x00ff_ffff;

/// SETTINGS_MAX_FRAME_SIZE (RFC 9113 section 6.5.2).
const MAX_FRAME_SIZE: u16 = 5;

/// One HTTP/2 connection.
#[derive(Debug)]
pub(in crate::session::http) struct Connection {
    inbound: [Inbound; 2],
    /// Which direction carries requests, once something told.
    client: Option<Direction>,
    streams: Streams,
    /// Whether every request was seen from its beginning.
    all_seen: bool,
    /// The last stream that the server processes, once it said so.
    last_processed: Option<StreamId>,
    /// Who finished first.
    finished_first: Option<FirstFinish>,
    /// Whether an unknown state was noted.
    is_state_noted: bool,
    /// Whether it can be read no further.
    over: bool,
    /// Whether something passed on it that may concern a message.
    concerned: bool,
    /// What its streams carried that is not read.
    passed: Passed,
}

/// What streams carried that is named and not read.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    /// CONNECT (RFC 9113 section 8.5) and extended CONNECT (RFC 8441).
    tunnels: bool,
    /// gRPC.
    calls: bool,
}

/// What one end sends.
#[derive(Debug)]
struct Inbound {
    framer: Framer,
    /// Made when the first header block comes.
    decoder: Option<Decoder>,
    /// Whether all header blocks were decoded.
    is_known: bool,
    /// A header block that is not whole.
    block: Option<OpenBlock>,
    /// The longest payload that the other end said it takes.
    longest: u32,
}

impl Inbound {
    fn at_start() -> Self {
        Self {
            framer: Framer::at_start(),
            decoder: None,
            is_known: true,
            block: None,
            longest: USUAL_PAYLOAD,
        }
    }

    fn inside() -> Self {
        Self {
            framer: Framer::inside(),
            is_known: false,
            longest: LONGEST_PAYLOAD,
            ..Self::at_start()
        }
    }

    fn held_octets(&self) -> usize {
        let block = self.block.as_ref().map_or(0, |block| block.octets.len());
        let decoder = self.decoder.as_ref().map_or(0, Decoder::held_octets);
        self.framer
            .held_octets()
            .saturating_add(block)
            .saturating_add(decoder)
    }

    /// A header block was not decoded: what it added to the table is unknown.
    fn forget_table(&mut self) {
        self.decoder = None;
        self.is_known = false;
    }
}

impl Connection {
    fn new(inbound: [Inbound; 2]) -> Self {
        let all_seen = inbound.iter().all(|inbound| inbound.is_known);
        Self {
            inbound,
            client: None,
            streams: Streams::default(),
            all_seen,
            last_processed: None,
            finished_first: None,
            is_state_noted: false,
            over: false,
            concerned: false,
            passed: Passed::default(),
        }
    }

    /// The names of what its streams carried that is not read.
    pub(in crate::session::http) fn passed(&self) -> impl Iterator<Item = &'static str> + use<> {
        let tunnels = self.passed.tunnels.then_some("CONNECT, over HTTP/2");
        tunnels.into_iter().chain(self.passed.calls.then_some("gRPC"))
    }

    /// One that begins with the client's preface.
    pub(in crate::session::http) fn at_start() -> Self {
        Self::new([Inbound::at_start(), Inbound::at_start()])
    }

    /// One of which the beginning was not captured.
    pub(in crate::session::http) fn inside() -> Self {
        Self::new([Inbound::inside(), Inbound::inside()])
    }

    /// One that began with a request in HTTP/1, which is stream 1 (RFC 7540 section 3.2).
    pub(in crate::session::http) fn upgraded(exchange: Exchange, client: Direction) -> Self {
        let mut connection = Self::at_start();
        connection.client = Some(client);
        connection.concerned = true;
        connection.streams.open(StreamId(1), Stream::upgraded(exchange));
        connection
    }

    /// Whether it is one of ours, as far as can be told.
    pub(in crate::session::http) fn is_ours(&self) -> bool {
        self.concerned || self.client.is_none() || self.streams.len() > 0
    }

    /// Whether there is still something to parse.
    pub(in crate::session::http) fn wants_data(&self) -> bool {
        !self.over
    }

    /// Octets kept, bodies aside.
    pub(in crate::session::http) fn held_octets(&self) -> usize {
        let inbound = self.inbound.iter().map(Inbound::held_octets);
        inbound.fold(self.streams.held_octets(), usize::saturating_add)
    }

    /// Octets kept of bodies.
    pub(in crate::session::http) fn body_octets(&self) -> usize {
        self.streams.body_octets()
    }

    /// Takes one event of the connection.
    pub(in crate::session::http) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        let out = &mut Output {
            context,
            stream: None,
            concerned: false,
        };
        match event {
            StreamEvent::Data { direction, bytes, at } => self.take_data(direction, bytes, at, out),
            StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                at,
                ..
            } => {
                let end = match acknowledged {
                    true => BodyEnd::Hole,
                    false => BodyEnd::NotCaptured,
                };
                self.take_gap(direction, length, end, at, out);
            }
            StreamEvent::Finished { direction, at } => self.take_finish(direction, at, out),
            StreamEvent::Closed { reason, at } => self.close(reason, at, out),
            StreamEvent::Datagram { .. } => {}
        }
        self.concerned |= out.concerned;
    }

    fn side(&mut self, direction: Direction) -> &mut Inbound {
        let [initiator, responder] = &mut self.inbound;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    fn take_data(&mut self, direction: Direction, octets: &[u8], at: FrameRef, out: &mut Output<'_, '_>) {
        if self.side(direction).framer.is_lost() {
            for (found, at) in self.side(direction).framer.search(octets, at) {
                self.take_frames(direction, &found, at, out);
            }
        } else {
            self.take_frames(direction, octets, at, out);
        }
    }

    fn take_frames(&mut self, direction: Direction, octets: &[u8], at: FrameRef, out: &mut Output<'_, '_>) {
        let payload = out.context.limits.head_octets;
        let began = out.context.extent(at).first;
        let mut rest = octets;
        while !self.over {
            let side = self.side(direction);
            let frame = side.longest;
            let Some(item) = side.framer.next(&mut rest, began, Bounds { payload, frame }) else {
                return;
            };
            self.take_item(direction, item, at, out);
        }
    }

    fn take_item(&mut self, direction: Direction, item: Item<'_>, at: FrameRef, out: &mut Output<'_, '_>) {
        match item {
            Item::Preface => self.client = self.client.or(Some(direction)),
            Item::Malformed(what) => self.lose(direction, what, at, out),
            _ if !self.may_come(direction, &item) => {
                self.lose(direction, "a header block that is interrupted", at, out);
            }
            Item::DataBegin(head, began) => self.begin_data(direction, head.stream, began, out),
            Item::Content(head, octets) => self.take_content(direction, head.stream, octets, out),
            Item::DataEnd(head) => self.end_data(direction, &head, at, out),
            Item::Frame(head, payload, first) => {
                self.take_frame(direction, &head, &payload, Extent { first, last: at }, out);
            }
            Item::TooLong(head, first) => self.pass_frame(direction, &head, Extent { first, last: at }, out),
        }
    }

    /// Whether a frame may come now: within a header block nothing else does (RFC 9113 section 6.10).
    fn may_come(&mut self, direction: Direction, item: &Item<'_>) -> bool {
        let head = match item {
            Item::DataBegin(head, _) | Item::Frame(head, ..) | Item::TooLong(head, _) => head,
            _ => return true,
        };
        let side = self.side(direction);
        let goes_on = head.kind == FrameType::Continuation;
        match &side.block {
            Some(block) => goes_on && block.of.stream == head.stream,
            // Where frames were lost, so may have been the beginning of a block.
            None => !goes_on || !side.is_known,
        }
    }

    /// This end's octets are no frames. Where they were only taken for frames, others are looked for; else what follows
    /// cannot be read.
    fn lose(&mut self, direction: Direction, what: &str, at: FrameRef, out: &mut Output<'_, '_>) {
        self.note_state(at, what, out);
        if self.side(direction).framer.is_guessed() {
            self.lose_place(direction, BodyEnd::NotCaptured, out);
        } else {
            self.end_all(BodyEnd::NotCaptured, EndReason::GivenUp, at, out);
            self.over = true;
        }
    }

    fn note_state(&mut self, at: FrameRef, what: &str, out: &mut Output<'_, '_>) {
        if !std::mem::replace(&mut self.is_state_noted, true) {
            let detail = || what.to_owned();
            out.context
                .anomalies
                .note(AnomalyKind::Http2StateUnknown, Some(at), detail);
        }
    }

    fn take_frame(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        payload: &[u8],
        extent: Extent,
        out: &mut Output<'_, '_>,
    ) {
        let read = match head.kind {
            FrameType::Headers | FrameType::PushPromise => {
                self.begin_block(direction, head, payload, extent, out)
            }
            FrameType::Continuation => {
                self.continue_block(direction, head, payload, extent.last, out);
                Some(())
            }
            FrameType::Settings => self.take_settings(direction, head, payload),
            FrameType::ResetStream => self.reset(direction, head.stream, payload, extent.last, out),
            FrameType::GoAway => self.go_away(direction, payload, extent.last, out),
            _ => Some(()),
        };
        if read.is_none() {
            self.lose(direction, "a frame that contradicts its length", extent.last, out);
        }
    }

    /// SETTINGS bind the other end (RFC 9113 section 6.5). Of what a receiver allows the most is kept: it is said when its
    /// sender may still use what was allowed before. The size of a field table is said again in a header block where it
    /// is used.
    fn take_settings(&mut self, direction: Direction, head: &FrameHead, payload: &[u8]) -> Option<()> {
        let mut reader = Reader::new(payload);
        while !head.flags.acknowledges() && !reader.is_empty() {
            let parameter = reader.u16("identifier").ok()?;
            let value = reader.u32("value").ok()?;
            if parameter == MAX_FRAME_SIZE {
                let other = self.side(direction.reversed());
                other.longest = other.longest.max(value.min(LONGEST_PAYLOAD));
            }
        }
        Some(())
    }
}
