//! What can be wrong with a PDU, and which of it makes the PDU malformed. docs/DECODING.md lists the same.

use std::{borrow::Cow, fmt};

macro_rules! pdu_anomaly_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $malformed:literal,)+) => {
        /// What was odd about a PDU. The names are part of the output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PduAnomalyKind {
            $($(#[$doc])* $variant,)+
        }

        impl PduAnomalyKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The kind's name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Whether it makes the PDU malformed: something that the specification demands is not there, or
            /// octets contradict each other so that other decoders lose their way. What live senders do and every
            /// receiver accepts does not.
            pub const fn makes_malformed(self) -> bool {
                match self {
                    $(Self::$variant => $malformed,)+
                }
            }
        }
    };
}

pdu_anomaly_kinds! {
    /// Not all of the PDU was captured or received; what is here was decoded.
    PduCutShort = "pdu_cut_short" false,
    /// No octets at all.
    EmptyPdu = "empty_pdu" true,
    /// No X-Mms-Message-Type.
    MessageTypeMissing = "message_type_missing" true,
    /// X-Mms-Message-Type is not the first header.
    MessageTypeNotFirst = "message_type_not_first" false,
    /// X-Mms-Message-Type has a code that MMS 1.0 to 1.3 do not define.
    UnknownMessageType = "unknown_message_type" false,
    /// X-Mms-Transaction-Id and X-Mms-MMS-Version are not second and third.
    HeaderOrder = "header_order" false,
    /// A header that the PDU type must have is missing.
    MandatoryHeaderMissing = "mandatory_header_missing" true,
    /// X-Mms-MMS-Version is missing; receivers assume their own.
    VersionMissing = "version_missing" false,
    /// A header that the PDU type must have in such a case is missing.
    ConditionalHeaderMissing = "conditional_header_missing" false,
    /// A header that the PDU type does not have.
    UnexpectedHeader = "unexpected_header" false,
    /// A header that may occur once occurs again; the first counts.
    RepeatedHeader = "repeated_header" false,
    /// A header code that MMS 1.0 to 1.3 do not define.
    UnknownHeader = "unknown_header" false,
    /// A code that the field's list does not have.
    UnknownValue = "unknown_value" false,
    /// A header without a value at the end of the PDU.
    ValueMissing = "value_missing" true,
    /// A value's length is more than the octets left in the PDU.
    ValueLengthExceedsPdu = "value_length_exceeds_pdu" true,
    /// A value's length is not that of its content, and what follows proves the content right.
    ValueLengthWrong = "value_length_wrong" true,
    /// Octets in a value behind its content.
    TrailingOctetsInValue = "trailing_octets_in_value" false,
    /// A value that is not coded as its field asks, but can be understood.
    ValueForm = "value_form" false,
    /// A value that cannot be understood; it is kept as octets.
    ValueUndecodable = "value_undecodable" true,
    /// A text without its NUL at the end of the PDU.
    TextUnterminated = "text_unterminated" true,
    /// A text without its NUL at the end of a value that has a length.
    TextUnterminatedInValue = "text_unterminated_in_value" false,
    /// A text that begins with an octet above 127 without the quote.
    TextNotQuoted = "text_not_quoted" false,
    /// A text with octets above 127 and without a character set.
    TextWithoutCharset = "text_without_charset" false,
    /// A text that is not valid in its character set.
    TextNotInCharset = "text_not_in_charset" false,
    /// A text in a character set that is not known.
    UnknownCharset = "unknown_charset" false,
    /// A text with control characters: perhaps no text.
    ControlCharacters = "control_characters" false,
    /// A text longer than the limit; its start was decoded.
    TextOverLimit = "text_over_limit" false,
    /// Octets where a header should begin that can begin none.
    UnexpectedOctets = "unexpected_octets" true,
    /// NULs, blanks or line ends behind the last header.
    TrailingOctets = "trailing_octets" false,
    /// More headers than the limit; the rest was left.
    HeadersOverLimit = "headers_over_limit" false,
    /// A media type code without a name.
    UnknownMediaType = "unknown_media_type" false,
    /// A parameter code without a name.
    UnknownParameter = "unknown_parameter" false,
    /// A body in a PDU type that has none.
    UnexpectedBody = "unexpected_body" false,
    /// A multipart body that cannot be taken apart; it is one part.
    MultipartUnreadable = "multipart_unreadable" true,
    /// A part's length is more than the octets left in the body.
    PartLengthExceedsBody = "part_length_exceeds_body" true,
    /// A part's content type is longer than its headers' length says.
    PartHeadersTooShort = "part_headers_too_short" true,
    /// A part's header that cannot be understood.
    PartHeaderUndecodable = "part_header_undecodable" false,
    /// Another number of parts than the body announces.
    PartCountWrong = "part_count_wrong" false,
    /// Octets behind the last part.
    OctetsAfterLastPart = "octets_after_last_part" false,
    /// A textual multipart body without its closing delimiter.
    ClosingDelimiterMissing = "closing_delimiter_missing" false,
    /// The start parameter names no part.
    StartPartMissing = "start_part_missing" false,
    /// More parts than the limit; the rest was left.
    PartsOverLimit = "parts_over_limit" false,
    /// Multiparts in multiparts beyond the limit; the innermost was left as one part.
    PartsTooDeep = "parts_too_deep" false,
    /// The XML of a SOAP message is not well-formed; what lies before the place was read.
    XmlUnreadable = "xml_unreadable" true,
    /// More elements, deeper ones or more octets of XML than the limit; the rest was left.
    XmlOverLimit = "xml_over_limit" false,
    /// A document type declaration in a SOAP message, which may have none; nothing that it defines is resolved.
    DocumentTypeRefused = "document_type_refused" false,
    /// A SOAP message refers to content that is not there.
    ContentMissing = "content_missing" false,
}

