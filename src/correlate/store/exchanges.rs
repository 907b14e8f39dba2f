//! Puts the bearers' events together: requests, answers and ends of one exchange become one leg.
//!
//! A GET may fetch anything. It is kept as a leg only once something shows that it is a retrieval: a notification
//! announces its target, before it or after it, or its answer carries an MMS PDU or says so. Until then it stays
//! among the few that [`UnmatchedRequests`] holds.

use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;

use crate::correlate::record::address;
use crate::correlate::record::pdu::PduRecord;
use crate::correlate::store::facts;
use crate::correlate::store::from_carrier::{claims_mms, hands_over, with_eaif};
use crate::correlate::store::leg::{Leg, LegRecord, RequestFacts, Undelivered};
use crate::correlate::store::open_legs::{OpenLegs, Receipts};
use crate::correlate::store::sightings::{EncryptedConnection, Encryption, Sightings};
use crate::correlate::store::unmatched::{UnmatchedRequest, UnmatchedRequests};
use crate::mms::PduType;
use crate::model::{CaptureIndex, Extent, FrameNumber, FrameRef, RandomState, Timestamp};
use crate::session::{CarrierEvent, ExchangeEnd, ExchangeId, Receipt, Request, Response};

/// All exchanges that are not yet closed.
#[derive(Debug, Default)]
pub(crate) struct Exchanges {
    open: OpenLegs,
    unmatched: UnmatchedRequests,
    /// The targets that open notifications announce, by their path.
    announced: HashSet<u64, RandomState>,
    /// For paths and for bodies.
    hashes: RandomState,
    latest: Option<Timestamp>,
    sightings: Sightings,
    places: FramePlaces,
}

/// How many exchanges were first seen in each of the latest frames.
#[derive(Debug, Default)]
struct FramePlaces(VecDeque<(CaptureIndex, FrameNumber, u32)>);

impl FramePlaces {
    /// Frames that are remembered: of those that one segment ends in, the exchanges follow each other closely.
    const MAX: usize = 64;

    /// The place of an exchange among those first seen in its frame.
    fn next(&mut self, first: FrameRef) -> u32 {
        let at = (first.capture, first.frame);
        let known = self
            .0
            .iter_mut()
            .rev()
            .find(|(capture, frame, _)| (*capture, *frame) == at);
        if let Some((_, _, count)) = known {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.0.len() == Self::MAX {
            self.0.pop_front();
        }
        self.0.push_back((first.capture, first.frame, 1));
        1
    }
}

impl Exchanges {
    /// Takes in one event.
    pub(crate) fn observe(&mut self, event: &CarrierEvent<'_>, pdu: Option<PduRecord<'_>>) {
        let pdu = pdu.filter(|record| record.message_type.name().is_some());
        match event {
            CarrierEvent::Request(request) => self.request(request, pdu.as_ref()),
            CarrierEvent::Response(response) => self.response(response, pdu.as_ref()),
            CarrierEvent::End(end) => self.end(end),
            CarrierEvent::Receipt(receipt) => self.receipt(receipt),
        }
    }

    /// The latest time seen.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// How many legs are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Octets that they take, about.
    pub(crate) fn octets(&self) -> usize {
        self.open.octets()
    }

    /// Notes from now on which legs come and change.
    pub(crate) fn note_changes(&mut self) {
        self.open.note_changes();
    }

    /// Takes which legs came or changed since it was asked last.
    pub(crate) fn take_changed(&mut self) -> Vec<ExchangeId> {
        self.open.take_changed()
    }

    /// The open leg of an exchange, where changes are noted.
    pub(crate) fn leg(&self, exchange: ExchangeId) -> Option<&LegRecord> {
        self.open.get(exchange)
    }

    /// All open legs, in no order.
    pub(crate) fn legs(&self) -> impl Iterator<Item = Leg<'_>> {
        self.open.iter()
    }

    /// What the network said later of pushes that are open.
    pub(crate) const fn receipts(&self) -> &Receipts {
        self.open.receipts()
    }

    /// Takes all legs out, to group them.
    pub(crate) fn take(&mut self) -> (Vec<LegRecord>, Receipts) {
        self.open.take()
    }

    /// Whose exchanges were seen where retrievals would be.
    pub(crate) const fn sightings(&self) -> &Sightings {
        &self.sightings
    }

    /// Something is known of a TLS connection.
    pub(crate) fn encrypted(&mut self, connection: &EncryptedConnection<'_>, what: Encryption) {
        self.sightings.note_encrypted(connection, what);
    }

    /// Puts back the legs that stay open.
    pub(crate) fn put_back(&mut self, legs: Vec<LegRecord>, receipts: Receipts) {
        self.open.put_back(legs, receipts);
        self.announced.clear();
        for leg in self.open.iter() {
            let notified = leg.notified();
            let url = notified.and_then(|notified| notified.location());
            let id = notified.and_then(|notified| notified.transaction_id());
            let keys = url
                .into_iter()
                .flat_map(|url| announced_keys(&self.hashes, url, id));
            self.announced.extend(keys);
        }
    }

    fn seen(&mut self, at: Extent) {
        self.latest = self.latest.max(Some(at.last.time));
    }

