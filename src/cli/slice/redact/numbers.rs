//! Numbers in octets, whatever way they lie in, replaced by pseudonyms that are as long.
//!
//! What is written as text is replaced wherever there are digits enough for a number, known or not. In other ways (nibbles,
//! packed septets, base64, hexadecimal digits, text with separators) chance makes digits, so that only numbers are looked for
//! that stand in the messages, or as text in the frames.

use std::collections::BTreeMap;
use std::ops::Range;

use data_encoding::{BASE64_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER};

use super::views::{Run, View};
use crate::report::redact::keyed::{NUMBER_DIGITS, Numbers};

/// Digits at the end of a number by which it is found where chance makes digits.
const END: usize = 8;

/// Digits that a telephone number has at most (ITU-T E.164 section 6).
const MOST_DIGITS: usize = 15;

/// Numbers that are looked for at most.
const MAX_KNOWN: usize = 1 << 17;

/// Fewest characters of a run that may be base64 of a number, or its hexadecimal digits.
const CODED: usize = 12;

/// What stands before digits that are the protocol's own, in lower case.
const OWN: [&[u8]; 5] = [
    b"content-length:",
    b"size=",
    b"x-mms-message-size:",
    b"bdat ",
    b"date:",
];

/// Numbers that are looked for.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The digits, without zeros before them, by their last ones.
    by_end: BTreeMap<[u8; END], Vec<Vec<u8>>>,
    count: usize,
}

impl Known {
    /// Adds a number, given as digits from 0 to 9.
    pub(super) fn add(&mut self, digits: &[u8]) {
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let number = digits.get(zeros..).unwrap_or_default();
        let fits = (END..=MOST_DIGITS).contains(&number.len()) && self.count < MAX_KNOWN;
        if let Some(end) = number.last_chunk::<END>().filter(|_| fits) {
            let known = self.by_end.entry(*end).or_default();
            if !known.iter().any(|other| other == number) {
                known.push(number.to_vec());
                self.count += 1;
            }
        }
    }

    /// Adds the numbers in a text.
    pub(super) fn add_text(&mut self, text: &str) {
        for run in View::Text.runs(text.as_bytes(), END) {
            self.add(&run.digits);
        }
    }

    /// Where the first known number lies in a run, from a place on.
    fn find(&self, view: View, digits: &[u8], from: usize) -> Option<Range<usize>> {
        (from + END..=digits.len()).find_map(|end| {
            let before = digits.get(from..end)?;
            let numbers = self.by_end.get(before.last_chunk::<END>()?)?;
            let same = |number: &Vec<u8>| {
                let pairs = number.iter().rev().zip(before.iter().rev());
                let same = pairs.take_while(|(one, other)| one == other).count();
                // Four octets of anything may be eight nibbles of a number.
                let is_chance = view.is_of_nibbles() && same == END && same < number.len();
                (!is_chance).then_some(same)
            };
            numbers.iter().filter_map(same).max().map(|same| end - same..end)
        })
    }

    /// Whether one lies in octets in any way that is looked for.
    pub(super) fn lies_in(&self, octets: &[u8]) -> bool {
        if self.count == 0 {
            return false;
        }
        let plain = |octets: &[u8], views: &[View]| {
            views.iter().any(|view| {
                let runs = view.runs(octets, END);
                runs.iter().any(|run| self.find(*view, &run.digits, 0).is_some())
            })
        };
        plain(octets, &View::ALL)
            || coded(octets, is_hex).any(|places| {
                (0..2).any(|from| {
                    unhex(octets, places.get(from..).unwrap_or_default())
                        .is_some_and(|(decoded, _)| plain(&decoded, &[View::Text, View::SwappedNibbles]))
                })
            })
            || coded(octets, is_base64).any(|places| {
                (0..4).any(|from| {
                    unbase64(octets, places.get(from..).unwrap_or_default())
                        .is_some_and(|(decoded, _)| plain(&decoded, &[View::Text, View::Wide]))
                })
            })
    }
}

/// Replaces numbers.
#[derive(Debug)]
pub(super) struct Replacer {
    pub(super) numbers: Numbers,
    pub(super) known: Known,
}

impl Replacer {
    /// Notes the numbers that stand as text in octets, so that they are looked for in other ways: those that are written as
    /// telephone numbers are, as chance and other codings make digits, too.
    pub(super) fn note(&mut self, octets: &[u8]) {
        for range in digit_runs(octets) {
            let before = range.start.checked_sub(1).and_then(|at| octets.get(at));
            let behind = octets.get(range.end..).unwrap_or_default();
            if before == Some(&b'+') || behind.starts_with(b"/TYPE=") {
                self.known.add(&digits_in(octets, range));
            }
        }
    }

