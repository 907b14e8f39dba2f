//! Exchanges as the bearers give them, for tests: built in a line each, played in any order.

use std::net::{IpAddr, Ipv4Addr};

use super::message::{Closed, Message, Operation};
use super::record::pdu::{ExpiryValue, PartRecord, Sender};
use super::store::leg::{Completion, LegRecord};
use super::{Correlator, PduRecord, Settings};
use crate::mms::PduType;
use crate::model::{
    BearerStatus, CaptureIndex, Endpoint, Envelope, EnvelopeRecipient, Extent, FrameNumber, FrameRef,
    NetworkConclusion, NetworkId, Origin, RandomState, SmtpCommand, SmtpReply, Timestamp,
};
use crate::session::{
    AnswerVisibility, Bearer, Body, BodyEnd, CarrierEvent, EndReason, ExchangeEnd, ExchangeId, Identity,
    Method, Receipt, Request, Response, SmsTransfer, Subscriber,
};

/// An answer would have been seen.
pub(super) const VISIBLE: AnswerVisibility = AnswerVisibility::Visible {
    by: Origin::new(CaptureIndex(0), 0),
};

pub(super) const MMSC: Endpoint = Endpoint::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)), 80);

/// A leg of nothing but a URL and what became of it.
pub(super) fn get_leg(exchange: u64, url: &str, completion: Completion) -> LegRecord {
    let hashes = RandomState::default();
    LegRecord {
        completion,
        ..LegRecord::of_request(&request(exchange, url), None, &hashes)
    }
}

/// A GET.
pub(super) fn request(exchange: u64, url: &str) -> Request<'_> {
    Request {
        exchange: ExchangeId(exchange),
        bearer: Bearer::Http,
        network: NetworkId::default(),
        method: Method::Get,
        source: phone(1),
        destination: MMSC,
        stream: None,
        extent: Extent::single(FrameRef::default()),
        pieces: &[],
        url: Some(url),
        subscriber: None,
        recipient: None,
        envelope: None,
        eaif: None,
        tls: None,
        user_agent: None,
        relayed: false,
        expects_answer: true,
        transfer: None,
        body: Body::NONE,
    }
}

/// The phone with address 10.0.0.`number`.
pub(super) fn phone(number: u8) -> Endpoint {
    Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, number)), 40_000)
}

/// A mail server or an MMSC's SMTP end.
pub(super) fn mail_host(number: u8) -> Endpoint {
    Endpoint::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)), 25)
}

/// One exchange with all its events.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    id: u64,
    capture: u32,
    /// Where its client was captured.
    network: NetworkId,
    /// Who captured its server.
    answered_by: Origin,
    /// Seconds since the test began.
    at: f64,
    bearer: Bearer,
    method: Method,
    client: Endpoint,
    server: Endpoint,
    url: Option<String>,
    subscriber: Option<String>,
    recipient: Option<String>,
    relayed: bool,
    unseen: bool,
    end: BodyEnd,
    asked: Option<PduRecord<'static>>,
    answer: Option<Answer>,
    over: Option<(f64, EndReason, AnswerVisibility)>,
    unacknowledged: bool,
    receipt: Option<(f64, u32)>,
    envelope: Option<Mailed>,
}

/// The envelope of a mail.
#[derive(Clone, Debug, Default)]
struct Mailed {
    sender: String,
    id: Option<String>,
    /// With the reply to each.
    recipients: Vec<(String, u16)>,
    refused: Option<SmtpCommand>,
}

#[derive(Clone, Debug)]
struct Answer {
    at: f64,
    status: BearerStatus,
    pdu: Option<PduRecord<'static>>,
    content_type: Option<&'static str>,
    location: Option<&'static str>,
    end: BodyEnd,
}

