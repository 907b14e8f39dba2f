//! Connections made by hand, cut at any place, with holes.
//!
//! | what | test |
//! | --- | --- |
//! | RFC 8448 section 3, keys and the records of application data | `the_records_of_rfc_8448_open` |
//! | RFC 8446 section 7.2, KeyUpdate | `keys_change_as_often_as_an_end_says` |
//! | RFC 8446 section 5.1, cuts; holes | `what_is_cut_and_lost_leaves_the_rest_in_its_place` |
//! | a secret that comes late | `a_late_secret_opens_what_waits` |

mod rfc8448;

use std::io::Write;

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use proptest::prelude::*;

use super::framer::Record;
use super::layer::{Inside, LateKeys, Layered, Next, Tls, Upper};
use super::limits::Limits;
use super::protection::Keys;
use super::record::{ContentType, Head};
use super::schedule::{expand_label, next_secret};
use super::secret::Secret;
use super::suite::{DeriveHash, SuiteId};
use super::{KeySources, Outcome, TlsConnection, Unread};
use crate::flow::{
    CloseReason, ConnectionId, ConnectionInfo, SessionState, Side, StreamEvent, TransportKind,
};
use crate::model::{
    AnomalyKind, CaptureIndex, Direction, Endpoint, Extent, FrameNumber, FrameRef, NetworkId, Timestamp,
};

const UP: Direction = Direction::FromInitiator;
const DOWN: Direction = Direction::FromResponder;
const RANDOM: [u8; 32] = [0x11; 32];

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    data_encoding::HEXLOWER.decode(digits.as_bytes()).unwrap()
}

/// Secrets and records of RFC 8448 section 3.
#[test]
fn the_records_of_rfc_8448_open() {
    let secret = Secret::new(&hex(
        "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
    ));
    let key = expand_label(DeriveHash::Sha256, &secret, "key", 16);
    let iv = expand_label(DeriveHash::Sha256, &secret, "iv", 12);
    assert_eq!(key.octets(), hex("17422dda596ed5d9acd890e3c63f5051"));
    assert_eq!(iv.octets(), hex("5b78923dee08579033e523d9"));
    let record = hex(
        "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f
         2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6
         3a ee bb 21 69 49 15 e4",
    );
    let keys = Keys::of_traffic_secret(SuiteId(0x1301).read().unwrap(), &secret).unwrap();
    let head = Head::read(&record, 1 << 14).unwrap();
    let opened = keys.open(0, head, &record[5..], None).unwrap();
    assert_eq!(opened.kind, ContentType::ApplicationData);
    assert_eq!(opened.octets, (0..50).collect::<Vec<u8>>());
    assert_eq!(keys.open(1, head, &record[5..], None), None);
}

fn at(frame: u64) -> FrameRef {
    FrameRef {
        capture: CaptureIndex(0),
        frame: FrameNumber(frame),
        time: Timestamp::from_seconds(frame as i64),
    }
}

/// What came out of a connection: octets at their places in both directions.
#[derive(Debug, Default)]
struct Out {
    octets: [Vec<Option<u8>>; 2],
    ends: Vec<String>,
    /// The first and the last frame of each record of application data.
    records: Vec<[u64; 2]>,
}

impl SessionState for Out {
    fn wants_data(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        true
    }
}

impl Upper for Out {
    fn may_turn_to_tls(&self, _: Direction) -> bool {
        self.octets.iter().all(Vec::is_empty)
    }

    fn is_untouched(&self) -> bool {
        self.octets.iter().all(Vec::is_empty)
    }
}

#[derive(Default)]
struct Taker {
    out: Out,
    connections: Vec<TlsConnection>,
}

