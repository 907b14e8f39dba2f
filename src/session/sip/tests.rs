//! Pushes in short messages over SIP, from datagrams and streams to requests, answers and receipts.

use crate::flow::TransportKind;
use crate::session::recorder::{DOWN, Recorder, UP};
use crate::session::sms::samples;

fn rp_data(reference: u8, tpdu: &[u8]) -> Vec<u8> {
    let mut rp = vec![1, reference];
    rp.extend(b"\x07\x91\x51\x55\x10\x99\x99\xf9\x00");
    rp.push(tpdu.len() as u8);
    rp.extend(tpdu);
    rp
}

fn whole(reference: u8) -> Vec<u8> {
    rp_data(reference, &samples::whole())
}

fn part(reference: u8, number: u8) -> Vec<u8> {
    rp_data(reference, &samples::part(number))
}

fn message(call: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!(
        "MESSAGE sip:+61400000001@ims.example;user=phone SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z\r\n\
         From: <sip:ipsmgw@ims.example>;tag=a\r\nTo: <sip:+61400000001@ims.example>\r\nCall-ID: {call}\r\n\
         CSeq: 1 MESSAGE\r\n{fields}Content-Type: application/vnd.3gpp.sms\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend(body);
    text
}

fn response(status: u16, call: &str) -> Vec<u8> {
    format!("SIP/2.0 {status} x\r\nCall-ID: {call}\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

fn network(recorder: &mut Recorder) -> usize {
    recorder.open(TransportKind::Udp, 1, 5060, 5060)
}

#[test]
fn one_message_its_answer_and_the_phones_report() {
    let mut r = Recorder::default();
    let c = network(&mut r);
    r.datagram(c, UP, &message("c1", "", &whole(7)));
    r.datagram(c, UP, &message("c1", "", &whole(7)));
    r.datagram(c, DOWN, &response(100, "c1"));
    r.datagram(c, DOWN, &response(200, "c1"));
    r.datagram(
        c,
        DOWN,
        &message("c2", "In-Reply-To: c1\r\n", &[2, 7, 0x41, 2, 0, 0]),
    );
    r.datagram(c, UP, &response(202, "c2"));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push sip 1..1 10.0.0.1:5060>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 Sip(200) sip 4..4
    0 receipt delivered None at 5
    ");
}

#[test]
fn refusals_by_sip_and_by_the_phone() {
    let mut r = Recorder::default();
    let c = network(&mut r);
    r.datagram(c, UP, &message("c1", "", &whole(1)));
    r.datagram(c, DOWN, &response(480, "c1"));
    // By the RP reference alone.
    r.datagram(c, UP, &message("c2", "", &whole(2)));
    r.datagram(c, DOWN, &response(200, "c2"));
    r.datagram(c, DOWN, &message("c3", "", &[4, 2, 1, 22, 0x41, 3, 0, 0xD3, 0]));
    // Never answered.
    r.datagram(c, UP, &message("c4", "", &whole(3)));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push sip 1..1 10.0.0.1:5060>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 Sip(480) sip 2..2
    1 Push sip 3..3 10.0.0.1:5060>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 Sip(200) sip 4..4
    1 receipt not delivered Some(22) at 5
    2 Push sip 6..6 10.0.0.1:5060>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    2 end CaptureEnd Visible { by: Origin(1) } at 7
    ");
}

#[test]
fn two_parts_are_one_push_with_one_answer_and_one_receipt() {
    let mut r = Recorder::default();
    let c = network(&mut r);
    for (number, call) in [(1, "c1"), (2, "c2")] {
        r.datagram(c, UP, &message(call, "", &part(number, number)));
        r.datagram(c, DOWN, &response(200, call));
        r.datagram(
            c,
            DOWN,
            &message(
                &format!("r{number}"),
                &format!("In-Reply-To: {call}\r\n"),
                &[2, number],
            ),
        );
    }
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push sip 1..4 10.0.0.1:5060>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 Sip(200) sip 5..5
    0 receipt delivered None at 6
    ");
}

#[test]
fn over_tcp_with_compact_fields_in_pieces_and_in_a_multipart() {
    let mut r = Recorder::default();
    let c = r.open(TransportKind::Tcp, 1, 40000, 5060);
    let mut body = b"--b\r\nContent-Type: application/vnd.3gpp.sms\r\n\r\n".to_vec();
    body.extend(whole(9));
    body.extend(b"\r\n--b--\r\n");
    let mut text = format!(
        "MESSAGE tel:+61-400-000-001 SIP/2.0\r\ni: c9\r\nCSeq: 1 MESSAGE\r\nc: multipart/mixed;boundary=b\r\nl: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend(body);
    let stream = [b"\r\n\r\n".as_slice(), &text, &text.replace_call(b"c9", b"d9")].concat();
    for piece in stream.chunks(90) {
        r.data(c, UP, piece);
    }
    r.data(c, DOWN, &[response(200, "d9"), response(200, "c9")].concat());
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push sip 1..3 10.0.0.1:40000>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 Push sip 3..5 10.0.0.1:40000>10.9.9.9:5060 to=+61400000001 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 Sip(200) sip 6..6
    0 Sip(200) sip 6..6
    ");
}

trait ReplaceCall {
    fn replace_call(&self, old: &[u8], new: &[u8]) -> Vec<u8>;
}

impl ReplaceCall for Vec<u8> {
    fn replace_call(&self, old: &[u8], new: &[u8]) -> Vec<u8> {
        let at = self.windows(old.len()).position(|window| window == old).unwrap();
        [&self[..at], new, &self[at + old.len()..]].concat()
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_octets_panic(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..10),
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..10),
        ) {
            let mut r = Recorder::default();
            let udp = network(&mut r);
            let tcp = r.open(TransportKind::Tcp, 2, 40000, 5060);
            for (index, body) in bodies.iter().enumerate() {
                let message = message(&index.to_string(), "", body);
                r.datagram(udp, UP, &message);
                r.data(tcp, UP, &message);
            }
            for piece in &pieces {
                r.datagram(udp, UP, piece);
                r.data(tcp, UP, piece);
            }
            r.finish();
        }
    }
}

/// Where the capture begins inside a message, the next one is read, wherever in a segment it begins.
#[test]
fn a_stream_joined_inside_a_message_is_read_from_the_next_on() {
    let stream = [
        message("c0", "", &whole(1)),
        message("c1", "", &whole(2)),
        message("c2", "", &whole(3)),
    ]
    .concat();
    let second = message("c0", "", &whole(1)).len();
    for (start, size) in (1..second)
        .step_by(7)
        .flat_map(|start| [(start, 1400), (start, 300)])
    {
        let mut r = Recorder::default();
        let c = r.open(TransportKind::Tcp, 1, 40000, 5060);
        stream[start..]
            .chunks(size)
            .for_each(|segment| r.data(c, UP, segment));
        let pushes = r.text().matches("Push sip").count();
        assert_eq!(pushes, 2, "from {start} in segments of {size}: {}", r.text());
        assert_eq!(r.sessions.anomalies.iter().count(), 0);
    }
}
