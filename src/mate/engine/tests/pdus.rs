//! Pdus: what they see of their frames, and how conditions and Transforms work on them.

use super::table::{Told, run};
use crate::mate::catalogue::FieldId;
use crate::mate::engine::Reason;

/// What Pdus look like.
fn pdus(configuration: &str, table: &[&str]) -> Vec<String> {
    run(configuration, table).pdu_lines()
}

/// The attributes of the one Pdu of a frame with these values of `a` (`udp.port`) and `b` (`ip.ttl`), behind a Transform.
fn transformed(transform: &str, fields: &str) -> String {
    let configuration = format!(
        "Transform t {{ {transform} }};
         Pdu p Proto udp Transport ip {{ Extract a From udp.port; Extract b From ip.ttl; Transform t; }};"
    );
    let (udp, ip): (Vec<&str>, Vec<&str>) = fields.split(' ').partition(|field| field.starts_with('a'));
    let field = |fields: Vec<&str>| {
        fields
            .join(" ")
            .replace("a=", "udp.port=")
            .replace("b=", "ip.ttl=")
    };
    let line = format!("0 | ip {} | udp {}", field(ip), field(udp));
    let told = run(&configuration, &[&line]);
    told.pairs(&told.pdus[0].attributes)
}

/// Whether `Criteria` takes a Pdu with these values of `a` and `b`.
fn takes(criteria: &str, fields: &str) -> bool {
    let field = fields.replace("a=", "udp.port=").replace("b=", "udp.length=");
    let configuration = format!(
        "Pdu p Proto udp Transport ip {{ Extract a From udp.port; Extract b From udp.length; Criteria {criteria}; }};"
    );
    !run(&configuration, &[&format!("0 | udp {field}")])
        .pdus
        .is_empty()
}

#[test]
fn transports_are_the_nearest_layers_below_in_their_order() {
    let table =
        ["0 | ip ip.src=outer | udp udp.port=1 | gtp | ip ip.src=inner | tcp tcp.port=2 | http http.host=h"];
    let of = |transports: &str| {
        let configuration = format!(
            "Pdu p Proto http Transport {transports} {{ Extract ip From ip.src; Extract t From tcp.port;
             Extract u From udp.port; }};"
        );
        pdus(&configuration, &table).remove(0)
    };
    assert_eq!(of("tcp/ip"), "p1@1: ip=inner t=2");
    assert_eq!(of("tcp/ip/ip"), "p1@1: ip=inner,outer t=2");
    assert_eq!(of("ip/ip"), "p1@1: ip=inner,outer");
    assert_eq!(
        of("sctp/ip"),
        "p1@1: ip=inner",
        "a name that is not found is skipped"
    );
    assert_eq!(of("ip/tcp"), "p1@1: ip=inner", "tcp is not below ip");
    assert_eq!(of("mate"), "p1@1: ");
}

#[test]
fn a_message_sees_what_it_carries_and_a_transport_its_own_fields_only() {
    let table = ["0 | ip ip.ttl=1 | tcp tcp.port=2 | http http.host=h | mmse mmse.to=t"];
    let of = |proto: &str| {
        let configuration = format!(
            "Pdu p Proto {proto} Transport mate {{ Extract ttl From ip.ttl; Extract port From tcp.port;
             Extract host From http.host; Extract to From mmse.to; Extract layer From mmse; }};"
        );
        pdus(&configuration, &table).remove(0)
    };
    assert_eq!(of("mmse"), "p1@1: layer= to=t");
    assert_eq!(of("http"), "p1@1: host=h layer= to=t");
    assert_eq!(of("tcp"), "p1@1: host=h layer= port=2 to=t");
    assert_eq!(of("ip"), "p1@1: ttl=1");
}

#[test]
fn a_payload_is_the_first_layer_of_its_name_and_what_that_carries() {
    let table = ["0 | udp | wsp wsp.uri=one | mmse mmse.to=first | <0 wsp wsp.uri=two | mmse mmse.to=second"];
    let of = |payload: &str| {
        let configuration = format!(
            "Pdu p Proto udp Transport mate {{ Payload {payload}; Extract uri From wsp.uri; Extract to From mmse.to; }};"
        );
        pdus(&configuration, &table).remove(0)
    };
    assert_eq!(of("mmse"), "p1@1: to=first");
    assert_eq!(of("wsp"), "p1@1: to=first uri=one");
    assert_eq!(of("wsp/mmse"), "p1@1: to=first uri=one");
    assert_eq!(of("http"), "p1@1: ");
}

#[test]
fn two_messages_of_a_frame_never_see_each_other() {
    let table =
        ["0 | tcp tcp.port=1 | http http.host=a | mmse mmse.to=x | <0 http http.host=b | mmse mmse.to=y"];
    let configuration =
        "Pdu p Proto http Transport tcp { Extract port From tcp.port; Extract host From http.host;
         Extract to From mmse.to; };";
    assert_eq!(
        pdus(configuration, &table),
        ["p1@1: host=a port=1 to=x", "p2@1: host=b port=1 to=y"]
    );
}

