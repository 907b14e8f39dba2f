//! Sizes, durations and times as people read them.

use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// Octets with a decimal unit: `812 B`, `12.3 kB`, `1.2 MB`.
pub fn size(octets: u64) -> String {
    const UNITS: &[(u64, &str)] = &[(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (factor, unit) in UNITS {
        if octets >= *factor {
            let tenths = octets / (factor / 10);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{octets} B")
}

/// Milliseconds with the unit that suits them: `0.015 ms`, `0.4 ms`, `210 ms`, `5.1 s`, `3 min 12 s`, `2 h 5 min`.
pub fn duration(milliseconds: f64) -> String {
    let sign = if milliseconds < 0.0 { "-" } else { "" };
    let milliseconds = milliseconds.abs();
    if milliseconds > 0.0 && milliseconds < 0.095 {
        return format!("{sign}{:.3} ms", milliseconds.max(0.001));
    }
    if milliseconds < 9.95 {
        return format!("{sign}{milliseconds:.1} ms");
    }
    if milliseconds < 999.5 {
        return format!("{sign}{milliseconds:.0} ms");
    }
    if milliseconds < 59_950.0 {
        return format!("{sign}{:.1} s", milliseconds / 1_000.0);
    }
    let seconds = (milliseconds / 1_000.0).round();
    if seconds < 3_600.0 {
        return format!("{sign}{} min {} s", (seconds / 60.0).floor(), seconds % 60.0);
    }
    let minutes = (seconds / 60.0).round();
    format!("{sign}{} h {} min", (minutes / 60.0).floor(), minutes % 60.0)
}

/// Milliseconds from one time of the document to another.
pub fn between(from: Timestamp, to: Timestamp) -> f64 {
    let nanoseconds = i128::from(to.nanoseconds()) - i128::from(from.nanoseconds());
    #[expect(
        clippy::cast_precision_loss,
        reason = "a capture's span in nanoseconds to a thousandth of a millisecond"
    )]
    let microseconds = (nanoseconds / 1_000) as f64;
    microseconds / 1_000.0
}

/// The day in UTC, `2026-11-20`.
pub fn day(time: Timestamp) -> String {
    written(time, "%Y-%m-%d")
}

/// Time of day in UTC with milliseconds, `10:00:00.123`.
pub fn clock(time: Timestamp) -> String {
    written(time, "%H:%M:%S%.3f")
}

/// A time as [`clock`] or [`day_and_clock`] write it, to the second.
pub fn to_the_second(clock: &str) -> &str {
    clock.split('.').next().unwrap_or(clock)
}

/// Day and time of day in UTC with milliseconds.
pub fn day_and_clock(time: Timestamp) -> String {
    written(time, "%Y-%m-%d %H:%M:%S%.3f")
}

fn written(time: Timestamp, format: &str) -> String {
    let time = jiff::Timestamp::from(time).to_zoned(TimeZone::UTC);
    time.strftime(format).to_string()
}

/// A frame, with its capture, counted from 1, where that is not the first or there are several: `12`, `2:12`.
pub fn place(capture: u32, frame: u64, several_captures: bool) -> String {
    match (capture, several_captures) {
        (0, false) => frame.to_string(),
        _ => format!("{}:{frame}", capture.saturating_add(1)),
    }
}

/// `1 message`, `2 messages`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// A number with its digits in groups of three: `12 345`, as ISO 80000-1 writes it.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_and_never_round_up_to_a_thousand() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(999_999), "999.9 kB");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(u64::MAX), "18446744073.7 GB");
    }

    #[test]
    fn durations_change_unit_where_rounding_would_reach_it() {
        for (milliseconds, text) in [
            (0.0, "0.0 ms"),
            (0.44, "0.4 ms"),
            (9.96, "10 ms"),
            (999.4, "999 ms"),
            (999.6, "1.0 s"),
            (59_960.0, "1 min 0 s"),
            (192_000.0, "3 min 12 s"),
            (3_600_000.0, "1 h 0 min"),
            (7_500_000.0, "2 h 5 min"),
            (-210.0, "-210 ms"),
        ] {
            assert_eq!(duration(milliseconds), text);
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        let time = |text: &str| text.parse().unwrap();
        assert_eq!(clock(time("2026-11-20T10:00:00.123456Z")), "10:00:00.123");
        assert_eq!(
            day_and_clock(time("2026-11-20T10:00:00+01:00")),
            "2026-11-20 09:00:00.000"
        );
        assert_eq!(day(time("2026-11-20T23:59:59.999999999Z")), "2026-11-20");
        let between = between(time("2026-11-20T10:00:00.000001Z"), time("2026-11-20T10:00:01Z"));
        assert!((between - 999.999).abs() < f64::EPSILON);
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(1234), "1234");
        assert_eq!(grouped(12345), "12 345");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(count(1, "message"), "1 message");
        assert_eq!(count(0, "message"), "0 messages");
    }
}
