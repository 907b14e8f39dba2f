//! The same PDU seen more than once is one step: on the next hop (gateway, proxy, push relay), or sent again.
//!
//! A *hop* is the same exchange on another connection while the first one is under way. A *try* is the same
//! request sent again: a notification or delivery report by the MMSC, a submission by the phone under the same
//! transaction id (TS 23.140 section 8.1.2). Retrievals and confirmations that are repeated are steps of
//! their own, because each of them says something about the phone.

use smallvec::SmallVec;

use crate::correlate::group::hops;
use crate::correlate::group::ids::{IdVec, StepId};
use crate::correlate::group::index::ByKey;
use crate::correlate::group::mails::{self, Again};
use crate::correlate::group::party::{AddressKeys, Party, is_at_phone, is_push};
use crate::correlate::group::phones::Phones;
use crate::correlate::group::translations::Translations;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind, RequestFacts, ResponseFacts};
use crate::correlate::store::open_legs::{LegId, Legs};
use crate::correlate::store::pdus::{Reported, Send};
use crate::model::{Interface, Nanoseconds, Timestamp};
use crate::session::Bearer;

/// How long after its last try a phone sends a message again under the same transaction id, in nanoseconds: stacks retry
/// for up to half an hour, and this is twice that. What comes later with the same id and content is another message.
const RESEND_WINDOW: Nanoseconds = 3600 * Timestamp::SECOND;

/// How many earlier steps and tries with the same identity are compared: a million equal PDUs stay linear.
const MAX_COMPARED: usize = 4;

/// How many hops of one try are told apart: phone, gateways, MMSC. What passes more often is sent again.
const MAX_HOPS: usize = 8;

/// One step of a message's life, over all its tries and hops. Small, as nearly every leg is a step of its own.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: LegKind,
    /// Its only leg, where `several` is none.
    only: LegId,
    several: Option<Box<Tries>>,
}

/// What a step has besides its first leg.
#[derive(Clone, Debug)]
struct Tries {
    /// The legs of each try in time order; in a try, the hop nearest the phone first.
    tries: Vec<Vec<LegId>>,
    /// The legs that were answered with a redirect, in time order, each with the place of its try: what followed it.
    redirected: Vec<(usize, LegId)>,
}

impl Step {
    /// The legs of each try, in time order; the hop nearest the phone first.
    pub(crate) fn tries(&self) -> impl DoubleEndedIterator<Item = &[LegId]> {
        let only = self.several.is_none().then(|| std::slice::from_ref(&self.only));
        let several = self.several.iter().flat_map(|several| &several.tries);
        only.into_iter().chain(several.map(Vec::as_slice))
    }

    /// Every leg of it.
    pub(crate) fn legs(&self) -> impl Iterator<Item = LegId> {
        let only = self.several.is_none().then_some(self.only);
        let several = self.several.iter();
        let several = several.flat_map(|several| {
            let redirected = several.redirected.iter().map(|(_, leg)| leg);
            several.tries.iter().flatten().chain(redirected)
        });
        only.into_iter().chain(several.copied())
    }

    /// The leg that asked first: before any redirect.
    pub(crate) fn asked(&self) -> LegId {
        self.redirected(0).unwrap_or_else(|| self.front())
    }

    /// The leg of a try that was redirected first; none where none was.
    pub(crate) fn redirected(&self, try_place: usize) -> Option<LegId> {
        let redirected = self.several.iter().flat_map(|several| &several.redirected);
        let mut of_try = redirected.filter(|(place, _)| *place == try_place);
        of_try.next().map(|(_, leg)| *leg)
    }

    /// The hop nearest the phone of the first try.
    pub(crate) fn front(&self) -> LegId {
        match &self.several {
            None => self.only,
            Some(_) => self.legs().next().unwrap_or(self.only),
        }
    }

    fn several(&mut self) -> &mut Tries {
        let only = self.only;
        self.several.get_or_insert_with(|| {
            Box::new(Tries {
                tries: vec![vec![only]],
                redirected: Vec::new(),
            })
        })
    }

