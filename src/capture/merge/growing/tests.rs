//! Pipes, files and folders while they are written.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::*;
use crate::capture::{CaptureReport, Frame, LinkType, PcapngWriter};
use crate::model::{FrameNumber, FrameRef, Timestamp};

/// Fast enough for a test, slow enough to be told apart.
const FAST: Pace = Pace {
    nap: Duration::from_millis(1),
    tell_every: Duration::from_millis(5),
    look_every: Duration::from_millis(10),
    grace: Duration::from_millis(100),
    stale: Duration::from_secs(3600),
    finished: Duration::from_secs(3600),
    start: Duration::from_millis(200),
};

/// How often is said that there is nothing before a test gives up: far more than enough.
const PATIENCE: usize = 2_000;

fn followed(pace: Pace, paths: &[&Path]) -> (Captures, Arc<AtomicBool>) {
    let stop = Arc::new(AtomicBool::new(false));
    let paths = paths.iter().map(|path| path.to_path_buf());
    let (captures, errors) = Captures::follow_at(pace, paths, false, Arc::clone(&stop));
    assert!(errors.is_empty(), "{errors:?}");
    (captures, stop)
}

fn pcapng(seconds: &[i64]) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new()).unwrap();
    for second in seconds {
        let at = FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(0),
            time: Timestamp::from_seconds(*second),
        };
        let frame = Frame {
            at,
            stamp: at.time,
            interface: 0,
            link_type: LinkType::ETHERNET,
            data: &[0; 60],
            original_length: 60,
        };
        writer.write(&frame, None).unwrap();
    }
    writer.finish().unwrap()
}

const PCAP_HEADER: [u8; 24] = [
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
];

fn record(second: u32) -> Vec<u8> {
    let fields = [second, 0, 60, 60].map(u32::to_le_bytes).concat();
    [fields, vec![0; 60]].concat()
}

fn pcap(seconds: &[u32]) -> Vec<u8> {
    let records = seconds.iter().flat_map(|second| record(*second));
    PCAP_HEADER.into_iter().chain(records).collect()
}

/// Capture, number and second of the next frame.
fn next(captures: &mut Captures) -> Option<(u32, u64, i64)> {
    for _ in 0..PATIENCE {
        match captures.step() {
            Step::End => return None,
            Step::Waiting(_) => {}
            Step::Frame => {
                let at = captures.frame().unwrap().at;
                let second = at.time.nanoseconds() / Timestamp::SECOND;
                return Some((at.capture.0, at.frame.0, second));
            }
        }
    }
    panic!("nothing came");
}

/// That there is nothing for a while.
fn nothing(captures: &mut Captures) {
    for _ in 0..5 {
        assert!(matches!(captures.step(), Step::Waiting(_)));
    }
}

fn append(path: &Path, octets: &[u8]) {
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    file.write_all(octets).unwrap();
}

fn notices(captures: &mut Captures) -> Vec<String> {
    let notices = captures.take_notices();
    notices.iter().map(ToString::to_string).collect()
}

fn problems(reports: &[CaptureReport]) -> Vec<Vec<&'static str>> {
    let kinds = |report: &CaptureReport| {
        let problems = report.problems.iter();
        problems.map(|problem| problem.kind.name()).collect()
    };
    reports.iter().map(kinds).collect()
}

#[test]
fn records_are_read_as_they_become_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (name, whole) in [("a.pcap", pcap(&[1, 2])), ("a.pcapng", pcapng(&[1, 2]))] {
        let path = folder.path().join(name);
        fs::write(&path, &whole[..10]).unwrap();
        let (mut captures, stop) = followed(FAST, &[&path]);
        nothing(&mut captures);
        for octet in &whole[10..whole.len() - 1] {
            append(&path, &[*octet]);
            let _ = captures.step();
            if let Some(frame) = captures.frame() {
                assert_eq!(frame.at.frame.0, 1);
            }
        }
        nothing(&mut captures);
        append(&path, &whole[whole.len() - 1..]);
        assert_eq!(next(&mut captures), Some((0, 2, 2)));
        append(&path, &whole[..5]);
        nothing(&mut captures);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(next(&mut captures), None);
        // Half a record is there: that is not all.
        assert_eq!(problems(&captures.reports()), [["interrupted"]]);
    }
}

#[test]
fn a_file_that_was_read_to_its_end_was_not_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    fs::write(&path, pcap(&[1])).unwrap();
    let (mut captures, stop) = followed(FAST, &[&path]);
    assert_eq!(next(&mut captures), Some((0, 1, 1)));
    nothing(&mut captures);
    stop.store(true, Ordering::Relaxed);
    assert_eq!(next(&mut captures), None);
    assert_eq!(problems(&captures.reports()), [[""; 0]]);
}

