//! `mmsmate slice`: the frames of messages as a capture of their own.

mod ends;
mod frame_runs;
mod interval_map;
mod others;
mod places;
mod plan;
mod redact;
mod tls_connections;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, atomic::AtomicBool};

use clap::Args;

use super::{
    analysis,
    arguments::{InputArgs, RedactArgs, VerdictArgs},
    content,
    exit::{Exit, Failure, complain},
    help, input,
    output::{self, OutputArgs},
    signals,
    view::{self, ViewArgs},
};
use crate::capture::{Captures, Frame, PcapWriter, PcapngWriter, SecretsType};
use crate::model::text::shown;
use crate::pipeline;
use crate::report::document::{Capture, Message, Operation, Outcome, State};
use crate::report::words::{display_filter, human};
use crate::tls::UsedSecrets;
use others::Others;
use places::Places;
use plan::{FrameKey, Plan};
use redact::{Redacted, Redaction};
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
    #[arg(long, conflicts_with = "redact")]
    pub with_secrets: bool,
    /// Print Wireshark's display filter for the frames instead, a line a capture
    #[arg(long, conflicts_with_all = ["output", "with_connections", "with_secrets", "redact"])]
    pub filter_only: bool,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &SliceArgs) -> Result<Exit, Failure> {
    refuse(arguments)?;
    if arguments.filter_only {
        return print_filters(arguments);
    }
    let key = arguments.view.redact.key()?;
    // What is looked for in the frames has to be what they say.
    let view_arguments = ViewArgs {
        redact: RedactArgs::default(),
        ..view::with_trailing_ids(&arguments.view)
    };
    let mut others = Others::default();
    let Some(view) = view::view_beside(&view_arguments, &mut |message| others.note(message))? else {
        return Ok(Exit::Unusable);
    };
    if view.document.messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    let input = &view_arguments.input;
    let messages = &view.document.messages;
    let slicing = Slicing {
        input,
        messages,
        operations: &view.document.operations,
        captures: &view.document.captures,
        with_connections: arguments.with_connections,
        with_secrets: arguments.with_secrets,
    };
    let Some(slice) = slicing.find(&signals::stop()) else {
        return Ok(Exit::Unusable);
    };
    let output = OutputArgs {
        output: arguments.output.clone(),
        ..OutputArgs::default()
    };
    let form = form(arguments);
    let (frames, opened_with) = slice;
    others.tell(&frames.frames);
    if let Some(key) = key {
        let redacted = frames.redacted(Redaction::of(key, messages, slicing.operations))?;
        output.write(&input.captures, |out| write_redacted(&redacted, form, out))?;
        tell_left_out(&redacted);
        let met = redacted.numbers.met();
        arguments.view.redact.write_map(&input.captures, met)?;
        if let Some(path) = output.file() {
            let mut numbers = redacted.numbers;
            slicing.read_back(path, &opened_with, &view_arguments.verdict, &mut |text| {
                numbers.text(text)
            });
        }
        return Ok(view.exit);
    }
    output.write(&input.captures, |out| frames.write(form, out))?;
    if arguments.with_secrets {
        tell_secrets(opened_with.connections);
    }
    if let Some(path) = output.file() {
        slicing.read_back(path, &opened_with, &view_arguments.verdict, &mut str::to_owned);
    }
    Ok(view.exit)
}

/// Writes frames that were changed.
fn write_redacted(redacted: &Redacted, form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Pcapng => {
            let mut writer = PcapngWriter::new(out)?;
            for (frame, comment) in redacted.frames() {
                writer.write(&frame, Some(comment))?;
            }
            writer.finish().map(drop)
        }
        Form::Pcap => {
            let mut writer = PcapWriter::new(out);
            for (frame, _) in redacted.frames() {
                writer.write(&frame)?;
            }
            writer.finish()
        }
    }
}

/// Says what was left out, as it cannot be changed.
fn tell_left_out(redacted: &Redacted) {
    for (why, frames) in &redacted.left_out {
        complain(format_args!(
            "left out: {} {why}",
            human::count(*frames as u64, "frame")
        ));
    }
}

