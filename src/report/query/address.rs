//! Addresses as they are asked for: in any spelling of a number, with `*` for anything.

use crate::correlate::address;

/// An address asked for. Of numbers, blanks, dashes, a leading `+` or `00` make no difference, and national and
/// international form are one; of names, case makes none; `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pieces: Vec<String>,
    typed: String,
}

impl Address {
    /// The address as typed.
    pub fn new(typed: &str) -> Self {
        let compared = match typed.contains('*') {
            true => pattern(typed),
            false => address::comparable(typed).into_owned(),
        };
        Self {
            pieces: compared.split('*').map(str::to_owned).collect(),
            typed: typed.to_owned(),
        }
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// In the form in which addresses are compared, where it is none with `*`.
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether an address is the one asked for.
    pub fn is(&self, address: &str) -> bool {
        let address = address::comparable(address);
        let Some((first, rest)) = self.pieces.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return address::is_one_subscriber(&address, first);
        };
        let Some(inner) = address.strip_prefix(first.as_str()) else {
            return false;
        };
        let Some(mut inner) = inner.strip_suffix(last.as_str()) else {
            return false;
        };
        for piece in middle {
            match inner.split_once(piece.as_str()) {
                Some((_, after)) => inner = after,
                None => return false,
            }
        }
        true
    }
}

/// A pattern in the form in which addresses are compared.
fn pattern(typed: &str) -> String {
    let typed = typed.trim();
    let digits = typed.strip_prefix('+').or_else(|| typed.strip_prefix("00"));
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '*' | ' ' | '-' | '.' | '(' | ')');
    match digits.unwrap_or(typed) {
        number if number.chars().all(is_number) => number
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '*')
            .collect(),
        name => name.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let is = |typed: &str, address: &str| Address::new(typed).is(address);
        assert!(is("+61400000001", "61400000001/TYPE=PLMN"));
        assert!(is("0061400000001", "+61400000001"));
        assert!(is("A@Example.org", "a@example.ORG"));
        assert!(is("+6140*1", "+61400000001"));
        assert!(is("*", ""));
        assert!(is("6*0*1", "+61400000001"));
        assert!(!is("61400000001*1", "+61400000001"));
        assert!(!is("6140000000", "+61400000001"));
    }

    #[test]
    fn blanks_dashes_and_the_national_form_make_no_difference() {
        let is = |typed: &str, address: &str| Address::new(typed).is(address);
        assert!(is("+61 400-000-001", "+61400000001"));
        assert!(is("0400000001", "+61400000001"));
        assert!(is("+61400000001", "0400 000 001"));
        assert!(is("+61 400*", "+61400000001"));
        assert!(!is("000001", "+61400000001"));
    }
}
