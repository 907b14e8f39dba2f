//! What follows from the rest of a message: its recipients in one list, the MMSC that has it, and how long its ways took.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Delivery, Event, Message, Outcome, Seen};
use crate::correlate::record::address;
use crate::mms::PduType;
use crate::model::{RandomState, Timestamp};

impl Message {
    /// Fills the fields that follow from the others. `domain` is the sender's domain in the envelope of MM4, where one was
    /// seen.
    pub fn derive(&mut self, domain: Option<&str>) {
        self.recipients = recipients(self);
        self.mmsc = mmsc(self, domain);
        for delivery in &mut self.deliveries {
            let arrived = arrived(delivery, &self.events);
            let announced = delivery.notifications.iter().map(|leg| leg.seen.time).min();
            let submitted = self.submission.as_ref().and_then(|leg| leg.request.as_ref());
            delivery.notify_to_retrieve_ms = arrived.zip(announced).and_then(elapsed);
            delivery.end_to_end_ms = arrived.zip(submitted.map(|seen| seen.started)).and_then(elapsed);
        }
    }
}

/// To, cc, bcc and the recipients of the deliveries, each once, in the spelling that comes first.
fn recipients(message: &Message) -> Vec<String> {
    let mut known = Known::default();
    let named = message.to.iter().chain(&message.cc).chain(&message.bcc);
    let seen = message
        .deliveries
        .iter()
        .filter_map(|delivery| delivery.recipient.as_ref());
    named
        .chain(seen)
        .filter(|address| known.is_new(address))
        .cloned()
        .collect()
}

/// The addresses that are listed already.
#[derive(Default)]
struct Known {
    /// Those that end alike, by the end that a national number shares with the international one.
    by_end: HashMap<String, Vec<String>, RandomState>,
}

impl Known {
    /// Addresses of one end that are compared with each other; of more, only equal ones are one.
    const MAX_ALIKE: usize = 16;

    fn is_new(&mut self, address: &str) -> bool {
        let comparable = address::comparable(address).into_owned();
        let alike = self
            .by_end
            .entry(address::end(&comparable).to_owned())
            .or_default();
        let is_known = |other: &String| address::is_one_subscriber(other, &comparable);
        if alike.iter().take(Self::MAX_ALIKE).any(is_known) {
            return false;
        }
        if alike.len() < Self::MAX_ALIKE {
            alike.push(comparable);
        }
        true
    }
}

/// The first name, else the first address, among those by which an MMSC is known.
fn mmsc(message: &Message, domain: Option<&str>) -> Option<String> {
    let submitted = message
        .submission
        .as_ref()
        .and_then(|leg| leg.ends.host.as_deref());
    let announced = message
        .deliveries
        .iter()
        .flat_map(|delivery| &delivery.notifications);
    let announced = announced.min_by_key(|leg| (leg.seen.first(), leg.seen.last()));
    let announced = announced.and_then(|leg| address::host(leg.content_location.as_deref()?));
    let id = message.message_id.as_deref().and_then(address::domain_of_id);
    let hosts = [submitted, announced, id, domain];
    let mut hosts = hosts
        .into_iter()
        .flatten()
        .map(without_port)
        .filter(|host| !host.is_empty());
    let is_name = |host: &&str| host.parse::<IpAddr>().is_err();
    let host = hosts.clone().find(is_name).or_else(|| hosts.next())?;
    Some(host.to_lowercase())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        _ => host,
    }
}

/// When the recipient first had the whole message; none where the delivery is no success.
fn arrived(delivery: &Delivery, events: &[Event]) -> Option<Timestamp> {
    if delivery.outcome != Outcome::Success {
        return None;
    }
    let brings = |response: &Seen| {
        let mut at = events.iter().filter(|event| event.seen.last() == response.last());
        at.any(|event| event.facts.pdu() == Some(PduType::RETRIEVE_CONF))
    };
    let whole = delivery
        .retrievals
        .iter()
        .filter(|leg| leg.complete && leg.http_status.is_none_or(|status| (200..300).contains(&status)));
    let mut responses = whole.filter_map(|leg| leg.response.as_ref());
    responses
        .find(|response| brings(response))
        .map(|response| response.time)
}

/// Milliseconds from one time to another; none where clocks that disagree make them negative.
fn elapsed((until, since): (Timestamp, Timestamp)) -> Option<f64> {
    let elapsed = until.since(since);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a duration of 104 days still has every nanosecond"
    )]
    let milliseconds = elapsed as f64 / 1_000_000.0;
    (elapsed >= 0).then_some(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_loses_its_port_and_an_address_of_version_6_nothing() {
        assert_eq!(without_port("mmsc.example:8002"), "mmsc.example");
        assert_eq!(without_port("2001:db8::1"), "2001:db8::1");
        assert_eq!(without_port("mmsc"), "mmsc");
    }

    #[test]
    fn one_subscriber_is_listed_once_in_the_spelling_that_comes_first() {
        let mut known = Known::default();
        let addresses = [
            "+61400000002",
            "0061400000002",
            "0400000002",
            "+61 400-000-002",
            "+61400000003",
            "111",
        ];
        let new: Vec<&str> = addresses
            .into_iter()
            .filter(|address| known.is_new(address))
            .collect();
        assert_eq!(new, ["+61400000002", "+61400000003", "111"]);
    }
}
