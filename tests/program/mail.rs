//! Mail by hand, as mail servers write it: reports about several recipients, and what becomes of each.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | a DSN of Postfix about three recipients is three delivery reports | [`a_dsn_tells_of_each_of_its_recipients`] |
//! | one of Exim about two of three says nothing of the third | [`whom_a_dsn_does_not_name_it_says_nothing_of`] |
//! | the recipient is the one that the sender wrote, whatever an alias made of it | [`an_alias_is_the_recipient_that_the_sender_wrote`] |
//! | a DSN to the system that sent MM4_forward.REQ | [`a_dsn_to_an_mmsc_is_about_its_message`] |
//! | one about an answer or a report of MM4 says nothing of the message | [`a_report_that_bounced_is_no_report_of_the_message`] |
//! | a DSN that names nothing but the envelope (ENVID) | [`a_dsn_may_name_the_envelope_alone`] |
//! | a mail that stops in the middle, while others go on, is owed no reply | [`a_mail_that_stalls_is_not_unanswered`] |
//! | an MDN of one of several | [`an_mdn_is_of_one_reader`] |
//! | frames cut at any length make no second message of one, and no failure | [`mails_that_are_cut_are_told_once`] |

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{document, printed};
use crate::talk::{Conversation, Ends, Said};

const MMSC: [u8; 4] = [10, 1, 0, 1];
const MAIL_SERVER: [u8; 4] = [10, 2, 0, 2];

const OUT: Ends = Ends {
    client: MMSC,
    server: MAIL_SERVER,
    port: 25,
};
const BACK: Ends = Ends {
    client: MAIL_SERVER,
    server: MMSC,
    port: 25,
};

/// Lines as the wire has them.
fn lines(text: &str) -> String {
    text.trim_start_matches('\n').replace('\n', "\r\n")
}

/// A mail transaction that the server takes.
fn sent(conversation: &mut Conversation, ends: Ends, sender: &str, recipients: &[&str], mail: &str) {
    let mail_from = format!("MAIL FROM:<{sender}>\r\n");
    let rcpt_to: Vec<String> = recipients
        .iter()
        .map(|to| format!("RCPT TO:<{to}>\r\n"))
        .collect();
    let mail = lines(mail);
    let mut said = vec![
        Said::Server("220 mx ESMTP\r\n"),
        Said::Client("EHLO host.example\r\n"),
        Said::Server("250 mx\r\n"),
        Said::Client(&mail_from),
        Said::Server("250 ok\r\n"),
    ];
    for command in &rcpt_to {
        said.extend([Said::Client(command), Said::Server("250 ok\r\n")]);
    }
    said.extend([
        Said::Client("DATA\r\n"),
        Said::Server("354 go\r\n"),
        Said::Client(&mail),
        Said::Client(".\r\n"),
        Said::Server("250 queued\r\n"),
        Said::Client("QUIT\r\n"),
        Said::Server("221 bye\r\n"),
        Said::Close,
    ]);
    conversation.talk(ends, &said);
}

/// A mail of a phone to three users of mail, and what comes back.
fn answered_by(report: &str) -> (tempfile::TempDir, PathBuf) {
    let mut conversation = Conversation::default();
    let recipients = ["ann@mail.example", "bob@mail.example", "carl@mail.example"];
    sent(
        &mut conversation,
        OUT,
        "+61400000001@mms.one.example",
        &recipients,
        MESSAGE,
    );
    sent(
        conversation.wait(5),
        BACK,
        "",
        &["+61400000001@mms.one.example"],
        report,
    );
    saved(&conversation)
}

/// Of Postfix where the sender asked for no header to be returned, and of others that return none (RFC 3464 section 2.2.1).
const NAMES_ENVELOPE: &str = "
From: MAILER-DAEMON@mx.mail.example
To: +61400000001@mms.one.example
Message-Id: <20251124160005.4F1234@mx.mail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Original-Envelope-Id: q7+=1
Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; ann@mail.example
Action: failed
Status: 5.1.1
--b--
";

