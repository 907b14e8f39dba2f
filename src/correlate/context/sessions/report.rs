//! A request about a session of a phone, in few octets: a capture may hold millions of them, and whose an address was is asked
//! by messages alone.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU64;

use crate::correlate::context::bindings::binding::{Beginning, Source};
use crate::correlate::context::bindings::{Bindings, GatewayKey, SessionKey, SessionReport};
use crate::correlate::context::passage::{PackedEnds, PackedFrame};
use crate::correlate::context::transaction::{Facts, Transaction};
use crate::model::{
    Digits, Extent, FrameRef, Labels, Nanoseconds, NetworkId, PhoneAddresses, Prefix, SubscriberNumber,
    System, Timestamp, TransactionOperation, TransactionStatus,
};
use crate::session::surroundings::{
    DiameterSession, GtpRequest, RadiusReport, TransactionId, TransactionRequest, TunnelEnd,
};

/// A subscriber's number in eight octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedNumber(NonZeroU64);

impl PackedNumber {
    /// The lowest of the four bits that [`Digits::packed`] leaves.
    const INTERNATIONAL: u64 = 1 << 60;

    pub(super) fn new(number: SubscriberNumber) -> Option<Self> {
        let digits = Digits::from_text(number.digits().as_bytes())?.packed();
        let packed = match number.is_international() {
            true => digits | Self::INTERNATIONAL,
            false => digits & !Self::INTERNATIONAL,
        };
        NonZeroU64::new(packed).map(Self)
    }

    pub(super) fn number(self) -> Option<SubscriberNumber> {
        let packed = self.0.get();
        SubscriberNumber::new(Digits::from_packed(packed)?, packed & Self::INTERNATIONAL != 0)
    }
}

/// One end of a tunnel in eight octets, where its address is of version 4; all zero for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PackedEnd {
    teid: u32,
    address: u32,
}

impl PackedEnd {
    /// None where the end does not fit in. One without an address or an identifier leads nowhere, and fits in as none.
    pub(super) const fn new(end: Option<TunnelEnd>) -> Option<Self> {
        match end {
            Some(TunnelEnd {
                teid,
                address: Some(IpAddr::V4(address)),
            }) if teid != 0 => Some(Self {
                teid,
                address: address.to_bits(),
            }),
            Some(TunnelEnd {
                teid,
                address: Some(IpAddr::V6(_)),
            }) if teid != 0 => None,
            _ => Some(Self { teid: 0, address: 0 }),
        }
    }

    pub(super) const fn end(self) -> Option<TunnelEnd> {
        match self.teid {
            0 => None,
            teid => Some(TunnelEnd {
                teid,
                address: Some(IpAddr::V4(Ipv4Addr::from_bits(self.address))),
            }),
        }
    }
}

/// Which session of which gateway.
#[derive(Clone, Copy, Debug)]
enum Session {
    /// As both are called.
    Named(GatewayKey, SessionKey),
    /// GTP-C: by the identifier that whoever is asked has given out.
    Tunnel(u32),
}

/// A request about a session.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: TransactionId,
    pub(super) operation: TransactionOperation,
    /// Which context or bearer of the session it is about, where not about all of them.
    bearer: Option<u8>,
    session: Session,
    at: PackedFrame,
    ends: PackedEnds,
    pub(super) network: NetworkId,
    number: Option<PackedNumber>,
    imsi: Option<NonZeroU64>,
    v4: Option<Ipv4Addr>,
    /// How long before it was sent what it reports happened, in seconds.
    delay: u32,
    /// How long the session had lasted by then, in seconds.
    lasted: Option<u32>,
    /// GTP-C: where the packets for the phone are to be sent, and where control messages of its session.
    tunnels: [PackedEnd; 2],
    /// What only some have.
    more: Option<Box<More>>,
}

/// What only some requests have.
#[derive(Debug)]
struct More {
    /// The first frame, where it is not the last.
    first: Option<FrameRef>,
    prefixes: [Option<Prefix>; 2],
    /// Those that do not fit in otherwise.
    tunnels: [Option<TunnelEnd>; 2],
}

impl Report {
    pub(super) fn of_radius(
        request: &TransactionRequest<'_>,
        said: &RadiusReport<'_>,
        bindings: &Bindings,
    ) -> Self {
        let source = octets_of(request.source.address);
        let named = said.gateway_address.map(octets_of);
        // The gateway as it names itself, else the host that the report comes from.
        let gateway = match (&named, said.gateway_identifier) {
            (Some(address), _) => address.as_slice(),
            (None, []) => source.as_slice(),
            (None, identifier) => identifier,
        };
        let session = match said.session {
            [] => said.calling_station,
            session => session,
        };
        let seconds = |time: Nanoseconds| u32::try_from(time / Timestamp::SECOND).unwrap_or_default();
        Self {
            session: Session::Named(
                bindings.gateway(Source::Radius, gateway),
                bindings.session(Source::Radius, gateway, session),
            ),
            delay: seconds(said.delay),
            lasted: said.session_time.map(seconds),
            ..Self::new(request, said.number(), said.imsi, said.addresses, [None, None])
        }
    }

