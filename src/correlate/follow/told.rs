//! What was told of messages that are open: as much as shows whether there is more to tell.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use crate::correlate::message::Message;
use crate::model::RandomState;
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
    /// The legs of them.
    legs: HashSet<ExchangeId, RandomState>,
    hashes: RandomState,
    look: u64,
    /// For what is written of a message.
    written: Vec<u8>,
    /// What was found of the message that was asked about last.
    asked: Option<(ExchangeId, u64)>,
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

    /// Whether a leg is of a message that was told.
    pub(super) fn has_leg(&self, leg: ExchangeId) -> bool {
        self.legs.contains(&leg)
    }

    /// Lets go of legs that are closed.
    pub(super) fn retain_legs(&mut self, is_open: impl Fn(ExchangeId) -> bool) {
        self.legs.retain(|leg| is_open(*leg));
    }

    /// What there is to tell of a message as a look found it.
    pub(super) fn news(&mut self, named_by: ExchangeId, message: &Message) -> News {
        self.asked = None;
        if !self.told.contains_key(&named_by) {
            return News::New;
        }
        let fingerprint = self.fingerprint(message);
        self.asked = Some((named_by, fingerprint));
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
    pub(super) fn tell(&mut self, named_by: ExchangeId, legs: &[ExchangeId], message: &Message) {
        self.legs.insert(named_by);
        self.legs.extend(legs);
        let asked = self.asked.take().filter(|(asked, _)| *asked == named_by);
        let told = Told {
            fingerprint: asked.map_or_else(|| self.fingerprint(message), |(_, fingerprint)| fingerprint),
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
        gone.sort_unstable();
        gone
    }

    /// Of all that is printed of a message.
    fn fingerprint(&mut self, message: &Message) -> u64 {
        self.written.clear();
        // A message can always be written, and a vector takes everything.
        let _ = serde_json::to_writer(&mut self.written, message);
        self.hashes.hash_one(&*self.written)
    }
}
