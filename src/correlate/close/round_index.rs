//! What belongs to which message besides its legs: joins, ambiguities, the operations that name it.

use std::collections::BTreeMap;

use crate::correlate::assemble::message_builder;
use crate::correlate::close::operations::{self, Pairing};
use crate::correlate::close::relations::{self, Owner, Relations};
use crate::correlate::group::ids::{ClusterId, IdVec, OperationId, StepId};
use crate::correlate::group::join::{Ambiguity, Join, Joins};
use crate::correlate::message::{Link, Relation};
use crate::correlate::verdict::judge::Judge;

pub(crate) struct RoundIndex {
    /// Joins with their messages, in the order of the messages, and those of one as they were made.
    joins: Vec<(Owner, Join)>,
    ambiguities: BTreeMap<ClusterId, Vec<Ambiguity>>,
    /// All operations in time order, with the message that they name.
    pub(crate) operations: IdVec<OperationId, (Pairing, Option<ClusterId>)>,
    cancelled: BTreeMap<ClusterId, Link>,
    named_by: BTreeMap<ClusterId, Vec<OperationId>>,
}

impl RoundIndex {
    pub(crate) fn new(judge: &Judge<'_>, relations: &Relations, joins: Joins) -> Self {
        let pairings = operations::pairings(judge.snapshot).into_iter();
        let mut round_index = Self {
            joins: relations.owned(joins.made),
            ambiguities: BTreeMap::new(),
            operations: pairings.map(|pairing| (pairing, None)).collect::<Vec<_>>().into(),
            cancelled: BTreeMap::new(),
            named_by: BTreeMap::new(),
        };
        for ambiguity in joins.ambiguous {
            if let Some(id) = relations.owner(ambiguity.step) {
                round_index.ambiguities.entry(id).or_default().push(ambiguity);
            }
        }
        round_index.tie_operations(judge, relations);
        round_index
    }

    pub(crate) fn joins(&self, id: ClusterId) -> impl Iterator<Item = &Join> {
        let first = self.joins.partition_point(|(owner, _)| owner.id() < Some(id));
        let rest = self.joins.iter().skip(first);
        rest.take_while(move |(owner, _)| owner.id() == Some(id))
            .map(|(_, join)| join)
    }

    pub(crate) fn ambiguities(&self, id: ClusterId) -> &[Ambiguity] {
        self.ambiguities.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The accepted cancellation of a message.
    pub(crate) fn cancellation(&self, id: ClusterId) -> Option<&Link> {
        self.cancelled.get(&id)
    }

    /// The steps of the operations that name a message.
    pub(crate) fn steps_naming(&self, id: ClusterId) -> impl Iterator<Item = StepId> {
        let named_by = self.named_by.get(&id).into_iter().flatten();
        let operations = named_by.filter_map(|index| self.operations.get(*index));
        operations.flat_map(|(pairing, _)| pairing.steps())
    }

    /// Ties cancellations to the messages they name (X-Mms-Cancel-ID).
    fn tie_operations(&mut self, judge: &Judge<'_>, relations: &Relations) {
        for (index, (pairing, named)) in self.operations.iter_mut() {
            let Some(leg) = pairing.asks.map(|step| judge.snapshot.leg(step)) else {
                continue;
            };
            let Some(id) = leg.operation().and_then(|facts| facts.cancel_id()) else {
                continue;
            };
            let Some((cluster, at)) = relations.message(judge.snapshot, id, leg.first().time) else {
                continue;
            };
            *named = Some(cluster);
            self.named_by.entry(cluster).or_default().push(index);
            let operation = judge.operation(pairing);
            if operation.is_some_and(|(_, operation)| message_builder::is_accepted(&operation)) {
                let (join, _) = Relation::Cancels.joins();
                self.cancelled
                    .entry(cluster)
                    .or_insert_with(|| relations::link(Relation::Cancels, join, id, [leg.first(), at]));
            }
        }
    }
}
