//! Holes, and connections whose beginning was not captured: the next record that some keys open.

use std::sync::Arc;

use super::{Beginning, Connection, Context};
use crate::flow::StreamEvent;
use crate::model::{AnomalyKind, Direction, FrameRef};
use crate::tls::facts::Unread;
use crate::tls::framer::{Hole, Loss, Record};
use crate::tls::keylog::Label;
use crate::tls::protection::Opened;
use crate::tls::reading::{LevelKeys, Stage};
use crate::tls::record::{ContentType, Head};
use crate::tls::suite::SuiteId;
use crate::tls::used::Line;
use crate::tls::version::Version;

/// The fewest octets that a record has on the wire: a head, a tag and one octet.
const SMALLEST_RECORD: u64 = 22;
/// How many records may have passed before a capture began inside a connection.
const MIDWAY_RECORDS: u64 = 4_095;

impl Connection {
    /// A record of which only the head is known.
    pub(super) fn lost_record(
        &mut self,
        direction: Direction,
        head: Head,
        loss: Loss,
        context: &mut Context<'_>,
    ) {
        let half = self.half(direction);
        half.messages.lose();
        if half.unread.is_some() {
            return;
        }
        if half.reading.stage().is_none() {
            return self.lost_in_the_clear(direction);
        }
        half.reading.skip();
        let octets = head.record_octets() as u64;
        self.tell_lost(direction, 1, octets, loss, context);
    }

    /// A record of the handshake is lost before any keys are in force.
    pub(super) fn lost_in_the_clear(&mut self, direction: Direction) {
        self.transcript = None;
        let missing = match self.is_client(direction) {
            true => self.hello.is_none(),
            false => self.server.is_none(),
        };
        if missing {
            self.give_up(Unread::HelloMissing);
        }
    }

    /// Records of application data are lost: a gap for those inside.
    pub(super) fn tell_lost(
        &mut self,
        direction: Direction,
        records: u64,
        octets: u64,
        loss: Loss,
        context: &mut Context<'_>,
    ) {
        let half = self.half(direction);
        half.lost = half.lost.saturating_add(records);
        let overhead = half.reading.overhead().saturating_mul(records);
        let length = octets.saturating_sub(overhead);
        let in_handshake = half.reading.stage() != Some(Stage::Application);
        context
            .anomalies
            .note(AnomalyKind::TlsRecordLost, Some(loss.at), || {
                format!("{records} TLS records in a hole of the capture")
            });
        if length > 0 && !in_handshake && !self.closed && !self.half(direction).ended {
            self.tell(gap(direction, length, loss), context);
        }
    }

    /// A direction ends with a hole, or in a handshake of which records were lost: nobody can tell what was in them, so that it
    /// may be all that those inside wait for.
    pub(super) fn tell_last_hole(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let is_over = self.closed;
        let half = self.half(direction);
        let is_in_handshake = half.lost > 0 && half.reading.stage() != Some(Stage::Application);
        let of_handshake = is_in_handshake.then_some(Hole {
            octets: 1,
            loss: Loss {
                acknowledged: true,
                cut: false,
                at,
            },
        });
        let Some(Hole { octets, loss }) = half.framer.take_hole().or(of_handshake) else {
            return;
        };
        if half.unread.is_some() || half.ended || is_over {
            return;
        }
        half.lost = half.lost.saturating_add(1);
        let length = octets.saturating_sub(half.reading.overhead()).max(1);
        context
            .anomalies
            .note(AnomalyKind::TlsRecordLost, Some(loss.at), || {
                format!("TLS records in a hole of {octets} octets with which the connection ends")
            });
        self.tell(gap(direction, length, loss), context);
    }

    /// What may be the first record behind a hole; whether it is.
    pub(super) fn found(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        hole: Hole,
        context: &mut Context<'_>,
    ) -> bool {
        if self.half(direction).unread.is_some() {
            return true;
        }
        if self.beginning == Beginning::Midway && !self.half(direction).reading.has_keys() {
            return self.found_midway(direction, record, context);
        }
        if self.half(direction).reading.stage().is_none() && !self.expect_change(direction, context) {
            return self.found_in_the_clear(direction, record, context);
        }
        let most = hole.octets / SMALLEST_RECORD;
        let mut tries = context.limits.tries.min(*context.tries);
        let (before, stage) = (tries, self.half(direction).reading.stage());
        let found = self.half(direction).reading.find(record, most.max(1), &mut tries);
        *context.tries -= before - tries;
        if tries == 0 && found.is_none() {
            self.out_of_tries(direction, record.extent.last, context);
        }
        let Some(found) = found else {
            return stage.is_none() && self.found_in_the_clear(direction, record, context);
        };
        self.half(direction).messages.lose();
        self.half(direction).protected = true;
        // What is lost of a handshake is missing from nothing.
        let in_handshake = stage != Some(Stage::Application) && found.lost == 0;
        if hole.octets > 0 && !in_handshake {
            self.tell_lost(direction, found.lost.max(1), hole.octets, hole.loss, context);
        }
        self.opened(direction, found.opened, record.extent, context);
        true
    }

