//! Opens the captures that the arguments name and says what cannot be read.

use std::sync::{Arc, atomic::AtomicBool};

use super::{
    args::InputArgs,
    exit::{Exit, complain},
};
use crate::capture::{CaptureReport, Captures, find_inputs};

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
    (readable > 0).then_some(Opened { captures, exit })
}

/// The exit status that `--strict` asks for once the inputs have been read.
pub(super) fn strictness(arguments: &InputArgs, reports: &[CaptureReport]) -> Exit {
    if arguments.strict && reports.iter().any(CaptureReport::is_damaged) {
        Exit::Damaged
    } else {
        Exit::Ran
    }
}

/// Becomes true on the first Ctrl-C, so that what was found so far is printed; the second one ends the program.
pub(super) fn interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Without a handler the signal ends the program, as it does by default.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop));
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}
