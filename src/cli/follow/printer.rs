//! Where what is followed is printed: rows of a table, or JSON lines.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, StdoutLock, Write};

use super::numbers::Numbered;
use crate::cli::messages::{self, Format, MessagesArgs};
use crate::cli::output;
use crate::cli::preferences::Preferences;
use crate::report::{
    document::{
        Document, Message, Operation, Summary,
        statistics::{Statistics, Tally},
    },
    render::{
        columns::Column,
        jsonl::{self, Superseded},
        rows::Rows,
        summary,
    },
    words::style::Style,
};

/// Writes what is found to standard output.
pub(super) struct Printer {
    out: BufWriter<StdoutLock<'static>>,
    form: Form,
}

enum Form {
    Table {
        rows: Rows,
        style: Style,
        /// Whether the names of the columns were written.
        is_begun: bool,
        /// Operations by kind.
        operations: BTreeMap<&'static str, u64>,
    },
    Lines(jsonl::Chosen),
}

impl Printer {
    /// One for what the arguments ask for.
    pub(super) fn new(arguments: &MessagesArgs, preferences: &Preferences, style: &Style) -> Self {
        let form = match arguments.format {
            Format::Jsonl => Form::Lines(messages::chosen(arguments)),
            _ => {
                let mut style = style.clone();
                let fields = arguments.fields.as_ref().map(messages::Fields::columns);
                let mut columns = fields.or_else(|| preferences.columns.clone());
                if arguments.wide {
                    style.width = None;
                    columns = Some(Column::revision().into_iter().chain(Column::wide()).collect());
                }
                Form::Table {
                    rows: Rows::new(columns.as_deref(), arguments.explain, &style),
                    style,
                    is_begun: false,
                    operations: BTreeMap::new(),
                }
            }
        };
        Self {
            out: output::stdout(),
            form,
        }
    }

    /// A message, or what it is now.
    pub(super) fn message(&mut self, message: &Message) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(chosen) => jsonl::Writer::of(&mut self.out, chosen.clone()).message(message),
            Form::Table { rows, is_begun, .. } => {
                if !std::mem::replace(is_begun, true) {
                    rows.header(&mut self.out)?;
                }
                rows.row(&mut self.out, message)
            }
        }
    }

    /// A message that was printed is none of its own.
    pub(super) fn superseded(&mut self, one: &Numbered, by: Option<&Numbered>) -> io::Result<()> {
        match &self.form {
            Form::Lines(chosen) => jsonl::Writer::of(&mut self.out, chosen.clone()).superseded(Superseded {
                key: &one.key,
                by: by.map(|by| by.key.as_str()),
            }),
            Form::Table { rows, .. } => rows.withdrawn(&mut self.out, one.id, by.map(|by| by.id)),
        }
    }

    /// An operation.
    pub(super) fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(chosen) => jsonl::Writer::of(&mut self.out, chosen.clone()).operation(operation),
            Form::Table { operations, .. } => {
                *operations.entry(operation.kind.name()).or_default() += 1;
                Ok(())
            }
        }
    }

    /// What was written so far is there to be read.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// What is known at the end. The document has no messages and operations; those that were selected are counted.
    pub(super) fn finish(
        &mut self,
        document: &Document,
        tally: &Tally,
        selected: &Summary,
    ) -> io::Result<()> {
        match &self.form {
            Form::Lines(chosen) => {
                let end = jsonl::End {
                    context: &document.context,
                    anomalies: &document.anomalies,
                    diagnosis: &document.diagnosis,
                    summary: selected,
                };
                let mut writer = jsonl::Writer::of(&mut self.out, chosen.clone());
                jsonl::finish(&mut writer, &document.captures, &end)
            }
            Form::Table {
                style,
                is_begun,
                operations,
                ..
            } => {
                if *is_begun {
                    writeln!(self.out)?;
                }
                let statistics: &Statistics = tally.statistics();
                summary::write_counted(&mut self.out, document, operations, (selected, statistics), style)?;
                if selected.messages == document.summary.messages {
                    messages::why_so_few(&mut self.out, document, style)?;
                }
                self.out.flush()
            }
        }
    }
}
