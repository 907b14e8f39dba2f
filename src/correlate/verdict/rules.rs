//! The rules of verdicts as one table: which PDU starts a leg, which answers it, which timer runs, and what each status
//! means. By what a leg finds its message is in the lists of `group` ([`JoinRule`](crate::correlate::group::join::JoinRule)). The clauses are those of
//! OMA-TS-MMS_ENC-V1_3 (ENC), OMA-TS-MMS_CTR-V1_3 (CTR) and 3GPP TS 23.140.
//!
//! Read a row as: *the leg* begins with `start`, ends with `answer` within `timer`; a status in `verdicts`
//! brings the delivery (or submission) to that state and counts as that failure; any other status is `otherwise`.

use crate::correlate::message::{FailureKind, State};
use crate::correlate::store::leg::{Leg, RequestFacts, ResponseFacts, expiry_time};
use crate::correlate::verdict::proof::{ProofOfAbsence, ProofOfCut, Proven};
use crate::mms::{MailType, Mm4Type, Mm7Type, PduType};
use crate::model::{Nanoseconds, Timestamp};

/// What starts a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// A GET of a content location.
    Get,
    /// A PDU.
    Pdu(PduType),
}

/// How long a leg may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The answer is due within the response timeout.
    Response,
    /// The retrieval is due before X-Mms-Expiry passes.
    Expiry,
    /// Nothing is due.
    None,
}

impl Timer {
    /// When that is due which it waits for after a request; none where nothing is.
    pub(crate) fn deadline(self, leg: Leg<'_>, response_timeout: Nanoseconds) -> Option<Timestamp> {
        let asked = leg.request()?.last.time;
        match self {
            Self::Response => Some(asked.plus(response_timeout)),
            Self::Expiry => Some(expiry_time(leg.notified()?.expiry()?, asked)),
            Self::None => None,
        }
    }
}

/// What a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The state that it brings about.
    pub state: Option<State>,
    /// The failure that it counts as.
    pub failure: Option<FailureKind>,
}

/// What a fault of the bearer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: it does not concern the leg.
    None,
    /// The leg failed that way.
    Is(FailureKind),
    /// The operation failed.
    Operation,
}

/// The failures of an exchange itself, whatever its PDUs say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BearerFailures {
    /// The request was cut short.
    pub request_incomplete: Proven<ProofOfCut>,
    /// No answer in time, although it could have been seen.
    pub no_response: Proven<ProofOfAbsence>,
    /// The bearer answered with an error.
    pub error: Fault,
    /// Reset, abort or close before the answer.
    pub aborted: Fault,
    /// The answer was cut short.
    pub answer_incomplete: Proven<ProofOfCut>,
    /// The answer is no MMS PDU.
    pub not_mms: Fault,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// What starts it.
    pub start: Start,
    /// The PDU that answers.
    pub answer: Option<PduType>,
    /// How long it may last.
    pub timer: Timer,
    /// What each status means.
    pub verdicts: &'static [(u8, Meaning)],
    /// Of a status that is not in `verdicts`.
    pub otherwise: Meaning,
    /// Of a PDU without that field.
    pub absent: Meaning,
    /// What the faults of its bearer mean.
    pub bearer: BearerFailures,
}

impl Rule {
    /// What a status means.
    pub(crate) fn meaning(&self, status: Option<u8>) -> Meaning {
        let Some(status) = status else { return self.absent };
        let known = self.verdicts.iter().find(|(code, _)| *code == status);
        known.map_or(self.otherwise, |(_, meaning)| *meaning)
    }
}

const NOTHING: Meaning = Meaning {
    state: None,
    failure: None,
};

const fn reaches(state: State) -> Meaning {
    Meaning {
        state: Some(state),
        failure: None,
    }
}

const fn fails(state: State, failure: FailureKind) -> Meaning {
    Meaning {
        state: Some(state),
        failure: Some(failure),
    }
}

const NO_BEARER_FAILURES: BearerFailures = BearerFailures {
    request_incomplete: Proven::of(Fault::None),
    no_response: Proven::of(Fault::None),
    error: Fault::None,
    aborted: Fault::None,
    answer_incomplete: Proven::of(Fault::None),
    not_mms: Fault::None,
};

