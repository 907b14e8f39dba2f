//! What Wireshark 4.0 does, fault for fault. What was seen in it is marked with the configuration that showed it.

use super::table::{Told, run, run_wireshark};

/// The attributes of the one Pdu of a frame with these values of `a` and `b`, behind a Transform.
fn transformed(transform: &str, fields: &str) -> String {
    let configuration = format!(
        "Transform t {{ {transform} }};
         Pdu p Proto udp Transport ip {{ Extract a From udp.port; Extract b From udp.length; Transform t; }};"
    );
    let fields: Vec<String> = fields
        .split(' ')
        .map(|field| {
            field
                .replace("a=", "udp.port@40-42=")
                .replace("b=", "udp.length@42-44=")
        })
        .collect();
    let told = run_wireshark(&configuration, &[&format!("0 | udp@34-60 {}", fields.join(" "))]);
    told.pairs(&told.pdus[0].attributes)
}

/// Whether a list of conditions matches these values of `a` and `b`.
fn matches(mode: &str, conditions: &str, fields: &str) -> bool {
    let transform = format!("Match {mode} ({conditions}) Insert (zzz);");
    transformed(&transform, fields).contains("zzz")
}

/// `pair_strict.mate`, `pair_every.mate`, `pair_loose.mate`, `op_strict.mate`.
#[test]
fn a_condition_is_tried_on_the_first_value_that_is_not_used() {
    for (mode, conditions, fields, expected) in [
        ("Strict", "a=\"1\"", "a=1 a=2", true),
        ("Strict", "a=\"2\"", "a=1 a=2", false),
        ("Strict", "a, a=\"2\"", "a=1 a=2", true),
        ("Strict", "a, a", "a=1", false),
        ("Strict", "b, a", "a=1 b=1", true),
        ("Strict", "", "a=1", true),
        ("Every", "a=\"1\", a=\"9\"", "a=1", true),
        ("Every", "a=\"9\"", "a=1", false),
        ("Every", "aaa", "b=1", false),
        ("Every", "zaa", "b=1", true),
        ("Loose", "a=\"9\"", "a=1", true),
        ("Strict", "a<\"10\"", "a=9", true),
        ("Strict", "a<\"1\"", "a=ten", true),
        ("Strict", "a>\"0x0f\"", "a=0x10", true),
        ("Strict", "a!\"1\"", "a=1 a=2", false),
        ("Strict", "a{\"3\"|\"1\"}", "a=1", true),
    ] {
        assert_eq!(
            matches(mode, conditions, fields),
            expected,
            "{mode} ({conditions}) {fields}"
        );
    }
}

/// `replace.mate`: the result of a match of several pairs is out of order, and the first of them stays.
#[test]
fn replace_leaves_the_first_of_several_matched_pairs() {
    assert_eq!(transformed("Match (a) Replace (c=\"x\");", "a=1 b=2"), "b=2 c=x");
    assert_eq!(
        transformed("Match (a, b) Replace (c=\"x\");", "a=1 b=2"),
        "a=1 c=x"
    );
}

const PDU: &str = "
    Pdu p Proto udp Transport ip { Extract addr From ip.addr; Extract id From ip.id; Extract port From udp.port;
        Extract ttl From ip.ttl; };";

/// A frame of an IP packet with this ttl.
fn packet(time: &str, ttl: u8) -> String {
    format!(
        "{time} | ip@14-34 ip.id@18-20=7 ip.ttl@22-23={ttl} ip.addr@26-30=a ip.addr@30-34=b | udp@34-42 udp.port@34-36=1 udp.port@36-38=2"
    )
}

