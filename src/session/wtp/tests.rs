//! WTP and WSP together, from datagrams to requests and answers.
//!
//! | clause | test |
//! | --- | --- |
//! | WAP-224 6.2 classes | `each_class_has_its_answer` |
//! | 7.14 segmentation, groups, negative acknowledgement | `segments_*` |
//! | 7.6 retransmission | `an_invoke_sent_again_*` |
//! | 7.8.2 TID reuse | `a_tid_may_be_used_again`, `two_phones_may_use_the_same_tid` |
//! | 7.9 abort | `an_abort_*` |
//! | 9 concatenation | `pdus_of_several_transactions_in_one_datagram` |
//! | WAP-230 6.3 sessions | `session_headers_hold_for_later_requests` |

use crate::flow::{CloseReason, TransportKind};
use crate::model::AnomalyKind;
use crate::session::recorder::{DOWN, Recorder, UP};

const MMS: &[u8] = b"\x8c\x80\x98t1\0\x8d\x90";
const CONF: &[u8] = b"\x8c\x81\x98t1\0\x8d\x90\x92\x80";

fn post(data: &[u8]) -> Vec<u8> {
    [b"\x60\x0c\x01http://mmsc/\xbe", data].concat()
}

fn get() -> Vec<u8> {
    b"\x40\x0fhttp://mmsc/m/1".to_vec()
}

fn reply(data: &[u8]) -> Vec<u8> {
    [b"\x04\x20\x01\xbe", data].concat()
}

fn push(data: &[u8]) -> Vec<u8> {
    [b"\x06\x03\xbe\xaf\x84", data].concat()
}

/// A PDU: first octet, TID, what follows.
fn pdu(first: u8, tid: u16, rest: &[&[u8]]) -> Vec<u8> {
    [&[first], &tid.to_be_bytes()[..], &rest.concat()].concat()
}

fn invoke(tid: u16, data: &[u8]) -> Vec<u8> {
    pdu(0x0E, tid, &[&[0x12], data])
}

fn result(tid: u16, data: &[u8]) -> Vec<u8> {
    pdu(0x16, tid | 0x8000, &[data])
}

/// A message in packets of `size` octets: `opening` is the first octet of the first, the rest follow it in type
/// and flags.
fn segments(opening: u8, tid: u16, message: &[u8], size: usize) -> Vec<Vec<u8>> {
    let chunks: Vec<_> = message.chunks(size).collect();
    let segmented = if opening == 0x08 { 0x28 } else { 0x30 };
    let packet = |(index, chunk): (usize, &&[u8])| {
        let last = if index + 1 == chunks.len() { 2 } else { 0 };
        match (index, opening) {
            (0, 0x08) => pdu(0x08 | last, tid, &[&[0x12], chunk]),
            (0, _) => pdu(opening | last, tid, &[chunk]),
            _ => pdu(segmented | last, tid, &[&[index as u8], chunk]),
        }
    };
    chunks.iter().enumerate().map(packet).collect()
}

fn phone(recorder: &mut Recorder, host: u8) -> usize {
    recorder.open(TransportKind::Udp, host, 49000, 9201)
}

