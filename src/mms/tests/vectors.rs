//! PDUs with hand-checked octets, one test a PDU type or a deviation.

use super::*;

fn text(pdu: &Decoded<'_>, field: Field) -> String {
    pdu.text(field).expect("the header").to_owned()
}

#[test]
fn notification_ind() {
    let octets = hex(
        "8c82 98'T1a2b'00 8d92 89 18 80'+15550100001/TYPE=PLMN'00 96 05 ea 68c3a9 00 8a80 8e 03 0186a0 \
         88 05 81 03 03f480 83'http://mms.example/m/1'00",
    );
    let pdu = decode(&octets, true);
    assert_eq!(pdu.message_type, Some(MessageType::NOTIFICATION_IND));
    assert_eq!(text(&pdu, Field::TRANSACTION_ID), "T1a2b");
    assert_eq!(pdu.version(), Some((1, 2)));
    assert_eq!(text(&pdu, Field::FROM), "+15550100001/TYPE=PLMN");
    assert_eq!(text(&pdu, Field::SUBJECT), "hé");
    assert_eq!(pdu.token(Field::MESSAGE_CLASS).as_deref(), Some("personal"));
    assert_eq!(pdu.integer(Field::MESSAGE_SIZE), Some(100_000));
    assert_eq!(pdu.time(Field::EXPIRY), Some(TimeValue::Relative(259_200)));
    assert_eq!(text(&pdu, Field::CONTENT_LOCATION), "http://mms.example/m/1");
    assert_eq!(pdu.anomalies, vec![]);
    assert!(pdu.body.is_none());
}

#[test]
fn send_conf() {
    let octets = hex("8c81 98'tx-1'00 8d90 9280 8b'mid-1@mmsc'00");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.message_type, Some(MessageType::SEND_CONF));
    assert_eq!(
        pdu.coded(Field::RESPONSE_STATUS).and_then(Coded::name),
        Some("ok")
    );
    assert_eq!(text(&pdu, Field::MESSAGE_ID), "mid-1@mmsc");
    assert_eq!(pdu.anomalies, vec![]);
}

#[test]
fn delivery_ind() {
    let octets = hex("8c86 8d92 8b'mid-1@mmsc'00 97'+15550100002/TYPE=PLMN'00 85 04 5f000000 95 81");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.integer(Field::DATE), Some(0x5f00_0000));
    assert_eq!(pdu.coded(Field::STATUS).and_then(Coded::name), Some("retrieved"));
    assert_eq!(pdu.anomalies, vec![]);
}

#[test]
fn mbox_delete_conf_numbers_its_entries() {
    let octets =
        hex("8c92 98'd1'00 8d92 83 18 81'http://mms.example/b/1'00 92 02 81 80 93 07 81 05 ea 'ok' 00 00");
    let pdu = decode(&octets, true);
    let HeaderValue::Entry { index: 1, value } = pdu.header(Field::CONTENT_LOCATION).unwrap() else {
        panic!("no entry");
    };
    assert_eq!(value.as_text().unwrap().text, "http://mms.example/b/1");
    assert_eq!(
        pdu.coded(Field::RESPONSE_STATUS).and_then(Coded::name),
        Some("ok")
    );
    assert_eq!(text(&pdu, Field::RESPONSE_TEXT), "ok");
    assert!(!pdu.malformed);
}

#[test]
fn response_text_of_a_delete_conf_in_its_older_form() {
    let octets = hex("8c92 98'd1'00 8d92 83 18 81'http://mms.example/b/1'00 92 02 81 80 93 04 ea 'ok' 00");
    let pdu = decode(&octets, true);
    assert_eq!(text(&pdu, Field::RESPONSE_TEXT), "ok");
    assert_eq!(pdu.anomalies, vec![]);
}

