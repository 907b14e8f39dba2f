//! QUIC by its Initial packets, whose keys follow from the connection id that the client chose (RFC 9001 section 5.2, RFC 9369
//! section 3.3): the ClientHello inside names the server. Nothing else of QUIC is read.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

use super::handshake::{MessageKind, Messages, body};
use super::hello::ClientHello;
use super::schedule::expand_label;
use super::secret::Secret;
use super::suite::DeriveHash;
use super::version::Version;
use crate::codec::{Reader, ShortRead};
use crate::model::SharedSort;

/// Octets of a datagram with a client's Initial at least (RFC 9000 section 14.1).
const SMALLEST_DATAGRAM: usize = 1200;
/// Octets of a ClientHello at most, and datagrams that it may lie in.
const HELLO_OCTETS: usize = 16 * 1024;
const DATAGRAMS: u32 = 8;
const SALT_1: [u8; 20] = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
    0xbb, 0x7f, 0x0a,
];
const SALT_2: [u8; 20] = [
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
    0xbd, 0x2e, 0xd9,
];
const VERSION_1: u32 = 1;
const VERSION_2: u32 = 0x6b33_43cf;

/// A connection of QUIC, until its ClientHello is whole.
#[derive(Debug)]
pub(super) struct Quic {
    pub(super) version: Version,
    datagrams: u32,
    /// What came of the stream of the handshake: octets by their offset.
    pieces: Vec<(usize, Vec<u8>)>,
    pub(super) hello: Option<Box<ClientHello>>,
}

impl Quic {
    /// One that begins with this datagram.
    pub(super) fn begins(datagram: &[u8]) -> Option<Self> {
        let version = match Long::read(datagram).ok()?.version {
            VERSION_1 => Version::Quic1,
            VERSION_2 => Version::Quic2,
            // Drafts, and versions that are there to be refused (RFC 9000 section 15).
            other if other >> 8 == 0x00ff_0000 || other & 0x0f0f_0f0f == 0x0a0a_0a0a => Version::Quic,
            _ => return None,
        };
        let initial = datagram.len() >= SMALLEST_DATAGRAM;
        (initial && (version == Version::Quic || open(datagram).is_some())).then(|| Self {
            version,
            datagrams: 0,
            pieces: Vec::new(),
            hello: None,
        })
    }

    /// Whether nothing more is to be learnt.
    pub(super) const fn is_done(&self) -> bool {
        self.hello.is_some() || self.datagrams >= DATAGRAMS || matches!(self.version, Version::Quic)
    }

    /// Takes a datagram of the client's.
    pub(super) fn take(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        if let Some(frames) = open(datagram) {
            // What is broken ends it; what was read before counts.
            let _ = self.frames(&frames);
            self.hello = self.hello.take().or_else(|| self.whole_hello());
        }
    }

