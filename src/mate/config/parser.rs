//! From tokens to declarations. An error costs the declaration in which it is; what comes behind it is read.

use super::{
    blocks::{self, begins_declaration, block},
    cursor::{Cursor, Fault, Word},
    declaration::{Acceptance, Action, Semantics, ShowTree},
    error::{Kind, Reason},
    keyword::Keyword,
    lexer::TokenKind,
    note::NoteKind,
    pieces::{list, mode, names, seconds, switch},
    scan::Scanned,
    source::Span,
    syntax::{
        Body, GogSettings, GopSettings, PduSettings, Written, WrittenClause, WrittenCriteria,
        WrittenDefaults, WrittenGog, WrittenGop, WrittenPdu,
    },
};

/// What was read.
#[derive(Default)]
pub(super) struct Parsed<'t> {
    /// In the order written.
    pub(super) declarations: Vec<Written<'t>>,
    /// What is wrong, at most one a declaration.
    pub(super) faults: Vec<Fault>,
    /// What is worth a remark.
    pub(super) notes: Vec<(Span, NoteKind)>,
}

/// Reads all tokens.
pub(super) fn parse(scanned: &Scanned, semantics: Semantics) -> Parsed<'_> {
    let mut cursor = Cursor::new(scanned);
    let mut parser = Parser {
        semantics,
        name: None,
        parsed: Parsed::default(),
    };
    while cursor.token().is_some() {
        if cursor.skip(TokenKind::End) {
            continue;
        }
        parser.name = None;
        if let Err(fault) = parser.declaration(&mut cursor) {
            parser.parsed.faults.push(fault);
            if let Some((kind, name)) = parser.name {
                parser
                    .parsed
                    .declarations
                    .push(Written::Named(name, Body::Broken(kind)));
            }
            // The keyword at which a declaration begins has been gone over, so this ends.
            while cursor.kind() != TokenKind::End && !begins_declaration(&cursor) {
                cursor.advance();
            }
        }
    }
    parser.parsed
}

struct Parser<'t> {
    semantics: Semantics,
    /// What is being declared, so that an error in it is no error of whoever names it.
    name: Option<(Kind, Word<'t>)>,
    parsed: Parsed<'t>,
}

const DECLARATIONS: &[Keyword] = &[
    Keyword::Transform,
    Keyword::Pdu,
    Keyword::Gop,
    Keyword::Gog,
    Keyword::Default,
    Keyword::Debug,
    Keyword::Done,
];

impl<'t> Parser<'t> {
    fn declaration(&mut self, cursor: &mut Cursor<'t>) -> Result<(), Fault> {
        let TokenKind::Keyword(keyword) = cursor.kind() else {
            let fault = cursor.unexpected(DECLARATIONS, &[]);
            cursor.advance();
            return Err(fault);
        };
        let no_declaration = cursor.unexpected(DECLARATIONS, &[]);
        cursor.advance();
        let body = match keyword {
            Keyword::Transform => self.named(cursor, Kind::Transform, Self::transform)?,
            Keyword::Pdu => self.named(cursor, Kind::Pdu, Self::pdu)?,
            Keyword::Gop => self.named(cursor, Kind::Gop, Self::gop)?,
            Keyword::Gog => self.named(cursor, Kind::Gog, Self::gog)?,
            Keyword::Default => Some(Written::Defaults(self.defaults(cursor)?)),
            Keyword::Debug => {
                debug(cursor)?;
                None
            }
            Keyword::Done => return cursor.symbol(';'),
            _ => return Err(no_declaration),
        };
        if !cursor.skip(TokenKind::Symbol(';')) {
            return Err(cursor.fault(Reason::NoSemicolonAfterBlock));
        }
        self.parsed.declarations.extend(body);
        Ok(())
    }

    fn named(
        &mut self,
        cursor: &mut Cursor<'t>,
        kind: Kind,
        body: fn(&mut Self, &mut Cursor<'t>) -> Result<Body<'t>, Fault>,
    ) -> Result<Option<Written<'t>>, Fault> {
        let name = cursor.name("a name")?;
        self.name = Some((kind, name));
        let body = body(self, cursor)?;
        Ok(Some(Written::Named(name, body)))
    }