impl Exchange {
    fn new(at: f64, method: Method, client: Endpoint, server: Endpoint) -> Self {
        Self {
            id: 0,
            capture: 0,
            network: NetworkId::default(),
            answered_by: Origin::default(),
            at,
            bearer: Bearer::Http,
            method,
            client,
            server,
            url: None,
            subscriber: None,
            recipient: None,
            relayed: false,
            unseen: false,
            end: BodyEnd::Whole,
            asked: None,
            answer: None,
            over: None,
            unacknowledged: false,
            receipt: None,
            envelope: None,
        }
    }

    /// A mail from one host to another, taken with 250.
    pub(super) fn mail(at: f64, hosts: [u8; 2], sender: &str, to: &[&str], pdu: PduRecord<'static>) -> Self {
        let [client, server] = hosts.map(mail_host);
        let recipients = to.iter().map(|to| ((*to).to_owned(), 250)).collect();
        Self {
            bearer: Bearer::Smtp,
            asked: Some(pdu),
            envelope: Some(Mailed {
                sender: sender.to_owned(),
                recipients,
                ..Mailed::default()
            }),
            ..Self::new(at, Method::Post, client, server)
        }
        .replied(at + 0.1, 250)
    }

    /// The mail server's reply to the data.
    pub(super) fn replied(self, at: f64, code: u16) -> Self {
        self.answered(at, 250, None).refused(BearerStatus::Smtp(code))
    }

    /// A recipient of the mail is refused.
    pub(super) fn refusing(mut self, recipient: &str, code: u16) -> Self {
        let envelope = self.envelope.get_or_insert_default();
        envelope.recipients.retain(|(to, _)| to != recipient);
        envelope.recipients.push((recipient.to_owned(), code));
        self
    }

    /// The mail is refused at this command, before its data.
    pub(super) fn refused_at(mut self, command: SmtpCommand) -> Self {
        self.asked = None;
        self.envelope.get_or_insert_default().refused = Some(command);
        self
    }

    pub(super) fn post(at: f64, client: Endpoint, pdu: PduRecord<'static>) -> Self {
        Self {
            url: Some("http://mmsc.example/mms/".to_owned()),
            asked: Some(pdu),
            ..Self::new(at, Method::Post, client, MMSC)
        }
    }

    pub(super) fn get(at: f64, client: Endpoint, url: &str) -> Self {
        Self {
            url: Some(url.to_owned()),
            ..Self::new(at, Method::Get, client, MMSC)
        }
    }

    /// A tunnel to a host and port, which a proxy is asked for.
    pub(super) fn connect(at: f64, client: Endpoint, target: &str) -> Self {
        Self {
            url: Some(target.to_owned()),
            ..Self::new(at, Method::Connect, client, MMSC)
        }
    }

    /// A WAP push in a datagram to a phone.
    pub(super) fn push(at: f64, to: Endpoint, pdu: PduRecord<'static>) -> Self {
        Self {
            bearer: Bearer::PushUdp,
            asked: Some(pdu),
            ..Self::new(at, Method::Push, MMSC, Endpoint::new(to.address, 2948))
        }
    }

