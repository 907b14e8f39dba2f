//! What packets of the systems around an MMSC cost in captures that hold no message, beside the same packets with an octet
//! changed so that nothing reads them. The whole program runs, with JSON lines into nothing.
//!
//! `cargo bench --bench surroundings -- --write FOLDER` writes the captures instead, a million packets each.
#![expect(clippy::expect_used, reason = "a bench that cannot run must stop")]

mod traffic;

use std::{ffi::OsString, fs, path::Path, time::Duration};

use traffic::{
    Traffic,
    clock::shortest,
    operator::{Asked, Form},
};

/// Runs of which the shortest counts.
const ROUNDS: usize = 5;
/// Packets of a capture that is measured here, and of one that is written.
const MEASURED: usize = 200_000;
const WRITTEN: usize = 1_000_000;

fn run(capture: &Path) -> Duration {
    let fixed = ["mmsmate", "messages", "--format", "jsonl", "-o", "/dev/null"];
    let arguments: Vec<OsString> = fixed.iter().map(OsString::from).chain([capture.into()]).collect();
    shortest(ROUNDS, || {
        mmsmate::run(arguments.clone());
    })
}

fn measure(asked: Asked) {
    let [known, disguised] = [Form::Known, Form::Disguised].map(|form| {
        let file = Traffic::of_operator(asked, MEASURED, form).file();
        run(file.path()).as_secs_f64()
    });
    let a_packet = |seconds: f64| seconds * 1e9 / MEASURED as f64;
    println!(
        "{:18} {:4.0} ns a packet, unread {:4.0} ns, {:.2} times",
        asked.name(),
        a_packet(known),
        a_packet(disguised),
        known / disguised
    );
}

fn write(asked: Asked, folder: &Path) {
    for (form, suffix) in [(Form::Known, "read"), (Form::Disguised, "unread")] {
        let name = format!("{asked:?}-{suffix}.pcap").to_lowercase();
        let traffic = Traffic::of_operator(asked, WRITTEN, form);
        fs::write(folder.join(name), traffic.octets()).expect("room for the capture");
    }
}

fn main() {
    let mut arguments = std::env::args_os().skip_while(|argument| argument != "--write");
    let folder = arguments.nth(1);
    for asked in Asked::ALL {
        match &folder {
            Some(folder) => write(asked, Path::new(folder)),
            None => measure(asked),
        }
    }
}
