//! Submissions and deliveries that share no identifier: joined by what they carry.
//!
//! Strong: the same parts, and no other sender. Weak: sender, subject, size and recipient, nearest in time; for
//! MMSCs that notify under ids of their own, and for messages that are never fetched. Both are decided when all
//! of a message's time has passed, in the order of time, so that the order of arrival plays no part. Of two
//! candidates that fit equally well neither is taken, and nearness decides nothing between those for other recipients.

use std::collections::BTreeSet;

use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::{ClusterId, StepId};
use crate::correlate::group::index::{Few, Index, KeySet, Keys};
use crate::correlate::group::join::{By, CLOCK_SKEW, Joins, clearly_nearer};
use crate::correlate::group::offers::{Origins, offer, wish};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::store::contents::Content;
use crate::model::{CaptureIndex, Host, Nanoseconds, Network, Timestamp};

/// By how many octets the announced size may exceed the body: the headers (TS 23.140 counts them, some MMSCs too).
const SIZE_SLACK: u64 = 1024;

/// How soon after its submission a message is announced at once, in nanoseconds.
const AT_ONCE: Nanoseconds = 60 * Timestamp::SECOND;

/// Joins by content, then by likeness.
pub(crate) fn join_by_content(clusters: &mut Clusters<'_>, joins: &mut Joins) {
    let mut matcher = ContentMatcher::new(clusters);
    for by in [By::Digest, By::Likeness] {
        matcher.round(clusters, by, joins);
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
    pub(crate) recipient: Option<u64>,
    /// All recipients, as what was fetched lists them.
    pub(crate) listed: KeySet,
    /// Octets as announced.
    pub(crate) announced: Option<u64>,
}

/// Under what an offer is found. With the recipient, it is found among any number that one sender sends at once.
#[derive(Hash)]
enum LookupKey {
    Content(u64),
    ContentTo(u64, u64),
    Subject(u64, Option<u64>),
    SubjectTo(u64, u64),
    To(u64, u64),
    AnybodyTo(u64),
}

struct ContentMatcher<'a> {
    offers: Vec<SubmissionCandidate<'a>>,
    wishes: Vec<OrphanDelivery>,
    shelf: Index<usize>,
}

impl<'a> ContentMatcher<'a> {
    /// Most submissions and deliveries have found each other by an id; of the others, submissions are put up that
    /// some delivery may ask for.
    fn new(clusters: &mut Clusters<'a>) -> Self {
        let (snapshot, threads) = (clusters.snapshot, clusters.threads);
        let mut matcher = Self {
            offers: Vec::new(),
            wishes: Vec::new(),
            shelf: Index::default(),
        };
        let ids = clusters.ids();
        for id in &ids {
            let cluster = clusters.get(*id);
            let unsent =
                cluster.filter(|cluster| cluster.submission.is_none() && !cluster.threads.is_empty());
            let wish = unsent.map(|cluster| wish(*id, cluster, snapshot, threads));
            matcher.wishes.extend(wish);
        }
        if matcher.wishes.is_empty() {
            return matcher;
        }
        let finds = matcher.wishes.iter().flat_map(OrphanDelivery::finds);
        let wanted: Keys = finds.map(|find| snapshot.key(find)).collect();
        let origins = Origins::new(clusters);
        for id in ids {
            let Some(cluster) = clusters.get(id).filter(|cluster| cluster.submission.is_some()) else {
                continue;
            };
            let mut offer = offer(id, cluster, snapshot, threads, &origins);
            let keys = offer.finds().map(|find| snapshot.key(find));
            let keys: Few<u64> = keys.filter(|key| wanted.contains(key)).collect();
            if !keys.is_empty() {
                offer.take_texts(snapshot);
                for key in keys {
                    matcher.shelf.add(key, offer.traits.time, matcher.offers.len());
                }
                matcher.offers.push(offer);
            }
        }
        matcher.shelf.sort();
        matcher
    }

    /// Every delivery that has no submission yet looks for one, in time order.
    fn round(&mut self, clusters: &mut Clusters<'_>, by: By, joins: &mut Joins) {
        let mut wishes = std::mem::take(&mut self.wishes);
        wishes.retain(|wish| {
            let candidates = self.candidates(clusters, wish, by);
            match self.choose(wish, candidates) {
                Choice::None => return true,
                Choice::Join(offer) => self.join(clusters, offer, wish, by, joins),
                Choice::Ambiguous(one, other) => {
                    let mut step = |offer: usize| {
                        let id = self.offers.get(offer).map(|offer| offer.traits.cluster)?;
                        clusters.get(id)?.submission
                    };
                    if let Some(of) = wish.step {
                        let (one, other) = (step(one), step(other));
                        joins.ambiguous(of, [one, other], by);
                    }
                }
            }
            false
        });
        self.wishes = wishes;
    }

