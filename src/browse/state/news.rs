//! What is new of inputs that are followed: the list, the views and what is known beside them take it in.

use std::sync::Arc;

use super::{Effect, State, View};
use crate::browse::data::{Data, News};
use crate::report::words::{style::Tone, undecided::Surroundings};

impl State {
    /// Takes in what is new. What is chosen stays chosen, and an open view shows what its message is now.
    pub(super) fn take_in(&mut self, mut news: News, effects: &mut Vec<Effect>) {
        let said = news.said.take();
        let is_beside = news.end.is_some() || news.captures.is_some();
        let places: Vec<u32> = news.messages.iter().map(|(place, _)| *place).collect();
        let mut data = Data::clone(&self.data);
        data.take_in(news);
        self.data = Arc::new(data);
        let style = self.look.style(None);
        self.list.take_in(Arc::clone(&self.data), &places, &style);
        self.list.arrange(&style, self.width);
        self.list.show_chosen(self.list_rows());
        if is_beside {
            self.around = Surroundings::of(&self.data.document);
        }
        self.show_news(&places, is_beside, effects);
        if let Some(said) = said {
            self.say(said, Tone::Bad);
        }
    }

    /// Shows in the views what is new: their message, the captures, the figures.
    fn show_news(&mut self, places: &[u32], is_beside: bool, effects: &mut Vec<Effect>) {
        let current = self.current().filter(|_| !self.views.is_empty());
        let is_gone = current.is_some_and(|place| self.data.message(place).is_none());
        if is_gone && self.views.iter().any(|view| !matches!(view, View::Stats(_))) {
            self.views.clear();
            self.kept = None;
            return self.say("the message turned out to be part of another one", Tone::Plain);
        }
        let is_changed = current.is_some_and(|place| places.contains(&place));
        if is_changed || is_beside {
            self.arrange_views();
        }
        if is_changed {
            self.read_more(effects);
        }
        if !places.is_empty()
            && let Some(View::Stats(figures)) = self.views.last_mut()
            && figures.counting().is_none()
        {
            figures.count_again(&self.list, &self.look.zone);
        }
    }

    /// Has PDUs read that came to the call flow that is open.
    fn read_more(&mut self, effects: &mut Vec<Effect>) {
        let is_flow = |view: &View| matches!(view, View::Ladder(_));
        let Some(at) = self.views.iter().position(is_flow) else {
            return;
        };
        let View::Ladder(mut ladder) = self.views.remove(at) else {
            return;
        };
        let known = &ladder.reading.pdus;
        if ladder.pdus().iter().any(|place| !known.contains_key(place)) {
            self.read_pdus(&mut ladder, effects);
        }
        self.views.insert(at, View::Ladder(ladder));
    }
}
