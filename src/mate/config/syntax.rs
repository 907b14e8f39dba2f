//! What was written, statement by statement: names are words yet.

use super::{
    condition::Mode,
    cursor::Word,
    declaration::{Acceptance, Action, ShowTree},
    error::Kind,
    source::Span,
};
use crate::model::Nanoseconds;

/// A value as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenValue<'t> {
    /// Its text, without quotes.
    pub(super) text: &'t str,
    /// Whether it stands in quotes.
    pub(super) is_quoted: bool,
    /// Where it is.
    pub(super) span: Span,
}

/// A condition as it was written.
#[derive(Clone, Debug)]
pub(super) struct WrittenCondition<'t> {
    /// The attribute.
    pub(super) attribute: Word<'t>,
    /// `=`, `?`, `{`.
    pub(super) operator: char,
    /// One behind an operator, none for existence.
    pub(super) values: Vec<WrittenValue<'t>>,
}

/// A list as it was written.
pub(super) type WrittenList<'t> = Vec<WrittenCondition<'t>>;

/// A clause of a Transform.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenClause<'t> {
    pub(super) mode: Mode,
    pub(super) conditions: WrittenList<'t>,
    pub(super) action: Action,
    pub(super) added: WrittenList<'t>,
}

/// `Criteria`.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenCriteria<'t> {
    pub(super) acceptance: Acceptance,
    pub(super) mode: Mode,
    pub(super) conditions: WrittenList<'t>,
}

/// `Pdu`.
#[derive(Clone, Debug)]
pub(super) struct WrittenPdu<'t> {
    pub(super) proto: Word<'t>,
    pub(super) transports: Vec<Word<'t>>,
    pub(super) payloads: Vec<Word<'t>>,
    /// Attribute and field.
    pub(super) extracts: Vec<(Word<'t>, Word<'t>)>,
    pub(super) transforms: Vec<Word<'t>>,
    pub(super) criteria: Option<WrittenCriteria<'t>>,
    pub(super) settings: PduSettings,
}

/// What a `Pdu` sets and `Default` sets for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PduSettings {
    pub(super) drop_unassigned: Option<bool>,
    pub(super) discard_data: Option<bool>,
    pub(super) last: Option<bool>,
}

/// `Gop`.
#[derive(Clone, Debug)]
pub(super) struct WrittenGop<'t> {
    pub(super) on: Word<'t>,
    pub(super) key: WrittenList<'t>,
    pub(super) start: Option<WrittenList<'t>>,
    pub(super) stop: Option<WrittenList<'t>>,
    pub(super) extra: WrittenList<'t>,
    pub(super) transforms: Vec<Word<'t>>,
    pub(super) settings: GopSettings,
}

/// What a `Gop` sets and `Default` sets for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GopSettings {
    pub(super) expiration: Option<Nanoseconds>,
    pub(super) idle_timeout: Option<Nanoseconds>,
    pub(super) lifetime: Option<Nanoseconds>,
    pub(super) drop_unassigned: Option<bool>,
    pub(super) show_tree: Option<ShowTree>,
    pub(super) show_times: Option<bool>,
}

/// `Gog`.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenGog<'t> {
    /// The Gop and its list.
    pub(super) members: Vec<(Word<'t>, WrittenList<'t>)>,
    pub(super) extra: WrittenList<'t>,
    pub(super) transforms: Vec<Word<'t>>,
    pub(super) settings: GogSettings,
}

/// What a `Gog` sets and `Default` sets for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GogSettings {
    pub(super) expiration: Option<Nanoseconds>,
    pub(super) show_tree: Option<ShowTree>,
    pub(super) show_times: Option<bool>,
}

/// `Default`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WrittenDefaults {
    pub(super) pdu: PduSettings,
    pub(super) gop: GopSettings,
    pub(super) gog: GogSettings,
}

/// What is declared.
#[derive(Clone, Debug)]
pub(super) enum Body<'t> {
    Transform(Vec<WrittenClause<'t>>),
    Pdu(WrittenPdu<'t>),
    Gop(WrittenGop<'t>),
    Gog(WrittenGog<'t>),
    /// One with errors that were told.
    Broken(Kind),
}

/// A declaration as it was written.
#[derive(Clone, Debug)]
pub(super) enum Written<'t> {
    /// One with a name.
    Named(Word<'t>, Body<'t>),
    /// `Default`.
    Defaults(WrittenDefaults),
}
