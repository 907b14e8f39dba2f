//! The sessions of phones: from what RADIUS, GTP-C and Diameter tell of them to bindings.
//!
//! What is told is counted and kept in a journal of few octets. Only where a message was seen it is gone through, in the order in
//! which it was told: a capture without messages may be full of it.

mod journal;
mod report;

use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use crate::correlate::context::bindings::binding::{BindingId, Source};
use crate::correlate::context::bindings::{Bindings, Life, SessionReport};
use crate::correlate::context::sessions::journal::{Ending, Entry, Journal, Said};
use crate::correlate::context::sessions::report::{PackedNumber, Report, gtp_keys};
use crate::correlate::context::transaction::Transaction;
use crate::correlate::message::SystemTotals;
use crate::model::SharedSort;
use crate::model::{
    Digits, Labels, Nanoseconds, RandomState, SubscriberNumber, System, TransactionOperation,
};
use crate::session::surroundings::{
    Asked, NoAnswer, TransactionAnswer, TransactionId, TransactionRequest, TunnelEnd,
};

/// Requests about sessions whose answers are waited for. Ten thousand a second, each answered within seconds.
const MAX_OPEN: usize = 65_536;
/// IMSIs of which the number is remembered, for directories that are asked by IMSI: as many as fit in a table of 4 MB.
const MAX_IMSIS: usize = 229_376;
/// What a binding takes with its keys, about.
const BINDING_OCTETS: usize = 190;
/// What the journal may take at least, however many bindings there are.
const MIN_JOURNAL_OCTETS: usize = 4 * 1024 * 1024;

/// Tunnels of a session: each end of it, inside of the labels of its signalling and by itself.
type Tunnels = SmallVec<[Labels; 4]>;

/// A request about a session that may still be answered.
#[derive(Debug)]
struct Open {
    /// Whether it counts.
    is_ours: bool,
    report: Report,
    /// The binding that it began.
    binding: Option<BindingId>,
}

/// All that is known of phones' sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) bindings: Bindings,
    /// Transactions about sessions, but for those that are in contexts.
    pub(crate) totals: SystemTotals,
    journal: Journal,
    /// How many bindings there may be; the journal and they together are no more.
    limit: usize,
    /// Nothing more will be told.
    ended: bool,
    open: BTreeMap<TransactionId, Open>,
    /// Packed IMSIs with their numbers.
    imsis: HashMap<u64, PackedNumber, RandomState>,
    /// Requests of GTP-C in the journal of which it is not known whether their sessions were set up with a number.
    unsure: u64,
}

impl Sessions {
    pub(crate) fn new(limit: usize, lifetime: Nanoseconds) -> Self {
        Self {
            bindings: Bindings::new(limit, lifetime),
            totals: SystemTotals::default(),
            journal: Journal::default(),
            limit,
            ended: false,
            open: BTreeMap::new(),
            imsis: HashMap::default(),
            unsure: 0,
        }
    }

    /// The number of a subscriber by his IMSI, as a session had both. To be asked when all was gone through.
    pub(crate) fn number_of(&self, imsi: &str) -> Option<SubscriberNumber> {
        let imsi = Digits::from_text(imsi.as_bytes())?.packed();
        self.imsis.get(&imsi)?.number()
    }

    /// Whether nothing was told of any phone.
    pub(crate) fn is_empty(&self) -> bool {
        self.journal.is_empty() && self.bindings.is_empty()
    }

    /// Whether what was told has to be gone through, because there is no room for more: it and the bindings together take no
    /// more than bindings may.
    pub(crate) fn is_full(&self) -> bool {
        let room = self.limit.saturating_sub(self.bindings.len());
        let room = room.saturating_mul(BINDING_OCTETS).max(MIN_JOURNAL_OCTETS);
        self.journal.octets() >= room
    }

