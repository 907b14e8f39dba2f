//! The two families of capture files.

use std::fmt;

use super::{pcap::PcapFile, pcapng::PcapngFile};

/// A capture file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFormat {
    /// Classic pcap, all variants.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl CaptureFormat {
    /// The format of a file that begins with these octets.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        if PcapFile::recognises(first) {
            Some(Self::Pcap)
        } else if PcapngFile::recognises(first) {
            Some(Self::Pcapng)
        } else {
            None
        }
    }
}

impl fmt::Display for CaptureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        })
    }
}
