//! What is refused, and where.

use super::*;

const PDU: &str =
    "Pdu p Proto http Transport tcp/ip { Extract addr From ip.addr; Extract m From http.request.method; };\n";

/// Each with the places and words of its errors, with both languages where they agree.
fn assert_refused(text: &str, expected: &[&str], both: &[ReadOptions]) {
    for options in both {
        let errors = refused(text, *options);
        assert_eq!(errors.len(), expected.len(), "{text}: {errors:#?}");
        for (error, expected) in errors.iter().zip(expected) {
            let (place, words) = expected.split_once(' ').unwrap_or((expected, ""));
            let is_said = error.starts_with(&format!("a.mate:{place}: ")) && error.contains(words);
            assert!(is_said, "{text}: {error}, not {expected}");
        }
    }
}

const BOTH: &[ReadOptions] = &[DOCUMENTED, WIRESHARK];

#[test]
fn an_error_names_the_token_at_fault_and_what_was_expected() {
    for (text, expected) in [
        ("Transform t { Match (a); }\nDone;", "2:1 ';' is missing"),
        (
            "Pdu p Proto udp Transport ip {\n Extract a From ip.addr\n Extract b From ip.ttl; };",
            "3:2 ';' is missing",
        ),
        (
            "Pdu p On radius Transport udp/ip { Extract a From ip.addr; };",
            "1:7 unexpected 'On'; expected Proto",
        ),
        (
            "Pdu p Proto http {\n Extract a From ip.addr;\n};",
            "1:18 unexpected '{'; expected Transport",
        ),
        (
            "Transform t { Match (a=); };",
            "1:24 unexpected ')'; expected a value",
        ),
        (
            "Transform t { Match (a==1); };",
            "1:24 unexpected '='; expected a value",
        ),
        (
            "Transform t { Match (a{}); };",
            "1:24 unexpected '}'; expected a value",
        ),
        (
            "Transform t { Match (a b); };",
            "1:24 unexpected 'b'; expected ',', ')' or one of",
        ),
        (
            "Transform t { Match (=1); };",
            "1:22 unexpected '='; expected the name of an attribute",
        ),
        (
            "Transform t { };",
            "1:15 unexpected '}'; expected Match, Insert or Replace",
        ),
        (
            "pdu p Proto udp Transport ip { };",
            "1:1 unexpected 'pdu'; did you mean 'Pdu'?",
        ),
        ("Done", "1:5 ';' is missing"),
        (
            "Debug { Level x; };",
            "1:15 unexpected 'x'; expected a whole number",
        ),
        (
            "Default { Gog { GopTree Every; }; };",
            "1:25 unexpected 'Every'; expected BasicTree",
        ),
        ("Default { Gop { ShowTree FullTreeX; }; };", "1:26 unexpected"),
    ] {
        let both = if text.contains("FullTreeX") {
            &BOTH[..1]
        } else {
            BOTH
        };
        assert_refused(text, &[expected], both);
    }
}

#[test]
fn statements_stand_in_their_order() {
    for (text, expected) in [
        (
            "Gop g On p Match (addr) {\n Stop (m);\n Start (m);\n};",
            "4:2 Start must stand before Stop",
        ),
        (
            "Gop g On p Match (addr) {\n Stop (m);\n Stop (m);\n};",
            "4:2 a second Stop",
        ),
        (
            "Gog o {\n Expiration 3;\n Member g (addr);\n};",
            "3:2 Member is missing before this; a Gog needs",
        ),
        (
            "Pdu q Proto udp Transport ip {\n DropUnassigned true;\n};",
            "3:2 Extract is missing before this; a Pdu needs",
        ),
        (
            "Pdu q Proto udp Transport ip {\n};",
            "3:1 Extract is missing before this",
        ),
        (
            "Pdu q Proto udp Transport ip { Extract a From ip.src; Nonsense; };",
            "2:55 unexpected",
        ),
    ] {
        let both = if text.contains("Nonsense") {
            &BOTH[..1]
        } else {
            BOTH
        };
        assert_refused(&format!("{PDU}{text}"), &[expected], both);
    }
}

