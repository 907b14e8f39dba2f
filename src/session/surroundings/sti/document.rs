//! Documents of STI (OMA-TS-STI V1.0): which request, and how it went. Names count, prefixes and namespaces do not. Nothing
//! is resolved that a document does not hold.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use smallvec::SmallVec;

use crate::codec::soap::local_name;

/// Elements within elements that are followed; the deepest of STI's own lies at eight.
const DEPTH: usize = 64;

/// Octets of a document that are read: what of it is of interest lies before, or between, descriptions of media.
const DOCUMENT_OCTETS: usize = 1 << 20;

/// Octets of an identifier that are kept.
const IDENTIFIER_OCTETS: usize = 256;

/// Jobs whose results are kept; a message has a handful of parts.
const JOBS: usize = 64;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Kind {
    /// TranscodingRequest.
    Request,
    /// TranscodingResponse, perhaps within a fault.
    Response,
    /// A fault of SOAP without one.
    Fault,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Document {
    pub(in crate::session) kind: Kind,
    /// originatorID; empty where there is none.
    pub(in crate::session) originator: String,
    /// operationID; empty where there is none.
    pub(in crate::session) operation: String,
    /// returnCode of the response's mainReturnResult.
    code: Option<u16>,
    /// The same of each job.
    jobs: SmallVec<[u16; 4]>,
}

impl Document {
    /// The return code that says how the whole went: the response's own, or where that is one of information or warning
    /// and every job failed, the first job's.
    pub(in crate::session) fn return_code(&self) -> Option<u16> {
        let failed = |code: &u16| *code >= 4000;
        let all_failed = !self.jobs.is_empty() && self.jobs.iter().all(failed);
        match self.code {
            Some(1000..3000) if all_failed => self.jobs.first().copied(),
            code => code,
        }
    }
}

/// Reads a document as far as it is well-formed; none where it is none of STI and no fault.
pub(in crate::session) fn read(octets: &[u8]) -> Option<Document> {
    let octets = octets.get(..DOCUMENT_OCTETS).unwrap_or(octets);
    let mut walk = Walk::default();
    let mut reader = Reader::from_reader(octets);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) if walk.open.len() == DEPTH => drop(tag),
            Event::Start(tag) => walk.start(&tag),
            Event::End(_) => walk.end(),
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.text(&text),
            Event::Eof => break,
            _ => {}
        }
        if walk.open.len() == DEPTH {
            break;
        }
    }
    walk.document()
}

/// An element that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Fault,
    Request,
    Response,
    Job,
    Result,
    Originator,
    Operation,
    Code,
    Other,
}

impl Element {
    fn of(name: &[u8]) -> Self {
        match name {
            b"Fault" => Self::Fault,
            b"TranscodingRequest" => Self::Request,
            b"TranscodingResponse" => Self::Response,
            b"jobResult" => Self::Job,
            b"mainReturnResult" => Self::Result,
            b"originatorID" => Self::Originator,
            b"operationID" => Self::Operation,
            b"returnCode" => Self::Code,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Default)]
struct Walk {
    open: Vec<Element>,
    /// The characters of the element at hand.
    text: String,
    fault: bool,
    kind: Option<Kind>,
    originator: String,
    operation: String,
    code: Option<u16>,
    jobs: SmallVec<[u16; 4]>,
}

impl Walk {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let element = Element::of(local_name(tag.name().as_ref()));
        match element {
            Element::Fault => self.fault = true,
            Element::Request => self.kind = self.kind.or(Some(Kind::Request)),
            Element::Response => self.kind = self.kind.or(Some(Kind::Response)),
            _ => {}
        }
        self.open.push(element);
        self.text.clear();
    }

    fn text(&mut self, octets: &[u8]) {
        let wanted = matches!(
            self.open.last(),
            Some(Element::Originator | Element::Operation | Element::Code)
        );
        if wanted && self.text.len() < IDENTIFIER_OCTETS {
            let room = IDENTIFIER_OCTETS.saturating_sub(self.text.len());
            let kept = octets.get(..room).unwrap_or(octets);
            self.text.push_str(&String::from_utf8_lossy(kept));
        }
    }

    fn end(&mut self) {
        let text = self.text.trim();
        match *self.open.as_slice() {
            [.., Element::Request | Element::Response, Element::Originator] => {
                self.originator = text.to_owned();
            }
            [.., Element::Request | Element::Response, Element::Operation] => {
                self.operation = text.to_owned();
            }
            [.., Element::Response, Element::Result, Element::Code] => self.code = text.parse().ok(),
            [.., Element::Job, Element::Result, Element::Code] if self.jobs.len() < JOBS => {
                self.jobs.extend(text.parse().ok());
            }
            _ => {}
        }
        self.open.pop();
        self.text.clear();
    }

