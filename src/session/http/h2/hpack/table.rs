//! The dynamic table (RFC 7541 section 2.3.2).

use std::collections::VecDeque;
use std::sync::Arc;

use super::static_table::STATIC_TABLE;

/// What an entry takes beside its octets (RFC 7541 section 4.1).
const ENTRY_OVERHEAD: usize = 32;

/// The size of a table at first (RFC 9113 section 6.5.2).
const INITIAL_CAPACITY: usize = 4096;

/// A field's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// One of the static table.
    Static(&'static str),
    /// One that was sent.
    Sent(Arc<[u8]>),
    /// That of an entry that nobody here knows.
    Unknown,
}

impl Name {
    /// Its octets; none where it is unknown.
    pub(crate) fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Static(name) => Some(name.as_bytes()),
            Self::Sent(name) => Some(name),
            Self::Unknown => None,
        }
    }

    fn len(&self) -> usize {
        self.octets().map_or(0, <[u8]>::len)
    }
}

#[derive(Debug)]
struct Entry {
    name: Name,
    value: Box<[u8]>,
}

impl Entry {
    fn size(&self) -> usize {
        let octets = self.name.len().saturating_add(self.value.len());
        octets.saturating_add(ENTRY_OVERHEAD)
    }
}

/// What an index names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looked<'t> {
    /// This field; of some of the static table the value is empty.
    Entry(Name, &'t [u8]),
    /// An entry that nobody here knows.
    Unknown,
    /// Nothing.
    Nothing,
}

/// What the table of the sender holds that this one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Older {
    /// Nothing.
    Nothing,
    /// Entries that were added unseen, or that there is no room for: older than all that are here.
    Unknown,
}

/// The table that the sender of header blocks has, as far as it is known.
#[derive(Debug)]
pub(super) struct Table {
    /// The newest first.
    entries: VecDeque<Entry>,
    size: usize,
    /// How large it may become; what the sender says, or as much as is kept.
    capacity: usize,
    /// Whether the capacity is the sender's.
    is_capacity_known: bool,
    older: Older,
}

