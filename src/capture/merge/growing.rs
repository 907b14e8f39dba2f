//! Inputs that are followed: pipes, files that grow, and folders in which files appear, as one sequence of frames.
//!
//! The next frame is the earliest of those that are there. Who has none yet and was written to lately is waited for a
//! moment, so that inputs that are written at the same time come in the order of time; nobody is waited for longer.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::{Duration, Instant},
};

use super::{Captures, OPEN_FROM_START, Slot, State, ended, unread};
use crate::{
    capture::{
        CaptureError, CaptureErrorReason, CaptureReport, Input, Notice, Problem, ProblemKind,
        directory::Directory,
        inputs::expand,
        starting::{Kind, Started, Starting},
        tail::{self, Fate, TailedFile},
    },
    model::CaptureIndex,
};

/// How long the things take that are waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long is slept where there is nothing to read.
    nap: Duration,
    /// How often who reads is told that there is nothing.
    tell_every: Duration,
    /// How often is looked at what became of files, and at folders; where that takes long, more seldom.
    look_every: Duration,
    /// How long an input that has nothing is waited for before frames of others go on.
    grace: Duration,
    /// A file that was not written to for so long is not waited for at all.
    stale: Duration,
    /// A file in a folder with newer ones, that was not written to for so long, is finished: two may be written at a time, one
    /// of them now and then.
    finished: Duration,
    /// How long at the start is waited for file headers, so that inputs are counted in the order in which they are given.
    start: Duration,
}

impl Pace {
    /// That of life.
    const USUAL: Self = Self {
        nap: Duration::from_millis(20),
        tell_every: Duration::from_millis(250),
        look_every: Duration::from_millis(500),
        grace: Duration::from_secs(1),
        stale: Duration::from_secs(5),
        finished: Duration::from_secs(15 * 60),
        start: Duration::from_secs(2),
    };
}

/// How many times as long as a look takes it is until the next one.
const LOOK_SHARE: u32 = 20;

/// Files that wait for more at the same time; where there are more, those are finished that are stale.
const MAX_WAITING: usize = 64;

/// What following needs besides.
pub(super) struct Growing {
    /// What each slot is read from.
    sources: Vec<Source>,
    /// Those that have nothing now.
    idle: BTreeSet<u32>,
    /// Inputs of which there is not enough yet.
    starting: Vec<(Box<Starting>, Option<usize>)>,
    folders: Vec<Directory>,
    notices: Vec<Notice>,
    pace: Pace,
    polled: Instant,
    looked: Instant,
    look_every: Duration,
    /// When the last frame was handed on.
    fed: Instant,
    told: Instant,
}

/// Where a slot is read from.
enum Source {
    Pipe {
        waiting: Option<Instant>,
    },
    File(Followed),
    /// It is at its end.
    Over,
}

struct Followed {
    path: PathBuf,
    /// None while it is closed, to be opened when its first frame is due.
    tailed: Option<TailedFile>,
    /// The place of the folder that it was found in.
    folder: Option<usize>,
    /// Since when there is nothing more in it.
    waiting: Option<Instant>,
    /// Whether it was written to lately when it was found to have nothing more.
    is_lively: bool,
    /// Whether it is gone, or its name stands for another: what it still has is read, and then it is over.
    is_ending: bool,
}

impl Source {
    const fn waiting(&self) -> Option<Instant> {
        match self {
            Self::Pipe { waiting } => *waiting,
            Self::File(file) => file.waiting,
            Self::Over => None,
        }
    }

    /// Whether frames of others are held back for it.
    fn holds_back(&self, now: Instant, grace: Duration) -> bool {
        let lively = match self {
            Self::Pipe { .. } => true,
            Self::File(file) => file.is_lively,
            Self::Over => false,
        };
        lively
            && self
                .waiting()
                .is_some_and(|since| now.duration_since(since) < grace)
    }
}

/// What there is to read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A frame.
    Frame,
    /// Nothing now, and since the last frame for so long.
    Waiting(Duration),
    /// Nothing any more.
    End,
}

impl Captures {
    /// Follows inputs as they grow: pipes to their ends, files and folders until `stop` is true. Names are given as on the
    /// command line; folders stand for the captures in them, also for those that appear later, and below them where
    /// `recursive` says so. Those that cannot be read are left out and reported.
    pub fn follow(
        arguments: impl IntoIterator<Item = PathBuf>,
        recursive: bool,
        stop: Arc<AtomicBool>,
    ) -> (Self, Vec<CaptureError>) {
        Self::follow_at(Pace::USUAL, arguments, recursive, stop)
    }

