//! What describes the program itself: `mmsmate schema`, `mmsmate completions`, `mmsmate man`.

use std::io::{self, Write};

use clap::error::ErrorKind;
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;

use super::{
    arguments::{LimitArgs, limits},
    exit::{Exit, Failure},
    help, output,
    parts::Entry,
};
use crate::check::{Expectation, diff::Diff};
use crate::report::mate::{self, MateDocument};
use crate::report::query::{comparison::Comparison, field::nearest, stats::Stats};
use crate::report::render::columns::Column;
use crate::report::schema::{self, Subject};

/// Arguments of `schema`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::SCHEMA)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The document of `--format json`
    #[default]
    Document,
    /// A line of `--format jsonl`
    Line,
    /// The document of `mmsmate pdus --format json`, and of `decode`
    Pdus,
    /// A line of `mmsmate pdus --format jsonl`, and of `decode`
    Pdu,
    /// The document of `mmsmate captures --format json`
    Captures,
    /// The document of `mmsmate mate --format json`
    Mate,
    /// A line of `mmsmate mate --format jsonl`
    MateLine,
    /// The document of `mmsmate diff --format json`
    Diff,
    /// The document of `mmsmate stats --format json`
    Stats,
    /// The document of `mmsmate compare --format json`
    Compare,
    /// The manifest that `mmsmate parts` writes
    Parts,
    /// What `mmsmate check` expects of a capture, in NAME.expect.json
    Expectation,
}

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::MAN)]
pub struct ManArgs {
    /// The subcommand; without one, the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// Arguments of `help`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::HELP)]
pub struct HelpArgs {
    /// A command; without one, the program. Or `limits`: what a run may hold; `filter`: the language of --filter
    #[arg(value_name = "COMMAND")]
    pub topic: Option<String>,
}

/// Prints the help of a command.
///
/// # Errors
/// Where there is no such command.
pub(super) fn help(arguments: &HelpArgs, mut program: Command) -> Result<Result<Exit, Failure>, clap::Error> {
    if arguments.topic.as_deref() == Some("limits") {
        return Ok(print(|out| out.write_all(limits::help().as_bytes())));
    }
    if arguments.topic.as_deref() == Some("filter") {
        return Ok(print(write_filter_help));
    }
    program.build();
    let mut about = match &arguments.topic {
        None => program,
        Some(topic) => match program.find_subcommand(topic) {
            Some(command) => command.clone(),
            None => {
                let unknown = || {
                    program.clone().error(
                        ErrorKind::InvalidSubcommand,
                        format!("there is no command {topic}"),
                    )
                };
                return Err(unknown_command(topic, program.clone()).unwrap_or_else(unknown));
            }
        },
    };
    let text = about.render_long_help();
    Ok(print(|out| write!(out, "{text}")))
}

/// Writes what `--filter` takes, with the fields there are.
fn write_filter_help(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(include_bytes!("filter.txt"))?;
    writeln!(out, "\nFields (and the columns of --fields):")?;
    let names = Column::all_names();
    names.iter().try_for_each(|name| writeln!(out, "  {name}"))
}

/// Prints which version this is.
pub(super) fn version(program: &Command) -> Result<Exit, Failure> {
    print(|out| write!(out, "{}", program.render_version()))
}

/// The error of a word that is nearly the name of a command; none of any other, and of a name.
pub(super) fn unknown_command(typed: &str, mut program: Command) -> Option<clap::Error> {
    let commands = || program.get_subcommands().map(Command::get_name);
    if commands().any(|command| command == typed) {
        return None;
    }
    let near = nearest(typed, commands())?;
    let what = format!("there is no command {typed}; did you mean {near}?");
    Some(program.error(ErrorKind::InvalidSubcommand, what))
}

/// Prints a schema.
pub(super) fn schema(arguments: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match arguments.of {
        SchemaOf::Document => schema::of(Subject::Document),
        SchemaOf::Line => schema::of(Subject::Line),
        SchemaOf::Pdus => schema::of(Subject::Pdus),
        SchemaOf::Pdu => schema::of(Subject::Pdu),
        SchemaOf::Captures => schema::of(Subject::Captures),
        SchemaOf::Mate => schema::of_type::<MateDocument<'_>>(),
        SchemaOf::MateLine => schema::of_type::<mate::Line<'_>>(),
        SchemaOf::Diff => schema::of_type::<Diff>(),
        SchemaOf::Stats => schema::of_type::<Stats>(),
        SchemaOf::Compare => schema::of_type::<Comparison>(),
        SchemaOf::Parts => schema::of_type::<Vec<Entry<'_>>>(),
        SchemaOf::Expectation => schema::of_type::<Expectation>(),
    };
    print(|out| schema::write(&mut &mut *out, &schema))
}

/// Prints a completion script for the program.
pub(super) fn completions(arguments: &CompletionsArgs, mut program: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "mmsmate", &mut script);
    if arguments.shell == Shell::Bash {
        script.extend_from_slice(bash_values().as_bytes());
    }
    print(|out| out.write_all(&script))
}

/// What completes values in bash: files, and the names of fields and limits.
fn bash_values() -> String {
    let fields = Column::all_names().join(" ");
    let limits = LimitArgs::names().collect::<Vec<_>>().join(" ");
    include_str!("completion.bash")
        .replace("@FIELDS@", &fields)
        .replace("@LIMITS@", &limits)
}

/// Prints a manual page of the program.
pub(super) fn man(arguments: &ManArgs, mut program: Command) -> Result<Exit, Failure> {
    program.build();
    let command = match &arguments.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(Failure::Usage(format!("there is no command {name}"))),
        },
    };
    print(|out| write_manual(&command, out))
}

/// Writes a manual page, with examples as lines and not as text that is filled.
fn write_manual(command: &Command, mut out: &mut dyn Write) -> io::Result<()> {
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    if let Some(examples) = command.get_before_help() {
        writeln!(out, ".SH EXAMPLES\n.nf")?;
        for line in examples.to_string().lines().skip(1) {
            writeln!(out, "{}", roff(line))?;
        }
        writeln!(out, ".fi")?;
    }
    if command.has_subcommands() {
        page.render_subcommands_section(&mut out)?;
    }
    page.render_options_section(&mut out)?;
    if let Some(notes) = command.get_after_help() {
        writeln!(out, ".SH NOTES\n{}", roff(&notes.to_string()))?;
    }
    if command.get_version().is_some() {
        page.render_version_section(&mut out)?;
    }
    Ok(())
}

/// A line of text that means nothing to roff.
fn roff(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) {
        return format!("\\&{line}");
    }
    line
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit, Failure> {
    let mut out = output::stdout();
    write(&mut out)?;
    out.flush()?;
    Ok(Exit::Ran)
}
