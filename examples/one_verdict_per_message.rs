//! One line per message of the captures given: when it began, from whom to whom, and what became of it.

use mmsmate::{Captures, Options, analyze, find_inputs};

fn main() {
    let paths = std::env::args_os().skip(1).map(Into::into);
    let (captures, unreadable) = Captures::open(find_inputs(paths, false).inputs);
    for error in unreadable {
        eprintln!("{error}");
    }
    for message in analyze(captures, &Options::default(), &mut ()).messages {
        let from = message.from.as_deref().unwrap_or("somebody");
        println!(
            "{} {from} to {}: {}",
            message.started.unwrap_or_default(),
            message.to.join(", "),
            message.outcome
        );
    }
}