fn packets(gop: &str, frames: &[(&str, u8)]) -> Told {
    let lines: Vec<String> = frames.iter().map(|(time, ttl)| packet(time, *ttl)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    run_wireshark(&format!("{PDU} {gop}"), &lines)
}

/// `gop_lifetime.mate`, `gop_idletimeout.mate`.
#[test]
fn timers_release_while_their_deadline_is_ahead() {
    let lifetime = packets(
        "Gop g On p Match (addr, addr) { Start (ttl=1); Stop (ttl=9); Lifetime 2; };",
        &[("0", 1), ("1", 5), ("2", 1), ("5", 5)],
    );
    assert_eq!(
        lifetime.gop_lines(),
        [
            "g1 [addr=a,b] lifetime 0+1 time 0: 1 start, 2 after; addr=a,b",
            "g2 [addr=a,b] open 2+3: 3 start, 4 member; addr=a,b",
        ],
        "the second Gop's deadline has passed when its Pdu comes, so it is not released"
    );
}

/// `gop_no_start_no_gog.mate`, `gop_drop_unassigned.mate`, `gop_expiration.mate`.
#[test]
fn what_has_no_effect() {
    let frames = [("0", 1), ("1", 9), ("9", 5)];
    let of =
        |rest: &str| packets(&format!("Gop g On p Match (addr, addr) {{ {rest} }};"), &frames).gop_lines();
    assert_eq!(
        of("Stop (ttl=9);"),
        [""; 0],
        "without a Start and a Gog there is no Gop"
    );
    let plain = of("Start (ttl=1); Stop (ttl=9);");
    assert_eq!(
        plain,
        ["g1 [addr=a,b] stop 0+9 time 1: 1 start, 2 stop, 3 after; addr=a,b"]
    );
    assert_eq!(of("Start (ttl=1); Stop (ttl=9); Expiration 2;"), plain);
    assert_eq!(of("Start (ttl=1); Stop (ttl=9); DropUnassigned true;"), plain);
    assert_eq!(
        of("Start (ttl=1);"),
        ["g1 [addr=a,b] auto 0+9 time 0: 1 start, 2 after, 3 after; addr=a,b"],
        "without a Stop the time is 0"
    );
}

/// `tcp.mate` never stops a Gop: the flag is 0 and 1 in the packet that stops it, and only the 0 is tried.
#[test]
fn a_stop_is_tried_on_the_first_value() {
    let configuration = "
        Pdu p Proto udp Transport ip { Extract id From ip.id; Extract port From udp.port; };
        Gop g On p Match (id) { Start (port=\"1\"); Stop (port=\"2\"); };";
    let table = ["0 | ip@14-34 ip.id=7 | udp@34-42 udp.port=1 udp.port=2"];
    assert!(run_wireshark(configuration, &table).gop_lines()[0].contains("] open"));
    assert!(run(configuration, &table).gop_lines()[0].contains("] stop"));
}

/// The displaced pair comes again with each Pdu, and what lies behind it is lost for Extra and keys.
#[test]
fn lists_are_scrambled() {
    let told = packets(
        "Gop g On p Match (addr, addr, port, port) { Start (ttl=1); Extra (ttl); };
         Gog o { Member g (addr); Extra (port); };",
        &[("0", 1), ("1", 5)],
    );
    assert_eq!(
        told.gop_lines(),
        ["g1 [addr=a,b port=1,2] auto 0+1 time 0: 1 start, 2 after; in o1; addr=a,b port=1,2 ttl=1,5"]
    );
    assert_eq!(
        told.gog_lines(),
        ["o1 open 0+1: g1; addr=b port=1,2"],
        "the list is b, 1, 2, a"
    );
}

/// `gog_transform.mate`, `gog_two_keys_learn.mate`.
#[test]
fn the_first_member_clause_decides_alone_and_transforms_of_gogs_do_not_run() {
    let configuration = "
        Transform t { Insert (never); };
        Pdu p Proto udp Transport ip { Extract z From ip.id; Extract x From udp.port; };
        Gop g On p Match (z) { Start (z); Stop (z); Extra (x); };
        Gog o { Member g (x); Member g (z); Transform t; };";
    let table = [
        "0 | ip@14-34 ip.id@20-21=7 | udp@34-42 udp.port@34-36=1",
        "1 | ip@14-34 ip.id@20-21=7 | udp@34-42 udp.port@34-36=2",
    ];
    let told = run_wireshark(configuration, &table);
    assert_eq!(
        told.gog_lines(),
        ["o1 open 0+0: g1; x=1 z=7", "o2 open 1+0: g2; x=2 z=7"]
    );
    assert_eq!(
        run(configuration, &table).gog_lines(),
        ["o1 released 0+1 time 1: g1 g2; never= x=1,2 z=7"]
    );
}

/// Only a Gop that stops when it has its Gog is counted: the others keep a Gog from ever being released.
#[test]
fn releases_before_the_gog_are_not_counted() {
    let gog = "Gog o { Member g (id); Expiration 1; };";
    let gop = "Gop g On p Match (addr, addr) { Start (ttl=1); Stop (ttl=9); Extra (id); };";
    let frames = [("0", 1), ("1", 9), ("5", 1), ("6", 5), ("20", 5)];
    assert_eq!(
        packets(&format!("{gop} {gog}"), &frames).gog_lines(),
        ["o1 released 0+1: g1; id=7", "o2 open 5+15: g2; id=7"]
    );
    let auto = "Gop g On p Match (addr, addr) { Start (ttl=1); Extra (id); };";
    assert_eq!(packets(&format!("{auto} {gog}"), &frames).gog_lines().len(), 1);
}

/// `err_dup_pdu_name.mate`: each declaration counts for itself.
#[test]
fn pdus_of_one_name_are_counted_by_declaration() {
    let configuration = "
        Pdu p Proto udp Transport ip { Extract a From udp.port; };
        Pdu p Proto ip Transport eth { Extract a From ip.ttl; };
        Gop g On p Match (a) { Start (a); Stop (never); };";
    let told = run_wireshark(
        configuration,
        &["0 | ip@14-34 ip.ttl@22-23=1 | udp@34-42 udp.port@34-36=1"],
    );
    assert_eq!(told.pdu_lines(), ["p1@1 g1 start: a=1", "p1@1 g1 member: a=1"]);
}

#[test]
fn ranges_are_compared_without_buffers() {
    // A message put together from several frames begins at 0 in a buffer of its own.
    let configuration = "
        Pdu p Proto http Transport tcp/ip { Payload mmse; Extract ttl From ip.ttl; Extract port From tcp.port;
            Extract host From http.host; Extract to From mmse.to; };";
    let of = |http: &str, rest: &str| {
        let line = format!(
            "0 | ip@14-34 ip.ttl@22-23=9 | tcp@34-99 tcp.port@34-36=1 | http@{http} http.host@70-80=h {rest}"
        );
        run_wireshark(configuration, &[&line]).pdu_lines().remove(0)
    };
    assert_eq!(of("66-99", ""), "p1@1: host=h port=1 ttl=9");
    assert_eq!(
        of("0-99", ""),
        "p1@1: host=h port=1 ttl=9",
        "transports are missed, and lie in the message"
    );
    assert_eq!(of("0-30", ""), "p1@1: ttl=9");
    assert_eq!(
        of("66-82", "| mmse@82-99 mmse.to@90-95=t"),
        "p1@1: host=h port=1 to=t ttl=9",
        "tcp reaches to the end"
    );
    let with_payload =
        format!("{configuration} Pdu q Proto mmse Transport http {{ Extract to From mmse.to; }};");
    let line = "0 | ip@14-34 | tcp@34-54 | http@66-82 http.host@70-80=h | mmse@82-99 mmse.to@90-95=t";
    assert_eq!(
        run_wireshark(configuration, &[line]).pdu_lines(),
        ["p1@1: host=h"],
        "nobody else asks for mmse"
    );
    assert_eq!(
        run_wireshark(&with_payload, &[line]).pdu_lines()[0],
        "p1@1: host=h to=t"
    );
}

#[test]
fn messages_of_a_frame_see_each_other() {
    let configuration = "Pdu p Proto http Transport mate { Extract host From http.host; };";
    let line = "0 | tcp@34-99 | http@54-99 http.host@60-61=a | <0 http@80-99 http.host@85-86=b";
    assert_eq!(
        run_wireshark(configuration, &[line]).pdu_lines(),
        ["p1@1: host=a,b", "p2@1: host=b"]
    );
    assert_eq!(
        run(configuration, &[line]).pdu_lines(),
        ["p1@1: host=a", "p2@1: host=b"]
    );
}

#[test]
fn a_range_may_not_be_too_far() {
    let of = |distance: u32| {
        let configuration = "Pdu p Proto udp Transport ip { Extract ttl From ip.ttl; };";
        let line = format!("0 | ip@0-20 ip.ttl@1-2=9 | udp@{distance}-{}", distance + 8);
        run_wireshark(configuration, &[&line]).pdu_lines().remove(0)
    };
    assert_eq!(of(99_999), "p1@1: ttl=9");
    assert_eq!(of(100_000), "p1@1: ");
}
