//! Whether a condition holds for a message.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::lexer::Comparison;
use super::parser::{Expression, Test, Value};
use crate::report::document::Message;
use crate::report::query::field::{Kind, Path};

/// Whether it holds. Recursion is as deep as the expression, which is bounded.
pub(super) fn holds(expression: &Expression, message: &Message) -> bool {
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, message)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, message)),
        Expression::Not(inner) => !holds(inner, message),
        Expression::Test(path, test) => passes(path, test, message),
    }
}

fn passes(path: &Path, test: &Test, message: &Message) -> bool {
    match test {
        Test::Exists => any(path, message, |_| true),
        Test::True => any(path, message, |found| found == &Json::Bool(true)),
        Test::Compare(Comparison::NotEqual, value) => !any(path, message, |found| {
            order(found, value, path) == Some(Ordering::Equal)
        }),
        Test::Compare(comparison, value) => any(path, message, |found| {
            order(found, value, path).is_some_and(|order| fits(*comparison, order))
        }),
        Test::In(values) => any(path, message, |found| {
            values
                .iter()
                .any(|value| order(found, value, path) == Some(Ordering::Equal))
        }),
        Test::Matches(regex) => any(path, message, |found| {
            found.as_str().is_some_and(|found| regex.is_match(found))
        }),
        Test::Contains(text) => any(path, message, |found| {
            found
                .as_str()
                .is_some_and(|found| found.to_lowercase().contains(text))
        }),
    }
}

fn any(path: &Path, message: &Message, mut holds: impl FnMut(&Json) -> bool) -> bool {
    let mut found = false;
    path.each(message, &mut |value| found = found || holds(value));
    found
}

const fn fits(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// How a value of the message stands to the one asked for; `None` where they cannot be compared.
fn order(found: &Json, asked: &Value, path: &Path) -> Option<Ordering> {
    match asked {
        Value::Number(asked) => found.as_f64()?.partial_cmp(asked),
        Value::Boolean(asked) => Some(found.as_bool()?.cmp(asked)),
        Value::Word(asked) => {
            let Kind::Words(words) = path.kind() else {
                return None;
            };
            let found = found.as_str()?;
            Some(words.iter().position(|word| word == found)?.cmp(asked))
        }
        Value::Address(typed, asked) => {
            let found = found.as_str()?;
            Some(match asked.is(found) {
                true => Ordering::Equal,
                // No two of them are equal otherwise.
                false => found.cmp(typed.as_str()).then(Ordering::Less),
            })
        }
        Value::Text(asked, time) => {
            let found = found.as_str()?;
            match (time, super::parser::instant(found)) {
                (Some(asked), Some(found)) => Some(found.cmp(asked)),
                _ => Some(found.cmp(asked)),
            }
        }
    }
}