impl Next<Out> for Taker {
    fn event(&mut self, _: &mut Out, inside: Inside<'_>) {
        match inside.event {
            StreamEvent::Data { direction, bytes, .. } => {
                self.out.octets[direction.index()].extend(bytes.iter().map(|octet| Some(*octet)));
                let record = inside.tls.and_then(|tls| tls.record);
                self.out
                    .records
                    .extend(record.map(|record| [record.first.frame.0, record.last.frame.0]));
            }
            StreamEvent::Gap {
                direction, length, ..
            } => {
                self.out.octets[direction.index()].extend((0..length).map(|_| None));
            }
            StreamEvent::Finished { direction, .. } => self.out.ends.push(format!("{direction:?}")),
            StreamEvent::Closed { reason, .. } => self.out.ends.push(format!("{reason:?}")),
            StreamEvent::Datagram { .. } => {}
        }
    }

    fn hidden(&mut self, _: &TlsConnection) {}

    fn connection(&mut self, connection: &TlsConnection) {
        self.connections.push(connection.clone());
    }
}

/// One end of a connection of TLS 1.3 with TLS_AES_128_GCM_SHA256.
struct End {
    secret: Secret,
    number: u64,
}

impl End {
    fn new(octet: u8) -> Self {
        Self {
            secret: Secret::new(&[octet; 32]),
            number: 0,
        }
    }

    fn change(&mut self, octet: u8) {
        *self = Self::new(octet);
    }

    fn update(&mut self) {
        self.secret = next_secret(DeriveHash::Sha256, &self.secret);
        self.number = 0;
    }

    /// A record, sealed after RFC 8446 section 5.2.
    fn seal(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let key = expand_label(DeriveHash::Sha256, &self.secret, "key", 16);
        let iv = expand_label(DeriveHash::Sha256, &self.secret, "iv", 12);
        let mut nonce: [u8; 12] = iv.octets().try_into().unwrap();
        for (octet, more) in nonce[4..].iter_mut().zip(self.number.to_be_bytes()) {
            *octet ^= more;
        }
        let length = (content.len() + 17) as u16;
        let head = [&[23, 3, 3][..], &length.to_be_bytes()].concat();
        let message = [content, &[kind]].concat();
        let payload = Payload {
            msg: &message,
            aad: &head,
        };
        let cipher = Aes128Gcm::new_from_slice(key.octets()).unwrap();
        let sealed = cipher.encrypt(&nonce.into(), payload).unwrap();
        self.number += 1;
        [head, sealed].concat()
    }
}

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[kind][..], &length[1..], body].concat()
}

fn clear(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    [&[kind, 3, 3][..], &length, content].concat()
}

fn client_hello() -> Vec<u8> {
    let name = b"\0\0\0\x08\0\x06\0\0\x03a.b";
    let extensions = [&(name.len() as u16).to_be_bytes()[..], name].concat();
    let body = [&[3, 3][..], &RANDOM, &[0, 0, 2, 0x13, 0x01, 1, 0], &extensions].concat();
    clear(22, &message(1, &body))
}

fn server_hello() -> Vec<u8> {
    let extensions = b"\0\x06\0\x2b\0\x02\x03\x04";
    let body = [&[3, 3][..], &[0x22; 32], &[0, 0x13, 0x01, 0], extensions].concat();
    clear(22, &message(2, &body))
}

/// Handshake of both ends, up to the keys of application data: pieces of both directions in turn.
fn handshake() -> (Vec<(Direction, Vec<u8>)>, End, End) {
    let (mut client, mut server) = (End::new(1), End::new(2));
    let flight = [message(8, &[0, 0]), message(20, &[9; 32])].concat();
    let mut pieces = vec![(UP, client_hello()), (DOWN, server_hello())];
    pieces.push((DOWN, clear(20, &[1])));
    pieces.push((DOWN, server.seal(22, &flight)));
    pieces.push((UP, client.seal(22, &message(20, &[9; 32]))));
    client.change(3);
    server.change(4);
    (pieces, client, server)
}

const LABELS: [(&str, u8); 4] = [
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 2),
    ("CLIENT_TRAFFIC_SECRET_0", 3),
    ("SERVER_TRAFFIC_SECRET_0", 4),
];

