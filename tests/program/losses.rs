//! What was not captured must never read as failed: captures in which nothing fails, with packets left out.

use std::path::{Path, PathBuf};

use crate::records::{Capture, RECORD_HEADER};
use crate::support::{document, every_capture, for_each};

/// In how many pieces a capture is cut, of which one is left out each time.
const PIECES: usize = 9;

/// The failures of all messages, but for answers that are overdue: where all that came after a request is lost, nothing
/// tells it from a server that fell silent.
fn failures(path: &Path) -> Vec<String> {
    let document = document(&[path.to_path_buf()]).unwrap();
    let messages = document["messages"].as_array().unwrap();
    let failures = messages
        .iter()
        .flat_map(|message| message["failures"].as_array().unwrap());
    let all = failures.map(|failure| format!("{}: {}", failure["kind"], failure["detail"]));
    all.filter(|failure| !failure.contains("no_response")).collect()
}

/// Octets of a frame that captures are cut at: heads alone, the start of a body, all but the ends of bodies.
const SNAP_LENGTHS: [usize; 8] = [96, 200, 300, 420, 540, 660, 780, 1000];

/// The octets of a record of which no more were captured than so many.
fn cut(record: &[u8], snap_length: usize) -> Vec<u8> {
    let (header, octets) = record.split_at(RECORD_HEADER);
    let captured = &octets[..octets.len().min(snap_length)];
    let length = u32::try_from(captured.len()).unwrap().to_le_bytes();
    [&header[..8], &length, &header[12..], captured].concat()
}

/// What fails of a capture when parts of it are missing.
fn harm(path: &PathBuf) -> Vec<String> {
    let Some(capture) = Capture::read(path).filter(|_| failures(path).is_empty()) else {
        return Vec::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let mut harm = Vec::new();
    let mut check = |what: String, lost: &dyn Fn(usize) -> bool| {
        let left = capture.records.iter().enumerate();
        let left: Vec<_> = left
            .filter(|(place, _)| !lost(*place))
            .map(|(_, record)| record.clone())
            .collect();
        let file = capture.write(&folder, "left", &left);
        harm.extend(
            failures(&file)
                .into_iter()
                .map(|failure| format!("{path:?} {what}: {failure}")),
        );
    };
    let count = capture.records.len();
    for piece in 0..PIECES {
        let range = piece * count / PIECES..(piece + 1) * count / PIECES;
        check(format!("without {range:?}"), &|place| range.contains(&place));
        check(format!("every {PIECES}th lost from {piece}"), &|place| {
            place % PIECES == piece
        });
    }
    for snap_length in SNAP_LENGTHS {
        let records = capture.records.iter();
        let left: Vec<_> = records.map(|record| cut(record, snap_length)).collect();
        let failures = failures(&capture.write(&folder, "left", &left)).into_iter();
        harm.extend(failures.map(|failure| format!("{path:?} of {snap_length} octets a frame: {failure}")));
    }
    harm
}

#[test]
fn what_was_not_captured_has_not_failed() {
    let captures: Vec<PathBuf> = every_capture()
        .into_iter()
        .filter_map(|files| <[PathBuf; 1]>::try_from(files).ok())
        .flatten()
        .collect();
    let harm = for_each(&captures, harm).concat();
    assert!(harm.is_empty(), "{harm:#?}");
}
