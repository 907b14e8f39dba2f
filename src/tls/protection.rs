//! Opens records: AEAD (RFC 5288, RFC 7905, RFC 8446 section 5.2) and CBC with a MAC inside or outside (RFC 5246 section
//! 6.2.3.2, RFC 7366). Nothing comes out whose tag or MAC does not fit.

use aes::cipher::{Block, BlockCipherDecrypt, BlockModeDecrypt, BlockSizeUser, KeyIvInit};
use aes::{Aes128, Aes256};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::record::{ContentType, HEAD_OCTETS, Head};
use super::schedule::{Prf, expand_label, key_block};
use super::secret::{Random, Secret};
use super::suite::{Cipher, MacHash, Suite};
use super::version::Version;
use crate::model::Direction;

/// Octets of a tag of an AEAD.
const TAG_OCTETS: usize = 16;
/// Octets of the nonce that a record of AES-GCM in TLS 1.2 carries.
const EXPLICIT_OCTETS: usize = 8;
/// Octets of a block of AES.
const BLOCK_OCTETS: usize = 16;
/// The last ciphertext block of a record, which chains the next one's in TLS 1.0.
pub(super) type Chain = [u8; BLOCK_OCTETS];

/// The keys of one direction, from one change of keys to the next.
pub(super) struct Keys {
    cipher: Opener,
    form: Form,
}

enum Opener {
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
    ChaCha20Poly1305(Box<ChaCha20Poly1305>),
    Cbc(Box<Cbc>),
}

/// How a nonce and the associated data are made.
#[derive(Clone, Copy)]
enum Form {
    /// TLS 1.3.
    Inner { iv: [u8; 12] },
    /// ChaCha20 in TLS 1.2.
    Implicit { iv: [u8; 12] },
    /// AES-GCM in TLS 1.2.
    Explicit { salt: [u8; 4] },
    /// CBC.
    Chained,
}

struct Cbc {
    key: CbcKey,
    mac: MacHash,
    mac_key: Secret,
    /// Whether the MAC is over the ciphertext.
    outside: bool,
    /// TLS 1.0: the IV of the first record; later ones are chained.
    first_iv: Option<Chain>,
}

enum CbcKey {
    Aes128(Secret),
    Aes256(Secret),
}

/// What both ends agreed on up to TLS 1.2, beside the secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    pub(super) version: Version,
    pub(super) suite: Suite,
    pub(super) client_random: Random,
    pub(super) server_random: Random,
    /// Whether MACs are over the ciphertext.
    pub(super) encrypt_then_mac: bool,
}

