//! What is written and copied of messages.

use super::{Overlay, State, editor::Editor};
use crate::browse::event::{Effect, Export};
use crate::report::{
    document::Message,
    words::{display_filter, style::Tone},
};

/// Longest text that is handed to a terminal for its clipboard: xterm and tmux take no more octets, and four of base64 are
/// three of text.
const CLIPBOARD: usize = 74_994 / 4 * 3;

impl State {
    /// The messages that are to be written or copied: those marked in the list, else the current one.
    fn selection(&self) -> Vec<u32> {
        match self.views.is_empty() && !self.list.marked().is_empty() {
            true => self.list.marked().iter().copied().collect(),
            false => self.current().into_iter().collect(),
        }
    }

    pub(super) fn ask_for_name(&mut self, what: Export) {
        let messages = self.selection();
        let name = match messages.as_slice() {
            [] => return,
            [only] => match self.data.message(*only) {
                Some(message) => format!("message-{}", message.id),
                None => return,
            },
            several => format!("{}-messages", several.len()),
        };
        if what != Export::Json
            && let Some(reason) = &self.data.read_once
        {
            let reason = reason.clone();
            return self.say(reason, Tone::Bad);
        }
        let name = match what {
            Export::Slice => format!("{name}.pcapng"),
            Export::Parts => format!("{name}-parts"),
            Export::Json => format!("{name}.json"),
        };
        self.overlay = Some(Overlay::Name {
            editor: Editor::of(name),
            what,
            messages,
        });
    }

    pub(super) fn copy_filter(&mut self, effects: &mut Vec<Effect>) {
        let places = self.selection();
        let messages: Vec<&Message> = places
            .iter()
            .filter_map(|place| self.data.message(*place))
            .collect();
        let by_frame = display_filter::by_frame(messages.iter().copied());
        let filter = match (
            by_frame.values().next(),
            by_frame.len(),
            self.data.document.captures.len(),
        ) {
            (Some(only), 1, 1) => only.clone(),
            // Frames have other numbers in other captures, and where captures are merged.
            _ => {
                let each = messages
                    .iter()
                    .map(|message| display_filter::by_conversation(message));
                each.filter(|filter| !filter.is_empty())
                    .collect::<Vec<_>>()
                    .join(" || ")
            }
        };
        if filter.is_empty() {
            return self.say("no frame of it was captured", Tone::Bad);
        }
        if filter.len() > CLIPBOARD {
            return self.say("the filter is too long for terminals to copy", Tone::Bad);
        }
        self.say(
            format!("copied, where the terminal lets it: {filter}"),
            Tone::Good,
        );
        effects.push(Effect::Copy(filter));
    }
}
