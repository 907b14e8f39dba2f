//! TCP reassembly by sequence number (RFC 9293 section 3.4), as an observer has to do it.
//!
//! An observer's packets are lost and reordered apart from the receivers'. So octets that were acknowledged and not
//! seen may still come, for a bounded time; and what an end sends is delivered after what it had acknowledged by
//! then, so that an answer follows its request also where two taps' clocks disagree.

mod assembler;
mod reassembly;
mod recent;
mod remains;
mod sequence;
mod stream;
mod surroundings;

pub(super) use reassembly::{Arrival, Progress, Reassembly, Verdict};
pub(super) use remains::Remains;
pub(super) use surroundings::Surroundings;
