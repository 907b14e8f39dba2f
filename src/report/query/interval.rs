//! Intervals of 95 %: in which a figure lies if the messages seen are a sample of many.

use crate::model::SharedSort;
#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The quantile of the normal distribution that leaves 2.5 % on either side.
const Z: f64 = 1.959_963_984_540_054;

/// A figure with its interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Estimate {
    /// As it was seen.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The share that `count` is of `of`, between 0 and 1, with the interval of Wilson's score; none of nothing.
pub fn share(count: u64, of: u64) -> Option<Estimate> {
    if of == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers of messages")]
    let (count, of) = (count as f64, of as f64);
    let value = count / of;
    let square = Z * Z;
    let middle = (value + square / (2.0 * of)) / (1.0 + square / of);
    let half = Z / (1.0 + square / of) * (value * (1.0 - value) / of + square / (4.0 * of * of)).sqrt();
    Some(Estimate {
        value,
        low: (middle - half).max(0.0).min(value),
        high: (middle + half).min(1.0).max(value),
    })
}

/// How much the second share is larger, with the interval that Newcombe makes of both scores.
pub fn difference(before: Estimate, after: Estimate) -> Estimate {
    let value = after.value - before.value;
    let low = ((after.value - after.low).powi(2) + (before.high - before.value).powi(2)).sqrt();
    let high = ((after.high - after.value).powi(2) + (before.value - before.low).powi(2)).sqrt();
    Estimate {
        value,
        low: value - low,
        high: value + high,
    }
}

/// A percentile of values by nearest rank, with the interval between the two ranks that hold it in 95 of 100 samples,
/// whatever their distribution; none without values.
pub fn percentile(values: &[f64], percent: u32) -> Option<Estimate> {
    let mut sorted = values.to_vec();
    sorted.shared_sort_by(f64::total_cmp);
    let count = sorted.len();
    let at = |rank: usize| sorted.get(rank.clamp(1, count.max(1)) - 1).copied();
    let rank = (count * percent as usize).div_ceil(100).max(1);
    let share = f64::from(percent) / 100.0;
    #[expect(clippy::cast_precision_loss, reason = "numbers of messages")]
    let of = count as f64;
    let spread = Z * (of * share * (1.0 - share)).sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank, no less than 1 and no more than the number of values"
    )]
    let (low, high) = (
        (of * share - spread).floor().clamp(1.0, of.max(1.0)) as usize,
        (of * share + spread).ceil().clamp(1.0, of.max(1.0)) as usize + 1,
    );
    Some(Estimate {
        value: at(rank)?,
        low: at(low.min(rank))?,
        high: at(high.max(rank))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() < 5e-4, "{one} {other}");
    }

    /// Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    /// (1998), example (a): 56/70 and 48/80; method 10.
    #[test]
    fn the_example_of_the_paper() {
        let (first, second) = (share(48, 80).unwrap(), share(56, 70).unwrap());
        let rise = difference(first, second);
        close(rise.value, 0.2);
        close(rise.low, 0.0524);
        close(rise.high, 0.3339);
    }

    #[test]
    fn shares_of_few_have_wide_intervals_within_0_and_1() {
        assert_eq!(share(0, 0), None);
        let none = share(0, 10).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        close(none.high, 0.2775);
        let all = share(10, 10).unwrap();
        assert_eq!((all.value, all.high), (1.0, 1.0));
    }

    #[test]
    fn percentiles_lie_within_their_intervals() {
        assert_eq!(percentile(&[], 50), None);
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let median = percentile(&values, 50).unwrap();
        assert_eq!((median.value, median.low, median.high), (50.0, 40.0, 61.0));
        let high = percentile(&values, 95).unwrap();
        assert_eq!((high.value, high.low, high.high), (95.0, 90.0, 100.0));
        let one = percentile(&[7.0], 95).unwrap();
        assert_eq!((one.value, one.low, one.high), (7.0, 7.0, 7.0));
    }
}
