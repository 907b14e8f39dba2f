//! HTTP/2 through the whole program: a capture of real software, and fronts that speak another version than what is behind
//! them.

use std::path::{Path, PathBuf};

use etherparse::PacketBuilder;
use serde_json::{Value, json};

use crate::support::{document, run, testdata};

fn real() -> PathBuf {
    testdata().join("tls/t24_h2c_prior_knowledge.pcap")
}

/// Prior knowledge without TLS: curl submits, Node fetches and acknowledges on one connection, and ends a body with an empty
/// DATA. The frames are those in which tshark 4.0.17 shows the PDUs.
#[test]
fn a_message_of_real_software() {
    let document = document(&[real()]).unwrap();
    let message = &document["messages"][0];
    assert_eq!(document["summary"]["messages"], 1);
    assert_eq!(message["outcome"], "success");
    assert_eq!(message["state"], "reported");
    assert_eq!(message["message_id"], "qf11401.3.x924.25@mms.alpha.example");
    let events: Vec<Value> = message["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["bearer"] == "http")
        .map(|event| json!([event["frame"], event["stream"], event["pdu"]]))
        .collect();
    assert_eq!(
        Value::from(events),
        json!([
            [10, 1, "m-send-req"],
            [18, 1, "m-send-conf"],
            [38, 1, null],
            [52, 1, "m-retrieve-conf"],
            [59, 3, "m-notifyresp-ind"],
            [61, 3, null]
        ])
    );
    let (_, captures, _) = run(&["captures"], &[real()]);
    assert!(String::from_utf8(captures).unwrap().contains("2  HTTP/2\n"));
}

/// What was cut out holds all of the connection up to what was asked for, so that it is read alike.
#[test]
fn a_slice_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice.pcapng");
    let (status, _, stderr) = run(&["slice", "-o", path.to_str().unwrap()], &[real()]);
    assert_eq!(status, 0, "{stderr}");
    let streams = |files: &[PathBuf]| {
        let document = document(files).unwrap();
        let message = &document["messages"][0];
        let events = message["events"].as_array().unwrap().clone();
        let streams: Vec<Value> = events
            .into_iter()
            .map(|mut event| event["stream"].take())
            .collect();
        (message["outcome"].clone(), message["state"].clone(), streams)
    };
    assert_eq!(streams(&[path]), streams(&[real()]));
}

const PHONE: [u8; 4] = [10, 1, 1, 1];
const FRONT: [u8; 4] = [10, 2, 2, 2];
const BACK: [u8; 4] = [10, 3, 3, 3];

/// A TCP connection, made by hand.
struct Connection {
    ends: [([u8; 4], u16); 2],
    next: [u32; 2],
}

impl Connection {
    fn new(client: ([u8; 4], u16), server: ([u8; 4], u16)) -> Self {
        Self {
            ends: [client, server],
            next: [1000, 5000],
        }
    }

    fn frame(&mut self, from: usize, is_syn: bool, payload: &[u8]) -> Vec<u8> {
        let to = 1 - from;
        let ((source, port), (destination, other)) = (self.ends[from], self.ends[to]);
        let ip = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(source, destination, 64);
        let mut step = ip.tcp(port, other, self.next[from], 65_000);
        if is_syn {
            step = step.syn();
        }
        if !is_syn || from == 1 {
            step = step.ack(self.next[to]);
        }
        self.next[from] += u32::from(is_syn) + u32::try_from(payload.len()).unwrap();
        let mut frame = Vec::new();
        step.write(&mut frame, payload).unwrap();
        frame
    }

    fn opening(&mut self) -> [Vec<u8>; 3] {
        [
            self.frame(0, true, b""),
            self.frame(1, true, b""),
            self.frame(0, false, b""),
        ]
    }
}

/// Frames a millisecond apart.
fn capture(path: &Path, frames: &[Vec<u8>]) -> PathBuf {
    let mut octets = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for (number, frame) in (1_u32..).zip(frames) {
        let length = u32::try_from(frame.len()).unwrap();
        for field in [1_764_000_000, number * 1000, length, length] {
            octets.extend(field.to_le_bytes());
        }
        octets.extend(frame);
    }
    std::fs::write(path, octets).unwrap();
    path.to_owned()
}

