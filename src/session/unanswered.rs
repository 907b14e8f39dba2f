//! What becomes of requests whose answer did not come before their connection ended.

use super::{AnswerVisibility, BodyEnd, EndReason};
use crate::flow::{CloseReason, ConnectionInfo};
use crate::model::{Direction, TlsEnd};

/// Why an exchange got no answer before its connection ended.
pub(super) fn end_reason(reason: CloseReason) -> EndReason {
    match reason {
        // Both directions finished: that of the answering side is what kept the answer from coming.
        CloseReason::Finished => EndReason::Closed { by_answerer: true },
        CloseReason::Reset { .. } => EndReason::Reset,
        CloseReason::Alert(end) => EndReason::Alert(end),
        CloseReason::Replaced => EndReason::Replaced,
        CloseReason::Idle => EndReason::Idle,
        CloseReason::Evicted => EndReason::GivenUp,
        CloseReason::CaptureEnd => EndReason::CaptureEnd,
    }
}

/// Who said first that they send no more, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstFinish {
    pub(super) by: Direction,
    /// The close_notify of TLS.
    pub(super) notify: Option<TlsEnd>,
}

impl FirstFinish {
    /// Why an exchange got no answer where both directions finished, this one first.
    pub(super) fn end_reason(first: Option<Self>, client: Option<Direction>) -> EndReason {
        let by_answerer = first.is_some_and(|first| Some(first.by) != client);
        EndReason::closed(by_answerer, first.and_then(|first| first.notify))
    }
}

/// How a body ends whose sender sends no more.
pub(super) const fn finished_body(notify: Option<TlsEnd>) -> BodyEnd {
    match notify {
        Some(end) => BodyEnd::Alert(end),
        None => BodyEnd::CutShort { reset: false },
    }
}

/// Whether an answer of `answerer` would have been captured.
pub(super) fn visibility(connection: &ConnectionInfo, answerer: Direction) -> AnswerVisibility {
    let side = connection.sender(answerer);
    match (connection.seen_by(answerer), side.hidden) {
        (None, _) => AnswerVisibility::NotCaptured,
        (Some(_), true) => AnswerVisibility::Hidden,
        (Some(by), false) => AnswerVisibility::Visible { by },
    }
}
