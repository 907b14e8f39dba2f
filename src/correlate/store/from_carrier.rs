//! A leg, made as the bearers' events come.

use std::borrow::Cow;

use crate::correlate::message::SeenTls;
use crate::correlate::record::pdu::{PduRecord, Sender};
use crate::correlate::store::envelopes::Envelope;
use crate::correlate::store::facts::{RequestPdu, ResponsePdu};
use crate::correlate::store::leg::{Completion, LegRecord, Malformed, Reply, Request};
use crate::correlate::store::pdus::HandoverFacts;
use crate::correlate::store::texts::Texts;
use crate::mms::PduType;
use crate::model::{FrameRef, RandomState};
use crate::session::{self, Eaif, ExchangeEnd, Method, Response};

/// The longest URL that is kept of a GET, in octets: what common servers accept (RFC 9110 section 4.1 asks for at
/// least 8000). The target of a longer one is forgotten, so that nobody fills the memory with them.
const MAX_URL: usize = 8 * 1024;

/// The hashes by which bodies are compared.
type Hashes = RandomState;

impl LegRecord {
    /// A request, with the PDU that its body holds.
    pub(crate) fn of_request(
        request: &session::Request<'_>,
        pdu: Option<&PduRecord<'_>>,
        hashes: &Hashes,
    ) -> Self {
        let mut leg = Self {
            client: request.source,
            server: request.destination,
            completion: match request.expects_answer {
                true => Completion::Pending,
                false => Completion::NoneExpected,
            },
            ..Self::carried_by(request)
        };
        leg.request = Request::Captured {
            last: request.extent.last,
            end: request.body.end,
            said: match (pdu, request.method) {
                (Some(record), _) if hands_over(request, record) => {
                    let facts = HandoverFacts::new(record, hashes, &mut leg.texts);
                    RequestPdu::Handover(Box::new(facts))
                }
                (Some(record), _) => RequestPdu::new(record, hashes, &mut leg.texts),
                (None, _)
                    if request
                        .envelope
                        .is_some_and(|envelope| envelope.refused.is_some()) =>
                {
                    RequestPdu::RefusedCommand
                }
                (None, Method::Get) => RequestPdu::Get,
                (None, Method::Connect) => RequestPdu::Connect,
                (None, _) => RequestPdu::Unread,
            },
        };
        leg.note_malformed(pdu, request.extent.last);
        leg
    }

    /// A PDU that answers, handed over by a request of its own (a push, or a POST between servers).
    pub(crate) fn of_answer_in_request(
        request: &session::Request<'_>,
        pdu: &PduRecord<'_>,
        hashes: &Hashes,
    ) -> Self {
        let mut leg = Self {
            client: request.destination,
            server: request.source,
            ..Self::carried_by(request)
        };
        let said = ResponsePdu::new(pdu, hashes, &mut leg.texts);
        leg.completion = Completion::Answered(Box::new(Reply {
            extent: request.extent,
            status: None,
            reason: None,
            server: None,
            redirect: None,
            end: request.body.end,
            length: request.body.length,
            message_id: None,
            claims_mms: true,
            said,
        }));
        leg.note_malformed(Some(pdu), request.extent.last);
        leg
    }

    /// An answer whose request was not captured.
    pub(crate) fn of_answer_alone(response: &Response<'_>, pdu: &PduRecord<'_>, hashes: &Hashes) -> Self {
        let mut leg = Self {
            exchange: response.exchange,
            bearer: response.bearer,
            first: response.extent.first,
            client: response.destination,
            server: response.source,
            stream: response.stream,
            network: response.network,
            tls: response.tls.map(SeenTls::boxed),
            texts: Texts::with_usual_capacity(),
            ..Self::NOTHING
        };
        leg.take_answer(response, Some(pdu), hashes);
        leg
    }

