//! Parameters of MIME whose values name a charset or come in pieces (RFC 2231): `name*=utf-8''a%20b`, `name*0="a"; name*1="b"`.

use super::super::charset::decode_named;
use super::super::transfer::hexadecimal_pair;

/// A piece of a value.
struct Piece<'a> {
    /// Its place among the pieces.
    number: u16,
    /// Whether octets in it are escaped.
    extended: bool,
    value: &'a str,
}

/// Puts values together from their pieces, each in the place of its first; other parameters stay as they are.
pub(super) fn joined(parameters: Vec<(String, String)>) -> Vec<(String, String)> {
    if !parameters.iter().any(|(name, _)| name.contains('*')) {
        return parameters;
    }
    let mut values: Vec<(&str, Option<&str>, Vec<Piece<'_>>)> = Vec::new();
    for (name, value) in &parameters {
        let (base, piece) = piece(name, value);
        match (values.iter_mut().find(|(known, ..)| *known == base), piece) {
            (Some((_, _, pieces)), Some(piece)) => pieces.push(piece),
            (Some(_), None) => {}
            (None, Some(piece)) => values.push((base, None, vec![piece])),
            (None, None) => values.push((base, Some(value), Vec::new())),
        }
    }
    let texts = values.into_iter().map(|(name, plain, pieces)| {
        let text = if pieces.is_empty() {
            plain.unwrap_or_default().to_owned()
        } else {
            text(pieces)
        };
        (name.to_owned(), text)
    });
    texts.collect()
}

/// The name of a parameter, and the piece of its value where it is one.
fn piece<'a>(name: &'a str, value: &'a str) -> (&'a str, Option<Piece<'a>>) {
    let Some((base, rest)) = name.split_once('*') else {
        return (name, None);
    };
    let (number, extended) = match rest.strip_suffix('*') {
        Some(number) => (number, true),
        None => (rest, rest.is_empty()),
    };
    let number = number.parse().unwrap_or_default();
    let piece = Piece {
        number,
        extended,
        value,
    };
    (base, Some(piece))
}

/// The charset stands before the first piece, and counts for all.
fn text(mut pieces: Vec<Piece<'_>>) -> String {
    pieces.sort_by_key(|piece| piece.number);
    let mut charset = "utf-8";
    let mut octets = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let mut value = piece.value;
        if place == 0
            && piece.extended
            && let Some((name, rest)) = value.split_once('\'')
        {
            charset = name;
            value = rest.split_once('\'').map_or(rest, |(_, value)| value);
        }
        match piece.extended {
            true => unescape(value.as_bytes(), &mut octets),
            false => octets.extend_from_slice(value.as_bytes()),
        }
    }
    decode_named(&octets, charset).text.into_owned()
}

fn unescape(value: &[u8], octets: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((first, behind)) = rest.split_first() {
        let escaped = match (first, behind) {
            (b'%', [high, low, after @ ..]) => hexadecimal_pair(*high, *low).map(|octet| (octet, after)),
            _ => None,
        };
        let (octet, after) = escaped.unwrap_or((*first, behind));
        octets.push(octet);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::ContentType;

    #[test]
    fn values_with_charsets_and_in_pieces() {
        // RFC 2231 section 4.1, shortened.
        let content_type = ContentType::from_mime(
            "text/plain; name*0*=us-ascii'en'This%20is%20even%20more%20; name*1*=%2A%2A%2Afun%2A%2A%2A%20; name*2=\"isn't it!\"",
        );
        assert_eq!(
            content_type.text_parameter("name"),
            Some("This is even more ***fun*** isn't it!")
        );
        for (text, name) in [
            ("image/jpeg; name*=utf-8''Gr%c3%bc%C3%9Fe.jpg", "Grüße.jpg"),
            ("image/jpeg; name=x; name*=iso-8859-1''%e9.jpg", "é.jpg"),
            ("image/jpeg; name*1=b; name*0=a", "ab"),
        ] {
            assert_eq!(
                ContentType::from_mime(text).text_parameter("name"),
                Some(name),
                "{text}"
            );
        }
    }
}
