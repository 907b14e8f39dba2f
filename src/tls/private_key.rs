//! A server's RSA key, for handshakes in which the client sends the premaster secret encrypted for it (RFC 5246 section
//! 7.4.7.1).

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Encrypt, PrivateKey as RsaPrivateKey};

use super::schedule::MASTER_OCTETS;
use super::secret::Secret;

/// Octets of a file that may hold a key.
pub(super) const FILE_OCTETS: u64 = 256 * 1024;

/// Why a file holds no key that opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// It is encrypted.
    #[error("a private key with a passphrase")]
    Encrypted,
    /// It is of another kind than RSA.
    #[error("an EC key opens no connection: (EC)DHE needs a key log")]
    EllipticCurve,
    /// It is no key.
    #[error("a certificate, not a key")]
    Certificate,
    /// There is none in it, or it is broken.
    #[error("no PEM private key in it")]
    None,
}

/// A key.
pub(super) struct PrivateKey(Box<RsaPrivateKey>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

impl PrivateKey {
    /// The first private key in a PEM text: PKCS#8 or PKCS#1.
    pub(super) fn from_pem(pem: &str) -> Result<Self, PrivateKeyError> {
        if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(PrivateKeyError::Encrypted);
        }
        if let Some(block) = block(pem, "RSA PRIVATE KEY") {
            let key = RsaPrivateKey::from_pkcs1_pem(block).map_err(|_| PrivateKeyError::None)?;
            return Ok(Self(Box::new(key)));
        }
        if let Some(block) = block(pem, "PRIVATE KEY") {
            return match RsaPrivateKey::from_pkcs8_pem(block) {
                Ok(key) => Ok(Self(Box::new(key))),
                Err(_) if is_elliptic(block) => Err(PrivateKeyError::EllipticCurve),
                Err(_) => Err(PrivateKeyError::None),
            };
        }
        Err(match pem {
            _ if pem.contains("-----BEGIN EC PRIVATE KEY-----") => PrivateKeyError::EllipticCurve,
            _ if pem.contains("-----BEGIN CERTIFICATE-----") => PrivateKeyError::Certificate,
            _ => PrivateKeyError::None,
        })
    }

    /// The premaster secret that a client sent, where it was encrypted for this key: 48 octets that begin with the version
    /// that the client offered (RFC 5246 section 7.4.7.1).
    pub(super) fn premaster(&self, encrypted: &[u8], version: u16) -> Option<Secret> {
        let premaster = self.0.decrypt(Pkcs1v15Encrypt, encrypted).ok()?;
        let fits = premaster.len() == MASTER_OCTETS && premaster.starts_with(&version.to_be_bytes());
        fits.then(|| Secret::new(&premaster))
    }
}

/// The block of a kind, from its first to its last line.
fn block<'a>(pem: &'a str, kind: &str) -> Option<&'a str> {
    let (first, last) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
    let start = pem.find(&first)?;
    let block = pem.get(start..)?;
    block.get(..block.find(&last)? + last.len())
}

/// Whether a block of PKCS#8 says that its key is one for elliptic curves (RFC 5480 section 2.1.1, RFC 8410 section 3).
fn is_elliptic(block: &str) -> bool {
    const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const EDWARDS: &[u8] = &[0x06, 0x03, 0x2b, 0x65];
    let text: String = block.lines().filter(|line| !line.starts_with('-')).collect();
    let octets = data_encoding::BASE64
        .decode(text.trim().as_bytes())
        .unwrap_or_default();
    let has = |what: &[u8]| octets.windows(what.len()).any(|window| window == what);
    has(EC_PUBLIC_KEY) || has(EDWARDS)
}
