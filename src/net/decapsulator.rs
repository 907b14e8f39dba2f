//! From a frame to the transport packets in it: one header after the other, through tunnels and fragments.

use etherparse::IpNumber;

use super::{
    Encapsulation, Limits, NetCounters, Packet, Transport, UdpDatagram,
    counters::NetLog,
    esp, ethernet,
    fragments::{Fragment, FragmentKey, FragmentTable},
    layer::{IpPayload, Layer, LayerError, ethertype},
    link,
    network::{self, IpHeader, Position},
    packet_sink::PacketSink,
    plain::{self, PlainFrame},
    sctp,
    transport::{self, TransportError},
    tunnel::{self, Tunnelled},
    undeliverable,
};
use crate::{
    capture::{Frame, LinkType},
    model::{AnomalyKind, AnomalyLog, FrameRef, Labels, NetworkId, Origin, Undeliverable},
};

/// Tunnels in tunnels followed. Networks nest three or four; the rest is margin for odd laboratories.
const TUNNEL_LIMIT: u8 = 32;
/// Headers of one frame read, tunnels and their fragments included: bounds the work a frame can cause.
const HEADER_LIMIT: u16 = 256;

/// Takes frames and gives out the innermost transport packets in them. IP checksums are not verified: capturing
/// hosts leave them to the network card.
#[derive(Debug, Default)]
pub struct Decapsulator {
    fragments: FragmentTable,
    log: NetLog,
}

/// What is known of the frame at hand on the way inwards.
#[derive(Clone, Copy, Debug)]
struct Context {
    at: FrameRef,
    /// The frame of the first fragment around what is at hand.
    first: FrameRef,
    /// The first frame to arrive of those that hold fragments of what is at hand.
    earliest: FrameRef,
    /// The frame holds fewer octets than it had.
    cut: bool,
    tunnels: u8,
    headers: u16,
    /// The labels passed, mixed into one number.
    labels: Labels,
    origin: Origin,
}

impl Context {
    /// Where the packet at hand was seen.
    const fn network(&self) -> NetworkId {
        NetworkId {
            labels: self.labels,
            origin: self.origin,
        }
    }

    /// Passes a header whose identifier tells networks with the same addresses apart.
    const fn enter(&mut self, kind: Encapsulation, identifier: u32) {
        self.labels = self.labels.inside(kind as u32, identifier);
    }
}

impl Decapsulator {
    /// A decapsulator that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// One with these limits.
    pub fn within(limits: Limits) -> Self {
        Self {
            fragments: FragmentTable::new(limits),
            log: NetLog::default(),
        }
    }

