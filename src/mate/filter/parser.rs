//! From text to a condition, with everything checked that can be.

use regex::{Regex, RegexBuilder};

use super::{
    FilterError,
    field::{Field, Fields},
    lexer::{self, Comparison, Token},
    number::Number,
};
use crate::mate::config::nearest;

/// Conditions in conditions.
const MAX_DEPTH: usize = 64;
/// Octets that a compiled regular expression may take.
const MAX_REGEX_OCTETS: usize = 1 << 20;

/// A condition.
#[derive(Debug)]
pub(super) enum Expression {
    /// All of these.
    All(Vec<Expression>),
    /// Any of these.
    Any(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// A test of the fields of one name.
    Test(FieldTest),
}

/// A test of the fields of one name.
#[derive(Debug)]
pub(super) struct FieldTest {
    /// They.
    pub(super) fields: Vec<Field>,
    /// What is asked.
    pub(super) test: Test,
}

/// What is asked of a field.
#[derive(Debug)]
pub(super) enum Test {
    /// It is there.
    Exists,
    /// Any value compares so.
    Compare(Comparison, Operand),
    /// Any value is in one of these.
    In(Vec<(Operand, Operand)>),
    /// Any value contains this.
    Contains(String),
    /// Any value matches.
    Matches(Regex),
}

/// What values are compared with.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// As a text.
    pub(super) text: String,
    /// As a number, if it is one.
    pub(super) number: Option<Number>,
}

