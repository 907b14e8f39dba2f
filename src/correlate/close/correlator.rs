//! The correlator: takes in exchanges, closes messages when their time is over, counts.

use std::collections::BTreeMap;

use crate::correlate::close::round::{Conditions, Told, Until};
use crate::correlate::context::store::{PATIENCE, Surroundings};
use crate::correlate::group::remnants::Gaps;
use crate::correlate::limits::Limits;
use crate::correlate::message::{Closed, ContextEntry, ContextTotals, FailureKind, Outcome};
use crate::correlate::record::address;
use crate::correlate::record::pdu::PduRecord;
use crate::correlate::settings::Settings;
use crate::correlate::store::exchanges::Exchanges;
use crate::correlate::store::leg::LegRecord;
use crate::correlate::store::sightings::{EncryptedConnection, Encryption};
use crate::correlate::verdict::coverage::{Coverage, CoveredTime};
use crate::mms::PduType;
use crate::model::{
    AnomalyKind, AnomalyLog, CaptureIndex, FrameRef, Nanoseconds, NetworkConclusion, Networks, Origin,
    Timestamp, TransactionOperation,
};
use crate::session::{CarrierEvent, EndReason, ExchangeEnd, ExchangeId, TransactionEvent};

/// Rounds of closing in a lifetime. With more of them each leg is grouped more often; with fewer, messages that are over
/// stay in memory longer.
const ROUNDS_PER_LIFETIME: Nanoseconds = 4;

/// A round is only made once a leg has come for every so many that the last round left open. The cost of grouping then
/// grows with the number of legs, even where every frame is far later than the one before it.
const LEFT_OPEN_PER_NEW: usize = 8;

/// Totals over everything that was observed and closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Messages closed.
    pub messages: u64,
    /// Messages closed, by verdict.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// PDUs by name as they passed.
    pub pdus: BTreeMap<&'static str, u64>,
    /// Entries in the failures of closed messages.
    pub failures: BTreeMap<FailureKind, u64>,
    /// PDUs that the specification does not allow.
    pub malformed_pdus: u64,
    /// Transactions with the systems around the MMSC.
    pub context: ContextTotals,
    /// Those of them that failed and concern no message.
    pub unjoined: Vec<ContextEntry>,
    /// Requests to those systems of which it is proven that nobody answered them, by what they asked for.
    pub not_answered: BTreeMap<TransactionOperation, u64>,
    /// Addresses that were found to be a number's, each as often as it was another's; 0 where they were not counted.
    pub bindings: u64,
}

impl Totals {
    fn count_closed(&mut self, closed: &Closed) {
        let Closed::Message { message, .. } = closed else {
            return;
        };
        self.messages += 1;
        *self.outcomes.entry(message.outcome).or_default() += 1;
        for failure in &message.failures {
            *self.failures.entry(failure.kind).or_default() += 1;
        }
        // Which mail belongs to a message is not known before.
        for pdu in message.events.iter().filter_map(|event| event.facts.pdu()) {
            if let PduType::Mail(mail) = pdu {
                *self.pdus.entry(mail.name()).or_default() += 1;
            }
        }
    }
}

/// Puts exchanges together to messages.
#[derive(Debug)]
pub struct Correlator {
    /// What was odd.
    pub anomalies: AnomalyLog,
    settings: Settings,
    exchanges: Exchanges,
    coverage: Coverage,
    networks: Networks,
    totals: Totals,
    next_round: Option<Timestamp>,
    /// Legs that the last round left open.
    left_open: usize,
    limits: Limits,
    /// Legs grouped so far, each as often as it was: what rounds cost.
    grouped: u64,
    /// Rounds made so far.
    rounds: u64,
    /// The time of each capture's first frame.
    begins: BTreeMap<CaptureIndex, Timestamp>,
    surroundings: Surroundings,
}

impl Correlator {
    /// A correlator that has seen nothing.
    #[cfg(test)]
    pub(crate) fn new(settings: Settings) -> Self {
        Self::within(settings, Limits::default())
    }

