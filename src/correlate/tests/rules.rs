//! One test for each row of the rules table: what each status means.

use crate::correlate::message::{FailureKind, State};
use crate::correlate::verdict::proof::Proven;
use crate::correlate::verdict::rules::{Fault, RULES, Rule, Start, Timer};
use crate::mms::{MailType, MessageType, Mm4Type, Mm7Type, PduType};

/// What the leg of a row is called.
pub(super) fn leg(rule: &Rule) -> &'static str {
    match rule.start {
        Start::Get => "retrieval",
        Start::Pdu(PduType::SEND_REQ) => "submission",
        Start::Pdu(PduType::FORWARD_REQ) => "submission by reference",
        Start::Pdu(PduType::NOTIFICATION_IND) => "notification",
        Start::Pdu(PduType::NOTIFYRESP_IND) => "acknowledgement of the notification",
        Start::Pdu(PduType::ACKNOWLEDGE_IND) => "acknowledgement of the retrieval",
        Start::Pdu(PduType::DELIVERY_IND) => "delivery report",
        Start::Pdu(PduType::READ_REC_IND) => "read report to the MMSC",
        Start::Pdu(PduType::READ_ORIG_IND) => "read report to the sender",
        Start::Pdu(PduType::Mm7(Mm7Type::SubmitReq)) => "submission by an application",
        Start::Pdu(PduType::Mm4(Mm4Type::ForwardReq)) => "handover to a foreign MMSC",
        Start::Pdu(PduType::Mail(MailType::Mail)) => "handover to a mail server",
        Start::Pdu(PduType::Mm7(Mm7Type::DeliverReq)) => "handover to an application",
        Start::Pdu(PduType::Mm4(Mm4Type::DeliveryReportReq)) => "delivery report to the foreign MMSC",
        Start::Pdu(PduType::Mm7(Mm7Type::DeliveryReportReq)) => "delivery report to the application",
        Start::Pdu(PduType::Mail(MailType::Dsn)) => "delivery report by mail",
        Start::Pdu(PduType::Mm4(Mm4Type::ReadReplyReportReq)) => "read report to the foreign MMSC",
        Start::Pdu(PduType::Mm7(Mm7Type::ReadReplyReq)) => "read report to the application",
        Start::Pdu(PduType::Mail(MailType::Mdn)) => "read report by mail",
        Start::Pdu(PduType::Mm7(Mm7Type::CancelReq)) => "cancellation by an application",
        Start::Pdu(PduType::Mm7(Mm7Type::ReplaceReq)) => "replacement by an application",
        Start::Pdu(PduType::Mm7(Mm7Type::ExtendedCancelReq)) => "extended cancellation by an application",
        Start::Pdu(PduType::Mm7(Mm7Type::ExtendedReplaceReq)) => "extended replacement by an application",
        Start::Pdu(other) => {
            let name = other.name().unwrap();
            name.trim_start_matches("m-").trim_end_matches("-req")
        }
    }
}

fn meaning(name: &str, status: Option<u8>) -> (Option<State>, Option<FailureKind>) {
    let rule = RULES.iter().find(|rule| leg(rule) == name).unwrap();
    let meaning = rule.meaning(status);
    (meaning.state, meaning.failure)
}

#[test]
fn every_pdu_that_asks_has_one_row() {
    for rule in RULES {
        assert_eq!(
            RULES.iter().filter(|other| other.start == rule.start).count(),
            1,
            "{}",
            leg(rule)
        );
    }
    for message_type in MessageType::ALL.iter().copied().map(PduType::Mm1) {
        let starts = RULES
            .iter()
            .filter(|rule| rule.start == Start::Pdu(message_type))
            .count();
        let answers = RULES
            .iter()
            .filter(|rule| rule.answer == Some(message_type))
            .count();
        let part_of_another = message_type == PduType::MBOX_DESCR;
        assert_eq!(
            starts + answers,
            usize::from(!part_of_another),
            "{message_type:?}"
        );
    }
}

#[test]
fn a_timer_runs_where_something_is_due() {
    for rule in RULES {
        let due = rule.bearer.no_response != Proven::of(Fault::None);
        match rule.timer {
            Timer::Response => assert!(due, "{}", leg(rule)),
            Timer::Expiry => assert_eq!(rule.start, Start::Pdu(PduType::NOTIFICATION_IND)),
            Timer::None => assert!(leg(rule).contains("report"), "{}", leg(rule)),
        }
    }
}

#[test]
fn submission_row() {
    for leg in ["submission", "submission by reference"] {
        assert_eq!(meaning(leg, Some(0x80)), (Some(State::Submitted), None));
        for refused in [0x81, 0x84, 0x88, 0xc0, 0xe0, 0xeb, 0xff, 0x00] {
            assert_eq!(
                meaning(leg, Some(refused)),
                (Some(State::Failed), Some(FailureKind::SendRejected))
            );
        }
        assert_eq!(meaning(leg, None), (None, None));
    }
}

