//! The time as a ticket has it: time zones for what people read and type, and windows of time.

use std::path::{Path, PathBuf};

use crate::order::later;
use crate::records::Capture;
use crate::support::{printed, run, run_with, testdata};

fn capture(name: &str) -> PathBuf {
    testdata().join("captures").join(name)
}

/// The ids of the messages that some options select, over captures of 20 November 2026.
fn ids(arguments: &[&str], files: &[PathBuf]) -> Vec<u64> {
    let csv = printed(
        &[&["--format", "csv", "--fields", "id"], arguments].concat(),
        files,
    );
    csv.lines().skip(1).map(|id| id.parse().unwrap()).collect()
}

const BERLIN: [&str; 2] = ["--tz", "Europe/Berlin"];

#[test]
fn people_read_times_in_their_zone_with_the_offset() {
    let file = [capture("c_rejected.pcap")];
    let shown = |arguments: &[&str]| printed(&[arguments, &BERLIN].concat(), &file);

    let table = shown(&[]);
    assert!(
        table.contains("TIME (+01:00)") && table.contains("18:59:30.718"),
        "{table}"
    );
    let narrow = shown(&["--width", "70"]);
    assert!(
        !narrow.contains("TIME") || narrow.contains("TIME (+01:00)"),
        "{narrow}"
    );
    let markdown = shown(&["--format", "markdown"]);
    assert!(
        markdown.contains("TIME (+01:00)") && markdown.contains("18:59:30.718"),
        "{markdown}"
    );
    let show = shown(&["show"]);
    assert!(
        show.contains("2026-11-20 18:59:30.718 – 18:59:32.401 +01:00"),
        "{show}"
    );
    assert!(show.contains(", 18:59:31.393,"), "{show}");
    let ladder = shown(&["ladder"]);
    assert!(ladder.contains("from 2026-11-20 18:59:30.718 +01:00"), "{ladder}");
    let stats = shown(&["stats", "--by", "hour"]);
    assert!(stats.contains("2026-11-20T18:00+01:00"), "{stats}");
    let stats = shown(&["stats", "--by", "minute", "--format", "markdown"]);
    assert!(stats.contains("2026-11-20T18:59+01:00"), "{stats}");
    let captures = shown(&["captures"]);
    assert!(
        captures.contains("2026-11-20T18:59:30.718744+01:00 to "),
        "{captures}"
    );
    let pdus = shown(&["pdus"]);
    assert!(pdus.starts_with("18:59:30.718+01:00 "), "{pdus}");
    let page = shown(&["report", "-o", "-"]);
    assert!(
        page.contains("18:59:30") && page.contains("\"name\":\"+01:00\""),
        "no local times on the page"
    );
    let explained = run(&["--tz", "Europe/Berln"], &file);
    assert_eq!(explained.0, 2);
    assert!(
        explained.2.contains("did you mean Europe/Berlin?"),
        "{}",
        explained.2
    );
}

#[test]
fn offsets_and_the_zone_of_the_machine_are_zones() {
    let file = [capture("c_rejected.pcap")];
    let table = printed(&["--tz", "-03:30"], &file);
    assert!(
        table.contains("TIME (-03:30)") && table.contains("14:29:30.718"),
        "{table}"
    );
    let local = |zone: &str| run_with(&[("TZ", zone)], &["--tz", "local"], &file).1;
    let table = String::from_utf8(local("Asia/Kolkata")).unwrap();
    assert!(
        table.contains("TIME (+05:30)") && table.contains("23:29:30.718"),
        "{table}"
    );
}

/// A probe may have no zones, or few.
#[test]
fn a_zone_that_the_system_lacks_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let system = Path::new("/usr/share/zoneinfo/UTC");
    if system.exists() {
        std::fs::copy(system, folder.path().join("UTC")).unwrap();
    }
    let environment = [("TZDIR", folder.path().to_str().unwrap())];
    let (status, table, stderr) = run_with(&environment, &BERLIN, &[capture("c_rejected.pcap")]);
    assert_eq!(status, 0, "{stderr}");
    assert!(String::from_utf8(table).unwrap().contains("TIME (+01:00)"));
}

#[test]
fn a_zone_changes_nothing_that_programs_read() {
    let files = [capture("c_rejected.pcap"), capture("e_invalid_recipient.pcap")];
    for arguments in [
        &["--format", "json"][..],
        &["--format", "jsonl"],
        &["--format", "csv"],
        &["show", "--format", "json"],
        &["captures", "--format", "json"],
        &["stats", "--by", "hour", "--format", "json"],
        &["stats", "--by", "minute", "--format", "csv"],
        &["stats", "--by", "hour", "--format", "openmetrics"],
        &["pdus", "--format", "jsonl"],
        &["pdus", "--format", "csv"],
    ] {
        let plain = printed(arguments, &files);
        assert_eq!(
            printed(&[arguments, &BERLIN].concat(), &files),
            plain,
            "{arguments:?}"
        );
    }
}

