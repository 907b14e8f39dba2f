//! Dialogues of RFC 5321 appendix D and of live MMSCs, with what each must yield.
//!
//! | Clause | Tests |
//! | --- | --- |
//! | RFC 5321 section 3.3, mail transactions | `a_mail_with_its_envelope_and_what_was_answered`, `the_next_transaction_follows_on_the_connection` |
//! | RFC 5321 section 4.2, replies | `refused_*` |
//! | RFC 2920, pipelining | `pipelined_commands_are_paired_by_order` |
//! | RFC 3030, chunking | `chunks_make_one_mail` |
//! | RFC 3207, STARTTLS | `nothing_is_read_behind_starttls` |
//! | RFC 4954, AUTH | `credentials_are_no_commands` |

use proptest::prelude::*;

use crate::flow::{CloseReason, TransportKind};
use crate::model::{AnomalyKind, Direction};
use crate::session::recorder::{DOWN, Recorder, UP};

/// A mail of MM4, as it is sent.
const MAIL: &str = "X-Mms-Message-Type: MM4_forward.REQ\r\nX-Mms-Message-ID: a\r\n\r\nhello\r\n..dot\r\n";
/// Its octets without the dot that was added.
const MAIL_OCTETS: usize = MAIL.len() - 1;

const HELLO: &[(Direction, &str)] = &[
    (DOWN, "220 mms.two.example ESMTP\r\n"),
    (UP, "EHLO mms.one.example\r\n"),
    (DOWN, "250-mms.two.example\r\n250 8BITMIME\r\n"),
];
const ENVELOPE: &[(Direction, &str)] = &[
    (UP, "MAIL FROM:<system@mms.one.example>\r\n"),
    (DOWN, "250 ok\r\n"),
    (UP, "RCPT TO:<+61400000002/TYPE=PLMN@mms.two.example>\r\n"),
    (DOWN, "250 ok\r\n"),
];
const DATA: &[(Direction, &str)] = &[(UP, "DATA\r\n"), (DOWN, "354 go\r\n"), (UP, MAIL)];
const END: &[(Direction, &str)] = &[(UP, ".\r\n"), (DOWN, "250 2.0.0 queued\r\n")];
const QUIT: &[(Direction, &str)] = &[(UP, "QUIT\r\n"), (DOWN, "221 bye\r\n")];

struct Talk {
    recorder: Recorder,
    connection: usize,
}

impl Talk {
    fn new() -> Self {
        let mut talk = Self::in_between();
        talk.recorder.see_opening(talk.connection);
        talk
    }

    /// A connection whose beginning was not captured.
    fn in_between() -> Self {
        let mut recorder = Recorder::default();
        let connection = recorder.open(TransportKind::Tcp, 1, 40_000, 25);
        Self { recorder, connection }
    }

    fn say(mut self, pieces: &[&[(Direction, &str)]]) -> Self {
        for (direction, octets) in pieces.iter().copied().flatten() {
            self.recorder.data(self.connection, *direction, octets.as_bytes());
        }
        self
    }

    fn lose(mut self, direction: Direction, octets: u64) -> Self {
        self.recorder.gap(self.connection, direction, octets);
        self
    }

    fn close(mut self, reason: CloseReason) -> Vec<String> {
        self.recorder.close(self.connection, reason);
        self.recorder.lines
    }

    fn end(self) -> Vec<String> {
        self.close(CloseReason::Finished)
    }
}

const ENDS: &str = "10.0.0.1:40000>10.9.9.9:25";
const TO: &str = "<system@mms.one.example> to <+61400000002/TYPE=PLMN@mms.two.example>";

#[test]
fn a_mail_with_its_envelope_and_what_was_answered() {
    let lines = Talk::new().say(&[HELLO, ENVELOPE, DATA, END, QUIT]).end();
    assert_eq!(
        lines,
        [
            format!("0 Post smtp 10..11 {ENDS} from {TO}250 message/rfc822 {MAIL_OCTETS}/{MAIL_OCTETS}"),
            "0 Smtp(250) smtp 12..12".to_owned(),
        ]
    );
}

#[test]
fn the_next_transaction_follows_on_the_connection() {
    let lines = Talk::new()
        .say(&[HELLO, ENVELOPE, DATA, END, ENVELOPE, DATA, END])
        .end();
    assert_eq!(lines.len(), 4);
    assert!(lines[3].starts_with("1 Smtp(250)"));
}

