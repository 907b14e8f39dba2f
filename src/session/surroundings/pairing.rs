//! Which transaction a request or an answer belongs to, whatever the protocol, and which requests got no answer.
//!
//! Transactions wait in the order in which they were first seen, each until an answer must have come. Then it is forgotten;
//! where no answer came, what is left of it is its number among those of its [`Pair`], until an answer of that server shows
//! that one would have been captured.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::waiting::{Found, Open, State, Waiting};
use super::{NoAnswer, SeenBy, TransactionId, TransactionSubject};
use crate::model::{
    AnomalyKind, AnomalyLog, FrameRef, Host, Nanoseconds, Origin, RandomState, Timestamp, TransactionProtocol,
};

/// How late a request may be captured behind its answer: what capturing hosts and several taps put out of order.
const EARLY_ANSWER: Nanoseconds = 1_000_000_000;

/// How long after it came a request is remembered that was answered: its sender repeats it for as long where the answer got lost on
/// its way to him. RADIUS, GTP-C, Diameter and DNS wait ten seconds at most before they do.
const REPEATED: Nanoseconds = 20 * Timestamp::SECOND;

/// How long after it came a request that still waits makes place for later ones.
const LATE: Nanoseconds = 2 * Timestamp::SECOND;

/// How long after its time was over an answer may still come. Whoever asked has given up by then.
const TOO_LATE: Nanoseconds = 300 * Timestamp::SECOND;

/// What pairs an answer with its request: a digest of the connection, of who asks on it, and of a number of the protocol. Made
/// by [`Transactions::identifier`] or [`Transactions::identifier_between`]; the same only within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Identifier(u64);

/// What tells a request from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Question {
    /// What its answer will have.
    pub(in crate::session) identifier: Identifier,
    /// What is the same in a request that is sent again with this identifier, and in no other.
    pub(in crate::session) fingerprint: u64,
    /// What is the same in a request that is sent again with another identifier, or on another connection; none where the
    /// protocol does not do that. Made by [`Transactions::content`].
    pub(in crate::session) content: Option<Content>,
    /// Whether the request itself may be one that was sent again so.
    pub(in crate::session) may_be_again: bool,
}

/// A digest of what a request asks of whom, whatever its identifier. The same only within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::session) struct Content(u64);

/// Who asks whom: where an answer of one to the other was captured, others would have been too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::session) enum Pair {
    /// Two hosts that exchange datagrams, the one that asks first.
    Hosts(TransactionProtocol, [Host; 2]),
    /// The ends of a connection.
    Connection {
        /// Which.
        connection: u64,
        /// Whether its initiator asks.
        from_initiator: bool,
    },
}

/// What is known of a pair.
#[derive(Debug, Default)]
struct Known {
    /// Who captured something of the answering side.
    seen_by: SeenBy,
    /// Transactions before this one may have been answered by what the capture lacks.
    doubtful: u64,
    /// Those that got no answer in time.
    unanswered: Vec<Unanswered>,
}

/// A transaction that got no answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Unanswered {
    transaction: TransactionId,
    subject: TransactionSubject,
    asked: Timestamp,
    answers_seen_by: SeenBy,
}

impl Unanswered {
    /// The time was over with a frame.
    pub(in crate::session) const fn at(self, at: FrameRef) -> NoAnswer {
        NoAnswer {
            transaction: self.transaction,
            subject: self.subject,
            asked: self.asked,
            answers_seen_by: self.answers_seen_by,
            at,
        }
    }
}

/// What an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Paired {
    /// To this transaction; none of its requests may have been seen.
    First(TransactionId, Option<TransactionSubject>),
    /// To one that was answered before.
    Again,
}

/// The transactions that wait, of all protocols and connections.
#[derive(Debug)]
pub(in crate::session) struct Transactions {
    limit: usize,
    response_timeout: Nanoseconds,
    hasher: RandomState,
    waiting: Waiting,
    /// By digests of pairs, which nobody outside can foresee.
    pairs: HashMap<u64, Known, FixedState>,
    /// Transactions in [`Known::unanswered`].
    unproven: usize,
    /// Those of which it was proven since this was last asked.
    proven: Vec<Unanswered>,
}

