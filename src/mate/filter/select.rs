//! Which frames a filter selects, and with them which items.

use std::collections::BTreeMap;

use super::{
    eval::{self, Found},
    parser::{Expression, FieldTest},
};
use crate::mate::{
    config::Configuration,
    engine::{GogRef, GopItem, GopRef},
    groups::Groups,
};
use crate::model::{CaptureIndex, FrameNumber, SharedSort, tree};

/// What is selected: for each item of a run whether it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Of the Pdus.
    pub(crate) pdus: Vec<bool>,
    /// Of the Gops.
    pub(crate) gops: Vec<bool>,
    /// Of the Gogs.
    pub(crate) gogs: Vec<bool>,
    /// Of the reasons why Pdus are in no Gop: those in selected frames.
    pub(crate) explain: Vec<bool>,
}

/// What a test found so far, for each item that was looked at.
struct Cache<'e> {
    test: &'e FieldTest,
    gops: Vec<Option<Found>>,
    gogs: Vec<Option<Found>>,
}

/// An expression with a cache for each test.
enum Prepared<'e> {
    All(Vec<Prepared<'e>>),
    Any(Vec<Prepared<'e>>),
    Not(Box<Prepared<'e>>),
    Test(Cache<'e>),
}

/// The items of a run by their numbers.
struct Index<'g> {
    groups: &'g Groups,
    configuration: &'g Configuration,
    gops: BTreeMap<GopRef, usize>,
    gogs: BTreeMap<GogRef, usize>,
}

/// The items of one frame, as places in the run.
#[derive(Default)]
struct FrameItems {
    pdus: Vec<usize>,
    gops: Vec<usize>,
    gogs: Vec<usize>,
}

/// What an expression selects.
pub(super) fn select(expression: &Expression, groups: &Groups, configuration: &Configuration) -> Selection {
    let index = Index {
        groups,
        configuration,
        gops: tree(groups.gops.iter().map(|gop| gop.gop).zip(0..)),
        gogs: tree(groups.gogs.iter().map(|gog| gog.gog).zip(0..)),
    };
    let mut prepared = prepare(expression, groups);
    let mut selection = Selection {
        pdus: vec![false; groups.pdus.len()],
        gops: vec![false; groups.gops.len()],
        gogs: vec![false; groups.gogs.len()],
        explain: Vec::new(),
    };
    let mut selected = BTreeMap::new();
    for (frame, items) in index.frames() {
        let is_selected = prepared.holds(&items, &index);
        selected.insert(frame, is_selected);
        if is_selected {
            mark(&mut selection.pdus, &items.pdus);
            mark(&mut selection.gops, &items.gops);
            mark(&mut selection.gogs, &items.gogs);
        }
    }
    let is_selected = |frame| selected.get(&frame).copied().unwrap_or_default();
    let explain = groups.explain.iter();
    selection.explain = explain
        .map(|item| is_selected((item.at.capture, item.at.frame)))
        .collect();
    selection
}

fn mark(marks: &mut [bool], places: &[usize]) {
    for place in places {
        if let Some(mark) = marks.get_mut(*place) {
            *mark = true;
        }
    }
}

fn prepare<'e>(expression: &'e Expression, groups: &Groups) -> Prepared<'e> {
    let all = |inside: &'e [Expression]| inside.iter().map(|inside| prepare(inside, groups)).collect();
    match expression {
        Expression::All(inside) => Prepared::All(all(inside)),
        Expression::Any(inside) => Prepared::Any(all(inside)),
        Expression::Not(inside) => Prepared::Not(Box::new(prepare(inside, groups))),
        Expression::Test(test) => Prepared::Test(Cache {
            test,
            gops: vec![None; groups.gops.len()],
            gogs: vec![None; groups.gogs.len()],
        }),
    }
}

impl Index<'_> {
    /// The frames in which there are Pdus, each with what belongs to them.
    fn frames(&self) -> BTreeMap<(CaptureIndex, FrameNumber), FrameItems> {
        let mut frames: BTreeMap<_, FrameItems> = BTreeMap::new();
        for (pdu, place) in self.groups.pdus.iter().zip(0..) {
            let items = frames.entry((pdu.at.capture, pdu.at.frame)).or_default();
            items.pdus.push(place);
            let gop = pdu
                .membership
                .and_then(|membership| self.gops.get(&membership.gop));
            items.gops.extend(gop);
            let gog = gop
                .and_then(|gop| self.groups.gops.get(*gop))
                .and_then(|gop| gop.gog);
            items.gogs.extend(gog.and_then(|gog| self.gogs.get(&gog)));
        }
        for items in frames.values_mut() {
            for places in [&mut items.gops, &mut items.gogs] {
                places.shared_sort();
                places.dedup();
            }
        }
        frames
    }

    fn gops_of(&self, gog: usize) -> impl Iterator<Item = &GopItem> + Clone {
        let gog = self.groups.gogs.get(gog);
        let gops = gog.into_iter().flat_map(|gog| &gog.gops);
        let places = gops.filter_map(|gop| self.gops.get(gop));
        places.filter_map(|place| self.groups.gops.get(*place))
    }
}

impl Prepared<'_> {
    fn holds(&mut self, frame: &FrameItems, index: &Index<'_>) -> bool {
        match self {
            Self::All(inside) => inside.iter_mut().all(|inside| inside.holds(frame, index)),
            Self::Any(inside) => inside.iter_mut().any(|inside| inside.holds(frame, index)),
            Self::Not(inside) => !inside.holds(frame, index),
            Self::Test(cache) => cache.found(frame, index).holds(&cache.test.test),
        }
    }
}

impl Cache<'_> {
    fn found(&mut self, frame: &FrameItems, index: &Index<'_>) -> Found {
        let mut found = Found::default();
        for place in &frame.pdus {
            if let Some(item) = index.groups.pdus.get(*place) {
                found = found.or(eval::in_pdu(self.test, item, index.configuration));
            }
        }
        for place in &frame.gops {
            let item = index.groups.gops.get(*place);
            if let (Some(cell), Some(item)) = (self.gops.get_mut(*place), item) {
                let own = cell.get_or_insert_with(|| eval::in_gop(self.test, item, index.configuration));
                found = found.or(*own);
            }
        }
        for place in &frame.gogs {
            let item = index.groups.gogs.get(*place);
            if let (Some(cell), Some(item)) = (self.gogs.get_mut(*place), item) {
                let own = cell.get_or_insert_with(|| {
                    let gops = index.gops_of(*place);
                    let ids = gops.clone().map(|gop| eval::id_of_gop(self.test, gop));
                    ids.fold(eval::in_gog(self.test, item, gops), Found::or)
                });
                found = found.or(*own);
            }
        }
        found
    }
}
