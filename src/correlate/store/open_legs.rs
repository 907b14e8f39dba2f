//! The legs that are open: those that wait for their answers by their exchange, the others one behind the other, so
//! that grouping takes them over without a copy.

use std::collections::{HashMap, HashSet};

use crate::correlate::store::arena::{Arena, Place};
use crate::correlate::store::draft::Draft;
use crate::correlate::store::head::{CompletionKind, Head};
use crate::correlate::store::leg::{Leg, Undelivered};
use crate::session::ExchangeId;

/// What an entry of a hash table takes beside what is in it, about.
const ENTRY_OVERHEAD: usize = 16;

/// A leg that does not change any more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClosedLeg {
    pub(crate) head: Head,
    place: Place,
}

type ByExchange<T> = HashMap<ExchangeId, T, ahash::RandomState>;

/// Legs that do not change any more, and what came later.
#[derive(Clone, Debug, Default)]
pub(crate) struct LegStore {
    arena: Arena,
    /// Pushes that the network could not deliver although it had accepted them.
    undelivered: ByExchange<Undelivered>,
}

impl LegStore {
    pub(crate) fn leg<'a>(&'a self, filed: &'a ClosedLeg) -> Leg<'a> {
        Leg::filed(&filed.head, &self.arena, filed.place)
    }
}

/// The place of a leg in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LegId(u32);

impl LegId {
    pub(crate) fn of(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }
}

/// Legs that do not change any more, in the order of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Legs<'a> {
    filed: &'a [ClosedLeg],
    files: &'a LegStore,
}

impl<'a> Legs<'a> {
    pub(crate) const fn new(filed: &'a [ClosedLeg], files: &'a LegStore) -> Self {
        Self { filed, files }
    }

    pub(crate) fn get(self, index: LegId) -> Option<Leg<'a>> {
        self.filed.get(index.place()).map(|filed| self.files.leg(filed))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Leg<'a>> {
        self.filed.iter().map(move |filed| self.files.leg(filed))
    }

    pub(crate) const fn len(self) -> usize {
        self.filed.len()
    }

    /// What the network said later of a push that it had accepted.
    pub(crate) fn undelivered(self, exchange: ExchangeId) -> Option<Undelivered> {
        self.files.undelivered.get(&exchange).copied()
    }
}

/// All open legs.
#[derive(Debug, Default)]
pub(crate) struct OpenLegs {
    filed: Vec<ClosedLeg>,
    files: LegStore,
    pending: ByExchange<Draft>,
    /// Octets of the texts of those.
    pending_octets: usize,
}

impl OpenLegs {
    /// Keeps a leg.
    pub(crate) fn insert(&mut self, draft: Draft) {
        match draft.head.fate {
            CompletionKind::Pending => {
                self.pending_octets += draft.text.len();
                self.pending.insert(draft.head.exchange, draft);
            }
            _ => self.file(draft.head, &draft.text),
        }
    }

    /// Takes out a leg that waits for its answer.
    pub(crate) fn take_pending(&mut self, exchange: ExchangeId) -> Option<Draft> {
        let draft = self.pending.remove(&exchange)?;
        self.pending_octets = self.pending_octets.saturating_sub(draft.text.len());
        Some(draft)
    }

    /// Notes what the network said later of a push.
    pub(crate) fn undelivered(&mut self, exchange: ExchangeId, word: Undelivered) {
        self.files.undelivered.insert(exchange, word);
    }

    /// Octets that they take, about.
    pub(crate) fn octets(&self) -> usize {
        let pending = self.pending.len() * (size_of::<(ExchangeId, Draft)>() + ENTRY_OVERHEAD);
        let undelivered =
            self.files.undelivered.len() * (size_of::<(ExchangeId, Undelivered)>() + ENTRY_OVERHEAD);
        self.filed.len() * size_of::<ClosedLeg>()
            + self.files.arena.octets()
            + pending
            + self.pending_octets
            + undelivered
    }

    pub(crate) fn len(&self) -> usize {
        self.filed.len() + self.pending.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Leg<'_>> {
        let filed = self.filed.iter().map(|filed| self.files.leg(filed));
        filed.chain(self.pending.values().map(Draft::leg))
    }

    /// Takes all of them out.
    pub(crate) fn take(&mut self) -> (Vec<ClosedLeg>, LegStore) {
        for draft in std::mem::take(&mut self.pending).values() {
            self.file(draft.head, &draft.text);
        }
        self.pending_octets = 0;
        (std::mem::take(&mut self.filed), std::mem::take(&mut self.files))
    }

    /// Puts back those that stay open, where none is. Texts are moved together where many have gone.
    pub(crate) fn keep(&mut self, filed: Vec<ClosedLeg>, files: LegStore) {
        let LegStore {
            arena,
            mut undelivered,
        } = files;
        if !undelivered.is_empty() {
            let kept: Kept = filed.iter().map(|filed| filed.head.exchange).collect();
            undelivered.retain(|exchange, _| kept.contains(exchange));
        }
        self.files.undelivered = undelivered;
        let text = |filed: &ClosedLeg| arena.get(filed.place);
        let (pending, filed): (Vec<ClosedLeg>, Vec<ClosedLeg>) = filed
            .into_iter()
            .partition(|filed| filed.head.fate == CompletionKind::Pending);
        for filed in &pending {
            self.insert(Draft {
                head: filed.head,
                text: text(filed).to_owned(),
            });
        }
        let live: usize = filed.iter().map(|filed| text(filed).len()).sum();
        if live < arena.octets() / 4 * 3 {
            filed.iter().for_each(|filed| self.file(filed.head, text(filed)));
        } else {
            self.filed = filed;
            self.files.arena = arena;
        }
    }