    /// Takes a frame and hands the transport packets in it to `sink`: none where it holds none for us or only a
    /// fragment, one mostly.
    #[inline]
    pub fn push(&mut self, frame: &Frame<'_>, mut sink: impl FnMut(Packet<'_>)) {
        self.push_to(frame, &mut sink);
    }

    /// The same for a sink that may be told the headers, too.
    #[inline]
    pub(crate) fn push_to<S: PacketSink>(&mut self, frame: &Frame<'_>, sink: &mut S) {
        if !S::WANTS_HEADERS
            && let Some(packet) = self.plain_packet(frame)
        {
            return sink.packet(packet);
        }
        self.push_other(frame, sink);
    }

    /// The packet of a plain frame, whose headers are [`plain::headers`]. Any other frame is left to
    /// [`push_to`](Self::push_to).
    #[inline]
    pub(crate) fn plain_packet<'a>(&mut self, frame: &Frame<'a>) -> Option<Packet<'a>> {
        let plain = self.plain(frame)?;
        Some(plain.packet(frame.at, frame.origin()))
    }

    /// Reads a frame that is plain and holds no tunnel, and counts it.
    #[inline]
    fn plain<'a>(&mut self, frame: &Frame<'a>) -> Option<PlainFrame<'a>> {
        if frame.link_type != LinkType::ETHERNET || frame.data.len() != frame.original_length as usize {
            return None;
        }
        let plain = plain::read(frame.data)?;
        let counters = &mut self.log.counters;
        match &plain.transport {
            Transport::Tcp(_) => counters.tcp += 1,
            Transport::Udp(datagram) if over_udp(datagram, 0).is_none() && !esp::is_in_udp(datagram) => {
                counters.udp += 1;
            }
            Transport::Udp(_) | Transport::Sctp(_) => return None,
        }
        counters.frames += 1;
        counters.ipv4 += 1;
        Some(plain)
    }

    /// Takes a frame header by header.
    fn push_other<S: PacketSink>(&mut self, frame: &Frame<'_>, sink: &mut S) {
        let cut = frame.data.len() < frame.original_length as usize;
        let context = Context {
            at: frame.at,
            first: frame.at,
            earliest: frame.at,
            cut,
            tunnels: 0,
            headers: 0,
            labels: Labels(0),
            origin: frame.origin(),
        };
        self.log.counters.frames += 1;
        if cut {
            self.note_cut(frame);
        }
        self.run(Layer::Frame(frame.link_type, frame.data), context, sink);
    }

    /// Gives up what is still incomplete at the end of the captures.
    pub fn finish(&mut self) {
        self.fragments.finish(&mut self.log);
    }

    /// What was seen so far.
    pub const fn counters(&self) -> &NetCounters {
        &self.log.counters
    }

    /// What was odd so far.
    pub const fn anomalies(&self) -> &AnomalyLog {
        &self.log.anomalies
    }

    #[cold]
    fn note_cut(&mut self, frame: &Frame<'_>) {
        self.log.counters.cut_frames += 1;
        self.log
            .anomalies
            .note(AnomalyKind::FrameCut, Some(frame.at), || {
                format!(
                    "{} of {} octets captured",
                    frame.data.len(),
                    frame.original_length
                )
            });
    }

    /// Follows the headers from `layer` inwards.
    fn run<S: PacketSink>(&mut self, mut layer: Layer<'_>, mut context: Context, sink: &mut S) {
        loop {
            context.headers += 1;
            if context.headers > HEADER_LIMIT || context.tunnels > TUNNEL_LIMIT {
                return self.too_deep(&context);
            }
            sink.header(&layer);
            match self.step(layer, &mut context, sink) {
                Ok(Some(next)) => layer = next,
                Ok(None) => return,
                Err(error) => return self.stop(error, layer, &context),
            }
        }
    }

    /// Reads one header. None where there is nothing more to follow.
    #[inline]
    fn step<'a, S: PacketSink>(
        &mut self,
        layer: Layer<'a>,
        context: &mut Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        match layer {
            Layer::Frame(LinkType::ETHERNET, octets) if self.is_bare_ip(octets, context) => {
                Ok(Some(Layer::Ip(octets)))
            }
            Layer::Frame(link_type, octets) => link::link(link_type, octets).map(Some),
            Layer::Ethernet(octets) => ethernet::ethernet(octets).map(Some),
            Layer::EtherType(ethertype::IPV4 | ethertype::IPV6, octets) | Layer::Ip(octets) => {
                self.ip(octets, context, sink)
            }
            Layer::IpPayload(payload) => self.ip_payload(payload, context, sink),
            Layer::EtherType(kind, octets) => self.ethertype(kind, octets, context),
            Layer::Llc(octets) => ethernet::llc(octets).map(Some),
            Layer::Ppp(octets) => self.ppp(octets),
        }
    }

    /// Whether a frame that should be Ethernet begins with an IP packet, as some drivers hand them out. The fast path
    /// has taken most Ethernet frames before.
    fn is_bare_ip(&mut self, octets: &[u8], context: &Context) -> bool {
        let is_bare = network::is_whole_ip(octets) && !ethernet::carries_known_type(octets);
        if is_bare {
            self.log
                .malformed(context.at, "an IP packet where the link type says Ethernet");
        }
        is_bare
    }

    fn ethertype<'a>(
        &mut self,
        kind: u16,
        octets: &'a [u8],
        context: &mut Context,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        match kind {
            ethertype::VLAN | ethertype::PROVIDER_BRIDGING | ethertype::OLD_QINQ | ethertype::OLDER_QINQ => {
                let (identifier, next) = ethernet::vlan(octets)?;
                self.log.encapsulation(Encapsulation::Vlan);
                // 0 is no VLAN: the tag has a priority only (IEEE 802.1Q section 6.9).
                if identifier != 0 {
                    context.enter(Encapsulation::Vlan, u32::from(identifier));
                }
                Ok(Some(next))
            }
            ethertype::MPLS | ethertype::MPLS_MULTICAST => {
                let (label, next) = ethernet::mpls(octets)?;
                self.log.encapsulation(Encapsulation::Mpls);
                context.enter(Encapsulation::Mpls, label);
                Ok(Some(next))
            }
            ethertype::PPPOE_SESSION => {
                self.log.encapsulation(Encapsulation::Pppoe);
                ethernet::pppoe(octets).map(Some)
            }
            ethertype::TRANSPARENT_BRIDGING => Ok(Some(Layer::Ethernet(octets))),
            ethertype::PPP => Ok(Some(Layer::Ppp(octets))),
            _ if network::is_sound_ipv4(octets) => {
                self.log
                    .malformed(context.at, "an Ethernet type that is not IPv4's before IPv4");
                Ok(Some(Layer::Ip(octets)))
            }
            kind => {
                *self.log.counters.other_ethertypes.entry(kind).or_default() += 1;
                Ok(None)
            }
        }
    }

    fn ppp<'a>(&mut self, octets: &'a [u8]) -> Result<Option<Layer<'a>>, LayerError> {
        let (protocol, next) = ethernet::ppp(octets)?;
        if next.is_none() {
            *self.log.counters.other_ppp_protocols.entry(protocol).or_default() += 1;
        }
        Ok(next)
    }

    #[inline]
    fn ip<'a, S: PacketSink>(
        &mut self,
        octets: &'a [u8],
        context: &mut Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let header = match octets.first().ok_or(LayerError::Short)? >> 4 {
            4 => {
                self.log.counters.ipv4 += 1;
                network::ipv4(octets)?
            }
            6 => {
                self.log.counters.ipv6 += 1;
                network::ipv6(octets)?
            }
            _ => return Err(LayerError::Malformed("IP version neither 4 nor 6")),
        };
        let IpHeader { payload, position } = header;
        if payload.missing > 0 && !context.cut {
            self.log.malformed(context.at, "IP length beyond the frame");
        }
        match position {
            None => Ok(Some(Layer::IpPayload(payload))),
            Some(position) => {
                self.fragment(payload, position, payload.protocol.0, context, sink);
                Ok(None)
            }
        }
    }

    #[inline]
    fn ip_payload<'a, S: PacketSink>(
        &mut self,
        payload: IpPayload<'a>,
        context: &mut Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        match payload.protocol {
            IpNumber::TCP => self.tcp(&payload, context, sink),
            IpNumber::UDP => self.udp(&payload, context, sink),
            IpNumber::SCTP => self.sctp(&payload, context, sink),
            IpNumber::IPV4 | IpNumber::IPV6 => {
                self.log.encapsulation(Encapsulation::IpInIp);
                context.tunnels += 1;
                Ok(Some(Layer::Ip(payload.data)))
            }
            IpNumber::GRE => self.gre(&payload, context),
            IpNumber::ENCAPSULATING_SECURITY_PAYLOAD => Ok(self.esp(payload, context)),
            IpNumber::MPLS_IN_IP => Ok(Some(Layer::EtherType(ethertype::MPLS, payload.data))),
            IpNumber::IPV6_FRAGMENTATION_HEADER => self.ipv6_fragment(payload, context, sink),
            IpNumber::IPV6_HEADER_HOP_BY_HOP
            | IpNumber::IPV6_ROUTE_HEADER
            | IpNumber::IPV6_DESTINATION_OPTIONS
            | IpNumber::AUTHENTICATION_HEADER
            | IpNumber::MOBILITY_HEADER
            | IpNumber::HIP
            | IpNumber::SHIM6 => network::extension(payload).map(|next| Some(Layer::IpPayload(next))),
            other => {
                let seen = self.log.counters.other_transports.entry(other.0);
                seen.or_default().note(context.at);
                if let Some(said) = undeliverable::read(&payload) {
                    sink.undeliverable(&Undeliverable {
                        at: context.at,
                        network: context.network(),
                        source: payload.source,
                        destination: payload.destination,
                        reason: said.reason,
                        packet: said.packet,
                        identifications: [payload.identification, said.identification],
                    });
                }
                Ok(None)
            }
        }
    }

    fn gre<'a>(
        &mut self,
        payload: &IpPayload<'a>,
        context: &mut Context,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let (tunnelled, is_erspan) = tunnel::gre(payload.data)?;
        let kind = if is_erspan {
            Encapsulation::Erspan
        } else {
            Encapsulation::Gre
        };
        Ok(Some(self.enter(kind, tunnelled, context)))
    }

    /// ESP whose payload is not encrypted; of any other nothing can be told.
    fn esp<'a>(&mut self, payload: IpPayload<'a>, context: &mut Context) -> Option<Layer<'a>> {
        let Some(inner) = esp::unencrypted(&payload) else {
            let seen = self.log.counters.other_transports.entry(payload.protocol.0);
            seen.or_default().note(context.at);
            return None;
        };
        self.log.encapsulation(Encapsulation::EspNull);
        context.tunnels += 1;
        Some(Layer::IpPayload(inner))
    }

    fn enter<'a>(
        &mut self,
        kind: Encapsulation,
        tunnelled: Tunnelled<'a>,
        context: &mut Context,
    ) -> Layer<'a> {
        self.log.encapsulation(kind);
        context.tunnels += 1;
        context.enter(kind, tunnelled.identifier);
        tunnelled.inner
    }

    #[inline]
    fn tcp<'a, S: PacketSink>(
        &mut self,
        payload: &IpPayload<'a>,
        context: &Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let parsed = transport::tcp(payload.data, payload.missing)?;
        self.log.counters.tcp += 1;
        sink.packet(packet(
            payload,
            context,
            Transport::Tcp(parsed.value),
            parsed.missing,
        ));
        Ok(None)
    }

    #[inline]
    fn udp<'a, S: PacketSink>(
        &mut self,
        payload: &IpPayload<'a>,
        context: &mut Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let parsed = transport::udp(payload.data, payload.missing)?;
        if let Some((kind, tunnelled)) = over_udp(&parsed.value, parsed.missing) {
            if kind == Encapsulation::Gtpu {
                self.log.encapsulation(kind);
                context.tunnels += 1;
                let (receiver, identifier) = (payload.destination, tunnelled.identifier);
                context.labels = context.labels.in_gtpu(receiver, identifier);
                return Ok(Some(tunnelled.inner));
            }
            return Ok(Some(self.enter(kind, tunnelled, context)));
        }
        if esp::is_in_udp(&parsed.value) {
            let carried = IpPayload {
                protocol: IpNumber::ENCAPSULATING_SECURITY_PAYLOAD,
                data: parsed.value.payload,
                missing: parsed.missing,
                ..*payload
            };
            // Where only one port says so and nothing in it does, it may be a port that a phone was given.
            if esp::unencrypted(&carried).is_some() || esp::is_between_its_ports(&parsed.value) {
                return Ok(self.esp(carried, context));
            }
        }
        if let Some(odd) = parsed.odd {
            self.log.malformed(context.at, odd);
        }
        self.log.counters.udp += 1;
        sink.packet(packet(
            payload,
            context,
            Transport::Udp(parsed.value),
            parsed.missing,
        ));
        Ok(None)
    }

    fn sctp<'a, S: PacketSink>(
        &mut self,
        payload: &IpPayload<'a>,
        context: &Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let parsed = sctp::sctp(payload.data, payload.missing)?;
        self.log.counters.sctp += 1;
        sink.packet(packet(
            payload,
            context,
            Transport::Sctp(parsed.value),
            parsed.missing,
        ));
        Ok(None)
    }

    /// A fragment header; one that announces a single fragment (RFC 6946) is passed over.
    fn ipv6_fragment<'a, S: PacketSink>(
        &mut self,
        payload: IpPayload<'a>,
        context: &mut Context,
        sink: &mut S,
    ) -> Result<Option<Layer<'a>>, LayerError> {
        let (payload, position) = network::fragment_header(payload)?;
        if position.offset == 0 && !position.more {
            return Ok(Some(Layer::IpPayload(payload)));
        }
        self.fragment(payload, position, 0, context, sink);
        Ok(None)
    }

    /// Keeps a fragment; the datagram it completes is followed further.
    fn fragment<S: PacketSink>(
        &mut self,
        payload: IpPayload<'_>,
        position: Position,
        key_protocol: u8,
        context: &Context,
        sink: &mut S,
    ) {
        let fragment = Fragment {
            key: FragmentKey {
                source: payload.source,
                destination: payload.destination,
                protocol: key_protocol,
                identification: payload.identification.unwrap_or(0),
                labels: context.labels.0.into(),
            },
            offset: position.offset,
            more: position.more,
            data: payload.data,
            missing: payload.missing,
            next_protocol: payload.protocol,
            at: context.at,
            first: context.first,
            earliest: context.earliest,
        };
        let Some(whole) = self.fragments.insert(&fragment, &mut self.log) else {
            return;
        };
        let context = Context {
            first: whole.first,
            earliest: whole.earliest,
            cut: whole.missing > 0,
            ..*context
        };
        let payload = IpPayload {
            protocol: whole.next_protocol,
            data: &whole.data,
            missing: whole.missing,
            ..payload
        };
        self.run(Layer::IpPayload(payload), context, sink);
    }

    #[cold]
    fn too_deep(&mut self, context: &Context) {
        self.log
            .anomalies
            .note(AnomalyKind::TunnelTooDeep, Some(context.at), || {
                format!("more than {TUNNEL_LIMIT} tunnels or {HEADER_LIMIT} headers")
            });
    }

    /// Notes why the headers lead no further.
    #[cold]
    fn stop(&mut self, error: LayerError, layer: Layer<'_>, context: &Context) {
        match (error, layer) {
            (LayerError::Short, _) if context.cut => self.log.counters.cut_headers += 1,
            (LayerError::Short, _) => self.log.malformed(context.at, "frame ends inside a header"),
            (LayerError::Malformed(what), _) => self.log.malformed(context.at, what),
            (LayerError::Unsupported, Layer::Frame(link_type, _)) => {
                let seen = self.log.counters.unsupported_link_types.entry(link_type);
                seen.or_default().note(context.at);
                self.log
                    .anomalies
                    .note(AnomalyKind::UnsupportedLinkType, Some(context.at), || {
                        link_type.to_string()
                    });
            }
            (LayerError::Unsupported | LayerError::NoIp, _) => self.log.counters.no_ip += 1,
        }
    }
}

