//! Times as the captures have them, of messages whose captures' clocks were set straight: who looks for a frame finds it by its
//! own time. Durations stay those between the straight clocks, and the order of events too.

use super::{Closed, ContextEntry, Message, Operation, Passage, Seen};
use crate::model::{CaptureIndex, Clocks, FrameRef, Nanoseconds, Timestamp};

impl Closed {
    /// Gives it the times that the captures have.
    pub fn show_captured_times(&mut self, clocks: &Clocks) {
        match self {
            Self::Message { first, message, .. } => message.show_captured_times(*first, clocks),
            Self::Operation { operation, .. } => operation.show_captured_times(clocks),
        }
    }
}

impl Message {
    /// `first` is its first frame.
    fn show_captured_times(&mut self, first: FrameRef, clocks: &Clocks) {
        let captured = |capture: u32, time: Timestamp| clocks.captured(CaptureIndex(capture), time);
        if let Some(ended) = self.ended {
            let last = self.events.iter().map(|event| &event.seen);
            let captures = last.filter(|seen| seen.time == ended).map(|seen| seen.capture);
            self.ended = captures
                .min()
                .map(|capture| captured(capture, ended))
                .or(self.ended);
        }
        if let Some(started) = &mut self.started {
            *started = captured(first.capture.0, *started);
        }
        self.each_seen(&mut |seen| seen.show_captured_times(clocks));
        for failure in &mut self.failures {
            if let (Some(capture), Some(time)) = (failure.capture, &mut failure.time) {
                *time = captured(capture, *time);
            }
        }
        self.context
            .iter_mut()
            .for_each(|entry| entry.show_captured_times(clocks));
    }

    /// Every place where something of it was seen.
    fn each_seen(&mut self, take: &mut dyn FnMut(&mut Seen)) {
        let mut hops = Vec::new();
        if let Some(leg) = &mut self.submission {
            leg.request
                .iter_mut()
                .chain(&mut leg.response)
                .for_each(&mut *take);
            hops.push(&mut leg.hops);
        }
        for delivery in &mut self.deliveries {
            for leg in &mut delivery.handovers {
                leg.request
                    .iter_mut()
                    .chain(&mut leg.response)
                    .for_each(&mut *take);
                hops.push(&mut leg.hops);
            }
            for leg in &mut delivery.notifications {
                take(&mut leg.seen);
                hops.push(&mut leg.hops);
            }
            for leg in &mut delivery.retrievals {
                leg.request
                    .iter_mut()
                    .chain(&mut leg.response)
                    .for_each(&mut *take);
                hops.push(&mut leg.hops);
            }
            for leg in &mut delivery.acknowledgements {
                leg.request
                    .iter_mut()
                    .chain(&mut leg.response)
                    .for_each(&mut *take);
                hops.push(&mut leg.hops);
            }
            for leg in &mut delivery.delivery_reports {
                take(&mut leg.seen);
                leg.response.iter_mut().for_each(&mut *take);
                hops.push(&mut leg.hops);
            }
            for leg in &mut delivery.read_reports {
                take(&mut leg.seen);
                leg.response.iter_mut().for_each(&mut *take);
                hops.push(&mut leg.hops);
            }
        }
        for hop in hops.into_iter().flatten() {
            take(&mut hop.seen);
            let other = hop.other.as_mut().and_then(|other| other.response.as_mut());
            other.into_iter().for_each(&mut *take);
        }
        self.events.iter_mut().for_each(|event| take(&mut event.seen));
    }
}

impl Operation {
    fn show_captured_times(&mut self, clocks: &Clocks) {
        let pdus = self.request.iter_mut().chain(&mut self.response);
        pdus.for_each(|pdu| pdu.seen.show_captured_times(clocks));
    }
}

impl ContextEntry {
    /// Gives it the times that the captures have.
    pub fn show_captured_times(&mut self, clocks: &Clocks) {
        let passages = self.request.iter_mut().chain(&mut self.response);
        passages.for_each(|passage| passage.show_captured_times(clocks));
    }
}

impl Seen {
    fn show_captured_times(&mut self, clocks: &Clocks) {
        self.shift = captured(self.capture, [&mut self.started, &mut self.time], clocks);
    }
}

impl Passage {
    fn show_captured_times(&mut self, clocks: &Clocks) {
        self.shift = captured(self.capture, [&mut self.started, &mut self.time], clocks);
    }
}

/// Turns the times of the first and the last frame of something into those of their capture; what that took from the last.
fn captured(capture: u32, [first, last]: [&mut Timestamp; 2], clocks: &Clocks) -> Nanoseconds {
    let straight = *last;
    *first = clocks.captured(CaptureIndex(capture), *first);
    *last = clocks.captured(CaptureIndex(capture), *last);
    straight.since(*last)
}
