//! The engine: from the fields of frames to Pdus, Gops and Gogs. It knows fields and time, and no protocol.

mod clock;
mod documented;
mod explain;
mod items;
mod pair;
mod settings;
mod slots;

pub(crate) use explain::{ExplainItem, PduStatistics, Reason};
pub(crate) use items::{
    GogItem, GogRef, GopItem, GopPdu, GopRef, Membership, PduItem, ReleasedBy, Role, Sink,
};
pub(crate) use pair::{Pair, Pairs, Value};
pub(crate) use settings::{EngineLimits, EngineReport, EngineSettings};

use super::config::Configuration;
use super::frame::Frame;
use documented::Documented;

/// A run of a configuration over frames.
#[derive(Debug)]
pub(crate) struct Engine(Documented);

impl Engine {
    /// A run that has seen no frame yet.
    pub(crate) fn new(configuration: &Configuration, settings: EngineSettings) -> Self {
        Self(Documented::new(configuration, settings))
    }

    /// Takes the next frame; all frames are told, also those without layers, as time moves with them.
    pub(crate) fn frame(&mut self, frame: &Frame, sink: &mut impl Sink) {
        self.0.frame(frame, sink);
    }

    /// The input has ended: hands on what is still open.
    pub(crate) fn finish(self, sink: &mut impl Sink) -> EngineReport {
        self.0.finish(sink)
    }
}