    /// Replaces the numbers in octets.
    pub(super) fn replace(&mut self, octets: &mut [u8]) {
        let mut done = self.hexadecimal(octets);
        self.base64(octets);
        self.text(octets, &mut done);
        self.wide(octets);
        for view in View::ALL {
            self.known_in(view, octets);
        }
    }

    /// Puts pseudonyms into places of a run.
    fn put(&mut self, view: View, octets: &mut [u8], run: &Run, range: Range<usize>) {
        let digits = run.digits.get(range.clone()).unwrap_or_default();
        let places = run.places.get(range).unwrap_or_default();
        for (place, digit) in places.iter().zip(self.numbers.digits(digits)) {
            view.put(octets, *place, digit);
        }
    }

    /// Runs of digits in text.
    fn text(&mut self, octets: &mut [u8], done: &mut Vec<Range<usize>>) {
        let mut done = std::mem::take(done).into_iter().peekable();
        for range in digit_runs(octets) {
            while done.next_if(|done| done.end <= range.start).is_some() {}
            let is_done = done.peek().is_some_and(|done| done.start < range.end);
            if is_done || is_own(octets, &range) {
                continue;
            }
            let run = digits_in(octets, range.clone());
            let digits = self.numbers.digits(&run);
            for (octet, digit) in octets.get_mut(range).unwrap_or_default().iter_mut().zip(digits) {
                *octet = b'0' + digit;
            }
        }
    }

    /// Runs of digits in UTF-16: it is no chance where every other octet is zero.
    fn wide(&mut self, octets: &mut [u8]) {
        for run in View::Wide.runs(octets, NUMBER_DIGITS) {
            self.put(View::Wide, octets, &run, 0..run.digits.len());
        }
    }

    /// Known numbers in some view. Text in one piece has been replaced.
    fn known_in(&mut self, view: View, octets: &mut [u8]) {
        if self.known.count == 0 || view == View::Wide {
            return;
        }
        for run in view.runs(octets, END) {
            let mut from = 0;
            while let Some(range) = self.known.find(view, &run.digits, from) {
                from = range.end;
                let places = run.places.get(range.clone()).unwrap_or_default();
                let in_one_piece = places
                    .windows(2)
                    .all(|pair| matches!(pair, [a, b] if a + 1 == *b));
                if view != View::Text || !in_one_piece {
                    self.put(view, octets, &run, range);
                }
            }
        }
    }

    /// Numbers whose characters, or whose nibbles, are written as hexadecimal digits. Gives where they are.
    fn hexadecimal(&mut self, octets: &mut [u8]) -> Vec<Range<usize>> {
        let mut done = Vec::new();
        let runs: Vec<Vec<usize>> = coded(octets, is_hex).collect();
        for places in runs {
            for from in 0..2 {
                let places = places.get(from..).unwrap_or_default();
                let Some((decoded, places)) = unhex(octets, places) else {
                    continue;
                };
                let mut changed = decoded.clone();
                self.text(&mut changed, &mut Vec::new());
                self.known_in(View::SwappedNibbles, &mut changed);
                if changed == decoded {
                    continue;
                }
                let is_upper = places
                    .iter()
                    .any(|place| octets.get(*place).is_some_and(u8::is_ascii_uppercase));
                let written = if is_upper {
                    HEXUPPER.encode(&changed)
                } else {
                    HEXLOWER.encode(&changed)
                };
                write_to(octets, places, written.as_bytes());
                done.extend(
                    places
                        .first()
                        .zip(places.last())
                        .map(|(first, last)| *first..last + 1),
                );
                break;
            }
        }
        done
    }

    /// Known numbers in base64.
    fn base64(&mut self, octets: &mut [u8]) {
        if self.known.count == 0 {
            return;
        }
        let runs: Vec<Vec<usize>> = coded(octets, is_base64).collect();
        for places in runs {
            for from in 0..4 {
                let places = places.get(from..).unwrap_or_default();
                let Some((decoded, places)) = unbase64(octets, places) else {
                    continue;
                };
                let mut changed = decoded.clone();
                for view in [View::Text, View::Wide] {
                    for run in view.runs(&decoded, END) {
                        let mut begin = 0;
                        while let Some(range) = self.known.find(view, &run.digits, begin) {
                            begin = range.end;
                            self.put(view, &mut changed, &run, range);
                        }
                    }
                }
                if changed != decoded {
                    write_to(octets, places, BASE64_NOPAD.encode(&changed).as_bytes());
                    break;
                }
            }
        }
    }

