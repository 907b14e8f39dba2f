//! What users and other tools see: the serializable shapes, and one small file per output.

pub mod document;
