//! Frames out of the octets of one direction, however they are cut into segments.

use std::borrow::Cow;

use super::frame::{FrameHead, FrameType, HEAD_OCTETS};
use super::search::Search;
use crate::model::FrameRef;

/// What a client sends before its first frame (RFC 9113 section 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Octets of SETTINGS that are read: many times the parameters there are.
const SETTINGS_OCTETS: u32 = 1024;

/// Where one end's octets stand.
#[derive(Debug)]
pub(super) struct Framer {
    state: State,
    /// Whether frames were found by how they look, so that they may be none.
    is_guessed: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing came yet: a preface or a frame is next.
    Start,
    /// In the preface, of which so many octets came.
    Preface(usize),
    /// In a frame's head, which began in a frame of the capture.
    Head(Vec<u8>, Option<FrameRef>),
    /// In DATA.
    Data(Data),
    /// In a frame that is read when it is whole.
    Payload(FrameHead, Vec<u8>, FrameRef),
    /// In a frame that is passed over, of which so many octets are left.
    Passed(u32),
    /// Where the next frame begins is not known.
    Lost(Box<Search>),
}

/// DATA while it comes.
#[derive(Clone, Copy, Debug)]
struct Data {
    head: FrameHead,
    /// Octets of the payload that are left, padding included.
    left: u32,
    /// Octets of padding; none where that is yet to come.
    padding: Option<u32>,
}

/// A step in the octets of one end.
#[derive(Debug)]
pub(super) enum Item<'a> {
    /// The preface began.
    Preface,
    /// DATA began.
    DataBegin(FrameHead, FrameRef),
    /// Content in DATA.
    Content(FrameHead, &'a [u8]),
    /// DATA ended.
    DataEnd(FrameHead),
    /// Another frame, whole, which began in a frame of the capture.
    Frame(FrameHead, Cow<'a, [u8]>, FrameRef),
    /// A frame whose payload is too long to be read.
    TooLong(FrameHead, FrameRef),
    /// This is no frame.
    Malformed(&'static str),
}

/// What octets that are missing were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// So much content in DATA, with which the frame may have ended.
    Content {
        head: FrameHead,
        octets: u64,
        ends: bool,
    },
    /// Some of a frame that is read as a whole.
    Payload(FrameHead),
    /// Some of a frame that is passed over.
    Nothing,
    /// Perhaps the beginning of a frame: where the next one begins is not known.
    Place,
}

/// What may be held, and may be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Octets of a frame that is read as a whole.
    pub(super) payload: usize,
    /// Octets of a payload that the receiver allows.
    pub(super) frame: u32,
}

impl Framer {
    /// Of a connection seen from its beginning.
    pub(super) fn at_start() -> Self {
        Self {
            state: State::Start,
            is_guessed: false,
        }
    }

    /// Of one of which the beginning is missing.
    pub(super) fn inside() -> Self {
        Self {
            state: State::Lost(Box::default()),
            is_guessed: true,
        }
    }

    /// Octets that are held.
    pub(super) fn held_octets(&self) -> usize {
        match &self.state {
            State::Head(octets, _) | State::Payload(_, octets, _) => octets.len(),
            State::Lost(search) => search.held_octets(),
            State::Start | State::Preface(_) | State::Data(_) | State::Passed(_) => 0,
        }
    }

