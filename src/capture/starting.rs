//! Inputs that are followed, until there is enough of them to tell what they are.

use std::{
    io::{self, Read},
    sync::{Arc, OnceLock, atomic::AtomicU64},
};

use super::{
    CaptureError, CaptureErrorReason, Compression, Input,
    background::{BackgroundReader, Patience},
    reader::{About, CaptureReader},
    source::Counted,
    tail::{Tail, TailedFile},
    window::Window,
};
use crate::model::CaptureIndex;

/// The octets that tell the compression.
const MAGIC_LENGTH: usize = 4;

/// An input of which the file header may not be there yet.
pub(super) struct Starting {
    pub(super) input: Input,
    window: Window,
    read: Arc<AtomicU64>,
    source: Kind,
}

/// What is followed.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A pipe, with what it turns out to be compressed with.
    Pipe(Arc<OnceLock<Compression>>),
    File(TailedFile),
}

/// What became of an input that was starting.
pub(super) enum Started {
    /// There is not enough of it yet.
    NotYet(Box<Starting>),
    Reader(Box<CaptureReader>, Kind),
    Failed(CaptureError),
}

impl Starting {
    /// Opens an input to follow it; `buffer` octets of it are in memory at a time.
    pub(super) fn open(input: Input, buffer: usize) -> Result<Self, CaptureError> {
        let opened = match &input {
            Input::Stdin => Self::pipe(Box::new(io::stdin())),
            Input::File(path) => match path.metadata() {
                Ok(about) if about.is_file() => Tail::open(path).map(|(tail, tailed)| {
                    let octets: Box<dyn Read + Send> = Box::new(tail);
                    (octets, Kind::File(tailed))
                }),
                Ok(_) => std::fs::File::open(path).and_then(|file| Self::pipe(Box::new(file))),
                Err(error) => Err(error),
            },
        };
        let (octets, source) = opened.map_err(|error| CaptureErrorReason::Io(error).of(&input))?;
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted::new(octets, Arc::clone(&read));
        Ok(Self {
            input,
            window: Window::growing(Box::new(counted), buffer),
            read,
            source,
        })
    }

    /// What comes through a pipe, undone on a thread of its own where it is compressed.
    fn pipe(raw: Box<dyn Read + Send>) -> io::Result<(Box<dyn Read + Send>, Kind)> {
        let compression = Arc::new(OnceLock::new());
        let undone = Undone {
            raw: Some(raw),
            octets: Box::new(io::empty()),
            compression: Arc::clone(&compression),
        };
        let octets = BackgroundReader::start(Box::new(undone), Patience::None)?;
        Ok((Box::new(octets), Kind::Pipe(compression)))
    }

    /// Looks whether there is enough of it to read it as a capture.
    pub(super) fn poll(mut self: Box<Self>, index: CaptureIndex) -> Started {
        self.window.fill_to(MAGIC_LENGTH);
        let is_compressed = Compression::of(self.window.available()).is_some();
        if is_compressed && matches!(self.source, Kind::File(_)) {
            return Started::Failed(CaptureErrorReason::CompressedGrowth.of(&self.input));
        }
        let compression = match &self.source {
            Kind::Pipe(compression) => compression.get().copied(),
            Kind::File(_) => None,
        };
        let about = About {
            compression,
            read: Arc::clone(&self.read),
            size: None,
            reopenable: matches!(self.source, Kind::File(_)),
        };
        match CaptureReader::recognise(&mut self.window, compression) {
            Err(_) if self.window.is_waiting() => Started::NotYet(self),
            Err(reason) => Started::Failed(reason.of(&self.input)),
            Ok(recognised) => {
                let reader = CaptureReader::begin(self.window, recognised, about, &self.input, index);
                Started::Reader(Box::new(reader), self.source)
            }
        }
    }
}

/// The octets of a source, undone where it is compressed, which its first ones tell.
struct Undone {
    /// The source, until something of it was read.
    raw: Option<Box<dyn Read + Send>>,
    octets: Box<dyn Read + Send>,
    compression: Arc<OnceLock<Compression>>,
}

impl Read for Undone {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(mut raw) = self.raw.take() {
            let mut first = Vec::with_capacity(MAGIC_LENGTH);
            (&mut raw).take(MAGIC_LENGTH as u64).read_to_end(&mut first)?;
            let compression = Compression::of(&first);
            let whole = io::Cursor::new(first).chain(raw);
            self.octets = match compression {
                None => Box::new(whole),
                Some(compression) => {
                    let _ = self.compression.set(compression);
                    compression.decoder(whole)
                }
            };
        }
        self.octets.read(into)
    }
}
