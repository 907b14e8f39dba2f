//! HTTP/2 connections from the outside.
//!
//! | clause | test |
//! | --- | --- |
//! | RFC 9113 sections 3.4, 8.1 | `a_submission_and_a_retrieval`, `streams_come_in_between_each_other` |
//! | RFC 9113 sections 4.3, 6.1, 6.2, 6.10 | `padding_priority_and_continuation` |
//! | RFC 9113 section 8.1 | `interim_answers_and_trailers` |
//! | RFC 9113 section 6.4 | `a_reset_before_in_and_after_the_answer` |
//! | RFC 9113 section 6.8 | `what_a_server_going_away_did_not_process` |
//! | RFC 9113 section 8.4 | `what_is_pushed_is_nobodys` |
//! | RFC 9113 section 8.5 | `a_tunnel_is_passed_over` |
//! | RFC 7540 section 3.2 | `an_upgrade_is_answered_on_stream_1` |
//! | RFC 7541 | `super::super::h2::hpack`, `the_middle_of_a_connection` |
//! | what is missing in a capture | `gap_*`, `the_middle_of_a_connection`, `lost_and_cut_segments_change_nothing_silently` |

use proptest::prelude::*;

use super::{ANSWER_PDU, PDU, Talk};
use crate::flow::CloseReason;
use crate::model::{AnomalyKind, Direction};
use crate::session::{Limits, Sessions};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const CLIENT: Direction = Direction::FromInitiator;
const SERVER: Direction = Direction::FromResponder;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn string(text: &[u8]) -> Vec<u8> {
    let length = text.len();
    match u8::try_from(length) {
        Ok(short @ ..127) => [&[short][..], text].concat(),
        _ => [
            &[
                127,
                (length - 127) as u8 & 0x7f | 0x80,
                ((length - 127) >> 7) as u8,
            ][..],
            text,
        ]
        .concat(),
    }
}

/// A field that is added to the table, by its name's index in the static table.
fn indexed(index: u8, value: &str) -> Vec<u8> {
    [&[0x40 | index][..], &string(value.as_bytes())].concat()
}

/// A field that is not.
fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0][..], &string(name.as_bytes()), &string(value.as_bytes())].concat()
}

const MMS: &str = "application/vnd.wap.mms-message";

/// `:method`, `:scheme https`, `:path`, `:authority` added to the table.
fn asking(method: u8, path: &str) -> Vec<u8> {
    [vec![method, 0x87], literal(":path", path), indexed(1, "mmsc")].concat()
}

fn get_block(path: &str) -> Vec<u8> {
    asking(0x82, path)
}

fn post_block(path: &str) -> Vec<u8> {
    [asking(0x83, path), indexed(31, MMS)].concat()
}

fn ok_block() -> Vec<u8> {
    [vec![0x88], indexed(31, MMS)].concat()
}

fn headers(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, block)
}

fn data(stream: u32, flags: u8, content: &[u8]) -> Vec<u8> {
    frame(DATA, flags, stream, content)
}

fn get(stream: u32) -> Vec<u8> {
    headers(stream, END_STREAM, &get_block("/m"))
}

fn post(stream: u32, body: &[u8]) -> Vec<u8> {
    [
        headers(stream, 0, &post_block("/")),
        data(stream, END_STREAM, body),
    ]
    .concat()
}

fn ok(stream: u32, body: &[u8]) -> Vec<u8> {
    [headers(stream, 0, &ok_block()), data(stream, END_STREAM, body)].concat()
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])
}

/// A connection with its prefaces.
fn open() -> Talk {
    let mut talk = Talk::new();
    talk.client([PREFACE, &settings()].concat()).server(settings());
    talk
}

fn anomalies(talk: &Talk) -> Vec<(&'static str, u64)> {
    let anomalies = talk.sessions.anomalies.iter();
    anomalies
        .map(|(kind, entry)| (kind.name(), entry.count))
        .collect()
}

#[test]
fn a_submission_and_a_retrieval() {
    let mut talk = open();
    talk.client(post(1, PDU)).server(ok(1, ANSWER_PDU));
    talk.client(get(3)).server(headers(3, 0, &ok_block()));
    talk.server(data(3, 0, PDU)).server(data(3, END_STREAM, b""));
    assert_eq!(
        talk.end(),
        [
            "#0 Post https://mmsc/ stream 1 [3-3] mms 7/7 ~754",
            "#0 Http(200) stream 1 [4-4] mms 9/9 ~1029",
            "#1 Get https://mmsc/m stream 3 [5-5] - 0/0 ~0",
            "#1 Http(200) stream 3 [6-8] mms 7/7 ~754",
        ]
    );
    assert_eq!(anomalies(&talk), []);
}

