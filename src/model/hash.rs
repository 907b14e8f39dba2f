//! The hash of all tables whose keys a capture chooses: foldhash, which hashbrown uses too. It is keyed anew in every
//! run, so that no capture can be made to have its keys collide; who makes one does not watch the run that reads it,
//! which is what foldhash asks for. Nothing that is put out may depend on it.

use std::hash::BuildHasher;

pub use foldhash::quality::{RandomState, SeedableRandomState};

/// The same hash with a key that never changes, where a sample is to be the same in every run. Captures can be made to collide
/// under it: it is no key of tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedHash;

impl BuildHasher for FixedHash {
    type Hasher = <foldhash::quality::FixedState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        foldhash::quality::FixedState::with_seed(0).build_hasher()
    }
}
