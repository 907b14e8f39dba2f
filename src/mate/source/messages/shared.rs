//! What the dissectors of messages share, beside what they hold for a connection.

use super::parts::Parts;
use super::places::{Late, Origin};
use super::segments::Segments;
use crate::mate::catalogue::FieldId;
use crate::mate::source::wanted::Wanted;
use crate::mms as pdu;
use crate::model::{AnomalyKind, AnomalyLog, FrameRef};
use crate::session;

/// What the dissectors of messages share, beside what they hold for a connection.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) session: session::Limits,
    pub(crate) mms: pdu::Limits,
    pub(crate) anomalies: AnomalyLog,
    pub(super) wtp: Segments,
    pub(super) sms: Parts,
    /// Fields of earlier frames that the one at hand tells.
    pub(crate) late: Vec<Late>,
    /// Whether frames with a piece of a message are to say where it became whole.
    pub(super) tells_wtp_end: bool,
    pub(super) tells_sms_end: bool,
    /// Whether frames with a message of HTTP are to say where its answer is, or the next request.
    tells_what_follows: bool,
    /// Streams that hold octets of which it is not known yet what they are.
    probing: usize,
    /// Octets that streams hold until messages are whole.
    held_octets: usize,
}

impl Shared {
    pub(crate) fn new(wanted: &Wanted, session: session::Limits, mms: pdu::Limits) -> Self {
        Self {
            late: Vec::new(),
            tells_wtp_end: wanted.has(FieldId::WTP_REASSEMBLED_IN),
            tells_sms_end: wanted.has(FieldId::GSM_SMS_UD_REASSEMBLED_IN),
            tells_what_follows: wanted.has(FieldId::HTTP_RESPONSE_IN)
                || wanted.has(FieldId::HTTP_NEXT_REQUEST_IN),
            session,
            mms,
            anomalies: AnomalyLog::default(),
            wtp: Segments::default(),
            sms: Parts::default(),
            probing: 0,
            held_octets: 0,
        }
    }

    /// Notes whether a stream holds octets of which it is not known yet what they are, and whether it did before.
    pub(super) fn probes(&mut self, before: bool, after: bool) {
        self.probing = self
            .probing
            .saturating_sub(usize::from(before))
            .saturating_add(usize::from(after));
    }

    /// Whether frames are to wait: for what a stream is, for the end of a message of which they have a piece, or for
    /// what follows a message of theirs, which may be at any time.
    pub(crate) fn awaits(&self) -> bool {
        self.probing > 0
            || self.tells_what_follows
            || self.tells_wtp_end && !self.wtp.is_empty()
            || self.tells_sms_end && !self.sms.is_empty()
    }

    /// A message of these pieces became whole in a frame.
    pub(super) fn whole(&mut self, origins: &[Origin], field: FieldId, at: FrameRef) {
        let earlier = origins.iter().filter(|origin| origin.at != at);
        self.late.extend(earlier.map(|origin| origin.later(field, at)));
    }

    /// Notes that a stream holds so many octets where it held so many; whether all may be held.
    pub(super) fn holds(&mut self, before: usize, after: usize, at: FrameRef) -> bool {
        self.held_octets = self.held_octets.saturating_sub(before).saturating_add(after);
        let most = self.session.bodies_octets;
        let fits = after <= before || self.held_octets <= most;
        if !fits {
            self.held_octets = self.held_octets.saturating_sub(after);
            self.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                format!(
                    "unfinished messages of all connections fill {most} octets; one connection was given up"
                )
            });
        }
        fits
    }
}
