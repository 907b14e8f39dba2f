//! The seam between the systems around an MMSC and correlation.
//!
//! Rules that every protocol keeps:
//! - A [`TransactionRequest`] is told when it is complete. One sent again is the same transaction and is not told again.
//! - A [`TransactionAnswer`] has the transaction of its request, and is told once. Its id is new where the request was not
//!   captured, or is captured behind it; then the request follows with that id.
//! - [`NoAnswer`] is told where none came in time and another answer of that server to that client was captured (datagrams),
//!   or the other direction of the connection was (streams). It says by whom: only where those went on for longer than an
//!   answer may take, nothing lacking, it is proven that there was none, and that is for who knows of captures to find. An
//!   answer may follow all the same; it came late.

use super::{Answered, Asked};
use crate::model::{
    Endpoint, Extent, FrameRef, NetworkId, Origin, System, Timestamp, TransactionOperation, TransactionStatus,
};

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
    /// It did not, as far as was captured.
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

/// Who captured packets of one side: the last few of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenBy {
    latest_first: [Option<Origin>; Self::MOST],
}

impl SeenBy {
    /// How many are remembered. One more than two taps, each of them with a pair of interfaces, is hardly ever met.
    const MOST: usize = 4;

    /// Nobody but these.
    pub fn only(origin: Option<Origin>) -> Self {
        let mut seen = Self::default();
        origin.into_iter().for_each(|origin| seen.note(origin));
        seen
    }

    /// Somebody captured one more packet.
    pub fn note(&mut self, origin: Origin) {
        let known = self.latest_first.iter().position(|known| *known == Some(origin));
        let place = known.unwrap_or(Self::MOST - 1);
        if let Some(before) = self.latest_first.get_mut(..=place) {
            before.rotate_right(1);
        }
        if let Some(latest) = self.latest_first.first_mut() {
            *latest = Some(origin);
        }
    }

    /// Whether this one was the last.
    #[inline]
    pub(super) fn was_last(&self, origin: Origin) -> bool {
        let [latest, ..] = self.latest_first;
        latest == Some(origin)
    }

    /// Whether nobody did.
    pub fn is_empty(&self) -> bool {
        let [latest, ..] = self.latest_first;
        latest.is_none()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Origin> {
        self.latest_first.iter().flatten().copied()
    }
}

/// No answer came in time; see the rules above for what that proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// The transaction.
    pub transaction: TransactionId,
    /// Which system was asked, and for what.
    pub subject: TransactionSubject,
    /// When it was asked.
    pub asked: Timestamp,
    /// Who would have captured the answer.
    pub answers_seen_by: SeenBy,
    /// The frame with which the time was over.
    pub at: FrameRef,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CaptureIndex;

    #[test]
    fn the_last_few_who_captured_are_remembered() {
        let origin = |capture| Origin::new(CaptureIndex(capture), 0);
        let mut seen = SeenBy::default();
        assert!(seen.is_empty());
        for capture in [0, 1, 0, 2, 3, 4] {
            seen.note(origin(capture));
            assert!(seen.was_last(origin(capture)));
        }
        let captures: Vec<u32> = seen.iter().map(|origin| origin.capture().0).collect();
        assert_eq!(captures, [4, 3, 2, 0]);
    }
}
