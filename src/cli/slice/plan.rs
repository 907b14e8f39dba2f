//! Which frames belong to messages: those that hold octets of their PDUs, and what the two ends of each exchange said to
//! each other between its request and its answer.

use std::collections::{BTreeMap, VecDeque};

use crate::capture::Captures;
use crate::mms::{MailType, Mm4Type, Mm7Type, PduType};
use crate::model::{Endpoint, Extent, FailureCause, FrameRef, tree};
use crate::net::{Decapsulator, Packet};
use crate::report::document::pdu_name;
use crate::report::document::{
    ContextEntry, Event, EventFacts, Failure, FailureKind, Message, Operation, OperationHeader, Seen, Stage,
};

use super::ends::{Ends, ends, ordered};
use super::frame_runs::{FrameRun, FrameRuns};
use super::places::{Places, frame_ref};
use super::tls_connections::SlicedConnections;

/// Frames of datagrams that are not complete, remembered until they are: as many as any stack keeps apart.
const MAX_FRAGMENTS: usize = 4096;

/// A frame of an input.
pub(super) type FrameKey = (u32, u64);

/// What lies between two ends.
#[derive(Debug)]
struct Between<'a> {
    /// The PDUs of each end.
    own: BTreeMap<Endpoint, FrameRuns<'a>>,
    /// What is wanted of both.
    both: FrameRuns<'a>,
}

impl<'a> Between<'a> {
    fn of(runs: &'a [FrameRun]) -> Self {
        let mut senders: BTreeMap<_, Vec<&FrameRun>> = BTreeMap::new();
        for run in runs {
            senders.entry(run.sender).or_default().push(run);
        }
        let both = FrameRuns::of(&senders.remove(&None).unwrap_or_default());
        let own = senders.into_iter();
        Self {
            own: tree(own.filter_map(|(sender, runs)| Some((sender?, FrameRuns::of(&runs))))),
            both,
        }
    }

    /// What the frames of a packet from this end are.
    fn label(&self, source: Endpoint, packet: &Packet<'_>) -> Option<&'a str> {
        let own = self.own.get(&source).and_then(|own| own.find(packet));
        own.or_else(|| self.both.find(packet))
    }
}

/// The frames that messages need.
#[derive(Debug, Default)]
pub(super) struct Plan {
    runs: BTreeMap<Ends, Vec<FrameRun>>,
    /// Captures whose last two frames are the proof that time passed, and for which message: the stamp of a packet counts
    /// once a later one is not earlier.
    clocks: BTreeMap<u32, u64>,
    /// Frames that are wanted whatever they carry: those of transactions with other systems.
    asides: BTreeMap<FrameKey, String>,
    /// Whether all frames of a connection are wanted where any is.
    whole: bool,
}

impl Plan {
    /// The frames of some messages, or all of the connections they used.
    pub(super) fn of(
        messages: &[Message],
        operations: &[Operation],
        places: &Places,
        tls: &SlicedConnections,
        whole: bool,
    ) -> Self {
        let mut plan = Self {
            whole,
            ..Self::default()
        };
        for message in messages {
            plan.add(message, places);
            message
                .events
                .iter()
                .for_each(|event| plan.add_connection(&event.seen, places, tls));
            message
                .context
                .iter()
                .for_each(|entry| plan.add_context(message, entry));
            message
                .failures
                .iter()
                .for_each(|failure| plan.add_failure(message, failure, places));
            operations
                .iter()
                .filter(|operation| cancels(operation, message))
                .for_each(|operation| plan.add_operation(message, operation, places, tls));
        }
        plan
    }

    fn add_operation(
        &mut self,
        message: &Message,
        operation: &Operation,
        places: &Places,
        tls: &SlicedConnections,
    ) {
        let label = format!("message {}: {}", message.id, operation.kind);
        for pdu in operation.request.iter().chain(&operation.response) {
            let extents = places.of_seen(&pdu.seen);
            self.pdu((pdu.seen.src, pdu.seen.dst), &extents, &label);
            self.add_connection(&pdu.seen, places, tls);
        }
    }