    /// Takes in the leg that follows the redirect with which the last try was answered.
    fn follow(&mut self, leg: LegId) {
        let Tries { tries, redirected } = self.several();
        let place = tries.len().saturating_sub(1);
        if let Some(last) = tries.last_mut() {
            redirected.extend(last.drain(..).map(|leg| (place, leg)));
            last.push(leg);
        }
    }

    /// Takes a later leg in, where it is another hop or try of this step.
    fn take_in(&mut self, sightings: &Sightings<'_>, index: LegId) -> bool {
        let legs = sightings.legs;
        let Some(leg) = legs.get(index) else { return false };
        if leg.bearer == Bearer::Smtp {
            return self.take_mail_in(sightings, leg, index);
        }
        let is_hop = |one: &[LegId]| {
            let others = || one.iter().filter_map(|other| legs.get(*other));
            let with_ids = || one.iter().filter_map(|other| Some((*other, legs.get(*other)?)));
            let is_seen_again = |(id, other): (LegId, Leg<'_>)| {
                let nat = sightings.translations.between(id, index);
                hops::is_hop(other, leg, self.kind, &sightings.phones, nat)
            };
            // A push that its sender sends to the same relay again, on a connection of its own, is another try.
            let keys = sightings.phones.keys;
            let other_ends = |other: Leg<'_>| match is_push(leg) {
                _ if !keys.in_one_network(other, leg) => true,
                true => other.client().address != leg.client().address || other.server() != leg.server(),
                false => other.ends() != leg.ends(),
            };
            let elsewhere = |other: Leg<'_>| other_ends(other) || is_repeated_datagram(other, leg);
            one.len() < MAX_HOPS && others().all(elsewhere) && with_ids().any(is_seen_again)
        };
        let back = self.tries().rev().take(2).position(is_hop);
        if let Some(back) = back {
            let tries = self.several().tries.iter_mut().rev();
            tries.skip(back).take(1).for_each(|one| one.push(index));
            return true;
        }
        let again = leg.request().is_some() && self.is_again(sightings, leg);
        if again {
            self.several().tries.push(vec![index]);
        }
        again
    }

    /// The same of a mail.
    fn take_mail_in(&mut self, sightings: &Sightings<'_>, leg: Leg<'_>, index: LegId) -> bool {
        let (kind, keys) = (self.kind, sightings.phones.keys);
        let again = |one: &[LegId]| {
            let tried = one.iter().filter_map(|other| sightings.legs.get(*other));
            mails::again(tried, leg, kind, keys)
        };
        let again = self.tries().next_back().map_or(Again::No, again);
        match again {
            Again::No => return false,
            Again::Try => self.several().tries.push(vec![index]),
            Again::Hop => {
                let last = self.several().tries.last_mut();
                last.filter(|one| one.len() < MAX_HOPS)
                    .into_iter()
                    .for_each(|one| one.push(index));
            }
        }
        true
    }

    /// Whether a leg is the request of this step sent again.
    fn is_again(&self, sightings: &Sightings<'_>, leg: Leg<'_>) -> bool {
        let last = || self.tries().next_back().into_iter().flatten();
        let mut last = last().filter_map(|hop| sightings.legs.get(*hop));
        let party = sightings.phones.party(leg);
        match self.kind {
            LegKind::Notification | LegKind::DeliveryReport => {
                last.any(|last| sightings.phones.party(last).sameness(party).is_shown())
            }
            // Of MM7: what an application does not take is sent again. MM1's read reports are steps of their own.
            LegKind::Handover | LegKind::ReadReport if leg.interface() == Interface::Mm7 => {
                last.any(|last| leg.first().time.since(last.last().time) <= RESEND_WINDOW)
            }
            LegKind::Submission => last.any(|last| {
                sightings.phones.party(last).sameness(party).is_shown()
                    && self.is_resend(sightings, last, leg)
            }),
            _ => false,
        }
    }

    /// Whether a phone's request is its earlier one again. Once one was accepted, only what is sent before its answer
    /// can be missed, or gets the same message id: there are stacks with one transaction id for ever.
    fn is_resend(&self, sightings: &Sightings<'_>, last: Leg<'_>, leg: Leg<'_>) -> bool {
        let content = |leg: Leg<'_>| leg.send().and_then(|send| send.content().digest);
        let accepted_id = |leg: Leg<'_>| leg.accepted_id().map(str::to_owned);
        let earlier = self.tries().rev().take(MAX_COMPARED).flatten();
        let earlier = earlier.filter_map(|hop| sightings.legs.get(*hop));
        let is_accepted = |leg: &Leg<'_>| leg.accepted() == Some(true);
        let mut accepted = earlier.filter(is_accepted).peekable();
        let since = leg.first().time.since(last.last().time);
        let in_time = match (accepted.peek(), accepted_id(leg)) {
            (None, _) => since <= RESEND_WINDOW,
            (Some(_), None) => since <= sightings.response_timeout,
            (Some(_), Some(id)) => {
                since <= RESEND_WINDOW
                    && accepted.all(|earlier| accepted_id(earlier).is_none_or(|old| old == id))
            }
        };
        in_time && content(last).zip(content(leg)).is_none_or(|(a, b)| a == b)
    }
}

