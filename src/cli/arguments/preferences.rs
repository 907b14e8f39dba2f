//! How whoever reads wants to read: in which time zone, with which names of hosts.

use std::path::PathBuf;

use clap::Args;

use crate::report::query::field::nearest;
use crate::report::words::zone::{Zone, ZoneError};

/// Arguments of every subcommand that shows what people read.
#[derive(Clone, Debug, Default, Args)]
pub struct PreferenceArgs {
    #[command(flatten)]
    pub zone: ZoneArgs,
}

/// Arguments of every subcommand that shows times to people, or takes them.
#[derive(Clone, Debug, Default, Args)]
pub struct ZoneArgs {
    /// The time zone of times that are shown to people, and of those typed without an offset: Europe/Berlin, +02:00, or
    /// local; JSON, CSV and OpenMetrics stay in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Output", allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Read no configuration file; `mmsmate help config` says which there are
    #[arg(long, help_heading = "Output")]
    pub no_config: bool,
}

/// Arguments of every subcommand that shows hosts to people.
#[derive(Clone, Debug, Default, Args)]
pub struct NamesArgs {
    /// What hosts are called in call flows, `show`, `stats` and the page: a file in the form of /etc/hosts, an address and
    /// its name a line; data formats stay as they are
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub names: Option<PathBuf>,
}

/// The zone of that name; one that is nearly that of another is asked after.
fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).map_err(|error| {
        let names = Zone::names();
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) if matches!(error, ZoneError::Unknown(_)) => {
                format!("there is no time zone {name}; did you mean {near}?")
            }
            _ => error.to_string(),
        }
    })
}
