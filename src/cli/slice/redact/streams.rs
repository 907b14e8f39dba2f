//! What frames carry, in order: the octets of each direction of a TCP connection as far as they follow each other, and each
//! datagram by itself. What is changed there goes back into all frames that hold it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::held::{Anatomy, Held, Inside, Kind};
use crate::model::{Endpoint, NetworkId, SharedSort};

/// Octets that follow each other, with the frames that they came in.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) octets: Vec<u8>,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) is_tcp: bool,
    pub(super) is_signalling: bool,
    /// Which octets of it lie where in which frame.
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a stream in a frame.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The frame's place among those held.
    pub(super) frame: usize,
    /// Where in the stream it begins.
    begin: usize,
    /// Where in the frame it lies.
    place: Range<usize>,
}

type Direction = (NetworkId, Endpoint, Endpoint);

/// Puts together what frames carry; those that are left out are not looked at.
pub(super) fn streams(frames: &[Held], anatomies: &[Anatomy]) -> Vec<Stream> {
    let mut found = Vec::new();
    let mut directions: BTreeMap<Direction, Vec<(u32, usize, &Inside)>> = BTreeMap::new();
    for (at, (held, anatomy)) in frames.iter().zip(anatomies).enumerate() {
        let Some(inside) = anatomy.packet.as_ref().filter(|_| held.left_out.is_none()) else {
            continue;
        };
        if inside.payload.is_empty() {
            continue;
        }
        match inside.kind {
            Kind::Tcp { sequence, opens } => {
                // What SYN carries begins behind it.
                let sequence = if opens { sequence.wrapping_add(1) } else { sequence };
                let direction = (inside.network, inside.source, inside.destination);
                directions
                    .entry(direction)
                    .or_default()
                    .push((sequence, at, inside));
            }
            Kind::Udp | Kind::Sctp => found.push(alone(held, at, inside)),
        }
    }
    for segments in directions.into_values() {
        tcp(frames, segments, &mut found);
    }
    found
}

fn alone(held: &Held, at: usize, inside: &Inside) -> Stream {
    Stream {
        octets: held.data.get(inside.payload.clone()).unwrap_or_default().to_vec(),
        source: inside.source,
        destination: inside.destination,
        is_tcp: matches!(inside.kind, Kind::Tcp { .. }),
        is_signalling: inside.kind == Kind::Sctp,
        pieces: vec![Piece {
            frame: at,
            begin: 0,
            place: inside.payload.clone(),
        }],
    }
}

/// Puts the segments of a direction in order. A segment that says something else than those before it where they overlap
/// stays by itself.
fn tcp(frames: &[Held], mut segments: Vec<(u32, usize, &Inside)>, found: &mut Vec<Stream>) {
    let Some((base, ..)) = segments.first().copied() else {
        return;
    };
    // Numbers wrap: they are compared by how far they lie from the first.
    segments.shared_sort_by_key(|(sequence, at, _)| (sequence.wrapping_sub(base).cast_signed(), *at));
    let mut now: Option<(Stream, u32)> = None;
    for (sequence, at, inside) in segments {
        let Some(held) = frames.get(at) else { continue };
        let payload = held.data.get(inside.payload.clone()).unwrap_or_default();
        let placed = now.as_mut().and_then(|(stream, first)| {
            let begin = usize::try_from(sequence.wrapping_sub(*first).cast_signed()).ok()?;
            let known = stream.octets.get(begin..)?;
            let common = known.len().min(payload.len());
            if known.get(..common) != payload.get(..common) {
                return None;
            }
            stream
                .octets
                .extend_from_slice(payload.get(common..).unwrap_or_default());
            stream.pieces.push(Piece {
                frame: at,
                begin,
                place: inside.payload.clone(),
            });
            Some(())
        });
        if placed.is_some() {
            continue;
        }
        let other = alone(held, at, inside);
        let begins_behind = now.as_ref().is_none_or(|(stream, first)| {
            let length = u32::try_from(stream.octets.len()).unwrap_or(u32::MAX);
            sequence.wrapping_sub(first.wrapping_add(length)).cast_signed() > 0
        });
        if begins_behind {
            found.extend(now.replace((other, sequence)).map(|(stream, _)| stream));
        } else {
            found.push(other);
        }
    }
    found.extend(now.map(|(stream, _)| stream));
}

impl Stream {
    /// Puts the octets back into the frames.
    pub(super) fn write_back(&self, frames: &mut [Held]) {
        for piece in &self.pieces {
            let Some(held) = frames.get_mut(piece.frame) else {
                continue;
            };
            let Some(there) = held.data.get_mut(piece.place.clone()) else {
                continue;
            };
            let octets = self.octets.get(piece.begin..piece.begin + there.len());
            if let Some(octets) = octets {
                there.copy_from_slice(octets);
            }
        }
    }
}
