//! The layers of a frame up to its transport header, as the decapsulator comes by them.

use std::net::IpAddr;

use super::link;
use super::network;
use super::queue::{Carried, Pending};
use super::streams::{TcpStreams, UdpStreams};
use super::transport::{self, TcpHeader};
use super::wanted::Wanted;
use super::writer::{Place, Writer};
use crate::capture::LinkType;
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;
use crate::model::{FrameRef, Timestamp};
use crate::net::{IpPayload, Layer, ethertype, plain_headers};

/// What is known of connections below their messages.
#[derive(Debug)]
pub(super) struct Connections {
    tcp: TcpStreams,
    udp: UdpStreams,
    /// Whether somebody asks for what only the state of a TCP connection tells.
    wants_tcp: bool,
    wants_udp: bool,
}

impl Connections {
    /// Whether fields are asked for that only all packets of a connection tell.
    pub(super) fn follow_packets(&self) -> bool {
        self.wants_tcp || self.wants_udp
    }

    /// Of at most so many connections.
    pub(super) fn new(wanted: &Wanted, most: usize) -> Self {
        const TOLD_BY_STATE: [FieldId; 10] = [
            FieldId::TCP_STREAM,
            FieldId::TCP_SEQ,
            FieldId::TCP_NXTSEQ,
            FieldId::TCP_ACK,
            FieldId::TCP_WINDOW_SIZE,
            FieldId::TCP_TIME_RELATIVE,
            FieldId::TCP_TIME_DELTA,
            FieldId::TCP_ANALYSIS_RETRANSMISSION,
            FieldId::TCP_ANALYSIS_OUT_OF_ORDER,
            FieldId::TCP_ANALYSIS_LOST_SEGMENT,
        ];
        Self {
            tcp: TcpStreams::new(most),
            udp: UdpStreams::new(most),
            wants_tcp: TOLD_BY_STATE.iter().any(|field| wanted.has(*field)),
            wants_udp: wanted.has(FieldId::UDP_STREAM),
        }
    }
}

/// The octets that are being read: those of the frame, or of a datagram put together.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    address: usize,
    length: usize,
}

impl Buffer {
    fn of(octets: &[u8]) -> Self {
        Self {
            address: octets.as_ptr().addr(),
            length: octets.len(),
        }
    }

    /// Where octets begin in it.
    fn offset(&self, octets: &[u8]) -> Option<usize> {
        let offset = octets.as_ptr().addr().checked_sub(self.address)?;
        (offset.checked_add(octets.len())? <= self.length).then_some(offset)
    }
}

/// Writes the layers of one frame.
pub(super) struct Headers<'a> {
    pub(super) wanted: &'a Wanted,
    connections: &'a mut Connections,
    pending: &'a mut Pending,
    now: Timestamp,
    buffer: Buffer,
    top: LayerIndex,
    put_off: Option<PutOff<'a>>,
}

/// A plain frame whose headers are written only if somebody asks for them.
#[derive(Clone, Copy, Debug)]
struct PutOff<'a> {
    frame: &'a [u8],
    /// How many octets its transport layer carries.
    carried: usize,
}

impl<'a> Headers<'a> {
    /// The layers of a frame with these octets, above the layer `top`.
    pub(super) fn new(
        wanted: &'a Wanted,
        connections: &'a mut Connections,
        pending: &'a mut Pending,
        octets: &[u8],
        top: LayerIndex,
    ) -> Self {
        Self {
            now: pending.frame.at().time,
            wanted,
            connections,
            pending,
            buffer: Buffer::of(octets),
            top,
            put_off: None,
        }
    }

    /// The headers of a plain frame are to be written once somebody asks for the frame. So many octets lie behind them.
    pub(super) fn put_off(&mut self, frame: &'a [u8], carried: usize) {
        self.put_off = Some(PutOff { frame, carried });
    }

    /// Which frame it is.
    pub(super) fn at(&self) -> FrameRef {
        self.pending.frame.at()
    }

    /// How many octets the transport layer carries.
    pub(super) fn carried_octets(&self) -> Option<usize> {
        let put_off = self.put_off.map(|put_off| put_off.carried);
        put_off.or_else(|| self.pending.carried.map(|carried| carried.length))
    }

    /// The frame, with its headers.
    pub(super) fn pending(&mut self) -> &mut Pending {
        if let Some(PutOff { frame, .. }) = self.put_off.take() {
            let headers = plain_headers(frame);
            headers.iter().flatten().for_each(|header| self.take(header));
        }
        self.pending
    }

