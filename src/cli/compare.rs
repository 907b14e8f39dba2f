//! `mmsmate compare`: before and after a change.

use std::path::PathBuf;

use clap::Args;

use super::{
    arguments::{LimitArgs, RedactArgs, TextOrJson, VerdictArgs, ZoneArgs},
    diff,
    exit::{Exit, Failure, complain},
    help,
    output::OutputArgs,
    preferences::Preferences,
    stats::key,
};
use crate::report::{
    query::{comparison::Comparison, grouping::Key},
    render::{comparison, json},
    words::zone::Zone,
};

/// Arguments of `compare`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::COMPARE, after_help = help::COMPARE_NOTES)]
pub struct CompareArgs {
    /// A capture, or a document of `--format json`
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// Another
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Compare groups too, by these, as `stats` takes them
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = key)]
    pub by: Vec<Key>,
    /// Exit with status 1 where the share of failures, over all or in a group, rose by more percentage points than this
    #[arg(long, value_name = "POINTS", value_parser = points)]
    pub max_failure_rise: Option<f64>,
    #[command(flatten)]
    pub redact: RedactArgs,
    #[command(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    pub verdict: VerdictArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: TextOrJson,
    #[command(flatten)]
    pub zone: ZoneArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

fn points(typed: &str) -> Result<f64, String> {
    let points: f64 = typed.parse().map_err(|_| "this is no number".to_owned())?;
    match (0.0..=100.0).contains(&points) {
        true => Ok(points),
        false => Err("percentage points lie between 0 and 100".to_owned()),
    }
}

/// Runs the subcommand.
pub(super) fn run(arguments: &CompareArgs) -> Result<Exit, Failure> {
    let preferences = Preferences::of_zone(&arguments.zone)?;
    let redactor = arguments.redact.redactor()?;
    let read = |path| diff::read(path, &arguments.limit, &arguments.verdict);
    let (Some(mut before), Some(mut after)) = (read(&arguments.before)?, read(&arguments.after)?) else {
        return Ok(Exit::Unusable);
    };
    let inputs = [arguments.before.clone(), arguments.after.clone()];
    if let Some(mut redactor) = redactor {
        redactor.document(&mut before);
        redactor.document(&mut after);
        arguments.redact.write_map(&inputs, redactor.met())?;
    }
    let zone = match arguments.format {
        TextOrJson::Text => preferences.zone,
        TextOrJson::Json => Zone::UTC,
    };
    let by: Vec<Key> = arguments
        .by
        .iter()
        .cloned()
        .map(|key| key.in_zone(&zone))
        .collect();
    let compared = Comparison::of(&before.messages, &after.messages, &by);
    arguments
        .output
        .write(&inputs, |mut out| match arguments.format {
            TextOrJson::Text => comparison::write(&mut out, &compared, &arguments.output.style()),
            TextOrJson::Json => json::write(&mut out, &compared, true),
        })?;
    let (rise, group) = compared.failure_rise();
    Ok(match arguments.max_failure_rise {
        Some(most) if rise > most => {
            let of = match group.is_empty() {
                true => String::new(),
                false => format!(" of {}", group.join(", ")),
            };
            complain(format_args!("failures{of} rose by {rise:.1} percentage points"));
            Exit::CheckFailed
        }
        _ => Exit::Ran,
    })
}
