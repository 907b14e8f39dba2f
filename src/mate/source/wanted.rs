//! Which fields a configuration asks for.

use crate::mate::catalogue::FieldId;

/// Words of the set: a bit for each field.
const WORDS: usize = FieldId::COUNT.div_ceil(u64::BITS as usize);

/// A set of fields and protocols.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    fields: [u64; WORDS],
    /// Protocols of which something is asked for.
    protocols: [u64; WORDS],
    /// Protocols without which nothing of a frame is asked for; all, where there is none.
    required: [u64; WORDS],
}

impl Wanted {
    /// All fields of these, in any order.
    pub(crate) fn new(fields: impl IntoIterator<Item = FieldId>) -> Self {
        let mut wanted = Self::default();
        for field in fields {
            set(&mut wanted.fields, field);
            set(&mut wanted.protocols, field.protocol());
        }
        wanted
    }

    /// The same of frames with one of these protocols or fields alone; the layers of others may be left out.
    pub(crate) fn in_frames_with(mut self, protos: impl IntoIterator<Item = FieldId>) -> Self {
        for proto in protos {
            set(&mut self.required, proto.protocol());
        }
        self
    }

    /// Whether nothing is asked for of a frame that has none of these protocols.
    pub(crate) fn requires_any_of(&self, protocols: &[&[FieldId]]) -> bool {
        let mut others = self.required;
        for protocol in protocols.iter().copied().flatten() {
            clear(&mut others, *protocol);
        }
        self.required != [0; WORDS] && others == [0; WORDS]
    }

    /// Whether a field is asked for.
    #[inline]
    pub(crate) fn has(&self, field: FieldId) -> bool {
        is_set(&self.fields, field)
    }

    /// Whether a protocol or one of its fields is asked for.
    pub(crate) fn has_any_of(&self, protocols: &[FieldId]) -> bool {
        protocols
            .iter()
            .any(|protocol| is_set(&self.protocols, *protocol))
    }
}

fn place(field: FieldId) -> (usize, u64) {
    let bits = u64::BITS as usize;
    (field.index() / bits, 1 << (field.index() % bits))
}

fn set(words: &mut [u64; WORDS], field: FieldId) {
    let (word, bit) = place(field);
    if let Some(word) = words.get_mut(word) {
        *word |= bit;
    }
}

fn clear(words: &mut [u64; WORDS], field: FieldId) {
    let (word, bit) = place(field);
    if let Some(word) = words.get_mut(word) {
        *word &= !bit;
    }
}

fn is_set(words: &[u64; WORDS], field: FieldId) -> bool {
    let (word, bit) = place(field);
    words.get(word).is_some_and(|word| word & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_stands_for_its_protocol() {
        let wanted = Wanted::new([FieldId::IP_TTL, FieldId::WTP_TID_RESPONSE]);
        assert!(wanted.has(FieldId::IP_TTL) && !wanted.has(FieldId::IP));
        assert!(wanted.has_any_of(&[FieldId::HTTP, FieldId::WTP]));
        assert!(!wanted.has_any_of(&[FieldId::HTTP, FieldId::IPV6]));
        assert!(!wanted.requires_any_of(&[&[FieldId::HTTP]]), "of any frame");
        let wanted = wanted.in_frames_with([FieldId::HTTP_REQUEST, FieldId::WSP]);
        assert!(wanted.requires_any_of(&[&[FieldId::HTTP], &[FieldId::DNS, FieldId::WSP]]));
        assert!(!wanted.requires_any_of(&[&[FieldId::HTTP]]), "WSP has no HTTP");
        let all = Wanted::new(FieldId::all());
        assert!(FieldId::all().all(|field| all.has(field)));
    }
}
