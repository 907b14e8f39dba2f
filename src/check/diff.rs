//! Two results side by side: which messages are in one only, and which changed their verdict, content or timing.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Digest;
use crate::report::document::{Message, Outcome};
use crate::report::words::style::{Style, Tone};
use crate::report::words::{explain, human};

/// How two results compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Diff {
    /// How many messages are the same in both.
    pub same: usize,
    /// Those that changed.
    pub changed: Vec<Changed>,
    /// Those that only the first result has.
    pub only_first: Vec<Brief>,
    /// Those that only the second has.
    pub only_second: Vec<Brief>,
}

/// A message that is in both results and is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Changed {
    /// It, in the first result.
    pub first: Brief,
    /// It, in the second.
    pub second: Brief,
    /// What changed.
    pub changes: Vec<Change>,
}

/// Enough of a message to know it by.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Brief {
    /// Its number in its own result.
    pub id: u64,
    /// Message id.
    pub message_id: Option<String>,
    /// Sender.
    pub from: Option<String>,
    /// Recipients.
    pub to: Vec<String>,
    /// The verdict.
    pub outcome: Outcome,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Change {
    /// Verdict, content or timing.
    pub kind: ChangeKind,
    /// The field.
    pub field: &'static str,
    /// Its value in the first result; absent where there is none.
    pub first: Option<ChangeValue>,
    /// Its value in the second.
    pub second: Option<ChangeValue>,
}

/// A value that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum ChangeValue {
    /// In words.
    Words(String),
    /// A time, in milliseconds.
    Milliseconds(f64),
}

impl ChangeValue {
    fn words(words: String) -> Option<Self> {
        (!words.is_empty()).then_some(Self::Words(words))
    }

    fn told(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Milliseconds(milliseconds) => human::duration(*milliseconds),
        }
    }
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// State, outcome, failures.
    Verdict,
    /// What was sent, and to whom.
    Content,
    /// How long it took.
    Timing,
}

/// How much longer or shorter something may take before it counts as changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Milliseconds that never count.
    pub milliseconds: f64,
    /// Share of the longer time that does not count.
    pub share: f64,
}

impl Default for Tolerance {
    /// A fifth, and never less than a tenth of a second: what the same scenario varies by from run to run.
    fn default() -> Self {
        Self {
            milliseconds: 100.0,
            share: 0.2,
        }
    }
}

impl Tolerance {
    fn allows(self, first: f64, second: f64) -> bool {
        let apart = (first - second).abs();
        apart <= self.milliseconds || apart <= self.share * first.abs().max(second.abs())
    }
}

impl Diff {
    /// Compares the messages of two results.
    pub fn of(first: &[Message], second: &[Message], tolerance: Tolerance) -> Self {
        let mut diff = Self {
            same: 0,
            changed: Vec::new(),
            only_first: Vec::new(),
            only_second: Vec::new(),
        };
        let (pairs, left_over) = pair(first, second);
        for (message, partner) in first.iter().zip(pairs) {
            let Some(partner) = partner else {
                diff.only_first.push(Brief::of(message));
                continue;
            };
            let changes = changes(message, partner, tolerance);
            if changes.is_empty() {
                diff.same += 1;
            } else {
                diff.changed.push(Changed {
                    first: Brief::of(message),
                    second: Brief::of(partner),
                    changes,
                });
            }
        }
        diff.only_second = left_over.into_iter().map(Brief::of).collect();
        diff
    }

    /// Whether both results are the same.
    pub const fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.only_first.is_empty() && self.only_second.is_empty()
    }
}

impl Brief {
    fn of(message: &Message) -> Self {
        Self {
            id: message.id,
            message_id: message.message_id.clone(),
            from: message.from.clone(),
            to: message.to.clone(),
            outcome: message.outcome,
        }
    }
}

/// What two messages may be known by to be the same, surest first. Equal keys pair in order.
const KEYS: &[fn(&Message) -> Option<String>] = &[
    |m| m.message_id.clone(),
    |m| {
        let digests: Vec<Digest> = m.parts.iter().map(|part| part.sha256).collect();
        (!digests.is_empty()).then(|| format!("{:?} {:?} {digests:?}", m.from, m.to))
    },
    |m| Some(format!("{:?} {:?} {:?}", m.from, recipients(m), m.subject)),
];

