//! The fields that a filter can name: those that MATE registers for what is declared, and `State` and a Gog's `Time`.

use std::collections::BTreeMap;

use crate::mate::config::{AttributeId, Configuration, GogIndex, GopIndex, PduTypeIndex};

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `mate`: there is anything.
    Mate,
    /// `mate.gop_key`.
    GopKey,
    /// A field of Pdus.
    Pdu(PduTypeIndex, PduField),
    /// A field of Gops.
    Gop(GopIndex, GopField),
    /// A field of Gogs.
    Gog(GogIndex, GogField),
}

/// A field of a Pdu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PduField {
    Id,
    RelativeTime,
    TimeInGop,
    Attribute(AttributeId),
}

/// A field of a Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GopField {
    /// Also there for each other Gop of the Gog.
    Id,
    StartTime,
    Time,
    Duration,
    NumOfPdus,
    /// The frames of its Pdus.
    Pdu,
    State,
    Attribute(AttributeId),
}

/// A field of a Gog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GogField {
    Id,
    StartTime,
    Time,
    Duration,
    NumOfGops,
    /// The frames in which its Gops start.
    GopStart,
    /// The frames that release its Gops.
    GopStop,
    State,
    Attribute(AttributeId),
}

impl Field {
    /// Whether its values are texts; else they are numbers.
    pub(super) const fn is_text(self) -> bool {
        match self {
            Self::Mate => false,
            Self::GopKey => true,
            Self::Pdu(_, field) => matches!(field, PduField::Attribute(_)),
            Self::Gop(_, field) => matches!(field, GopField::Attribute(_) | GopField::State),
            Self::Gog(_, field) => matches!(field, GogField::Attribute(_) | GogField::State),
        }
    }
}

/// All fields by name. A name may be that of several: a Pdu and a Gop may be called the same.
#[derive(Debug)]
pub(super) struct Fields(BTreeMap<String, Vec<Field>>);

impl Fields {
    /// The fields of what is declared.
    pub(super) fn of(configuration: &Configuration) -> Self {
        let mut fields = Self(BTreeMap::new());
        fields.add("mate", Field::Mate);
        fields.add("mate.gop_key", Field::GopKey);
        fields.add_pdus(configuration);
        fields.add_gops(configuration);
        fields.add_gogs(configuration);
        fields
    }

    fn add(&mut self, name: &str, field: Field) {
        let known = self.0.entry(name.to_owned()).or_default();
        if !known.contains(&field) {
            known.push(field);
        }
    }

    fn add_pdus(&mut self, configuration: &Configuration) {
        for pdu in &configuration.pdus {
            let Some(pdu_type) = configuration.pdu_types.get(pdu.pdu_type.index()) else {
                continue;
            };
            let own = |name: &str| format!("mate.{}{name}", pdu_type.name);
            let field = |field| Field::Pdu(pdu.pdu_type, field);
            self.add(&own(""), field(PduField::Id));
            self.add(&own(".RelativeTime"), field(PduField::RelativeTime));
            self.add(&own(".TimeInGop"), field(PduField::TimeInGop));
            for attribute in &pdu.attributes {
                let name = configuration.attributes.name(*attribute);
                self.add(&own(&format!(".{name}")), field(PduField::Attribute(*attribute)));
            }
        }
    }

    fn add_gops(&mut self, configuration: &Configuration) {
        for (gop, index) in configuration.gops.iter().zip((0..).map(GopIndex)) {
            let own = |name: &str| format!("mate.{}{name}", gop.name);
            for (name, field) in [
                ("", GopField::Id),
                (".StartTime", GopField::StartTime),
                (".Time", GopField::Time),
                (".Duration", GopField::Duration),
                (".NumOfPdus", GopField::NumOfPdus),
                (".Pdu", GopField::Pdu),
                (".State", GopField::State),
            ] {
                self.add(&own(name), Field::Gop(index, field));
            }
            for attribute in gop.named.iter().chain(&gop.attributes) {
                let name = own(&format!(".{}", configuration.attributes.name(*attribute)));
                self.add(&name, Field::Gop(index, GopField::Attribute(*attribute)));
            }
        }
    }

    fn add_gogs(&mut self, configuration: &Configuration) {
        for (gog, index) in configuration.gogs.iter().zip((0..).map(GogIndex)) {
            let own = |name: &str| format!("mate.{}{name}", gog.name);
            for (name, field) in [
                ("", GogField::Id),
                (".StartTime", GogField::StartTime),
                (".Time", GogField::Time),
                (".Duration", GogField::Duration),
                (".NumOfGops", GogField::NumOfGops),
                (".GopStart", GogField::GopStart),
                (".GopStop", GogField::GopStop),
                (".State", GogField::State),
            ] {
                self.add(&own(name), Field::Gog(index, field));
            }
            for attribute in gog.named.iter().chain(&gog.attributes) {
                let name = own(&format!(".{}", configuration.attributes.name(*attribute)));
                self.add(&name, Field::Gog(index, GogField::Attribute(*attribute)));
            }
        }
    }

    /// The fields of this name.
    pub(super) fn find(&self, name: &str) -> Option<&[Field]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
