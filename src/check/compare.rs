//! In what a result differs from what is expected: field by field, each with the frame that shows it.

use std::fmt;

use serde_json::Value;

use super::expectation::Match;
use crate::model::text::shown;
use crate::report::redact::{GONE, Redactor};

/// Most differences told of one case: who has so many has another problem.
const MAX_DIFFERENCES: usize = 100;

/// A frame of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which input, 0-based.
    pub capture: u64,
    /// The frame.
    pub frame: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.capture {
            0 => write!(f, "frame {}", self.frame),
            capture => write!(f, "capture {} frame {}", capture.saturating_add(1), self.frame),
        }
    }
}

/// A field that is not as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field: `messages[0].deliveries[1].state`.
    pub path: String,
    /// What was expected; `None` where nothing should be there.
    pub expected: Option<Value>,
    /// What is there; `None` where nothing is.
    pub actual: Option<Value>,
    /// The frame nearest to the field in the result.
    pub place: Option<Place>,
}

impl Difference {
    /// Takes out what names somebody: words stay where the field has no others than ours, numbers everywhere.
    pub(super) fn redact(&mut self, redactor: &mut Redactor) {
        let field = self.path.rsplit('.').next().unwrap_or_default();
        let field = field.split('[').next().unwrap_or_default().to_owned();
        for value in self.expected.iter_mut().chain(&mut self.actual) {
            let redacted = match &*value {
                Value::Null | Value::Bool(_) | Value::Number(_) => continue,
                Value::String(text) => redacted(&field, text, redactor),
                Value::Array(_) | Value::Object(_) => GONE.to_owned(),
            };
            *value = redacted.into();
        }
    }
}

fn redacted(field: &str, text: &str, redactor: &mut Redactor) -> String {
    match field {
        "outcome" | "state" | "evidence" | "stage" | "kind" | "type" | "interface" | "pdu" | "bearer"
        | "confidence" | "join" | "by" | "started" | "ended" | "time" | "first" | "last" | "expiry"
        | "date" => text.to_owned(),
        "from" | "to" | "cc" | "bcc" | "recipient" => redactor.address(text),
        "message_id" | "transaction_id" => redactor.identifier(text),
        "src" | "dst" => redactor.written_endpoint(text),
        _ => GONE.to_owned(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown(&self.path);
        write!(f, "{path}: ")?;
        match (&self.expected, &self.actual) {
            (Some(expected), Some(actual)) => {
                write!(f, "expected {}, got {}", brief(expected), brief(actual))?;
            }
            (Some(expected), None) => write!(f, "expected {}, got nothing", brief(expected))?,
            (None, Some(actual)) => write!(f, "expected nothing, got {}", brief(actual))?,
            (None, None) => f.write_str("differs")?,
        }
        match self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

/// A value on one line, cut where it is long.
fn brief(value: &Value) -> String {
    /// Characters of a value that tell what it is.
    const LONGEST: usize = 120;
    let text = value.to_string();
    let text = shown(&text);
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// In what `actual` differs from what is expected, in the order of the fields; at most a hundred.
pub fn compare(expected: &Value, actual: &Value, way: Match) -> Vec<Difference> {
    let mut comparison = Comparison {
        way,
        path: String::new(),
        places: Vec::new(),
        found: Vec::new(),
    };
    comparison.values(expected, actual);
    comparison.found
}

struct Comparison {
    way: Match,
    path: String,
    places: Vec<Place>,
    found: Vec<Difference>,
}

impl Comparison {
    /// Recursion is as deep as JSON that was read or written, which serde_json bounds at 128.
    fn values(&mut self, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::Object(wanted), Value::Object(there)) => {
                let place = place_of(actual);
                self.places.extend(place);
                for (name, value) in wanted {
                    self.inside(&format!(".{name}"), Some(value), there.get(name));
                }
                if self.way == Match::Exact {
                    for (name, value) in there.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                        self.inside(&format!(".{name}"), None, Some(value));
                    }
                }
                self.places
                    .truncate(self.places.len() - usize::from(place.is_some()));
            }
            (Value::Array(wanted), Value::Array(there)) => {
                for at in 0..wanted.len().max(there.len()) {
                    self.inside(&format!("[{at}]"), wanted.get(at), there.get(at));
                }
            }
            _ if same(expected, actual) => {}
            _ => self.differ(Some(expected), Some(actual)),
        }
    }

    fn inside(&mut self, step: &str, expected: Option<&Value>, actual: Option<&Value>) {
        let before = self.path.len();
        self.path.push_str(if before == 0 {
            step.trim_start_matches('.')
        } else {
            step
        });
        match (expected, actual) {
            (Some(expected), Some(actual)) => self.values(expected, actual),
            (expected, actual) => self.differ(expected, actual),
        }
        self.path.truncate(before);
    }

    fn differ(&mut self, expected: Option<&Value>, actual: Option<&Value>) {
        if self.found.len() < MAX_DIFFERENCES {
            self.found.push(Difference {
                path: self.path.clone(),
                expected: expected.cloned(),
                actual: actual.cloned(),
                place: actual.and_then(place_of).or_else(|| self.places.last().copied()),
            });
        }
    }
}

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => expected == actual,
    }
}

