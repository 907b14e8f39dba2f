//! What configurations of MATE cost beside messages, over traffic that is mostly background and over messages alone; and
//! how the cost grows with the packets of one connection, and with connections of a few packets each. The whole program
//! runs, with JSON lines into nothing.
mod traffic;

use std::{ffi::OsString, path::Path, time::Duration};

use traffic::{Traffic, clock::shortest};

/// Runs of which the shortest counts.
const ROUNDS: usize = 5;
const MMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/mate/mms.mate");
const TCP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/mate/tcp.mate");

fn run(command: &[&str], capture: &Path) -> Duration {
    let fixed = ["mmsmate"].iter().chain(command);
    let fixed = fixed.chain(&["--format", "jsonl", "-o", "/dev/null"]);
    let arguments: Vec<OsString> = fixed.map(OsString::from).chain([capture.into()]).collect();
    shortest(ROUNDS, || {
        mmsmate::run(arguments.clone());
    })
}

fn against_messages(name: &str, traffic: &Traffic) {
    let file = traffic.file();
    let messages = run(&["messages"], file.path());
    println!(
        "{name}, {:.0} MB: messages {:.3} s",
        traffic.octets().len() as f64 / 1e6,
        messages.as_secs_f64()
    );
    for (name, configuration) in [("mms.mate", MMS), ("tcp.mate", TCP)] {
        let time = run(&["mate", "-c", configuration], file.path());
        println!(
            "  {name} {:.3} s, {:.2} times messages",
            time.as_secs_f64(),
            time.as_secs_f64() / messages.as_secs_f64()
        );
    }
}

/// Connections of so many octets, which are about a packet each 700.
fn connections(count: usize, octets: usize) -> Traffic {
    let mut traffic = Traffic::default();
    for _ in 0..count {
        traffic.background(octets);
    }
    traffic
}

fn a_packet(name: &str, traffic: &Traffic) {
    let file = traffic.file();
    let time = run(&["mate", "-c", TCP], file.path());
    println!(
        "{name}: {} packets, {:.0} ns each",
        traffic.frames(),
        time.as_secs_f64() * 1e9 / traffic.frames() as f64
    );
}

fn main() {
    against_messages("mixed", &Traffic::mixed(60, 30_000, 2_000_000));
    against_messages("messages only", &Traffic::mixed(600, 100_000, 0));
    a_packet("connections of 20 packets", &connections(1_000, 12_000));
    a_packet("one connection", &connections(1, 14_000_000));
}
