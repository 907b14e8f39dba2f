//! Bodies: binary and textual multiparts, nested ones, PDUs in parts, broken ones.

use super::*;

fn send_req(content_type_and_body: &str) -> Vec<u8> {
    hex(&format!(
        "8c80 98't'00 8d92 89 01 81 97'+1'00 84 {content_type_and_body}"
    ))
}

#[test]
fn a_part_with_its_headers() {
    let octets = send_req("a3 01 11 09 03 83 81 ea 8e'a.txt'00 c0 22'<a>'00 68656c6c6f20776170");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.anomalies, vec![]);
    let leaves = pdu.leaves();
    assert_eq!(leaves.len(), 1);
    let part = leaves[0];
    assert_eq!(part.content_type.media, "text/plain");
    assert_eq!(part.charset().as_deref(), Some("utf-8"));
    assert_eq!(part.content_location(), Some("a.txt"));
    assert_eq!(part.content_id(), Some("a"));
    assert_eq!(part.data, b"hello wap");
    assert!(part.complete);
    // SHA-256 of "hello wap", by sha256sum.
    assert_eq!(
        part.sha256()[..],
        hex("e118478f91e0943000eeb796916944b63923025a1286083447ed68507c946a48")
    );
}

#[test]
fn a_body_that_is_no_multipart_is_one_part() {
    let octets = send_req("03 83 81 ea'just text'");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.leaves()[0].data, b"just text");
    assert_eq!(pdu.anomalies, vec![]);
}

#[test]
fn line_ends_make_no_other_text_to_compare() {
    let compared = |octets: &str| {
        let octets = send_req(octets);
        decode(&octets, true).leaves()[0].comparable_digest()
    };
    let text = compared("83'one'0a'two'");
    for same in [
        "83'one'0d0a'two'",
        "83'one'0a'two'0d0a",
        "83'one'0d0a'two'0d0a0d0a",
    ] {
        assert_eq!(compared(same), text, "{same}");
    }
    for other in [
        "83'one'0d'two'",
        "83'onetwo'",
        "83'one'0a0a'two'",
        "9e'one'0d0a'two'",
    ] {
        assert_ne!(compared(other), text, "{other}");
    }
}

#[test]
fn the_number_of_parts_is_only_compared() {
    for (count, anomaly) in [("00", true), ("02", false), ("05", true), ("01", true)] {
        let octets = send_req(&format!(
            "a3 {count} 04 05 83 8e '1' 00 'first' 04 06 83 8e '2' 00 'second'"
        ));
        let pdu = decode(&octets, true);
        let data: Vec<_> = pdu.leaves().iter().map(|leaf| leaf.data.to_vec()).collect();
        assert_eq!(data, [b"first".to_vec(), b"second".to_vec()], "{count}");
        assert_eq!(
            kinds(&pdu).contains(&PduAnomalyKind::PartCountWrong),
            anomaly,
            "{count}"
        );
        assert!(!pdu.malformed);
    }
}

#[test]
fn octets_behind_the_last_part_are_no_part() {
    let pdu = send_req("a3 01 01 05 83 'first' 0d0a");
    let pdu = decode(&pdu, true);
    assert_eq!(pdu.leaves().len(), 1);
    assert_eq!(kinds(&pdu), [PduAnomalyKind::OctetsAfterLastPart]);
}

#[test]
fn a_part_that_exceeds_the_body_ends_where_it_ends() {
    let octets = send_req("a3 02 01 05 83 'first' 01 8f7f 83 'second'");
    let pdu = decode(&octets, true);
    let leaves = pdu.leaves();
    assert_eq!((leaves[0].complete, leaves[1].complete), (true, false));
    assert_eq!(leaves[1].data, b"second");
    assert_eq!(kinds(&pdu), [PduAnomalyKind::PartLengthExceedsBody]);
    assert!(pdu.malformed);
    let cut = decode(&octets, false);
    assert_eq!(kinds(&cut), [PduAnomalyKind::PduCutShort]);
    assert!(!cut.malformed && !cut.leaves()[1].complete);
}

#[test]
fn headers_beyond_their_length_cost_only_the_part() {
    // The content type of the first part claims nine octets of the three that the headers have.
    let octets = send_req("a3 02 03 05 09 83 81 'first' 01 06 83 'second'");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.leaves()[0].data, b"first");
    assert_eq!(pdu.leaves()[1].data, b"second");
    assert!(kinds(&pdu).contains(&PduAnomalyKind::PartHeadersTooShort));
}

