//! By what messages are grouped: the values that each has. A message counts once under each of them.

use std::collections::BTreeSet;
use std::fmt;

use super::field::{Path, UnknownField};
use crate::model::{SharedSort, Timestamp, tree};
use crate::report::document::Message;
use crate::report::words::zone::Zone;
use crate::report::words::{context, explain};

/// Values of one message that are told apart at most, over all the keys: a message to thousands must not make millions
/// of groups.
const MAX_VALUES: usize = 1024;

/// A key that messages are grouped by.
#[derive(Clone, Debug)]
pub enum Key {
    /// One with a name of its own.
    Named(&'static Named),
    /// When they began, in a zone.
    Time(Unit, Zone),
    /// A field by its path.
    Field(Path),
}

/// How long a stretch of time is that messages begun in it are one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// An hour on the clock.
    Hour,
    /// A minute on the clock.
    Minute,
}

impl Unit {
    const ALL: [Self; 2] = [Self::Hour, Self::Minute];

    const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Minute => "minute",
        }
    }

    /// The stretch that a time lies in: its beginning, and how it is written.
    fn of(self, time: Timestamp, zone: &Zone) -> Value {
        let local = zone.civil(time);
        let (minutes, format) = match self {
            Self::Hour => (i64::from(local.minute()), "%Y-%m-%dT%H:00"),
            Self::Minute => (0, "%Y-%m-%dT%H:%M"),
        };
        let seconds = minutes * 60 + i64::from(local.second());
        let begun = -(seconds * Timestamp::SECOND + i64::from(local.subsec_nanosecond()));
        let written = format!("{}{}", local.strftime(format), zone.offset(time).rfc3339());
        Value::Time(time.plus(begun), written)
    }
}

/// A key with a name of its own.
#[derive(Debug)]
pub struct Named {
    /// As `--by` takes it.
    pub name: &'static str,
    values: Values,
}

#[derive(Debug)]
enum Values {
    /// Those of some fields.
    Fields(&'static [&'static str]),
    /// Made of the message.
    Made(fn(&Message) -> Option<String>),
}

/// All keys with a name of their own.
pub const NAMED: &[Named] = &[
    of_fields("mmsc", &["mmsc"]),
    of_fields(
        "host",
        &[
            "submission.host",
            "deliveries.handovers.host",
            "deliveries.retrievals.host",
            "deliveries.acknowledgements.host",
        ],
    ),
    of_fields("peer", &["deliveries.handovers.peer"]),
    of_fields("recipient", &["recipients"]),
    of_fields("sender", &["from"]),
    of_fields(
        "user_agent",
        &[
            "submission.user_agent",
            "deliveries.retrievals.user_agent",
            "deliveries.acknowledgements.user_agent",
        ],
    ),
    of_fields(
        "http_status",
        &[
            "submission.http_status",
            "deliveries.retrievals.http_status",
            "deliveries.acknowledgements.http_status",
        ],
    ),
    of_fields("failure", &["failures.kind"]),
    of_fields("bearer", &["events.bearer"]),
    Named {
        name: "cause",
        values: Values::Made(cause),
    },
];

const fn of_fields(name: &'static str, fields: &'static [&'static str]) -> Named {
    Named {
        name,
        values: Values::Fields(fields),
    }
}

/// The failure that decided, in words, and what explains it; of an open message that alone.
fn cause(message: &Message) -> Option<String> {
    let failed = explain::deciding_failure(message).map(explain::failure_in_short);
    let explained = explain::cause_of(message).map(context::cause_in_general);
    match (failed, explained) {
        (Some(failed), Some(explained)) => Some(format!("{failed} ← {explained}")),
        (failed, explained) => failed.or(explained),
    }
}

impl Key {
    /// The key of that name.
    ///
    /// # Errors
    /// Where neither a key nor a field has that name.
    pub fn parse(name: &str) -> Result<Self, UnknownField> {
        if let Some(named) = NAMED.iter().find(|named| named.name == name) {
            return Ok(Self::Named(named));
        }
        if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.name() == name) {
            return Ok(Self::Time(unit, Zone::UTC));
        }
        Path::parse(name).map(Self::Field).map_err(|mut error| {
            if error.path == name {
                error
                    .known
                    .extend(NAMED.iter().map(|named| named.name.to_owned()));
                error.known.extend(Unit::ALL.map(|unit| unit.name().to_owned()));
                error.known.shared_sort();
                error.known.dedup();
            }
            error
        })
    }

    /// The same with hours and minutes as the clocks of a zone show them.
    #[must_use]
    pub fn in_zone(self, zone: &Zone) -> Self {
        match self {
            Self::Time(unit, _) => Self::Time(unit, zone.clone()),
            Self::Named(_) | Self::Field(_) => self,
        }
    }

    /// The values that a message has, each once, in their order; none where it has none.
    fn values(&self, message: &Message) -> BTreeSet<Value> {
        let of_paths = |paths: &mut dyn Iterator<Item = Path>| {
            let mut values = BTreeSet::new();
            for path in paths {
                path.each(message, &mut |value| {
                    if values.len() < MAX_VALUES {
                        values.insert(Value::of(value));
                    }
                });
            }
            values
        };
        match self {
            Self::Field(path) => of_paths(&mut std::iter::once(path.clone())),
            Self::Named(Named {
                values: Values::Fields(fields),
                ..
            }) => of_paths(&mut fields.iter().filter_map(|field| Path::parse(field).ok())),
            Self::Named(Named {
                values: Values::Made(made),
                ..
            }) => tree(made(message).map(Value::Text)),
            Self::Time(unit, zone) => tree(message.started.map(|time| unit.of(time, zone))),
        }
    }

    /// Whether its values follow each other: they are listed in their own order then.
    pub const fn is_time(&self) -> bool {
        matches!(self, Self::Time(..))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(named) => f.write_str(named.name),
            Self::Time(unit, _) => f.write_str(unit.name()),
            Self::Field(path) => path.fmt(f),
        }
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The message has none.
    None,
    /// A whole number.
    Number(i64),
    /// Anything else.
    Text(String),
    /// From that time on, and how it is written: times of one zone follow each other though clocks are set back.
    Time(Timestamp, String),
}