    /// Numbers of the signalling network that stand in its own forms, known or not: addresses of MAP (TS 29.002 clause
    /// 17.7.8, AddressString) and of short messages (TS 23.040 clause 9.1.2.5), IMSIs, and global titles of SCCP (ITU-T Q.713
    /// section 3.4.2.3).
    pub(super) fn signalling(&mut self, octets: &mut [u8]) {
        for at in 0..octets.len() {
            if let Some(nibbles) = signalling_digits(octets, at) {
                let run = Run {
                    digits: nibbles.iter().map(|(digit, _)| *digit).collect(),
                    places: nibbles.iter().map(|(_, place)| *place).collect(),
                };
                self.put(View::SwappedNibbles, octets, &run, 0..run.digits.len());
            }
        }
    }
}

/// The nibbles of the number that a length octet at a place announces.
fn signalling_digits(octets: &[u8], at: usize) -> Option<Vec<(u8, usize)>> {
    let length = usize::from(*octets.get(at)?);
    let numbers = |begin: usize, count: usize| nibbles(octets.get(begin..begin + count)?, begin);
    match octets.get(at + 1..)? {
        // Type of number international, national or unknown, and E.164: the length counts octets in MAP, where a tag of
        // its own stands before it, and digits in short messages.
        [0x91 | 0xa1 | 0x81, ..] => {
            let in_octets = || {
                let fits = (NUMBER_DIGITS / 2 + 1..=11).contains(&length);
                fits.then(|| numbers(at + 2, length - 1)).flatten()
            };
            let in_digits = || {
                let fits = (NUMBER_DIGITS..=20).contains(&length);
                let found = fits.then(|| numbers(at + 2, length.div_ceil(2))).flatten();
                found.filter(|found| found.len() == length)
            };
            match at.checked_sub(1).and_then(|tag| octets.get(tag)) {
                Some(0x80..0x90) => in_octets().or_else(in_digits),
                _ => in_digits().or_else(in_octets),
            }
        }
        // A global title: indicator, translation type, numbering plan and encoding, nature of address.
        [indicator, ..] if indicator >> 2 & 0x0f == 4 && (8..=18).contains(&length) => {
            let before = 1 + if indicator & 1 == 1 { 2 } else { 0 } + usize::from(indicator >> 1 & 1);
            let scheme = octets.get(at + 1 + before + 1)?;
            let is_bcd = scheme >> 4 == 1 && matches!(scheme & 0x0f, 1 | 2);
            let begin = at + 1 + before + 3;
            let count = (at + 1 + length).checked_sub(begin)?;
            is_bcd.then(|| numbers(begin, count)).flatten()
        }
        // An IMSI: 14 or 15 digits in an element of its own.
        [..] if length == 8
            && matches!(
                at.checked_sub(1).and_then(|tag| octets.get(tag)),
                Some(0x04 | 0x80 | 0x82)
            ) =>
        {
            numbers(at + 1, length).filter(|found| (14..=15).contains(&found.len()))
        }
        _ => None,
    }
}

/// The digits in octets that hold nothing but digits, with a filler at the end.
fn nibbles(octets: &[u8], begin: usize) -> Option<Vec<(u8, usize)>> {
    let last = octets.len().checked_mul(2)?.checked_sub(1)?;
    let mut found = Vec::with_capacity(last + 1);
    for (at, octet) in octets.iter().enumerate() {
        for (half, nibble) in [octet & 0x0f, octet >> 4].into_iter().enumerate() {
            let place = 2 * at + half;
            match nibble {
                0..10 => found.push((nibble, 2 * begin + place)),
                0x0f if place == last => {}
                // The filler of a global title with an odd number of digits is zero, and taken for one.
                _ => return None,
            }
        }
    }
    (found.len() >= NUMBER_DIGITS).then_some(found)
}

/// Where runs of digits of ASCII lie that are long enough for a number. Digits of an escape in a URL (RFC 3986 section 2.1)
/// belong to none.
fn digit_runs(octets: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut begin = 0;
    for piece in octets.split_inclusive(|octet| !octet.is_ascii_digit()) {
        let digits = piece.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let before = octets.get(..begin).unwrap_or_default();
        let escaped = match before {
            [.., b'%'] => 2,
            [.., b'%', code] if code.is_ascii_hexdigit() => 1,
            _ => 0,
        };
        if digits >= NUMBER_DIGITS + escaped {
            found.push(begin + escaped..begin + digits);
        }
        begin += piece.len();
    }
    found
}

