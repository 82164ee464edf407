//! Why a command did not do its work, in words for the person who typed it.

use std::path::Path;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The words of the command do not fit together.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// What to type instead.
        hint: String,
    },
    /// Something that the operator can put right: a missing file, a full disk, a locked database.
    #[error("{message}")]
    Operator {
        /// What happened, and what stayed unchanged.
        message: String,
        /// What to do next.
        hint: String,
    },
    /// The reader of standard output went away, as `| head` does.
    #[error("standard output was closed")]
    OutputClosed,
}

impl CommandError {
    /// 2 for usage, 3 for the operator, 0 for a reader that has seen enough.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            CommandError::Usage { .. } => 2,
            CommandError::Operator { .. } => 3,
            CommandError::OutputClosed => 0,
        }
    }

    /// The next step, when there is one.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            CommandError::Usage { hint, .. } | CommandError::Operator { hint, .. } => Some(hint),
            CommandError::OutputClosed => None,
        }
    }

    /// A file or folder that could not be read or written.
    pub fn file(doing: &str, path: &Path, cause: &std::io::Error) -> CommandError {
        let hint = match cause.kind() {
            std::io::ErrorKind::NotFound => "check the path; nothing was changed",
            std::io::ErrorKind::PermissionDenied => "check who may read and write there",
            std::io::ErrorKind::ReadOnlyFilesystem => "name a place that can be written to",
            std::io::ErrorKind::StorageFull => "make room on the disk, then run the command again",
            _ => "mend the cause, then run the command again: nothing is counted twice",
        };
        CommandError::Operator {
            message: format!("cannot {doing} {}: {cause}", path.display()),
            hint: hint.into(),
        }
    }

    /// An error of an engine or of the store that only an operator can mend.
    pub fn operator(message: impl ToString, hint: impl Into<String>) -> CommandError {
        CommandError::Operator { message: message.to_string(), hint: hint.into() }
    }

    /// Words of a command that do not fit together.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> CommandError {
        CommandError::Usage { message: message.into(), hint: hint.into() }
    }
}
