//! What joins two legs or two messages, in words.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::correlate::{LinkDetail, LinkValue, Relation};
use crate::model::FrameRef;

impl fmt::Display for LinkDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Legs { by, value, frames } => {
                write!(f, "joined by {}{value}, {}", by.words(), Frames(*frames))
            }
            Self::Messages {
                relation,
                name,
                frames,
            } => write!(f, "{} {name}, {}", says(*relation), Frames(*frames)),
            Self::Binding {
                address,
                number,
                since,
                frame,
            } => write!(f, "{address} was {number}'s from {since} on, frame {frame}"),
            Self::Told(words) => f.write_str(words),
        }
    }
}

impl Serialize for LinkDetail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LinkDetail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Told)
    }
}

/// With a space before it, as it stands behind the key.
impl fmt::Display for LinkValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Url(value) | Self::Identifier(value) => write!(f, " {value}"),
            Self::Parts(1) => f.write_str(" (1 part)"),
            Self::Parts(parts) => write!(f, " ({parts} parts)"),
        }
    }
}

const fn says(relation: Relation) -> &'static str {
    match relation {
        Relation::Forwards => "forwards what is at",
        Relation::Replaces => "replaces message id",
        Relation::Answers => "answers LinkedID",
        Relation::RepliesTo => "replies to message id",
        Relation::Cancels => "cancelled by message id",
    }
}

/// `frames 12 and 84`, with the capture where there are two.
struct Frames([FrameRef; 2]);

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.0;
        if one.capture == other.capture {
            let (first, last) = (one.frame.min(other.frame), one.frame.max(other.frame));
            return write!(f, "frames {first} and {last}");
        }
        let (first, last) = (one.min(other), one.max(other));
        let (first_capture, last_capture) = (first.capture.0, last.capture.0);
        write!(
            f,
            "frame {} of capture {first_capture} and frame {} of capture {last_capture}",
            first.frame, last.frame
        )
    }
}
