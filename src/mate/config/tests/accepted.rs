//! What is declared.

use super::*;
use crate::mate::{
    catalogue::FieldId,
    config::{Acceptance, Action, Condition, Mode, Operator, PduTypeIndex, ShowTree},
};

#[test]
fn an_example_of_wireshark_is_read_whole() {
    let read = accepted(MMS, DOCUMENTED);
    assert_eq!(
        read,
        Configuration {
            semantics: Semantics::Documented,
            ..accepted(MMS, WIRESHARK)
        }
        .with_gog_notes(&read)
    );
    let [pdu] = &read.pdus[..] else { panic!() };
    let field = |name| FieldId::named(name).unwrap();
    assert_eq!(pdu.proto, Some(field("http")));
    assert_eq!(*pdu.transports, [field("tcp"), field("ip")]);
    assert_eq!(*pdu.payloads, [field("mmse")]);
    assert_eq!(pdu.extracts[3].field, field("mmse.transaction_id"));
    let names = |ids: &[_]| {
        ids.iter()
            .map(|id| read.attributes.name(*id))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(&pdu.attributes), "addr http_rq not_rq port trx");
    let [gop] = &read.gops[..] else { panic!() };
    assert_eq!(read.pdu_types[gop.on.index()].gop.unwrap().index(), 0);
    assert_eq!(names(&gop.attributes), "addr port trx");
    assert_eq!(names(&gop.named), "addr http_rq http_rs port trx ue");
    let [gog] = &read.gogs[..] else { panic!() };
    assert_eq!(gog.expiration, 60_000_000_000);
    assert_eq!(gog.members.len(), 1);
    let clause = &read.transforms[1].clauses[0];
    assert_eq!(
        (clause.mode, clause.action, clause.added.len()),
        (Mode::Strict, Action::Replace, 0)
    );
}

impl Configuration {
    /// The same where only remarks may differ.
    fn with_gog_notes(self, other: &Self) -> Self {
        Self {
            notes: other.notes.clone(),
            ..self
        }
    }
}

fn first_conditions(list: &str, options: ReadOptions) -> Vec<Condition> {
    let read = accepted(&format!("Transform t {{ Match ({list}); }};"), options);
    read.transforms[0].clauses[0].conditions.to_vec()
}

fn value_texts(condition: &Condition) -> Vec<String> {
    match &condition.operator {
        Operator::Exists => Vec::new(),
        Operator::OneOf(values) => values.iter().map(|value| value.text.to_string()).collect(),
        Operator::Equal(value)
        | Operator::NotEqual(value)
        | Operator::StartsWith(value)
        | Operator::EndsWith(value)
        | Operator::Contains(value)
        | Operator::Lower(value)
        | Operator::Higher(value) => vec![value.text.to_string()],
    }
}

#[test]
fn values_are_taken_bare_as_the_guide_writes_them() {
    for value in [
        "0x23aa",
        "True",
        "INVITE",
        "-1",
        "2001:db8::1",
        "Start",
        "10.0.0.1",
        "1.5",
        "a_b%c@d+e",
    ] {
        let conditions = first_conditions(&format!("a={value}, b"), DOCUMENTED);
        assert_eq!(value_texts(&conditions[0]), [value]);
        assert_eq!(conditions.len(), 2, "{value}");
    }
    let conditions = first_conditions("a { 0x1 | \"x y\" |b}, c?, d=\"\"", DOCUMENTED);
    assert_eq!(value_texts(&conditions[0]), ["0x1", "x y", "b"]);
    assert_eq!(conditions[1].operator, Operator::Exists);
    assert_eq!(value_texts(&conditions[2]), [""]);
}

#[test]
fn octets_between_colons_are_octets_only_without_quotes() {
    let conditions = first_conditions("a=2:A:ff, b=\"2:A\", c=2001:db8::1", DOCUMENTED);
    let octets = |condition: &Condition| match &condition.operator {
        Operator::Equal(value) => value.octets.clone(),
        _ => panic!(),
    };
    assert!(octets(&conditions[0]).unwrap().is_named_by("02:0a:ff"));
    assert_eq!((octets(&conditions[1]), octets(&conditions[2])), (None, None));
}