#[test]
fn streams_come_in_between_each_other() {
    let mut talk = open();
    let block = post_block("/");
    talk.client(
        [
            headers(1, 0, &block),
            headers(3, 0, &block),
            data(1, 0, &PDU[..3]),
        ]
        .concat(),
    );
    talk.client(
        [
            data(3, 0, &PDU[..5]),
            data(1, END_STREAM, &PDU[3..]),
            data(3, END_STREAM, &PDU[5..]),
        ]
        .concat(),
    );
    talk.server([ok(3, ANSWER_PDU), ok(1, ANSWER_PDU)].concat());
    assert_eq!(
        talk.end(),
        [
            "#0 Post https://mmsc/ stream 1 [3-4] mms 7/7 ~754",
            "#1 Post https://mmsc/ stream 3 [3-4] mms 7/7 ~754",
            "#1 Http(200) stream 3 [5-5] mms 9/9 ~1029",
            "#0 Http(200) stream 1 [5-5] mms 9/9 ~1029",
        ]
    );
}

#[test]
fn padding_priority_and_continuation() {
    let mut talk = open();
    let block = post_block("/");
    let padded = [&[4, 0, 0, 0, 0, 16][..], &block[..5], &[0; 4]].concat();
    let mut octets = frame(HEADERS, PADDED | PRIORITY, 1, &padded);
    octets.extend(frame(CONTINUATION, 0, 1, &block[5..9]));
    octets.extend(frame(CONTINUATION, END_HEADERS, 1, &block[9..]));
    octets.extend(frame(0xbe, 0xff, 1, b"unknown"));
    octets.extend(frame(PING, 0, 0, b"12345678"));
    octets.extend(frame(
        DATA,
        PADDED | END_STREAM,
        1,
        &[&[3][..], PDU, &[0; 3]].concat(),
    ));
    talk.client(octets).server(ok(1, ANSWER_PDU));
    assert_eq!(talk.end()[0], "#0 Post https://mmsc/ stream 1 [3-3] mms 7/7 ~754");
    assert_eq!(anomalies(&talk), []);
}

#[test]
fn interim_answers_and_trailers() {
    let mut talk = open();
    let trailers = literal("checksum", "1");
    talk.client(
        [
            headers(1, 0, &post_block("/")),
            data(1, 0, PDU),
            headers(1, END_STREAM, &trailers),
        ]
        .concat(),
    );
    let interim = literal(":status", "103");
    talk.server(
        [
            headers(1, 0, &interim),
            headers(1, 0, &ok_block()),
            data(1, 0, ANSWER_PDU),
        ]
        .concat(),
    );
    talk.server(headers(1, END_STREAM, &trailers));
    assert_eq!(
        talk.end(),
        [
            "#0 Post https://mmsc/ stream 1 [3-3] mms 7/7 ~754",
            "#0 Http(200) stream 1 [4-5] mms 9/9 ~1029",
        ]
    );
}

#[test]
fn a_reset_before_in_and_after_the_answer() {
    let reset = |stream, code: u32| frame(RST_STREAM, 0, stream, &code.to_be_bytes());
    let mut talk = open();
    talk.client([get(1), get(3), get(5), get(7)].concat());
    talk.client(reset(1, 8)).server(reset(3, 7));
    talk.server([headers(5, 0, &ok_block()), data(5, 0, PDU)].concat())
        .client(reset(5, 8));
    talk.server([ok(7, PDU), reset(7, 0), data(5, 0, PDU)].concat());
    talk.client([headers(9, 0, &post_block("/")), data(9, 0, PDU)].concat())
        .client(reset(9, 8));
    let lines = talk.end();
    assert_eq!(
        lines[4..],
        [
            "#0 StreamReset(StreamReset { error: Http2Error(8), by_server: false }) Visible { by: Origin(1) } [4]",
            "#1 StreamReset(StreamReset { error: Http2Error(7), by_server: true }) Visible { by: Origin(1) } [5]",
            "#2 Http(200) stream 5 [6-6] mms 7/7 ~754 StreamReset(StreamReset { error: Http2Error(8), by_server: \
             false })",
            "#3 Http(200) stream 7 [8-8] mms 7/7 ~754",
            "#4 Post https://mmsc/ stream 9 [9-9] mms 7/7 ~754 StreamReset(StreamReset { error: Http2Error(8), \
             by_server: false })",
            "#4 StreamReset(StreamReset { error: Http2Error(8), by_server: false }) Visible { by: Origin(1) } [10]",
        ]
    );
    assert_eq!(anomalies(&talk), []);
}

