//! What an arrow says: the PDU, then what matters most of it (status, size, recipient), and its identifier last, so that
//! what a narrow page cuts off is what can be done without.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::mms::{Codes, Mm7Type, PduType};
use crate::report::document::pdu_name;
use crate::report::document::{
    Code, Delivery, Event, EventFacts, Handover, Hop, Message, Retrieval, Seen, Submission,
};
use crate::report::words::{event_words, human, tls::carried_by};

/// What is known of the PDUs of a message, by capture and frame.
#[derive(Debug, Default)]
pub(super) struct Words<'a>(BTreeMap<(u32, u64), Vec<Known<'a>>>);

#[derive(Debug)]
struct Known<'a> {
    what: What,
    recipient: Option<&'a str>,
    detail: String,
    identifier: Option<(&'static str, &'a str)>,
}

/// Of a report about many recipients, on how many it is told what it says.
const MOST_TOLD: usize = 3;

/// What went from one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A GET, which carries no PDU.
    Get,
    /// A PDU.
    Pdu(PduType),
}

impl What {
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Get => Cow::Borrowed("GET"),
            Self::Pdu(pdu) => pdu_name(pdu),
        }
    }
}

impl<'a> Words<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let mut words = Self::default();
        if let Some(submission) = &message.submission {
            words.submission(message, submission);
        }
        let several = message.deliveries.len() > 1;
        for delivery in &message.deliveries {
            words.delivery(delivery, several);
        }
        words
    }

    fn submission(&mut self, message: &'a Message, submission: &'a Submission) {
        let tid = submission.transaction_id.as_deref().map(|id| ("tid", id));
        for seen in submission.request.iter().chain(places(&submission.hops)) {
            self.add(seen, What::Pdu(submission.pdu), None, sent(message), tid);
        }
        let conf = What::Pdu(match submission.pdu {
            PduType::FORWARD_REQ => PduType::FORWARD_CONF,
            PduType::Mm7(_) => PduType::Mm7(Mm7Type::SubmitRsp),
            _ => PduType::SEND_CONF,
        });
        let status = submission.response_status.as_ref().map(named);
        let refusal = submission.response_text.as_deref();
        let refusal = refusal.filter(|_| status.as_deref().is_some_and(|status| status != "ok"));
        let words = status.into_iter().chain(refusal.map(str::to_owned));
        let detail = words.collect::<Vec<_>>().join(" ");
        let mid = message.message_id.as_deref().map(|id| ("mid", id));
        if let Some(seen) = &submission.response {
            self.add(seen, conf, None, detail.clone(), mid);
        }
    }

    fn delivery(&mut self, delivery: &'a Delivery, several: bool) {
        let recipient = delivery.recipient.as_deref();
        let whose = recipient
            .filter(|_| several)
            .map(|recipient| format!(" for {recipient}"))
            .unwrap_or_default();
        for leg in &delivery.handovers {
            self.handover(leg, recipient);
        }
        for leg in &delivery.notifications {
            let size = leg.message_size.map(human::size);
            let to = recipient.map(|recipient| format!("for {recipient}"));
            let detail = size.into_iter().chain(to).collect::<Vec<_>>().join(" ");
            let tid = leg.transaction_id.as_deref().map(|id| ("tid", id));
            for seen in std::iter::once(&leg.seen).chain(places(&leg.hops)) {
                self.add(
                    seen,
                    What::Pdu(PduType::NOTIFICATION_IND),
                    recipient,
                    detail.clone(),
                    tid,
                );
            }
        }
        for leg in &delivery.retrievals {
            self.retrieval(leg, recipient);
        }
        for leg in &delivery.acknowledgements {
            let detail = leg.status.as_ref().map(named).unwrap_or_default();
            let tid = leg.transaction_id.as_deref().map(|id| ("tid", id));
            for seen in leg.request.iter().chain(places(&leg.hops)) {
                self.add(seen, What::Pdu(leg.pdu), recipient, detail.clone(), tid);
            }
        }
        for leg in &delivery.delivery_reports {
            let detail = format!("{}{whose}", leg.status.as_ref().map(named).unwrap_or_default());
            let mid = leg.message_id.as_deref().map(|id| ("mid", id));
            for (seen, pdu) in sightings(&leg.seen, leg.pdu, &leg.hops) {
                self.add(seen, What::Pdu(pdu), recipient, detail.clone(), mid);
            }
        }
        for leg in &delivery.read_reports {
            let detail = format!("{}{whose}", leg.status.as_ref().map(named).unwrap_or_default());
            let mid = leg.message_id.as_deref().map(|id| ("mid", id));
            for (seen, pdu) in sightings(&leg.seen, leg.pdu, &leg.hops) {
                self.add(seen, What::Pdu(pdu), recipient, detail.clone(), mid);
            }
        }
    }

    fn handover(&mut self, leg: &'a Handover, recipient: Option<&'a str>) {
        let to = recipient.map(|recipient| format!("for {recipient}"));
        let tid = leg.transaction_id.as_deref().map(|id| ("tid", id));
        let Some(pdu) = leg.pdu else { return };
        for seen in leg.request.iter().chain(places(&leg.hops)) {
            let detail = to.clone().unwrap_or_default();
            self.add(seen, What::Pdu(pdu), recipient, detail, tid);
        }
    }

    fn retrieval(&mut self, leg: &'a Retrieval, recipient: Option<&'a str>) {
        let target = leg.url.as_deref().map(path_first).unwrap_or_default();
        for seen in leg.request.iter().chain(places(&leg.hops)) {
            self.add(seen, What::Get, recipient, target.clone(), None);
        }
        let status = leg
            .retrieve_status
            .as_ref()
            .filter(|status| status.code != Some(OK));
        let size = leg.bytes.filter(|_| status.is_none()).map(human::size);
        let detail = status.map(named).or(size).unwrap_or_default();
        let mid = leg.message_id.as_deref().map(|id| ("mid", id));
        if let Some(seen) = &leg.response {
            self.add(
                seen,
                What::Pdu(PduType::RETRIEVE_CONF),
                recipient,
                detail.clone(),
                mid,
            );
        }
    }

    fn add(
        &mut self,
        seen: &Seen,
        what: What,
        recipient: Option<&'a str>,
        detail: String,
        identifier: Option<(&'static str, &'a str)>,
    ) {
        self.0.entry((seen.capture, seen.frame)).or_default().push(Known {
            what,
            recipient,
            detail,
            identifier,
        });
    }

    /// What an event's arrow says: untrusted text.
    pub(super) fn label(&self, event: &Event) -> String {
        let label = self.said(event);
        match event.seen.tls {
            Some(_) => format!("{label} {}", carried_by(&event.seen)),
            None => label,
        }
    }

    fn said(&self, event: &Event) -> String {
        let what = match (event.facts.pdu(), &event.facts) {
            (Some(pdu), _) => What::Pdu(pdu),
            (None, EventFacts::Get { .. }) => What::Get,
            (None, _) => return event_words(event).to_string(),
        };
        let name = what.name();
        let Some(known) = self.here(event, what).or_else(|| self.elsewhere(event, what)) else {
            return as_summarised(event, what, &name);
        };
        let mut label = name.into_owned();
        if !known.detail.is_empty() {
            label.push(' ');
            label.push_str(&known.detail);
        }
        label.push_str(&self.others(event, what));
        if let Some((name, identifier)) = known.identifier {
            label.push_str(&format!(" {name} {identifier}"));
        }
        label
    }

    /// What is known of the PDU in the event's own frame; of several, whose recipient it names.
    fn here(&self, event: &Event, what: What) -> Option<&Known<'a>> {
        let known = self.0.get(&(event.seen.capture, event.seen.frame))?;
        let mut same = known.iter().filter(|known| known.what == what);
        let recipient = event.facts.recipient();
        let named = |known: &&Known<'_>| known.recipient.is_some() && known.recipient == recipient;
        same.clone().find(named).or_else(|| same.next())
    }

    /// Of a mail to several recipients how many more there are, of a report about several what it says of them.
    fn others(&self, event: &Event, what: What) -> String {
        match event.facts {
            EventFacts::Send {
                more_recipients: more @ 1..,
                pdu: PduType::Mm4(_) | PduType::Mail(_),
                ..
            } => format!(" +{more}"),
            EventFacts::DeliveryReport {
                pdu: PduType::Mail(_),
                ..
            } => {
                let known = self.0.get(&(event.seen.capture, event.seen.frame));
                let same = known.into_iter().flatten().filter(|known| known.what == what);
                let more = same.clone().skip(MOST_TOLD).count();
                let told = same.skip(1).take(MOST_TOLD.saturating_sub(1));
                let mut words: String = told.map(|known| format!(", {}", known.detail)).collect();
                if more > 0 {
                    words.push_str(&format!(" +{more}"));
                }
                words
            }
            _ => String::new(),
        }
    }

    /// The same PDU on another hop: one with the same identifier, and of several that say different things the one whose
    /// recipient it names.
    fn elsewhere(&self, event: &Event, what: What) -> Option<&Known<'a>> {
        let identifier = bare(event.facts.identifier()?);
        let is_same = |known: &&Known<'_>| {
            known.what == what && known.identifier.is_some_and(|(_, id)| bare(id) == identifier)
        };
        let mut same = self.0.values().flatten().filter(is_same);
        let recipient = event.facts.recipient();
        let named = |known: &&Known<'_>| known.recipient.is_some() && known.recipient == recipient;
        if let Some(known) = same.clone().find(named) {
            return Some(known);
        }
        let first = same.next()?;
        same.all(|known| known.detail == first.detail).then_some(first)
    }
}