impl Transactions {
    /// No transactions yet.
    pub(in crate::session) fn within(limit: usize, response_timeout: Nanoseconds) -> Self {
        Self {
            limit: limit.clamp(1, i32::MAX as usize),
            response_timeout,
            hasher: RandomState::default(),
            waiting: Waiting::new(REPEATED.min(response_timeout), limit),
            pairs: HashMap::default(),
            unproven: 0,
            proven: Vec::new(),
        }
    }

    /// A digest of what a request asks of whom.
    pub(in crate::session) fn content(&self, what: impl Hash) -> Content {
        // 0 stands for none.
        Content(self.hasher.hash_one(what).max(1))
    }

    /// A digest that stands for the number of a protocol which tells requests apart by more than a number.
    pub(in crate::session) fn number(&self, what: impl Hash) -> u64 {
        self.hasher.hash_one(what)
    }

    /// The identifier of a request on a connection, in one of its directions, by a number of the protocol.
    pub(in crate::session) fn identifier(
        &self,
        connection: u64,
        from_initiator: bool,
        number: u64,
    ) -> Identifier {
        let digest = self.hasher.hash_one((connection, number, from_initiator));
        Identifier(digest.max(1))
    }

    /// The identifier of a request in a datagram from one host and port to another, by a number of the protocol.
    pub(in crate::session) fn identifier_between(
        &self,
        hosts: [Host; 2],
        ports: [u16; 2],
        number: u64,
    ) -> Identifier {
        let [source, destination] = ports.map(u64::from);
        let digest = match addresses(hosts) {
            // Three words: this is done for every packet of these protocols.
            Some(addresses) => {
                let ports = 1 << 32 | source << 16 | destination;
                self.hasher.hash_one((addresses, ports, number))
            }
            None => self.hasher.hash_one((hosts, ports, number)),
        };
        Identifier(digest.max(1))
    }

    fn pair(&self, pair: &Pair) -> u64 {
        if let Pair::Hosts(protocol, hosts) = pair
            && let Some(addresses) = addresses(*hosts)
        {
            return self.hasher.hash_one((addresses, *protocol as u64));
        }
        self.hasher.hash_one(pair)
    }

    /// Whether a transaction that may still be sent again asks this.
    pub(in crate::session) fn knows(&mut self, content: Content) -> bool {
        self.waiting.find_content(content.0).is_some()
    }

    /// An answer says that the request is to be sent again on another connection, where it has this content: the transaction
    /// goes on there. Whether it ever gets an answer cannot be told here.
    pub(in crate::session) fn refer(
        &mut self,
        identifier: Identifier,
        pair: &Pair,
        content: Content,
        by: Option<Origin>,
    ) {
        let pair = self.pair(pair);
        self.see(pair, by);
        if let Some(Found::Open(id, open)) = self.waiting.find(identifier.0)
            && open.state == State::Waits
        {
            open.state = State::Referred;
            self.waiting.set_content(id, content.0);
        }
    }

    /// A request was seen; its transaction, unless it was sent again.
    pub(in crate::session) fn ask(
        &mut self,
        question: &Question,
        pair: &Pair,
        subject: TransactionSubject,
        at: FrameRef,
        anomalies: &mut AnomalyLog,
    ) -> Option<TransactionId> {
        let mut open = Open {
            identifier: question.identifier.0,
            content: question.content.map_or(0, |content| content.0),
            fingerprint: question.fingerprint,
            pair: self.pair(pair),
            at: at.time,
            subject: Some(subject),
            state: State::Waits,
        };
        match self.waiting.find(open.identifier) {
            Some(Found::Open(id, known)) if known.state == State::AnsweredEarly => {
                if at.time.since(known.at) <= EARLY_ANSWER {
                    known.fingerprint = question.fingerprint;
                    self.waiting.answered(id, at.time);
                    return Some(TransactionId(id));
                }
            }
            Some(Found::Open(_, known)) if known.fingerprint == question.fingerprint => return None,
            Some(Found::Over(known)) if known.fingerprint == question.fingerprint => return None,
            Some(_) | None => {}
        }
        if question.may_be_again
            && open.content != 0
            && let Some(id) = self.waiting.find_content(open.content)
        {
            open.content = 0;
            open.fingerprint = id;
            open.state = State::Again;
            self.open(open, at, anomalies);
            return None;
        }
        Some(self.open(open, at, anomalies))
    }

