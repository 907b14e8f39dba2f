//! `slice --redact`: frames in which numbers are pseudonyms by a key and content is blank, everything at its length, with
//! checksums that are right where they were. What cannot be changed so is left out and told.
//!
//! ```text
//! frames → held, with the places in them → streams (TCP in order, datagrams) → content blank, numbers replaced → frames
//!        → checksums → read again: what still shows something is left out
//! ```

mod checksums;
mod held;
mod numbers;
mod parts;
mod streams;
mod views;

use std::collections::BTreeMap;
use std::io::{self, Cursor};

use memchr::memmem;

use crate::capture::{Captures, Frame, PcapngWriter};
use crate::model::Endpoint;
use crate::pipeline::{self, Observer};
use crate::report::document::{Message, Operation};
use crate::report::redact::keyed::{Key, Numbers};
use held::{Anatomy, Held, Reason};
use numbers::{Known, Replacer};
use parts::{Contents, Leaks};
use streams::Stream;

/// Octets that frames may have which are changed: they are held in memory, several times.
const MAX_OCTETS: usize = 256 * 1024 * 1024;

/// Frames to be changed.
#[derive(Debug)]
pub(super) struct Redaction {
    frames: Vec<Held>,
    octets: usize,
    replacer: Replacer,
    /// Numbers that stand in the messages: none of them may be left.
    told: Known,
}

/// Frames that were changed.
#[derive(Debug)]
pub(super) struct Redacted {
    frames: Vec<Held>,
    /// The pseudonyms.
    pub(super) numbers: Numbers,
    /// How many frames were left out, and why.
    pub(super) left_out: BTreeMap<&'static str, usize>,
}

impl Redaction {
    /// That of messages, by a key.
    pub(super) fn of(key: Key, messages: &[Message], operations: &[Operation]) -> Self {
        let told = || {
            let mut known = Known::default();
            messages
                .iter()
                .for_each(|message| tell_numbers(message, &mut known));
            let headers = operations
                .iter()
                .flat_map(|operation| operation.request.iter().chain(&operation.response))
                .flat_map(|pdu| &pdu.headers);
            headers.for_each(|header| known.add_text(&header.value));
            known
        };
        Self {
            frames: Vec::new(),
            octets: 0,
            replacer: Replacer {
                numbers: Numbers::new(key),
                known: told(),
            },
            told: told(),
        }
    }

    /// Takes a frame with what is said of it.
    ///
    /// # Errors
    /// Where there are more than can be held.
    pub(super) fn take(&mut self, frame: &Frame<'_>, label: &str) -> io::Result<()> {
        self.octets = self.octets.saturating_add(frame.data.len());
        if self.octets > MAX_OCTETS {
            return Err(io::Error::other(
                "the frames have more than 256 MiB, which --redact cannot hold; select fewer messages",
            ));
        }
        self.frames.push(Held::of(frame, label));
        Ok(())
    }

    /// Changes them.
    ///
    /// # Errors
    /// None that memory does not have.
    pub(super) fn run(mut self) -> io::Result<Redacted> {
        let before: Vec<Vec<u8>> = self.frames.iter().map(|held| held.data.clone()).collect();
        let anatomies = Anatomy::of_all(&self.frames);
        leave_out_unreadable(&mut self.frames, &anatomies);
        let mut contents = Contents::default();
        read(&self.frames, &mut contents)?;
        let mut streams = streams::streams(&self.frames, &anatomies);
        contents.blank(&mut streams);
        streams
            .iter()
            .for_each(|stream| self.replacer.note(&stream.octets));
        for stream in &mut streams {
            if stream.is_signalling {
                self.replacer.signalling(&mut stream.octets);
            }
            self.replacer.replace(&mut stream.octets);
            stream.write_back(&mut self.frames);
        }
        for ((held, anatomy), before) in self.frames.iter_mut().zip(&anatomies).zip(&before) {
            if let Err(reason) = anatomy.adjust_checksums(before, &mut held.data) {
                held.leave_out(reason);
            }
        }
        self.leave_out_leaks()?;
        let mut left_out = BTreeMap::new();
        for reason in self.frames.iter().filter_map(|held| held.left_out) {
            *left_out.entry(reason.words()).or_default() += 1;
        }
        self.frames.retain(|held| held.left_out.is_none());
        Ok(Redacted {
            frames: self.frames,
            numbers: self.replacer.numbers,
            left_out,
        })
    }

