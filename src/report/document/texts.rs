//! Types that the document writes as one text: how serde writes and reads them, and their JSON Schema, which says no more
//! than that they are text.

use std::borrow::Cow;
use std::fmt::Display;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mms::{MessageType, PduType};
use crate::model::{Digest, Endpoint, System, Timestamp, TransactionOperation, TransactionProtocol};
use crate::session::Bearer;

/// A value that is one text in the document.
trait AsText: Sized {
    /// What it is, for who wrote something else in its place.
    const WHAT: &str;

    /// Its text.
    fn as_text(&self) -> impl Display;

    /// The value of that text.
    fn read(text: &str) -> Option<Self>;
}

impl AsText for Timestamp {
    const WHAT: &str = "a time as RFC 3339 writes it, between 1677 and 2262";

    fn as_text(&self) -> impl Display {
        *self
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl AsText for Endpoint {
    const WHAT: &str = "an address and a port, as in 10.1.1.1:80 or [2001:db8::1]:80";

    fn as_text(&self) -> impl Display {
        *self
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl AsText for Bearer {
    const WHAT: &str = "the name of a bearer";

    fn as_text(&self) -> impl Display {
        self.name()
    }

    fn read(text: &str) -> Option<Self> {
        const ALL: &[Bearer] = &[
            Bearer::Http,
            Bearer::Wsp,
            Bearer::Wtp,
            Bearer::PushUdp,
            Bearer::Smpp,
            Bearer::Sip,
            Bearer::Map,
            Bearer::Smtp,
            Bearer::Soap,
        ];
        ALL.iter().find(|bearer| bearer.name() == text).copied()
    }
}

impl AsText for Digest {
    const WHAT: &str = "64 hexadecimal digits";

    fn as_text(&self) -> impl Display {
        *self
    }

    fn read(text: &str) -> Option<Self> {
        Self::read(text)
    }
}

macro_rules! by_name {
    ($($type:ty: $what:literal,)+) => {$(
        impl AsText for $type {
            const WHAT: &str = $what;

            fn as_text(&self) -> impl Display {
                self.name()
            }

            fn read(text: &str) -> Option<Self> {
                Self::ALL.iter().find(|one| one.name() == text).copied()
            }
        }
    )+};
}

by_name! {
    System: "the name of a system around an MMSC",
    TransactionProtocol: "the name of a protocol of such a system",
    TransactionOperation: "the name of what such a system is asked",
}

/// What stands before the code of a PDU type that has no name.
const UNKNOWN: &str = "unknown-";

impl AsText for PduType {
    const WHAT: &str = "the name of a PDU type, or unknown- and its code";

    fn as_text(&self) -> impl Display {
        pdu_name(*self)
    }

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix(UNKNOWN) {
            Some(code) => code
                .parse()
                .ok()
                .map(MessageType)
                .filter(|pdu| pdu.name().is_none())
                .map(Self::Mm1),
            None => Self::all().find(|pdu| pdu.name() == Some(text)),
        }
    }
}

/// A PDU type by its name, `unknown-` and its code where it has none.
pub fn pdu_name(pdu: PduType) -> Cow<'static, str> {
    match pdu.name() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("{UNKNOWN}{}", pdu.code().unwrap_or_default())),
    }
}

macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.as_text())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::read(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &Self::WHAT))
            }
        }

        #[cfg(test)]
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                String::schema_name()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                String::json_schema(generator)
            }
        }
    )+};
}

as_text!(
    Timestamp,
    Endpoint,
    Digest,
    Bearer,
    PduType,
    System,
    TransactionProtocol,
    TransactionOperation
);

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;

    /// Holds for a value and its text: serde writes the one as the other and reads it back, and nobody sees in the
    /// schema that it is more than text.
    fn is_text<T>(value: &T, text: &str)
    where
        T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug,
    {
        assert_eq!(serde_json::to_value(value).unwrap(), text);
        assert_eq!(&serde_json::from_value::<T>(text.into()).unwrap(), value);
        let schema = schemars::schema_for!(Vec<Option<T>>);
        let of_text = schemars::schema_for!(Vec<Option<String>>);
        assert_eq!(schema.get("items"), of_text.get("items"));
    }

    /// Holds for a text that is no such value: who reads a document is told what should be there.
    fn is_refused<T: DeserializeOwned + Debug>(text: &str, what: &str) {
        let error = serde_json::from_value::<T>(text.into()).unwrap_err();
        let told = format!("invalid value: string \"{text}\", expected {what}");
        assert_eq!(error.to_string(), told);
    }

    #[test]
    fn times() {
        is_text(
            &Timestamp::from_seconds(1_795_169_600),
            "2026-11-20T10:13:20.000000Z",
        );
        is_refused::<Timestamp>("soon", "a time as RFC 3339 writes it, between 1677 and 2262");
    }

    #[test]
    fn endpoints() {
        is_text(&Endpoint::new([10, 1, 1, 1].into(), 40000), "10.1.1.1:40000");
        let loopback = std::net::Ipv6Addr::LOCALHOST.into();
        is_text(&Endpoint::new(loopback, 80), "[::1]:80");
        is_refused::<Endpoint>(
            "10.1.1.1",
            "an address and a port, as in 10.1.1.1:80 or [2001:db8::1]:80",
        );
    }

    #[test]
    fn digests() {
        is_text(&Digest([0x5a; 32]), &"5a".repeat(32));
        is_refused::<Digest>("5a", "64 hexadecimal digits");
    }

    #[test]
    fn bearers() {
        is_text(&Bearer::PushUdp, "push-udp");
        is_text(&Bearer::Soap, "soap");
        is_refused::<Bearer>("pigeon", "the name of a bearer");
    }

    #[test]
    fn pdu_types() {
        for pdu in PduType::all() {
            is_text(&pdu, pdu.name().unwrap());
        }
        is_text(&PduType::Mm1(MessageType(0xff)), "unknown-255");
        for text in ["m-send", "unknown-256", "unknown-128", "unknown-"] {
            is_refused::<PduType>(text, "the name of a PDU type, or unknown- and its code");
        }
    }
}
