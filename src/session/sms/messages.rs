//! Pushes put together from short messages, with what was answered to them and what became of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Imsi;
use super::push;
use super::set::{Answer, ContentKey, Given, Key, ReceiptOutcome, Set, Stage, Standing};
use super::udh::{Concatenation, Ports};
use crate::model::{
    AnomalyKind, AnomalyLog, Endpoint, Extent, FrameRef, Host, Nanoseconds, NetworkId, RandomState, Timestamp,
};
use crate::session::context::ExchangeIds;
use crate::session::fingerprint::fingerprint;
use crate::session::{
    AnswerVisibility, Bearer, Body, BodyEnd, CarrierEvent, EndReason, ExchangeEnd, ExchangeId, Identity,
    Method, Receipt, Request, Response, SessionEvent, Sink, SmsTransfer, Subscriber,
};

/// Nanoseconds of capture time after its first part within which a message may become whole: a service centre
/// that throttles or retries takes minutes, not more than some hours.
const PARTS_SPAN: Nanoseconds = 6 * 3600 * Timestamp::SECOND;

/// Messages kept, whole or not, so that parts sent again and receipts are known: an hour of a busy gateway.
const SETS: usize = 32_768;

/// Octets of parts kept over all messages: a hundred thousand parts of the usual size.
const PART_OCTETS: usize = 16 * 1024 * 1024;

/// A short message as its carrier gives it.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct ShortMessage<'a> {
    pub(in crate::session) bearer: Bearer,
    /// Which way it goes, where that is known.
    pub(in crate::session) transfer: Option<SmsTransfer>,
    pub(in crate::session) network: NetworkId,
    pub(in crate::session) source: Endpoint,
    pub(in crate::session) destination: Endpoint,
    /// The host that it comes from, and the one that it goes to.
    pub(in crate::session) hosts: [Host; 2],
    /// The frames of what carried it.
    pub(in crate::session) extent: Extent,
    pub(in crate::session) originator: &'a str,
    /// The carrier's name for the field that gave the originator, lower case.
    pub(in crate::session) originator_field: &'static str,
    pub(in crate::session) recipient: &'a str,
    /// Whom it goes to, where the carrier names a subscriber and not a number.
    pub(in crate::session) imsi: Option<Imsi>,
    pub(in crate::session) ports: Option<Ports>,
    pub(in crate::session) concatenation: Option<Concatenation>,
    /// Whether the coding says 8-bit data.
    pub(in crate::session) binary: bool,
    /// The user data without its header.
    pub(in crate::session) octets: &'a [u8],
    /// Whether a later word on what became of it is due.
    pub(in crate::session) receipt_due: bool,
}

/// Names a part that was handed in, for what is said about it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Ticket {
    pub(super) set: u64,
    pub(super) part: u8,
}

/// What the assembler works with besides its own state.
pub(in crate::session) struct Tools<'a> {
    pub(in crate::session) exchanges: &'a mut ExchangeIds,
    pub(in crate::session) anomalies: &'a mut AnomalyLog,
    pub(in crate::session) sink: Sink<'a>,
}

impl Tools<'_> {
    /// Hands an event on.
    fn tell(&mut self, event: CarrierEvent<'_>) {
        (self.sink)(SessionEvent::Carrier(event));
    }
}

/// Every message that is waiting for parts, answers or receipts, over all connections and carriers.
#[derive(Debug, Default)]
pub(in crate::session) struct ShortMessages {
    /// By the order in which their first part came.
    sets: BTreeMap<u64, Set>,
    by_key: HashMap<Key, u64, RandomState>,
    /// The latest set with each part, of sets that wait for further parts.
    by_content: HashMap<ContentKey, u64, RandomState>,
    /// The latest message that was whole, by its recipient.
    whole: HashMap<String, u64, RandomState>,
    collecting: BTreeSet<u64>,
    /// Those that hold octets.
    holding: BTreeSet<u64>,
    began: u64,
    held: usize,
}

