//! Where octets come from: files and standard input, with a count of what was read for a progress bar.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    Compression,
    background::{BackgroundReader, Patience},
};

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or anything else that can be opened by its path.
    File(PathBuf),
}

/// The path as given, `-` for standard input.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// An opened input: its octets after decompression.
pub(super) struct Source {
    pub(super) octets: Box<dyn Read + Send>,
    pub(super) compression: Option<Compression>,
    pub(super) read: Arc<AtomicU64>,
    pub(super) size: Option<u64>,
    /// Whether it can be closed and opened again to be read from its start.
    pub(super) reopenable: bool,
}

/// The octets that tell the compression.
const MAGIC_LENGTH: usize = 4;

/// Whether a file keeps its descriptor while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descriptor {
    /// From beginning to end.
    Held,
    /// Only while octets are read from it: what thousands of files that overlap in time need.
    Borrowed,
}

impl Source {
    /// Opens an input. One that may keep its reader waiting, as a pipe does, ends once `stop` is true.
    pub(super) fn open(
        input: &Input,
        descriptor: Descriptor,
        stop: Option<&Arc<AtomicBool>>,
    ) -> io::Result<Self> {
        let stoppable = |source: Box<dyn Read + Send>| -> io::Result<Box<dyn Read + Send>> {
            match stop {
                Some(stop) => Ok(Box::new(BackgroundReader::start(
                    source,
                    Patience::Until(Arc::clone(stop)),
                )?)),
                None => Ok(source),
            }
        };
        let Input::File(path) = input else {
            return Self::new(stoppable(Box::new(io::stdin()))?, None);
        };
        let file = File::open(path)?;
        let about = file.metadata()?;
        let size = about.is_file().then_some(about.len());
        match (descriptor, size) {
            (Descriptor::Borrowed, Some(_)) => Self::new(Box::new(ReopenedFile::new(path.clone())), size),
            (_, Some(_)) => Self::new(Box::new(file), size),
            (_, None) => Self::new(stoppable(Box::new(file))?, None),
        }
    }

    pub(super) fn new(raw: Box<dyn Read + Send>, size: Option<u64>) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let mut counted = Counted::new(raw, Arc::clone(&read));
        let mut first = Vec::with_capacity(MAGIC_LENGTH);
        (&mut counted).take(MAGIC_LENGTH as u64).read_to_end(&mut first)?;
        let compression = Compression::of(&first);
        let whole = io::Cursor::new(first).chain(counted);
        let octets: Box<dyn Read + Send> = match compression {
            None => Box::new(whole),
            Some(compression) => Box::new(BackgroundReader::start(
                compression.decoder(whole),
                Patience::Endless,
            )?),
        };
        Ok(Self {
            octets,
            compression,
            read,
            size,
            reopenable: size.is_some(),
        })
    }
}

/// A file that is opened anew for every read. Reads are large, so that costs next to nothing.
struct ReopenedFile {
    path: PathBuf,
    position: u64,
}

impl ReopenedFile {
    const fn new(path: PathBuf) -> Self {
        Self { path, position: 0 }
    }
}

impl Read for ReopenedFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.position))?;
        let count = file.read(into)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// Counts what is read.
pub(super) struct Counted {
    source: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Counted {
    /// What is read of a source is added to `read`.
    pub(super) const fn new(source: Box<dyn Read + Send>, read: Arc<AtomicU64>) -> Self {
        Self { source, read }
    }
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
