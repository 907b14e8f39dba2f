//! Message bodies as legs keep them: size, digest, and the parts.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use crate::correlate::record::pdu::{PartRecord, PduRecord};
use crate::correlate::store::texts::{Span, Texts};
use crate::model::RandomState;

/// The body of a message.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) size: Option<u64>,
    /// Equal for equal parts in equal order; only of a body that is all there.
    pub(crate) digest: Option<u64>,
    /// Equal for the same media in any order: what the interfaces leave as it is. MMSCs rewrite texts and the
    /// presentation; where there is nothing else, the texts.
    pub(crate) media: Option<u64>,
    pub(crate) parts: MessageParts,
}

impl Content {
    /// The body in a record. All digests that are to be compared must be made with one `hashes`.
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState) -> Self {
        let digest = (record.complete && !record.parts.is_empty()).then(|| {
            let mut hasher = hashes.build_hasher();
            record.parts.iter().for_each(|part| part.sha256.hash(&mut hasher));
            hasher.finish()
        });
        Self {
            size: record.body_size,
            digest,
            media: media(record, hashes),
            parts: record.parts.as_slice().into(),
        }
    }

    /// Octets of memory that the parts take.
    pub(crate) fn octets(&self) -> usize {
        size_of_val(&*self.parts.0.parts) + self.parts.0.texts.octets()
    }
}

/// The digest of the parts that are no presentation and, where there are others, no text.
fn media(record: &PduRecord<'_>, hashes: &RandomState) -> Option<u64> {
    let is_text = |part: &&PartRecord<'_>| part.content_type.starts_with("text/");
    let content = || {
        let parts = record.parts.iter().filter(|_| record.complete);
        parts.filter(|part| part.content_type != SMIL)
    };
    let has_media = content().any(|part| !is_text(&part));
    let mut digests: Vec<u64> = content()
        .filter(|part| !has_media || !is_text(part))
        .map(|part| part.comparable)
        .collect();
    digests.sort_unstable();
    (!digests.is_empty()).then(|| hashes.hash_one(digests))
}

/// The presentation (3GPP TS 26.140).
const SMIL: &str = "application/smil";

/// The parts of a message's body, shared by the leg that carried it and the message.
#[derive(Clone, Debug, Default)]
pub(crate) struct MessageParts(Arc<PartList>);

#[derive(Debug, Default)]
struct PartList {
    parts: Box<[Part]>,
    texts: Texts,
}

/// A [`PartRecord`] whose texts stand elsewhere.
#[derive(Debug)]
struct Part {
    sha256: [u8; 32],
    comparable: u64,
    size: u64,
    content_type: Option<Span>,
    name: Option<Span>,
    content_id: Option<Span>,
    content_location: Option<Span>,
    charset: Option<Span>,
}

impl MessageParts {
    /// The parts, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PartRecord<'_>> {
        let list = &*self.0;
        let text = |span| list.texts.get(span).map(Cow::from);
        list.parts.iter().map(move |part| PartRecord {
            content_type: text(part.content_type).unwrap_or_default(),
            name: text(part.name),
            content_id: text(part.content_id),
            content_location: text(part.content_location),
            charset: text(part.charset),
            size: part.size,
            sha256: part.sha256,
            comparable: part.comparable,
        })
    }

    /// The digests by which those parts are compared that are text.
    pub(crate) fn text_digests(&self) -> impl Iterator<Item = u64> {
        let PartList { parts, texts } = &*self.0;
        let is_text = |part: &&Part| {
            let content_type = texts.get(part.content_type);
            content_type.is_some_and(|content_type| content_type.starts_with("text/"))
        };
        parts.iter().filter(is_text).map(|part| part.comparable)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.parts.is_empty()
    }
}

impl From<&[PartRecord<'_>]> for MessageParts {
    fn from(records: &[PartRecord<'_>]) -> Self {
        let mut texts = Texts::default();
        let parts = records.iter().map(|record| Part {
            sha256: record.sha256,
            comparable: record.comparable,
            size: record.size,
            content_type: texts.add(Some(&record.content_type)),
            name: texts.add(record.name.as_deref()),
            content_id: texts.add(record.content_id.as_deref()),
            content_location: texts.add(record.content_location.as_deref()),
            charset: texts.add(record.charset.as_deref()),
        });
        let parts = parts.collect();
        texts.shrink_to_fit();
        Self(Arc::new(PartList { parts, texts }))
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
            comparable: octet.into(),
        };
        PduRecord {
            body_size: Some(u64::MAX),
            parts: vec![part.clone(), PartRecord { name: None, ..part }],
            complete,
            ..PduRecord::default()
        }
    }

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        let record = record(7, true);
        let content = Content::new(&record, &RandomState::default());
        assert_eq!(content.parts.iter().collect::<Vec<_>>(), record.parts);
        assert_eq!(content.size, record.body_size);
        assert_eq!(content.parts.text_digests().collect::<Vec<_>>(), [7; 2]);
    }

    #[test]
    fn equal_parts_have_equal_digests_and_a_body_with_a_hole_has_none() {
        let hashes = RandomState::default();
        let digest = |octet, complete| Content::new(&record(octet, complete), &hashes).digest;
        assert_eq!(digest(7, true), digest(7, true));
        assert_ne!(digest(7, true), digest(8, true));
        assert_eq!(digest(7, false), None);
    }
}