    /// What lies in TLS can only be read again behind the handshake, and where the keys changed or all that is said in
    /// HTTP/2 builds on what was said before, behind all of its connection.
    fn add_connection(&mut self, seen: &Seen, places: &Places, tls: &SlicedConnections) {
        if seen.tls.is_none() {
            return;
        }
        let ends = (seen.src, seen.dst);
        let last = span(&places.of_seen(seen)).map(|extent| extent.last);
        let connection = tls.of(seen);
        for handshake in connection
            .into_iter()
            .flat_map(|connection| tls.origins(connection))
        {
            self.both_ways(handshake.ends, Some(handshake.first), Some(handshake.last));
        }
        match connection {
            Some(connection) if connection.needs_all || seen.stream.is_some() => {
                self.both_ways(ends, Some(connection.first), last);
            }
            Some(connection) => self.both_ways(ends, Some(connection.first), connection.established.or(last)),
            None => self.both_ways(ends, None, last),
        }
    }

    /// What another system was asked about a message, and what it answered. Its frames are wanted by their numbers too, as not
    /// all of them hold a transport's packet.
    fn add_context(&mut self, message: &Message, entry: &ContextEntry) {
        let label = format!(
            "message {}: {} {}",
            message.id,
            entry.protocol.name(),
            entry.operation.name()
        );
        for passage in entry.request.iter().chain(&entry.response) {
            let extent = Extent {
                first: passage.first(),
                last: passage.last(),
            };
            self.pdu((passage.src, passage.dst), &[extent], &label);
            for frame in [passage.first_frame, passage.frame] {
                self.asides
                    .entry((passage.capture, frame))
                    .or_insert_with(|| label.clone());
            }
        }
    }

    /// From what failed to the frame that shows it. That no answer came is shown by the time that passed.
    fn add_failure(&mut self, message: &Message, failure: &Failure, places: &Places) {
        let proof = proof(failure.kind);
        if proof == Proof::Time {
            let captures = message.events.iter().map(|event| event.seen.capture);
            captures.for_each(|capture| {
                self.clocks.entry(capture).or_insert(message.id);
            });
        }
        let (Some(capture), Some(frame)) = (failure.capture, failure.frame) else {
            return;
        };
        let own = |event: &Event| event.seen.capture == capture && event.seen.frame == frame;
        if message.events.iter().any(own) && proof == Proof::Frame {
            return;
        }
        let fits = |event: &&Event| {
            let seen = &event.seen;
            seen.capture == capture && seen.frame <= frame && is_of_stage(&event.facts, failure.stage)
        };
        if let Some(event) = message.events.iter().rev().find(fits) {
            let from = span(&places.of_seen(&event.seen)).map(|extent| extent.last);
            let (first, last) = match proof {
                // That an answer would have been seen is shown by the connection as a whole.
                Proof::Time => (None, None),
                // That no more came is shown by how the connection ended.
                Proof::ConnectionEnd => (from, None),
                Proof::Frame => {
                    let time = failure.time.unwrap_or_default();
                    (from, Some(frame_ref(capture, frame, time)))
                }
            };
            self.both_ways((event.seen.src, event.seen.dst), first, last);
        }
    }

