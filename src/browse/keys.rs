//! The keys: one table, which the program goes by and from which its help and its documentation are made.

use std::fmt;

/// A key, with what was held down with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A character with Ctrl.
    Ctrl(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(' ') => f.write_str("Space"),
            Self::Char(c) => write!(f, "{c}"),
            Self::Ctrl(c) => write!(f, "Ctrl-{}", c.to_ascii_uppercase()),
            Self::Enter => f.write_str("Enter"),
            Self::Escape => f.write_str("Esc"),
            Self::Tab => f.write_str("Tab"),
            Self::Backspace => f.write_str("Backspace"),
            Self::Delete => f.write_str("Delete"),
            Self::Up => f.write_str("Up"),
            Self::Down => f.write_str("Down"),
            Self::Left => f.write_str("Left"),
            Self::Right => f.write_str("Right"),
            Self::PageUp => f.write_str("PageUp"),
            Self::PageDown => f.write_str("PageDown"),
            Self::Home => f.write_str("Home"),
            Self::End => f.write_str("End"),
        }
    }
}

/// What is on the screen, as far as keys depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The list of messages.
    List,
    /// The call flow of a message.
    Ladder,
    /// A message in full, or its legs.
    Message,
    /// Figures of groups of messages.
    Stats,
    /// Another text: the captures, a PDU, the keys.
    Page,
    /// The line with the filter.
    Filter,
    /// The line with a name to write to.
    Name,
    /// A menu.
    Menu,
}

impl Mode {
    #[cfg(test)]
    const ALL: &[Self] = &[
        Self::List,
        Self::Ladder,
        Self::Message,
        Self::Stats,
        Self::Page,
        Self::Filter,
        Self::Name,
        Self::Menu,
    ];
}

/// Where keys are explained together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// In every view.
    Everywhere,
    /// Where there are lines to go through.
    Moving,
    /// In the list.
    List,
    /// Where there is a message, or several are marked.
    Message,
    /// In the views of one message.
    OneMessage,
    /// In the call flow.
    Ladder,
    /// In the figures.
    Stats,
    /// Where something is typed.
    Typing,
    /// In the filter line.
    Filter,
    /// In a menu.
    Menu,
}

impl Group {
    /// All, in the order in which they are explained.
    pub const ALL: &[Self] = &[
        Self::List,
        Self::Ladder,
        Self::OneMessage,
        Self::Message,
        Self::Stats,
        Self::Moving,
        Self::Everywhere,
        Self::Filter,
        Self::Typing,
        Self::Menu,
    ];

    /// What stands above its keys.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "In every view",
            Self::Moving => "To move in every view",
            Self::List => "In the list of messages",
            Self::Message => "With the message, or in the list with those that are marked",
            Self::OneMessage => "In the views of one message",
            Self::Ladder => "In the call flow",
            Self::Stats => "In the figures",
            Self::Typing => "Where something is typed",
            Self::Filter => "In the filter line",
            Self::Menu => "In a menu",
        }
    }

    const fn modes(self) -> &'static [Mode] {
        match self {
            Self::Everywhere => &[Mode::List, Mode::Ladder, Mode::Message, Mode::Stats, Mode::Page],
            Self::Moving => &[
                Mode::List,
                Mode::Ladder,
                Mode::Message,
                Mode::Stats,
                Mode::Page,
                Mode::Menu,
            ],
            Self::List => &[Mode::List],
            Self::Message => &[Mode::List, Mode::Ladder, Mode::Message],
            Self::OneMessage => &[Mode::Ladder, Mode::Message],
            Self::Ladder => &[Mode::Ladder],
            Self::Stats => &[Mode::Stats],
            Self::Typing => &[Mode::Filter, Mode::Name],
            Self::Filter => &[Mode::Filter],
            Self::Menu => &[Mode::Menu],
        }
    }
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Left,
    Right,
    /// Opens the call flow of the message.
    Ladder,
    /// Opens the message in full, and from there its call flow.
    Show,
    /// Opens the legs and their joins.
    Legs,
    /// Opens the line with the filter.
    Filter,
    /// Opens the menu of outcomes and failures.
    Failures,
    /// Opens the menu of columns to sort by.
    Sort,
    /// Shows times from the beginning, or those of a clock.
    Time,
    /// Marks the message, or takes its mark away.
    Mark,
    /// Takes away what was asked for: filter, outcome and marks.
    Clear,
    /// Shows the PDU alone.
    Pdu,
    PaneUp,
    PaneDown,
    PaneLeft,
    PaneRight,
    PaneTaller,
    PaneShorter,
    /// Shows all transactions with other systems, or only those that failed.
    Context,
    NextMessage,
    PreviousMessage,
    /// Opens the menu of what figures are grouped by.
    GroupBy,
    Stats,
    Captures,
    WriteSlice,
    WriteParts,
    WriteJson,
    CopyFilter,
    Help,
    Mouse,
    Redraw,
    Suspend,
    /// Closes the view; in the list, ends the program.
    Close,
    /// Closes the view.
    Escape,
    Quit,
    Accept,
    Abandon,
    Complete,
    CursorLeft,
    CursorRight,
    CursorHome,
    CursorEnd,
    DeleteBefore,
    DeleteAfter,
    DeleteWord,
    DeleteAll,
}