    /// Whether where the next frame begins is not known.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost(_))
    }

    /// Whether frames were found by how they look.
    pub(super) fn is_guessed(&self) -> bool {
        self.is_guessed
    }

    /// Where the next frame begins is not known any more.
    pub(super) fn lose(&mut self) {
        self.state = State::Lost(Box::default());
        self.is_guessed = true;
    }

    /// Looks for frames in further octets; where they begin, all octets from there on.
    pub(super) fn search(&mut self, octets: &[u8], at: FrameRef) -> Vec<(Vec<u8>, FrameRef)> {
        let State::Lost(search) = &mut self.state else {
            return vec![(octets.to_vec(), at)];
        };
        match search.take(octets, at) {
            Some(found) => {
                self.state = State::Head(Vec::new(), None);
                found
            }
            None => Vec::new(),
        }
    }

    /// Takes the next step in octets that came in a frame of the capture; none where they are used up.
    pub(super) fn next<'a>(
        &mut self,
        rest: &mut &'a [u8],
        began: FrameRef,
        bounds: Bounds,
    ) -> Option<Item<'a>> {
        loop {
            match &mut self.state {
                State::Lost(_) => return None,
                State::Start => {
                    let first = rest.first()?;
                    let is_preface = PREFACE.first() == Some(first);
                    self.state = match is_preface {
                        true => State::Preface(0),
                        false => State::Head(Vec::new(), None),
                    };
                    if is_preface {
                        return Some(Item::Preface);
                    }
                }
                State::Preface(matched) => {
                    let expected = PREFACE.get(*matched..).unwrap_or_default();
                    let octets = take(rest, expected.len());
                    if !expected.starts_with(octets) {
                        return Some(Item::Malformed("a preface that is none"));
                    }
                    *matched = matched.saturating_add(octets.len());
                    if *matched < PREFACE.len() {
                        return None;
                    }
                    self.state = State::Head(Vec::new(), None);
                }
                State::Passed(left) => {
                    let octets = take(rest, to_usize(*left));
                    *left = left.saturating_sub(to_u32(octets.len()));
                    if *left > 0 {
                        return None;
                    }
                    self.state = State::Head(Vec::new(), None);
                }
                State::Head(..) => match self.head(rest, began, bounds)? {
                    Some(item) => return Some(item),
                    None => continue,
                },
                State::Data(data) => match data.step(rest)? {
                    Ok(item) => {
                        if let Item::DataEnd(_) = item {
                            self.state = State::Head(Vec::new(), None);
                        }
                        return Some(item);
                    }
                    Err(what) => return Some(Item::Malformed(what)),
                },
                State::Payload(head, held, _) => {
                    let missing = to_usize(head.length).saturating_sub(held.len());
                    held.extend_from_slice(take(rest, missing));
                    if held.len() < to_usize(head.length) {
                        return None;
                    }
                    let whole = std::mem::replace(&mut self.state, State::Head(Vec::new(), None));
                    if let State::Payload(head, held, began) = whole {
                        return Some(Item::Frame(head, Cow::Owned(held), began));
                    }
                }
            }
        }
    }

    /// Takes octets of a head; once it is whole the frame begins, with which there may be a step at once.
    fn head<'a>(&mut self, rest: &mut &'a [u8], at: FrameRef, bounds: Bounds) -> Option<Option<Item<'a>>> {
        let State::Head(held, began) = &mut self.state else {
            return Some(None);
        };
        if rest.is_empty() {
            return None;
        }
        let began = *began.get_or_insert(at);
        let head = match (held.is_empty(), FrameHead::read(rest)) {
            (true, Some(head)) => {
                take(rest, HEAD_OCTETS);
                head
            }
            _ => {
                held.extend_from_slice(take(rest, HEAD_OCTETS.saturating_sub(held.len())));
                FrameHead::read(held)?
            }
        };
        if !head.is_allowed(bounds.frame) {
            return Some(Some(Item::Malformed("a frame that is none")));
        }
        Some(self.begin(head, rest, began, bounds))
    }

    fn begin<'a>(
        &mut self,
        head: FrameHead,
        rest: &mut &'a [u8],
        began: FrameRef,
        bounds: Bounds,
    ) -> Option<Item<'a>> {
        let length = to_usize(head.length);
        let most = match head.kind {
            FrameType::Data => {
                let padding = (!head.flags.is_padded()).then_some(0);
                let left = head.length;
                self.state = State::Data(Data { head, left, padding });
                return Some(Item::DataBegin(head, began));
            }
            FrameType::Headers | FrameType::PushPromise | FrameType::Continuation => bounds.payload,
            FrameType::Settings | FrameType::GoAway | FrameType::ResetStream => to_usize(SETTINGS_OCTETS),
            FrameType::Priority | FrameType::Ping | FrameType::WindowUpdate | FrameType::Other => {
                self.state = State::Passed(head.length);
                return None;
            }
        };
        if length > most {
            self.state = State::Passed(head.length);
            return Some(Item::TooLong(head, began));
        }
        if rest.len() >= length {
            self.state = State::Head(Vec::new(), None);
            return Some(Item::Frame(head, Cow::Borrowed(take(rest, length)), began));
        }
        self.state = State::Payload(head, Vec::new(), began);
        None
    }

    /// Octets are missing.
    pub(super) fn gap(&mut self, octets: u64) -> Missing {
        match &mut self.state {
            State::Data(data) if octets <= u64::from(data.left) => {
                let missing = data.lose(octets);
                if let Missing::Content { ends: true, .. } = missing {
                    self.state = State::Head(Vec::new(), None);
                }
                return missing;
            }
            State::Payload(head, held, _) => {
                let head = *head;
                let left =
                    u64::from(head.length).saturating_sub(u64::try_from(held.len()).unwrap_or(u64::MAX));
                if let Some(left) = left.checked_sub(octets) {
                    self.state = State::Passed(u32::try_from(left).unwrap_or(u32::MAX));
                    return Missing::Payload(head);
                }
            }
            State::Passed(left) if octets <= u64::from(*left) => {
                *left = left.saturating_sub(u32::try_from(octets).unwrap_or(u32::MAX));
                return Missing::Nothing;
            }
            State::Lost(search) => search.restart(),
            _ => {}
        }
        self.lose();
        Missing::Place
    }
}

impl Data {
    /// Content that is left.
    fn content(&self) -> u32 {
        self.left.saturating_sub(self.padding.unwrap_or_default())
    }