fn recipients(message: &Message) -> &[String] {
    &message.recipients
}

/// For each message of the first result the one of the second that it is, and those that nobody is.
fn pair<'a>(first: &[Message], second: &'a [Message]) -> (Vec<Option<&'a Message>>, Vec<&'a Message>) {
    let mut partners: Vec<Option<usize>> = vec![None; first.len()];
    let mut taken = vec![false; second.len()];
    for key in KEYS {
        let mut free: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (at, message) in second.iter().enumerate() {
            if let (Some(false), Some(key)) = (taken.get(at), key(message)) {
                free.entry(key).or_default().push_back(at);
            }
        }
        for (message, partner) in first
            .iter()
            .zip(&mut partners)
            .filter(|(_, partner)| partner.is_none())
        {
            *partner = key(message).and_then(|key| free.get_mut(&key)?.pop_front());
            if let Some(taken) = partner.and_then(|at| taken.get_mut(at)) {
                *taken = true;
            }
        }
    }
    let left_over = second
        .iter()
        .zip(taken)
        .filter(|(_, taken)| !taken)
        .map(|(message, _)| message);
    let partners = partners.into_iter().map(|at| at.and_then(|at| second.get(at)));
    (partners.collect(), left_over.collect())
}

fn changes(first: &Message, second: &Message, tolerance: Tolerance) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |kind, field, value: &dyn Fn(&Message) -> String| {
        let (first, second) = (value(first), value(second));
        if first != second {
            changes.push(Change {
                kind,
                field,
                first: ChangeValue::words(first),
                second: ChangeValue::words(second),
            });
        }
    };
    note(ChangeKind::Verdict, "outcome", &|m| m.outcome.to_string());
    note(ChangeKind::Verdict, "state", &|m| m.state.to_string());
    note(ChangeKind::Verdict, "failures", &|m| {
        m.failures
            .iter()
            .map(explain::failure_in_short)
            .collect::<Vec<_>>()
            .join(", ")
    });
    note(ChangeKind::Verdict, "deliveries", &|m| {
        let told = m
            .deliveries
            .iter()
            .map(|d| format!("{} {}", d.recipient.as_deref().unwrap_or("?"), d.state));
        told.collect::<Vec<_>>().join(", ")
    });
    note(ChangeKind::Verdict, "evidence", &|m| m.evidence.to_string());
    note(ChangeKind::Content, "to", &|m| recipients(m).join(", "));
    note(ChangeKind::Content, "subject", &|m| {
        m.subject.clone().unwrap_or_default()
    });
    note(ChangeKind::Content, "parts", &|m| {
        let told = m
            .parts
            .iter()
            .map(|p| format!("{} {} {:.DIGITS$}", p.content_type, human::size(p.size), p.sha256));
        told.collect::<Vec<_>>().join(", ")
    });
    for (field, time) in TIMES {
        let (before, after) = (time(first), time(second));
        let changed = match (before, after) {
            (Some(before), Some(after)) => !tolerance.allows(before, after),
            (None, None) => false,
            // That a leg is missing is told by the states.
            _ => false,
        };
        if changed {
            changes.push(Change {
                kind: ChangeKind::Timing,
                field,
                first: before.map(ChangeValue::Milliseconds),
                second: after.map(ChangeValue::Milliseconds),
            });
        }
    }
    changes
}

/// Of a digest the first digits, enough to tell two apart.
const DIGITS: usize = 12;

type Time = fn(&Message) -> Option<f64>;

/// The times that are compared.
const TIMES: &[(&str, Time)] = &[
    ("send", |m| m.submission.as_ref()?.latency_ms),
    ("retrieve", |m| {
        m.deliveries
            .iter()
            .flat_map(|d| &d.retrievals)
            .find_map(|r| r.latency_ms)
    }),
    ("end to end", |m| {
        m.deliveries.iter().find_map(|delivery| delivery.end_to_end_ms)
    }),
];

