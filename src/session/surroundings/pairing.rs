//! Which transaction a request or an answer belongs to, whatever the protocol, and which requests got no answer.
//!
//! Transactions wait in the order in which they were first seen, each until an answer must have come. Then it is forgotten;
//! where no answer came, what is left of it is its number among those of its [`Pair`], until an answer of that server shows
//! that one would have been captured.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash};

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::{TransactionId, TransactionSubject};
use crate::model::{AnomalyKind, AnomalyLog, FrameRef, Host, Nanoseconds, RandomState, TransactionProtocol};

/// How late a request may be captured behind its answer: what capturing hosts and several taps put out of order.
const EARLY_ANSWER: Nanoseconds = 1_000_000_000;

/// What pairs an answer with its request on one connection in one direction: a number of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::session) struct Identifier {
    /// The connection.
    pub(in crate::session) connection: u64,
    /// Whether the initiator of the connection asks.
    pub(in crate::session) from_initiator: bool,
    /// The protocol's own number.
    pub(in crate::session) number: u64,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Identifier(Identifier),
    Content(Content),
}

/// A transaction that may still get its answer, or may be sent again.
#[derive(Debug)]
struct Open {
    /// By what it can be found.
    keys: SmallVec<[Key; 2]>,
    fingerprint: u64,
    /// None where only the answer was seen.
    subject: Option<TransactionSubject>,
    at: FrameRef,
    pair: u64,
    answered: bool,
    /// Whether an answer says that it is to be sent again elsewhere.
    referred: bool,
}

/// What is known of a pair.
#[derive(Debug, Default)]
struct Known {
    /// Whether something of the answering side was captured.
    visible: bool,
    /// Transactions before this one may have been answered by what the capture lacks.
    doubtful: u64,
    /// Those that got no answer in time.
    unanswered: Vec<TransactionId>,
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
    open: VecDeque<Open>,
    /// The number of the oldest of them.
    oldest: u64,
    by_key: HashMap<Key, u64, RandomState>,
    pairs: HashMap<u64, Known, RandomState>,
    /// Transactions in [`Known::unanswered`].
    unproven: usize,
    /// Those of which it was proven since this was last asked.
    proven: Vec<TransactionId>,
}

impl Transactions {
    /// No transactions yet.
    pub(in crate::session) fn within(limit: usize, response_timeout: Nanoseconds) -> Self {
        Self {
            limit,
            response_timeout,
            hasher: RandomState::default(),
            open: VecDeque::new(),
            oldest: 0,
            by_key: HashMap::default(),
            pairs: HashMap::default(),
            unproven: 0,
            proven: Vec::new(),
        }
    }

    /// A digest of what a request asks of whom.
    pub(in crate::session) fn content(&self, what: impl Hash) -> Content {
        Content(self.hasher.hash_one(what))
    }

    /// A digest that stands for the number of a protocol which tells requests apart by more than a number.
    pub(in crate::session) fn number(&self, what: impl Hash) -> u64 {
        self.hasher.hash_one(what)
    }

    /// Whether a transaction that may still be sent again asks this.
    pub(in crate::session) fn knows(&self, content: Content) -> bool {
        self.by_key.contains_key(&Key::Content(content))
    }

