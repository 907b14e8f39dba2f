//! Where a PDU was seen, and coded values with their names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;
use crate::mms::Codes;
use crate::model::{CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Timestamp};
use crate::session::Bearer;

/// A coded value with its name, `null` where the code has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Code {
    /// The octet.
    pub code: u32,
    /// OMA's name, lower case with hyphens.
    pub name: Option<Word>,
}

/// Where a PDU was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
}

impl Code {
    /// A coded value of a field, with the name that OMA gives it there.
    pub fn of(codes: Codes, code: u8) -> Self {
        Self {
            code: u32::from(code),
            name: codes.name(code).map(Word::Borrowed),
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
        }
    }

    /// The frame of its first octet.
    pub const fn first(&self) -> FrameRef {
        self.at(self.first_frame, self.started)
    }

    /// The frame that completes it.
    pub const fn last(&self) -> FrameRef {
        self.at(self.frame, self.time)
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
