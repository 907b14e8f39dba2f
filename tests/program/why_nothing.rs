//! Why there are no messages, or fewer than there were: each reason by a capture that has it, made of a real one or by hand.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | frames that were cut, link types, IPsec | [`frames_that_cannot_be_read_are_the_reason`] |
//! | one direction, a beginning that is missing | [`connections_that_were_not_captured_whole_are_a_reason`] |
//! | TLS, QUIC, WTLS, with their ports | [`encrypted_connections_are_the_reason`] |
//! | HTTP, SOAP and mail without MMS | [`what_was_read_and_is_no_mms_is_told`] |
//! | a capture with nothing odd has no reasons | [`a_whole_capture_has_no_reasons`] |
//! | numbers that are nowhere | [`a_number_that_is_nowhere_is_told_with_those_near_it`] |
//! | deliveries that stay open | [`an_open_delivery_says_what_would_have_decided_it`] |

use std::path::{Path, PathBuf};

use etherparse::PacketBuilder;
use serde_json::Value;

use crate::support::{document, printed, run, testdata};

/// The octets before the first record of a little-endian pcap file, and its records: seconds and microseconds, length on the
/// wire, octets.
pub(crate) fn parts_of(file: &str) -> (Vec<u8>, Vec<Record>) {
    let octets = std::fs::read(testdata().join("captures").join(file)).unwrap();
    let number = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().unwrap());
    let mut records = Vec::new();
    let mut at = 24;
    while at + 16 <= octets.len() {
        let captured = number(at + 8) as usize;
        records.push(Record {
            time: [number(at), number(at + 4)],
            length: number(at + 12),
            octets: octets[at + 16..at + 16 + captured].to_vec(),
        });
        at += 16 + captured;
    }
    (octets[..24].to_vec(), records)
}

#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) time: [u32; 2],
    pub(crate) length: u32,
    pub(crate) octets: Vec<u8>,
}

pub(crate) fn written(path: &Path, header: &[u8], records: &[Record]) -> PathBuf {
    let mut file = header.to_vec();
    for record in records {
        let captured = u32::try_from(record.octets.len()).unwrap();
        for number in [record.time[0], record.time[1], captured, record.length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(&record.octets);
    }
    std::fs::write(path, file).unwrap();
    path.to_owned()
}

/// A capture of frames made by hand, a millisecond apart.
fn of_frames(path: &Path, frames: Vec<Vec<u8>>) -> PathBuf {
    let (header, _) = parts_of("a1_happy_smpp.pcap");
    let records: Vec<Record> = (0..)
        .zip(frames)
        .map(|(at, octets)| Record {
            time: [1_764_000_000, at * 1000],
            length: u32::try_from(octets.len()).unwrap(),
            octets,
        })
        .collect();
    written(path, &header, &records)
}

const PHONE: [u8; 4] = [10, 1, 1, 1];
const SERVER: [u8; 4] = [10, 2, 2, 2];

fn ip(up: bool) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    let (from, to) = if up { (PHONE, SERVER) } else { (SERVER, PHONE) };
    PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64)
}

fn datagram(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    ip(true).udp(40000, port).write(&mut frame, payload).unwrap();
    frame
}

/// A TCP connection to a port whose ends say these things to each other, the phone first.
fn connection(phone_port: u16, port: u16, said: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut next = [1000_u32, 5000];
    let mut push = |up: bool, syn: bool, next: &mut [u32; 2], payload: &[u8]| {
        let (from, to) = if up {
            (phone_port, port)
        } else {
            (port, phone_port)
        };
        let [own, other] = if up { [0, 1] } else { [1, 0] };
        let mut step = ip(up).tcp(from, to, next[own], 65000);
        if syn {
            step = step.syn();
        }
        if up && syn {
            next[own] += 1;
        } else {
            step = step.ack(next[other]);
            next[own] += u32::from(syn) + u32::try_from(payload.len()).unwrap();
        }
        let mut frame = Vec::new();
        step.write(&mut frame, payload).unwrap();
        frames.push(frame);
    };
    push(true, true, &mut next, b"");
    push(false, true, &mut next, b"");
    push(true, false, &mut next, b"");
    for (turn, payload) in said.iter().enumerate() {
        push(turn % 2 == 0, false, &mut next, payload);
    }
    frames
}

