pub(crate) mod correlator;
mod explanations;
pub(crate) mod operations;
pub(crate) mod relations;
pub(crate) mod room;
pub(crate) mod round;
pub(crate) mod round_index;
