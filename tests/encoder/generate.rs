//! Anything that the encoder can encode, at random: values for every field, headers for every PDU type, parts.

use std::borrow::Cow;

use mmsmate::internals::{
    codec::{Charset, ContentType, Parameter, ParameterValue, media},
    mms::{Coded, Codes, Coding, Field, FromValue, HeaderValue, MessageType, Profile, Text, TimeValue},
};
use proptest::{prelude::*, strategy::Union};

use crate::encoder::{self, Part};

/// A text in a character set; the octets are leaked, which a test can afford.
pub(crate) fn text(text: &str, charset: Option<u64>, octets: Vec<u8>) -> Text<'static> {
    Text {
        text: Cow::Owned(text.to_owned()),
        charset: charset.map(Charset),
        octets: octets.leak(),
        exact: true,
    }
}

pub(crate) fn plain(value: &str) -> Text<'static> {
    text(value, None, value.as_bytes().to_vec())
}

/// MIBenum, the name that the encoder's library has for it, an alphabet.
pub(crate) const CHARSETS: &[(u64, &str, &str)] = &[
    (3, "windows-1252", "abc XYZ 09"),
    (4, "windows-1252", "aéÜß½"),
    (5, "iso-8859-2", "ąćęłžŠ"),
    (6, "iso-8859-3", "ĉĝħ"),
    (7, "iso-8859-4", "āēķ"),
    (8, "iso-8859-5", "абвЖ"),
    (9, "iso-8859-6", "سلام"),
    (10, "iso-8859-7", "αβγΩ"),
    (11, "iso-8859-8", "שלום"),
    (12, "windows-1254", "ğışİ"),
    (13, "iso-8859-10", "ąēģ"),
    (17, "shift_jis", "日本語カナ"),
    (18, "euc-jp", "日本語カナ"),
    (36, "euc-kr", "한국어"),
    (38, "euc-kr", "한국어"),
    (57, "gbk", "中文"),
    (106, "utf-8", "aé日😀ω"),
    (109, "iso-8859-13", "ąčę"),
    (110, "iso-8859-14", "ŵŷ"),
    (111, "iso-8859-15", "€éœ"),
    (112, "iso-8859-16", "șț"),
    (113, "gbk", "中文简体"),
    (114, "gb18030", "中文😀"),
    (2024, "shift_jis", "日本語①"),
    (2025, "gbk", "简体"),
    (2026, "big5", "繁體中文"),
    (2027, "macintosh", "éü∂"),
    (2084, "koi8-r", "привет"),
    (2086, "ibm866", "привет"),
    (2088, "koi8-u", "їєґ"),
    (2101, "big5", "香港"),
    (2109, "windows-874", "ภาษาไทย"),
    (2250, "windows-1250", "ąćž"),
    (2251, "windows-1251", "привет"),
    (2252, "windows-1252", "€é"),
    (2253, "windows-1253", "αβ"),
    (2254, "windows-1254", "ğış"),
    (2255, "windows-1255", "שלום"),
    (2256, "windows-1256", "سلام"),
    (2257, "windows-1257", "āžš"),
    (2258, "windows-1258", "đăơ"),
    (2259, "windows-874", "ภาษา"),
];

pub(crate) fn in_charset(number: u64, label: &str, value: &str) -> Text<'static> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
    let (octets, _, unmappable) = encoding.encode(value);
    assert!(!unmappable, "{value} in {label}");
    text(value, Some(number), octets.into_owned())
}

/// A word of an alphabet.
pub(crate) fn word(alphabet: &str) -> impl Strategy<Value = String> + use<> {
    prop::collection::vec(prop::sample::select(alphabet.chars().collect::<Vec<_>>()), 1..12)
        .prop_map(|characters| characters.into_iter().collect())
}

pub(crate) fn encoded_text() -> impl Strategy<Value = Text<'static>> {
    let coded = CHARSETS.iter().map(|(number, label, alphabet)| {
        word(alphabet)
            .prop_map(move |value| in_charset(*number, label, &value))
            .boxed()
    });
    let wide = [1000, 1013, 1014, 1015].map(|number| {
        word("aé日Ω中")
            .prop_map(move |value| {
                let octets = value.encode_utf16().flat_map(|unit| match number {
                    1014 => unit.to_le_bytes(),
                    _ => unit.to_be_bytes(),
                });
                text(&value, Some(number), octets.collect())
            })
            .boxed()
    });
    let others = [
        "[ -<>-~]{0,40}".prop_map(|value| plain(&value)).boxed(),
        word("a😀")
            .prop_map(|value| {
                text(
                    &value,
                    Some(1017),
                    value.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
                )
            })
            .boxed(),
    ];
    Union::new(coded.chain(wide).chain(others))
}