const SUBMISSION_BEARER: BearerFailures = BearerFailures {
    request_incomplete: Proven::of(Fault::Is(FailureKind::SendIncomplete)),
    no_response: Proven::of(Fault::Is(FailureKind::SendNoResponse)),
    error: Fault::Is(FailureKind::SendHttpError),
    aborted: Fault::Is(FailureKind::SendAborted),
    answer_incomplete: Proven::of(Fault::Is(FailureKind::SendAborted)),
    not_mms: Fault::Is(FailureKind::SendNotMms),
};

const ACK_BEARER: BearerFailures = BearerFailures {
    request_incomplete: Proven::of(Fault::Is(FailureKind::AckAborted)),
    no_response: Proven::of(Fault::Is(FailureKind::AckNoResponse)),
    error: Fault::Is(FailureKind::AckHttpError),
    aborted: Fault::Is(FailureKind::AckAborted),
    ..NO_BEARER_FAILURES
};

const OPERATION_BEARER: BearerFailures = BearerFailures {
    request_incomplete: Proven::of(Fault::Operation),
    no_response: Proven::of(Fault::Operation),
    error: Fault::Operation,
    aborted: Fault::Operation,
    answer_incomplete: Proven::of(Fault::Operation),
    not_mms: Fault::Operation,
};

/// Of mail from outside, by SMTP.
const MAIL_BEARER: BearerFailures = BearerFailures {
    error: Fault::Is(FailureKind::SendSmtpError),
    not_mms: Fault::None,
    ..SUBMISSION_BEARER
};

const MM4_BEARER: BearerFailures = BearerFailures {
    request_incomplete: Proven::of(Fault::Is(FailureKind::HandoverIncomplete)),
    no_response: Proven::of(Fault::Is(FailureKind::HandoverNoResponse)),
    error: Fault::Is(FailureKind::HandoverSmtpError),
    aborted: Fault::Is(FailureKind::HandoverAborted),
    answer_incomplete: Proven::of(Fault::Is(FailureKind::HandoverAborted)),
    not_mms: Fault::None,
};

const MM7_BEARER: BearerFailures = BearerFailures {
    error: Fault::Is(FailureKind::HandoverHttpError),
    not_mms: Fault::Is(FailureKind::HandoverNotMms),
    ..MM4_BEARER
};

const MAIL_REPORT_BEARER: BearerFailures = BearerFailures {
    error: Fault::Is(FailureKind::ReportSmtpError),
    no_response: Proven::of(Fault::Is(FailureKind::ReportNoResponse)),
    ..NO_BEARER_FAILURES
};

/// Of a report that is pushed nothing is due, as of a notification: an SMSC answers when it likes.
const PUSHED_REPORT_BEARER: BearerFailures = BearerFailures {
    error: Fault::Is(FailureKind::ReportHttpError),
    ..NO_BEARER_FAILURES
};

const REPORT_BEARER: BearerFailures = BearerFailures {
    no_response: Proven::of(Fault::Is(FailureKind::ReportNoResponse)),
    ..PUSHED_REPORT_BEARER
};

/// A status that says the recipient's side is not done with the message or will not be.
const EXPIRED: u8 = 0x80;
const RETRIEVED: u8 = 0x81;
const REJECTED: u8 = 0x82;
const DEFERRED: u8 = 0x83;
const UNRECOGNISED: u8 = 0x84;
const INDETERMINATE: u8 = 0x85;
const FORWARDED: u8 = 0x86;
const UNREACHABLE: u8 = 0x87;
const OK: u8 = 0x80;
const READ: u8 = 0x80;
const DELETED_UNREAD: u8 = 0x81;

const RESPONSE_VERDICTS: &[(u8, Meaning)] = &[(OK, reaches(State::Submitted))];