/// Whether a datagram went the same way again: the bearer repeats what it gets no answer to.
fn is_repeated_datagram(earlier: Leg<'_>, later: Leg<'_>) -> bool {
    later.bearer == Bearer::Wsp && earlier.bearer == Bearer::Wsp
}

/// What tells sightings of one PDU from PDUs that are alike.
struct Sightings<'a> {
    legs: Legs<'a>,
    phones: Phones<'a>,
    translations: Translations,
    response_timeout: Nanoseconds,
}

/// Puts the legs, which are in time order, together to steps.
pub(crate) fn steps(
    legs: Legs<'_>,
    keys: &AddressKeys,
    response_timeout: Nanoseconds,
) -> IdVec<StepId, Step> {
    let mut steps: IdVec<StepId, Step> = IdVec::default();
    let mut known = Known::default();
    let has_answers_alone = legs.iter().any(|leg| leg.request().is_none());
    let mut known_answers = Known::default();
    let mut redirects = Redirects::default();
    let identities: Vec<Option<u64>> = legs.iter().map(|leg| identity(leg, leg.kind()?, keys)).collect();
    let mut sightings = Sightings {
        legs,
        translations: Translations::new(legs, &identities, keys),
        phones: Phones::new(keys),
        response_timeout,
    };
    for (place, leg) in legs.iter().enumerate() {
        let index = LegId::of(place);
        let Some(kind) = leg.kind() else { continue };
        let identity = identities.get(place).copied().flatten();
        let answer = answer_identity(leg, kind, keys).filter(|_| has_answers_alone);
        let is_answer_alone = leg.request().is_none();
        let by_answer = answer.filter(|_| is_answer_alone);
        let alike = identity.map(|identity| known.latest_first(identity, leg, keys));
        let alike_answers = by_answer.map(|answer| known_answers.latest_first(answer, leg, keys));
        let mut alike = alike.into_iter().chain(alike_answers).flatten();
        let followed = redirects.followed(leg, kind, identity, keys);
        let same = alike.find(|step| {
            let step = steps.get_mut(*step).filter(|_| followed.is_none());
            step.is_some_and(|step| step.take_in(&sightings, index))
        });
        drop(alike);
        if let Some(step) = followed.and_then(|step| steps.get_mut(step)) {
            step.follow(index);
        }
        let step = same.or(followed).unwrap_or_else(|| {
            steps.push(Step {
                kind,
                only: index,
                several: None,
            })
        });
        if let Some(identity) = identity.filter(|_| same.is_none()) {
            known.add(identity, (step, index), legs, keys);
        }
        if let Some(answer) = answer.filter(|_| !is_answer_alone) {
            known_answers.add(answer, (step, index), legs, keys);
        }
        redirects.note(leg, kind, identity, step, keys);
        if is_at_phone(leg.bearer) && is_push(leg) {
            sightings.phones.note_push(leg, step);
        }
    }
    for several in steps.values_mut().flat_map(|step| &mut step.several) {
        several
            .tries
            .iter_mut()
            .for_each(|one| hops::put_nearest_first(legs, one, keys));
    }
    steps
}

/// How long after a redirect it is followed, in nanoseconds: clients do so at once.
const FOLLOWED_WITHIN: Nanoseconds = 60 * Timestamp::SECOND;