    /// One with these limits.
    pub fn within(settings: Settings, limits: Limits) -> Self {
        Self {
            anomalies: AnomalyLog::default(),
            settings,
            exchanges: Exchanges::default(),
            coverage: Coverage::default(),
            networks: Networks::default(),
            totals: Totals::default(),
            next_round: None,
            left_open: 0,
            limits,
            grouped: 0,
            rounds: 0,
            begins: BTreeMap::new(),
            surroundings: Surroundings::new(limits, settings),
        }
    }

    /// How many legs rounds have grouped so far, each as often as it was.
    #[cfg(test)]
    pub(crate) const fn grouped(&self) -> u64 {
        self.grouped
    }

    /// How many exchanges are held open.
    pub(crate) fn open_legs(&self) -> usize {
        self.exchanges.len()
    }

    /// How often it was looked for what is over.
    pub(crate) const fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The exchanges that are open.
    pub(crate) const fn exchanges(&self) -> &Exchanges {
        &self.exchanges
    }

    /// Notes from now on which exchanges come and change.
    pub(crate) fn note_changes(&mut self) {
        self.exchanges.note_changes();
    }

    /// Takes which exchanges came or changed since it was asked last.
    pub(crate) fn take_changed(&mut self) -> Vec<ExchangeId> {
        self.exchanges.take_changed()
    }

    /// What was captured so far, as verdicts ask for it.
    pub(crate) fn covered(&self) -> CoveredTime {
        CoveredTime::of(&self.coverage)
    }

    /// Whether gaps are the rule in what was captured so far.
    pub(crate) fn gaps(&self) -> Gaps {
        Gaps::among(self.exchanges.legs())
    }

    /// Tells what some open exchanges are so far. Whatever is told stays open, and is told again when it is closed.
    pub(crate) fn tell(
        &mut self,
        exchanges: impl Iterator<Item = ExchangeId>,
        covered: &CoveredTime,
        gaps: Gaps,
        sink: &mut dyn FnMut(Closed),
    ) {
        self.name_phones();
        let mut legs: Vec<LegRecord> = exchanges
            .filter_map(|exchange| self.exchanges.leg(exchange))
            .cloned()
            .collect();
        let conditions = Conditions {
            settings: self.settings,
            covered,
            sightings: self.exchanges.sightings(),
            networks: &self.networks,
            until: Until::Told(gaps),
            begins: &self.begins,
        };
        conditions.tell(&mut legs, self.exchanges.receipts(), &mut self.surroundings, sink);
    }

    /// Tells what all open exchanges are so far. Whatever is told stays open, and is told again when it is closed.
    pub(crate) fn tell_all(&mut self, covered: &CoveredTime, sink: &mut dyn FnMut(Closed)) {
        self.name_phones();
        let (mut legs, receipts) = self.exchanges.take();
        let conditions = Conditions {
            settings: self.settings,
            covered,
            sightings: self.exchanges.sightings(),
            networks: &self.networks,
            until: Until::Told(Gaps::Shown),
            begins: &self.begins,
        };
        conditions.tell(&mut legs, &receipts, &mut self.surroundings, sink);
        self.exchanges.put_back(legs, receipts);
    }

    /// Goes through what was told of phones' sessions, as the next round would: legs are open, so that it comes before any that
    /// finds none.
    fn name_phones(&mut self) {
        self.surroundings.catch_up(&mut self.anomalies);
    }

    /// What was observed and closed so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// A frame was read, which this interface took, with its time as the capture has it: what it holds is told after this. Where frames are not told, nothing
    /// that was not seen counts as failed.
    #[inline]
    pub fn frame(&mut self, at: FrameRef, by: Origin, stamp: Timestamp) {
        if at.frame.0 == 1 {
            self.begins.insert(at.capture, stamp);
        }
        self.coverage.frame(at, by);
    }

