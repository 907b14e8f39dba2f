//! What the systems around an MMSC explain of messages: whose an address was, what was asked about a message, and why it
//! failed. It explains and never judges: verdicts are the same without it.
//!
//! 1. `bindings`: which address was which number's, and when; `sessions` makes them of what RADIUS, GTP-C and Diameter tell.
//! 2. `transaction`: what is kept of a request and its answer; `questions`: what is kept of DNS that seems to be none of ours;
//!    `early`: answers that wait for their requests; `unanswered`: what got no answer in time, until that is proven.
//! 3. `profile`: what of a message a transaction can agree with; `known`: what belongs to MMS at all.
//! 4. `join`: which message a transaction concerns, by a list of rules.
//! 5. `causes`: which transaction explains a failure.
//! 6. `store` holds all of it, and `explain` tells a message what is known when it is closed.

pub(crate) mod bindings;
mod causes;
mod early;
pub(crate) mod explain;
pub(crate) mod join;
mod known;
mod passage;
pub(crate) mod profile;
mod questions;
mod queue;
mod sessions;
pub(crate) mod store;
mod transaction;
mod unanswered;
