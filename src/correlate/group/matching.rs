//! Submissions and deliveries that share no identifier: joined by what they carry.
//!
//! Strong: the same parts, and no other sender. Weak: sender, subject, size and recipient, nearest in time; for
//! MMSCs that notify under ids of their own, and for messages that are never fetched. Both are decided when all
//! of a message's time has passed, in the order of time, so that the order of arrival plays no part. Of two
//! candidates that fit equally well neither is taken, and nearness decides nothing between those for other recipients.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use crate::correlate::group::candidates::{self, Origins};
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::{ClusterId, StepId};
use crate::correlate::group::index::{Few, Index, KeySet, Keys};
use crate::correlate::group::join::{By, CLOCK_SKEW, Found, JoinRule, Joins, Search, clearly_nearer, find};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::store::contents::Content;
use crate::model::{CaptureIndex, Host, Nanoseconds, Network, Timestamp, tree};

/// By how many octets the announced size may exceed the body: the headers (TS 23.140 counts them, some MMSCs too).
const SIZE_SLACK: u64 = 1024;

/// How soon after its submission a message is announced at once, in nanoseconds.
const AT_ONCE: Nanoseconds = 60 * Timestamp::SECOND;

/// The search of a delivery for a submission that has no identifier in common with it.
pub(crate) struct Matching<'a>(PhantomData<&'a ()>);

impl<'a> Search for Matching<'a> {
    type Context = ContentMatcher<'a>;
    type Seeker = OrphanDelivery;
    type Candidate = usize;
    type Fit = Standing;

    fn distance(matcher: &ContentMatcher<'a>, delivery: &OrphanDelivery, candidate: usize) -> Nanoseconds {
        matcher.distance(delivery, candidate)
    }

    /// One after the other the nearest is meant, if it is clearly nearer.
    fn is_rival(matcher: &ContentMatcher<'a>, delivery: &OrphanDelivery, best: usize, other: usize) -> bool {
        let distance = |candidate| matcher.distance(delivery, candidate);
        !(clearly_nearer(distance(best), distance(other)) && matcher.is_in_sequence(delivery, best, other))
    }
}

/// By what a delivery finds its submission, where no identifier tells.
pub(crate) fn rules<'a>() -> [&'a dyn JoinRule<Matching<'a>>; 2] {
    [&ByDigest, &ByLikeness]
}

/// Joins by content, then by likeness.
pub(crate) fn join_by_content(clusters: &mut Clusters<'_>, joins: &mut Joins) {
    for seekers in [Seekers::Handovers, Seekers::Deliveries] {
        let mut matcher = ContentMatcher::new(clusters, seekers);
        for rule in rules() {
            matcher.round(clusters, rule, joins);
        }
        if seekers == Seekers::Handovers {
            clusters.mails_from_outside();
        }
    }
}

/// Which clusters look for the one they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seekers {
    /// Handovers, for the submission before them.
    Handovers,
    /// Deliveries, for the submission or the handover before them.
    Deliveries,
}

impl Seekers {
    fn seeks(self, cluster: &Cluster) -> bool {
        let is_handed_over = !cluster.handovers.is_empty();
        cluster.submission.is_none()
            && match self {
                Self::Handovers => is_handed_over,
                Self::Deliveries => !is_handed_over && !cluster.threads.is_empty(),
            }
    }

    fn may_find(self, cluster: &Cluster) -> bool {
        cluster.submission.is_some() || self == Self::Deliveries && !cluster.handovers.is_empty()
    }
}

/// What a submission is to a delivery that fits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It has a delivery to this recipient already, who is notified again under new ids.
    HasOne,
    /// It lacks a delivery.
    Lacks,
}

/// The same parts, and no other sender.
struct ByDigest;

impl<'a> JoinRule<Matching<'a>> for ByDigest {
    fn by(&self) -> By {
        By::Digest
    }

    fn candidates(&self, matcher: &mut ContentMatcher<'a>, delivery: &OrphanDelivery) -> Vec<usize> {
        matcher.under(delivery.keys_by_content(), delivery.traits.time)
    }

    fn agreement(
        &self,
        matcher: &mut ContentMatcher<'a>,
        delivery: &OrphanDelivery,
        candidate: usize,
    ) -> Option<Standing> {
        let submission = matcher.candidates.get(candidate)?;
        let standing = delivery.standing(submission);
        standing.filter(|_| delivery.has_same_content(submission))
    }
}

