//! Where secrets come from: key logs, which may still grow, and private keys. A source is read before any capture is.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::keylog::{self, LogCounts};
use super::limits::Limits;
use super::private_key::{FILE_OCTETS, PrivateKey, PrivateKeyError};
use super::store::Store;
use super::used::UsedSecrets;

/// Why a source of secrets cannot be used. Its text never has a word of what is in the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be opened.
    #[error("no such file")]
    NotFound,
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It is a key log without a secret.
    #[error("no TLS secret in it")]
    NoSecret,
    /// It is no private key that could be used.
    #[error(transparent)]
    PrivateKey(#[from] PrivateKeyError),
    /// Standard input is for captures.
    #[error("standard input is for captures, not for keys")]
    StandardInput,
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            kind => Self::Unreadable(kind),
        }
    }
}

/// The secrets with which a run reads TLS.
#[derive(Debug)]
pub struct KeySources {
    logs: Vec<KeyLog>,
    /// Secrets of the logs as they were at the start, and private keys.
    store: Store,
    ignores_blocks: bool,
}

impl Default for KeySources {
    fn default() -> Self {
        Self::within(&Limits::default())
    }
}

/// A key log.
#[derive(Debug)]
pub(super) struct KeyLog {
    path: PathBuf,
    /// How far it was read.
    read: u64,
    counts: LogCounts,
}

/// What was wrong with a key log that is of use all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLines {
    /// How many lines are no secrets.
    pub bad: u64,
    /// Of how many.
    pub lines: u64,
    /// The number of the first, from 1.
    pub first: u64,
}

impl KeySources {
    /// None yet; of logs, however long they are, as many secrets are kept as these limits say.
    pub fn within(limits: &Limits) -> Self {
        Self {
            logs: Vec::new(),
            store: Store::new(limits.sessions),
            ignores_blocks: false,
        }
    }

    /// Adds a key log and reads it.
    ///
    /// # Errors
    /// Where it cannot be read or has lines, and none of them is a secret.
    pub fn add_log(&mut self, path: &Path) -> Result<Option<BadLines>, KeyError> {
        refuse_standard_input(path)?;
        let file = BufReader::new(File::open(path)?);
        let mut counts = LogCounts::default();
        let store = &mut self.store;
        let read = keylog::read(file, false, &mut counts, &mut |entry| store.add(entry))?;
        if counts.secrets == 0 && counts.bad + counts.others > 0 {
            return Err(KeyError::NoSecret);
        }
        let path = path.to_owned();
        self.logs.push(KeyLog { path, read, counts });
        Ok(counts.first_bad.map(|first| BadLines {
            bad: counts.bad,
            lines: counts.lines,
            first,
        }))
    }

    /// Adds a file with a server's RSA key.
    ///
    /// # Errors
    /// Where it cannot be read or holds no key that could open a connection.
    pub fn add_private_key(&mut self, path: &Path) -> Result<(), KeyError> {
        refuse_standard_input(path)?;
        let mut octets = Vec::new();
        File::open(path)?.take(FILE_OCTETS).read_to_end(&mut octets)?;
        let key = PrivateKey::from_pem(&String::from_utf8_lossy(&octets))?;
        self.store.add_private_key(key);
        Ok(())
    }

    /// Adds secrets that opened records before.
    pub(crate) fn add_used(&mut self, used: &UsedSecrets) {
        used.entries().for_each(|entry| self.store.add(entry));
    }

    /// Secrets inside captures are not used.
    pub const fn ignore_blocks(&mut self) {
        self.ignores_blocks = true;
    }

    /// Hands everything over: the secrets, of which no more are kept than these limits say, the logs that may grow, and whether
    /// blocks of captures count.
    pub(super) fn open(self, limits: &Limits) -> (Store, Vec<KeyLog>, bool) {
        let mut store = self.store;
        store.keep(limits.sessions);
        (store, self.logs, !self.ignores_blocks)
    }
}

fn refuse_standard_input(path: &Path) -> Result<(), KeyError> {
    match path == Path::new("-") {
        true => Err(KeyError::StandardInput),
        false => Ok(()),
    }
}

impl KeyLog {
    /// Reads what was appended; a log that is gone or unreadable by now has nothing.
    pub(super) fn read_on(&mut self, store: &mut Store) {
        let longer = std::fs::metadata(&self.path).is_ok_and(|now| now.len() > self.read);
        if longer
            && let Ok(mut file) = File::open(&self.path)
            && file.seek(SeekFrom::Start(self.read)).is_ok()
        {
            let taken = keylog::read(BufReader::new(file), true, &mut self.counts, &mut |entry| {
                store.add(entry);
            });
            self.read += taken.unwrap_or_default();
        }
    }
}
