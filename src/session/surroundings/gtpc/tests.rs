use super::connection::probe;
use super::elements::{Malformed, Message, Said};
use super::{v1, v2};
use crate::session::probe::Probe;
use proptest::prelude::*;

/// Version 1 with a sequence number.
fn message_1(kind: u8, teid: u32, sequence: u16, elements: &[u8]) -> Vec<u8> {
    let length = (4 + elements.len()) as u16;
    [
        &[0x32, kind][..],
        &length.to_be_bytes(),
        &teid.to_be_bytes(),
        &sequence.to_be_bytes(),
        &[0, 0],
        elements,
    ]
    .concat()
}

/// Version 2 with a TEID.
fn message_2(flags: u8, kind: u8, teid: u32, sequence: u8, elements: &[u8]) -> Vec<u8> {
    let length = (8 + elements.len()) as u16;
    [
        &[flags, kind][..],
        &length.to_be_bytes(),
        &teid.to_be_bytes(),
        &[0, 0, sequence, 0],
        elements,
    ]
    .concat()
}

fn read_1(octets: &[u8]) -> Result<Option<Message<'_>>, Malformed> {
    v1::Header::read(octets).unwrap().message()
}

/// TS 29.060 clauses 7.3.1 and 7.7.
#[test]
fn a_create_request_of_version_1_has_the_number_and_the_tunnels() {
    let elements = [
        &[2, 0x05, 0x05, 0x21, 0x43, 0x65, 0x87, 0x09, 0xf1][..],
        &[14, 7, 15, 0xfc],
        &[16, 0, 0, 0, 1, 17, 0, 0, 0, 2, 20, 5],
        &[128, 0, 2, 0xf1, 0x21],
        &[131, 0, 4, 3, b'm', b'm', b's'],
        &[133, 0, 4, 10, 0, 0, 1, 133, 0, 4, 10, 0, 0, 2],
        &[134, 0, 7, 0x91, 0x16, 0x04, 0x00, 0x00, 0x00, 0xf1],
    ]
    .concat();
    let octets = message_1(16, 0, 9, &elements);
    assert_eq!(probe(&octets), Probe::Certain);
    let message = read_1(&octets).unwrap().unwrap();
    assert_eq!(
        (message.operation.name(), message.sequence),
        ("create-pdp-context", 9)
    );
    let Said::Request(said) = message.said else {
        panic!("a request")
    };
    assert_eq!(
        said.number.map(|number| number.to_string()).as_deref(),
        Some("+61400000001")
    );
    assert_eq!(
        said.imsi.map(|imsi| imsi.to_string()).as_deref(),
        Some("505012345678901")
    );
    let [control, user] = [said.control, said.user].map(Option::unwrap);
    assert_eq!((control.teid, control.address), (2, Some([10, 0, 0, 1].into())));
    assert_eq!((user.teid, user.address), (1, Some([10, 0, 0, 2].into())));
    assert_eq!((said.bearer, said.access_point), (Some(5), &b"\x03mms"[..]));
    assert!(said.addresses.is_empty(), "to be assigned");
}

