//! What filters select of two requests of one client, and what is no filter.

use super::*;
use crate::mate::config::{self, GogIndex, GopIndex, PduIndex, PduTypeIndex, Semantics};
use crate::mate::engine::{
    ExplainItem, GogItem, GogRef, GopItem, GopPdu, GopRef, Membership, Pair, Pairs, PduItem, Reason,
    ReleasedBy, Role,
};
use crate::model::{CaptureIndex, FrameNumber, FrameRef, Timestamp};

fn configuration() -> Configuration {
    let text =
        "Pdu rq Proto http Transport tcp/ip { Extract addr From ip.addr; Extract uri From http.request.uri;
            Extract status From http.response.code; };
        Gop web On rq Match (addr) { Start (uri); Stop (status); Extra (uri, status); };
        Pdu q Proto dns Transport ip { Extract addr From ip.addr; };
        Gop name On q Match (addr) { };
        Gog use { Member web (addr); Member name (addr); };";
    config::of_text(text, Semantics::Documented)
}

fn at(frame: u64) -> FrameRef {
    FrameRef {
        capture: CaptureIndex(0),
        frame: FrameNumber(frame),
        time: Timestamp::default(),
    }
}

const WEB: GopIndex = GopIndex(0);
const NAME: GopIndex = GopIndex(1);

/// Frame 1: a name is looked up (name 1). Frames 2 and 5: `/a.png`, 200 after 2.5 s (web 1). Frame 3: `/B.png`, no answer
/// (web 2), and a response that is in no Gop. Frame 4: another in none. All Gops but web 2 are in use 1.
fn groups(configuration: &Configuration) -> Groups {
    let pairs = |pairs: &[(&str, &str)]| {
        let pair =
            |(name, value): &(&str, &str)| Pair::new(configuration.attributes.find(name).unwrap(), value);
        Pairs::new(pairs.iter().map(pair).collect())
    };
    let pdu = |pdu: u32, id, frame, gop: Option<(GopIndex, u64, i64)>, attributes: &[(&str, &str)]| PduItem {
        pdu: PduIndex(pdu),
        id,
        at: at(frame),
        relative: i64::try_from(frame).unwrap() * Timestamp::SECOND,
        membership: gop.map(|(gop, id, time_in_gop)| Membership {
            gop: GopRef { gop, id },
            time_in_gop,
            role: Role::Member,
        }),
        attributes: pairs(attributes),
    };
    let member = |pdu_type: u32, id, frame, role| GopPdu {
        pdu_type: PduTypeIndex(pdu_type),
        id,
        at: at(frame),
        time_in_gop: 0,
        role,
    };
    let use_1 = GogRef {
        gog: GogIndex(0),
        id: 1,
    };
    let gop =
        |made, gop, id, released_by, time, pdus: Vec<GopPdu>, gog, attributes: &[(&str, &str)]| GopItem {
            made,
            gop: GopRef { gop, id },
            released_by,
            key: pairs(&[("addr", "10.1.0.1"), ("addr", "10.1.0.2")]),
            start: 0,
            time,
            duration: time.unwrap_or_default(),
            pdus,
            gog,
            attributes: pairs(attributes),
        };
    let slow = Timestamp::SECOND * 5 / 2;
    Groups {
        pdus: vec![
            pdu(1, 1, 1, Some((NAME, 1, 0)), &[("addr", "10.1.0.1")]),
            pdu(0, 1, 2, Some((WEB, 1, 0)), &[("uri", "/a.png")]),
            pdu(0, 2, 3, Some((WEB, 2, 0)), &[("uri", "/B.png")]),
            pdu(0, 3, 3, None, &[("status", "503")]),
            pdu(0, 4, 4, None, &[("status", "404")]),
            pdu(0, 5, 5, Some((WEB, 1, slow)), &[("status", "200")]),
        ],
        gops: vec![
            gop(
                0,
                NAME,
                1,
                Some(ReleasedBy::Auto),
                None,
                vec![member(1, 1, 1, Role::Start)],
                Some(use_1),
                &[],
            ),
            gop(
                1,
                WEB,
                1,
                Some(ReleasedBy::Stop),
                Some(slow),
                vec![member(0, 1, 2, Role::Start), member(0, 5, 5, Role::Stop)],
                Some(use_1),
                &[("uri", "/a.png"), ("status", "200"), ("status", "100")],
            ),
            gop(
                2,
                WEB,
                2,
                None,
                None,
                vec![member(0, 2, 3, Role::Start)],
                None,
                &[("uri", "/B.png")],
            ),
        ],
        gogs: vec![GogItem {
            made: 0,
            gog: use_1,
            released: false,
            start: 0,
            time: None,
            duration: slow,
            gops: vec![GopRef { gop: NAME, id: 1 }, GopRef { gop: WEB, id: 1 }],
            pdus: 3,
            first: at(1),
            last: at(5),
            attributes: pairs(&[("addr", "10.1.0.1")]),
        }],
        explain: vec![ExplainItem {
            pdu: PduIndex(0),
            id: 4,
            at: at(4),
            gop: Some(WEB),
            reason: Reason::GopDropped,
        }],
    }
}

