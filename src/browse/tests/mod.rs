//! Keys pressed and the screen read, without a terminal.
//!
//! | module | what |
//! | --- | --- |
//! | [`follows`] | what is new of inputs that are followed |
//! | [`looks`] | every view at three sizes, in colour and in ASCII; hostile text |
//! | [`walks`] | what keys do: filter, menus, call flow and PDU, exports |

mod follows;
mod looks;
mod walks;

use std::sync::Arc;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use super::{
    data::Data,
    draw::draw,
    event::{Answer, Effect, Event, Job},
    keys::Key,
    state::{Look, State},
};
use crate::report::sample;

/// Someone before a screen.
struct Walk {
    state: State,
    effects: Vec<Effect>,
}

impl Walk {
    /// Before the messages of the sample document.
    fn new(width: u16, height: u16) -> Self {
        Self::with(data(), Look::default(), width, height)
    }

    fn with(data: Data, look: Look, width: u16, height: u16) -> Self {
        Self {
            state: State::new(Arc::new(data), look, width, height),
            effects: Vec::new(),
        }
    }

    /// Presses keys by their names; those with no name of their own are typed.
    fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split_whitespace() {
            match key(name) {
                Some(key) => self.tell(Event::Key(key)),
                None => self.type_in(name),
            };
        }
        self
    }

    fn type_in(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.tell(Event::Key(Key::Char(c)));
        }
        self
    }

    /// Tells something, and waits until all that follows from it is done.
    fn tell(&mut self, event: Event) -> &mut Self {
        self.effects.extend(self.state.update(event));
        while self.state.has_work() {
            self.effects.extend(self.state.update(Event::Idle));
        }
        self
    }

    /// The PDUs that were asked for, answered.
    fn read_pdus(&mut self) -> &mut Self {
        let jobs = self.effects.iter().rev();
        let (request, wanted) = jobs
            .filter_map(|effect| match effect {
                Effect::Job(Job::Read { request, wanted }) => Some((*request, wanted.clone())),
                _ => None,
            })
            .next()
            .expect("PDUs were asked for");
        for place in wanted {
            let tree = format!(
                "tree of frame {}\n00000000  8c 80  X-Mms-Message-Type\n",
                place.frame
            );
            self.tell(Event::Answer(Answer::Pdu {
                request,
                place,
                tree: tree.into_bytes(),
            }));
        }
        self.tell(Event::Answer(Answer::ReadingOver { request, error: None }))
    }

    fn buffer(&self) -> Buffer {
        drawn(&self.state)
    }

    /// The screen as text.
    fn screen(&self) -> String {
        as_text(&self.buffer())
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "{text} is not in\n{screen}");
        self
    }

    #[track_caller]
    fn hides(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text} is in\n{screen}");
        self
    }

    /// The number in the chosen row of the list.
    fn chosen(&self) -> Option<u64> {
        let place = self.state.list().chosen()?;
        self.state.data().message(place).map(|message| message.id)
    }
}

/// A state on a screen.
fn drawn(state: &State) -> Buffer {
    let (width, height) = state.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(state, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text on a screen.
fn as_text(buffer: &Buffer) -> String {
    let rows = buffer.content().chunks(buffer.area.width.into());
    let lines = rows.map(|row| {
        let mut line = String::new();
        let mut hidden = 0;
        for cell in row {
            if hidden == 0 {
                line.push_str(cell.symbol());
                hidden = crate::report::words::style::cells(cell.symbol());
            }
            hidden = hidden.saturating_sub(1);
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What a state shows, as text.
pub(crate) fn picture(state: &State) -> String {
    as_text(&drawn(state))
}

fn data() -> Data {
    Data::finished(sample::document(), sample::inventory(), None)
}

/// The key of that name; a character is its own.
pub(crate) fn key(name: &str) -> Option<Key> {
    let named = [
        Key::Enter,
        Key::Escape,
        Key::Tab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Char(' '),
        Key::Ctrl('c'),
        Key::Ctrl('u'),
        Key::Ctrl('w'),
        Key::Ctrl('l'),
        Key::Ctrl('z'),
    ];
    named.into_iter().find(|key| key.to_string() == name)
}
