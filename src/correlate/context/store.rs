//! All that is kept of the systems around the MMSC: sessions, transactions that may concern a message that is not closed, and
//! what is counted.

use std::collections::{BTreeMap, VecDeque};
use std::hash::BuildHasher;

use crate::correlate::context::explain::binding_entry;
use crate::correlate::context::join::{self, Joined, Joining};
use crate::correlate::context::known::Known;
use crate::correlate::context::profile::Profile;
use crate::correlate::context::sessions::Sessions;
use crate::correlate::context::transaction::{Facts, Transaction};
use crate::correlate::limits::Limits;
use crate::correlate::message::{ContextEntry, ContextTotals};
use crate::correlate::settings::Settings;
use crate::model::{
    AnomalyKind, AnomalyLog, Nanoseconds, Networks, RandomState, SharedSort, Timestamp, tree,
};
use crate::session::TransactionEvent;
use crate::session::surroundings::TransactionId;

/// How long a transaction waits for a message that it concerns, where it concerns none that is open.
const PATIENCE: Nanoseconds = 600 * Timestamp::SECOND;

/// What is kept of the systems around the MMSC.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) sessions: Sessions,
    pub(crate) held: BTreeMap<TransactionId, Transaction>,
    pub(crate) totals: ContextTotals,
    pub(crate) limits: Limits,
    known: Known,
    hashes: RandomState,
    /// Transactions that failed and concern no message.
    unjoined: VecDeque<ContextEntry>,
    /// How many of them were left out.
    unlisted: u64,
}

impl Surroundings {
    pub(crate) fn new(limits: Limits, settings: Settings) -> Self {
        Self {
            sessions: Sessions::new(limits.bindings, settings.lifetime),
            held: BTreeMap::new(),
            totals: ContextTotals::default(),
            limits,
            known: Known::default(),
            hashes: RandomState::default(),
            unjoined: VecDeque::new(),
            unlisted: 0,
        }
    }