impl From<TransportError> for LayerError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Short => Self::Short,
            TransportError::Malformed(what) => Self::Malformed(what),
        }
    }
}

fn packet<'a>(
    payload: &IpPayload<'a>,
    context: &Context,
    transport: Transport<'a>,
    missing: u32,
) -> Packet<'a> {
    Packet {
        at: context.at,
        first: context.first,
        earliest: context.earliest,
        network: context.network(),
        source: payload.source,
        destination: payload.destination,
        identification: payload.identification,
        transport,
        missing,
    }
}

/// The tunnel that a UDP datagram is, if it is one.
#[inline]
fn over_udp<'a>(datagram: &UdpDatagram<'a>, missing: u32) -> Option<(Encapsulation, Tunnelled<'a>)> {
    let (kind, tunnelled) = match (datagram.destination_port, datagram.source_port) {
        (tunnel::GTPU_PORT, _) | (_, tunnel::GTPU_PORT) => {
            (Encapsulation::Gtpu, tunnel::gtpu(datagram.payload, missing))
        }
        (tunnel::VXLAN_PORT | tunnel::LINUX_VXLAN_PORT | tunnel::VXLAN_GPE_PORT, _) => {
            (Encapsulation::Vxlan, tunnel::vxlan(datagram.payload))
        }
        (tunnel::L2TP_PORT, _) | (_, tunnel::L2TP_PORT) => {
            (Encapsulation::L2tp, tunnel::l2tp(datagram.payload))
        }
        (tunnel::GENEVE_PORT, _) => (Encapsulation::Geneve, tunnel::geneve(datagram.payload)),
        _ => return None,
    };
    tunnelled.map(|tunnelled| (kind, tunnelled))
}
