//! Which connection a packet belongs to, where equal ends may be those of several networks.
//!
//! Mostly one connection is known between two ends, its packets are seen where those before them were, and nothing is to
//! be decided. Else a TCP segment belongs to the connection whose sequence and acknowledgement numbers it goes on with,
//! wherever it was seen: on the way back, after a handover, as a copy on another link. A datagram has no numbers: it
//! belongs to the flow that was seen where it was seen, whose copy it is, or that it may be the first answer of.

use smallvec::SmallVec;

use super::FlowTable;
use crate::flow::connection::Connection;
use crate::flow::slot_id::SlotId;
use crate::flow::slots::Lookup;
use crate::flow::tcp::Fit;
use crate::flow::{CloseReason, ConnectionInfo, SessionState, StreamEvent};
use crate::model::{Direction, Nanoseconds, Timestamp};
use crate::net::{Packet, TcpSegment, Transport};

/// Connections kept between the same ends: each is one of another network, or one that was replaced there. Bounds what
/// one packet costs.
const RIVALS: usize = 8;

/// How long after each other datagrams of two flows between the same ends show that both are alive: longer than a
/// phone is away between two cells, and shorter than until it is back in the first.
const ALIVE_TOGETHER: Nanoseconds = 60 * Timestamp::SECOND;

/// The flow that a datagram belongs to.
pub(super) struct FoundFlow {
    pub(super) slot: SlotId,
    /// Whether it is a copy of one before, where that was looked at already.
    pub(super) is_copy: Option<bool>,
}

impl<S: SessionState> FlowTable<S> {
    /// The connection that a segment belongs to, or that it replaces by opening a new one in the same network.
    #[inline]
    pub(super) fn find_stream(
        &mut self,
        lookup: &Lookup,
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
    ) -> Option<SlotId> {
        let known = lookup.known?;
        if !self.slots.has_rivals() && self.is_expected(known, lookup, packet) {
            return Some(known);
        }
        self.find_stream_among(lookup, packet, segment)
    }

