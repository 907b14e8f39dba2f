//! How messages are related to each other: forwarded, replaced, replied to, cancelled (TS 23.140 sections
//! 8.1.6 and 8.1.13; X-Mms-Replace-ID and X-Mms-Reply-Charging-ID of OMA-TS-MMS_ENC).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::{ClusterId, Id, IdVec, StepId};
use crate::correlate::group::index::Index;
use crate::correlate::group::join::Join;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::message::{Confidence, Link, LinkDetail, Relation};
use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::correlate::store::pdus::Send;
use crate::model::{FrameRef, SharedSort, Timestamp};

/// The message that something belongs to, if any. Small, as every step has one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owner(Option<NonZeroU32>);

impl Owner {
    fn of(id: ClusterId) -> Self {
        Self(u32::try_from(id.place() + 1).ok().and_then(NonZeroU32::new))
    }

    pub(crate) fn id(self) -> Option<ClusterId> {
        self.0.map(|number| ClusterId::of(number.get() as usize - 1))
    }
}

/// A message that is referred to, and the frame that carries the identifier.
type Referent = (ClusterId, FrameRef);

/// The messages of all steps, and the steps by the identifiers with which messages refer to each other. There are no
/// such identifiers where no message refers to another.
pub(crate) struct Relations {
    owners: IdVec<StepId, Owner>,
    by_message_id: Index<StepId>,
    by_location: Index<StepId>,
    /// What was delivered to applications, by LinkedID.
    by_linked_id: Index<StepId>,
    links: BTreeMap<ClusterId, Vec<Link>>,
}

impl Relations {
    pub(crate) fn new(clusters: &mut Clusters<'_>) -> Self {
        let snapshot = clusters.snapshot;
        let mut relations = Self {
            owners: owners(clusters),
            by_message_id: Index::default(),
            by_location: Index::default(),
            by_linked_id: Index::default(),
            links: BTreeMap::new(),
        };
        if !snapshot.legs.iter().any(refers_to_another) {
            return relations;
        }
        for step in snapshot
            .steps
            .ids()
            .filter(|step| relations.owner(*step).is_some())
            .collect::<Vec<_>>()
        {
            let leg = snapshot.leg(step);
            let time = leg.first().time;
            if let Some(id) = Leg::message_id(leg) {
                relations.by_message_id.add(snapshot.key(id), time, step);
            }
            let delivered = leg.handed_over().and_then(|handover| handover.send().linked_id());
            if let Some(id) = delivered {
                relations.by_linked_id.add(snapshot.key(id), time, step);
            }
            let announced = leg.notified().and_then(|notified| notified.location());
            if let Some(url) = announced.or(leg.url().filter(|_| leg.retrieved().is_some())) {
                relations
                    .by_location
                    .add(snapshot.key(address::location(url).path), time, step);
            }
        }
        relations.by_linked_id.sort();
        relations.by_message_id.sort();
        relations.by_location.sort();
        relations.relate(snapshot);
        relations
    }

    /// The message that a step belongs to.
    pub(crate) fn owner(&self, step: StepId) -> Option<ClusterId> {
        self.owners.get(step).and_then(|owner| owner.id())
    }

    /// Joins with the messages they belong to, in the order of these, and those of one as they were made.
    pub(crate) fn owned(&self, joins: Vec<Join>) -> Vec<(Owner, Join)> {
        let mut owned = Vec::with_capacity(joins.len());
        owned.extend(joins.into_iter().filter_map(|join| {
            let [one, _] = join.steps();
            let owner = self.owners.get(one).copied();
            Some((owner.filter(|owner| owner.id().is_some())?, join))
        }));
        owned.shared_sort_by_key(|(owner, _)| owner.id());
        owned
    }

    /// The message that carries a message id, nearest before a time, and the frame that does.
    pub(crate) fn message(&self, snapshot: &Snapshot<'_>, id: &str, time: Timestamp) -> Option<Referent> {
        let step = self
            .by_message_id
            .near(snapshot.key(address::message_id(id)), time)
            .next()?;
        Some((self.owner(step)?, snapshot.leg(step).last()))
    }

