//! What is in the captures and what was made of it: the document of `mmsmate captures`.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Anomaly, Capture, Diagnosis};

/// The value of [`Inventory::format`].
pub const FORMAT: &str = "mmsmate.captures";

/// What `mmsmate captures --format json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Inventory {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of this shape.
    pub version: u32,
    /// One per input, in the order given.
    pub captures: Vec<Capture>,
    /// What became of the frames.
    pub frames: Vec<Count>,
    /// Headers between link layer and innermost network layer.
    pub encapsulations: Vec<Count>,
    /// What became of the packets.
    pub flows: Vec<Count>,
    /// Connections by protocol.
    pub protocols: Vec<Count>,
    /// What is not decoded: link types, Ethernet types, transports.
    pub not_decoded: Vec<Count>,
    /// MMS PDUs by type.
    pub pdus: Vec<Count>,
    /// Requests to and answers of the systems around the MMSC, those that failed, and whom they told of.
    #[serde(default)]
    pub surroundings: Vec<Count>,
    /// Odd things, one entry a kind.
    pub anomalies: Vec<Anomaly>,
    /// What was seen and could hide messages, the likeliest reason first.
    pub diagnosis: Vec<Diagnosis>,
}

/// How often something was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Count {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

impl Count {
    /// `name`, `count` times.
    pub fn new(name: impl Into<String>, count: u64) -> Self {
        Self {
            name: name.into(),
            count,
        }
    }
}
