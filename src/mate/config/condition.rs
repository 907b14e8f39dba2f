//! Conditions on attributes, and lists of them.

use super::names::AttributeId;

/// A value as it stands in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// Its text; of a value in quotes what stands between them. With the semantics of Wireshark, octets between colons
    /// are rewritten as Wireshark does.
    pub(crate) text: Box<str>,
    /// The octets that it means: of a bare value of one or two hex digits between colons, with the documented semantics.
    /// A text equals it if it names the same octets.
    pub(crate) octets: Option<Octets>,
}

/// Octets written as hex digits between colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Octets(Box<[u8]>);

impl Value {
    /// A text that stands for itself only.
    pub(super) fn plain(text: &str) -> Self {
        Self {
            text: text.into(),
            octets: None,
        }
    }
}

impl Octets {
    /// What Wireshark 4.0 makes of hex digits between colons: pairs of digits in upper case. The first digit of a pair is
    /// read as a letter if the second is one, and the other way round, so that `0a` becomes `FFFFFD9A`. `None` where there
    /// are more than two digits, which it refuses.
    pub(super) fn rewritten_by_wireshark(text: &str) -> Option<String> {
        let parts: Option<Vec<String>> = text.split(':').map(rewritten).collect();
        parts.map(|parts| parts.join(":"))
    }

    /// The octets of `2:0A:ff`: one or two hex digits each, at least one colon. `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.contains(':') {
            return None;
        }
        text.split(':')
            .map(octet)
            .collect::<Option<Box<[u8]>>>()
            .map(Self)
    }

    /// Whether a text names these octets, in either case and with or without leading zeros. It allocates nothing.
    pub(crate) fn is_named_by(&self, text: &str) -> bool {
        text.split(':')
            .map(octet)
            .eq(self.0.iter().map(|octet| Some(*octet)))
    }
}

fn rewritten(digits: &str) -> Option<String> {
    let lower = digits.to_ascii_lowercase();
    let base = |digit: u8| i32::from(if digit.is_ascii_digit() { b'0' } else { b'a' - 10 });
    let value = match lower.as_bytes() {
        [] => 0,
        [digit] => i32::from(*digit) - base(*digit),
        [high, low] => (i32::from(*high) - base(*low)) * 16 + i32::from(*low) - base(*low),
        _ => return None,
    };
    Some(format!("{value:02X}"))
}

fn octet(digits: &str) -> Option<u8> {
    let is_octet = matches!(digits.len(), 1 | 2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_octet.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// What a condition asks of a value of its attribute (User's Guide, "AVP operators").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// Nothing, or `?`: it exists.
    Exists,
    /// `=`: it is this.
    Equal(Value),
    /// `!`: it is another.
    NotEqual(Value),
    /// `^`: it begins so.
    StartsWith(Value),
    /// `$`: it ends so.
    EndsWith(Value),
    /// `~`: it contains this.
    Contains(Value),
    /// `{a|b}`: it is one of these.
    OneOf(Box<[Value]>),
    /// `<`: it is lower.
    Lower(Value),
    /// `>`: it is higher.
    Higher(Value),
}

/// A condition: `name`, `name=value`, `name{a|b}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The attribute that it is about.
    pub(crate) attribute: AttributeId,
    /// What it asks of it.
    pub(crate) operator: Operator,
}

impl Condition {
    /// What is asked, as it is written behind the attribute's name: `=0x80`, `{1|2}`, nothing for existence.
    pub(crate) fn operator_text(&self) -> String {
        let with = |sign: &str, value: &Value| format!("{sign}{}", value.text);
        match &self.operator {
            Operator::Exists => String::new(),
            Operator::Equal(value) => with("=", value),
            Operator::NotEqual(value) => with("!", value),
            Operator::StartsWith(value) => with("^", value),
            Operator::EndsWith(value) => with("$", value),
            Operator::Contains(value) => with("~", value),
            Operator::Lower(value) => with("<", value),
            Operator::Higher(value) => with(">", value),
            Operator::OneOf(values) => {
                let texts: Vec<&str> = values.iter().map(|value| &*value.text).collect();
                format!("{{{}}}", texts.join("|"))
            }
        }
    }
}

/// Conditions in the order in which they are written.
pub(crate) type List = Box<[Condition]>;

/// How a list of conditions is matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Every condition is met.
    #[default]
    Strict,
    /// Every condition whose attribute is there is met.
    Every,
    /// At least one condition is met.
    Loose,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_the_same_in_either_case_and_with_or_without_zeros() {
        let octets = Octets::parse("2:A").unwrap();
        assert!(octets.is_named_by("02:0a"));
        assert!(octets.is_named_by("02:0A"));
        assert!(!octets.is_named_by("02:0a:00"));
        assert!(!octets.is_named_by("02"));
        assert!(!octets.is_named_by("02:0g"));
        assert!(!octets.is_named_by(""));
    }

    /// Seen on Wireshark 4.0.17.
    #[test]
    fn wireshark_confuses_digits_and_letters() {
        let rewritten = Octets::rewritten_by_wireshark;
        assert_eq!(
            rewritten("0a:a1:1f:ff:5").as_deref(),
            Some("FFFFFD9A:311:FFFFFDAF:FF:05")
        );
        assert_eq!(
            rewritten("02:00:00:00:00:01").as_deref(),
            Some("02:00:00:00:00:01")
        );
        assert_eq!(rewritten("2001:db8::1"), None);
    }

    #[test]
    fn other_texts_are_no_octets() {
        for text in ["", "02", "2001:db8::1", "a:", ":", "0a:+1", "0a:001"] {
            assert_eq!(Octets::parse(text), None, "{text}");
        }
    }
}
