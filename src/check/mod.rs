//! Expectations and their comparison, for CI: each capture with its `NAME.expect.json` beside it. What is not there
//! to be compared is a failure: no case, no expectation, an expectation that expects nothing.

mod case;
mod compare;
pub mod diff;
mod error;
mod expectation;
mod outcome;
mod report;

pub use case::{Case, cases};
pub use error::CheckError;
pub use expectation::{Expectation, ExpectationError, Match};
pub use outcome::{Outcome, Verdict};
pub use report::{write_junit, write_lines, write_markdown};

use std::path::PathBuf;

use serde_json::Value;

use crate::report::document::Document;

/// How a check runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Write down results that differ as what is expected.
    pub bless: bool,
    /// For expectations that are new: compare everything, not only the verdicts.
    pub exact: bool,
}

/// Runs one case. `analyse` reads captures as one and says what is in them, or why it cannot.
pub fn run(
    case: &Case,
    settings: Settings,
    analyse: &mut dyn FnMut(&[PathBuf]) -> Result<Document, CheckError>,
) -> Outcome {
    let verdict = judge(case, settings, analyse).unwrap_or_else(Verdict::Broken);
    Outcome {
        name: case.name.clone(),
        verdict,
    }
}

fn judge(
    case: &Case,
    settings: Settings,
    analyse: &mut dyn FnMut(&[PathBuf]) -> Result<Document, CheckError>,
) -> Result<Verdict, CheckError> {
    if case.captures.is_empty() && !case.expectation.exists() {
        return Err(CheckError::NoCase);
    }
    let expectation = match Expectation::read(&case.expectation) {
        Ok(expectation) => Some(expectation),
        Err(ExpectationError::Missing) => None,
        Err(error) => return Err(error.into()),
    };
    if expectation.is_none() && !settings.bless {
        return Err(CheckError::NoExpectation(case.expectation.display().to_string()));
    }
    let captures = case.captures_of(expectation.as_ref())?;
    let actual = expectation::comparable(&analyse(&captures)?).map_err(CheckError::Document)?;
    compare_or_bless(case, settings, expectation, &actual)
}

fn compare_or_bless(
    case: &Case,
    settings: Settings,
    expectation: Option<Expectation>,
    actual: &Value,
) -> Result<Verdict, CheckError> {
    let differences = match &expectation {
        Some(expectation) => expectation.differences(actual),
        None => Vec::new(),
    };
    match expectation {
        Some(_) if differences.is_empty() => Ok(Verdict::Held),
        Some(_) if !settings.bless => Ok(Verdict::Differs(differences)),
        expectation => {
            let way = if settings.exact {
                Match::Exact
            } else {
                Match::Subset
            };
            let expectation = expectation.unwrap_or_else(|| Expectation::new(way));
            let blessed = expectation.blessed(actual);
            blessed
                .write(&case.expectation)
                .map_err(|error| CheckError::Unwritable {
                    path: case.expectation.display().to_string(),
                    error,
                })?;
            Ok(Verdict::Blessed)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::report::sample;

    fn check(directory: &Path, settings: Settings, document: &Document) -> Vec<Outcome> {
        let cases = cases(&[directory.to_owned()]).unwrap();
        cases
            .iter()
            .map(|case| run(case, settings, &mut |_| Ok(document.clone())))
            .collect()
    }

    const BLESS: Settings = Settings {
        bless: true,
        exact: false,
    };

    #[test]
    fn a_capture_without_an_expectation_is_no_success() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.pcap"), "").unwrap();
        let outcomes = check(directory.path(), Settings::default(), &sample::document());
        assert!(matches!(
            &outcomes[..],
            [Outcome {
                verdict: Verdict::Broken(CheckError::NoExpectation(_)),
                ..
            }]
        ));
    }

    #[test]
    fn an_expectation_without_a_capture_is_no_success() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(
            directory.path().join("a.expect.json"),
            r#"{"expect": {"version": 1}}"#,
        )
        .unwrap();
        let outcomes = check(directory.path(), Settings::default(), &sample::document());
        assert!(
            matches!(
                &outcomes[..],
                [Outcome {
                    verdict: Verdict::Broken(_),
                    ..
                }]
            ),
            "{outcomes:?}"
        );
    }

    #[test]
    fn an_expectation_of_nothing_or_of_unknown_fields_is_no_success() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.pcap"), "").unwrap();
        for text in [
            "{}",
            r#"{"expect": {}}"#,
            "[]",
            "{",
            r#"{"expect": {"version": 1}, "mach": "exact"}"#,
        ] {
            fs::write(directory.path().join("a.expect.json"), text).unwrap();
            let outcomes = check(directory.path(), BLESS, &sample::document());
            assert!(
                matches!(
                    &outcomes[..],
                    [Outcome {
                        verdict: Verdict::Broken(_),
                        ..
                    }]
                ),
                "{text}: {outcomes:?}"
            );
        }
        fs::write(
            directory.path().join("a.expect.json"),
            r#"{"expect": {"mesages": []}}"#,
        )
        .unwrap();
        let outcomes = check(directory.path(), Settings::default(), &sample::document());
        assert!(
            matches!(
                &outcomes[..],
                [Outcome {
                    verdict: Verdict::Differs(_),
                    ..
                }]
            ),
            "{outcomes:?}"
        );
    }

    #[test]
    fn what_was_blessed_holds_until_the_result_changes() {
        for exact in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("a.pcap"), "").unwrap();
            let mut document = sample::document();
            let blessed = check(directory.path(), Settings { bless: true, exact }, &document);
            assert_eq!(blessed[0].verdict.word(), "blessed");
            assert_eq!(
                check(directory.path(), Settings::default(), &document)[0]
                    .verdict
                    .word(),
                "ok"
            );
            assert_eq!(check(directory.path(), BLESS, &document)[0].verdict.word(), "ok");

            document.messages[1].failures[0].code = Some(410);
            let changed = check(directory.path(), Settings::default(), &document);
            let Verdict::Differs(differences) = &changed[0].verdict else {
                panic!("{changed:?}")
            };
            assert_eq!(differences.len(), 1);
            assert_eq!(differences[0].path, "messages[1].failures[0].code");
            assert_eq!(
                differences[0].place,
                Some(compare::Place {
                    capture: 0,
                    frame: 57
                })
            );

            assert_eq!(
                check(directory.path(), BLESS, &document)[0].verdict.word(),
                "blessed"
            );
            assert_eq!(
                check(directory.path(), Settings::default(), &document)[0]
                    .verdict
                    .word(),
                "ok"
            );
        }
    }

    #[test]
    fn blessing_again_keeps_the_fields_that_were_chosen() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.pcap"), "").unwrap();
        let path = directory.path().join("a.expect.json");
        fs::write(&path, r#"{"expect": {"messages": [{"state": "read"}]}}"#).unwrap();
        let document = sample::document_of(vec![sample::delivered(), sample::failed()]);
        assert_eq!(
            check(directory.path(), BLESS, &document)[0].verdict.word(),
            "blessed"
        );
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(
            written,
            serde_json::json!({"match": "subset", "expect": {"messages": [{"state": "reported"}, {"state": "failed"}]}})
        );
    }

    #[test]
    fn what_cannot_be_read_is_never_blessed() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.pcap"), "").unwrap();
        let cases = cases(&[directory.path().to_owned()]).unwrap();
        let outcome = run(&cases[0], BLESS, &mut |_| Err(CheckError::UnreadableCaptures));
        assert_eq!(outcome.verdict.word(), "BROKEN");
        assert!(!directory.path().join("a.expect.json").exists());
    }
}
