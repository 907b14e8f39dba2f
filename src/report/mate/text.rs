//! Trees for people: Gogs with their Gops, Gops with their Pdus.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstream::adapter::strip_str;

use super::{Level, Result, document::Summary, entry::Names, seconds::Seconds, words};
use crate::mate::{
    config::{GopDeclaration, PduTypeIndex, ShowTree},
    engine::{GogItem, GopItem, GopPdu, GopRef, Pair, Pairs, PduItem},
};
use crate::model::{FrameRef, Timestamp, tree};
use crate::report::words::{
    human,
    style::{Style, Tone, cells},
};

/// Digits behind the point of a time: microseconds, as most captures have them.
const DIGITS: usize = 6;
/// Cells before what does not fit behind the head of a line.
const INDENT: usize = 8;

/// Writes what is selected, with items of `level` as roots, and totals.
pub(crate) fn write(
    out: &mut impl Write,
    result: Result<'_>,
    level: Level,
    summary: &Summary,
    style: &Style,
) -> io::Result<()> {
    let mut text = Text::new(out, result, style);
    let groups = result.groups;
    match level {
        Level::Gogs => {
            let mut gogs = result.selected(&groups.gogs, |selection| &selection.gogs);
            gogs.try_for_each(|gog| text.gog(gog))?;
        }
        Level::Gops => {
            let mut gops = result.selected(&groups.gops, |selection| &selection.gops);
            gops.try_for_each(|gop| text.gop(gop, true))?;
        }
        Level::Pdus => {
            let mut pdus = result.selected(&groups.pdus, |selection| &selection.pdus);
            pdus.try_for_each(|pdu| text.lone_pdu(pdu))?;
        }
    }
    text.totals(summary)
}

struct Text<'a, W> {
    out: W,
    result: Result<'a>,
    style: &'a Style,
    /// Where Gops are.
    gops: BTreeMap<GopRef, &'a GopItem>,
    /// Where Pdus are. With the semantics of Wireshark numbers repeat, with their frames they do not.
    pdus: BTreeMap<(PduTypeIndex, u64, FrameRef), &'a PduItem>,
    /// The time that all others are measured from.
    first: Timestamp,
    /// Whether a frame needs the number of its capture.
    has_several_captures: bool,
}

impl<'a, W: Write> Text<'a, W> {
    fn new(out: W, result: Result<'a>, style: &'a Style) -> Self {
        let groups = result.groups;
        let pdu_type = |pdu: &PduItem| {
            result
                .configuration
                .pdus
                .get(pdu.pdu.index())
                .map(|known| known.pdu_type)
        };
        let pdus = groups.pdus.iter();
        let pdus = pdus.filter_map(|pdu| Some(((pdu_type(pdu)?, pdu.id, pdu.at), pdu)));
        let first = groups.pdus.first();
        Self {
            out,
            result,
            style,
            gops: tree(groups.gops.iter().map(|gop| (gop.gop, gop))),
            pdus: tree(pdus),
            first: first.map_or_else(Timestamp::default, |pdu| pdu.at.time.plus(-pdu.relative)),
            has_several_captures: groups.pdus.iter().any(|pdu| pdu.at.capture.0 > 0),
        }
    }

    fn name(&self, name: &str) -> String {
        self.style.paint(Tone::Strong, self.style.clean(name)).to_string()
    }

    fn state(&self, is_released: bool) -> String {
        let tone = if is_released { Tone::Good } else { Tone::Open };
        self.style.paint(tone, words::state(is_released)).to_string()
    }

