//! Values with assigned meanings, one octet each (OMA-TS-MMS_ENC section 7.3 and 7.4): their names as OMA gives
//! them, in lower case with hyphens.

/// Which list of meanings a field uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Yes or no.
    YesNo,
    /// X-Mms-Message-Class.
    MessageClass,
    /// X-Mms-Priority.
    Priority,
    /// X-Mms-Sender-Visibility.
    SenderVisibility,
    /// X-Mms-Status.
    Status,
    /// X-Mms-Read-Status.
    ReadStatus,
    /// X-Mms-Reply-Charging.
    ReplyCharging,
    /// X-Mms-MM-State.
    MmState,
    /// The token of X-Mms-MM-Flags.
    FlagsToken,
    /// The token of X-Mms-Mbox-Totals and X-Mms-Mbox-Quotas.
    AmountToken,
    /// X-Mms-Recommended-Retrieval-Mode.
    RetrievalMode,
    /// X-Mms-Content-Class.
    ContentClass,
    /// X-Mms-Cancel-Status.
    CancelStatus,
    /// X-Mms-Response-Status.
    ResponseStatus,
    /// X-Mms-Retrieve-Status.
    RetrieveStatus,
    /// X-Mms-Store-Status.
    StoreStatus,
}

/// A coded value; unknown codes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Which list it belongs to.
    pub codes: Codes,
    /// The octet.
    pub code: u8,
}

impl Coded {
    /// The name in its list; none for an unknown code.
    pub fn name(self) -> Option<&'static str> {
        self.codes.name(self.code)
    }

    /// A yes as true, a no as false.
    pub fn as_flag(self) -> Option<bool> {
        match (self.codes, self.code) {
            (Codes::YesNo, 0x80) => Some(true),
            (Codes::YesNo, 0x81) => Some(false),
            _ => None,
        }
    }
}

impl Codes {
    /// Every list.
    pub const ALL: &[Self] = &[
        Self::YesNo,
        Self::MessageClass,
        Self::Priority,
        Self::SenderVisibility,
        Self::Status,
        Self::ReadStatus,
        Self::ReplyCharging,
        Self::MmState,
        Self::FlagsToken,
        Self::AmountToken,
        Self::RetrievalMode,
        Self::ContentClass,
        Self::CancelStatus,
        Self::ResponseStatus,
        Self::RetrieveStatus,
        Self::StoreStatus,
    ];

    /// The code of a name.
    pub fn code(self, name: &str) -> Option<u8> {
        let named = self.names().iter().find(|(_, known)| *known == name);
        named.map(|(code, _)| *code)
    }

    /// The codes with their names, in order.
    pub const fn names(self) -> &'static [(u8, &'static str)] {
        match self {
            Self::YesNo => &[(0x80, "yes"), (0x81, "no")],
            Self::MessageClass => MESSAGE_CLASS,
            Self::Priority => &[(0x80, "low"), (0x81, "normal"), (0x82, "high")],
            Self::SenderVisibility => &[(0x80, "hide"), (0x81, "show")],
            Self::Status => STATUS,
            Self::ReadStatus => &[(0x80, "read"), (0x81, "deleted-without-being-read")],
            Self::ReplyCharging => REPLY_CHARGING,
            Self::MmState => MM_STATE,
            Self::FlagsToken => &[(0x80, "add"), (0x81, "remove"), (0x82, "filter")],
            Self::AmountToken => &[(0x80, "messages"), (0x81, "octets")],
            Self::RetrievalMode => &[(0x80, "manual")],
            Self::ContentClass => CONTENT_CLASS,
            Self::CancelStatus => &[(0x80, "request-received"), (0x81, "request-corrupted")],
            Self::ResponseStatus => RESPONSE_STATUS,
            Self::RetrieveStatus => RETRIEVE_STATUS,
            Self::StoreStatus => STORE_STATUS,
        }
    }

    /// The name of a code; none for an unknown one.
    pub fn name(self, code: u8) -> Option<&'static str> {
        self.names()
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, name)| *name)
    }
}

const MESSAGE_CLASS: &[(u8, &str)] = &[
    (0x80, "personal"),
    (0x81, "advertisement"),
    (0x82, "informational"),
    (0x83, "auto"),
];

