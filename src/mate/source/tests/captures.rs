//! Whole captures: which layers and fields their frames have.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::capture::{Captures, find_inputs};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::{Frame, Layer, LayerIndex};
use crate::mate::source::{Limits, Report, Wanted, read};
use crate::model::{AnomalyKind, Protocol, ProtocolField};
use crate::pipeline::{self, Observer};
use crate::session::CarrierEvent;

fn open(capture: &str) -> Captures {
    let inputs = find_inputs([format!("testdata/{capture}").into()], false).inputs;
    let (captures, unreadable) = Captures::open(inputs);
    assert!(unreadable.is_empty(), "{capture}: {unreadable:?}");
    captures
}

/// The frames of a capture with these fields, and what reading them left behind.
fn read_some(capture: &str, wanted: impl IntoIterator<Item = FieldId>) -> (Vec<Frame>, Report) {
    read_wanted(capture, &Wanted::new(wanted))
}

fn read_wanted(capture: &str, wanted: &Wanted) -> (Vec<Frame>, Report) {
    let mut frames = Vec::new();
    let report = read(
        open(capture),
        &Limits::default(),
        wanted,
        &mut |_| ControlFlow::Continue(()),
        &mut |frame| {
            frames.push(frame.clone());
        },
    );
    assert_eq!(report.anomalies.count(AnomalyKind::InternalFault), 0, "{capture}");
    (frames, report)
}

fn all(capture: &str) -> Vec<Frame> {
    read_some(capture, FieldId::all()).0
}

/// A frame by its number.
fn numbered(frames: &[Frame], number: u64) -> &Frame {
    let mut frames = frames.iter();
    frames.find(|frame| frame.at().frame.0 == number).unwrap()
}

/// The values of a field in a frame, in order.
fn values(frame: &Frame, field: FieldId) -> Vec<&str> {
    let fields = frame.fields().iter().filter(|one| one.id == field);
    fields.map(|one| frame.text(one)).collect()
}

/// The layers of a frame by their names, each after the one that carries it.
fn stack(frame: &Frame, top: usize) -> String {
    let mut names = Vec::new();
    let mut at = Some(top);
    while let Some(layer) = at.and_then(|at| frame.layers().get(at)) {
        names.push(layer.protocol.name());
        at = layer.carried_by.map(LayerIndex::get);
    }
    names.reverse();
    names.join(":")
}

/// The stacks of the occurrences of a protocol.
fn stacks(frame: &Frame, protocol: FieldId) -> Vec<String> {
    let layers = frame.layers().iter().enumerate();
    let found = layers.filter(|(_, layer)| layer.protocol == protocol);
    found.map(|(index, _)| stack(frame, index)).collect()
}

/// The protocols in a frame with their octets.
fn ranges(frame: &Frame) -> Vec<(&'static str, u32, u32)> {
    let range = |layer: &Layer| (layer.protocol.name(), layer.octets.start, layer.octets.end);
    frame.layers().iter().map(range).collect()
}

/// As tshark 4.0.17 shows frame 4: `tshark -r e_invalid_recipient.pcap -Y frame.number==4 -T pdml`.
#[test]
fn the_fields_of_a_submission_are_those_that_wireshark_shows() {
    let frames = all("captures/e_invalid_recipient.pcap");
    let frame = numbered(&frames, 4);
    assert_eq!(stacks(frame, FieldId::MMSE), ["frame:eth:ip:tcp:http:mmse"]);
    assert_eq!(
        values(frame, FieldId::FRAME_PROTOCOLS),
        ["eth:ethertype:ip:tcp:http:mmse"]
    );
    for (field, expected) in [
        (FieldId::ETH_TYPE, &["0x0800"][..]),
        (FieldId::IP_PROTO, &["6"]),
        (FieldId::IP_FLAGS, &["0x02"]),
        (FieldId::TCP_SEQ, &["1"]),
        (FieldId::TCP_ACK, &["1"]),
        (FieldId::TCP_FLAGS, &["0x0018"]),
        (FieldId::TCP_FLAGS_PUSH, &["1"]),
        (FieldId::HTTP_REQUEST_METHOD, &["POST"]),
        (FieldId::HTTP_REQUEST_FULL_URI, &["http://mms.alpha.example/"]),
        (FieldId::HTTP_CONTENT_TYPE, &["application/vnd.wap.mms-message"]),
        (FieldId::MMSE_MESSAGE_TYPE, &["0x80"]),
        (FieldId::MMSE_TRANSACTION_ID, &["Tfa1d5774"]),
        (FieldId::MMSE_TO, &["+999123456/TYPE=PLMN"]),
        (FieldId::HTTP_RESPONSE, &[]),
    ] {
        assert_eq!(values(frame, field), expected, "{}", field.name());
    }
}

