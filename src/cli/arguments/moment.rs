//! Times as a ticket has them: RFC 3339, date and time, a time of day, `-15m` before the end of the captures, seconds
//! since 1970.

use jiff::civil::{DateTime, Time};
use thiserror::Error;

use super::duration::{self, Duration, DurationError};
use crate::model::Timestamp;
use crate::report::words::human;
use crate::report::words::zone::{Instants, Zone};

/// A time as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    typed: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A point in time, whatever the zone.
    Instant(Timestamp),
    /// Date and time of day in the zone of the run.
    Civil(DateTime),
    /// A time of day in the zone of the run, on the day of the captures.
    TimeOfDay(Time),
    /// So long before the end of the captures.
    BeforeEnd(Duration),
}

/// Why a text is no time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoMoment {
    /// It looks like none.
    #[error(
        "this is no time; one looks like 2026-11-20T10:00:00Z, 2026-11-20 10:00, 10:00, -15m (before the end of the captures) \
         or @1795169600 (seconds since 1970)"
    )]
    Unknown,
    /// Digits that may be several things.
    #[error("this may be {0} or seconds since 1970; write {1} or @{2}")]
    Ambiguous(&'static str, String, String),
    /// Seconds since 1970 that no capture can have.
    #[error("so many seconds since 1970 no capture can have{0}")]
    Beyond(&'static str),
    /// What stands behind the sign is no duration.
    #[error("before the end of the captures by what? {0}")]
    Duration(#[from] DurationError),
}

/// Why it is not known when a time was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsettled {
    /// Only the captures can tell, which have not been read.
    #[error("only the captures can tell")]
    ByCaptures,
    /// The clocks were set forward over it.
    #[error("{typed} was at no time in {zone}: the clocks were set forward over it")]
    Never {
        /// As it was typed.
        typed: String,
        /// The zone.
        zone: String,
    },
    /// The clocks were set back.
    #[error("{typed} was twice in {zone}; write {first} or {second}")]
    Twice {
        /// As it was typed.
        typed: String,
        /// The zone.
        zone: String,
        /// The earlier one.
        first: String,
        /// The later one.
        second: String,
    },
    /// A time of day of several days.
    #[error("{typed} of which day? the captures go from {first} to {last} ({zone})")]
    SeveralDays {
        /// As it was typed.
        typed: String,
        /// The zone.
        zone: String,
        /// The first day.
        first: String,
        /// The last day.
        last: String,
    },
}

/// From the first to the last packet of all captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earliest time.
    pub first: Timestamp,
    /// The latest time.
    pub last: Timestamp,
}

/// Digits of seconds since 1970 that a capture may have: up to the year 2262.
const SECONDS_DIGITS: usize = 10;

impl Moment {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Where it is no time, or may be several.
    pub fn parse(typed: &str) -> Result<Self, NoMoment> {
        let kind = Self::kind(typed.trim())?;
        Ok(Self {
            typed: typed.trim().to_owned(),
            kind,
        })
    }