/// Steps that were answered with a redirect, by where it leads, who was told, and what was asked (RFC 9110 section
/// 15.4): of a request with a PDU, the same one.
#[derive(Debug, Default)]
struct Redirects(ByKey<(StepId, Timestamp)>);

impl Redirects {
    fn key(leg: Leg<'_>, kind: LegKind, identity: Option<u64>, url: &str, keys: &AddressKeys) -> u64 {
        let location = address::location(url);
        let what = match leg.is_get() {
            true => keys.key(&location.path),
            false => identity.unwrap_or_default(),
        };
        keys.key((kind, location.host, what, keys.client(leg)))
    }

    fn note(&mut self, leg: Leg<'_>, kind: LegKind, identity: Option<u64>, step: StepId, keys: &AddressKeys) {
        if let Some(url) = leg.redirect() {
            let key = Self::key(leg, kind, identity, url, keys);
            self.0.insert(key, (step, leg.last().time));
        }
    }

    /// The step whose redirect a leg follows.
    fn followed(
        &mut self,
        leg: Leg<'_>,
        kind: LegKind,
        identity: Option<u64>,
        keys: &AddressKeys,
    ) -> Option<StepId> {
        if self.0.is_empty() {
            return None;
        }
        let key = Self::key(leg, kind, identity, leg.url()?, keys);
        let (step, told) = self.0.remove(&key)?;
        (0..=FOLLOWED_WITHIN)
            .contains(&leg.first().time.since(told))
            .then_some(step)
    }
}

/// Steps by what their PDUs have in common. Of many that are alike the latest are compared, and those of the same
/// phone: how many others say the same in between must not matter.
#[derive(Debug, Default)]
struct Known {
    latest: ByKey<Recent>,
    /// Those that are no more among the latest, by what they have in common and the phone.
    of_phone: ByKey<Recent>,
}

impl Known {
    fn latest_first(
        &self,
        identity: u64,
        leg: Leg<'_>,
        keys: &AddressKeys,
    ) -> SmallVec<[StepId; MAX_COMPARED]> {
        let latest = self.latest.get(&identity);
        let mut found: SmallVec<_> = latest.into_iter().flat_map(Recent::latest_first).collect();
        if found.len() == MAX_COMPARED {
            let of_phone = phone_keys(identity, leg, keys).into_iter();
            let more = of_phone.filter_map(|key| self.of_phone.get(&key));
            found.extend(more.flat_map(Recent::latest_first));
        }
        found
    }

    fn add(&mut self, identity: u64, step: (StepId, LegId), legs: Legs<'_>, keys: &AddressKeys) {
        let Some((old, leg)) = self.latest.entry(identity).or_default().add(step) else {
            return;
        };
        for key in legs
            .get(leg)
            .map(|leg| phone_keys(identity, leg, keys))
            .into_iter()
            .flatten()
        {
            self.of_phone.entry(key).or_default().add((old, leg));
        }
    }
}

fn phone_keys(identity: u64, leg: Leg<'_>, keys: &AddressKeys) -> SmallVec<[u64; 2]> {
    let party = Party::of(leg, keys);
    let number = party.number.map(|number| keys.key((identity, number)));
    number
        .into_iter()
        .chain([keys.key((identity, party.host))])
        .collect()
}

/// The latest steps with one identity, with their first legs; no more, so that recurring ids keep no history.
#[derive(Debug, Default)]
struct Recent(SmallVec<[(StepId, LegId); MAX_COMPARED]>);

impl Recent {
    fn latest_first(&self) -> impl Iterator<Item = StepId> {
        self.0.iter().rev().map(|(step, _)| *step)
    }

    /// Adds a step; gives the oldest where there are too many.
    fn add(&mut self, step: (StepId, LegId)) -> Option<(StepId, LegId)> {
        let oldest = (self.0.len() == MAX_COMPARED).then(|| self.0.remove(0));
        self.0.push(step);
        oldest
    }
}