/// Sender, subject, size and recipient.
struct ByLikeness;

impl<'a> JoinRule<Matching<'a>> for ByLikeness {
    fn by(&self) -> By {
        By::Likeness
    }

    fn candidates(&self, matcher: &mut ContentMatcher<'a>, delivery: &OrphanDelivery) -> Vec<usize> {
        matcher.under(delivery.keys_by_likeness(), delivery.traits.time)
    }

    fn agreement(
        &self,
        matcher: &mut ContentMatcher<'a>,
        delivery: &OrphanDelivery,
        candidate: usize,
    ) -> Option<Standing> {
        let submission = matcher.candidates.get(candidate)?;
        let standing = delivery.standing(submission);
        standing.filter(|_| delivery.is_like(submission))
    }
}

/// What a submission or a delivery carries. Addresses and texts are keys.
#[derive(Debug, Default)]
pub(crate) struct Traits {
    pub(crate) cluster: ClusterId,
    pub(crate) time: Timestamp,
    pub(crate) capture: CaptureIndex,
    pub(crate) sender: Option<u64>,
    pub(crate) subject: Option<u64>,
    /// Octets of the body.
    pub(crate) size: Option<u64>,
    pub(crate) digest: Option<u64>,
    /// The media, which are the same on every interface.
    pub(crate) media: Option<u64>,
    /// Whether it was seen on MM1.
    pub(crate) on_mm1: bool,
    /// The texts among the parts: an MMSC that adapts pictures leaves them as they are.
    pub(crate) texts: Vec<u64>,
    /// The networks that its phones were seen in; none where only numbers are known.
    pub(crate) networks: Few<Network>,
    /// The recipients' phones, where their addresses are known.
    pub(crate) phones: BTreeSet<Host>,
}

impl Traits {
    /// Whether both may be of one network: what numbers do not tell, an address of another network tells still less.
    fn meets(&self, other: &Self) -> bool {
        let mut networks = self.networks.iter();
        self.networks.is_empty()
            || other.networks.is_empty()
            || networks.any(|network| other.networks.contains(network))
    }
}

/// A submission as a candidate.
#[derive(Debug, Default)]
pub(crate) struct SubmissionCandidate<'a> {
    /// The body, whose texts are looked at only where somebody asks for it.
    pub(crate) content: Option<&'a Content>,
    pub(crate) traits: Traits,
    pub(crate) until: Option<Timestamp>,
    pub(crate) refused: bool,
    pub(crate) forward: bool,
    pub(crate) stamped: Option<u64>,
    pub(crate) recipients: KeySet,
    /// Recipients that have a delivery.
    pub(crate) taken: KeySet,
    /// Deliveries to recipients that are not known.
    pub(crate) taken_unknown: usize,
    /// The sizes that its notifications announce.
    pub(crate) announced: Few<u64>,
}

/// A delivery that looks for its submission.
#[derive(Debug, Default)]
pub(crate) struct OrphanDelivery {
    pub(crate) traits: Traits,
    pub(crate) step: Option<StepId>,
    pub(crate) is_handover: bool,
    pub(crate) recipient: Option<u64>,
    /// All recipients, as what was fetched lists them.
    pub(crate) listed: KeySet,
    /// Octets as announced.
    pub(crate) announced: Option<u64>,
}

/// Under what an candidate is found. With the recipient, it is found among any number that one sender sends at once.
#[derive(Hash)]
enum LookupKey {
    Content(u64),
    ContentTo(u64, u64),
    Media(u64),
    MediaTo(u64, u64),
    Subject(u64, Option<u64>),
    SubjectTo(u64, u64),
    To(u64, u64),
    AnybodyTo(u64),
}

/// Submissions and the deliveries that have none.
pub(crate) struct ContentMatcher<'a> {
    snapshot: &'a Snapshot<'a>,
    candidates: Vec<SubmissionCandidate<'a>>,
    orphans: Vec<OrphanDelivery>,
    /// Candidates by all that they may be found under.
    index: Index<usize>,
}

