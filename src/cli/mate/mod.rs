//! `mmsmate mate`: a configuration of MATE run over captures.

mod configuration;
mod run;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    arguments::{InputArgs, ZoneArgs},
    exit::{Exit, Failure, complain},
    help,
    output::OutputArgs,
};
use crate::{
    mate::{
        config::{Configuration, Semantics},
        filter::Filter,
    },
    report::mate::{Level, write_fields, write_meaning},
};

/// Arguments of `mate`.
#[derive(Clone, Debug, Args)]
#[command(
    help_template = help::TEMPLATE,
    before_help = help::MATE,
    after_help = help::MATE_NOTES,
    mut_arg("captures", |argument| argument
        .required(false)
        .required_unless_present_any(["check", "fields"]))
)]
pub struct MateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The configuration; several are read as one, in the order given
    #[arg(
        short,
        long = "config",
        value_name = "FILE",
        required_unless_present = "fields"
    )]
    pub config: Vec<PathBuf>,
    /// What the User's Guide promises, or what Wireshark 4.0 does in two passes
    #[arg(long, value_enum, default_value_t)]
    pub semantics: SemanticsArg,
    /// Two live Gogs of one type that come to share a key become one
    #[arg(long)]
    pub merge_gogs: bool,
    /// Fields that Wireshark has and mmsmate does not extract are noted and never there, instead of an error
    #[arg(long)]
    pub ignore_unknown: bool,
    /// Read the configuration and print what it means, and no capture
    #[arg(long, conflicts_with_all = ["filter", "explain", "fail_on"])]
    pub check: bool,
    /// List the fields that can be extracted; PATTERN is a part of the name, or holds *
    #[arg(long, value_name = "PATTERN", num_args = 0..=1, default_missing_value = "")]
    pub fields: Option<String>,
    /// Only what stands in frames for which this holds, such as 'mate.GOP.Time > 2'
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Exit with status 1 if something, or nothing, is selected
    #[arg(long, value_enum, value_name = "CONDITION")]
    pub fail_on: Option<MateFailOn>,
    /// Why Pdus are in no Gop
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// What a row of text or CSV is; by default the highest level that the configuration declares
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Output")]
    pub show: Option<LevelArg>,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: MateFormat,
    #[command(flatten)]
    pub zone: ZoneArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Whose MATE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SemanticsArg {
    /// The User's Guide's
    #[default]
    Documented,
    /// Wireshark 4.0's, faults included
    Wireshark,
}

/// Output formats of `mate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MateFormat {
    /// Trees
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line, items as they are done
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// Groups of Gops
    Gogs,
    /// Groups of Pdus
    Gops,
    /// What a declaration took from a frame
    Pdus,
}

/// When a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MateFailOn {
    /// Something is selected
    Match,
    /// Nothing is selected
    NoMatch,
}

impl From<SemanticsArg> for Semantics {
    fn from(semantics: SemanticsArg) -> Self {
        match semantics {
            SemanticsArg::Documented => Self::Documented,
            SemanticsArg::Wireshark => Self::Wireshark,
        }
    }
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Gogs => Self::Gogs,
            LevelArg::Gops => Self::Gops,
            LevelArg::Pdus => Self::Pdus,
        }
    }
}

/// Runs the subcommand.
pub(super) fn run(arguments: &MateArgs) -> Result<Exit, Failure> {
    if let Some(pattern) = &arguments.fields {
        return list_fields(arguments, pattern);
    }
    if arguments.merge_gogs && arguments.semantics == SemanticsArg::Wireshark {
        return Err(Failure::Usage(
            "--merge-gogs: Gogs are not merged with --semantics wireshark".to_owned(),
        ));
    }
    let Some(configuration) = configuration::read(arguments) else {
        return Ok(Exit::Unusable);
    };
    let filter = filter(arguments, &configuration)?;
    if arguments.check {
        return check(arguments, &configuration);
    }
    configuration::tell_notes(&configuration);
    run::run(arguments, &configuration, filter.as_ref())
}

fn filter(arguments: &MateArgs, configuration: &Configuration) -> Result<Option<Filter>, Failure> {
    let Some(text) = &arguments.filter else {
        return Ok(None);
    };
    let filter = Filter::parse(text, configuration);
    filter
        .map(Some)
        .map_err(|error| Failure::Usage(format!("--filter: {error}")))
}

fn list_fields(arguments: &MateArgs, pattern: &str) -> Result<Exit, Failure> {
    let mut count = 0;
    arguments.output.write(&[], |mut out| {
        count = write_fields(&mut out, pattern)?;
        Ok(())
    })?;
    if count == 0 {
        complain(format_args!("no field's name contains '{pattern}'"));
        return Ok(Exit::Unusable);
    }
    Ok(Exit::Ran)
}

fn check(arguments: &MateArgs, configuration: &Configuration) -> Result<Exit, Failure> {
    let output = &arguments.output;
    output.write(&arguments.config, |mut out| {
        write_meaning(&mut out, configuration, &output.style())?;
        out.flush()
    })?;
    Ok(Exit::Ran)
}