    /// The message whose content lies at a URL, nearest before a time, and the frame that says so.
    fn message_at(&self, snapshot: &Snapshot<'_>, url: &str, time: Timestamp) -> Option<Referent> {
        let step = self
            .by_location
            .near(snapshot.key(address::location(url).path), time)
            .next()?;
        Some((self.owner(step)?, snapshot.leg(step).last()))
    }

    /// How a message is related to others.
    pub(crate) fn links(&self, id: ClusterId) -> &[Link] {
        self.links.get(&id).map_or(&[], Vec::as_slice)
    }

    fn relate(&mut self, snapshot: &Snapshot<'_>) {
        for step in snapshot.steps.ids() {
            let leg = snapshot.leg(step);
            let Some(own) = self.owner(step).filter(|_| refers_to_another(leg)) else {
                continue;
            };
            for (relation, name, (other, at)) in self.referents(snapshot, leg) {
                if other == own {
                    continue;
                }
                let frames = [leg.first(), at];
                let (join, back) = relation.joins();
                self.add(own, link(relation, join, name, frames));
                if let Some(back) = back {
                    self.add(other, link(relation, back, name, frames));
                }
            }
        }
    }

    fn add(&mut self, id: ClusterId, link: Link) {
        self.links.entry(id).or_default().push(link);
    }

    /// The messages that a leg refers to: how, by which identifier, and which message it is.
    fn referents<'t>(&self, snapshot: &Snapshot<'_>, leg: Leg<'t>) -> Vec<(Relation, &'t str, Referent)> {
        let time = leg.first().time;
        let (send, notified, retrieved) = (leg.send(), leg.notified(), leg.retrieved());
        let forwards = send.filter(|send| send.is_forward()).and_then(Send::location);
        let replaces = notified
            .and_then(|n| n.replace_id())
            .or(retrieved.and_then(|r| r.replace_id()));
        let replies_to = send
            .and_then(Send::reply_charging_id)
            .or(notified.and_then(|n| n.reply_charging_id()))
            .or(retrieved.and_then(|r| r.reply_charging_id()));
        let at_url = |url: &'t str| Some((Relation::Forwards, url, self.message_at(snapshot, url, time)?));
        let with_id = |relation, id: &'t str| Some((relation, id, self.message(snapshot, id, time)?));
        let answers = send.and_then(Send::linked_id);
        let linked = |id: &'t str| {
            let step = self.by_linked_id.near(snapshot.key(id), time).next()?;
            Some((
                Relation::Answers,
                id,
                (self.owner(step)?, snapshot.leg(step).last()),
            ))
        };
        let found = [
            answers.and_then(linked),
            forwards.and_then(at_url),
            replaces.and_then(|id| with_id(Relation::Replaces, id)),
            replies_to.and_then(|id| with_id(Relation::RepliesTo, id)),
        ];
        found.into_iter().flatten().collect()
    }
}

/// The link of a message to another: `name` is what the frame `frames[0]` calls it.
pub(crate) fn link(relation: Relation, join: &'static str, name: &str, frames: [FrameRef; 2]) -> Link {
    Link {
        join: join.into(),
        by: relation.by().into(),
        confidence: Confidence::Exact,
        detail: LinkDetail::Messages {
            relation,
            name: name.to_owned(),
            frames,
        },
    }
}

/// Whether a leg refers to another message.
fn refers_to_another(leg: Leg<'_>) -> bool {
    let forwards =
        |send: Send<'_>| send.is_forward() || send.reply_charging_id().or(send.linked_id()).is_some();
    leg.send().is_some_and(forwards)
        || leg
            .notified()
            .is_some_and(|n| n.replace_id().or(n.reply_charging_id()).is_some())
        || leg
            .retrieved()
            .is_some_and(|r| r.replace_id().or(r.reply_charging_id()).is_some())
        || leg.operation().is_some_and(|facts| facts.cancel_id().is_some())
}

fn owners(clusters: &mut Clusters<'_>) -> IdVec<StepId, Owner> {
    let none = vec![Owner::default(); clusters.snapshot.steps.len()];
    let mut owners = IdVec::from(none);
    for id in clusters.ids() {
        let threads = clusters.threads;
        let Some(cluster) = clusters.get(id) else { continue };
        for step in cluster.steps(threads) {
            if let Some(owner) = owners.get_mut(step) {
                *owner = Owner::of(id);
            }
        }
    }
    owners
}
