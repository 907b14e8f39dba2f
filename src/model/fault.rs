//! Faults of our own: where a stage panics, that costs what it was at work on, and is told with the frame.
//!
//! No octets should ever make a stage panic, and no run has shown one that do. Where it happens all the same, a capture of
//! a million messages must not be lost for one of them.

#[cfg(not(test))]
use std::any::Any;
use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    path::Path,
};

/// What a panic left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    place: Option<String>,
}

impl Fault {
    /// Where in the sources it happened, as far as that is known. Says nothing of what was in the capture: a panic's
    /// own words might.
    pub fn place(&self) -> &str {
        self.place.as_deref().unwrap_or("a place that was not recorded")
    }
}

thread_local! {
    /// Where this thread last panicked.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does a piece of work whose panics must not go further. What it was changing may be half changed then: the caller
/// drops it, or knows that it can go on with it.
///
/// # Errors
/// The panic, if there was one.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        hand_on(panic);
        Fault { place: PLACE.take() }
    })
}

/// Outside tests, a panic that was caught goes no further.
#[cfg(not(test))]
#[inline(always)]
fn hand_on(_: Box<dyn Any + Send>) {}

/// From now on, panics of this process print nothing, and their places are remembered for [`isolated`]. For programs,
/// not for libraries: it is the process's only hook.
pub fn record_quietly() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let place = info
            .location()
            .map(|location| format!("{}:{}", in_crate(location.file()), location.line()));
        PLACE.set(place);
    }));
}

/// A source file's path from the name of its crate on: where it was built is nobody's concern.
fn in_crate(path: &str) -> &str {
    if Path::new(path).is_relative() {
        return path;
    }
    let Some(sources) = path.rfind("/src/") else {
        return path.rsplit('/').next().unwrap_or(path);
    };
    let before = path.get(..sources).unwrap_or_default();
    let start = before.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    path.get(start..).unwrap_or(path)
}

/// The stages that tests can make panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PipelineStage {
    /// From a frame to packets.
    Net,
    /// From packets to streams.
    Flow,
    /// From streams to carriers.
    Session,
    /// From a body to a PDU.
    Decode,
    /// From legs to groups of them.
    Grouping,
    /// From a group to a message.
    Message,
}

/// Panics where a test has asked for that; no part of the program outside tests.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn trip(_: PipelineStage, _: super::FrameRef) {}

/// As [`trip`], at any of these frames.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn trip_at_any(_: PipelineStage, _: impl Iterator<Item = super::FrameRef>) {}

#[cfg(test)]
pub(crate) use injected::{arm, trip, trip_at_any};

#[cfg(test)]
use injected::hand_on;

#[cfg(test)]
mod injected {
    use std::{any::Any, cell::Cell, panic};

    use super::PipelineStage;
    use crate::model::FrameRef;

    thread_local! {
        static ARMED: Cell<Option<(PipelineStage, u64)>> = const { Cell::new(None) };
    }

    /// A panic that no test asked for is a failure of the test, wherever it would be caught.
    pub(super) fn hand_on(panic: Box<dyn Any + Send>) {
        if ARMED.get().is_none() {
            panic::resume_unwind(panic);
        }
    }

    /// Lets a stage panic on this thread whenever it is at this frame.
    pub(crate) fn arm(fault: Option<(PipelineStage, u64)>) {
        ARMED.set(fault);
    }

    /// Panics where [`arm`] asked for that.
    pub(crate) fn trip(stage: PipelineStage, at: FrameRef) {
        assert!(ARMED.get() != Some((stage, at.frame.0)), "an injected fault");
    }

    /// As [`trip`], at any of these frames.
    pub(crate) fn trip_at_any(stage: PipelineStage, frames: impl Iterator<Item = FrameRef>) {
        frames.for_each(|at| trip(stage, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_is_an_error() {
        assert_eq!(isolated(|| 7), Ok(7));
        arm(Some((PipelineStage::Net, 0)));
        let fault = isolated(|| assert_eq!(1, 2)).unwrap_err();
        assert!(!fault.place().is_empty());
        arm(None);
    }

    #[test]
    fn a_place_does_not_tell_where_it_was_built() {
        assert_eq!(in_crate("src/session/mod.rs"), "src/session/mod.rs");
        assert_eq!(
            in_crate("/home/anyone/registry/etherparse-0.21.0/src/lib.rs"),
            "etherparse-0.21.0/src/lib.rs"
        );
        assert_eq!(
            in_crate("/rustc/0123/library/core/src/slice/mod.rs"),
            "core/src/slice/mod.rs"
        );
        assert_eq!(in_crate("/odd/place.rs"), "place.rs");
    }
}
