//! The semantics of Wireshark 4.0 in two passes, fault for fault.

mod avpl;
mod gogs;
mod gops;
mod matching;
mod pdus;
mod plan;
mod ranges;
mod settle;
mod state;
mod strtod;

pub(super) use state::Wireshark;
