//! TCP reassembly by sequence number (RFC 9293 section 3.4), as an observer has to do it.
//!
//! An observer's packets are lost and reordered apart from the receivers'. So octets that were acknowledged and not
//! seen may still come, for a bounded time; and what an end sends is delivered after what it had acknowledged by
//! then, so that an answer follows its request also where two taps' clocks disagree.

mod assembler;
mod closed_flow;
mod context;
mod delivered;
mod reassembly;
mod sequence;
mod stream;

pub(super) use closed_flow::ClosedFlow;
pub(super) use context::FlowContext;
pub(super) use reassembly::{Arrival, Fit, Progress, Reassembly, Verdict};
