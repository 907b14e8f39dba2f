//! Messages printed as they are made, so that a result of any size needs no memory for itself: JSON lines as messages
//! close, and the JSON document.

use std::io::{self, Write};

use super::{
    analysis::{self, Run},
    exit::{Exit, Failure},
    view::{self, ViewArgs},
};
use crate::{
    correlate::{self, Closed},
    report::{
        document::from_capture::anomalies,
        document::from_correlate,
        document::{Capture, Message, Operation, Summary},
        query::selection::Selection,
        redact::Redactor,
        render::{json, jsonl, summary},
    },
};

/// Numbers what closes, selects and redacts it.
struct Sieve {
    selection: Selection,
    redactor: Option<Redactor>,
    selected: Summary,
    messages: u64,
    operations: u64,
}

impl Sieve {
    fn new(arguments: &ViewArgs) -> Self {
        Self {
            selection: arguments.selection.selection(),
            redactor: arguments.redact.then(Redactor::default),
            selected: Summary::default(),
            messages: 0,
            operations: 0,
        }
    }

    /// The message as it is to be shown, if it is.
    fn message(&mut self, message: correlate::Message) -> Option<Message> {
        self.messages += 1;
        let mut message = from_correlate::message(self.messages, message);
        if !self.selection.matches(&message) {
            return None;
        }
        summary::count(&mut self.selected, &message);
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        Some(message)
    }

    fn operation(&mut self, operation: correlate::Operation) -> Operation {
        self.operations += 1;
        let mut operation = from_correlate::operation(self.operations, operation);
        if let Some(redactor) = &mut self.redactor {
            redactor.operation(&mut operation);
        }
        operation
    }

    fn captures(&mut self, mut captures: Vec<Capture>) -> Vec<Capture> {
        if let Some(redactor) = &mut self.redactor {
            captures.iter_mut().for_each(|capture| redactor.capture(capture));
        }
        captures
    }

    /// What stands behind the messages.
    fn rest(&mut self, run: &Run, operations: Vec<Operation>) -> json::Rest {
        let mut anomalies = anomalies(&run.anomalies);
        if let Some(redactor) = &mut self.redactor {
            anomalies.iter_mut().for_each(|anomaly| redactor.anomaly(anomaly));
        }
        let summary = match self.selection.is_all() {
            true => run.summary.clone(),
            false => Summary {
                pdus: run.summary.pdus.clone(),
                malformed_pdus: run.summary.malformed_pdus,
                ..std::mem::take(&mut self.selected)
            },
        };
        json::Rest {
            operations,
            anomalies,
            summary,
        }
    }
}

/// Messages and operations as they close, each a line. What is known of the captures is only complete at the end, so
/// it is written there, before the summary.
pub(super) fn lines(arguments: &ViewArgs, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut writer = jsonl::Writer::new(out);
    let mut sieve = Sieve::new(arguments);
    let mut written: io::Result<()> = Ok(());
    let run = analysis::run(&arguments.input, &arguments.verdict, |closed| {
        if written.is_ok() {
            written = line(&mut writer, &mut sieve, closed);
        }
    });
    written?;
    let Some(run) = run else {
        return Ok(Exit::Unusable);
    };
    let rest = sieve.rest(&run, Vec::new());
    let exit = run.exit;
    let captures = sieve.captures(run.captures);
    jsonl::finish(&mut writer, &captures, &rest.anomalies, &rest.summary)?;
    Ok(exit.and(view::fail_on(&arguments.fail_on, &captures, &rest.summary)))
}

fn line(writer: &mut jsonl::Writer<impl Write>, sieve: &mut Sieve, closed: Closed) -> io::Result<()> {
    match closed {
        Closed::Message(message) => match sieve.message(*message) {
            Some(message) => writer.message(&message),
            None => Ok(()),
        },
        Closed::Operation(operation) => writer.operation(&sieve.operation(*operation)),
    }
}

/// The document, written as its messages are put together. Those that closed on the way wait for the end, as the
/// inputs stand before them, and find their places among the others by their times.
pub(super) fn document(arguments: &ViewArgs, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut early: Vec<Closed> = Vec::new();
    let read = analysis::read(&arguments.input, &arguments.verdict, &mut |closed| {
        early.push(closed)
    });
    let Some(read) = read else {
        return Ok(Exit::Unusable);
    };
    early.sort_by_key(Closed::first);
    let mut sieve = Sieve::new(arguments);
    let captures = sieve.captures(read.captures.clone());
    let mut exit = Exit::Ran;
    json::write_as_made(out, &captures, |hand_over| {
        let mut operations = Vec::new();
        let mut take = |closed: Closed| match closed {
            Closed::Message(message) => {
                if let Some(message) = sieve.message(*message) {
                    hand_over(&message);
                }
            }
            Closed::Operation(operation) => operations.push(sieve.operation(*operation)),
        };
        let mut early = early.into_iter().peekable();
        let run = read.finish(&mut |closed| {
            let first = closed.first();
            while let Some(earlier) = early.next_if(|earlier| earlier.first() <= first) {
                take(earlier);
            }
            take(closed);
        });
        early.for_each(take);
        let rest = sieve.rest(&run, operations);
        exit = run
            .exit
            .and(view::fail_on(&arguments.fail_on, &captures, &rest.summary));
        rest
    })?;
    out.flush()?;
    Ok(exit)
}
