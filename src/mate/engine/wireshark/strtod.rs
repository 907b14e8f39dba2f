//! The number at the beginning of a text, as C's `strtod` reads it: Wireshark compares values by it.

/// The number at the beginning of a text; 0 where there is none.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let starts_with = |word: &str| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if starts_with("inf") {
        return sign * f64::INFINITY;
    }
    if starts_with("nan") {
        return f64::NAN;
    }
    sign * hex(text).unwrap_or_else(|| decimal(text))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The text from an octet on.
fn from(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

fn decimal(text: &str) -> f64 {
    let mut end = digits(text);
    let has_whole = end > 0;
    if from(text, end).starts_with('.') {
        let fraction = digits(from(text, end + 1));
        if has_whole || fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end > 0 {
        end += exponent(from(text, end), ['e', 'E']).map_or(0, |(length, _)| length);
    }
    text.get(..end)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0)
}

/// The length of an exponent at the beginning of a text, and its value.
fn exponent(text: &str, letters: [char; 2]) -> Option<(usize, i32)> {
    let rest = text.strip_prefix(letters)?;
    let sign = usize::from(rest.starts_with(['+', '-']));
    let length = digits(from(rest, sign));
    let end = 1 + sign + length;
    let value = text
        .get(1..end)?
        .parse()
        .unwrap_or(if rest.starts_with('-') { i32::MIN } else { i32::MAX });
    (length > 0).then_some((end, value))
}

fn hex(text: &str) -> Option<f64> {
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let (mut value, mut scale, mut count, mut at) = (0.0_f64, 1.0_f64, 0_usize, 0_usize);
    let mut is_fraction = false;
    for octet in text.chars() {
        match octet.to_digit(16) {
            Some(digit) if is_fraction => {
                scale /= 16.0;
                value += f64::from(digit) * scale;
                count += 1;
            }
            Some(digit) => {
                value = value * 16.0 + f64::from(digit);
                count += 1;
            }
            None if octet == '.' && !is_fraction => is_fraction = true,
            None => break,
        }
        at += octet.len_utf8();
    }
    if count == 0 {
        return None;
    }
    let power = exponent(from(text, at), ['p', 'P']).map_or(0, |(_, value)| value);
    Some(value * 2.0_f64.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_counts_and_text_is_nought() {
        for (text, expected) in [
            ("12", 12.0),
            (" -1.5e2x", -150.0),
            ("10.0.0.1", 10.0),
            ("0x0005", 5.0),
            ("0x1.8p1", 3.0),
            ("0xg", 0.0),
            ("1e", 1.0),
            (".5", 0.5),
            (".", 0.0),
            ("", 0.0),
            ("POST", 0.0),
            ("é", 0.0),
            ("1é", 1.0),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert!(number("Infinity") > f64::MAX);
        assert!(number("nano").is_nan());
        assert!(number("1e99999999999") > f64::MAX);
        assert!(number("0x1p99999999999") > f64::MAX);
    }
}