    fn candidates(&self, clusters: &Clusters<'_>, wish: &OrphanDelivery, by: By) -> BTreeSet<usize> {
        let keys = match by {
            By::Digest => wish.finds_by_content(),
            _ => wish.finds_by_likeness(),
        };
        let time = wish.traits.time;
        let keys = keys.into_iter().flatten().map(|find| clusters.snapshot.key(find));
        let found = keys.flat_map(|key| self.shelf.near(key, time));
        let fits = |offer: &SubmissionCandidate<'_>| match by {
            By::Digest => wish.has_same_content(offer),
            _ => wish.is_like(offer),
        };
        found
            .filter(|offer| self.offers.get(*offer).is_some_and(fits))
            .collect()
    }

    /// The candidate whose recipient still lacks a delivery, nearest in time; where none lacks one, the one that
    /// this recipient had: it is notified again under new ids.
    fn choose(&self, wish: &OrphanDelivery, candidates: BTreeSet<usize>) -> Choice {
        let that = |is: &dyn Fn(&SubmissionCandidate<'_>) -> bool| {
            let offers = candidates.iter().copied();
            offers
                .filter(|offer| self.offers.get(*offer).is_some_and(is))
                .collect::<Vec<_>>()
        };
        let mut pool = that(&|offer| offer.is_free_for(wish));
        if pool.is_empty() {
            pool = that(&|offer| wish.is_again_for(offer));
        }
        let distance = |offer: &usize| {
            let offer = self.offers.get(*offer);
            offer.map_or(Nanoseconds::MAX, |offer| {
                wish.traits.time.since(offer.traits.time).saturating_abs()
            })
        };
        pool.sort_by_key(|offer| (distance(offer), *offer));
        match pool.as_slice() {
            [] => Choice::None,
            [only] => Choice::Join(*only),
            [best, second, ..] => {
                let in_order = clearly_nearer(distance(best), distance(second));
                let rivals = pool.get(1..).unwrap_or_default();
                match in_order
                    && rivals
                        .iter()
                        .all(|rival| self.is_in_sequence(wish, *best, *rival))
                {
                    true => Choice::Join(*best),
                    false => Choice::Ambiguous(*best, *second),
                }
            }
        }
    }

    /// Whether time tells which of two submissions a delivery belongs to: where both are for its recipient, one after
    /// the other. Of a mass mailing, which of the recipients it is cannot be known.
    fn is_in_sequence(&self, wish: &OrphanDelivery, one: usize, other: usize) -> bool {
        let recipients = |offer: usize| self.offers.get(offer).map(|offer| &offer.recipients);
        wish.recipient.is_some() || recipients(one) == recipients(other)
    }

    fn join(
        &mut self,
        clusters: &mut Clusters<'_>,
        offer: usize,
        wish: &OrphanDelivery,
        by: By,
        joins: &mut Joins,
    ) {
        let Some(offer) = self.offers.get_mut(offer) else {
            return;
        };
        match wish.recipient {
            Some(recipient) => offer.taken.insert(recipient),
            None => offer.taken_unknown += 1,
        }
        offer.traits.phones.extend(&wish.traits.phones);
        offer.announced.extend(wish.announced);
        clusters.unite(offer.traits.cluster, wish.traits.cluster, by, joins);
    }
}

enum Choice {
    Join(usize),
    None,
    Ambiguous(usize, usize),
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
    fn finds(&self) -> impl Iterator<Item = LookupKey> {
        let Traits { digest, subject, .. } = self.traits;
        let sender = self.sender();
        let content = digest.map(LookupKey::Content);
        let by_sender = sender.map(|sender| LookupKey::Subject(sender, subject));
        let to = self.recipients.iter().flat_map(move |recipient| {
            let content = digest.map(|digest| LookupKey::ContentTo(digest, recipient));
            let subject = subject.map(|subject| LookupKey::SubjectTo(subject, recipient));
            let to = sender.map_or(LookupKey::AnybodyTo(recipient), |sender| {
                LookupKey::To(sender, recipient)
            });
            content.into_iter().chain(subject).chain([to])
        });
        content.into_iter().chain(by_sender).chain(to)
    }

    fn is_free_for(&self, wish: &OrphanDelivery) -> bool {
        let places = self.recipients.len().max(1);
        match wish.recipient {
            Some(recipient) => !self.taken.contains(recipient) && self.taken_unknown < places,
            None => self.taken.len() + self.taken_unknown < places,
        }
    }
}

impl OrphanDelivery {
    /// All that it looks under.
    fn finds(&self) -> impl Iterator<Item = LookupKey> {
        let found = self
            .finds_by_content()
            .into_iter()
            .chain(self.finds_by_likeness());
        found.flatten()
    }

    fn finds_by_content(&self) -> [Option<LookupKey>; 3] {
        let digest = self.traits.digest;
        let to = digest.zip(self.recipient);
        [
            digest.map(LookupKey::Content),
            to.map(|(digest, to)| LookupKey::ContentTo(digest, to)),
            None,
        ]
    }

