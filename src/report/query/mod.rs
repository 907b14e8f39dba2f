//! What is asked of messages: single fields by their path, the filter language, the selection of messages by options,
//! and the conditions under which a run fails.

pub mod absent;
pub mod address;
pub mod comparison;
pub mod fail_on;
pub mod field;
pub mod filter;
pub mod grouping;
pub mod id_range;
pub mod interval;
pub mod packet_place;
pub mod selection;
pub mod stats;
