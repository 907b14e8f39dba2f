//! Which messages are shown: the options `--outcome`, `--state`, `--failure`, `--cause`, `--from`, `--to`, `--message-id`,
//! `--since`, `--until`, `--started-since`, `--started-until` and `--filter`. Several values of one option are alternatives; different options all hold.

use super::address::Address;
use super::filter::Filter;
use super::id_range::IdRange;
use super::packet_place::PacketPlace;
use crate::model::{System, Timestamp};
use crate::report::document::{FailureKind, Message, Outcome, State};

/// Which messages are shown. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// By their number in the output.
    pub ids: Vec<IdRange>,
    /// By a frame that belongs to them.
    pub frames: Vec<u64>,
    /// Where the packets of those frames lie.
    pub places: Vec<PacketPlace>,
    /// By verdict.
    pub outcomes: Vec<Outcome>,
    /// By how far they came, as a whole or for one recipient.
    pub states: Vec<State>,
    /// By a failure among theirs.
    pub failures: Vec<FailureKind>,
    /// By a system that explains it, or one of its failures.
    pub causes: Vec<System>,
    /// By sender.
    pub from: Vec<Address>,
    /// By a recipient.
    pub to: Vec<Address>,
    /// By message id, without `<>`.
    pub message_ids: Vec<String>,
    /// By when they were active: between their first PDU and their last.
    pub active: Window,
    /// By when they began.
    pub started: Window,
    /// By expressions that all hold.
    pub filters: Vec<Filter>,
}

impl Selection {
    /// Whether a message is selected.
    pub fn matches(&self, message: &Message) -> bool {
        one_of(&self.ids, |ids| ids.holds(message.id))
            && self.in_frames(message)
            && one_of(&self.outcomes, |outcome| message.outcome == *outcome)
            && one_of(&self.states, |state| {
                message.state == *state || message.deliveries.iter().any(|d| d.state == *state)
            })
            && one_of(&self.failures, |kind| {
                message.failures.iter().any(|f| f.kind == *kind)
            })
            && one_of(&self.causes, |system| {
                let failed = message
                    .failures
                    .iter()
                    .filter_map(|failure| failure.cause.as_ref());
                failed.chain(&message.cause).any(|cause| cause.system == *system)
            })
            && one_of(&self.from, |address| {
                message.from.as_deref().is_some_and(|from| address.is(from))
            })
            && one_of(&self.to, |address| {
                message.recipients.iter().any(|to| address.is(to))
            })
            && one_of(&self.message_ids, |id| has_message_id(message, id))
            && self.in_time(message)
            && self.filters.iter().all(|filter| filter.matches(message))
    }

    fn in_frames(&self, message: &Message) -> bool {
        one_of(&self.frames, |frame| has_frame(message, *frame))
            || self.places.iter().any(|place| place.is_of(message))
    }

    fn in_time(&self, message: &Message) -> bool {
        if self.active == Window::ALL && self.started == Window::ALL {
            return true;
        }
        let Some(started) = message.started else {
            return false;
        };
        let ended = message.ended.unwrap_or(started).max(started);
        self.active.touches(started, ended) && self.started.touches(started, started)
    }
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From here on.
    pub since: Option<Timestamp>,
    /// Before here.
    pub until: Option<Timestamp>,
}

impl Window {
    /// All times.
    pub const ALL: Self = Self {
        since: None,
        until: None,
    };

    /// Whether something that began and ended then was in it for a moment.
    fn touches(self, started: Timestamp, ended: Timestamp) -> bool {
        self.since.is_none_or(|since| ended >= since) && self.until.is_none_or(|until| started < until)
    }
}

fn one_of<T>(asked: &[T], holds: impl Fn(&T) -> bool) -> bool {
    asked.is_empty() || asked.iter().any(holds)
}