    fn transform(&mut self, cursor: &mut Cursor<'t>) -> Result<Body<'t>, Fault> {
        let open = cursor.span();
        cursor.symbol('{')?;
        let mut clauses = vec![clause(cursor, open)?];
        while !cursor.skip(TokenKind::Symbol('}')) {
            clauses.push(clause(cursor, open)?);
        }
        Ok(Body::Transform(clauses))
    }

    fn pdu(&mut self, cursor: &mut Cursor<'t>) -> Result<Body<'t>, Fault> {
        cursor.keyword(Keyword::Proto)?;
        let proto = cursor.name("the name of a protocol or field")?;
        cursor.keyword(Keyword::Transport)?;
        let mut pdu = WrittenPdu {
            proto,
            transports: names(cursor, '/', "the name of a protocol")?,
            payloads: Vec::new(),
            extracts: Vec::new(),
            transforms: Vec::new(),
            criteria: None,
            settings: PduSettings::default(),
        };
        block(cursor, &blocks::PDU, |cursor, keyword| {
            match keyword {
                Keyword::Payload => pdu.payloads = names(cursor, '/', "the name of a protocol")?,
                Keyword::Extract => {
                    let attribute = cursor.name("the name of an attribute")?;
                    cursor.keyword(Keyword::From)?;
                    pdu.extracts
                        .push((attribute, cursor.name("the name of a field")?));
                }
                Keyword::Transform => pdu.transforms = names(cursor, ',', "the name of a Transform")?,
                Keyword::Criteria => pdu.criteria = Some(criteria(cursor)?),
                _ => pdu.settings.set(cursor, keyword)?,
            }
            cursor.symbol(';')
        })?;
        Ok(Body::Pdu(pdu))
    }

    fn gop(&mut self, cursor: &mut Cursor<'t>) -> Result<Body<'t>, Fault> {
        cursor.keyword(Keyword::On)?;
        let on = cursor.name("the name of a Pdu")?;
        cursor.keyword(Keyword::Match)?;
        let mut gop = WrittenGop {
            on,
            key: list(cursor)?,
            start: None,
            stop: None,
            extra: Vec::new(),
            transforms: Vec::new(),
            settings: GopSettings::default(),
        };
        block(cursor, &blocks::GOP, |cursor, keyword| {
            match keyword {
                Keyword::Start => gop.start = Some(list(cursor)?),
                Keyword::Stop => gop.stop = Some(list(cursor)?),
                Keyword::Extra => gop.extra = list(cursor)?,
                Keyword::Transform => gop.transforms = names(cursor, ',', "the name of a Transform")?,
                _ => gop.settings.set(cursor, keyword)?,
            }
            cursor.symbol(';')
        })?;
        Ok(Body::Gop(gop))
    }

    fn gog(&mut self, cursor: &mut Cursor<'t>) -> Result<Body<'t>, Fault> {
        let mut gog = WrittenGog::default();
        block(cursor, &blocks::GOG, |cursor, keyword| {
            match keyword {
                Keyword::Member => {
                    let gop = cursor.name("the name of a Gop")?;
                    gog.members.push((gop, list(cursor)?));
                }
                Keyword::Extra => gog.extra = list(cursor)?,
                Keyword::Transform => gog.transforms = names(cursor, ',', "the name of a Transform")?,
                _ => self.gog_setting(&mut gog.settings, cursor, keyword)?,
            }
            cursor.symbol(';')
        })?;
        Ok(Body::Gog(gog))
    }

    fn gog_setting(
        &mut self,
        settings: &mut GogSettings,
        cursor: &mut Cursor<'t>,
        keyword: Keyword,
    ) -> Result<(), Fault> {
        match keyword {
            Keyword::Expiration => settings.expiration = Some(seconds(cursor)?),
            Keyword::ShowTree => settings.show_tree = Some(show_tree(cursor)?),
            Keyword::GopTree => self.gop_tree(cursor)?,
            _ => settings.show_times = Some(switch(cursor)?),
        }
        Ok(())
    }

    /// `GopTree` chooses what the tree of Wireshark shows; nothing here depends on it.
    fn gop_tree(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let all = &[
            Keyword::BasicTree,
            Keyword::NullTree,
            Keyword::FullTree,
            Keyword::NoTree,
            Keyword::PduTree,
            Keyword::FrameTree,
        ];
        let (first, _) = all.split_at(1);
        let allowed = if self.semantics == Semantics::Documented {
            &all[..]
        } else {
            first
        };
        let TokenKind::Keyword(kind) = cursor.kind() else {
            return Err(cursor.unexpected(allowed, &[]));
        };
        if !allowed.contains(&kind) {
            return Err(cursor.unexpected(allowed, &[]));
        }
        // The scanner has noted those that Wireshark does not know at all.
        if !first.contains(&kind) && kind.is_known_to_wireshark() {
            self.note_beyond_wireshark(cursor.span());
        }
        cursor.advance();
        Ok(())
    }

    fn note_beyond_wireshark(&mut self, span: Span) {
        self.parsed.notes.push((span, NoteKind::WiresharkRejects));
    }

    fn defaults(&mut self, cursor: &mut Cursor<'t>) -> Result<WrittenDefaults, Fault> {
        let mut defaults = WrittenDefaults::default();
        block(cursor, &blocks::DEFAULT, |cursor, keyword| {
            match keyword {
                Keyword::Pdu => self.pdu_defaults(cursor, &mut defaults.pdu)?,
                Keyword::Gop => block(cursor, &blocks::GOP_DEFAULTS, |cursor, keyword| {
                    defaults.gop.set(cursor, keyword)?;
                    cursor.symbol(';')
                })?,
                _ => block(cursor, &blocks::GOG_DEFAULTS, |cursor, keyword| {
                    self.gog_setting(&mut defaults.gog, cursor, keyword)?;
                    cursor.symbol(';')
                })?,
            }
            cursor.symbol(';')
        })?;
        Ok(defaults)
    }

    /// Wireshark has no word for `LastExtracted`, and takes `LastPdu` in a `Pdu` only.
    fn pdu_defaults(&mut self, cursor: &mut Cursor<'t>, settings: &mut PduSettings) -> Result<(), Fault> {
        block(cursor, &blocks::PDU_DEFAULTS, |cursor, keyword| {
            if keyword == Keyword::LastPdu {
                let before = cursor.before();
                match self.semantics {
                    Semantics::Wireshark => {
                        return Err(
                            before.unexpected(&[Keyword::DropUnassigned, Keyword::DiscardPduData], &["'}'"])
                        );
                    }
                    Semantics::Documented if before.kind() == TokenKind::Keyword(Keyword::LastPdu) => {
                        self.note_beyond_wireshark(before.span());
                    }
                    Semantics::Documented => {}
                }
            }
            settings.set(cursor, keyword)?;
            cursor.symbol(';')
        })
    }
}

/// `Match mode ( … ) Insert|Replace ( … );`, in which everything may be absent.
fn clause<'t>(cursor: &mut Cursor<'t>, open: Span) -> Result<WrittenClause<'t>, Fault> {
    let mut clause = WrittenClause::default();
    if cursor.kind() == TokenKind::End || begins_declaration(cursor) {
        let reason = Reason::UnclosedBlock;
        return Err(Fault { span: open, reason });
    }
    let has_match = cursor.skip_keyword(Keyword::Match);
    if has_match {
        clause.mode = mode(cursor);
        clause.conditions = list(cursor)?;
    }
    let insert = cursor.skip_keyword(Keyword::Insert);
    if !insert && cursor.skip_keyword(Keyword::Replace) {
        clause.action = Action::Replace;
    }
    if insert || clause.action == Action::Replace || cursor.kind() == TokenKind::Symbol('(') {
        clause.added = list(cursor)?;
    } else if !has_match && cursor.kind() != TokenKind::Symbol(';') {
        return Err(cursor.unexpected(&[Keyword::Match, Keyword::Insert, Keyword::Replace], &[]));
    }
    cursor.symbol(';')?;
    Ok(clause)
}

/// `Accept|Reject mode ( … )`
fn criteria<'t>(cursor: &mut Cursor<'t>) -> Result<WrittenCriteria<'t>, Fault> {
    let acceptance = if cursor.skip_keyword(Keyword::Reject) {
        Acceptance::Reject
    } else {
        cursor.skip_keyword(Keyword::Accept);
        Acceptance::Accept
    };
    Ok(WrittenCriteria {
        acceptance,
        mode: mode(cursor),
        conditions: list(cursor)?,
    })
}

