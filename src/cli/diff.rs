//! `mmsmate diff`: two captures or two JSON exports side by side.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    analysis,
    arguments::{InputArgs, LimitArgs, RedactArgs, TextOrJson, VerdictArgs},
    exit::{Exit, Failure},
    help,
    output::OutputArgs,
};
use crate::check::diff::{self, Diff, Tolerance};
use crate::report::document::Document;
use crate::report::render::json;

/// Arguments of `diff`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::DIFF)]
pub struct DiffArgs {
    /// A capture, or a document of `--format json`
    #[arg(value_name = "FIRST")]
    pub first: PathBuf,
    /// Another
    #[arg(value_name = "SECOND")]
    pub second: PathBuf,
    /// Exit with status 1 where they differ
    #[arg(long)]
    pub exit_code: bool,
    /// Milliseconds by which times may differ
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pub tolerance: u32,
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
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &DiffArgs) -> Result<Exit, Failure> {
    let redactor = arguments.redact.redactor()?;
    let (Some(mut first), Some(mut second)) = (
        read(&arguments.first, &arguments.limit, &arguments.verdict)?,
        read(&arguments.second, &arguments.limit, &arguments.verdict)?,
    ) else {
        return Ok(Exit::Unusable);
    };
    let inputs = [arguments.first.clone(), arguments.second.clone()];
    if let Some(mut redactor) = redactor {
        redactor.document(&mut first);
        redactor.document(&mut second);
        arguments.redact.write_map(&inputs, redactor.met())?;
    }
    let tolerance = Tolerance {
        milliseconds: f64::from(arguments.tolerance),
        ..Tolerance::default()
    };
    let diff = Diff::of(&first.messages, &second.messages, tolerance);
    arguments
        .output
        .write(&inputs, |mut out| match arguments.format {
            TextOrJson::Text => diff::write(&mut out, &diff, &arguments.output.style()),
            TextOrJson::Json => json::write(&mut out, &diff, true),
        })?;
    let differ = arguments.exit_code && !diff.is_empty();
    Ok(if differ { Exit::CheckFailed } else { Exit::Ran })
}

/// A document that lies there, or that a capture gives; `None` where the capture cannot be read, which was said then.
pub(super) fn read(
    path: &Path,
    limit: &LimitArgs,
    verdict: &VerdictArgs,
) -> Result<Option<Document>, Failure> {
    let failed = |error| Failure::File(path.to_owned(), error);
    if begins_like_json(path) {
        let file = File::open(path).map_err(failed)?;
        let document = Document::read(std::io::BufReader::new(file));
        return document.map(Some).map_err(|error| failed(error.into()));
    }
    let input = InputArgs {
        captures: vec![path.to_owned()],
        limit: limit.clone(),
        ..InputArgs::default()
    };
    let analysed = analysis::analyse(&input, verdict);
    Ok(analysed.map(|analysed| analysed.document))
}

/// Whether a file's first octets are those of a JSON object; no capture begins so.
fn begins_like_json(path: &Path) -> bool {
    let mut head = [0; 64];
    let length = File::open(path)
        .and_then(|mut file| file.read(&mut head))
        .unwrap_or(0);
    let first = head
        .iter()
        .take(length)
        .find(|octet| !octet.is_ascii_whitespace());
    first == Some(&b'{')
}
