//! The call flow of a message: who sent what to whom, in the order of time. Built once, drawn as text, SVG or Mermaid.

mod mermaid;
mod svg;
mod text;
mod words;

pub use mermaid::write as write_mermaid;
pub use svg::write as write_svg;
pub use text::{Flow, Lines, write as write_text, write_flow, write_title};

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::mms::PduType;
use crate::model::{Endpoint, FailureCause, FrameRef, SharedSort, Timestamp, tree};
use crate::report::document::{Event, EventFacts, Failure, Message, Passage, Stage};
use crate::report::words::names::HostNames;
use crate::report::words::participants::{self, Participant};
use crate::report::words::style::Tone;
use crate::report::words::{context, explain, human};
use words::Words;

/// A message's call flow.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// The columns, from left to right.
    pub participants: Vec<Participant>,
    /// What happened, in the order of time.
    pub rows: Vec<Row>,
    /// The time that the rows' times count from, as its capture has it.
    pub started: Option<Timestamp>,
    /// The same on the clock of the run.
    origin: Option<Timestamp>,
    /// Whether the events come from more than one capture.
    pub several_captures: bool,
}

/// A row of a ladder.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// Something went from one participant to another.
    Arrow(Arrow),
    /// A remark on the arrow above.
    Note(Note),
}

/// An arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Index of the participant that sent it.
    pub from: usize,
    /// Index of the participant that it went to.
    pub to: usize,
    /// Which of the message's events it is; of several that say the same, the first. None of what another system was asked,
    /// or answered.
    pub event: Option<usize>,
    /// Which input, 0-based.
    pub capture: u32,
    /// The frame; of several that say the same, the first.
    pub frame: u64,
    /// How many in a row say the same.
    pub times: u32,
    /// Milliseconds after the first.
    pub offset_ms: Option<f64>,
    /// What it is: untrusted text.
    pub label: String,
    /// How it went.
    pub tone: Tone,
    /// Whether part of it was lost or never came.
    pub broken: bool,
    /// Whether it went to another system than those of the message's way, or came from one: drawn dashed.
    pub dashed: bool,
}

impl Arrow {
    /// Its frame, with its capture, counted from 1, where that is not the first or the message is in several.
    pub fn place(&self, several_captures: bool) -> String {
        human::place(self.capture, self.frame, several_captures)
    }

    /// How often it was seen, where more than once, whether it was cut, and what it is: untrusted text.
    fn words(&self, times_sign: char) -> String {
        let times = match self.times {
            0 | 1 => String::new(),
            times => format!("{times_sign}{times} "),
        };
        let cut = if self.broken { "(cut) " } else { "" };
        format!("{times}{cut}{}", self.label)
    }
}

/// A remark.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What is to say: untrusted text.
    pub text: String,
    /// How it went.
    pub tone: Tone,
}

impl Ladder {
    /// The call flow of a message, with the names that its hosts have.
    pub fn of(message: &Message, names: &HostNames) -> Self {
        let mut participants = participants::of(message);
        for participant in &mut participants {
            participant.name = names.of(participant.host).map(str::to_owned);
        }
        let first = message.events.first();
        let capture = first.map(|event| event.seen.capture);
        let passages = message
            .context
            .iter()
            .flat_map(|entry| entry.request.iter().chain(&entry.response));
        let captures = passages.map(|passage| passage.capture);
        let mut ladder = Self {
            participants,
            rows: Vec::with_capacity(message.events.len()),
            started: first.map(|event| event.seen.time),
            origin: first.map(|event| event.seen.last().time),
            several_captures: message
                .events
                .iter()
                .map(|event| event.seen.capture)
                .chain(captures)
                .any(|other| Some(other) != capture),
        };
        ladder.draw(message);
        ladder
    }

