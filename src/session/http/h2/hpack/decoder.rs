//! Header blocks as lists of fields (RFC 7541 sections 3 and 6).

use std::borrow::Cow;

use super::integer::{Malformed, integer, string};
use super::table::{Looked, Name, Table};
use crate::codec::Reader;

/// Decodes the header blocks of one direction of a connection, in their order.
#[derive(Debug)]
pub(crate) struct Decoder {
    table: Table,
    /// Octets of the table that are kept.
    limit: usize,
}

/// What a header block came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Whether it has fields that are unknown.
    pub(crate) has_unknown: bool,
    /// Whether it has more than may be kept: fields at its end were not told.
    pub(crate) is_over_limit: bool,
    /// Whether its sender has a larger table than is kept.
    pub(crate) is_table_cut: bool,
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Indexed,
    Literal { bits: u32, is_added: bool },
    SizeUpdate,
}

impl Written {
    const fn of(octet: u8) -> Self {
        match octet {
            0x80.. => Self::Indexed,
            0x40.. => Self::Literal {
                bits: 6,
                is_added: true,
            },
            0x20.. => Self::SizeUpdate,
            // Without indexing, or never indexed: all the same to who only reads.
            _ => Self::Literal {
                bits: 4,
                is_added: false,
            },
        }
    }
}

/// What is told of a block, as long as it has room.
struct Teller<'t> {
    tell: &'t mut dyn FnMut(&Name, &[u8]),
    room: usize,
    decoded: Decoded,
}

impl Teller<'_> {
    fn field(&mut self, name: &Name, value: &[u8]) {
        let length = name.octets().map_or(0, <[u8]>::len).saturating_add(value.len());
        self.decoded.has_unknown |= *name == Name::Unknown;
        match self.room.checked_sub(length) {
            Some(room) if !self.decoded.is_over_limit => {
                self.room = room;
                (self.tell)(name, value);
            }
            _ => self.decoded.is_over_limit = true,
        }
    }
}

impl Decoder {
    /// Of a connection that was seen from its beginning.
    pub(crate) fn initial(limit: usize) -> Self {
        let table = Table::initial(limit);
        Self { table, limit }
    }

    /// Of one whose earlier header blocks are not known, at least not all.
    pub(crate) fn unknown(limit: usize) -> Self {
        let table = Table::unknown(limit);
        Self { table, limit }
    }

    /// Octets of memory that it takes, about.
    pub(crate) fn held_octets(&self) -> usize {
        size_of::<Self>().saturating_add(self.table.held_octets())
    }

    /// Decodes a whole block and tells its fields in their order, names and values of `most` octets at most. After an error
    /// the table is not what its sender has.
    pub(crate) fn decode(
        &mut self,
        block: &[u8],
        most: usize,
        tell: &mut dyn FnMut(&Name, &[u8]),
    ) -> Result<Decoded, Malformed> {
        let mut teller = Teller {
            tell,
            room: most,
            decoded: Decoded::default(),
        };
        let mut reader = Reader::new(block);
        while let Some(first) = reader.peek() {
            match Written::of(first) {
                Written::Indexed => self.indexed(&mut reader, &mut teller)?,
                Written::Literal { bits, is_added } => {
                    self.literal(&mut reader, bits, is_added, &mut teller)?;
                }
                Written::SizeUpdate => {
                    let capacity = integer(&mut reader, 5)?;
                    teller.decoded.is_table_cut |= self.table.resize(capacity, self.limit);
                }
            }
        }
        Ok(teller.decoded)
    }

    fn indexed(&self, reader: &mut Reader<'_>, teller: &mut Teller<'_>) -> Result<(), Malformed> {
        match self.table.look_up(integer(reader, 7)?) {
            Looked::Entry(name, value) => teller.field(&name, value),
            Looked::Unknown => teller.field(&Name::Unknown, &[]),
            Looked::Nothing => return Err("an index of no entry"),
        }
        Ok(())
    }

