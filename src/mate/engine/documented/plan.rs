//! A configuration as the engine runs it.

use super::extract::Extraction;
use super::matching::Conditions;
use super::watch::{KeyClause, Mask, Watch};
use crate::mate::catalogue::FieldId;
use crate::mate::config::{
    Acceptance, Action, AttributeId, Configuration, GogDeclaration, GogIndex, GopDeclaration, GopIndex, Mode,
    PduDeclaration, PduIndex, PduTypeIndex, TransformIndex,
};
use crate::mate::engine::pair::{Pair, Pairs};
use crate::mate::frame::Frame;
use crate::model::Nanoseconds;

/// All declarations.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) pdus: Vec<PduPlan>,
    pub(super) gops: Vec<GopPlan>,
    pub(super) gogs: Vec<GogPlan>,
    pub(super) pdu_types: usize,
}

/// A Pdu declaration.
#[derive(Debug)]
pub(super) struct PduPlan {
    pub(super) index: PduIndex,
    pub(super) pdu_type: PduTypeIndex,
    pub(super) extraction: Extraction,
    pub(super) transforms: Vec<PduTransform>,
    pub(super) criteria: Option<Criteria>,
    pub(super) gop: Option<GopIndex>,
    pub(super) drop_unassigned: bool,
    pub(super) discard_data: bool,
    pub(super) last: bool,
    pub(super) attributes: Box<[AttributeId]>,
}

/// `Criteria`.
#[derive(Debug)]
pub(super) struct Criteria {
    pub(super) acceptance: Acceptance,
    pub(super) mode: Mode,
    pub(super) conditions: Conditions,
}

impl Criteria {
    /// Whether a Pdu is taken.
    pub(super) fn take(&self, pairs: &Pairs) -> bool {
        self.conditions.matches(self.mode, pairs.as_slice()) == (self.acceptance == Acceptance::Accept)
    }
}

/// A Transform of Pdus: its clauses.
#[derive(Debug)]
pub(super) struct PduTransform(Vec<PduClause>);

#[derive(Debug)]
struct PduClause {
    mode: Mode,
    conditions: Conditions,
    action: Action,
    added: Vec<Pair>,
}

impl PduTransform {
    fn new(configuration: &Configuration, index: TransformIndex) -> Self {
        let declared = configuration.transforms.get(index.index());
        let clauses = declared.map(|transform| &*transform.clauses).unwrap_or_default();
        let clauses = clauses.iter().map(|clause| PduClause {
            mode: clause.mode,
            conditions: Conditions::new(&clause.conditions),
            action: clause.action,
            added: clause
                .added
                .iter()
                .map(|added| Pair::new(added.attribute, &added.value))
                .collect(),
        });
        Self(clauses.collect())
    }

    /// The first clause that matches acts.
    pub(super) fn run(&self, pairs: &mut Pairs) {
        let acting = self
            .0
            .iter()
            .find(|clause| clause.conditions.matches(clause.mode, pairs.as_slice()));
        let Some(clause) = acting else { return };
        if clause.action == Action::Replace {
            pairs.retain(|pair| !clause.conditions.takes(pair));
        }
        for pair in &clause.added {
            pairs.insert(pair.clone());
        }
    }
}

/// A Gop declaration.
#[derive(Debug)]
pub(super) struct GopPlan {
    pub(super) key: Conditions,
    pub(super) start: Option<Conditions>,
    pub(super) stop: Option<Conditions>,
    pub(super) extra: Conditions,
    pub(super) expiration: Option<Nanoseconds>,
    pub(super) idle_timeout: Option<Nanoseconds>,
    pub(super) lifetime: Option<Nanoseconds>,
    pub(super) drop_unassigned: bool,
    /// What its list is asked.
    pub(super) watch: Watch,
    /// The Gogs that it can be in.
    pub(super) gogs: Vec<GogView>,
    /// Its own Member clauses in the order of declaration: the place of the Gog in `gogs`, and that of the clause there.
    pub(super) members: Vec<(usize, usize)>,
}

/// What a Gog wants of the lists of one kind of Gop.
#[derive(Debug)]
pub(super) struct GogView {
    pub(super) gog: GogIndex,
    /// The conditions of which the Gog takes the pairs.
    pub(super) takes: Mask,
    /// All its Member clauses.
    pub(super) clauses: Vec<KeyClause>,
}

