//! MM7 over HTTP: which requests are handed on as SOAP, and what answers them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::{PDU, Talk, message, ok};
use crate::flow::CloseReason;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};
use crate::session::{CarrierEvent, Eaif, Request, Response};

const SUBMISSION: &str = "<e:Envelope><e:Header/><e:Body><SubmitReq/></e:Body></e:Envelope>";
const ANSWER: &str = "<e:Envelope><e:Body><SubmitRsp/></e:Body></e:Envelope>";
const FAULT: &str = "<e:Envelope><e:Body><e:Fault><faultcode/></e:Fault></e:Body></e:Envelope>";

fn post(fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    message(
        &format!("POST /mm7 HTTP/1.1\r\nHost: a\r\n{fields}\r\nContent-Length: {length}"),
        body,
    )
}

fn answer(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    message(
        &format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}"),
        body.as_bytes(),
    )
}

/// What was told, up to the sums of octets.
fn told(talk: &mut Talk) -> Vec<String> {
    let lines = talk.end().into_iter();
    lines
        .map(|line| line.split(" ~").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_submission_and_every_kind_of_answer() {
    for (answer, expected) in [
        (
            answer("200 OK", "text/xml", ANSWER),
            "#0 Http(200) soap [2-2] text/xml 54/54",
        ),
        (
            answer("500 Oh", "text/xml", FAULT),
            "#0 Http(500) soap [2-2] text/xml 73/73",
        ),
        (
            answer("200 OK", "text/html", "<html/>"),
            "#0 Http(200) soap [2-2] text/html 0/7",
        ),
        (
            b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
            "#0 Http(204) soap [2-2] - 0/0",
        ),
    ] {
        let mut talk = Talk::new();
        talk.client(post(
            "Content-Type: text/xml;charset=utf-8",
            SUBMISSION.as_bytes(),
        ));
        talk.server(answer);
        assert_eq!(
            told(&mut talk),
            ["#0 Post soap http://a/mm7 [1-1] text/xml 65/65", expected]
        );
    }
}

#[test]
fn other_soap_is_none_of_ours() {
    let mut talk = Talk::new();
    let foreign = SUBMISSION.replace("SubmitReq", "GetPrice");
    talk.client(post("Content-Type: text/xml", foreign.as_bytes()));
    talk.server(answer("500 Oh", "text/xml", FAULT));
    assert_eq!(talk.end(), [] as [&str; 0]);
    assert!(!talk.is_ours());
}

#[test]
fn an_answer_makes_a_request_ours_that_is_not_all_there() {
    let mut talk = Talk::new();
    talk.client("POST /mm7 HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 99\r\n\r\n");
    talk.gap(Client, 99, true)
        .server(answer("200 OK", "text/xml", ANSWER));
    assert_eq!(
        told(&mut talk),
        [
            "#0 Post soap http://a/mm7 [1-1] text/xml 0/99",
            "#0 Http(200) soap [3-3] text/xml 54/54"
        ]
    );
}

fn package(parts: [&str; 2]) -> Vec<u8> {
    let parts = parts.map(|part| format!("--b\r\nContent-Type: a/b\r\n\r\n{part}\r\n"));
    format!("{}--b--", parts.concat()).into_bytes()
}

#[test]
fn a_package_is_ours_wherever_its_envelope_stands() {
    let large = "x".repeat(40_000);
    for (kind, parts) in [
        ("multipart/related;boundary=b", [SUBMISSION, &large]),
        (
            "multipart/related;boundary=b;type=\"text/xml\"",
            [&large, SUBMISSION],
        ),
        ("multipart/mixed;boundary=\"b\"", ["text", SUBMISSION]),
    ] {
        let mut talk = Talk::new();
        let body = package(parts);
        for piece in post(&format!("Content-Type: {kind}"), &body).chunks(1400) {
            talk.client(piece);
        }
        talk.server(answer("200 OK", "text/xml", ANSWER));
        let told = told(&mut talk);
        assert!(told[0].starts_with("#0 Post soap"), "{told:?}");
        assert!(
            told[0].ends_with(&format!(" {}/{}", body.len(), body.len())),
            "{told:?}"
        );
    }
    let mut talk = Talk::new();
    talk.client(post(
        "Content-Type: multipart/related;boundary=b",
        &package([&large, SUBMISSION]),
    ));
    talk.client(post(
        "Content-Type: multipart/related;boundary=b;type=text/xml",
        &package(["x", "<a/>"]),
    ));
    assert_eq!(talk.end(), [] as [&str; 0]);
}

#[test]
fn coded_bodies_are_decoded_to_tell() {
    for (document, is_told) in [(SUBMISSION, true), (FAULT, false), ("<html/>", false)] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(document.as_bytes()).unwrap();
        let mut talk = Talk::new();
        talk.client(post(
            "Content-Type: text/xml\r\nContent-Encoding: gzip",
            &encoder.finish().unwrap(),
        ));
        let told = told(&mut talk);
        assert_eq!(
            told.iter().any(|line| line.contains("soap")),
            is_told,
            "{document}: {told:?}"
        );
    }
}

#[test]
fn eaif_is_told_by_its_fields() {
    let mut talk = Talk::new();
    let Talk { sessions, info, .. } = &mut talk;
    let mut state = crate::session::ConnectionState::default();
    let fields = "Content-Type: application/vnd.wap.mms-message\r\nX-NOKIA-MMSC-From: 4646";
    let at = crate::model::FrameRef::default();
    let mut seen = Vec::new();
    for (direction, octets) in [
        (Client, post(fields, PDU)),
        (
            Server,
            b"HTTP/1.1 204 No\r\nX-Nokia-MMSC-Message-Id: m@x\r\n\r\n".to_vec(),
        ),
        (Client, super::post(PDU)),
        (Server, ok(PDU)),
    ] {
        let bytes = &octets;
        sessions.on_event(
            info,
            &mut state,
            crate::flow::StreamEvent::Data { direction, bytes, at },
            &mut |event| {
                let crate::session::SessionEvent::Carrier(event) = event else {
                    return;
                };
                seen.push(match event {
                    CarrierEvent::Request(Request { eaif, .. })
                    | CarrierEvent::Response(Response { eaif, .. }) => {
                        eaif.map(|Eaif { from, message_id, .. }| format!("{from:?} {message_id:?}"))
                    }
                    _ => None,
                });
            },
        );
    }
    let expected = [
        Some("Some(\"4646\") None".to_owned()),
        Some("None Some(\"m@x\")".to_owned()),
        None,
        None,
    ];
    assert_eq!(seen, expected);
}

#[test]
fn an_answer_of_which_only_the_head_came_is_none_of_another_kind() {
    let head = "HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 641\r\n";
    for (head, lost) in [(head.to_owned(), 643), (format!("{head}\r\n"), 641)] {
        let mut talk = Talk::new();
        talk.data(Client, &post("Content-Type: text/xml", SUBMISSION.as_bytes()));
        talk.data(Server, head.as_bytes())
            .gap(Server, lost, true)
            .fin(Server);
        let lines = talk.end();
        let answered = |line: &String| line.contains("Http(200)") && line.ends_with("Hole");
        assert!(lines.iter().any(answered), "{lines:?}");
    }
}

proptest! {
    #[test]
    fn any_segmentation_tells_the_same(sizes in prop::collection::vec(1usize..60, 1..60)) {
        let wide: Vec<u8> = SUBMISSION.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let turns = [
            (Client, post("Content-Type: text/xml", SUBMISSION.as_bytes())),
            (Server, answer("200 OK", "text/xml", ANSWER)),
            (Client, post("Content-Type: text/xml", format!("\n  {SUBMISSION}").as_bytes())),
            (Server, answer("500 No", "application/soap+xml", FAULT)),
            (Client, post("Content-Type: text/xml; charset=utf-16", &wide)),
            (Server, answer("200 OK", "text/html", "<html><body/></html>")),
            (Client, post("Content-Type: multipart/related; boundary=b", &package([SUBMISSION, "text"]))),
            (Server, b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ];
        let without_frames = |talk: &mut Talk| -> Vec<String> {
            let lines = talk.end().into_iter();
            lines.map(|line| {
                let (before, rest) = line.split_once(" [").unwrap_or((&line, ""));
                format!("{before}{}", rest.split_once(']').map_or("", |(_, after)| after))
            }).collect()
        };
        let (mut whole, mut pieces) = (Talk::new(), Talk::new());
        let mut sizes = sizes.iter().cycle();
        for (direction, octets) in turns {
            whole.data(direction, &octets);
            let mut rest = octets.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                pieces.data(direction, piece);
                rest = after;
            }
        }
        let expected = without_frames(&mut whole);
        prop_assert_eq!(expected.len(), 8);
        prop_assert!(expected.iter().all(|line| line.contains("soap")), "{:?}", expected);
        prop_assert_eq!(without_frames(&mut pieces), expected);
    }

    #[test]
    fn what_is_lost_is_said(cut in 0usize..330, length in 1u64..400) {
        let octets = post("Content-Type: multipart/related; boundary=b", &package([SUBMISSION, &"x".repeat(100)]));
        let mut talk = Talk::new();
        let cut = cut.min(octets.len());
        talk.client(&octets[..cut]).gap(Client, length.min((octets.len() - cut) as u64), true);
        talk.client(&octets[(cut + length as usize).min(octets.len())..]);
        talk.server(answer("200 OK", "text/xml", ANSWER)).close(CloseReason::CaptureEnd);
        let requests: Vec<_> = talk.lines.iter().filter(|line| line.contains(" Post ")).collect();
        let answers = talk.lines.iter().filter(|line| line.contains("Http(200)")).count();
        prop_assert_eq!(answers, 1);
        prop_assert!(requests.iter().all(|line| line.contains("soap")), "{:?}", requests);
        let whole = cut >= octets.len();
        prop_assert!(whole || requests.iter().all(|line| line.ends_with("Hole")), "{:?}", requests);
    }
}
