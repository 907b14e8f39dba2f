//! What belongs to which message besides its legs: joins, ambiguities, the operations that name it.

use std::collections::HashMap;

use super::assemble;
use super::clusters::ClusterId;
use super::join::{Ambiguity, Join, Joins};
use super::links;
use super::message::{Confidence, Link};
use super::operations::{self, Pairing};
use super::relations::{Owner, Relations};
use super::shape::Bench;

type ByCluster<T> = HashMap<ClusterId, T, ahash::RandomState>;

pub(super) struct Book {
    /// Joins with their messages, in the order of the messages, and those of one as they were made.
    joins: Vec<(Owner, Join)>,
    ambiguities: ByCluster<Vec<Ambiguity>>,
    /// All operations in time order, with the message that they name.
    pub(super) operations: Vec<(Pairing, Option<ClusterId>)>,
    cancelled: ByCluster<Link>,
    named_by: ByCluster<Vec<usize>>,
}

impl Book {
    pub(super) fn new(bench: &Bench<'_>, relations: &Relations, joins: Joins) -> Self {
        let pairings = operations::pairings(bench.scene).into_iter();
        let mut book = Self {
            joins: relations.owned(joins.made),
            ambiguities: ByCluster::default(),
            operations: pairings.map(|pairing| (pairing, None)).collect(),
            cancelled: ByCluster::default(),
            named_by: ByCluster::default(),
        };
        for ambiguity in joins.ambiguous {
            if let Some(id) = relations.owner(ambiguity.step) {
                book.ambiguities.entry(id).or_default().push(ambiguity);
            }
        }
        book.tie_operations(bench, relations);
        book
    }

    pub(super) fn joins(&self, id: ClusterId) -> impl Iterator<Item = &Join> {
        let first = self.joins.partition_point(|(owner, _)| owner.id() < Some(id));
        let rest = self.joins.iter().skip(first);
        rest.take_while(move |(owner, _)| owner.id() == Some(id))
            .map(|(_, join)| join)
    }

    pub(super) fn ambiguities(&self, id: ClusterId) -> &[Ambiguity] {
        self.ambiguities.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The accepted cancellation of a message.
    pub(super) fn cancellation(&self, id: ClusterId) -> Option<&Link> {
        self.cancelled.get(&id)
    }

    /// The steps of the operations that name a message.
    pub(super) fn steps_naming(&self, id: ClusterId) -> impl Iterator<Item = usize> {
        let named_by = self.named_by.get(&id).into_iter().flatten();
        let operations = named_by.filter_map(|index| self.operations.get(*index));
        operations.flat_map(|(pairing, _)| pairing.steps())
    }

    /// Ties cancellations to the messages they name (X-Mms-Cancel-ID).
    fn tie_operations(&mut self, bench: &Bench<'_>, relations: &Relations) {
        for (index, (pairing, named)) in self.operations.iter_mut().enumerate() {
            let Some(leg) = pairing.asks.map(|step| bench.scene.leg(step)) else {
                continue;
            };
            let Some(id) = leg.operation().and_then(|facts| facts.cancel_id()) else {
                continue;
            };
            let Some((cluster, at)) = relations.message(bench.scene, id, leg.first().time) else {
                continue;
            };
            *named = Some(cluster);
            self.named_by.entry(cluster).or_default().push(index);
            let operation = bench.operation(pairing);
            if operation.is_some_and(|operation| assemble::is_accepted(operation.status)) {
                self.cancelled.entry(cluster).or_insert_with(|| Link {
                    join: "message-cancellation",
                    by: "cancel_id",
                    confidence: Confidence::Exact,
                    detail: format!("cancelled by message id {id}, {}", links::frames(leg.first(), at)),
                });
            }
        }
    }
}
