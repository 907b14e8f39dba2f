//! Captures and configurations that want too much.

use super::table::{frame, run_with};
use crate::mate::config::{self, Configuration, Semantics};
use crate::mate::engine::{Engine, EngineLimits, EngineSettings, GogItem, GopItem, PduItem, Sink};

/// A sink that counts.
#[derive(Default)]
struct Counting {
    pdus: usize,
    gops: usize,
    gogs: usize,
    pdus_of_gops: usize,
}

impl Sink for Counting {
    fn pdu(&mut self, _: PduItem) {
        self.pdus += 1;
    }

    fn gop(&mut self, item: GopItem) {
        self.gops += 1;
        self.pdus_of_gops += item.pdus.len();
    }

    fn gog(&mut self, _: GogItem) {
        self.gogs += 1;
    }

    fn explain(&mut self, _: crate::mate::engine::ExplainItem) {}
}

const BOTH: [Semantics; 2] = [Semantics::Documented, Semantics::Wireshark];

fn of_both(text: &str) -> [Configuration; 2] {
    BOTH.map(|semantics| config::of_text(text, semantics))
}

fn limited(open: usize, keys: usize) -> EngineSettings {
    EngineSettings {
        explain: true,
        limits: EngineLimits { open, keys },
        ..EngineSettings::default()
    }
}

/// A frame of a UDP packet.
fn packet(number: u64, port: u64, ttl: u64) -> crate::mate::frame::Frame {
    let line = format!(
        "{number} | ip@14-34 ip.ttl@22-23={ttl} ip.id@18-20={number} | udp@34-42 udp.port@34-36={port}"
    );
    frame(number, &line)
}

#[test]
fn gops_that_never_stop_are_closed_early() {
    let text = "
        Pdu p Proto udp Transport ip { Extract port From udp.port; Extract ttl From ip.ttl; };
        Gop g On p Match (port) { Start (ttl); Stop (never); };
        Gog o { Member g (ttl); Member g (port); };";
    for configuration in of_both(text) {
        for merge_gogs in [false, true] {
            let mut engine = Engine::new(
                &configuration,
                EngineSettings {
                    merge_gogs,
                    ..limited(40, 1000)
                },
            );
            let mut sink = Counting::default();
            for number in 1..2000 {
                engine.frame(&packet(number, number, number % 7), &mut sink);
                assert!(engine.held() <= 40, "{}", engine.held());
            }
            let report = engine.finish(&mut sink);
            assert_eq!((sink.pdus, sink.gops, sink.pdus_of_gops), (1999, 1999, 1999));
            assert!(report.closed_early > 1900);
        }
    }
}

#[test]
fn a_gop_that_never_ends_is_closed_early() {
    let text = "
        Pdu p Proto udp Transport ip { Extract port From udp.port; Extract ttl From ip.ttl; };
        Gop g On p Match (port) { Start (ttl); Stop (never); };";
    for configuration in of_both(text) {
        let mut engine = Engine::new(&configuration, limited(100, 1000));
        let mut sink = Counting::default();
        for number in 1..1000 {
            engine.frame(&packet(number, 1, 1), &mut sink);
            assert!(engine.held() <= 100);
        }
        engine.finish(&mut sink);
        assert_eq!(sink.pdus_of_gops, 999);
    }
}

