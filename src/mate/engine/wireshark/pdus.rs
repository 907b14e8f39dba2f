//! From a frame to its Pdus.

use std::sync::Arc;

use super::avpl::Avpl;
use super::gops::{NewPdu, Unassigned};
use super::plan::{PduPlan, Plan};
use super::ranges::{self, View};
use super::state::{self, Wireshark};
use crate::mate::config::{Acceptance, Mode};
use crate::mate::engine::explain::{ExplainItem, Made, Reason};
use crate::mate::engine::items::{Membership, PduItem, Sink};
use crate::mate::engine::looks::Looks;
use crate::mate::engine::pair::Pairs;
use crate::mate::frame::{Frame, Octets};
use crate::model::FrameRef;

impl Wireshark {
    /// Takes the next frame.
    pub(crate) fn frame(&mut self, frame: &Frame, sink: &mut impl Sink) {
        self.report.frames += 1;
        self.clock.set(frame.at().time);
        let plan = Arc::clone(&self.plan);
        let mut looks = Looks::new();
        for declaration in &plan.pdus {
            let Some(view) = declaration.extraction.view(frame) else {
                continue;
            };
            let is_left = self.declaration(&plan, declaration, frame.at(), &view, &mut looks, sink);
            if is_left && declaration.last {
                break;
            }
        }
        self.report.lists_cut += u64::from(!looks.were_enough());
    }

    /// Tries a declaration; whether its last Pdu is left.
    fn declaration(
        &mut self,
        plan: &Plan,
        pdu: &PduPlan,
        at: FrameRef,
        view: &View<'_>,
        looks: &mut Looks,
        sink: &mut impl Sink,
    ) -> bool {
        if self.settings.explain {
            self.report.frame_with(pdu.index, pdu.attributes.len());
        }
        let mut is_left = false;
        for proto in &view.protos {
            let attributes = self.attributes(pdu, view, *proto, looks);
            is_left = self.pdu(plan, pdu, at, attributes, sink);
            self.keep_to_limit(sink);
        }
        is_left
    }

    fn attributes(&mut self, pdu: &PduPlan, view: &View<'_>, proto: Octets, looks: &mut Looks) -> Avpl {
        let mut attributes = Avpl::of(ranges::extract(view, proto, looks));
        for transform in &pdu.transforms {
            self.report.lists_cut += u64::from(transform.run(&mut attributes));
        }
        attributes
    }

    /// Makes a Pdu; whether it is left.
    fn pdu(
        &mut self,
        plan: &Plan,
        pdu: &PduPlan,
        at: FrameRef,
        attributes: Avpl,
        sink: &mut impl Sink,
    ) -> bool {
        let new = NewPdu {
            plan: pdu,
            id: state::next(&mut self.pdu_ids, pdu.index.index()),
            at,
            list: &attributes,
        };
        let is_taken = pdu
            .criteria
            .as_ref()
            .is_none_or(|(acceptance, mode, conditions)| {
                let is_match = conditions.matched(*mode, attributes.pairs()).is_some();
                is_match == (*acceptance == Acceptance::Accept)
            });
        let assigned = is_taken.then(|| self.assign(plan, new, sink));
        if self.settings.explain {
            self.explain(plan, new, assigned, sink);
        }
        let Some(assigned) = assigned else { return false };
        let membership = assigned.ok();
        if membership.is_none() && pdu.drop_unassigned {
            return false;
        }
        sink.pdu(PduItem {
            pdu: pdu.index,
            id: new.id,
            at,
            relative: self.clock.now(),
            membership,
            attributes: if pdu.discard_data {
                Pairs::default()
            } else {
                attributes.as_set()
            },
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
            .map(|attribute| new.list.pairs().iter().any(|pair| pair.attribute == *attribute));
        self.report.count(new.plan.index, made, present);
        let (gop, reason) = match assigned {
            Some(Ok(_)) => return,
            Some(Err(unassigned)) => (new.plan.gop, reason(plan, new, unassigned)),
            None => (None, rejected(new)),
        };
        sink.explain(ExplainItem {
            pdu: new.plan.index,
            id: new.id,
            at: new.at,
            gop,
            reason,
        });
    }
}

fn rejected(new: NewPdu<'_>) -> Reason {
    let lacking = new
        .plan
        .criteria
        .as_ref()
        .filter(|(acceptance, ..)| *acceptance == Acceptance::Accept);
    let unmet = lacking.and_then(|(_, mode, conditions)| conditions.first_unmet(*mode, new.list.pairs()));
    Reason::Rejected {
        unmet: unmet.cloned(),
    }
}

fn reason(plan: &Plan, new: NewPdu<'_>, unassigned: Unassigned) -> Reason {
    let data = new.list.pairs();
    let gop = new.plan.gop.and_then(|gop| plan.gops.get(gop.index()));
    match (unassigned, gop) {
        (Unassigned::GopNotDeclared, _) | (_, None) => Reason::NoGopDeclared,
        (Unassigned::GogUnknown, _) => Reason::NoGog,
        (Unassigned::NotStarted, Some(gop)) => {
            let unmet = gop
                .start
                .as_ref()
                .and_then(|start| start.first_unmet(Mode::Strict, data));
            Reason::NoStart {
                unmet: unmet.cloned(),
            }
        }
        (Unassigned::KeyUnmatched, Some(gop)) => match gop.key.first_absent(data) {
            Some(absent) => Reason::KeyAbsent {
                attribute: absent.attribute,
                fields: new.plan.extraction.fields_of(absent.attribute).collect(),
                elsewhere: None,
            },
            None => match gop.key.first_unmet(Mode::Strict, data) {
                Some(unmet) => Reason::KeyMismatch { unmet: unmet.clone() },
                None => Reason::NoGopDeclared,
            },
        },
    }
}