fn key_log() -> String {
    let random = data_encoding::HEXLOWER.encode(&RANDOM);
    let line = |(label, octet): &(&str, u8)| {
        format!(
            "{label} {random} {}\n",
            data_encoding::HEXLOWER.encode(&[*octet; 32])
        )
    };
    LABELS.iter().map(line).collect()
}

fn sources() -> KeySources {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(key_log().as_bytes()).unwrap();
    let mut sources = KeySources::default();
    assert!(sources.add_log(file.path()).unwrap().is_none());
    sources
}

struct Bench {
    tls: Tls<Out>,
    state: Layered<Out>,
    taker: Taker,
    info: ConnectionInfo,
    frame: u64,
}

impl Bench {
    fn new(sources: KeySources, late: LateKeys) -> Self {
        let side = |port| Side {
            endpoint: Endpoint::new([10, 0, 0, 1].into(), port),
            hidden: false,
            acknowledged: false,
        };
        Self {
            tls: Tls::new(Limits::default(), sources, late),
            state: Layered::default(),
            taker: Taker::default(),
            info: ConnectionInfo {
                id: ConnectionId(1),
                network: NetworkId::default(),
                transport: TransportKind::Tcp,
                sides: [side(40_000), side(443)],
                seen_by: [None, None],
                opening_seen: true,
            },
            frame: 0,
        }
    }

    fn event(&mut self, event: StreamEvent<'_>) {
        self.tls
            .on_event(&self.info, &mut self.state, event, &mut self.taker);
    }

    fn data(&mut self, direction: Direction, bytes: &[u8]) {
        self.frame += 1;
        let at = at(self.frame);
        self.event(StreamEvent::Data { direction, bytes, at });
    }

    fn lose(&mut self, direction: Direction, length: usize) {
        self.frame += 1;
        self.event(StreamEvent::Gap {
            direction,
            length: length as u64,
            acknowledged: true,
            cut: false,
            at: at(self.frame),
        });
    }

    fn end(&mut self) {
        let at = at(self.frame + 1);
        let reason = CloseReason::Finished;
        self.event(StreamEvent::Closed { reason, at });
        self.tls.finish(&mut self.taker);
    }

    fn close(&mut self) -> &TlsConnection {
        self.end();
        self.taker.connections.last().unwrap()
    }

    fn text(&self, direction: Direction) -> String {
        let octets = self.taker.out.octets[direction.index()].iter();
        octets.map(|octet| octet.map_or('·', char::from)).collect()
    }
}

#[test]
fn keys_change_as_often_as_an_end_says() {
    let mut bench = Bench::new(sources(), LateKeys::None);
    let (pieces, mut client, mut server) = handshake();
    for (direction, octets) in pieces {
        bench.data(direction, &octets);
    }
    for word in [b"one ", b"two ", b"six "] {
        bench.data(UP, &client.seal(23, word));
        bench.data(UP, &client.seal(22, &message(24, &[0])));
        client.update();
        bench.data(DOWN, &server.seal(23, word));
    }
    bench.data(UP, &client.seal(23, b"end"));
    bench.data(UP, &client.seal(21, &[1, 0]));
    let connection = bench.close();
    assert_eq!(connection.outcome, Outcome::Read);
    assert_eq!(connection.agreement.name.as_deref(), Some("a.b"));
    assert_eq!(bench.text(UP), "one two six end");
    assert_eq!(bench.text(DOWN), "one two six ");
    assert_eq!(bench.taker.out.ends, ["FromInitiator", "Finished"]);
}

