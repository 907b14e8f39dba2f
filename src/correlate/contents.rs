//! Message bodies as legs keep them: digest, size, and the parts packed and shared, because the parts of a message
//! are seen at submission and at every retrieval.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use super::record::{PartRecord, PduRecord};
use super::texts::{put, put_number, take, take_number};

/// Octets of a SHA-256.
const DIGEST: usize = 32;

/// The body of a message.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) size: Option<u64>,
    pub(super) parts: Parts,
    /// Equal for equal parts in equal order; only of a body that is all there.
    pub(super) digest: Option<u64>,
}

/// Parts, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts(Arc<[u8]>);

impl Parts {
    fn pack(parts: &[PartRecord<'_>], packed: &mut Vec<u8>) {
        packed.clear();
        for part in parts {
            packed.extend_from_slice(&part.sha256);
            put_number(packed, part.size);
            let texts = [
                &part.name,
                &part.content_id,
                &part.content_location,
                &part.charset,
            ];
            put(packed, Some(part.content_type.as_bytes()));
            texts
                .into_iter()
                .for_each(|text| put(packed, text.as_ref().map(|text| text.as_bytes())));
        }
    }

    /// Octets they take.
    pub(super) fn held(&self) -> usize {
        self.0.len()
    }

    /// The parts, one after the other.
    pub(super) fn iter(&self) -> impl Iterator<Item = PartRecord<'_>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || unpack(&mut rest))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unpack<'a>(rest: &mut &'a [u8]) -> Option<PartRecord<'a>> {
    let (sha256, tail) = rest.split_first_chunk::<DIGEST>()?;
    *rest = tail;
    let size = take_number(rest)?;
    let mut text = || Some(take(rest)?.and_then(|octets| std::str::from_utf8(octets).ok().map(Cow::from)));
    Some(PartRecord {
        sha256: *sha256,
        size,
        content_type: text()?.unwrap_or_default(),
        name: text()?,
        content_id: text()?,
        content_location: text()?,
        charset: text()?,
    })
}

/// Keeps equal parts once.
#[derive(Debug, Default)]
pub(super) struct Contents {
    known: HashMap<u64, Arc<[u8]>, ahash::RandomState>,
    hashes: ahash::RandomState,
    /// Where parts are packed before it is known whether they are new.
    packed: Vec<u8>,
}

impl Contents {
    /// The body in a record.
    pub(super) fn content(&mut self, record: &PduRecord<'_>) -> Content {
        let parts = &record.parts;
        let digest = (record.complete && !parts.is_empty()).then(|| {
            let mut hasher = self.hashes.build_hasher();
            parts.iter().for_each(|part| part.sha256.hash(&mut hasher));
            hasher.finish()
        });
        Parts::pack(parts, &mut self.packed);
        Content {
            size: record.body_size,
            parts: match digest {
                Some(digest) => self.shared(digest),
                None => Parts(self.packed.as_slice().into()),
            },
            digest,
        }
    }

    /// What was packed last, once for all who have it.
    fn shared(&mut self, digest: u64) -> Parts {
        match self.known.get(&digest) {
            Some(known) if **known == *self.packed => Parts(Arc::clone(known)),
            _ => {
                let parts: Arc<[u8]> = self.packed.as_slice().into();
                self.known.insert(digest, Arc::clone(&parts));
                Parts(parts)
            }
        }
    }

    /// Forgets parts that nothing refers to any more.
    pub(super) fn prune(&mut self) {
        self.known.retain(|_, parts| Arc::strong_count(parts) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(octet: u8, complete: bool) -> PduRecord<'static> {
        let part = PartRecord {
            content_type: "text/plain".into(),
            name: Some("é.txt".into()),
            content_id: None,
            content_location: Some("".into()),
            charset: Some("utf-8".into()),
            size: 300,
            sha256: [octet; DIGEST],
        };
        PduRecord {
            parts: vec![part.clone(), PartRecord { name: None, ..part }],
            complete,
            ..PduRecord::default()
        }
    }

    #[test]
    fn parts_come_out_as_they_went_in() {
        let record = record(7, true);
        let content = Contents::default().content(&record);
        assert_eq!(content.parts.iter().collect::<Vec<_>>(), record.parts);
    }

    #[test]
    fn equal_parts_are_kept_once_and_forgotten_when_unused() {
        let mut contents = Contents::default();
        let (one, other) = (
            contents.content(&record(7, true)),
            contents.content(&record(7, true)),
        );
        assert!(Arc::ptr_eq(&one.parts.0, &other.parts.0));
        assert_eq!(one.digest, other.digest);
        drop((one, other));
        contents.prune();
        assert!(contents.known.is_empty());
    }

    #[test]
    fn a_body_with_a_hole_has_no_digest() {
        assert_eq!(Contents::default().content(&record(7, false)).digest, None);
    }
}
