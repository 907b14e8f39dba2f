//! Submissions and deliveries that share no identifier: joined by what they carry.
//!
//! Strong: the same parts, and no other sender. Weak: sender, subject, size and recipient, nearest in time; for
//! MMSCs that notify under ids of their own, and for messages that are never fetched. Both are decided when all
//! of a message's time has passed, in the order of time, so that the order of arrival plays no part. Of two
//! candidates that fit equally well neither is taken.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::clusters::{Cluster, ClusterId, Clusters};
use super::join::{By, Joins, clearly_nearer};
use super::leg::{Content, Leg, STATUS_OK, expiry_time};
use super::thread::Thread;
use crate::correlate::PartRecord;
use crate::model::{CaptureIndex, Nanoseconds, Timestamp};

/// How many candidates are looked at, nearest in time first.
const MAX_CANDIDATES: usize = 16;

/// By how much the clocks of two probes may differ for a delivery to seem earlier than its submission, in
/// nanoseconds. Identifiers join whatever the clocks say; likeness needs them.
const CLOCK_SKEW: Nanoseconds = 120 * Timestamp::SECOND;

/// By how many octets the announced size may exceed the body: the headers (TS 23.140 counts them, some MMSCs too).
const SIZE_SLACK: u64 = 1024;

/// Joins by content, then by likeness.
pub(super) fn join_by_content(clusters: &mut Clusters<'_>, joins: &mut Joins) {
    let mut board = Board::new(clusters);
    for by in [By::Digest, By::Likeness] {
        board.round(clusters, by, joins);
    }
}

/// A submission as a candidate.
#[derive(Debug, Default)]
struct Offer {
    cluster: ClusterId,
    time: Timestamp,
    capture: CaptureIndex,
    until: Option<Timestamp>,
    refused: bool,
    forward: bool,
    sender: Option<String>,
    stamped: Option<String>,
    recipients: BTreeSet<String>,
    subject: Option<String>,
    size: Option<u64>,
    digest: Option<u64>,
    texts: Vec<[u8; 32]>,
    /// Recipients that have a delivery.
    taken: BTreeSet<String>,
    /// Deliveries to recipients that are not known.
    taken_unknown: usize,
    /// The phones of its deliveries.
    phones: BTreeSet<IpAddr>,
}

/// A delivery that looks for its submission.
#[derive(Debug, Default)]
struct Wish {
    cluster: ClusterId,
    step: Option<usize>,
    time: Timestamp,
    capture: CaptureIndex,
    sender: Option<String>,
    recipient: Option<String>,
    subject: Option<String>,
    announced: Option<u64>,
    size: Option<u64>,
    digest: Option<u64>,
    texts: Vec<[u8; 32]>,
    phones: BTreeSet<IpAddr>,
}

struct Board {
    offers: Vec<Offer>,
    wishes: Vec<Wish>,
    shelf: Shelf,
}

