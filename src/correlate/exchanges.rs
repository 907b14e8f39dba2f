//! Puts the bearers' events together: requests, answers and ends of one exchange become one [`Leg`].
//!
//! A GET may fetch anything. It is kept as a leg only once something shows that it is a retrieval: a notification
//! announces its target, before it or after it, or its answer carries an MMS PDU or says so. Until then it stays
//! among the few that [`Unclaimed`] holds.

use std::collections::HashSet;

use super::address;
use super::contents::Contents;
use super::facts;
use super::leg::{Answered, Asked, Fate, Leg, Malformed, Undelivered};
use super::open_legs::OpenLegs;
use super::record::PduRecord;
use super::texts::Texts;
use super::unclaimed::Unclaimed;
use crate::model::{Extent, Timestamp};
use crate::session::{CarrierEvent, ExchangeEnd, ExchangeId, Method, Receipt, Request, Response, Status};

/// The longest URL that is kept of a GET, in octets: what common servers accept (RFC 9110 section 4.1 asks for at
/// least 8000). The target of a longer one is forgotten, so that nobody fills the memory with them.
const MAX_URL: usize = 8 * 1024;

/// All exchanges that are not yet closed.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    open: OpenLegs,
    unclaimed: Unclaimed,
    /// The targets that open notifications announce, by their path.
    announced: HashSet<u64, ahash::RandomState>,
    contents: Contents,
    hashes: ahash::RandomState,
    latest: Option<Timestamp>,
}

impl Exchanges {
    /// Takes in one event.
    pub(super) fn observe(&mut self, event: &CarrierEvent<'_>, pdu: Option<PduRecord<'_>>) {
        let pdu = pdu.filter(|record| record.message_type.name().is_some());
        match event {
            CarrierEvent::Request(request) => self.request(request, pdu),
            CarrierEvent::Response(response) => self.response(response, pdu),
            CarrierEvent::End(end) => self.end(end),
            CarrierEvent::Receipt(receipt) => self.receipt(receipt),
        }
    }

    /// The latest time seen.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// How many legs are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Octets that they take, about.
    pub(super) const fn octets(&self) -> usize {
        self.open.octets()
    }

    /// The time before which half of the open legs were last seen.
    pub(super) fn median_time(&self) -> Timestamp {
        let mut times: Vec<Timestamp> = self.open.iter().map(|leg| leg.last().time).collect();
        let half = times.len() / 2;
        if times.is_empty() {
            return Timestamp::default();
        }
        *times.select_nth_unstable(half).1
    }

    /// Takes all legs out, to group them.
    pub(super) fn take(&mut self) -> Vec<Leg> {
        self.open.take()
    }

    /// Puts back the legs that stay open.
    pub(super) fn keep(&mut self, legs: Vec<Leg>) {
        self.open.keep(legs);
        let announced = self.open.iter().filter_map(|leg| leg.notified()?.location());
        self.announced = announced.map(|url| path_key(&self.hashes, url)).collect();
        self.contents.prune();
    }

    fn seen(&mut self, at: Extent) {
        self.latest = self.latest.max(Some(at.last.time));
    }

    fn request(&mut self, request: &Request<'_>, pdu: Option<PduRecord<'_>>) {
        self.seen(request.extent);
        let leg = match pdu {
            Some(record) if facts::is_answer(record.message_type) => self.answer_in_request(request, record),
            pdu => self.new_leg(request, pdu),
        };
        match leg.asked {
            Asked::Get => self.get(request.exchange, leg),
            Asked::Unread => self.unclaimed.insert(request.exchange, None, leg),
            _ => {
                let location = leg
                    .notified()
                    .and_then(|notified| notified.location())
                    .map(str::to_owned);
                self.open.insert(leg);
                if let Some(url) = location {
                    self.announce(&url);
                }
            }
        }
    }

    fn get(&mut self, id: ExchangeId, leg: Leg) {
        let key = leg.url().map(|url| path_key(&self.hashes, url));
        if key.is_some_and(|key| self.announced.contains(&key)) {
            self.open.insert(leg);
        } else {
            self.unclaimed.insert(id, key, leg);
        }
    }

    fn announce(&mut self, url: &str) {
        let key = path_key(&self.hashes, url);
        self.announced.insert(key);
        for leg in self.unclaimed.claim(key) {
            self.open.insert(leg);
        }
    }

    fn new_leg(&mut self, request: &Request<'_>, pdu: Option<PduRecord<'_>>) -> Leg {
        let malformed = pdu.as_ref().and_then(|record| malformed(record, request.extent));
        let asked = match (pdu, request.method) {
            (Some(record), _) => facts::asked(record, &mut self.contents),
            (None, Method::Get) => Asked::Get,
            (None, _) => Asked::Unread,
        };
        Leg {
            bearer: request.bearer,
            client: request.source,
            server: request.destination,
            exchange: request.exchange,
            span: Some(request.extent.into()),
            request_end: request.body.end,
            relayed: request.relayed,
            fate: if request.expects_answer {
                Fate::Pending
            } else {
                Fate::NoneExpected
            },
            asked,
            answered: Answered::Nothing,
            texts: texts(request),
            undelivered: None,
            malformed,
        }
    }

