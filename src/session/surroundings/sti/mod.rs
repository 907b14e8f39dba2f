//! The Standard Transcoding Interface (OMA-TS-STI V1.0), by which an MMSC has media fitted to a phone (MM11): SOAP with
//! attachments over HTTP, whose room reads it.

mod document;

pub(in crate::session) use document::{Document, Kind, read};