#[test]
fn what_a_server_going_away_did_not_process() {
    let mut talk = open();
    talk.client([get(1), get(3)].concat());
    talk.server(frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]));
    talk.client(get(5)).server(ok(1, PDU));
    let lines = talk.end();
    let ends: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("NotProcessed"))
        .collect();
    assert_eq!(ends.len(), 2, "{lines:?}");
    assert!(ends[0].starts_with("#1 ") && ends[1].starts_with("#2 "));
    assert_eq!(lines.last().unwrap(), "#0 Http(200) stream 1 [6-6] mms 7/7 ~754");
}

#[test]
fn what_is_pushed_is_nobodys() {
    let mut talk = open();
    talk.client(get(1));
    let promise = [&[0, 0, 0, 2][..], &get_block("/pushed"), &indexed(54, "a server")].concat();
    talk.server(frame(PUSH_PROMISE, END_HEADERS, 1, &promise));
    // The newest entry of the table is the one that the promise added.
    talk.server([headers(2, 0, &ok_block()), data(2, END_STREAM, PDU)].concat());
    talk.server([headers(1, 0, &[0x88, 0xbf, 0xbe]), data(1, END_STREAM, PDU)].concat());
    assert_eq!(
        talk.end().last().unwrap(),
        "#0 Http(200) stream 1 [6-6] mms 7/7 ~754"
    );
    assert_eq!(anomalies(&talk), []);
}

#[test]
fn a_tunnel_is_passed_over() {
    let mut talk = open();
    let connect = [literal(":method", "CONNECT"), indexed(1, "mmsc:443")].concat();
    talk.client([headers(1, 0, &connect), data(1, 0, PDU)].concat());
    talk.server([headers(1, 0, &[0x88]), data(1, 0, PDU)].concat());
    talk.client(get(3)).server(ok(3, PDU));
    assert_eq!(talk.end().len(), 2);
    let named: Vec<_> = talk.sessions.protocols().iter().collect();
    assert_eq!(
        named,
        [(&"CONNECT, over HTTP/2".into(), &1), (&"HTTP/2".into(), &1)]
    );
}

#[test]
fn calls_of_grpc_are_named_and_not_read() {
    let mut talk = open();
    let call = [
        asking(0x83, "/s/Call"),
        literal("content-type", "application/grpc+proto"),
    ]
    .concat();
    let message = [&[0, 0, 0, 0, PDU.len() as u8][..], PDU].concat();
    talk.client([headers(1, 0, &call), data(1, END_STREAM, &message)].concat());
    talk.server([headers(1, 0, &ok_block()), data(1, 0, &message)].concat());
    assert_eq!(talk.end(), [] as [&str; 0]);
    assert_eq!(talk.sessions.protocols().get("gRPC"), Some(&1));
}

#[test]
fn an_upgrade_is_answered_on_stream_1() {
    let mut talk = Talk::new();
    talk.client(
        "GET /m HTTP/1.1\r\nHost: mmsc\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
    );
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    talk.server([&switch[..], &settings(), &ok(1, PDU)].concat());
    talk.client([PREFACE, &settings(), &post(3, PDU)].concat())
        .server(ok(3, ANSWER_PDU));
    assert_eq!(
        talk.end(),
        [
            "#0 Get http://mmsc/m [1-1] - 0/0 ~0",
            "#0 Http(200) stream 1 [2-2] mms 7/7 ~754",
            "#1 Post https://mmsc/ stream 3 [3-3] mms 7/7 ~754",
            "#1 Http(200) stream 3 [4-4] mms 9/9 ~1029",
        ]
    );
}

