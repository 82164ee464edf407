//! The folder of copies of what goes out, and folders whose names survive a loss of power.

use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::PaymentFiles;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folder in the data folder with copies of what goes out.
pub const OUT: &str = "out";

/// The folder of copies of what goes out; files appear in it whole.
pub struct OutFolder(pub PathBuf);

impl PaymentFiles for OutFolder {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let place = self.0.join(name);
        let hidden = self.0.join(format!(".{name}.partial"));
        let written = make_durable(&self.0).and_then(|()| {
            let mut file = std::fs::File::create(&hidden)?;
            std::io::copy(content, &mut file)?;
            file.sync_all()?;
            std::fs::rename(&hidden, &place)?;
            sync(&self.0)
        });
        written.map_err(|source| {
            // What is not whole goes; when that fails too, the next attempt writes over it.
            let _ = std::fs::remove_file(&hidden);
            OperationsError::Io { doing: format!("writing {}", place.display()), source }
        })
    }
}

/// Makes a folder that would survive a loss of power; one that is there is left as it is.
fn make_durable(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    make_durable(parent)?;
    match std::fs::create_dir(folder) {
        // Somebody else was quicker.
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    sync(parent)
}

/// Makes the names in a folder durable.
pub(crate) fn sync(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_out_into_a_folder_that_is_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("not/there/yet");
        let mut files = OutFolder(out.clone());
        files.write("one.x12", &mut &b"ISA"[..]).unwrap();
        files.write("one.x12", &mut &b"ISA*00"[..]).unwrap();
        assert_eq!(std::fs::read(out.join("one.x12")).unwrap(), b"ISA*00");
        let names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|one| one.unwrap()).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        // A file stands where the folder should be: nothing is left behind, and it is said.
        let mut blocked = OutFolder(out.join("one.x12"));
        assert!(blocked.write("two.x12", &mut &b"ISA"[..]).is_err());
        assert_eq!(std::fs::read(out.join("one.x12")).unwrap(), b"ISA*00");
    }
}
