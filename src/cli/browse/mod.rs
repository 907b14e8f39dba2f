//! `mmsmate browse`: the messages on the screen of a terminal, to walk in.

mod exports;
mod following;
mod jobs;
mod reader;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::sync::{Arc, mpsc::channel};

use clap::Args;

use super::{
    analysis::options,
    arguments::{FollowArgs, InputArgs, NamesArgs, PreferenceArgs, SelectionArgs, VerdictArgs},
    captures::{Counts, take_inventory},
    exit::{Exit, Failure, complain},
    help, input,
    output::Color,
    preferences::Preferences,
    view,
};
use crate::{
    analysis,
    browse::{self, Data, Look, State, keys},
    report::{
        document::{Document, from_capture::anomalies, inventory::Inventory},
        query::absent::Absent,
    },
};
use jobs::Jobs;

/// Arguments of `browse`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::BROWSE, after_help = notes())]
pub struct BrowseArgs {
    #[command(flatten)]
    // No comment on the flattened group: it would replace the help text.
    pub input: InputArgs,
    #[command(flatten)]
    pub follow: FollowArgs,
    #[command(flatten)]
    pub verdict: VerdictArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub preferences: PreferenceArgs,
    #[command(flatten)]
    pub names: NamesArgs,
    /// When to colour; the variables NO_COLOR, CLICOLOR and CLICOLOR_FORCE decide in `auto`
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        help_heading = "Screen"
    )]
    pub color: Color,
    /// Show nothing but ASCII
    #[arg(long, help_heading = "Screen")]
    pub ascii: bool,
    /// Watch the mouse: a click chooses, one on what is chosen opens it, the wheel moves
    #[arg(long, help_heading = "Screen")]
    pub mouse: bool,
}

/// What stands below the options: the keys, from their table.
fn notes() -> String {
    format!("Keys\n\n{}", keys::help())
}

/// Runs the subcommand.
pub(super) fn run(arguments: &BrowseArgs) -> Result<Exit, Failure> {
    refuse_without_terminal()?;
    let preferences = Preferences::with_names(&arguments.preferences, &arguments.names)?;
    // What cannot be asked for is told before hours are spent on the captures.
    let asked = arguments.selection.selection(&preferences.zone, None);
    asked.map_err(Failure::Usage)?;
    let (news, answers) = channel();
    let analysed = match arguments.follow.follow {
        true => following::start(arguments, &preferences, news.clone())?,
        false => analyse(arguments, &preferences)?,
    };
    let Some((data, exit)) = analysed else {
        return Ok(Exit::Unusable);
    };
    if matches!(exit, Exit::Interrupted | Exit::Terminated) {
        return Ok(exit);
    }
    let data = Arc::new(data);
    let look = Look {
        colour: arguments.color.is_on_for(&io::stdout()),
        ascii: arguments.ascii || !is_utf_8_shown(|name| std::env::var_os(name)),
        zone: preferences.zone,
        names: preferences.names,
    };
    let mut jobs = Jobs::new(arguments, look.clone(), (news, answers));
    let state = |columns, rows| {
        let state = State::new(data, look, columns, rows);
        if arguments.mouse {
            state.with_mouse()
        } else {
            state
        }
    };
    browse::run(state, &mut jobs)?;
    Ok(exit)
}

/// An error where there is no screen to draw on.
fn refuse_without_terminal() -> Result<(), Failure> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if io::stdout().is_terminal() && !is_dumb {
        return Ok(());
    }
    Err(Failure::Usage(
        "browse needs a terminal on standard output; `mmsmate messages` prints the list".to_owned(),
    ))
}

/// Whether the terminal shows UTF-8, as far as the locale says what it shows: the first of these variables that says anything
/// decides (POSIX, "Environment Variables").
fn is_utf_8_shown(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let mut said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable);
    said.find(|locale| !locale.is_empty()).is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Why captures cannot be read again; nothing where they can.
fn read_once(arguments: &InputArgs) -> Option<String> {
    (!input::can_be_read_again(arguments)).then(|| {
        "the captures came from a pipe and cannot be read again: save them to files to see their octets"
            .to_owned()
    })
}

/// Analyses the inputs to their end. `None` where none of them can be read; that has been said then.
fn analyse(arguments: &BrowseArgs, preferences: &Preferences) -> Result<Option<(Data, Exit)>, Failure> {
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(None);
    };
    let options = options(&arguments.input, &arguments.verdict);
    let mut counts = Counts::default();
    let mut closed = Vec::new();
    let observer = &mut (&mut input::ProgressLine::new(), &mut counts);
    let mut read = analysis::read_with_keys(opened.captures, &options, opened.keys, observer, &mut |one| {
        closed.push(one);
    });
    read.count_bindings();
    input::warn(read.captures());
    let exit = opened.exit.and(input::ended(&arguments.input, read.captures()));
    let of_captures = anomalies(read.anomalies());
    let analysis = read.analysis(closed);
    let inventory = Inventory {
        anomalies: of_captures,
        ..take_inventory(&analysis.run, &analysis.totals, &counts, &analysis.diagnosis)
    };
    let mut document = Document::from(analysis);
    select(&mut document, arguments, preferences)?;
    Ok(Some((
        Data::finished(document, inventory, read_once(&arguments.input)),
        exit,
    )))
}

/// Leaves out the messages that are not asked for.
fn select(document: &mut Document, arguments: &BrowseArgs, preferences: &Preferences) -> Result<(), Failure> {
    let captures = document.captures.iter();
    let span = view::span(captures.map(|capture| (capture.first, capture.last)));
    let selection = view::selection(&arguments.input, &arguments.selection, preferences, span)?;
    let mut absent = Absent::of(&selection);
    document.messages.iter().for_each(|message| absent.look(message));
    absent.told().for_each(complain);
    document.messages.retain(|message| selection.matches(message));
    Ok(())
}

#[cfg(test)]
mod tests;