#[test]
fn the_middle_of_a_connection() {
    let mut talk = Talk::new();
    talk.info.opening_seen = false;
    talk.client(b"the rest of something that was sent before");
    // `:authority` and `content-type` are entries of the table that came before the capture.
    let known = [vec![0x83, 0x87], literal(":path", "/"), vec![0xbf, 0xbe]].concat();
    talk.client([headers(7, 0, &known), data(7, END_STREAM, PDU)].concat());
    talk.server([headers(7, 0, &[0x88, 0xbe]), data(7, END_STREAM, ANSWER_PDU)].concat());
    talk.client(post(9, PDU)).server(ok(9, ANSWER_PDU));
    assert_eq!(
        talk.end(),
        [
            "#0 Post / stream 7 [2-2] - 7/7 ~754",
            "#0 Http(200) stream 7 [3-3] - 9/9 ~1029",
            "#1 Post https://mmsc/ stream 9 [4-4] mms 7/7 ~754",
            "#1 Http(200) stream 9 [5-5] mms 9/9 ~1029",
        ]
    );
    assert_eq!(anomalies(&talk), [("http2_state_unknown", 1)]);
}

#[test]
fn gap_within_a_body() {
    let mut talk = open();
    let answer = ok(1, &[ANSWER_PDU, &[b'x'; 100]].concat());
    let (start, rest) = answer.split_at(answer.len() - 50);
    talk.client(get(1))
        .server(start)
        .gap(SERVER, 20, true)
        .server(&rest[20..]);
    talk.client(get(3)).server(ok(3, PDU));
    let lines = talk.end();
    assert_eq!(lines[1], "#0 Http(200) stream 1 [4-6] mms 59/109 ~7029 Hole");
    assert_eq!(lines[3], "#1 Http(200) stream 3 [8-8] mms 7/7 ~754");
}

#[test]
fn gap_over_frames_of_other_streams_leaves_a_body_whole_that_says_its_length() {
    let with_length = [ok_block(), indexed(28, "7")].concat();
    let mut talk = open();
    talk.client([get(1), get(3)].concat());
    talk.server([headers(1, 0, &with_length), data(1, 0, &PDU[..3])].concat());
    talk.gap(SERVER, 40, true);
    talk.server(
        [
            data(1, 0, &PDU[3..]),
            data(3, 0, &[0; 100]),
            data(3, END_STREAM, b"x"),
        ]
        .concat(),
    );
    let lines = talk.end();
    assert!(
        lines.contains(&"#0 Http(200) stream 1 [4-6] mms 7/7 ~754".to_owned()),
        "{lines:?}"
    );
    assert_eq!(lines[2], "#1 unread stream 3 [6-6] - 0/101 ~0 Hole");
}

#[test]
fn gap_over_what_ended_a_body_leaves_a_hole() {
    let mut talk = open();
    talk.client([headers(1, 0, &post_block("/")), data(1, 0, &PDU[..5])].concat());
    talk.gap(CLIENT, 11, true);
    talk.server(ok(1, ANSWER_PDU));
    let lines = talk.end();
    assert_eq!(lines[0], "#0 Post https://mmsc/ stream 1 [3-3] mms 5/5 ~469 Hole");
    assert_eq!(lines[1], "#0 Http(200) stream 1 [5-5] mms 9/9 ~1029");
}

#[test]
fn a_coded_body_is_decoded_even_where_its_coding_is_unknown() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, PDU).unwrap();
    let coded = encoder.finish().unwrap();
    let mut talk = open();
    talk.client([get(1), get(3)].concat());
    let block = [ok_block(), indexed(26, "gzip")].concat();
    talk.server([headers(1, 0, &block), data(1, END_STREAM, &coded)].concat());
    talk.gap(SERVER, 100, true);
    talk.server([headers(3, 0, &[0x88, 0xbe]), data(3, END_STREAM, &coded)].concat());
    let lines = talk.end();
    assert_eq!(lines[2], "#0 Http(200) stream 1 [4-4] mms 7/7 ~754");
    assert_eq!(lines[3], "#1 Http(200) stream 3 [6-6] - 7/7 ~754");
}

#[test]
fn an_answer_without_a_known_status_says_so() {
    let mut talk = open();
    talk.client(get(1)).gap(SERVER, 100, true);
    talk.server(
        [
            headers(1, 0, &[0xbe, 0xbf]),
            data(1, 0, PDU),
            data(1, END_STREAM, b""),
        ]
        .concat(),
    );
    assert_eq!(talk.end()[1], "#0 unread stream 1 [5-5] - 7/7 ~754");
}

#[test]
fn octets_that_are_no_frames_end_it_and_what_came_stays() {
    let mut talk = open();
    talk.client(post(1, PDU)).server(ok(1, ANSWER_PDU));
    talk.client(get(3)).client([0xff; 40]).server(ok(3, PDU));
    let lines = talk.end();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[3].starts_with("#1 GivenUp"), "{lines:?}");
    assert_eq!(anomalies(&talk), [("http2_state_unknown", 1)]);
}

