//! `mmsmate messages`, the default: one row per message, or the whole analysis as JSON.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::{
    arguments::FollowArgs,
    exit::{Exit, Failure},
    follow, help,
    output::{self, CsvArgs, OutputArgs},
    preferences::Preferences,
    stream,
    view::{self, View, ViewArgs},
};
use crate::report::{
    document::{Document, statistics::Statistics},
    query::field::UnknownField,
    render::{
        columns::{Column, Order},
        csv, diagnosis, json, jsonl, markdown, summary, table,
    },
    words::style::Style,
};

/// Arguments of `messages`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::MESSAGES)]
pub struct MessagesArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    #[command(flatten)]
    pub follow: FollowArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,
    /// Columns, by name or by path in the JSON output: id,time,from,to,outcome,failures.kind
    #[arg(long, value_name = "COLUMNS", value_parser = fields, help_heading = "Output")]
    pub fields: Option<Fields>,
    /// Of JSON lines, those of messages, of operations, or the summary alone
    #[arg(long, value_name = "TYPE", value_enum, help_heading = "Output")]
    pub only: Option<Only>,
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
    /// Under each row of the table: what went wrong, and by what and in which frames its legs were joined (JSON has
    /// both anyway, and so has `show`)
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    #[command(flatten)]
    pub csv: CsvArgs,
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

/// Types of JSON lines that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Messages
    Message,
    /// Operations with a mailbox
    Operation,
    /// The totals
    Summary,
}

impl From<Only> for jsonl::Record {
    fn from(only: Only) -> Self {
        match only {
            Only::Message => Self::Message,
            Only::Operation => Self::Operation,
            Only::Summary => Self::Summary,
        }
    }
}

/// Columns that were asked for.
#[derive(Clone, Debug)]
pub struct Fields(Vec<Column>);

impl Fields {
    /// They.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.0.clone()
    }
}

fn fields(list: &str) -> Result<Fields, UnknownField> {
    Column::parse_list(list).map(Fields)
}

/// Runs the subcommand.
pub(super) fn run(arguments: &MessagesArgs) -> Result<Exit, Failure> {
    let arguments = &MessagesArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    if arguments.explain && matches!(arguments.format, Format::Csv | Format::Markdown) {
        return Err(Failure::Usage(
            "--explain is for the table; with --fields links.detail its words are a column".to_owned(),
        ));
    }
    if arguments.only.is_some() && arguments.format != Format::Jsonl {
        return Err(Failure::Usage("--only is for --format jsonl".to_owned()));
    }
    let preferences = &Preferences::of(&arguments.view.preferences)?;
    if arguments.follow.follow {
        return follow::messages(arguments, preferences);
    }
    let asked = arguments.view.selection.selection(&preferences.zone, None);
    let is_settled = asked.map_err(Failure::Usage)?.is_some();
    if arguments.sort.is_none() && arguments.output.file().is_none() {
        let mut out = output::stdout();
        match arguments.format {
            Format::Json if arguments.fields.is_none() => {
                return stream::document(&arguments.view, preferences, &mut out);
            }
            Format::Jsonl if is_settled => {
                return stream::lines(&arguments.view, preferences, &mut out, chosen(arguments));
            }
            Format::Json | Format::Jsonl | Format::Table | Format::Csv | Format::Markdown => {}
        }
    }
    let Some(mut view) = view::view(&arguments.view)? else {
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

/// Which JSON lines, and what of messages.
pub(super) fn chosen(arguments: &MessagesArgs) -> jsonl::Chosen {
    jsonl::Chosen {
        only: arguments.only.map(Into::into),
        fields: arguments.fields.as_ref().map(|fields| fields.0.clone()),
    }
}

fn write(mut out: &mut dyn Write, arguments: &MessagesArgs, view: &View) -> io::Result<()> {
    let document = &view.document;
    let columns = arguments.fields.as_ref().map(|fields| fields.0.as_slice());
    match arguments.format {
        Format::Table => write_table(&mut out, arguments, view),
        Format::Json => match columns {
            Some(columns) => json::write_columns(&mut out, document, columns),
            None => json::write_document(&mut out, document),
        },
        Format::Jsonl => jsonl::write_chosen(&mut out, document, &document.messages, chosen(arguments)),
        Format::Csv => csv::write(&mut out, &document.messages, columns, arguments.csv.reader()),
        Format::Markdown => {
            let style = view.preferences.apply(arguments.output.style());
            let columns = columns.or(view.preferences.columns.as_deref());
            markdown::write(&mut out, document.messages.iter(), columns, &style)
        }
    }
}

fn write_table(out: &mut impl Write, arguments: &MessagesArgs, view: &View) -> io::Result<()> {
    let document = &view.document;
    let mut style = view.preferences.apply(arguments.output.style());
    let fields = arguments.fields.as_ref().map(|fields| fields.0.clone());
    let mut columns = fields.or_else(|| view.preferences.columns.clone());
    if arguments.wide {
        style = Style { width: None, ..style };
        columns = Some(Column::wide());
    }
    table::write(
        out,
        document.messages.iter(),
        columns.as_deref(),
        arguments.explain,
        &style,
    )?;
    if !document.messages.is_empty() {
        writeln!(out)?;
    }
    let statistics = Statistics::of(&document.messages);
    summary::write(out, document, &view.selected, &statistics, &style)?;
    if view.selected.messages == document.summary.messages {
        why_so_few(out, document, &style)?;
    }
    Ok(())
}

/// Where nothing was found, or what was found is mostly open or little beside what could not be read: the likely reasons.
pub(super) fn why_so_few(out: &mut impl Write, document: &Document, style: &Style) -> io::Result<()> {
    let summary = &document.summary;
    if summary.messages > 0 && summary.open.saturating_mul(2) < summary.messages {
        return Ok(());
    }
    if summary.messages == 0 {
        writeln!(
            out,
            "\nNo MMS messages here. `mmsmate captures` says what else there is."
        )?;
    }
    if !document.diagnosis.is_empty() {
        let title = match summary.messages {
            0 => "Likely reasons:",
            _ => "Half of them or more are open. What could hide the rest of these:",
        };
        writeln!(out, "\n{title}")?;
        let told = document.diagnosis.iter().take(REASONS);
        diagnosis::write(out, told, style)?;
    }
    Ok(())
}

/// Reasons that stand below a table; `captures` and JSON have all of them.
const REASONS: usize = 5;