/// Reads all of a text as one condition.
pub(super) fn parse(text: &str, fields: &Fields) -> Result<Expression, FilterError> {
    let mut parser = Parser {
        whole: text,
        rest: text,
        fields,
    };
    let expression = parser.any(0)?;
    match lexer::next(parser.rest) {
        ("", _) => Ok(expression),
        _ => Err(parser.wrong("&& or || is missing before this")),
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    fields: &'a Fields,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        lexer::next(self.rest).1.map(|(token, _)| token)
    }

    fn advance(&mut self) {
        if let (_, Some((_, rest))) = lexer::next(self.rest) {
            self.rest = rest;
        }
    }

    fn skip(&mut self, token: &Token<'_>) -> bool {
        let is_it = self.peek().is_some_and(|next| next == *token);
        if is_it {
            self.advance();
        }
        is_it
    }

    /// An error at the next token, or that there is none.
    fn wrong(&self, reason: impl Into<String>) -> FilterError {
        let (at, token) = lexer::next(self.rest);
        let reason = match (token, at.chars().next()) {
            (None, Some('"' | '\'')) => "this quote is not closed".to_owned(),
            (None, Some(first)) => format!("'{first}' means nothing here; put text in quotes"),
            (Some((Token::Assign, _)), _) => "to compare, write ==".to_owned(),
            _ => reason.into(),
        };
        self.error_at(at, reason)
    }

    fn error_at(&self, rest: &str, reason: impl Into<String>) -> FilterError {
        FilterError {
            column: self.whole.len() - rest.len() + 1,
            reason: reason.into(),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let first = self.all(depth)?;
        let mut all = vec![first];
        while self.skip(&Token::Or) {
            all.push(self.all(depth)?);
        }
        Ok(single_or(all, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let first = self.negation(depth)?;
        let mut all = vec![first];
        while self.skip(&Token::And) {
            all.push(self.negation(depth)?);
        }
        Ok(single_or(all, Expression::All))
    }

    fn negation(&mut self, depth: usize) -> Result<Expression, FilterError> {
        if depth >= MAX_DEPTH {
            return Err(self.wrong(format!("nested deeper than {MAX_DEPTH}")));
        }
        if self.skip(&Token::Not) {
            let inside = self.negation(depth + 1)?;
            return Ok(Expression::Not(Box::new(inside)));
        }
        let open = self.rest;
        if !self.skip(&Token::Open) {
            return self.test();
        }
        let inside = self.any(depth + 1)?;
        if self.skip(&Token::Close) {
            return Ok(inside);
        }
        match lexer::next(self.rest) {
            ("", _) => Err(self.error_at(open.trim_start(), "this parenthesis is not closed")),
            _ => Err(self.wrong("&&, || or ) is missing before this")),
        }
    }

    fn test(&mut self) -> Result<Expression, FilterError> {
        let (at, _) = lexer::next(self.rest);
        let Some(Token::Word(name)) = self.peek() else {
            return Err(self.wrong("a field is missing here, such as mate.GOP.Time"));
        };
        let Some(fields) = self.fields.find(name) else {
            return Err(self.error_at(at, unknown(name, self.fields)));
        };
        self.advance();
        let is_text = fields.iter().any(|field| field.is_text());
        let is_mate = fields.contains(&Field::Mate);
        let mut is_negated = false;
        let test = match self.peek() {
            Some(token) if is_mate && begins_test(&token) => {
                return Err(self.wrong("mate has no value; it is there or not"));
            }
            Some(Token::Compare(comparison)) => {
                self.advance();
                Test::Compare(comparison, self.operand(fields)?)
            }
            Some(Token::In) => {
                self.advance();
                self.set(fields)?
            }
            Some(Token::Not) if self.is_not_in() => {
                self.advance();
                self.advance();
                is_negated = true;
                self.set(fields)?
            }
            Some(Token::Contains | Token::Matches) if !is_text => {
                return Err(self.wrong(format!("{name} is a number; compare it with ==, < or >")));
            }
            Some(Token::Contains) => {
                self.advance();
                Test::Contains(self.text()?)
            }
            Some(Token::Matches) => {
                self.advance();
                let (at, _) = lexer::next(self.rest);
                let pattern = self.text()?;
                let regex = regex(&pattern).map_err(|reason| self.error_at(at, reason))?;
                Test::Matches(regex)
            }
            Some(Token::Assign) => return Err(self.wrong("")),
            _ => Test::Exists,
        };
        let fields = fields.to_vec();
        let test = Expression::Test(FieldTest { fields, test });
        Ok(match is_negated {
            true => Expression::Not(Box::new(test)),
            false => test,
        })
    }

    fn is_not_in(&self) -> bool {
        let behind = lexer::next(self.rest).1.map(|(_, rest)| rest);
        let next = behind.and_then(|rest| lexer::next(rest).1);
        next.is_some_and(|(token, _)| token == Token::In)
    }

    /// `{a, b, 1..5}`
    fn set(&mut self, fields: &[Field]) -> Result<Test, FilterError> {
        if !self.skip(&Token::OpenSet) {
            return Err(self.wrong("a set is missing here, such as {1, 3..5}"));
        }
        let mut ranges = Vec::new();
        loop {
            let low = self.operand(fields)?;
            let high = match self.skip(&Token::Range) {
                true => self.operand(fields)?,
                false => low.clone(),
            };
            ranges.push((low, high));
            if self.skip(&Token::CloseSet) {
                return Ok(Test::In(ranges));
            }
            // Wireshark took blanks between elements once.
            if !self.skip(&Token::Comma) && !matches!(self.peek(), Some(Token::Word(_) | Token::Text(_))) {
                return Err(self.wrong("a comma or } is missing before this"));
            }
        }
    }

    fn text(&mut self) -> Result<String, FilterError> {
        let text = match self.peek() {
            Some(Token::Text(text)) => text,
            Some(Token::Word(word)) => word.to_owned(),
            _ => return Err(self.wrong("a text is missing here")),
        };
        self.advance();
        Ok(text)
    }

    /// What a field is compared with.
    fn operand(&mut self, fields: &[Field]) -> Result<Operand, FilterError> {
        let (at, _) = lexer::next(self.rest);
        let text = match self.peek() {
            Some(Token::Word(word)) if self.fields.find(word).is_some() => {
                return Err(self.wrong("a field is compared with a value; put text in quotes"));
            }
            Some(Token::Word(word)) => word.to_owned(),
            Some(Token::Text(text)) => text,
            _ => return Err(self.wrong("a value is missing here")),
        };
        let number = Number::parse(&text);
        if number.is_none() && fields.iter().all(|field| !field.is_text()) {
            return Err(self.error_at(at, format!("'{text}' is no number")));
        }
        self.advance();
        Ok(Operand { text, number })
    }
}

const fn begins_test(token: &Token<'_>) -> bool {
    matches!(
        token,
        Token::Compare(_) | Token::In | Token::Contains | Token::Matches | Token::Assign
    )
}

fn unknown(name: &str, fields: &Fields) -> String {
    let near = nearest(name, fields.names());
    let near: Vec<String> = near.iter().map(|name| format!("'{name}'")).collect();
    match near.as_slice() {
        [] => format!("no field '{name}'"),
        [one] => format!("no field '{name}'; did you mean {one}?"),
        [more @ .., last] => format!("no field '{name}'; did you mean {} or {last}?", more.join(", ")),
    }
}

fn regex(pattern: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(MAX_REGEX_OCTETS);
    builder.build().map_err(|error| {
        // The error is a drawing of several lines, the last of which says what is wrong.
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        format!(
            "bad regular expression: {}",
            last.strip_prefix("error: ").unwrap_or(last)
        )
    })
}

fn single_or(mut all: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            join(all)
        }
    }
}
