//! The keys of one direction, one change of keys after the other, and which of them opens a record.

use std::collections::VecDeque;
use std::sync::Arc;

use super::framer::Record;
use super::protection::{Chain, Keys, Opened, last_block};
use super::schedule::next_secret;
use super::secret::Secret;
use super::store::Session;
use super::suite::Suite;
use super::used::{Line, UsedSecrets};

/// Records in a row that no key opens before a direction is given up: a handshake whose own keys are missing has fewer.
const FAILURES: u32 = 64;
/// The same where early data comes that no key is there for: 64 MB of full records.
const EARLY_FAILURES: u32 = 4096;

/// What is sent under some keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Early data (0-RTT).
    Early,
    /// The handshake of TLS 1.3.
    Handshake,
    /// Application data; up to TLS 1.2 all behind ChangeCipherSpec.
    Application,
}

/// The keys between two changes of keys. Several where several secrets are known: a tag tells which are right.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) stage: Stage,
    options: Vec<LevelKeys>,
}

/// Keys, and the secret that they are made of.
#[derive(Debug)]
pub(super) struct LevelKeys {
    keys: Keys,
    /// Up to TLS 1.2 the master secret, else the traffic secret.
    secret: Secret,
    /// Of TLS 1.3, whose keys change by KeyUpdate.
    suite: Option<Suite>,
    /// The secret that a key log has, which others may have followed.
    line: Arc<Line>,
}

impl LevelKeys {
    /// The keys of a traffic secret, which goes back to that of a line.
    pub(super) fn of_traffic_secret(suite: Suite, secret: &Secret, line: Arc<Line>) -> Option<Self> {
        Some(Self {
            keys: Keys::of_traffic_secret(suite, secret)?,
            secret: secret.clone(),
            suite: Some(suite),
            line,
        })
    }

    /// The keys of a master secret.
    pub(super) const fn of_master(keys: Keys, master: Secret, line: Arc<Line>) -> Self {
        Self {
            keys,
            secret: master,
            suite: None,
            line,
        }
    }

    fn next(&self) -> Option<Self> {
        let suite = self.suite?;
        let secret = next_secret(suite.hash, &self.secret);
        Self::of_traffic_secret(suite, &secret, Arc::clone(&self.line))
    }
}

impl Level {
    pub(super) const fn new(stage: Stage, options: Vec<LevelKeys>) -> Self {
        Self { stage, options }
    }

    /// Whether there are keys.
    pub(super) const fn has_keys(&self) -> bool {
        !self.options.is_empty()
    }
}

/// The keys of a direction.
#[derive(Debug, Default)]
pub(super) struct Reading {
    current: Option<Level>,
    next: VecDeque<Level>,
    /// The number of the next record.
    number: u64,
    chain: Option<Chain>,
    /// Whether a record was opened with the current keys.
    fits: bool,
    /// Whether any record ever was.
    ever_fitted: bool,
    failures: u32,
    /// The secrets that opened records.
    used: UsedSecrets,
}

/// A record behind a hole that was opened.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) opened: Opened,
    /// Records that are missing before it, as far as their numbers tell: where the keys changed, those under the old ones
    /// are not known.
    pub(super) lost: u64,
}

impl Reading {
    /// Keys that come into force at once, and those behind them.
    pub(super) fn begin(&mut self, levels: impl IntoIterator<Item = Level>) {
        self.next = levels.into_iter().collect();
        self.shift();
    }

    /// Keys that come into force with the next change.
    pub(super) fn expect(&mut self, level: Level) {
        self.next = VecDeque::from([level]);
    }

    /// The keys change to the next ones.
    pub(super) fn shift(&mut self) {
        self.current = self.next.pop_front();
        self.begin_level();
    }

    fn begin_level(&mut self) {
        self.number = 0;
        self.chain = None;
        self.fits = false;
    }

    /// The keys change as KeyUpdate says.
    pub(super) fn update(&mut self) {
        if let Some(level) = &mut self.current {
            level.options = level.options.iter().filter_map(LevelKeys::next).collect();
            self.begin_level();
        }
    }

    /// What is sent now.
    pub(super) fn stage(&self) -> Option<Stage> {
        self.current.as_ref().map(|level| level.stage)
    }

    /// Whether any keys are there, now or later.
    pub(super) fn has_keys(&self) -> bool {
        self.current.iter().chain(&self.next).any(Level::has_keys)
    }

    /// Whether a record was ever opened.
    pub(super) const fn ever_fitted(&self) -> bool {
        self.ever_fitted
    }

