//! Wireshark's display filters for the packets of a message: by frame, for the capture at hand, and by conversation and
//! identifiers, for any other that holds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Endpoint, SharedSort, tree};
use crate::report::document::{Message, Seen};
use crate::session::Bearer;

/// For each capture, a filter for its frames: `frame.number in {4..6, 17}`. The frames of a PDU are taken from its first to
/// its last.
pub fn by_frame<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeMap<u32, String> {
    let mut spans: BTreeMap<u32, BTreeSet<(u64, u64)>> = BTreeMap::new();
    for message in messages {
        for Seen {
            capture,
            first_frame,
            frame,
            ..
        } in message.events.iter().map(|event| &event.seen)
        {
            let span = (*first_frame.min(frame), *frame.max(first_frame));
            spans.entry(*capture).or_default().insert(span);
        }
    }
    let filters = spans
        .into_iter()
        .map(|(capture, spans)| (capture, listed(&spans)));
    tree(filters)
}

/// The filter for spans in order; those that touch are one.
fn listed(spans: &BTreeSet<(u64, u64)>) -> String {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (first, last) in spans {
        match joined.last_mut() {
            Some(before) if *first <= before.1.saturating_add(1) => before.1 = before.1.max(*last),
            _ => joined.push((*first, *last)),
        }
    }
    let written = joined.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}..{last}"),
    });
    format!("frame.number in {{{}}}", written.collect::<Vec<_>>().join(", "))
}

/// A filter by the connections that the message used and by its identifiers.
pub fn by_conversation(message: &Message) -> String {
    let mut tests: BTreeSet<String> = BTreeSet::new();
    for seen in message.events.iter().map(|event| &event.seen) {
        let mut ends = [seen.src, seen.dst];
        ends.shared_sort();
        tests.insert(conversation(ends, seen.bearer));
    }
    let submission = message
        .submission
        .iter()
        .filter_map(|leg| leg.transaction_id.as_deref());
    let notifications = message
        .deliveries
        .iter()
        .flat_map(|delivery| &delivery.notifications);
    let notified = notifications.filter_map(|leg| leg.transaction_id.as_deref());
    for id in submission.chain(notified) {
        tests.extend(equals("mmse.transaction_id", id));
    }
    tests.extend(
        message
            .message_id
            .as_deref()
            .and_then(|id| equals("mmse.message_id", id)),
    );
    tests.into_iter().collect::<Vec<_>>().join(" || ")
}

fn conversation([one, other]: [Endpoint; 2], bearer: Bearer) -> String {
    let transports: &[&str] = match bearer {
        Bearer::Http | Bearer::Smpp | Bearer::Smtp | Bearer::Soap => &["tcp"],
        Bearer::Wsp | Bearer::Wtp | Bearer::PushUdp => &["udp"],
        Bearer::Map => &["sctp"],
        Bearer::Sip => &["udp", "tcp", "sctp"],
    };
    let end = |end: Endpoint| {
        let family = if end.address.is_ipv6() { "ipv6" } else { "ip" };
        format!("{family}.addr == {}", end.address)
    };
    let ports = transports.iter().map(|transport| {
        let [one, other] = [one.port, other.port];
        format!("({transport}.port == {one} && {transport}.port == {other})")
    });
    let ports: Vec<String> = ports.collect();
    let ports = match ports.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" || ")),
    };
    format!("({} && {} && {ports})", end(one), end(other))
}

/// A test for a text that Wireshark's filters can hold; none of any other.
fn equals(field: &str, text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    plain.then(|| format!("{field} == \"{quoted}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn frames_that_touch_are_one_span() {
        let spans = BTreeSet::from([(4, 4), (5, 6), (9, 12), (10, 11), (20, 20)]);
        assert_eq!(listed(&spans), "frame.number in {4..6, 9..12, 20}");
    }

    #[test]
    fn a_message_is_found_by_its_connections_and_identifiers() {
        let filter = by_conversation(&sample::delivered());
        assert!(
            filter.contains(
                "(ip.addr == 10.1.1.1 && ip.addr == 10.2.2.2 && (tcp.port == 40000 && tcp.port == 80))"
            ),
            "{filter}"
        );
        assert!(filter.contains("mmse.transaction_id == \"T1\""), "{filter}");
    }

    #[test]
    fn text_that_could_end_the_filter_is_escaped_or_left_out() {
        assert_eq!(
            equals("a", "x\" || frame"),
            Some("a == \"x\\\" || frame\"".to_owned())
        );
        assert_eq!(equals("a", "x\ny"), None);
    }
}