/// What two sightings of one PDU have in common; none where they cannot be recognised.
fn identity(leg: Leg<'_>, kind: LegKind, keys: &AddressKeys) -> Option<u64> {
    let texts = match leg.request_facts() {
        RequestFacts::Unseen | RequestFacts::Unread | RequestFacts::RefusedCommand => return None,
        RequestFacts::Get => {
            let location = address::location(leg.url()?);
            return Some(keys.key((kind, location.path)));
        }
        RequestFacts::Connect => {
            let location = address::location(leg.url()?);
            return Some(keys.key((kind, location.host)));
        }
        RequestFacts::Send(send) => {
            let recipients: Vec<_> = send.recipients().map(address::comparable).collect();
            let what = (send.transaction_id(), send.subject(), send.location(), recipients);
            return Some(keys.key((kind, send.pdu, what, send.application())));
        }
        RequestFacts::Handover(handover) => return handover_identity(leg, handover.send(), keys),
        RequestFacts::Answer(answer) => {
            let ids = (
                leg.mm4_transaction_id(),
                answer.message_id().map(address::message_id),
            );
            let systems = (leg.mm4_system().and_then(address::domain), addressed_domain(leg));
            return Some(keys.key((kind, answer.pdu, ids, systems)));
        }
        RequestFacts::Notification(notified) => {
            notified.transaction_id().or(notified.location())?;
            let what = (notified.transaction_id(), notified.location(), notified.sender());
            return Some(keys.key((kind, what, notified.subject(), notified.size)));
        }
        RequestFacts::DeliveryReport(report) => {
            report.message_id()?;
            // A mail that is sent again has a new date.
            let date = report.date().filter(|_| leg.bearer != Bearer::Smtp);
            let date = date.map(Timestamp::nanoseconds);
            let ids = (report.message_id(), report.to());
            return Some(keys.key((kind, report.pdu, date, ids, told(report))));
        }
        RequestFacts::Acknowledgement(confirmed) => (
            confirmed.pdu,
            confirmed.status,
            [confirmed.transaction_id(), None, None],
        ),
        RequestFacts::ReadReport(read) => {
            let ids = (read.message_id(), read.to());
            return Some(keys.key((kind, read.pdu, ids, told(read))));
        }
        RequestFacts::Operation(facts) => (
            facts.pdu,
            facts.cancel_status,
            [facts.transaction_id(), facts.cancel_id(), facts.location()],
        ),
    };
    Some(keys.key((kind, texts)))
}

/// What a report says of each recipient.
fn told(report: Reported<'_>) -> Vec<(Option<&str>, Option<&str>, Option<u8>)> {
    let told = report.told();
    told.map(|told| (told.original, told.last, told.status)).collect()
}

/// What the answers of two sightings of one exchange have in common: a hop of which the request was not captured is known
/// by it. Answers on MM4 come in requests of their own.
fn answer_identity(leg: Leg<'_>, kind: LegKind, keys: &AddressKeys) -> Option<u64> {
    match leg.response_facts() {
        ResponseFacts::Retrieved(retrieved) => {
            let ids = (retrieved.message_id(), retrieved.transaction_id());
            Some(keys.key((kind, ids, retrieved.status, retrieved.sender())))
        }
        ResponseFacts::SendConf(conf) => {
            let ids = (conf.message_id(), conf.transaction_id());
            Some(keys.key((kind, ids, conf.status)))
        }
        _ => None,
    }
}

/// Of what hands a message over: its ids and the system that it goes to. Recipients may be fewer when it is sent again.
fn handover_identity(leg: Leg<'_>, sent: Send<'_>, keys: &AddressKeys) -> Option<u64> {
    let transaction_id = sent.transaction_id().map(address::message_id);
    let message_id = sent.message_id().map(address::message_id);
    let ids = (transaction_id, message_id, sent.linked_id());
    if ids == (None, None, None) {
        return None;
    }
    let recipients: Vec<_> = match leg.bearer {
        Bearer::Smtp => Vec::new(),
        _ => sent.recipients().map(address::comparable).collect(),
    };
    let to = (addressed_domain(leg), recipients);
    Some(keys.key((LegKind::Handover, sent.pdu, ids, to)))
}

/// The domain that a mail goes to, by its envelope.
fn addressed_domain(leg: Leg<'_>) -> Option<String> {
    let first = leg.envelope_recipients().next()?;
    address::domain(first.written).map(str::to_ascii_lowercase)
}
