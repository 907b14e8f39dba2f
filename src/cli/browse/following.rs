//! `browse --follow`: what is found while the inputs are written goes to the screen, from a thread of its own.

use std::{
    cell::RefCell,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, mpsc::Sender},
    thread,
    time::{Duration, Instant},
};

use super::{BrowseArgs, jobs, read_once};
use crate::{
    analysis::{self, FollowSink},
    browse::{Answer, Data, End, Growing, News},
    capture::{Captures, Input},
    cli::{
        analysis::options,
        captures::{Counts, take_inventory},
        exit::{Exit, Failure, complain, holding},
        follow::{self, numbers::Numbers},
        input::{self, Opened},
        preferences::Preferences,
    },
    correlate::{Followed, Totals},
    model::{AnomalyLog, fault},
    pipeline::Observer,
    report::{
        document::{
            Document, Message, Operation,
            from_capture::captures,
            inventory::{FORMAT, Inventory},
        },
        query::{absent::Absent, selection::Selection},
    },
    session::ExchangeId,
    tls::TlsInventory,
};

/// How often what is new is handed on.
const NEWS_EVERY: Duration = Duration::from_millis(200);

/// How often is told how far the captures are.
const CAPTURES_EVERY: Duration = Duration::from_secs(1);

/// Follows the inputs. What is found comes as answers. `None` where there is nothing to follow; that has been said then.
pub(super) fn start(
    arguments: &BrowseArgs,
    preferences: &Preferences,
    answers: Sender<Answer>,
) -> Result<Option<(Data, Exit)>, Failure> {
    let selection = follow::selection(&arguments.input, &arguments.selection, preferences)?;
    let Some(opened) = input::follow(&arguments.input) else {
        return Ok(None);
    };
    let exit = opened.exit;
    let nothing = (&[][..], &TlsInventory::default());
    let document = Document::without_messages(nothing, &Totals::default(), &AnomalyLog::default(), &[]);
    let inventory = Inventory {
        format: FORMAT.to_owned(),
        version: 1,
        ..Inventory::default()
    };
    let data = Data::followed(document, inventory, read_once(&arguments.input));
    let arguments = arguments.clone();
    // Whoever looks may have seen enough before the inputs end: nobody waits for this.
    thread::spawn(move || {
        let screen = answers.clone();
        let work = || holding(|| run_to_the_end(&arguments, selection, opened, answers));
        if let Err(fault) = fault::isolated(work) {
            let news = News {
                end: Some(End::Failed),
                said: Some(jobs::told(&fault)),
                ..News::default()
            };
            // The screen may be gone.
            let _ = screen.send(Answer::News(Box::new(news)));
        }
    });
    Ok(Some((data, exit)))
}

fn run_to_the_end(arguments: &BrowseArgs, selection: Selection, opened: Opened, answers: Sender<Answer>) {
    let live = RefCell::new(Live {
        answers,
        numbers: Numbers::default(),
        absent: Absent::of(&selection),
        selection,
        operations: Vec::new(),
        news: News::default(),
        told: Instant::now(),
        looked: None,
    });
    let mut counts = Counts::default();
    let mut watch = Watch(&live);
    let found = analysis::follow(
        opened.captures,
        &options(&arguments.input, &arguments.verdict),
        arguments.follow.settle.0,
        opened.keys,
        &mut (&mut watch, &mut counts),
        &mut Sink(&live),
    );
    let (run, totals, reasons) = found;
    let mut live = live.into_inner();
    live.absent.told().for_each(complain);
    let document = Document {
        operations: std::mem::take(&mut live.operations),
        ..Document::without_messages((&run.captures, &run.tls), &totals, &run.anomalies, &reasons)
    };
    live.news.end = Some(End::Reached {
        document: Box::new(document),
        inventory: Box::new(take_inventory(&run, &totals, &counts, &reasons)),
    });
    live.tell();
}

/// What is shared by who watches the inputs and who is told what is found.
struct Live {
    answers: Sender<Answer>,
    numbers: Numbers,
    selection: Selection,
    absent: Absent,
    operations: Vec<Operation>,
    /// What was not handed on yet.
    news: News,
    /// When something was handed on last.
    told: Instant,
    /// When was looked how far the captures are.
    looked: Option<Instant>,
}

impl Live {
    fn found(&mut self, told: Followed) {
        match told {
            Followed::SoFar { name, message } => self.message(name, message),
            Followed::Closed { name, message, .. } => {
                self.message(name, message);
                self.numbers.close(name);
            }
            Followed::Superseded { name, by } => {
                if let Some((one, _)) = self.numbers.supersede(name, by) {
                    self.news
                        .messages
                        .extend(place(one.id).map(|place| (place, None)));
                }
            }
            Followed::Operation(mut operation) => {
                operation.id = self.operations.len() as u64 + 1;
                self.operations.push(*operation);
            }
        }
    }

    fn message(&mut self, name: ExchangeId, mut message: Box<Message>) {
        self.numbers.number(name, &mut message);
        self.absent.look(&message);
        let Some(place) = place(message.id) else { return };
        message.revision = self.numbers.print(name);
        let shown = self.selection.matches(&message).then(|| Arc::from(message));
        self.news.messages.push((place, shown));
    }

    /// Notes what happened to the inputs, to be said.
    fn notice(&mut self, captures: &mut Captures) {
        if let Some(notice) = captures.take_notices().last() {
            self.news.said = Some(notice.to_string());
        }
    }

    /// Hands on what is new, where it is time to.
    fn look(&mut self, captures: &Captures) {
        if self.told.elapsed() < NEWS_EVERY {
            return;
        }
        // What comes may lie in a capture that was not there before.
        let is_due = !self.news.messages.is_empty()
            || self
                .looked
                .is_none_or(|looked| looked.elapsed() >= CAPTURES_EVERY);
        if is_due {
            self.looked = Some(Instant::now());
            self.news.captures = Some(Growing {
                captures: self::captures(&captures.reports(), &TlsInventory::default()),
                files: captures.inputs().map(file).collect(),
            });
        }
        self.tell();
    }

    /// Hands on what is new.
    fn tell(&mut self) {
        self.told = Instant::now();
        let news = std::mem::take(&mut self.news);
        if !news.messages.is_empty() || news.captures.is_some() || news.end.is_some() || news.said.is_some() {
            // The screen may be gone; then the program ends.
            let _ = self.answers.send(Answer::News(Box::new(news)));
        }
    }
}

/// The place of the message with this number.
fn place(id: u64) -> Option<u32> {
    u32::try_from(id.checked_sub(1)?).ok()
}

/// Where an input lies.
fn file(input: &Input) -> PathBuf {
    match input {
        Input::Stdin => "-".into(),
        Input::File(path) => path.clone(),
    }
}

/// Watches the inputs.
struct Watch<'a>(&'a RefCell<Live>);

impl Observer for Watch<'_> {
    fn progress(&mut self, captures: &Captures) -> ControlFlow<()> {
        self.0.borrow_mut().look(captures);
        ControlFlow::Continue(())
    }

    fn waiting(&mut self, captures: &mut Captures, _waited: Duration) -> ControlFlow<()> {
        let mut live = self.0.borrow_mut();
        live.notice(captures);
        live.look(captures);
        ControlFlow::Continue(())
    }

    fn over(&mut self, captures: &mut Captures) {
        self.0.borrow_mut().notice(captures);
    }
}

/// Is told what is found.
struct Sink<'a>(&'a RefCell<Live>);

impl FollowSink for Sink<'_> {
    fn told(&mut self, told: Followed) {
        self.0.borrow_mut().found(told);
    }
}
