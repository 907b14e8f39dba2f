//! From files to one row of tokens: includes followed, what no rule takes dropped or refused.

use std::path::{Path, PathBuf};

use super::{
    declaration::Semantics,
    error::Reason,
    lexer::{self, Lexeme, TokenKind},
    note::NoteKind,
    source::{FileContent, Files, SourceIndex, Sources, Span, decode},
};

/// Files in files; as in Wireshark.
const MAX_DEPTH: usize = 10;
/// Octets of one file. The largest that are known have a few thousand.
pub(super) const MAX_FILE_OCTETS: u64 = 4 << 20;
/// Octets of all files, each counted as often as it is included: files that include each other twice grow with the power
/// of their depth.
const MAX_OCTETS: u64 = 16 << 20;
/// Files, each counted as often as it is included.
const MAX_FILES: usize = 1_000;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it is.
    pub(super) span: Span,
}

/// What the scanner found.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// All texts.
    pub(super) sources: Sources,
    /// All tokens. The last of each file that was named by the user is [`TokenKind::End`].
    pub(super) tokens: Vec<Token>,
    /// What cannot be included.
    pub(super) errors: Vec<(Span, Reason)>,
    /// What is worth a remark.
    pub(super) notes: Vec<(Span, NoteKind)>,
}

/// A file that is being read, and those that include it.
struct Open<'a> {
    path: &'a Path,
    identity: &'a Path,
    outer: Option<&'a Open<'a>>,
}

impl Open<'_> {
    fn depth(&self) -> usize {
        self.outer.map_or(0, |outer| outer.depth() + 1)
    }

    fn is_open(&self, identity: &Path) -> bool {
        self.identity == identity || self.outer.is_some_and(|outer| outer.is_open(identity))
    }
}

/// Reads files.
pub(super) struct Scanner<'f, F> {
    files: &'f F,
    semantics: Semantics,
    octets: u64,
    /// How many spans were made.
    spans: u32,
    found: Scanned,
}

impl<'f, F: Files> Scanner<'f, F> {
    /// One that has read nothing.
    pub(super) fn new(files: &'f F, semantics: Semantics) -> Self {
        Self {
            files,
            semantics,
            octets: 0,
            spans: 0,
            found: Scanned::default(),
        }
    }

    /// Takes in a file that was named by the user.
    pub(super) fn file(&mut self, path: &Path, content: FileContent) {
        let open = Open {
            path,
            identity: &content.identity,
            outer: None,
        };
        let source = self.source(&open, &content.octets, None);
        let end = self.found.sources.text(source).len();
        let span = self.span(source, end, 0);
        self.token(TokenKind::End, span);
    }

    /// All that was found.
    pub(super) fn finish(self) -> Scanned {
        self.found
    }

    fn span(&mut self, source: SourceIndex, start: usize, length: usize) -> Span {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.spans = self.spans.saturating_add(1);
        Span {
            order: self.spans,
            source,
            start: number(start),
            length: number(length),
        }
    }

    fn token(&mut self, kind: TokenKind, span: Span) {
        self.found.tokens.push(Token { kind, span });
    }

    fn source(&mut self, open: &Open<'_>, octets: &[u8], included_by: Option<Span>) -> SourceIndex {
        self.octets += octets.len() as u64;
        let source = self.found.sources.add(open.path, decode(octets), included_by);
        let text = self.found.sources.text(source);
        if let Some(start) = lexer::old_syntax(&text) {
            let span = self.span(source, start, "Action".len());
            self.found.errors.push((span, Reason::OldSyntax));
            return source;
        }
        let mut at = 0;
        let mut context = Context::default();
        while let Some(rest) = text.get(at..)
            && let Some((lexeme, length)) = lexer::next(rest, self.semantics, context.expects_value)
        {
            let span = self.span(source, at, length);
            match lexeme {
                Lexeme::Nothing => {}
                Lexeme::Dropped => self.dropped(span),
                Lexeme::Include { name, is_quoted } => self.include(open, name, is_quoted, span),
                Lexeme::Token(kind) => {
                    context.goes_on_with(kind);
                    self.note_on(kind, rest.get(..length).unwrap_or_default(), span);
                    self.token(kind, span);
                }
            }
            at += length;
        }
        source
    }