impl ShortMessages {
    /// Octets held, for the test of their limit.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Takes a short message. A ticket comes back where it may be a push or a part of one.
    pub(in crate::session) fn submit(
        &mut self,
        tools: &mut Tools<'_>,
        message: &ShortMessage<'_>,
    ) -> Option<Ticket> {
        self.expire(tools, message.extent.last);
        if !push::may_be_part(message.ports, message.binary) {
            return None;
        }
        match message.concatenation {
            Some(concatenation) if concatenation.total > 1 => self.submit_part(tools, message, concatenation),
            _ => {
                let set = self.open(tools, message, None, 1);
                self.add(tools, set, 1, message)
            }
        }
    }

    fn submit_part(
        &mut self,
        tools: &mut Tools<'_>,
        message: &ShortMessage<'_>,
        concatenation: Concatenation,
    ) -> Option<Ticket> {
        let keys = Key::pair(message, concatenation);
        let part = concatenation.sequence;
        match self.standing(&keys, part, message.octets) {
            Some((set, Standing::Missing)) => self.add(tools, set, part, message),
            Some((set, Standing::Again)) => {
                self.sets.get_mut(&set)?.repeat(part, message.extent);
                Some(Ticket { set, part })
            }
            Some((set, Standing::Retry)) => self.retry(tools, set, part, message),
            Some((_, Standing::Foreign)) | None => {
                let set = self.open(tools, message, Some(keys), concatenation.total);
                self.add(tools, set, part, message)
            }
        }
    }

    /// The set that a part belongs to, by the first of its keys that has one, and what the part is to it.
    fn standing(&self, keys: &[Key; 2], part: u8, octets: &[u8]) -> Option<(u64, Standing)> {
        let mut known = keys.iter().filter_map(|key| {
            let id = self.by_key.get(key)?;
            Some((*id, self.sets.get(id)?.standing(part, octets)))
        });
        known.find(|(_, standing)| *standing != Standing::Foreign)
    }

    /// Opens a set; those that had its keys, and the oldest where there are too many, end.
    fn open(
        &mut self,
        tools: &mut Tools<'_>,
        message: &ShortMessage<'_>,
        keys: Option<[Key; 2]>,
        total: u8,
    ) -> u64 {
        let now = message.extent.last;
        for key in keys.iter().flatten() {
            let replaced = self.by_key.remove(key);
            if let Some(set) = replaced.filter(|set| self.collecting.contains(set)) {
                self.close(tools, set, now, EndReason::Replaced);
            }
        }
        if self.sets.len() >= SETS
            && let Some((oldest, _)) = self.sets.first_key_value()
        {
            let detail = || format!("more than {SETS} short messages wait for parts, answers or receipts");
            tools.anomalies.note(AnomalyKind::LimitReached, Some(now), detail);
            let oldest = *oldest;
            self.close(tools, oldest, now, EndReason::GivenUp);
        }
        let id = self.began;
        self.began = self.began.wrapping_add(1);
        for key in keys.iter().flatten() {
            self.by_key.insert(key.clone(), id);
        }
        self.sets.insert(id, Set::new(message, keys, total));
        self.collecting.insert(id);
        self.holding.insert(id);
        id
    }

    /// Adds a part that was missing, and hands the message on when it is whole.
    fn add(
        &mut self,
        tools: &mut Tools<'_>,
        id: u64,
        part: u8,
        message: &ShortMessage<'_>,
    ) -> Option<Ticket> {
        self.make_room(tools, id, message);
        let set = self.sets.get_mut(&id)?;
        set.add(part, message);
        if set.total > 1 {
            let earlier = self
                .by_content
                .insert(set.content_key(part, fingerprint(message.octets)), id);
            set.repeats = earlier.filter(|earlier| *earlier != id).or(set.repeats);
        }
        self.held = self.held.saturating_add(message.octets.len());
        let ticket = Some(Ticket { set: id, part });
        if !set.is_complete() {
            self.note_hop_before(id);
            return ticket;
        }
        self.collecting.remove(&id);
        self.held = self
            .held
            .saturating_sub(std::mem::take(&mut set.hop_before).len());
        set.payload = set.join();
        self.take_over_repeated(tools, id);
        let set = self.sets.get_mut(&id)?;
        self.whole.insert(set.recipient.clone(), id);
        match hand_on(tools, set, BodyEnd::Whole) {
            Some(exchange) => {
                set.stage = Stage::Open(exchange);
                give_receipt(tools, set);
                ticket
            }
            None => {
                self.forget(id);
                None
            }
        }
    }

