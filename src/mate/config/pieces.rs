//! The pieces that statements are made of: lists of conditions, rows of names, numbers, switches.

use super::{
    condition::Mode,
    cursor::{Cursor, Fault, Word},
    error::Reason,
    keyword::Keyword,
    lexer::TokenKind,
    syntax::{WrittenCondition, WrittenList, WrittenValue},
};
use crate::model::{Nanoseconds, Timestamp};

/// `( … )`
pub(super) fn list<'t>(cursor: &mut Cursor<'t>) -> Result<WrittenList<'t>, Fault> {
    let open = cursor.span();
    cursor.symbol('(')?;
    let mut conditions = Vec::new();
    if cursor.skip(TokenKind::Symbol(')')) {
        return Ok(conditions);
    }
    loop {
        if ends_statement(cursor.kind()) {
            let reason = Reason::UnclosedList;
            return Err(Fault { span: open, reason });
        }
        conditions.push(condition(cursor)?);
        if cursor.skip(TokenKind::Symbol(')')) {
            return Ok(conditions);
        }
        if ends_statement(cursor.kind()) || matches!(cursor.kind(), TokenKind::Keyword(_)) {
            let reason = Reason::UnclosedList;
            return Err(Fault { span: open, reason });
        }
        if !cursor.skip(TokenKind::Symbol(',')) {
            let signs = "one of = ! ^ $ ~ < > {";
            let is_bare_name = conditions.last().is_some_and(|last| last.operator == EXISTS);
            let expected: &[&str] = if is_bare_name {
                &["','", "')'", signs]
            } else {
                &["','", "')'"]
            };
            return Err(cursor.unexpected(&[], expected));
        }
    }
}

/// The operator of a condition that is only a name.
pub(super) const EXISTS: char = '?';
/// The operator of a condition with several values.
pub(super) const ONE_OF: char = '{';

const fn ends_statement(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::End | TokenKind::Symbol(';' | '(' | '}'))
}

fn condition<'t>(cursor: &mut Cursor<'t>) -> Result<WrittenCondition<'t>, Fault> {
    let attribute = cursor.name("the name of an attribute")?;
    let (operator, values) = match cursor.kind() {
        TokenKind::Operator(EXISTS) => {
            cursor.advance();
            (EXISTS, Vec::new())
        }
        TokenKind::Operator(operator) => {
            cursor.advance();
            (operator, vec![value(cursor)?])
        }
        TokenKind::Symbol(ONE_OF) => {
            cursor.advance();
            (ONE_OF, alternatives(cursor)?)
        }
        _ => (EXISTS, Vec::new()),
    };
    Ok(WrittenCondition {
        attribute,
        operator,
        values,
    })
}

/// `value | value }`
fn alternatives<'t>(cursor: &mut Cursor<'t>) -> Result<Vec<WrittenValue<'t>>, Fault> {
    let mut values = vec![value(cursor)?];
    while cursor.skip(TokenKind::Symbol('|')) {
        values.push(value(cursor)?);
    }
    match cursor.skip(TokenKind::Symbol('}')) {
        true => Ok(values),
        false => Err(cursor.unexpected(&[], &["'|'", "'}'"])),
    }
}

fn value<'t>(cursor: &mut Cursor<'t>) -> Result<WrittenValue<'t>, Fault> {
    let is_quoted = match cursor.kind() {
        TokenKind::Quoted => true,
        TokenKind::Name
        | TokenKind::Integer
        | TokenKind::Floating
        | TokenKind::DottedIp
        | TokenKind::Colonized
        | TokenKind::BareValue => false,
        _ => return Err(cursor.unexpected(&[], &["a value"])),
    };
    let Word { text, span } = cursor.take();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Ok(WrittenValue {
        text: inside.filter(|_| is_quoted).unwrap_or(text),
        is_quoted,
        span,
    })
}

/// `Strict`, `Every`, `Loose` or nothing.
pub(super) fn mode(cursor: &mut Cursor<'_>) -> Mode {
    let mode = match cursor.kind() {
        TokenKind::Keyword(Keyword::Strict) => Mode::Strict,
        TokenKind::Keyword(Keyword::Every) => Mode::Every,
        TokenKind::Keyword(Keyword::Loose) => Mode::Loose,
        _ => return Mode::default(),
    };
    cursor.advance();
    mode
}

/// `name/name` or `name, name`.
pub(super) fn names<'t>(
    cursor: &mut Cursor<'t>,
    separator: char,
    what: &str,
) -> Result<Vec<Word<'t>>, Fault> {
    let mut names = vec![cursor.name(what)?];
    while cursor.skip(TokenKind::Symbol(separator)) {
        names.push(cursor.name(what)?);
    }
    Ok(names)
}

/// `true` or `false`.
pub(super) fn switch(cursor: &mut Cursor<'_>) -> Result<bool, Fault> {
    let is_on = match cursor.kind() {
        TokenKind::Keyword(Keyword::True) => true,
        TokenKind::Keyword(Keyword::False) => false,
        TokenKind::End => return Err(cursor.unexpected(&[Keyword::True, Keyword::False], &[])),
        _ => return Err(cursor.fault(Reason::BadBoolean(cursor.text().to_owned()))),
    };
    cursor.advance();
    Ok(is_on)
}

/// A number of seconds, in nanoseconds: what is finer is cut off, what is beyond 292 years is that.
pub(super) fn seconds(cursor: &mut Cursor<'_>) -> Result<Nanoseconds, Fault> {
    match cursor.kind() {
        TokenKind::Integer | TokenKind::Floating => Ok(nanoseconds(cursor.take().text)),
        TokenKind::End => Err(cursor.unexpected(&[], &["a number of seconds"])),
        // A sign is no part of a number, and is told with what it stands before.
        TokenKind::Unknown('-' | '+' | '.') => Err(Fault {
            span: cursor.span(),
            reason: Reason::BadNumber(cursor.text().to_owned()),
        }),
        _ => Err(cursor.fault(Reason::BadNumber(cursor.text().to_owned()))),
    }
}

fn nanoseconds(text: &str) -> Nanoseconds {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: Nanoseconds = whole.parse().unwrap_or(Nanoseconds::MAX);
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let fraction = digits.fold(0, |sum, digit| {
        sum * 10 + Nanoseconds::from(digit.saturating_sub(b'0'))
    });
    whole.saturating_mul(Timestamp::SECOND).saturating_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact_in_nanoseconds() {
        assert_eq!(nanoseconds("60"), 60_000_000_000);
        assert_eq!(nanoseconds("0.75"), 750_000_000);
        assert_eq!(nanoseconds("1.0000000019"), 1_000_000_001);
        assert_eq!(nanoseconds("99999999999999999999.5"), Nanoseconds::MAX);
        assert_eq!(nanoseconds("9223372036.9"), Nanoseconds::MAX);
    }
}
