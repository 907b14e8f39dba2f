//! TCAP dialogues in which something is owed: who asked for which operation, until it is answered.

use std::collections::{BTreeMap, HashMap};

use super::sccp::Address;
use super::segments::Segments;
use super::subscribers::Subscribers;
use crate::model::{AnomalyKind, AnomalyLog, FrameRef, Nanoseconds, Timestamp};
use crate::session::sms::{Imsi, Ticket};

/// Dialogues kept at once: some minutes of a busy service centre.
const DIALOGUES: usize = 32_768;

/// Nanoseconds of capture time within which the same invoke in the same dialogue is a copy of it: on the next hop, or
/// as another tap saw it. TCAP sends nothing again by itself.
const COPY: Nanoseconds = 30 * Timestamp::SECOND;

/// A node of the network, as an SCCP address or an MTP3 label names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Title(String),
    Point(u32),
}

/// One end of a dialogue: the node that gave it a transaction id, by every name that the message at hand has for it.
/// Titles come first: a relay puts its own point code in the label.
#[derive(Clone, Debug)]
pub(super) struct End {
    transaction: u32,
    title: Option<Node>,
    point: Node,
}

impl End {
    /// The end that gave this transaction id, by its SCCP address and the point code in the label.
    pub(super) fn new(transaction: u32, address: &Address, label: u32) -> Self {
        let title = address.title.clone().filter(|title| !title.is_empty());
        Self {
            transaction,
            title: title.map(Node::Title),
            point: Node::Point(address.point_code.unwrap_or(label)),
        }
    }

    /// Its first name.
    pub(super) fn into_node(self) -> Node {
        self.title.unwrap_or(self.point)
    }

    fn keys(self) -> impl Iterator<Item = Key> {
        let transaction = self.transaction;
        let names = self.title.into_iter().chain([self.point]);
        names.map(move |node| Key { node, transaction })
    }
}

/// By what a dialogue is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    node: Node,
    transaction: u32,
}

/// What an invoke asked for.
#[derive(Debug)]
pub(super) enum Asked {
    /// That a short message which may be a push be taken on.
    Forward(Ticket),
    /// Where the phone with this number is.
    Routing(String),
    /// Something else that is of no interest, but must not be taken for new when it comes again.
    Other,
}

/// An operation that is not answered.
#[derive(Debug)]
struct Invocation {
    id: u8,
    fingerprint: u64,
    at: Timestamp,
    asked: Asked,
}

/// One dialogue, of the end that asks.
#[derive(Debug, Default)]
struct Dialogue {
    keys: Vec<Key>,
    invocations: Vec<Invocation>,
    /// To which phone its last short message went.
    phone: Option<Imsi>,
}

impl Dialogue {
    fn title(&self) -> Option<&Node> {
        let mut nodes = self.keys.iter().map(|key| &key.node);
        nodes.find(|node| matches!(node, Node::Title(_)))
    }
}

/// Every dialogue in which something is owed, over all associations, and what is known beside them.
#[derive(Debug, Default)]
pub(in crate::session) struct Dialogues {
    /// By the order in which they were first seen.
    dialogues: BTreeMap<u64, Dialogue>,
    by_key: HashMap<Key, u64, ahash::RandomState>,
    began: u64,
    pub(super) subscribers: Subscribers,
    pub(super) segments: Segments,
}

impl Dialogues {
    /// The dialogue of an end. A relay's point code stands for many nodes, so where both have a title that decides.
    fn known(&self, end: &End) -> Option<u64> {
        let mut known = end
            .clone()
            .keys()
            .filter_map(|key| self.by_key.get(&key).copied());
        known.find(|known| {
            let title = self.dialogues.get(known).and_then(Dialogue::title);
            title.is_none() || end.title.is_none() || title == end.title.as_ref()
        })
    }

    /// Whether an invoke is a copy of one that is not answered.
    pub(super) fn knows(&self, end: &End, id: u8, fingerprint: u64, now: Timestamp) -> bool {
        let dialogue = self.known(end).and_then(|known| self.dialogues.get(&known));
        let mut invocations = dialogue.into_iter().flat_map(|dialogue| &dialogue.invocations);
        invocations.any(|invocation| {
            invocation.id == id
                && invocation.fingerprint == fingerprint
                && (-COPY..=COPY).contains(&now.since(invocation.at))
        })
    }

    /// To which phone the last short message of a dialogue went.
    pub(super) fn phone(&self, end: &End) -> Option<Imsi> {
        self.dialogues.get(&self.known(end)?)?.phone
    }

    /// A dialogue is over, or another one begins with the same transaction id; what was still owed in it.
    pub(super) fn end(&mut self, end: &End) -> Vec<Asked> {
        let known = self.known(end);
        known.map_or_else(Vec::new, |known| self.forget(known))
    }

    /// Notes what an invoke asked for. What is given back will not be answered: there are too many dialogues, or the
    /// same number was used again.
    pub(super) fn invoke(
        &mut self,
        end: &End,
        id: u8,
        fingerprint: u64,
        at: FrameRef,
        asked: Asked,
        anomalies: &mut AnomalyLog,
    ) -> Vec<Asked> {
        let known = self.known(end);
        let (number, mut given_up) = match known {
            Some(known) => (known, Vec::new()),
            None => self.open(end, at, anomalies),
        };
        if let Some(dialogue) = self.dialogues.get_mut(&number) {
            let replaced = dialogue
                .invocations
                .iter()
                .position(|invocation| invocation.id == id);
            given_up.extend(replaced.map(|index| dialogue.invocations.swap_remove(index).asked));
            dialogue.invocations.push(Invocation {
                id,
                fingerprint,
                at: at.time,
                asked,
            });
        }
        given_up
    }

