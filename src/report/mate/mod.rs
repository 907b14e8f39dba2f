//! What `mmsmate mate` prints: the document, its lines, rows of CSV, trees for people, and what a configuration means.

mod csv;
mod document;
mod entry;
mod explain;
mod fields;
mod item_lines;
mod lines;
mod meaning;
mod seconds;
mod text;
mod words;

pub(crate) use csv::Rows;
#[cfg(test)]
pub(crate) use document::MateDocument;
pub(crate) use document::{Config, Facts, Summary, write as write_document};
#[cfg(test)]
pub(crate) use entry::Line;
pub(crate) use explain::write as write_explain;
pub(crate) use fields::write as write_fields;
pub(crate) use lines::Lines;
pub(crate) use meaning::write as write_meaning;
pub(crate) use text::write as write_text;

use crate::mate::{config::Configuration, filter::Selection, groups::Groups};

/// Which items are rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Pdus.
    Pdus,
    /// Gops.
    Gops,
    /// Gogs.
    Gogs,
}

impl Level {
    /// The highest that a configuration declares.
    pub(crate) fn highest_of(configuration: &Configuration) -> Self {
        match (configuration.gogs.is_empty(), configuration.gops.is_empty()) {
            (false, _) => Self::Gogs,
            (true, false) => Self::Gops,
            (true, true) => Self::Pdus,
        }
    }
}

/// What a whole run made, and what of it is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Result<'a> {
    /// What it was made by.
    pub(crate) configuration: &'a Configuration,
    /// All of it, settled.
    pub(crate) groups: &'a Groups,
    /// What is selected; everything without.
    pub(crate) selection: Option<&'a Selection>,
}

impl<'a> Result<'a> {
    /// The items that are selected, given the marks of a selection.
    fn selected<T>(
        self,
        items: &'a [T],
        marks: impl Fn(&'a Selection) -> &'a [bool],
    ) -> impl Iterator<Item = &'a T> + Clone {
        let marks = self.selection.map(marks);
        let is_selected = move |place: usize| marks.is_none_or(|marks| marks.get(place) == Some(&true));
        let numbered = items.iter().zip(0_usize..);
        numbered
            .filter(move |(_, place)| is_selected(*place))
            .map(|(item, _)| item)
    }
}
