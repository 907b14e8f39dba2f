//! What the systems around an MMSC were asked about a message, and what explains a failure.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Code, Confidence, Word};
use crate::model::{
    CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Nanoseconds, PhoneAddresses, System, Timestamp,
    TransactionOperation, TransactionProtocol, TransactionStatus,
};
use crate::session::surroundings::MessageType;

/// What a system around the MMSC was asked, and what it answered. It explains and judges nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ContextEntry {
    /// `identity`, `charging`, `routing`, `directory`, `transcoding` or `transport`.
    pub system: System,
    /// `radius`, `gtp`, `gtpv2`, `diameter`, `dns`, `map`, `ldap`, `sti`, `tcp`, `icmp` or `tls`.
    pub protocol: TransactionProtocol,
    /// What was asked, `ccr-event` and so on.
    pub operation: TransactionOperation,
    /// Where the request was seen; `null` where only its answer was captured.
    pub request: Option<Passage>,
    /// Where the answer was seen.
    pub response: Option<Passage>,
    /// What was answered; `null` while there is no answer and none is proven to be missing.
    pub status: Option<Code>,
    /// Whether the system did not do what it was asked for.
    pub failed: bool,
    /// From the request's completion to the answer's; `null` without both.
    pub latency_ms: Option<f64>,
    /// Whose delivery it concerns; `null` where it concerns the sender, or the message as a whole.
    pub recipient: Option<String>,
    /// In words.
    #[cfg_attr(test, schemars(with = "String"))]
    pub summary: ContextSummary,
    /// How sure it is that it concerns the message; `null` where it concerns none.
    pub confidence: Option<Confidence>,
    /// What joins it to the message; `null` where it concerns none.
    pub by: Option<Word>,
}

/// Where a request to a system, or its answer, was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Passage {
    /// Which input, 0-based.
    pub capture: u32,
    /// The frame that completes it.
    pub frame: u64,
    /// The frame of its first octet.
    pub first_frame: u64,
    /// Time of `first_frame`.
    pub started: Timestamp,
    /// Time of `frame`.
    pub time: Timestamp,
    /// What carried it: its protocol.
    pub bearer: TransactionProtocol,
    /// Sender's address and port.
    pub src: Endpoint,
    /// Receiver's address and port.
    pub dst: Endpoint,
    /// What was added to `time` to set the clock of its capture straight.
    #[serde(skip)]
    pub shift: Nanoseconds,
}

impl Passage {
    /// On its way from one end to the other.
    pub const fn new(extent: Extent, bearer: TransactionProtocol, src: Endpoint, dst: Endpoint) -> Self {
        let Extent { first, last } = extent;
        Self {
            capture: last.capture.0,
            frame: last.frame.0,
            first_frame: first.frame.0,
            started: first.time,
            time: last.time,
            bearer,
            src,
            dst,
            shift: 0,
        }
    }

    /// The frame of its first octet, on the clock of the run.
    pub const fn first(&self) -> FrameRef {
        self.at(self.first_frame, self.started.plus(self.shift))
    }

    /// The frame that completes it, on the clock of the run.
    pub const fn last(&self) -> FrameRef {
        self.at(self.frame, self.time.plus(self.shift))
    }

    const fn at(&self, frame: u64, time: Timestamp) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(self.capture),
            frame: FrameNumber(frame),
            time,
        }
    }
}

/// What a transaction was about, and how it ended. The output makes words of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextSummary {
    /// As it was read.
    Read {
        /// What was asked.
        operation: TransactionOperation,
        /// About what.
        about: ContextSubject,
        /// How it ended.
        status: Option<TransactionStatus>,
    },
    /// Read from an exported document, which has nothing but the words.
    Told(String),
}

/// What a transaction was about.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextSubject {
    /// A session of a phone.
    Session {
        /// Whose.
        number: Option<String>,
        /// Its addresses.
        addresses: PhoneAddresses,
    },
    /// All sessions of a gateway.
    Gateway,
    /// The charging of a message.
    Charge {
        /// Who is charged.
        number: Option<String>,
        /// For which PDU.
        pdu: Option<MessageType>,
    },
    /// A number.
    Number(String),
    /// A name of DNS.
    Name(String),
    /// A name or value of a directory.
    Entry(String),
    /// So many media.
    Media(usize),
    /// An endpoint.
    Endpoint(Endpoint),
}

/// The transaction that explains a failure, or why nothing more came of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Cause {
    /// Which system.
    pub system: System,
    /// Which input.
    pub capture: u32,
    /// The frame of its answer; without one, that of the request.
    pub frame: u64,
    /// In words.
    #[cfg_attr(test, schemars(with = "String"))]
    pub text: CauseText,
}

/// What explains a failure. The output makes words of it.
#[derive(Clone, Debug, PartialEq)]
pub enum CauseText {
    /// As it was read.
    Read {
        /// Which system.
        system: System,
        /// What it was asked.
        operation: TransactionOperation,
        /// What it answered.
        status: Option<TransactionStatus>,
        /// The frame of its answer; without one, that of the request.
        frame: FrameNumber,
    },
    /// Read from an exported document, which has nothing but the words.
    Told(String),
}

impl From<TransactionStatus> for Code {
    fn from(status: TransactionStatus) -> Self {
        Self {
            code: status.code(),
            name: status.name().map(Word::Borrowed),
        }
    }
}

impl ContextEntry {
    /// The frame that shows how it ended: its answer's; without one, the request's.
    pub fn at(&self) -> Option<FrameRef> {
        self.response
            .as_ref()
            .or(self.request.as_ref())
            .map(Passage::last)
    }

    /// The order in which entries are listed: by time of the request, else of the answer.
    pub fn order(&self) -> (Option<FrameRef>, TransactionOperation) {
        let passage = self.request.as_ref().or(self.response.as_ref());
        (passage.map(Passage::last), self.operation)
    }
}

/// Transactions with one system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SystemTotals {
    /// Those that concern MMS.
    pub seen: u64,
    /// Those in the context of at least one message.
    pub joined: u64,
    /// Those that failed.
    pub failed: u64,
}

/// Transactions by system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ContextTotals {
    /// Who a phone is.
    pub identity: SystemTotals,
    /// Whether a message is paid for.
    pub charging: SystemTotals,
    /// Where a message goes.
    pub routing: SystemTotals,
    /// What is known of a subscriber.
    pub directory: SystemTotals,
    /// Whether media fit a phone.
    pub transcoding: SystemTotals,
    /// What lies below all of them.
    pub transport: SystemTotals,
}

impl ContextTotals {
    /// Those of one system.
    pub const fn of_mut(&mut self, system: System) -> &mut SystemTotals {
        match system {
            System::Identity => &mut self.identity,
            System::Charging => &mut self.charging,
            System::Routing => &mut self.routing,
            System::Directory => &mut self.directory,
            System::Transcoding => &mut self.transcoding,
            System::Transport => &mut self.transport,
        }
    }

    /// Those of one system.
    pub const fn of(&self, system: System) -> SystemTotals {
        match system {
            System::Identity => self.identity,
            System::Charging => self.charging,
            System::Routing => self.routing,
            System::Directory => self.directory,
            System::Transcoding => self.transcoding,
            System::Transport => self.transport,
        }
    }
}
