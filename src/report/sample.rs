//! Documents made by hand for the tests of the outputs.

use std::collections::BTreeMap;

use crate::analysis::{Reason, ReasonKind};
use crate::correlate::{OperationKind, SubmissionState};
use crate::mms::{PduType, decode};
use crate::model::{BearerStatus, Digest, System, Timestamp, TransactionOperation, TransactionProtocol};
use crate::report::document::inventory::{self, Count, Inventory};
use crate::report::document::*;
use crate::session::Bearer;

const PHONE_A: &str = "10.1.1.1:40000";
const PHONE_B: &str = "10.1.1.2:41000";
const MMSC: &str = "10.2.2.2:80";
const SMSC: &str = "10.3.3.3:2775";

/// Milliseconds after 10:00 of a day in November 2026.
pub(crate) fn time(milliseconds: u32) -> Timestamp {
    let ten: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    ten.plus(i64::from(milliseconds) * 1_000_000)
}

pub(crate) fn seen(frame: u64, milliseconds: u32, src: &str, dst: &str) -> Seen {
    Seen {
        capture: 0,
        frame,
        first_frame: frame,
        started: time(milliseconds),
        time: time(milliseconds),
        bearer: bearer_of(src, dst),
        src: src.parse().unwrap(),
        dst: dst.parse().unwrap(),
        stream: None,
        tls: None,
        shift: 0,
    }
}

fn bearer_of(src: &str, dst: &str) -> Bearer {
    if src == SMSC || dst == SMSC {
        Bearer::Smpp
    } else {
        Bearer::Http
    }
}

pub(crate) fn event(seen: &Seen, facts: EventFacts, http_status: Option<u16>) -> Event {
    Event {
        seen: seen.clone(),
        facts,
        transfer: None,
        bearer_status: answered(http_status),
    }
}

