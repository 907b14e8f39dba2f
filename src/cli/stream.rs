//! Messages printed as they are made, so that a result of any size needs no memory for itself: JSON lines as messages
//! close, and the JSON document.

use std::io::{self, Write};

use super::{
    analysis,
    arguments::Span,
    exit::{Exit, Failure},
    input,
    preferences::Preferences,
    view::{self, ViewArgs},
};
use crate::model::SharedSort;
use crate::{
    analysis::Keys,
    correlate::{Closed, Totals},
    pipeline::RunReport,
    report::{
        document::{
            Capture, Diagnosis, Message, Operation, Summary,
            diagnosis::diagnosis,
            from_capture::{anomalies, captures},
            statistics::Tally,
        },
        query::{absent::Absent, selection::Selection},
        redact::Redactor,
        render::{json, jsonl},
    },
};

/// Numbers what closes, selects and redacts it.
struct OutputFilter {
    selection: Selection,
    redactor: Option<Redactor>,
    absent: Absent,
    keys: Keys,
    tally: Tally,
    messages: u64,
    operations: u64,
}

impl OutputFilter {
    /// With what the arguments select of captures of that span.
    fn new(
        arguments: &ViewArgs,
        preferences: &Preferences,
        span: Span,
        redactor: Option<Redactor>,
    ) -> Result<Self, Failure> {
        let selection = view::selection(&arguments.input, &arguments.selection, preferences, span)?;
        Ok(Self {
            absent: Absent::of(&selection),
            keys: Keys::of(input::count(&arguments.input)),
            selection,
            redactor,
            tally: Tally::default(),
            messages: 0,
            operations: 0,
        })
    }

    /// The message as it is to be shown, if it is.
    fn message(&mut self, mut message: Box<Message>) -> Option<Box<Message>> {
        self.messages += 1;
        message.id = self.messages;
        self.keys.settle(&mut message);
        self.absent.look(&message);
        if !self.selection.matches(&message) {
            return None;
        }
        self.tally.add(&message);
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        Some(message)
    }

    fn operation(&mut self, mut operation: Box<Operation>) -> Operation {
        self.operations += 1;
        operation.id = self.operations;
        if let Some(redactor) = &mut self.redactor {
            redactor.operation(&mut operation);
        }
        *operation
    }

    fn captures(&mut self, mut captures: Vec<Capture>) -> Vec<Capture> {
        if let Some(redactor) = &mut self.redactor {
            captures.iter_mut().for_each(|capture| redactor.capture(capture));
        }
        captures
    }

    /// What stands behind the messages.
    fn rest(
        &mut self,
        run: &RunReport,
        totals: &Totals,
        operations: Vec<Operation>,
        mut diagnosis: Vec<Diagnosis>,
    ) -> json::Rest {
        let mut anomalies = anomalies(&run.anomalies);
        if let Some(redactor) = &mut self.redactor {
            anomalies.iter_mut().for_each(|anomaly| redactor.anomaly(anomaly));
            diagnosis.iter_mut().for_each(|entry| redactor.diagnosis(entry));
        }
        let mut context = totals.unjoined.clone();
        if let Some(redactor) = &mut self.redactor {
            context.iter_mut().for_each(|entry| redactor.context_entry(entry));
        }
        let summary = std::mem::take(&mut self.tally).finish(&Summary::from(totals));
        json::Rest {
            operations,
            context,
            anomalies,
            diagnosis,
            summary,
        }
    }

    /// Writes which pseudonym is whose, where that is asked for.
    fn write_map(&self, arguments: &ViewArgs) -> Result<(), Failure> {
        let met = self.redactor.iter().flat_map(Redactor::met);
        arguments.redact.write_map(&arguments.input.captures, met)
    }
}

/// Messages and operations as they close, each a line. What is known of the captures is only complete at the end, so
/// it is written there, before the summary. What is selected may not depend on the span of the captures.
pub(super) fn lines(
    arguments: &ViewArgs,
    preferences: &Preferences,
    out: &mut impl Write,
    chosen: jsonl::Chosen,
) -> Result<Exit, Failure> {
    let redactor = arguments.redact.redactor()?;
    let mut writer = jsonl::Writer::of(out, chosen);
    let mut filter = OutputFilter::new(arguments, preferences, view::span(std::iter::empty()), redactor)?;
    let mut written: io::Result<()> = Ok(());
    let mut take = |closed| {
        if written.is_ok() {
            written = line(&mut writer, &mut filter, closed);
        }
    };
    let Some((read, exit)) = analysis::read(&arguments.input, &arguments.verdict, &mut take) else {
        return Ok(Exit::Unusable);
    };
    let reasons = diagnosis(read.diagnosis());
    let (run, totals) = read.finish(&mut take);
    written?;
    view::complain_of(&filter.absent, arguments);
    let rest = filter.rest(&run, &totals, Vec::new(), reasons);
    let captures = filter.captures(captures(&run.captures, &run.tls));
    let end = jsonl::End {
        context: &rest.context,
        anomalies: &rest.anomalies,
        diagnosis: &rest.diagnosis,
        summary: &rest.summary,
    };
    jsonl::finish(&mut writer, &captures, &end)?;
    filter.write_map(arguments)?;
    Ok(exit.and(view::fail_on(&arguments.fail_on, &captures, &rest.summary)))
}

fn line(writer: &mut jsonl::Writer<impl Write>, filter: &mut OutputFilter, closed: Closed) -> io::Result<()> {
    match closed {
        Closed::Message { message, .. } => match filter.message(message) {
            Some(message) => writer.message(&message),
            None => Ok(()),
        },
        Closed::Operation { operation, .. } => writer.operation(&filter.operation(operation)),
    }
}

/// The document, written as its messages are put together. Those that closed on the way wait for the end, as the
/// inputs stand before them, and find their places among the others by their times.
pub(super) fn document(
    arguments: &ViewArgs,
    preferences: &Preferences,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let redactor = arguments.redact.redactor()?;
    let mut early: Vec<Closed> = Vec::new();
    let read = analysis::read(&arguments.input, &arguments.verdict, &mut |closed| {
        early.push(closed)
    });
    let Some((read, mut exit)) = read else {
        return Ok(Exit::Unusable);
    };
    early.shared_sort_by_key(Closed::first);
    let reports = read.captures().iter();
    let span = view::span(reports.map(|capture| (capture.first, capture.last)));
    let mut filter = OutputFilter::new(arguments, preferences, span, redactor)?;
    let captures = filter.captures(captures(read.captures(), read.tls()));
    json::write_as_made(out, &captures, |hand_over| {
        let mut operations = Vec::new();
        let mut take = |closed: Closed| match closed {
            Closed::Message { message, .. } => {
                if let Some(message) = filter.message(message) {
                    hand_over(&message);
                }
            }
            Closed::Operation { operation, .. } => operations.push(filter.operation(operation)),
        };
        let reasons = diagnosis(read.diagnosis());
        let mut early = early.into_iter().peekable();
        let (run, totals) = read.finish(&mut |closed| {
            let first = closed.first();
            while let Some(earlier) = early.next_if(|earlier| earlier.first() <= first) {
                take(earlier);
            }
            take(closed);
        });
        early.for_each(take);
        view::complain_of(&filter.absent, arguments);
        let rest = filter.rest(&run, &totals, operations, reasons);
        exit = exit.and(view::fail_on(&arguments.fail_on, &captures, &rest.summary));
        rest
    })?;
    out.flush()?;
    filter.write_map(arguments)?;
    Ok(exit)
}
