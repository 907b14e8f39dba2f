//! How many messages there are of each kind, how they ended, how long they took: `mmsmate stats`.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grouping::{Key, Value, groups_of};
use crate::model::{SharedSort, tree};
use crate::report::document::Message;
use crate::report::document::Summary;
use crate::report::document::statistics::{Durations, Spread, Statistics, Tally};

/// The value of [`Stats::format`].
pub const FORMAT: &str = "mmsmate.stats";

/// What `mmsmate stats --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Stats {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of this shape.
    pub version: u32,
    /// The fields that messages are grouped by.
    pub by: Vec<String>,
    /// The groups: by time where they are of times, else the largest first.
    pub groups: Vec<Group>,
    /// All messages.
    pub total: Figures,
}

/// Messages that have the same values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Group {
    /// The value of each field that messages are grouped by; `null` where they have none.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// What is told of them.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What is told of some messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Figures {
    /// How many there are.
    pub messages: u64,
    /// Of these, successes.
    pub success: u64,
    /// Failures.
    pub failure: u64,
    /// Partial successes.
    pub partial: u64,
    /// Undecided ones.
    pub open: u64,
    /// `submission.latency_ms`.
    pub send: Option<Spread>,
    /// `deliveries.handovers.latency_ms`: of MM4 from MM4_forward.REQ to its RES, else to what SMTP or HTTP answered.
    pub handover: Option<Spread>,
    /// `deliveries.notify_to_retrieve_ms`.
    pub notify_to_retrieve: Option<Spread>,
    /// `deliveries.retrievals.latency_ms`.
    pub retrieve: Option<Spread>,
    /// `deliveries.end_to_end_ms`.
    pub end_to_end: Option<Spread>,
    /// Failures by kind, overruled ones too.
    pub failures: BTreeMap<String, u64>,
    /// The kind of failure that most of them have, in how many entries.
    pub top_failure: Option<TopFailure>,
}

/// The most frequent kind of failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct TopFailure {
    /// Its kind.
    pub kind: String,
    /// How many entries there are.
    pub count: u64,
}

/// Counts messages of one group.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    tally: Tally,
    times: Statistics,
    handover: Durations,
    retrieve: Durations,
    /// How many have a failure of each kind.
    failed: BTreeMap<String, u64>,
}

impl Counter {
    /// Adds a message.
    pub fn add(&mut self, message: &Message) {
        self.tally.add(message);
        self.times.add(message);
        let retrievals = message
            .deliveries
            .iter()
            .flat_map(|delivery| &delivery.retrievals);
        for latency in retrievals.filter_map(|retrieval| retrieval.latency_ms) {
            self.retrieve.add(latency);
        }
        let handovers = message.deliveries.iter().flat_map(|delivery| &delivery.handovers);
        for latency in handovers.filter_map(|handover| handover.latency_ms) {
            self.handover.add(latency);
        }
        let failures = message.failures.iter();
        let kinds: BTreeSet<&str> = tree(failures.map(|failure| failure.kind.as_str()));
        for kind in kinds {
            *self.failed.entry(kind.to_owned()).or_default() += 1;
        }
    }

    /// How many messages there are.
    pub fn messages(&self) -> u64 {
        self.tally.so_far().messages
    }

