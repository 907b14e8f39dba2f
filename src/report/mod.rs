//! What users and other tools see: the serializable shapes, and one small file per output. Nothing here decodes;
//! every output renders the types of [`document`].
//!
//! The rooms stand in the order in which they use each other: [`document`] holds the shapes that are serialized,
//! [`redact`] takes out of them what identifies people, [`words`] says facts in words, [`query`] selects messages and
//! reads single fields, [`render`] writes one output per file. [`pdu`] has shapes and outputs of single PDUs, and
//! [`schema`] the JSON Schema of everything. [`mate`] has those of a run of MATE.

pub mod document;
pub mod mate;
pub mod pdu;
pub mod query;
pub mod redact;
pub mod render;
pub mod schema;
pub mod words;

#[cfg(test)]
pub(crate) mod sample;
