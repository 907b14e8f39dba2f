//! All that a run made, for whoever needs it whole: documents, and filters, which ask for the state at the end.

use super::engine::{ExplainItem, GogItem, GopItem, PduItem, Sink};
use crate::model::SharedSort;

/// What a run made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    /// In the order of their making.
    pub(crate) pdus: Vec<PduItem>,
    /// In the order of their making, once [`Groups::settle`] was called.
    pub(crate) gops: Vec<GopItem>,
    /// In the order of their making, once [`Groups::settle`] was called.
    pub(crate) gogs: Vec<GogItem>,
    /// Why Pdus are in no Gop, where that was asked.
    pub(crate) explain: Vec<ExplainItem>,
}

impl Groups {
    /// Puts everything in the order of its making, once the run has ended.
    pub(crate) fn settle(&mut self) {
        self.gops.shared_sort_by_key(|gop| gop.made);
        self.gogs.shared_sort_by_key(|gog| gog.made);
    }
}

impl Sink for Groups {
    fn pdu(&mut self, item: PduItem) {
        self.pdus.push(item);
    }

    fn gop(&mut self, item: GopItem) {
        self.gops.push(item);
    }

    fn gog(&mut self, item: GogItem) {
        self.gogs.push(item);
    }

    fn explain(&mut self, item: ExplainItem) {
        self.explain.push(item);
    }
}
