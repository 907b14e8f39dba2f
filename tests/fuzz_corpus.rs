//! Every fuzzing entry point over its seeds and over changes of them, on the stable toolchain. The seeds come from the
//! captures in `testdata`: their frames, the streams and datagrams in them, their bodies; for languages they are listed
//! here. `MMSMATE_CORPUS=fuzz/corpus` writes them where the fuzzer begins from, `MMSMATE_ROUNDS` sets how many changes
//! of each seed are tried.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot do its part must stop"
)]

#[path = "mutate/panics.rs"]
mod panics;
#[path = "mutate/random.rs"]
mod random;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Once,
};

use mmsmate::fuzz::{self, Script};
use mmsmate::internals::{
    capture::{Captures, Input},
    flow::{ConnectionInfo, FlowTable, Limits, SessionState, StreamEvent, TransportKind},
    mms::Pdu,
    net::{Decapsulator, Transport},
    pipeline::{self, Observer},
    report::Message,
    session::CarrierEvent,
};
use random::Random;

/// Seeds larger than this are left out: a fuzzer gets slow on them.
const LARGEST: usize = 32 * 1024;
/// Seeds of one target at most; every so manieth is taken, so that all kinds of captures are among them.
const SEEDS: usize = 150;

type Seeds = Vec<Vec<u8>>;

fn captures() -> Vec<PathBuf> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut paths: Vec<PathBuf> = ["captures", "signalling", "suite", "surroundings", "tls"]
        .iter()
        .flat_map(|folder| fs::read_dir(testdata.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .filter(|path| fs::metadata(path).unwrap().len() < 256 * 1024)
        .collect();
    paths.sort();
    paths
}

fn open(path: &Path) -> Captures {
    Captures::open([Input::File(path.to_owned())]).0
}

fn few(mut seeds: Seeds) -> Seeds {
    seeds.retain(|seed| !seed.is_empty() && seed.len() <= LARGEST);
    let step = seeds.len().div_ceil(SEEDS).max(1);
    seeds.into_iter().step_by(step).collect()
}

/// A session that wants everything.
#[derive(Debug, Default)]
struct Everything;

impl SessionState for Everything {
    fn wants_data(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        true
    }
}

/// Frames, segments, streams and datagrams as scripts, one for each capture or connection.
#[derive(Default)]
struct Scripts {
    packets: Seeds,
    segments: Seeds,
    streams: Seeds,
    /// The streams that are SMTP.
    mail_dialogues: Seeds,
    datagrams: Seeds,
    payloads: Seeds,
    systems: Systems,
}

/// What passes between the MMSC and the systems around it, by their ports.
#[derive(Default)]
struct Systems {
    radius: Seeds,
    gtp_c: Seeds,
    diameter: Seeds,
    dns: Seeds,
    ldap: Seeds,
}

impl Systems {
    fn add(&mut self, info: &ConnectionInfo, script: &[u8]) {
        let choosing = |transport| [&[u8::from(info.transport != transport)][..], script].concat();
        let is_to = |port| info.sides.iter().any(|side| side.endpoint.port == port);
        match info.transport {
            TransportKind::Udp if is_to(1813) || is_to(1812) => self.radius.push(script.to_vec()),
            TransportKind::Udp if is_to(2123) => self.gtp_c.push(script.to_vec()),
            _ if is_to(3868) => self.diameter.push(choosing(TransportKind::Tcp)),
            _ if is_to(53) => self.dns.push(choosing(TransportKind::Udp)),
            TransportKind::Tcp if is_to(389) => self.ldap.push(script.to_vec()),
            _ => {}
        }
    }
}

/// The TCP connections of a capture as scripts.
fn connections(path: &Path) -> Seeds {
    scripts_of([path.to_owned()]).streams
}

fn scripts() -> Scripts {
    scripts_of(captures())
}

fn scripts_of(paths: impl IntoIterator<Item = PathBuf>) -> Scripts {
    let mut scripts = Scripts::default();
    for path in paths {
        let mut captures = open(&path);
        let (mut net, mut flows) = (
            Decapsulator::new(),
            FlowTable::<Everything>::new(Limits::default()),
        );
        let (mut packets, mut segments) = (Vec::new(), Vec::new());
        let mut connections: BTreeMap<_, (ConnectionInfo, Vec<u8>)> = BTreeMap::new();
        let mut note = |info: &ConnectionInfo, _: &mut Everything, event: StreamEvent<'_>| {
            let (_, script) = connections.entry(info.id).or_insert_with(|| (*info, Vec::new()));
            match event {
                StreamEvent::Data { direction, bytes, .. }
                | StreamEvent::Datagram { direction, bytes, .. } => {
                    Script::append(script, direction.index() as u8, bytes);
                }
                StreamEvent::Gap { direction, .. } => {
                    Script::append(script, 12 | direction.index() as u8, &[9])
                }
                StreamEvent::Finished { direction, .. } => {
                    Script::append(script, 14 | direction.index() as u8, &[])
                }
                StreamEvent::Closed { .. } => {}
            }
        };
        while let Some(frame) = captures.next() {
            if packets.is_empty() {
                packets.extend(frame.link_type.0.to_le_bytes());
            }
            Script::append(&mut packets, 0, frame.data);
            net.push(&frame, |packet| {
                if let Transport::Tcp(segment) = packet.transport {
                    let numbers = [
                        segment.sequence as u16,
                        segment.acknowledgement.unwrap_or(0) as u16,
                    ];
                    let octets = [&numbers.map(u16::to_le_bytes).concat(), segment.payload].concat();
                    let flags = segment.flags;
                    let flags =
                        u8::from(flags.syn) << 1 | u8::from(flags.fin) << 2 | u8::from(flags.rst) << 3;
                    Script::append(
                        &mut segments,
                        flags | u8::from(segment.source_port < segment.destination_port),
                        &octets,
                    );
                } else if let Transport::Udp(datagram) = packet.transport {
                    scripts.payloads.push(datagram.payload.to_vec());
                }
                flows.push(&packet, &mut note);
            });
        }
        flows.finish(&mut note);
        scripts.packets.push(packets);
        scripts.segments.push(segments);
        for (info, script) in connections.into_values() {
            scripts.systems.add(&info, &script);
            match info.transport {
                TransportKind::Tcp => {
                    if memchr::memmem::find(&script, b"MAIL FROM:").is_some() {
                        scripts.mail_dialogues.push(script.clone());
                    }
                    scripts.streams.push(script);
                }
                TransportKind::Udp => scripts.datagrams.push([&[1][..], &script].concat()),
                TransportKind::Sctp => scripts.datagrams.push([&[6][..], &script].concat()),
            }
        }
    }
    scripts
}

