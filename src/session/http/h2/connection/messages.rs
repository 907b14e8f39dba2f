//! The messages on streams: their heads, what is in DATA, and where they end.

use super::Connection;
use super::blocks::BlockFor;
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, StreamId};
use crate::session::http::h2::fields::{FieldList, Section};
use crate::session::http::h2::frame::FrameHead;
use crate::session::http::h2::stream::{Incoming, Part, Stream};
use crate::session::http::semantics::{Head, Method, Output};
use crate::session::{BodyEnd, EndReason};

impl Connection {
    /// The fields of a header block came.
    pub(super) fn take_section(
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

    pub(super) fn begin_request(
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
        // What is in a tunnel is no message of ours, nor is what is in a call; what follows on this stream belongs to it.
        let is_tunnel = head.method() == Some(Method::Connect);
        if is_tunnel || fields.is_grpc() {
            self.passed.tunnels |= is_tunnel;
            self.passed.calls |= !is_tunnel;
            return self.pass_stream(of.stream);
        }
        self.open_stream(client, of.stream, of.extent.first, out);
        self.with(of.stream, out, |stream, out| {
            stream.begin_request(incoming(head, fields, of.extent, out), out);
        });
    }

    pub(super) fn begin_answer(
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

    pub(super) fn has_begun(&self, id: StreamId, part: Part) -> bool {
        self.streams.get(id).is_some_and(|stream| stream.has_begun(part))
    }

    pub(super) fn extend(&mut self, id: StreamId, part: Part, at: FrameRef) {
        self.streams.with(id, |stream| stream.extend(part, at));
    }

    /// Opens a stream that is not open yet, for which another one may have to go.
    pub(super) fn open_stream(
        &mut self,
        client: Direction,
        id: StreamId,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
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
    pub(super) fn pass_stream(&mut self, id: StreamId) {
        self.streams.pass(id);
    }

    /// Does something with an open stream, and says which it is to whatever is handed on.
    pub(super) fn with(
        &mut self,
        id: StreamId,
        out: &mut Output<'_, '_>,
        act: impl FnOnce(&mut Stream, &mut Output<'_, '_>),
    ) {
        out.stream = Some(id);
        self.streams.with(id, |stream| act(stream, out));
    }

    pub(super) fn part(&self, direction: Direction) -> Option<(Part, Direction)> {
        let client = self.client?;
        let part = match direction == client {
            true => Part::Request,
            false => Part::Answer,
        };
        Some((part, client))
    }

    pub(super) fn begin_data(
        &mut self,
        direction: Direction,
        id: StreamId,
        began: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
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

    pub(super) fn take_content(
        &mut self,
        direction: Direction,
        id: StreamId,
        octets: &[u8],
        out: &mut Output<'_, '_>,
    ) {
        if let Some((part, _)) = self.part(direction) {
            self.with(id, out, |stream, out| stream.push(part, octets, out));
        }
    }

    pub(super) fn end_data(
        &mut self,
        direction: Direction,
        head: &FrameHead,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        if let Some((part, _)) = self.part(direction) {
            self.extend(head.stream, part, at);
            if head.flags.ends_stream() {
                self.end_part(direction, head.stream, BodyEnd::Whole, at, out);
            }
        }
    }

    /// The message that one end sends on a stream is over.
    pub(super) fn end_part(
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

    pub(super) fn is_unanswered(&self, id: StreamId) -> bool {
        self.streams.get(id).is_some_and(Stream::is_unanswered)
    }

    pub(super) fn abort(
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

/// Whether a stream is the server's (RFC 9113 section 5.1.1). What it pushes nobody asked for.
const fn is_pushed(stream: StreamId) -> bool {
    stream.0.is_multiple_of(2)
}
