//! The report's charts as inline SVG: outcomes, failures, times, and messages over time. Numbers stand beside the
//! bars and failures are hatched, so that colour is never alone.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::{SharedSort, Timestamp};
use crate::report::document::statistics::Statistics;
use crate::report::document::{FailureKind, Message, Outcome, Summary};
use crate::report::render::xml::escaped;
use crate::report::words::explain::kind_in_words;
use crate::report::words::human;
use crate::report::words::style::Style;
use crate::report::words::zone::Zone;

/// Width of a chart in its own units; it is scaled to the room there is.
const WIDTH: f64 = 400.0;

/// Most columns of messages over time.
const COLUMNS: usize = 80;

/// Most kinds of failures that get a bar; the others are summed up.
const KINDS: usize = 12;

const fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "f-good",
        Outcome::Failure => "f-bad",
        Outcome::Partial => "f-mixed",
        Outcome::Open => "f-open",
    }
}

fn share(part: u64, whole: u64, length: f64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64 * length
    }
}

fn figure(class: &str, caption: &str, more: &str, svg: &str) -> String {
    let (caption, more) = (escaped(caption), escaped(more));
    format!(
        r#"<figure class="{class}"><figcaption>{caption} <small>{more}</small></figcaption>{svg}</figure>"#
    )
}

fn svg(width: f64, height: f64, label: &str, inside: &str) -> String {
    let id: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
    let hatch = format!(
        r##"<defs><pattern id="h{id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hatch"/></pattern></defs>"##
    );
    let inside = inside.replace("url(#hatch)", &format!("url(#h{id})"));
    format!(
        r#"<svg viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" role="img" aria-label="{}">{hatch}{inside}</svg>"#,
        escaped(label)
    )
}

/// What a click on a bar selects, as attributes that the script reads.
enum Click {
    /// Nothing.
    Nothing,
    /// Messages of an outcome, by its place.
    Outcome(usize),
    /// Messages in which a text is found.
    Text(String),
    /// Messages begun in a span of milliseconds since 1970, without its end.
    Span(i64, i64),
}

