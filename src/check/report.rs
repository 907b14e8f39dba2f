//! What a check tells: a line a case on the terminal, JUnit XML for CI servers, Markdown for job summaries.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::outcome::{Outcome, Verdict};
use crate::model::text::shown;
use crate::report::render::markdown;
use crate::report::words::human;
use crate::report::words::style::{Style, Tone};

/// A line a case, its differences below it, and the count at the end.
pub fn write_lines(out: &mut impl Write, outcomes: &[Outcome], style: &Style) -> io::Result<()> {
    for outcome in outcomes {
        let tone = match outcome.verdict {
            Verdict::Held => Tone::Good,
            Verdict::Blessed => Tone::Mixed,
            Verdict::Differs(_) | Verdict::Broken(_) => Tone::Bad,
        };
        let word = format!("{:<7}", outcome.verdict.word());
        writeln!(out, "{}  {}", style.paint(tone, word), style.clean(&outcome.name))?;
        for line in details(outcome) {
            difference(out, &line, style)?;
        }
    }
    writeln!(out, "{}", total(outcomes))
}

/// A difference below its case, wrapped.
fn difference(out: &mut impl Write, line: &str, style: &Style) -> io::Result<()> {
    const INDENT: usize = 9;
    let room = style
        .width
        .map_or(usize::MAX, |width| width.saturating_sub(INDENT + 2));
    let mut indent = INDENT;
    for piece in style.wrap(&style.clean(line), room) {
        writeln!(out, "{}{piece}", " ".repeat(indent))?;
        indent = INDENT + 2;
    }
    Ok(())
}

/// The differences, or what is wrong with the case.
fn details(outcome: &Outcome) -> Vec<String> {
    match &outcome.verdict {
        Verdict::Held | Verdict::Blessed => Vec::new(),
        Verdict::Differs(differences) => differences.iter().map(ToString::to_string).collect(),
        Verdict::Broken(why) => vec![why.to_string()],
    }
}

fn total(outcomes: &[Outcome]) -> String {
    let count = |holds: fn(&Verdict) -> bool| {
        outcomes.iter().filter(|outcome| holds(&outcome.verdict)).count() as u64
    };
    let mut text = human::count(outcomes.len() as u64, "case");
    if outcomes.is_empty() {
        return "no case found: a check without one is a failure".to_owned();
    }
    let counts = [
        (count(|verdict| matches!(verdict, Verdict::Held)), "ok"),
        (count(|verdict| matches!(verdict, Verdict::Blessed)), "blessed"),
        (count(|verdict| matches!(verdict, Verdict::Differs(_))), "failed"),
        (count(|verdict| matches!(verdict, Verdict::Broken(_))), "broken"),
    ];
    let mut before = ": ";
    for (count, word) in counts.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("{before}{count} {word}"));
        before = ", ";
    }
    text
}

/// JUnit XML, as CI servers read it. Without times, so that the same input gives the same file.
pub fn write_junit(out: &mut impl Write, outcomes: &[Outcome]) -> io::Result<()> {
    let mut suite = TestSuite::new("mmsmate check");
    suite.add_test_cases(
        outcomes
            .iter()
            .map(|outcome| test_case(&outcome.name, status(outcome))),
    );
    if outcomes.is_empty() {
        // A check without a case is a failure; so that a CI server sees it too, it is one of a case of that name.
        suite.add_test_case(test_case("cases", failed(NonSuccessKind::Error, "no case found")));
    }
    let mut report = Report::new("mmsmate");
    report.add_test_suite(suite);
    out.write_all(report.to_string().map_err(io::Error::other)?.as_bytes())
}

fn test_case(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(&*shown(name), status);
    case.set_classname("mmsmate.check");
    case
}

fn status(outcome: &Outcome) -> TestCaseStatus {
    match &outcome.verdict {
        Verdict::Held | Verdict::Blessed => TestCaseStatus::success(),
        Verdict::Broken(why) => failed(NonSuccessKind::Error, &why.to_string()),
        Verdict::Differs(differences) => {
            let message = human::count(differences.len() as u64, "difference");
            let mut status = failed(NonSuccessKind::Failure, &message);
            let lines: Vec<String> = details(outcome)
                .iter()
                .map(|line| shown(line).into_owned())
                .collect();
            status.set_description(lines.join("\n"));
            status
        }
    }
}

fn failed(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(&*shown(message));
    status
}

/// Markdown: the count, a table of the cases, and the differences.
pub fn write_markdown(out: &mut impl Write, outcomes: &[Outcome]) -> io::Result<()> {
    writeln!(
        out,
        "### mmsmate check\n\n{}\n",
        markdown::escaped(&total(outcomes))
    )?;
    if outcomes.is_empty() {
        return Ok(());
    }
    writeln!(out, "| | case | differences |\n| :-- | :-- | --: |")?;
    for outcome in outcomes {
        let sign = if outcome.verdict.is_good() { "✔" } else { "✘" };
        let word = outcome.verdict.word();
        let lines = details(outcome).len();
        writeln!(
            out,
            "| {sign} {word} | {} | {lines} |",
            markdown::escaped(&outcome.name)
        )?;
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.verdict.is_good()) {
        writeln!(out, "\n**{}**\n", markdown::escaped(&outcome.name))?;
        for line in details(outcome) {
            writeln!(out, "- {}", markdown::escaped(&line))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::CheckError;
    use crate::check::compare::{Difference, Place};

    fn outcomes() -> Vec<Outcome> {
        let outcome = |name: &str, verdict| Outcome {
            name: name.to_owned(),
            verdict,
        };
        vec![
            outcome("captures/a", Verdict::Held),
            outcome("captures/b", Verdict::Blessed),
            outcome(
                "captures/<c>\u{1b}[2J|`",
                Verdict::Differs(vec![Difference {
                    path: "messages[0].state".to_owned(),
                    expected: Some(json!("read")),
                    actual: Some(json!("<script>]]>")),
                    place: Some(Place {
                        capture: 0,
                        frame: 12,
                    }),
                }]),
            ),
            outcome(
                "captures/d",
                Verdict::Broken(CheckError::NoExpectation("no & \"capture\"".to_owned())),
            ),
        ]
    }

    fn written(write: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines() {
        insta::assert_snapshot!(written(|out| write_lines(out, &outcomes(), &Style::default())));
    }

    #[test]
    fn junit() {
        insta::assert_snapshot!(written(|out| write_junit(out, &outcomes())));
    }

    #[test]
    fn markdown_summary() {
        insta::assert_snapshot!(written(|out| write_markdown(out, &outcomes())));
    }

    #[test]
    fn no_case_is_red_everywhere() {
        assert!(written(|out| write_lines(out, &[], &Style::default())).contains("failure"));
        assert!(written(|out| write_junit(out, &[])).contains(r#"errors="1""#));
        assert!(written(|out| write_markdown(out, &[])).contains("failure"));
    }
}