#[test]
fn the_start_parameter_names_a_part() {
    let parts = "03 01 01 83 'a' 12 01 'application/smil' 00 83 'b' 07 01 83 c0 22 '<c>' 00 'c'";
    let start = |parameters: &str| {
        let octets = send_req(&format!("{parameters} {parts}"));
        let pdu = decode(&octets, true);
        let missing = kinds(&pdu).contains(&PduAnomalyKind::StartPartMissing);
        let part = pdu.body.as_ref().unwrap().start_part();
        (part.map(|part| part.data.to_vec()), missing)
    };
    assert_eq!(start("06 b3 8a '<c>' 00"), (Some(b"c".to_vec()), false));
    assert_eq!(start("04 b3 8a 'c' 00"), (Some(b"c".to_vec()), false));
    assert_eq!(start("04 b3 8a 'x' 00"), (None, true));
    assert_eq!(start("13 b3 89 'application/smil' 00"), (None, false));
    assert_eq!(start("b3"), (None, false));
}

#[test]
fn a_textual_multipart_is_taken_apart() {
    let mut octets = send_req("'multipart/mixed; boundary=\"b1\"' 00");
    octets.extend_from_slice(
        b"preamble\r\n--b1\r\nContent-Type: Text/Plain; charset=UTF-8;\r\n name=\"a.txt\"\r\nContent-ID: <a>\r\n\r\nhello\r\n\
          --b1\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\nContent-Location: p.gif\r\n\r\n\
          R0lG\r\n--b1--\r\nepilogue",
    );
    let pdu = decode(&octets, true);
    assert_eq!(pdu.anomalies, vec![]);
    let leaves = pdu.leaves();
    assert_eq!(leaves.len(), 2);
    assert_eq!(leaves[0].content_type.media, "text/plain");
    assert_eq!(leaves[0].charset().as_deref(), Some("utf-8"));
    assert_eq!(
        (leaves[0].name(), leaves[0].content_id()),
        (Some("a.txt"), Some("a"))
    );
    assert_eq!(leaves[0].content(), b"hello");
    assert_eq!(leaves[1].content_location(), Some("p.gif"));
    assert_eq!(leaves[1].content(), b"GIF");
    assert_eq!(leaves[1].data, b"R0lG");
}

#[test]
fn a_textual_multipart_without_its_end() {
    let mut octets = send_req("'multipart/mixed; boundary=b1' 00");
    octets.extend_from_slice(b"--b1\r\n\r\nhello");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.leaves()[0].content(), b"hello");
    assert_eq!(kinds(&pdu), [PduAnomalyKind::ClosingDelimiterMissing]);
    let cut = decode(&octets, false);
    assert!(!cut.leaves()[0].complete);
}

/// A multipart with the body given as its only part.
fn wrapped(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let mut octets = vec![1, 1];
    octets.extend([3, 2, 1].map(|place| 0x80 | (length >> (place * 7)) as u8));
    octets.push((length & 0x7f) as u8);
    octets.push(0xa3);
    octets.extend_from_slice(body);
    octets
}

#[test]
fn nesting_is_bounded() {
    let mut body = b"\x01\x01\x01\x83x".to_vec();
    for _ in 0..200 {
        body = wrapped(&body);
    }
    let octets = [send_req("a3"), body].concat();
    let pdu = decode(&octets, true);
    assert_eq!(kinds(&pdu), [PduAnomalyKind::PartsTooDeep]);
    assert_eq!(pdu.leaves().len(), 1);
}

#[test]
fn the_number_of_parts_and_headers_is_bounded() {
    let parts = [send_req("a3 8f ff ff ff 7f"), [1, 0, 0x83].repeat(100_000)].concat();
    let pdu = decode(&parts, true);
    assert_eq!(pdu.leaves().len(), MAX_PARTS);
    assert_eq!(kinds(&pdu), [PduAnomalyKind::PartsOverLimit]);

    let headers = [hex("8c80"), [0x8f, 0x80].repeat(100_000)].concat();
    let pdu = decode(&headers, true);
    assert_eq!(pdu.headers.headers.len(), MAX_HEADERS + 1);
    assert!(kinds(&pdu).contains(&PduAnomalyKind::RepeatedHeader));
    assert!(pdu.more_anomalies > 0);

    // PDUs in parts draw on the same stock of headers.
    let nested = [hex("8c93"), [0x8f, 0x80].repeat(9_000)].concat();
    let part = |body: &[u8]| {
        let mut part = wrapped(body)[1..].to_vec();
        part[5] = 0xbe;
        part
    };
    let pdu = [send_req("a3 02"), part(&nested), part(&nested)].concat();
    let pdu = decode(&pdu, true);
    let total: usize = pdu.nested_pdus().map(|nested| nested.headers.headers.len()).sum();
    assert!(total <= MAX_HEADERS + 1, "{total}");
}