    /// A short message to a number.
    pub(super) fn sms(at: f64, number: &str, pdu: PduRecord<'static>) -> Self {
        let smsc = Endpoint::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 254)), 2775);
        Self {
            bearer: Bearer::Smpp,
            recipient: Some(number.to_owned()),
            asked: Some(pdu),
            answer: Some(Answer {
                at: at + 0.01,
                status: BearerStatus::Smpp(0),
                pdu: None,
                content_type: None,
                location: None,
                end: BodyEnd::Whole,
            }),
            ..Self::new(at, Method::Push, MMSC, smsc)
        }
    }

    pub(super) fn answered(self, at: f64, status: u16, pdu: Option<PduRecord<'static>>) -> Self {
        let content_type = pdu.as_ref().map(|_| "application/vnd.wap.mms-message");
        let answer = Answer {
            at,
            status: BearerStatus::Http(status),
            pdu,
            content_type,
            location: None,
            end: BodyEnd::Whole,
        };
        Self {
            answer: Some(answer),
            ..self
        }
    }

    /// Answered with 302 and a Location.
    pub(super) fn redirected(self, at: f64, location: &'static str) -> Self {
        let mut redirected = self.answered(at, 302, None);
        if let Some(answer) = &mut redirected.answer {
            answer.location = Some(location);
        }
        redirected
    }

    /// The same exchange as it is seen on the other side of a NAT, which shows other addresses there: the server is
    /// told of later and answers earlier.
    pub(super) fn behind_nat(&self, phone: Endpoint, server: Endpoint) -> Self {
        const PASSING: f64 = 0.001;
        let mut outside = self.clone();
        outside.at += PASSING;
        outside.answer.iter_mut().for_each(|answer| answer.at -= PASSING);
        match self.method {
            Method::Push => {
                outside.at -= 2.0 * PASSING;
                outside.server = Endpoint::new(phone.address, self.server.port);
            }
            _ => (outside.client, outside.server) = (phone, server),
        }
        outside
    }

    /// The last octet of the address of its phone, by which `phone` and `number` name it.
    pub(super) fn phone_octet(&self) -> u8 {
        let phone = match self.method {
            Method::Push => self.server,
            _ => self.client,
        };
        match phone.address {
            IpAddr::V4(address) => address.octets()[3],
            IpAddr::V6(address) => address.octets()[15],
        }
    }

    /// The same exchange as it is seen behind a proxy that names the subscriber; pushes go to the number.
    pub(super) fn through_proxy(self, proxy: Endpoint) -> Self {
        let named = Some(number(self.phone_octet()));
        match self.method {
            Method::Push => Self {
                recipient: named,
                bearer: Bearer::Smpp,
                server: Endpoint::new(proxy.address, 2775),
                ..self
            },
            _ => Self {
                subscriber: named,
                client: proxy,
                ..self
            },
        }
    }

    /// With these ids in all its PDUs that have one.
    pub(super) fn with_ids(mut self, transaction_id: &str, message_id: &str) -> Self {
        let answer = self.answer.as_mut().and_then(|answer| answer.pdu.as_mut());
        for pdu in self.asked.as_mut().into_iter().chain(answer) {
            let renamed = |id: &str| Some(id.to_owned().into());
            pdu.transaction_id = pdu.transaction_id.as_ref().and_then(|_| renamed(transaction_id));
            pdu.message_id = pdu.message_id.as_ref().and_then(|_| renamed(message_id));
        }
        self
    }

    /// The answer's body ended otherwise.
    pub(super) fn answer_end(mut self, end: BodyEnd) -> Self {
        if let Some(answer) = &mut self.answer {
            answer.end = end;
            if let Some(pdu) = &mut answer.pdu {
                pdu.complete = end == BodyEnd::Whole;
                pdu.parts.clear();
            }
        }
        self
    }

    pub(super) fn refused(mut self, status: BearerStatus) -> Self {
        if let Some(answer) = &mut self.answer {
            answer.status = status;
        }
        self
    }

    /// It ended so, and without an answer.
    pub(super) fn ended(self, at: f64, reason: EndReason, visible: AnswerVisibility) -> Self {
        Self {
            answer: None,
            over: Some((at, reason, visible)),
            ..self
        }
    }

    /// The answering side did not acknowledge the request.
    pub(super) fn unacknowledged(self) -> Self {
        Self {
            unacknowledged: true,
            ..self
        }
    }

    pub(super) fn undelivered(self, at: f64, code: u32) -> Self {
        Self {
            receipt: Some((at, code)),
            ..self
        }
    }

    pub(super) fn cut(mut self, end: BodyEnd) -> Self {
        self.end = end;
        if let Some(pdu) = &mut self.asked {
            pdu.complete = false;
            pdu.parts.clear();
        }
        self
    }

    pub(super) fn without_request(self) -> Self {
        Self { unseen: true, ..self }
    }

    pub(super) fn stamped(self, number: &str) -> Self {
        Self {
            subscriber: Some(number.to_owned()),
            ..self
        }
    }

    pub(super) fn at_host(self, host: &str) -> Self {
        Self {
            url: Some(format!("http://{host}/mms/")),
            ..self
        }
    }

    pub(super) fn over(self, bearer: Bearer, client: Endpoint, server: Endpoint) -> Self {
        Self {
            bearer,
            client,
            server,
            ..self
        }
    }

    /// With another request PDU.
    pub(super) fn asking(mut self, change: impl FnOnce(&mut PduRecord<'static>)) -> Self {
        if let Some(asked) = &mut self.asked {
            change(asked);
        }
        self
    }

    pub(super) fn relayed(self) -> Self {
        Self {
            relayed: true,
            ..self
        }
    }

    /// Captured by these interfaces: its client's packets, and its server's.
    pub(super) fn by_interfaces(self, [asking, answering]: [u32; 2]) -> Self {
        let origin = |interface| Origin::new(CaptureIndex(self.capture), interface);
        Self {
            network: NetworkId {
                origin: origin(asking),
                ..self.network
            },
            answered_by: origin(answering),
            ..self
        }
    }

    pub(super) fn in_capture(self, capture: u32) -> Self {
        let interfaces = [self.network.origin, self.answered_by].map(|origin| origin.interface().0.into());
        Self { capture, ..self }.by_interfaces(interfaces)
    }

    pub(super) fn is_get(&self) -> bool {
        self.method == Method::Get
    }

    /// Whether its answer is MMS.
    pub(super) fn answers_with_pdu(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.pdu.is_some())
    }

    /// With no more of its PDUs than their first fields, as a short snap length leaves them.
    pub(super) fn cut_to_ids(mut self) -> Self {
        self.end = BodyEnd::Hole;
        let answer = self.answer.as_mut().and_then(|answer| {
            answer.end = BodyEnd::Hole;
            answer.pdu.as_mut()
        });
        for pdu in self.asked.as_mut().into_iter().chain(answer) {
            *pdu = PduRecord {
                message_type: pdu.message_type,
                transaction_id: pdu.transaction_id.take(),
                complete: false,
                ..PduRecord::default()
            };
        }
        self
    }

    /// An m-notifyresp.ind or a report of a message that did not arrive: rejected where `end` is 1, expired where it is 2.
    pub(super) fn refusing_with(self, end: u8) -> Self {
        self.asking(|pdu| {
            if let Some(status) = &mut pdu.status {
                *status = [*status, 0x82, 0x80][usize::from(end % 3)];
            }
        })
    }

    pub(super) fn is_post(&self) -> bool {
        self.method == Method::Post
    }

    /// Seen elsewhere: in another network, where something shows that.
    pub(super) fn in_network(self, network: NetworkId) -> Self {
        Self {
            network,
            answered_by: network.origin,
            ..self
        }
    }

    pub(super) fn is_about_notification(&self) -> bool {
        let asked = self.asked.as_ref().map(|pdu| pdu.message_type);
        matches!(asked, Some(PduType::NOTIFICATION_IND | PduType::NOTIFYRESP_IND))
    }

    pub(super) fn later(mut self, seconds: f64) -> Self {
        self.at += seconds;
        self.answer.iter_mut().for_each(|answer| answer.at += seconds);
        self.over.iter_mut().for_each(|over| over.0 += seconds);
        self.receipt.iter_mut().for_each(|receipt| receipt.0 += seconds);
        self
    }

    fn frame(&self, at: f64, place: u64) -> Extent {
        Extent::single(FrameRef {
            capture: CaptureIndex(self.capture),
            frame: FrameNumber(self.id * 4 + place),
            time: time(at),
        })
    }

    /// When its answer came, if one did.
    pub(super) fn answered_at(&self) -> Option<f64> {
        self.answer.as_ref().map(|answer| answer.at)
    }

    /// The frame its request lies in.
    pub(super) fn request_frame(&self) -> u64 {
        self.frame(self.at, 1).last.frame.0
    }

    /// Plays the exchange to a correlator.
    pub(super) fn play(&self, correlator: &mut Correlator, sink: &mut dyn FnMut(Closed)) {
        let exchange = ExchangeId(self.id);
        let body = |content_type, end| Body {
            content_type,
            parameters: None,
            bytes: &[],
            length: 100,
            end,
        };
        let envelope = self.envelope.as_ref();
        let recipients: Vec<EnvelopeRecipient<'_>> = envelope
            .into_iter()
            .flat_map(|envelope| &envelope.recipients)
            .map(|(address, code)| EnvelopeRecipient {
                address,
                command: self.frame(self.at, 0),
                reply: Some(SmtpReply {
                    code: *code,
                    text: "",
                    extent: self.frame(self.at, 0),
                }),
            })
            .collect();
        if !self.unseen {
            let request = Request {
                exchange,
                bearer: self.bearer,
                network: self.network,
                method: self.method,
                source: self.client,
                destination: self.server,
                stream: None,
                extent: self.frame(self.at, 1),
                pieces: &[],
                url: self.url.as_deref(),
                subscriber: self.subscriber.as_deref().map(|value| Subscriber {
                    source: "x-msisdn",
                    identity: Identity::Number(value),
                }),
                recipient: self.recipient.as_deref(),
                envelope: envelope.map(|envelope| Envelope {
                    server: None,
                    client: None,
                    sender: Some(&envelope.sender),
                    id: envelope.id.as_deref(),
                    recipients: &recipients,
                    refused: envelope.refused,
                }),
                eaif: None,
                tls: None,
                user_agent: None,
                relayed: self.relayed,
                expects_answer: self.bearer != Bearer::PushUdp,
                // A number that HTTP names is in the call of an SMS gateway.
                transfer: (self.bearer == Bearer::Http && self.recipient.is_some())
                    .then_some(SmsTransfer::Submit),
                body: body(None, self.end),
            };
            correlator.observe(&CarrierEvent::Request(request), self.asked.clone(), sink);
        }
        if let Some(answer) = &self.answer {
            let response = Response {
                exchange,
                bearer: self.bearer,
                network: self.network,
                source: self.server,
                destination: self.client,
                stream: None,
                extent: self.frame(answer.at, 2),
                pieces: &[],
                status: Some(answer.status),
                reason: None,
                server: None,
                location: answer.location,
                eaif: None,
                tls: None,
                body: body(answer.content_type, answer.end),
            };
            correlator.observe(&CarrierEvent::Response(response), answer.pdu.clone(), sink);
        }
        if let Some((at, reason, answer)) = self.over {
            let at = self.frame(at, 3).last;
            let answer = match answer {
                AnswerVisibility::Visible { .. } => AnswerVisibility::Visible { by: self.answered_by },
                answer => answer,
            };
            correlator.observe(
                &CarrierEvent::End(ExchangeEnd {
                    exchange,
                    at,
                    reason,
                    answer,
                    acknowledged: !self.unacknowledged,
                }),
                None,
                sink,
            );
        }
        if let Some((at, code)) = self.receipt {
            let at = self.frame(at, 3).last;
            let receipt = Receipt {
                exchange,
                at,
                delivered: false,
                code: Some(code),
            };
            correlator.observe(&CarrierEvent::Receipt(receipt), None, sink);
        }
    }
}

