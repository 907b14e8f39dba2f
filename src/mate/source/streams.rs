//! Which connection a segment or datagram belongs to, as Wireshark numbers them, and what a segment means in its connection:
//! numbers relative to the first seen, the scaled window, whether it was sent again.
//!
//! It is not the table of `flow`: that keeps networks with the same addresses apart and leaves copies out, which here
//! count.

use std::collections::HashMap;
use std::net::IpAddr;

use super::transport::flag;
use crate::model::{Nanoseconds, RandomState, Timestamp};

/// What of a segment matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) ports: [u16; 2],
    pub(super) sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) flags: u16,
    pub(super) window: u16,
    /// Octets of data.
    pub(super) data: usize,
    /// The window scale option.
    pub(super) window_shift: Option<u8>,
}

impl Segment {
    const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Sequence numbers that it takes.
    fn length(&self) -> u32 {
        let control = u32::from(self.has(flag::SYN)) + u32::from(self.has(flag::FIN));
        u32::try_from(self.data)
            .unwrap_or(u32::MAX)
            .saturating_add(control)
    }
}

/// What a segment is in its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamFacts {
    pub(super) stream: u32,
    pub(super) sequence: u32,
    pub(super) next_sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) window: u32,
    pub(super) since_first: Nanoseconds,
    pub(super) since_last: Nanoseconds,
    pub(super) is_retransmission: bool,
    pub(super) is_out_of_order: bool,
    pub(super) lost_segment: bool,
}

/// Both ends, the lower one first.
type Ends = [(IpAddr, u16); 2];

/// The ends, and which of them sends.
fn ends([source, destination]: [IpAddr; 2], [from, to]: [u16; 2]) -> (Ends, usize) {
    let (source, destination) = ((source, from), (destination, to));
    match source <= destination {
        true => ([source, destination], 0),
        false => ([destination, source], 1),
    }
}

/// Connections by their ends. Where there are too many the table is emptied, which may number a connection again.
#[derive(Debug)]
struct Table<T> {
    by_ends: HashMap<Ends, T, RandomState>,
    most: usize,
    next: u32,
}

impl<T> Table<T> {
    fn new(most: usize) -> Self {
        Self {
            by_ends: HashMap::default(),
            most,
            next: 0,
        }
    }

    /// A new number.
    const fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        number
    }

    fn make_room(&mut self) {
        if self.by_ends.len() >= self.most {
            self.by_ends.clear();
        }
    }
}

/// Flows of datagrams.
#[derive(Debug)]
pub(super) struct UdpStreams(Table<u32>);

impl UdpStreams {
    pub(super) fn new(most: usize) -> Self {
        Self(Table::new(most))
    }

    /// The number of a datagram's flow.
    pub(super) fn number(&mut self, addresses: [IpAddr; 2], ports: [u16; 2]) -> u32 {
        let (ends, _) = ends(addresses, ports);
        if let Some(number) = self.0.by_ends.get(&ends) {
            return *number;
        }
        self.0.make_room();
        let number = self.0.number();
        self.0.by_ends.insert(ends, number);
        number
    }
}

/// Connections of TCP.
#[derive(Debug)]
pub(super) struct TcpStreams(Table<TcpStream>);

#[derive(Debug)]
struct TcpStream {
    number: u32,
    first: Timestamp,
    last: Timestamp,
    /// By the place of the sender among the ends.
    sides: [Side; 2],
}

/// What one end of a connection sent.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// The number that relative ones count from.
    base: Option<u32>,
    /// The highest sequence number behind what was sent.
    next: Option<u32>,
    /// When that was reached.
    reached: Timestamp,
    window_shift: Option<u8>,
}

impl TcpStreams {
    pub(super) fn new(most: usize) -> Self {
        Self(Table::new(most))
    }

    /// What a segment is in its connection. One that opens a connection makes a new one, unless it was sent again.
    pub(super) fn take(&mut self, addresses: [IpAddr; 2], segment: &Segment, now: Timestamp) -> StreamFacts {
        let (ends, sender) = ends(addresses, segment.ports);
        let goes_on = self
            .0
            .by_ends
            .get(&ends)
            .is_some_and(|stream| !stream.is_reopened_by(sender, segment));
        if !goes_on {
            self.0.make_room();
            let number = self.0.number();
            let stream = TcpStream {
                number,
                first: now,
                last: now,
                sides: [Side::default(); 2],
            };
            self.0.by_ends.insert(ends, stream);
        }
        match self.0.by_ends.get_mut(&ends) {
            Some(stream) => stream.take(sender, segment, now),
            // It was just inserted.
            None => StreamFacts::of(0, segment),
        }
    }
}

impl StreamFacts {
    const fn of(stream: u32, segment: &Segment) -> Self {
        Self {
            stream,
            sequence: segment.sequence,
            next_sequence: segment.sequence,
            acknowledgement: segment.acknowledgement,
            window: segment.window as u32,
            since_first: 0,
            since_last: 0,
            is_retransmission: false,
            is_out_of_order: false,
            lost_segment: false,
        }
    }
}

/// How soon after the segment before it one that is out of order comes; later it was sent again. Wireshark's figure.
const REORDERED: Nanoseconds = 3_000_000;

impl TcpStream {
    /// Whether a segment opens another connection between the same ends.
    fn is_reopened_by(&self, sender: usize, segment: &Segment) -> bool {
        let base = self.sides.get(sender).and_then(|side| side.base);
        segment.has(flag::SYN) && base.is_some_and(|base| base != segment.sequence)
    }

