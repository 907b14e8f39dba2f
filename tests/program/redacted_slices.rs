//! `slice --redact --key`: no number of a message and nothing of its content is left in the frames, in whatever form; everything
//! keeps its length and its verdict, checksums are right, and one key gives one number the same pseudonym everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64_NOPAD, HEXLOWER, HEXUPPER};
use memchr::memmem;
use mmsmate::internals::capture::{Captures, find_inputs};
use serde_json::Value;

use super::support::{document, every_capture, for_each, run, testdata};

/// Digits at the end of a number that are looked for: its national form has them, too.
const END: usize = 8;

/// A folder with a key.
fn folder_with_key() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    (folder, key)
}

/// A redacted slice of all messages of captures, with what was said, and the pseudonyms of numbers.
struct Slice {
    _folder: tempfile::TempDir,
    path: PathBuf,
    stderr: String,
    map: BTreeMap<String, String>,
}

fn slice(files: &[PathBuf]) -> Slice {
    let (folder, key) = folder_with_key();
    let (path, map) = (folder.path().join("slice.pcapng"), folder.path().join("map.csv"));
    let [key, out, csv] = [&key, &path, &map].map(|path| path.to_str().unwrap());
    let arguments = ["slice", "--redact", "--key", key, "--redact-map", csv, "-o", out];
    let (status, _, stderr) = run(&arguments, files);
    assert_eq!(status, 0, "{files:?}: {stderr}");
    let map = fs::read_to_string(&map).unwrap();
    let map = map.lines().skip(1).map(|line| line.split_once(',').unwrap());
    Slice {
        path,
        stderr,
        map: map
            .map(|(number, other)| (number.to_owned(), other.to_owned()))
            .collect(),
        _folder: folder,
    }
}

/// The frames of the same slice as they were captured.
fn plain_frames(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.pcapng");
    let (status, _, stderr) = run(&["slice", "-o", path.to_str().unwrap()], files);
    assert_eq!(status, 0, "{files:?}: {stderr}");
    frames(&path)
}

/// The frames of a capture, one after the other.
fn frames(path: &Path) -> Vec<Vec<u8>> {
    let (mut captures, errors) = Captures::open(find_inputs([path.to_owned()], false).inputs);
    assert!(errors.is_empty());
    let mut found = Vec::new();
    while let Some(frame) = captures.next() {
        found.push(frame.data.to_vec());
    }
    found
}

