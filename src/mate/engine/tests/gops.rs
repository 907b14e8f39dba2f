//! Gops: when they begin, whom they take in, and when they end.

use super::table::run;

/// Pdus `p` of UDP packets with port, ttl and id, and a Gop.
fn with(gop: &str) -> String {
    format!(
        "Pdu p Proto udp Transport ip {{ Extract addr From ip.addr; Extract port From udp.port; Extract ttl From ip.ttl;
         Extract id From ip.id; }};
         {gop}"
    )
}

/// A frame from port 1 with this ttl and id.
fn at(time: &str, ttl: u8, id: &str) -> String {
    format!("{time} | ip ip.ttl={ttl} ip.id={id} | udp udp.port=1")
}

fn gops(gop: &str, table: &[String]) -> Vec<String> {
    let table: Vec<&str> = table.iter().map(String::as_str).collect();
    run(&with(gop), &table).gop_lines()
}

#[test]
fn a_key_takes_every_value_in_whichever_order() {
    let table = [
        "0 | ip ip.addr=a ip.addr=b ip.ttl=1 | udp udp.port=1 udp.port=2",
        "1 | ip ip.addr=b ip.addr=a ip.ttl=5 | udp udp.port=2 udp.port=1",
        "2 | ip ip.addr=a ip.addr=c ip.ttl=1 | udp udp.port=1 udp.port=2",
    ];
    let expected = [
        "g1 [addr=a,b port=1,2] open 0+1: 1 start, 2 member; addr=a,b port=1,2",
        "g2 [addr=a,c port=1,2] open 2+0: 3 start; addr=a,c port=1,2",
    ];
    for key in ["(addr, addr, port, port)", "(addr, port)", "(port, addr, port)"] {
        let configuration = with(&format!(
            "Gop g On p Match {key} {{ Start (ttl=1); Stop (never); }};"
        ));
        assert_eq!(run(&configuration, &table).gop_lines(), expected, "{key}");
    }
    let same = ["0 | ip ip.addr=a ip.addr=a ip.ttl=1 | udp udp.port=5 udp.port=5"];
    let configuration = with("Gop g On p Match (addr, addr, port, port) { Start (ttl=1); Stop (never); };");
    assert_eq!(
        run(&configuration, &same).gop_lines(),
        ["g1 [addr=a port=5] open 0+0: 1 start; addr=a port=5"]
    );
}

#[test]
fn start_stop_and_what_comes_after() {
    let table = [
        at("0", 5, "0"),
        at("1", 1, "1"),
        at("2", 1, "2"),
        at("3", 9, "3"),
        at("4", 5, "4"),
        at("5", 1, "5"),
    ];
    assert_eq!(
        gops(
            "Gop g On p Match (port) { Start (ttl=1); Stop (ttl=9); Extra (id); };",
            &table
        ),
        [
            "g1 [port=1] stop 1+3 time 2: 2 start, 3 member, 4 stop, 5 after; id=1,2,3,4 port=1",
            "g2 [port=1] open 5+0: 6 start; id=5 port=1",
        ]
    );
}

#[test]
fn a_pdu_may_start_and_stop() {
    let table = [at("0", 1, "1"), at("1", 5, "2"), at("2", 1, "3")];
    assert_eq!(
        gops(
            "Gop g On p Match (port) { Start (ttl=1); Stop (ttl=1); };",
            &table
        ),
        [
            "g1 [port=1] stop 0+1 time 0: 1 start, 2 after; port=1",
            "g2 [port=1] stop 2+0 time 0: 3 start; port=1",
        ]
    );
}

#[test]
fn without_stop_the_first_pdu_releases() {
    let table = [at("0", 1, "1"), at("1", 5, "2"), at("2", 1, "3")];
    assert_eq!(
        gops("Gop g On p Match (port) { Start (ttl=1); };", &table),
        [
            "g1 [port=1] auto 0+1: 1 start, 2 after; port=1",
            "g2 [port=1] auto 2+0: 3 start; port=1"
        ]
    );
}

#[test]
fn without_start_and_gog_any_pdu_begins() {
    let table = [at("0", 5, "1"), at("1", 9, "2"), at("2", 5, "3")];
    assert_eq!(
        gops("Gop g On p Match (port) { Stop (ttl=9); };", &table),
        ["g1 [port=1] stop 0+2 time 1: 1 start, 2 stop, 3 after; port=1"]
    );
}

