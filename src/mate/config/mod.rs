//! MATE configurations: what is declared, with names resolved, and how the text is read.
//!
//! The language is that of Wireshark's MATE (User's Guide, chapter MATE), scanner and grammar of Wireshark 4.0 included
//! where they are asked for. What is read is a [`Configuration`]: everything in it refers to other parts by index, so that
//! the engine never compares a name.
//!
//! Files become tokens (`scan`, by the rules of `lexer`), tokens declarations as they were written (`parser`, `syntax`),
//! and these a configuration (`resolve`), with remarks about what can never be met (`remarks`).

mod blocks;
mod condition;
mod cursor;
mod declaration;
mod error;
mod keyword;
mod lexer;
mod names;
mod nearest;
mod note;
mod parser;
mod pieces;
mod reader;
mod remarks;
mod resolve;
mod scan;
mod scope;
mod source;
mod syntax;
#[cfg(test)]
mod tests;

pub(crate) use condition::{Condition, List, Mode, Operator, Value};
pub(crate) use declaration::{
    Acceptance, Action, Assignment, Clause, Configuration, GogDeclaration, GogIndex, GopDeclaration,
    GopIndex, Member, PduDeclaration, PduIndex, PduTypeIndex, Semantics, ShowTree, Transform, TransformIndex,
};
pub(crate) use error::{ConfigError, Unusable};
pub(crate) use names::AttributeId;
pub(crate) use nearest::nearest;
pub(crate) use note::Note;
pub(crate) use reader::{ReadOptions, read};
pub(crate) use source::{FileContent, Files, LocalFiles};

/// The configuration that a text declares, for tests.
#[cfg(test)]
pub(crate) fn of_text(text: &str, semantics: Semantics) -> Configuration {
    struct Text<'a>(&'a str);
    impl Files for Text<'_> {
        fn read(&self, path: &std::path::Path, _: u64) -> std::io::Result<FileContent> {
            Ok(FileContent {
                identity: path.to_owned(),
                octets: self.0.as_bytes().to_vec(),
            })
        }
    }
    let options = ReadOptions {
        semantics,
        ignore_unknown: false,
    };
    match read(&["test.mate".into()], options, &Text(text)) {
        Ok(configuration) => configuration,
        Err(unusable) => panic!("{unusable:?}"),
    }
}
