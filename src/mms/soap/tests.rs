//! | clause | test |
//! | --- | --- |
//! | 3GPP TS 23.140 section 8.7.9, a SubmitReq with content | `a_submission_is_read_whole` |
//! | SOAP 1.1 section 4.4, faults | `faults_tell_the_message_in_their_detail` |
//! | SOAP with attachments section 3, the root and references | `the_content_is_found`, `the_root_is_found` |
//! | XML 1.0 sections 2.4 to 2.7 and 4.1 | `values_are_what_the_markup_means` |
//! | XML 1.0 section 2.8 | `no_document_type_is_resolved` |

use proptest::prelude::*;

use super::{address::AddressKind, *};

/// The example of 3GPP TS 23.140 section 8.7.9.1, shortened, and an address more.
const SUBMISSION: &str = "<?xml version=\"1.0\"?><env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\">\
    <env:Header><mm7:TransactionID xmlns:mm7=\"http://www.3gpp.org/MM7\" env:mustUnderstand=\"1\">vas00001\n</mm7:TransactionID>\
    </env:Header><env:Body><mm7:SubmitReq xmlns:mm7='http://www.3gpp.org/MM7'><mm7:MM7Version>5.3.0</mm7:MM7Version>\
    <mm7:SenderIdentification><mm7:VASPID>TNN</mm7:VASPID><mm7:VASID>News</mm7:VASID></mm7:SenderIdentification>\
    <mm7:Recipients><mm7:To><mm7:Number>7255441234</mm7:Number>\
    <mm7:RFC2822Address displayOnly=\"true\">7255442222@OMMS.com</mm7:RFC2822Address></mm7:To>\
    <mm7:Cc><mm7:Number>7255443333</mm7:Number></mm7:Cc></mm7:Recipients>\
    <mm7:ServiceCode>gold-sp33-im42</mm7:ServiceCode><mm7:LinkedID>mms00016666</mm7:LinkedID>\
    <mm7:DeliveryReport>true</mm7:DeliveryReport><mm7:Subject>News for today</mm7:Subject>\
    <mm7:Content href=\"cid:SaturnPics-01020930@news.tnn.com\" allowAdaptations=\"true\"/></mm7:SubmitReq>\
    </env:Body></env:Envelope>";

fn read<'a>(bytes: &'a [u8], content_type: &str) -> Soap<'a> {
    decode(bytes, content_type, true, Limits::default()).unwrap()
}

fn xml(document: &str) -> Soap<'_> {
    read(document.as_bytes(), "text/xml")
}

fn fields<'s>(soap: &'s Soap<'_>) -> Vec<(&'s str, &'s str)> {
    let fields = soap.text.fields.iter();
    fields
        .map(|field| (field.name.as_ref(), field.value.as_ref()))
        .collect()
}

