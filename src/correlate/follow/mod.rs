//! What messages are so far, while exchanges still come: told once a message is settled, and again when it changes. What
//! closes messages is not touched by it, so that they end as they would without it.

mod clock;
mod credit;
pub(crate) mod follower;
mod index;
mod keys;
mod related;
mod schedule;
mod settled;
mod told;
