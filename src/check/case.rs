//! Which cases there are: captures and the expectations beside them.

use crate::model::SharedSort;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::CheckError;
use super::expectation::Expectation;

/// Endings of capture files, as compression may follow them.
const CAPTURE: &[&str] = &["pcap", "pcapng", "cap", "ntar", "dmp"];

/// Endings of compressed files.
const COMPRESSION: &[&str] = &["gz", "zst", "lz4"];

/// What an expectation's name ends in.
const EXPECTATION: &str = ".expect.json";

/// Deepest directory below the one given: a guard against a tree that contains itself.
const MAX_DEPTH: usize = 32;

/// A case: captures and what is expected of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The expectation's path without its ending.
    pub name: String,
    /// The captures of that name. An expectation may name others.
    pub captures: Vec<PathBuf>,
    /// Where the expectation is, or would be.
    pub expectation: PathBuf,
}

impl Case {
    /// The captures to read: those the expectation names, in its directory, else those of the case's name.
    pub(super) fn captures_of(&self, expectation: Option<&Expectation>) -> Result<Vec<PathBuf>, CheckError> {
        let named = expectation
            .map(|expectation| expectation.files.as_slice())
            .unwrap_or_default();
        if named.is_empty() {
            return match self.captures.as_slice() {
                [] => Err(CheckError::NoCapture),
                [one] => Ok(vec![one.clone()]),
                _ => Err(CheckError::SeveralCaptures),
            };
        }
        Ok(named
            .iter()
            .map(|file| self.expectation.with_file_name(file))
            .collect())
    }
}

/// All cases in the files and directories given, in the order of their names.
///
/// # Errors
/// A path that is not there, or that cannot be read.
pub fn cases(paths: &[PathBuf]) -> io::Result<Vec<Case>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, 0, &mut files)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    files.shared_sort();
    files.dedup();
    let mut cases: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for (file, kind) in files {
        match kind {
            Kind::Expectation(stem) => {
                cases.entry(stem).or_default();
            }
            Kind::Capture(stem) => cases.entry(stem).or_default().push(file),
        }
    }
    for (stem, captures) in &mut cases {
        if captures.is_empty() {
            *captures = beside(stem);
        }
    }
    Ok(without_named_elsewhere(cases.into_iter().map(case).collect()))
}

/// The captures of a name: where an expectation alone is given, they lie beside it.
fn beside(stem: &Path) -> Vec<PathBuf> {
    let with = |ending: &str| {
        let mut path = stem.to_owned().into_os_string();
        path.push(".");
        path.push(ending);
        PathBuf::from(path)
    };
    let endings = CAPTURE.iter().flat_map(|ending| {
        let compressed = COMPRESSION
            .iter()
            .map(move |compression| format!("{ending}.{compression}"));
        std::iter::once((*ending).to_owned()).chain(compressed)
    });
    endings
        .map(|ending| with(&ending))
        .filter(|path| path.is_file())
        .collect()
}

fn case((stem, captures): (PathBuf, Vec<PathBuf>)) -> Case {
    let mut expectation = stem.clone().into_os_string();
    expectation.push(EXPECTATION);
    Case {
        name: stem.display().to_string(),
        captures,
        expectation: expectation.into(),
    }
}

/// Leaves out captures that need no expectation of their own because another case names them.
fn without_named_elsewhere(mut cases: Vec<Case>) -> Vec<Case> {
    let mut named: Vec<PathBuf> = Vec::new();
    for case in &cases {
        let Ok(expectation) = Expectation::read(&case.expectation) else {
            continue;
        };
        named.extend(
            expectation
                .files
                .iter()
                .map(|file| case.expectation.with_file_name(file)),
        );
    }
    cases.retain(|case| {
        case.expectation.exists() || !case.captures.iter().all(|capture| named.contains(capture))
    });
    cases
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Capture(PathBuf),
    Expectation(PathBuf),
}

fn collect(path: &Path, depth: usize, files: &mut Vec<(PathBuf, Kind)>) -> io::Result<()> {
    // What was named is followed; inside a directory links are not, so that the walk ends.
    let metadata = if depth == 0 {
        fs::metadata(path)?
    } else {
        fs::symlink_metadata(path)?
    };
    if metadata.is_dir() {
        if depth >= MAX_DEPTH {
            return Ok(());
        }
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), depth + 1, files)?;
        }
        return Ok(());
    }
    match kind_of(path) {
        Some(kind) => files.push((path.to_owned(), kind)),
        // A file that was named is a capture, whatever it is called.
        None if depth == 0 => files.push((path.to_owned(), Kind::Capture(path.to_owned()))),
        None => {}
    }
    Ok(())
}

fn kind_of(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    if let Some(stem) = name.strip_suffix(EXPECTATION) {
        return Some(Kind::Expectation(path.with_file_name(stem)));
    }
    let bare = COMPRESSION
        .iter()
        .find_map(|ending| name.strip_suffix(ending)?.strip_suffix('.'))
        .unwrap_or(name);
    let stem = CAPTURE
        .iter()
        .find_map(|ending| bare.strip_suffix(ending)?.strip_suffix('.'))?;
    (!stem.is_empty()).then(|| Kind::Capture(path.with_file_name(stem)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_directory(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Case>) {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let cases = cases(&[directory.path().to_owned()]).unwrap();
        (directory, cases)
    }

    fn names(cases: &[Case]) -> Vec<String> {
        let name = |case: &Case| case.name.rsplit('/').next().unwrap().to_owned();
        cases.iter().map(name).collect()
    }

    #[test]
    fn captures_and_expectations_meet_by_name() {
        let (_directory, cases) = in_directory(&[
            ("b.pcapng.gz", ""),
            ("b.expect.json", ""),
            ("sub/a.pcap", ""),
            ("c.expect.json", ""),
            ("notes.txt", ""),
            (".pcap", ""),
        ]);
        assert_eq!(names(&cases), ["b", "c", "a"]);
        assert_eq!(
            cases.iter().map(|case| case.captures.len()).collect::<Vec<_>>(),
            [1, 0, 1]
        );
        assert!(cases[0].expectation.ends_with("b.expect.json"));
    }

    #[test]
    fn a_capture_that_another_case_names_needs_no_expectation() {
        let (_directory, cases) = in_directory(&[
            (
                "both.expect.json",
                r#"{"files": ["both.1.pcap", "both.2.pcap"], "expect": {"version": 1}}"#,
            ),
            ("both.1.pcap", ""),
            ("both.2.pcap", ""),
        ]);
        assert_eq!(names(&cases), ["both"]);
        let expectation = Expectation::read(&cases[0].expectation).unwrap();
        assert_eq!(cases[0].captures_of(Some(&expectation)).unwrap().len(), 2);
    }

    #[test]
    fn which_of_two_captures_is_meant_is_not_guessed() {
        let (_directory, cases) = in_directory(&[("a.pcap", ""), ("a.pcapng.gz", "")]);
        assert!(matches!(
            cases[0].captures_of(None),
            Err(CheckError::SeveralCaptures)
        ));
    }

    #[test]
    fn a_path_that_is_not_there_is_an_error_and_names_it() {
        let error = cases(&[PathBuf::from("/nonexistent")]).unwrap_err();
        assert!(error.to_string().starts_with("/nonexistent: "), "{error}");
    }
}