    /// What every request says of its leg. Only of a GET does the whole URL matter; of others the origin tells the
    /// MMSC.
    fn carried_by(request: &session::Request<'_>) -> Self {
        let mut texts = Texts::with_usual_capacity();
        let url = request.url.filter(|url| url.len() <= MAX_URL);
        let tunnel = url.map(|target| format!("https://{target}"));
        let url = match request.method {
            Method::Get => url,
            Method::Connect => tunnel.as_deref(),
            _ => url.map(origin),
        };
        Self {
            exchange: request.exchange,
            bearer: request.bearer,
            relayed: request.relayed,
            eaif: request.eaif.is_some(),
            transfer: request.transfer,
            tls: request.tls.map(SeenTls::boxed),
            stream: request.stream,
            network: request.network,
            first: request.extent.first,
            url: texts.add(url),
            subscriber: texts.add(request.subscriber.map(|subscriber| subscriber.identity.text())),
            recipient: texts.add(request.recipient),
            user_agent: texts.add(request.user_agent),
            envelope: request
                .envelope
                .map(|envelope| Box::new(Envelope::new(&envelope, &mut texts))),
            texts,
            ..Self::NOTHING
        }
    }

    /// Takes an answer in. The first counts; a PDU that was handed over in a request has had its answer.
    pub(crate) fn take_answer(
        &mut self,
        response: &Response<'_>,
        pdu: Option<&PduRecord<'_>>,
        hashes: &Hashes,
    ) {
        if let Completion::Answered(_) = self.completion {
            return;
        }
        let said = pdu.map_or(ResponsePdu::Nothing, |record| {
            ResponsePdu::new(record, hashes, &mut self.texts)
        });
        let redirect = response.redirect(self.leg().url()).map(Cow::into_owned);
        self.completion = Completion::Answered(Box::new(Reply {
            extent: response.extent,
            status: response.status,
            reason: self.texts.add(response.reason),
            server: self.texts.add(response.server),
            redirect: self.texts.add(redirect.as_deref()),
            end: response.body.end,
            length: response.body.length,
            message_id: self.texts.add(response.eaif.and_then(|eaif| eaif.message_id)),
            claims_mms: claims_mms(response),
            said,
        }));
        self.note_malformed(pdu, response.extent.last);
    }

    /// Takes in that no answer will come, where none has.
    pub(crate) fn take_end(&mut self, end: &ExchangeEnd) {
        if self.is_pending() {
            self.completion = Completion::Ended {
                at: end.at,
                reason: end.reason,
                answer: end.answer,
                acknowledged: end.acknowledged,
            };
        }
    }

    fn note_malformed(&mut self, pdu: Option<&PduRecord<'_>>, at: FrameRef) {
        self.over_limit |= pdu.is_some_and(|record| record.over_limit);
        let Some(record) = pdu.filter(|record| record.malformed && self.malformed.is_none()) else {
            return;
        };
        let detail = record.malformed_detail.as_deref();
        self.malformed = Some(Box::new(Malformed {
            at,
            pdu: record.message_type,
            detail: detail.unwrap_or("not as the specification says").into(),
        }));
    }
}

/// Whether a request of EAIF brings a message to an application: then it has the message id.
pub(crate) fn hands_over(request: &session::Request<'_>, pdu: &PduRecord<'_>) -> bool {
    let has_id = request.eaif.is_some_and(|eaif| eaif.message_id.is_some());
    has_id && matches!(pdu.message_type, PduType::SEND_REQ | PduType::RETRIEVE_CONF)
}

/// A PDU with what EAIF says of it in fields of HTTP, which goes before what the PDU says.
pub(crate) fn with_eaif<'a>(mut pdu: PduRecord<'a>, eaif: &Eaif<'_>) -> PduRecord<'a> {
    let owned = |text: &str| Cow::from(text.trim().to_owned());
    if pdu.message_type == PduType::DELIVERY_IND {
        return pdu;
    }
    if let Some(from) = eaif.from {
        pdu.from = Sender::Address(owned(from));
    }
    if let Some(to) = eaif.to {
        pdu.to = to.split(',').map(owned).filter(|to| !to.is_empty()).collect();
        (pdu.cc, pdu.bcc) = (Vec::new(), Vec::new());
    }
    pdu.message_id = eaif.message_id.map(owned).or(pdu.message_id);
    pdu
}

/// Whether an answer says that it carries an MMS PDU (OMA-TS-MMS_ENC section 7.1).
pub(crate) fn claims_mms(response: &Response<'_>) -> bool {
    let is_mms = |kind: &str| kind.eq_ignore_ascii_case("application/vnd.wap.mms-message");
    response.body.content_type.is_some_and(is_mms)
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + "://".len());
    let end = url.get(authority..).and_then(|rest| rest.find(['/', '?']));
    end.and_then(|end| url.get(..authority + end)).unwrap_or(url)
}
