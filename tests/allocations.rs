//! A frame of a connection that is none of ours costs no allocation, from the file to the session layer.
#[path = "../benches/traffic/mod.rs"]
mod traffic;

use std::alloc::System;

use mmsmate::internals::{
    capture::{Captures, Input},
    flow::FlowTable,
    net::Decapsulator,
    session::{ConnectionState, Sessions},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use traffic::Traffic;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Frames after which the connections are known to be none of ours and every table has its size.
const WARM: usize = 200;

// One test, so that no other one allocates beside it.
#[test]
fn a_frame_of_a_foreign_connection_allocates_nothing() {
    let mut traffic = Traffic::default();
    traffic.lookup();
    traffic.background(5_000_000);
    let file = traffic.file();
    let (mut captures, errors) = Captures::open([Input::File(file.path().to_owned())]);
    assert!(errors.is_empty());
    let mut net = Decapsulator::new();
    let mut flows: FlowTable<ConnectionState> = FlowTable::default();
    let mut sessions = Sessions::default();
    let mut frames = 0;
    let mut region = Region::new(ALLOCATOR);
    while frames + 10 < traffic.frames() {
        if frames == WARM {
            region.reset();
        }
        let frame = captures.next().expect("as many frames as were made");
        frames += 1;
        net.push(&frame, |packet| {
            flows.push(&packet, |info, state, event| {
                sessions.on_event(info, state, event, &mut |_| {});
            });
        });
    }
    let change = region.change();
    assert!(frames > 5_000);
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
}