fn places(hops: &[Hop]) -> impl Iterator<Item = &Seen> {
    hops.iter().map(|hop| &hop.seen)
}

/// Where a report was seen, and as what.
fn sightings<'a>(seen: &'a Seen, pdu: PduType, hops: &'a [Hop]) -> impl Iterator<Item = (&'a Seen, PduType)> {
    let hops = hops.iter().map(move |hop| {
        let pdu = hop.other.as_ref().map_or(pdu, |other| other.pdu);
        (&hop.seen, pdu)
    });
    std::iter::once((seen, pdu)).chain(hops)
}

/// An identifier without what only some PDUs put around it.
fn bare(identifier: &str) -> &str {
    identifier.trim_matches(|c| matches!(c, '<' | '>' | '"'))
}

/// X-Mms-Retrieve-Status ok (OMA MMS ENC 7.3.46).
const OK: u32 = 128;

/// A PDU of which the legs say nothing: its status before its identifier, where it has both.
fn as_summarised(event: &Event, what: What, name: &str) -> String {
    let words = event_words(event);
    if let Some(said) = status_and_identifier(&event.facts) {
        return format!("{name} {said}");
    }
    match what {
        What::Get => words.to_string(),
        What::Pdu(_) => format!("{name} {words}").trim_end().to_owned(),
    }
}

