//! What was seen on the way from frames to packets, for the question "why do I see no messages".

use std::collections::BTreeMap;

use crate::{
    capture::LinkType,
    model::{AnomalyKind, AnomalyLog, FrameRef},
};

macro_rules! encapsulations {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A header between link layer and innermost network layer. The names are part of the output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Encapsulation {
            $($(#[$doc])* $variant,)+
        }

        impl Encapsulation {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The kind's name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

encapsulations! {
    /// IEEE 802.1Q or 802.1ad tag.
    Vlan = "vlan",
    /// MPLS label.
    Mpls = "mpls",
    /// PPP over Ethernet session.
    Pppoe = "pppoe",
    /// Generic routing encapsulation.
    Gre = "gre",
    /// Switched port analyzer over GRE.
    Erspan = "erspan",
    /// IPv4 or IPv6 directly in IPv4 or IPv6.
    IpInIp = "ip_in_ip",
    /// GPRS tunnelling protocol, user plane.
    Gtpu = "gtpu",
    /// Layer 2 tunnelling protocol, version 2.
    L2tp = "l2tp",
    /// Virtual extensible LAN.
    Vxlan = "vxlan",
    /// Generic network virtualization encapsulation.
    Geneve = "geneve",
    /// IP encapsulating security payload without encryption.
    EspNull = "esp_null",
}

/// How often something was seen, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: Option<FrameRef>,
}

impl Sighting {
    pub(super) fn note(&mut self, at: FrameRef) {
        self.count += 1;
        self.first.get_or_insert(at);
    }
}

/// Counts of what the frames held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetCounters {
    /// Frames taken.
    pub frames: u64,
    /// Frames that hold fewer octets than they had on the wire.
    pub cut_frames: u64,
    /// Headers that the end of a cut frame fell into; nothing behind them was seen.
    pub cut_headers: u64,
    /// Headers that contradict themselves or their length.
    pub malformed: u64,
    /// IPv4 headers, tunnels' included.
    pub ipv4: u64,
    /// IPv6 headers, tunnels' included.
    pub ipv6: u64,
    /// TCP segments given out.
    pub tcp: u64,
    /// UDP datagrams given out.
    pub udp: u64,
    /// SCTP packets given out.
    pub sctp: u64,
    /// Packets of other transports, by IP protocol number.
    pub other_transports: BTreeMap<u8, Sighting>,
    /// Frames of link types that are not decoded.
    pub unsupported_link_types: BTreeMap<LinkType, Sighting>,
    /// Frames whose link layer says that they hold no IP.
    pub no_ip: u64,
    /// Payloads of Ethernet types that hold no IP for us.
    pub other_ethertypes: BTreeMap<u16, u64>,
    /// Payloads of PPP protocols that hold no IP for us.
    pub other_ppp_protocols: BTreeMap<u16, u64>,
    /// Headers by kind of encapsulation.
    pub encapsulations: EncapsulationCounts,
    /// IP fragments.
    pub fragments: u64,
    /// Fragments that were there already, octet for octet.
    pub duplicate_fragments: u64,
    /// Datagrams put together from fragments.
    pub reassembled: u64,
    /// Datagrams given up because fragments were missing.
    pub incomplete: u64,
}

/// How many headers of each kind of encapsulation were passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncapsulationCounts([u64; Encapsulation::ALL.len()]);

impl EncapsulationCounts {
    fn add(&mut self, kind: Encapsulation) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// How many of one kind.
    pub fn get(&self, kind: Encapsulation) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or(0)
    }

    /// The kinds that occurred, in the order of [`Encapsulation`].
    pub fn iter(&self) -> impl Iterator<Item = (Encapsulation, u64)> {
        Encapsulation::ALL
            .iter()
            .map(|kind| (*kind, self.get(*kind)))
            .filter(|(_, count)| *count > 0)
    }
}

/// Counters and anomalies together, as the parsers note them.
#[derive(Debug, Default)]
pub(super) struct NetLog {
    pub(super) counters: NetCounters,
    pub(super) anomalies: AnomalyLog,
}

impl NetLog {
    /// A header that contradicts itself.
    pub(super) fn malformed(&mut self, at: FrameRef, what: &'static str) {
        self.counters.malformed += 1;
        self.anomalies
            .note(AnomalyKind::MalformedPacket, Some(at), || what.to_owned());
    }

    pub(super) fn encapsulation(&mut self, kind: Encapsulation) {
        self.counters.encapsulations.add(kind);
    }
}