    fn file(&mut self, head: Head, text: &str) {
        let place = self.files.arena.add(text);
        self.filed.push(ClosedLeg { head, place });
    }
}

type Kept = HashSet<ExchangeId, ahash::RandomState>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{PduRecord, samples};
    use crate::mms::MessageType;
    use crate::model::FrameRef;
    use crate::session::{AnswerVisibility, EndReason, ExchangeEnd};

    fn texts(legs: &OpenLegs) -> Vec<(ExchangeId, usize)> {
        let mut texts: Vec<_> = legs
            .iter()
            .map(|leg| (leg.exchange, leg.url().map_or(0, str::len)))
            .collect();
        texts.sort_unstable();
        texts
    }

    #[test]
    fn what_is_put_back_is_what_was_taken_whether_many_have_gone_or_few() {
        for stays in [1, 3, 90] {
            let mut legs = OpenLegs::default();
            for id in 0..100 {
                let fate = if id % 10 == 0 {
                    CompletionKind::Pending
                } else {
                    CompletionKind::Ended
                };
                legs.insert(samples::draft(id, &"u".repeat(id as usize), fate));
                legs.undelivered(
                    ExchangeId(id),
                    Undelivered {
                        at: FrameRef::default(),
                        code: None,
                    },
                );
            }
            let before = texts(&legs);
            let (mut filed, files) = legs.take();
            assert_eq!((legs.len(), legs.octets()), (0, 0));
            filed.retain(|filed| filed.head.exchange.0 < stays);
            legs.keep(filed, files);
            assert_eq!(texts(&legs), before[..stays as usize]);
            assert_eq!(legs.files.undelivered.len(), stays as usize);
            assert!(legs.take_pending(ExchangeId(0)).is_some());
            assert!(legs.take_pending(ExchangeId(1)).is_none());
        }
    }

    /// All that a leg can be asked for.
    fn reading(leg: Leg<'_>) -> String {
        let said = (leg.asked(), leg.answered(), leg.fate(), leg.malformed());
        let named = (leg.ends(), leg.url(), leg.subscriber(), leg.recipient());
        format!(
            "{said:?} {named:?} {:?} {:?} {:?}",
            leg.request(),
            leg.answer(),
            leg.last()
        )
    }

    /// Legs with all kinds of requests, answered in all ways and not.
    fn drafts() -> Vec<Draft> {
        let hashes = ahash::RandomState::new();
        let request = samples::request(1, "http://mmsc.example/1?id=2");
        let response = samples::response(&request);
        let end = ExchangeEnd {
            exchange: request.exchange,
            at: FrameRef::default(),
            reason: EndReason::Reset,
            answer: AnswerVisibility::Visible,
        };
        let mut drafts = Vec::new();
        for malformed in [false, true] {
            let flawed = |record: PduRecord<'static>| PduRecord { malformed, ..record };
            let (number, id) = ("+15550100001", "id-1");
            let answers = [
                samples::send_conf(id, 128, Some(id)),
                samples::retrieve_conf(Some(id), Some(number), &[number, number], 7),
                samples::operation(MessageType::FORWARD_CONF, id),
            ]
            .map(flawed);
            let asked = [
                samples::send_req(id, Some(number), &[number], "subject", 7),
                samples::notification(id, "http://mmsc.example/1", None, ""),
                samples::notifyresp(id, 129),
                samples::acknowledge(id),
                samples::delivery_ind(id, number, 129),
                samples::read_report(MessageType::READ_REC_IND, id, number, number, 128),
                samples::operation(MessageType::FORWARD_REQ, id),
            ];
            for record in asked.map(|record| Some(flawed(record))).into_iter().chain([None]) {
                let draft = Draft::asked(&request, record.as_ref(), &hashes);
                let mut ended = draft.clone();
                ended.ended(&end);
                drafts.extend([draft.clone(), ended]);
                for answer in answers.iter().map(Some).chain([None]) {
                    let mut answered = draft.clone();
                    answered.answered(&response, answer, &hashes);
                    drafts.push(answered);
                }
            }
            for answer in &answers {
                drafts.push(Draft::answer_in_request(&request, answer, &hashes));
                drafts.push(Draft::answer_alone(&response, answer, &hashes));
            }
        }
        drafts
    }

    #[test]
    fn a_leg_reads_the_same_whatever_stands_behind_it() {
        let drafts = drafts();
        let mut legs = OpenLegs::default();
        // Each stands before its follower and before the first.
        let rows = drafts
            .iter()
            .chain(drafts.iter().flat_map(|draft| [draft, &drafts[0]]));
        let rows: Vec<&Draft> = rows.collect();
        rows.iter().for_each(|draft| legs.file(draft.head, &draft.text));
        for (filed, draft) in legs.iter().zip(&rows) {
            assert_eq!(reading(filed), reading(draft.leg()));
            assert_eq!(reading(filed.at_hand()), reading(draft.leg()));
        }
    }

    #[test]
    fn what_waits_counts_until_it_is_taken() {
        let mut legs = OpenLegs::default();
        legs.insert(samples::draft(1, "http://mmsc.example/", CompletionKind::Pending));
        assert_eq!(legs.len(), 1);
        assert!(legs.octets() > size_of::<Draft>());
        legs.take_pending(ExchangeId(1));
        assert_eq!((legs.len(), legs.octets()), (0, 0));
    }
}
