//! Files that grow while they are read, and what may become of them: cut short, replaced by another one, gone.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(about: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            device: about.dev(),
            number: about.ino(),
        }
    }

    /// Where the system does not tell, the time at which it was made has to.
    #[cfg(not(unix))]
    pub(super) fn of(about: &Metadata) -> Self {
        let made = about.created().ok();
        let made = made.and_then(|made| made.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            device: 0,
            number: made.map_or(0, |made| made.as_nanos() as u64),
        }
    }
}

/// What became of a file since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there, and may have grown.
    Same,
    /// It is shorter than what was read of it.
    CutShort,
    /// Its name stands for another file.
    Replaced,
    /// Its name stands for none.
    Gone,
}

/// Reads a file to its end, and says `WouldBlock` there: it may grow.
pub(super) struct Tail {
    file: File,
    read: Arc<AtomicU64>,
}

/// What is known of a file that is read by a [`Tail`].
#[derive(Clone, Debug)]
pub(super) struct TailedFile {
    pub(super) id: FileId,
    /// Octets read.
    read: Arc<AtomicU64>,
}

impl Tail {
    /// Opens a file; with it, what tells what becomes of it.
    pub(super) fn open(path: &Path) -> io::Result<(Self, TailedFile)> {
        let file = File::open(path)?;
        let read = Arc::new(AtomicU64::new(0));
        let tailed = TailedFile {
            id: FileId::of(&file.metadata()?),
            read: Arc::clone(&read),
        };
        Ok((Self { file, read }, tailed))
    }
}

impl Read for Tail {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.file.read(into)? {
            0 if !into.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            count => {
                self.read.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
        }
    }
}

impl TailedFile {
    /// What became of it under its name.
    pub(super) fn fate(&self, path: &Path) -> Fate {
        match fs::metadata(path) {
            Err(_) => Fate::Gone,
            Ok(about) if FileId::of(&about) != self.id => Fate::Replaced,
            Ok(about) if about.len() < self.read.load(Ordering::Relaxed) => Fate::CutShort,
            Ok(_) => Fate::Same,
        }
    }
}

/// How long ago a file was written to last; nothing where that cannot be told.
pub(super) fn age(about: &Metadata) -> Option<Duration> {
    let written = about.modified().ok()?;
    // A file of the future was written to just now.
    Some(SystemTime::now().duration_since(written).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_added_is_read_and_what_becomes_of_the_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = File::create(&path).unwrap();
        let (mut tail, tailed) = Tail::open(&path).unwrap();
        let mut octets = [0; 8];
        let would_block =
            |tail: &mut Tail| tail.read(&mut [0; 8]).unwrap_err().kind() == io::ErrorKind::WouldBlock;
        assert!(would_block(&mut tail));
        file.write_all(b"abc").unwrap();
        assert_eq!(tail.read(&mut octets).unwrap(), 3);
        assert!(would_block(&mut tail));
        assert_eq!(tailed.fate(&path), Fate::Same);
        file.set_len(1).unwrap();
        assert_eq!(tailed.fate(&path), Fate::CutShort);
        fs::rename(&path, folder.path().join("b")).unwrap();
        assert_eq!(tailed.fate(&path), Fate::Gone);
        fs::write(&path, "another").unwrap();
        assert_eq!(tailed.fate(&path), Fate::Replaced);
    }
}
