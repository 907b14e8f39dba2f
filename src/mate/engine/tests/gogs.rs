//! Gogs: which Gops they take in, and when they end.

use super::table::{Told, run, run_merging};

/// Gops `g` of UDP packets and `h` of TCP packets, one for each id, started by any ttl but 7, released by 9; attributes `x` (port) and
/// `y` (length), and a Gog.
fn with(gog: &str) -> String {
    format!(
        "Pdu p Proto udp Transport ip {{ Extract id From ip.id; Extract ttl From ip.ttl; Extract x From udp.port;
         Extract y From udp.length; }};
         Pdu q Proto tcp Transport ip {{ Extract id From ip.id; Extract ttl From ip.ttl; Extract x From tcp.port;
         Extract y From tcp.len; }};
         Gop g On p Match (id) {{ Start (ttl!7); Stop (ttl=9); Extra (x, y); }};
         Gop h On q Match (id) {{ Start (ttl!7); Stop (ttl=9); Extra (x, y); }};
         {gog}"
    )
}

/// A frame a second: `g id ttl x… y…`.
fn lines(table: &[&str]) -> Vec<String> {
    let line = |(time, line): (usize, &&str)| {
        let mut words = line.split(' ');
        let (gop, id, ttl) = (
            words.next().unwrap(),
            words.next().unwrap(),
            words.next().unwrap(),
        );
        let (layer, x, y) = match gop {
            "g" => ("udp", "udp.port=", "udp.length="),
            _ => ("tcp", "tcp.port=", "tcp.len="),
        };
        let fields: Vec<String> = words.map(|word| word.replace('x', x).replace('y', y)).collect();
        format!(
            "{time} | ip ip.id={id} ip.ttl={ttl} | {layer} {}",
            fields.join(" ")
        )
    };
    table.iter().enumerate().map(line).collect()
}

fn gogs_of(gog: &str, table: &[&str], run: fn(&str, &[&str]) -> Told) -> Vec<String> {
    let lines = lines(table);
    let table: Vec<&str> = lines.iter().map(String::as_str).collect();
    run(&with(gog), &table).gog_lines()
}

fn gogs(gog: &str, table: &[&str]) -> Vec<String> {
    gogs_of(gog, table, run)
}

fn merged(gog: &str, table: &[&str]) -> Vec<String> {
    gogs_of(gog, table, run_merging)
}

#[test]
fn gops_of_several_types_share_a_gog_by_a_key() {
    let table = ["g 1 5 x1", "h 2 5 x1", "g 3 5 x2", "h 4 5"];
    assert_eq!(
        gogs("Gog o { Member g (x); Member h (x); Extra (id); };", &table),
        ["o1 open 0+1: g1 h1; id=1,2 x=1", "o2 open 2+0: g2; id=3 x=2"]
    );
}

#[test]
fn keys_of_different_gop_types_are_kept_apart() {
    let table = ["g 1 5 x1", "h 2 5 x1 y7"];
    assert_eq!(
        gogs("Gog o { Member g (x); Member h (y); };", &table),
        ["o1 open 0+0: g1; x=1", "o2 open 1+0: h1; x=1 y=7"]
    );
}

#[test]
fn the_first_member_clause_that_a_live_gog_holds_decides() {
    let gog = "Gog o { Member g (x); Member g (y); };";
    assert_eq!(
        gogs(gog, &["g 1 5 x1 y1", "g 2 5 x2 y2", "g 3 5 x9 y2", "g 4 5 x1 y2"]),
        ["o1 open 0+3: g1 g4; x=1 y=1,2", "o2 open 1+1: g2 g3; x=2,9 y=2"]
    );
}

#[test]
fn of_several_gogs_for_one_clause_the_lowest_takes_the_gop() {
    assert_eq!(
        gogs(
            "Gog o { Member g (x); };",
            &["g 1 5 x7", "g 2 5 x3", "g 3 5 x3 x7"]
        ),
        ["o1 open 0+2: g1 g3; x=3,7", "o2 open 1+0: g2; x=3"]
    );
}

#[test]
fn an_attribute_named_twice_asks_for_sets_of_two_values() {
    let gog = "Gog o { Member g (x, x); };";
    assert_eq!(
        gogs(
            gog,
            &[
                "g 1 5 x1 x2 x3",
                "g 2 5 x2 x3",
                "g 3 5 x3",
                "g 4 5 x4 x2",
                "g 5 5 x3"
            ]
        ),
        [
            "o1 open 0+1: g1 g2; x=1,2,3",
            "o2 open 2+2: g3 g5; x=3",
            "o3 open 3+0: g4; x=2,4"
        ],
        "with fewer values than asked for, all of them are the key"
    );
}

