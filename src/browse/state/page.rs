//! A text that fills the screen.

use super::scroll::{Extent, Scroll};
use crate::browse::text::Text;

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// This message in full.
    Show(u32),
    /// The legs of this message.
    Legs(u32),
    /// The PDU of the chosen arrow of the call flow.
    Pdu,
    /// What is in the captures.
    Captures,
    /// The keys.
    Help,
}

/// A text with the part of it that is on the screen.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it is.
    pub subject: Subject,
    /// The text.
    pub text: Text,
    /// Which part of it is on the screen.
    pub scroll: Scroll,
}

impl Page {
    /// A text from its beginning on.
    pub fn new(subject: Subject, text: Text) -> Self {
        Self {
            subject,
            text,
            scroll: Scroll::default(),
        }
    }

    /// How much there is, and how much of it so many rows and columns show.
    pub fn extent(&self, rows: u16, columns: u16) -> Extent {
        extent(&self.text, rows, columns)
    }
}

/// How much of a text so many rows and columns show.
pub fn extent(text: &Text, rows: u16, columns: u16) -> Extent {
    Extent {
        lines: text.lines.len(),
        cells: text.widest,
        rows: rows.into(),
        columns: columns.into(),
    }
}
