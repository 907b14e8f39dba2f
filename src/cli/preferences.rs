//! How whoever reads wants to read, from the arguments.

use super::{arguments::PreferenceArgs, exit::Failure};
use crate::report::words::{style::Style, zone::Zone};

/// How whoever reads wants to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Preferences {
    /// The time zone of what is shown, and of what is typed without an offset.
    pub(super) zone: Zone,
}

impl Preferences {
    /// Those that the arguments ask for.
    pub(super) fn of(arguments: &PreferenceArgs) -> Result<Self, Failure> {
        Ok(Self {
            zone: arguments.zone.tz.clone().unwrap_or_default(),
        })
    }

    /// How text looks to them.
    pub(super) fn apply(&self, style: Style) -> Style {
        Style {
            zone: self.zone.clone(),
            ..style
        }
    }
}