/// What was released the longest ago goes first.
#[test]
fn what_is_open_stays_where_there_is_room() {
    let text = "
        Pdu p Proto udp Transport ip { Extract port From udp.port; Extract ttl From ip.ttl; };
        Gop g On p Match (port) { Start (ttl=1); Stop (ttl=1, port!\"7\"); };";
    let configuration = config::of_text(text, Semantics::Documented);
    let mut frames = vec![packet(1, 7, 1)];
    frames.extend((2..100).map(|number| packet(number, number + 10, 1)));
    frames.push(packet(100, 7, 5));
    let told = run_with(configuration, limited(20, 1000), &frames);
    assert_eq!(told.gops[0].pdus.len(), 2, "the one that is open was not closed");
    assert!(told.report.closed_early > 80);
}

#[test]
fn keys_of_a_gog_are_limited() {
    let text = "
        Pdu p Proto udp Transport ip { Extract x From udp.port; Extract y From ip.id; };
        Gop g On p Match () { Start (x); Stop (never); Extra (x, y); };
        Gog o { Member g (x, x, x, y, y, y); Member g (x); Expiration 1; };
        Gog w { Member g (x, y); };";
    let configuration = config::of_text(text, Semantics::Documented);
    let frames: Vec<_> = (1..300).map(|number| packet(number, number % 100, 1)).collect();
    let told = run_with(configuration, limited(1_000_000, 50), &frames);
    assert_eq!(told.gogs.len(), 1);
    assert_eq!(told.report.keys_cut, 1);
}

/// A flood of ports in one frame, of which each set of eight would be a key.
#[test]
fn many_values_give_no_more_keys_than_the_limit() {
    let text = "
        Pdu p Proto udp Transport ip { Extract x From udp.port; };
        Gop g On p Match (x) { Start (x); Stop (never); };
        Gog o { Member g (x, x, x, x, x, x, x, x); Member g (x!\"1\", x!\"2\", x<\"9\"); };";
    let ports: Vec<String> = (0..300).map(|port| format!("udp.port={port}")).collect();
    let line = format!("0 | ip | udp {}", ports.join(" "));
    let told = run_with(
        config::of_text(text, Semantics::Documented),
        limited(1000, 100),
        &[frame(1, &line)],
    );
    assert_eq!(
        (told.gogs.len(), told.gops[0].attributes.as_slice().len()),
        (1, 300)
    );
}

#[test]
fn lists_that_would_grow_without_end_are_cut() {
    let text = "
        Transform grow { Match (id) Replace (a=\"1\", b=\"2\", c=\"3\"); };
        Pdu p Proto udp Transport ip { Extract port From udp.port; Extract id From ip.id; Extract ttl From ip.ttl;
            Transform grow; };
        Gop g On p Match (port, a, b, c) { Start (port); Stop (never); Extra (a, b, c, ttl); Transform grow; };
        Gog o { Member g (a, b); Extra (c, port, ttl); };";
    for configuration in of_both(text) {
        let frames: Vec<_> = (1..400).map(|number| packet(number, 1, number % 200)).collect();
        let told = run_with(configuration, EngineSettings::default(), &frames);
        assert_eq!((told.gops.len(), told.gops[0].pdus.len()), (1, 399));
    }
}

/// What the Transforms of a Gog remove comes again with each change of its Gops, and is remembered up to a limit.
#[test]
fn what_transforms_of_a_gog_remove_is_limited() {
    let text = "
        Transform one { Match (id~\"1\") Replace (had_one); };
        Transform two { Match (id~\"2\") Replace (had_two); Match (id~\"3\") Replace (had_three); };
        Pdu p Proto udp Transport ip { Extract port From udp.port; Extract id From ip.id; };
        Gop g On p Match (port) { Start (id); Stop (never); Extra (id); };
        Gog o { Member g (port); Extra (id); Transform TRANSFORMS; };";
    // All of these numbers have a 1 in them: a few more than are remembered.
    let frames: Vec<_> = (10_000..11_100).map(|number| packet(number, 1, 1)).collect();
    let run = |transforms: &str| {
        let configuration = config::of_text(&text.replace("TRANSFORMS", transforms), Semantics::Documented);
        run_with(configuration, EngineSettings::default(), &frames)
    };
    let (one, both) = (run("one"), run("one, two"));
    assert_eq!((one.gogs.len(), both.gogs.len()), (1, 1));
    assert!(one.gog_lines()[0].contains(" had_one= "));
    assert!(!one.gog_lines()[0].contains("11"));
    assert!(both.report.lists_cut > 0);
}

#[test]
fn a_text_of_a_megabyte_is_a_text() {
    let text = "
        Pdu p Proto http Transport mate { Extract uri From http.request.uri; };
        Gop g On p Match (uri~\"aaab\") { Start (uri<\"5\"); Stop (uri$\"b\"); };
        Gog o { Member g (uri); };";
    let digits = "1".repeat(1 << 20);
    let line = format!("0 | http@0-9 http.request.uri={}aaab", digits.replace('1', "a"));
    let number = format!("1 | http@0-9 http.request.uri={digits}.{digits}");
    for configuration in of_both(text) {
        let frames = [frame(1, &line), frame(2, &number), frame(3, &line)];
        let told = run_with(configuration, EngineSettings::default(), &frames);
        assert_eq!(told.pdus.len(), 3);
    }
}

/// Each of the messages of a frame sees those behind it, where Wireshark sees no buffers.
#[test]
fn a_frame_full_of_messages_is_read_in_bounds() {
    let text = "
        Pdu p Proto smpp Transport tcp { Extract seq From smpp.sequence_number; };
        Gop g On p Match (seq) { Start (seq); };";
    let messages: Vec<String> = (0..3000_u32)
        .map(|number| {
            format!(
                "<0 smpp@{}-70000 smpp.sequence_number@{}-{}={number}",
                number * 16,
                number * 16,
                number * 16 + 4
            )
        })
        .collect();
    let line = format!("0 | tcp@34-70000 | {}", messages.join(" | "));
    let told = run_with(
        config::of_text(text, Semantics::Wireshark),
        EngineSettings::default(),
        &[frame(1, &line)],
    );
    assert_eq!((told.pdus.len(), told.report.lists_cut), (3000, 1));
    let told = run_with(
        config::of_text(text, Semantics::Documented),
        EngineSettings::default(),
        &[frame(1, &line)],
    );
    assert_eq!((told.gops.len(), told.report.lists_cut), (3000, 0));
}

/// A field that makes Pdus, whose layer has as many of it: each Pdu sees all of them.
#[test]
fn a_layer_full_of_fields_is_read_in_bounds() {
    let text = "Pdu p Proto mmse.to Transport mmse { Extract to From mmse.to; };";
    let recipients: Vec<String> = (0..2500_u32).map(|number| format!("mmse.to={number}")).collect();
    let line = format!("0 | mmse@0-9 {}", recipients.join(" "));
    for configuration in of_both(text) {
        let told = run_with(configuration, EngineSettings::default(), &[frame(1, &line)]);
        assert_eq!((told.pdus.len(), told.report.lists_cut), (2500, 1));
        let pairs: usize = told.pdus.iter().map(|pdu| pdu.attributes.as_slice().len()).sum();
        assert!(pairs < 2500 * 2500, "{pairs}");
    }
}

/// Layers that name each other in a circle, and fields of layers that are not there.
#[test]
fn a_frame_that_makes_no_sense_makes_pdus_all_the_same() {
    use crate::mate::catalogue::FieldId;
    use crate::mate::frame::{Frame, LayerIndex, Octets};
    let text = "
        Pdu p Proto ip Transport udp/ip/eth { Payload udp; Extract ttl From ip.ttl; };
        Pdu q Proto ip.ttl Transport ip/udp { Extract ttl From ip.ttl; };";
    let mut wrong = Frame::default();
    let beyond = LayerIndex::new(7);
    wrong.layer(FieldId::IP, Some(LayerIndex::new(1)), Octets::new(9, 1));
    wrong.layer(FieldId::UDP, Some(LayerIndex::new(0)), Octets::new(0, u32::MAX));
    wrong.layer(FieldId::IP, Some(beyond), Octets::default());
    wrong.field(beyond, FieldId::IP_TTL, Octets::new(5, 2), 1);
    for configuration in of_both(text) {
        assert_eq!(
            run_with(
                configuration,
                EngineSettings::default(),
                std::slice::from_ref(&wrong)
            )
            .pdus
            .len(),
            3
        );
    }
}
