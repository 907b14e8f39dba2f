//! What the document spells as one text although it is more than that: how serde reads and writes it, and what the
//! JSON Schema says of it, which is no more than that it is text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Endpoint, Timestamp};

/// A type that prints itself as the document has it, and reads that back.
macro_rules! as_text {
    ($($type:ty: $what:literal,)+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                let refused = |_| D::Error::invalid_value(Unexpected::Str(&text), &$what);
                text.parse().map_err(refused)
            }
        }

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

as_text! {
    Timestamp: "a time as RFC 3339 writes it, between 1677 and 2262",
    Endpoint: "an address and a port, as in 10.1.1.1:80 or [2001:db8::1]:80",
}

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
        let (schema, of_text) = (
            schemars::schema_for!(Vec<Option<T>>),
            schemars::schema_for!(Vec<Option<String>>),
        );
        assert_eq!(schema.get("items"), of_text.get("items"));
    }

    fn refusal<T: DeserializeOwned + Debug>(text: &str) -> String {
        serde_json::from_value::<T>(text.into()).unwrap_err().to_string()
    }

    #[test]
    fn times() {
        is_text(
            &Timestamp::from_seconds(1_795_169_600),
            "2026-11-20T10:13:20.000000Z",
        );
        assert_eq!(
            refusal::<Timestamp>("soon"),
            "invalid value: string \"soon\", expected a time as RFC 3339 writes it, between 1677 and 2262"
        );
    }

    #[test]
    fn endpoints() {
        is_text(&Endpoint::new([10, 1, 1, 1].into(), 40000), "10.1.1.1:40000");
        let loopback = std::net::Ipv6Addr::LOCALHOST.into();
        is_text(&Endpoint::new(loopback, 80), "[::1]:80");
        assert_eq!(
            refusal::<Endpoint>("10.1.1.1"),
            "invalid value: string \"10.1.1.1\", expected an address and a port, as in 10.1.1.1:80 or [2001:db8::1]:80"
        );
    }
}