impl Value {
    fn of(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::String(text) => Self::Text(text.clone()),
            other => other
                .as_i64()
                .map_or_else(|| Self::Text(other.to_string()), Self::Number),
        }
    }

    /// As JSON has it.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::Value::Null,
            Self::Number(number) => (*number).into(),
            Self::Text(text) | Self::Time(_, text) => text.clone().into(),
        }
    }
}

/// The groups that a message belongs to: each value of the first key with each of the second, and so on.
pub fn groups_of(message: &Message, keys: &[Key]) -> Vec<Vec<Value>> {
    let mut groups = vec![Vec::new()];
    for key in keys {
        let mut values: Vec<Value> = key.values(message).into_iter().collect();
        if values.is_empty() {
            values.push(Value::None);
        }
        let room = (MAX_VALUES / groups.len().max(1)).max(1);
        values.truncate(room);
        groups = groups
            .iter()
            .flat_map(|group: &Vec<Value>| {
                values.iter().map(|value| {
                    let mut group = group.clone();
                    group.push(value.clone());
                    group
                })
            })
            .collect();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn groups(message: &Message, keys: &[&str]) -> Vec<String> {
        let keys: Vec<Key> = keys.iter().map(|key| Key::parse(key).unwrap()).collect();
        let groups = groups_of(message, &keys).into_iter();
        groups
            .map(|group| {
                group
                    .iter()
                    .map(|value| crate::report::query::stats::shown(&value.json()))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn every_key_of_its_own_names_fields_that_there_are() {
        for named in NAMED {
            if let Values::Fields(fields) = &named.values {
                fields.iter().for_each(|field| {
                    Path::parse(field).unwrap();
                });
            }
        }
    }

    #[test]
    fn a_message_is_once_in_each_group_that_it_has_a_value_of() {
        let message = sample::hostile();
        let recipients = ["+61400000002", "+61400000003", "ünïcode@example.org"];
        assert_eq!(groups(&message, &["recipient"]), recipients);
        assert_eq!(groups(&message, &["http_status"]), ["200", "204", "404"]);
        assert_eq!(groups(&message, &["mmsc", "outcome"]), ["mmsc.example partial"]);
        assert_eq!(groups(&message, &["recipient", "http_status"]).len(), 9);
        assert_eq!(groups(&sample::open(), &["http_status"]), ["(none)"]);
        assert_eq!(groups(&message, &["minute"]), ["2026-11-20T10:00Z"]);
        let explained = "retrieve: HTTP 404 ← charging 4010 end-user-service-denied";
        assert_eq!(groups(&sample::failed(), &["cause"]), [explained]);
        assert_eq!(groups(&message, &[]), [""]);
    }

    #[test]
    fn hours_are_those_of_the_clocks_in_a_zone_and_follow_each_other() {
        let hour = |zone: &str, time: &str| {
            let key = Key::parse("hour").unwrap().in_zone(&Zone::named(zone).unwrap());
            let message = Message {
                started: Some(time.parse().unwrap()),
                ..sample::open()
            };
            groups_of(&message, &[key]).concat()
        };
        let written = |zone: &str, time: &str| hour(zone, time)[0].json();
        assert_eq!(
            written("Asia/Kolkata", "2026-11-20T10:10:00Z"),
            "2026-11-20T15:00+05:30"
        );
        assert_eq!(written("UTC", "2026-11-20T10:59:59.9Z"), "2026-11-20T10:00Z");
        let first = hour("Europe/Berlin", "2026-10-25T00:30:00Z");
        let second = hour("Europe/Berlin", "2026-10-25T01:30:00Z");
        assert_eq!(first[0].json(), "2026-10-25T02:00+02:00");
        assert_eq!(second[0].json(), "2026-10-25T02:00+01:00");
        assert!(first < second);
        assert_eq!(first, hour("Europe/Berlin", "2026-10-25T00:00:00Z"));
    }

    #[test]
    fn a_message_to_thousands_makes_no_millions_of_groups() {
        let mut message = sample::delivered();
        message.recipients = (0..5000).map(|number| number.to_string()).collect();
        let keys = ["recipient", "recipient", "bearer"].map(|key| Key::parse(key).unwrap());
        assert!(groups_of(&message, &keys).len() <= 2 * MAX_VALUES);
    }

    #[test]
    fn a_wrong_key_is_answered_with_the_one_probably_meant() {
        let error = Key::parse("mmcs").unwrap_err();
        assert_eq!(error.to_string(), "there is no field mmcs; did you mean mmsc?");
    }
}