#[test]
fn each_class_has_its_answer() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &invoke(1, &post(MMS)));
    r.datagram(c, DOWN, &pdu(0x18, 0x8001, &[]));
    r.datagram(c, DOWN, &result(1, &reply(CONF)));
    r.datagram(c, UP, &pdu(0x18, 1, &[]));
    // Class 0 and class 1 pushes, begun by the server.
    r.datagram(c, DOWN, &pdu(0x0E, 1, &[&[0x10], &push(MMS)]));
    let confirmed = [b"\x07".as_slice(), &push(MMS)[1..]].concat();
    r.datagram(c, DOWN, &pdu(0x0E, 2, &[&[0x11], &confirmed]));
    r.datagram(c, UP, &pdu(0x18, 0x8002, &[]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 8/8
    0 Wsp(32) wtp 3..3 application/vnd.wap.mms-message 10/10
    1 Push wtp 5..5 10.9.9.9:9201>10.0.0.1:49000 unanswered application/vnd.wap.mms-message 8/8
    2 Push wtp 6..6 10.9.9.9:9201>10.0.0.1:49000 application/vnd.wap.mms-message 8/8
    2 WtpAcknowledged wtp 7..7
    ");
}

#[test]
fn segments_in_any_order_and_repeated_give_one_request() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let message = post(&[MMS, &[0xAA; 80]].concat());
    let packets = segments(0x08, 2, &message, 40);
    assert_eq!(packets.len(), 3);
    r.datagram(c, UP, &packets[2]);
    r.datagram(c, UP, &packets[0]);
    r.datagram(c, DOWN, &pdu(0x38, 0x8002, &[&[1, 1]]));
    r.datagram(c, UP, &packets[0]);
    r.datagram(c, UP, &packets[1]);
    r.datagram(c, DOWN, &pdu(0x98, 0x8002, &[&[0x19, 2]]));
    let answer = reply(&[CONF, &[0xBB; 60]].concat());
    let packets = segments(0x10, 0x8002, &answer, 30);
    for packet in packets.iter().rev() {
        r.datagram(c, DOWN, packet);
    }
    // The whole result again after a lost acknowledgement.
    for packet in &packets {
        r.datagram(c, DOWN, packet);
    }
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 2..5 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 88/88
    0 Wsp(32) wtp 9..9 application/vnd.wap.mms-message 70/70
    ");
}

#[test]
fn segments_that_were_not_captured_are_a_hole_when_the_answer_comes() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let packets = segments(0x08, 2, &post(&[MMS, &[0xAA; 80]].concat()), 40);
    r.datagram(c, UP, &packets[0]);
    r.datagram(c, UP, &packets[2]);
    r.datagram(c, DOWN, &result(2, &reply(CONF)));
    // A result of which the middle is missing, acknowledged by the phone.
    r.datagram(c, UP, &invoke(3, &get()));
    let packets = segments(0x10, 0x8003, &reply(&[CONF, &[0xBB; 60]].concat()), 30);
    r.datagram(c, DOWN, &packets[0]);
    r.datagram(c, DOWN, &packets[2]);
    r.datagram(c, UP, &pdu(0x18, 3, &[]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 1..2 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 24/24 Hole
    0 Wsp(32) wtp 3..3 application/vnd.wap.mms-message 10/10
    1 Get wtp 4..4 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    1 Wsp(32) wtp 5..6 application/vnd.wap.mms-message 26/26 Hole
    ");
}

/// An acknowledgement up to a packet that nobody saw says that it was sent, and came.
#[test]
fn segments_that_were_acknowledged_and_not_captured_are_a_hole_at_the_end() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let group = |first: u8, tid: u16, packet: u8| pdu(first, tid, &[&[0x19, packet]]);
    let packets = segments(0x08, 2, &post(&[MMS, &[0xAA; 80]].concat()), 40);
    r.datagram(c, UP, &packets[0]);
    r.datagram(c, UP, &packets[1]);
    r.datagram(c, DOWN, &group(0x98, 0x8002, 2));
    r.datagram(c, UP, &invoke(3, &get()));
    let packets = segments(0x10, 0x8003, &reply(&[CONF, &[0xBB; 60]].concat()), 30);
    r.datagram(c, DOWN, &packets[0]);
    r.datagram(c, DOWN, &packets[1]);
    r.datagram(c, UP, &group(0x98, 3, 2));
    r.close(c, CloseReason::Idle);
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 4..4 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    1 Post wtp 1..2 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 64/64 Hole
    1 end Idle Visible { by: Origin(1) } at 8
    0 Wsp(32) wtp 5..6 application/vnd.wap.mms-message 56/56 Hole
    ");
}

