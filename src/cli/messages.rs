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
        document::{Document, Message, Operation},
        from_correlate, json, jsonl,
        statistics::Statistics,
        style::{ColorChoice, Style},
        summary, table,
    },
};

/// Runs the subcommand.
pub(super) fn run(arguments: &MessagesArgs) -> Result<Exit, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        Format::Jsonl => return stream(arguments, &mut out),
        Format::Json => return as_document(arguments, &mut out),
        Format::Table => {}
    }
    let Some(analysed) = analysis::analyse(&arguments.input, &arguments.verdict) else {
        return Ok(Exit::Unusable);
    };
    write_table(&mut out, &analysed.document)?;
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

/// The document, written as its messages are put together. Those that closed on the way wait for the end, as the
/// inputs stand before them, and find their places among the others by their times.
fn as_document(arguments: &MessagesArgs, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut early: Vec<Closed> = Vec::new();
    let read = analysis::read(&arguments.input, &arguments.verdict, &mut |closed| {
        early.push(closed)
    });
    let Some(read) = read else {
        return Ok(Exit::Unusable);
    };
    early.sort_by_key(Closed::first);
    let captures = read.captures.clone();
    let mut exit = Exit::Ran;
    json::write_as_made(out, &captures, |hand_over| {
        let mut numbered = Numbered::new(hand_over);
        let mut early = early.into_iter().peekable();
        let run = read.finish(&mut |closed| {
            let first = closed.first();
            while let Some(earlier) = early.next_if(|earlier| earlier.first() <= first) {
                numbered.take(earlier);
            }
            numbered.take(closed);
        });
        early.for_each(|closed| numbered.take(closed));
        exit = run.exit;
        json::Rest {
            operations: numbered.operations,
            anomalies: anomalies(&run.anomalies),
            summary: run.summary,
        }
    })?;
    out.flush()?;
    Ok(exit)
}

/// Numbers what it is given, hands messages on and keeps operations, which stand behind them.
struct Numbered<'a> {
    messages: u64,
    hand_over: &'a mut dyn FnMut(&Message),
    operations: Vec<Operation>,
}

impl<'a> Numbered<'a> {
    fn new(hand_over: &'a mut dyn FnMut(&Message)) -> Self {
        Self {
            messages: 0,
            hand_over,
            operations: Vec::new(),
        }
    }

    fn take(&mut self, closed: Closed) {
        match closed {
            Closed::Message(message) => {
                self.messages += 1;
                (self.hand_over)(&from_correlate::message(self.messages, *message));
            }
            Closed::Operation(operation) => {
                let id = self.operations.len() as u64 + 1;
                self.operations.push(from_correlate::operation(id, *operation));
            }
        }
    }
}
