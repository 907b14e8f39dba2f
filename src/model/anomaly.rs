//! Odd things in traffic: counted, shown with their first frame, never a reason to stop.

use std::collections::BTreeMap;

use super::FrameRef;

macro_rules! anomaly_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What was odd. The names are part of the output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AnomalyKind {
            $($(#[$doc])* $variant,)+
        }

        impl AnomalyKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The kind's name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

anomaly_kinds! {
    /// A frame of a link type that is not decoded.
    UnsupportedLinkType = "unsupported_link_type",
    /// A frame whose link, network or transport header contradicts itself or its length.
    MalformedPacket = "malformed_packet",
    /// A clock of a capture that differs from another's, by packets that both hold.
    ClockOffset = "clock_offset",
    /// A frame cut by the capture's snap length.
    FrameCut = "frame_cut",
    /// A tunnel in a tunnel beyond the supported depth.
    TunnelTooDeep = "tunnel_too_deep",
    /// Fragments of one datagram that overlap.
    FragmentOverlap = "fragment_overlap",
    /// A datagram of which not all fragments were seen.
    FragmentsIncomplete = "fragments_incomplete",
    /// The same frame captured more than once (span port, both sides of a router).
    DuplicateFrame = "duplicate_frame",
    /// Other octets for sequence numbers that were already there; the first ones count.
    TcpConflictingRetransmission = "tcp_conflicting_retransmission",
    /// Octets of a stream that were not captured.
    TcpGap = "tcp_gap",
    /// A request or answer that is not proper HTTP.
    HttpMalformed = "http_malformed",
    /// A content coding that could not be undone.
    HttpContentCoding = "http_content_coding",
    /// An HTTP/2 connection of which some state is unknown: its beginning, or frames in it, were not captured or are malformed.
    Http2StateUnknown = "http2_state_unknown",
    /// A WTP or WSP datagram that contradicts its own lengths.
    WapMalformed = "wap_malformed",
    /// WTP segments of one message with different octets under one number.
    WtpConflictingSegment = "wtp_conflicting_segment",
    /// An SMPP, SIP, RP or TPDU octet string that contradicts its own lengths.
    SmsMalformed = "sms_malformed",
    /// Parts of a concatenated short message that never came.
    SmsPartsMissing = "sms_parts_missing",
    /// A mail connection that goes on encrypted (STARTTLS): what follows is not read.
    SmtpEncrypted = "smtp_encrypted",
    /// Octets of a protocol of the systems around an MMSC (RADIUS, GTP-C, Diameter, DNS, LDAP, STI) that contradict their own
    /// lengths.
    ContextMalformed = "context_malformed",
    /// A TLS connection for which there are secrets, none of which opens its records.
    TlsKeyDoesNotFit = "tls_key_does_not_fit",
    /// Records of a TLS connection that was read lie in a hole of the capture.
    TlsRecordLost = "tls_record_lost",
    /// A handshake of TLS that one end ended with an alert.
    TlsHandshakeFailed = "tls_handshake_failed",
    /// Early data of TLS 1.3 that the server did not take: it is no traffic.
    TlsEarlyDataRejected = "tls_early_data_rejected",
    /// A transaction id in an answer that is not the request's.
    TransactionIdMismatch = "transaction_id_mismatch",
    /// An MM4 request that asks for an answer, of which none was seen.
    Mm4ResponseMissing = "mm4_response_missing",
    /// A report that contradicts what the wire shows the phone received.
    ContradictoryReport = "contradictory_report",
    /// Two messages fit a leg equally well; it was left apart.
    AmbiguousJoin = "ambiguous_join",
    /// A fetch of an announced message by another client than the phone that was notified; it decides nothing.
    RetrievedByOther = "retrieved_by_other",
    /// What is left of a message, of which too little was captured to tell whether another one that is shown is it: it is not
    /// counted.
    UnassignedRemnant = "unassigned_remnant",
    /// An answer before its request, or an effect before its cause: the clocks disagree.
    NegativeDuration = "negative_duration",
    /// Something was cut by one of the limits.
    LimitReached = "limit_reached",
    /// An address that several gateways say is another number's at one time: it names nobody.
    IdentityAmbiguous = "identity_ambiguous",
    /// An address that several sources say is another number's at one time, or another one's than a PDU names.
    IdentityConflict = "identity_conflict",
    /// More addresses bound to numbers than are remembered.
    LimitBindings = "limit_bindings",
    /// More transactions with other systems than may wait for the message that they concern.
    LimitContextHeld = "limit_context_held",
    /// More transactions with other systems than are shown of one message.
    LimitMessageContext = "limit_message_context",
    /// More failed transactions of no message than are listed.
    LimitContextUnjoined = "limit_context_unjoined",
    /// A fault of this program; what it was at work on was given up.
    InternalFault = "internal_fault",
}

/// All anomalies of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnomalyEntry {
    /// How often it was noted.
    pub count: u64,
    /// The first frame it was noted at, where it has one.
    pub first: Option<FrameRef>,
    /// What the first one was, in words.
    pub detail: String,
}

/// Counts anomalies by kind and keeps the first of each: constant memory, whatever the capture.
#[derive(Clone, Debug, Default)]
pub struct AnomalyLog {
    entries: BTreeMap<AnomalyKind, AnomalyEntry>,
}

impl AnomalyLog {
    /// Notes one anomaly; `detail` is only called for the first of its kind.
    pub fn note(&mut self, kind: AnomalyKind, at: Option<FrameRef>, detail: impl FnOnce() -> String) {
        match self.entries.get_mut(&kind) {
            Some(entry) => entry.count += 1,
            None => {
                self.entries.insert(
                    kind,
                    AnomalyEntry {
                        count: 1,
                        first: at,
                        detail: detail(),
                    },
                );
            }
        }
    }

    /// Adds another log's counts; of two first frames the earlier stays.
    pub fn merge(&mut self, other: &Self) {
        for (kind, theirs) in &other.entries {
            match self.entries.get_mut(kind) {
                None => {
                    self.entries.insert(*kind, theirs.clone());
                }
                Some(ours) => {
                    let count = ours.count + theirs.count;
                    if theirs.first.is_some() && (ours.first.is_none() || theirs.first < ours.first) {
                        *ours = theirs.clone();
                    }
                    ours.count = count;
                }
            }
        }
    }

    /// The kinds that occurred, in the order of [`AnomalyKind`].
    pub fn iter(&self) -> impl Iterator<Item = (AnomalyKind, &AnomalyEntry)> {
        self.entries.iter().map(|(kind, entry)| (*kind, entry))
    }

    /// How often a kind was noted.
    pub fn count(&self, kind: AnomalyKind) -> u64 {
        self.entries.get(&kind).map_or(0, |entry| entry.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};

    fn at(frame: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(frame as i64),
        }
    }

    #[test]
    fn counts_and_keeps_the_first() {
        let mut log = AnomalyLog::default();
        log.note(AnomalyKind::TcpGap, Some(at(7)), || "first".into());
        log.note(AnomalyKind::TcpGap, Some(at(9)), || "second".into());
        let mut other = AnomalyLog::default();
        other.note(AnomalyKind::TcpGap, Some(at(3)), || "earlier".into());
        log.merge(&other);
        let (_, entry) = log.iter().next().unwrap();
        assert_eq!(
            (entry.count, entry.first, entry.detail.as_str()),
            (3, Some(at(3)), "earlier")
        );
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::BTreeSet<_> = AnomalyKind::ALL.iter().map(|k| k.name()).collect();
        assert_eq!(names.len(), AnomalyKind::ALL.len());
    }
}
