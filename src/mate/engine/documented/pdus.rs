//! From a frame to its Pdus.

use std::sync::Arc;

use super::extract::{self, Layers, Occurrence};
use super::plan::{PduPlan, Plan};
use super::state::{self, Documented};
use crate::mate::config::{Acceptance, Condition};
use crate::mate::engine::explain::{ExplainItem, Made, Reason};
use crate::mate::engine::items::{Membership, PduItem, Sink};
use crate::mate::engine::looks::Looks;
use crate::mate::engine::pair::Pairs;
use crate::mate::frame::Frame;

/// A Pdu before it has a Gop.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewPdu<'a> {
    pub(super) plan: &'a PduPlan,
    pub(super) id: u64,
    pub(super) frame: &'a Frame,
    pub(super) attributes: &'a Pairs,
}

/// Why a Pdu got no Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unassigned {
    GopNotDeclared,
    KeyUnmatched,
    NotStarted,
    GogUnknown,
    Expired,
    GopDropped,
}

impl Documented {
    /// Takes the next frame. Time moves with every frame.
    pub(crate) fn frame(&mut self, frame: &Frame, sink: &mut impl Sink) {
        self.report.frames += 1;
        self.clock.set(frame.at().time);
        self.fire(self.clock.now(), sink);
        if !self.plan.concerns(frame) {
            return;
        }
        let plan = Arc::clone(&self.plan);
        self.layers.read(frame);
        let mut looks = Looks::new();
        for declaration in &plan.pdus {
            let is_left = self.declaration(&plan, declaration, frame, &mut looks, sink);
            if is_left && declaration.last {
                break;
            }
        }
        self.report.lists_cut += u64::from(!looks.were_enough());
    }

    /// Tries a declaration; whether it left a Pdu.
    fn declaration(
        &mut self,
        plan: &Plan,
        pdu: &PduPlan,
        frame: &Frame,
        looks: &mut Looks,
        sink: &mut impl Sink,
    ) -> bool {
        let mut occurrences = std::mem::take(&mut self.occurrences);
        extract::occurrences(&pdu.extraction, frame, &mut occurrences);
        if self.settings.explain && !occurrences.is_empty() {
            self.report.frame_with(pdu.index, pdu.attributes.len());
        }
        let mut is_left = false;
        for occurrence in &occurrences {
            let attributes = self.attributes(pdu, frame, *occurrence, looks);
            is_left |= self.pdu(plan, pdu, frame, attributes, sink);
            self.keep_to_limit(sink);
        }
        self.occurrences = occurrences;
        is_left
    }

    fn attributes(
        &mut self,
        pdu: &PduPlan,
        frame: &Frame,
        occurrence: Occurrence,
        looks: &mut Looks,
    ) -> Pairs {
        let mut attributes = self.layers.extract(&pdu.extraction, frame, occurrence, looks);
        for transform in &pdu.transforms {
            transform.run(&mut attributes);
        }
        attributes
    }

    /// Makes a Pdu; whether it is left.
    fn pdu(
        &mut self,
        plan: &Plan,
        pdu: &PduPlan,
        frame: &Frame,
        mut attributes: Pairs,
        sink: &mut impl Sink,
    ) -> bool {
        let id = state::next(&mut self.pdu_ids, pdu.pdu_type.index());
        let new = NewPdu {
            plan: pdu,
            id,
            frame,
            attributes: &attributes,
        };
        let is_taken = pdu
            .criteria
            .as_ref()
            .is_none_or(|criteria| criteria.take(&attributes));
        let assigned = is_taken.then(|| self.assign(plan, new, sink));
        if self.settings.explain {
            self.explain(plan, new, assigned, sink);
        }
        let Some(assigned) = assigned else { return false };
        let membership = assigned.ok();
        if membership.is_none() && pdu.drop_unassigned {
            return false;
        }
        if pdu.discard_data {
            attributes = Pairs::default();
        }
        sink.pdu(PduItem {
            pdu: pdu.index,
            id,
            at: frame.at(),
            relative: self.clock.now(),
            membership,
            attributes,
        });
        true
    }

    /// Counts a Pdu, and tells why it is in no Gop.
    fn explain(
        &mut self,
        plan: &Plan,
        new: NewPdu<'_>,
        assigned: Option<Result<Membership, Unassigned>>,
        sink: &mut impl Sink,
    ) {
        let made = match &assigned {
            None => Made::Rejected,
            Some(Ok(_)) => Made::InGop,
            Some(Err(_)) => Made::Unassigned,
        };
        let present = new
            .plan
            .attributes
            .iter()
            .map(|attribute| !new.attributes.of(*attribute).is_empty());
        self.report.count(new.plan.index, made, present);
        let (gop, reason) = match assigned {
            Some(Ok(_)) => return,
            Some(Err(unassigned)) => (new.plan.gop, reason(plan, new, unassigned)),
            None => (None, rejected(new)),
        };
        sink.explain(ExplainItem {
            pdu: new.plan.index,
            id: new.id,
            at: new.frame.at(),
            gop,
            reason,
        });
    }
}

fn rejected(new: NewPdu<'_>) -> Reason {
    let criteria = new.plan.criteria.as_ref();
    let lacking = criteria.filter(|criteria| criteria.acceptance == Acceptance::Accept);
    let unmet = lacking.and_then(|criteria| {
        criteria
            .conditions
            .first_unmet(criteria.mode, new.attributes.as_slice())
    });
    Reason::Rejected {
        unmet: unmet.cloned(),
    }
}

fn reason(plan: &Plan, new: NewPdu<'_>, unassigned: Unassigned) -> Reason {
    let gop = new.plan.gop.and_then(|gop| plan.gops.get(gop.index()));
    let pairs = new.attributes.as_slice();
    let strictly_unmet = |conditions: &super::matching::Conditions| -> Option<Condition> {
        conditions
            .first_unmet(crate::mate::config::Mode::Strict, pairs)
            .cloned()
    };
    let start_unmet = || gop.and_then(|gop| gop.start.as_ref()).and_then(strictly_unmet);
    match (unassigned, gop) {
        (Unassigned::KeyUnmatched, Some(gop)) => match gop.key.first_absent(pairs) {
            Some(condition) => {
                let fields: Vec<_> = new.plan.extraction.fields_of(condition.attribute).collect();
                let elsewhere = Layers::find(new.frame, &fields);
                Reason::KeyAbsent {
                    attribute: condition.attribute,
                    fields,
                    elsewhere,
                }
            }
            None => match strictly_unmet(&gop.key) {
                Some(unmet) => Reason::KeyMismatch { unmet },
                None => Reason::NoGopDeclared,
            },
        },
        (Unassigned::GopNotDeclared | Unassigned::KeyUnmatched, _) => Reason::NoGopDeclared,
        (Unassigned::NotStarted, _) => Reason::NoStart { unmet: start_unmet() },
        (Unassigned::GogUnknown, _) => Reason::NoGog,
        (Unassigned::Expired, _) => Reason::Expired { unmet: start_unmet() },
        (Unassigned::GopDropped, _) => Reason::GopDropped,
    }
}
