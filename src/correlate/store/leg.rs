//! One exchange as correlation keeps it until its message is closed: where it passed, what the request said, what
//! became of it. A [`Leg`] reads a [`LegRecord`].

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;

use crate::correlate::message::{Seen, SeenTls};
use crate::correlate::record::address;
use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::store::envelopes::{Envelope, EnvelopeRecipient};
use crate::correlate::store::facts::{RequestPdu, ResponsePdu};
use crate::correlate::store::operation_facts::OperationFacts;
use crate::correlate::store::pdus::{
    Answered, Confirmed, HandedOver, Notified, PduView, Reported, Retrieved, Send, SendConf,
};
use crate::correlate::store::texts::{Span, Texts};
use crate::mms::{MailType, Mm7Type, PduType};
use crate::model::{
    BearerStatus, CaptureIndex, Endpoint, Extent, FrameNumber, FrameRef, Interface, Labels, NetworkId,
    Origin, StreamId, Timestamp,
};
use crate::session::{AnswerVisibility, Bearer, BodyEnd, EndReason, ExchangeId, SmsTransfer};

/// One step of a message or operation on one bearer.
#[derive(Clone, Debug)]
pub(crate) struct LegRecord {
    pub(crate) exchange: ExchangeId,
    pub(crate) bearer: Bearer,
    /// Whether a proxy or gateway says it passed it on.
    pub(crate) relayed: bool,
    /// Of a short message, which way it went.
    pub(crate) transfer: Option<SmsTransfer>,
    /// Whether a limit left some of one of its PDUs unread.
    pub(crate) over_limit: bool,
    /// Whether its fields say that it is EAIF between MMSC and application.
    pub(crate) eaif: bool,
    /// The frame it is first seen in.
    pub(crate) first: FrameRef,
    /// Its place among those first seen in that frame, from 1.
    pub(crate) place: u32,
    /// Who asked: the phone, or the gateway on its behalf; of a push, who pushed.
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    /// Of HTTP/2, the stream.
    pub(crate) stream: Option<StreamId>,
    /// The network in which these addresses mean hosts.
    pub(crate) network: NetworkId,
    pub(crate) request: Request,
    pub(crate) completion: Completion,
    /// What makes one of its PDUs malformed; of two the request's.
    pub(crate) malformed: Option<Box<Malformed>>,
    /// The texts of the request and of both PDUs.
    pub(crate) texts: Texts,
    pub(crate) url: Option<Span>,
    pub(crate) subscriber: Option<Span>,
    pub(crate) recipient: Option<Span>,
    pub(crate) user_agent: Option<Span>,
    /// Of a mail.
    pub(crate) envelope: Option<Box<Envelope>>,
    /// The TLS that it came out of.
    pub(crate) tls: Option<Box<SeenTls>>,
}

/// What was seen of a request.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// Nothing: its answer alone was captured, or came in a request of its own.
    NotCaptured,
    Captured {
        /// The last frame of the request.
        last: FrameRef,
        /// How its body ended.
        end: BodyEnd,
        said: RequestPdu,
    },
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Completion {
    /// Nothing yet.
    Pending,
    /// No answer belongs to it.
    NoneExpected,
    /// It was answered.
    Answered(Box<Reply>),
    /// It is over without an answer.
    Ended {
        at: FrameRef,
        reason: EndReason,
        answer: AnswerVisibility,
        /// Whether the answering side acknowledged on the transport layer all that was captured of the asking side.
        acknowledged: bool,
    },
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The frames it lies in.
    pub(crate) extent: Extent,
    /// The bearer's word on the request; none where the answer came in a request of its own.
    pub(crate) status: Option<BearerStatus>,
    /// The reason phrase that came with the status.
    pub(crate) reason: Option<Span>,
    /// The software that answered.
    pub(crate) server: Option<Span>,
    /// Where it redirects to, absolute where the URL of the request is.
    pub(crate) redirect: Option<Span>,
    pub(crate) end: BodyEnd,
    /// Octets of the answer's body.
    pub(crate) length: u64,
    /// The message id of EAIF's answer (X-NOKIA-MMSC-Message-Id).
    pub(crate) message_id: Option<Span>,
    /// Whether the answer says that it carries an MMS PDU.
    pub(crate) claims_mms: bool,
    pub(crate) said: ResponsePdu,
}

