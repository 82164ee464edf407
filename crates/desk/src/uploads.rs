//! Files that people send through a page: taken over into the inbox, each once.

use crate::files::INBOX;
use crate::office::{OfficeDesk, trouble};
use crate::out_folder::sync;
use counterfoil_store::{FileFate, ListName, UploadRow};
use counterfoil_web::view::{Received, Upload};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, Viewer};
use std::path::Path;

impl OfficeDesk {
    /// Takes an upload over into the inbox folder, whole or not at all.
    pub(crate) fn take_upload(&self, viewer: &Viewer, upload: &Upload) -> Answer<Received> {
        let keys = ["in".to_owned(), upload.digest.clone()];
        let id = self.id("file", &keys);
        let (is_known, sent) = self.read("know an upload", |tx| {
            let file = tx.file(&upload.digest).map_err(|error| trouble(&error))?;
            let sent = tx.upload(&upload.digest).map_err(|error| trouble(&error))?;
            let outcome = tx.file_outcome(&upload.digest).map_err(|error| trouble(&error))?;
            let is_refused = outcome.is_some_and(|one| one.fate == FileFate::Refused);
            // What was refused may be brought again, once its cause is mended.
            let is_waiting = sent.as_ref().is_some_and(|sent| self.waits_in_inbox(sent));
            let is_known = file.is_some() || sent.is_some();
            Ok((is_known && (!is_refused || is_waiting), sent))
        })?;
        if is_known {
            return Ok(Received::Known { id });
        }
        let failed = |error: std::io::Error| {
            let what = "The file could not be taken over.";
            DeskError::new(DeskErrorKind::Unavailable, what, &error.to_string())
                .next("Tell your administrator: the inbox folder must be writable.")
                .unchanged("Everything; nothing of the file is kept.")
        };
        let inbox = self.data.join(INBOX);
        std::fs::create_dir_all(&inbox).map_err(failed)?;
        let is_again = sent.is_some();
        // One that comes again lies where its page looks for it.
        let place = sent.map_or_else(|| place_of(upload), |sent| sent.place);
        take_over(&upload.path, &inbox.join(&place)).map_err(failed)?;
        let row = UploadRow {
            digest: upload.digest.clone(),
            name: upload.name.clone(),
            place,
            bytes: upload.bytes,
            arrived_at: viewer.at.as_millisecond(),
            account: viewer.account.id.clone(),
        };
        let is_new = self.write("record an upload", |tx| tx.insert_upload(&row))?;
        // Our own writing leaves the stamp of changes as it is; the list of files has changed.
        self.forget_totals(ListName::Files);
        self.tell("work", "A file was received.");
        Ok(if is_new || is_again { Received::New { id } } else { Received::Known { id } })
    }

    /// Whether an upload waits in the inbox to be worked on.
    pub(crate) fn waits_in_inbox(&self, upload: &UploadRow) -> bool {
        self.data.join(INBOX).join(&upload.place).is_file()
    }
}

/// The name under which an upload lies in the inbox: its own, told apart by its digest.
fn place_of(upload: &Upload) -> String {
    let start: String = upload.digest.chars().take(16).collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    format!("{start}-{}", upload.name.chars().map(plain).collect::<String>())
}

/// Moves a file into the inbox under a hidden name first, so that no half file is ever seen
/// there.
fn take_over(from: &Path, to: &Path) -> std::io::Result<()> {
    let inbox = to.parent().unwrap_or(Path::new("."));
    if std::fs::rename(from, to).is_ok() {
        return sync(inbox);
    }
    // Another disk: copied whole, then named.
    let hidden = to.with_extension("partial");
    let copied =
        std::fs::copy(from, &hidden).and_then(|_| std::fs::File::open(&hidden)?.sync_all());
    copied.and_then(|()| std::fs::rename(&hidden, to))?;
    sync(inbox)?;
    std::fs::remove_file(from)
}
