//! What a message calls its parts may not decide where `parts` writes: nothing outside the folder, nothing that was
//! there before, nothing through a link or into a device.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use mmsmate::internals::model::is_dangerous;

use super::support::run;

/// Ways out of a folder, absolute and Windows names, devices, hidden files, options, things that a terminal obeys.
const NAMES: &[&str] = &[
    "../../../outside.txt",
    "/mmsmate-outside.txt",
    "..\\..\\outside.txt",
    "C:\\Windows\\outside.txt",
    "\\\\host\\share\\outside.txt",
    "file:///etc/outside.txt",
    "CON",
    "NUL.txt",
    "COM1:",
    "a.txt:stream",
    ".hidden",
    "..",
    ".",
    "/",
    "",
    "-rf",
    "~/outside.txt",
    "$(touch outside)",
    "x\u{1b}[2J\u{7}\u{202e}gpj.exe",
    "two\nlines\r",
    "manifest.json",
    ".manifest.json.part",
    "%2e%2e%2foutside.txt",
    "..%c0%afoutside.txt",
];

fn text(code: u8, text: &str) -> Vec<u8> {
    [&[code][..], text.as_bytes(), &[0]].concat()
}

fn uintvar(number: usize) -> Vec<u8> {
    vec![0x80 | (number >> 7) as u8, (number & 0x7f) as u8]
}

/// A part of type text/plain whose name parameter, Content-Location and Content-ID are this name.
fn part(name: &str, data: &[u8]) -> Vec<u8> {
    let parameters = [&[0x83][..], &text(0x85, name)].concat();
    let content_type = [&[0x1f][..], &uintvar(parameters.len()), &parameters].concat();
    let id = [&[0xc0, b'"'][..], name.as_bytes(), &[0]].concat();
    let headers = [content_type, text(0x8e, name), id].concat();
    [
        uintvar(headers.len()),
        uintvar(data.len()),
        headers,
        data.to_vec(),
    ]
    .concat()
}

/// An m-send-req with a part of each name.
fn submission(names: &[String]) -> Vec<u8> {
    let parts: Vec<u8> = names
        .iter()
        .enumerate()
        .flat_map(|(number, name)| part(name, format!("part {number}").as_bytes()))
        .collect();
    [
        vec![0x8c, 0x80],
        text(0x98, "t1"),
        vec![0x8d, 0x92, 0x89, 0x01, 0x81],
        text(0x97, "+1/TYPE=PLMN"),
        // multipart/mixed
        vec![0x84, 0xa3],
        uintvar(names.len()),
        parts,
    ]
    .concat()
}

/// A pcap of raw IP packets: the octets as one direction of a TCP connection.
fn capture(octets: &[u8]) -> Vec<u8> {
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101];
    let mut file = header.map(u32::to_le_bytes).concat();
    let mut sequence = 1_u32;
    for (number, payload) in octets.chunks(1_000).enumerate() {
        let length = (40 + payload.len()) as u16;
        let packet = [
            &[0x45, 0][..],
            &length.to_be_bytes(),
            &[0, number as u8, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
            &[0x9c, 0x40, 0, 80],
            &sequence.to_be_bytes(),
            &[0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0],
            payload,
        ]
        .concat();
        sequence += payload.len() as u32;
        let record = [
            1_800_000_000,
            number as u32,
            packet.len() as u32,
            packet.len() as u32,
        ];
        file.extend(record.map(u32::to_le_bytes).concat());
        file.extend(packet);
    }
    file
}

