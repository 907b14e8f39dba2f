//! Octets checked by hand against WAP-230-WSP section 8.4.2.24.

use super::*;
use proptest::prelude::*;

fn read(octets: &[u8]) -> (ContentType<'_>, usize) {
    let mut reader = Reader::new(octets);
    let content_type = ContentType::read(&mut reader);
    (content_type, reader.remaining())
}

#[test]
fn one_octet_and_text() {
    assert_eq!(
        read(&[0xb3, 0xff]).0.media,
        "application/vnd.wap.multipart.related"
    );
    let (amr, left) = read(b"audio/AMR\0\x01");
    assert_eq!((amr.media.as_ref(), amr.code, left), ("audio/amr", None, 1));
}

#[test]
fn parameters_in_both_encodings() {
    // As phones write it: type and start of a multipart/related.
    let (related, left) = read(b"\x1b\xb3\x8a<smil>\0\x89application/smil\0");
    assert_eq!(left, 0);
    assert_eq!(related.text_parameter("start"), Some("<smil>"));
    assert_eq!(related.text_parameter("type"), Some("application/smil"));
    assert_eq!(related.problems, vec![]);
    let (named, _) = read(b"\x16\x9eNAME\0\"a b.jpg\"\0size\0\x83");
    assert_eq!(named.text_parameter("name"), Some("a b.jpg"));
    assert_eq!(named.parameter("size"), Some(&ParameterValue::Integer(3)));
}

#[test]
fn charsets_by_number_and_by_name() {
    assert_eq!(read(b"\x03\x83\x81\xea").0.charset().as_deref(), Some("utf-8"));
    assert_eq!(
        read(b"\x05\x83\x81\x02\x03\xe8").0.charset().as_deref(),
        Some("iso-10646-ucs-2")
    );
    assert_eq!(read(b"\x08\x83\x81UTF-8\0").0.charset().as_deref(), Some("utf-8"));
    assert_eq!(
        read(b"\x05\x83\x81\x02\x27\x10").0.charset().as_deref(),
        Some("mibenum-10000")
    );
    assert_eq!(
        read(b"text/plain; charset=\"UTF-8\"; name=a\0")
            .0
            .charset()
            .as_deref(),
        Some("utf-8")
    );
}

#[test]
fn every_well_known_parameter_is_passed_over_exactly() {
    for (octets, expected) in [
        (&b"\x83\x80\x0b"[..], ParameterValue::Quality(100)),
        (b"\x83\x80\x83\x31", ParameterValue::Quality(333)),
        (b"\x83\x82\x91", ParameterValue::Integer(0x11)),
        (b"\x83\x87\x8e", ParameterValue::Integer(0x0e)),
        (b"\x83\x88\x83", ParameterValue::Integer(3)),
        (
            b"\x83\x89\x9e",
            ParameterValue::Media {
                code: 0x1e,
                name: Some("image/jpeg"),
            },
        ),
        (b"\x83\x8e\x02\x01\x00", ParameterValue::Integer(256)),
        (b"\x83\x90\x00", ParameterValue::Present),
        (b"\x83\x93\x04\x5f\0\0\0", ParameterValue::Integer(0x5f00_0000)),
        (b"\x83\x97\x00", ParameterValue::Text("".into())),
        (b"\x83\x99\"x\0", ParameterValue::Text("x".into())),
        (b"\x83\x84\x02\x01\x02", ParameterValue::Octets(&[1, 2])),
    ] {
        let mut framed = vec![u8::try_from(octets.len() + 2).unwrap()];
        framed.extend_from_slice(octets);
        framed.extend_from_slice(b"\x81\xea");
        let (content_type, left) = read(&framed);
        assert_eq!(left, 0);
        assert_eq!(content_type.parameters[0].value, expected, "{octets:x?}");
        assert_eq!(
            content_type.charset().as_deref(),
            Some("utf-8"),
            "after {octets:x?}"
        );
    }
}

#[test]
fn what_is_wrong_is_listed_and_the_rest_kept() {
    let kinds = |octets| read(octets).0.problems.iter().map(|p| p.kind).collect::<Vec<_>>();
    assert_eq!(kinds(b"\x09\x83"), [ProblemKind::LengthExceedsBuffer]);
    assert_eq!(kinds(b"\xff"), [ProblemKind::UnknownMedia]);
    assert_eq!(kinds(b"\x04\x83\x85ab"), [ProblemKind::Unterminated]);
    assert_eq!(kinds(b"\x03\x83\xd5\x81"), [ProblemKind::UnknownParameter]);
    assert_eq!(kinds(b"\x00"), [ProblemKind::WrongForm]);
    assert_eq!(kinds(b""), [ProblemKind::WrongForm]);
}

#[test]
fn mime_form() {
    let html = ContentType::from_mime("Text/HTML; charset=UTF-8; name=\"a;b.html\"");
    assert_eq!(html.media, "text/html");
    assert_eq!(html.text_parameter("name"), Some("a;b.html"));
    assert!(ContentType::from_mime("multipart/related; boundary=x").is_multipart());
}

proptest! {
    #[test]
    fn any_octets_give_a_content_type(octets in prop::collection::vec(any::<u8>(), 0..96)) {
        let (content_type, _) = read(&octets);
        prop_assert!(content_type.parameters.len() <= MAX_PARAMETERS);
    }
}
