//! MATE configurations: what is declared, with names resolved, and how the text is read.
//!
//! The language is that of Wireshark's MATE (User's Guide, chapter MATE). What is read is a [`Configuration`]: everything
//! in it refers to other parts by index, so that the engine never compares a name.

mod condition;
mod declaration;
mod names;
mod note;

pub(crate) use condition::{Condition, List, Mode, Octets, Operator, Value};
pub(crate) use declaration::{
    Acceptance, Action, Assignment, Clause, Configuration, Criteria, Extract, GogDeclaration, GogIndex,
    GopDeclaration, GopIndex, Member, PduDeclaration, PduIndex, PduType, PduTypeIndex, Semantics, ShowTree,
    Transform, TransformIndex,
};
pub(crate) use names::{AttributeId, AttributeNames};
pub(crate) use note::{Note, NoteKind, Place};
