//! Cipher suites: those that are read, with what they are made of, and the names of the others.
//!
//! Numbers and names are IANA's ("TLS Cipher Suites").

/// A cipher suite by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SuiteId(pub u16);

/// What protects the records of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128Cbc(MacHash),
    Aes256Cbc(MacHash),
}

/// The hash of a MAC over a record, for suites with CBC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacHash {
    Sha1,
    Sha256,
    Sha384,
}

/// The hash with which keys are derived from TLS 1.2 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeriveHash {
    Sha256,
    Sha384,
}

/// A suite that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) cipher: Cipher,
    pub(super) hash: DeriveHash,
    /// Whether the client sends the premaster secret encrypted for the server's RSA key.
    pub(super) rsa_exchange: bool,
}

impl Cipher {
    /// Octets of a key.
    pub(super) const fn key_octets(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc(_) => 16,
            Self::Aes256Gcm | Self::Aes256Cbc(_) | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Octets of a MAC key; none where the cipher authenticates.
    pub(super) const fn mac_octets(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 0,
            Self::Aes128Cbc(hash) | Self::Aes256Cbc(hash) => hash.octets(),
        }
    }
}

impl MacHash {
    /// Octets of a MAC.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

impl DeriveHash {
    /// Octets of a hash, and so of a secret of TLS 1.3.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

impl SuiteId {
    /// The suites of TLS 1.3 whose secrets have so many octets.
    pub(super) fn of_secrets(octets: usize) -> impl Iterator<Item = Self> {
        let fits = move |id: &Self| id.read().is_some_and(|suite| suite.hash.octets() == octets);
        [0x1301, 0x1302, 0x1303].map(Self).into_iter().filter(fits)
    }

    /// What it is made of, where it is read.
    pub(super) fn read(self) -> Option<Suite> {
        READ.iter()
            .find(|(id, ..)| *id == self.0)
            .map(|(_, suite, _)| *suite)
    }

    /// Its name, where it has one that is known here.
    pub(crate) fn name(self) -> Option<&'static str> {
        let read = READ
            .iter()
            .find(|(id, ..)| *id == self.0)
            .map(|(_, _, name)| *name);
        let other = || {
            NOT_READ
                .iter()
                .find(|(id, _)| *id == self.0)
                .map(|(_, name)| *name)
        };
        read.or_else(other)
    }
}

/// Its name, or its number.
impl std::fmt::Display for SuiteId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04x}", self.0),
        }
    }
}

const fn suite(cipher: Cipher, hash: DeriveHash) -> Suite {
    Suite {
        cipher,
        hash,
        rsa_exchange: false,
    }
}

const fn rsa(cipher: Cipher, hash: DeriveHash) -> Suite {
    Suite {
        cipher,
        hash,
        rsa_exchange: true,
    }
}

use Cipher::{Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm, ChaCha20Poly1305};
use DeriveHash::{Sha256, Sha384};
use MacHash as Mac;