    fn draw(&mut self, message: &Message) {
        let participants = self.participants.iter().enumerate();
        let places: BTreeMap<IpAddr, usize> =
            tree(participants.map(|(at, participant)| (participant.host, at)));
        let place = |end: Endpoint| places.get(&end.address).copied().unwrap_or(0);
        let mut notes = notes_by_frame(message);
        let words = Words::of(message);
        let mut seen: BTreeMap<(usize, usize, String), u32> = BTreeMap::new();
        let mut rows: Vec<Row> = Vec::with_capacity(message.events.len());
        let mut asides = asides(message, &place, self.origin).into_iter().peekable();
        for (at, event) in message.events.iter().enumerate() {
            while let Some((_, aside)) = asides.next_if(|(at, _)| *at < event.seen.last()) {
                rows.push(Row::Arrow(aside));
            }
            let seen_at = &event.seen;
            let (from, to) = (place(seen_at.src), place(seen_at.dst));
            let mut label = label(&words, event);
            let again = seen.entry((from, to, label.clone())).or_default();
            *again += 1;
            if *again > 1 && repeats_last(&mut rows, from, to, &label) {
                continue;
            }
            let failures = notes
                .remove(&(seen_at.capture, seen_at.frame))
                .unwrap_or_default();
            if *again > 1 && (event.facts.pdu().is_some() || matches!(event.facts, EventFacts::Get { .. })) {
                label.push_str(&format!(" (again, no. {again})"));
            }
            rows.push(Row::Arrow(Arrow {
                from,
                to,
                event: Some(at),
                capture: seen_at.capture,
                frame: seen_at.frame,
                times: 1,
                offset_ms: self
                    .origin
                    .map(|start| human::between(start, seen_at.last().time)),
                tone: tone(event, &failures),
                broken: is_broken(message, event, &failures),
                dashed: false,
                label,
            }));
            rows.extend(notes_of(&failures));
        }
        rows.extend(asides.map(|(_, aside)| Row::Arrow(aside)));
        rows.extend(
            notes
                .into_values()
                .flat_map(|failures| notes_of(&failures).collect::<Vec<_>>()),
        );
        self.rows = rows;
    }
}

/// The arrows to other systems and back, in the order of time.
fn asides(
    message: &Message,
    place: &impl Fn(Endpoint) -> usize,
    origin: Option<Timestamp>,
) -> Vec<(FrameRef, Arrow)> {
    let mut found: Vec<(FrameRef, Arrow)> = Vec::new();
    for entry in &message.context {
        let mut add = |passage: &Passage, label: String, tone: Tone| {
            let arrow = Arrow {
                from: place(passage.src),
                to: place(passage.dst),
                event: None,
                capture: passage.capture,
                frame: passage.frame,
                times: 1,
                offset_ms: origin.map(|start| human::between(start, passage.last().time)),
                label,
                tone,
                broken: false,
                dashed: true,
            };
            found.push((passage.last(), arrow));
        };
        let tone = if entry.failed { Tone::Bad } else { Tone::Plain };
        if let Some(request) = &entry.request {
            let unanswered = entry.response.is_none() && entry.failed;
            let label = match unanswered {
                true => format!("{}: {}", context::asked(entry), context::answered(entry)),
                false => context::asked(entry),
            };
            add(request, label, if unanswered { tone } else { Tone::Plain });
        }
        if let Some(response) = &entry.response {
            add(response, context::answered(entry), tone);
        }
    }
    found.shared_sort_by_key(|(at, _)| *at);
    found
}

/// Counts an event to the arrow above, if that is the same with nothing between.
fn repeats_last(rows: &mut [Row], from: usize, to: usize, label: &str) -> bool {
    let Some(Row::Arrow(last)) = rows.last_mut() else {
        return false;
    };
    let same = last.from == from && last.to == to && last.label == label;
    if same {
        last.times = last.times.saturating_add(1);
    }
    same
}

type Notes<'a> = BTreeMap<(u32, u64), Vec<&'a Failure>>;

fn notes_by_frame(message: &Message) -> Notes<'_> {
    let mut notes = Notes::new();
    for failure in &message.failures {
        let place = (failure.capture.unwrap_or(0), failure.frame.unwrap_or(u64::MAX));
        notes.entry(place).or_default().push(failure);
    }
    notes
}

/// The notes of what failed in a frame; of several, each says whom it concerns.
fn notes_of(failures: &[&Failure]) -> impl Iterator<Item = Row> {
    let are_several = failures.len() > 1;
    failures.iter().map(move |failure| {
        let whose = failure.recipient.as_deref().filter(|_| are_several);
        note(failure, whose)
    })
}

fn note(failure: &Failure, whose: Option<&str>) -> Row {
    let short = match whose {
        Some(recipient) => format!("{} for {recipient}", explain::failure_in_short(failure)),
        None => explain::failure_in_short(failure).to_string(),
    };
    let text = match failure.detail.to_string() {
        detail if detail.is_empty() || says_all(failure) => short,
        detail => format!("{short}: {detail}"),
    };
    Row::Note(Note {
        text: explain::with_cause(text, failure.cause.as_ref()),
        tone: Tone::Bad,
    })
}

/// Whether the few words of a failure say as much as its detail: the PDU and its status stand on the arrow above.
const fn says_all(failure: &Failure) -> bool {
    match failure.kind.cause() {
        FailureCause::BearerError | FailureCause::Status(_) => true,
        FailureCause::NoResponse
        | FailureCause::Expiry
        | FailureCause::Aborted
        | FailureCause::Incomplete
        | FailureCause::NotMms
        | FailureCause::Malformed => false,
    }
}

