//! How streams end before their messages do: RST_STREAM, GOAWAY, holes, and the end of the connection.

use super::Connection;
use crate::codec::Reader;
use crate::flow::CloseReason;
use crate::model::{Direction, Extent, FrameRef, Http2Error, StreamId, StreamReset};
use crate::session::http::h2::framer::Missing;
use crate::session::http::h2::stream::{Part, Stream};
use crate::session::http::semantics::{Output, cut};
use crate::session::unanswered::{FirstFinish, end_reason, finished_body};
use crate::session::{BodyEnd, EndReason};

impl Connection {
    /// Nothing more comes on any stream.
    pub(super) fn end_all(
        &mut self,
        end: BodyEnd,
        reason: EndReason,
        at: FrameRef,
        out: &mut Output<'_, '_>,
    ) {
        let client = self.client.unwrap_or(Direction::FromInitiator);
        for (id, mut stream) in self.streams.take_all() {
            out.stream = Some(id);
            stream.abort(end, reason, client, at, out);
        }
    }

    pub(super) fn reset(
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
    pub(super) fn go_away(
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

    pub(super) fn take_gap(
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
    pub(super) fn lose_place(&mut self, direction: Direction, end: BodyEnd, out: &mut Output<'_, '_>) {
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
    pub(super) fn take_finish(&mut self, direction: Direction, at: FrameRef, out: &mut Output<'_, '_>) {
        let notify = out.context.tls.notify;
        self.finished_first.get_or_insert(FirstFinish {
            by: direction,
            notify,
        });
        let Some((part, client)) = self.part(direction) else {
            return;
        };
        let end = finished_body(notify);
        if part == Part::Answer {
            return self.end_all(end, EndReason::closed(true, notify), at, out);
        }
        let open: Vec<StreamId> = self.streams.iter().map(|(id, _)| id).collect();
        for id in open {
            self.with(id, out, |stream, out| stream.end(part, end, client, out));
        }
    }

    /// The connection is over, and with it every message and exchange on it.
    pub(super) fn close(&mut self, reason: CloseReason, at: FrameRef, out: &mut Output<'_, '_>) {
        let reason = match reason {
            CloseReason::Finished => FirstFinish::end_reason(self.finished_first, self.client),
            other => end_reason(other),
        };
        self.end_all(cut(reason), reason, at, out);
        self.over = true;
    }
}
