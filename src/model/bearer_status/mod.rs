//! What a bearer itself answered to a request, by its own number and name.

mod names;

/// A bearer's own answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BearerStatus {
    /// An HTTP status.
    Http(u16),
    /// A response code of the Push Access Protocol, in an answer over HTTP (WAP-247 section 9.13): 1xxx is success.
    Pap(u16),
    /// A WSP status octet (WAP-230 table 36).
    Wsp(u8),
    /// WTP only acknowledged the transaction.
    WtpAcknowledged,
    /// WTP aborted the transaction: the provider's reason (WAP-224 section 8.3.5), or from 0xE0 on the user's
    /// (WAP-230 table 35).
    WtpAborted(u8),
    /// An SMPP command status, 0 is success. Of a push in several short messages: the first that is not 0.
    Smpp(u32),
    /// A SIP status.
    Sip(u16),
    /// A reply code of SMTP (RFC 5321 section 4.2): to the end of the data, or to the command that was refused.
    Smtp(u16),
    /// An RP cause from RP-ERROR (TS 24.011 section 8.2.5.4).
    RpCause(u8),
    /// A MAP operation returned its result.
    MapResult,
    /// The error of a MAP operation (TS 29.002 chapter 17.6).
    MapError(u8),
    /// The return cause of an SCCP message that was not delivered (ITU-T Q.713 section 3.12).
    SccpReturn(u8),
    /// TCAP broke the dialogue off: the P-Abort cause (ITU-T Q.773 section 4.2.2.7).
    TcapProviderAbort(u8),
    /// The TCAP user broke the dialogue off.
    TcapUserAbort,
    /// TCAP did not understand an operation.
    TcapReject,
}

impl BearerStatus {
    /// Whether the bearer says it worked.
    pub const fn is_success(self) -> bool {
        match self {
            Self::Http(code) | Self::Sip(code) | Self::Smtp(code) => code >= 200 && code < 300,
            Self::Wsp(octet) => octet >> 4 == 2,
            Self::Pap(code) => code >= 1000 && code < 2000,
            Self::Smpp(status) => status == 0,
            Self::WtpAcknowledged | Self::MapResult => true,
            Self::WtpAborted(_)
            | Self::RpCause(_)
            | Self::MapError(_)
            | Self::SccpReturn(_)
            | Self::TcapProviderAbort(_)
            | Self::TcapUserAbort
            | Self::TcapReject => false,
        }
    }

    /// The protocol that the number and the name belong to. PAP's are told as HTTP's, which carried them.
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Http(_) | Self::Pap(_) => "http",
            Self::Wsp(_) => "wsp",
            Self::WtpAcknowledged | Self::WtpAborted(_) => "wtp",
            Self::Smpp(_) => "smpp",
            Self::Sip(_) => "sip",
            Self::Smtp(_) => "smtp",
            Self::RpCause(_) => "rp",
            Self::MapResult | Self::MapError(_) => "map",
            Self::SccpReturn(_) => "sccp",
            Self::TcapProviderAbort(_) | Self::TcapUserAbort | Self::TcapReject => "tcap",
        }
    }

    /// The protocol's own number, where it has one.
    pub const fn code(self) -> Option<u32> {
        match self {
            Self::Http(code) | Self::Sip(code) | Self::Smtp(code) | Self::Pap(code) => Some(code as u32),
            Self::Smpp(status) => Some(status),
            Self::Wsp(code)
            | Self::WtpAborted(code)
            | Self::RpCause(code)
            | Self::MapError(code)
            | Self::SccpReturn(code)
            | Self::TcapProviderAbort(code) => Some(code as u32),
            Self::WtpAcknowledged | Self::MapResult | Self::TcapUserAbort | Self::TcapReject => None,
        }
    }

    /// The name that the protocol's specification gives the number; none for a number that is not assigned.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Http(code) => names::http(code),
            Self::Pap(_) => None,
            Self::Wsp(octet) => match names::wsp_as_http(octet) {
                Some(code) => names::http(code),
                None => None,
            },
            Self::WtpAcknowledged => Some("acknowledged"),
            Self::WtpAborted(reason) => names::wtp_abort(reason),
            Self::Smpp(status) => names::smpp(status),
            Self::Sip(code) => names::sip(code),
            Self::Smtp(code) => names::smtp(code),
            Self::RpCause(cause) => names::rp_cause(cause),
            Self::MapResult => Some("result"),
            Self::MapError(error) => names::map_error(error),
            Self::SccpReturn(cause) => names::sccp_return(cause),
            Self::TcapProviderAbort(cause) => names::tcap_provider_abort(cause),
            Self::TcapUserAbort => Some("user abort"),
            Self::TcapReject => Some("reject"),
        }
    }

    /// An HTTP status, or the one that a WSP status stands for; for a WSP octet that is not assigned, one of its class.
    pub const fn http_status(self) -> Option<u16> {
        match self {
            Self::Http(code) => Some(code),
            Self::Wsp(octet) => Some(nearest_http_status(octet)),
            _ => None,
        }
    }
}