/// An opened record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) kind: ContentType,
    pub(super) octets: Vec<u8>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    /// The keys of a traffic secret of TLS 1.3 (RFC 8446 section 7.3).
    pub(super) fn of_traffic_secret(suite: Suite, secret: &Secret) -> Option<Self> {
        let key = expand_label(suite.hash, secret, "key", suite.cipher.key_octets());
        let iv = expand_label(suite.hash, secret, "iv", 12);
        Some(Self {
            cipher: Opener::aead(suite.cipher, key.octets())?,
            form: Form::Inner {
                iv: iv.octets().try_into().ok()?,
            },
        })
    }

    /// The keys of what one end sends, up to TLS 1.2. `sender` is the client's where it is `FromInitiator`.
    pub(super) fn of_master(agreed: &Agreed, master: &Secret, sender: Direction) -> Option<Self> {
        let cipher = agreed.suite.cipher;
        let [mac, key] = [cipher.mac_octets(), cipher.key_octets()];
        let iv = match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => 4,
            Cipher::ChaCha20Poly1305 => 12,
            Cipher::Aes128Cbc(_) | Cipher::Aes256Cbc(_) if agreed.version == Version::Tls10 => BLOCK_OCTETS,
            Cipher::Aes128Cbc(_) | Cipher::Aes256Cbc(_) => 0,
        };
        let prf = Prf::of(agreed.version, agreed.suite.hash);
        let block = key_block(
            prf,
            master,
            &agreed.client_random,
            &agreed.server_random,
            2 * (mac + key + iv),
        );
        let mut rest = block.octets();
        let mut of_sender = |octets: usize| {
            let (both, behind) = rest.split_at_checked(2 * octets)?;
            rest = behind;
            let (client, server) = both.split_at_checked(octets)?;
            Some(match sender {
                Direction::FromInitiator => client,
                Direction::FromResponder => server,
            })
        };
        let (mac_key, key, iv) = (of_sender(mac)?, of_sender(key)?, of_sender(iv)?);
        Self::of_parts(agreed, mac_key, key, iv)
    }

    fn of_parts(agreed: &Agreed, mac_key: &[u8], key: &[u8], iv: &[u8]) -> Option<Self> {
        let cipher = agreed.suite.cipher;
        let (mac, cbc_key) = match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305 => {
                let form = match cipher {
                    Cipher::ChaCha20Poly1305 => Form::Implicit {
                        iv: iv.try_into().ok()?,
                    },
                    _ => Form::Explicit {
                        salt: iv.try_into().ok()?,
                    },
                };
                let cipher = Opener::aead(cipher, key)?;
                return Some(Self { cipher, form });
            }
            Cipher::Aes128Cbc(mac) => (mac, CbcKey::Aes128(Secret::new(key))),
            Cipher::Aes256Cbc(mac) => (mac, CbcKey::Aes256(Secret::new(key))),
        };
        Some(Self {
            cipher: Opener::Cbc(Box::new(Cbc {
                key: cbc_key,
                mac,
                mac_key: Secret::new(mac_key),
                outside: agreed.encrypt_then_mac,
                first_iv: iv.try_into().ok(),
            })),
            form: Form::Chained,
        })
    }

    /// Whether a record cannot be opened without the last block of the one before it.
    pub(super) fn is_chained(&self) -> bool {
        matches!(&self.cipher, Opener::Cbc(cbc) if cbc.first_iv.is_some())
    }

    /// Opens a record, head and all. `chain` is the last block of the record before it, where that is known.
    pub(super) fn open(
        &self,
        number: u64,
        head: Head,
        sealed: &[u8],
        chain: Option<Chain>,
    ) -> Option<Opened> {
        match (&self.form, &self.cipher) {
            (Form::Inner { iv }, cipher) => {
                let octets = cipher.open(&xored(iv, number), sealed, &head.octets())?;
                inner(octets)
            }
            (Form::Implicit { iv }, cipher) => {
                let length = sealed.len().checked_sub(TAG_OCTETS)?;
                let octets = cipher.open(&xored(iv, number), sealed, &associated(number, head, length)?)?;
                Some(Opened {
                    kind: head.kind,
                    octets,
                })
            }
            (Form::Explicit { salt }, cipher) => {
                let (explicit, sealed) = sealed.split_at_checked(EXPLICIT_OCTETS)?;
                let length = sealed.len().checked_sub(TAG_OCTETS)?;
                let mut nonce = [0; 12];
                nonce
                    .iter_mut()
                    .zip(salt.iter().chain(explicit))
                    .for_each(|(octet, from)| *octet = *from);
                let octets = cipher.open(&nonce, sealed, &associated(number, head, length)?)?;
                Some(Opened {
                    kind: head.kind,
                    octets,
                })
            }
            (Form::Chained, Opener::Cbc(cbc)) => {
                let octets = cbc.open(number, head, sealed, chain)?;
                Some(Opened {
                    kind: head.kind,
                    octets,
                })
            }
            (Form::Chained, _) => None,
        }
    }

    /// Octets that a record of application data has beside what it carries, its head included; with CBC the fewest.
    pub(super) fn overhead(&self) -> u64 {
        let beside = match (&self.form, &self.cipher) {
            (Form::Inner { .. }, _) => TAG_OCTETS + 1,
            (Form::Implicit { .. }, _) => TAG_OCTETS,
            (Form::Explicit { .. }, _) => EXPLICIT_OCTETS + TAG_OCTETS,
            (Form::Chained, Opener::Cbc(cbc)) => {
                let iv = if cbc.first_iv.is_some() { 0 } else { BLOCK_OCTETS };
                iv + cbc.mac.octets() + 1
            }
            (Form::Chained, _) => 0,
        };
        (HEAD_OCTETS + beside) as u64
    }
}

impl Opener {
    fn aead(cipher: Cipher, key: &[u8]) -> Option<Self> {
        Some(match cipher {
            Cipher::Aes128Gcm => Self::Aes128Gcm(Box::new(Aes128Gcm::new_from_slice(key).ok()?)),
            Cipher::Aes256Gcm => Self::Aes256Gcm(Box::new(Aes256Gcm::new_from_slice(key).ok()?)),
            Cipher::ChaCha20Poly1305 => {
                Self::ChaCha20Poly1305(Box::new(ChaCha20Poly1305::new_from_slice(key).ok()?))
            }
            Cipher::Aes128Cbc(_) | Cipher::Aes256Cbc(_) => return None,
        })
    }

    fn open(&self, nonce: &[u8; 12], sealed: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: sealed,
            aad: associated,
        };
        let nonce = nonce.into();
        match self {
            Self::Aes128Gcm(cipher) => cipher.decrypt(nonce, payload).ok(),
            Self::Aes256Gcm(cipher) => cipher.decrypt(nonce, payload).ok(),
            Self::ChaCha20Poly1305(cipher) => cipher.decrypt(nonce, payload).ok(),
            Self::Cbc(_) => None,
        }
    }
}