/// Seconds since the test began, as a capture time.
pub(super) fn time(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000).plus((seconds * 1e9).round() as i64)
}

/// Numbers exchanges: frames follow from that, so that the order of playing does not change them.
pub(super) fn numbered(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    for (id, exchange) in exchanges.iter_mut().enumerate() {
        exchange.id = id as u64;
    }
    exchanges
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) messages: Vec<Message>,
    pub(super) operations: Vec<Operation>,
    pub(super) anomalies: crate::model::AnomalyLog,
}

/// Plays exchanges in the order given; the capture ends at `end` seconds.
pub(super) fn play_until(exchanges: &[Exchange], end: f64) -> Played {
    play_with(exchanges, Settings::default(), &[&[0.0, end, end]])
}

/// Plays exchanges in the order given, where captures have packets at these seconds besides.
pub(super) fn play_with(exchanges: &[Exchange], settings: Settings, captures: &[&[f64]]) -> Played {
    let frames = (0..).zip(captures).flat_map(|(capture, seconds)| {
        let origin = Origin::new(CaptureIndex(capture), 0);
        seconds.iter().map(move |second| (origin, *second))
    });
    play_behind(exchanges, settings, frames)
}

/// Plays exchanges in the order given, where two interfaces of one capture took packets at these seconds besides.
pub(super) fn play_on(exchanges: &[Exchange], settings: Settings, interfaces: [&[f64]; 2]) -> Played {
    let frames = (0..).zip(interfaces).flat_map(|(interface, seconds)| {
        let origin = Origin::new(CaptureIndex(0), interface);
        seconds.iter().map(move |second| (origin, *second))
    });
    let mut frames: Vec<_> = frames.collect();
    frames.sort_by(|one, other| one.1.total_cmp(&other.1));
    play_behind(exchanges, settings, frames)
}

