//! What submissions and deliveries carry, drawn from their PDUs for matching.

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::ClusterId;
use crate::correlate::group::index::ByKey;
use crate::correlate::group::join::CLOCK_SKEW;
use crate::correlate::group::matching::{OrphanDelivery, SubmissionCandidate, Traits};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::record::address;
use crate::correlate::store::contents::Content;
use crate::correlate::store::leg::{Leg, expiry_time};
use crate::correlate::store::pdus::Retrieved;
use crate::model::Interface;

/// How many texts of a body are compared: a message has a few.
const MAX_TEXTS: usize = 8;

/// A submission as a candidate.
pub(crate) fn submission<'a>(
    id: ClusterId,
    cluster: &Cluster,
    snapshot: &Snapshot<'a>,
    threads: &Threads,
    origins: &Origins<'a>,
) -> SubmissionCandidate<'a> {
    let steps = || {
        let handovers = cluster.handovers.iter().copied();
        cluster
            .submission
            .into_iter()
            .chain(handovers.filter(|_| cluster.submission.is_none()))
    };
    let legs = || steps().flat_map(|step| snapshot.legs_of(step));
    let send = legs().filter_map(Leg::sent).max_by_key(|send| send.complete);
    let first = legs().map(Leg::first).min().unwrap_or_default();
    let delivered = || cluster.threads.iter().filter_map(|thread| threads.get(*thread));
    let mut candidate = SubmissionCandidate {
        traits: Traits {
            cluster: id,
            time: first.time,
            capture: first.capture,
            sender: cluster.sender,
            networks: legs().map(|leg| snapshot.keys.network(leg)).collect(),
            on_mm1: legs().all(|leg| leg.interface() == Interface::Mm1),
            phones: delivered()
                .flat_map(|thread| thread.phones.iter().copied())
                .collect(),
            ..Traits::default()
        },
        refused: cluster.is_refused(snapshot),
        stamped: cluster.stamped,
        recipients: cluster.recipients.clone(),
        taken: delivered().filter_map(|thread| thread.named).collect(),
        taken_unknown: delivered().filter(|thread| thread.named.is_none()).count(),
        announced: delivered()
            .flat_map(|thread| &thread.notifications)
            .filter_map(|step| snapshot.leg(*step).notified()?.size)
            .collect(),
        ..SubmissionCandidate::default()
    };
    let Some(send) = send else { return candidate };
    candidate.until = send
        .terms()
        .expiry
        .map(|expiry| expiry_time(expiry, first.time).plus(CLOCK_SKEW));
    candidate.forward = send.is_forward();
    candidate.traits.subject = send.subject().map(|subject| snapshot.key(subject));
    let content = match send.is_forward() {
        true => send.location().and_then(|url| origins.content(snapshot, url)),
        false => Some(send.content()),
    };
    if let Some(content) = content {
        candidate.traits.digest = content.digest;
        candidate.traits.media = content.media;
        candidate.traits.size = content.size.filter(|_| send.complete);
    }
    candidate.content = content;
    candidate
}