    fn finds_by_likeness(&self) -> [Option<LookupKey>; 3] {
        let Traits { sender, subject, .. } = self.traits;
        let to = self.recipient;
        match sender {
            Some(sender) => [
                Some(LookupKey::Subject(sender, subject)),
                to.map(|to| LookupKey::To(sender, to)),
                to.map(LookupKey::AnybodyTo),
            ],
            None => {
                let both = subject.zip(to);
                [
                    both.map(|(subject, to)| LookupKey::SubjectTo(subject, to)),
                    None,
                    None,
                ]
            }
        }
    }

    fn is_in_time(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let delay = self.traits.time.since(offer.traits.time);
        let same_clock = self.traits.capture == offer.traits.capture;
        let skew = if same_clock { 0 } else { CLOCK_SKEW };
        delay >= -skew && offer.until.is_none_or(|until| self.traits.time <= until)
    }

    /// Whether its recipients do not contradict: those that what was fetched lists go before the number that was pushed
    /// to. What is forwarded may still list those it was first sent to; then the number tells.
    fn may_be_for(&self, offer: &SubmissionCandidate<'_>) -> bool {
        offer.recipients.is_empty()
            || match self.listed.is_empty() {
                true => self.recipient.is_none_or(|one| offer.recipients.contains(one)),
                false => self.lists_only(offer) || offer.forward && self.is_certainly_for(offer),
            }
    }

    /// Whether what was fetched lists recipients, all of them the submission's.
    fn lists_only(&self, offer: &SubmissionCandidate<'_>) -> bool {
        !self.listed.is_empty() && self.listed.is_subset(&offer.recipients)
    }

    fn is_certainly_for(&self, offer: &SubmissionCandidate<'_>) -> bool {
        self.recipient
            .is_some_and(|recipient| offer.recipients.contains(recipient))
    }

    /// Whether it is for a recipient, or at a phone, that has a delivery already: more of that one.
    fn is_again_for(&self, offer: &SubmissionCandidate<'_>) -> bool {
        self.recipient.is_some() || !self.traits.phones.is_disjoint(&offer.traits.phones)
    }

    fn has_same_content(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let (ours, theirs) = (&self.traits, &offer.traits);
        let same_sender = ours.sender.zip(offer.sender()).map(|(a, b)| a == b);
        let is_named = same_sender == Some(true) || self.is_certainly_for(offer) || self.lists_only(offer);
        let same = ours.digest.is_some() && ours.digest == theirs.digest;
        same && same_sender != Some(false)
            && (is_named || ours.meets(theirs))
            && self.may_be_for(offer)
            && self.is_in_time(offer)
    }

    fn is_like(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let same_sender = match (self.traits.sender, offer.sender()) {
            (Some(a), Some(b)) => a == b,
            (Some(_), None) => self.is_certainly_for(offer),
            // Hidden: the recipient and the subject make up for it.
            (None, _) => self.traits.subject.is_some() && self.is_certainly_for(offer),
        };
        let same_subject = match (self.traits.subject, offer.traits.subject) {
            (None, Some(_)) => self.is_certainly_for(offer),
            (Some(_), None) => offer.forward,
            (a, b) => a == b,
        };
        same_sender
            && same_subject
            && !offer.refused
            && self.may_be_for(offer)
            && self.is_in_time(offer)
            && self.has_like_size(offer)
            && !self.is_announced_otherwise(offer)
            && self.may_have_content_of(offer)
    }

    /// Whether it announces another size than the delivery of this submission that was announced before.
    fn is_announced_otherwise(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let announced = self.announced.filter(|_| !offer.announced.is_empty());
        announced.is_some_and(|announced| !offer.announced.contains(&announced))
    }

    /// Without a size on both sides only the recipient can make up for it. Without a subject, headers that are announced
    /// with the body could as well be another text, unless it follows at once.
    fn has_like_size(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let Some(size) = offer.traits.size else {
            return self.is_certainly_for(offer);
        };
        let fetched = |f: u64| is_announced_size(f, size) || is_announced_size(size, f);
        let delay = self.traits.time.since(offer.traits.time).saturating_abs();
        let is_sure = self.traits.subject.is_some() && self.traits.subject == offer.traits.subject;
        let may_have_headers = is_sure || delay <= AT_ONCE;
        let is_announced =
            |announced: u64| announced == size || may_have_headers && is_announced_size(announced, size);
        match (self.announced, self.traits.size) {
            (None, None) => self.is_certainly_for(offer),
            (announced, size_fetched) => {
                announced.is_some_and(is_announced) || size_fetched.is_some_and(fetched)
            }
        }
    }

    /// Other parts are another message, unless the MMSC adapted them: then the texts stay.
    fn may_have_content_of(&self, offer: &SubmissionCandidate<'_>) -> bool {
        let texts = || {
            self.traits
                .texts
                .iter()
                .any(|text| offer.traits.texts.contains(text))
        };
        match (self.traits.digest, offer.traits.digest) {
            (Some(a), Some(b)) => a == b || texts(),
            _ => true,
        }
    }
}

/// Whether a body of this size may have been announced with that one: the announced one may count the headers.
pub(crate) fn is_announced_size(announced: u64, size: u64) -> bool {
    let slack = SIZE_SLACK.max(size / 10);
    (size..=size.saturating_add(slack)).contains(&announced)
}
