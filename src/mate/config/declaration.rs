//! What a configuration declares.

use super::{
    condition::{List, Mode},
    names::{AttributeId, AttributeNames},
    note::Note,
};
use crate::{mate::catalogue::FieldId, model::Nanoseconds};

/// Which MATE a configuration is read and run for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Semantics {
    /// What the User's Guide promises.
    #[default]
    Documented,
    /// What Wireshark 4.0 does in two passes, fault for fault.
    Wireshark,
}

macro_rules! indexes {
    ($($(#[$doc:meta])* $name:ident)+) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            /// The place in the list of the configuration.
            pub(crate) fn index(self) -> usize {
                usize::try_from(self.0).unwrap_or(usize::MAX)
            }
        })+
    };
}

indexes! {
    /// A declaration in [`Configuration::pdus`].
    PduIndex
    /// A name in [`Configuration::pdu_types`]: what ids are counted by, what a Gop is declared on.
    PduTypeIndex
    /// A declaration in [`Configuration::gops`].
    GopIndex
    /// A declaration in [`Configuration::gogs`].
    GogIndex
    /// A declaration in [`Configuration::transforms`].
    TransformIndex
}

/// A configuration, read and resolved. Defaults are in the declarations already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// What it was read for.
    pub(crate) semantics: Semantics,
    /// The names of its attributes.
    pub(crate) attributes: AttributeNames,
    /// In order of declaration.
    pub(crate) transforms: Vec<Transform>,
    /// In order of declaration, which is that in which they are tried in a frame.
    pub(crate) pdus: Vec<PduDeclaration>,
    /// The names of Pdus, each once, in order of their first declaration.
    pub(crate) pdu_types: Vec<PduType>,
    /// In order of declaration.
    pub(crate) gops: Vec<GopDeclaration>,
    /// In order of declaration.
    pub(crate) gogs: Vec<GogDeclaration>,
    /// What is worth a remark, in order of place.
    pub(crate) notes: Vec<Note>,
}

impl Configuration {
    /// The fields and protocols that it asks for.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.pdus.iter().flat_map(|pdu| {
            let layers = pdu.proto.into_iter().chain(pdu.transports.iter().copied());
            let layers = layers.chain(pdu.payloads.iter().copied());
            layers.chain(pdu.extracts.iter().map(|extract| extract.field))
        })
    }

    /// The protocols and fields whose occurrences make Pdus.
    pub(crate) fn protos(&self) -> impl Iterator<Item = FieldId> {
        self.pdus.iter().filter_map(|pdu| pdu.proto)
    }
}

/// A name of Pdus, which several declarations may share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PduType {
    /// The name.
    pub(crate) name: Box<str>,
    /// The Gop that is declared on it.
    pub(crate) gop: Option<GopIndex>,
}

/// `Pdu name Proto … Transport … { … };`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PduDeclaration {
    /// Its name.
    pub(crate) pdu_type: PduTypeIndex,
    /// The protocol or field that makes a Pdu each time it occurs. `None`: one that is not extracted, and so never
    /// occurs (`--ignore-unknown`).
    pub(crate) proto: Option<FieldId>,
    /// The names of `Transport` in their order, without `mate`, which means none.
    pub(crate) transports: Box<[FieldId]>,
    /// The names of `Payload` in their order.
    pub(crate) payloads: Box<[FieldId]>,
    /// In the order written. An attribute may come from several fields, a field goes to one attribute. Fields that are
    /// not extracted are left out (`--ignore-unknown`).
    pub(crate) extracts: Box<[Extract]>,
    /// In the order in which they run.
    pub(crate) transforms: Box<[TransformIndex]>,
    /// Which Pdus are taken; all without.
    pub(crate) criteria: Option<Criteria>,
    /// `DropUnassigned true`: a Pdu in no Gop is dropped.
    pub(crate) drop_unassigned: bool,
    /// `DiscardPduData true`: attributes are dropped once the Gop has them.
    pub(crate) discard_data: bool,
    /// `LastPdu true`: no later declaration is tried in a frame where this one left a Pdu.
    pub(crate) last: bool,
    /// The attributes that its Pdus can have, in byte order: extracted, or inserted by its Transforms. As names of a
    /// display filter, they are all.
    pub(crate) attributes: Box<[AttributeId]>,
}

