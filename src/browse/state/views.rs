//! What actions do to views: which one is opened, moved, closed.

use super::{
    Overlay, State, View,
    figures::Figures,
    filter_line::FilterLine,
    ladder::{LadderView, Reading},
    list::Question,
    page::{Page, Subject},
    written,
};
use crate::browse::{
    event::{Effect, Export, Job},
    keys::{self, Action},
    text::Text,
};
use crate::report::{
    document::Message,
    render::{inventory, show},
    words::style::{Style, Tone},
};

impl State {
    pub(super) fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Ladder => self.open_ladder(effects),
            Action::Show => self.open_show(effects),
            Action::Legs => self.open_message(Subject::Legs),
            Action::Pdu => self.open_page(Subject::Pdu),
            Action::Captures => self.open_page(Subject::Captures),
            Action::Help => self.open_page(Subject::Help),
            Action::Stats => self.open_figures(),
            Action::Filter => {
                let line = FilterLine::of(self.list.question().clone(), self.look.zone.clone());
                self.overlay = Some(Overlay::Filter(Box::new(line)));
            }
            Action::Failures | Action::Sort | Action::GroupBy => self.open_menu(action),
            Action::Time => self.list.turn_time(&self.look.style(None), self.width),
            Action::Mark => {
                self.list.mark();
                self.move_in_view(Action::Down);
            }
            Action::Clear => {
                self.list.unmark();
                self.list.ask(Question::default());
                self.list.show_chosen(self.list_rows());
            }
            Action::Context => {
                self.all_context = !self.all_context;
                self.arrange_views();
            }
            Action::NextMessage => self.step(Action::Down, effects),
            Action::PreviousMessage => self.step(Action::Up, effects),
            Action::WriteSlice => self.ask_for_name(Export::Slice),
            Action::WriteParts => self.ask_for_name(Export::Parts),
            Action::WriteJson => self.ask_for_name(Export::Json),
            Action::CopyFilter => self.copy_filter(effects),
            Action::Mouse => {
                self.mouse = !self.mouse;
                effects.push(Effect::Mouse(self.mouse));
                let words = if self.mouse {
                    "the mouse is watched"
                } else {
                    "the mouse is the terminal's"
                };
                self.say(words, Tone::Plain);
            }
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Quit => effects.push(Effect::Quit),
            Action::Close => self.close(effects),
            Action::Escape => {
                self.close_view(effects);
            }
            _ => self.move_in_view(action),
        }
    }

    /// The message that keys are about.
    pub(super) fn current(&self) -> Option<u32> {
        let of_view = |view: &View| match view {
            View::Ladder(ladder) => Some(ladder.message),
            View::Page(page) => match page.subject {
                Subject::Show(message) | Subject::Legs(message) => Some(message),
                Subject::Pdu | Subject::Captures | Subject::Help => None,
            },
            View::Stats(_) => None,
        };
        self.views
            .iter()
            .rev()
            .find_map(of_view)
            .or_else(|| self.list.chosen())
    }

    /// A message as it is shown: with the transactions with other systems that are asked for.
    fn shown_message(&self, place: u32) -> Option<Message> {
        let mut message = self.data.message(place)?.clone();
        message.context.retain(|entry| self.all_context || entry.failed);
        Some(message)
    }

    /// How text looks that fills the screen's width.
    fn full_width(&self) -> Style {
        self.look.style(Some(self.width.max(1).into()))
    }

    /// Puts a view of one message in the place of another, or in front of the list.
    fn put(&mut self, view: View) {
        while let Some(before) = self.views.pop() {
            self.keep(before);
        }
        self.views.push(view);
    }

    /// Keeps a call flow for when it is opened again.
    fn keep(&mut self, view: View) {
        if let View::Ladder(ladder) = view {
            self.kept = Some(ladder);
        }
    }

    pub(super) fn open_ladder(&mut self, effects: &mut Vec<Effect>) {
        let Some(place) = self.current() else { return };
        let Some(message) = self.shown_message(place) else {
            return;
        };
        let style = self.full_width();
        while let Some(before) = self.views.pop() {
            self.keep(before);
        }
        let mut ladder = match self.kept.take().filter(|kept| kept.message == place) {
            Some(mut kept) => {
                kept.arrange(&message, &style);
                if kept.reading.error.is_some() {
                    kept.reading = Reading::default();
                    self.read_pdus(&mut kept, effects);
                }
                kept
            }
            None => {
                let mut new = Box::new(LadderView::new(place, &message, &style));
                self.read_pdus(&mut new, effects);
                new
            }
        };
        ladder.resized(self.body_rows(), self.width);
        self.views.push(View::Ladder(ladder));
    }

    /// Has the PDUs of a call flow read again, those that are not there yet.
    pub(super) fn read_pdus(&mut self, ladder: &mut LadderView, effects: &mut Vec<Effect>) {
        let mut wanted = ladder.pdus();
        wanted.retain(|place| !ladder.reading.pdus.contains_key(place));
        if wanted.is_empty() || self.data.read_once.is_some() {
            return effects.push(Effect::Job(Job::StopReading));
        }
        self.request += 1;
        ladder.reading = Reading {
            request: self.request,
            progress: Some((0, None)),
            pdus: std::mem::take(&mut ladder.reading.pdus),
            ..Reading::default()
        };
        let request = self.request;
        effects.push(Effect::Job(Job::Read { request, wanted }));
    }

    fn open_show(&mut self, effects: &mut Vec<Effect>) {
        let is_open = matches!(
            self.views.last(),
            Some(View::Page(Page {
                subject: Subject::Show(_),
                ..
            }))
        );
        match is_open {
            true => self.open_ladder(effects),
            false => self.open_message(Subject::Show),
        }
    }

    fn open_message(&mut self, subject: fn(u32) -> Subject) {
        let Some(place) = self.current() else { return };
        let subject = subject(place);
        let page = Page::new(subject, self.text_of(subject));
        self.put(View::Page(page));
    }

    pub(super) fn open_page(&mut self, subject: Subject) {
        let is_open = |view: &View| matches!(view, View::Page(page) if page.subject == subject);
        let there = self.views.iter().position(is_open);
        let view = match there {
            Some(at) => self.views.remove(at),
            None => View::Page(Page::new(subject, self.text_of(subject))),
        };
        self.views.push(view);
    }

    fn open_figures(&mut self) {
        self.views.retain(|view| !matches!(view, View::Stats(_)));
        self.count();
    }

    /// Counts the messages of the list by what they are to be grouped by.
    pub(super) fn count(&mut self) {
        let mut figures = Figures::of(&self.list, self.grouping, &self.look.zone);
        figures.go_on(&self.data, &self.look.style(None));
        self.views.push(View::Stats(Box::new(figures)));
    }

    /// What a page says.
    fn text_of(&self, subject: Subject) -> Text {
        let style = self.full_width();
        match subject {
            Subject::Show(place) => match self.shown_message(place) {
                Some(message) => written(|out| show::write(out, &message, &self.around, &style)),
                None => Text::default(),
            },
            Subject::Legs(place) => match self.shown_message(place) {
                Some(message) => written(|out| show::write_legs(out, &message, &self.around, &style)),
                None => Text::default(),
            },
            Subject::Pdu => {
                let ladder = self.views.iter().rev().find_map(|view| match view {
                    View::Ladder(ladder) => Some(ladder),
                    View::Page(_) | View::Stats(_) => None,
                });
                ladder
                    .map(|ladder| ladder.pane_text(&self.data))
                    .unwrap_or_default()
            }
            Subject::Captures => written(|out| inventory::write(out, &self.data.inventory, &style)),
            Subject::Help => written(|out| std::io::Write::write_all(out, keys::help().as_bytes())),
        }
    }

    /// Draws the views anew, for a screen or a setting that has changed.
    pub(super) fn arrange_views(&mut self) {
        let (rows, columns, style) = (self.body_rows(), self.width, self.full_width());
        let mut views = std::mem::take(&mut self.views);
        for view in &mut views {
            match view {
                View::Ladder(ladder) => {
                    if let Some(message) = self.shown_message(ladder.message) {
                        ladder.arrange(&message, &style);
                    }
                    ladder.resized(rows, columns);
                }
                View::Page(page) if page.subject == Subject::Pdu => {}
                View::Page(page) => {
                    page.text = self.text_of(page.subject);
                    page.scroll.keep_within(page.extent(rows, columns));
                }
                View::Stats(figures) => {
                    let extent = super::page::extent(&figures.text, rows, columns);
                    figures.scroll.keep_within(extent);
                }
            }
        }
        self.views = views;
        self.arrange_pdu();
    }

    /// Shows a PDU that was read meanwhile where it fills the screen.
    pub(super) fn arrange_pdu(&mut self) {
        let text = self.text_of(Subject::Pdu);
        let (rows, columns) = (self.body_rows(), self.width);
        for view in &mut self.views {
            if let View::Page(page) = view
                && page.subject == Subject::Pdu
            {
                page.text = text.clone();
                page.scroll.keep_within(page.extent(rows, columns));
            }
        }
    }

    fn move_in_view(&mut self, action: Action) {
        let (rows, columns) = (self.body_rows(), self.width);
        match self.views.last_mut() {
            None => self
                .list
                .go(action, self.height.saturating_sub(super::EDGES + 1).into()),
            Some(View::Ladder(ladder)) => ladder.go(action, &self.data, rows, columns),
            Some(View::Page(page)) => page.scroll.go(action, page.extent(rows, columns)),
            Some(View::Stats(figures)) => {
                let extent = super::page::extent(&figures.text, rows, columns);
                figures.scroll.go(action, extent);
            }
        }
    }

    /// The same view of the message above or below in the list.
    fn step(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let before = self.list.chosen();
        self.list.go(action, self.list_rows());
        let Some(place) = self.list.chosen().filter(|place| Some(*place) != before) else {
            return self.say("there is no other message in the list", Tone::Plain);
        };
        let subject = match self.views.last() {
            Some(View::Page(page)) if matches!(page.subject, Subject::Legs(_)) => Some(Subject::Legs(place)),
            Some(View::Page(_)) => Some(Subject::Show(place)),
            _ => None,
        };
        match subject {
            Some(subject) => {
                let page = Page::new(subject, self.text_of(subject));
                self.put(View::Page(page));
            }
            None => {
                self.views.clear();
                self.open_ladder(effects);
            }
        }
    }

    fn close(&mut self, effects: &mut Vec<Effect>) {
        if self.close_view(effects) {
            return;
        }
        if self.writing > 0 && !self.giving_up {
            self.giving_up = true;
            return self.say("a file is still being written; q again gives it up", Tone::Bad);
        }
        effects.push(Effect::Quit);
    }

    /// Closes the view in front; whether there was one.
    fn close_view(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(view) = self.views.pop() else {
            return false;
        };
        self.keep(view);
        if self.views.is_empty()
            && let Some(kept) = &mut self.kept
            && kept.reading.progress.is_some()
        {
            // Nobody waits for its PDUs; opened again, it has them read again.
            self.kept = None;
            effects.push(Effect::Job(Job::StopReading));
        }
        true
    }
}
