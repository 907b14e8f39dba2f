//! SOAP with attachments (3GPP TS 23.140 section 8.7): the PDUs of MM7.
//!
//! Elements are told by their names alone, so that every release and every binding of the schema reads alike. What
//! is wrong with the XML costs what lies behind it; what lies before it is kept.

mod address;
mod document;
mod envelope;
mod file;
mod limits;
mod package;
mod status;
#[cfg(test)]
mod tests;

pub use file::decode_file;
pub use status::StatusCode;

use super::{
    Content, Limits, Mm7Type, Part, Textual,
    anomaly::{Notes, PduAnomalyKind as Kind},
    limits::Budget,
};
use crate::codec::{
    ContentType,
    charset::{CharsetFault, Decoding},
};

/// A decoded SOAP message.
#[derive(Debug)]
pub struct Soap<'a> {
    /// What it is.
    pub pdu: Mm7Type,
    /// TransactionID, then its elements by their path below the message, attributes behind `@`; and the content.
    pub text: Textual<'a>,
}

/// Decodes a body in which MM7 may be: an envelope, or a multipart with one. Its bearer says `content_type` of it,
/// with all parameters; `whole` says whether all its octets are there. None where no message of MM7 and no fault is
/// found in it.
///
/// Time is linear in the number of octets. Content is borrowed, but for what has a transfer coding.
pub fn decode<'a>(bytes: &'a [u8], content_type: &str, whole: bool, limits: Limits) -> Option<Soap<'a>> {
    let mut notes = Notes::up_to(limits.anomalies);
    let mut budget = Budget::of(limits);
    let content_type = ContentType::from_mime(content_type);
    let package = package::open(content_type, bytes, whole, &mut budget, &mut notes)?;
    let root = package.root;
    let decoding = document::text(root.content(), root.content_type.text_parameter("charset"));
    note_fault(&root, &decoding, &mut notes);
    let source = source(&root, &decoding, whole);
    let envelope = envelope::read(&decoding.text, source, &mut budget, &mut notes);
    let mut this = Soap {
        pdu: envelope.pdu?,
        text: Textual {
            fields: envelope.fields,
            bytes,
            complete: whole,
            ..Textual::default()
        },
    };
    this.text.body = package::content(package.rest, this.content_reference(), &mut notes);
    this.check(&mut notes);
    this.text.malformed = notes.malformed;
    this.text.anomalies = notes.anomalies;
    this.text.more_anomalies = notes.uncounted;
    Some(this)
}

fn note_fault(root: &Part<'_>, decoding: &Decoding<'_>, notes: &mut Notes) {
    let kind = match decoding.fault {
        Some(CharsetFault::Invalid) if root.complete => Kind::TextNotInCharset,
        Some(CharsetFault::Unknown) => Kind::UnknownCharset,
        Some(CharsetFault::UndeclaredOther) => Kind::TextWithoutCharset,
        _ => return,
    };
    notes.note(kind, None, root.data_offset, String::new);
}

/// Where a document's text lies in the body. A document that had a transfer coding, or is in another encoding than
/// UTF-8, has no places in it.
fn source<'a>(root: &Part<'a>, decoding: &Decoding<'_>, whole: bool) -> envelope::Source<'a> {
    let mark = root.data.len().checked_sub(decoding.text.len());
    let text = mark.and_then(|mark| root.data.get(mark..));
    let same = text.filter(|text| *text == decoding.text.as_bytes());
    envelope::Source {
        octets: same.unwrap_or_default(),
        offset: root
            .data_offset
            .saturating_add(mark.filter(|_| same.is_some()).unwrap_or(0)),
        whole: whole && root.complete,
    }
}

impl<'a> Soap<'a> {
    /// MM7Version.
    pub fn version(&self) -> Option<&str> {
        self.text.field("MM7Version")
    }

    /// TransactionID of the SOAP header.
    pub fn transaction_id(&self) -> Option<&str> {
        self.text.field("TransactionID")
    }

    /// The id of the message that it is, or is about: MessageID, CancelID or ReplaceID.
    pub fn message_id(&self) -> Option<&str> {
        let mut names = ["MessageID", "CancelID", "ReplaceID"].into_iter();
        names.find_map(|name| self.text.field(name))
    }

