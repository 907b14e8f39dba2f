//! Values packed into text, one after the other: most of what is kept of a leg is a handful of short texts and small
//! numbers. As numbers are written in ASCII, the whole is text too, and taking a text out of it needs no look at its
//! octets. It is read in the order in which it was written; what was not written reads as nothing.

/// Bits of a number in one octet.
const BITS: u32 = 6;
/// Marks an octet of a number that more follow. The highest bit is never set: numbers are ASCII.
const CONTINUED: u8 = 1 << BITS;
/// [`CONTINUED`] in each of eight octets.
const CONTINUED_EIGHT: u64 = u64::from_ne_bytes([CONTINUED; 8]);
/// Octets of a SHA-256.
const DIGEST: usize = 32;
/// Octets that they are packed into: four for three.
const PACKED_DIGEST: usize = DIGEST.div_ceil(3) * 4 - 1;

/// The octets of a number: six bits each, the lowest first.
#[expect(clippy::cast_possible_truncation, reason = "all but six bits are masked out")]
fn digits(number: u64) -> impl Iterator<Item = u8> {
    let mut left = Some(number);
    std::iter::from_fn(move || {
        let number = left?;
        left = Some(number >> BITS).filter(|left| *left > 0);
        let more = if left.is_some() { CONTINUED } else { 0 };
        Some((number as u8 & (CONTINUED - 1)) | more)
    })
}

/// The number whose digits, without what marks them, are the octets of a word: neighbours are moved together, then
/// pairs, then fours.
const fn joined(word: u64) -> u64 {
    let pairs = word & 0x003f_003f_003f_003f | word >> 2 & 0x0fc0_0fc0_0fc0_0fc0;
    let fours = pairs & 0x0000_0fff_0000_0fff | pairs >> 4 & 0x00ff_f000_00ff_f000;
    fours & 0x0000_0000_00ff_ffff | fours >> 8 & 0x0000_ffff_ff00_0000
}

/// Octets with zeros behind them.
fn padded<const LENGTH: usize>(octets: &[u8]) -> [u8; LENGTH] {
    let mut padded = [0; LENGTH];
    if let Some(room) = padded.get_mut(..octets.len()) {
        room.copy_from_slice(octets);
    }
    padded
}

/// The four digits of three octets, one in each octet.
const fn spread(bits: u32) -> u32 {
    bits & 0x3f | bits << 2 & 0x3f00 | bits << 4 & 0x3f_0000 | bits << 6 & 0x3f00_0000
}

/// The three octets of four digits.
const fn gathered(digits: u32) -> u32 {
    digits & 0x3f | digits >> 2 & 0xfc0 | digits >> 4 & 0x3_f000 | digits >> 6 & 0xfc_0000
}

/// Octets that [`append`] takes beside those of the text, at most.
pub(crate) const APPENDED: usize = u64::BITS.div_ceil(BITS) as usize;

/// Appends a text to what is packed, to be taken out by [`Packed::whole`].
pub(crate) fn append(packed: &mut String, text: &str) {
    packed.extend(digits(text.len() as u64).map(char::from));
    packed.push_str(text);
}