    /// A message that is whole now repeats parts that were refused or lost on their own: such a try is one of this
    /// message, and of one that was lost nothing is left to tell.
    fn take_over_repeated(&mut self, tools: &mut Tools<'_>, id: u64) {
        let mut next = self.sets.get(&id).and_then(|set| set.repeats);
        while let Some(earlier) = next.filter(|earlier| self.collecting.contains(earlier)) {
            let (Some(set), Some(lost)) = (self.sets.get(&id), self.sets.get(&earlier)) else {
                return;
            };
            if !lost.is_part_of(set) {
                return;
            }
            next = lost.repeats;
            if let Some(refusal) = lost.refusal() {
                let exchange = tools.exchanges.issue();
                let pieces = lost.pieces();
                push::with_body(&set.payload, BodyEnd::Whole, |body| {
                    tools.tell(CarrierEvent::Request(request(lost, exchange, &pieces, *body)));
                    tell_response(tools, lost, exchange, refusal, refusal.extent.last);
                });
            }
            self.forget(earlier);
        }
    }

    /// Hands a message that was refused on again, now that its refused part is tried again.
    fn retry(
        &mut self,
        tools: &mut Tools<'_>,
        id: u64,
        part: u8,
        message: &ShortMessage<'_>,
    ) -> Option<Ticket> {
        let set = self.sets.get_mut(&id)?;
        set.repeat(part, message.extent);
        let exchange = hand_on(tools, set, BodyEnd::Whole)?;
        set.stage = Stage::Open(exchange);
        set.receipt_given = false;
        Some(Ticket { set: id, part })
    }

    /// Gives up the oldest unfinished messages until there is room for one more part.
    fn make_room(&mut self, tools: &mut Tools<'_>, keep: u64, message: &ShortMessage<'_>) {
        while self.held.saturating_add(message.octets.len()) > PART_OCTETS {
            let Some(oldest) = self.holding.iter().copied().find(|id| *id != keep) else {
                return;
            };
            let at = message.extent.last;
            let detail = || format!("parts of short messages fill {PART_OCTETS} octets");
            tools.anomalies.note(AnomalyKind::LimitReached, Some(at), detail);
            self.close(tools, oldest, at, EndReason::GivenUp);
        }
    }

    /// Gives up messages whose parts did not come in time.
    fn expire(&mut self, tools: &mut Tools<'_>, now: FrameRef) {
        while let Some(oldest) = self.collecting.first().copied() {
            let began = self.sets.get(&oldest).map(|set| set.began.time);
            if began.is_some_and(|began| now.time.since(began) <= PARTS_SPAN) {
                return;
            }
            self.close(tools, oldest, now, EndReason::Idle);
            self.collecting.remove(&oldest);
        }
    }

    /// What was answered to a part.
    pub(in crate::session) fn answer(&mut self, tools: &mut Tools<'_>, ticket: Ticket, given: Given) {
        let at = given.extent.last;
        self.settle(tools, ticket, Answer::Given(given), at);
    }

    /// Nothing will be answered to a part.
    pub(in crate::session) fn unanswered(
        &mut self,
        tools: &mut Tools<'_>,
        ticket: Ticket,
        reason: EndReason,
        visibility: AnswerVisibility,
        at: FrameRef,
    ) {
        self.settle(tools, ticket, Answer::Lost(reason, visibility), at);
    }

    fn settle(&mut self, tools: &mut Tools<'_>, ticket: Ticket, answer: Answer, at: FrameRef) {
        let Some(set) = self.sets.get_mut(&ticket.set) else {
            return;
        };
        let Some(part) = set.parts.get_mut(&ticket.part) else {
            return;
        };
        part.answer = answer;
        respond(tools, set, at);
        self.let_go_of_payload(ticket.set);
    }

    /// Forgets the octets of a message that will not be handed on again.
    fn let_go_of_payload(&mut self, id: u64) {
        if let Some(set) = self.sets.get_mut(&id).filter(|set| set.is_settled()) {
            self.held = self.held.saturating_sub(set.payload.len());
            set.payload = Vec::new();
            self.holding.remove(&id);
        }
    }