fn selected(filter: &str) -> Vec<u64> {
    let configuration = configuration();
    let groups = groups(&configuration);
    let selection = Filter::parse(filter, &configuration)
        .unwrap()
        .select(&groups, &configuration);
    let pdus = groups
        .pdus
        .iter()
        .zip(&selection.pdus)
        .filter(|(_, is_selected)| **is_selected);
    let mut frames: Vec<u64> = pdus.map(|(pdu, _)| pdu.at.frame.0).collect();
    frames.dedup();
    frames
}

#[test]
fn a_frame_is_selected_for_all_that_is_in_it() {
    for (filter, frames) in [
        ("mate", &[1, 2, 3, 4, 5][..]),
        ("mate.web", &[1, 2, 3, 5]),
        ("mate.web.Time > 2", &[2, 5]),
        ("mate.web && !mate.web.Time", &[1, 3]),
        ("mate.web.State == \"open\"", &[3]),
        ("mate.rq.uri and mate.rq.status", &[3]),
        ("mate.rq.uri matches \"^/[AB]\\\\.png$\"", &[2, 3]),
        ("mate.rq.uri matches r\"^/b\\.png$\"", &[3]),
        ("mate.rq.uri contains \"a.p\"", &[2]),
        ("mate.rq.status == 503 || mate.rq.status eq \"404\"", &[3, 4]),
        ("mate.rq in {2, 4..5}", &[3, 4, 5]),
        ("mate.rq not in {2, 4..5}", &[1, 2]),
        ("mate.web.status != \"200\"", &[]),
        ("mate.web.status != \"404\"", &[2, 5]),
        ("not mate.web.status == \"200\"", &[1, 3, 4]),
        ("mate.rq.TimeInGop >= 2.5", &[5]),
        ("mate.rq.RelativeTime lt 2.0000000001", &[2]),
        ("mate.web.NumOfPdus le 1", &[3]),
        ("mate.web.Pdu == 5", &[2, 5]),
        (
            "mate.gop_key == \" addr=10.1.0.1; addr=10.1.0.2;\"",
            &[1, 2, 3, 5],
        ),
        (
            "mate.use.NumOfGops == 2 && mate.use.GopStart == 1 && mate.use.GopStop == 5",
            &[1, 2, 5],
        ),
        ("mate.use && !mate.use.Time", &[1, 2, 5]),
        ("mate.use.addr == \"10.1.0.1\"", &[1, 2, 5]),
        // The ids of all Gops of a Gog are in each of its frames, their other fields in their own.
        ("mate.q && mate.web == 1", &[1]),
        ("mate.q && mate.web.status", &[]),
    ] {
        assert_eq!(selected(filter), frames, "{filter}");
    }
}

#[test]
fn with_a_pdu_its_gop_and_with_that_its_gog_is_selected() {
    let configuration = configuration();
    let groups = groups(&configuration);
    let select = |filter: &str| {
        Filter::parse(filter, &configuration)
            .unwrap()
            .select(&groups, &configuration)
    };
    let selection = select("mate.rq == 5");
    assert_eq!(selection.gops, [false, true, false]);
    assert_eq!((selection.gogs, selection.explain), (vec![true], vec![false]));
    let selection = select("mate.rq == 4");
    assert_eq!(selection.gops, [false; 3]);
    assert_eq!((selection.gogs, selection.explain), (vec![false], vec![true]));
}

#[test]
fn what_is_no_filter_is_told_with_its_column() {
    let configuration = configuration();
    for (text, column, reason) in [
        ("", 1, "a field is missing here"),
        (
            "mate.web.Tme > 2",
            1,
            "no field 'mate.web.Tme'; did you mean 'mate.web.Time'?",
        ),
        ("mate.web && mate.nosuch", 13, "no field 'mate.nosuch'"),
        ("mate.web &&", 12, "a field is missing here"),
        ("mate.web && (mate.rq", 13, "this parenthesis is not closed"),
        ("mate.web mate.rq", 10, "&& or || is missing"),
        (
            "mate.rq.uri matches \"[\"",
            21,
            "bad regular expression: unclosed character class",
        ),
        ("mate.web.Time = 2", 15, "to compare, write =="),
        ("mate.web.Time > \"x\"", 17, "'x' is no number"),
        ("mate.web.Time contains 2", 15, "mate.web.Time is a number"),
        ("mate.web in 1", 13, "a set is missing"),
        ("mate.web in {1 && 2}", 16, "a comma or } is missing"),
        ("mate.rq.uri == \"x", 16, "this quote is not closed"),
        (
            "mate.rq.uri == mate.rq.uri",
            16,
            "a field is compared with a value",
        ),
        ("mate == 1", 6, "mate has no value"),
        ("mate.web $ 1", 10, "'$' means nothing here"),
    ] {
        let error = Filter::parse(text, &configuration).unwrap_err();
        assert!(error.reason.contains(reason), "{text}: {error}");
        assert_eq!(error.column, column, "{text}: {error}");
    }
    let deep = format!("{}mate{}", "(".repeat(1000), ")".repeat(1000));
    assert!(
        Filter::parse(&deep, &configuration)
            .unwrap_err()
            .reason
            .contains("nested deeper")
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_filter_or_none(text in "(mate(\\.[a-z]{1,4})?| |&&|\\|\\||!|\\(|\\)|==|[0-9.]|\"|\\{|\\}|,|in|é|\\\\){0,30}") {
        if let Err(error) = Filter::parse(&text, &configuration()) {
            proptest::prop_assert!((1..=text.len() + 1).contains(&error.column));
        }
    }
}