/// Two segments swapped: the message is whole with the one that fills the hole, and every frame comes once, in order.
#[test]
fn a_frame_waits_for_the_hole_before_it_to_be_filled() {
    let frames = all("mate/06_tcp_out_of_order.pcap");
    let numbers: Vec<u64> = frames.iter().map(|frame| frame.at().frame.0).collect();
    assert!(
        numbers.iter().copied().eq(1..=numbers.len() as u64),
        "{numbers:?}"
    );
    let request = numbered(&frames, 7);
    assert_eq!(stacks(request, FieldId::MMSE), ["frame:eth:ip:tcp:http:mmse"]);
    assert_eq!(values(request, FieldId::HTTP_REQUEST_METHOD), ["POST"]);
    // A buffer of its own, which begins with the message.
    let http = ranges(request).into_iter().find(|(name, ..)| *name == "http");
    assert_eq!(http.map(|(_, start, _)| start), Some(0));
}

/// What TCP delivered already gives no message again, though the segment is there.
#[test]
fn octets_sent_again_give_no_message_again() {
    let frames = all("mate/08_tcp_retransmission.pcap");
    let requests = frames
        .iter()
        .flat_map(|frame| values(frame, FieldId::HTTP_REQUEST_METHOD));
    let once = all("mate/06_tcp_out_of_order.pcap");
    let requests_once = once
        .iter()
        .flat_map(|frame| values(frame, FieldId::HTTP_REQUEST_METHOD));
    assert_eq!(requests.count(), requests_once.count());
    let again = frames
        .iter()
        .filter(|frame| !values(frame, FieldId::TCP_ANALYSIS_RETRANSMISSION).is_empty());
    assert_ne!(again.count(), 0);
}

/// Each packet of WTP counts, also one that was sent before.
#[test]
fn packets_of_wtp_that_are_sent_again_are_layers_again() {
    let frames = all("mate/43_wtp_retransmission.pcap");
    let again = frames
        .iter()
        .filter(|frame| values(frame, FieldId::WTP_RID) == ["1"]);
    let again: Vec<&Frame> = again.collect();
    assert!(!again.is_empty());
    assert!(
        again
            .iter()
            .all(|frame| stacks(frame, FieldId::WTP) == ["frame:eth:ip:udp:wtp"])
    );
}

/// Ranges as tshark 4.0.17 has them, the ends but for the octets behind a layer (`Wireshark` semantics have them to the end
/// of the buffer).
#[test]
fn pipelined_requests_lie_behind_each_other_in_the_frame() {
    let frames = all("mate/34_pipelined.pcap");
    let http: Vec<_> = ranges(numbered(&frames, 4))
        .into_iter()
        .filter(|(name, ..)| *name == "http")
        .collect();
    assert!(http.len() > 1, "{http:?}");
    assert!(
        http.is_sorted_by(|one, other| one.1 < other.1 && one.2 == other.2),
        "{http:?}"
    );
    assert_eq!(http[0].1, 54);
}