#[test]
fn wireshark_reads_what_its_scanner_finds() {
    // Characters that fit no rule are dropped, so that the name is what is left of it.
    let read = accepted(
        "Pdu Pkt Proto udp Transport ip { Extract a From ip.addr; };",
        WIRESHARK,
    );
    assert_eq!(&*read.pdu_types[0].name, "kt");
    let read = accepted(
        "Transform t { Match (a?) Insert (v=0a:5); }; Done; GARBAGE",
        WIRESHARK,
    );
    assert_eq!(&*read.transforms[0].clauses[0].added[0].value, "FFFFFD9A:05");
    // Alternatives are joined and split at each bar.
    assert_eq!(
        value_texts(&first_conditions("a{\"x|y\"|z}", WIRESHARK)[0]),
        ["x", "y", "z"]
    );
    assert_eq!(
        value_texts(&first_conditions("a{\"x|y\"|z}", DOCUMENTED)[0]),
        ["x|y", "z"]
    );
}

#[test]
fn clauses_of_a_transform_may_lack_everything() {
    let read = accepted(
        "Transform t { Match Loose () (x=1, y); Replace (z{a|b}); ; (w); };",
        DOCUMENTED,
    );
    let clauses = &read.transforms[0].clauses;
    let added = |clause: usize| -> Vec<(&str, &str)> {
        let added = clauses[clause].added.iter();
        added
            .map(|added| (read.attributes.name(added.attribute), &*added.value))
            .collect()
    };
    assert_eq!(
        (clauses[0].mode, added(0)),
        (Mode::Loose, vec![("x", "1"), ("y", "")])
    );
    assert_eq!(
        (clauses[1].action, added(1)),
        (Action::Replace, vec![("z", "a|b")])
    );
    assert_eq!((added(2), added(3)), (vec![], vec![("w", "")]));
}

const PDU_AND_GOP: &str = "\
Pdu p Proto udp Transport ip { Extract a From ip.src; };
Gop g On p Match (a) { };
Gog o { Member g (a); };
";

#[test]
fn defaults_are_those_of_the_guide() {
    let read = accepted(PDU_AND_GOP, DOCUMENTED);
    let (gop, gog) = (&read.gops[0], &read.gogs[0]);
    assert_eq!(
        (gop.expiration, gop.idle_timeout, gop.lifetime),
        (None, None, None)
    );
    assert_eq!(
        (gop.start.as_ref(), gop.show_tree, gop.show_times),
        (None, ShowTree::Frames, true)
    );
    assert_eq!(gog.expiration, 2_000_000_000);
    assert_eq!(accepted(PDU_AND_GOP, WIRESHARK).gogs[0].expiration, 5_000_000_000);
}

#[test]
fn defaults_hold_for_what_is_declared_behind_them() {
    let text = format!(
        "Default {{ Pdu {{ LastPdu true; DropUnassigned true; }}; Gop {{ IdleTimeout 3; Lifetime 1.5; ShowTimes false; }};
         Gog {{ Expiration 30; }}; }};\n{PDU_AND_GOP}"
    );
    let read = accepted(&text, DOCUMENTED);
    assert!(read.pdus[0].last && read.pdus[0].drop_unassigned && !read.pdus[0].discard_data);
    let gop = &read.gops[0];
    assert_eq!(
        (gop.expiration, gop.idle_timeout, gop.lifetime),
        (None, Some(3_000_000_000), Some(1_500_000_000))
    );
    assert!(!gop.show_times);
    assert_eq!(read.gogs[0].expiration, 30_000_000_000);
    // Wireshark takes the default of Lifetime for all three, and that of a Gog for nothing.
    let text = text.replace("LastPdu true; ", "");
    let read = accepted(&text, WIRESHARK);
    let gop = &read.gops[0];
    let all = Some(1_500_000_000);
    assert_eq!((gop.expiration, gop.idle_timeout, gop.lifetime), (all, all, all));
    assert_eq!(read.gogs[0].expiration, 5_000_000_000);
    // Behind the declarations they come too late.
    let (defaults, declarations) = text.split_at(text.find("Pdu p").unwrap());
    let read = accepted(&format!("{declarations}{defaults}"), DOCUMENTED);
    assert_eq!(read.gogs[0].expiration, 2_000_000_000);
}

