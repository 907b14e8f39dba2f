//! The ways in which digits lie in octets: as text, in 16 bits each, as nibbles, in 7 bits each.

/// Digits that follow each other in some view of octets.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The digits, each 0 to 9.
    pub(super) digits: Vec<u8>,
    /// Where each lies, in the view's own units.
    pub(super) places: Vec<usize>,
}

/// A way in which digits may lie in octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Characters of ASCII, with separators, escapes of URLs, mail or XML, and folded lines between and around them.
    Text,
    /// UTF-16, in either order.
    Wide,
    /// Nibbles, the low one first: TBCD (3GPP TS 29.002 clause 17.7.8) and addresses of TS 23.040.
    SwappedNibbles,
    /// Nibbles, the high one first.
    Nibbles,
    /// Characters of 7 bits, packed from this bit on (TS 23.038 clause 6.1.2.1).
    Septets(u8),
}

impl View {
    /// All of them.
    pub(super) const ALL: [Self; 11] = [
        Self::Text,
        Self::Wide,
        Self::SwappedNibbles,
        Self::Nibbles,
        Self::Septets(0),
        Self::Septets(1),
        Self::Septets(2),
        Self::Septets(3),
        Self::Septets(4),
        Self::Septets(5),
        Self::Septets(6),
    ];

    /// The runs of at least `least` digits.
    pub(super) fn runs(self, octets: &[u8], least: usize) -> Vec<Run> {
        let mut runs = Runs {
            least,
            ..Runs::default()
        };
        match self {
            Self::Text => text(octets, &mut runs),
            Self::Wide => wide(octets, &mut runs),
            Self::SwappedNibbles | Self::Nibbles => {
                for place in 0..octets.len().saturating_mul(2) {
                    let nibble = octets.get(place / 2).map_or(0, |octet| match self.is_low(place) {
                        true => octet & 0x0f,
                        false => octet >> 4,
                    });
                    runs.take((nibble < 10).then_some(nibble), place);
                }
            }
            Self::Septets(first) => {
                let mut bit = usize::from(first);
                while let Some(septet) = septet(octets, bit) {
                    runs.take(digit(septet), bit);
                    bit += 7;
                }
            }
        }
        runs.end();
        runs.found
    }

    /// Puts a digit to a place.
    pub(super) fn put(self, octets: &mut [u8], place: usize, digit: u8) {
        match self {
            Self::Text | Self::Wide => {
                if let Some(octet) = octets.get_mut(place) {
                    *octet = b'0' + digit;
                }
            }
            Self::SwappedNibbles | Self::Nibbles => {
                let is_low = self.is_low(place);
                if let Some(octet) = octets.get_mut(place / 2) {
                    *octet = match is_low {
                        true => *octet & 0xf0 | digit,
                        false => *octet & 0x0f | digit << 4,
                    };
                }
            }
            // Of a digit's seven bits, the lower four say which.
            Self::Septets(_) => {
                for bit in 0..4 {
                    let (at, shift) = ((place + bit) / 8, (place + bit) % 8);
                    if let Some(octet) = octets.get_mut(at) {
                        *octet = *octet & !(1 << shift) | (digit >> bit & 1) << shift;
                    }
                }
            }
        }
    }

    /// Whether a digit has four bits, so that most octets are two.
    pub(super) const fn is_of_nibbles(self) -> bool {
        matches!(self, Self::SwappedNibbles | Self::Nibbles)
    }

    fn is_low(self, place: usize) -> bool {
        matches!(self, Self::SwappedNibbles) == place.is_multiple_of(2)
    }
}

/// The seven bits from a bit on.
fn septet(octets: &[u8], bit: usize) -> Option<u8> {
    let low = u16::from(*octets.get(bit / 8)?);
    let shift = bit % 8;
    let high = match octets.get(bit / 8 + 1) {
        Some(high) => u16::from(*high),
        None if shift <= 1 => 0,
        None => return None,
    };
    u8::try_from((low | high << 8) >> shift & 0x7f).ok()
}

fn digit(character: u8) -> Option<u8> {
    character.is_ascii_digit().then(|| character - b'0')
}

/// Separators between digits of one number, of which two may follow each other.
const fn is_separator(octet: u8) -> bool {
    matches!(
        octet,
        b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'\t' | b'\r' | b'\n'
    )
}

