//! Opens the captures that the arguments name and says what cannot be read.

use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::CommandFactory;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    args::InputArgs,
    exit::{Exit, complain, is_holding},
};
use crate::{
    capture::{CaptureReport, Captures, Progress, find_inputs},
    model::text::shown,
    pipeline::Observer,
    report::{query::field::nearest, words::human},
};

/// The captures that can be read.
pub(super) struct Opened {
    /// They, as one.
    pub(super) captures: Captures,
    /// How the run ends at best: [`Exit::Unusable`] where an input could not be read.
    pub(super) exit: Exit,
}

/// Opens the inputs. Each that cannot be read costs one line on standard error and the exit status, not the run;
/// with none left there is nothing to run.
pub(super) fn open(arguments: &InputArgs) -> Option<Opened> {
    let found = find_inputs(arguments.captures.iter().cloned(), arguments.recursive);
    let given = found.inputs.len();
    let (captures, unreadable) = Captures::open(found.inputs);
    let readable = given - unreadable.len();
    let mut exit = Exit::Ran;
    for error in found.errors.iter().chain(&unreadable) {
        complain(error);
        exit = Exit::Unusable;
    }
    if readable == 0 {
        hint_at_command(arguments);
    }
    (readable > 0).then_some(Opened { captures, exit })
}

/// Says which command may have been meant by a first argument that is no file.
fn hint_at_command(arguments: &InputArgs) {
    let Some(typed) = arguments.captures.first().filter(|path| !path.exists()) else {
        return;
    };
    let program = super::args::Cli::command();
    let commands = program.get_subcommands().map(clap::Command::get_name);
    if let Some(command) = typed.to_str().and_then(|typed| nearest(typed, commands)) {
        complain(format_args!("did you mean the command {command}?"));
    }
}

/// The exit status that `--strict` asks for once the inputs have been read.
pub(super) fn strictness(arguments: &InputArgs, reports: &[CaptureReport]) -> Exit {
    if arguments.strict && reports.iter().any(CaptureReport::is_damaged) {
        Exit::Damaged
    } else {
        Exit::Ran
    }
}

/// Says in one line each what is wrong with the inputs that were read.
pub(super) fn warn(reports: &[CaptureReport]) {
    for report in reports {
        for problem in &report.problems {
            let place = problem
                .frame
                .map_or_else(String::new, |frame| format!(" after frame {frame}"));
            let path = shown(&report.path);
            let detail = shown(&problem.detail);
            complain(format_args!("warning: {path}: {}{place}: {detail}", problem.kind));
        }
    }
}

/// How long a run may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// Watches a run: a bar on standard error where that is a terminal and the run takes a while, and a stop with what
/// was found so far on the first Ctrl-C. The second one ends the program.
pub(super) struct Watcher {
    stop: Arc<AtomicBool>,
    started: Instant,
    bar: Option<ProgressBar>,
    on_terminal: bool,
    /// Where a signal ended it.
    interrupted: Option<Progress>,
}

impl Watcher {
    /// A watcher from now on.
    pub(super) fn new() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without a handler the signal ends the program, as it does by default.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop));
            let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
        }
        Self {
            stop,
            started: Instant::now(),
            bar: None,
            on_terminal: io::stderr().is_terminal() && !is_holding(),
            interrupted: None,
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

/// Says that a result is not that of the whole input.
fn tell_interrupted(progress: &Progress) {
    let read = human::size(progress.read);
    match progress.total {
        Some(total) => complain(format_args!(
            "interrupted: this is what was found in the first {read} of {}",
            human::size(total)
        )),
        None => complain(format_args!("interrupted: this is what was found in {read}")),
    }
}

fn bar_style() -> ProgressStyle {
    let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Watcher {
    fn progress(&mut self, captures: &Captures) -> ControlFlow<()> {
        if self.on_terminal {
            self.show(captures.progress());
        }
        if self.stop.load(Ordering::Relaxed) {
            self.interrupted = Some(captures.progress());
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(progress) = self.interrupted.take() {
            tell_interrupted(&progress);
        }
    }
}
