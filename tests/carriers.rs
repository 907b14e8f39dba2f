//! From a capture to its carrier events: what was asked, what was answered, in which frames, and what is not known.
//!
//! The expectations were worked out by hand from the frames.

use std::path::Path;

use mmsmate::internals::{
    capture::{Captures, find_inputs},
    mms::Pdu,
    pipeline::{self, Limits, Observer},
    session::{Body, BodyEnd, CarrierEvent},
};

/// The HTTP exchanges of a capture, one line an event: `#exchange what [frames] octets/length end`.
fn events(name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/suite")
        .join(name);
    let (captures, problems) = Captures::open(find_inputs([file], false).inputs);
    assert!(problems.is_empty(), "{problems:?}");
    let mut lines = Lines::default();
    pipeline::run(captures, &Limits::default(), &mut lines);
    lines.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Observer for Lines {
    fn carrier(&mut self, event: &CarrierEvent<'_>, _: Option<&Pdu<'_>>) {
        self.0.extend(line(event));
    }
}

fn line(event: &CarrierEvent<'_>) -> Option<String> {
    Some(match event {
        CarrierEvent::Request(request) if request.bearer.name() == "http" => {
            let frames = frames(&request.extent);
            format!(
                "#{} {:?} [{frames}] {}",
                request.exchange.0,
                request.method,
                body(&request.body)
            )
        }
        CarrierEvent::Response(response) if response.bearer.name() == "http" => {
            let frames = frames(&response.extent);
            let status = response
                .status
                .map_or("unknown".to_owned(), |status| format!("{status:?}"));
            format!(
                "#{} {status} [{frames}] {}",
                response.exchange.0,
                body(&response.body)
            )
        }
        CarrierEvent::End(end) => {
            format!(
                "#{} {:?} {:?} [{}]",
                end.exchange.0, end.reason, end.answer, end.at.frame
            )
        }
        CarrierEvent::Request(_) | CarrierEvent::Response(_) | CarrierEvent::Receipt(_) => return None,
    })
}

fn frames(extent: &mmsmate::internals::model::Extent) -> String {
    format!("{}-{}", extent.first.frame, extent.last.frame)
}

fn body(body: &Body<'_>) -> String {
    let octets = body.bytes.len();
    match body.end {
        BodyEnd::Whole => format!("{octets}/{}", body.length),
        end => format!("{octets}/{} {end:?}", body.length),
    }
}

#[test]
fn only_the_client_was_captured() {
    let expected = ["#0 Post [3-10] 9701/9701", "#0 CaptureEnd NotCaptured [13]"];
    assert_eq!(events("tcp-client-side-only.pcapng"), expected);
}

#[test]
fn only_the_server_was_captured() {
    assert_eq!(
        events("tcp-server-side-only.pcapng"),
        ["#1 Http(200) [4-11] 10169/10169"]
    );
}

#[test]
fn a_segment_of_the_request_was_not_captured_and_the_server_has_it() {
    let lines = events("tcp-gap-acked-send.pcap");
    assert_eq!(
        lines[..2],
        ["#0 Post [4-15] 4886/11007 Hole", "#0 Http(200) [17-17] 53/53"]
    );
}

#[test]
fn a_segment_of_the_answer_was_not_captured_and_the_phone_has_it() {
    let lines = events("tcp-gap-acked-retrieve.pcapng");
    assert!(lines.contains(&"#2 Get [28-28] 0/0".to_owned()));
    assert!(lines.contains(&"#2 Http(200) [30-42] 6356/12582 Hole".to_owned()));
}

#[test]
fn the_capture_ends_within_the_answer() {
    let expected = ["#1 Get [5-5] 0/0", "#1 Http(200) [7-13] 6856/11294 NotCaptured"];
    assert_eq!(events("tcp-capture-ends-within-answer.pcapng"), expected);
}

#[test]
fn the_capture_begins_within_the_request() {
    let lines = events("tcp-mid-stream-start.pcapng.gz");
    assert_eq!(lines[..2], ["#0 Http(200) [7-7] 53/53", "#2 Get [16-16] 0/0"]);
}

#[test]
fn the_snap_length_cut_every_segment() {
    let lines = events("link-snaplen-cut.pcap");
    assert_eq!(
        lines[..2],
        ["#0 Post [4-17] 532/12657 Hole", "#0 Http(200) [19-19] 53/53"]
    );
}

#[test]
fn requests_that_were_not_sent_to_their_end() {
    let expected = [
        "#0 Post [4-8] 3698/5284 CutShort { reset: false }",
        "#0 Closed { by_answerer: true } Visible { by: Origin(1) } [11]",
    ];
    assert_eq!(events("failure-send-incomplete.pcap"), expected);
}

#[test]
fn connections_that_ended_before_the_answer() {
    let expected = [
        "#0 Post [4-10] 5782/5782",
        "#0 Closed { by_answerer: true } Visible { by: Origin(1) } [12]",
    ];
    assert_eq!(events("failure-send-aborted-fin.pcapng"), expected);
    let expected = ["#1 Get [5-5] 0/0", "#1 Reset Visible { by: Origin(1) } [7]"];
    assert_eq!(events("failure-retrieve-aborted-rst.pcapng"), expected);
    let expected = [
        "#1 Get [5-5] 0/0",
        "#1 Http(200) [7-11] 4728/7881 CutShort { reset: true }",
    ];
    assert_eq!(events("failure-retrieve-incomplete-rst.pcapng.gz"), expected);
}

#[test]
fn an_entity_that_ends_with_the_connection_ends_in_the_frame_with_fin() {
    let lines = events("http-close-delimited.pcap");
    assert!(
        lines.contains(&"#2 Http(200) [26-36] 9039/9039".to_owned()),
        "{lines:#?}"
    );
}

#[test]
fn an_answer_follows_its_request_where_the_clocks_of_two_taps_disagree() {
    let lines = events("link-pcapng-direction-per-interface.pcapng");
    let ids = |line: &String| line.split(' ').next().map(str::to_owned);
    for pair in lines.chunks(2) {
        assert_eq!(
            ids(&pair[0]),
            ids(&pair[1]),
            "request and answer side by side: {lines:#?}"
        );
        assert!(pair[1].contains("Http("), "{lines:#?}");
    }
}

/// The delays of a lossy capture must not depend on chance: the same capture gives the same events each time.
#[test]
fn the_same_capture_gives_the_same_events() {
    assert_eq!(
        events("tcp-everything-at-once.pcap"),
        events("tcp-everything-at-once.pcap")
    );
}
