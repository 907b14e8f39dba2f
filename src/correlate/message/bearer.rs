//! What a bearer itself answered, as the output shows it: `{protocol, code, name}`.

use std::borrow::Cow;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::BearerStatus;

/// A bearer's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct BearerAnswer {
    /// Its protocol's status.
    pub status: BearerStatus,
    /// The text that was sent with the status, where it is not the name that the protocol gives it.
    pub reason: Option<Box<str>>,
}

impl BearerAnswer {
    /// A status with the text that was sent with it.
    pub fn new(status: BearerStatus, reason: Option<&str>) -> Self {
        let reason = reason.filter(|reason| !reason.is_empty() && status.name() != Some(reason));
        Self {
            status,
            reason: reason.map(Into::into),
        }
    }

    /// The text that was sent, else the name in the protocol's specification.
    pub fn words(&self) -> Option<&str> {
        self.reason.as_deref().or(self.status.name())
    }

    /// The answer as HTTP's status, where it is one or stands for one.
    pub fn http_status(&self) -> Option<u32> {
        self.status.http_status().map(u32::from)
    }
}

/// What the bearer itself answered, by its own number and name.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename = "BearerStatus")]
struct Row<'a> {
    /// `http`, `wsp`, `wtp`, `smpp`, `sip`, `rp`, `map`, `sccp` or `tcap`.
    protocol: Cow<'a, str>,
    /// The protocol's number, where it has one.
    code: Option<u32>,
    /// The text that was sent, else the name in the protocol's specification.
    name: Option<Cow<'a, str>>,
}

impl Serialize for BearerAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = Row {
            protocol: self.status.protocol().into(),
            code: self.status.code(),
            name: self.reason.as_deref().or(self.status.name()).map(Cow::from),
        };
        row.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BearerAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Row::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("no status of {}: {:?}", row.protocol, row.code));
        let status = status_of(&row).ok_or_else(unknown)?;
        Ok(Self::new(status, row.name.as_deref()))
    }
}

#[cfg(test)]
impl JsonSchema for BearerAnswer {
    fn schema_name() -> Cow<'static, str> {
        Row::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Row::json_schema(generator)
    }
}

/// The status that a document names.
fn status_of(row: &Row<'_>) -> Option<BearerStatus> {
    let small = |code: u32| u16::try_from(code).ok();
    let octet = |code: u32| u8::try_from(code).ok();
    Some(match (&*row.protocol, row.code) {
        // The codes of PAP, which HTTP carried, begin where those of HTTP end (WAP-247 section 9.13).
        ("http", Some(code @ 1000..)) => BearerStatus::Pap(small(code)?),
        ("http", Some(code)) => BearerStatus::Http(small(code)?),
        ("wsp", Some(code)) => BearerStatus::Wsp(octet(code)?),
        ("wtp", Some(code)) => BearerStatus::WtpAborted(octet(code)?),
        ("wtp", None) => BearerStatus::WtpAcknowledged,
        ("smpp", Some(code)) => BearerStatus::Smpp(code),
        ("sip", Some(code)) => BearerStatus::Sip(small(code)?),
        ("smtp", Some(code)) => BearerStatus::Smtp(small(code)?),
        ("rp", Some(code)) => BearerStatus::RpCause(octet(code)?),
        ("map", Some(code)) => BearerStatus::MapError(octet(code)?),
        ("map", None) => BearerStatus::MapResult,
        ("sccp", Some(code)) => BearerStatus::SccpReturn(octet(code)?),
        ("tcap", Some(code)) => BearerStatus::TcapProviderAbort(octet(code)?),
        ("tcap", None) if row.name.as_deref() == BearerStatus::TcapReject.name() => BearerStatus::TcapReject,
        ("tcap", None) => BearerStatus::TcapUserAbort,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_named_by_its_protocol_and_reads_back() {
        for (answer, protocol, code, name) in [
            (
                BearerAnswer::new(BearerStatus::Smpp(88), None),
                "smpp",
                Some(88),
                Some("ESME_RTHROTTLED"),
            ),
            (
                BearerAnswer::new(BearerStatus::Http(404), Some("Not Found")),
                "http",
                Some(404),
                Some("Not Found"),
            ),
            (
                BearerAnswer::new(BearerStatus::Http(404), Some("Gone away")),
                "http",
                Some(404),
                Some("Gone away"),
            ),
            (
                BearerAnswer::new(BearerStatus::Http(599), None),
                "http",
                Some(599),
                None,
            ),
            (
                BearerAnswer::new(BearerStatus::Pap(1001), None),
                "http",
                Some(1001),
                None,
            ),
            (
                BearerAnswer::new(BearerStatus::WtpAcknowledged, None),
                "wtp",
                None,
                Some("acknowledged"),
            ),
            (
                BearerAnswer::new(BearerStatus::MapError(27), None),
                "map",
                Some(27),
                Some("absent subscriber"),
            ),
            (
                BearerAnswer::new(BearerStatus::TcapReject, None),
                "tcap",
                None,
                Some("reject"),
            ),
            (
                BearerAnswer::new(BearerStatus::TcapUserAbort, None),
                "tcap",
                None,
                Some("user abort"),
            ),
        ] {
            let json = serde_json::to_value(&answer).unwrap();
            let expected = serde_json::json!({"protocol": protocol, "code": code, "name": name});
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_value::<BearerAnswer>(json).unwrap(), answer);
        }
    }

    #[test]
    fn what_no_protocol_answers_is_refused() {
        for json in [
            r#"{"protocol": "pigeon", "code": 1, "name": null}"#,
            r#"{"protocol": "sip", "code": 70000, "name": null}"#,
        ] {
            assert!(serde_json::from_str::<BearerAnswer>(json).is_err(), "{json}");
        }
    }
}