pub(crate) fn token() -> impl Strategy<Value = Text<'static>> {
    "[a-zA-Z0-9+/@._-]{1,60}".prop_map(|value| plain(&value))
}

pub(crate) fn codes(codes: Codes) -> impl Strategy<Value = Coded> {
    prop::sample::select(codes.names()).prop_map(move |(code, _)| Coded { codes, code })
}

pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..130, any::<u32>().prop_map(u64::from), any::<u64>()]
}

pub(crate) fn media_type() -> impl Strategy<Value = ContentType<'static>> {
    let named =
        prop::sample::select(&["image/jpeg", "text/plain", "application/smil", "audio/amr", "x/y"][..]);
    let parameter = prop_oneof![
        Just(("charset", 0x01, ParameterValue::Charset(Charset::UTF_8))),
        Just(("charset", 0x01, ParameterValue::Charset(Charset::UCS_2))),
        "[a-z0-9._-]{1,20}".prop_map(|name| ("name", 0x05, ParameterValue::Text(name.into()))),
        "<[a-z0-9]{1,10}>".prop_map(|id| ("start", 0x0a, ParameterValue::Text(id.into()))),
        Just(("type", 0x09, ParameterValue::Text("application/smil".into()))),
        Just((
            "type",
            0x09,
            ParameterValue::Media {
                code: 3,
                name: Some("text/plain")
            }
        )),
        Just(("secure", 0x10, ParameterValue::Present)),
        (0_u64..100_000).prop_map(|size| ("size", 0x16, ParameterValue::Integer(size))),
    ];
    (named, prop::collection::vec(parameter, 0..4)).prop_map(|(name, parameters)| {
        let mut content_type = ContentType::bare(name);
        content_type.code = media::code_of(name).map(u64::from);
        content_type.parameters = parameters
            .into_iter()
            .map(|(name, code, value)| Parameter {
                name: name.into(),
                code: Some(code),
                value,
            })
            .collect();
        content_type
    })
}

pub(crate) fn element() -> impl Strategy<Value = HeaderValue<'static>> {
    (token(), any::<bool>()).prop_map(|(reference, typed)| {
        let mut parameters = ContentType::bare("");
        if typed {
            let value = ParameterValue::Media {
                code: 0x1e,
                name: Some("image/jpeg"),
            };
            parameters.parameters.push(Parameter {
                name: "type".into(),
                code: Some(2),
                value,
            });
        }
        HeaderValue::Element {
            reference: Box::new(reference),
            parameters: Box::new(parameters),
        }
    })
}

/// Whether the field's value is numbered in this PDU type.
pub(crate) fn is_entry(message_type: MessageType, field: Field) -> bool {
    matches!(
        message_type,
        MessageType::MBOX_DELETE_CONF | MessageType::DELETE_CONF
    ) && matches!(
        field,
        Field::CONTENT_LOCATION | Field::RESPONSE_STATUS | Field::RESPONSE_TEXT
    )
}