/// Refuses what cannot be sliced, or not so.
fn refuse(arguments: &SliceArgs) -> Result<(), Failure> {
    content::refuse_stdin(&arguments.view.input.captures)?;
    let wrong = match arguments {
        _ if arguments.view.redact.redact && arguments.view.redact.key.is_none() => {
            "frames are redacted with --key FILE, the secret that pseudonyms are made from"
        }
        _ if arguments.with_secrets && form(arguments) == Form::Pcap => {
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

/// The form that the name of the output asks for.
fn form(arguments: &SliceArgs) -> Form {
    output::file(arguments.output.as_ref()).map_or(Form::Pcapng, Form::of)
}

/// The form of a capture that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// pcapng, with comments.
    Pcapng,
    /// pcap, which has none.
    Pcap,
}

impl Form {
    /// That which the name of a file asks for.
    pub(super) fn of(path: &Path) -> Self {
        let ending = path.extension();
        match ending.is_some_and(|ending| ending.eq_ignore_ascii_case("pcap")) {
            true => Self::Pcap,
            false => Self::Pcapng,
        }
    }
}

/// Messages of which the frames are wanted.
pub(super) struct Slicing<'a> {
    /// Where they are read again.
    pub(super) input: &'a InputArgs,
    /// The messages.
    pub(super) messages: &'a [Message],
    /// What belongs to no message, of which some may cancel one.
    pub(super) operations: &'a [Operation],
    /// The captures, as the document has them.
    pub(super) captures: &'a [Capture],
    /// Whether all frames of the connections are wanted that the messages used.
    pub(super) with_connections: bool,
    /// Whether the secrets that opened their TLS connections are wanted.
    pub(super) with_secrets: bool,
}

/// What opened the TLS connections in a slice.
pub(super) struct OpenedWith {
    secrets: UsedSecrets,
    connections: usize,
}

impl Slicing<'_> {
    /// Finds out which frames the messages need, and opens the inputs to copy them; until `stop` is true. `None` where the
    /// inputs cannot be read any more.
    pub(super) fn find(&self, stop: &Arc<AtomicBool>) -> Option<(Slice, OpenedWith)> {
        let open = || input::open_again_until(self.input, Arc::clone(stop));
        let (places, tls) = self.look_again(open()?);
        let plan = Plan::of(
            self.messages,
            self.operations,
            &places,
            &tls,
            self.with_connections,
        );
        let frames = plan.frames(open()?.captures);
        let (secrets, connections) = tls.secrets();
        let slice = Slice {
            frames,
            captures: open()?.captures,
            names: self
                .captures
                .iter()
                .map(|capture| file_name(&capture.path))
                .collect(),
            secrets: self.with_secrets.then(|| secrets.key_log()),
        };
        Some((slice, OpenedWith { secrets, connections }))
    }

    /// Reads the inputs once more, for what the document does not say of the messages in it.
    fn look_again(&self, opened: input::Opened) -> (Places, SlicedConnections) {
        let mut places = Places::wanted(self.messages, self.operations);
        let mut tls = SlicedConnections::wanted(self.messages, self.operations, self.with_secrets);
        pipeline::run_with_keys(
            opened.captures,
            &(&self.input.limit).into(),
            opened.keys,
            &mut (&mut input::ProgressLine::new(), &mut (&mut places, &mut tls)),
        );
        (places, tls)
    }

    /// Says which messages do not read back as they were: the proof of what did not happen is more than their own frames.
    /// `written` is how the file writes a text that may name somebody.
    pub(super) fn read_back(
        &self,
        path: &Path,
        opened_with: &OpenedWith,
        verdict: &VerdictArgs,
        written: &mut dyn FnMut(&str) -> String,
    ) {
        let input = InputArgs {
            captures: vec![path.to_owned()],
            limit: self.input.limit.clone(),
            ..InputArgs::default()
        };
        let Some(again) = analysis::analyse_with(&input, verdict, &opened_with.secrets) else {
            return;
        };
        let mut found: Vec<Kind> = again
            .document
            .messages
            .iter()
            .map(|message| kind(message, &mut str::to_owned))
            .collect();
        for message in self.messages {
            let wanted = kind(message, written);
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

fn file_name(path: &str) -> String {
    let name = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    shown(&name.unwrap_or_else(|| path.to_owned())).into_owned()
}

/// What is written.
pub(super) struct Slice {
    /// What each frame is.
    frames: BTreeMap<FrameKey, String>,
    /// Where the frames are copied from.
    captures: Captures,
    /// The names of the captures.
    names: Vec<String>,
    /// The lines of a key log that go with them.
    secrets: Option<Vec<u8>>,
}

impl Slice {
    /// Copies the frames that were found.
    pub(super) fn write(self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Pcapng => self.copy(out),
            Form::Pcap => self.copy_bare(out),
        }
    }

    fn copy(mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = PcapngWriter::new(out)?;
        if let Some(secrets) = self.secrets.take().filter(|secrets| !secrets.is_empty()) {
            writer.write_secrets(SecretsType::TLS_KEY_LOG, &secrets)?;
        }
        self.each(|frame, comment| writer.write(frame, Some(comment)))?;
        writer.finish()?;
        Ok(())
    }

    /// The frames with numbers as pseudonyms and blank content.
    fn redacted(mut self, mut redaction: Redaction) -> io::Result<Redacted> {
        // Their names may say whose they are.
        for (number, name) in self.names.iter_mut().enumerate() {
            *name = format!("capture {}", number + 1);
        }
        self.each(|frame, comment| redaction.take(frame, comment))?;
        redaction.run()
    }

    /// Tells of each frame that was found, with what there is to say of it.
    fn each(self, mut tell: impl FnMut(&Frame<'_>, &str) -> io::Result<()>) -> io::Result<()> {
        let Self {
            frames,
            mut captures,
            names,
            ..
        } = self;
        while let Some(frame) = captures.next() {
            let Some(label) = frames.get(&key(&frame)) else {
                continue;
            };
            let name = names
                .get(frame.at.capture.0 as usize)
                .map_or("the capture", String::as_str);
            let mut comment = format!("frame {} of {name}", frame.at.frame);
            if !label.is_empty() {
                comment = format!("{label}; {comment}");
            }
            tell(&frame, &comment)?;
        }
        Ok(())
    }

    /// Writes them as a pcap file, which has no comments.
    fn copy_bare(mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = PcapWriter::new(out);
        while let Some(frame) = self.captures.next() {
            if self.frames.contains_key(&key(&frame)) {
                writer.write(&frame)?;
            }
        }
        writer.finish()
    }
}

fn key(frame: &Frame<'_>) -> FrameKey {
    (frame.at.capture.0, frame.at.frame.0)
}

type Kind = (Option<String>, Option<String>, Outcome, State, usize, usize);

/// What has to be the same.
fn kind(message: &Message, written: &mut dyn FnMut(&str) -> String) -> Kind {
    (
        message.message_id.as_deref().map(&mut *written),
        message.from.as_deref().map(written),
        message.outcome,
        message.state,
        message.failures.len(),
        message.events.len(),
    )
}
