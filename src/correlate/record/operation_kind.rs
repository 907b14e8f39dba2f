//! The kinds of operation.

use serde::{Deserialize, Serialize};

/// The kinds of operation (TS 23.140 sections 8.1.9 to 8.1.14).
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
        }
    }
}

impl std::fmt::Display for OperationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
