//! Two networks with equal addresses side by side: no address of one is a phone or an MMSC of the other (docs/VERDICTS.md).

use proptest::prelude::*;

use crate::correlate::message::{Message, Outcome, State};
use crate::correlate::samples::*;
use crate::model::{CaptureIndex, Endpoint, Labels, NetworkConclusion, NetworkId, NetworkMark, Origin};

/// An address in place of a name: networks have equal ones.
const UNNAMED: &str = "203.0.113.9";

/// A message's life, as it is told in either network: its phones by address, its numbers by network.
#[derive(Clone, Debug)]
struct Life {
    /// In tenths of a second.
    at: u16,
    sender: u8,
    recipient: u8,
    /// Of ids that both networks count up.
    id: u8,
    /// Which of its five exchanges were captured.
    captured: [bool; 5],
    hides_sender: bool,
}

fn life() -> impl Strategy<Value = Life> {
    let ends = (0_u16..300, 1_u8..5, 5_u8..9, 0_u8..6);
    (ends, any::<[bool; 5]>(), any::<bool>()).prop_map(
        |((at, sender, recipient, id), captured, hides_sender)| Life {
            at,
            sender,
            recipient,
            id,
            captured,
            hides_sender,
        },
    )
}

impl Life {
    /// Its exchanges in a network whose subscribers have the numbers from `first` on.
    fn exchanges(&self, first: u8, network: NetworkId) -> Vec<Exchange> {
        let (from, to) = (number(first + self.sender), number(first + self.recipient));
        let shown = Some(&*from).filter(|_| !self.hides_sender);
        let (tid, message_id) = (format!("t{}", self.id), format!("100{}", self.id));
        let url = format!("http://{UNNAMED}/mm/{}", self.id);
        let fetched = retrieve_conf(Some(&message_id), shown, &[&to], self.id);
        let (sender, recipient) = (phone(self.sender), phone(self.recipient));
        let all = [
            Exchange::post(0.0, sender, send_req(&tid, shown, &[&to], "s", self.id)).answered(
                0.5,
                200,
                Some(send_conf(&tid, 0x80, Some(&message_id))),
            ),
            Exchange::push(1.0, recipient, notification(&tid, &url, shown, "s")),
            Exchange::get(2.0, recipient, &url).answered(2.5, 200, Some(fetched)),
            Exchange::post(3.0, recipient, notifyresp(&tid, 0x81)).answered(3.1, 200, None),
            Exchange::push(4.0, sender, delivery_ind(&message_id, &to, 0x81)),
        ];
        let captured = all
            .into_iter()
            .zip(self.captured)
            .filter(|(_, captured)| *captured);
        captured
            .map(|(exchange, _)| match exchange.is_post() {
                true => exchange.at_host(UNNAMED),
                false => exchange,
            })
            .map(|exchange| exchange.later(f64::from(self.at) / 10.0).in_network(network))
            .collect()
    }
}

/// What tells the second network from the first.
fn told_apart_by() -> impl Strategy<Value = NetworkMark> {
    prop_oneof![
        (1_u32..).prop_map(|labels| NetworkMark::Labels(Labels(labels))),
        (1_u32..9).prop_map(|capture| NetworkMark::Origin(Origin::new(CaptureIndex(capture), 0))),
        (1_u32..9).prop_map(|interface| NetworkMark::Origin(Origin::new(CaptureIndex(0), interface))),
    ]
}

fn marked(mark: NetworkMark) -> NetworkId {
    match mark {
        NetworkMark::Labels(labels) => NetworkId {
            labels,
            ..NetworkId::default()
        },
        NetworkMark::Origin(origin) => NetworkId {
            origin,
            ..NetworkId::default()
        },
    }
}

/// All that is said of each message, in no order.
fn told(messages: &[Message]) -> Vec<String> {
    let mut told: Vec<String> = messages.iter().map(|message| format!("{message:?}")).collect();
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Addresses, transaction ids, message ids, URLs and contents are equal in both; numbers are not.
    #[test]
    fn two_networks_side_by_side_equal_their_union(
        (here, there) in (prop::collection::vec(life(), 1..6), prop::collection::vec(life(), 1..6)),
        mark in told_apart_by(),
        later in prop_oneof![Just(0.0), -40.0..40.0_f64, Just(86_400.0)],
    ) {
        let conclusion = NetworkConclusion { mark, network: 1 };
        let here = here.iter().flat_map(|life| life.exchanges(0, NetworkId::default()));
        let here: Vec<Exchange> = here.collect();
        let there = there.iter().flat_map(|life| life.exchanges(100, marked(mark)));
        let there = there.map(|exchange| exchange.later(later));
        let first = here.len();
        let both = numbered(here.into_iter().chain(there).collect());
        let play = |exchanges: &[Exchange]| told(&play_in_networks(exchanges, &[conclusion]).messages);
        let (here, there) = both.split_at(first);
        let mut apart = play(here);
        apart.extend(play(there));
        apart.sort();
        prop_assert_eq!(play(&both), apart);
    }
}

/// A phone of a network whose addresses another one has too, seen before and behind the NAT of its operator.
#[test]
fn both_sides_of_a_nat_are_hops_though_the_inner_side_is_a_network_of_its_own() {
    let mark = NetworkMark::Labels(Labels(7));
    let outer_server = Endpoint::new(MMSC.address, 80);
    let life = happy_life(0.0, 1, 2, "a");
    let both = life.iter().flat_map(|exchange| {
        let outside = Endpoint::new(phone(200 + exchange.phone_octet()).address, 50_000);
        let outer = exchange.behind_nat(outside, outer_server);
        [exchange.clone().in_network(marked(mark)), outer]
    });
    let played = play_in_networks(
        &numbered(both.collect()),
        &[NetworkConclusion { mark, network: 1 }],
    );
    let message = only(played);
    assert_eq!(
        (message.state, message.outcome),
        (State::Reported, Outcome::Success)
    );
    assert_eq!(
        message.submission.map(|submission| submission.hops.len()),
        Some(1)
    );
    let delivery = &message.deliveries[0];
    let legs = (
        &delivery.notifications,
        &delivery.retrievals,
        &delivery.acknowledgements,
    );
    assert_eq!((legs.0.len(), legs.1.len(), legs.2.len()), (1, 1, 1));
}