#[test]
fn a_dsn_may_name_the_envelope_alone() {
    let mut conversation = Conversation::default();
    let sender = "+61400000001@mms.one.example";
    let with_id = format!("{sender}> RET=HDRS ENVID=q7+2B+3D1 BODY=<8BITMIME");
    sent(&mut conversation, OUT, &with_id, &["ann@mail.example"], MESSAGE);
    sent(conversation.wait(5), BACK, "", &[sender], NAMES_ENVELOPE);
    let (_folder, file) = saved(&conversation);
    let document = document(&[file]).unwrap();
    let message = &document["messages"][0];
    assert_eq!(message["state"], "rejected", "{document:#}");
    assert_eq!(message["links"][0]["join"], "handover-delivery_report");
    assert_eq!(document["summary"]["messages"], 1);
}

#[test]
fn a_mail_that_stalls_is_not_unanswered() {
    let mut conversation = Conversation::default();
    let mail = lines(MESSAGE);
    conversation.talk(
        OUT,
        &[
            Said::Server("220 mx ESMTP\r\n"),
            Said::Client("EHLO host.example\r\n"),
            Said::Server("250 mx\r\n"),
            Said::Client("MAIL FROM:<+61400000001@mms.one.example>\r\n"),
            Said::Server("250 ok\r\n"),
            Said::Client("RCPT TO:<ann@mail.example>\r\n"),
            Said::Server("250 ok\r\n"),
            Said::Client("DATA\r\n"),
            Said::Server("354 go\r\n"),
            Said::Client(&mail),
        ],
    );
    for _ in 0..3 {
        sent(
            conversation.wait(100),
            OUT,
            "+61400000003@mms.one.example",
            &["bob@mail.example"],
            &MESSAGE.replace("m1@", "m2@").replace("00001", "00003"),
        );
    }
    let (_folder, file) = saved(&conversation);
    let document = document(&[file]).unwrap();
    let message = &document["messages"][0];
    assert_eq!(
        (&message["state"], &message["outcome"], &message["evidence"]),
        (&json!("handing_over"), &json!("open"), &json!("cut")),
        "{message:#}"
    );
    assert_eq!(message["failures"], json!([]));
}

fn saved(conversation: &Conversation) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = conversation.write(&folder.path().join("mail.pcap"), usize::MAX);
    (folder, file)
}

const MESSAGE: &str = "
From: +61400000001@mms.one.example
To: ann@mail.example, bob@mail.example, carl@mail.example
Subject: hi
Message-ID: <m1@mms.one.example>
MIME-Version: 1.0
Content-Type: text/plain

hello
";

/// As Postfix writes it (bounce(8)); all three in one, which it does where it asks for them at once.
const POSTFIX: &str = "
Return-Path: <>
Received: by mx.mail.example (Postfix)
\tid 4F1234; Mon, 24 Nov 2025 16:00:05 +0000 (UTC)
Date: Mon, 24 Nov 2025 16:00:05 +0000 (UTC)
From: MAILER-DAEMON@mx.mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: +61400000001@mms.one.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary=\"4F1234.1764000005/mx.mail.example\"
Message-Id: <20251124160005.4F1234@mx.mail.example>

This is a MIME-encapsulated message.

--4F1234.1764000005/mx.mail.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.mail.example.

--4F1234.1764000005/mx.mail.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example
X-Postfix-Queue-ID: 4F1234
X-Postfix-Sender: rfc822; +61400000001@mms.one.example
Arrival-Date: Mon, 24 Nov 2025 16:00:00 +0000 (UTC)

Final-Recipient: rfc822; bob@mail.example
Original-Recipient: rfc822;bob@mail.example
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: \"bob\"

Final-Recipient: rfc822; carl@mail.example
Original-Recipient: rfc822;carl@mail.example
Action: delayed
Status: 4.4.1
Will-Retry-Until: Sat, 29 Nov 2025 16:00:00 +0000 (UTC)