#[test]
fn a_concatenation_is_a_layer_without_what_is_in_it() {
    let frames = all("mate/22_wtp_concatenated.pcap");
    let frame = numbered(&frames, 1);
    assert_eq!(stacks(frame, FieldId::WTP), ["frame:eth:ip:udp:wtp"; 4]);
    assert_eq!(stacks(frame, FieldId::WSP), ["frame:eth:ip:udp:wtp:wsp"; 2]);
    assert_eq!(values(frame, FieldId::WTP_SUB_PDU_SIZE), ["3", "27", "40"]);
    assert_eq!(values(frame, FieldId::WTP_TID), ["0x0004", "0x0007", "0x0008"]);
    let expected = [
        ("wtp", 42, 43),
        ("wtp", 44, 47),
        ("wtp", 48, 75),
        ("wsp", 52, 75),
        ("wtp", 76, 116),
        ("wsp", 80, 116),
        ("mmse", 104, 116),
    ];
    assert_eq!(ranges(frame)[4..], expected);
}

#[test]
fn parts_of_a_short_message_say_where_it_is_whole() {
    let frames = all("mate/31_smpp_udh_concat.pcap");
    let [first, last] = [6, 7].map(|number| numbered(&frames, number));
    assert_eq!(values(first, FieldId::GSM_SMS_UD_REASSEMBLED_IN), ["7"]);
    assert_eq!(values(first, FieldId::GSM_SMS_UDH_MM_MSG_PART), ["1"]);
    assert!(stacks(first, FieldId::WSP).is_empty());
    assert_eq!(values(last, FieldId::GSM_SMS_UD_REASSEMBLED_LENGTH), ["165"]);
    assert_eq!(
        stacks(last, FieldId::MMSE),
        ["frame:eth:ip:tcp:smpp:gsm_sms_ud:wsp:mmse"]
    );
    let frames = all("mate/20_wtp_segments_out_of_order.pcap");
    let told = frames
        .iter()
        .flat_map(|frame| values(frame, FieldId::WTP_REASSEMBLED_IN));
    assert_ne!(told.count(), 0);
}

#[test]
fn a_packet_that_an_icmp_error_quotes_stands_above_it() {
    let frames = all("mate/rare_fields.pcap");
    let quoting = frames
        .iter()
        .find(|frame| values(frame, FieldId::ICMP_TYPE) == ["3"]);
    let quoting = quoting.unwrap();
    assert_eq!(
        stacks(quoting, FieldId::WSP),
        ["frame:eth:ip:icmp:ip:udp:wtp:wsp"]
    );
    assert_eq!(values(quoting, FieldId::IP_SRC), ["10.0.0.2", "10.0.0.1"]);
    assert_eq!(values(quoting, FieldId::WSP_URI), ["http://h.example"]);
}

#[test]
fn a_decoded_body_has_a_buffer_of_its_own() {
    let frames = all("mate/14_gzip_retrieve.pcap");
    let answer = ranges(numbered(&frames, 5));
    assert_eq!(answer[4..], [("http", 54, 373), ("mmse", 0, 3087)]);
}

#[test]
fn tags_and_fragments_are_passed() {
    let frames = all("mate/29_vlan.pcap");
    let tagged = frames
        .iter()
        .find(|frame| !stacks(frame, FieldId::MMSE).is_empty());
    assert_eq!(
        stacks(tagged.unwrap(), FieldId::MMSE),
        ["frame:eth:vlan:ip:tcp:http:mmse"]
    );
    let frames = all("mate/33_ip_fragments_reversed.pcap");
    let whole = frames
        .iter()
        .find(|frame| !stacks(frame, FieldId::UDP).is_empty());
    let whole = whole.unwrap();
    assert_eq!(stacks(whole, FieldId::UDP), ["frame:eth:ip:udp"]);
    let udp = ranges(whole).into_iter().find(|(name, ..)| *name == "udp");
    assert_eq!(udp, Some(("udp", 0, 8)), "in the octets put together");
}

