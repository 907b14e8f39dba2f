//! From arguments to inputs: files, `-`, patterns that the shell did not expand, directories.

use crate::model::SharedSort;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    CaptureError, CaptureErrorReason, Input,
    reader::format_of,
    source::{Descriptor, Source},
};

/// The inputs that the arguments stand for, and those that stand for none.
#[derive(Debug, Default)]
pub struct Inputs {
    /// In the order of the arguments; the files of a pattern or directory by path.
    pub inputs: Vec<Input>,
    /// Arguments that yield nothing, in their order.
    pub errors: Vec<CaptureError>,
}

/// Finds what arguments stand for: `-` is standard input, a name that exists is that file, anything else is
/// tried as a pattern. A directory stands for every capture file in it and below, by its content and not its
/// name, and is only accepted where `recursive` says so; links to directories in it are not followed.
pub fn find_inputs(arguments: impl IntoIterator<Item = PathBuf>, recursive: bool) -> Inputs {
    let mut found = Inputs::default();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            found.add_stdin();
            continue;
        }
        match fs::symlink_metadata(&argument) {
            Ok(_) => found.add_path(argument, recursive),
            Err(error) => found.add_pattern(argument, recursive, error),
        }
    }
    found
}

/// The inputs and the folders that arguments stand for, which are to be followed, and what stands for none.
pub(super) fn expand(
    arguments: impl IntoIterator<Item = PathBuf>,
) -> (Vec<Input>, Vec<PathBuf>, Vec<CaptureError>) {
    let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.into_iter().partition(|argument| argument.is_dir());
    let Inputs { inputs, errors } = find_inputs(others, false);
    (inputs, folders, errors)
}

impl Inputs {
    fn fail(&mut self, path: PathBuf, reason: CaptureErrorReason) {
        self.errors.push(reason.of(&Input::File(path)));
    }

    fn add_stdin(&mut self) {
        if self.inputs.contains(&Input::Stdin) {
            self.errors
                .push(CaptureErrorReason::SecondStandardInput.of(&Input::Stdin));
        } else {
            self.inputs.push(Input::Stdin);
        }
    }

    fn add_path(&mut self, path: PathBuf, recursive: bool) {
        if !path.is_dir() {
            self.inputs.push(Input::File(path));
        } else if recursive {
            self.add_directory(path);
        } else {
            self.fail(path, CaptureErrorReason::Directory);
        }
    }

    /// `not_a_file` says why the pattern is not the name of one.
    fn add_pattern(&mut self, pattern: PathBuf, recursive: bool, not_a_file: io::Error) {
        let Some(text) = pattern.to_str().filter(|text| text.contains(['*', '?', '['])) else {
            return self.fail(pattern, CaptureErrorReason::Io(not_a_file));
        };
        match glob::glob(text) {
            Err(error) => self.fail(pattern, CaptureErrorReason::Pattern(error.msg)),
            Ok(paths) => {
                let mut matching: Vec<PathBuf> = paths.filter_map(Result::ok).collect();
                if matching.is_empty() {
                    self.fail(pattern, CaptureErrorReason::Io(not_a_file));
                }
                matching.shared_sort();
                matching
                    .into_iter()
                    .for_each(|path| self.add_path(path, recursive));
            }
        }
    }

    fn add_directory(&mut self, directory: PathBuf) {
        let mut files = Vec::new();
        let mut left = vec![directory.clone()];
        while let Some(next) = left.pop() {
            if let Err(error) = list(&next, &mut files, &mut left) {
                self.fail(next, CaptureErrorReason::Io(error));
            }
        }
        files.retain(|path| is_capture(path));
        if files.is_empty() {
            return self.fail(directory, CaptureErrorReason::NothingFound);
        }
        files.shared_sort();
        self.inputs.extend(files.into_iter().map(Input::File));
    }
}

/// What a directory holds: files, also behind links, and the directories below it.
pub(super) fn list(
    directory: &Path,
    files: &mut Vec<PathBuf>,
    directories: &mut Vec<PathBuf>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            directories.push(path);
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file begins as a capture does, compressed or not. One that cannot be opened is kept, so that the
/// reason is reported when it is read.
fn is_capture(path: &Path) -> bool {
    let mut first = Vec::new();
    match Source::open(&Input::File(path.to_owned()), Descriptor::Held, None) {
        Err(_) => true,
        Ok(source) => {
            let _ = source.octets.take(4).read_to_end(&mut first);
            format_of(&first).is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PCAP: &[u8] = &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];

    fn names(found: &Inputs, under: &Path) -> Vec<String> {
        let relative = |input: &Input| match input {
            Input::Stdin => "-".to_owned(),
            Input::File(path) => path.strip_prefix(under).unwrap().display().to_string(),
        };
        found.inputs.iter().map(relative).collect()
    }

    #[test]
    fn patterns_and_directories_become_sorted_files() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for name in ["b.pcap", "a.pcap", "sub/c", "x[1].pcap"] {
            fs::write(at(name), PCAP).unwrap();
        }
        fs::write(at("notes.txt"), "no capture").unwrap();

        let found = find_inputs([at("?.pcap"), at("x[1].pcap"), PathBuf::from("-")], false);
        assert_eq!(
            names(&found, directory.path()),
            ["a.pcap", "b.pcap", "x[1].pcap", "-"]
        );
        assert!(found.errors.is_empty());

        let found = find_inputs([directory.path().to_owned()], true);
        assert_eq!(
            names(&found, directory.path()),
            ["a.pcap", "b.pcap", "sub/c", "x[1].pcap"]
        );
    }

    #[test]
    fn what_stands_for_nothing_is_an_error_in_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let arguments = [
            at("missing"),
            at("*.pcap"),
            at("a[b"),
            directory.path().to_owned(),
            "-".into(),
            "-".into(),
        ];
        let found = find_inputs(arguments, false);
        let lines: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        assert_eq!(found.inputs, [Input::Stdin]);
        assert!(
            lines[0].ends_with("missing: No such file or directory"),
            "{lines:?}"
        );
        assert!(lines[1].ends_with("*.pcap: No such file or directory"));
        assert!(lines[2].contains("not a valid pattern"));
        assert!(lines[3].ends_with(": is a directory (use --recursive)"));
        assert_eq!(lines[4], "-: standard input given more than once");
        let empty = find_inputs([directory.path().to_owned()], true);
        assert!(empty.errors[0].to_string().ends_with("no capture file found"));
    }
}
