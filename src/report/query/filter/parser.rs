//! From tokens to a condition, with everything checked that can be: names, words, kinds of values.

use std::ops::Range;

use jiff::Timestamp;

use super::lexer::{Comparison, Spanned, Token};
use super::{MAX_DEPTH, Misread};
use crate::report::query::field::{Kind, Path, nearest};

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
    /// A word of the output, by its place among them.
    Word(usize),
}

/// Reads all tokens as one condition; `end` is the length of the text.
pub(super) fn parse(tokens: &[Spanned], end: usize) -> Result<Expression, Misread> {
    let mut parser = Parser { tokens, end };
    let expression = parser.any(0)?;
    match parser.tokens.first() {
        None => Ok(expression),
        Some(more) => Err(wrong(&more.at, "and or or is missing before this")),
    }
}

struct Parser<'a> {
    tokens: &'a [Spanned],
    end: usize,
}

fn wrong(at: &Range<usize>, what: impl Into<String>) -> Misread {
    Misread {
        at: at.clone(),
        what: what.into(),
    }
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Spanned> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, token: &Token) -> bool {
        let there = self.tokens.first().is_some_and(|next| next.token == *token);
        if there {
            self.next();
        }
        there
    }

    /// Where the next token stands, or the end.
    fn here(&self) -> Range<usize> {
        self.tokens
            .first()
            .map_or(self.end..self.end, |next| next.at.clone())
    }

    fn any(&mut self, depth: usize) -> Result<Expression, Misread> {
        let mut parts = vec![self.all(depth)?];
        while self.take(&Token::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(single_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, Misread> {
        let mut parts = vec![self.negation(depth)?];
        while self.take(&Token::And) {
            parts.push(self.negation(depth)?);
        }
        Ok(single_or(parts, Expression::All))
    }

    fn negation(&mut self, depth: usize) -> Result<Expression, Misread> {
        if depth >= MAX_DEPTH {
            return Err(wrong(&self.here(), format!("nested deeper than {MAX_DEPTH}")));
        }
        let opening = self.here();
        if self.take(&Token::Not) {
            return Ok(Expression::Not(Box::new(self.negation(depth + 1)?)));
        }
        if !self.take(&Token::Open) {
            return self.test();
        }
        let inside = self.any(depth + 1)?;
        if self.take(&Token::Close) {
            return Ok(inside);
        }
        match self.tokens.first() {
            None => Err(wrong(&opening, "this parenthesis is not closed")),
            Some(more) => Err(wrong(&more.at, "and or or or ) is missing before this")),
        }
    }

    fn test(&mut self) -> Result<Expression, Misread> {
        let at = self.here();
        let Some(Token::Word(name)) = self.next().map(|next| &next.token) else {
            return Err(wrong(&at, "a field is missing here, such as outcome or size"));
        };
        let path = Path::parse(name).map_err(|error| wrong(&at, error.to_string()))?;
        let test = self.test_of(&path, &at)?;
        Ok(Expression::Test(path, test))
    }

    fn test_of(&mut self, path: &Path, at: &Range<usize>) -> Result<Test, Misread> {
        let operator_at = self.here();
        let has_values = *path.kind() != Kind::Object;
        match self.tokens.first().map(|next| &next.token) {
            Some(Token::Exists) => {
                self.next();
                Ok(Test::Exists)
            }
            Some(Token::Compare(comparison)) if has_values => {
                self.next();
                Ok(Test::Compare(*comparison, self.value(path)?))
            }
            Some(Token::In) if has_values => {
                self.next();
                self.list(path)
            }
            Some(Token::Contains) if *path.kind() == Kind::Text => {
                self.next();
                self.contained()
            }
            Some(Token::Contains) if has_values => Err(wrong(
                &operator_at,
                format!("{path} is no text; compare it with == or in"),
            )),
            Some(Token::Assign) => Err(wrong(&operator_at, "to compare, write ==")),
            Some(Token::Compare(_) | Token::In | Token::Contains) => Err(wrong(
                at,
                format!("{path} has fields of its own: name one of them, or write {path} exists"),
            )),
            _ if *path.kind() == Kind::Boolean => Ok(Test::True),
            _ => Err(wrong(
                &operator_at,
                format!("what about {path}? a comparison is missing, such as == or exists"),
            )),
        }
    }

    fn list(&mut self, path: &Path) -> Result<Test, Misread> {
        let at = self.here();
        if !self.take(&Token::Open) {
            return Err(wrong(&at, "after in, a list is missing, such as (a, b)"));
        }
        let mut values = vec![self.value(path)?];
        while self.take(&Token::Comma) {
            values.push(self.value(path)?);
        }
        if self.take(&Token::Close) {
            return Ok(Test::In(values));
        }
        Err(wrong(&self.here(), "a comma or ) is missing here"))
    }

    fn contained(&mut self) -> Result<Test, Misread> {
        let at = self.here();
        match self.next().map(|next| &next.token) {
            Some(Token::Text(text) | Token::Word(text) | Token::Number(_, text)) => {
                Ok(Test::Contains(text.to_lowercase()))
            }
            _ => Err(wrong(&at, "the text to look for is missing here")),
        }
    }

    fn value(&mut self, path: &Path) -> Result<Value, Misread> {
        let at = self.here();
        let token = self.next().map(|next| &next.token);
        let text = match token {
            Some(Token::Text(text) | Token::Word(text) | Token::Number(_, text)) => text,
            _ => {
                return Err(wrong(
                    &at,
                    format!("a value to compare {path} with is missing here"),
                ));
            }
        };
        match (path.kind(), token) {
            (Kind::Number, Some(Token::Number(number, _))) => Ok(Value::Number(*number)),
            (Kind::Number, _) => Err(wrong(&at, format!("{path} is a number"))),
            (Kind::Boolean, _) => match text.as_str() {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(wrong(&at, format!("{path} is true or false"))),
            },
            (Kind::Words(words), _) => word(path, words, text).map_err(|what| wrong(&at, what)),
            _ => Ok(Value::Text(text.clone(), time(text))),
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

/// The time that a text is: RFC 3339, or without an offset, or a day, both in UTC.
pub(in crate::report) fn time(text: &str) -> Option<Timestamp> {
    instant(text).or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}
