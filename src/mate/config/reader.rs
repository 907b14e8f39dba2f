//! Reads a configuration: from the files that the user names to what is declared in them.

use crate::model::SharedSort;
use std::path::PathBuf;

use super::{
    declaration::{Configuration, Semantics},
    error::{ConfigError, Reason, Unusable},
    note::{Note, NoteKind},
    parser, resolve,
    scan::{MAX_FILE_OCTETS, Scanned, Scanner},
    source::{Files, Span},
};

/// How many errors are told.
pub(super) const MAX_ERRORS: usize = 20;

/// How a configuration is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadOptions {
    /// Which MATE it is for.
    pub(crate) semantics: Semantics,
    /// Whether fields that Wireshark has and that are not extracted are noted instead of refused.
    pub(crate) ignore_unknown: bool,
}

/// Reads files as one configuration, in this order.
///
/// # Errors
///
/// A file that cannot be read, or all errors in what was read.
pub(crate) fn read(
    paths: &[PathBuf],
    options: ReadOptions,
    files: &impl Files,
) -> Result<Configuration, Unusable> {
    let mut scanner = Scanner::new(files, options.semantics);
    for path in paths {
        let content = files.read(path, MAX_FILE_OCTETS);
        let content = content.map_err(|error| Unusable::File(path.clone(), error))?;
        scanner.file(path, content);
    }
    let scanned = scanner.finish();
    let parsed = parser::parse(&scanned, options.semantics);
    let resolved = resolve::resolve(&parsed, options);
    let faults = parsed.faults.iter().chain(&resolved.faults);
    let mut errors: Vec<(Span, &Reason)> = scanned
        .errors
        .iter()
        .map(|(span, reason)| (*span, reason))
        .collect();
    errors.extend(faults.map(|fault| (fault.span, &fault.reason)));
    if !errors.is_empty() {
        return Err(Unusable::Errors(told(errors, &scanned)));
    }
    let mut configuration = resolved.configuration;
    let plain = scanned.notes.iter().chain(&parsed.notes);
    let plain = plain.map(|(span, kind)| (*span, *kind, scanned.sources.piece(*span).to_owned()));
    let notes = plain.chain(resolved.notes).collect();
    configuration.notes = placed(notes, &scanned);
    Ok(configuration)
}

/// The first errors, in order of their places.
fn told(mut errors: Vec<(Span, &Reason)>, scanned: &Scanned) -> Vec<ConfigError> {
    errors.shared_sort_by_key(|(span, _)| span.order);
    let sources = &scanned.sources;
    let errors = errors.into_iter().take(MAX_ERRORS);
    errors
        .map(|(span, reason)| ConfigError {
            place: sources.place(span),
            reason: reason.clone(),
            line: sources.line(span).to_owned(),
            included_from: sources.included_from(span),
        })
        .collect()
}

fn placed(mut notes: Vec<(Span, NoteKind, String)>, scanned: &Scanned) -> Vec<Note> {
    notes.shared_sort_by_key(|(span, kind, _)| (span.order, *kind));
    notes
        .into_iter()
        .map(|(span, kind, detail)| Note {
            place: scanned.sources.place(span),
            kind,
            detail,
        })
        .collect()
}
