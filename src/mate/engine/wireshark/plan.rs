//! A configuration as Wireshark runs it.

use super::avpl::Avpl;
use super::matching::Conditions;
use super::ranges::Extraction;
use crate::mate::config::{
    Acceptance, Action, Assignment, AttributeId, Configuration, GogDeclaration, GogIndex, GopDeclaration,
    GopIndex, Mode, PduDeclaration, PduIndex, PduTypeIndex, TransformIndex,
};
use crate::mate::engine::pair::Pair;
use crate::model::{Nanoseconds, SharedSort};

/// All declarations.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) pdus: Vec<PduPlan>,
    pub(super) gops: Vec<GopPlan>,
    pub(super) gogs: Vec<GogPlan>,
}

/// A Pdu declaration.
#[derive(Debug)]
pub(super) struct PduPlan {
    pub(super) index: PduIndex,
    pub(super) pdu_type: PduTypeIndex,
    pub(super) extraction: Extraction,
    pub(super) transforms: Vec<Transform>,
    pub(super) criteria: Option<(Acceptance, Mode, Conditions)>,
    pub(super) gop: Option<GopIndex>,
    pub(super) drop_unassigned: bool,
    pub(super) discard_data: bool,
    pub(super) last: bool,
    pub(super) attributes: Box<[AttributeId]>,
}

/// A Gop declaration.
#[derive(Debug)]
pub(super) struct GopPlan {
    pub(super) key: Conditions,
    pub(super) start: Option<Conditions>,
    pub(super) stop: Option<Conditions>,
    pub(super) extra: Conditions,
    pub(super) transforms: Vec<Transform>,
    pub(super) idle_timeout: Option<Nanoseconds>,
    pub(super) lifetime: Option<Nanoseconds>,
    /// Its Member clauses in the order of declaration.
    pub(super) members: Vec<(GogIndex, Conditions)>,
}

/// A Gog declaration.
#[derive(Debug)]
pub(super) struct GogPlan {
    pub(super) keys: Vec<(GopIndex, Conditions)>,
    pub(super) extra: Conditions,
    pub(super) expiration: Nanoseconds,
}

/// A Transform.
#[derive(Debug)]
pub(super) struct Transform(Vec<Clause>);

#[derive(Debug)]
struct Clause {
    mode: Mode,
    conditions: Conditions,
    action: Action,
    added: Vec<Pair>,
}

impl Transform {
    fn all(configuration: &Configuration, indexes: &[TransformIndex]) -> Vec<Self> {
        let declared = indexes
            .iter()
            .filter_map(|index| configuration.transforms.get(index.index()));
        let transforms = declared.map(|transform| {
            let clauses = transform.clauses.iter().map(|clause| Clause {
                mode: clause.mode,
                conditions: Conditions::new(&clause.conditions),
                action: clause.action,
                added: added(&clause.added),
            });
            Self(clauses.collect())
        });
        transforms.collect()
    }

    /// The first clause that matches acts; whether the list had to be cut.
    pub(super) fn run(&self, list: &mut Avpl) -> bool {
        for clause in &self.0 {
            if let Some(matched) = clause.conditions.matched(clause.mode, list.pairs()) {
                if clause.action == Action::Replace {
                    list.remove(&matched);
                }
                return list.merge(&clause.added);
            }
        }
        false
    }
}

/// What a clause adds, in Wireshark's order: of equal pairs with values, one; of bare names, each.
fn added(assignments: &[Assignment]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for assignment in assignments {
        let pair = Pair::new(assignment.attribute, &assignment.value);
        if assignment.value.is_empty() || !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs.shared_sort();
    pairs
}

impl PduPlan {
    fn new(configuration: &Configuration, index: PduIndex, pdu: &PduDeclaration) -> Self {
        let pdu_type = configuration.pdu_types.get(pdu.pdu_type.index());
        Self {
            index,
            pdu_type: pdu.pdu_type,
            extraction: Extraction::new(configuration, pdu),
            transforms: Transform::all(configuration, &pdu.transforms),
            criteria: pdu.criteria.as_ref().map(|criteria| {
                (
                    criteria.acceptance,
                    criteria.mode,
                    Conditions::new(&criteria.conditions),
                )
            }),
            gop: pdu_type.and_then(|pdu_type| pdu_type.gop),
            drop_unassigned: pdu.drop_unassigned,
            discard_data: pdu.discard_data,
            last: pdu.last,
            attributes: pdu.attributes.clone(),
        }
    }
}

impl GopPlan {
    fn new(configuration: &Configuration, index: GopIndex, gop: &GopDeclaration) -> Self {
        let gogs = (0..).map(GogIndex).zip(&configuration.gogs);
        let members = gogs.flat_map(|(gog, declared)| {
            let own = declared.members.iter().filter(move |member| member.gop == index);
            own.map(move |member| (gog, Conditions::new(&member.key)))
        });
        Self {
            key: Conditions::new(&gop.key),
            start: gop.start.as_deref().map(Conditions::new),
            stop: gop.stop.as_deref().map(Conditions::new),
            extra: Conditions::new(&gop.extra),
            transforms: Transform::all(configuration, &gop.transforms),
            idle_timeout: gop.idle_timeout,
            lifetime: gop.lifetime,
            members: members.collect(),
        }
    }
}

impl GogPlan {
    fn new(gog: &GogDeclaration) -> Self {
        let keys = gog
            .members
            .iter()
            .map(|member| (member.gop, Conditions::new(&member.key)));
        let keys: Vec<(GopIndex, Conditions)> = keys.collect();
        Self {
            extra: Conditions::of_gog(&gog.extra, keys.iter().map(|(_, key)| key)),
            keys,
            expiration: gog.expiration,
        }
    }
}

impl Plan {
    pub(super) fn new(configuration: &Configuration) -> Self {
        let pdus = (0..).map(PduIndex).zip(&configuration.pdus);
        let gops = (0..).map(GopIndex).zip(&configuration.gops);
        Self {
            pdus: pdus
                .map(|(index, pdu)| PduPlan::new(configuration, index, pdu))
                .collect(),
            gops: gops
                .map(|(index, gop)| GopPlan::new(configuration, index, gop))
                .collect(),
            gogs: configuration.gogs.iter().map(GogPlan::new).collect(),
        }
    }
}
