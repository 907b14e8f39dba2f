//! `mmsmate slice` of what lies in TLS: it can be read again with the same keys, and holds no secret unless it is asked for.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | with its secrets or with the same keys, every message reads back as it was | [`every_message_reads_back`] |
//! | without being asked no octet of a secret is in the slice | [`every_message_reads_back`] |
//! | what is asked for are the secrets of the connections in it alone, from whatever source | [`only_what_the_slice_needs`] |
//! | the key of a server is never copied | [`a_private_key_stays_where_it_is`] |
//! | what cannot be done is refused | [`what_has_no_room_for_secrets_is_refused`] |

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::slices::{is_tied, normal, origins};
use crate::support::{read_json, run};
use crate::tls::{directory, options};

/// A slice with what was said of it.
struct Slice {
    _folder: tempfile::TempDir,
    path: PathBuf,
    said: String,
}

fn slice(capture: &Path, more: &[&str]) -> Slice {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice.pcapng");
    let mut arguments = vec!["slice", "-o", path.to_str().unwrap()];
    arguments.extend_from_slice(more);
    let (status, _, said) = run(&arguments, &[capture.to_owned()]);
    assert_eq!(status, 0, "{capture:?} {more:?}: {said}");
    Slice {
        _folder: folder,
        path,
        said,
    }
}

fn messages(capture: &Path, options: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["messages", "--format", "json"];
    arguments.extend_from_slice(options);
    let (status, printed, said) = run(&arguments, &[capture.to_owned()]);
    assert_eq!(status, 0, "{capture:?}: {said}");
    let mut document: Value = serde_json::from_slice(&printed).unwrap();
    serde_json::from_value(document["messages"].take()).unwrap()
}

/// The octets of the blocks of a little-endian pcapng file, by their types.
fn blocks(octets: &[u8]) -> Vec<(u32, &[u8])> {
    let word = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().unwrap());
    let (mut blocks, mut at) = (Vec::new(), 0);
    while at < octets.len() {
        let length = word(at + 4) as usize;
        blocks.push((word(at), &octets[at + 8..at + length - 4]));
        at += length;
    }
    blocks
}

