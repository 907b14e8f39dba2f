//! How whoever reads wants to read, from the arguments and from configuration files, which they go before.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{
    arguments::{NamesArgs, PreferenceArgs, ZoneArgs},
    config::Config,
    exit::Failure,
};
use crate::report::{
    render::columns::Column,
    words::{names::HostNames, style::Style, zone::Zone},
};

/// Octets that a file of names may have: more than a million hosts.
const MAX_NAMES: u64 = 64 * 1024 * 1024;

/// How whoever reads wants to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Preferences {
    /// The time zone of what is shown, and of what is typed without an offset.
    pub(super) zone: Zone,
    /// What hosts are called.
    pub(super) names: HostNames,
    /// The columns of tables.
    pub(super) columns: Option<Vec<Column>>,
}

impl Preferences {
    /// Those that the arguments, and else the configuration files, ask for; hosts have no names.
    pub(super) fn of(arguments: &PreferenceArgs) -> Result<Self, Failure> {
        Self::of_zone(&arguments.zone)
    }

    /// The same of arguments that name a time zone alone.
    pub(super) fn of_zone(arguments: &ZoneArgs) -> Result<Self, Failure> {
        let config = Config::read(arguments.no_config)?;
        Ok(Self {
            zone: arguments.tz.clone().or(config.tz).unwrap_or_default(),
            names: HostNames::default(),
            columns: config.columns,
        })
    }

    /// The same with the names of hosts.
    pub(super) fn with_names(arguments: &PreferenceArgs, names: &NamesArgs) -> Result<Self, Failure> {
        let config = Config::read(arguments.zone.no_config)?;
        let file = names.names.clone().or(config.names);
        Ok(Self {
            names: file
                .map(|file| read_names(&file))
                .transpose()?
                .unwrap_or_default(),
            ..Self::of(arguments)?
        })
    }

    /// How text looks to them.
    pub(super) fn apply(&self, style: Style) -> Style {
        Style {
            zone: self.zone.clone(),
            names: self.names.clone(),
            ..style
        }
    }
}

/// Reads what hosts are called.
fn read_names(path: &Path) -> Result<HostNames, Failure> {
    let text = read_text(path, MAX_NAMES).map_err(|error| Failure::File(path.to_owned(), error))?;
    HostNames::parse(&text).map_err(|error| Failure::File(path.to_owned(), io::Error::other(error)))
}

/// A file of text, whatever its encoding; an error where it is larger than some octets.
pub(super) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut octets = Vec::new();
    let file = File::open(path)?;
    file.take(most.saturating_add(1)).read_to_end(&mut octets)?;
    if octets.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {most} octets")));
    }
    Ok(String::from_utf8_lossy(&octets).into_owned())
}
