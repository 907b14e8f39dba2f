//! What holds for any configuration and any frames.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::table::{self, Told, run_with};
use crate::mate::config::{self, Semantics};
use crate::mate::engine::{Engine, EngineLimits, EngineSettings};

/// A list of conditions.
fn conditions() -> impl Strategy<Value = Vec<String>> {
    let condition = (
        select(&["a", "b", "c", "m", "n"][..]),
        select(
            &[
                "",
                "=\"1\"",
                "!\"1\"",
                "<\"3\"",
                ">\"1\"",
                "^\"1\"",
                "$\"2\"",
                "~\"3\"",
                "{\"1\"|\"2\"}",
            ][..],
        ),
    );
    prop::collection::vec(condition.prop_map(|(name, test)| format!("{name}{test}")), 0..4)
}

/// What a configuration is made of, so that lists can be written in another order.
#[derive(Clone, Debug)]
struct Made {
    transforms: [(Vec<String>, &'static str, &'static str, Vec<&'static str>); 2],
    criteria: Option<(&'static str, Vec<String>)>,
    protos: [&'static str; 2],
    pdu_transforms: Vec<&'static str>,
    flags: String,
    gops: [MadeGop; 2],
    members: Vec<(&'static str, Vec<String>)>,
    gog_extra: Vec<String>,
    gog_transforms: Vec<&'static str>,
    expiration: u8,
}

#[derive(Clone, Debug)]
struct MadeGop {
    key: Vec<String>,
    start: Option<Vec<String>>,
    stop: Option<Vec<String>>,
    extra: Vec<String>,
    transforms: Vec<&'static str>,
    limits: String,
}

fn transforms() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(vec!["t", "u"], 0..=2)
}

fn gop() -> impl Strategy<Value = MadeGop> {
    let limit = |name: &'static str| {
        prop::option::of(0..4_u8)
            .prop_map(move |limit| limit.map_or(String::new(), |limit| format!("{name} {limit}; ")))
    };
    let drop = select(&["", "DropUnassigned true;"][..]);
    let limits = (limit("Expiration"), limit("IdleTimeout"), limit("Lifetime"), drop);
    (
        conditions(),
        prop::option::weighted(0.7, conditions()),
        prop::option::of(conditions()),
        conditions(),
        transforms(),
        limits.prop_map(|(one, two, three, drop)| format!("{one}{two}{three}{drop}")),
    )
        .prop_map(|(key, start, stop, extra, transforms, limits)| MadeGop {
            key,
            start,
            stop,
            extra,
            transforms,
            limits,
        })
}

fn made() -> impl Strategy<Value = Made> {
    let transform = || {
        let added = subsequence(vec!["m", "n", "a=\"1\"", "b=\"2\""], 0..=3);
        (
            conditions(),
            select(&["Strict", "Every", "Loose"][..]),
            select(&["Insert", "Replace"][..]),
            added,
        )
    };
    let criteria = (
        select(&["Accept Strict", "Accept Every", "Accept Loose", "Reject Strict"][..]),
        conditions(),
    );
    let protos = select(&["udp", "ip"][..]);
    let flags = subsequence(
        vec!["DropUnassigned true;", "DiscardPduData true;", "LastPdu true;"],
        0..=3,
    );
    let members = prop::collection::vec((select(&["g", "h"][..]), conditions()), 1..4);
    (
        (
            (transform(), transform()),
            prop::option::of(criteria),
            (protos.clone(), protos),
            transforms(),
            flags,
        ),
        ((gop(), gop()), members, conditions(), transforms(), 0..4_u8),
    )
        .prop_map(
            |(
                (transforms, criteria, protos, pdu_transforms, flags),
                (gops, members, gog_extra, gog_transforms, expiration),
            )| {
                Made {
                    transforms: transforms.into(),
                    criteria,
                    protos: protos.into(),
                    pdu_transforms,
                    flags: flags.join(" "),
                    gops: gops.into(),
                    members,
                    gog_extra,
                    gog_transforms,
                    expiration,
                }
            },
        )
}

impl Made {
    fn list(list: &[String], is_reversed: bool) -> String {
        let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
        if is_reversed {
            list.reverse();
        }
        format!("({})", list.join(", "))
    }

    fn names(names: &[&str]) -> String {
        if names.is_empty() {
            String::new()
        } else {
            format!("Transform {};", names.join(", "))
        }
    }

    /// The text, with the lists whose order says nothing in one order or the other.
    fn text(&self, is_reversed: bool) -> String {
        let list = |conditions: &[String]| Self::list(conditions, is_reversed);
        let mut text = String::new();
        for (name, (conditions, mode, action, added)) in ["t", "u"].iter().zip(&self.transforms) {
            let conditions = list(conditions);
            text += &format!(
                "Transform {name} {{ Match {mode} {conditions} {action} ({}); }};\n",
                added.join(", ")
            );
        }
        let mut extracts = [
            "Extract a From udp.port;",
            "Extract b From ip.ttl;",
            "Extract c From ip.id;",
        ];
        if is_reversed {
            extracts.reverse();
        }
        for (name, proto) in ["p", "q"].iter().zip(self.protos) {
            text += &format!(
                "Pdu {name} Proto {proto} Transport udp/ip {{ {}",
                extracts.join(" ")
            );
            text += &Self::names(&self.pdu_transforms);
            if let Some((mode, conditions)) = &self.criteria {
                text += &format!("Criteria {mode} {};", list(conditions));
            }
            text += &format!("{} }};\n", self.flags);
        }
        for ((name, pdu), gop) in [("g", "p"), ("h", "q")].iter().zip(&self.gops) {
            text += &format!("Gop {name} On {pdu} Match {} {{", list(&gop.key));
            let clause = |word: &str, conditions: &Option<Vec<String>>| {
                conditions.as_ref().map_or(String::new(), |conditions| {
                    format!("{word} {};", list(conditions))
                })
            };
            text += &clause("Start", &gop.start);
            text += &clause("Stop", &gop.stop);
            text += &format!(
                "Extra {}; {} {} }};\n",
                list(&gop.extra),
                Self::names(&gop.transforms),
                gop.limits
            );
        }
        text += "Gog o {";
        for (gop, conditions) in &self.members {
            text += &format!("Member {gop} {};", list(conditions));
        }
        let transforms = Self::names(&self.gog_transforms);
        text += &format!(
            "Extra {}; {transforms} Expiration {}; }};\n",
            list(&self.gog_extra),
            self.expiration
        );
        text
    }
}

/// Frames of UDP packets: tenths of seconds to the one before, ports, ttl, ids.
type Packet = (i8, Vec<u8>, u8, Vec<u8>);
type Packets = Vec<Packet>;

fn packets() -> impl Strategy<Value = Packets> {
    let values = || prop::collection::vec(0..5_u8, 0..3);
    prop::collection::vec((-5..20_i8, values(), 0..5_u8, values()), 0..40)
}

fn frames(packets: &Packets, is_reversed: bool) -> Vec<crate::mate::frame::Frame> {
    let mut tenths = 100_u32;
    let frame = |(number, (step, ports, ttl, ids)): (u64, &Packet)| {
        tenths = tenths.saturating_add_signed(i32::from(*step));
        let fields = |name: &str, values: &[u8]| {
            let mut fields: Vec<String> = values.iter().map(|value| format!("{name}={value}")).collect();
            if is_reversed {
                fields.reverse();
            }
            fields.join(" ")
        };
        let (ids, ports) = (fields("ip.id@18-20", ids), fields("udp.port@34-36", ports));
        let (seconds, tenth) = (tenths / 10, tenths % 10);
        let line = format!("{seconds}.{tenth} | ip@14-34 {ids} ip.ttl@22-23={ttl} | udp@34-60 {ports}");
        table::frame(number, &line)
    };
    (1..).zip(packets).map(frame).collect()
}

/// What was told agrees with itself.
fn is_whole(told: &Told) -> Result<(), TestCaseError> {
    let mut joined: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pdu in &told.pdus {
        if let Some(membership) = pdu.membership {
            let declaration = &told.configuration.pdus[pdu.pdu.index()];
            joined
                .entry(membership.gop)
                .or_default()
                .push((declaration.pdu_type, pdu.id, membership.role));
        }
    }
    let mut gops_of: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for gop in &told.gops {
        let pdus: Vec<_> = gop
            .pdus
            .iter()
            .map(|pdu| (pdu.pdu_type, pdu.id, pdu.role))
            .collect();
        prop_assert_eq!(Some(pdus), joined.remove(&gop.gop));
        if let Some(gog) = gop.gog {
            gops_of.entry(gog).or_default().insert(gop.gop);
        }
    }
    prop_assert!(joined.is_empty(), "Gops that were not told");
    for gog in &told.gogs {
        let gops: BTreeSet<_> = gog.gops.iter().copied().collect();
        prop_assert_eq!(gops.len(), gog.gops.len());
        prop_assert_eq!(Some(gops), gops_of.remove(&gog.gog));
        let pdus = told
            .gops
            .iter()
            .filter(|gop| gop.gog == Some(gog.gog))
            .map(|gop| gop.pdus.len() as u64);
        prop_assert_eq!(pdus.sum::<u64>(), gog.pdus);
    }
    prop_assert!(gops_of.is_empty(), "Gogs that were not told");
    prop_assert!(told.gops.is_sorted_by(|one, other| one.made < other.made));
    prop_assert!(told.gogs.is_sorted_by(|one, other| one.made < other.made));
    Ok(())
}

fn lines(told: &Told) -> Vec<String> {
    [
        told.pdu_lines(),
        told.gop_lines(),
        told.gog_lines(),
        told.explained_lines(),
    ]
    .concat()
}

proptest! {
    // Each case reads a configuration and runs it.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_told_is_whole(made in made(), packets in packets(), wireshark: bool, merge_gogs: bool, keys in 1..20_usize) {
        let semantics = if wireshark { Semantics::Wireshark } else { Semantics::Documented };
        let limits = EngineLimits { keys, ..EngineLimits::default() };
        let settings = EngineSettings { merge_gogs, explain: true, limits };
        let told = run_with(config::of_text(&made.text(false), semantics), settings, &frames(&packets, false));
        is_whole(&told)?;
        prop_assert_eq!(told.report.closed_early, 0);
    }

    /// The order of fields in a layer, of Extracts, and of conditions in a list says nothing.
    #[test]
    fn no_result_depends_on_the_order_of_lists(made in made(), packets in packets(), merge_gogs: bool) {
        let settings = EngineSettings { merge_gogs, explain: true, ..EngineSettings::default() };
        let run = |is_reversed| {
            let configuration = config::of_text(&made.text(is_reversed), Semantics::Documented);
            lines(&run_with(configuration, settings, &frames(&packets, is_reversed)))
        };
        prop_assert_eq!(run(false), run(true));
    }

    #[test]
    fn no_more_is_held_than_the_limit(
        made in made(),
        packets in packets(),
        wireshark: bool,
        merge_gogs: bool,
        open in 1..30_usize,
    ) {
        let semantics = if wireshark { Semantics::Wireshark } else { Semantics::Documented };
        let configuration = config::of_text(&made.text(false), semantics);
        let limits = EngineLimits { open, ..EngineLimits::default() };
        let mut engine = Engine::new(&configuration, EngineSettings { merge_gogs, explain: true, limits });
        let mut told = Told { configuration, ..Told::default() };
        for frame in frames(&packets, false) {
            engine.frame(&frame, &mut told);
            prop_assert!(engine.held() <= open);
        }
        engine.finish(&mut told);
        let pdus: usize = told.gops.iter().map(|gop| gop.pdus.len()).sum();
        prop_assert_eq!(pdus, told.pdus.iter().filter(|pdu| pdu.membership.is_some()).count());
    }

    /// What was handed on early is what would have been told at the end.
    #[test]
    fn nothing_that_was_handed_on_would_change(made in made(), packets in packets(), merge_gogs: bool) {
        let configuration = config::of_text(&made.text(false), Semantics::Documented);
        let settings = EngineSettings { merge_gogs, ..EngineSettings::default() };
        let frames = frames(&packets, false);
        let mut engine = Engine::new(&configuration, settings);
        let mut early = Told { configuration: configuration.clone(), ..Told::default() };
        for frame in &frames {
            engine.frame(frame, &mut early);
        }
        let whole = run_with(configuration, settings, &frames);
        let all: BTreeSet<String> = lines(&whole).into_iter().collect();
        for line in lines(&early) {
            prop_assert!(all.contains(&line), "{}", line);
        }
    }
}
