//! TCAP dialogues in which something is owed: who asked for which operation, until it is answered.

use std::collections::{BTreeMap, HashMap};

use super::sccp::Address;
use super::segments::Segments;
use super::subscribers::Subscribers;
use crate::model::{AnomalyKind, AnomalyLog, FrameRef, Host, Nanoseconds, RandomState, Timestamp};
use crate::session::sms::{Imsi, Ticket};
use crate::session::surroundings::TransactionId;

/// Dialogues kept at once: some minutes of a busy service centre.
const DIALOGUES: usize = 32_768;

/// Invokes of one dialogue that are not answered, hops counted singly: no sender has more than a few on the way.
const INVOCATIONS: usize = 64;

/// Nanoseconds of capture time within which the same invoke in the same dialogue is the same again: on the next hop, or
/// as another tap saw it. TCAP sends nothing again by itself.
const SAME: Nanoseconds = 30 * Timestamp::SECOND;

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

/// An enquiry after the switch that serves a number, as it was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enquiry {
    pub(super) transaction: TransactionId,
    /// Whether it was told on this hop: the first on which it was seen.
    pub(super) is_first: bool,
}

/// What an invoke asked for.
#[derive(Debug)]
pub(super) enum InvokedOperation {
    /// That a short message which may be a push be taken on.
    Forward(Ticket),
    /// Where the phone with this number is.
    Routing(String, Option<Enquiry>),
    /// Something else that is of no interest, but must not be taken for new when it comes again.
    Other,
}

/// Who handed a message to whom: one of the hops from one end of its dialogue to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) sender: Host,
    pub(super) receiver: Host,
}

impl Hop {
    /// An answer on the way back fits as well as any can.
    const WHOLLY: usize = 2;

    /// How well an answer on `back` fits to what was asked on this hop. Between two nodes may lie several ways, and
    /// each node may have several addresses.
    fn fits(self, back: Self) -> usize {
        usize::from(self.sender == back.receiver) + usize::from(self.receiver == back.sender)
    }
}

/// What an invoke is to those that are not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Another one.
    New,
    /// One that was passed on.
    PassedOn,
    /// One that is there already.
    Copy,
}

/// An invoke as it was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invoke {
    pub(super) id: u8,
    /// A hash of what it asks for.
    pub(super) fingerprint: u64,
    pub(super) hop: Hop,
    pub(super) at: FrameRef,
}

impl Invoke {
    /// Whether another one is the same, seen again on this hop or another.
    fn is(&self, other: &Self) -> bool {
        self.id == other.id
            && self.fingerprint == other.fingerprint
            && (-SAME..=SAME).contains(&self.at.time.since(other.at.time))
    }
}

/// An operation that is not answered, on one hop.
#[derive(Debug)]
struct Invocation {
    invoke: Invoke,
    asked: InvokedOperation,
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
    by_key: HashMap<Key, u64, RandomState>,
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

    /// What an invoke is to those of its dialogue that are not answered.
    pub(super) fn standing(&self, end: &End, invoke: &Invoke) -> Standing {
        let dialogue = self.known(end).and_then(|known| self.dialogues.get(&known));
        let invocations = dialogue.into_iter().flat_map(|dialogue| &dialogue.invocations);
        let same = invocations.filter(|invocation| invocation.invoke.is(invoke));
        let hops = same.map(|invocation| invocation.invoke.hop == invoke.hop);
        match hops.max() {
            None => Standing::New,
            Some(false) => Standing::PassedOn,
            Some(true) => Standing::Copy,
        }
    }

    /// As which transaction an invoke was told that was passed on.
    pub(super) fn enquiry(&self, end: &End, invoke: &Invoke) -> Option<TransactionId> {
        let dialogue = self.dialogues.get(&self.known(end)?)?;
        let mut same = dialogue
            .invocations
            .iter()
            .filter(|invocation| invocation.invoke.is(invoke));
        same.find_map(|invocation| match invocation.asked {
            InvokedOperation::Routing(_, enquiry) => Some(enquiry?.transaction),
            InvokedOperation::Forward(_) | InvokedOperation::Other => None,
        })
    }

    /// To which phone the last short message of a dialogue went.
    pub(super) fn phone(&self, end: &End) -> Option<Imsi> {
        self.dialogues.get(&self.known(end)?)?.phone
    }

    /// Another dialogue begins with the same transaction id; what was still owed in the one before.
    pub(super) fn begin(&mut self, end: &End) -> Vec<InvokedOperation> {
        let known = self.known(end);
        known.map_or_else(Vec::new, |known| self.forget(known))
    }

