//! What the whole-program tests share: running the program and reading what it printed.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// The same with variables of the environment.
pub(crate) fn run_with(
    environment: &[(&str, &str)],
    arguments: &[&str],
    files: &[PathBuf],
) -> (i32, Vec<u8>, String) {
    let environment = environment.iter().copied();
    outcome(program().envs(environment).args(arguments).args(files))
}

/// The same with standard input.
pub(crate) fn run_with_input(arguments: &[&str], files: &[PathBuf], input: &[u8]) -> (i32, Vec<u8>, String) {
    let mut child = program()
        .args(arguments)
        .args(files)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().expect("the program runs");
    let status = output.status.code().expect("the program exits by itself");
    (
        status,
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// The same in a folder.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> (i32, Vec<u8>, String) {
    outcome(program().args(arguments).current_dir(folder))
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
    command.env("NO_COLOR", "1");
    // Whatever the user has who runs the tests.
    command.env("XDG_CONFIG_HOME", testdata().join("no-configuration"));
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
    let document: Value = serde_json::from_slice(&stdout).map_err(|e| format!("no JSON: {e}"))?;
    let faults = document["anomalies"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|anomaly| anomaly["kind"] == "internal_fault");
    match faults {
        Some(fault) => Err(format!("a fault of the program: {fault}")),
        None => Ok(document),
    }
}

/// The JSON value in a file.
pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The captures of this repository: those of real software and those with short messages over MAP each alone, the
/// generated ones as their truth files group them.
pub(crate) fn every_capture() -> Vec<Vec<PathBuf>> {
    let alone = real_captures().into_iter().chain(captures_in("signalling"));
    let mut cases: Vec<Vec<PathBuf>> = alone.map(|path| vec![path]).collect();
    let suite = testdata().join("suite");
    for path in sorted(&suite) {
        if path.to_string_lossy().ends_with(".truth.json") {
            let truth = read_json(&path);
            let files = truth["case"]["files"].as_array().unwrap();
            cases.push(files.iter().map(|f| suite.join(f.as_str().unwrap())).collect());
        }
    }
    cases
}

/// The captures of real MMSCs and phones.
pub(crate) fn real_captures() -> Vec<PathBuf> {
    let paths = captures_in("captures");
    assert!(paths.len() >= 29, "only {} real captures", paths.len());
    paths
}

fn captures_in(folder: &str) -> Vec<PathBuf> {
    let mut paths = sorted(&testdata().join(folder));
    paths.retain(|path| matches!(path.extension(), Some(end) if end == "pcap" || end == "pcapng"));
    paths
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Does something with every item, on as many threads as there are processors; the results in order.
pub(crate) fn for_each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let piece = items.len().div_ceil(threads).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let pieces = items.chunks(piece);
        let running: Vec<_> = pieces
            .map(|piece| scope.spawn(move || piece.iter().map(work).collect::<Vec<R>>()))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Standard output of a run that has to succeed, as text.
pub(crate) fn printed(arguments: &[&str], files: &[PathBuf]) -> String {
    let (status, stdout, stderr) = run(arguments, files);
    assert_eq!(status, 0, "{arguments:?} {files:?}: {stderr}");
    String::from_utf8(stdout).unwrap()
}