    fn document(self) -> Option<Document> {
        Some(Document {
            kind: self.kind.or(self.fault.then_some(Kind::Fault))?,
            originator: self.originator,
            operation: self.operation,
            code: self.code,
            jobs: self.jobs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A response of the schema OMA-SUP-XSD_STI-V1_0 with this return code and those of its jobs.
    fn response(code: &str, jobs: &[&str]) -> String {
        let result = |code: &str| {
            format!("<s:mainReturnResult><s:returnCode>{code}</s:returnCode></s:mainReturnResult>")
        };
        let jobs: String = jobs
            .iter()
            .map(|code| format!("<s:jobResult><s:jobID>1</s:jobID>{}</s:jobResult>", result(code)))
            .collect();
        format!(
            "<e:Envelope><e:Body><s:TranscodingResponse><s:originatorID> mmsc </s:originatorID>\
            <s:operationID>op-1</s:operationID>{}{jobs}</s:TranscodingResponse></e:Body></e:Envelope>",
            result(code)
        )
    }

    fn code(document: &str) -> Option<u16> {
        read(document.as_bytes()).unwrap().return_code()
    }

    #[test]
    fn a_request_names_who_asks_for_which_operation() {
        let document = "<?xml version=\"1.0\"?><Envelope><Body><TranscodingRequest xmlns='x'>\
            <originatorID>mmsc</originatorID><operationID><![CDATA[op-1]]></operationID>\
            <transcodingJob><jobID>1</jobID><source><originatorID>no</originatorID></source></transcodingJob>\
            </TranscodingRequest></Body></Envelope>";
        let request = read(document.as_bytes()).unwrap();
        assert_eq!(request.kind, Kind::Request);
        assert_eq!(
            (request.originator.as_str(), request.operation.as_str()),
            ("mmsc", "op-1")
        );
        assert_eq!(request.return_code(), None);
    }

    #[test]
    fn a_response_says_how_it_went_unless_all_of_its_jobs_failed() {
        let whole = read(response("2000", &["2000"]).as_bytes()).unwrap();
        assert_eq!(whole.kind, Kind::Response);
        assert_eq!(
            (whole.originator.as_str(), whole.return_code()),
            ("mmsc", Some(2000))
        );
        assert_eq!(code(&response("2001", &["5007", "4006"])), Some(5007));
        assert_eq!(code(&response("2001", &["2000", "5007"])), Some(2001));
        assert_eq!(code(&response("5009", &["5007"])), Some(5009));
        assert_eq!(code(&response("2001", &[])), Some(2001));
        assert_eq!(code(&response("none", &["5007"])), None);
    }

    #[test]
    fn a_fault_may_hold_a_response() {
        let inner = response("5013", &[]);
        let inner = inner
            .trim_start_matches("<e:Envelope><e:Body>")
            .trim_end_matches("</e:Body></e:Envelope>");
        let fault = |detail: &str| {
            format!("<Envelope><Body><Fault><detail>{detail}</detail></Fault></Body></Envelope>")
        };
        let with = read(fault(inner).as_bytes()).unwrap();
        assert_eq!((with.kind, with.return_code()), (Kind::Response, Some(5013)));
        let without = read(fault("").as_bytes()).unwrap();
        assert_eq!((without.kind, without.return_code()), (Kind::Fault, None));
    }

    #[test]
    fn what_is_cut_or_nested_without_end_is_read_as_far_as_it_goes() {
        let document = response("2000", &["2000"]);
        let cut = read(&document.as_bytes()[..document.find("<s:jobResult").unwrap()]).unwrap();
        assert_eq!(cut.return_code(), Some(2000));
        assert_eq!(read(b"<Envelope><Body><SubmitReq/></Body></Envelope>"), None);
        let deep = format!("{}<TranscodingRequest>", "<a>".repeat(100_000));
        assert_eq!(read(deep.as_bytes()), None);
        let long = format!(
            "<TranscodingRequest><operationID>{}</operationID>",
            "é".repeat(10_000)
        );
        assert!(read(long.as_bytes()).unwrap().operation.len() <= IDENTIFIER_OCTETS + 2);
    }

    proptest! {
        #[test]
        fn whatever_the_octets(change in proptest::collection::vec((0_usize..400, any::<u8>()), 0..8)) {
            let mut octets = response("2001", &["5007"]).into_bytes();
            for (at, octet) in change {
                if let Some(place) = octets.get_mut(at) {
                    *place = octet;
                }
            }
            if let Some(document) = read(&octets) {
                prop_assert!(document.originator.len() + document.operation.len() <= 4 * octets.len());
            }
        }
    }
}
