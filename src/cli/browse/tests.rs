//! The view over captures that are really read, with jobs that are really done; the pictures and the keys in
//! docs/BROWSE.md. `MMSMATE_WRITE_TESTDATA=1` writes down what they look like now.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use clap::Parser;

use super::*;
use crate::{
    browse::{
        Effect, Event, Host, Job,
        keys::{BINDINGS, Group, names},
        tests::{key, picture},
    },
    cli::captures::inventory_of,
};

/// The arguments, as typed.
#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    browse: BrowseArgs,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn arguments(captures: &[&str]) -> BrowseArgs {
    let captures = captures.iter().map(|name| root().join("testdata").join(name));
    let typed = ["browse".into()].into_iter().chain(captures);
    Typed::try_parse_from(typed).unwrap().browse
}

fn analysed(arguments: &BrowseArgs) -> (Data, Exit) {
    analyse(arguments, &Preferences::default()).unwrap().unwrap()
}

struct Walk {
    state: State,
    jobs: Jobs,
}

impl Walk {
    fn new(captures: &[&str], width: u16, height: u16) -> Self {
        let arguments = arguments(captures);
        let (mut data, exit) = analysed(&arguments);
        assert_eq!(exit, Exit::Ran);
        // Where this repository lies plays no part in how things look.
        for capture in &mut Arc::make_mut(&mut data.inventory).captures {
            capture.path = Path::new(&capture.path)
                .strip_prefix(root())
                .unwrap()
                .display()
                .to_string();
        }
        let data = Arc::new(data);
        Self {
            jobs: Jobs::new(&arguments, Look::default(), channel()),
            state: State::new(data, Look::default(), width, height),
        }
    }

    fn press(&mut self, names: &str) -> &mut Self {
        for name in names.split_whitespace() {
            let keys = match key(name) {
                Some(key) => vec![key],
                None => name.chars().map(keys::Key::Char).collect(),
            };
            keys.into_iter().for_each(|key| self.tell(Event::Key(key)));
        }
        self
    }

    /// Tells something, and waits until the jobs that it begins are done.
    fn tell(&mut self, event: Event) {
        for effect in self.state.update(event) {
            if let Effect::Job(job) = effect {
                let is_one = !matches!(job, Job::StopReading);
                self.jobs.begin(job, self.state.shared_data());
                if is_one {
                    self.wait();
                }
            }
        }
    }

    fn wait(&mut self) {
        loop {
            let Some(answer) = self.jobs.answer() else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            let is_last = matches!(
                answer,
                browse::Answer::ReadingOver { .. } | browse::Answer::Written(_)
            );
            self.state.update(Event::Answer(answer));
            if is_last {
                return;
            }
        }
    }

    fn picture(&self) -> String {
        picture(&self.state)
    }
}

const MANY: &[&str] = &[
    "captures/l_multi_recipients.pcap",
    "captures/c_rejected.pcap",
    "captures/m_mailbox.pcap",
    "captures/h_notif_repeated.pcap",
    "captures/v3_vectorcore_big.pcap",
];