/// `Extract attribute From field;`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extract {
    /// What the value is called.
    pub(crate) attribute: AttributeId,
    /// Where it comes from: a field or a protocol.
    pub(crate) field: FieldId,
}

/// `Criteria Accept|Reject mode ( … );`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Criteria {
    /// What a match means.
    pub(crate) acceptance: Acceptance,
    /// How the list is matched.
    pub(crate) mode: Mode,
    /// The conditions.
    pub(crate) conditions: List,
}

/// What a match of `Criteria` means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// The Pdu is taken if they match.
    #[default]
    Accept,
    /// The Pdu is rejected if they match.
    Reject,
}

/// `Transform name { … };`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transform {
    /// Its name.
    pub(crate) name: Box<str>,
    /// Tried in order; the first that matches acts and ends the Transform.
    pub(crate) clauses: Box<[Clause]>,
}

/// `Match mode ( … ) Insert|Replace ( … );`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// How the list is matched.
    pub(crate) mode: Mode,
    /// The conditions.
    pub(crate) conditions: List,
    /// What happens then.
    pub(crate) action: Action,
    /// The attributes that are added.
    pub(crate) added: Box<[Assignment]>,
}

/// What a clause of a Transform does before it adds attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    #[default]
    Insert,
    /// It removes what the conditions matched.
    Replace,
}

/// An attribute with the value that a Transform gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The attribute.
    pub(crate) attribute: AttributeId,
    /// Its value; empty where only the name is given.
    pub(crate) value: Box<str>,
}

/// `Gop name On pdu Match ( … ) { … };`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GopDeclaration {
    /// Its name.
    pub(crate) name: Box<str>,
    /// The Pdus that it groups.
    pub(crate) on: PduTypeIndex,
    /// `Match`: the conditions whose result is the key.
    pub(crate) key: List,
    /// `Start`. Without one, a Gop of a Gog begins where its key is that of a live Gog, any other with every Pdu.
    pub(crate) start: Option<List>,
    /// `Stop`. Without one, the first Pdu releases the Gop.
    pub(crate) stop: Option<List>,
    /// `Extra`: what the Gop gets of its Pdus besides the key.
    pub(crate) extra: List,
    /// In the order in which they run.
    pub(crate) transforms: Box<[TransformIndex]>,
    /// How long after its release it takes Pdus; `None`: for ever.
    pub(crate) expiration: Option<Nanoseconds>,
    /// How long after its last Pdu it is released; `None`: never.
    pub(crate) idle_timeout: Option<Nanoseconds>,
    /// How long after its start it is released; `None`: never.
    pub(crate) lifetime: Option<Nanoseconds>,
    /// `DropUnassigned true`: it is taken back if it is in no Gog after its first Pdu.
    pub(crate) drop_unassigned: bool,
    /// What text shows of its Pdus.
    pub(crate) show_tree: ShowTree,
    /// Whether text shows its times.
    pub(crate) show_times: bool,
    /// The attributes that it can have, in byte order.
    pub(crate) attributes: Box<[AttributeId]>,
    /// The attributes that a display filter can name, in byte order: all that the declaration and its Transforms name.
    pub(crate) named: Box<[AttributeId]>,
}

/// `ShowTree`: what text shows of a Gop's Pdus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ShowTree {
    /// `NoTree`, `BasicTree`: nothing.
    Nothing,
    /// `PduTree`: the Pdus without their frames.
    Pdus,
    /// `FrameTree`: the Pdus with their frames.
    #[default]
    Frames,
}

/// `Gog name { Member … };`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GogDeclaration {
    /// Its name.
    pub(crate) name: Box<str>,
    /// In order of declaration.
    pub(crate) members: Box<[Member]>,
    /// `Extra`: what the Gog gets of its Gops besides the keys.
    pub(crate) extra: List,
    /// In the order in which they run.
    pub(crate) transforms: Box<[TransformIndex]>,
    /// How long after its release it takes Gops.
    pub(crate) expiration: Nanoseconds,
    /// Whether text shows its times.
    pub(crate) show_times: bool,
    /// The attributes that it can have, in byte order.
    pub(crate) attributes: Box<[AttributeId]>,
    /// The attributes that a display filter can name, in byte order: all that the declaration and its Transforms name.
    pub(crate) named: Box<[AttributeId]>,
}

/// `Member gop ( … );`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The Gops that it joins.
    pub(crate) gop: GopIndex,
    /// The conditions whose results are the keys.
    pub(crate) key: List,
}