#[test]
fn refused_at_each_command() {
    let mail: &[(Direction, &str)] = &[
        (UP, "MAIL FROM:<system@mms.one.example>\r\n"),
        (DOWN, "451 later\r\n"),
    ];
    let lines = Talk::new().say(&[HELLO, mail, QUIT]).end();
    assert_eq!(
        lines[0],
        format!("0 Post smtp 4..4 {ENDS} refused Mail from <system@mms.one.example>")
    );
    assert_eq!(lines[1], "0 Smtp(451) smtp 5..5");

    let recipients: &[(Direction, &str)] = &[
        (UP, "MAIL FROM:<system@mms.one.example>\r\n"),
        (DOWN, "250 ok\r\n"),
        (UP, "RCPT TO:<+61400000002/TYPE=PLMN@mms.two.example>\r\n"),
        (DOWN, "550-no\r\n"),
        (DOWN, "550 such user\r\n"),
    ];
    let lines = Talk::new().say(&[HELLO, recipients, QUIT]).end();
    assert_eq!(
        lines[0],
        format!("0 Post smtp 6..6 {ENDS} refused Recipient from {TO}550")
    );
    assert_eq!(lines[1], "0 Smtp(550) smtp 7..8");

    let data: &[(Direction, &str)] = &[(UP, "DATA\r\n"), (DOWN, "554 no\r\n")];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, data, QUIT]).end();
    assert_eq!(
        lines[0],
        format!("0 Post smtp 8..8 {ENDS} refused Data from {TO}250")
    );
    assert_eq!(lines[1], "0 Smtp(554) smtp 9..9");

    let end: &[(Direction, &str)] = &[(UP, ".\r\n"), (DOWN, "552 too large\r\n")];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, DATA, end, QUIT]).end();
    assert_eq!(lines[1], "0 Smtp(552) smtp 12..12");
}

#[test]
fn the_end_of_the_dialogue_answers_no_data() {
    let end: &[(Direction, &str)] = &[(UP, ".\r\n"), (UP, "QUIT\r\n"), (DOWN, "221 bye\r\n")];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, DATA, end]).end();
    assert_eq!(lines.len(), 2);
    assert!(!lines[1].contains("Smtp("), "{lines:?}");
    // One that comes late is still the one to the data.
    let late: &[(Direction, &str)] = &[
        (UP, ".\r\n"),
        (UP, "QUIT\r\n"),
        (DOWN, "250 queued\r\n221 bye\r\n"),
    ];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, DATA, late]).end();
    assert!(lines[1].starts_with("0 Smtp(250)"), "{lines:?}");
}

#[test]
fn a_reply_to_data_that_was_lost_is_not_missing() {
    let hidden = |line: &str| line.contains("Hidden");
    let closed: &[(Direction, &str)] = &[(DOWN, "221 bye\r\n")];
    // With the end of the data and QUIT.
    let talk = Talk::new()
        .say(&[HELLO, ENVELOPE, DATA])
        .lose(DOWN, 8)
        .say(&[closed]);
    let lines = talk.lose(UP, 9).end();
    assert!(lines.iter().any(|line| hidden(line)), "{lines:?}");
    // With QUIT, and alone.
    let sent: &[(Direction, &str)] = &[(UP, ".\r\n")];
    let quit: &[(Direction, &str)] = &[(UP, ".\r\nQUIT\r\n")];
    for end in [sent, quit] {
        let talk = Talk::new()
            .say(&[HELLO, ENVELOPE, DATA, end])
            .lose(DOWN, 8)
            .say(&[closed]);
        let lines = talk.end();
        assert!(lines.iter().any(|line| hidden(line)), "{lines:?}");
    }
}

#[test]
fn pipelined_commands_are_paired_by_order() {
    let pipelined: &[(Direction, &str)] = &[
        (
            UP,
            "MAIL FROM:<system@mms.one.example>\r\nRCPT TO:<+1/TYPE=PLMN@m>\r\nRCPT TO:<+2/TYPE=PLMN@m>\r\nDATA\r\n",
        ),
        (DOWN, "250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"),
        (UP, MAIL),
    ];
    let lines = Talk::new().say(&[HELLO, pipelined, END]).end();
    assert!(
        lines[0].contains("to <+1/TYPE=PLMN@m>550 <+2/TYPE=PLMN@m>250"),
        "{lines:?}"
    );
    assert_eq!(lines[1], "0 Smtp(250) smtp 8..8");
}