    pub(super) fn of_gtp(request: &TransactionRequest<'_>, said: &GtpRequest<'_>) -> Self {
        use TransactionOperation::{DeletePdpContext, DeleteSession};
        let ends_all = match request.subject.operation {
            DeletePdpContext => said.teardown,
            DeleteSession => true,
            _ => false,
        };
        Self {
            session: Session::Tunnel(said.teid),
            bearer: said.bearer.filter(|_| !ends_all),
            ..Self::new(
                request,
                said.number,
                said.imsi,
                said.addresses,
                [said.user, said.control],
            )
        }
    }

    pub(super) fn of_diameter(
        request: &TransactionRequest<'_>,
        said: &DiameterSession<'_>,
        bindings: &Bindings,
    ) -> Self {
        Self {
            session: Session::Named(
                bindings.gateway(Source::Diameter, said.gateway),
                bindings.session(Source::Diameter, said.gateway, said.session),
            ),
            ..Self::new(request, said.number, said.imsi, said.addresses, [None, None])
        }
    }

    fn new(
        request: &TransactionRequest<'_>,
        number: Option<SubscriberNumber>,
        imsi: Option<Digits>,
        addresses: PhoneAddresses,
        tunnels: [Option<TunnelEnd>; 2],
    ) -> Self {
        let Extent { first, last } = request.extent;
        let first = Some(first).filter(|first| *first != last);
        let PhoneAddresses { v4, prefixes } = addresses;
        let [user, control] = tunnels.map(PackedEnd::new);
        let fit_in = user.is_some() && control.is_some();
        let has_more = first.is_some() || prefixes != [None, None] || !fit_in;
        Self {
            id: request.transaction,
            operation: request.subject.operation,
            bearer: None,
            session: Session::Tunnel(0),
            at: PackedFrame::new(last),
            ends: PackedEnds::new(request.source, request.destination),
            network: request.network,
            number: number.and_then(PackedNumber::new),
            imsi: imsi.map(Digits::packed).and_then(NonZeroU64::new),
            v4,
            delay: 0,
            lasted: None,
            tunnels: [user.unwrap_or_default(), control.unwrap_or_default()],
            more: has_more.then(|| {
                Box::new(More {
                    first,
                    prefixes,
                    tunnels,
                })
            }),
        }
    }

    /// Whether something of it lies apart.
    pub(super) const fn has_more(&self) -> bool {
        self.more.is_some()
    }

    pub(super) fn number(&self) -> Option<SubscriberNumber> {
        self.number?.number()
    }

    pub(super) fn imsi(&self) -> Option<Digits> {
        Digits::from_packed(self.imsi?.get())
    }

    pub(super) fn addresses(&self) -> PhoneAddresses {
        PhoneAddresses {
            v4: self.v4,
            prefixes: self.more.as_ref().map_or([None, None], |more| more.prefixes),
        }
    }

    pub(super) fn set_addresses(&mut self, addresses: PhoneAddresses) {
        self.v4 = addresses.v4;
        if let Some(more) = &mut self.more {
            more.prefixes = addresses.prefixes;
        } else if addresses.prefixes != [None, None] {
            self.more = Some(Box::new(More {
                first: None,
                prefixes: addresses.prefixes,
                tunnels: [None, None],
            }));
        }
    }

    /// GTP-C: where the packets for the phone are to be sent.
    pub(super) fn user(&self) -> Option<TunnelEnd> {
        let [user, _] = self.tunnels;
        let other = || self.more.as_ref().and_then(|more| more.tunnels[0]);
        user.end().or_else(other)
    }

    /// GTP-C: where the control messages of its session are to be sent.
    pub(super) fn control(&self) -> Option<TunnelEnd> {
        let [_, control] = self.tunnels;
        let other = || self.more.as_ref().and_then(|more| more.tunnels[1]);
        control.end().or_else(other)
    }

    /// Which session of which gateway it is about.
    pub(super) fn session(&self, bindings: &Bindings) -> (GatewayKey, SessionKey) {
        match self.session {
            Session::Named(gateway, session) => (gateway, session),
            Session::Tunnel(teid) => {
                let [_, asked] = self.ends.ends();
                gtp_keys(asked.address, teid, bindings)
            }
        }
    }

    /// It is about a session that goes by another name.
    pub(super) const fn set_session(&mut self, (gateway, session): (GatewayKey, SessionKey)) {
        self.session = Session::Named(gateway, session);
    }

    /// GTP-C: the end of the control plane that the request went to, where it is about a session that was set up.
    pub(super) fn asked_end(&self) -> Option<TunnelEnd> {
        use TransactionOperation::{DeletePdpContext, DeleteSession, ModifyBearer, UpdatePdpContext};
        let is_later = matches!(
            self.operation,
            UpdatePdpContext | DeletePdpContext | ModifyBearer | DeleteSession
        );
        match self.session {
            Session::Tunnel(teid) if is_later => {
                let [_, asked] = self.ends.ends();
                Some(TunnelEnd {
                    teid,
                    address: Some(asked.address),
                })
            }
            _ => None,
        }
    }