/// The key log beside a capture.
fn key_log(capture: &Path) -> Option<Vec<u8>> {
    fs::read(capture.with_extension("keylog")).ok()
}

/// Connections of TLS behind the key logs that open them, and what comes out of those of HTTP/2 and of bare ones, as scripts of
/// frames and of header blocks.
fn tls_and_http2() -> [Seeds; 3] {
    let (mut tls, mut frames, mut blocks) = (Seeds::new(), Seeds::new(), Seeds::new());
    for path in captures()
        .iter()
        .filter(|path| path.parent().unwrap().ends_with("tls"))
    {
        let log = key_log(path).unwrap_or_default();
        for connection in connections(path) {
            let seed = [&log[..], &[0], &connection].concat();
            let mut octets = fuzz::tls(&seed);
            if octets.iter().all(Vec::is_empty) {
                octets = bare(&connection);
            } else {
                tls.push(seed);
            }
            if let Some([of_frames, of_blocks]) = http2(&octets) {
                frames.push(of_frames);
                blocks.push(of_blocks);
            }
        }
    }
    [tls, frames, blocks]
}

/// The octets of both directions in a script.
fn bare(script: &[u8]) -> [Vec<u8>; 2] {
    let mut octets = [Vec::new(), Vec::new()];
    for step in Script::new(script).filter(|step| step.operation < 2) {
        octets[step.direction().index()].extend(step.octets);
    }
    octets
}

