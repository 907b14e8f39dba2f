//! The time zone in which times are written for people, and in which the times that they type are read.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::model::{Timestamp, tree, unpacked};

/// A time zone; UTC where nobody asked for another.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Changes of the clocks that are told at most: twice a year, of a hundred years.
const MAX_CHANGES: usize = 200;

/// Why there is no such time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// It is neither in the database of time zones nor an offset.
    #[error("there is no time zone {0}; one is called Europe/Berlin, +02:00, UTC or local")]
    Unknown(String),
    /// This machine does not say in which time zone it is.
    #[error("the time zone of this machine is not known; name one, such as Europe/Berlin")]
    NoLocal,
}

/// When a date and time of day was in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instants {
    /// Once.
    One(Timestamp),
    /// Twice, as the clocks were set back: the earlier one first.
    Two(Timestamp, Timestamp),
    /// Never: the clocks were set forward over it, or it is no time that a capture can have.
    Never,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of that name in the database of time zones (that of the system; where it has none, the one built in), the
    /// one with that offset (`+02:00`), or that of this machine (`local`).
    ///
    /// # Errors
    /// Where there is none.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        if name.eq_ignore_ascii_case("local") {
            let found = TimeZone::try_system().ok().filter(|zone| !zone.is_unknown());
            return found.map(Self).ok_or(ZoneError::NoLocal);
        }
        if ["UTC", "Z"].iter().any(|utc| name.eq_ignore_ascii_case(utc)) {
            return Ok(Self::UTC);
        }
        // The library reads rules of POSIX too, which nobody types and of which any word may be one.
        let is_offset = name.starts_with(['+', '-']);
        let found = match is_offset {
            true => DateTimeParser::new().parse_time_zone(name).ok(),
            false => TimeZone::get(name).ok().or_else(|| BuiltIn::unpacked().get(name)),
        };
        found.map(Self).ok_or_else(|| ZoneError::Unknown(name.to_owned()))
    }

    /// The names in the database of time zones, in order.
    pub fn names() -> Vec<String> {
        let built_in = BuiltIn::unpacked();
        let known = jiff::tz::db().available();
        let mut names: BTreeSet<String> = tree(known.map(|name| name.as_str().to_owned()));
        names.extend(built_in.zones().flat_map(|(names, _)| names).map(str::to_owned));
        names.into_iter().collect()
    }

    /// The offset from UTC at a time, as `+01:00`; `UTC` in that zone.
    pub fn offset(&self, time: Timestamp) -> Offset {
        let seconds = self.0.to_offset(time.into()).seconds();
        Offset(match *self == Self::UTC {
            true => None,
            false => Some(seconds),
        })
    }

    /// The offsets from UTC between two times, each with when it begins to hold; the first holds at the beginning.
    pub fn offsets(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Offset)> {
        let mut offsets = vec![(from, self.offset(from))];
        let changes = self.0.following(from.into()).take(MAX_CHANGES);
        let changes = changes.filter_map(|change| {
            let at = i64::try_from(change.timestamp().as_nanosecond()).ok()?;
            Some(Timestamp::from_nanoseconds(at))
        });
        offsets.extend(changes.take_while(|at| *at <= to).map(|at| (at, self.offset(at))));
        offsets
    }

    /// Date and time of day in this zone.
    pub fn civil(&self, time: Timestamp) -> DateTime {
        self.0.to_datetime(time.into())
    }

    /// When a date and time of day was.
    pub fn instants(&self, civil: DateTime) -> Instants {
        let ambiguous = self.0.to_ambiguous_timestamp(civil);
        let at = |offset: jiff::tz::Offset| {
            let time = offset.to_timestamp(civil).ok()?;
            let nanoseconds = i64::try_from(time.as_nanosecond()).ok()?;
            Some(Timestamp::from_nanoseconds(nanoseconds))
        };
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset).map_or(Instants::Never, Instants::One),
            AmbiguousOffset::Gap { .. } => Instants::Never,
            AmbiguousOffset::Fold { before, after } => match (at(before), at(after)) {
                (Some(before), Some(after)) => Instants::Two(before, after),
                _ => Instants::Never,
            },
        }
    }
}

/// The database that the program has in itself: a probe often has no other, or a part of one. `build.rs` says how it lies there.
struct BuiltIn(Vec<u8>);

