//! The kinds of operation.

use serde::{Deserialize, Serialize};

/// The kinds of operation (TS 23.140 sections 8.1.9 to 8.1.14 and 8.7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// m-mbox-store.
    MboxStore,
    /// m-mbox-view.
    MboxView,
    /// m-mbox-upload.
    MboxUpload,
    /// m-mbox-delete.
    MboxDelete,
    /// m-delete.
    Delete,
    /// m-cancel.
    Cancel,
    /// CancelReq of MM7.
    Mm7Cancel,
    /// ReplaceReq of MM7.
    Mm7Replace,
    /// extendedCancelReq of MM7.
    Mm7ExtendedCancel,
    /// extendedReplaceReq of MM7.
    Mm7ExtendedReplace,
}

impl OperationKind {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MboxStore => "mbox-store",
            Self::MboxView => "mbox-view",
            Self::MboxUpload => "mbox-upload",
            Self::MboxDelete => "mbox-delete",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
            Self::Mm7Cancel => "mm7-cancel",
            Self::Mm7Replace => "mm7-replace",
            Self::Mm7ExtendedCancel => "mm7-extended-cancel",
            Self::Mm7ExtendedReplace => "mm7-extended-replace",
        }
    }
}

impl std::fmt::Display for OperationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