#[test]
fn what_is_not_closed_is_told_where_it_was_opened() {
    let documented = &BOTH[..1];
    for (text, expected, languages) in [
        (
            "Pdu p Proto udp Transport ip {\n Extract a From ip.addr;\n",
            "1:30 this '{' is not closed",
            BOTH,
        ),
        (
            "Gop g On p Match (a) { Start (a);\nGog o { Member g (a); };",
            "1:22 this '{' is not closed",
            BOTH,
        ),
        (
            "Transform t { Match (a);\nTransform u { Match (a); };",
            "1:13 this '{' is not closed",
            BOTH,
        ),
        (
            "Transform t {\n Match (a=1, b Insert (c=2);\n};",
            "2:8 this '(' is not closed",
            BOTH,
        ),
        (
            "Transform t {\n Match (a=1, b;\n};",
            "2:8 this '(' is not closed",
            BOTH,
        ),
        (
            "Transform t { Match (a=\"x); };",
            "1:24 this quote is not closed",
            BOTH,
        ),
        (
            "Done;\n/* never closed\nDone;",
            "2:1 this comment is not closed",
            BOTH,
        ),
        (
            "Transform t { Match (a&2); };",
            "1:23 unknown character '&'",
            documented,
        ),
        (
            "# a comment\nDone;",
            "1:1 unknown character '#': a comment begins with //",
            documented,
        ),
    ] {
        let errors = refused(text, languages[0]);
        let (place, words) = expected.split_once(' ').unwrap();
        for options in languages {
            let first = refused(text, *options)[0].clone();
            assert!(first.starts_with(&format!("a.mate:{place}: ")), "{text}: {first}");
            assert!(first.contains(words), "{text}: {first}");
        }
        assert!(errors.len() < 3, "{text}: {errors:?}");
    }
}

#[test]
fn names_have_to_be_declared_before_and_once() {
    for (text, expected) in [
        (
            "Gop g On q Match (addr) { };",
            "2:10 no Pdu 'q' is declared before this",
        ),
        (
            "Gog o { Member h (addr); };",
            "2:16 no Gop 'h' is declared before this",
        ),
        (
            "Pdu q Proto udp Transport ip { Extract a From ip.src; Transform nosuch; };",
            "2:65 no Transform 'nosuch'",
        ),
        (
            "Pdu q Proto udp Transport ip { Extract a From ip.src; Transform late; };\nTransform late { Match (a); };",
            "2:65 Transform 'late' is declared further down",
        ),
        (
            "Gop g On p Match (m) { };\nGop g On p Match (m) { };",
            "3:5 a Gop 'g' is declared already",
        ),
        (
            "Transform t { Match (a); };\nTransform t { Match (b); };",
            "3:11 a Transform 't' is declared already",
        ),
        (
            "Gop g On p Match (m) { };\nGog o { Member g (m); }; Gog o { Member g (m); };",
            "3:30 a Gog 'o' is declared already",
        ),
        (
            "Gop g On p Match (m) { };\nGop h On p Match (m) { };",
            "3:10 Pdu 'p' has a Gop already: 'g'",
        ),
        (
            "Pdu q Proto udp Transport ip { Extract a From ip.src; Extract b From ip.src; };",
            "2:70 field 'ip.src' is extracted as 'a' already",
        ),
        (
            "Transform answered { Match (a); };\nPdu q Proto udp Transport ip { Extract a From ip.src; Transform anwsered; };",
            "3:65 did you mean 'answered'?",
        ),
    ] {
        let first = refused(&format!("{PDU}{text}"), DOCUMENTED)[0].clone();
        let (place, words) = expected.split_once(' ').unwrap();
        assert!(
            first.starts_with(&format!("a.mate:{place}: ")) && first.contains(words),
            "{first}, not {expected}"
        );
    }
}

#[test]
fn fields_have_to_exist_and_to_be_extracted() {
    assert_refused(
        "Pdu p Proto htp Transport ip { Extract a From ip.src; };",
        &["1:13 no protocol or field 'htp'; did you mean 'gtp', 'http' or 'wtp'?"],
        BOTH,
    );
    assert_refused(
        "Pdu p Proto udp Transport tpc/ip { Extract a From ip.src; };",
        &["1:27 did you mean 'tcp'"],
        BOTH,
    );
    assert_refused(
        "Pdu p Proto http Transport ip { Payload mmes; Extract a From ip.src; };",
        &["1:41 'mmse'"],
        BOTH,
    );
    assert_refused(
        "Pdu p Proto http Transport ip { Extract a From http.request.metod; };",
        &["1:48 no field 'http.request.metod'; did you mean 'http.request.method'"],
        BOTH,
    );
    assert_refused(
        "Pdu p Proto tcp Transport ip { Extract a From q931.call_ref; };",
        &["1:47 Wireshark's field 'q931.call_ref' is not extracted by mmsmate (no q931)"],
        BOTH,
    );
}

#[test]
fn numbers_and_switches_are_just_that() {
    for (text, expected) in [
        (
            "Gop g On p Match (addr) { Lifetime soon; };",
            "2:36 'soon' is no number of seconds",
        ),
        (
            "Gop g On p Match (addr) { ShowTimes yes; };",
            "2:37 'yes' is neither true nor false",
        ),
    ] {
        assert_refused(&format!("{PDU}{text}"), &[expected], BOTH);
    }
    let negative = format!("{PDU}Gop g On p Match (addr) {{ IdleTimeout -1; }};");
    assert_refused(&negative, &["2:39 '-' is no number of seconds"], &[DOCUMENTED]);
}