impl GopPlan {
    fn new(configuration: &Configuration, index: GopIndex, gop: &GopDeclaration) -> Self {
        let mut watch = Watch::default();
        watch.watch_transforms(configuration, &gop.transforms);
        let (mut gogs, mut members) = (Vec::new(), Vec::new());
        for (gog, declared) in indexed(&configuration.gogs, GogIndex) {
            if !declared.members.iter().any(|member| member.gop == index) {
                continue;
            }
            let view = GogView::new(&mut watch, gog, declared);
            let own = view
                .clauses
                .iter()
                .enumerate()
                .filter(|(_, clause)| clause.gop == index);
            members.extend(own.map(|(clause, _)| (gogs.len(), clause)));
            gogs.push(view);
        }
        Self {
            key: Conditions::new(&gop.key),
            start: gop.start.as_deref().map(Conditions::new),
            stop: gop.stop.as_deref().map(Conditions::new),
            extra: Conditions::new(&gop.extra),
            expiration: gop.expiration,
            idle_timeout: gop.idle_timeout,
            lifetime: gop.lifetime,
            drop_unassigned: gop.drop_unassigned,
            watch,
            gogs,
            members,
        }
    }

    /// Whether a Gog counts it among those that have to be released.
    pub(super) fn counts(&self) -> bool {
        self.start.is_some()
    }

    /// What a Gog wants of it.
    pub(super) fn view(&self, gog: GogIndex) -> Option<&GogView> {
        self.gogs.iter().find(|view| view.gog == gog)
    }

    /// Its own Member clauses with their Gogs, in the order of declaration.
    pub(super) fn clauses(&self) -> impl Iterator<Item = (GogIndex, &KeyClause)> {
        self.members.iter().filter_map(|(gog, clause)| {
            let view = self.gogs.get(*gog)?;
            Some((view.gog, view.clauses.get(*clause)?))
        })
    }
}

impl GogView {
    fn new(watch: &mut Watch, index: GogIndex, gog: &GogDeclaration) -> Self {
        let mut takes = watch.watch_all(&gog.extra);
        for member in &gog.members {
            takes.add(&watch.watch_all(&member.key));
        }
        let clauses = gog
            .members
            .iter()
            .map(|member| KeyClause::new(watch, member))
            .collect();
        Self {
            gog: index,
            takes,
            clauses,
        }
    }
}

/// A Gog declaration.
#[derive(Debug)]
pub(super) struct GogPlan {
    pub(super) expiration: Nanoseconds,
    /// What its own list is asked.
    pub(super) watch: Watch,
    /// Its Member clauses.
    pub(super) clauses: Vec<KeyClause>,
}

impl GogPlan {
    fn new(configuration: &Configuration, gog: &GogDeclaration) -> Self {
        let mut watch = Watch::default();
        watch.watch_transforms(configuration, &gog.transforms);
        let clauses = gog
            .members
            .iter()
            .map(|member| KeyClause::new(&mut watch, member))
            .collect();
        Self {
            expiration: gog.expiration,
            watch,
            clauses,
        }
    }
}

impl Plan {
    pub(super) fn new(configuration: &Configuration) -> Self {
        let pdus = indexed(&configuration.pdus, PduIndex);
        let gops = indexed(&configuration.gops, GopIndex);
        Self {
            pdus: pdus
                .map(|(index, pdu)| PduPlan::new(configuration, index, pdu))
                .collect(),
            gops: gops
                .map(|(index, gop)| GopPlan::new(configuration, index, gop))
                .collect(),
            gogs: configuration
                .gogs
                .iter()
                .map(|gog| GogPlan::new(configuration, gog))
                .collect(),
            pdu_types: configuration.pdu_types.len(),
        }
    }

    /// Whether any Proto occurs in a frame.
    pub(super) fn concerns(&self, frame: &Frame) -> bool {
        self.pdus
            .iter()
            .filter_map(|pdu| pdu.extraction.proto())
            .any(|proto: FieldId| {
                let is_layer = frame.layers().iter().any(|layer| layer.protocol == proto);
                is_layer || frame.fields().iter().any(|field| field.id == proto)
            })
    }
}

impl PduPlan {
    fn new(configuration: &Configuration, index: PduIndex, pdu: &PduDeclaration) -> Self {
        let pdu_type = configuration.pdu_types.get(pdu.pdu_type.index());
        let transforms = pdu.transforms.iter();
        Self {
            index,
            pdu_type: pdu.pdu_type,
            extraction: Extraction::new(pdu),
            transforms: transforms
                .map(|index| PduTransform::new(configuration, *index))
                .collect(),
            criteria: pdu.criteria.as_ref().map(|criteria| Criteria {
                acceptance: criteria.acceptance,
                mode: criteria.mode,
                conditions: Conditions::new(&criteria.conditions),
            }),
            gop: pdu_type.and_then(|pdu_type| pdu_type.gop),
            drop_unassigned: pdu.drop_unassigned,
            discard_data: pdu.discard_data,
            last: pdu.last,
            attributes: pdu.attributes.clone(),
        }
    }
}

/// Declarations with their indexes.
fn indexed<T, I>(declarations: &[T], index: impl Fn(u32) -> I) -> impl Iterator<Item = (I, &T)> {
    (0..).map(index).zip(declarations)
}
