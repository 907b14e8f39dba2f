//! Configurations of MATE, Wireshark's Meta Analysis and Tracing Engine, run over captures: from the fields of frames to
//! groups of PDUs.

pub(crate) mod catalogue;
pub(crate) mod config;
pub(crate) mod engine;
pub(crate) mod filter;
pub(crate) mod frame;
pub(crate) mod groups;
pub(crate) mod source;
