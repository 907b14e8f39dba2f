//! What is walked in: an analysis that is finished, or one that goes on.

use std::{path::PathBuf, sync::Arc};

use crate::report::document::{Capture, Document, Message, inventory::Inventory};

/// An analysis.
#[derive(Clone, Debug)]
pub struct Data {
    /// By their places, which they keep; none where a message turned out to be part of another.
    messages: Vec<Option<Arc<Message>>>,
    /// How many there are.
    count: u64,
    /// What is known beside the messages: it has none itself.
    pub document: Arc<Document>,
    /// What is in the captures.
    pub inventory: Arc<Inventory>,
    /// Why the captures cannot be read again; nothing where they can.
    pub read_once: Option<String>,
    /// Where captures lie that are followed, in their order.
    pub files: Arc<[PathBuf]>,
    /// Whether more may come.
    pub following: Following,
}

/// Whether inputs are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Following {
    /// They were read to their end before anything was shown.
    #[default]
    No,
    /// More may come.
    Live,
    /// They are over.
    Over,
}

/// What is new of inputs that are followed.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Messages that came or changed, with their places; none that are not to be shown any more.
    pub messages: Vec<(u32, Option<Arc<Message>>)>,
    /// The captures so far, where they were looked at.
    pub captures: Option<Growing>,
    /// That the inputs are over.
    pub end: Option<End>,
    /// What there is to say of the inputs.
    pub said: Option<String>,
}

/// Captures that grow.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// What is known of each so far.
    pub captures: Vec<Capture>,
    /// Where they lie now, in the same order.
    pub files: Vec<PathBuf>,
}

/// How inputs that were followed ended.
#[derive(Clone, Debug)]
pub enum End {
    /// They are over.
    Reached {
        /// What is known beside the messages: it has none itself.
        document: Box<Document>,
        /// What is in the captures.
        inventory: Box<Inventory>,
    },
    /// They are not read any further, for a fault.
    Failed,
}

impl Data {
    /// An analysis that is finished. `read_once` says why its captures cannot be read again.
    pub fn finished(mut document: Document, inventory: Inventory, read_once: Option<String>) -> Self {
        let messages = std::mem::take(&mut document.messages);
        Self {
            count: messages.len() as u64,
            messages: messages.into_iter().map(Arc::new).map(Some).collect(),
            document: Arc::new(document),
            inventory: Arc::new(inventory),
            read_once,
            files: Arc::default(),
            following: Following::No,
        }
    }

    /// The same without anything yet, of inputs that are followed.
    pub fn followed(document: Document, inventory: Inventory, read_once: Option<String>) -> Self {
        Self {
            following: Following::Live,
            ..Self::finished(document, inventory, read_once)
        }
    }

    /// A message by its place among all.
    pub fn message(&self, place: u32) -> Option<&Message> {
        self.messages.get(place as usize)?.as_deref()
    }

    /// All messages, in the order of their places.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        self.messages.iter().filter_map(Option::as_deref)
    }

    /// Every so manieth message.
    pub fn sample(&self, most: usize) -> impl Iterator<Item = &Message> + Clone {
        let step = self.messages.len().div_ceil(most).max(1);
        let sample = self.messages.iter().step_by(step).chain(self.messages.last());
        sample.filter_map(Option::as_deref)
    }

    /// How many places there are.
    pub fn places(&self) -> u32 {
        u32::try_from(self.messages.len()).unwrap_or(u32::MAX)
    }

    /// How many messages there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Takes in what is new.
    pub fn take_in(&mut self, news: News) {
        for (place, message) in news.messages {
            let place = place as usize;
            if place >= self.messages.len() {
                self.messages.resize(place.saturating_add(1), None);
            }
            let Some(known) = self.messages.get_mut(place) else {
                continue;
            };
            self.count = self.count.saturating_add(u64::from(message.is_some()));
            self.count = self.count.saturating_sub(u64::from(known.is_some()));
            *known = message;
        }
        if let Some(Growing { captures, files }) = news.captures {
            Arc::make_mut(&mut self.inventory).captures.clone_from(&captures);
            Arc::make_mut(&mut self.document).captures = captures;
            self.files = files.into();
        }
        if news.end.is_some() {
            self.following = Following::Over;
        }
        if let Some(End::Reached { document, inventory }) = news.end {
            self.document = Arc::from(document);
            self.inventory = Arc::from(inventory);
        }
    }
}