#[test]
fn without_start_a_member_of_a_gog_begins_with_a_key_of_a_live_one() {
    let gop = "
        Pdu q Proto udp Transport mate { Extract port From udp.port; Extract len From udp.length; };
        Gop g On p Match (id) { Start (ttl=1); Stop (ttl=1); Extra (port); };
        Gop h On q Match (port) { Stop (never); Extra (len); };
        Gog o { Member g (port); Member h (port, len=8); Expiration 1; };";
    let frame = |time: &str, ttl: u8, port: u8, len: u8| {
        format!("{time} | ip ip.ttl={ttl} ip.id={time} | udp udp.port={port} udp.length={len}")
    };
    let table = [
        frame("0", 5, 1, 8),
        frame("1", 1, 1, 8),
        frame("1.5", 5, 1, 8),
        frame("2.5", 5, 2, 8),
        frame("9", 5, 1, 8),
    ];
    let table: Vec<&str> = table.iter().map(String::as_str).collect();
    let told = run(&with(gop), &table);
    assert_eq!(
        told.gop_lines(),
        ["g1 [id=1] stop 1+0 time 0: 2 start; in o1; id=1 port=1"],
        "the key of o1 is port=1; h would need port and len"
    );
    let lines = told.explained_lines();
    assert_eq!(lines.iter().filter(|line| line.ends_with("no_gog")).count(), 5);
    let simple = gop.replace("(port, len=8)", "(port)");
    assert_eq!(
        run(&with(&simple), &table).gop_lines(),
        [
            "g1 [id=1] stop 1+0 time 0: 2 start; in o1; id=1 port=1",
            "h1 [port=1] open 1+8: 2 start, 3 member, 5 member; in o1; len=8 port=1",
        ]
    );
}

#[test]
fn expiration_counts_from_the_release_and_zero_is_none() {
    let table = [
        at("0", 1, "1"),
        at("1", 9, "2"),
        at("3", 5, "3"),
        at("3.1", 5, "4"),
        at("4", 1, "5"),
    ];
    let with = |expiration: &str| {
        gops(
            &format!("Gop g On p Match (port) {{ Start (ttl=1); Stop (ttl=9); {expiration} }};"),
            &table,
        )
    };
    let for_ever = [
        "g1 [port=1] stop 0+3.1 time 1: 1 start, 2 stop, 3 after, 4 after; port=1",
        "g2 [port=1] open 4+0: 5 start; port=1",
    ];
    assert_eq!(
        with("Expiration 2;")[0],
        "g1 [port=1] stop 0+3 time 1: 1 start, 2 stop, 3 after; port=1"
    );
    assert_eq!(with("Expiration 0;"), for_ever);
    assert_eq!(with(""), for_ever);
}

#[test]
fn a_gop_in_no_gog_is_taken_back_and_its_number_is_not_used_again() {
    let gop = "
        Gop g On p Match (port) { Start (ttl=1); Stop (ttl=9); Extra (id); DropUnassigned true; };
        Gog o { Member g (id=\"3\"); };";
    let table = [at("0", 1, "1"), at("1", 5, "2"), at("2", 1, "3")];
    assert_eq!(
        gops(gop, &table),
        ["g2 [port=1] open 2+0: 3 start; in o1; id=3 port=1"]
    );
}

#[test]
fn transforms_of_a_gop_run_each_time_its_list_has_changed() {
    let gop = "
        Transform seen { Match (id=2) Replace (two); Match (two, id=3) Insert (both); };
        Gop g On p Match (port) { Start (ttl=1); Stop (ttl=9); Extra (id); Transform seen; };";
    let table = [at("0", 1, "1"), at("1", 5, "2"), at("2", 5, "3"), at("3", 5, "2")];
    assert_eq!(
        gops(gop, &table)[0],
        "g1 [port=1] open 0+3: 1 start, 2 member, 3 member, 4 member; both= id=1,3 port=1 two="
    );
}

/// Two declarations of one name are grouped together and counted together.
#[test]
fn pdus_of_one_name_share_their_gop() {
    let configuration = "
        Pdu p Proto udp Transport mate { Extract a From udp.port; };
        Pdu p Proto tcp Transport mate { Extract a From tcp.port; };
        Gop g On p Match (a) { Stop (never); };";
    let told = run(configuration, &["0 | udp udp.port=1", "1 | tcp tcp.port=1"]);
    assert_eq!(told.pdu_lines(), ["p1@1 g1 start: a=1", "p2@2 g1 member: a=1"]);
}
