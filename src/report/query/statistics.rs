//! How long things took, over many messages: median and 95th percentile of sending, of notification to retrieval,
//! and of the way from the sender's phone to the recipient's.

use crate::report::document::{Delivery, Message, Outcome, Seen};
use crate::report::words::human;

/// Durations of one kind, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    values: Vec<f64>,
}

/// What is told of durations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Half of them are no longer than this.
    pub median: f64,
    /// 95 of 100 are no longer than this.
    pub p95: f64,
    /// The longest.
    pub longest: f64,
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
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied()
        };
        Some(Spread {
            count: sorted.len(),
            median: rank(50)?,
            p95: rank(95)?,
            longest: sorted.last().copied()?,
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
        let sent = message.submission.as_ref().and_then(|s| s.request.as_ref());
        if let Some(latency) = message.submission.as_ref().and_then(|s| s.latency_ms) {
            self.send.add(latency);
        }
        for delivery in &message.deliveries {
            let Some(arrived) = arrived(delivery) else {
                continue;
            };
            if let Some(first) = delivery.notifications.first() {
                self.notify_to_retrieve
                    .add(human::between(first.seen.time, arrived.time));
            }
            if let Some(sent) = sent {
                self.end_to_end.add(human::between(sent.started, arrived.time));
            }
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

/// Where the recipient first had the whole message.
pub fn arrived(delivery: &Delivery) -> Option<&Seen> {
    if delivery.outcome != Outcome::Success {
        return None;
    }
    let whole = delivery
        .retrievals
        .iter()
        .find(|r| r.complete && r.http_status.is_none_or(|status| (200..300).contains(&status)));
    whole.and_then(|retrieval| retrieval.response.as_ref())
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
                median: 10.0,
                p95: 19.0,
                longest: 20.0
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
