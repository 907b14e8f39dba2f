use super::header::{Command, probe, probe_inside};
use super::said::{Answer, Request, Said};
use super::{ChargedAddress, MessageType};
use crate::session::probe::{Probe, ProbeInside};
use proptest::prelude::*;

const VENDOR_3GPP: u32 = 10_415;

/// An AVP (RFC 6733 section 4.1), of 3GPP where its code is above 600.
fn avp(code: u32, data: &[u8]) -> Vec<u8> {
    let vendor = if code > 600 {
        &VENDOR_3GPP.to_be_bytes()[..]
    } else {
        &[]
    };
    let flags = if vendor.is_empty() { 0x40 } else { 0xc0 };
    let length = (8 + vendor.len() + data.len()) as u32;
    let padding = vec![0; data.len().wrapping_neg() % 4];
    let head = [
        &code.to_be_bytes()[..],
        &(flags << 24 | length).to_be_bytes(),
        vendor,
    ]
    .concat();
    [&head[..], data, &padding].concat()
}

fn number(code: u32, value: u32) -> Vec<u8> {
    avp(code, &value.to_be_bytes())
}

fn group(code: u32, avps: &[Vec<u8>]) -> Vec<u8> {
    avp(code, &avps.concat())
}

fn subscription(kind: u32, data: &str) -> Vec<u8> {
    group(443, &[number(450, kind), avp(444, data.as_bytes())])
}

/// TS 32.299 clause 7.2: MMS-Information in Service-Information.
fn mms_information() -> Vec<u8> {
    let recipient = |text: &str| group(1201, &[number(899, 1), avp(897, text.as_bytes())]);
    let message = [
        group(886, &[number(899, 1), avp(897, b"+61400000001")]),
        recipient("61400000002"),
        recipient("61400000003"),
        avp(1210, b"m1@mmsc"),
        number(1211, 3),
    ];
    group(873, &[group(877, &message)])
}

#[test]
fn charging_of_mms_names_its_parties_and_what_it_is_for() {
    let octets = [
        avp(263, b"s;1"),
        avp(264, b"mmsc"),
        number(416, 4),
        subscription(0, "61400000002"),
        mms_information(),
    ]
    .concat();
    let request = Request::read(&octets);
    let (subject, asked) = request.asked(Command::Credit).unwrap();
    assert_eq!(
        (subject.system.name(), subject.operation.name()),
        ("charging", "ccr-event")
    );
    let Said::Charging(charging) = asked else {
        panic!("charging")
    };
    assert_eq!(
        charging.number.map(|number| number.to_string()).as_deref(),
        Some("+61400000002")
    );
    let message = charging.message.unwrap();
    let address = |text| ChargedAddress {
        text,
        is_msisdn: Some(true),
    };
    assert_eq!(message.originator(), Some(address("+61400000001")));
    assert_eq!(
        message.recipients().collect::<Vec<_>>(),
        [address("61400000002"), address("61400000003")]
    );
    assert_eq!(message.message_id(), Some("m1@mmsc"));
    assert_eq!(message.message_type(), Some(MessageType::NotificationInd));
    let (subject, _) = Request::read(&[number(480, 1), mms_information()].concat())
        .asked(Command::Accounting)
        .unwrap();
    assert_eq!(subject.operation.name(), "acr-event");
}

#[test]
fn a_session_of_a_phone_is_told_from_other_credit_control() {
    let phone = [
        number(416, 1),
        subscription(1, "505010000000001"),
        subscription(0, "61400000001"),
        avp(8, &[10, 64, 0, 1]),
    ]
    .concat();
    let Some((subject, Said::Session(session))) = Request::read(&phone).asked(Command::Policy) else {
        panic!("a session")
    };
    assert_eq!(
        (subject.system.name(), subject.operation.name()),
        ("identity", "ccr-initial")
    );
    assert_eq!(
        session.imsi.map(|imsi| imsi.to_string()).as_deref(),
        Some("505010000000001")
    );
    assert_eq!(session.addresses.v4, Some([10, 64, 0, 1].into()));
    // PDP-Address (TS 32.299 clause 7.2.137) in PS-Information.
    let charged = [
        number(416, 1),
        group(873, &[group(874, &[avp(1227, &[0, 1, 10, 64, 0, 2])])]),
    ]
    .concat();
    let Some((_, Said::Session(session))) = Request::read(&charged).asked(Command::Credit) else {
        panic!("a session")
    };
    assert_eq!(session.addresses.v4, Some([10, 64, 0, 2].into()));
    let of_ims = [&phone[..], &avp(461, b"32260@3gpp.org")].concat();
    assert!(Request::read(&of_ims).asked(Command::Credit).is_none());
    assert!(Request::read(&number(416, 2)).asked(Command::Policy).is_none());
    let termination = number(416, 3);
    let (subject, _) = Request::read(&termination).asked(Command::Policy).unwrap();
    assert_eq!(subject.operation.name(), "ccr-termination");
}