fn kinds(soap: &Soap<'_>) -> Vec<Kind> {
    soap.text.anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

fn body(message: &str) -> String {
    format!("<Envelope><Header><TransactionID>t</TransactionID></Header><Body>{message}</Body></Envelope>")
}

#[test]
fn a_submission_is_read_whole() {
    let soap = xml(SUBMISSION);
    assert_eq!(soap.pdu, Mm7Type::SubmitReq);
    let expected = [
        ("TransactionID", "vas00001"),
        ("MM7Version", "5.3.0"),
        ("SenderIdentification/VASPID", "TNN"),
        ("SenderIdentification/VASID", "News"),
        ("Recipients/To/Number", "7255441234"),
        ("Recipients/To/RFC2822Address@displayOnly", "true"),
        ("Recipients/To/RFC2822Address", "7255442222@OMMS.com"),
        ("Recipients/Cc/Number", "7255443333"),
        ("ServiceCode", "gold-sp33-im42"),
        ("LinkedID", "mms00016666"),
        ("DeliveryReport", "true"),
        ("Subject", "News for today"),
        ("Content@href", "cid:SaturnPics-01020930@news.tnn.com"),
        ("Content@allowAdaptations", "true"),
    ];
    assert_eq!(fields(&soap), expected);
    let to: Vec<_> = soap
        .to()
        .map(|address| (address.kind, address.text, address.display_only))
        .collect();
    assert_eq!(
        to,
        [
            (AddressKind::Number, "7255441234", false),
            (AddressKind::Rfc2822Address, "7255442222@OMMS.com", true),
        ]
    );
    assert_eq!(soap.cc().count(), 1);
    assert_eq!(soap.application(), (Some("TNN"), Some("News")));
    assert_eq!(
        (soap.version(), soap.linked_id()),
        (Some("5.3.0"), Some("mms00016666"))
    );
    assert_eq!(
        (soap.flag("DeliveryReport"), soap.flag("ReadReply")),
        (Some(true), None)
    );
    assert_eq!((soap.sender(), soap.status()), (None, None));
    assert_eq!(kinds(&soap), [Kind::ContentMissing]);
    let subject = soap
        .text
        .fields
        .iter()
        .find(|field| field.name == "Subject")
        .unwrap();
    assert_eq!(subject.raw, b"<mm7:Subject>News for today</mm7:Subject>");
    let there = SUBMISSION.get(subject.offset..).unwrap();
    assert!(there.starts_with("<mm7:Subject>"));
}

#[test]
fn every_message_is_told_by_its_element() {
    for pdu in Mm7Type::ALL {
        let words = pdu.name().trim_start_matches("mm7-").split('-');
        let element: String = words.collect();
        if *pdu == Mm7Type::SoapFault {
            continue;
        }
        let document = body(&format!("<x:{element}/>"));
        assert_eq!(xml(&document).pdu, *pdu);
        let known = crate::codec::soap::message(element.as_bytes()).unwrap();
        assert_eq!(Mm7Type::of_element(known).as_ref(), Some(pdu));
    }
    assert_eq!(xml(&body("<SubmitRes/>")).pdu, Mm7Type::SubmitRsp);
}

#[test]
fn faults_tell_the_message_in_their_detail() {
    let fault = |detail: &str| {
        body(&format!(
            "<Fault><faultcode>env:Client</faultcode><faultstring>Client error</faultstring>{detail}</Fault>"
        ))
    };
    let document = fault(
        "<detail><RSErrorRsp xmlns='x'><MM7Version>6.8.0</MM7Version><Status><StatusCode>4004</StatusCode>\
         <StatusText>no recipient</StatusText></Status></RSErrorRsp></detail><more/>",
    );
    let soap = xml(&document);
    assert_eq!(soap.pdu, Mm7Type::RsErrorRsp);
    assert_eq!(soap.status(), Some(StatusCode(4004)));
    assert_eq!(soap.status_text(), Some("no recipient"));
    assert_eq!(soap.status().unwrap().name(), Some("validation-error"));
    let names: Vec<_> = fields(&soap).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "TransactionID",
            "faultcode",
            "faultstring",
            "MM7Version",
            "Status/StatusCode",
            "Status/StatusText",
            "more",
        ]
    );
    let document = fault("<detail><VASPErrorRsp/></detail>");
    assert_eq!(xml(&document).pdu, Mm7Type::VaspErrorRsp);
    let document = fault("<detail><trace>at line 1</trace></detail>");
    let soap = xml(&document);
    assert_eq!((soap.pdu, soap.status()), (Mm7Type::SoapFault, None));
    assert_eq!(soap.status_text(), Some("Client error"));
    assert!(fields(&soap).contains(&("detail/trace", "at line 1")));
}

#[test]
fn values_are_what_the_markup_means() {
    let document = body(
        "<SubmitReq a='&#x41;&quot;'><!-- x --><Subject> <![CDATA[<b>]]> &lt;&#228;&amp;<!-- no -->x\n</Subject>\
         <Empty/><Mixed>one<In> two </In></Mixed><?pi x?></SubmitReq>",
    );
    let soap = xml(&document);
    let expected = [
        ("TransactionID", "t"),
        ("@a", "A\""),
        ("Subject", "<b> <ä&x"),
        ("Empty", ""),
        ("Mixed/In", "two"),
        ("Mixed", "one"),
    ];
    assert_eq!(fields(&soap), expected);
    assert_eq!(kinds(&soap), []);
}

#[test]
fn what_lies_before_a_fault_of_the_xml_is_kept() {
    for (wrong, left) in [
        ("<SubmitReq><Subject>A</Subject><x></y></SubmitReq>", 2),
        (
            "<SubmitReq><Subject>A</Subject>&nbsp;<Priority>High</Priority></SubmitReq>",
            2,
        ),
        ("<SubmitReq><Subject>A</Subject><x a=&quot;b/></SubmitReq>", 2),
        ("<SubmitReq><Subject>A & B</Subject></SubmitReq>", 1),
        ("<SubmitReq><Subject>A</Subject>", 2),
    ] {
        let document = body(wrong);
        let soap = xml(&document);
        assert_eq!(fields(&soap).len(), left, "{wrong}");
        assert!(soap.text.malformed, "{wrong}");
        assert_eq!(kinds(&soap).first(), Some(&Kind::XmlUnreadable), "{wrong}");
    }
}