fn within(limits: Limits) -> Talk {
    let mut talk = Talk::new();
    talk.sessions = Sessions::within(limits);
    talk.client([PREFACE, &settings()].concat()).server(settings());
    talk
}

#[test]
fn more_streams_than_may_be_open_are_given_up_the_idlest_first() {
    let mut talk = within(Limits {
        http2_streams: 10,
        ..Limits::default()
    });
    for stream in 0..1000 {
        talk.client(get(2 * stream + 1));
    }
    talk.server(ok(1999, PDU));
    assert!(talk.lines.last().unwrap().starts_with("#999 Http(200)"));
    assert_eq!(talk.sessions.anomalies.count(AnomalyKind::LimitReached), 990);
    talk.end();
}

/// Answered or not: what a connection takes is what the streams take that may be open, and one table of each direction.
#[test]
fn a_connection_takes_no_more_however_many_streams_it_has() {
    for is_answered in [false, true] {
        let mut talk = within(Limits {
            http2_streams: 10,
            ..Limits::default()
        });
        let mut held_behind = |streams: std::ops::Range<u32>| {
            for stream in streams.map(|number| 2 * number + 1) {
                talk.client(get(stream));
                if is_answered {
                    talk.server(ok(stream, PDU));
                }
            }
            talk.lines.clear();
            talk.sessions.held_octets()
        };
        // Until the tables are full.
        let few = held_behind(0..300);
        let many = held_behind(300..6_000);
        assert!(few > 0 && many <= few, "{few} octets, then {many}");
    }
}

#[test]
fn a_head_without_end_is_held_only_so_far() {
    let mut talk = within(Limits {
        head_octets: 1000,
        ..Limits::default()
    });
    talk.client(frame(HEADERS, END_STREAM, 1, &get_block("/m")));
    for _ in 0..1000 {
        talk.client(frame(CONTINUATION, 0, 1, &literal("x", "some octets of a field")));
    }
    talk.client(frame(CONTINUATION, END_HEADERS, 1, b""));
    talk.client(get(3)).server(ok(3, PDU));
    assert_eq!(talk.sessions.anomalies.count(AnomalyKind::LimitReached), 1);
    assert!(
        talk.lines.last().unwrap().contains("Http(200) stream 3"),
        "{:?}",
        talk.lines
    );
}

#[test]
fn few_octets_that_stand_for_many_are_cut() {
    let mut talk = within(Limits {
        head_octets: 8_000,
        ..Limits::default()
    });
    let bomb = [
        get_block("/m"),
        indexed(58, &"x".repeat(3_000)),
        vec![0xbe; 2_000],
    ]
    .concat();
    talk.client(headers(1, END_STREAM, &bomb)).server(ok(1, PDU));
    assert_eq!(talk.sessions.anomalies.count(AnomalyKind::LimitReached), 1);
    assert_eq!(talk.end()[1], "#0 Http(200) stream 1 [4-4] mms 7/7 ~754");
}

/// A conversation of several streams: who sends which octets, in turn.
fn conversation() -> Vec<(Direction, Vec<u8>)> {
    let long = [PDU, &[b'x'; 300]].concat();
    let with_length = [ok_block(), indexed(28, "307")].concat();
    vec![
        (
            CLIENT,
            [
                PREFACE,
                &settings(),
                &post(1, &long),
                &headers(3, 0, &post_block("/")),
            ]
            .concat(),
        ),
        (SERVER, settings()),
        (
            CLIENT,
            [
                data(3, 0, &long[..100]),
                get(5),
                data(3, 0, &long[100..]),
                data(3, END_STREAM, b""),
            ]
            .concat(),
        ),
        (SERVER, ok(3, ANSWER_PDU)),
        (
            SERVER,
            [
                headers(5, 0, &with_length),
                data(5, 0, &long[..50]),
                ok(1, ANSWER_PDU),
            ]
            .concat(),
        ),
        (SERVER, data(5, END_STREAM, &long[50..])),
        (CLIENT, post(7, &long)),
        (SERVER, ok(7, ANSWER_PDU)),
    ]
}