const fn nearest_http_status(octet: u8) -> u16 {
    let low = (octet & 0x0F) as u16;
    match (names::wsp_as_http(octet), octet >> 4) {
        (Some(status), _) => status,
        (None, class @ 1..=4) => class as u16 * 100 + low,
        (None, 5) => 416 + low,
        (None, _) => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusmpp_core::CommandStatus;

    #[test]
    fn a_code_and_its_name_stand_with_their_protocol() {
        for (status, protocol, code, name) in [
            (BearerStatus::Http(404), "http", Some(404), Some("Not Found")),
            (BearerStatus::Http(599), "http", Some(599), None),
            (BearerStatus::Pap(1001), "http", Some(1001), None),
            (BearerStatus::Wsp(0x44), "wsp", Some(0x44), Some("Not Found")),
            (BearerStatus::WtpAborted(0xEA), "wtp", Some(0xEA), Some("USERREQ")),
            (BearerStatus::WtpAborted(8), "wtp", Some(8), Some("NORESPONSE")),
            (BearerStatus::Smpp(88), "smpp", Some(88), Some("ESME_RTHROTTLED")),
            (
                BearerStatus::Sip(480),
                "sip",
                Some(480),
                Some("Temporarily Unavailable"),
            ),
            (
                BearerStatus::Smtp(452),
                "smtp",
                Some(452),
                Some("Requested action not taken: insufficient system storage"),
            ),
            (
                BearerStatus::RpCause(22),
                "rp",
                Some(22),
                Some("memory capacity exceeded"),
            ),
            (
                BearerStatus::MapError(27),
                "map",
                Some(27),
                Some("absent subscriber"),
            ),
            (BearerStatus::MapResult, "map", None, Some("result")),
            (
                BearerStatus::SccpReturn(1),
                "sccp",
                Some(1),
                Some("no translation for this specific address"),
            ),
            (
                BearerStatus::TcapProviderAbort(4),
                "tcap",
                Some(4),
                Some("resource limitation"),
            ),
            (BearerStatus::TcapReject, "tcap", None, Some("reject")),
        ] {
            assert_eq!(
                (status.protocol(), status.code(), status.name()),
                (protocol, code, name)
            );
        }
    }

    #[test]
    fn smpp_names_are_those_of_another_implementation() {
        for status in 0..0x200 {
            let theirs = match CommandStatus::from(status) {
                CommandStatus::Other(_) => None,
                known => Some(format!("{known:?}").to_ascii_uppercase()),
            };
            let plain = |name: String| name.replace('_', "");
            let ours = BearerStatus::Smpp(status)
                .name()
                .map(|name| plain(name.to_owned()));
            assert_eq!(ours, theirs.map(plain), "{status:#x}");
        }
    }

    #[test]
    fn a_wsp_status_keeps_its_own_number_beside_that_of_http() {
        for (octet, status) in [
            (0x10, 100),
            (0x20, 200),
            (0x26, 206),
            (0x35, 305),
            (0x37, 307),
            (0x44, 404),
            (0x4F, 415),
            (0x50, 416),
            (0x51, 417),
            (0x60, 500),
            (0x65, 505),
        ] {
            assert_eq!(BearerStatus::Wsp(octet).http_status(), Some(status));
            assert_eq!(
                BearerStatus::Wsp(octet).is_success(),
                (200..300).contains(&status)
            );
        }
        for (octet, nearest) in [(0x36, 306), (0x52, 418), (0x70, 500), (0x00, 500)] {
            let status = BearerStatus::Wsp(octet);
            assert_eq!((status.name(), status.http_status()), (None, Some(nearest)));
        }
    }
}
