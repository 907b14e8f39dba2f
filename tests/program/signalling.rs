//! Short messages in the signalling network: a capture of a real MMSC, its short messages once over SMPP as they were
//! sent (`testdata/captures/a1_happy_smpp.pcap`) and again over MAP (`testdata/signalling`, see the README there).

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{document, run, testdata};

fn capture(name: &str) -> PathBuf {
    testdata().join("signalling").join(name)
}

/// The only message of a capture.
fn message(path: PathBuf) -> Value {
    let document = document(&[path]).unwrap();
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    messages[0].clone()
}

/// What a message is, without when and where it was seen.
fn substance(message: &Value) -> Value {
    let reports = |key: &str| {
        let reports = message["deliveries"][0][key].as_array().unwrap().iter();
        reports
            .map(|report| json!([report["status"], report["copies"]]))
            .collect::<Vec<_>>()
    };
    let of = |keys: &[&str]| keys.iter().map(|key| message[*key].clone()).collect::<Vec<_>>();
    json!([
        of(&[
            "message_id",
            "from",
            "to",
            "subject",
            "parts",
            "outcome",
            "state",
            "evidence",
            "failures"
        ]),
        message["deliveries"][0]["recipient"],
        message["deliveries"][0]["notifications"][0]["copies"],
        reports("delivery_reports"),
        reports("read_reports"),
        message["links"].as_array().unwrap().len(),
    ])
}

#[test]
fn a_message_is_the_same_over_map_as_over_smpp() {
    let smpp = message(testdata().join("captures/a1_happy_smpp.pcap"));
    for (name, frames) in [
        ("map_delivered.pcap", json!([31, 27, 59, 73])),
        // The hop nearer the phone is shown.
        ("map_two_hops.pcap", json!([45, 37, 73, 91])),
    ] {
        let map = message(capture(name));
        assert_eq!(substance(&map), substance(&smpp), "{name}");
        let delivery = &map["deliveries"][0];
        let pushed = [
            &delivery["notifications"][0]["seen"],
            &delivery["delivery_reports"][0]["seen"],
            &delivery["read_reports"][1]["seen"],
        ];
        assert!(pushed.iter().all(|seen| seen["bearer"] == "map"), "{name}");
        let [notified, delivered, read] = pushed;
        assert_eq!(
            json!([
                notified["frame"],
                notified["first_frame"],
                delivered["frame"],
                read["frame"]
            ]),
            frames,
            "{name}"
        );
    }
}

#[test]
fn what_a_relay_passes_on_is_a_hop_with_its_own_answer() {
    let message = message(capture("map_two_hops.pcap"));
    let notification = &message["deliveries"][0]["notifications"][0];
    assert_eq!(notification["hops"][0]["frame"], 43);
    let answers = message["events"].as_array().unwrap().iter();
    let answers = answers.filter(|event| event["bearer"] == "map" && event["pdu"].is_null());
    let answers: Vec<_> = answers
        .map(|event| json!([event["frame"], event["src"], event["dst"]]))
        .collect();
    let (_, ladder, _) = run(&["ladder"], &[capture("map_two_hops.pcap")]);
    let ladder = String::from_utf8(ladder).unwrap();
    assert!(ladder.contains("D  STP      10.20.0.9"), "{ladder}");
    let (switch, relay, centre) = ("10.20.0.2:2905", "10.20.0.9:2905", "10.20.0.1:2905");
    let both = |frame: u64| [json!([frame, switch, relay]), json!([frame + 2, relay, centre])];
    assert_eq!(answers, [both(47), both(75), both(93)].concat());
}

#[test]
fn a_phone_that_is_away_is_named_by_the_error() {
    let refused = message(capture("map_refused.pcap"));
    assert_eq!(refused["outcome"], "failure");
    assert_eq!(
        refused["deliveries"][0]["recipient"], "+441500002",
        "by the routing enquiry"
    );
    let failures = refused["failures"].as_array().unwrap().iter();
    let failures: Vec<_> = failures
        .map(|failure| json!([failure["kind"], failure["code"], failure["frame"]]))
        .collect();
    let kind = "notification_bearer_error";
    assert_eq!(
        json!(failures),
        json!([[kind, 27, 29], [kind, 27, 41]]),
        "at each try"
    );
    let (status, ladder, _) = run(&["ladder"], &[capture("map_refused.pcap")]);
    let ladder = String::from_utf8(ladder).unwrap();
    assert_eq!(status, 0);
    assert!(ladder.contains("D  MSC      10.20.0.2"), "{ladder}");
    assert!(ladder.contains("MAP error 27, absent subscriber"), "{ladder}");
}

#[test]
fn what_carried_it_is_counted() {
    let (status, inventory, _) = run(&["captures"], &[capture("map_two_hops.pcap")]);
    let inventory = String::from_utf8(inventory).unwrap();
    assert_eq!(status, 0);
    for line in ["56  SCTP packets", "2  SCTP associations", "2  SS7"] {
        assert!(inventory.contains(line), "{inventory}");
    }
}
