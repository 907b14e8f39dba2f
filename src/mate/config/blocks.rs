//! Blocks of statements, whose order is fixed.

use super::{
    cursor::{Cursor, Fault},
    error::{Kind, Reason},
    keyword::Keyword,
    lexer::TokenKind,
    source::Span,
};

/// What a block may hold, in the order in which it has to stand.
pub(super) struct Grammar {
    /// The statements. Those of one row are names for the same.
    pub(super) order: &'static [Keyword],
    /// The one that has to be there, may stand several times, and what the block declares.
    pub(super) required: Option<(Keyword, Kind)>,
}

/// The statements of a `Pdu`.
pub(super) const PDU: Grammar = Grammar {
    order: &[
        Keyword::Payload,
        Keyword::Extract,
        Keyword::Transform,
        Keyword::Criteria,
        Keyword::DropUnassigned,
        Keyword::DiscardPduData,
        Keyword::LastPdu,
    ],
    required: Some((Keyword::Extract, Kind::Pdu)),
};

/// The statements of a `Gop`.
pub(super) const GOP: Grammar = Grammar {
    order: &[
        Keyword::Start,
        Keyword::Stop,
        Keyword::Extra,
        Keyword::Transform,
        Keyword::Expiration,
        Keyword::IdleTimeout,
        Keyword::Lifetime,
        Keyword::DropUnassigned,
        Keyword::ShowTree,
        Keyword::ShowTimes,
    ],
    required: None,
};

/// The statements of a `Gog`.
pub(super) const GOG: Grammar = Grammar {
    order: &[
        Keyword::Member,
        Keyword::Extra,
        Keyword::Transform,
        Keyword::Expiration,
        Keyword::GopTree,
        Keyword::ShowTimes,
    ],
    required: Some((Keyword::Member, Kind::Gog)),
};

/// The blocks of `Default`.
pub(super) const DEFAULT: Grammar = Grammar {
    order: &[Keyword::Pdu, Keyword::Gop, Keyword::Gog],
    required: None,
};

/// The defaults of a `Pdu`.
pub(super) const PDU_DEFAULTS: Grammar = Grammar {
    order: &[Keyword::LastPdu, Keyword::DropUnassigned, Keyword::DiscardPduData],
    required: None,
};

/// The defaults of a `Gop`.
pub(super) const GOP_DEFAULTS: Grammar = Grammar {
    order: &[
        Keyword::Expiration,
        Keyword::IdleTimeout,
        Keyword::Lifetime,
        Keyword::DropUnassigned,
        Keyword::ShowTree,
        Keyword::ShowTimes,
    ],
    required: None,
};

/// The defaults of a `Gog`.
pub(super) const GOG_DEFAULTS: Grammar = Grammar {
    order: &[
        Keyword::Expiration,
        Keyword::ShowTree,
        Keyword::GopTree,
        Keyword::ShowTimes,
    ],
    required: None,
};

/// The settings of `Debug`.
pub(super) const DEBUG: Grammar = Grammar {
    order: &[
        Keyword::Filename,
        Keyword::Level,
        Keyword::Pdu,
        Keyword::Gop,
        Keyword::Gog,
    ],
    required: None,
};

/// Reads `{ … }`. `statement` reads one behind its keyword, its `;` included.
pub(super) fn block<'t>(
    cursor: &mut Cursor<'t>,
    grammar: &Grammar,
    mut statement: impl FnMut(&mut Cursor<'t>, Keyword) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let open = cursor.span();
    cursor.symbol('{')?;
    let mut last: Option<usize> = None;
    loop {
        if cursor.skip_block_end(grammar, last, open)? {
            return Ok(());
        }
        let (keyword, rank) = next_statement(cursor, grammar, last)?;
        cursor.advance();
        statement(cursor, keyword)?;
        last = Some(rank);
    }
}

impl Cursor<'_> {
    /// Whether the block ends here; then its end is gone over.
    fn skip_block_end(&mut self, grammar: &Grammar, last: Option<usize>, open: Span) -> Result<bool, Fault> {
        match self.kind() {
            TokenKind::Symbol('}') => {
                grammar.check_required(self, last, None)?;
                self.advance();
                Ok(true)
            }
            TokenKind::End => Err(unclosed(open)),
            TokenKind::Keyword(_) if begins_declaration(self) => Err(unclosed(open)),
            _ => Ok(false),
        }
    }
}

const fn unclosed(open: Span) -> Fault {
    Fault {
        span: open,
        reason: Reason::UnclosedBlock,
    }
}

/// Which statement comes next, and its place in the order.
fn next_statement(
    cursor: &Cursor<'_>,
    grammar: &Grammar,
    last: Option<usize>,
) -> Result<(Keyword, usize), Fault> {
    let found = match cursor.kind() {
        // Two names of one statement.
        TokenKind::Keyword(Keyword::LastExtracted) => Some(Keyword::LastPdu),
        TokenKind::Keyword(keyword) => Some(keyword),
        _ => None,
    };
    let place = |keyword: Keyword| Some((keyword, grammar.order.iter().position(|known| *known == keyword)?));
    let Some((keyword, rank)) = found.and_then(place) else {
        let next = last.map_or(0, |last| if grammar.repeats(last) { last } else { last + 1 });
        let allowed = grammar.order.get(next..).unwrap_or_default();
        return Err(cursor.unexpected(allowed, &["'}'"]));
    };
    grammar.check_required(cursor, last, Some(rank))?;
    match last {
        Some(last) if rank < last => {
            let before = grammar.order.get(last).map_or("", |keyword| keyword.as_str());
            let late = keyword.as_str();
            Err(cursor.fault(Reason::OutOfOrder { late, before }))
        }
        Some(last) if rank == last && !grammar.repeats(rank) => {
            Err(cursor.fault(Reason::Twice(keyword.as_str())))
        }
        _ => Ok((keyword, rank)),
    }
}

impl Grammar {
    fn required_rank(&self) -> Option<(usize, Keyword, Kind)> {
        let (required, block) = self.required?;
        let rank = self.order.iter().position(|keyword| *keyword == required)?;
        Some((rank, required, block))
    }

    fn repeats(&self, rank: usize) -> bool {
        self.required_rank()
            .is_some_and(|(required, ..)| required == rank)
    }

    /// An error where the required statement should have stood before the next one, at `rank`, or the end.
    fn check_required(
        &self,
        cursor: &Cursor<'_>,
        last: Option<usize>,
        rank: Option<usize>,
    ) -> Result<(), Fault> {
        let Some((required_rank, required, block)) = self.required_rank() else {
            return Ok(());
        };
        let is_there = last.is_some_and(|last| last >= required_rank);
        let goes_past = rank.is_none_or(|rank| rank > required_rank);
        if is_there || !goes_past {
            return Ok(());
        }
        let required = required.as_str();
        Err(cursor.fault(Reason::Missing { required, block }))
    }
}

/// Whether the next tokens can only be the beginning of a declaration.
pub(super) fn begins_declaration(cursor: &Cursor<'_>) -> bool {
    let TokenKind::Keyword(keyword) = cursor.kind() else {
        return false;
    };
    let (next, behind) = (cursor.kind_ahead(1), cursor.kind_ahead(2));
    match keyword {
        Keyword::Pdu | Keyword::Gop => next == TokenKind::Name,
        Keyword::Gog | Keyword::Transform => next == TokenKind::Name && behind == TokenKind::Symbol('{'),
        Keyword::Default | Keyword::Debug => next == TokenKind::Symbol('{'),
        Keyword::Done => true,
        _ => false,
    }
}
