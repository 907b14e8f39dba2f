//! From text to a condition, with everything checked that can be: names, words, kinds of values.

use jiff::civil::DateTime;
use nom::branch::alt;
use nom::combinator::map;
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};
use nom::{Finish, Parser};
use regex::{Regex, RegexBuilder};

use super::lexer::{Comparison, Token, just, no_token, token};
use super::{MAX_DEPTH, Misread, Parsed};
use crate::model::Timestamp;
use crate::report::query::address::Address;
use crate::report::query::field::{Kind, Path, nearest};
use crate::report::words::zone::{Instants, Zone};

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// All of these.
    All(Vec<Expression>),
    /// Any of these.
    Any(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// A test of one field.
    Test(Path, Test),
}

/// A test of a field's values.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// It is there.
    Exists,
    /// It is true.
    True,
    /// It compares so.
    Compare(Comparison, Value),
    /// It is one of these.
    In(Vec<Value>),
    /// It contains this; in lower case.
    Contains(String),
    /// One holds this pattern.
    Matches(Regex),
}

/// A value to compare with.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Text, and the time that it is, if it is one.
    Text(String, Option<Timestamp>),
    /// An address, as typed and as it is compared.
    Address(String, Address),
    /// A word of the output, by its place among them.
    Word(usize),
}

/// Reads all of a text as one condition.
pub(super) fn parse(text: &str) -> Result<Expression, Misread<'_>> {
    let (rest, expression) = any(text, 0).finish()?;
    match rest.trim_start() {
        "" => Ok(expression),
        more => Err(misread(more, "and or or is missing before this")),
    }
}

/// What is wrong with the next token, or that it is none.
fn misread<'a>(input: &'a str, what: impl Into<String>) -> Misread<'a> {
    let rest = input.trim_start();
    match token(rest) {
        Err(_) if !rest.is_empty() => no_token(rest),
        next => Misread {
            rest,
            length: next.map_or(0, |(after, _)| rest.len() - after.len()),
            what: what.into(),
        },
    }
}

/// As [`misread`]; nothing else is tried.
fn wrong<'a>(input: &'a str, what: impl Into<String>) -> nom::Err<Misread<'a>> {
    nom::Err::Failure(misread(input, what))
}

fn any(input: &str, depth: usize) -> Parsed<'_, Expression> {
    let parts = separated_list1(just(Token::Or), |input| all(input, depth));
    map(parts, |parts| single_or(parts, Expression::Any)).parse(input)
}

fn all(input: &str, depth: usize) -> Parsed<'_, Expression> {
    let parts = separated_list1(just(Token::And), |input| negation(input, depth));
    map(parts, |parts| single_or(parts, Expression::All)).parse(input)
}

fn negation(input: &str, depth: usize) -> Parsed<'_, Expression> {
    if depth >= MAX_DEPTH {
        return Err(wrong(input, format!("nested deeper than {MAX_DEPTH}")));
    }
    let negated = preceded(just(Token::Not), |input| negation(input, depth + 1));
    alt((
        map(negated, |inner| Expression::Not(Box::new(inner))),
        |input| in_parentheses(input, depth),
        test,
    ))
    .parse(input)
}

fn in_parentheses(input: &str, depth: usize) -> Parsed<'_, Expression> {
    let (rest, _) = just(Token::Open).parse(input)?;
    let (rest, inside) = any(rest, depth + 1)?;
    match just(Token::Close).parse(rest) {
        Ok((rest, _)) => Ok((rest, inside)),
        Err(_) if rest.trim_start().is_empty() => Err(wrong(input, "this parenthesis is not closed")),
        Err(_) => Err(wrong(rest, "and or or or ) is missing before this")),
    }
}

fn test(input: &str) -> Parsed<'_, Expression> {
    let Ok((rest, Token::Word(name))) = token(input) else {
        return Err(wrong(input, "a field is missing here, such as outcome or size"));
    };
    let path = Path::parse(&name).map_err(|error| wrong(input, error.to_string()))?;
    let (rest, test) = test_of(&path, input, rest)?;
    Ok((rest, Expression::Test(path, test)))
}

