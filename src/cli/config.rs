//! Configuration files: what a user, or a project, wants in every run. They concern what people read, and no data.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{exit::Failure, preferences::read_text};
use crate::report::{render::columns::Column, words::zone::Zone};

/// Octets that a configuration file may have.
const MAX_CONFIG: u64 = 64 * 1024;

/// The file of a project, in the folder that the program is run in.
const OF_PROJECT: &str = "mmsmate.toml";

/// What the files ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// The time zone.
    pub(super) tz: Option<Zone>,
    /// A file with names of hosts.
    pub(super) names: Option<PathBuf>,
    /// The columns of tables.
    pub(super) columns: Option<Vec<Column>>,
}

/// A file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    tz: Option<String>,
    names: Option<PathBuf>,
    columns: Option<String>,
}

impl Config {
    /// Reads the file of the project, and behind it that of the user: of what both ask for the project's holds. Neither has
    /// to be there.
    ///
    /// # Errors
    /// A file that cannot be read, or asks for something that there is not.
    pub(super) fn read(nothing: bool) -> Result<Self, Failure> {
        if nothing {
            return Ok(Self::default());
        }
        let project = Self::read_file(Path::new(OF_PROJECT))?;
        let user = match of_user(env::var_os("XDG_CONFIG_HOME"), env::var_os("HOME")) {
            Some(path) => Self::read_file(&path)?,
            None => Self::default(),
        };
        Ok(project.or(user))
    }

    fn or(self, other: Self) -> Self {
        Self {
            tz: self.tz.or(other.tz),
            names: self.names.or(other.names),
            columns: self.columns.or(other.columns),
        }
    }

    fn read_file(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::File(path.to_owned(), error);
        match read_text(path, MAX_CONFIG) {
            Ok(text) => Self::parse(&text, path.parent()).map_err(|what| failed(io::Error::other(what))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Self::default())
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// What a text asks for. A file that it names lies beside it where it is not named from the root.
    fn parse(text: &str, folder: Option<&Path>) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| in_words(&error, text))?;
        let columns = written.columns.as_deref().map(Column::parse_list);
        let tz = written.tz.as_deref().map(Zone::named);
        Ok(Self {
            tz: tz.transpose().map_err(|error| format!("tz: {error}"))?,
            names: written.names.map(|names| match folder {
                Some(folder) => folder.join(names),
                None => names,
            }),
            columns: columns.transpose().map_err(|error| format!("columns: {error}"))?,
        })
    }
}

/// The file of the user (XDG Base Directory Specification: a path there that is not absolute counts for nothing).
fn of_user(configuration: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let configuration = configuration.map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || {
        let home = home.map(PathBuf::from).filter(|home| home.is_absolute())?;
        Some(home.join(".config"))
    };
    Some(configuration.or_else(home)?.join("mmsmate").join("config.toml"))
}

/// An error on one line.
fn in_words(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let what = error.message().replace('\n', " ");
    match before {
        Some(before) => format!("line {}: {what}", before.matches('\n').count() + 1),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_it_is_meant_where_a_name_has_no_root() {
        let parse = |text| Config::parse(text, Some(Path::new("/etc/x"))).unwrap();
        let config = parse("tz = \"Europe/Berlin\"\nnames = \"hosts\"\ncolumns = \"id,to\"\n");
        assert_eq!(config.names.as_deref(), Some(Path::new("/etc/x/hosts")));
        assert_eq!(config.columns.map(|columns| columns.len()), Some(2));
        assert_eq!(config.tz.unwrap().to_string(), "Europe/Berlin");
        let absolute = parse("names = \"/etc/hosts\"");
        assert_eq!(absolute.names.as_deref(), Some(Path::new("/etc/hosts")));
    }

    #[test]
    fn what_there_is_not_is_told_on_one_line() {
        let told = |text| Config::parse(text, None).unwrap_err();
        assert_eq!(
            told("\nzone = \"UTC\""),
            "line 2: unknown field `zone`, expected one of `tz`, `names`, `columns`"
        );
        assert!(told("tz = \"Europe/Nowhere\"").starts_with("tz: there is no time zone"));
        assert!(told("columns = \"id,tu\"").starts_with("columns: there is no field tu"));
        assert!(!told("tz = ").contains('\n'));
    }

    #[test]
    fn where_the_file_of_a_user_lies() {
        let lies = |configuration: Option<&str>, home: Option<&str>| {
            let path = of_user(configuration.map(Into::into), home.map(Into::into));
            path.map(|path| path.to_string_lossy().into_owned())
        };
        let of_home = Some("/home/ann/.config/mmsmate/config.toml".to_owned());
        assert_eq!(lies(None, Some("/home/ann")), of_home);
        assert_eq!(lies(Some(""), Some("/home/ann")), of_home);
        assert_eq!(
            lies(Some("/x"), Some("/home/ann")),
            Some("/x/mmsmate/config.toml".to_owned())
        );
        assert_eq!(lies(None, None), None);
    }
}
