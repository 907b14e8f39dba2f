//! Pushes in short messages over SMPP, from stream octets to requests, answers and receipts; and another codec's
//! opinion of the PDUs.

use crate::flow::{CloseReason, TransportKind};
use crate::model::AnomalyKind;
use crate::session::recorder::{DOWN, Recorder, UP};
use crate::session::{Limits, Sessions, SmsTransfer};

const PORTS: &[u8] = b"\x06\x05\x04\x0b\x84\x23\xf0";

/// A push of a notification: push id, type, header length, media type, application, PDU.
const PUSH: &[u8] = b"\x01\x06\x03\xbe\xaf\x84\x8c\x82\x98t1\0\x8d\x90\x83http://m/1\0";

fn pdu(command: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = (16 + body.len()) as u32;
    let header = [length, command, status, sequence].map(u32::to_be_bytes).concat();
    [header.as_slice(), body].concat()
}

/// The body of submit_sm and deliver_sm.
fn message(esm_class: u8, registered: u8, coding: u8, short_message: &[u8], tlvs: &[u8]) -> Vec<u8> {
    let mut body = b"WAP\0\0\x015000\0\x01\x01492\0".to_vec();
    body.extend([
        esm_class,
        0,
        0,
        0,
        0,
        registered,
        0,
        coding,
        0,
        short_message.len() as u8,
    ]);
    body.extend(short_message);
    body.extend(tlvs);
    body
}

fn submit(sequence: u32, short_message: &[u8]) -> Vec<u8> {
    pdu(4, 0, sequence, &message(0x43, 1, 0x04, short_message, b""))
}

/// One of two parts, with ports and an 8-bit reference.
fn part(sequence: u32, number: u8) -> Vec<u8> {
    let (first, second) = PUSH.split_at(12);
    let rest = if number == 1 { first } else { second };
    let header = [b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x5a\x02", &[number][..]].concat();
    submit(sequence, &[&header, rest].concat())
}

fn accepted(sequence: u32, id: &str) -> Vec<u8> {
    pdu(0x8000_0004, 0, sequence, format!("{id}\0").as_bytes())
}

fn refused(sequence: u32, status: u32) -> Vec<u8> {
    pdu(0x8000_0004, status, sequence, b"")
}

/// From the recipient back to the sender.
fn receipt_of(recipient: &str, sequence: u32, text: &[u8]) -> Vec<u8> {
    let start = [b"\0\x01\x01", recipient.as_bytes(), b"\0\0\x015000\0"].concat();
    let fields = [0x04, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8];
    pdu(5, 0, sequence, &[&start, &fields[..], text].concat())
}

fn receipt(sequence: u32, text: &[u8]) -> Vec<u8> {
    receipt_of("492", sequence, text)
}

fn gateway(recorder: &mut Recorder) -> usize {
    recorder.open(TransportKind::Tcp, 1, 50000, 2775)
}

#[test]
fn one_message_its_answer_and_its_receipt() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    r.data(c, UP, &submit(1, &[PORTS, PUSH].concat()));
    r.data(c, DOWN, &accepted(1, "01f4"));
    r.data(
        c,
        DOWN,
        &receipt(
            9,
            b"id:0000000500 sub:001 dlvrd:001 submit date:1 done date:2 stat:DELIVRD err:000 text:",
        ),
    );
    r.data(c, UP, &submit(2, &[PORTS, PUSH].concat()));
    r.data(c, DOWN, &accepted(2, "abc"));
    r.data(c, DOWN, &receipt(10, b"id:ABC stat:ENROUTE err:000"));
    r.data(c, DOWN, &receipt(11, b"id:ABC stat:EXPIRED err:01B text:"));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..1 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(0) smpp 2..2
    0 receipt delivered None at 3
    1 Push smpp 4..4 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(0) smpp 5..5
    1 receipt not delivered Some(27) at 7
    ");
}