const SEND_REQ: &[u8] = b"\x8c\x80\x98T1\0\x8d\x92\x89\x01\x81\x97+441500002/TYPE=PLMN\0\x84\x83hello";
const SEND_CONF: &[u8] = b"\x8c\x81\x98T1\0\x8d\x92\x92\x80\x8bid@mms\0";
const MMS: &str = "application/vnd.wap.mms-message";

/// The octets of a request and of its answer, in a version.
#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

impl Version {
    fn request(self) -> Vec<u8> {
        match self {
            Self::Http1 => http1("POST / HTTP/1.1\r\nHost: mms.alpha.example", SEND_REQ),
            Self::Http2 => {
                let mut block = b"\x83\x86\x84\x41\x11mms.alpha.example".to_vec();
                block.extend(content_type());
                let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
                [
                    preface,
                    http2(4, 0, 0, b""),
                    http2(1, 4, 1, &block),
                    http2(0, 1, 1, SEND_REQ),
                ]
                .concat()
            }
        }
    }

    fn answer(self) -> Vec<u8> {
        match self {
            Self::Http1 => http1("HTTP/1.1 200 OK", SEND_CONF),
            Self::Http2 => {
                let block = [&b"\x88"[..], &content_type()].concat();
                [
                    http2(4, 0, 0, b""),
                    http2(1, 4, 1, &block),
                    http2(0, 1, 1, SEND_CONF),
                ]
                .concat()
            }
        }
    }
}

