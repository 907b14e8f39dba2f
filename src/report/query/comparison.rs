//! Two results before and after a change, as rates, times and failures by kind: `mmsmate compare`.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grouping::{Key, Value};
use super::interval::{Estimate, difference, percentile, share};
use super::stats::{Counter, counted, named};
use crate::model::tree;
use crate::report::document::Message;

/// The value of [`Comparison::format`].
pub const FORMAT: &str = "mmsmate.compare";

/// What `mmsmate compare --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Comparison {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of this shape.
    pub version: u32,
    /// The fields that messages are grouped by.
    pub by: Vec<String>,
    /// All messages.
    pub total: Compared,
    /// The groups, in the order of their values.
    pub groups: Vec<GroupCompared>,
}

/// Messages that have the same values, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct GroupCompared {
    /// The value of each field that messages are grouped by; `null` where they have none.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// What is told of them.
    #[serde(flatten)]
    pub compared: Compared,
}

/// Some messages before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Compared {
    /// How many there are in each.
    pub messages: Sides<u64>,
    /// Shares of the verdicts: `success`, `failure`, `partial`, `open`.
    pub outcomes: Vec<Rate>,
    /// Shares of the messages that have a failure of a kind.
    pub failures: Vec<Rate>,
    /// Times in milliseconds.
    pub times: Vec<Time>,
}

/// The same before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Sides<T> {
    /// Before the change.
    pub before: T,
    /// After it.
    pub after: T,
}

/// How large a share of the messages is something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Rate {
    /// What they are.
    pub name: String,
    /// How many.
    pub count: Sides<u64>,
    /// Their share, between 0 and 1, with its interval of 95 %; `null` of no messages.
    pub share: Sides<Option<Estimate>>,
    /// By how much the share rose, with its interval of 95 %.
    pub rise: Option<Estimate>,
}

/// How long something took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Time {
    /// `send`, `notify_to_retrieve`, `retrieve` or `end_to_end`.
    pub name: String,
    /// How many there are.
    pub count: Sides<u64>,
    /// The median with its interval of 95 %.
    pub p50: Sides<Option<Estimate>>,
    /// The 95th percentile with its interval.
    pub p95: Sides<Option<Estimate>>,
}

impl Comparison {
    /// Compares the messages of two results by these keys.
    pub fn of(before: &[Message], after: &[Message], keys: &[Key]) -> Self {
        let whole = |messages: &[Message]| {
            let mut counter = Counter::default();
            messages.iter().for_each(|message| counter.add(message));
            counter
        };
        let grouped = |messages| match keys {
            [] => BTreeMap::new(),
            keys => counted(messages, keys),
        };
        let (first, second) = (grouped(before), grouped(after));
        let values: BTreeSet<&Vec<Value>> = tree(first.keys().chain(second.keys()));
        let none = Counter::default();
        let groups = values.into_iter().map(|values| GroupCompared {
            values: named(keys, values),
            compared: Compared::of(
                first.get(values).unwrap_or(&none),
                second.get(values).unwrap_or(&none),
            ),
        });
        Self {
            format: FORMAT.to_owned(),
            version: 1,
            by: keys.iter().map(Key::to_string).collect(),
            groups: groups.collect(),
            total: Compared::of(&whole(before), &whole(after)),
        }
    }

    /// The largest rise of the share of failures, over all messages and each group, in percentage points; with the group
    /// that has it, which is empty for all messages.
    pub fn failure_rise(&self) -> (f64, Vec<String>) {
        let of = |compared: &Compared| {
            let failure = compared.outcomes.iter().find(|rate| rate.name == "failure");
            failure
                .and_then(|rate| rate.rise)
                .map_or(0.0, |rise| rise.value * 100.0)
        };
        let groups = self.groups.iter().map(|group| {
            let values = group.values.values().map(super::stats::shown).collect();
            (of(&group.compared), values)
        });
        groups.fold((of(&self.total), Vec::new()), |most, group| {
            match group.0 > most.0 {
                true => group,
                false => most,
            }
        })
    }
}

impl Compared {
    fn of(before: &Counter, after: &Counter) -> Self {
        let messages = Sides {
            before: before.messages(),
            after: after.messages(),
        };
        let rate = |name: &str, count: Sides<u64>| {
            let share = Sides {
                before: share(count.before, messages.before),
                after: share(count.after, messages.after),
            };
            let rise = share.before.zip(share.after);
            Rate {
                name: name.to_owned(),
                count,
                share,
                rise: rise.map(|(before, after)| difference(before, after)),
            }
        };
        let outcomes = before.outcomes().into_iter().zip(after.outcomes());
        let outcomes = outcomes.map(|((name, before), (_, after))| rate(name, Sides { before, after }));
        let (first, second) = (before.failed(), after.failed());
        let kinds: BTreeSet<&String> = tree(first.keys().chain(second.keys()));
        let failures = kinds.into_iter().map(|kind| {
            let count = |failed: &BTreeMap<String, u64>| failed.get(kind).copied().unwrap_or_default();
            let count = Sides {
                before: count(first),
                after: count(second),
            };
            rate(kind, count)
        });
        let times = before.durations().into_iter().zip(after.durations());
        let times = times.map(|((name, before), (_, after))| {
            let both = |percent| Sides {
                before: percentile(before.values(), percent),
                after: percentile(after.values(), percent),
            };
            Time {
                name: name.to_owned(),
                count: Sides {
                    before: before.values().len() as u64,
                    after: after.values().len() as u64,
                },
                p50: both(50),
                p95: both(95),
            }
        });
        Self {
            messages,
            outcomes: outcomes.collect(),
            failures: failures.collect(),
            times: times.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn failures_that_rise_are_found_in_their_group() {
        let good: Vec<Message> = (0..20).map(|_| sample::delivered()).collect();
        let mut worse = good.clone();
        for message in worse.iter_mut().take(5) {
            *message = sample::failed();
            message.recipients = vec!["+61400000009".to_owned()];
        }
        let comparison = Comparison::of(&good, &worse, &[]);
        let failure = &comparison.total.outcomes[1];
        assert_eq!((failure.name.as_str(), failure.count.after), ("failure", 5));
        let rise = failure.rise.unwrap();
        assert!((rise.value - 0.25).abs() < 1e-9 && rise.low > 0.0, "{rise:?}");
        assert_eq!(comparison.total.failures[0].name, "retrieve_http_error");
        let (points, group) = comparison.failure_rise();
        assert!((points - 25.0).abs() < 1e-9 && group.is_empty());
        let same = Comparison::of(&worse, &worse, &[Key::parse("recipient").unwrap()]);
        assert!(same.failure_rise().0.abs() < 1e-9);
        assert_eq!(same.groups.len(), 2);
        let none = Comparison::of(&[], &worse, &[]);
        assert_eq!(none.total.outcomes[0].rise, None);
    }
}