#[test]
fn several_declarations_may_share_the_name_of_a_pdu() {
    let text = "Pdu p Proto udp Transport ip { Extract a From ip.addr; };
        Pdu p Proto ip Transport eth { Extract b From ip.ttl; Criteria Reject Loose (b); };
        Gop g On p Match (a, a) { Start (b); };";
    let read = accepted(text, DOCUMENTED);
    assert_eq!(read.pdu_types.len(), 1);
    assert!(read.pdus.iter().all(|pdu| pdu.pdu_type == PduTypeIndex(0)));
    let criteria = read.pdus[1].criteria.as_ref().unwrap();
    assert_eq!(
        (criteria.acceptance, criteria.mode),
        (Acceptance::Reject, Mode::Loose)
    );
    assert!(read.notes.is_empty(), "{:?}", read.notes);
}

#[test]
fn mate_as_transport_means_none() {
    let text = "Pdu p Proto mmse Transport mate { Extract a From mmse.message_type; };";
    assert!(accepted(text, WIRESHARK).pdus[0].transports.is_empty());
}

#[test]
fn fields_that_are_not_extracted_can_be_ignored() {
    let text = "Pdu p Proto q931 Transport q931/ip { Extract a From q931.call_ref; Extract b From ip.src; };";
    let options = ReadOptions {
        ignore_unknown: true,
        ..DOCUMENTED
    };
    let read = accepted(text, options);
    let pdu = &read.pdus[0];
    assert_eq!(
        (pdu.proto, pdu.transports.len(), pdu.extracts.len()),
        (None, 1, 1)
    );
    let notes: Vec<&str> = read.notes.iter().map(|note| &*note.detail).collect();
    assert_eq!(notes, ["q931", "q931", "q931.call_ref"]);
    assert_eq!(refused(text, DOCUMENTED).len(), 3);
}

#[test]
fn files_are_included_and_several_are_read_as_one() {
    let files = Texts::of(&[
        (
            "conf/main.mate",
            "#include inc/one.mate\n#include \"inc/two.mate\" Pdu p Proto udp Transport ip { Extract a From ip.src; Transform one, two, three; };",
        ),
        (
            "conf/inc/one.mate",
            "Transform one { Match (a); }; #include three.mate",
        ),
        ("conf/inc/two.mate", "Transform two { Match (a); };"),
        ("three.mate", "Transform three { Match (a); };"),
        ("last.mate", "Gop g On p Match (a) { };"),
    ]);
    let read = read(&["conf/main.mate".into(), "last.mate".into()], DOCUMENTED, &files).unwrap();
    let names: Vec<&str> = read.transforms.iter().map(|transform| &*transform.name).collect();
    assert_eq!(names, ["one", "three", "two"]);
    assert_eq!(read.gops.len(), 1);
    let notes: Vec<String> = read.notes.iter().map(|note| note.place.to_string()).collect();
    assert_eq!(notes, ["conf/main.mate:2:1"]);
}

#[test]
fn debug_and_done_are_read_and_mean_nothing() {
    let text =
        "Debug { Filename \"mate_dbg.txt\"; Level 9; Pdu Level 9; Gop Level 9; Gog Level 9; }; Done; Done;";
    for options in [DOCUMENTED, WIRESHARK] {
        assert!(accepted(text, options).pdus.is_empty());
    }
}