/// What is asked of the field `path`, which stands at the beginning of `field`; `input` goes on behind it.
fn test_of<'a>(path: &Path, field: &'a str, input: &'a str) -> Parsed<'a, Test> {
    let has_values = *path.kind() != Kind::Object;
    match token(input) {
        Ok((rest, Token::Exists)) => Ok((rest, Test::Exists)),
        Ok((rest, Token::Compare(comparison))) if has_values => map(
            |input| value(path, input),
            |value| Test::Compare(comparison, value),
        )
        .parse(rest),
        Ok((rest, Token::In)) if has_values => list(path, rest),
        Ok((rest, Token::Contains)) if *path.kind() == Kind::Text => contained(rest),
        Ok((rest, Token::Matches)) if is_text(path.kind()) => matched(rest),
        Ok((_, Token::Contains | Token::Matches)) if has_values => Err(wrong(
            input,
            format!("{path} is no text; compare it with == or in"),
        )),
        Ok((_, Token::Assign)) => Err(wrong(input, "to compare, write ==")),
        Ok((_, Token::Compare(_) | Token::In | Token::Contains | Token::Matches)) => Err(wrong(
            field,
            format!("{path} has fields of its own: name one of them, or write {path} exists"),
        )),
        _ if *path.kind() == Kind::Boolean => Ok((input, Test::True)),
        _ => Err(wrong(
            input,
            format!("what about {path}? a comparison is missing, such as == or exists"),
        )),
    }
}

fn list<'a>(path: &Path, input: &'a str) -> Parsed<'a, Test> {
    let open = or_wrong(Token::Open, "after in, a list is missing, such as (a, b)");
    let close = or_wrong(Token::Close, "a comma or ) is missing here");
    let values = separated_list1(just(Token::Comma), |input| value(path, input));
    map(delimited(open, values, close), Test::In).parse(input)
}

/// A token without which nothing else can stand there.
fn or_wrong<'a>(
    wanted: Token,
    what: &'static str,
) -> impl Parser<&'a str, Output = Token, Error = Misread<'a>> {
    let mut wanted = just(wanted);
    move |input| wanted.parse(input).map_err(|_| wrong(input, what))
}

/// Whether values are text, or words, which are text too.
const fn is_text(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Words(_))
}

/// What a compiled pattern may take.
const MAX_REGEX_OCTETS: usize = 1 << 20;

fn matched(input: &str) -> Parsed<'_, Test> {
    match token(input) {
        Ok((rest, Token::Text(pattern) | Token::Word(pattern) | Token::Number(_, pattern))) => {
            let regex = pattern_of(&pattern).map_err(|what| wrong(input, what))?;
            Ok((rest, Test::Matches(regex)))
        }
        _ => Err(wrong(input, "the pattern is missing here, in quotes")),
    }
}

/// A regular expression, whatever the case of letters.
fn pattern_of(pattern: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(MAX_REGEX_OCTETS);
    builder.build().map_err(|error| {
        // The error is a drawing of several lines, the last of which says what is wrong.
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        let what = last.strip_prefix("error: ").unwrap_or(last);
        format!("this is no regular expression: {what}")
    })
}

fn contained(input: &str) -> Parsed<'_, Test> {
    match token(input) {
        Ok((
            rest,
            Token::Text(text) | Token::Word(text) | Token::Number(_, text) | Token::Duration(_, text),
        )) => Ok((rest, Test::Contains(text.to_lowercase()))),
        _ => Err(wrong(input, "the text to look for is missing here")),
    }
}

