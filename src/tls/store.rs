//! The secrets of a run: from key logs, from the blocks of captures, and of sessions that may be resumed.

use std::collections::{HashMap, HashSet, VecDeque};

use super::keylog::{Entry, Label};
use super::private_key::PrivateKey;
use super::secret::{Random, Secret};
use crate::model::RandomState;

/// Secrets kept for the same thing, such as the traffic of one connection: a log that says more of them is made to be tried
/// without end.
pub(super) const SECRETS_OF_ONE: usize = 16;

/// How a session is named that a later connection resumes: by its id or by a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Resumable {
    Id(Vec<u8>),
    Ticket(Vec<u8>),
}

/// A session that may be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) master: Secret,
    /// The random of the connection that it began with.
    pub(super) origin: Random,
}

/// All secrets, at most so many as the limit says: those of resumption go first, then the oldest.
#[derive(Debug)]
pub(super) struct Store {
    most: usize,
    count: usize,
    by_random: HashMap<Random, Vec<(Label, Secret)>, RandomState>,
    /// In the order in which they came.
    randoms: VecDeque<Random>,
    /// Randoms of handshakes that were seen.
    claimed: HashSet<Random, RandomState>,
    encrypted: HashMap<[u8; 8], Vec<Secret>, RandomState>,
    sessions: HashMap<Vec<u8>, Secret, RandomState>,
    resumable: HashMap<Resumable, Session, RandomState>,
    resumables: VecDeque<Resumable>,
    private_keys: Vec<PrivateKey>,
    /// Whether something was left out because of the limit.
    full: bool,
}

