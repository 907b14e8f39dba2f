//! Two probes whose clocks differ: packets that both saw set them straight, and nothing else does.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::order::verdicts;
use crate::records::{Capture, number};
use crate::support::{document, for_each, printed, run, run_with_input, testdata};

/// A clock that is ahead by so many microseconds and gains so many millionths, from the first packet on.
#[derive(Clone, Copy, Debug)]
struct Clock {
    ahead: i64,
    ppm: i64,
}

const RIGHT: Clock = Clock { ahead: 0, ppm: 0 };

fn microseconds(record: &[u8]) -> i64 {
    i64::from(number(&record[0..4])) * 1_000_000 + i64::from(number(&record[4..8]))
}

/// A record by another clock, of a capture that begins then.
fn by(clock: Clock, begin: i64, record: &[u8]) -> Vec<u8> {
    let time = microseconds(record);
    let time = time + clock.ahead + (time - begin) * clock.ppm / 1_000_000;
    let mut record = record.to_vec();
    record[0..4].copy_from_slice(&u32::try_from(time / 1_000_000).unwrap().to_le_bytes());
    record[4..8].copy_from_slice(&u32::try_from(time % 1_000_000).unwrap().to_le_bytes());
    record
}

/// What two probes saw of a capture: one those packets for which `sees` says so of probe 0, the other those of probe 1, by a
/// clock of its own.
fn probes(
    folder: &tempfile::TempDir,
    capture: &Capture,
    clock: Clock,
    sees: impl Fn(usize, usize) -> bool,
) -> [PathBuf; 2] {
    let begin = microseconds(&capture.records[0]);
    let of = |probe: usize, clock: Clock| -> Vec<Vec<u8>> {
        let records = capture.records.iter().enumerate();
        let seen = records.filter(|(at, _)| sees(probe, *at));
        seen.map(|(_, record)| by(clock, begin, record)).collect()
    };
    [
        capture.write(folder, "a.pcap", &of(0, RIGHT)),
        capture.write(folder, "b.pcap", &of(1, clock)),
    ]
}

fn everything(_: usize, _: usize) -> bool {
    true
}