#[test]
fn parts_in_any_order_give_one_push_and_one_answer() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    r.data(c, UP, &part(1, 2));
    r.data(c, DOWN, &accepted(1, "a"));
    r.data(c, UP, &part(2, 2));
    r.data(c, UP, &part(3, 1));
    r.data(c, DOWN, &accepted(2, "b"));
    r.data(c, DOWN, &accepted(3, "c"));
    r.data(c, DOWN, &receipt(9, b"id:c stat:DELIVRD"));
    r.data(c, DOWN, &receipt(10, b"id:b stat:DELIVRD"));
    // The same reference again, for another message.
    r.data(c, UP, &part(4, 1));
    r.data(c, UP, &part(5, 2));
    r.data(c, DOWN, &[accepted(5, "e"), accepted(4, "d")].concat());
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 4..4 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(0) smpp 6..6
    0 receipt delivered None at 8
    1 Push smpp 9..10 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(0) smpp 11..11
    ");
}

#[test]
fn the_first_refusal_is_the_answer_and_a_retry_is_another_try() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    r.data(c, UP, &[part(1, 1), part(2, 2)].concat());
    r.data(c, DOWN, &accepted(1, "a"));
    r.data(c, DOWN, &refused(2, 0x58));
    r.data(c, UP, &part(3, 2));
    r.data(c, DOWN, &accepted(3, "b"));
    // The first part refused, the second never sent.
    r.wait(60);
    r.data(c, UP, &part(4, 1));
    r.data(c, DOWN, &refused(4, 0x0B));
    r.close(c, CloseReason::Finished);
    r.finish();
    assert_eq!(r.sessions.anomalies.count(AnomalyKind::SmsPartsMissing), 1);
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..1 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(88) smpp 3..3
    1 Push smpp 1..4 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(0) smpp 5..5
    2 Push smpp 6..6 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 6/6 CutShort { reset: false }
    2 Smpp(11) smpp 7..7
    ");
}

#[test]
fn ports_and_segments_in_parameters_and_payloads() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    let ports = b"\x02\x0a\0\x02\x23\xf0\x02\x0b\0\x02\x0b\x84";
    let segment = |number: u8| {
        [
            &b"\x02\x0c\0\x02\0\x07\x02\x0e\0\x01\x02\x02\x0f\0\x01"[..],
            &[number],
        ]
        .concat()
    };
    let payload = |octets: &[u8]| [b"\x04\x24", &(octets.len() as u16).to_be_bytes()[..], octets].concat();
    let (first, second) = PUSH.split_at(12);
    // Parameters for ports and segments, in submit_sm.
    for (number, octets) in [(1, first), (2, second)] {
        let tlvs = [&ports[..], &segment(number)].concat();
        r.data(
            c,
            UP,
            &pdu(4, 0, number.into(), &message(0x03, 0, 0x04, octets, &tlvs)),
        );
    }
    // A header in message_payload, in deliver_sm, the other way.
    let tlvs = payload(&[PORTS, PUSH].concat());
    r.data(c, DOWN, &pdu(5, 0, 1, &message(0x40, 0, 0xF5, b"", &tlvs)));
    r.data(c, UP, &pdu(0x8000_0005, 0, 1, b"\0"));
    // data_sm with a header, and with parameters; the header wins.
    let data_sm =
        |esm_class, tlvs: &[u8]| [b"\0\0\x015000\0\x01\x01493\0", &[esm_class, 0, 4][..], tlvs].concat();
    r.data(
        c,
        UP,
        &pdu(0x103, 0, 3, &data_sm(0x40, &payload(&[PORTS, PUSH].concat()))),
    );
    let other_port = b"\x02\x0b\0\x02\0\x50".as_slice();
    let both = [other_port, &payload(&[PORTS, PUSH].concat())].concat();
    r.data(c, UP, &pdu(0x103, 0, 4, &data_sm(0x40, &both)));
    r.data(c, DOWN, &pdu(0x8000_0103, 0x64, 4, b""));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..2 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Push smpp 3..3 10.9.9.9:2775>10.0.0.1:50000 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(0) smpp 4..4
    2 Push smpp 5..5 10.0.0.1:50000>10.9.9.9:2775 to=+493 source_addr=5000 application/vnd.wap.mms-message 20/20
    3 Push smpp 6..6 10.0.0.1:50000>10.9.9.9:2775 to=+493 source_addr=5000 application/vnd.wap.mms-message 20/20
    3 Smpp(100) smpp 7..7
    0 end CaptureEnd Visible { by: Origin(1) } at 8
    2 end CaptureEnd Visible { by: Origin(1) } at 8
    ");
}