#[test]
fn an_invoke_sent_again_is_one_request() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let again = |first: u8| pdu(first, 7, &[&[0x12], &get()]);
    r.datagram(c, UP, &again(0x0E));
    r.datagram(c, UP, &again(0x0F));
    r.datagram(c, UP, &again(0x0E));
    r.datagram(c, DOWN, &result(7, &reply(CONF)));
    r.datagram(c, UP, &again(0x0F));
    r.datagram(c, DOWN, &pdu(0x17, 0x8007, &[&reply(CONF)]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    0 Wsp(32) wtp 4..4 application/vnd.wap.mms-message 10/10
    ");
}

#[test]
fn an_invoke_of_which_only_the_repetition_was_captured_is_the_request() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &pdu(0x0F, 7, &[&[0x12], &get()]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    0 end CaptureEnd NotCaptured at 2
    ");
}

#[test]
fn a_tid_may_be_used_again() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    for message in [&b"\x8c\x80\x98t1\0"[..], b"\x8c\x80\x98t2\0"] {
        for packet in segments(0x08, 1, &post(message), 14) {
            r.datagram(c, UP, &packet);
        }
        r.datagram(c, DOWN, &result(1, &reply(CONF)));
        r.wait(3600);
    }
    // The same request much later, with an answer owed to the one before.
    r.datagram(c, UP, &invoke(1, &get()));
    r.wait(3600);
    r.datagram(c, UP, &invoke(1, &get()));
    r.datagram(c, DOWN, &result(1, &reply(CONF)));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 1..2 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 6/6
    0 Wsp(32) wtp 3..3 application/vnd.wap.mms-message 10/10
    1 Post wtp 4..5 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 6/6
    1 Wsp(32) wtp 6..6 application/vnd.wap.mms-message 10/10
    2 Get wtp 7..7 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    2 end Replaced Visible { by: Origin(1) } at 8
    3 Get wtp 8..8 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    3 Wsp(32) wtp 9..9 application/vnd.wap.mms-message 10/10
    ");
}

#[test]
fn two_phones_may_use_the_same_tid() {
    let mut r = Recorder::default();
    let first = r.open(TransportKind::Udp, 1, 49000, 9201);
    let second = r.open(TransportKind::Udp, 1, 49001, 9201);
    let one = segments(0x08, 5, &post(b"\x8c\x80\x98one\0\x8d\x90"), 14);
    let two = segments(0x08, 5, &post(b"\x8c\x80\x98second\0\x8d\x90"), 14);
    for (one, two) in one.iter().zip(&two) {
        r.datagram(first, UP, one);
        r.datagram(second, UP, two);
    }
    r.datagram(second, DOWN, &result(5, &reply(CONF)));
    r.datagram(first, DOWN, &result(5, &reply(CONF)));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 1..3 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 9/9
    1 Post wtp 2..4 10.0.0.1:49001>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 12/12
    1 Wsp(32) wtp 5..5 application/vnd.wap.mms-message 10/10
    0 Wsp(32) wtp 6..6 application/vnd.wap.mms-message 10/10
    ");
}

#[test]
fn an_abort_ends_the_exchange_and_cuts_the_message() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &invoke(1, &get()));
    r.datagram(c, DOWN, &pdu(0x20, 0x8001, &[&[8]]));
    // A request aborted in the middle by the phone.
    let packets = segments(0x08, 2, &post(&[MMS, &[0xAA; 80]].concat()), 40);
    r.datagram(c, UP, &packets[0]);
    r.datagram(c, UP, &packets[1]);
    r.datagram(c, UP, &pdu(0x21, 2, &[&[0xEA]]));
    // An answer aborted in the middle.
    r.datagram(c, UP, &invoke(3, &get()));
    let packets = segments(0x10, 0x8003, &reply(&[CONF, &[0xBB; 60]].concat()), 30);
    r.datagram(c, DOWN, &packets[0]);
    r.datagram(c, UP, &pdu(0x21, 3, &[&[0xEB]]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    0 end Aborted { code: 8 } Visible { by: Origin(1) } at 2
    1 Post wtp 3..4 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 64/64 CutShort { reset: true }
    1 end Aborted { code: 234 } Visible { by: Origin(1) } at 5
    2 Get wtp 6..6 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    2 Wsp(32) wtp 7..7 application/vnd.wap.mms-message 26/26 CutShort { reset: true }
    ");
}

#[test]
fn pdus_of_several_transactions_in_one_datagram() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let (ack, get, post) = (pdu(0x18, 4, &[]), invoke(5, &get()), invoke(6, &post(MMS)));
    let mut datagram = vec![0];
    for pdu in [ack, get, post] {
        datagram.push(pdu.len() as u8);
        datagram.extend(pdu);
    }
    r.datagram(c, UP, &datagram);
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    1 Post wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/ application/vnd.wap.mms-message 8/8
    0 end CaptureEnd NotCaptured at 2
    1 end CaptureEnd NotCaptured at 2
    ");
}

