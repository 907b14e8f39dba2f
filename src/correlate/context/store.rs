//! All that is kept of the systems around the MMSC: sessions, transactions that may concern a message that is not closed, and
//! what is counted.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;

use crate::correlate::context::early::EarlyAnswers;
use crate::correlate::context::explain::binding_entry;
use crate::correlate::context::join::{self, Joined, Joining};
use crate::correlate::context::known::Known;
use crate::correlate::context::profile::Profile;
use crate::correlate::context::questions::{Block, Questions};
use crate::correlate::context::sessions::Sessions;
use crate::correlate::context::transaction::{self, Facts, Transaction};
use crate::correlate::context::unanswered::Unanswered;
use crate::correlate::limits::Limits;
use crate::correlate::message::{ContextEntry, ContextTotals};
use crate::correlate::settings::Settings;
use crate::correlate::verdict::coverage::CoveredTime;
use crate::model::{
    AnomalyKind, AnomalyLog, Extent, FrameRef, Nanoseconds, Networks, RandomState, System, Timestamp,
    TransactionOperation, TransactionStatus, tree,
};
use crate::session::TransactionEvent;
use crate::session::surroundings::{
    Answered, Asked, DnsQuestion, NoAnswer, TransactionAnswer, TransactionId, TransactionRequest,
};

/// How long a transaction waits for a message that it concerns, where it concerns none that is open.
pub(crate) const PATIENCE: Nanoseconds = 600 * Timestamp::SECOND;

/// What questions of DNS that seem to be none of ours may take: some hundred thousand of them.
const QUESTIONS_OCTETS: usize = 64 * 1024 * 1024;

/// Rounds in which the names that answers lead to are looked for among these questions.
const LED_TO: usize = 8;

/// The order in which entries are listed.
type EntryOrder = (Option<FrameRef>, TransactionOperation);

