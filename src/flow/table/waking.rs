//! When connections are looked at again, and which are given up where there are too many.

use super::FlowTable;
use crate::flow::connection::{Connection, Step};
use crate::flow::expiry::{Entry, Wake};
use crate::flow::slot_id::SlotId;
use crate::flow::slots::Slots;
use crate::flow::{CloseReason, ConnectionInfo, SessionState, StreamEvent};
use crate::model::{AnomalyKind, FrameRef, Timestamp};

impl<S: SessionState> FlowTable<S> {
    /// Evicts the oldest connections until one more fits: closed ones first, then those that nobody listens to, then
    /// those silent longest.
    pub(super) fn make_room(
        &mut self,
        at: FrameRef,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        while self.slots.len() >= self.limits.connections {
            let Some(slot) = self.oldest() else { return };
            if self
                .slots
                .get(slot)
                .is_some_and(|connection| !connection.is_closed())
            {
                self.counters.evicted += 1;
                let limit = self.limits.connections;
                let detail = || format!("more than {limit} connections at once");
                self.anomalies.note(AnomalyKind::LimitReached, Some(at), detail);
                self.close(slot, CloseReason::Evicted, None, sink);
            }
            self.slots.remove(slot);
        }
    }

    /// The connection to give up first. One that was active since its entry was made gets a second chance, once
    /// per round.
    fn oldest(&mut self) -> Option<SlotId> {
        for wake in Wake::EVICTED {
            let mut chances = self.slots.len();
            while let Some(entry) = self.queues.take_oldest(wake) {
                if !is_current(&self.slots, wake, &entry) || self.waits_elsewhere(entry.slot, wake) {
                    continue;
                }
                let due = self.due(entry.slot, wake);
                if chances == 0 || due.is_none_or(|due| due <= entry.due) {
                    return Some(entry.slot);
                }
                chances -= 1;
                self.wake_later(entry.slot, wake);
            }
        }
        None
    }

    /// Looks at the connections that are due.
    pub(super) fn wake_due(&mut self, sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        let now = self.clock.now();
        while let Some((wake, entry)) = self.queues.take_due(now) {
            if !is_current(&self.slots, wake, &entry) {
                continue;
            }
            let slot = entry.slot;
            match wake {
                Wake::Reorder => {
                    let connection = self.slots.get_mut(slot);
                    let Some(connection) = connection else { continue };
                    connection.reorder_queued = false;
                    let last = connection.last;
                    self.follow(slot, Step::Wake, last, sink);
                }
                _ if self.waits_elsewhere(slot, wake) => {}
                _ if self.due(slot, wake).is_some_and(|due| due > now) => self.wake_later(slot, wake),
                Wake::TcpIdle | Wake::UdpIdle | Wake::UnrecognisedIdle | Wake::BackgroundIdle => {
                    self.close(slot, CloseReason::Idle, None, sink);
                    self.slots.remove(slot);
                }
                Wake::Linger | Wake::ForeignLinger => self.slots.remove(slot),
            }
        }
    }

    /// Whether a connection was recognised, or given up, since its entry was made: then it gets another one.
    fn waits_elsewhere(&mut self, slot: SlotId, wake: Wake) -> bool {
        let connection = self.slots.get(slot);
        let Some(current) = connection.map(Connection::idle_wake) else {
            return true;
        };
        let elsewhere = !wake.lingers() && wake != current;
        if elsewhere {
            self.wake_later(slot, current);
        }
        elsewhere
    }

    /// A connection that nobody listens to any more is forgotten sooner than it was going to be.
    pub(super) fn wake_sooner(&mut self, slot: SlotId) {
        let sooner = self.slots.get(slot).is_some_and(|connection| {
            matches!(connection.awaits, Wake::TcpIdle | Wake::UdpIdle) && !connection.session.wants_data()
        });
        if sooner {
            self.wake_later(slot, Wake::BackgroundIdle);
        }
    }

    /// When a connection is to be looked at for this reason, as far as is known now.
    fn due(&self, slot: SlotId, wake: Wake) -> Option<Timestamp> {
        let connection = self.slots.get(slot)?;
        Some(match wake {
            Wake::TcpIdle => connection.active.plus(self.limits.tcp_idle),
            Wake::UdpIdle => connection.active.plus(self.limits.udp_idle),
            Wake::UnrecognisedIdle => connection.active.plus(self.limits.unrecognised_idle),
            Wake::BackgroundIdle => connection.active.plus(self.limits.background_idle),
            Wake::Linger => connection.active.plus(self.limits.tcp_linger),
            Wake::ForeignLinger => connection.active.plus(self.limits.foreign_linger),
            Wake::Reorder => self.clock.now().plus(self.limits.reorder_time),
        })
    }

    pub(super) fn wake_later(&mut self, slot: SlotId, wake: Wake) {
        let due = self.due(slot, wake);
        let (Some(connection), Some(due)) = (self.slots.get_mut(slot), due) else {
            return;
        };
        if wake != Wake::Reorder {
            connection.awaits = wake;
        }
        let generation = connection.id().into();
        self.queues.put(
            wake,
            Entry {
                due,
                slot,
                generation,
            },
        );
        let slots = &self.slots;
        self.queues
            .trim(wake, slots.len(), |entry| is_current(slots, wake, entry));
    }

    /// Has a connection looked at when the reordering time is over, unless that is going to happen anyway: a capture
    /// whose clock stands still must not fill the queue.
    pub(super) fn reorder_later(&mut self, slot: SlotId) {
        let connection = self.slots.get_mut(slot);
        if connection.is_some_and(|connection| !std::mem::replace(&mut connection.reorder_queued, true)) {
            self.wake_later(slot, Wake::Reorder);
        }
    }
}

/// Whether an entry still concerns the connection in its slot.
fn is_current<S>(slots: &Slots<S>, wake: Wake, entry: &Entry) -> bool {
    slots.is_current(entry.slot, entry.generation) && slots.get(entry.slot).is_some_and(|c| c.heeds(wake))
}
