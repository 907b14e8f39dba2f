//! The kinds of operation and of the statuses that answer them.

/// The kinds of operation (TS 23.140 sections 8.1.9 to 8.1.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Which of the status fields an operation's answer gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationStatus {
    /// X-Mms-Response-Status.
    Response(u8),
    /// X-Mms-Store-Status.
    Store(u8),
    /// X-Mms-Cancel-Status.
    Cancel(u8),
}

impl OperationStatus {
    /// The octet.
    pub const fn code(self) -> u8 {
        match self {
            Self::Response(code) | Self::Store(code) | Self::Cancel(code) => code,
        }
    }
}