/// Where values are packed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    /// Goes on behind what was packed before.
    pub(crate) fn after(packed: String) -> Self {
        Self(packed.into_bytes())
    }

    /// What was packed.
    pub(crate) fn finish(self) -> String {
        String::from_utf8(self.0).unwrap_or_default()
    }

    pub(crate) fn number(&mut self, number: impl Into<u64>) {
        let number = number.into();
        if number < CONTINUED.into() {
            self.0.push(number as u8);
        } else {
            self.0.extend(digits(number));
        }
    }

    /// A number that may be negative; one near zero is short.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(crate) fn optional(&mut self, number: Option<impl Into<u64>>) {
        self.number(number.is_some());
        if let Some(number) = number {
            self.number(number);
        }
    }

    /// A yes, a no, or neither.
    pub(crate) fn optional_flag(&mut self, flag: Option<bool>) {
        self.number(flag.map_or(0_u64, |flag| 1 + u64::from(flag)));
    }

    /// A text, if there is one.
    pub(crate) fn text(&mut self, text: Option<&str>) {
        self.number(text.map_or(0, |text| text.len() as u64 + 1));
        self.0.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    /// Something packed that may be passed over as one.
    pub(crate) fn whole(&mut self, pack: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        pack(self);
        let end = self.0.len();
        self.0.extend(digits((end - start) as u64));
        let length = self.0.len() - end;
        self.0
            .get_mut(start..)
            .into_iter()
            .for_each(|whole| whole.rotate_right(length));
    }

    /// A SHA-256.
    pub(crate) fn digest(&mut self, digest: &[u8; DIGEST]) {
        let octets: [u8; DIGEST + 1] = padded(digest);
        let mut packed = [0; PACKED_DIGEST + 1];
        for ([low, middle, high], four) in octets.as_chunks().0.iter().zip(packed.as_chunks_mut().0) {
            *four = spread(u32::from_le_bytes([*low, *middle, *high, 0])).to_le_bytes();
        }
        self.0
            .extend_from_slice(packed.get(..PACKED_DIGEST).unwrap_or_default());
    }
}

/// What was packed, as far as it was not taken out yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Packed<'a>(&'a str);

impl<'a> Packed<'a> {
    pub(crate) const fn new(packed: &'a str) -> Self {
        Self(packed)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// All that is left.
    pub(crate) const fn into_text(self) -> &'a str {
        self.0
    }

    #[inline]
    pub(crate) fn number(&mut self) -> u64 {
        match self.0.as_bytes() {
            [octet, ..] if *octet < CONTINUED => {
                self.pass(1);
                u64::from(*octet)
            }
            // Most texts and what is passed over as one have such a length.
            [low, high, ..] if *high < CONTINUED => {
                self.pass(2);
                u64::from(*low & (CONTINUED - 1)) | u64::from(*high) << BITS
            }
            _ => self.long_number(),
        }
    }

    /// A number of more octets: eight are looked at at once, as most have fewer.
    fn long_number(&mut self) -> u64 {
        let eight = self.0.as_bytes().first_chunk();
        // Where there are no eight, none of them is the last.
        let word = eight.map_or(CONTINUED_EIGHT, |eight| u64::from_le_bytes(*eight));
        let ends = !word & CONTINUED_EIGHT;
        if ends == 0 {
            return self.number_by_octets();
        }
        let bits = ends.trailing_zeros();
        self.pass(bits.div_ceil(u8::BITS) as usize);
        joined(word & ((1 << bits) - 1))
    }

    fn number_by_octets(&mut self) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        for octet in self.0.bytes() {
            number |= u64::from(octet & (CONTINUED - 1)) << shift;
            shift += BITS;
            if octet & CONTINUED == 0 || shift > u64::BITS {
                self.pass((shift / BITS) as usize);
                return number;
            }
        }
        self.0 = "";
        0
    }

    /// A number that was no larger when it was packed.
    pub(crate) fn small<N: TryFrom<u64> + Default>(&mut self) -> N {
        N::try_from(self.number()).unwrap_or_default()
    }

    pub(crate) fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.number() != 0
    }

    pub(crate) fn optional<N: TryFrom<u64> + Default>(&mut self) -> Option<N> {
        self.flag().then(|| self.small())
    }

    pub(crate) fn optional_flag(&mut self) -> Option<bool> {
        self.number().checked_sub(1).map(|flag| flag != 0)
    }

    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.number().checked_sub(1)?;
        Some(self.take(length))
    }

    /// Passes over texts.
    pub(crate) fn pass_texts(&mut self, count: usize) {
        (0..count).for_each(|_| {
            self.text();
        });
    }

    /// Something that was packed as one.
    #[inline]
    pub(crate) fn whole(&mut self) -> Self {
        let length = self.number();
        Self(self.take(length))
    }

    /// A SHA-256 as it is packed.
    pub(crate) fn packed_digest(&mut self) -> &'a str {
        self.take(PACKED_DIGEST as u64)
    }

    pub(crate) fn digest(&mut self) -> [u8; DIGEST] {
        let packed: [u8; PACKED_DIGEST + 1] = padded(self.packed_digest().as_bytes());
        let mut octets = [0; DIGEST + 1];
        for (four, three) in packed.as_chunks().0.iter().zip(octets.as_chunks_mut().0) {
            let [low, middle, high, _] = gathered(u32::from_le_bytes(*four)).to_le_bytes();
            *three = [low, middle, high];
        }
        octets.first_chunk().copied().unwrap_or_default()
    }

    #[inline]
    fn take(&mut self, length: u64) -> &'a str {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        taken
    }

    #[inline]
    fn pass(&mut self, octets: usize) {
        self.0 = self.0.get(octets..).unwrap_or_default();
    }
}

