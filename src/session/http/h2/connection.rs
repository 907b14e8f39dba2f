//! One HTTP/2 connection: frames in, the exchanges of its streams out.

use super::fields::{FieldList, Section};
use super::frame::{FrameHead, FrameType, USUAL_PAYLOAD};
use super::framer::{Bounds, Framer, Item, Missing};
use super::hpack::Decoder;
use super::stream::{Incoming, Part, Stream};
use super::streams::Streams;
use crate::codec::Reader;
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, Http2Error, StreamId, StreamReset};
use crate::session::http::Context;
use crate::session::http::semantics::{Exchange, Head, Method, Output, cut};
use crate::session::unanswered::end_reason;
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
    finished_first: Option<Direction>,
    /// Whether an unknown state was noted.
    is_state_noted: bool,
    /// Whether it can be read no further.
    over: bool,
    /// Whether something passed on it that may concern a message.
    concerned: bool,
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

/// What a header block is for.
#[derive(Clone, Copy, Debug)]
struct BlockFor {
    stream: StreamId,
    /// Whether it ends its stream.
    ends_stream: bool,
    /// Whether it promises a stream of the server.
    is_promise: bool,
    extent: Extent,
}

/// A header block that goes on in CONTINUATION.
#[derive(Debug)]
struct OpenBlock {
    of: BlockFor,
    octets: Vec<u8>,
    /// Whether some of it is missing.
    is_cut: bool,
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
        }
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
        let mut rest = octets;
        while !self.over {
            let side = self.side(direction);
            let frame = side.longest;
            let Some(item) = side.framer.next(&mut rest, at, Bounds { payload, frame }) else {
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

    /// A frame is longer than is read.
    fn pass_frame(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        extent: Extent,
        out: &mut Output<'_, '_>,
    ) {
        if head.kind == FrameType::Settings || head.kind == FrameType::GoAway {
            return;
        }
        note_long_block(extent.last, out);
        self.lose_block(direction, head, extent, out);
    }

    /// Some of a header block is missing, or is not read.
    fn lose_block(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        extent: Extent,
        out: &mut Output<'_, '_>,
    ) {
        let of = match head.kind {
            FrameType::Headers | FrameType::PushPromise => BlockFor::new(head, extent),
            FrameType::Continuation => match self.side(direction).block.take() {
                Some(block) => block.of,
                None => return,
            },
            _ => return,
        };
        self.side(direction).forget_table();
        let open = OpenBlock {
            of,
            octets: Vec::new(),
            is_cut: true,
        };
        self.block_or_more(direction, head, open, out);
    }

    fn begin_block(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        payload: &[u8],
        extent: Extent,
        out: &mut Output<'_, '_>,
    ) -> Option<()> {
        let block = block_in(head, payload)?;
        let of = BlockFor::new(head, extent);
        if head.flags.ends_headers() {
            self.take_block(direction, of, block, out);
            return Some(());
        }
        let open = OpenBlock {
            of,
            octets: block.to_vec(),
            is_cut: false,
        };
        self.side(direction).block = Some(open);
        Some(())
    }

    fn continue_block(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        payload: &[u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        let most = out.context.limits.head_octets;
        let Some(mut open) = self.side(direction).block.take() else {
            return;
        };
        open.of.extent.extend(at);
        if !open.is_cut && open.octets.len().saturating_add(payload.len()) > most {
            note_long_block(at, out);
            self.side(direction).forget_table();
            (open.is_cut, open.octets) = (true, Vec::new());
        }
        if !open.is_cut {
            open.octets.extend_from_slice(payload);
        }
        self.block_or_more(direction, head, open, out);
    }

    /// A header block is over with this frame, or goes on.
    fn block_or_more(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        open: OpenBlock,
        out: &mut Output<'_, '_>,
    ) {
        if !head.flags.ends_headers() {
            self.side(direction).block = Some(open);
        } else if open.is_cut {
            self.take_section(direction, open.of, &FieldList::unread(), out);
        } else {
            self.take_block(direction, open.of, &open.octets, out);
        }
    }

    /// A header block is whole.
    fn take_block(&mut self, direction: Direction, of: BlockFor, block: &[u8], out: &mut Output<'_, '_>) {
        let (at, table, most) = (
            of.extent.last,
            out.context.limits.http2_table_octets,
            out.context.limits.head_octets,
        );
        let side = self.side(direction);
        let is_known = side.is_known;
        let decoder = side.decoder.get_or_insert_with(|| match is_known {
            true => Decoder::initial(table),
            false => Decoder::unknown(table),
        });
        let mut fields = FieldList::default();
        let decoded = match decoder.decode(block, most, &mut |name, value| fields.push(name, value)) {
            Ok(decoded) => decoded,
            Err(what) => return self.lose(direction, what, at, out),
        };
        if decoded.is_over_limit {
            fields.leave_out();
            note_long_block(at, out);
        }
        if decoded.is_table_cut {
            let detail =
                || format!("a table of HTTP/2 fields is larger than the {table} octets that are kept");
            out.context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
        }
        if decoded.has_unknown {
            self.note_state(
                at,
                "a field of a header table whose beginning was not captured",
                out,
            );
        }
        self.take_section(direction, of, &fields, out);
    }

    /// The fields of a header block came.
    fn take_section(
        &mut self,
        direction: Direction,
        of: BlockFor,
        fields: &FieldList,
        out: &mut Output<'_, '_>,
    ) {
        let section = fields.section();
        match section {
            Section::Request if !of.is_promise => self.client = self.client.or(Some(direction)),
            Section::Response(_) => self.client = self.client.or(Some(direction.reversed())),
            _ => {}
        }
        let Some(client) = self.client else { return };
        if of.is_promise || is_pushed(of.stream) || self.streams.is_closed(of.stream, self.all_seen) {
            return;
        }
        match (direction == client, section) {
            (true, Section::Response(_)) | (false, Section::Request) => {
                let detail = || "a request from the answering end, or the reverse".to_owned();
                let at = Some(of.extent.last);
                out.context.anomalies.note(AnomalyKind::HttpMalformed, at, detail);
                return;
            }
            (true, _) => self.begin_request(client, of, fields, section, out),
            (false, _) => self.begin_answer(client, of, fields, section, out),
        }
        if of.ends_stream {
            self.end_part(direction, of.stream, BodyEnd::Whole, of.extent.last, out);
        }
    }

    fn begin_request(
        &mut self,
        client: Direction,
        of: BlockFor,
        fields: &FieldList,
        section: Section,
        out: &mut Output<'_, '_>,
    ) {
        if section == Section::Trailers || self.has_begun(of.stream, Part::Request) {
            return self.extend(of.stream, Part::Request, of.extent.last);
        }
        let head = fields.request();
        if head.method() == Some(Method::Connect) {
            // A tunnel: what is in it is no message of ours, and what follows on this stream belongs to it.
            return self.pass_stream(of.stream);
        }
        self.open_stream(client, of.stream, of.extent.first, out);
        self.with(of.stream, out, |stream, out| {
            stream.begin_request(incoming(head, fields, of.extent, out), out);
        });
    }

    fn begin_answer(
        &mut self,
        client: Direction,
        of: BlockFor,
        fields: &FieldList,
        section: Section,
        out: &mut Output<'_, '_>,
    ) {
        let status = match section {
            // Of 1xx another answer follows (RFC 9110 section 15.2).
            Section::Response(Some(100..200)) => return,
            Section::Response(status) => status,
            Section::Request | Section::Trailers | Section::Unknown => None,
        };
        let known = self.streams.get(of.stream);
        let begun = known.is_some_and(|stream| stream.has_begun(Part::Answer));
        let replaces = status.is_some() && known.is_some_and(Stream::may_be_interim);
        if section == Section::Trailers || begun && !replaces {
            return self.extend(of.stream, Part::Answer, of.extent.last);
        }
        self.open_stream(client, of.stream, of.extent.first, out);
        self.with(of.stream, out, |stream, out| {
            let incoming = incoming(fields.response(status), fields, of.extent, out);
            stream.begin_answer(incoming, client, out);
        });
    }

    fn has_begun(&self, id: StreamId, part: Part) -> bool {
        self.streams.get(id).is_some_and(|stream| stream.has_begun(part))
    }

    fn extend(&mut self, id: StreamId, part: Part, at: FrameRef) {
        self.streams.with(id, |stream| stream.extend(part, at));
    }

    /// Opens a stream that is not open yet, for which another one may have to go.
    fn open_stream(&mut self, client: Direction, id: StreamId, at: FrameRef, out: &mut Output<'_, '_>) {
        if self.streams.get(id).is_some() {
            return;
        }
        let limit = out.context.limits.http2_streams;
        while self.streams.len() >= limit.max(1)
            && let Some(idlest) = self.streams.idlest()
        {
            let detail = || format!("more than {limit} streams are open on one HTTP/2 connection");
            out.context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
            self.abort(idlest, BodyEnd::NotCaptured, EndReason::GivenUp, client, at, out);
        }
        self.streams.open(id, Stream::default());
    }

    /// A stream is none of ours.
    fn pass_stream(&mut self, id: StreamId) {
        self.streams.pass(id);
    }

    /// Does something with an open stream, and says which it is to whatever is handed on.
    fn with(
        &mut self,
        id: StreamId,
        out: &mut Output<'_, '_>,
        act: impl FnOnce(&mut Stream, &mut Output<'_, '_>),
    ) {
        out.stream = Some(id);
        self.streams.with(id, |stream| act(stream, out));
    }

    fn part(&self, direction: Direction) -> Option<(Part, Direction)> {
        let client = self.client?;
        let part = match direction == client {
            true => Part::Request,
            false => Part::Answer,
        };
        Some((part, client))
    }

    fn begin_data(&mut self, direction: Direction, id: StreamId, began: FrameRef, out: &mut Output<'_, '_>) {
        let Some((part, client)) = self.part(direction) else {
            return;
        };
        let is_new = !self.has_begun(id, part);
        if is_new && !is_pushed(id) && !self.all_seen && !self.streams.is_closed(id, false) {
            // Its head was lost. What is in it may tell by itself.
            self.note_state(began, "a body whose head was not captured", out);
            self.open_stream(client, id, began, out);
            self.with(id, out, |stream, out| {
                let fields = FieldList::unread();
                let extent = Extent::single(began);
                match part {
                    Part::Request => {
                        stream.begin_request(incoming(fields.request(), &fields, extent, out), out);
                    }
                    Part::Answer => {
                        let incoming = incoming(fields.response(None), &fields, extent, out);
                        stream.begin_answer(incoming, client, out);
                    }
                }
            });
        } else {
            self.extend(id, part, began);
        }
    }

    fn take_content(&mut self, direction: Direction, id: StreamId, octets: &[u8], out: &mut Output<'_, '_>) {
        if let Some((part, _)) = self.part(direction) {
            self.with(id, out, |stream, out| stream.push(part, octets, out));
        }
    }

    fn end_data(&mut self, direction: Direction, head: &FrameHead, at: FrameRef, out: &mut Output<'_, '_>) {
        if let Some((part, _)) = self.part(direction) {
            self.extend(head.stream, part, at);
            if head.flags.ends_stream() {
                self.end_part(direction, head.stream, BodyEnd::Whole, at, out);
            }
        }
    }

    /// The message that one end sends on a stream is over.
    fn end_part(
        &mut self,
        direction: Direction,
        id: StreamId,
        end: BodyEnd,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        let Some((part, client)) = self.part(direction) else {
            return;
        };
        self.with(id, out, |stream, out| stream.end(part, end, client, out));
        // A request that the server will not process, though the client did not know it yet.
        let refused = self.last_processed.is_some_and(|last| id > last);
        if part == Part::Request && refused && self.is_unanswered(id) {
            self.abort(id, end, EndReason::NotProcessed, client, at, out);
        }
    }

    fn is_unanswered(&self, id: StreamId) -> bool {
        self.streams.get(id).is_some_and(Stream::is_unanswered)
    }

    fn abort(
        &mut self,
        id: StreamId,
        end: BodyEnd,
        reason: EndReason,
        client: Direction,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        self.with(id, out, |stream, out| stream.abort(end, reason, client, at, out));
    }

    /// Nothing more comes on any stream.
    fn end_all(&mut self, end: BodyEnd, reason: EndReason, at: FrameRef, out: &mut Output<'_, '_>) {
        let client = self.client.unwrap_or(Direction::FromInitiator);
        for (id, mut stream) in self.streams.take_all() {
            out.stream = Some(id);
            stream.abort(end, reason, client, at, out);
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

    fn reset(
        &mut self,
        direction: Direction,
        id: StreamId,
        payload: &[u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) -> Option<()> {
        let error = Http2Error(Reader::new(payload).u32("error code").ok()?);
        if let Some(client) = self.client {
            let by_server = direction != client;
            let reset = StreamReset { error, by_server };
            let (end, reason) = (BodyEnd::StreamReset(reset), EndReason::StreamReset(reset));
            self.abort(id, end, reason, client, at, out);
        }
        Some(())
    }

    /// The server says which streams it processes (RFC 9113 section 6.8). What a client says concerns pushed streams.
    fn go_away(
        &mut self,
        direction: Direction,
        payload: &[u8],
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) -> Option<()> {
        let last = StreamId(Reader::new(payload).u32("last stream").ok()? & 0x7fff_ffff);
        let Some(client) = self.client.filter(|client| *client != direction) else {
            return Some(());
        };
        self.last_processed = Some(self.last_processed.map_or(last, |known| known.min(last)));
        let beyond = |(id, stream): (StreamId, &Stream)| (id > last && stream.is_unanswered()).then_some(id);
        let refused: Vec<StreamId> = self.streams.iter().filter_map(beyond).collect();
        for id in refused {
            let end = cut(EndReason::NotProcessed);
            self.abort(id, end, EndReason::NotProcessed, client, at, out);
        }
        Some(())
    }

    fn take_gap(
        &mut self,
        direction: Direction,
        length: u64,
        end: BodyEnd,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        match self.side(direction).framer.gap(length) {
            Missing::Nothing => {}
            Missing::Content { head, octets, ends } => {
                if let Some((part, _)) = self.part(direction) {
                    self.with(head.stream, out, |stream, _| stream.skip(part, octets, end));
                }
                if ends {
                    self.end_data(direction, &head, at, out);
                }
            }
            Missing::Payload(head) => self.lose_block(direction, &head, Extent::single(at), out),
            Missing::Place => self.lose_place(direction, end, out),
        }
    }

    /// Where the next frame of an end begins is not known, nor what was in those before it.
    fn lose_place(&mut self, direction: Direction, end: BodyEnd, out: &mut Output<'_, '_>) {
        let side = self.side(direction);
        side.framer.lose();
        side.forget_table();
        side.block = None;
        self.all_seen = false;
        let Some((part, client)) = self.part(direction) else {
            return;
        };
        let open: Vec<StreamId> = self.streams.iter().map(|(id, _)| id).collect();
        for id in open {
            self.with(id, out, |stream, out| stream.doubt(part, end, client, out));
        }
    }

    /// One end sends no more.
    fn take_finish(&mut self, direction: Direction, at: FrameRef, out: &mut Output<'_, '_>) {
        self.finished_first.get_or_insert(direction);
        let Some((part, client)) = self.part(direction) else {
            return;
        };
        let end = BodyEnd::CutShort { reset: false };
        if part == Part::Answer {
            return self.end_all(end, EndReason::Closed { by_answerer: true }, at, out);
        }
        let open: Vec<StreamId> = self.streams.iter().map(|(id, _)| id).collect();
        for id in open {
            self.with(id, out, |stream, out| stream.end(part, end, client, out));
        }
    }

    /// The connection is over, and with it every message and exchange on it.
    fn close(&mut self, reason: CloseReason, at: FrameRef, out: &mut Output<'_, '_>) {
        let by_answerer = self.finished_first.is_some() && self.finished_first != self.client;
        let reason = match reason {
            CloseReason::Finished => EndReason::Closed { by_answerer },
            other => end_reason(other),
        };
        self.end_all(cut(reason), reason, at, out);
        self.over = true;
    }
}

impl BlockFor {
    fn new(head: &FrameHead, extent: Extent) -> Self {
        Self {
            stream: head.stream,
            ends_stream: head.kind == FrameType::Headers && head.flags.ends_stream(),
            is_promise: head.kind == FrameType::PushPromise,
            extent,
        }
    }
}

/// The message that a head begins.
fn incoming(head: Head, fields: &FieldList, extent: Extent, out: &mut Output<'_, '_>) -> Incoming {
    if head.contradictory {
        let detail = || "Content-Length is no number or contradicts itself".to_owned();
        out.context
            .anomalies
            .note(AnomalyKind::HttpMalformed, Some(extent.last), detail);
    }
    Incoming::new(head, fields.known(), extent)
}

/// The header block, or its beginning, in HEADERS or PUSH_PROMISE: without padding, priority and the promised stream
/// (RFC 9113 sections 6.2 and 6.6).
fn block_in<'a>(head: &FrameHead, payload: &'a [u8]) -> Option<&'a [u8]> {
    let mut reader = Reader::new(payload);
    let padding = match head.flags.is_padded() {
        true => usize::from(reader.u8("pad length").ok()?),
        false => 0,
    };
    if head.kind == FrameType::PushPromise {
        reader.skip("promised stream", 4).ok()?;
    } else if head.flags.has_priority() {
        reader.skip("priority", 5).ok()?;
    }
    let block = reader.rest();
    block.get(..block.len().checked_sub(padding)?)
}

/// Whether a stream is the server's (RFC 9113 section 5.1.1). What it pushes nobody asked for.
const fn is_pushed(stream: StreamId) -> bool {
    stream.0.is_multiple_of(2)
}

fn note_long_block(at: FrameRef, out: &mut Output<'_, '_>) {
    let limit = out.context.limits.head_octets;
    let detail = || format!("a head in HTTP/2 takes more than {limit} octets");
    out.context
        .anomalies
        .note(AnomalyKind::LimitReached, Some(at), detail);
}
