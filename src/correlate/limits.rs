//! What correlation may hold.

/// The most legs that are kept open, about 2 GB: what 72 hours of a large operator's MMSC bring.
const MAX_OPEN: usize = 4_000_000;

/// The most octets that they take, about. Ordinary legs reach [`MAX_OPEN`] first; legs with thousands of recipients
/// and long texts reach this.
const MAX_OPEN_OCTETS: usize = 4 * 1024 * 1024 * 1024;

/// The most bindings of addresses to numbers that are remembered, about 200 MB: the sessions of a day of a network of a
/// million phones.
const MAX_BINDINGS: usize = 1_000_000;

/// The most transactions with the systems around the MMSC that wait for the message that they concern, about 400 MB. A
/// message is closed days after it was sent, and has some transactions of its own.
const MAX_CONTEXT_HELD: usize = 1_000_000;

/// Transactions in the context of one message: every recipient's delivery has some.
const MAX_MESSAGE_CONTEXT: usize = 64;

/// Failed transactions that concern no message and are listed.
const MAX_CONTEXT_UNJOINED: usize = 1_000;

/// Bounds of what is kept of exchanges until their message is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open legs. Beyond it messages of the party that holds most are closed before their time.
    pub open_legs: usize,
    /// Octets that open legs take, about. Beyond it the same.
    pub open_octets: usize,
    /// Bindings of addresses to numbers. Beyond it the oldest are forgotten.
    pub bindings: usize,
    /// Transactions with other systems that wait for their message. Beyond it the oldest go without.
    pub context_held: usize,
    /// Transactions in the context of one message. Beyond it the oldest are left out, failed ones last.
    pub message_context: usize,
    /// Failed transactions of no message that are listed. Beyond it the oldest are left out.
    pub context_unjoined: usize,
}

impl Limits {
    /// What holds where nothing else is asked for.
    pub const DEFAULT: Self = Self {
        open_legs: MAX_OPEN,
        open_octets: MAX_OPEN_OCTETS,
        bindings: MAX_BINDINGS,
        context_held: MAX_CONTEXT_HELD,
        message_context: MAX_MESSAGE_CONTEXT,
        context_unjoined: MAX_CONTEXT_UNJOINED,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