    fn literal(
        &mut self,
        reader: &mut Reader<'_>,
        bits: u32,
        is_added: bool,
        teller: &mut Teller<'_>,
    ) -> Result<(), Malformed> {
        let name = match integer(reader, bits)? {
            0 => Name::Sent(string(reader)?.as_ref().into()),
            index => match self.table.look_up(index) {
                Looked::Entry(name, _) => name,
                Looked::Unknown => Name::Unknown,
                Looked::Nothing => return Err("an index of no entry"),
            },
        };
        let value: Cow<'_, [u8]> = string(reader)?;
        teller.field(&name, &value);
        if is_added {
            self.table.add(name, &value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::static_table::STATIC_TABLE;
    use super::*;

    const LIMIT: usize = 64 * 1024;

    /// The fields of a block as `name: value`.
    fn fields(decoder: &mut Decoder, block: &[u8]) -> Vec<String> {
        let mut fields = Vec::new();
        let decoded = decoder.decode(block, LIMIT, &mut |name, value| {
            let name = name.octets().map_or("?".into(), String::from_utf8_lossy);
            fields.push(format!("{name}: {}", String::from_utf8_lossy(value)));
        });
        assert!(!decoded.unwrap().is_over_limit);
        fields
    }

    fn octets(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(octet).collect()
    }

    /// The dynamic table as `name: value`, the newest entry first.
    fn table(decoder: &Decoder) -> Vec<String> {
        let entry = |index| match decoder.table.look_up(index) {
            Looked::Entry(name, value) => {
                let name = name.octets().map(String::from_utf8_lossy);
                Some(format!("{}: {}", name.unwrap(), String::from_utf8_lossy(value)))
            }
            Looked::Unknown | Looked::Nothing => None,
        };
        (STATIC_TABLE.len() + 1..).map_while(entry).collect()
    }

    /// A header block of RFC 7541 in hexadecimal, its fields, and the dynamic table behind it.
    struct Step<'a> {
        block: &'a str,
        fields: &'a [&'a str],
        table: &'a [&'a str],
    }

    fn holds(decoder: &mut Decoder, step: &Step<'_>) {
        let Step {
            block,
            fields: expected,
            table: entries,
        } = step;
        assert_eq!(fields(decoder, &octets(block)), *expected, "{block}");
        assert_eq!(table(decoder), *entries, "behind {block}");
        // What is behind the last entry is nothing that was ever sent.
        let behind = decoder.table.look_up(STATIC_TABLE.len() + 1 + entries.len());
        assert_eq!(behind, Looked::Nothing);
    }

    /// RFC 7541 section C.2.
    #[test]
    fn the_examples_of_single_fields() {
        let custom = &["custom-key: custom-header"];
        for (block, fields, table) in [
            (
                "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
                custom,
                &custom[..],
            ),
            (
                "040c 2f73 616d 706c 652f 7061 7468",
                &[":path: /sample/path"],
                &[],
            ),
            (
                "1008 7061 7373 776f 7264 0673 6563 7265 74",
                &["password: secret"],
                &[],
            ),
            ("82", &[":method: GET"], &[]),
        ] {
            let fields = &fields[..];
            holds(&mut Decoder::initial(LIMIT), &Step { block, fields, table });
        }
    }

    /// RFC 7541 sections C.3 and C.4.
    #[test]
    fn the_examples_of_requests_plain_and_by_huffman() {
        let plain = [
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        ];
        let coded = [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ];
        let (authority, cache) = (":authority: www.example.com", "cache-control: no-cache");
        let custom = "custom-key: custom-value";
        let first = [":method: GET", ":scheme: http", ":path: /", authority];
        let second = [":method: GET", ":scheme: http", ":path: /", authority, cache];
        let third = [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            authority,
            custom,
        ];
        for blocks in [plain, coded] {
            let mut decoder = Decoder::initial(LIMIT);
            for (block, fields, table) in [
                (blocks[0], &first[..], &[authority][..]),
                (blocks[1], &second, &[cache, authority]),
                (blocks[2], &third, &[custom, cache, authority]),
            ] {
                holds(&mut decoder, &Step { block, fields, table });
            }
        }
    }

