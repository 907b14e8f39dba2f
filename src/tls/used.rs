//! The secrets that opened records, so that what is cut out of a capture can be opened again.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::keylog::{Entry, Label};
use super::secret::{Random, Secret};
use crate::model::RandomState;

/// A secret of a connection as a line of a key log says it. It has no text of its own, as a secret has none.
#[derive(PartialEq, Eq)]
pub(super) struct Line {
    label: Label,
    /// That of the ClientHello.
    random: Random,
    secret: Secret,
    /// The random of the connection whose session this one resumes, where the secret is known from there alone.
    origin: Option<Random>,
}

impl Line {
    /// A secret, with what it is for.
    pub(super) fn new(label: Label, random: Random, secret: &Secret) -> Arc<Self> {
        let (secret, origin) = (secret.clone(), None);
        Arc::new(Self {
            label,
            random,
            secret,
            origin,
        })
    }

    /// The master secret of a session that another connection began.
    pub(super) fn resumed(random: Random, secret: &Secret, origin: Random) -> Arc<Self> {
        let secret = secret.clone();
        Arc::new(Self {
            label: Label::Master,
            random,
            secret,
            origin: Some(origin),
        })
    }

    /// The random of the connection that the session of this one began with.
    pub(super) fn origin(&self) -> Random {
        self.origin.unwrap_or(self.random)
    }

    fn entry(&self) -> Entry {
        Entry::Random(self.label, self.random, self.secret.clone())
    }
}

/// Of what it is for: there are few secrets for one thing.
impl Hash for Line {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.label, self.random).hash(state);
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(..)")
    }
}

/// Lines kept of one connection: each renegotiation has another one.
const LINES: usize = 128;

/// The secrets that opened the records of connections, each once. Nothing prints them but [`UsedSecrets::key_log`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UsedSecrets {
    lines: Vec<Arc<Line>>,
}

impl UsedSecrets {
    /// Notes a secret that opened a record of the connection that these are of.
    pub(super) fn note(&mut self, line: &Arc<Line>) {
        if self.lines.len() < LINES && !self.lines.contains(line) {
            self.lines.push(Arc::clone(line));
        }
    }

    /// Those of any number of connections, each once.
    pub(crate) fn of_all<'a>(connections: impl Iterator<Item = &'a Self>) -> Self {
        let mut known: HashSet<&Line, RandomState> = HashSet::default();
        let lines = connections.flat_map(|connection| &connection.lines);
        let lines = lines.filter(|line| known.insert(line)).cloned().collect();
        Self { lines }
    }

    /// Adds those of the other direction of its connection.
    pub(super) fn add(&mut self, others: &Self) {
        for line in &others.lines {
            if !self.lines.contains(line) {
                self.lines.push(Arc::clone(line));
            }
        }
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines of a key log with them.
    pub(crate) fn key_log(&self) -> Vec<u8> {
        let line = |line: &Arc<Line>| {
            let Line {
                label,
                random,
                secret,
                ..
            } = &**line;
            let [random, secret] = [random.as_slice(), secret.octets()].map(|octets| HEXLOWER.encode(octets));
            format!("{} {random} {secret}\n", label.name())
        };
        self.lines.iter().map(line).collect::<String>().into_bytes()
    }

    /// The randoms of the connections whose sessions these resume, where their secrets are known from there alone.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Random> {
        self.lines.iter().filter_map(|line| line.origin)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.lines.iter().map(|line| line.entry())
    }
}

impl fmt::Debug for UsedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UsedSecrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::keylog::{LogCounts, read};

    #[test]
    fn what_is_written_is_read_and_what_is_shown_says_nothing() {
        let mut used = UsedSecrets::default();
        let master = Line::new(Label::Master, [0x11; 32], &Secret::new(&[0x41; 48]));
        let traffic = Line::new(Label::ClientTraffic, [0x11; 32], &Secret::new(&[0x42; 32]));
        used.note(&master);
        used.note(&traffic);
        used.note(&master);
        let mut read_back = Vec::new();
        let log = used.key_log();
        let counts = &mut LogCounts::default();
        read(log.as_slice(), false, counts, &mut |entry| read_back.push(entry)).unwrap();
        assert_eq!(read_back, [master.entry(), traffic.entry()]);
        assert_eq!(format!("{used:?} {master:?}"), "UsedSecrets(..) Line(..)");
    }

    #[test]
    fn of_many_connections_each_secret_is_there_once() {
        let of = |number: u32| {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&(number / 2).to_be_bytes());
            let mut used = UsedSecrets::default();
            used.note(&Line::new(Label::Master, random, &Secret::new(&[1; 48])));
            used
        };
        let connections: Vec<UsedSecrets> = (0..200_000).map(of).collect();
        let all = UsedSecrets::of_all(connections.iter());
        assert_eq!(all.lines.len(), 100_000);
        assert_eq!(all.lines[1], connections[2].lines[0]);
    }

    #[test]
    fn a_connection_that_renegotiates_without_end_has_so_many_lines() {
        let mut used = UsedSecrets::default();
        for octet in 0..=u8::MAX {
            used.note(&Line::new(Label::Master, [octet; 32], &Secret::new(&[octet; 48])));
        }
        assert_eq!(used.entries().count(), LINES);
    }
}
