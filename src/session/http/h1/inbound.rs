//! What one end of a connection sends: heads, and the bodies that follow them.

use super::framed_head::FramedHead;
use super::framing::Framing;
use super::head::{end_of_head, read_head, read_whole_head};
use crate::model::Extent;
use crate::session::http::semantics::Message;
use crate::session::probe::Probe;

/// Where a stream of messages stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// A head is next, or has begun.
    Head(Gathered),
    /// A body is coming.
    Body(Box<Incoming>),
    /// Where the next message begins is not known: it may be at the start of any segment.
    Lost,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Head(Gathered::default())
    }
}

impl Phase {
    /// Octets kept of the head at hand or of the one whose body is coming.
    pub(super) fn held_octets(&self) -> usize {
        match self {
            Self::Head(gathered) => gathered.octets.len(),
            Self::Body(incoming) => incoming.message.held_octets,
            Self::Lost => 0,
        }
    }

    /// Octets kept of the body that is coming.
    pub(super) fn body_octets(&self) -> usize {
        match self {
            Self::Body(incoming) => incoming.message.content.raw().len(),
            Self::Head(_) | Self::Lost => 0,
        }
    }
}

/// A message whose body is coming, and how its end will be found.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) message: Message,
    pub(super) framing: Framing,
    pub(super) asked: Asked,
}

/// What is known of the request that a message answers; of a request nothing is to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It was read, or there is none.
    Known,
    /// None was read: it may be captured later than its answer.
    Unseen,
    /// It was lost, and with it whether the answer has a body at all: it may have been HEAD.
    Lost,
}

/// The part of a head that has come.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    octets: Vec<u8>,
    extent: Option<Extent>,
}

/// A whole head.
#[derive(Debug)]
pub(super) struct Heard<'a> {
    pub(super) head: FramedHead,
    pub(super) extent: Extent,
    /// The octets that follow it.
    pub(super) rest: &'a [u8],
}

/// What is wrong with octets that are no head.
pub(super) type Malformed = &'static str;

impl Gathered {
    /// Takes octets of a head, of which `most` are kept; none as long as it is not complete. Where it lies whole in
    /// them it is read from there, not copied.
    pub(super) fn take<'a>(
        &mut self,
        octets: &'a [u8],
        place: Extent,
        most: usize,
    ) -> Result<Option<Heard<'a>>, Malformed> {
        let octets = if self.octets.is_empty() {
            after_blank_lines(octets)
        } else {
            octets
        };
        if octets.is_empty() {
            return Ok(None);
        }
        let mut extent = self.extent.unwrap_or(place);
        extent.extend(place.last);
        self.extent = Some(extent);
        let searched = self.octets.len();
        if searched == 0
            && let Some((end, head)) = read_whole_head(octets).filter(|(end, _)| *end <= most)
        {
            return heard(octets, head, octets.get(end..), extent).map(Some);
        }
        let room = most.saturating_sub(searched);
        self.octets
            .extend_from_slice(octets.get(..room).unwrap_or(octets));
        match end_of_head(&self.octets, searched) {
            Some(end) => {
                let head = self.octets.get(..end).and_then(read_head);
                heard(
                    &self.octets,
                    head,
                    octets.get(end.saturating_sub(searched)..),
                    extent,
                )
                .map(Some)
            }
            None if octets.len() > room => Err("a head is too long"),
            None if super::probe(&self.octets) == Probe::NotOurs => Err("a head is no HTTP"),
            None => Ok(None),
        }
    }

    /// What there is of a head whose rest will not come, if its start line is whole.
    pub(super) fn cut(&self) -> Option<(FramedHead, Extent)> {
        let whole_lines = self.octets.iter().rposition(|octet| *octet == b'\n')?;
        let head = read_head(self.octets.get(..whole_lines)?)?;
        Some((head, self.extent?))
    }
}

/// Empty lines before a start line are ignored (RFC 9112 section 2.2).
fn after_blank_lines(octets: &[u8]) -> &[u8] {
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    octets.get(blank..).unwrap_or_default()
}

/// The head that `held` begin with, as it was read, and what follows it.
fn heard<'a>(
    held: &[u8],
    head: Option<FramedHead>,
    rest: Option<&'a [u8]>,
    extent: Extent,
) -> Result<Heard<'a>, Malformed> {
    let certain = super::probe(held) == Probe::Certain;
    Ok(Heard {
        head: head.filter(|_| certain).ok_or("a head cannot be read")?,
        extent,
        rest: rest.unwrap_or_default(),
    })
}
