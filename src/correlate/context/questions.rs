//! Questions of DNS that seem to have nothing to do with MMS, with their answers. A core is full of them; only when the host of an
//! exchange is known it shows that one of them asked for it. Until then they are octets.

use std::collections::VecDeque;

use crate::correlate::context::passage::{PackedEnds, PackedFrame};
use crate::correlate::context::transaction::{Facts, Question, Transaction};
use crate::model::{Extent, FrameRef, NetworkId, System, Timestamp, TransactionOperation, TransactionStatus};
use crate::session::surroundings::{
    DnsAnswer, DnsQuestion, TransactionAnswer, TransactionId, TransactionRequest,
};

/// Questions in one block.
const BLOCK: usize = 1_024;
/// Octets of an answer that are kept: more than any that fits in a datagram of old has.
const ANSWER_OCTETS: usize = 512;

/// Octets in a block.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: u32,
    length: u16,
}

/// A question with its answer.
#[derive(Debug)]
struct Item {
    id: TransactionId,
    asked: Option<PackedFrame>,
    answered: Option<PackedFrame>,
    status: Option<TransactionStatus>,
    ends: PackedEnds,
    network: NetworkId,
    operation: TransactionOperation,
    /// Whether it was found to be about MMS, and is kept elsewhere.
    taken: bool,
    name: Place,
    answer: Place,
}

/// Some of them that follow on each other.
#[derive(Debug, Default)]
pub(crate) struct Block {
    items: Vec<Item>,
    octets: Vec<u8>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    blocks: VecDeque<Block>,
    /// An empty block that has room already.
    spare: Option<Block>,
    octets: usize,
}

impl Questions {
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Keeps a question.
    pub(crate) fn ask(&mut self, request: &TransactionRequest<'_>, question: DnsQuestion<'_>) {
        let Extent { last, .. } = request.extent;
        let item = Item {
            id: request.transaction,
            asked: Some(PackedFrame::new(last)),
            answered: None,
            status: None,
            ends: PackedEnds::new(request.source, request.destination),
            network: request.network,
            operation: request.subject.operation,
            taken: false,
            name: Place::default(),
            answer: Place::default(),
        };
        self.push(item, question);
    }

    /// Keeps an answer, with the question where that was kept; else as one whose question was not captured.
    pub(crate) fn answer(&mut self, answer: &TransactionAnswer<'_>, said: DnsAnswer<'_>) {
        let Extent { last, .. } = answer.extent;
        if let Some((block, place)) = self.find(answer.transaction) {
            let before = block.octets.len();
            let octets = block.add(said.message());
            let added = block.octets.len().saturating_sub(before);
            if let Some(item) = block.items.get_mut(place) {
                item.answered = Some(PackedFrame::new(last));
                item.status = Some(answer.status);
                item.answer = octets;
            }
            self.octets = self.octets.saturating_add(added);
            return;
        }
        let Some(subject) = answer.subject else { return };
        let item = Item {
            id: answer.transaction,
            asked: None,
            answered: Some(PackedFrame::new(last)),
            status: Some(answer.status),
            ends: PackedEnds::new(answer.destination, answer.source),
            network: answer.network,
            operation: subject.operation,
            taken: false,
            name: Place::default(),
            answer: Place::default(),
        };
        self.push(item, said.question());
        self.answer_of_last(said.message());
    }

    /// It is proven that a question got no answer.
    pub(crate) fn no_answer(&mut self, id: TransactionId) {
        if let Some((block, place)) = self.find(id)
            && let Some(item) = block.items.get_mut(place)
        {
            item.status = Some(TransactionStatus::NoAnswer);
        }
    }

    fn push(&mut self, item: Item, question: DnsQuestion<'_>) {
        if self.blocks.back().is_none_or(|block| block.items.len() >= BLOCK) {
            self.blocks.push_back(self.spare.take().unwrap_or_default());
        }
        let Some(block) = self.blocks.back_mut() else {
            return;
        };
        let before = block.octets.len();
        let name = block.add(question.octets());
        let added = block.octets.len().saturating_sub(before);
        block.items.push(Item { name, ..item });
        self.octets = self
            .octets
            .saturating_add(added)
            .saturating_add(size_of::<Item>());
    }

    fn answer_of_last(&mut self, message: &[u8]) {
        let Some(block) = self.blocks.back_mut() else {
            return;
        };
        let before = block.octets.len();
        let answer = block.add(message);
        let added = block.octets.len().saturating_sub(before);
        if let Some(item) = block.items.last_mut() {
            item.answer = answer;
        }
        self.octets = self.octets.saturating_add(added);
    }