    /// Whether a packet was seen where those before it were, or those of the other direction as long as there are none.
    #[inline]
    fn is_expected(&self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> bool {
        self.slots.get(slot).is_some_and(|connection| {
            let direction = connection.direction_from(lookup.source_is_low);
            let seen_in = &connection.seen_in;
            seen_in.has(direction, packet.network)
                || !seen_in.has_any(direction) && seen_in.has(direction.reversed(), packet.network)
        })
    }

    #[inline]
    fn was_seen_there(&self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> bool {
        self.slots.get(slot).is_some_and(|connection| {
            let direction = connection.direction_from(lookup.source_is_low);
            connection.seen_in.has(direction, packet.network)
        })
    }

    fn find_stream_among(
        &mut self,
        lookup: &Lookup,
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
    ) -> Option<SlotId> {
        let rivals = self.slots.rivals_of(lookup);
        let candidates: SmallVec<[(SlotId, Fit, bool); RIVALS]> = rivals
            .iter()
            .filter_map(|slot| {
                let connection = self.slots.get(*slot)?;
                let direction = connection.direction_from(lookup.source_is_low);
                let there = connection.seen_in.has(direction, packet.network);
                Some((*slot, connection.fit(direction, segment), there))
            })
            .collect();
        // The last that was opened goes before those before it.
        let find = |wanted: &dyn Fn(Fit, bool) -> bool| {
            let mut newest_first = candidates.iter().rev();
            newest_first.find(|(_, fit, there)| wanted(*fit, *there))
        };
        let only = candidates.len() == 1;
        let found = find(&|fit, there| fit == Fit::Yes && there)
            .or_else(|| find(&|fit, _| fit == Fit::Yes))
            .or_else(|| find(&|fit, there| fit == Fit::Unknown && there))
            .or_else(|| find(&|_, there| there))
            // Nothing else fits.
            .or_else(|| find(&|fit, _| fit == Fit::Unknown && only));
        let (slot, fit, there) = *found?;
        if fit == Fit::Yes && there {
            self.note_rivals(slot, &rivals);
        }
        Some(slot)
    }

    /// A connection goes on while others between the same ends, opened after it, are open: they are of other networks.
    fn note_rivals(&mut self, slot: SlotId, rivals: &[SlotId]) {
        let Some(this) = self.slots.get(slot).filter(|this| !this.is_closed()) else {
            return;
        };
        let later = rivals.iter().filter_map(|rival| self.slots.get(*rival));
        let later = later.filter(|rival| {
            rival.id() > this.id()
                && !rival.is_closed()
                && !self.networks.are_apart(this.info.network, rival.info.network)
                && !rival.seen_in.meets(&this.seen_in)
        });
        let seen: Vec<_> = later.map(|rival| rival.seen_in.all()).collect();
        let here = this.seen_in.all();
        seen.iter().for_each(|there| self.networks.apart(&here, there));
    }

    /// The flow that a datagram, or an association that an SCTP packet, belongs to.
    #[inline]
    pub(super) fn find_flow(&mut self, lookup: &Lookup, packet: &Packet<'_>) -> Option<FoundFlow> {
        let known = lookup.known?;
        if !self.slots.has_rivals() && self.is_expected(known, lookup, packet) {
            return Some(FoundFlow {
                slot: known,
                is_copy: None,
            });
        }
        self.find_flow_among(lookup, packet)
    }

    fn find_flow_among(&mut self, lookup: &Lookup, packet: &Packet<'_>) -> Option<FoundFlow> {
        let rivals = self.slots.rivals_of(lookup);
        let found = |slot: &SlotId, is_copy| Some(FoundFlow { slot: *slot, is_copy });
        let there = rivals
            .iter()
            .rev()
            .find(|slot| self.was_seen_there(**slot, lookup, packet));
        if let Some(slot) = there {
            self.note_rival_flows(*slot, &rivals, packet);
            return found(slot, None);
        }
        for slot in rivals.iter().rev() {
            if self.is_copy_on(*slot, lookup, packet) {
                return found(slot, Some(true));
            }
        }
        let goes_on = |wanted: &dyn Fn(&Connection<S>, Direction) -> bool| {
            rivals.iter().rev().find(|slot| {
                self.slots.get(**slot).is_some_and(|connection| {
                    wanted(connection, connection.direction_from(lookup.source_is_low))
                })
            })
        };
        let first_answer = |connection: &Connection<S>, direction| !connection.seen_in.has_any(direction);
        let slot = goes_on(&|connection, direction| {
            first_answer(connection, direction)
                && connection.seen_in.has(direction.reversed(), packet.network)
        })
        .or_else(|| goes_on(&first_answer))
        .or_else(|| goes_on(&|connection, direction| self.is_one_network(connection, direction, packet)))?;
        found(slot, Some(false))
    }

    fn is_copy_on(&mut self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> bool {
        let Some(connection) = self.slots.get(slot) else {
            return false;
        };
        let direction = connection.direction_from(lookup.source_is_low);
        connection.session.wants_data() && self.mirror.is_copy(connection.id(), direction, packet)
    }

    /// Whether a packet that was seen elsewhere than those before it is nevertheless of their network: an SCTP packet by
    /// its verification tag; a datagram where only the interface or file differs, and these are not known to be apart.
    fn is_one_network(&self, connection: &Connection<S>, direction: Direction, packet: &Packet<'_>) -> bool {
        if let Transport::Sctp(sctp) = &packet.transport {
            return connection.has_tag(direction, sctp.verification_tag);
        }
        let mut seen_in = connection.seen_in.all().into_iter();
        seen_in.any(|seen| {
            seen.labels == packet.network.labels && !self.networks.are_apart(seen, packet.network)
        })
    }

    /// A datagram was seen where those of its flow were, shortly after one of a flow that was opened after it and has
    /// other labels: both flows are alive, so they are of two networks.
    fn note_rival_flows(&mut self, slot: SlotId, rivals: &[SlotId], packet: &Packet<'_>) {
        let Some(this) = self.slots.get(slot) else { return };
        let now = self.clock.now();
        let later = rivals.iter().filter_map(|rival| self.slots.get(*rival));
        let later = later.filter(|rival| {
            let apart = rival.seen_in.all();
            rival.id() > this.id()
                && now.since(rival.active) <= ALIVE_TOGETHER
                && !apart.iter().any(|seen| seen.labels == packet.network.labels)
                && !rival.seen_in.meets(&this.seen_in)
        });
        let seen: Vec<_> = later.map(|rival| rival.seen_in.all()).collect();
        let here = this.seen_in.all();
        seen.iter().for_each(|there| self.networks.apart(&here, there));
    }

    /// Closes the connection between these ends that was silent for the longest, where there are too many.
    pub(super) fn make_room_among_rivals(
        &mut self,
        lookup: &Lookup,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        if lookup.known.is_none() {
            return;
        }
        let rivals = self.slots.rivals_of(lookup);
        if rivals.len() < RIVALS {
            return;
        }
        let last = |slot: &SlotId| self.slots.get(*slot).map(|connection| connection.last);
        if let Some(slot) = rivals.iter().copied().min_by_key(last) {
            self.close(slot, CloseReason::Evicted, None, sink);
            self.slots.remove(slot);
        }
    }
}