impl Click {
    fn attributes(&self) -> String {
        let what = match self {
            Self::Nothing => return String::new(),
            Self::Outcome(place) => format!(r#"data-choose="{place}""#),
            Self::Text(text) => format!(r#"data-find="{}""#, escaped(text)),
            Self::Span(from, until) => format!(r#"data-from="{from}" data-until="{until}""#),
        };
        format!(r#" class="click" role="button" tabindex="0" {what}"#)
    }
}

/// A bar with a tooltip; a failure's is hatched.
fn bar(out: &mut String, place: (f64, f64), size: (f64, f64), class: &str, title: &str, click: &Click) {
    let ((x, y), (width, height)) = (place, size);
    let rect = format!(r#"x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}""#);
    let _ = write!(
        out,
        r#"<g{}><title>{}</title><rect {rect} class="{class}"/>"#,
        click.attributes(),
        escaped(title)
    );
    if class == "f-bad" {
        let _ = write!(out, r#"<rect {rect} fill="url(#hatch)"/>"#);
    }
    out.push_str("</g>");
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
    let _ = write!(
        out,
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" class="{class}">{}</text>"#,
        escaped(text)
    );
}

/// A horizontal bar: its name, its number, its class, and what a click on it selects.
type Line = (String, u64, &'static str, Click);

/// Horizontal bars, a line each: name, bar, number.
fn bars(label: &str, lines: &[Line]) -> String {
    const NAME: f64 = 190.0;
    const NUMBER: f64 = 50.0;
    /// Characters of a name that have room.
    const NAME_CELLS: usize = 29;
    let most = lines.iter().map(|(_, count, ..)| *count).max().unwrap_or(0);
    let mut inside = String::new();
    for (at, (name, count, class, click)) in lines.iter().enumerate() {
        let y = at as f64 * 24.0;
        let length = share(*count, most, WIDTH - NAME - NUMBER);
        let short = Style::default().cut(name, NAME_CELLS);
        text(&mut inside, 0.0, y + 15.0, "start", "", &short);
        bar(
            &mut inside,
            (NAME, y + 3.0),
            (length.max(1.0), 16.0),
            class,
            &format!("{name}: {count}"),
            click,
        );
        text(
            &mut inside,
            NAME + length + 6.0,
            y + 15.0,
            "start",
            "",
            &human::grouped(*count),
        );
    }
    svg(WIDTH, lines.len() as f64 * 24.0 + 2.0, label, &inside)
}

/// Messages by outcome.
pub(super) fn outcomes(summary: &Summary) -> String {
    let counts = [
        (Outcome::Success, summary.success),
        (Outcome::Failure, summary.failure),
        (Outcome::Partial, summary.partial),
        (Outcome::Open, summary.open),
    ];
    let lines: Vec<Line> = counts
        .into_iter()
        .enumerate()
        .map(|(place, (outcome, count))| {
            let percent = share(count, summary.messages, 100.0);
            let name = format!("{outcome} ({percent:.1} %)");
            (name, count, class(outcome), Click::Outcome(place))
        })
        .collect();
    figure("", "Outcomes", "", &bars("Messages by outcome", &lines))
}

/// Failures by kind, the most frequent first; nothing where there are none.
pub(super) fn failures(summary: &Summary) -> String {
    let mut kinds: Vec<(&str, u64)> = summary
        .failures
        .iter()
        .map(|(kind, count)| (kind.as_str(), *count))
        .collect();
    if kinds.is_empty() {
        return String::new();
    }
    kinds.shared_sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rest: u64 = kinds.iter().skip(KINDS).map(|(_, count)| count).sum();
    let words = |name: &str| {
        let kind = FailureKind::ALL.iter().find(|kind| kind.as_str() == name);
        kind.map_or(name, |kind| kind_in_words(*kind)).to_owned()
    };
    let mut lines: Vec<Line> = kinds
        .iter()
        .take(KINDS)
        .map(|(kind, count)| (words(kind), *count, "f-bad", Click::Text((*kind).to_owned())))
        .collect();
    if rest > 0 {
        lines.push(("other".to_owned(), rest, "f-bad", Click::Nothing));
    }
    figure("", "Failures", "", &bars("Failures by kind", &lines))
}

/// Messages by MMSC, the one with most first; nothing where none is known.
pub(super) fn mmscs<'a>(messages: impl Iterator<Item = &'a Message>) -> String {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for message in messages {
        if let Some(mmsc) = message.mmsc.as_deref() {
            let (all, failed) = counts.entry(mmsc).or_default();
            *all += 1;
            *failed += u64::from(message.outcome == Outcome::Failure);
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    let mut counts: Vec<(&str, (u64, u64))> = counts.into_iter().collect();
    counts.shared_sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rest: u64 = counts.iter().skip(KINDS).map(|(_, (all, _))| all).sum();
    let mut lines: Vec<Line> = counts
        .iter()
        .take(KINDS)
        .map(|(mmsc, (all, failed))| {
            let name = match failed {
                0 => (*mmsc).to_owned(),
                failed => format!("{mmsc} (✘ {failed})"),
            };
            (name, *all, "f-plain", Click::Text((*mmsc).to_owned()))
        })
        .collect();
    if rest > 0 {
        lines.push(("other".to_owned(), rest, "f-plain", Click::Nothing));
    }
    figure("", "MMSCs", "", &bars("Messages by MMSC", &lines))
}

/// Upper ends of the columns of a histogram of times, in milliseconds; about half a decade each, then
/// what is spoken of in minutes.
const STEPS: &[f64] = &[
    10.0,
    30.0,
    100.0,
    300.0,
    1_000.0,
    3_000.0,
    10_000.0,
    30_000.0,
    60_000.0,
    300_000.0,
    1_800_000.0,
];

/// A histogram for each kind of time that was measured.
pub(super) fn times(statistics: &Statistics) -> String {
    let all = [
        ("Send", &statistics.send),
        ("Notification to retrieval", &statistics.notify_to_retrieve),
        ("End to end", &statistics.end_to_end),
    ];
    let mut figures = String::new();
    for (name, durations) in all {
        let Some(spread) = durations.spread() else {
            continue;
        };
        let mut counts = vec![0_u64; STEPS.len() + 1];
        for value in durations.values() {
            let column = STEPS.iter().position(|step| value < step).unwrap_or(STEPS.len());
            if let Some(count) = counts.get_mut(column) {
                *count += 1;
            }
        }
        let caption = format!(
            "median {}, 95 % within {}, longest {}",
            human::duration(spread.p50),
            human::duration(spread.p95),
            human::duration(spread.max)
        );
        figures.push_str(&figure("", name, &caption, &histogram(name, &counts)));
    }
    figures
}

fn histogram(name: &str, counts: &[u64]) -> String {
    const HEIGHT: f64 = 96.0;
    let most = counts.iter().copied().max().unwrap_or(0);
    let step = WIDTH / counts.len() as f64;
    let mut inside = String::new();
    for (at, count) in counts.iter().enumerate() {
        let x = at as f64 * step;
        let height = share(*count, most, HEIGHT);
        let upper = STEPS
            .get(at)
            .map(|step| format!("under {}", human::duration(*step)));
        let title = format!("{}: {count}", upper.unwrap_or_else(|| "longer".to_owned()));
        bar(
            &mut inside,
            (x + 2.0, 16.0 + HEIGHT - height),
            (step - 4.0, height),
            "f-plain",
            &title,
            &Click::Nothing,
        );
        if *count > 0 {
            text(
                &mut inside,
                x + step / 2.0,
                12.0 + HEIGHT - height,
                "middle",
                "soft",
                &human::grouped(*count),
            );
        }
        if let (Some(end), true) = (STEPS.get(at), at % 2 == 0) {
            text(
                &mut inside,
                x + step,
                HEIGHT + 31.0,
                "middle",
                "soft",
                &round(*end),
            );
        }
    }
    let _ = write!(
        inside,
        r#"<path d="M0 {y}H{WIDTH}" class="rule"/>"#,
        y = HEIGHT + 16.5
    );
    svg(WIDTH, HEIGHT + 36.0, name, &inside)
}

/// Messages begun over time, by outcome.
pub(super) fn over_time<'a>(messages: impl Iterator<Item = &'a Message>, zone: &Zone) -> String {
    let starts: Vec<(i64, Outcome)> = messages
        .filter_map(|message| {
            let at = jiff::Timestamp::from(message.started?);
            Some((at.as_millisecond(), message.outcome))
        })
        .collect();
    let first = starts.iter().map(|(at, _)| *at).min();
    let last = starts.iter().map(|(at, _)| *at).max();
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let step = step(last.saturating_sub(first));
    let origin = first.div_euclid(step);
    let columns = usize::try_from(last.div_euclid(step) - origin).unwrap_or(0) + 1;
    let mut counts = vec![[0_u64; Outcome::ALL.len()]; columns];
    for (at, outcome) in starts {
        let column = usize::try_from(at.div_euclid(step) - origin).unwrap_or(0);
        let place = Outcome::ALL.iter().position(|each| *each == outcome).unwrap_or(0);
        if let Some(count) = counts.get_mut(column).and_then(|column| column.get_mut(place)) {
            *count += 1;
        }
    }
    let caption = format!("a column is {}", round(step as f64));
    figure(
        "wide",
        "Messages over time",
        &caption,
        &stacked(&counts, origin, step, zone),
    )
}

/// A round duration without what is nought: `1 s`, `10 min`.
fn round(milliseconds: f64) -> String {
    let text = human::duration(milliseconds).replace(".0 ", " ");
    let short = text.strip_suffix(" 0 s").or_else(|| text.strip_suffix(" 0 min"));
    short.unwrap_or(&text).to_owned()
}

/// The shortest round step, in milliseconds, with which a span has no more columns than fit.
fn step(span: i64) -> i64 {
    const ROUND: &[i64] = &[
        100,
        1_000,
        5_000,
        10_000,
        30_000,
        60_000,
        300_000,
        600_000,
        1_800_000,
        3_600_000,
        21_600_000,
        86_400_000,
        604_800_000,
    ];
    let most = i64::try_from(COLUMNS).unwrap_or(i64::MAX) - 1;
    let round = ROUND.iter().copied().find(|step| span / step < most);
    round.unwrap_or_else(|| span / most + 1)
}

fn stacked(counts: &[[u64; 4]], origin: i64, step: i64, zone: &Zone) -> String {
    const HEIGHT: f64 = 130.0;
    const WIDE: f64 = 1100.0;
    let most = counts
        .iter()
        .map(|column| column.iter().sum::<u64>())
        .max()
        .unwrap_or(0);
    let column_width = (WIDE / counts.len() as f64).min(60.0);
    let written = |column: usize| {
        let column = i64::try_from(column).unwrap_or(0);
        let milliseconds = origin.saturating_add(column).saturating_mul(step);
        Timestamp::from_nanoseconds(milliseconds.saturating_mul(1_000_000))
    };
    let begin = |column: usize| {
        let column = i64::try_from(column).unwrap_or(0);
        origin.saturating_add(column).saturating_mul(step)
    };
    let to_the_second = |column: usize| {
        let time = human::day_and_clock(written(column), zone);
        format!("{} {}", human::to_the_second(&time), zone.offset(written(column)))
    };
    let mut inside = String::new();
    for (at, column) in counts.iter().enumerate() {
        let x = at as f64 * column_width;
        let mut y = 16.0 + HEIGHT;
        for (outcome, count) in Outcome::ALL.iter().zip(column).filter(|(_, count)| **count > 0) {
            let height = share(*count, most, HEIGHT);
            y -= height;
            let title = format!("{}: {count} {outcome}", human::instant(written(at), zone));
            bar(
                &mut inside,
                (x + 0.5, y),
                (column_width - 1.0, height),
                class(*outcome),
                &title,
                &Click::Span(begin(at), begin(at + 1)),
            );
        }
    }
    let width = column_width * counts.len() as f64;
    let _ = write!(
        inside,
        r#"<path d="M0 {y}H{WIDE}" class="rule"/>"#,
        y = HEIGHT + 16.5
    );
    text(
        &mut inside,
        0.0,
        11.0,
        "start",
        "soft",
        &format!("most in a column: {}", human::grouped(most)),
    );
    text(
        &mut inside,
        0.0,
        HEIGHT + 33.0,
        "start",
        "soft",
        &to_the_second(0),
    );
    if width > WIDE / 2.0 {
        text(
            &mut inside,
            width.min(WIDE),
            HEIGHT + 33.0,
            "end",
            "soft",
            &to_the_second(counts.len()),
        );
    }
    svg(WIDE, HEIGHT + 38.0, "Messages over time", &inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn steps_are_round_and_columns_fit() {
        for span in [
            0,
            1,
            999,
            60_000,
            3_600_000,
            86_400_000,
            400 * 86_400_000_i64,
            i64::MAX / 2,
        ] {
            let step = step(span);
            assert!(span / step < COLUMNS as i64, "{span} {step}");
        }
        assert_eq!(step(3_600_000), 60_000);
    }

    #[test]
    fn columns_show_every_message() {
        let messages = sample::document().messages;
        let svg = over_time(messages.iter(), &Zone::UTC);
        for outcome in Outcome::ALL {
            assert!(svg.contains(&format!(": 1 {outcome}")), "{svg}");
        }
        assert_eq!(over_time([].into_iter(), &Zone::UTC), "");
    }

    #[test]
    fn histograms_count_every_value() {
        let mut statistics = Statistics::default();
        for value in [1.0, 9.9, 10.0, 1e9] {
            statistics.send.add(value);
        }
        let svg = times(&statistics);
        assert!(
            svg.contains("under 10 ms: 2") && svg.contains("under 30 ms: 1") && svg.contains("longer: 1"),
            "{svg}"
        );
    }

    #[test]
    fn unknown_kinds_are_escaped() {
        let mut summary = Summary::default();
        summary.failures.insert("<script>".to_owned(), 1);
        assert!(!failures(&summary).contains("<script"));
    }
}
