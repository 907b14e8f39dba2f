//! Whose MMS exchanges were seen on bearers that carry retrievals: where an MMSC's or a phone's were, a retrieval would
//! have been seen too.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::model::{CaptureIndex, FrameRef, RandomState};
use crate::session::Bearer;

/// How many MMSCs and phones are remembered, each in each capture. Of others nothing is known.
const MAX_SIGHTINGS: usize = 1 << 16;

/// A party as it is looked up.
#[derive(Hash)]
enum Party<'a> {
    Mmsc(&'a str),
    Phone(IpAddr),
    Number(&'a str),
}

/// The first and the last frame of a party's exchanges, by party and capture.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    seen: HashMap<(u64, CaptureIndex), [FrameRef; 2], RandomState>,
    /// For parties.
    hashes: RandomState,
}

impl Sightings {
    /// A PDU of an exchange was seen.
    pub(crate) fn note(&mut self, leg: Leg<'_>, at: FrameRef) {
        if !matches!(leg.bearer, Bearer::Http | Bearer::Wsp | Bearer::Wtp) {
            return;
        }
        let location = leg.url().map(address::location);
        if let Some(host) = location.as_ref().and_then(|location| location.host.as_deref()) {
            self.note_party(&Party::Mmsc(host), at);
        }
        self.note_party(&Party::Phone(leg.client().address), at);
        if let Some(number) = leg.subscriber() {
            self.note_party(&Party::Number(&address::comparable(number)), at);
        }
    }

    fn note_party(&mut self, party: &Party<'_>, at: FrameRef) {
        let key = (self.hashes.hash_one(party), at.capture);
        if let Some([_, last]) = self.seen.get_mut(&key) {
            *last = at;
        } else if self.seen.len() < MAX_SIGHTINGS {
            self.seen.insert(key, [at, at]);
        }
    }

    /// Frames in these captures of exchanges with the MMSC that a notification names, or of the phone it was pushed to.
    pub(crate) fn of_notification(
        &self,
        leg: Leg<'_>,
        captures: &[CaptureIndex],
    ) -> impl Iterator<Item = FrameRef> {
        let location = leg
            .notified()
            .and_then(|notified| notified.location())
            .map(address::location);
        let host = location.as_ref().and_then(|location| location.host.as_deref());
        let number = leg.recipient().map(address::comparable);
        let parties = [
            host.map(Party::Mmsc),
            // Of a short message the other end is the SMS centre.
            number.is_none().then(|| Party::Phone(leg.server().address)),
            number.as_deref().map(Party::Number),
        ];
        let keys = parties.map(|party| party.map(|party| self.hashes.hash_one(&party)));
        captures.iter().flat_map(move |capture| {
            let seen = keys.into_iter().flatten();
            seen.filter_map(|party| self.seen.get(&(party, *capture)))
                .flatten()
                .copied()
        })
    }
}
