//! The document that `mmsmate messages --format json` prints, as types. Other tools read it: names and meanings
//! are fixed, fields may be added, never renamed. Absent knowledge is `null`; times are RFC 3339 in UTC; sizes
//! are octets; durations are milliseconds. Text comes from the capture and is untrusted.

pub mod diagnosis;
mod from_analysis;
pub mod from_capture;
pub mod inventory;
pub mod statistics;
mod texts;

pub use texts::pdu_name;

use std::collections::BTreeMap;
use std::io;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::correlate::Totals;
pub use crate::correlate::{
    Acknowledgement, BearerAnswer, Cause, CauseText, Code, Confidence, ContextEntry, ContextSubject,
    ContextSummary, ContextTotals, Delivery, DeliveryReport, Event, EventFacts, Evidence, ExchangeEnds,
    Failure, FailureDetail, FailureKind, Handover, Hop, Interface, Link, LinkDetail, LinkValue, Message,
    Notification, Operation, OperationEntry, OperationHeader, OperationPdu, OtherPdu, Outcome, Part, Passage,
    ReadReport, Relation, Retrieval, Seen, SeenTls, ShownHeaders, Stage, State, Submission,
};
use crate::model::{Endpoint, Timestamp, tree};
pub use diagnosis::Diagnosis;
use statistics::{Times, summary_of};

/// The value of [`Document::format`].
pub const FORMAT: &str = "mmsmate.messages";
/// The value of [`Document::version`].
pub const VERSION: u32 = 2;

/// The whole document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Document {
    /// Always `FORMAT`.
    pub format: String,
    /// Always `VERSION`.
    pub version: u32,
    /// One per input, in the order given.
    pub captures: Vec<Capture>,
    /// By time of the first PDU.
    pub messages: Vec<Message>,
    /// MM1 transactions about a mailbox or a stored message.
    pub operations: Vec<Operation>,
    /// Transactions with the systems around the MMSC that failed and concern no message.
    #[serde(default)]
    pub context: Vec<ContextEntry>,
    /// Odd things in the traffic, one entry a kind.
    pub anomalies: Vec<Anomaly>,
    /// What was seen and could hide messages or legs of them, the likeliest reason first.
    #[serde(default)]
    pub diagnosis: Vec<Diagnosis>,
    /// Totals.
    pub summary: Summary,
}

impl Document {
    /// A document as it was written. What older versions do not say is filled in, as far as it follows from the rest.
    ///
    /// # Errors
    /// Where it is no such document.
    pub fn read(from: impl io::Read) -> serde_json::Result<Self> {
        let mut document: Self = serde_json::from_reader(from)?;
        if document.version < VERSION {
            document
                .messages
                .iter_mut()
                .for_each(|message| message.derive(None));
            document.version = VERSION;
            document.summary = summary_of(&document.summary, &document.messages);
        }
        Ok(document)
    }
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Capture {
    /// As given.
    pub path: String,
    /// `pcap`, `pcapng`, with `.gz`, `.zst` or `.lz4` appended where compressed.
    pub format: String,
    /// The link types that occur, by name.
    pub link_types: Vec<String>,
    /// Whole records.
    pub packets: u64,
    /// Sum of captured lengths.
    pub bytes: u64,
    /// Time of the first frame.
    pub first: Option<Timestamp>,
    /// Time of the last frame.
    pub last: Option<Timestamp>,
    /// What is known of its clock, where it differs from others' or was told to.
    #[serde(default)]
    pub clock: Option<ClockEntry>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
    /// The TLS connections that begin in it, one entry per server, name, protocol, version and cipher.
    #[serde(default)]
    pub tls: Vec<TlsEntry>,
}

/// What is known of the clock of a capture. Times are those that the captures have; durations, the order of events, and what
/// belongs together are by the clocks as they were set straight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ClockEntry {
    /// How it is known: `given` by whoever ran the program, or `measured` by packets that another capture holds too.
    pub origin: ClockOrigin,
    /// `straight`, where it was set straight; else why it was not: `one_way`, `unsteady`, `far` or `begun`.
    pub verdict: String,
    /// What was added to its times, in milliseconds, at its first packet; 0 where it was not set straight.
    pub shift_ms: f64,
    /// How fast it gains on the other clock, in millionths; below zero where it loses.
    pub drift_ppm: f64,
    /// By how many milliseconds it is ahead of the other, at the first packet that both hold; below zero where it is behind.
    pub ahead_ms: Option<f64>,
    /// The capture whose clock counts as right, 0-based.
    pub reference: Option<u32>,
    /// How many packets both hold, of those that were compared.
    pub packets: u64,
    /// Within how many milliseconds nine of ten of them agree.
    pub scatter_ms: Option<f64>,
    /// How many milliseconds a packet takes from one probe to the other: the clock may be off by as much.
    pub path_ms: Option<f64>,
}

