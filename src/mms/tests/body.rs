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
