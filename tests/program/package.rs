//! The Debian package: built by its script, installed by dpkg into a folder of its own, and run from there. Skipped where
//! dpkg or cargo-deb is not.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::testdata;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mmsmate");

fn is_there(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs a command that must succeed; gives what it printed.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Builds the package with the program that is being tested.
fn build(folder: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/deb");
    let package = folder.join("mmsmate.deb");
    let mut command = Command::new(script);
    // The package manager's own questions to cargo are about this checkout, whatever runs the test.
    command.env("PROGRAM", PROGRAM).arg("--output").arg(&package);
    succeed(&mut command);
    package
}

/// Installs the package below a folder, with the database of a system that has nothing else.
fn install(package: &Path, root: &Path) {
    let database = root.join("var/lib/dpkg");
    for folder in ["info", "updates", "triggers"] {
        fs::create_dir_all(database.join(folder)).unwrap();
    }
    fs::write(database.join("status"), "").unwrap();
    let mut command = Command::new("dpkg");
    command.arg("--root").arg(root);
    // The C library that the package asks for is outside the folder, and so are the programs that dpkg looks for.
    command.args([
        "--force-depends",
        "--force-not-root",
        "--force-bad-path",
        "--install",
    ]);
    succeed(command.arg(package));
}

#[test]
fn a_package_installs_and_runs() {
    // Files are given to root, which only root can do.
    let is_root = fs::metadata("/proc/self").is_ok_and(|itself| itself.uid() == 0);
    if !is_root || !is_there("dpkg", &["--version"]) || !is_there("cargo", &["deb", "--version"]) {
        eprintln!("skipped: this needs root, dpkg and cargo-deb");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let package = build(scratch.path());
    let root = scratch.path().join("root");
    install(&package, &root);

    let capture = testdata().join("captures/e_invalid_recipient.pcap");
    let program = root.join("usr/bin/mmsmate");
    let installed = succeed(Command::new(&program).arg(&capture));
    assert_eq!(installed, succeed(Command::new(PROGRAM).arg(&capture)));
    for file in [
        "usr/share/man/man1/mmsmate.1.gz",
        "usr/share/man/man1/mmsmate-slice.1.gz",
        "usr/share/bash-completion/completions/mmsmate",
        "usr/share/zsh/vendor-completions/_mmsmate",
        "usr/share/fish/vendor_completions.d/mmsmate.fish",
        "usr/share/doc/mmsmate/copyright",
    ] {
        assert!(root.join(file).is_file(), "{file}");
    }
    let bash = fs::read_to_string(root.join("usr/share/bash-completion/completions/mmsmate")).unwrap();
    let printed = succeed(Command::new(&program).args(["completions", "bash"]));
    assert_eq!(bash, printed);
}
