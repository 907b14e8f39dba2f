//! What happens to inputs while they are followed, and what is done about it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::CaptureError;
use crate::model::text::shown;

/// Something that happened to an input while it was followed: one line that names it and what is done.
#[derive(Debug)]
pub enum Notice {
    /// A file became shorter than what was read of it.
    CutShort(PathBuf),
    /// The name of a file stands for another one.
    Replaced(PathBuf),
    /// A file is gone.
    Gone(PathBuf),
    /// A compressed file appeared in a folder.
    Compressed(PathBuf),
    /// A file was written to after it was taken for finished.
    Grown(PathBuf),
    /// An input cannot be read.
    Unreadable(CaptureError),
}

impl Notice {
    /// What it is about.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::CutShort(path)
            | Self::Replaced(path)
            | Self::Gone(path)
            | Self::Compressed(path)
            | Self::Grown(path) => path,
            Self::Unreadable(error) => match &error.input {
                super::Input::File(path) => path,
                super::Input::Stdin => Path::new("-"),
            },
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::CutShort(_) => "was cut short; it is read anew from its beginning",
            Self::Replaced(_) => "was replaced; the file that has its name now is read from its beginning",
            Self::Gone(_) => "is gone; a file that takes its name will be read",
            Self::Compressed(_) => "is compressed, and passed over",
            Self::Grown(_) => "was written to after it was taken for finished; that is passed over",
            Self::Unreadable(error) => return error.fmt(f),
        };
        write!(f, "{}: {what}", shown(&self.path().to_string_lossy()))
    }
}
