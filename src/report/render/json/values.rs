//! Numbers, words, times and places in JSON. None of them needs an escape.

use std::net::IpAddr;

use super::page::{Json, Page};
use crate::mms::MessageType;
use crate::model::{Confidence, Evidence, FailureKind, Outcome, Stage, State, SubmissionState};
use crate::model::{Endpoint, Timestamp};
use crate::report::document::digest::Digest;
use crate::report::document::pdu_name;
use crate::session::Bearer;

impl Json for f64 {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.by_library(self);
    }
}

impl Json for bool {
    #[inline]
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        let word = if *self { "true" } else { "false" };
        page.add(word.as_bytes());
    }
}

impl Json for u64 {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        match u32::try_from(*self) {
            Ok(number @ 0..100_000_000) => {
                let (digits, zeros) = eight_digits(number);
                page.add_first(&digits, 8 - zeros);
            }
            _ => page.add(itoa::Buffer::new().format(*self).as_bytes()),
        }
    }
}

impl Json for u32 {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        u64::from(*self).put(page);
    }
}

/// The digits of a number of at most eight, those that count first, and how many do not. They are split in halves
/// together: each step divides all lanes of a register by multiplying with the reciprocal.
const fn eight_digits(number: u32) -> ([u8; 8], usize) {
    let number = number as u64;
    let fours = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - 10 * tens) << 8);
    // The first digit is the lowest octet. One zero counts.
    let zeros = (digits | (1 << 56)).trailing_zeros() / 8;
    let text = digits + u64::from_ne_bytes([b'0'; 8]);
    ((text >> (8 * zeros)).to_le_bytes(), zeros as usize)
}

/// Words of ours, of which each is plain.
macro_rules! words {
    ($($type:ty),+) => {
        $(impl Json for $type {
            fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
                page.plain(self.as_str().as_bytes());
            }
        })+
    };
}

words!(
    Confidence,
    Evidence,
    FailureKind,
    Outcome,
    Stage,
    State,
    SubmissionState
);

impl Json for Bearer {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.plain(self.name().as_bytes());
    }
}

impl Json for MessageType {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.plain(pdu_name(*self).as_bytes());
    }
}

impl Json for Timestamp {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        let (octets, length) = self.rfc3339();
        page.add(b"\"");
        page.add_first(&octets, length);
        page.add(b"\"");
    }
}

impl Json for Digest {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        page.plain(&self.digits());
    }
}

impl Json for Endpoint {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        let IpAddr::V4(address) = self.address else {
            page.plain(self.to_string().as_bytes());
            return;
        };
        page.add(b"\"");
        for octet in address.octets() {
            if let Some((text, length)) = NUMBERS.get(usize::from(octet)) {
                page.add_first(text, *length);
            }
        }
        page.replace_last(b':');
        u32::from(self.port).put(page);
        page.add(b"\"");
    }
}

/// What an octet may be, as a number with a dot behind it, and of how many characters.
static NUMBERS: [([u8; 4], usize); 256] = {
    let mut numbers = [([0; 4], 0); 256];
    let (mut rest, mut number) = (numbers.as_mut_slice(), 0);
    while let [entry, others @ ..] = rest {
        let ([first, second, third, ..], zeros) = eight_digits(number);
        *entry = match 8 - zeros {
            1 => ([first, b'.', 0, 0], 2),
            2 => ([first, second, b'.', 0], 3),
            _ => ([first, second, third, b'.'], 4),
        };
        (rest, number) = (others, number + 1);
    }
    numbers
};

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::report::render::json::write;

    fn here<const INDENTED: bool>(value: &impl Json) -> String {
        let mut page = Page::<INDENTED>::new();
        value.put(&mut page);
        page.end_line();
        let mut out = Vec::new();
        page.write_to(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Holds for a value that is put down as the library does it, on one line and on many.
    fn is_as_by_library(value: &(impl Json + serde::Serialize)) {
        for (is_indented, here) in [(false, here::<false>(value)), (true, here::<true>(value))] {
            let mut by_library = Vec::new();
            write(&mut by_library, value, is_indented).unwrap();
            assert_eq!(here, String::from_utf8(by_library).unwrap());
        }
    }

    #[test]
    fn every_kind_of_value() {
        is_as_by_library(&vec![Some(true), Some(false), None]);
        is_as_by_library(&vec![0_u64, 7, 10, 99_999_999, 100_000_000, u64::MAX]);
        is_as_by_library(&vec![f64::NAN, 0.1, -2.0, 1e300, 4216.671]);
        is_as_by_library(&Vec::<u32>::new());
        is_as_by_library(&vec![vec![1_u32], vec![], vec![2, 3]]);
        is_as_by_library(&BTreeMap::from([("a".to_owned(), 1), ("\"".to_owned(), 2)]));
        is_as_by_library(&BTreeMap::<String, u64>::new());
        is_as_by_library(&Cow::Borrowed("word"));
        is_as_by_library(&vec![Outcome::Success, Outcome::Open]);
        is_as_by_library(&FailureKind::ALL.to_vec());
        is_as_by_library(&State::ALL.to_vec());
        is_as_by_library(&vec![Bearer::Http, Bearer::PushUdp]);
        is_as_by_library(&[MessageType::ALL, &[MessageType(0xff)]].concat());
        is_as_by_library(&Digest(std::array::from_fn(|at| at as u8 * 8)));
        is_as_by_library(&vec![Timestamp::default(), Timestamp::from_nanoseconds(-1)]);
    }

    #[test]
    fn both_halves_of_a_number_have_their_digits_whatever_they_are() {
        let digits = |number: u32| {
            let (digits, zeros) = eight_digits(number);
            String::from_utf8(digits[..8 - zeros].to_vec()).unwrap()
        };
        for half in 0..10_000 {
            let whole = half * 10_000 + (9_999 - half);
            assert_eq!(
                (digits(half), digits(whole)),
                (half.to_string(), whole.to_string())
            );
        }
    }

    #[test]
    fn lists_as_deep_as_none_is() {
        /// Lists in one another, to this depth.
        struct Nested(usize);

        impl Nested {
            fn inner(&self) -> Vec<Self> {
                self.0.checked_sub(1).map(Self).into_iter().collect()
            }
        }

        impl Json for Nested {
            fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
                self.inner().put(page);
            }
        }

        impl serde::Serialize for Nested {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.inner().serialize(serializer)
            }
        }

        (0..40).map(Nested).for_each(|nested| is_as_by_library(&nested));
    }

    #[test]
    fn every_address() {
        for octet in 0..=255 {
            is_as_by_library(&Endpoint::new([octet, 0, 255 - octet, octet].into(), 80));
        }
    }

    proptest! {
        #[test]
        fn any_text_and_number(
            texts: BTreeMap<String, u64>,
            list: Vec<Option<String>>,
            number: f64,
            count: u32,
            digits in 0_u32..8,
        ) {
            is_as_by_library(&(count / 10_u32.pow(digits)));
            is_as_by_library(&texts);
            is_as_by_library(&list);
            is_as_by_library(&number);
        }

        #[test]
        fn any_place(address: [u8; 4], long: [u8; 16], port: u16, nanoseconds: i64) {
            is_as_by_library(&Endpoint::new(address.into(), port));
            is_as_by_library(&Endpoint::new(long.into(), port));
            is_as_by_library(&Timestamp::from_nanoseconds(nanoseconds));
        }
    }
}
