//! Whether a result is to be shared, and by which pseudonyms.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;

use crate::cli::{exit::Failure, output};
use crate::report::redact::{
    Redactor,
    keyed::{KEY_OCTETS, Key},
};

/// Octets of a file that are a key; what lies behind them is no secret more.
const KEY_LIMIT: u64 = 64 * 1024;

/// Arguments of every subcommand whose result may be shared.
#[derive(Clone, Debug, Default, Args)]
pub struct RedactArgs {
    /// Numbers and addresses as pseudonyms, no subjects, no content: a result that may be shared
    #[arg(long)]
    pub redact: bool,
    /// Make the pseudonyms from the secret in this file, 16 octets or more: they are the same in every command and run then,
    /// and numbers keep their length; short codes stay
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub key: Option<PathBuf>,
    /// Write which pseudonym is whose number, as CSV, for the owner of the key
    #[arg(long, value_name = "FILE", requires = "key")]
    pub redact_map: Option<PathBuf>,
}

impl RedactArgs {
    /// The key, where one is named.
    ///
    /// # Errors
    /// A file that cannot be read, or is too short to be secret.
    pub(in crate::cli) fn key(&self) -> Result<Option<Key>, Failure> {
        let Some(path) = &self.key else { return Ok(None) };
        let mut octets = Vec::new();
        let read = File::open(path).and_then(|file| file.take(KEY_LIMIT).read_to_end(&mut octets));
        read.map_err(|error| Failure::File(path.clone(), error))?;
        let short = || {
            let why =
                format!("a key has at least {KEY_OCTETS} octets, such as those of `openssl rand -hex 32`");
            Failure::File(path.clone(), io::Error::other(why))
        };
        Key::of(octets.trim_ascii_end()).map(Some).ok_or_else(short)
    }

    /// What redacts, where that is asked for.
    ///
    /// # Errors
    /// Those of the key.
    pub(in crate::cli) fn redactor(&self) -> Result<Option<Redactor>, Failure> {
        let key = self.key()?;
        Ok(self
            .redact
            .then(|| key.map_or_else(Redactor::default, |key| Redactor::keyed(&key))))
    }

    /// Writes which pseudonym is whose, where that is asked for; `inputs` are not overwritten.
    ///
    /// # Errors
    /// Those of the file.
    pub(in crate::cli) fn write_map(
        &self,
        inputs: &[PathBuf],
        met: impl Iterator<Item = (String, String)>,
    ) -> Result<(), Failure> {
        let Some(path) = &self.redact_map else {
            return Ok(());
        };
        output::write_file(path, inputs, |out| {
            writeln!(out, "number,pseudonym")?;
            met.into_iter()
                .try_for_each(|(number, pseudonym)| writeln!(out, "{number},{pseudonym}"))
        })
    }
}
