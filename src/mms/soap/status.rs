//! The status of an answer (3GPP TS 23.140 section 8.7.8.3).

/// StatusCode, as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(pub u16);

impl StatusCode {
    /// Whether the request was accepted, be it in part.
    pub const fn is_success(self) -> bool {
        matches!(self.0, 1000..=1999)
    }

    /// What the standard calls it; none for an unknown code. 3005 is Mbuni's.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1000 => "success",
            1100 => "partial-success",
            2000 => "client-error",
            2001 => "operation-restricted",
            2002 => "address-error",
            2003 => "address-not-found",
            2004 => "multimedia-content-refused",
            2005 => "message-id-not-found",
            2006 => "linked-id-not-found",
            2007 => "message-format-corrupt",
            2008 => "application-id-not-found",
            2009 => "reply-application-id-not-found",
            3000 => "server-error",
            3001 => "not-possible",
            3002 => "message-rejected",
            3003 => "multiple-addresses-not-supported",
            3004 => "application-addressing-not-supported",
            3005 => "command-rejected",
            4000 => "general-service-error",
            4001 => "improper-identification",
            4002 => "unsupported-version",
            4003 => "unsupported-operation",
            4004 => "validation-error",
            4005 => "service-error",
            4006 => "service-unavailable",
            4007 => "service-denied",
            4008 => "application-denied",
            _ => return None,
        })
    }
}
