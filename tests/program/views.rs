//! How every view looks: at 80 and 160 columns, in colour and in ASCII, one snapshot a view; help and manual of every
//! command.

use std::path::PathBuf;

use mmsmate::internals::report::cells;

use crate::support::{printed, run_in, testdata};

/// A look: its name, and the options that ask for it.
const LOOKS: &[(&str, &[&str])] = &[
    ("80 columns", &["--width", "80"]),
    ("160 columns", &["--width", "160"]),
    ("80 columns in colour", &["--width", "80", "--color", "always"]),
    ("80 columns in ASCII", &["--width", "80", "--ascii"]),
];

/// A text without what switches colours.
fn plain(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').unwrap().1);
    }
    plain
}

fn trimmed(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Takes a snapshot of a view in every look. `fits` says whether its lines keep to the width.
fn view(name: &str, arguments: &[&str], fits: bool) {
    let mut looks = String::new();
    let mut texts = Vec::new();
    for (look, options) in LOOKS {
        let (status, stdout, stderr) = run_in(&testdata(), &[arguments, options].concat());
        assert!(status <= 1, "{arguments:?}: {stderr}");
        let text = String::from_utf8(stdout).unwrap();
        let width: usize = options[1].parse().unwrap();
        if fits {
            let wide = plain(&text)
                .lines()
                .find(|line| cells(line) > width)
                .map(str::to_owned);
            assert_eq!(wide, None, "{arguments:?} {look}");
        }
        looks.push_str(&format!("──── {look}\n{}\n", text.replace('\u{1b}', "␛")));
        texts.push(text);
    }
    assert_eq!(
        trimmed(&plain(&texts[2])),
        trimmed(&texts[0]),
        "{arguments:?}: colour is all that colour changes"
    );
    assert!(texts[3].is_ascii(), "{arguments:?}: {}", texts[3]);
    insta::assert_snapshot!(name, looks);
}

macro_rules! views {
    ($($test:ident($fits:literal) = $($argument:literal)+;)+) => {
        $(#[test] fn $test() { view(stringify!($test), &[$($argument),+], $fits); })+
    };
}

views! {
    messages(true) = "messages" "captures/e_invalid_recipient.pcap";
    messages_wide(false) = "messages" "--wide" "captures/l_multi_recipients.pcap";
    messages_of_many_outcomes(true) = "messages" "captures/l_multi_recipients.pcap" "captures/m_mailbox.pcap" "captures/h_notif_repeated.pcap" "captures/v3_vectorcore_big.pcap";
    captures(false) = "captures" "suite/link-last-packet-cut.pcap" "captures/k4_wsp_cl_ipfrag.pcap";
    show(true) = "show" "captures/d_expired.pcap" "1";
    show_of_several_recipients(true) = "show" "captures/l_multi_recipients.pcap" "1";
    ladder(true) = "ladder" "captures/d_expired.pcap" "1";
    ladder_of_several_recipients(true) = "ladder" "captures/l_multi_recipients.pcap" "1";
    ladder_through_a_gateway(true) = "ladder" "captures/k1_wsp_co_small.pcap" "1";
    ladder_of_what_was_sent_again(true) = "ladder" "captures/h_notif_repeated.pcap" "1";
    ladder_of_what_was_cut(true) = "ladder" "suite/failure-retrieve-incomplete-rst.pcapng.gz" "1";
    ladder_with_what_was_asked(true) = "ladder" "--context" "all" "surroundings/all-systems.pcapng.gz" "1";
    captures_with_what_nobody_answered(false) = "captures" "surroundings/charging-no-answer.pcapng.gz";
    pdus(false) = "pdus" "captures/e_invalid_recipient.pcap";
    pdus_tree(false) = "pdus" "--tree" "--frame" "50" "captures/e_invalid_recipient.pcap";
    diff(true) = "diff" "captures/h_notif_repeated.pcap" "captures/a1_happy_smpp.pcap";
}

#[test]
fn decode() {
    let folder = tempfile::tempdir().unwrap();
    let octets = b"\x8c\x82\x98T-1\0\x8d\x92\x89\x15\x80+4412345678/TYPE=PLMN\0\x8a\x80\x8e\x02\x11\x22\x88\x05\x81\x03\x01\x02\x03\x83http://mmsc.example/a\0";
    std::fs::write(folder.path().join("pdu.mms"), octets).unwrap();
    let mut looks = String::new();
    for (look, options) in LOOKS {
        let arguments = [&["decode", "pdu.mms"][..], options].concat();
        let (status, stdout, stderr) = run_in(folder.path(), &arguments);
        assert_eq!(status, 0, "{stderr}");
        let text = String::from_utf8(stdout).unwrap();
        looks.push_str(&format!("──── {look}\n{}\n", text.replace('\u{1b}', "␛")));
    }
    insta::assert_snapshot!(looks);
}

#[test]
fn check() {
    let folder = tempfile::tempdir().unwrap();
    let capture = |name: &str| testdata().join("captures").join(name);
    for (from, to) in [
        ("a1_happy_smpp.pcap", "held.pcap"),
        ("c_rejected.pcap", "failed.pcap"),
        ("a1_happy_smpp.pcap", "unexpected.pcap"),
    ] {
        std::fs::copy(capture(from), folder.path().join(to)).unwrap();
    }
    run_in(folder.path(), &["check", "--bless", "held.pcap", "failed.pcap"]);
    std::fs::copy(capture("d_expired.pcap"), folder.path().join("failed.pcap")).unwrap();
    let mut looks = String::new();
    for (look, options) in LOOKS {
        let (status, stdout, stderr) = run_in(folder.path(), &[&["check", "."][..], options].concat());
        assert_eq!(status, 1, "{stderr}");
        let text = String::from_utf8(stdout).unwrap();
        looks.push_str(&format!("──── {look}\n{}\n", text.replace('\u{1b}', "␛")));
    }
    insta::assert_snapshot!(looks);
}

const COMMANDS: &[&str] = &[
    "messages",
    "browse",
    "captures",
    "show",
    "stats",
    "ladder",
    "report",
    "slice",
    "parts",
    "check",
    "diff",
    "compare",
    "pdus",
    "decode",
    "mate",
    "schema",
    "completions",
    "man",
    "help",
    "version",
];

/// What the help of the program names as commands.
fn commands_in_help() -> Vec<String> {
    let help = printed(&["-h"], &[]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    lines
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn help_of_every_command() {
    assert_eq!(commands_in_help(), COMMANDS, "each command is in the snapshots");
    insta::assert_snapshot!("help", printed(&["--help"], &[]));
    insta::assert_snapshot!("help_in_short", printed(&["-h"], &[]));
    for command in COMMANDS {
        let help = printed(&[command, "--help"], &[]);
        let (examples, options) = (help.find("Examples:"), help.find("Options:"));
        assert!(
            examples.is_some() && examples < options,
            "{command}: examples come first"
        );
        let lines = help.lines().filter(|line| line.starts_with("  mmsmate"));
        assert!(lines.clone().count() >= 1, "{command}");
        insta::assert_snapshot!(format!("help_{command}"), help);
        insta::assert_snapshot!(format!("help_in_short_{command}"), printed(&[command, "-h"], &[]));
    }
}

#[test]
fn manual_pages() {
    insta::assert_snapshot!("man", printed(&["man"], &[]));
    for command in COMMANDS {
        let page = printed(&["man", command], &[]);
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES", ".SH OPTIONS"] {
            assert!(page.contains(section), "{command}: {section}");
        }
    }
}

#[test]
fn manual_pages_are_written_under_their_names() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path().join("share/man/man1");
    let written = printed(&["man", "--dir", directory.to_str().unwrap()], &[]);
    assert_eq!(written, "");
    let page = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(page("mmsmate.1"), printed(&["man"], &[]));
    for command in COMMANDS {
        assert_eq!(
            page(&format!("mmsmate-{command}.1")),
            printed(&["man", command], &[])
        );
    }
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), COMMANDS.len() + 1);
}

#[test]
fn completions_of_every_shell_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell], &[]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn columns_are_chosen_for_any_width() {
    let file: &[PathBuf] = &[testdata().join("captures/e_invalid_recipient.pcap")];
    for width in [20, 30, 40, 60, 72, 80, 100, 120, 200] {
        let text = printed(&["--width", &width.to_string()], file);
        let table = text.split("\n\n").next().unwrap();
        for line in table.lines() {
            assert!(cells(line) <= width, "{width}: {line}");
        }
        assert!(text.contains("send refused"), "{width}: {text}");
    }
}
