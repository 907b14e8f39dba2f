//! The only place where the stages meet; it reads top to bottom as the data flows.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    capture::{CaptureReport, Captures},
    flow::{FlowCounters, FlowTable, Limits},
    mms::{self, Decoded},
    model::AnomalyLog,
    net::{Decapsulator, NetCounters},
    session::{Body, BodyEnd, CarrierEvent, ConnectionState, Sessions},
};

/// Frames between two looks of whoever watches the run.
const FRAMES_PER_LOOK: u64 = 4096;

/// What a run leaves behind besides what its observer was told.
#[derive(Debug)]
pub struct Analysis {
    /// One per input, in the order given.
    pub captures: Vec<CaptureReport>,
    /// Odd things in the traffic, of all stages.
    pub anomalies: AnomalyLog,
    /// What became of the frames.
    pub net: NetCounters,
    /// What became of the packets.
    pub flow: FlowCounters,
    /// Connections by protocol.
    pub protocols: BTreeMap<&'static str, u64>,
}

/// Whoever watches a run: shows how far it is, may stop it.
pub trait Watch {
    /// Looks at how far the inputs were read; a break ends the run with what was found so far.
    fn look(&self, captures: &Captures) -> ControlFlow<()>;
}

/// Stops the run once it is true.
impl Watch for AtomicBool {
    fn look(&self, _: &Captures) -> ControlFlow<()> {
        if self.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Drives the inputs through all stages and tells `observe` of every carrier event, with the PDU where its body
/// is one.
pub fn run(
    mut captures: Captures,
    watch: &impl Watch,
    mut observe: impl FnMut(&CarrierEvent<'_>, Option<&Decoded<'_>>),
) -> Analysis {
    let mut net = Decapsulator::new();
    let mut flows: FlowTable<ConnectionState> = FlowTable::new(Limits::default());
    let mut sessions = Sessions::default();
    let mut carrier = |event: CarrierEvent<'_>| {
        let decoded = decode(&event);
        observe(&event, decoded.as_ref());
    };
    let mut frames: u64 = 0;
    while let Some(frame) = captures.next() {
        net.push(&frame, |packet| {
            flows.push(&packet, |info, state, event| {
                sessions.on_event(info, state, event, &mut carrier)
            });
        });
        frames += 1;
        if frames.is_multiple_of(FRAMES_PER_LOOK) && watch.look(&captures).is_break() {
            break;
        }
    }
    net.finish();
    flows.finish(|info, state, event| sessions.on_event(info, state, event, &mut carrier));
    sessions.finish(&mut carrier);
    let mut anomalies = net.anomalies().clone();
    anomalies.merge(&flows.anomalies);
    anomalies.merge(&sessions.anomalies);
    Analysis {
        captures: captures.reports(),
        anomalies,
        net: net.counters().clone(),
        flow: flows.counters(),
        protocols: sessions.protocols().clone(),
    }
}

/// The PDU that a carrier's body holds.
fn decode<'a>(event: &CarrierEvent<'a>) -> Option<Decoded<'a>> {
    let body: &Body<'a> = match event {
        CarrierEvent::Request(request) => &request.body,
        CarrierEvent::Response(response) => &response.body,
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return None,
    };
    (!body.bytes.is_empty()).then(|| mms::decode(body.bytes, body.end == BodyEnd::Whole))
}