#[test]
fn notification_row() {
    assert_eq!(meaning("notification", None), (Some(State::Notified), None));
}

#[test]
fn retrieval_row() {
    assert_eq!(meaning("retrieval", None), (Some(State::Retrieved), None));
    assert_eq!(meaning("retrieval", Some(0x80)), (Some(State::Retrieved), None));
    for error in [0xc0, 0xc1, 0xc2, 0xe0, 0xe1, 0xe2, 0xe3, 0x81] {
        assert_eq!(
            meaning("retrieval", Some(error)),
            (Some(State::Failed), Some(FailureKind::RetrieveStatus))
        );
    }
}

#[test]
fn acknowledgement_rows() {
    let leg = "acknowledgement of the notification";
    assert_eq!(
        meaning(leg, Some(0x80)),
        (Some(State::Expired), Some(FailureKind::NotificationExpired))
    );
    assert_eq!(meaning(leg, Some(0x81)), (Some(State::Acknowledged), None));
    assert_eq!(
        meaning(leg, Some(0x82)),
        (Some(State::Rejected), Some(FailureKind::NotificationRejected))
    );
    assert_eq!(meaning(leg, Some(0x83)), (Some(State::Deferred), None));
    assert_eq!(
        meaning(leg, Some(0x84)),
        (
            Some(State::Unrecognised),
            Some(FailureKind::NotificationUnrecognised)
        )
    );
    assert_eq!(meaning(leg, Some(0x85)), (Some(State::Indeterminate), None));
    assert_eq!(meaning(leg, Some(0x86)), (Some(State::Forwarded), None));
    assert_eq!(meaning(leg, Some(0x87)), (Some(State::Unreachable), None));
    assert_eq!(meaning(leg, Some(0x90)), (None, None));
    assert_eq!(
        meaning("acknowledgement of the retrieval", None),
        (Some(State::Acknowledged), None)
    );
}

#[test]
fn report_rows() {
    let leg = "delivery report";
    assert_eq!(
        meaning(leg, Some(0x80)),
        (Some(State::Expired), Some(FailureKind::DeliveryExpired))
    );
    assert_eq!(meaning(leg, Some(0x81)), (Some(State::Reported), None));
    assert_eq!(
        meaning(leg, Some(0x82)),
        (Some(State::Rejected), Some(FailureKind::DeliveryRejected))
    );
    assert_eq!(meaning(leg, Some(0x83)), (Some(State::Deferred), None));
    assert_eq!(
        meaning(leg, Some(0x84)),
        (Some(State::Unrecognised), Some(FailureKind::DeliveryUnrecognised))
    );
    assert_eq!(
        meaning(leg, Some(0x85)),
        (
            Some(State::Indeterminate),
            Some(FailureKind::DeliveryIndeterminate)
        )
    );
    assert_eq!(meaning(leg, Some(0x86)), (Some(State::Forwarded), None));
    assert_eq!(
        meaning(leg, Some(0x87)),
        (Some(State::Unreachable), Some(FailureKind::DeliveryUnreachable))
    );
    assert_eq!(meaning(leg, None), (None, None));
    for leg in ["read report to the MMSC", "read report to the sender"] {
        assert_eq!(meaning(leg, Some(0x80)), (Some(State::Read), None));
        assert_eq!(
            meaning(leg, Some(0x81)),
            (Some(State::Reported), Some(FailureKind::ReadDeletedUnread))
        );
    }
}

#[test]
fn submission_by_an_application_row() {
    let refused = (Some(State::Failed), Some(FailureKind::SendRejected));
    assert_eq!(meaning("submission by an application", Some(0)), refused);
    assert_eq!(meaning("submission by an application", None), (None, None));
}

#[test]
fn handover_rows() {
    for leg in [
        "handover to a foreign MMSC",
        "handover to a mail server",
        "handover to an application",
    ] {
        assert_eq!(
            meaning(leg, None),
            (None, None),
            "their answers are judged elsewhere"
        );
    }
}

#[test]
fn reports_mean_the_same_on_every_interface() {
    for status in (0x7f..=0x88).map(Some).chain([None]) {
        for leg in [
            "delivery report to the foreign MMSC",
            "delivery report to the application",
            "delivery report by mail",
        ] {
            assert_eq!(meaning(leg, status), meaning("delivery report", status), "{leg}");
        }
        for leg in [
            "read report to the foreign MMSC",
            "read report to the application",
            "read report by mail",
        ] {
            assert_eq!(
                meaning(leg, status),
                meaning("read report to the sender", status),
                "{leg}"
            );
        }
    }
}

#[test]
fn operations_of_applications_have_no_states() {
    for leg in [
        "cancellation by an application",
        "replacement by an application",
        "extended cancellation by an application",
        "extended replacement by an application",
    ] {
        assert_eq!(meaning(leg, Some(0x80)), (None, None), "{leg}");
    }
}