/// Under what an offer is found. With the recipient, it is found among any number that one sender sends at once.
#[derive(Hash)]
enum Find<'a> {
    Content(u64),
    ContentTo(u64, &'a str),
    Subject(&'a str, Option<&'a str>),
    To(&'a str, &'a str),
    AnybodyTo(&'a str),
}

/// Offers by a key, in time order.
#[derive(Default)]
struct Shelf(HashMap<u64, Vec<(Timestamp, usize)>, ahash::RandomState>);

impl Shelf {
    fn near(&self, key: u64, time: Timestamp) -> Vec<usize> {
        let list = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let (before, after) = list.split_at(list.partition_point(|(at, _)| *at <= time));
        let nearest = before
            .iter()
            .rev()
            .take(MAX_CANDIDATES)
            .chain(after.iter().take(2));
        nearest.map(|(_, offer)| *offer).collect()
    }
}

impl Board {
    fn new(clusters: &mut Clusters<'_>) -> Self {
        let mut board = Self {
            offers: Vec::new(),
            wishes: Vec::new(),
            shelf: Shelf::default(),
        };
        let origins = Origins::new(clusters);
        for id in clusters.ids() {
            let (scene, threads) = (clusters.scene, clusters.threads);
            let Some(cluster) = clusters.get(id) else { continue };
            match cluster.submission {
                Some(step) => {
                    let mut offer = offer(id, cluster, threads, scene.legs_of(step).collect());
                    if offer.forward
                        && let Some(content) = origins.of(clusters, step)
                    {
                        offer.take_content(&content);
                    }
                    board.shelve(clusters, offer);
                }
                None if !cluster.threads.is_empty() => {
                    let wish = wish(clusters, id);
                    board.wishes.push(wish);
                }
                None => {}
            }
        }
        board
    }

    fn shelve(&mut self, clusters: &Clusters<'_>, offer: Offer) {
        let entry = (offer.time, self.offers.len());
        let mut put = |find: Find<'_>| {
            let list = self.shelf.0.entry(clusters.scene.key(find)).or_default();
            list.push(entry);
        };
        let subject = offer.subject.as_deref();
        let sender = offer.sender.as_deref().or(offer.stamped.as_deref());
        if let Some(digest) = offer.digest {
            put(Find::Content(digest));
        }
        if let Some(sender) = sender {
            put(Find::Subject(sender, subject));
        }
        for recipient in &offer.recipients {
            if let Some(digest) = offer.digest {
                put(Find::ContentTo(digest, recipient));
            }
            put(sender.map_or(Find::AnybodyTo(recipient), |sender| Find::To(sender, recipient)));
        }
        self.offers.push(offer);
    }

    /// Every delivery that has no submission yet looks for one, in time order.
    fn round(&mut self, clusters: &mut Clusters<'_>, by: By, joins: &mut Joins) {
        for wish in std::mem::take(&mut self.wishes) {
            let candidates = self.candidates(clusters, &wish, by);
            match self.choose(&wish, candidates) {
                Choice::Join(offer) => self.join(clusters, offer, &wish, by, joins),
                Choice::None => self.wishes.push(wish),
                Choice::Ambiguous(one, other) => {
                    let mut step = |offer: usize| {
                        let id = self.offers.get(offer).map(|offer| offer.cluster)?;
                        clusters.get(id)?.submission
                    };
                    if let Some(of) = wish.step {
                        let (one, other) = (step(one), step(other));
                        joins.ambiguous(of, [one, other], by);
                    }
                }
            }
        }
    }

    fn candidates(&self, clusters: &Clusters<'_>, wish: &Wish, by: By) -> Vec<usize> {
        let recipient = wish.recipient.as_deref();
        let sender = wish.sender.as_deref();
        let keys = match by {
            By::Digest => [
                wish.digest.map(Find::Content),
                wish.digest
                    .zip(recipient)
                    .map(|(digest, to)| Find::ContentTo(digest, to)),
                None,
            ],
            _ => [
                sender.map(|sender| Find::Subject(sender, wish.subject.as_deref())),
                sender.zip(recipient).map(|(sender, to)| Find::To(sender, to)),
                recipient.map(Find::AnybodyTo),
            ],
        };
        let keys = keys.into_iter().flatten().map(|find| clusters.scene.key(find));
        let found: BTreeSet<usize> = keys.flat_map(|key| self.shelf.near(key, wish.time)).collect();
        let fits = |offer: &Offer| match by {
            By::Digest => wish.has_same_content(offer),
            _ => wish.is_like(offer),
        };
        found
            .into_iter()
            .filter(|offer| self.offers.get(*offer).is_some_and(fits))
            .collect()
    }

    /// The candidate whose recipient still lacks a delivery, nearest in time; where none lacks one, the one that
    /// this recipient had: it is notified again under new ids.
    fn choose(&self, wish: &Wish, candidates: Vec<usize>) -> Choice {
        let free = |offer: &usize| {
            self.offers
                .get(*offer)
                .is_some_and(|offer| offer.is_free_for(wish))
        };
        let mut pool: Vec<usize> = candidates.iter().copied().filter(free).collect();
        if pool.is_empty() {
            let again = |offer: &usize| {
                self.offers
                    .get(*offer)
                    .is_some_and(|offer| wish.is_again_for(offer))
            };
            pool = candidates.into_iter().filter(again).collect();
        }
        let distance = |offer: &usize| {
            self.offers.get(*offer).map_or(Nanoseconds::MAX, |offer| {
                wish.time.since(offer.time).saturating_abs()
            })
        };
        pool.sort_by_key(|offer| (distance(offer), *offer));
        match pool.as_slice() {
            [] => Choice::None,
            [only] => Choice::Join(*only),
            [best, second, ..] if clearly_nearer(distance(best), distance(second)) => Choice::Join(*best),
            [best, second, ..] => Choice::Ambiguous(*best, *second),
        }
    }

    fn join(&mut self, clusters: &mut Clusters<'_>, offer: usize, wish: &Wish, by: By, joins: &mut Joins) {
        let Some(offer) = self.offers.get_mut(offer) else {
            return;
        };
        match &wish.recipient {
            Some(recipient) => {
                offer.taken.insert(recipient.clone());
            }
            None => offer.taken_unknown += 1,
        }
        offer.phones.extend(&wish.phones);
        clusters.unite(offer.cluster, wish.cluster, by, joins);
    }
}