#[test]
fn composite_values() {
    let octets = hex(
        "8c84 98'r'00 8d92 85 04 5f000000 a0 18 81'+15550100009/TYPE=PLMN'00 a1 06 81 04 5e000000 \
         a4 07 80 'work' 00 84 83 'x'",
    );
    let pdu = decode(&octets, true);
    let HeaderValue::PreviouslySentBy { count: 1, address } = pdu.header(Field::PREVIOUSLY_SENT_BY).unwrap()
    else {
        panic!("not decoded");
    };
    assert_eq!(address.text, "+15550100009/TYPE=PLMN");
    assert_eq!(
        pdu.header(Field::PREVIOUSLY_SENT_DATE),
        Some(&HeaderValue::PreviouslySentDate {
            count: 1,
            date: 0x5e00_0000
        })
    );
    assert_eq!(pdu.header(Field::MM_FLAGS).unwrap().to_string(), "add work");
    let octets = hex("8c8e 98'v'00 8d92 9280 aa 02 80 85 ac 05 81 03 0f4240 ad 83 84 a300");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.header(Field::MBOX_TOTALS).unwrap().to_string(), "5 messages");
    assert_eq!(
        pdu.header(Field::MBOX_QUOTAS).unwrap().to_string(),
        "1000000 octets"
    );
    assert_eq!(pdu.integer(Field::MESSAGE_COUNT), Some(3));
    assert_eq!(pdu.anomalies, vec![]);
    let octets = hex("b2 07 'cid1' 00 82 9e");
    let pdu = decode(&octets, true);
    assert_eq!(
        pdu.header(Field::ELEMENT_DESCRIPTOR).unwrap().to_string(),
        "cid1; type=image/jpeg"
    );
}

#[test]
fn from_in_every_form() {
    for (value, address, anomalies) in [
        ("01 81", None, vec![]),
        ("04 80'+1'00", Some("+1"), vec![]),
        ("06 80 04 ea'+1'00", Some("+1"), vec![]),
        (
            "'+1/TYPE=PLMN'00",
            Some("+1/TYPE=PLMN"),
            vec![PduAnomalyKind::ValueForm],
        ),
        ("03'+1'00", Some("+1"), vec![PduAnomalyKind::ValueForm]),
        ("81", None, vec![PduAnomalyKind::ValueForm]),
    ] {
        let octets = hex(&format!("8c8d 98't'00 8d90 89 {value}"));
        let pdu = decode(&octets, true);
        let found = match pdu.from().unwrap() {
            FromValue::Address(address) => Some(address.text.as_ref()),
            FromValue::InsertAddress => None,
        };
        assert_eq!(found, address, "{value}");
        let kinds: Vec<_> = kinds(&pdu)
            .into_iter()
            .filter(|kind| *kind != PduAnomalyKind::UnexpectedHeader)
            .collect();
        assert_eq!(kinds, anomalies, "{value}");
    }
}

#[test]
fn a_wrong_length_costs_that_value_only() {
    // From announces one octet more than it has.
    let octets = hex("8c83 98't'00 8d92 89 19 80'+15550100001/TYPE=PLMN'00 97'+2'00 95 83");
    let pdu = decode(&octets, true);
    assert_eq!(text(&pdu, Field::FROM), "+15550100001/TYPE=PLMN");
    assert_eq!(text(&pdu, Field::TO), "+2");
    assert_eq!(pdu.coded(Field::STATUS).and_then(Coded::name), Some("deferred"));
    assert!(kinds(&pdu).contains(&PduAnomalyKind::ValueLengthWrong));
    assert!(pdu.malformed);
    // One octet less.
    let octets = hex("8c83 98't'00 8d92 89 17 80'+15550100001/TYPE=PLMN'00 97'+2'00 95 83");
    let pdu = decode(&octets, true);
    assert_eq!(text(&pdu, Field::FROM), "+15550100001/TYPE=PLMN");
    assert_eq!(text(&pdu, Field::TO), "+2");
    assert!(kinds(&pdu).contains(&PduAnomalyKind::ValueLengthWrong));
    // Far more than there is.
    let octets = hex("8c83 98't'00 8d92 89 1f ffff7f 80'+1'00 95 83");
    let pdu = decode(&octets, true);
    assert_eq!(text(&pdu, Field::FROM), "+1");
    assert_eq!(pdu.coded(Field::STATUS).and_then(Coded::name), Some("deferred"));
    assert!(kinds(&pdu).contains(&PduAnomalyKind::ValueLengthExceedsPdu));
}

