//! `mmsmate slice`: the frames of messages as a capture of their own.

mod frame_runs;
mod interval_map;
mod places;
mod plan;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    analysis,
    arguments::InputArgs,
    content,
    exit::{Exit, Failure, complain},
    help, input,
    output::{self, OutputArgs},
    view::{self, ViewArgs},
};
use crate::capture::{Captures, PcapWriter, PcapngWriter};
use crate::model::text::shown;
use crate::pipeline;
use crate::report::document::{Message, Outcome, State};
use crate::report::words::display_filter;
use places::Places;
use plan::{FrameKey, Plan};

/// Arguments of `slice`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "mmsmate slice [OPTIONS] <CAPTURE>... [ID]...", help_template = help::TEMPLATE, before_help = help::SLICE, after_help = help::SLICE_NOTES)]
pub struct SliceArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// Where to; `-` or nothing is standard output, where that is no terminal
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// All frames of the connections that the messages used
    #[arg(long)]
    pub with_connections: bool,
    /// Print Wireshark's display filter for the frames instead, a line a capture
    #[arg(long, conflicts_with_all = ["output", "with_connections"])]
    pub filter_only: bool,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &SliceArgs) -> Result<Exit, Failure> {
    content::refuse_stdin(&arguments.view.input.captures)?;
    if arguments.view.redact {
        return Err(Failure::Usage(
            "frames cannot be redacted; leave --redact out".to_owned(),
        ));
    }
    if arguments.filter_only {
        return print_filters(arguments);
    }
    if output::file(arguments.output.as_ref()).is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "a capture is nothing for a terminal; name a file with -o".to_owned(),
        ));
    }
    let view_arguments = view::with_trailing_ids(&arguments.view);
    let Some(view) = view::view(&view_arguments)? else {
        return Ok(Exit::Unusable);
    };
    let messages = &view.document.messages;
    if messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    let input = &view_arguments.input;
    let operations = &view.document.operations;
    let mut places = Places::wanted(messages, operations);
    let Some(opened) = input::open(input) else {
        return Ok(Exit::Unusable);
    };
    let limits = (&input.limit).into();
    pipeline::run_with_keys(
        opened.captures,
        &limits,
        opened.keys,
        &mut (&mut input::ProgressLine::new(), &mut places),
    );
    // What lies in TLS can only be read again with the handshake and the records before it.
    let mut places_seen = messages.iter().flat_map(|message| &message.events);
    let in_tls = places_seen.any(|event| event.seen.tls.is_some());
    let plan = Plan::of(
        messages,
        operations,
        &places,
        arguments.with_connections || in_tls,
    );
    let Some(captures) = open(input) else {
        return Ok(Exit::Unusable);
    };
    let frames = plan.frames(captures);
    let Some(captures) = open(input) else {
        return Ok(Exit::Unusable);
    };
    let names: Vec<String> = view
        .document
        .captures
        .iter()
        .map(|capture| file_name(&capture.path))
        .collect();
    let output = OutputArgs {
        output: arguments.output.clone(),
        ..OutputArgs::default()
    };
    let classic = output
        .file()
        .and_then(Path::extension)
        .is_some_and(|end| end.eq_ignore_ascii_case("pcap"));
    output.write(&input.captures, |out| match classic {
        true => copy_bare(captures, &frames, out),
        false => copy(captures, &frames, &names, out),
    })?;
    if let Some(path) = output.file() {
        read_back(path, messages, &view_arguments);
    }
    Ok(view.exit)
}

/// Prints the display filter for the frames of messages; where there are several captures, each behind its name.
fn print_filters(arguments: &SliceArgs) -> Result<Exit, Failure> {
    let Some(view) = view::view(&view::with_trailing_ids(&arguments.view))? else {
        return Ok(Exit::Unusable);
    };
    if view.document.messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    let mut out = output::stdout();
    for (capture, filter) in display_filter::by_frame(&view.document.messages) {
        match view.document.captures.as_slice() {
            [_] => writeln!(out, "{filter}")?,
            captures => {
                let path = captures.get(capture as usize).map_or("", |capture| &capture.path);
                writeln!(out, "{}: {filter}", shown(path))?;
            }
        }
    }
    out.flush()?;
    Ok(view.exit)
}

fn open(arguments: &InputArgs) -> Option<Captures> {
    input::open(arguments).map(|opened| opened.captures)
}

fn file_name(path: &str) -> String {
    let name = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    shown(&name.unwrap_or_else(|| path.to_owned())).into_owned()
}

/// Writes the frames that were found.
fn copy(
    mut captures: Captures,
    frames: &std::collections::BTreeMap<FrameKey, String>,
    names: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = PcapngWriter::new(out)?;
    while let Some(frame) = captures.next() {
        let key = (frame.at.capture.0, frame.at.frame.0);
        let Some(label) = frames.get(&key) else { continue };
        let name = names
            .get(frame.at.capture.0 as usize)
            .map_or("the capture", String::as_str);
        let mut comment = format!("frame {} of {name}", frame.at.frame);
        if !label.is_empty() {
            comment = format!("{label}; {comment}");
        }
        writer.write(&frame, Some(&comment))?;
    }
    writer.finish()?;
    Ok(())
}

/// Writes the frames that were found as a pcap file, which has no comments.
fn copy_bare(
    mut captures: Captures,
    frames: &std::collections::BTreeMap<FrameKey, String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = PcapWriter::new(out);
    while let Some(frame) = captures.next() {
        if frames.contains_key(&(frame.at.capture.0, frame.at.frame.0)) {
            writer.write(&frame)?;
        }
    }
    writer.finish()
}

/// Says which messages do not read back as they were: the proof of what did not happen is more than their own frames.
fn read_back(path: &Path, messages: &[Message], arguments: &ViewArgs) {
    let input = InputArgs {
        captures: vec![path.to_owned()],
        limit: arguments.input.limit.clone(),
        ..InputArgs::default()
    };
    let Some(again) = analysis::analyse(&input, &arguments.verdict) else {
        return;
    };
    let mut found: Vec<Kind<'_>> = again.document.messages.iter().map(kind).collect();
    for message in messages {
        let wanted = kind(message);
        match found.iter().position(|kind| *kind == wanted) {
            Some(at) => {
                found.swap_remove(at);
            }
            None => complain(format_args!(
                "note: message {} reads back differently from {}, as it rests on more than its own frames; \
                 try --with-connections",
                message.id,
                path.display()
            )),
        }
    }
}

type Kind<'a> = (Option<&'a str>, Option<&'a str>, Outcome, State, usize, usize);

/// What has to be the same.
fn kind(message: &Message) -> Kind<'_> {
    (
        message.message_id.as_deref(),
        message.from.as_deref(),
        message.outcome,
        message.state,
        message.failures.len(),
        message.events.len(),
    )
}