    /// Whether nothing was asked of any system.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.sessions.bindings.is_empty()
    }

    /// Takes in what was seen of a transaction.
    pub(crate) fn observe(&mut self, event: &TransactionEvent<'_>, anomalies: &mut AnomalyLog) {
        match event {
            TransactionEvent::Request(request) => {
                if !self.sessions.request(request) {
                    let transaction = Transaction::of_request(request);
                    self.hold(request.transaction, transaction, anomalies);
                }
            }
            TransactionEvent::Answer(answer) => {
                if let Some(refused) = self.sessions.answer(answer) {
                    if let Some(refused) = refused {
                        self.hold(answer.transaction, refused, anomalies);
                    }
                } else if let Some(transaction) = self.held.get_mut(&answer.transaction) {
                    transaction.take_answer(answer);
                } else if let Some(transaction) = Transaction::of_answer(answer) {
                    self.hold(answer.transaction, transaction, anomalies);
                }
            }
            TransactionEvent::NoAnswer(event) => {
                if let Some(failed) = self.sessions.no_answer(event) {
                    self.hold(event.transaction, failed, anomalies);
                } else if let Some(transaction) = self.held.get_mut(&event.transaction)
                    && transaction.status.is_none()
                {
                    transaction.status = Some(crate::model::TransactionStatus::NoAnswer);
                }
            }
        }
    }

    /// No message is open: what is old concerns none. Transactions lie in the order in which they were first seen, so that only
    /// the first are looked at.
    pub(crate) fn forget_old(&mut self) {
        let Some(latest) = self.held.last_key_value().map(|(_, latest)| latest.at().time) else {
            return;
        };
        let is_old = |transaction: &Transaction| transaction.at().time <= latest.plus(-PATIENCE);
        while let Some(first) = self.held.first_entry().filter(|first| is_old(first.get())) {
            let transaction = first.remove();
            self.let_go(&transaction);
        }
    }

    /// Nothing more will be answered.
    pub(crate) fn input_ended(&mut self) {
        self.sessions.finish();
    }

    fn hold(&mut self, id: TransactionId, transaction: Transaction, anomalies: &mut AnomalyLog) {
        self.held.insert(id, transaction);
        let limit = self.limits.context_held;
        if self.held.len() > limit
            && let Some((_, oldest)) = self.held.pop_first()
        {
            anomalies.note(AnomalyKind::LimitContextHeld, Some(oldest.at()), || {
                format!("more than {limit} transactions wait for the message that they concern; the oldest went without")
            });
            self.let_go(&oldest);
        }
    }

    /// The transactions of each message.
    pub(crate) fn join(&mut self, profiles: &[Profile], networks: &Networks) -> Vec<Vec<Joined>> {
        profiles.iter().for_each(|profile| self.known.learn(profile));
        for transaction in self.held.values() {
            self.known.learn_addresses(transaction);
        }
        Joining::new(profiles, &self.sessions, &self.known, networks).join(&self.held)
    }

    /// Lets go of what no message that stays open can have: all where nothing stays open.
    pub(crate) fn settle(
        &mut self,
        joined: &[Vec<Joined>],
        is_open: impl Fn(usize) -> bool,
        until: Option<Timestamp>,
    ) {
        let open = joined.iter().enumerate().filter(|(place, _)| is_open(*place));
        let kept = open.flat_map(|(_, joined)| joined.iter().map(|one| one.transaction));
        let kept: std::collections::BTreeSet<TransactionId> = tree(kept);
        let stays = |id: &TransactionId, transaction: &Transaction| {
            until.is_some_and(|now| kept.contains(id) || transaction.at().time > now.plus(-PATIENCE))
        };
        let gone: Vec<TransactionId> = self
            .held
            .iter()
            .filter(|(id, transaction)| !stays(id, transaction))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(transaction) = self.held.remove(&id) {
                self.let_go(&transaction);
            }
        }
    }

    /// Counts a transaction that is over, and lists it where it failed and concerns no message.
    fn let_go(&mut self, transaction: &Transaction) {
        if !transaction.joined && !self.known.is_ours(transaction, &self.sessions) {
            return;
        }
        let failed = transaction.failed();
        if !transaction.counted {
            let totals = self.totals.of_mut(transaction.system);
            totals.seen = totals.seen.saturating_add(1);
            totals.failed = totals.failed.saturating_add(u64::from(failed));
        }
        if failed && !transaction.joined {
            let by_binding = || join::asker_by_binding(&self.sessions, transaction).map(|(number, _)| number);
            let recipient = transaction.number().or_else(by_binding);
            self.list(ContextEntry {
                recipient,
                ..transaction.entry()
            });
        }
    }

    fn list(&mut self, entry: ContextEntry) {
        self.unjoined.push_back(entry);
        if self.unjoined.len() > self.limits.context_unjoined {
            self.unjoined.pop_front();
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// All is over: the totals, and what failed and concerns no message.
    pub(crate) fn finish(&mut self, anomalies: &mut AnomalyLog) -> (ContextTotals, Vec<ContextEntry>) {
        let failed: Vec<ContextEntry> = self
            .sessions
            .bindings
            .failed_and_unjoined()
            .map(|binding| ContextEntry {
                recipient: Some(binding.number.to_string()),
                ..binding_entry(binding)
            })
            .take(self.limits.context_unjoined)
            .collect();
        failed.into_iter().for_each(|entry| self.list(entry));
        let mut listed: Vec<ContextEntry> = std::mem::take(&mut self.unjoined).into();
        listed.shared_sort_by_key(ContextEntry::order);
        self.note_limits(anomalies);
        let mut totals = self.totals;
        let sessions = self.sessions.totals;
        totals.identity.seen = totals.identity.seen.saturating_add(sessions.seen);
        totals.identity.failed = totals.identity.failed.saturating_add(sessions.failed);
        (totals, listed)
    }

    fn note_limits(&self, anomalies: &mut AnomalyLog) {
        let Limits {
            bindings,
            context_unjoined,
            ..
        } = self.limits;
        if self.sessions.bindings.forgotten() > 0 {
            anomalies.note(AnomalyKind::LimitBindings, None, || {
                format!("more than {bindings} addresses were bound to numbers; the oldest were forgotten")
            });
        }
        if self.unlisted > 0 {
            anomalies.note(AnomalyKind::LimitContextUnjoined, None, || {
                format!("more than {context_unjoined} failed transactions concern no message; the oldest are not listed")
            });
        }
    }

    /// What is the same where the same is asked for again.
    pub(crate) fn thing_of(&self, transaction: &Transaction) -> u64 {
        let hash = |what: &dyn Fn() -> String| self.hashes.hash_one(what());
        match &transaction.facts {
            Facts::Charge(charge) => {
                let kind = charge.kind.map(|kind| kind.name());
                hash(&|| format!("{kind:?} {:?} {:?}", charge.sender(), charge.recipients))
            }
            Facts::Process(parties, recipients) => hash(&|| format!("{parties:?} {recipients:?}")),
            Facts::Question(question) => self.hashes.hash_one(&*question.name),
            Facts::Number(number) => self.thing_of_number(number.digits()),
            Facts::SetUp(number, _) => {
                self.thing_of_number(number.as_ref().map(|number| number.digits()).unwrap_or_default())
            }
            Facts::Directory(_) => hash(&|| transaction.number().unwrap_or_default()),
            Facts::Media(media) => self.hashes.hash_one(media.digests.first().map(|digest| digest.0)),
            Facts::Endpoint => self.hashes.hash_one(transaction.asked),
            Facts::Quoted(packet) => self.hashes.hash_one(packet.destination),
            Facts::Nothing => self.hashes.hash_one(transaction.asked),
        }
    }

    pub(crate) fn thing_of_number(&self, digits: &str) -> u64 {
        self.hashes.hash_one(("number", digits))
    }
}
