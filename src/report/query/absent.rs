//! Addresses that were asked for and that no message has, with those that are near.

use super::address::Address;
use super::selection::Selection;
use crate::correlate::address::comparable;
use crate::model::SharedSort;
use crate::report::document::Message;

/// Near addresses that are told.
const NEAR: usize = 3;

/// Longer addresses are not compared, so that a comparison costs little whatever a capture holds.
const LONGEST: usize = 64;

/// Whose address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Sender,
    Recipient,
}

/// Looks for addresses that are asked for.
#[derive(Clone, Debug, Default)]
pub struct Absent {
    asked: Vec<Asked>,
}

#[derive(Clone, Debug)]
struct Asked {
    side: Side,
    address: Address,
    found: bool,
    /// Nearest first, with in how many characters each differs.
    near: Vec<(usize, String)>,
}

impl Absent {
    /// For the addresses of a selection.
    pub fn of(selection: &Selection) -> Self {
        let asked = |side| {
            move |address: &Address| Asked {
                side,
                address: address.clone(),
                found: false,
                near: Vec::new(),
            }
        };
        let from = selection.from.iter().map(asked(Side::Sender));
        let to = selection.to.iter().map(asked(Side::Recipient));
        Self {
            asked: from.chain(to).collect(),
        }
    }

    /// Looks at one message.
    pub fn look(&mut self, message: &Message) {
        for asked in self.asked.iter_mut().filter(|asked| !asked.found) {
            match asked.side {
                Side::Sender => message.from.iter().for_each(|from| asked.look(from)),
                Side::Recipient => message.recipients.iter().for_each(|to| asked.look(to)),
            }
        }
    }

    /// What to say of each address that no message has.
    pub fn told(&self) -> impl Iterator<Item = String> {
        self.asked.iter().filter(|asked| !asked.found).map(Asked::told)
    }
}

impl Asked {
    fn look(&mut self, address: &str) {
        if self.address.is(address) {
            self.found = true;
            return;
        }
        let Some(typed) = self.address.plain() else { return };
        let other = comparable(address);
        if other.len() > LONGEST
            || typed.len() > LONGEST
            || self.near.iter().any(|(_, known)| known == address)
        {
            return;
        }
        let slips = strsim::levenshtein(typed, &other);
        // More than half of it alike.
        if slips.saturating_mul(2) < typed.len() {
            self.near.push((slips, address.to_owned()));
            self.near.shared_sort();
            self.near.truncate(NEAR);
        }
    }

    fn told(&self) -> String {
        let side = match self.side {
            Side::Sender => "from",
            Side::Recipient => "to",
        };
        let near: Vec<&str> = self.near.iter().map(|(_, address)| address.as_str()).collect();
        let near = match near.as_slice() {
            [] => "no address is near it".to_owned(),
            near => format!("near it: {}", near.join(", ")),
        };
        format!("no message is {side} {}; {near}", self.address.typed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn told(from: &[&str], to: &[&str]) -> Vec<String> {
        let addresses = |typed: &[&str]| typed.iter().map(|typed| Address::new(typed)).collect();
        let mut absent = Absent::of(&Selection {
            from: addresses(from),
            to: addresses(to),
            ..Selection::default()
        });
        sample::document()
            .messages
            .iter()
            .for_each(|message| absent.look(message));
        absent.told().collect()
    }

    #[test]
    fn an_address_that_no_message_has_is_told_with_those_near_it() {
        assert_eq!(
            told(&["+61400000001"], &["0061 400 000 002"]),
            Vec::<String>::new()
        );
        assert_eq!(
            told(&[], &["+61400000902"]),
            ["no message is to +61400000902; near it: +61400000002, +61400000003"]
        );
        assert_eq!(
            told(&["+4915222345678"], &[]),
            ["no message is from +4915222345678; no address is near it"]
        );
    }

    #[test]
    fn a_pattern_has_no_neighbours() {
        assert_eq!(
            told(&[], &["+999*"]),
            ["no message is to +999*; no address is near it"]
        );
    }
}
