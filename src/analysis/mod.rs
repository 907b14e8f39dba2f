//! From captures to messages in one call: the stages of the pipeline with correlation behind them.
//! The command line, the users of the library and the tests share it.

mod keys;
mod reason;
mod signs;
#[cfg(test)]
mod tests;
mod watcher;

pub use keys::Keys;
pub use reason::{Reason, ReasonKind};
pub use watcher::Watcher;

use std::ops::ControlFlow;
use std::time::Duration;

use crate::{
    capture::{CaptureItem, CaptureReport, Captures, Frame, ItemContent},
    correlate::{
        Closed, Correlator, EncryptedConnection, Encryption, Followed, Follower, Message, Operation,
        PduRecord, Settings, Totals,
    },
    flow::{CloseReason, ConnectionId, ConnectionInfo, StreamEvent},
    mms::Pdu,
    model::{AnomalyLog, Clocks, Nanoseconds, NetworkConclusion, SharedSort, Timestamp},
    pipeline::{self, Limits, Observer, RunReport},
    session::{CarrierEvent, TransactionEvent},
    tls::{KeySources, Outcome, TlsConnection, TlsInventory},
};

/// How an analysis is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long an answer may take, and how long a message is waited for.
    pub settings: Settings,
    /// How much of the traffic is held in memory.
    pub limits: Limits,
}

/// What an analysis found.
#[derive(Debug)]
pub struct Analysis {
    /// The messages, numbered in the order in which they began.
    pub messages: Vec<Message>,
    /// Transactions that belong to no message, such as those with a mailbox, numbered likewise.
    pub operations: Vec<Operation>,
    /// What was counted on the way.
    pub totals: Totals,
    /// The inputs, what was odd in them, and what each stage made of them.
    pub run: RunReport,
    /// Why there may be less than there was, the likeliest reason first.
    pub diagnosis: Vec<Reason>,
}

/// Analyses captures to their end and collects what was found.
///
/// The memory that this takes grows with the number of messages; `read` hands them on as they close.
pub fn analyze(captures: Captures, options: &Options, observer: &mut dyn Observer) -> Analysis {
    analyze_with_keys(captures, options, KeySources::default(), observer)
}

/// The same, with secrets for what TLS hides.
pub fn analyze_with_keys(
    captures: Captures,
    options: &Options,
    keys: KeySources,
    observer: &mut dyn Observer,
) -> Analysis {
    let mut closed = Vec::new();
    let read = read_with_keys(captures, options, keys, observer, &mut |one| closed.push(one));
    read.analysis(closed)
}

/// Captures that were read to their end, with messages that are still open.
#[derive(Debug)]
pub struct Read {
    run: RunReport,
    correlator: Correlator,
    diagnosis: Vec<Reason>,
    clocks: Clocks,
}

/// Reads captures to their end. Messages and operations that close on the way go to `sink`, in no particular order;
/// those that are still open wait for `Read::finish`.
pub fn read(
    captures: Captures,
    options: &Options,
    observer: &mut dyn Observer,
    sink: &mut dyn FnMut(Closed),
) -> Read {
    read_with_keys(captures, options, KeySources::default(), observer, sink)
}

/// The same, with secrets for what TLS hides.
pub fn read_with_keys(
    captures: Captures,
    options: &Options,
    keys: KeySources,
    observer: &mut dyn Observer,
    sink: &mut dyn FnMut(Closed),
) -> Read {
    let clocks = captures.clocks();
    let mut closing = Closing {
        correlator: Correlator::within(options.settings, options.limits.correlate),
        sink,
        clocks: clocks.clone(),
    };
    let (run, diagnosis) = observe(captures, options, keys, observer, &mut closing);
    Read {
        diagnosis,
        run,
        correlator: closing.correlator,
        clocks,
    }
}

/// Reads captures to their end, and tells what messages are while they are read: those that are settled, what changes of
/// them, and what is over. `settle` is the capture time, in nanoseconds, after which a message of which nothing more came
/// counts as settled. All that is still open at the end is closed. Gives back the report of the run, the totals, and why
/// there may be less than there was.
pub fn follow(
    captures: Captures,
    options: &Options,
    settle: Nanoseconds,
    keys: KeySources,
    observer: &mut dyn Observer,
    sink: &mut dyn FollowSink,
) -> (RunReport, Totals, Vec<Reason>) {
    let correlator = Correlator::within(options.settings, options.limits.correlate);
    let mut following = Following {
        follower: Follower::new(correlator, settle),
        sink,
    };
    let (mut run, diagnosis) = observe(captures, options, keys, observer, &mut following);
    let Following { follower, sink } = following;
    let correlator = follower.finish(&mut |told| sink.told(told));
    run.anomalies.merge(&correlator.anomalies);
    (run, correlator.totals().clone(), diagnosis)
}

