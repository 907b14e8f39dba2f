//! The fields of a message by the names they have in the JSON output: `size`, `deliveries.retrievals.http_status`.
//! What exists is taken from the JSON Schema of the types, so that a name that is refused is one that the output
//! does not have. Through a list, a path means every element of it.

use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;
use strsim::levenshtein;

use crate::model::SharedSort;
use crate::report::document::Message;
use crate::report::schema::{self, Subject};
use crate::report::words::explain;

/// How deep the document's types nest; a guard against a schema that refers to itself.
const MAX_DEPTH: usize = 8;

/// A field of a message, by its dotted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The names from the message down; never empty.
    segments: Vec<String>,
    /// Whether it may have several values.
    several: bool,
    /// What its values are.
    kind: Kind,
}

/// What the values of a field are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of these words.
    Words(Vec<String>),
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Something with fields of its own.
    Object,
}

/// A name that no field has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// The path up to and with the part that is wrong.
    pub path: String,
    /// The names that could stand there.
    pub known: Vec<String>,
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no field {}", self.path)?;
        let wrong = self.path.rsplit('.').next().unwrap_or_default();
        if let Some(near) = nearest(wrong, self.known.iter().map(String::as_str)) {
            return write!(f, "; did you mean {near}?");
        }
        if self.known.is_empty() {
            return f.write_str("; what stands before the last dot has no fields");
        }
        write!(f, "; there are {}", self.known.join(", "))
    }
}

impl std::error::Error for UnknownField {}

/// Columns of tables whose field has another name.
const COLUMNS: &[(&str, &str)] = &[
    ("time", "started"),
    ("duration", "duration_ms"),
    ("frames", "events.frame"),
];

/// The one column that is no field: why a message stands where it does, in words.
const REASON: &str = "reason";

impl Path {
    /// The field of that name, or of the column of that name.
    pub fn parse(name: &str) -> Result<Self, UnknownField> {
        let name = COLUMNS
            .iter()
            .find_map(|(column, path)| (*column == name).then_some(*path))
            .unwrap_or(name);
        if name == REASON {
            return Ok(Self {
                segments: vec![REASON.to_owned()],
                several: false,
                kind: Kind::Text,
            });
        }
        let mut segments: Vec<String> = Vec::new();
        let mut place = Some(&*MESSAGE);
        let mut several = false;
        for segment in name.split('.') {
            let node = place.and_then(|node| node.field(segment));
            segments.push(segment.to_owned());
            if node.is_none() {
                return Err(UnknownField {
                    path: segments.join("."),
                    known: place.map(Node::names).unwrap_or_default(),
                });
            }
            several |= node.is_some_and(|node| node.is_list);
            place = node;
        }
        let kind = place.map_or(Kind::Text, |node| node.kind.clone());
        Ok(Self {
            segments,
            several,
            kind,
        })
    }

    /// The names of all fields, an object before what is in it.
    pub fn all_names() -> Vec<String> {
        let mut names = Vec::new();
        MESSAGE.add_names("", &mut names);
        names
    }

    /// The names that could stand where `typed` does, up to their next dot: those of columns and fields, an object with the
    /// dot behind which its own fields stand.
    pub fn names_from(typed: &str) -> Vec<String> {
        let columns = COLUMNS.iter().map(|(column, _)| (*column).to_owned());
        let others = columns.chain([REASON.to_owned()]);
        let fits = |name: &String| name.strip_prefix(typed).is_some_and(|rest| !rest.contains('.'));
        let mut names: Vec<String> = others.filter(fits).collect();
        names.extend(MESSAGE.names_from("", typed));
        names.shared_sort();
        names
    }

    /// What its values are.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether its values are addresses of senders and recipients.
    pub fn is_address(&self) -> bool {
        let last = self.segments.last().map(String::as_str);
        matches!(
            last,
            Some("from" | "to" | "cc" | "bcc" | "recipients" | "recipient")
        )
    }

    /// Whether its values are milliseconds.
    pub fn is_duration(&self) -> bool {
        self.segments.last().is_some_and(|last| last.ends_with("_ms"))
    }

    /// Whether its values are times.
    pub fn is_time(&self) -> bool {
        let last = self.segments.last().map(String::as_str);
        matches!(last, Some("started" | "ended" | "time" | "expiry" | "date"))
    }

    /// Calls `take` with every value the message has here; absent ones are left out.
    pub fn each(&self, message: &Message, take: &mut dyn FnMut(&Value)) {
        let Some((first, rest)) = self.segments.split_first() else {
            return;
        };
        if let Some(value) = top(message, first) {
            descend(&value, rest, take);
        }
    }

