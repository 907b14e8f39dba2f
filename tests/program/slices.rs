//! `mmsmate slice`: which frames are cut out, that they are what they were, and that what was cut out reads back.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | a slice reads back as the message it was cut out for, for every message of every capture | [`every_message_reads_back_as_it_was`] |
//! | octets, times, lengths and link types are those of the captures | [`frames_stay_what_they_are`] |
//! | it has the frames of its messages and no others | [`exactly_the_frames_of_the_messages`] |
//! | a comment on each frame says whose it is | [`each_frame_says_what_it_is`] |
//! | what cannot be done is refused | [`what_cannot_be_sliced`] |

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mmsmate::internals::capture::{Captures, find_inputs};
use serde_json::Value;

use crate::support::{document, every_capture, for_each, run, testdata};

/// Messages of one capture that are cut out at most: of large captures some, spread over all.
const MESSAGES: usize = 16;

/// A slice of some messages.
fn slice(files: &[PathBuf], more: &[&str]) -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice.pcapng");
    let mut arguments = vec!["slice", "-o", path.to_str().unwrap()];
    arguments.extend_from_slice(more);
    let (status, _, stderr) = run(&arguments, files);
    assert_eq!(status, 0, "{files:?} {more:?}: {stderr}");
    (folder, path, stderr)
}

/// A frame as it is in a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    time: i64,
    link_type: u16,
    length: u32,
    data: Vec<u8>,
}

/// The frames of captures by the number of the capture and their own.
fn frames(files: &[PathBuf]) -> BTreeMap<(u32, u64), Seen> {
    let (mut captures, errors) = Captures::open(find_inputs(files.iter().cloned(), false).inputs);
    assert!(errors.is_empty(), "{errors:?}");
    let mut found = BTreeMap::new();
    while let Some(frame) = captures.next() {
        let seen = Seen {
            time: frame.at.time.nanoseconds(),
            link_type: frame.link_type.0,
            length: frame.original_length,
            data: frame.data.to_vec(),
        };
        found.insert((frame.at.capture.0, frame.at.frame.0), seen);
    }
    found
}

/// The comments of the packets of a little-endian pcapng file, in order (enhanced packet block 6, option 1).
fn comments(path: &Path) -> Vec<String> {
    let octets = std::fs::read(path).unwrap();
    let word = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().unwrap()) as usize;
    let half = |at: usize| u16::from_le_bytes(octets[at..at + 2].try_into().unwrap());
    let mut comments = Vec::new();
    let mut block = 0;
    while block < octets.len() {
        let (kind, length) = (word(block), word(block + 4));
        if kind == 6 {
            let mut option = block + 28 + word(block + 20).next_multiple_of(4);
            let mut comment = String::new();
            while option + 4 <= block + length - 4 && half(option) != 0 {
                let size = usize::from(half(option + 2));
                if half(option) == 1 {
                    comment = String::from_utf8(octets[option + 4..option + 4 + size].to_vec()).unwrap();
                }
                option += 4 + size.next_multiple_of(4);
            }
            comments.push(comment);
        }
        block += length;
    }
    comments
}

/// Which frame of which input each frame of a slice was, by its comment.
pub(crate) fn origins(path: &Path, files: &[PathBuf]) -> Vec<(u32, u64)> {
    let origin = |comment: String| {
        let (_, place) = comment.rsplit_once("frame ").unwrap();
        let (number, name) = place.split_once(" of ").unwrap();
        let capture = files
            .iter()
            .position(|file| file.file_name().unwrap() == name)
            .unwrap();
        (u32::try_from(capture).unwrap(), number.parse().unwrap())
    };
    comments(path).into_iter().map(origin).collect()
}

/// Puts the numbers that frames of a slice had in its captures for those in the slice, and takes out what is only
/// there to be read: the numbers in words, and the message's own number.
pub(crate) fn normal(mut value: Value, origins: Option<&[(u32, u64)]>) -> Value {
    normalise(&mut value, origins);
    value
}