#[test]
fn every_combination_over_the_names_is_a_key() {
    let gog = "Gog o { Member g (x, y); };";
    for (third, expected) in [("g 2 5 x1 y4", 1), ("g 2 5 x2 y3", 1), ("g 2 5 x3 y3", 2)] {
        assert_eq!(
            gogs(gog, &["g 1 5 x1 x2 y3 y4", third]).len(),
            expected,
            "{third}"
        );
    }
}

#[test]
fn values_have_to_meet_the_conditions() {
    let gog = "Gog o { Member g (x<5, y); };";
    assert_eq!(
        gogs(
            gog,
            &["g 1 5 x7 y1", "g 2 5 x3 x8 y1", "g 3 5 x3 y1", "g 4 5 x8 y1"]
        ),
        ["o1 open 1+1: g2 g3; x=3 y=1"],
        "what meets no condition is not taken over"
    );
}

/// A Gog holds the keys of the lists of all its Gops for all its Member clauses, and of its own list where no attribute
/// is named twice.
#[test]
fn a_gog_learns_keys() {
    let gog = "Gog o { Member g (x); Member h (y); };";
    assert_eq!(
        gogs(gog, &["g 1 5 x1 y2", "h 2 5 y2"]),
        ["o1 open 0+1: g1 h1; x=1 y=2"]
    );
    let own = "Gog o { Member g (x); Member g (y); Member h (x, y); };";
    assert_eq!(
        gogs(
            own,
            &[
                "g 1 5 x1",
                "g 2 5 x1 y3",
                "g 3 5 x4 y3",
                "h 4 5 x4 y3",
                "h 5 5 x1 y3"
            ]
        )
        .len(),
        1,
        "x=1 and y=3 come from two Gops, and are together in its own list"
    );
    let twice = "Gog o { Member g (x); Member h (x, x); };";
    assert_eq!(
        gogs(
            twice,
            &[
                "g 1 5 x1",
                "g 2 5 x1 x2",
                "h 3 5 x1 x2",
                "g 4 5 x2 x3",
                "h 5 5 x1 x3"
            ]
        )
        .len(),
        2,
        "x=1 and x=3 are in no list together but that of the Gog, which gives no such keys"
    );
}

#[test]
fn a_key_that_a_live_gog_holds_stays_there() {
    let gog = "Gog o { Member g (x); Expiration 0; };";
    assert_eq!(
        gogs(gog, &["g 1 5 x1", "g 2 5 x2", "g 2 5 x1", "g 3 5 x1"]),
        ["o1 open 0+3: g1 g3; x=1", "o2 open 1+1: g2; x=1,2"]
    );
    // Once the holder is dead, the key goes to who asks for it with its next change.
    assert_eq!(
        gogs(
            gog,
            &[
                "g 1 5 x1", "g 2 5 x2", "g 2 5 x1", "g 1 9 x1", "h 9 9", "g 2 5 x5", "g 3 5 x1"
            ]
        ),
        ["o1 released 0+3 time 3: g1; x=1", "o2 open 1+5: g2 g3; x=1,2,5"]
    );
    assert_eq!(
        gogs(
            gog,
            &[
                "g 1 5 x1", "g 2 5 x2", "g 2 5 x1", "g 1 9 x1", "h 9 9", "g 2 5 x1", "g 3 5 x1"
            ]
        )
        .len(),
        3,
        "without a change it takes no keys"
    );
}

#[test]
fn extra_and_member_conditions_choose_what_a_gog_gets() {
    let gog = "Gog o { Member g (x); Extra (y=2, id); };";
    assert_eq!(gogs(gog, &["g 1 5 x1 y1 y2"]), ["o1 open 0+0: g1; id=1 x=1 y=2"]);
}

#[test]
fn transforms_of_a_gog_run_when_its_list_has_changed() {
    let gog = "
        Transform t { Match (y=2) Replace (two); };
        Gog o { Member g (x); Extra (y); Transform t; };";
    assert_eq!(
        gogs(gog, &["g 1 5 x1 y2", "g 1 5 x1 y3"]),
        ["o1 open 0+1: g1; two= x=1 y=3"]
    );
    let count = "
        Transform t { Match (y=2) Replace (y=3); };
        Gog o { Member g (x); Member h (y); Extra (y); Transform t; };";
    assert_eq!(
        gogs(count, &["g 1 5 x1 y2", "h 2 5 y2", "h 3 5 y3", "h 4 5 y4"]),
        ["o1 open 0+2: g1 h1 h2; x=1 y=3", "o2 open 3+0: h3; y=4"],
        "it holds keys of the list of its Gop, of its own behind the Transforms"
    );
}