#[test]
fn chunks_make_one_mail() {
    let chunks: &[(Direction, &str)] = &[
        (
            UP,
            "BDAT 39\r\nX-Mms-Message-Type: MM4_forward.RES\r\n\r\nBDAT 5 LAST\r\n.\r\nab",
        ),
        (DOWN, "250 ok\r\n250 queued\r\n"),
    ];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, chunks, QUIT]).end();
    assert_eq!(
        lines[0],
        format!("0 Post smtp 8..8 {ENDS} from {TO}250 message/rfc822 44/44")
    );
    assert_eq!(lines[1], "0 Smtp(250) smtp 9..9");

    let refused: &[(Direction, &str)] = &[(UP, "BDAT 3\r\nabc"), (DOWN, "552 no\r\n"), (UP, "RSET\r\n")];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, refused, QUIT]).end();
    assert_eq!(
        lines[0],
        format!("0 Post smtp 8..8 {ENDS} refused Data from {TO}250")
    );
}

#[test]
fn nothing_is_read_behind_starttls() {
    let tls: &[(Direction, &str)] = &[
        (UP, "STARTTLS\r\n"),
        (DOWN, "220 go ahead\r\n"),
        (UP, "\u{16}\u{3}\u{1}MAIL FROM:<system@mms.one.example>\r\n"),
        (DOWN, "250 ok\r\n"),
    ];
    let talk = Talk::new().say(&[HELLO, tls, tls]);
    assert_eq!(
        talk.recorder.sessions.anomalies.count(AnomalyKind::SmtpEncrypted),
        1
    );
    assert_eq!(talk.end(), [""; 0]);
}

#[test]
fn credentials_are_no_commands() {
    let login: &[(Direction, &str)] = &[
        (UP, "AUTH LOGIN\r\n"),
        (DOWN, "334 VXNlcm5hbWU6\r\n"),
        (UP, "RSET\r\n"),
        (DOWN, "334 UGFzc3dvcmQ6\r\n"),
        (UP, "QUIT\r\n"),
        (DOWN, "235 ok\r\n"),
    ];
    let lines = Talk::new().say(&[HELLO, ENVELOPE, login, DATA, END]).end();
    assert_eq!(lines.len(), 2);
    assert!(!lines.concat().contains("LOGIN"));
}

#[test]
fn a_connection_that_ends_within_the_data_or_before_the_reply() {
    let cut = Talk::new()
        .say(&[HELLO, ENVELOPE, DATA])
        .close(CloseReason::Reset { by: UP });
    assert!(cut[0].ends_with("CutShort { reset: true }"), "{cut:?}");
    assert!(cut[1].starts_with("0 end Reset Visible"));

    let unanswered = Talk::new().say(&[HELLO, ENVELOPE, DATA, &END[..1]]).end();
    assert!(unanswered[0].ends_with(&format!("{MAIL_OCTETS}/{MAIL_OCTETS}")));
    assert!(unanswered[1].starts_with("0 end Closed"));

    let capture_end = Talk::new()
        .say(&[HELLO, ENVELOPE, DATA])
        .close(CloseReason::CaptureEnd);
    assert!(capture_end[0].ends_with("NotCaptured"), "{capture_end:?}");
}

#[test]
fn what_is_lost_of_a_mail_is_said_and_its_reply_still_found() {
    let talk = Talk::new().say(&[
        HELLO,
        ENVELOPE,
        &DATA[..2],
        &[(UP, "X-Mms-Priority: Low\r\n\r\n")],
    ]);
    // The end of the data is in the gap, so the reply tells of it.
    let lines = talk.lose(UP, 500).say(&[&END[1..], ENVELOPE, DATA, END]).end();
    assert!(lines[0].ends_with("23/523 Hole"), "{lines:?}");
    assert_eq!(lines[1], "0 Smtp(250) smtp 12..12");
    assert!(lines[3].starts_with("1 Smtp(250)"));
}

#[test]
fn lost_replies_do_not_shift_those_that_follow() {
    let talk = Talk::new().say(&[HELLO, &ENVELOPE[..1]]).lose(DOWN, 8);
    let lines = talk.say(&[&ENVELOPE[2..], DATA, END]).end();
    assert!(lines[0].contains("mms.two.example>250"), "{lines:?}");
    assert!(lines[1].starts_with("0 Smtp(250)"));
}

/// 354 answers DATA and nothing else, also where it is captured behind all of the mail.
#[test]
fn a_late_go_ahead_is_not_the_answer_to_the_mail() {
    let late: &[(Direction, &str)] = &[(UP, "DATA\r\n"), (UP, MAIL), (UP, ".\r\n"), (DOWN, "354 go\r\n")];
    let lines = Talk::new()
        .say(&[HELLO, ENVELOPE, late, &[(DOWN, "250 queued\r\n")]])
        .end();
    assert!(
        lines.iter().any(|line| line.starts_with("0 Smtp(250)")),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|line| line.contains("354")), "{lines:?}");
}