fn has_frame(message: &Message, frame: u64) -> bool {
    let evidence = message.failures.iter().filter_map(|failure| failure.frame);
    let explaining = message
        .context
        .iter()
        .flat_map(|entry| [&entry.request, &entry.response])
        .flatten()
        .flat_map(|passage| [passage.first_frame, passage.frame]);
    message
        .events
        .iter()
        .flat_map(|event| [event.seen.first_frame, event.seen.frame])
        .chain(explaining)
        .chain(evidence)
        .any(|at| at == frame)
}

fn has_message_id(message: &Message, id: &str) -> bool {
    let id = bare_id(id);
    let reported = message.deliveries.iter().flat_map(|delivery| {
        let retrieved = delivery.retrievals.iter().filter_map(|r| r.message_id.as_deref());
        retrieved.chain(
            delivery
                .delivery_reports
                .iter()
                .filter_map(|r| r.message_id.as_deref()),
        )
    });
    message
        .message_id
        .as_deref()
        .into_iter()
        .chain(reported)
        .any(|own| bare_id(own) == id)
}

fn bare_id(id: &str) -> &str {
    id.trim_matches(|c| matches!(c, '<' | '>' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn chosen(selection: &Selection) -> Vec<u64> {
        let messages = sample::document().messages;
        messages
            .iter()
            .filter(|m| selection.matches(m))
            .map(|m| m.id)
            .collect()
    }

    #[test]
    fn values_of_one_option_are_alternatives_and_options_all_hold() {
        assert_eq!(chosen(&Selection::default()), [1, 2, 3, 4]);
        let selection = Selection {
            outcomes: vec![Outcome::Failure, Outcome::Partial],
            ..Selection::default()
        };
        assert_eq!(chosen(&selection), [2, 3]);
        let selection = Selection {
            to: vec![Address::new("0061400000003")],
            ..selection
        };
        assert_eq!(chosen(&selection), [3]);
    }

    #[test]
    fn each_option() {
        let with = |set: fn(&mut Selection)| {
            let mut selection = Selection::default();
            set(&mut selection);
            chosen(&selection)
        };
        assert_eq!(with(|s| s.ids = vec![IdRange::parse("3-9").unwrap()]), [3, 4]);
        assert_eq!(with(|s| s.frames = vec![57]), [2, 3]);
        assert_eq!(with(|s| s.states = vec![State::Failed]), [2, 3]);
        assert_eq!(
            with(|s| s.failures = vec![FailureKind::RetrieveHttpError]),
            [2, 3]
        );
        assert_eq!(with(|s| s.causes = vec![System::Charging]), [2, 3]);
        assert!(with(|s| s.causes = vec![System::Routing]).is_empty());
        assert_eq!(with(|s| s.from = vec![Address::new("61400000001")]), [1, 2, 4]);
        assert_eq!(
            with(|s| s.message_ids = vec!["<C8Q7@mmsc.example>".to_owned()]),
            [1, 2, 3]
        );
        assert_eq!(with(|s| s.filters = vec![Filter::parse("id > 3").unwrap()]), [4]);
    }

    #[test]
    fn a_window_takes_what_was_active_in_it_and_another_what_began_in_it() {
        let messages = sample::document().messages;
        let (started, ended) = (messages[0].started.unwrap(), messages[0].ended.unwrap());
        let chosen = |active: Window, begun: Window| {
            let selection = Selection {
                active,
                started: begun,
                ..Selection::default()
            };
            selection.matches(&messages[0])
        };
        let from = |since| Window {
            since: Some(since),
            until: None,
        };
        let to = |until| Window {
            since: None,
            until: Some(until),
        };
        assert!(chosen(from(ended), Window::ALL) && chosen(to(started.plus(1)), Window::ALL));
        assert!(!chosen(from(ended.plus(1)), Window::ALL) && !chosen(to(started), Window::ALL));
        let inside = Window {
            since: Some(started.plus(1)),
            until: Some(ended),
        };
        assert!(chosen(inside, Window::ALL) && !chosen(Window::ALL, inside));
        assert!(chosen(Window::ALL, from(started)) && !chosen(Window::ALL, to(started)));
    }
}