/// Keys that do something.
#[derive(Debug)]
pub struct Binding {
    /// Where they do it.
    pub group: Group,
    /// Any of these.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// That in words.
    pub words: &'static str,
    /// That in a word for the last line of the screen; nothing where it does not stand there.
    pub hint: &'static str,
}

macro_rules! bindings {
    ($($group:ident [$($key:ident $(($character:literal))?),+] $action:ident $hint:literal $words:literal;)+) => {
        &[$(Binding {
            group: Group::$group,
            keys: &[$(Key::$key $(($character))?),+],
            action: Action::$action,
            hint: $hint,
            words: $words,
        },)+]
    };
}

/// All keys: where, which, what they do, that in a word for the last line of the screen, and in words. The hints stand in this
/// order.
pub const BINDINGS: &[Binding] = bindings! {
    Everywhere [Char('?')] Help "keys" "these keys";
    Everywhere [Char('q')] Close "back" "close the view; in the list, the end";
    List [Enter] Ladder "call flow" "the call flow of the message";
    Ladder [Enter] Pdu "PDU" "the PDU of the arrow on the whole screen";
    Message [Tab] Show "in full" "the message in full, as `show` prints it; from there, its call flow";
    Message [Char('l')] Legs "legs" "its legs, what went wrong, and by what the legs were joined";
    List [Char('/')] Filter "filter" "a filter, in the language of --filter (`mmsmate help filter`)";
    List [Char('f')] Failures "outcome" "only messages of one outcome, or with one failure";
    List [Char('s')] Sort "sort" "the order; a column chosen again turns it round";
    List [Char('t')] Time "time" "times of a clock (UTC), or seconds from the first frame";
    List [Char(' ')] Mark "" "mark the message, or take its mark away";
    List [Escape] Clear "" "no filter, no outcome, no marks";
    Ladder [Char(']')] PaneDown "" "further down in the PDU";
    Ladder [Char('[')] PaneUp "" "further up in the PDU";
    Ladder [Char('>')] PaneRight "" "further right in the PDU";
    Ladder [Char('<')] PaneLeft "" "further left in the PDU";
    Ladder [Char('+')] PaneTaller "" "more lines for the PDU";
    Ladder [Char('-')] PaneShorter "" "fewer lines for the PDU";
    OneMessage [Char('n')] NextMessage "next" "the next message of the list";
    OneMessage [Char('N')] PreviousMessage "" "the message before";
    OneMessage [Char('x')] Context "" "all that other systems were asked, or only what failed";
    Stats [Char('b')] GroupBy "group by" "what messages are grouped by";
    Message [Char('w')] WriteSlice "slice" "write its frames as a capture, as `slice` does";
    Message [Char('p')] WriteParts "parts" "write its parts as files, as `parts` does";
    Message [Char('j')] WriteJson "JSON" "write all that is known of it as JSON";
    Message [Char('y')] CopyFilter "copy" "copy its display filter for Wireshark to the clipboard (OSC 52)";
    Everywhere [Char('S')] Stats "figures" "figures of the messages in the list, as `stats` prints them";
    Everywhere [Char('c')] Captures "captures" "what is in the captures, and what could hide messages";
    Everywhere [Char('m')] Mouse "" "watch the mouse, or leave it to the terminal";
    Everywhere [Escape] Escape "" "close the view";
    Everywhere [Char('Q'), Ctrl('c')] Quit "" "the end, at once";
    Everywhere [Ctrl('l')] Redraw "" "draw the screen anew";
    Everywhere [Ctrl('z')] Suspend "" "back to the shell; `fg` goes on";
    Moving [Up] Up "" "a line up";
    Moving [Down] Down "" "a line down";
    Moving [PageUp, Ctrl('b')] PageUp "" "a screen up";
    Moving [PageDown, Ctrl('f')] PageDown "" "a screen down";
    Moving [Home, Char('g')] First "" "to the first line";
    Moving [End, Char('G')] Last "" "to the last line";
    Moving [Left] Left "" "to the left";
    Moving [Right] Right "" "to the right";
    Filter [Tab] Complete "complete" "complete the word, or put in the next of the words that fit";
    Typing [Enter] Accept "done" "done";
    Typing [Escape, Ctrl('c')] Abandon "give up" "give up: all is as it was";
    Typing [Left] CursorLeft "" "a character to the left";
    Typing [Right] CursorRight "" "a character to the right";
    Typing [Home, Ctrl('a')] CursorHome "" "to the beginning";
    Typing [End, Ctrl('e')] CursorEnd "" "to the end";
    Typing [Backspace, Ctrl('h')] DeleteBefore "" "delete the character before the cursor";
    Typing [Delete, Ctrl('d')] DeleteAfter "" "delete the character at the cursor";
    Typing [Ctrl('w')] DeleteWord "" "delete the word before the cursor";
    Typing [Ctrl('u')] DeleteAll "" "delete all";
    Menu [Enter] Accept "choose" "choose";
    Menu [Escape, Char('q'), Ctrl('c')] Abandon "close" "close it";
};

