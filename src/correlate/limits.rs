//! What correlation may hold.

/// The most legs that are kept open, about 2 GB: what 72 hours of a large operator's MMSC bring.
const MAX_OPEN: usize = 4_000_000;

/// The most octets that they take, about. Ordinary legs reach [`MAX_OPEN`] first; legs with thousands of recipients
/// and long texts reach this.
const MAX_OPEN_OCTETS: usize = 4 * 1024 * 1024 * 1024;

/// Bounds of what is kept of exchanges until their message is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open legs. Beyond it messages of the party that holds most are closed before their time.
    pub open_legs: usize,
    /// Octets that open legs take, about. Beyond it the same.
    pub open_octets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open_legs: MAX_OPEN,
            open_octets: MAX_OPEN_OCTETS,
        }
    }
}
