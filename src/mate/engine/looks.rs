//! How much may be looked at in one frame.

/// Each Pdu of a frame may see the fields of all its Pdus, so that what there is to look at grows with the square of what
/// a frame holds. A frame of 64 KiB that is no attack has a few thousand.
const MOST: usize = 1 << 22;

/// How many more fields may be looked at in a frame.
#[derive(Debug)]
pub(super) struct Looks(usize);

impl Looks {
    /// Those of a new frame.
    pub(super) fn new() -> Self {
        Self(MOST)
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether there were enough of them.
    pub(super) fn were_enough(&self) -> bool {
        self.0 > 0
    }
}
