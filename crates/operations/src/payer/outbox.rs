//! Files that leave: recorded in the transaction that books what they say, written to a folder
//! afterwards, and written again byte for byte when one is lost.

use crate::error::OperationsError;
use crate::intake::hex;
use counterfoil_store::{OutboxFile, OutboxState, Store, Transaction};
use sha2::{Digest, Sha256};
use std::io::Read;

/// Where files are put.
pub trait PaymentFiles {
    /// Writes a whole file under this name, replacing one of that name.
    ///
    /// When it returns, the file stands whole and would survive a loss of power; when it fails,
    /// an earlier file of that name is as it was.
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError>;
}

/// Bytes of a piece at most, so that no file is held whole in memory.
const PIECE_BYTES: usize = 1 << 20;

/// A file that is recorded piece by piece, over several transactions.
pub(super) struct OutgoingFile {
    name: String,
    parts: u64,
    digest: Sha256,
}

impl OutgoingFile {
    /// Begins a file that stands for `source_key`.
    pub(super) fn open(
        tx: &Transaction<'_>,
        (name, kind): (String, &str),
        source_key: &str,
    ) -> Result<OutgoingFile, OperationsError> {
        tx.outbox_open(&name, kind, source_key)?;
        Ok(OutgoingFile { name, parts: 0, digest: Sha256::new() })
    }

    pub(super) fn append(
        &mut self,
        tx: &Transaction<'_>,
        bytes: &[u8],
    ) -> Result<(), OperationsError> {
        for piece in bytes.chunks(PIECE_BYTES) {
            tx.outbox_append(&self.name, self.parts, piece)?;
            self.parts += 1;
            self.digest.update(piece);
        }
        Ok(())
    }

    /// The file is whole: it will be written.
    pub(super) fn close(self, tx: &Transaction<'_>) -> Result<(), OperationsError> {
        Ok(tx.outbox_close(&self.name, &hex(&self.digest.finalize()))?)
    }

    /// The file holds nothing and is not sent.
    pub(super) fn discard(self, tx: &Transaction<'_>) -> Result<(), OperationsError> {
        Ok(tx.outbox_forget_open(&self.name)?)
    }
}

/// Records a whole file; it is written after the transaction by [`write_pending`].
pub(crate) fn record(
    tx: &Transaction<'_>,
    (name, kind): (String, &str),
    source_key: &str,
    bytes: &[u8],
) -> Result<(), OperationsError> {
    let mut file = OutgoingFile::open(tx, (name, kind), source_key)?;
    file.append(tx, bytes)?;
    file.close(tx)
}

/// Files that answer a sender, and files that carry payments: each goes to a folder of its own.
pub(super) const ANSWERS: [&str; 3] = ["TA1", "999", "277CA"];
pub(super) const PAYMENTS: [&str; 2] = ["835", "CCD+"];

/// Writes every file of these kinds that is recorded and not yet written; returns their names.
///
/// A file counts as written only after its folder has it: a run that breaks off between the two
/// writes the same bytes under the same name again.
pub(crate) fn write_pending(
    store: &mut Store,
    kinds: &[&str],
    files: &mut dyn PaymentFiles,
) -> Result<Vec<String>, OperationsError> {
    let mut pending: Vec<OutboxFile> = store
        .transaction("list outgoing files", |tx| Ok::<_, OperationsError>(tx.outbox_pending()?))?;
    pending.retain(|file| kinds.contains(&file.kind.as_str()));
    if !pending.is_empty() {
        // A file must not outlive the books that it comes from.
        store.sync()?;
    }
    let mut written = Vec::new();
    for file in pending {
        write_one(store, &file, files)?;
        store.transaction("mark a file as written", |tx| {
            Ok::<_, OperationsError>(tx.outbox_mark_written(&file.file_name)?)
        })?;
        written.push(file.file_name);
    }
    Ok(written)
}

/// Writes a file that was issued before, byte for byte; `name` is its name or, for an 835, its
/// trace number. Returns the name.
pub fn rewrite_file(
    store: &mut Store,
    name: &str,
    files: &mut dyn PaymentFiles,
) -> Result<String, OperationsError> {
    let found = store.transaction("find an outgoing file", |tx| {
        let by_name = tx.outbox_file(name)?;
        let of_trace = || tx.outbox_of(&payment_source(name));
        Ok::<_, OperationsError>(match by_name {
            Some(file) => Some(file),
            None => of_trace()?,
        })
    })?;
    let Some(file) = found.filter(|file| file.state != OutboxState::Open) else {
        let told = format!("no file and no payment named {name} was issued; nothing was written");
        return Err(OperationsError::Refused(told));
    };
    write_one(store, &file, files)?;
    Ok(file.file_name)
}

/// What an 835 stands for.
pub(super) fn payment_source(trace_number: &str) -> String {
    format!("payment/{trace_number}")
}

fn write_one(
    store: &mut Store,
    file: &OutboxFile,
    files: &mut dyn PaymentFiles,
) -> Result<(), OperationsError> {
    let mut content = Recorded {
        store,
        file,
        next: 0,
        piece: Vec::new(),
        taken: 0,
        digest: Sha256::new(),
        is_whole: false,
    };
    files.write(&file.file_name, &mut content)?;
    match content.is_whole {
        true => Ok(()),
        false => Err(OperationsError::Unwritable {
            what: "an outgoing file",
            cause: format!("{} was not read to its end", file.file_name),
        }),
    }
}

/// The recorded bytes of a file; their end is reached only when they have the recorded digest.
struct Recorded<'s> {
    store: &'s mut Store,
    file: &'s OutboxFile,
    next: u64,
    piece: Vec<u8>,
    taken: usize,
    digest: Sha256,
    is_whole: bool,
}

impl Read for Recorded<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.piece.len() && !self.is_whole && !self.next_piece()? {
            self.check()?;
        }
        let left = self.piece.get(self.taken..).unwrap_or_default();
        let length = left.len().min(into.len());
        for (to, from) in into.iter_mut().zip(left) {
            *to = *from;
        }
        self.taken += length;
        Ok(length)
    }
}

impl Recorded<'_> {
    /// False after the last piece.
    fn next_piece(&mut self) -> std::io::Result<bool> {
        let (name, part) = (&self.file.file_name, self.next);
        let read = self.store.transaction("read an outgoing file", |tx| tx.outbox_part(name, part));
        let piece = read.map_err(std::io::Error::other)?;
        self.taken = 0;
        self.piece = piece.unwrap_or_default();
        self.digest.update(&self.piece);
        self.next += 1;
        Ok(!self.piece.is_empty())
    }

    fn check(&mut self) -> std::io::Result<()> {
        let digest = std::mem::take(&mut self.digest).finalize();
        self.is_whole = hex(&digest) == self.file.content_digest;
        match self.is_whole {
            true => Ok(()),
            false => Err(std::io::Error::other(format!(
                "the recorded bytes of {} do not have their digest: restore a backup",
                self.file.file_name
            ))),
        }
    }
}
