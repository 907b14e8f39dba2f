//! From exchanges and PDUs to messages: legs, links, verdicts.
//!
//! # How it works
//!
//! 1. **Observation** (`exchanges`). Events of the bearers are put together by exchange: request, answer or end.
//!    An exchange becomes a `draft::Draft` of what grouping and judging need, and is filed in `open_legs` once it does
//!    not change any more: a head of a fixed size, and the rest packed into text (`packed`, `pdus`,
//!    `operation_facts`) that a `leg::Leg` reads. Nothing is decided here, so the order of arrival cannot matter. GETs
//!    that nothing announced wait, bounded, in `unclaimed`.
//! 2. **Grouping**, when something may be over (`settle`). All open legs are put into time order and grouped by a
//!    pure function:
//!    - `steps`: one PDU on several hops, or sent again, is one step;
//!    - `threads`: notifications, fetches and confirmations of one delivery, by content location, then by
//!      transaction id within client and MMSC;
//!    - `clusters`: submission, deliveries and reports of one message, by message id;
//!    - `matching`: what shares no id, by the digest of the parts, then by likeness;
//!    - `relations`, `operations`: forwarded, replaced, cancelled messages; mailbox transactions.
//!
//!    Every look-up takes the few candidates nearest in time from an index, so a million legs with one key stay
//!    linear. Two candidates that fit equally well are left apart, with an anomaly that names both.
//! 3. **Verdict**. `ends` says how each exchange ended, `rules` what each status means, `recipients` who each
//!    delivery is for, `delivery`, `submission` and `verdict` how far it came, `evidence` how much of it
//!    could be seen. `assemble` writes it all into a `Message`.
//! 4. **Closing** (`correlator`). A message is closed once the lifetime is over, and its validity too where somebody
//!    may still fetch it; the legs of what stays open are grouped again next time, with what has come since. Memory
//!    follows what is open.

mod address;
mod arena;
mod assemble;
mod book;
mod clusters;
mod confirmations;
mod contents;
mod correlator;
mod delivery;
mod draft;
mod ends;
mod evidence;
mod exchanges;
mod facts;
mod from_mms;
mod head;
mod hops;
mod index;
mod join;
mod ladder;
mod leg;
mod limits;
mod links;
mod matching;
mod message;
mod nameless;
mod offers;
mod open_legs;
mod operation_facts;
mod operation_kind;
mod operations;
mod packed;
mod particulars;
mod pdus;
mod phonebook;
mod recipients;
mod record;
mod relations;
pub mod rules;
#[cfg(test)]
mod samples;
mod scene;
mod settle;
mod shape;
mod spot;
mod steps;
mod submission;
#[cfg(test)]
mod tests;
mod thread;
mod threads;
mod unclaimed;
mod union;
mod verdict;
mod views;
mod words;

pub use contents::MessageParts;
pub use correlator::{Correlator, Settings, Totals};
pub use ends::CaptureSpan;
pub use limits::Limits;
pub use message::{
    Acknowledgement, Closed, Confidence, Delivery, DeliveryReport, Event, Evidence, Failure, FailureKind,
    Link, Message, Notification, Operation, OperationKind, OperationPdu, OperationStatus, Outcome,
    ReadReport, Retrieval, Seen, Stage, State, Submission, SubmissionState,
};
pub use record::{ExpiryValue, PartRecord, PduRecord, Sender, StatusEntry};