    /// Takes in a request; whether it is about a session.
    pub(crate) fn request(&mut self, request: &TransactionRequest<'_>) -> bool {
        let report = match &request.asked {
            Asked::Accounting(said) | Asked::Access(said) => Report::of_radius(request, said, &self.bindings),
            Asked::Gtp(said) => Report::of_gtp(request, said),
            Asked::Session(said) => Report::of_diameter(request, said, &self.bindings),
            _ => return false,
        };
        match report.asked_end() {
            None => self.totals.seen = self.totals.seen.saturating_add(1),
            // Only where the session was set up with a number it counts, which is looked up later.
            Some(_) => self.unsure = self.unsure.saturating_add(1),
        }
        self.journal.report(report);
        true
    }

    /// Takes in an answer; whether it is to a request about a session.
    pub(crate) fn answer(&mut self, answer: &TransactionAnswer<'_>) -> bool {
        let subject = answer.subject;
        if subject.is_none_or(|subject| subject.system != System::Identity) {
            return false;
        }
        self.journal.ending(Ending::of_answer(answer));
        true
    }

    /// Takes in that it is proven that no answer came; whether it is to a request about a session.
    pub(crate) fn no_answer(&mut self, event: &NoAnswer) -> bool {
        if event.subject.system != System::Identity {
            return false;
        }
        self.journal.ending(Ending::of_no_answer(event));
        true
    }

    /// Nothing more comes: of set-ups of which only the request was captured, the request counts.
    pub(crate) const fn input_ended(&mut self) {
        self.ended = true;
    }

    /// Goes through what was told since this was last called; the transactions that failed.
    pub(crate) fn catch_up(&mut self) -> Vec<(TransactionId, Transaction)> {
        let mut failed = Vec::new();
        self.unsure = 0;
        while let Some(entry) = self.journal.pop() {
            match entry {
                Entry::Report(report) => self.take_report(report),
                Entry::Ending(ending) => {
                    let transaction = self.take_ending(&ending);
                    failed.extend(transaction.map(|transaction| (ending.id, transaction)));
                }
            }
        }
        while self.ended
            && let Some((_, open)) = self.open.pop_first()
        {
            self.give_up(&open.report);
        }
        failed
    }

    /// Counts what was not gone through, because no message was seen; the transactions of it that failed.
    pub(crate) fn count_rest(&mut self) -> Vec<Transaction> {
        let not_ours = self.not_of_a_number();
        let rest = self.unsure.saturating_sub(not_ours.len() as u64);
        self.totals.seen = self.totals.seen.saturating_add(rest);
        let mut failed = Vec::new();
        for ending in self.journal.endings().filter(|ending| ending.status.is_failure()) {
            let open = || self.open.get(&ending.id).map(|open| &open.report);
            let report = self.journal.find(ending.id).or_else(open);
            let report = report.filter(|_| not_ours.binary_search(&ending.id).is_err());
            failed.extend(report.map(|report| report.failed(ending.response(), ending.status)));
        }
        self.totals.failed = self.totals.failed.saturating_add(failed.len() as u64);
        failed
    }

    /// The requests in the journal, by number, that are about sessions of GTP-C of which it is not known that they were set up with
    /// a number.
    fn not_of_a_number(&self) -> Vec<TransactionId> {
        if self.unsure == 0 {
            return Vec::new();
        }
        let accepted = self
            .journal
            .endings()
            .filter(|ending| !ending.status.is_failure());
        let gateways = accepted.filter_map(|ending| ending.said()?.control());
        let gateways: HashSet<TunnelEnd, FixedState> = gateways.collect();
        let unsure = self.journal.reports().filter_map(|report| {
            let end = report.asked_end().filter(|end| !gateways.contains(end))?;
            Some((report, end)).filter(|_| report.number().is_none())
        });
        let unsure: Vec<(&Report, TunnelEnd)> = unsure.collect();
        // What a gateway asks has the identifier that the node gave out.
        let mut nodes: HashSet<TunnelEnd, FixedState> = HashSet::default();
        if !unsure.is_empty() {
            let set_ups = self
                .journal
                .reports()
                .filter(|report| report.asked_end().is_none());
            nodes.extend(set_ups.filter_map(Report::control));
        }
        let is_bound = |report: &Report| self.bindings.has_session(report.session(&self.bindings).1);
        let not_ours = unsure
            .iter()
            .filter(|(report, end)| !nodes.contains(end) && !is_bound(report));
        let mut not_ours: Vec<TransactionId> = not_ours.map(|(report, _)| report.id).collect();
        not_ours.shared_sort();
        not_ours
    }

