//! The command line: arguments as typed, configuration as meant, one file per subcommand.

mod exit;

pub use exit::Exit;

use std::ffi::OsString;

/// Runs the command line and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let _ = arguments;
    Exit::Ran
}
