//! Why the lake could not do its work.

use std::path::{Path, PathBuf};

/// Why the lake could not do its work. Bad rows are findings, not errors.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A file or folder of the lake cannot be read or written.
    #[error("cannot {doing} {}: {cause}", path.display())]
    File {
        /// What was tried: `read`, `write`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The folder holds something else than a lake.
    #[error("{} is no lake: it holds other files and no lake.json", .0.display())]
    NotALake(PathBuf),
    /// The folder is a lake of a later program.
    #[error("{} was written by a later version of this program", .0.display())]
    LaterVersion(PathBuf),
    /// Another process builds or imports here.
    #[error("another process works on the lake {}", .0.display())]
    Busy(PathBuf),
    /// The query cannot be answered: its text or its run failed.
    #[error("{0}")]
    Query(String),
    /// A sort or join holds more than the memory that it may use, by way of the disk too.
    #[error("the memory does not suffice")]
    Memory,
    /// The tables have not been computed yet.
    #[error("the tables have not been computed by this version of the program")]
    NotBuilt,
    /// A computed table breaks its own dictionary: keys repeat or columns differ.
    #[error("table {table}: {what}")]
    Promise {
        /// The table.
        table: &'static str,
        /// What it breaks.
        what: String,
    },
    /// A dictionary file of this program is damaged.
    #[error("the dictionary of table {table} is damaged: {cause}")]
    Dictionary {
        /// The table.
        table: &'static str,
        /// Where it does not parse.
        cause: toml::de::Error,
    },
}

impl LakeError {
    /// A file or folder that could not be read or written.
    pub(crate) fn file(
        doing: &'static str,
        path: &Path,
    ) -> impl Fn(std::io::Error) -> LakeError + Copy {
        move |cause| LakeError::File { doing, path: path.to_owned(), cause }
    }
}
