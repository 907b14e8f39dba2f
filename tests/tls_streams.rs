//! TLS and HTTP/2 as a network and a probe leave them: the TCP segments of real captures are cut anew, come in another order,
//! come twice, and are lost. Nothing is told that was not sent, what is whole is told as it was, and what was not captured makes
//! nothing a failure.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot do its part must stop"
)]

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::Cursor,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use etherparse::PacketBuilder;
use mmsmate::internals::{
    capture::{Captures, Input},
    mms::Pdu,
    net::{Decapsulator, Transport},
    pipeline::Observer,
    session::{Body, BodyEnd, CarrierEvent},
};
use mmsmate::{KeySources, Message, Options, analyze_with_keys};
use proptest::prelude::*;
use proptest::sample::Index;

/// Captures of each version, cipher mode and carrier.
const SAMPLES: [&str; 12] = [
    "t01_tls12_aes128_gcm",
    "t03_tls12_chacha20",
    "t04_tls12_cbc_etm",
    "t08_tls13_aes128_gcm",
    "t11_tls12_resumption",
    "t12_tls13_resumption_0rtt",
    "t13_tls13_keyupdate",
    "t21_smtp_starttls",
    "t23_connect_proxy",
    "t24_h2c_prior_knowledge",
    "t25_h2_many_streams",
    "t27_h2_reset_goaway",
];

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tls")
}

/// A TCP segment, with what of it can be made anew.
#[derive(Clone, Debug)]
struct Segment {
    ends: [(Ipv4Addr, u16); 2],
    sequence: u32,
    acknowledgement: Option<u32>,
    window: u16,
    syn: bool,
    fin: bool,
    rst: bool,
    payload: Vec<u8>,
}

impl Segment {
    fn is_same_direction(&self, other: &Self) -> bool {
        self.ends == other.ends
    }

    fn is_same_connection(&self, other: &Self) -> bool {
        let [source, destination] = other.ends;
        self.is_same_direction(other) || self.ends == [destination, source]
    }

    /// Whether it may come before or behind others of its direction.
    fn is_plain(&self) -> bool {
        !(self.payload.is_empty() || self.syn || self.fin || self.rst)
    }

    fn frame(&self) -> Vec<u8> {
        let [(source, port), (destination, other)] = self.ends;
        let mut step = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(source.octets(), destination.octets(), 64)
            .tcp(port, other, self.sequence, self.window);
        if let Some(number) = self.acknowledgement {
            step = step.ack(number);
        }
        step = if self.syn { step.syn() } else { step };
        step = if self.fin { step.fin() } else { step };
        step = if self.rst { step.rst() } else { step };
        let mut frame = Vec::new();
        step.write(&mut frame, &self.payload).unwrap();
        frame
    }
}

/// A frame of a capture.
#[derive(Clone, Debug)]
enum What {
    Segment(Segment),
    Other(Vec<u8>),
}

#[derive(Clone, Debug)]
struct Record {
    /// In nanoseconds.
    time: i64,
    what: What,
}

impl Record {
    const fn segment(&self) -> Option<&Segment> {
        match &self.what {
            What::Segment(segment) => Some(segment),
            What::Other(_) => None,
        }
    }

    fn is_plain(&self) -> bool {
        self.segment().is_some_and(Segment::is_plain)
    }
}

fn records(name: &str) -> Vec<Record> {
    let path = testdata().join(name).with_extension("pcap");
    let (mut captures, problems) = Captures::open([Input::File(path)]);
    assert!(problems.is_empty(), "{problems:?}");
    let (mut net, mut records) = (Decapsulator::new(), Vec::new());
    while let Some(frame) = captures.next() {
        let mut what = What::Other(frame.data.to_vec());
        net.push(&frame, |packet| {
            if let (Transport::Tcp(tcp), IpAddr::V4(source), IpAddr::V4(destination)) =
                (&packet.transport, packet.source, packet.destination)
            {
                what = What::Segment(Segment {
                    ends: [(source, tcp.source_port), (destination, tcp.destination_port)],
                    sequence: tcp.sequence,
                    acknowledgement: tcp.acknowledgement,
                    window: tcp.window,
                    syn: tcp.flags.syn,
                    fin: tcp.flags.fin,
                    rst: tcp.flags.rst,
                    payload: tcp.payload.to_vec(),
                });
            }
        });
        let time = frame.at.time.nanoseconds();
        records.push(Record { time, what });
    }
    records
}

