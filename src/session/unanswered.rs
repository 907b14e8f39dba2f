//! What becomes of requests whose answer did not come before their connection ended.

use super::{AnswerVisibility, EndReason};
use crate::flow::{CloseReason, ConnectionInfo};
use crate::model::Direction;

/// Why an exchange got no answer before its connection ended.
pub(super) fn end_reason(reason: CloseReason) -> EndReason {
    match reason {
        // Both directions finished: that of the answering side is what kept the answer from coming.
        CloseReason::Finished => EndReason::Closed { by_answerer: true },
        CloseReason::Reset { .. } => EndReason::Reset,
        CloseReason::Replaced => EndReason::Replaced,
        CloseReason::Idle => EndReason::Idle,
        CloseReason::Evicted => EndReason::GivenUp,
        CloseReason::CaptureEnd => EndReason::CaptureEnd,
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
