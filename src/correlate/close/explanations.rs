//! What the systems around the MMSC explain of the messages of one round.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::close::round::Until;
use crate::correlate::context::explain::Counting;
use crate::correlate::context::join::Joined;
use crate::correlate::context::profile::{self, Profile};
use crate::correlate::context::store::Surroundings;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::ClusterId;
use crate::correlate::message::Message;
use crate::correlate::store::leg::Leg;
use crate::correlate::verdict::judge::Judge;
use crate::model::{AnomalyLog, Nanoseconds, Timestamp, tree};

/// The messages of a round, with the transactions that concern each. Nothing where no system was asked anything.
pub(crate) struct Explanations {
    profiles: Vec<Profile>,
    /// For each profile.
    joined: Vec<Vec<Joined>>,
    places: BTreeMap<ClusterId, usize>,
    counting: Counting,
}

impl Explanations {
    /// All messages are looked at, as one that stays open may be nearer to a transaction than one that is closed. Where
    /// messages are told so far, the others are not at hand, so that no transaction is given to any: they get the names of
    /// phones alone.
    pub(crate) fn new(
        judge: &Judge<'_>,
        clusters: &mut Clusters<'_>,
        surroundings: &mut Surroundings,
        anomalies: &mut AnomalyLog,
        until: Until,
    ) -> Self {
        let mut profiles = Vec::new();
        if judge.snapshot.legs.len() > 0 && !surroundings.is_empty() {
            surroundings.catch_up(anomalies);
            let threads = clusters.threads;
            let timeout = judge.settings.response_timeout;
            let bindings = &surroundings.sessions.bindings;
            for id in clusters.ids() {
                let cluster = clusters.get(id).filter(|cluster| cluster.is_ours(judge.snapshot));
                profiles
                    .extend(cluster.map(|cluster| {
                        Profile::new(id, cluster, threads, judge.snapshot, bindings, timeout)
                    }));
            }
        }
        let counting = match until {
            Until::Told(_) => Counting::Nothing,
            Until::End | Until::Time(_) | Until::Room(_) => Counting::WhatIsJoined,
        };
        let joined = match counting {
            Counting::Nothing => profiles.iter().map(|_| Vec::new()).collect(),
            Counting::WhatIsJoined => surroundings.join(&profiles, &judge.snapshot.keys.networks, anomalies),
        };
        let places = profiles
            .iter()
            .enumerate()
            .map(|(place, profile)| (profile.cluster, place));
        Self {
            places: tree(places),
            profiles,
            joined,
            counting,
        }
    }

    /// Tells a message what explains it.
    pub(crate) fn explain(
        &self,
        id: ClusterId,
        response_timeout: Nanoseconds,
        message: &mut Message,
        surroundings: &mut Surroundings,
        anomalies: &mut AnomalyLog,
    ) {
        let place = self.places.get(&id).copied();
        let found = place.and_then(|place| self.profiles.get(place).zip(self.joined.get(place)));
        if let Some((profile, joined)) = found {
            let given = (profile, joined.as_slice());
            surroundings.explain(given, response_timeout, message, anomalies, self.counting);
        }
    }

    /// Lets go of the transactions that no message which stays open can have.
    pub(crate) fn settle(&self, closed: &BTreeSet<ClusterId>, until: Until, surroundings: &mut Surroundings) {
        if self.counting == Counting::Nothing {
            return;
        }
        let is_open = |place: usize| {
            let profile = self.profiles.get(place);
            profile.is_some_and(|profile| !closed.contains(&profile.cluster))
        };
        let now = match until {
            Until::End => None,
            Until::Time(now) => Some(now),
            // Nothing is over by its time.
            Until::Room(_) | Until::Told(_) => Some(Timestamp::from_nanoseconds(i64::MIN)),
        };
        surroundings.settle(&self.joined, is_open, now);
    }
}

/// The number of the phone that asks for an operation, by the binding of its address.
pub(crate) fn subscriber(leg: Leg<'_>, surroundings: &Surroundings) -> Option<String> {
    let address = profile::phone_of(leg)?;
    surroundings.subscriber(address, leg.network.labels, leg.first())
}
