//! From arguments to the messages that are shown: analysed, selected, redacted.

use clap::Args;

use super::{
    analysis,
    arguments::{
        FailOnArgs, InputArgs, NamesArgs, PreferenceArgs, RedactArgs, SelectionArgs, Span, VerdictArgs,
    },
    exit::{Exit, Failure, complain},
    frame_places,
    preferences::Preferences,
};
use crate::model::Timestamp;
use crate::report::{
    document::{Capture, Document, Message, Summary, statistics::summary_of},
    query::{absent::Absent, id_range::IdRange, selection::Selection},
    words::names::HostNames,
};

/// Arguments of every subcommand about messages.
#[derive(Clone, Debug, Args)]
pub struct ViewArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub verdict: VerdictArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub fail_on: FailOnArgs,
    #[command(flatten)]
    pub redact: RedactArgs,
    #[command(flatten)]
    pub preferences: PreferenceArgs,
    #[command(flatten)]
    pub names: NamesArgs,
}

/// The messages to show.
pub(super) struct View {
    /// The document with only the messages selected; its summary counts all of them.
    pub(super) document: Document,
    /// The totals of the messages selected.
    pub(super) selected: Summary,
    /// How the run ends.
    pub(super) exit: Exit,
    /// How whoever reads wants to read.
    pub(super) preferences: Preferences,
}

/// Analyses the inputs and selects. `None` where none of them can be read; that has been said then.
pub(super) fn view(arguments: &ViewArgs) -> Result<Option<View>, Failure> {
    view_beside(arguments, &mut |_| ())
}

/// The same, and tells of the messages that are not selected.
pub(super) fn view_beside(
    arguments: &ViewArgs,
    other: &mut dyn FnMut(&Message),
) -> Result<Option<View>, Failure> {
    let mut preferences = Preferences::with_names(&arguments.preferences, &arguments.names)?;
    let redactor = arguments.redact.redactor()?;
    if redactor.is_some() {
        // Pseudonyms are addresses too, and none of theirs.
        preferences.names = HostNames::NONE;
    }
    // What cannot be asked for is told before hours are spent on the captures.
    arguments
        .selection
        .selection(&preferences.zone, None)
        .map_err(Failure::Usage)?;
    let Some(analysed) = analysis::analyse(&arguments.input, &arguments.verdict) else {
        return Ok(None);
    };
    let mut document = analysed.document;
    let span = span(
        document
            .captures
            .iter()
            .map(|capture| (capture.first, capture.last)),
    );
    let selection = selection(&arguments.input, &arguments.selection, &preferences, span)?;
    let mut absent = Absent::of(&selection);
    document.messages.iter().for_each(|message| absent.look(message));
    complain_of(&absent, arguments);
    document.messages.retain(|message| {
        let is_selected = selection.matches(message);
        if !is_selected {
            other(message);
        }
        is_selected
    });
    let selected = summary_of(&document.summary, &document.messages);
    if let Some(mut redactor) = redactor {
        redactor.document(&mut document);
        arguments
            .redact
            .write_map(&arguments.input.captures, redactor.met())?;
    }
    let failed = fail_on(&arguments.fail_on, &document.captures, &selected);
    Ok(Some(View {
        document,
        selected,
        exit: analysed.exit.and(failed),
        preferences,
    }))
}

/// From the first packet to the last, of captures with these; of captures without packets no time can be said.
pub(super) fn span(captures: impl Iterator<Item = (Option<Timestamp>, Option<Timestamp>)>) -> Span {
    let spans = captures.filter_map(|(first, last)| first.zip(last));
    let whole = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let (first, last) = whole.unwrap_or_default();
    Span { first, last }
}

/// Says which addresses that were asked for no message has. What is to be shared names no numbers near them.
pub(super) fn complain_of(absent: &Absent, arguments: &ViewArgs) {
    if !arguments.redact.redact {
        absent.told().for_each(complain);
    }
}

/// Which messages the arguments select, of captures of that span.
pub(super) fn selection(
    input: &InputArgs,
    asked: &SelectionArgs,
    preferences: &Preferences,
    span: Span,
) -> Result<Selection, Failure> {
    let selected = asked.selection(&preferences.zone, Some(span));
    Ok(Selection {
        places: frame_places::find(input, &asked.frame),
        ..selected.map_err(Failure::Usage)?.unwrap_or_default()
    })
}

/// Says that a selection selects nothing, where that is an error.
pub(super) fn nothing_selected() -> Exit {
    complain("no message fits the selection; `mmsmate messages` lists them");
    Exit::Unusable
}

/// Says which conditions of `--fail-on` are met.
pub(super) fn fail_on(arguments: &FailOnArgs, captures: &[Capture], selected: &Summary) -> Exit {
    let mut exit = Exit::Ran;
    for condition in &arguments.fail_on {
        let count = condition.count(captures, selected);
        if count > 0 {
            complain(condition.told(count));
            exit = Exit::CheckFailed;
        }
    }
    exit
}

/// The arguments with numbers behind the captures taken for message numbers, as in `show a.pcap 3`: those that are
/// no files.
pub(super) fn with_trailing_ids(arguments: &ViewArgs) -> ViewArgs {
    let mut arguments = arguments.clone();
    let mut ids: Vec<IdRange> = Vec::new();
    while let [_, .., last] = arguments.input.captures.as_slice()
        && let Some(id) = last.to_str().and_then(|text| IdRange::parse(text).ok())
        && !last.exists()
    {
        ids.push(id);
        arguments.input.captures.pop();
    }
    ids.reverse();
    arguments.selection.id.extend(ids);
    arguments
}
