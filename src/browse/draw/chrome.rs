//! What stands around every view: the title, details of what is chosen, the keys.

use ratatui::style::Style;

use super::{canvas::Canvas, look::tone};
use crate::browse::{
    data::Following,
    keys::{self, Mode},
    state::{Facet, State, Subject, View},
    text::Line,
};
use crate::report::{
    document::{Message, Outcome},
    render::columns::NAMED,
    words::{
        explain, human,
        style::{Style as Words, Tone},
    },
};

/// What is shown: the first row.
pub fn title(state: &State, canvas: &mut Canvas<'_>) {
    let words = match state.view() {
        None => list_title(state),
        Some(View::Ladder(view)) => message_title(state, view.message, "call flow"),
        Some(View::Stats(figures)) => {
            let name = crate::browse::state::groupings().get(figures.by).copied();
            format!("Figures by {}", name.unwrap_or_default())
        }
        Some(View::Page(page)) => match page.subject {
            Subject::Show(message) => message_title(state, message, "in full"),
            Subject::Legs(message) => message_title(state, message, "legs and joins"),
            Subject::Pdu => "PDU".to_owned(),
            Subject::Captures => "Captures".to_owned(),
            Subject::Help => "Keys".to_owned(),
        },
    };
    let mut column = canvas.text(0, 0, canvas.area.width, &words, tone(state, Tone::Strong));
    if state.view().is_none() {
        column += canvas.text(column, 0, 2, "  ", Style::new());
        outcomes(state, column, canvas);
    }
}

/// How many of the listed messages have each outcome.
fn outcomes(state: &State, mut column: u16, canvas: &mut Canvas<'_>) {
    let style = state.look().style(None);
    let width = canvas.area.width;
    for (outcome, count) in Outcome::ALL.iter().zip(state.list().outcomes()) {
        if *count > 0 {
            let words = format!("{} {} ", style.outcome_glyph(*outcome), human::grouped(*count));
            column += canvas.text(column, 0, width, &words, tone(state, Tone::of(*outcome)));
            column += canvas.text(column, 0, 1, " ", Style::new());
        }
    }
    let words = asked(state, &style);
    canvas.text(column, 0, width, &words, tone(state, Tone::Faint));
}

fn list_title(state: &State) -> String {
    let list = state.list();
    let (shown, all) = (list.shown().len() as u64, state.data().count());
    match list.scanning() {
        Some(hundredths) => format!("Looking through {}: {hundredths} %", human::count(all, "message")),
        None if shown == all => human::count(all, "message"),
        None => format!("{} of {}", human::grouped(shown), human::count(all, "message")),
    }
}

/// What the list was asked for: outcome, filter, order, marks.
fn asked(state: &State, style: &Words) -> String {
    let list = state.list();
    let mut words: Vec<String> = Vec::new();
    words.extend(match state.data().following {
        Following::No => None,
        Following::Live => Some(match state.capture_time() {
            Some(time) => format!("following, {}", human::instant(time, &style.zone)),
            None => "following".to_owned(),
        }),
        Following::Over => Some("the inputs are over".to_owned()),
    });
    match list.question().facet {
        Facet::All => {}
        Facet::Outcome(outcome) => words.push(format!("only {outcome}")),
        Facet::Failure(kind) => words.push(format!("only {kind}")),
    }
    if !list.question().text.trim().is_empty() {
        words.push(format!("filter {}", list.question().text));
    }
    if let Some((at, descending)) = list.order()
        && let Some(named) = NAMED.get(at)
    {
        let sign = if descending { "-" } else { "" };
        words.push(format!("sorted by {sign}{}", named.name));
    }
    if !list.marked().is_empty() {
        words.push(format!("{} marked", list.marked().len()));
    }
    words.join(&format!("{} ", style.dot()))
}

fn message_title(state: &State, place: u32, what: &str) -> String {
    let Some(message) = state.data().message(place) else {
        return String::new();
    };
    let style = state.look().style(None);
    let verdict = style.verdict(message.outcome);
    let ends = ends(message, &style);
    format!(
        "Message {}, {what}  {verdict}  {}  {ends}",
        message.id, message.state
    )
}

/// From whom to whom.
fn ends(message: &Message, style: &Words) -> String {
    let arrow = if style.ascii { "->" } else { "→" };
    let from = message.from.as_deref().unwrap_or("?");
    let to = message.recipients.first().map_or("?", String::as_str);
    let more = match message.recipients.len() {
        0 | 1 => String::new(),
        several => format!(" +{}", several - 1),
    };
    format!("{} {arrow} {}{more}", style.clean(from), style.clean(to))
}

/// What was said last, or what there is to say of what is chosen: the last row but one.
pub fn details(state: &State, canvas: &mut Canvas<'_>) {
    let Some(row) = canvas.area.height.checked_sub(2).filter(|row| *row > 0) else {
        return;
    };
    let style = state.look().style(None);
    if let Some(status) = state.status() {
        let words = style.clean(&status.words);
        return canvas.line(row, 0, &Line::of(&words, tone(state, status.tone)));
    }
    let chosen = match state.view() {
        None => state.list().chosen(),
        Some(View::Ladder(view)) => Some(view.message),
        Some(View::Page(_) | View::Stats(_)) => return,
    };
    let Some(message) = chosen.and_then(|place| state.data().message(place)) else {
        return;
    };
    let reason = explain::reason(message);
    let words = match reason.is_empty() {
        true => explain::state_of_message(message),
        false => reason,
    };
    let words = format!("{}  {}", message.id, style.clean(&words));
    canvas.line(row, 0, &Line::of(&words, tone(state, Tone::of(message.outcome))));
}

/// The keys that there are: the last row.
pub fn hints(state: &State, canvas: &mut Canvas<'_>) {
    let Some(row) = canvas.area.height.checked_sub(1).filter(|row| *row > 0) else {
        return;
    };
    let width = canvas.area.width;
    let mode = match state.mode() {
        // Their own rows stand there.
        Mode::Filter | Mode::Name => return,
        mode => mode,
    };
    let mut column = 0;
    for (key, hint) in keys::hints(mode) {
        let key = key.to_string();
        let needed = key.len() + 1 + hint.len() + 2;
        if usize::from(column) + needed > usize::from(width) + 2 {
            continue;
        }
        column += canvas.text(column, row, width, &key, tone(state, Tone::Strong));
        column += canvas.text(
            column,
            row,
            width,
            &format!(" {hint}  "),
            tone(state, Tone::Faint),
        );
    }
}