fn play_behind(
    exchanges: &[Exchange],
    settings: Settings,
    frames: impl IntoIterator<Item = (Origin, f64)>,
) -> Played {
    let mut correlator = Correlator::new(settings);
    for (origin, second) in frames {
        let at = FrameRef {
            capture: origin.capture(),
            frame: FrameNumber(0),
            time: time(second),
        };
        correlator.frame(at, origin, at.time);
    }
    play_to(correlator, exchanges)
}

pub(super) fn play_to(mut correlator: Correlator, exchanges: &[Exchange]) -> Played {
    let mut played = Played::default();
    let mut sink = |closed| match closed {
        Closed::Message { message, .. } => played.messages.push(*message),
        Closed::Operation { operation, .. } => played.operations.push(*operation),
    };
    for exchange in exchanges {
        exchange.play(&mut correlator, &mut sink);
    }
    correlator.finish(&mut sink);
    played.anomalies = correlator.anomalies;
    played
}

/// Plays exchanges in the order given, of whose networks this is concluded; the capture goes on.
pub(super) fn play_in_networks(exchanges: &[Exchange], conclusions: &[NetworkConclusion]) -> Played {
    let mut correlator = Correlator::new(Settings::default());
    conclusions
        .iter()
        .for_each(|conclusion| correlator.network(*conclusion));
    play_to(correlator, exchanges)
}

