//! How `pdus` and `decode` print PDUs.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::{
    mms::Decoded,
    report::{
        pdu::{self, CsvWriter, JsonWriter, PduObject, Place, Tree},
        style::{Style, Tone},
    },
};

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PduFormat {
    /// One line per PDU
    Line,
    /// Every field with its offset and its octets
    Tree,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// One row per PDU, one column per header
    Csv,
}

/// Where a PDU comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// A capture.
    Place(&'a Place),
    /// A file.
    File(&'a str),
}

/// Prints PDUs as they come.
pub(super) struct Printer<W: Write> {
    output: Output<W>,
    style: Style,
}

enum Output<W: Write> {
    Line(W),
    Tree(W, Tree),
    Json(JsonWriter<W>),
    Jsonl(W),
    Csv(Box<CsvWriter<W>>),
}

impl<W: Write> Printer<W> {
    /// Begins the output; `files` says whether the PDUs come from files rather than captures.
    pub(super) fn new(
        format: PduFormat,
        files: bool,
        all_data: bool,
        style: Style,
        out: W,
    ) -> io::Result<Self> {
        let output = match format {
            PduFormat::Line => Output::Line(out),
            PduFormat::Tree => Output::Tree(out, Tree { all_data }),
            PduFormat::Json => Output::Json(JsonWriter::new(out)?),
            PduFormat::Jsonl => Output::Jsonl(out),
            PduFormat::Csv if files => Output::Csv(Box::new(CsvWriter::of_files(out)?)),
            PduFormat::Csv => Output::Csv(Box::new(CsvWriter::of_captures(out)?)),
        };
        Ok(Self { output, style })
    }

    pub(super) fn print(&mut self, decoded: &Decoded<'_>, origin: Origin<'_>) -> io::Result<()> {
        let place = match origin {
            Origin::Place(place) => Some(place),
            Origin::File(_) => None,
        };
        let object = || match origin {
            Origin::Place(place) => PduObject::seen(decoded, place),
            Origin::File(file) => PduObject::bare(decoded, file),
        };
        match &mut self.output {
            Output::Line(out) => {
                if let Origin::File(file) = origin {
                    write!(out, "{}  ", self.style.clean(file))?;
                }
                pdu::write_line(out, decoded, place, &self.style)
            }
            Output::Tree(out, tree) => {
                match origin {
                    Origin::File(file) => {
                        writeln!(out, "{}", self.style.paint(Tone::Strong, self.style.clean(file)))?;
                    }
                    Origin::Place(_) => pdu::write_line(out, decoded, place, &self.style)?,
                }
                pdu::write_tree(out, decoded, *tree, &self.style)?;
                writeln!(out)
            }
            Output::Json(writer) => writer.write(&object()),
            Output::Jsonl(out) => pdu::write_json_line(out, &object()),
            Output::Csv(writer) => match origin {
                Origin::Place(place) => writer.write_seen(decoded, place),
                Origin::File(file) => writer.write_bare(decoded, file),
            },
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self.output {
            Output::Line(mut out) | Output::Tree(mut out, _) | Output::Jsonl(mut out) => out.flush(),
            Output::Json(writer) => writer.finish(),
            Output::Csv(writer) => writer.finish(),
        }
    }
}