    /// RFC 7541 sections C.5 and C.6: a table of 256 octets, from which entries are evicted.
    #[test]
    fn the_examples_of_responses_plain_and_by_huffman() {
        let plain = [
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 \
             3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 \
             7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 \
             6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ];
        let coded = [
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad \
             1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 \
             e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        ];
        let [found, temporary, ok] = [":status: 302", ":status: 307", ":status: 200"];
        let (cache, location) = ("cache-control: private", "location: https://www.example.com");
        let date = "date: Mon, 21 Oct 2013 20:13:21 GMT";
        let later = "date: Mon, 21 Oct 2013 20:13:22 GMT";
        let gzip = "content-encoding: gzip";
        let cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
        for blocks in [plain, coded] {
            let mut decoder = Decoder::initial(LIMIT);
            decoder.table.resize(256, LIMIT);
            for (block, fields, table) in [
                (
                    blocks[0],
                    &[found, cache, date, location][..],
                    &[location, date, cache, found][..],
                ),
                (
                    blocks[1],
                    &[temporary, cache, date, location],
                    &[temporary, location, date, cache],
                ),
                (
                    blocks[2],
                    &[ok, cache, later, location, gzip, cookie],
                    &[cookie, gzip, later],
                ),
            ] {
                holds(&mut decoder, &Step { block, fields, table });
            }
        }
    }

    /// The second and third of the requests of section C.3, without the first.
    #[test]
    fn without_the_beginning_entries_are_unknown_and_never_others() {
        let mut decoder = Decoder::unknown(LIMIT);
        let second = octets("8286 84be 5808 6e6f 2d63 6163 6865");
        let expected = [
            ":method: GET",
            ":scheme: http",
            ":path: /",
            "?: ",
            "cache-control: no-cache",
        ];
        assert_eq!(fields(&mut decoder, &second), expected);
        let third = octets("8287 85bf be");
        let expected = [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            "?: ",
            "cache-control: no-cache",
        ];
        assert_eq!(fields(&mut decoder, &third), expected);
    }

    #[test]
    fn a_bomb_is_cut_at_the_limit_and_the_table_stays_right() {
        let mut decoder = Decoder::initial(LIMIT);
        let value = vec![b'x'; 3000];
        let mut block = [&[0x40, 1, b'a', 0x7f, 0xb9, 0x16][..], &value].concat();
        block.extend([0xbe; 20_000]);
        block.extend(b"\x40\x01b\x01y");
        let mut told = 0;
        let decoded = decoder.decode(&block, LIMIT, &mut |name, value| {
            told += name.octets().unwrap().len() + value.len();
        });
        assert!(decoded.unwrap().is_over_limit && told <= LIMIT);
        assert_eq!(fields(&mut decoder, &[0xbe]), ["b: y"]);
    }

    #[test]
    fn a_larger_table_than_is_kept_is_said() {
        let mut decoder = Decoder::initial(LIMIT);
        // 65 536, then 65 537.
        for (update, is_cut) in [
            (&[0x3f, 0xe1, 0xff, 0x03][..], false),
            (&[0x3f, 0xe2, 0xff, 0x03], true),
        ] {
            let decoded = decoder.decode(update, LIMIT, &mut |_, _| ()).unwrap();
            assert_eq!(decoded.is_table_cut, is_cut);
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_a_block_or_none(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8)) {
            for mut decoder in [Decoder::initial(200), Decoder::unknown(200)] {
                for block in &blocks {
                    let mut told = 0;
                    let _ = decoder.decode(block, 100, &mut |name, value| {
                        told += name.octets().map_or(0, <[u8]>::len) + value.len();
                    });
                    prop_assert!(told <= 100);
                    prop_assert!(decoder.held_octets() < 200 + 7 * 64 + 200);
                }
            }
        }
    }
}