    /// Octets of a connection, told apart by any number, were not captured, though their receiver acknowledged them.
    pub fn octets_missing(&mut self, connection: u64, at: FrameRef) {
        self.coverage.octets_missing(connection, at);
    }

    /// A connection was taken up whose opening was not captured.
    pub fn begun_midway(&mut self, at: FrameRef) {
        self.coverage.begun_midway(at);
    }

    /// A capture counts packets as dropped: right `here`, or somewhere before.
    pub fn dropped(&mut self, capture: CaptureIndex, here: bool) {
        self.coverage.dropped(capture, here);
    }

    /// A connection last seen at `at` was given up for a limit.
    pub fn given_up(&mut self, at: FrameRef) {
        self.coverage.given_up(at);
    }

    /// Something is known of a TLS connection: that nobody can read it, or what became of it.
    pub fn encrypted(&mut self, connection: &EncryptedConnection<'_>, what: Encryption) {
        self.exchanges.encrypted(connection, what);
    }

    /// Something was concluded of the networks that exchanges are seen in.
    pub fn network(&mut self, conclusion: NetworkConclusion) {
        self.networks.learn(conclusion);
    }

    /// Takes in one event of a bearer, with the PDU that its body holds. What is over at the event's time goes to
    /// the sink.
    pub fn observe(
        &mut self,
        event: &CarrierEvent<'_>,
        pdu: Option<PduRecord<'_>>,
        sink: &mut dyn FnMut(Closed),
    ) {
        self.count(event, pdu.as_ref());
        self.note_coverage(event, pdu.is_some());
        if let Some(pdu) = &pdu {
            self.learn_hosts(event, pdu);
        }
        self.exchanges.observe(event, pdu);
        let Some(now) = self.exchanges.latest() else {
            return;
        };
        let every = (self.settings.lifetime / ROUNDS_PER_LIFETIME).max(1);
        match self.next_round {
            None => self.next_round = Some(now.plus(self.settings.lifetime).plus(every)),
            Some(due) if now >= due && self.is_worth_a_round() => {
                self.next_round = Some(now.plus(every));
                let covered = CoveredTime::of(&self.coverage);
                self.surroundings
                    .prove_unanswered(&covered, Some(now.plus(-PATIENCE)));
                self.round(Until::Time(now), &covered, sink);
            }
            Some(_) if self.is_full() => self.make_room(sink),
            Some(_) => {}
        }
    }

    /// Who asks DNS for one of these hosts from now on asks for one of MMS.
    fn learn_hosts(&mut self, event: &CarrierEvent<'_>, pdu: &PduRecord<'_>) {
        let CarrierEvent::Request(request) = event else {
            return;
        };
        let locations = pdu.content_locations.iter().map(AsRef::as_ref);
        let hosts = request.url.into_iter().chain(locations).filter_map(address::host);
        for host in hosts {
            self.surroundings.learn_host(&host.to_ascii_lowercase());
        }
    }

    /// Takes in what was seen of a transaction with a system around the MMSC.
    pub fn observe_transaction(&mut self, event: &TransactionEvent<'_>) {
        self.surroundings.observe(event, &mut self.anomalies);
        if self.exchanges.len() == 0 {
            self.forget_old(event.at().time);
        }
    }

    /// No message is open: what is old of transactions concerns none.
    fn forget_old(&mut self, now: Timestamp) {
        if let Some(waiting) = self.surroundings.unanswered_and_old(now) {
            // As with rounds: capture time may leap with every frame.
            if waiting < self.coverage.len() / LEFT_OPEN_PER_NEW {
                return;
            }
            let covered = CoveredTime::of(&self.coverage);
            self.surroundings
                .prove_unanswered(&covered, Some(now.plus(-PATIENCE)));
        }
        self.surroundings.forget_old(now, &mut self.anomalies);
    }

