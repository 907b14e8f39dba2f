//! Pushes put together from short messages; and another codec's opinion of the TPDUs.

use proptest::prelude::*;

use super::messages::{ShortMessage, ShortMessages, Ticket, Tools};
use super::{Concatenation, Given, Ports, ReferenceKind};
use crate::model::{
    AnomalyKind, AnomalyLog, BearerStatus, Endpoint, Extent, FrameNumber, FrameRef, NetworkId, Networks,
    Timestamp,
};
use crate::session::context::ExchangeIds;
use crate::session::{Bearer, CarrierEvent, SessionEvent};

/// Tickets that differ from each other.
pub(in crate::session) fn tickets(count: u64) -> Vec<Ticket> {
    (0..count).map(|set| Ticket { set, part: 1 }).collect()
}

/// The assembler with what it needs, writing down what it hands on.
#[derive(Default)]
struct Bench {
    messages: ShortMessages,
    exchanges: ExchangeIds,
    anomalies: AnomalyLog,
    frame: u64,
    bodies: Vec<Vec<u8>>,
    others: Vec<String>,
}

impl Bench {
    fn at(&mut self, seconds: i64) -> FrameRef {
        self.frame += 1;
        FrameRef {
            frame: FrameNumber(self.frame),
            time: Timestamp::from_seconds(seconds),
            ..FrameRef::default()
        }
    }

    fn part(&mut self, seconds: i64, concatenation: Concatenation, octets: &[u8]) -> Option<Ticket> {
        self.part_on(1, 2, seconds, concatenation, octets)
    }

    /// A part that one host sends to another.
    fn part_on(
        &mut self,
        source: u8,
        destination: u8,
        seconds: i64,
        concatenation: Concatenation,
        octets: &[u8],
    ) -> Option<Ticket> {
        let extent = Extent::single(self.at(seconds));
        let message = ShortMessage {
            bearer: Bearer::Smpp,
            transfer: None,
            network: NetworkId::default(),
            source: Endpoint::new([10, 0, 0, source].into(), 1),
            destination: Endpoint::new([10, 0, 0, destination].into(), 2),
            hosts: [source, destination]
                .map(|last| Networks::default().host(NetworkId::default(), [10, 0, 0, last].into())),
            extent,
            originator: "5000",
            originator_field: "source_addr",
            recipient: "+491",
            imsi: None,
            ports: Some(Ports {
                destination: 2948,
                source: 9200,
            }),
            concatenation: Some(concatenation),
            binary: true,
            octets,
            receipt_due: false,
        };
        self.with_tools(|messages, tools| messages.submit(tools, &message))
    }

    fn answer(&mut self, ticket: Ticket, status: u32) {
        let at = self.at(0);
        let given = Given::new(BearerStatus::Smpp(status), Extent::single(at));
        self.with_tools(|messages, tools| messages.answer(tools, ticket, given));
    }

    fn finish(&mut self) {
        self.with_tools(|messages, tools| messages.finish(tools));
    }

