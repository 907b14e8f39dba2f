//! Time that captures cover.

use super::*;
use crate::model::Origin;

/// The only interface of a capture.
fn only(at: FrameRef) -> Origin {
    Origin::new(at.capture, 0)
}

fn at(capture: u32, frame: u64, seconds: i64) -> FrameRef {
    FrameRef {
        capture: CaptureIndex(capture),
        frame: FrameNumber(frame),
        time: Timestamp::from_seconds(seconds),
    }
}

fn frame(coverage: &mut Coverage, at: FrameRef) {
    coverage.frame(at, only(at));
}

/// Captures with packets at these seconds.
fn captured(captures: &[&[i64]]) -> Coverage {
    let mut coverage = Coverage::default();
    for (capture, seconds) in (0..).zip(captures) {
        for (number, second) in (1..).zip(*seconds) {
            frame(&mut coverage, at(capture, number, *second));
        }
    }
    coverage
}

/// The second until which is covered what comes after a frame.
fn end(coverage: &Coverage, from: FrameRef) -> i64 {
    let covered = CoveredTime::of(coverage);
    let end = covered.after(from, only(from)).interface();
    let end = end.map_or(from.time, |covered| covered.period.last);
    end.nanoseconds() / Timestamp::SECOND
}

#[test]
fn a_stamp_counts_once_a_later_packet_is_not_earlier() {
    assert_eq!(end(&captured(&[&[100, 110, 500]]), at(0, 1, 100)), 110);
    assert_eq!(end(&captured(&[&[100, 110, 500, 500]]), at(0, 1, 100)), 500);
    assert_eq!(
        end(&captured(&[&[100, 110, 500, 499]]), at(0, 1, 100)),
        500,
        "reordered"
    );
    assert_eq!(end(&captured(&[&[100]]), at(0, 1, 100)), 100);
}

#[test]
fn a_stray_stamp_moves_nothing() {
    for stray in [900_000, 3] {
        let coverage = captured(&[&[100, 110, stray, 112, 120, 121]]);
        assert_eq!(end(&coverage, at(0, 2, 110)), 120, "{stray}");
        assert_eq!(end(&coverage, at(0, 5, 120)), 120, "{stray}");
        assert_eq!(end(&coverage, at(0, 3, stray)), stray, "nothing is known of it");
    }
    assert_eq!(end(&captured(&[&[900_000, 100, 110, 111]]), at(0, 2, 100)), 110);
    assert_eq!(end(&captured(&[&[100, 110, 900_000]]), at(0, 1, 100)), 110);
}

#[test]
fn a_clock_that_was_wrong_for_a_while_covers_nothing() {
    let coverage = captured(&[&[100, 110, 5000, 5001, 5050, 112, 120, 121]]);
    assert_eq!(end(&coverage, at(0, 2, 110)), 120);
    assert_eq!(end(&coverage, at(0, 7, 120)), 120);
    assert_eq!(end(&coverage, at(0, 3, 5000)), 5000, "nothing is known of it");
    // A file that was merged out of order: what lies between its parts is not proven.
    let merged = captured(&[&[100, 110, 5000, 5010, 2000, 2001, 2010]]);
    assert_eq!(end(&merged, at(0, 3, 5000)), 5000);
    let both = |first, second| {
        let mut coverage = Coverage::default();
        let packets = [
            (100, 0),
            (110, 1),
            (5000, 0),
            (5001, 0),
            (5002, 1),
            (111, first),
            (130, second),
            (131, second),
        ];
        for (number, (second, interface)) in (1..).zip(packets) {
            coverage.frame(at(0, number, second), Origin::new(CaptureIndex(0), interface));
        }
        [0, 1].map(|interface| {
            let covered = CoveredTime::of(&coverage);
            let covered = covered
                .after(at(0, 1, 100), Origin::new(CaptureIndex(0), interface))
                .interface();
            covered.map(|covered| covered.period.last.nanoseconds() / Timestamp::SECOND)
        })
    };
    assert_eq!(both(0, 0), [Some(130), Some(110)]);
    assert_eq!(both(1, 0), [Some(130), Some(111)]);
}

