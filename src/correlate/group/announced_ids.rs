//! Identifiers of the submission that the MMSC uses again in the notification: the message id inside the content location,
//! or the submission's transaction id. They join what no message id does, for the same recipient.

use crate::correlate::group::clusters::{Cluster, Clusters};
use crate::correlate::group::ids::ClusterId;
use crate::correlate::group::index::Index;
use crate::correlate::group::join::{By, Joins};
use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::correlate::store::pdus::Notified;
use crate::model::{Nanoseconds, Timestamp};

/// How many words of a URL are looked up, and how short one is no id.
const MAX_WORDS: usize = 16;
const MIN_WORD: usize = 4;

/// How long after a submission its transaction id is used again, in nanoseconds: stacks use one for another message soon.
const USED_AGAIN_WITHIN: Nanoseconds = 3600 * Timestamp::SECOND;

impl<'a> Clusters<'a> {
    /// Unites deliveries that have no submission with those whose ids their notifications repeat. `accepted` are the
    /// clusters by the message ids that MMSCs gave.
    pub(crate) fn by_announced_ids(&mut self, accepted: &Index<ClusterId>, joins: &mut Joins) {
        let orphans: Vec<ClusterId> = self.ids().into_iter().filter(|id| self.is_orphan(*id)).collect();
        if orphans.is_empty() {
            return;
        }
        let submitted = self.submitted_ids();
        for id in orphans {
            let Some(notified) = self
                .get(id)
                .cloned()
                .and_then(|cluster| self.announcement(&cluster))
            else {
                continue;
            };
            let found = self
                .by_id_in_location(id, notified, accepted)
                .map(|other| (other, By::MessageIdInLocation))
                .or_else(|| {
                    Some((
                        self.by_submitted_id(id, notified, &submitted)?,
                        By::SubmittedTransactionId,
                    ))
                });
            if let Some((other, by)) = found {
                self.unite(other, id, by, joins);
            }
        }
    }

    fn is_orphan(&mut self, id: ClusterId) -> bool {
        self.get(id)
            .is_some_and(|cluster| cluster.submission.is_none() && !cluster.threads.is_empty())
    }

    fn announcement(&self, cluster: &Cluster) -> Option<Notified<'a>> {
        let thread = self.threads.get(*cluster.threads.first()?)?;
        self.snapshot.leg(*thread.notifications.first()?).notified()
    }

    /// Submissions by their transaction ids.
    fn submitted_ids(&mut self) -> Index<ClusterId> {
        let mut index = Index::default();
        for id in self.ids() {
            let Some(cluster) = self.get(id) else { continue };
            let (step, first) = (cluster.submission, cluster.first);
            let leg = step.map(|step| self.snapshot.leg(step));
            let send = leg.and_then(Leg::send);
            if let Some(transaction_id) = send.and_then(|send| send.transaction_id()) {
                index.add(self.snapshot.key(transaction_id), first, id);
            }
        }
        index.sort();
        index
    }

    fn by_id_in_location(
        &mut self,
        id: ClusterId,
        notified: Notified<'_>,
        accepted: &Index<ClusterId>,
    ) -> Option<ClusterId> {
        let first = self.get(id)?.first;
        let location = address::location(notified.location()?);
        let is_between = |octet: char| matches!(octet, '/' | '?' | '&' | '=' | ';' | ',' | '#');
        let words = location.path.split(is_between).map(address::message_id);
        let words = words.filter(|word| word.len() >= MIN_WORD).take(MAX_WORDS);
        let keys: Vec<u64> = words.map(|word| self.snapshot.key(word)).collect();
        let mut candidates = keys.into_iter().flat_map(|key| accepted.near(key, first));
        candidates.find(|other| {
            !self.contradict(*other, id)
                && (self.is_certainly_for(*other, id) || self.is_certainly_from(*other, id))
        })
    }

    fn by_submitted_id(
        &mut self,
        id: ClusterId,
        notified: Notified<'_>,
        submitted: &Index<ClusterId>,
    ) -> Option<ClusterId> {
        let first = self.get(id)?.first;
        let key = self.snapshot.key(notified.transaction_id()?);
        submitted.near(key, first).find(|other| {
            let sent = self.get(*other).map(|sent| sent.first);
            let is_soon = sent.is_some_and(|sent| (0..=USED_AGAIN_WITHIN).contains(&first.since(sent)));
            is_soon && self.is_certainly_for(*other, id) && !self.contradict(*other, id)
        })
    }

    /// Whether a delivery's recipient is one of a submission's.
    fn is_certainly_for(&mut self, submission: ClusterId, delivery: ClusterId) -> bool {
        let delivered = self.get(delivery).map(|cluster| cluster.recipients.clone());
        let sent = self.get(submission).map(|cluster| &cluster.recipients);
        delivered
            .zip(sent)
            .is_some_and(|(delivered, sent)| !delivered.is_disjoint(sent))
    }

    fn is_certainly_from(&mut self, submission: ClusterId, delivery: ClusterId) -> bool {
        let sender = |cluster: &Cluster| cluster.sender.or(cluster.stamped);
        let sent = self.get(submission).and_then(sender);
        sent.is_some() && sent == self.get(delivery).and_then(sender)
    }
}
