//! Panics that the program catches: it goes on without what they happened at, a test does not.

use std::{
    panic,
    sync::atomic::{AtomicUsize, Ordering},
};

static SEEN: AtomicUsize = AtomicUsize::new(0);

/// Counts every panic of this process from now on, caught or not.
pub(crate) fn count() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        SEEN.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
}

/// How many there were.
pub(crate) fn seen() -> usize {
    SEEN.load(Ordering::SeqCst)
}
