//! Names that may have been meant.

use crate::model::SharedSort;
use strsim::damerau_levenshtein;

/// How many are offered.
const MAX_OFFERED: usize = 3;
/// Longer words are no slips; keeps the comparison cheap whatever is written.
const MAX_OCTETS: usize = 64;

/// Up to three names that are nearest to a word, by characters inserted, dropped, changed and neighbours swapped; of equals
/// the first in byte order. None that is too far to be a slip.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    if word.len() > MAX_OCTETS {
        return Vec::new();
    }
    let allowed = 1 + word.chars().count() / 4;
    let near = |name: &'a str| {
        // Each character more or less is a step.
        let is_possible = name.len() <= MAX_OCTETS && name.len().abs_diff(word.len()) <= allowed * 4;
        let distance = is_possible.then(|| damerau_levenshtein(word, name))?;
        (distance <= allowed).then_some((distance, name))
    };
    let mut best: Vec<(usize, &str)> = names.filter_map(near).collect();
    best.shared_sort();
    best.dedup();
    // What is much further than the nearest was not meant.
    let nearest = best.first().map_or(0, |(distance, _)| *distance);
    best.retain(|(distance, _)| *distance <= nearest + 1);
    best.into_iter()
        .take(MAX_OFFERED)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_the_far_ones_not_at_all() {
        let names = ["udp", "tcp", "tcp.port", "http", "wtp"];
        assert_eq!(nearest("tpc", names.into_iter()), ["tcp"]);
        assert_eq!(nearest("htp", names.into_iter()), ["http", "wtp"]);
        assert!(nearest("diameter", names.into_iter()).is_empty());
        assert!(nearest(&"x".repeat(100), names.into_iter()).is_empty());
    }
}