    /// A dialogue is over, as a message on one hop says that answered something or did not; what was still owed
    /// there. Where it answered nothing, that is where it fits best.
    pub(super) fn end(&mut self, end: &End, back: Hop, answered: bool) -> Vec<InvokedOperation> {
        let Some(known) = self.known(end) else {
            return Vec::new();
        };
        let Some(dialogue) = self.dialogues.get_mut(&known) else {
            return Vec::new();
        };
        let fits = |invocation: &Invocation| invocation.invoke.hop.fits(back);
        let best = dialogue.invocations.iter().map(fits).max().unwrap_or(0);
        let least = if answered { Hop::WHOLLY } else { best };
        let over = |invocation: &mut Invocation| fits(invocation) >= least;
        let owed: Vec<_> = dialogue.invocations.extract_if(.., over).collect();
        if dialogue.invocations.is_empty() {
            self.forget(known);
        }
        owed.into_iter().map(|invocation| invocation.asked).collect()
    }

    /// Notes what an invoke asked for. What is given back will not be answered: there are too many dialogues, or the
    /// same number was used again.
    pub(super) fn invoke(
        &mut self,
        end: &End,
        invoke: Invoke,
        asked: InvokedOperation,
        anomalies: &mut AnomalyLog,
    ) -> Vec<InvokedOperation> {
        let known = self.known(end);
        let (number, mut given_up) = match known {
            Some(known) => (known, Vec::new()),
            None => self.open(end, invoke.at, anomalies),
        };
        if let Some(dialogue) = self.dialogues.get_mut(&number) {
            let replaced =
                |known: &mut Invocation| (known.invoke.id, known.invoke.hop) == (invoke.id, invoke.hop);
            let replaced = dialogue.invocations.extract_if(.., replaced);
            given_up.extend(replaced.map(|invocation| invocation.asked));
            if dialogue.invocations.len() >= INVOCATIONS {
                given_up.push(dialogue.invocations.remove(0).asked);
                let detail = || format!("more than {INVOCATIONS} invokes in one TCAP dialogue");
                anomalies.note(AnomalyKind::LimitReached, Some(invoke.at), detail);
            }
            dialogue.invocations.push(Invocation { invoke, asked });
        }
        given_up
    }

    /// Notes to which phone a dialogue's short messages go.
    pub(super) fn address(&mut self, end: &End, phone: Imsi) {
        if let Some(dialogue) = self.known(end).and_then(|known| self.dialogues.get_mut(&known)) {
            dialogue.phone = Some(phone);
        }
    }

