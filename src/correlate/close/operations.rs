//! MM1 transactions about a mailbox or a stored message, and cancellations (TS 23.140 sections 8.1.9 to
//! 8.1.14).
//!
//! m-cancel is a push that is answered by a POST of its own; the two are joined by transaction id and phone.

use crate::correlate::assemble::message_builder::UNNUMBERED;
use crate::correlate::group::ids::{Id, OperationId, StepId};
use crate::correlate::group::index::Index;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::message::{
    Code, Operation, OperationEntry, OperationHeader, OperationKind, OperationPdu, Outcome, Seen,
};
use crate::correlate::record::address;
use crate::correlate::record::pdu::StatusEntry;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::open_legs::LegId;
use crate::correlate::store::operation_facts::OperationFacts;
use crate::correlate::store::pdus::STATUS_OK;
use crate::correlate::verdict::ends::{self, Ending};
use crate::correlate::verdict::handover;
use crate::correlate::verdict::judge::{Judge, answer_seen, code, milliseconds, request_seen};
use crate::mms::{Codes, Mm7Type, PduType};
use crate::model::{FrameRef, SharedSort};

/// The steps of one operation: one, or of a cancellation the push and the POST.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairing {
    pub(crate) asks: Option<StepId>,
    /// The step whose request answers `asks`.
    pub(crate) answers: Option<StepId>,
}

impl Pairing {
    pub(crate) fn steps(&self) -> impl Iterator<Item = StepId> {
        self.asks.into_iter().chain(self.answers)
    }
}

/// All operations of a snapshot, in time order.
pub(crate) fn pairings(snapshot: &Snapshot<'_>) -> Vec<Pairing> {
    let mut found: Vec<Pairing> = Vec::new();
    let mut cancellations = Index::default();
    let mut answers = Vec::new();
    for step in snapshot.of_kind(LegKind::Operation) {
        let leg = snapshot.leg(step);
        let asked = leg.operation();
        if asked.is_some_and(|facts| facts.pdu == PduType::CANCEL_CONF) {
            answers.push(step);
            continue;
        }
        if let Some(facts) = asked.filter(|facts| facts.pdu == PduType::CANCEL_REQ) {
            cancellations.add(
                snapshot.key(facts.transaction_id()),
                leg.first().time,
                OperationId::of(found.len()),
            );
        }
        found.push(Pairing {
            asks: Some(step),
            answers: None,
        });
    }
    cancellations.sort();
    for step in answers {
        let pairing = cancelled(snapshot, &found, &cancellations, snapshot.leg(step));
        match pairing.and_then(|pairing| found.get_mut(pairing.place())) {
            Some(pairing) => pairing.answers = Some(step),
            None => found.push(Pairing {
                asks: None,
                answers: Some(step),
            }),
        }
    }
    found.shared_sort_by_key(|pairing| pairing.steps().map(|step| snapshot.leg(step).first()).min());
    found
}

/// The unanswered m-cancel.req that an m-cancel.conf answers: it went to the phone, or to one whose address is not
/// known, nearest before.
fn cancelled(
    snapshot: &Snapshot<'_>,
    found: &[Pairing],
    cancellations: &Index<OperationId>,
    answer: Leg<'_>,
) -> Option<OperationId> {
    let key = snapshot.key(answer.operation()?.transaction_id());
    let fits = |id: &OperationId| {
        let pairing = found.get(id.place()).filter(|pairing| pairing.answers.is_none());
        let push = pairing
            .and_then(|pairing| pairing.asks)
            .map(|step| snapshot.leg(step));
        push.is_some_and(|push| {
            push.recipient().is_some() || snapshot.keys.server(push) == snapshot.keys.client(answer)
        })
    };
    cancellations.near(key, answer.first().time).find(fits)
}

impl Judge<'_> {
    /// An operation and the frame of its first octet.
    pub(crate) fn operation(&self, pairing: &Pairing) -> Option<(FrameRef, Operation)> {
        let step = pairing.steps().next()?;
        let one = self.last_try(step)?;
        let near = self.hops(one).next()?;
        let answering = pairing
            .answers
            .filter(|_| pairing.asks.is_some())
            .map(|step| self.snapshot.leg(step));
        let alone = pairing.asks.is_none();
        let asked = near.operation().filter(|_| !alone);
        let (conf_leg, conf, conf_seen) = match answering.or(alone.then_some(near)) {
            Some(leg) => (Some(leg), leg.operation(), request_seen(leg)),
            None => {
                let leg = self
                    .hops(one)
                    .find(|leg| leg.operation_conf().is_some() || leg.mm7_answer().is_some())
                    .or_else(|| self.hops(one).find(|leg| leg.answer().is_some()));
                (leg, leg.and_then(Leg::operation_conf), leg.and_then(answer_seen))
            }
        };
        let kind = kind(asked.or(conf)?.pdu)?;
        let fault = conf_leg.and_then(Leg::mm7_answer);
        let status = conf.and_then(|conf| status(kind, conf));
        let status = status.or(fault.and_then(|fault| fault.status()).map(handover::code));
        let asked_at = asked.and(near.request());
        let answered_at = conf_seen.as_ref().map(|seen| seen.time);
        let operation = Operation {
            id: UNNUMBERED,
            kind,
            outcome: match (conf, fault) {
                (Some(conf), _) => outcome(status.as_ref(), conf),
                (None, Some(_)) => Outcome::Failure,
                (None, None) => self.outcome_without_answer(one),
            },
            subscriber: near.subscriber().map(|number| address::bare(number).to_owned()),
            transaction_id: asked.or(conf)?.transaction_id().map(str::to_owned),
            request: asked.and_then(|facts| pdu(facts, request_seen(near))),
            response: match (conf, fault) {
                (Some(facts), _) => pdu(facts, conf_seen),
                (None, fault) => conf_seen.map(|seen| OperationPdu {
                    seen,
                    pdu: fault.map(|fault| fault.pdu),
                    headers: Vec::new(),
                }),
            },
            http_status: conf_leg.or(Some(near)).and_then(ends::http_status),
            status,
            entries: conf.map_or(Vec::new(), |conf| {
                conf.entries.iter().cloned().map(entry).collect()
            }),
            latency_ms: asked_at
                .zip(answered_at)
                .map(|(asked, answered)| milliseconds(answered.since(asked.last.time))),
        };
        Some((near.first(), operation))
    }

    fn outcome_without_answer(&self, one: &[LegId]) -> Outcome {
        match self.ending(one) {
            Ending::Failed(_) | Ending::FailedOperation => Outcome::Failure,
            Ending::ResponseFacts | Ending::Pending => Outcome::Open,
        }
    }
}

