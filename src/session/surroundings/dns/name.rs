//! Names in messages of DNS (RFC 1035 sections 3.1 and 4.1.4).

use std::fmt::{self, Display, Formatter, Write as _};

/// Octets of a name at most, the lengths of its labels and the root included (RFC 1035 section 3.1).
pub(super) const NAME_OCTETS: usize = 255;

/// Pointers followed within a name. Encoders write a few; each has to lead backwards, but hostile ones could lead two octets
/// back at a time.
const POINTERS: usize = 16;

/// The two highest bits of a length: a pointer, or none.
const POINTER: u8 = 0xc0;

/// A name as it lies in a message, perhaps compressed. Its labels can be read.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    message: &'a [u8],
    start: usize,
}

impl<'a> Name<'a> {
    /// Reads the name at an offset of a message; with the offset behind it. None where it is cut, longer than a name may be,
    /// or its pointers lead anywhere but backwards.
    pub(super) fn read(message: &'a [u8], start: usize) -> Option<(Self, usize)> {
        let mut walk = Walk::new(message, start);
        let (mut octets, mut pointers) = (1, 0);
        let mut end = None;
        loop {
            match walk.step()? {
                Step::Label(label) => octets += label.len() + 1,
                Step::Pointer => {
                    pointers += 1;
                    end = end.or(Some(walk.behind_pointer));
                }
                Step::Root => return Some((Self { message, start }, end.unwrap_or(walk.at))),
            }
            if octets > NAME_OCTETS || pointers > POINTERS {
                return None;
            }
        }
    }

    /// Its labels, the first one first.
    pub fn labels(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let mut walk = Walk::new(self.message, self.start);
        std::iter::from_fn(move || {
            loop {
                match walk.step()? {
                    Step::Label(label) => return Some(label),
                    Step::Pointer => {}
                    Step::Root => return None,
                }
            }
        })
    }

    /// Its labels in lower case, each behind its length, and the root; no pointers. Names are the same where these are (RFC
    /// 4343).
    pub(super) fn lower(self, buffer: &mut [u8; NAME_OCTETS]) -> &[u8] {
        let mut end = 0_usize;
        for label in self.labels() {
            let behind = end.saturating_add(1).saturating_add(label.len());
            let room = buffer.get_mut(end..behind).and_then(<[u8]>::split_first_mut);
            // A name that was read has room.
            let Some((length, text)) = room else { break };
            *length = u8::try_from(label.len()).unwrap_or_default();
            text.copy_from_slice(label);
            text.make_ascii_lowercase();
            end = behind;
        }
        if let Some(root) = buffer.get_mut(end) {
            *root = 0;
        }
        buffer.get(..=end).unwrap_or_default()
    }

    /// It as text: in lower case, with dots between its labels and none at its end; see [`Display`].
    pub fn text(self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    /// The same, at the end of a text; quickly where it is made of visible characters.
    pub(super) fn write_to(self, text: &mut String) {
        let start = text.len();
        for label in self.labels() {
            let plain = |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'.' | b'\\');
            match std::str::from_utf8(label) {
                Ok(label) if label.bytes().all(|octet| plain(&octet)) => {
                    if text.len() > start {
                        text.push('.');
                    }
                    text.push_str(label);
                }
                _ => {
                    text.truncate(start);
                    // A String takes whatever is written.
                    let _ = write!(text, "{self}");
                    break;
                }
            }
        }
        if let Some(written) = text.get_mut(start..) {
            written.make_ascii_lowercase();
        }
    }
}

/// In lower case, without the root's dot. What is no visible character, and a dot or a backslash within a label, is
/// escaped (RFC 4343 section 2.1).
impl Display for Name<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, label) in self.labels().enumerate() {
            if index > 0 {
                formatter.write_str(".")?;
            }
            for octet in label {
                match octet.to_ascii_lowercase() {
                    special @ (b'.' | b'\\') => write!(formatter, "\\{}", char::from(special))?,
                    visible if visible.is_ascii_graphic() => write!(formatter, "{}", char::from(visible))?,
                    other => write!(formatter, "\\{other:03}")?,
                }
            }
        }
        Ok(())
    }
}

/// Goes from label to label.
#[derive(Clone)]
struct Walk<'a> {
    message: &'a [u8],
    at: usize,
    /// Where the run of labels at hand begins: pointers have to lead before it.
    run: usize,
    behind_pointer: usize,
}

enum Step<'a> {
    Label(&'a [u8]),
    Pointer,
    Root,
}

impl<'a> Walk<'a> {
    const fn new(message: &'a [u8], start: usize) -> Self {
        Self {
            message,
            at: start,
            run: start,
            behind_pointer: 0,
        }
    }