/// What a request said, with its texts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestFacts<'a> {
    /// The request was not captured.
    Unseen,
    /// A request with a body in which no PDU could be read.
    Unread,
    /// A GET.
    Get,
    /// A CONNECT that a proxy refused.
    Connect,
    /// An SMTP command that was refused, so that no mail followed.
    RefusedCommand,
    Send(Send<'a>),
    Handover(HandedOver<'a>),
    /// MM4_*.RES.
    Answer(Answered<'a>),
    Notification(Notified<'a>),
    Acknowledgement(Confirmed<'a>),
    DeliveryReport(Reported<'a>),
    ReadReport(Reported<'a>),
    Operation(OperationFacts<'a>),
}

/// What an answer said, with its texts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResponseFacts<'a> {
    /// No PDU, or no answer.
    Nothing,
    SendConf(SendConf<'a>),
    Retrieved(Retrieved<'a>),
    /// Of MM7.
    Answer(Answered<'a>),
    Operation(OperationFacts<'a>),
    /// A PDU that does not answer anything.
    Other(PduType),
}

/// Which step of a message's life a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LegKind {
    Submission,
    /// To a foreign MMSC, an application, a mail server; or a mail from outside, until it is known which.
    Handover,
    /// MM4_*.RES.
    Answer,
    /// A mail transaction that was refused before its data.
    RefusedEnvelope,
    Notification,
    Retrieval,
    Acknowledgement,
    DeliveryReport,
    ReadReport,
    Operation,
}

/// The network's later word that the phone did not get an accepted push.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undelivered {
    pub(crate) at: FrameRef,
    pub(crate) code: Option<u32>,
}

/// What makes a PDU malformed, and where.
#[derive(Clone, Debug)]
pub(crate) struct Malformed {
    pub(crate) at: FrameRef,
    pub(crate) pdu: PduType,
    pub(crate) detail: Box<str>,
}

impl LegRecord {
    /// A leg without request and answer; legs are made from it.
    pub(crate) const NOTHING: Self = Self {
        exchange: ExchangeId(0),
        bearer: Bearer::Http,
        relayed: false,
        transfer: None,
        over_limit: false,
        eaif: false,
        tls: None,
        first: FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(0),
            time: Timestamp::from_nanoseconds(0),
        },
        place: 1,
        client: Endpoint::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        server: Endpoint::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        stream: None,
        network: NetworkId {
            labels: Labels(0),
            origin: Origin::new(CaptureIndex(0), 0),
        },
        request: Request::NotCaptured,
        completion: Completion::Pending,
        malformed: None,
        texts: Texts::EMPTY,
        url: None,
        subscriber: None,
        recipient: None,
        user_agent: None,
        envelope: None,
    };

    /// The leg as it is read.
    pub(crate) const fn leg(&self) -> Leg<'_> {
        Leg(self)
    }

    /// Whether neither an answer nor an end has come where one is expected.
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self.completion, Completion::Pending)
    }

    /// Octets of memory that it takes, about.
    pub(crate) fn octets(&self) -> usize {
        let request = match &self.request {
            Request::NotCaptured => 0,
            Request::Captured { said, .. } => said.octets(),
        };
        let reply = match &self.completion {
            Completion::Answered(reply) => size_of::<Reply>() + reply.said.octets(),
            Completion::Pending | Completion::NoneExpected | Completion::Ended { .. } => 0,
        };
        let envelope = self.envelope.as_ref().map_or(0, |envelope| envelope.octets());
        size_of::<Self>() + self.texts.octets() + request + reply + envelope
    }
}

/// A leg as it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a>(&'a LegRecord);

impl Deref for Leg<'_> {
    type Target = LegRecord;

    fn deref(&self) -> &LegRecord {
        self.0
    }
}

impl<'a> Leg<'a> {
    /// An empty leg. Stands in where an index names none, so that a look-up cannot fail.
    pub(crate) fn nothing() -> Self {
        static NOTHING: LegRecord = LegRecord::NOTHING;
        Self(&NOTHING)
    }

    /// The frame it is first seen in.
    pub(crate) const fn first(self) -> FrameRef {
        self.0.first
    }

    /// Who asked: the phone, or the gateway on its behalf; of a push, who pushed.
    pub(crate) const fn client(self) -> Endpoint {
        self.0.client
    }

    pub(crate) const fn server(self) -> Endpoint {
        self.0.server
    }

    /// Who asked and who was asked.
    pub(crate) const fn ends(self) -> (Endpoint, Endpoint) {
        (self.0.client, self.0.server)
    }

    fn text(self, span: Option<Span>) -> Option<&'a str> {
        self.0.texts.get(span)
    }

    /// The absolute URL of a GET; of any other request only its origin.
    pub(crate) fn url(self) -> Option<&'a str> {
        self.text(self.url)
    }

    /// The number that the bearer gives for who asked.
    pub(crate) fn subscriber(self) -> Option<&'a str> {
        self.text(self.subscriber)
    }

    /// The address that the bearer gives for the recipient of a push.
    pub(crate) fn recipient(self) -> Option<&'a str> {
        self.text(self.recipient)
    }

    /// What the sender of a mail calls its envelope.
    pub(crate) fn envelope_id(self) -> Option<&'a str> {
        self.0.envelope.as_ref()?.id(&self.0.texts)
    }

    /// The address of MAIL FROM: empty in a report of a mail server.
    pub(crate) fn envelope_sender(self) -> Option<&'a str> {
        self.0.envelope.as_ref()?.sender(&self.0.texts)
    }

    /// Where it was seen: in these frames, from one end to the other.
    pub(crate) fn seen(self, extent: Extent, from: Endpoint, to: Endpoint) -> Seen {
        Seen {
            stream: self.0.stream,
            tls: self.0.tls.clone(),
            ..Seen::new(extent, self.0.bearer, from, to)
        }
    }

    /// The name with which the mail server greeted.
    pub(crate) fn mail_server(self) -> Option<&'a str> {
        self.0.envelope.as_ref()?.server(&self.0.texts)
    }

    /// The recipients of the envelope.
    pub(crate) fn envelope_recipients(self) -> impl Iterator<Item = EnvelopeRecipient<'a>> + use<'a> {
        let envelope = self.0.envelope.as_deref();
        envelope
            .into_iter()
            .flat_map(move |envelope| envelope.recipients(&self.0.texts))
    }

    /// Where the request lies; none where it was not captured.
    pub(crate) fn request(self) -> Option<Extent> {
        match self.0.request {
            Request::NotCaptured => None,
            Request::Captured { last, .. } => Some(Extent {
                first: self.first(),
                last,
            }),
        }
    }

    /// How the request's body ended; whole where it was not captured.
    pub(crate) const fn request_end(self) -> BodyEnd {
        match self.0.request {
            Request::NotCaptured => BodyEnd::Whole,
            Request::Captured { end, .. } => end,
        }
    }

    /// What became of the request.
    pub(crate) const fn completion(self) -> &'a Completion {
        &self.0.completion
    }

    /// The answer, where there is one.
    pub(crate) const fn reply(self) -> Option<&'a Reply> {
        match self.completion() {
            Completion::Answered(reply) => Some(reply),
            Completion::Pending | Completion::NoneExpected | Completion::Ended { .. } => None,
        }
    }

    /// Where the answer lies.
    pub(crate) fn answer(self) -> Option<Extent> {
        self.reply().map(|reply| reply.extent)
    }

    /// Whether the bearer says that it worked.
    pub(crate) fn status(self) -> Option<BearerStatus> {
        self.reply()?.status
    }

    /// The reason phrase that came with the status.
    pub(crate) fn reason(self) -> Option<&'a str> {
        self.text(self.reply()?.reason)
    }

    /// The software that answered.
    pub(crate) fn server_name(self) -> Option<&'a str> {
        self.text(self.reply()?.server)
    }

    /// The application that asked.
    pub(crate) fn user_agent(self) -> Option<&'a str> {
        self.text(self.0.user_agent)
    }

    /// Where the answer redirects to, absolute where the URL of the request is.
    pub(crate) fn redirect(self) -> Option<&'a str> {
        self.text(self.reply()?.redirect)
    }

    /// The frame that completes the last of it.
    pub(crate) fn last(self) -> FrameRef {
        let last = self.answer().or_else(|| self.request());
        last.map_or(self.first(), |extent| extent.last)
    }

    /// What makes one of its PDUs malformed.
    pub(crate) fn malformed(self) -> Option<&'a Malformed> {
        self.0.malformed.as_deref()
    }

    fn view<F>(self, facts: &'a F) -> PduView<'a, F> {
        PduView {
            facts,
            texts: &self.0.texts,
        }
    }

    /// What the request said.
    pub(crate) fn request_facts(self) -> RequestFacts<'a> {
        let Request::Captured { said, .. } = &self.0.request else {
            return RequestFacts::Unseen;
        };
        match said {
            RequestPdu::Unread => RequestFacts::Unread,
            RequestPdu::Get => RequestFacts::Get,
            RequestPdu::Connect => RequestFacts::Connect,
            RequestPdu::RefusedCommand => RequestFacts::RefusedCommand,
            RequestPdu::Send(facts) => RequestFacts::Send(self.view(facts)),
            RequestPdu::Handover(facts) => RequestFacts::Handover(self.view(facts)),
            RequestPdu::Answer(facts) => RequestFacts::Answer(self.view(facts)),
            RequestPdu::Notification(facts) => RequestFacts::Notification(self.view(facts)),
            RequestPdu::Acknowledgement(facts) => RequestFacts::Acknowledgement(self.view(facts)),
            RequestPdu::DeliveryReport(facts) => RequestFacts::DeliveryReport(self.view(facts)),
            RequestPdu::ReadReport(facts) => RequestFacts::ReadReport(self.view(facts)),
            RequestPdu::Operation(facts) => RequestFacts::Operation(self.view(facts)),
        }
    }

    /// What the answer said.
    pub(crate) fn response_facts(self) -> ResponseFacts<'a> {
        match self.reply().map(|reply| &reply.said) {
            None | Some(ResponsePdu::Nothing) => ResponseFacts::Nothing,
            Some(ResponsePdu::SendConf(facts)) => ResponseFacts::SendConf(self.view(facts)),
            Some(ResponsePdu::Retrieved(facts)) => ResponseFacts::Retrieved(self.view(facts)),
            Some(ResponsePdu::Answer(facts)) => ResponseFacts::Answer(self.view(facts)),
            Some(ResponsePdu::Operation(facts)) => ResponseFacts::Operation(self.view(facts)),
            Some(ResponsePdu::Other(pdu)) => ResponseFacts::Other(*pdu),
        }
    }

    /// Which step it is; none while nothing in it is MMS.
    pub(crate) fn kind(self) -> Option<LegKind> {
        match (self.request_facts(), self.response_facts()) {
            (RequestFacts::Send(_), _) => Some(LegKind::Submission),
            (RequestFacts::Handover(_), _) => Some(LegKind::Handover),
            (RequestFacts::Answer(_), _) => Some(LegKind::Answer),
            (RequestFacts::RefusedCommand, _) => Some(LegKind::RefusedEnvelope),
            (RequestFacts::Notification(_), _) => Some(LegKind::Notification),
            (RequestFacts::Acknowledgement(_), _) => Some(LegKind::Acknowledgement),
            (RequestFacts::DeliveryReport(_), _) => Some(LegKind::DeliveryReport),
            (RequestFacts::ReadReport(_), _) => Some(LegKind::ReadReport),
            (RequestFacts::Operation(_), _) => Some(LegKind::Operation),
            (RequestFacts::Get | RequestFacts::Connect, _) | (_, ResponseFacts::Retrieved(_)) => {
                Some(LegKind::Retrieval)
            }
            (_, ResponseFacts::SendConf(_)) => Some(LegKind::Submission),
            (_, ResponseFacts::Operation(_)) => Some(LegKind::Operation),
            (_, ResponseFacts::Answer(answer)) => match answer.pdu {
                PduType::Mm7(Mm7Type::SubmitRsp) => Some(LegKind::Submission),
                PduType::Mm7(Mm7Type::DeliverRsp) => Some(LegKind::Handover),
                _ => None,
            },
            (
                RequestFacts::Unseen | RequestFacts::Unread,
                ResponseFacts::Nothing | ResponseFacts::Other(_),
            ) => None,
        }
    }

    pub(crate) fn is_get(self) -> bool {
        matches!(self.request_facts(), RequestFacts::Get)
    }

    /// Whether it asked a proxy for a tunnel.
    pub(crate) fn is_connect(self) -> bool {
        matches!(self.request_facts(), RequestFacts::Connect)
    }

    pub(crate) fn send(self) -> Option<Send<'a>> {
        match self.request_facts() {
            RequestFacts::Send(send) => Some(send),
            _ => None,
        }
    }

    /// What hands a message over.
    pub(crate) fn handed_over(self) -> Option<HandedOver<'a>> {
        match self.request_facts() {
            RequestFacts::Handover(handover) => Some(handover),
            _ => None,
        }
    }

    /// What submits a message or hands it over.
    pub(crate) fn sent(self) -> Option<Send<'a>> {
        self.send().or_else(|| Some(self.handed_over()?.send()))
    }

    /// What answers on MM4, in a request of its own.
    pub(crate) fn mm4_answer(self) -> Option<Answered<'a>> {
        match self.request_facts() {
            RequestFacts::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// What answers on MM7.
    pub(crate) fn mm7_answer(self) -> Option<Answered<'a>> {
        match self.response_facts() {
            ResponseFacts::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The answer of MM7, where it can be told whether it accepts the request, with whether it does. One that has no status
    /// refuses, unless HTTP says more, or the octets that may have it were not captured; a fault always does.
    pub(crate) fn mm7_word(self) -> Option<(Answered<'a>, bool)> {
        let answer = self.mm7_answer()?;
        let accepted = answer.accepted().or_else(|| {
            let says_all = self.has_whole_answer() || answer.is_fault();
            let refuses = says_all && self.status().is_none_or(BearerStatus::is_success);
            refuses.then_some(false)
        });
        Some((answer, accepted?))
    }

    /// Whether all of the answer's body is there that was sent: what is not in it, it does not say.
    pub(crate) fn has_whole_answer(self) -> bool {
        let end = self.reply().map(|reply| reply.end);
        end.is_some_and(|end| end == BodyEnd::Whole || end.is_cut_short())
    }

    /// The type of the PDU that asks.
    pub(crate) fn pdu(self) -> Option<PduType> {
        match self.request_facts() {
            RequestFacts::Unseen
            | RequestFacts::Unread
            | RequestFacts::Get
            | RequestFacts::Connect
            | RequestFacts::RefusedCommand => None,
            RequestFacts::Send(facts) => Some(facts.pdu),
            RequestFacts::Handover(facts) => Some(facts.send().pdu),
            RequestFacts::Answer(facts) => Some(facts.pdu),
            RequestFacts::Notification(_) => Some(PduType::NOTIFICATION_IND),
            RequestFacts::Acknowledgement(facts) => Some(facts.pdu),
            RequestFacts::DeliveryReport(facts) => Some(facts.pdu),
            RequestFacts::ReadReport(facts) => Some(facts.pdu),
            RequestFacts::Operation(facts) => Some(facts.pdu),
        }
    }

    /// X-Mms-Transaction-ID of a PDU of MM4, without `"`; the one that Mbuni assumes where there is none.
    pub(crate) fn mm4_transaction_id(self) -> Option<&'a str> {
        let id = match self.request_facts() {
            RequestFacts::Handover(facts) => facts.send().transaction_id(),
            RequestFacts::Answer(facts) => facts.transaction_id(),
            RequestFacts::DeliveryReport(facts) => facts.transaction_id(),
            RequestFacts::ReadReport(facts) => facts.transaction_id(),
            _ => return None,
        };
        id.map(address::message_id).filter(|id| !id.is_empty())
    }

    /// The system that a PDU of MM4 is from: as it says itself, else by the envelope.
    pub(crate) fn mm4_system(self) -> Option<&'a str> {
        let written = match self.request_facts() {
            RequestFacts::Handover(facts) => facts.system(),
            RequestFacts::Answer(facts) => facts.system(),
            _ => None,
        };
        written.or_else(|| self.envelope_sender())
    }

    /// How many relays a mail passed.
    pub(crate) fn received(self) -> u32 {
        match self.request_facts() {
            RequestFacts::Handover(facts) => facts.received,
            RequestFacts::Answer(facts) => facts.received,
            RequestFacts::DeliveryReport(facts) => facts.received,
            RequestFacts::ReadReport(facts) => facts.received,
            _ => 0,
        }
    }

    /// The interface that it belongs to. EAIF, which carries PDUs of MM1, is MM7.
    pub(crate) fn interface(self) -> Interface {
        let answer = || self.mm7_answer().map(|answer| answer.pdu);
        match self.pdu().or_else(answer) {
            _ if self.eaif => Interface::Mm7,
            Some(PduType::Mm4(_)) => Interface::Mm4,
            Some(PduType::Mm7(_)) => Interface::Mm7,
            Some(PduType::Mail(_)) => Interface::Mm3,
            Some(PduType::Mm1(_)) => Interface::Mm1,
            None if self.bearer == Bearer::Smtp => Interface::Mm4,
            None => Interface::Mm1,
        }
    }

    /// Whether the other side took what was submitted or handed over, as its own answer says it; none where nothing does.
    pub(crate) fn accepted(self) -> Option<bool> {
        match (self.response_facts(), self.sent().map(|sent| sent.pdu)) {
            (ResponseFacts::SendConf(conf), _) => conf.accepted(),
            (ResponseFacts::Answer(answer), _) => answer.accepted(),
            (ResponseFacts::Nothing, Some(pdu)) if self.eaif || matches!(pdu, PduType::Mail(_)) => {
                self.status()?.is_success().then_some(true)
            }
            _ => None,
        }
    }

    /// The message id that an accepted submission was given, as it is compared: of a mail, its own.
    pub(crate) fn accepted_id(self) -> Option<&'a str> {
        let id = match self.response_facts() {
            ResponseFacts::SendConf(conf) => conf.message_id(),
            ResponseFacts::Answer(answer) => answer.message_id(),
            ResponseFacts::Nothing => match self.sent()?.pdu {
                PduType::Mail(MailType::Mail) => self.sent()?.message_id(),
                _ => self.text(self.reply()?.message_id),
            },
            ResponseFacts::Retrieved(_) | ResponseFacts::Operation(_) | ResponseFacts::Other(_) => None,
        };
        let id = address::message_id(id?);
        (self.accepted() == Some(true) && !id.is_empty()).then_some(id)
    }

    pub(crate) fn send_conf(self) -> Option<SendConf<'a>> {
        match self.response_facts() {
            ResponseFacts::SendConf(conf) => Some(conf),
            _ => None,
        }
    }

    pub(crate) fn notified(self) -> Option<Notified<'a>> {
        match self.request_facts() {
            RequestFacts::Notification(notified) => Some(notified),
            _ => None,
        }
    }

    pub(crate) fn retrieved(self) -> Option<Retrieved<'a>> {
        match self.response_facts() {
            ResponseFacts::Retrieved(retrieved) => Some(retrieved),
            _ => None,
        }
    }

    pub(crate) fn confirmed(self) -> Option<Confirmed<'a>> {
        match self.request_facts() {
            RequestFacts::Acknowledgement(confirmed) => Some(confirmed),
            _ => None,
        }
    }

    pub(crate) fn reported(self) -> Option<Reported<'a>> {
        match self.request_facts() {
            RequestFacts::DeliveryReport(report) => Some(report),
            _ => None,
        }
    }

    pub(crate) fn read_back(self) -> Option<Reported<'a>> {
        match self.request_facts() {
            RequestFacts::ReadReport(read) => Some(read),
            _ => None,
        }
    }

    /// A report of either kind.
    pub(crate) fn any_report(self) -> Option<Reported<'a>> {
        self.reported().or_else(|| self.read_back())
    }

    /// The operation's PDU that asks.
    pub(crate) fn operation(self) -> Option<OperationFacts<'a>> {
        match self.request_facts() {
            RequestFacts::Operation(facts) => Some(facts),
            _ => None,
        }
    }

    /// The operation's PDU that answers.
    pub(crate) fn operation_conf(self) -> Option<OperationFacts<'a>> {
        match self.response_facts() {
            ResponseFacts::Operation(facts) => Some(facts),
            _ => None,
        }
    }

    /// The message id that one of its PDUs gives, as ids are compared: an answer counts only where it accepted.
    pub(crate) fn message_id(self) -> Option<&'a str> {
        let accepted = self.accepted_id().filter(|_| self.handed_over().is_none());
        let handed_over = self
            .handed_over()
            .and_then(|handover| handover.send().message_id());
        let fetched = self.retrieved().and_then(|retrieved| retrieved.message_id());
        let reported = self.reported().and_then(|report| report.message_id());
        let read = self.read_back().and_then(|read| read.message_id());
        let id = accepted.or(handed_over).or(fetched).or(reported).or(read)?;
        Some(address::message_id(id)).filter(|id| !id.is_empty())
    }

    /// Whether some of it was given up for a limit: it says less than was captured.
    pub(crate) fn is_given_up(self) -> bool {
        let is_over = |end: BodyEnd| end == BodyEnd::OverLimit;
        let answered = match self.completion() {
            Completion::Answered(reply) => is_over(reply.end),
            Completion::Ended { reason, .. } => *reason == EndReason::GivenUp,
            Completion::Pending | Completion::NoneExpected => false,
        };
        self.over_limit || is_over(self.request_end()) || answered
    }

    /// Whether the answer shows the phone got the whole message: a complete m-retrieve.conf without error.
    pub(crate) fn retrieved_whole(self) -> bool {
        self.retrieved()
            .is_some_and(|retrieved| retrieved.complete && retrieved.is_ok())
    }
}

/// When an expiry that was given in a PDU seen at `seen` comes to pass.
pub(crate) fn expiry_time(expiry: ExpiryValue, seen: Timestamp) -> Timestamp {
    match expiry {
        ExpiryValue::Absolute(time) => time,
        ExpiryValue::Relative(seconds) => {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            seen.plus(seconds.saturating_mul(Timestamp::SECOND))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_expiry_counts_from_the_pdu_and_saturates() {
        let seen = Timestamp::from_seconds(100);
        assert_eq!(
            expiry_time(ExpiryValue::Relative(20), seen),
            Timestamp::from_seconds(120)
        );
        assert_eq!(
            expiry_time(ExpiryValue::Relative(u64::MAX), seen).nanoseconds(),
            i64::MAX
        );
    }
}