impl<'a> ContentMatcher<'a> {
    /// Most submissions and deliveries have found each other by an id; of the others, submissions are put up that
    /// some delivery may ask for.
    fn new(clusters: &mut Clusters<'a>, seekers: Seekers) -> Self {
        let (snapshot, threads) = (clusters.snapshot, clusters.threads);
        let mut matcher = Self {
            snapshot,
            candidates: Vec::new(),
            orphans: Vec::new(),
            index: Index::default(),
        };
        let ids = clusters.ids();
        for id in &ids {
            let cluster = clusters.get(*id);
            let seeking = cluster.filter(|cluster| seekers.seeks(cluster));
            let orphan = seeking.map(|cluster| match seekers {
                Seekers::Handovers => candidates::handover(*id, cluster, snapshot),
                Seekers::Deliveries => candidates::delivery(*id, cluster, snapshot, threads),
            });
            matcher.orphans.extend(orphan);
        }
        if matcher.orphans.is_empty() {
            return matcher;
        }
        let finds = matcher.orphans.iter().flat_map(OrphanDelivery::keys);
        let wanted: Keys = finds.map(|find| snapshot.key(find)).collect();
        let origins = Origins::new(clusters);
        for id in ids {
            let Some(cluster) = clusters.get(id).filter(|cluster| seekers.may_find(cluster)) else {
                continue;
            };
            let mut candidate = candidates::submission(id, cluster, snapshot, threads, &origins);
            let keys = candidate.keys().map(|find| snapshot.key(find));
            let keys: Few<u64> = keys.filter(|key| wanted.contains(key)).collect();
            if !keys.is_empty() {
                candidate.take_texts(snapshot);
                for key in keys {
                    matcher
                        .index
                        .add(key, candidate.traits.time, matcher.candidates.len());
                }
                matcher.candidates.push(candidate);
            }
        }
        matcher.index.sort();
        matcher
    }

    /// Every delivery that has no submission yet looks for one, in time order.
    fn round(&mut self, clusters: &mut Clusters<'a>, rule: &dyn JoinRule<Matching<'a>>, joins: &mut Joins) {
        let mut orphans = std::mem::take(&mut self.orphans);
        orphans.retain(|delivery| match find(&[rule], self, delivery) {
            None => true,
            Some(Found {
                candidate,
                rival: Some(rival),
                by,
                ..
            }) => {
                let mut step = |candidate: usize| {
                    let id = self.candidates.get(candidate)?.traits.cluster;
                    let cluster = clusters.get(id)?;
                    cluster.submission.or(cluster.handovers.first().copied())
                };
                if let Some(of) = delivery.step {
                    joins.ambiguous(of, [step(candidate), step(rival)], by);
                }
                false
            }
            Some(found) => {
                self.join(clusters, found.candidate, delivery, found.by, joins);
                false
            }
        });
        self.orphans = orphans;
    }

    /// What is found under any of these, nearest to a time, each once.
    fn under(&self, keys: [Option<LookupKey>; 4], time: Timestamp) -> Vec<usize> {
        let keys = keys.into_iter().flatten().map(|key| self.snapshot.key(key));
        let found: BTreeSet<usize> = tree(keys.flat_map(|key| self.index.near(key, time)));
        found.into_iter().collect()
    }

    fn distance(&self, delivery: &OrphanDelivery, candidate: usize) -> Nanoseconds {
        let candidate = self.candidates.get(candidate);
        candidate.map_or(Nanoseconds::MAX, |candidate| {
            delivery.traits.time.since(candidate.traits.time).saturating_abs()
        })
    }

    /// Whether time tells which of two submissions a delivery belongs to: where both are for its recipient, one after
    /// the other. Of a mass mailing, which of the recipients it is cannot be known.
    fn is_in_sequence(&self, delivery: &OrphanDelivery, one: usize, other: usize) -> bool {
        let recipients = |candidate: usize| {
            self.candidates
                .get(candidate)
                .map(|candidate| &candidate.recipients)
        };
        delivery.recipient.is_some() || recipients(one) == recipients(other)
    }

    fn join(
        &mut self,
        clusters: &mut Clusters<'_>,
        candidate: usize,
        delivery: &OrphanDelivery,
        by: By,
        joins: &mut Joins,
    ) {
        let Some(candidate) = self.candidates.get_mut(candidate) else {
            return;
        };
        match delivery.recipient {
            Some(recipient) => candidate.taken.insert(recipient),
            None => candidate.taken_unknown += 1,
        }
        let handed_over = delivery.listed.iter().filter(|_| delivery.is_handover);
        candidate.taken.extend(handed_over);
        candidate.traits.phones.extend(&delivery.traits.phones);
        candidate.announced.extend(delivery.announced);
        clusters.unite(candidate.traits.cluster, delivery.traits.cluster, by, joins);
    }
}