    /// An answer says that the request is to be sent again on another connection, where it has this content: the transaction
    /// goes on there. Whether it ever gets an answer cannot be told here.
    pub(in crate::session) fn refer(&mut self, identifier: Identifier, pair: &Pair, content: Content) {
        let pair = self.hasher.hash_one(pair);
        self.see(pair);
        let content = Key::Content(content);
        if let Some((id, open)) = self.find(Key::Identifier(identifier))
            && !open.answered
        {
            open.referred = true;
            open.keys.push(content);
            self.by_key.insert(content, id.0);
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
        let identifier = Key::Identifier(question.identifier);
        if let Some((id, open)) = self.find(identifier) {
            if open.subject.is_none() && at.time.since(open.at.time) <= EARLY_ANSWER {
                open.subject = Some(subject);
                open.fingerprint = question.fingerprint;
                return Some(id);
            }
            if open.subject.is_some() && open.fingerprint == question.fingerprint {
                return None;
            }
        }
        let content = question.content.map(Key::Content);
        if let Some(content) = content.filter(|_| question.may_be_again)
            && let Some((id, open)) = self.find(content)
        {
            open.keys.push(identifier);
            self.by_key.insert(identifier, id.0);
            return None;
        }
        let pair = self.hasher.hash_one(pair);
        let keys = [Some(identifier), content].into_iter().flatten().collect();
        let open = Open {
            keys,
            fingerprint: question.fingerprint,
            subject: Some(subject),
            at,
            pair,
            answered: false,
            referred: false,
        };
        Some(self.open(open, anomalies))
    }

    /// An answer was seen.
    pub(in crate::session) fn answer(
        &mut self,
        identifier: Identifier,
        pair: &Pair,
        at: FrameRef,
        anomalies: &mut AnomalyLog,
    ) -> Paired {
        let pair = self.hasher.hash_one(pair);
        self.see(pair);
        if let Some((id, open)) = self.find(Key::Identifier(identifier)) {
            if std::mem::replace(&mut open.answered, true) {
                return Paired::Again;
            }
            return Paired::First(id, open.subject);
        }
        let open = Open {
            keys: SmallVec::from_slice(&[Key::Identifier(identifier)]),
            fingerprint: 0,
            subject: None,
            at,
            pair,
            answered: true,
            referred: false,
        };
        Paired::First(self.open(open, anomalies), None)
    }

    /// A transaction that is told as a whole.
    pub(in crate::session) fn issue(&mut self, at: FrameRef, anomalies: &mut AnomalyLog) -> TransactionId {
        let open = Open {
            keys: SmallVec::new(),
            fingerprint: 0,
            subject: None,
            at,
            pair: 0,
            answered: true,
            referred: false,
        };
        self.open(open, anomalies)
    }

    /// Packets of the answering side are captured: its answers would be.
    pub(in crate::session) fn is_visible(&mut self, pair: &Pair) {
        let pair = self.hasher.hash_one(pair);
        self.see(pair);
    }

    /// Octets of the answering side are missing: they may have held answers.
    pub(in crate::session) fn misses(&mut self, pair: &Pair) {
        let next = self.next();
        let pair = self.hasher.hash_one(pair);
        if let Some(known) = self.known(pair) {
            known.doubtful = next;
            let unanswered = std::mem::take(&mut known.unanswered);
            self.unproven = self.unproven.saturating_sub(unanswered.len());
        }
    }

    /// Capture time went on: what is overdue counts as unanswered, where that is proven.
    pub(in crate::session) fn advance(&mut self, now: FrameRef) {
        while let Some(first) = self.open.front()
            && now.time.since(first.at.time) > self.response_timeout
        {
            self.forget_oldest();
        }
    }

    /// Transactions of which it was proven since the last call that they got no answer.
    pub(in crate::session) fn take_unanswered(&mut self) -> Vec<TransactionId> {
        std::mem::take(&mut self.proven)
    }

    /// Whether there are any.
    pub(in crate::session) const fn has_unanswered(&self) -> bool {
        !self.proven.is_empty()
    }

    fn next(&self) -> u64 {
        self.oldest.saturating_add(self.open.len() as u64)
    }

    fn find(&mut self, key: Key) -> Option<(TransactionId, &mut Open)> {
        let id = *self.by_key.get(&key)?;
        let place = usize::try_from(id.checked_sub(self.oldest)?).ok()?;
        Some((TransactionId(id), self.open.get_mut(place)?))
    }

    fn open(&mut self, open: Open, anomalies: &mut AnomalyLog) -> TransactionId {
        if self.open.len() >= self.limit {
            let limit = self.limit;
            if self.open.front().is_some_and(|oldest| !oldest.answered) {
                anomalies.note(AnomalyKind::LimitReached, Some(open.at), || {
                    format!("more than {limit} transactions wait for an answer; the oldest was given up")
                });
            }
            self.give_up_oldest();
        }
        let id = self.next();
        for key in &open.keys {
            self.by_key.insert(*key, id);
        }
        self.open.push_back(open);
        TransactionId(id)
    }

    /// Takes the oldest out; what could still prove that it got no answer is kept.
    fn forget_oldest(&mut self) {
        let Some((id, open)) = self.give_up_oldest() else {
            return;
        };
        if open.answered || open.referred {
            return;
        }
        let room = self.unproven < self.limit;
        let Some(known) = self.known(open.pair).filter(|known| id.0 >= known.doubtful) else {
            return;
        };
        if known.visible {
            self.proven.push(id);
        } else if room {
            known.unanswered.push(id);
            self.unproven += 1;
        }
    }

    fn give_up_oldest(&mut self) -> Option<(TransactionId, Open)> {
        let open = self.open.pop_front()?;
        let id = self.oldest;
        self.oldest += 1;
        for key in &open.keys {
            if self.by_key.get(key) == Some(&id) {
                self.by_key.remove(key);
            }
        }
        Some((TransactionId(id), open))
    }

    /// What is known of a pair; none where there are too many of them.
    fn known(&mut self, pair: u64) -> Option<&mut Known> {
        if self.pairs.len() >= self.limit && !self.pairs.contains_key(&pair) {
            return None;
        }
        Some(self.pairs.entry(pair).or_default())
    }

    fn see(&mut self, pair: u64) {
        let Some(known) = self.known(pair) else { return };
        known.visible = true;
        let unanswered = std::mem::take(&mut known.unanswered);
        self.unproven = self.unproven.saturating_sub(unanswered.len());
        self.proven.extend(unanswered);
    }
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

    fn identifier(number: u64) -> Identifier {
        Identifier {
            connection: 1,
            from_initiator: true,
            number,
        }
    }

    fn transactions(limit: usize) -> Transactions {
        Transactions::within(limit, 60 * Timestamp::SECOND)
    }

    /// Asks with this number and fingerprint.
    fn ask(open: &mut Transactions, number: u64, fingerprint: u64, seconds: i64) -> Option<u64> {
        let question = Question {
            identifier: identifier(number),
            fingerprint,
            content: None,
            may_be_again: true,
        };
        let log = &mut AnomalyLog::default();
        open.ask(&question, &PAIR, SUBJECT, at(seconds), log)
            .map(|id| id.0)
    }

    fn answer(open: &mut Transactions, number: u64, seconds: i64) -> Paired {
        open.answer(identifier(number), &PAIR, at(seconds), &mut AnomalyLog::default())
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
        assert_eq!(open.take_unanswered(), [TransactionId(0)], "another was captured");
        ask(&mut open, 3, 0, 64);
        open.misses(&PAIR);
        open.advance(at(200));
        assert!(!open.has_unanswered(), "octets are missing that may have held it");
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let mut open = transactions(2);
        let mut log = AnomalyLog::default();
        for number in 0..3 {
            let question = Question {
                identifier: identifier(number),
                fingerprint: 0,
                content: None,
                may_be_again: false,
            };
            open.ask(&question, &PAIR, SUBJECT, at(0), &mut log);
        }
        assert_eq!(log.count(AnomalyKind::LimitReached), 1);
        assert_eq!((open.open.len(), open.by_key.len()), (2, 2));
        assert_eq!(
            answer(&mut open, 2, 1),
            Paired::First(TransactionId(2), Some(SUBJECT))
        );
    }
}