    /// What the message has here, as JSON: a list where there may be several values, else the value or null.
    pub fn json(&self, message: &Message) -> Value {
        let mut values = self.values(message);
        match self.several {
            true => Value::Array(values),
            false => values.pop().unwrap_or_default(),
        }
    }

    /// Every value the message has here.
    pub fn values(&self, message: &Message) -> Vec<Value> {
        let mut values = Vec::new();
        self.each(message, &mut |value| values.push(value.clone()));
        values
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("."))
    }
}

/// Follows the rest of a path, through lists into all their elements.
fn descend(value: &Value, path: &[String], take: &mut dyn FnMut(&Value)) {
    match (value, path.split_first()) {
        (Value::Null, _) => {}
        (Value::Array(elements), _) => {
            for element in elements {
                descend(element, path, take);
            }
        }
        (value, None) => take(value),
        (value, Some((name, rest))) => {
            if let Some(inner) = value.get(name) {
                descend(inner, rest, take);
            }
        }
    }
}

/// A message's own field. Only the one asked for is turned into a value.
fn top(message: &Message, name: &str) -> Option<Value> {
    match name {
        "id" => Some(message.id.into()),
        REASON => match explain::reason(message) {
            words if words.is_empty() => None,
            words => value(&words),
        },
        "key" => value(&message.key),
        "revision" => value(&message.revision),
        "message_id" => value(&message.message_id),
        "from" => value(&message.from),
        "to" => value(&message.to),
        "cc" => value(&message.cc),
        "bcc" => value(&message.bcc),
        "recipients" => value(&message.recipients),
        "mmsc" => value(&message.mmsc),
        "subject" => value(&message.subject),
        "content_type" => value(&message.content_type),
        "size" => value(&message.size),
        "parts" => value(&message.parts),
        "outcome" => value(&message.outcome),
        "state" => value(&message.state),
        "evidence" => value(&message.evidence),
        "started" => value(&message.started),
        "ended" => value(&message.ended),
        "duration_ms" => value(&message.duration_ms),
        "submission" => value(&message.submission),
        "deliveries" => value(&message.deliveries),
        "failures" => value(&message.failures),
        "links" => value(&message.links),
        "context" => value(&message.context),
        "cause" => value(&message.cause),
        "events" => value(&message.events),
        _ => value(&message.shown)?.get(name).cloned(),
    }
}

fn value(field: &impl Serialize) -> Option<Value> {
    serde_json::to_value(field).ok()
}

/// A type of the document, as its schema describes it.
#[derive(Debug)]
struct Node {
    kind: Kind,
    is_list: bool,
    fields: Vec<(String, Node)>,
}

static MESSAGE: LazyLock<Node> = LazyLock::new(|| {
    let document = schema::of(Subject::Document);
    let message = document.pointer("/$defs/Message").unwrap_or(&Value::Null);
    Node::read(message, &document, 0)
});

impl Node {
    fn field(&self, name: &str) -> Option<&Self> {
        self.fields
            .iter()
            .find_map(|(key, node)| (key == name).then_some(node))
    }

    fn add_names(&self, before: &str, names: &mut Vec<String>) {
        for (name, node) in &self.fields {
            let name = format!("{before}{name}");
            let inside = format!("{name}.");
            names.push(name);
            node.add_names(&inside, names);
        }
    }

    /// The names from here that begin as `typed` and have no further dot than that.
    fn names_from(&self, before: &str, typed: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (name, node) in &self.fields {
            let name = format!("{before}{name}");
            let inside = format!("{name}.");
            let goes_on = !node.fields.is_empty();
            if goes_on && typed.starts_with(&inside) {
                return node.names_from(&inside, typed);
            }
            if name.starts_with(typed) {
                names.push(if goes_on { inside } else { name });
            }
        }
        names
    }

    fn names(&self) -> Vec<String> {
        self.fields.iter().map(|(key, _)| key.clone()).collect()
    }

    fn read(schema: &Value, root: &Value, depth: usize) -> Self {
        let schema = resolve(schema, root);
        if let Some(items) = schema.get("items") {
            return Self {
                is_list: true,
                ..Self::read(items, root, depth)
            };
        }
        let fields = match schema.get("properties").and_then(Value::as_object) {
            Some(properties) if depth < MAX_DEPTH => properties
                .iter()
                .map(|(name, inner)| (name.clone(), Self::read(inner, root, depth + 1)))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            is_list: false,
            kind: kind_of(schema),
            fields,
        }
    }
}

/// The schema itself, where it is a reference or one that may also be null.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|at| root.pointer(at));
        return target.unwrap_or(schema);
    }
    let choices = schema.get("anyOf").and_then(Value::as_array);
    match choices.and_then(|choices| choices.first()) {
        Some(choice) => resolve(choice, root),
        None => schema,
    }
}