/// The reasons that the document gives.
fn reasons(file: &Path) -> Vec<Value> {
    let document = document(&[file.to_owned()]).unwrap();
    document["diagnosis"].as_array().unwrap().clone()
}

fn kinds(reasons: &[Value]) -> Vec<&str> {
    reasons
        .iter()
        .map(|reason| reason["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn frames_that_cannot_be_read_are_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (header, records) = parts_of("a1_happy_smpp.pcap");

    let mut cut = records.clone();
    cut.iter_mut().for_each(|record| record.octets.truncate(96));
    let cut = written(&folder.path().join("cut.pcap"), &header, &cut);
    let found = reasons(&cut);
    assert_eq!(found[0]["kind"], "snap_length");
    assert_eq!((&found[0]["count"], &found[0]["frame"]), (&18.into(), &4.into()));
    let text = printed(&[], std::slice::from_ref(&cut));
    assert!(
        text.contains("18 of 62 frames") && text.contains("96 octets"),
        "{text}"
    );
    assert!(text.contains("tcpdump -s 0"), "{text}");

    let radio = [&header[..20], &127_u32.to_le_bytes()].concat();
    let radio = written(&folder.path().join("radio.pcap"), &radio, &records);
    let found = reasons(&radio);
    assert_eq!(kinds(&found), ["link_type"]);
    assert_eq!((&found[0]["count"], &found[0]["frame"]), (&62.into(), &1.into()));
    assert_eq!(found[0]["names"], serde_json::json!(["ieee802_11_radiotap"]));

    let mut esp = records;
    // The protocol of the IPv4 header (RFC 791 section 3.1).
    esp.iter_mut().for_each(|record| record.octets[14 + 9] = 50);
    let esp = written(&folder.path().join("esp.pcap"), &header, &esp);
    let found = reasons(&esp);
    assert_eq!(kinds(&found), ["esp"]);
    assert_eq!((&found[0]["count"], &found[0]["frame"]), (&62.into(), &1.into()));
}

#[test]
fn connections_that_were_not_captured_whole_are_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (header, records) = parts_of("a1_happy_smpp.pcap");
    // What is said in the middle of a long connection, of which nothing tells what it is.
    let mut midway = connection(40001, 8080, &[b"abc", b"def"]);
    midway.drain(..3);
    let midway = of_frames(&folder.path().join("midway.pcap"), midway);
    let found = reasons(&midway);
    assert_eq!(kinds(&found), ["mid_connection"]);
    assert_eq!((&found[0]["count"], &found[0]["frame"]), (&1.into(), &1.into()));

    // A long connection in which messages are recognised hides nothing.
    let flags = |record: &Record| record.octets[14 + 20 + 13];
    let is_tcp = |record: &Record| record.octets[14 + 9] == 6;
    let mut known = records;
    known.retain(|record| !is_tcp(record) || flags(record) & 2 == 0);
    let known = written(&folder.path().join("known.pcap"), &header, &known);
    assert_eq!(kinds(&reasons(&known)), Vec::<&str>::new());

    let frames: Vec<Vec<u8>> = connection(40001, 8080, &[b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"]);
    let half: Vec<Vec<u8>> = frames
        .into_iter()
        .filter(|frame| frame[26..30] == PHONE)
        .collect();
    let half = of_frames(&folder.path().join("half.pcap"), half);
    let found = reasons(&half);
    assert_eq!(found[0]["kind"], "one_direction", "{found:?}");
    assert_eq!(found[0]["names"], serde_json::json!(["10.1.1.1 to 10.2.2.2"]));
}

#[test]
fn encrypted_connections_are_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let hello: &[u8] = b"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03................................";
    let quic = [&b"\xc3\x00\x00\x00\x01\x08abcdefgh"[..], &[0; 1180]].concat();
    let mut frames = Vec::new();
    for phone_port in [40001, 40002, 40003] {
        frames.extend(connection(phone_port, 443, &[hello]));
    }
    frames.extend(connection(40004, 8443, &[hello]));
    frames.push(datagram(443, &quic));
    frames.push(datagram(9203, b"\x03\x00\x10abcdefghijklmnop"));
    let file = of_frames(&folder.path().join("secret.pcap"), frames);
    let found = reasons(&file);
    assert_eq!(kinds(&found), ["tls", "quic", "wtls"]);
    assert_eq!((&found[0]["count"], &found[0]["frame"]), (&4.into(), &4.into()));
    assert_eq!(found[0]["ports"], serde_json::json!([443, 8443]));
    assert_eq!((&found[1]["count"], &found[1]["frame"]), (&1.into(), &17.into()));
    let text = printed(&["captures"], &[file]);
    assert!(
        text.contains("4  TLS") && text.contains("1  QUIC") && text.contains("1  WTLS"),
        "{text}"
    );
    assert!(
        !text.contains("other\n") && !text.contains("nothing recognisable"),
        "{text}"
    );
}

#[test]
fn what_was_read_and_is_no_mms_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut frames = connection(
        40001,
        80,
        &[
            b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        ],
    );
    frames.extend(connection(
        40002,
        25,
        &[b"EHLO a.example\r\n", b"250 b.example\r\n"],
    ));
    frames.extend(connection(40003, 5222, &[b"\x01\x02\x03\x04\x05\x06\x07\x08"]));
    let file = of_frames(&folder.path().join("plain.pcap"), frames);
    let found = reasons(&file);
    assert_eq!(kinds(&found), ["smtp_without_mms", "http_without_mms"]);
    assert_eq!(found[1]["names"], serde_json::json!(["application/json"]));
    let text = printed(&["captures"], &[file]);
    assert!(text.contains("1  unknown, TCP port 5222"), "{text}");
}

#[test]
fn an_envelope_of_ours_that_is_refused_is_of_mms() {
    let folder = tempfile::tempdir().unwrap();
    let frames = |to: &str| {
        let recipient = format!("RCPT TO:<{to}>\r\n");
        connection(
            40002,
            25,
            &[
                b"EHLO a.example\r\n",
                b"250 b.example\r\n",
                b"MAIL FROM:<ann@a.example>\r\n",
                b"250 ok\r\n",
                recipient.as_bytes(),
                b"550 no\r\n",
                b"QUIT\r\n",
            ],
        )
    };
    let ours = of_frames(
        &folder.path().join("ours.pcap"),
        frames("+61400000002/TYPE=PLMN@b.example"),
    );
    assert_eq!(reasons(&ours), Vec::<Value>::new());
    let foreign = of_frames(&folder.path().join("foreign.pcap"), frames("bob@b.example"));
    assert_eq!(kinds(&reasons(&foreign)), ["smtp_without_mms"]);
}

#[test]
fn a_whole_capture_has_no_reasons() {
    let file = testdata().join("captures/a1_happy_smpp.pcap");
    assert_eq!(reasons(&file), Vec::<Value>::new());
    assert!(!printed(&[], &[file]).contains("reason"));
}

#[test]
fn a_number_that_is_nowhere_is_told_with_those_near_it() {
    let file = [testdata().join("captures/a1_happy_smpp.pcap")];
    for format in [&["messages"][..], &["show"], &["messages", "--format", "jsonl"]] {
        let (_, _, errors) = run(&[format, &["--to", "+441509999"]].concat(), &file);
        assert!(
            errors.contains("no message is to +441509999; near it: +441500002"),
            "{format:?}: {errors}"
        );
    }
    let (status, _, errors) = run(&["messages", "--to", "+44 1500 002"], &file);
    assert_eq!((status, errors.as_str()), (0, ""));
    let (_, _, errors) = run(&["messages", "--to", "+441509999", "--redact"], &file);
    assert!(!errors.contains("1500"), "{errors}");
}

#[test]
fn an_open_delivery_says_what_would_have_decided_it() {
    let text = printed(&["show"], &[testdata().join("suite/mm4-forward-pending.pcap")]);
    assert!(text.contains("would decide it"), "{text}");
    assert!(
        text.contains("the captures end") || text.contains("the captures go on"),
        "{text}"
    );
}
