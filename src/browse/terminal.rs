//! A state on a real terminal: the screen it takes and gives back, the keys that come from there, and the loop between them.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::Show,
        event::{
            self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
            Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
            MouseEventKind,
        },
        execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size},
    },
    layout::{Position, Rect},
};

use super::{
    data::Data,
    draw::draw,
    event::{Answer, Effect, Event, Job},
    keys::Key,
    state::State,
};

/// How long the keyboard is waited for before jobs and signals are looked after.
const PATIENCE: Duration = Duration::from_millis(50);

/// Lines that a turn of the wheel moves.
const WHEEL: i16 = 3;

/// Events that are taken before the screen is drawn again: what a key that is held down sends while it was drawn.
const EVENTS_AT_ONCE: usize = 64;

/// Does what takes files.
pub trait Host {
    /// Begins a job, about what is walked in.
    fn begin(&mut self, job: Job, data: &Arc<Data>);
    /// What a job brought, if one brought something since.
    fn answer(&mut self) -> Option<Answer>;
    /// Whether the program is to end, for a signal.
    fn is_ended(&self) -> bool;
}

/// Shows a state on the terminal until its user has seen enough. `state` is made for the size of the screen.
///
/// # Errors
/// What the terminal says.
pub fn run(state: impl FnOnce(u16, u16) -> State, host: &mut impl Host) -> io::Result<()> {
    let (columns, rows) = size()?;
    let mut state = state(columns, rows);
    let mut session = Session::open(io::stdout(), state.mouse())?;
    let mut is_changed = true;
    loop {
        // What is drawn again moves the cursor even where nothing else has changed, and the way to the terminal may be long.
        if is_changed {
            session.draw(&state)?;
        }
        match step(&mut state, &mut session, host)? {
            Step::Over => return Ok(()),
            _ if host.is_ended() => return Ok(()),
            step => is_changed = step == Step::Changed,
        }
    }
}

/// What came of waiting for something to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing happened.
    Same,
    /// Something did, and may be seen.
    Changed,
    /// It was the end.
    Over,
}

/// Waits for something to happen and has the state see to it.
fn step(state: &mut State, session: &mut Session<Stdout>, host: &mut impl Host) -> io::Result<Step> {
    let mut events = Vec::new();
    let mut patience = if state.has_work() {
        Duration::ZERO
    } else {
        PATIENCE
    };
    while events.len() < EVENTS_AT_ONCE && event::poll(patience)? {
        add_event(event::read()?, &mut events);
        patience = Duration::ZERO;
    }
    events.extend(
        std::iter::from_fn(|| host.answer())
            .take(EVENTS_AT_ONCE)
            .map(Event::Answer),
    );
    if events.is_empty() {
        if !state.has_work() {
            return Ok(Step::Same);
        }
        events.push(Event::Idle);
    }
    for event in events {
        for effect in state.update(event) {
            match effect {
                Effect::Quit => return Ok(Step::Over),
                Effect::Job(job) => host.begin(job, state.shared_data()),
                Effect::Copy(text) => session.copy(&text)?,
                Effect::Mouse(watched) => session.mouse(watched)?,
                Effect::Redraw => session.clear()?,
                Effect::Suspend => session.suspend()?,
            }
        }
    }
    Ok(Step::Changed)
}

/// Adds what an event of the terminal is to a state.
fn add_event(event: TerminalEvent, events: &mut Vec<Event>) {
    match event {
        TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => {
            let key_alone = key_of(key).map(Event::Key);
            // Escape and a key close behind it, as a slow connection hands them on, look like that key with Alt.
            if key_alone.is_some() && key.modifiers.contains(KeyModifiers::ALT) {
                events.push(Event::Key(Key::Escape));
            }
            events.extend(key_alone);
        }
        TerminalEvent::Paste(text) => events.push(Event::Paste(text)),
        TerminalEvent::Resize(columns, rows) => events.push(Event::Resize(columns, rows)),
        TerminalEvent::Mouse(MouseEvent {
            kind, column, row, ..
        }) => events.extend(match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(column, row)),
            MouseEventKind::ScrollDown => Some(Event::Wheel(WHEEL)),
            MouseEventKind::ScrollUp => Some(Event::Wheel(-WHEEL)),
            _ => None,
        }),
        _ => {}
    }
}