/// HTTP's answer.
fn answered(http_status: Option<u16>) -> Option<BearerAnswer> {
    http_status.map(|status| BearerAnswer::new(BearerStatus::Http(status), None))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// An event as it is read from a document.
pub(crate) fn told(pdu: Option<PduType>, words: &str) -> EventFacts {
    EventFacts::Told {
        pdu,
        words: words.to_owned(),
    }
}

pub(crate) fn get(url: &str) -> EventFacts {
    EventFacts::Get { url: some(url) }
}

pub(crate) fn sent() -> EventFacts {
    EventFacts::Send {
        pdu: PduType::SEND_REQ,
        transaction_id: some("T1"),
        recipient: some("+61400000002"),
        more_recipients: 0,
    }
}

pub(crate) fn notified() -> EventFacts {
    EventFacts::Notification {
        transaction_id: some("N1"),
        from: some("+61400000001"),
        recipient: some("+61400000002"),
        content_location: None,
    }
}

fn code(code: u32, name: &str) -> Option<Code> {
    Some(Code {
        code: Some(code),
        name: Some(name.to_owned().into()),
    })
}

fn part(content_type: &str, name: &str, size: u64) -> Part {
    Part {
        content_type: content_type.to_owned(),
        name: Some(name.to_owned()),
        content_id: Some(name.to_owned()),
        content_location: Some(name.to_owned()),
        charset: None,
        size,
        sha256: Digest::numbered(size),
    }
}

/// A personal message of normal priority, of which nothing else but its sender and recipient is known.
pub(crate) fn bare(id: u64) -> Message {
    Message {
        id,
        key: format!("18791d05c0a4e3e8-{id}-1"),
        revision: 1,
        message_id: None,
        from: Some("+61400000001".to_owned()),
        to: vec!["+61400000002".to_owned()],
        cc: vec![],
        bcc: vec![],
        recipients: vec!["+61400000002".to_owned()],
        subject: None,
        shown: ShownHeaders::of(&decode(b"\x8a\x80\x8f\x81", true)),
        content_type: None,
        size: None,
        parts: vec![],
        mmsc: Some("mmsc.example".to_owned()),
        outcome: Outcome::Open,
        state: State::Notified,
        evidence: Evidence::Complete,
        started: None,
        ended: None,
        duration_ms: None,
        submission: None,
        deliveries: vec![],
        failures: vec![],
        links: vec![],
        context: vec![],
        cause: None,
        events: vec![],
    }
}

fn submission(request: Seen, response: Seen) -> Submission {
    Submission {
        interface: Interface::Mm1,
        pdu: PduType::SEND_REQ,
        linked_id: None,
        state: SubmissionState::Accepted,
        transaction_id: Some("T1".to_owned()),
        mms_version: Some("1.2".into()),
        request: Some(request),
        response: Some(response),
        hops: vec![],
        http_status: Some(200),
        bearer_status: answered(Some(200)),
        ends: ExchangeEnds {
            host: some("mmsc.example"),
            user_agent: some("Phone/1.0"),
            server: some("MMSC/5.1"),
        },
        response_status: code(128, "ok"),
        response_text: None,
        delivery_report_requested: Some(true),
        read_report_requested: Some(false),
        latency_ms: Some(210.5),
        tries: 1,
    }
}

fn notification(seen: Seen, copies: u32) -> Notification {
    Notification {
        seen,
        hops: vec![],
        transaction_id: Some("N1".to_owned()),
        content_location: Some("http://mmsc.example/C8Q7".to_owned()),
        message_size: Some(51_300),
        expiry: Some("2026-11-23T10:00:01Z".parse().unwrap()),
        bearer_status: None,
        copies,
    }
}

fn retrieval(request: Seen, response: Seen, http_status: u16) -> Retrieval {
    Retrieval {
        request: Some(request),
        response: Some(response),
        hops: vec![],
        url: Some("http://mmsc.example/C8Q7".to_owned()),
        http_status: Some(http_status.into()),
        bearer_status: answered(Some(http_status)),
        ends: ExchangeEnds::default(),
        retrieve_status: None,
        transaction_id: Some("N1".to_owned()),
        message_id: Some("C8Q7@mmsc.example".to_owned()),
        bytes: Some(51_200),
        complete: http_status == 200,
        latency_ms: Some(800.25),
    }
}

/// A message that arrived, was acknowledged and reported; its notification was sent twice.
pub(crate) fn delivered() -> Message {
    let send = seen(8, 0, PHONE_A, MMSC);
    let conf = seen(10, 210, MMSC, PHONE_A);
    let notify = seen(14, 1200, MMSC, SMSC);
    let again = seen(17, 1500, MMSC, SMSC);
    let get_seen = seen(22, 1800, PHONE_B, MMSC);
    let body = seen(35, 2600, MMSC, PHONE_B);
    let ack = seen(38, 2700, PHONE_B, MMSC);
    let taken = seen(39, 2750, MMSC, PHONE_B);
    let report = seen(41, 4000, MMSC, PHONE_A);
    let message_id = || some("C8Q7@mmsc.example");
    let accepted = EventFacts::SendConf {
        pdu: PduType::SEND_CONF,
        message_id: message_id(),
        status: Some(128),
        text: None,
    };
    let fetched = EventFacts::RetrieveConf {
        message_id: message_id(),
        from: None,
        status: None,
        text: None,
    };
    let confirmed = EventFacts::Acknowledgement {
        pdu: PduType::NOTIFYRESP_IND,
        transaction_id: some("N1"),
        status: Some(129),
    };
    let reported = EventFacts::DeliveryReport {
        pdu: PduType::DELIVERY_IND,
        message_id: message_id(),
        statuses: vec![129],
    };
    let events = vec![
        event(&send, sent(), None),
        event(&conf, accepted, Some(200)),
        event(&notify, notified(), None),
        event(&again, notified(), None),
        event(&get_seen, get("http://mmsc.example/C8Q7"), None),
        event(&body, fetched, Some(200)),
        event(&ack, confirmed, None),
        event(&taken, EventFacts::Answer, Some(204)),
        event(&report, reported, None),
    ];
    let delivery = Delivery {
        recipient: Some("+61400000002".to_owned()),
        state: State::Reported,
        outcome: Outcome::Success,
        notify_to_retrieve_ms: Some(1400.0),
        end_to_end_ms: Some(2600.0),
        handovers: vec![],
        notifications: vec![notification(notify, 2)],
        retrievals: vec![retrieval(get_seen, body, 200)],
        acknowledgements: vec![Acknowledgement {
            pdu: PduType::NOTIFYRESP_IND,
            request: Some(ack),
            response: Some(taken),
            hops: vec![],
            http_status: Some(204),
            bearer_status: answered(Some(204)),
            ends: ExchangeEnds::default(),
            transaction_id: Some("N1".to_owned()),
            status: code(129, "retrieved"),
        }],
        delivery_reports: vec![DeliveryReport {
            interface: Interface::Mm1,
            pdu: PduType::DELIVERY_IND,
            response: None,
            seen: report,
            hops: vec![],
            message_id: Some("C8Q7@mmsc.example".to_owned()),
            status: code(129, "retrieved"),
            date: Some(time(2600)),
            bearer_status: None,
            copies: 1,
        }],
        read_reports: vec![],
    };
    Message {
        message_id: Some("C8Q7@mmsc.example".to_owned()),
        subject: Some("Holiday".to_owned()),
        content_type: Some("application/vnd.wap.multipart.related".to_owned()),
        size: Some(50_000),
        parts: vec![
            part("application/smil", "smil.xml", 400),
            part("image/jpeg", "a.jpg", 49_600),
        ],
        outcome: Outcome::Success,
        state: State::Reported,
        started: Some(time(0)),
        ended: Some(time(4000)),
        duration_ms: Some(4000.0),
        submission: Some(submission(send, conf)),
        deliveries: vec![delivery],
        links: vec![Link {
            join: "submission-delivery".into(),
            by: "message_id".into(),
            confidence: Confidence::Exact,
            detail: LinkDetail::Told("C8Q7@mmsc.example".to_owned()),
        }],
        events,
        ..bare(1)
    }
}

/// A message whose retrieval was answered with 404.
pub(crate) fn failed() -> Message {
    let notify = seen(50, 5000, MMSC, SMSC);
    let get_seen = seen(55, 5600, PHONE_B, MMSC);
    let gone = seen(57, 5700, MMSC, PHONE_B);
    let announced = EventFacts::Notification {
        transaction_id: some("N1"),
        from: None,
        recipient: some("+61400000002"),
        content_location: None,
    };
    let events = vec![
        event(&notify, announced, None),
        event(&get_seen, get("http://mmsc.example/C8Q7"), None),
        event(&gone, EventFacts::Answer, Some(404)),
    ];
    let failure = Failure {
        stage: Stage::Retrieval,
        kind: FailureKind::RetrieveHttpError,
        code: Some(404),
        detail: FailureDetail::Told("404 Not Found to GET http://mmsc.example/C8Q7".to_owned()),
        recipient: Some("+61400000002".to_owned()),
        bearer_status: answered(Some(404)),
        capture: Some(0),
        frame: Some(57),
        time: Some(time(5700)),
        cause: Some(refused_charging(
            "charging 4010 end-user-service-denied (frame 56)",
        )),
    };
    Message {
        size: Some(51_300),
        outcome: Outcome::Failure,
        state: State::Failed,
        started: Some(time(5000)),
        ended: Some(time(5700)),
        duration_ms: Some(700.0),
        deliveries: vec![Delivery {
            recipient: Some("+61400000002".to_owned()),
            state: State::Failed,
            outcome: Outcome::Failure,
            notify_to_retrieve_ms: None,
            end_to_end_ms: None,
            handovers: vec![],
            notifications: vec![notification(notify, 1)],
            retrievals: vec![retrieval(get_seen, gone, 404)],
            acknowledgements: vec![],
            delivery_reports: vec![],
            read_reports: vec![],
        }],
        failures: vec![failure],
        events,
        ..bare(2)
    }
}

/// A message to two of which one has it, with text in it that attacks every output.
pub(crate) fn hostile() -> Message {
    let attack = "=cmd|' /C calc'!A0<script>alert(1)</script>\x1b[2J\u{202e}|`$(x)`\"\n]]>&--></b> _*[x](javascript:1)";
    let mut message = delivered();
    let mut second = failed().deliveries.remove(0);
    second.recipient = Some("+61400000003".to_owned());
    message.id = 3;
    message.outcome = Outcome::Partial;
    message.subject = Some(attack.to_owned());
    message.message_id = Some(attack.to_owned());
    message.from = Some(attack.to_owned());
    message.to.push("ünïcode@example.org".to_owned());
    message.recipients.push("ünïcode@example.org".to_owned());
    message.recipients.push("+61400000003".to_owned());
    message.deliveries.push(second);
    message.failures = failed().failures;
    for failure in &mut message.failures {
        failure.detail = FailureDetail::Told(attack.to_owned());
        failure.recipient = Some(attack.to_owned());
    }
    for part in &mut message.parts {
        part.name = Some("../../etc/passwd\0".to_owned());
        part.content_type = attack.to_owned();
    }
    for event in &mut message.events {
        event.facts = told(event.facts.pdu(), attack);
    }
    for link in &mut message.links {
        link.detail = LinkDetail::Told(attack.to_owned());
    }
    message
}

/// A message that was announced when the capture ended.
pub(crate) fn open() -> Message {
    let notify = seen(90, 9000, MMSC, SMSC);
    Message {
        size: Some(51_300),
        evidence: Evidence::Cut,
        started: Some(time(9000)),
        ended: Some(time(9000)),
        duration_ms: Some(0.0),
        events: vec![event(
            &notify,
            told(Some(PduType::NOTIFICATION_IND), "51.3 kB announced"),
            None,
        )],
        deliveries: vec![Delivery {
            recipient: Some("+61400000002".to_owned()),
            state: State::Notified,
            outcome: Outcome::Open,
            notify_to_retrieve_ms: None,
            end_to_end_ms: None,
            handovers: vec![],
            notifications: vec![notification(notify, 1)],
            retrievals: vec![],
            acknowledgements: vec![],
            delivery_reports: vec![],
            read_reports: vec![],
        }],
        ..bare(4)
    }
}

/// The recipient is barred from MMS, as the charging system says when the phone fetches the message.
fn charging() -> ContextEntry {
    let passage = |frame, milliseconds, src: &str, dst: &str| Passage {
        capture: 0,
        frame,
        first_frame: frame,
        started: time(milliseconds),
        time: time(milliseconds),
        bearer: TransactionProtocol::Diameter,
        src: src.parse().unwrap(),
        dst: dst.parse().unwrap(),
        shift: 0,
    };
    ContextEntry {
        system: System::Charging,
        protocol: TransactionProtocol::Diameter,
        operation: TransactionOperation::CcrEvent,
        request: Some(passage(55, 5600, "10.0.0.9:41000", "10.0.0.40:3868")),
        response: Some(passage(56, 5612, "10.0.0.40:3868", "10.0.0.9:41000")),
        status: code(4010, "end-user-service-denied"),
        failed: true,
        latency_ms: Some(12.0),
        recipient: Some("+61400000002".to_owned()),
        summary: ContextSummary::Told(
            "charging of +61400000002 for m-retrieve-conf: 4010 end-user-service-denied".to_owned(),
        ),
        confidence: Some(Confidence::Strong),
        by: Some("numbers".into()),
    }
}

fn refused_charging(text: &str) -> Cause {
    Cause {
        system: System::Charging,
        capture: 0,
        frame: 56,
        text: CauseText::Told(text.to_owned()),
    }
}

fn operation() -> Operation {
    Operation {
        id: 1,
        kind: OperationKind::MboxStore,
        outcome: Outcome::Success,
        subscriber: Some("+61400000001".to_owned()),
        transaction_id: Some("B1".to_owned()),
        request: Some(OperationPdu {
            seen: seen(95, 9100, PHONE_A, MMSC),
            pdu: Some(PduType::MBOX_STORE_REQ),
            headers: vec![],
        }),
        response: None,
        http_status: Some(200),
        status: code(128, "ok"),
        entries: vec![],
        latency_ms: Some(3.1),
    }
}

/// A document of the messages given, with matching totals.
pub(crate) fn document_of(messages: Vec<Message>) -> Document {
    let counted = Summary {
        pdus: BTreeMap::from([("m-send-req".to_owned(), 2), ("m-notification-ind".to_owned(), 6)]),
        ..Summary::default()
    };
    let summary = statistics::summary_of(&counted, &messages);
    Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        captures: vec![Capture {
            clock: None,
            path: "a.pcapng".to_owned(),
            format: "pcapng".to_owned(),
            link_types: vec!["ethernet".to_owned()],
            packets: 120,
            bytes: 234_567,
            first: Some(time(0)),
            last: Some(time(9500)),
            problems: vec![],
            tls: Vec::new(),
        }],
        messages,
        operations: vec![operation()],
        context: vec![ContextEntry {
            recipient: None,
            confidence: None,
            by: None,
            ..charging()
        }],
        anomalies: vec![Anomaly {
            kind: "tcp_gap".to_owned(),
            count: 2,
            capture: Some(0),
            frame: Some(61),
            detail: "1448 octets".to_owned(),
        }],
        diagnosis: vec![reason()],
        summary,
    }
}

