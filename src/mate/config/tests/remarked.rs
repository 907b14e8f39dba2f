//! What is remarked.

use super::*;

fn owned(expected: &[(u32, u32, &'static str, &str)]) -> Vec<(u32, u32, &'static str, String)> {
    let owned = |(line, column, kind, detail): &(u32, u32, &'static str, &str)| {
        (*line, *column, *kind, (*detail).to_owned())
    };
    expected.iter().map(owned).collect()
}

#[test]
fn attributes_that_nothing_sets_are_named_where_they_are_asked_for() {
    let never = "never_set";
    let expected = [
        (6, 23, never, "ue"),
        (18, 15, never, "http_rs"),
        (19, 16, never, "ue"),
    ];
    assert_eq!(remarks(MMS, DOCUMENTED), owned(&expected));
    assert_eq!(remarks(MMS, WIRESHARK), owned(&expected));
}

#[test]
fn a_gog_can_only_have_what_its_gops_have() {
    let text = "Transform t { Match (x) Insert (seen); };
Pdu p Proto udp Transport ip { Extract a From ip.src; Extract b From ip.dst; Extract c From ip.ttl; };
Gop g On p Match (a) { Start (c); Extra (b); };
Gog o { Member g (b); Member g (c); Member g (seen); Extra (a, d); Transform t; };";
    let expected = [
        (1, 22, "never_set", "x"),
        (4, 33, "never_set", "c"),
        (4, 64, "never_set", "d"),
    ];
    assert_eq!(remarks(text, DOCUMENTED), owned(&expected));
}

#[test]
fn the_criteria_are_about_the_pdu() {
    let text = "Pdu p Proto udp Transport ip { Extract a From ip.src; Criteria (b, a); };";
    assert_eq!(remarks(text, DOCUMENTED), owned(&[(1, 65, "never_set", "b")]));
}

#[test]
fn booleans_in_words_never_match_in_wireshark_4_0() {
    let text = "Transform t { Match (syn=\"True\") Insert (x); };
Pdu p Proto tcp Transport ip { Extract syn From tcp.flags.syn; Extract a From ip.src; Transform t; Criteria (a=\"True\"); };
Gop g On p Match (a) { Start (syn{\"1\"|\"false\"}); };";
    let expected = [
        (1, 22, "boolean_text", "syn=True"),
        (3, 31, "boolean_text", "syn{1|false}"),
    ];
    assert_eq!(remarks(text, WIRESHARK), owned(&expected));
}

#[test]
fn a_key_of_fewer_conditions_than_values_takes_all() {
    let text = "Pdu p Proto udp Transport ip { Extract a From ip.addr; Extract b From udp.port; Extract c From ip.src; };
Gop g On p Match (a, b, b, c) { };";
    assert_eq!(remarks(text, DOCUMENTED), owned(&[(2, 19, "key_takes_all", "a")]));
    assert!(remarks(text, WIRESHARK).is_empty());
}

#[test]
fn what_only_the_guide_allows_is_told() {
    let text = "Pdu Msg Proto mmse Transport ip { Extract t From mmse.message_type; LastExtracted FALSE; };
Gop G On Msg Match (t=0x80) { Start (t?); Stop (t=\"\"); };
Gog o { Member G (t); GopTree NoTree; };
Default { Pdu { LastPdu true; }; };";
    let found: Vec<(u32, u32, String)> = remarks(text, DOCUMENTED)
        .into_iter()
        .map(|(line, column, kind, detail)| {
            assert_eq!(kind, "wireshark_rejects");
            (line, column, detail)
        })
        .collect();
    let expected = [
        (1, 5, "Msg"),
        (1, 69, "LastExtracted"),
        (2, 5, "G"),
        (2, 10, "Msg"),
        (2, 23, "0x80"),
        (2, 39, "?"),
        (2, 51, "\"\""),
        (3, 16, "G"),
        (3, 31, "NoTree"),
        (4, 17, "LastPdu"),
    ];
    let expected: Vec<(u32, u32, String)> = expected
        .iter()
        .map(|(l, c, d)| (*l, *c, (*d).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn characters_that_wireshark_drops_are_told() {
    let text = "Pdu Pkt Proto udp Transport ip { Extract a From ip.src; };\nDone;\nGARBAGE";
    let expected = [
        (1, 5, "dropped_character", "P"),
        (3, 1, "dropped_character", "GARBAGE"),
    ];
    assert_eq!(remarks(text, WIRESHARK), owned(&expected));
}