/// What is kept of the systems around the MMSC.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) sessions: Sessions,
    pub(crate) held: BTreeMap<TransactionId, Transaction>,
    pub(crate) totals: ContextTotals,
    pub(crate) limits: Limits,
    known: Known,
    questions: Questions,
    early: EarlyAnswers,
    unanswered: Unanswered,
    /// How many requests it is proven of that nobody answered them, by what they asked for.
    pub(crate) not_answered: BTreeMap<TransactionOperation, u64>,
    hashes: RandomState,
    /// Transactions that failed and concern no message, by their order.
    unjoined: BTreeMap<(EntryOrder, u64), ContextEntry>,
    /// How many there were, and how many of them were left out.
    listed: u64,
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
            questions: Questions::default(),
            early: EarlyAnswers::default(),
            unanswered: Unanswered::within(limits.context_held, settings.response_timeout),
            not_answered: BTreeMap::new(),
            hashes: RandomState::default(),
            unjoined: BTreeMap::new(),
            listed: 0,
            unlisted: 0,
        }
    }

    /// Whether nothing was asked of any system.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.questions.is_empty() && self.sessions.is_empty()
    }

    /// Takes in what was seen of a transaction.
    pub(crate) fn observe(&mut self, event: &TransactionEvent<'_>, anomalies: &mut AnomalyLog) {
        match event {
            TransactionEvent::Request(request) => {
                self.request(request, anomalies);
                if let Some(early) = self.early.take(request.transaction) {
                    self.answer(&early.answer(request.subject), anomalies);
                }
            }
            TransactionEvent::Answer(answer) => self.answer(answer, anomalies),
            TransactionEvent::NoAnswer(event) => self.unanswered.push(*event),
        }
        if self.sessions.is_full() {
            self.catch_up(anomalies);
        }
    }

    fn request(&mut self, request: &TransactionRequest<'_>, anomalies: &mut AnomalyLog) {
        match &request.asked {
            Asked::Dns(question) if !self.is_of_mms(*question) && is_in_one_frame(request.extent) => {
                self.questions.ask(request, *question);
                self.bound_questions(None, anomalies);
            }
            _ if self.sessions.request(request) => {}
            _ => self.hold(request.transaction, Transaction::of_request(request), anomalies),
        }
    }

    fn answer(&mut self, answer: &TransactionAnswer<'_>, anomalies: &mut AnomalyLog) {
        if self.sessions.answer(answer) {
            return;
        }
        if let Some(transaction) = self.held.get_mut(&answer.transaction) {
            transaction.take_answer(answer);
        } else if let Answered::Dns(said) = &answer.answered
            && !self.is_of_mms(said.question())
            && is_in_one_frame(answer.extent)
        {
            self.questions.answer(answer, *said);
        } else if let Some(transaction) = Transaction::of_answer(answer) {
            self.hold(answer.transaction, transaction, anomalies);
        } else {
            self.early.keep(answer);
        }
    }

    /// Of requests that got no answer in time those failed where it is proven. What came before a moment and is not proven by now
    /// never will be; without one, all of it.
    pub(crate) fn prove_unanswered(&mut self, covered: &CoveredTime, before: Option<Timestamp>) {
        for event in self.unanswered.take_proven(covered, before) {
            let proven = self.not_answered.entry(event.subject.operation).or_default();
            *proven = proven.saturating_add(1);
            self.no_answer(&event);
        }
    }

    /// How many requests that got no answer in time wait to be proven unanswered, where what is old is to be let go of: first
    /// [`Self::prove_unanswered`] is to be called.
    pub(crate) fn unanswered_and_old(&self, now: Timestamp) -> Option<usize> {
        self.unanswered.waits_since(now.plus(-PATIENCE))
    }

    fn no_answer(&mut self, event: &NoAnswer) {
        if self.sessions.no_answer(event) {
            return;
        }
        if let Some(transaction) = self.held.get_mut(&event.transaction) {
            // What came later came too late.
            transaction.status = Some(TransactionStatus::NoAnswer);
        } else {
            self.questions.no_answer(event.transaction);
        }
    }

    /// Whether a name is of MMS, as far as is known by now.
    fn is_of_mms(&self, question: DnsQuestion<'_>) -> bool {
        transaction::is_of_mms_by_words(question)
            || self.known.has_hosts() && self.known.is_host(&question.name())
    }

    /// Learns the host of an exchange of MMS.
    pub(crate) fn learn_host(&mut self, host: &str) {
        self.known.learn_host(host);
    }

    /// Goes through what was told of sessions: somebody will ask whose an address was.
    pub(crate) fn catch_up(&mut self, anomalies: &mut AnomalyLog) {
        for (id, transaction) in self.sessions.catch_up() {
            self.hold(id, transaction, anomalies);
        }
    }

    /// No message is open: what is old concerns none. Transactions lie in the order in which they were first seen, so that only
    /// the first are looked at.
    pub(crate) fn forget_old(&mut self, now: Timestamp, anomalies: &mut AnomalyLog) {
        let until = now.plus(-PATIENCE);
        self.bound_questions(Some(until), anomalies);
        while let Some(first) = self
            .held
            .first_entry()
            .filter(|first| first.get().at().time <= until)
        {
            let transaction = first.remove();
            self.let_go(&transaction);
        }
    }

    /// Lets go of questions of DNS that are old, or more than there is room for, where nothing shows that they are ours.
    fn bound_questions(&mut self, until: Option<Timestamp>, anomalies: &mut AnomalyLog) {
        while let Some((block, is_full)) = self.questions.pop_oldest(until, QUESTIONS_OCTETS) {
            if is_full {
                anomalies.note(AnomalyKind::LimitContextHeld, block.last(), || {
                    format!("questions of DNS that nothing shows to be of MMS take more than {QUESTIONS_OCTETS} octets; the oldest were forgotten")
                });
            }
            self.let_go_of_questions(block, anomalies);
        }
    }

    fn let_go_of_questions(&mut self, mut block: Block, anomalies: &mut AnomalyLog) {
        if self.known.has_hosts() {
            let mut taken = Vec::new();
            block.take(
                &mut String::new(),
                &mut |name| self.known.is_host(name),
                &mut taken,
            );
            for (id, transaction) in taken {
                self.hold(id, transaction, anomalies);
            }
        }
        self.questions.give_back(block);
    }

    /// Nothing more will be answered.
    pub(crate) fn input_ended(&mut self) {
        self.sessions.input_ended();
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
    pub(crate) fn join(
        &mut self,
        profiles: &[Profile],
        networks: &Networks,
        anomalies: &mut AnomalyLog,
    ) -> Vec<Vec<Joined>> {
        if profiles.is_empty() {
            return Vec::new();
        }
        profiles.iter().for_each(|profile| self.known.learn(profile));
        self.take_questions(profiles, anomalies);
        for transaction in self.held.values() {
            self.known.learn_addresses(transaction);
        }
        Joining::new(profiles, &self.sessions, &self.known, networks).join(&self.held)
    }

    /// Holds the questions of DNS that may concern messages: about hosts of exchanges, about domains of recipients, and about names
    /// that an answer to one of these led to.
    fn take_questions(&mut self, profiles: &[Profile], anomalies: &mut AnomalyLog) {
        if self.questions.is_empty() {
            return;
        }
        let domains = profiles.iter().flat_map(Profile::domains);
        let mut wanted: HashSet<Box<str>, RandomState> = domains.map(Into::into).collect();
        wanted.extend(self.held.values().flat_map(Transaction::targets).cloned());
        for _ in 0..LED_TO {
            let known = &self.known;
            let taken = self
                .questions
                .take(|name| known.is_host(name) || wanted.contains(name));
            if taken.is_empty() {
                return;
            }
            for (id, transaction) in taken {
                wanted.extend(transaction.targets().cloned());
                self.hold(id, transaction, anomalies);
            }
        }
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
        let is_of_directory = matches!(transaction.facts, Facts::Directory(_));
        if is_of_directory && self.known.has_numbers() && !transaction.joined {
            self.look_up_sessions();
        }
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
            let recipient = transaction
                .number()
                .or_else(|| self.asker_by_binding(transaction));
            self.list(ContextEntry {
                recipient,
                ..transaction.entry()
            });
        }
    }

    /// The number that the address of who asked was at the time.
    fn asker_by_binding(&mut self, transaction: &Transaction) -> Option<String> {
        if transaction.system == System::Identity {
            return None;
        }
        self.look_up_sessions();
        join::asker_by_binding(&self.sessions, transaction).map(|(number, _)| number)
    }

    /// Goes through what was told of sessions, while a transaction is let go of. What of it failed is no concern of that one, and
    /// waits.
    fn look_up_sessions(&mut self) {
        let failed = self.sessions.catch_up();
        self.held.extend(failed);
    }

    fn list(&mut self, entry: ContextEntry) {
        self.listed = self.listed.saturating_add(1);
        self.unjoined.insert((entry.order(), self.listed), entry);
        if self.unjoined.len() > self.limits.context_unjoined {
            self.unjoined.pop_first();
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// All is over: the totals, and what failed and concerns no message.
    pub(crate) fn finish(&mut self, anomalies: &mut AnomalyLog) -> (ContextTotals, Vec<ContextEntry>) {
        self.bound_questions(Some(Timestamp::from_nanoseconds(i64::MAX)), anomalies);
        while let Some((_, transaction)) = self.held.pop_first() {
            self.let_go(&transaction);
        }
        let failed = self.sessions.count_rest();
        let bound = self.sessions.bindings.failed_and_unjoined();
        let bound = bound.map(|binding| ContextEntry {
            recipient: Some(binding.number.to_string()),
            ..binding_entry(binding)
        });
        let failed = failed.iter().map(|transaction| ContextEntry {
            recipient: transaction.number(),
            ..transaction.entry()
        });
        let failed: Vec<ContextEntry> = bound.chain(failed).collect();
        failed.into_iter().for_each(|entry| self.list(entry));
        self.note_limits(anomalies);
        let mut totals = self.totals;
        let sessions = self.sessions.totals;
        totals.identity.seen = totals.identity.seen.saturating_add(sessions.seen);
        totals.identity.failed = totals.identity.failed.saturating_add(sessions.failed);
        let listed = std::mem::take(&mut self.unjoined).into_values();
        (totals, listed.collect())
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
            Facts::SetUp(number, _) | Facts::Report(number) => {
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

/// Whether it is not cut over several frames.
fn is_in_one_frame(extent: Extent) -> bool {
    extent.first == extent.last
}
