//! The texts that a configuration is read from, and places in them.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::note::Place;

/// A text: a file each time it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceIndex(u32);

/// A piece of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// How many pieces stand before it in the whole configuration: the order of places over all texts.
    pub(super) order: u32,
    /// The text.
    pub(super) source: SourceIndex,
    /// Its first octet.
    pub(super) start: u32,
    /// How many octets it has.
    pub(super) length: u32,
}

/// A text with what is known of it.
#[derive(Debug)]
struct Source {
    path: Arc<str>,
    text: Arc<str>,
    /// Where lines begin.
    lines: Vec<u32>,
    /// The directive that included it.
    included_by: Option<Span>,
}

/// All texts.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<Source>);

impl Sources {
    /// Takes a text in.
    pub(super) fn add(&mut self, path: &Path, text: String, included_by: Option<Span>) -> SourceIndex {
        let ends = text.bytes().zip(1_u32..).filter(|(octet, _)| *octet == b'\n');
        let lines = [0].into_iter().chain(ends.map(|(_, next)| next)).collect();
        let index = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(Source {
            path: path.to_string_lossy().into(),
            text: text.into(),
            lines,
            included_by,
        });
        SourceIndex(index)
    }

    fn get(&self, index: SourceIndex) -> Option<&Source> {
        self.0.get(usize::try_from(index.0).ok()?)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// A whole text.
    pub(super) fn text(&self, index: SourceIndex) -> Arc<str> {
        self.get(index)
            .map(|source| Arc::clone(&source.text))
            .unwrap_or_default()
    }

    /// A piece of a text.
    pub(super) fn piece(&self, span: Span) -> &str {
        let start = span.start as usize;
        let source = self.get(span.source);
        source
            .and_then(|source| source.text.get(start..start + span.length as usize))
            .unwrap_or_default()
    }

    /// Where a piece begins.
    pub(super) fn place(&self, span: Span) -> Place {
        let Some(source) = self.get(span.source) else {
            return Place {
                path: "".into(),
                line: 0,
                column: 0,
            };
        };
        let line = source.lines.partition_point(|start| *start <= span.start).max(1);
        let start = source.lines.get(line - 1).copied().unwrap_or_default();
        Place {
            path: Arc::clone(&source.path),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: span.start - start + 1,
        }
    }

    /// The line in which a piece begins, without its end.
    pub(super) fn line(&self, span: Span) -> &str {
        let Some(source) = self.get(span.source) else {
            return "";
        };
        let line = source.lines.partition_point(|start| *start <= span.start).max(1);
        let start = source.lines.get(line - 1).copied().unwrap_or_default();
        let rest = source.text.get(start as usize..).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }

    /// Where the text of a piece was included.
    pub(super) fn included_from(&self, span: Span) -> Option<Place> {
        let source = self.get(span.source)?;
        source.included_by.map(|directive| self.place(directive))
    }
}

/// What was read of a file.
#[derive(Debug)]
pub(crate) struct FileContent {
    /// Which file it is, whatever it was called.
    pub(crate) identity: PathBuf,
    /// Its octets.
    pub(crate) octets: Vec<u8>,
}

/// Where configurations are read from.
pub(crate) trait Files {
    /// Reads a file, and no more than `limit` octets of it.
    ///
    /// # Errors
    ///
    /// What kept it from being read; [`io::ErrorKind::FileTooLarge`] where it is larger.
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent>;
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LocalFiles;

impl Files for LocalFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        let mut octets = Vec::new();
        File::open(path)?.take(limit + 1).read_to_end(&mut octets)?;
        if octets.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(FileContent {
            identity: fs::canonicalize(path)?,
            octets,
        })
    }
}

/// A text of these octets. Each that is no part of a character becomes a control character that means nothing, so that
/// places stay where they are.
pub(super) fn decode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{1a}'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_octets_from_1() {
        let mut sources = Sources::default();
        let source = sources.add(Path::new("a.mate"), "one\né two\r\n\nend".to_owned(), None);
        let span = |start, length| Span {
            order: 0,
            source,
            start,
            length,
        };
        let place = |start| {
            let place = sources.place(span(start, 1));
            (place.line, place.column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(4), (2, 1));
        assert_eq!(place(7), (2, 4));
        assert_eq!(place(13), (4, 1));
        assert_eq!(sources.line(span(7, 3)), "é two");
        assert_eq!(sources.piece(span(7, 3)), "two");
        assert_eq!(sources.line(span(12, 0)), "");
    }

    #[test]
    fn octets_that_are_no_text_keep_their_places() {
        assert_eq!(decode(b"a\xff\xe2\x82b"), "a\u{1a}\u{1a}\u{1a}b");
        assert_eq!(decode("é".as_bytes()), "é");
    }
}
