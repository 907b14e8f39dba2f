//! Early data of TLS 1.3: it comes before the suite is known, and it is traffic only where the server takes it.

use super::{Connection, Context, Early, HeldRecord, SealedEarly};
use crate::flow::StreamEvent;
use crate::model::{AnomalyKind, FrameRef};
use crate::tls::framer::Record;
use crate::tls::reading::Stage;
use crate::tls::record::ContentType;

impl Connection {
    pub(super) const fn is_early_undecided(&self) -> bool {
        matches!(self.early, Early::Offered(_) | Early::Opened(_))
    }

    pub(super) fn hold_early(&mut self, record: Record<'_>, context: &mut Context<'_>) {
        let Early::Offered(held) = &mut self.early else {
            return;
        };
        let octets: usize = held.iter().map(|record| record.sealed.len()).sum();
        if octets.saturating_add(record.sealed.len()) > context.limits.handshake_octets {
            let (limit, at) = (context.limits.handshake_octets, record.extent.last);
            context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                format!("more than {limit} octets of early data before TLS chose a cipher")
            });
            return;
        }
        held.push(HeldRecord {
            head: record.head,
            sealed: record.sealed.to_vec(),
            extent: record.extent,
        });
    }

    /// The suite is known: what was held can be opened.
    pub(super) fn release_early(&mut self, context: &mut Context<'_>) {
        if let Early::Offered(held) = std::mem::take(&mut self.early) {
            self.early = Early::Opened(Vec::new());
            for HeldRecord { head, sealed, extent } in held {
                let sealed = sealed.as_slice();
                self.early_record(Record { head, sealed, extent }, context);
            }
        }
    }

    /// A record of the client's while it is not known whether the server takes early data.
    pub(super) fn early_record(&mut self, record: Record<'_>, context: &mut Context<'_>) {
        let client = self.client;
        if self.half(client).unread.is_some() {
            return;
        }
        let opened = self.half(client).reading.open(record);
        let stage = self.half(client).reading.stage();
        match opened {
            Some(opened) if stage == Some(Stage::Early) && opened.kind == ContentType::ApplicationData => {
                self.half(client).read += 1;
                let Early::Opened(held) = &mut self.early else {
                    return;
                };
                let octets: usize = held.iter().map(|(octets, _)| octets.len()).sum();
                if octets.saturating_add(opened.octets.len()) <= context.limits.handshake_octets {
                    held.push((opened.octets, record.extent));
                }
            }
            // EndOfEarlyData is only sent where it was taken, and the handshake goes on with other keys. Whether it was sent
            // cannot be seen without the secret of early data.
            Some(opened) => {
                if self.sealed_early.records == 0 {
                    self.settle_early(Some(stage == Some(Stage::Early)), context);
                }
                self.opened(client, opened, record.extent, context);
            }
            None => self.misfit(client, record, context),
        }
    }

    /// A record that no key opens while there is no secret for early data.
    pub(super) fn count_sealed_early(&mut self, record: Record<'_>) {
        const BESIDE: u64 = 17;
        let inside = u64::from(record.head.length).saturating_sub(BESIDE);
        let SealedEarly {
            records,
            octets,
            latest: [_, last],
            ..
        } = self.sealed_early;
        self.sealed_early = SealedEarly {
            records: records.saturating_add(1),
            octets: octets.saturating_add(inside),
            latest: [last, inside],
            at: record.extent.last,
        };
    }

    /// Early data that was taken, as far as is known, and that nothing opens is a gap before what follows. The handshake
    /// messages behind it, which nothing opened either, are none of it.
    pub(super) fn tell_sealed_early(&mut self, at: FrameRef, context: &mut Context<'_>) {
        const END_OF_EARLY_DATA: u64 = 4;
        const FINISHED: [u64; 2] = [36, 52];
        let SealedEarly {
            mut records,
            octets,
            latest: [before, last],
            at: sealed_at,
        } = std::mem::take(&mut self.sealed_early);
        let behind = match (before, last) {
            (_, END_OF_EARLY_DATA) => [last, 0],
            (END_OF_EARLY_DATA, last) if FINISHED.contains(&last) => [before, last],
            _ => [0, 0],
        };
        records -= behind.iter().filter(|octets| **octets > 0).count() as u64;
        let length = octets - behind.iter().sum::<u64>();
        if records == 0 || self.early_taken == Some(false) {
            return;
        }
        let direction = self.client;
        let half = self.half(direction);
        half.lost = half.lost.saturating_add(records);
        let is_open = !self.closed && !self.half_ref(direction).ended;
        context
            .anomalies
            .note(AnomalyKind::TlsRecordLost, Some(sealed_at), || {
                format!("{records} TLS records of early data without their secret")
            });
        if length > 0 && is_open {
            let gap = StreamEvent::Gap {
                direction,
                length,
                acknowledged: true,
                cut: false,
                at,
            };
            self.tell(gap, context);
        }
    }

    /// It is known now whether the server takes early data; `None` where it will never be.
    pub(super) fn settle_early(&mut self, taken: Option<bool>, context: &mut Context<'_>) {
        self.early_taken = self.early_taken.or(taken);
        match (std::mem::take(&mut self.early), taken) {
            (Early::Opened(held), Some(true)) => {
                let client = self.client;
                for (octets, extent) in held {
                    self.application_data(client, &octets, extent, context);
                }
            }
            (Early::Opened(held), Some(false)) => {
                let at = held.first().map_or(self.last, |(_, extent)| extent.last);
                self.early = Early::Offered(Vec::new());
                self.reject_early(at, context);
            }
            (Early::Offered(held), _) => self.early = Early::Offered(held),
            (other, _) => self.early = other,
        }
    }

    pub(super) fn reject_early(&mut self, at: FrameRef, context: &mut Context<'_>) {
        if !self.is_early_undecided() {
            return;
        }
        self.early = Early::Rejected;
        self.early_taken = Some(false);
        let client = self.client;
        if self.half(client).reading.stage() == Some(Stage::Early) {
            self.half(client).reading.shift();
        }
        context
            .anomalies
            .note(AnomalyKind::TlsEarlyDataRejected, Some(at), || {
                "the server did not take early data; it counts where it is sent again".to_owned()
            });
    }
}
