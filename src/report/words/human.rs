//! Sizes, durations and times as people read them.

use super::zone::Zone;
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

/// The day, `2026-11-20`.
pub fn day(time: Timestamp, zone: &Zone) -> String {
    written(time, zone, "%Y-%m-%d")
}

/// Time of day with milliseconds, `10:00:00.123`.
pub fn clock(time: Timestamp, zone: &Zone) -> String {
    written(time, zone, "%H:%M:%S%.3f")
}

/// A time as [`clock`] or [`day_and_clock`] write it, to the second.
pub fn to_the_second(clock: &str) -> &str {
    clock.split('.').next().unwrap_or(clock)
}

/// Day and time of day with milliseconds.
pub fn day_and_clock(time: Timestamp, zone: &Zone) -> String {
    written(time, zone, "%Y-%m-%d %H:%M:%S%.3f")
}

/// The same with the offset from UTC: `2026-11-20 11:00:00.123 +01:00`, or `2026-11-20 10:00:00.123 UTC`.
pub fn instant(time: Timestamp, zone: &Zone) -> String {
    format!("{} {}", day_and_clock(time, zone), zone.offset(time))
}

/// From one time to another, with the offset once where it is the same, and the day too.
pub fn span(from: Timestamp, to: Timestamp, zone: &Zone, dash: &str) -> String {
    if zone.offset(from) != zone.offset(to) {
        return format!("{} {dash} {}", instant(from, zone), instant(to, zone));
    }
    let end = match day(from, zone) == day(to, zone) {
        true => clock(to, zone),
        false => day_and_clock(to, zone),
    };
    format!("{} {dash} {end} {}", day_and_clock(from, zone), zone.offset(to))
}

/// As RFC 3339 writes it, with the offset, and as exact as the capture: `2026-11-20T11:00:00.123456+01:00`.
pub fn rfc3339(time: Timestamp, zone: &Zone) -> String {
    if *zone == Zone::UTC {
        return time.to_string();
    }
    let digits = match time.nanoseconds().rem_euclid(1_000) {
        0 => "%Y-%m-%dT%H:%M:%S.%6f",
        _ => "%Y-%m-%dT%H:%M:%S.%9f",
    };
    format!("{}{}", written(time, zone, digits), zone.offset(time).rfc3339())
}

/// The same to the second.
pub fn rfc3339_seconds(time: Timestamp, zone: &Zone) -> String {
    format!(
        "{}{}",
        written(time, zone, "%Y-%m-%dT%H:%M:%S"),
        zone.offset(time).rfc3339()
    )
}

fn written(time: Timestamp, zone: &Zone, format: &str) -> String {
    zone.civil(time).strftime(format).to_string()
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
    fn times_are_shown_in_a_zone_with_its_offset() {
        let time = |text: &str| text.parse().unwrap();
        let utc = &Zone::UTC;
        assert_eq!(clock(time("2026-11-20T10:00:00.123456Z"), utc), "10:00:00.123");
        assert_eq!(
            day_and_clock(time("2026-11-20T10:00:00+01:00"), utc),
            "2026-11-20 09:00:00.000"
        );
        assert_eq!(day(time("2026-11-20T23:59:59.999999999Z"), utc), "2026-11-20");
        let berlin = &Zone::named("Europe/Berlin").unwrap();
        assert_eq!(day(time("2026-11-20T23:59:59.999999999Z"), berlin), "2026-11-21");
        let noon = time("2026-11-20T11:00:00.5Z");
        assert_eq!(instant(noon, berlin), "2026-11-20 12:00:00.500 +01:00");
        assert_eq!(instant(noon, utc), "2026-11-20 11:00:00.500 UTC");
        assert_eq!(rfc3339(noon, berlin), "2026-11-20T12:00:00.500000+01:00");
        assert_eq!(rfc3339(noon, utc), "2026-11-20T11:00:00.500000Z");
        assert_eq!(
            span(noon, time("2026-11-20T12:00:00Z"), berlin, "–"),
            "2026-11-20 12:00:00.500 – 13:00:00.000 +01:00"
        );
        assert_eq!(
            span(
                time("2026-10-25T00:30:00Z"),
                time("2026-10-25T01:30:00Z"),
                berlin,
                "–"
            ),
            "2026-10-25 02:30:00.000 +02:00 – 2026-10-25 02:30:00.000 +01:00"
        );
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
