//! Records as they lie on the wire (RFC 8446 section 5.1, RFC 5246 section 6.2).

/// Octets of a record's head.
pub(super) const HEAD_OCTETS: usize = 5;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentType {
    ChangeCipherSpec,
    Alert,
    Handshake,
    ApplicationData,
    /// RFC 6520.
    Heartbeat,
}

impl ContentType {
    pub(super) const fn of(octet: u8) -> Option<Self> {
        match octet {
            20 => Some(Self::ChangeCipherSpec),
            21 => Some(Self::Alert),
            22 => Some(Self::Handshake),
            23 => Some(Self::ApplicationData),
            24 => Some(Self::Heartbeat),
            _ => None,
        }
    }

    pub(super) const fn octet(self) -> u8 {
        match self {
            Self::ChangeCipherSpec => 20,
            Self::Alert => 21,
            Self::Handshake => 22,
            Self::ApplicationData => 23,
            Self::Heartbeat => 24,
        }
    }
}

/// The head of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: ContentType,
    /// As on the wire: in TLS 1.3 that of 1.2.
    pub(super) version: [u8; 2],
    /// Octets behind the head.
    pub(super) length: u16,
}

impl Head {
    /// Reads the first octets of a record of at most `most` octets; none where they are no head.
    pub(super) fn read(octets: &[u8], most: usize) -> Option<Self> {
        let [kind, major @ 3, minor @ 0..=4, high, low, ..] = *octets else {
            return None;
        };
        let kind = ContentType::of(kind)?;
        let length = u16::from_be_bytes([high, low]);
        let fits = match kind {
            ContentType::ChangeCipherSpec | ContentType::Alert | ContentType::Handshake => length > 0,
            ContentType::ApplicationData | ContentType::Heartbeat => true,
        };
        (fits && usize::from(length) <= most).then_some(Self {
            kind,
            version: [major, minor],
            length,
        })
    }

    /// Octets of the whole record.
    pub(super) fn record_octets(self) -> usize {
        HEAD_OCTETS + usize::from(self.length)
    }

    /// The head as on the wire.
    pub(super) const fn octets(self) -> [u8; HEAD_OCTETS] {
        let [major, minor] = self.version;
        let [high, low] = self.length.to_be_bytes();
        [self.kind.octet(), major, minor, high, low]
    }
}

/// Whether octets may be the beginning of a record: as many of the head as there are fit.
pub(super) fn may_begin(octets: &[u8]) -> bool {
    let kind = octets.first().is_none_or(|octet| matches!(octet, 20..=23));
    let major = octets.get(1).is_none_or(|octet| *octet == 3);
    let minor = octets.get(2).is_none_or(|octet| *octet <= 4);
    kind && major && minor
}