#[test]
fn no_document_type_is_resolved() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;\">\
        <!ENTITY secret SYSTEM \"file:///etc/passwd\">]>";
    let document = format!(
        "{bomb}{}",
        body("<SubmitReq><Priority>Low</Priority><Subject>&lol1;&secret;</Subject></SubmitReq>")
    );
    let soap = xml(&document);
    assert_eq!(kinds(&soap), [Kind::DocumentTypeRefused, Kind::XmlUnreadable]);
    assert_eq!(fields(&soap).last(), Some(&("Priority", "Low")));
}

#[test]
fn depth_size_and_number_of_elements_are_bounded() {
    let deep = body(&format!("<SubmitReq>{}", "<a>".repeat(100_000)));
    assert_eq!(kinds(&xml(&deep)), [Kind::XmlOverLimit]);
    let many = body(&format!("<SubmitReq>{}</SubmitReq>", "<a/>".repeat(100_000)));
    let soap = xml(&many);
    assert_eq!(kinds(&soap), [Kind::XmlOverLimit]);
    assert!(soap.text.fields.len() < 20_000);
    let attributes: String = (0..100_000).map(|number| format!(" a{number}=''")).collect();
    let wide = body(&format!("<SubmitReq{attributes}/>"));
    assert_eq!(kinds(&xml(&wide)), [Kind::XmlOverLimit]);
    let long = body(&format!("<SubmitReq><{}/>", "n".repeat(100_000)));
    assert_eq!(kinds(&xml(&long)), [Kind::XmlOverLimit]);
    let subject = "s".repeat(100_000);
    let large = body(&format!(
        "<SubmitReq><Subject>{subject}</Subject><Priority>Low</Priority></SubmitReq>"
    ));
    let soap = xml(&large);
    assert_eq!(kinds(&soap), [Kind::TextOverLimit]);
    assert_eq!(soap.text.field("Priority"), Some("Low"));
    let blanks = body(&format!("<SubmitReq>{}</SubmitReq>", " ".repeat(5 << 20)));
    assert_eq!(kinds(&xml(&blanks)), [Kind::XmlOverLimit]);
}

/// A multipart with these parts, each its header fields and content.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (fields, content) in parts {
        octets.extend_from_slice(format!("--b\r\n{fields}\r\n\r\n").as_bytes());
        octets.extend_from_slice(content);
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b"--b--\r\n");
    octets
}

const REFERRING: &str = "<Envelope><Header><TransactionID>t</TransactionID></Header><Body><SubmitReq>\
    <Content href='cid:c%40x'/></SubmitReq></Body></Envelope>";
const RELATED: &str = "multipart/related; boundary=b; start=\"<r>\"; type=\"text/xml\"";

fn leaves(soap: &Soap<'_>) -> Vec<(String, Vec<u8>)> {
    let leaves = soap.leaves().into_iter();
    leaves
        .map(|leaf| (leaf.content_type.media.to_string(), leaf.content().to_vec()))
        .collect()
}

