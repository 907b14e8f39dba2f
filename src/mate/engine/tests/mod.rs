//! The engine driven by small tables of fields. The sentences that they check are those of docs/MATE.md and of the
//! User's Guide, chapter MATE.

mod gogs;
mod gops;
mod hostile;
mod pdus;
mod properties;
mod table;
mod timers;
mod wireshark;
