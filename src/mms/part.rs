//! The parts of a PDU's body as a tree (WAP-230-WSP section 8.5), and what a part is called.

use std::{borrow::Cow, sync::OnceLock};

use sha2::{Digest, Sha256};

use crate::codec::{
    ContentType,
    wsp_headers::{WspHeader, WspHeaderValue, code},
};

use super::Decoded;

/// The media type of an MMS PDU, which a body or a part may itself be.
pub const MMS_MESSAGE: &str = "application/vnd.wap.mms-message";

/// A body, or a part of one.
#[derive(Debug, Default)]
pub struct Part<'a> {
    /// Where it starts, in octets from the start of the PDU.
    pub offset: usize,
    /// Its first octets: the lengths of its headers and data, or the delimiter line of a textual multipart;
    /// none for a whole body.
    pub lead: &'a [u8],
    /// What it is.
    pub content_type: ContentType<'a>,
    /// The octets of the content type; none for a whole body, whose type is a header of the PDU, and in a textual
    /// multipart, where it is one of the headers.
    pub content_type_raw: &'a [u8],
    /// Its other headers. In a textual multipart, all of them, without codes.
    pub headers: Vec<WspHeader<'a>>,
    /// Octets between the headers and the data: the empty line of a textual multipart, or what could not be read
    /// as headers.
    pub gap: &'a [u8],
    /// Where its data starts, in octets from the start of the PDU.
    pub data_offset: usize,
    /// Its data as it lies there.
    pub data: &'a [u8],
    /// Its data with the transfer coding undone, where it has one that changes it.
    pub(super) plain: Option<Vec<u8>>,
    /// Whether all its data is there.
    pub complete: bool,
    /// What the data is made of.
    pub content: Content<'a>,
    pub(super) digest: OnceLock<[u8; 32]>,
}

/// What a part's data is made of.
#[derive(Debug, Default)]
pub enum Content<'a> {
    /// Anything.
    #[default]
    Leaf,
    /// Parts.
    Multipart(Multipart<'a>),
    /// An MMS PDU, such as the descriptions in m-mbox-view-conf.
    Pdu(Box<Decoded<'a>>),
}

impl Content<'_> {
    /// See [`Part::detached`]. A PDU is left: the part that holds it is a leaf.
    pub(super) fn detached(self) -> Content<'static> {
        match self {
            Self::Leaf | Self::Pdu(_) => Content::Leaf,
            Self::Multipart(multipart) => Content::Multipart(Multipart {
                announced: multipart.announced,
                parts: multipart.parts.into_iter().map(Part::detached).collect(),
                ..Multipart::default()
            }),
        }
    }
}

/// A text with LF alone between its lines, and nothing behind the last one.
fn lines(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.trim_ascii_end();
    if memchr::memchr(b'\r', text).is_none() {
        return text.into();
    }
    let mut lines = Vec::with_capacity(text.len());
    for (place, line) in text.split(|&octet| octet == b'\n').enumerate() {
        if place > 0 {
            lines.push(b'\n');
        }
        lines.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    lines.into()
}

/// The parts of a multipart.
#[derive(Debug, Default)]
pub struct Multipart<'a> {
    /// How many parts the octets announce; a textual multipart does not say.
    pub announced: Option<u32>,
    /// The octets before the first part: the number of parts, or a preamble.
    pub preamble: &'a [u8],
    /// The parts in order.
    pub parts: Vec<Part<'a>>,
    /// The octets behind the last part.
    pub epilogue: &'a [u8],
}

impl<'a> Part<'a> {
    /// The content, with the transfer coding undone.
    pub fn content(&self) -> &[u8] {
        self.plain.as_deref().unwrap_or(self.data)
    }

