//! From captures to the document: runs the pipeline with correlation behind it.

use super::{
    args::{InputArgs, VerdictArgs},
    exit::Exit,
    input,
};
use crate::{
    correlate::{CaptureSpan, Closed, Correlator, PduRecord, Settings},
    model::AnomalyLog,
    pipeline::{self, Analysis, Limits},
    report::{
        document::from_capture::anomalies,
        document::from_correlate,
        document::{Capture, Document, FORMAT, Summary, VERSION},
    },
};

/// What a whole run found.
pub(super) struct Analysed {
    /// Everything, in output order.
    pub(super) document: Document,
    /// How the run ended as far as the inputs decide it.
    pub(super) exit: Exit,
}

impl From<&VerdictArgs> for Settings {
    fn from(arguments: &VerdictArgs) -> Self {
        Self {
            response_timeout: arguments.response_timeout.0,
            lifetime: arguments.lifetime.0,
        }
    }
}

/// Analyses the inputs to their end. `None` where none of them can be read; that has been said then.
pub(super) fn analyse(input: &InputArgs, verdict: &VerdictArgs) -> Option<Analysed> {
    let mut messages = Vec::new();
    let mut operations = Vec::new();
    let run = run(input, verdict, |closed| match closed {
        Closed::Message(message) => messages.push(message),
        Closed::Operation(operation) => operations.push(operation),
    })?;
    messages.sort_by_key(|message| message.first);
    operations.sort_by_key(|operation| operation.first);
    let document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        captures: run.captures,
        messages: (1..)
            .zip(messages)
            .map(|(id, message)| from_correlate::message(id, *message))
            .collect(),
        operations: (1..)
            .zip(operations)
            .map(|(id, operation)| from_correlate::operation(id, *operation))
            .collect(),
        anomalies: anomalies(&run.anomalies),
        summary: run.summary,
    };
    Some(Analysed {
        document,
        exit: run.exit,
    })
}

/// What is left of a run when its messages have been handed on.
pub(super) struct Run {
    /// One per input.
    pub(super) captures: Vec<Capture>,
    /// Odd things of all stages.
    pub(super) anomalies: AnomalyLog,
    /// Totals.
    pub(super) summary: Summary,
    /// How the run ended as far as the inputs decide it.
    pub(super) exit: Exit,
}

/// Analyses the inputs and hands on messages and operations as they close.
pub(super) fn run(input: &InputArgs, verdict: &VerdictArgs, mut closed: impl FnMut(Closed)) -> Option<Run> {
    Some(read(input, verdict, &mut closed)?.finish(&mut closed))
}

/// The inputs, read to their ends; what is still open is to be closed.
pub(super) struct Read {
    /// One per input.
    pub(super) captures: Vec<Capture>,
    analysis: Analysis,
    correlator: Correlator,
    exit: Exit,
}

/// Reads the inputs to their ends and hands on what closes on the way.
pub(super) fn read(
    input: &InputArgs,
    verdict: &VerdictArgs,
    closed: &mut impl FnMut(Closed),
) -> Option<Read> {
    let opened = input::open(input)?;
    let limits: Limits = (&input.limit).into();
    let mut correlator = Correlator::within(verdict.into(), limits.correlate);
    let analysis = pipeline::run_within(opened.captures, &limits, &input::Watcher::new(), |event, pdu| {
        correlator.observe(event, pdu.map(PduRecord::from), closed)
    });
    input::warn(&analysis.captures);
    Some(Read {
        captures: analysis.captures.iter().map(Into::into).collect(),
        exit: opened.exit.and(input::strictness(input, &analysis.captures)),
        analysis,
        correlator,
    })
}

impl Read {
    /// Closes what is still open and hands it on, in output order.
    pub(super) fn finish(mut self, closed: &mut impl FnMut(Closed)) -> Run {
        self.correlator.finish(&spans(&self.analysis), closed);
        let mut anomalies = self.analysis.anomalies;
        anomalies.merge(&self.correlator.anomalies);
        Run {
            captures: self.captures,
            anomalies,
            summary: from_correlate::summary(self.correlator.totals()),
            exit: self.exit,
        }
    }
}

fn spans(analysis: &Analysis) -> Vec<CaptureSpan> {
    analysis
        .captures
        .iter()
        .map(|capture| CaptureSpan {
            first: capture.first,
            last: capture.last,
        })
        .collect()
}