/// The table. Above each row stand the clauses that define it, and the field that its statuses are of.
pub(crate) const RULES: &[Rule] = &[
    // ENC 6.1; 23.140 8.1.3: X-Mms-Response-Status.
    Rule {
        start: Start::Pdu(PduType::SEND_REQ),
        answer: Some(PduType::SEND_CONF),
        timer: Timer::Response,
        verdicts: RESPONSE_VERDICTS,
        otherwise: fails(State::Failed, FailureKind::SendRejected),
        absent: NOTHING,
        bearer: SUBMISSION_BEARER,
    },
    // ENC 6.5; 23.140 8.1.6: X-Mms-Response-Status.
    Rule {
        start: Start::Pdu(PduType::FORWARD_REQ),
        answer: Some(PduType::FORWARD_CONF),
        timer: Timer::Response,
        verdicts: RESPONSE_VERDICTS,
        otherwise: fails(State::Failed, FailureKind::SendRejected),
        absent: NOTHING,
        bearer: SUBMISSION_BEARER,
    },
    // ENC 6.2; 23.140 8.1.4.
    Rule {
        start: Start::Pdu(PduType::NOTIFICATION_IND),
        answer: None,
        timer: Timer::Expiry,
        verdicts: &[],
        otherwise: NOTHING,
        absent: reaches(State::Notified),
        bearer: BearerFailures {
            error: Fault::Is(FailureKind::NotificationBearerError),
            ..NO_BEARER_FAILURES
        },
    },
    // ENC 6.3; 23.140 8.1.5: X-Mms-Retrieve-Status.
    Rule {
        start: Start::Get,
        answer: Some(PduType::RETRIEVE_CONF),
        timer: Timer::Response,
        verdicts: &[(OK, reaches(State::Retrieved))],
        otherwise: fails(State::Failed, FailureKind::RetrieveStatus),
        absent: reaches(State::Retrieved),
        bearer: BearerFailures {
            request_incomplete: Proven::of(Fault::None),
            no_response: Proven::of(Fault::Is(FailureKind::RetrieveNoResponse)),
            error: Fault::Is(FailureKind::RetrieveHttpError),
            aborted: Fault::Is(FailureKind::RetrieveAborted),
            answer_incomplete: Proven::of(Fault::Is(FailureKind::RetrieveIncomplete)),
            not_mms: Fault::Is(FailureKind::RetrieveNotMms),
        },
    },
    // ENC 6.2; CTR 8.2.2; 23.140 8.1.4: X-Mms-Status.
    Rule {
        start: Start::Pdu(PduType::NOTIFYRESP_IND),
        answer: None,
        timer: Timer::Response,
        verdicts: &[
            (EXPIRED, fails(State::Expired, FailureKind::NotificationExpired)),
            (RETRIEVED, reaches(State::Acknowledged)),
            (
                REJECTED,
                fails(State::Rejected, FailureKind::NotificationRejected),
            ),
            (DEFERRED, reaches(State::Deferred)),
            (
                UNRECOGNISED,
                fails(State::Unrecognised, FailureKind::NotificationUnrecognised),
            ),
            (INDETERMINATE, reaches(State::Indeterminate)),
            (FORWARDED, reaches(State::Forwarded)),
            (UNREACHABLE, reaches(State::Unreachable)),
        ],
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: ACK_BEARER,
    },
    // ENC 6.4; 23.140 8.1.5.
    Rule {
        start: Start::Pdu(PduType::ACKNOWLEDGE_IND),
        answer: None,
        timer: Timer::Response,
        verdicts: &[],
        otherwise: NOTHING,
        absent: reaches(State::Acknowledged),
        bearer: ACK_BEARER,
    },
    // ENC 6.6; 23.140 8.1.7: X-Mms-Status.
    Rule {
        start: Start::Pdu(PduType::DELIVERY_IND),
        answer: None,
        timer: Timer::None,
        verdicts: DELIVERY_VERDICTS,
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: PUSHED_REPORT_BEARER,
    },
    // ENC 6.7; 23.140 8.1.8: X-Mms-Read-Status.
    Rule {
        start: Start::Pdu(PduType::READ_REC_IND),
        answer: None,
        timer: Timer::Response,
        verdicts: READ_VERDICTS,
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: REPORT_BEARER,
    },
    // ENC 6.7; 23.140 8.1.8: X-Mms-Read-Status.
    Rule {
        start: Start::Pdu(PduType::READ_ORIG_IND),
        answer: None,
        timer: Timer::None,
        verdicts: READ_VERDICTS,
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: PUSHED_REPORT_BEARER,
    },
    // 23.140 8.7.1: StatusCode.
    Rule {
        start: Start::Pdu(PduType::Mm7(Mm7Type::SubmitReq)),
        answer: Some(PduType::Mm7(Mm7Type::SubmitRsp)),
        timer: Timer::Response,
        verdicts: &[],
        otherwise: fails(State::Failed, FailureKind::SendRejected),
        absent: NOTHING,
        bearer: SUBMISSION_BEARER,
    },
    // 23.140 8.4.1: X-Mms-Request-Status-Code of the RES, which comes in a mail of its own.
    Rule {
        start: Start::Pdu(PduType::Mm4(Mm4Type::ForwardReq)),
        answer: None,
        timer: Timer::Response,
        verdicts: &[],
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: MM4_BEARER,
    },
    // 23.140 8.3.
    Rule {
        start: Start::Pdu(PduType::Mail(MailType::Mail)),
        answer: None,
        timer: Timer::Response,
        verdicts: &[],
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: MM4_BEARER,
    },
    // 23.140 8.7.2: StatusCode.
    Rule {
        start: Start::Pdu(PduType::Mm7(Mm7Type::DeliverReq)),
        answer: None,
        timer: Timer::Response,
        verdicts: &[],
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: MM7_BEARER,
    },
    // 23.140 8.4.2: X-Mms-MM-Status-Code, written as MM1's.
    delivery_report(PduType::Mm4(Mm4Type::DeliveryReportReq), MAIL_REPORT_BEARER),
    // 23.140 8.7.3: MMStatus, written as MM1's.
    delivery_report(PduType::Mm7(Mm7Type::DeliveryReportReq), REPORT_BEARER),
    // RFC 3464: Action, written as MM1's status.
    delivery_report(PduType::Mail(MailType::Dsn), MAIL_REPORT_BEARER),
    // 23.140 8.4.3: X-Mms-Read-Status.
    read_report(PduType::Mm4(Mm4Type::ReadReplyReportReq), MAIL_REPORT_BEARER),
    // 23.140 8.7.3: MMStatus.
    read_report(PduType::Mm7(Mm7Type::ReadReplyReq), REPORT_BEARER),
    // RFC 8098: Disposition.
    read_report(PduType::Mail(MailType::Mdn), MAIL_REPORT_BEARER),
    // 23.140 8.7.4: StatusCode.
    operation(PduType::Mm7(Mm7Type::CancelReq), PduType::Mm7(Mm7Type::CancelRsp)),
    // 23.140 8.7.4: StatusCode.
    operation(
        PduType::Mm7(Mm7Type::ReplaceReq),
        PduType::Mm7(Mm7Type::ReplaceRsp),
    ),
    // 23.140 8.7.4: StatusCode.
    operation(
        PduType::Mm7(Mm7Type::ExtendedCancelReq),
        PduType::Mm7(Mm7Type::ExtendedCancelRsp),
    ),
    // 23.140 8.7.4: StatusCode.
    operation(
        PduType::Mm7(Mm7Type::ExtendedReplaceReq),
        PduType::Mm7(Mm7Type::ExtendedReplaceRsp),
    ),
    // 23.140 8.1.9: X-Mms-Store-Status.
    operation(PduType::MBOX_STORE_REQ, PduType::MBOX_STORE_CONF),
    // 23.140 8.1.10: X-Mms-Response-Status.
    operation(PduType::MBOX_VIEW_REQ, PduType::MBOX_VIEW_CONF),
    // 23.140 8.1.11: X-Mms-Store-Status.
    operation(PduType::MBOX_UPLOAD_REQ, PduType::MBOX_UPLOAD_CONF),
    // 23.140 8.1.12: X-Mms-Response-Status.
    operation(PduType::MBOX_DELETE_REQ, PduType::MBOX_DELETE_CONF),
    // 23.140 8.1.14: X-Mms-Response-Status.
    operation(PduType::DELETE_REQ, PduType::DELETE_CONF),
    // 23.140 8.1.13: X-Mms-Cancel-Status.
    operation(PduType::CANCEL_REQ, PduType::CANCEL_CONF),
];

