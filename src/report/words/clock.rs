//! By how much the clock of a capture differs from others', in words.

use super::human;
use crate::report::document::{Capture, ClockEntry, ClockOrigin};

/// What is known of the clock of a capture, in one line; none where it is as good as right. `captures` are all of the run.
pub fn clock_in_words(capture: &Capture, captures: &[Capture]) -> Option<String> {
    let clock = capture.clock.as_ref()?;
    let shown = "times are shown as captured";
    if clock.origin == ClockOrigin::Given {
        return Some(format!("{} added by --shift; {shown}", signed(clock.shift_ms)));
    }
    let differs = differs(clock, captures);
    let packets = human::count(clock.packets, "packet");
    Some(match not_straight(&clock.verdict) {
        None => format!("{differs}, by {packets} in both; set straight, {shown}"),
        Some(why) => format!("{differs}, by {packets} in both; not set straight: {why}; --shift does"),
    })
}

/// `50 ms ahead of a.pcap, gaining 3.1 s a day`.
fn differs(clock: &ClockEntry, captures: &[Capture]) -> String {
    let ahead = clock.ahead_ms.unwrap_or_default();
    let side = if ahead < 0.0 { "behind" } else { "ahead of" };
    let reference = clock.reference.and_then(|index| captures.get(index as usize));
    let reference = reference.map_or("another capture", |capture| capture.path.as_str());
    let a_day = clock.drift_ppm * MILLIONTH_OF_A_DAY;
    let drift = match () {
        () if clock.drift_ppm == 0.0 => String::new(),
        () if a_day < 0.0 => format!(", losing {} a day", human::duration(-a_day)),
        () => format!(", gaining {} a day", human::duration(a_day)),
    };
    format!("{} {side} {reference}{drift}", human::duration(ahead.abs()))
}

/// Milliseconds.
const MILLIONTH_OF_A_DAY: f64 = 86.4;

/// Why a clock was not set straight; none where it was.
fn not_straight(verdict: &str) -> Option<&'static str> {
    match verdict {
        "one_way" => Some("they all went one way, and it may be what they took"),
        "unsteady" => Some("they contradict each other, as where a clock was set while it ran"),
        "far" => Some("it is so much that they may have been sent again"),
        "begun" => Some("most of these captures was not compared"),
        _ => None,
    }
}

fn signed(milliseconds: f64) -> String {
    let sign = if milliseconds < 0.0 { "" } else { "+" };
    format!("{sign}{}", human::duration(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(clock: ClockEntry) -> String {
        let capture = |path: &str, clock: Option<ClockEntry>| Capture {
            path: path.to_owned(),
            clock,
            ..Capture::default()
        };
        let captures = [capture("a.pcap", None), capture("b.pcap", Some(clock))];
        assert_eq!(clock_in_words(&captures[0], &captures), None);
        clock_in_words(&captures[1], &captures).unwrap()
    }

    fn measured() -> ClockEntry {
        ClockEntry {
            origin: ClockOrigin::Measured,
            verdict: "straight".to_owned(),
            shift_ms: -50.25,
            drift_ppm: 0.0,
            ahead_ms: Some(50.25),
            reference: Some(0),
            packets: 812,
            scatter_ms: Some(0.02),
            path_ms: Some(0.0),
        }
    }

    #[test]
    fn a_clock_is_ahead_or_behind_and_gains_or_loses() {
        assert_eq!(
            told(measured()),
            "50 ms ahead of a.pcap, by 812 packets in both; set straight, times are shown as captured"
        );
        let losing = ClockEntry {
            ahead_ms: Some(-1_500.0),
            drift_ppm: -10.0,
            ..measured()
        };
        assert!(told(losing).starts_with("1.5 s behind a.pcap, losing 864 ms a day, by 812"));
    }

    #[test]
    fn what_was_not_set_straight_says_why() {
        for verdict in ["one_way", "unsteady", "far", "begun"] {
            let clock = ClockEntry {
                verdict: verdict.to_owned(),
                ..measured()
            };
            assert!(told(clock).contains("not set straight: "), "{verdict}");
        }
    }

    #[test]
    fn what_somebody_said_is_told_as_that() {
        let given = ClockEntry {
            origin: ClockOrigin::Given,
            shift_ms: 50.0,
            ..measured()
        };
        assert_eq!(
            told(given),
            "+50 ms added by --shift; times are shown as captured"
        );
    }
}