    /// The frames it lies in.
    pub(super) fn extent(&self) -> Extent {
        let last = self.at.frame();
        let first = self.more.as_ref().and_then(|more| more.first);
        Extent {
            first: first.unwrap_or(last),
            last,
        }
    }

    /// When what it reports happened.
    pub(super) fn time(&self) -> Timestamp {
        let delay = Nanoseconds::from(self.delay).saturating_mul(Timestamp::SECOND);
        self.extent().last.time.plus(-delay)
    }

    /// Since when the session was there by then.
    pub(super) fn since(&self) -> Option<Timestamp> {
        let lasted = Nanoseconds::from(self.lasted?).saturating_mul(Timestamp::SECOND);
        Some(self.time().plus(-lasted))
    }

    /// Who reports.
    pub(super) const fn source(&self) -> Source {
        use TransactionOperation::{CcrEvent, CcrInitial, CcrTermination, CcrUpdate};
        use TransactionOperation::{
            CreatePdpContext, CreateSession, DeletePdpContext, DeleteSession, ModifyBearer, UpdatePdpContext,
        };
        match self.operation {
            CcrInitial | CcrUpdate | CcrTermination | CcrEvent => Source::Diameter,
            CreatePdpContext | UpdatePdpContext | DeletePdpContext | CreateSession | ModifyBearer
            | DeleteSession => Source::Gtp,
            _ => Source::Radius,
        }
    }

    /// It as a report of what happened to the session at a time, with the answer as far as there is one.
    pub(super) fn session_report<'a>(
        &self,
        bindings: &Bindings,
        at: Timestamp,
        tunnels: &'a [Labels],
        answer: Option<(Extent, TransactionStatus)>,
    ) -> SessionReport<'a> {
        let [asker, asked] = self.ends.ends();
        let (gateway, session) = self.session(bindings);
        SessionReport {
            source: self.source(),
            gateway,
            session,
            node: None,
            addresses: self.addresses(),
            number: self.number(),
            bearer: self.bearer,
            tunnels,
            at,
            beginning: Beginning {
                operation: self.operation,
                status: answer.map(|(_, status)| status),
                asker,
                asked,
                request: Some(self.extent()),
                response: answer.map(|(response, _)| response),
            },
        }
    }

    /// It as a transaction that failed. What is no set-up of a session stops no message.
    pub(super) fn failed(&self, response: Option<Extent>, status: TransactionStatus) -> Transaction {
        use TransactionOperation::{Access, CcrInitial, CreatePdpContext, CreateSession};
        let is_set_up = matches!(
            self.operation,
            Access | CcrInitial | CreatePdpContext | CreateSession
        );
        let [asker, asked] = self.ends.ends();
        Transaction {
            system: System::Identity,
            operation: self.operation,
            network: self.network,
            asker,
            asked,
            request: Some(self.extent()),
            response,
            is_ended_by_asker: false,
            status: Some(status),
            facts: match is_set_up {
                true => Facts::SetUp(self.number(), self.addresses()),
                false => Facts::Report(self.number()),
            },
            joined: false,
            counted: true,
        }
    }
}

/// A session of GTP-C as the node that gave out the identifier of its control messages knows it.
pub(super) fn gtp_keys(node: IpAddr, teid: u32, bindings: &Bindings) -> (GatewayKey, SessionKey) {
    let node = octets_of(node);
    let node = node.as_slice();
    (
        bindings.gateway(Source::Gtp, node),
        bindings.session(Source::Gtp, node, &teid.to_be_bytes()),
    )
}

/// The octets of an address.
enum AddressOctets {
    V4([u8; 4]),
    V6([u8; 16]),
}

impl AddressOctets {
    const fn as_slice(&self) -> &[u8] {
        match self {
            Self::V4(octets) => octets,
            Self::V6(octets) => octets,
        }
    }
}

const fn octets_of(address: IpAddr) -> AddressOctets {
    match address {
        IpAddr::V4(address) => AddressOctets::V4(address.octets()),
        IpAddr::V6(address) => AddressOctets::V6(address.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_packed_with_its_type() {
        for text in ["61400000001", "+4712345", "1234567", "123456789012345"] {
            let number = SubscriberNumber::from_text(text.as_bytes()).unwrap();
            assert_eq!(
                PackedNumber::new(number).and_then(PackedNumber::number),
                Some(number)
            );
        }
    }

    #[test]
    fn an_end_of_a_tunnel_is_packed_where_it_fits_in() {
        let end = |teid, address: &str| {
            let address = address.parse().ok();
            Some(TunnelEnd { teid, address })
        };
        let packed = PackedEnd::new(end(7, "10.0.0.1")).unwrap();
        assert_eq!(packed.end(), end(7, "10.0.0.1"));
        assert_eq!(PackedEnd::new(end(7, "2001:db8::1")), None);
        for nowhere in [None, end(0, "10.0.0.1"), end(0, "::1"), end(7, "")] {
            assert_eq!(PackedEnd::new(nowhere).map(PackedEnd::end), Some(None));
        }
    }

    #[test]
    fn a_report_is_small() {
        assert!(size_of::<Report>() <= 144, "{}", size_of::<Report>());
    }
}
