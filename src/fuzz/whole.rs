//! The whole program in memory: a capture through every stage and into every kind of output.

use std::io::{self, Cursor};

use crate::{
    analysis::{Options, analyze},
    capture::Captures,
    mms::Pdu,
    pipeline::Observer,
    report::{
        document::Document,
        document::statistics::Statistics,
        pdu::{self, PduObject, Place, Tree},
        render::{csv, html, json, jsonl, ladder, markdown, show, summary, table},
        words::{names::HostNames, style::Style, undecided::Surroundings},
    },
    session::CarrierEvent,
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
    let mut pdus = PrintedPdus::default();
    let document = analyze(captures, &Options::default(), &mut pdus).into();
    let mut printed = vec![("pdus", pdus.0)];
    // Memory takes what is written.
    let _ = print(&document, &mut printed);
    Some(Whole { document, printed })
}

/// Every PDU in the formats of `mmsmate pdus`.
#[derive(Default)]
struct PrintedPdus(Vec<u8>);

impl Observer for PrintedPdus {
    fn pdu(&mut self, carrier: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        let Some(place) = Place::of(carrier) else { return };
        // Writing into memory does not fail.
        let _ = pdu::write_line(&mut self.0, pdu, Some(&place), None, &Style::default());
        let _ = pdu::write_tree(&mut self.0, pdu, Tree::default(), &Style::default());
        let _ = pdu::write_json_line(&mut self.0, &PduObject::seen(pdu, &place));
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
    add("csv", &|out| {
        csv::write(out, messages(), None, csv::Reader::Spreadsheet)
    })?;
    add("json", &|out| json::write_document(out, document))?;
    add("jsonl", &|out| jsonl::write(out, document, messages()))?;
    add("html", &|out| {
        html::write(
            out,
            document,
            &document.summary,
            messages(),
            &html::Options::default(),
        )
    })?;
    add("show", &|out| {
        messages().try_for_each(|message| show::write(out, message, &Surroundings::of(document), &style))
    })?;
    add("mermaid", &|out| {
        messages().try_for_each(|message| ladder::write_mermaid(out, message, &HostNames::NONE))
    })?;
    add("svg", &|out| {
        messages().try_for_each(|message| ladder::write_svg(out, message, &HostNames::NONE))
    })?;
    add("ladder", &|out| {
        messages().try_for_each(|message| ladder::write_text(out, message, &style))
    })
}
