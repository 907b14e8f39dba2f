//! Input made to cost more than it weighs: each test is large enough that a cost beyond linear would run into the
//! watchdog by far, and small enough to be over in seconds without one.
#![expect(clippy::unwrap_used, reason = "a test that cannot do its part must stop")]

#[path = "mutate/panics.rs"]
mod panics;
#[path = "attacks/surroundings.rs"]
mod surroundings;

use std::{
    io::Write,
    sync::{Once, mpsc},
    thread,
    time::Duration,
};

use mmsmate::fuzz::{self, Script};
use mmsmate::internals::{
    flow::{ConnectionInfo, FlowTable, Limits, SessionState, StreamEvent},
    model::{AnomalyKind, FrameNumber, FrameRef, NetworkId, Timestamp},
    net::{Packet, Transport, UdpDatagram},
    session::{Component, Operation, TcapMessage, TransferMessage, UnitData},
};

/// Longer than any of these takes on a busy machine, by far shorter than the square of their sizes would.
const WATCHDOG: Duration = Duration::from_secs(300);

fn watched(attack: impl FnOnce() + Send + 'static) {
    static COUNTING: Once = Once::new();
    COUNTING.call_once(panics::count);
    let (done, wait) = mpsc::channel();
    let attack = thread::spawn(move || {
        attack();
        done.send(()).unwrap();
    });
    let outcome = wait.recv_timeout(WATCHDOG);
    assert_ne!(
        outcome,
        Err(mpsc::RecvTimeoutError::Timeout),
        "this costs more than it may"
    );
    attack.join().unwrap();
    assert_eq!(panics::seen(), 0, "panics, caught or not, here or beside");
}

/// The octets as one direction of a connection, in segments of this length.
fn in_segments(octets: &[u8], length: usize) -> Vec<u8> {
    let mut script = Vec::new();
    for segment in octets.chunks(length) {
        Script::append(&mut script, 0, segment);
    }
    script
}

#[test]
fn heads_and_chunks_octet_by_octet() {
    watched(|| {
        let chunks = b"1\r\nx\r\n".repeat(50_000);
        let post = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/vnd.wap.mms-message\r\n\r\n";
        fuzz::stream(&in_segments(&[&post[..], &chunks].concat(), 1));
        let head = [&b"GET / HTTP/1.1\r\nX: "[..], &b"x".repeat(60_000)].concat();
        fuzz::stream(&in_segments(&head, 1));
        let sip = [&b"MESSAGE sip:+1@h SIP/2.0\r\nX: "[..], &b"x".repeat(60_000)].concat();
        fuzz::stream(&in_segments(&sip, 1));
    });
}

