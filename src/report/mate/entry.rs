//! The items of a run in the output's shape.

#[cfg(test)]
use std::{borrow::Cow, collections::BTreeMap};

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{document::Summary, seconds::Seconds, words};
use crate::mate::{
    config::{Configuration, GogIndex, GopIndex, PduIndex, PduTypeIndex},
    engine::{ExplainItem, GogItem, GogRef, GopItem, GopPdu, GopRef, Pair, Pairs, PduItem},
};
use crate::model::Timestamp;
use crate::report::document::{Anomaly, Capture};

/// An item by its type and number.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct ItemRef<'a> {
    /// Its name in the configuration.
    #[serde(rename = "type")]
    item_type: &'a str,
    /// Its number among those of its type, from 1.
    id: u64,
}

/// Attributes: names with their values, in byte order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a> {
    pairs: &'a Pairs,
    configuration: &'a Configuration,
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (attribute, pairs) in self.pairs.by_attribute() {
            map.serialize_entry(self.configuration.attributes.name(attribute), &Values(pairs))?;
        }
        map.end()
    }
}

/// The values of one attribute.
struct Values<'a>(&'a [Pair]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|pair| pair.value.text()))
    }
}

#[cfg(test)]
impl JsonSchema for Attributes<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Vec<String>>::json_schema(generator)
    }
}

/// An item of the document.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "{T}Entry"))]
pub(crate) struct Entry<'a, T> {
    /// Its name in the configuration.
    #[serde(rename = "type")]
    item_type: &'a str,
    #[serde(flatten)]
    item: T,
}

/// An item of a line, whose `type` is that of the line.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct NamedEntry<'a, T> {
    /// Its name in the configuration.
    name: &'a str,
    #[serde(flatten)]
    item: T,
}

impl<'a, T> From<Entry<'a, T>> for NamedEntry<'a, T> {
    fn from(entry: Entry<'a, T>) -> Self {
        Self {
            name: entry.item_type,
            item: entry.item,
        }
    }
}

/// A Pdu.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Pdu<'a> {
    /// Its number among those of its type, from 1.
    id: u64,
    /// Its capture, from 0.
    capture: u32,
    /// Its frame.
    frame: u64,
    /// The time of the frame.
    time: Timestamp,
    /// Seconds since the first frame of all captures.
    relative_time: Seconds,
    /// Its Gop.
    gop: Option<ItemRef<'a>>,
    /// Seconds since the start of its Gop.
    time_in_gop: Option<Seconds>,
    /// `start`, `stop`, `after_stop` or `member`.
    role: Option<&'a str>,
    /// Its attributes; none with `DiscardPduData`.
    attributes: Attributes<'a>,
}

/// A Pdu in its Gop.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct PduOfGop<'a> {
    /// Its number among those of its type, from 1.
    id: u64,
    /// Its capture, from 0.
    capture: u32,
    /// Its frame.
    frame: u64,
    /// `start`, `stop`, `after_stop` or `member`.
    role: &'a str,
}

/// A Gop.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Gop<'a> {
    /// Its number among those of its type, from 1.
    id: u64,
    /// `open` or `released`.
    state: &'a str,
    /// `stop`, `auto`, `lifetime` or `idle`.
    released_by: Option<&'a str>,
    /// What its Pdus have in common.
    key: Attributes<'a>,
    /// Seconds since the first frame of all captures.
    start_time: Seconds,
    /// Seconds from its start to its stop.
    time: Option<Seconds>,
    /// Seconds from its start to its last Pdu.
    duration: Seconds,
    /// How many Pdus it has.
    num_of_pdus: u64,
    /// They, in the order in which they joined.
    pdus: Vec<Entry<'a, PduOfGop<'a>>>,
    /// Its Gog.
    gog: Option<ItemRef<'a>>,
    /// Its attributes.
    attributes: Attributes<'a>,
}

/// A Gog.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Gog<'a> {
    /// Its number among those of its type, from 1.
    id: u64,
    /// `open` or `released`.
    state: &'a str,
    /// Seconds since the first frame of all captures.
    start_time: Seconds,
    /// Seconds from its start to its release.
    time: Option<Seconds>,
    /// Seconds from its start to the last Pdu of its Gops.
    duration: Seconds,
    /// How many Gops it has.
    num_of_gops: u64,
    /// They, in the order in which they joined.
    gops: Vec<ItemRef<'a>>,
    /// Its attributes.
    attributes: Attributes<'a>,
}

/// Why a Pdu is in no Gop.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Explain<'a> {
    /// The Pdu.
    pdu: ItemRef<'a>,
    /// Its capture, from 0.
    capture: u32,
    /// Its frame.
    frame: u64,
    /// The Gop that it would have been in.
    gop_type: Option<&'a str>,
    /// `rejected`, `no_gop_declared`, `key_absent`, `key_mismatch`, `no_start`, `no_gog`, `expired`, `gop_dropped`.
    reason: &'a str,
    /// The attribute at fault.
    attribute: Option<&'a str>,
    /// In words.
    detail: String,
}

