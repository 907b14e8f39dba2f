//! The semantics of the User's Guide: any value of an attribute may meet a condition, timers run forwards, and no result
//! depends on the order of a list.

mod early;
mod extract;
mod gogs;
mod gops;
mod keys;
mod list;
mod matching;
mod merge;
mod number;
mod pdus;
mod plan;
mod settle;
mod state;
mod watch;

pub(super) use state::Documented;
