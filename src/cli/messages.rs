//! `mmsmate messages`, the default: one row per message, or the whole analysis as JSON.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};

use super::{
    analysis,
    exit::{Exit, Failure, complain},
    output::OutputArgs,
    view::{self, View, ViewArgs},
};
use crate::{
    correlate::Closed,
    report::{
        anomalies,
        columns::{Column, Order},
        csv,
        document::{Document, FORMAT, Summary, VERSION},
        field::UnknownField,
        from_correlate, json, jsonl, markdown,
        redact::Redactor,
        selection::Selection,
        statistics::Statistics,
        style::Style,
        summary, table,
    },
};

/// Arguments of `messages`.
#[derive(Clone, Debug, Args)]
pub struct MessagesArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,
    /// Columns, by name or by path in the JSON output: id,time,from,to,outcome,failures.kind
    #[arg(long, value_name = "COLUMNS", value_parser = fields, help_heading = "Output")]
    pub fields: Option<Fields>,
    /// Order by these columns; a leading - turns one round: --sort=-size,time
    #[arg(
        long,
        value_name = "COLUMNS",
        value_parser = Order::parse,
        allow_hyphen_values = true,
        help_heading = "Output"
    )]
    pub sort: Option<Order>,
    /// All columns, whatever the width of the terminal
    #[arg(long, conflicts_with = "fields", help_heading = "Output")]
    pub wide: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Output formats of `messages`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table that fits the terminal
    #[default]
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line, messages as they close
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
    /// A Markdown table
    Markdown,
}

/// Columns that were asked for.
#[derive(Clone, Debug)]
pub struct Fields(Vec<Column>);

fn fields(list: &str) -> Result<Fields, UnknownField> {
    Column::parse_list(list).map(Fields)
}

/// Runs the subcommand.
pub(super) fn run(arguments: &MessagesArgs) -> Result<Exit, Failure> {
    if arguments.format == Format::Jsonl && arguments.sort.is_none() && arguments.output.output.is_none() {
        return stream(&arguments.view);
    }
    let Some(mut view) = view::view(&arguments.view) else {
        return Ok(Exit::Unusable);
    };
    if let Some(order) = &arguments.sort {
        order.sort(&mut view.document.messages);
    }
    if matches!(arguments.format, Format::Json | Format::Jsonl) {
        view.document.summary = view.selected.clone();
    }
    arguments
        .output
        .write(&arguments.view.input.captures, |out| write(out, arguments, &view))?;
    Ok(view.exit)
}

fn write(mut out: &mut dyn Write, arguments: &MessagesArgs, view: &View) -> io::Result<()> {
    let document = &view.document;
    let columns = arguments.fields.as_ref().map(|fields| fields.0.as_slice());
    match arguments.format {
        Format::Table => write_table(&mut out, arguments, view),
        Format::Json => json::write(&mut out, document, true),
        Format::Jsonl => jsonl::write(&mut out, document, &document.messages),
        Format::Csv => csv::write(&mut out, &document.messages, columns),
        Format::Markdown => {
            let style = arguments.output.style();
            markdown::write(&mut out, document.messages.iter(), columns, &style)
        }
    }
}

fn write_table(out: &mut impl Write, arguments: &MessagesArgs, view: &View) -> io::Result<()> {
    let document = &view.document;
    let mut style = arguments.output.style();
    let mut columns = arguments.fields.as_ref().map(|fields| fields.0.clone());
    if arguments.wide {
        style = Style { width: None, ..style };
        columns = Some(Column::wide());
    }
    table::write(out, document.messages.iter(), columns.as_deref(), &style)?;
    if !document.messages.is_empty() {
        writeln!(out)?;
    }
    let statistics = Statistics::of(&document.messages);
    summary::write(out, document, &view.selected, &statistics, &style)?;
    if document.summary.messages == 0 {
        writeln!(
            out,
            "\nNo MMS messages here. `mmsmate captures` says what was found and what was not decoded."
        )?;
    }
    Ok(())
}

/// Messages and operations as they close, each a line. What is known of the captures is only complete at the end,
/// so it is written there, before the summary.
fn stream(arguments: &ViewArgs) -> Result<Exit, Failure> {
    let mut stream = Stream {
        writer: jsonl::Writer::new(BufWriter::new(io::stdout().lock())),
        selection: arguments.selection.selection(),
        redactor: arguments.redact.then(Redactor::default),
        selected: Summary::default(),
        messages: 0,
        operations: 0,
        failed: None,
    };
    let run = analysis::run(&arguments.input, &arguments.verdict, |closed| {
        stream.closed(closed)
    });
    if let Some(error) = stream.failed {
        return Err(error.into());
    }
    let Some(run) = run else { return Ok(Exit::Unusable) };
    let all = stream.selection.is_all();
    let mut rest = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        captures: run.captures,
        messages: Vec::new(),
        operations: Vec::new(),
        anomalies: anomalies(&run.anomalies),
        summary: Summary {
            pdus: run.summary.pdus.clone(),
            malformed_pdus: run.summary.malformed_pdus,
            ..stream.selected
        },
    };
    if all {
        rest.summary = run.summary;
    }
    if let Some(redactor) = &mut stream.redactor {
        redactor.document(&mut rest);
    }
    jsonl::finish(&mut stream.writer, &rest)?;
    let failed = view::fail_on(&arguments.fail_on, &rest, &rest.summary);
    Ok(run.exit.and(failed))
}

struct Stream<W> {
    writer: jsonl::Writer<W>,
    selection: Selection,
    redactor: Option<Redactor>,
    selected: Summary,
    messages: u64,
    operations: u64,
    failed: Option<io::Error>,
}

impl<W: Write> Stream<W> {
    fn closed(&mut self, closed: Closed) {
        if self.failed.is_some() {
            return;
        }
        let written = match closed {
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
                self.writer.operation(&operation)
            }
        };
        self.failed = written.err();
    }

    fn message(&mut self, mut message: crate::report::document::Message) -> io::Result<()> {
        if !self.selection.matches(&message) {
            return Ok(());
        }
        summary::count(&mut self.selected, &message);
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        self.writer.message(&message)
    }
}

/// Says that a selection selects nothing, where that is an error.
pub(super) fn nothing_selected() -> Exit {
    complain("no message fits the selection; `mmsmate messages` lists them");
    Exit::Unusable
}
