//! The interactive view: an analysis on the screen of a terminal, to walk in; one that is finished, or that goes on while its
//! inputs are written.
//!
//! [`State`] is what is on the screen and how it came there; [`State::update`] takes a key, or what a job brought, and
//! says which jobs are to be done. [`draw`] shows a state. Neither touches a terminal, a file or a clock, so that tests
//! can press keys and read the screen; [`run`] puts both on a terminal, and who calls it does the jobs as its [`Host`].
//!
//! Every view is one that the command line has, made by the same functions of `report`. All keys stand in one table
//! ([`keys`]), from which the program, its help and its documentation take them.

mod data;
mod draw;
mod event;
pub mod keys;
mod state;
mod terminal;
mod text;

pub use data::{Data, End, Following, Growing, News};
pub use event::{Answer, Export, Job, PduPlace, Written};
#[cfg(test)]
pub use event::{Effect, Event};
pub use state::{Look, State};
pub use terminal::{Host, run};

#[cfg(test)]
pub(crate) mod tests;
