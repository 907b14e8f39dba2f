//! The document of `mmsmate mate --format json`.

use std::io::{self, Write};

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

#[cfg(test)]
use super::entry::{Entry, Explain, Gog, Gop, Pdu};
use super::{Result, entry::Maker};
use crate::mate::{
    config::{Configuration, Note, Semantics},
    engine::{GogItem, GopItem, PduItem},
};
use crate::report::{
    document::{Anomaly, Capture},
    render::json::{self, Sequence},
};

/// The value of `format`.
const FORMAT: &str = "mmsmate.mate";

/// What `mmsmate mate --format json` prints.
#[cfg(test)]
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: its lists are written as they are made"
)]
pub(crate) struct MateDocument<'a> {
    /// Always `mmsmate.mate`.
    format: String,
    /// Always 1.
    version: u32,
    /// What was run.
    config: Config,
    /// One per input, in the order given.
    captures: Vec<Capture>,
    /// In the order of their making.
    pdus: Vec<Entry<'a, Pdu<'a>>>,
    /// In the order of their making.
    gops: Vec<Entry<'a, Gop<'a>>>,
    /// In the order of their making.
    gogs: Vec<Entry<'a, Gog<'a>>>,
    /// Why Pdus are in no Gop, with `--explain`.
    explain: Vec<Explain<'a>>,
    /// Odd things in the traffic, one entry a kind.
    anomalies: Vec<Anomaly>,
    /// Totals.
    summary: Summary,
}

/// What was run.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Config {
    /// The files, as given.
    paths: Vec<String>,
    /// `documented` or `wireshark`.
    semantics: &'static str,
    /// Whether Gogs that come to share a key become one.
    merge_gogs: bool,
    /// What is worth a remark, in order of place.
    notes: Vec<NoteEntry>,
}

/// A remark on a configuration.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct NoteEntry {
    /// The file.
    path: String,
    /// The line, from 1.
    line: u32,
    /// The column, from 1, in octets.
    column: u32,
    /// `never_set`, `dropped_character`, `boolean_text`, `wireshark_rejects`, `ignored_field`, `key_takes_all`.
    kind: &'static str,
    /// The name or text in question.
    detail: String,
}

impl Config {
    /// Of the configuration read from these files.
    pub(crate) fn new(paths: Vec<String>, configuration: &Configuration, merge_gogs: bool) -> Self {
        Self {
            paths,
            semantics: match configuration.semantics {
                Semantics::Documented => "documented",
                Semantics::Wireshark => "wireshark",
            },
            merge_gogs,
            notes: configuration.notes.iter().map(NoteEntry::from).collect(),
        }
    }
}

impl From<&Note> for NoteEntry {
    fn from(note: &Note) -> Self {
        Self {
            path: note.place.path.to_string(),
            line: note.place.line,
            column: note.place.column,
            kind: note.kind.as_str(),
            detail: note.detail.clone(),
        }
    }
}

/// What is known besides the items.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// One per input.
    pub(crate) captures: Vec<Capture>,
    /// Odd things in the traffic.
    pub(crate) anomalies: Vec<Anomaly>,
}

/// Totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "MateSummary"))]
pub(crate) struct Summary {
    /// Frames in the captures.
    pub(crate) frames: u64,
    /// Pdus.
    pub(crate) pdus: u64,
    /// Of these, those in no Gop.
    pub(crate) pdus_without_gop: u64,
    /// Gops.
    pub(crate) gops: u64,
    /// Of these, those that are open.
    pub(crate) gops_open: u64,
    /// Gogs.
    pub(crate) gogs: u64,
    /// Of these, those that are open.
    pub(crate) gogs_open: u64,
    /// How many of all these are selected.
    pub(crate) selected: Selected,
}

/// How much is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Selected {
    /// Pdus.
    pub(crate) pdus: u64,
    /// Gops.
    pub(crate) gops: u64,
    /// Gogs.
    pub(crate) gogs: u64,
}

impl Selected {
    /// Whether nothing is.
    pub(crate) const fn is_nothing(self) -> bool {
        self.pdus == 0 && self.gops == 0 && self.gogs == 0
    }
}

impl Summary {
    /// Counts a Pdu, which is selected until a filter says otherwise.
    pub(crate) const fn count_pdu(&mut self, item: &PduItem) {
        self.pdus += 1;
        self.selected.pdus += 1;
        self.pdus_without_gop += item.membership.is_none() as u64;
    }

    /// Counts a Gop.
    pub(crate) const fn count_gop(&mut self, item: &GopItem) {
        self.gops += 1;
        self.selected.gops += 1;
        self.gops_open += item.released_by.is_none() as u64;
    }

    /// Counts a Gog.
    pub(crate) const fn count_gog(&mut self, item: &GogItem) {
        self.gogs += 1;
        self.selected.gogs += 1;
        self.gogs_open += !item.released as u64;
    }

    /// The totals of a result.
    pub(crate) fn of(result: Result<'_>, frames: u64) -> Self {
        let mut summary = Self {
            frames,
            ..Self::default()
        };
        result.groups.pdus.iter().for_each(|item| summary.count_pdu(item));
        result.groups.gops.iter().for_each(|item| summary.count_gop(item));
        result.groups.gogs.iter().for_each(|item| summary.count_gog(item));
        if let Some(selection) = result.selection {
            let count = |marks: &[bool]| marks.iter().filter(|mark| **mark).count() as u64;
            summary.selected = Selected {
                pdus: count(&selection.pdus),
                gops: count(&selection.gops),
                gogs: count(&selection.gogs),
            };
        }
        summary
    }
}

/// A [`MateDocument`] whose items are made as they are written.
#[derive(Serialize)]
struct Written<'a, P, G, O, E> {
    format: &'static str,
    version: u32,
    config: &'a Config,
    captures: &'a [Capture],
    pdus: P,
    gops: G,
    gogs: O,
    explain: E,
    anomalies: &'a [Anomaly],
    summary: &'a Summary,
}

/// Writes the document.
pub(crate) fn write(
    out: &mut impl Write,
    config: &Config,
    result: Result<'_>,
    facts: &Facts,
    summary: &Summary,
) -> io::Result<()> {
    let maker = Maker(result.configuration);
    let groups = result.groups;
    let pdus = result.selected(&groups.pdus, |selection| &selection.pdus);
    let gops = result.selected(&groups.gops, |selection| &selection.gops);
    let gogs = result.selected(&groups.gogs, |selection| &selection.gogs);
    let explain = result.selected(&groups.explain, |selection| &selection.explain);
    let document = Written {
        format: FORMAT,
        version: 1,
        config,
        captures: &facts.captures,
        pdus: Sequence(pdus.map(|item| maker.pdu(item))),
        gops: Sequence(gops.map(|item| maker.gop(item))),
        gogs: Sequence(gogs.map(|item| maker.gog(item))),
        explain: Sequence(explain.map(|item| maker.explain(item))),
        anomalies: &facts.anomalies,
        summary,
    };
    json::write(out, &document, true)?;
    out.flush()
}
