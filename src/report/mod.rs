//! What users and other tools see: the serializable shapes, and one small file per output. Nothing here decodes;
//! every output renders the types of [`document`].

pub mod columns;
pub mod csv;
pub mod digest;
pub mod document;
pub mod explain;
pub mod fail_on;
pub mod field;
pub mod file;
pub mod file_name;
pub mod filter;
mod from_capture;
pub mod from_correlate;
pub mod html;
pub mod human;
pub mod inventory;
pub mod json;
pub mod jsonl;
pub mod ladder;
pub mod markdown;
pub mod participants;
pub mod pdu;
pub mod redact;
pub mod schema;
pub mod selection;
pub mod show;
pub mod statistics;
pub mod style;
pub mod summary;
pub mod table;
pub mod texts;
pub mod why;
pub mod xml;

pub use from_capture::anomalies;

#[cfg(test)]
pub(crate) mod sample;
