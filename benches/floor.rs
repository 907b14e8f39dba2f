//! What the packages that everything stands on cost alone: pcap-parser's records and etherparse's lax slices, in a
//! bare loop, beside the whole analysis over the same capture. `cargo bench --bench floor -- FILE` takes a capture
//! of one's own in place of the generated one.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot run must stop"
)]

mod traffic;

use std::{
    fs::File,
    hint::black_box,
    path::{Path, PathBuf},
};

use etherparse::LaxSlicedPacket;
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader, traits::PcapNGPacketBlock as _};

use traffic::{Traffic, clock::shortest, stages};

/// Octets of the file in memory at a time.
const BUFFER: usize = 1 << 20;

/// Slices every packet of the capture; how many had a transport header.
fn bare(path: &Path) -> u64 {
    let file = File::open(path).expect("the capture");
    let mut reader = create_reader(BUFFER, file).expect("a capture");
    let mut transports = 0;
    let mut slice = |octets: &[u8]| {
        let sliced = LaxSlicedPacket::from_ethernet(octets).ok();
        transports += u64::from(sliced.is_some_and(|sliced| black_box(&sliced).transport.is_some()));
    };
    loop {
        match reader.next() {
            Ok((length, block)) => {
                match block {
                    PcapBlockOwned::Legacy(record) => slice(record.data),
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => slice(packet.packet_data()),
                    _ => {}
                }
                reader.consume(length);
            }
            Err(PcapError::Eof) => return transports,
            Err(PcapError::Incomplete(_)) => reader.refill().expect("more of the capture"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads a capture as far as a stage and counts what comes out of it.
type Stage = fn(&Path) -> u64;

fn main() {
    let given = std::env::args_os().skip(1).map(PathBuf::from);
    let given = given.rev().find(|path| path.is_file());
    let generated = given
        .is_none()
        .then(|| Traffic::mixed(60, 30_000, 2_000_000).file());
    let path = given
        .as_deref()
        .or(generated.as_ref().map(|file| file.path()))
        .expect("one of the two");
    let octets = path.metadata().expect("the capture").len() as f64;
    let rounds = 5;
    let floor = shortest(rounds, || {
        black_box(bare(path));
    });
    let rate = |seconds: f64| octets / seconds / 1e9;
    println!(
        "{:.0} MB, shortest of {rounds} runs, processor time",
        octets / 1e6
    );
    println!(
        "bare loop       {:8.3} s  {:6.2} GB/s",
        floor.as_secs_f64(),
        rate(floor.as_secs_f64())
    );
    let stages: [(&str, Stage); 7] = [
        ("capture", stages::capture),
        ("+ net", stages::net),
        ("+ flow", stages::flow),
        ("session", stages::session),
        ("+ decoding", stages::decoded),
        ("+ digests", stages::digested),
        ("whole", stages::whole),
    ];
    for (name, stage) in stages {
        let time = shortest(rounds, || {
            black_box(stage(path));
        });
        println!(
            "{name:15} {:8.3} s  {:6.2} GB/s  {:5.1} % of the bare loop",
            time.as_secs_f64(),
            rate(time.as_secs_f64()),
            100.0 * floor.as_secs_f64() / time.as_secs_f64()
        );
    }
}
