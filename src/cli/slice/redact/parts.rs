//! The content of messages, blanked at equal length: found in the PDUs that frames hold, and there in the frames themselves, in
//! one piece or several.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use memchr::memmem;

use super::streams::Stream;
use crate::mms::{self, Content, MailType, Part, Pdu, PduType};
use crate::model::{Endpoint, Extent};
use crate::pipeline::Observer;
use crate::session::CarrierEvent;

/// Octets by which places are found.
const GRAM: usize = 12;

/// Every so many octets one is remembered.
const STEP: usize = 8;

/// Fewest octets that are the same for their place to be found.
const SAME: usize = 24;

/// Octets of framing that may lie between two pieces: a chunk's size, the headers of the next datagram.
const BETWEEN: usize = 96;

/// Fewest octets by which a piece is known that follows another.
const NEXT: usize = 4;

/// What stands in the place of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    /// Zeros, of what is no text.
    Zeros,
    /// The letter x, of text; ends of lines stay.
    Letters,
    /// Zeros in base64; ends of lines and padding stay.
    Base64,
}

impl Fill {
    const fn octet(self, octet: u8) -> u8 {
        match (self, octet) {
            (Self::Letters | Self::Base64, b'\r' | b'\n') | (Self::Base64, b'=') => octet,
            (Self::Zeros, _) => 0,
            (Self::Letters, _) => b'x',
            (Self::Base64, _) => b'A',
        }
    }
}

/// A PDU with what is content in it.
#[derive(Debug)]
struct Known {
    octets: Vec<u8>,
    content: Vec<(Range<usize>, Fill)>,
}

/// Content of the PDUs that a reading finds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    found: Vec<Known>,
}

impl Observer for Contents {
    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        match pdu {
            Some(pdu) => self.add(pdu),
            None => {
                let body = body_of(event);
                let is_message = body.is_some_and(|body| body.content_type == Some(mms::MMS_MESSAGE));
                if let Some(body) = body.filter(|_| is_message) {
                    self.found.push(Known {
                        octets: body.bytes.to_vec(),
                        content: vec![(0..body.bytes.len(), Fill::Zeros)],
                    });
                }
            }
        }
    }

    fn pdu(&mut self, _: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        // Most were told with what carried them.
        if self.found.last().is_none_or(|last| last.octets != pdu.bytes()) {
            self.add(pdu);
        }
    }
}

fn body_of<'e>(event: &'e CarrierEvent<'_>) -> Option<&'e crate::session::Body<'e>> {
    match event {
        CarrierEvent::Request(request) => Some(&request.body),
        CarrierEvent::Response(response) => Some(&response.body),
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => None,
    }
}

/// The leaves that are somebody's content, with where they lie among the octets of the PDU.
fn content_of(pdu: &Pdu<'_>) -> Vec<(Range<usize>, Fill)> {
    let mut found = Vec::new();
    for leaf in pdu.leaves() {
        let Some(range) = place_of(leaf, pdu.bytes()) else {
            continue;
        };
        let range = range.start + kept_of(pdu, leaf)..range.end;
        if !range.is_empty() {
            found.push((range, fill_of(pdu, leaf)));
        }
    }
    found
}

fn place_of(leaf: &Part<'_>, octets: &[u8]) -> Option<Range<usize>> {
    let range = leaf.data_offset..leaf.data_offset.checked_add(leaf.data.len())?;
    if octets.get(range.clone()) == Some(leaf.data) {
        return Some(range);
    }
    let begin = memmem::find(octets, leaf.data).filter(|_| !leaf.data.is_empty())?;
    Some(begin..begin + leaf.data.len())
}

/// Octets at the beginning of a leaf that are no content: what a report says of a message, and the headers of a message that
/// it returns.
fn kept_of(pdu: &Pdu<'_>, leaf: &Part<'_>) -> usize {
    let all = leaf.data.len();
    if let Content::Pdu(inner) = &leaf.content {
        return if inner.body.is_some() { 0 } else { all };
    }
    let is_report = matches!(pdu.pdu_type(), Some(PduType::Mail(MailType::Dsn | MailType::Mdn)));
    match leaf.content_type.media.as_ref() {
        "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers"
            if is_report =>
        {
            all
        }
        "message/rfc822" if is_report => memmem::find(leaf.data, b"\r\n\r\n").map_or(all, |end| end + 4),
        _ => 0,
    }
}

fn fill_of(pdu: &Pdu<'_>, leaf: &Part<'_>) -> Fill {
    let is_code = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=\r\n".contains(octet);
    match pdu {
        Pdu::Mm1(_) => {
            let media = leaf.content_type.media.as_ref();
            match media.starts_with("text/") || media == "application/smil" {
                true => Fill::Letters,
                false => Fill::Zeros,
            }
        }
        _ if leaf.content() != leaf.data && leaf.data.iter().all(is_code) => Fill::Base64,
        _ if leaf.data.is_ascii() => Fill::Letters,
        _ => Fill::Zeros,
    }
}

type Index = HashMap<[u8; GRAM], (usize, usize), FixedState>;

