//! Whole messages with their octets, for whoever shows the fields of every message and not only what may carry MMS.
//!
//! What the messages of a connection mean to each other is left to the sink.

use super::framed_head::FramedHead;
use super::framing::{Framing, Length, Skip, Step};
use super::head::{end_of_head, read_head, read_whole_head};
use super::probe;
use crate::session::Limits;
use crate::session::http::semantics::{Coding, Method, Start, decode};
use crate::session::probe::Probe;
use crate::session::wsp::may_be_mms;

/// What one end of a connection sends.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// A head is next, or has begun.
    Head(Vec<u8>),
    /// Content is coming.
    Content(Box<Open>),
    /// Where the next message begins is not known: it may be at the start of any segment.
    Lost,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

/// A message whose content is coming.
#[derive(Debug)]
struct Open {
    head: Vec<u8>,
    start: Start,
    codings: Vec<Coding>,
    is_chunked: bool,
    framing: Framing,
    content: Vec<u8>,
    kept: KeptContent,
    is_whole: bool,
    /// Octets of the message so far.
    length: usize,
    /// Where it began among the octets at hand.
    begun: Option<usize>,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WholeMessage<'a> {
    /// The status of a response; none of a request.
    pub(crate) status: Option<u16>,
    /// Start line and fields, up to the empty line.
    pub(crate) head: &'a [u8],
    /// The content, its codings undone; empty where it is not kept.
    pub(crate) content: &'a [u8],
    /// Whether the content lies behind the head as it is: neither in chunks nor coded.
    pub(crate) is_plain: bool,
    /// Whether all of the content is there.
    pub(crate) is_whole: bool,
    /// Octets of the message as it was sent.
    pub(crate) length: usize,
    /// Where it begins among the octets that were given last, if all of it lies among them.
    pub(crate) offset: Option<usize>,
}

/// The method of a request, as far as it decides where its answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// HEAD: the answer has no content.
    Head,
    /// CONNECT: what follows the answer is no HTTP.
    Connect,
    /// Any other.
    Other,
}

/// Which content is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptContent {
    /// None.
    Nothing,
    /// What may be an MMS PDU.
    MaybeMms,
    /// All.
    All,
}

/// Octets that tell whether content may be an MMS PDU.
const TELLING_OCTETS: usize = 3;

/// Takes messages.
pub(crate) trait MessageSink {
    /// What the next response answers; none where the request was not seen.
    fn asked(&mut self) -> Option<Asked>;

    /// Which content of messages it takes.
    fn keeps_content(&self) -> KeptContent;

    /// Takes a message.
    fn message(&mut self, message: &WholeMessage<'_>);
}

impl Messages {
    /// Octets held of messages that are not whole.
    pub(crate) fn held_octets(&self) -> usize {
        match &self.phase {
            Phase::Head(octets) => octets.len(),
            Phase::Content(open) => open.head.len().saturating_add(open.content.len()),
            Phase::Lost => 0,
        }
    }

    /// Takes the next octets.
    pub(crate) fn push(&mut self, octets: &[u8], limits: &Limits, sink: &mut impl MessageSink) {
        match &mut self.phase {
            Phase::Lost if probe(octets) == Probe::NotOurs => return,
            Phase::Lost => self.phase = Phase::default(),
            Phase::Content(open) => open.begun = None,
            Phase::Head(_) => {}
        }
        let mut rest = octets;
        while !rest.is_empty() {
            let at = octets.len() - rest.len();
            rest = match &mut self.phase {
                Phase::Head(_) => self.head(rest, at, limits, sink),
                Phase::Content(_) => self.content(rest, limits, sink),
                Phase::Lost => return,
            };
        }
    }