/// The octets coded with gzip; level 0 only wraps them.
fn gzip(plain: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// A POST of a coded MMS body.
fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nContent-Type: application/vnd.wap.mms-message\r\nContent-Encoding: {coding}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn bombs() {
    watched(|| {
        // Thirty bombs, each of which would be 100 MiB, one after the other.
        let bomb = coded("gzip", &gzip(&vec![0; 100 * 1024 * 1024], 9));
        fuzz::stream(&in_segments(&bomb.repeat(30), 60_000));
        // A bomb in a bomb.
        let twice = gzip(&gzip(&vec![0; 100 * 1024 * 1024], 9), 9);
        fuzz::stream(&in_segments(&coded("gzip, gzip", &twice), 60_000));
        // Thousands of codings of a megabyte: each would be one more walk over it.
        let stored = gzip(&vec![7; 1024 * 1024], 0);
        let codings = vec!["gzip"; 8_000].join(",");
        fuzz::stream(&in_segments(&coded(&codings, &stored).repeat(10), 60_000));
    });
}

/// The octets of a frame of HTTP/2 as a step of its script has them.
fn frame(kind: u8, flags: u8, stream: u16, payload: &[u8]) -> Vec<u8> {
    [&[kind, flags][..], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn streams_without_end_and_headers_that_stand_for_many() {
    watched(|| {
        // GET https://mmsc/, over and over: of no stream is there ever an answer.
        let get = b"\x82\x87\x84\x41\x04mmsc";
        let mut script = Vec::new();
        for number in 0..100_000_u32 {
            Script::append(
                &mut script,
                0,
                &frame(1, 5, (number % 32_768) as u16 * 2 + 1, get),
            );
        }
        fuzz::http2(&script);
        // A field of 4 kB that is added to the table, and then an index to it for each octet, in block after block.
        let field = [&[0x40, 1, b'x', 0x7f, 0x81, 0x1e][..], &[b'x'; 4000]].concat();
        let bomb = [&field[..], &[0xbe; 12_000]].concat();
        let mut script = Vec::new();
        for number in 0..1_000_u16 {
            Script::append(&mut script, 0, &frame(1, 5, number * 2 + 1, &bomb));
        }
        fuzz::http2(&script);
        // A head that goes on and on.
        let mut script = Vec::new();
        Script::append(&mut script, 0, &frame(1, 1, 1, get));
        (0..20_000).for_each(|_| Script::append(&mut script, 0, &frame(9, 0, 1, &field)));
        fuzz::http2(&script);
    });
}

#[test]
fn secrets_without_end_for_one_connection() {
    watched(|| {
        let line = |number: u32| format!("CLIENT_TRAFFIC_SECRET_0 {} {number:064x}\n", "11".repeat(32));
        let log: String = (0..60_000).map(line).collect();
        fuzz::tls(&[log.as_bytes(), &[0]].concat());
    });
}

#[test]
fn an_endless_chunked_body() {
    watched(|| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/vnd.wap.mms-message\r\n\r\n";
        let chunks = b"1\r\nx\r\n".repeat(2_000_000);
        fuzz::stream(&in_segments(&[&head[..], &chunks].concat(), 60_000));
    });
}

#[test]
fn a_flood_of_overlapping_segments() {
    watched(|| {
        let mut script = Vec::new();
        let mut sent = 0;
        for number in 0..200_000_u32 {
            let sequence = (number.wrapping_mul(7919) % 30_000) as u16 + 1_000;
            let octets = [&sequence.to_le_bytes()[..], &[0, 0], &[number as u8; 40]].concat();
            sent += octets.len() as u64;
            Script::append(&mut script, 0x80, &octets);
        }
        assert!(fuzz::segments(&script) <= sent);
    });
}

#[test]
fn parts_without_end_and_nested_without_end() {
    watched(|| {
        // A count of parts that is no use, then parts with one octet of headers and one of data.
        let parts = [&[0xb3, 0x8f, 0xff, 0x7f][..], &[1, 1, 0x83, b'x'].repeat(500_000)].concat();
        fuzz::multipart(&parts);
        // Each part is a multipart with one part, its lengths as large as can be.
        let nested = [0xb3, 0x01, 0x01, 0x8f, 0xff, 0xff, 0x7f].repeat(100_000);
        fuzz::multipart(&nested);
        let mime = b"\x1d\x0cmultipart/mixed; boundary=\"a\"\0".iter().copied();
        let mime: Vec<u8> = mime
            .chain(b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n".repeat(50_000))
            .collect();
        fuzz::multipart(&mime);
    });
}

#[test]
fn ten_thousand_parts_and_as_many_recipients() {
    watched(|| {
        // Each part with a name, as many as a PDU of 300 kB has room for, in thirty PDUs.
        let part = [&[9, 4, 8, 0x83, 0x85][..], b"part.1\0", b"data"].concat();
        let parts = [&[0xb3, 0xce, 0x10][..], &part.repeat(10_000)].concat();
        (0..30).for_each(|_| fuzz::multipart(&parts));
        let to = [&[0x97][..], b"+491700000001/TYPE=PLMN\0"].concat();
        let pdu = [&[0x8c, 0x80, 0x98, b't', 0, 0x8d, 0x92][..], &to.repeat(10_000)].concat();
        (0..30).for_each(|_| fuzz::mms_pdu(&pdu));
    });
}

#[test]
fn lengths_and_numbers_at_their_extremes() {
    watched(|| {
        let lengths: [&[u8]; 6] = [
            &[0x1f, 0x8f, 0xff, 0xff, 0xff, 0x7f],
            &[0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[0x1e],
            &[0x1f, 0x80, 0x80, 0x00],
            &[0x1f],
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ];
        for field in 0x80..=0xff_u8 {
            for length in lengths {
                let header = [&[field][..], length, b"text\0"].concat();
                fuzz::mms_pdu(&[&[0x8c, 0x80][..], &header.repeat(20)].concat());
            }
        }
        fuzz::mms_pdu(&[&[0x8c, 0x80][..], &[0x97, 0x1f].repeat(200_000)].concat());
        fuzz::mms_pdu(&[&[0x8c, 0x80][..], &b"X: ".repeat(200_000)].concat());
    });
}

#[test]
fn a_million_transactions_under_one_number() {
    watched(|| {
        let mut script = vec![1];
        for number in 0..1_000_000_u32 {
            let url = format!("http://h/{number}");
            let invoke = [
                &[0x0a, 0x00, 0x01, 0x12, 0x40, url.len() as u8][..],
                url.as_bytes(),
            ]
            .concat();
            Script::append(&mut script, 0, &invoke);
        }
        fuzz::datagrams(&script);
        // Concatenated, five in a datagram: 0x00, a length, a PDU.
        let invoke = [0x0a, 0x00, 0x01, 0x12, 0x40, 0x01, b'/'];
        let datagram = [
            &[0x00][..],
            &[&[invoke.len() as u8][..], &invoke].concat().repeat(8_000),
        ]
        .concat();
        let mut script = vec![1];
        (0..100).for_each(|_| Script::append(&mut script, 0, &datagram));
        fuzz::datagrams(&script);
    });
}

/// A value in BER with a short length.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, content.len() as u8][..], content].concat()
}

/// mt-forwardSM with the first of two parts of a push, in a dialogue that begins or goes on: BER, SCCP, M3UA.
fn forwarded(transaction: u32, id: u8, reference: u8) -> Vec<u8> {
    let header = [
        0x0b, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0x00, 0x03, reference, 2, 1,
    ];
    let start = b"\x44\x0b\x91\x51\x55\x10\x00\x00\xf3\x00\x04\x62\x11\x02\x71\x65\x13\x00\x10";
    let tpdu = value(0x04, &[&start[..], &header, &[1, 6, 3, 0xbe]].concat());
    let imsi = value(0x80, &[0x62, 0x02, 0x11, 0x32, 0x54, 0x76, 0x98, 0xf0]);
    let argument = value(0x30, &[imsi, value(0x84, &[0x91, 0x94]), tpdu].concat());
    let invoke = value(0xa1, &[value(0x02, &[id]), value(0x02, &[44]), argument].concat());
    let ids = [value(0x48, &transaction.to_be_bytes()), value(0x49, &[1])].concat();
    let message = value(0x65, &[ids, value(0x6c, &invoke)].concat());
    let addresses = [4, 0x43, 1, 0, 8, 4, 0x43, 2, 0, 8];
    let sccp = [
        &[0x09, 0, 3, 7, 11][..],
        &addresses,
        &[message.len() as u8],
        &message,
    ]
    .concat();
    let label = [0, 0, 0, 2, 0, 0, 0, 1, 3, 2, 0, 5];
    let length = ((4 + label.len() + sccp.len()) as u16).to_be_bytes();
    let data = [&[0x02, 0x10][..], &length, &label, &sccp].concat();
    let whole = ((8 + data.len()) as u32).to_be_bytes();
    [&[1, 0, 1, 1][..], &whole, &data].concat()
}

#[test]
fn dialogues_and_invokes_without_end() {
    let message = forwarded(1, 1, 1);
    let transfer = TransferMessage::read(&message).unwrap();
    let unit = UnitData::read(transfer.sccp).unwrap().unwrap();
    let components: Vec<_> = TcapMessage::read(unit.data).unwrap().components().collect();
    let [
        Component::Invoke {
            operation, argument, ..
        },
    ] = components.as_slice()
    else {
        panic!("{components:?}")
    };
    assert!(
        Operation::read(*operation, *argument).is_some(),
        "it gets as far as MAP"
    );
    watched(|| {
        let mut script = vec![6];
        for number in 0..100_000_u32 {
            Script::append(&mut script, 0, &forwarded(number, 1, number as u8));
        }
        fuzz::datagrams(&script);
        // All in one dialogue, under every id, and under one.
        let mut script = vec![6];
        for number in 0..100_000_u32 {
            let id = if number % 2 == 0 { 1 } else { number as u8 };
            Script::append(&mut script, 0, &forwarded(1, id, number as u8));
        }
        fuzz::datagrams(&script);
    });
}

/// A session that wants everything and keeps nothing.
#[derive(Debug, Default)]
struct Nothing;

impl SessionState for Nothing {
    fn wants_data(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        true
    }
}

#[test]
fn more_flows_than_there_is_room_for() {
    watched(|| {
        let limits = Limits {
            connections: 10_000,
            ..Limits::default()
        };
        let mut flows: FlowTable<Nothing> = FlowTable::new(limits);
        let (mut opened, mut closed) = (0_u32, 0_u32);
        let mut count = |_: &ConnectionInfo, _: &mut Nothing, event: StreamEvent<'_>| match event {
            StreamEvent::Closed { .. } => closed += 1,
            _ => opened += 1,
        };
        for number in 0..500_000_u32 {
            let at = FrameRef {
                frame: FrameNumber(u64::from(number)),
                time: Timestamp::default(),
                ..FrameRef::default()
            };
            let datagram = UdpDatagram {
                source_port: number as u16,
                destination_port: 9,
                payload: b"x",
                octets: &[],
            };
            let packet = Packet {
                at,
                first: at,
                earliest: at,
                network: NetworkId::default(),
                source: (0x0a00_0000 + (number >> 8)).to_be_bytes().into(),
                destination: [10, 255, 0, 1].into(),
                identification: Some(number),
                transport: Transport::Udp(datagram),
                missing: 0,
            };
            flows.push(&packet, &mut count);
        }
        flows.finish(&mut count);
        assert_eq!((opened, closed), (500_000, 500_000));
        assert_eq!(flows.anomalies.count(AnomalyKind::LimitReached), 490_000);
    });
}