#[test]
fn what_is_cut_short_or_replaced_is_taken_up_anew_and_what_is_gone_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    fs::write(&path, [pcap(&[1, 2]), record(3)[..20].to_vec()].concat()).unwrap();
    let (mut captures, _stop) = followed(FAST, &[&path]);
    assert_eq!(next(&mut captures), Some((0, 1, 1)));
    assert_eq!(next(&mut captures), Some((0, 2, 2)));
    nothing(&mut captures);
    fs::write(&path, pcap(&[11])).unwrap();
    assert_eq!(next(&mut captures), Some((1, 1, 11)));
    let said = notices(&mut captures);
    assert!(
        said.len() == 1 && said[0].ends_with("a.pcap: was cut short; it is read anew from its beginning"),
        "{said:?}"
    );
    // What is written to the old one after it was renamed is not lost.
    fs::rename(&path, folder.path().join("a.pcap.1")).unwrap();
    append(&folder.path().join("a.pcap.1"), &record(12));
    fs::write(&path, pcap(&[21])).unwrap();
    assert_eq!(next(&mut captures), Some((1, 2, 12)));
    assert_eq!(next(&mut captures), Some((2, 1, 21)));
    assert!(notices(&mut captures)[0].contains("was replaced"));
    fs::remove_file(&path).unwrap();
    for _ in 0..20 {
        nothing(&mut captures);
    }
    assert!(notices(&mut captures)[0].contains("is gone"));
    fs::write(&path, pcap(&[31])).unwrap();
    assert_eq!(next(&mut captures), Some((3, 1, 31)));
    assert_eq!(
        problems(&captures.reports()),
        [vec!["truncated_file"], vec![], vec![], vec![]]
    );
}

#[test]
fn files_of_a_folder_come_in_time_order_whenever_they_appear() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("b.pcap"), pcap(&[1, 3])).unwrap();
    fs::write(at("a.pcap"), pcap(&[2, 4])).unwrap();
    fs::write(at("notes"), "nothing that is read, whatever it says").unwrap();
    let (mut captures, _stop) = followed(FAST, &[folder.path()]);
    let seen: Vec<_> = (0..4).map(|_| next(&mut captures).unwrap()).collect();
    assert_eq!(seen, [(1, 1, 1), (0, 1, 2), (1, 2, 3), (0, 2, 4)]);
    nothing(&mut captures);
    fs::write(at("c.pcap"), pcap(&[5])).unwrap();
    assert_eq!(next(&mut captures), Some((2, 1, 5)));
    // One that the probe takes away was read, and one that it renames is not read again.
    fs::remove_file(at("a.pcap")).unwrap();
    fs::rename(at("c.pcap"), at("c.done")).unwrap();
    fs::write(at("d.pcap.gz"), [&[0x1f, 0x8b][..], &[0; 40]].concat()).unwrap();
    append(&at("c.done"), &record(6));
    assert_eq!(next(&mut captures), Some((2, 2, 6)));
    for _ in 0..20 {
        nothing(&mut captures);
    }
    let said = notices(&mut captures);
    assert!(
        said.len() == 1 && said[0].ends_with("d.pcap.gz: is compressed, and passed over"),
        "{said:?}"
    );
    assert_eq!(captures.reports().len(), 3);
}

#[test]
fn inputs_that_are_written_at_a_time_wait_for_each_other_for_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("a.pcap"), folder.path().join("b.pcap"));
    fs::write(&one, pcap(&[1])).unwrap();
    fs::write(&other, pcap(&[2])).unwrap();
    let pace = Pace {
        grace: Duration::from_secs(60),
        ..FAST
    };
    let (mut captures, _stop) = followed(pace, &[&one, &other]);
    assert_eq!(next(&mut captures), Some((0, 1, 1)));
    // The first one may still have an earlier one.
    nothing(&mut captures);
    append(&one, &record(2));
    assert_eq!(next(&mut captures), Some((0, 2, 2)));
    nothing(&mut captures);
    let (mut captures, _stop) = followed(FAST, &[&one, &other]);
    let seen: Vec<_> = (0..3).map(|_| next(&mut captures).unwrap()).collect();
    assert_eq!(seen, [(0, 1, 1), (0, 2, 2), (1, 1, 2)]);
}

