//! Configurations of MATE and filters over them, read and run over a capture.

use std::io::{self, Cursor};
use std::ops::ControlFlow;
use std::path::Path;

use crate::{
    capture::Captures,
    mate::{
        config::{self, Configuration, FileContent, Files, ReadOptions, Semantics},
        engine::{Engine, EngineSettings},
        filter::Filter,
        groups::Groups,
        source::{self, Wanted},
    },
    report::{
        mate::{Level, Result, Rows, Summary, write_explain, write_meaning, write_text},
        words::style::Style,
    },
};

/// One file, which includes itself whatever it includes.
struct OneFile<'a>(&'a [u8]);

impl Files for OneFile<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        if self.0.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(FileContent {
            identity: path.to_owned(),
            octets: self.0.to_vec(),
        })
    }
}

/// A configuration, with a filter behind a NUL where there is one: read in both languages, and where it can be, run over a
/// capture and printed.
pub fn mate(octets: &[u8], capture: &[u8]) {
    let mut parts = octets.splitn(2, |octet| *octet == 0);
    let text = parts.next().unwrap_or_default();
    let filter = parts.next().and_then(|filter| std::str::from_utf8(filter).ok());
    for semantics in [Semantics::Documented, Semantics::Wireshark] {
        let options = ReadOptions {
            semantics,
            ignore_unknown: text.len() % 2 == 1,
        };
        match config::read(&["fuzz.mate".into()], options, &OneFile(text)) {
            Ok(configuration) => run(&configuration, filter, capture),
            Err(unusable) => drop(std::hint::black_box(format!("{unusable:?}"))),
        }
    }
}

fn run(configuration: &Configuration, filter: Option<&str>, capture: &[u8]) {
    let Ok(captures) = Captures::read("fuzz", Box::new(Cursor::new(capture.to_vec()))) else {
        return;
    };
    let settings = EngineSettings {
        merge_gogs: true,
        explain: true,
        ..EngineSettings::default()
    };
    let mut groups = Groups::default();
    let mut engine = Engine::new(configuration, settings);
    let wanted = Wanted::new(configuration.fields());
    let read = source::read(
        captures,
        &source::Limits::default(),
        &wanted,
        &mut |_| ControlFlow::Continue(()),
        &mut |frame| {
            engine.frame(frame, &mut groups);
        },
    );
    let report = engine.finish(&mut groups);
    groups.settle();
    let filter = filter.and_then(|text| Filter::parse(text, configuration).ok());
    let selection = filter.map(|filter| filter.select(&groups, configuration));
    let result = Result {
        configuration,
        groups: &groups,
        selection: selection.as_ref(),
    };
    let (level, style) = (Level::highest_of(configuration), Style::default());
    let summary = Summary::of(result, read.frames);
    let mut out = Vec::new();
    // Writing into memory does not fail.
    let _ = write_meaning(&mut out, configuration, &style);
    let _ = write_text(&mut out, result, level, &summary, &style);
    let _ = write_explain(&mut out, result, &report, &style);
    if let Ok(mut rows) = Rows::new(&mut out, configuration, level) {
        let _ = rows.items(result, level);
    }
    std::hint::black_box(out);
}
