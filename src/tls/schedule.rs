//! The key schedule: from secrets to keys. TLS 1.3: RFC 8446 section 7; TLS 1.2: RFC 5246 sections 5 and 8.1; TLS 1.0 and
//! 1.1: RFC 2246 section 5; extended master secret: RFC 7627 section 4.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};

use super::secret::{Random, Secret};
use super::suite::DeriveHash;
use super::version::Version;

/// The pseudorandom function of a version (RFC 5246 section 5, RFC 2246 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prf {
    /// TLS 1.0 and 1.1: MD5 and SHA-1 together.
    Md5Sha1,
    /// TLS 1.2.
    Hash(DeriveHash),
}

impl Prf {
    /// That of a version up to 1.2 and a suite.
    pub(super) const fn of(version: Version, hash: DeriveHash) -> Self {
        match version {
            Version::Tls10 | Version::Tls11 => Self::Md5Sha1,
            _ => Self::Hash(hash),
        }
    }

    /// PRF(secret, label, seed), so long as `out` is.
    pub(super) fn fill(self, secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        match self {
            Self::Hash(DeriveHash::Sha256) => expand::<Hmac<Sha256>>(secret, label, seed, out),
            Self::Hash(DeriveHash::Sha384) => expand::<Hmac<Sha384>>(secret, label, seed, out),
            Self::Md5Sha1 => {
                // Two halves, which share an octet where the length is odd.
                let half = secret.len().div_ceil(2);
                let first = secret.get(..half).unwrap_or_default();
                let second = secret.get(secret.len() - half..).unwrap_or_default();
                expand::<Hmac<Md5>>(first, label, seed, out);
                expand::<Hmac<Sha1>>(second, label, seed, out);
            }
        }
    }

    /// The hash of a handshake, as the extended master secret is made of.
    pub(super) fn hash(self, transcript: &[u8]) -> Vec<u8> {
        match self {
            Self::Hash(DeriveHash::Sha256) => Sha256::digest(transcript).to_vec(),
            Self::Hash(DeriveHash::Sha384) => Sha384::digest(transcript).to_vec(),
            Self::Md5Sha1 => [
                Md5::digest(transcript).as_slice(),
                Sha1::digest(transcript).as_slice(),
            ]
            .concat(),
        }
    }
}

/// P_hash (RFC 5246 section 5), combined with what is in `out` by exclusive or, which the sum of two hashes needs.
fn expand<M: Mac + KeyInit + Clone>(secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let Ok(keyed) = <M as KeyInit>::new_from_slice(secret) else {
        return;
    };
    let seeded = |mut mac: M| {
        mac.update(label);
        seed.iter().for_each(|part| mac.update(part));
        mac
    };
    let mut a = seeded(keyed.clone()).finalize().into_bytes();
    for block in out.chunks_mut(a.len()) {
        let output = seeded(keyed.clone().chain_update(&a)).finalize().into_bytes();
        block
            .iter_mut()
            .zip(output)
            .for_each(|(octet, more)| *octet ^= more);
        a = keyed.clone().chain_update(&a).finalize().into_bytes();
    }
}

/// The master secret of a premaster secret (RFC 5246 section 8.1).
pub(super) fn master(prf: Prf, premaster: &Secret, client: &Random, server: &Random) -> Secret {
    Secret::filled(MASTER_OCTETS, |out| {
        prf.fill(premaster.octets(), b"master secret", &[client, server], out);
    })
}

/// The same, from the hash of the handshake up to ClientKeyExchange (RFC 7627 section 4).
pub(super) fn extended_master(prf: Prf, premaster: &Secret, transcript: &[u8]) -> Secret {
    let hash = prf.hash(transcript);
    Secret::filled(MASTER_OCTETS, |out| {
        prf.fill(premaster.octets(), b"extended master secret", &[&hash], out);
    })
}

/// Octets of a master secret.
pub(super) const MASTER_OCTETS: usize = 48;

/// The key block (RFC 5246 section 6.3).
pub(super) fn key_block(
    prf: Prf,
    master: &Secret,
    client: &Random,
    server: &Random,
    octets: usize,
) -> Secret {
    Secret::filled(octets, |out| {
        prf.fill(master.octets(), b"key expansion", &[server, client], out);
    })
}

/// HKDF-Expand-Label without a context (RFC 8446 section 7.1).
pub(super) fn expand_label(hash: DeriveHash, secret: &Secret, label: &str, octets: usize) -> Secret {
    let label = format!("tls13 {label}");
    let length = u16::try_from(octets).unwrap_or(u16::MAX).to_be_bytes();
    let info = [
        &length[..],
        &[u8::try_from(label.len()).unwrap_or(u8::MAX)],
        label.as_bytes(),
        &[0],
    ]
    .concat();
    Secret::filled(octets, |out| {
        // It fails only where the secret is shorter than a hash or the output longer than 255 of them.
        let _ = match hash {
            DeriveHash::Sha256 => {
                Hkdf::<Sha256>::from_prk(secret.octets()).map(|hkdf| hkdf.expand(&info, out).is_ok())
            }
            DeriveHash::Sha384 => {
                Hkdf::<Sha384>::from_prk(secret.octets()).map(|hkdf| hkdf.expand(&info, out).is_ok())
            }
        };
    })
}

/// The traffic secret behind a KeyUpdate (RFC 8446 section 7.2).
pub(super) fn next_secret(hash: DeriveHash, secret: &Secret) -> Secret {
    expand_label(hash, secret, "traffic upd", hash.octets())
}
