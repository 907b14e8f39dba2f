//! The order of files, the order of packets within reordering and the clocks of probes play no part in a verdict:
//! captures of real software, cut into files, with packets swapped, and with the short messages on a probe of its own
//! whose clock is wrong.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::records::{Capture, RECORD_HEADER, number};
use crate::support::{document, every_capture, run, testdata};

/// Seconds and microseconds of a record.
fn time(record: &[u8]) -> (u32, u32) {
    (number(&record[0..4]), number(&record[4..8]))
}

/// A record so many seconds later.
pub(crate) fn later(record: &[u8], seconds: u32) -> Vec<u8> {
    let mut record = record.to_vec();
    let moved = number(&record[0..4]) + seconds;
    record[0..4].copy_from_slice(&moved.to_le_bytes());
    record
}

/// Whether a record is of the connection to the SMS centre (Ethernet, IPv4 without options, TCP).
fn is_smpp(record: &[u8]) -> bool {
    let ports = &record[RECORD_HEADER + 34..RECORD_HEADER + 38];
    [&ports[..2], &ports[2..]].contains(&2775u16.to_be_bytes().as_slice())
}

/// What must not change: verdicts, and of each delivery how many legs of each kind there are.
pub(crate) fn verdicts(files: &[PathBuf]) -> Vec<Value> {
    let document = document(files).unwrap();
    let legs = [
        "notifications",
        "retrievals",
        "acknowledgements",
        "delivery_reports",
        "read_reports",
    ];
    let delivery = |delivery: &Value| {
        let count = |leg: &&str| delivery[*leg].as_array().unwrap().len();
        let counts: Vec<usize> = legs.iter().map(count).collect();
        json!([delivery["recipient"], delivery["state"], counts])
    };
    let message = |message: &Value| {
        let deliveries: Vec<Value> = message["deliveries"]
            .as_array()
            .unwrap()
            .iter()
            .map(delivery)
            .collect();
        let kind = |failure: &Value| failure["kind"].to_string();
        let mut failures: Vec<_> = message["failures"].as_array().unwrap().iter().map(kind).collect();
        failures.sort();
        json!([
            message["message_id"],
            message["from"],
            message["to"],
            message["outcome"],
            message["state"],
            deliveries,
            failures
        ])
    };
    let mut all: Vec<Value> = document["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(message)
        .collect();
    all.sort_by_key(Value::to_string);
    all
}

#[test]
fn order_and_clocks_play_no_part() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "a1_happy_smpp.pcap",
        "b_deferred.pcap",
        "h_notif_repeated.pcap",
        "l_multi_recipients.pcap",
        "v4_mm4_mbuni_vectorcore.pcap",
    ] {
        let path = testdata().join("captures").join(name);
        let capture = Capture::read(&path).unwrap();
        let whole = verdicts(&[path]);
        let records = &capture.records;

        let third = records.len() / 3;
        let pieces = [
            &records[2 * third..],
            &records[..third],
            &records[third..2 * third],
        ];
        let files: Vec<_> = pieces
            .iter()
            .zip(["c", "a", "b"])
            .map(|(piece, file)| capture.write(&folder, file, piece))
            .collect();
        assert_eq!(
            verdicts(&files),
            whole,
            "{name} in three files, the last one first"
        );

        let mut swapped = records.clone();
        for at in (1..swapped.len()).step_by(3) {
            let ((before, fraction), (after, next)) = (time(&swapped[at - 1]), time(&swapped[at]));
            if before == after && next - fraction < 1000 {
                swapped.swap(at - 1, at);
            }
        }
        assert_ne!(&swapped, records);
        let file = capture.write(&folder, "swapped", &swapped);
        assert_eq!(verdicts(&[file]), whole, "{name} with neighbours swapped");

        let (short, rest): (Vec<_>, Vec<_>) = records.iter().cloned().partition(|record| is_smpp(record));
        let short: Vec<_> = short.iter().map(|record| later(record, 50)).collect();
        let files = [
            capture.write(&folder, "smpp", &short),
            capture.write(&folder, "rest", &rest),
        ];
        assert_eq!(
            verdicts(&files),
            whole,
            "{name} with a probe of its own for SMPP, 50 s ahead"
        );
    }
}

/// Each run of the program hashes with other seeds.
#[test]
fn nothing_that_is_printed_follows_the_seed_of_a_hash() {
    for files in every_capture() {
        let printed = || run(&["messages", "--format", "json"], &files).1;
        let first = printed();
        for _ in 0..3 {
            assert!(printed() == first, "{files:?}");
        }
    }
}