/// The lines without their frames and their exchanges' numbers.
fn told(talk: &mut Talk) -> Vec<String> {
    let bare = |line: String| {
        let (before, rest) = line.split_once(" [").unwrap_or((&line, ""));
        let after = rest.split_once(']').map_or("", |(_, after)| after);
        let (_, before) = before.split_once(' ').unwrap_or_default();
        format!("{before}{after}")
    };
    let mut lines: Vec<String> = talk.end().into_iter().map(bare).collect();
    lines.sort();
    lines
}

/// An answer that ends without a head that says so answers nothing, and its request is not forgotten.
#[test]
fn an_answer_without_a_status() {
    let mut talk = Talk::new();
    talk.data(CLIENT, &[PREFACE, &settings(), &get(1)].concat());
    let location = [0x0f, 31, 1, b'x'];
    talk.data(
        SERVER,
        &[settings(), headers(1, 0, &location), data(1, END_STREAM, PDU)].concat(),
    );
    talk.close(CloseReason::Finished);
    let [request, end] = talk.lines.as_slice() else {
        panic!("{:?}", talk.lines);
    };
    assert!(request.starts_with("#0 Get "), "{request}");
    assert!(
        end.starts_with("#0 Closed ") && !end.contains(" Visible "),
        "{end}"
    );
}

proptest! {
    #[test]
    fn any_segmentation_tells_the_same(sizes in prop::collection::vec(1usize..60, 1..60)) {
        let (mut whole, mut pieces) = (Talk::new(), Talk::new());
        let mut sizes = sizes.iter().cycle();
        for (direction, octets) in conversation() {
            whole.data(direction, &octets);
            let mut rest = octets.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                pieces.data(direction, piece);
                rest = after;
            }
        }
        let expected = told(&mut whole);
        prop_assert_eq!(expected.len(), 8);
        prop_assert_eq!(told(&mut pieces), expected);
        prop_assert_eq!(anomalies(&pieces), []);
    }

    /// Whatever is lost: a body that is told as whole is one that was sent, and what is not is said to be missing.
    #[test]
    fn lost_and_cut_segments_change_nothing_silently(
        size in 20usize..200,
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut whole = Talk::new();
        let mut segments = Vec::new();
        for (direction, octets) in conversation() {
            whole.data(direction, &octets);
            segments.extend(octets.chunks(size).map(|piece| (direction, piece.to_vec())));
        }
        let bodies = |lines: Vec<String>| -> Vec<String> {
            let body = |line: String| line.split(' ').find(|word| word.starts_with('~')).map(str::to_owned);
            lines.into_iter().filter(|line| !line.contains("Hole")).filter_map(body).collect()
        };
        let sent = bodies(told(&mut whole));
        let lost: Vec<usize> = lost.iter().map(|index| index.index(segments.len())).collect();
        let mut talk = Talk::new();
        for (number, (direction, octets)) in segments.iter().enumerate() {
            match lost.contains(&number) {
                true => talk.gap(*direction, octets.len() as u64, true),
                false => talk.data(*direction, octets),
            };
        }
        for body in bodies(told(&mut talk)) {
            prop_assert!(body == "~0" || sent.contains(&body), "{body} was not sent: {sent:?}");
        }
    }

    #[test]
    fn damage_does_no_harm(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        gaps in prop::collection::vec((0usize..8, 1u64..400, any::<bool>()), 0..3),
        inside in any::<bool>(),
    ) {
        let mut turns = conversation();
        let count = turns.len();
        for (index, octet) in damage {
            let turn = &mut turns[index.index(count)].1;
            let place = index.index(turn.len());
            turn[place] = octet;
        }
        let mut talk = Talk::new();
        talk.info.opening_seen = !inside;
        for (number, (direction, octets)) in turns.iter().enumerate().skip(usize::from(inside)) {
            for (_, length, acknowledged) in gaps.iter().filter(|(turn, _, _)| *turn == number) {
                talk.gap(*direction, *length, *acknowledged);
            }
            talk.data(*direction, octets);
        }
        talk.close(CloseReason::CaptureEnd);
        for id in 0..12 {
            let start = format!("#{id} ");
            let lines: Vec<_> = talk.lines.iter().filter(|line| line.starts_with(&start)).collect();
            let requests = lines.iter().filter(|line| [" Get ", " Post ", " Other "].iter().any(|word| line.contains(word))).count();
            prop_assert!(requests <= 1);
            prop_assert!(lines.len() <= 2 && lines.len() >= 2 * requests, "one end to each request: {:?}", lines);
        }
    }
}