    fn follow_at(
        pace: Pace,
        arguments: impl IntoIterator<Item = PathBuf>,
        recursive: bool,
        stop: Arc<AtomicBool>,
    ) -> (Self, Vec<CaptureError>) {
        let (inputs, folders, mut errors) = expand(arguments);
        let mut captures = Self::empty(Some(stop));
        let now = Instant::now();
        captures.growing = Some(Box::new(Growing {
            sources: Vec::new(),
            idle: BTreeSet::new(),
            starting: Vec::new(),
            folders: folders
                .into_iter()
                .map(|folder| Directory::new(folder, recursive))
                .collect(),
            notices: Vec::new(),
            pace,
            polled: now,
            looked: now,
            look_every: pace.look_every,
            fed: now,
            told: now,
        }));
        for input in inputs {
            errors.extend(captures.begin(input, None).err());
        }
        while !captures.is_stopped() && now.elapsed() < pace.start && captures.is_any_starting() {
            errors.extend(captures.poll_starting());
            thread::sleep(pace.nap);
        }
        errors.extend(captures.look_at_folders());
        (captures, errors)
    }

    /// Whether there is anything to follow.
    pub fn is_anything_followed(&self) -> bool {
        let growing = self.growing.as_ref();
        !self.slots.is_empty()
            || growing.is_some_and(|growing| !growing.starting.is_empty() || !growing.folders.is_empty())
    }