Final-Recipient: rfc822; ann@mail.example
Original-Recipient: rfc822;ann@mail.example
Action: delivered
Status: 2.0.0

--4F1234.1764000005/mx.mail.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <+61400000001@mms.one.example>
From: +61400000001@mms.one.example
To: ann@mail.example, bob@mail.example, carl@mail.example
Message-ID: <m1@mms.one.example>

--4F1234.1764000005/mx.mail.example--
";

/// As Exim writes it (4.96, `deliver.c`): Action first, no Original-Recipient, and the whole message returned.
const EXIM: &str = "
Received: from Debian-exim by mx.mail.example with local (Exim 4.96)
\tid 1vNZ5B-0001aB-0x
\tfor +61400000001@mms.one.example;
\tMon, 24 Nov 2025 16:00:05 +0000
X-Failed-Recipients: bob@mail.example,
  carl@mail.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.mail.example>
To: +61400000001@mms.one.example
References: <m1@mms.one.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1764000005-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1vNZ5B-0001aB-0x@mx.mail.example>
Date: Mon, 24 Nov 2025 16:00:05 +0000

--1764000005-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1764000005-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Action: failed
Final-Recipient: rfc822;bob@mail.example
Status: 5.0.0
Remote-MTA: dns; gw.mail.example
Diagnostic-Code: smtp; 550 5.1.1 no such user

Action: failed
Final-Recipient: rfc822;carl@mail.example
Status: 4.4.7

--1764000005-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <+61400000001@mms.one.example>
From: +61400000001@mms.one.example
To: ann@mail.example, bob@mail.example, carl@mail.example
Subject: hi
Message-ID: <m1@mms.one.example>
MIME-Version: 1.0
Content-Type: text/plain

hello
--1764000005-eximdsn-1804289383--
";

/// Of each delivery the recipient, its state, and what the reports say, by their PDU.
fn deliveries(message: &Value) -> Vec<Value> {
    let told = |delivery: &Value| {
        let reports = [&delivery["delivery_reports"], &delivery["read_reports"]];
        let reports = reports.into_iter().flat_map(|list| list.as_array().unwrap());
        let said: Vec<Value> = reports
            .map(|report| json!([report["pdu"], report["status"]["name"]]))
            .collect();
        json!([delivery["recipient"], delivery["state"], said])
    };
    message["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(told)
        .collect()
}

fn only_message(file: PathBuf) -> Value {
    let document = document(&[file]).unwrap();
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].clone()
}

