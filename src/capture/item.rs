//! What a pcapng capture holds beside packets: secrets for decryption, names of addresses, comments, counts of dropped
//! packets (draft-ietf-opsawg-pcapng 3.5, 4.3, 4.5, 4.6, 4.7).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pcap_parser::{Block, NameRecord, NameRecordType, OptionCode, PcapNGOption};

use crate::model::{CaptureIndex, FrameNumber};

/// Octets of items that wait between two packets of one capture; what lies beyond is passed over.
const WAITING_OCTETS: usize = 32 * 1024 * 1024;
/// Counters of dropped packets remembered in one capture: two for each of some hundred interfaces. What a further one
/// says is taken for new each time.
const DROP_COUNTERS: usize = 256;
/// epb_dropcount: packets dropped between this one and the one before it on its interface.
const EPB_DROPCOUNT: OptionCode = OptionCode(4);

/// Something beside packets, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureItem {
    /// The capture that holds it.
    pub capture: CaptureIndex,
    /// The packet that a comment is about, else the last packet before the item; none before the first.
    pub frame: Option<FrameNumber>,
    /// What it says.
    pub content: ItemContent,
}

/// What an item says. Texts and octets are as untrusted as packets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemContent {
    /// Secrets to decrypt what follows in the section.
    Secrets {
        /// What kind of secrets they are.
        kind: SecretsType,
        /// The secrets in the form of their kind; of TLS a key log.
        octets: Vec<u8>,
    },
    /// Names of an address.
    Names {
        /// The address.
        address: IpAddr,
        /// Its names, at least one.
        names: Vec<String>,
    },
    /// A comment by whoever captured or looked at it.
    Comment {
        /// What it is about.
        about: CommentSubject,
        /// The comment.
        text: String,
    },
    /// The capture counts packets as dropped that it did not take.
    Dropped {
        /// Whether they are missing right before the packet that follows; else somewhere since the same counter was
        /// told last, or since the beginning.
        here: bool,
    },
}

/// What kind of secrets a block holds, by its number (draft-ietf-opsawg-pcapng 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretsType(pub u32);

impl SecretsType {
    /// A TLS key log in the format of NSS.
    pub const TLS_KEY_LOG: Self = Self(0x544c_534b);
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentSubject {
    /// The section, which mostly is the file.
    Section,
    /// An interface.
    Interface,
    /// A packet.
    Packet,
}

/// The items of one capture that were read and not taken yet.
#[derive(Debug, Default)]
pub(super) struct Items {
    waiting: Vec<(FrameNumber, ItemContent)>,
    octets: usize,
    /// What counters of dropped packets said last, by interface and option, as it lies there.
    dropped: BTreeMap<(u32, u16), Vec<u8>>,
}

impl Items {
    /// Moves what waits behind `taken`.
    #[inline]
    pub(super) fn take(&mut self, capture: CaptureIndex, taken: &mut Vec<CaptureItem>) {
        if !self.waiting.is_empty() {
            let waiting = self.waiting.drain(..);
            taken.extend(waiting.map(|(frame, content)| CaptureItem {
                capture,
                frame: (frame.0 > 0).then_some(frame),
                content,
            }));
            self.octets = 0;
        }
    }

    /// Notes what a block holds. `frame` is the last packet that was counted.
    pub(super) fn read(&mut self, block: &Block<'_>, frame: FrameNumber) {
        match block {
            Block::SectionHeader(header) => self.comments(&header.options, CommentSubject::Section, frame),
            Block::InterfaceDescription(interface) => {
                self.comments(&interface.options, CommentSubject::Interface, frame);
            }
            // The packet is counted once its block was read.
            Block::EnhancedPacket(packet) => {
                let frame = FrameNumber(frame.0.saturating_add(1));
                self.comments(&packet.options, CommentSubject::Packet, frame);
                let mut counts = packet
                    .options
                    .iter()
                    .filter(|option| option.code == EPB_DROPCOUNT);
                if counts.any(|count| counted(count).is_some()) {
                    self.add(frame, ItemContent::Dropped { here: true });
                }
            }
            Block::InterfaceStatistics(statistics) => {
                let counters = [OptionCode::IsbIfDrop, OptionCode::IsbOsDrop];
                let counts = statistics
                    .options
                    .iter()
                    .filter(|option| counters.contains(&option.code));
                for count in counts {
                    if self.has_grown((statistics.if_id, count.code.0), count) {
                        self.add(frame, ItemContent::Dropped { here: false });
                    }
                }
            }
            Block::NameResolution(resolution) => {
                let names = resolution.nr.iter().filter_map(names);
                names.for_each(|names| self.add(frame, names));
            }
            Block::DecryptionSecrets(secrets) => {
                let length = secrets.secrets_len as usize;
                let octets = secrets.data.get(..length).unwrap_or(secrets.data).to_vec();
                let kind = SecretsType(secrets.secrets_type.0);
                self.add(frame, ItemContent::Secrets { kind, octets });
            }
            _ => {}
        }
    }

    fn comments(&mut self, options: &[PcapNGOption<'_>], about: CommentSubject, frame: FrameNumber) {
        for comment in options.iter().filter(|option| option.code == OptionCode::Comment) {
            let text = String::from_utf8_lossy(comment.as_bytes().unwrap_or_default()).into_owned();
            self.add(frame, ItemContent::Comment { about, text });
        }
    }

    /// Whether a counter of dropped packets says something else than it said last.
    fn has_grown(&mut self, counter: (u32, u16), count: &PcapNGOption<'_>) -> bool {
        let Some(count) = counted(count) else { return false };
        let known = self.dropped.get(&counter).is_some_and(|last| last == count);
        if !known && (self.dropped.len() < DROP_COUNTERS || self.dropped.contains_key(&counter)) {
            self.dropped.insert(counter, count.to_vec());
        }
        !known
    }

    fn add(&mut self, frame: FrameNumber, content: ItemContent) {
        self.octets = self.octets.saturating_add(content.octets());
        if self.octets <= WAITING_OCTETS {
            self.waiting.push((frame, content));
        }
    }
}

impl ItemContent {
    /// What it takes in memory, about.
    fn octets(&self) -> usize {
        let held = match self {
            Self::Secrets { octets, .. } => octets.len(),
            Self::Names { names, .. } => names.iter().map(|name| size_of::<String>() + name.len()).sum(),
            Self::Comment { text, .. } => text.len(),
            Self::Dropped { .. } => 0,
        };
        held.saturating_add(size_of::<CaptureItem>())
    }
}

/// A counter of 64 bits that is not zero, as it lies there.
fn counted<'a>(option: &'a PcapNGOption<'_>) -> Option<&'a [u8]> {
    let count = option.as_bytes().ok()?;
    (count.len() == 8 && count.iter().any(|octet| *octet != 0)).then_some(count)
}

/// An address and its names, each ended by a zero octet (draft-ietf-opsawg-pcapng 4.5).
fn names(record: &NameRecord<'_>) -> Option<ItemContent> {
    let value = record.record_value;
    let (address, names) = match record.record_type {
        NameRecordType::Ipv4 => {
            let (address, names) = value.split_first_chunk::<4>()?;
            (IpAddr::V4(Ipv4Addr::from(*address)), names)
        }
        NameRecordType::Ipv6 => {
            let (address, names) = value.split_first_chunk::<16>()?;
            (IpAddr::V6(Ipv6Addr::from(*address)), names)
        }
        _ => return None,
    };
    let names = names.split(|octet| *octet == 0).filter(|name| !name.is_empty());
    let names: Vec<String> = names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    (!names.is_empty()).then_some(ItemContent::Names { address, names })
}
