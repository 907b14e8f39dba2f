//! A place in the row of tokens, and what is asked of the next one.

use super::{
    error::Reason,
    keyword::Keyword,
    lexer::TokenKind,
    scan::{Scanned, Token},
    source::Span,
};

/// What is wrong at a token.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The token.
    pub(super) span: Span,
    /// What.
    pub(super) reason: Reason,
}

/// A word with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'t> {
    /// The word. Untrusted.
    pub(super) text: &'t str,
    /// Where it is.
    pub(super) span: Span,
}

/// A place in the row of tokens.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    scanned: &'t Scanned,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// Before the first token.
    pub(super) const fn new(scanned: &'t Scanned) -> Self {
        Self { scanned, at: 0 }
    }

    /// The next token; `None` behind the last.
    pub(super) fn token(&self) -> Option<Token> {
        self.scanned.tokens.get(self.at).copied()
    }

    /// What the next token is; the end behind the last.
    pub(super) fn kind(&self) -> TokenKind {
        self.token().map_or(TokenKind::End, |token| token.kind)
    }

    /// What the token behind `ahead` others is.
    pub(super) fn kind_ahead(&self, ahead: usize) -> TokenKind {
        let token = self.scanned.tokens.get(self.at.saturating_add(ahead));
        token.map_or(TokenKind::End, |token| token.kind)
    }

    /// The text of the next token.
    pub(super) fn text(&self) -> &'t str {
        self.token()
            .map_or("", |token| self.scanned.sources.piece(token.span))
    }

    /// Where the next token is; the last one behind all.
    pub(super) fn span(&self) -> Span {
        let token = self.token().or_else(|| self.scanned.tokens.last().copied());
        token.map(|token| token.span).unwrap_or_default()
    }

    /// The place of the token that was gone over last.
    pub(super) const fn before(&self) -> Self {
        Self {
            scanned: self.scanned,
            at: self.at.saturating_sub(1),
        }
    }

    /// Goes on behind the next token.
    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// The next token as a word, gone over.
    pub(super) fn take(&mut self) -> Word<'t> {
        let word = Word {
            text: self.text(),
            span: self.span(),
        };
        self.advance();
        word
    }

    /// Goes over the next token if it is of this kind.
    pub(super) fn skip(&mut self, kind: TokenKind) -> bool {
        let is_it = self.kind() == kind && self.token().is_some();
        if is_it {
            self.advance();
        }
        is_it
    }

    /// Goes over a keyword if it comes next.
    pub(super) fn skip_keyword(&mut self, keyword: Keyword) -> bool {
        self.skip(TokenKind::Keyword(keyword))
    }

    /// Goes over a symbol.
    pub(super) fn symbol(&mut self, symbol: char) -> Result<(), Fault> {
        if self.skip(TokenKind::Symbol(symbol)) {
            return Ok(());
        }
        match symbol {
            ';' => Err(self.fault(Reason::NoSemicolon)),
            _ => Err(self.unexpected(&[], &[&format!("'{symbol}'")])),
        }
    }

    /// Goes over a keyword.
    pub(super) fn keyword(&mut self, keyword: Keyword) -> Result<(), Fault> {
        if self.skip_keyword(keyword) {
            return Ok(());
        }
        Err(self.unexpected(&[keyword], &[]))
    }

    /// A name; `what` says of what.
    pub(super) fn name(&mut self, what: &str) -> Result<Word<'t>, Fault> {
        match self.kind() {
            TokenKind::Name => Ok(self.take()),
            TokenKind::Keyword(keyword) => Err(self.fault(Reason::KeywordAsName(keyword.as_str()))),
            _ => Err(self.unexpected(&[], &[what])),
        }
    }

    /// Says what is wrong with the next token.
    pub(super) fn fault(&self, reason: Reason) -> Fault {
        // What is no token at all is told first, whatever was expected.
        let reason = match self.kind() {
            TokenKind::Unknown('#') => Reason::Hash,
            TokenKind::Unknown(character) => Reason::UnknownCharacter(character),
            TokenKind::UnclosedQuote => Reason::UnclosedQuote,
            TokenKind::UnclosedComment => Reason::UnclosedComment,
            _ => reason,
        };
        Fault {
            span: self.span(),
            reason,
        }
    }

    /// Says that the next token is none of these.
    pub(super) fn unexpected(&self, keywords: &[Keyword], others: &[&str]) -> Fault {
        let found = match self.kind() {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::Quoted => self.text().to_owned(),
            _ => format!("'{}'", self.text()),
        };
        let meant = keywords
            .iter()
            .find(|keyword| keyword.as_str().eq_ignore_ascii_case(self.text()));
        self.fault(match meant {
            Some(keyword) => Reason::WrongCase {
                found: self.text().to_owned(),
                meant: keyword.as_str(),
            },
            None => Reason::unexpected(found, keywords, others),
        })
    }
}