    fn take_report(&mut self, report: Report) {
        use TransactionOperation::{
            AccountingInterim, AccountingOff, AccountingOn, AccountingStart, AccountingStop, CcrInitial,
            CcrTermination, CcrUpdate,
        };
        self.learn(report.imsi(), report.number());
        let is_sure = report.asked_end().is_none();
        let is_ours = is_sure || report.number().is_some() || {
            let (_, session) = report.session(&self.bindings);
            self.bindings.has_session(session)
        };
        self.totals.seen = self.totals.seen.saturating_add(u64::from(is_ours && !is_sure));
        let since = report.since();
        let life = match report.operation {
            AccountingOn | AccountingOff => {
                let (gateway, _) = report.session(&self.bindings);
                self.bindings.gateway_restarted(gateway, report.time());
                None
            }
            AccountingStart | CcrInitial => Some(Life::Begins),
            AccountingInterim | CcrUpdate => Some(Life::GoesOn { since }),
            AccountingStop | CcrTermination => Some(Life::Ends { since }),
            _ => None,
        };
        // Where the address of Gx or Gy is only in the answer, the binding waits for it.
        let binding = life.and_then(|life| {
            let report = report.session_report(&self.bindings, report.time(), &[], None);
            self.bindings.report(life, &report)
        });
        let open = Open {
            is_ours,
            report,
            binding,
        };
        self.open.insert(open.report.id, open);
        if self.open.len() > MAX_OPEN
            && let Some((_, oldest)) = self.open.pop_first()
        {
            self.give_up(&oldest.report);
        }
    }

    fn learn(&mut self, imsi: Option<Digits>, number: Option<SubscriberNumber>) {
        let packed = imsi.map(Digits::packed).zip(number.and_then(PackedNumber::new));
        if let Some((imsi, number)) = packed
            && (self.imsis.len() < MAX_IMSIS || self.imsis.contains_key(&imsi))
        {
            self.imsis.insert(imsi, number);
        }
    }

    /// How a request ended; it as a transaction, where it failed.
    fn take_ending(&mut self, ending: &Ending) -> Option<Transaction> {
        let mut open = self.open.remove(&ending.id)?;
        let is_counted = open.is_ours && ending.status.is_failure();
        self.totals.failed = self.totals.failed.saturating_add(u64::from(is_counted));
        let Some(response) = ending.response() else {
            // A report that nobody answered says whose the address is all the same.
            if let Some(binding) = open.binding {
                self.bindings.unanswered(binding);
                return None;
            }
            return is_counted.then(|| open.report.failed(None, ending.status));
        };
        let failed = ending.status.is_failure();
        if let Some(binding) = open.binding {
            self.bindings.answered(binding, response, ending.status);
            if failed {
                self.bindings.refused(binding);
            }
        }
        match open.report.source() {
            Source::Gtp => self.tunnelled(&mut open, ending),
            _ if failed => self.refused(&open.report, ending),
            _ => {
                if let Some(said) = ending.said().filter(|said| !said.addresses().is_empty()) {
                    self.addressed(&mut open.report, said, ending);
                }
            }
        }
        is_counted.then(|| open.report.failed(Some(response), ending.status))
    }

    /// A session of Gx or Gy that was not set up is over.
    fn refused(&mut self, report: &Report, ending: &Ending) {
        if report.operation == TransactionOperation::CcrInitial
            && let Some(response) = ending.response()
        {
            let report = report.session_report(&self.bindings, response.last.time, &[], None);
            self.bindings.report(Life::Ends { since: None }, &report);
        }
    }