const STATUS: &[(u8, &str)] = &[
    (0x80, "expired"),
    (0x81, "retrieved"),
    (0x82, "rejected"),
    (0x83, "deferred"),
    (0x84, "unrecognised"),
    (0x85, "indeterminate"),
    (0x86, "forwarded"),
    (0x87, "unreachable"),
];

const REPLY_CHARGING: &[(u8, &str)] = &[
    (0x80, "requested"),
    (0x81, "requested-text-only"),
    (0x82, "accepted"),
    (0x83, "accepted-text-only"),
];

const MM_STATE: &[(u8, &str)] = &[
    (0x80, "draft"),
    (0x81, "sent"),
    (0x82, "new"),
    (0x83, "retrieved"),
    (0x84, "forwarded"),
];

const CONTENT_CLASS: &[(u8, &str)] = &[
    (0x80, "text"),
    (0x81, "image-basic"),
    (0x82, "image-rich"),
    (0x83, "video-basic"),
    (0x84, "video-rich"),
    (0x85, "megapixel"),
    (0x86, "content-basic"),
    (0x87, "content-rich"),
];

/// Section 7.3.48; 81 to 87 are those of MMS 1.0.
const RESPONSE_STATUS: &[(u8, &str)] = &[
    (0x80, "ok"),
    (0x81, "error-unspecified"),
    (0x82, "error-service-denied"),
    (0x83, "error-message-format-corrupt"),
    (0x84, "error-sending-address-unresolved"),
    (0x85, "error-message-not-found"),
    (0x86, "error-network-problem"),
    (0x87, "error-content-not-accepted"),
    (0x88, "error-unsupported-message"),
    (0xc0, "error-transient-failure"),
    (0xc1, "error-transient-sending-address-unresolved"),
    (0xc2, "error-transient-message-not-found"),
    (0xc3, "error-transient-network-problem"),
    (0xc4, "error-transient-partial-success"),
    (0xe0, "error-permanent-failure"),
    (0xe1, "error-permanent-service-denied"),
    (0xe2, "error-permanent-message-format-corrupt"),
    (0xe3, "error-permanent-sending-address-unresolved"),
    (0xe4, "error-permanent-message-not-found"),
    (0xe5, "error-permanent-content-not-accepted"),
    (0xe6, "error-permanent-reply-charging-limitations-not-met"),
    (0xe7, "error-permanent-reply-charging-request-not-accepted"),
    (0xe8, "error-permanent-reply-charging-forwarding-denied"),
    (0xe9, "error-permanent-reply-charging-not-supported"),
    (0xea, "error-permanent-address-hiding-not-supported"),
    (0xeb, "error-permanent-lack-of-prepaid"),
];

const RETRIEVE_STATUS: &[(u8, &str)] = &[
    (0x80, "ok"),
    (0xc0, "error-transient-failure"),
    (0xc1, "error-transient-message-not-found"),
    (0xc2, "error-transient-network-problem"),
    (0xe0, "error-permanent-failure"),
    (0xe1, "error-permanent-service-denied"),
    (0xe2, "error-permanent-message-not-found"),
    (0xe3, "error-permanent-content-unsupported"),
];

const STORE_STATUS: &[(u8, &str)] = &[
    (0x80, "success"),
    (0xc0, "error-transient-failure"),
    (0xc1, "error-transient-network-problem"),
    (0xe0, "error-permanent-failure"),
    (0xe1, "error-permanent-service-denied"),
    (0xe2, "error-permanent-message-format-corrupt"),
    (0xe3, "error-permanent-message-not-found"),
    (0xe4, "error-permanent-mmbox-full"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_hyphens_in_the_order_of_their_codes() {
        for codes in Codes::ALL {
            assert!(codes.names().is_sorted_by(|a, b| a.0 < b.0), "{codes:?}");
            for (_, name) in codes.names() {
                assert!(
                    name.bytes()
                        .all(|octet| octet.is_ascii_lowercase() || octet == b'-'),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn unknown_codes_are_kept_without_a_name() {
        let status = Coded {
            codes: Codes::Status,
            code: 0x90,
        };
        assert_eq!((status.code, status.name(), status.as_flag()), (0x90, None, None));
        assert_eq!(
            Coded {
                codes: Codes::YesNo,
                code: 0x80
            }
            .as_flag(),
            Some(true)
        );
    }
}
