//! JSON on one line, straight into a buffer. A message is some three hundred names and values, most of them a few
//! octets that need no escape: here each costs a look and a copy. Whatever is not as plain as that is left to
//! [`json`](super::json), so that there is one place which knows how to escape.

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Result};

use super::json;

/// Appends anything of the document, as [`json::write`] writes it on one line, without the line feed.
pub(super) fn append(out: &mut Vec<u8>, value: &impl Serialize) -> Result<()> {
    value.serialize(Compact(out))
}

/// Whether JSON has the text as it is, and a terminal may have it too.
fn is_plain(text: &str) -> bool {
    let is_odd = |octet: u8| !(0x20..0x7f).contains(&octet) || octet == b'"' || octet == b'\\';
    // All of it is looked at whatever is found: that way it is many octets at a time.
    !text.bytes().fold(false, |any, octet| any | is_odd(octet))
}

/// Appends one value.
struct Compact<'a>(&'a mut Vec<u8>);

impl<'a> Compact<'a> {
    fn by_library(self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        json::serialize_compact(self.0, value)
    }

    fn open(self, open: u8, close: &'static [u8]) -> Members<'a> {
        self.0.push(open);
        Members {
            out: self.0,
            is_first: true,
            close,
        }
    }

    /// Opens what a variant holds: an object of one member, the variant's name.
    fn open_variant(self, variant: &str, open: u8, close: &'static [u8]) -> Members<'a> {
        self.0.push(b'{');
        name(self.0, variant);
        self.open(open, close)
    }
}

/// Appends a name that is a field's or a variant's: those are ours, and plain.
fn name(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

macro_rules! by_library {
    ($($method:ident: $kind:ty),+) => {
        $(fn $method(self, value: $kind) -> Result<()> {
            self.by_library(&value)
        })+
    };
}

impl<'a> Serializer for Compact<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Members<'a>;
    type SerializeTupleVariant = Members<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    by_library! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        if !is_plain(text) {
            return self.by_library(text);
        }
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }

    fn serialize_bytes(self, octets: &[u8]) -> Result<()> {
        self.by_library(octets)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let mut members = self.open(b'{', b"}");
        members.field(variant, value)?;
        members.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'a>> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'a>> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>> {
        Ok(self.open_variant(variant, b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>> {
        Ok(self.open(b'{', b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>> {
        Ok(self.open(b'{', b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>> {
        Ok(self.open_variant(variant, b'{', b"}}"))
    }
}

/// What an array or object holds, one after the other.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
    close: &'static [u8],
}

impl Members<'_> {
    fn next(&mut self) -> Compact<'_> {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        Compact(self.out)
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        value.serialize(self.next())
    }

    fn field(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        name(self.next().0, key);
        value.serialize(Compact(self.out))
    }

    fn close(self) -> Result<()> {
        self.out.extend_from_slice(self.close);
        Ok(())
    }
}

macro_rules! elements {
    ($($form:ident::$method:ident),+) => {
        $(impl $form for Members<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        })+
    };
}

macro_rules! fields {
    ($($form:ident),+) => {
        $(impl $form for Members<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.field(key, value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        })+
    };
}

elements! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
}
fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let place = self.next().0.len();
        key.serialize(Compact(self.out))?;
        match self.out.get(place) {
            Some(b'"') => Ok(()),
            _ => Err(Error::custom("a key is no text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.out.push(b':');
        value.serialize(Compact(self.out))
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::report::sample;

    /// Every form that a value may have for serde.
    #[derive(Serialize)]
    enum Form {
        Unit,
        Newtype(Option<u8>),
        Tuple(bool, char),
        Struct { a: f64, b: Vec<()> },
    }

    #[derive(Serialize)]
    struct Pair(i64, Wrapped);

    #[derive(Serialize)]
    struct Wrapped(f32);

    fn by_library(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        json::write(&mut out, value, false).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn here(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        append(&mut out, value).unwrap();
        out.push(b'\n');
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_document_is_written_as_by_the_library() {
        let document = sample::document();
        assert_eq!(here(&document), by_library(&document));
    }

    #[test]
    fn every_form_is_written_as_by_the_library() {
        let forms = [
            Form::Unit,
            Form::Newtype(None),
            Form::Newtype(Some(7)),
            Form::Tuple(true, '\u{202e}'),
            Form::Struct {
                a: f64::NAN,
                b: vec![(), ()],
            },
        ];
        assert_eq!(here(&forms), by_library(&forms));
        let pairs = [Pair(i64::MIN, Wrapped(0.1)), Pair(0, Wrapped(-1e30))];
        assert_eq!(here(&pairs), by_library(&pairs));
        let empty: (BTreeMap<String, u8>, [u8; 0], &[u8]) = (BTreeMap::new(), [], &[1, 2]);
        assert_eq!(here(&empty), by_library(&empty));
    }

    #[test]
    fn a_key_that_is_no_text_is_refused() {
        let mut out = Vec::new();
        assert!(append(&mut out, &BTreeMap::from([(1, 2)])).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_by_the_library(texts: BTreeMap<String, Vec<(String, f64, u64)>>) {
            prop_assert_eq!(here(&texts), by_library(&texts));
        }
    }
}
