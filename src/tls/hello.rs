//! ClientHello, ServerHello and EncryptedExtensions, as far as they decide what follows (RFC 8446 section 4, RFC 5246 section
//! 7.4.1).

use crate::codec::{Reader, ShortRead};

use super::secret::Random;
use super::suite::SuiteId;
use super::version::Version;

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: Random = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Octets of a server's name that are kept: no host has a longer one (RFC 1035 section 2.3.4).
const NAME_OCTETS: usize = 255;
/// Protocols that a client offers of which the first are kept.
const OFFERED: usize = 8;

const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;
const ENCRYPT_THEN_MAC: u16 = 22;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SESSION_TICKET: u16 = 35;
const EARLY_DATA: u16 = 42;
const SUPPORTED_VERSIONS: u16 = 43;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientHello {
    pub(super) random: Random,
    /// The version up to 1.2, which the premaster secret of an RSA key exchange repeats.
    pub(super) version: u16,
    pub(super) session_id: Vec<u8>,
    /// The name of the server that it wants (RFC 6066 section 3).
    pub(super) name: Option<String>,
    /// The protocols that it offers (RFC 7301), the first ones.
    pub(super) protocols: Vec<String>,
    /// A ticket of a session up to 1.2 (RFC 5077); empty where it has none yet.
    pub(super) ticket: Option<Vec<u8>>,
    pub(super) early_data: bool,
    pub(super) extended_master: bool,
    pub(super) encrypt_then_mac: bool,
}

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerHello {
    pub(super) random: Random,
    /// None where the number is no version.
    pub(super) version: Option<Version>,
    pub(super) suite: SuiteId,
    pub(super) session_id: Vec<u8>,
    pub(super) compressed: bool,
    pub(super) protocol: Option<String>,
    pub(super) extended_master: bool,
    pub(super) encrypt_then_mac: bool,
}

/// What a server of TLS 1.3 says encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EncryptedExtensions {
    pub(super) protocol: Option<String>,
    pub(super) early_data: bool,
}

impl ClientHello {
    /// Reads the body of the message.
    pub(super) fn read(body: &[u8]) -> Result<Self, ShortRead> {
        let mut reader = Reader::new(body);
        let version = reader.u16("legacy_version")?;
        let random = reader.array("random")?;
        let session_id = vector8(&mut reader, "session_id")?.to_vec();
        vector16(&mut reader, "cipher_suites")?;
        vector8(&mut reader, "compression_methods")?;
        let mut hello = Self {
            random,
            version,
            session_id,
            name: None,
            protocols: Vec::new(),
            ticket: None,
            early_data: false,
            extended_master: false,
            encrypt_then_mac: false,
        };
        each_extension(&mut reader, |kind, value| match kind {
            SERVER_NAME => hello.name = server_name(value),
            ALPN => hello.protocols = protocols(value),
            ENCRYPT_THEN_MAC => hello.encrypt_then_mac = true,
            EXTENDED_MASTER_SECRET => hello.extended_master = true,
            SESSION_TICKET => hello.ticket = Some(value.to_vec()),
            EARLY_DATA => hello.early_data = true,
            _ => {}
        });
        Ok(hello)
    }
}

impl ServerHello {
    /// Reads the body of the message.
    pub(super) fn read(body: &[u8]) -> Result<Self, ShortRead> {
        let mut reader = Reader::new(body);
        let version = reader.u16("legacy_version")?;
        let random = reader.array("random")?;
        let session_id = vector8(&mut reader, "session_id")?.to_vec();
        let suite = SuiteId(reader.u16("cipher_suite")?);
        let compressed = reader.u8("compression_method")? != 0;
        let mut hello = Self {
            random,
            version: Version::of(version),
            suite,
            session_id,
            compressed,
            protocol: None,
            extended_master: false,
            encrypt_then_mac: false,
        };
        each_extension(&mut reader, |kind, value| match (kind, value) {
            (SUPPORTED_VERSIONS, [high, low]) => {
                hello.version = Version::of(u16::from_be_bytes([*high, *low]));
            }
            (ALPN, value) => hello.protocol = protocols(value).into_iter().next(),
            (ENCRYPT_THEN_MAC, _) => hello.encrypt_then_mac = true,
            (EXTENDED_MASTER_SECRET, _) => hello.extended_master = true,
            _ => {}
        });
        Ok(hello)
    }

    /// Whether it asks for another ClientHello.
    pub(super) fn is_retry(&self) -> bool {
        self.random == RETRY
    }
}

impl EncryptedExtensions {
    /// Reads the body of the message.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut extensions = Self::default();
        each_extension(&mut Reader::new(body), |kind, value| match kind {
            ALPN => extensions.protocol = protocols(value).into_iter().next(),
            EARLY_DATA => extensions.early_data = true,
            _ => {}
        });
        extensions
    }
}

/// Octets behind their number in one octet.
pub(super) fn vector8<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], ShortRead> {
    let length = reader.u8(field)?;
    reader.take(field, usize::from(length))
}

/// Octets behind their number in two octets.
pub(super) fn vector16<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], ShortRead> {
    let length = reader.u16(field)?;
    reader.take(field, usize::from(length))
}

/// The extensions behind the rest of a message; those of old versions may be missing, and broken ones end it.
fn each_extension(reader: &mut Reader<'_>, mut take: impl FnMut(u16, &[u8])) {
    let Ok(extensions) = vector16(reader, "extensions") else {
        return;
    };
    let mut reader = Reader::new(extensions);
    while let (Ok(kind), Ok(value)) = (
        reader.u16("extension_type"),
        vector16(&mut reader, "extension_data"),
    ) {
        take(kind, value);
    }
}

fn server_name(value: &[u8]) -> Option<String> {
    const HOST_NAME: u8 = 0;
    let mut reader = Reader::new(value);
    let mut names = Reader::new(vector16(&mut reader, "server_name_list").ok()?);
    let kind = names.u8("name_type").ok()?;
    let name = vector16(&mut names, "host_name").ok()?;
    let fits = kind == HOST_NAME && (1..=NAME_OCTETS).contains(&name.len());
    fits.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

fn protocols(value: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(value);
    let mut names = Reader::new(vector16(&mut reader, "protocol_name_list").unwrap_or_default());
    std::iter::from_fn(|| vector8(&mut names, "protocol_name").ok())
        .take(OFFERED)
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}
