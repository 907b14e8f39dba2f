//! From exchanges and PDUs to messages: legs, links, verdicts.
//!
//! # How it works
//!
//! The rooms stand in the order of the flow; each knows only those before it, and all know `message`, `settings` and `limits`.
//!
//! 1. `record`: what is read of a PDU, and how addresses, URLs and identifiers are compared.
//! 2. `store`: the exchanges that are open. The bearers' events are put together by exchange: request, answer or end.
//!    Nothing is decided here, so the order of arrival cannot matter. GETs that no notification announced wait,
//!    bounded, in `unmatched`.
//! 3. `group`, when something may be over: all open legs are put into time order (`snapshot`) and grouped by a pure
//!    function. `steps`: one PDU on several hops, or sent again, is one step. `threads`: notifications, fetches and
//!    confirmations of one delivery, by content location, then by transaction id within client and MMSC. `deliveries`
//!    and `reports`: which message they belong to, by message id; `clusters` holds what they make one. `answers`: what
//!    MM4_*.RES answer; `handovers`: which message went to another system; `mails`: one mail at several relays. `matching`: what
//!    shares no id, by the digest of the parts, then by likeness. Each of these is a list of rules, tried in order by
//!    `join`. Every look-up takes the few candidates nearest in time from an index, so a million
//!    legs with one key stay linear. Two candidates that fit equally well are left apart, with an anomaly that names both.
//! 4. `verdict`: `ends` says how each exchange ended, `rules` what each status means, `recipients` who each delivery is
//!    for, `submission`, `delivery` and `outcome` how far it came, `evidence` how much of it could be seen.
//! 5. `assemble`: the message, with its links and events.
//! 6. `context`: what the systems around the MMSC explain of it; it changes no verdict.
//! 7. `close`: when. A message is closed once the lifetime is over, and its validity too where somebody may still fetch
//!    it; the legs of what stays open are grouped again in the next `round`. `relations` and `operations`: forwarded,
//!    replaced, cancelled messages; mailbox transactions.
//! 8. `follow`: what messages are before they are closed, for a run that follows its input. It groups those legs again that
//!    may belong together, and changes nothing of what is closed.

mod assemble;
mod close;
mod context;
mod follow;
mod group;
mod limits;
mod message;
mod record;
#[cfg(test)]
mod samples;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod verdict;

pub use close::correlator::{Correlator, Totals};
pub use follow::follower::{Followed, Follower};
pub use limits::Limits;
pub use message::{
    Acknowledgement, BearerAnswer, By, Cause, CauseText, Closed, Code, Confidence, ContextEntry,
    ContextSubject, ContextSummary, ContextTotals, Delivery, DeliveryReport, EndCause, Event, EventFacts,
    Evidence, ExchangeEnds, Failure, FailureDetail, FailureKind, Handover, Hop, Interface, Link, LinkDetail,
    LinkValue, Message, Notification, Operation, OperationEntry, OperationHeader, OperationKind,
    OperationPdu, OtherPdu, Outcome, Part, Passage, ReadReport, Relation, Retrieval, Seen, SeenTls,
    ShownHeader, ShownHeaders, Stage, State, Submission, SubmissionState, SystemTotals, Word,
};
pub(crate) use record::address;
pub use record::pdu::PduRecord;
pub use settings::Settings;
pub use store::sightings::{EncryptedConnection, Encryption};