    fn take(&mut self, sender: usize, segment: &Segment, now: Timestamp) -> StreamFacts {
        let Self {
            number,
            first,
            last,
            sides: [low, high],
        } = self;
        let (own, peer) = if sender == 0 { (low, high) } else { (high, low) };
        let opens = segment.has(flag::SYN);
        let base = *own.base.get_or_insert(match opens {
            true => segment.sequence,
            false => segment.sequence.wrapping_sub(1),
        });
        let acknowledgement = if segment.has(flag::ACK) {
            let base = *peer.base.get_or_insert(segment.acknowledgement.wrapping_sub(1));
            segment.acknowledgement.wrapping_sub(base)
        } else {
            segment.acknowledgement
        };
        if opens {
            own.window_shift = segment.window_shift;
        }
        let shift = match (opens, own.window_shift, peer.window_shift) {
            (false, Some(shift), Some(_)) => shift.min(14),
            _ => 0,
        };
        let order = own.advance(segment, now);
        let facts = StreamFacts {
            stream: *number,
            sequence: segment.sequence.wrapping_sub(base),
            next_sequence: segment.sequence.wrapping_add(segment.length()).wrapping_sub(base),
            acknowledgement,
            window: u32::from(segment.window) << shift,
            since_first: now.since(*first),
            since_last: now.since(*last),
            is_retransmission: order == Order::Again,
            is_out_of_order: order == Order::Late,
            lost_segment: order == Order::Ahead,
        };
        *last = now;
        facts
    }
}

/// How a segment follows those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Next,
    /// Something before it was not seen.
    Ahead,
    /// It was overtaken.
    Late,
    /// It was sent again.
    Again,
}

impl Side {
    fn advance(&mut self, segment: &Segment, now: Timestamp) -> Order {
        let length = segment.length();
        let end = segment.sequence.wrapping_add(length);
        let Some(next) = self.next else {
            self.next = Some(end);
            self.reached = now;
            return Order::Next;
        };
        let is_before = |one: u32, other: u32| (one.wrapping_sub(other) as i32) < 0;
        let is_reset = segment.has(flag::RST);
        let order = if is_before(next, segment.sequence) && !is_reset {
            Order::Ahead
        } else if length == 0 || !is_before(segment.sequence, next) || is_reset {
            Order::Next
        } else if segment.data <= 1
            && segment.sequence == next.wrapping_sub(1)
            && length == 1
            && segment.data == 1
        {
            // A keep-alive has one octet that was sent before.
            Order::Next
        } else if now.since(self.reached) < REORDERED && !is_before(next, end) && next != end {
            Order::Late
        } else {
            Order::Again
        };
        if is_before(next, end) {
            self.next = Some(end);
            self.reached = now;
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ENDS: [IpAddr; 2] = [
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
    ];

    fn segment(flags: u16, sequence: u32, acknowledgement: u32, data: usize) -> Segment {
        Segment {
            ports: [40000, 80],
            sequence,
            acknowledgement,
            flags,
            window: 100,
            data,
            window_shift: (flags & flag::SYN != 0).then_some(7),
        }
    }

    fn answer(flags: u16, sequence: u32, acknowledgement: u32, data: usize) -> Segment {
        Segment {
            ports: [80, 40000],
            ..segment(flags, sequence, acknowledgement, data)
        }
    }

    #[test]
    fn numbers_are_relative_and_windows_scaled_once_both_ends_agreed() {
        let mut streams = TcpStreams::new(100);
        let [client, server] = [ENDS, [ENDS[1], ENDS[0]]];
        let at = |milliseconds: i64| Timestamp::from_nanoseconds(milliseconds * 1_000_000);
        let syn = streams.take(client, &segment(flag::SYN, 1000, 0, 0), at(0));
        assert_eq!(
            (syn.stream, syn.sequence, syn.next_sequence, syn.window),
            (0, 0, 1, 100)
        );
        let reply = streams.take(server, &answer(flag::SYN | flag::ACK, 5000, 1001, 0), at(10));
        assert_eq!((reply.sequence, reply.acknowledgement), (0, 1));
        let data = streams.take(client, &segment(flag::ACK, 1001, 5001, 10), at(30));
        assert_eq!(
            (data.sequence, data.next_sequence, data.acknowledgement),
            (1, 11, 1)
        );
        assert_eq!(
            (data.window, data.since_first, data.since_last),
            (12800, 30_000_000, 20_000_000)
        );
        let again = streams.take(client, &segment(flag::ACK, 1001, 5001, 10), at(230));
        assert!(again.is_retransmission && !again.is_out_of_order);
        let ahead = streams.take(client, &segment(flag::ACK, 1031, 5001, 10), at(231));
        assert!(ahead.lost_segment);
        let late = streams.take(client, &segment(flag::ACK, 1011, 5001, 20), at(232));
        assert!(late.is_out_of_order);
        let reopened = streams.take(client, &segment(flag::SYN, 9000, 0, 0), at(300));
        assert_eq!(
            (reopened.stream, reopened.sequence, reopened.since_first),
            (1, 0, 0)
        );
    }

    #[test]
    fn a_connection_seen_from_the_middle_begins_at_one() {
        let mut streams = TcpStreams::new(100);
        let facts = streams.take(ENDS, &segment(flag::ACK, 7777, 8888, 5), Timestamp::default());
        assert_eq!((facts.sequence, facts.acknowledgement), (1, 1));
    }

    #[test]
    fn flows_are_numbered_in_either_direction_alike() {
        let mut streams = UdpStreams::new(2);
        assert_eq!(streams.number(ENDS, [1, 2]), 0);
        assert_eq!(streams.number([ENDS[1], ENDS[0]], [2, 1]), 0);
        assert_eq!(streams.number(ENDS, [1, 3]), 1);
        assert_eq!(streams.number(ENDS, [1, 4]), 2, "the table was emptied");
        assert_eq!(streams.0.by_ends.len(), 1);
    }
}
