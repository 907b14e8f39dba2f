//! What is walked in: an analysis that is finished.

use crate::report::document::{Document, Message, inventory::Inventory};

/// A finished analysis.
#[derive(Debug)]
pub struct Data {
    /// The messages, and what is known beside them.
    pub document: Document,
    /// What is in the captures.
    pub inventory: Inventory,
    /// Why the captures cannot be read again; nothing where they can.
    pub read_once: Option<String>,
}

impl Data {
    /// A message by its place among all.
    pub fn message(&self, place: u32) -> Option<&Message> {
        self.document.messages.get(place as usize)
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.document.messages.len()).unwrap_or(u32::MAX)
    }
}