/// The frames and the header blocks of an HTTP/2 connection, those of the client first; none where it is of another protocol.
fn http2(octets: &[Vec<u8>; 2]) -> Option<[Vec<u8>; 2]> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let [client, server] = octets;
    let client = client.strip_prefix(PREFACE)?;
    let (mut frames, mut blocks) = (Vec::new(), vec![64]);
    for (direction, mut rest) in [(0, client), (1, server.as_slice())] {
        while let Some(([high, middle, low, kind, flags, _, _, stream @ ..], _)) =
            rest.split_first_chunk::<9>()
        {
            let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
            let Some(payload) = rest.get(9..9 + length) else {
                break;
            };
            Script::append(
                &mut frames,
                direction,
                &[&[*kind, *flags][..], stream, payload].concat(),
            );
            // HEADERS with END_HEADERS, and with priority or without.
            let block = payload.get(if flags & 0x20 != 0 { 5.. } else { 0.. });
            if let Some(block) = block.filter(|_| *kind == 1 && flags & 0x0c == 4) {
                Script::append(&mut blocks, direction, block);
            }
            rest = &rest[9 + length..];
        }
    }
    Some([frames, blocks])
}

/// The bodies that carriers hand out.
fn bodies() -> Bodies {
    let mut bodies = Bodies::default();
    for path in captures() {
        pipeline::run(open(&path), &pipeline::Limits::default(), &mut bodies);
    }
    bodies
}

#[derive(Default)]
struct Bodies {
    all: Seeds,
    /// Those that have an envelope.
    mails: Seeds,
    /// Those that may be SOAP, behind their content types.
    soap: Seeds,
}

impl Observer for Bodies {
    fn carrier(&mut self, event: &CarrierEvent<'_>, _: Option<&Pdu<'_>>) {
        let body = match event {
            CarrierEvent::Request(request) if request.envelope.is_some() => {
                self.mails.push(request.body.bytes.to_vec());
                return;
            }
            CarrierEvent::Request(request) => request.body,
            CarrierEvent::Response(response) => response.body,
            _ => return,
        };
        if let (Some(content_type), Some(parameters)) = (body.content_type, body.parameters) {
            let line = format!("{content_type}; {parameters}\n");
            self.soap.push([line.as_bytes(), body.bytes].concat());
        }
        self.all.push(body.bytes.to_vec());
    }
}

