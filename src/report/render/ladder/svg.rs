//! The ladder as one self-contained SVG 1.1 drawing: no script, no reference to anything outside.

use std::io::{self, Write};

use super::{Arrow, Ladder, Note, Row, letter, offset};
use crate::model::text::shown;
use crate::report::document::Message;
use crate::report::render::xml::escaped;
use crate::report::words::names::HostNames;
use crate::report::words::style::{Style, Tone};

/// Distances, in pixels.
const LANE: usize = 170;
const ROW: usize = 34;
const TOP: usize = 74;
const LEFT: usize = 150;
/// Characters of a label that have room between two columns and beyond.
const LABEL: usize = 90;

const LOOK: &str = "svg{font:13px system-ui,sans-serif;background:#fff}text{fill:#1b1f24}\
.f{fill:#57606a;font:12px ui-monospace,monospace}.l{stroke:#d0d7de}.a{stroke:#1b1f24;stroke-width:1.4}\
.h{fill:#1b1f24}.bad{stroke:#b3261e}.bad.h,text.bad{fill:#b3261e;stroke:none}.r{font-weight:600}\
@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.f{fill:#9198a1}.l{stroke:#3d444d}\
.a{stroke:#e6edf3}.h{fill:#e6edf3}.bad{stroke:#ff7b72}.bad.h,text.bad{fill:#ff7b72}}";

/// Draws the ladder of a message, with the names of its hosts.
pub fn write(out: &mut impl Write, message: &Message, names: &HostNames) -> io::Result<()> {
    let ladder = Ladder::of(message, names);
    let columns = ladder.participants.len().max(1);
    let width = LEFT + LANE * columns + LABEL * 3;
    let height = TOP + ROW * (ladder.rows.len() + 1);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    )?;
    let title = format!("Message {}: {}, {}", message.id, message.outcome, message.state);
    writeln!(out, "<title>{}</title><style>{LOOK}</style>", escaped(&title))?;
    heads(out, &ladder, height)?;
    for (at, row) in ladder.rows.iter().enumerate() {
        let y = TOP + ROW * (at + 1);
        match row {
            Row::Arrow(arrow) => draw(out, arrow, y, &ladder)?,
            Row::Note(note) => remark(out, note, y)?,
        }
    }
    writeln!(out, "</svg>")
}

const fn lane(place: usize) -> usize {
    LEFT + LANE * place
}

fn heads(out: &mut impl Write, ladder: &Ladder, height: usize) -> io::Result<()> {
    for (at, participant) in ladder.participants.iter().enumerate() {
        let x = lane(at);
        let role = format!("{} {}", letter(at), participant.role);
        let owners = Style::default()
            .cut(&participant.known_as().join(", "), 22)
            .into_owned();
        writeln!(
            out,
            r#"<text x="{x}" y="20" text-anchor="middle" class="r">{}</text><text x="{x}" y="38" text-anchor="middle" class="f">{}</text><text x="{x}" y="56" text-anchor="middle" class="f">{}</text><path d="M{x} 64V{height}" class="l"/>"#,
            escaped(&role),
            participant.host,
            escaped(&owners),
        )?;
    }
    Ok(())
}

fn draw(out: &mut impl Write, arrow: &Arrow, y: usize, ladder: &Ladder) -> io::Result<()> {
    let (columns, several) = (ladder.participants.len(), ladder.several_captures);
    let (x, to) = (lane(arrow.from), lane(arrow.to));
    let bad = if arrow.tone == Tone::Bad { " bad" } else { "" };
    let dash = match (arrow.broken, arrow.dashed) {
        (true, _) => r#" stroke-dasharray="5 4""#,
        (false, true) => r#" stroke-dasharray="2 3""#,
        (false, false) => "",
    };
    let back: isize = if to >= x { -8 } else { 8 };
    let tip = isize::try_from(to).unwrap_or(0).saturating_add(back);
    writeln!(
        out,
        r#"<text x="8" y="{y}" class="f">{} {}</text><path d="M{x} {y}H{to}" class="a{bad}"{dash}/><path d="M{to} {y}L{tip} {}L{tip} {}z" class="h{bad}"/>"#,
        arrow.place(several),
        offset(arrow.offset_ms),
        y.saturating_sub(4),
        y + 4,
    )?;
    let label = Style::default()
        .cut(&shown(&arrow.words('×')), LABEL)
        .into_owned();
    let beyond = lane(columns.saturating_sub(1)) + 14;
    let class = if bad.is_empty() { "" } else { r#" class="bad""# };
    writeln!(
        out,
        r#"<text x="{beyond}" y="{}"{class}>{}</text>"#,
        y + 4,
        escaped(&label)
    )
}

fn remark(out: &mut impl Write, note: &Note, y: usize) -> io::Result<()> {
    let text = Style::default()
        .cut(&format!("✘ {}", shown(&note.text)), LABEL * 2)
        .into_owned();
    writeln!(
        out,
        r#"<text x="{LEFT}" y="{y}" class="bad">{}</text>"#,
        escaped(&text)
    )
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
    fn text_cannot_become_markup() {
        let svg = drawn(&sample::hostile());
        assert!(!svg.contains("<script") && !svg.contains("</b>") && !svg.contains('\u{1b}'));
        let tags: Vec<&str> = svg
            .split('<')
            .skip(1)
            .map(|tag| tag.split([' ', '>', '/']).find(|name| !name.is_empty()).unwrap())
            .collect();
        assert!(
            tags.iter()
                .all(|tag| ["svg", "title", "style", "text", "path"].contains(tag)),
            "{tags:?}"
        );
    }
}