impl BuiltIn {
    fn unpacked() -> Self {
        Self(unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/time_zones"))))
    }

    /// The names of each zone, and its rules.
    fn zones(&self) -> impl Iterator<Item = (impl Iterator<Item = &str>, &[u8])> {
        let mut rest = self.0.as_slice();
        let mut piece = move || {
            let (length, behind) = rest.split_first_chunk::<2>()?;
            let (piece, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            rest = behind;
            Some(piece)
        };
        let zones = std::iter::from_fn(move || Some((piece()?, piece()?)));
        zones.map(|(names, rules)| (std::str::from_utf8(names).unwrap_or_default().lines(), rules))
    }

    /// The zone of that name, in whichever case.
    fn get(&self, name: &str) -> Option<TimeZone> {
        self.zones().find_map(|(mut names, rules)| {
            let name = names.find(|known| known.eq_ignore_ascii_case(name))?;
            TimeZone::tzif(name, rules).ok()
        })
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name in the database of time zones, an offset, or `UTC`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iana_name() {
            Some(name) => f.write_str(name),
            None => self.offset(Timestamp::default()).fmt(f),
        }
    }
}

/// Seconds east of Greenwich; none in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset(Option<i32>);

impl Offset {
    /// Seconds east of Greenwich.
    pub fn seconds(self) -> i32 {
        self.0.unwrap_or_default()
    }

    /// As RFC 3339 writes it: `Z` in UTC.
    pub fn rfc3339(self) -> String {
        match self.0 {
            None => "Z".to_owned(),
            Some(_) => self.to_string(),
        }
    }
}

/// As RFC 3339 writes it, `+01:00`, with seconds where a zone of old had them; `UTC`.
impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(offset) = self.0 else {
            return f.write_str("UTC");
        };
        let sign = if offset < 0 { '-' } else { '+' };
        let (minutes, seconds) = (offset.abs() / 60, offset.abs() % 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)?;
        match seconds {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn zones_have_names_and_offsets_and_what_is_none_is_refused() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(berlin.offset(time("2026-11-20T10:00:00Z")).to_string(), "+01:00");
        assert_eq!(berlin.offset(time("2026-07-20T10:00:00Z")).to_string(), "+02:00");
        let west = Zone::named("-03:30").unwrap();
        assert_eq!(west.offset(Timestamp::default()).to_string(), "-03:30");
        assert_eq!(Zone::named("utc"), Ok(Zone::UTC));
        assert_eq!(Zone::UTC.offset(Timestamp::default()).to_string(), "UTC");
        for none in [
            "",
            "Europe/Berln",
            "../../etc/passwd",
            "+2h",
            "EST5EDT4,M3",
            "\u{1b}",
        ] {
            assert_eq!(Zone::named(none), Err(ZoneError::Unknown(none.to_owned())));
        }
    }

    #[test]
    fn a_time_that_clocks_skip_never_was_and_one_that_they_repeat_was_twice() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let civil = |text: &str| text.parse().unwrap();
        assert_eq!(berlin.instants(civil("2026-03-29T02:30")), Instants::Never);
        assert_eq!(
            berlin.instants(civil("2026-10-25T02:30")),
            Instants::Two(time("2026-10-25T00:30:00Z"), time("2026-10-25T01:30:00Z"))
        );
        assert_eq!(
            berlin.instants(civil("2026-11-20T11:00")),
            Instants::One(time("2026-11-20T10:00:00Z"))
        );
        assert_eq!(Zone::UTC.instants(civil("1600-01-01T00:00")), Instants::Never);
    }

    #[test]
    fn offsets_change_when_the_clocks_do() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let (from, to) = (time("2026-10-01T00:00:00Z"), time("2027-01-01T00:00:00Z"));
        let offsets = berlin.offsets(from, to);
        let told: Vec<_> = offsets
            .iter()
            .map(|(at, offset)| (at.to_string(), offset.to_string()))
            .collect();
        let expected = [
            ("2026-10-01T00:00:00.000000Z", "+02:00"),
            ("2026-10-25T01:00:00.000000Z", "+01:00"),
        ];
        assert_eq!(
            told,
            expected.map(|(at, offset)| (at.to_owned(), offset.to_owned()))
        );
        assert_eq!(Zone::UTC.offsets(from, to).len(), 1);
    }
}