#[test]
fn files_that_are_finished_are_let_go_of_and_what_is_written_over_them_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ring0.pcap"), pcap(&[1])).unwrap();
    fs::write(at("ring1.pcap"), pcap(&[2])).unwrap();
    let pace = Pace {
        finished: Duration::ZERO,
        ..FAST
    };
    let (mut captures, _stop) = followed(pace, &[folder.path()]);
    assert_eq!(next(&mut captures), Some((0, 1, 1)));
    assert_eq!(next(&mut captures), Some((1, 1, 2)));
    for _ in 0..20 {
        nothing(&mut captures);
    }
    let is_over = |captures: &Captures, place: usize| matches!(captures.slots[place].state, State::Done(_));
    // The newest is never finished.
    assert!(is_over(&captures, 0) && !is_over(&captures, 1));
    fs::write(at("ring0.pcap"), pcap(&[3])).unwrap();
    assert_eq!(next(&mut captures), Some((2, 1, 3)));
}

#[test]
fn hundreds_of_files_that_are_there_already_are_read_in_time_order() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..200_u32 {
        let path = folder.path().join(format!("{number:03}.pcap"));
        let start = (number * 7) % 200;
        fs::write(path, pcap(&[start, start + 1, start + 9])).unwrap();
    }
    let (mut captures, _stop) = followed(
        Pace {
            stale: Duration::ZERO,
            ..FAST
        },
        &[folder.path()],
    );
    let open = captures.slots.iter();
    let open = open.filter(|slot| matches!(slot.state, State::Open(_))).count();
    assert!(open <= OPEN_FROM_START, "{open} are open");
    let seen: Vec<_> = (0..600).map(|_| next(&mut captures).unwrap()).collect();
    assert!(seen.is_sorted_by_key(|(_, _, second)| *second));
    nothing(&mut captures);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_to_its_end_compressed_or_not() {
    use std::thread;
    let folder = tempfile::tempdir().unwrap();
    let whole = pcap(&[1, 2, 3]);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&whole).unwrap();
    for (name, octets) in [("plain", whole), ("compressed", encoder.finish().unwrap())] {
        let path = folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let writer = thread::spawn({
            let path = path.clone();
            move || {
                let mut pipe = File::options().write(true).open(path).unwrap();
                for piece in octets.chunks(7) {
                    pipe.write_all(piece).unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        let (mut captures, _stop) = followed(FAST, &[&path]);
        let seen: Vec<_> = std::iter::from_fn(|| next(&mut captures)).collect();
        assert_eq!(seen, [(0, 1, 1), (0, 2, 2), (0, 3, 3)]);
        writer.join().unwrap();
        let report = &captures.reports()[0];
        assert_eq!(report.problems.len(), 0);
        assert_eq!(report.compression.is_some(), name == "compressed");
    }
}

#[test]
fn a_compressed_file_and_what_is_no_capture_cannot_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (packed, text) = (folder.path().join("a.gz"), folder.path().join("b"));
    fs::write(&packed, [&[0x1f, 0x8b][..], &[0; 40]].concat()).unwrap();
    fs::write(&text, "a text that is long enough to tell").unwrap();
    let missing = folder.path().join("missing");
    let stop = Arc::new(AtomicBool::new(false));
    let (captures, errors) = Captures::follow_at(FAST, [packed, text, missing], false, stop);
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(
        errors[0].ends_with("missing: No such file or directory"),
        "{errors:?}"
    );
    assert!(errors[1].ends_with("a.gz: is compressed, and can only be followed through a pipe"));
    assert!(errors[2].contains("b: not a capture file"));
    assert!(!captures.is_anything_followed());
}

#[test]
fn records_behind_damage_are_found_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    let mut broken = record(2);
    broken[8..12].copy_from_slice(&[0xff; 4]);
    let later: Vec<u8> = (3..9).flat_map(record).collect();
    fs::write(&path, [pcap(&[1]), broken].concat()).unwrap();
    let (mut captures, _stop) = followed(FAST, &[&path]);
    assert_eq!(next(&mut captures), Some((0, 1, 1)));
    nothing(&mut captures);
    let mut seconds = Vec::new();
    for piece in later.chunks(50) {
        append(&path, piece);
        if captures.step() == Step::Frame {
            let at = captures.frame().unwrap().at;
            seconds.push(at.time.nanoseconds() / Timestamp::SECOND);
        }
    }
    while seconds.len() < 6 {
        seconds.push(next(&mut captures).unwrap().2);
    }
    assert_eq!(seconds, [3, 4, 5, 6, 7, 8]);
    assert_eq!(problems(&captures.reports()), [["damaged_record"]]);
}
