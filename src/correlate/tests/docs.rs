//! docs/VERDICTS.md says what the code does: every state, failure kind, evidence and row of the rules table. And every
//! failure kind and row has its test.

use super::rules::leg;
use crate::correlate::group::join::By;
use crate::correlate::group::{confirmations, deliveries, fetches, matching, reports};
use crate::correlate::message::{Evidence, FailureKind, State};
use crate::correlate::verdict::rules::{RULES, Rule, Start, Timer};
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
    let tests = [include_str!("failures.rs"), include_str!("handovers.rs")].concat();
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
    let (rows, operations) = (include_str!("rules.rs"), include_str!("operations.rs"));
    for rule in RULES {
        let start = match rule.start {
            Start::Get => None,
            Start::Pdu(pdu) => pdu
                .name()
                .map(|name| name.trim_start_matches("m-").replace('-', "_").to_uppercase()),
        };
        let by_start = start.is_some_and(|start| operations.contains(&format!("PduType::{start}")));
        // Once where the row gets its name.
        let by_name = rows.matches(&format!("\"{}\"", leg(rule))).count() > 1;
        assert!(by_start || by_name, "{} has no test", leg(rule));
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
    let timer = match rule.timer {
        Timer::Response => "response",
        Timer::Expiry => "expiry",
        Timer::None => "none",
    };
    format!("| {} | {start} | {answer}| {timer} |", leg(rule))
}

#[test]
fn the_rules_are_the_table_in_the_page() {
    for rule in RULES {
        assert!(has_row(&row(rule)), "not in the page: {}", row(rule));
    }
}

/// What looks for what it belongs to, with the rules by which it does, in their order.
fn searches() -> [(&'static str, Vec<By>); 5] {
    let fetches = fetches::rules().map(|rule| rule.by());
    let confirmations = confirmations::rules().map(|rule| rule.by());
    let deliveries = deliveries::rules().map(|rule| rule.by());
    let contents = matching::rules().map(|rule| rule.by());
    let reports = reports::rules().map(|rule| rule.by());
    [
        ("retrieval", fetches.to_vec()),
        ("acknowledgement", confirmations.to_vec()),
        ("delivery", deliveries.to_vec()),
        ("delivery that no identifier joins", contents.to_vec()),
        ("report", reports.to_vec()),
    ]
}

#[test]
fn the_rules_by_which_legs_are_joined_are_in_the_page() {
    for (seeker, rules) in searches() {
        let cells = rules
            .iter()
            .map(|by| format!("`{}` ({})", by.name(), by.confidence()));
        let row = format!("| {seeker} | {} |", cells.collect::<Vec<_>>().join(", "));
        assert!(has_row(&row), "not in the page: {row}");
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
            let leg = leg(rule)
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
