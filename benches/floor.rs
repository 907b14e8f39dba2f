//! What the packages that everything stands on cost alone: pcap-parser's records and etherparse's lax slices, in a
//! bare loop, beside the whole analysis over the same capture. `cargo bench --bench floor -- FILE` takes a capture
//! of one's own in place of the generated one; `FILE STAGE` runs that stage alone, for a profiler.
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
    time::Duration,
};

use etherparse::LaxSlicedPacket;
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader, traits::PcapNGPacketBlock as _};

use traffic::{Traffic, clock::shortest, stages};

/// Octets of the file in memory at a time.
const BUFFER: usize = 1 << 20;

/// Runs of each stage.
const ROUNDS: usize = 9;

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
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if let Some(path) = given.iter().find(|path| path.is_file()) {
        let only = given.iter().filter_map(|name| name.to_str());
        return compare("given", path, &only.collect::<Vec<_>>());
    }
    for (name, messages, photo, background) in GENERATED {
        let file = Traffic::mixed(messages, photo, background).file();
        compare(name, file.path(), &[]);
    }
}

/// What is measured where no capture is given: messages with a photo of so many octets, and for each of them so many
/// octets of other traffic.
const GENERATED: [(&str, usize, usize, usize); 2] = [
    ("mixed", 60, 30_000, 2_000_000),
    ("messages only", 600, 100_000, 0),
];

/// All stages, by name.
const STAGES: [(&str, Stage); 8] = [
    ("bare loop", bare),
    ("capture", stages::capture),
    ("+ net", stages::net),
    ("+ flow", stages::flow),
    ("session", stages::session),
    ("+ decoding", stages::decoded),
    ("+ digests", stages::digested),
    ("whole", stages::whole),
];

/// Measures and prints each stage over one capture, or those of these names where one is among them.
fn compare(name: &str, path: &Path, only: &[&str]) {
    let octets = path.metadata().expect("the capture").len() as f64;
    let all = !STAGES.iter().any(|(stage, _)| only.contains(stage));
    let wanted = STAGES.iter().filter(|(stage, _)| all || only.contains(stage));
    let mut stages: Vec<(&str, Stage, Duration)> =
        wanted.map(|(stage, run)| (*stage, *run, Duration::MAX)).collect();
    // All in turn, so that what else the machine does in the meantime costs each of them as much.
    for _ in 0..ROUNDS {
        for (_, stage, least) in &mut stages {
            let time = shortest(1, || {
                black_box(stage(path));
            });
            *least = time.min(*least);
        }
    }
    println!(
        "{name}, {:.0} MB, shortest of {ROUNDS} runs, processor time",
        octets / 1e6
    );
    let Some(&(first, _, floor)) = stages.first() else {
        return;
    };
    for (name, _, least) in stages {
        let time = least.as_secs_f64();
        println!(
            "{name:15} {time:8.3} s  {:6.2} GB/s  {:5.1} % of {first}",
            octets / time / 1e9,
            100.0 * floor.as_secs_f64() / time
        );
    }
}
