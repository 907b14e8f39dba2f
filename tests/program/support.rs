//! What the whole-program tests share: running the program and reading what it printed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The folder with the captures of this repository.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Runs the program; gives its exit status, standard output and standard error.
pub(crate) fn run(arguments: &[&str], files: &[PathBuf]) -> (i32, Vec<u8>, String) {
    outcome(program().args(arguments).args(files))
}

/// The same in a folder.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> (i32, Vec<u8>, String) {
    outcome(program().args(arguments).current_dir(folder))
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
    command.env("NO_COLOR", "1");
    command
}

fn outcome(command: &mut Command) -> (i32, Vec<u8>, String) {
    let output = command.output().expect("the program starts");
    let status = output.status.code().expect("the program exits by itself");
    (
        status,
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// The JSON document the program prints for some captures.
pub(crate) fn document(files: &[PathBuf]) -> Result<Value, String> {
    let (status, stdout, stderr) = run(&["messages", "--format", "json"], files);
    if status != 0 {
        return Err(format!("exit status {status}: {}", stderr.trim()));
    }
    serde_json::from_slice(&stdout).map_err(|e| format!("no JSON: {e}"))
}

/// The JSON value in a file.
pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
