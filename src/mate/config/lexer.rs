//! From text to tokens, as flex finds them: of all rules the longest match, and of equals the first rule.

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while_m_n, take_while1},
    character::complete::{char, satisfy},
    combinator::{recognize, verify},
    sequence::pair,
};

use super::{declaration::Semantics, keyword::Keyword};

/// What the text goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme<'a> {
    /// Blanks, ends of lines and comments.
    Nothing,
    /// `#include`, with the name of the file.
    Include {
        /// The name, without quotes.
        name: &'a str,
        /// Whether it stood in quotes.
        is_quoted: bool,
    },
    /// A token.
    Token(TokenKind),
    /// A character that fits no rule of Wireshark, which drops it.
    Dropped,
}

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Keyword(Keyword),
    Name,
    Integer,
    Floating,
    /// Four groups of digits.
    DottedIp,
    /// Hex digits and colons.
    Colonized,
    /// A value that Wireshark wants in quotes.
    BareValue,
    /// Text in quotes.
    Quoted,
    /// `= ! ^ $ ~ < > ?`
    Operator(char),
    /// `( ) { } , ; / |`
    Symbol(char),
    /// A quote that is not closed.
    UnclosedQuote,
    /// A comment that is not closed.
    UnclosedComment,
    /// A character that means nothing.
    Unknown(char),
    /// The end of a configuration.
    End,
}

type Parsed<'a> = IResult<&'a str, &'a str>;

/// What a text goes on with and how many octets it takes, at least one; `None` at its end.
pub(super) fn next(text: &str, semantics: Semantics, expects_value: bool) -> Option<(Lexeme<'_>, usize)> {
    let first = text.chars().next()?;
    if let Some(found) = nothing(text)
        .or_else(|| include(text, semantics))
        .or_else(|| quoted(text, semantics))
    {
        return Some(found);
    }
    let found = match semantics {
        Semantics::Documented if expects_value => bare_value(text).or_else(|| documented(text)),
        Semantics::Documented => documented(text),
        Semantics::Wireshark => wireshark(text),
    };
    let found = found.or_else(|| sign(text, first, semantics));
    Some(match (found, semantics) {
        (Some((kind, length)), _) => (Lexeme::Token(kind), length),
        (None, Semantics::Wireshark) => (Lexeme::Dropped, first.len_utf8()),
        (None, Semantics::Documented) => (Lexeme::Token(TokenKind::Unknown(first)), first.len_utf8()),
    })
}

/// Whether Wireshark takes a bare value as one token.
pub(super) fn is_wireshark_value(text: &str) -> bool {
    let whole = wireshark(text).filter(|(_, length)| *length == text.len());
    match whole {
        Some((TokenKind::Colonized, _)) => text.split(':').all(|part| part.len() <= 2),
        Some((kind, _)) => !matches!(kind, TokenKind::Keyword(_)),
        None => false,
    }
}

/// Whether this is a name as Wireshark takes it.
pub(super) fn is_wireshark_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn length(parsed: Parsed<'_>) -> usize {
    parsed.map_or(0, |(_, found)| found.len())
}

fn nothing(text: &str) -> Option<(Lexeme<'_>, usize)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let blanks = length(take_while1(is_blank).parse(text));
    if blanks > 0 {
        return Some((Lexeme::Nothing, blanks));
    }
    if text.starts_with("//") {
        let line = length(take_while1(|c| c != '\n').parse(text));
        return Some((Lexeme::Nothing, line));
    }
    let inside = text.strip_prefix("/*")?;
    Some(match inside.find("*/") {
        Some(end) => (Lexeme::Nothing, end + "/**/".len()),
        None => (Lexeme::Token(TokenKind::UnclosedComment), text.len()),
    })
}