    /// What happened to files and folders since it was asked last.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        let growing = self.growing.as_mut();
        growing
            .map(|growing| std::mem::take(&mut growing.notices))
            .unwrap_or_default()
    }

    /// Goes on to the next frame, or says that there is none now. Where inputs are not followed there is one, or an end.
    pub fn step(&mut self) -> Step {
        if self.growing.is_none() {
            return match self.advance() {
                true => Step::Frame,
                false => Step::End,
            };
        }
        if !self.at_start {
            self.items.clear();
        }
        self.at_start = false;
        self.step_growing()
    }

    fn step_growing(&mut self) -> Step {
        if let Some(index) = self.current.take() {
            self.pull(index);
        }
        loop {
            if self.is_stopped() {
                self.interrupt();
                return Step::End;
            }
            let now = Instant::now();
            self.keep_up(now);
            if !self.is_held_back(now)
                && let Some(index) = self.next_in_line()
            {
                self.current = Some(index);
                if let Some(growing) = &mut self.growing {
                    growing.fed = now;
                }
                return Step::Frame;
            }
            let Some(growing) = &mut self.growing else {
                return Step::End;
            };
            let is_over = self.waiting.is_empty()
                && growing.starting.is_empty()
                && growing.folders.is_empty()
                && growing
                    .sources
                    .iter()
                    .all(|source| matches!(source, Source::Over));
            if is_over {
                return Step::End;
            }
            if now.duration_since(growing.told) >= growing.pace.tell_every {
                growing.told = now;
                return Step::Waiting(now.duration_since(growing.fed));
            }
            thread::sleep(growing.pace.nap);
        }
    }

    /// Looks at what waits, and now and then at what became of files and at folders.
    fn keep_up(&mut self, now: Instant) {
        let Some(growing) = &mut self.growing else { return };
        if now.duration_since(growing.polled) >= growing.pace.nap {
            growing.polled = now;
            let idle = growing.idle.clone();
            idle.into_iter().for_each(|index| self.pull(index));
            let errors = self.poll_starting();
            self.note_errors(errors);
        }
        let Some(growing) = &mut self.growing else { return };
        if now.duration_since(growing.looked) >= growing.look_every {
            self.look_at_files();
            let errors = self.look_at_folders();
            self.note_errors(errors);
            if let Some(growing) = &mut self.growing {
                growing.looked = Instant::now();
                growing.look_every = growing.pace.look_every.max(now.elapsed() * LOOK_SHARE);
            }
        }
    }

    fn is_held_back(&self, now: Instant) -> bool {
        self.growing.as_ref().is_some_and(|growing| {
            let mut idle = growing.idle_sources();
            idle.any(|source| source.holds_back(now, growing.pace.grace))
        })
    }

    /// The input whose next frame is the earliest.
    fn next_in_line(&mut self) -> Option<u32> {
        loop {
            let Reverse((_, index)) = self.waiting.pop()?;
            if self.is_open(index) {
                return Some(index);
            }
        }
    }

    /// Reads the next frame of an input, and puts it in line.
    fn pull(&mut self, index: u32) {
        let time = self.read_growing(index);
        let is_over = self
            .slots
            .get(index as usize)
            .is_none_or(|slot| matches!(slot.state, State::Done(_)));
        let Some(growing) = &mut self.growing else { return };
        let Some(source) = growing.sources.get_mut(index as usize) else {
            return;
        };
        let since = match time {
            Some(time) => {
                self.waiting.push(Reverse((time, index)));
                growing.idle.remove(&index);
                None
            }
            None => {
                growing.idle.insert(index);
                Some(Instant::now())
            }
        };
        match source {
            _ if is_over => growing.over(index),
            Source::Pipe { waiting } => *waiting = waiting.filter(|_| since.is_some()).or(since),
            Source::File(file) => {
                if since.is_some() && file.waiting.is_none() {
                    let about = fs::metadata(&file.path).ok();
                    let age = about.as_ref().and_then(tail::age);
                    file.is_lively = age.is_some_and(|age| age < growing.pace.stale);
                }
                file.waiting = file.waiting.filter(|_| since.is_some()).or(since);
            }
            Source::Over => {}
        }
    }

    /// Reads the next frame of an input, its time; none where there is none now, or any more.
    fn read_growing(&mut self, index: u32) -> Option<crate::model::Timestamp> {
        let slot = self.slots.get_mut(index as usize)?;
        let State::Open(reader) = &mut slot.state else {
            return None;
        };
        let time = reader.advance();
        reader.take_items(&mut self.items);
        if time.is_none() && !reader.is_waiting() {
            slot.state = State::Done(ended(reader.report(), self.stop.as_ref()));
        }
        time
    }

    /// Opens an input; `folder` is the place of the one that it was found in.
    fn begin(&mut self, input: Input, folder: Option<usize>) -> Result<(), CaptureError> {
        let starting = Starting::open(input, self.buffer)?;
        if let Some(growing) = &mut self.growing {
            growing.starting.push((Box::new(starting), folder));
        }
        Ok(())
    }

    fn is_any_starting(&self) -> bool {
        self.growing
            .as_ref()
            .is_some_and(|growing| !growing.starting.is_empty())
    }

    /// Takes up those of which there is enough, in their order.
    fn poll_starting(&mut self) -> Vec<CaptureError> {
        let Some(growing) = &mut self.growing else {
            return Vec::new();
        };
        let mut errors = Vec::new();
        for (starting, folder) in std::mem::take(&mut growing.starting) {
            let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
            let input = starting.input.clone();
            match starting.poll(CaptureIndex(index)) {
                Started::NotYet(starting) => {
                    if let Some(growing) = &mut self.growing {
                        growing.starting.push((starting, folder));
                    }
                }
                Started::Failed(error) => errors.push(error),
                Started::Reader(reader, kind) => {
                    self.slots.push(Slot {
                        state: State::Open(reader),
                        input: input.clone(),
                    });
                    self.take_up(index, input, kind, folder);
                }
            }
        }
        errors
    }

    /// Takes up an input that is open.
    fn take_up(&mut self, index: u32, input: Input, kind: Kind, folder: Option<usize>) {
        let source = match (kind, input) {
            (Kind::File(tailed), Input::File(path)) => Source::File(Followed {
                path,
                tailed: Some(tailed),
                folder,
                waiting: None,
                is_lively: false,
                is_ending: false,
            }),
            _ => Source::Pipe { waiting: None },
        };
        if let Some(growing) = &mut self.growing {
            growing.sources.push(source);
        }
        self.pull(index);
        self.put_off(index);
    }

    /// Closes a file until its first frame is due, where there are many.
    fn put_off(&mut self, index: u32) {
        let open = self
            .slots
            .iter()
            .filter(|slot| matches!(slot.state, State::Open(_)));
        if open.count() <= OPEN_FROM_START {
            return;
        }
        let is_in_line = self.waiting.iter().any(|Reverse((_, waiting))| *waiting == index);
        let source = self
            .growing
            .as_mut()
            .and_then(|growing| growing.sources.get_mut(index as usize));
        if let Some(Source::File(file)) = source
            && is_in_line
            && let Some(slot) = self.slots.get_mut(index as usize)
            && let State::Open(reader) = &slot.state
        {
            file.tailed = None;
            slot.state = State::Later(unread(reader.report()));
        }
    }

    /// Opens a file that was put off; false where it has vanished since.
    pub(super) fn is_open_growing(&mut self, index: u32) -> bool {
        let state = self.slots.get(index as usize).map(|slot| &slot.state);
        if let Some(State::Later(report)) = state {
            let opened = self.open_put_off(index, &report.clone());
            if let Some(slot) = self.slots.get_mut(index as usize) {
                slot.state = opened;
            }
        }
        let state = self.slots.get(index as usize).map(|slot| &slot.state);
        let is_open = matches!(state, Some(State::Open(_)));
        if !is_open && let Some(growing) = &mut self.growing {
            growing.over(index);
        }
        is_open
    }

    fn open_put_off(&mut self, index: u32, report: &CaptureReport) -> State {
        let failed = |reason: &CaptureErrorReason| {
            State::Done(CaptureReport {
                problems: vec![Problem {
                    kind: ProblemKind::ReadError,
                    frame: None,
                    detail: reason.to_string(),
                    count: 1,
                }],
                ..report.clone()
            })
        };
        let Some(input) = self.slots.get(index as usize).map(|slot| slot.input.clone()) else {
            return State::Done(report.clone());
        };
        let starting = match Starting::open(input, self.buffer) {
            Ok(starting) => Box::new(starting),
            Err(error) => return failed(&error.reason),
        };
        let (mut reader, kind) = match starting.poll(CaptureIndex(index)) {
            Started::Reader(reader, kind) => (reader, kind),
            Started::Failed(error) => return failed(&error.reason),
            Started::NotYet(_) => return failed(&CaptureErrorReason::Empty),
        };
        let first = reader.advance();
        reader.take_items(&mut self.items);
        if let Some(growing) = &mut self.growing
            && let Some(Source::File(file)) = growing.sources.get_mut(index as usize)
            && let Kind::File(tailed) = kind
        {
            file.tailed = Some(tailed);
        }
        match first {
            Some(_) => State::Open(reader),
            None => State::Done(reader.report()),
        }
    }

    /// Looks at what became of the files that wait.
    fn look_at_files(&mut self) {
        let idle = self.growing.as_ref().map(|growing| growing.idle.clone());
        for index in idle.into_iter().flatten() {
            self.look_at_file(index as usize);
        }
    }

    fn look_at_file(&mut self, place: usize) {
        let Some(growing) = &mut self.growing else { return };
        let may_be_finished = growing.may_be_finished(place);
        let Some(Source::File(file)) = growing.sources.get_mut(place) else {
            return;
        };
        let (Some(tailed), Some(_)) = (&file.tailed, file.waiting) else {
            return;
        };
        let (path, fate, in_folder) = (file.path.clone(), tailed.fate(&file.path), file.folder.is_some());
        match fate {
            Fate::Same if may_be_finished.is_some_and(|age| is_older(&path, age)) => self.finish(place),
            Fate::Same => {
                file.is_ending = false;
                if let Some(slot) = self.slots.get_mut(place)
                    && let State::Open(reader) = &mut slot.state
                {
                    reader.let_go();
                }
            }
            Fate::CutShort => self.begin_anew(place, Notice::CutShort(path)),
            // What was written to it last may not have been read.
            Fate::Replaced | Fate::Gone if !file.is_ending => {
                file.is_ending = true;
                if fate == Fate::Gone && !in_folder {
                    growing.notices.push(Notice::Gone(path));
                }
            }
            // The folder tells of the other one.
            Fate::Replaced | Fate::Gone if in_folder => self.finish(place),
            Fate::Replaced => self.begin_anew(place, Notice::Replaced(path)),
            Fate::Gone => {}
        }
    }

    /// Takes up a name anew, under which there is something else now.
    fn begin_anew(&mut self, place: usize, notice: Notice) {
        let folder = match self
            .growing
            .as_ref()
            .and_then(|growing| growing.sources.get(place))
        {
            Some(Source::File(file)) => file.folder,
            _ => None,
        };
        let input = Input::File(notice.path().to_owned());
        self.finish(place);
        if let Some(growing) = &mut self.growing {
            growing.notices.push(notice);
        }
        if let Err(error) = self.begin(input, folder) {
            self.note_errors(vec![error]);
        }
    }

    /// Takes what there is of an input for all there is.
    fn finish(&mut self, place: usize) {
        if let Some(slot) = self.slots.get_mut(place)
            && let State::Open(reader) = &mut slot.state
        {
            reader.end_growth();
            reader.take_items(&mut self.items);
            slot.state = State::Done(reader.report());
        }
        if let Some(growing) = &mut self.growing {
            growing.over(u32::try_from(place).unwrap_or(u32::MAX));
        }
    }

    /// Takes up what appeared in folders.
    fn look_at_folders(&mut self) -> Vec<CaptureError> {
        let Some(growing) = &mut self.growing else {
            return Vec::new();
        };
        let mut errors = Vec::new();
        let mut new = Vec::new();
        for (place, folder) in growing.folders.iter_mut().enumerate() {
            match folder.look() {
                Ok(found) => {
                    new.extend(found.new.iter().cloned().map(|path| (path, place)));
                    for (id, path) in &found.renamed {
                        rename(&mut growing.sources, *id, path);
                    }
                    let notices = found.compressed.into_iter().map(Notice::Compressed);
                    growing.notices.extend(notices);
                    growing.notices.extend(found.grown.into_iter().map(Notice::Grown));
                }
                Err(error) => {
                    errors.push(CaptureErrorReason::Io(error).of(&Input::File(folder.path.clone())));
                }
            }
        }
        // One that cannot be looked at any more is said once.
        let gone: Vec<&Input> = errors.iter().map(|error| &error.input).collect();
        growing
            .folders
            .retain(|folder| !gone.contains(&&Input::File(folder.path.clone())));
        for (path, folder) in new {
            errors.extend(self.begin(Input::File(path), Some(folder)).err());
        }
        errors.extend(self.poll_starting());
        errors
    }

    fn note_errors(&mut self, errors: Vec<CaptureError>) {
        if let Some(growing) = &mut self.growing {
            growing.notices.extend(errors.into_iter().map(Notice::Unreadable));
        }
    }

    /// Follows nothing any more: what waits for more, and has no half record, was read to its end.
    pub(super) fn end_following(&mut self) {
        let Some(growing) = &mut self.growing else { return };
        growing.starting.clear();
        growing.folders.clear();
        let waiting = growing.sources.iter().enumerate();
        let waiting =
            waiting.filter(|(_, source)| matches!(source, Source::File(file) if file.waiting.is_some()));
        let waiting: Vec<usize> = waiting.map(|(place, _)| place).collect();
        for place in waiting {
            let is_whole = match self.slots.get(place).map(|slot| &slot.state) {
                Some(State::Open(reader)) => reader.is_at_record_end(),
                _ => false,
            };
            if is_whole {
                self.finish(place);
            }
        }
    }
}