impl Store {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            count: 0,
            by_random: HashMap::default(),
            randoms: VecDeque::new(),
            claimed: HashSet::default(),
            encrypted: HashMap::default(),
            sessions: HashMap::default(),
            resumable: HashMap::default(),
            resumables: VecDeque::new(),
            private_keys: Vec::new(),
            full: false,
        }
    }

    pub(super) fn add_private_key(&mut self, key: PrivateKey) {
        self.private_keys.push(key);
    }

    /// Whether a premaster secret may be known, for which the handshake has to be kept.
    pub(super) fn has_premasters(&self) -> bool {
        !self.private_keys.is_empty() || !self.encrypted.is_empty()
    }

    /// Whether something was left out because of the limit since this was last asked.
    pub(super) fn take_full(&mut self) -> bool {
        std::mem::take(&mut self.full)
    }

    pub(super) fn add(&mut self, entry: Entry) {
        let known = match &entry {
            Entry::Random(label, random, secret) => self
                .by_random
                .get(random)
                .is_some_and(|all| all.iter().any(|(of, one)| of == label && one == secret)),
            Entry::Encrypted(start, secret) => {
                self.encrypted.get(start).is_some_and(|all| all.contains(secret))
            }
            Entry::Session(id, secret) => self.sessions.get(id) == Some(secret),
        };
        if known || !self.make_room() {
            return;
        }
        self.count += 1;
        match entry {
            Entry::Random(label, random, secret) => {
                let all = self.by_random.entry(random).or_default();
                if all.is_empty() {
                    self.randoms.push_back(random);
                }
                if all.iter().filter(|(of, _)| *of == label).count() >= SECRETS_OF_ONE
                    && let Some(oldest) = all.iter().position(|(of, _)| *of == label)
                {
                    all.remove(oldest);
                    (self.count, self.full) = (self.count - 1, true);
                }
                all.push((label, secret));
            }
            Entry::Encrypted(start, secret) => {
                let all = self.encrypted.entry(start).or_default();
                if all.len() >= SECRETS_OF_ONE {
                    all.remove(0);
                    (self.count, self.full) = (self.count - 1, true);
                }
                all.push(secret);
            }
            Entry::Session(id, secret) => {
                if self.sessions.insert(id, secret).is_some() {
                    self.count -= 1;
                }
            }
        }
    }

    /// Keeps so many from now on.
    pub(super) fn keep(&mut self, most: usize) {
        self.most = most;
        self.shrink(most);
    }

    /// Whether there is room for one more, made where need be.
    fn make_room(&mut self) -> bool {
        self.most.checked_sub(1).is_some_and(|most| self.shrink(most))
    }

    /// Forgets until there are at most so many; whether there are.
    fn shrink(&mut self, most: usize) -> bool {
        while self.count > most {
            self.full = true;
            let resumable = self
                .resumables
                .pop_front()
                .and_then(|oldest| self.resumable.remove(&oldest));
            if resumable.is_some() {
                self.count -= 1;
                continue;
            }
            let Some(all) = self
                .randoms
                .pop_front()
                .and_then(|oldest| self.by_random.remove(&oldest))
            else {
                return false;
            };
            self.count = self.count.saturating_sub(all.len());
        }
        true
    }

    /// The secrets of a kind for a connection.
    pub(super) fn of_random<'s>(&'s self, random: &Random, label: Label) -> impl Iterator<Item = &'s Secret> {
        let all = self.by_random.get(random).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .filter(move |(of, _)| *of == label)
            .map(|(_, secret)| secret)
    }

    /// A handshake with this random was seen: its secrets are those of no other connection.
    pub(super) fn claim(&mut self, random: &Random) {
        if self.claimed.len() < self.most {
            self.claimed.insert(*random);
        }
    }

    /// The secrets of a kind that belong to no handshake seen so far, with their randoms, in the order in which they came.
    pub(super) fn unclaimed(&self, label: Label) -> impl Iterator<Item = (&Random, &Secret)> {
        self.randoms
            .iter()
            .filter(|random| !self.claimed.contains(*random))
            .flat_map(move |random| self.of_random(random, label).map(move |secret| (random, secret)))
    }

    /// The premaster secrets that an encrypted one may stand for. A private key is asked only where no key log has it.
    pub(super) fn premasters(&self, encrypted: &[u8], version: u16) -> Vec<Secret> {
        let start: Option<[u8; 8]> = encrypted.first_chunk().copied();
        let logged = start.and_then(|start| self.encrypted.get(&start)).cloned();
        logged.unwrap_or_else(|| {
            let keys = self.private_keys.iter();
            keys.filter_map(|key| key.premaster(encrypted, version)).collect()
        })
    }

    /// The master secret of a session by its id, from a key log.
    pub(super) fn of_session(&self, id: &[u8]) -> Option<&Secret> {
        self.sessions.get(id)
    }

    /// Remembers a session that a later connection may resume, by this name.
    pub(super) fn remember(&mut self, name: Resumable, session: &Session) {
        if let Some(known) = self.resumable.get_mut(&name) {
            known.clone_from(session);
            return;
        }
        if self.make_room() {
            self.count += 1;
            self.resumables.push_back(name.clone());
            self.resumable.insert(name, session.clone());
        }
    }

    /// The session of this name, where it was read before.
    pub(super) fn resumed(&self, name: &Resumable) -> Option<&Session> {
        self.resumable.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(number: u32) -> Random {
        let mut random = [0; 32];
        random[..4].copy_from_slice(&number.to_be_bytes());
        random
    }

    fn entry(number: u32, octet: u8) -> Entry {
        Entry::Random(Label::ClientTraffic, random(number), Secret::new(&[octet; 32]))
    }

    fn secrets(store: &Store, number: u32) -> Vec<Secret> {
        store
            .of_random(&random(number), Label::ClientTraffic)
            .cloned()
            .collect()
    }

    #[test]
    fn the_latest_secrets_are_kept() {
        let mut store = Store::new(100);
        (0..10_000).for_each(|number| store.add(entry(number, 1)));
        assert!(store.take_full());
        assert_eq!(
            (store.count, store.by_random.len(), store.randoms.len()),
            (100, 100, 100)
        );
        assert_eq!(secrets(&store, 9_900).len(), 1);
        assert_eq!(secrets(&store, 9_899), []);
        store.keep(10);
        assert_eq!((store.count, secrets(&store, 9_989).len()), (10, 0));
        assert_eq!(secrets(&store, 9_990).len(), 1);
    }

    #[test]
    fn of_one_connection_no_more_are_kept_than_anybody_has() {
        let mut store = Store::new(1000);
        (0..=u8::MAX).for_each(|octet| store.add(entry(7, octet)));
        let kept = secrets(&store, 7);
        assert_eq!((store.count, kept.len()), (SECRETS_OF_ONE, SECRETS_OF_ONE));
        assert_eq!(kept.last(), Some(&Secret::new(&[u8::MAX; 32])));
        for octet in 0..=u8::MAX {
            store.add(Entry::Encrypted([0; 8], Secret::new(&[octet; 48])));
        }
        assert_eq!(
            (store.count, store.encrypted[&[0; 8]].len()),
            (2 * SECRETS_OF_ONE, SECRETS_OF_ONE)
        );
    }
}