/// What an arrow says: the PDU, what is known of it, the bearer's status where that is not said already, and the stream of
/// HTTP/2.
fn label(words: &Words<'_>, event: &Event) -> String {
    let label = with_status(words.label(event), event);
    match event.seen.stream {
        Some(stream) => format!("{label} stream {stream}").trim_start().to_owned(),
        None => label,
    }
}

fn with_status(label: String, event: &Event) -> String {
    match event.http_status() {
        Some(status) if is_news(event, status) && !label.contains(&status.to_string()) => {
            format!("{label} HTTP {status}").trim_start().to_owned()
        }
        _ => label,
    }
}

/// A status that a PDU does not already stand for.
const fn is_news(event: &Event, status: u32) -> bool {
    event.facts.pdu().is_none() || status < 200 || status >= 300
}

fn tone(event: &Event, failures: &[&Failure]) -> Tone {
    let refused = event.http_status().is_some_and(|status| status >= 400);
    if refused || !failures.is_empty() {
        Tone::Bad
    } else {
        Tone::Plain
    }
}

fn is_broken(message: &Message, event: &Event, failures: &[&Failure]) -> bool {
    let cut_short = failures.iter().any(|failure| match failure.kind.cause() {
        FailureCause::Incomplete | FailureCause::Aborted => failure.kind.stage() != Stage::Acknowledgement,
        FailureCause::NoResponse
        | FailureCause::BearerError
        | FailureCause::Status(_)
        | FailureCause::Expiry
        | FailureCause::NotMms
        | FailureCause::Malformed => false,
    });
    let retrievals = message
        .deliveries
        .iter()
        .flat_map(|delivery| &delivery.retrievals);
    cut_short
        || event.facts.pdu() == Some(PduType::RETRIEVE_CONF)
            && retrievals
                .filter(|retrieval| !retrieval.complete)
                .any(|retrieval| {
                    let response = retrieval.response.as_ref();
                    response.is_some_and(|seen| seen.last() == event.seen.last())
                })
}

/// The name of a column: `A` to `Z`, then `AA` and so on.
pub fn letter(place: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = place;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        match (rest / 26).checked_sub(1) {
            Some(more) => rest = more,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

/// Milliseconds after the first as seconds with a sign: `+0.210`.
pub fn offset(milliseconds: Option<f64>) -> String {
    milliseconds
        .map(|ms| format!("{:+.3}", ms / 1000.0))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::FailureDetail;
    use crate::report::document::FailureKind;
    use crate::report::sample;

    #[test]
    fn what_is_sent_again_is_counted_not_drawn_twice() {
        let ladder = Ladder::of(&sample::delivered(), &HostNames::NONE);
        let times: Vec<u32> = ladder
            .rows
            .iter()
            .map(|row| match row {
                Row::Arrow(arrow) => arrow.times,
                Row::Note(_) => 0,
            })
            .collect();
        assert_eq!(times, [1, 1, 2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_failure_is_noted_under_its_frame_and_one_without_a_frame_at_the_end() {
        let mut message = sample::failed();
        let mut timeout = message.failures[0].clone();
        timeout.kind = FailureKind::RetrieveNoResponse;
        timeout.frame = None;
        timeout.detail = FailureDetail::Told(String::new());
        timeout.cause = None;
        message.failures.insert(0, timeout);
        message.failures[1].frame = Some(55);
        let rows = Ladder::of(&message, &HostNames::NONE).rows;
        let explained = "retrieve: HTTP 404 ← charging 4010 end-user-service-denied (frame 56)";
        let places: Vec<usize> = (0..rows.len())
            .filter(|at| matches!(&rows[*at], Row::Note(_)))
            .collect();
        let [first, last] = places[..] else {
            panic!("{rows:?}")
        };
        assert!(matches!(&rows[first], Row::Note(note) if note.text == explained));
        assert!(matches!(&rows[first - 1], Row::Arrow(arrow) if arrow.frame == 55 && !arrow.dashed));
        assert_eq!(last, rows.len() - 1);
        assert!(matches!(&rows[last], Row::Note(note) if note.text == "retrieve: no answer"));
    }

    #[test]
    fn a_retrieval_of_which_part_is_missing_is_broken() {
        let mut message = sample::delivered();
        message.deliveries[0].retrievals[0].complete = false;
        let broken: Vec<u64> = Ladder::of(&message, &HostNames::NONE)
            .rows
            .iter()
            .filter_map(|row| match row {
                Row::Arrow(arrow) if arrow.broken => Some(arrow.frame),
                _ => None,
            })
            .collect();
        assert_eq!(broken, [35]);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 702].map(letter), ["A", "Z", "AA", "AB", "AAA"]);
    }
}
