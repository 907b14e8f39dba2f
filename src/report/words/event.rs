//! An event in a few words, and as the document has it.

use std::borrow::Cow;
use std::fmt;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::correlate::{BearerAnswer, Event, EventFacts, Seen, SeenTls};
use crate::mms::{Codes, PduType};
use crate::model::{BearerStatus, Endpoint, StreamId, Timestamp};
use crate::session::Bearer;

/// An event as the document has it: flat, and with its words in place of its facts.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename = "Event")]
struct Row<'a> {
    /// Which input.
    capture: u32,
    /// The frame that completes it.
    frame: u64,
    /// The frame of its first octet.
    first_frame: u64,
    /// Its time.
    time: Timestamp,
    /// What carried it.
    bearer: Bearer,
    /// Sender's address and port.
    src: Endpoint,
    /// Receiver's address and port.
    dst: Endpoint,
    /// The stream, where HTTP/2 carried it.
    #[serde(default)]
    stream: Option<StreamId>,
    /// The TLS connection that it came out of.
    #[serde(default)]
    tls: Option<Cow<'a, SeenTls>>,
    /// The PDU, where there is one.
    pdu: Option<PduType>,
    /// The bearer's status, of an answer.
    http_status: Option<u32>,
    /// What the bearer itself answered, of an answer.
    #[serde(default)]
    bearer_status: Option<Cow<'a, BearerAnswer>>,
    /// In a few words.
    #[cfg_attr(test, schemars(with = "String"))]
    summary: Summary<'a>,
}

/// What an event says: made when it is written, and text when it was read.
enum Summary<'a> {
    Made(Words<'a>),
    Read(String),
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Made(words) => serializer.collect_str(words),
            Self::Read(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Summary<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Read)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { seen, facts, .. } = self;
        let Seen {
            capture,
            frame,
            first_frame,
            started: _,
            time,
            bearer,
            src,
            dst,
            stream,
            ref tls,
            shift: _,
        } = *seen;
        let row = Row {
            capture,
            frame,
            first_frame,
            time,
            bearer,
            src,
            dst,
            stream,
            tls: tls.as_deref().map(Cow::Borrowed),
            pdu: facts.pdu(),
            http_status: self.http_status(),
            bearer_status: self.bearer_status.as_ref().map(Cow::Borrowed),
            summary: Summary::Made(words(self)),
        };
        row.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Row::deserialize(deserializer)?;
        let words = match row.summary {
            Summary::Read(words) => words,
            Summary::Made(words) => words.to_string(),
        };
        Ok(Self {
            seen: Seen {
                capture: row.capture,
                frame: row.frame,
                first_frame: row.first_frame,
                // A document has only one time of an event.
                started: row.time,
                time: row.time,
                bearer: row.bearer,
                src: row.src,
                dst: row.dst,
                stream: row.stream,
                tls: row.tls.map(|tls| Box::new(tls.into_owned())),
                shift: 0,
            },
            facts: EventFacts::Told { pdu: row.pdu, words },
            transfer: None,
            bearer_status: row.bearer_status.map(Cow::into_owned),
        })
    }
}

#[cfg(test)]
impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        Row::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Row::json_schema(generator)
    }
}

/// What an event says, in a few words: identifiers, addresses, statuses. The PDU stands beside them.
pub const fn words(event: &Event) -> Words<'_> {
    Words(event)
}