    /// Characters that stand together are one remark.
    fn dropped(&mut self, span: Span) {
        if let Some((last, NoteKind::DroppedCharacter)) = self.found.notes.last_mut()
            && last.source == span.source
            && last.start + last.length == span.start
        {
            last.length += span.length;
        } else {
            self.found.notes.push((span, NoteKind::DroppedCharacter));
        }
    }

    /// What the documented language has beyond that of Wireshark is worth a remark.
    fn note_on(&mut self, kind: TokenKind, text: &str, span: Span) {
        let is_beyond = self.semantics == Semantics::Documented
            && match kind {
                TokenKind::Keyword(keyword) => !keyword.is_known_to_wireshark(),
                TokenKind::Name => !lexer::is_wireshark_name(text),
                TokenKind::BareValue => !lexer::is_wireshark_value(text),
                TokenKind::Quoted => text == "\"\"",
                TokenKind::Operator(sign) => sign == '?',
                _ => false,
            };
        if is_beyond {
            self.found.notes.push((span, NoteKind::WiresharkRejects));
        }
    }

    fn include(&mut self, open: &Open<'_>, name: &str, is_quoted: bool, span: Span) {
        if is_quoted {
            self.found.notes.push((span, NoteKind::WiresharkRejects));
        }
        let refuse = |this: &mut Self, why: String| {
            let name = name.to_owned();
            this.found.errors.push((span, Reason::Include { name, why }));
        };
        if open.depth() >= MAX_DEPTH {
            return refuse(self, format!("more than {MAX_DEPTH} files in each other"));
        }
        let mut failure = None;
        for path in self.candidates(open.path, name) {
            match self.files.read(&path, MAX_FILE_OCTETS) {
                Ok(content) if open.is_open(&content.identity) => {
                    return refuse(self, "it would include itself".to_owned());
                }
                Ok(content) if self.is_too_much(&content) => {
                    return self
                        .found
                        .errors
                        .push((span, Reason::TooLarge("more than 1000 files or 16 MiB")));
                }
                Ok(content) => {
                    let inner = Open {
                        path: &path,
                        identity: &content.identity,
                        outer: Some(open),
                    };
                    self.source(&inner, &content.octets, Some(span));
                    return;
                }
                // What stands beside the including file counts; the working directory is only asked without it.
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        refuse(self, failure.map_or_else(String::new, |error| error.to_string()));
    }

    /// Where a file may be that is included: beside the one that includes it, then in the working directory. Wireshark
    /// looks in the latter only.
    fn candidates(&self, including: &Path, name: &str) -> Vec<PathBuf> {
        let here = PathBuf::from(name);
        match (self.semantics, including.parent()) {
            (Semantics::Documented, Some(folder)) if folder.join(name) != here => {
                vec![folder.join(name), here]
            }
            _ => vec![here],
        }
    }

    fn is_too_much(&self, content: &FileContent) -> bool {
        self.octets + content.octets.len() as u64 > MAX_OCTETS || self.found.sources.len() >= MAX_FILES
    }
}

/// Where in a list the scanner is: only there values are written without quotes.
#[derive(Default)]
struct Context {
    is_in_list: bool,
    expects_value: bool,
}

impl Context {
    fn goes_on_with(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Symbol('(') => self.is_in_list = true,
            TokenKind::Symbol(')' | ';') => self.is_in_list = false,
            _ => {}
        }
        let before_value = match kind {
            TokenKind::Operator(sign) => sign != '?',
            TokenKind::Symbol(symbol) => matches!(symbol, '{' | '|'),
            _ => false,
        };
        self.expects_value = self.is_in_list && before_value;
    }
}
