//! What the engine holds.

use std::collections::HashMap;
use std::sync::Arc;

use super::avpl::Avpl;
use super::plan::Plan;
use crate::mate::config::{Configuration, GopIndex};
use crate::mate::engine::clock::Clock;
use crate::mate::engine::items::{GogRef, GopPdu, GopRef, ReleasedBy};
use crate::mate::engine::pair::Pair;
use crate::mate::engine::settings::{EngineReport, EngineSettings};
use crate::mate::engine::slots::{Slot, Slots};
use crate::model::{FrameRef, Nanoseconds, RandomState};

/// A key of a Gop, or of a Gog for Gops of a kind, as the pairs of a match in their order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) gop: GopIndex,
    pub(super) pairs: Vec<Pair>,
}

/// How a Gop was released, and its time then: 0 − start if a timer did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) at: Nanoseconds,
    pub(super) by: ReleasedBy,
}

/// A Gop.
#[derive(Debug)]
pub(super) struct Gop {
    pub(super) made: u64,
    pub(super) name: GopRef,
    pub(super) key: Arc<Key>,
    pub(super) start: Nanoseconds,
    pub(super) last: Nanoseconds,
    pub(super) release: Option<Release>,
    /// The deadlines of Lifetime and IdleTimeout.
    pub(super) lifetime: Option<Nanoseconds>,
    pub(super) idle: Option<Nanoseconds>,
    pub(super) pdus: Vec<GopPdu>,
    pub(super) gog: Option<Slot>,
    /// Its place among the Gops of its Gog.
    pub(super) place: usize,
    pub(super) list: Avpl,
    /// How long the list was when its Transforms ran last.
    pub(super) seen: usize,
}

/// A Gog.
#[derive(Debug)]
pub(super) struct Gog {
    pub(super) made: u64,
    pub(super) name: GogRef,
    pub(super) start: Nanoseconds,
    pub(super) last: Nanoseconds,
    /// Its Gops, and where they are until they are handed on.
    pub(super) members: Vec<(GopRef, Option<Slot>)>,
    pub(super) held: usize,
    pub(super) counting: u64,
    pub(super) released: u64,
    pub(super) is_released: bool,
    pub(super) expiration: Nanoseconds,
    /// Whether another took its place, and its keys are gone.
    pub(super) is_replaced: bool,
    pub(super) pdus: u64,
    pub(super) first_frame: FrameRef,
    pub(super) last_frame: FrameRef,
    pub(super) list: Avpl,
    /// How long the list was when it was asked for keys last.
    pub(super) seen: usize,
    pub(super) keys: Vec<Arc<Key>>,
}

/// The engine for what Wireshark 4.0 does.
#[derive(Debug)]
pub(crate) struct Wireshark {
    pub(super) plan: Arc<Plan>,
    pub(super) settings: EngineSettings,
    pub(super) clock: Clock,
    pub(super) report: EngineReport,
    pub(super) pdu_ids: Vec<u64>,
    pub(super) gop_ids: Vec<u64>,
    pub(super) gog_ids: Vec<u64>,
    pub(super) gops_made: u64,
    pub(super) gogs_made: u64,
    pub(super) gops: Slots<Gop>,
    pub(super) gogs: Slots<Gog>,
    pub(super) by_key: HashMap<Arc<Key>, Slot, RandomState>,
    pub(super) by_gog_key: HashMap<Arc<Key>, Slot, RandomState>,
    /// Gops and Gogs, and the Pdus and Gops in them.
    pub(super) held: usize,
}

impl Wireshark {
    pub(crate) fn new(configuration: &Configuration, settings: EngineSettings) -> Self {
        let plan = Plan::new(configuration);
        Self {
            pdu_ids: vec![0; plan.pdus.len()],
            gop_ids: vec![0; plan.gops.len()],
            gog_ids: vec![0; plan.gogs.len()],
            plan: Arc::new(plan),
            settings,
            clock: Clock::default(),
            report: EngineReport::default(),
            gops_made: 0,
            gogs_made: 0,
            gops: Slots::default(),
            gogs: Slots::default(),
            by_key: HashMap::default(),
            by_gog_key: HashMap::default(),
            held: 0,
        }
    }

    /// How many Gops and Gogs it holds, with the Pdus and Gops in them.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        let gops: usize = self.gops.iter().map(|(_, gop)| 1 + gop.pdus.len()).sum();
        let gogs: usize = self.gogs.iter().map(|(_, gog)| 1 + gog.members.len()).sum();
        assert_eq!(self.held, gops + gogs, "counted wrongly");
        assert!(self.by_key.values().all(|slot| self.gops.get(*slot).is_some()));
        assert!(
            self.by_gog_key
                .values()
                .all(|slot| self.gogs.get(*slot).is_some())
        );
        self.held
    }
}

/// The next number of a count, from 1.
pub(super) fn next(counts: &mut [u64], index: usize) -> u64 {
    let Some(count) = counts.get_mut(index) else {
        return 0;
    };
    *count += 1;
    *count
}