fn normalise(value: &mut Value, origins: Option<&[(u32, u64)]>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, origins)),
        Value::Object(fields) => {
            fields.remove("id");
            if let Some(origins) = origins {
                let origin = |number: &Value| {
                    let number = usize::try_from(number.as_u64().unwrap()).unwrap();
                    origins[number - 1]
                };
                if let Some(frame) = fields.get("frame").filter(|frame| frame.is_u64()).cloned() {
                    let (capture, frame) = origin(&frame);
                    fields.insert("capture".to_owned(), capture.into());
                    fields.insert("frame".to_owned(), frame.into());
                }
                if let Some(first) = fields.get("first_frame").cloned() {
                    fields.insert("first_frame".to_owned(), origin(&first).1.into());
                }
            }
            if let Some(Value::String(detail)) = fields.get_mut("detail") {
                let place = |word: &&str| {
                    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
                    !matches!(word, "frame" | "frames" | "and" | "of" | "capture")
                        && !word.chars().all(|c| c.is_ascii_digit())
                };
                *detail = detail.split(' ').filter(place).collect::<Vec<_>>().join(" ");
            }
            fields.values_mut().for_each(|field| normalise(field, origins));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a message is tied to another one, as forwarded or as its answer: a tie that a slice of one of them cannot
/// have, nor what the one knows by the other.
pub(crate) fn is_tied(message: &Value) -> bool {
    let links = message["links"].as_array().unwrap();
    links.iter().any(|link| {
        let join = link["join"].as_str().unwrap();
        join.contains("forwarded") || join == "reply"
    })
}

fn differences(files: &[PathBuf], message: &Value) -> Option<String> {
    let id = message["id"].to_string();
    // Whose the number of a phone is comes from a dialogue before that of its short message.
    let signalling = files[0].parent().unwrap().ends_with("signalling");
    let arguments: &[&str] = match signalling {
        true => &["--with-connections", "--id", &id],
        false => &["--id", &id],
    };
    let mut sliced = slice(files, arguments);
    // A damaged head of an answer is only read where the connection is known from its SYN: else nothing says that a head
    // begins there. Those are frames of the connection and not of the message, and the slice without them says so.
    let damaged = files[0].to_string_lossy().contains("robust-");
    if damaged && sliced.2.contains("reads back differently") {
        sliced = slice(files, &["--with-connections", "--id", &id]);
    }
    let (_guard, path, stderr) = sliced;
    let origins = origins(&path, files);
    let again = document(std::slice::from_ref(&path)).unwrap();
    let found = again["messages"].as_array().unwrap();
    let [found] = found.as_slice() else {
        return Some(format!("{files:?} {id}: {} messages", found.len()));
    };
    let (wanted, found) = (
        normal(message.clone(), None),
        normal(found.clone(), Some(&origins)),
    );
    let fields = wanted.as_object().unwrap().iter();
    let different: Vec<String> = fields
        .filter(|(name, _)| !(is_tied(message) && *name == "links"))
        // The key names a frame of its own capture.
        .filter(|(name, _)| *name != "key")
        .filter(|(name, value)| found[name.as_str()] != **value)
        .map(|(name, value)| format!("    {name}: {value}\n        -> {}", found[name]))
        .collect();
    let said = stderr.contains("reads back differently");
    (!different.is_empty() || said).then(|| format!("{files:?} {id}: {stderr}\n{}", different.join("\n")))
}

#[test]
fn every_message_reads_back_as_it_was() {
    let cases = for_each(&every_capture(), |files| {
        let whole = document(files).unwrap();
        let messages = whole["messages"].as_array().unwrap();
        let step = messages.len().div_ceil(MESSAGES).max(1);
        let chosen = messages.iter().step_by(step);
        let wrong: Vec<String> = chosen
            .clone()
            .filter_map(|message| differences(files, message))
            .collect();
        (chosen.count(), wrong)
    });
    let sliced: usize = cases.iter().map(|(sliced, _)| sliced).sum();
    let wrong: Vec<String> = cases.into_iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(sliced > 300, "only {sliced} messages were cut out");
    assert!(
        wrong.is_empty(),
        "{} of {sliced}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Captures whose clocks, link types and interfaces differ.
const KINDS: &[&[&str]] = &[
    &["captures/x_nanosecond.pcap"],
    &["captures/x_any_sll1.pcap"],
    &["captures/x_any_sll2.pcap"],
    &["captures/x_lo.pcapng"],
    &["captures/k4_wsp_cl_ipfrag.pcap"],
    &["suite/link-pcapng-mixed-link-types.pcapng"],
    &["suite/link-pcapng-several-interfaces.pcapng"],
    &["suite/link-pcapng-ns.pcapng"],
    &["suite/link-pcapng-ms.pcapng"],
    &["suite/link-pcapng-binary-resolution.pcapng"],
    &["suite/link-pcapng-big-endian.pcapng"],
    &["suite/link-pcap-big-endian.pcap"],
    &["suite/link-pcap-gz.pcap.gz"],
    &["suite/link-snaplen-cut.pcap"],
    &[
        "suite/tcp-rotated-files.1.pcap",
        "suite/tcp-rotated-files.2.pcap",
        "suite/tcp-rotated-files.3.pcap",
    ],
    &[
        "captures/a1_happy_smpp.pcap",
        "captures/x_nanosecond.pcap",
        "suite/link-ppp.pcap",
    ],
];

#[test]
fn frames_stay_what_they_are() {
    for names in KINDS {
        let files: Vec<PathBuf> = names.iter().map(|name| testdata().join(name)).collect();
        for more in [&[][..], &["--with-connections"][..]] {
            let (_guard, path, _) = slice(&files, more);
            let (whole, cut) = (frames(&files), frames(std::slice::from_ref(&path)));
            let origins = origins(&path, &files);
            assert_eq!(origins.len(), cut.len(), "{names:?}");
            assert!(!cut.is_empty(), "{names:?}");
            for (origin, seen) in origins.iter().zip(cut.values()) {
                assert_eq!(&whole[origin], seen, "{names:?} {more:?}: frame {origin:?}");
            }
        }
    }
}

#[test]
fn exactly_the_frames_of_the_messages() {
    // Frames as Wireshark shows them: requests, answers, and the TCP acknowledgements between; of the notification both
    // short messages and both answers; IP fragments; of a big message every segment; and the accounting that says whose
    // addresses they are.
    let cases: &[(&str, &[&str], &[u64])] = &[
        ("e_invalid_recipient.pcap", &["--id", "4"], &[40, 41, 42]),
        (
            "e_invalid_recipient.pcap",
            &["--id", "4", "--with-connections"],
            &[37, 38, 39, 40, 41, 42, 43, 44, 45, 46],
        ),
        (
            "c_rejected.pcap",
            &["--id", "1"],
            &[4, 5, 6, 11, 12, 13, 15, 17, 18, 23, 24, 25, 30, 31, 33, 34],
        ),
        (
            "k4_wsp_cl_ipfrag.pcap",
            &["--id", "1"],
            &[
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 20, 21, 23, 25, 26, 27, 28, 29, 30,
                35, 36, 37, 38, 39, 40, 41, 43, 44, 46, 47,
            ],
        ),
        ("k5_wsp_co_sar_loss.pcap", &["--id", "1"], &[1, 2, 4, 5, 7, 8]),
    ];
    for (name, more, expected) in cases {
        let files = [testdata().join("captures").join(name)];
        let (_guard, path, _) = slice(&files, more);
        let given: Vec<u64> = origins(&path, &files)
            .into_iter()
            .map(|(_, frame)| frame)
            .collect();
        assert_eq!(&given, expected, "{name} {more:?}");
    }
}

#[test]
fn each_frame_says_what_it_is() {
    let files = [testdata().join("captures/c_rejected.pcap")];
    let (_guard, path, _) = slice(&files, &[]);
    insta::assert_snapshot!(comments(&path).join("\n"));
}

#[test]
fn several_messages_and_a_selection() {
    let files = [testdata().join("captures/e_invalid_recipient.pcap")];
    let (_guard, path, _) = slice(&files, &["--outcome", "failure"]);
    let again = document(&[path]).unwrap();
    let ids: Vec<&Value> = again["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["outcome"])
        .collect();
    assert_eq!(ids, ["failure", "failure"]);
}

#[test]
fn what_cannot_be_sliced() {
    let capture = testdata().join("captures/c_rejected.pcap");
    let text = capture.to_str().unwrap();
    let refused = |arguments: &[&str]| {
        let (status, stdout, stderr) = run(arguments, &[]);
        assert!(stdout.is_empty(), "{arguments:?}");
        (status, stderr)
    };
    let (status, stderr) = refused(&["slice", text, "--redact"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("frames are redacted with --key FILE"), "{stderr}");
    let (status, stderr) = refused(&["slice", text, "-o", text]);
    assert_eq!(status, 2);
    assert!(stderr.contains("not overwritten"), "{stderr}");
    let (status, stderr) = refused(&["slice", "-"]);
    assert_eq!(status, 2, "{stderr}");
    let (status, stderr) = refused(&["slice", text, "--id", "99"]);
    assert_eq!(status, 2, "{stderr}");
}

#[test]
fn other_messages_in_the_frames_are_named() {
    let capture = [testdata().join("captures/v4_mm4_mbuni_vectorcore.pcap")];
    let said = |arguments: &[&str]| slice(&capture, arguments).2;
    let whole = said(&["--id", "1", "--with-connections"]);
    assert!(
        whole.contains("note: these frames hold another message too: 2"),
        "{whole}"
    );
    assert_eq!(said(&["--id", "1"]), "");
    assert_eq!(said(&[]), "");
}
