//! `--filter`: a small expression language over the fields of the JSON output.
//!
//! ```text
//! expression  = conjunction { ("or" | "||") conjunction }
//! conjunction = negation { ("and" | "&&") negation }
//! negation    = [ "not" | "!" ] ( "(" expression ")" | test )
//! test        = field                                 a field that is true or false
//!             | field "exists"
//!             | field ("==" | "!=" | "<" | "<=" | ">" | ">=") value
//!             | field "contains" value                ignoring case
//!             | field "matches" value                 a regular expression, ignoring case
//!             | field "in" "(" value { "," value } ")"
//! field       = name { "." name }                     as in the JSON output
//! value       = "text" | 'text' | number [ unit ] | word
//! ```
//!
//! Through a list, a test holds if it holds for any element; `!=` is the contrary of `==`, so it holds if no element
//! is equal. A field that is absent is equal to nothing. Words of the output (`failure`, `retrieve_http_error`) need
//! no quotes and are ordered as they are documented, so that `state >= retrieved` means that far or farther. Text that
//! is a time compares as a time; one without an offset is one of the zone of the run, which is UTC where none is named.

mod completion;
mod eval;
mod lexer;
mod parser;

pub use completion::{Completion, complete};

use std::fmt;
use std::ops::Range;

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

use crate::report::document::Message;
use crate::report::words::style::cells;
use crate::report::words::zone::Zone;
use parser::{Expression, NoInstant};

/// Longest expression, in octets: what a person or script would write, and no more work than that.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Deepest nesting of parentheses and negations: far more than anyone can read, far less than the stack holds.
pub const MAX_DEPTH: usize = 64;

/// A condition on messages.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    expression: Expression,
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    /// Says what is wrong with it and points at the place.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let refuse = |at, what| FilterError {
            text: text.to_owned(),
            at,
            what,
        };
        if text.len() > MAX_LENGTH {
            let what = format!("the expression is longer than {MAX_LENGTH} octets");
            return Err(refuse(0..0, what));
        }
        let expression = parser::parse(text).map_err(|error| {
            let start = text.len() - error.rest.len();
            refuse(start..start + error.length, error.what)
        })?;
        Ok(Self {
            text: text.to_owned(),
            expression,
        })
    }

    /// The same with times without an offset taken for ones of a zone.
    ///
    /// # Errors
    /// Where the clocks of that zone were set forward or back over one.
    pub fn in_zone(mut self, zone: &Zone) -> Result<Self, FilterError> {
        let settled = self.expression.settle(zone);
        let Err((time, why)) = settled else {
            return Ok(self);
        };
        let start = self.text.find(&time).unwrap_or_default();
        let what = match why {
            NoInstant::Twice => {
                format!("this was twice in {zone}; write the offset behind it, as in Z or +02:00")
            }
            NoInstant::Never | NoInstant::NoTime => {
                format!("this was at no time in {zone}: the clocks were set forward over it")
            }
        };
        Err(FilterError {
            at: start..start + time.len(),
            text: self.text,
            what,
        })
    }

    /// Whether it holds for a message.
    pub fn matches(&self, message: &Message) -> bool {
        eval::holds(&self.expression, message)
    }
}

type Parsed<'a, T> = IResult<&'a str, T, Misread<'a>>;

/// What is wrong with an expression, and where.
#[derive(Debug)]
struct Misread<'a> {
    /// The expression from there on.
    rest: &'a str,
    /// How many octets of it are wrong.
    length: usize,
    what: String,
}

impl<'a> ParseError<&'a str> for Misread<'a> {
    /// From a parser in whose place another is tried: nobody is shown this.
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self {
            rest,
            length: 0,
            what: String::new(),
        }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// An expression that cannot be read. It prints as what is wrong, and under it the place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    text: String,
    at: Range<usize>,
    what: String,
}

/// Cells of the expression shown before and after the place of an error.
const AROUND: usize = 30;

impl FilterError {
    /// The octets of the expression that are wrong; none where something is missing there.
    pub const fn at(&self) -> &Range<usize> {
        &self.at
    }

    /// What is wrong with them.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, rest) = self
            .text
            .split_at_checked(self.at.start)
            .unwrap_or(("", &self.text));
        let (marked, after) = rest
            .split_at_checked(self.at.end.saturating_sub(self.at.start))
            .unwrap_or((rest, ""));
        let before = tail(before, AROUND);
        let marked = one_line(&marked.chars().take(AROUND).collect::<String>());
        let after: String = after.chars().take(AROUND).collect();
        let carets = "^".repeat(cells(&marked).max(1));
        writeln!(f, "{}", self.what)?;
        writeln!(f, "  {before}{marked}{}", one_line(&after))?;
        write!(f, "  {}{carets}", " ".repeat(cells(&before)))
    }
}