    /// The block and place of a question; mostly one of the last. Their numbers ascend.
    fn find(&mut self, id: TransactionId) -> Option<(&mut Block, usize)> {
        let is_before = |block: &Block| block.items.first().is_some_and(|first| first.id <= id);
        let block = self.blocks.iter_mut().rev().find(|block| is_before(block))?;
        let place = block.items.binary_search_by_key(&id, |item| item.id).ok()?;
        Some((block, place))
    }

    /// Takes out, as transactions, all whose names are wanted.
    pub(crate) fn take(
        &mut self,
        mut is_wanted: impl FnMut(&str) -> bool,
    ) -> Vec<(TransactionId, Transaction)> {
        let mut name = String::new();
        let mut taken = Vec::new();
        for block in &mut self.blocks {
            block.take(&mut name, &mut is_wanted, &mut taken);
        }
        taken
    }

    /// Lets go of the oldest block, where what was asked in it is not later than a time, or all of them take more than so many
    /// octets; with whether it was for want of room.
    pub(crate) fn pop_oldest(&mut self, until: Option<Timestamp>, most: usize) -> Option<(Block, bool)> {
        let is_full = self.octets > most;
        let last = self.blocks.front()?.items.last()?.at()?.time;
        if !is_full && until.is_none_or(|until| last > until) {
            return None;
        }
        let block = self.blocks.pop_front()?;
        self.octets = self.octets.saturating_sub(block.size());
        Some((block, is_full))
    }

    /// Takes back the room of a block that was let go of.
    pub(crate) fn give_back(&mut self, mut block: Block) {
        block.items.clear();
        block.octets.clear();
        self.spare = Some(block);
    }
}

impl Block {
    fn size(&self) -> usize {
        self.items
            .len()
            .saturating_mul(size_of::<Item>())
            .saturating_add(self.octets.len())
    }

    fn add(&mut self, octets: &[u8]) -> Place {
        let octets = octets.get(..ANSWER_OCTETS).unwrap_or(octets);
        // A block of questions with answers has less than a million octets.
        let start = u32::try_from(self.octets.len()).unwrap_or(u32::MAX);
        self.octets.extend_from_slice(octets);
        Place {
            start,
            length: u16::try_from(octets.len()).unwrap_or_default(),
        }
    }

    fn octets(&self, place: Place) -> &[u8] {
        let start = place.start as usize;
        let end = start.saturating_add(usize::from(place.length));
        self.octets.get(start..end).unwrap_or_default()
    }

    /// The frame that shows the last of it.
    pub(crate) fn last(&self) -> Option<FrameRef> {
        self.items.last()?.at()
    }

    /// Takes out, as transactions, those whose names are wanted; `name` is a buffer.
    pub(crate) fn take(
        &mut self,
        name: &mut String,
        is_wanted: &mut impl FnMut(&str) -> bool,
        taken: &mut Vec<(TransactionId, Transaction)>,
    ) {
        for place in 0..self.items.len() {
            let Some(item) = self.items.get(place).filter(|item| !item.taken) else {
                continue;
            };
            name.clear();
            DnsQuestion::new(self.octets(item.name)).write_name(name);
            if is_wanted(name) {
                taken.push((item.id, self.transaction(item, name)));
                if let Some(item) = self.items.get_mut(place) {
                    item.taken = true;
                }
            }
        }
    }

    fn transaction(&self, item: &Item, name: &str) -> Transaction {
        let [asker, asked] = item.ends.ends();
        let extent = |at: Option<PackedFrame>| at.map(|at| Extent::single(at.frame()));
        let mut question = Question::new(name);
        let question_octets = DnsQuestion::new(self.octets(item.name));
        question.take(DnsAnswer::new(question_octets, self.octets(item.answer)));
        Transaction {
            system: System::Routing,
            operation: item.operation,
            network: item.network,
            asker,
            asked,
            request: extent(item.asked),
            response: extent(item.answered),
            is_ended_by_asker: false,
            status: item.status,
            facts: Facts::Question(Box::new(question)),
            joined: false,
            counted: false,
        }
    }
}

impl Item {
    fn at(&self) -> Option<FrameRef> {
        self.answered.or(self.asked).map(PackedFrame::frame)
    }
}
