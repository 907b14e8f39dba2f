//! Pushes in short messages over MAP, from SCTP messages to requests and answers.
//!
//! | clause | tests |
//! | --- | --- |
//! | mt-forwardSM, its result and its errors (TS 29.002 12.9) | `a_push_and_its_answer`, `refusals_name_their_error` |
//! | sendRoutingInfoForSM gives the number (12.1) | `a_routing_enquiry_names_the_recipient` |
//! | several in one dialogue (12.9.2, no SM-RP-DA) | `parts_in_one_dialogue_are_one_push` |
//! | the invoke in a Continue (long messages) | `a_long_message_comes_after_its_dialogue_was_opened` |
//! | SCCP returns (Q.714 2.6), aborts (Q.774 3.2.1) | `what_the_network_returns_or_breaks_off` |
//! | segments (Q.714 4.1.1) | `segments_of_sccp_are_put_together` |
//! | hops, associations | `each_hop_has_its_own_answer`, `the_answer_may_come_over_another_association` |

use crate::flow::TransportKind;
use crate::model::AnomalyKind;
use crate::session::recorder::{DOWN, Recorder, UP};
use crate::session::sms::samples::{part, whole};

/// 262011234567890.
const IMSI: &[u8] = &[0x62, 0x02, 0x11, 0x32, 0x54, 0x76, 0x98, 0xf0];
const OTHER_IMSI: &[u8] = &[0x62, 0x02, 0x11, 0x32, 0x54, 0x76, 0x98, 0xf1];
/// +491701234567.
const MSISDN: &[u8] = &[0x91, 0x94, 0x71, 0x10, 0x32, 0x54, 0x76];

/// The service centre, and an MSC.
const CENTRE: &str = "491770610000";
const MSC: &str = "491770940000";

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match u8::try_from(length) {
        Ok(short @ ..0x80) => vec![tag, short],
        Ok(long) => vec![tag, 0x81, long],
        Err(_) => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [header, content.to_vec()].concat()
}

/// An address on a global title: E.164, an even number of digits.
fn titled(digits: &str) -> Vec<u8> {
    let digits: Vec<_> = digits.bytes().map(|digit| digit - b'0').collect();
    let mut address = vec![0x12, 0x08, 0x00, 0x12, 0x04];
    address.extend(digits.chunks(2).map(|pair| pair[1] << 4 | pair[0]));
    [&[address.len() as u8][..], &address].concat()
}

/// An M3UA message with SCCP from one point code to another.
fn m3ua([from, to]: [u8; 2], sccp: &[u8]) -> Vec<u8> {
    let label = [0, 0, 0, from, 0, 0, 0, to, 3, 2, 0, 5];
    let length = (4 + label.len() + sccp.len()) as u16;
    let mut data = [&[0x02, 0x10][..], &length.to_be_bytes(), &label, sccp].concat();
    data.resize(data.len().next_multiple_of(4), 0);
    let whole = (8 + data.len()) as u32;
    [&[1, 0, 1, 1][..], &whole.to_be_bytes(), &data].concat()
}

fn unit_data(kind: [u8; 2], called: &str, calling: &str, data: &[u8]) -> Vec<u8> {
    let (called, calling) = (titled(called), titled(calling));
    let second = 3 + called.len() - 1;
    let third = second + calling.len() - 1;
    let pointers = [3, second as u8, third as u8];
    [&kind[..], &pointers, &called, &calling, &[data.len() as u8], data].concat()
}

/// From the service centre to an MSC.
fn out(message: &[u8]) -> Vec<u8> {
    m3ua([1, 2], &unit_data([0x09, 0x81], MSC, CENTRE, message))
}

/// And back.
fn back(message: &[u8]) -> Vec<u8> {
    m3ua([2, 1], &unit_data([0x09, 0x81], CENTRE, MSC, message))
}