enum Choice {
    Join(usize),
    None,
    Ambiguous(usize, usize),
}

impl Offer {
    fn is_free_for(&self, wish: &Wish) -> bool {
        let taken = self.taken.len() + self.taken_unknown;
        match &wish.recipient {
            Some(recipient) => {
                !self.taken.contains(recipient) && self.taken_unknown < self.recipients.len().max(1)
            }
            None => taken < self.recipients.len().max(1),
        }
    }

    fn take_content(&mut self, content: &Content) {
        self.digest = self.digest.or(content.digest);
        self.size = self.size.or(content.size);
        if self.texts.is_empty() {
            self.texts = texts(&content.parts);
        }
    }
}

impl Wish {
    fn is_in_time(&self, offer: &Offer) -> bool {
        let delay = self.time.since(offer.time);
        let skew = if self.capture == offer.capture {
            0
        } else {
            CLOCK_SKEW
        };
        delay >= -skew && offer.until.is_none_or(|until| self.time <= until)
    }

    fn may_be_for(&self, offer: &Offer) -> bool {
        offer.recipients.is_empty()
            || self
                .recipient
                .as_ref()
                .is_none_or(|recipient| offer.recipients.contains(recipient))
    }

    /// Whether it is for a recipient, or at a phone, that has a delivery already: more of that one.
    fn is_again_for(&self, offer: &Offer) -> bool {
        self.recipient.is_some() || !self.phones.is_disjoint(&offer.phones)
    }

    fn is_certainly_for(&self, offer: &Offer) -> bool {
        self.recipient
            .as_ref()
            .is_some_and(|recipient| offer.recipients.contains(recipient))
    }

    fn has_same_content(&self, offer: &Offer) -> bool {
        let other_sender = matches!((&self.sender, &offer.sender), (Some(a), Some(b)) if a != b);
        self.digest.is_some()
            && self.digest == offer.digest
            && !other_sender
            && self.may_be_for(offer)
            && self.is_in_time(offer)
    }

    fn is_like(&self, offer: &Offer) -> bool {
        let sender = offer.sender.as_ref().or(offer.stamped.as_ref());
        let same_sender = match (&self.sender, sender) {
            (Some(a), Some(b)) => a == b,
            (Some(_), None) => self.is_certainly_for(offer),
            (None, _) => false,
        };
        let same_subject = match (&self.subject, &offer.subject) {
            (None, Some(_)) => self.is_certainly_for(offer),
            (Some(_), None) => offer.forward,
            (a, b) => a == b,
        };
        let size_known = offer.size.is_some() && (self.announced.is_some() || self.size.is_some());
        same_sender
            && same_subject
            && !offer.refused
            && self.may_be_for(offer)
            && self.is_in_time(offer)
            && (size_known && self.has_like_size(offer) || !size_known && self.is_certainly_for(offer))
            && self.may_have_content_of(offer)
    }

    fn has_like_size(&self, offer: &Offer) -> bool {
        offer.size.is_none_or(|size| {
            let fetched = self.size;
            self.announced
                .is_some_and(|announced| is_announced_size(announced, size))
                || fetched.is_some_and(|f| is_announced_size(f, size) || is_announced_size(size, f))
        })
    }

    /// Other parts are another message, unless the MMSC adapted them: then the texts stay.
    fn may_have_content_of(&self, offer: &Offer) -> bool {
        match (self.digest, offer.digest) {
            (Some(a), Some(b)) => a == b || self.texts.iter().any(|text| offer.texts.contains(text)),
            _ => true,
        }
    }
}

fn offer(cluster_id: ClusterId, cluster: &Cluster, threads: &[Thread], legs: Vec<&Leg>) -> Offer {
    let send = legs
        .iter()
        .filter_map(|leg| leg.send())
        .max_by_key(|send| send.complete);
    let first = legs.first().map(|leg| leg.first()).unwrap_or_default();
    let refused = legs
        .iter()
        .all(|leg| leg.send_conf().is_some_and(|conf| conf.accepted() == Some(false)));
    let delivered = cluster.threads.iter().filter_map(|thread| threads.get(*thread));
    let (known, unknown): (Vec<_>, Vec<_>) = delivered
        .map(|thread| thread.recipient().map(str::to_owned))
        .partition(Option::is_some);
    let mut offer = Offer {
        cluster: cluster_id,
        time: first.time,
        capture: first.capture,
        refused,
        sender: cluster.sender.clone(),
        stamped: cluster.stamped.clone(),
        recipients: cluster.recipients.clone(),
        taken: known.into_iter().flatten().collect(),
        taken_unknown: unknown.len(),
        phones: cluster
            .threads
            .iter()
            .filter_map(|t| threads.get(*t))
            .flat_map(Thread::clients)
            .collect(),
        ..Offer::default()
    };
    if let Some(send) = send {
        offer.until = send
            .expiry
            .map(|expiry| expiry_time(expiry, first.time).plus(CLOCK_SKEW));
        offer.forward = send.forward;
        offer.subject = send.subject.as_deref().map(str::to_owned);
        if !send.forward {
            offer.take_content(&send.content);
            offer.size = send.content.size.filter(|_| send.complete);
        }
    }
    offer
}