pub(crate) fn header_value(message_type: MessageType, field: Field) -> BoxedStrategy<HeaderValue<'static>> {
    let value = match field.coding().unwrap() {
        Coding::EncodedString => encoded_text().prop_map(HeaderValue::Text).boxed(),
        Coding::Text | Coding::Uri => token().prop_map(HeaderValue::Text).boxed(),
        Coding::Coded(list) => codes(list).prop_map(HeaderValue::Coded).boxed(),
        Coding::CodedOrToken(list) => prop_oneof![
            codes(list).prop_map(HeaderValue::Coded),
            token().prop_map(HeaderValue::Text)
        ]
        .boxed(),
        Coding::MessageType => Just(HeaderValue::MessageType(message_type)).boxed(),
        Coding::Version => (1_u8..8, 0_u8..16)
            .prop_map(|(major, minor)| HeaderValue::Version { major, minor })
            .boxed(),
        Coding::Attribute => prop::sample::select(Field::ALL)
            .prop_map(HeaderValue::Attribute)
            .boxed(),
        Coding::LongInteger | Coding::Integer => number().prop_map(HeaderValue::Integer).boxed(),
        Coding::Date => number().prop_map(HeaderValue::Date).boxed(),
        Coding::Time => prop_oneof![
            number().prop_map(TimeValue::Absolute),
            number().prop_map(TimeValue::Relative)
        ]
        .prop_map(HeaderValue::Time)
        .boxed(),
        Coding::From => prop_oneof![
            Just(FromValue::InsertAddress),
            encoded_text().prop_map(FromValue::Address)
        ]
        .prop_map(HeaderValue::From)
        .boxed(),
        Coding::ContentType => media_type()
            .prop_map(|media| HeaderValue::ContentType(Box::new(media)))
            .boxed(),
        Coding::PreviouslySentBy => (1_u64..300, encoded_text())
            .prop_map(|(count, address)| HeaderValue::PreviouslySentBy {
                count,
                address: Box::new(address),
            })
            .boxed(),
        Coding::PreviouslySentDate => (1_u64..300, number())
            .prop_map(|(count, date)| HeaderValue::PreviouslySentDate { count, date })
            .boxed(),
        Coding::Flags => (codes(Codes::FlagsToken), encoded_text())
            .prop_map(|(token, keyword)| HeaderValue::Flags {
                token,
                keyword: Box::new(keyword),
            })
            .boxed(),
        Coding::Amount => (codes(Codes::AmountToken), number())
            .prop_map(|(token, count)| HeaderValue::Amount { token, count })
            .boxed(),
        Coding::ElementDescriptor => element().boxed(),
        Coding::NameOnly => Just(HeaderValue::Octets(&[0x80])).boxed(),
    };
    match is_entry(message_type, field) {
        true => value
            .prop_map(|value| HeaderValue::Entry {
                index: 1,
                value: Box::new(value),
            })
            .boxed(),
        false => value,
    }
}

/// A PDU of the type with all headers that it must have and the ones given.
pub(crate) fn headers_of(
    message_type: MessageType,
    more: &[Field],
) -> impl Strategy<Value = Vec<(Field, HeaderValue<'static>)>> + use<> {
    let profile = Profile::of(message_type).unwrap();
    let mut fields: Vec<Field> = profile
        .mandatory
        .iter()
        .chain(profile.conditional)
        .copied()
        .collect();
    fields.extend(
        more.iter()
            .filter(|field| !profile.mandatory.contains(field) && !profile.conditional.contains(field)),
    );
    // The text of an entry refers to one that came before it.
    fields.sort_by_key(|field| *field == Field::RESPONSE_TEXT);
    fields
        .into_iter()
        .map(|field| header_value(message_type, field).prop_map(move |value| (field, value)))
        .collect::<Vec<_>>()
}

/// Parts for a body, with their data.
pub(crate) fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = (
        media_type(),
        prop::option::of("[a-z0-9]{1,8}"),
        prop::option::of("[a-z0-9.]{1,12}"),
        prop::collection::vec(any::<u8>(), 0..200),
    )
        .prop_map(|(content_type, content_id, content_location, data)| Part {
            content_type,
            content_id,
            content_location,
            data,
        });
    prop::collection::vec(part, 0..5)
}

pub(crate) fn multipart_type(media: &'static str) -> HeaderValue<'static> {
    let mut content_type = ContentType::bare(media);
    content_type.code = media::code_of(media).map(u64::from);
    HeaderValue::ContentType(Box::new(content_type))
}

pub(crate) fn message_types() -> impl Strategy<Value = MessageType> {
    prop::sample::select(MessageType::ALL)
}

pub(crate) fn a_pdu() -> impl Strategy<Value = Vec<u8>> {
    let headers = message_types().prop_flat_map(|message_type| {
        let optional = Profile::of(message_type).unwrap().optional;
        let more = prop::sample::subsequence(optional, 0..=optional.len());
        (
            Just(message_type),
            more.prop_flat_map(move |more| headers_of(message_type, &more)),
        )
    });
    (headers, parts()).prop_map(|((message_type, mut headers), parts)| {
        let has_body = Profile::of(message_type).unwrap().body;
        if !has_body {
            return encoder::pdu(message_type, &headers, &[]);
        }
        headers.retain(|(field, _)| *field != Field::CONTENT_TYPE);
        headers.push((
            Field::CONTENT_TYPE,
            multipart_type("application/vnd.wap.multipart.mixed"),
        ));
        encoder::pdu(message_type, &headers, &encoder::multipart(&parts))
    })
}