fn begin(origin: u8, components: &[u8]) -> Vec<u8> {
    tlv(
        0x62,
        &[tlv(0x48, &[0, 0, 0, origin]), tlv(0x6c, components)].concat(),
    )
}

fn go_on(origin: u8, destination: u8, components: &[u8]) -> Vec<u8> {
    let ids = [tlv(0x48, &[0, 0, 0, origin]), tlv(0x49, &[0, 0, 0, destination])].concat();
    tlv(0x65, &[ids, tlv(0x6c, components)].concat())
}

fn end(destination: u8, components: &[u8]) -> Vec<u8> {
    tlv(
        0x64,
        &[tlv(0x49, &[0, 0, 0, destination]), tlv(0x6c, components)].concat(),
    )
}

fn abort(destination: u8, rest: &[u8]) -> Vec<u8> {
    tlv(0x67, &[&tlv(0x49, &[0, 0, 0, destination]), rest].concat())
}

fn invoke(id: u8, operation: u8, argument: &[u8]) -> Vec<u8> {
    tlv(0xa1, &[&[0x02, 1, id, 0x02, 1, operation], argument].concat())
}

fn result(id: u8) -> Vec<u8> {
    tlv(0xa2, &[0x02, 1, id])
}

fn error(id: u8, code: u8) -> Vec<u8> {
    tlv(0xa3, &[0x02, 1, id, 0x02, 1, code])
}

/// mt-forwardSM to an IMSI, or to that of the one before.
fn forward(id: u8, imsi: Option<&[u8]>, tpdu: &[u8]) -> Vec<u8> {
    let centre = [0x91, 0x94, 0x71, 0x07, 0x16, 0x00, 0x00];
    let parties = match imsi {
        Some(imsi) => [tlv(0x80, imsi), tlv(0x84, &centre)].concat(),
        None => [tlv(0x85, &[]), tlv(0x85, &[])].concat(),
    };
    invoke(id, 44, &tlv(0x30, &[parties, tlv(0x04, tpdu)].concat()))
}

/// sendRoutingInfoForSM for the number.
fn enquiry() -> Vec<u8> {
    let fields = [tlv(0x80, MSISDN), tlv(0x81, &[1])].concat();
    invoke(1, 45, &tlv(0x30, &fields))
}

/// Its result: the IMSI, and the switch, which has the number for want of another.
fn location() -> Vec<u8> {
    let location = tlv(0xa0, &tlv(0x81, MSISDN));
    let result = tlv(0x30, &[tlv(0x04, IMSI), location].concat());
    let answer = [tlv(0x02, &[45]), result].concat();
    tlv(0xa2, &[tlv(0x02, &[1]), tlv(0x30, &answer)].concat())
}

fn association(recorder: &mut Recorder) -> usize {
    recorder.open(TransportKind::Sctp, 1, 2905, 2905)
}