/// A connection of TLS 1.3 with early data, whose server takes it or not: what came out of the client, and what became of it.
fn with_early_data(labels: &[&str], taken: bool) -> (String, Outcome, [u64; 2]) {
    let mut early_secret = End::new(5);
    let mut lines = key_log();
    let random = data_encoding::HEXLOWER.encode(&RANDOM);
    let secret = data_encoding::HEXLOWER.encode(&[5; 32]);
    lines += &format!("CLIENT_EARLY_TRAFFIC_SECRET {random} {secret}\n");
    let lines = lines
        .lines()
        .filter(|line| labels.iter().any(|label| line.starts_with(label)));
    let log: String = lines.map(|line| line.to_owned() + "\n").collect();
    let mut bench = Bench::new(KeySources::default(), LateKeys::InBlocks);
    let Bench { tls, taker, .. } = &mut bench;
    tls.add_key_log(log.as_bytes(), taker);
    let (mut client, mut server) = (End::new(1), End::new(2));
    bench.data(UP, &early_client_hello());
    bench.data(UP, &early_secret.seal(23, b"early "));
    bench.data(DOWN, &server_hello());
    bench.data(UP, &early_secret.seal(23, b"data "));
    let extensions: &[u8] = if taken { b"\0\x04\0\x2a\0\0" } else { b"\0\0" };
    let flight = [message(8, extensions), message(20, &[9; 32])].concat();
    bench.data(DOWN, &server.seal(22, &flight));
    if taken {
        bench.data(UP, &early_secret.seal(22, &message(5, b"")));
    }
    bench.data(UP, &client.seal(22, &message(20, &[9; 32])));
    client.change(3);
    bench.data(UP, &client.seal(23, b"later"));
    let outcome = bench.close().outcome;
    let counts = [AnomalyKind::TlsRecordLost, AnomalyKind::TlsEarlyDataRejected];
    let counts = counts.map(|kind| bench.tls.anomalies.count(kind));
    (bench.text(UP), outcome, counts)
}

fn early_client_hello() -> Vec<u8> {
    let early = b"\0\x04\0\x2a\0\0";
    let body = [&[3, 3][..], &RANDOM, &[0, 0, 2, 0x13, 0x01, 1, 0], early].concat();
    clear(22, &message(1, &body))
}

#[test]
fn early_data_without_its_secret_is_a_gap_where_it_was_taken() {
    let all = ["CLIENT", "SERVER"];
    let read = ("early data later".to_owned(), Outcome::Read, [0, 0]);
    assert_eq!(with_early_data(&all, true), read);
    let rejected = ("later".to_owned(), Outcome::Read, [0, 1]);
    assert_eq!(with_early_data(&all, false), rejected);
    let without = ["CLIENT_H", "CLIENT_T", "SERVER"];
    let gap = ("···········later".to_owned(), Outcome::Partly, [1, 0]);
    assert_eq!(with_early_data(&without, true), gap);
    assert_eq!(with_early_data(&without, false), rejected);
    // Without the secrets of the handshake nobody knows whether it was taken: nothing is said to be rejected.
    let traffic = ["CLIENT_T", "SERVER_T"];
    assert_eq!(with_early_data(&traffic, true), gap);
    let (text, _, [_, said]) = with_early_data(&traffic, false);
    assert!(text.ends_with("later") && said == 0, "{text}");
}

#[test]
fn records_are_told_with_their_own_frames_and_alerts_with_their_names() {
    let mut bench = Bench::new(sources(), LateKeys::None);
    let (pieces, mut client, _) = handshake();
    for (direction, octets) in pieces {
        bench.data(direction, &octets);
    }
    let before = bench.frame;
    let [one, two] = [client.seal(23, &[b'a'; 90]), client.seal(23, b"b")];
    bench.data(UP, &one[..30]);
    bench.data(UP, &one[30..60]);
    bench.data(UP, &[&one[60..], &two].concat());
    bench.data(UP, &client.seal(21, &[2, 80]));
    let records = [[before + 1, before + 3], [before + 3, before + 3]];
    assert_eq!(bench.taker.out.records, records);
    assert_eq!(
        bench.taker.out.ends,
        ["Alert(TlsEnd { alert: 80, by_server: false })"]
    );
}

