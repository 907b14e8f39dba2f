//! What the mouse does.

use super::{Overlay, State, View, menu_rows, page::Subject};
use crate::browse::{event::Effect, keys::Action};

impl State {
    pub(super) fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        // The title stands above the body.
        let Some(row) = row.checked_sub(1).filter(|row| *row < self.body_rows()) else {
            return;
        };
        if column >= self.width {
            return;
        }
        let row = usize::from(row);
        if let Some(Overlay::Menu(menu)) = &mut self.overlay {
            // Its own title stands above its lines.
            if row.checked_sub(1).is_some_and(|row| menu.click(row)) {
                self.choose();
            }
            return;
        }
        if self.overlay.is_some() {
            return;
        }
        let again = match self.views.last_mut() {
            None => row.checked_sub(1).and_then(|row| self.list.click(row)),
            Some(View::Ladder(ladder)) => row.checked_sub(1).and_then(|row| ladder.click(row)),
            Some(View::Page(_) | View::Stats(_)) => None,
        };
        match (again, self.views.last()) {
            (Some(true), None) => self.open_ladder(effects),
            (Some(true), Some(_)) => self.open_page(Subject::Pdu),
            _ => {}
        }
    }

    pub(super) fn wheel(&mut self, lines: i16) {
        let (rows, columns) = (self.body_rows(), self.width);
        let list_rows = self.list_rows();
        if let Some(Overlay::Menu(menu)) = &mut self.overlay {
            let action = if lines < 0 { Action::Up } else { Action::Down };
            return menu.go(action, menu_rows(self.height));
        }
        match self.views.last_mut() {
            None => self.list.by(lines, list_rows),
            Some(View::Ladder(ladder)) => ladder.by(lines.signum(), rows, columns),
            Some(View::Page(page)) => page.scroll.by(lines, page.extent(rows, columns)),
            Some(View::Stats(figures)) => {
                let extent = super::page::extent(&figures.text, rows, columns);
                figures.scroll.by(lines, extent);
            }
        }
    }
}
