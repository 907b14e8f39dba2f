//! The push in a short message: connectionless WSP, or a bare MMS PDU as some gateways send it.

use super::udh::Ports;
use crate::session::wsp::{Completeness, Entity, OwnedBody, Pdu, looks_like_mms};
use crate::session::{Body, BodyEnd};

/// Whether a short message may be a push, or a part of one: it is addressed to a port, or is 8-bit data.
pub(super) const fn may_be_part(ports: Option<Ports>, binary: bool) -> bool {
    ports.is_some() || binary
}

/// Gives `take` the body of the push in `payload`, if there is one that may be an MMS PDU.
pub(super) fn with_body<T>(payload: &[u8], end: BodyEnd, take: impl FnOnce(&Body<'_>) -> T) -> Option<T> {
    if looks_like_mms(payload) {
        let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let content_type = None;
        return Some(take(&Body {
            content_type,
            parameters: None,
            bytes: payload,
            length,
            end,
        }));
    }
    let entity = entity(payload, end)?;
    let body = OwnedBody::new(&entity, end);
    let well_formed = end != BodyEnd::Whole || entity.headers.well_formed();
    (body.may_be_mms() && well_formed).then(|| take(&body.as_body()))
}

fn entity(payload: &[u8], end: BodyEnd) -> Option<Entity<'_>> {
    let completeness = match end {
        BodyEnd::Whole => Completeness::Whole,
        _ => Completeness::Cut,
    };
    let (_push_id, pdu) = payload.split_first()?;
    match Pdu::read(pdu, completeness) {
        Ok(Pdu::Push { entity, .. }) => Some(entity),
        _ => None,
    }
}
