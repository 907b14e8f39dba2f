//! Facts in words and symbols, for whoever reads a terminal or a page: sizes and durations, failures and evidence,
//! the systems that took part; and the style in which text is laid out and coloured.

pub mod explain;
pub mod human;
pub mod participants;
pub mod style;
pub mod why;
