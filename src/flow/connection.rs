//! One connection in the table.

use super::doubtful::Doubtful;
use super::expiry::Wake;
use super::key::FlowKey;
use super::sctp::{Chunks, Messages};
use super::seen_in::SeenIn;
use super::tcp::{Arrival, ClosedFlow, Fit, FlowContext, Progress, Reassembly};
use super::{
    CloseReason, ConnectionId, ConnectionInfo, FailedConnect, SessionState, Side, StreamEvent, TransportKind,
};
use crate::model::{Direction, Endpoint, FrameRef, NetworkId, Timestamp};
use crate::net::{Packet, TcpSegment};

/// A connection with its session's state.
#[derive(Debug)]
pub(super) struct Connection<S> {
    /// Whether the end that opened it is the lower one in its key.
    pub(super) initiator_is_low: bool,
    pub(super) info: ConnectionInfo,
    /// Where its packets were seen.
    pub(super) seen_in: SeenIn,
    pub(super) session: S,
    pub(super) tracking: Tracking,
    /// What looks at it next, reordering aside: entries for anything else are out of date.
    pub(super) awaits: Wake,
    /// Whether an entry waits to look at it for reordering: one is enough, however often it begins to wait.
    pub(super) reorder_queued: bool,
    /// The last frame.
    pub(super) last: FrameRef,
    /// When that was, by the table's clock.
    pub(super) active: Timestamp,
}

/// How a connection is followed.
#[derive(Debug)]
pub(super) enum Tracking {
    /// TCP that the session listens to.
    Reassembled(Box<Reassembly>),
    /// TCP that it does not listen to.
    Background(ClosedFlow),
    /// SCTP that the session listens to.
    Messages(Box<Messages>),
    /// UDP, with the datagram that is held, and SCTP that it does not listen to.
    Datagrams(Option<Box<Doubtful>>),
}

impl<S: SessionState> Connection<S> {
    /// What ends it when it is silent.
    pub(super) fn idle_wake(&self) -> Wake {
        match (self.info.transport, self.session.is_ours()) {
            _ if !self.session.wants_data() => Wake::BackgroundIdle,
            (TransportKind::Tcp, true) => Wake::TcpIdle,
            (TransportKind::Tcp, false) => Wake::BackgroundIdle,
            (TransportKind::Udp | TransportKind::Sctp, true) => Wake::UdpIdle,
            (TransportKind::Udp | TransportKind::Sctp, false) => Wake::UnrecognisedIdle,
        }
    }

    /// Gives the closing event. What was held must have been flushed.
    pub(super) fn close(
        &mut self,
        reason: CloseReason,
        at: FrameRef,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        if !self.is_closed() {
            self.awaits = if self.session.is_ours() {
                Wake::Linger
            } else {
                Wake::ForeignLinger
            };
            sink(&self.info, &mut self.session, StreamEvent::Closed { reason, at });
        }
        self.stop_reassembly();
        self.session = S::default();
    }
}

impl<S> Connection<S> {
    pub(super) fn id(&self) -> ConnectionId {
        self.info.id
    }

    /// Whether its closing event was given. Then it lingers, so that late copies of its packets open no new one.
    pub(super) fn is_closed(&self) -> bool {
        self.awaits.lingers()
    }

    /// Whether looking at it for this reason still makes sense.
    pub(super) fn heeds(&self, wake: Wake) -> bool {
        if wake == Wake::Reorder {
            !self.is_closed()
        } else {
            self.awaits == wake
        }
    }

    /// Its key, which its ends make.
    pub(super) fn key(&self) -> FlowKey {
        let [initiator, responder] = self.info.sides.map(|side| side.endpoint);
        FlowKey::new(self.info.transport, initiator, responder).0
    }

    /// Source and destination of its packets whose source is the lower end of the key, or is not.
    #[inline]
    pub(super) fn sends(&self, source_is_low: bool) -> [Endpoint; 2] {
        let direction = self.direction_from(source_is_low);
        [self.info.sender(direction), self.info.receiver(direction)].map(|side| side.endpoint)
    }

    /// Which way a packet goes whose source is the lower end of the key, or is not.
    #[inline]
    pub(super) fn direction_from(&self, source_is_low: bool) -> Direction {
        if self.initiator_is_low == source_is_low {
            Direction::FromInitiator
        } else {
            Direction::FromResponder
        }
    }

    /// Notes that a packet of this connection was captured; whether none of its direction was seen there before.
    #[inline]
    pub(super) fn touch(&mut self, direction: Direction, packet: &Packet<'_>, now: Timestamp) -> bool {
        if let Some(seen_by) = self.info.seen_by.get_mut(direction.index()) {
            *seen_by = Some(packet.network.origin);
        }
        self.last = packet.at;
        self.active = now;
        self.seen_in.note(direction, packet.network)
    }

    /// How well a TCP segment goes on with what was seen of this connection.
    pub(super) fn fit(&self, direction: Direction, segment: &TcpSegment<'_>) -> Fit {
        match &self.tracking {
            Tracking::Reassembled(reassembly) => reassembly.fit(direction, segment),
            Tracking::Background(flow) => flow.fit(direction, segment),
            Tracking::Messages(_) | Tracking::Datagrams(_) => Fit::Unknown,
        }
    }

    /// Whether an SCTP packet may be of this association, by its verification tag.
    pub(super) fn has_tag(&self, direction: Direction, tag: u32) -> bool {
        match &self.tracking {
            Tracking::Messages(messages) => messages.has_tag(direction, tag),
            _ => true,
        }
    }

