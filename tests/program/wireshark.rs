//! To Wireshark and back: display filters of a message, slices as pcap, parts of a media type.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{document, printed, run, testdata};

fn capture() -> PathBuf {
    testdata().join("captures/c_rejected.pcap")
}

/// The frames that a display filter finds; none where tshark is not installed.
fn found(file: &Path, filter: &str) -> Option<Vec<u64>> {
    let output = Command::new("tshark")
        .args(["-Y", filter, "-T", "fields", "-e", "frame.number", "-r"])
        .arg(file)
        .output()
        .ok()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{filter}: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| line.trim().parse().unwrap()).collect())
}

#[test]
fn display_filters_find_the_frames_of_a_message() {
    let file = capture();
    let filter = printed(
        &["slice", "--filter-only", "--id", "1"],
        std::slice::from_ref(&file),
    );
    let filter = filter.trim_end();
    assert_eq!(filter, "frame.number in {4, 6, 11..18, 23, 25, 30..31, 33..34}");
    let shown = printed(&["show", "--id", "1"], std::slice::from_ref(&file));
    assert!(shown.contains(filter), "{shown}");
    let elsewhere = shown.lines().skip_while(|line| !line.starts_with("elsewhere"));
    let elsewhere: String = elsewhere
        .take_while(|line| {
            !line.trim().is_empty() && (line.starts_with(' ') || line.starts_with("elsewhere"))
        })
        .map(|line| format!("{} ", line.trim_start_matches("elsewhere").trim()))
        .collect();
    let Some(frames) = found(&file, filter) else {
        eprintln!("skipped: tshark is not installed");
        return;
    };
    let expected: Vec<u64> = [4, 6]
        .into_iter()
        .chain(11..=18)
        .chain([23, 25, 30, 31, 33, 34])
        .collect();
    assert_eq!(frames, expected);
    let others = found(&file, &elsewhere).unwrap();
    // The frames of its PDUs; between them may lie those of other connections.
    assert!(
        [4, 6, 18, 23, 33].iter().all(|frame| others.contains(frame)),
        "{elsewhere}: {others:?}"
    );
}

#[test]
fn filters_of_several_captures_stand_behind_their_names() {
    let files = [capture(), testdata().join("captures/b_deferred.pcap")];
    let text = printed(&["slice", "--filter-only"], &files);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("c_rejected.pcap: frame.number in {"), "{text}");
    assert!(lines[1].contains("b_deferred.pcap: frame.number in {"), "{text}");
}

#[test]
fn a_slice_named_pcap_is_pcap() {
    let folder = tempfile::tempdir().unwrap();
    let slice = folder.path().join("one.pcap");
    printed(&["slice", "-o", slice.to_str().unwrap()], &[capture()]);
    let whole = document(&[capture()]).unwrap();
    let cut = document(std::slice::from_ref(&slice)).unwrap();
    assert_eq!(cut["captures"][0]["format"], "pcap");
    for field in ["outcome", "state", "started", "message_id"] {
        assert_eq!(cut["messages"][0][field], whole["messages"][0][field], "{field}");
    }

    let mixed = [capture(), testdata().join("captures/x_any_sll1.pcap")];
    let (status, _, errors) = run(&["slice", "-o", slice.to_str().unwrap()], &mixed);
    assert_eq!(status, 2);
    assert!(errors.contains("several link types"), "{errors}");
}

#[test]
fn parts_of_a_media_type_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = [testdata().join("captures/a1_happy_smpp.pcap")];
    let names = |types: &str| -> Vec<String> {
        let to = folder.path().join(types.replace(['/', '*'], "-"));
        printed(&["parts", "-d", to.to_str().unwrap(), "--type", types], &file);
        let entries = std::fs::read_dir(to).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "manifest.json")
            .collect();
        names.sort();
        names
    };
    let texts = names("text/*");
    assert!(
        !texts.is_empty() && texts.iter().all(|name| name.ends_with(".txt")),
        "{texts:?}"
    );
    assert_eq!(names("application/x-none"), Vec::<String>::new());
    assert!(names("*").len() > texts.len());
}
