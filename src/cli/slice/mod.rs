//! `mmsmate slice`: the frames of messages as a capture of their own.

mod ends;
mod frame_runs;
mod interval_map;
mod places;
mod plan;
mod tls_connections;

use std::collections::BTreeMap;
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
use crate::capture::{Captures, Frame, PcapWriter, PcapngWriter, SecretsType};
use crate::model::text::shown;
use crate::pipeline;
use crate::report::document::{Document, Message, Outcome, State};
use crate::report::words::display_filter;
use crate::tls::UsedSecrets;
use places::Places;
use plan::{FrameKey, Plan};
use tls_connections::SlicedConnections;

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
    /// The secrets that opened the TLS connections in it, and no others, as a block of pcapng
    #[arg(long)]
    pub with_secrets: bool,
    /// Print Wireshark's display filter for the frames instead, a line a capture
    #[arg(long, conflicts_with_all = ["output", "with_connections", "with_secrets"])]
    pub filter_only: bool,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &SliceArgs) -> Result<Exit, Failure> {
    refuse(arguments)?;
    if arguments.filter_only {
        return print_filters(arguments);
    }
    let view_arguments = view::with_trailing_ids(&arguments.view);
    let Some(view) = view::view(&view_arguments)? else {
        return Ok(Exit::Unusable);
    };
    if view.document.messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    let input = &view_arguments.input;
    let Some((places, tls)) = look_again(&view.document, input, arguments.with_secrets) else {
        return Ok(Exit::Unusable);
    };
    let (messages, operations) = (&view.document.messages, &view.document.operations);
    let plan = Plan::of(messages, operations, &places, &tls, arguments.with_connections);
    let (Some(captures), Some(again)) = (open(input), open(input)) else {
        return Ok(Exit::Unusable);
    };
    let frames = plan.frames(captures);
    let (secrets, connections) = tls.secrets();
    let slice = Slice {
        frames,
        names: view
            .document
            .captures
            .iter()
            .map(|capture| file_name(&capture.path))
            .collect(),
        secrets: arguments.with_secrets.then(|| secrets.key_log()),
    };
    let output = OutputArgs {
        output: arguments.output.clone(),
        ..OutputArgs::default()
    };
    output.write(&input.captures, |out| match is_classic(arguments) {
        true => slice.copy_bare(again, out),
        false => slice.copy(again, out),
    })?;
    if arguments.with_secrets {
        tell_secrets(connections);
    }
    if let Some(path) = output.file() {
        read_back(path, messages, &secrets, &view_arguments);
    }
    Ok(view.exit)
}

/// Refuses what cannot be sliced, or not so.
fn refuse(arguments: &SliceArgs) -> Result<(), Failure> {
    content::refuse_stdin(&arguments.view.input.captures)?;
    let wrong = match arguments {
        _ if arguments.view.redact => "frames cannot be redacted; leave --redact out",
        _ if arguments.with_secrets && is_classic(arguments) => {
            "a pcap file has no room for secrets; name a .pcapng file"
        }
        _ if !arguments.filter_only
            && output::file(arguments.output.as_ref()).is_none()
            && io::stdout().is_terminal() =>
        {
            "a capture is nothing for a terminal; name a file with -o"
        }
        _ => return Ok(()),
    };
    Err(Failure::Usage(wrong.to_owned()))
}

/// Whether the name of the output asks for a pcap file.
fn is_classic(arguments: &SliceArgs) -> bool {
    output::file(arguments.output.as_ref())
        .and_then(Path::extension)
        .is_some_and(|end| end.eq_ignore_ascii_case("pcap"))
}

/// Reads the inputs once more, for what the document does not say of the messages in it.
fn look_again(
    document: &Document,
    input: &InputArgs,
    with_secrets: bool,
) -> Option<(Places, SlicedConnections)> {
    let mut places = Places::wanted(&document.messages, &document.operations);
    let mut tls = SlicedConnections::wanted(&document.messages, &document.operations, with_secrets);
    let opened = input::open_again(input)?;
    pipeline::run_with_keys(
        opened.captures,
        &(&input.limit).into(),
        opened.keys,
        &mut (&mut input::ProgressLine::new(), &mut (&mut places, &mut tls)),
    );
    Some((places, tls))
}

fn tell_secrets(connections: usize) {
    match connections {
        0 => complain("the slice holds no TLS secrets: none opened a connection in it"),
        1 => complain("the slice holds the TLS secrets of 1 connection"),
        _ => complain(format_args!(
            "the slice holds the TLS secrets of {connections} connections"
        )),
    }
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
    input::open_again(arguments).map(|opened| opened.captures)
}

fn file_name(path: &str) -> String {
    let name = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    shown(&name.unwrap_or_else(|| path.to_owned())).into_owned()
}

/// What is written.
struct Slice {
    /// What each frame is.
    frames: BTreeMap<FrameKey, String>,
    /// The names of the captures.
    names: Vec<String>,
    /// The lines of a key log that go with them.
    secrets: Option<Vec<u8>>,
}

impl Slice {
    fn label(&self, frame: &Frame<'_>) -> Option<&str> {
        let key = (frame.at.capture.0, frame.at.frame.0);
        self.frames.get(&key).map(String::as_str)
    }

    /// Writes the frames that were found.
    fn copy(&self, mut captures: Captures, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = PcapngWriter::new(out)?;
        if let Some(secrets) = self.secrets.as_ref().filter(|secrets| !secrets.is_empty()) {
            writer.write_secrets(SecretsType::TLS_KEY_LOG, secrets)?;
        }
        while let Some(frame) = captures.next() {
            let Some(label) = self.label(&frame) else { continue };
            let name = self
                .names
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

    /// Writes them as a pcap file, which has no comments.
    fn copy_bare(&self, mut captures: Captures, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = PcapWriter::new(out);
        while let Some(frame) = captures.next() {
            if self.label(&frame).is_some() {
                writer.write(&frame)?;
            }
        }
        writer.finish()
    }
}

/// Says which messages do not read back as they were: the proof of what did not happen is more than their own frames.
fn read_back(path: &Path, messages: &[Message], secrets: &UsedSecrets, arguments: &ViewArgs) {
    let input = InputArgs {
        captures: vec![path.to_owned()],
        limit: arguments.input.limit.clone(),
        ..InputArgs::default()
    };
    let Some(again) = analysis::analyse_with(&input, &arguments.verdict, secrets) else {
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
