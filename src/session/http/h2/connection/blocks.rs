//! Header blocks: put together from HEADERS, PUSH_PROMISE and CONTINUATION, and decoded.

use super::Connection;
use crate::codec::Reader;
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, StreamId};
use crate::session::http::h2::fields::FieldList;
use crate::session::http::h2::frame::{FrameHead, FrameType};
use crate::session::http::h2::hpack::Decoder;
use crate::session::http::semantics::Output;

/// What a header block is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockFor {
    pub(super) stream: StreamId,
    /// Whether it ends its stream.
    pub(super) ends_stream: bool,
    /// Whether it promises a stream of the server.
    pub(super) is_promise: bool,
    pub(super) extent: Extent,
}

/// A header block that goes on in CONTINUATION.
#[derive(Debug)]
pub(super) struct OpenBlock {
    pub(super) of: BlockFor,
    pub(super) octets: Vec<u8>,
    /// Whether some of it is missing.
    pub(super) is_cut: bool,
}

impl Connection {
    /// A frame is longer than is read.
    pub(super) fn pass_frame(
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
    pub(super) fn lose_block(
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

    pub(super) fn begin_block(
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

    pub(super) fn continue_block(
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
    pub(super) fn block_or_more(
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
    pub(super) fn take_block(
        &mut self,
        direction: Direction,
        of: BlockFor,
        block: &[u8],
        out: &mut Output<'_, '_>,
    ) {
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

fn note_long_block(at: FrameRef, out: &mut Output<'_, '_>) {
    let limit = out.context.limits.head_octets;
    let detail = || format!("a head in HTTP/2 takes more than {limit} octets");
    out.context
        .anomalies
        .note(AnomalyKind::LimitReached, Some(at), detail);
}