/// The document without what is of clocks and of the times that captures have.
fn without_times(mut document: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for name in [
                    "time", "started", "ended", "first", "last", "key", "expiry", "clock",
                ] {
                    fields.remove(name);
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(elements) => elements.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let anomalies = document["anomalies"].as_array_mut().unwrap();
    anomalies.retain(|anomaly| anomaly["kind"] != "clock_offset");
    strip(&mut document);
    document
}

fn clock_of(document: &Value, capture: usize) -> &Value {
    &document["captures"][capture]["clock"]
}

fn captures_of_wap() -> Vec<PathBuf> {
    [
        "k1_wsp_co_small",
        "k2_wsp_co_sar",
        "k5_wsp_co_sar_loss",
        "k7_wsp_co_sar_40k",
    ]
    .map(|name| testdata().join(format!("captures/{name}.pcap")))
    .into()
}

#[test]
fn fifty_milliseconds_do_not_split_messages_over_wap() {
    for path in captures_of_wap() {
        let folder = tempfile::tempdir().unwrap();
        let capture = Capture::read(&path).unwrap();
        let right = probes(&folder, &capture, RIGHT, everything);
        let expected = document(&right).unwrap();
        assert!(clock_of(&expected, 1).is_null());
        for ahead in [50_000, -50_000, 3_000_000] {
            let files = probes(&folder, &capture, Clock { ahead, ppm: 0 }, everything);
            let found = document(&files).unwrap();
            // Of the two the one that is behind begins first, and counts as right.
            let (wrong, ahead) = if ahead < 0 { (0, -ahead) } else { (1, ahead) };
            let clock = clock_of(&found, wrong);
            assert_eq!(clock["verdict"], "straight", "{path:?}");
            assert_eq!(clock["ahead_ms"], ahead as f64 / 1_000.0);
            assert_eq!(clock["shift_ms"], -ahead as f64 / 1_000.0);
            let messages = |document: &Value| document["messages"].as_array().unwrap().len();
            assert_eq!(messages(&found), messages(&expected), "{path:?}");
            // Without it the same packets were two messages, or failures that never were.
            let kinds = |document: &Value| document["summary"]["failures"].clone();
            assert_eq!(kinds(&found), kinds(&expected), "{path:?}");
            if ahead > 0 && wrong == 1 {
                assert_eq!(without_times(found), without_times(expected.clone()), "{path:?}");
            }
        }
    }
}

#[test]
fn times_are_shown_as_captured() {
    let folder = tempfile::tempdir().unwrap();
    let capture = Capture::read(&captures_of_wap()[0]).unwrap();
    // The second probe alone sees every third packet.
    let sees = |probe: usize, at: usize| probe == 1 || !at.is_multiple_of(3);
    let files = probes(
        &folder,
        &capture,
        Clock {
            ahead: 50_000,
            ppm: 0,
        },
        sees,
    );
    let of_b = Capture::read(&files[1]).unwrap();
    let found = document(&files).unwrap();
    assert_eq!(clock_of(&found, 1)["verdict"], "straight");
    let mut seen = 0;
    for message in found["messages"].as_array().unwrap() {
        for event in message["events"].as_array().unwrap() {
            if event["capture"] == 1 {
                let frame = event["frame"].as_u64().unwrap() as usize;
                let time = microseconds(&of_b.records[frame - 1]);
                let shown = event["time"].as_str().unwrap();
                assert!(
                    shown.ends_with(&format!("{:06}Z", time % 1_000_000)),
                    "{shown} {time}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 3, "{seen}");
    let pdus = printed(&["pdus", "--format", "jsonl"], &files);
    for line in pdus.lines() {
        let pdu: Value = serde_json::from_str(line).unwrap();
        let of = Capture::read(&files[pdu["capture"].as_u64().unwrap() as usize]).unwrap();
        let time = microseconds(&of.records[pdu["frame"].as_u64().unwrap() as usize - 1]);
        let shown = pdu["time"].as_str().unwrap();
        assert!(
            shown.ends_with(&format!("{:06}Z", time % 1_000_000)),
            "{shown} {time}"
        );
    }
    // The ladder's times follow each other all the same, and people are told why.
    let ladder = printed(&["ladder", "--ascii"], &files);
    let offsets = ladder.lines().filter_map(|line| {
        let offset = line.split_whitespace().nth(1)?;
        offset.strip_prefix('+')?.parse::<f64>().ok()
    });
    let offsets: Vec<f64> = offsets.collect();
    assert!(offsets.len() > 3 && offsets.is_sorted(), "{offsets:?}");
    let table = printed(&[], &files);
    assert!(
        table.contains("50 ms ahead of") && table.contains("times are shown as captured"),
        "{table}"
    );
    let captures = printed(&["captures"], &files);
    assert!(captures.contains("  clock 50 ms ahead of"), "{captures}");
}

/// Numbers that look like chance and are the same in every run.
fn dice(seed: u64, at: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at.wrapping_mul(0xd1b5_4a32_d192_ed03);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 32
}

/// Captures of the suite, of real software, and each with probes that see any packets, by any clock.
#[test]
fn lives_that_two_probes_saw_are_what_one_clock_shows() {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in ["captures", "suite"] {
        let entries = std::fs::read_dir(testdata().join(folder)).unwrap();
        paths.extend(entries.map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|end| end == "pcap"));
    let cases: Vec<(usize, PathBuf)> = paths.into_iter().enumerate().collect();
    let straight = for_each(&cases, |(seed, path)| lived(*seed as u64, path));
    let straight: Vec<&str> = straight.into_iter().flatten().collect();
    let corrected = straight.iter().filter(|verdict| **verdict == "straight").count();
    assert!(
        corrected > 40,
        "only {corrected} of {} clocks were set straight",
        straight.len()
    );
}

/// One capture seen by two probes; what became of the clock.
fn lived(seed: u64, path: &Path) -> Option<&'static str> {
    let capture = Capture::read(path).filter(|capture| capture.records.len() > 60)?;
    let folder = tempfile::tempdir().unwrap();
    // Of ten packets one is seen by the first probe alone, one by the second alone.
    let sees = |probe: usize, at: usize| dice(seed, at as u64) % 10 != probe as u64;
    let ahead = 5_000 + (dice(seed, 1 << 40) % 20_000_000) as i64;
    let ppm = match seed % 2 {
        0 => 0,
        _ => dice(seed, 1 << 41) as i64 % 80,
    };
    let right = probes(&folder, &capture, RIGHT, sees);
    let (expected, judged) = (document(&right).unwrap(), verdicts(&right));
    assert!(
        clock_of(&expected, 0).is_null() && clock_of(&expected, 1).is_null(),
        "{path:?}"
    );
    let files = probes(&folder, &capture, Clock { ahead, ppm }, sees);
    let found = document(&files).unwrap();
    if clock_of(&found, 1)["verdict"] != "straight" {
        return Some("other");
    }
    if ppm == 0 {
        let (found, expected) = (without_times(found), without_times(expected));
        assert_eq!(found, expected, "{path:?}, {ahead} µs ahead");
    } else {
        // Of a drift some microseconds are left, so that of two copies of a packet the other one may come first.
        assert_eq!(
            verdicts(&files),
            judged,
            "{path:?}, {ahead} µs ahead and {ppm} ppm"
        );
    }
    Some("straight")
}

#[test]
fn what_differs_in_no_packet_is_left_alone_byte_for_byte() {
    let untouched = ["--shift", "*=0s"];
    let suite = testdata().join("suite");
    let of_two = |names: [&str; 2]| names.map(|name| suite.join(name)).to_vec();
    for files in [
        vec![testdata().join("captures/k1_wsp_co_small.pcap")],
        of_two([
            "correlate-address-reassigned.pcap",
            "correlate-delivery-forwarded.pcap",
        ]),
        vec![
            testdata().join("captures/a1_happy_smpp.pcap"),
            testdata().join("captures/g_big_300k.pcap"),
        ],
    ] {
        let format = ["--format", "json"];
        let said = printed(&[&format[..], &untouched].concat(), &files);
        // What somebody says of a clock is told.
        let said: Value = serde_json::from_str(&said).unwrap();
        let found: Value = serde_json::from_str(&printed(&format, &files)).unwrap();
        assert_eq!(without_times(said.clone()), without_times(found.clone()));
        let times = |document: &Value| document["messages"].to_string();
        assert_eq!(times(&said), times(&found));
        assert!(
            found["captures"]
                .as_array()
                .unwrap()
                .iter()
                .all(|capture| capture["clock"].is_null())
        );
    }
}

#[test]
fn the_way_between_two_probes_is_no_wrong_clock() {
    let folder = tempfile::tempdir().unwrap();
    for path in captures_of_wap() {
        let capture = Capture::read(&path).unwrap();
        let begin = microseconds(&capture.records[0]);
        // The second probe sees a packet 4 ms later on its way there, and 4 ms earlier on the way back.
        let moved = capture.records.iter().map(|record| {
            let (source, destination) = (&record[42..46], &record[46..50]);
            let ahead = if source < destination { 4_000 } else { -4_000 };
            by(Clock { ahead, ppm: 0 }, begin, record)
        });
        let mut moved: Vec<Vec<u8>> = moved.collect();
        moved.sort_by_key(|record| microseconds(record));
        let files = [
            capture.write(&folder, "a.pcap", &capture.records),
            capture.write(&folder, "b.pcap", &moved),
        ];
        let found = document(&files).unwrap();
        assert!(
            clock_of(&found, 0).is_null() && clock_of(&found, 1).is_null(),
            "{path:?}: {}",
            found["captures"]
        );
    }
}

#[test]
fn what_cannot_be_known_is_told_and_left_to_the_option() {
    let folder = tempfile::tempdir().unwrap();
    let capture = Capture::read(&captures_of_wap()[2]).unwrap();
    let hour = Clock {
        ahead: 3_600_000_000,
        ppm: 0,
    };
    let files = probes(&folder, &capture, hour, everything);
    let found = document(&files).unwrap();
    assert_eq!(clock_of(&found, 1)["verdict"], "far");
    assert_eq!(clock_of(&found, 1)["shift_ms"], 0.0);
    let table = printed(&[], &files);
    assert!(table.contains("not set straight: it is so much"), "{table}");
    let expected = document(&probes(&folder, &capture, RIGHT, everything)).unwrap();
    let files = probes(&folder, &capture, hour, everything);
    for shift in ["b.pcap=-1h", "*/b.*=-3600s", "b*=-3600000ms"] {
        let by_hand = printed(&["--format", "json", "--shift", shift], &files);
        let by_hand: Value = serde_json::from_str(&by_hand).unwrap();
        assert_eq!(clock_of(&by_hand, 1)["origin"], "given");
        assert_eq!(clock_of(&by_hand, 1)["shift_ms"], -3_600_000.0);
        assert_eq!(without_times(by_hand), without_times(expected.clone()), "{shift}");
    }
    for (shift, why) in [
        ("c.pcap=-1h", "no capture has that name"),
        ("b.pcap", "a shift looks like"),
        ("b.pcap=soon", "no offset"),
    ] {
        let (status, _, stderr) = run(&["--shift", shift], &files);
        assert_eq!(status, 2);
        assert!(stderr.contains(why), "{stderr}");
    }
}

#[test]
fn rotated_files_of_two_probes_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = testdata().join("suite/correlate-three-hundred-interleaved.pcap");
    let capture = Capture::read(&path).unwrap();
    let begin = microseconds(&capture.records[0]);
    let count = capture.records.len();
    let piece = |name: &str, from: usize, to: usize, clock: Clock| {
        let records = capture.records[from..to]
            .iter()
            .map(|record| by(clock, begin, record));
        capture.write(&folder, name, &records.collect::<Vec<_>>())
    };
    let files = |ahead: i64| {
        let clock = Clock { ahead, ppm: 0 };
        vec![
            piece("a1.pcap", 0, count / 3, RIGHT),
            piece("b1.pcap", count / 8, count / 2, clock),
            piece("a2.pcap", count / 3, 2 * count / 3, RIGHT),
            piece("b2.pcap", count / 2, count, clock),
            piece("a3.pcap", 2 * count / 3, count, RIGHT),
        ]
    };
    let expected = document(&files(0)).unwrap();
    let found = document(&files(700_000)).unwrap();
    let verdicts: Vec<&Value> = (0..5).map(|at| &clock_of(&found, at)["shift_ms"]).collect();
    assert_eq!(
        verdicts,
        [
            &Value::Null,
            &(-700.0).into(),
            &Value::Null,
            &(-700.0).into(),
            &Value::Null
        ]
    );
    assert_eq!(without_times(found.clone()), without_times(expected));
    // Neither the order of the arguments nor the run changes what is found.
    let mut turned = files(700_000);
    turned.reverse();
    let again = document(&turned).unwrap();
    let of = |document: &Value, name: &str| -> Value {
        let captures = document["captures"].as_array().unwrap().iter();
        let mut named = captures.filter(|capture| capture["path"].as_str().unwrap().ends_with(name));
        named.next().unwrap()["clock"]["shift_ms"].clone()
    };
    for name in ["a1.pcap", "b1.pcap", "a2.pcap", "b2.pcap", "a3.pcap"] {
        assert_eq!(of(&again, name), of(&found, name), "{name}");
    }
    let arguments = ["--format", "json"];
    assert_eq!(printed(&arguments, &turned), printed(&arguments, &turned));
}

#[test]
fn what_is_no_file_is_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let capture = Capture::read(&captures_of_wap()[0]).unwrap();
    let [first, second] = probes(
        &folder,
        &capture,
        Clock {
            ahead: 50_000,
            ppm: 0,
        },
        everything,
    );
    let input = std::fs::read(&second).unwrap();
    let (status, stdout, _) = run_with_input(&["--format", "json", "-"], &[first], &input);
    assert_eq!(status, 0);
    let found: Value = serde_json::from_slice(&stdout).unwrap();
    assert!(clock_of(&found, 0).is_null() && clock_of(&found, 1).is_null());
}