/// Numbers exchanges and plays them; the capture ends right after the last.
pub(super) fn play(exchanges: Vec<Exchange>) -> Played {
    let end = exchanges.iter().map(|exchange| exchange.at).fold(0.0, f64::max) + 1.0;
    play_until(&numbered(exchanges), end)
}

/// The frame of a message's first octet.
pub(super) fn first(message: &Message) -> FrameRef {
    let places = message.events.iter().map(|event| event.seen.first());
    places.min().unwrap_or_default()
}

/// The only message.
pub(super) fn only(played: Played) -> Message {
    let found: Vec<_> = played
        .messages
        .iter()
        .map(|m| (m.started, m.state, &m.links))
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    played.messages.into_iter().next().unwrap()
}

fn pdu(message_type: PduType) -> PduRecord<'static> {
    PduRecord {
        message_type,
        ..PduRecord::default()
    }
}

fn address(number: &str) -> Sender<'static> {
    Sender::Address(format!("{number}/TYPE=PLMN").into())
}

/// The parts of a message, all of it told by one octet.
pub(super) fn parts(octet: u8) -> Vec<PartRecord<'static>> {
    vec![PartRecord {
        content_type: "image/jpeg".into(),
        name: None,
        content_id: None,
        content_location: None,
        charset: None,
        size: 1000,
        sha256: [octet; 32],
        comparable: octet.into(),
    }]
}

pub(super) fn send_req(
    id: &str,
    from: Option<&str>,
    to: &[&str],
    subject: &str,
    content: u8,
) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        from: from.map_or(Sender::InsertAddress, address),
        to: to.iter().map(|to| format!("{to}/TYPE=PLMN").into()).collect(),
        subject: Some(subject.to_owned().into()),
        body_size: Some(1000),
        parts: parts(content),
        ..pdu(PduType::SEND_REQ)
    }
}

