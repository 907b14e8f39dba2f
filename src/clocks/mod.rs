//! From captures to what sets their clocks straight: packets that two captures hold say by how much their clocks differ.
//!
//! ```text
//! files → Survey (parts of them, bounded) → sightings of packets → matches → Estimate → ClockShift
//! ```
//!
//! A wrong correction is worse than none. A clock is set straight only where many packets agree by how much it is off, where
//! packets went both ways, so that what they took from probe to probe cancels out, and where it is off by more than that: the
//! same packet at two places on its way is nothing to correct.

mod estimate;
mod identity;
mod seen;
mod settle;
mod survey;
#[cfg(test)]
mod tests;

use survey::Bounds;

use crate::capture::Captures;
use crate::model::{CaptureClock, ClockBasis, ClockShift, Nanoseconds};

/// Measures by how much the clocks of captures differ, and sets straight those that are off. `given` says by index what is to
/// be added to the times of a capture; its clock counts as right then. Only files are measured, and nothing where there is
/// but one.
pub fn set_straight(captures: &mut Captures, given: &[Option<Nanoseconds>]) {
    set_straight_within(captures, given, &Bounds::default());
}

fn set_straight_within(captures: &mut Captures, given: &[Option<Nanoseconds>], bounds: &Bounds) {
    let count = captures.inputs().count();
    let mut clocks: Vec<Option<CaptureClock>> = (0..count)
        .map(|index| given.get(index).copied().flatten().map(told))
        .collect();
    if count > 1 {
        let seen = survey::survey(captures.inputs(), given, bounds);
        let measured = settle::settle(&seen, given);
        for (clock, measured) in clocks.iter_mut().zip(measured) {
            *clock = clock.take().or(measured);
        }
    }
    if clocks.iter().any(Option::is_some) {
        captures.set_clocks(clocks);
    }
}

/// A clock of which somebody said how wrong it is.
fn told(shift: Nanoseconds) -> CaptureClock {
    CaptureClock {
        shift: ClockShift::constant(shift),
        basis: ClockBasis::Given,
    }
}