const READ: &[(u16, Suite, &str)] = &[
    (0x1301, suite(Aes128Gcm, Sha256), "TLS_AES_128_GCM_SHA256"),
    (0x1302, suite(Aes256Gcm, Sha384), "TLS_AES_256_GCM_SHA384"),
    (
        0x1303,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xc02b,
        suite(Aes128Gcm, Sha256),
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        0xc02c,
        suite(Aes256Gcm, Sha384),
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        0xc02f,
        suite(Aes128Gcm, Sha256),
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        0xc030,
        suite(Aes256Gcm, Sha384),
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        0xcca8,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xcca9,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xccaa,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0x009e,
        suite(Aes128Gcm, Sha256),
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        0x009f,
        suite(Aes256Gcm, Sha384),
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (0x009c, rsa(Aes128Gcm, Sha256), "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, rsa(Aes256Gcm, Sha384), "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (
        0x00a2,
        suite(Aes128Gcm, Sha256),
        "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256",
    ),
    (
        0x00a3,
        suite(Aes256Gcm, Sha384),
        "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384",
    ),
    (
        0xc02d,
        suite(Aes128Gcm, Sha256),
        "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        0xc02e,
        suite(Aes256Gcm, Sha384),
        "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        0xc031,
        suite(Aes128Gcm, Sha256),
        "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        0xc032,
        suite(Aes256Gcm, Sha384),
        "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        0xc009,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0xc00a,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0xc013,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0xc014,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0xc023,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    ),
    (
        0xc024,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    ),
    (
        0xc027,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    ),
    (
        0xc028,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    ),
    (
        0xc004,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0xc005,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0xc00e,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0xc00f,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0x0032,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
    ),
    (
        0x0038,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_DSS_WITH_AES_256_CBC_SHA",
    ),
    (
        0x0033,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0x0039,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0x0067,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x006b,
        suite(Aes256Cbc(Mac::Sha256), Sha256),
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    ),
    (
        0x0040,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x006a,
        suite(Aes256Cbc(Mac::Sha256), Sha256),
        "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
    ),
    (
        0x002f,
        rsa(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_RSA_WITH_AES_128_CBC_SHA",
    ),
    (
        0x0035,
        rsa(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_RSA_WITH_AES_256_CBC_SHA",
    ),
    (
        0x003c,
        rsa(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x003d,
        rsa(Aes256Cbc(Mac::Sha256), Sha256),
        "TLS_RSA_WITH_AES_256_CBC_SHA256",
    ),
    (
        0x00a8,
        suite(Aes128Gcm, Sha256),
        "TLS_PSK_WITH_AES_128_GCM_SHA256",
    ),
    (
        0x00a9,
        suite(Aes256Gcm, Sha384),
        "TLS_PSK_WITH_AES_256_GCM_SHA384",
    ),
    (
        0x00aa,
        suite(Aes128Gcm, Sha256),
        "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
    ),
    (
        0x00ab,
        suite(Aes256Gcm, Sha384),
        "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384",
    ),
    (
        0x00ac,
        suite(Aes128Gcm, Sha256),
        "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256",
    ),
    (
        0x00ad,
        suite(Aes256Gcm, Sha384),
        "TLS_RSA_PSK_WITH_AES_256_GCM_SHA384",
    ),
    (
        0x008c,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_PSK_WITH_AES_128_CBC_SHA",
    ),
    (
        0x008d,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_PSK_WITH_AES_256_CBC_SHA",
    ),
    (
        0x0090,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_PSK_WITH_AES_128_CBC_SHA",
    ),
    (
        0x0091,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_DHE_PSK_WITH_AES_256_CBC_SHA",
    ),
    (
        0x0094,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_RSA_PSK_WITH_AES_128_CBC_SHA",
    ),
    (
        0x0095,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_RSA_PSK_WITH_AES_256_CBC_SHA",
    ),
    (
        0x00ae,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_PSK_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x00af,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_PSK_WITH_AES_256_CBC_SHA384",
    ),
    (
        0x00b2,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x00b3,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_DHE_PSK_WITH_AES_256_CBC_SHA384",
    ),
    (
        0x00b6,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256",
    ),
    (
        0x00b7,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_RSA_PSK_WITH_AES_256_CBC_SHA384",
    ),
    (
        0xc035,
        suite(Aes128Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA",
    ),
    (
        0xc036,
        suite(Aes256Cbc(Mac::Sha1), Sha256),
        "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA",
    ),
    (
        0xc037,
        suite(Aes128Cbc(Mac::Sha256), Sha256),
        "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256",
    ),
    (
        0xc038,
        suite(Aes256Cbc(Mac::Sha384), Sha384),
        "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384",
    ),
    (
        0xccab,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xccac,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xccad,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xccae,
        suite(ChaCha20Poly1305, Sha256),
        "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        0xd001,
        suite(Aes128Gcm, Sha256),
        "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
    ),
    (
        0xd002,
        suite(Aes256Gcm, Sha384),
        "TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384",
    ),
];

const NOT_READ: &[(u16, &str)] = &[
    (0x0000, "TLS_NULL_WITH_NULL_NULL"),
    (0x0001, "TLS_RSA_WITH_NULL_MD5"),
    (0x0002, "TLS_RSA_WITH_NULL_SHA"),
    (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA"),
    (0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"),
    (0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
    (0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"),
    (0x003b, "TLS_RSA_WITH_NULL_SHA256"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0044, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0087, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x008a, "TLS_PSK_WITH_RC4_128_SHA"),
    (0x008b, "TLS_PSK_WITH_3DES_EDE_CBC_SHA"),
    (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"),
    (0x009a, "TLS_DHE_RSA_WITH_SEED_CBC_SHA"),
    (0x00ba, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00be, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00c0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c6, "TLS_SM4_GCM_SM3"),
    (0x00c7, "TLS_SM4_CCM_SM3"),
    (0x1304, "TLS_AES_128_CCM_SHA256"),
    (0x1305, "TLS_AES_128_CCM_8_SHA256"),
    (0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc033, "TLS_ECDHE_PSK_WITH_RC4_128_SHA"),
    (0xc034, "TLS_ECDHE_PSK_WITH_3DES_EDE_CBC_SHA"),
    (0xc03c, "TLS_RSA_WITH_ARIA_128_CBC_SHA256"),
    (0xc03d, "TLS_RSA_WITH_ARIA_256_CBC_SHA384"),
    (0xc044, "TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256"),
    (0xc045, "TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384"),
    (0xc048, "TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256"),
    (0xc049, "TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384"),
    (0xc04c, "TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256"),
    (0xc04d, "TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384"),
    (0xc050, "TLS_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc051, "TLS_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc052, "TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc053, "TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc05c, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc05d, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc060, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc061, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc07a, "TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc07b, "TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc07c, "TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc07d, "TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc086, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc087, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc08a, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc08b, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc09c, "TLS_RSA_WITH_AES_128_CCM"),
    (0xc09d, "TLS_RSA_WITH_AES_256_CCM"),
    (0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM"),
    (0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM"),
    (0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"),
    (0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8"),
    (0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"),
    (0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
    (0xc0a4, "TLS_PSK_WITH_AES_128_CCM"),
    (0xc0a5, "TLS_PSK_WITH_AES_256_CCM"),
    (0xc0a8, "TLS_PSK_WITH_AES_128_CCM_8"),
    (0xc0a9, "TLS_PSK_WITH_AES_256_CCM_8"),
    (0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    (0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_suite_whose_name_says_what_it_is_made_of() {
        let mut ids: Vec<u16> = READ.iter().map(|(id, ..)| *id).collect();
        ids.extend(NOT_READ.iter().map(|(id, _)| *id));
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
        for (_, suite, name) in READ {
            let cipher = match suite.cipher {
                Aes128Gcm => "AES_128_GCM",
                Aes256Gcm => "AES_256_GCM",
                ChaCha20Poly1305 => "CHACHA20_POLY1305",
                Aes128Cbc(_) => "AES_128_CBC",
                Aes256Cbc(_) => "AES_256_CBC",
            };
            assert!(name.contains(cipher), "{name}");
            assert_eq!(suite.hash == Sha384, name.ends_with("_SHA384"), "{name}");
            assert_eq!(suite.rsa_exchange, name.starts_with("TLS_RSA_WITH_"), "{name}");
            if let Aes128Cbc(hash) | Aes256Cbc(hash) = suite.cipher {
                let end = match hash {
                    Mac::Sha1 => "_CBC_SHA",
                    Mac::Sha256 => "_CBC_SHA256",
                    Mac::Sha384 => "_CBC_SHA384",
                };
                assert!(name.ends_with(end), "{name}");
            }
        }
    }

    #[test]
    fn both_suites_of_a_length_are_known() {
        let of = |octets| SuiteId::of_secrets(octets).map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(of(32), [0x1301, 0x1303]);
        assert_eq!(of(48), [0x1302]);
    }
}
