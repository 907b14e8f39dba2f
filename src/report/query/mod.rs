//! What is asked of messages: single fields by their path, the filter language, the selection of messages by options,
//! totals of times, and the conditions under which a run fails.

pub mod fail_on;
pub mod field;
pub mod filter;
pub mod selection;
pub mod statistics;
