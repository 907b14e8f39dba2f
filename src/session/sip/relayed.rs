//! Short messages that SIP carried, until their answers are in: the SIP response, and the RP-ACK or RP-ERROR that
//! comes in a request of its own the other way (TS 24.341 section 5.3).

use std::collections::{BTreeMap, HashMap};

use crate::model::{Host, RandomState};
use crate::session::sms::Ticket;

/// Short messages kept until they are answered: some minutes of a busy relay.
const RELAYS: usize = 16_384;

/// Two hosts, in no order: what one asks the other answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hop(Host, Host);

impl Hop {
    pub(super) fn new([one, other]: [Host; 2]) -> Self {
        Self(one.min(other), one.max(other))
    }
}

/// One request, on one hop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) hop: Hop,
    pub(super) call_id: String,
    pub(super) sequence: u32,
}

/// What an answer that names no call is known by: who sent the message to whom, under which RP reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    pub(super) sender: Host,
    pub(super) receiver: Host,
    pub(super) number: u8,
}

/// One short message.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) ticket: Ticket,
    /// Whether the request has its final response.
    pub(super) answered: bool,
    call: Call,
    reference: Reference,
}

/// Every short message whose answers are owed.
#[derive(Debug, Default)]
pub(in crate::session) struct Relayed {
    /// By the order in which they came.
    relays: BTreeMap<u64, Relay>,
    by_call: HashMap<Call, u64, RandomState>,
    by_call_id: HashMap<(Hop, String), u64, RandomState>,
    by_reference: HashMap<Reference, u64, RandomState>,
    began: u64,
}

impl Relayed {
    /// Whether a request is known: then it was sent again.
    pub(super) fn knows(&self, call: &Call) -> bool {
        self.by_call.contains_key(call)
    }

    /// Keeps a short message until it is answered; gives its number, and one that was given up for it.
    pub(super) fn insert(
        &mut self,
        call: Call,
        reference: Reference,
        ticket: Ticket,
    ) -> (u64, Option<Relay>) {
        let id = self.began;
        self.began = self.began.wrapping_add(1);
        self.by_call_id.insert((call.hop, call.call_id.clone()), id);
        self.by_call.insert(call.clone(), id);
        self.by_reference.insert(reference, id);
        let relay = Relay {
            ticket,
            answered: false,
            call,
            reference,
        };
        self.relays.insert(id, relay);
        match self.relays.len() > RELAYS {
            true => (id, self.forget_oldest()),
            false => (id, None),
        }
    }

    fn forget_oldest(&mut self) -> Option<Relay> {
        let (id, relay) = self.relays.pop_first()?;
        let call_id = (relay.call.hop, relay.call.call_id.clone());
        if self.by_call_id.get(&call_id) == Some(&id) {
            self.by_call_id.remove(&call_id);
        }
        if self.by_reference.get(&relay.reference) == Some(&id) {
            self.by_reference.remove(&relay.reference);
        }
        self.by_call.remove(&relay.call);
        Some(relay)
    }

    /// The short message that a final response answers, the first time it does.
    pub(super) fn answered(&mut self, call: &Call) -> Option<Ticket> {
        let id = self.by_call.get(call)?;
        let relay = self.relays.get_mut(id)?;
        let first = !std::mem::replace(&mut relay.answered, true);
        first.then_some(relay.ticket)
    }

    /// The short message that an RP answer is about: by the calls it says it replies to, else by its reference.
    pub(super) fn reported(
        &self,
        hop: Hop,
        in_reply_to: Option<&str>,
        reference: Reference,
    ) -> Option<Ticket> {
        let calls = in_reply_to.into_iter().flat_map(|calls| calls.split(','));
        let mut by_call = calls.filter_map(|call| self.by_call_id.get(&(hop, call.trim().to_owned())));
        let id = by_call.next().or_else(|| self.by_reference.get(&reference))?;
        self.relays.get(id).map(|relay| relay.ticket)
    }

    /// Whether a short message still waits for its response.
    pub(super) fn is_waiting(&self, id: u64) -> bool {
        self.relays.get(&id).is_some_and(|relay| !relay.answered)
    }

    /// No response will come to a short message any more; its ticket, where it was waiting for one.
    pub(super) fn give_up(&mut self, id: u64) -> Option<Ticket> {
        let relay = self.relays.get_mut(&id)?;
        let waiting = !std::mem::replace(&mut relay.answered, true);
        waiting.then_some(relay.ticket)
    }
}