    /// An answer was seen, which somebody captured.
    pub(in crate::session) fn answer(
        &mut self,
        identifier: Identifier,
        pair: &Pair,
        at: FrameRef,
        by: Option<Origin>,
        anomalies: &mut AnomalyLog,
    ) -> Paired {
        let pair = self.pair(pair);
        self.see(pair, by);
        match self.waiting.find(identifier.0) {
            Some(Found::Open(_, open)) if open.state == State::AnsweredEarly => return Paired::Again,
            Some(Found::Open(id, open)) => {
                let subject = open.subject;
                self.waiting.answered(id, at.time);
                return Paired::First(TransactionId(id), subject);
            }
            Some(Found::Over(_)) => return Paired::Again,
            None => {}
        }
        let open = Open {
            identifier: identifier.0,
            content: 0,
            fingerprint: 0,
            pair,
            at: at.time,
            subject: None,
            state: State::AnsweredEarly,
        };
        Paired::First(self.open(open, at, anomalies), None)
    }

    /// A request whose carrier will say by itself which answer is its own.
    pub(in crate::session) fn ask_by_carrier(
        &mut self,
        pair: &Pair,
        subject: TransactionSubject,
        at: FrameRef,
        anomalies: &mut AnomalyLog,
    ) -> TransactionId {
        let open = Open {
            identifier: 0,
            content: 0,
            fingerprint: 0,
            pair: self.pair(pair),
            at: at.time,
            subject: Some(subject),
            state: State::Waits,
        };
        self.open(open, at, anomalies)
    }

    /// Such a request got its answer, or will get none that anybody waits for.
    pub(in crate::session) fn settle(&mut self, transaction: TransactionId, at: FrameRef) {
        self.waiting.answered(transaction.0, at.time);
    }

    /// A transaction that is told as a whole.
    pub(in crate::session) fn issue(&mut self, at: FrameRef, anomalies: &mut AnomalyLog) -> TransactionId {
        let open = Open {
            identifier: 0,
            content: 0,
            fingerprint: 0,
            pair: 0,
            at: at.time,
            subject: None,
            state: State::Over,
        };
        self.open(open, at, anomalies)
    }

    /// Packets of the answering side are captured: its answers would be.
    pub(in crate::session) fn is_visible(&mut self, pair: &Pair, by: Origin) {
        let pair = self.pair(pair);
        self.see(pair, Some(by));
    }

    /// Octets of the answering side are missing: they may have held answers.
    pub(in crate::session) fn misses(&mut self, pair: &Pair) {
        let next = self.waiting.next();
        let pair = self.pair(pair);
        if let Some(known) = self.known(pair) {
            known.doubtful = next;
            let unanswered = std::mem::take(&mut known.unanswered);
            self.unproven = self.unproven.saturating_sub(unanswered.len());
        }
    }

    /// Capture time went on: what is overdue counts as unanswered, where that is proven.
    #[inline]
    pub(in crate::session) fn advance(&mut self, now: FrameRef) {
        self.waiting
            .forget(now.time.plus(-LATE.min(self.response_timeout)));
        let overdue = now.time.plus(-self.response_timeout);
        while let Some((
            id,
            Open {
                pair, at, subject, ..
            },
        )) = self.waiting.next_overdue(overdue)
        {
            if let Some(subject) = *subject {
                let (pair, asked) = (*pair, *at);
                self.unanswered(id, pair, subject, asked);
            }
        }
        self.waiting.forget_overdue_before(overdue.plus(-TOO_LATE));
    }