    fn place(&mut self, octets: &[u8]) -> Place {
        let offset = self.buffer.offset(octets).unwrap_or_else(|| {
            self.buffer = Buffer::of(octets);
            0
        });
        Place {
            below: Some(self.top),
            base: u32::try_from(offset).unwrap_or(u32::MAX),
            end: u32::try_from(self.buffer.length).unwrap_or(u32::MAX),
        }
    }

    /// Takes the next header.
    pub(super) fn take(&mut self, layer: &Layer<'_>) {
        let wanted = self.wanted;
        match layer {
            Layer::Ethernet(octets) => self.below(octets, link::ethernet),
            Layer::Frame(LinkType(113), octets) => self.below(octets, link::linux_cooked),
            Layer::Frame(LinkType(276), octets) => self.below(octets, link::linux_cooked_2),
            Layer::EtherType(ethertype::VLAN | ethertype::OLD_QINQ, octets) => self.below(octets, link::vlan),
            Layer::EtherType(ethertype::IPV4 | ethertype::IPV6, octets) | Layer::Ip(octets) => {
                let ip = |octets: &[u8], place, writer: &mut Writer<'_>| {
                    network::ip(octets, place, writer).map(|header| header.layer)
                };
                self.below(octets, ip);
            }
            Layer::IpPayload(payload) => self.ip_payload(payload, wanted),
            Layer::Frame(..) | Layer::EtherType(..) | Layer::Llc(_) | Layer::Ppp(_) => {}
        }
    }

    /// A layer of which nothing more is to be known.
    fn below(
        &mut self,
        octets: &[u8],
        write: impl FnOnce(&[u8], Place, &mut Writer<'_>) -> Option<LayerIndex>,
    ) {
        let place = self.place(octets);
        let mut writer = Writer {
            frame: &mut self.pending.frame,
            wanted: self.wanted,
        };
        if let Some(layer) = write(octets, place, &mut writer) {
            self.top = layer;
        }
    }

    fn ip_payload(&mut self, payload: &IpPayload<'_>, wanted: &Wanted) {
        const ICMP: u8 = 1;
        const TCP: u8 = 6;
        const UDP: u8 = 17;
        const SCTP: u8 = 132;
        let place = self.place(payload.data);
        let ends = [payload.source, payload.destination];
        let mut writer = Writer {
            frame: &mut self.pending.frame,
            wanted,
        };
        let missing = usize::try_from(payload.missing).unwrap_or(usize::MAX);
        let header = match payload.protocol.0 {
            TCP => tcp(
                payload.data,
                missing,
                ends,
                self.now,
                self.connections,
                place,
                &mut writer,
            ),
            UDP => udp(payload.data, ends, self.connections, place, &mut writer),
            SCTP => transport::sctp(payload.data, place, &mut writer),
            ICMP => {
                if let Some((layer, quoted)) = network::icmp(payload.data, place, &mut writer) {
                    self.top = layer;
                    if let Some(quoted) = quoted {
                        let place = place.behind(payload.data.len() - quoted.len()).above(layer);
                        super::quoted::packet(quoted, place, &mut writer);
                    }
                }
                return;
            }
            _ => return,
        };
        let Some(header) = header else { return };
        self.top = header.layer;
        let carried = payload.data.get(header.length..).unwrap_or_default();
        let place = place.behind(header.length).above(header.layer);
        self.pending.carried = Some(Carried {
            place,
            length: carried.len(),
        });
        if payload.protocol.0 == UDP && header.ports.contains(&transport::GTPU_PORT) {
            let mut writer = Writer {
                frame: &mut self.pending.frame,
                wanted,
            };
            if let Some(layer) = transport::gtp(carried, place, &mut writer) {
                self.top = layer;
            }
        }
    }
}

fn tcp(
    octets: &[u8],
    missing: usize,
    ends: [IpAddr; 2],
    now: Timestamp,
    connections: &mut Connections,
    place: Place,
    writer: &mut Writer<'_>,
) -> Option<transport::Header> {
    let header = TcpHeader::read(octets, missing)?;
    let facts = connections
        .wants_tcp
        .then(|| connections.tcp.take(ends, &header.segment(), now));
    Some(header.write(facts.as_ref(), place, writer))
}

fn udp(
    octets: &[u8],
    ends: [IpAddr; 2],
    connections: &mut Connections,
    place: Place,
    writer: &mut Writer<'_>,
) -> Option<transport::Header> {
    let Connections { udp, wants_udp, .. } = connections;
    let stream = |ports| wants_udp.then(|| udp.number(ends, ports));
    transport::udp(octets, stream, place, writer)
}
