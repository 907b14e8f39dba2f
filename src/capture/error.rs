//! Why an input cannot be read at all. What is wrong inside a readable capture is a [`Problem`](super::Problem).

use std::{fmt, io};

use thiserror::Error;

use super::Input;
use crate::model::text::shown;

/// An input that yields no frame: one line that names it and the reason.
#[derive(Debug, Error)]
#[error("{}: {reason}", shown(&.input.to_string()))]
pub struct CaptureError {
    /// The input.
    pub input: Input,
    /// What is wrong with it.
    #[source]
    pub reason: CaptureErrorReason,
}

/// What keeps an input from being read.
#[derive(Debug, Error)]
pub enum CaptureErrorReason {
    /// The operating system refused: missing, no permission, I/O error.
    #[error("{}", describe(.0))]
    Io(io::Error),
    /// Nothing in it, not even a file header.
    #[error("empty file")]
    Empty,
    /// The first octets are those of no capture format.
    #[error("{}", unknown(.magic))]
    UnknownFormat {
        /// Up to four octets the file begins with, after decompression.
        magic: Vec<u8>,
    },
    /// The file header is cut or contradicts itself.
    #[error("{detail} at offset {offset}")]
    BadHeader {
        /// Octets from the start, after decompression.
        offset: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// The compressed data ends or breaks before the first capture header.
    #[error("cannot be decompressed: {}", describe(.0))]
    Compression(io::Error),
    /// A file that is to be followed and is compressed: how it would grow cannot be told.
    #[error("is compressed, and can only be followed through a pipe")]
    CompressedGrowth,
    /// A directory where only files are expected.
    #[error("is a directory (use --recursive)")]
    Directory,
    /// A pattern, or a directory, in which there is no capture file.
    #[error("no capture file found")]
    NothingFound,
    /// A pattern that is none.
    #[error("not a valid pattern: {0}")]
    Pattern(&'static str),
    /// Standard input can only be read once.
    #[error("standard input given more than once")]
    SecondStandardInput,
}

impl CaptureErrorReason {
    pub(super) fn of(self, input: &Input) -> CaptureError {
        CaptureError {
            input: input.clone(),
            reason: self,
        }
    }
}

/// The system's words without its `(os error N)`; the decompressors' many words for an early end as one.
pub(super) fn describe(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the compressed data ends early".to_owned();
    }
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// What a file is that begins like no capture, and what to do with one that is compressed in a way that is not read.
fn unknown(magic: &[u8]) -> String {
    let (what, command) = match magic {
        [0xfd, b'7', b'z', b'X', ..] => ("xz", "xz -dc"),
        [b'B', b'Z', b'h', ..] => ("bzip2", "bzip2 -dc"),
        [b'P', b'K', 3, 4, ..] => ("zip", "unzip -p"),
        _ => return format!("not a capture file (unknown magic {} at offset 0)", Hex(magic)),
    };
    format!("compressed with {what}, which is not read here; pipe it: {command} FILE | mmsmate -")
}
