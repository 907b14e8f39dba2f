//! What is on the screen, how it came there, and what keys make of it.

mod editor;
mod exports;
mod figures;
mod filter_line;
mod ladder;
mod list;
mod menu;
mod menus;
mod mouse;
mod news;
mod page;
mod scroll;
mod views;

pub use editor::Editor;
pub use figures::{Figures, groupings};
pub use filter_line::FilterLine;
pub use ladder::LadderView;
pub use list::{Facet, List, MARGIN};
pub use menu::Menu;
pub use page::{Page, Subject};
pub use scroll::Scroll;

use std::sync::Arc;

use super::{
    data::Data,
    event::{Answer, Effect, Event, Export, Job},
    keys::{self, Action, Key, Mode},
    text::Text,
};
use crate::model::Timestamp;
use crate::report::{
    query::filter::Filter,
    words::{
        names::HostNames,
        style::{Style, Tone},
        undecided::Surroundings,
        zone::Zone,
    },
};
use list::Question;

/// How everything looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether there is colour.
    pub colour: bool,
    /// Whether only ASCII is shown.
    pub ascii: bool,
    /// In which zone times are shown, and read where they are typed without an offset.
    pub zone: Zone,
    /// What hosts are called.
    pub names: HostNames,
}

impl Look {
    /// As `report` has it, for a width.
    pub fn style(&self, width: Option<usize>) -> Style {
        Style {
            colour: self.colour,
            ascii: self.ascii,
            width,
            zone: self.zone.clone(),
            names: self.names.clone(),
        }
    }
}

/// A view above the list.
#[derive(Clone, Debug)]
pub enum View {
    /// The call flow of a message.
    Ladder(Box<LadderView>),
    /// A text.
    Page(Page),
    /// Figures of groups of messages.
    Stats(Box<Figures>),
}

/// What is in front of a view.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A filter is typed.
    Filter(Box<FilterLine>),
    /// A name to write to is typed.
    Name {
        /// What is typed.
        editor: Editor,
        /// What is to be written.
        what: Export,
        /// Of these messages.
        messages: Vec<u32>,
    },
    /// A menu.
    Menu(Menu),
}

/// Something said about what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// In words: untrusted text.
    pub words: String,
    /// How it went.
    pub tone: Tone,
}

/// What is on the screen.
#[derive(Clone, Debug)]
pub struct State {
    data: Arc<Data>,
    around: Surroundings,
    look: Look,
    width: u16,
    height: u16,
    list: List,
    /// The last one is in front.
    views: Vec<View>,
    overlay: Option<Overlay>,
    status: Option<Status>,
    /// The call flow that was open last, with its PDUs.
    kept: Option<Box<LadderView>>,
    /// Whether all transactions with other systems are shown, and not only those that failed.
    all_context: bool,
    grouping: usize,
    mouse: bool,
    /// The number of the last job that read PDUs.
    request: u64,
    /// Files that are being written.
    writing: u32,
    /// Whether the end was asked for although files are being written.
    giving_up: bool,
}

/// Rows of the screen beside the body: title, details, keys.
const EDGES: u16 = 3;

impl State {
    /// The list of all messages, on a screen of this size.
    pub fn new(data: Arc<Data>, look: Look, width: u16, height: u16) -> Self {
        let mut state = Self {
            around: Surroundings::of(&data.document),
            list: List::new(Arc::clone(&data), &look.style(None)),
            data,
            look,
            width,
            height,
            views: Vec::new(),
            overlay: None,
            status: None,
            kept: None,
            all_context: false,
            grouping: 0,
            mouse: false,
            request: 0,
            writing: 0,
            giving_up: false,
        };
        state.resize(width, height);
        state
    }

    /// Begins with a mouse that is watched.
    pub const fn with_mouse(mut self) -> Self {
        self.mouse = true;
        self
    }

    /// Whether the mouse is watched.
    pub const fn mouse(&self) -> bool {
        self.mouse
    }