#[test]
fn a_late_secret_opens_what_waits() {
    let mut bench = Bench::new(KeySources::default(), LateKeys::InBlocks);
    let (pieces, mut client, _) = handshake();
    for (direction, octets) in pieces {
        bench.data(direction, &octets);
    }
    bench.data(UP, &client.seal(23, b"hello"));
    assert_eq!(bench.text(UP), "");
    let Bench { tls, taker, .. } = &mut bench;
    tls.add_key_log(key_log().as_bytes(), taker);
    assert_eq!(bench.text(UP), "hello");
    bench.data(UP, &client.seal(23, b" again"));
    assert_eq!(bench.close().outcome, Outcome::Read);
    assert_eq!(bench.text(UP), "hello again");
}

/// A hole with which a direction ends may hold all that the other end waits for, whatever keys were in force before it.
#[test]
fn a_hole_at_the_end_is_a_gap() {
    for records_before in [0, 1] {
        let mut bench = Bench::new(sources(), LateKeys::None);
        let (pieces, mut client, mut server) = handshake();
        for (direction, octets) in pieces {
            bench.data(direction, &octets);
        }
        bench.data(UP, &client.seal(23, b"question"));
        (0..records_before).for_each(|_| bench.data(DOWN, &server.seal(23, b"an ")));
        let lost = server.seal(23, b"answer");
        bench.lose(DOWN, lost.len());
        let at = at(bench.frame + 1);
        let direction = DOWN;
        bench.event(StreamEvent::Finished { direction, at });
        let outcome = bench.close().outcome;
        assert_eq!(
            (bench.text(DOWN), outcome),
            ("an ".repeat(records_before) + "······", Outcome::Partly)
        );
    }
}

/// Where Finished was lost, what came behind it may not be opened: it may be what the other end waits for.
#[test]
fn a_handshake_with_holes_may_hide_all_that_follows() {
    let mut bench = Bench::new(sources(), LateKeys::None);
    let (pieces, mut client, _) = handshake();
    for (direction, octets) in &pieces {
        let is_flight = *direction == DOWN && octets.len() > 60;
        match is_flight && octets.starts_with(&[23]) {
            true => {
                bench.data(DOWN, &octets[..20]);
                bench.lose(DOWN, octets.len() - 20);
            }
            false => bench.data(*direction, octets),
        }
    }
    bench.data(UP, &client.seal(23, b"question"));
    let (at, direction) = (at(bench.frame + 1), DOWN);
    bench.event(StreamEvent::Finished { direction, at });
    bench.end();
    assert_eq!(bench.text(UP), "question");
    assert!(bench.text(DOWN).starts_with('·'), "{:?}", bench.text(DOWN));
}

/// Once much waits and nothing can come, nothing waits any more: not what has waited, and not what begins then.
#[test]
fn what_waits_in_vain_is_given_up() {
    let mut bench = Bench::new(KeySources::default(), LateKeys::InBlocks);
    let (pieces, mut client, _) = handshake();
    for (direction, octets) in pieces {
        bench.data(direction, &octets);
    }
    assert!(!bench.tls.take_doubt());
    while !bench.tls.take_doubt() {
        bench.data(UP, &client.seal(23, &[b'x'; 8_000]));
        assert!(bench.frame < 1_000, "nothing is held");
    }
    bench.data(UP, &client.seal(23, &[b'x'; 8_000]));
    assert!(!bench.tls.take_doubt(), "it was asked");
    let Bench { tls, taker, .. } = &mut bench;
    tls.expect_no_keys(taker);
    tls.add_key_log(key_log().as_bytes(), taker);
    bench.data(UP, &client.seal(23, b"hello"));
    assert_eq!(bench.close().outcome, Outcome::Unread(Unread::NoKey));
    assert_eq!(bench.text(UP), "");
}

