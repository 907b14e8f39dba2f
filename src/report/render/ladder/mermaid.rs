//! The ladder as a Mermaid sequence diagram. Text is written with Mermaid's character codes (`#35;`) wherever a
//! character could mean something.

use std::io::{self, Write};

use super::{Arrow, Ladder, Row, letter, offset};
use crate::model::text::shown;
use crate::report::document::Message;
use crate::report::words::names::HostNames;

/// Draws the ladder of a message, with the names of its hosts.
pub fn write(out: &mut impl Write, message: &Message, names: &HostNames) -> io::Result<()> {
    let ladder = Ladder::of(message, names);
    writeln!(out, "sequenceDiagram")?;
    for (at, participant) in ladder.participants.iter().enumerate() {
        let mut name = format!("{} {}", participant.role, participant.host);
        for owner in participant.known_as() {
            name.push(' ');
            name.push_str(owner);
        }
        writeln!(out, "    participant {} as {}", letter(at), escaped(&name))?;
    }
    let mut over = "A".to_owned();
    for row in &ladder.rows {
        match row {
            Row::Arrow(arrow) => {
                over = letter(arrow.to);
                draw(out, arrow, ladder.several_captures)?;
            }
            Row::Note(note) => writeln!(out, "    Note over {over}: {}", escaped(&note.text))?,
        }
    }
    Ok(())
}

fn draw(out: &mut impl Write, arrow: &Arrow, several: bool) -> io::Result<()> {
    let line = match (arrow.broken, arrow.dashed) {
        (true, _) => "--x",
        (false, true) => "-->>",
        (false, false) => "->>",
    };
    let mut label = format!(
        "{} {} ({})",
        arrow.place(several),
        arrow.label,
        offset(arrow.offset_ms)
    );
    if arrow.times > 1 {
        label.push_str(&format!(" x{}", arrow.times));
    }
    writeln!(
        out,
        "    {}{line}{}: {}",
        letter(arrow.from),
        letter(arrow.to),
        escaped(&label)
    )
}

/// The text as Mermaid shows it and nothing else: what is no letter, digit or plain punctuation goes as a code, and
/// so does the word `end`, which would close a block.
fn escaped(text: &str) -> String {
    let text = shown(text);
    let mut safe = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        let ends = word.trim().eq_ignore_ascii_case("end");
        for (at, c) in word.chars().enumerate() {
            let plain =
                c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '/' | '(' | ')' | '+' | '@' | ':');
            if plain && !(ends && at == 0) {
                safe.push(c);
            } else {
                safe.push_str(&format!("#{};", u32::from(c)));
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn drawn(message: &Message) -> String {
        let mut out = Vec::new();
        write(&mut out, message, &HostNames::NONE).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_failed_message() {
        insta::assert_snapshot!(drawn(&sample::failed()));
    }

    #[test]
    fn text_cannot_become_syntax() {
        assert_eq!(
            escaped("a;b#c\nend %%x <b>"),
            r"a#59;b#35;c#92;nend #37;#37;x #60;b#62;"
        );
        assert_eq!(escaped("say end"), "say #101;nd");
        let lines = drawn(&sample::hostile());
        let known = |line: &&str| {
            ["sequenceDiagram", "    participant ", "    Note over "]
                .iter()
                .any(|start| line.starts_with(start))
                || line.contains("->>")
                || line.contains("--x")
        };
        assert!(lines.lines().all(|line| known(&line)), "{lines}");
        assert!(!lines.contains('<') && !lines.contains('`'));
    }
}