/// The segments in pieces of these sizes, in turn.
fn cut(records: &[Record], sizes: &[usize]) -> Vec<Record> {
    let mut sizes = sizes.iter().cycle();
    let mut pieces = Vec::new();
    for record in records {
        let What::Segment(segment) = &record.what else {
            pieces.push(record.clone());
            continue;
        };
        let (mut rest, mut sequence) = (segment.payload.as_slice(), segment.sequence);
        loop {
            let (payload, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            let is_last = after.is_empty();
            pieces.push(Record {
                time: record.time,
                what: What::Segment(Segment {
                    sequence,
                    fin: segment.fin && is_last,
                    rst: segment.rst && is_last,
                    payload: payload.to_vec(),
                    ..segment.clone()
                }),
            });
            if is_last {
                break;
            }
            sequence = sequence.wrapping_add(u32::try_from(payload.len()).unwrap());
            rest = after;
        }
    }
    pieces
}

/// A segment comes behind so many others of its direction, as far as its peer has not answered in between.
fn delay(records: &mut Vec<Record>, index: Index, places: usize) {
    let at = index.index(records.len());
    let Some(delayed) = records
        .get(at)
        .and_then(Record::segment)
        .filter(|it| it.is_plain())
    else {
        return;
    };
    let behind = records.iter().enumerate().skip(at + 1);
    let of_connection = behind.filter_map(|(place, record)| Some((place, record.segment()?)));
    let place = of_connection
        .filter(|(_, segment)| segment.is_same_connection(delayed))
        .take_while(|(_, segment)| segment.is_same_direction(delayed) && segment.is_plain())
        .take(places)
        .last();
    if let Some((place, _)) = place {
        let mut record = records.remove(at);
        record.time = records[place - 1].time;
        records.insert(place, record);
    }
}

/// A segment comes once more, a few frames later.
fn repeat(records: &mut Vec<Record>, index: Index, later: usize) {
    let at = index.index(records.len());
    if records[at].is_plain() {
        let place = (at + later).min(records.len());
        let mut record = records[at].clone();
        record.time = records[place - 1].time;
        records.insert(place, record);
    }
}

fn capture(records: &[Record]) -> Vec<u8> {
    // Microseconds would do as well; these are nanoseconds, on Ethernet.
    let mut octets = b"\x4d\x3c\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for record in records {
        let frame = match &record.what {
            What::Segment(segment) => segment.frame(),
            What::Other(frame) => frame.clone(),
        };
        let length = u32::try_from(frame.len()).unwrap();
        let (seconds, nanoseconds) = (record.time / 1_000_000_000, record.time % 1_000_000_000);
        for field in [
            u32::try_from(seconds).unwrap(),
            u32::try_from(nanoseconds).unwrap(),
            length,
            length,
        ] {
            octets.extend(field.to_le_bytes());
        }
        octets.extend(frame);
    }
    octets
}

/// The PDUs that were told whole: who sent which octets on which stream.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn pdu(&mut self, carrier: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        let (source, stream, body): (_, _, &Body<'_>) = match carrier {
            CarrierEvent::Request(request) => (request.source, request.stream, &request.body),
            CarrierEvent::Response(response) => (response.source, response.stream, &response.body),
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return,
        };
        if body.end == BodyEnd::Whole {
            let mut digest = DefaultHasher::new();
            body.bytes.hash(&mut digest);
            let (length, digest) = (body.bytes.len(), digest.finish());
            let pdu = pdu.pdu_type();
            self.0
                .push(format!("{source:?} {stream:?} {pdu:?} {length} {digest:016x}"));
        }
    }
}

