//! Conditions and reasons in words.

use crate::mate::{
    config::{Condition, Configuration, List, Mode},
    engine::{ExplainItem, Reason, ReleasedBy, Role},
};

/// A condition as it is written: `port!53`.
pub(super) fn condition(condition: &Condition, configuration: &Configuration) -> String {
    let name = configuration.attributes.name(condition.attribute);
    format!("{name}{}", condition.operator_text())
}

/// A list as it is written: `(addr, port!53)`.
pub(super) fn list(list: &List, configuration: &Configuration) -> String {
    let texts: Vec<String> = list.iter().map(|one| condition(one, configuration)).collect();
    format!("({})", texts.join(", "))
}

/// A mode as it is written.
pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Strict => "Strict",
        Mode::Every => "Every",
        Mode::Loose => "Loose",
    }
}

/// A role as it is in the output.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Start => "start",
        Role::Stop => "stop",
        Role::AfterStop => "after_stop",
        Role::Member => "member",
    }
}

/// What released a Gop, as it is in the output.
pub(super) const fn released_by(released_by: ReleasedBy) -> &'static str {
    match released_by {
        ReleasedBy::Stop => "stop",
        ReleasedBy::Auto => "auto",
        ReleasedBy::Lifetime => "lifetime",
        ReleasedBy::Idle => "idle",
    }
}

/// A state as it is in the output.
pub(super) const fn state(is_released: bool) -> &'static str {
    if is_released { "released" } else { "open" }
}

/// Why a Pdu is in no Gop, in words. Untrusted.
pub(super) fn why(item: &ExplainItem, configuration: &Configuration) -> String {
    let unmet = item.reason.unmet().map(|unmet| condition(unmet, configuration));
    let start = |before: &str| match &unmet {
        Some(unmet) => format!("{before}, and Start asks for {unmet}"),
        None => format!("{before}, and Start is not matched"),
    };
    match &item.reason {
        Reason::Rejected { .. } => match unmet {
            Some(unmet) => format!("Criteria ask for {unmet}"),
            None => "Criteria reject what it has".to_owned(),
        },
        Reason::NoGopDeclared => "no Gop is declared on this Pdu".to_owned(),
        Reason::KeyAbsent {
            attribute,
            fields,
            elsewhere,
        } => {
            let name = configuration.attributes.name(*attribute);
            let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            match (elsewhere, fields.as_slice()) {
                (Some((field, layer)), _) if field == layer => {
                    format!("{} is in the frame, but not in Transport", field.name())
                }
                (Some((field, layer)), _) => {
                    format!(
                        "{} is in the frame, but {} is not in Transport",
                        field.name(),
                        layer.name()
                    )
                }
                (None, []) => format!("nothing extracts {name}"),
                (None, fields) => format!("{} is not in the frame", fields.join(", ")),
            }
        }
        Reason::KeyMismatch { .. } => match unmet {
            Some(unmet) => format!("no value meets {unmet}"),
            None => "no value meets Match".to_owned(),
        },
        Reason::NoStart { .. } => start("no Gop holds its key"),
        Reason::NoGog => "its Gop has no Start, and no live Gog holds a key of it".to_owned(),
        Reason::Expired { .. } => start("the Gop of its key was released too long ago"),
        Reason::GopDropped => "its Gop was taken back, as it is in no Gog".to_owned(),
    }
}
