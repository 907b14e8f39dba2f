//! What would have decided a delivery that stays open, and whether the captures could have shown it.

use super::human;
use super::zone::Zone;
use crate::analysis::ReasonKind;
use crate::model::Timestamp;
use crate::report::document::{Delivery, Diagnosis, Document, Message, Outcome, State};

/// Within how many milliseconds after the last PDU an end of the captures leaves open what came of it: as long as an answer
/// may take.
const SOON: f64 = 60_000.0;

/// What is known of a run beside its messages.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// When the last capture ends.
    pub end: Option<Timestamp>,
    /// What was not read.
    pub unread: Vec<ReasonKind>,
}

impl Surroundings {
    /// Those of a document.
    pub fn of(document: &Document) -> Self {
        Self {
            end: document.captures.iter().filter_map(|capture| capture.last).max(),
            unread: document.diagnosis.iter().filter_map(unread).collect(),
        }
    }
}

fn unread(entry: &Diagnosis) -> Option<ReasonKind> {
    in_short(entry.kind).map(|_| entry.kind)
}

/// The name of what is not read, of the kinds that hide a leg whole.
const fn in_short(kind: ReasonKind) -> Option<&'static str> {
    match kind {
        ReasonKind::Tls => Some("TLS"),
        ReasonKind::Quic => Some("QUIC"),
        ReasonKind::Http2 => Some("HTTP/2"),
        ReasonKind::Wtls => Some("WTLS"),
        ReasonKind::Esp => Some("IPsec"),
        ReasonKind::SnapLength => Some("frames that were cut"),
        ReasonKind::OneDirection => Some("a direction that was not captured"),
        ReasonKind::LinkType => Some("frames of a link layer that is not read"),
        ReasonKind::MidConnection
        | ReasonKind::SmtpWithoutMms
        | ReasonKind::SoapWithoutMms
        | ReasonKind::HttpWithoutMms => None,
    }
}

/// What would decide a delivery in this state.
const fn decider(state: State) -> &'static str {
    match state {
        State::Retrieving => "the answer to its GET (m-retrieve.conf, or an error)",
        State::HandingOver => "the answer of the system that it was given to",
        State::HandedOver => "a report of the system that it was given to",
        State::Indeterminate | State::Deferred => {
            "its retrieval, a rejection, or a delivery report that says how it ended"
        }
        _ => "its retrieval (GET), a rejection (m-notifyresp.ind), or a delivery report",
    }
}

/// What would have decided an open delivery; none of one that is decided.
pub fn decided_by(delivery: &Delivery) -> Option<String> {
    (delivery.outcome == Outcome::Open).then(|| format!("{} would decide it", decider(delivery.state)))
}

/// Whether the captures could have shown that.
pub fn could_be_seen(
    message: &Message,
    delivery: &Delivery,
    around: &Surroundings,
    zone: &Zone,
) -> Option<String> {
    let (end, last) = (around.end?, message.ended?);
    let after = human::between(last, end).max(0.0);
    let span = human::duration(after);
    let expiry = delivery.notifications.iter().filter_map(|leg| leg.expiry).max();
    let told = match expiry {
        Some(expiry) if expiry > end => {
            let until = human::instant(expiry, zone);
            format!("the captures end {span} after its last PDU, and it may be fetched until {until}")
        }
        _ if after < SOON => format!("the captures end {span} after its last PDU: too soon to tell"),
        _ => format!("the captures go on for {span} after its last PDU without it"),
    };
    let unread: Vec<&str> = around.unread.iter().filter_map(|kind| in_short(*kind)).collect();
    Some(match unread.as_slice() {
        [] => told,
        unread => format!("{told}; it may be in what was not read ({})", unread.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_open_delivery_says_what_would_decide_it_and_what_the_capture_shows() {
        let message = sample::open();
        let delivery = Delivery {
            outcome: Outcome::Open,
            state: State::Notified,
            ..message.deliveries[0].clone()
        };
        let decided = decided_by(&delivery).unwrap();
        assert!(decided.starts_with("its retrieval (GET)"), "{decided}");
        let after = |seconds: i64| Surroundings {
            end: message.ended.map(|ended| ended.plus(seconds * 1_000_000_000)),
            unread: vec![ReasonKind::Tls],
        };
        let delivery = Delivery {
            notifications: Vec::new(),
            ..delivery
        };
        let soon = could_be_seen(&message, &delivery, &after(2), &Zone::UTC).unwrap();
        assert_eq!(
            soon,
            "the captures end 2.0 s after its last PDU: too soon to tell; it may be in what was not read (TLS)"
        );
        let late = could_be_seen(&message, &delivery, &after(600), &Zone::UTC).unwrap();
        assert!(
            late.starts_with("the captures go on for 10 min 0 s after its last PDU without it"),
            "{late}"
        );
        let nothing = Surroundings::default();
        assert_eq!(could_be_seen(&message, &delivery, &nothing, &Zone::UTC), None);
    }

    #[test]
    fn what_is_decided_needs_no_words() {
        assert!(
            sample::delivered()
                .deliveries
                .iter()
                .all(|delivery| decided_by(delivery).is_none())
        );
    }
}
