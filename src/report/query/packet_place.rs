//! Where a packet lies, and which messages it belongs to: those with a PDU on its connection around it, or with a request
//! before it and the answer behind it.

use crate::model::Endpoint;
use crate::report::document::{Message, Seen};

/// Where a packet lies: its input, the frames that it is made of, its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketPlace {
    /// The input.
    pub capture: u32,
    /// The first of its fragments; the frame itself where it is none.
    pub first: u64,
    /// The frame that completes it.
    pub last: u64,
    /// Who sent it and to whom.
    pub ends: (Endpoint, Endpoint),
}

impl PacketPlace {
    /// Whether the packet belongs to a message.
    pub fn is_of(&self, message: &Message) -> bool {
        let pdus = message.events.iter().map(|event| (&event.seen, &event.seen));
        let submission = message.submission.iter();
        let submission = submission.filter_map(|leg| exchange(leg.request.as_ref(), leg.response.as_ref()));
        let deliveries = message.deliveries.iter().flat_map(|delivery| {
            let handed = delivery.handovers.iter().map(|leg| (&leg.request, &leg.response));
            let fetched = delivery
                .retrievals
                .iter()
                .map(|leg| (&leg.request, &leg.response));
            let confirmed = delivery
                .acknowledgements
                .iter()
                .map(|leg| (&leg.request, &leg.response));
            handed.chain(fetched).chain(confirmed)
        });
        let deliveries =
            deliveries.filter_map(|(request, response)| exchange(request.as_ref(), response.as_ref()));
        pdus.chain(submission)
            .chain(deliveries)
            .any(|(from, to)| self.is_between(from, to))
    }

    fn is_between(&self, from: &Seen, to: &Seen) -> bool {
        let (source, destination) = self.ends;
        let same_ends = [(source, destination), (destination, source)].contains(&(from.src, from.dst));
        same_ends
            && from.capture == self.capture
            && to.capture == self.capture
            && from.first_frame <= self.last
            && self.first <= to.frame
    }
}

/// A request with its answer on the same connection.
fn exchange<'a>(request: Option<&'a Seen>, response: Option<&'a Seen>) -> Option<(&'a Seen, &'a Seen)> {
    let (request, response) = (request?, response?);
    ((request.src, request.dst) == (response.dst, response.src)).then_some((request, response))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_packet_belongs_to_the_exchange_around_it_and_to_no_other_connection() {
        let message = sample::delivered();
        let request = message.deliveries[0].retrievals[0].request.clone().unwrap();
        let place = PacketPlace {
            capture: 0,
            first: request.frame + 3,
            last: request.frame + 3,
            ends: (request.dst, request.src),
        };
        assert!(place.is_of(&message));
        let other = Endpoint::new([192, 0, 2, 1].into(), 80);
        assert!(
            !PacketPlace {
                ends: (request.src, other),
                ..place
            }
            .is_of(&message)
        );
        assert!(!PacketPlace { capture: 1, ..place }.is_of(&message));
        assert!(
            !PacketPlace {
                first: 99,
                last: 99,
                ..place
            }
            .is_of(&message)
        );
    }
}