/// Writes the comparison for people.
pub fn write(out: &mut impl Write, diff: &Diff, style: &Style) -> io::Result<()> {
    for message in &diff.only_first {
        line(out, style, Tone::Bad, "-", message)?;
    }
    for message in &diff.only_second {
        line(out, style, Tone::Good, "+", message)?;
    }
    for changed in &diff.changed {
        line(out, style, Tone::Mixed, "~", &changed.first)?;
        let arrow = if style.ascii { "->" } else { "→" };
        for change in &changed.changes {
            let told = |value: &Option<ChangeValue>| match value {
                Some(value) => style.clean(&value.told()).into_owned(),
                None => "none".to_owned(),
            };
            let text = format!("{} {arrow} {}", told(&change.first), told(&change.second));
            let room = style.width.map_or(usize::MAX, |width| width.saturating_sub(16));
            let mut name = format!("{:<10}", change.field);
            for line in style.wrap(&text, room) {
                writeln!(out, "    {}  {line}", style.paint(Tone::Faint, &name))?;
                name = " ".repeat(name.len());
            }
        }
    }
    writeln!(
        out,
        "{} the same, {} changed, {} only in the first, {} only in the second",
        human::grouped(diff.same as u64),
        human::grouped(diff.changed.len() as u64),
        human::grouped(diff.only_first.len() as u64),
        human::grouped(diff.only_second.len() as u64),
    )
}

fn line(out: &mut impl Write, style: &Style, tone: Tone, sign: &str, message: &Brief) -> io::Result<()> {
    let from = message.from.as_deref().unwrap_or("?");
    let to = if message.to.is_empty() {
        "?".to_owned()
    } else {
        message.to.join(", ")
    };
    let arrow = if style.ascii { "->" } else { "→" };
    let id = message.message_id.as_deref().unwrap_or_default();
    let text = format!(
        "message {}  {from} {arrow} {to}  {}  {id}",
        message.id, message.outcome
    );
    let text = style.clean(text.trim_end());
    let text = match style.width {
        Some(width) => style.cut(&text, width.saturating_sub(2)),
        None => text,
    };
    writeln!(out, "{} {text}", style.paint(tone, sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn diff(first: &[Message], second: &[Message]) -> Diff {
        Diff::of(first, second, Tolerance::default())
    }

    #[test]
    fn a_result_is_the_same_as_itself() {
        let messages = sample::document().messages;
        let diff = diff(&messages, &messages);
        assert!(diff.is_empty());
        assert_eq!(diff.same, 4);
    }

    #[test]
    fn other_identifiers_and_times_of_day_are_no_change() {
        let first = sample::delivered();
        let text = serde_json::to_string(&first).unwrap();
        let second = text
            .replace("C8Q7@mmsc.example", "X@y")
            .replace("2026-11-20T10:", "2026-11-21T17:");
        let second: Message = serde_json::from_str(&second).unwrap();
        assert!(diff(&[first], &[second]).is_empty());
    }

    #[test]
    fn what_changed_is_told() {
        let first = vec![sample::delivered(), sample::failed()];
        let mut slower = sample::delivered();
        slower.submission.as_mut().unwrap().latency_ms = Some(2105.0);
        slower.outcome = Outcome::Failure;
        slower.failures = sample::failed().failures;
        slower.parts[1].sha256 = Digest([0xff; 32]);
        let mut other = sample::open();
        other.from = Some("+61499999999".to_owned());
        let diff = diff(&first, &[slower, other]);
        assert_eq!((diff.same, diff.changed.len()), (0, 1));
        let mut out = Vec::new();
        write(&mut out, &diff, &Style::default()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn times_within_the_tolerance_are_the_same() {
        let tolerance = Tolerance::default();
        assert!(tolerance.allows(10.0, 105.0));
        assert!(tolerance.allows(1000.0, 1200.0));
        assert!(!tolerance.allows(1000.0, 1300.0));
    }

    #[test]
    fn identical_messages_pair_one_to_one() {
        let one = sample::failed();
        let diff = diff(&[one.clone(), one.clone()], std::slice::from_ref(&one));
        assert_eq!(
            (diff.same, diff.only_first.len(), diff.only_second.len()),
            (1, 1, 0)
        );
    }
}
