//! JSON straight into a buffer. A message is some three hundred names and values, most of them a few octets that need
//! no escape: here a name is copied with its quotes, comma and colon, and text is looked at once and copied. What is
//! not as plain as that is left to the library, so that there is one place which knows how to escape.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::serialize_compact;

/// JSON in the making: all on one line, or every value on a line of its own, indented by two spaces a level.
#[derive(Debug, Default)]
pub(in crate::report) struct Page<const INDENTED: bool> {
    /// What is put down, and room behind it: nothing is counted or cleared for each of the small pieces.
    octets: Vec<u8>,
    /// How much is put down.
    length: usize,
    /// Objects and arrays that are open.
    depth: usize,
}

/// A value that is put down as JSON.
pub(in crate::report) trait Json {
    /// Puts it down.
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>);
}

/// A value that is a JSON object.
pub(in crate::report) trait Object {
    /// Puts its members down; `are_first` where none stand before them in the object.
    fn put_members<const INDENTED: bool>(&self, page: &mut Page<INDENTED>, are_first: bool);
}

impl<const INDENTED: bool> Page<INDENTED> {
    /// An empty one.
    pub(in crate::report) const fn new() -> Self {
        Self {
            octets: Vec::new(),
            length: 0,
            depth: 0,
        }
    }

    /// Writes what is there, and goes on with nothing.
    pub(in crate::report) fn write_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        let length = std::mem::take(&mut self.length);
        out.write_all(self.octets.get(..length).unwrap_or_default())
    }

    /// Puts down octets. Inlined wherever they are known, it is a comparison and a store or two.
    #[inline(always)]
    pub(super) fn add(&mut self, octets: &[u8]) {
        let end = self.length + octets.len();
        match self.octets.get_mut(self.length..end) {
            Some(room) => {
                room.copy_from_slice(octets);
                self.length = end;
            }
            None => self.add_with_more_room(octets),
        }
    }

    /// Puts down the first of some octets. All of them are copied, as that needs neither a loop nor a call.
    #[inline(always)]
    pub(super) fn add_first<const COUNT: usize>(&mut self, octets: &[u8; COUNT], first: usize) {
        self.add(octets);
        self.length -= COUNT.saturating_sub(first);
    }

    /// Puts an octet in the place of the last one.
    #[inline(always)]
    pub(super) fn replace_last(&mut self, octet: u8) {
        self.length = self.length.saturating_sub(1);
        self.add(&[octet]);
    }

    #[cold]
    fn add_with_more_room(&mut self, octets: &[u8]) {
        self.octets.truncate(self.length);
        self.octets.extend_from_slice(octets);
        self.length = self.octets.len();
        // Twice as much, so that this happens a few times in a run.
        self.octets.resize(2 * self.length + 64, 0);
    }

    /// Begins an object or an array.
    #[inline(always)]
    pub(in crate::report) fn open(&mut self, bracket: u8) {
        self.add(&[bracket]);
        self.depth += 1;
    }

    /// Ends an object or an array.
    #[inline(always)]
    pub(in crate::report) fn close(&mut self, bracket: u8, is_empty: bool) {
        self.depth = self.depth.saturating_sub(1);
        if !is_empty {
            self.new_line();
        }
        self.add(&[bracket]);
    }

    /// A member's name, which is one of ours and comes with all around it, as in `,"id":`.
    #[inline(always)]
    pub(in crate::report) fn name(&mut self, name: &'static str, is_first: bool) {
        let name = name.as_bytes();
        let [_, bare @ ..] = name else { return };
        if INDENTED {
            self.next(is_first);
            self.add(bare);
            self.add(b" ");
        } else {
            self.add(if is_first { bare } else { name });
        }
    }

    /// What stands before an element of an array, and before a name that is not one of ours.
    #[inline(always)]
    pub(in crate::report) fn next(&mut self, is_first: bool) {
        if !is_first {
            self.add(b",");
        }
        self.new_line();
    }

    #[inline(always)]
    fn new_line(&mut self) {
        if INDENTED {
            /// A line feed and as many levels as the document has, and more.
            const LINE: &[u8; 33] = b"\n                                ";
            let levels = self.depth.min(16);
            self.add_first(LINE, 1 + 2 * levels);
            for _ in levels..self.depth {
                self.add(b"  ");
            }
        }
    }

    /// Text that needs no escape.
    #[inline(always)]
    pub(super) fn plain(&mut self, text: &[u8]) {
        self.add(b"\"");
        self.add(text);
        self.add(b"\"");
    }

    /// A line feed, behind it all.
    pub(in crate::report) fn end_line(&mut self) {
        self.add(b"\n");
    }

    pub(super) fn by_library(&mut self, value: &(impl serde::Serialize + ?Sized)) {
        // Neither text nor numbers are refused, and a page takes all that is written to it.
        let _ = serialize_compact(self, value);
    }
}

impl<const INDENTED: bool> Write for Page<INDENTED> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.add(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<T: Json> Json for Option<T> {
    #[inline]
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        match self {
            Some(value) => value.put(page),
            None => page.add(b"null"),
        }
    }
}

impl<T: Json> Json for [T] {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.open(b'[');
        for (at, element) in self.iter().enumerate() {
            page.next(at == 0);
            element.put(page);
        }
        page.close(b']', self.is_empty());
    }
}

impl<T: Json> Json for Vec<T> {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        self.as_slice().put(page);
    }
}

impl Json for BTreeMap<String, u64> {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.open(b'{');
        for (at, (name, number)) in self.iter().enumerate() {
            page.next(at == 0);
            name.put(page);
            page.add(if INDENTED { b": " } else { b":" });
            number.put(page);
        }
        page.close(b'}', self.is_empty());
    }
}