/// The record number, at the end of the IV (RFC 8446 section 5.3).
fn xored(iv: &[u8; 12], number: u64) -> [u8; 12] {
    let mut nonce = *iv;
    let low = nonce.iter_mut().skip(4);
    low.zip(number.to_be_bytes())
        .for_each(|(octet, more)| *octet ^= more);
    nonce
}

/// Number, type, version and length of what is authenticated (RFC 5246 section 6.2.3.3).
fn associated(number: u64, head: Head, length: usize) -> Option<[u8; 13]> {
    let mut octets = [0; 13];
    let length = u16::try_from(length).ok()?;
    let head = Head { length, ..head };
    let parts = number.to_be_bytes().into_iter().chain(head.octets());
    octets
        .iter_mut()
        .zip(parts)
        .for_each(|(octet, from)| *octet = from);
    Some(octets)
}

/// Takes the padding and the type off what TLS 1.3 encrypts (RFC 8446 section 5.4).
fn inner(mut octets: Vec<u8>) -> Option<Opened> {
    while octets.last() == Some(&0) {
        octets.pop();
    }
    let kind = ContentType::of(octets.pop()?)?;
    Some(Opened { kind, octets })
}

impl Cbc {
    fn open(&self, number: u64, head: Head, sealed: &[u8], chain: Option<Chain>) -> Option<Vec<u8>> {
        if self.outside {
            let length = sealed.len().checked_sub(self.mac.octets())?;
            let (sealed, tag) = sealed.split_at_checked(length)?;
            self.mac
                .verify(&self.mac_key, &[&associated(number, head, length)?, sealed], tag)?;
            return without_padding(self.decrypt(sealed, chain)?);
        }
        let mut octets = without_padding(self.decrypt(sealed, chain)?)?;
        let length = octets.len().checked_sub(self.mac.octets())?;
        let tag = octets.split_off(length);
        self.mac.verify(
            &self.mac_key,
            &[&associated(number, head, length)?, &octets],
            &tag,
        )?;
        Some(octets)
    }

    /// Decrypts with the IV of the version: chained in TLS 1.0, in front of the record later.
    fn decrypt(&self, sealed: &[u8], chain: Option<Chain>) -> Option<Vec<u8>> {
        let (iv, blocks) = match self.first_iv {
            Some(first) => (chain.unwrap_or(first), sealed),
            None => {
                let (iv, blocks) = sealed.split_at_checked(BLOCK_OCTETS)?;
                (iv.try_into().ok()?, blocks)
            }
        };
        if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK_OCTETS) {
            return None;
        }
        match &self.key {
            CbcKey::Aes128(key) => decrypt_blocks::<Aes128>(key, iv, blocks),
            CbcKey::Aes256(key) => decrypt_blocks::<Aes256>(key, iv, blocks),
        }
    }
}

fn decrypt_blocks<C>(key: &Secret, iv: Chain, blocks: &[u8]) -> Option<Vec<u8>>
where
    C: BlockCipherDecrypt + BlockSizeUser + KeyInit,
{
    let mut decryptor = cbc::Decryptor::<C>::new_from_slices(key.octets(), &iv).ok()?;
    let mut octets = blocks.to_vec();
    let (whole, _) = Block::<cbc::Decryptor<C>>::slice_as_chunks_mut(&mut octets);
    decryptor.decrypt_blocks(whole);
    Some(octets)
}

/// Takes off the padding, all of whose octets say how long it is (RFC 5246 section 6.2.3.2).
fn without_padding(mut octets: Vec<u8>) -> Option<Vec<u8>> {
    let length = *octets.last()?;
    let kept = octets.len().checked_sub(usize::from(length) + 1)?;
    octets.get(kept..)?.iter().all(|octet| *octet == length).then(|| {
        octets.truncate(kept);
        octets
    })
}

impl MacHash {
    fn verify(self, key: &Secret, parts: &[&[u8]], tag: &[u8]) -> Option<()> {
        match self {
            Self::Sha1 => verify::<Hmac<Sha1>>(key, parts, tag),
            Self::Sha256 => verify::<Hmac<Sha256>>(key, parts, tag),
            Self::Sha384 => verify::<Hmac<Sha384>>(key, parts, tag),
        }
    }
}

fn verify<M: Mac + KeyInit>(key: &Secret, parts: &[&[u8]], tag: &[u8]) -> Option<()> {
    let mut mac = <M as KeyInit>::new_from_slice(key.octets()).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_slice(tag).ok()
}

/// The last block of a record, for the one behind it.
pub(super) fn last_block(sealed: &[u8]) -> Option<Chain> {
    sealed.last_chunk().copied()
}
