//! What describes the program itself: `mmsmate schema`, `mmsmate completions`, `mmsmate man`.

use std::io::{self, BufWriter, Write};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{
    args::Cli,
    exit::{Exit, Failure},
};
use crate::report::schema::{self, Subject};

/// Arguments of `schema`.
#[derive(Clone, Debug, Args)]
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
}

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The subcommand; without one, the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// Prints a schema.
pub(super) fn schema(arguments: &SchemaArgs) -> Result<Exit, Failure> {
    let subject = match arguments.of {
        SchemaOf::Document => Subject::Document,
        SchemaOf::Line => Subject::Line,
    };
    print(|out| schema::write(&mut &mut *out, subject))
}

/// Prints a completion script.
pub(super) fn completions(arguments: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "mmsmate", &mut script);
    print(|out| out.write_all(&script))
}

/// Prints a manual page.
pub(super) fn man(arguments: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    let command = match &arguments.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(Failure::Usage(format!("there is no command {name}"))),
        },
    };
    let page = clap_mangen::Man::new(command);
    print(|mut out| page.render(&mut out))
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    out.flush()?;
    Ok(Exit::Ran)
}