    /// Transactions of which it was proven since the last call that they got no answer.
    pub(in crate::session) fn take_unanswered(&mut self) -> Vec<Unanswered> {
        std::mem::take(&mut self.proven)
    }

    /// Whether there are any.
    #[inline]
    pub(in crate::session) const fn has_unanswered(&self) -> bool {
        !self.proven.is_empty()
    }

    fn open(&mut self, open: Open, at: FrameRef, anomalies: &mut AnomalyLog) -> TransactionId {
        if self.waiting.len() >= self.limit {
            let limit = self.limit;
            if let Some((_, oldest)) = self.waiting.pop()
                && oldest.state == State::Waits
            {
                anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                    format!("more than {limit} transactions wait for an answer; the oldest was given up")
                });
            }
        }
        TransactionId(self.waiting.push(open))
    }

    /// A transaction was not answered in time. What could still prove that it got no answer is kept.
    fn unanswered(&mut self, id: u64, pair: u64, subject: TransactionSubject, asked: Timestamp) {
        let room = self.unproven < self.limit;
        let Some(known) = self.known(pair).filter(|known| id >= known.doubtful) else {
            return;
        };
        let unanswered = Unanswered {
            transaction: TransactionId(id),
            subject,
            asked,
            answers_seen_by: known.seen_by,
        };
        if !known.seen_by.is_empty() {
            self.proven.push(unanswered);
        } else if room {
            known.unanswered.push(unanswered);
            self.unproven += 1;
        }
    }

    /// What is known of a pair; none where there are too many of them.
    fn known(&mut self, pair: u64) -> Option<&mut Known> {
        if self.pairs.len() >= self.limit && !self.pairs.contains_key(&pair) {
            return None;
        }
        Some(self.pairs.entry(pair).or_default())
    }

    fn see(&mut self, pair: u64, by: Option<Origin>) {
        let Some(by) = by else { return };
        if let Some(known) = self.pairs.get(&pair)
            && known.seen_by.was_last(by)
            && known.unanswered.is_empty()
        {
            return;
        }
        let Some(known) = self.known(pair) else { return };
        known.seen_by.note(by);
        let (unanswered, answers_seen_by) = (std::mem::take(&mut known.unanswered), known.seen_by);
        self.unproven = self.unproven.saturating_sub(unanswered.len());
        let told = unanswered.into_iter().map(|one| Unanswered {
            answers_seen_by,
            ..one
        });
        self.proven.extend(told);
    }
}

