//! Processor time, which other processes on the machine do not disturb.

use std::{
    fs,
    time::{Duration, Instant},
};

/// Processor time of this thread, where the system tells it (Linux): nanoseconds, the first number in schedstat.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// What one measurement takes at least: the system counts processor time in steps of some milliseconds.
const MEASURED: Duration = Duration::from_millis(100);

/// The shortest time of a run, of `rounds` measurements, in processor time where it is told and else in elapsed time.
pub(crate) fn shortest(rounds: usize, mut run: impl FnMut()) -> Duration {
    let once = |_| {
        let (start, from) = (Instant::now(), processor_time());
        let mut runs = 0;
        while start.elapsed() < MEASURED || runs == 0 {
            run();
            runs += 1;
        }
        let taken = match processor_time().zip(from) {
            Some((to, from)) => to.saturating_sub(from),
            None => start.elapsed(),
        };
        taken / runs
    };
    (0..rounds.max(1)).map(once).min().unwrap_or_default()
}
