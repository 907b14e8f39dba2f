//! The engine: from the fields of frames to Pdus, Gops and Gogs. It knows fields and time, and no protocol.

mod clock;
mod documented;
mod explain;
mod items;
mod looks;
mod pair;
mod settings;
mod slots;
#[cfg(test)]
mod tests;
mod wireshark;

pub(crate) use explain::{ExplainItem, PduStatistics, Reason};
pub(crate) use items::{
    GogItem, GogRef, GopItem, GopPdu, GopRef, Membership, PduItem, ReleasedBy, Role, Sink,
};
pub(crate) use pair::{Pair, Pairs};
pub(crate) use settings::{EngineLimits, EngineReport, EngineSettings};

use super::config::{Configuration, Semantics};
use super::frame::Frame;
use documented::Documented;
use wireshark::Wireshark;

/// A run of a configuration over frames.
#[derive(Debug)]
pub(crate) struct Engine(Run);

#[derive(Debug)]
enum Run {
    Documented(Box<Documented>),
    Wireshark(Box<Wireshark>),
}

impl Engine {
    /// A run, with the semantics of the configuration, that has seen no frame yet.
    pub(crate) fn new(configuration: &Configuration, settings: EngineSettings) -> Self {
        Self(match configuration.semantics {
            Semantics::Documented => Run::Documented(Box::new(Documented::new(configuration, settings))),
            Semantics::Wireshark => Run::Wireshark(Box::new(Wireshark::new(configuration, settings))),
        })
    }

    /// Takes the next frame; all frames are told, also those without layers, as time moves with them.
    pub(crate) fn frame(&mut self, frame: &Frame, sink: &mut impl Sink) {
        match &mut self.0 {
            Run::Documented(run) => run.frame(frame, sink),
            Run::Wireshark(run) => run.frame(frame, sink),
        }
    }

    /// How many Gops and Gogs it holds, with the Pdus and Gops in them.
    #[cfg(test)]
    fn held(&self) -> usize {
        match &self.0 {
            Run::Documented(run) => run.held(),
            Run::Wireshark(run) => run.held(),
        }
    }

    /// The input has ended: hands on what is still open.
    pub(crate) fn finish(self, sink: &mut impl Sink) -> EngineReport {
        match self.0 {
            Run::Documented(run) => run.finish(sink),
            Run::Wireshark(run) => run.finish(sink),
        }
    }
}