/// The frame that an object tells of: its own, or that of the PDU, answer, request or event in it.
fn place_of(value: &Value) -> Option<Place> {
    let own = |value: &Value| {
        Some(Place {
            capture: value.get("capture").and_then(Value::as_u64).unwrap_or(0),
            frame: value.get("frame")?.as_u64()?,
        })
    };
    let inner = || {
        ["seen", "response", "request"]
            .iter()
            .find_map(|name| own(value.get(name)?))
    };
    let first_of = |name: &str| value.get(name)?.as_array()?.first().and_then(own);
    own(value)
        .or_else(inner)
        .or_else(|| first_of("events"))
        .or_else(|| first_leg(value))
}

/// The frame of the first leg of a delivery.
fn first_leg(value: &Value) -> Option<Place> {
    const LEGS: &[&str] = &[
        "handovers",
        "notifications",
        "retrievals",
        "acknowledgements",
        "delivery_reports",
        "read_reports",
    ];
    LEGS.iter().find_map(|name| {
        let leg = value.get(name)?.as_array()?.first()?;
        place_of(leg)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(expected: Value, actual: Value, way: Match) -> Vec<String> {
        compare(&expected, &actual, way)
            .iter()
            .map(Difference::to_string)
            .collect()
    }

    #[test]
    fn a_subset_leaves_out_fields_but_no_list_elements() {
        let actual = json!({"a": 1, "b": [{"c": 1, "d": 2}, {"c": 3}]});
        assert!(
            told(
                json!({"b": [{"c": 1}, {"c": 3.0}]}),
                actual.clone(),
                Match::Subset
            )
            .is_empty()
        );
        assert_eq!(
            told(json!({"b": [{"c": 1}]}), actual.clone(), Match::Subset),
            [r#"b[1]: expected nothing, got {"c":3}"#]
        );
        assert_eq!(
            told(json!({"b": [{"c": 1}, {"c": 3}]}), actual.clone(), Match::Exact),
            ["b[0].d: expected nothing, got 2", "a: expected nothing, got 1"]
        );
        assert_eq!(
            told(json!({"e": null}), actual, Match::Subset),
            ["e: expected null, got nothing"]
        );
    }

    #[test]
    fn a_difference_names_the_nearest_frame() {
        let actual = json!({"messages": [{
            "events": [{"capture": 1, "frame": 3}],
            "state": "failed",
            "deliveries": [{"state": "failed", "retrievals": [{"response": {"capture": 0, "frame": 9}, "url": "x"}]}],
        }]});
        assert_eq!(
            told(
                json!({"messages": [{"state": "read", "deliveries": [{"state": "read", "retrievals": [{"url": "y"}]}]}]}),
                actual,
                Match::Subset
            ),
            [
                r#"messages[0].state: expected "read", got "failed" (capture 2 frame 3)"#,
                r#"messages[0].deliveries[0].state: expected "read", got "failed" (frame 9)"#,
                r#"messages[0].deliveries[0].retrievals[0].url: expected "y", got "x" (frame 9)"#,
            ]
        );
    }

    #[test]
    fn long_and_hostile_values_are_told_safely() {
        let text = told(
            json!({"a": "x"}),
            json!({"a": format!("\u{202e}{}", "y".repeat(500))}),
            Match::Subset,
        );
        assert!(text[0].len() < 200 && !text[0].contains('\u{202e}'));
        let many = json!((0..500).collect::<Vec<_>>());
        assert_eq!(compare(&json!([]), &many, Match::Subset).len(), MAX_DIFFERENCES);
    }
}
