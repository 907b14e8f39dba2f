//! What a state is told, and what it asks for.

use std::path::PathBuf;

use super::{data::News, keys::Key};
use crate::model::{Endpoint, StreamId};
use crate::report::document::Seen;

/// Something that a state is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// A place on the screen was clicked: its column and row.
    Click(u16, u16),
    /// The wheel was turned: so many lines down.
    Wheel(i16),
    /// The terminal has this size: columns and rows.
    Resize(u16, u16),
    /// Nothing else is to be done: a piece of work that takes longer can go on.
    Idle,
    /// A job brought something.
    Answer(Answer),
}

/// Something that a state asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The end.
    Quit,
    /// The program is to be stopped until the shell continues it.
    Suspend,
    /// The screen is to be drawn anew, whatever is on it.
    Redraw,
    /// The mouse is to be watched, or to be left to the terminal.
    Mouse(bool),
    /// This text is to become the content of the clipboard.
    Copy(String),
    /// A job is to be begun.
    Job(Job),
}

/// Work that takes files.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// PDUs are to be read again and written down. It takes the place of one before it.
    Read {
        /// Its number, which its answers have too.
        request: u64,
        /// Where they lie.
        wanted: Vec<PduPlace>,
    },
    /// No PDUs are needed any more.
    StopReading,
    /// Messages are to be written to a file or a directory that is not there yet.
    Export {
        /// What of them.
        what: Export,
        /// Their places among all messages.
        messages: Vec<u32>,
        /// Where to.
        path: PathBuf,
    },
}

/// What of messages is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Their frames, as a capture.
    Slice,
    /// Their parts, as files in a directory.
    Parts,
    /// All that is known of them, as JSON.
    Json,
}

/// Where a PDU lies in the captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PduPlace {
    /// Which input, 0-based.
    pub capture: u32,
    /// The frame that completes it.
    pub frame: u64,
    /// The frame that it begins in.
    pub first_frame: u64,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
    /// The stream, where HTTP/2 carried it.
    pub stream: Option<StreamId>,
}

impl From<&Seen> for PduPlace {
    fn from(seen: &Seen) -> Self {
        Self {
            capture: seen.capture,
            frame: seen.frame,
            first_frame: seen.first_frame,
            source: seen.src,
            destination: seen.dst,
            stream: seen.stream,
        }
    }
}

/// What a job brought.
#[derive(Clone, Debug)]
pub enum Answer {
    /// How far the captures were read again: octets, and of how many.
    Progress {
        /// Of which job.
        request: u64,
        /// Octets read.
        read: u64,
        /// Octets there are, where that is known.
        total: Option<u64>,
    },
    /// A PDU, as `mmsmate pdus --tree` writes it.
    Pdu {
        /// Of which job.
        request: u64,
        /// Where it lies.
        place: PduPlace,
        /// Its lines, with what colours them.
        tree: Vec<u8>,
    },
    /// The job that read PDUs is over; or why it could not read.
    ReadingOver {
        /// Which job.
        request: u64,
        /// What was in its way.
        error: Option<String>,
    },
    /// An export is over.
    Written(Written),
    /// Something is new of inputs that are followed.
    News(Box<News>),
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whether all of it was written.
    pub whole: bool,
    /// What there is to say about it.
    pub told: String,
}
