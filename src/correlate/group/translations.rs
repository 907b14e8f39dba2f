//! Between which sightings of one PDU a NAT may lie. It leaves nothing but nearness in time to know it by, and so do
//! phones that are told the same at once: a mass mailing under one URL and one transaction id. Where more than two
//! addresses have one PDU at once, a NAT is between two of them only if each has a partner that is clearly nearer than
//! any other; and between two addresses there is none where both ask for something by themselves.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;

use crate::correlate::group::hops::{self, Nat};
use crate::correlate::group::index::ByKey;
use crate::correlate::group::join::clearly_nearer;
use crate::correlate::group::party::{AddressKeys, Party, is_push};
use crate::correlate::store::leg::Leg;
use crate::correlate::store::open_legs::{LegId, Legs};
use crate::model::{Host, RandomState, SharedSort, Timestamp};

/// How many sightings at once are compared with a request, the latest first: a million equal ones stay linear.
const MAX_COMPARED: usize = 8;

/// What is known of NATs.
#[derive(Debug, Default)]
pub(crate) struct Translations {
    /// The sightings among many at once, each with the only one that may be it behind a NAT.
    partners: HashMap<LegId, Option<LegId>, RandomState>,
    /// Pairs of pushes to two phones.
    apart: HashSet<[LegId; 2], RandomState>,
}

impl Translations {
    /// `identities` tell for each leg, which are in time order, what other sightings of its PDU have in common with it.
    pub(crate) fn new(legs: Legs<'_>, identities: &[Option<u64>], keys: &AddressKeys) -> Self {
        let mut translations = Self::default();
        let mut pairs = Vec::new();
        bursts(legs, identities, keys, |burst| match burst.addresses() {
            0 | 1 => {}
            2 => pairs.extend(burst.pair().filter(|_| burst.is_push)),
            _ => translations.partners.extend(burst.partners()),
        });
        let asked: HashSet<Host, RandomState> = pairs.iter().flatten().map(|seen| seen.phone).collect();
        let alone = ask_alone(legs, identities, keys, &asked);
        let is_alone = |seen: &Sighting| alone.contains(&seen.phone);
        let apart = pairs.iter().filter(|pair| pair.iter().all(is_alone));
        translations.apart = apart.map(|pair| pair.map(|seen| seen.leg)).collect();
        translations
    }

    /// Whether a later sighting may be the earlier one behind a NAT.
    pub(crate) fn between(&self, earlier: LegId, later: LegId) -> Nat {
        let may_be = |one, other| {
            let partner = self.partners.get(&one);
            partner.is_none_or(|partner| *partner == Some(other))
        };
        let is_apart = self.apart.contains(&[earlier, later]);
        match may_be(earlier, later) && may_be(later, earlier) && !is_apart {
            true => Nat::Possible,
            false => Nat::Excluded,
        }
    }
}

/// Where a PDU was seen.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    leg: LegId,
    time: Timestamp,
    phone: Host,
}

/// Sightings of one PDU with one host at its other end, each soon after the one before.
#[derive(Debug, Default)]
struct Burst {
    is_push: bool,
    seen: Vec<Sighting>,
}

impl Burst {
    /// At how many addresses it was seen.
    fn addresses(&self) -> usize {
        let addresses = self.seen.iter().map(|seen| seen.phone.address);
        addresses.collect::<HashSet<IpAddr, RandomState>>().len()
    }

    /// The two sightings that there are.
    fn pair(&self) -> Option<[Sighting; 2]> {
        <[Sighting; 2]>::try_from(self.seen.as_slice()).ok()
    }

    /// Each sighting with its partner: where all have one, which is clearly nearer than the next pair.
    fn partners(&self) -> Vec<(LegId, Option<LegId>)> {
        let (pairs, rest) = self.seen.as_chunks::<2>();
        let starts = pairs.iter().skip(1).map(|[first, _]| Some(first.time));
        let is_pair = |([one, other], next): (&[Sighting; 2], Option<Timestamp>)| {
            let gap = other.time.since(one.time);
            one.phone.address != other.phone.address
                && next.is_none_or(|next| clearly_nearer(gap, next.since(other.time)))
        };
        let are_pairs = rest.is_empty() && pairs.iter().zip(starts.chain([None])).all(is_pair);
        let both = |[one, other]: &[Sighting; 2]| [(one.leg, Some(other.leg)), (other.leg, Some(one.leg))];
        match are_pairs {
            true => pairs.iter().flat_map(both).collect(),
            false => self.seen.iter().map(|seen| (seen.leg, None)).collect(),
        }
    }
}

/// Tells all bursts of more than one sighting.
fn bursts(legs: Legs<'_>, identities: &[Option<u64>], keys: &AddressKeys, mut tell: impl FnMut(&Burst)) {
    let mut open: ByKey<Burst> = ByKey::default();
    let mut by_time: VecDeque<(Timestamp, u64)> = VecDeque::new();
    let is_over = |burst: &Burst, now: Timestamp| {
        let last = burst.seen.last();
        last.is_none_or(|last| now.since(last.time) > hops::at_once(burst.is_push))
    };
    for (place, (leg, identity)) in legs.iter().zip(identities).enumerate() {
        let Some(identity) = identity else { continue };
        let (time, is_push) = (leg.first().time, is_push(leg));
        while let Some((_, key)) = by_time.pop_front_if(|(at, _)| time.since(*at) > hops::at_once(false)) {
            if open.get(&key).is_some_and(|burst| is_over(burst, time)) {
                open.remove(&key).iter().for_each(&mut tell);
            }
        }
        let far = if is_push { leg.client() } else { leg.server() };
        let key = keys.key((identity, far.address));
        let burst = open.entry(key).or_default();
        if is_over(burst, time) {
            tell(&std::mem::take(burst));
        }
        burst.is_push = is_push;
        burst.seen.push(Sighting {
            leg: LegId::of(place),
            time,
            phone: Party::of(leg, keys).host,
        });
        by_time.push_back((time, key));
    }
    let mut rest: Vec<Burst> = open.into_values().collect();
    rest.shared_sort_by_key(|burst| burst.seen.first().map(|seen| seen.leg));
    rest.iter().for_each(tell);
}

/// Those of some phones whose requests were all seen at one place only.
fn ask_alone(
    legs: Legs<'_>,
    identities: &[Option<u64>],
    keys: &AddressKeys,
    phones: &HashSet<Host, RandomState>,
) -> HashSet<Host, RandomState> {
    let mut asking = HashSet::default();
    let mut passed_on: HashSet<Host, RandomState> = HashSet::default();
    if phones.is_empty() {
        return asking;
    }
    let mut recent: ByKey<VecDeque<Leg<'_>>> = ByKey::default();
    for (leg, identity) in legs.iter().zip(identities).filter(|(leg, _)| !is_push(*leg)) {
        let Some(identity) = identity else { continue };
        let phone = keys.client(leg);
        asking.extend(phones.get(&phone));
        let others = recent.entry(*identity).or_default();
        for other in others.iter() {
            if other.client().address != leg.client().address && hops::is_nested(*other, leg, keys) {
                passed_on.extend([phone, keys.client(*other)]);
            }
        }
        others.push_front(leg);
        others.truncate(MAX_COMPARED);
    }
    asking.retain(|phone| !passed_on.contains(phone));
    asking
}
