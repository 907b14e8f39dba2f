//! What names a stream of HTTP/2, and why one was ended.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of a stream on its HTTP/2 connection (RFC 9113 section 5.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(transparent)]
pub struct StreamId(pub u32);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An error code of RST_STREAM and GOAWAY (RFC 9113 section 7); unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Http2Error(pub u32);

impl Http2Error {
    /// Nothing went wrong.
    pub const NO_ERROR: Self = Self(0);

    /// The name in the specification.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0 => "NO_ERROR",
            0x1 => "PROTOCOL_ERROR",
            0x2 => "INTERNAL_ERROR",
            0x3 => "FLOW_CONTROL_ERROR",
            0x4 => "SETTINGS_TIMEOUT",
            0x5 => "STREAM_CLOSED",
            0x6 => "FRAME_SIZE_ERROR",
            0x7 => "REFUSED_STREAM",
            0x8 => "CANCEL",
            0x9 => "COMPRESSION_ERROR",
            0xa => "CONNECT_ERROR",
            0xb => "ENHANCE_YOUR_CALM",
            0xc => "INADEQUATE_SECURITY",
            0xd => "HTTP_1_1_REQUIRED",
            _ => return None,
        })
    }
}

impl fmt::Display for Http2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// A stream of HTTP/2 that one end reset while the connection went on (RFC 9113 section 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamReset {
    /// Why.
    pub error: Http2Error,
    /// Whether by the server, which answers; else by the client.
    pub by_server: bool,
}

impl fmt::Display for StreamReset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.by_server { "server" } else { "client" };
        write!(f, "RST_STREAM {} by the {by}", self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resets_are_named_with_who_sent_them() {
        let reset = |error, by_server| {
            let error = Http2Error(error);
            StreamReset { error, by_server }.to_string()
        };
        assert_eq!(reset(8, false), "RST_STREAM CANCEL by the client");
        assert_eq!(reset(7, true), "RST_STREAM REFUSED_STREAM by the server");
        assert_eq!(reset(0x1f, true), "RST_STREAM 0x1f by the server");
    }
}
