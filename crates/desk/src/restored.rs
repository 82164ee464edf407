//! The mark of a data folder that was put back to an older time: until it is gone, nothing is
//! signed, sent, taken in, decided or paid.

use std::io::ErrorKind;
use std::path::Path;

/// There since the folder was restored, until every partner was met or a person has said so.
pub const RESTORED_FILE: &str = "restored";
/// What is wrong with a folder that has the mark.
pub const RESTORED_WHAT: &str = "this folder was restored: it may not \
    know what it has paid, sent and taken in since the backup";
/// What to do about it.
pub const RESTORED_NEXT: &str = "let the node meet every partner (`counterfoil serve`), or look \
    with each what was done since the backup and say so by name: `counterfoil restore \
    --met-everyone --by NAME --data DIR`";

/// Whether a data folder was restored and has not met every partner since.
///
/// A mark that cannot be looked at counts as one that is there; where there is no folder, there is
/// no mark.
#[must_use]
pub fn is_restored(data: &Path) -> bool {
    match data.join(RESTORED_FILE).metadata() {
        Ok(_) => true,
        Err(cause) => !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_the_mark_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_restored(folder.path()));
        assert!(!is_restored(&folder.path().join("nowhere")));
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(!is_restored(&folder.path().join("file")), "a file is no folder");
        std::fs::write(folder.path().join(RESTORED_FILE), "").unwrap();
        assert!(is_restored(folder.path()));
    }
}