    fn kind(text: &str) -> Result<Kind, NoMoment> {
        if let Some(duration) = text.strip_prefix('-') {
            return Ok(Kind::BeforeEnd(duration::parse(duration)?));
        }
        if let Some(seconds) = text.strip_prefix('@') {
            return epoch(seconds).map(Kind::Instant);
        }
        if text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.') {
            return digits(text).map(Kind::Instant);
        }
        if let Ok(time) = with_offset(text).parse() {
            return Ok(Kind::Instant(time));
        }
        let is_day = text.contains('-');
        match is_day {
            true => text.parse().map(Kind::Civil),
            false => text.parse().map(Kind::TimeOfDay),
        }
        .map_err(|_| NoMoment::Unknown)
    }

    /// When it was, in a zone. `span` is none before the captures were read, and [`Unsettled::ByCaptures`] the answer where
    /// only they can tell.
    ///
    /// # Errors
    /// Where it was never or twice, or may be of several days.
    pub fn settle(&self, zone: &Zone, span: Option<Span>) -> Result<Timestamp, Unsettled> {
        match self.kind {
            Kind::Instant(time) => Ok(time),
            Kind::Civil(civil) => self.instant(civil, zone),
            Kind::TimeOfDay(time) => {
                let Span { first, last } = span.ok_or(Unsettled::ByCaptures)?;
                let day = zone.civil(first).date();
                if day != zone.civil(last).date() {
                    return Err(Unsettled::SeveralDays {
                        typed: self.typed.clone(),
                        zone: zone.to_string(),
                        first: human::day(first, zone),
                        last: human::day(last, zone),
                    });
                }
                self.instant(day.to_datetime(time), zone)
            }
            Kind::BeforeEnd(duration) => {
                let Span { last, .. } = span.ok_or(Unsettled::ByCaptures)?;
                Ok(last.plus(-duration.0))
            }
        }
    }

    fn instant(&self, civil: DateTime, zone: &Zone) -> Result<Timestamp, Unsettled> {
        let (typed, named) = (self.typed.clone(), zone.to_string());
        match zone.instants(civil) {
            Instants::One(time) => Ok(time),
            Instants::Never => Err(Unsettled::Never { typed, zone: named }),
            Instants::Two(first, second) => Err(Unsettled::Twice {
                typed,
                zone: named,
                first: human::rfc3339_seconds(first, zone),
                second: human::rfc3339_seconds(second, zone),
            }),
        }
    }
}

/// The time as RFC 3339 has it, of one that is written as this program shows it to people: with a blank before the offset, or
/// UTC.
fn with_offset(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((time, "UTC")) => format!("{time}Z"),
        Some((time, offset)) if offset.starts_with(['+', '-']) => format!("{time}{offset}"),
        _ => text.to_owned(),
    }
}

/// Seconds since 1970, with up to nine decimals.
fn epoch(text: &str) -> Result<Timestamp, NoMoment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return Err(NoMoment::Unknown);
    }
    if whole.trim_start_matches('0').len() > SECONDS_DIGITS {
        let looks = match whole.len() {
            13 => "; is it milliseconds?",
            16 => "; is it microseconds?",
            _ => "",
        };
        return Err(NoMoment::Beyond(looks));
    }
    let nanoseconds = format!("{fraction:0<9}");
    let (Ok(seconds), Ok(nanoseconds)) = (whole.parse::<i64>(), nanoseconds.parse::<i64>()) else {
        return Err(NoMoment::Unknown);
    };
    let time = seconds
        .checked_mul(Timestamp::SECOND)
        .and_then(|time| time.checked_add(nanoseconds));
    time.map(Timestamp::from_nanoseconds).ok_or(NoMoment::Beyond(""))
}