fn status_and_identifier(facts: &EventFacts) -> Option<String> {
    let coded = |codes: Codes, statuses: &[u8]| {
        let said = statuses.iter().map(|code| {
            codes
                .name(*code)
                .map_or_else(|| format!("status {code}"), str::to_owned)
        });
        (!statuses.is_empty()).then(|| said.collect::<Vec<_>>().join(", "))
    };
    let (status, name, identifier) = match facts {
        EventFacts::Response {
            status,
            transaction_id,
            ..
        } => (status.as_ref().map(named), "tid", transaction_id),
        EventFacts::DeliveryReport {
            statuses, message_id, ..
        } => (coded(Codes::Status, statuses), "mid", message_id),
        EventFacts::ReadReport {
            status, message_id, ..
        } => (coded(Codes::ReadStatus, status.as_slice()), "mid", message_id),
        _ => return None,
    };
    Some(format!("{} {name} {}", status?, identifier.as_deref()?))
}

/// Size, parts and recipients of a message as it was sent.
fn sent(message: &Message) -> String {
    let mut facts: Vec<String> = message.size.map(human::size).into_iter().collect();
    if let Some(recipient) = message.to.iter().chain(&message.cc).chain(&message.bcc).next() {
        let more = message.to.len() + message.cc.len() + message.bcc.len() - 1;
        facts.push(match more {
            0 => format!("to {recipient}"),
            more => format!("to {recipient} +{more}"),
        });
    }
    facts.join(" ")
}

fn named(code: &Code) -> String {
    match &code.name {
        Some(name) if name.starts_with("error") => code.to_string(),
        Some(name) => name.to_string(),
        None => format!("status {code}"),
    }
}

/// A URL with its path first: it tells one message from another, the host hardly ever does.
fn path_first(url: &str) -> String {
    let rest = url.split_once("://").map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.find('/').map(|slash| rest.split_at(slash))) {
        Some((host, path)) => format!("{path} at {host}"),
        None => url.to_owned(),
    }
}
