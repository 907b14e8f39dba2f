//! Any text is read or refused, in bounded time and at a place that is in it.

use proptest::prelude::*;

use super::*;

/// Pieces of which configurations are made.
const PIECES: &[&str] = &[
    "Pdu",
    "Gop",
    "Gog",
    "Transform",
    "Match",
    "Insert",
    "Replace",
    "Every",
    "Proto",
    "Transport",
    "Payload",
    "Extract",
    "From",
    "Criteria",
    "On",
    "Start",
    "Stop",
    "Member",
    "Default",
    "Debug",
    "Done",
    "true",
    "LastPdu",
    "Expiration",
    "p",
    "q",
    "addr",
    "ip.addr",
    "http",
    "tcp",
    "mate",
    "1.5",
    "10.0.0.1",
    "0a:1",
    "\"x\"",
    "\"",
    "(",
    ")",
    "{",
    "}",
    ",",
    ";",
    "/",
    "|",
    "=",
    "!",
    "?",
    "#",
    "#include a.mate",
    "//",
    "/*",
    "*/",
    "&",
    "é",
    "\u{1a}",
];

proptest! {
    #[test]
    fn pieces_in_any_order_are_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        let text = pieces.join(" ");
        for options in [DOCUMENTED, WIRESHARK] {
            for error in errors_of(&Texts::of(&[("a.mate", &text)]), "a.mate", options) {
                prop_assert_eq!(&*error.place.path, "a.mate");
                prop_assert_eq!(error.place.line, 1);
                prop_assert!(error.place.column as usize <= text.len() + 1);
                prop_assert_eq!(&error.line, &text);
            }
        }
    }

    #[test]
    fn a_configuration_cut_anywhere_is_read_or_refused(cut in 0..MMS.len(), semantics in any::<bool>()) {
        let options = if semantics { DOCUMENTED } else { WIRESHARK };
        let (text, _) = MMS.split_at(cut);
        let errors = refused(text, options);
        // Whole declarations are a configuration.
        let is_whole = text.trim_end().is_empty() || text.trim_end().ends_with("};");
        if is_whole {
            prop_assert!(errors.is_empty(), "{:?}", errors);
        }
    }

    #[test]
    fn what_is_read_does_not_depend_on_blanks_and_comments(gap in "[ \t\r\n]{1,3}|/\\*x\\*/|//x\n") {
        let text = MMS.replace(' ', &gap);
        for options in [DOCUMENTED, WIRESHARK] {
            let (plain, spaced) = (accepted(MMS, options), accepted(&text, options));
            prop_assert_eq!(&plain.pdus, &spaced.pdus);
            prop_assert_eq!(&plain.gops, &spaced.gops);
            prop_assert_eq!(&plain.gogs, &spaced.gogs);
            prop_assert_eq!(&plain.transforms, &spaced.transforms);
        }
    }
}
