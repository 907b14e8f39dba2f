//! The columns of tables, Markdown and CSV: the named ones, and any field of the JSON output by its path. Also the
//! order of rows, `--sort`.

use std::cmp::Ordering;

use serde_json::Value;
use smallvec::SmallVec;

use crate::model::{SharedSort, Timestamp};
use crate::report::document::{Message, ShownHeaders};
use crate::report::query::field::{Path, UnknownField};
use crate::report::words::names::HostNames;
use crate::report::words::style::{Align, Style};
use crate::report::words::zone::{Offset, Zone};
use crate::report::words::{explain, human};

/// How a named column is drawn.
#[derive(Debug)]
pub struct Named {
    /// As `--fields` takes it.
    pub name: &'static str,
    header: &'static str,
    align: Align,
    /// Fewest cells in which it still tells something.
    least: usize,
    /// The JSON field that holds the same value bare.
    path: Option<&'static str>,
    show: fn(&Message, &Cells<'_>) -> String,
}

/// What cells need to know about the whole table.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// How text looks.
    pub style: &'a Style,
    /// Whether all messages are of one day, so that the time of day is enough.
    pub one_day: bool,
    /// The offset from UTC of all times, to stand above them; none where it changes, and stands behind each.
    pub offset: Option<Offset>,
    /// What times count from, where they are not to be those of a clock.
    pub since: Option<Timestamp>,
}

impl<'a> Cells<'a> {
    /// For these messages.
    pub fn of<'m>(style: &'a Style, messages: impl IntoIterator<Item = &'m Message>) -> Self {
        let zone = &style.zone;
        let mut times = messages.into_iter().filter_map(|message| message.started);
        let first = times.next();
        let day = first.map(|time| human::day(time, zone));
        let offset = zone.offset(first.unwrap_or_default());
        let (mut one_day, mut one_offset) = (true, true);
        for time in times {
            one_day = one_day && Some(human::day(time, zone)) == day;
            one_offset = one_offset && zone.offset(time) == offset;
        }
        Self {
            style,
            one_day,
            offset: one_offset.then_some(offset),
            since: None,
        }
    }
}

/// All columns with a name of their own.
pub const NAMED: &[Named] = &[
    Named {
        name: "id",
        header: "ID",
        align: Align::Right,
        least: 2,
        path: Some("id"),
        show: |m, _| m.id.to_string(),
    },
    Named {
        name: "revision",
        header: "REV",
        align: Align::Right,
        least: 3,
        path: Some("revision"),
        show: |m, _| match m.revision {
            ..=1 => String::new(),
            revised => revised.to_string(),
        },
    },
    Named {
        name: "time",
        header: "TIME",
        align: Align::Left,
        least: 8,
        path: Some("started"),
        show: time,
    },
    Named {
        name: "from",
        header: "FROM",
        align: Align::Left,
        least: 12,
        path: Some("from"),
        show: |m, _| m.from.clone().unwrap_or_default(),
    },
    Named {
        name: "recipients",
        header: "TO",
        align: Align::Left,
        least: 12,
        path: Some("recipients"),
        show: |m, _| recipients(m),
    },
    Named {
        name: "size",
        header: "SIZE",
        align: Align::Right,
        least: 7,
        path: Some("size"),
        show: |m, _| m.size.map(human::size).unwrap_or_default(),
    },
    Named {
        name: "outcome",
        header: "OUTCOME",
        align: Align::Left,
        least: 9,
        path: Some("outcome"),
        show: |m, c| c.style.verdict(m.outcome),
    },
    Named {
        name: "state",
        header: "STATE",
        align: Align::Left,
        least: 12,
        path: Some("state"),
        show: |m, _| m.state.to_string(),
    },
    Named {
        name: "reason",
        header: "REASON",
        align: Align::Left,
        least: 14,
        path: None,
        show: |m, _| explain::reason(m),
    },
    Named {
        name: "frames",
        header: "FRAMES",
        align: Align::Left,
        least: 7,
        path: None,
        show: |m, c| explain::frames(m, c.style.dash()),
    },
    Named {
        name: "duration",
        header: "DURATION",
        align: Align::Right,
        least: 7,
        path: Some("duration_ms"),
        show: |m, _| explain::duration(m),
    },
    Named {
        name: "parts",
        header: "PARTS",
        align: Align::Right,
        least: 5,
        path: None,
        show: |m, _| m.parts.len().to_string(),
    },
    Named {
        name: "subject",
        header: "SUBJECT",
        align: Align::Left,
        least: 8,
        path: Some("subject"),
        show: |m, _| m.subject.clone().unwrap_or_default(),
    },
    Named {
        name: "evidence",
        header: "EVIDENCE",
        align: Align::Left,
        least: 8,
        path: Some("evidence"),
        show: |m, _| m.evidence.to_string(),
    },
];