/// The numbers in the messages of a document, as digits without zeros before them.
fn numbers(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for message in document["messages"].as_array().unwrap() {
        for name in ["from", "to", "cc", "bcc", "recipients"] {
            let texts: Vec<&str> = match &message[name] {
                Value::String(text) => vec![text],
                Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            for text in texts {
                let runs = text.split(|c: char| !c.is_ascii_digit());
                let runs = runs.map(|run| run.trim_start_matches('0'));
                found.extend(runs.filter(|run| run.len() >= END).map(str::to_owned));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Bits of octets, the lowest first.
fn bits(octets: &[u8], of_each: usize) -> Vec<u8> {
    let bits = octets
        .iter()
        .flat_map(|octet| (0..of_each).map(move |bit| octet >> bit & 1));
    bits.collect()
}

fn nibbles(octets: &[u8], low_first: bool) -> Vec<u8> {
    let both = |octet: &u8| match low_first {
        true => [octet & 0x0f, octet >> 4],
        false => [octet >> 4, octet & 0x0f],
    };
    octets.iter().flat_map(both).collect()
}

/// Octets in the forms in which numbers are looked for, each made once.
struct Forms {
    plain: Vec<u8>,
    swapped_nibbles: Vec<u8>,
    nibbles: Vec<u8>,
    bits: Vec<u8>,
    /// Pairs of characters turned round, in both alignments.
    turned: [Vec<u8>; 2],
    /// Without ends of lines.
    joined: Vec<u8>,
}

impl Forms {
    fn of(octets: &[u8]) -> Self {
        let turned = |from: usize| {
            let pairs = octets.get(from..).unwrap_or_default().chunks(2);
            pairs.flat_map(|pair| pair.iter().rev().copied()).collect()
        };
        Self {
            plain: octets.to_vec(),
            swapped_nibbles: nibbles(octets, true),
            nibbles: nibbles(octets, false),
            bits: bits(octets, 8),
            turned: [turned(0), turned(1)],
            joined: octets
                .iter()
                .copied()
                .filter(|octet| !b"\r\n".contains(octet))
                .collect(),
        }
    }

    /// The forms in which the end of a number is there.
    fn that_have(&self, number: &str) -> Vec<&'static str> {
        let end = number.split_at(number.len() - END).1;
        // Four octets of anything may be eight nibbles of a number: those are looked for by one digit more.
        let long = number.split_at(number.len().saturating_sub(END + 1)).1;
        let digits: Vec<u8> = long.bytes().map(|digit| digit - b'0').collect();
        let lies = |form: &[u8], octets: &[u8]| memmem::find(octets, form).is_some();
        let mut found = Vec::new();
        let mut look = |name, is_there: bool| found.extend(is_there.then_some(name));
        look("text", lies(end.as_bytes(), &self.plain));
        for order in [u16::to_be_bytes, u16::to_le_bytes] {
            let wide: Vec<u8> = end.encode_utf16().flat_map(order).collect();
            look("UTF-16", lies(&wide, &self.plain));
        }
        look("swapped nibbles", lies(&digits, &self.swapped_nibbles));
        look("nibbles", lies(&digits, &self.nibbles));
        look("septets", lies(&bits(end.as_bytes(), 7), &self.bits));
        for hex in [HEXLOWER.encode(end.as_bytes()), HEXUPPER.encode(end.as_bytes())] {
            look("hexadecimal", lies(hex.as_bytes(), &self.plain));
        }
        let is_turned = self.turned.iter().any(|turned| lies(long.as_bytes(), turned));
        look("hexadecimal nibbles", is_turned);
        for before in 0..3 {
            // Characters that depend on what stands around the number say nothing of it.
            let coded = BASE64_NOPAD.encode(&[&vec![0; before], end.as_bytes()].concat());
            let (first, last) = ([0, 2, 3][before], (before + END) / 3 * 4);
            look("base64", lies(&coded.as_bytes()[first..last], &self.joined));
        }
        found
    }
}

#[test]
fn the_search_finds_every_form() {
    let number = "61412345678";
    let packed = |text: &str| -> Vec<u8> {
        let bits = bits(text.as_bytes(), 7);
        bits.chunks(8)
            .map(|bits| bits.iter().rev().fold(0, |octet, bit| octet << 1 | bit))
            .collect()
    };
    for (form, octets) in [
        ("text", format!("x{number}y").into_bytes()),
        (
            "UTF-16",
            number.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        ("swapped nibbles", vec![0x16, 0x14, 0x32, 0x54, 0x76, 0xf8]),
        ("nibbles", vec![0x61, 0x41, 0x23, 0x45, 0x67, 0x8f]),
        ("septets", packed(&format!("call {number}"))),
        ("hexadecimal", HEXLOWER.encode(number.as_bytes()).into_bytes()),
        ("hexadecimal nibbles", b"1614325476F8".to_vec()),
        (
            "base64",
            BASE64_NOPAD.encode(format!("ab{number}").as_bytes()).into_bytes(),
        ),
        (
            "base64",
            BASE64_NOPAD.encode(format!("a{number}").as_bytes()).into_bytes(),
        ),
    ] {
        assert!(Forms::of(&octets).that_have(number).contains(&form), "{form}");
    }
}

/// What of a message's verdict has to stay.
fn verdicts(document: &Value) -> Vec<String> {
    let messages = document["messages"].as_array().unwrap();
    let mut found: Vec<String> = messages
        .iter()
        .map(|message| {
            let deliveries = message["deliveries"].as_array().unwrap();
            let states: Vec<&Value> = deliveries.iter().map(|delivery| &delivery["state"]).collect();
            format!(
                "{} {} {states:?} {}",
                message["outcome"], message["state"], message["size"]
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn no_number_is_left_in_any_form_and_verdicts_stay() {
    // Of the generated captures some, spread over all: what they have in common is read often enough.
    let suite = testdata().join("suite");
    let (generated, real): (Vec<_>, Vec<_>) = every_capture()
        .into_iter()
        .partition(|files| files[0].starts_with(&suite));
    let cases: Vec<Vec<PathBuf>> = real.into_iter().chain(generated.into_iter().step_by(8)).collect();
    let wrong: Vec<String> = for_each(&cases, |files| {
        let before = document(files).unwrap();
        if before["messages"].as_array().unwrap().is_empty() {
            return Vec::new();
        }
        let slice = slice(files);
        let after = document(std::slice::from_ref(&slice.path)).unwrap();
        let mut wrong = Vec::new();
        let octets = Forms::of(&frames(&slice.path).join(&b'\n'));
        for number in numbers(&before) {
            for form in octets.that_have(&number) {
                wrong.push(format!("{files:?}: {number} as {form}"));
            }
        }
        let is_whole = !slice.stderr.contains("left out");
        // What is wrong with the capture itself is told, too.
        let is_quiet = slice.stderr.lines().all(|line| line.contains(": warning: "));
        // Damage in PDUs may lead to other readings once content is blank; that must be said.
        let is_damaged = files
            .iter()
            .any(|file| file.to_string_lossy().contains("robust-mutated"));
        let is_said = is_damaged && slice.stderr.contains("reads back differently");
        if is_whole && !is_said && (verdicts(&before) != verdicts(&after) || !is_quiet) {
            wrong.push(format!(
                "{files:?}: {:?} became {:?}: {}",
                verdicts(&before),
                verdicts(&after),
                slice.stderr
            ));
        }
        wrong
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn content_is_blank_and_checksums_are_right() {
    for name in [
        "v3_vectorcore_big.pcap",
        "k2_wsp_co_sar.pcap",
        "i2_mm4_patched.pcap",
        "j_mm7_submit_deliver.pcap",
    ] {
        let files = [testdata().join("captures").join(name)];
        let slice = slice(&files);
        let parts = |path: &Path| {
            let into = tempfile::tempdir().unwrap();
            let folder = into.path().join("parts");
            let (status, _, stderr) = run(&["parts", "-d", folder.to_str().unwrap()], &[path.to_owned()]);
            assert_eq!(status, 0, "{stderr}");
            let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
            let mut parts: Vec<Vec<u8>> = entries
                .filter(|path| !path.ends_with("manifest.json"))
                .map(|path| fs::read(path).unwrap())
                .collect();
            parts.sort_by_key(Vec::len);
            parts
        };
        let (before, after) = (parts(&files[0]), parts(&slice.path));
        let lengths = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&before), lengths(&after), "{name}");
        for part in &after {
            assert!(
                part.iter().all(|octet| [0, b'x', b'\r', b'\n'].contains(octet)),
                "{name}: {part:?}"
            );
        }
        assert_eq!(slice.stderr, "", "{name}");
        // What was right is right. What a network card was to fill in is no more right than it was, as the frames around it are.
        let (plain, redacted) = (plain_frames(&files), frames(&slice.path));
        assert_eq!(plain.len(), redacted.len(), "{name}");
        let mut changed = 0;
        for (before, after) in plain.iter().zip(&redacted) {
            changed += usize::from(before != after);
            let is_right = has_right_checksum(after);
            assert!(is_right.is_some(), "{name}");
            assert_eq!(has_right_checksum(before), is_right, "{name}");
        }
        assert!(changed > 0, "{name}");
    }
}

/// Whether the checksum of the TCP segment or UDP datagram in an Ethernet frame is right; none of what is not IPv4.
fn has_right_checksum(frame: &[u8]) -> Option<bool> {
    let sliced = etherparse::SlicedPacket::from_ethernet(frame).unwrap();
    let Some(etherparse::NetSlice::Ipv4(ip)) = &sliced.net else {
        return None;
    };
    Some(match &sliced.transport {
        Some(etherparse::TransportSlice::Tcp(tcp)) => {
            tcp.calc_checksum_ipv4(ip.header().source(), ip.header().destination())
                .unwrap()
                == tcp.checksum()
        }
        Some(etherparse::TransportSlice::Udp(udp)) => {
            let header = udp.to_header();
            let sum = header
                .calc_checksum_ipv4(&ip.header().to_header(), udp.payload())
                .unwrap();
            udp.checksum() == 0 || sum == udp.checksum()
        }
        _ => true,
    })
}

#[test]
fn one_key_gives_one_pseudonym_in_every_command() {
    let capture = testdata().join("captures/c_rejected.pcap");
    let files = [capture.clone()];
    let slice = slice(&files);
    let (_folder, key) = folder_with_key();
    let keyed = ["--redact", "--key", key.to_str().unwrap()];
    let printed = |command: &[&str], files: &[PathBuf]| {
        let (status, stdout, stderr) = run(&[command, &keyed].concat(), files);
        assert_eq!(status, 0, "{stderr}");
        String::from_utf8(stdout).unwrap()
    };
    let before = document(&files).unwrap();
    let after = document(std::slice::from_ref(&slice.path)).unwrap();
    let sender = |document: &Value| document["messages"][0]["from"].as_str().unwrap().to_owned();
    let expected = format!("+{}", slice.map[sender(&before).trim_start_matches('+')]);
    assert_eq!(sender(&after), expected);
    for command in [
        &["messages"][..],
        &["messages", "--format", "json"],
        &["messages", "--format", "jsonl"],
        &["show"],
        &["ladder"],
        &["report"],
        &["pdus"],
        &["stats", "--by", "sender"],
    ] {
        let text = printed(command, &files);
        assert!(
            text.contains(&expected) || command == ["report"],
            "{command:?}: {text}"
        );
        assert_eq!(text, printed(command, &files), "{command:?}");
        assert!(!text.contains(&sender(&before)));
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    let (folder, _) = folder_with_key();
    let capture = testdata().join("captures/c_rejected.pcap");
    let short = folder.path().join("short");
    fs::write(&short, "secret").unwrap();
    let out = folder.path().join("x.pcapng");
    let out = out.to_str().unwrap();
    for (arguments, why) in [
        (
            &["--redact", "--key", short.to_str().unwrap()][..],
            "a key has at least 16 octets",
        ),
        (&["--redact"], "--key FILE"),
        (&["--redact", "--key", "/nowhere"], "No such file"),
    ] {
        let (status, _, stderr) = run(
            &[&["slice", "-o", out], arguments].concat(),
            std::slice::from_ref(&capture),
        );
        assert_eq!(status, 2);
        assert!(stderr.contains(why), "{stderr}");
    }
}
