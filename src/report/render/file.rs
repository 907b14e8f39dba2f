//! Files are written whole or not at all: into a temporary file beside the target, which then takes its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::process;

/// How many names are tried for the temporary file: others may be there after a crash, hardly so many.
const TRIES: u32 = 100;

/// Writes a file. Where `write` fails, there is no file, or the one that was there before.
///
/// # Errors
/// What `write` says, or what the file system says.
pub fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<T> {
    let (temporary, file) = beside(path)?;
    let temporary = Temporary(Some(temporary));
    let mut out = BufWriter::new(file);
    let value = write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    temporary.take_name(path)?;
    Ok(value)
}

/// Writes a file that must not be there yet, under this name or as a link of this name; nothing is overwritten, and no
/// link followed. Where `write` fails, there is no file.
///
/// # Errors
/// What `write` says, or what the file system says.
pub fn write_new<T>(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
    // The name is taken first, and given up again unless the whole file takes the place of the empty one.
    OpenOptions::new().write(true).create_new(true).open(path)?;
    let name = Temporary(Some(path.to_owned()));
    let value = write_whole(path, write)?;
    name.keep();
    Ok(value)
}

/// A file that is gone unless it takes the target's name, by whatever way its writing ends.
struct Temporary(Option<PathBuf>);

impl Temporary {
    fn keep(mut self) {
        self.0 = None;
    }

    fn take_name(self, path: &Path) -> io::Result<()> {
        if let Some(temporary) = &self.0 {
            fs::rename(temporary, path)?;
        }
        self.keep();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // The first error is the one to tell.
            let _ = fs::remove_file(path);
        }
    }
}

/// A new file in the directory of `path`; one that is there already, or a link, is never opened.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "this is no file name"))?;
    for attempt in 0..TRIES {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{attempt}.part", process::id()));
        let temporary = path.with_file_name(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "no name for a temporary file is free",
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_write_that_fails_leaves_what_was_there_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        fs::write(&path, "before").unwrap();
        let failed = write_whole(&path, |out| {
            out.write_all(b"half")?;
            Err::<(), _>(io::Error::other("disk on fire"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "disk on fire");
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_panics_leaves_what_was_there_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        fs::write(&path, "before").unwrap();
        let write = || {
            write_whole(&path, |out| {
                out.write_all(b"half")?;
                assert!(!path.exists(), "injected");
                Ok(())
            })
        };
        let panicked = std::panic::catch_unwind(write);
        assert!(panicked.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_succeeds_takes_the_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        write_whole(&path, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let path = Path::new("/nonexistent/report.html");
        assert_eq!(
            write_whole(path, |_| Ok(())).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(write_whole(Path::new("/"), |_| Ok(())).is_err());
    }
}
