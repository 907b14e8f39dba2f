//! Figures of the messages in the list, as `mmsmate stats` prints them.

use super::list::List;
use super::scroll::Scroll;
use crate::browse::{data::Data, text::Text};
use crate::report::{
    query::{
        grouping::{Key, NAMED},
        stats::Counting,
    },
    render::stats,
    words::{style::Style, zone::Zone},
};

/// Messages that are counted between two looks at the keyboard.
const STEP: usize = 512;

/// Fields that messages can be grouped by, beside the keys that `stats --by` has of its own.
const FIELDS: &[&str] = &["outcome", "state", "evidence", "content_type"];

/// What messages can be grouped by.
pub fn groupings() -> Vec<&'static str> {
    let named = NAMED.iter().map(|named| named.name);
    named.chain(FIELDS.iter().copied()).collect()
}

/// Figures, or the counting of them.
#[derive(Clone, Debug)]
pub struct Figures {
    /// What messages are grouped by, by its place in [`groupings`].
    pub by: usize,
    /// The messages.
    places: Vec<u32>,
    /// What was counted so far, and how many messages those are.
    counting: Option<(Counting, usize)>,
    /// The table, once all are counted.
    pub text: Text,
    /// Which part of it is on the screen.
    pub scroll: Scroll,
}

impl Figures {
    /// Begins to count the messages of a list.
    pub fn of(list: &List, by: usize, zone: &Zone) -> Self {
        let name = groupings().get(by).copied().unwrap_or_default();
        let keys: Vec<Key> = Key::parse(name)
            .into_iter()
            .map(|key| key.in_zone(zone))
            .collect();
        Self {
            by,
            places: list.shown().to_vec(),
            counting: Some((Counting::by(&keys), 0)),
            text: Text::default(),
            scroll: Scroll::default(),
        }
    }

    /// Begins to count again, as the list has changed; what was counted before is shown until then.
    pub fn count_again(&mut self, list: &List, zone: &Zone) {
        let Self { counting, places, .. } = Self::of(list, self.by, zone);
        (self.counting, self.places) = (counting, places);
    }

    /// Counts the next messages.
    pub fn go_on(&mut self, data: &Data, style: &Style) {
        let Some((counting, next)) = &mut self.counting else {
            return;
        };
        let step = self.places.iter().skip(*next).take(STEP);
        for message in step.filter_map(|place| data.message(*place)) {
            counting.add(message);
        }
        *next = next.saturating_add(STEP);
        if *next < self.places.len() {
            return;
        }
        if let Some((counting, _)) = self.counting.take() {
            let mut written = Vec::new();
            // Memory takes what is written.
            let _ = stats::write(&mut written, &counting.finish(), style);
            self.text = Text::read(&written);
            self.places = Vec::new();
        }
    }

    /// How many hundredths of the messages are counted, where some are not.
    pub fn counting(&self) -> Option<usize> {
        let (_, next) = self.counting.as_ref()?;
        Some(next.saturating_mul(100) / self.places.len().max(1))
    }
}