pub(super) fn send_conf(id: &str, status: u8, message_id: Option<&str>) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        response_status: Some(status),
        message_id: message_id.map(|id| id.to_owned().into()),
        ..pdu(PduType::SEND_CONF)
    }
}

pub(super) fn notification(id: &str, url: &str, from: Option<&str>, subject: &str) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        content_locations: vec![url.to_owned().into()],
        from: from.map_or(Sender::Absent, address),
        subject: Some(subject.to_owned().into()),
        message_size: Some(1100),
        expiry: Some(ExpiryValue::Relative(86_400)),
        ..pdu(PduType::NOTIFICATION_IND)
    }
}

pub(super) fn retrieve_conf(
    message_id: Option<&str>,
    from: Option<&str>,
    to: &[&str],
    content: u8,
) -> PduRecord<'static> {
    PduRecord {
        message_id: message_id.map(|id| id.to_owned().into()),
        from: from.map_or(Sender::Absent, address),
        to: to.iter().map(|to| format!("{to}/TYPE=PLMN").into()).collect(),
        body_size: Some(1000),
        parts: parts(content),
        ..pdu(PduType::RETRIEVE_CONF)
    }
}

pub(super) fn notifyresp(id: &str, status: u8) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        status: Some(status),
        ..pdu(PduType::NOTIFYRESP_IND)
    }
}

pub(super) fn acknowledge(id: &str) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        ..pdu(PduType::ACKNOWLEDGE_IND)
    }
}

/// As OMA has it: the recipient in To.
pub(super) fn delivery_ind(message_id: &str, recipient: &str, status: u8) -> PduRecord<'static> {
    PduRecord {
        message_id: Some(message_id.to_owned().into()),
        to: vec![format!("{recipient}/TYPE=PLMN").into()],
        status: Some(status),
        ..pdu(PduType::DELIVERY_IND)
    }
}

pub(super) fn read_report(
    message_type: PduType,
    message_id: &str,
    from: &str,
    to: &str,
    status: u8,
) -> PduRecord<'static> {
    PduRecord {
        message_id: Some(message_id.to_owned().into()),
        from: address(from),
        to: vec![format!("{to}/TYPE=PLMN").into()],
        read_status: Some(status),
        ..pdu(message_type)
    }
}

pub(super) fn operation(message_type: PduType, id: &str) -> PduRecord<'static> {
    PduRecord {
        transaction_id: Some(id.to_owned().into()),
        ..pdu(message_type)
    }
}

/// The life of a message that arrives, from `at` on: sender and recipient are the phones with these numbers.
pub(super) fn happy_life(at: f64, sender: u8, recipient: u8, name: &str) -> Vec<Exchange> {
    let (from, to) = (number(sender), number(recipient));
    let url = format!("http://mmsc.example/mm/{name}");
    let id = format!("{name}@mmsc");
    let fetched = retrieve_conf(Some(&id), Some(&from), &[&to], sender);
    vec![
        Exchange::post(
            0.0,
            phone(sender),
            send_req(name, Some(&from), &[&to], name, sender),
        )
        .answered(0.5, 200, Some(send_conf(name, 0x80, Some(&id)))),
        Exchange::push(
            1.0,
            phone(recipient),
            notification(&format!("n{name}"), &url, Some(&from), name),
        ),
        Exchange::get(2.0, phone(recipient), &url).answered(2.5, 200, Some(fetched)),
        Exchange::post(3.0, phone(recipient), notifyresp(&format!("n{name}"), 0x81)).answered(3.1, 200, None),
        Exchange::push(4.0, phone(sender), delivery_ind(&id, &to, 0x81)),
    ]
    .into_iter()
    .map(|exchange| exchange.later(at))
    .collect()
}

/// The number of a phone.
pub(super) fn number(phone: u8) -> String {
    format!("+4415000{phone:05}")
}
