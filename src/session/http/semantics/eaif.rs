//! The fields in which Nokia's EAIF says what the MM1 PDU in a request between MMSC and application is about
//! (X-NOKIA-MMSC-…). Phones send another of that family with PDUs of MM1, which is none of them.

use crate::session::Eaif;

/// What the fields' names begin with.
const PREFIX: &[u8] = b"x-nokia-mmsc-";

/// A field of EAIF that tells what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EaifField {
    From,
    To,
    MessageType,
    MessageId,
}

impl EaifField {
    /// The field of this name.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            return None;
        }
        let is = |other: &[u8]| rest.eq_ignore_ascii_case(other);
        match rest {
            _ if is(b"from") => Some(Self::From),
            _ if is(b"to") => Some(Self::To),
            _ if is(b"message-type") => Some(Self::MessageType),
            _ if is(b"message-id") => Some(Self::MessageId),
            _ => None,
        }
    }
}

/// What the fields of a head say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EaifFields {
    from: Option<String>,
    /// Of all fields of this name, with commas between them.
    to: Option<String>,
    message_type: Option<String>,
    message_id: Option<String>,
}

impl EaifFields {
    /// Takes a field.
    pub(super) fn take(&mut self, field: EaifField, value: &str) {
        let held = match field {
            EaifField::From => &mut self.from,
            EaifField::To => {
                let to = self.to.get_or_insert_default();
                if !to.is_empty() {
                    to.push(',');
                }
                to.push_str(value);
                return;
            }
            EaifField::MessageType => &mut self.message_type,
            EaifField::MessageId => &mut self.message_id,
        };
        *held = Some(value.to_owned());
    }

    pub(super) fn held_octets(&self) -> usize {
        let texts = [&self.from, &self.to, &self.message_type, &self.message_id];
        let octets = texts.into_iter().flatten().map(String::len);
        octets.fold(size_of::<Self>(), usize::saturating_add)
    }

    /// As they are handed out.
    pub(super) fn as_eaif(&self) -> Eaif<'_> {
        Eaif {
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            message_type: self.message_type.as_deref(),
            message_id: self.message_id.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_tell_eaif_are_taken() {
        let mut fields = EaifFields::default();
        for (name, value) in [
            ("X-NOKIA-MMSC-From", "+1/TYPE=PLMN"),
            ("X-Nokia-MMSC-To", "4646"),
            ("x-nokia-mmsc-to", "4747, 4848"),
            ("X-NOKIA-MMSC-Charging", "100"),
            ("X-NOKIA", ""),
        ] {
            if let Some(field) = EaifField::named(name.as_bytes()) {
                fields.take(field, value);
            }
        }
        let expected = Eaif {
            from: Some("+1/TYPE=PLMN"),
            to: Some("4646,4747, 4848"),
            ..Eaif::default()
        };
        assert_eq!(fields.as_eaif(), expected);
        assert!(fields.held_octets() > 0);
    }
}
