//! What describes the program itself: `mmsmate schema`, `mmsmate completions`, `mmsmate man`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, Command, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::{
    arguments::{LimitArgs, limits},
    exit::{Exit, Failure},
    help, output,
};
use crate::report::query::field::nearest;
use crate::report::render::{columns::Column, file, json};
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

    /// Write the pages of the program and of every command into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// Arguments of `help`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::HELP)]
pub struct HelpArgs {
    /// A command; without one, the program. Or `limits`: what a run may hold; `filter`: the language of --filter; `follow`: how inputs
    /// are followed; `config`: the configuration files
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
    if arguments.topic.as_deref() == Some("config") {
        return Ok(print(|out| out.write_all(help::CONFIG.as_bytes())));
    }
    if arguments.topic.as_deref() == Some("filter") {
        return Ok(print(write_filter_help));
    }
    if arguments.topic.as_deref() == Some("follow") {
        return Ok(print(|out| out.write_all(include_bytes!("follow/help.txt"))));
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
    let schema = schema::of(arguments.of.subject());
    print(|out| json::write(&mut &mut *out, &schema, true))
}

impl SchemaOf {
    const fn subject(self) -> Subject {
        match self {
            Self::Document => Subject::Document,
            Self::Line => Subject::Line,
            Self::Pdus => Subject::Pdus,
            Self::Pdu => Subject::Pdu,
            Self::Captures => Subject::Captures,
            Self::Mate => Subject::Mate,
            Self::MateLine => Subject::MateLine,
            Self::Diff => Subject::Diff,
            Self::Stats => Subject::Stats,
            Self::Compare => Subject::Compare,
            Self::Parts => Subject::Parts,
            Self::Expectation => Subject::Expectation,
        }
    }
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

/// Prints a manual page of the program, or writes all of them.
pub(super) fn man(arguments: &ManArgs, mut program: Command) -> Result<Exit, Failure> {
    program.build();
    if let Some(directory) = &arguments.dir {
        return write_manuals(&program, directory);
    }
    let command = match &arguments.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(Failure::Usage(format!("there is no command {name}"))),
        },
    };
    print(|out| write_manual(&command, out))
}

/// Writes the manual pages of the program and of its commands, each under the name by which `man` finds it.
fn write_manuals(program: &Command, directory: &Path) -> Result<Exit, Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::File(directory.to_owned(), error))?;
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    for command in std::iter::once(program).chain(commands) {
        // The name with which it is called, blanks as hyphens.
        let name = command
            .get_bin_name()
            .unwrap_or(command.get_name())
            .replace(' ', "-");
        let path = directory.join(format!("{name}.1"));
        file::write_whole(&path, |out| write_manual(command, out))
            .map_err(|error| Failure::File(path, error))?;
    }
    Ok(Exit::Ran)
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
        write_notes(&notes.to_string(), out)?;
    }
    if command.get_version().is_some() {
        page.render_version_section(&mut out)?;
    }
    Ok(())
}

/// Writes what stands below the options: a list line by line, as it is, and prose filled.
fn write_notes(notes: &str, out: &mut dyn Write) -> io::Result<()> {
    let is_list = notes.contains("\n  ");
    writeln!(out, ".SH NOTES")?;
    if is_list {
        writeln!(out, ".nf")?;
    }
    for line in notes.lines() {
        writeln!(out, "{}", roff(line))?;
    }
    if is_list {
        writeln!(out, ".fi")?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::{JsonSchema, generate::SchemaSettings};
    use serde_json::Value;

    use super::*;
    use crate::check::{Expectation, diff::Diff};
    use crate::cli::parts::Entry;
    use crate::report::document::{Document, inventory::Inventory};
    use crate::report::mate::{self, MateDocument};
    use crate::report::pdu::PduObject;
    use crate::report::query::{comparison::Comparison, stats::Stats};
    use crate::report::render::jsonl;

    /// The document of `mmsmate pdus --format json` and `mmsmate decode --format json`.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used: it is written as PDUs come")]
    struct Pdus {
        /// Always `mmsmate.pdus`.
        format: String,
        /// Always 1.
        version: u32,
        /// In the order in which they were complete.
        pdus: Vec<PduObject>,
    }

    fn made<T: JsonSchema>() -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        // Its own order: what a schema is comes before what is in it.
        serde_json::to_value(settings.into_generator().into_root_schema_for::<T>()).unwrap()
    }

    fn of_type(of: SchemaOf) -> Value {
        match of {
            SchemaOf::Document => made::<Document>(),
            SchemaOf::Line => made::<jsonl::Line<'_>>(),
            SchemaOf::Pdus => made::<Pdus>(),
            SchemaOf::Pdu => made::<PduObject>(),
            SchemaOf::Captures => made::<Inventory>(),
            SchemaOf::Mate => made::<MateDocument<'_>>(),
            SchemaOf::MateLine => made::<mate::Line<'_>>(),
            SchemaOf::Diff => made::<Diff>(),
            SchemaOf::Stats => made::<Stats>(),
            SchemaOf::Compare => made::<Comparison>(),
            SchemaOf::Parts => made::<Vec<Entry<'_>>>(),
            SchemaOf::Expectation => made::<Expectation>(),
        }
    }

    /// One entry on a line, so that a change is seen where it is.
    fn lines(entries: &BTreeMap<String, Value>) -> String {
        let line = |(name, value): (&String, &Value)| format!("{}: {value}", Value::from(name.as_str()));
        entries.iter().map(line).collect::<Vec<_>>().join(",\n")
    }

    /// `MMSMATE_WRITE_TESTDATA=1` writes the file.
    #[test]
    fn schemas_are_those_of_the_types() {
        let (mut schemas, mut definitions) = (BTreeMap::new(), BTreeMap::new());
        for of in SchemaOf::value_variants() {
            let mut schema = of_type(*of);
            let parts = schema.as_object_mut().unwrap().remove("$defs");
            for (name, part) in parts.iter().filter_map(Value::as_object).flatten() {
                let known = definitions.entry(name.clone()).or_insert_with(|| part.clone());
                assert_eq!(
                    known, part,
                    "two types have the name {name}; `schemars(rename)` gives one another"
                );
            }
            schemas.insert(of.subject().name().to_owned(), schema);
        }
        let [schemas, definitions] = [&schemas, &definitions].map(lines);
        let text =
            format!("{{\n\"schemas\": {{\n{schemas}\n}},\n\"definitions\": {{\n{definitions}\n}}\n}}\n");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/schema/definitions.json");
        if std::env::var_os("MMSMATE_WRITE_TESTDATA").is_some() {
            std::fs::write(path, &text).unwrap();
            return;
        }
        assert!(
            std::fs::read_to_string(path).unwrap() == text,
            "the output has changed: write its schemas with MMSMATE_WRITE_TESTDATA=1"
        );
        for of in SchemaOf::value_variants() {
            assert_eq!(schema::of(of.subject()), of_type(*of), "{of:?}");
        }
    }
}