/// The digits that characters say.
fn digits_in(octets: &[u8], range: Range<usize>) -> Vec<u8> {
    let characters = octets.get(range).unwrap_or_default();
    characters
        .iter()
        .map(|character| character.wrapping_sub(b'0'))
        .collect()
}

/// Whether digits are a length, a size or a time of a protocol, and no number of anybody.
fn is_own(octets: &[u8], range: &Range<usize>) -> bool {
    let before = octets.get(..range.start).unwrap_or_default();
    let near = before.get(before.len().saturating_sub(24)..).unwrap_or_default();
    let named = near.trim_ascii_end().to_ascii_lowercase();
    let spaced = [&named[..], b" "].concat();
    let is_named = OWN
        .iter()
        .any(|own| named.ends_with(own) || spaced.ends_with(own));
    // A time of SMPP 3.4 (section 7.1.1), such as 261127182354000+.
    let behind = octets
        .get(range.end..)
        .and_then(|behind| behind.first_chunk::<2>());
    let is_time = range.len() == MOST_DIGITS && matches!(behind, Some([b'+' | b'-' | b'R', 0]));
    is_named || is_time
}

const fn is_hex(octet: u8) -> bool {
    octet.is_ascii_hexdigit()
}

const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')
}

/// Where runs of some characters lie, over the ends of lines, that are long enough to code a number.
fn coded(octets: &[u8], is_code: fn(u8) -> bool) -> impl Iterator<Item = Vec<usize>> {
    let mut octets = octets.iter().enumerate().peekable();
    std::iter::from_fn(move || {
        let mut places: Vec<usize> = Vec::new();
        loop {
            let (at, octet) = octets.next().unzip();
            match (at, octet) {
                (Some(at), Some(octet)) if is_code(*octet) => places.push(at),
                (Some(_), Some(b'\r' | b'\n')) if !places.is_empty() => {}
                _ if places.len() >= CODED => return Some(places),
                (None, _) | (_, None) => return None,
                _ => places.clear(),
            }
        }
    })
}

fn taken(octets: &[u8], places: &[usize]) -> Vec<u8> {
    places
        .iter()
        .filter_map(|place| octets.get(*place).copied())
        .collect()
}

/// What hexadecimal digits say, with the places of those that were taken.
fn unhex<'p>(octets: &[u8], places: &'p [usize]) -> Option<(Vec<u8>, &'p [usize])> {
    let places = places
        .get(..places.len() & !1)
        .filter(|places| !places.is_empty())?;
    let decoded = HEXLOWER_PERMISSIVE.decode(&taken(octets, places)).ok()?;
    Some((decoded, places))
}

/// What base64 says, in whole groups, with the places of those that were taken.
fn unbase64<'p>(octets: &[u8], places: &'p [usize]) -> Option<(Vec<u8>, &'p [usize])> {
    let places = places
        .get(..places.len() & !3)
        .filter(|places| !places.is_empty())?;
    let decoded = BASE64_NOPAD.decode(&taken(octets, places)).ok()?;
    Some((decoded, places))
}

