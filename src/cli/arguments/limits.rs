//! `--limit NAME=VALUE`: what a run may hold, where the usual is too little or too much.

use std::fmt::Write;
use std::str::FromStr;

use clap::Args;
use thiserror::Error;

use super::duration::{self, DurationError};
use crate::{
    mate::{engine::EngineLimits, source},
    model::Nanoseconds,
    pipeline::Limits,
};

/// Arguments of every subcommand that reads captures.
#[derive(Clone, Debug, Default, Args)]
pub struct LimitArgs {
    /// Another value for a limit; may be given several times (`mmsmate help limits` lists them)
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    pub limits: Vec<Limit>,
}

/// All limits that can be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AllLimits {
    pipeline: Limits,
    mate: EngineLimits,
}

impl From<&LimitArgs> for AllLimits {
    fn from(arguments: &LimitArgs) -> Self {
        let mut limits = Self::default();
        for limit in &arguments.limits {
            (limit.set)(&mut limits, limit.value);
        }
        limits
    }
}

impl From<&LimitArgs> for Limits {
    fn from(arguments: &LimitArgs) -> Self {
        AllLimits::from(arguments).pipeline
    }
}

impl From<&LimitArgs> for EngineLimits {
    fn from(arguments: &LimitArgs) -> Self {
        AllLimits::from(arguments).mate
    }
}

impl From<&LimitArgs> for source::Limits {
    fn from(arguments: &LimitArgs) -> Self {
        let Limits {
            net,
            flow,
            tls: _,
            session,
            mms,
            correlate: _,
        } = arguments.into();
        Self {
            net,
            flow,
            session,
            mms,
        }
    }
}

/// One limit with its value.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    set: fn(&mut AllLimits, u64),
    value: u64,
}

/// Why a text sets no limit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// There is no `=` in it.
    #[error("NAME=VALUE is needed")]
    NoValue,
    /// No limit has this name.
    #[error("there is no limit '{0}'; there are {names}", names = names())]
    UnknownName(String),
    /// The value of a limit in time is no duration.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// The value is no whole number.
    #[error("a whole number is needed, with k, M or G for 1024, 1024² and 1024³ of them")]
    NoNumber,
    /// The value is beyond what can be counted.
    #[error("too large a number")]
    TooLarge,
    /// The value is 0.
    #[error("nothing can be read with a limit of 0")]
    Zero,
}

fn names() -> String {
    let names: Vec<&str> = LimitArgs::names().collect();
    names.join(", ")
}

impl LimitArgs {
    /// The names of all limits.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|known| known.name)
    }
}

/// What a limit counts, which decides how its value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Octets,
    Number,
    /// Nanoseconds of capture time.
    Time,
}

/// A limit that can be set.
struct Known {
    name: &'static str,
    unit: Unit,
    what: &'static str,
    get: fn(&AllLimits) -> u64,
    set: fn(&mut AllLimits, u64),
}

macro_rules! known {
    ($($name:literal $unit:ident $($field:ident).+: $what:literal;)+) => {
        &[$(Known {
            name: $name,
            unit: Unit::$unit,
            what: $what,
            get: |limits| limits.$($field).+.number(),
            set: |limits, value| limits.$($field).+ = Value::of(value),
        },)+]
    };
}

const KNOWN: &[Known] = known! {
    "connections" Number pipeline.flow.connections: "connections at once";
    "reassembly" Octets pipeline.flow.held_octets: "segments out of order, one direction of a connection";
    "reassembly-total" Octets pipeline.flow.held_octets_in_all: "the same, all connections";
    "tcp-idle" Time pipeline.flow.tcp_idle: "silence after which a TCP connection ends";
    "udp-idle" Time pipeline.flow.udp_idle: "the same of a UDP flow or an SCTP association";
    "reorder-time" Time pipeline.flow.reorder_time: "wait for segments that the capture has late";
    "fragments" Octets pipeline.net.fragment_octets: "incomplete IP datagrams";
    "fragment-time" Time pipeline.net.fragment_time: "wait for their rest";
    "tls-record" Octets pipeline.tls.record_octets: "one TLS record";
    "tls-handshake" Octets pipeline.tls.handshake_octets: "one TLS handshake";
    "tls-waiting" Octets pipeline.tls.waiting_octets: "what waits for TLS keys, all connections";
    "tls-tries" Number pipeline.tls.tries: "trial decryptions behind a hole in TLS, or where its beginning is missing";
    "tls-sessions" Number pipeline.tls.sessions: "TLS secrets remembered";
    "unfinished-total" Octets pipeline.session.unfinished_octets: "heads and waiting requests, all connections";
    "bodies-total" Octets pipeline.session.bodies_octets: "unfinished bodies, all connections";
    "body" Octets pipeline.session.body_octets: "one HTTP body, coded or decoded";
    "expansion" Number pipeline.session.expansion: "times its size that a coded body may decode to";
    "http-head" Octets pipeline.session.head_octets: "one HTTP head";
    "http-requests" Number pipeline.session.requests: "requests waiting on an HTTP connection";
    "http2-streams" Number pipeline.session.http2_streams: "streams open on an HTTP/2 connection";
    "http2-table" Octets pipeline.session.http2_table_octets: "fields remembered for one end of an HTTP/2 connection";
    "wtp-message" Octets pipeline.session.wtp_message_octets: "one WTP message";
    "wtp-transactions" Number pipeline.session.wtp_transactions: "WTP transactions between two endpoints";
    "smpp-requests" Number pipeline.session.smpp_requests: "requests waiting on an SMPP connection";
    "diameter-message" Octets pipeline.session.diameter_octets: "one message of Diameter";
    "context-open" Number pipeline.session.transactions: "transactions with other systems that wait for an answer";
    "context-connects" Number pipeline.session.connects: "unanswered connections to servers of which nothing was captured";
    "pdu-headers" Number pipeline.mms.headers: "headers of a PDU";
    "pdu-parts" Number pipeline.mms.parts: "parts of a PDU, over all levels";
    "pdu-nesting" Number pipeline.mms.depth: "multiparts in multiparts";
    "pdu-anomalies" Number pipeline.mms.anomalies: "anomalies listed of a PDU";
    "open-exchanges" Number pipeline.correlate.open_legs: "exchanges whose messages are not closed";
    "open-octets" Octets pipeline.correlate.open_octets: "what they take";
    "bindings" Number pipeline.correlate.bindings: "addresses that are known to be a number's";
    "context-held" Number pipeline.correlate.context_held: "transactions with other systems whose messages are not closed";
    "message-context" Number pipeline.correlate.message_context: "transactions with other systems of one message";
    "context-unjoined" Number pipeline.correlate.context_unjoined: "failed ones of no message that are listed";
    "mate-open" Number mate.open: "items of MATE that are open or may still be joined";
    "mate-keys" Number mate.keys: "keys of one Gog and Member clause of MATE";
};