    /// What there is to say of it, where it was asked for in vain.
    pub(super) fn failed_connect(&self) -> Option<FailedConnect> {
        let Tracking::Reassembled(reassembly) = &self.tracking else {
            return None;
        };
        let (asked, end) = reassembly.asked_in_vain()?;
        let [initiator, responder] = self.info.sides;
        Some(FailedConnect {
            network: self.info.network,
            source: initiator.endpoint,
            destination: responder.endpoint,
            asked,
            end,
            last: self.last,
        })
    }

    /// What out-of-order segments of this connection take.
    pub(super) fn held_octets(&self) -> usize {
        match &self.tracking {
            Tracking::Reassembled(reassembly) => reassembly.held_octets(),
            Tracking::Messages(messages) => messages.held_octets(),
            Tracking::Datagrams(doubtful) => doubtful.as_ref().map_or(0, |datagram| datagram.cost()),
            Tracking::Background(_) => 0,
        }
    }

    /// Stops reassembling; whether there was something to stop.
    pub(super) fn stop_reassembly(&mut self) -> bool {
        self.tracking = match &self.tracking {
            Tracking::Reassembled(reassembly) => Tracking::Background(ClosedFlow::of(reassembly)),
            Tracking::Messages(_) | Tracking::Datagrams(Some(_)) => Tracking::Datagrams(None),
            Tracking::Background(_) | Tracking::Datagrams(None) => return false,
        };
        true
    }
}

/// What makes a connection move.
pub(super) enum Step<'a> {
    /// A TCP segment of it.
    Segment(&'a Arrival<'a>),
    /// An SCTP packet of it.
    Chunks(&'a Chunks<'a>),
    /// The reordering time is over.
    Wake,
    /// There is no room for what is out of order.
    GiveUpHoles,
}

/// A connection as it begins.
pub(super) struct NewConnection {
    pub(super) info: ConnectionInfo,
    pub(super) tracking: Tracking,
}

fn new_info(
    id: ConnectionId,
    transport: TransportKind,
    [initiator, responder]: [Endpoint; 2],
) -> ConnectionInfo {
    let side = |endpoint| Side {
        endpoint,
        hidden: false,
        acknowledged: false,
    };
    ConnectionInfo {
        id,
        network: NetworkId::default(),
        transport,
        sides: [side(initiator), side(responder)],
        seen_by: [None, None],
        opening_seen: false,
    }
}

/// A UDP flow as its first datagram shows it.
pub(super) fn datagram_flow(id: ConnectionId, ends: [Endpoint; 2]) -> NewConnection {
    let info = new_info(id, TransportKind::Udp, ends);
    NewConnection {
        info,
        tracking: Tracking::Datagrams(None),
    }
}

/// A TCP connection between the end that opens it and the other one.
pub(super) fn stream_connection(id: ConnectionId, ends: [Endpoint; 2]) -> NewConnection {
    let info = new_info(id, TransportKind::Tcp, ends);
    NewConnection {
        info,
        tracking: Tracking::Reassembled(Box::default()),
    }
}

/// An SCTP association as its first packet shows it.
pub(super) fn association(id: ConnectionId, ends: [Endpoint; 2]) -> NewConnection {
    let info = new_info(id, TransportKind::Sctp, ends);
    NewConnection {
        info,
        tracking: Tracking::Messages(Box::default()),
    }
}

/// Lets a connection take a step that is put together from its packets; any other stays as it is.
pub(super) fn take_step<S>(
    connection: &mut Connection<S>,
    step: Step<'_>,
    context: &mut FlowContext<'_>,
    sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
) -> Progress {
    let Connection {
        info,
        session,
        tracking,
        ..
    } = connection;
    match (tracking, step) {
        (Tracking::Reassembled(reassembly), Step::Segment(arrival)) => {
            info.opening_seen |= reassembly.opened() || arrival.segment.flags.syn;
            reassembly.push(arrival, context, &mut |event| sink(info, session, event))
        }
        (Tracking::Reassembled(reassembly), Step::Wake) => {
            reassembly.wake(context, &mut |event| sink(info, session, event))
        }
        (Tracking::Reassembled(reassembly), Step::GiveUpHoles) => {
            reassembly.give_up_holes(context, &mut |event| sink(info, session, event))
        }
        (Tracking::Messages(messages), Step::Chunks(chunks)) => {
            messages.push(chunks, context, &mut |event| sink(info, session, event));
            Progress::Open
        }
        _ => Progress::Open,
    }
}

/// Delivers what a connection holds and notes what an end sent and nobody captured.
pub(super) fn flush<S>(
    connection: &mut Connection<S>,
    context: &mut FlowContext<'_>,
    sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
) {
    let Connection {
        info,
        session,
        tracking,
        ..
    } = connection;
    if let Tracking::Reassembled(reassembly) = tracking {
        for direction in [Direction::FromInitiator, Direction::FromResponder] {
            if let Some(side) = info.sides.get_mut(direction.index()) {
                side.hidden = reassembly.hidden(direction);
                side.acknowledged = reassembly.acknowledged(direction);
            }
        }
        let mut emit = |event: StreamEvent<'_>| sink(info, session, event);
        reassembly.flush(context, &mut emit);
    } else if let Tracking::Datagrams(doubtful) = tracking
        && let Some(datagram) = doubtful.take()
    {
        sink(info, session, datagram.event());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A busy link has hundreds of thousands that are none of ours.
    #[test]
    fn a_connection_is_small() {
        type Session = [usize; 4];
        let small = size_of::<Session>() + 176;
        assert!(size_of::<Option<Connection<Session>>>() <= small);
    }
}
