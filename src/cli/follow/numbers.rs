//! What is remembered of messages that may still change: their numbers and keys, and how often each was printed.

use std::collections::{HashMap, HashSet};

use crate::model::RandomState;
use crate::report::document::{Message, Outcome};
use crate::session::ExchangeId;

/// A message that may still change.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Numbered {
    /// Its number in the output.
    pub(in crate::cli) id: u64,
    /// Its key, which no other message has that may still change.
    pub(in crate::cli) key: String,
    /// How often it was printed.
    pub(in crate::cli) revision: u32,
    outcome: Outcome,
}

/// The messages that may still change.
#[derive(Debug, Default)]
pub(in crate::cli) struct Numbers {
    open: HashMap<ExchangeId, Numbered, RandomState>,
    keys: HashSet<String, RandomState>,
    /// How many messages were numbered so far.
    last: u64,
    /// The message that was closed last: what it took in is told right behind it.
    closed: Option<(ExchangeId, Numbered)>,
    /// How many messages there are by verdict, as they were told last.
    outcomes: Outcomes,
}

/// Messages by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Outcomes {
    pub(in crate::cli) success: u64,
    pub(in crate::cli) failure: u64,
    pub(in crate::cli) partial: u64,
    pub(in crate::cli) open: u64,
}

impl Outcomes {
    const fn of_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Success => &mut self.success,
            Outcome::Failure => &mut self.failure,
            Outcome::Partial => &mut self.partial,
            Outcome::Open => &mut self.open,
        }
    }

    /// All of them.
    pub(in crate::cli) const fn total(self) -> u64 {
        self.success + self.failure + self.partial + self.open
    }
}

impl Numbers {
    /// Gives a message its number and key, the same ones each time; how often it was printed.
    pub(in crate::cli) fn number(&mut self, name: ExchangeId, message: &mut Message) -> u32 {
        let Self {
            open,
            keys,
            last,
            outcomes,
            ..
        } = self;
        let outcome = message.outcome;
        let numbered = open.entry(name).or_insert_with(|| {
            *last += 1;
            *outcomes.of_mut(outcome) += 1;
            Numbered {
                id: *last,
                key: unused(keys, &message.key),
                revision: 0,
                outcome,
            }
        });
        *outcomes.of_mut(numbered.outcome) -= 1;
        *outcomes.of_mut(outcome) += 1;
        numbered.outcome = outcome;
        message.id = numbered.id;
        message.key.clone_from(&numbered.key);
        numbered.revision
    }

    /// A message is printed; the how manyth time.
    pub(in crate::cli) fn print(&mut self, name: ExchangeId) -> u32 {
        self.open.get_mut(&name).map_or(1, |numbered| {
            numbered.revision = numbered.revision.saturating_add(1);
            numbered.revision
        })
    }

    /// A message does not change any more.
    pub(in crate::cli) fn close(&mut self, name: ExchangeId) {
        if let Some(numbered) = self.open.remove(&name) {
            self.keys.remove(&numbered.key);
            self.closed = Some((name, numbered));
        }
    }

    /// A message was none of its own; it, and the one that it turned out to be part of.
    pub(in crate::cli) fn supersede(
        &mut self,
        name: ExchangeId,
        by: Option<ExchangeId>,
    ) -> Option<(Numbered, Option<Numbered>)> {
        let numbered = self.open.remove(&name)?;
        self.keys.remove(&numbered.key);
        *self.outcomes.of_mut(numbered.outcome) -= 1;
        let closed = self.closed.as_ref();
        let by = by.and_then(|by| {
            let closed = closed
                .filter(|(name, _)| *name == by)
                .map(|(_, numbered)| numbered);
            self.open.get(&by).or(closed).cloned()
        });
        Some((numbered, by))
    }

    /// How many messages there are by verdict, as they were told last.
    pub(in crate::cli) const fn outcomes(&self) -> Outcomes {
        self.outcomes
    }
}

/// A key that is not used: keys of messages of different inputs may be equal.
fn unused(keys: &mut HashSet<String, RandomState>, key: &str) -> String {
    let numbered = (2_u32..).map(|number| format!("{key}-{number}"));
    let mut all = std::iter::once(key.to_owned()).chain(numbered);
    let unused = all.find(|key| !keys.contains(key)).unwrap_or_default();
    keys.insert(unused.clone());
    unused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_message_keeps_its_number_and_key_until_it_is_closed() {
        let mut numbers = Numbers::default();
        let name = ExchangeId;
        let mut tell = |name, outcome| {
            let mut message = sample::delivered();
            message.outcome = outcome;
            let before = numbers.number(name, &mut message);
            let now = numbers.print(name);
            (message.id, message.key.ends_with("-2"), before, now)
        };
        assert_eq!(tell(name(7), Outcome::Open), (1, false, 0, 1));
        assert_eq!(tell(name(3), Outcome::Success), (2, true, 0, 1));
        assert_eq!(tell(name(7), Outcome::Failure), (1, false, 1, 2));
        let outcomes = Outcomes {
            success: 1,
            failure: 1,
            ..Outcomes::default()
        };
        assert_eq!((numbers.outcomes(), numbers.outcomes().total()), (outcomes, 2));
        numbers.close(name(3));
        let (one, by) = numbers.supersede(name(7), Some(name(3))).unwrap();
        assert_eq!((one.id, one.revision, by.unwrap().id), (1, 2, 2));
        assert!(numbers.supersede(name(7), None).is_none());
        assert_eq!(numbers.outcomes().total(), 1);
        assert!(numbers.open.is_empty() && numbers.keys.is_empty());
    }
}
