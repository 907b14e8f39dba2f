//! What could stand next in an expression, for who types one.

use super::lexer::{Token, token};
use crate::report::query::field::{Kind, Path};

/// What could stand where a word is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins, in octets.
    pub from: usize,
    /// The words that begin as it does.
    pub candidates: Vec<String>,
}

/// What could stand at the end of a text that is the beginning of an expression.
pub fn complete(text: &str) -> Completion {
    let mut expected = Expected::Test;
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Ok((after, token)) = token(rest) else {
            // Text in quotes that is not closed, or half a sign.
            return Completion::default();
        };
        let may_go_on = rest.ends_with(is_of_a_word) || is_half_a_sign(&expected, rest);
        if after.is_empty() && may_go_on {
            break;
        }
        expected = expected.behind(token);
        rest = after.trim_start();
    }
    let mut candidates = expected.words(rest);
    candidates.retain(|word| word.starts_with(rest));
    Completion {
        from: text.len() - rest.len(),
        candidates,
    }
}

/// Whether a word that ends so may go on.
fn is_of_a_word(last: char) -> bool {
    last.is_alphanumeric() || matches!(last, '_' | '.' | '-')
}

/// Whether a sign is the beginning of a longer one that could stand there.
fn is_half_a_sign(expected: &Expected, sign: &str) -> bool {
    matches!(expected, Expected::Question(_)) && matches!(sign, "=" | "!" | "<" | ">")
}

/// What an expression needs next.
#[derive(Clone, Debug)]
enum Expected {
    /// A test, or what may stand before one.
    Test,
    /// What is asked of this field.
    Question(Path),
    /// A value to compare this field with.
    Value(Path),
    /// The list of values of this field.
    List(Path),
    /// A value in that list.
    Element(Path),
    /// What stands behind a value in that list.
    BehindElement(Path),
    /// A text to look for.
    Text,
    /// What joins two tests.
    Joint,
    /// Nothing that is right any more.
    Nothing,
}

impl Expected {
    fn behind(self, token: Token) -> Self {
        let is_value = matches!(
            token,
            Token::Word(_) | Token::Text(_) | Token::Number(..) | Token::Duration(..)
        );
        match (self, token) {
            (Self::Test, Token::Not | Token::Open) => Self::Test,
            (Self::Test, Token::Word(name)) => Path::parse(&name).map_or(Self::Nothing, Self::Question),
            (Self::Question(path), Token::Compare(_)) => Self::Value(path),
            (Self::Question(path), Token::In) => Self::List(path),
            (Self::Question(_), Token::Contains | Token::Matches) => Self::Text,
            (Self::Question(_), Token::Exists) => Self::Joint,
            (Self::Question(_) | Self::Joint, Token::And | Token::Or) => Self::Test,
            (Self::Question(_) | Self::Joint, Token::Close) => Self::Joint,
            (Self::Value(_) | Self::Text, _) if is_value => Self::Joint,
            (Self::List(path), Token::Open) | (Self::BehindElement(path), Token::Comma) => {
                Self::Element(path)
            }
            (Self::Element(path), _) if is_value => Self::BehindElement(path),
            (Self::BehindElement(_), Token::Close) => Self::Joint,
            _ => Self::Nothing,
        }
    }

    /// The words that could stand there, of fields those that begin with `typed`.
    fn words(&self, typed: &str) -> Vec<String> {
        let these = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Test => {
                let mut names = Path::names_from(typed);
                names.push("not".to_owned());
                names
            }
            Self::Question(path) => these(questions(path.kind())),
            Self::Value(path) | Self::Element(path) => match path.kind() {
                Kind::Words(words) => words.clone(),
                Kind::Boolean => these(&["true", "false"]),
                Kind::Text | Kind::Number | Kind::Object => Vec::new(),
            },
            Self::List(_) => these(&["("]),
            Self::BehindElement(_) => these(&[",", ")"]),
            Self::Joint => these(&["and", "or"]),
            Self::Text | Self::Nothing => Vec::new(),
        }
    }
}

/// What can be asked of a field of this kind.
const fn questions(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text => &[
            "==", "!=", "contains", "matches", "in", "exists", "<", "<=", ">", ">=",
        ],
        Kind::Words(_) => &["==", "!=", "in", "matches", ">=", "<=", ">", "<", "exists"],
        Kind::Number => &["==", "!=", "<", "<=", ">", ">=", "in", "exists"],
        Kind::Boolean => &["and", "or", "==", "!=", "exists"],
        Kind::Object => &["exists"],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Filter;
    use super::*;

    fn words(text: &str) -> Vec<String> {
        complete(text).candidates
    }

    #[test]
    fn what_fits_depends_on_what_stands_before() {
        assert_eq!(words("outc"), ["outcome"]);
        assert_eq!(words("not (subm"), ["submission."]);
        assert_eq!(words("outcome "), questions(&Kind::Words(Vec::new())));
        assert_eq!(words("outcome ="), ["=="]);
        assert_eq!(words("size <"), ["<", "<="]);
        assert_eq!(words("outcome == f"), ["failure"]);
        assert_eq!(words("outcome == failure a"), ["and"]);
        assert_eq!(words("outcome == failure and siz"), ["size"]);
        assert_eq!(words("outcome in"), ["in"]);
        assert_eq!(words("outcome in "), ["("]);
        assert_eq!(words("outcome in (par"), ["partial"]);
        assert_eq!(words("outcome in (partial "), [",", ")"]);
        assert_eq!(words("outcome in (partial, op"), ["open"]);
        assert_eq!(words("outcome in (partial, open) "), ["and", "or"]);
        assert_eq!(words("submission ex"), ["exists"]);
        assert_eq!(words("deliveries.retrievals.complete == t"), ["true"]);
        assert!(words("subject contains ").is_empty());
        assert!(words("subject contains 'it").is_empty());
        assert!(words("outcom == ").is_empty());
        assert!(words("size > 5 6 ").is_empty());
    }

    #[test]
    fn the_word_begins_where_it_does() {
        assert_eq!(complete("size > 5 and outc").from, 13);
        assert_eq!(complete("outcome == ").from, 11);
        assert_eq!(complete("").from, 0);
    }

    proptest! {
        #[test]
        fn nothing_typed_panics_and_the_word_is_of_the_text(text in "\\PC{0,40}") {
            let found = complete(&text);
            prop_assert!(text.is_char_boundary(found.from));
            let (_, typed) = text.split_at(found.from);
            prop_assert!(found.candidates.iter().all(|word| word.starts_with(typed)));
        }

        /// Whoever takes the candidates, one after the other, never gets an expression that is wrong before its end.
        #[test]
        fn candidates_lead_to_expressions(choices in prop::collection::vec(0usize..1000, 1..12)) {
            let mut text = String::new();
            for choice in choices {
                let found = complete(&text);
                if found.candidates.is_empty() {
                    break;
                }
                text.truncate(found.from);
                let word = &found.candidates[choice % found.candidates.len()];
                text.push_str(word);
                if !word.ends_with('.') {
                    text.push(' ');
                }
            }
            if let Err(error) = Filter::parse(&text) {
                prop_assert!(error.at().end >= text.trim_end().len(), "{text}: {error}");
            }
        }
    }
}