#[test]
fn a_field_makes_a_pdu_each_time_it_occurs_and_its_layer_carries_it() {
    let table = ["0 | ip ip.ttl=9 | udp udp.port=1 udp.port=2"];
    let of = |transport: &str| {
        let configuration = format!(
            "Pdu p Proto udp.port Transport {transport} {{ Extract n From udp.port; Extract ttl From ip.ttl; }};"
        );
        pdus(&configuration, &table)
    };
    assert_eq!(of("mate"), ["p1@1: n=1", "p2@1: n=2"]);
    assert_eq!(of("ip"), ["p1@1: n=1 ttl=9", "p2@1: n=2 ttl=9"]);
    assert_eq!(of("udp/ip"), ["p1@1: n=1,2 ttl=9", "p2@1: n=1,2 ttl=9"]);
}

/// Conditions (User's Guide, "AVP operators").
#[test]
fn a_condition_holds_for_a_value() {
    for (condition, value, expected) in [
        ("a", "1", true),
        ("a?", "1", true),
        ("b", "1", false),
        ("a=5", "5", true),
        ("a=5", "05", false),
        ("a!5", "6", true),
        ("a!5", "5", false),
        ("a^PO", "POST", true),
        ("a^PO", "OPO", false),
        ("a$\"ST\"", "POST", true),
        ("a$ST", "STO", false),
        ("a~OS", "POST", true),
        ("a~OX", "POST", false),
        ("a{GET|POST}", "POST", true),
        ("a{GET|POST}", "PUT", false),
        ("a<10", "9", true),
        ("a<10", "10", false),
        ("a>9", "10", true),
        ("a>0x0f", "16", true),
        ("a<1.5", "-2", true),
        ("a<b", "abc", true),
        ("a>9", "ten", true),
        ("a=2:a", "02:0A", true),
        ("a=02:0a", "02:0A", true),
        ("a=\"2:a\"", "02:0A", false),
        ("a!2:a", "02:0a", false),
        ("a{1:1|2:a}", "02:0a", true),
    ] {
        assert_eq!(
            takes(&format!("Accept ({condition})"), &format!("a={value}")),
            expected,
            "{condition} {value}"
        );
    }
}

/// A field of type boolean reads `1` or `0`; there `True` and `False` mean the same, in any case of letters.
#[test]
fn booleans_are_also_words() {
    let takes = |criteria: &str, flag: &str| {
        let configuration = format!(
            "Pdu p Proto tcp Transport mate {{ Extract syn From tcp.flags.syn; Criteria ({criteria}); }};"
        );
        !run(&configuration, &[&format!("0 | tcp tcp.flags.syn={flag}")])
            .pdus
            .is_empty()
    };
    for (criteria, flag, expected) in [
        ("syn=1", "1", true),
        ("syn=True", "1", true),
        ("syn=\"TRUE\"", "1", true),
        ("syn=true", "0", false),
        ("syn=False", "0", true),
        ("syn!True", "0", true),
        ("syn!True", "1", false),
        ("syn{x|True}", "1", true),
        ("syn^T", "1", false),
    ] {
        assert_eq!(takes(criteria, flag), expected, "{criteria} {flag}");
    }
    assert_eq!(transformed("Match (a) Insert (c=1); ", "a=1"), "a=1 c=1");
    let inserted = "Transform t { Match (a=1) Insert (c=1); }; Transform u { Match (c=True) Insert (d); };
         Pdu p Proto tcp Transport mate { Extract a From tcp.flags.syn; Transform t, u; };";
    assert_eq!(
        pdus(inserted, &["0 | tcp tcp.flags.syn=1"]),
        ["p1@1: a=1 c=1"],
        "what is inserted is text"
    );
}

/// Section 3.4: a condition is met by any value for which it holds.
#[test]
fn modes_of_matching() {
    for (criteria, fields, expected) in [
        ("Accept (a=2)", "a=1 a=2", true),
        ("Accept Strict (a=1, a=2)", "a=1 a=2", true),
        ("Accept (a=1, b)", "a=1", false),
        ("Accept (a, a)", "a=5060", true),
        ("Accept ()", "a=1", true),
        ("Accept Every (a=1, b=1)", "a=1", true),
        ("Accept Every (a=1, b=1)", "a=1 b=2", false),
        ("Accept Every (b=1)", "a=1", true),
        ("Accept Loose (a=9, b=1)", "a=1 b=1", true),
        ("Accept Loose (a=9, b=9)", "a=1 b=1", false),
        ("Accept Loose ()", "a=1", true),
        ("Reject (a=1)", "a=1", false),
        ("Reject Loose (a=2)", "a=1", true),
    ] {
        assert_eq!(takes(criteria, fields), expected, "{criteria} {fields}");
    }
}