    fn add(&mut self, message: &Message, places: &Places) {
        for event in &message.events {
            let seen = &event.seen;
            let what = match (event.facts.pdu(), &event.facts) {
                (Some(pdu), _) => pdu_name(pdu),
                (None, EventFacts::Get { .. }) => "GET".into(),
                (None, EventFacts::Connect { .. }) => "CONNECT".into(),
                (None, _) => "answer".into(),
            };
            let label = format!("message {}: {what}", message.id);
            let extents = places.of_seen(seen);
            self.pdu((seen.src, seen.dst), &extents, &label);
            // What fields a head has, the heads before it tell.
            if seen.stream.is_some() && seen.tls.is_none() {
                let last = span(&extents).map(|extent| extent.last);
                self.both_ways((seen.src, seen.dst), None, last);
            }
            // The commands before a mail are its envelope, and make its connection known as SMTP.
            if let Some((first, last)) = places.of_mail(seen) {
                self.both_ways((seen.src, seen.dst), first, last);
            }
        }
        if let Some(submission) = &message.submission {
            self.exchange(submission.request.as_ref(), submission.response.as_ref(), places);
        }
        for delivery in &message.deliveries {
            for leg in &delivery.handovers {
                self.exchange(leg.request.as_ref(), leg.response.as_ref(), places);
            }
            for leg in &delivery.retrievals {
                self.exchange(leg.request.as_ref(), leg.response.as_ref(), places);
            }
            for leg in &delivery.acknowledgements {
                self.exchange(leg.request.as_ref(), leg.response.as_ref(), places);
            }
        }
    }

    /// A request, its answer, and all between; all that follows where there is no answer.
    fn exchange(&mut self, request: Option<&Seen>, response: Option<&Seen>, places: &Places) {
        let Some(request) = request else { return };
        // A foreign MMSC answers over a connection of its own: what lies between is of other mails.
        let ends = ordered(request.src, request.dst);
        if response.is_some_and(|response| ordered(response.src, response.dst) != ends) {
            return;
        }
        let asked = span(&places.of_seen(request));
        // What shows that no answer came is the rest of the connection.
        let answered = response.and_then(|response| span(&places.of_seen(response)));
        let last = answered.map(|answer| asked.map_or(answer.last, |asked| asked.last.later(answer.last)));
        self.both_ways((request.src, request.dst), asked.map(|asked| asked.first), last);
    }

    /// The frames of a PDU, in its direction.
    fn pdu(&mut self, ends: (Endpoint, Endpoint), extents: &[Extent], label: &str) {
        for extent in extents {
            self.add_run(ends, |source| FrameRun {
                first: Some(extent.first),
                last: Some(extent.last),
                sender: Some(source),
                label: label.to_owned(),
            });
        }
    }

    fn both_ways(&mut self, ends: (Endpoint, Endpoint), first: Option<FrameRef>, last: Option<FrameRef>) {
        self.add_run(ends, |_| FrameRun {
            first,
            last,
            sender: None,
            label: String::new(),
        });
    }

    fn add_run(&mut self, ends: (Endpoint, Endpoint), run: impl FnOnce(Endpoint) -> FrameRun) {
        let (source, destination) = ends;
        let known = self.runs.entry(ordered(source, destination)).or_default();
        known.push(run(source));
    }

    /// Goes through the inputs and finds the frames, each with what it is.
    pub(super) fn frames(&self, mut captures: Captures) -> BTreeMap<FrameKey, String> {
        let runs = self.runs.iter();
        let between: BTreeMap<Ends, Between<'_>> = tree(runs.map(|(ends, runs)| (*ends, Between::of(runs))));
        // What a packet is to these messages; `None` where it is nothing to them.
        let label_of = |packet: &Packet<'_>| {
            let (source, destination) = ends(packet);
            let between = between.get(&ordered(source, destination))?;
            between.label(source, packet).or(self.whole.then_some(""))
        };
        let mut found: BTreeMap<FrameKey, String> = BTreeMap::new();
        let mut net = Decapsulator::new();
        let mut fragments: VecDeque<FrameRef> = VecDeque::new();
        let mut counted = 0;
        let mut last: BTreeMap<u32, [Option<u64>; 2]> = BTreeMap::new();
        while let Some(frame) = captures.next() {
            let at = frame.at;
            let mut done = false;
            net.push(&frame, |packet| {
                done = true;
                let Some(label) = label_of(&packet) else { return };
                let pieces = fragments.iter().filter(|piece| is_piece(piece, &packet));
                for piece in pieces.copied().chain([at]) {
                    let known = found.entry((piece.capture.0, piece.frame.0)).or_default();
                    if known.is_empty() {
                        label.clone_into(known);
                    }
                }
            });
            let ends = last.entry(at.capture.0).or_default();
            *ends = [ends[1], Some(at.frame.0)];
            let fragment = net.counters().fragments > counted;
            counted = net.counters().fragments;
            if fragment && !done {
                fragments.push_back(at);
                if fragments.len() > MAX_FRAGMENTS {
                    fragments.pop_front();
                }
            }
        }
        for (place, label) in &self.asides {
            found.entry(*place).or_insert_with(|| label.clone());
        }
        for (capture, message) in &self.clocks {
            let ends = last.get(capture).into_iter().flatten();
            for frame in ends.flatten() {
                let label =
                    || format!("message {message}: one of the last frames, which show how much time passed");
                found.entry((*capture, *frame)).or_insert_with(label);
            }
        }
        found
    }
}

