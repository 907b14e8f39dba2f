//! `mmsmate check`: captures against what is expected of them, for CI.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    analysis,
    arguments::{InputArgs, LimitArgs, RedactArgs, VerdictArgs},
    exit::{Exit, Failure},
    help,
    output::{self, LookArgs, OutputArgs},
    parallel,
};
use crate::check::{self, CheckError, Outcome, Settings};
use crate::report::document::Document;

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::CHECK, after_help = help::CHECK_NOTES)]
pub struct CheckArgs {
    /// Captures, expectations, or directories of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Write results that differ, or are new, down as what is expected from now on
    #[arg(long)]
    pub bless: bool,
    /// With --bless, let new expectations compare everything
    #[arg(long, requires = "bless")]
    pub exact: bool,
    /// Also write JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Also write Markdown, for a job summary
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    #[command(flatten)]
    pub redact: RedactArgs,
    #[command(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    pub verdict: VerdictArgs,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &CheckArgs) -> Result<Exit, Failure> {
    let redactor = arguments.redact.redactor()?;
    let cases = check::cases(&arguments.paths).map_err(|error| Failure::Usage(error.to_string()))?;
    let settings = Settings {
        bless: arguments.bless,
        exact: arguments.exact,
    };
    let mut outcomes: Vec<Outcome> = parallel::each(&cases, |case| {
        check::run(case, settings, &mut |captures| analysed(captures, arguments))
    });
    let inputs: Vec<PathBuf> = cases.iter().flat_map(|case| case.captures.clone()).collect();
    if let Some(mut redactor) = redactor {
        for outcome in &mut outcomes {
            outcome.redact(&mut redactor);
        }
        arguments.redact.write_map(&inputs, redactor.met())?;
    }
    if let Some(path) = &arguments.junit {
        write_to(path, &inputs, |mut out| check::write_junit(&mut out, &outcomes))?;
    }
    if let Some(path) = &arguments.markdown {
        write_to(path, &inputs, |mut out| {
            check::write_markdown(&mut out, &outcomes)
        })?;
    }
    // What goes to standard output in another form stands there alone.
    let elsewhere = [&arguments.junit, &arguments.markdown];
    if elsewhere
        .iter()
        .all(|path| path.is_none() || output::file(path.as_ref()).is_some())
    {
        let mut out = output::stdout();
        check::write_lines(&mut out, &outcomes, &arguments.look.on_stdout())?;
        out.flush()?;
    }
    let good = !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.verdict.is_good());
    Ok(if good { Exit::Ran } else { Exit::CheckFailed })
}

/// Writes to a file, or to standard output where that is named.
fn write_to(
    path: &Path,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let output = OutputArgs {
        output: Some(path.to_owned()),
        ..OutputArgs::default()
    };
    output.write(inputs, write)
}

fn analysed(captures: &[PathBuf], arguments: &CheckArgs) -> Result<Document, CheckError> {
    let input = InputArgs {
        captures: captures.to_vec(),
        limit: arguments.limit.clone(),
        ..InputArgs::default()
    };
    match analysis::analyse(&input, &arguments.verdict) {
        Some(analysed) if analysed.exit == Exit::Ran => Ok(analysed.document),
        _ => Err(CheckError::UnreadableCaptures),
    }
}