#[test]
fn session_headers_hold_for_later_requests() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(
        c,
        UP,
        &invoke(1, b"\x01\x10\x00\x1a\xa9Phone/1.0\0X-MSISDN\0+4912\0"),
    );
    r.datagram(c, DOWN, &result(1, b"\x02\x05\x00\x00"));
    r.datagram(c, UP, &invoke(2, &get()));
    r.datagram(c, UP, &pdu(0x0E, 3, &[&[0x10], b"\x05\x05"]));
    r.datagram(c, UP, &invoke(4, &get()));
    r.close(c, CloseReason::Idle);
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 3..3 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1 agent=Phone/1.0 x-msisdn=+4912
    1 Get wtp 5..5 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    0 end Idle Visible { by: Origin(1) } at 6
    1 end Idle Visible { by: Origin(1) } at 6
    ");
}

#[test]
fn a_session_may_be_resumed_from_another_address() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &invoke(1, b"\x01\x10\x00\x0b\xa9Phone/1.0\0"));
    r.datagram(c, DOWN, &result(1, b"\x02\x85\x05\x00\x00"));
    r.datagram(c, UP, &pdu(0x0E, 2, &[&[0x10], b"\x08\x85\x05"]));
    let c = phone(&mut r, 2);
    r.datagram(c, UP, &invoke(1, b"\x09\x85\x05\x00X-MSISDN\0+4912\0"));
    r.datagram(c, DOWN, &result(1, b"\x04\x20\x00"));
    r.datagram(c, UP, &invoke(2, &get()));
    assert_eq!(
        r.text(),
        "0 Get wtp 6..6 10.0.0.2:49000>10.9.9.9:9201 url=http://mmsc/m/1 agent=Phone/1.0 x-msisdn=+4912"
    );
}

#[test]
fn segments_in_groups_that_only_ttr_or_both_bits_end() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let message = post(&[MMS, &[0xAA; 100]].concat());
    let packets: Vec<_> = message.chunks(30).collect();
    assert_eq!(packets.len(), 5);
    // 0C and 2C end a group; the last packet has both bits, and again with RID.
    r.datagram(c, UP, &pdu(0x0C, 2, &[&[0x12], packets[0]]));
    r.datagram(c, DOWN, &pdu(0x98, 0x8002, &[&[0x19, 0]]));
    r.datagram(c, UP, &pdu(0x28, 2, &[&[1], packets[1]]));
    r.datagram(c, UP, &pdu(0x2C, 2, &[&[2], packets[2]]));
    r.datagram(c, DOWN, &pdu(0x98, 0x8002, &[&[0x19, 2]]));
    r.datagram(c, UP, &pdu(0x28, 2, &[&[3], packets[3]]));
    r.datagram(c, UP, &pdu(0x2E, 2, &[&[4], packets[4]]));
    r.datagram(c, UP, &pdu(0x2F, 2, &[&[4], packets[4]]));
    r.datagram(c, DOWN, &result(2, &reply(CONF)));
    assert_eq!(r.lines.len(), 2);
    assert!(r.text().contains("108/108"), "{}", r.text());
}

#[test]
fn a_message_that_the_snap_length_cut_is_not_known_whole() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    let whole = invoke(1, &post(&[MMS, &[0xAA; 80]].concat()));
    r.cut_datagram(c, UP, &whole[..60], 47);
    r.datagram(c, DOWN, &result(1, &reply(CONF)));
    let packets = segments(0x08, 2, &post(&[MMS, &[0xAA; 80]].concat()), 40);
    r.datagram(c, UP, &packets[0]);
    r.cut_datagram(c, UP, &packets[1][..20], 24);
    r.datagram(c, UP, &packets[2]);
    let bodies: Vec<_> = r.lines.iter().filter(|line| line.contains("Post")).collect();
    assert_eq!(bodies.len(), 2);
    assert!(
        bodies.iter().all(|line| line.ends_with("NotCaptured")),
        "{bodies:#?}"
    );
}

