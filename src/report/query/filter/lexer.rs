//! The tokens of a filter expression.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, char, none_of, one_of, satisfy};
use nom::combinator::{map, map_opt, not, opt, peek, recognize, value, verify};
use nom::multi::fold_many0;
use nom::sequence::{delimited, pair, preceded, terminated};

use super::{Misread, Parsed};

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// A comparison.
    Compare(Comparison),
    /// `and`, `&&`
    And,
    /// `or`, `||`
    Or,
    /// `not`, `!`
    Not,
    /// `contains`
    Contains,
    /// `matches`.
    Matches,
    /// `in`
    In,
    /// `exists`
    Exists,
    /// A field's name, or a word that needs no quotes.
    Word(String),
    /// Text in quotes.
    Text(String),
    /// A number, and how it was written.
    Number(f64, String),
    /// A duration in milliseconds, and as it is written.
    Duration(f64, String),
    /// A single `=`, which is a slip for `==`.
    Assign,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The next token, behind any blanks.
pub(super) fn token(input: &str) -> Parsed<'_, Token> {
    let blanks = take_while(char::is_whitespace);
    preceded(blanks, alt((symbol, text, date, duration, number, word))).parse(input)
}

/// This token, and no other.
pub(super) fn just<'a>(wanted: Token) -> impl Parser<&'a str, Output = Token, Error = Misread<'a>> {
    verify(token, move |found| *found == wanted)
}

/// What is wrong with text that begins with no token.
pub(super) fn no_token(rest: &str) -> Misread<'_> {
    let first = rest.chars().next().unwrap_or(' ');
    if matches!(first, '"' | '\'') {
        return Misread {
            rest,
            length: rest.len(),
            what: format!("this text has no closing {first}"),
        };
    }
    let what = match first {
        '0'..='9' | '+' | '-' | '.' => "this is no number; put text and times in quotes".to_owned(),
        _ => format!("{} means nothing here; put text in quotes", first.escape_debug()),
    };
    let length = rest.split_whitespace().next().map_or(1, str::len);
    Misread { rest, length, what }
}

fn symbol(input: &str) -> Parsed<'_, Token> {
    let compare = |spelled, comparison| value(Token::Compare(comparison), tag(spelled));
    alt((
        value(Token::Open, one_of("([")),
        value(Token::Close, one_of(")]")),
        value(Token::Comma, char(',')),
        compare("==", Comparison::Equal),
        compare("!=", Comparison::NotEqual),
        compare("<=", Comparison::LessOrEqual),
        compare(">=", Comparison::GreaterOrEqual),
        compare("<", Comparison::Less),
        compare(">", Comparison::Greater),
        value(Token::And, tag("&&")),
        value(Token::Or, tag("||")),
        value(Token::Not, char('!')),
        value(Token::Assign, char('=')),
    ))
    .parse(input)
}

/// Text in either quotes; a backslash takes the next character as it is.
fn text(input: &str) -> Parsed<'_, Token> {
    let quoted = |quote: char, others: &'static str| {
        let character = alt((none_of(others), preceded(char('\\'), anychar)));
        let inside = fold_many0(character, String::new, |mut text, c| {
            text.push(c);
            text
        });
        delimited(char(quote), inside, char(quote))
    };
    map(alt((quoted('"', "\"\\"), quoted('\'', "'\\"))), Token::Text).parse(input)
}

/// A time without blanks needs no quotes: `2026-11-20`, `2026-11-20T10:00Z`.
fn date(input: &str) -> Parsed<'_, Token> {
    let day = recognize((digits, char('-'), digits, char('-'), digits));
    let clock = take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '+' | '-'));
    map(recognize(pair(day, clock)), |time: &str| {
        Token::Text(time.to_owned())
    })
    .parse(input)
}

fn digits(input: &str) -> Parsed<'_, &str> {
    take_while1(|c: char| c.is_ascii_digit()).parse(input)
}

/// A decimal number that ends where it ends: `5s` is none.
fn number(input: &str) -> Parsed<'_, Token> {
    let exponent = (one_of("eE"), opt(one_of("+-")), digits);
    let fraction = (char('.'), digits);
    let written = recognize((opt(char('-')), digits, opt(fraction), opt(exponent)));
    let goes_on = peek(satisfy(|c| c.is_alphanumeric() || matches!(c, '_' | '.')));
    let token = |written: &str| Some(Token::Number(written.parse().ok()?, written.to_owned()));
    map_opt(terminated(written, not(goes_on)), token).parse(input)
}

/// Units of durations, in milliseconds.
const UNITS: &[(&str, f64)] = &[
    ("us", 0.001),
    ("ms", 1.0),
    ("s", 1_000.0),
    ("min", 60_000.0),
    ("m", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
];

/// A number with a unit of time behind it: `1.5s`, `250ms`.
fn duration(input: &str) -> Parsed<'_, Token> {
    let fraction = (char('.'), digits);
    let amount = recognize((digits, opt(fraction)));
    let unit = take_while1(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let token = |written: &str| {
        let unit = written.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let amount: f64 = written.strip_suffix(unit)?.parse().ok()?;
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        Some(Token::Duration(amount * factor, written.to_owned()))
    };
    map_opt(recognize(pair(amount, unit)), token).parse(input)
}

/// A field, a keyword or a value without quotes: letters, digits, `_`, `.` and, inside, `-`.
fn word(input: &str) -> Parsed<'_, Token> {
    let first = take_while1(|c: char| c.is_alphabetic() || c == '_');
    let more = take_while(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let (rest, word) = recognize(pair(first, more)).parse(input)?;
    let keyword = match word.to_ascii_lowercase().as_str() {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "contains" => Token::Contains,
        "matches" => Token::Matches,
        "in" => Token::In,
        "exists" => Token::Exists,
        _ => Token::Word(word.to_owned()),
    };
    Ok((rest, keyword))
}