/// How a clock is known to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClockOrigin {
    /// Somebody said so.
    Given,
    /// Packets say so.
    Measured,
}

/// TLS connections of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct TlsEntry {
    /// The server's address and port; `null` for all that are not listed.
    pub server: Option<Endpoint>,
    /// The name that clients asked for.
    pub sni: Option<String>,
    /// The protocol inside, as both ends agreed.
    pub alpn: Option<String>,
    /// `1.0` to `1.3`, `ssl3`, `dtls`, `quic-1`, `quic-2` or `quic`.
    pub version: Option<String>,
    /// The cipher suite by its IANA name, or its number where it has none.
    pub cipher: Option<String>,
    /// Common name, else organization, of the server's certificate.
    pub subject: Option<String>,
    /// How many: the sum of the four that follow.
    pub connections: u64,
    /// How many were read.
    pub read: u64,
    /// Of how many one direction was read, or all but what holes took.
    pub partly: u64,
    /// How many were not, by reason.
    pub unread: BTreeMap<String, u64>,
    /// How many handshakes an alert ended, by its name.
    pub failed: BTreeMap<String, u64>,
    /// The first frame of the first.
    pub first_frame: u64,
}

impl TlsEntry {
    /// How many of them were not read, or not all of which was.
    pub fn not_read(&self) -> u64 {
        self.partly + self.unread.values().sum::<u64>()
    }
}

/// Something wrong with a capture file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Problem {
    /// What kind of thing.
    pub kind: String,
    /// The frame it was found at or after.
    pub frame: Option<u64>,
    /// In words.
    pub detail: String,
    /// How often.
    pub count: u64,
}

/// One kind of anomaly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Anomaly {
    /// Its name.
    pub kind: String,
    /// How often it occurred.
    pub count: u64,
    /// The capture of the first one.
    pub capture: Option<u32>,
    /// The frame of the first one.
    pub frame: Option<u64>,
    /// The first one in words.
    pub detail: String,
}

/// Totals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Summary {
    /// Messages.
    pub messages: u64,
    /// Of these, successes.
    pub success: u64,
    /// Failures.
    pub failure: u64,
    /// Partial successes.
    pub partial: u64,
    /// Undecided ones.
    pub open: u64,
    /// PDUs by type as they passed on the wire: hops and re-sends counted, mirror copies and retransmissions not.
    pub pdus: BTreeMap<String, u64>,
    /// Entries in the messages' `failures`, by kind.
    pub failures: BTreeMap<String, u64>,
    /// PDUs that the specification does not allow.
    pub malformed_pdus: u64,
    /// Transactions with the systems around the MMSC.
    #[serde(default)]
    pub context: ContextTotals,
    /// How long messages took.
    #[serde(default)]
    pub times: Times,
}

impl From<&Totals> for Summary {
    fn from(totals: &Totals) -> Self {
        let count = |outcome| totals.outcomes.get(&outcome).copied().unwrap_or_default();
        let (pdus, failures) = (totals.pdus.iter(), totals.failures.iter());
        Self {
            messages: totals.messages,
            success: count(Outcome::Success),
            failure: count(Outcome::Failure),
            partial: count(Outcome::Partial),
            open: count(Outcome::Open),
            pdus: tree(pdus.map(|(name, count)| ((*name).to_owned(), *count))),
            failures: tree(failures.map(|(kind, count)| (kind.as_str().to_owned(), *count))),
            malformed_pdus: totals.malformed_pdus,
            context: totals.context,
            times: Times::default(),
        }
    }
}