    /// What became of a part that was taken.
    pub(in crate::session) fn receipt(
        &mut self,
        tools: &mut Tools<'_>,
        ticket: Ticket,
        delivered: bool,
        code: Option<u32>,
        at: FrameRef,
    ) {
        let Some(set) = self.sets.get_mut(&ticket.set) else {
            return;
        };
        if let Some(part) = set.parts.get_mut(&ticket.part) {
            part.outcome = Some(ReceiptOutcome { delivered, code, at });
        }
        give_receipt(tools, set);
        self.let_go_of_payload(ticket.set);
    }

    /// The input ended: what is not whole is handed on as it is.
    pub(in crate::session) fn finish(&mut self, tools: &mut Tools<'_>) {
        while let Some((id, set)) = self.sets.first_key_value() {
            let (id, at) = (*id, set.extent().last);
            self.close(tools, id, at, EndReason::CaptureEnd);
        }
    }

    /// Keeps the whole message that was seen on another hop, before a relay sends its first part on.
    fn note_hop_before(&mut self, id: u64) {
        let Some(whole) = self.hop_before(id).map(<[u8]>::to_vec) else {
            return;
        };
        if let Some(set) = self.sets.get_mut(&id).filter(|set| set.hop_before.is_empty()) {
            self.held = self.held.saturating_add(whole.len());
            set.hop_before = whole;
        }
    }

    fn hop_before(&self, id: u64) -> Option<&[u8]> {
        let part = self.sets.get(&id)?;
        let start = part.parts.get(&1)?;
        let whole = self.sets.get(self.whole.get(&part.recipient)?)?;
        let begins_alike = !start.octets.is_empty() && whole.payload.starts_with(&start.octets);
        (begins_alike && whole.source != part.source).then_some(&whole.payload)
    }

    /// Ends a message that is not complete with its answers, and forgets it.
    fn close(&mut self, tools: &mut Tools<'_>, id: u64, at: FrameRef, reason: EndReason) {
        self.forget_content(id);
        let Some(set) = self.sets.get_mut(&id) else {
            return;
        };
        self.held = self.held.saturating_sub(set.held());
        if matches!(set.stage, Stage::Collecting) {
            give_up(tools, set);
        }
        if let Stage::Open(exchange) = set.stage {
            match set.refusal() {
                Some(given) => tell_response(tools, set, exchange, given, given.extent.last),
                None => tools.tell(CarrierEvent::End(ExchangeEnd {
                    exchange,
                    at,
                    reason,
                    answer: AnswerVisibility::NotCaptured,
                    acknowledged: false,
                })),
            }
        }
        set.parts.clear();
        set.payload.clear();
        set.hop_before.clear();
        self.forget(id);
    }

    fn forget_content(&mut self, id: u64) {
        let Some(set) = self.sets.get(&id) else {
            return;
        };
        for (sequence, part) in &set.parts {
            let key = set.content_key(*sequence, part.fingerprint);
            if self.by_content.get(&key) == Some(&id) {
                self.by_content.remove(&key);
            }
        }
    }

    fn forget(&mut self, id: u64) {
        self.forget_content(id);
        self.collecting.remove(&id);
        self.holding.remove(&id);
        let Some(set) = self.sets.remove(&id) else {
            return;
        };
        self.held = self.held.saturating_sub(set.held());
        if self.whole.get(&set.recipient) == Some(&id) {
            self.whole.remove(&set.recipient);
        }
        for key in set.keys.iter().flatten() {
            if self.by_key.get(key) == Some(&id) {
                self.by_key.remove(key);
            }
        }
    }
}

/// Hands the message on; none where it is no push that may concern MMS.
fn hand_on(tools: &mut Tools<'_>, set: &Set, end: BodyEnd) -> Option<ExchangeId> {
    push::with_body(&set.payload, end, |body| {
        let exchange = tools.exchanges.issue();
        let pieces = set.pieces();
        tools.tell(CarrierEvent::Request(request(set, exchange, &pieces, *body)));
        exchange
    })
}