impl Growing {
    /// An input is at its end.
    fn over(&mut self, index: u32) {
        let Some(source) = self.sources.get_mut(index as usize) else {
            return;
        };
        if let Source::File(Followed {
            folder: Some(folder),
            tailed: Some(tailed),
            ..
        }) = source
            && let Some(folder) = self.folders.get_mut(*folder)
        {
            folder.finished(tailed.id);
        }
        *source = Source::Over;
        self.idle.remove(&index);
    }

    /// What the inputs that have nothing now are read from.
    fn idle_sources(&self) -> impl Iterator<Item = &Source> {
        self.idle
            .iter()
            .filter_map(|index| self.sources.get(*index as usize))
    }

    /// For how long a file must not have been written to for being finished; none where it is the newest of its folder, or
    /// of no folder.
    fn may_be_finished(&self, place: usize) -> Option<Duration> {
        let folder = |source: &Source| match source {
            Source::File(file) => file.folder,
            Source::Pipe { .. } | Source::Over => None,
        };
        let own = self.sources.get(place).and_then(folder)?;
        let later = self.sources.iter().skip(place + 1);
        let has_newer = later.into_iter().any(|source| folder(source) == Some(own));
        let age = match self.idle.len() > MAX_WAITING {
            true => self.pace.stale,
            false => self.pace.finished,
        };
        has_newer.then_some(age)
    }
}

/// Notes the name that a file has now.
fn rename(sources: &mut [Source], id: tail::FileId, path: &Path) {
    for source in sources {
        if let Source::File(file) = source
            && file.tailed.as_ref().is_some_and(|tailed| tailed.id == id)
        {
            path.clone_into(&mut file.path);
        }
    }
}

fn is_older(path: &Path, than: Duration) -> bool {
    let about = fs::metadata(path).ok();
    about.as_ref().and_then(tail::age).is_some_and(|age| age >= than)
}

#[cfg(test)]
mod tests;