/// The keys as a table of Markdown.
fn table_of_keys() -> String {
    let mut table = String::new();
    for group in Group::ALL {
        table.push_str(&format!("\n| {} | |\n| --- | --- |\n", group.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.group == *group) {
            let names = names(binding);
            let names: Vec<String> = names.split(", ").map(|name| format!("`{name}`")).collect();
            table.push_str(&format!("| {} | {} |\n", names.join(", "), binding.words));
        }
    }
    table
}

/// The document with what stands between two marks of that name in another way.
fn with(document: &str, name: &str, inside: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let (before, rest) = document
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{begin}{inside}{end}{after}")
}

#[test]
fn the_document_shows_what_is_on_the_screen_and_every_key() {
    let path = root().join("docs/BROWSE.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let screen = |walk: &Walk| format!("```text\n{}\n```\n", walk.picture());
    let list = Walk::new(MANY, 100, 16);
    let mut ladder = Walk::new(&["captures/c_rejected.pcap"], 120, 36);
    ladder.press("Enter Down Down Down Down");
    let mut filter = Walk::new(MANY, 100, 12);
    filter
        .press("/")
        .press("failures.kind")
        .press("Space == Space ret");
    let mut shown = with(&document, "picture of the list", &screen(&list));
    shown = with(&shown, "picture of a call flow", &screen(&ladder));
    shown = with(&shown, "picture of a filter", &screen(&filter));
    shown = with(&shown, "keys", &table_of_keys());
    if std::env::var_os("MMSMATE_WRITE_TESTDATA").is_some() {
        std::fs::write(&path, &shown).unwrap();
    } else {
        assert!(
            shown == document,
            "write docs/BROWSE.md with MMSMATE_WRITE_TESTDATA=1"
        );
    }
}

#[test]
fn what_is_in_the_captures_is_what_the_command_prints() {
    for captures in [
        MANY,
        &["suite/link-last-packet-cut.pcap"],
        &["captures/k4_wsp_cl_ipfrag.pcap"],
    ] {
        let arguments = arguments(captures);
        let (data, _) = analysed(&arguments);
        let (inventory, _) = inventory_of(&arguments.input).unwrap();
        assert_eq!(*data.inventory, inventory);
    }
}

#[test]
fn a_pdu_is_read_again_and_shown_with_its_octets() {
    let mut walk = Walk::new(&["captures/c_rejected.pcap"], 120, 40);
    let picture = walk.press("Enter").picture();
    assert!(picture.contains("00000000  8c 80"), "{picture}");
    assert!(
        picture.contains("X-Mms-Message-Type: m-send-req (0x80)"),
        "{picture}"
    );
    let picture = walk.press("End").picture();
    assert!(picture.contains("SMPP ok"), "{picture}");
    assert!(
        picture.contains("there is no PDU of MMS in this frame"),
        "{picture}"
    );
}

#[test]
fn messages_are_written_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let mut walk = Walk::new(&["captures/c_rejected.pcap"], 200, 40);
    for (key, name) in [("w", "a.pcapng"), ("j", "a.json"), ("p", "parts")] {
        let path = folder.path().join(name);
        walk.press(key).press("Ctrl-U").press(path.to_str().unwrap());
        let picture = walk.press("Enter").picture();
        assert!(
            picture.contains(&format!("written: {}", path.display())),
            "{picture}"
        );
        assert!(path.exists());
    }
    let json = std::fs::read(folder.path().join("a.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json[0]["outcome"], "failure");
    assert!(folder.path().join("parts/manifest.json").exists());
    let before = std::fs::read(folder.path().join("a.pcapng")).unwrap();
    let path = folder.path().join("a.pcapng");
    walk.press("w Ctrl-U").press(path.to_str().unwrap());
    let picture = walk.press("Enter").picture();
    assert!(picture.contains("exists"), "{picture}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_given_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = arguments(&["captures/c_rejected.pcap"]);
    let (data, _) = analysed(&arguments);
    let stop = Arc::new(true.into());
    let path = folder.path().join("a.pcapng");
    for what in [browse::Export::Slice, browse::Export::Json] {
        let messages: Vec<_> = data.messages().cloned().collect();
        let written = exports::write(what, &messages, &path, &data, &arguments, &stop);
        assert!(!written.whole, "{written:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_selection_on_the_command_line_leaves_out_the_rest() {
    let mut arguments = arguments(MANY);
    let all = analysed(&arguments).0.count();
    arguments.selection.outcome = vec![crate::report::document::Outcome::Failure];
    let (data, _) = analysed(&arguments);
    assert!(data.count() > 0 && data.count() < all);
    let mut failed = data.messages();
    assert!(failed.all(|message| message.outcome.as_str() == "failure"));
}

#[test]
fn what_a_locale_says_that_is_not_utf_8_is_shown_in_ascii() {
    let shown = |set: &[(&str, &str)]| {
        is_utf_8_shown(|name| {
            let value = set.iter().find(|(set, _)| *set == name);
            value.map(|(_, value)| value.into())
        })
    };
    for (set, expected) in [
        (&[][..], true),
        (&[("LANG", "en_GB.UTF-8")], true),
        (&[("LANG", "de_DE.utf8"), ("LC_ALL", "")], true),
        (&[("LANG", "C")], false),
        (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "POSIX")], false),
        (&[("LANG", "en_GB.ISO-8859-1"), ("LC_CTYPE", "C.UTF-8")], true),
    ] {
        assert_eq!(shown(set), expected, "{set:?}");
    }
}
