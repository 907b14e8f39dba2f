//! Signals: the first Ctrl-C or SIGTERM ends the reading, and what was found so far is printed; the second ends the
//! program. A limit on the size of files is an error of the write that meets it.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use signal_hook::{consts, flag};

use super::exit::Exit;

/// Signals that end the reading, with the statuses that the program then ends with.
const ENDING: [(i32, Exit); 2] = [
    (consts::SIGINT, Exit::Interrupted),
    (consts::SIGTERM, Exit::Terminated),
];

static STOP: LazyLock<Stop> = LazyLock::new(Stop::default);

#[derive(Default)]
struct Stop {
    /// Whether reading is to end.
    requested: Arc<AtomicBool>,
    /// The signal that came last.
    signal: Arc<AtomicUsize>,
}

/// Registers what is done about signals, once in the life of the program.
pub(super) fn handle() {
    for (signal, exit) in ENDING {
        // Where a handler cannot be registered the signal does what it does by default: it ends the program.
        let _ = flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&STOP.requested));
        let _ = flag::register_usize(signal, Arc::clone(&STOP.signal), signal.unsigned_abs() as usize);
        let _ = flag::register(signal, Arc::clone(&STOP.requested));
    }
    #[cfg(unix)]
    {
        // With a handler of whatever kind, the write fails with an error instead of ending the program.
        let _ = flag::register(consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
    }
}

/// True once reading is to end.
pub(super) fn stop() -> Arc<AtomicBool> {
    Arc::clone(&STOP.requested)
}

/// The status of a program that got no signal, or that of the signal.
pub(super) fn status() -> Exit {
    match STOP.requested.load(Ordering::Relaxed) {
        true => exit(),
        false => Exit::Ran,
    }
}

/// The status of a run that a signal ended.
pub(super) fn exit() -> Exit {
    let signal = STOP.signal.load(Ordering::Relaxed);
    let ending = ENDING
        .into_iter()
        .find(|(ending, _)| ending.unsigned_abs() as usize == signal);
    ending.map_or(Exit::Interrupted, |(_, exit)| exit)
}