    /// Closes everything that is still open.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Closed)) {
        let covered = CoveredTime::of(&self.coverage);
        self.surroundings.prove_unanswered(&covered, None);
        self.surroundings.input_ended();
        self.round(Until::End, &covered, sink);
        let (context, unjoined) = self.surroundings.finish(&mut self.anomalies);
        self.totals.context = context;
        self.totals.unjoined = unjoined;
        self.totals.not_answered = std::mem::take(&mut self.surroundings.not_answered);
    }

    /// Counts the addresses that were found to be a number's so far. Where there was no message nobody asked that before.
    pub fn count_bindings(&mut self) {
        self.surroundings.catch_up(&mut self.anomalies);
        self.totals.bindings = self.surroundings.sessions.bindings.made();
    }

    /// Whether enough has come since the last round to pay for grouping what it left open again: capture time may leap
    /// with every frame, and rounds would then take the square of what is open, or of what is known of covered time.
    fn is_worth_a_round(&self) -> bool {
        let looked_at = self.left_open.max(self.coverage.len());
        self.exchanges.len().saturating_sub(self.left_open) >= looked_at / LEFT_OPEN_PER_NEW
    }

    fn is_full(&self) -> bool {
        self.exchanges.len() > self.limits.open_legs || self.exchanges.octets() > self.limits.open_octets
    }

    fn round(&mut self, until: Until, covered: &CoveredTime, sink: &mut dyn FnMut(Closed)) {
        let (mut legs, receipts) = self.exchanges.take();
        self.grouped = self.grouped.saturating_add(legs.len() as u64);
        self.rounds = self.rounds.saturating_add(1);
        let totals = &mut self.totals;
        let conditions = Conditions {
            settings: self.settings,
            covered,
            sightings: self.exchanges.sightings(),
            networks: &self.networks,
            until,
            begins: &self.begins,
        };
        let mut told = Told {
            anomalies: &mut self.anomalies,
            surroundings: &mut self.surroundings,
        };
        conditions.settle(&mut legs, &receipts, &mut told, &mut |closed| {
            totals.count_closed(&closed);
            sink(closed);
        });
        self.exchanges.put_back(legs, receipts);
        self.left_open = self.exchanges.len();
    }

    /// Closes so much of who holds most that half of the limits is free. What would still have come is not looked at, so
    /// nothing is proven by its absence.
    fn make_room(&mut self, sink: &mut dyn FnMut(Closed)) {
        self.anomalies.note(AnomalyKind::LimitReached, None, || {
            let Limits {
                open_legs,
                open_octets,
                ..
            } = self.limits;
            format!(
                "more than {open_legs} exchanges open, or {open_octets} octets of them: messages of who holds most \
                 of them, or else the oldest, were closed before their time"
            )
        });
        self.round(Until::Room(self.limits), &CoveredTime::default(), sink);
    }

    fn note_coverage(&mut self, event: &CarrierEvent<'_>, is_mms: bool) {
        match event {
            CarrierEvent::Request(request) if is_mms => {
                self.coverage.mms(request.extent.last, request.network.origin);
            }
            CarrierEvent::Response(response) if is_mms => {
                self.coverage.mms(response.extent.last, response.network.origin);
            }
            CarrierEvent::End(ExchangeEnd {
                at,
                reason: EndReason::GivenUp,
                ..
            }) => self.coverage.given_up(*at),
            _ => {}
        }
    }

    fn count(&mut self, event: &CarrierEvent<'_>, pdu: Option<&PduRecord<'_>>) {
        let end = match event {
            CarrierEvent::Request(request) => request.body.end,
            CarrierEvent::Response(response) => response.body.end,
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return,
        };
        let Some(pdu) = pdu else { return };
        if let PduType::Mail(_) = pdu.message_type {
            return;
        }
        self.totals.malformed_pdus += u64::from(pdu.malformed);
        let passed = !end.is_cut_short() || pdu.complete;
        if let Some(name) = pdu.message_type.name().filter(|_| passed) {
            *self.totals.pdus.entry(name).or_default() += 1;
        }
    }
}