/// The columns of a table where none are asked for, from left to right.
const USUAL: &[&str] = &[
    "id",
    "time",
    "from",
    "recipients",
    "size",
    "outcome",
    "state",
    "reason",
    "frames",
];

/// The columns of `--wide`.
const WIDE: &[&str] = &[
    "id",
    "time",
    "from",
    "recipients",
    "size",
    "parts",
    "outcome",
    "state",
    "reason",
    "duration",
    "frames",
    "evidence",
    "subject",
    "message_id",
];

/// The columns in which a narrow table is filled up: what is most needed first.
pub const BY_NEED: &[&str] = &[
    "id",
    "revision",
    "outcome",
    "from",
    "recipients",
    "reason",
    "frames",
    "time",
    "state",
    "size",
    "duration",
    "subject",
];

/// The columns of CSV where none are asked for, before the headers that are only shown and behind them.
const CSV: [&[&str]; 2] = [CSV_BEFORE_HEADERS, CSV_BEHIND_HEADERS];

const CSV_BEFORE_HEADERS: &[&str] = &[
    "id",
    "started",
    "ended",
    "duration_ms",
    "message_id",
    "from",
    "to",
    "cc",
    "bcc",
    "recipients",
    "subject",
];

const CSV_BEHIND_HEADERS: &[&str] = &[
    "content_type",
    "size",
    "parts",
    "outcome",
    "state",
    "evidence",
    "failures.kind",
    "failures.code",
    "reason",
    "frames",
    "submission.transaction_id",
    "submission.latency_ms",
    "deliveries.retrievals.latency_ms",
];

fn time(message: &Message, cells: &Cells<'_>) -> String {
    let (Some(started), zone) = (message.started, &cells.style.zone) else {
        return String::new();
    };
    if let Some(since) = cells.since {
        return format!("{:.3}", human::between(since, started) / 1000.0);
    }
    let time = match cells.one_day {
        true => human::clock(started, zone),
        false => human::day_and_clock(started, zone),
    };
    match cells.offset {
        Some(_) => time,
        None => format!("{time} {}", zone.offset(started)),
    }
}

