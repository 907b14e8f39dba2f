//! HTTP/2: its frames, and its header compression.

use std::hint::black_box;

use super::{Script, Step, connection};
use crate::{flow::TransportKind, session::http::HeaderDecoder};

/// What a client begins with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Octets that a step of [`http2`] begins with: type, flags, and the stream as two octets.
const HEAD: usize = 4;

/// Frames of HTTP/2 on one connection: a script whose steps are frames without their length, type, flags and stream (2 octets)
/// first. The operations of [`super::stream`] for gaps and ends are as there; operation 5 is octets that are no frame.
pub fn http2(octets: &[u8]) {
    let mut script = Vec::new();
    Script::append(&mut script, 0, PREFACE);
    for step in Script::new(octets) {
        match (step.operation >> 1 & 0x07, frame(&step)) {
            (0..=4, Some(frame)) => Script::append(&mut script, step.operation & 1, &frame),
            _ => Script::append(&mut script, step.operation, step.octets),
        }
    }
    connection(&script, TransportKind::Tcp, [40_000, 80]);
}

/// The frame that a step is, with its length.
fn frame(step: &Step<'_>) -> Option<Vec<u8>> {
    let ([kind, flags, high, low], payload) = step.octets.split_first_chunk::<HEAD>()?;
    let [_, length @ ..] = u32::try_from(payload.len()).ok()?.to_be_bytes();
    let head = [*kind, *flags, 0, 0, *high, *low];
    Some([&length, head.as_slice(), payload].concat())
}

/// Octets of fields that are told of a block.
const MOST: usize = 4096;

/// Header blocks of both directions of a connection: the octets of the table that are kept, in units of 256, and a script whose
/// steps are blocks. Bit 1 of an operation begins anew in the middle of a connection. Returns how many octets of fields were
/// told, which is never more than are asked for of each block.
pub fn hpack(octets: &[u8]) -> usize {
    let Some((units, script)) = octets.split_first() else {
        return 0;
    };
    let limit = usize::from(*units) << 8;
    let mut decoders = [HeaderDecoder::initial(limit), HeaderDecoder::initial(limit)];
    let mut told = 0_usize;
    for step in Script::new(script) {
        let Some(decoder) = decoders.get_mut(step.direction().index()) else {
            continue;
        };
        if step.operation & 2 != 0 {
            *decoder = HeaderDecoder::unknown(limit);
        }
        let mut room = MOST;
        let decoded = decoder.decode(step.octets, MOST, &mut |name, value| {
            let length = name.octets().map_or(0, <[u8]>::len).saturating_add(value.len());
            room = room.saturating_sub(length);
            told = told.saturating_add(length);
        });
        black_box((decoded.is_ok(), decoder.held_octets()));
    }
    told
}