    fn with_tools<T>(&mut self, act: impl FnOnce(&mut ShortMessages, &mut Tools<'_>) -> T) -> T {
        let (bodies, others) = (&mut self.bodies, &mut self.others);
        let mut tools = Tools {
            exchanges: &mut self.exchanges,
            anomalies: &mut self.anomalies,
            sink: &mut |event| {
                if let SessionEvent::Carrier(event) = event {
                    note(bodies, others, &event);
                }
            },
        };
        act(&mut self.messages, &mut tools)
    }
}

fn note(bodies: &mut Vec<Vec<u8>>, others: &mut Vec<String>, event: &CarrierEvent<'_>) {
    match event {
        CarrierEvent::Request(request) => bodies.push(request.body.bytes.to_vec()),
        CarrierEvent::Response(response) => others.push(format!("{:?}", response.status.unwrap())),
        CarrierEvent::End(end) => others.push(format!("{:?}", end.reason)),
        CarrierEvent::Receipt(_) => others.push("receipt".to_owned()),
    }
}

fn concatenation(reference: u16, total: usize, index: usize) -> Concatenation {
    Concatenation {
        kind: ReferenceKind::EightBit,
        reference,
        total: u8::try_from(total).unwrap(),
        sequence: u8::try_from(index + 1).unwrap(),
    }
}

fn push(body: &[u8]) -> Vec<u8> {
    [b"\x01\x06\x01\xbe\x8c\x82\x98", body].concat()
}

#[test]
fn parts_over_several_hosts_of_one_end_join_and_the_next_hop_is_apart() {
    let rest = b"some octets that fill two parts";
    let body = [b"\x8c\x82\x98", &rest[..]].concat();
    let whole = push(rest);
    let (first, second) = whole.split_at(20);
    let parts = [(concatenation(1, 2, 0), first), (concatenation(1, 2, 1), second)];
    // Each list: from which host to which one, for the two parts.
    let joined = |hosts: &[[(u8, u8); 2]]| {
        let mut bench = Bench::default();
        for (at, (concatenation, octets)) in parts.into_iter().enumerate() {
            for hop in hosts {
                let (source, destination) = hop[at];
                bench.part_on(source, destination, 0, concatenation, octets);
            }
        }
        bench.finish();
        bench.bodies
    };
    let one = [body.clone()];
    assert_eq!(joined(&[[(1, 2), (1, 3)]]), one, "a centre with two hosts");
    assert_eq!(joined(&[[(1, 3), (2, 3)]]), one, "a gateway with two hosts");
    let two = [body.clone(), body.clone()];
    assert_eq!(joined(&[[(1, 2), (1, 2)], [(2, 3), (2, 3)]]), two, "two hops");
    assert_ne!(joined(&[[(1, 2), (3, 4)]]), one, "nothing in common");
}

#[test]
fn a_part_that_comes_hours_later_is_of_another_message() {
    let mut bench = Bench::default();
    let payload = push(b"0123456789");
    let (first, second) = payload.split_at(9);
    bench.part(0, concatenation(1, 2, 0), first).unwrap();
    bench.part(7 * 3600, concatenation(1, 2, 1), second).unwrap();
    assert!(
        bench.bodies.len() == 1 && bench.bodies[0].len() < payload.len() - 4,
        "the start alone"
    );
    bench.finish();
    assert_eq!(bench.anomalies.count(AnomalyKind::SmsPartsMissing), 2);
}

#[test]
fn a_reference_used_again_with_other_octets_is_another_message() {
    let mut bench = Bench::default();
    let (one, two) = (push(b"one ..."), push(b"two ..."));
    bench.part(0, concatenation(1, 2, 0), &one[..9]).unwrap();
    bench.part(1, concatenation(1, 2, 0), &two[..9]).unwrap();
    bench.part(2, concatenation(1, 2, 1), &two[9..]).unwrap();
    assert_eq!(bench.bodies.last().unwrap(), &two[4..]);
    bench.finish();
    // The start of the first one, and the whole second.
    assert_eq!(bench.bodies.len(), 2);
}

/// A relay may send the whole message again, under a new reference, after a part was lost or refused on its own.
#[test]
fn a_part_lost_or_refused_on_its_own_belongs_to_the_message_that_repeats_it() {
    let body = [b"\x8c\x82\x98", &b"some octets that fill two parts"[..]].concat();
    let whole = push(b"some octets that fill two parts");
    let (first, second) = whole.split_at(20);
    for refused in [false, true] {
        let mut bench = Bench::default();
        let alone = bench.part(0, concatenation(1, 2, 0), first).unwrap();
        if refused {
            bench.answer(alone, 88);
        }
        for (index, octets) in [(0, first), (1, second)] {
            let ticket = bench.part(1, concatenation(2, 2, index), octets).unwrap();
            bench.answer(ticket, 0);
        }
        bench.finish();
        let tries = if refused {
            vec!["Smpp(88)", "Smpp(0)"]
        } else {
            vec!["Smpp(0)"]
        };
        assert_eq!(
            bench.bodies,
            vec![body.clone(); tries.len()],
            "refused: {refused}"
        );
        assert_eq!(bench.others, tries, "refused: {refused}");
    }
}

/// A gateway takes the whole push by HTTP, and is refused with the first of its short messages.
#[test]
fn a_refused_first_part_is_a_hop_of_the_message_that_was_whole_on_the_hop_before() {
    let rest = b"some octets that fill two parts";
    let body = [b"\x8c\x82\x98", &rest[..]].concat();
    let whole = push(rest);
    let (first, second) = whole.split_at(20);
    let bodies = |status: u32| {
        let mut bench = Bench::default();
        bench.part_on(1, 2, 0, concatenation(1, 2, 0), first);
        bench.part_on(1, 2, 0, concatenation(1, 2, 1), second);
        let ticket = bench.part_on(2, 3, 0, concatenation(2, 2, 0), first).unwrap();
        bench.answer(ticket, status);
        bench.finish();
        bench.bodies
    };
    assert_eq!(bodies(11), [body.clone(), body.clone()]);
    assert_ne!(
        bodies(0),
        [body.clone(), body.clone()],
        "the second part may have passed unseen"
    );
}

#[test]
fn what_is_held_stays_bounded() {
    let mut bench = Bench::default();
    let octets = vec![0x55; 60_000];
    for reference in 0..1000u16 {
        bench.part(0, concatenation(reference, 2, 0), &octets);
    }
    assert!(bench.anomalies.count(AnomalyKind::LimitReached) > 0);
    assert!(bench.messages.held() <= 16 * 1024 * 1024);
    bench.finish();
    assert_eq!(bench.messages.held(), 0);
}

proptest! {
    #[test]
    fn parts_in_any_order_and_repeated_give_the_message(
        body in prop::collection::vec(any::<u8>(), 0..600),
        size in 8usize..140,
        seed in any::<u64>(),
        repeated in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let payload = push(&body);
        let parts: Vec<_> = payload.chunks(size).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|index| crate::session::fingerprint::fingerprint(&(seed ^ *index as u64).to_be_bytes()));
        let last = order.pop().unwrap();
        if !order.is_empty() {
            let again: Vec<_> = repeated.iter().map(|index| order[index.index(order.len())]).collect();
            order.extend(again);
        }
        order.push(last);
        let mut bench = Bench::default();
        let mut tickets = std::collections::BTreeMap::new();
        for index in order {
            let ticket = bench.part(0, concatenation(7, parts.len(), index), parts[index]).unwrap();
            tickets.insert(index, ticket);
        }
        prop_assert_eq!(&bench.bodies, &vec![payload[4..].to_vec()]);
        prop_assert!(bench.others.is_empty());
        for ticket in tickets.into_values() {
            bench.answer(ticket, 0);
        }
        bench.finish();
        prop_assert_eq!(&bench.others, &vec!["Smpp(0)".to_owned()]);
        prop_assert_eq!(bench.messages.held(), 0);
    }
}

