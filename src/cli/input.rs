//! Opens the captures that the arguments name and says what cannot be read.

use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    arguments::{InputArgs, Shift},
    exit::{Exit, complain, holding, is_holding},
    signals,
};
use crate::{
    capture::{CaptureReport, Captures, Input, ProblemKind, Progress, find_inputs},
    clocks,
    model::{Nanoseconds, text::shown},
    pipeline::{Limits, Observer},
    report::words::human,
    tls::{BadLines, KeyError, KeySources},
};

/// The captures that can be read.
pub(super) struct Opened {
    /// They, as one.
    pub(super) captures: Captures,
    /// The secrets with which TLS is read.
    pub(super) keys: KeySources,
    /// How the run ends at best: [`Exit::Unusable`] where an input could not be read.
    pub(super) exit: Exit,
}

/// How many inputs the arguments name.
pub(super) fn count(arguments: &InputArgs) -> usize {
    let found = find_inputs(arguments.captures.iter().cloned(), arguments.recursive);
    found.inputs.len()
}

/// Whether all inputs can be read again: files can, a pipe and a device cannot.
pub(super) fn can_be_read_again(arguments: &InputArgs) -> bool {
    let found = find_inputs(arguments.captures.iter().cloned(), arguments.recursive);
    found.inputs.iter().all(|input| match input {
        Input::File(path) => path.is_file(),
        Input::Stdin => false,
    })
}

/// Opens the inputs. Each that cannot be read costs one line on standard error and the exit status, not the run;
/// with none left there is nothing to run.
pub(super) fn open(arguments: &InputArgs) -> Option<Opened> {
    open_until(arguments, signals::stop())
}

/// The same for a run that ends once `stop` is true.
pub(super) fn open_until(arguments: &InputArgs, stop: Arc<AtomicBool>) -> Option<Opened> {
    let mut opened = open_until_as_captured(arguments, stop)?;
    if arguments.found.is_some() {
        // Clocks of inputs that are followed are as they are.
        return Some(opened);
    }
    let shifts = shifts(arguments, &opened.captures)?;
    clocks::set_straight(&mut opened.captures, &shifts);
    Some(opened)
}

/// The same with all clocks as they are.
pub(super) fn open_as_captured(arguments: &InputArgs) -> Option<Opened> {
    open_until_as_captured(arguments, signals::stop())
}

fn open_until_as_captured(arguments: &InputArgs, stop: Arc<AtomicBool>) -> Option<Opened> {
    let keys = keys(arguments)?;
    if let Some(found) = &arguments.found {
        let captures = Captures::open_again(found.iter().cloned(), stop);
        let exit = Exit::Ran;
        return Some(Opened { captures, keys, exit });
    }
    let found = find_inputs(arguments.captures.iter().cloned(), arguments.recursive);
    let given = found.inputs.len();
    let (captures, unreadable) = Captures::open_until(found.inputs, stop);
    let readable = given - unreadable.len();
    let mut exit = Exit::Ran;
    for error in found.errors.iter().chain(&unreadable) {
        complain(error);
        exit = Exit::Unusable;
    }
    (readable > 0).then_some(Opened { captures, keys, exit })
}

/// Opens inputs that were opened before, what is wrong with them having been said, for a run that ends once `stop` is true.
pub(super) fn open_again_until(arguments: &InputArgs, stop: Arc<AtomicBool>) -> Option<Opened> {
    holding(|| open_until(arguments, stop)).0
}

/// What is to be added to the times of each capture, as the last option about it says. An option that is about none ends the
/// run: a clock that was to be set straight would not be.
fn shifts(arguments: &InputArgs, captures: &Captures) -> Option<Vec<Option<Nanoseconds>>> {
    let names: Vec<String> = captures.inputs().map(Input::to_string).collect();
    let idle = |shift: &&Shift| !names.iter().any(|name| shift.is_of(name));
    if let Some(idle) = arguments.shift.iter().find(idle) {
        complain(format_args!("--shift {}: no capture has that name", idle.typed));
        return None;
    }
    let said = |name: &String| arguments.shift.iter().rev().find(|shift| shift.is_of(name));
    Some(
        names
            .iter()
            .map(|name| said(name).map(|shift| shift.by))
            .collect(),
    )
}