/// The recipients: the first, and how many more.
fn recipients(message: &Message) -> String {
    let mut all = message.recipients.iter();
    let Some(first) = all.next().cloned() else {
        return String::new();
    };
    match all.count() {
        0 => first,
        more => format!("{first} +{more}"),
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub enum Column {
    /// One with a name and a look of its own.
    Named(&'static Named),
    /// A field by its path.
    Field(Path),
}

impl Column {
    /// The column of that name.
    pub fn parse(name: &str) -> Result<Self, UnknownField> {
        if let Some(named) = NAMED.iter().find(|named| named.name == name) {
            return Ok(Self::Named(named));
        }
        Path::parse(name).map(Self::Field).map_err(|mut error| {
            if error.path == name {
                error
                    .known
                    .extend(NAMED.iter().map(|named| named.name.to_owned()));
                error.known.shared_sort();
                error.known.dedup();
            }
            error
        })
    }

    /// The columns of a comma-separated list, as `--fields` takes it.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, UnknownField> {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(Self::parse).collect()
    }

    /// The usual columns of a table.
    pub fn usual() -> Vec<Self> {
        Self::listed(USUAL)
    }

    /// How often a row was printed, where it was more than once.
    pub fn revision() -> Option<Self> {
        Self::parse("revision").ok()
    }

    /// All that fit a table without a limit to its width.
    pub fn wide() -> Vec<Self> {
        Self::listed(WIDE)
    }

    /// The usual columns of CSV.
    pub fn for_csv() -> Vec<Self> {
        let shown = ShownHeaders::ALL
            .iter()
            .map(|header| header.name)
            .collect::<Vec<_>>();
        let [before, behind] = CSV;
        Self::listed(&[before, &shown, behind].concat())
    }

    fn listed(names: &[&str]) -> Vec<Self> {
        names.iter().filter_map(|name| Self::parse(name).ok()).collect()
    }

    /// The names of all there are, those of their own first.
    pub fn all_names() -> Vec<String> {
        let named = NAMED.iter().map(|named| named.name.to_owned());
        let mut names: Vec<String> = named.collect();
        let fields = Path::all_names().into_iter();
        let fields: Vec<String> = fields.filter(|field| !names.contains(field)).collect();
        names.extend(fields);
        names
    }

    /// As `--fields` takes it.
    pub fn name(&self) -> String {
        match self {
            Self::Named(named) => named.name.to_owned(),
            Self::Field(path) => path.to_string(),
        }
    }

    /// What stands above it in a table.
    pub fn header(&self, cells: &Cells<'_>) -> String {
        match self {
            Self::Named(named) if named.name == "time" && cells.since.is_some() => "SECONDS".to_owned(),
            Self::Named(named) => match cells.offset {
                Some(offset) if named.name == "time" => format!("{} ({offset})", named.header),
                _ => named.header.to_owned(),
            },
            Self::Field(path) => path.to_string().to_uppercase(),
        }
    }

    /// To which side it stands.
    pub const fn align(&self) -> Align {
        match self {
            Self::Named(named) => named.align,
            Self::Field(path) => match path.kind() {
                crate::report::query::field::Kind::Number => Align::Right,
                _ => Align::Left,
            },
        }
    }

    /// Fewest cells in which it still tells something.
    pub const fn least(&self) -> usize {
        match self {
            Self::Named(named) => named.least,
            Self::Field(_) => 8,
        }
    }

    /// What a message shows in it: untrusted text, not yet made safe.
    pub fn show(&self, message: &Message, cells: &Cells<'_>) -> String {
        match self {
            Self::Named(named) => (named.show)(message, cells),
            Self::Field(path) => joined(&path.values(message), ", "),
        }
    }

    /// The same where it has to go into `width` cells and a shorter form tells enough.
    pub fn show_in(&self, message: &Message, cells: &Cells<'_>, width: usize) -> String {
        let text = self.show(message, cells);
        match self {
            Self::Named(named)
                if named.name == "time"
                    && cells.offset.is_some()
                    && crate::report::words::style::cells(&text) > width =>
            {
                human::to_the_second(&text).to_owned()
            }
            _ => text,
        }
    }

    /// The bare value: numbers as digits, times as RFC 3339, several joined by `;`.
    pub fn bare(&self, message: &Message) -> String {
        match self {
            Self::Named(named) => match named.path.map(Path::parse) {
                Some(Ok(path)) => joined(&path.values(message), ";"),
                _ => (named.show)(
                    message,
                    &Cells {
                        style: &BARE,
                        one_day: false,
                        offset: None,
                        since: None,
                    },
                ),
            },
            Self::Field(path) => joined(&path.values(message), ";"),
        }
    }

    /// The cell as a value of JSON: what the field holds, or the words of a column that is none.
    pub fn json(&self, message: &Message) -> Value {
        match self {
            Self::Named(named) => match named.path.map(Path::parse) {
                Some(Ok(path)) => path.json(message),
                _ => self.bare(message).into(),
            },
            Self::Field(path) => path.json(message),
        }
    }

    fn key(&self, message: &Message) -> Key {
        let path = match self {
            Self::Named(named) => named.path.map(Path::parse),
            Self::Field(path) => Some(Ok(path.clone())),
        };
        match path {
            Some(Ok(path)) => Key::of(path.values(message).first()),
            _ if self.name() == "parts" => Key::Number(message.parts.len() as f64),
            _ if self.name() == "frames" => Key::of_frames(message),
            _ => Key::Text(self.bare(message)),
        }
    }
}

/// Bare text: no colour, ASCII punctuation.
const BARE: Style = Style {
    colour: false,
    ascii: true,
    width: None,
    zone: Zone::UTC,
    names: HostNames::NONE,
};

fn joined(values: &[Value], separator: &str) -> String {
    let texts = values.iter().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join(separator)
}

/// By what rows are ordered.
#[derive(Clone, Debug)]
pub struct Order {
    keys: Vec<(Column, bool)>,
}

impl Order {
    /// From a comma-separated list of columns; a leading `-` turns one round.
    pub fn parse(list: &str) -> Result<Self, UnknownField> {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let keys = names.map(|name| match name.strip_prefix('-') {
            Some(name) => Column::parse(name).map(|column| (column, true)),
            None => Column::parse(name).map(|column| (column, false)),
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// Puts messages in order; those without a value come last either way, equal ones stay as they are.
    pub fn sort(&self, messages: &mut [Message]) {
        messages.shared_sort_by_cached_key(|message| self.key(message));
    }

    /// Puts the places of messages in order, as [`Self::sort`] does the messages themselves.
    pub fn sort_places<'m>(&self, places: &mut [u32], message: impl Fn(u32) -> Option<&'m Message>) {
        places.shared_sort_by_cached_key(|place| message(*place).map(|message| self.key(message)));
    }

    /// Which of two messages comes first.
    pub fn compare(&self, one: &Message, other: &Message) -> Ordering {
        self.key(one).cmp(&self.key(other))
    }

    fn key(&self, message: &Message) -> SmallVec<[Directed; 1]> {
        let parts = self.keys.iter().map(|(column, descending)| Directed {
            key: column.key(message),
            descending: *descending,
        });
        parts.collect()
    }
}

#[derive(Debug, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
    Absent,
}

impl Key {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Absent,
            Some(Value::String(text)) => Self::Text(text.clone()),
            Some(other) => other
                .as_f64()
                .map_or_else(|| Self::Text(other.to_string()), Self::Number),
        }
    }

    fn of_frames(message: &Message) -> Self {
        match message.events.first() {
            Some(first) => Self::Number(f64::from(first.seen.capture) * 1e12 + first.seen.frame as f64),
            None => Self::Absent,
        }
    }
}

struct Directed {
    key: Key,
    descending: bool,
}

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = match (&self.key, &other.key) {
            (Key::Absent, Key::Absent) => return Ordering::Equal,
            (Key::Absent, _) => return Ordering::Greater,
            (_, Key::Absent) => return Ordering::Less,
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            (Key::Number(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        };
        if self.descending { order.reverse() } else { order }
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Directed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Directed {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn ids(order: &str) -> Vec<u64> {
        let mut messages = sample::document().messages;
        Order::parse(order).unwrap().sort(&mut messages);
        messages.iter().map(|message| message.id).collect()
    }

    #[test]
    fn every_listed_column_exists() {
        assert_eq!(Column::usual().len(), USUAL.len());
        assert_eq!(Column::wide().len(), WIDE.len());
        assert_eq!(
            Column::for_csv().len(),
            CSV.concat().len() + ShownHeaders::ALL.len()
        );
        assert_eq!(Column::listed(BY_NEED).len(), BY_NEED.len());
        for named in NAMED {
            if let Some(path) = named.path {
                Path::parse(path).unwrap();
            }
        }
    }

    #[test]
    fn order_by_number_by_text_and_turned_round() {
        assert_eq!(ids("-id"), [4, 3, 2, 1]);
        assert_eq!(ids("outcome,-id"), [2, 4, 3, 1]);
        assert_eq!(ids("size"), [1, 3, 2, 4]);
        assert_eq!(ids("frames"), [1, 3, 2, 4]);
    }

    #[test]
    fn absent_values_come_last_either_way() {
        assert_eq!(ids("submission.latency_ms,id"), [1, 3, 2, 4]);
        assert_eq!(ids("-submission.latency_ms,id"), [1, 3, 2, 4]);
    }

    #[test]
    fn unknown_columns_are_answered_with_what_there_is() {
        let error = Column::parse_list("id,reson").unwrap_err();
        assert_eq!(error.to_string(), "there is no field reson; did you mean reason?");
    }

    #[test]
    fn bare_values_are_for_machines() {
        let message = sample::delivered();
        let bare = |name: &str| Column::parse(name).unwrap().bare(&message);
        assert_eq!(bare("size"), "50000");
        assert_eq!(bare("time"), "2026-11-20T10:00:00.000000Z");
        assert_eq!(bare("duration"), "4000.0");
        assert_eq!(bare("frames"), "8-41");
        assert_eq!(bare("parts"), "2");
    }
}