    /// Takes octets of a head that lie at `at` among those given; returns what follows it.
    fn head<'a>(
        &mut self,
        octets: &'a [u8],
        at: usize,
        limits: &Limits,
        sink: &mut impl MessageSink,
    ) -> &'a [u8] {
        let Phase::Head(held) = &mut self.phase else {
            return octets;
        };
        if held.is_empty() {
            // Empty lines before a start line are ignored (RFC 9112 section 2.2).
            let blank = octets
                .iter()
                .take_while(|octet| matches!(octet, b'\r' | b'\n'))
                .count();
            let octets = octets.get(blank..).unwrap_or_default();
            if let Some((end, head)) = read_whole_head(octets).filter(|(end, _)| *end <= limits.head_octets) {
                let (head_octets, rest) = octets.split_at_checked(end).unwrap_or((octets, &[]));
                self.begin(head, head_octets.to_vec(), Some(at + blank), limits, sink);
                return rest;
            }
            if octets.len() > limits.head_octets || probe(octets) == Probe::NotOurs {
                self.phase = Phase::Lost;
                return &[];
            }
            held.extend_from_slice(octets);
            return &[];
        }
        let searched = held.len();
        let room = limits.head_octets.saturating_sub(searched);
        held.extend_from_slice(octets.get(..room).unwrap_or(octets));
        match end_of_head(held, searched) {
            Some(end) => {
                let mut head_octets = std::mem::take(held);
                head_octets.truncate(end);
                let head = read_head(&head_octets);
                self.begin(head, head_octets, None, limits, sink);
                octets.get(end.saturating_sub(searched)..).unwrap_or_default()
            }
            None => {
                if octets.len() > room || probe(held) == Probe::NotOurs {
                    self.phase = Phase::Lost;
                }
                &[]
            }
        }
    }

    fn begin(
        &mut self,
        framed: Option<FramedHead>,
        octets: Vec<u8>,
        begun: Option<usize>,
        limits: &Limits,
        sink: &mut impl MessageSink,
    ) {
        let Some(FramedHead { head, length, .. }) = framed else {
            self.phase = Phase::Lost;
            return;
        };
        let (framing, goes_over) = match head.start {
            Start::Request(_) | Start::UnreadStatus => (Framing::of_request(length), false),
            Start::Status(status) => {
                let asked = sink.asked();
                let method = (asked == Some(Asked::Head)).then_some(Method::Head);
                let tunnel = status == 101 || asked == Some(Asked::Connect) && (200..300).contains(&status);
                let framing = match tunnel {
                    true => Framing::Length(0),
                    false => Framing::of_response(length, status, method),
                };
                (framing, tunnel)
            }
        };
        let mut open = Open {
            length: octets.len(),
            head: octets,
            start: head.start,
            codings: head.codings,
            is_chunked: length == Length::Chunked,
            framing,
            content: Vec::new(),
            kept: match sink.keeps_content() {
                // Its name says so; no octet of it needs to.
                KeptContent::MaybeMms if may_be_mms(head.texts.content_type(), &[]) => KeptContent::All,
                kept => kept,
            },
            is_whole: true,
            begun,
        };
        if let Step::End(_) = open.framing.step(&[]) {
            self.phase = match goes_over {
                true => Phase::Lost,
                false => Phase::default(),
            };
            open.finish(limits, sink);
        } else {
            self.phase = Phase::Content(Box::new(open));
        }
    }

    /// Takes octets of content; returns what follows it.
    fn content<'a>(&mut self, octets: &'a [u8], limits: &Limits, sink: &mut impl MessageSink) -> &'a [u8] {
        let Phase::Content(open) = &mut self.phase else {
            return octets;
        };
        let mut rest = octets;
        loop {
            match open.framing.step(rest) {
                Step::Content(content, after) => {
                    open.length = open.length.saturating_add(rest.len() - after.len());
                    open.keep(content, limits.body_octets);
                    rest = after;
                }
                Step::End(after) => {
                    open.length = open.length.saturating_add(rest.len() - after.len());
                    if let Phase::Content(open) = std::mem::take(&mut self.phase) {
                        open.finish(limits, sink);
                    }
                    return after;
                }
                Step::More => {
                    open.length = open.length.saturating_add(rest.len());
                    return &[];
                }
                Step::Malformed => {
                    self.phase = Phase::Lost;
                    return &[];
                }
            }
        }
    }

    /// Octets are missing. A message whose end is known all the same goes on without them.
    pub(crate) fn gap(&mut self, lost: u64, limits: &Limits, sink: &mut impl MessageSink) {
        let skip = match &mut self.phase {
            Phase::Content(open) => {
                open.is_whole = false;
                // What comes behind a hole would not lie where it belongs.
                open.kept = KeptContent::Nothing;
                open.begun = None;
                open.length = open
                    .length
                    .saturating_add(usize::try_from(lost).unwrap_or(usize::MAX));
                open.framing.skip(lost)
            }
            Phase::Head(_) | Phase::Lost => Skip::Beyond,
        };
        match skip {
            Skip::Within => {}
            Skip::ToEnd => {
                if let Phase::Content(open) = std::mem::take(&mut self.phase) {
                    open.finish(limits, sink);
                }
            }
            Skip::Beyond => self.phase = Phase::Lost,
        }
    }

    /// The stream ended: so does a message that lasts until then.
    pub(crate) fn finish(&mut self, limits: &Limits, sink: &mut impl MessageSink) {
        match std::mem::replace(&mut self.phase, Phase::Lost) {
            Phase::Content(mut open) if matches!(open.framing, Framing::ToClose) => {
                open.begun = None;
                open.finish(limits, sink);
            }
            _ => {}
        }
    }
}