mod oracle {
    //! TPDUs and relay messages written by the tpdu crate read the same here.

    use proptest::prelude::*;
    use tpdu::{
        RpDataNetworkToMs, RpErrorMsToNetwork, SMSAddress, SmsDeliver, SmsDeliverReport, SmsSubmit,
        ValidityPeriod,
    };

    use crate::session::sms::{Content, RpMessage, Towards, Tpdu};

    fn address() -> impl Strategy<Value = SMSAddress> {
        let number = (prop::sample::select(vec![0u8, 1, 2, 3]), "[0-9*#ab]{1,20}");
        let name = (Just(5u8), "[A-Za-z0-9 ]{1,11}");
        prop_oneof![number, name].prop_map(|(ton, address)| SMSAddress { ton, npi: 1, address })
    }

    fn shown(address: &SMSAddress) -> String {
        let digits = address.address.bytes().all(|octet| octet.is_ascii_digit());
        match address.ton == 1 && digits {
            true => format!("+{}", address.address),
            false => address.address.clone(),
        }
    }

    fn deliver(originator: SMSAddress, coding: u8, octets: &[u8], header: bool) -> SmsDeliver {
        SmsDeliver {
            tp_rp: false,
            tp_udhi: header,
            tp_sri: false,
            tp_lp: false,
            tp_mms: true,
            tp_mti: 0,
            tp_originating_address: originator,
            tp_pid: 0,
            tp_dcs: coding,
            tp_service_centre_timestamp: "26112010203000".to_owned(),
            tp_user_data_length: u8::try_from(octets.len()).unwrap(),
            tp_user_data: octets.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn delivers_and_relay_messages_read_the_same(
            (originator, centre) in (address(), "[0-9]{1,15}"),
            coding in prop::sample::select(vec![0x04u8, 0x15, 0xF5, 0x08]),
            octets in prop::collection::vec(any::<u8>(), 0..=140),
            (header, reference) in any::<(bool, u8)>(),
        ) {
            let theirs = deliver(originator.clone(), coding, &octets, header);
            let relay = RpDataNetworkToMs {
                rp_message_type: 1,
                rp_message_reference: reference,
                rp_originator_address: Some(SMSAddress { ton: 1, npi: 1, address: centre.clone() }),
                rp_destination_address: None,
                sms_deliver: theirs,
            };
            let bytes = relay.encode().unwrap();
            let ours = RpMessage::read(&bytes).unwrap();
            prop_assert_eq!((ours.towards, ours.reference), (Towards::Phone, reference));
            let Content::Data { originator: from, destination, tpdu } = ours.content else {
                panic!("no data")
            };
            prop_assert_eq!((from, destination), (Some(format!("+{centre}")), None));
            let Ok(Tpdu::Deliver { originator: sender, user_data }) = Tpdu::read(tpdu, Towards::Phone, false) else {
                panic!("no deliver")
            };
            prop_assert_eq!(sender, shown(&originator));
            prop_assert_eq!((user_data.has_header, user_data.coding, user_data.octets), (header, coding, &octets[..]));
        }

        #[test]
        fn submits_read_the_same(
            recipient in address(),
            octets in prop::collection::vec(any::<u8>(), 0..=140),
            validity in prop_oneof![
                Just(None),
                any::<u8>().prop_map(|value| Some(ValidityPeriod::Relative(value))),
                Just(Some(ValidityPeriod::Absolute("26112010203000".to_owned()))),
                any::<[u8; 7]>().prop_map(|value| Some(ValidityPeriod::Enhanced(value))),
            ],
            (reference, report) in any::<(u8, bool)>(),
        ) {
            let theirs = SmsSubmit {
                tp_rp: false,
                tp_udhi: false,
                tp_srr: report,
                tp_mti: 1,
                tp_rd: false,
                tp_vpf: validity.as_ref().map_or(0, ValidityPeriod::format),
                tp_mr: reference,
                tp_destination_address: Some(recipient.clone()),
                tp_pid: 0,
                tp_dcs: 4,
                tp_validity_period: validity,
                tp_user_data_length: u8::try_from(octets.len()).unwrap(),
                tp_user_data_raw: octets.clone(),
                tp_user_data_header: None,
                tp_user_data: octets.clone(),
            };
            let bytes = theirs.encode().unwrap();
            let Ok(Tpdu::Submit { reference: number, recipient: to, report_requested, user_data }) =
                Tpdu::read(&bytes, Towards::ServiceCentre, false)
            else {
                panic!("no submit")
            };
            prop_assert_eq!((number, to, report_requested), (reference, shown(&recipient), report));
            prop_assert_eq!(user_data.octets, &octets[..]);
        }

        #[test]
        fn refusals_read_the_same(reference in any::<u8>(), cause in 0u8..128, failure in any::<u8>()) {
            let report = SmsDeliverReport::decode_for_rp_error(&[0, failure, 0]).unwrap();
            let theirs = RpErrorMsToNetwork {
                rp_message_type: 4,
                rp_message_reference: reference,
                rp_cause: cause,
                rp_diagnostic: None,
                sms_deliver_report: Some(report),
            };
            let bytes = theirs.encode().unwrap();
            let ours = RpMessage::read(&bytes).unwrap();
            prop_assert_eq!((ours.towards, ours.reference), (Towards::ServiceCentre, reference));
            let Content::Error { cause: read, tpdu: Some(tpdu) } = ours.content else {
                panic!("no error")
            };
            prop_assert_eq!(read, cause);
            prop_assert_eq!(
                Tpdu::read(tpdu, Towards::ServiceCentre, true),
                Ok(Tpdu::Report { cause: Some(failure) })
            );
        }

        #[test]
        fn no_octets_panic(octets in prop::collection::vec(any::<u8>(), 0..80), failed in any::<bool>()) {
            let _ = RpMessage::read(&octets);
            for towards in [Towards::Phone, Towards::ServiceCentre] {
                if let Ok(Tpdu::Deliver { user_data, .. } | Tpdu::Submit { user_data, .. }) =
                    Tpdu::read(&octets, towards, failed)
                {
                    let _ = user_data.split();
                }
            }
        }
    }
}