fn text(octets: &[u8], runs: &mut Runs) {
    let mut at = 0;
    let mut between = 0;
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        let (taken, found) = match rest {
            [b'=' | b'%', b'3', code, ..] => (3, digit(*code)),
            [b'&', b'#', b'x', b'3', code, b';', ..] => (6, digit(*code)),
            [b'=', b'\r', b'\n', ..] => (3, None),
            [octet, ..] => (1, digit(*octet)),
            [] => break,
        };
        // The octet that says which digit: the last, but for that which ends an escape of XML.
        let place = at + if taken == 6 { 4 } else { taken - 1 };
        let is_fold = taken == 3 && found.is_none() && rest.get(1) == Some(&b'\r');
        let is_between = rest.first().is_some_and(|octet| is_separator(*octet));
        match found {
            Some(_) => {
                runs.take(found, place);
                between = 0;
            }
            None if (is_fold || is_between) && between < 2 => between += 1,
            None => {
                runs.end();
                between = 0;
            }
        }
        at += if found.is_some() || is_fold { taken } else { 1 };
    }
}

fn wide(octets: &[u8], runs: &mut Runs) {
    let mut at = 0;
    while at < octets.len() {
        let found = match octets.get(at..at + 2) {
            Some([0, code]) => digit(*code).map(|digit| (digit, at + 1)),
            Some([code, 0]) => digit(*code).map(|digit| (digit, at)),
            _ => None,
        };
        match found {
            Some((digit, place)) => {
                runs.take(Some(digit), place);
                at += 2;
            }
            None => {
                runs.end();
                at += 1;
            }
        }
    }
}

/// Puts runs together.
#[derive(Debug, Default)]
struct Runs {
    least: usize,
    now: Run,
    found: Vec<Run>,
}

impl Runs {
    fn take(&mut self, digit: Option<u8>, place: usize) {
        match digit {
            Some(digit) => {
                self.now.digits.push(digit);
                self.now.places.push(place);
            }
            None => self.end(),
        }
    }

    fn end(&mut self) {
        if self.now.digits.len() >= self.least {
            self.found.push(std::mem::take(&mut self.now));
        }
        self.now.digits.clear();
        self.now.places.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a view sees, and what it looks like with another number put there.
    fn seen(view: View, octets: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let runs = view.runs(octets, 7);
        let mut changed = octets.to_vec();
        for run in &runs {
            for (digit, place) in run.digits.iter().zip(&run.places) {
                view.put(&mut changed, *place, 9 - digit);
            }
        }
        (runs.into_iter().map(|run| run.digits).collect(), changed)
    }

    const NUMBER: [u8; 11] = [6, 1, 4, 0, 0, 0, 0, 0, 0, 0, 1];

    #[test]
    fn text_has_separators_escapes_and_folds() {
        for (text, other) in [
            ("61400000001", "38599999998"),
            ("+61 400-000 001", "+38 599-999 998"),
            ("%36%31400000001", "%33%38599999998"),
            ("=361400=\r\n000001", "=338599=\r\n999998"),
            ("&#x36;1400000001", "&#x33;8599999998"),
        ] {
            let (runs, changed) = seen(View::Text, text.as_bytes());
            assert_eq!(runs, [NUMBER], "{text}");
            assert_eq!(String::from_utf8(changed).unwrap(), other);
        }
        assert_eq!(
            seen(View::Text, b"614 and 00000001").0,
            [[0, 0, 0, 0, 0, 0, 0, 1]]
        );
    }

    #[test]
    fn nibbles_and_characters_of_sixteen_and_seven_bits() {
        let (runs, changed) = seen(View::SwappedNibbles, &[0x91, 0x16, 0x04, 0, 0, 0, 0xf1]);
        assert!(runs[0].ends_with(&NUMBER), "{runs:?}");
        assert!(changed.ends_with(&[0x83, 0x95, 0x99, 0x99, 0x99, 0xf8]));
        assert_eq!(
            seen(View::Nibbles, &[0xff, 0x61, 0x40, 0, 0, 0, 0x1f]).0,
            [NUMBER]
        );
        let wide: Vec<u8> = "x61400000001x"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(seen(View::Wide, &wide).0, [NUMBER]);
        // "1234567" in 7 bits each, as TS 23.038 packs it.
        let packed = [0x31, 0xd9, 0x8c, 0x56, 0xb3, 0xdd, 0x00];
        let (runs, changed) = seen(View::Septets(0), &packed);
        assert_eq!(runs, [[1, 2, 3, 4, 5, 6, 7]]);
        assert_eq!(seen(View::Septets(0), &changed).0, [[8, 7, 6, 5, 4, 3, 2]]);
        let shifted: Vec<u8> = [0].into_iter().chain(packed).collect();
        assert_eq!(View::Septets(1).runs(&shifted, 7).len(), 1);
    }
}