    /// Notes to which phone a dialogue's short messages go.
    pub(super) fn address(&mut self, end: &End, phone: Imsi) {
        if let Some(dialogue) = self.known(end).and_then(|known| self.dialogues.get_mut(&known)) {
            dialogue.phone = Some(phone);
        }
    }

    fn open(&mut self, end: &End, at: FrameRef, anomalies: &mut AnomalyLog) -> (u64, Vec<Asked>) {
        let full = self.dialogues.len() >= DIALOGUES;
        let oldest = self
            .dialogues
            .first_key_value()
            .filter(|_| full)
            .map(|(number, _)| *number);
        let given_up = oldest.map_or_else(Vec::new, |oldest| self.forget(oldest));
        if given_up.iter().any(|asked| matches!(asked, Asked::Forward(_))) {
            let detail = || format!("more than {DIALOGUES} TCAP dialogues at once");
            anomalies.note(AnomalyKind::LimitReached, Some(at), detail);
        }
        let number = self.began;
        self.began = self.began.wrapping_add(1);
        let keys: Vec<_> = end.clone().keys().collect();
        for key in &keys {
            self.by_key.insert(key.clone(), number);
        }
        let dialogue = Dialogue {
            keys,
            ..Dialogue::default()
        };
        self.dialogues.insert(number, dialogue);
        (number, given_up)
    }

    /// What an answer is about.
    pub(super) fn answered(&mut self, end: &End, id: u8) -> Option<Asked> {
        let known = self.known(end)?;
        let invocations = &mut self.dialogues.get_mut(&known)?.invocations;
        let index = invocations.iter().position(|invocation| invocation.id == id)?;
        Some(invocations.swap_remove(index).asked)
    }

    fn forget(&mut self, number: u64) -> Vec<Asked> {
        let Some(dialogue) = self.dialogues.remove(&number) else {
            return Vec::new();
        };
        for key in &dialogue.keys {
            if self.by_key.get(key) == Some(&number) {
                self.by_key.remove(key);
            }
        }
        let owed = dialogue.invocations.into_iter();
        owed.map(|invocation| invocation.asked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(title: &str) -> Address {
        Address {
            title: Some(title.into()),
            point_code: None,
        }
    }

    fn at(seconds: i64) -> FrameRef {
        FrameRef {
            time: Timestamp::from_seconds(seconds),
            ..FrameRef::default()
        }
    }

    /// An enquiry after a number.
    fn ask(dialogues: &mut Dialogues, end: &End, id: u8, number: &str) -> Vec<String> {
        let asked = Asked::Routing(number.into());
        let mut anomalies = AnomalyLog::default();
        numbers(dialogues.invoke(end, id, 0, at(0), asked, &mut anomalies))
    }

    fn numbers(asked: impl IntoIterator<Item = Asked>) -> Vec<String> {
        let number = |asked| match asked {
            Asked::Routing(number) => number,
            Asked::Forward(_) | Asked::Other => String::new(),
        };
        asked.into_iter().map(number).collect()
    }

    #[test]
    fn an_end_is_known_by_its_title_and_without_one_by_its_point_code() {
        let mut dialogues = Dialogues::default();
        let one = End::new(1, &titled("491"), 7);
        let other = End::new(1, &titled("492"), 7);
        let bare = End::new(1, &Address::default(), 7);
        assert!(ask(&mut dialogues, &one, 1, "a").is_empty());
        assert!(dialogues.knows(&one, 1, 0, at(1).time));
        assert!(dialogues.knows(&bare, 1, 0, at(1).time));
        assert!(
            !dialogues.knows(&other, 1, 0, at(1).time),
            "another behind the same relay"
        );
        assert!(
            !dialogues.knows(&one, 1, 1, at(1).time),
            "asks for something else"
        );
        assert!(!dialogues.knows(&one, 1, 0, at(31).time), "much later");
        assert!(ask(&mut dialogues, &other, 1, "b").is_empty());
        assert_eq!(numbers(dialogues.answered(&one, 1)), ["a"]);
        assert_eq!(
            numbers(dialogues.answered(&bare, 1)),
            ["b"],
            "the last with that point code"
        );
    }

    #[test]
    fn what_is_owed_is_given_back_once() {
        let mut dialogues = Dialogues::default();
        let end = End::new(1, &titled("491"), 7);
        assert!(ask(&mut dialogues, &end, 1, "a").is_empty());
        assert!(ask(&mut dialogues, &end, 2, "b").is_empty());
        assert_eq!(ask(&mut dialogues, &end, 2, "c"), ["b"], "the same id again");
        assert_eq!(numbers(dialogues.answered(&end, 1)), ["a"]);
        assert!(dialogues.answered(&end, 1).is_none());
        assert_eq!(numbers(dialogues.end(&end)), ["c"]);
        assert!(dialogues.end(&end).is_empty());
        assert!(dialogues.dialogues.is_empty() && dialogues.by_key.is_empty());
    }

    #[test]
    fn the_oldest_dialogue_goes_where_there_are_too_many() {
        let mut dialogues = Dialogues::default();
        for transaction in 0..DIALOGUES as u32 {
            let end = End::new(transaction, &titled("491"), 7);
            assert!(ask(&mut dialogues, &end, 1, &transaction.to_string()).is_empty());
        }
        let one_more = End::new(u32::MAX, &titled("491"), 7);
        assert_eq!(ask(&mut dialogues, &one_more, 1, "last"), ["0"]);
        assert_eq!(dialogues.dialogues.len(), DIALOGUES);
        assert_eq!(dialogues.by_key.len(), 2 * DIALOGUES);
    }
}