#[test]
fn any_port_that_makes_sense_as_wap() {
    let mut r = Recorder::default();
    let wtp = r.open(TransportKind::Udp, 1, 40000, 12345);
    // An acknowledgement proves nothing; the request after it does.
    r.datagram(wtp, UP, &pdu(0x18, 4, &[]));
    r.datagram(wtp, UP, &invoke(5, &post(MMS)));
    r.datagram(wtp, DOWN, &result(5, &reply(CONF)));
    let wsp = r.open(TransportKind::Udp, 1, 40001, 12346);
    r.datagram(wsp, UP, &[b"\x07", get().as_slice()].concat());
    r.datagram(wsp, DOWN, &[b"\x07", reply(CONF).as_slice()].concat());
    let phone = r.open(TransportKind::Udp, 1, 49999, 5000);
    r.datagram(phone, DOWN, &[b"\x01", push(MMS).as_slice()].concat());
    insta::assert_snapshot!(r.text(), @r"
    0 Post wtp 2..2 10.0.0.1:40000>10.9.9.9:12345 url=http://mmsc/ application/vnd.wap.mms-message 8/8
    0 Wsp(32) wtp 3..3 application/vnd.wap.mms-message 10/10
    1 Get wsp 4..4 10.0.0.1:40001>10.9.9.9:12346 url=http://mmsc/m/1
    1 Wsp(32) wsp 5..5 application/vnd.wap.mms-message 10/10
    2 Push push-udp 6..6 10.9.9.9:5000>10.0.0.1:49999 unanswered application/vnd.wap.mms-message 8/8
    ");
}

#[test]
fn other_protocols_are_not_taken_for_wap() {
    let noise: [&[u8]; 8] = [
        b"\x4b\xa1\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04time\x07example\x00\x00\x01\x00\x01",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl",
        b"\xc3\x00\x00\x00\x01\x08abcdefgh\x00\x00\x44\x9e",
        b"\x80\x60\x12\x34\x00\x00\x00\x01\x00\x00\x00\x02abcd",
        b"\x30\xff\x00\x04\x00\x00\x00\x01abcd",
        b"\x1b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00",
        b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n",
    ];
    let mut r = Recorder::default();
    for (index, datagram) in noise.iter().enumerate() {
        for port in [53, 443, 2152, 2948, 9200, 9201] {
            let c = r.open(TransportKind::Udp, 1, 20000 + index as u16, port);
            r.datagram(c, UP, datagram);
            r.datagram(c, DOWN, datagram);
        }
    }
    r.finish();
    assert_eq!(r.text(), "");
    // A segment cannot prove itself: on WTP's own port, what looks like one is followed.
    let wap = r
        .sessions
        .protocols()
        .iter()
        .filter(|(name, _)| name.contains("WSP"));
    assert_eq!(
        wap.map(|(_, count)| count).sum::<u64>(),
        1,
        "{:?}",
        r.sessions.protocols()
    );
}

#[test]
fn a_request_without_answer_says_whether_one_could_have_been_seen() {
    let mut r = Recorder::default();
    let silent = phone(&mut r, 1);
    r.datagram(silent, UP, &invoke(1, &get()));
    let seen = phone(&mut r, 2);
    r.datagram(seen, UP, &invoke(1, &get()));
    r.datagram(seen, DOWN, &pdu(0x18, 0x8001, &[]));
    let hidden = phone(&mut r, 3);
    r.datagram(hidden, UP, &invoke(1, &get()));
    r.datagram(hidden, UP, &pdu(0x18, 1, &[]));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Get wtp 1..1 10.0.0.1:49000>10.9.9.9:9201 url=http://mmsc/m/1
    1 Get wtp 2..2 10.0.0.2:49000>10.9.9.9:9201 url=http://mmsc/m/1
    2 Get wtp 4..4 10.0.0.3:49000>10.9.9.9:9201 url=http://mmsc/m/1
    0 end CaptureEnd NotCaptured at 6
    1 end CaptureEnd Visible { by: Origin(1) } at 7
    2 end CaptureEnd Hidden at 8
    ");
}

#[test]
fn an_answer_without_its_beginning_was_one() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &invoke(1, &get()));
    r.datagram(c, DOWN, &[0x32, 0x80, 0x01, 1, b'x', b'y']);
    r.finish();
    assert!(r.text().contains("0 end CaptureEnd Hidden"), "{}", r.text());
}

