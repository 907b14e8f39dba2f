//! mmsmate: from packet captures to one verdict per multimedia message.
//!
//! [`analyze`] makes an [`Analysis`] of [`Captures`]; an [`Observer`] sees what passes on the way, frame by frame and
//! PDU by PDU.
//!
//! ```
//! use mmsmate::{Captures, Options, analyze, find_inputs};
//!
//! let inputs = find_inputs(["testdata/captures/e_invalid_recipient.pcap".into()], false).inputs;
//! let (captures, unreadable) = Captures::open(inputs);
//! assert!(unreadable.is_empty());
//! for message in analyze(captures, &Options::default(), &mut ()).messages {
//!     println!("{:?} to {:?}: {}", message.from, message.to, message.outcome);
//! }
//! ```
//!
//! # How it is built
//!
//! Data flows through the modules in this order, and nothing flows back:
//!
//! ```text
//! bytes → capture::Frame → net::Packet → flow::StreamEvent → session::CarrierEvent
//!       → mms::Decoded → correlate::Message → report
//! ```
//!
//! `model` and `codec` are the words and tools that every stage shares; `pipeline` is the only place where the stages
//! up to the PDU meet, and `analysis` puts correlation behind them. A stage knows only those that stand before it in
//! this list; `session` yields bodies without knowing MMS, and `correlate` never sees a packet.

pub mod model;

pub mod codec;

pub mod capture;

pub mod net;

pub mod flow;

pub mod session;

pub mod mms;

pub mod correlate;

pub mod pipeline;

pub mod analysis;

pub mod report;

pub mod check;

pub mod cli;

pub mod fuzz;

pub use analysis::{Analysis, Options, analyze};
pub use capture::{Captures, find_inputs};
pub use correlate::{Message, Operation};
pub use pipeline::Observer;