impl Open {
    fn keep(&mut self, content: &[u8], most: usize) {
        if self.kept == KeptContent::Nothing {
            return;
        }
        let room = most.saturating_sub(self.content.len());
        self.content
            .extend_from_slice(content.get(..room).unwrap_or(content));
        self.is_whole &= content.len() <= room;
        if self.kept == KeptContent::MaybeMms && self.codings.is_empty() {
            self.kept = match self.content.len() {
                0..TELLING_OCTETS => KeptContent::MaybeMms,
                _ if may_be_mms(None, &self.content) => KeptContent::All,
                _ => KeptContent::Nothing,
            };
            if self.kept == KeptContent::Nothing {
                self.content = Vec::new();
            }
        }
    }

    /// Undoes the codings, of content that may be an MMS PDU only where its first octets are such.
    fn decoded(&self, limits: &Limits) -> Vec<u8> {
        // The first octets of one coding say what they become; those of several need all that is between.
        if let (KeptContent::MaybeMms, [_]) = (self.kept, self.codings.as_slice()) {
            let first = Limits {
                body_octets: TELLING_OCTETS,
                ..*limits
            };
            if !may_be_mms(None, &decode(&self.content, &self.codings, &first).octets) {
                return Vec::new();
            }
        }
        decode(&self.content, &self.codings, limits).octets
    }

