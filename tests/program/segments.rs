//! Valid exchanges of SMTP and SOAP, whatever becomes of their segments on the way to the capture.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | cut otherwise and captured out of order, they are the same messages | [`split_and_reordered_they_are_the_same_messages`] |
//! | of what a lost segment costs something is said, and nothing fails | [`what_a_lost_segment_costs_is_said`] |

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::document;
use crate::talk::{Conversation, Ends, Said};

const FORWARDING: Ends = Ends {
    client: [10, 1, 0, 1],
    server: [10, 2, 0, 2],
    port: 25,
};
const ANSWERING: Ends = Ends {
    client: FORWARDING.server,
    server: FORWARDING.client,
    port: 25,
};
const SUBMITTING: Ends = Ends {
    client: [10, 3, 0, 3],
    server: FORWARDING.client,
    port: 8080,
};

const REQUEST: &str = "X-Mms-Message-Type: MM4_forward.REQ\r\nX-Mms-Transaction-ID: t-1\r\n\
    X-Mms-Message-ID: q9.77@mms.one.example\r\nX-Mms-Ack-Request: Yes\r\n\
    X-Mms-Originator-System: system-user@mms.one.example\r\n\
    From: +61400000001/TYPE=PLMN@mms.one.example\r\nTo: +61400000002/TYPE=PLMN@mms.two.example\r\n\
    Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n..dots\r\n--b--\r\n.\r\n";
const RESPONSE: &str = "X-Mms-Message-Type: MM4_forward.RES\r\nX-Mms-Transaction-ID: t-1\r\n\
    X-Mms-Message-ID: q9.77@mms.one.example\r\nX-Mms-Request-Status-Code: Ok\r\n\r\n.\r\n";
const SUBMISSION: &str = "<e:Envelope><e:Header><m:TransactionID>s-1</m:TransactionID></e:Header><e:Body><m:SubmitReq>\
    <m:SenderIdentification><m:VASPID>weather</m:VASPID></m:SenderIdentification><m:Recipients><m:To>\
    <m:Number>+61400000003</m:Number></m:To></m:Recipients><m:Subject>Rain</m:Subject></m:SubmitReq></e:Body></e:Envelope>";
const SUBMITTED: &str = "<e:Envelope><e:Header><m:TransactionID>s-1</m:TransactionID></e:Header><e:Body><m:SubmitRsp>\
    <m:Status><m:StatusCode>1000</m:StatusCode></m:Status><m:MessageID>v-1</m:MessageID></m:SubmitRsp></e:Body></e:Envelope>";

/// A message that goes to a foreign MMSC, and one that an application submits, in segments of these sizes.
fn exchanges(sizes: Vec<usize>) -> Conversation {
    let mut conversation = Conversation::in_segments(sizes);
    let mail = |sender: &str, recipient: &str| {
        [
            format!("MAIL FROM:<{sender}>\r\n"),
            format!("RCPT TO:<{recipient}>\r\n"),
        ]
    };
    let system = "system-user@mms.two.example";
    let to_phone = mail(
        "system-user@mms.one.example",
        "+61400000002/TYPE=PLMN@mms.two.example",
    );
    let to_system = mail(system, "system-user@mms.one.example");
    for (ends, [from, to], data) in [
        (FORWARDING, &to_phone, REQUEST),
        (ANSWERING, &to_system, RESPONSE),
    ] {
        let said = [
            Said::Server("220 mx ESMTP\r\n"),
            Said::Client("EHLO host.example\r\n"),
            Said::Server("250-mx\r\n250 8BITMIME\r\n"),
            Said::Client(from),
            Said::Server("250 ok\r\n"),
            Said::Client(to),
            Said::Server("250 ok\r\n"),
            Said::Client("DATA\r\n"),
            Said::Server("354 go\r\n"),
            Said::Client(data),
            Said::Server("250 queued\r\n"),
            Said::Client("QUIT\r\n"),
            Said::Server("221 bye\r\n"),
            Said::Close,
        ];
        conversation.talk(ends, &said);
    }
    let post = format!(
        "POST /mm7 HTTP/1.1\r\nHost: mms.one.example\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{SUBMISSION}",
        SUBMISSION.len()
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{SUBMITTED}",
        SUBMITTED.len()
    );
    conversation.talk(
        SUBMITTING,
        &[Said::Client(&post), Said::Server(&answer), Said::Close],
    );
    conversation
}

/// What is told of each message, but for where and when it was seen.
fn told(conversation: &Conversation, folder: &Path) -> (Vec<Value>, Value) {
    let document = document(&[conversation.write(&folder.join("told.pcap"), usize::MAX)]).unwrap();
    let messages = document["messages"].as_array().unwrap().iter();
    let messages = messages.map(|message| {
        let handovers = message["deliveries"].as_array().unwrap().iter();
        let handovers = handovers.flat_map(|delivery| delivery["handovers"].as_array().unwrap());
        let handovers: Vec<_> = handovers
            .map(|handover| json!([handover["state"], handover["transaction_id"], handover["tries"]]))
            .collect();
        json!([
            message["message_id"],
            message["from"],
            message["recipients"],
            message["state"],
            message["outcome"],
            message["parts"],
            message["submission"]["state"],
            handovers,
            message["failures"],
        ])
    });
    (messages.collect(), document)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn split_and_reordered_they_are_the_same_messages(
        sizes in prop::collection::vec(1_usize..90, 1..20),
        swaps in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (expected, _) = told(&exchanges(vec![1400]), folder.path());
        prop_assert_eq!(expected.len(), 2);
        let mut conversation = exchanges(sizes);
        for place in swaps {
            conversation.swap(place.index(conversation.len()));
        }
        prop_assert_eq!(told(&conversation, folder.path()).0, expected);
    }

    #[test]
    fn what_a_lost_segment_costs_is_said(
        sizes in prop::collection::vec(20_usize..200, 1..20),
        lost in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut conversation = exchanges(sizes);
        let (expected, _) = told(&conversation, folder.path());
        conversation.lose(lost.index(conversation.len()));
        let (left, document) = told(&conversation, folder.path());
        prop_assert!(left.len() <= expected.len(), "{left:?}");
        let messages = document["messages"].as_array().unwrap();
        prop_assert!(messages.iter().all(|message| message["failures"] == json!([])), "{left:?}");
        let is_said = messages.iter().any(|message| message["evidence"] != "complete")
            || document["anomalies"] != json!([])
            || document["diagnosis"] != json!([]);
        prop_assert!(left == expected || is_said, "{document:#}");
    }
}