/// An event in a few words.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a>(&'a Event);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line { f, is_empty: true };
        match &self.0.facts {
            EventFacts::Unread { url } => line.say("request", url.as_deref()),
            EventFacts::Get { url } => line.say("GET", url.as_deref()),
            EventFacts::Connect { url } => {
                let host = url
                    .as_deref()
                    .map(|url| url.strip_prefix("https://").unwrap_or(url));
                line.say("CONNECT", host)
            }
            EventFacts::Send {
                transaction_id,
                recipient,
                more_recipients,
                pdu: _,
            } => {
                line.say("tid", transaction_id.as_deref())?;
                line.say("to", recipient.as_deref())?;
                match more_recipients {
                    0 => Ok(()),
                    more => line.say("and", Some(format_args!("{more} more"))),
                }
            }
            EventFacts::SendConf {
                message_id,
                status,
                text,
                pdu: _,
            } => {
                line.say("mid", message_id.as_deref())?;
                line.status(Codes::ResponseStatus, *status)?;
                line.say("text", text.as_deref())
            }
            EventFacts::Notification {
                transaction_id,
                from,
                recipient,
                content_location,
            } => {
                line.say("tid", transaction_id.as_deref())?;
                line.say("from", from.as_deref())?;
                line.say("for", recipient.as_deref())?;
                line.say("at", content_location.as_deref())
            }
            EventFacts::RetrieveConf {
                message_id,
                from,
                status,
                text,
            } => {
                line.say("mid", message_id.as_deref())?;
                line.say("from", from.as_deref())?;
                line.status(Codes::RetrieveStatus, *status)?;
                line.say("text", text.as_deref())
            }
            EventFacts::Acknowledgement {
                transaction_id,
                status,
                pdu: _,
            } => {
                line.say("tid", transaction_id.as_deref())?;
                line.status(Codes::Status, *status)
            }
            EventFacts::Response {
                transaction_id,
                message_id,
                status,
                text,
                pdu: _,
            } => {
                line.say("tid", transaction_id.as_deref())?;
                line.say("mid", message_id.as_deref())?;
                line.say("status", status.as_ref())?;
                line.say("text", text.as_deref())
            }
            EventFacts::RefusedCommand { recipient } => line.say("envelope to", recipient.as_deref()),
            EventFacts::DeliveryReport {
                message_id,
                statuses,
                pdu: _,
            } => {
                line.say("mid", message_id.as_deref())?;
                let said = statuses.iter().map(|status| status_word(Codes::Status, *status));
                let said: Vec<String> = said.collect();
                line.say("status", (!said.is_empty()).then(|| said.join(", ")))
            }
            EventFacts::ReadReport {
                message_id,
                status,
                pdu: _,
            } => {
                line.say("mid", message_id.as_deref())?;
                line.status(Codes::ReadStatus, *status)
            }
            EventFacts::Operation {
                transaction_id,
                pdu: _,
            } => line.say("tid", transaction_id.as_deref()),
            EventFacts::OtherPdu(_) => Ok(()),
            EventFacts::Answer => match &self.0.bearer_status {
                Some(answer) => bearer(line.f, answer.status),
                None => Ok(()),
            },
            EventFacts::Told { words, pdu: _ } => line.f.write_str(words),
        }
    }
}

/// Names and values in a row.
struct Line<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    is_empty: bool,
}

impl Line<'_, '_> {
    fn say(&mut self, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        let space = if self.is_empty { "" } else { " " };
        self.is_empty = false;
        write!(self.f, "{space}{name} {value}")
    }

    fn status(&mut self, codes: Codes, code: Option<u8>) -> fmt::Result {
        match code.map(|code| (code, codes.name(code))) {
            None => Ok(()),
            Some((_, Some(name))) => self.say("status", Some(name)),
            Some((code, None)) => self.say("status", Some(code)),
        }
    }
}

/// A status by its name, else by its number.
fn status_word(codes: Codes, code: u8) -> String {
    codes.name(code).map_or_else(|| code.to_string(), str::to_owned)
}

fn bearer(f: &mut fmt::Formatter<'_>, status: BearerStatus) -> fmt::Result {
    match status {
        BearerStatus::Http(_) | BearerStatus::Wsp(_) => match status.http_status() {
            Some(code) => write!(f, "HTTP {code}"),
            None => f.write_str("HTTP"),
        },
        BearerStatus::Smpp(0) => f.write_str("SMPP ok"),
        BearerStatus::Smpp(code) => write!(f, "SMPP error {code}"),
        BearerStatus::Sip(code) => write!(f, "SIP {code}"),
        BearerStatus::Smtp(code) => write!(f, "SMTP {code}"),
        BearerStatus::RpCause(cause) => write!(f, "RP-ERROR cause {cause}"),
        BearerStatus::Pap(code) => write!(f, "PAP {code}"),
        BearerStatus::MapError(code) => match status.name() {
            Some(name) => write!(f, "MAP error {code}, {name}"),
            None => write!(f, "MAP error {code}"),
        },
        BearerStatus::SccpReturn(cause) => write!(f, "SCCP returned, cause {cause}"),
        BearerStatus::TcapProviderAbort(cause) => write!(f, "TCAP abort, cause {cause}"),
        BearerStatus::TcapUserAbort => f.write_str("TCAP abort"),
        BearerStatus::TcapReject => f.write_str("TCAP reject"),
        BearerStatus::WtpAborted(reason) => write!(f, "WTP abort, reason {reason}"),
        BearerStatus::WtpAcknowledged | BearerStatus::MapResult => f.write_str("acknowledged"),
    }
}