/// TS 29.140: the MSCF is asked for whom a message is.
#[test]
fn message_process_names_its_parties() {
    let octets = [
        group(1100, &[avp(701, &[0x16, 0x04, 0x00, 0x00, 0x00, 0xf1])]),
        avp(1104, b"+61400000009"),
        group(1105, &[number(1107, 1), avp(1108, b"+61400000002")]),
    ]
    .concat();
    let Some((_, Said::MessageProcess(said))) = Request::read(&octets).asked(Command::MessageProcess) else {
        panic!("MM10")
    };
    assert_eq!(
        said.served_user().map(|number| number.to_string()).as_deref(),
        Some("+61400000001")
    );
    assert_eq!(said.sender(), Some("+61400000009"));
    assert_eq!(said.recipients().collect::<Vec<_>>(), ["+61400000002"]);
}

#[test]
fn the_result_is_that_of_the_service_where_the_command_succeeded() {
    let services = |code| group(456, &[number(268, code)]);
    for (avps, status) in [
        (vec![number(268, 2001)], Some(2001)),
        (
            vec![number(268, 2001), services(2001), services(4012)],
            Some(4012),
        ),
        (vec![number(268, 5030), services(4012)], Some(5030)),
        (
            vec![group(297, &[number(266, VENDOR_3GPP), number(298, 5012)])],
            Some(5012),
        ),
        (vec![avp(263, b"s")], None),
    ] {
        let status_read = Answer::read(&avps.concat())
            .status()
            .and_then(|status| status.code());
        assert_eq!(status_read, status);
    }
}

/// A Capabilities-Exchange-Request with Origin-Host first (RFC 6733 section 5.3.1).
const CAPABILITIES: &[u8] = &[
    1, 0, 0, 32, 0x80, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 8, 0x40, 0, 0, 12, b'm', b'm',
    b's', b'c',
];

#[test]
fn a_message_is_known_by_its_header_and_its_first_avp() {
    assert_eq!(probe(CAPABILITIES), Probe::Certain);
    for length in 0..28 {
        assert_eq!(probe(&CAPABILITIES[..length]), Probe::Unsure, "{length}");
    }
    for (place, octet) in [
        (0, 2),
        (4, 0x81),
        (3, 33),
        (3, 20),
        (3, 24),
        (24, 0x41),
        (27, 200),
        (23, 9),
    ] {
        let mut other = CAPABILITIES.to_vec();
        other[place] = octet;
        assert_eq!(probe(&other), Probe::NotOurs, "{place}");
    }
    assert_eq!(
        probe_inside(&[b"\x01ab", CAPABILITIES].concat()),
        ProbeInside::Certain
    );
    assert_eq!(
        probe_inside(&[b"ab", &CAPABILITIES[..9]].concat()),
        ProbeInside::Unsure(2)
    );
    assert_eq!(
        probe_inside(b"\x16\x03\x01ab\x01\xff\xff\xff\xff"),
        ProbeInside::NotOurs
    );
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        probe(&octets);
        probe_inside(&octets);
        let request = Request::read(&octets);
        for command in [Command::Credit, Command::Policy, Command::Accounting, Command::MessageProcess] {
            if let Some((_, Said::Charging(charging))) = request.asked(command) {
                prop_assert!(charging.message.is_none_or(|message| message.recipients().count() <= octets.len()));
            }
        }
        Answer::read(&octets).status();
    }
}
