//! Where in the input something was seen.

use std::fmt;

use super::Timestamp;

/// Which input, 0-based, in the order given on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaptureIndex(pub u32);

/// A frame's 1-based number within its own capture, as Wireshark counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNumber(pub u64);

impl fmt::Display for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One frame: its capture, its number and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FrameRef {
    /// The capture that holds the frame.
    pub capture: CaptureIndex,
    /// The frame's number in that capture.
    pub frame: FrameNumber,
    /// The frame's time.
    pub time: Timestamp,
}

impl FrameRef {
    /// The later of two frames: by number within one capture, by time between captures.
    pub fn later(self, other: Self) -> Self {
        if self.order_key(other) >= other.order_key(self) {
            self
        } else {
            other
        }
    }

    /// The earlier of two frames, by the same order.
    pub fn earlier(self, other: Self) -> Self {
        if self.order_key(other) <= other.order_key(self) {
            self
        } else {
            other
        }
    }

    fn order_key(self, other: Self) -> (i64, u32, u64) {
        if self.capture == other.capture {
            (0, 0, self.frame.0)
        } else {
            (self.time.nanoseconds(), self.capture.0, self.frame.0)
        }
    }
}

impl PartialOrd for FrameRef {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A total order for output: by time, then capture, then number.
impl Ord for FrameRef {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.capture, self.frame).cmp(&(other.time, other.capture, other.frame))
    }
}

/// From the frame with the first octet of something to the frame that completed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// The frame that holds the first octet.
    pub first: FrameRef,
    /// The frame that completes it: the last to arrive of those that hold its octets.
    pub last: FrameRef,
}

impl Extent {
    /// Something that lies in one frame.
    pub fn single(at: FrameRef) -> Self {
        Self { first: at, last: at }
    }

    /// Grows the extent by a frame whose octets follow those already there.
    pub fn extend(&mut self, at: FrameRef) {
        self.last = self.last.later(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(capture: u32, frame: u64, time: i64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(capture),
            frame: FrameNumber(frame),
            time: Timestamp::from_nanoseconds(time),
        }
    }

    #[test]
    fn within_one_capture_the_number_decides_even_when_time_steps_back() {
        assert_eq!(at(0, 9, 100).later(at(0, 8, 200)), at(0, 9, 100));
        assert_eq!(at(0, 9, 100).earlier(at(0, 8, 200)), at(0, 8, 200));
    }

    #[test]
    fn between_captures_time_decides() {
        assert_eq!(at(0, 9, 100).later(at(1, 2, 200)), at(1, 2, 200));
    }
}
