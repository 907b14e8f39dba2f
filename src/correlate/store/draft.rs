//! A leg while it may still change: packed as the bearers' events come.

use crate::correlate::record::pdu::PduRecord;
use crate::correlate::store::facts;
use crate::correlate::store::head::{CompletionKind, Ends, Head, Part, RequestKind, ResponseKind};
use crate::correlate::store::leg::Leg;
use crate::correlate::store::packed::Packer;
use crate::correlate::store::words::Packs;
use crate::model::{BearerStatus, Endpoint, Extent, FrameRef};
use crate::session::{BodyEnd, ExchangeEnd, Method, Request, Response};

/// The longest URL that is kept of a GET, in octets: what common servers accept (RFC 9110 section 4.1 asks for at
/// least 8000). The target of a longer one is forgotten, so that nobody fills the memory with them.
const MAX_URL: usize = 8 * 1024;

/// A leg that may still change.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) head: Head,
    pub(crate) text: String,
}

/// The hashes by which bodies are compared.
type Hashes = ahash::RandomState;

/// What a bearer says of an answer.
struct Reply {
    extent: Extent,
    /// None where the answer came in a request of its own.
    status: Option<BearerStatus>,
    end: BodyEnd,
    length: u64,
    claims_mms: bool,
}

impl Draft {
    /// A request, with the PDU that its body holds.
    pub(crate) fn asked(request: &Request<'_>, pdu: Option<&PduRecord<'_>>, hashes: &Hashes) -> Self {
        let asked = match (pdu, request.method) {
            (Some(record), _) => facts::asked(record.message_type),
            (None, Method::Get) => RequestKind::Get,
            (None, _) => RequestKind::Unread,
        };
        let fate = match request.expects_answer {
            true => CompletionKind::Pending,
            false => CompletionKind::NoneExpected,
        };
        let head = Head {
            exchange: request.exchange,
            first: request.extent.first.into(),
            ends: Ends::new(request.source, request.destination),
            bearer: request.bearer,
            requested: true,
            request_end: request.body.end,
            relayed: request.relayed,
            asked,
            fate,
            ..Head::NOTHING
        };
        Self::begun(head, [request.source, request.destination], |head, packer| {
            packer.whole(|packer| {
                pdu.into_iter()
                    .for_each(|record| facts::pack_asked(asked, record, hashes, packer));
            });
            head.first.pack(request.extent.last, packer);
            pack_texts(texts(request), packer);
            pack_malformed(head, Part::Request, pdu, request.extent.last, packer);
        })
    }

    /// A PDU that answers, handed over by a request of its own (a push, or a POST between servers).
    pub(crate) fn answer_in_request(request: &Request<'_>, pdu: &PduRecord<'_>, hashes: &Hashes) -> Self {
        let head = Head {
            exchange: request.exchange,
            first: request.extent.first.into(),
            ends: Ends::new(request.destination, request.source),
            bearer: request.bearer,
            request_end: request.body.end,
            relayed: request.relayed,
            ..Head::NOTHING
        };
        let mut draft = Self::begun(head, [request.destination, request.source], |_, packer| {
            pack_unseen(texts(request), packer);
        });
        let reply = Reply {
            extent: request.extent,
            status: None,
            end: request.body.end,
            length: request.body.length,
            claims_mms: true,
        };
        draft.reply(&reply, Some(pdu), hashes);
        draft
    }

    /// An answer whose request was not captured.
    pub(crate) fn answer_alone(response: &Response<'_>, pdu: &PduRecord<'_>, hashes: &Hashes) -> Self {
        let head = Head {
            exchange: response.exchange,
            first: response.extent.first.into(),
            ends: Ends::new(response.destination, response.source),
            bearer: response.bearer,
            ..Head::NOTHING
        };
        let mut draft = Self::begun(head, [response.destination, response.source], |_, packer| {
            pack_unseen([None; 3], packer);
        });
        draft.answered(response, Some(pdu), hashes);
        draft
    }

