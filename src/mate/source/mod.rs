//! From captures to the frames that configurations of MATE are run over: their layers and fields, as far as somebody asks
//! for them.
//!
//! The stages up to `flow` are those of the pipeline. What comes behind them is not: MATE sees every message, whatever it
//! carries, and every copy of a packet, while the sessions of the pipeline follow what may be MMS. Both read messages with
//! the same parsers.

mod driver;
mod headers;
mod link;
mod messages;
mod network;
mod queue;
mod quoted;
mod streams;
#[cfg(test)]
mod tests;
mod text;
mod transport;
mod wanted;
mod writer;

#[cfg(test)]
use driver::Report;
pub(crate) use driver::{Limits, read};
pub(crate) use wanted::Wanted;
