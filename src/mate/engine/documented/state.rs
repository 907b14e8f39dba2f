//! What the engine holds: Gops and Gogs that are open or may still be joined.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::extract::{Layers, Occurrence};
use super::list::List;
use super::plan::Plan;
use crate::mate::config::{Configuration, GogIndex, GopIndex};
use crate::mate::engine::clock::Clock;
use crate::mate::engine::items::{GogRef, GopPdu, GopRef, ReleasedBy};
use crate::mate::engine::pair::{Pair, Pairs};
use crate::mate::engine::settings::{EngineReport, EngineSettings};
use crate::mate::engine::slots::{Slot, Slots};
use crate::model::{FrameRef, Nanoseconds, RandomState};

/// When and by what a Gop was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) at: Nanoseconds,
    pub(super) by: ReleasedBy,
}

/// The key of a Gop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GopKey {
    pub(super) gop: GopIndex,
    pub(super) pairs: Pairs,
}

/// A key of a Gog for Gops of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GogKey {
    pub(super) gog: GogIndex,
    pub(super) gop: GopIndex,
    pub(super) pairs: Pairs,
}

/// A key that a live Gog held already when another asked for it, and the Member clause that gives it.
pub(super) type Refused = BTreeSet<(usize, Arc<GogKey>)>;

/// A Gop.
#[derive(Debug)]
pub(super) struct Gop {
    pub(super) made: u64,
    pub(super) name: GopRef,
    pub(super) key: Arc<GopKey>,
    /// Whether it holds its key, so that Pdus can join it.
    pub(super) is_joinable: bool,
    pub(super) start: Nanoseconds,
    /// The time of its last Pdu.
    pub(super) last: Nanoseconds,
    pub(super) release: Option<Release>,
    /// When its timer is set to.
    pub(super) timer: Option<Nanoseconds>,
    pub(super) pdus: Vec<GopPdu>,
    pub(super) gog: Option<Slot>,
    /// When it joined its Gog, among all that joined one.
    pub(super) joined: u64,
    pub(super) list: List,
    pub(super) refused: Refused,
}

/// A Gop in the list of its Gog.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberGop {
    pub(super) name: GopRef,
    /// Where it is, until it is handed on.
    pub(super) slot: Option<Slot>,
}

/// The Pdus of a Gog's Gops.
#[derive(Clone, Copy, Debug)]
pub(super) struct PduSpan {
    pub(super) count: u64,
    pub(super) first: FrameRef,
    pub(super) last: FrameRef,
}

/// A Gog.
#[derive(Debug)]
pub(super) struct Gog {
    pub(super) made: u64,
    pub(super) name: GogRef,
    pub(super) start: Nanoseconds,
    /// The time of the last Pdu of any of its Gops.
    pub(super) last: Nanoseconds,
    /// Its Gops by the order in which they joined.
    pub(super) members: BTreeMap<u64, MemberGop>,
    /// How many of them are not handed on.
    pub(super) held: usize,
    /// How many of its Gops count, and how many of these are released.
    pub(super) counting: u64,
    pub(super) released: u64,
    /// The latest release of a Gop that counts.
    pub(super) latest_release: Option<Nanoseconds>,
    /// Whether it is dead, and its keys are free.
    pub(super) is_dead: bool,
    /// When its timer is set to.
    pub(super) timer: Option<Nanoseconds>,
    pub(super) span: PduSpan,
    pub(super) list: List,
    /// What its Transforms have removed and is not there, up to a limit.
    pub(super) removed: BTreeSet<Pair>,
    pub(super) keys: Vec<Arc<GogKey>>,
    /// For each Member clause, how many keys it has asked for.
    pub(super) asked: Vec<usize>,
    /// Whether it has asked for more than it may.
    pub(super) is_cut: bool,
    pub(super) refused: Refused,
}

impl Gog {
    /// When it was released.
    pub(super) fn release(&self) -> Option<Nanoseconds> {
        (self.released == self.counting).then(|| {
            self.latest_release
                .map_or(self.start, |release| release.max(self.start))
        })
    }
}

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TimerOf {
    Gop(Slot),
    Gog(Slot),
}

/// The engine for what the User's Guide promises.
#[derive(Debug)]
pub(crate) struct Documented {
    pub(super) plan: Arc<Plan>,
    pub(super) settings: EngineSettings,
    pub(super) clock: Clock,
    pub(super) report: EngineReport,
    pub(super) layers: Layers,
    pub(super) occurrences: Vec<Occurrence>,
    /// How many Pdus of each name, Gops and Gogs of each kind there have been.
    pub(super) pdu_ids: Vec<u64>,
    pub(super) gop_ids: Vec<u64>,
    pub(super) gog_ids: Vec<u64>,
    pub(super) gops_made: u64,
    pub(super) gogs_made: u64,
    /// How many times a Gop has joined a Gog.
    pub(super) joined: u64,
    pub(super) gops: Slots<Gop>,
    pub(super) gogs: Slots<Gog>,
    pub(super) by_key: HashMap<Arc<GopKey>, Slot, RandomState>,
    /// Keys of Gops that expired, to tell why their Pdus are in none.
    pub(super) expired: HashSet<Arc<GopKey>, RandomState>,
    pub(super) by_gog_key: HashMap<Arc<GogKey>, Slot, RandomState>,
    pub(super) timers: BTreeSet<(Nanoseconds, TimerOf)>,
    /// Gops and Gogs, and the Pdus and Gops in them.
    pub(super) held: usize,
}

impl Documented {
    pub(crate) fn new(configuration: &Configuration, settings: EngineSettings) -> Self {
        let plan = Plan::new(configuration);
        Self {
            pdu_ids: vec![0; plan.pdu_types],
            gop_ids: vec![0; plan.gops.len()],
            gog_ids: vec![0; plan.gogs.len()],
            plan: Arc::new(plan),
            settings,
            clock: Clock::default(),
            report: EngineReport::default(),
            layers: Layers::default(),
            occurrences: Vec::new(),
            gops_made: 0,
            gogs_made: 0,
            joined: 0,
            gops: Slots::default(),
            gogs: Slots::default(),
            by_key: HashMap::default(),
            expired: HashSet::default(),
            by_gog_key: HashMap::default(),
            timers: BTreeSet::new(),
            held: 0,
        }
    }

    /// How many Gops and Gogs it holds, with the Pdus and Gops in them.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        let gops: usize = self.gops.iter().map(|(_, gop)| 1 + gop.pdus.len()).sum();
        let gogs: usize = self.gogs.iter().map(|(_, gog)| 1 + gog.members.len()).sum();
        assert_eq!(self.held, gops + gogs, "counted wrongly");
        assert!(
            self.by_key
                .values()
                .all(|slot| self.gops.get(*slot).is_some_and(|gop| gop.is_joinable))
        );
        assert!(
            self.by_gog_key
                .values()
                .all(|slot| self.gogs.get(*slot).is_some_and(|gog| !gog.is_dead))
        );
        let timers = self.gops.iter().filter(|(_, gop)| gop.timer.is_some()).count()
            + self.gogs.iter().filter(|(_, gog)| gog.timer.is_some()).count();
        assert_eq!(self.timers.len(), timers, "timers of what is gone");
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