/// The lines of the key logs inside a slice.
fn lines(path: &Path) -> Vec<String> {
    let octets = std::fs::read(path).unwrap();
    let secrets = blocks(&octets).into_iter().filter(|(kind, _)| *kind == 10);
    secrets
        .flat_map(|(_, body)| {
            assert_eq!(body[..4], 0x544c_534b_u32.to_le_bytes());
            let length = u32::from_le_bytes(body[4..8].try_into().unwrap()) as usize;
            let text = String::from_utf8(body[8..8 + length].to_vec()).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// All secrets that a run may have: of its key logs and of the blocks in its capture, in hexadecimal.
fn secrets(capture: &Path, options: &[String]) -> BTreeSet<String> {
    let logs = options.iter().filter(|option| option.ends_with(".keylog"));
    let logs = logs.map(|path| std::fs::read_to_string(path).unwrap());
    let inside = match capture.extension().is_some_and(|end| end == "pcapng") {
        true => lines(capture),
        false => Vec::new(),
    };
    let lines = logs.flat_map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>());
    lines
        .chain(inside)
        .filter_map(|line| Some(line.split_ascii_whitespace().nth(2)?.to_ascii_lowercase()))
        .filter(|secret| secret.len() >= 64)
        .collect()
}

fn holds(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

fn assert_no_secret(path: &Path, secrets: &BTreeSet<String>) {
    let octets = std::fs::read(path).unwrap();
    let lower = octets.to_ascii_lowercase();
    for secret in secrets {
        let raw = data_encoding::HEXLOWER_PERMISSIVE
            .decode(secret.as_bytes())
            .unwrap();
        assert!(
            !holds(&lower, secret.as_bytes()),
            "a secret in hexadecimal in {path:?}"
        );
        assert!(!holds(&octets, &raw), "a secret in {path:?}");
    }
    assert!(
        blocks(&octets).iter().all(|(kind, _)| *kind != 10),
        "a block of secrets"
    );
}

/// How a message differs from what a slice reads back as.
fn difference(capture: &Path, message: &Value, slice: &Slice, options: &[&str]) -> Option<String> {
    let again = messages(&slice.path, options);
    // Of HTTP/2 a slice has what came before on the same connection, and so other messages, too.
    let same = |found: &&Value| {
        ["message_id", "subject", "transaction_id"]
            .iter()
            .all(|field| found[field] == message[field])
    };
    let found: Vec<&Value> = again.iter().filter(same).collect();
    let [found] = found.as_slice() else {
        return Some(format!("{} of {} messages", found.len(), again.len()));
    };
    let origins = origins(&slice.path, &[capture.to_owned()]);
    let (wanted, found) = (
        normal(message.clone(), None),
        normal((*found).clone(), Some(&origins)),
    );
    let fields = wanted.as_object().unwrap().iter();
    let different: Vec<String> = fields
        .filter(|(name, _)| !(is_tied(message) && *name == "links"))
        .filter(|(name, _)| *name != "key")
        // What was not read of a capture is not in a slice of it.
        .filter(|(name, value)| !(*name == "evidence" && **value == "unread"))
        .filter(|(name, value)| found[name.as_str()] != **value)
        .map(|(name, value)| format!("    {name}: {value}\n        -> {}", found[name]))
        .collect();
    let said = slice.said.contains("reads back differently");
    (said || !different.is_empty()).then(|| format!("{}\n{}", slice.said, different.join("\n")))
}

#[test]
fn every_message_reads_back() {
    let expectations = read_json(&directory().join("expect.json"));
    let (mut sliced, mut wrong) = (0, Vec::new());
    for (name, wanted) in expectations.as_object().unwrap() {
        let capture = directory().join(name);
        let options = options(wanted);
        let keys: Vec<&str> = options.iter().map(String::as_str).collect();
        let secrets = secrets(&capture, &options);
        for message in messages(&capture, &keys) {
            let id = message["id"].to_string();
            let arguments = [&keys[..], &["--id", &id]].concat();
            let bare = slice(&capture, &arguments);
            assert_no_secret(&bare.path, &secrets);
            // Secrets inside a capture are not taken over, so that only those outside can open the slice again.
            let given = options.iter().any(|option| option.starts_with("--"));
            let is_read = message.to_string().contains("\"cipher\"");
            if given || !is_read {
                let difference = difference(&capture, &message, &bare, &keys);
                wrong.extend(difference.map(|what| format!("{name} {id} with its keys: {what}")));
            }
            let whole = slice(&capture, &[&arguments[..], &["--with-secrets"]].concat());
            let difference = difference(&capture, &message, &whole, &[]);
            wrong.extend(difference.map(|what| format!("{name} {id} with its secrets: {what}")));
            assert_eq!(
                is_read,
                !lines(&whole.path).is_empty(),
                "{name} {id}: {}",
                whole.said
            );
            sliced += 1;
        }
    }
    assert!(sliced > 20, "only {sliced} messages were cut out");
    assert!(
        wrong.is_empty(),
        "{} of {sliced}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn only_what_the_slice_needs() {
    for (name, keys) in [
        (
            "t19_partial_keylog.pcap",
            &["--keylog", "t19_partial_keylog.keylog"][..],
        ),
        ("t34_h2_late_dsb.pcapng", &[]),
    ] {
        let capture = directory().join(name);
        let path = |key: &str| directory().join(key).to_str().unwrap().to_owned();
        let keys: Vec<String> = keys
            .iter()
            .map(|key| {
                if key.starts_with("--") {
                    (*key).to_owned()
                } else {
                    path(key)
                }
            })
            .collect();
        let mut arguments: Vec<&str> = keys.iter().map(String::as_str).collect();
        let all = secrets(&capture, &keys);
        let first = messages(&capture, &arguments)[0]["id"].to_string();
        arguments.extend(["--id", &first, "--with-secrets"]);
        let slice = slice(&capture, &arguments);
        let lines = lines(&slice.path);
        let randoms: BTreeSet<&str> = lines.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        let copied: BTreeSet<String> = lines
            .iter()
            .map(|line| line.split(' ').nth(2).unwrap().to_owned())
            .collect();
        assert!(copied.is_subset(&all), "{name}");
        assert!(copied.len() < all.len(), "{name}: all {} secrets", all.len());
        let connections = match randoms.len() {
            1 => "1 connection\n".to_owned(),
            count => format!("{count} connections\n"),
        };
        let said = format!("mmsmate: the slice holds the TLS secrets of {connections}");
        assert_eq!(slice.said, said, "{name}");
    }
}

#[test]
fn a_private_key_stays_where_it_is() {
    let capture = directory().join("t06_rsa_kex_private_key.pcap");
    let key = directory().join("t06_rsa_kex_private_key.key.pem");
    let slice = slice(
        &capture,
        &[
            "--private-key",
            key.to_str().unwrap(),
            "--with-secrets",
            "--id",
            "1",
        ],
    );
    let lines = lines(&slice.path);
    assert!(!lines.is_empty());
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(
            (words[0], words[1].len(), words[2].len()),
            ("CLIENT_RANDOM", 64, 96)
        );
    }
    let octets = std::fs::read(&slice.path).unwrap();
    let pem = std::fs::read_to_string(&key).unwrap();
    let body = pem.lines().filter(|line| !line.starts_with("---"));
    assert!(
        body.filter(|line| line.len() > 32)
            .all(|line| !holds(&octets, line.as_bytes()))
    );
}

#[test]
fn what_has_no_room_for_secrets_is_refused() {
    let capture = directory().join("t08_tls13_aes128_gcm.pcap");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice.pcap");
    let path = path.to_str().unwrap();
    for (more, reason) in [
        (
            &["-o", path][..],
            "mmsmate: a pcap file has no room for secrets; name a .pcapng file",
        ),
        (
            &["-o", "x.pcapng", "--redact"],
            "error: the argument '--with-secrets' cannot be used with '--redact'",
        ),
    ] {
        let arguments = [&["slice", "--with-secrets"][..], more].concat();
        let (status, _, said) = run(&arguments, std::slice::from_ref(&capture));
        assert_eq!((status, said.lines().next()), (2, Some(reason)));
    }
    assert!(!Path::new(path).exists());
}