/// Is told what a run finds that follows its input.
pub trait FollowSink {
    /// Something was found.
    fn told(&mut self, told: Followed);

    /// How many exchanges are open.
    fn open(&mut self, _exchanges: usize) {}
}

/// Reads captures to their end, with correlation behind the stages; what that leaves behind.
fn observe(
    captures: Captures,
    options: &Options,
    keys: KeySources,
    observer: &mut dyn Observer,
    intake: &mut dyn Intake,
) -> (RunReport, Vec<Reason>) {
    let mut correlation = Correlation {
        intake,
        newest_midway: None,
        watcher: Watcher::default(),
    };
    let mut limits = options.limits;
    limits.session.response_timeout = options.settings.response_timeout;
    let observers = &mut (observer, &mut correlation);
    let run = pipeline::run_with_keys(captures, &limits, keys, observers);
    let diagnosis = correlation.watcher.reasons(&run);
    (run, diagnosis)
}

impl Read {
    /// The inputs.
    pub fn captures(&self) -> &[CaptureReport] {
        &self.run.captures
    }

    /// Why there may be less than there was, the likeliest reason first.
    pub fn diagnosis(&self) -> &[Reason] {
        &self.diagnosis
    }

    /// The TLS connections in them.
    pub const fn tls(&self) -> &TlsInventory {
        &self.run.tls
    }

    /// What was odd in the captures. Of what correlation finds odd nothing is known before the end.
    pub const fn anomalies(&self) -> &AnomalyLog {
        &self.run.anomalies
    }

    /// Counts the addresses that were found to be a number's, also where there is no message to name. Inventories of captures
    /// tell it; of an analysis that makes none it would be work for nothing.
    pub fn count_bindings(&mut self) {
        self.correlator.count_bindings();
    }

    /// Closes what is still open, and puts it in order with what `closed` on the way.
    pub fn analysis(mut self, closed: Vec<Closed>) -> Analysis {
        let (mut messages, mut operations) = (Vec::new(), Vec::new());
        let mut sink = |closed| match closed {
            Closed::Message { first, message, .. } => messages.push((first, message)),
            Closed::Operation { first, operation } => operations.push((first, operation)),
        };
        closed.into_iter().for_each(&mut sink);
        let diagnosis = std::mem::take(&mut self.diagnosis);
        let (run, totals) = self.finish(&mut sink);
        messages.shared_sort_by_key(|(first, _)| *first);
        operations.shared_sort_by_key(|(first, _)| *first);
        let mut keys = Keys::of(run.captures.len());
        messages.iter_mut().for_each(|(_, message)| keys.settle(message));
        let messages = (1..).zip(messages);
        let operations = (1..).zip(operations);
        Analysis {
            messages: messages
                .map(|(id, (_, message))| Message { id, ..*message })
                .collect(),
            operations: operations
                .map(|(id, (_, operation))| Operation { id, ..*operation })
                .collect(),
            totals,
            run,
            diagnosis,
        }
    }

    /// Closes what is still open and counts it. The report of the run has no anomalies of correlation then: it tells of the
    /// captures alone.
    pub fn count(mut self) -> (RunReport, Totals) {
        self.count_bindings();
        self.correlator.finish(&mut |_| {});
        (self.run, self.correlator.totals().clone())
    }

    /// Closes what is still open and hands it on, in the order in which it began. Gives back what is left: the report
    /// of the run, with the anomalies of correlation, and the totals.
    pub fn finish(mut self, sink: &mut dyn FnMut(Closed)) -> (RunReport, Totals) {
        self.correlator.finish(&mut as_captured(&self.clocks, sink));
        self.run.anomalies.merge(&self.correlator.anomalies);
        let mut totals = self.correlator.totals().clone();
        if !self.clocks.are_untouched() {
            let unjoined = totals.unjoined.iter_mut();
            unjoined.for_each(|entry| entry.show_captured_times(&self.clocks));
        }
        (self.run, totals)
    }
}

/// Hands on what closed with the times that the captures have.
fn as_captured(clocks: &Clocks, sink: &mut dyn FnMut(Closed)) -> impl FnMut(Closed) {
    move |mut closed| {
        if !clocks.are_untouched() {
            closed.show_captured_times(clocks);
        }
        sink(closed);
    }
}

/// What takes in what the stages hand on.
trait Intake {
    /// The correlator, to tell it what is no exchange.
    fn correlator(&mut self) -> &mut Correlator;

    /// An event of a bearer.
    fn event(&mut self, event: &CarrierEvent<'_>, pdu: Option<PduRecord<'_>>);

