//! The work that takes files, each piece on a thread of its own, so that the screen never waits for a disk.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use super::{BrowseArgs, exports, reader};
use crate::model::tree;
use crate::{
    browse::{Answer, Data, Following, Host, Job, Look, Written},
    cli::{
        exit::{Exit, holding},
        signals,
    },
    model::fault,
    report::document::Message,
};

/// The work of one run.
pub(super) struct Jobs {
    arguments: Arc<BrowseArgs>,
    look: Look,
    answers: Receiver<Answer>,
    sender: Sender<Answer>,
    /// Ends the reading of PDUs.
    reading: Arc<AtomicBool>,
    /// Ends what is being written.
    giving_up: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// No work yet; what is done is told where other answers may come from, too.
    pub(super) fn new(
        arguments: &BrowseArgs,
        look: Look,
        (sender, answers): (Sender<Answer>, Receiver<Answer>),
    ) -> Self {
        Self {
            arguments: Arc::new(arguments.clone()),
            look,
            answers,
            sender,
            reading: Arc::default(),
            giving_up: Arc::default(),
            writers: Vec::new(),
        }
    }

    fn stop_reading(&mut self) {
        self.reading.store(true, Ordering::Relaxed);
        self.reading = Arc::default();
    }

    fn read(&mut self, wanted: reader::Wanted, data: &Data) {
        self.stop_reading();
        let (arguments, sender) = (self.arguments_now(data), self.sender.clone());
        let stop = Arc::clone(&self.reading);
        let request = wanted.request;
        // A reader that nobody waits for any more ends by itself.
        thread::spawn(move || {
            let work = || holding(|| reader::read(&arguments.input, wanted, &stop, &sender));
            let error = match fault::isolated(work) {
                Ok((Ok(()), _)) => None,
                Ok((Err(error), told)) => Some(told.into_iter().next().unwrap_or(error)),
                Err(fault) => Some(told(&fault)),
            };
            // The screen may be gone.
            let _ = sender.send(Answer::ReadingOver { request, error });
        });
    }

    /// The arguments; inputs that are followed stand there as they lie now.
    fn arguments_now(&self, data: &Data) -> Arc<BrowseArgs> {
        match data.following {
            Following::No => Arc::clone(&self.arguments),
            Following::Live | Following::Over => {
                let mut arguments = BrowseArgs::clone(&self.arguments);
                arguments.input.found = Some(still_there(&data.files));
                Arc::new(arguments)
            }
        }
    }

    fn export(
        &mut self,
        what: crate::browse::Export,
        places: &[u32],
        path: std::path::PathBuf,
        data: &Arc<Data>,
    ) {
        let messages: Vec<Message> = places
            .iter()
            .filter_map(|place| data.message(*place))
            .cloned()
            .collect();
        let (arguments, data) = (self.arguments_now(data), Arc::clone(data));
        let (stop, sender) = (Arc::clone(&self.giving_up), self.sender.clone());
        self.writers.retain(|writer| !writer.is_finished());
        self.writers.push(thread::spawn(move || {
            let work = || exports::write(what, &messages, &path, &data, &arguments, &stop);
            let written = fault::isolated(work).unwrap_or_else(|fault| Written {
                whole: false,
                told: told(&fault),
            });
            // The screen may be gone.
            let _ = sender.send(Answer::Written(written));
        }));
    }
}

/// Files that can be read again at their places; none where one is gone, or another has its name now.
fn still_there(files: &[PathBuf]) -> Vec<Option<PathBuf>> {
    let mut later = HashSet::new();
    let mut found: Vec<Option<PathBuf>> = files
        .iter()
        .rev()
        .map(|path| (later.insert(path) && path.is_file()).then(|| path.clone()))
        .collect();
    found.reverse();
    found
}

pub(super) fn told(fault: &fault::Fault) -> String {
    format!("a fault in {}; please report it", fault.place())
}

impl Host for Jobs {
    fn begin(&mut self, job: Job, data: &Arc<Data>) {
        match job {
            Job::Read { request, wanted } => {
                let wanted = reader::Wanted {
                    request,
                    places: tree(wanted),
                    style: self.look.style(None),
                };
                self.read(wanted, data);
            }
            Job::StopReading => self.stop_reading(),
            Job::Export { what, messages, path } => self.export(what, &messages, path, data),
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    fn is_ended(&self) -> bool {
        signals::status() != Exit::Ran
    }
}

impl Drop for Jobs {
    /// What is still being written is given up, and its half is taken away before the program ends.
    fn drop(&mut self) {
        self.reading.store(true, Ordering::Relaxed);
        self.giving_up.store(true, Ordering::Relaxed);
        for writer in self.writers.drain(..) {
            // A fault in it was told by itself.
            let _ = writer.join();
        }
    }
}