#[test]
fn what_begins_in_its_middle_right_behind_a_silence_shows_a_hole() {
    // Seconds of packets, and when a connection is taken up, or lacks octets.
    let holes = |missing: bool, packets: &[i64], moment: i64| {
        let mut coverage = Coverage::default();
        for (number, second) in (1..).zip(packets) {
            let here = at(0, number, *second);
            frame(&mut coverage, here);
            match (*second == moment, missing) {
                (false, _) => {}
                (true, true) => coverage.octets_missing(7, here),
                (true, false) => coverage.begun_midway(here),
            }
        }
        coverage.captures[0]
            .holes()
            .map(|hole| hole.nanoseconds() / Timestamp::SECOND)
            .collect::<Vec<_>>()
    };
    for missing in [true, false] {
        assert_eq!(holes(missing, &[1, 2, 30, 31, 32], 30), [2, 30]);
        assert_eq!(holes(missing, &[1, 2, 30, 31, 32], 31), [2, 30]);
        assert_eq!(
            holes(missing, &[1, 2, 30, 31, 32, 33, 34], 34),
            [0; 0],
            "it is not right behind it"
        );
        let told_late: &[i64] = if missing { &[2, 30] } else { &[] };
        assert_eq!(
            holes(missing, &[1, 2, 30, 31, 32], 32),
            told_late,
            "octets are waited for"
        );
        assert_eq!(holes(missing, &[1, 2, 3, 4], 3), [0; 0], "there is no silence");
        assert_eq!(holes(missing, &[1, 2], 1), [0; 0], "the capture begins");
    }
    // The hole begins within the second in which the capture does.
    let mut coverage = Coverage::default();
    for (number, milliseconds) in [(1, 100), (2, 300), (3, 900_000), (4, 900_001)] {
        let time = Timestamp::from_nanoseconds(milliseconds * 1_000_000);
        let here = FrameRef {
            time,
            ..at(0, number, 0)
        };
        frame(&mut coverage, here);
    }
    let request = FrameRef {
        time: Timestamp::from_nanoseconds(300_000_000),
        ..at(0, 2, 0)
    };
    coverage.begun_midway(FrameRef {
        time: Timestamp::from_seconds(900),
        ..at(0, 4, 0)
    });
    let covered = CoveredTime::of(&coverage);
    let after = covered.after(request, only(request));
    let due = Timestamp::from_seconds(60);
    assert!(after.last_hole_before(due).is_some());
}

#[test]
fn times_that_fall_back_begin_anew() {
    let coverage = captured(&[&[1000, 1100, 1101, 500, 501, 560, 561]]);
    assert_eq!(end(&coverage, at(0, 1, 1000)), 1100);
    assert_eq!(end(&coverage, at(0, 4, 500)), 560);
    let covered = CoveredTime::of(&coverage);
    let (before, after) = (
        covered.after(at(0, 1, 1000), only(at(0, 0, 0))),
        covered.after(at(0, 4, 500), only(at(0, 0, 0))),
    );
    assert!(after.is_with(after) && !before.is_with(after));
}

#[test]
fn a_file_that_begins_where_another_ends_carries_on() {
    let coverage = captured(&[&[100, 150, 160], &[164, 300, 301], &[306, 400, 401]]);
    assert_eq!(end(&coverage, at(0, 1, 100)), 400);
    let other_order = captured(&[&[306, 400, 401], &[100, 150, 160], &[164, 300, 301]]);
    assert_eq!(end(&other_order, at(1, 1, 100)), 400);
    assert_eq!(
        end(&captured(&[&[100, 150, 160], &[166, 300, 301]]), at(0, 1, 100)),
        150
    );
    assert_eq!(
        end(&captured(&[&[100, 150, 160], &[120, 300, 301]]), at(0, 1, 100)),
        150
    );
}

#[test]
fn a_hole_is_what_several_connections_lack_at_once() {
    let mut coverage = captured(&[&[100, 200, 300, 301]]);
    let hole = |coverage: &Coverage| {
        let covered = CoveredTime::of(coverage);
        let until = Timestamp::from_seconds(300);
        let hole = covered
            .after(at(0, 1, 100), only(at(0, 0, 0)))
            .last_hole_before(until);
        hole.map(|hole| hole.nanoseconds() / Timestamp::SECOND)
    };
    coverage.octets_missing(1, at(0, 2, 200));
    coverage.octets_missing(1, at(0, 2, 200));
    coverage.octets_missing(2, at(0, 2, 203));
    assert_eq!(hole(&coverage), None);
    coverage.octets_missing(3, at(0, 2, 201));
    assert_eq!(hole(&coverage), Some(202));
    coverage.given_up(at(0, 3, 250));
    assert_eq!(hole(&coverage), Some(251));
}

