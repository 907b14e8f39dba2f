//! What a system answered, by its protocol's own number and name.

use super::names;

/// What a system answered, or that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionStatus {
    /// The code of a RADIUS packet (RFC 2865 section 3, RFC 2866 section 3).
    Radius(u8),
    /// The cause of GTP-C version 1 (TS 29.060 clause 7.7.1).
    Gtp(u8),
    /// The cause of GTP-C version 2 (TS 29.274 clause 8.4).
    Gtpv2(u8),
    /// Diameter's Result-Code or Experimental-Result-Code (RFC 6733 section 7, RFC 8506 section 9).
    Diameter(u32),
    /// The RCODE of DNS (RFC 1035 section 4.1.1, RFC 6895 section 2.3).
    Dns(u8),
    /// DNS knows the name and has no record of the type asked for (RFC 2308 section 2.2).
    DnsNoData,
    /// The resultCode of LDAP (RFC 4511 section 4.1.9).
    Ldap(u32),
    /// A search of LDAP that succeeded and found no entry.
    LdapNoEntry,
    /// The returnCode of STI (OMA-TS-STI).
    Sti(u16),
    /// A fault of SOAP without a code of STI.
    StiFault,
    /// A status of HTTP with which a transcoder refused, without a code of STI.
    StiHttp(u16),
    /// A connection of TCP was refused (RST to a SYN).
    Refused,
    /// An ICMP message about a packet that could not be delivered.
    Icmp(Unreachable),
    /// The description of a TLS alert (RFC 8446 section 6).
    TlsAlert(u8),
    /// A MAP operation returned its result.
    MapResult,
    /// The error of a MAP operation (TS 29.002 chapter 17.6).
    MapError(u8),
    /// None within the time-out, though an answer would have been seen.
    NoAnswer,
}

/// A message of ICMP that a packet could not be delivered, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreachable {
    /// ICMP type 3 (RFC 792, RFC 1812 section 5.2.7.1).
    V4(u8),
    /// ICMPv6 type 1 (RFC 4443 section 3.1).
    V6(u8),
}

impl TransactionStatus {
    /// The protocol's own number, where it has one.
    pub const fn code(self) -> Option<u32> {
        match self {
            Self::Radius(code)
            | Self::Gtp(code)
            | Self::Gtpv2(code)
            | Self::Dns(code)
            | Self::Icmp(Unreachable::V4(code) | Unreachable::V6(code))
            | Self::TlsAlert(code)
            | Self::MapError(code) => Some(code as u32),
            Self::Diameter(code) | Self::Ldap(code) => Some(code),
            Self::Sti(code) | Self::StiHttp(code) => Some(code as u32),
            Self::DnsNoData | Self::LdapNoEntry | Self::MapResult => Some(0),
            Self::StiFault | Self::Refused | Self::NoAnswer => None,
        }
    }

    /// The name that the protocol's specification gives the number, lower case with hyphens; none for a number that is
    /// not assigned.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Radius(code) => names::radius(code),
            Self::Gtp(cause) => names::gtp(cause),
            Self::Gtpv2(cause) => names::gtpv2(cause),
            Self::Diameter(code) => names::diameter(code),
            Self::Dns(rcode) => names::dns(rcode),
            Self::DnsNoData => Some("no-data"),
            Self::Ldap(code) => names::ldap(code),
            Self::LdapNoEntry => Some("no-entry"),
            Self::Sti(code) => names::sti(code),
            Self::StiFault => Some("fault"),
            Self::StiHttp(_) => Some("http-error"),
            Self::Refused => Some("refused"),
            Self::Icmp(Unreachable::V4(code)) => names::icmp(code),
            Self::Icmp(Unreachable::V6(code)) => names::icmpv6(code),
            Self::TlsAlert(description) => names::tls_alert(description),
            Self::MapResult => Some("success"),
            Self::MapError(error) => names::map_error(error),
            Self::NoAnswer => Some("no-answer"),
        }
    }

    /// Whether it says that the system did not do what it was asked for.
    pub const fn is_failure(self) -> bool {
        match self {
            Self::Radius(code) => code == ACCESS_REJECT,
            Self::Gtp(cause) => cause >= 192,
            Self::Gtpv2(cause) => cause >= 64,
            Self::Diameter(code) => !matches!(code, 1000..3000 | CREDIT_CONTROL_NOT_APPLICABLE),
            Self::Dns(rcode) => rcode != 0,
            Self::Ldap(code) => !matches!(code, 0 | REFERRAL | SASL_BIND_IN_PROGRESS),
            Self::Sti(code) => code >= 4000,
            Self::MapResult => false,
            Self::DnsNoData
            | Self::LdapNoEntry
            | Self::StiFault
            | Self::StiHttp(_)
            | Self::Refused
            | Self::Icmp(_)
            | Self::TlsAlert(_)
            | Self::MapError(_)
            | Self::NoAnswer => true,
        }
    }
}

const ACCESS_REJECT: u8 = 3;
/// The service is granted, and free of charge (RFC 8506 section 9.1).
const CREDIT_CONTROL_NOT_APPLICABLE: u32 = 4011;
const REFERRAL: u32 = 10;
const SASL_BIND_IN_PROGRESS: u32 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_its_number_its_name_and_whether_it_failed() {
        use TransactionStatus as S;
        for (status, code, name, failed) in [
            (S::Radius(5), Some(5), Some("accounting-response"), false),
            (S::Radius(3), Some(3), Some("access-reject"), true),
            (S::Gtp(128), Some(128), Some("request-accepted"), false),
            (S::Gtp(219), Some(219), Some("missing-or-unknown-apn"), true),
            (S::Gtpv2(16), Some(16), Some("request-accepted"), false),
            (
                S::Gtpv2(93),
                Some(93),
                Some("apn-access-denied-no-subscription"),
                true,
            ),
            (
                S::Diameter(4011),
                Some(4011),
                Some("credit-control-not-applicable"),
                false,
            ),
            (S::Diameter(4012), Some(4012), Some("credit-limit-reached"), true),
            (S::Diameter(3004), Some(3004), Some("too-busy"), true),
            (S::Dns(0), Some(0), Some("noerror"), false),
            (S::DnsNoData, Some(0), Some("no-data"), true),
            (S::Ldap(10), Some(10), Some("referral"), false),
            (S::Ldap(51), Some(51), Some("busy"), true),
            (S::LdapNoEntry, Some(0), Some("no-entry"), true),
            (S::Sti(2006), Some(2006), Some("warning"), false),
            (S::Sti(2000), Some(2000), Some("success"), false),
            (S::Sti(5007), Some(5007), Some("server-error"), true),
            (S::StiFault, None, Some("fault"), true),
            (S::StiHttp(503), Some(503), Some("http-error"), true),
            (
                S::Icmp(Unreachable::V4(3)),
                Some(3),
                Some("port-unreachable"),
                true,
            ),
            (
                S::Icmp(Unreachable::V6(4)),
                Some(4),
                Some("port-unreachable"),
                true,
            ),
            (S::TlsAlert(48), Some(48), Some("unknown-ca"), true),
            (S::MapResult, Some(0), Some("success"), false),
            (S::MapError(27), Some(27), Some("absent-subscriber"), true),
            (S::Refused, None, Some("refused"), true),
            (S::NoAnswer, None, Some("no-answer"), true),
            (S::Gtp(251), Some(251), None, true),
        ] {
            assert_eq!(
                (status.code(), status.name(), status.is_failure()),
                (code, name, failed),
                "{status:?}"
            );
        }
    }
}