    /// Whether early data comes for which there are no keys.
    pub(super) fn lacks_early_keys(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|level| level.stage == Stage::Early && !level.has_keys())
    }

    /// Whether so many records could not be opened that no more are tried.
    pub(super) fn is_hopeless(&self) -> bool {
        let most = match self.lacks_early_keys() {
            true => EARLY_FAILURES,
            false => FAILURES,
        };
        self.failures >= most
    }

    /// Up to TLS 1.2: the master secret that opened the last record, and the random of the connection that its session began
    /// with.
    pub(super) fn session(&self) -> Option<Session> {
        let level = self.current.as_ref().filter(|_| self.fits)?;
        level.options.first().map(|keys| Session {
            master: keys.secret.clone(),
            origin: keys.line.origin(),
        })
    }

    /// Octets that a record of application data has beside what it carries.
    pub(super) fn overhead(&self) -> u64 {
        let mut levels = self.current.iter().chain(&self.next).rev();
        let keys = levels.find_map(|level| level.options.first());
        keys.map_or(0, |keys| keys.keys.overhead())
    }

    /// Opens the next record: with the current keys, else with the next ones, whose change may have been lost or may stand in
    /// a handshake that cannot be read.
    pub(super) fn open(&mut self, record: Record<'_>) -> Option<Opened> {
        let chain = last_block(record.sealed);
        let opened = self
            .open_current(record, self.number)
            .or_else(|| self.open_next(record, 0));
        if opened.is_some() {
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
        self.number = self.number.saturating_add(1);
        self.chain = chain;
        opened
    }

    /// A record is lost.
    pub(super) fn skip(&mut self) {
        self.number = self.number.saturating_add(1);
        // The last block of what is lost is needed where blocks are chained over records: none will fit.
        self.chain = None;
    }

    fn open_current(&mut self, record: Record<'_>, number: u64) -> Option<Opened> {
        let (level, chain) = (self.current.as_mut()?, self.chain);
        let first = level.options.iter().enumerate().find_map(|(place, option)| {
            let opened = option.keys.open(number, record.head, record.sealed, chain)?;
            Some((place, opened))
        });
        let (place, opened) = first?;
        level.options.swap(0, place);
        level.options.truncate(1);
        self.number = number;
        self.fit();
        Some(opened)
    }

    /// Opens a record with keys that come later, by its number under them.
    fn open_next(&mut self, record: Record<'_>, number: u64) -> Option<Opened> {
        for place in 0..self.next.len() {
            let level = self.next.get(place)?;
            let fitting = level.options.iter().enumerate().find_map(|(option, keys)| {
                let opened = keys.keys.open(number, record.head, record.sealed, None)?;
                Some((option, opened))
            });
            if let Some((option, opened)) = fitting {
                self.next.drain(..place);
                self.shift();
                self.fit_first(option, number);
                return Some(opened);
            }
        }
        None
    }

    fn fit_first(&mut self, option: usize, number: u64) {
        if let Some(level) = &mut self.current {
            level.options.swap(0, option);
            level.options.truncate(1);
        }
        self.number = number;
        self.fit();
    }

    /// The first of the current keys opened a record.
    fn fit(&mut self) {
        self.ever_fitted = true;
        let keys = self.current.as_ref().and_then(|level| level.options.first());
        if let Some(keys) = keys.filter(|_| !std::mem::replace(&mut self.fits, true)) {
            self.used.note(&keys.line);
        }
    }

    /// The secrets that opened records.
    pub(super) const fn used(&self) -> &UsedSecrets {
        &self.used
    }

    /// Opens the first record behind a hole, in which up to `most` records may be lost; `tries` are taken off.
    pub(super) fn find(&mut self, record: Record<'_>, most: u64, tries: &mut usize) -> Option<Found> {
        if self.is_chained() && self.chain.is_none() {
            // The first record lacks its IV: it is lost, and the next one is tried.
            self.chain = last_block(record.sealed);
            return None;
        }
        self.expect_update();
        let start = self.number;
        for lost in 0..=most {
            for later in [false, true] {
                let options = match later {
                    false => self.current.as_ref().map_or(0, |level| level.options.len()),
                    true => self.next.iter().map(|level| level.options.len()).sum(),
                };
                if options == 0 {
                    continue;
                }
                *tries = tries.checked_sub(options)?;
                let opened = match later {
                    false => self.open_current(record, start.saturating_add(lost)),
                    true => self.open_next(record, lost),
                };
                if let Some(opened) = opened {
                    self.number = self.number.saturating_add(1);
                    self.chain = last_block(record.sealed);
                    self.failures = 0;
                    return Some(Found { opened, lost });
                }
            }
        }
        None
    }

    /// Whether a record cannot be opened without the one before it.
    pub(super) fn is_chained(&self) -> bool {
        let keys = self.current.as_ref().and_then(|level| level.options.first());
        keys.is_some_and(|keys| keys.keys.is_chained())
    }

    /// Octets are missing before the next record.
    pub(super) const fn break_chain(&mut self) {
        self.chain = None;
    }

    /// A hole may hold a KeyUpdate.
    fn expect_update(&mut self) {
        if let Some(level) = &self.current
            && level.stage == Stage::Application
            && self.next.is_empty()
        {
            let options: Vec<_> = level.options.iter().filter_map(LevelKeys::next).collect();
            if !options.is_empty() {
                self.next.push_back(Level::new(Stage::Application, options));
            }
        }
    }
}

impl LevelKeys {
    /// Opens a record by its number.
    pub(super) fn open(&self, number: u64, record: Record<'_>) -> Option<Opened> {
        self.keys.open(number, record.head, record.sealed, None)
    }
}

impl Reading {
    /// Goes on behind a record that was opened with these keys.
    pub(super) fn take_up(&mut self, keys: LevelKeys, number: u64) {
        self.current = Some(Level::new(Stage::Application, vec![keys]));
        self.next = VecDeque::new();
        self.begin_level();
        self.number = number.saturating_add(1);
        self.fit();
    }
}