fn wish(clusters: &mut Clusters<'_>, id: ClusterId) -> Wish {
    let (scene, threads) = (clusters.scene, clusters.threads);
    let Some(cluster) = clusters.get(id) else {
        return Wish::default();
    };
    let mine: Vec<&Thread> = cluster
        .threads
        .iter()
        .filter_map(|thread| threads.get(*thread))
        .collect();
    let announced = || {
        mine.iter()
            .flat_map(|thread| &thread.notifications)
            .filter_map(|s| scene.leg(*s).notified())
    };
    let fetched = || {
        let fetches = mine.iter().flat_map(|thread| &thread.retrievals);
        let good = fetches.filter_map(|step| scene.leg(*step).retrieved());
        good.filter(|retrieved| retrieved.status.is_none_or(|status| status == STATUS_OK))
    };
    let whole = fetched()
        .find(|retrieved| retrieved.complete)
        .map(|retrieved| &retrieved.content);
    let subject = announced().find_map(|n| n.subject.as_deref());
    let step = mine
        .iter()
        .flat_map(|thread| thread.steps())
        .min_by_key(|step| scene.leg(*step).first());
    let listed = fetched().find(|retrieved| retrieved.to.len() == 1 && retrieved.cc.is_empty());
    let single = listed
        .and_then(|retrieved| retrieved.to.first())
        .map(|to| super::address::comparable(to));
    let first = step.map(|step| scene.leg(step).first()).unwrap_or_default();
    Wish {
        cluster: id,
        step,
        time: first.time,
        capture: first.capture,
        sender: cluster.sender.clone(),
        recipient: mine
            .iter()
            .find_map(|thread| thread.recipient().map(str::to_owned))
            .or(single),
        subject: subject
            .or_else(|| fetched().find_map(|r| r.subject.as_deref()))
            .map(str::to_owned),
        announced: announced().find_map(|n| n.size),
        size: whole.and_then(|content| content.size),
        digest: whole.and_then(|content| content.digest),
        texts: whole.map_or(Vec::new(), |content| texts(&content.parts)),
        phones: mine.iter().flat_map(|thread| thread.clients()).collect(),
    }
}

/// Whether a body of this size may have been announced with that one: the announced one may count the headers.
pub(super) fn is_announced_size(announced: u64, size: u64) -> bool {
    let slack = SIZE_SLACK.max(size / 10);
    (size..=size.saturating_add(slack)).contains(&announced)
}

/// The texts among parts: an MMSC that adapts pictures leaves them as they are.
fn texts(parts: &[PartRecord]) -> Vec<[u8; 32]> {
    let texts = parts.iter().filter(|part| part.content_type.starts_with("text/"));
    texts.map(|part| part.sha256).collect()
}

/// Where the content of a forwarded message was seen: m-forward.req only names its location.
struct Origins(HashMap<u64, usize, ahash::RandomState>);

impl Origins {
    fn new(clusters: &Clusters<'_>) -> Self {
        let scene = clusters.scene;
        let mut contents: HashMap<u64, usize, ahash::RandomState> = HashMap::default();
        for step in clusters.threads.iter().flat_map(|thread| &thread.retrievals) {
            let leg = scene.leg(*step);
            if let Some(url) = leg.url.as_deref().filter(|_| leg.retrieved_whole()) {
                contents
                    .entry(scene.key(super::address::location(url).path))
                    .or_insert(*step);
            }
        }
        Self(contents)
    }

    fn of(&self, clusters: &Clusters<'_>, step: usize) -> Option<Content> {
        let scene = clusters.scene;
        let url = scene.leg(step).send()?.location.as_deref()?;
        let origin = self.0.get(&scene.key(super::address::location(url).path))?;
        Some(scene.leg(*origin).retrieved()?.content.clone())
    }
}