    /// A PDU that answers, handed over by a request of its own (a push, or a POST between servers).
    fn answer_in_request(&mut self, request: &Request<'_>, record: PduRecord<'_>) -> Leg {
        let malformed = malformed(&record, request.extent);
        Leg {
            client: request.destination,
            server: request.source,
            span: None,
            asked: Asked::Unseen,
            fate: Fate::Answered {
                span: request.extent.into(),
                status: Status::Acknowledged,
                end: request.body.end,
                length: request.body.length,
                claims_mms: true,
            },
            answered: facts::answered(record, &mut self.contents),
            malformed,
            ..self.new_leg(request, None)
        }
    }

    fn response(&mut self, response: &Response<'_>, pdu: Option<PduRecord<'_>>) {
        self.seen(response.extent);
        let malformed = pdu.as_ref().and_then(|record| malformed(record, response.extent));
        let has_pdu = pdu.is_some();
        let answered = pdu.map_or(Answered::Nothing, |record| {
            facts::answered(record, &mut self.contents)
        });
        let claims_mms = response.body.content_type.is_some_and(is_mms_type);
        let fate = Fate::Answered {
            span: response.extent.into(),
            status: response.status,
            end: response.body.end,
            length: response.body.length,
            claims_mms,
        };
        if self.open.get_mut(response.exchange).is_some() {
            let answer = |leg: &mut Leg| leg.answer_with(fate, answered, malformed);
            self.open.update(response.exchange, answer);
            return;
        }
        let Some(leg) = self.unclaimed.get_mut(response.exchange) else {
            if has_pdu {
                self.open
                    .insert(answer_alone(response, fate, answered, malformed));
            }
            return;
        };
        leg.answer_with(fate, answered, malformed);
        let ours = match leg.asked {
            Asked::Get => has_pdu || claims_mms,
            _ => leg.kind().is_some(),
        };
        if ours && let Some(leg) = self.unclaimed.take(response.exchange) {
            self.open.insert(leg);
        }
    }

    fn end(&mut self, end: &ExchangeEnd) {
        self.latest = self.latest.max(Some(end.at.time));
        let leg = match self.open.get_mut(end.exchange) {
            Some(leg) => Some(leg),
            None => self.unclaimed.get_mut(end.exchange),
        };
        if let Some(leg) = leg.filter(|leg| matches!(leg.fate, Fate::Pending)) {
            leg.fate = Fate::Ended {
                at: end.at.into(),
                reason: end.reason,
                answer: end.answer,
            };
        }
    }

    fn receipt(&mut self, receipt: &Receipt) {
        self.latest = self.latest.max(Some(receipt.at.time));
        if let Some(leg) = self.open.get_mut(receipt.exchange).filter(|_| !receipt.delivered) {
            leg.undelivered = Some(Box::new(Undelivered {
                at: receipt.at,
                code: receipt.code,
            }));
        }
    }
}

impl Leg {
    /// The first answer counts; a PDU that was handed over in a request has had its answer.
    fn answer_with(&mut self, fate: Fate, answered: Answered, malformed: Option<Box<Malformed>>) {
        if !matches!(self.fate, Fate::Answered { .. }) {
            self.fate = fate;
            self.answered = answered;
            self.malformed = self.malformed.take().or(malformed);
        }
    }
}

/// An answer whose request was not captured.
fn answer_alone(
    response: &Response<'_>,
    fate: Fate,
    answered: Answered,
    malformed: Option<Box<Malformed>>,
) -> Leg {
    Leg {
        exchange: response.exchange,
        bearer: response.bearer,
        client: response.destination,
        server: response.source,
        fate,
        answered,
        malformed,
        ..Leg::nothing()
    }
}

/// What is kept of a request's texts. Only of a GET does the whole URL matter; of others the origin tells the MMSC.
fn texts(request: &Request<'_>) -> Texts {
    let url = request.url.filter(|url| url.len() <= MAX_URL);
    let url = match request.method {
        Method::Get => url,
        _ => url.map(origin),
    };
    let subscriber = request.subscriber.map(|subscriber| subscriber.value);
    Texts::pack([url, subscriber, request.recipient])
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + "://".len());
    let end = url.get(authority..).and_then(|rest| rest.find(['/', '?']));
    end.and_then(|end| url.get(..authority + end)).unwrap_or(url)
}

/// Whether a media type says MMS (OMA-TS-MMS_ENC section 7.1).
fn is_mms_type(content_type: &str) -> bool {
    content_type.eq_ignore_ascii_case("application/vnd.wap.mms-message")
}

fn malformed(record: &PduRecord<'_>, extent: Extent) -> Option<Box<Malformed>> {
    record.malformed.then(|| {
        Box::new(Malformed {
            at: extent.last,
            pdu: record.message_type,
            detail: record
                .malformed_detail
                .as_deref()
                .unwrap_or("not as the specification says")
                .into(),
        })
    })
}

/// The key under which a URL is looked up whatever host a proxy puts into it.
fn path_key(hashes: &ahash::RandomState, url: &str) -> u64 {
    hashes.hash_one(&*address::location(url).path)
}