fn write_to(octets: &mut [u8], places: &[usize], written: &[u8]) {
    for (place, octet) in places.iter().zip(written) {
        if let Some(there) = octets.get_mut(*place) {
            *there = *octet;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::redact::keyed::Key;

    const NUMBER: &str = "61412345678";

    fn replacer() -> Replacer {
        let mut known = Known::default();
        known.add_text(NUMBER);
        Replacer {
            numbers: Numbers::new(Key::of(&[5; 16]).unwrap()),
            known,
        }
    }

    fn pseudonym() -> String {
        replacer().numbers.text(NUMBER)
    }

    fn replaced(octets: &[u8]) -> Vec<u8> {
        let mut changed = octets.to_vec();
        let mut replacer = replacer();
        replacer.replace(&mut changed);
        assert_eq!(changed.len(), octets.len());
        assert!(
            !replacer.known.lies_in(&changed),
            "{:?}",
            String::from_utf8_lossy(&changed)
        );
        changed
    }

    /// The number as the digits of a short message's address have it.
    fn swapped(number: &str) -> Vec<u8> {
        let digits: Vec<u8> = number.bytes().map(|digit| digit - b'0').collect();
        digits
            .chunks(2)
            .map(|pair| pair[0] | pair.get(1).unwrap_or(&0x0f) << 4)
            .collect()
    }

    #[test]
    fn a_number_is_the_same_pseudonym_in_every_form() {
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        let said = pseudonym();
        for form in ["From: +{}/TYPE=PLMN", "a={}&b=", "x-msisdn: {}\r\n", "tel:00{}"] {
            let written = form.replace("{}", NUMBER);
            assert_eq!(text(replaced(written.as_bytes())), form.replace("{}", &said));
        }
        let hex = |number: &str| format!("x-nokia-msisdn: {}\r\n", HEXLOWER.encode(number.as_bytes()));
        assert_eq!(text(replaced(hex(NUMBER).as_bytes())), hex(&said));
        let nibbles = |number: &str| format!("X-Nibbles: {}\r\n", HEXUPPER.encode(&swapped(number)));
        assert_eq!(text(replaced(nibbles(NUMBER).as_bytes())), nibbles(&said));
        let mail = |number: &str| {
            let coded = BASE64_NOPAD.encode(format!("call me: +{number} soon").as_bytes());
            let (one, other) = coded.split_at(11);
            format!("Subject: ?=\r\n\r\n{one}\r\n{other}=\r\n")
        };
        assert_eq!(text(replaced(mail(NUMBER).as_bytes())), mail(&said));
        let wide = |number: &str| -> Vec<u8> { number.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        assert_eq!(replaced(&wide(NUMBER)), wide(&said));
        let address = |number: &str| [&[0x0b, 0x91][..], &swapped(number), &[0xff, 0xff]].concat();
        assert_eq!(replaced(&address(NUMBER)), address(&said));
    }

    #[test]
    fn separators_stay_where_they_are() {
        let spaced = |number: &str| {
            let (country, rest) = number.split_at(2);
            let (area, rest) = rest.split_at(3);
            format!("+{country} {area}-{rest} x")
        };
        let changed = String::from_utf8(replaced(spaced(NUMBER).as_bytes())).unwrap();
        assert_eq!(changed, spaced(&pseudonym()));
        let national = format!("0{}", NUMBER.split_at(2).1);
        let changed = String::from_utf8(replaced(national.as_bytes())).unwrap();
        assert_eq!(changed, format!("0{}", pseudonym().split_at(2).1));
    }

    #[test]
    fn a_packed_text_with_the_number_says_the_pseudonym() {
        let packed = |text: &str| {
            let mut octets = vec![0_u8; text.len() * 7 / 8 + 1];
            for (at, character) in text.bytes().enumerate() {
                for bit in 0..7 {
                    let place = at * 7 + bit;
                    octets[place / 8] |= (character >> bit & 1) << (place % 8);
                }
            }
            octets
        };
        for before in ["", "a", "ab", "abc", "abcd", "abcde", "abcdef"] {
            let message =
                |number: &str| [&[0xff][..], &packed(&format!("{before} {number} now")), &[0xff]].concat();
            assert_eq!(replaced(&message(NUMBER)), message(&pseudonym()), "{before:?}");
        }
    }

    #[test]
    fn what_is_the_protocols_own_stays() {
        for own in [
            "Content-Length: 87654321\r\n",
            "MAIL FROM:<a@b> SIZE=87654321\r\n",
            "BDAT 87654321 LAST\r\n",
            "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\n",
            "\u{0}261127182354000+\u{0}",
        ] {
            assert_eq!(replaced(own.as_bytes()), own.as_bytes(), "{own}");
        }
    }

    #[test]
    fn the_signalling_network_has_forms_of_its_own() {
        let title = |number: &str| [&[0x0b, 0x12, 0x08, 0x00, 0x11, 0x04][..], &swapped(number)].concat();
        let map = |number: &str| [&[0x82, 0x07, 0x91][..], &swapped(number)].concat();
        let imsi = |number: &str| [&[0x80, 0x08][..], &swapped(number)].concat();
        let mut other = Replacer {
            known: Known::default(),
            ..replacer()
        };
        for (form, number) in [
            (&map as &dyn Fn(&str) -> Vec<u8>, NUMBER),
            (&imsi, "505011234567890"),
            (&title, "614123456789"),
        ] {
            let mut octets = form(number);
            other.signalling(&mut octets);
            assert_eq!(octets, form(&other.numbers.text(number)));
            assert_ne!(octets, form(number));
        }
    }
}
