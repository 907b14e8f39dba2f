use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::model::{Endpoint, Extent, FrameRef, TransactionOperation};

const LIFETIME: Nanoseconds = 1_000 * Timestamp::SECOND;

fn s(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// What one report says, for the tests.
#[derive(Clone, Copy, Debug)]
struct Told {
    source: Source,
    gateway: u8,
    session: u32,
    address: [u8; 4],
    number: u64,
    at: i64,
}

impl Told {
    const fn start(session: u32, number: u64, at: i64) -> Self {
        Self {
            source: Source::Radius,
            gateway: 1,
            session,
            address: [10, 0, 0, 1],
            number,
            at,
        }
    }
}

fn number(of: u64) -> SubscriberNumber {
    SubscriberNumber::from_text(format!("{}", 61_400_000_000 + of).as_bytes()).unwrap()
}

fn tell(bindings: &mut Bindings, life: Life, told: Told, tunnels: &[Labels]) {
    let end = Endpoint::new([10, 9, 9, 9].into(), 1813);
    let at = FrameRef {
        time: s(told.at),
        ..FrameRef::default()
    };
    let (gateway, session) = ([told.gateway], told.session.to_be_bytes());
    let report = SessionReport {
        source: told.source,
        gateway: bindings.gateway(told.source, &gateway),
        session: bindings.session(told.source, &gateway, &session),
        node: None,
        addresses: PhoneAddresses {
            v4: PhoneAddresses::v4_of(told.address),
            prefixes: [None; 2],
        },
        number: Some(number(told.number)),
        bearer: None,
        tunnels,
        at: s(told.at),
        beginning: Beginning {
            operation: TransactionOperation::AccountingStart,
            status: None,
            asker: end,
            asked: end,
            request: Some(Extent::single(at)),
            response: None,
        },
    };
    bindings.report(life, &report);
}

fn bindings(reports: &[(Life, Told)]) -> Bindings {
    let mut bindings = Bindings::new(1_000, LIFETIME);
    for (life, told) in reports {
        tell(&mut bindings, *life, *told, &[]);
    }
    bindings
}

/// Whom the address that all tests use is at a time, by the last digits of the number.
fn named(bindings: &Bindings, at: i64) -> Option<u64> {
    named_in(bindings, at, Labels(0))
}

fn named_in(bindings: &Bindings, at: i64, labels: Labels) -> Option<u64> {
    let holders = bindings.holders(IpAddr::from([10, 0, 0, 1]), labels, s(at));
    match bindings.naming(&holders) {
        Naming::Is(id) => {
            let digits = bindings.get(id).unwrap().number.digits().parse::<u64>().unwrap();
            Some(digits - 61_400_000_000)
        }
        _ => None,
    }
}

const ENDS: Life = Life::Ends { since: None };
const GOES_ON: Life = Life::GoesOn { since: None };

#[test]
fn a_binding_holds_from_its_report_to_the_end_of_its_session() {
    let known = bindings(&[
        (Life::Begins, Told::start(1, 1, 100)),
        (ENDS, Told::start(1, 1, 200)),
    ]);
    for (at, name) in [
        (94, None),
        (95, Some(1)),
        (100, Some(1)),
        (199, Some(1)),
        (200, None),
        (300, None),
    ] {
        assert_eq!(named(&known, at), name, "{at}");
    }
}

#[test]
fn without_an_end_it_holds_a_lifetime_after_the_last_sign_of_life() {
    let known = bindings(&[
        (Life::Begins, Told::start(1, 1, 0)),
        (GOES_ON, Told::start(1, 1, 500)),
    ]);
    assert_eq!(named(&known, 1_499), Some(1));
    assert_eq!(named(&known, 1_500), None);
}

#[test]
fn an_address_that_is_given_out_again_is_the_later_ones_even_where_an_end_was_lost() {
    let known = bindings(&[
        (Life::Begins, Told::start(1, 1, 0)),
        (Life::Begins, Told::start(2, 2, 100)),
    ]);
    for (at, name) in [
        (0, Some(1)),
        (97, Some(1)),
        (99, Some(1)),
        (100, Some(2)),
        (500, Some(2)),
    ] {
        assert_eq!(named(&known, at), name, "{at}");
    }
    let moment = bindings(&[
        (Life::Begins, Told::start(1, 1, 0)),
        (ENDS, Told::start(1, 1, 100)),
        (Life::Begins, Told::start(2, 2, 100)),
    ]);
    assert_eq!(named(&moment, 100), Some(2));
}

#[test]
fn it_is_the_numbers_a_little_earlier_only_where_it_was_nobody_elses() {
    let other = |until| {
        bindings(&[
            (Life::Begins, Told::start(1, 1, 0)),
            (ENDS, Told::start(1, 1, until)),
            (Life::Begins, Told::start(2, 2, 100)),
        ])
    };
    assert_eq!(named(&other(95), 96), Some(2));
    assert_eq!(named(&other(96), 98), None);
    assert_eq!(
        named(&bindings(&[(Life::Begins, Told::start(2, 2, 100))]), 94),
        None
    );
}

#[test]
fn an_update_without_a_start_gives_a_binding_back_to_where_the_session_began() {
    let since = |at| Life::GoesOn { since: Some(s(at)) };
    let known = bindings(&[(since(50), Told::start(1, 1, 200))]);
    assert_eq!(
        (named(&known, 44), named(&known, 51), named(&known, 300)),
        (None, Some(1), Some(1))
    );
    // Never into the time when another was heard of.
    let later = bindings(&[
        (Life::Begins, Told::start(1, 1, 100)),
        (since(50), Told::start(2, 2, 200)),
    ]);
    assert_eq!((named(&later, 99), named(&later, 201)), (Some(1), Some(2)));
    let stop = bindings(&[(Life::Ends { since: Some(s(50)) }, Told::start(1, 1, 200))]);
    assert_eq!(
        (named(&stop, 60), named(&stop, 199), named(&stop, 200)),
        (Some(1), Some(1), None)
    );
}

#[test]
fn a_restart_of_the_gateway_ends_all_of_its_sessions() {
    let mut known = bindings(&[(Life::Begins, Told::start(1, 1, 0))]);
    known.gateway_restarted(known.gateway(Source::Radius, &[2]), s(50));
    assert_eq!(named(&known, 60), Some(1));
    known.gateway_restarted(known.gateway(Source::Radius, &[1]), s(70));
    assert_eq!((named(&known, 69), named(&known, 70)), (Some(1), None));
    tell(&mut known, Life::Begins, Told::start(2, 2, 80), &[]);
    assert_eq!(named(&known, 90), Some(2));
}

#[test]
fn gateways_and_sources_that_disagree_name_nobody() {
    let elsewhere = |number| Told {
        gateway: 2,
        ..Told::start(2, number, 10)
    };
    let naming = |known: &Bindings| {
        let holders = known.holders(IpAddr::from([10, 0, 0, 1]), Labels(0), s(20));
        (known.naming(&holders), holders.len())
    };
    let one = Told::start(1, 1, 0);
    let apart = bindings(&[(Life::Begins, one), (Life::Begins, elsewhere(2))]);
    assert!(matches!(naming(&apart), (Naming::Ambiguous(_), 2)));
    let agree = bindings(&[(Life::Begins, one), (Life::Begins, elsewhere(1))]);
    assert!(matches!(naming(&agree), (Naming::Is(_), 2)));
    let gtp = |number| Told {
        source: Source::Gtp,
        ..elsewhere(number)
    };
    let conflict = bindings(&[(Life::Begins, gtp(2)), (Life::Begins, one)]);
    assert!(matches!(naming(&conflict), (Naming::Conflict(_), 2)));
    // Where sources agree, RADIUS is named.
    let agree = bindings(&[(Life::Begins, gtp(1)), (Life::Begins, Told { at: 12, ..one })]);
    let (Naming::Is(id), 2) = naming(&agree) else {
        panic!("both hold")
    };
    assert_eq!(agree.get(id).unwrap().source, Source::Radius);
}

#[test]
fn a_tunnel_goes_before_the_address_alone() {
    let mut known = Bindings::new(10, LIFETIME);
    let gtp = |session, number| Told {
        source: Source::Gtp,
        ..Told::start(session, number, i64::from(session))
    };
    tell(&mut known, Life::Begins, gtp(1, 1), &[Labels(71), Labels(72)]);
    tell(&mut known, Life::Begins, gtp(2, 2), &[Labels(81), Labels(82)]);
    assert_eq!(named_in(&known, 10, Labels(71)), Some(1));
    assert_eq!(named_in(&known, 10, Labels(82)), Some(2));
    assert_eq!(named_in(&known, 10, Labels(0)), Some(2));
}

#[test]
fn one_session_reported_by_two_nodes_is_one_binding() {
    let gtp = |gateway, at| Told {
        source: Source::Gtp,
        gateway,
        ..Told::start(u32::from(gateway), 1, at)
    };
    let known = bindings(&[(Life::Begins, gtp(2, 11)), (Life::Begins, gtp(1, 10))]);
    let holders = known.holders(IpAddr::from([10, 0, 0, 1]), Labels(0), s(20));
    assert_eq!(holders.len(), 1);
    assert_eq!(known.get(holders[0]).unwrap().begin, s(10));
}

#[test]
fn an_address_of_version_6_is_known_by_its_prefix() {
    let mut known = Bindings::new(10, LIFETIME);
    let address: std::net::Ipv6Addr = "2001:db8:1:2::9".parse().unwrap();
    let end = Endpoint::new([10, 9, 9, 9].into(), 1813);
    let report = SessionReport {
        source: Source::Radius,
        gateway: known.gateway(Source::Radius, &[1]),
        session: known.session(Source::Radius, &[1], &[1]),
        node: None,
        addresses: PhoneAddresses {
            v4: None,
            prefixes: [Prefix::new(address, 64), None],
        },
        number: Some(number(6)),
        bearer: None,
        tunnels: &[],
        at: s(0),
        beginning: Beginning {
            operation: TransactionOperation::AccountingStart,
            status: None,
            asker: end,
            asked: end,
            request: None,
            response: None,
        },
    };
    known.report(Life::Begins, &report);
    let holders = |text: &str| known.holders(text.parse().unwrap(), Labels(0), s(1)).len();
    assert_eq!(
        (holders("2001:db8:1:2:3:4:5:6"), holders("2001:db8:1:3::9")),
        (1, 0)
    );
}

#[test]
fn the_oldest_go_and_are_counted() {
    let mut known = Bindings::new(3, LIFETIME);
    for session in 0..5_u8 {
        let told = Told {
            address: [10, 0, 1, session],
            ..Told::start(u32::from(session), u64::from(session), i64::from(session))
        };
        tell(&mut known, Life::Begins, told, &[]);
    }
    assert_eq!((known.forgotten(), known.made()), (2, 5));
    assert_eq!(
        (
            known.by_address.len(),
            known.by_session.len(),
            known.bindings.len()
        ),
        (3, 3, 3)
    );
    let holds = |last| {
        known
            .holders(IpAddr::from([10, 0, 1, last]), Labels(0), s(10))
            .len()
    };
    assert_eq!([0, 1, 2, 3, 4].map(holds), [0, 0, 1, 1, 1]);
}

#[test]
fn a_hundred_thousand_sessions_of_one_address_are_looked_up_as_quickly_as_one() {
    const MANY: u32 = 100_000;
    let mut known = Bindings::new(MANY as usize, LIFETIME);
    for session in 0..MANY {
        tell(
            &mut known,
            Life::Begins,
            Told::start(session, u64::from(session), i64::from(session)),
            &[],
        );
    }
    for at in (0..i64::from(MANY)).step_by(10) {
        assert_eq!(named(&known, at), Some(at as u64));
    }
}

/// What a plain list of the reports says, looked through from its beginning.
fn by_the_list(reports: &[(Life, Told)], at: i64) -> Option<u64> {
    let mut holds: Option<Told> = None;
    for (life, told) in reports {
        if told.at > at {
            continue;
        }
        match life {
            Life::Begins => holds = Some(*told),
            _ => holds = holds.filter(|one| one.session != told.session),
        }
    }
    holds.map(|told| told.number)
}

proptest! {
    /// At one gateway, with ends that may be lost.
    #[test]
    fn a_look_up_says_what_the_list_of_reports_says(events in prop::collection::vec((0..2, 1..40_i64), 1..40), at in 0..900_i64) {
        let mut now = 0;
        let mut session = 0;
        let mut reports = Vec::new();
        for (kind, step) in events {
            now += step * 10;
            if kind == 0 || session == 0 {
                session += 1;
                reports.push((Life::Begins, Told::start(session, u64::from(session), now)));
            } else {
                reports.push((ENDS, Told::start(session, u64::from(session), now)));
            }
        }
        let known = bindings(&reports);
        let expected = by_the_list(&reports, at);
        // What a report a little later says is another rule's.
        prop_assume!(expected.is_some() || by_the_list(&reports, at + 5).is_none());
        prop_assert_eq!(named(&known, at), expected);
    }
}