/// Texts, each of which there may be none of: the one with a number, or all in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Texts<'a>(Packed<'a>);

impl<'a> Texts<'a> {
    /// What is left of something packed.
    pub(crate) const fn of(rest: Packed<'a>) -> Self {
        Self(rest)
    }

    /// The text with a number; none where it is absent or was not packed.
    pub(crate) fn get(self, number: usize) -> Option<&'a str> {
        let mut rest = self.0;
        rest.pass_texts(number);
        rest.text()
    }

    /// Those behind so many.
    pub(crate) fn after(mut self, count: usize) -> Self {
        self.0.pass_texts(count);
        self
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Option<&'a str>> {
        let mut rest = self.0;
        std::iter::from_fn(move || (!rest.is_empty()).then(|| rest.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out(
            number: u64, signed: i64, optional: Option<u8>, flag: Option<bool>, digest: [u8; DIGEST],
            texts in proptest::collection::vec(proptest::option::of(".{0,200}"), 0..9),
        ) {
            let mut packer = Packer::default();
            packer.number(number);
            packer.signed(signed);
            packer.optional(optional);
            packer.optional_flag(flag);
            packer.whole(|packer| packer.digest(&digest));
            texts.iter().for_each(|text| packer.text(text.as_deref()));
            let packed = packer.finish();
            let mut rest = Packed::new(&packed);
            prop_assert_eq!((rest.number(), rest.signed()), (number, signed));
            prop_assert_eq!((rest.optional(), rest.optional_flag()), (optional, flag));
            prop_assert_eq!(rest.whole().digest(), digest);
            let rest = Texts::of(rest);
            prop_assert_eq!(rest.iter().collect::<Vec<_>>(), texts.iter().map(Option::as_deref).collect::<Vec<_>>());
            prop_assert_eq!(rest.get(texts.len()), None);
            let half = texts.len() / 2;
            prop_assert!(rest.after(half).iter().eq(texts.iter().skip(half).map(Option::as_deref)));
        }
    }

    #[test]
    fn what_was_not_packed_reads_as_nothing() {
        let mut nothing = Packed::default();
        assert_eq!(
            (nothing.number(), nothing.signed(), nothing.flag()),
            (0, 0, false)
        );
        assert_eq!((nothing.text(), nothing.optional::<u8>()), (None, None));
        assert_eq!(nothing.digest(), [0; DIGEST]);
        assert!(nothing.whole().is_empty());
    }

    #[test]
    fn numbers_of_any_length_come_out_whatever_stands_behind_them() {
        let numbers = (0..u64::BITS).flat_map(|bit| [1 << bit, (1 << bit) - 1, u64::MAX >> bit]);
        for (number, behind) in numbers.flat_map(|number| (0..10).map(move |behind| (number, behind))) {
            let mut packer = Packer::default();
            packer.number(number);
            (0..behind).for_each(|_| packer.number(CONTINUED - 1));
            let packed = packer.finish();
            let mut rest = Packed::new(&packed);
            assert_eq!((rest.number(), rest.into_text().len()), (number, behind));
        }
    }

    #[test]
    fn small_numbers_take_one_octet() {
        let mut packer = Packer::default();
        packer.number(63_u64);
        packer.signed(-32);
        packer.text(Some("a"));
        assert_eq!(packer.finish().len(), 4);
    }
}
