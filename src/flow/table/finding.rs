//! Which connection a packet belongs to, where equal ends may be those of several networks.
//!
//! Mostly one connection is known between two ends, its packets are seen where those before them were, and nothing is to
//! be decided. Else a TCP segment belongs to the connection whose sequence and acknowledgement numbers it goes on with,
//! wherever it was seen: on the way back, after a handover, as a copy on another link. A datagram belongs to the flow that was
//! seen where it was seen, whose copy it is, whose session knows the transaction that it is of, or, where a protocol has no
//! transactions, that it may be the first answer of.

use smallvec::SmallVec;

use super::FlowTable;
use crate::flow::connection::Connection;
use crate::flow::slot_id::SlotId;
use crate::flow::slots::Lookup;
use crate::flow::tcp::Fit;
use crate::flow::{CloseReason, ConnectionInfo, Recognised, SessionState, StreamEvent};
use crate::model::{Direction, Nanoseconds, Timestamp};
use crate::net::{Packet, TcpSegment, Transport};

/// Connections kept between the same ends: each is one of another network, or one that was replaced there. Bounds what
/// one packet costs.
const RIVALS: usize = 8;

/// How long after each other datagrams of two flows between the same ends show that both are alive: longer than a
/// phone is away between two cells, and shorter than until it is back in the first.
const ALIVE_TOGETHER: Nanoseconds = 60 * Timestamp::SECOND;