#[test]
fn the_content_is_found() {
    let root = ("Content-Type: text/xml\r\nContent-ID: <r>", REFERRING.as_bytes());
    let picture = ("image/jpeg".to_owned(), b"\xff\xd8".to_vec());
    let text = ("text/plain".to_owned(), b"Hi".to_vec());
    // One object.
    let octets = package(&[
        root,
        ("Content-Type: image/jpeg\r\nContent-ID: <c@x>", b"\xff\xd8"),
    ]);
    let soap = read(&octets, RELATED);
    assert_eq!((leaves(&soap), kinds(&soap)), (vec![picture.clone()], vec![]));
    // A multipart, plain and in base64 as a whole.
    let inner = b"--i\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--i\r\nContent-Type: text/plain\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nSGk=\r\n--i--\r\n";
    let coded = data_encoding::BASE64.encode(inner);
    let fields = "Content-Type: multipart/mixed; boundary=i\r\nContent-ID: <c@x>";
    let coded_fields = format!("{fields}\r\nContent-Transfer-Encoding: base64");
    for (fields, content) in [(fields, &inner[..]), (&coded_fields, coded.as_bytes())] {
        let octets = package(&[root, (fields, content), ("Content-ID: <other>", b"")]);
        assert_eq!(leaves(&read(&octets, RELATED)), [picture.clone(), text.clone()]);
    }
    // Parts without a multipart around them, whether one of them is referred to or none.
    let octets = package(&[
        root,
        ("Content-Type: image/jpeg\r\nContent-ID: <c@x>", b"\xff\xd8"),
        ("Content-Type: text/plain", b"Hi"),
    ]);
    assert_eq!(leaves(&read(&octets, RELATED)), [picture.clone(), text.clone()]);
    // A PDU of MM1: its parts.
    let pdu = [&b"\x8c\x80\x98t\0\x8d\x90\x84\x9e"[..], b"\xff\xd8"].concat();
    let octets = package(&[
        root,
        (
            "Content-Type: application/vnd.wap.mms-message\r\nContent-ID: c@x",
            &pdu,
        ),
    ]);
    assert_eq!(leaves(&read(&octets, RELATED)), [picture]);
}

#[test]
fn the_root_is_found() {
    let root = ("Content-Type: text/xml\r\nContent-ID: <r>", REFERRING.as_bytes());
    let content = ("Content-Type: text/plain\r\nContent-ID: <c@x>", &b"Hi"[..]);
    for (parts, content_type) in [
        ([content, root], RELATED),
        ([root, content], "multipart/related; boundary=b"),
        ([content, root], "multipart/related; boundary=b; start=\"<none>\""),
        ([root, content], "multipart/mixed"),
    ] {
        let octets = package(&parts);
        let soap = read(&octets, content_type);
        assert_eq!(
            (soap.pdu, soap.leaves().len()),
            (Mm7Type::SubmitReq, 1),
            "{content_type}"
        );
    }
    let none = package(&[content, content]);
    assert!(decode(&none, RELATED, true, Limits::default()).is_none());
}

#[test]
fn every_encoding_reads_alike() {
    let document = body("<SubmitReq><Subject>Grüße</Subject></SubmitReq>");
    let wide: Vec<u8> = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe], &wide[..]].concat();
    let latin: Vec<u8> = document.chars().map(|character| character as u8).collect();
    for (octets, content_type) in [
        (document.as_bytes(), "text/xml; charset=utf-8"),
        (&wide, "text/xml; charset=\"utf-16\""),
        (&marked, "text/xml"),
        (&latin, "application/soap+xml; charset=iso-8859-1"),
    ] {
        let soap = read(octets, content_type);
        assert_eq!(soap.text.field("Subject"), Some("Grüße"), "{content_type}");
        assert!(kinds(&soap).is_empty(), "{:?}", kinds(&soap));
    }
    assert_eq!(kinds(&read(&latin, "text/xml")), [Kind::TextWithoutCharset]);
}

#[test]
fn a_document_that_is_cut_short_is_not_malformed() {
    for end in 400..SUBMISSION.len() - 1 {
        let soap = decode(
            &SUBMISSION.as_bytes()[..end],
            "text/xml",
            false,
            Limits::default(),
        )
        .unwrap();
        assert!(!soap.text.malformed, "{end}: {:?}", soap.text.anomalies);
    }
}

proptest! {
    #[test]
    fn any_octets_are_read(start in 0..SUBMISSION.len(), octets in prop::collection::vec(any::<u8>(), 0..40), whole: bool) {
        let mut changed = SUBMISSION.as_bytes().to_vec();
        let end = (start + octets.len()).min(changed.len());
        changed.splice(start..end, octets);
        decode(&changed, "text/xml", whole, Limits::default());
        decode(&changed, "multipart/related", whole, Limits::default());
    }

    #[test]
    fn what_is_written_is_read(values in prop::collection::vec("[^\\p{C}\\p{Z}]{1,20}", 0..20)) {
        let elements: String = values
            .iter()
            .map(|value| format!("<v>{}</v>", quick_xml::escape::escape(value.as_str())))
            .collect();
        let document = body(&format!("<ns:SubmitReq>{elements}</ns:SubmitReq>"));
        let soap = xml(&document);
        let read: Vec<_> = soap.text.all("v").collect();
        prop_assert_eq!(read, values);
    }
}
