//! Documents in the data folder: whole ones under their digest, parts of others beside them.

use counterfoil_twin::sync::RunningDigest;
use counterfoil_twin::{Hash, to_hex};
use std::fs::File;
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 65_536;

/// The folder of documents.
#[derive(Clone, Debug)]
pub struct Documents(PathBuf);

impl Documents {
    /// The folder, which exists with its folder `partial`.
    pub fn new(folder: PathBuf) -> Documents {
        Documents(folder)
    }

    /// Bytes that are free on the disk of the folder; nothing when it cannot be asked.
    pub fn free_bytes(&self) -> Option<u64> {
        crate::doctor::free_bytes(&self.0)
    }

    /// Where a whole document lies.
    pub fn place(&self, digest: &Hash) -> PathBuf {
        self.0.join(to_hex(digest))
    }

    fn partial(&self, digest: &Hash) -> PathBuf {
        self.0.join("partial").join(to_hex(digest))
    }

    /// The digest of what is stored of a document that is being fetched.
    pub fn held(&self, digest: &Hash) -> Result<RunningDigest> {
        let mut running = RunningDigest::new();
        let mut file = match File::open(self.partial(digest)) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(running),
            Err(cause) => return Err(cause),
        };
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(running),
                count => running.update(chunk.get(..count).unwrap_or_default()),
            }
        }
    }

    /// Makes a part durable; gives how many bytes are.
    pub fn store_part(&self, digest: &Hash, offset: u64, bytes: &[u8]) -> Result<u64> {
        let path = self.partial(digest);
        let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
        // What an interrupted write left behind the last durable byte counts for nothing.
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        file.sync_data()?;
        Ok(offset.saturating_add(bytes.len() as u64))
    }

    /// A document is whole: from now on it lies under its digest.
    pub fn complete(&self, digest: &Hash) -> Result<()> {
        // A document without bytes has no part.
        File::options().create(true).append(true).open(self.partial(digest))?;
        std::fs::rename(self.partial(digest), self.place(digest))?;
        File::open(&self.0)?.sync_all()
    }

    /// Puts a file of this organization beside the documents of others, whole or not at all.
    pub fn publish(&self, digest: &Hash, content: &mut dyn Read) -> Result<()> {
        let partial = self.0.join("partial").join(format!("out-{}", to_hex(digest)));
        let mut file = File::create(&partial)?;
        std::io::copy(content, &mut file)?;
        file.sync_all()?;
        std::fs::rename(partial, self.place(digest))?;
        File::open(&self.0)?.sync_all()
    }

    /// Throws away what was stored of a document.
    pub fn forget(&self, digest: &Hash) -> Result<()> {
        match std::fs::remove_file(self.partial(digest)) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
            _ => Ok(()),
        }
    }

    /// Reads a part of a whole document: at most so many bytes.
    pub fn read(&self, digest: &Hash, offset: u64, bytes_max: usize) -> Result<Vec<u8>> {
        let mut file = File::open(self.place(digest))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(bytes_max as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_grows_part_by_part_and_goes_on_after_a_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("partial")).expect("a folder");
        let documents = Documents::new(folder.path().to_path_buf());
        let digest = counterfoil_twin::sha256(&[b"abcdef"]);
        assert_eq!(documents.held(&digest).expect("nothing yet").length(), 0);
        assert_eq!(documents.store_part(&digest, 0, b"abXX").expect("stored"), 4);
        assert_eq!(documents.store_part(&digest, 2, b"cdef").expect("stored"), 6);
        assert_eq!(documents.held(&digest).expect("a part").length(), 6);
        assert!(documents.read(&digest, 0, 9).is_err(), "what is not whole is not given");
        documents.complete(&digest).expect("whole");
        assert_eq!(documents.read(&digest, 2, 3).expect("whole"), b"cde");
        assert_eq!(documents.held(&digest).expect("no part").length(), 0);
        documents.forget(&digest).expect("no part to forget");
    }
}
