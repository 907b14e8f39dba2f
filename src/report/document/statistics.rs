//! How long things took, over many messages: median and 95th percentile of sending, of notification to retrieval,
//! and of the way from the sender's phone to the recipient's.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Message, Outcome, Summary};
use crate::model::SharedSort;

/// Durations of one kind, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    values: Vec<f64>,
}

/// What is told of durations, in milliseconds, by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// Half of them are no longer than this.
    pub p50: f64,
    /// 95 of 100 are no longer than this.
    pub p95: f64,
    /// The longest.
    pub max: f64,
}

/// How long the ways of messages took; `null` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Times {
    /// `submission.latency_ms`.
    pub send: Option<Spread>,
    /// `deliveries.notify_to_retrieve_ms`.
    pub notify_to_retrieve: Option<Spread>,
    /// `deliveries.end_to_end_ms`.
    pub end_to_end: Option<Spread>,
}

impl Durations {
    /// Adds one; what is no number is left out, and what clocks that disagree make negative.
    pub fn add(&mut self, milliseconds: f64) {
        if milliseconds.is_finite() && milliseconds >= 0.0 {
            self.values.push(milliseconds);
        }
    }

    /// Their spread, by nearest rank; `None` where there are none.
    pub fn spread(&self) -> Option<Spread> {
        let mut sorted = self.values.clone();
        sorted.shared_sort_by(f64::total_cmp);
        let rank = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied()
        };
        Some(Spread {
            count: sorted.len() as u64,
            p50: rank(50)?,
            p95: rank(95)?,
            max: sorted.last().copied()?,
        })
    }

    /// All of them, in the order they were added.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// The durations of many messages.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// From the whole m-send.req to the whole m-send.conf.
    pub send: Durations,
    /// From the first notification of a recipient to the whole message in that phone.
    pub notify_to_retrieve: Durations,
    /// From the first octet of the m-send.req to the whole message in a recipient's phone.
    pub end_to_end: Durations,
}

impl Statistics {
    /// The statistics of these messages.
    pub fn of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Self {
        let mut statistics = Self::default();
        for message in messages {
            statistics.add(message);
        }
        statistics
    }

    /// Adds a message.
    pub fn add(&mut self, message: &Message) {
        if let Some(latency) = message.submission.as_ref().and_then(|s| s.latency_ms) {
            self.send.add(latency);
        }
        for delivery in &message.deliveries {
            if let Some(elapsed) = delivery.notify_to_retrieve_ms {
                self.notify_to_retrieve.add(elapsed);
            }
            if let Some(elapsed) = delivery.end_to_end_ms {
                self.end_to_end.add(elapsed);
            }
        }
    }

    /// What is told of them.
    pub fn times(&self) -> Times {
        Times {
            send: self.send.spread(),
            notify_to_retrieve: self.notify_to_retrieve.spread(),
            end_to_end: self.end_to_end.spread(),
        }
    }

    /// Their names and spreads, those left out of which there are none.
    pub fn spreads(&self) -> Vec<(&'static str, Spread)> {
        [
            ("send", &self.send),
            ("notify to retrieve", &self.notify_to_retrieve),
            ("end to end", &self.end_to_end),
        ]
        .into_iter()
        .filter_map(|(name, durations)| Some((name, durations.spread()?)))
        .collect()
    }
}

/// The totals of messages, one by one.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    summary: Summary,
    times: Statistics,
}

impl Tally {
    /// Adds a message.
    pub fn add(&mut self, message: &Message) {
        let Summary {
            messages,
            success,
            failure,
            partial,
            open,
            failures,
            ..
        } = &mut self.summary;
        *messages += 1;
        *match message.outcome {
            Outcome::Success => success,
            Outcome::Failure => failure,
            Outcome::Partial => partial,
            Outcome::Open => open,
        } += 1;
        for failure in &message.failures {
            *failures.entry(failure.kind.as_str().to_owned()).or_default() += 1;
        }
        self.times.add(message);
    }

    /// The totals so far, without the times.
    pub const fn so_far(&self) -> &Summary {
        &self.summary
    }

    /// How long messages took so far.
    pub const fn statistics(&self) -> &Statistics {
        &self.times
    }

    /// The totals. What is counted on the wire is that of the whole, whichever messages were added.
    pub fn finish(self, whole: &Summary) -> Summary {
        Summary {
            pdus: whole.pdus.clone(),
            malformed_pdus: whole.malformed_pdus,
            context: whole.context,
            times: self.times.times(),
            ..self.summary
        }
    }
}

/// The totals of some messages of a whole.
pub fn summary_of<'a>(whole: &Summary, messages: impl IntoIterator<Item = &'a Message>) -> Summary {
    let mut tally = Tally::default();
    for message in messages {
        tally.add(message);
    }
    tally.finish(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn nearest_rank() {
        let mut durations = Durations::default();
        assert_eq!(durations.spread(), None);
        for value in (1..=20).rev() {
            durations.add(f64::from(value));
        }
        durations.add(f64::NAN);
        assert_eq!(
            durations.spread(),
            Some(Spread {
                count: 20,
                p50: 10.0,
                p95: 19.0,
                max: 20.0
            })
        );
    }

    #[test]
    fn takes_times_only_from_what_arrived() {
        let statistics = Statistics::of([&sample::delivered(), &sample::failed(), &sample::open()]);
        assert_eq!(statistics.send.values(), [210.5]);
        assert_eq!(statistics.notify_to_retrieve.values(), [1400.0]);
        assert_eq!(statistics.end_to_end.values(), [2600.0]);
    }
}
