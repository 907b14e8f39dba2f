//! The types of fields and the forms of their values.

/// The type of a field, as Wireshark has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldType {
    /// A layer.
    Protocol,
    /// A field that is there or not.
    None,
    Boolean,
    Uint8,
    Uint16,
    Uint24,
    Uint32,
    Uint64,
    /// The number of a frame.
    FrameNum,
    String,
    Bytes,
    /// A hardware address.
    Ether,
    Ipv4,
    Ipv6,
    RelativeTime,
    AbsoluteTime,
}

impl FieldType {
    /// The name of the type in Wireshark, without `FT_`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Protocol => "PROTOCOL",
            Self::None => "NONE",
            Self::Boolean => "BOOLEAN",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint24 => "UINT24",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::FrameNum => "FRAMENUM",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Ether => "ETHER",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
            Self::RelativeTime => "RELATIVE_TIME",
            Self::AbsoluteTime => "ABSOLUTE_TIME",
        }
    }
}

/// How the value of a field reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldForm {
    /// The empty text.
    None,
    /// `1` or `0`.
    Bool,
    /// A decimal number.
    Dec,
    /// `0x` and two lower-case digits or more.
    Hex2,
    /// `0x` and four digits or more.
    Hex4,
    /// `0x` and six digits or more.
    Hex6,
    /// `0x` and eight digits or more.
    Hex8,
    /// The number of a frame.
    Frame,
    Text,
    /// Lower-case octets with colons between them.
    Bytes,
    /// A hardware address, written as octets are.
    Mac,
    /// Four decimal numbers with dots between them.
    Ipv4,
    /// As RFC 5952 has it.
    Ipv6,
    /// Seconds with nine decimals.
    Seconds,
    /// A date in UTC: `Nov 20, 2026 17:57:45.102000000 UTC`.
    Date,
}

impl FieldForm {
    /// How many digits a hexadecimal number has at least; none of any other form.
    pub(crate) const fn hexadecimal_digits(self) -> Option<usize> {
        match self {
            Self::Hex2 => Some(2),
            Self::Hex4 => Some(4),
            Self::Hex6 => Some(6),
            Self::Hex8 => Some(8),
            _ => None,
        }
    }

    /// The name of the form.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bool => "bool",
            Self::Dec => "dec",
            Self::Hex2 => "hex2",
            Self::Hex4 => "hex4",
            Self::Hex6 => "hex6",
            Self::Hex8 => "hex8",
            Self::Frame => "frame",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Mac => "mac",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Seconds => "seconds",
            Self::Date => "date",
        }
    }
}
