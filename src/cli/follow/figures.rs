//! `stats --every`: the figures of what is followed, written to a file again and again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::analysis::{self, FollowSink};
use crate::capture::Captures;
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure, complain};
use crate::cli::follow::SETTLE;
use crate::cli::stats::{self, StatsArgs};
use crate::cli::view;
use crate::cli::{analysis::options, input, preferences::Preferences};
use crate::correlate::Followed;
use crate::model::RandomState;
use crate::pipeline::Observer;
use crate::report::document::{Document, Message, Summary, statistics::Tally};
use crate::report::query::{absent::Absent, selection::Selection, stats::Counting};
use crate::report::redact::Redactor;
use crate::session::ExchangeId;

/// Runs `stats --every`.
pub(crate) fn stats(
    arguments: &StatsArgs,
    preferences: &Preferences,
    every: arguments::Duration,
) -> Result<Exit, Failure> {
    let view = &arguments.view;
    if arguments.output.file().is_none() {
        return Err(Failure::Usage(
            "--every writes a file again and again: -o names it".to_owned(),
        ));
    }
    let selection = super::selection(&view.input, &view.selection, preferences)?;
    let Some(opened) = input::follow(&view.input) else {
        return Ok(Exit::Unusable);
    };
    let options = options(&view.input, &view.verdict);
    let live = RefCell::new(Live {
        arguments,
        preferences,
        every: Duration::from_nanos(u64::try_from(every.0).unwrap_or_default()),
        absent: Absent::of(&selection),
        selection,
        redactor: view.redact.redactor()?,
        open: HashMap::default(),
        closed: stats::counting(arguments, preferences),
        tally: Tally::default(),
        written: Instant::now(),
        failed: None,
    });
    // What cannot be written is said at once.
    live.borrow_mut().write()?;
    let (mut watch, mut sink) = (Watch(&live), Sink(&live));
    let (run, totals, reasons) = analysis::follow(
        opened.captures,
        &options,
        SETTLE,
        opened.keys,
        &mut watch,
        &mut sink,
    );
    let mut live = live.into_inner();
    view::complain_of(&live.absent, view);
    live.write()?;
    let met = live.redactor.iter().flat_map(Redactor::met);
    view.redact.write_map(&view.input.captures, met)?;
    let inputs = (run.captures.as_slice(), &run.tls);
    let document = Document::without_messages(inputs, &totals, &run.anomalies, &reasons);
    let selected = live.tally.finish(&Summary::from(&totals));
    let exit = view::fail_on(&view.fail_on, &document.captures, &selected);
    input::warn(&run.captures);
    let ended = input::ended(&view.input, &run.captures);
    Ok(opened.exit.and(ended).and(exit))
}

/// What is shared by who watches the inputs and who is told what is found.
struct Live<'a> {
    arguments: &'a StatsArgs,
    preferences: &'a Preferences,
    every: Duration,
    selection: Selection,
    absent: Absent,
    redactor: Option<Redactor>,
    /// Messages that may still change, those that are selected, as they were told last.
    open: HashMap<ExchangeId, Box<Message>, RandomState>,
    /// Those that are over.
    closed: Counting,
    tally: Tally,
    /// When the file was written last.
    written: Instant,
    /// Why it could not be written when it was tried last, as it was said.
    failed: Option<String>,
}

impl Live<'_> {
    fn told(&mut self, told: Followed) {
        match told {
            Followed::SoFar { name, message } => match self.selected(message) {
                Some(message) => {
                    self.open.insert(name, message);
                }
                None => {
                    self.open.remove(&name);
                }
            },
            Followed::Closed { name, message, .. } => {
                self.open.remove(&name);
                if let Some(message) = self.selected(message) {
                    self.closed.add(&message);
                    self.tally.add(&message);
                }
            }
            Followed::Superseded { name, .. } => {
                self.open.remove(&name);
            }
            Followed::Operation(_) => {}
        }
    }

    /// A message that is selected, as it is to be shown.
    fn selected(&mut self, mut message: Box<Message>) -> Option<Box<Message>> {
        self.absent.look(&message);
        if !self.selection.matches(&message) {
            return None;
        }
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        Some(message)
    }

    /// Writes the figures of all messages so far.
    fn write(&mut self) -> Result<(), Failure> {
        self.written = Instant::now();
        let mut all = self.closed.clone();
        self.open.values().for_each(|message| all.add(message));
        let figures = all.finish();
        let inputs = &self.arguments.view.input.captures;
        self.arguments.output.write(inputs, |out| {
            stats::write(out, self.arguments, &figures, self.preferences)
        })
    }

    /// Writes them where it is time. That this failed is said once; a disk that is full now may have room later.
    fn write_now_and_then(&mut self) {
        if self.written.elapsed() < self.every {
            return;
        }
        let failed = self.write().err().map(|failure| failure.to_string());
        if let Some(failed) = failed.as_ref().filter(|_| failed != self.failed) {
            complain(failed);
        }
        self.failed = failed;
    }
}

/// Watches the inputs.
struct Watch<'a, 'b>(&'a RefCell<Live<'b>>);

impl Observer for Watch<'_, '_> {
    fn progress(&mut self, _captures: &Captures) -> ControlFlow<()> {
        self.0.borrow_mut().write_now_and_then();
        ControlFlow::Continue(())
    }

    fn waiting(&mut self, captures: &mut Captures, _waited: Duration) -> ControlFlow<()> {
        captures.take_notices().iter().for_each(complain);
        self.0.borrow_mut().write_now_and_then();
        ControlFlow::Continue(())
    }

    fn over(&mut self, captures: &mut Captures) {
        captures.take_notices().iter().for_each(complain);
    }
}

/// Is told what is found.
struct Sink<'a, 'b>(&'a RefCell<Live<'b>>);

impl FollowSink for Sink<'_, '_> {
    fn told(&mut self, told: Followed) {
        self.0.borrow_mut().told(told);
    }
}
