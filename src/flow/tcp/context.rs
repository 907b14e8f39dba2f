//! What reassembly works with, and how it says what it found.

use super::stream::Chunk;
use crate::flow::{FlowCounters, Limits, StreamEvent};
use crate::model::{AnomalyKind, AnomalyLog, Direction, FrameRef, Timestamp};

/// What reassembly works with besides its own state.
pub(crate) struct FlowContext<'a> {
    pub(crate) now: Timestamp,
    pub(crate) limits: &'a Limits,
    pub(crate) counters: &'a mut FlowCounters,
    pub(crate) anomalies: &'a mut AnomalyLog,
    /// Octets that other connections hold.
    pub(crate) held_elsewhere: usize,
    /// The frame at hand, or the connection's last.
    pub(crate) at: FrameRef,
}

/// Octets in order, and what the snap length cut off after them.
pub(super) fn emit_data(
    direction: Direction,
    chunk: &Chunk<'_>,
    context: &mut FlowContext<'_>,
    emit: &mut dyn FnMut(StreamEvent<'_>),
) {
    let Chunk {
        bytes, missing, at, ..
    } = *chunk;
    if !bytes.is_empty() {
        emit(StreamEvent::Data { direction, bytes, at });
    }
    if missing > 0 {
        count_gap(missing, context);
        emit(StreamEvent::Gap {
            direction,
            length: missing,
            acknowledged: true,
            cut: true,
            at,
        });
    }
}

/// Octets that will not come.
pub(super) fn emit_gap(
    direction: Direction,
    length: u64,
    acknowledged: bool,
    context: &mut FlowContext<'_>,
    emit: &mut dyn FnMut(StreamEvent<'_>),
) {
    count_gap(length, context);
    let at = context.at;
    context.anomalies.note(AnomalyKind::TcpGap, Some(at), || {
        format!("{length} octets were not captured")
    });
    emit(StreamEvent::Gap {
        direction,
        length,
        acknowledged,
        cut: false,
        at,
    });
}

fn count_gap(length: u64, context: &mut FlowContext<'_>) {
    context.counters.gaps += 1;
    context.counters.octets_lost = context.counters.octets_lost.saturating_add(length);
}

/// A segment that contradicts one before it.
pub(super) fn note_conflict(context: &mut FlowContext<'_>) {
    context.counters.conflicts += 1;
    let detail = || "a segment sent again holds other octets; the first ones count".to_owned();
    context.anomalies.note(
        AnomalyKind::TcpConflictingRetransmission,
        Some(context.at),
        detail,
    );
}