#[test]
fn packets_that_the_capture_counts_as_dropped_are_a_hole() {
    let mut coverage = captured(&[&[100, 200]]);
    coverage.dropped(CaptureIndex(0), true);
    frame(&mut coverage, at(0, 3, 300));
    frame(&mut coverage, at(0, 4, 300));
    let until = Timestamp::from_seconds(300);
    let hole = |coverage: &Coverage, from| {
        CoveredTime::of(coverage)
            .after(from, only(from))
            .last_hole_before(until)
    };
    assert_eq!(hole(&coverage, at(0, 1, 100)), Some(Timestamp::from_seconds(201)));
    assert_eq!(hole(&coverage, at(0, 3, 300)), None);
    coverage.dropped(CaptureIndex(0), false);
    let covered = CoveredTime::of(&coverage);
    assert!(
        !covered.after(at(0, 1, 100), only(at(0, 0, 0))).reaches(until),
        "they may be missing anywhere"
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let mut coverage = Coverage::default();
    for round in 0..1000u64 {
        let back = 1_000_000 - 100 * i64::try_from(round).unwrap();
        frame(&mut coverage, at(0, 2 * round + 1, back));
        frame(&mut coverage, at(0, 2 * round + 2, back));
        frame(&mut coverage, at(0, 2 * round + 2, back));
    }
    for second in 0..10_000 {
        coverage.octets_missing(7, at(0, 1, 3 * second));
    }
    let timeline = &coverage.captures[0];
    assert!(timeline.over.len() <= MAX_SPANS && timeline.losses.len() <= MAX_LOSSES);
    assert!(
        !CoveredTime::of(&coverage)
            .after(at(0, 1, 1_000_000), only(at(0, 0, 0)))
            .reaches(Timestamp::default())
    );
}

#[test]
fn an_interface_covers_what_lies_between_its_own_packets() {
    let mut coverage = Coverage::default();
    let by = |interface| Origin::new(CaptureIndex(0), interface);
    for (number, second, interface) in [
        (1, 100, 0),
        (2, 101, 1),
        (3, 150, 1),
        (4, 160, 0),
        (5, 200, 0),
        (6, 201, 0),
    ] {
        coverage.frame(at(0, number, second), by(interface));
    }
    let covered = CoveredTime::of(&coverage);
    let reaches = |frame, seconds, interface, until| {
        let after = covered.after(at(0, frame, seconds), by(interface));
        after.reaches(Timestamp::from_seconds(until))
    };
    assert!(reaches(1, 100, 0, 200) && !reaches(1, 100, 0, 201));
    // Its last packet counts as a later one of the other is not earlier.
    assert!(reaches(2, 101, 1, 150) && !reaches(2, 101, 1, 160));
    assert!(reaches(1, 100, 1, 150), "it was there but for reordering");
    assert!(!reaches(1, 100, 2, 100), "an interface without packets");
}

#[test]
fn an_interface_is_carried_on_in_the_next_file() {
    let mut coverage = Coverage::default();
    let frames = [
        (0, 1, 100, 0),
        (0, 2, 101, 1),
        (0, 3, 160, 0),
        (0, 4, 160, 0),
        (1, 1, 161, 0),
        (1, 2, 300, 1),
        (1, 3, 301, 0),
    ];
    for (capture, number, second, interface) in frames {
        let at = at(capture, number, second);
        coverage.frame(at, Origin::new(at.capture, interface));
    }
    let covered = CoveredTime::of(&coverage);
    let after = covered.after(at(0, 2, 101), Origin::new(CaptureIndex(0), 1));
    assert!(after.reaches(Timestamp::from_seconds(300)) && !after.reaches(Timestamp::from_seconds(301)));
}

/// Whether what was asked at this second would have been seen answered 60 s later by captures that saw answers.
fn would_show(coverage: &Coverage, second: i64, captures: &[u32]) -> bool {
    let [from, until] = [second, second + 60].map(Timestamp::from_seconds);
    let seen_by = captures
        .iter()
        .map(|capture| Origin::new(CaptureIndex(*capture), 0));
    CoveredTime::of(coverage).would_show(from, until, seen_by)
}

#[test]
fn what_a_capture_that_ended_does_not_show_is_not_shown_by_one_that_goes_on() {
    let coverage = captured(&[&[100, 110, 120, 121], &[100, 110, 150, 170, 200]]);
    assert!(would_show(&coverage, 105, &[1]));
    assert!(!would_show(&coverage, 105, &[0]), "it ended too early");
    assert!(
        !would_show(&coverage, 105, &[0, 1]),
        "the answer may have come by either"
    );
    assert!(!would_show(&coverage, 105, &[]));
    assert!(!would_show(&coverage, 105, &[2]), "there is none");
    assert!(!would_show(&coverage, 50, &[1]), "before it began");
}

#[test]
fn what_captured_answers_before_and_was_over_does_not_count() {
    let coverage = captured(&[&[10, 20, 21], &[100, 110, 170, 200]]);
    assert!(would_show(&coverage, 105, &[1, 0]));
    assert!(!would_show(&coverage, 105, &[0]));
}

#[test]
fn files_that_continue_each_other_show_what_lies_over_both() {
    let coverage = captured(&[&[100, 110, 120, 121], &[122, 130, 170, 200]]);
    assert!(would_show(&coverage, 105, &[0]));
}

#[test]
fn a_hole_may_have_held_the_answer() {
    let mut coverage = captured(&[&[100, 110, 120]]);
    coverage.given_up(at(0, 3, 120));
    for (number, second) in (4..).zip([150, 170, 200, 201]) {
        frame(&mut coverage, at(0, number, second));
    }
    assert!(!would_show(&coverage, 105, &[0]));
    assert!(would_show(&coverage, 130, &[0]));
    coverage.dropped(CaptureIndex(0), false);
    assert!(
        !would_show(&coverage, 130, &[0]),
        "nobody knows where packets were dropped"
    );
}
