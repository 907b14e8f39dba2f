//! The tokens of a filter.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::{anychar, char, none_of},
    combinator::{map, recognize, value},
    multi::fold_many0,
    sequence::{delimited, pair, preceded},
};

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    OpenSet,
    CloseSet,
    Comma,
    /// `..`
    Range,
    And,
    Or,
    Not,
    Compare(Comparison),
    Contains,
    Matches,
    In,
    /// A name, a number or another word.
    Word(&'a str),
    /// Text in quotes, without them.
    Text(String),
    /// A single `=`, a slip for `==`.
    Assign,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

type Parsed<'a, T> = IResult<&'a str, T>;

/// The next token behind any blanks: what is left from it on, it, and what is left behind it. `None` where there is no
/// token.
pub(super) fn next(text: &str) -> (&str, Option<(Token<'_>, &str)>) {
    let text = text.trim_start();
    let token = alt((symbol, quoted, word)).parse(text);
    (text, token.ok().map(|(rest, token)| (token, rest)))
}

fn symbol(text: &str) -> Parsed<'_, Token<'_>> {
    let compare = |sign, comparison| value(Token::Compare(comparison), tag(sign));
    alt((
        alt((
            compare("==", Comparison::Equal),
            compare("!=", Comparison::NotEqual),
            compare("<=", Comparison::LessOrEqual),
            compare(">=", Comparison::GreaterOrEqual),
            compare("<", Comparison::Less),
            compare(">", Comparison::Greater),
        )),
        value(Token::And, tag("&&")),
        value(Token::Or, tag("||")),
        value(Token::Not, char('!')),
        value(Token::Assign, char('=')),
        value(Token::Open, char('(')),
        value(Token::Close, char(')')),
        value(Token::OpenSet, char('{')),
        value(Token::CloseSet, char('}')),
        value(Token::Comma, char(',')),
        value(Token::Range, tag("..")),
    ))
    .parse(text)
}

/// Text in quotes with the escapes of C; behind `r` a backslash is itself. One that escapes nothing is itself, too, as in
/// `"\.png$"`.
fn quoted(text: &str) -> Parsed<'_, Token<'_>> {
    let raw = delimited(tag("r\""), take_while(|c| c != '"'), char('"'));
    let with_escapes = |quote: char, others: &'static str| {
        let character = alt((
            map(none_of(others), Character::Plain),
            preceded(char('\\'), escape),
        ));
        let inside = fold_many0(character, String::new, |mut text, character| {
            match character {
                Character::Plain(c) => text.push(c),
                Character::Unknown(c) => text.extend(['\\', c]),
            }
            text
        });
        delimited(char(quote), inside, char(quote))
    };
    alt((
        map(raw, |text: &str| Token::Text(text.to_owned())),
        map(with_escapes('"', "\"\\"), Token::Text),
        map(with_escapes('\'', "'\\"), Token::Text),
    ))
    .parse(text)
}

enum Character {
    Plain(char),
    /// An escape that there is not.
    Unknown(char),
}

fn escape(text: &str) -> Parsed<'_, Character> {
    let hex = preceded(char('x'), recognize(pair(hex_digit, hex_digit)));
    let of_hex = |digits: &str| u8::from_str_radix(digits, 16).map_or('\u{0}', char::from);
    let named = |c| match c {
        'n' => Character::Plain('\n'),
        'r' => Character::Plain('\r'),
        't' => Character::Plain('\t'),
        '"' | '\'' | '\\' => Character::Plain(c),
        _ => Character::Unknown(c),
    };
    alt((map(map(hex, of_hex), Character::Plain), map(anychar, named))).parse(text)
}

fn hex_digit(text: &str) -> Parsed<'_, char> {
    nom::character::complete::satisfy(|c| c.is_ascii_hexdigit()).parse(text)
}

/// A name, a number, an address: what needs no quotes. It ends before `..`, which is a range.
fn word(text: &str) -> Parsed<'_, Token<'_>> {
    let is_inside =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | ':' | '@' | '%' | '/');
    let (_, whole) = take_while1(is_inside).parse(text)?;
    let length = whole.find("..").unwrap_or(whole.len());
    let (word, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    let token = match word.to_ascii_lowercase().as_str() {
        "" => {
            return Err(nom::Err::Error(nom::error::Error::new(
                text,
                nom::error::ErrorKind::TakeWhile1,
            )));
        }
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "contains" => Token::Contains,
        "matches" => Token::Matches,
        "in" => Token::In,
        "eq" => Token::Compare(Comparison::Equal),
        "ne" => Token::Compare(Comparison::NotEqual),
        "gt" => Token::Compare(Comparison::Greater),
        "ge" => Token::Compare(Comparison::GreaterOrEqual),
        "lt" => Token::Compare(Comparison::Less),
        "le" => Token::Compare(Comparison::LessOrEqual),
        _ => Token::Word(word),
    };
    Ok((rest, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(mut text: &str) -> Vec<Token<'_>> {
        let mut tokens = Vec::new();
        while let (_, Some((token, rest))) = next(text) {
            tokens.push(token);
            text = rest;
        }
        assert_eq!(text.trim(), "");
        tokens
    }

    #[test]
    fn words_end_at_ranges_and_symbols() {
        let found = tokens("mate.g-x.Time>=1..2.5{0x80}");
        let expected = [
            Token::Word("mate.g-x.Time"),
            Token::Compare(Comparison::GreaterOrEqual),
            Token::Word("1"),
            Token::Range,
            Token::Word("2.5"),
            Token::OpenSet,
            Token::Word("0x80"),
            Token::CloseSet,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn escapes_are_those_of_c_and_unknown_ones_stay() {
        let text = |quoted| match next(quoted).1 {
            Some((Token::Text(text), "")) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(r#""a\"\\\x41\.\n""#), "a\"\\A\\.\n");
        assert_eq!(text(r#"r"\d\""#), "\\d\\");
        assert_eq!(text("'x'"), "x");
        assert!(next("\"open").1.is_none());
    }
}