#[test]
fn a_push_and_its_answer() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    // An association begins with the state of its ends: ASP Up.
    r.datagram(c, UP, &[1, 0, 3, 1, 0, 0, 0, 8]);
    r.datagram(c, UP, &out(&begin(1, &forward(1, Some(IMSI), &whole()))));
    r.datagram(c, DOWN, &back(&end(1, &result(1))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 2..2 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapResult map 3..3
    ");
}

#[test]
fn refusals_name_their_error() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    r.datagram(c, UP, &out(&begin(1, &forward(1, Some(IMSI), &whole()))));
    r.datagram(c, DOWN, &back(&end(1, &error(1, 27))));
    r.datagram(c, UP, &out(&begin(2, &forward(1, Some(IMSI), &whole()))));
    r.datagram(c, DOWN, &back(&end(2, &tlv(0xa4, &[0x02, 1, 1, 0x80, 1, 2]))));
    // Never answered.
    r.datagram(c, UP, &out(&begin(3, &forward(1, Some(IMSI), &whole()))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..1 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapError(27) map 2..2
    1 Push map 3..3 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 TcapReject map 4..4
    2 Push map 5..5 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    2 end CaptureEnd NotCaptured at 5
    ");
}

#[test]
fn a_routing_enquiry_names_the_recipient() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    r.datagram(c, UP, &out(&begin(1, &enquiry())));
    r.datagram(c, DOWN, &back(&end(1, &location())));
    r.datagram(c, UP, &out(&begin(2, &forward(1, Some(IMSI), &whole()))));
    r.datagram(c, UP, &out(&begin(3, &forward(1, Some(OTHER_IMSI), &whole()))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 3..3 10.0.0.1:2905>10.9.9.9:2905 to=+491701234567 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 Push map 4..4 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 end CaptureEnd NotCaptured at 3
    1 end CaptureEnd NotCaptured at 4
    ");
}

#[test]
fn an_enquiry_that_nobody_answers_is_told_where_others_were_answered() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    let ask = |r: &mut Recorder, dialogue| r.datagram(c, UP, &out(&begin(dialogue, &enquiry())));
    ask(&mut r, 1);
    r.wait(70);
    ask(&mut r, 2);
    assert_eq!(r.transactions.len(), 2, "nothing was ever answered");
    r.datagram(c, DOWN, &back(&end(2, &location())));
    // These are over, though they have no answer of their own: a reject, an end without one.
    for (dialogue, over) in [(3, tlv(0xa4, &[0x02, 1, 1, 0x80, 1, 2])), (4, vec![])] {
        ask(&mut r, dialogue);
        r.datagram(c, DOWN, &back(&end(dialogue, &over)));
    }
    r.wait(70);
    r.datagram(c, UP, &out(&begin(5, &enquiry())));
    r.wait(70);
    r.finish();
    insta::assert_snapshot!(r.transactions.join("\n"), @r"
    0 send-routing-info-for-sm 1
    1 send-routing-info-for-sm 2
    1 answered 3
    0 not answered, at 4
    2 send-routing-info-for-sm 4
    3 send-routing-info-for-sm 6
    4 send-routing-info-for-sm 8
    4 not answered, at 9
    ");
}

#[test]
fn parts_in_one_dialogue_are_one_push() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    r.datagram(c, UP, &out(&begin(1, &forward(1, Some(IMSI), &part(1)))));
    // The same reference to another phone meanwhile.
    r.datagram(c, UP, &out(&begin(2, &forward(1, Some(OTHER_IMSI), &part(1)))));
    r.datagram(c, DOWN, &back(&go_on(9, 1, &result(1))));
    r.datagram(c, UP, &out(&go_on(1, 9, &forward(2, None, &part(2)))));
    r.datagram(c, DOWN, &back(&end(1, &result(2))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..4 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapResult map 5..5
    1 Push map 2..2 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 6/6 PartsMissing
    1 end CaptureEnd NotCaptured at 2
    ");
}

#[test]
fn each_try_at_a_message_in_parts_is_told() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    for transaction in [1, 2] {
        r.datagram(
            c,
            UP,
            &out(&begin(transaction, &forward(1, Some(IMSI), &part(1)))),
        );
        r.datagram(c, DOWN, &back(&end(transaction, &error(1, 27))));
    }
    r.datagram(c, UP, &out(&begin(3, &forward(1, Some(IMSI), &part(1)))));
    r.datagram(c, DOWN, &back(&go_on(9, 3, &result(1))));
    r.datagram(c, UP, &out(&go_on(3, 9, &forward(2, None, &part(2)))));
    r.datagram(c, DOWN, &back(&end(3, &result(2))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..1 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 6/6 CutShort { reset: false }
    0 MapError(27) map 2..2
    1 Push map 3..3 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 6/6 CutShort { reset: false }
    1 MapError(27) map 4..4
    2 Push map 5..7 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    2 MapResult map 8..8
    ");
    assert_eq!(r.sessions.anomalies.count(AnomalyKind::SmsPartsMissing), 2);
}

#[test]
fn a_number_that_becomes_known_between_two_parts_is_no_other_recipient() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    r.datagram(c, UP, &out(&begin(1, &forward(1, Some(IMSI), &part(1)))));
    r.datagram(c, UP, &out(&begin(2, &enquiry())));
    r.datagram(c, DOWN, &back(&end(2, &location())));
    r.datagram(c, UP, &out(&begin(3, &forward(1, Some(IMSI), &part(2)))));
    r.finish();
    assert!(r.text().starts_with("0 Push map 1..4"), "{}", r.text());
}

#[test]
fn a_long_message_comes_after_its_dialogue_was_opened() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    r.datagram(c, UP, &out(&tlv(0x62, &tlv(0x48, &[0, 0, 0, 1]))));
    let ids = [tlv(0x48, &[7]), tlv(0x49, &[0, 0, 0, 1])].concat();
    r.datagram(c, DOWN, &back(&tlv(0x65, &ids)));
    r.datagram(c, UP, &out(&go_on(1, 7, &forward(1, Some(IMSI), &whole()))));
    r.datagram(c, DOWN, &back(&end(1, &result(1))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 3..3 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapResult map 4..4
    ");
}

#[test]
fn what_the_network_returns_or_breaks_off() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    let asks = |origin| begin(origin, &forward(1, Some(IMSI), &whole()));
    r.datagram(c, UP, &out(&asks(1)));
    let returned = unit_data([0x0a, 1], CENTRE, MSC, &asks(1));
    r.datagram(c, DOWN, &m3ua([2, 1], &returned));
    let aborts = [
        tlv(0x4a, &[4]),
        Vec::new(),
        // An AARE: the version is not known, the sender tries another.
        tlv(0x6b, &tlv(0x28, &tlv(0xa0, &tlv(0x61, &[])))),
    ];
    for (id, rest) in (2..).zip(aborts) {
        r.datagram(c, UP, &out(&asks(id)));
        r.datagram(c, DOWN, &back(&abort(id, &rest)));
    }
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..1 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 SccpReturn(1) map 2..2
    1 Push map 3..3 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 TcapProviderAbort(4) map 4..4
    2 Push map 5..5 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    2 TcapUserAbort map 6..6
    3 Push map 7..7 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    3 end Replaced NotCaptured at 8
    ");
}

#[test]
fn segments_of_sccp_are_put_together() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    let message = begin(1, &forward(1, Some(IMSI), &whole()));
    let (first, second) = message.split_at(40);
    for (octets, flags) in [(first, 0x81), (second, 0x00)] {
        let (called, calling) = (titled(MSC), titled(CENTRE));
        let calling_at = 4 + called.len() - 1;
        let data_at = calling_at + calling.len() - 1;
        let optional_at = data_at + octets.len();
        let pointers = [4, calling_at as u8, data_at as u8, optional_at as u8];
        let segmentation = [0x10, 4, flags, 0, 0, 9, 0];
        let length = [octets.len() as u8];
        let parts = [
            &[0x11, 0x81, 0x0f],
            &pointers[..],
            &called,
            &calling,
            &length,
            octets,
            &segmentation,
        ];
        r.datagram(c, UP, &m3ua([1, 2], &parts.concat()));
    }
    r.datagram(c, DOWN, &back(&end(1, &result(1))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..2 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapResult map 3..3
    ");
}

#[test]
fn each_hop_has_its_own_answer() {
    let mut r = Recorder::default();
    let (before, behind) = (association(&mut r), r.open(TransportKind::Sctp, 2, 2905, 2905));
    let asks = unit_data(
        [0x09, 0x81],
        MSC,
        CENTRE,
        &begin(1, &forward(1, Some(IMSI), &whole())),
    );
    let answers = unit_data([0x09, 0x81], CENTRE, MSC, &end(1, &result(1)));
    // The relay's point code is 3.
    r.datagram(before, UP, &m3ua([1, 3], &asks));
    r.datagram(behind, UP, &m3ua([3, 2], &asks));
    r.datagram(behind, DOWN, &m3ua([2, 3], &answers));
    r.datagram(before, DOWN, &m3ua([3, 1], &answers));
    // Another service centre behind the same relay has the same transaction id.
    let other = unit_data(
        [0x09, 0x81],
        MSC,
        "491770619999",
        &begin(1, &forward(1, Some(IMSI), &whole())),
    );
    r.datagram(behind, UP, &m3ua([3, 2], &asks));
    r.datagram(behind, UP, &m3ua([3, 2], &other));
    r.datagram(behind, DOWN, &m3ua([2, 3], &answers));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..1 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 Push map 2..2 10.0.0.2:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    1 MapResult map 3..3
    0 MapResult map 4..4
    2 Push map 5..5 10.0.0.2:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    3 Push map 6..6 10.0.0.2:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    2 MapResult map 7..7
    3 end CaptureEnd NotCaptured at 6
    ");
}

#[test]
fn the_answer_may_come_over_another_association() {
    let mut r = Recorder::default();
    let (one, other) = (association(&mut r), r.open(TransportKind::Sctp, 1, 2906, 2905));
    r.datagram(one, UP, &out(&begin(1, &forward(1, Some(IMSI), &whole()))));
    r.datagram(other, DOWN, &back(&end(1, &error(1, 32))));
    r.finish();
    insta::assert_snapshot!(r.text(), @r"
    0 Push map 1..1 10.0.0.1:2905>10.9.9.9:2905 tp-oa=+15550100003 application/vnd.wap.mms-message 20/20
    0 MapError(32) map 2..2
    ");
}

/// M2UA and M2PA have the label of MTP3: service information 0x83, DPC 2, OPC 1.
#[test]
fn other_adaptations_carry_the_same() {
    let sccp = unit_data(
        [0x09, 0x81],
        MSC,
        CENTRE,
        &begin(1, &forward(1, Some(IMSI), &whole())),
    );
    let routed = [&[0x83, 0x02, 0x40, 0x00, 0x50][..], &sccp].concat();
    let parameter = [&[3, 0][..], &((routed.len() + 4) as u16).to_be_bytes(), &routed].concat();
    let m2ua_length = ((8 + parameter.len()) as u32).to_be_bytes();
    let m2ua = [&[1, 0, 6, 1][..], &m2ua_length, &parameter].concat();
    let m2pa_length = ((8 + 9 + routed.len()) as u32).to_be_bytes();
    let m2pa = [
        &[1, 0, 11, 1][..],
        &m2pa_length,
        &[0, 0, 0, 1, 0, 0, 0, 1, 0],
        &routed,
    ]
    .concat();
    for message in [m2ua, m2pa] {
        let mut r = Recorder::default();
        let c = association(&mut r);
        r.datagram(c, UP, &message);
        r.datagram(
            c,
            DOWN,
            &m3ua([2, 1], &unit_data([0x09, 0x81], CENTRE, MSC, &end(1, &result(1)))),
        );
        assert!(r.text().starts_with("0 Push map 1..1"), "{}", r.text());
        assert!(r.text().ends_with("0 MapResult map 2..2"), "{}", r.text());
    }
}

#[test]
fn what_is_no_signalling_is_let_go() {
    let mut r = Recorder::default();
    let c = association(&mut r);
    // Diameter: version 1, a length of 20, and a command.
    let diameter = [1, 0, 0, 20, 0x80, 0, 1, 24, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    (0..40).for_each(|_| r.datagram(c, UP, &diameter));
    r.datagram(c, UP, &out(&begin(1, &forward(1, Some(IMSI), &whole()))));
    r.finish();
    assert_eq!(r.text(), "");
    assert_eq!(r.sessions.protocols().get("unknown, SCTP port 2905"), Some(&1));
}
