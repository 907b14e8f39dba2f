//! `mmsmate browse` in a pseudo-terminal: keys are pressed, and the screen is read as a terminal shows it.

#![cfg(unix)]

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use mmsmate::internals::model::is_dangerous;
use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use rustix::termios::{LocalModes, tcgetattr};

use crate::{
    support::{printed, run, run_in, testdata},
    untrusted_text,
};

pub(crate) const ENTER: &str = "\r";
pub(crate) const TAB: &str = "\t";
pub(crate) const ESCAPE: &str = "\u{1b}";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const END: &str = "\u{1b}[F";

/// How long the screen is waited for: a machine at its limits is no fault of the program.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a terminal got.
pub(crate) struct Shown {
    terminal: vt100::Parser,
    octets: Vec<u8>,
    is_over: bool,
}

/// Someone before a terminal in which the program runs.
pub(crate) struct Seat {
    pty: Arc<Pty>,
    pub(crate) child: Child,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Seat {
    /// Before a terminal of 24 rows and 80 columns.
    pub(crate) fn new(arguments: &[&str], files: &[PathBuf]) -> Self {
        Self::with(|command| command.args(arguments).args(files), 80, 24)
    }

    pub(crate) fn with(set_up: impl FnOnce(Command) -> Command, columns: u16, rows: u16) -> Self {
        Self::of(Some("browse"), set_up, columns, rows)
    }

    /// Before a terminal in which a command runs.
    pub(crate) fn of(
        command: Option<&str>,
        set_up: impl FnOnce(Command) -> Command,
        columns: u16,
        rows: u16,
    ) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
            .args(command)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env_remove("TMUX");
        let child = set_up(command).spawn(pts).unwrap();
        let shown = Shown {
            terminal: vt100::Parser::new(cells(rows), cells(columns), 0),
            octets: Vec::new(),
            is_over: false,
        };
        let seat = Self {
            pty: Arc::new(pty),
            child,
            shown: Arc::new((Mutex::new(shown), Condvar::new())),
        };
        let (pty, shown) = (Arc::clone(&seat.pty), Arc::clone(&seat.shown));
        thread::spawn(move || {
            let mut octets = [0; 4096];
            loop {
                // A pseudo-terminal that nobody writes to any more is an error on Linux.
                let count = (&*pty).read(&mut octets).unwrap_or(0);
                let mut seen = shown.0.lock().unwrap();
                seen.terminal.process(&octets[..count]);
                seen.octets.extend_from_slice(&octets[..count]);
                seen.is_over = count == 0;
                shown.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        seat
    }

    pub(crate) fn press(&self, keys: &str) -> &Self {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits until the screen is as it has to be.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Shown) -> bool) -> &Self {
        let (shown, changed) = &*self.shown;
        let begun = Instant::now();
        let mut seen = shown.lock().unwrap();
        while !holds(&seen) {
            let screen = seen.terminal.screen().contents();
            assert!(!seen.is_over, "the program ended before {what} was on\n{screen}");
            assert!(begun.elapsed() < PATIENCE, "{what} is not on\n{screen}");
            seen = changed.wait_timeout(seen, Duration::from_millis(200)).unwrap().0;
        }
        self
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> &Self {
        self.until(text, |shown| shown.terminal.screen().contents().contains(text))
    }

    /// Waits until a text is on the screen no more.
    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> &Self {
        self.until(&format!("a screen without {text}"), |shown| {
            !shown.terminal.screen().contents().contains(text)
        })
    }

    fn resize(&self, columns: u16, rows: u16) -> &Self {
        let mut seen = self.shown.0.lock().unwrap();
        seen.terminal.set_size(cells(rows), cells(columns));
        self.pty.resize(Size::new(rows, columns)).unwrap();
        drop(seen);
        self
    }

    /// Whether what is typed is shown and handed on line by line, as a shell needs it.
    fn is_as_a_shell_needs_it(&self) -> bool {
        let modes = tcgetattr(&*self.pty).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits for the end, after which the terminal has to be as it was. The exit status and all octets that the terminal
    /// got.
    pub(crate) fn ends(mut self) -> (Option<i32>, Vec<u8>) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(begun.elapsed() < PATIENCE, "it does not end"),
            }
            thread::sleep(Duration::from_millis(10));
        };
        let (shown, changed) = &*self.shown;
        let mut seen = shown.lock().unwrap();
        while !seen.is_over {
            seen = changed.wait_timeout(seen, Duration::from_millis(200)).unwrap().0;
        }
        let screen = seen.terminal.screen();
        assert!(!screen.alternate_screen(), "the screen is given back");
        assert!(!screen.hide_cursor(), "the cursor is given back");
        assert!(!screen.bracketed_paste(), "what is pasted is the shell's again");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(self.is_as_a_shell_needs_it(), "raw mode is over");
        (status.code(), seen.octets.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // It has ended, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn capture(name: &str) -> PathBuf {
    testdata().join("captures").join(name)
}

fn rejected() -> Vec<PathBuf> {
    vec![capture("c_rejected.pcap")]
}

#[test]
fn every_view_is_walked_through_and_the_terminal_given_back() {
    let files = [rejected(), vec![capture("e_invalid_recipient.pcap")]].concat();
    let seat = Seat::new(&[], &files);
    seat.shows("6 messages").shows("reported rejected");
    assert!(!seat.is_as_a_shell_needs_it(), "keys come one by one");
    seat.press(DOWN).shows(">  2");
    seat.press(ENTER)
        .shows("Message 2, call flow")
        .shows("X-Mms-Message-Type: m-send-req");
    seat.press(DOWN).shows("frame 2:6").shows("m-send-conf");
    seat.press(TAB).shows("Message 2, in full").shows("in Wireshark");
    seat.press("l").shows("legs and joins").shows("Submission: ");
    seat.press("q").shows("6 messages");
    seat.press("S")
        .shows("Figures by mmsc")
        .shows("mms.alpha.example");
    seat.press("c").shows("Captures").shows("127  frames");
    seat.press("?").shows("Keys").shows("In the list of messages");
    seat.press("qqq").shows("6 messages");
    seat.press("t")
        .shows("SECONDS")
        .press("s")
        .shows("Sort by")
        .press(ESCAPE)
        .hides("Sort by");
    seat.press("q");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn a_filter_is_typed_completed_corrected_and_taken() {
    let seat = Seat::new(&[], &[capture("e_invalid_recipient.pcap")]);
    seat.shows("5 messages")
        .press("/")
        .press("outc")
        .shows("outcome")
        .press(TAB)
        .shows("/ outcome");
    seat.press("== x").shows("outcome is never x");
    seat.press("\u{7f}fail")
        .shows("failure")
        .press(TAB)
        .shows("2 of 5 messages");
    seat.press(ENTER).shows("filter outcome == failure");
    seat.press("f")
        .shows("Messages with")
        .press(END)
        .press(ENTER)
        .shows("only malformed_pdu");
    // A text that is pasted is typed and never a key.
    seat.press(ESCAPE)
        .shows("5 messages")
        .press("/")
        .press("\u{1b}[200~id in (1, 2)\r\u{1b}[201~");
    seat.shows("2 of 5 messages").shows("/ id in (1, 2)");
    seat.press("\u{3}").shows("5 messages").press("\u{3}");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn what_is_written_and_copied_is_what_the_commands_print() {
    let folder = tempfile::tempdir().unwrap();
    let files = rejected();
    let seat = Seat::with(|command| command.args(&files).current_dir(folder.path()), 120, 30);
    seat.shows("1 message")
        .press("w")
        .shows("to the capture message-1.pcapng")
        .press(ENTER);
    seat.shows("written: message-1.pcapng")
        .press("p")
        .shows("message-1-parts")
        .press(ENTER);
    seat.shows("written: message-1-parts")
        .press("j")
        .shows("message-1.json")
        .press(ENTER);
    seat.shows("written: message-1.json");
    // Once more: what is there is not overwritten.
    seat.press("j")
        .shows("write the message")
        .press(ENTER)
        .shows("exists");
    seat.press("y").shows("copied").press("q");
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(0));

    let file = files[0].to_str().unwrap();
    run_in(folder.path(), &["slice", file, "-o", "slice.pcapng"]);
    run_in(folder.path(), &["parts", file, "-d", "parts"]);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("message-1.pcapng"), read("slice.pcapng"));
    assert_eq!(read("message-1-parts/manifest.json"), read("parts/manifest.json"));
    assert_eq!(
        read("message-1.json"),
        printed(&["show", "--format", "json"], &files).into_bytes()
    );
    let filter = printed(&["slice", "--filter-only"], &files);
    let copied = format!("\u{1b}]52;c;{}\u{7}", BASE64.encode(filter.trim_end().as_bytes()));
    let octets = String::from_utf8_lossy(&octets);
    assert!(octets.contains(&copied), "{copied}");
    assert!(!octets.contains("Ptmux;"), "that is for tmux");
}

#[test]
fn a_screen_that_changes_its_size_is_drawn_anew() {
    let seat = Seat::new(&[], &[capture("e_invalid_recipient.pcap")]);
    seat.shows("5 messages").hides("REASON");
    seat.resize(160, 50)
        .shows("REASON")
        .shows("send refused: sending address unresolved");
    seat.press(END)
        .press(ENTER)
        .shows("Message 5")
        .resize(40, 10)
        .shows("> ")
        .resize(100, 30);
    seat.shows("S figures").press("Q");
    assert_eq!(seat.ends().0, Some(0));
}

/// Far away a terminal that is written to all the time costs something.
#[test]
fn a_screen_on_which_nothing_happens_is_not_written_to() {
    let seat = Seat::new(&[], &rejected());
    seat.shows("1 message").press(ENTER).shows("X-Mms-Message-Type");
    let written = || seat.shown.0.lock().unwrap().octets.len();
    // What was still on its way comes within this time.
    thread::sleep(Duration::from_secs(1));
    let before = written();
    thread::sleep(Duration::from_secs(1));
    assert_eq!(written(), before);
    seat.press("Q");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn captures_from_a_pipe_are_shown_and_keys_come_from_the_terminal() {
    let octets = std::fs::read(capture("c_rejected.pcap")).unwrap();
    let mut seat = Seat::with(|command| command.arg("-").stdin(Stdio::piped()), 80, 24);
    let mut input = seat.child.stdin.take().unwrap();
    input.write_all(&octets).unwrap();
    drop(input);
    seat.shows("1 message")
        .press(ENTER)
        .shows("came from a pipe and cannot be read again");
    seat.press("w").shows("came from a pipe").press("qq");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    let seat = Seat::new(&["--mouse"], &rejected());
    seat.shows("1 message").press(ENTER).shows("call flow");
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &seat.child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(seat.ends().0, Some(143));
}

#[test]
fn ctrl_c_while_captures_are_read_ends_it_without_a_view() {
    let mut seat = Seat::with(|command| command.arg("-").stdin(Stdio::piped()), 80, 24);
    let mut input = seat.child.stdin.take().unwrap();
    input
        .write_all(&std::fs::read(capture("c_rejected.pcap")).unwrap())
        .unwrap();
    // The terminal makes a signal of it once the program has registered what is done about that; before, it just ends.
    thread::sleep(Duration::from_millis(500));
    seat.press("\u{3}");
    let (status, octets) = seat.ends();
    assert_ne!(status, Some(0));
    assert!(!String::from_utf8_lossy(&octets).contains("1 message"));
}

#[test]
fn without_a_terminal_it_refuses() {
    let (status, stdout, stderr) = run(&["browse"], &rejected());
    assert_eq!((status, stdout.len()), (2, 0));
    assert!(stderr.contains("browse needs a terminal"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
    let files = rejected();
    let seat = Seat::with(|command| command.args(&files).env("TERM", "dumb"), 80, 24);
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(2));
    assert!(!octets.contains(&0x1b));
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_shown() {
    let seat = Seat::new(&[], &[Path::new("/nonexistent/a.pcap").to_owned()]);
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(2));
    let told = String::from_utf8_lossy(&octets);
    assert!(
        told.contains("a.pcap") && !told.contains("\u{1b}[?1049h"),
        "{told}"
    );
}

/// What is left of what a terminal got without the sequences that move its cursor and choose its colours.
fn text(octets: &[u8]) -> String {
    anstream::adapter::strip_str(std::str::from_utf8(octets).unwrap()).to_string()
}

#[test]
fn without_colour_and_utf_8_there_is_neither() {
    let files = [capture("l_multi_recipients.pcap")];
    let seat = Seat::with(
        |command| command.args(["--ascii"]).args(&files).env("NO_COLOR", "1"),
        80,
        24,
    );
    seat.shows("1 message")
        .press(ENTER)
        .shows("m-send-req")
        .press(TAB)
        .shows("in full")
        .press("S?cQ");
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(0));
    assert!(octets.is_ascii());
    let octets = String::from_utf8(octets).unwrap();
    for piece in octets.split("\u{1b}[").skip(1) {
        let (numbers, _) = piece.split_once(|c: char| c.is_ascii_alphabetic()).unwrap();
        let sets_colour = piece.split_at(numbers.len()).1.starts_with('m')
            && numbers
                .split(';')
                .any(|number| matches!(number.parse(), Ok(30..=37 | 40..=47 | 90..=107)));
        assert!(!sets_colour, "{piece:?}");
    }
}

#[test]
fn nothing_in_a_capture_reaches_the_terminal_as_a_command() {
    let captures = untrusted_text::captures();
    let seat = Seat::with(|command| command.arg(&captures.hostile), 200, 50);
    seat.shows("1 message")
        .press(ENTER)
        .shows("m-notification-ind")
        .shows("X-Mms-MMS-Version");
    seat.press(ENTER)
        .shows("PDU")
        .press("q")
        .press(TAB)
        .shows("in full")
        .press("l")
        .shows("legs and joins");
    seat.press("qS")
        .shows("Figures")
        .press("b")
        .shows("Group by")
        .press(DOWN)
        .press(DOWN)
        .press(DOWN)
        .press(DOWN)
        .press(ENTER);
    seat.shows("Figures by sender")
        .press("q")
        .press("/subject contains 'x'")
        .shows("/ subject")
        .press(ENTER)
        .press("q");
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(0));
    let octets = String::from_utf8(octets).unwrap();
    assert!(octets.contains("HYPERLINK"), "it was on the screen");
    for attack in ["\u{1b}]0;", "\u{1b}]2;", "\u{9b}"] {
        assert!(!octets.contains(attack), "{attack:?}");
    }
    let bad = text(octets.as_bytes())
        .chars()
        .find(|c| !matches!(c, '\r' | '\n') && is_dangerous(*c));
    assert_eq!(bad, None);
}
