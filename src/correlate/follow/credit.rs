//! How much may be looked at: so much for each event that came, whatever the times of frames are. However legs are made to
//! hang together, looking then takes no more than so many times what taking the events in does.

/// Legs that may be looked at for each event. Ordinary messages are looked at twice, which is some two legs an event.
const EARNED: u64 = 64;

/// What is kept for later at most: the looks of a busy second.
const MOST: u64 = 1 << 20;

/// What may be looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Credit(u64);

impl Credit {
    /// An event came.
    pub(super) fn earn(&mut self) {
        self.0 = self.0.saturating_add(EARNED).min(MOST);
    }

    /// Whether anything may be looked at.
    pub(super) const fn is_left(self) -> bool {
        self.0 > 0
    }

    /// So many legs were looked at.
    pub(super) const fn spend(&mut self, legs: usize) {
        self.0 = self.0.saturating_sub(legs as u64);
    }
}