    /// How many have each verdict.
    pub fn outcomes(&self) -> [(&'static str, u64); 4] {
        let summary = self.tally.so_far();
        [
            ("success", summary.success),
            ("failure", summary.failure),
            ("partial", summary.partial),
            ("open", summary.open),
        ]
    }

    /// How many have a failure of each kind.
    pub const fn failed(&self) -> &BTreeMap<String, u64> {
        &self.failed
    }

    /// The durations by name, each with all its values.
    pub fn durations(&self) -> [(&'static str, &Durations); 5] {
        [
            ("send", &self.times.send),
            ("notify_to_retrieve", &self.times.notify_to_retrieve),
            ("retrieve", &self.retrieve),
            ("end_to_end", &self.times.end_to_end),
            ("handover", &self.handover),
        ]
    }

    /// What is told of them.
    pub fn figures(self) -> Figures {
        let times = self.times.times();
        let summary = self.tally.finish(&Summary::default());
        let top = summary.failures.iter().max_by(|one, other| {
            let by_name = || other.0.cmp(one.0);
            one.1.cmp(other.1).then_with(by_name)
        });
        let top_failure = top.map(|(kind, count)| TopFailure {
            kind: kind.clone(),
            count: *count,
        });
        Figures {
            messages: summary.messages,
            success: summary.success,
            failure: summary.failure,
            partial: summary.partial,
            open: summary.open,
            send: times.send,
            handover: self.handover.spread(),
            notify_to_retrieve: times.notify_to_retrieve,
            retrieve: self.retrieve.spread(),
            end_to_end: times.end_to_end,
            failures: summary.failures,
            top_failure,
        }
    }
}

/// The messages of each group, counted.
pub fn counted<'a>(
    messages: impl IntoIterator<Item = &'a Message>,
    keys: &[Key],
) -> BTreeMap<Vec<Value>, Counter> {
    let mut groups: BTreeMap<Vec<Value>, Counter> = BTreeMap::new();
    for message in messages {
        add_to_groups(&mut groups, message, keys);
    }
    groups
}

fn add_to_groups(groups: &mut BTreeMap<Vec<Value>, Counter>, message: &Message, keys: &[Key]) {
    for group in groups_of(message, keys) {
        groups.entry(group).or_default().add(message);
    }
}

/// Counts messages by the values of some keys, one after the other.
#[derive(Clone, Debug)]
pub struct Counting {
    keys: Vec<Key>,
    groups: BTreeMap<Vec<Value>, Counter>,
    total: Counter,
}

impl Counting {
    /// By these keys; without any, all messages are as one.
    pub fn by(keys: &[Key]) -> Self {
        Self {
            keys: keys.to_vec(),
            groups: BTreeMap::new(),
            total: Counter::default(),
        }
    }

    /// Counts a message.
    pub fn add(&mut self, message: &Message) {
        self.total.add(message);
        if !self.keys.is_empty() {
            add_to_groups(&mut self.groups, message, &self.keys);
        }
    }

    /// What was counted.
    pub fn finish(self) -> Stats {
        let keys = &self.keys;
        let mut groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|(values, counter)| Group {
                values: named(keys, &values),
                figures: counter.figures(),
            })
            .collect();
        if !keys.iter().any(Key::is_time) {
            groups.shared_sort_by_key(|group| std::cmp::Reverse(group.figures.messages));
        }
        Stats {
            format: FORMAT.to_owned(),
            version: 1,
            by: keys.iter().map(Key::to_string).collect(),
            groups,
            total: self.total.figures(),
        }
    }
}

#[cfg(test)]
impl Stats {
    /// The messages by these keys; without any, all as one.
    pub fn of(messages: &[Message], keys: &[Key]) -> Self {
        let mut counting = Counting::by(keys);
        messages.iter().for_each(|message| counting.add(message));
        counting.finish()
    }
}

/// The values by the names of their keys.
pub fn named(keys: &[Key], values: &[Value]) -> serde_json::Map<String, serde_json::Value> {
    let values = keys.iter().zip(values);
    values
        .map(|(key, value)| (key.to_string(), value.json()))
        .collect()
}

/// A value of a group as a person reads it.
pub fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "(none)".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn groups_add_up_and_the_largest_comes_first() {
        let messages = sample::document().messages;
        let stats = Stats::of(&messages, &[Key::parse("outcome").unwrap()]);
        assert_eq!(stats.total.messages, 4);
        let counts: Vec<u64> = stats.groups.iter().map(|group| group.figures.messages).collect();
        assert_eq!(counts, [1, 1, 1, 1]);
        let stats = Stats::of(&messages, &[Key::parse("recipient").unwrap()]);
        let first = &stats.groups[0];
        assert_eq!(first.values["recipient"], "+61400000002");
        assert_eq!(first.figures.messages, 4);
        let top = first.figures.top_failure.as_ref().unwrap();
        assert_eq!((top.kind.as_str(), top.count), ("retrieve_http_error", 2));
    }
}