/// The types that limits have.
trait Value {
    fn of(value: u64) -> Self;
    fn number(self) -> u64;
}

impl Value for usize {
    fn of(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn number(self) -> u64 {
        self as u64
    }
}

impl Value for Nanoseconds {
    fn of(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn number(self) -> u64 {
        self.unsigned_abs()
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let (name, value) = text.split_once('=').ok_or(LimitError::NoValue)?;
        let known = KNOWN
            .iter()
            .find(|known| known.name == name)
            .ok_or_else(|| LimitError::UnknownName(name.to_owned()))?;
        let value = match known.unit {
            Unit::Time => duration::parse(value)?.0.unsigned_abs(),
            Unit::Octets | Unit::Number => number(value)?,
        };
        if value == 0 {
            return Err(LimitError::Zero);
        }
        Ok(Self {
            set: known.set,
            value,
        })
    }
}

const SUFFIXES: &[(&str, u64)] = &[("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)];

/// A whole number, or one of thousands and so on in powers of 1024.
fn number(text: &str) -> Result<u64, LimitError> {
    let suffix = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)));
    let (digits, factor) = suffix.unwrap_or((text, 1));
    let number: u64 = digits.parse().map_err(|_| LimitError::NoNumber)?;
    number.checked_mul(factor).ok_or(LimitError::TooLarge)
}

/// The value as it would be typed.
fn typed(known: &Known) -> String {
    let value = (known.get)(&AllLimits::default());
    match known.unit {
        Unit::Time => format!("{}s", value / 1_000_000_000),
        Unit::Octets | Unit::Number => {
            let suffix = SUFFIXES.iter().find(|(_, factor)| value.is_multiple_of(*factor));
            suffix.map_or_else(
                || value.to_string(),
                |(suffix, factor)| format!("{}{suffix}", value / factor),
            )
        }
    }
}

/// What `mmsmate help limits` says.
pub(in crate::cli) fn help() -> String {
    let mut text = "\
Usage: --limit NAME=VALUE, as often as needed

What a run may hold, so that no capture can exhaust the machine. Octets and numbers take k, M and G for 1024, 1024² and
1024³ of them, times take ms, s, m, h and d. What a limit cuts is counted among the anomalies.

"
    .to_owned();
    for known in KNOWN {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{:18} {:>6}  {}", known.name, typed(known), known.what);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(texts: &[&str]) -> Limits {
        let limits = texts.iter().map(|text| text.parse().unwrap()).collect();
        Limits::from(&LimitArgs { limits })
    }

    #[test]
    fn what_is_not_named_stays() {
        assert_eq!(limits(&[]), Limits::default());
        let changed = limits(&["connections=1M", "tcp-idle=1h", "body=5", "body=6k"]);
        assert_eq!(changed.flow.connections, 1 << 20);
        assert_eq!(changed.flow.tcp_idle, 3_600_000_000_000);
        assert_eq!(changed.session.body_octets, 6 << 10);
        assert_eq!(changed.mms, Limits::default().mms);
    }

    #[test]
    fn each_name_sets_what_it_shows() {
        for known in KNOWN {
            let mut limits = AllLimits::default();
            let other = (known.get)(&limits) + 1;
            (known.set)(&mut limits, other);
            assert_eq!((known.get)(&limits), other, "{}", known.name);
            let typed: Limit = format!("{}={}", known.name, typed(known)).parse().unwrap();
            assert_eq!(typed.value, (known.get)(&AllLimits::default()), "{}", known.name);
        }
    }

    #[test]
    fn names_and_values_that_are_none_are_told() {
        for (text, why) in [
            ("connections", "NAME=VALUE is needed"),
            ("conections=1", "there is no limit 'conections'"),
            ("connections=many", "a whole number is needed"),
            ("connections=0", "limit of 0"),
            ("connections=99999999999999999999", "a whole number is needed"),
            ("connections=99999999999G", "too large"),
            ("tcp-idle=1G", "unknown unit"),
        ] {
            let error = text.parse::<Limit>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
