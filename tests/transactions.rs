//! From a capture to the transactions with the systems around an MMSC: what was asked, in which frame, and in which it was
//! answered with which status.
//!
//! `testdata/surroundings/transactions.txt` says what the makers of the captures put into them.
#![expect(clippy::unwrap_used, reason = "a test that cannot do its part must stop")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use mmsmate::{
    TransactionEvent,
    internals::{
        capture::{Captures, find_inputs},
        pipeline::{self, Limits, Observer},
    },
    surroundings::{TransactionId, TransactionProtocol, TransactionSubject},
};

/// The protocols that are compared.
const PROTOCOLS: &[TransactionProtocol] = &[
    TransactionProtocol::Radius,
    TransactionProtocol::Gtp,
    TransactionProtocol::Gtpv2,
    TransactionProtocol::Diameter,
];

/// Transactions that are read and concern nobody's session or message, so that nothing is told of them.
const NOT_OURS: &[&str] = &["other-traffic-is-not-ours.pcapng radius access 22 23 3"];

#[derive(Default)]
struct Seen {
    subject: Option<TransactionSubject>,
    request: Option<u64>,
    response: Option<u64>,
    status: Option<u32>,
}

#[derive(Default)]
struct Transactions(BTreeMap<TransactionId, Seen>);

impl Observer for Transactions {
    fn transaction(&mut self, event: &TransactionEvent<'_>) {
        match event {
            TransactionEvent::Request(request) => {
                let seen = self.0.entry(request.transaction).or_default();
                assert!(seen.request.is_none(), "told once");
                seen.subject = Some(request.subject);
                seen.request = Some(request.extent.last.frame.0);
            }
            TransactionEvent::Answer(answer) => {
                let seen = self.0.entry(answer.transaction).or_default();
                assert!(seen.response.is_none(), "told once");
                seen.subject = seen.subject.or(answer.subject);
                seen.response = Some(answer.extent.last.frame.0);
                seen.status = answer.status.code();
            }
            TransactionEvent::NoAnswer(_) => {}
        }
    }
}

fn shown(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

/// The transactions of a capture, one line each.
fn transactions(file: &Path) -> BTreeSet<String> {
    let name = file.file_name().unwrap().to_string_lossy();
    let (captures, problems) = Captures::open(find_inputs([file.to_owned()], false).inputs);
    assert!(problems.is_empty(), "{problems:?}");
    let mut seen = Transactions::default();
    pipeline::run(captures, &Limits::default(), &mut seen);
    let ours = seen.0.values().filter_map(|seen| {
        let operation = seen.subject?.operation;
        let places = [shown(seen.request), shown(seen.response), shown(seen.status)].join(" ");
        let protocol = operation.protocol();
        let is_compared = PROTOCOLS.contains(&protocol);
        is_compared.then(|| format!("{name} {} {} {places}", protocol.name(), operation.name()))
    });
    ours.collect()
}

/// Where the answer was not captured, its status is not known, whatever it was.
fn as_captured(line: &str) -> String {
    match line.rsplitn(3, ' ').collect::<Vec<_>>().as_slice() {
        [_, "-", rest] => format!("{rest} - -"),
        _ => line.to_owned(),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/surroundings")
}

#[test]
fn every_transaction_is_told_with_its_frames_and_its_status() {
    let text = fs::read_to_string(folder().join("transactions.txt")).unwrap();
    let is_compared = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let protocol = words.next().unwrap();
        words.next() != Some("other") && PROTOCOLS.iter().any(|known| known.name() == protocol)
    };
    let ours = text
        .lines()
        .filter(|line| is_compared(line) && !NOT_OURS.contains(line));
    let expected: BTreeSet<String> = ours.map(as_captured).collect();
    let mut captures: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    captures.sort();
    let found: BTreeSet<String> = captures
        .iter()
        .flat_map(|capture| transactions(capture))
        .collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:#?}, extra {extra:#?}"
    );
}