/// A Gop counts if its type has a Start. The release is that of the last one, or the start if that is later.
#[test]
fn a_gog_is_released_with_the_last_of_its_counting_gops() {
    let gog = "Gog o { Member g (x); Member h (x); Expiration 10; };";
    assert_eq!(
        gogs(gog, &["g 1 5 x1", "h 2 5 x1", "g 1 9", "h 2 9", "h 2 7"]),
        ["o1 released 0+4 time 3: g1 h1; x=1"]
    );
    assert_eq!(
        gogs(gog, &["g 1 9", "g 1 7 x1", "h 2 5 x1"]),
        ["o1 open 1+1: g1 h1; x=1"],
        "a new counting Gop opens it again"
    );
    assert_eq!(
        gogs(gog, &["g 1 9", "g 1 7 x1"]),
        ["o1 released 1+0 time 0: g1; x=1"]
    );
}

#[test]
fn without_a_counting_gop_it_is_released_from_its_start() {
    let configuration = "
        Pdu p Proto udp Transport mate { Extract x From udp.port; Extract y From udp.length; };
        Gop g On p Match (x, y) { Stop (never); };
        Pdu q Proto tcp Transport mate { Extract x From tcp.port; };
        Gop h On q Match (x) { Start (x); Stop (x); };
        Gog o { Member h (x); Member g (x); Expiration 1; };
        Gog w { Member g (y); };";
    let told = run(
        configuration,
        &[
            "0 | tcp tcp.port=1",
            "0.5 | udp udp.port=1 udp.length=2",
            "9 | eth",
        ],
    );
    assert_eq!(told.gog_lines(), ["o1 released 0+0.5 time 0: h1 g1; x=1"]);
}

#[test]
fn a_dead_gog_takes_no_gops_but_the_pairs_of_those_it_has() {
    let gog = "Gog o { Member g (x); Extra (y); Expiration 1; };";
    assert_eq!(
        gogs(gog, &["g 1 9 x1", "h 9 9", "h 9 9", "g 1 7 y7", "g 2 5 x1"]),
        ["o1 released 0+3 time 0: g1; x=1 y=7", "o2 open 4+0: g2; x=1"]
    );
}

#[test]
fn the_default_expiration_is_two_seconds() {
    let gog = "Gog o { Member g (x); };";
    assert_eq!(gogs(gog, &["g 1 9 x1", "h 9 9", "g 2 9 x1"]).len(), 1);
    assert_eq!(gogs(gog, &["g 1 9 x1", "h 9 9", "h 9 9", "g 2 9 x1"]).len(), 2);
}

#[test]
fn gogs_that_come_to_share_a_key_are_merged() {
    let gog = "Gog o { Member g (x); Member h (x); Extra (y); };";
    let table = ["g 1 5 x1 y1", "g 2 5 x2 y2", "h 3 5 x3", "g 2 5 x1", "g 4 5 x2"];
    assert_eq!(gogs(gog, &table).len(), 3);
    let lines = lines(&table);
    let table: Vec<&str> = lines.iter().map(String::as_str).collect();
    let told = run_merging(&with(gog), &table);
    assert_eq!(
        told.gog_lines(),
        ["o1 open 0+4: g1 g2 g3; x=1,2 y=1,2", "o3 open 2+0: h1; x=3"]
    );
    assert!(
        told.gop_lines()[1].contains("; in o1;"),
        "the other number is gone"
    );
}

#[test]
fn merging_goes_on_with_the_keys_of_the_result() {
    // g1 and g2 have nothing in common but g3, which names both; their lists together have a key that o3 holds.
    let gog = "Gog o { Member g (x); Member g (y); Member h (x, y); Member g (id=\"9\"); };";
    let table = [
        "g 1 5 x1",
        "g 2 5 y2",
        "g 9 5 x8 y8",
        "h 4 5 x1 y2",
        "g 5 5 x1 y2",
    ];
    assert_eq!(
        merged(gog, &table),
        [
            "o1 open 0+4: g1 g2 h1 g4; x=1 y=2",
            "o3 open 2+0: g3; id=9 x=8 y=8"
        ]
    );
}

#[test]
fn a_merged_gog_is_released_when_all_its_gops_are() {
    let gog = "Gog o { Member g (x); Expiration 5; };";
    assert_eq!(
        merged(gog, &["g 1 9 x1", "g 2 5 x2", "g 2 5 x1", "g 2 9"]),
        ["o1 released 0+3 time 3: g1 g2; x=1,2"]
    );
}

#[test]
fn two_kinds_of_gogs_keep_their_keys_apart() {
    let gog = "Gog o { Member g (x); }; Gog w { Member g (y); Member h (x); };";
    assert_eq!(
        gogs(gog, &["g 1 5 y1", "g 2 5 x1 y1", "h 3 5 x1", "g 4 5 x1"]),
        ["w1 open 0+2: g1 g2 h1; x=1 y=1", "o1 open 3+0: g3; x=1"],
        "x=1 is no key of o yet when g2 comes"
    );
}
