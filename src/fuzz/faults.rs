//! Faults of our own, injected: each costs the connection or packet it happened at, is told with its frame, and nothing
//! else is lost.

use crate::{
    fuzz::whole,
    model::fault::{PipelineStage, arm},
    report::document::{Document, Message},
};

/// Five submissions, each on a connection of its own.
const CAPTURE: &[u8] = include_bytes!("../../testdata/captures/e_invalid_recipient.pcap");

/// What is found with a stage that panics at this frame.
fn found(fault: Option<(PipelineStage, u64)>) -> Document {
    arm(fault);
    let whole = whole(CAPTURE);
    arm(None);
    whole.unwrap().document
}

/// A message without its number, which counts those that there are.
fn unnumbered(message: &Message) -> Message {
    Message {
        id: 0,
        ..message.clone()
    }
}

/// The frames of the request whose fault is looked at: the third message's.
const REQUEST: u64 = 30;

fn costs_one_message(stage: PipelineStage, frame: u64) {
    let (good, hurt) = (found(None), found(Some((stage, frame))));
    let left: Vec<Message> = hurt.messages.iter().map(unnumbered).collect();
    let lost: Vec<&Message> = good
        .messages
        .iter()
        .filter(|message| !left.contains(&unnumbered(message)))
        .collect();
    assert_eq!(lost.len(), 1, "{stage:?}: {hurt:#?}");
    assert_eq!(lost[0].id, 3);
    let fault = hurt
        .anomalies
        .iter()
        .find(|anomaly| anomaly.kind == "internal_fault")
        .unwrap();
    assert_eq!((fault.frame, fault.capture), (Some(frame), Some(0)), "{stage:?}");
    assert!(
        !good
            .anomalies
            .iter()
            .any(|anomaly| anomaly.kind == "internal_fault")
    );
}

#[test]
fn a_stage_that_panics_costs_what_it_was_at_work_on() {
    for stage in [
        PipelineStage::Net,
        PipelineStage::Flow,
        PipelineStage::Session,
        PipelineStage::Decode,
    ] {
        costs_one_message(stage, REQUEST);
    }
}
