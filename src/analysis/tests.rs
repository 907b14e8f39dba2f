//! What is followed ends as what is read, and is told as it is on the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::capture::{Input, find_inputs};
use crate::session::ExchangeId;

/// Captures that are read as one.
type Case = Vec<PathBuf>;

/// Every case of the suite, and the other captures of this repository.
fn cases() -> Vec<Case> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut cases: Vec<Case> = Vec::new();
    for folder in ["captures", "signalling", "regressions"] {
        let found = find_inputs([testdata.join(folder)], true).inputs;
        cases.extend(found.into_iter().filter_map(|input| match input {
            Input::File(path) => Some(vec![path]),
            Input::Stdin => None,
        }));
    }
    for folder in ["suite", "surroundings"] {
        let folder = testdata.join(folder);
        let entries = std::fs::read_dir(&folder).unwrap();
        let mut truths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        truths.retain(|path| path.to_string_lossy().ends_with(".truth.json"));
        truths.sort();
        for path in truths {
            let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let files = truth["case"]["files"].as_array().unwrap();
            cases.push(
                files
                    .iter()
                    .map(|file| folder.join(file.as_str().unwrap()))
                    .collect(),
            );
        }
    }
    assert!(cases.len() > 550, "only {} cases", cases.len());
    cases
}

fn opened(files: &Case) -> Captures {
    let (captures, errors) = Captures::open(files.iter().cloned().map(Input::File));
    assert!(errors.is_empty(), "{errors:?}");
    captures
}

/// What was told of messages.
#[derive(Default)]
struct Told {
    /// What was told last of each message that is open.
    open: BTreeMap<ExchangeId, Message>,
    closed: BTreeMap<ExchangeId, Message>,
    /// Messages that were not told before they were closed, or otherwise, with how they were told.
    unknown: Vec<(Option<Message>, Message)>,
    /// Messages that were withdrawn.
    superseded: usize,
}

impl FollowSink for Told {
    fn told(&mut self, told: Followed) {
        match told {
            Followed::SoFar { name, message } => {
                assert!(!self.closed.contains_key(&name));
                self.open.insert(name, *message);
            }
            Followed::Closed {
                name,
                message,
                is_known,
            } => {
                let before = self.open.remove(&name);
                match is_known {
                    true => assert_eq!(before.as_ref(), Some(&*message)),
                    false => self.unknown.push((before, (*message).clone())),
                }
                assert!(self.closed.insert(name, *message).is_none());
            }
            Followed::Superseded { name, by } => {
                self.superseded += 1;
                assert!(self.open.remove(&name).is_some(), "it was not told");
                assert!(by.is_none_or(|by| self.open.contains_key(&by) || self.closed.contains_key(&by)));
            }
            Followed::Operation(_) => {}
        }
    }
}

/// The verdicts at the end equal those of a run that does not follow.
#[test]
fn what_is_followed_ends_as_what_is_read() {
    for files in cases() {
        let mut read = analyze(opened(&files), &Options::default(), &mut ()).messages;
        read.iter_mut().for_each(|message| message.id = 0);
        // Keys of several inputs are made different where all are known.
        let key = |message: &Message| message.key.split('-').take(3).collect::<Vec<_>>().join("-");
        read.iter_mut().for_each(|message| message.key = key(message));
        for settle in [0, 60] {
            let mut told = Told::default();
            let keys = KeySources::default();
            let settle = settle * Timestamp::SECOND;
            follow(
                opened(&files),
                &Options::default(),
                settle,
                keys,
                &mut (),
                &mut told,
            );
            assert!(told.open.is_empty(), "{files:?}");
            let mut ended: Vec<Message> = told.closed.into_values().collect();
            ended.sort_by_key(|message| read.iter().position(|other| other.key == message.key));
            assert_eq!(ended, read, "{files:?}");
        }
    }
}

/// What is not told before messages are closed: the systems around the MMSC.
fn without_context(message: &Message) -> Message {
    let mut message = message.clone();
    message.context.clear();
    message.cause = None;
    message
        .failures
        .iter_mut()
        .for_each(|failure| failure.cause = None);
    message
}

/// Looks at what may belong together find what a look at everything finds, but for what is left where octets are missing.
#[test]
fn a_look_at_a_part_finds_what_a_look_at_all_finds() {
    let mut otherwise = Vec::new();
    for files in cases() {
        let correlator = Correlator::within(Settings::default(), Limits::default().correlate);
        let mut told = Told::default();
        let mut following = Following {
            follower: Follower::new(correlator, 0),
            sink: &mut told,
        };
        following.follower.never_look_at_all();
        let keys = KeySources::default();
        observe(opened(&files), &Options::default(), keys, &mut (), &mut following);
        // All that may settle has.
        for day in [1, 2] {
            following.waited(day * 86_400 * Timestamp::SECOND);
        }
        let Following { follower, .. } = following;
        assert_eq!((told.closed.len(), told.unknown.len()), (0, 0), "{files:?}");
        let before = told.superseded;
        follower.finish(&mut |closed| told.told(closed));
        let is_other = |(before, after): &(Option<Message>, Message)| {
            before.as_ref().map(without_context) != Some(without_context(after))
        };
        if told.superseded > before || told.unknown.iter().any(is_other) {
            let name = files[0].file_name().unwrap().to_string_lossy();
            otherwise.push(name.split('.').next().unwrap().to_owned());
        }
    }
    assert_eq!(
        otherwise,
        ["robust-mutated-capture-1", "robust-mutated-capture-3"]
    );
}