/// What a key does in a mode. What one view has of its own goes before what every view has.
pub fn action(mode: Mode, key: Key) -> Option<Action> {
    bound(mode)
        .find(|binding| binding.keys.contains(&key))
        .map(|binding| binding.action)
}

/// The bindings that a mode has.
fn bound(mode: Mode) -> impl Iterator<Item = &'static Binding> {
    let holds = move |binding: &&Binding| binding.group.modes().contains(&mode);
    BINDINGS.iter().filter(holds)
}

/// The keys of a mode with a word each, as the last line of the screen shows them.
pub fn hints(mode: Mode) -> impl Iterator<Item = (Key, &'static str)> {
    bound(mode)
        .filter(|binding| !binding.hint.is_empty())
        .filter_map(|binding| Some((*binding.keys.first()?, binding.hint)))
}

/// The names of a binding's keys.
pub fn names(binding: &Binding) -> String {
    let names: Vec<String> = binding.keys.iter().map(Key::to_string).collect();
    names.join(", ")
}

/// All keys with what they do, a line each, under the titles of their groups.
pub fn help() -> String {
    let widest = BINDINGS.iter().map(|binding| names(binding).len()).max();
    let width = widest.unwrap_or_default();
    let mut text = String::new();
    for group in Group::ALL {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", group.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.group == *group) {
            text.push_str(&format!("  {:width$}  {}\n", names(binding), binding.words));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_in_one_group() {
        for group in Group::ALL {
            let mut keys: Vec<String> = BINDINGS
                .iter()
                .filter(|binding| binding.group == *group)
                .flat_map(|binding| binding.keys.iter().map(Key::to_string))
                .collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), all, "{group:?}");
        }
    }

    #[test]
    fn where_a_key_stands_in_two_groups_of_a_mode_the_narrower_one_holds() {
        for mode in Mode::ALL {
            let mut seen: Vec<(Key, Group)> = Vec::new();
            for binding in bound(*mode) {
                for key in binding.keys {
                    if let Some((_, first)) = seen.iter().find(|(known, _)| known == key) {
                        let (one, other) = (first.modes().len(), binding.group.modes().len());
                        assert!(
                            one < other,
                            "{mode:?}: {key} is of {first:?} and {:?}",
                            binding.group
                        );
                    }
                    seen.push((*key, binding.group));
                }
            }
        }
    }

    #[test]
    fn every_group_is_explained_and_every_binding_has_keys_and_words() {
        for binding in BINDINGS {
            assert!(Group::ALL.contains(&binding.group), "{binding:?}");
            assert!(
                !binding.keys.is_empty() && !binding.words.is_empty(),
                "{binding:?}"
            );
        }
        assert!(help().contains("  Enter"));
    }
}
