//! What the engine hands on.

use super::pair::Pairs;
use crate::mate::config::{GogIndex, GopIndex, PduIndex, PduTypeIndex};
use crate::model::{FrameRef, Nanoseconds};

/// What a Pdu is in its Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It made the Gop.
    Start,
    /// It released the Gop.
    Stop,
    /// It came after the release.
    AfterStop,
    /// It is one of the others.
    Member,
}

/// A Gop by its declaration and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GopRef {
    /// Its declaration.
    pub(crate) gop: GopIndex,
    /// Its number, from 1.
    pub(crate) id: u64,
}

/// A Gog by its declaration and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GogRef {
    /// Its declaration.
    pub(crate) gog: GogIndex,
    /// Its number, from 1.
    pub(crate) id: u64,
}

/// The place of a Pdu in a Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The Gop.
    pub(crate) gop: GopRef,
    /// Since the start of the Gop.
    pub(crate) time_in_gop: Nanoseconds,
    /// What it is there.
    pub(crate) role: Role,
}

/// A Pdu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PduItem {
    /// Its declaration.
    pub(crate) pdu: PduIndex,
    /// Its number among those of its name, from 1.
    pub(crate) id: u64,
    /// Its frame.
    pub(crate) at: FrameRef,
    /// Since the first frame of the run.
    pub(crate) relative: Nanoseconds,
    /// Where it belongs.
    pub(crate) membership: Option<Membership>,
    /// Its attributes; none with `DiscardPduData true`.
    pub(crate) attributes: Pairs,
}

/// A Pdu in the list of its Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GopPdu {
    /// Its name.
    pub(crate) pdu_type: PduTypeIndex,
    /// Its number.
    pub(crate) id: u64,
    /// Its frame.
    pub(crate) at: FrameRef,
    /// Since the start of the Gop.
    pub(crate) time_in_gop: Nanoseconds,
    /// What it is there.
    pub(crate) role: Role,
}

/// What released a Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReleasedBy {
    /// A Pdu that matched `Stop`.
    Stop,
    /// Its first Pdu, as it has no `Stop`.
    Auto,
    /// `Lifetime`.
    Lifetime,
    /// `IdleTimeout`.
    Idle,
}

/// A Gop, as it is when nothing more can join it, or at the end of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GopItem {
    /// Its place among all Gops in the order in which they were made.
    pub(crate) made: u64,
    /// Which it is.
    pub(crate) gop: GopRef,
    /// What released it; `None` while it is open.
    pub(crate) released_by: Option<ReleasedBy>,
    /// Its key.
    pub(crate) key: Pairs,
    /// Since the first frame of the run.
    pub(crate) start: Nanoseconds,
    /// From start to stop, where it was stopped.
    pub(crate) time: Option<Nanoseconds>,
    /// From start to the last Pdu.
    pub(crate) duration: Nanoseconds,
    /// Its Pdus in the order in which they joined.
    pub(crate) pdus: Vec<GopPdu>,
    /// Where it belongs.
    pub(crate) gog: Option<GogRef>,
    /// Its attributes.
    pub(crate) attributes: Pairs,
}

/// A Gog, as it is when it and its Gops are over, or at the end of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GogItem {
    /// Its place among all Gogs in the order in which they were made.
    pub(crate) made: u64,
    /// Which it is.
    pub(crate) gog: GogRef,
    /// Whether all its counting Gops are released.
    pub(crate) released: bool,
    /// Since the first frame of the run.
    pub(crate) start: Nanoseconds,
    /// From start to release.
    pub(crate) time: Option<Nanoseconds>,
    /// From start to the last Pdu of any of its Gops.
    pub(crate) duration: Nanoseconds,
    /// Its Gops in the order in which they joined.
    pub(crate) gops: Vec<GopRef>,
    /// How many Pdus its Gops have.
    pub(crate) pdus: u64,
    /// The first frame of these.
    pub(crate) first: FrameRef,
    /// The last frame of these.
    pub(crate) last: FrameRef,
    /// Its attributes.
    pub(crate) attributes: Pairs,
}

/// Takes what the engine hands on, each as soon as it can no longer change: a Pdu at once, a Gop before its Gog.
pub(crate) trait Sink {
    /// Takes a Pdu.
    fn pdu(&mut self, item: PduItem);

    /// Takes a Gop.
    fn gop(&mut self, item: GopItem);

    /// Takes a Gog.
    fn gog(&mut self, item: GogItem);

    /// Takes the reason why a Pdu is in no Gop. It is told before the Pdu, and of Pdus that are dropped, too.
    fn explain(&mut self, item: super::explain::ExplainItem);
}