/// Digits alone: seconds since 1970, where they are no day and no time of day.
fn digits(text: &str) -> Result<Timestamp, NoMoment> {
    let at = |range| text.get(range).unwrap_or_default();
    match text.len() {
        4 => {
            let written = format!("{}:{}", at(0..2), at(2..4));
            Err(NoMoment::Ambiguous("a time of day", written, text.to_owned()))
        }
        8 if text.parse::<jiff::civil::Date>().is_ok() => {
            let written = format!("{}-{}-{}", at(0..4), at(4..6), at(6..8));
            Err(NoMoment::Ambiguous("a day", written, text.to_owned()))
        }
        _ => epoch(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn settled(typed: &str, zone: &Zone, span: Option<(&str, &str)>) -> Result<String, String> {
        let span = span.map(|(first, last)| Span {
            first: time(first),
            last: time(last),
        });
        let moment = Moment::parse(typed).map_err(|error| error.to_string())?;
        let settled = moment.settle(zone, span);
        settled
            .map(|time| time.to_string())
            .map_err(|error| error.to_string())
    }

    const DAY: Option<(&str, &str)> = Some(("2026-11-20T08:00:00Z", "2026-11-20T20:00:00Z"));

    #[test]
    fn every_form_is_read() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (typed, expected) in [
            ("2026-11-20T18:24:00Z", "2026-11-20T18:24:00.000000Z"),
            ("2026-11-20T18:24:00+05:30", "2026-11-20T12:54:00.000000Z"),
            ("2026-11-20 18:24:00.500 +01:00", "2026-11-20T17:24:00.500000Z"),
            ("2026-11-20 18:24 UTC", "2026-11-20T18:24:00.000000Z"),
            ("2026-11-20 18:24", "2026-11-20T17:24:00.000000Z"),
            ("2026-11-20T18:24", "2026-11-20T17:24:00.000000Z"),
            ("2026-11-20", "2026-11-19T23:00:00.000000Z"),
            ("18:24", "2026-11-20T17:24:00.000000Z"),
            ("18:24:05.250", "2026-11-20T17:24:05.250000Z"),
            ("-15m", "2026-11-20T19:45:00.000000Z"),
            ("-500ms", "2026-11-20T19:59:59.500000Z"),
            ("1795169600", "2026-11-20T10:13:20.000000Z"),
            ("1795169600.25", "2026-11-20T10:13:20.250000Z"),
            ("@5", "1970-01-01T00:00:05.000000Z"),
        ] {
            assert_eq!(settled(typed, &berlin, DAY), Ok(expected.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_ambiguous_or_impossible_is_refused_with_what_to_write() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let two_days = Some(("2026-11-20T22:00:00Z", "2026-11-20T23:30:00Z"));
        let skipped = Some(("2026-03-29T00:00:00Z", "2026-03-29T10:00:00Z"));
        for (typed, span, expected) in [
            (
                "1824",
                DAY,
                "this may be a time of day or seconds since 1970; write 18:24 or @1824",
            ),
            (
                "20261120",
                DAY,
                "this may be a day or seconds since 1970; write 2026-11-20 or @20261120",
            ),
            (
                "1795169600000",
                DAY,
                "so many seconds since 1970 no capture can have; is it milliseconds?",
            ),
            (
                "18:24",
                two_days,
                "18:24 of which day? the captures go from 2026-11-20 to 2026-11-21 (Europe/Berlin)",
            ),
            (
                "2026-10-25 02:30",
                DAY,
                "2026-10-25 02:30 was twice in Europe/Berlin; write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
            ),
            (
                "02:30",
                skipped,
                "02:30 was at no time in Europe/Berlin: the clocks were set forward over it",
            ),
            (
                "-15y",
                DAY,
                "before the end of the captures by what? unknown unit 'y': use ms, s, m, h or d",
            ),
            ("18:24", None, "only the captures can tell"),
            ("-15m", None, "only the captures can tell"),
        ] {
            assert_eq!(settled(typed, &berlin, span), Err(expected.to_owned()), "{typed}");
        }
        for none in [
            "",
            "soon",
            "25:00",
            "2026-13-01",
            "--until",
            "-",
            "@",
            "@x",
            "1.2.3",
            ".",
            "1795169600.",
        ] {
            assert!(Moment::parse(none).is_err(), "{none}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,24}", at: i64) {
            if let Ok(moment) = Moment::parse(&typed) {
                let at = Timestamp::from_nanoseconds(at);
                let _ = moment.settle(&Zone::UTC, Some(Span { first: at, last: at }));
            }
        }

        #[test]
        fn what_is_shown_can_be_typed(nanoseconds in -8_000_000_000_000_000_000_i64..8_000_000_000_000_000_000) {
            let zone = Zone::named("America/New_York").unwrap();
            let time = Timestamp::from_nanoseconds(nanoseconds / 1_000_000 * 1_000_000);
            let moment = Moment::parse(&human::instant(time, &zone)).unwrap();
            proptest::prop_assert_eq!(moment.settle(&Zone::UTC, None), Ok(time));
        }
    }
}
