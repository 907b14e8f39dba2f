//! `mmsmate parts`: the parts of messages as files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, atomic::AtomicBool};

use clap::Args;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    arguments::InputArgs,
    content::{self, Wanted},
    exit::{Exit, Failure, complain},
    help, signals,
    view::{self, ViewArgs},
};
use crate::model::Digest;
use crate::report::{
    document::Message,
    render::{file, file_name, json},
};

/// The manifest's name.
const MANIFEST: &str = "manifest.json";

/// Arguments of `parts`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "mmsmate parts [OPTIONS] -d <DIRECTORY> <CAPTURE>... [ID]...", help_template = help::TEMPLATE, before_help = help::PARTS, after_help = help::PARTS_NOTES)]
pub struct PartsArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// Where to; made if it is not there
    #[arg(short, long, value_name = "DIRECTORY")]
    pub directory: PathBuf,
    /// Only parts of these media types: image/*, text/plain
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub types: Vec<glob::Pattern>,
}

/// What the manifest says of a part.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "ManifestEntry"))]
pub(super) struct Entry<'a> {
    /// The file in the directory.
    file: String,
    /// The message, by its number in the table.
    message: u64,
    /// The part of the message, from 1.
    part: usize,
    /// Message-ID.
    message_id: Option<&'a str>,
    /// The name that the message gives the part.
    name: Option<&'a str>,
    /// Media type.
    content_type: &'a str,
    /// Octets.
    size: u64,
    /// SHA-256 of the content, in hexadecimal.
    sha256: Digest,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &PartsArgs) -> Result<Exit, Failure> {
    content::refuse_stdin(&arguments.view.input.captures)?;
    if arguments.view.redact.redact {
        return Err(Failure::Usage(
            "content cannot be redacted; leave --redact out".to_owned(),
        ));
    }
    let arguments = PartsArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    let Some(view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    let messages = &view.document.messages;
    if messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    let written = Parts {
        input: &arguments.view.input,
        messages,
        directory: &arguments.directory,
        types: &arguments.types,
    }
    .write(signals::stop())?;
    Ok(view.exit.and(written))
}

/// The parts of messages, to be written to a directory.
pub(super) struct Parts<'a> {
    /// Where they are read again.
    pub(super) input: &'a InputArgs,
    /// The messages.
    pub(super) messages: &'a [Message],
    /// Where to; made if it is not there.
    pub(super) directory: &'a Path,
    /// Only parts of these media types, where there are any.
    pub(super) types: &'a [glob::Pattern],
}

impl Parts<'_> {
    /// Writes all files and the manifest. What cannot be written costs a line on standard error and the exit status.
    pub(super) fn write(&self, stop: Arc<AtomicBool>) -> Result<Exit, Failure> {
        let failed = |error| Failure::File(self.directory.to_owned(), error);
        fs::create_dir_all(self.directory).map_err(failed)?;
        let mut entries = entries(self.messages);
        entries.retain(|entry| self.wants(entry.content_type));
        let written = self.write_parts(&entries, stop);
        write_new(&self.directory.join(MANIFEST), |out| {
            json::write(&mut &mut *out, &entries, true)
        })?;
        let files = entries.iter().map(|entry| entry.file.as_str()).chain([MANIFEST]);
        let paths = files.map(|file| self.directory.join(file));
        file::sync_all_in(self.directory, paths).map_err(failed)?;
        Ok(written)
    }

    /// Whether parts of a media type are wanted.
    fn wants(&self, content_type: &str) -> bool {
        let content_type = content_type.to_ascii_lowercase();
        let fits = |pattern: &glob::Pattern| pattern.matches(&content_type);
        self.types.is_empty() || self.types.iter().any(fits)
    }

    /// Writes all files; what cannot be written costs a line on standard error and the exit status.
    fn write_parts(&self, entries: &[Entry<'_>], stop: Arc<AtomicBool>) -> Exit {
        let mut files: BTreeMap<Digest, Vec<&Entry<'_>>> = BTreeMap::new();
        for entry in entries {
            files.entry(entry.sha256).or_default().push(entry);
        }
        let mut exit = Exit::Ran;
        let wanted = Wanted::of(self.messages, |part| self.wants(&part.content_type));
        let read = content::read(self.input, wanted, stop, |digest, octets| {
            for entry in files.remove(&digest).unwrap_or_default() {
                let path = self.directory.join(&entry.file);
                if let Err(failure) = write_new(&path, |out| out.write_all(octets)) {
                    exit = exit.and(failure.report());
                }
            }
        });
        for entry in files.values().flatten() {
            complain(format_args!(
                "{}: its content could not be read again",
                entry.file
            ));
            exit = exit.and(Exit::Unusable);
        }
        if read.is_some() { exit } else { Exit::Unusable }
    }
}

fn entries(messages: &[Message]) -> Vec<Entry<'_>> {
    let parts = messages.iter().flat_map(|message| {
        (1..)
            .zip(&message.parts)
            .map(move |(at, part)| (message, at, part))
    });
    parts
        .map(|(message, at, part)| {
            let names = [&part.name, &part.content_location, &part.content_id];
            let name = names.into_iter().find_map(|name| name.as_deref());
            Entry {
                file: file_name::for_part(message.id, at, name, &part.content_type),
                message: message.id,
                part: at,
                message_id: message.message_id.as_deref(),
                name,
                content_type: &part.content_type,
                size: part.size,
                sha256: part.sha256,
            }
        })
        .collect()
}

/// Writes a file that must not be there yet, whole or not at all.
fn write_new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    file::write_new(path, |out| write(out)).map_err(|error| {
        let error = match error.kind() {
            ErrorKind::AlreadyExists => {
                io::Error::other("it is there already, and nothing is overwritten; name a new folder with -d")
            }
            _ => error,
        };
        Failure::File(path.to_owned(), error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_and_no_link_is_followed() {
        let directory = tempfile::tempdir().unwrap();
        let there = directory.path().join("there");
        fs::write(&there, "before").unwrap();
        assert!(write_new(&there, |out| out.write_all(b"after")).is_err());
        assert_eq!(fs::read_to_string(&there).unwrap(), "before");
        #[cfg(unix)]
        {
            let link = directory.path().join("link");
            let target = directory.path().join("target");
            std::os::unix::fs::symlink(&target, &link).unwrap();
            assert!(write_new(&link, |out| out.write_all(b"x")).is_err());
            assert!(!target.exists());
        }
    }

    #[test]
    fn half_a_file_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("half");
        let failed = write_new(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk on fire"))
        });
        assert!(failed.is_err() && !path.exists());
    }
}