#[test]
fn a_dsn_tells_of_each_of_its_recipients() {
    let (_folder, file) = answered_by(POSTFIX);
    let message = only_message(file.clone());
    assert_eq!(
        deliveries(&message),
        [
            json!(["ann@mail.example", "reported", [["dsn", "retrieved"]]]),
            json!(["bob@mail.example", "rejected", [["dsn", "rejected"]]]),
            json!(["carl@mail.example", "deferred", [["dsn", "deferred"]]]),
        ]
    );
    assert_eq!(message["outcome"], "partial");
    let failures = message["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["recipient"], "bob@mail.example");
    let links = message["links"].as_array().unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(
        [&links[0]["by"], &links[0]["confidence"]],
        ["message_id", "exact"]
    );
    let ladder = printed(&["ladder"], &[file]);
    let arrow =
        "dsn retrieved for ann@mail.example, rejected for bob@mail.example, deferred for carl@mail.example";
    assert!(ladder.contains(arrow), "{ladder}");
}

#[test]
fn whom_a_dsn_does_not_name_it_says_nothing_of() {
    let (_folder, file) = answered_by(EXIM);
    let message = only_message(file);
    assert_eq!(
        deliveries(&message),
        [
            json!(["ann@mail.example", "handed_over", []]),
            json!(["bob@mail.example", "rejected", [["dsn", "rejected"]]]),
            json!(["carl@mail.example", "expired", [["dsn", "expired"]]]),
        ]
    );
}

#[test]
fn an_alias_is_the_recipient_that_the_sender_wrote() {
    let aliased = POSTFIX.replace("Final-Recipient: rfc822; ", "Final-Recipient: rfc822; x-");
    let (_folder, file) = answered_by(&aliased);
    let states: Vec<Value> = deliveries(&only_message(file))
        .iter()
        .map(|delivery| delivery[1].clone())
        .collect();
    assert_eq!(states, ["reported", "rejected", "deferred"]);

    // Without Original-Recipient it can only be about the one recipient that there is.
    let unnamed = EXIM.replace("rfc822;bob@mail.example", "rfc822;robert@office.example");
    let unnamed = unnamed.replace(
        "\nAction: failed\nFinal-Recipient: rfc822;carl@mail.example\nStatus: 4.4.7\n",
        "",
    );
    let mut conversation = Conversation::default();
    let sender = "+61400000001@mms.one.example";
    sent(
        &mut conversation,
        OUT,
        sender,
        &["bob@mail.example"],
        &MESSAGE.replace(
            "ann@mail.example, bob@mail.example, carl@mail.example",
            "bob@mail.example",
        ),
    );
    sent(conversation.wait(5), BACK, "", &[sender], &unnamed);
    let (_folder, file) = saved(&conversation);
    assert_eq!(
        deliveries(&only_message(file)),
        [json!(["bob@mail.example", "rejected", [["dsn", "rejected"]]])]
    );
}

const FORWARD: &str = "
X-Mms-3GPP-MMS-Version: 6.3.0
X-Mms-Message-Type: MM4_forward.REQ
X-Mms-Transaction-ID: t-1
X-Mms-Message-ID: q9.77@mms.one.example
X-Mms-Originator-System: system-user@mms.one.example
From: +61400000001/TYPE=PLMN@mms.one.example
To: +61400000002/TYPE=PLMN@mms.two.example,
 +61400000003/TYPE=PLMN@mms.two.example
Message-ID: <smtp-1@mx.one.example>
Content-Type: text/plain

hello
";

/// MM4_forward.REQ to two phones, and what a mail server says of it to the MMSC's own address.
fn forward_and(report: &str) -> (tempfile::TempDir, PathBuf) {
    let mut conversation = Conversation::default();
    let recipients = [
        "+61400000002/TYPE=PLMN@mms.two.example",
        "+61400000003/TYPE=PLMN@mms.two.example",
    ];
    let system = "system-user@mms.one.example";
    sent(&mut conversation, OUT, system, &recipients, FORWARD);
    sent(conversation.wait(5), BACK, "", &[system], report);
    saved(&conversation)
}

/// A DSN about one phone, with what it returns.
fn bounce(recipient: &str, returned: &str) -> String {
    let returned = returned.trim_start_matches('\n');
    format!(
        "
From: MAILER-DAEMON@relay.example
To: system-user@mms.one.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b
Message-ID: <b1@relay.example>

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {recipient}/TYPE=PLMN@mms.two.example
Action: failed
Status: 4.4.7
--b
Content-Type: message/rfc822

{returned}
--b--
"
    )
}

#[test]
fn a_dsn_to_an_mmsc_is_about_its_message() {
    let (_folder, file) = forward_and(&bounce("+61400000003", FORWARD));
    assert_eq!(
        deliveries(&only_message(file)),
        [
            json!(["+61400000002", "handed_over", []]),
            json!(["+61400000003", "expired", [["dsn", "expired"]]]),
        ]
    );
}

#[test]
fn a_report_that_bounced_is_no_report_of_the_message() {
    let report = "
X-Mms-Message-Type: MM4_delivery_report.REQ
X-Mms-Message-ID: q9.77@mms.one.example
X-Mms-MM-Status-Code: Retrieved
From: +61400000002/TYPE=PLMN@mms.two.example
To: +61400000001/TYPE=PLMN@mms.one.example
Message-ID: <q9.77@mms.one.example>

";
    let (_folder, file) = forward_and(&bounce("+61400000002", report));
    assert_eq!(
        deliveries(&only_message(file)),
        [
            json!(["+61400000002", "handed_over", []]),
            json!(["+61400000003", "handed_over", []]),
        ]
    );
}

#[test]
fn an_mdn_is_of_one_reader() {
    let mdn = "
From: Robert <robert@office.example>
To: +61400000001@mms.one.example
Content-Type: multipart/report; report-type=disposition-notification; boundary=b
Message-ID: <n1@office.example>

--b
Content-Type: text/plain

Your message was read.
--b
Content-Type: message/disposition-notification

Reporting-UA: pc.office.example; Mail 1.0
Original-Recipient: rfc822;bob@mail.example
Final-Recipient: rfc822;robert@office.example
Original-Message-ID: <m1@mms.one.example>
Disposition: manual-action/MDN-sent-manually; displayed
--b--
";
    let (_folder, file) = answered_by(mdn);
    assert_eq!(
        deliveries(&only_message(file)),
        [
            json!(["ann@mail.example", "handed_over", []]),
            json!(["bob@mail.example", "read", [["mdn", "read"]]]),
            json!(["carl@mail.example", "handed_over", []]),
        ]
    );
}

const RESPONSE: &str = "
Received: from mms.two.example by relay.example
X-Mms-3GPP-MMS-Version: 6.3.0
X-Mms-Message-Type: MM4_forward.RES
X-Mms-Transaction-ID: t-1
X-Mms-Message-ID: q9.77@mms.one.example
X-Mms-Request-Status-Code: Ok

";

/// As Mbuni orders it: the type comes behind what others begin with.
const REPORT: &str = "
X-Mms-MMS-Version: 1.0
From: +61400000002/TYPE=PLMN
Date: Mon, 24 Nov 2025 16:00:09 GMT
X-Mms-Message-ID: \"q9.77@mms.one.example\"
Message-ID: <q9.77@mms.one.example>
X-Mms-3GPP-MMS-Version: 5.5.0
X-Mms-Originator-System: system-user@mms.two.example
To: +61400000001/TYPE=PLMN@mms.one.example
X-Mms-MM-Status-Code: Retrieved
X-Mms-Message-Type: MM4_delivery_report.REQ

";

#[test]
fn mails_that_are_cut_are_told_once() {
    let mut conversation = Conversation::default();
    let systems = ["system-user@mms.one.example", "system-user@mms.two.example"];
    let phones = [
        "+61400000001/TYPE=PLMN@mms.one.example",
        "+61400000002/TYPE=PLMN@mms.two.example",
    ];
    let forward = FORWARD.replace(",\n +61400000003/TYPE=PLMN@mms.two.example", "");
    let forward = forward.replace("X-Mms-Originator", "X-Mms-Ack-Request: Yes\nX-Mms-Originator");
    let request = format!("{forward}{}", "a line of text\n".repeat(300));
    sent(&mut conversation, OUT, systems[0], &phones[1..], &request);
    sent(conversation.wait(2), BACK, systems[1], &systems[..1], RESPONSE);
    sent(conversation.wait(5), BACK, systems[1], &phones[..1], REPORT);
    let folder = tempfile::tempdir().unwrap();
    let mut states = Vec::new();
    for snap_length in (64..1500).step_by(12) {
        let file = conversation.write(&folder.path().join("cut.pcap"), snap_length);
        let document = document(&[file]).unwrap();
        let messages = document["messages"].as_array().unwrap();
        assert!(messages.len() <= 1, "{snap_length}: {messages:#?}");
        for message in messages {
            assert_eq!(message["failures"], json!([]), "{snap_length}");
            assert_eq!(
                message["deliveries"].as_array().unwrap().len(),
                1,
                "{snap_length}"
            );
            assert_eq!(
                message["deliveries"][0]["recipient"], "+61400000002",
                "{snap_length}"
            );
            states.push(message["state"].as_str().unwrap().to_owned());
        }
    }
    // The more there is, the further it came.
    states.dedup();
    assert_eq!(states, ["handing_over", "handed_over", "reported"]);
}
