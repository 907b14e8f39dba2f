//! The one way to the screen: whatever is drawn is cut to its place, and can do nothing to the terminal.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::browse::text::Line;
use crate::model::text::shown;
use crate::report::words::style::{cells, split_at_cells};

/// Characters that may share a cell: more combining marks than any script has. A text of nothing but marks takes no cells, and
/// would be written to the terminal whole.
const CHARACTERS_PER_CELL: usize = 8;

/// A screen that is being drawn.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// What may be drawn on.
    pub area: Rect,
}

impl<'a> Canvas<'a> {
    /// The whole of a buffer.
    pub const fn new(buffer: &'a mut Buffer) -> Self {
        let area = buffer.area;
        Self { buffer, area }
    }

    /// Draws a text from a column on, in at most so many cells. The cells that it takes.
    pub fn text(&mut self, column: u16, row: u16, width: u16, text: &str, style: Style) -> u16 {
        let width = width.min(self.area.width.saturating_sub(column));
        if row >= self.area.height || width == 0 {
            return 0;
        }
        let most = usize::from(width).saturating_mul(CHARACTERS_PER_CELL);
        let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
        let text = shown(text.get(..end).unwrap_or_default());
        let (text, _) = split_at_cells(&text, width.into());
        let (to, _) = self.buffer.set_stringn(column, row, text, width.into(), style);
        to.saturating_sub(column)
    }

    /// Draws a line from its cell `left` on over a whole row.
    pub fn line(&mut self, row: u16, left: usize, line: &Line) {
        let mut skip = left;
        let mut column = 0;
        for (style, piece) in &line.pieces {
            let width = cells(piece);
            let (_, visible) = split_at_cells(piece, skip);
            skip = skip.saturating_sub(width);
            column += self.text(column, row, self.area.width, visible, *style);
            if column >= self.area.width {
                return;
            }
        }
    }

    /// Adds a look to a row, whatever is drawn there.
    pub fn row_style(&mut self, row: u16, style: Style) {
        let row = Rect {
            y: row,
            height: 1,
            ..self.area
        };
        self.style(row, style);
    }

    /// Adds a look to a part of the screen, whatever is drawn there.
    pub fn style(&mut self, part: Rect, style: Style) {
        self.buffer.set_style(part.intersection(self.area), style);
    }

    /// Empties a part of the screen.
    pub fn clear(&mut self, part: Rect) {
        let part = part.intersection(self.area);
        for row in part.rows() {
            let blank = " ".repeat(part.width.into());
            self.buffer
                .set_stringn(part.x, row.y, blank, part.width.into(), Style::reset());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(buffer: &Buffer) -> String {
        buffer.content().iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn what_is_drawn_is_cut_to_its_place() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        let mut canvas = Canvas::new(&mut buffer);
        assert_eq!(canvas.text(2, 0, 3, "abcdef", Style::new()), 3);
        assert_eq!(canvas.text(6, 0, 9, "xyz", Style::new()), 2);
        assert_eq!(canvas.text(9, 0, 9, "xyz", Style::new()), 0);
        assert_eq!(canvas.text(0, 1, 9, "xyz", Style::new()), 0);
        assert_eq!(row(&buffer), "  abc xy");
    }

    #[test]
    fn a_line_begins_at_the_cell_asked_for() {
        let mut line = Line::of("abc", Style::new());
        line.pieces.extend(Line::of("日本def", Style::new()).pieces);
        let drawn = |left| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
            Canvas::new(&mut buffer).line(0, left, &line);
            row(&buffer)
        };
        assert_eq!(drawn(0), "abc ");
        // The second cell of a wide character holds a blank.
        assert_eq!(drawn(2), "c日  ");
        assert_eq!(drawn(7), "def ");
        assert_eq!(drawn(99), "    ");
    }

    #[test]
    fn what_would_do_more_than_stand_there_is_harmless() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
        let hostile = format!("a\u{1b}[2J\u{202e}b\u{9b}{}", "\u{301}".repeat(100_000));
        Canvas::new(&mut buffer).text(0, 0, 40, &hostile, Style::new());
        let row = row(&buffer);
        assert!(row.starts_with("a\\u{1b}[2J\\u{202e}b\\u{9b}"), "{row}");
        assert!(row.len() < 2000, "{}", row.len());
        assert!(!row.chars().any(crate::model::text::is_dangerous));
    }
}
