//! Whole lives, played to the correlator as the bearers would.
//!
//! | What | Where |
//! | --- | --- |
//! | each failure kind (docs/VERDICTS.md) | [`failures`] |
//! | each key of the ladder, and what must not join | [`joins`] |
//! | who is who: parties, tries, hops, what is ambiguous | [`parties`] |
//! | two networks with equal addresses | [`networks`] |
//! | copies, hops, evidence | [`sightings`] |
//! | whose delivery each leg is | [`recipients`] |
//! | handovers to other systems | [`handovers`] |
//! | systems and applications that count alike | [`systems`] |
//! | mailbox operations and cancellation | [`operations`] |
//! | not seen is never failed | [`proof`] |
//! | each row of the rules table | [`rules`] |
//! | the page that explains verdicts | [`docs`] |
//! | what is left where half of everything lacks | [`remnants`] |
//! | order of arrival, closing, limits | [`order`] |

mod docs;
mod failures;
mod handovers;
mod joins;
mod networks;
mod operations;
mod order;
mod parties;
mod proof;
mod recipients;
mod recurring;
mod remnants;
mod rules;
mod sightings;
mod systems;
