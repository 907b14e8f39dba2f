//! Which part of something larger is on the screen.

use crate::browse::keys::Action;

/// Cells that the view moves sideways at a time.
const SIDEWAYS: usize = 8;

/// How much there is, and how much of it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Lines that there are.
    pub lines: usize,
    /// Cells of the widest of them.
    pub cells: usize,
    /// Lines that are shown.
    pub rows: usize,
    /// Cells that are shown.
    pub columns: usize,
}

/// The first line and the first cell that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The line.
    pub top: usize,
    /// The cell.
    pub left: usize,
}

impl Scroll {
    /// Moves, as far as there is something to be shown.
    pub fn go(&mut self, action: Action, extent: Extent) {
        let page = extent.rows.saturating_sub(1).max(1);
        match action {
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top = self.top.saturating_add(1),
            Action::PageUp => self.top = self.top.saturating_sub(page),
            Action::PageDown => self.top = self.top.saturating_add(page),
            Action::First => *self = Self::default(),
            Action::Last => self.top = extent.lines,
            Action::Left => self.left = self.left.saturating_sub(SIDEWAYS),
            Action::Right => self.left = self.left.saturating_add(SIDEWAYS),
            _ => {}
        }
        self.keep_within(extent);
    }

    /// Moves by lines.
    pub fn by(&mut self, lines: i16, extent: Extent) {
        self.top = self.top.saturating_add_signed(lines.into());
        self.keep_within(extent);
    }

    /// Moves so far that a line is shown.
    pub fn show(&mut self, line: usize, extent: Extent) {
        if line < self.top {
            self.top = line;
        } else if line >= self.top.saturating_add(extent.rows) {
            self.top = (line + 1).saturating_sub(extent.rows);
        }
        self.keep_within(extent);
    }

    /// Moves back where nothing would be shown, as after a change of size.
    pub fn keep_within(&mut self, extent: Extent) {
        self.top = self.top.min(extent.lines.saturating_sub(extent.rows));
        self.left = self.left.min(extent.cells.saturating_sub(extent.columns));
    }
}

/// The row that is chosen among `count`, after a movement; `page` rows are on the screen.
pub fn chosen(selected: usize, action: Action, count: usize, page: usize) -> usize {
    let page = page.saturating_sub(1).max(1);
    let to = match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => selected.saturating_add(1),
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => selected.saturating_add(page),
        Action::First => 0,
        Action::Last => count,
        _ => selected,
    };
    to.min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent {
        lines: 100,
        cells: 90,
        rows: 20,
        columns: 80,
    };

    #[test]
    fn the_view_stays_on_what_there_is() {
        let mut scroll = Scroll::default();
        scroll.go(Action::Up, EXTENT);
        assert_eq!(scroll, Scroll::default());
        scroll.go(Action::PageDown, EXTENT);
        assert_eq!(scroll.top, 19);
        scroll.go(Action::Last, EXTENT);
        scroll.go(Action::Right, EXTENT);
        scroll.go(Action::Right, EXTENT);
        assert_eq!(scroll, Scroll { top: 80, left: 10 });
        scroll.show(5, EXTENT);
        assert_eq!(scroll.top, 5);
        scroll.show(24, EXTENT);
        assert_eq!(scroll.top, 5);
        scroll.show(25, EXTENT);
        assert_eq!(scroll.top, 6);
        scroll.by(-3, EXTENT);
        assert_eq!(scroll.top, 3);
        scroll.keep_within(Extent { lines: 3, ..EXTENT });
        assert_eq!(scroll.top, 0);
    }

    #[test]
    fn the_chosen_row_is_one_that_there_is() {
        assert_eq!(chosen(0, Action::Up, 5, 3), 0);
        assert_eq!(chosen(4, Action::Down, 5, 3), 4);
        assert_eq!(chosen(0, Action::PageDown, 5, 3), 2);
        assert_eq!(chosen(1, Action::Last, 5, 3), 4);
        assert_eq!(chosen(0, Action::Last, 0, 3), 0);
    }
}
