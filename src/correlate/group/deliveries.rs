//! Which message a delivery belongs to, by identifiers: the message id (TS 23.140 section 8.1), the same inside the content
//! location, or the submission's transaction id that the MMSC uses again in the notification.

use std::marker::PhantomData;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::ClusterId;
use crate::correlate::group::join::{By, JoinRule, Joins, Search, find};
use crate::correlate::group::reports;
use crate::correlate::record::address;
use crate::correlate::store::pdus::Notified;
use crate::model::{Nanoseconds, Timestamp};

/// How many words of a URL are looked up, and how short one is no id.
const MAX_WORDS: usize = 16;
const MIN_WORD: usize = 4;

/// How long after a submission its transaction id is used again, in nanoseconds: stacks use one for another message soon.
const USED_AGAIN_WITHIN: Nanoseconds = 3600 * Timestamp::SECOND;

/// A delivery that looks for its message.
pub(crate) struct Delivery<'a> {
    cluster: ClusterId,
    /// The key of a message id under which it was fetched.
    fetched_id: Option<u64>,
    /// Its first notification.
    notified: Option<Notified<'a>>,
}

/// The search of a delivery for its message.
pub(crate) struct Deliveries<'a>(PhantomData<&'a ()>);

impl<'a> Search for Deliveries<'a> {
    type Context = Clusters<'a>;
    type Seeker = Delivery<'a>;
    type Candidate = ClusterId;
    type Fit = ();

    /// Of several messages with one id the nearest before it counts.
    const FIRST_FITS: bool = true;

    fn distance(_: &Clusters<'a>, _: &Delivery<'a>, _: ClusterId) -> Nanoseconds {
        0
    }

    fn is_rival(_: &Clusters<'a>, _: &Delivery<'a>, _: ClusterId, _: ClusterId) -> bool {
        false
    }
}

/// By what a delivery finds its message, where identifiers tell.
pub(crate) fn rules<'a>() -> [&'a dyn JoinRule<Deliveries<'a>>; 3] {
    [&ByMessageId, &ByIdInLocation, &BySubmittedId]
}

/// Joins deliveries and reports to their messages by identifiers. Message ids come first: what they join is no more
/// without a submission.
pub(crate) fn join_by_ids(clusters: &mut Clusters<'_>, joins: &mut Joins) {
    let [by_message_id, others @ ..] = rules();
    let fetches = clusters.index_message_ids();
    clusters.join_handovers(joins);
    for (key, cluster) in fetches {
        let delivery = Delivery {
            cluster,
            fetched_id: Some(key),
            notified: None,
        };
        join(&[by_message_id], clusters, &delivery, joins);
    }
    reports::join(clusters, joins);
    clusters.by_local_parts(joins);
    let mut orphans = clusters.ids();
    orphans.retain(|id| clusters.get(*id).is_some_and(is_orphan));
    if orphans.is_empty() {
        return;
    }
    clusters.index_submitted_ids();
    for cluster in orphans {
        let delivery = Delivery {
            cluster,
            fetched_id: None,
            notified: clusters.announcement(cluster),
        };
        join(&others, clusters, &delivery, joins);
    }
}

fn join<'a>(
    rules: &[&dyn JoinRule<Deliveries<'a>>],
    clusters: &mut Clusters<'a>,
    delivery: &Delivery<'a>,
    joins: &mut Joins,
) {
    if let Some(found) = find(rules, clusters, delivery) {
        clusters.unite(found.candidate, delivery.cluster, found.by, joins);
    }
}

fn is_orphan(cluster: &Cluster) -> bool {
    cluster.submission.is_none() && cluster.handovers.is_empty() && !cluster.threads.is_empty()
}

/// The message id that the submission was given, else the one of another delivery. Nothing that both say of themselves
/// must contradict.
struct ByMessageId;

impl<'a> JoinRule<Deliveries<'a>> for ByMessageId {
    fn by(&self) -> By {
        By::MessageId
    }

    fn candidates(&self, clusters: &mut Clusters<'a>, delivery: &Delivery<'a>) -> Vec<ClusterId> {
        let first = clusters.get(delivery.cluster).map(|cluster| cluster.first);
        let Some((key, time)) = delivery.fetched_id.zip(first) else {
            return Vec::new();
        };
        let ids = &clusters.message_ids;
        let sent = ids.accepted.near(key, time).chain(ids.handed.near(key, time));
        sent.chain(ids.fetched.near(key, time)).collect()
    }

    fn agreement(
        &self,
        clusters: &mut Clusters<'a>,
        delivery: &Delivery<'a>,
        other: ClusterId,
    ) -> Option<()> {
        let is_itself = clusters.root(other) == clusters.root(delivery.cluster);
        (!is_itself && !clusters.contradict(other, delivery.cluster)).then_some(())
    }
}

/// The message id that the submission was given, as a word of the content location: for the same recipient or from the
/// same sender.
struct ByIdInLocation;

impl<'a> JoinRule<Deliveries<'a>> for ByIdInLocation {
    fn by(&self) -> By {
        By::MessageIdInLocation
    }

    fn candidates(&self, clusters: &mut Clusters<'a>, delivery: &Delivery<'a>) -> Vec<ClusterId> {
        let first = clusters.get(delivery.cluster).map(|cluster| cluster.first);
        let url = delivery.notified.and_then(|notified| notified.location());
        let Some((url, first)) = url.zip(first) else {
            return Vec::new();
        };
        let location = address::location(url);
        let is_between = |octet: char| matches!(octet, '/' | '?' | '&' | '=' | ';' | ',' | '#');
        let words = location.path.split(is_between).map(address::message_id);
        let words = words.filter(|word| word.len() >= MIN_WORD).take(MAX_WORDS);
        let keys = words.map(|word| clusters.snapshot.key(word));
        let accepted = &clusters.message_ids.accepted;
        keys.flat_map(|key| accepted.near(key, first)).collect()
    }

    fn agreement(
        &self,
        clusters: &mut Clusters<'a>,
        delivery: &Delivery<'a>,
        other: ClusterId,
    ) -> Option<()> {
        let own = delivery.cluster;
        let may_be = !clusters.contradict(other, own);
        let is_named = may_be && (clusters.is_for(other, own) || clusters.is_from(other, own));
        is_named.then_some(())
    }
}

/// The submission's transaction id, used again soon for the same recipient.
struct BySubmittedId;

impl<'a> JoinRule<Deliveries<'a>> for BySubmittedId {
    fn by(&self) -> By {
        By::SubmittedTransactionId
    }

    fn candidates(&self, clusters: &mut Clusters<'a>, delivery: &Delivery<'a>) -> Vec<ClusterId> {
        let first = clusters.get(delivery.cluster).map(|cluster| cluster.first);
        let id = delivery.notified.and_then(|notified| notified.transaction_id());
        let Some((id, first)) = id.zip(first) else {
            return Vec::new();
        };
        let key = clusters.snapshot.key(id);
        clusters.submitted_ids.near(key, first).collect()
    }

    fn agreement(
        &self,
        clusters: &mut Clusters<'a>,
        delivery: &Delivery<'a>,
        other: ClusterId,
    ) -> Option<()> {
        let own = delivery.cluster;
        let announced = clusters.get(own)?.first;
        let sent = clusters.get(other)?.first;
        let is_soon = (0..=USED_AGAIN_WITHIN).contains(&announced.since(sent));
        let agrees = is_soon && clusters.is_for(other, own) && !clusters.contradict(other, own);
        agrees.then_some(())
    }
}