    fn step<'a>(&mut self, rest: &mut &'a [u8]) -> Option<Result<Item<'a>, &'static str>> {
        if self.padding.is_none() && self.left > 0 {
            let [padding] = *take(rest, 1) else { return None };
            self.padding = Some(u32::from(padding));
            self.left = self.left.saturating_sub(1);
            if u32::from(padding) > self.left {
                return Some(Err("more padding than a frame has room for"));
            }
        }
        if self.left == 0 {
            return Some(Ok(Item::DataEnd(self.head)));
        }
        let content = take(rest, to_usize(self.content()));
        self.left = self.left.saturating_sub(to_u32(content.len()));
        if !content.is_empty() {
            return Some(Ok(Item::Content(self.head, content)));
        }
        if self.content() == 0 {
            let padding = take(rest, to_usize(self.left));
            self.left = self.left.saturating_sub(to_u32(padding.len()));
        }
        (self.left == 0).then_some(Ok(Item::DataEnd(self.head)))
    }

    /// Octets are missing, not more than are left.
    fn lose(&mut self, octets: u64) -> Missing {
        // How much of them was padding is not known where it is yet to come.
        let padding = *self.padding.get_or_insert(0);
        let content = u64::from(self.left.saturating_sub(padding)).min(octets);
        self.left = self
            .left
            .saturating_sub(u32::try_from(octets).unwrap_or(u32::MAX));
        self.padding = Some(padding.min(self.left));
        Missing::Content {
            head: self.head,
            octets: content,
            ends: self.left == 0,
        }
    }
}

/// The next octets, as many as there are of so many.
fn take<'a>(rest: &mut &'a [u8], octets: usize) -> &'a [u8] {
    let (taken, after) = rest.split_at_checked(octets).unwrap_or((rest, &[]));
    *rest = after;
    taken
}

fn to_usize(octets: u32) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

fn to_u32(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        payload: 64,
        frame: 16_384,
    };

    /// What octets that come by so many at a time are.
    fn items(framer: &mut Framer, octets: &[u8], size: usize) -> Vec<String> {
        let mut items: Vec<String> = Vec::new();
        for piece in octets.chunks(size) {
            let mut rest = piece;
            while let Some(item) = framer.next(&mut rest, FrameRef::default(), BOUNDS) {
                items.push(match item {
                    Item::Preface => "preface".into(),
                    Item::DataBegin(head, _) => format!("data {}", head.length),
                    Item::Content(_, octets) => String::from_utf8_lossy(octets).into_owned(),
                    Item::DataEnd(head) => format!("end {}", head.flags.ends_stream()),
                    Item::Frame(head, payload, _) => format!("{:?} {}", head.kind, payload.len()),
                    Item::TooLong(head, _) => format!("too long {}", head.length),
                    Item::Malformed(what) => what.to_owned(),
                });
                if items.last().is_some_and(|last| last.starts_with("a frame")) {
                    return items;
                }
            }
        }
        items
    }

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let stream = u8::from(!matches!(kind, 4 | 6));
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, stream][..], payload].concat()
    }

    fn stream() -> Vec<u8> {
        [
            PREFACE.to_vec(),
            frame(4, 0, &[]),
            frame(1, 4, b"block"),
            frame(0x55, 0xff, b"unknown"),
            frame(6, 0, b"12345678"),
            frame(0, 8, b"\x03contentpad"),
            frame(0, 9, b"\x00"),
            frame(1, 4, &[0; 65]),
            frame(0, 1, b""),
        ]
        .concat()
    }

    #[test]
    fn frames_however_they_are_cut() {
        let expected = [
            "preface",
            "Settings 0",
            "Headers 5",
            "data 11",
            "content",
            "end false",
            "data 1",
            "end true",
            "too long 65",
            "data 0",
            "end true",
        ];
        assert_eq!(items(&mut Framer::at_start(), &stream(), 1000), expected);
        let joined = expected.concat();
        for size in 1..100 {
            assert_eq!(
                items(&mut Framer::at_start(), &stream(), size).concat(),
                joined,
                "{size}"
            );
        }
    }

    #[test]
    fn gaps_take_what_they_hit() {
        let content = |octets, ends| {
            move |missing| match missing {
                Missing::Content {
                    octets: lost,
                    ends: over,
                    ..
                } => (lost, over) == (octets, ends),
                _ => false,
            }
        };
        let mut framer = Framer::at_start();
        items(&mut framer, &frame(0, 8, b"\x03contentpad")[..12], 100);
        assert!(content(3, false)(framer.gap(3)));
        assert!(content(2, true)(framer.gap(5)));
        assert_eq!(framer.gap(1), Missing::Place);
        let mut framer = Framer::at_start();
        items(&mut framer, &frame(1, 4, b"block")[..12], 100);
        assert!(matches!(framer.gap(1), Missing::Payload(_)));
        assert_eq!(framer.gap(1), Missing::Nothing);
        assert_eq!(items(&mut framer, &frame(0, 1, b""), 100), ["data 0", "end true"]);
        assert_eq!(framer.gap(100), Missing::Place);
    }

    #[test]
    fn what_cannot_be_a_frame_is_told() {
        for octets in [
            frame(0, 8, b"\x09content"),
            [&[0, 0x40, 1, 0, 0, 0, 0, 0, 1][..], b"x"].concat(),
            vec![0; 9],
            b"PRI * HTTP/1.0".to_vec(),
        ] {
            let items = items(&mut Framer::at_start(), &octets, 100);
            assert!(
                items
                    .iter()
                    .any(|item| item.contains("none") || item.contains("more padding")),
                "{items:?}"
            );
        }
    }
}