    /// Leaves out what shows content or a number yet.
    fn leave_out_leaks(&mut self) -> io::Result<()> {
        for held in &mut self.frames {
            if held.left_out.is_none() && self.told.lies_in(&held.data) {
                held.leave_out(Reason::Elsewhere);
            }
        }
        let mut leaks = Leaks {
            has_number: &|octets| self.told.lies_in(octets),
            found: Vec::new(),
        };
        let numbers = read(&self.frames, &mut leaks)?;
        let found = leaks.found;
        if found.is_empty() {
            return Ok(());
        }
        let anatomies = Anatomy::of_all(&self.frames);
        for (extent, source, destination, shows_content) in found {
            let reason = if shows_content {
                Reason::Parts
            } else {
                Reason::Elsewhere
            };
            let span = extent.first.frame.0..=extent.last.frame.0;
            for (number, at) in &numbers {
                let is_of = anatomies
                    .get(*at)
                    .and_then(|anatomy| anatomy.packet.as_ref())
                    .is_some_and(|inside| (inside.source, inside.destination) == (source, destination));
                if let Some(held) = self
                    .frames
                    .get_mut(*at)
                    .filter(|_| is_of && span.contains(number))
                {
                    held.leave_out(reason);
                }
            }
        }
        Ok(())
    }
}

impl Redacted {
    /// The frames with what is said of them, in their order.
    pub(super) fn frames(&self) -> impl Iterator<Item = (Frame<'_>, &str)> {
        self.frames.iter().map(|held| (held.frame(), held.label.as_str()))
    }
}

/// Adds the numbers that stand in a message.
fn tell_numbers(message: &Message, known: &mut Known) {
    let addresses = message.from.iter().chain(&message.to).chain(&message.cc);
    let addresses = addresses.chain(&message.bcc).chain(&message.recipients);
    addresses.for_each(|address| known.add_text(address));
    for entry in &message.context {
        entry.recipient.iter().for_each(|address| known.add_text(address));
        known.add_text(&entry.summary.to_string());
    }
}

/// Reads the frames that are not left out, as a capture of their own. Gives which frame of it is which of those held.
fn read(frames: &[Held], observer: &mut dyn Observer) -> io::Result<Vec<(u64, usize)>> {
    let mut writer = PcapngWriter::new(Vec::new())?;
    let mut numbers = Vec::new();
    for (at, held) in frames
        .iter()
        .enumerate()
        .filter(|(_, held)| held.left_out.is_none())
    {
        writer.write(&held.frame(), None)?;
        numbers.push((numbers.len() as u64 + 1, at));
    }
    let octets = writer.finish()?;
    let captures = Captures::read("slice", Box::new(Cursor::new(octets))).map_err(io::Error::other)?;
    pipeline::run(
        captures,
        &pipeline::Limits::default(),
        &mut (&mut *observer, &mut ()),
    );
    Ok(numbers)
}

/// Leaves out frames of which nothing can be replaced.
fn leave_out_unreadable(frames: &mut [Held], anatomies: &[Anatomy]) {
    for (held, anatomy) in frames.iter_mut().zip(anatomies) {
        if anatomy.is_fragment {
            held.leave_out(Reason::Fragment);
        }
    }
    let streams = streams::streams(frames, anatomies);
    let mut connections: BTreeMap<(Endpoint, Endpoint), Reason> = BTreeMap::new();
    for stream in streams.iter().filter(|stream| stream.is_tcp) {
        if let Some(reason) = unreadable(stream) {
            let ends = super::ends::ordered(stream.source, stream.destination);
            connections.entry(ends).or_insert(reason);
        }
    }
    for (held, anatomy) in frames.iter_mut().zip(anatomies) {
        let Some(inside) = &anatomy.packet else { continue };
        let ends = super::ends::ordered(inside.source, inside.destination);
        if !inside.payload.is_empty()
            && let Some(reason) = connections.get(&ends)
        {
            held.leave_out(*reason);
        }
    }
}

/// Why nothing of a stream can be replaced, where that is so.
fn unreadable(stream: &Stream) -> Option<Reason> {
    let octets = stream.octets.as_slice();
    if matches!(octets, [0x14..=0x17, 0x03, 0x00..=0x04, ..]) {
        return Some(Reason::Encrypted);
    }
    if octets.starts_with(b"PRI * HTTP/2.0") || has_field(octets, b"upgrade: h2c") {
        return Some(Reason::Http2);
    }
    let codings = [&b"gzip"[..], b"x-gzip", b"deflate", b"br", b"zstd", b"compress"];
    let fields = [&b"content-encoding: "[..], b"transfer-encoding: "];
    let is_coded = |field: &&[u8]| {
        codings
            .iter()
            .any(|coding| has_field(octets, &[*field, coding].concat()))
    };
    fields.iter().any(is_coded).then_some(Reason::Compressed)
}

/// Whether a header field of HTTP stands in octets, in any case; `field` is in lower case, at the beginning of a line.
fn has_field(octets: &[u8], field: &[u8]) -> bool {
    let mut ends = memmem::find_iter(octets, b"\r\n");
    ends.any(|end| {
        let line = octets.get(end + 2..end + 2 + field.len());
        line.is_some_and(|line| line.eq_ignore_ascii_case(field))
    })
}