    /// A frame came, of which the correlator knows; what is in it comes.
    fn frame(&mut self, _stamp: Timestamp) {}

    /// No frame came for so many nanoseconds.
    fn waited(&mut self, _waited: Nanoseconds) {}
}

/// Hands on what closes.
struct Closing<'a> {
    correlator: Correlator,
    sink: &'a mut dyn FnMut(Closed),
    clocks: Clocks,
}

impl Intake for Closing<'_> {
    fn correlator(&mut self) -> &mut Correlator {
        &mut self.correlator
    }

    fn event(&mut self, event: &CarrierEvent<'_>, pdu: Option<PduRecord<'_>>) {
        let sink = &mut as_captured(&self.clocks, self.sink);
        self.correlator.observe(event, pdu, sink);
    }
}

/// Hands on what messages are so far.
struct Following<'a> {
    follower: Follower,
    sink: &'a mut dyn FollowSink,
}

impl Intake for Following<'_> {
    fn correlator(&mut self) -> &mut Correlator {
        self.follower.correlator()
    }

    fn event(&mut self, event: &CarrierEvent<'_>, pdu: Option<PduRecord<'_>>) {
        let sink = &mut *self.sink;
        self.follower.observe(event, pdu, &mut |told| sink.told(told));
    }

    fn frame(&mut self, stamp: Timestamp) {
        let sink = &mut *self.sink;
        if self.follower.frame(stamp, &mut |told| sink.told(told)) {
            sink.open(self.follower.correlator().open_legs());
        }
    }

    fn waited(&mut self, waited: Nanoseconds) {
        let sink = &mut *self.sink;
        if self.follower.waited(waited, &mut |told| sink.told(told)) {
            sink.open(self.follower.correlator().open_legs());
        }
    }
}

/// Correlation as an observer of the pipeline.
struct Correlation<'a> {
    intake: &'a mut dyn Intake,
    /// The newest connection that was taken up midway.
    newest_midway: Option<ConnectionId>,
    watcher: Watcher,
}

impl Observer for Correlation<'_> {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.watcher.frame(frame);
        let (at, origin) = (frame.at, frame.origin());
        self.intake.correlator().frame(at, origin, frame.stamp);
        self.intake.frame(frame.at.time);
    }

    fn waiting(&mut self, _captures: &mut Captures, waited: Duration) -> ControlFlow<()> {
        self.intake
            .waited(Nanoseconds::try_from(waited.as_nanos()).unwrap_or(Nanoseconds::MAX));
        ControlFlow::Continue(())
    }

    fn item(&mut self, item: &CaptureItem) {
        if let ItemContent::Dropped { here } = item.content {
            self.intake.correlator().dropped(item.capture, here);
        }
    }

    fn stream(&mut self, connection: &ConnectionInfo, event: &StreamEvent<'_>) {
        self.watcher.stream(connection, event);
        if let StreamEvent::Data { at, .. } = *event
            && !connection.opening_seen
            && Some(connection.id) > self.newest_midway
        {
            self.newest_midway = Some(connection.id);
            self.intake.correlator().begun_midway(at);
        }
        match *event {
            StreamEvent::Gap {
                acknowledged: true,
                cut: false,
                at,
                ..
            } => self.intake.correlator().octets_missing(connection.id.0, at),
            StreamEvent::Closed {
                reason: CloseReason::Evicted,
                at,
            } => self.intake.correlator().given_up(at),
            _ => {}
        }
    }

    fn tls_hidden(&mut self, connection: &TlsConnection) {
        self.intake
            .correlator()
            .encrypted(&encrypted(connection), Encryption::Begun);
    }

    fn tls(&mut self, connection: &TlsConnection) {
        self.watcher.tls(connection);
        let begun = connection.hidden;
        let what = match connection.outcome {
            Outcome::Unread(_) | Outcome::Partly => Encryption::Unread { begun },
            Outcome::Read | Outcome::Failed(_) => Encryption::Read { begun },
        };
        self.intake.correlator().encrypted(&encrypted(connection), what);
    }

    fn network(&mut self, conclusion: &NetworkConclusion) {
        self.intake.correlator().network(*conclusion);
    }

    fn transaction(&mut self, event: &TransactionEvent<'_>) {
        self.intake.correlator().observe_transaction(event);
    }

    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        self.watcher.carrier(event, pdu);
        self.intake.event(event, pdu.map(PduRecord::from));
    }
}

/// A TLS connection as correlation sees it.
fn encrypted(connection: &TlsConnection) -> EncryptedConnection<'_> {
    EncryptedConnection {
        network: connection.network,
        client: connection.client.address,
        server: connection.server.address,
        name: connection.agreement.name.as_deref(),
        first: connection.first,
        last: connection.last,
    }
}