    /// CRYPTO frames, among padding and acknowledgements (RFC 9000 section 19).
    fn frames(&mut self, frames: &[u8]) -> Result<(), ShortRead> {
        const CRYPTO: u64 = 6;
        let mut reader = Reader::new(frames);
        while !reader.is_empty() {
            match varint(&mut reader)? {
                0 | 1 => {}
                CRYPTO => {
                    let offset = usize::try_from(varint(&mut reader)?).unwrap_or(usize::MAX);
                    let length = usize::try_from(varint(&mut reader)?).unwrap_or(usize::MAX);
                    let octets = reader.take("crypto_data", length)?;
                    if offset.saturating_add(length) <= HELLO_OCTETS {
                        self.pieces.push((offset, octets.to_vec()));
                    }
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn whole_hello(&mut self) -> Option<Box<ClientHello>> {
        self.pieces.shared_sort_by_key(|(offset, _)| *offset);
        let mut octets: Vec<u8> = Vec::new();
        for (offset, piece) in &self.pieces {
            let known = octets.len().checked_sub(*offset)?;
            octets.extend_from_slice(piece.get(known..).unwrap_or_default());
        }
        let mut messages = Messages::default();
        messages.push(&octets, HELLO_OCTETS).ok()?;
        let (kind, message) = messages.next()?;
        (kind == MessageKind::ClientHello)
            .then(|| ClientHello::read(body(&message)).ok().map(Box::new))
            .flatten()
    }
}

/// The head of a packet with a long header (RFC 9000 section 17.2).
struct Long<'a> {
    first: u8,
    version: u32,
    destination: &'a [u8],
    /// Where what depends on the type begins.
    behind: usize,
}

impl<'a> Long<'a> {
    fn read(datagram: &'a [u8]) -> Result<Self, ShortRead> {
        let mut reader = Reader::new(datagram);
        let first = reader.u8("first")?;
        let version = reader.u32("version")?;
        let destination = super::hello::vector8(&mut reader, "destination")?;
        super::hello::vector8(&mut reader, "source")?;
        let is_long = first & 0xc0 == 0xc0 && version != 0 && (8..=20).contains(&destination.len());
        if !is_long {
            return Err(ShortRead {
                field: "long header",
                offset: 0,
                needed: 0,
                available: 0,
            });
        }
        Ok(Self {
            first,
            version,
            destination,
            behind: reader.offset(),
        })
    }
}

/// The frames of a client's Initial packet.
fn open(datagram: &[u8]) -> Option<Vec<u8>> {
    let long = Long::read(datagram).ok()?;
    let (salt, kind, labels) = match long.version {
        VERSION_1 => (SALT_1, 0x00, ["quic key", "quic iv", "quic hp"]),
        VERSION_2 => (SALT_2, 0x10, ["quicv2 key", "quicv2 iv", "quicv2 hp"]),
        _ => return None,
    };
    if long.first & 0x30 != kind {
        return None;
    }
    let mut reader = Reader::new(datagram);
    reader.skip("header", long.behind).ok()?;
    let token = usize::try_from(varint(&mut reader).ok()?).ok()?;
    reader.skip("token", token).ok()?;
    let length = usize::try_from(varint(&mut reader).ok()?).ok()?;
    let start = reader.offset();
    let protected = reader.take("packet", length).ok()?;
    let secret = client_secret(&salt, long.destination);
    let [key, iv, hp] = [(labels[0], 16), (labels[1], 12), (labels[2], 16)]
        .map(|(label, octets)| expand_label(DeriveHash::Sha256, &secret, label, octets));
    let mask = mask(&hp, protected.get(4..20)?)?;
    unprotect(datagram, start, protected, &mask, &key, &iv)
}

fn client_secret(salt: &[u8], destination: &[u8]) -> Secret {
    let (initial, _) = Hkdf::<Sha256>::extract(Some(salt), destination);
    expand_label(DeriveHash::Sha256, &Secret::new(&initial), "client in", 32)
}

/// The mask over the first octet and the packet number (RFC 9001 section 5.4.3).
fn mask(hp: &Secret, sample: &[u8]) -> Option<[u8; 16]> {
    let mut block = <[u8; 16]>::try_from(sample).ok()?.into();
    Aes128::new_from_slice(hp.octets())
        .ok()?
        .encrypt_block(&mut block);
    Some(block.into())
}

fn unprotect(
    datagram: &[u8],
    start: usize,
    protected: &[u8],
    mask: &[u8; 16],
    key: &Secret,
    iv: &Secret,
) -> Option<Vec<u8>> {
    let mut header = datagram.get(..start)?.to_vec();
    let first = header.first_mut()?;
    *first ^= mask.first()? & 0x0f;
    let length = usize::from(*first & 3) + 1;
    let (number, sealed) = protected.split_at_checked(length)?;
    let number: Vec<u8> = number
        .iter()
        .zip(mask.iter().skip(1))
        .map(|(a, b)| a ^ b)
        .collect();
    header.extend_from_slice(&number);
    let mut nonce = <[u8; 12]>::try_from(iv.octets()).ok()?;
    nonce
        .iter_mut()
        .rev()
        .zip(number.iter().rev())
        .for_each(|(octet, more)| *octet ^= more);
    let cipher = Aes128Gcm::new_from_slice(key.octets()).ok()?;
    let payload = Payload {
        msg: sealed,
        aad: &header,
    };
    cipher.decrypt(&nonce.into(), payload).ok()
}

/// A number of 6, 14, 30 or 62 bits (RFC 9000 section 16).
fn varint(reader: &mut Reader<'_>) -> Result<u64, ShortRead> {
    let first = reader.u8("number")?;
    let more = (1_usize << (first >> 6)) - 1;
    let rest = reader.take("number", more)?;
    Ok(rest.iter().fold(u64::from(first & 0x3f), |number, octet| {
        number << 8 | u64::from(*octet)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    /// RFC 9001 appendix A.1.
    #[test]
    fn the_keys_of_an_initial_follow_from_its_connection_id() {
        let secret = client_secret(&SALT_1, &hex("8394c8f03e515708"));
        assert_eq!(
            secret.octets(),
            hex("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea")
        );
        let of = |label, octets| expand_label(DeriveHash::Sha256, &secret, label, octets);
        assert_eq!(
            of("quic key", 16).octets(),
            hex("1f369613dd76d5467730efcbe3b1a22d")
        );
        assert_eq!(of("quic iv", 12).octets(), hex("fa044b2f42a3fd3b46fb255c"));
        assert_eq!(
            of("quic hp", 16).octets(),
            hex("9f50449e04a0e810283a1e9933adedd2")
        );
    }

    /// RFC 9001 appendix A.2: the mask of the client's Initial.
    #[test]
    fn the_mask_comes_from_a_sample() {
        let sample = hex("d1b1c98dd7689fb8ec11d242b123dc9b");
        let mask = mask(&Secret::new(&hex("9f50449e04a0e810283a1e9933adedd2")), &sample).unwrap();
        assert_eq!(mask[..5], hex("437b9aec36"));
    }

    #[test]
    fn numbers_have_one_to_eight_octets() {
        let read = |octets: &[u8]| varint(&mut Reader::new(octets)).unwrap();
        assert_eq!(read(&[0x25]), 37);
        assert_eq!(read(&[0x7b, 0xbd]), 15_293);
        assert_eq!(read(&[0x9d, 0x7f, 0x3e, 0x7d]), 494_878_333);
        assert_eq!(
            read(&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c]),
            151_288_809_941_952_652
        );
    }

    #[test]
    fn any_datagram_does() {
        for length in [0, 1, 5, 6, 30, 1200, 1300] {
            let mut datagram = vec![0xc3; length];
            if let Some(version) = datagram.get_mut(1..5) {
                version.copy_from_slice(&[0, 0, 0, 1]);
            }
            assert!(Quic::begins(&datagram).is_none());
        }
    }
}