/// Something odd about a PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PduAnomaly {
    /// What.
    pub kind: PduAnomalyKind,
    /// The header or part concerned.
    pub field: Option<Cow<'static, str>>,
    /// Where, in octets from the start of the PDU.
    pub offset: usize,
    /// In words.
    pub detail: String,
}

/// As one line: the field, the kind in words, the detail.
impl fmt::Display for PduAnomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(
            f,
            "{} at offset {}",
            self.kind.name().replace('_', " "),
            self.offset
        )?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// The anomalies of one PDU as they are found.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    pub(super) anomalies: Vec<PduAnomaly>,
    /// How many may be listed.
    limit: usize,
    /// How many were found beyond that.
    pub(super) uncounted: u64,
    /// Whether one of those makes the PDU malformed.
    pub(super) malformed: bool,
}

impl Notes {
    /// None so far; this many may be listed.
    pub(super) const fn up_to(limit: usize) -> Self {
        Self {
            anomalies: Vec::new(),
            limit,
            uncounted: 0,
            malformed: false,
        }
    }

    pub(super) fn note(
        &mut self,
        kind: PduAnomalyKind,
        field: Option<Cow<'static, str>>,
        offset: usize,
        detail: impl FnOnce() -> String,
    ) {
        self.malformed |= kind.makes_malformed();
        if self.anomalies.len() >= self.limit {
            self.uncounted = self.uncounted.saturating_add(1);
            return;
        }
        self.anomalies.push(PduAnomaly {
            kind,
            field,
            offset,
            detail: detail(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::mms::limits::MAX_ANOMALIES;

    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: std::collections::BTreeSet<_> =
            PduAnomalyKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), PduAnomalyKind::ALL.len());
    }

    #[test]
    fn what_is_beyond_the_limit_still_decides_whether_the_pdu_is_malformed() {
        let mut notes = Notes::up_to(MAX_ANOMALIES);
        for offset in 0..MAX_ANOMALIES {
            notes.note(PduAnomalyKind::UnknownHeader, None, offset, String::new);
        }
        assert!(!notes.malformed);
        notes.note(PduAnomalyKind::UnexpectedOctets, None, 99, String::new);
        assert!(notes.malformed);
        assert_eq!((notes.anomalies.len(), notes.uncounted), (MAX_ANOMALIES, 1));
    }
}
