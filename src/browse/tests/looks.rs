use proptest::prelude::*;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::model::text::is_dangerous;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (50, 14)];

/// How to come to each view.
const VIEWS: &[(&str, &str)] = &[
    ("list", ""),
    ("filter", "/ outc"),
    ("failures", "f"),
    ("sort", "s"),
    ("ladder", "Enter Down Down"),
    ("pdu", "Enter Enter"),
    ("show", "Tab"),
    ("legs", "Down l"),
    ("name", "w"),
    ("stats", "S"),
    ("captures", "c"),
    ("help", "?"),
];

fn at(view: &str, look: Look, width: u16, height: u16) -> Walk {
    let mut walk = Walk::with(data(), look, width, height);
    let (_, keys) = VIEWS.iter().find(|(name, _)| *name == view).unwrap();
    walk.press(keys);
    if view == "ladder" || view == "pdu" {
        walk.read_pdus();
    }
    walk
}

fn snapshot(view: &str) {
    let mut looks = String::new();
    for (width, height) in SIZES {
        let walk = at(view, Look::default(), width, height);
        looks.push_str(&format!("──── {width}x{height}\n{}\n", walk.screen()));
    }
    let ascii = Look {
        ascii: true,
        ..Look::default()
    };
    let screen = at(view, ascii, 80, 24).screen();
    assert!(screen.is_ascii(), "{screen}");
    looks.push_str(&format!("──── 80x24 in ASCII\n{screen}\n"));
    insta::assert_snapshot!(view, looks);
}

macro_rules! looks {
    ($($view:ident)+) => { $(#[test] fn $view() { snapshot(stringify!($view)); })+ };
}

looks! { list filter failures sort ladder pdu show legs name stats captures help }

#[test]
fn every_view_has_a_snapshot() {
    assert_eq!(VIEWS.len(), 12);
}

#[test]
fn without_colour_there_is_none_and_what_is_chosen_is_marked_all_the_same() {
    for (view, _) in VIEWS {
        for colour in [false, true] {
            let look = Look {
                colour,
                ..Look::default()
            };
            let walk = at(view, look, 80, 24);
            let buffer = walk.buffer();
            let coloured = |cell: &ratatui::buffer::Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
            let any = buffer.content().iter().any(coloured);
            assert!(colour || !any, "{view}");
            if *view == "list" {
                assert_eq!(any, colour);
                let reversed = |cell: &ratatui::buffer::Cell| cell.modifier.contains(Modifier::REVERSED);
                assert!(buffer.content().iter().any(reversed));
                assert!(walk.screen().contains("\n>  1"), "{}", walk.screen());
            }
        }
    }
}

#[test]
fn nothing_in_a_capture_reaches_the_terminal_as_a_command() {
    for (view, keys) in VIEWS {
        for (width, height) in [(80, 24), (400, 100)] {
            let mut walk = Walk::new(width, height);
            // The third message is the hostile one.
            walk.press("Down Down").press(keys);
            for step in ["", "End", "Right Right Right", "n"] {
                let screen = walk.press(step).screen();
                let bad = screen.chars().find(|c| *c != '\n' && is_dangerous(*c));
                assert_eq!(bad, None, "{view}: {screen}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is pressed, pasted, clicked and resized, everything is drawn within the screen.
    #[test]
    fn nothing_pressed_panics(
        steps in prop::collection::vec((0usize..40, any::<char>(), 0u16..130, 0u16..50), 1..60),
    ) {
        let names = [
            "Enter", "Esc", "Tab", "Up", "Down", "Left", "Right", "PageUp", "PageDown", "Home", "End", "Backspace",
            "Delete", "/", "f", "s", "t", "l", "S", "c", "?", "q", "n", "N", "+", "-", "[", "]", "<", ">", "Space", "b", "x",
        ];
        let mut walk = Walk::new(80, 24);
        for (step, c, x, y) in steps {
            match names.get(step) {
                Some(name) => { walk.press(name); }
                None => {
                    walk.tell(match step % 5 {
                        0 => Event::Resize(x, y),
                        1 => Event::Click(x, y),
                        2 => Event::Wheel(if x % 2 == 0 { 3 } else { -3 }),
                        3 => Event::Paste(c.to_string()),
                        _ => Event::Key(Key::Char(c)),
                    });
                }
            }
            walk.buffer();
        }
    }
}
