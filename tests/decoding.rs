//! What is encoded is what is decoded, for every PDU type, header and value; nothing that is not is lost or fatal.
//!
//! | clause | test |
//! | --- | --- |
//! | OMA-TS-MMS_ENC section 6, tables 1 to 24: PDU type × header | `every_header_of_every_pdu_type_round_trips` |
//! | the same, what must be there | `a_pdu_without_a_mandatory_header_names_it` |
//! | section 7.3: each value type | `every_header_of_every_pdu_type_round_trips` |
//! | section 7.3.21 with IANA's MIBenum: character sets | `text_round_trips_in_every_charset` |
//! | WAP-230-WSP section 8.5: multiparts, nested | `parts_round_trip` |
//! | docs/DECODING.md says what the code does | `the_document_lists_*` |
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that finds something amiss must stop"
)]

mod encoder;

use std::{collections::BTreeMap, fmt::Write as _};

use encoder::{
    Part,
    generate::{CHARSETS, a_pdu, headers_of, in_charset, multipart_type, parts, plain},
};
use mmsmate::internals::{
    codec::{Charset, ContentType},
    mms::{
        Coded, Codes, Coding, Content, Decoded, Field, HeaderValue, MessageType, PduAnomalyKind, Profile,
        decode,
    },
};
use proptest::prelude::*;

/// All that a value says, for comparison: octets of texts may differ by what ends them.
fn said(value: &HeaderValue<'_>) -> String {
    format!(
        "{:?} {value} {:?}",
        std::mem::discriminant(value),
        value.text().and_then(|text| text.charset)
    )
}

fn kinds(pdu: &Decoded<'_>) -> Vec<PduAnomalyKind> {
    pdu.anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

fn assert_says(pdu: &Decoded<'_>, headers: &[(Field, HeaderValue<'_>)]) {
    for (field, value) in headers {
        let found = pdu
            .header(*field)
            .unwrap_or_else(|| panic!("no {field:?} in {pdu:?}"));
        assert_eq!(said(found), said(value), "{field:?}");
    }
}

#[test]
fn every_header_of_every_pdu_type_round_trips() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for message_type in MessageType::ALL {
        let profile = Profile::of(*message_type).unwrap();
        for field in profile
            .mandatory
            .iter()
            .chain(profile.conditional)
            .chain(profile.optional)
        {
            for _ in 0..8 {
                let tree = headers_of(*message_type, &[*field])
                    .new_tree(&mut runner)
                    .unwrap();
                let headers = proptest::strategy::ValueTree::current(&tree);
                let octets = encoder::pdu(*message_type, &headers, &[]);
                let pdu = decode(&octets, true);
                assert_eq!(pdu.message_type, Some(*message_type));
                assert_says(&pdu, &headers);
                assert_eq!(kinds(&pdu), [], "{octets:x?}");
            }
        }
    }
}

#[test]
fn a_pdu_without_a_mandatory_header_names_it() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for message_type in MessageType::ALL {
        for missing in Profile::of(*message_type).unwrap().mandatory {
            let tree = headers_of(*message_type, &[]).new_tree(&mut runner).unwrap();
            let mut headers = proptest::strategy::ValueTree::current(&tree);
            headers.retain(|(field, _)| field != missing);
            let octets = encoder::pdu(*message_type, &headers, &[]);
            let pdu = decode(&octets, true);
            let named = pdu
                .anomalies
                .iter()
                .any(|anomaly| anomaly.field.as_deref() == missing.name());
            assert!(named, "{message_type:?} without {missing:?}: {:?}", pdu.anomalies);
            assert_eq!(pdu.malformed, *missing != Field::MMS_VERSION);
        }
    }
}

#[test]
fn every_code_of_every_list_has_its_name_in_its_header() {
    for field in Field::ALL {
        let Some(Coding::Coded(list) | Coding::CodedOrToken(list)) = field.coding() else {
            continue;
        };
        for (code, name) in list.names() {
            let octets = [0x8c, 0x80, field.0, *code];
            assert_eq!(decode(&octets, true).header(*field).unwrap().to_string(), *name);
        }
    }
}

