//! Requests to a transcoder and its answers (STI), as transactions with a system around the MMSC.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::content::{Entity, EntityKind, Interest, is_mms_type};
use super::message::Finished;
use crate::codec::{mime, transfer};
use crate::model::{Digest, Direction, System, TransactionOperation, TransactionProtocol, TransactionStatus};
use crate::session::http::Context;
use crate::session::surroundings::sti::{self, Document, Kind};
use crate::session::surroundings::tell::Sighting;
use crate::session::surroundings::{
    Answered, Asked, Question, TransactionSubject, TranscodingAnswer, TranscodingRequest,
};
use crate::session::{BodyEnd, ExchangeId};

/// Parts of a body that are looked at.
const PARTS: usize = 64;

const SUBJECT: TransactionSubject = TransactionSubject {
    system: System::Transcoding,
    operation: TransactionOperation::Transcoding,
};

/// Tells a request to a transcoder; whether it was one.
pub(super) fn request(
    id: ExchangeId,
    client: Direction,
    request: &Finished,
    context: &mut Context<'_>,
) -> bool {
    let Finished { message, end, .. } = request;
    // What is coded cannot be told by its first octets.
    let coded = !message.head.codings.is_empty() && message.content.interest() == Interest::Wanted;
    let is_mms = message.head.texts.content_type().is_some_and(is_mms_type);
    if message.content.interest() != Interest::Transcoding && (!coded || is_mms) {
        return false;
    }
    let entity = message
        .content
        .entity(&message.head, *end, message.extent.last, context);
    let Some(Opened { document, media }) = open(&entity, request).filter(|opened| opened.is(Kind::Request))
    else {
        return false;
    };
    let question = Question {
        identifier: context.identifier(client, id.0),
        fingerprint: id.0,
        content: None,
        may_be_again: false,
    };
    let asked = Asked::Transcoding(TranscodingRequest {
        originator: &document.originator,
        operation: &document.operation,
        media: &media,
    });
    let seen = Sighting {
        direction: client,
        extent: message.extent,
    };
    context.asks(&question, SUBJECT, seen, asked);
    true
}

/// Tells the answer to a request that was told. One that says nothing, or of which too little was captured, answers it all
/// the same.
pub(super) fn answer(id: ExchangeId, client: Direction, answer: &Finished, context: &mut Context<'_>) {
    let Finished { message, end, .. } = answer;
    let entity = message
        .content
        .entity(&message.head, *end, message.extent.last, context);
    let opened = open(&entity, answer).filter(|opened| !opened.is(Kind::Request));
    let seen = Sighting {
        direction: client.reversed(),
        extent: message.extent,
    };
    let document = opened.as_ref().map(|opened| &opened.document);
    let http = message.head.status();
    let status = match document.map(|document| (document.return_code(), document.kind)) {
        Some((Some(code), _)) => TransactionStatus::Sti(code),
        Some((None, Kind::Fault)) => TransactionStatus::StiFault,
        _ => match http {
            Some(http @ 400..600) => TransactionStatus::StiHttp(http),
            _ => return context.is_answered(id.0, TransactionProtocol::Sti, seen),
        },
    };
    let media = opened.as_ref().map(|opened| opened.media.as_slice());
    let text = |text: fn(&Document) -> &String| document.map_or("", |document| text(document));
    let answered = Answered::Transcoding(TranscodingAnswer {
        originator: text(|document| &document.originator),
        operation: text(|document| &document.operation),
        media: media.unwrap_or_default(),
    });
    context.answers_about(id.0, SUBJECT, seen, status, answered);
}

/// Whether an answer whose request was not captured is a transcoder's.
pub(super) fn is_answer(answer: &Finished) -> bool {
    answer.message.content.interest() == Interest::Transcoding
}

/// A body taken apart.
struct Opened {
    document: Document,
    /// What is attached to it.
    media: Vec<Digest>,
}

impl Opened {
    fn is(&self, kind: Kind) -> bool {
        self.document.kind == kind
    }
}

/// The document in a body, and the digests of what is attached to it.
fn open(entity: &Entity<'_>, finished: &Finished) -> Option<Opened> {
    if !matches!(entity.kind, EntityKind::Transcoding | EntityKind::Fault) {
        return None;
    }
    let octets = entity.octets();
    let texts = &finished.message.head.texts;
    let is_multipart = texts
        .content_type()
        .is_some_and(|kind| kind.starts_with("multipart/"));
    if !is_multipart {
        let (document, media) = (sti::read(octets)?, Vec::new());
        return Some(Opened { document, media });
    }
    let split = mime::split(octets, texts.boundary().unwrap_or_default(), PARTS);
    let last = split.parts.len().saturating_sub(1);
    let mut document = None;
    let mut media = Vec::new();
    for (index, part) in split.parts.iter().enumerate() {
        let coding = part.field(&["Content-Transfer-Encoding"]).unwrap_or_default();
        let content = match coding.eq_ignore_ascii_case("base64") {
            true => Cow::Owned(transfer::base64(part.content)),
            false => Cow::Borrowed(part.content),
        };
        let is_whole = entity.end == BodyEnd::Whole && (split.closed || index < last);
        if document.is_none() && crate::codec::soap::begins_like_xml(&content) {
            document = sti::read(&content);
            if document.is_some() {
                continue;
            }
        }
        if is_whole {
            media.push(Digest(Sha256::digest(&content).into()));
        }
    }
    Some(Opened {
        document: document?,
        media,
    })
}