/// A line of `mmsmate mate --format jsonl`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Line<'a> {
    /// An input.
    Capture(&'a Capture),
    /// A Pdu, which[`ItemLines`](super::item_lines::ItemLines) writes.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "its schema is used, and tests hold lines to it")
    )]
    Pdu(NamedEntry<'a, Pdu<'a>>),
    /// A Gop, when nothing can join it any more; it is written there, too.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "its schema is used, and tests hold lines to it")
    )]
    Gop(NamedEntry<'a, Gop<'a>>),
    /// A Gog, when it and its Gops are over.
    Gog(NamedEntry<'a, Gog<'a>>),
    /// Why a Pdu is in no Gop.
    Explain(Explain<'a>),
    /// An anomaly.
    Anomaly(&'a Anomaly),
    /// The totals; the last line.
    Summary(&'a Summary),
}

/// Names of what is declared.
pub(super) trait Names {
    /// Of a Pdu.
    fn pdu_type(&self, index: PduTypeIndex) -> &str;
    /// Of a Pdu, by its declaration.
    fn pdu(&self, index: PduIndex) -> &str;
    /// Of a Gop.
    fn gop(&self, index: GopIndex) -> &str;
    /// Of a Gog.
    fn gog(&self, index: GogIndex) -> &str;
}

impl Names for Configuration {
    fn pdu_type(&self, index: PduTypeIndex) -> &str {
        self.pdu_types
            .get(index.index())
            .map_or("", |pdu_type| &pdu_type.name)
    }

    fn pdu(&self, index: PduIndex) -> &str {
        self.pdus
            .get(index.index())
            .map_or("", |pdu| self.pdu_type(pdu.pdu_type))
    }

    fn gop(&self, index: GopIndex) -> &str {
        self.gops.get(index.index()).map_or("", |gop| &gop.name)
    }

    fn gog(&self, index: GogIndex) -> &str {
        self.gogs.get(index.index()).map_or("", |gog| &gog.name)
    }
}

/// Makes entries of items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maker<'a>(pub(super) &'a Configuration);

impl<'a> Maker<'a> {
    fn gop_ref(self, gop: GopRef) -> ItemRef<'a> {
        ItemRef {
            item_type: self.0.gop(gop.gop),
            id: gop.id,
        }
    }

    fn gog_ref(self, gog: GogRef) -> ItemRef<'a> {
        ItemRef {
            item_type: self.0.gog(gog.gog),
            id: gog.id,
        }
    }

    fn attributes(self, pairs: &'a Pairs) -> Attributes<'a> {
        Attributes {
            pairs,
            configuration: self.0,
        }
    }

    pub(super) fn pdu(self, item: &'a PduItem) -> Entry<'a, Pdu<'a>> {
        let membership = item.membership;
        Entry {
            item_type: self.0.pdu(item.pdu),
            item: Pdu {
                id: item.id,
                capture: item.at.capture.0,
                frame: item.at.frame.0,
                time: item.at.time,
                relative_time: Seconds(item.relative),
                gop: membership.map(|membership| self.gop_ref(membership.gop)),
                time_in_gop: membership.map(|membership| Seconds(membership.time_in_gop)),
                role: membership.map(|membership| words::role(membership.role)),
                attributes: self.attributes(&item.attributes),
            },
        }
    }

    fn pdu_of_gop(self, pdu: &GopPdu) -> Entry<'a, PduOfGop<'a>> {
        Entry {
            item_type: self.0.pdu_type(pdu.pdu_type),
            item: PduOfGop {
                id: pdu.id,
                capture: pdu.at.capture.0,
                frame: pdu.at.frame.0,
                role: words::role(pdu.role),
            },
        }
    }

    pub(super) fn gop(self, item: &'a GopItem) -> Entry<'a, Gop<'a>> {
        Entry {
            item_type: self.0.gop(item.gop.gop),
            item: Gop {
                id: item.gop.id,
                state: words::state(item.released_by.is_some()),
                released_by: item.released_by.map(words::released_by),
                key: self.attributes(&item.key),
                start_time: Seconds(item.start),
                time: item.time.map(Seconds),
                duration: Seconds(item.duration),
                num_of_pdus: item.pdus.len() as u64,
                pdus: item.pdus.iter().map(|pdu| self.pdu_of_gop(pdu)).collect(),
                gog: item.gog.map(|gog| self.gog_ref(gog)),
                attributes: self.attributes(&item.attributes),
            },
        }
    }

    pub(super) fn gog(self, item: &'a GogItem) -> Entry<'a, Gog<'a>> {
        Entry {
            item_type: self.0.gog(item.gog.gog),
            item: Gog {
                id: item.gog.id,
                state: words::state(item.released),
                start_time: Seconds(item.start),
                time: item.time.map(Seconds),
                duration: Seconds(item.duration),
                num_of_gops: item.gops.len() as u64,
                gops: item.gops.iter().map(|gop| self.gop_ref(*gop)).collect(),
                attributes: self.attributes(&item.attributes),
            },
        }
    }

    pub(super) fn explain(self, item: &'a ExplainItem) -> Explain<'a> {
        let attribute = item.reason.attribute();
        Explain {
            pdu: ItemRef {
                item_type: self.0.pdu(item.pdu),
                id: item.id,
            },
            capture: item.at.capture.0,
            frame: item.at.frame.0,
            gop_type: item.gop.map(|gop| self.0.gop(gop)),
            reason: item.reason.name(),
            attribute: attribute.map(|attribute| self.0.attributes.name(attribute)),
            detail: words::why(item, self.0),
        }
    }
}