const DELIVERY_VERDICTS: &[(u8, Meaning)] = &[
    (EXPIRED, fails(State::Expired, FailureKind::DeliveryExpired)),
    (RETRIEVED, reaches(State::Reported)),
    (REJECTED, fails(State::Rejected, FailureKind::DeliveryRejected)),
    (DEFERRED, reaches(State::Deferred)),
    (
        UNRECOGNISED,
        fails(State::Unrecognised, FailureKind::DeliveryUnrecognised),
    ),
    (
        INDETERMINATE,
        fails(State::Indeterminate, FailureKind::DeliveryIndeterminate),
    ),
    (FORWARDED, reaches(State::Forwarded)),
    (
        UNREACHABLE,
        fails(State::Unreachable, FailureKind::DeliveryUnreachable),
    ),
];

/// A delivery report on MM4, MM7 or MM3: its bearer answers within the timeout.
const fn delivery_report(start: PduType, bearer: BearerFailures) -> Rule {
    Rule {
        start: Start::Pdu(start),
        answer: None,
        timer: Timer::Response,
        verdicts: DELIVERY_VERDICTS,
        otherwise: NOTHING,
        absent: NOTHING,
        bearer,
    }
}

/// The same of a read report.
const fn read_report(start: PduType, bearer: BearerFailures) -> Rule {
    Rule {
        verdicts: READ_VERDICTS,
        ..delivery_report(start, bearer)
    }
}