/// TS 29.060 clause 7.3.2; End User Address of both kinds (clause 7.7.27).
#[test]
fn an_answer_of_version_1_has_cause_and_addresses() {
    let both = [
        &[128, 0, 22, 0xf1, 0x8d, 10, 64, 0, 1][..],
        &[0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
    .concat();
    let octets = message_1(17, 5, 9, &[&[1, 128][..], &both].concat());
    let Said::Answer { cause, answer } = read_1(&octets).unwrap().unwrap().said else {
        panic!("an answer")
    };
    assert_eq!((cause, answer.teid), (128, 5));
    assert_eq!(answer.addresses.v4, Some([10, 64, 0, 1].into()));
    let prefix = answer.addresses.prefixes[0].map(|prefix| prefix.to_string());
    assert_eq!(prefix.as_deref(), Some("2001:db8:1:2::/64"));
}

#[test]
fn an_extension_header_is_passed_and_an_unknown_element_ends_the_message() {
    let mut octets = message_1(21, 5, 9, &[1, 1, 2, 0, 1, 192, 99, 1, 2, 3]);
    octets[0] |= 4;
    octets[11] = 0xc0;
    let Said::Answer { cause, .. } = read_1(&octets).unwrap().unwrap().said else {
        panic!("an answer")
    };
    assert_eq!(cause, 192);
}

#[test]
fn elements_beyond_the_end_make_no_message() {
    let cut = message_1(
        16,
        0,
        9,
        &[2, 5, 5, 0x21, 0x43, 0x65, 0x87, 9, 0xf1, 134, 0, 200, 0x91, 0x16],
    );
    assert_eq!(read_1(&cut), Err(Malformed));
    assert_eq!(probe(&cut), Probe::NotOurs);
    let no_cause = message_1(17, 0, 9, &[14, 1]);
    assert_eq!(read_1(&no_cause), Err(Malformed));
    let cut = message_2(0x48, 33, 1, 2, &[2, 0, 9, 0, 16]);
    let [first, _] = v2::Header::read_all(&cut).unwrap();
    assert_eq!(first.unwrap().message(), Err(Malformed));
}

/// TS 29.274 clauses 7.2.1, 7.2.2 and 8.
#[test]
fn a_session_of_version_2_has_its_number_and_its_address() {
    let request = [
        &[76, 0, 6, 0, 0x16, 0x04, 0x00, 0x00, 0x00, 0xf1][..],
        &[79, 0, 5, 0, 1, 0, 0, 0, 0],
        &[87, 0, 9, 0, 0x8a, 0, 0, 0, 7, 10, 0, 0, 1],
        // The gateway that the request is for, of instance 1.
        &[87, 0, 9, 1, 0x87, 0, 0, 0, 0, 10, 0, 0, 9],
        &[
            93, 0, 18, 0, 73, 0, 1, 0, 5, 87, 0, 9, 2, 0x84, 0, 0, 0, 8, 10, 0, 0, 2,
        ],
    ]
    .concat();
    let octets = message_2(0x48, 32, 0, 3, &request);
    assert_eq!(probe(&octets), Probe::Certain);
    let [first, second] = v2::Header::read_all(&octets).unwrap();
    assert!(second.is_none());
    let message = first.unwrap().message().unwrap().unwrap();
    let Said::Request(said) = message.said else {
        panic!("a request")
    };
    assert_eq!(
        said.number.map(|number| number.to_string()).as_deref(),
        Some("+61400000001")
    );
    assert_eq!(said.control.map(|end| end.teid), Some(7));
    assert_eq!(said.user.map(|end| end.teid), Some(8));
    assert_eq!(said.bearer, Some(5));
    assert!(said.addresses.is_empty());
    let paa = [
        &[2, 0, 2, 0, 16, 0][..],
        &[79, 0, 22, 0, 3, 64, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2],
        &[0; 8],
        &[10, 64, 0, 1],
    ]
    .concat();
    let octets = message_2(0x48, 33, 7, 3, &paa);
    let [first, _] = v2::Header::read_all(&octets).unwrap();
    let Said::Answer { cause, answer } = first.unwrap().message().unwrap().unwrap().said else {
        panic!("an answer")
    };
    assert_eq!((cause, answer.addresses.v4), (16, Some([10, 64, 0, 1].into())));
    assert_eq!(
        answer.addresses.prefixes[0]
            .map(|prefix| prefix.to_string())
            .as_deref(),
        Some("2001:db8:1:2::/64")
    );
}

/// TS 29.274 clause 5.5.1: a Create Session Response with a Create Bearer Request on its back.
#[test]
fn a_message_may_have_another_on_its_back() {
    let answer = message_2(0x58, 33, 1, 2, &[2, 0, 2, 0, 16, 0]);
    let other = message_2(0x48, 95, 1, 4, &[73, 0, 1, 0, 5]);
    let both = [&answer[..], &other].concat();
    assert_eq!(probe(&both), Probe::Certain);
    let [first, second] = v2::Header::read_all(&both).unwrap();
    assert!(first.unwrap().message().unwrap().is_some());
    assert_eq!(
        second.unwrap().message(),
        Ok(None),
        "it is about no session as a whole"
    );
    let not_announced = [&message_2(0x48, 33, 1, 2, &[2, 0, 2, 0, 16, 0])[..], &other].concat();
    assert!(v2::Header::read_all(&not_announced).is_none());
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), kind in 16_u8..38) {
        probe(&octets);
        let _ = read_1(&message_1(kind, 1, 2, &octets));
        for header in v2::Header::read_all(&message_2(0x48, kind, 1, 2, &octets)).into_iter().flatten().flatten() {
            let _ = header.message();
        }
    }
}