    /// The leg as it stands.
    pub(crate) fn leg(&self) -> Leg<'_> {
        Leg::new(&self.head, &self.text)
    }

    /// Takes an answer in. The first counts; a PDU that was handed over in a request has had its answer.
    pub(crate) fn answered(&mut self, response: &Response<'_>, pdu: Option<&PduRecord<'_>>, hashes: &Hashes) {
        if self.head.fate != CompletionKind::ResponseFacts {
            let reply = Reply {
                extent: response.extent,
                status: Some(response.status),
                end: response.body.end,
                length: response.body.length,
                claims_mms: claims_mms(response),
            };
            self.reply(&reply, pdu, hashes);
        }
    }

    /// Takes in that no answer will come, where none has.
    pub(crate) fn ended(&mut self, end: &ExchangeEnd) {
        if self.head.fate != CompletionKind::Pending {
            return;
        }
        self.head.fate = CompletionKind::Ended;
        self.go_on(|head, packer| {
            head.first.pack(end.at, packer);
            end.reason.pack(packer);
            end.answer.pack(packer);
        });
    }

    /// A leg whose request is packed by `pack`, behind both ends.
    fn begun(
        mut head: Head,
        [client, server]: [Endpoint; 2],
        pack: impl FnOnce(&mut Head, &mut Packer),
    ) -> Self {
        /// Octets that most legs fit in.
        const USUAL: usize = 320;
        let mut packer = Packer::after(String::with_capacity(USUAL));
        if let Ends::InText = head.ends {
            client.pack(&mut packer);
            server.pack(&mut packer);
        }
        pack(&mut head, &mut packer);
        let text = packer.finish();
        head.answer_at = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { head, text }
    }

    fn go_on(&mut self, pack: impl FnOnce(&mut Head, &mut Packer)) {
        let mut packer = Packer::after(std::mem::take(&mut self.text));
        pack(&mut self.head, &mut packer);
        self.text = packer.finish();
    }

    fn reply(&mut self, reply: &Reply, pdu: Option<&PduRecord<'_>>, hashes: &Hashes) {
        self.text.truncate(self.head.answer_at as usize);
        self.head.fate = CompletionKind::ResponseFacts;
        self.head.answered = pdu.map_or(ResponseKind::Nothing, |record| {
            facts::answered(record.message_type)
        });
        self.go_on(|head, packer| {
            packer.whole(|packer| {
                pdu.into_iter()
                    .for_each(|record| facts::pack_answered(head.answered, record, hashes, packer));
            });
            reply.status.pack(packer);
            reply.end.pack(packer);
            packer.number(reply.length);
            packer.number(reply.claims_mms);
            head.first.pack(reply.extent.last, packer);
            head.first.pack(reply.extent.first, packer);
            pack_malformed(head, Part::Answer, pdu, reply.extent.last, packer);
        });
    }
}

/// Whether an answer says that it carries an MMS PDU (OMA-TS-MMS_ENC section 7.1).
pub(crate) fn claims_mms(response: &Response<'_>) -> bool {
    let is_mms = |kind: &str| kind.eq_ignore_ascii_case("application/vnd.wap.mms-message");
    response.body.content_type.is_some_and(is_mms)
}

fn pack_malformed(
    head: &mut Head,
    part: Part,
    pdu: Option<&PduRecord<'_>>,
    at: FrameRef,
    packer: &mut Packer,
) {
    let Some(record) = pdu.filter(|record| record.malformed && head.malformed.is_none()) else {
        return;
    };
    head.malformed = Some(part);
    head.first.pack(at, packer);
    record.message_type.pack(packer);
    let detail = record.malformed_detail.as_deref();
    packer.text(Some(detail.unwrap_or("not as the specification says")));
}

/// What is packed where the request of an answer was not captured.
fn pack_unseen(texts: [Option<&str>; 3], packer: &mut Packer) {
    packer.whole(|_| {});
    pack_texts(texts, packer);
}

fn pack_texts(texts: [Option<&str>; 3], packer: &mut Packer) {
    texts.into_iter().for_each(|text| packer.text(text));
}

/// URL, subscriber and recipient of a request. Only of a GET does the whole URL matter; of others the origin tells the
/// MMSC.
fn texts<'a>(request: &Request<'a>) -> [Option<&'a str>; 3] {
    let url = request.url.filter(|url| url.len() <= MAX_URL);
    let url = match request.method {
        Method::Get => url,
        _ => url.map(origin),
    };
    let subscriber = request.subscriber.map(|subscriber| subscriber.value);
    [url, subscriber, request.recipient]
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + "://".len());
    let end = url.get(authority..).and_then(|rest| rest.find(['/', '?']));
    end.and_then(|end| url.get(..authority + end)).unwrap_or(url)
}
