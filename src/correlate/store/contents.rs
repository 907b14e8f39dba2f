//! Message bodies as legs keep them: size, digest, and the parts.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher};

use crate::correlate::record::pdu::{PartRecord, PduRecord};
use crate::correlate::store::packed::{Packed, Packer};

/// The body of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) size: Option<u64>,
    /// Equal for equal parts in equal order; only of a body that is all there.
    pub(crate) digest: Option<u64>,
    pub(crate) parts: Parts<'a>,
}

impl<'a> Content<'a> {
    /// The body in a record. All digests that are to be compared must be made with one `hashes`.
    pub(crate) fn pack(record: &PduRecord<'_>, hashes: &ahash::RandomState, packer: &mut Packer) {
        let digest = (record.complete && !record.parts.is_empty()).then(|| {
            let mut hasher = hashes.build_hasher();
            record.parts.iter().for_each(|part| part.sha256.hash(&mut hasher));
            hasher.finish()
        });
        packer.optional(record.body_size);
        packer.optional(digest);
        packer.whole(|packer| record.parts.iter().for_each(|part| pack(part, packer)));
    }

    pub(crate) fn unpack(packed: &mut Packed<'a>) -> Self {
        Self {
            size: packed.optional(),
            digest: packed.optional(),
            parts: Parts(packed.whole()),
        }
    }
}

/// The parts of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a>(Packed<'a>);

impl<'a> Parts<'a> {
    /// The parts, one after the other.
    pub(crate) fn iter(self) -> impl Iterator<Item = PartRecord<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || (!rest.is_empty()).then(|| unpack(&mut rest)))
    }

    /// The digests, as they are packed, of those parts that are text.
    pub(crate) fn text_digests(self) -> impl Iterator<Item = &'a str> {
        let mut rest = self.0;
        let digests = std::iter::from_fn(move || {
            (!rest.is_empty()).then(|| {
                let digest = rest.packed_digest();
                rest.number();
                let content_type = rest.text();
                rest.pass_texts(TEXTS);
                (digest, content_type)
            })
        });
        let is_text = |kind: Option<&str>| kind.is_some_and(|kind| kind.starts_with("text/"));
        digests.filter_map(move |(digest, kind)| is_text(kind).then_some(digest))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// Texts of a part behind its type.
const TEXTS: usize = 4;

/// The parts of a message's body, packed: one text, however many there are.
#[derive(Clone, Debug, Default)]
pub struct MessageParts(String);

impl MessageParts {
    /// The parts, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = PartRecord<'_>> {
        Parts(Packed::new(&self.0)).iter()
    }
}

impl From<Parts<'_>> for MessageParts {
    fn from(parts: Parts<'_>) -> Self {
        Self(parts.0.into_text().to_owned())
    }
}

fn pack(part: &PartRecord<'_>, packer: &mut Packer) {
    packer.digest(&part.sha256);
    packer.number(part.size);
    packer.text(Some(&part.content_type));
    let texts: [_; TEXTS] = [
        &part.name,
        &part.content_id,
        &part.content_location,
        &part.charset,
    ];
    texts.into_iter().for_each(|text| packer.text(text.as_deref()));
}

fn unpack<'a>(packed: &mut Packed<'a>) -> PartRecord<'a> {
    PartRecord {
        sha256: packed.digest(),
        size: packed.number(),
        content_type: packed.text().unwrap_or_default().into(),
        name: packed.text().map(Cow::from),
        content_id: packed.text().map(Cow::from),
        content_location: packed.text().map(Cow::from),
        charset: packed.text().map(Cow::from),
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
            sha256: [octet; 32],
        };
        PduRecord {
            body_size: Some(u64::MAX),
            parts: vec![part.clone(), PartRecord { name: None, ..part }],
            complete,
            ..PduRecord::default()
        }
    }

    fn packed(record: &PduRecord<'_>, hashes: &ahash::RandomState) -> String {
        let mut packer = Packer::default();
        Content::pack(record, hashes, &mut packer);
        packer.finish()
    }

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        let record = record(7, true);
        let packed = packed(&record, &ahash::RandomState::new());
        let content = Content::unpack(&mut Packed::new(&packed));
        assert_eq!(content.parts.iter().collect::<Vec<_>>(), record.parts);
        assert_eq!(
            MessageParts::from(content.parts).iter().collect::<Vec<_>>(),
            record.parts
        );
        assert_eq!(content.size, record.body_size);
        assert_eq!(content.parts.text_digests().count(), 2);
    }

    #[test]
    fn equal_parts_have_equal_digests_and_a_body_with_a_hole_has_none() {
        let hashes = ahash::RandomState::new();
        let digest = |octet, complete| {
            let packed = packed(&record(octet, complete), &hashes);
            Content::unpack(&mut Packed::new(&packed)).digest
        };
        assert_eq!(digest(7, true), digest(7, true));
        assert_ne!(digest(7, true), digest(8, true));
        assert_eq!(digest(7, false), None);
    }
}