    /// What comes of an event.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Key(key) => self.key(key, &mut effects),
            Event::Paste(text) => self.typed(&text),
            Event::Click(column, row) => self.click(column, row, &mut effects),
            Event::Wheel(lines) => self.wheel(lines),
            Event::Resize(width, height) => self.resize(width, height),
            Event::Idle => self.go_on(),
            Event::Answer(answer) => self.answer(answer, &mut effects),
        }
        effects
    }

    /// Whether a piece of work is not over and can go on while nothing else is to be done.
    pub fn has_work(&self) -> bool {
        let counting = match self.views.last() {
            Some(View::Stats(figures)) => figures.counting().is_some(),
            _ => false,
        };
        counting || self.list.scanning().is_some()
    }

    fn go_on(&mut self) {
        self.list.go_on();
        self.list.show_chosen(self.list_rows());
        let style = self.look.style(None);
        if let Some(View::Stats(figures)) = self.views.last_mut() {
            figures.go_on(&self.data, &style);
        }
    }

    fn key(&mut self, key: Key, effects: &mut Vec<Effect>) {
        let mode = self.mode();
        let action = keys::action(mode, key);
        if action != Some(Action::Close) {
            self.giving_up = false;
        }
        self.status = None;
        match (mode, action, key) {
            (Mode::Filter | Mode::Name, Some(action), _) => self.edit(action, effects),
            (Mode::Filter | Mode::Name, None, Key::Char(c)) => self.typed(c.encode_utf8(&mut [0; 4])),
            (Mode::Menu, Some(action), _) => self.in_menu(action),
            (_, Some(action), _) => self.act(action, effects),
            (_, None, _) => {}
        }
    }

    /// What keys go by.
    pub fn mode(&self) -> Mode {
        match (&self.overlay, self.views.last()) {
            (Some(Overlay::Filter(_)), _) => Mode::Filter,
            (Some(Overlay::Name { .. }), _) => Mode::Name,
            (Some(Overlay::Menu(_)), _) => Mode::Menu,
            (None, None) => Mode::List,
            (None, Some(View::Ladder(_))) => Mode::Ladder,
            (None, Some(View::Stats(_))) => Mode::Stats,
            (None, Some(View::Page(page))) => match page.subject {
                Subject::Show(_) | Subject::Legs(_) => Mode::Message,
                Subject::Pdu | Subject::Captures | Subject::Help => Mode::Page,
            },
        }
    }

    fn resize(&mut self, width: u16, height: u16) {
        (self.width, self.height) = (width, height);
        self.list.arrange(&self.look.style(None), width);
        self.list.show_chosen(self.list_rows());
        if let Some(Overlay::Menu(menu)) = &mut self.overlay {
            menu.show_chosen(menu_rows(height));
        }
        self.arrange_views();
    }

    /// What was typed goes to where something can be.
    fn typed(&mut self, text: &str) {
        match &mut self.overlay {
            Some(Overlay::Filter(line)) => {
                line.editor.insert(text);
                let filter = line.changed();
                self.ask(filter);
            }
            Some(Overlay::Name { editor, .. }) => editor.insert(text),
            Some(Overlay::Menu(_)) | None => {}
        }
    }

    /// Asks for the messages of a filter, if it could be read.
    fn ask(&mut self, filter: Option<Option<Filter>>) {
        let Some(filter) = filter else { return };
        let Some(Overlay::Filter(line)) = &self.overlay else {
            return;
        };
        let question = Question {
            text: line.editor.text().to_owned(),
            filter,
            facet: self.list.question().facet,
        };
        self.list.ask(question);
        self.list.show_chosen(self.list_rows());
    }

    fn edit(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Accept => return self.accept(effects),
            Action::Abandon => return self.abandon(),
            _ => {}
        }
        let changed = match &mut self.overlay {
            Some(Overlay::Filter(line)) if action == Action::Complete => line.complete(),
            Some(Overlay::Filter(line)) => match edit(&mut line.editor, action) {
                true => line.changed(),
                false => {
                    line.moved();
                    None
                }
            },
            Some(Overlay::Name { editor, .. }) => {
                edit(editor, action);
                None
            }
            _ => None,
        };
        self.ask(changed);
    }

    fn accept(&mut self, effects: &mut Vec<Effect>) {
        match self.overlay.take() {
            Some(Overlay::Filter(mut line)) if line.error.is_some() => {
                line.refused = true;
                self.overlay = Some(Overlay::Filter(line));
            }
            Some(Overlay::Name {
                editor,
                what,
                messages,
            }) if !editor.text().trim().is_empty() => {
                self.writing += 1;
                let path = editor.text().trim().into();
                self.say(format!("writing {}", editor.text().trim()), Tone::Plain);
                effects.push(Effect::Job(Job::Export { what, messages, path }));
            }
            _ => {}
        }
    }

    fn abandon(&mut self) {
        if let Some(Overlay::Filter(line)) = self.overlay.take() {
            self.list.ask(line.before);
            self.list.show_chosen(self.list_rows());
        }
    }

    fn say(&mut self, words: impl Into<String>, tone: Tone) {
        let words = words.into();
        self.status = Some(Status { words, tone });
    }

    fn answer(&mut self, answer: Answer, effects: &mut Vec<Effect>) {
        match answer {
            Answer::News(news) => self.take_in(*news, effects),
            Answer::Written(written) => {
                self.writing = self.writing.saturating_sub(1);
                let tone = if written.whole { Tone::Good } else { Tone::Bad };
                self.say(written.told, tone);
            }
            Answer::Progress { request, read, total } => {
                if let Some(ladder) = self.reader(request) {
                    ladder.reading.progress = Some((read, total));
                }
            }
            Answer::Pdu { request, place, tree } => {
                if let Some(ladder) = self.reader(request) {
                    ladder.reading.pdus.entry(place).or_default().add(&tree);
                    self.arrange_pdu();
                }
            }
            Answer::ReadingOver { request, error } => {
                if let Some(ladder) = self.reader(request) {
                    ladder.reading.progress = None;
                    ladder.reading.error = error;
                    self.arrange_pdu();
                }
            }
        }
    }

    /// The call flow for which this job reads.
    fn reader(&mut self, request: u64) -> Option<&mut LadderView> {
        let views = self.views.iter_mut().filter_map(|view| match view {
            View::Ladder(ladder) => Some(ladder),
            View::Page(_) | View::Stats(_) => None,
        });
        let mut all = views.chain(self.kept.as_mut());
        let found = all.find(|ladder| ladder.reading.request == request)?;
        Some(found.as_mut())
    }

    /// How it looks, for a width.
    pub const fn look(&self) -> &Look {
        &self.look
    }

    /// Columns and rows of the screen.
    #[cfg(test)]
    pub const fn size(&self) -> (u16, u16) {
        (self.width, self.height)
    }

    /// What is walked in.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The same, to be kept.
    pub const fn shared_data(&self) -> &Arc<Data> {
        &self.data
    }

    /// When the last capture ends, so far.
    pub const fn capture_time(&self) -> Option<Timestamp> {
        self.around.end
    }

    /// The list.
    pub const fn list(&self) -> &List {
        &self.list
    }

    /// The view in front of the list, if there is one.
    pub fn view(&self) -> Option<&View> {
        self.views.last()
    }

    /// What is in front of the view.
    pub const fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// What was said last.
    pub const fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// Rows between title and details.
    pub const fn body_rows(&self) -> u16 {
        self.height.saturating_sub(EDGES)
    }

    /// Rows for messages, below the heads of the columns.
    fn list_rows(&self) -> usize {
        self.body_rows().saturating_sub(1).into()
    }
}

/// Lines of a menu that a screen of this height has room for.
pub fn menu_rows(height: u16) -> usize {
    height.saturating_sub(EDGES + 2).max(1).into()
}

/// Does what a key does to text; whether it can have changed it.
fn edit(editor: &mut Editor, action: Action) -> bool {
    match action {
        Action::CursorLeft => editor.left(),
        Action::CursorRight => editor.right(),
        Action::CursorHome => editor.home(),
        Action::CursorEnd => editor.end(),
        Action::DeleteBefore => editor.delete_before(),
        Action::DeleteAfter => editor.delete_after(),
        Action::DeleteWord => editor.delete_word(),
        Action::DeleteAll => editor.clear(),
        _ => {}
    }
    matches!(
        action,
        Action::DeleteBefore | Action::DeleteAfter | Action::DeleteWord | Action::DeleteAll
    )
}

/// What a function of `report` writes, as lines.
fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Text {
    let mut octets = Vec::new();
    // Memory takes what is written.
    let _ = write(&mut octets);
    Text::read(&octets)
}
