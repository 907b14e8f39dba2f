//! One situation per test. A line is `#exchange what [frames] type octets/length ~sum end`.

use super::{ANSWER_PDU, PDU, Talk, message, ok, post};
use crate::flow::CloseReason;
use crate::flow::TransportKind;
use crate::model::AnomalyKind;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};
use crate::session::recorder::{DOWN, Recorder, UP};

const GET: &str = "GET /m/1 HTTP/1.1\r\nHost: mmsc\r\n\r\n";

#[test]
fn a_submission_and_its_answer() {
    let mut talk = Talk::new();
    talk.client(post(PDU)).server(ok(ANSWER_PDU));
    let expected = [
        "#0 Post http://mmsc/mms [1-1] mms 7/7 ~754",
        "#0 Http(200) [2-2] mms 9/9 ~1029",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn what_is_no_mms_is_not_told_but_for_gets() {
    let mut talk = Talk::new();
    talk.client(message(
        "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5",
        b"a=b&c",
    ));
    talk.server(message(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4",
        b"<p/>",
    ));
    talk.client(GET).server(message(
        "HTTP/1.1 404 Not Found\r\nContent-Type: Text/HTML; q\r\nContent-Length: 4",
        b"<p/>",
    ));
    assert_eq!(
        talk.end(),
        [
            "#1 Get http://mmsc/m/1 [3-3] - 0/0 ~0",
            "#1 Http(404) [4-4] text/html 0/4 ~0"
        ]
    );
}

#[test]
fn an_mms_is_known_by_its_first_octets_whatever_its_type() {
    let mut talk = Talk::new();
    let head = "POST /mms HTTP/1.1\r\nHost: mmsc\r\nContent-Type: text/plain\r\nContent-Length: 7";
    talk.client(message(head, &PDU[..2])).client(&PDU[2..]);
    talk.server(message("HTTP/1.1 200 OK\r\nContent-Length: 9", ANSWER_PDU));
    let expected = [
        "#0 Post http://mmsc/mms [1-2] text/plain 7/7 ~754",
        "#0 Http(200) [3-3] - 9/9 ~1029",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn an_mms_in_the_answer_makes_its_request_one_of_interest() {
    let mut talk = Talk::new();
    talk.client(message(
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 3",
        b"<a>",
    ));
    talk.server(ok(ANSWER_PDU));
    assert_eq!(
        talk.end(),
        [
            "#0 Post http://a/x [1-1] text/xml 0/3 ~0",
            "#0 Http(200) [2-2] mms 9/9 ~1029"
        ]
    );
}

#[test]
fn lengths_of_bodies() {
    let mut talk = Talk::new();
    let chunked = b"3\r\n\x8c\x81\x98\r\n6;x=y\r\n1\0\x8d\x90\x92\x80\r\n0\r\nTrailer: v\r\n\r\n";
    let mms = "Content-Type: application/vnd.wap.mms-message";
    talk.client(GET).server(message(
        &format!("HTTP/1.1 200 OK\r\n{mms}\r\nTransfer-Encoding: chunked"),
        chunked,
    ));
    talk.client("HEAD /m/1 HTTP/1.1\r\nHost: mmsc\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n");
    talk.client(GET)
        .server("HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n");
    talk.client(GET).server("HTTP/1.1 204 No Content\r\n\r\n");
    talk.client(GET)
        .server(message(&format!("HTTP/1.0 200 OK\r\n{mms}"), &ANSWER_PDU[..5]))
        .server(&ANSWER_PDU[5..]);
    talk.fin(Server);
    let get = |id: u64, frame: u64| format!("#{id} Get http://mmsc/m/1 [{frame}-{frame}] - 0/0 ~0");
    let expected = [
        get(0, 1),
        "#0 Http(200) [2-2] mms 9/9 ~1029".to_owned(),
        get(2, 5),
        "#2 Http(304) [6-6] - 0/0 ~0".to_owned(),
        get(3, 7),
        "#3 Http(204) [8-8] - 0/0 ~0".to_owned(),
        get(4, 9),
        "#4 Http(200) [10-12] mms 9/9 ~1029".to_owned(),
    ];
    assert_eq!(
        talk.end(),
        expected,
        "a body that ends with the connection ends in the frame with FIN"
    );
}

#[test]
fn pipelined_requests() {
    let mut talk = Talk::new();
    let get = |n: u32| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.client(get(1) + &get(2) + &get(3));
    let answer = |status: u32| format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
    talk.server(answer(200) + &answer(404)).server(answer(410));
    let lines = talk.end();
    let answers: Vec<&str> = lines
        .iter()
        .skip(3)
        .map(|line| line.split(" [").next().unwrap())
        .collect();
    assert_eq!(answers, ["#0 Http(200)", "#1 Http(404)", "#2 Http(410)"]);
}

#[test]
fn interim_answers_are_no_answers() {
    let mut talk = Talk::new();
    let octets = post(PDU);
    let (head, body) = octets.split_at(octets.len() - PDU.len());
    talk.client(head)
        .server("HTTP/1.1 100 Continue\r\n\r\n")
        .client(body);
    talk.server("HTTP/1.1 102 Processing\r\n\r\n")
        .server(ok(ANSWER_PDU));
    let expected = [
        "#0 Post http://mmsc/mms [1-3] mms 7/7 ~754",
        "#0 Http(200) [5-5] mms 9/9 ~1029",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn an_answer_before_the_request_is_whole_comes_after_it() {
    let mut talk = Talk::new();
    let octets = post(PDU);
    let (first, rest) = octets.split_at(octets.len() - 3);
    talk.client(first)
        .server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        .client(rest);
    let expected = [
        "#0 Post http://mmsc/mms [1-3] mms 7/7 ~754",
        "#0 Http(413) [2-2] - 0/0 ~0",
    ];
    assert_eq!(talk.end(), expected);
    talk = Talk::new();
    talk.client(first)
        .server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        .fin(Server);
    let expected = [
        "#0 Post http://mmsc/mms [1-1] mms 4/7 ~469 CutShort { reset: false }",
        "#0 Http(413) [2-2] - 0/0 ~0",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn no_answer() {
    let end = |talk: &mut Talk| talk.lines.pop().unwrap();
    let mut talk = Talk::new();
    talk.client(post(PDU)).fin(Server);
    assert_eq!(
        end(&mut talk),
        "#0 Closed { by_answerer: true } Visible { by: Origin(1) } [2]"
    );
    talk = Talk::new();
    talk.client(post(PDU)).fin(Client).fin(Server);
    assert_eq!(
        end(&mut talk),
        "#0 Closed { by_answerer: true } Visible { by: Origin(1) } [3]"
    );
    talk = Talk::new();
    talk.client(post(PDU)).close(CloseReason::Reset { by: Server });
    assert_eq!(end(&mut talk), "#0 Reset Visible { by: Origin(1) } [2]");
    talk = Talk::new();
    talk.info.seen_by[1] = None;
    talk.client(post(PDU)).close(CloseReason::CaptureEnd);
    assert_eq!(end(&mut talk), "#0 CaptureEnd NotCaptured [2]");
    talk = Talk::new();
    talk.info.sides[1].hidden = true;
    talk.client(post(PDU)).close(CloseReason::Idle);
    assert_eq!(end(&mut talk), "#0 Idle Hidden [2]");
}

#[test]
fn cut_requests_and_answers() {
    let request = post(PDU);
    let answer = ok(ANSWER_PDU);
    let cut = |octets: &[u8]| octets[..octets.len() - 4].to_vec();
    let mut talk = Talk::new();
    talk.client(cut(&request))
        .close(CloseReason::Reset { by: Client });
    assert_eq!(
        talk.lines,
        [
            "#0 Post http://mmsc/mms [1-1] mms 3/7 ~420 CutShort { reset: true }",
            "#0 Reset Visible { by: Origin(1) } [2]"
        ]
    );
    talk = Talk::new();
    talk.client(cut(&request))
        .fin(Client)
        .fin(Server)
        .close(CloseReason::Finished);
    assert_eq!(
        talk.lines[0],
        "#0 Post http://mmsc/mms [1-1] mms 3/7 ~420 CutShort { reset: false }"
    );
    talk = Talk::new();
    talk.client(&request)
        .server(cut(&answer))
        .close(CloseReason::CaptureEnd);
    assert_eq!(talk.lines[1], "#0 Http(200) [2-2] mms 5/9 ~470 NotCaptured");
    talk = Talk::new();
    talk.client(&request).server(cut(&answer)).fin(Server);
    assert_eq!(
        talk.lines[1],
        "#0 Http(200) [2-2] mms 5/9 ~470 CutShort { reset: false }"
    );
}

#[test]
fn gap_within_a_body() {
    let mut talk = Talk::new();
    let octets = post(PDU);
    let (first, rest) = octets.split_at(octets.len() - 4);
    talk.client(first)
        .gap(Client, 2, true)
        .client(&rest[2..])
        .server(ok(ANSWER_PDU));
    let expected = [
        "#0 Post http://mmsc/mms [1-3] mms 3/7 ~420 Hole",
        "#0 Http(200) [4-4] mms 9/9 ~1029",
    ];
    assert_eq!(talk.end(), expected);
    talk = Talk::new();
    talk.client(first).gap(Client, 4, false).client(GET);
    assert_eq!(
        talk.lines[0], "#0 Post http://mmsc/mms [1-1] mms 3/7 ~420 NotCaptured",
        "to its very end"
    );
    assert_eq!(talk.lines[1], "#1 Get http://mmsc/m/1 [3-3] - 0/0 ~0");
}

#[test]
fn gap_over_an_answer() {
    let mut talk = Talk::new();
    let get = |n: u32| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.client(get(1))
        .gap(Server, 300, true)
        .client(get(2))
        .server("tail of a body")
        .server(ok(PDU));
    let expected = [
        "#0 Get http://h/1 [1-1] - 0/0 ~0",
        "#1 Get http://h/2 [3-3] - 0/0 ~0",
        "#0 Replaced Hidden [5]",
        "#1 Http(200) [5-5] mms 7/7 ~754",
    ];
    assert_eq!(talk.end(), expected);
}

/// The answer to HEAD has no body, whatever length it says. Where its request was lost, what follows is no body for certain,
/// and may be the answers to what was asked since.
#[test]
fn gap_over_a_request_whose_answer_may_have_no_body() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 7212\r\n\r\n";
    let lost: fn(&mut Talk) = |talk| {
        talk.gap(Client, 86, true);
    };
    let midway: fn(&mut Talk) = |talk| talk.info.opening_seen = false;
    let nothing: fn(&mut Talk) = |_| {};
    for (before, after) in [(midway, nothing), (nothing, lost)] {
        let mut talk = Talk::new();
        before(&mut talk);
        talk.server(head);
        after(&mut talk);
        talk.client(GET).server(ok(PDU)).fin(Server);
        let lines = talk.end();
        assert!(
            lines
                .iter()
                .any(|line| line.contains("Closed") && line.contains("Hidden")),
            "{lines:?}"
        );
        assert!(!lines.iter().any(|line| line.contains("Visible")), "{lines:?}");
    }
    // The requests wait for the octets that are missing before them.
    let mut talk = Talk::new();
    talk.server(head).server(ok(PDU)).fin(Server);
    let lines = talk.gap(Client, 86, true).client(GET).end();
    assert!(lines.iter().any(|line| line.contains("Hidden")), "{lines:?}");
}

/// The second request was lost after the first answer, so that the second answer is not the first request's.
#[test]
fn gap_over_an_answer_and_a_request() {
    let mut talk = Talk::new();
    talk.client(GET)
        .gap(Server, 300, true)
        .gap(Client, 50, true)
        .server(ok(PDU));
    let expected = [
        "#0 Get http://mmsc/m/1 [1-1] - 0/0 ~0",
        "#0 Replaced Hidden [4]",
        "#1 Http(200) [4-4] mms 7/7 ~754",
    ];
    assert_eq!(talk.end(), expected);
    // A request that was captured since then is the answered one.
    talk = Talk::new();
    talk.client(GET)
        .gap(Server, 300, true)
        .gap(Client, 50, true)
        .client(GET)
        .server(ok(PDU));
    let expected = [
        "#0 Get http://mmsc/m/1 [1-1] - 0/0 ~0",
        "#1 Get http://mmsc/m/1 [4-4] - 0/0 ~0",
        "#0 Replaced Hidden [5]",
        "#1 Http(200) [5-5] mms 7/7 ~754",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn gap_within_a_head() {
    let mut talk = Talk::new();
    talk.client(&GET.as_bytes()[..30]).gap(Client, 100, true);
    talk.server("HTTP/1.1 404 Not Found\r\nContent-")
        .gap(Server, 200, true);
    let expected = ["#0 Get /m/1 [1-1] - 0/0 ~0", "#0 Http(404) [3-3] - 0/0 ~0 Hole"];
    assert_eq!(
        talk.end(),
        expected,
        "what is there tells what was asked and how it was answered"
    );
}

#[test]
fn gap_within_chunks_loses_the_rest_and_the_next_message_is_found() {
    let mut talk = Talk::new();
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.wap.mms-message\r\nTransfer-Encoding: chunked";
    talk.client(GET)
        .server(message(head, b"3\r\n\x8c\x84\x98\r\n"))
        .gap(Server, 100, true)
        .server(b"\r\n0\r\n\r\n");
    talk.client(GET).server(ok(PDU));
    let expected = [
        "#0 Get http://mmsc/m/1 [1-1] - 0/0 ~0",
        "#0 Http(200) [2-2] mms 3/3 ~424 Hole",
        "#1 Get http://mmsc/m/1 [5-5] - 0/0 ~0",
        "#1 Http(200) [6-6] mms 7/7 ~754",
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn the_middle_of_a_body_is_passed_over() {
    let mut talk = Talk::new();
    talk.info.opening_seen = false;
    talk.client(b"\x00\x12middle of a picture")
        .client(b"and more")
        .server(ok(ANSWER_PDU))
        .client(GET);
    assert_eq!(
        talk.lines,
        [
            "#0 Http(200) [3-3] mms 9/9 ~1029",
            "#1 Get http://mmsc/m/1 [4-4] - 0/0 ~0"
        ]
    );
}

#[test]
fn a_tunnel_is_read_as_a_connection_of_its_own_and_an_upgrade_ends_it() {
    let mut talk = Talk::new();
    talk.client("CONNECT a:443 HTTP/1.1\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\n\r\n")
        .client("GET /x HTTP/1.1\r\n\r\n");
    let inside = [
        "#1 Get /x [3-3] - 0/0 ~0",
        "#1 Closed { by_answerer: true } Visible { by: Origin(1) } [5]",
    ];
    assert_eq!(talk.end(), inside);
    talk = Talk::new();
    talk.client("CONNECT a:443 HTTP/1.1\r\n\r\n")
        .server("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let refused = ["#0 Connect a:443 [1-1] - 0/0 ~0", "#0 Http(403) [2-2] - 0/0 ~0"];
    assert_eq!(talk.end(), refused);
    talk = Talk::new();
    talk.client(GET)
        .server("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(talk.end().len(), 2);
}

#[test]
fn coded_bodies() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(ANSWER_PDU).unwrap();
    let coded = gzip.finish().unwrap();
    let length = coded.len();
    let head =
        |kind: &str| format!("HTTP/1.1 200 OK\r\n{kind}Content-Encoding: gzip\r\nContent-Length: {length}");
    let mut talk = Talk::new();
    talk.client(GET).server(message(
        &head("Content-Type: application/vnd.wap.mms-message\r\n"),
        &coded,
    ));
    talk.client(GET).server(message(&head(""), &coded));
    talk.client(GET)
        .server(message(&head("Content-Type: text/html\r\n"), &coded));
    let lines = talk.end();
    assert_eq!(lines[1], "#0 Http(200) [2-2] mms 9/9 ~1029");
    assert_eq!(lines[3], "#1 Http(200) [4-4] - 9/9 ~1029");
    assert_eq!(lines[5], format!("#2 Http(200) [6-6] text/html 0/{length} ~0"));
}

#[test]
fn a_push_by_pap() {
    let mut talk = Talk::new();
    let body = b"--b\r\nContent-Type: application/xml\r\n\r\n<pap><push-message>\
        <address address-value=\"WAPPUSH=+4917/TYPE=PLMN@ppg\"/></push-message></pap>\r\n--b\r\n\
        Content-Type: application/vnd.wap.mms-message\r\n\r\n\x8c\x82\x98\r\n--b--\r\n";
    let kind = "Content-Type: multipart/related; boundary=\"b\"; type=\"application/xml\"";
    talk.client(message(
        &format!(
            "POST /pap HTTP/1.1\r\nHost: g\r\n{kind}\r\nContent-Length: {}",
            body.len()
        ),
        body,
    ));
    let xml = b"<pap><push-response><response-result code=\"1001\"/></push-response></pap>";
    let answer = format!(
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/xml\r\nContent-Length: {}",
        xml.len()
    );
    talk.server(message(&answer, xml));
    let expected = [
        "#0 Push http://g/pap to +4917/TYPE=PLMN [1-1] mms 3/3 ~422",
        &format!("#0 Pap(1001) [2-2] application/xml 0/{} ~0", xml.len()),
    ];
    assert_eq!(talk.end(), expected);
}

#[test]
fn nonsense_is_noted_and_bounded() {
    let mut talk = Talk::new();
    talk.client(post(PDU))
        .client("junk where a head is due\r\n\r\n")
        .client(post(PDU));
    assert_eq!(talk.lines.len(), 2, "the next message is found");
    assert_eq!(talk.sessions.anomalies.count(AnomalyKind::HttpMalformed), 1);
    talk = Talk::new();
    talk.client("GET / HTTP/1.1\r\n");
    for _ in 0..100 {
        talk.client([b'a'; 1000]);
    }
    assert_eq!(
        talk.sessions.anomalies.count(AnomalyKind::HttpMalformed),
        1,
        "a head without an end"
    );
}

#[test]
fn a_body_without_end_is_bounded() {
    let mut talk = Talk::new();
    let head = "POST /mms HTTP/1.1\r\nHost: mmsc\r\nContent-Type: application/vnd.wap.mms-message";
    talk.client(format!("{head}\r\nContent-Length: 99999999999\r\n\r\n"));
    let piece = vec![0x8cu8; 1024 * 1024];
    for _ in 0..40 {
        talk.client(&piece);
    }
    talk.close(CloseReason::CaptureEnd);
    let limit = 32 * 1024 * 1024;
    assert!(
        talk.lines[0].contains(&format!("mms {limit}/99999999999 ")),
        "{}",
        talk.lines[0]
    );
    assert!(talk.lines[0].ends_with("OverLimit"));
}

#[test]
fn ranges_of_one_message() {
    let mut talk = Talk::new();
    let kind = "Content-Type: application/vnd.wap.mms-message\r\nETag: \"e\"";
    talk.client(GET).server(message(
        &format!("HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: 9"),
        &ANSWER_PDU[..4],
    ));
    talk.fin(Server).fin(Client).close(CloseReason::Finished);
    assert_eq!(
        talk.lines[1],
        "#0 Http(200) [2-2] mms 4/9 ~470 CutShort { reset: false }"
    );
    talk.again();
    let part = |range: &str, octets: &[u8]| {
        let length = octets.len();
        let head = format!(
            "HTTP/1.1 206 Partial\r\n{kind}\r\nContent-Range: bytes {range}\r\nContent-Length: {length}"
        );
        message(&head, octets)
    };
    talk.client(GET).server(part("7-8/9", &ANSWER_PDU[7..]));
    talk.client(GET).server(part("4-6/9", &ANSWER_PDU[4..7]));
    let lines = talk.end();
    assert_eq!(lines[1], "#1 Http(206) [7-7] mms 0/2 ~0 NotCaptured");
    assert_eq!(
        lines[3], "#2 Http(206) [2-9] mms 9/9 ~1029",
        "put together over connections"
    );
}

/// The flow table remembers those longer that may matter to a message.
#[test]
fn pages_alone_make_a_connection_none_of_ours() {
    let ours_after = |answers: &[&[u8]]| {
        let mut talk = Talk::new();
        assert!(!talk.is_ours(), "nothing is known of it");
        for answer in answers {
            talk.client(GET);
            assert!(talk.is_ours(), "an answer may come");
            talk.server(answer);
        }
        talk.is_ours()
    };
    let page = message(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2",
        b"hi",
    );
    let missing = message("HTTP/1.1 404 Not Found\r\nContent-Length: 0", b"");
    let empty = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.wap.mms-message\r\nContent-Length: 0";
    let page = page.as_slice();
    assert!(!ours_after(&[page, page]));
    assert!(ours_after(&[page, &ok(ANSWER_PDU), page]));
    assert!(ours_after(&[&missing]));
    assert!(ours_after(&[&message(empty, b"")]));
    let mut talk = Talk::new();
    talk.client(post(PDU)).server(ok(b""));
    assert!(talk.is_ours(), "a PDU and its bare answer");
}

/// Gateways send the number in hexadecimal, or in a list with the bearer and the address.
#[test]
fn a_wrapped_subscriber_number_is_read() {
    for value in ["343931373131323334353637", "GPRS,10.1.2.3,491711234567"] {
        let mut recorder = Recorder::default();
        let connection = recorder.open(TransportKind::Tcp, 1, 40000, 80);
        let head = format!("GET http://mmsc/m/1 HTTP/1.1\r\nX-MSISDN: {value}");
        recorder.data(connection, UP, &message(&head, &[]));
        let text = recorder.text();
        assert!(text.contains("x-msisdn=491711234567"), "{text}");
    }
}

/// A push that the MMSC hands to an SMS gateway in the query of a URL, as Kannel takes it.
#[test]
fn a_short_message_is_sent_by_http() {
    let get = |udh: &str, text: &str| {
        let target = format!("/cgi-bin/sendsms?from=5000&to=%2B441500002&udh={udh}&text={text}");
        message(&format!("GET {target} HTTP/1.1\r\nHost: gw"), &[])
    };
    let accepted = message("HTTP/1.1 202 Accepted\r\nContent-Length: 3", b"ok\n");
    let mut recorder = Recorder::default();
    let connection = recorder.open(TransportKind::Tcp, 1, 40000, 13013);
    let udh = "%06%05%04%0B%84%23%F0";
    recorder.data(connection, UP, &get(udh, "%04%06%01%BE%8C%82%98t1%00%8D%92"));
    recorder.data(connection, DOWN, &accepted);
    // In two parts, the second of which is refused.
    for (part, text) in [("%01", "%05%06%01%BE%8C%82"), ("%02", "%98t2%00%8D%92")] {
        let udh = format!("%0B%05%04%0B%84%23%F0%00%03%01%02{part}");
        recorder.data(connection, UP, &get(&udh, text));
        let answer = if part == "%02" {
            b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec()
        } else {
            accepted.clone()
        };
        recorder.data(connection, DOWN, &answer);
    }
    // No push, so a request like others.
    recorder.data(connection, UP, &get(udh, "hello"));
    insta::assert_snapshot!(recorder.text(), @r"
    1 Push http 1..1 10.0.0.1:40000>10.9.9.9:13013 to=+441500002 from=5000 application/vnd.wap.mms-message 8/8
    1 Http(202) http 2..2
    4 Push http 3..5 10.0.0.1:40000>10.9.9.9:13013 to=+441500002 from=5000 application/vnd.wap.mms-message 8/8
    4 Http(403) http 6..6
    5 Get http 7..7 10.0.0.1:40000>10.9.9.9:13013 url=http://gw/cgi-bin/sendsms?from=5000&to=%2B441500002&udh=%06%05%04%0B%84%23%F0&text=hello
    ");
}