/// What is told of a capture: the whole PDUs, in an order of their own, and the messages.
fn told(name: &str, records: &[Record]) -> (Vec<String>, Vec<Message>) {
    let captures = Captures::read(name, Box::new(Cursor::new(capture(records)))).unwrap();
    let mut keys = KeySources::default();
    let log = testdata().join(name).with_extension("keylog");
    if fs::exists(&log).unwrap() {
        assert!(keys.add_log(&log).unwrap().is_none());
    }
    let mut pdus = Told::default();
    let analysis = analyze_with_keys(captures, &Options::default(), keys, &mut pdus);
    pdus.0.sort();
    (pdus.0, analysis.messages)
}

/// How each message ended.
fn verdicts(messages: &[Message]) -> Vec<String> {
    let verdict = |message: &Message| {
        let Message {
            outcome,
            state,
            evidence,
            ..
        } = message;
        let failures: Vec<_> = message.failures.iter().map(|failure| failure.kind).collect();
        format!("{outcome:?} {state:?} {evidence:?} {failures:?}")
    };
    messages.iter().map(verdict).collect()
}

fn failures(messages: &[Message]) -> BTreeSet<String> {
    let failures = messages.iter().flat_map(|message| &message.failures);
    failures.map(|failure| format!("{:?}", failure.kind)).collect()
}

#[test]
fn segments_that_are_made_anew_say_what_the_capture_says() {
    for name in SAMPLES {
        let records = records(name);
        let (pdus, messages) = told(name, &records);
        assert!(pdus.len() >= 4 && !messages.is_empty(), "{name}: {pdus:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_reordered_and_repeated_segments_tell_the_same(
        sample in 0..SAMPLES.len(),
        sizes in prop::collection::vec(20_usize..1_400, 1..12),
        delays in prop::collection::vec((any::<Index>(), 1_usize..6), 0..40),
        repeats in prop::collection::vec((any::<Index>(), 1_usize..20), 0..8),
    ) {
        let name = SAMPLES[sample];
        let whole = records(name);
        let mut pieces = cut(&whole, &sizes);
        for (index, places) in delays {
            delay(&mut pieces, index, places);
        }
        for (index, later) in repeats {
            repeat(&mut pieces, index, later);
        }
        let ((expected, of_whole), (found, of_pieces)) = (told(name, &whole), told(name, &pieces));
        prop_assert_eq!(found, expected);
        prop_assert_eq!(verdicts(&of_pieces), verdicts(&of_whole));
    }

    #[test]
    fn lost_segments_make_no_other_pdu_and_no_failure(
        sample in 0..SAMPLES.len(),
        sizes in prop::collection::vec(60_usize..1_400, 1..12),
        delays in prop::collection::vec((any::<Index>(), 1_usize..6), 0..10),
        lost in prop::collection::vec(any::<Index>(), 1..8),
    ) {
        let name = SAMPLES[sample];
        let whole = records(name);
        let mut pieces = cut(&whole, &sizes);
        for (index, places) in delays {
            delay(&mut pieces, index, places);
        }
        for index in lost {
            let at = index.index(pieces.len());
            if pieces[at].is_plain() {
                pieces.remove(at);
            }
        }
        let ((sent, of_whole), (found, of_pieces)) = (told(name, &whole), told(name, &pieces));
        for pdu in found {
            prop_assert!(sent.contains(&pdu), "{}: {pdu} was not sent: {sent:?}", name);
        }
        let (before, after) = (failures(&of_whole), failures(&of_pieces));
        prop_assert!(after.is_subset(&before), "{}: {after:?}, before {before:?}", name);
    }
}
