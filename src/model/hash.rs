//! The hash of all tables whose keys a capture chooses: foldhash, which hashbrown uses too. It is keyed anew in every
//! run, so that no capture can be made to have its keys collide; who makes one does not watch the run that reads it,
//! which is what foldhash asks for. Nothing that is put out may depend on it.

pub use foldhash::quality::{RandomState, SeedableRandomState};