#[test]
fn wireshark_refuses_what_only_the_guide_allows() {
    for (list, place) in [
        ("a=True", "1:24"),
        ("a=0x80", "1:25"),
        ("a=\"\"", "1:26"),
        ("a=2001:db8::1", "1:24"),
        ("a=INVITE", "1:30"),
    ] {
        let text = format!("Transform t {{ Match ({list}); }};");
        let first = refused(&text, WIRESHARK)[0].clone();
        assert!(first.starts_with(&format!("a.mate:{place}: ")), "{first}");
        assert!(refused(&text, DOCUMENTED).is_empty());
    }
    for text in [
        "Pdu p Proto udp Transport ip { Extract a From ip.src; LastExtracted true; };",
        "Default { Pdu { LastPdu true; }; };",
        "Default { Gog { GopTree NullTree; }; };",
        "Default { Gog { GopTree NoTree; }; };",
    ] {
        assert_eq!(refused(text, WIRESHARK).len(), 1, "{text}");
        assert!(refused(text, DOCUMENTED).is_empty(), "{text}");
    }
}

#[test]
fn reading_goes_on_with_the_next_declaration() {
    let text = "Transform t { Match (a };
        Pdu p Proto htp Transport ip { Extract a From no.such; };
        Nonsense Pdu q On x { };
        Gop g On p Match (a) { Lifetime soon; };
        Gop h On q Match (a) { Transform t; };
        Done;";
    let places: Vec<(u32, u32)> = errors_of(&Texts::of(&[("a.mate", text)]), "a.mate", DOCUMENTED)
        .iter()
        .map(|error| (error.place.line, error.place.column))
        .collect();
    // Whoever names a broken declaration is not at fault.
    assert_eq!(places, [(1, 21), (2, 21), (2, 55), (3, 9), (3, 24), (4, 41)]);
}

#[test]
fn no_more_than_twenty_errors_are_told() {
    let text = "Pdu p Proto no Transport ip { Extract a From ip.src; };\n".repeat(30);
    assert_eq!(refused(&text, DOCUMENTED).len(), 20);
}

#[test]
fn the_old_syntax_is_named_once() {
    for text in [
        "# dns.mate\n\nAction=PduDef; Name=x; Proto=dns;\nAction=GopDef;",
        "// x\nAction = PduDef;",
    ] {
        for options in BOTH {
            let errors = refused(text, *options);
            assert_eq!(errors.len(), 1);
            assert!(errors[0].contains("before 0.10.12 (2005)"), "{}", errors[0]);
        }
    }
    assert!(refused("Action=PduDef;", DOCUMENTED)[0].starts_with("a.mate:1:1: "));
}

#[test]
fn errors_in_an_included_file_name_it_and_where_it_was_included() {
    let files = Texts::of(&[
        ("d/a.mate", "\n#include b.mate\nDone"),
        ("d/b.mate", "// one\nTransform t { Match (a) };"),
    ]);
    let errors: Vec<String> = errors_of(&files, "d/a.mate", DOCUMENTED)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        errors,
        [
            "d/b.mate:2:25: ';' is missing before this (included from d/a.mate:2)",
            "d/a.mate:3:5: ';' is missing before this",
        ]
    );
}

#[test]
fn includes_that_lead_nowhere_or_in_a_circle_are_refused() {
    let files = Texts::of(&[
        (
            "a.mate",
            "#include nowhere.mate\n#include b.mate\n#include 0.mate",
        ),
        ("b.mate", "\n#include b.mate"),
        ("0.mate", "#include 1.mate"),
        ("1.mate", "#include 2.mate"),
        ("2.mate", "#include 3.mate"),
        ("3.mate", "#include 4.mate"),
        ("4.mate", "#include 5.mate"),
        ("5.mate", "#include 6.mate"),
        ("6.mate", "#include 7.mate"),
        ("7.mate", "#include 8.mate"),
        ("8.mate", "#include 9.mate"),
        ("9.mate", "#include x.mate"),
        ("x.mate", ""),
    ]);
    let errors: Vec<String> = errors_of(&files, "a.mate", DOCUMENTED)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(
        errors[0].starts_with("a.mate:1:1: cannot include 'nowhere.mate': "),
        "{}",
        errors[0]
    );
    assert!(errors[1].starts_with("b.mate:2:1: cannot include 'b.mate': it would include itself"));
    assert!(errors[2].starts_with("9.mate:1:1: cannot include 'x.mate': more than 10 files"));
}

#[test]
fn includes_that_grow_with_the_power_of_their_depth_end() {
    let body = "#include 1.mate\n".repeat(20);
    let next = |level: u32| body.replace("1.mate", &format!("{level}.mate"));
    let mut texts: Vec<(String, String)> = (1..10)
        .map(|level| (format!("{level}.mate"), next(level + 1)))
        .collect();
    texts.push(("10.mate".to_owned(), String::new()));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
    let errors = errors_of(&Texts::of(&texts), "1.mate", DOCUMENTED);
    assert_eq!(errors.len(), 20);
    assert!(
        errors[0].to_string().contains("too large a configuration"),
        "{}",
        errors[0]
    );
}