#[test]
fn a_connection_between_the_same_ends_is_another_stream() {
    let frames = all("mate/36_four_tuple_reuse.pcap");
    let streams: BTreeSet<&str> = frames
        .iter()
        .flat_map(|frame| values(frame, FieldId::TCP_STREAM))
        .collect();
    assert_eq!(streams, BTreeSet::from(["0", "1"]));
}

/// Captures that hold every field between them.
const EVERY_FIELD: &[&str] = &[
    "mate/rare_fields.pcap",
    "mate/06_tcp_out_of_order.pcap",
    "mate/08_tcp_retransmission.pcap",
    "mate/20_wtp_segments_out_of_order.pcap",
    "mate/22_wtp_concatenated.pcap",
    "mate/31_smpp_udh_concat.pcap",
    "captures/i2_mm4_patched.pcap",
    "captures/j_mm7_submit_deliver.pcap",
    "captures/k7_wsp_co_sar_40k.pcap",
    "captures/t1_mmsdtng_send.pcap",
    "captures/v3_vectorcore_big.pcap",
    "captures/x_any_sll1.pcap",
    "captures/x_lo.pcapng",
    "signalling/map_refused.pcap",
    "suite/decode-all-retrieve-headers.pcapng",
    "suite/decode-all-send-headers.pcap.gz",
    "suite/decode-cc-bcc.pcap.gz",
    "suite/decode-class-text-priority.pcap",
    "suite/e2e-mm7-many.pcapng",
    "suite/failure-send-slow-answer.pcapng",
    "suite/http-answers-without-body.pcapng",
    "suite/http-plain.pcapng",
    "suite/link-gtpu-outer-ipv6.pcap",
    "suite/link-other-protocols.pcap",
    "suite/ops-delete.pcap",
    "suite/robust-random-pdus.pcapng",
    "suite/robust-udp-noise.pcap",
    "suite/sms-smpp-port-tlv.pcap",
    "suite/wap-send-cut-short.pcapng",
];