fn kind(pdu: PduType) -> Option<OperationKind> {
    Some(match pdu {
        PduType::MBOX_STORE_REQ | PduType::MBOX_STORE_CONF => OperationKind::MboxStore,
        PduType::MBOX_VIEW_REQ | PduType::MBOX_VIEW_CONF => OperationKind::MboxView,
        PduType::MBOX_UPLOAD_REQ | PduType::MBOX_UPLOAD_CONF => OperationKind::MboxUpload,
        PduType::MBOX_DELETE_REQ | PduType::MBOX_DELETE_CONF => OperationKind::MboxDelete,
        PduType::DELETE_REQ | PduType::DELETE_CONF => OperationKind::Delete,
        PduType::CANCEL_REQ | PduType::CANCEL_CONF => OperationKind::Cancel,
        PduType::Mm7(Mm7Type::CancelReq | Mm7Type::CancelRsp) => OperationKind::Mm7Cancel,
        PduType::Mm7(Mm7Type::ReplaceReq | Mm7Type::ReplaceRsp) => OperationKind::Mm7Replace,
        PduType::Mm7(Mm7Type::ExtendedCancelReq | Mm7Type::ExtendedCancelRsp) => {
            OperationKind::Mm7ExtendedCancel
        }
        PduType::Mm7(Mm7Type::ExtendedReplaceReq | Mm7Type::ExtendedReplaceRsp) => {
            OperationKind::Mm7ExtendedReplace
        }
        _ => return None,
    })
}

/// The status that decides: store status where something is stored, cancel status, else response status; of a
/// deletion the first that is not ok.
fn status(kind: OperationKind, conf: OperationFacts<'_>) -> Option<Code> {
    let response = |status| code(Codes::ResponseStatus, status);
    match kind {
        OperationKind::MboxStore | OperationKind::MboxUpload => {
            code(Codes::StoreStatus, conf.store_status).or_else(|| response(conf.response_status))
        }
        OperationKind::Cancel => code(Codes::CancelStatus, conf.cancel_status),
        OperationKind::Mm7Cancel
        | OperationKind::Mm7Replace
        | OperationKind::Mm7ExtendedCancel
        | OperationKind::Mm7ExtendedReplace => conf.mm7_status.map(Code::of_mm7),
        OperationKind::MboxView | OperationKind::MboxDelete | OperationKind::Delete => {
            let refused = conf
                .entries
                .iter()
                .filter_map(|entry| entry.status)
                .find(|status| *status != STATUS_OK);
            let first = conf.entries.iter().find_map(|entry| entry.status);
            response(refused.or(conf.response_status).or(first))
        }
    }
}

/// StatusCode 1xxx of MM7 is success. X-Mms-Cancel-Status 128 is "request received", every other field's 128 is ok. An answer whose octets that would
/// say so are missing decides nothing.
fn outcome(status: Option<&Code>, conf: OperationFacts<'_>) -> Outcome {
    let all_ok = conf
        .entries
        .iter()
        .all(|entry| entry.status.is_none_or(|status| status == STATUS_OK));
    let is_ok = |code: u32| code == u32::from(STATUS_OK) || (1000..2000).contains(&code);
    match status {
        Some(status) if status.code.is_some_and(is_ok) && all_ok => Outcome::Success,
        Some(_) => Outcome::Failure,
        None => Outcome::Open,
    }
}

fn pdu(facts: OperationFacts<'_>, seen: Option<Seen>) -> Option<OperationPdu> {
    let headers = facts.headers.iter().map(|(name, value)| OperationHeader {
        name: name.clone(),
        value: value.clone(),
    });
    Some(OperationPdu {
        seen: seen?,
        pdu: Some(facts.pdu),
        headers: headers.collect(),
    })
}

fn entry(entry: StatusEntry) -> OperationEntry {
    let StatusEntry {
        content_location,
        status,
        text,
        message_id,
    } = entry;
    OperationEntry {
        content_location,
        status: code(Codes::ResponseStatus, status),
        text,
        message_id,
    }
}
