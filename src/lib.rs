//! mmsmate: from packet captures to one verdict per multimedia message.
//!
//! Data flows through the modules in this order, and nothing flows back:
//!
//! ```text
//! bytes → capture::Frame → net::Packet → flow::StreamEvent → session::CarrierEvent
//!       → mms::Decoded → correlate → report
//! ```
//!
//! [`model`] and [`codec`] are the words and tools that every stage shares; [`pipeline`] is the only place
//! where the stages meet. A stage knows only those that stand before it in this list; `session` yields bodies
//! without knowing MMS, and `correlate` never sees a packet.

pub mod model;

pub mod codec;

pub mod capture;

pub mod net;

pub mod flow;

pub mod session;

pub mod mms;

pub mod correlate;

pub mod report;

pub mod check;

pub mod pipeline;

pub mod cli;

pub mod fuzz;