impl std::error::Error for FilterError {}

/// The last characters of a text on one line.
fn tail(text: &str, characters: usize) -> String {
    let skip = text.chars().count().saturating_sub(characters);
    one_line(&text.chars().skip(skip).collect::<String>())
}

/// The text with a blank for each character that would not stay in its place.
fn one_line(text: &str) -> String {
    let blank = |c: char| {
        if crate::model::text::is_dangerous(c) {
            ' '
        } else {
            c
        }
    };
    text.chars().map(blank).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::sample;

    fn chosen(text: &str) -> Vec<u64> {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let messages = sample::document().messages;
        messages
            .iter()
            .filter(|m| filter.matches(m))
            .map(|m| m.id)
            .collect()
    }

    #[test]
    fn comparisons() {
        assert_eq!(chosen(r#"outcome == "failure""#), [2]);
        assert_eq!(chosen("outcome == failure"), [2]);
        assert_eq!(chosen("outcome != failure"), [1, 3, 4]);
        assert_eq!(chosen("size > 50000"), [2, 4]);
        assert_eq!(chosen("size >= 50000 and size <= 5e4"), [1, 3]);
        assert_eq!(chosen("duration_ms < 0.5"), [4]);
        assert_eq!(chosen("id == -1"), [] as [u64; 0]);
    }

    #[test]
    fn through_lists_any_element_counts() {
        assert_eq!(chosen("deliveries.retrievals.http_status == 404"), [2, 3]);
        assert_eq!(chosen("deliveries.retrievals.http_status == 200"), [1, 3]);
        assert_eq!(chosen("deliveries.retrievals.http_status != 200"), [2, 4]);
        assert_eq!(chosen("parts.content_type contains 'IMAGE/'"), [1]);
        assert_eq!(chosen("deliveries.retrievals.complete"), [1, 3]);
    }

    #[test]
    fn words_are_ordered_as_documented() {
        assert_eq!(chosen("state >= retrieved"), [1, 3]);
        assert_eq!(chosen("state in (notified, failed)"), [2, 4]);
        assert_eq!(chosen("failures.kind == retrieve_http_error"), [2, 3]);
    }

    #[test]
    fn what_is_absent_is_equal_to_nothing() {
        assert_eq!(chosen("submission exists"), [1, 3]);
        assert_eq!(chosen("not submission exists"), [2, 4]);
        assert_eq!(chosen("subject == 'Holiday'"), [1]);
        assert_eq!(chosen("subject != 'Holiday'"), [2, 3, 4]);
        assert_eq!(chosen("submission.latency_ms < 1000"), [1, 3]);
        assert_eq!(chosen("cc exists"), [] as [u64; 0]);
    }

    #[test]
    fn times_compare_as_times() {
        assert_eq!(chosen("started >= '2026-11-20T10:00:05Z'"), [2, 4]);
        assert_eq!(chosen("started >= '2026-11-20T11:00:05+01:00'"), [2, 4]);
        assert_eq!(chosen("started < '2026-11-20 10:00:05'"), [1, 3]);
        assert_eq!(chosen("started < 2026-11-20"), [] as [u64; 0]);
        assert_eq!(chosen("started == '2026-11-20T10:00:05Z'"), [2]);
    }

    #[test]
    fn a_time_without_an_offset_is_one_of_the_zone() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let chosen = |text: &str| -> Result<Vec<u64>, String> {
            let filter = Filter::parse(text).unwrap().in_zone(&zone);
            let filter = filter.map_err(|error| error.to_string())?;
            let messages = sample::document().messages;
            let chosen = messages.iter().filter(|m| filter.matches(m)).map(|m| m.id);
            Ok(chosen.collect())
        };
        assert_eq!(chosen("not (started < '2026-11-20 11:00:05')"), Ok(vec![2, 4]));
        assert_eq!(chosen("started < '2026-11-20T10:00:05Z'"), Ok(vec![1, 3]));
        assert_eq!(
            chosen("id == 1 and started in ('2026-10-25 02:30')"),
            Err(
                "this was twice in Europe/Berlin; write the offset behind it, as in Z or +02:00\n  \
                 id == 1 and started in ('2026-10-25 02:30')\n                           ^^^^^^^^^^^^^^^^"
                    .to_owned()
            )
        );
        // What is no time in the output is text.
        assert_eq!(chosen("subject == '2026-10-25 02:30'"), Ok(vec![]));
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        assert_eq!(chosen("id == 1 or id == 2 and outcome == open"), [1]);
        assert_eq!(chosen("(id == 1 or id == 2) and outcome == open"), [] as [u64; 0]);
        assert_eq!(chosen("not id == 1 and not id == 2"), [3, 4]);
        assert_eq!(chosen("!(id == 1 || id == 2) && id <= 3"), [3]);
        assert_eq!(chosen("NOT id == 1 AND id < 3"), [2]);
    }

    #[test]
    fn text_may_hold_quotes_and_numbers_stand_for_text() {
        assert_eq!(chosen(r#"subject contains '"'"#), [3]);
        assert_eq!(chosen(r#"subject contains "\"""#), [3]);
        assert_eq!(chosen("to contains 61400000002"), [1, 2, 3, 4]);
        assert_eq!(chosen("submission.mms_version == 1.2"), [1, 3]);
    }

    #[test]
    fn patterns_and_durations_with_units() {
        assert_eq!(chosen("subject matches '^holi.*y$'"), [1]);
        assert_eq!(chosen("from matches '^\\\\+6140+1$'"), [1, 2, 4]);
        assert_eq!(chosen("failures.kind matches 'http'"), [2, 3]);
        assert_eq!(chosen("subject matches '^\\\\p{Latin}{4}.*y$'"), [1]);
        assert_eq!(chosen("subject matches '\\\\p{Greek}'"), [] as [u64; 0]);
        assert_eq!(chosen("submission.latency_ms < 1s"), [1, 3]);
        assert_eq!(chosen("submission.latency_ms < 1us"), [] as [u64; 0]);
        assert_eq!(chosen("duration < 0.5ms"), [4]);
        assert_eq!(chosen("duration_ms < 500us"), chosen("duration_ms < 0.5"));
        assert_eq!(chosen("reason contains 'HTTP 404'"), [2, 3]);
        assert_eq!(chosen("time >= '2026-11-20T10:00:05Z'"), [2, 4]);
        assert_eq!(chosen("frames == 57"), chosen("events.frame == 57"));
    }

    fn refused(text: &str) -> String {
        Filter::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn errors_point_at_the_place() {
        let errors: Vec<String> = [
            "outcom == failure",
            "outcome == failur",
            "outcome = failure",
            "outcome == failure and",
            "(size > 5",
            "size > 'big'",
            "size contains 5",
            "submission == 1",
            "size > 5 outcome == open",
            "outcome == \"failure",
            "size > 5 # 3",
            "subject in ()",
            "subject in 'a'",
            "size > 5s",
            "subject matches '('",
            "size matches '1'",
            "deliveries.retrievals.http == 4",
            "",
            "subject",
            "deliveries.retrievals.complete == maybe",
            "and size > 5",
        ]
        .into_iter()
        .map(refused)
        .collect();
        insta::assert_snapshot!(errors.join("\n\n"));
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = |depth: usize| format!("{}id == 1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::parse(&deep(MAX_DEPTH - 1)).is_ok());
        assert!(refused(&deep(10_000)).starts_with("nested deeper than 64"));
        assert!(refused(&format!("{} id == 1", "not ".repeat(10_000))).starts_with("nested deeper than 64"));
        assert!(refused(&" ".repeat(MAX_LENGTH + 1)).starts_with("the expression is longer"));
        let long = vec!["id == 1"; 5000].join(" or ");
        assert!(Filter::parse(&long).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(text in "\\PC{0,40}") {
            if let Err(error) = Filter::parse(&text) {
                prop_assert!(error.to_string().contains('^'));
            }
        }

        #[test]
        fn nothing_near_the_language_panics(words in prop::collection::vec(prop::sample::select(vec![
            "id", "size", "outcome", "==", "!=", "<", "(", ")", "and", "or", "not", "in", ",", "'a", "'a'", "5", "exists",
            "contains", "é", "-", "\"",
        ]), 0..12)) {
            let text = words.join(" ");
            match Filter::parse(&text) {
                Ok(filter) => { filter.matches(&sample::delivered()); }
                Err(error) => prop_assert!(error.to_string().contains('^')),
            }
        }
    }
}
