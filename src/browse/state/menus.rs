//! The menus: what stands in them, and what choosing does.

use super::{
    Overlay, State,
    figures::groupings,
    list::{Facet, Question},
    menu::{Item, Menu, Purpose},
    menu_rows,
};
use crate::browse::{data::Following, keys::Action};
use crate::report::{
    document::{FailureKind, Message, Outcome},
    render::columns::{NAMED, Named},
    words::{explain::kind_in_words, human, style::Tone},
};

impl State {
    pub(super) fn open_menu(&mut self, action: Action) {
        let mut menu = match action {
            Action::Failures => self.menu_of_failures(),
            Action::Sort => self.menu_of_columns(),
            _ => {
                let items = groupings().into_iter().map(Item::plain).collect();
                Menu::new("Group by", items, Purpose::GroupBy, self.grouping)
            }
        };
        menu.show_chosen(menu_rows(self.height));
        self.overlay = Some(Overlay::Menu(menu));
    }

    fn menu_of_columns(&self) -> Menu {
        let order = self.list.order();
        // Only messages that were followed have revisions.
        let has_revisions = self.data.following != Following::No;
        let columns = NAMED.iter().enumerate();
        let columns: Vec<(usize, &Named)> = columns
            .filter(|(_, named)| has_revisions || named.name != "revision")
            .collect();
        let items = columns.iter().map(|(at, named)| {
            let at = *at;
            let direction = match order {
                Some((same, false)) if same == at => "  (again: the other way round)",
                Some((same, true)) if same == at => "  (turned round)",
                _ => "",
            };
            Item::plain(format!("{}{direction}", named.name))
        });
        let items = items.collect();
        let columns: Vec<usize> = columns.into_iter().map(|(at, _)| at).collect();
        let selected = order.and_then(|(at, _)| columns.iter().position(|column| *column == at));
        Menu::new(
            "Sort by",
            items,
            Purpose::Sort(columns),
            selected.unwrap_or_default(),
        )
    }

    /// The outcomes and failures that there are, with how many messages have each.
    fn menu_of_failures(&self) -> Menu {
        let style = self.look.style(None);
        let mut facets = vec![Facet::All];
        let mut items = vec![Item::plain(format!(
            "{:>8}  all",
            human::grouped(self.data.count())
        ))];
        let counts = counts(self.data.messages());
        for (outcome, count) in Outcome::ALL.iter().zip(counts.outcomes) {
            if count > 0 {
                facets.push(Facet::Outcome(*outcome));
                items.push(Item {
                    label: format!("{:>8}  {}", human::grouped(count), style.verdict(*outcome)),
                    tone: Tone::of(*outcome),
                });
            }
        }
        for (kind, count) in FailureKind::ALL.iter().zip(counts.failures) {
            if count > 0 {
                facets.push(Facet::Failure(*kind));
                let label = format!("{:>8}  {kind}: {}", human::grouped(count), kind_in_words(*kind));
                items.push(Item::plain(label));
            }
        }
        let facet = self.list.question().facet;
        let selected = facets.iter().position(|known| *known == facet).unwrap_or(0);
        Menu::new("Messages with", items, Purpose::Failures(facets), selected)
    }

    pub(super) fn in_menu(&mut self, action: Action) {
        let Some(Overlay::Menu(menu)) = &mut self.overlay else {
            return;
        };
        match action {
            Action::Accept => self.choose(),
            Action::Abandon => self.overlay = None,
            _ => menu.go(action, menu_rows(self.height)),
        }
    }

    /// Does what the chosen line of the menu says.
    pub(super) fn choose(&mut self) {
        let Some(Overlay::Menu(menu)) = self.overlay.take() else {
            return;
        };
        match menu.purpose {
            Purpose::Failures(facets) => {
                let question = Question {
                    facet: facets.get(menu.selected).copied().unwrap_or_default(),
                    ..self.list.question().clone()
                };
                self.list.ask(question);
            }
            Purpose::Sort(columns) => {
                if let Some(column) = columns.get(menu.selected) {
                    self.list.sort_by(*column);
                }
            }
            Purpose::GroupBy => {
                self.grouping = menu.selected;
                self.views.pop();
                self.count();
            }
        }
        self.list.show_chosen(self.list_rows());
    }
}

/// How many messages have each outcome and each failure.
struct Counts {
    outcomes: [u64; Outcome::ALL.len()],
    failures: [u64; FailureKind::ALL.len()],
}

fn counts<'a>(messages: impl Iterator<Item = &'a Message>) -> Counts {
    let mut counts = Counts {
        outcomes: [0; Outcome::ALL.len()],
        failures: [0; FailureKind::ALL.len()],
    };
    for message in messages {
        for (outcome, count) in Outcome::ALL.iter().zip(&mut counts.outcomes) {
            *count += u64::from(message.outcome == *outcome);
        }
        for (kind, count) in FailureKind::ALL.iter().zip(&mut counts.failures) {
            *count += u64::from(message.failures.iter().any(|failure| failure.kind == *kind));
        }
    }
    counts
}
