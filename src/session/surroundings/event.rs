//! The seam between the systems around an MMSC and correlation.
//!
//! Rules that every protocol keeps:
//! - A [`TransactionRequest`] is told when it is complete. One sent again is the same transaction and is not told again.
//! - A [`TransactionAnswer`] has the transaction of its request, and is told once. Its id is new where the request was not
//!   captured, or is captured behind it; then the request follows with that id.
//! - [`NoAnswer`] is told where it is proven that none came in time: another answer of that server to that client was
//!   captured (datagrams), or the other direction of the connection was (streams), and the capture went on for longer than
//!   an answer may take. Where nothing proves it, nothing is told. No answer of that transaction follows.

use super::{Answered, Asked};
use crate::model::{Endpoint, Extent, FrameRef, NetworkId, System, TransactionOperation, TransactionStatus};

/// One request with its answer. Unique within a run, in the order in which transactions were first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u64);

/// Something that was seen of a transaction.
#[derive(Clone, Copy, Debug)]
pub enum TransactionEvent<'a> {
    /// A system was asked.
    Request(&'a TransactionRequest<'a>),
    /// It answered.
    Answer(&'a TransactionAnswer<'a>),
    /// It did not.
    NoAnswer(NoAnswer),
}

impl TransactionEvent<'_> {
    /// The frame with which it became known.
    pub const fn at(&self) -> FrameRef {
        match self {
            Self::Request(request) => request.extent.last,
            Self::Answer(answer) => answer.extent.last,
            Self::NoAnswer(event) => event.at,
        }
    }
}

/// Which system is asked for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionSubject {
    /// The system. Not always told by the operation: Diameter's Credit-Control serves several.
    pub system: System,
    /// What it is asked for; says the protocol too.
    pub operation: TransactionOperation,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct TransactionRequest<'a> {
    /// Its transaction.
    pub transaction: TransactionId,
    /// Which system, for what.
    pub subject: TransactionSubject,
    /// Where it was seen; see [`NetworkId`] before comparing addresses.
    pub network: NetworkId,
    /// Who asks.
    pub source: Endpoint,
    /// Who is asked.
    pub destination: Endpoint,
    /// The frames it lies in.
    pub extent: Extent,
    /// What it says.
    pub asked: Asked<'a>,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct TransactionAnswer<'a> {
    /// Its transaction.
    pub transaction: TransactionId,
    /// Which system answers, and what was asked; none where only a request could tell, and none was seen by now.
    pub subject: Option<TransactionSubject>,
    /// Where it was seen.
    pub network: NetworkId,
    /// Who answers.
    pub source: Endpoint,
    /// Who had asked.
    pub destination: Endpoint,
    /// The frames it lies in.
    pub extent: Extent,
    /// Whether it says that it worked.
    pub status: TransactionStatus,
    /// What else it says.
    pub answered: Answered<'a>,
}

/// It is proven that no answer came in time; see the rules above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// The transaction.
    pub transaction: TransactionId,
    /// Which system was asked, and for what.
    pub subject: TransactionSubject,
    /// The frame that made it certain.
    pub at: FrameRef,
}
