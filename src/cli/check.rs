//! `mmsmate check`: captures against what is expected of them, for CI.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::{
    analysis,
    args::{InputArgs, VerdictArgs},
    exit::{Exit, Failure},
    limits::LimitArgs,
    output::{LookArgs, write_file},
};
use crate::check::{self, Outcome, Settings};
use crate::report::document::Document;

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  mmsmate check captures/ --bless                   write down what is there now as what is expected
  mmsmate check captures/ --junit results.xml       compare, and tell the CI server

The expectation of NAME.pcap is NAME.expect.json beside it: {\"match\": \"subset\", \"expect\": {…}} in the shape of
the JSON output. With \"subset\" only the fields named are compared, with \"exact\" all; \"files\" names several
captures that are read as one. No case, no expectation, or one that expects nothing is a failure.")]
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
    pub limit: LimitArgs,
    #[command(flatten)]
    pub verdict: VerdictArgs,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &CheckArgs) -> Result<Exit, Failure> {
    let cases = check::cases(&arguments.paths).map_err(|error| Failure::Usage(error.to_string()))?;
    let settings = Settings {
        bless: arguments.bless,
        exact: arguments.exact,
    };
    let mut analyse = |captures: &[PathBuf]| analysed(captures, arguments);
    let outcomes: Vec<Outcome> = cases
        .iter()
        .map(|case| check::run(case, settings, &mut analyse))
        .collect();
    let inputs: Vec<PathBuf> = cases.iter().flat_map(|case| case.captures.clone()).collect();
    if let Some(path) = &arguments.junit {
        write_file(path, &inputs, |mut out| check::write_junit(&mut out, &outcomes))?;
    }
    if let Some(path) = &arguments.markdown {
        write_file(path, &inputs, |mut out| {
            check::write_markdown(&mut out, &outcomes)
        })?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    check::write_lines(&mut out, &outcomes, &arguments.look.on_stdout())?;
    out.flush()?;
    let good = !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.verdict.is_good());
    Ok(if good { Exit::Ran } else { Exit::CheckFailed })
}

fn analysed(captures: &[PathBuf], arguments: &CheckArgs) -> Result<Document, String> {
    let input = InputArgs {
        captures: captures.to_vec(),
        limit: arguments.limit.clone(),
        ..InputArgs::default()
    };
    match analysis::analyse(&input, &arguments.verdict) {
        Some(analysed) if analysed.exit == Exit::Ran => Ok(analysed.document),
        _ => Err("its captures cannot all be read".to_owned()),
    }
}