fn value<'a>(path: &Path, input: &'a str) -> Parsed<'a, Value> {
    let Ok((rest, token)) = token(input) else {
        return Err(no_value(path, input));
    };
    let value = match (path.kind(), token) {
        (Kind::Number, Token::Number(number, _)) => Value::Number(number),
        (Kind::Number, Token::Duration(milliseconds, _)) if path.is_duration() => Value::Number(milliseconds),
        (Kind::Number, Token::Duration(..)) => {
            return Err(wrong(input, format!("{path} is a number and no duration")));
        }
        (Kind::Number, Token::Text(_) | Token::Word(_)) => {
            return Err(wrong(input, format!("{path} is a number")));
        }
        (kind, Token::Text(text) | Token::Word(text) | Token::Number(_, text) | Token::Duration(_, text)) => {
            written(path, kind, text).map_err(|what| wrong(input, what))?
        }
        _ => return Err(no_value(path, input)),
    };
    Ok((rest, value))
}

fn no_value<'a>(path: &Path, input: &'a str) -> nom::Err<Misread<'a>> {
    wrong(input, format!("a value to compare {path} with is missing here"))
}

/// The value that a text is for a field that holds no numbers.
fn written(path: &Path, kind: &Kind, text: String) -> Result<Value, String> {
    match kind {
        Kind::Boolean => match text.parse() {
            Ok(value) => Ok(Value::Boolean(value)),
            Err(_) => Err(format!("{path} is true or false")),
        },
        Kind::Words(words) => word(path, words, &text),
        _ if path.is_address() => {
            let address = Address::new(&text);
            Ok(Value::Address(text, address))
        }
        _ => {
            let time = time(&text, &Zone::UTC).ok();
            Ok(Value::Text(text, time))
        }
    }
}

fn single_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn word(path: &Path, words: &[String], text: &str) -> Result<Value, String> {
    if let Some(place) = words.iter().position(|word| word == text) {
        return Ok(Value::Word(place));
    }
    match nearest(text, words.iter().map(String::as_str)) {
        Some(near) => Err(format!("{path} is never {text}; did you mean {near}?")),
        None => Err(format!(
            "{path} is never {text}; it is one of {}",
            words.join(", ")
        )),
    }
}

/// The time that a text is in RFC 3339; `None` where it is none.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The time that a text is: RFC 3339, or in a zone without an offset, or a day.
pub(super) fn time(text: &str, zone: &Zone) -> Result<Timestamp, NoInstant> {
    if let Some(time) = instant(text) {
        return Ok(time);
    }
    let civil: DateTime = text.parse().map_err(|_| NoInstant::NoTime)?;
    match zone.instants(civil) {
        Instants::One(time) => Ok(time),
        Instants::Two(..) => Err(NoInstant::Twice),
        Instants::Never => Err(NoInstant::Never),
    }
}

/// Why a text is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoInstant {
    /// It is no date.
    NoTime,
    /// The clocks were set back over it.
    Twice,
    /// The clocks were set forward over it.
    Never,
}

impl Expression {
    /// Takes times without an offset for ones of a zone. Gives back the first that was never or twice, with why.
    pub(super) fn settle(&mut self, zone: &Zone) -> Result<(), (String, NoInstant)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().try_for_each(|part| part.settle(zone)),
            Self::Not(inner) => inner.settle(zone),
            Self::Test(path, Test::Compare(_, value)) => value.settle(zone, path),
            Self::Test(path, Test::In(values)) => {
                values.iter_mut().try_for_each(|value| value.settle(zone, path))
            }
            Self::Test(_, Test::Exists | Test::True | Test::Contains(_) | Test::Matches(_)) => Ok(()),
        }
    }
}

impl Value {
    fn settle(&mut self, zone: &Zone, path: &Path) -> Result<(), (String, NoInstant)> {
        let Self::Text(text, found) = self else {
            return Ok(());
        };
        match time(text, zone) {
            Ok(time) => *found = Some(time),
            Err(why @ (NoInstant::Twice | NoInstant::Never)) if path.is_time() => {
                return Err((text.clone(), why));
            }
            Err(_) => *found = None,
        }
        Ok(())
    }
}