#[test]
fn which_way_a_message_goes_is_what_its_pdu_says_whatever_the_ports() {
    let short_message = [PORTS, PUSH].concat();
    let octets = (short_message.len() as u16).to_be_bytes();
    let payload = [
        b"\0\0\x015000\0\x01\x01493\0\x40\0\x04\x04\x24",
        &octets[..],
        &short_message,
    ]
    .concat();
    let data_sm = |sequence| pdu(0x103, 0, sequence, &payload);
    let deliver = pdu(5, 0, 9, &message(0x40, 0, 0xF5, &short_message, b""));
    let mut r = Recorder::default();
    // The service centre has opened the connection: nobody has said which end is which.
    let c = r.open(TransportKind::Tcp, 1, 2775, 50000);
    r.data(c, UP, &data_sm(1));
    r.data(c, UP, &deliver);
    r.data(c, DOWN, &submit(2, &short_message));
    r.data(c, UP, &data_sm(3));
    r.data(c, DOWN, &data_sm(4));
    let (submit, deliver) = (Some(SmsTransfer::Submit), Some(SmsTransfer::Deliver));
    assert_eq!(r.transfers, [None, deliver, submit, deliver, submit]);
    // bind_transceiver tells.
    let bind = pdu(9, 0, 1, b"esme\0\0\0\x34\0\0\0");
    let bound = gateway(&mut r);
    r.data(bound, UP, &[bind, data_sm(2)].concat());
    assert_eq!(r.transfers.last(), Some(&submit));
}

#[test]
fn one_message_to_several_is_one_push_for_each() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    let short_message = [PORTS, PUSH].concat();
    let mut body = b"\0\0\x015000\0\x02\x01\x01\x01492\0\x01\x01\x01493\0".to_vec();
    body.extend([0x40, 0, 0, 0, 0, 0, 0, 4, 0, short_message.len() as u8]);
    body.extend(short_message);
    r.data(c, UP, &pdu(0x21, 0, 1, &body));
    r.data(
        c,
        DOWN,
        &pdu(0x8000_0021, 0, 1, b"id\0\x01\x01\x01493\0\0\0\0\x0b"),
    );
    r.data(c, UP, &pdu(0x21, 0, 2, &body));
    r.data(c, DOWN, &pdu(0x8000_0021, 0, 2, b"two\0\0"));
    r.data(c, DOWN, &receipt_of("493", 9, b"id:two stat:UNDELIV err:001"));
    r.data(c, DOWN, &receipt_of("492", 10, b"id:two stat:DELIVRD err:000"));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..1 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Push smpp 1..1 10.0.0.1:50000>10.9.9.9:2775 to=+493 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(0) smpp 2..2
    1 Smpp(11) smpp 2..2
    2 Push smpp 3..3 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    3 Push smpp 3..3 10.0.0.1:50000>10.9.9.9:2775 to=+493 source_addr=5000 application/vnd.wap.mms-message 20/20
    2 Smpp(0) smpp 4..4
    3 Smpp(0) smpp 4..4
    3 receipt not delivered Some(1) at 5
    2 receipt delivered None at 6
    ");
}

#[test]
fn an_answer_to_something_else_with_the_same_number_is_none() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    r.data(c, UP, &submit(1, &[PORTS, PUSH].concat()));
    r.data(c, UP, &pdu(0x15, 0, 1, b""));
    r.data(c, DOWN, &pdu(0x8000_0015, 0, 1, b""));
    r.data(c, DOWN, &refused(1, 0x58));
    r.data(c, UP, &submit(2, &[PORTS, PUSH].concat()));
    r.data(c, DOWN, &pdu(0x8000_0000, 3, 2, b""));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..1 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(88) smpp 4..4
    1 Push smpp 5..5 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(3) smpp 6..6
    ");
}

