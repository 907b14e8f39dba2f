//! One entity fetched in parts: after a broken transfer a phone asks for the rest (RFC 9110 section 14).

use std::collections::BTreeMap;

use crate::model::{Extent, Host};

/// What a Content-Range field says: octets `first` to `last` of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-499/1234` or `bytes 0-499/*`.
    pub(super) fn read(value: &str) -> Option<Self> {
        let (unit, range) = value.trim().split_once([' ', '='])?;
        let (octets, total) = range.split_once('/')?;
        let (first, last) = octets.split_once('-')?;
        let range = Self {
            first: first.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
            total: total.trim().parse().ok(),
        };
        (unit.eq_ignore_ascii_case("bytes") && range.first <= range.last).then_some(range)
    }

    /// Whether this is the whole entity.
    pub(super) fn is_whole(&self) -> bool {
        self.first == 0 && self.total == self.last.checked_add(1)
    }
}

/// Octets of parts that are kept over all entities: some dozens of the largest messages.
const PART_OCTETS: usize = 64 * 1024 * 1024;

/// Entities of which parts are kept. A phone that does not come back for the rest must not be remembered for ever.
const ENTITIES: usize = 256;

/// Parts kept of one entity; a client that asks for smaller pieces than this allows gets no whole.
const PARTS: usize = 64;

/// Who fetches what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntityKey {
    pub(super) client: Host,
    pub(super) url: String,
    pub(super) entity_tag: Option<String>,
}

/// An entity put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) octets: Vec<u8>,
    /// From the first part's first frame to the last frame of all.
    pub(super) extent: Extent,
}

/// A part of an entity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) first: u64,
    pub(super) total: Option<u64>,
    pub(super) octets: &'a [u8],
    pub(super) extent: Extent,
}

#[derive(Debug)]
struct Partial {
    parts: BTreeMap<u64, Vec<u8>>,
    total: Option<u64>,
    extent: Extent,
    /// When it was begun, in the order of entities.
    turn: u64,
}

/// Entities of which parts were seen, over all connections.
#[derive(Debug, Default)]
pub(in crate::session) struct PartialEntities {
    entities: BTreeMap<EntityKey, Partial>,
    octets: usize,
    turns: u64,
}

impl PartialEntities {
    /// Takes a part; the entity, if that makes it whole.
    pub(super) fn take(&mut self, key: EntityKey, part: &Part<'_>) -> Option<Whole> {
        self.make_room(part.octets.len());
        if part.octets.len() > PART_OCTETS {
            return None;
        }
        self.turns = self.turns.wrapping_add(1);
        let turn = self.turns;
        let new = || Partial {
            parts: BTreeMap::new(),
            total: part.total,
            extent: part.extent,
            turn,
        };
        let partial = self.entities.entry(key.clone()).or_insert_with(new);
        partial.total = partial.total.or(part.total);
        partial.extent.first = partial.extent.first.earlier(part.extent.first);
        partial.extent.extend(part.extent.last);
        let known = partial.parts.get(&part.first).map_or(0, Vec::len);
        if part.octets.len() > known && partial.parts.len() < PARTS {
            partial.parts.insert(part.first, part.octets.to_vec());
            self.octets = self
                .octets
                .saturating_sub(known)
                .saturating_add(part.octets.len());
        }
        let whole = partial.whole();
        if whole.is_some() {
            self.forget(&key);
        }
        whole
    }

    /// Forgets the oldest entities until so many octets more may be kept.
    fn make_room(&mut self, octets: usize) {
        while self.entities.len() >= ENTITIES || self.octets.saturating_add(octets) > PART_OCTETS {
            let oldest = self.entities.iter().min_by_key(|(_, partial)| partial.turn);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.forget(&key);
        }
    }

    fn forget(&mut self, key: &EntityKey) {
        if let Some(partial) = self.entities.remove(key) {
            let octets: usize = partial.parts.values().map(Vec::len).sum();
            self.octets = self.octets.saturating_sub(octets);
        }
    }
}

impl Partial {
    /// The entity, if its parts leave no hole. Where they overlap the earlier part counts.
    fn whole(&self) -> Option<Whole> {
        let total = usize::try_from(self.total?).ok()?;
        let reach = self.parts.iter().try_fold(0usize, |reach, (first, octets)| {
            let first = usize::try_from(*first).ok().filter(|first| *first <= reach)?;
            Some(reach.max(first.checked_add(octets.len())?))
        })?;
        if reach != total {
            return None;
        }
        let mut octets = Vec::with_capacity(total);
        for (first, part) in &self.parts {
            let known = octets.len().saturating_sub(usize::try_from(*first).ok()?);
            octets.extend_from_slice(part.get(known..).unwrap_or_default());
        }
        Some(Whole {
            octets,
            extent: self.extent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FrameRef, NetworkId, Networks};
    use std::net::Ipv4Addr;

    fn key(url: &str) -> EntityKey {
        EntityKey {
            client: Networks::default().host(NetworkId::default(), Ipv4Addr::LOCALHOST.into()),
            url: url.to_owned(),
            entity_tag: None,
        }
    }

    fn part(first: u64, octets: &[u8], total: u64) -> Part<'_> {
        Part {
            first,
            total: Some(total),
            octets,
            extent: Extent::single(FrameRef::default()),
        }
    }

    #[test]
    fn ranges_are_read() {
        let range = |first, last, total| Some(ContentRange { first, last, total });
        assert_eq!(ContentRange::read("bytes 0-499/1234"), range(0, 499, Some(1234)));
        assert_eq!(ContentRange::read("Bytes 5-9/*"), range(5, 9, None));
        assert_eq!(ContentRange::read("bytes */1234"), None);
        assert_eq!(ContentRange::read("bytes 9-5/10"), None);
        assert!(ContentRange::read("bytes 0-9/10").unwrap().is_whole());
    }

    #[test]
    fn parts_in_any_order_with_overlaps_make_a_whole() {
        let mut entities = PartialEntities::default();
        assert_eq!(entities.take(key("a"), &part(6, b"ghij", 10)), None);
        assert_eq!(
            entities.take(key("b"), &part(0, b"abcdef", 10)),
            None,
            "another entity"
        );
        assert_eq!(entities.take(key("a"), &part(0, b"abc", 10)), None);
        let whole = entities.take(key("a"), &part(2, b"cdefgh", 10)).unwrap();
        assert_eq!(whole.octets, b"abcdefghij");
        assert_eq!((entities.entities.len(), entities.octets), (1, 6));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut entities = PartialEntities::default();
        let octets = vec![0; 1024 * 1024];
        for n in 0..300 {
            entities.take(key(&n.to_string()), &part(1, &octets, u64::MAX));
        }
        assert!(entities.octets <= PART_OCTETS && entities.entities.len() <= ENTITIES);
    }
}
