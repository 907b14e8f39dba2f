//! The run: what is told while the inputs grow is numbered, selected, redacted and printed at once.

use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::numbers::Numbers;
use super::printer::Printer;
use super::status::{Figures, StatusLine};
use crate::analysis::{self, FollowSink, Reason};
use crate::capture::{Captures, Frame};
use crate::cli::exit::{Exit, Failure, complain};
use crate::cli::messages::{Format, MessagesArgs};
use crate::cli::preferences::Preferences;
use crate::cli::view::{self, ViewArgs};
use crate::cli::{analysis::options, input};
use crate::correlate::{Followed, Totals};
use crate::pipeline::{Observer, RunReport};
use crate::report::document::{Document, Message, Summary, statistics::Tally};
use crate::report::query::{absent::Absent, selection::Selection};
use crate::report::redact::Redactor;
use crate::session::ExchangeId;

/// How long what was printed may lie before it is handed on, while more comes.
const FLUSH_EVERY: Duration = Duration::from_millis(50);

/// Runs `messages --follow`.
pub(crate) fn messages(arguments: &MessagesArgs, preferences: &Preferences) -> Result<Exit, Failure> {
    check(arguments)?;
    let live = RefCell::new(Live::new(arguments, preferences)?);
    let Some(opened) = input::follow(&arguments.view.input) else {
        return Ok(Exit::Unusable);
    };
    let options = options(&arguments.view.input, &arguments.view.verdict);
    let (mut watch, mut sink) = (Watch(&live), Sink(&live));
    let settle = arguments.follow.settle.0;
    let found = analysis::follow(
        opened.captures,
        &options,
        settle,
        opened.keys,
        &mut watch,
        &mut sink,
    );
    let (run, totals, reasons) = found;
    let mut live = live.into_inner();
    live.status.clear();
    live.written?;
    live.written = Ok(());
    view::complain_of(&live.absent, &arguments.view);
    let exit = live.finish(&arguments.view, &run, &totals, &reasons)?;
    input::warn(&run.captures);
    let ended = input::ended(&arguments.view.input, &run.captures);
    Ok(opened.exit.and(ended).and(exit))
}

/// What cannot be done while messages still come is said before anything is read.
fn check(arguments: &MessagesArgs) -> Result<(), Failure> {
    let refused = |what: &str| Err(Failure::Usage(what.to_owned()));
    if !matches!(arguments.format, Format::Table | Format::Jsonl) {
        return refused("--follow prints a table, or --format jsonl");
    }
    if arguments.output.file().is_some() {
        return refused("-o is written at the end, and --follow has none; redirect standard output instead");
    }
    if arguments.sort.is_some() {
        return refused("--sort needs all messages, and with --follow there are always more");
    }
    Ok(())
}

/// Whether a message may still change.
#[derive(Clone, Copy, Debug)]
enum Standing {
    SoFar,
    Closed {
        /// Whether it was told just like this.
        is_known: bool,
    },
}

/// What is shared by who watches the inputs and who is told what is found.
struct Live {
    printer: Printer,
    numbers: Numbers,
    selection: Selection,
    absent: Absent,
    redactor: Option<Redactor>,
    tally: Tally,
    operations: u64,
    status: StatusLine,
    figures: Figures,
    written: io::Result<()>,
    /// Since when something lies that was not handed on; none where nothing does.
    unflushed: Option<Instant>,
}

impl Live {
    fn new(arguments: &MessagesArgs, preferences: &Preferences) -> Result<Self, Failure> {
        let selection = super::selection(&arguments.view.input, &arguments.view.selection, preferences)?;
        let style = preferences.apply(arguments.output.style());
        Ok(Self {
            printer: Printer::new(arguments, preferences, &style),
            numbers: Numbers::default(),
            absent: Absent::of(&selection),
            selection,
            redactor: arguments.view.redact.redactor()?,
            tally: Tally::default(),
            operations: 0,
            status: StatusLine::new(style),
            figures: Figures::default(),
            written: Ok(()),
            unflushed: None,
        })
    }