#[test]
fn parts_over_two_links_and_a_receipt_that_overtakes_the_answer() {
    let mut r = Recorder::default();
    let one = gateway(&mut r);
    let other = r.open(TransportKind::Tcp, 1, 50001, 2776);
    r.data(one, UP, &part(1, 1));
    r.data(other, UP, &part(1, 2));
    r.data(one, DOWN, &accepted(1, "a"));
    r.data(other, DOWN, &accepted(1, "b"));
    r.data(one, UP, &submit(2, &[PORTS, PUSH].concat()));
    r.data(other, DOWN, &receipt(9, b"id:c stat:DELIVRD err:000"));
    r.data(one, DOWN, &accepted(2, "c"));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..2 10.0.0.1:50001>10.9.9.9:2776 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 Smpp(0) smpp 4..4
    1 Push smpp 5..5 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Smpp(0) smpp 7..7
    1 receipt delivered None at 6
    ");
}

#[test]
fn a_capture_that_begins_inside_a_pdu_and_loses_octets() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    let stream = [
        submit(1, &[PORTS, PUSH].concat()),
        submit(2, &[PORTS, PUSH].concat()),
    ]
    .concat();
    r.data(c, UP, &stream[30..90]);
    r.data(c, UP, &stream[90..]);
    r.data(c, UP, &submit(3, &[PORTS, PUSH].concat()));
    // A PDU over three segments, then one that lost its middle, then one after it.
    let next = submit(4, &[PORTS, PUSH].concat());
    r.data(c, UP, &next[..5]);
    r.data(c, UP, &next[5..40]);
    r.data(c, UP, &next[40..]);
    r.data(c, UP, &next[..40]);
    r.gap(c, UP, 10);
    r.data(
        c,
        UP,
        &[&next[50..], &submit(6, &[PORTS, PUSH].concat())].concat(),
    );
    r.close(c, CloseReason::Idle);
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 1..2 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Push smpp 3..3 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    2 Push smpp 4..6 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    3 Push smpp 9..9 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 end Idle NotCaptured at 10
    1 end Idle NotCaptured at 10
    2 end Idle NotCaptured at 10
    3 end Idle NotCaptured at 10
    ");
}

#[test]
fn a_datagram_header_on_cdma() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    let whole = [b"\x00\x01\x00\x23\xf0\x0b\x84", PUSH].concat();
    r.data(c, UP, &pdu(4, 0, 1, &message(0, 0, 0x02, &whole, b"")));
    // In two segments, of which the first alone names the ports.
    let (first, second) = PUSH.split_at(12);
    r.data(
        c,
        UP,
        &pdu(
            4,
            0,
            2,
            &message(0, 0, 0x02, &[b"\x00\x02\x01", second].concat(), b""),
        ),
    );
    r.data(
        c,
        UP,
        &pdu(
            4,
            0,
            3,
            &message(
                0,
                0,
                0x02,
                &[b"\x00\x02\x00\x23\xf0\x0b\x84", first].concat(),
                b"",
            ),
        ),
    );
    let pushes: Vec<_> = r.lines.iter().filter(|line| line.ends_with("20/20")).collect();
    assert_eq!((pushes.len(), r.lines.len()), (2, 2), "{}", r.text());
}

#[test]
fn any_port_that_makes_sense_as_smpp() {
    let mut r = Recorder::default();
    let c = r.open(TransportKind::Tcp, 1, 50000, 15000);
    r.data(c, UP, &submit(1, &[PORTS, PUSH].concat()));
    assert_eq!(r.lines.len(), 1);
}

#[test]
fn text_is_no_push() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    r.data(c, UP, &pdu(4, 0, 1, &message(0, 0, 0, b"hello", b"")));
    r.data(
        c,
        UP,
        &pdu(
            4,
            0,
            2,
            &message(0x40, 0, 0, b"\x05\x00\x03\x01\x02\x01hello", b""),
        ),
    );
    r.data(
        c,
        UP,
        &pdu(
            4,
            0,
            3,
            &message(
                0x40,
                0,
                4,
                &[b"\x06\x05\x04\x15\x81\0\0", &b"ringtone"[..]].concat(),
                b"",
            ),
        ),
    );
    // 8-bit data without ports that is a push all the same.
    r.data(c, UP, &pdu(4, 0, 4, &message(0, 0, 4, PUSH, b"")));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 4..4 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 end CaptureEnd NotCaptured at 5
    ");
}

