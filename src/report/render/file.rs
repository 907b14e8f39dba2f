//! Files are written whole or not at all: into a temporary file beside the target, which then takes its name. Devices and
//! pipes are written as they are: who names `/dev/null` or a FIFO wants it to stay what it is.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes a file. Where `write` fails, there is no file, or the one that was there before. A link to a
/// file is replaced and not followed. What is no file (a device, a FIFO, or a link to one, as `/dev/stdout` is) is not
/// replaced but written to.
///
/// # Errors
/// What `write` says, or what the file system says.
pub fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<T> {
    let is_device = |there: std::fs::Metadata| !there.is_file() && !there.is_dir();
    if path.metadata().is_ok_and(is_device) {
        return write_into(path, write);
    }
    let (file, value) = written(path, write)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(value)
}

/// Writes to a device or a FIFO.
fn write_into<T>(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
    let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
    let value = write(&mut out)?;
    out.flush()?;
    Ok(value)
}

/// Writes a file that must not be there yet, under this name or as a link of this name; nothing is overwritten, and no
/// link followed. Where `write` fails, there is no file. Whether it survives a crash of the system is for
/// [`sync_all_in`] to see to, as there may be thousands.
///
/// # Errors
/// What `write` says, or what the file system says.
pub fn write_new<T>(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
    let (file, value) = written(path, write)?;
    file.persist_noclobber(path)?;
    Ok(value)
}

/// Returns once these files of a directory are on the disk: in one call where the system has one for that.
///
/// # Errors
/// What the file system says.
#[cfg(target_os = "linux")]
pub fn sync_all_in(directory: &Path, _: impl IntoIterator<Item = PathBuf>) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(directory)?)?)
}

/// Returns once these files of a directory are on the disk.
///
/// # Errors
/// What the file system says.
#[cfg(not(target_os = "linux"))]
pub fn sync_all_in(_: &Path, files: impl IntoIterator<Item = PathBuf>) -> io::Result<()> {
    files
        .into_iter()
        .try_for_each(|file| OpenOptions::new().write(true).open(file)?.sync_all())
}

/// A temporary file in the directory of `path` with what `write` puts into it. Its name is short whatever that of
/// `path` is, and the file has the permissions that any new file gets.
fn written<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<(NamedTempFile, T)> {
    if path.file_name().is_none() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "this is no file name",
        ));
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let temporary = tempfile::Builder::new()
        .prefix(".mmsmate-")
        .suffix(".part")
        .make_in(directory, |path| {
            OpenOptions::new().write(true).create_new(true).open(path)
        })?;
    let (file, path) = temporary.into_parts();
    let mut out = BufWriter::new(file);
    let value = write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((NamedTempFile::from_parts(file, path), value))
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        use std::os::unix::fs::{FileTypeExt, symlink};

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        let reader = {
            let path = path.clone();
            std::thread::spawn(move || fs::read_to_string(path).unwrap())
        };
        write_whole(&path, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(reader.join().unwrap(), "whole");
        assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());

        let (device, link) = (Path::new("/dev/null"), directory.path().join("null"));
        symlink(device, &link).unwrap();
        write_whole(&link, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), device);
        assert!(fs::metadata(device).unwrap().file_type().is_char_device());
    }

    #[test]
    fn a_name_as_long_as_names_may_be_is_taken_and_a_longer_one_refused() {
        let directory = tempfile::tempdir().unwrap();
        let longest = directory.path().join("x".repeat(255));
        write_whole(&longest, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(fs::read_to_string(&longest).unwrap(), "whole");
        let longer = directory.path().join("x".repeat(256));
        let refused = write_whole(&longer, |out| out.write_all(b"whole")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidFilename);
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