    fn request(&mut self, request: &Request<'_>, pdu: Option<&PduRecord<'_>>) {
        self.seen(request.extent);
        let told = request
            .eaif
            .as_ref()
            .and_then(|eaif| Some(with_eaif(pdu?.clone(), eaif)));
        let pdu = told.as_ref().or(pdu);
        let mut leg = match pdu {
            Some(record) if facts::is_answer(record.message_type) && !hands_over(request, record) => {
                LegRecord::of_answer_in_request(request, record, &self.hashes)
            }
            pdu => LegRecord::of_request(request, pdu, &self.hashes),
        };
        leg.place = self.places.next(leg.first);
        if pdu.is_some() {
            self.sightings.note(leg.leg(), request.extent.last);
        }
        match leg.leg().request_facts() {
            RequestFacts::Get => {
                let key = leg.leg().url().map(|url| path_key(&self.hashes, url));
                self.fetch(leg, key);
            }
            RequestFacts::Connect => {
                let key = leg.leg().url().and_then(|url| tunnel_key(&self.hashes, url));
                self.fetch(leg, key);
            }
            RequestFacts::Unread => self.unmatched.insert(UnmatchedRequest { target: None, leg }),
            _ => {
                self.open.insert(leg);
                let record = pdu.filter(|record| record.message_type == PduType::NOTIFICATION_IND);
                if let Some(url) = record.and_then(|record| record.content_locations.first()) {
                    self.announce(url, record.and_then(|record| record.transaction_id.as_deref()));
                }
            }
        }
    }

    /// What may fetch something, by the key under which that is announced.
    fn fetch(&mut self, leg: LegRecord, key: Option<u64>) {
        if key.is_some_and(|key| self.announced.contains(&key)) {
            self.open.insert(leg);
        } else {
            self.unmatched.insert(UnmatchedRequest { target: key, leg });
        }
    }

    fn announce(&mut self, url: &str, transaction_id: Option<&str>) {
        for key in announced_keys(&self.hashes, url, transaction_id) {
            self.announced.insert(key);
            for leg in self.unmatched.claim(key) {
                self.open.insert(leg);
            }
        }
    }

    fn response(&mut self, response: &Response<'_>, pdu: Option<&PduRecord<'_>>) {
        self.seen(response.extent);
        if let Some(mut leg) = self.open.take_pending(response.exchange) {
            leg.take_answer(response, pdu, &self.hashes);
            self.note_answer(leg.leg(), response, pdu);
            let redirect = leg.leg().redirect().filter(|_| leg.leg().is_get());
            let redirect = redirect.map(str::to_owned);
            self.open.insert(leg);
            if let Some(url) = redirect {
                self.announce(&url, None);
            }
            return;
        }
        let Some(mut request) = self.unmatched.take(response.exchange) else {
            let leg = pdu.map(|record| LegRecord::of_answer_alone(response, record, &self.hashes));
            // Another PDU than those that answer makes no step of a message: nothing would ever close the leg.
            if let Some(mut leg) = leg.filter(|leg| leg.leg().kind().is_some()) {
                leg.place = self.places.next(leg.first);
                self.open.insert(leg);
            }
            return;
        };
        request.leg.take_answer(response, pdu, &self.hashes);
        self.note_answer(request.leg.leg(), response, pdu);
        let ours = match request.leg.leg() {
            leg if leg.is_connect() => false,
            leg if leg.is_get() => pdu.is_some() || claims_mms(response),
            leg => leg.kind().is_some(),
        };
        if ours {
            self.open.insert(request.leg);
        } else {
            self.unmatched.insert(request);
        }
    }

    fn note_answer(&mut self, leg: Leg<'_>, response: &Response<'_>, pdu: Option<&PduRecord<'_>>) {
        if pdu.is_some() {
            self.sightings.note(leg, response.extent.last);
        }
    }

    fn end(&mut self, end: &ExchangeEnd) {
        self.latest = self.latest.max(Some(end.at.time));
        if let Some(mut leg) = self.open.take_pending(end.exchange) {
            leg.take_end(end);
            self.open.insert(leg);
        } else if let Some(mut request) = self.unmatched.take(end.exchange) {
            request.leg.take_end(end);
            self.unmatched.insert(request);
        }
    }

    fn receipt(&mut self, receipt: &Receipt) {
        self.latest = self.latest.max(Some(receipt.at.time));
        if !receipt.delivered {
            let Receipt { at, code, .. } = *receipt;
            self.open.undelivered(receipt.exchange, Undelivered { at, code });
        }
    }
}

/// The key under which a URL is looked up whatever host a proxy puts into it.
fn path_key(hashes: &RandomState, url: &str) -> u64 {
    hashes.hash_one(&*address::location(url).path)
}

/// The key under which an origin is looked up that is only reached through TLS.
fn tunnel_key(hashes: &RandomState, url: &str) -> Option<u64> {
    let is_https = url
        .trim()
        .get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let host = address::location(url).host.filter(|_| is_https)?;
    Some(hashes.hash_one(("tunnel", &*host)))
}

/// The keys under which what a notification announces is fetched.
fn announced_keys(
    hashes: &RandomState,
    url: &str,
    transaction_id: Option<&str>,
) -> impl Iterator<Item = u64> {
    let path = address::location(url).path;
    let with_id = transaction_id.and_then(|id| address::with_appended(&path, id));
    let with_id = with_id.map(|path| hashes.hash_one(&*path));
    let keys = [Some(hashes.hash_one(&*path)), with_id, tunnel_key(hashes, url)];
    keys.into_iter().flatten()
}