#[test]
fn a_send_req_with_a_length_beyond_its_end_is_malformed() {
    let octets = hex("8c80 98'bad1'00 8d92 97'+61400000001/TYPE=PLMN'00 89 1f ffff7f 80");
    let pdu = decode(&octets, true);
    assert_eq!(text(&pdu, Field::TRANSACTION_ID), "bad1");
    assert!(pdu.malformed);
    let missing: Vec<_> = pdu
        .anomalies
        .iter()
        .filter(|anomaly| anomaly.kind == PduAnomalyKind::MandatoryHeaderMissing)
        .map(|anomaly| anomaly.field.as_deref().unwrap())
        .collect();
    assert_eq!(missing, ["Content-Type"]);
    assert!(kinds(&pdu).contains(&PduAnomalyKind::ValueUndecodable));
}

#[test]
fn unknown_headers_keep_their_number_and_octets() {
    let octets = hex("8c83 98't'00 8d93 e081 e1'text value'00 e203818283 'X-A'00'b'00 95 81");
    let pdu = decode(&octets, true);
    let names: Vec<_> = pdu
        .headers
        .headers
        .iter()
        .map(|header| header.display_name().unwrap())
        .collect();
    assert_eq!(names[3..], ["0xe0", "0xe1", "0xe2", "X-A", "X-Mms-Status"]);
    assert_eq!(pdu.headers.headers[3].value, HeaderValue::Octets(&[0x81]));
    assert_eq!(
        pdu.headers.headers[5].value,
        HeaderValue::Octets(&[0x81, 0x82, 0x83])
    );
    assert_eq!(pdu.headers.headers[6].value.to_string(), "b");
    assert_eq!(kinds(&pdu), [PduAnomalyKind::UnknownHeader; 3]);
    assert!(!pdu.malformed);
}

#[test]
fn headers_in_any_order() {
    let octets = hex("8b'm'00 97'+1'00 85 04 5f000000 95 81 8d92 8c86");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.message_type, Some(MessageType::DELIVERY_IND));
    assert_eq!(text(&pdu, Field::MESSAGE_ID), "m");
    assert_eq!(
        kinds(&pdu),
        [PduAnomalyKind::MessageTypeNotFirst, PduAnomalyKind::HeaderOrder]
    );
}

#[test]
fn octets_that_begin_no_header_are_passed_over() {
    let octets = hex("8c83 98't'00 8d92 01 02 03 95 81 00 0d 0a");
    let pdu = decode(&octets, true);
    assert_eq!(pdu.coded(Field::STATUS).and_then(Coded::name), Some("retrieved"));
    assert_eq!(
        kinds(&pdu),
        [PduAnomalyKind::UnexpectedOctets, PduAnomalyKind::TrailingOctets]
    );
}

#[test]
fn text_that_is_not_what_it_says() {
    let subject = |value: &str| {
        let octets = hex(&format!("8c80 98't'00 8d92 89 01 81 97'+1'00 96 {value} 84 83"));
        let pdu = decode(&octets, true);
        let text = pdu.texts(Field::SUBJECT).next().unwrap().clone();
        (text.text.into_owned(), text.exact, kinds(&pdu))
    };
    assert_eq!(
        subject("'Gr' c3bc 00"),
        ("Grü".into(), true, vec![PduAnomalyKind::TextWithoutCharset])
    );
    assert_eq!(
        subject("'Gr' fc 00"),
        ("Grü".into(), false, vec![PduAnomalyKind::TextWithoutCharset])
    );
    assert_eq!(subject("05 ea'Gr' fc 00").2, [PduAnomalyKind::TextNotInCharset]);
    assert_eq!(
        subject("c3bc 00"),
        (
            "ü".into(),
            true,
            vec![PduAnomalyKind::TextNotQuoted, PduAnomalyKind::TextWithoutCharset]
        )
    );
    assert_eq!(
        subject("05 02 2710 'a' 00"),
        ("a".into(), false, vec![PduAnomalyKind::UnknownCharset])
    );
    assert_eq!(
        subject("0d 84 7f c9'clair 149'00"),
        ("Éclair 149".into(), true, vec![])
    );
    assert_eq!(
        subject("'=?utf-8?B?R3LDvMOfZQ==?='00"),
        ("Grüße".into(), true, vec![])
    );
    assert_eq!(
        subject("0b 0203e8 4f60597d5417 0000"),
        ("你好吗".into(), true, vec![])
    );
}