#[test]
fn text_round_trips_in_every_charset() {
    let mut covered: Vec<u64> = CHARSETS.iter().map(|(number, ..)| *number).collect();
    for (number, label, alphabet) in CHARSETS {
        let subject = HeaderValue::Text(in_charset(*number, label, alphabet));
        let octets = encoder::header(Field::SUBJECT, &subject);
        let pdu = decode(&octets, true);
        assert_says(&pdu, &[(Field::SUBJECT, subject)]);
        assert_eq!(kinds(&pdu), [PduAnomalyKind::MessageTypeMissing], "{label}");
    }
    // Those that the encoder has no table for are decoded in unit tests, or known by name only.
    covered.extend([
        0, 15, 37, 39, 40, 81, 82, 84, 85, 104, 105, 1000, 1001, 1012, 1013, 1014, 1015, 1017,
    ]);
    covered.extend([1018, 1019, 2009, 2011, 2082, 2085]);
    covered.sort_unstable();
    assert_eq!(
        covered,
        Charset::all().map(|charset| charset.0).collect::<Vec<_>>()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_round_trip(parts in parts(), nested in parts()) {
        let mut all = parts.clone();
        all.push(Part {
            content_type: match multipart_type("application/vnd.wap.multipart.alternative") {
                HeaderValue::ContentType(content_type) => *content_type,
                _ => panic!("not a content type"),
            },
            content_id: None,
            content_location: None,
            data: encoder::multipart(&nested),
        });
        let headers = [(Field::CONTENT_TYPE, multipart_type("application/vnd.wap.multipart.mixed"))];
        let octets = encoder::pdu(MessageType::SEND_REQ, &headers, &encoder::multipart(&all));
        let pdu = decode(&octets, true);
        let leaves = pdu.leaves();
        let expected: Vec<&Part> = parts.iter().chain(&nested).collect();
        prop_assert_eq!(leaves.len(), expected.len());
        for (leaf, part) in leaves.iter().zip(expected) {
            prop_assert_eq!(&leaf.content_type.media, &part.content_type.media);
            prop_assert_eq!(&leaf.content_type.parameters, &part.content_type.parameters);
            prop_assert_eq!(leaf.content_id(), part.content_id.as_deref());
            prop_assert_eq!(leaf.content_location(), part.content_location.as_deref());
            prop_assert_eq!(leaf.data, &part.data);
            prop_assert!(leaf.complete);
        }
        let about_parts = pdu.anomalies.iter().filter(|anomaly| anomaly.kind != PduAnomalyKind::MandatoryHeaderMissing
            && anomaly.kind != PduAnomalyKind::VersionMissing && anomaly.kind != PduAnomalyKind::ConditionalHeaderMissing);
        prop_assert_eq!(about_parts.count(), 0, "{:?}", pdu.anomalies);
    }

    #[test]
    fn a_pdu_cut_at_any_octet_keeps_what_lies_before_the_cut(octets in a_pdu()) {
        let whole = decode(&octets, true);
        for cut in 0..octets.len() {
            let partial = decode(&octets[..cut], false);
            prop_assert!(kinds(&partial).contains(&PduAnomalyKind::PduCutShort));
            prop_assert!(!partial.malformed, "cut at {}: {:?}", cut, partial.anomalies);
            prop_assert!(!partial.complete);
            for (ours, theirs) in partial.headers.headers.iter().zip(&whole.headers.headers) {
                prop_assert!(!ours.complete || ours == theirs, "cut at {}", cut);
                prop_assert_eq!(ours.complete, theirs.offset + theirs.raw.len() <= cut);
            }
            for (ours, theirs) in partial.leaves().iter().zip(whole.leaves()) {
                prop_assert!(theirs.data.starts_with(ours.data));
                prop_assert_eq!(ours.complete, ours.data.len() == theirs.data.len() && ours.headers == theirs.headers
                    && ours.content_type == theirs.content_type);
            }
            // Said to be whole, it is decoded just as far.
            let _ = decode(&octets[..cut], true);
        }
    }

    #[test]
    fn a_pdu_with_octets_changed_never_fails(
        octets in a_pdu(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        whole in any::<bool>(),
    ) {
        let mut octets = octets;
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        let pdu = decode(&octets, whole);
        let joined: Vec<u8> = pdu.headers.headers.iter().flat_map(|header| header.raw.to_vec()).collect();
        prop_assert!(octets.starts_with(&joined));
        let _ = format!("{:?}", pdu.leaves().iter().map(|leaf| (leaf.sha256(), leaf.display_name())).collect::<Vec<_>>());
    }

    #[test]
    fn any_octets_are_decoded_to_something(
        octets in prop::collection::vec(any::<u8>(), 0..400),
        message_type in any::<u8>(),
        whole in any::<bool>(),
    ) {
        let _ = decode(&octets, whole);
        let _ = decode(&[&[0x8c, message_type], octets.as_slice()].concat(), whole);
        let _ = decode(&[b"\x8c\x80\x84\xa3".as_slice(), octets.as_slice()].concat(), whole);
    }
}

#[test]
fn descriptions_in_a_mailbox_view_are_pdus() {
    let description = encoder::pdu(
        MessageType::MBOX_DESCR,
        &[
            (Field::MMS_VERSION, HeaderValue::Version { major: 1, minor: 2 }),
            (Field::MESSAGE_ID, HeaderValue::Text(plain("m1"))),
            (Field::CONTENT_TYPE, multipart_type("text/plain")),
        ],
        b"hello",
    );
    let part = Part {
        content_type: ContentType::bare("application/vnd.wap.mms-message"),
        content_id: None,
        content_location: None,
        data: description,
    };
    let octets = encoder::pdu(
        MessageType::MBOX_VIEW_CONF,
        &[
            (Field::TRANSACTION_ID, HeaderValue::Text(plain("t"))),
            (Field::MMS_VERSION, HeaderValue::Version { major: 1, minor: 2 }),
            (
                Field::RESPONSE_STATUS,
                HeaderValue::Coded(Coded {
                    codes: Codes::ResponseStatus,
                    code: 0x80,
                }),
            ),
            (
                Field::CONTENT_TYPE,
                multipart_type("application/vnd.wap.multipart.mixed"),
            ),
        ],
        &encoder::multipart(&[part.clone(), part]),
    );
    let pdu = decode(&octets, true);
    assert_eq!(kinds(&pdu), []);
    let nested: Vec<_> = pdu.nested_pdus().collect();
    assert_eq!(nested.len(), 2);
    assert!(
        nested
            .iter()
            .all(|description| description.text(Field::MESSAGE_ID) == Some("m1"))
    );
    assert!(
        nested
            .iter()
            .all(|description| description.leaves()[0].data == b"hello" && !description.malformed)
    );
    assert!(matches!(pdu.leaves()[0].content, Content::Pdu(_)));
}

/// The document, read where the crate's sources are.
fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/DECODING.md")).unwrap()
}

/// The table of PDU types and headers as the document must have it.
fn header_table() -> String {
    let mut table = String::from("| header |");
    let short = |message_type: &MessageType| message_type.name().unwrap().trim_start_matches("m-").to_owned();
    MessageType::ALL
        .iter()
        .for_each(|message_type| write!(table, " {} |", short(message_type)).unwrap());
    table.push_str("\n| --- |");
    MessageType::ALL.iter().for_each(|_| table.push_str(" :-: |"));
    for field in Field::ALL {
        write!(table, "\n| {:02X} {} |", field.0, field.name().unwrap()).unwrap();
        for message_type in MessageType::ALL {
            let profile = Profile::of(*message_type).unwrap();
            let cell = match field {
                &Field::MESSAGE_TYPE => "M",
                field if profile.mandatory.contains(field) => "M",
                field if profile.conditional.contains(field) => "C",
                field if profile.optional.contains(field) => "O",
                _ => "",
            };
            write!(table, " {cell} |").unwrap();
        }
    }
    table
}

#[test]
fn the_document_lists_every_header_of_every_pdu_type() {
    let table = header_table();
    assert!(
        document().contains(&table),
        "docs/DECODING.md should contain:\n{table}"
    );
}

#[test]
fn the_document_lists_what_makes_a_pdu_malformed() {
    let document = document();
    let mut listed = BTreeMap::new();
    for line in document.lines() {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        if let (Some(name), Some(malformed @ ("yes" | "no"))) = (cells.next(), cells.next()) {
            listed.insert(name.trim_matches('`').to_owned(), malformed == "yes");
        }
    }
    let kinds: BTreeMap<String, bool> = PduAnomalyKind::ALL
        .iter()
        .map(|kind| (kind.name().to_owned(), kind.makes_malformed()))
        .collect();
    assert_eq!(listed, kinds);
}

#[test]
fn the_document_lists_every_charset() {
    let document = document();
    for charset in Charset::all() {
        let row = format!("| {} | {} |", charset.0, charset.name().unwrap());
        assert!(document.contains(&row), "no row {row}");
    }
}