/// Follows the inputs as they grow. What cannot be read is said likewise.
pub(super) fn follow(arguments: &InputArgs) -> Option<Opened> {
    let keys = keys(arguments)?;
    let names = arguments.captures.iter().cloned();
    let (mut captures, unreadable) = Captures::follow(names, arguments.recursive, signals::stop());
    let exit = match unreadable.is_empty() {
        true => Exit::Ran,
        false => Exit::Unusable,
    };
    unreadable.iter().for_each(complain);
    captures.take_notices().iter().for_each(complain);
    captures
        .is_anything_followed()
        .then_some(Opened { captures, keys, exit })
}

/// Reads the sources of secrets. One that cannot be used ends the run before any capture is read; that is said.
fn keys(arguments: &InputArgs) -> Option<KeySources> {
    let mut keys = KeySources::within(&Limits::from(&arguments.limit).tls);
    let arguments = &arguments.keys;
    if arguments.no_secrets {
        keys.ignore_blocks();
    }
    for path in &arguments.keylog {
        let bad = keys.add_log(path).map_err(|error| refuse(path, &error)).ok()?;
        if let Some(BadLines { bad, lines, first }) = bad {
            let path = path.to_string_lossy();
            let path = shown(&path);
            complain(format_args!(
                "warning: {path}: {bad} of {lines} lines are no secrets, the first is line {first}"
            ));
        }
    }
    for path in &arguments.private_key {
        keys.add_private_key(path)
            .map_err(|error| refuse(path, &error))
            .ok()?;
    }
    Some(keys)
}

fn refuse(path: &Path, error: &KeyError) {
    complain(format_args!("{}: {error}", shown(&path.to_string_lossy())));
}

/// How the run ended, once the inputs have been read: by a signal, which is said, or by what `--strict` asks for.
pub(super) fn ended(arguments: &InputArgs, reports: &[CaptureReport]) -> Exit {
    if reports.iter().any(CaptureReport::is_interrupted) {
        tell_interrupted(reports);
        signals::exit()
    } else if arguments.strict && reports.iter().any(CaptureReport::is_damaged) {
        Exit::Damaged
    } else {
        Exit::Ran
    }
}

/// Says in one line each what is wrong with the inputs that were read.
pub(super) fn warn(reports: &[CaptureReport]) {
    for report in reports {
        for problem in &report.problems {
            // That is a fact about all inputs, and said once.
            if problem.kind == ProblemKind::Interrupted {
                continue;
            }
            let place = problem
                .frame
                .map_or_else(String::new, |frame| format!(" after frame {frame}"));
            let path = shown(&report.path);
            let detail = shown(&problem.detail);
            complain(format_args!("warning: {path}: {}{place}: {detail}", problem.kind));
        }
    }
}

/// Says that a result is not that of the whole input.
fn tell_interrupted(reports: &[CaptureReport]) {
    let read = human::size(reports.iter().map(|report| report.bytes_read).sum());
    match reports
        .iter()
        .map(|report| report.bytes_total)
        .sum::<Option<u64>>()
    {
        Some(total) => complain(format_args!(
            "interrupted: this is what was found in the first {read} of {}",
            human::size(total)
        )),
        None => complain(format_args!("interrupted: this is what was found in {read}")),
    }
}

/// How long a run may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error where that is a terminal and the run takes a while.
pub(super) struct ProgressLine {
    started: Instant,
    bar: Option<ProgressBar>,
    on_terminal: bool,
}

impl ProgressLine {
    /// One for a run that begins now.
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            bar: None,
            on_terminal: io::stderr().is_terminal() && !is_holding(),
        }
    }

    fn show(&mut self, progress: Progress) {
        let Some(total) = progress.total else { return };
        // It measures from the start and is shown once it is worth it.
        let bar = self.bar.get_or_insert_with(|| {
            let hidden = ProgressDrawTarget::hidden();
            ProgressBar::with_draw_target(Some(total), hidden).with_style(bar_style())
        });
        bar.set_position(progress.read);
        if bar.is_hidden() && self.started.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

fn bar_style() -> ProgressStyle {
    let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for ProgressLine {
    fn progress(&mut self, captures: &Captures) -> ControlFlow<()> {
        if self.on_terminal {
            self.show(captures.progress());
        }
        ControlFlow::Continue(())
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