fn http1(start: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("{start}\r\nContent-Type: {MMS}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn http2(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream][..], payload].concat()
}

fn content_type() -> Vec<u8> {
    [&[0x5f, 31][..], MMS.as_bytes()].concat()
}

/// A submission that a front passes on while it waits.
fn passed_on(front: Version, back: Version, ends: [([u8; 4], u16); 4]) -> Value {
    let [phone, front_in, front_out, back_in] = ends;
    let mut outer = Connection::new(phone, front_in);
    let mut inner = Connection::new(front_out, back_in);
    let mut frames: Vec<Vec<u8>> = outer.opening().into_iter().chain(inner.opening()).collect();
    frames.push(outer.frame(0, false, &front.request()));
    frames.push(inner.frame(0, false, &back.request()));
    frames.push(inner.frame(1, false, &back.answer()));
    frames.push(outer.frame(1, false, &front.answer()));
    let folder = tempfile::tempdir().unwrap();
    document(&[capture(&folder.path().join("hops.pcap"), &frames)]).unwrap()
}

#[test]
fn a_front_and_what_is_behind_it_are_hops_of_one_leg() {
    let ends = [(PHONE, 40_000), (FRONT, 80), (FRONT, 50_000), (BACK, 8080)];
    for (front, back, streams) in [
        (Version::Http2, Version::Http1, [json!(1), json!(null)]),
        (Version::Http1, Version::Http2, [json!(null), json!(1)]),
        (Version::Http2, Version::Http2, [json!(1), json!(1)]),
    ] {
        let document = passed_on(front, back, ends);
        assert_eq!(document["summary"]["messages"], 1, "{document:#}");
        let submission = &document["messages"][0]["submission"];
        assert_eq!(submission["state"], "accepted");
        assert_eq!(submission["tries"], 1);
        assert_eq!(submission["hops"].as_array().unwrap().len(), 1, "{submission:#}");
        assert_eq!(submission["request"]["stream"], streams[0]);
        assert_eq!(submission["hops"][0]["stream"], streams[1]);
    }
}

#[test]
fn before_and_behind_a_nat_it_is_one_connection() {
    let ends = [(PHONE, 40_000), (BACK, 80), (FRONT, 50_000), (BACK, 80)];
    let document = passed_on(Version::Http2, Version::Http2, ends);
    assert_eq!(document["summary"]["messages"], 1, "{document:#}");
    let submission = &document["messages"][0]["submission"];
    assert_eq!(submission["request"]["src"], "10.1.1.1:40000");
    assert_eq!(submission["hops"].as_array().unwrap().len(), 1, "{submission:#}");
}

/// A frame that says that nothing above stream 0 was or will be processed (RFC 9113 section 6.8).
fn going_away() -> Vec<u8> {
    [http2(4, 0, 0, b""), http2(7, 0, 0, &[0; 8])].concat()
}

/// The first octets of a client's connection, and a GET of `/m` on stream 1.
fn get() -> Vec<u8> {
    let mut block = b"\x82\x86\x44\x02/m\x41\x11mms.alpha.example".to_vec();
    block.extend(content_type());
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    [preface, http2(4, 0, 0, b""), http2(1, 5, 1, &block)].concat()
}

/// The answer on stream 1.
fn answer(body: &[u8]) -> Vec<u8> {
    let block = [&b"\x88"[..], &content_type()].concat();
    [http2(4, 0, 0, b""), http2(1, 4, 1, &block), http2(0, 1, 1, body)].concat()
}

/// A request on a connection whose server goes away without having processed it, and the same on another connection, with its
/// answer, if it is sent again.
fn turned_away(before: Vec<Vec<u8>>, request: &[u8], answered: Option<&[u8]>) -> Value {
    let mut first = Connection::new((PHONE, 40_000), (FRONT, 80));
    let mut frames = before;
    frames.extend(first.opening());
    frames.push(first.frame(0, false, request));
    frames.push(first.frame(1, false, &going_away()));
    if let Some(body) = answered {
        let mut second = Connection::new((PHONE, 40_001), (FRONT, 80));
        frames.extend(second.opening());
        frames.push(second.frame(0, false, request));
        frames.push(second.frame(1, false, &answer(body)));
    }
    let folder = tempfile::tempdir().unwrap();
    document(&[capture(&folder.path().join("away.pcap"), &frames)]).unwrap()
}

/// The kinds and details of a message's failures, those of tries that were repeated too.
fn first_tries(message: &Value) -> Vec<(&str, &str)> {
    let failures = message["failures"].as_array().unwrap().iter();
    failures
        .map(|failure| {
            (
                failure["kind"].as_str().unwrap(),
                failure["detail"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_submission_that_a_server_going_away_did_not_process_is_tried_again() {
    let request = Version::Http2.request();
    let retried = turned_away(Vec::new(), &request, Some(SEND_CONF));
    assert_eq!(retried["summary"]["messages"], 1, "{retried:#}");
    let message = &retried["messages"][0];
    assert_eq!(message["outcome"], "open", "{message:#}");
    assert_eq!(message["submission"]["state"], "accepted");
    assert_eq!(
        first_tries(message),
        [(
            "send_aborted",
            "GOAWAY, not processed (request complete in frame 4)"
        )]
    );
    assert_eq!(message["submission"]["tries"], 2);
    assert_eq!(message["submission"]["response"]["src"], "10.2.2.2:80");

    let left = turned_away(Vec::new(), &request, None);
    let message = &left["messages"][0];
    assert_eq!(message["submission"]["tries"], 1);
    assert_eq!(message["outcome"], "failure", "{message:#}");
    assert_eq!(first_tries(message)[0].0, "send_aborted");
}

/// A notification of `http://mms.alpha.example/m`, pushed to the phone in a datagram.
fn notification() -> Vec<u8> {
    let push =
        b"\x01\x06\x03\xbe\xaf\x84\x8c\x82\x98N1\0\x8d\x92\x8a\x80\x8e\x01\x40\x88\x05\x81\x03\x02\xa3\0";
    let push = [&push[..], b"\x83http://mms.alpha.example/m\0"].concat();
    let ip = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(FRONT, PHONE, 64);
    let mut frame = Vec::new();
    ip.udp(9200, 2948).write(&mut frame, &push).unwrap();
    frame
}

#[test]
fn a_retrieval_that_a_server_going_away_did_not_process_is_tried_again() {
    let pdu = b"\x8c\x84\x98N1\0\x8d\x92\x8bid@mms\0\x85\x04\x69\x00\x00\x00\x89\x16\x80+441500001/TYPE=PLMN\0\x84\x83hello";
    let before = || vec![notification()];
    let retried = turned_away(before(), &get(), Some(pdu));
    assert_eq!(retried["summary"]["messages"], 1, "{retried:#}");
    let message = &retried["messages"][0];
    assert_eq!(message["outcome"], "success", "{message:#}");
    let detail = "GET http://mms.alpha.example/m: GOAWAY, not processed";
    assert_eq!(first_tries(message), [("retrieve_aborted", detail)]);
    let retrievals = message["deliveries"][0]["retrievals"].as_array().unwrap();
    let statuses: Vec<&Value> = retrievals.iter().map(|one| &one["http_status"]).collect();
    assert_eq!(statuses, [&json!(null), &json!(200)], "{message:#}");

    let left = turned_away(before(), &get(), None);
    let message = &left["messages"][0];
    assert_eq!(message["outcome"], "failure", "{message:#}");
    assert_eq!(first_tries(message), [("retrieve_aborted", detail)]);
}