#[test]
fn without_a_secret_or_with_a_wrong_one_nothing_comes_out() {
    for (keys, outcome) in [(false, Unread::NoKey), (true, Unread::KeyDoesNotFit)] {
        let mut wrong = sources();
        if !keys {
            wrong = KeySources::default();
        }
        let mut bench = Bench::new(wrong, LateKeys::None);
        let (pieces, _, _) = handshake();
        for (direction, octets) in &pieces[..2] {
            bench.data(*direction, octets);
        }
        let mut other = End::new(9);
        bench.data(UP, &other.seal(23, b"secret"));
        bench.data(DOWN, &other.seal(23, b"secret"));
        assert_eq!(bench.close().outcome, Outcome::Unread(outcome));
        assert_eq!(bench.text(UP) + &bench.text(DOWN), "");
        let misfits = bench.tls.anomalies.count(AnomalyKind::TlsKeyDoesNotFit);
        assert_eq!(misfits, u64::from(keys));
    }
}

#[test]
fn a_head_that_says_too_much_is_none() {
    let record = [&[23, 3, 3, 0xff, 0xff][..], &[0; 40]].concat();
    assert_eq!(Head::read(&record, Limits::default().record_octets), None);
    let head = Head::read(&[23, 3, 3, 0, 1], Limits::default().record_octets).unwrap();
    let sealed: &[u8] = &[0];
    let extent = Extent::single(at(1));
    let record = Record { head, sealed, extent };
    let keys = Keys::of_traffic_secret(SuiteId(0x1301).read().unwrap(), &Secret::new(&[1; 32])).unwrap();
    assert_eq!(keys.open(0, record.head, record.sealed, None), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_cut_and_lost_leaves_the_rest_in_its_place(
        sizes in prop::collection::vec(1usize..2_000, 1..12),
        cuts in prop::collection::vec(1usize..900, 1..8),
        lost in prop::collection::vec(any::<bool>(), 40),
    ) {
        let mut bench = Bench::new(sources(), LateKeys::None);
        let (pieces, mut client, _) = handshake();
        for (direction, octets) in pieces {
            bench.data(direction, &octets);
        }
        let mut sent = Vec::new();
        let mut wire = Vec::new();
        for (number, size) in sizes.iter().enumerate() {
            let content: Vec<u8> = (0..*size).map(|place| (place + number) as u8).collect();
            wire.extend(client.seal(23, &content));
            sent.extend(content);
        }
        let mut rest = wire.as_slice();
        let mut segments = Vec::new();
        for cut in cuts.iter().cycle() {
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            segments.push(piece);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        let mut any_lost = false;
        let last = segments.len() - 1;
        for (number, segment) in segments.iter().enumerate() {
            // Of what lies behind the last record that is found nothing can be known.
            if number < last && lost.get(number) == Some(&true) && lost.get(number + 1) == Some(&false) {
                any_lost = true;
                bench.lose(UP, segment.len());
            } else {
                bench.data(UP, segment);
            }
        }
        let outcome = bench.close().outcome;
        let out = &bench.taker.out.octets[0];
        // A hole with which it ends counts with the heads and tags of all but one of the records in it.
        prop_assert!(out.len() <= wire.len());
        for (place, octet) in out.iter().enumerate() {
            if let Some(octet) = octet {
                prop_assert_eq!(*octet, sent[place], "at {}", place);
            }
        }
        if !any_lost {
            prop_assert_eq!(out.len(), sent.len());
            prop_assert_eq!(outcome, Outcome::Read);
        }
    }

    #[test]
    fn any_octets_do(
        octets in prop::collection::vec(any::<u8>(), 0..600),
        begins in any::<bool>(),
        down in any::<bool>(),
        hole in 0usize..100,
    ) {
        let mut bench = Bench::new(sources(), LateKeys::None);
        if begins {
            bench.data(UP, &client_hello());
            bench.data(DOWN, &server_hello());
        }
        let direction = if down { DOWN } else { UP };
        bench.data(direction, &clear(23, &octets));
        bench.lose(direction, hole + 1);
        bench.data(direction, &octets);
        bench.end();
    }
}
