//! Names that Wireshark has and that are no fields here: whoever uses one should not be told that it does not exist.

use std::sync::LazyLock;

use super::FieldId;
use crate::model::unpacked_text;

/// Other protocols, and the other fields of the protocols of the table, in byte order, one a line. Those of RADIUS are left
/// out: its dictionaries have 11 000.
static NAMES: LazyLock<String> =
    LazyLock::new(|| unpacked_text(include_bytes!(concat!(env!("OUT_DIR"), "/wireshark_names.txt"))));

/// A name that Wireshark has and that is not extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WiresharkName<'a> {
    /// A protocol, or a field of a protocol of which nothing is extracted: the protocol's name.
    OtherProtocol(&'a str),
    /// A field of a protocol of which other fields are extracted.
    OtherField,
}

/// What Wireshark has of this name; none where it has nothing, or the name is extracted. Of other protocols every field is
/// taken to be there.
pub(crate) fn wireshark_name(name: &str) -> Option<WiresharkName<'_>> {
    let protocol = name.split('.').next().unwrap_or(name);
    if FieldId::named(name).is_some() {
        None
    } else if FieldId::named(protocol).is_some() {
        is_listed(name).then_some(WiresharkName::OtherField)
    } else {
        is_listed(protocol).then_some(WiresharkName::OtherProtocol(protocol))
    }
}

/// A name is rarely looked up, so the lines are gone through.
fn is_listed(name: &str) -> bool {
    NAMES.lines().any(|line| line == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_wireshark_are_told_from_others() {
        let other = |name| Some(WiresharkName::OtherProtocol(name));
        assert_eq!(wireshark_name("q931.call_ref"), other("q931"));
        assert_eq!(wireshark_name("rtsp"), other("rtsp"));
        assert_eq!(
            wireshark_name("tcp.options.sack_le"),
            Some(WiresharkName::OtherField)
        );
        for absent in [
            "http.request.metod",
            "http.request.method",
            "nonsense.field",
            "",
            ".",
        ] {
            assert_eq!(wireshark_name(absent), None, "{absent}");
        }
    }

    #[test]
    fn the_list_is_in_order_and_holds_no_field_of_the_table() {
        assert!(NAMES.lines().is_sorted_by(|one, other| one < other));
        assert!(NAMES.lines().all(|name| FieldId::named(name).is_none()));
    }
}
