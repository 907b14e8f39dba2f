//! The arrows of the ladder: every PDU, PDU-less request and answer of a message.

use crate::correlate::message::Event;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, RequestFacts, ResponseFacts};
use crate::correlate::verdict::ends;
use crate::correlate::verdict::judge::{answer_seen, request_seen};
use crate::mms::{Codes, MessageType};
use crate::model::BearerStatus;

/// The request and the answer of a leg.
pub(crate) fn events(leg: Leg<'_>) -> impl Iterator<Item = Event> {
    let request = request_seen(leg).map(|seen| {
        let (pdu, summary) = request_words(leg);
        Event {
            seen,
            pdu,
            http_status: None,
            summary,
        }
    });
    let answer = answer_seen(leg).map(|seen| {
        let (pdu, summary) = answer_words(leg);
        Event {
            seen,
            pdu,
            http_status: ends::http_status(leg),
            summary,
        }
    });
    request.into_iter().chain(answer)
}

fn request_words(leg: Leg<'_>) -> (Option<MessageType>, String) {
    let mut words = Words::default();
    let pdu = match leg.asked() {
        RequestFacts::Unseen => None,
        RequestFacts::Unread => {
            words.say("request", leg.url());
            None
        }
        RequestFacts::Get => {
            words.say("GET", leg.url());
            None
        }
        RequestFacts::Send(send) => {
            words.say("tid", send.transaction_id());
            words.say("to", send.recipients().next().map(address::bare));
            let more = send.recipients().count().saturating_sub(1);
            if more > 0 {
                words.say("and", Some(&format!("{more} more")));
            }
            Some(if send.forward {
                MessageType::FORWARD_REQ
            } else {
                MessageType::SEND_REQ
            })
        }
        RequestFacts::Notification(notified) => {
            words.say("tid", notified.transaction_id());
            words.say("from", notified.sender().map(address::bare));
            words.say("for", leg.recipient());
            words.say("at", notified.location());
            Some(MessageType::NOTIFICATION_IND)
        }
        RequestFacts::Acknowledgement(confirmed) => {
            words.say("tid", confirmed.transaction_id());
            words.status(Codes::Status, confirmed.status);
            Some(confirmed.pdu)
        }
        RequestFacts::DeliveryReport(report) => {
            words.say("mid", report.message_id());
            words.status(Codes::Status, report.status);
            Some(MessageType::DELIVERY_IND)
        }
        RequestFacts::ReadReport(read) => {
            words.say("mid", read.message_id());
            words.status(Codes::ReadStatus, read.status);
            Some(read.pdu)
        }
        RequestFacts::Operation(facts) => {
            words.say("tid", facts.transaction_id());
            Some(facts.pdu)
        }
    };
    (pdu, words.0)
}

fn answer_words(leg: Leg<'_>) -> (Option<MessageType>, String) {
    let mut words = Words::default();
    let pdu = match leg.answered() {
        ResponseFacts::Nothing => None,
        ResponseFacts::Other(pdu) => Some(pdu),
        ResponseFacts::SendConf(conf) => {
            words.say("mid", conf.message_id());
            words.status(Codes::ResponseStatus, conf.status);
            words.say("text", conf.text());
            Some(conf.pdu)
        }
        ResponseFacts::Retrieved(retrieved) => {
            words.say("mid", retrieved.message_id());
            words.say("from", retrieved.sender().map(address::bare));
            words.status(Codes::RetrieveStatus, retrieved.status);
            words.say("text", retrieved.text());
            Some(MessageType::RETRIEVE_CONF)
        }
        ResponseFacts::Operation(facts) => {
            words.say("tid", facts.transaction_id());
            Some(facts.pdu)
        }
    };
    if pdu.is_none()
        && let Some(status) = leg.status()
    {
        words.bearer(status);
    }
    (pdu, words.0)
}

/// A few words in a row.
#[derive(Default)]
struct Words(String);

impl Words {
    /// Octets that most rows fit in: ids, an address, a URL.
    const USUAL: usize = 96;

    fn say(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        if self.0.is_empty() {
            self.0.reserve(Self::USUAL);
        } else {
            self.0.push(' ');
        }
        self.0.push_str(name);
        self.0.push(' ');
        self.0.push_str(value);
    }

    fn status(&mut self, codes: Codes, code: Option<u8>) {
        let Some(code) = code else { return };
        match codes.name(code) {
            Some(name) => self.say("status", Some(name)),
            None => self.say("status", Some(&code.to_string())),
        }
    }

    fn bearer(&mut self, status: BearerStatus) {
        match status {
            BearerStatus::Http(_) | BearerStatus::Wsp(_) => {
                self.say(
                    "HTTP",
                    status.http_status().map(|code| code.to_string()).as_deref(),
                );
            }
            BearerStatus::Smpp(0) => self.say("SMPP", Some("ok")),
            BearerStatus::Smpp(code) => self.say("SMPP", Some(&format!("error {code}"))),
            BearerStatus::Sip(code) => self.say("SIP", Some(&code.to_string())),
            BearerStatus::RpCause(cause) => self.say("RP-ERROR", Some(&format!("cause {cause}"))),
            BearerStatus::Pap(code) => self.say("PAP", Some(&code.to_string())),
            BearerStatus::MapError(code) => {
                self.say("MAP error", Some(&code.to_string()));
                if let Some(name) = status.name() {
                    self.0.push_str(", ");
                    self.0.push_str(name);
                }
            }
            BearerStatus::SccpReturn(cause) => self.say("SCCP returned, cause", Some(&cause.to_string())),
            BearerStatus::TcapProviderAbort(cause) => self.say("TCAP abort, cause", Some(&cause.to_string())),
            BearerStatus::TcapUserAbort => self.0.push_str("TCAP abort"),
            BearerStatus::TcapReject => self.0.push_str("TCAP reject"),
            BearerStatus::WtpAborted(reason) => self.say("WTP abort, reason", Some(&reason.to_string())),
            BearerStatus::WtpAcknowledged | BearerStatus::MapResult => self.0.push_str("acknowledged"),
        }
    }
}