/// A folder with a capture whose parts have these names, and nothing else.
fn folder(names: &[String]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let body = submission(names);
    let head = format!(
        "POST / HTTP/1.1\r\nHost: mmsc\r\nContent-Type: application/vnd.wap.mms-message\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let path = folder.path().join("capture.pcap");
    fs::write(&path, capture(&[head.as_bytes(), &body].concat())).unwrap();
    (folder, path)
}

fn names() -> Vec<String> {
    let long = ["x".repeat(300), "日".repeat(300)];
    NAMES.iter().map(|name| (*name).to_owned()).chain(long).collect()
}

fn parts(capture: &Path, into: &Path) -> (i32, String) {
    let (status, _, stderr) = run(&["parts", "-d", into.to_str().unwrap()], &[capture.to_owned()]);
    (status, stderr)
}

fn files(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_file_lies_in_the_folder_under_a_harmless_name() {
    let (folder, capture) = folder(&names());
    let into = folder.path().join("deep/er");
    assert_eq!(parts(&capture, &into), (0, String::new()));
    assert_eq!(
        files(folder.path()),
        ["capture.pcap", "deep"].map(str::to_owned).into()
    );
    assert_eq!(files(&folder.path().join("deep")).len(), 1);
    assert!(!Path::new("/mmsmate-outside.txt").exists());
    let files = files(&into);
    assert_eq!(files.len(), names().len() + 1, "{files:?}");
    for file in files.iter().filter(|file| *file != "manifest.json") {
        assert!(file.starts_with("0001-") && file.len() < 255, "{file}");
        assert!(
            !file.contains(['/', '\\', ':', '$', '%', '~']) && !file.chars().any(is_dangerous),
            "{file:?}"
        );
        assert!(fs::symlink_metadata(into.join(file)).unwrap().is_file(), "{file}");
    }
}

#[test]
fn each_file_is_the_part_that_the_manifest_says() {
    let (folder, capture) = folder(&names());
    let into = folder.path().join("parts");
    assert_eq!(parts(&capture, &into).0, 0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(into.join("manifest.json")).unwrap()).unwrap();
    let entries = manifest.as_array().unwrap();
    assert_eq!(entries.len(), names().len());
    for (number, entry) in entries.iter().enumerate() {
        let octets = fs::read(into.join(entry["file"].as_str().unwrap())).unwrap();
        assert_eq!(octets, format!("part {number}").as_bytes(), "{entry}");
    }
}

/// What `parts` would write of a capture.
fn expected(capture: &Path) -> Vec<String> {
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(parts(capture, elsewhere.path()).0, 0);
    files(elsewhere.path()).into_iter().collect()
}

#[test]
#[cfg(unix)]
fn what_is_there_already_stays_as_it_is() {
    use std::os::unix::fs::{FileTypeExt, symlink};

    let names = ["file", "dangling", "link", "folder", "pipe", "free"].map(str::to_owned);
    let (folder, capture) = folder(&names);
    let expected = expected(&capture);
    let [file, dangling, link, directory, pipe, free, manifest] = expected.as_slice() else {
        panic!("{expected:?}");
    };
    let into = folder.path().join("parts");
    let outside = folder.path().join("outside");
    fs::create_dir(&into).unwrap();
    fs::write(into.join(file), "before").unwrap();
    symlink(folder.path().join("nothing"), into.join(dangling)).unwrap();
    fs::write(&outside, "precious").unwrap();
    symlink(&outside, into.join(link)).unwrap();
    fs::create_dir(into.join(directory)).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(into.join(pipe))
        .status()
        .unwrap();
    assert!(made.success());
    symlink("/dev/null", into.join(manifest)).unwrap();

    let (status, stderr) = parts(&capture, &into);
    assert_eq!(status, 2);
    assert_eq!(stderr.lines().count(), 6, "one line each: {stderr}");
    assert_eq!(fs::read_to_string(into.join(file)).unwrap(), "before");
    assert!(!folder.path().join("nothing").exists());
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
    assert!(
        fs::symlink_metadata(into.join(pipe))
            .unwrap()
            .file_type()
            .is_fifo()
    );
    assert_eq!(fs::read(into.join(free)).unwrap(), b"part 5");
    assert_eq!(files(&into).len(), expected.len(), "nothing temporary is left");
}