/// What to log in Wireshark; it is read and means nothing here.
fn debug(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    block(cursor, &blocks::DEBUG, |cursor, keyword| {
        if keyword == Keyword::Filename {
            if !cursor.skip(TokenKind::Quoted) {
                cursor.name("the name of a file")?;
            }
            return cursor.symbol(';');
        }
        if keyword != Keyword::Level {
            cursor.keyword(Keyword::Level)?;
        }
        if !cursor.skip(TokenKind::Integer) {
            return Err(cursor.unexpected(&[], &["a whole number"]));
        }
        cursor.symbol(';')
    })
}

fn show_tree(cursor: &mut Cursor<'_>) -> Result<ShowTree, Fault> {
    let shown = match cursor.kind() {
        TokenKind::Keyword(Keyword::NoTree | Keyword::BasicTree) => ShowTree::Nothing,
        TokenKind::Keyword(Keyword::PduTree) => ShowTree::Pdus,
        TokenKind::Keyword(Keyword::FrameTree) => ShowTree::Frames,
        _ => {
            let kinds = &[
                Keyword::NoTree,
                Keyword::PduTree,
                Keyword::FrameTree,
                Keyword::BasicTree,
            ];
            return Err(cursor.unexpected(kinds, &[]));
        }
    };
    cursor.advance();
    Ok(shown)
}

impl PduSettings {
    fn set(&mut self, cursor: &mut Cursor<'_>, keyword: Keyword) -> Result<(), Fault> {
        let setting = match keyword {
            Keyword::DropUnassigned => &mut self.drop_unassigned,
            Keyword::DiscardPduData => &mut self.discard_data,
            _ => &mut self.last,
        };
        *setting = Some(switch(cursor)?);
        Ok(())
    }
}

impl GopSettings {
    fn set(&mut self, cursor: &mut Cursor<'_>, keyword: Keyword) -> Result<(), Fault> {
        match keyword {
            Keyword::Expiration => self.expiration = Some(seconds(cursor)?),
            Keyword::IdleTimeout => self.idle_timeout = Some(seconds(cursor)?),
            Keyword::Lifetime => self.lifetime = Some(seconds(cursor)?),
            Keyword::DropUnassigned => self.drop_unassigned = Some(switch(cursor)?),
            Keyword::ShowTree => self.show_tree = Some(show_tree(cursor)?),
            _ => self.show_times = Some(switch(cursor)?),
        }
        Ok(())
    }
}
