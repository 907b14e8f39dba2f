//! What was told of messages that are open: as much as shows whether there is more to tell.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::io;

use crate::correlate::message::Message;
use crate::model::{RandomState, SharedSort};
use crate::session::ExchangeId;

/// A message as it was told last.
#[derive(Debug)]
struct Told {
    /// Of all that was told.
    fingerprint: u64,
    /// The last look that found it.
    look: u64,
}

/// The messages that were told, by the exchange whose first PDU names them.
#[derive(Debug, Default)]
pub(super) struct ToldMessages {
    told: HashMap<ExchangeId, Told, RandomState>,
    hashes: RandomState,
    look: u64,
}

/// What there is to tell of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It was told just like this.
    None,
    /// It was told otherwise.
    Changed,
    /// It was not told.
    New,
}

impl ToldMessages {
    /// Another look at what is open begins.
    pub(super) const fn begin_look(&mut self) {
        self.look = self.look.saturating_add(1);
    }

    /// Whether the message that an exchange names was told.
    pub(super) fn has(&self, named_by: ExchangeId) -> bool {
        self.told.contains_key(&named_by)
    }

    /// What there is to tell of a message as a look found it.
    pub(super) fn news(&mut self, named_by: ExchangeId, message: &Message) -> News {
        if !self.told.contains_key(&named_by) {
            return News::New;
        }
        let fingerprint = self.fingerprint(message);
        let look = self.look;
        match self.told.get_mut(&named_by) {
            Some(told) if told.fingerprint == fingerprint => {
                told.look = look;
                News::None
            }
            _ => News::Changed,
        }
    }

    /// A message is told.
    pub(super) fn tell(&mut self, named_by: ExchangeId, message: &Message) {
        let told = Told {
            fingerprint: self.fingerprint(message),
            look: self.look,
        };
        self.told.insert(named_by, told);
    }

    /// Forgets a message; whether it was told.
    pub(super) fn forget(&mut self, named_by: ExchangeId) -> bool {
        self.told.remove(&named_by).is_some()
    }

    /// Forgets a message that was told and that this look did not find; whether there was one.
    pub(super) fn forget_missed(&mut self, named_by: ExchangeId) -> bool {
        let told = self.told.get(&named_by);
        told.is_some_and(|told| told.look != self.look) && self.forget(named_by)
    }

    /// Which were told and are no more wanted, in the order of their exchanges.
    pub(super) fn not(&self, is_wanted: impl Fn(ExchangeId) -> bool) -> Vec<ExchangeId> {
        let gone = self.told.keys().copied().filter(|named_by| !is_wanted(*named_by));
        let mut gone: Vec<ExchangeId> = gone.collect();
        gone.shared_sort();
        gone
    }

    /// Of all that is printed of a message.
    fn fingerprint(&self, message: &Message) -> u64 {
        let mut hasher = Hashed(self.hashes.build_hasher());
        // A message can always be written, and a hasher takes everything.
        let _ = serde_json::to_writer(&mut hasher, message);
        hasher.0.finish()
    }
}

/// Hashes what is written.
struct Hashed<H>(H);

impl<H: Hasher> io::Write for Hashed<H> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
