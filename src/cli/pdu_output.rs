//! How `pdus` and `decode` print PDUs.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::{
    arguments::RedactArgs,
    exit::Failure,
    output::{CsvArgs, OutputArgs},
    preferences::Preferences,
};

use crate::{
    mms::Pdu,
    report::{
        pdu::{self, CsvWriter, JsonWriter, PduObject, Place, Tree},
        redact::Redactor,
        words::style::{Style, Tone},
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

/// Arguments of every subcommand that prints PDUs.
#[derive(Clone, Debug, Args)]
pub struct PduPrintArgs {
    /// In the tree, the data of parts in full
    #[arg(long)]
    pub data: bool,
    #[command(flatten)]
    pub redact: RedactArgs,
    #[command(flatten)]
    pub csv: CsvArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl PduPrintArgs {
    /// An error where the tree, which shows every octet, is to be redacted.
    pub(super) fn refuse_redacted_tree(&self, format: PduFormat) -> Result<(), Failure> {
        if self.redact.redact && format == PduFormat::Tree {
            return Err(Failure::Usage(
                "the tree shows every octet and cannot be redacted; choose another --format".to_owned(),
            ));
        }
        Ok(())
    }

    /// A printer for PDUs from files, or else from captures.
    pub(super) fn printer<W: Write>(
        &self,
        format: PduFormat,
        files: bool,
        preferences: &Preferences,
        redactor: Option<Redactor>,
        out: W,
    ) -> io::Result<Printer<W>> {
        let style = preferences.apply(self.output.style());
        let printer = Printer::new(format, files, self, style, out)?;
        Ok(Printer { redactor, ..printer })
    }
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
    redactor: Option<Redactor>,
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
    fn new(
        format: PduFormat,
        files: bool,
        arguments: &PduPrintArgs,
        style: Style,
        out: W,
    ) -> io::Result<Self> {
        let all_data = arguments.data;
        let reader = arguments.csv.reader();
        let output = match format {
            PduFormat::Line => Output::Line(out),
            PduFormat::Tree => Output::Tree(out, Tree { all_data }),
            PduFormat::Json => Output::Json(JsonWriter::new(out)?),
            PduFormat::Jsonl => Output::Jsonl(out),
            PduFormat::Csv if files => Output::Csv(Box::new(CsvWriter::of_files(out, reader)?)),
            PduFormat::Csv => Output::Csv(Box::new(CsvWriter::of_captures(out, reader)?)),
        };
        Ok(Self {
            output,
            redactor: None,
            style,
        })
    }

    pub(super) fn print(&mut self, decoded: &Pdu<'_>, origin: Origin<'_>) -> io::Result<()> {
        let place = match origin {
            Origin::Place(place) => Some(place),
            Origin::File(_) => None,
        };
        let object = |redactor: Option<&mut Redactor>| {
            let mut object = match origin {
                Origin::Place(place) => PduObject::seen(decoded, place),
                Origin::File(file) => PduObject::bare(decoded, file),
            };
            if let Some(redactor) = redactor {
                object.redact(redactor);
            }
            object
        };
        let mut redactor = self.redactor.as_mut();
        match &mut self.output {
            Output::Line(out) => {
                if let Origin::File(file) = origin {
                    let file = match redactor.as_deref_mut() {
                        Some(redactor) => redactor.path(file),
                        None => file.to_owned(),
                    };
                    write!(out, "{}  ", self.style.clean(&file))?;
                }
                pdu::write_line(out, decoded, place, redactor, &self.style)
            }
            Output::Tree(out, tree) => {
                match origin {
                    Origin::File(file) => {
                        writeln!(out, "{}", self.style.paint(Tone::Strong, self.style.clean(file)))?;
                    }
                    Origin::Place(_) => pdu::write_line(out, decoded, place, None, &self.style)?,
                }
                pdu::write_tree(out, decoded, *tree, &self.style)?;
                writeln!(out)
            }
            Output::Json(writer) => writer.write(&object(redactor)),
            Output::Jsonl(out) => pdu::write_json_line(out, &object(redactor)),
            Output::Csv(writer) => match origin {
                Origin::Place(place) => writer.write_seen(decoded, place, redactor),
                Origin::File(file) => writer.write_bare(decoded, file, redactor),
            },
        }
    }

    /// Ends the output, and gives back what redacted it.
    pub(super) fn finish(self) -> io::Result<Option<Redactor>> {
        match self.output {
            Output::Line(mut out) | Output::Tree(mut out, _) | Output::Jsonl(mut out) => out.flush(),
            Output::Json(writer) => writer.finish(),
            Output::Csv(writer) => writer.finish(),
        }?;
        Ok(self.redactor)
    }
}