    fn open(&mut self, end: &End, at: FrameRef, anomalies: &mut AnomalyLog) -> (u64, Vec<InvokedOperation>) {
        let full = self.dialogues.len() >= DIALOGUES;
        let oldest = self
            .dialogues
            .first_key_value()
            .filter(|_| full)
            .map(|(number, _)| *number);
        let given_up = oldest.map_or_else(Vec::new, |oldest| self.forget(oldest));
        if given_up
            .iter()
            .any(|asked| matches!(asked, InvokedOperation::Forward(_)))
        {
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

    /// What an answer on one hop is about: what was asked on that hop, or on the one that fits best.
    pub(super) fn answered(&mut self, end: &End, id: u8, back: Hop) -> Option<InvokedOperation> {
        let known = self.known(end)?;
        let invocations = &mut self.dialogues.get_mut(&known)?.invocations;
        let (index, _) = invocations
            .iter()
            .enumerate()
            .filter(|(_, invocation)| invocation.invoke.id == id)
            .max_by_key(|(index, invocation)| {
                (invocation.invoke.hop.fits(back), std::cmp::Reverse(*index))
            })?;
        Some(invocations.remove(index).asked)
    }

    fn forget(&mut self, number: u64) -> Vec<InvokedOperation> {
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
    use crate::model::{NetworkId, Networks};

    fn titled(title: &str) -> Address {
        Address {
            title: Some(title.into()),
            point_code: None,
        }
    }

    fn hop(sender: u8, receiver: u8) -> Hop {
        let [sender, receiver] = [sender, receiver]
            .map(|last| Networks::default().host(NetworkId::default(), [10, 0, 0, last].into()));
        Hop { sender, receiver }
    }

    fn invoke(id: u8, fingerprint: u64, hop: Hop, seconds: i64) -> Invoke {
        let at = FrameRef {
            time: Timestamp::from_seconds(seconds),
            ..FrameRef::default()
        };
        Invoke {
            id,
            fingerprint,
            hop,
            at,
        }
    }

    /// An enquiry after a number.
    fn ask(dialogues: &mut Dialogues, end: &End, id: u8, number: &str) -> Vec<String> {
        let asked = InvokedOperation::Routing(number.into(), None);
        let mut anomalies = AnomalyLog::default();
        numbers(dialogues.invoke(end, invoke(id, 0, hop(1, 2), 0), asked, &mut anomalies))
    }

    /// What 1 asks of 2 by the relay 8, seen on both hops.
    fn ask_by_a_relay(dialogues: &mut Dialogues, end: &End) {
        let mut anomalies = AnomalyLog::default();
        for (hop, name) in [(hop(1, 8), "first"), (hop(8, 2), "second")] {
            let asked = InvokedOperation::Routing(name.into(), None);
            let given_up = dialogues.invoke(end, invoke(1, 0, hop, 0), asked, &mut anomalies);
            assert!(given_up.is_empty());
        }
    }

    fn numbers(asked: impl IntoIterator<Item = InvokedOperation>) -> Vec<String> {
        let number = |asked| match asked {
            InvokedOperation::Routing(number, _) => number,
            InvokedOperation::Forward(_) | InvokedOperation::Other => String::new(),
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
        let standing =
            |end, fingerprint, hop, seconds| dialogues.standing(end, &invoke(1, fingerprint, hop, seconds));
        assert_eq!(standing(&one, 0, hop(1, 2), 1), Standing::Copy);
        assert_eq!(standing(&one, 0, hop(2, 3), 1), Standing::PassedOn);
        assert_eq!(standing(&bare, 0, hop(1, 2), 1), Standing::Copy);
        assert_eq!(
            standing(&other, 0, hop(1, 2), 1),
            Standing::New,
            "behind the same relay"
        );
        assert_eq!(
            standing(&one, 1, hop(1, 2), 1),
            Standing::New,
            "asks for something else"
        );
        assert_eq!(standing(&one, 0, hop(1, 2), 31), Standing::New, "much later");
        assert!(ask(&mut dialogues, &other, 1, "b").is_empty());
        assert_eq!(numbers(dialogues.answered(&one, 1, hop(2, 1))), ["a"]);
        assert_eq!(
            numbers(dialogues.answered(&bare, 1, hop(2, 1))),
            ["b"],
            "the last with that point code"
        );
    }

    #[test]
    fn each_hop_has_its_own_answer_whatever_way_it_comes() {
        let mut dialogues = Dialogues::default();
        let end = End::new(1, &titled("491"), 7);
        // From 1 by the relay 8 to 2, and back by the relay 9, or from another address of 1.
        ask_by_a_relay(&mut dialogues, &end);
        assert!(ask(&mut dialogues, &end, 2, "other").is_empty());
        assert_eq!(numbers(dialogues.answered(&end, 1, hop(2, 9))), ["second"]);
        assert!(
            dialogues.end(&end, hop(2, 9), true).is_empty(),
            "it had its answer"
        );
        assert_eq!(
            numbers(dialogues.answered(&end, 1, hop(9, 7))),
            ["first"],
            "the only one left"
        );
        assert_eq!(numbers(dialogues.end(&end, hop(2, 9), false)), ["other"]);
        assert!(dialogues.dialogues.is_empty());
    }

    #[test]
    fn an_end_on_one_hop_leaves_what_is_owed_on_the_other() {
        let mut dialogues = Dialogues::default();
        let end = End::new(1, &titled("491"), 7);
        ask_by_a_relay(&mut dialogues, &end);
        assert_eq!(numbers(dialogues.end(&end, hop(2, 8), false)), ["second"]);
        assert_eq!(numbers(dialogues.end(&end, hop(8, 1), false)), ["first"]);
    }

    #[test]
    fn what_is_owed_is_given_back_once() {
        let mut dialogues = Dialogues::default();
        let end = End::new(1, &titled("491"), 7);
        assert!(ask(&mut dialogues, &end, 1, "a").is_empty());
        assert!(ask(&mut dialogues, &end, 2, "b").is_empty());
        assert_eq!(ask(&mut dialogues, &end, 2, "c"), ["b"], "the same id again");
        assert_eq!(numbers(dialogues.answered(&end, 1, hop(2, 1))), ["a"]);
        assert!(dialogues.answered(&end, 1, hop(2, 1)).is_none());
        assert_eq!(numbers(dialogues.end(&end, hop(2, 1), false)), ["c"]);
        assert!(dialogues.end(&end, hop(2, 1), false).is_empty());
        assert!(dialogues.dialogues.is_empty() && dialogues.by_key.is_empty());
    }

    #[test]
    fn the_oldest_invoke_goes_where_one_dialogue_has_too_many() {
        let mut dialogues = Dialogues::default();
        let end = End::new(1, &titled("491"), 7);
        for number in 0..INVOCATIONS as u8 {
            assert!(ask(&mut dialogues, &end, number, &number.to_string()).is_empty());
        }
        assert_eq!(ask(&mut dialogues, &end, u8::MAX, "last"), ["0"]);
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