impl SubmissionCandidate<'_> {
    fn take_texts(&mut self, snapshot: &Snapshot<'_>) {
        if let Some(content) = self.content {
            self.traits.take_texts(content, snapshot);
        }
    }

    /// The sender as PDUs name it, else as the bearer does.
    fn sender(&self) -> Option<u64> {
        self.traits.sender.or(self.stamped)
    }

    /// All that it may be found under.
    fn keys(&self) -> impl Iterator<Item = LookupKey> {
        let Traits {
            digest,
            media,
            subject,
            ..
        } = self.traits;
        let sender = self.sender();
        let content = digest.map(LookupKey::Content);
        let content = content.into_iter().chain(media.map(LookupKey::Media));
        let by_sender = sender.map(|sender| LookupKey::Subject(sender, subject));
        let to = self.recipients.iter().flat_map(move |recipient| {
            let content = digest.map(|digest| LookupKey::ContentTo(digest, recipient));
            let media = media.map(|media| LookupKey::MediaTo(media, recipient));
            let subject = subject.map(|subject| LookupKey::SubjectTo(subject, recipient));
            let to = sender.map_or(LookupKey::AnybodyTo(recipient), |sender| {
                LookupKey::To(sender, recipient)
            });
            content.into_iter().chain(media).chain(subject).chain([to])
        });
        content.chain(by_sender).chain(to)
    }

    fn is_free_for(&self, delivery: &OrphanDelivery) -> bool {
        let places = self.recipients.len().max(1);
        match delivery.recipient {
            Some(recipient) => !self.taken.contains(recipient) && self.taken_unknown < places,
            None => self.taken.len() + self.taken_unknown < places,
        }
    }
}

impl OrphanDelivery {
    /// All that it looks under.
    fn keys(&self) -> impl Iterator<Item = LookupKey> {
        let found = self.keys_by_content().into_iter().chain(self.keys_by_likeness());
        found.flatten()
    }

    /// The recipient; of a handover to several the first.
    fn addressee(&self) -> Option<u64> {
        let first = || self.listed.iter().next().filter(|_| self.is_handover);
        self.recipient.or_else(first)
    }

    fn keys_by_content(&self) -> [Option<LookupKey>; 4] {
        let Traits { digest, media, .. } = self.traits;
        let to = |content: Option<u64>| content.zip(self.addressee());
        [
            digest.map(LookupKey::Content),
            to(digest).map(|(digest, to)| LookupKey::ContentTo(digest, to)),
            media.map(LookupKey::Media),
            to(media).map(|(media, to)| LookupKey::MediaTo(media, to)),
        ]
    }

    fn keys_by_likeness(&self) -> [Option<LookupKey>; 4] {
        let Traits { sender, subject, .. } = self.traits;
        let to = self.addressee();
        match sender {
            Some(sender) => [
                Some(LookupKey::Subject(sender, subject)),
                to.map(|to| LookupKey::To(sender, to)),
                to.map(LookupKey::AnybodyTo),
                None,
            ],
            None => {
                let both = subject.zip(to);
                [
                    both.map(|(subject, to)| LookupKey::SubjectTo(subject, to)),
                    None,
                    None,
                    None,
                ]
            }
        }
    }

    fn is_in_time(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let delay = self.traits.time.since(candidate.traits.time);
        let same_clock = self.traits.capture == candidate.traits.capture;
        let skew = if same_clock { 0 } else { CLOCK_SKEW };
        delay >= -skew && candidate.until.is_none_or(|until| self.traits.time <= until)
    }

    /// Whether its recipients do not contradict: those that what was fetched lists go before the number that was pushed
    /// to. What is forwarded may still list those it was first sent to; then the number tells.
    fn may_be_for(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        candidate.recipients.is_empty()
            || match self.listed.is_empty() {
                true => self
                    .recipient
                    .is_none_or(|one| candidate.recipients.contains(one)),
                false => self.lists_only(candidate) || candidate.forward && self.is_certainly_for(candidate),
            }
    }

    /// Whether what was fetched lists recipients, all of them the submission's.
    fn lists_only(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        !self.listed.is_empty() && self.listed.is_subset(&candidate.recipients)
    }