    fn step(&mut self) -> Option<Step<'a>> {
        let length = *self.message.get(self.at)?;
        let behind = self.at.checked_add(1)?;
        match length {
            0 => {
                self.at = behind;
                Some(Step::Root)
            }
            _ if length & POINTER == 0 => {
                let end = behind.checked_add(usize::from(length))?;
                let label = self.message.get(behind..end)?;
                self.at = end;
                Some(Step::Label(label))
            }
            _ if length & POINTER == POINTER => {
                let low = *self.message.get(behind)?;
                let target = usize::from(u16::from_be_bytes([length & !POINTER, low]));
                if target >= self.run {
                    return None;
                }
                self.behind_pointer = behind.checked_add(1)?;
                (self.at, self.run) = (target, target);
                Some(Step::Pointer)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(message: &[u8], start: usize) -> Option<(String, usize)> {
        Name::read(message, start).map(|(name, end)| (name.to_string(), end))
    }

    fn is_one(one: Name<'_>, other: Name<'_>) -> bool {
        let mut buffers = [[0; NAME_OCTETS]; 2];
        let [first, second] = &mut buffers;
        one.lower(first) == other.lower(second)
    }

    /// The example of RFC 1035 section 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    fn example() -> Vec<u8> {
        let mut message = vec![0xff; 93];
        message[20..32].copy_from_slice(b"\x01F\x03ISI\x04ARPA\x00");
        message[40..46].copy_from_slice(b"\x03FOO\xc0\x14");
        message[64..66].copy_from_slice(b"\xc0\x1a");
        message[92] = 0;
        message
    }

    #[test]
    fn names_are_read_through_pointers() {
        let message = example();
        assert_eq!(read(&message, 20), Some(("f.isi.arpa".into(), 32)));
        assert_eq!(read(&message, 40), Some(("foo.f.isi.arpa".into(), 46)));
        assert_eq!(read(&message, 64), Some(("arpa".into(), 66)));
        assert_eq!(read(&message, 92), Some((String::new(), 93)));
    }

    #[test]
    fn letters_in_any_case_are_the_same_and_labels_are_not_joined() {
        let names: [&[u8]; 3] = [b"\x03MMS\x02ex\x00", b"\x03mms\x02Ex\x00", b"\x06mms.ex\x00"];
        let [upper, lower, dotted] = names.map(|name| Name::read(name, 0).unwrap().0);
        assert!(is_one(upper, lower) && !is_one(upper, dotted) && !is_one(dotted, lower));
        assert_eq!(
            (dotted.to_string().as_str(), dotted.text().as_str()),
            ("mms\\.ex", "mms\\.ex")
        );
        let longer = Name::read(b"\x03mms\x02ex\x01a\x00", 0).unwrap().0;
        assert!(!is_one(upper, longer));
        assert_eq!(read(b"\x04a b\x07\x00", 0), Some(("a\\032b\\007".into(), 6)));
    }

    #[test]
    fn pointers_that_do_not_lead_back_are_refused() {
        assert_eq!(read(b"\xc0\x00", 0), None, "itself");
        assert_eq!(read(b"\x01a\xc0\x00", 0), None, "round and round");
        assert_eq!(read(b"\x01a\xc0\x04\x01b\x00", 0), None, "ahead");
        assert_eq!(read(b"\x40a\x00", 0), None, "an extended label");
        let mut chain = vec![0, 0];
        for _ in 0..2 * POINTERS {
            let before = u16::try_from(chain.len()).unwrap() - 2;
            chain.extend((0xc000 | before).to_be_bytes());
        }
        assert_eq!(
            read(&chain, 2 * POINTERS),
            Some((String::new(), 2 * POINTERS + 2))
        );
        assert_eq!(read(&chain, 2 * POINTERS + 2), None, "too many of them");
    }

    #[test]
    fn a_name_has_255_octets_at_most() {
        let name = |labels: usize, last: usize| {
            let mut name = [&[63][..], &[b'a'; 63]].concat().repeat(labels);
            name.push(u8::try_from(last).unwrap());
            name.extend(vec![b'b'; last]);
            name.push(0);
            name
        };
        assert_eq!(name(3, 61).len(), NAME_OCTETS);
        assert!(read(&name(3, 61), 0).is_some());
        assert!(read(&name(3, 62), 0).is_none());
    }

    proptest! {
        #[test]
        fn whatever_the_octets_names_end_in_them(
            octets in proptest::collection::vec(prop_oneof![0_u8..8, Just(0xc0), any::<u8>()], 0..300),
            start in 0_usize..300,
        ) {
            if let Some((name, end)) = Name::read(&octets, start) {
                prop_assert!(start < end && end <= octets.len());
                prop_assert_eq!(name.text(), name.to_string());
                let mut buffer = [0; NAME_OCTETS];
                let lower = name.lower(&mut buffer);
                let (again, end) = Name::read(lower, 0).unwrap();
                prop_assert_eq!((again.text(), end), (name.text(), lower.len()));
                prop_assert!(name.labels().map(|label| label.len() + 1).sum::<usize>() < NAME_OCTETS);
            }
        }
    }
}
