//! docs/VERDICTS.md says what the code does: every state, failure kind, evidence and row of the rules table. And every
//! failure kind and row has its test.

use crate::correlate::message::{Evidence, FailureKind, State};
use crate::correlate::verdict::rules::{Key, RULES, Rule, Start, Timer};
use crate::mms::PduType;

const PAGE: &str = include_str!("../../../docs/VERDICTS.md");

fn has_row(begin: &str) -> bool {
    PAGE.lines().any(|line| line.starts_with(begin))
}

#[test]
fn every_state_has_a_row_with_its_outcome() {
    for state in State::ALL {
        let row = PAGE
            .lines()
            .find(|line| line.starts_with(&format!("| `{state}` |")));
        let row = row.unwrap_or_else(|| panic!("{state} is not explained"));
        assert!(row.ends_with(&format!("| {} |", state.outcome())), "{row}");
    }
}

#[test]
fn every_failure_and_evidence_has_a_row() {
    for kind in FailureKind::ALL {
        assert!(has_row(&format!("| `{kind}` |")), "{kind} is not explained");
    }
    for evidence in Evidence::ALL {
        assert!(
            has_row(&format!("| `{evidence}` |")),
            "{evidence} is not explained"
        );
    }
}

#[test]
fn every_failure_has_an_example_a_meaning_and_a_test() {
    let tests = include_str!("failures.rs");
    for kind in FailureKind::ALL {
        let begin = format!("| `{kind}` |");
        let mut rows = PAGE.lines().filter(|line| line.starts_with(&begin));
        let cells: Vec<_> = rows.next().unwrap().trim_matches('|').split('|').collect();
        let [_, _, example, meaning] = cells.as_slice() else {
            panic!("{cells:?}")
        };
        assert!(!example.trim().is_empty() && !meaning.trim().is_empty(), "{kind}");
        assert!(
            tests.contains(&format!("FailureKind::{kind:?}")),
            "{kind} has no test"
        );
    }
}

#[test]
fn every_row_of_the_rules_has_a_test() {
    let tests = [include_str!("rules.rs"), include_str!("operations.rs")].concat();
    for rule in RULES {
        let start = match rule.start {
            Start::Get => None,
            Start::Pdu(pdu) => pdu
                .name()
                .map(|name| name.trim_start_matches("m-").replace('-', "_").to_uppercase()),
        };
        let by_start = start.is_some_and(|start| tests.contains(&format!("PduType::{start}")));
        assert!(
            by_start || tests.contains(&format!("\"{}\"", rule.leg)),
            "{} has no test",
            rule.leg
        );
    }
}

fn key(key: Key) -> &'static str {
    match key {
        Key::Bearer => "bearer",
        Key::ContentLocation => "content location",
        Key::TransactionId => "transaction id",
        Key::MessageId => "message id",
        Key::Digest => "digest",
        Key::Likeness => "likeness",
    }
}

fn row(rule: &Rule) -> String {
    let start = match rule.start {
        Start::Get => "GET",
        Start::Pdu(pdu) => pdu.name().unwrap(),
    };
    let answer = rule
        .answer
        .and_then(PduType::name)
        .map_or(String::new(), |name| format!("{name} "));
    let keys: Vec<_> = rule.keys.iter().copied().map(key).collect();
    let timer = match rule.timer {
        Timer::Response => "response",
        Timer::Expiry => "expiry",
        Timer::None => "none",
    };
    format!(
        "| {} | {start} | {answer}| {} | {timer} |",
        rule.leg,
        keys.join(", "),
    )
}

#[test]
fn the_rules_are_the_table_in_the_page() {
    for rule in RULES {
        assert!(has_row(&row(rule)), "not in the page: {}", row(rule));
    }
}

#[test]
fn what_each_status_brings_about_is_in_the_page() {
    for rule in RULES {
        for (_, meaning) in rule.verdicts {
            let state = meaning
                .state
                .map_or(String::new(), |state| format!("| `{state}` |"));
            let failure = meaning
                .failure
                .map_or(String::new(), |failure| format!(" `{failure}` |"));
            let leg = rule
                .leg
                .split(" to the ")
                .next()
                .unwrap()
                .split(" by ")
                .next()
                .unwrap();
            let found = PAGE.lines().any(|line| {
                line.starts_with(&format!("| {leg} |")) && line.contains(&state) && line.ends_with(&failure)
            });
            assert!(found, "{leg}: {meaning:?}");
        }
    }
}