    /// Up to TLS 1.2 a hole may hold the change of keys: whether there are keys to try.
    pub(super) fn expect_change(&mut self, direction: Direction, context: &Context<'_>) -> bool {
        if self.is_tls13() || self.server.is_none() {
            return false;
        }
        let level = self.level_of_handshake(direction, context);
        let has_keys = level.has_keys();
        self.half(direction).reading.expect(level);
        has_keys
    }

    pub(super) fn out_of_tries(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let limit = context.limits.tries;
        context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
            format!("a hole behind which {limit} numbers of TLS records were tried")
        });
        let half = self.half(direction);
        half.lost += 1;
        half.unread = Some(Unread::KeyDoesNotFit);
    }

    /// Behind a hole in the handshake, records in the clear are known by their heads alone.
    pub(super) fn found_in_the_clear(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> bool {
        self.lost_in_the_clear(direction);
        let known = match record.head.kind {
            ContentType::ChangeCipherSpec => record.sealed == [1],
            ContentType::Handshake => matches!(record.sealed, [1 | 2 | 4 | 11..=16 | 20, 0, ..]),
            ContentType::Alert => record.sealed.len() == 2,
            ContentType::ApplicationData => self.is_tls13(),
            ContentType::Heartbeat => false,
        };
        if known {
            self.half(direction).messages.lose();
            self.record(direction, record, context);
        }
        known
    }

    /// The first whole record of a connection that was there before the capture: secrets that no handshake has claimed are
    /// tried.
    pub(super) fn found_midway(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> bool {
        self.half(direction).had_protected = true;
        if record.head.kind != ContentType::ApplicationData {
            // A handshake of which the first part is missing, or a renegotiation.
            let hello = record.head.kind == ContentType::Handshake && matches!(record.sealed, [1 | 2, 0, ..]);
            if hello {
                self.half(direction).protected = false;
                self.beginning = Beginning::Hello;
                self.client_known = false;
                self.half(direction.reversed()).protected = false;
                self.record(direction, record, context);
            } else {
                self.half(direction).unread = Some(Unread::NoHandshake);
            }
            return true;
        }
        let opened = self.try_midway(direction, record, context);
        match opened {
            Some(opened) => {
                Arc::make_mut(&mut self.agreement).version = Some(Version::Tls13);
                self.opened(direction, opened, record.extent, context);
            }
            None => self.half(direction).unread = Some(Unread::NoHandshake),
        }
        true
    }

    pub(super) fn try_midway(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> Option<Opened> {
        let mut candidates = Vec::new();
        for label in [Label::ClientTraffic, Label::ServerTraffic] {
            let from_client = label == Label::ClientTraffic;
            if self.client_known && from_client != self.is_client(direction) {
                continue;
            }
            for (random, secret) in context.store.unclaimed(label) {
                let line = Line::new(label, *random, secret);
                for id in SuiteId::of_secrets(secret.octets().len()) {
                    let keys = |suite| LevelKeys::of_traffic_secret(suite, secret, Arc::clone(&line));
                    if let Some(keys) = id.read().and_then(keys) {
                        candidates.push((from_client, id, keys));
                    }
                }
                if candidates.len() > context.limits.tries {
                    break;
                }
            }
        }
        let mut tries = context.limits.tries.min(*context.tries);
        for number in 0..=MIDWAY_RECORDS {
            for place in 0..candidates.len() {
                tries = tries.checked_sub(1)?;
                *context.tries -= 1;
                let (from_client, id, keys) = candidates.get(place)?;
                if let Some(opened) = keys.open(number, record) {
                    let client = if *from_client {
                        direction
                    } else {
                        direction.reversed()
                    };
                    (self.client, self.client_known) = (client, true);
                    Arc::make_mut(&mut self.agreement).suite = Some(*id);
                    let keys = candidates.swap_remove(place).2;
                    self.half(direction).reading.take_up(keys, number);
                    return Some(opened);
                }
            }
        }
        None
    }
}

/// What those inside are told of octets that records lost.
fn gap(direction: Direction, length: u64, loss: Loss) -> StreamEvent<'static> {
    let Loss {
        acknowledged,
        cut,
        at,
    } = loss;
    StreamEvent::Gap {
        direction,
        length,
        acknowledged,
        cut,
        at,
    }
}