impl Table {
    /// That of a connection at its beginning, of which `limit` octets are kept.
    pub(super) fn initial(limit: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            capacity: INITIAL_CAPACITY.min(limit),
            is_capacity_known: INITIAL_CAPACITY <= limit,
            older: Older::Nothing,
        }
    }

    /// One of which nothing is known.
    pub(super) fn unknown(limit: usize) -> Self {
        Self {
            capacity: limit,
            is_capacity_known: false,
            older: Older::Unknown,
            ..Self::initial(limit)
        }
    }

    /// Octets of memory that it takes, about.
    pub(super) fn held_octets(&self) -> usize {
        self.size
            .saturating_add(self.entries.len().saturating_mul(size_of::<Entry>()))
    }

    /// What an index of the static and the dynamic table names (RFC 7541 section 2.3.3).
    pub(super) fn look_up(&self, index: usize) -> Looked<'_> {
        let Some(place) = index.checked_sub(1) else {
            return Looked::Nothing;
        };
        if let Some((name, value)) = STATIC_TABLE.get(place) {
            return Looked::Entry(Name::Static(name), value.as_bytes());
        }
        let entry = self.entries.get(place.saturating_sub(STATIC_TABLE.len()));
        match (entry, self.older) {
            (
                Some(Entry {
                    name: Name::Unknown, ..
                }),
                _,
            ) => Looked::Unknown,
            (Some(entry), _) => Looked::Entry(entry.name.clone(), &entry.value),
            (None, Older::Unknown) => Looked::Unknown,
            (None, Older::Nothing) => Looked::Nothing,
        }
    }

    /// The sender changes how large it may become, of which `limit` octets are kept; whether that is less.
    pub(super) fn resize(&mut self, capacity: usize, limit: usize) -> bool {
        self.capacity = capacity.min(limit);
        self.is_capacity_known = capacity <= limit;
        let was_emptied = self.make_room(0);
        if capacity == 0 || was_emptied && self.is_capacity_known {
            self.older = Older::Nothing;
        }
        if !self.is_capacity_known {
            self.older = Older::Unknown;
        }
        !self.is_capacity_known
    }

    /// Adds the newest entry (RFC 7541 section 4.4). One that is larger than the table empties it.
    pub(super) fn add(&mut self, name: Name, value: &[u8]) {
        let entry = Entry {
            name,
            value: value.into(),
        };
        let size = entry.size();
        let evicted = self.make_room(size);
        // What is older than an entry that had to go is gone too.
        if evicted && self.is_capacity_known {
            self.older = Older::Nothing;
        }
        if size <= self.capacity {
            self.size = self.size.saturating_add(size);
            self.entries.push_front(entry);
        }
    }

    /// Drops the oldest entries until so many octets have room; whether any had to go.
    fn make_room(&mut self, octets: usize) -> bool {
        let mut evicted = false;
        while self.size.saturating_add(octets) > self.capacity {
            let Some(oldest) = self.entries.pop_back() else {
                return true;
            };
            self.size = self.size.saturating_sub(oldest.size());
            evicted = true;
        }
        evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: &str) -> Name {
        Name::Sent(name.as_bytes().into())
    }

    fn value(table: &Table, index: usize) -> Option<&[u8]> {
        match table.look_up(index) {
            Looked::Entry(_, value) => Some(value),
            Looked::Unknown | Looked::Nothing => None,
        }
    }

    #[test]
    fn what_was_added_since_is_right_and_all_else_unknown() {
        let mut table = Table::unknown(65_536);
        table.add(sent("a"), b"1");
        table.add(Name::Unknown, b"2");
        assert_eq!(table.look_up(62), Looked::Unknown);
        assert_eq!(value(&table, 63), Some(&b"1"[..]));
        assert_eq!(table.look_up(64), Looked::Unknown);
        assert_eq!(table.look_up(8), Looked::Entry(Name::Static(":status"), b"200"));
        assert_eq!(table.look_up(0), Looked::Nothing);
    }

    /// RFC 7541 section 4.2: a size of 0 empties the table.
    #[test]
    fn a_table_that_was_emptied_is_known() {
        let mut table = Table::unknown(65_536);
        assert!(!table.resize(0, 65_536) && !table.resize(4096, 65_536));
        assert_eq!(table.look_up(62), Looked::Nothing);
        table.add(sent("a"), b"1");
        assert_eq!(value(&table, 62), Some(&b"1"[..]));
        assert_eq!(table.look_up(63), Looked::Nothing);
    }

    #[test]
    fn a_table_that_overflows_is_known_where_its_size_is() {
        let mut table = Table::unknown(65_536);
        table.resize(100, 65_536);
        assert_eq!(table.look_up(62), Looked::Unknown);
        (0..4).for_each(|_| table.add(sent("name"), b"0123456789"));
        assert_eq!(value(&table, 63), Some(&b"0123456789"[..]));
        assert_eq!(table.look_up(64), Looked::Nothing);
    }

    #[test]
    fn beyond_what_is_kept_all_is_unknown() {
        let mut table = Table::initial(200);
        assert!(table.resize(10_000, 200));
        (0..9).for_each(|_| table.add(sent("name"), b"0123456789"));
        assert!(table.held_octets() <= 200 + 4 * size_of::<Entry>());
        assert_eq!(value(&table, 65), Some(&b"0123456789"[..]));
        assert_eq!(table.look_up(66), Looked::Unknown);
    }

    #[test]
    fn an_entry_larger_than_the_table_empties_it() {
        let mut table = Table::initial(65_536);
        table.add(sent("a"), b"1");
        table.add(sent("b"), &[b'x'; 5000]);
        assert_eq!((table.look_up(62), table.held_octets()), (Looked::Nothing, 0));
    }
}
