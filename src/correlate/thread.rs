//! One announced or fetched message at one recipient, and how such threads are found.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::address;
use crate::model::{Nanoseconds, Timestamp};

/// How many candidates with one key are looked at, nearest in time first: a key that a million deliveries share
/// stays linear, and the right one is among the nearest.
const MAX_CANDIDATES: usize = 8;

/// How many addresses of one phone, and how many hosts of one MMSC, are remembered: a phone changes its address a
/// few times while a message waits for it, and an MMSC is behind a few names.
const MAX_PLACES: usize = 16;

/// One announced or fetched message at one recipient.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    pub(super) notifications: Vec<usize>,
    pub(super) retrievals: Vec<usize>,
    pub(super) confirmations: Vec<usize>,
    /// The phone's addresses, as the push went there or its requests came from there.
    pub(super) phones: Vec<IpAddr>,
    /// The recipient as the bearer names it, comparable.
    pub(super) named: Option<String>,
    /// The MMSC by the host of the content location.
    pub(super) hosts: Vec<String>,
    /// Whether a final m-notifyresp.ind or m-acknowledge.ind was joined.
    pub(super) confirmed: bool,
    /// Whether the whole message was fetched.
    pub(super) fetched: bool,
    /// When something of it was seen, in time order.
    times: BTreeSet<Timestamp>,
}

impl Thread {
    pub(super) fn add_client(&mut self, client: IpAddr) {
        if !self.phones.contains(&client) && self.phones.len() < MAX_PLACES {
            self.phones.push(client);
        }
    }

    pub(super) fn add_host(&mut self, host: Option<String>) {
        if let Some(host) = host.filter(|host| !self.hosts.contains(host) && self.hosts.len() < MAX_PLACES) {
            self.hosts.push(host);
        }
    }

    pub(super) fn seen_at(&mut self, time: Timestamp) {
        self.times.insert(time);
    }

    /// How long before a time something of it was last seen; where nothing was, how long after it (negative).
    pub(super) fn distance(&self, time: Timestamp) -> Nanoseconds {
        let before = self.times.range(..=time).next_back();
        let nearest = before.or_else(|| self.times.first());
        nearest.map_or(Nanoseconds::MAX, |nearest| time.since(*nearest))
    }

    /// The recipient as the bearer of a notification names it, comparable.
    pub(super) fn recipient(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// The phone's addresses.
    pub(super) fn clients(&self) -> impl Iterator<Item = IpAddr> {
        self.phones.iter().copied()
    }

    /// Every step of it, not in order.
    pub(super) fn steps(&self) -> impl Iterator<Item = usize> {
        self.notifications
            .iter()
            .chain(&self.retrievals)
            .chain(&self.confirmations)
            .copied()
    }
}

/// Threads by a key, in time order.
#[derive(Default)]
pub(super) struct Index(HashMap<u64, Vec<(Timestamp, usize)>, ahash::RandomState>);

impl Index {
    pub(super) fn add(&mut self, key: u64, time: Timestamp, thread: usize) {
        self.0.entry(key).or_default().push((time, thread));
    }

    pub(super) fn sort(&mut self) {
        for threads in self.0.values_mut() {
            threads.sort_unstable();
            threads.dedup_by_key(|(_, thread)| *thread);
        }
    }

    /// The nearest before a time, then the nearest after it.
    pub(super) fn near(&self, key: u64, time: Timestamp) -> Vec<usize> {
        let threads = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let (before, after) = threads.split_at(threads.partition_point(|(at, _)| *at <= time));
        let nearest = before
            .iter()
            .rev()
            .take(MAX_CANDIDATES)
            .chain(after.iter().take(2));
        let mut found: Vec<usize> = Vec::new();
        for (_, thread) in nearest {
            if !found.contains(thread) {
                found.push(*thread);
            }
        }
        found
    }
}

impl Thread {
    /// 1 where it is one of the thread's clients, 0 where none is known, -1 where others are.
    pub(super) fn knows_client(&self, client: IpAddr) -> i8 {
        match (self.phones.is_empty(), self.phones.contains(&client)) {
            (_, true) => 1,
            (true, _) => 0,
            (false, _) => -1,
        }
    }
}

/// 1 for equal addresses, 0 where one is not known, -1 for different ones; `known` is comparable already.
pub(super) fn rank_of(known: Option<&str>, other: Option<&str>) -> i8 {
    match (known, other) {
        (Some(known), Some(other)) if known == address::comparable(other) => 1,
        (Some(_), Some(_)) => -1,
        _ => 0,
    }
}