fn request<'a>(set: &'a Set, exchange: ExchangeId, pieces: &'a [Extent], body: Body<'a>) -> Request<'a> {
    let identity = match is_number(&set.originator) {
        true => Identity::Number(&set.originator),
        false => Identity::Other(&set.originator),
    };
    let subscriber = Subscriber {
        source: set.originator_field,
        identity,
    };
    Request {
        exchange,
        bearer: set.bearer,
        network: set.network,
        method: Method::Push,
        source: set.source,
        destination: set.destination,
        stream: None,
        extent: set.extent(),
        pieces,
        url: None,
        subscriber: Some(subscriber).filter(|subscriber| !subscriber.identity.text().is_empty()),
        recipient: Some(set.recipient.as_str()).filter(|recipient| !recipient.is_empty()),
        envelope: None,
        eaif: None,
        tls: None,
        user_agent: None,
        relayed: false,
        expects_answer: true,
        transfer: set.transfer,
        body,
    }
}

/// Whether an address is a number, and not a name (TS 23.040 section 9.1.2.5: alphanumeric).
fn is_number(address: &str) -> bool {
    let digits = address.strip_prefix('+').unwrap_or(address);
    !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
}

/// Hands on an answer, which was known to be that of the message in frame `at`: its own last one, or that of a later answer.
fn tell_response(tools: &mut Tools<'_>, set: &Set, exchange: ExchangeId, given: &Given, at: FrameRef) {
    let extent = match given.extent.last == at {
        true => given.extent,
        false => Extent::single(at),
    };
    tools.tell(CarrierEvent::Response(Response {
        exchange,
        bearer: set.bearer,
        network: set.network,
        source: set.destination,
        destination: set.source,
        stream: None,
        extent,
        pieces: &set.answers(),
        status: Some(given.status),
        reason: given.reason.as_deref(),
        server: None,
        location: None,
        eaif: None,
        tls: None,
        body: Body::NONE,
    }));
}

/// Hands on what the answers to the parts mean for the message: the first refusal, or success once all are
/// answered, or that no answer will come.
fn respond(tools: &mut Tools<'_>, set: &mut Set, at: FrameRef) {
    let Stage::Open(exchange) = set.stage else {
        return;
    };
    let answers = set.parts.values().map(|part| &part.answer);
    let waiting = answers.clone().any(|answer| matches!(answer, Answer::Waiting));
    let lost = answers.clone().find_map(|answer| match answer {
        Answer::Lost(reason, visibility) => Some((*reason, *visibility)),
        _ => None,
    });
    let last = answers.clone().rev().find_map(|answer| match answer {
        Answer::Given(given) => Some(given),
        _ => None,
    });
    match (set.refusal(), lost, last) {
        (Some(given), _, _) => tell_response(tools, set, exchange, given, at),
        _ if waiting => return,
        (None, Some((reason, answer)), _) => tools.tell(CarrierEvent::End(ExchangeEnd {
            exchange,
            at,
            reason,
            answer,
            acknowledged: false,
        })),
        (None, None, Some(given)) => tell_response(tools, set, exchange, given, at),
        (None, None, None) => return,
    }
    set.stage = Stage::Answered(exchange);
}

fn give_receipt(tools: &mut Tools<'_>, set: &mut Set) {
    let (Some(exchange), Some(outcome), false) = (set.exchange(), set.receipt_outcome(), set.receipt_given)
    else {
        return;
    };
    set.receipt_given = true;
    tools.tell(CarrierEvent::Receipt(Receipt {
        exchange,
        at: outcome.at,
        delivered: outcome.delivered,
        code: outcome.code,
    }));
}

/// Hands on what there is of a message whose parts did not all come: its start is enough to know it by. Of one that was
/// refused before it was sent whole, the hop before may have shown the rest.
fn give_up(tools: &mut Tools<'_>, set: &mut Set) {
    let (there, total, at) = (set.parts.len(), set.total, set.extent().last);
    tools.anomalies.note(AnomalyKind::SmsPartsMissing, Some(at), || {
        format!("{there} of {total} parts to {}", set.recipient)
    });
    let end = match set.refusal() {
        Some(_) if !set.hop_before.is_empty() => BodyEnd::Whole,
        Some(_) => BodyEnd::CutShort { reset: false },
        None => BodyEnd::PartsMissing,
    };
    set.payload = match end {
        BodyEnd::Whole => std::mem::take(&mut set.hop_before),
        _ => set.join(),
    };
    if let Some(exchange) = hand_on(tools, set, end) {
        set.stage = Stage::Open(exchange);
    }
}