    /// The answer of Gx or Gy has the address of the session.
    fn addressed(&mut self, report: &mut Report, said: &Said, ending: &Ending) {
        report.set_addresses(said.addresses());
        let life = match report.operation {
            TransactionOperation::CcrInitial => Life::Begins,
            TransactionOperation::CcrUpdate => Life::GoesOn { since: None },
            _ => return,
        };
        let answer = ending.response().map(|response| (response, ending.status));
        let report = report.session_report(&self.bindings, report.extent().first.time, &[], answer);
        self.bindings.report(life, &report);
    }

    /// GTP-C: a session is there when the gateway accepts it, and is over when one end tells the other so.
    fn tunnelled(&mut self, open: &mut Open, ending: &Ending) {
        use TransactionOperation::{CreatePdpContext, CreateSession, DeletePdpContext, DeleteSession};
        let Some(response) = ending.response() else { return };
        let accepted = !ending.status.is_failure();
        let report = &mut open.report;
        let said = ending.said();
        let labels = said.map_or(report.network.labels, |said| said.labels);
        let tunnels = tunnels(labels, [report.user(), said.and_then(Said::user)]);
        let (life, at) = match report.operation {
            CreatePdpContext | CreateSession if accepted => {
                self.set_up(report, said);
                (Life::Begins, report.extent().first.time)
            }
            CreatePdpContext | CreateSession => return,
            operation => {
                // What a gateway asks has the identifier that the node gave out.
                let (_, node) = report.session(&self.bindings);
                if let Some(known) = self.bindings.of_node(node) {
                    report.set_session(known);
                }
                match operation {
                    DeletePdpContext | DeleteSession => (Life::Ends { since: None }, response.last.time),
                    _ if accepted => (Life::GoesOn { since: None }, response.last.time),
                    _ => return,
                }
            }
        };
        let node = report.control().filter(|_| life == Life::Begins);
        let report = SessionReport {
            node: node.and_then(|node| Some(gtp_keys(node.address?, node.teid, &self.bindings).1)),
            ..report.session_report(&self.bindings, at, &tunnels, Some((response, ending.status)))
        };
        self.bindings.report(life, &report);
    }

    /// A session was accepted: it goes by the identifier that the gateway gave out.
    fn set_up(&mut self, report: &mut Report, said: Option<&Said>) {
        let Some(said) = said else { return };
        if !said.addresses().is_empty() {
            report.set_addresses(said.addresses());
        }
        if let Some(TunnelEnd {
            teid,
            address: Some(address),
        }) = said.control()
        {
            report.set_session(gtp_keys(address, teid, &self.bindings));
        }
    }

    /// No answer will be seen: the request alone counts.
    fn give_up(&mut self, report: &Report) {
        use TransactionOperation::{CreatePdpContext, CreateSession, DeletePdpContext, DeleteSession};
        let at = report.extent().first.time;
        let tunnels = tunnels(report.network.labels, [report.user(), None]);
        let life = match report.operation {
            CreatePdpContext | CreateSession => Life::Begins,
            DeletePdpContext | DeleteSession => Life::Ends { since: None },
            _ => return,
        };
        let report = report.session_report(&self.bindings, at, &tunnels, None);
        self.bindings.report(life, &report);
    }
}

/// The labels of packets in the tunnels that lead to these ends: those of the signalling around them, or none.
fn tunnels(around: Labels, ends: [Option<TunnelEnd>; 2]) -> Tunnels {
    let mut found = Tunnels::new();
    for TunnelEnd { teid, address } in ends.into_iter().flatten() {
        let Some(address) = address.filter(|_| teid != 0) else {
            continue;
        };
        for outside in [around, Labels::default()] {
            let inside = outside.in_gtpu(address, teid);
            if !found.contains(&inside) {
                found.push(inside);
            }
        }
    }
    found
}