    fn pairs<'p>(&self, pairs: impl IntoIterator<Item = &'p Pair>) -> String {
        let attributes = &self.result.configuration.attributes;
        let texts = pairs.into_iter().map(|pair| {
            let name = attributes.name(pair.attribute);
            match pair.value.text() {
                "" => self.style.clean(name).into_owned(),
                value => format!("{}={}", self.style.clean(name), self.style.clean(value)),
            }
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    /// A line of its head and what stands behind it, in several lines where they are too wide.
    fn line(&mut self, head: &str, text: &str) -> io::Result<()> {
        let Some(width) = self.style.width else {
            return writeln!(self.out, "{}", format!("{head}{text}").trim_end());
        };
        let taken = cells(&strip_str(head).to_string());
        if taken + cells(text) <= width {
            return writeln!(self.out, "{}", format!("{head}{text}").trim_end());
        }
        // What does not fit behind the head stands below it.
        let indent = if taken <= width / 2 { taken } else { INDENT };
        let mut lines = self.style.wrap(text, width.saturating_sub(indent)).into_iter();
        match indent == taken {
            true => writeln!(self.out, "{head}{}", lines.next().unwrap_or_default())?,
            false => writeln!(self.out, "{}", head.trim_end())?,
        }
        lines.try_for_each(|line| writeln!(self.out, "{}{line}", " ".repeat(indent)))
    }

    fn gog(&mut self, gog: &GogItem) -> io::Result<()> {
        let declaration = self.result.configuration.gogs.get(gog.gog.gog.index());
        let shows_times = declaration.is_none_or(|declaration| declaration.show_times);
        let name = self.name(&format!(
            "{} {}",
            self.result.configuration.gog(gog.gog.gog),
            gog.gog.id
        ));
        let mut facts: Vec<String> = Vec::new();
        if shows_times {
            facts.push(human::instant(self.first.plus(gog.start), &self.style.zone));
            facts.push(format!("+{} s", Seconds(gog.duration).with_digits(DIGITS)));
        }
        facts.push(human::count(gog.gops.len() as u64, "Gop"));
        facts.push(self.pairs(gog.attributes.as_slice()));
        let head = format!("{name}  {}  ", self.state(gog.released));
        self.line(&head, &facts.join("  "))?;
        for gop in &gog.gops {
            if let Some(gop) = self.gops.get(gop).copied() {
                self.gop(gop, false)?;
            }
        }
        Ok(())
    }

    /// A Gop, as a root or below its Gog.
    fn gop(&mut self, gop: &GopItem, is_root: bool) -> io::Result<()> {
        let configuration = self.result.configuration;
        let declaration = configuration.gops.get(gop.gop.gop.index());
        let shows_times = declaration.is_none_or(|declaration| declaration.show_times);
        let indent = if is_root { "" } else { "  " };
        let name = self.name(&format!("{} {}", configuration.gop(gop.gop.gop), gop.gop.id));
        let mut facts: Vec<String> = Vec::new();
        if shows_times {
            facts.push(format!("start {}", Seconds(gop.start).with_digits(DIGITS)));
            facts.extend(
                gop.time
                    .map(|time| format!("time {}", Seconds(time).with_digits(DIGITS))),
            );
            facts.push(format!("duration {}", Seconds(gop.duration).with_digits(DIGITS)));
        }
        facts.push(human::count(gop.pdus.len() as u64, "Pdu"));
        match gop.gog {
            Some(gog) if is_root => facts.push(format!("in {} {}", configuration.gog(gog.gog), gog.id)),
            None if is_root && !configuration.gogs.is_empty() => facts.push("in no Gog".to_owned()),
            _ => {}
        }
        let head = format!("{indent}{name}  {}  ", self.state(gop.released_by.is_some()));
        self.line(&head, &facts.join("  "))?;
        self.gop_attributes(gop, indent)?;
        self.gop_pdus(gop, declaration, indent)
    }

    fn gop_attributes(&mut self, gop: &GopItem, indent: &str) -> io::Result<()> {
        let key = self.pairs(gop.key.as_slice());
        if !key.is_empty() {
            let head = format!("{indent}  {}   ", self.style.paint(Tone::Faint, "key"));
            self.line(&head, &key)?;
        }
        let others = self.pairs(without(&gop.attributes, &gop.key));
        if !others.is_empty() {
            let head = format!("{indent}  {}  ", self.style.paint(Tone::Faint, "attr"));
            self.line(&head, &others)?;
        }
        Ok(())
    }

    fn gop_pdus(
        &mut self,
        gop: &GopItem,
        declaration: Option<&GopDeclaration>,
        indent: &str,
    ) -> io::Result<()> {
        let tree = declaration.map_or(ShowTree::Frames, |declaration| declaration.show_tree);
        let shows_times = declaration.is_none_or(|declaration| declaration.show_times);
        if tree == ShowTree::Nothing {
            return Ok(());
        }
        for pdu in &gop.pdus {
            let place = match tree {
                ShowTree::Frames => format!("frame {}   ", self.frame(pdu.at)),
                _ => String::new(),
            };
            let time = match shows_times {
                true => format!("{}  ", Seconds(pdu.time_in_gop).with_digits(DIGITS)),
                false => String::new(),
            };
            let pdu_name = format!("{} {}", self.result.configuration.pdu_type(pdu.pdu_type), pdu.id);
            let role = words::role(pdu.role).replace('_', " ");
            let pairs = self.pairs_of(pdu, gop);
            let head = format!("{indent}  {place}{time}{role}  ");
            self.line(&head, &format!("{}  {pairs}", self.style.clean(&pdu_name)))?;
        }
        Ok(())
    }

    /// What a Pdu has that its Gop does not show.
    fn pairs_of(&self, pdu: &GopPdu, gop: &GopItem) -> String {
        let item = self.pdus.get(&(pdu.pdu_type, pdu.id, pdu.at));
        item.map_or_else(String::new, |item| {
            self.pairs(without(&item.attributes, &gop.attributes))
        })
    }

    fn frame(&self, at: FrameRef) -> String {
        human::place(at.capture.0, at.frame.0, self.has_several_captures)
    }

    fn lone_pdu(&mut self, pdu: &PduItem) -> io::Result<()> {
        let configuration = self.result.configuration;
        let name = self.name(&format!("{} {}", configuration.pdu(pdu.pdu), pdu.id));
        let (frame, time) = (self.frame(pdu.at), Seconds(pdu.relative).with_digits(DIGITS));
        let mut facts = vec![format!("frame {frame}"), time];
        match pdu.membership {
            Some(membership) => {
                let gop = configuration.gop(membership.gop.gop);
                let role = words::role(membership.role).replace('_', " ");
                facts.push(format!("{role} of {gop} {}", membership.gop.id));
            }
            None if !configuration.gops.is_empty() => facts.push("in no Gop".to_owned()),
            None => {}
        }
        facts.push(self.pairs(pdu.attributes.as_slice()));
        self.line(&format!("{name}  "), &facts.join("  "))
    }

    fn totals(&mut self, summary: &Summary) -> io::Result<()> {
        let (groups, configuration) = (self.result.groups, self.result.configuration);
        let mut parts: Vec<String> = Vec::new();
        for (index, declaration) in (0..).zip(&configuration.gogs) {
            let of_type = groups.gogs.iter().filter(|gog| gog.gog.gog.0 == index).count();
            parts.push(format!("{} {}", human::grouped(of_type as u64), declaration.name));
        }
        if !configuration.gops.is_empty() {
            let alone = groups.gops.iter().filter(|gop| gop.gog.is_none()).count() as u64;
            let gops = human::count(summary.gops, "Gop");
            parts.push(match configuration.gogs.is_empty() {
                true => gops,
                false => format!("{gops} ({} in no Gog)", human::grouped(alone)),
            });
        }
        let pdus = human::count(summary.pdus, "Pdu");
        parts.push(match configuration.gops.is_empty() {
            true => pdus,
            false => format!("{pdus} ({} in no Gop)", human::grouped(summary.pdus_without_gop)),
        });
        if self.result.selection.is_some() {
            let selected = summary.selected;
            let counts = [
                (selected.gogs, "Gog"),
                (selected.gops, "Gop"),
                (selected.pdus, "Pdu"),
            ];
            let counts = counts.map(|(count, noun)| human::count(count, noun));
            writeln!(self.out, "selected: {}", counts.join(", "))?;
        }
        writeln!(self.out, "{}", self.style.clean(&parts.join(", ")))
    }
}

/// Pairs that others do not have. Both are in order.
fn without<'p>(pairs: &'p Pairs, others: &Pairs) -> Vec<&'p Pair> {
    let others = others.as_slice();
    let is_other = |pair: &Pair| others.binary_search(pair).is_ok();
    pairs.as_slice().iter().filter(|pair| !is_other(pair)).collect()
}