fn key_of(key: KeyEvent) -> Option<Key> {
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.intersects(KeyModifiers::SUPER | KeyModifiers::META) {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(c) if with_control => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

/// A terminal whose screen is ours. However it goes out of use, a panic included, the terminal is as it was.
struct Session<W: Write> {
    terminal: Terminal<CrosstermBackend<BufWriter<W>>>,
    mouse: bool,
}

impl<W: Write> Session<W> {
    fn open(out: W, mouse: bool) -> io::Result<Self> {
        let backend = CrosstermBackend::new(BufWriter::new(out));
        let mut session = Self {
            terminal: Terminal::new(backend)?,
            mouse,
        };
        session.enter()?;
        Ok(session)
    }

    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(
            self.terminal.backend_mut(),
            EnterAlternateScreen,
            EnableBracketedPaste
        )?;
        if self.mouse {
            execute!(self.terminal.backend_mut(), EnableMouseCapture)?;
        }
        self.clear()
    }

    /// Empties the screen, so that all of it is drawn the next time. The library's own way asks the terminal where its cursor
    /// is, and a terminal that is far away, or knows no answer, would end the program.
    fn clear(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives the terminal back. What cannot be done any more need not be.
    fn leave(&mut self) {
        let out = self.terminal.backend_mut();
        let _ = execute!(
            out,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }

    fn draw(&mut self, state: &State) -> io::Result<()> {
        self.terminal.draw(|frame| draw(state, frame))?;
        Ok(())
    }

    fn mouse(&mut self, watched: bool) -> io::Result<()> {
        self.mouse = watched;
        let out = self.terminal.backend_mut();
        match watched {
            true => execute!(out, EnableMouseCapture),
            false => execute!(out, DisableMouseCapture),
        }
    }

    /// Hands a text to the terminal for its clipboard (OSC 52, "Manipulate Selection Data", of xterm's control sequences).
    /// Inside tmux it goes to tmux, which knows the sequence, and through it to the terminal outside, as either may be what
    /// is set up for it.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = format!("\u{1b}]52;c;{}\u{7}", BASE64.encode(text.as_bytes()));
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        if std::env::var_os("TMUX").is_some() {
            let doubled = sequence.replace('\u{1b}', "\u{1b}\u{1b}");
            write!(out, "\u{1b}Ptmux;{doubled}\u{1b}\\")?;
        }
        io::Write::flush(out)
    }

    /// Stops the program as Ctrl-Z does, and goes on when the shell continues it.
    fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            self.leave();
            signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
            self.enter()?;
        }
        Ok(())
    }
}

impl<W: Write> Drop for Session<W> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{io::Read, process::Stdio};

    use pty_process::{Size, blocking};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;

    /// What the test below runs in a pseudo-terminal: it takes the screen, draws, and panics.
    #[test]
    #[ignore = "it panics, and the test that runs it looks at what is left"]
    fn panics_with_the_screen_taken() {
        let mut session = Session::open(io::stdout(), true).unwrap();
        session
            .terminal
            .draw(|frame| {
                frame
                    .buffer_mut()
                    .set_string(0, 0, "drawn", ratatui::style::Style::new());
            })
            .unwrap();
        panic!("injected");
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let (mut pty, pts) = blocking::open().unwrap();
        pty.resize(Size::new(24, 80)).unwrap();
        let path = module_path!().split_once("::").unwrap().1;
        let child = blocking::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg(format!("{path}::panics_with_the_screen_taken"))
            .stderr(Stdio::null())
            .spawn(pts);
        let mut written = Vec::new();
        let mut octets = [0; 4096];
        // A pseudo-terminal that nobody writes to any more is an error on Linux.
        while let Ok(count @ 1..) = pty.read(&mut octets) {
            written.extend_from_slice(&octets[..count]);
        }
        assert!(!child.unwrap().wait().unwrap().success());
        let text = String::from_utf8_lossy(&written);
        assert!(text.contains("drawn") && text.contains("\u{1b}[?1049h"), "{text}");
        let mut terminal = vt100::Parser::default();
        terminal.process(&written);
        let screen = terminal.screen();
        assert!(
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(),
            "{text}"
        );
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let modes = tcgetattr(&pty).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    }

    #[test]
    fn escape_and_a_key_close_behind_it_are_two_keys() {
        let told = |code, modifiers| {
            let mut events = Vec::new();
            add_event(TerminalEvent::Key(KeyEvent::new(code, modifiers)), &mut events);
            let keys = events.into_iter().map(|event| match event {
                Event::Key(key) => key,
                other => panic!("{other:?}"),
            });
            keys.collect::<Vec<_>>()
        };
        assert_eq!(
            told(KeyCode::Char('/'), KeyModifiers::ALT),
            [Key::Escape, Key::Char('/')]
        );
        assert_eq!(told(KeyCode::Char('C'), KeyModifiers::CONTROL), [Key::Ctrl('c')]);
        assert_eq!(told(KeyCode::Char('G'), KeyModifiers::SHIFT), [Key::Char('G')]);
        assert_eq!(told(KeyCode::F(5), KeyModifiers::ALT), []);
    }
}
