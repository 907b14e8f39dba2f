//! `mmsmate report`: one self-contained page.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use clap::Args;

use super::{
    arguments::{ContextArgs, InputArgs},
    content::{self, Wanted},
    exit::{Exit, Failure},
    help,
    output::OutputArgs,
    signals,
    view::{self, ViewArgs},
};
use crate::model::Digest;
use crate::report::document::{Message, Part};
use crate::report::render::html::{self, Picture};

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::REPORT)]
pub struct ReportArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// What stands above the report
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "MMS report",
        help_heading = "Output"
    )]
    pub title: String,
    /// Show the pictures in messages, small; without this, no content is in the report
    #[arg(long, conflicts_with = "redact", help_heading = "Output")]
    pub include_content: bool,
    #[command(flatten)]
    pub context: ContextArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &ReportArgs) -> Result<Exit, Failure> {
    let arguments = &ReportArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    if arguments.output.file().is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "a page is nothing for a terminal; name a file with -o".to_owned(),
        ));
    }
    let Some(mut view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    arguments.context.apply(&mut view.document.messages);
    let mut options = html::Options {
        title: arguments.title.clone(),
        zone: view.preferences.zone.clone(),
        names: view.preferences.names.clone(),
        ..html::Options::default()
    };
    if arguments.include_content {
        content::refuse_stdin(&arguments.view.input.captures)?;
        options.pictures = pictures(&arguments.view.input, &view.document.messages);
    }
    let document = &view.document;
    arguments
        .output
        .write(&arguments.view.input.captures, |mut out| {
            html::write(
                &mut out,
                document,
                &view.selected,
                document.messages.iter(),
                &options,
            )
        })?;
    Ok(view.exit)
}

/// Pictures in a report take at most this many octets together, so that the page still opens.
const MAX_PICTURES: usize = 64 * 1024 * 1024;

/// The pictures in messages, the first ones where there are too many.
fn pictures(input: &InputArgs, messages: &[Message]) -> BTreeMap<Digest, Picture> {
    let fits = |part: &Part| part.content_type.starts_with("image/") && part.size <= html::MAX_PICTURE as u64;
    let mut pictures = BTreeMap::new();
    let mut left = MAX_PICTURES;
    content::read(
        input,
        Wanted::of(messages, fits),
        signals::stop(),
        |digest, octets| {
            let Some(rest) = left.checked_sub(octets.len()) else {
                return;
            };
            if let Some(picture) = Picture::new(octets.to_vec()) {
                left = rest;
                pictures.insert(digest, picture);
            }
        },
    );
    pictures
}
