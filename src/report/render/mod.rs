//! The outputs, one file per format.

pub mod columns;
pub mod comparison;
pub mod csv;
pub mod diagnosis;
pub mod file;
pub mod file_name;
pub mod html;
pub mod inventory;
pub mod json;
pub mod jsonl;
pub mod ladder;
pub mod layout;
pub mod markdown;
pub mod operations;
pub mod rows;
pub mod show;
pub mod stats;
pub mod summary;
pub mod table;
pub mod xml;