#[test]
fn the_first_clause_that_matches_acts_and_ends_the_transform() {
    assert_eq!(
        transformed(
            "Match (a=9) Insert (x); Match (a=1) Insert (y); Match (a) Insert (z);",
            "a=1"
        ),
        "a=1 y="
    );
    assert_eq!(
        transformed("Insert (x=1, x=2);", "a=1"),
        "a=1 x=1,x=2".replace("x=1,x=2", "x=1,2")
    );
    assert_eq!(
        transformed("Match (a=1) Replace (a=3);", "a=1 a=2"),
        "a=2,3",
        "only what was matched is removed"
    );
    assert_eq!(
        transformed("Match (a, b) Replace (c);", "a=1 a=2 b=3"),
        "c=",
        "every value that meets a condition"
    );
    assert_eq!(
        transformed("Match Loose (a=1, b=9) Replace ();", "a=1 b=3"),
        "b=3"
    );
    assert_eq!(transformed("Match Every (a=1, c) Replace (d);", "a=1"), "d=");
    assert_eq!(transformed("Match (a=1);", "a=1"), "a=1");
}

#[test]
fn declarations_are_tried_in_file_order_until_the_last_pdu() {
    let configuration = "
        Pdu one Proto udp Transport mate { Extract a From udp.port; Criteria Reject (a=1); LastPdu true; };
        Pdu two Proto udp Transport ip { Extract a From udp.port; };
        Pdu one Proto ip Transport mate { Extract ttl From ip.ttl; DiscardPduData true; };";
    let table = [
        "0 | ip ip.ttl=5 | udp udp.port=1",
        "1 | ip ip.ttl=5 | udp udp.port=2",
    ];
    assert_eq!(
        pdus(configuration, &table),
        ["two1@1: a=1", "one2@1: ", "one3@2: a=2"]
    );
}

fn explained(configuration: &str, table: &[&str]) -> (Told, Vec<String>) {
    let told = run(configuration, table);
    let lines = told.explained_lines();
    (told, lines)
}

/// Why a Pdu is in no Gop (docs/MATE.md).
#[test]
fn a_pdu_in_no_gop_has_a_reason() {
    let configuration = "
        Pdu p Proto udp Transport ip { Extract addr From ip.src; Extract mac From eth.src; Extract port From udp.port;
            Extract ttl From ip.ttl; Criteria Every (port!0, ttl!0); };
        Pdu q Proto udp Transport mate { Extract port From udp.port; };
        Pdu r Proto udp Transport mate { Extract port From udp.port; };
        Gop g On p Match (addr, port!9) { Start (ttl=1); Stop (ttl=2); Expiration 1; };
        Gop h On r Match (port) { DropUnassigned true; };";
    let table = [
        "0 | eth eth.src=02 | ip ip.src=x ip.ttl=3 | udp udp.port=0",
        "1 | eth | ip ip.ttl=1 | udp udp.port=9",
        "2 | eth | ip ip.src=x ip.ttl=1 | udp udp.port=9",
        "3 | eth | ip ip.src=x ip.ttl=3 | udp udp.port=1",
        "4 | eth | ip ip.src=x ip.ttl=1 | udp udp.port=1",
        "5 | eth | ip ip.src=x ip.ttl=2 | udp udp.port=1",
        "7 | eth | ip ip.src=x ip.ttl=3 | udp udp.port=1",
    ];
    let (told, lines) = explained(configuration, &table);
    let of = |name: &str| {
        lines
            .iter()
            .filter(|line| line.starts_with(name))
            .map(String::as_str)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("p"),
        [
            "p1@1 rejected port",
            "p2@2 key_absent addr",
            "p3@3 key_mismatch port",
            "p4@4 no_start ttl",
            "p7@7 expired ttl",
        ]
    );
    assert_eq!(of("q")[0], "q1@1 no_gop_declared");
    assert_eq!(of("r")[0], "r1@1 gop_dropped");
    let statistics = &told.report.pdus[0];
    assert_eq!(
        (
            statistics.frames,
            statistics.made,
            statistics.rejected,
            statistics.in_gop
        ),
        (7, 7, 1, 2)
    );
    assert_eq!(statistics.with_attribute, [6, 0, 7, 7], "addr, mac, port, ttl");
}

#[test]
fn an_absent_key_is_looked_for_elsewhere_in_the_frame() {
    let configuration = "
        Pdu p Proto udp Transport ip { Extract mac From eth.addr; Extract port From udp.port; };
        Gop g On p Match (mac) { Start (port); };";
    let (told, lines) = explained(configuration, &["0 | eth eth.addr=02 | ip | udp udp.port=1"]);
    assert_eq!(lines, ["p1@1 key_absent mac"]);
    let Reason::KeyAbsent {
        fields, elsewhere, ..
    } = &told.explained[0].reason
    else {
        panic!()
    };
    assert_eq!(
        (fields.as_slice(), *elsewhere),
        (&[FieldId::ETH_ADDR][..], Some((FieldId::ETH_ADDR, FieldId::ETH)))
    );
}