/// The addresses of two hosts in one word, where they are of version 4 and nothing is known of other networks.
fn addresses(hosts: [Host; 2]) -> Option<u64> {
    let [one, other] = hosts;
    Some(u64::from(one.plain_v4()?) << 32 | u64::from(other.plain_v4()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{System, Timestamp, TransactionOperation};

    const SUBJECT: TransactionSubject = TransactionSubject {
        system: System::Charging,
        operation: TransactionOperation::CcrEvent,
    };
    const PAIR: Pair = Pair::Connection {
        connection: 1,
        from_initiator: true,
    };

    fn at(seconds: i64) -> FrameRef {
        FrameRef {
            time: Timestamp::from_seconds(seconds),
            ..FrameRef::default()
        }
    }

    fn transactions(limit: usize) -> Transactions {
        Transactions::within(limit, 60 * Timestamp::SECOND)
    }

    /// Asks with this number and fingerprint.
    fn ask(open: &mut Transactions, number: u64, fingerprint: u64, seconds: i64) -> Option<u64> {
        let question = Question {
            identifier: open.identifier(1, true, number),
            fingerprint,
            content: None,
            may_be_again: true,
        };
        let log = &mut AnomalyLog::default();
        open.ask(&question, &PAIR, SUBJECT, at(seconds), log)
            .map(|id| id.0)
    }

    fn answer(open: &mut Transactions, number: u64, seconds: i64) -> Paired {
        let identifier = open.identifier(1, true, number);
        let by = Some(Origin::default());
        open.answer(identifier, &PAIR, at(seconds), by, &mut AnomalyLog::default())
    }

    #[test]
    fn a_request_sent_again_is_the_same_and_one_with_its_number_another() {
        let mut open = transactions(10);
        assert_eq!(ask(&mut open, 7, 1, 0), Some(0));
        assert_eq!(ask(&mut open, 7, 1, 1), None);
        assert_eq!(ask(&mut open, 7, 2, 2), Some(1));
        assert_eq!(
            answer(&mut open, 7, 3),
            Paired::First(TransactionId(1), Some(SUBJECT))
        );
        assert_eq!(answer(&mut open, 7, 3), Paired::Again);
    }

    #[test]
    fn an_answer_captured_before_its_request_is_the_answer_to_it() {
        let mut open = transactions(10);
        assert_eq!(answer(&mut open, 7, 0), Paired::First(TransactionId(0), None));
        assert_eq!(ask(&mut open, 7, 1, 1), Some(0));
        assert_eq!(answer(&mut open, 8, 2), Paired::First(TransactionId(1), None));
        assert_eq!(ask(&mut open, 8, 1, 4), Some(2), "too late for that");
    }

    #[test]
    fn only_where_an_answer_would_have_been_captured_none_is_proven_missing() {
        let mut open = transactions(10);
        ask(&mut open, 1, 0, 0);
        open.advance(at(60));
        open.advance(at(61));
        assert!(!open.has_unanswered());
        ask(&mut open, 2, 0, 62);
        answer(&mut open, 2, 63);
        let unanswered = Unanswered {
            transaction: TransactionId(0),
            subject: SUBJECT,
            asked: at(0).time,
            answers_seen_by: SeenBy::only(Some(Origin::default())),
        };
        assert_eq!(open.take_unanswered(), [unanswered], "another was captured");
        ask(&mut open, 3, 0, 64);
        open.misses(&PAIR);
        open.advance(at(200));
        assert!(!open.has_unanswered(), "octets are missing that may have held it");
    }

    #[test]
    fn an_answer_that_comes_late_is_the_answer_to_its_request() {
        let mut open = transactions(10);
        ask(&mut open, 1, 0, 0);
        ask(&mut open, 2, 0, 0);
        open.advance(at(3));
        open.advance(at(61));
        assert_eq!(
            answer(&mut open, 1, 62),
            Paired::First(TransactionId(0), Some(SUBJECT))
        );
        assert_eq!(answer(&mut open, 1, 63), Paired::Again);
        let late: Vec<_> = open
            .take_unanswered()
            .iter()
            .map(|one| one.transaction.0)
            .collect();
        assert_eq!(late, [0, 1], "neither came in time");
        open.advance(at(400));
        assert_eq!(
            answer(&mut open, 2, 401),
            Paired::First(TransactionId(2), None),
            "much too late"
        );
        assert_eq!(open.waiting.entries(), 1);
    }

    #[test]
    fn what_a_carrier_pairs_waits_until_it_is_settled() {
        let mut open = transactions(10);
        let log = &mut AnomalyLog::default();
        let [one, other] = [0, 0].map(|seconds| open.ask_by_carrier(&PAIR, SUBJECT, at(seconds), log));
        open.is_visible(&PAIR, Origin::default());
        open.settle(one, at(1));
        open.advance(at(3));
        open.advance(at(61));
        let unanswered: Vec<_> = open.take_unanswered().iter().map(|one| one.transaction).collect();
        assert_eq!(unanswered, [other]);
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let mut open = transactions(2);
        let mut log = AnomalyLog::default();
        for number in 0..3 {
            let question = Question {
                identifier: open.identifier(1, true, number),
                fingerprint: 0,
                content: None,
                may_be_again: false,
            };
            open.ask(&question, &PAIR, SUBJECT, at(0), &mut log);
        }
        assert_eq!(log.count(AnomalyKind::LimitReached), 1);
        assert_eq!((open.waiting.len(), open.waiting.entries()), (2, 2));
        assert_eq!(
            answer(&mut open, 2, 1),
            Paired::First(TransactionId(2), Some(SUBJECT))
        );
    }
}
