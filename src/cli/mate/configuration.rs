//! Reading a configuration, and saying what is wrong with it.

use unicode_width::UnicodeWidthStr;

use super::MateArgs;
use crate::cli::exit::{complain, show};
use crate::mate::config::{
    ConfigError, Configuration, LocalFiles, ReadOptions, Unusable, read as read_files,
};
use crate::model::text::shown;

/// Octets of a line that are shown before and behind its fault.
const AROUND: usize = 100;

/// The configuration. `None` where there is none; that has been said then.
pub(super) fn read(arguments: &MateArgs) -> Option<Configuration> {
    let options = ReadOptions {
        semantics: arguments.semantics.into(),
        ignore_unknown: arguments.ignore_unknown,
    };
    match read_files(&arguments.config, options, &LocalFiles) {
        Ok(configuration) => Some(configuration),
        Err(Unusable::File(path, error)) => {
            complain(format_args!("{}: {error}", path.display()));
            None
        }
        Err(Unusable::Errors(errors)) => {
            for error in &errors {
                tell(error);
            }
            None
        }
    }
}

fn tell(error: &ConfigError) {
    complain(error);
    let [line, caret] = pointed_at(&error.line, error.place.column as usize - 1);
    show(&line);
    show(&caret);
}

/// A line that is safe to print, and a caret below an octet of it.
fn pointed_at(line: &str, octet: usize) -> [String; 2] {
    let part = |from: usize, to: usize| {
        let from = line.ceil_char_boundary(from.min(line.len()));
        let to = line.ceil_char_boundary(to.min(line.len()));
        shown(&line.get(from..to).unwrap_or_default().replace('\t', " ")).into_owned()
    };
    let before = part(octet.saturating_sub(AROUND), octet);
    let behind = part(octet, octet.saturating_add(AROUND));
    let caret = format!("{}^", " ".repeat(before.width()));
    [before + &behind, caret]
}

/// Says what is worth a remark.
pub(super) fn tell_notes(configuration: &Configuration) {
    for note in &configuration.notes {
        complain(format_args!(
            "note: {}: {}: {}",
            note.place,
            note.kind.as_str(),
            note.detail
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_octet() {
        assert_eq!(
            pointed_at("\tExtract a From x;", 16),
            [" Extract a From x;".to_owned(), format!("{}^", " ".repeat(16))]
        );
        assert_eq!(
            pointed_at("é=日本 x", 9),
            ["é=日本 x".to_owned(), "      ^".to_owned()]
        );
        assert_eq!(pointed_at("", 0), [String::new(), "^".to_owned()]);
        let [line, caret] = pointed_at(&"x".repeat(1_000_000), 500_000);
        assert_eq!((line.len(), caret.len()), (2 * AROUND, AROUND + 1));
    }
}
