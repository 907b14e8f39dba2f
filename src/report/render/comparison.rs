//! Two results before and after a change, for people.

use std::io::{self, Write};

use super::stats::write_rows;
use crate::report::document::FailureKind;
use crate::report::query::comparison::{Compared, Comparison, Rate, Sides, Time};
use crate::report::query::interval::Estimate;
use crate::report::query::stats::shown;
use crate::report::words::explain::kind_in_words;
use crate::report::words::human;
use crate::report::words::style::{Align, Style, Tone};

/// Writes all messages, then each group.
pub fn write(out: &mut impl Write, comparison: &Comparison, style: &Style) -> io::Result<()> {
    write_compared(out, &comparison.total, style)?;
    for group in &comparison.groups {
        let values = group
            .values
            .iter()
            .map(|(name, value)| format!("{name} {}", shown(value)));
        let title = values.collect::<Vec<_>>().join(", ");
        writeln!(out, "\n{}", style.paint(Tone::Strong, style.clean(&title)))?;
        write_compared(out, &group.compared, style)?;
    }
    Ok(())
}

fn write_compared(out: &mut impl Write, compared: &Compared, style: &Style) -> io::Result<()> {
    let mut rows = vec![
        ["", "BEFORE", "AFTER", "CHANGE (95 %)"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let Sides { before, after } = compared.messages;
    rows.push(vec![
        "messages".to_owned(),
        human::grouped(before),
        human::grouped(after),
        String::new(),
    ]);
    let outcomes = compared.outcomes.iter().map(|rate| (rate.name.clone(), rate));
    let failures = compared.failures.iter().map(|rate| (kind(&rate.name), rate));
    for (name, rate) in outcomes.chain(failures) {
        if rate.count != Sides::default() {
            rows.push(rate_row(name, rate, style));
        }
    }
    for time in &compared.times {
        if time.count != Sides::default() {
            rows.extend(time_rows(time, style));
        }
    }
    let aligned = [Align::Left, Align::Left, Align::Left, Align::Left];
    write_rows(out, &rows, &aligned, style)
}

fn kind(name: &str) -> String {
    let kind = FailureKind::ALL.iter().find(|kind| kind.as_str() == name);
    kind.map_or(name, |kind| kind_in_words(*kind)).to_owned()
}

fn rate_row(name: String, rate: &Rate, style: &Style) -> Vec<String> {
    let percent = |estimate: Option<Estimate>, count: u64| match estimate {
        Some(estimate) => format!(
            "{:.1} % ({}; {:.1}{}{:.1})",
            estimate.value * 100.0,
            human::grouped(count),
            estimate.low * 100.0,
            style.dash(),
            estimate.high * 100.0
        ),
        None => "no messages".to_owned(),
    };
    let rise = rate.rise.map(|rise| {
        let points = |share: f64| format!("{:+.1}", share * 100.0);
        let (value, low, high) = (points(rise.value), points(rise.low), points(rise.high));
        let beyond = match rise.low > 0.0 || rise.high < 0.0 {
            true => "",
            false => ", within chance",
        };
        format!("{value} points ({low} to {high}{beyond})")
    });
    vec![
        name,
        percent(rate.share.before, rate.count.before),
        percent(rate.share.after, rate.count.after),
        rise.unwrap_or_default(),
    ]
}

fn time_rows(time: &Time, style: &Style) -> [Vec<String>; 2] {
    let name = time.name.replace('_', " ");
    [("median", time.p50), ("95 %", time.p95)].map(|(what, sides)| {
        let told = |estimate: Option<Estimate>| {
            estimate.map_or_else(String::new, |estimate| {
                format!(
                    "{} ({}{}{})",
                    human::duration(estimate.value),
                    human::duration(estimate.low),
                    style.dash(),
                    human::duration(estimate.high)
                )
            })
        };
        let change = sides.before.zip(sides.after).map(|(before, after)| {
            let apart = after.value - before.value;
            let sign = if apart > 0.0 { "+" } else { "" };
            // Intervals that do not meet are no chance.
            let beyond = match after.low > before.high || after.high < before.low {
                true => "",
                false => " (within chance)",
            };
            format!("{sign}{}{beyond}", human::duration(apart))
        });
        vec![
            format!("{name}, {what}"),
            told(sides.before),
            told(sides.after),
            change.unwrap_or_default(),
        ]
    })
}