/// Whether an operation took the message back.
fn cancels(operation: &Operation, message: &Message) -> bool {
    let Some(id) = &message.message_id else {
        return false;
    };
    let names = ["X-Mms-Cancel-ID", "CancelID", "MessageID"];
    let named = |header: &OperationHeader| {
        names.contains(&header.name.as_str()) && header.value.contains(id.as_str())
    };
    operation.request.iter().flat_map(|pdu| &pdu.headers).any(named)
}

/// What in a capture shows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// A frame of its own.
    Frame,
    /// That time passed without an answer.
    Time,
    /// How the connection ended.
    ConnectionEnd,
}

const fn proof(kind: FailureKind) -> Proof {
    match kind.cause() {
        FailureCause::NoResponse | FailureCause::Expiry => Proof::Time,
        FailureCause::Incomplete | FailureCause::Aborted => Proof::ConnectionEnd,
        FailureCause::BearerError
        | FailureCause::Status(_)
        | FailureCause::NotMms
        | FailureCause::Malformed => Proof::Frame,
    }
}

fn is_of_stage(facts: &EventFacts, stage: Stage) -> bool {
    match (stage, facts.pdu()) {
        (
            Stage::Submission,
            Some(
                PduType::SEND_REQ
                | PduType::FORWARD_REQ
                | PduType::Mm7(Mm7Type::SubmitReq)
                | PduType::Mail(MailType::Mail),
            ),
        )
        // EAIF hands over PDUs of MM1.
        | (
            Stage::Handover,
            Some(
                PduType::Mm4(Mm4Type::ForwardReq)
                | PduType::Mm7(Mm7Type::DeliverReq)
                | PduType::Mail(MailType::Mail)
                | PduType::SEND_REQ
                | PduType::RETRIEVE_CONF,
            ),
        )
        | (
            Stage::Report,
            Some(
                PduType::Mm4(Mm4Type::DeliveryReportReq | Mm4Type::ReadReplyReportReq)
                | PduType::Mm7(Mm7Type::DeliveryReportReq | Mm7Type::ReadReplyReq)
                | PduType::Mail(MailType::Dsn | MailType::Mdn),
            ),
        )
        | (Stage::Retrieval, Some(PduType::RETRIEVE_CONF))
        | (Stage::Notification, Some(PduType::NOTIFICATION_IND))
        | (Stage::Acknowledgement, Some(PduType::NOTIFYRESP_IND | PduType::ACKNOWLEDGE_IND))
        | (Stage::Report, Some(PduType::READ_REC_IND | PduType::DELIVERY_IND | PduType::READ_ORIG_IND)) => {
            true
        }
        (Stage::Retrieval, None) => matches!(facts, EventFacts::Get { .. } | EventFacts::Connect { .. }),
        _ => false,
    }
}

/// From the first frame of some pieces to the last.
fn span(pieces: &[Extent]) -> Option<Extent> {
    pieces.iter().copied().reduce(|all, piece| Extent {
        first: all.first.earlier(piece.first),
        last: all.last.later(piece.last),
    })
}

/// Whether a fragment's frame lies where those of a packet do.
fn is_piece(fragment: &FrameRef, packet: &Packet<'_>) -> bool {
    fragment.capture == packet.at.capture && fragment.frame >= packet.earliest.frame
}
