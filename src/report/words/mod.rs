//! Facts in words and symbols, for whoever reads a terminal or a page: sizes and durations, failures and evidence,
//! the systems that took part; and the style in which text is laid out and coloured.

pub mod clock;
pub(in crate::report) mod context;
pub mod display_filter;
mod event;
pub mod explain;
mod failure;
pub mod human;
mod link;
pub mod names;
pub mod participants;
pub mod style;
pub mod tls;
pub mod undecided;
pub mod why;
pub mod zone;

pub use event::words as event_words;
