//! One JSON object a line, items as they settle.

use std::io::{self, Write};

use super::{
    Result,
    document::{Facts, Summary},
    entry::{Line, Maker},
    item_lines::ItemLines,
};
use crate::mate::{
    config::Configuration,
    engine::{ExplainItem, GogItem, GopItem, PduItem},
};
use crate::report::render::json;

/// Writes lines.
pub(crate) struct Lines<'c, W> {
    out: W,
    maker: Maker<'c>,
    items: ItemLines,
    line: Vec<u8>,
}

impl<'c, W: Write> Lines<'c, W> {
    /// Lines go to `out`.
    pub(crate) fn new(out: W, configuration: &'c Configuration) -> Self {
        Self {
            out,
            maker: Maker(configuration),
            items: ItemLines::new(configuration),
            line: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.line.clear();
        json::write_line(&mut self.line, line)?;
        self.out.write_all(&self.line)
    }

    /// A Pdu.
    pub(crate) fn pdu(&mut self, item: &PduItem) -> io::Result<()> {
        self.line.clear();
        self.items.pdu(&mut self.line, item)?;
        self.out.write_all(&self.line)
    }

    /// A Gop.
    pub(crate) fn gop(&mut self, item: &GopItem) -> io::Result<()> {
        self.line.clear();
        self.items.gop(&mut self.line, item)?;
        self.out.write_all(&self.line)
    }

    /// A Gog.
    pub(crate) fn gog(&mut self, item: &GogItem) -> io::Result<()> {
        self.line(&Line::Gog(Maker(self.maker.0).gog(item).into()))
    }

    /// Why a Pdu is in no Gop.
    pub(crate) fn explain(&mut self, item: &ExplainItem) -> io::Result<()> {
        self.line(&Line::Explain(Maker(self.maker.0).explain(item)))
    }

    /// All items of a result.
    pub(crate) fn items(&mut self, result: Result<'_>) -> io::Result<()> {
        let groups = result.groups;
        for item in result.selected(&groups.pdus, |selection| &selection.pdus) {
            self.pdu(item)?;
        }
        for item in result.selected(&groups.gops, |selection| &selection.gops) {
            self.gop(item)?;
        }
        for item in result.selected(&groups.gogs, |selection| &selection.gogs) {
            self.gog(item)?;
        }
        for item in result.selected(&groups.explain, |selection| &selection.explain) {
            self.explain(item)?;
        }
        Ok(())
    }

    /// What is known at the end.
    pub(crate) fn finish(&mut self, facts: &Facts, summary: &Summary) -> io::Result<()> {
        for capture in &facts.captures {
            self.line(&Line::Capture(capture))?;
        }
        for anomaly in &facts.anomalies {
            self.line(&Line::Anomaly(anomaly))?;
        }
        self.line(&Line::Summary(summary))?;
        self.out.flush()
    }
}