impl Contents {
    fn add(&mut self, pdu: &Pdu<'_>) {
        let content = content_of(pdu);
        if !content.is_empty() {
            self.found.push(Known {
                octets: pdu.bytes().to_vec(),
                content,
            });
        }
    }

    /// Blanks the content in streams, which are those of the frames that the PDUs were read from.
    pub(super) fn blank(&self, streams: &mut [Stream]) {
        let index = self.index();
        let mut expected: HashMap<(Endpoint, Endpoint), (usize, usize), FixedState> = HashMap::default();
        for stream in streams {
            let ends = (stream.source, stream.destination);
            let last = expected.remove(&ends).filter(|_| !stream.is_tcp);
            if let Some(next) = self.blank_in(&mut stream.octets, &index, last) {
                expected.insert(ends, next);
            }
        }
    }

    fn index(&self) -> Index {
        let mut index = Index::default();
        for (number, known) in self.found.iter().enumerate() {
            for at in (0..known.octets.len()).step_by(STEP) {
                if let Some(gram) = known.octets.get(at..).and_then(|rest| rest.first_chunk()) {
                    index.entry(*gram).or_insert((number, at));
                }
            }
        }
        index
    }

    /// Blanks content in octets; `next` is where a PDU may go on that began before them. Gives where one goes on behind
    /// them.
    fn blank_in(
        &self,
        octets: &mut [u8],
        index: &Index,
        mut next: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        let original = octets.to_vec();
        let (mut at, mut done) = (0, 0);
        while at < original.len() {
            let rest = original.get(at..).unwrap_or_default();
            let is_near = at < done + BETWEEN;
            let goes_on = next.filter(|_| is_near).and_then(|(number, place)| {
                let known = self.found.get(number)?.octets.get(place..)?;
                let same = common(known, rest);
                (same >= NEXT.min(known.len())).then_some((number, place, at, same))
            });
            let hit = rest.first_chunk().and_then(|gram| index.get(gram));
            let matched =
                || hit.and_then(|(number, place)| self.extend(&original, done..at, *number, *place));
            // Where a PDU goes on is known best: what stands before those octets is framing, though it may be the same by chance.
            let found = goes_on
                .filter(|(.., same)| *same >= GRAM)
                .or_else(matched)
                .or(goes_on);
            match found {
                Some((number, place, begin, same)) if same > 0 => {
                    self.fill(octets, number, place, begin, same);
                    done = begin + same;
                    at = done;
                    let length = self.found.get(number).map_or(0, |known| known.octets.len());
                    next = (place + same < length).then_some((number, place + same));
                }
                _ => at += 1,
            }
        }
        next
    }

    /// How far a place in a PDU and one in octets are the same, both ways; none where that is too little. Gives the PDU, the
    /// place in it, that in the octets, and how many.
    fn extend(
        &self,
        octets: &[u8],
        free: Range<usize>,
        number: usize,
        place: usize,
    ) -> Option<(usize, usize, usize, usize)> {
        let known = self.found.get(number)?.octets.as_slice();
        let (before, from) = (known.get(..place)?, octets.get(free.clone())?);
        let back = before
            .iter()
            .rev()
            .zip(from.iter().rev())
            .take_while(|(one, other)| one == other)
            .count();
        let forth = common(known.get(place..)?, octets.get(free.end..)?);
        let is_whole = back + forth == known.len();
        (back + forth >= SAME || is_whole).then_some((number, place - back, free.end - back, back + forth))
    }

    fn fill(&self, octets: &mut [u8], number: usize, place: usize, begin: usize, same: usize) {
        let Some(known) = self.found.get(number) else {
            return;
        };
        for (range, fill) in &known.content {
            let from = range.start.max(place);
            let to = range.end.min(place + same);
            let there = from.checked_sub(place).zip(to.checked_sub(place));
            let there = there.and_then(|(from, to)| octets.get_mut(begin + from..begin + to));
            for octet in there.into_iter().flatten() {
                *octet = fill.octet(*octet);
            }
        }
    }
}

fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Finds PDUs whose content is not blank, or that hold one of the numbers.
pub(super) struct Leaks<'a> {
    /// Whether a number lies in octets.
    pub(super) has_number: &'a dyn Fn(&[u8]) -> bool,
    /// Where such PDUs lie, and between whom.
    pub(super) found: Vec<(Extent, Endpoint, Endpoint, bool)>,
}

impl Observer for Leaks<'_> {
    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        let (extent, source, destination, octets) = match event {
            CarrierEvent::Request(request) => (
                request.extent,
                request.source,
                request.destination,
                request.body.bytes,
            ),
            CarrierEvent::Response(response) => (
                response.extent,
                response.source,
                response.destination,
                response.body.bytes,
            ),
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return,
        };
        let shows_content = pdu.is_some_and(|pdu| {
            content_of(pdu).into_iter().any(|(range, fill)| {
                let content = pdu.bytes().get(range).unwrap_or_default();
                content.iter().any(|octet| fill.octet(*octet) != *octet)
            })
        });
        if shows_content || (self.has_number)(octets) {
            self.found.push((extent, source, destination, shows_content));
        }
    }
}