    fn is_certainly_for(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        match self.recipient {
            Some(recipient) => candidate.recipients.contains(recipient),
            None => self.is_handover && self.lists_only(candidate),
        }
    }

    /// What a submission is to it; none where all that are to have a delivery have one, and this one is nobody's again.
    fn standing(&self, candidate: &SubmissionCandidate<'_>) -> Option<Standing> {
        if candidate.is_free_for(self) {
            return Some(Standing::Lacks);
        }
        self.is_again_for(candidate).then_some(Standing::HasOne)
    }

    /// Whether it is for a recipient, or at a phone, that has a delivery already: more of that one.
    fn is_again_for(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        self.recipient.is_some() || !self.traits.phones.is_disjoint(&candidate.traits.phones)
    }

    fn has_same_content(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let (ours, theirs) = (&self.traits, &candidate.traits);
        let same_sender = ours.sender.zip(candidate.sender()).map(|(a, b)| a == b);
        let is_named =
            same_sender == Some(true) || self.is_certainly_for(candidate) || self.lists_only(candidate);
        let same = |ours: Option<u64>, theirs: Option<u64>| ours.is_some() && ours == theirs;
        let across = !(ours.on_mm1 && theirs.on_mm1);
        let is_same = same(ours.digest, theirs.digest) || across && same(ours.media, theirs.media);
        is_same
            && same_sender != Some(false)
            && (is_named || ours.meets(theirs))
            && self.may_be_for(candidate)
            && self.is_in_time(candidate)
    }

    fn is_like(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let same_sender = match (self.traits.sender, candidate.sender()) {
            (Some(a), Some(b)) => a == b,
            (Some(_), None) => self.is_certainly_for(candidate),
            // Hidden: the recipient and the subject make up for it.
            (None, _) => self.traits.subject.is_some() && self.is_certainly_for(candidate),
        };
        let same_subject = match (self.traits.subject, candidate.traits.subject) {
            (None, Some(_)) => self.is_certainly_for(candidate),
            (Some(_), None) => candidate.forward,
            (a, b) => a == b,
        };
        same_sender
            && same_subject
            && !candidate.refused
            && self.may_be_for(candidate)
            && self.is_in_time(candidate)
            && self.has_like_size(candidate)
            && !self.is_announced_otherwise(candidate)
            && self.may_have_content_of(candidate)
    }

    /// Whether it announces another size than the delivery of this submission that was announced before.
    fn is_announced_otherwise(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let announced = self.announced.filter(|_| !candidate.announced.is_empty());
        announced.is_some_and(|announced| !candidate.announced.contains(&announced))
    }

    /// Without a size on both sides only the recipient can make up for it. Without a subject, headers that are announced
    /// with the body could as well be another text, unless it follows at once.
    fn has_like_size(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let Some(size) = candidate.traits.size else {
            return self.is_certainly_for(candidate);
        };
        let fetched = |f: u64| is_announced_size(f, size) || is_announced_size(size, f);
        let delay = self.traits.time.since(candidate.traits.time).saturating_abs();
        let is_sure = self.traits.subject.is_some() && self.traits.subject == candidate.traits.subject;
        let may_have_headers = is_sure || delay <= AT_ONCE;
        let is_announced =
            |announced: u64| announced == size || may_have_headers && is_announced_size(announced, size);
        match (self.announced, self.traits.size) {
            (None, None) => self.is_certainly_for(candidate),
            (announced, size_fetched) => {
                announced.is_some_and(is_announced) || size_fetched.is_some_and(fetched)
            }
        }
    }

    /// Other parts are another message, unless the MMSC adapted them: then the texts stay.
    fn may_have_content_of(&self, candidate: &SubmissionCandidate<'_>) -> bool {
        let texts = || {
            self.traits
                .texts
                .iter()
                .any(|text| candidate.traits.texts.contains(text))
        };
        let across = !(self.traits.on_mm1 && candidate.traits.on_mm1);
        match (self.traits.digest, candidate.traits.digest) {
            (Some(a), Some(b)) => a == b || across && self.traits.media == candidate.traits.media || texts(),
            _ => true,
        }
    }
}

/// Whether a body of this size may have been announced with that one: the announced one may count the headers.
pub(crate) fn is_announced_size(announced: u64, size: u64) -> bool {
    let slack = SIZE_SLACK.max(size / 10);
    (size..=size.saturating_add(slack)).contains(&announced)
}
