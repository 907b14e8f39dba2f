//! The only place where the stages meet; it reads top to bottom as the data flows.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    capture::{CaptureReport, Captures, Frame},
    correlate,
    flow::{self, FlowCounters, FlowTable},
    mms::{self, Decoded},
    model::{
        AnomalyKind, AnomalyLog, FrameRef,
        fault::{self, Fault, Stage},
    },
    net::{self, Decapsulator, NetCounters},
    session::{self, Body, BodyEnd, CarrierEvent, ConnectionState, Sessions},
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

/// What a run may hold, and how much of one thing is looked at: each stage has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of incomplete IP datagrams.
    pub net: net::Limits,
    /// Of connections.
    pub flow: flow::Limits,
    /// Of requests, answers and their bodies.
    pub session: session::Limits,
    /// Of one PDU.
    pub mms: mms::Limits,
    /// Of exchanges whose messages are not closed; for whoever puts a correlator behind the run.
    pub correlate: correlate::Limits,
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
///
/// A stage that panics costs what it was at work on: the connection, or the packet. It is noted as
/// [`AnomalyKind::InternalFault`] with its frame, and the run goes on.
pub fn run(
    captures: Captures,
    watch: &impl Watch,
    observe: impl FnMut(&CarrierEvent<'_>, Option<&Decoded<'_>>),
) -> Analysis {
    run_within(captures, &Limits::default(), watch, observe)
}

/// As [`run`], with other limits.
pub fn run_within(
    mut captures: Captures,
    limits: &Limits,
    watch: &impl Watch,
    mut observe: impl FnMut(&CarrierEvent<'_>, Option<&Decoded<'_>>),
) -> Analysis {
    let mut stages = Stages::new(limits);
    let mut carrier = |event: CarrierEvent<'_>| {
        let decoded = decode(&event, limits.mms);
        observe(&event, decoded.as_ref());
    };
    stages.read(&mut captures, watch, &mut carrier);
    stages.finish(&mut carrier);
    stages.into_analysis(&captures)
}

/// The stages between the captures and the PDUs.
struct Stages {
    net: Decapsulator,
    flows: FlowTable<ConnectionState>,
    sessions: Sessions,
    /// Faults outside of the sessions, which look after their own.
    faults: AnomalyLog,
    frames: u64,
    /// The last frame.
    at: Option<FrameRef>,
}

impl Stages {
    fn new(limits: &Limits) -> Self {
        Self {
            net: Decapsulator::within(limits.net),
            flows: FlowTable::new(limits.flow),
            sessions: Sessions::within(limits.session),
            faults: AnomalyLog::default(),
            frames: 0,
            at: None,
        }
    }

    /// Takes all frames. The loop is left by a fault only, and begun again behind the frame, so that faults cost
    /// nothing where there are none.
    fn read(
        &mut self,
        captures: &mut Captures,
        watch: &impl Watch,
        carrier: &mut impl FnMut(CarrierEvent<'_>),
    ) {
        loop {
            let before = self.frames;
            let Err(fault) = fault::isolated(|| self.read_on(captures, watch, carrier)) else {
                return;
            };
            self.lose(&fault, carrier);
            // A fault of reading itself would only come again.
            if self.frames == before {
                return;
            }
        }
    }

    fn read_on(
        &mut self,
        captures: &mut Captures,
        watch: &impl Watch,
        carrier: &mut impl FnMut(CarrierEvent<'_>),
    ) {
        while let Some(frame) = captures.next() {
            self.frames += 1;
            self.at = Some(frame.at);
            self.frame(&frame, carrier);
            if self.frames.is_multiple_of(FRAMES_PER_LOOK) && watch.look(captures).is_break() {
                break;
            }
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, carrier: &mut impl FnMut(CarrierEvent<'_>)) {
        fault::trip(Stage::Net, frame.at);
        let Self {
            net, flows, sessions, ..
        } = self;
        net.push(frame, |packet| {
            flows.push(&packet, |info, state, event| {
                sessions.on_event(info, state, event, carrier)
            });
        });
    }

    /// The input ended: so does everything that is open.
    fn finish(&mut self, carrier: &mut impl FnMut(CarrierEvent<'_>)) {
        let Self {
            net, flows, sessions, ..
        } = self;
        if let Err(fault) = fault::isolated(|| net.finish()) {
            note(&mut self.faults, &fault, None);
        }
        // Each call goes on behind the connection that the one before it stopped at.
        while let Err(fault) = fault::isolated(|| {
            flows.finish(|info, state, event| sessions.on_event(info, state, event, carrier));
        }) {
            note(&mut self.faults, &fault, self.at);
        }
        if let Err(fault) = fault::isolated(|| sessions.finish(carrier)) {
            note(&mut self.faults, &fault, self.at);
        }
    }

    /// Gives up what a stage below the sessions was at work on when it panicked.
    fn lose(&mut self, fault: &Fault, carrier: &mut impl FnMut(CarrierEvent<'_>)) {
        note(&mut self.faults, fault, self.at);
        let Self { flows, sessions, .. } = self;
        // Where even that fails, the connection stays as it is.
        let _ = fault::isolated(|| {
            flows.give_up_current(|info, state, event| sessions.on_event(info, state, event, carrier));
        });
    }

    fn into_analysis(self, captures: &Captures) -> Analysis {
        let mut anomalies = self.net.anomalies().clone();
        anomalies.merge(&self.flows.anomalies);
        anomalies.merge(&self.sessions.anomalies);
        anomalies.merge(&self.faults);
        Analysis {
            captures: captures.reports(),
            anomalies,
            net: self.net.counters().clone(),
            flow: self.flows.counters(),
            protocols: self.sessions.protocols().clone(),
        }
    }
}

fn note(faults: &mut AnomalyLog, fault: &Fault, at: Option<FrameRef>) {
    faults.note(AnomalyKind::InternalFault, at, || {
        format!("a fault in {}; the packet at hand was given up", fault.place())
    });
}

/// The PDU that a carrier's body holds.
fn decode<'a>(event: &CarrierEvent<'a>, limits: mms::Limits) -> Option<Decoded<'a>> {
    let (body, extent): (&Body<'a>, _) = match event {
        CarrierEvent::Request(request) => (&request.body, request.extent),
        CarrierEvent::Response(response) => (&response.body, response.extent),
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return None,
    };
    fault::trip(Stage::Decode, extent.last);
    (!body.bytes.is_empty()).then(|| mms::decode_within(body.bytes, body.end == BodyEnd::Whole, limits))
}