#[test]
fn what_is_malformed_is_counted() {
    let mut r = Recorder::default();
    let c = phone(&mut r, 1);
    r.datagram(c, UP, &invoke(1, &get()));
    r.datagram(c, UP, &[0x78, 0, 1]);
    r.datagram(c, UP, &invoke(2, b"\x60\xff"));
    assert_eq!(r.sessions.anomalies.count(AnomalyKind::WapMalformed), 2);
    for packet in [b"one".as_slice(), b"two"] {
        r.datagram(c, UP, &pdu(0x28, 3, &[&[1], packet]));
    }
    assert_eq!(r.sessions.anomalies.count(AnomalyKind::WtpConflictingSegment), 1);
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_octets_panic(datagrams in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..40)) {
            let mut r = Recorder::default();
            let c = phone(&mut r, 1);
            r.datagram(c, UP, &invoke(1, &get()));
            for (up, bytes) in &datagrams {
                r.datagram(c, if *up { UP } else { DOWN }, bytes);
            }
            r.finish();
        }

        /// Every request that expects an answer ends exactly once, whatever the order of the PDUs.
        #[test]
        fn every_exchange_ends_once(steps in prop::collection::vec((0u8..12, 0u16..3), 0..60)) {
            let mut r = Recorder::default();
            let c = phone(&mut r, 1);
            let packets = |tid| segments(0x08, tid, &post(&[MMS, &[0xAA; 80]].concat()), 40);
            let answers = |tid: u16| segments(0x10, tid | 0x8000, &reply(&[CONF, &[0xBB; 60]].concat()), 30);
            for (step, tid) in steps {
                match step {
                    0 => r.datagram(c, UP, &invoke(tid, &get())),
                    1 => r.datagram(c, DOWN, &result(tid, &reply(CONF))),
                    2 => r.datagram(c, UP, &pdu(0x18, tid, &[])),
                    3 => r.datagram(c, DOWN, &pdu(0x18, tid | 0x8000, &[])),
                    4 => r.datagram(c, DOWN, &pdu(0x20, tid | 0x8000, &[&[1]])),
                    5 => r.wait(200),
                    6..=8 => r.datagram(c, UP, &packets(tid)[usize::from(step) - 6]),
                    _ => r.datagram(c, DOWN, &answers(tid)[usize::from(step) - 9]),
                }
            }
            r.finish();
            let mut open = std::collections::BTreeMap::new();
            for line in &r.lines {
                let (id, rest) = line.split_once(' ').unwrap();
                let count: &mut (u32, u32) = open.entry(id.to_owned()).or_default();
                if rest.starts_with("Get") || rest.starts_with("Post") { count.0 += 1 } else { count.1 += 1 }
            }
            for (id, (asked, ended)) in open {
                prop_assert!(asked <= 1 && ended == 1, "exchange {}: {} {}\n{}", id, asked, ended, r.text());
            }
        }
    }
}

/// Gateways send the number in hexadecimal, or in a list with the bearer and the address.
#[test]
fn a_wrapped_subscriber_number_is_read() {
    for value in ["343931373131323334353637", "GPRS,10.1.2.3,491711234567"] {
        let mut r = Recorder::default();
        let c = phone(&mut r, 1);
        let connect = [b"\x09\x85\x05\x00X-MSISDN\0", value.as_bytes(), b"\0"].concat();
        r.datagram(c, UP, &invoke(1, &connect));
        r.datagram(c, UP, &invoke(2, &get()));
        assert!(r.text().ends_with("x-msisdn=491711234567"), "{}", r.text());
    }
}
