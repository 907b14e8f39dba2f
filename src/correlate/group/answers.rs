//! MM4_*.RES and the requests that they answer. A RES comes in a mail of its own, over whatever connection, in the other
//! direction between the same two systems (3GPP TS 23.140 section 8.4.1): X-Mms-Transaction-ID joins it, which is unique
//! to one originator for a while.

use crate::correlate::group::ids::{IdVec, StepId};
use crate::correlate::group::index::{Few, Index};
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::party::AddressKeys;
use crate::correlate::group::steps::Step;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::open_legs::Legs;
use crate::mms::{Mm4Type, PduType};
use crate::model::SharedSort;

/// What answers what.
#[derive(Debug, Default)]
pub(crate) struct Mm4Answers {
    /// Each request that was answered with each of its answers, in the order of the requests, then of time.
    pairs: Vec<(StepId, StepId)>,
    /// Answers to requests that were not captured.
    pub(crate) orphans: Vec<StepId>,
}

impl Mm4Answers {
    pub(crate) fn new(legs: Legs<'_>, steps: &IdVec<StepId, Step>, keys: &AddressKeys) -> Self {
        let mut answers = Self::default();
        let pairing = Pairing { legs, steps, keys };
        let of_kind = |wanted: fn(LegKind) -> bool| steps.iter().filter(move |(_, step)| wanted(step.kind));
        let mut waiting = of_kind(|kind| kind == LegKind::Answer)
            .map(|(id, _)| id)
            .peekable();
        if waiting.peek().is_none() {
            return answers;
        }
        let requests = pairing.requests();
        for answer in waiting {
            match pairing.request_of(answer, &requests) {
                Some(request) => answers.pairs.push((request, answer)),
                None => answers.orphans.push(answer),
            }
        }
        answers.pairs.shared_sort();
        answers
    }

    /// The answers to a request, in the order of time.
    pub(crate) fn of(&self, request: StepId) -> impl Iterator<Item = StepId> {
        let first = self.pairs.partition_point(|(other, _)| *other < request);
        let rest = self.pairs.iter().skip(first);
        rest.take_while(move |(other, _)| *other == request)
            .map(|(_, answer)| *answer)
    }

    /// Notes the joins.
    pub(crate) fn note(&self, joins: &mut Joins) {
        for (request, answer) in &self.pairs {
            joins.add(*request, *answer, By::TransactionId);
        }
    }
}

struct Pairing<'a> {
    legs: Legs<'a>,
    steps: &'a IdVec<StepId, Step>,
    keys: &'a AddressKeys,
}

impl<'a> Pairing<'a> {
    fn leg(&self, step: StepId) -> Option<Leg<'a>> {
        self.legs.get(self.steps.get(step)?.front())
    }

    /// The requests that may be answered, by what kind they are of and their transaction id.
    fn requests(&self) -> Index<StepId> {
        let mut index = Index::default();
        for (id, step) in self.steps.iter() {
            let Some(leg) = self.legs.get(step.front()) else {
                continue;
            };
            if let Some(answer) = leg.pdu().and_then(answer_of)
                && let Some(transaction_id) = leg.mm4_transaction_id()
            {
                index.add(self.keys.key((answer, transaction_id)), leg.first().time, id);
            }
        }
        index.sort();
        index
    }

    /// The request that an answer is to: one between the same systems, with the same message id before one with
    /// another, nearest in time.
    fn request_of(&self, answer: StepId, requests: &Index<StepId>) -> Option<StepId> {
        let leg = self.leg(answer)?;
        let said = leg.mm4_answer()?;
        let key = self.keys.key((said.pdu, leg.mm4_transaction_id()?));
        let time = leg.first().time;
        let candidates: Few<(StepId, Leg<'_>)> = requests
            .near(key, time)
            .filter_map(|step| Some((step, self.leg(step)?)))
            .collect();
        let fits = |(_, request): &&(StepId, Leg<'_>)| !Self::are_of_other_systems(*request, leg);
        let same_id = |request: Leg<'_>| {
            let id = said.message_id().map(address::message_id);
            id.is_some() && id == Leg::message_id(request)
        };
        let named = |(_, request): &&(StepId, Leg<'_>)| same_id(*request);
        let all = || candidates.iter();
        let found = all().filter(fits).find(named).or_else(|| all().find(fits));
        // Domains may be written otherwise in the envelope; then the message id tells, unless all MMSCs may count alike.
        let is_of_system = said.message_id().is_some_and(|id| id.contains('@'));
        let written_otherwise = || all().filter(|_| is_of_system).find(named);
        found.or_else(written_otherwise).map(|(step, _)| *step)
    }

    /// Whether an answer comes from another system than the request went to, or goes to another than it came from.
    fn are_of_other_systems(request: Leg<'_>, answer: Leg<'_>) -> bool {
        differ(peer(request), answer.mm4_system()) || is_for_another_system(request, answer)
    }
}

/// Whether an answer goes to another system than a request came from: by its envelope, unless the server that takes it
/// greets with the name of that system.
pub(crate) fn is_for_another_system(request: Leg<'_>, answer: Leg<'_>) -> bool {
    differ(request.mm4_system(), peer(answer)) && !is_taken_by(request.mm4_system(), answer)
}

/// Whether the server that takes an answer greets with the domain of a system.
fn is_taken_by(system: Option<&str>, answer: Leg<'_>) -> bool {
    let domain = system.and_then(address::domain);
    domain
        .zip(answer.mail_server())
        .is_some_and(|(domain, server)| domain.eq_ignore_ascii_case(server))
}

/// Whether two systems are named and have other domains.
fn differ(one: Option<&str>, other: Option<&str>) -> bool {
    let domains = one.and_then(address::domain).zip(other.and_then(address::domain));
    domains.is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other))
}

/// The system that a mail went to, by the domain of its envelope's recipient.
fn peer(leg: Leg<'_>) -> Option<&str> {
    leg.envelope_recipients()
        .next()
        .map(|recipient| recipient.written)
}

/// The PDU of MM4 that answers another one.
pub(crate) const fn answer_of(request: PduType) -> Option<PduType> {
    match request {
        PduType::Mm4(Mm4Type::ForwardReq) => Some(PduType::Mm4(Mm4Type::ForwardRes)),
        PduType::Mm4(Mm4Type::DeliveryReportReq) => Some(PduType::Mm4(Mm4Type::DeliveryReportRes)),
        PduType::Mm4(Mm4Type::ReadReplyReportReq) => Some(PduType::Mm4(Mm4Type::ReadReplyReportRes)),
        _ => None,
    }
}
