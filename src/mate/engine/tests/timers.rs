//! Lifetime, IdleTimeout and Expiration, which act at their moment of capture time.

use super::table::{Told, run};

fn gops(limits: &str, frames: &[(&str, u8)]) -> Told {
    let configuration = format!(
        "Pdu p Proto udp Transport ip {{ Extract port From udp.port; Extract ttl From ip.ttl; }};
         Gop g On p Match (port) {{ Start (ttl=1); Stop (ttl=9); {limits} }};
         Gog o {{ Member g (port); Expiration 2; }};"
    );
    let lines: Vec<String> = frames
        .iter()
        .map(|(time, ttl)| match ttl {
            0 => format!("{time} | eth"),
            ttl => format!("{time} | ip ip.ttl={ttl} | udp udp.port=1"),
        })
        .collect();
    run(
        &configuration,
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

#[test]
fn a_lifetime_counts_from_the_start() {
    let told = gops(
        "Lifetime 2;",
        &[("0", 1), ("1", 5), ("2", 5), ("2.001", 5), ("3", 1)],
    );
    assert_eq!(
        told.gop_lines(),
        [
            "g1 [port=1] lifetime 0+2.001: 1 start, 2 member, 3 member, 4 after; in o1; port=1",
            "g2 [port=1] open 3+0: 5 start; in o1; port=1",
        ],
        "a Pdu exactly at the limit is in time"
    );
}

#[test]
fn an_idle_timeout_counts_from_the_last_pdu() {
    let told = gops("IdleTimeout 2;", &[("0", 1), ("2", 5), ("4", 5), ("6.5", 5)]);
    assert_eq!(
        told.gop_lines(),
        ["g1 [port=1] idle 0+6.5: 1 start, 2 member, 3 member, 4 after; in o1; port=1"]
    );
    assert_eq!(told.gog_lines(), ["o1 released 0+6.5 time 6: g1; port=1"]);
}

#[test]
fn whichever_comes_first_releases_and_a_stop_before_both() {
    let limits = "IdleTimeout 2; Lifetime 3;";
    let by = |frames: &[(&str, u8)]| gops(limits, frames).gop_lines().remove(0);
    assert!(by(&[("0", 1), ("2", 5), ("9", 0)]).contains("] lifetime"));
    assert!(by(&[("0", 1), ("9", 0)]).contains("] idle"));
    assert!(by(&[("0", 1), ("1", 9), ("9", 0)]).contains("] stop"));
    assert!(by(&[("0", 1), ("1", 5)]).contains("] open"));
}

/// Every frame moves time, also one without any layer that is asked for, and the last frame does what is due at its time.
#[test]
fn time_passes_without_pdus() {
    for (end, state) in [("1.9", "open"), ("2", "lifetime"), ("2.1", "lifetime")] {
        let told = gops("Lifetime 2;", &[("0", 1), (end, 0)]);
        assert!(told.gop_lines()[0].contains(state), "{end}");
    }
}

#[test]
fn zero_means_none() {
    let told = gops("IdleTimeout 0; Lifetime 0;", &[("0", 1), ("100000", 5)]);
    assert_eq!(
        told.gop_lines(),
        ["g1 [port=1] open 0+100000: 1 start, 2 member; in o1; port=1"]
    );
}

#[test]
fn a_gog_lives_until_its_expiration_has_passed() {
    let table = |last: &'static str| gops("", &[("0", 1), ("1", 9), (last, 1)]);
    assert_eq!(
        table("3").gog_lines(),
        ["o1 open 0+3: g1 g2; port=1"],
        "exactly at the limit"
    );
    let later = table("3.001");
    assert_eq!(
        later.gog_lines(),
        [
            "o1 released 0+1 time 1: g1; port=1",
            "o2 open 3.001+0: g2; port=1"
        ]
    );
}

/// A Gop that a timer released counts like one that was stopped, at the moment of the timer.
#[test]
fn a_timer_releases_a_gog_at_its_own_moment() {
    let told = gops("Lifetime 1;", &[("0", 1), ("2.9", 0), ("3.1", 1)]);
    assert_eq!(
        told.gog_lines(),
        ["o1 released 0+0 time 1: g1; port=1", "o2 open 3.1+0: g2; port=1"]
    );
}

#[test]
fn time_may_run_backwards() {
    let told = gops("IdleTimeout 2;", &[("10", 1), ("9", 5), ("12", 5)]);
    assert_eq!(
        told.gop_lines(),
        ["g1 [port=1] idle 0+2: 1 start, 2 member, 3 after; in o1; port=1"]
    );
    assert_eq!(told.pdus[1].membership.unwrap().time_in_gop, -1_000_000_000);
}