    fn finish(mut self, limits: &Limits, sink: &mut impl MessageSink) {
        let coded = !self.codings.is_empty() && !self.content.is_empty();
        if coded {
            self.content = self.decoded(limits);
        }
        sink.message(&WholeMessage {
            status: match self.start {
                Start::Request(_) | Start::UnreadStatus => None,
                Start::Status(status) => Some(status),
            },
            head: &self.head,
            content: &self.content,
            is_plain: !coded && !self.is_chunked,
            is_whole: self.is_whole,
            length: self.length,
            offset: self.begun,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What it took: status, first line, content, whether it is plain and whole, length, offset.
    type Taken = (Option<u16>, String, Vec<u8>, [bool; 2], usize, Option<usize>);

    struct Taker {
        keeps: KeptContent,
        asked: Option<Asked>,
        taken: Vec<Taken>,
    }

    impl Default for Taker {
        fn default() -> Self {
            Self {
                keeps: KeptContent::All,
                asked: None,
                taken: Vec::new(),
            }
        }
    }

    impl MessageSink for Taker {
        fn asked(&mut self) -> Option<Asked> {
            self.asked
        }

        fn keeps_content(&self) -> KeptContent {
            self.keeps
        }

        fn message(&mut self, message: &WholeMessage<'_>) {
            let line = message.head.split(|octet| *octet == b'\r').next().unwrap();
            self.taken.push((
                message.status,
                String::from_utf8_lossy(line).into_owned(),
                message.content.to_vec(),
                [message.is_plain, message.is_whole],
                message.length,
                message.offset,
            ));
        }
    }

    const PIPELINED: &[u8] =
        b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\
        POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n";

    #[test]
    fn messages_follow_each_other() {
        let (mut messages, mut taker) = (Messages::default(), Taker::default());
        messages.push(PIPELINED, &Limits::default(), &mut taker);
        let line = |line: &str| line.to_owned();
        assert_eq!(
            taker.taken,
            [
                (None, line("GET /a HTTP/1.1"), vec![], [true, true], 28, Some(0)),
                (
                    None,
                    line("POST /b HTTP/1.1"),
                    b"abc".to_vec(),
                    [true, true],
                    42,
                    Some(28)
                ),
                (
                    None,
                    line("POST /c HTTP/1.1"),
                    b"xy".to_vec(),
                    [false, true],
                    60,
                    Some(70)
                ),
            ]
        );
    }

    #[test]
    fn answers_end_as_their_requests_say() {
        let limits = Limits::default();
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        let mut taker = Taker {
            asked: Some(Asked::Head),
            ..Taker::default()
        };
        let mut messages = Messages::default();
        messages.push(head, &limits, &mut taker);
        assert_eq!(taker.taken.len(), 1);
        taker.asked = Some(Asked::Other);
        messages.push(head, &limits, &mut taker);
        assert_eq!(taker.taken.len(), 1);
        messages.gap(4, &limits, &mut taker);
        messages.push(b"56789", &limits, &mut taker);
        assert_eq!(taker.taken[1].3, [true, false], "a hole in it");
        messages.push(b"HTTP/1.0 200 OK\r\n\r\nuntil the end", &limits, &mut taker);
        assert_eq!(taker.taken.len(), 2);
        messages.finish(&limits, &mut taker);
        assert_eq!(taker.taken[2].2, b"until the end");
        assert_eq!(messages.held_octets(), 0);
    }

    /// The content that is taken of a message with these fields, given octet by octet.
    fn taken(keeps: KeptContent, fields: &str, content: &[u8]) -> Vec<u8> {
        let (mut messages, mut taker) = (
            Messages::default(),
            Taker {
                keeps,
                ..Taker::default()
            },
        );
        let head = format!(
            "POST / HTTP/1.1\r\n{fields}Content-Length: {}\r\n\r\n",
            content.len()
        );
        for octet in head.as_bytes().iter().chain(content) {
            messages.push(&[*octet], &Limits::default(), &mut taker);
        }
        let [(.., content, _, _, _)] = taker.taken.as_slice() else {
            panic!("{} messages", taker.taken.len());
        };
        content.clone()
    }

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut coder, octets).unwrap();
        coder.finish().unwrap()
    }

    #[test]
    fn what_may_be_mms_is_kept_whatever_it_is_called_and_however_coded() {
        use KeptContent::{All, MaybeMms, Nothing};
        let pdu = [b"\x8c\x82\x98T1\0\x8d\x92".as_slice(), &[b'x'; 5000]].concat();
        let page = [b'<'; 5000];
        for keeps in [MaybeMms, All] {
            assert_eq!(taken(keeps, "", &pdu), pdu);
            assert_eq!(taken(keeps, "Content-Type: text/plain\r\n", &pdu), pdu);
            assert_eq!(taken(keeps, "Content-Encoding: gzip\r\n", &gzip(&pdu)), pdu);
            let twice = "Content-Encoding: gzip, gzip\r\n";
            assert_eq!(taken(keeps, twice, &gzip(&gzip(&pdu))), pdu);
            let named = "Content-Type: Application/vnd.wap.mms-message;x=y\r\n";
            assert_eq!(taken(keeps, named, b"ab"), b"ab");
            assert_eq!(taken(keeps, named, &page), page);
            assert_eq!(taken(keeps, "Content-Type: */*\r\n", &page), page);
        }
        assert_eq!(taken(MaybeMms, "Content-Type: text/html\r\n", &page), b"");
        assert_eq!(taken(MaybeMms, "Content-Encoding: gzip\r\n", &gzip(&page)), b"");
        assert_eq!(taken(Nothing, "", &pdu), b"");
    }

    proptest! {
        #[test]
        fn cuts_change_nothing_but_offsets(cuts in prop::collection::vec(1usize..40, 1..40)) {
            let (mut messages, mut taker) = (Messages::default(), Taker::default());
            let mut rest = PIPELINED;
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                messages.push(piece, &Limits::default(), &mut taker);
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            let bodies: Vec<_> = taker.taken.iter().map(|taken| (taken.2.clone(), taken.3, taken.4)).collect();
            prop_assert_eq!(bodies, [
                (vec![], [true, true], 28),
                (b"abc".to_vec(), [true, true], 42),
                (b"xy".to_vec(), [false, true], 60),
            ]);
        }

        #[test]
        fn any_octets_do(octets in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
            let (mut messages, mut taker) = (Messages::default(), Taker::default());
            let (one, other) = octets.split_at(cut.min(octets.len()));
            messages.push(one, &Limits::default(), &mut taker);
            messages.push(other, &Limits::default(), &mut taker);
            messages.finish(&Limits::default(), &mut taker);
        }
    }
}