    /// LinkedID.
    pub fn linked_id(&self) -> Option<&str> {
        self.text.field("LinkedID")
    }

    /// The application's provider, and the application, as far as they are named.
    pub fn application(&self) -> (Option<&str>, Option<&str>) {
        let named = |name: &str| {
            let identified = self.text.field(&format!("SenderIdentification/{name}"));
            identified.or_else(|| self.text.field(name))
        };
        (named("VASPID"), named("VASID"))
    }

    /// StatusCode of an answer.
    pub fn status(&self) -> Option<StatusCode> {
        let code = self.text.field("Status/StatusCode");
        let code = code.or_else(|| self.text.field("StatusCode"));
        code?.parse().ok().map(StatusCode)
    }

    /// What goes with a status: StatusText, or what a fault says.
    pub fn status_text(&self) -> Option<&str> {
        let names = ["Status/StatusText", "StatusText", "faultstring", "Reason/Text"];
        names.into_iter().find_map(|name| self.text.field(name))
    }

    /// A yes or no (XML Schema part 2 section 3.2.2).
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.text.field(name)? {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The body's leaves, depth first. Those of a PDU of MM1 in it are those of that PDU.
    pub fn leaves(&self) -> Vec<&Part<'a>> {
        let mut leaves = Vec::new();
        for leaf in self.text.leaves() {
            match &leaf.content {
                Content::Pdu(pdu) => leaves.extend(pdu.leaves()),
                _ => leaves.push(leaf),
            }
        }
        leaves
    }

    /// Where its content is: the reference in Content, or in what XOP puts into it.
    fn content_reference(&self) -> Option<&str> {
        let direct = self.text.field("Content@href");
        direct.or_else(|| self.text.field("Content/Include@href"))
    }

    /// Notes what is missing.
    fn check(&self, notes: &mut Notes) {
        if !self.text.complete {
            notes.note(Kind::PduCutShort, None, self.text.bytes.len(), || {
                format!("{} octets are here", self.text.bytes.len())
            });
        }
        let lacks = |name: &'static str| match name {
            "Status/StatusCode" => self.status().is_none(),
            "MessageID" => self.message_id().is_none(),
            _ => self.text.field(name).is_none(),
        };
        for name in required(self.pdu).iter().filter(|name| lacks(name)) {
            notes.note(
                Kind::ConditionalHeaderMissing,
                Some((*name).into()),
                0,
                String::new,
            );
        }
    }
}

/// What a message cannot be understood without.
const fn required(pdu: Mm7Type) -> &'static [&'static str] {
    match pdu {
        Mm7Type::SubmitReq | Mm7Type::DeliverReq => &["TransactionID"],
        Mm7Type::DeliveryReportReq
        | Mm7Type::ReadReplyReq
        | Mm7Type::CancelReq
        | Mm7Type::ReplaceReq
        | Mm7Type::ExtendedCancelReq
        | Mm7Type::ExtendedReplaceReq => &["TransactionID", "MessageID"],
        Mm7Type::SubmitRsp
        | Mm7Type::DeliverRsp
        | Mm7Type::DeliveryReportRsp
        | Mm7Type::ReadReplyRsp
        | Mm7Type::CancelRsp
        | Mm7Type::ReplaceRsp
        | Mm7Type::ExtendedCancelRsp
        | Mm7Type::ExtendedReplaceRsp => &["TransactionID", "Status/StatusCode"],
        Mm7Type::RsErrorRsp | Mm7Type::VaspErrorRsp => &["Status/StatusCode"],
        Mm7Type::SoapFault => &[],
    }
}

impl Mm7Type {
    /// The message that an element is, by the name that the standard gives it.
    pub(super) fn of_element(element: &str) -> Option<Self> {
        let is_named = |pdu: &&Self| {
            let name = pdu.name().trim_start_matches("mm7-").split('-');
            name.flat_map(str::bytes)
                .eq(element.bytes().map(|octet| octet.to_ascii_lowercase()))
        };
        Self::ALL.iter().find(is_named).copied()
    }
}
