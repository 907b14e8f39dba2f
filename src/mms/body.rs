//! From octets to parts: binary multiparts (WAP-230-WSP section 8.5), nested ones, textual ones, PDUs in parts.
//! Each part is framed by its own lengths, so that a broken one costs only itself.

use std::borrow::Cow;

use crate::codec::{
    ContentType, Reader,
    content_type::ProblemKind,
    mime::{boundary, split},
    wsp,
    wsp_headers::{self, DEFAULT_PAGE, WspHeader},
};

use super::{
    anomaly::{Notes, PduAnomalyKind as Kind},
    decode,
    limits::Budget,
    mime,
    part::{Content, MMS_MESSAGE, Multipart, Part},
    value::problem_kind,
};

/// Parts that there is room for from the start, where so many are announced: more than most PDUs have.
const USUAL_PARTS: usize = 8;

/// The most headers that are read of one part.
const MAX_PART_HEADERS: usize = 64;

/// Reads the body of one PDU.
pub(super) struct BodyReader<'n> {
    pub(super) notes: &'n mut Notes,
    pub(super) budget: &'n mut Budget,
}

impl BodyReader<'_> {
    /// Reads a whole body, whose content type is a header of the PDU.
    pub(super) fn read<'a>(
        &mut self,
        content_type: ContentType<'a>,
        data: Reader<'a>,
        whole: bool,
        depth: usize,
    ) -> Part<'a> {
        let mut part = Part {
            offset: data.offset(),
            content_type,
            data_offset: data.offset(),
            data: data.rest(),
            complete: whole,
            ..Part::default()
        };
        part.content = self.content(&part, whole, depth);
        part
    }

    fn note(&mut self, kind: Kind, part: &'static str, offset: usize, detail: impl FnOnce() -> String) {
        self.notes.note(kind, Some(Cow::Borrowed(part)), offset, detail);
    }

    fn note_parts_over_limit(&mut self, offset: usize) {
        let limit = self.budget.limits.parts;
        self.note(Kind::PartsOverLimit, "body", offset, || {
            format!("more than {limit}")
        });
    }

    /// What the data of a part is made of.
    pub(super) fn content<'a>(&mut self, part: &Part<'a>, whole: bool, depth: usize) -> Content<'a> {
        let is_pdu = part.content_type.media == MMS_MESSAGE;
        let is_multipart = part.content_type.is_multipart();
        if !is_pdu && !is_multipart {
            return Content::Leaf;
        }
        let limits = self.budget.limits;
        if depth >= limits.depth {
            self.note(Kind::PartsTooDeep, "body", part.data_offset, || {
                format!("more than {}", limits.depth)
            });
            return Content::Leaf;
        }
        let data = Reader::with_base(part.data, part.data_offset);
        if is_pdu {
            let decoded = decode::nested(data, whole, depth.saturating_add(1), self.budget);
            return Content::Pdu(Box::new(decoded));
        }
        let multipart = match boundary(&part.content_type, part.data) {
            Some(boundary) => Some(self.textual(data, &boundary, whole, depth)),
            None => self.binary(data, whole, depth),
        };
        multipart.map_or(Content::Leaf, Content::Multipart)
    }

    /// What the data of a part is made of, its transfer coding undone: what is in a part that has one is copied.
    fn decoded_content<'a>(&mut self, part: &Part<'a>, depth: usize) -> Content<'a> {
        let Some(plain) = &part.plain else {
            return self.content(part, part.complete, depth);
        };
        let decoded = Part {
            content_type: part.content_type.clone(),
            data_offset: part.data_offset,
            data: plain,
            ..Part::default()
        };
        self.content(&decoded, part.complete, depth).detached()
    }

    /// A binary multipart: a number of parts, and the parts (section 8.5.1). None where not even the number can be
    /// read.
    fn binary<'a>(&mut self, mut reader: Reader<'a>, whole: bool, depth: usize) -> Option<Multipart<'a>> {
        let start = reader;
        let Ok(announced) = wsp::uintvar(&mut reader, "number of parts") else {
            if whole {
                self.note(Kind::MultipartUnreadable, "body", start.offset(), || {
                    "no number of parts".into()
                });
            }
            return None;
        };
        let mut multipart = Multipart {
            announced: Some(announced),
            preamble: between(&start, &reader),
            parts: Vec::with_capacity(USUAL_PARTS.min(announced as usize)),
            ..Multipart::default()
        };
        while !reader.is_empty() {
            if self.budget.parts == 0 {
                self.note_parts_over_limit(reader.offset());
                break;
            }
            let expected = (multipart.parts.len() as u64) < u64::from(announced);
            if !expected && announced > 0 && !begins_part(reader) {
                self.note(Kind::OctetsAfterLastPart, "body", reader.offset(), || {
                    format!("{} octets", reader.remaining())
                });
                break;
            }
            if !self.binary_part(&mut reader, whole, depth, &mut multipart.parts) {
                break;
            }
            self.budget.parts -= 1;
        }
        multipart.epilogue = reader.rest();
        let found = multipart.parts.len();
        if whole && self.budget.parts > 0 && announced as usize != found {
            self.note(Kind::PartCountWrong, "body", start.offset(), || {
                format!("{announced} announced, {found} there")
            });
        }
        Some(multipart)
    }

    /// Adds one part: two lengths, content type, headers, data (section 8.5.2). False where the lengths cannot be read.
    fn binary_part<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        whole: bool,
        depth: usize,
        parts: &mut Vec<Part<'a>>,
    ) -> bool {
        let start = *reader;
        let lengths = (
            wsp::uintvar(reader, "headers length"),
            wsp::uintvar(reader, "data length"),
        );
        let (Ok(headers_length), Ok(data_length)) = lengths else {
            if whole {
                self.note(Kind::PartLengthExceedsBody, "part", start.offset(), || {
                    "no lengths".into()
                });
            }
            *reader = start;
            return false;
        };
        let lead = between(&start, reader);
        let headers_offset = reader.offset();
        let headers = reader.take_up_to(headers_length as usize);
        let headers_whole = headers.len() == headers_length as usize;
        let part = parts.push_mut(Part {
            offset: start.offset(),
            lead,
            data_offset: reader.offset(),
            data: reader.take_up_to(data_length as usize),
            ..Part::default()
        });
        part.complete = headers_whole && part.data.len() == data_length as usize;
        if !part.complete && whole {
            let length = u64::from(headers_length).saturating_add(u64::from(data_length));
            self.note(Kind::PartLengthExceedsBody, "part", start.offset(), || {
                format!("{length} octets announced")
            });
        }
        self.part_headers(part, Reader::with_base(headers, headers_offset), headers_whole);
        part.content = self.content(part, whole && part.complete, depth.saturating_add(1));
        true
    }

    fn part_headers<'a>(&mut self, part: &mut Part<'a>, mut reader: Reader<'a>, whole: bool) {
        let start = reader;
        part.content_type = ContentType::read(&mut reader);
        part.content_type_raw = between(&start, &reader);
        if whole {
            self.content_type_problems(&part.content_type);
        }
        let mut page = DEFAULT_PAGE;
        while part.headers.len() < MAX_PART_HEADERS
            && let Some(header) = wsp_headers::read(&mut reader, &mut page)
        {
            if !header.well_formed && whole {
                self.unreadable_header(&header);
            }
            part.headers.push(header);
        }
        part.gap = reader.rest();
    }

    fn unreadable_header(&mut self, header: &WspHeader<'_>) {
        let name = Cow::Owned(header.name.clone().into_owned());
        self.notes
            .note(Kind::PartHeaderUndecodable, Some(name), header.offset, || {
                format!("{} octets", header.raw.len())
            });
    }

    fn content_type_problems(&mut self, content_type: &ContentType<'_>) {
        for problem in &content_type.problems {
            let kind = match problem.kind {
                ProblemKind::LengthExceedsBuffer => Kind::PartHeadersTooShort,
                other => problem_kind(other, false),
            };
            self.note(kind, "Content-Type", problem.offset, String::new);
        }
    }

    /// A textual multipart (RFC 2046 section 5.1), which some applications send under a binary type.
    fn textual<'a>(&mut self, data: Reader<'a>, boundary: &str, whole: bool, depth: usize) -> Multipart<'a> {
        let split = split(data.rest(), boundary, self.budget.parts);
        if whole && !split.closed {
            self.note(Kind::ClosingDelimiterMissing, "body", data.offset(), String::new);
        }
        self.budget.parts = self.budget.parts.saturating_sub(split.parts.len());
        if self.budget.parts == 0 {
            self.note_parts_over_limit(data.offset());
        }
        let last = split.parts.len().saturating_sub(1);
        let parts = split.parts.iter().enumerate().map(|(index, body)| {
            let mut part = mime::part(body, data.offset());
            part.complete = index != last || split.closed || whole;
            part.content = self.decoded_content(&part, depth.saturating_add(1));
            part
        });
        Multipart {
            announced: None,
            preamble: split.preamble,
            parts: parts.collect(),
            epilogue: split.epilogue,
        }
    }
}

/// Whether what lies there, beyond the number of parts announced, can be one more part.
fn begins_part(mut reader: Reader<'_>) -> bool {
    let lengths = (
        wsp::uintvar(&mut reader, "headers length"),
        wsp::uintvar(&mut reader, "data length"),
    );
    let (Ok(headers_length), Ok(data_length)) = lengths else {
        return false;
    };
    let length = u64::from(headers_length).saturating_add(u64::from(data_length));
    let headers = reader.rest().get(..headers_length as usize).unwrap_or_default();
    let content_type = ContentType::read(&mut Reader::new(headers));
    length <= reader.remaining() as u64
        && content_type.media.contains('/')
        && content_type.problems.is_empty()
}

fn between<'a>(start: &Reader<'a>, end: &Reader<'a>) -> &'a [u8] {
    let length = end.offset().saturating_sub(start.offset());
    start.rest().get(..length).unwrap_or_default()
}
