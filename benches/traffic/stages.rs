//! The stages up to a point, over a capture file.
#![expect(clippy::expect_used, reason = "a bench that cannot run must stop")]

use std::{io, path::Path};

use mmsmate::internals::{
    analysis::{self, Options},
    capture::{Captures, Frame, Input},
    correlate::{Closed, PduRecord},
    flow::{FlowTable, SessionState},
    mms::Pdu,
    net::Decapsulator,
    pipeline::{self, Limits, Observer},
    report::jsonl,
    session::{CarrierEvent, ConnectionState, SessionEvent, Sessions},
};

fn captures(path: &Path) -> Captures {
    let (captures, errors) = Captures::open([Input::File(path.to_owned())]);
    assert!(errors.is_empty(), "{errors:?}");
    captures
}

/// A session that wants every octet and does nothing with them: what reassembly alone costs.
#[derive(Default)]
pub(crate) struct Everything;

impl SessionState for Everything {
    fn wants_data(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        true
    }
}

/// Frames; how many.
pub(crate) fn capture(path: &Path) -> u64 {
    let mut frames = 0;
    each_frame(path, |_| frames += 1);
    frames
}

fn each_frame(path: &Path, mut take: impl FnMut(&Frame<'_>)) {
    let mut captures = captures(path);
    while let Some(frame) = captures.next() {
        take(&frame);
    }
}

/// Packets; how many.
pub(crate) fn net(path: &Path) -> u64 {
    let mut packets = 0;
    let mut net = Decapsulator::new();
    each_frame(path, |frame| net.push(frame, |_| packets += 1));
    packets
}

/// Events of reassembled streams and datagrams; how many.
pub(crate) fn flow(path: &Path) -> u64 {
    let mut events = 0;
    let mut net = Decapsulator::new();
    let mut flows: FlowTable<Everything> = FlowTable::default();
    each_frame(path, |frame| {
        net.push(frame, |packet| flows.push(&packet, |_, _, _| events += 1));
    });
    flows.finish(|_, _, _| events += 1);
    events
}

/// Requests and answers; how many.
pub(crate) fn session(path: &Path) -> u64 {
    let mut carriers = 0;
    let mut net = Decapsulator::new();
    let mut flows: FlowTable<ConnectionState> = FlowTable::default();
    let mut sessions = Sessions::default();
    let mut count = |_: SessionEvent<'_>| carriers += 1;
    each_frame(path, |frame| {
        net.push(frame, |packet| {
            flows.push(&packet, |info, state, event| {
                sessions.on_event(info, state, event, &mut count);
            });
        });
    });
    flows.finish(|info, state, event| sessions.on_event(info, state, event, &mut count));
    carriers
}

/// PDUs; how many.
pub(crate) fn decoded(path: &Path) -> u64 {
    #[derive(Default)]
    struct Pdus(u64);
    impl Observer for Pdus {
        fn pdu(&mut self, _: &CarrierEvent<'_>, _: &Pdu<'_>) {
            self.0 += 1;
        }
    }
    let mut pdus = Pdus::default();
    pipeline::run(captures(path), &Limits::default(), &mut pdus);
    pdus.0
}

/// PDUs as correlation takes them, with the digests of all their parts; how many parts.
pub(crate) fn digested(path: &Path) -> u64 {
    #[derive(Default)]
    struct Parts(u64);
    impl Observer for Parts {
        fn pdu(&mut self, _: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
            self.0 += PduRecord::from(pdu).parts.len() as u64;
        }
    }
    let mut parts = Parts::default();
    pipeline::run(captures(path), &Limits::default(), &mut parts);
    parts.0
}

/// The whole: messages as lines of JSON, into nothing; how many.
pub(crate) fn whole(path: &Path) -> u64 {
    let mut writer = jsonl::Writer::new(io::sink());
    let mut messages = 0;
    let mut closed = |closed: Closed| {
        if let Closed::Message { mut message, .. } = closed {
            messages += 1;
            message.id = messages;
            writer.message(&message).expect("nothing refuses nothing");
        }
    };
    analysis::read(captures(path), &Options::default(), &mut (), &mut closed).finish(&mut closed);
    messages
}