/// TLS to one host.
fn reason() -> Diagnosis {
    let reason = Reason {
        kind: ReasonKind::Tls,
        count: 41,
        total: 60,
        first: None,
        names: vec![("mms.alpha.example".to_owned(), 41)],
        ports: vec![443],
        octets: 0,
    };
    Diagnosis::from(&reason)
}

/// One of each.
pub(crate) fn document() -> Document {
    document_of(vec![delivered(), failed(), hostile(), open()])
}

/// What is in captures, one of them with a name that tries to be more.
pub(crate) fn inventory() -> Inventory {
    Inventory {
        format: inventory::FORMAT.into(),
        version: 1,
        captures: vec![Capture {
            clock: None,
            path: "a\x1b[31m.pcap".into(),
            format: "pcap".into(),
            link_types: vec!["ethernet".into()],
            packets: 1200,
            bytes: 345_678,
            first: "2026-11-20T10:00:00Z".parse().ok(),
            last: "2026-11-20T10:00:05Z".parse().ok(),
            problems: Vec::new(),
            tls: Vec::new(),
        }],
        frames: vec![
            Count::new("frames", 1200),
            Count::new("cut by the snap length", 0),
        ],
        encapsulations: vec![Count::new("gtpu", 7)],
        flows: Vec::new(),
        protocols: Vec::new(),
        not_decoded: Vec::new(),
        surroundings: vec![],
        pdus: Vec::new(),
        anomalies: vec![Anomaly {
            kind: "tcp_gap".into(),
            count: 2,
            capture: Some(0),
            frame: Some(17),
            detail: "1460 octets".into(),
        }],
        diagnosis: document().diagnosis,
    }
}

/// The same document, as tests of the command line and the browser read it.
#[test]
fn the_document_in_testdata_is_this_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/documents/four-messages.json");
    let mut text = Vec::new();
    crate::report::render::json::write(&mut text, &document(), true).unwrap();
    if std::env::var_os("MMSMATE_WRITE_TESTDATA").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read(&path).unwrap() == text,
        "write it with MMSMATE_WRITE_TESTDATA=1"
    );
}
