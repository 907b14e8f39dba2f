//! Telling octets that came again from others without keeping them.

use std::hash::{DefaultHasher, Hasher};

/// A hash of octets, the same in every run. Octets with the same hash are taken for the same.
pub(super) fn fingerprint(octets: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(octets);
    hasher.finish()
}
