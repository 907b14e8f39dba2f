//! Pseudonyms by a secret key: whoever has the key finds the same one for the same number in every run, and nobody else can
//! try numbers out.
//!
//! The pseudonym of a number has as many digits as the number. Each digit is replaced by one that the key chooses for it and
//! for all digits behind it, so that numbers with the same end have pseudonyms with the same end: national and
//! international form stay the forms of one number (the scheme is that of Fan, Xu, Ammar and Moon's prefix-preserving
//! address pseudonyms, from the right). Zeros that a number begins with stay, as they say which form it is.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fewest digits of a number whose owner is to be hidden. What has fewer is a short code: a service, not a person.
pub const NUMBER_DIGITS: usize = 7;

/// From this digit on, counted from the right, a digit that is no zero stays none: no number begins with one, whatever its
/// length, as it would be of another form.
const BEGINNINGS: usize = NUMBER_DIGITS - 1;

/// Fewest octets of a key.
pub const KEY_OCTETS: usize = 16;

/// What pseudonyms are made with.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// The key is a secret.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key that these octets are; none where they are too few to be secret.
    pub fn of(octets: &[u8]) -> Option<Self> {
        if octets.len() < KEY_OCTETS {
            return None;
        }
        Hmac::new_from_slice(octets).ok().map(Self)
    }

    /// What the key makes of a name of some kind.
    fn digest(&self, kind: &str, name: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(name);
        mac.finalize().into_bytes().into()
    }

    /// A number for a name of some kind: 48 bits, so that two of a million names seldom share one.
    pub fn number(&self, kind: &str, name: &str) -> u64 {
        let [a, b, c, d, e, f, ..] = self.digest(kind, name.as_bytes());
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// The digit that stands for a digit before others, `place` digits from the right.
    fn digit(&self, digit: u8, behind: &[u8], place: usize) -> u8 {
        let chosen = self.digest("number", behind);
        let mut digits: [u8; 10] = std::array::from_fn(|at| u8::try_from(at).unwrap_or(0));
        let first = usize::from(place >= BEGINNINGS);
        // Fisher and Yates' shuffle, of two octets each.
        let (pairs, _) = chosen.as_chunks::<2>();
        for (at, pair) in (first + 1..digits.len()).rev().zip(pairs) {
            let with = first + usize::from(u16::from_be_bytes(*pair)) % (at + 1 - first);
            digits.swap(at, with);
        }
        digits.get(usize::from(digit)).copied().unwrap_or(digit)
    }
}

/// Pseudonyms of numbers by a key, with the numbers that were met.
#[derive(Clone, Debug)]
pub struct Numbers {
    key: Key,
    known: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Numbers {
    /// Those of a key; no number was met yet.
    pub const fn new(key: Key) -> Self {
        Self {
            key,
            known: BTreeMap::new(),
        }
    }

    /// What stands for a run of digits, each 0 to 9; the run itself where it is too short for a number.
    pub fn digits(&mut self, run: &[u8]) -> Vec<u8> {
        let zeros = run.iter().take_while(|digit| **digit == 0).count();
        let (zeros, number) = run.split_at(zeros);
        if number.len() < NUMBER_DIGITS {
            return run.to_vec();
        }
        if !self.known.contains_key(number) {
            let digits = number.iter().enumerate();
            let pseudonym = digits.map(|(at, digit)| {
                let behind = number.get(at + 1..).unwrap_or_default();
                self.key.digit(*digit, behind, behind.len())
            });
            self.known.insert(number.to_vec(), pseudonym.collect());
        }
        let pseudonym = self.known.get(number).map(Vec::as_slice);
        [zeros, pseudonym.unwrap_or_default()].concat()
    }

    /// A text with a pseudonym in the place of each number.
    pub fn text(&mut self, text: &str) -> String {
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(begin);
            let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
            let (run, behind) = from.split_at(end);
            let digits: Vec<u8> = run.bytes().map(|digit| digit - b'0').collect();
            said.push_str(before);
            said.extend(self.digits(&digits).iter().map(|digit| char::from(b'0' + digit)));
            rest = behind;
        }
        said.push_str(rest);
        said
    }

    /// The numbers that were met, with their pseudonyms, in order.
    pub fn met(&self) -> impl Iterator<Item = (String, String)> {
        let written = |digits: &[u8]| digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        self.known
            .iter()
            .map(move |(number, pseudonym)| (written(number), written(pseudonym)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(key: &[u8]) -> Numbers {
        Numbers::new(Key::of(key).unwrap())
    }

    #[test]
    fn a_short_key_is_none() {
        assert!(Key::of(&[1; 15]).is_none());
        assert!(Key::of(&[1; 16]).is_some());
    }

    #[test]
    fn the_same_key_gives_the_same_pseudonym_and_another_another() {
        let one = numbers(&[1; 16]).text("+61400000001");
        assert_eq!(one, numbers(&[1; 16]).text("+61400000001"));
        assert_ne!(one, numbers(&[2; 16]).text("+61400000001"));
        assert_eq!(one.len(), "+61400000001".len());
        assert!(one.starts_with('+') && !one.contains("61400000001"));
    }

    #[test]
    fn all_forms_of_a_number_have_pseudonyms_that_are_forms_of_one() {
        let mut numbers = numbers(&[7; 32]);
        let whole = numbers.text("61412345678");
        assert_eq!(
            numbers.text("to +61412345678/TYPE=PLMN"),
            format!("to +{whole}/TYPE=PLMN")
        );
        assert_eq!(numbers.text("0061412345678"), format!("00{whole}"));
        assert_eq!(numbers.text("0412345678"), format!("0{}", whole.split_at(2).1));
        assert_eq!(numbers.text("123456 HTTP/1.1"), "123456 HTTP/1.1");
    }

    #[test]
    fn two_numbers_never_share_a_pseudonym() {
        let mut numbers = numbers(&[3; 16]);
        let pseudonyms: std::collections::BTreeSet<String> = (0..20_000)
            .map(|at| numbers.text(&format!("6140000{at:05}")))
            .collect();
        assert_eq!(pseudonyms.len(), 20_000);
        assert!(
            pseudonyms
                .iter()
                .all(|one| one.len() == 12 && !one.starts_with('0'))
        );
    }
}
