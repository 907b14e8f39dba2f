//! Messages written as they are put together, so that memory holds what is open and not what was found: JSON lines
//! as they close, and the JSON document, whose messages stand in time order.

use std::io::{self, BufWriter, Write};

use super::{
    analysis::{self, Run},
    exit::{Exit, Failure},
    view::{self, ViewArgs},
};
use crate::{
    correlate::Closed,
    report::{
        anomalies,
        document::{Document, FORMAT, Message, Operation, Summary, VERSION},
        from_correlate, json, jsonl,
        redact::Redactor,
        selection::Selection,
        summary,
    },
};

/// JSON lines: messages and operations as they close. What is known of the captures is only complete at the end,
/// so it is written there, before the summary.
pub(super) fn as_lines(arguments: &ViewArgs) -> Result<Exit, Failure> {
    let mut writer = jsonl::Writer::new(BufWriter::new(io::stdout().lock()));
    let mut shown = Shown::new(arguments);
    let mut written = Ok(());
    let run = analysis::run(&arguments.input, &arguments.verdict, |closed| {
        if written.is_ok() {
            written = match shown.take(closed) {
                Taken::Message(message) => writer.message(&message),
                Taken::Operation(operation) => writer.operation(&operation),
                Taken::NotSelected => Ok(()),
            };
        }
    });
    written?;
    let Some(run) = run else { return Ok(Exit::Unusable) };
    let exit = run.exit;
    let rest = shown.rest(run);
    jsonl::finish(&mut writer, &rest)?;
    Ok(exit.and(view::fail_on(&arguments.fail_on, &rest, &rest.summary)))
}

/// The JSON document. Messages that closed on the way wait for the end, as the inputs stand before them, and find
/// their places among the others by their times.
pub(super) fn as_document(arguments: &ViewArgs) -> Result<Exit, Failure> {
    let mut early: Vec<Closed> = Vec::new();
    let read = analysis::read(&arguments.input, &arguments.verdict, &mut |closed| {
        early.push(closed)
    });
    let Some(read) = read else {
        return Ok(Exit::Unusable);
    };
    early.sort_by_key(Closed::first);
    let mut shown = Shown::new(arguments);
    let mut captures = read.captures.clone();
    if let Some(redactor) = &mut shown.redactor {
        captures.iter_mut().for_each(|capture| redactor.capture(capture));
    }
    let mut exit = Exit::Ran;
    let mut out = BufWriter::new(io::stdout().lock());
    json::write_as_made(&mut out, &captures, |hand_over| {
        let mut operations = Vec::new();
        let mut take = |closed| match shown.take(closed) {
            Taken::Message(message) => hand_over(&message),
            Taken::Operation(operation) => operations.push(*operation),
            Taken::NotSelected => {}
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
        exit = run.exit;
        let rest = shown.rest(run);
        exit = exit.and(view::fail_on(&arguments.fail_on, &rest, &rest.summary));
        json::Rest {
            operations,
            anomalies: rest.anomalies,
            summary: rest.summary,
        }
    })?;
    out.flush()?;
    Ok(exit)
}

/// Numbers what closes, selects, redacts and counts.
struct Shown {
    selection: Selection,
    redactor: Option<Redactor>,
    selected: Summary,
    messages: u64,
    operations: u64,
}

/// What became of something that closed.
enum Taken {
    Message(Box<Message>),
    Operation(Box<Operation>),
    NotSelected,
}

impl Shown {
    fn new(arguments: &ViewArgs) -> Self {
        Self {
            selection: arguments.selection.selection(),
            redactor: arguments.redact.then(Redactor::default),
            selected: Summary::default(),
            messages: 0,
            operations: 0,
        }
    }

    fn take(&mut self, closed: Closed) -> Taken {
        match closed {
            Closed::Message(message) => {
                self.messages += 1;
                self.message(from_correlate::message(self.messages, *message))
            }
            Closed::Operation(operation) => {
                self.operations += 1;
                let mut operation = from_correlate::operation(self.operations, *operation);
                if let Some(redactor) = &mut self.redactor {
                    redactor.operation(&mut operation);
                }
                Taken::Operation(Box::new(operation))
            }
        }
    }

    fn message(&mut self, mut message: Message) -> Taken {
        if !self.selection.matches(&message) {
            return Taken::NotSelected;
        }
        summary::count(&mut self.selected, &message);
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        Taken::Message(Box::new(message))
    }

    /// What stands around the messages. The totals are those of the messages selected.
    fn rest(mut self, run: Run) -> Document {
        let totals = Summary {
            pdus: run.summary.pdus.clone(),
            malformed_pdus: run.summary.malformed_pdus,
            ..self.selected
        };
        let mut rest = Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            captures: run.captures,
            messages: Vec::new(),
            operations: Vec::new(),
            anomalies: anomalies(&run.anomalies),
            summary: if self.selection.is_all() {
                run.summary
            } else {
                totals
            },
        };
        if let Some(redactor) = &mut self.redactor {
            redactor.document(&mut rest);
        }
        rest
    }
}