/// What EAIF submits is answered by HTTP alone.
const EAIF_SUBMISSION: Rule = Rule {
    start: Start::Pdu(PduType::SEND_REQ),
    answer: None,
    timer: Timer::Response,
    verdicts: &[],
    otherwise: NOTHING,
    absent: NOTHING,
    bearer: SUBMISSION_BEARER,
};

/// A mail from outside that turned out to be a submission.
const MAIL_SUBMISSION: Rule = Rule {
    start: Start::Pdu(PduType::Mail(MailType::Mail)),
    bearer: MAIL_BEARER,
    ..EAIF_SUBMISSION
};

/// The row of a leg that is a submission.
pub(crate) fn submission_rule(leg: Leg<'_>) -> Option<&'static Rule> {
    match leg.handed_over() {
        Some(_) => Some(const { &MAIL_SUBMISSION }),
        None => rule(leg),
    }
}

const READ_VERDICTS: &[(u8, Meaning)] = &[
    (READ, reaches(State::Read)),
    (
        DELETED_UNREAD,
        fails(State::Reported, FailureKind::ReadDeletedUnread),
    ),
];

/// An operation succeeds with status ok and fails with any other; it is no step of a message.
const fn operation(start: PduType, answer: PduType) -> Rule {
    Rule {
        start: Start::Pdu(start),
        answer: Some(answer),
        timer: Timer::Response,
        verdicts: &[],
        otherwise: NOTHING,
        absent: NOTHING,
        bearer: OPERATION_BEARER,
    }
}

/// The row of a leg: by what starts it, else by what answers it.
pub(crate) fn rule(leg: Leg<'_>) -> Option<&'static Rule> {
    let by_start = |start: Start| RULES.iter().find(|rule| rule.start == start);
    let by_answer = |answer: PduType| RULES.iter().find(|rule| rule.answer == Some(answer));
    match (leg.request_facts(), leg.response_facts()) {
        (RequestFacts::Get | RequestFacts::Connect, _) => by_start(Start::Get),
        (RequestFacts::Send(_), _) if leg.eaif => Some(const { &EAIF_SUBMISSION }),
        (RequestFacts::Send(send), _) => by_start(Start::Pdu(send.pdu)),
        // What EAIF hands over has the PDUs of MM1.
        (RequestFacts::Handover(handover), _) => by_start(Start::Pdu(handover.send().pdu))
            .filter(|_| !leg.eaif)
            .or_else(|| by_start(Start::Pdu(PduType::Mm7(Mm7Type::DeliverReq)))),
        (RequestFacts::Notification(_), _) => by_start(Start::Pdu(PduType::NOTIFICATION_IND)),
        (RequestFacts::Acknowledgement(confirmed), _) => by_start(Start::Pdu(confirmed.pdu)),
        (RequestFacts::DeliveryReport(report), _) => by_start(Start::Pdu(report.pdu)),
        (RequestFacts::ReadReport(read), _) => by_start(Start::Pdu(read.pdu)),
        (RequestFacts::Operation(facts), _) => {
            by_start(Start::Pdu(facts.pdu)).or_else(|| by_answer(facts.pdu))
        }
        (_, ResponseFacts::SendConf(conf)) => by_answer(conf.pdu),
        (_, ResponseFacts::Retrieved(_)) => by_start(Start::Get),
        (_, ResponseFacts::Operation(facts)) => by_answer(facts.pdu),
        (_, ResponseFacts::Answer(answer)) => by_answer(answer.pdu),
        _ => None,
    }
}