#[test]
fn two_phones_may_have_the_same_reference() {
    let mut r = Recorder::default();
    let c = gateway(&mut r);
    let other = |sequence, number| {
        let mut pdu = part(sequence, number);
        let at = pdu.windows(3).position(|w| w == b"492").unwrap();
        pdu[at + 2] = b'7';
        pdu
    };
    for pdu in [part(1, 1), other(2, 1), other(3, 2), part(4, 2)] {
        r.data(c, UP, &pdu);
    }
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push smpp 2..3 10.0.0.1:50000>10.9.9.9:2775 to=+497 source_addr=5000 application/vnd.wap.mms-message 20/20
    1 Push smpp 1..4 10.0.0.1:50000>10.9.9.9:2775 to=+492 source_addr=5000 application/vnd.wap.mms-message 20/20
    0 end CaptureEnd NotCaptured at 5
    1 end CaptureEnd NotCaptured at 5
    ");
}

mod oracle {
    //! PDUs written by rusmpp-core read the same here.

    use proptest::prelude::*;
    use rusmpp_core::command::borrowed::Command as Theirs;
    use rusmpp_core::encode::{Encode, Length};
    use rusmpp_core::pdus::borrowed::{DataSm, DeliverSm, SubmitSm};
    use rusmpp_core::tlvs::borrowed::{
        MessageDeliveryRequestTlvValue as Delivery, MessageSubmissionRequestTlvValue as Submission,
    };
    use rusmpp_core::types::borrowed::{AnyOctetString, COctetString, OctetString};
    use rusmpp_core::values::{DataCoding, EsmClass, RegisteredDelivery, Ton, borrowed::MessagePayload};
    use rusmpp_core::{CommandStatus, pdus::borrowed::Pdu};

    use crate::session::smpp::pdu::{
        Command, Content, HEADER_OCTETS, Header, Message, content, is_exact, tag,
    };

    fn encoded(sequence: u32, pdu: impl Into<Pdu<'static, 4>>) -> Vec<u8> {
        let command = Theirs::new(CommandStatus::EsmeRok, sequence, pdu);
        let mut octets = vec![0; command.length() + 4];
        let written = command.encode(&mut octets[4..]);
        assert_eq!(written, command.length());
        let length = u32::try_from(octets.len()).unwrap();
        octets[..4].copy_from_slice(&length.to_be_bytes());
        octets
    }