/// Bodies of SOAP behind their content types.
fn soap() -> Seeds {
    let envelope = |body: &str| {
        format!(
            "<e:Envelope><e:Header><m:TransactionID>t</m:TransactionID></e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
    };
    let submission = envelope(
        "<m:SubmitReq a='&#65;'><SenderIdentification><VASPID>v</VASPID><SenderAddress><ShortCode>4646</ShortCode>\
         </SenderAddress></SenderIdentification><Recipients><To><Number displayOnly=\"true\">+1</Number></To></Recipients>\
         <!-- c --><Subject><![CDATA[<]]>&lt;</Subject><Content href=\"cid:c\"/></m:SubmitReq>",
    );
    let fault = envelope(
        "<e:Fault><faultcode>e:Client</faultcode><detail><RSErrorRsp><Status><StatusCode>4004</StatusCode></Status>\
         </RSErrorRsp></detail></e:Fault>",
    );
    let wide: Vec<u8> = submission.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let package = format!(
        "multipart/related;boundary=b;start=\"<r>\"\n--b\r\nContent-ID: <r>\r\n\r\n{submission}\r\n--b\r\nContent-ID: <c>\r\n\
         Content-Type: multipart/mixed;boundary=i\r\nContent-Transfer-Encoding: base64\r\n\r\nLS1pDQoNCkhpDQotLWktLQ==\r\n--b--\r\n"
    );
    vec![
        [b"text/xml;charset=utf-8\n", submission.as_bytes()].concat(),
        [&b"text/xml\n"[..], &wide].concat(),
        [b"application/soap+xml\n<!DOCTYPE a>", fault.as_bytes()].concat(),
        package.into_bytes(),
    ]
}

/// Where Content-Type begins, in PDUs that have parts.
fn multiparts(bodies: &[Vec<u8>]) -> Seeds {
    let after_type = |body: &Vec<u8>| {
        let at = body
            .windows(2)
            .position(|pair| pair[0] == 0x84 && pair[1] != 0x80)?;
        Some(body[at + 1..].to_vec())
    };
    bodies.iter().filter_map(after_type).collect()
}

/// Configurations of MATE with a few frames of UDP packets. Their fields are numbered in byte order of names: ip, ip.ttl,
/// udp, udp.port.
fn tables() -> Seeds {
    let configurations = [
        "Pdu p Proto udp Transport ip { Extract port From udp.port; Extract ttl From ip.ttl; };
         Gop g On p Match (port, port) { Start (ttl=1); Stop (ttl>8); Extra (ttl); Expiration 2; IdleTimeout 3; };
         Gog o { Member g (ttl); Member g (port, port); Extra (port~1); Expiration 1.5; };",
        "Transform t { Match Every (ttl{1|2}, odd) Replace (odd); Match Loose (port^4) Insert (even=2); };
         Pdu p Proto udp.port Transport udp/ip { Payload udp; Extract port From udp.port; Extract ttl From ip.ttl;
         Transform t; Criteria Reject Strict (ttl<\"0x01\"); DropUnassigned true; LastPdu true; };
         Gop g On p Match (port) { Stop (never); Extra (ttl, odd); Transform t; Lifetime 1; DropUnassigned true; };
         Gog o { Member g (ttl); Member g (odd, port); Transform t; };",
        "Default { Gop { Lifetime 2; }; Gog { Expiration 0; }; };
         Pdu p Proto ip Transport mate { Payload udp; Extract ttl From ip.ttl; Extract port From udp.port;
         DiscardPduData true; };
         Pdu q Proto udp Transport ip/ip { Extract ttl From ip.ttl; };
         Gop g On p Match () { Start (); Stop (ttl$9); }; Gop h On q Match (ttl) { Start (ttl!5); };
         Gog o { Member h (); Member g (port?); Extra (ttl); };",
    ];
    let frames: [(u8, &[u8]); 6] = [
        (
            0,
            b"\x00\x0e\x00\x01\x16\x011\x02\x22\x01\x00\x03\x22\x025 \x03\x24\x0280",
        ),
        (
            2,
            b"\x00\x0e\x00\x01\x16\x015\x02\x22\x01\x00\x03\x22\x0280\x03\x24\x025 ",
        ),
        (
            8,
            b"\x00\x0e\x00\x01\x16\x019\x02\x22\x01\x00\x03\x22\x0280\x02\x2a\x01\x01\x03\x24\x0241",
        ),
        (
            252,
            b"\x00\x0e\x00\x01\x16\x012\x00\x22\x01\x00\x01\x24\x011\x02\x2a\x01\x01\x03\x2a\x011",
        ),
        (40, b""),
        (1, b"\x00\x0e\x00\x01\x16\x011\x02\x22\x01\x00\x03\x22\x0241"),
    ];
    let mut script = Vec::new();
    for (step, fields) in frames {
        Script::append(&mut script, step, fields);
    }
    let seed = |configuration: &&str| [configuration.as_bytes(), &[0], &script].concat();
    configurations.iter().map(seed).collect()
}

fn texts(texts: &[&str]) -> Seeds {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A change as a fuzzer would make it.
fn changed(seed: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut octets = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(octets.len() + 1);
        match random.below(6) {
            0 => octets.truncate(at),
            1 => octets.insert(at, random.next() as u8),
            2 => {
                let other = random.one_of(&others.iter().collect::<Vec<_>>());
                let from = random.below(other.len());
                octets.splice(at..at, other[from..].iter().copied().take(64).collect::<Vec<_>>());
            }
            3 => {
                let end = (at + random.below(16)).min(octets.len());
                octets.drain(at..end);
            }
            _ => {
                let any = random.next() as u8;
                if let Some(octet) = octets.get_mut(at) {
                    *octet = random.one_of(&[0, 0x7f, 0x80, 0xff, any, *octet ^ 1]);
                }
            }
        }
    }
    octets
}

/// Runs an entry point over seeds and their changes.
fn run(target: &str, seeds: Seeds, entry: impl Fn(&[u8])) {
    static COUNTING: Once = Once::new();
    COUNTING.call_once(panics::count);
    let seeds = few(seeds);
    assert!(seeds.len() > 2, "no seeds for {target}");
    if let Some(corpus) = std::env::var_os("MMSMATE_CORPUS") {
        let folder = Path::new(&corpus).join(target);
        fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
    let rounds: u64 = std::env::var("MMSMATE_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    for (index, seed) in (0..).zip(&seeds) {
        entry(seed);
        for round in 0..rounds {
            entry(&changed(seed, &seeds, &mut Random::new(index, round)));
        }
    }
    assert_eq!(
        panics::seen(),
        0,
        "panics, caught or not, in {target} or beside it"
    );
    println!("{target}: {} seeds, {rounds} changes of each", seeds.len());
}

#[test]
fn capture_files() {
    let files = captures().iter().map(|path| fs::read(path).unwrap()).collect();
    run("capture", files, fuzz::capture);
}

#[test]
fn packets_segments_streams_and_datagrams() {
    let scripts = scripts();
    run("packets", scripts.packets, fuzz::packets);
    run("segments", scripts.segments, |octets| {
        assert!(
            fuzz::segments(octets) <= octets.len() as u64,
            "more delivered than was sent"
        );
    });
    run("stream", scripts.streams, fuzz::stream);
    run("smtp", scripts.mail_dialogues, fuzz::smtp);
    run("datagrams", scripts.datagrams, fuzz::datagrams);
    run("wap", scripts.payloads.clone(), fuzz::wap);
    run("short_message", scripts.payloads, fuzz::short_message);
    let systems = scripts.systems;
    run("radius", systems.radius, fuzz::radius);
    run("gtp_c", systems.gtp_c, fuzz::gtp_c);
    run("diameter", systems.diameter, fuzz::diameter);
    run("dns", systems.dns, fuzz::dns);
    run("ldap", systems.ldap, fuzz::ldap);
    run("sti", sti(), fuzz::sti);
}

/// Documents of STI behind their content types.
fn sti() -> Seeds {
    let request = "<s:Envelope><s:Body><t:TranscodingRequest><originatorID>m</originatorID><operationID>7</operationID>\
         <transcodingJob><jobID>1</jobID><source><contentType>image/jpeg</contentType><location>cid:1</location></source>\
         <target><transcodingParams><sizeLimit>1</sizeLimit></transcodingParams></target></transcodingJob>\
         </t:TranscodingRequest></s:Body></s:Envelope>";
    let response = "<s:Envelope><s:Body><s:Fault><detail><TranscodingResponse><originatorID>m</originatorID>\
         <mainReturnResult><returnCode>2001</returnCode></mainReturnResult><jobResult><mainReturnResult>\
         <returnCode><![CDATA[5006]]></returnCode></mainReturnResult></jobResult></TranscodingResponse></detail>\
         </s:Fault></s:Body></s:Envelope>";
    let package = format!(
        "multipart/related;boundary=b;type=\"text/xml\"\n--b\r\n\r\n{request}\r\n--b\r\nContent-ID: <1>\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ\r\n--b--\r\n"
    );
    let deep = "<a>".repeat(100);
    vec![
        [b"text/xml\n", request.as_bytes()].concat(),
        [b"text/xml;charset=utf-8\n", response.as_bytes()].concat(),
        [b"text/xml\n", deep.as_bytes(), request.as_bytes()].concat(),
        package.into_bytes(),
    ]
}

#[test]
fn tls_with_keys_and_http2() {
    let [tls, frames, blocks] = tls_and_http2();
    assert!(tls.len() > 30 && blocks.iter().all(|script| fuzz::hpack(script) > 100));
    run("tls", tls, |octets| {
        let opened: usize = fuzz::tls(octets).iter().map(Vec::len).sum();
        assert!(opened <= octets.len(), "more came out than went in");
    });
    run("http2", frames, fuzz::http2);
    run("hpack", blocks, |octets| {
        fuzz::hpack(octets);
    });
}

#[test]
fn pdus_and_multiparts() {
    let bodies = bodies();
    run("multipart", multiparts(&bodies.all), fuzz::multipart);
    run("mms_pdu", bodies.all, fuzz::mms_pdu);
    run("mail", bodies.mails, fuzz::mail);
    run("soap", [soap(), bodies.soap].concat(), fuzz::soap);
}

#[test]
fn mate_over_tables() {
    for seed in tables() {
        assert_eq!(fuzz::mate_engine(&seed), 3, "the seed is no configuration");
    }
    run("mate_engine", tables(), |octets| {
        fuzz::mate_engine(octets);
    });
}

#[test]
fn whole_captures() {
    let files = captures().iter().map(|path| fs::read(path).unwrap()).collect();
    run("whole", files, |octets| drop(fuzz::whole(octets)));
}

#[test]
fn fields_for_mate() {
    let files = captures().iter().map(|path| fs::read(path).unwrap()).collect();
    run("mate_fields", files, fuzz::mate_fields);
}

#[test]
fn filters_and_expectations() {
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/captures/e_invalid_recipient.pcap");
    let whole = fuzz::whole(&fs::read(capture).unwrap()).unwrap();
    let messages: &[Message] = &whole.document.messages;
    assert_eq!(messages.len(), 5);
    let filters = [
        "outcome == failure",
        "from == \"+4415*\" and not (state == read or size > 100k)",
        "failures.kind ~ \"http\" && duration > 2s",
        "((id == 1)) or subject != \"\\u{202e}\"",
        "started >= 2026-11-20T10:00:00Z",
        "to in (\"+1\", '2')",
    ];
    run("filter", texts(&filters), |octets| fuzz::filter(octets, messages));
    let actual = serde_json::to_value(&whole.document).unwrap();
    let expectations = [
        r#"{"match": "subset", "files": ["a.pcap"], "expect": {"messages": [{"outcome": "failure"}]}}"#,
        r#"{"match": "exact", "expect": {"version": 1, "summary": {"messages": 5}}}"#,
        r#"{"expect": {"messages": [{"id": 1, "failures": [{"kind": "retrieve_http_error", "code": 404}]}]}}"#,
    ];
    run("expectation", texts(&expectations), |octets| {
        fuzz::expectation(octets, &actual)
    });
}

#[test]
fn configurations_of_mate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let capture = fs::read(root.join("testdata/captures/a1_happy_smpp.pcap")).unwrap();
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mate"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    let mut seeds: Seeds = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    seeds.extend(texts(&[
        "Transform t { Match Every (a=1, b{x|\"y z\"}, c?) Insert (d=0x80, e); Match (a!2) Replace (a^1); };\n\
         Default { Pdu { DropUnassigned true; }; Gop { Lifetime 1.5; ShowTree PduTree; }; Gog { Expiration 30; }; };\n\
         Pdu p Proto frame Transport eth { Extract a From frame.number; Extract b From eth.addr; Transform t; };\n\
         Gop g On p Match (b=02:0a:00:00:00:01, b) { Start (a<9); Stop (a>20); Extra (a$1); IdleTimeout 0.01; };\n\
         Gog o { Member g (a); Member g (b, b); Transform t; GopTree BasicTree; };\0mate.g.Time > 0.5 && !mate.o",
        "Pdu p Proto tcp Transport ip { Extract addr From ip.addr; Extract syn From tcp.flags.syn; LastPdu false; };\n\
         Gop g On p Match (addr, addr) { Start (syn=1); };\0mate.p.addr matches \"^10\\\\.\" or mate.g in {1, 3..5}",
        "Action=PduDef; Name=dns_pdu; Proto=dns; Transport=udp/ip; addr=ip.addr; port=udp.port;",
        "Debug { Filename \"x\"; Level 9; Pdu Level 1; }; Done;\n#include x.mate /* never closed",
    ]));
    run("mate", seeds, |octets| fuzz::mate(octets, &capture));
}
