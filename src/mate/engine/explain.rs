//! Why a Pdu is in no Gop (`--explain`): facts, of which words are made elsewhere.

use crate::mate::catalogue::FieldId;
use crate::mate::config::{AttributeId, Condition, GopIndex, PduIndex};
use crate::model::FrameRef;

/// Why a Pdu is in no Gop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// `Criteria` did not take it.
    Rejected {
        /// The condition that it lacks; none where it was rejected for what it has.
        unmet: Option<Condition>,
    },
    /// No Gop is declared on Pdus of its name.
    NoGopDeclared,
    /// It lacks an attribute of `Match`.
    KeyAbsent {
        /// The attribute.
        attribute: AttributeId,
        /// The fields that would give it.
        fields: Vec<FieldId>,
        /// The first of these fields that the frame has elsewhere, and the protocol of the layer that has it.
        elsewhere: Option<(FieldId, FieldId)>,
    },
    /// An attribute of `Match` is there, and no value of it meets the condition.
    KeyMismatch {
        /// The condition.
        unmet: Condition,
    },
    /// No Gop holds its key, and it does not match `Start`.
    NoStart {
        /// The condition of `Start` that it lacks.
        unmet: Option<Condition>,
    },
    /// Its Gop has no `Start`, and no Gog holds a key of it.
    NoGog,
    /// The Gop that held its key was released too long ago, and it does not match `Start`.
    Expired {
        /// The condition of `Start` that it lacks.
        unmet: Option<Condition>,
    },
    /// Its Gop was taken back, as it is in no Gog.
    GopDropped,
}

impl Reason {
    /// Its name in the output.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "rejected",
            Self::NoGopDeclared => "no_gop_declared",
            Self::KeyAbsent { .. } => "key_absent",
            Self::KeyMismatch { .. } => "key_mismatch",
            Self::NoStart { .. } => "no_start",
            Self::NoGog => "no_gog",
            Self::Expired { .. } => "expired",
            Self::GopDropped => "gop_dropped",
        }
    }

    /// The condition at fault.
    pub(crate) fn unmet(&self) -> Option<&Condition> {
        match self {
            Self::Rejected { unmet } | Self::NoStart { unmet } | Self::Expired { unmet } => unmet.as_ref(),
            Self::KeyMismatch { unmet } => Some(unmet),
            Self::NoGopDeclared | Self::KeyAbsent { .. } | Self::NoGog | Self::GopDropped => None,
        }
    }

    /// The attribute at fault.
    pub(crate) fn attribute(&self) -> Option<AttributeId> {
        match self {
            Self::KeyAbsent { attribute, .. } => Some(*attribute),
            _ => self.unmet().map(|condition| condition.attribute),
        }
    }
}

/// A Pdu that is in no Gop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExplainItem {
    /// Its declaration.
    pub(crate) pdu: PduIndex,
    /// Its number.
    pub(crate) id: u64,
    /// Its frame.
    pub(crate) at: FrameRef,
    /// The Gop that it would have been in; none where that was not asked.
    pub(crate) gop: Option<GopIndex>,
    /// Why it is not.
    pub(crate) reason: Reason,
}

/// What became of a Pdu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// `Criteria` did not take it.
    Rejected,
    /// It is in no Gop.
    Unassigned,
    InGop,
}

/// What became of the Pdus of one declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PduStatistics {
    /// Frames with the Proto.
    pub(crate) frames: u64,
    /// Pdus that were made.
    pub(crate) made: u64,
    /// Those that `Criteria` did not take.
    pub(crate) rejected: u64,
    /// Those in a Gop.
    pub(crate) in_gop: u64,
    /// For each attribute of the declaration, in its order, how many Pdus had it.
    pub(crate) with_attribute: Vec<u64>,
}