    fn leaked(octets: &[u8]) -> &'static [u8] {
        Box::leak(octets.to_vec().into_boxed_slice())
    }

    fn address(digits: &str) -> COctetString<'static, 1, 21> {
        COctetString::new(leaked(format!("{digits}\0").as_bytes())).unwrap()
    }

    fn read(octets: &[u8], command: Command) -> Message<'_> {
        let header = Header::read(octets).unwrap();
        assert!(header.is_plausible());
        assert_eq!((header.length, header.command), (octets.len(), command));
        let body = &octets[HEADER_OCTETS..];
        assert!(is_exact(command, body));
        let Ok(Content::Message(message)) = content(command, body) else {
            panic!("no message")
        };
        message
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn messages_read_the_same(
            sequence in 1u32..0x7FFF_FFFF,
            (source, destination) in ("[0-9]{1,20}", "[0-9]{1,20}"),
            (esm_class, registered, coding) in (prop::sample::select(vec![0u8, 0x40, 0x43, 0x04]), 0u8..3, prop::sample::select(vec![0u8, 4, 2, 8])),
            octets in prop::collection::vec(any::<u8>(), 0..=255),
            (port, reference, total, number) in any::<(u16, u16, u8, u8)>(),
        ) {
            let tlvs = [
                Submission::DestPort(port),
                Submission::SarMsgRefNum(reference),
                Submission::SarTotalSegments(total),
                Submission::SarSegmentSeqnum(number),
            ];
            let submit: SubmitSm<'static, 4> = SubmitSm::builder()
                .source_addr_ton(Ton::NetworkSpecific)
                .source_addr(address(&source))
                .dest_addr_ton(Ton::International)
                .destination_addr(address(&destination))
                .esm_class(EsmClass::from(esm_class))
                .registered_delivery(RegisteredDelivery::from(registered))
                .data_coding(DataCoding::from(coding))
                .short_message(OctetString::new(leaked(&octets)).unwrap())
                .tlvs(tlvs.into_iter().collect())
                .build();
            let bytes = encoded(sequence, submit);
            let ours = read(&bytes, Command::SUBMIT_SM);
            prop_assert_eq!(&ours.source, &source);
            prop_assert_eq!(&ours.destinations, &vec![format!("+{destination}")]);
            prop_assert_eq!((ours.esm_class, ours.registered_delivery, ours.data_coding), (esm_class, registered, coding));
            prop_assert_eq!(ours.user_data, &octets[..]);
            prop_assert_eq!(ours.tlvs.number(tag::DESTINATION_PORT), Some(port));
            prop_assert_eq!(ours.tlvs.number(tag::SAR_MSG_REF_NUM), Some(reference));
            prop_assert_eq!(ours.tlvs.number(tag::SAR_TOTAL_SEGMENTS), Some(u16::from(total)));
            prop_assert_eq!(ours.tlvs.number(tag::SAR_SEGMENT_SEQNUM), Some(u16::from(number)));

            let payload = MessagePayload::new(AnyOctetString::new(leaked(&octets)));
            let deliver: DeliverSm<'static, 4> = DeliverSm::builder()
                .destination_addr(address(&destination))
                .tlvs([Delivery::MessagePayload(payload)].into_iter().collect())
                .build();
            let bytes = encoded(sequence, deliver);
            prop_assert_eq!(read(&bytes, Command::DELIVER_SM).user_data, &octets[..]);

            let payload = MessagePayload::new(AnyOctetString::new(leaked(&octets)));
            let data: DataSm<'static, 4> = DataSm::builder()
                .source_addr(address(&source))
                .esm_class(EsmClass::from(esm_class))
                .tlvs([Submission::MessagePayload(payload), Submission::SourcePort(port)].into_iter().collect())
                .build();
            let bytes = encoded(sequence, data);
            let ours = read(&bytes, Command::DATA_SM);
            prop_assert_eq!(ours.user_data, &octets[..]);
            prop_assert_eq!(ours.tlvs.number(tag::SOURCE_PORT), Some(port));
        }
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_octets_panic(
            pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 0..20),
            bodies in prop::collection::vec((prop::sample::select(vec![4u32, 5, 0x21, 0x103, 0x8000_0004, 0x8000_0021]), prop::collection::vec(any::<u8>(), 0..60)), 0..20),
        ) {
            let mut r = Recorder::default();
            let c = gateway(&mut r);
            r.data(c, UP, &submit(1, PUSH));
            for (command, body) in &bodies {
                r.data(c, UP, &pdu(*command, 0, 1, body));
            }
            for (up, bytes) in &pieces {
                r.data(c, if *up { UP } else { DOWN }, bytes);
            }
            r.finish();
        }
    }
}

#[test]
fn more_requests_than_may_wait_are_counted() {
    let mut r = Recorder::default();
    r.sessions = Sessions::within(Limits {
        smpp_requests: 10,
        ..Limits::default()
    });
    let c = gateway(&mut r);
    for sequence in 1..=15 {
        r.data(c, UP, &submit(sequence, &[PORTS, PUSH].concat()));
    }
    assert_eq!(r.sessions.anomalies.count(AnomalyKind::LimitReached), 5);
}

/// Where the capture begins inside a PDU, the next one is read, wherever in a segment it begins.
#[test]
fn a_stream_joined_inside_a_pdu_is_read_from_the_next_on() {
    let pdus = [1, 2, 3].map(|sequence| submit(sequence, &[PORTS, PUSH].concat()));
    let stream = pdus.concat();
    for (start, size) in (1..pdus[0].len()).flat_map(|start| [(start, 1400), (start, 100), (start, 30)]) {
        let mut r = Recorder::default();
        let c = gateway(&mut r);
        stream[start..]
            .chunks(size)
            .for_each(|segment| r.data(c, UP, segment));
        let pushes = r.text().matches("Push smpp").count();
        assert_eq!(pushes, 2, "from {start} in segments of {size}: {}", r.text());
        assert_eq!(r.sessions.anomalies.iter().count(), 0);
    }
}
