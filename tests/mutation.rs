//! Structured mutation of whole captures: every capture in `testdata` is taken apart into its records, changed in a
//! few ways (bits, lengths, order, cuts, copies, packets of other captures) and analysed in memory, up to every kind of
//! output. A mutant may cost neither a panic, nor ten times the time of its original, nor memory or output beyond
//! limits.
//!
//! ```text
//! cargo test --release --test mutation                          one mutant a capture
//! MMSMATE_MUTANTS=300 cargo test --release --test mutation      three hundred
//! MMSMATE_SEED=7 …                                              others
//! MMSMATE_KEEP=1 …                                              and every mutant is written before it is tried
//! MMSMATE_ONLY=wap-session …                                    of captures with this in their name
//! ```
//!
//! A mutant that fails is written to `target/mutants`, from where it goes into `testdata/regressions` with its fix.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot do its part must stop"
)]

#[path = "mutate/capture.rs"]
mod capture;
#[path = "mutate/panics.rs"]
mod panics;
#[path = "mutate/random.rs"]
mod random;

use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use capture::{Capture, plain};
use mmsmate::fuzz::whole;
use random::Random;

/// How many times as long as its original a mutant may take.
const TIMES: u32 = 10;
/// What is never too long: small originals take no time at all.
const ALWAYS_ALLOWED: Duration = Duration::from_secs(5);
/// How many times as many octets as its original a mutant may print, with as many more as nobody minds.
const TIMES_PRINTED: usize = 10;
const ALWAYS_PRINTED: usize = 8 * 1024 * 1024;
/// Peak memory of the whole run, in KiB: the samples' mutants are some megabytes at most, the limits allow far more.
const PEAK_KIB: u64 = 1024 * 1024;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |value| value.parse().unwrap())
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Every capture in `testdata`, in the order of their paths.
fn samples() -> Vec<(String, Vec<u8>)> {
    let mut samples = Vec::new();
    for folder in ["captures", "signalling", "suite", "surroundings", "regressions"] {
        let Ok(entries) = fs::read_dir(testdata().join(folder)) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains(".pcap") || name.ends_with(".mutant") {
                samples.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    samples.sort();
    samples
}

/// What an analysis cost.
struct Cost {
    time: Duration,
    printed: usize,
}

/// How long this thread has been at work, where the system tells: a busy machine's clock goes on without it.
fn at_work() -> Option<Duration> {
    let times = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn analyse(octets: &[u8]) -> Result<Cost, String> {
    let (started, worked, panics) = (Instant::now(), at_work(), panics::seen());
    match catch_unwind(AssertUnwindSafe(|| whole(octets))) {
        Ok(_) if panics::seen() > panics => Err("a panic that was caught".to_owned()),
        Ok(found) => Ok(Cost {
            time: match (worked, at_work()) {
                (Some(before), Some(after)) => after.saturating_sub(before),
                _ => started.elapsed(),
            },
            printed: found.map_or(0, |found| found.printed_octets()),
        }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("?")
                .to_owned())
        }
    }
}

/// One mutant of a sample; every twentieth is one of the file's octets as they lie, compressed or not.
fn mutant(sample: &[u8], parts: &Capture, other: &Capture, random: &mut Random) -> Vec<u8> {
    if random.below(20) > 0 {
        let mut parts = parts.clone();
        parts.mutate(random, other);
        return parts.octets();
    }
    let mut octets = sample.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(octets.len());
        if let Some(octet) = octets.get_mut(at) {
            *octet ^= 1 << random.below(8);
        }
    }
    octets
}

fn keep(name: &str, number: u64, octets: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}-{number}.mutant"));
    fs::write(&path, octets).unwrap();
    path
}

/// The most memory this process has had, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn no_mutant_does_harm() {
    panics::count();
    let (mutants, seed) = (number("MMSMATE_MUTANTS", 1), number("MMSMATE_SEED", 1));
    let samples = samples();
    assert!(samples.len() > 300, "samples are missing");
    let only = std::env::var("MMSMATE_ONLY").unwrap_or_default();
    let parts: Vec<Capture> = samples
        .iter()
        .map(|(_, octets)| Capture::of(&plain(octets)))
        .collect();
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut slowest, mut ran) = ((0.0, String::new()), 0_u64);
    for (index, (name, octets)) in samples.iter().enumerate() {
        // A mutant is the same whether others are run or not.
        if !name.contains(&only) {
            continue;
        }
        let original = match analyse(octets) {
            Ok(cost) => cost,
            Err(panic) => {
                failures.entry(panic).or_default().push(name.clone());
                continue;
            }
        };
        let allowed = (original.time * TIMES).max(ALWAYS_ALLOWED);
        let most_printed = original.printed * TIMES_PRINTED + ALWAYS_PRINTED;
        for number in 0..mutants {
            let mut random = Random::new(seed, (index as u64) << 32 | number);
            let other = &parts[random.below(parts.len())];
            let octets = mutant(octets, &parts[index], other, &mut random);
            ran += 1;
            if std::env::var_os("MMSMATE_KEEP").is_some() {
                keep(name, number, &octets);
            }
            let failure = match analyse(&octets) {
                Err(panic) => Some(panic),
                Ok(cost) => {
                    let times = cost.time.as_secs_f64() / original.time.as_secs_f64();
                    if cost.time > Duration::from_millis(50) && times > slowest.0 {
                        slowest = (times, format!("{name} {number}: {:?}", cost.time));
                    }
                    let slow = (cost.time > allowed).then(|| "takes too long".to_owned());
                    slow.or((cost.printed > most_printed).then(|| "prints too much".to_owned()))
                }
            };
            if let Some(failure) = failure {
                let path = keep(name, number, &octets);
                failures
                    .entry(failure)
                    .or_default()
                    .push(path.display().to_string());
            }
        }
    }
    println!("{ran} mutants of {} captures, seed {seed}", samples.len());
    println!(
        "{:.1} times as long as its original, of those above 50 ms: {}",
        slowest.0, slowest.1
    );
    if let Some(peak) = peak_kib() {
        println!("peak memory {} MiB", peak / 1024);
        assert!(peak < PEAK_KIB, "{peak} KiB");
    }
    for (what, which) in &failures {
        println!("{} × {what}: {}", which.len(), which[0]);
    }
    assert!(failures.is_empty(), "{} kinds of failure", failures.len());
}