fn kind_of(schema: &Value) -> Kind {
    let words = words_of(schema);
    if !words.is_empty() {
        return Kind::Words(words);
    }
    let mut types: Vec<&str> = Vec::new();
    match schema.get("type") {
        Some(Value::String(one)) => types.push(one),
        Some(Value::Array(several)) => types.extend(several.iter().filter_map(Value::as_str)),
        _ => {}
    }
    match types.iter().find(|name| **name != "null") {
        Some(&"object") => Kind::Object,
        Some(&("integer" | "number")) => Kind::Number,
        Some(&"boolean") => Kind::Boolean,
        _ => Kind::Text,
    }
}

/// The words of an enumeration, however the schema spells it.
fn words_of(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let described = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    listed
        .chain(described.flat_map(|choice| {
            let one = choice.get("const").into_iter();
            one.chain(choice.get("enum").and_then(Value::as_array).into_iter().flatten())
        }))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The candidate that differs from `word` in the fewest letters, if that is few enough to be a slip.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer words are no slips; keeps the comparison cheap whatever is typed.
    const MAX_LETTERS: usize = 64;
    if word.len() > MAX_LETTERS {
        return None;
    }
    let allowed = 1 + word.chars().count() / 4;
    candidates
        .map(|candidate| (levenshtein(word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_field_of_a_message_is_found_by_its_name() {
        let message = sample::delivered();
        let whole = serde_json::to_value(&message).unwrap();
        for (name, expected) in whole.as_object().unwrap() {
            assert_eq!(top(&message, name).as_ref(), Some(expected), "{name}");
            Path::parse(name).unwrap();
        }
    }

    #[test]
    fn a_path_goes_through_lists_and_leaves_out_what_is_absent() {
        let message = sample::delivered();
        let path = Path::parse("deliveries.retrievals.http_status").unwrap();
        assert_eq!(path.kind(), &Kind::Number);
        assert_eq!(path.values(&message), [200]);
        let path = Path::parse("submission.response_status.name").unwrap();
        assert_eq!(path.values(&message), ["ok"]);
        let path = Path::parse("deliveries.retrievals.retrieve_status.code").unwrap();
        assert!(path.values(&message).is_empty());
    }

    #[test]
    fn kinds_come_from_the_schema() {
        let kind = |name: &str| Path::parse(name).unwrap().kind().clone();
        assert_eq!(kind("size"), Kind::Number);
        assert_eq!(kind("duration_ms"), Kind::Number);
        assert_eq!(kind("subject"), Kind::Text);
        assert_eq!(kind("to"), Kind::Text);
        assert_eq!(kind("deliveries.retrievals.complete"), Kind::Boolean);
        assert_eq!(kind("submission"), Kind::Object);
        assert!(matches!(kind("outcome"), Kind::Words(words) if words.contains(&"partial".to_owned())));
        assert!(
            matches!(kind("failures.kind"), Kind::Words(words) if words.contains(&"handover_smtp_error".to_owned()))
        );
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_one_probably_meant() {
        let error = Path::parse("outcom").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no field outcom; did you mean outcome?"
        );
        let error = Path::parse("submission.latency").unwrap_err();
        assert!(error.to_string().contains("submission.latency"), "{error}");
        let error = Path::parse("size.bytes").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no field size.bytes; what stands before the last dot has no fields"
        );
    }

    #[test]
    fn names_are_completed_up_to_their_next_dot() {
        assert_eq!(Path::names_from("outc"), ["outcome"]);
        assert_eq!(Path::names_from("du"), ["duration", "duration_ms"]);
        assert_eq!(Path::names_from("sub"), ["subject", "submission."]);
        let inside = Path::names_from("deliveries.retrievals.http");
        assert_eq!(inside, ["deliveries.retrievals.http_status"]);
        let objects = Path::names_from("deliveries.re");
        assert!(
            objects.contains(&"deliveries.retrievals.".to_owned()),
            "{objects:?}"
        );
        assert!(
            objects
                .iter()
                .all(|name| Path::parse(name.trim_end_matches('.')).is_ok())
        );
        assert!(Path::names_from("nothing").is_empty());
        assert!(Path::names_from("").len() > 20);
    }

    #[test]
    fn a_slip_is_a_few_letters_and_another_word_is_none() {
        assert_eq!(
            nearest("outcom", ["income", "outcome"].into_iter()),
            Some("outcome")
        );
        assert_eq!(nearest("kitten", ["sitting"].into_iter()), None);
        assert_eq!(nearest("", ["abc"].into_iter()), None);
    }
}
