//! Parses the arguments, runs, and maps the result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mmsmate::run(std::env::args_os()).into()
}