fn include(text: &str, semantics: Semantics) -> Option<(Lexeme<'_>, usize)> {
    let behind = text.strip_prefix("#include")?;
    let name_at = behind.trim_start_matches([' ', '\t', '\r', '\n']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    let (rest, name) = take_while::<_, _, ()>(is_name).parse(name_at).ok()?;
    if !name.is_empty() {
        let include = Lexeme::Include {
            name,
            is_quoted: false,
        };
        return Some((include, text.len() - rest.len()));
    }
    let (name, rest) = name_at.strip_prefix('"')?.split_once('"')?;
    let is_taken = semantics == Semantics::Documented && !name.is_empty() && !name.contains('\n');
    let include = Lexeme::Include {
        name,
        is_quoted: true,
    };
    is_taken.then_some((include, text.len() - rest.len()))
}

fn quoted(text: &str, semantics: Semantics) -> Option<(Lexeme<'_>, usize)> {
    let inside = text.strip_prefix('"')?;
    let Some(end) = inside.find('"') else {
        return Some((Lexeme::Token(TokenKind::UnclosedQuote), text.len()));
    };
    // The scanner of Wireshark finds no token between the quotes where there is nothing, or only what it skips elsewhere.
    let content = inside.get(..end).unwrap_or_default();
    let is_blank = content == "\n" || content.chars().all(|c| matches!(c, ' ' | '\t' | '\r'));
    let lexeme = match semantics {
        Semantics::Wireshark if is_blank => Lexeme::Nothing,
        _ => Lexeme::Token(TokenKind::Quoted),
    };
    Some((lexeme, end + 2))
}

fn sign(text: &str, first: char, semantics: Semantics) -> Option<(TokenKind, usize)> {
    let kind = match first {
        '(' | ')' | '{' | '}' | ',' | ';' | '/' | '|' => TokenKind::Symbol(first),
        '=' | '!' | '^' | '$' | '~' | '<' | '>' => TokenKind::Operator(first),
        '?' if semantics == Semantics::Documented => TokenKind::Operator(first),
        _ => return None,
    };
    (!text.is_empty()).then_some((kind, first.len_utf8()))
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// A value without quotes, as the User's Guide writes them.
fn bare_value(text: &str) -> Option<(TokenKind, usize)> {
    let is_inside =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '+' | '%' | '@' | '-');
    let length = length(take_while1(is_inside).parse(text));
    (length > 0).then_some((TokenKind::BareValue, length))
}

/// A number, and what else begins with a digit or is hex digits and colons.
fn numeric(text: &str) -> impl Iterator<Item = (TokenKind, usize)> {
    let group = || take_while_m_n(1, 3, is_digit);
    let ip = (
        group(),
        char('.'),
        group(),
        char('.'),
        group(),
        char('.'),
        group(),
    );
    let floating = (take_while1(is_digit), char('.'), take_while1(is_digit));
    let colonized = take_while1(|c: char| c.is_ascii_hexdigit() || c == ':');
    [
        (TokenKind::Integer, length(take_while1(is_digit).parse(text))),
        (TokenKind::Floating, length(recognize(floating).parse(text))),
        (TokenKind::DottedIp, length(recognize(ip).parse(text))),
        (
            TokenKind::Colonized,
            length(verify(colonized, |found: &str| found.contains(':')).parse(text)),
        ),
    ]
    .into_iter()
}

/// The longest of several matches; of equals the first.
fn longest(matches: impl Iterator<Item = (TokenKind, usize)>) -> Option<(TokenKind, usize)> {
    let found = matches.filter(|(_, length)| *length > 0);
    found.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn documented(text: &str) -> Option<(TokenKind, usize)> {
    let name = pair(satisfy(|c| c.is_ascii_alphabetic()), take_while(is_in_name));
    if let Ok((_, word)) = recognize::<_, nom::error::Error<&str>, _>(name).parse(text) {
        let kind = Keyword::of(word).map_or(TokenKind::Name, TokenKind::Keyword);
        return Some((kind, word.len()));
    }
    longest(numeric(text))
}

fn wireshark(text: &str) -> Option<(TokenKind, usize)> {
    let name = pair(satisfy(|c| c.is_ascii_lowercase()), take_while(is_in_name));
    let keyword = Keyword::at_start_of(text).filter(|(keyword, _)| keyword.is_known_to_wireshark());
    let keyword = keyword.map(|(keyword, length)| (TokenKind::Keyword(keyword), length));
    let name = (TokenKind::Name, length(recognize(name).parse(text)));
    longest(keyword.into_iter().chain(numeric(text)).chain([name]))
}

/// Where the old syntax begins, if a file has it: `Action=PduDef; …`, behind blanks, comments and lines with `#`.
pub(super) fn old_syntax(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        let is_hash_line = rest.starts_with('#') && !rest.starts_with("#include");
        let skipped = match nothing(rest) {
            Some((Lexeme::Nothing, length)) => length,
            _ if is_hash_line => rest.find('\n').unwrap_or(rest.len()),
            _ => break,
        };
        rest = rest.get(skipped..)?;
    }
    let behind = rest.strip_prefix("Action")?.trim_start_matches([' ', '\t']);
    behind.starts_with('=').then_some(text.len() - rest.len())
}
