//! Versions of TLS and its kin.

/// A protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
    /// DTLS.
    Dtls,
    /// QUIC version 1.
    Quic1,
    /// QUIC version 2.
    Quic2,
    /// QUIC of another version.
    Quic,
}

impl Version {
    /// That of ProtocolVersion on the wire; none where it is no version that was ever given out.
    pub(super) const fn of(number: u16) -> Option<Self> {
        match number {
            0x0300 => Some(Self::Ssl3),
            0x0301 => Some(Self::Tls10),
            0x0302 => Some(Self::Tls11),
            0x0303 => Some(Self::Tls12),
            0x0304 => Some(Self::Tls13),
            _ => None,
        }
    }

    /// The name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "ssl3",
            Self::Tls10 => "1.0",
            Self::Tls11 => "1.1",
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
            Self::Dtls => "dtls",
            Self::Quic1 => "quic-1",
            Self::Quic2 => "quic-2",
            Self::Quic => "quic",
        }
    }

    /// Whether records of it are read.
    pub(super) const fn is_read(self) -> bool {
        matches!(self, Self::Tls10 | Self::Tls11 | Self::Tls12 | Self::Tls13)
    }
}
