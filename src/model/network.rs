//! Which network something was seen in. An address means one host only within its network.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Where a packet or connection was seen: the labels around it, and the interface and file that captured it.
///
/// Labels are what networks tell their packets apart by: VLAN tags, MPLS labels, VXLAN and Geneve network identifiers, GRE
/// keys, GTP-U and L2TP tunnels. That two ids differ does not mean that the networks do: one network has many labels
/// (a tunnel for each phone, another VLAN each way) and may be captured in several files. Whoever compares addresses asks
/// [`Networks::same`], which knows the ids between which equal addresses were seen to mean different hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId {
    /// The labels.
    pub labels: Labels,
    /// Who captured it.
    pub origin: Origin,
}

/// The labels around a packet, outermost to innermost, mixed into one number; 0 for none. The same in every run. By
/// chance two different paths may share a number, and then count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(pub u32);

impl Labels {
    /// What stands for GTP-U among the kinds of labels.
    pub const GTPU: u32 = 0x0067_7470;

    /// The labels inside of one more: of a kind, with an identifier.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both halves are mixed into the lower one"
    )]
    pub const fn inside(self, kind: u32, identifier: u32) -> Self {
        let mixed = (self.0 as u64) ^ ((kind as u64) << 32 | identifier as u64).wrapping_add(1);
        let mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        Self((mixed ^ mixed >> 32) as u32)
    }

    /// The labels in a tunnel of GTP-U. Its receiver gives out the identifier: another node may have given out the same.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "all bits of an address are mixed into the lower ones"
    )]
    pub const fn in_gtpu(self, receiver: IpAddr, identifier: u32) -> Self {
        let receiver = match receiver {
            IpAddr::V4(v4) => v4.to_bits(),
            IpAddr::V6(v6) => {
                let bits = v6.to_bits();
                let halves = (bits ^ bits >> 64) as u64;
                (halves ^ halves >> 32) as u32
            }
        };
        self.inside(Self::GTPU, receiver).inside(Self::GTPU, identifier)
    }
}

/// A file and an interface in it, and one more, so that a side of which no packet was seen takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(NonZeroU32);

impl Origin {
    /// An interface of a capture. The numbers wrap at 65 536, where two origins count as one.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "so many captures or interfaces in one run are not told apart"
    )]
    pub const fn new(capture: super::CaptureIndex, interface: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add((capture.0 as u16 as u32) << 16 | interface as u16 as u32))
    }

    /// The capture.
    pub const fn capture(self) -> super::CaptureIndex {
        super::CaptureIndex(self.number() >> u16::BITS)
    }

    /// Both numbers, the capture's in the upper half.
    const fn number(self) -> u32 {
        self.0.get() - 1
    }

    /// The interface.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the interface")]
    pub const fn interface(self) -> InterfaceIndex {
        InterfaceIndex(self.number() as u16)
    }

    /// Whether it is an interface of this capture.
    pub fn is_of(self, capture: super::CaptureIndex) -> bool {
        self.capture() == Self::new(capture, 0).capture()
    }
}

/// The interface that captured something, by its number in its section (pcapng); 0 where a file has no interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceIndex(pub u16);

/// The first interface of the first capture.
impl Default for Origin {
    fn default() -> Self {
        Self::new(super::CaptureIndex(0), 0)
    }
}

/// One of the things that tell networks apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkMark {
    /// Labels.
    Labels(Labels),
    /// An interface of a file.
    Origin(Origin),
}

/// What was concluded of a mark: everything with it, seen before or after, is of this network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkConclusion {
    /// The mark.
    pub mark: NetworkMark,
    /// The number of its network among marks of its kind. Marks of which nothing was concluded are of network 0. A later
    /// conclusion about a mark replaces an earlier one.
    pub network: u32,
}

/// What was concluded of networks so far. Copies share it until something more is concluded.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    concluded: Arc<BTreeMap<NetworkMark, u32>>,
}

impl Networks {
    /// Takes a conclusion.
    pub fn learn(&mut self, conclusion: NetworkConclusion) {
        let concluded = Arc::make_mut(&mut self.concluded);
        if conclusion.network == 0 {
            concluded.remove(&conclusion.mark);
        } else {
            concluded.insert(conclusion.mark, conclusion.network);
        }
    }

    /// The network that an id stands for, as far as is known by now.
    #[inline]
    pub fn of(&self, id: NetworkId) -> Network {
        // Nothing is concluded of most captures, and this is asked for every packet of some protocols.
        if self.concluded.is_empty() {
            return Network::default();
        }
        let of = |mark| self.concluded.get(&mark).copied().unwrap_or(0);
        Network {
            by_labels: of(NetworkMark::Labels(id.labels)),
            by_origin: of(NetworkMark::Origin(id.origin)),
        }
    }

    /// The host that an address seen with these labels, by this interface, stands for, as far as is known by now.
    pub fn host(&self, id: NetworkId, address: IpAddr) -> Host {
        Host {
            network: self.of(id),
            address,
        }
    }

    /// Whether equal addresses in both mean one host, as far as is known by now.
    pub fn same(&self, one: NetworkId, other: NetworkId) -> bool {
        one == other || self.of(one) == self.of(other)
    }
}

/// A network as concluded by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    by_labels: u32,
    by_origin: u32,
}

/// An address within its network, as concluded by now: equal ones are one host, or one phone at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// The network.
    pub network: Network,
    /// The address.
    pub address: IpAddr,
}

impl Host {
    /// Its address, where that is of version 4 and nothing was concluded of its network.
    pub fn plain_v4(self) -> Option<u32> {
        match self.address {
            IpAddr::V4(address) if self.network == Network::default() => Some(address.to_bits()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CaptureIndex;

    #[test]
    fn ids_are_one_network_until_something_is_concluded() {
        let id = |labels, capture| NetworkId {
            labels: Labels(labels),
            origin: Origin::new(CaptureIndex(capture), 0),
        };
        let mut networks = Networks::default();
        assert!(networks.same(id(1, 0), id(2, 1)));
        let conclude = |mark, network| NetworkConclusion { mark, network };
        networks.learn(conclude(NetworkMark::Labels(Labels(2)), 1));
        assert!(!networks.same(id(1, 0), id(2, 0)));
        assert!(networks.same(id(2, 0), id(2, 1)) && networks.same(id(1, 0), id(3, 1)));
        networks.learn(conclude(NetworkMark::Labels(Labels(2)), 0));
        networks.learn(conclude(NetworkMark::Origin(id(0, 1).origin), 1));
        assert!(networks.same(id(1, 0), id(2, 0)) && !networks.same(id(1, 0), id(1, 1)));
    }
}
