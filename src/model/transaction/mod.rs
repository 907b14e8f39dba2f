//! Words for the transactions with the systems around an MMSC: which system was asked, by which protocol, for what, and
//! what it answered. They explain messages and never judge them.

mod names;
mod status;

pub(crate) use names::tls_alert;
pub use status::{TransactionStatus, Unreachable};

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

named! {
    /// A kind of system around an MMSC. The names are part of the output.
    System {
        /// Who a phone is: the accounting of its sessions, their set-up, the policy for them.
        Identity = "identity",
        /// Whether a message is paid for (MM9, MM8).
        Charging = "charging",
        /// Where a message goes (MM5, MM10).
        Routing = "routing",
        /// What is known of a subscriber (MM6).
        Directory = "directory",
        /// Whether media fit a phone (MM11).
        Transcoding = "transcoding",
        /// What lies below all of them.
        Transport = "transport",
    }
}

named! {
    /// The protocol of a transaction. The names are part of the output.
    TransactionProtocol {
        /// RADIUS (RFC 2865, RFC 2866).
        Radius = "radius",
        /// GTP-C version 1 (TS 29.060).
        Gtp = "gtp",
        /// GTP-C version 2 (TS 29.274).
        Gtpv2 = "gtpv2",
        /// Diameter (RFC 6733).
        Diameter = "diameter",
        /// DNS (RFC 1035), ENUM (RFC 6116) included.
        Dns = "dns",
        /// MAP (TS 29.002).
        Map = "map",
        /// LDAP (RFC 4511).
        Ldap = "ldap",
        /// The Standard Transcoding Interface (OMA-TS-STI).
        Sti = "sti",
        /// TCP.
        Tcp = "tcp",
        /// ICMP, of IPv4 and IPv6.
        Icmp = "icmp",
        /// TLS.
        Tls = "tls",
    }
}

named! {
    /// What is asked. The names are part of the output.
    TransactionOperation {
        /// RADIUS: Access-Request.
        Access = "access",
        /// RADIUS: Accounting-Request, Start.
        AccountingStart = "accounting-start",
        /// RADIUS: Accounting-Request, Interim-Update.
        AccountingInterim = "accounting-interim",
        /// RADIUS: Accounting-Request, Stop.
        AccountingStop = "accounting-stop",
        /// RADIUS: Accounting-On: the gateway began anew, and all of its sessions are over.
        AccountingOn = "accounting-on",
        /// RADIUS: Accounting-Off: the same, because it ends.
        AccountingOff = "accounting-off",
        /// GTP-C version 1: Create PDP Context.
        CreatePdpContext = "create-pdp-context",
        /// GTP-C version 1: Update PDP Context.
        UpdatePdpContext = "update-pdp-context",
        /// GTP-C version 1: Delete PDP Context.
        DeletePdpContext = "delete-pdp-context",
        /// GTP-C version 2: Create Session.
        CreateSession = "create-session",
        /// GTP-C version 2: Modify Bearer.
        ModifyBearer = "modify-bearer",
        /// GTP-C version 2: Delete Session.
        DeleteSession = "delete-session",
        /// Diameter: Credit-Control, initial request.
        CcrInitial = "ccr-initial",
        /// Diameter: Credit-Control, update request.
        CcrUpdate = "ccr-update",
        /// Diameter: Credit-Control, termination request.
        CcrTermination = "ccr-termination",
        /// Diameter: Credit-Control, event request.
        CcrEvent = "ccr-event",
        /// Diameter: Accounting, event record.
        AcrEvent = "acr-event",
        /// Diameter: Accounting, start record.
        AcrStart = "acr-start",
        /// Diameter: Accounting, interim record.
        AcrInterim = "acr-interim",
        /// Diameter: Accounting, stop record.
        AcrStop = "acr-stop",
        /// Diameter: Message-Process (MM10).
        Mpr = "mpr",
        /// DNS: an IPv4 address.
        A = "a",
        /// DNS: an IPv6 address.
        Aaaa = "aaaa",
        /// DNS: the location of a service.
        Srv = "srv",
        /// DNS: a mail exchange.
        Mx = "mx",
        /// DNS: a naming authority pointer, as ENUM has.
        Naptr = "naptr",
        /// MAP: sendRoutingInfoForSM.
        SendRoutingInfoForSm = "send-routing-info-for-sm",
        /// LDAP: bind.
        Bind = "bind",
        /// LDAP: search.
        Search = "search",
        /// STI: TranscodingRequest.
        Transcoding = "transcoding",
        /// TCP: a connection that was refused, or that nobody answered.
        Connect = "connect",
        /// ICMP: a packet that could not be delivered.
        Unreachable = "unreachable",
        /// TLS: a fatal alert.
        Alert = "alert",
    }
}

impl TransactionOperation {
    /// The protocol it belongs to.
    pub const fn protocol(self) -> TransactionProtocol {
        match self {
            Self::Access
            | Self::AccountingStart
            | Self::AccountingInterim
            | Self::AccountingStop
            | Self::AccountingOn
            | Self::AccountingOff => TransactionProtocol::Radius,
            Self::CreatePdpContext | Self::UpdatePdpContext | Self::DeletePdpContext => {
                TransactionProtocol::Gtp
            }
            Self::CreateSession | Self::ModifyBearer | Self::DeleteSession => TransactionProtocol::Gtpv2,
            Self::CcrInitial
            | Self::CcrUpdate
            | Self::CcrTermination
            | Self::CcrEvent
            | Self::AcrEvent
            | Self::AcrStart
            | Self::AcrInterim
            | Self::AcrStop
            | Self::Mpr => TransactionProtocol::Diameter,
            Self::A | Self::Aaaa | Self::Srv | Self::Mx | Self::Naptr => TransactionProtocol::Dns,
            Self::SendRoutingInfoForSm => TransactionProtocol::Map,
            Self::Bind | Self::Search => TransactionProtocol::Ldap,
            Self::Transcoding => TransactionProtocol::Sti,
            Self::Connect => TransactionProtocol::Tcp,
            Self::Unreachable => TransactionProtocol::Icmp,
            Self::Alert => TransactionProtocol::Tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: BTreeSet<_> = TransactionOperation::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), TransactionOperation::ALL.len());
        let names: BTreeSet<_> = TransactionProtocol::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), TransactionProtocol::ALL.len());
    }
}
