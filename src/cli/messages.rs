//! `mmsmate messages`, the default: one row per message, or the whole analysis as JSON.

use std::io::{self, BufWriter, IsTerminal, Write};

use super::{
    analysis,
    args::{Format, MessagesArgs},
    exit::{Exit, Failure},
};
use crate::{
    correlate::Closed,
    report::{
        anomalies,
        document::Document,
        from_correlate, json, jsonl,
        statistics::Statistics,
        style::{ColorChoice, Style},
        summary, table,
    },
};

/// Runs the subcommand.
pub(super) fn run(arguments: &MessagesArgs) -> Result<Exit, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    if arguments.format == Format::Jsonl {
        return stream(arguments, &mut out);
    }
    let Some(analysed) = analysis::analyse(&arguments.input, &arguments.verdict) else {
        return Ok(Exit::Unusable);
    };
    match arguments.format {
        Format::Json => json::write(&mut out, &analysed.document, true)?,
        Format::Table | Format::Jsonl => write_table(&mut out, &analysed.document)?,
    }
    out.flush()?;
    Ok(analysed.exit)
}

fn write_table(out: &mut impl Write, document: &Document) -> io::Result<()> {
    let style = style();
    table::write(out, document.messages.iter(), None, &style)?;
    if !document.messages.is_empty() {
        writeln!(out)?;
    }
    summary::write(
        out,
        document,
        &document.summary,
        &Statistics::of(&document.messages),
        &style,
    )
}

fn style() -> Style {
    let is_terminal = io::stdout().is_terminal();
    Style {
        colour: ColorChoice::Auto.resolve(is_terminal, |name| std::env::var(name).ok()),
        ascii: false,
        width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
    }
}

/// Messages and operations as they close, each a line. The captures come first where they can: what is known of
/// them is only complete at the end, so they are written there, before the summary.
fn stream(arguments: &MessagesArgs, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut writer = jsonl::Writer::new(&mut *out);
    let mut failed: Option<io::Error> = None;
    let (mut messages, mut operations) = (0, 0);
    let run = analysis::run(&arguments.input, &arguments.verdict, |closed| {
        let written = match closed {
            Closed::Message(message) => {
                messages += 1;
                writer.message(&from_correlate::message(messages, *message))
            }
            Closed::Operation(operation) => {
                operations += 1;
                writer.operation(&from_correlate::operation(operations, *operation))
            }
        };
        if let Err(error) = written {
            failed.get_or_insert(error);
        }
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let Some(run) = run else { return Ok(Exit::Unusable) };
    for capture in &run.captures {
        writer.capture(capture)?;
    }
    for anomaly in &anomalies(&run.anomalies) {
        writer.anomaly(anomaly)?;
    }
    writer.summary(&run.summary)?;
    Ok(run.exit)
}
