//! Folders in which files appear while they are followed: probes that begin a new one now and then, rename them, and take
//! away or overwrite the oldest.

use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Compression, inputs, reader::format_of, tail::FileId};
use crate::model::SharedSort;

/// Octets by which a file is known again: the file header, and the first record with its time.
const HEAD: u64 = 64;

/// Octets that a file must have for a look at what it is.
const ENOUGH: u64 = 24;

/// A folder that is watched.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    recursive: bool,
    files: BTreeMap<FileId, Known>,
}

/// A file that was seen in a folder.
#[derive(Debug)]
struct Known {
    path: PathBuf,
    head: Vec<u8>,
    written: Option<SystemTime>,
    standing: Standing,
}

/// What is done about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is read.
    Read,
    /// It was read.
    Over,
    /// It is none that can be read.
    PassedOver,
}

/// What a look at a folder finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Captures that were not there before, by path.
    pub(super) new: Vec<PathBuf>,
    /// Files that are read and have another name now.
    pub(super) renamed: Vec<(FileId, PathBuf)>,
    /// Compressed files that were not there before.
    pub(super) compressed: Vec<PathBuf>,
    /// Files that were written to after they were taken for finished.
    pub(super) grown: Vec<PathBuf>,
}

impl Directory {
    pub(super) const fn new(path: PathBuf, recursive: bool) -> Self {
        Self {
            path,
            recursive,
            files: BTreeMap::new(),
        }
    }

    /// A file is not read any more.
    pub(super) fn finished(&mut self, id: FileId) {
        if let Some(known) = self.files.get_mut(&id) {
            known.standing = Standing::Over;
            known.written = modified(&known.path);
            // It may have had no record yet when it was found.
            known.head = head(&known.path).unwrap_or_default();
        }
    }

    /// Looks what there is.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn look(&mut self) -> io::Result<Found> {
        let (mut files, mut below) = (Vec::new(), Vec::new());
        inputs::list(&self.path, &mut files, &mut below)?;
        while let Some(next) = below.pop().filter(|_| self.recursive) {
            // What vanishes while it is looked at is not there.
            let _ = inputs::list(&next, &mut files, &mut below);
        }
        files.shared_sort();
        let mut found = Found::default();
        for path in &files {
            if let Ok(about) = fs::metadata(path) {
                self.file(path, &about, &mut found);
            }
        }
        // The path of one that is read tells no more once it is gone; of others nothing has to be known any more.
        self.files
            .retain(|_, known| known.standing == Standing::Read || known.path.exists());
        Ok(found)
    }

    fn file(&mut self, path: &Path, about: &Metadata, found: &mut Found) {
        let id = FileId::of(about);
        let written = about.modified().ok();
        if let Some(known) = self.files.get_mut(&id) {
            let renamed = known.path != path;
            match known.standing {
                Standing::Read if renamed => {
                    path.clone_into(&mut known.path);
                    found.renamed.push((id, path.to_owned()));
                    return;
                }
                Standing::Read => return,
                // Another one may have got the number of one that was taken away, or have been written over it.
                Standing::Over | Standing::PassedOver if known.written == written => {
                    path.clone_into(&mut known.path);
                    return;
                }
                Standing::Over if begins_with(path, &known.head) => {
                    known.written = written;
                    found.grown.push(path.to_owned());
                    return;
                }
                Standing::Over | Standing::PassedOver => {}
            }
        }
        let Some(head) = head(path).filter(|head| head.len() as u64 >= ENOUGH) else {
            return;
        };
        let standing = match format_of(&head) {
            Some(_) => {
                found.new.push(path.to_owned());
                Standing::Read
            }
            None => {
                let is_compressed = Compression::of(&head).is_some();
                found.compressed.extend(is_compressed.then(|| path.to_owned()));
                Standing::PassedOver
            }
        };
        let path = path.to_owned();
        self.files.insert(
            id,
            Known {
                path,
                head,
                written,
                standing,
            },
        );
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn head(path: &Path) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(HEAD as usize);
    File::open(path).ok()?.take(HEAD).read_to_end(&mut octets).ok()?;
    Some(octets)
}

fn begins_with(path: &Path, start: &[u8]) -> bool {
    head(path).is_some_and(|head| head.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A capture of so many octets behind its header, the first of which tells it from others.
    fn capture(first: u8, length: usize) -> Vec<u8> {
        let mut octets = vec![
            0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
        ];
        octets.push(first);
        octets.resize(octets.len() + length, 0);
        octets
    }

    fn names(paths: &[PathBuf]) -> Vec<&str> {
        let names = paths
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap());
        names.collect()
    }

    #[test]
    fn captures_are_found_once_whatever_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, octets) in [
            ("b.pcap", capture(1, 9)),
            ("a.pcap", capture(2, 9)),
            ("notes.txt", b"no capture, but long enough to tell".to_vec()),
            ("growing.pcap", capture(3, 0)[..20].to_vec()),
            ("c.pcap.gz", [&[0x1f, 0x8b][..], &[0; 30]].concat()),
        ] {
            fs::write(at(name), octets).unwrap();
        }
        fs::create_dir(at("below")).unwrap();
        fs::write(at("below/d.pcap"), capture(4, 9)).unwrap();
        let mut directory = Directory::new(folder.path().to_owned(), false);
        let found = directory.look().unwrap();
        assert_eq!(names(&found.new), ["a.pcap", "b.pcap"]);
        assert_eq!(names(&found.compressed), ["c.pcap.gz"]);
        assert_eq!(directory.look().unwrap(), Found::default());
        fs::write(at("growing.pcap"), capture(3, 9)).unwrap();
        fs::rename(at("a.pcap"), at("a.done")).unwrap();
        let found = directory.look().unwrap();
        assert_eq!(names(&found.new), ["growing.pcap"]);
        assert_eq!(found.renamed[0].1, at("a.done"));
        assert!(Directory::new(at("missing"), false).look().is_err());
        let mut all = Directory::new(folder.path().to_owned(), true);
        assert_eq!(all.look().unwrap().new.len(), 4);
    }

    #[test]
    fn what_is_written_over_a_finished_file_is_another_and_what_is_added_to_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring0.pcap");
        fs::write(&path, capture(1, 9)).unwrap();
        let mut directory = Directory::new(folder.path().to_owned(), false);
        assert_eq!(directory.look().unwrap().new.len(), 1);
        directory.finished(FileId::of(&fs::metadata(&path).unwrap()));
        let touch = |octets: Vec<u8>| {
            fs::write(&path, octets).unwrap();
            let later = SystemTime::now() + std::time::Duration::from_secs(60);
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(later)
                .unwrap();
        };
        touch(capture(1, 99));
        assert_eq!(names(&directory.look().unwrap().grown), ["ring0.pcap"]);
        assert_eq!(directory.look().unwrap(), Found::default());
        touch(capture(2, 9));
        // The time of the last write is what tells; it has to differ from the one before.
        let later = SystemTime::now() + std::time::Duration::from_secs(120);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_eq!(names(&directory.look().unwrap().new), ["ring0.pcap"]);
    }
}