/// A delivery that looks for its submission.
pub(crate) fn delivery(
    id: ClusterId,
    cluster: &Cluster,
    snapshot: &Snapshot<'_>,
    threads: &Threads,
) -> OrphanDelivery {
    let mine = || cluster.threads.iter().filter_map(|thread| threads.get(*thread));
    let announced = || {
        let steps = mine().flat_map(|thread| &thread.notifications);
        steps.filter_map(|step| snapshot.leg(*step).notified())
    };
    let fetched = || {
        let steps = mine().flat_map(|thread| &thread.retrievals);
        steps
            .filter_map(|step| snapshot.leg(*step).retrieved())
            .filter(|retrieved| retrieved.is_ok())
    };
    let step = mine()
        .flat_map(Thread::steps)
        .min_by_key(|step| snapshot.leg(*step).first());
    let first = step.map(|step| snapshot.leg(step).first()).unwrap_or_default();
    let subject = announced()
        .find_map(|n| n.subject())
        .or_else(|| fetched().find_map(|r| r.subject()));
    let only = fetched().find_map(Retrieved::only_recipient);
    let listed = fetched().flat_map(|fetched| fetched.recipients());
    let mut orphan = OrphanDelivery {
        traits: Traits {
            cluster: id,
            time: first.time,
            capture: first.capture,
            sender: cluster.sender,
            on_mm1: true,
            subject: subject.map(|subject| snapshot.key(subject)),
            networks: mine()
                .flat_map(|thread| thread.phones.iter().map(|phone| phone.network))
                .collect(),
            phones: mine().flat_map(|thread| thread.phones.iter().copied()).collect(),
            ..Traits::default()
        },
        step,
        is_handover: false,
        recipient: mine()
            .find_map(|thread| thread.named)
            .or(only.map(|only| snapshot.address(only))),
        listed: listed.map(|recipient| snapshot.address(recipient)).collect(),
        announced: announced().find_map(|notified| notified.size),
    };
    if let Some(whole) = fetched().find(|retrieved| retrieved.complete) {
        let content = whole.content();
        orphan.traits.digest = content.digest;
        orphan.traits.media = content.media;
        orphan.traits.size = content.size;
        orphan.traits.take_texts(content, snapshot);
    }
    orphan
}

/// A handover that looks for its submission. Its size is of another coding.
pub(crate) fn handover(id: ClusterId, cluster: &Cluster, snapshot: &Snapshot<'_>) -> OrphanDelivery {
    let steps = cluster.handovers.iter().copied();
    let step = steps.min_by_key(|step| snapshot.leg(*step).first());
    let legs = || step.into_iter().flat_map(|step| snapshot.legs_of(step));
    let first = legs().map(Leg::first).min().unwrap_or_default();
    let mut orphan = OrphanDelivery {
        traits: Traits {
            cluster: id,
            time: first.time,
            capture: first.capture,
            sender: cluster.sender,
            ..Traits::default()
        },
        step,
        is_handover: true,
        recipient: None,
        listed: cluster.recipients.clone(),
        announced: None,
    };
    if let Some(sent) = legs().filter_map(Leg::sent).max_by_key(|sent| sent.complete) {
        let content = sent.content();
        orphan.traits.subject = sent.subject().map(|subject| snapshot.key(subject));
        orphan.traits.digest = content.digest;
        orphan.traits.media = content.media;
        orphan.traits.take_texts(content, snapshot);
    }
    orphan
}

impl Traits {
    pub(crate) fn take_texts(&mut self, content: &Content, snapshot: &Snapshot<'_>) {
        let texts = content.parts.text_digests().take(MAX_TEXTS);
        self.texts = texts.map(|digest| snapshot.key(digest)).collect();
    }
}

/// Where the content of a forwarded message was seen: m-forward.req only names its location.
pub(crate) struct Origins<'a>(ByKey<&'a Content>);

impl<'a> Origins<'a> {
    pub(crate) fn new(clusters: &Clusters<'a>) -> Self {
        let snapshot = clusters.snapshot;
        let forwards = snapshot
            .legs
            .iter()
            .any(|leg| leg.send().is_some_and(|send| send.is_forward()));
        let mut contents = ByKey::default();
        let fetches = clusters.threads.values().flat_map(|thread| &thread.retrievals);
        for step in fetches.filter(|_| forwards) {
            let leg = snapshot.leg(*step);
            if let (Some(url), Some(fetched)) = (leg.url(), leg.retrieved().filter(|_| leg.retrieved_whole()))
            {
                contents
                    .entry(snapshot.key(address::location(url).path))
                    .or_insert_with(|| fetched.content());
            }
        }
        Self(contents)
    }

    fn content(&self, snapshot: &Snapshot<'a>, url: &str) -> Option<&'a Content> {
        self.0.get(&snapshot.key(address::location(url).path)).copied()
    }
}