/// The messages of this capture began at 17:59:49.383, 50.410, 50.439, 50.471 and 50.487.
#[test]
fn a_window_is_typed_as_a_ticket_has_it() {
    let file = [capture("e_invalid_recipient.pcap")];
    for (arguments, expected) in [
        (&["--started-since", "2026-11-20T17:59:50.471Z"][..], &[4, 5][..]),
        (&["--started-since", "2026-11-20T18:59:50.471+01:00"], &[4, 5]),
        (&["--started-since", "2026-11-20 17:59:50.471"], &[4, 5]),
        (&["--started-since", "17:59:50.471"], &[4, 5]),
        (
            &["--started-since", "18:59:50.471", "--tz", "Europe/Berlin"],
            &[4, 5],
        ),
        (
            &[
                "--started-since",
                "2026-11-20 18:59:50.471",
                "--tz",
                "Europe/Berlin",
            ],
            &[4, 5],
        ),
        (&["--started-since", "2026-11-20 18:59:50.471 +01:00"], &[4, 5]),
        (&["--started-since", "1795197590.471"], &[4, 5]),
        (&["--started-since", "@1795197590.471"], &[4, 5]),
        (&["--started-until", "17:59:50.410"], &[1]),
        (&["--started-since", "-1h"], &[1, 2, 3, 4, 5]),
        (
            &["--started-since", "17:59:50", "--started-until", "17:59:50.45"],
            &[2, 3],
        ),
        (
            &["--started-since=2026-11-20", "--started-until", "2026-11-21"],
            &[1, 2, 3, 4, 5],
        ),
        (
            &[
                "--filter",
                "started >= '2026-11-20 18:59:50.471'",
                "--tz",
                "+01:00",
            ],
            &[4, 5],
        ),
        (&["--filter", "started >= '2026-11-20 17:59:50.471'"], &[4, 5]),
    ] {
        assert_eq!(ids(arguments, &file), expected, "{arguments:?}");
    }
}

#[test]
fn a_window_takes_the_messages_that_were_active_in_it() {
    // From 17:59:49.383 on, and to beyond the others.
    let file = [capture("e_invalid_recipient.pcap")];
    let within = ["--since", "17:59:50.420", "--until", "17:59:50.430"];
    assert_eq!(ids(&within, &file), [1, 2]);
    assert_eq!(
        ids(&["--since", "17:59:50.420", "--started-until", "17:59:50"], &file),
        [1]
    );
    let started = [
        "--started-since",
        "17:59:50.420",
        "--started-until",
        "17:59:50.430",
    ];
    assert_eq!(ids(&started, &file), [] as [u64; 0]);
    // Lines are not printed as messages close where only the end of the captures tells which.
    let lines = printed(
        &[
            "--format",
            "jsonl",
            "--only",
            "message",
            "--started-since",
            "17:59:50.471",
        ],
        &file,
    );
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let lines = printed(
        &["--format", "jsonl", "--only", "message", "--since", "-0s"],
        &file,
    );
    let document = printed(&["--format", "json", "--since", "-0s"], &file);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        lines.lines().count(),
        document["messages"].as_array().unwrap().len()
    );
}

#[test]
fn what_is_ambiguous_or_impossible_is_refused_before_anything_is_read() {
    let file = [capture("c_rejected.pcap")];
    for (arguments, expected) in [
        (&["--since", "soon"][..], "this is no time; one looks like"),
        (
            &["--since", "1824"],
            "may be a time of day or seconds since 1970; write 18:24 or @1824",
        ),
        (&["--until", "20261120"], "may be a day or seconds since 1970"),
        (&["--since", "-15x"], "unknown unit 'x'"),
        (&["--since", "1795197590471"], "is it milliseconds?"),
        (
            &["--since", "2026-10-25 02:30", "--tz", "Europe/Berlin"],
            "--since: 2026-10-25 02:30 was twice in Europe/Berlin; write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
        ),
        (
            &["--until", "2026-03-29 02:30", "--tz", "Europe/Berlin"],
            "--until: 2026-03-29 02:30 was at no time in Europe/Berlin",
        ),
        (
            &["--since", "2026-11-20 18:00", "--until", "2026-11-20 17:00"],
            "nothing lies between --since (2026-11-20 18:00:00.000 UTC) and --until (2026-11-20 17:00:00.000 UTC)",
        ),
        (
            &[
                "--filter",
                "started > '2026-10-25 02:30'",
                "--tz",
                "Europe/Berlin",
            ],
            "--filter: this was twice in Europe/Berlin",
        ),
        (&["--tz", "Mars"], "there is no time zone Mars"),
    ] {
        let (status, stdout, stderr) = run(arguments, &file);
        assert_eq!((status, stdout.len()), (2, 0), "{arguments:?}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_time_of_day_of_several_days_is_asked_after() {
    let folder = tempfile::tempdir().unwrap();
    let whole = Capture::read(&capture("e_invalid_recipient.pcap")).unwrap();
    let next_day = whole.records.iter().map(|record| later(record, 86_400));
    let next = whole.write(&folder, "next.pcap", &next_day.collect::<Vec<_>>());
    let files = [capture("c_rejected.pcap"), next];
    for arguments in [
        &["--since", "18:00"][..],
        &["--until", "18:00", "--format", "json"],
    ] {
        let (status, _, stderr) = run(arguments, &files);
        assert_eq!(status, 2, "{stderr}");
        assert!(
            stderr.contains("18:00 of which day? the captures go from 2026-11-20 to 2026-11-21 (UTC)"),
            "{stderr}"
        );
    }
    assert_eq!(ids(&["--started-since", "2026-11-21"], &files), [2, 3, 4, 5, 6]);
    assert_eq!(ids(&["--started-since", "-12h"], &files), [2, 3, 4, 5, 6]);
}