#[test]
fn every_field_of_the_catalogue_is_told_by_some_capture() {
    let mut missing: BTreeSet<FieldId> = FieldId::all().collect();
    for capture in EVERY_FIELD {
        for frame in all(capture) {
            frame.layers().iter().for_each(|layer| {
                missing.remove(&layer.protocol);
            });
            frame.fields().iter().for_each(|field| {
                missing.remove(&field.id);
            });
        }
    }
    let missing: Vec<&str> = missing.into_iter().map(FieldId::name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn only_what_is_wanted_is_told_and_followed() {
    let tcp = [FieldId::TCP_FLAGS_SYN, FieldId::IP_ADDR];
    let (frames, _) = read_some("captures/e_invalid_recipient.pcap", tcp);
    let told: BTreeSet<FieldId> = frames
        .iter()
        .flat_map(Frame::fields)
        .map(|field| field.id)
        .collect();
    assert_eq!(told, BTreeSet::from(tcp));
    // No message is read where nobody asks for one.
    assert!(frames.iter().all(|frame| stacks(frame, FieldId::HTTP).is_empty()));
    let (frames, _) = read_some("captures/e_invalid_recipient.pcap", [FieldId::MMSE_TO]);
    assert!(
        frames
            .iter()
            .any(|frame| !stacks(frame, FieldId::HTTP).is_empty())
    );
}

/// Takes the names of all fields that the pipeline tells, which are those that `pdus` shows.
#[derive(Default)]
struct Names(BTreeSet<&'static str>);

impl Observer for Names {
    fn wants(&self, _: Protocol) -> bool {
        true
    }

    fn field(&mut self, _: &CarrierEvent<'_>, field: &ProtocolField<'_>) {
        self.0.insert(field.name);
    }
}

#[test]
fn fields_have_the_names_that_the_pipeline_tells() {
    let mut names = Names::default();
    for capture in EVERY_FIELD {
        pipeline::run(open(capture), &pipeline::Limits::default(), &mut names);
    }
    assert!(names.0.len() > 40, "{:?}", names.0);
    let unknown: Vec<_> = names
        .0
        .iter()
        .filter(|name| FieldId::named(name).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// As tshark 4.0.17 shows them: `tshark -2 -r a1_happy_smpp.pcap -Y http -T fields -e frame.number -e http.response_in
/// -e http.next_request_in`.
#[test]
fn requests_say_where_their_answers_are_and_what_is_asked_next() {
    let fields = [FieldId::HTTP_RESPONSE_IN, FieldId::HTTP_NEXT_REQUEST_IN];
    let told = |capture| {
        let (frames, _) = read_some(capture, fields);
        let with_http = frames
            .iter()
            .filter(|frame| !stacks(frame, FieldId::HTTP).is_empty());
        let told = with_http.map(|frame| {
            let values = fields.map(|field| values(frame, field).join(","));
            format!("{} {}", frame.at().frame.0, values.join(" "))
        });
        told.collect::<Vec<String>>()
    };
    assert_eq!(
        told("captures/a1_happy_smpp.pcap"),
        [
            "4 6 ", "6  ", "11 12 39", "12  39", "22 24 ", "24  ", "32 34 ", "34  ", "39 41 55", "41  55",
            "48 50 ", "50  ", "55 57 ", "57  ",
        ]
    );
    // Both requests are in frame 4, and both answers in frame 5.
    assert_eq!(told("mate/34_pipelined.pcap"), ["4 5,5 4", "5  4"]);
}

/// Frames with a message are the same whether the layers below it were written at once or with it.
#[test]
fn layers_that_are_written_with_a_message_are_the_same() {
    const FOLLOW_PACKETS: [&str; 8] = [
        "tcp.stream",
        "tcp.seq",
        "tcp.nxtseq",
        "tcp.ack",
        "tcp.window_size",
        "tcp.time_relative",
        "tcp.time_delta",
        "udp.stream",
    ];
    let is_of_message = |field: &FieldId| MESSAGES.contains(&field.protocol());
    // For these every frame waits, with its layers.
    let of_later_frames = [FieldId::HTTP_RESPONSE_IN, FieldId::HTTP_NEXT_REQUEST_IN];
    let fields = FieldId::all().filter(|field| {
        let follows = FOLLOW_PACKETS.contains(&field.name()) || field.name().starts_with("tcp.analysis");
        !follows && *field != FieldId::FRAME_PROTOCOLS && !of_later_frames.contains(field)
    });
    let wanted = Wanted::new(fields);
    let (mut compared, mut left_out) = (0, 0);
    for capture in [
        "mate/06_tcp_out_of_order.pcap",
        "mate/20_wtp_segments_out_of_order.pcap",
        "mate/31_smpp_udh_concat.pcap",
        "mate/33_ip_fragments_reversed.pcap",
        "mate/34_pipelined.pcap",
        "mate/rare_fields.pcap",
        "captures/a1_happy_smpp.pcap",
        "captures/e_invalid_recipient.pcap",
    ] {
        let (frames, _) = read_wanted(capture, &wanted);
        let (later, _) = read_wanted(capture, &wanted.clone().in_frames_with(MESSAGES));
        assert_eq!(frames.len(), later.len());
        for (frame, later) in frames.iter().zip(&later) {
            if frame.layers().iter().any(|layer| is_of_message(&layer.protocol)) {
                assert_eq!(frame, later, "{capture} {:?}", frame.at());
                compared += 1;
            } else {
                left_out += frame.layers().len() - later.layers().len();
            }
        }
    }
    assert!(
        compared > 50 && left_out > 100,
        "{compared} frames, {left_out} layers"
    );
}

/// Protocols whose messages are found behind the headers of a frame.
const MESSAGES: [FieldId; 12] = [
    FieldId::HTTP,
    FieldId::SMPP,
    FieldId::SMTP,
    FieldId::IMF,
    FieldId::SIP,
    FieldId::DNS,
    FieldId::RADIUS,
    FieldId::GSM_SMS,
    FieldId::GSM_SMS_UD,
    FieldId::WSP,
    FieldId::WTP,
    FieldId::MMSE,
];
