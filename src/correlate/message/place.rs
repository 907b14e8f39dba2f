//! Where a PDU was seen, and coded values with their names.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;
use crate::mms::{Codes, PduType, StatusCode};
use crate::model::{
    CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Interface, Nanoseconds, StreamId, Timestamp,
};
use crate::session::{Bearer, TlsAround};

/// A coded value with its name, `null` where the code has none. MM4 has names only: there the code is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Code {
    /// MM1's octet, or MM7's StatusCode.
    pub code: Option<u32>,
    /// The name in the specification, lower case with hyphens.
    pub name: Option<Word>,
}

/// Where a PDU was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Seen {
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
    /// What carried it.
    pub bearer: Bearer,
    /// Sender's address and port.
    pub src: Endpoint,
    /// Receiver's address and port.
    pub dst: Endpoint,
    /// The stream, where HTTP/2 carried it.
    #[serde(default)]
    pub stream: Option<StreamId>,
    /// The TLS connection that it came out of.
    #[serde(default)]
    pub tls: Option<Box<SeenTls>>,
    /// What was added to `time` to set the clock of its capture straight.
    #[serde(skip)]
    pub shift: Nanoseconds,
}

/// The TLS around a PDU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SeenTls {
    /// The version, such as `1.3`.
    pub version: String,
    /// The cipher suite by its IANA name.
    pub cipher: String,
    /// The name of the server that the client asked for.
    pub sni: Option<String>,
}

impl SeenTls {
    /// As a bearer hands it on.
    pub(crate) fn boxed(tls: TlsAround<'_>) -> Box<Self> {
        Box::new(Self {
            version: tls.version.to_owned(),
            cipher: tls.cipher.to_owned(),
            sni: tls.name.map(str::to_owned),
        })
    }
}

/// Another place where a PDU passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Hop {
    /// Where.
    #[serde(flatten)]
    pub seen: Seen,
    /// What passed there, where it is another PDU than the leg's.
    #[serde(flatten)]
    pub other: Option<OtherPdu>,
}

/// A PDU of another interface that carried the same on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OtherPdu {
    /// Its interface.
    pub interface: Interface,
    /// Its type.
    pub pdu: PduType,
    /// Where its answer was seen.
    pub response: Option<Seen>,
    /// How many identical re-sends it stands for, itself included.
    pub copies: u32,
}

impl From<Seen> for Hop {
    fn from(seen: Seen) -> Self {
        Self { seen, other: None }
    }
}

impl Code {
    /// A coded value of a field, with the name that OMA gives it there.
    pub fn of(codes: Codes, code: u8) -> Self {
        Self {
            code: Some(u32::from(code)),
            name: codes.name(code).map(Word::Borrowed),
        }
    }

    /// A StatusCode of MM7, with its meaning.
    pub fn of_mm7(code: u16) -> Self {
        Self {
            code: Some(u32::from(code)),
            name: StatusCode(code).name().map(Word::Borrowed),
        }
    }

    /// A status of MM4, which is a name: in lower case, with hyphens for `_` and blanks.
    pub fn of_mm4(name: &str) -> Self {
        let name = name.trim().to_lowercase().replace(['_', ' '], "-");
        Self {
            code: None,
            name: Some(Word::Owned(name)),
        }
    }
}

impl Seen {
    /// A PDU on its way from one end to the other.
    pub const fn new(extent: Extent, bearer: Bearer, src: Endpoint, dst: Endpoint) -> Self {
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
            stream: None,
            tls: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_have_no_name() {
        assert_eq!(Code::of(Codes::Status, 0x81).name.as_deref(), Some("retrieved"));
        assert_eq!(Code::of(Codes::Status, 0x99).name, None);
    }
}
