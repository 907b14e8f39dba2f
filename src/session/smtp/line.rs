//! Lines out of a stream, whatever segments they come in.

use std::borrow::Cow;

use memchr::memchr;

use crate::model::{Extent, FrameRef};

/// Octets that are kept of one line, a command or a reply. RFC 5321 section 4.5.3.1 asks for 512, extensions for some
/// hundred more; the rest of a longer one is passed over.
const LINE_OCTETS: usize = 4096;

/// The lines of one direction.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The start of a line whose end is still to come.
    held: Vec<u8>,
    /// The frame with its first octet.
    first: Option<FrameRef>,
}

/// One line with its end.
pub(super) struct Line<'a> {
    pub(super) octets: Cow<'a, [u8]>,
    pub(super) extent: Extent,
}

impl Lines {
    /// Octets of a line that is not whole.
    pub(super) const fn held_octets(&self) -> usize {
        self.held.len()
    }

    /// Octets are missing: what was begun will not be whole.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    /// Takes octets up to the next line end: the line, where it is whole, and what follows.
    pub(super) fn take<'a>(&mut self, octets: &'a [u8], place: Extent) -> (Option<Line<'a>>, &'a [u8]) {
        let end = memchr(b'\n', octets).map_or(octets.len(), |end| end.saturating_add(1));
        let (piece, rest) = octets.split_at_checked(end).unwrap_or((octets, &[]));
        let first = *self.first.get_or_insert(place.first);
        if !piece.ends_with(b"\n") {
            self.hold(piece);
            return (None, rest);
        }
        self.first = None;
        let octets = if self.held.is_empty() {
            Cow::Borrowed(piece)
        } else {
            self.hold(piece);
            Cow::Owned(std::mem::take(&mut self.held))
        };
        let last = place.last;
        let extent = Extent { first, last };
        (Some(Line { octets, extent }), rest)
    }

    fn hold(&mut self, piece: &[u8]) {
        let room = LINE_OCTETS.saturating_sub(self.held.len());
        self.held.extend(piece.iter().take(room));
    }
}
