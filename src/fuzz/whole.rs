//! The whole program in memory: a capture through every stage and into every kind of output.

use std::{
    io::{self, Cursor},
    sync::atomic::AtomicBool,
};

use crate::{
    capture::Captures,
    correlate::{CaptureSpan, Closed, Correlator, PduRecord, Settings},
    pipeline::{self, Analysis},
    report::{
        document::from_capture::anomalies,
        document::from_correlate,
        document::{Document, FORMAT, VERSION},
        pdu::{self, PduObject, Place, Tree},
        query::statistics::Statistics,
        render::{
            csv,
            html::{self, Options},
            json, jsonl, ladder, markdown, show, summary, table,
        },
        words::style::Style,
    },
};

/// What the program makes of a capture.
#[derive(Clone, Debug)]
pub struct Whole {
    /// What it found.
    pub document: Document,
    /// Everything it can print of that, one output after the other.
    pub printed: Vec<(&'static str, Vec<u8>)>,
}

impl Whole {
    /// Octets of all outputs.
    pub fn printed_octets(&self) -> usize {
        self.printed.iter().map(|(_, octets)| octets.len()).sum()
    }
}

/// Analyses a capture and renders what was found in every format. None where the octets are no capture.
pub fn whole(capture: &[u8]) -> Option<Whole> {
    let captures = Captures::read("fuzz", Box::new(Cursor::new(capture.to_vec()))).ok()?;
    let mut correlator = Correlator::new(Settings::default());
    let mut closed = Vec::new();
    let mut pdus = Vec::new();
    let analysis = pipeline::run(captures, &AtomicBool::new(false), |event, pdu| {
        if let (Some(pdu), Some(place)) = (pdu, Place::of(event)) {
            // Writing into memory does not fail.
            let _ = pdu::write_line(&mut pdus, pdu, Some(&place), None, &Style::default());
            let _ = pdu::write_tree(&mut pdus, pdu, Tree::default(), &Style::default());
            let _ = pdu::write_json_line(&mut pdus, &PduObject::seen(pdu, &place));
        }
        correlator.observe(event, pdu.map(PduRecord::from), &mut |found| closed.push(found));
    });
    correlator.finish(&spans(&analysis), &mut |found| closed.push(found));
    let document = document(analysis, closed, &correlator);
    let mut printed = vec![("pdus", pdus)];
    // As above: memory takes what is written.
    let _ = print(&document, &mut printed);
    Some(Whole { document, printed })
}

fn spans(analysis: &Analysis) -> Vec<CaptureSpan> {
    let span = |capture: &crate::capture::CaptureReport| CaptureSpan {
        first: capture.first,
        last: capture.last,
    };
    analysis.captures.iter().map(span).collect()
}

fn document(analysis: Analysis, closed: Vec<Closed>, correlator: &Correlator) -> Document {
    let (mut messages, mut operations) = (Vec::new(), Vec::new());
    for found in closed {
        match found {
            Closed::Message(message) => {
                let id = messages.len() as u64 + 1;
                messages.push(from_correlate::message(id, *message));
            }
            Closed::Operation(operation) => {
                let id = operations.len() as u64 + 1;
                operations.push(from_correlate::operation(id, *operation));
            }
        }
    }
    let mut all = analysis.anomalies;
    all.merge(&correlator.anomalies);
    Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        captures: analysis.captures.iter().map(Into::into).collect(),
        messages,
        operations,
        anomalies: anomalies(&all),
        summary: from_correlate::summary(correlator.totals()),
    }
}

fn print(document: &Document, printed: &mut Vec<(&'static str, Vec<u8>)>) -> io::Result<()> {
    let style = Style::default();
    let messages = || document.messages.iter();
    let mut add = |name, write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut out = Vec::new();
        let written = write(&mut out);
        printed.push((name, out));
        written
    };
    add("table", &|out| table::write(out, messages(), None, true, &style))?;
    add("summary", &|out| {
        let statistics = Statistics::of(messages());
        summary::write(out, document, &document.summary, &statistics, &style)
    })?;
    add("markdown", &|out| markdown::write(out, messages(), None, &style))?;
    add("csv", &|out| csv::write(out, messages(), None))?;
    add("json", &|out| json::write_document(out, document))?;
    add("jsonl", &|out| jsonl::write(out, document, messages()))?;
    add("html", &|out| {
        html::write(out, document, &document.summary, messages(), &Options::default())
    })?;
    add("show", &|out| {
        messages().try_for_each(|message| show::write(out, message, &style))
    })?;
    add("mermaid", &|out| {
        messages().try_for_each(|message| ladder::write_mermaid(out, message))
    })?;
    add("svg", &|out| {
        messages().try_for_each(|message| ladder::write_svg(out, message))
    })?;
    add("ladder", &|out| {
        messages().try_for_each(|message| ladder::write_text(out, message, &style))
    })
}