    /// SHA-256 of the content. Computed when first asked for.
    pub fn sha256(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| Sha256::digest(self.content()).into())
    }

    /// A digest that tells contents apart as messages do: MMSCs and mail servers rewrite the line ends of texts, and data
    /// on SMTP end with one (RFC 5321 section 4.1.1.4). Equal for texts that are the same but for that.
    pub fn comparable_digest(&self) -> u64 {
        let lines = self
            .content_type
            .media
            .starts_with("text/")
            .then(|| lines(self.content()));
        let digest = match lines {
            Some(Cow::Owned(text)) => Sha256::digest(text).into(),
            Some(Cow::Borrowed(text)) if text.len() < self.content().len() => Sha256::digest(text).into(),
            _ => self.sha256(),
        };
        digest.first_chunk().map_or(0, |start| u64::from_le_bytes(*start))
    }

    /// Content-ID without `<>` and quotes.
    pub fn content_id(&self) -> Option<&str> {
        self.header(code::CONTENT_ID, "content-id")
            .map(bare_id)
            .filter(|id| !id.is_empty())
    }

    /// Content-Location.
    pub fn content_location(&self) -> Option<&str> {
        self.header(code::CONTENT_LOCATION, "content-location")
            .filter(|location| !location.is_empty())
    }

    /// The content type's name parameter.
    pub fn name(&self) -> Option<&str> {
        self.content_type.text_parameter("name")
    }

    /// The filename parameter of Content-Disposition.
    pub fn file_name(&self) -> Option<&str> {
        self.disposition()?.text_parameter("filename")
    }

    /// Content-Disposition.
    pub fn disposition(&self) -> Option<&ContentType<'a>> {
        self.headers.iter().find_map(|header| match &header.value {
            WspHeaderValue::Disposition(disposition) => Some(disposition),
            _ => None,
        })
    }

    /// What a person would call the part: the first of name, file name, Content-Location and Content-ID.
    pub fn display_name(&self) -> Option<&str> {
        self.name()
            .or_else(|| self.file_name())
            .or_else(|| self.content_location())
            .or_else(|| self.content_id())
    }

    /// The content type's charset, IANA's name in lower case.
    pub fn charset(&self) -> Option<Cow<'_, str>> {
        self.content_type.charset()
    }

    /// The parts of a multipart; none of a leaf.
    pub fn parts(&self) -> &[Part<'a>] {
        match &self.content {
            Content::Multipart(multipart) => &multipart.parts,
            _ => &[],
        }
    }

    /// The leaves below this part, depth first; a part that is no multipart is its own leaf. A PDU in a part is a
    /// leaf.
    pub fn leaves(&self) -> Vec<&Part<'a>> {
        let mut leaves = Vec::new();
        self.each_leaf(&mut |leaf| leaves.push(leaf));
        leaves
    }

    /// Tells of each of the [leaves](Self::leaves) in turn.
    pub fn each_leaf<'s>(&'s self, tell: &mut impl FnMut(&'s Part<'a>)) {
        match &self.content {
            Content::Multipart(multipart) => multipart.parts.iter().for_each(|part| part.each_leaf(tell)),
            Content::Leaf | Content::Pdu(_) => tell(self),
        }
    }

    /// The part that the start parameter names.
    pub fn start_part(&self) -> Option<&Part<'a>> {
        let start = bare_id(self.content_type.text_parameter("start")?);
        self.parts().iter().find(|part| {
            let names = [part.content_id(), part.content_location(), part.name()];
            names.iter().flatten().any(|name| bare_id(name) == start)
        })
    }

    /// The part with its content as its own, so that it can outlive what it was read from. Octets of its framing are
    /// not kept.
    pub(super) fn detached(self) -> Part<'static> {
        let content = self.content().to_vec();
        Part {
            offset: self.offset,
            lead: &[],
            content_type: self.content_type.detached(),
            content_type_raw: &[],
            headers: self.headers.into_iter().map(WspHeader::detached).collect(),
            gap: &[],
            data_offset: self.data_offset,
            data: &[],
            plain: Some(content),
            complete: self.complete,
            content: self.content.detached(),
            digest: self.digest,
        }
    }

    fn header(&self, code: u8, textual_name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| {
            let named = match header.code {
                Some(found) => found == code,
                None => header.name.eq_ignore_ascii_case(textual_name),
            };
            match &header.value {
                WspHeaderValue::Text(text) if named => Some(text.as_ref()),
                _ => None,
            }
        })
    }
}

/// An identifier without what some senders put around it.
fn bare_id(id: &str) -> &str {
    id.trim_matches(['"', '<', '>', ' '])
}