    fn told(&mut self, told: Followed) {
        match told {
            Followed::SoFar { name, message } => self.message(name, message, Standing::SoFar),
            Followed::Closed {
                name,
                message,
                is_known,
            } => {
                self.message(name, message, Standing::Closed { is_known });
                self.numbers.close(name);
            }
            Followed::Superseded { name, by } => {
                let superseded = self.numbers.supersede(name, by);
                if let Some((one, by)) = superseded.filter(|(one, _)| one.revision > 0) {
                    self.print(|printer| printer.superseded(&one, by.as_ref()));
                }
            }
            Followed::Operation(mut operation) => {
                self.operations += 1;
                operation.id = self.operations;
                if let Some(redactor) = &mut self.redactor {
                    redactor.operation(&mut operation);
                }
                self.print(|printer| printer.operation(&operation));
            }
        }
    }

    /// Prints a message where it is selected, or was before: who has seen it learns what became of it. One that is over is
    /// counted.
    fn message(&mut self, name: ExchangeId, mut message: Box<Message>, standing: Standing) {
        let printed = self.numbers.number(name, &mut message);
        self.absent.look(&message);
        let is_selected = self.selection.matches(&message);
        if is_selected && matches!(standing, Standing::Closed { .. }) {
            self.tally.add(&message);
        }
        let is_known = printed > 0 && matches!(standing, Standing::Closed { is_known: true });
        if is_known || !is_selected && printed == 0 {
            return;
        }
        message.revision = self.numbers.print(name);
        if let Some(redactor) = &mut self.redactor {
            redactor.message(&mut message);
        }
        self.print(|printer| printer.message(&message));
    }

    fn print(&mut self, write: impl FnOnce(&mut Printer) -> io::Result<()>) {
        if self.written.is_err() {
            return;
        }
        self.written = write(&mut self.printer);
        let since = *self.unflushed.get_or_insert_with(Instant::now);
        if since.elapsed() >= FLUSH_EVERY {
            self.flush();
        }
    }

    /// Hands on what was printed.
    fn flush(&mut self) {
        if self.unflushed.take().is_some() && self.written.is_ok() {
            let printer = &mut self.printer;
            self.written = self.status.beside(|| printer.flush());
        }
    }

    /// Says what happened to the inputs.
    fn notice(&self, captures: &mut Captures) {
        for notice in captures.take_notices() {
            self.status.beside(|| complain(notice));
        }
    }

    /// Looks from time to time; a break where nothing can be written any more.
    fn progress(&mut self) -> ControlFlow<()> {
        self.flush();
        self.figures.outcomes = self.numbers.outcomes();
        self.status.draw(&self.figures);
        match self.written {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Prints what is known at the end.
    fn finish(
        &mut self,
        arguments: &ViewArgs,
        run: &RunReport,
        totals: &Totals,
        reasons: &[Reason],
    ) -> Result<Exit, Failure> {
        let selected = self.tally.clone().finish(&Summary::from(totals));
        let inputs = (run.captures.as_slice(), &run.tls);
        let mut document = Document::without_messages(inputs, totals, &run.anomalies, reasons);
        if let Some(redactor) = &mut self.redactor {
            redactor.document(&mut document);
        }
        self.printer.finish(&document, &self.tally, &selected)?;
        let met = self.redactor.iter().flat_map(Redactor::met);
        arguments.redact.write_map(&arguments.input.captures, met)?;
        Ok(view::fail_on(&arguments.fail_on, &document.captures, &selected))
    }
}

/// Watches the inputs.
struct Watch<'a>(&'a RefCell<Live>);

impl Observer for Watch<'_> {
    fn frame(&mut self, frame: &Frame<'_>) {
        let figures = &mut self.0.borrow_mut().figures;
        figures.time = Some(frame.at.time);
        figures.frames += 1;
    }

    fn progress(&mut self, _captures: &Captures) -> ControlFlow<()> {
        self.0.borrow_mut().progress()
    }

    fn waiting(&mut self, captures: &mut Captures, _waited: Duration) -> ControlFlow<()> {
        let mut live = self.0.borrow_mut();
        live.notice(captures);
        live.progress()
    }

    fn over(&mut self, captures: &mut Captures) {
        self.0.borrow_mut().notice(captures);
    }
}

/// Is told what is found.
struct Sink<'a>(&'a RefCell<Live>);

impl FollowSink for Sink<'_> {
    fn told(&mut self, told: Followed) {
        self.0.borrow_mut().told(told);
    }

    fn open(&mut self, exchanges: usize) {
        self.0.borrow_mut().figures.open = exchanges;
    }
}
