use super::packet::{Code, Packet, probe};
use crate::model::Timestamp;
use crate::session::probe::Probe;
use proptest::prelude::*;

/// RFC 2866 section 4.1: Accounting-Request, identifier 7, an authenticator, attributes.
fn packet(code: u8, attributes: &[u8]) -> Vec<u8> {
    let length = (20 + attributes.len()) as u16;
    [&[code, 7][..], &length.to_be_bytes(), &[9; 16], attributes].concat()
}

#[test]
fn a_report_says_whose_session_has_which_address() {
    let attributes = [
        &[40, 6, 0, 0, 0, 2][..],
        &[4, 6, 10, 0, 0, 1],
        &[44, 5, b'a', b'b', b'c'],
        &[8, 6, 10, 64, 3, 9],
        &[
            31, 13, b'6', b'1', b'4', b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'1',
        ],
        &[41, 6, 0, 0, 0, 5],
        &[46, 6, 0, 0, 1, 0],
        &[97, 12, 0, 64, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2],
        // 3GPP-IMSI, behind another attribute of 3GPP.
        &[
            26, 16, 0, 0, 0x28, 0xaf, 2, 3, 0, 1, 7, b'5', b'0', b'5', b'0', b'1',
        ],
    ]
    .concat();
    let octets = packet(4, &attributes);
    let packet = Packet::read(&octets).unwrap();
    assert_eq!((packet.code, packet.identifier), (Code::AccountingRequest, 7));
    let report = packet.report().unwrap();
    assert_eq!(
        report.status.map(|status| status.operation().name()),
        Some("accounting-stop")
    );
    let said = report.said;
    assert_eq!(said.session, b"abc");
    assert_eq!(said.gateway_address, Some([10, 0, 0, 1].into()));
    assert_eq!(said.addresses.v4, Some([10, 64, 3, 9].into()));
    let prefix = said.addresses.prefixes[0].map(|prefix| prefix.to_string());
    assert_eq!(prefix.as_deref(), Some("2001:db8:1:2::/64"));
    assert_eq!(
        said.number().map(|number| number.to_string()).as_deref(),
        Some("+61400000001")
    );
    assert_eq!(said.imsi.map(|imsi| imsi.to_string()).as_deref(), Some("50501"));
    assert_eq!(
        (said.delay, said.session_time),
        (5 * Timestamp::SECOND, Some(256 * Timestamp::SECOND))
    );
}

#[test]
fn only_attributes_that_fill_a_packet_are_some() {
    let good = packet(4, &[40, 6, 0, 0, 0, 1]);
    assert_eq!(probe(&good), Probe::Certain);
    assert_eq!(probe(&[&good[..], b"padding"].concat()), Probe::Certain);
    assert_eq!(probe(&packet(5, &[])), Probe::Certain);
    for octets in [
        packet(4, &[]),
        packet(4, &[40, 6, 0, 0, 0]),
        packet(4, &[40, 1, 0, 0]),
        packet(4, &[40, 0]),
        packet(6, &[40, 6, 0, 0, 0, 1]),
        good[..good.len() - 1].to_vec(),
        good[..3].to_vec(),
    ] {
        assert_eq!(probe(&octets), Probe::NotOurs, "{octets:?}");
    }
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), code in 0_u8..12) {
        if let Some(packet) = Packet::read(&octets) {
            packet.report();
        }
        let octets = packet(code, &octets);
        prop_assert!(Packet::read(&octets).is_none_or(|packet| packet.report().is_none_or(|report| report.said.session.len() <= 255)));
    }
}