#[test]
fn one_direction_alone() {
    let up = |pieces: &[&'static [(Direction, &'static str)]]| -> Vec<(Direction, &'static str)> {
        pieces
            .concat()
            .into_iter()
            .filter(|(direction, _)| *direction == UP)
            .collect()
    };
    let client = Talk::in_between()
        .say(&[&up(&[HELLO, ENVELOPE, DATA, END, ENVELOPE, DATA, END, QUIT])])
        .end();
    assert_eq!(client.iter().filter(|line| line.contains(" Post ")).count(), 2);
    assert!(
        client
            .iter()
            .filter(|line| line.contains(" end "))
            .all(|line| line.contains("NotCaptured"))
    );

    let down: Vec<_> = [HELLO, ENVELOPE, DATA, END]
        .concat()
        .into_iter()
        .filter(|(direction, _)| *direction == DOWN)
        .collect();
    assert_eq!(Talk::in_between().say(&[&down]).end(), [""; 0]);
}

#[test]
fn a_capture_that_begins_within_a_mail() {
    let rest: &[(Direction, &str)] = &[(UP, "abcd=\r\n.\r\n"), (DOWN, "250 2.0.0 queued\r\n")];
    let lines = Talk::in_between().say(&[rest, ENVELOPE, DATA, END]).end();
    assert!(lines[0].contains("from <system@mms.one.example>"), "{lines:?}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn other_mail_is_not_handed_on() {
    let envelope: &[(Direction, &str)] = &[
        (DOWN, "220 mx.example ESMTP\r\n"),
        (
            UP,
            "EHLO mail.example\r\nMAIL FROM:<ann@mail.example>\r\nRCPT TO:<bob@mx.example>\r\nDATA\r\n",
        ),
        (DOWN, "250 hi\r\n250 ok\r\n550 no\r\n354 go\r\n"),
        (UP, "From: ann@mail.example\r\nSubject: x\r\n\r\nsee you\r\n"),
    ];
    let talk = Talk::new().say(&[envelope, END]);
    assert_eq!(talk.recorder.sessions.held_octets(), 0);
    assert_eq!(talk.end(), [""; 0]);
}

#[test]
fn a_million_commands_take_no_room() {
    let mut talk = Talk::new().say(&[&HELLO[..2]]);
    let noops = "NOOP\r\n".repeat(1000);
    for _ in 0..1000 {
        talk = talk.say(&[&[(UP, noops.as_str())]]);
    }
    assert!(talk.recorder.sessions.held_octets() < 1 << 20);
    assert!(talk.recorder.sessions.anomalies.count(AnomalyKind::LimitReached) > 0);
}

/// What was handed on, without the frames.
fn without_frames(lines: Vec<String>) -> Vec<String> {
    let words = |line: &String| {
        let words = line.split(' ').filter(|word| !word.contains(".."));
        words.collect::<Vec<_>>().join(" ")
    };
    lines.iter().map(words).collect()
}

proptest! {
    #[test]
    fn segments_change_nothing(cuts in prop::collection::vec(1_usize..60, 1..40)) {
        let turns = [HELLO, ENVELOPE, DATA, END, ENVELOPE, DATA, END, QUIT];
        let whole = without_frames(Talk::new().say(&turns).end());
        let mut talk = Talk::new();
        let mut sizes = cuts.iter().copied().cycle();
        for (direction, octets) in turns.concat() {
            let mut rest = octets;
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
                talk = talk.say(&[&[(direction, piece)]]);
                rest = after;
            }
        }
        prop_assert_eq!(without_frames(talk.end()), whole);
    }

    #[test]
    fn a_lost_segment_costs_its_own_mail_at_most(lost in 3_usize..16, cut in 1_usize..40) {
        let turns = [HELLO, ENVELOPE, DATA, END, ENVELOPE, DATA, END, QUIT].concat();
        let mut talk = Talk::new();
        for (number, (direction, octets)) in turns.iter().enumerate() {
            if number == lost {
                let (missing, rest) = octets.split_at(cut.min(octets.len()));
                talk = talk.lose(*direction, missing.len() as u64);
                if !rest.is_empty() {
                    talk = talk.say(&[&[(*direction, rest)]]);
                }
            } else {
                talk = talk.say(&[&[(*direction, *octets)]]);
            }
        }
        let lines = talk.end();
        let mails: Vec<_> = lines.iter().filter(|line| line.contains("rfc822")).collect();
        // A mail of which nothing is said to be missing is whole, and the second one is there in any case.
        let whole = format!("{MAIL_OCTETS}/{MAIL_OCTETS}");
        prop_assert!(mails.iter().all(|line| line.ends_with(&whole) || line.ends_with("Hole")), "{lines:?}");
        prop_assert!(mails.last().is_some_and(|line| line.ends_with(&whole)) || lost > 9, "{lines:?}");
    }
}