/// Flows between the same ends, newest first, each with whether its session knows a datagram's numbers.
type Told = SmallVec<[(SlotId, Option<bool>); RIVALS]>;

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
        let newest_first = rivals.iter().rev();
        let told: Told = newest_first
            .map(|slot| (*slot, self.is_known(*slot, lookup, packet)))
            .collect();
        let found = |slot, is_copy| Some(FoundFlow { slot, is_copy });
        if let Some(slot) = self.flow_seen_there(&told, lookup, packet) {
            self.note_rival_flows(slot, &rivals, packet);
            return found(slot, None);
        }
        for (slot, _) in &told {
            if self.is_copy_on(*slot, lookup, packet) {
                return found(*slot, Some(true));
            }
        }
        found(self.flow_by_numbers_or_alone(&told, lookup, packet)?, Some(false))
    }

    /// The flow that was seen where the packet was; or that it goes on with by its numbers, where these contradict.
    fn flow_seen_there(&self, told: &Told, lookup: &Lookup, packet: &Packet<'_>) -> Option<SlotId> {
        let mut there = told
            .iter()
            .filter(|(slot, _)| self.was_seen_there(*slot, lookup, packet));
        let goes_on = there.clone().find(|(_, known)| *known != Some(false));
        if let Some((slot, _)) = goes_on {
            return Some(*slot);
        }
        let (slot, _) = there.next()?;
        let mut elsewhere = told.iter().filter(|(other, known)| {
            let network = self.slots.get(*other).map(|other| other.info.network);
            let is_apart = network.is_none_or(|network| self.networks.are_apart(network, packet.network));
            *known == Some(true) && !is_apart
        });
        let elsewhere = elsewhere.next().filter(|_| elsewhere.next().is_none());
        Some(elsewhere.map_or(*slot, |(slot, _)| *slot))
    }

    /// The flow that a packet may be the first answer of, by where its request was seen; else the only one that knows its
    /// numbers; else that it may be the first answer of anyway; else one of its network.
    fn flow_by_numbers_or_alone(&self, told: &Told, lookup: &Lookup, packet: &Packet<'_>) -> Option<SlotId> {
        let first_answer = |connection: &Connection<S>, direction| !connection.seen_in.has_any(direction);
        let asked_there = |connection: &Connection<S>, direction: Direction| {
            first_answer(connection, direction)
                && connection.seen_in.has(direction.reversed(), packet.network)
        };
        let goes_on = |may_be: &dyn Fn(Option<bool>) -> bool,
                       wanted: &dyn Fn(&Connection<S>, Direction) -> bool| {
            let mut open = told.iter().filter(|(_, known)| may_be(*known));
            let found = open.find(|(slot, _)| {
                self.slots.get(*slot).is_some_and(|connection| {
                    wanted(connection, connection.direction_from(lookup.source_is_low))
                })
            });
            found.map(|(slot, _)| *slot)
        };
        if let Some(slot) = goes_on(&|known| known != Some(false), &asked_there) {
            return Some(slot);
        }
        let mut known = told.iter().filter(|(_, known)| *known == Some(true));
        match (known.next(), known.next()) {
            (Some((slot, _)), None) => return Some(*slot),
            // Its answer may be any of theirs.
            (Some(_), Some(_)) => return None,
            _ => {}
        }
        let is_only = told.len() == 1;
        let of_network = || {
            let mut others = told.iter().filter(|(_, known)| known.is_none());
            others.find(|(slot, _)| self.is_one_network(*slot, lookup, packet))
        };
        goes_on(&|known| is_only || known.is_none(), &first_answer)
            .or_else(|| of_network().map(|(slot, _)| *slot))
    }

    /// Whether a flow's session knows a datagram's numbers. The same request again with other labels is as likely another
    /// phone's: stacks count alike.
    fn is_known(&self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> Option<bool> {
        let Transport::Udp(datagram) = &packet.transport else {
            return None;
        };
        let connection = self.slots.get(slot)?;
        let direction = connection.direction_from(lookup.source_is_low);
        let recognised = connection.session.recognises(direction, datagram.payload)?;
        Some(match recognised {
            Recognised::GoesOn => true,
            Recognised::Repeats => connection.info.network.labels == packet.network.labels,
            Recognised::Not => false,
        })
    }

    /// What a new flow begins with where it may go on with one that was seen in a file or by an interface before it.
    pub(super) fn carried_on(&self, lookup: &Lookup, packet: &Packet<'_>) -> Option<S> {
        lookup.known?;
        let rivals = self.slots.rivals_of(lookup);
        let mut newest_first = rivals.iter().rev().filter_map(|slot| self.slots.get(*slot));
        let before = newest_first.find(|rival| {
            let (there, here) = (rival.info.network, packet.network);
            let follows = !self.origins.overlap(there.origin, here.origin);
            there.labels == here.labels && follows && !self.networks.are_apart(there, here)
        })?;
        Some(before.session.carried_on())
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
    fn is_one_network(&self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> bool {
        let Some(connection) = self.slots.get(slot) else {
            return false;
        };
        let direction = connection.direction_from(lookup.source_is_low);
        if let Transport::Sctp(sctp) = &packet.transport {
            return connection.has_tag(direction, sctp.verification_tag);
        }
        let mut seen_in = connection.seen_in.all().into_iter();
        seen_in.any(|seen| {
            seen.labels == packet.network.labels && !self.networks.are_apart(seen, packet.network)
        })
    }

    /// A datagram was seen where those of its flow were, shortly after one of a flow that was opened after it and has
    /// other labels, or of which both directions were seen in another file: both flows are alive, so they are of two
    /// networks.
    fn note_rival_flows(&mut self, slot: SlotId, rivals: &[SlotId], packet: &Packet<'_>) {
        let Some(this) = self.slots.get(slot) else { return };
        let now = self.clock.now();
        let later = rivals.iter().filter_map(|rival| self.slots.get(*rival));
        let later = later.filter(|rival| {
            let seen_in = rival.seen_in.all();
            let other_labels = seen_in.iter().all(|seen| seen.labels != packet.network.labels);
            let other_origin = seen_in.iter().all(|seen| seen.origin != packet.network.origin);
            let both_ways = this.seen_in.has_both() && rival.seen_in.has_both();
            rival.id() > this.id()
                && now.since(rival.active) <= ALIVE_TOGETHER
                && (other_labels || other_origin && both_ways)
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
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
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
