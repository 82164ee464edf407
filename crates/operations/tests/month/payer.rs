//! The payer's office of a test: a database and a folder of files, files taken in and paid.

use super::database::{database, place};
use super::plan::{ClaimFile, Plan};
use counterfoil_base::Date;
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, FileRun, IssuedPayment, PayerDesk, PaymentFiles, PaymentRun, adjudicate_file,
    run_payments,
};
use counterfoil_store::{Place, Store, StoreError, Transaction};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Writes whole files into a folder.
pub struct Folder(pub PathBuf);

impl PaymentFiles for Folder {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let failed = |source| OperationsError::Io { doing: format!("writing {name}"), source };
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(failed)?;
        std::fs::write(self.0.join(name), bytes).map_err(failed)
    }
}

/// A payer with its database and a folder for what it sends.
pub struct Payer<'p> {
    pub plan: &'p Plan,
    pub store: Store,
    pub payments: Vec<IssuedPayment>,
    folder: TempDir,
}

impl<'p> Payer<'p> {
    /// With an empty database in memory, which does not wait for the disk.
    pub fn new(plan: &'p Plan) -> Payer<'p> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let store = database();
        Payer { plan, store, payments: Vec::new(), folder }
    }

    /// With an empty database that others can open, and where it is.
    pub fn on_disk(plan: &'p Plan) -> (Payer<'p>, Place) {
        let payer = Payer::new(plan);
        let place = place(&payer.folder.path().join("payer.sqlite"));
        let store = Store::open_at(&place).expect("a database opens");
        (Payer { store, ..payer }, place)
    }

    /// The month as it is sent: each file taken in whole, then everything due is paid.
    pub fn play(mut self) -> Payer<'p> {
        for file in &self.plan.files {
            self.take(file, &file.info.name);
            self.pay(file.sent_on());
        }
        self
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    pub fn take(&mut self, file: &ClaimFile, name: &str) -> FileRun {
        self.try_take(file, name, file.bytes.as_slice()).expect("the file is taken in")
    }

    /// Takes the file in from a reader that may fail on the way.
    pub fn try_take(
        &mut self,
        file: &ClaimFile,
        name: &str,
        reader: impl Read + Send,
    ) -> Result<FileRun, OperationsError> {
        let mut folder = Folder(self.out());
        self.take_into((file, name), reader, &mut folder)
    }

    /// Takes the file in on another day than the one on which it was sent.
    pub fn take_on(&mut self, on: Date, file: &ClaimFile) -> FileRun {
        let mut folder = Folder(self.out());
        let desk = self.plan.desk(on);
        let request = self.request((file, &file.info.name), desk);
        adjudicate_file(&mut self.store, request, file.bytes.as_slice(), &mut folder, &mut |_| {})
            .expect("the file is taken in")
    }

    /// Takes the file in; its answers go where the caller says.
    pub fn take_into(
        &mut self,
        (file, name): (&ClaimFile, &str),
        reader: impl Read + Send,
        files: &mut dyn PaymentFiles,
    ) -> Result<FileRun, OperationsError> {
        let request = self.request((file, name), self.plan.desk(file.sent_on()));
        adjudicate_file(&mut self.store, request, reader, files, &mut |_| {})
    }

    fn request<'a>(
        &self,
        (file, name): (&ClaimFile, &'a str),
        desk: PayerDesk<'a>,
    ) -> FileRequest<'a>
    where
        'p: 'a,
    {
        FileRequest {
            desk,
            settings: &self.plan.settings,
            name,
            scan: scan_file(&mut file.bytes.as_slice()).expect("memory can be read"),
            rules_digest: "rules of the plan",
        }
    }

    pub fn pay(&mut self, on: Date) -> PaymentRun {
        let mut folder = Folder(self.out());
        let run = run_payments(&mut self.store, self.plan.payment(on), &mut folder)
            .expect("what is due is paid");
        self.payments.extend(run.payments.iter().cloned());
        run
    }

    pub fn read<T>(&mut self, ask: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> T {
        self.store.transaction("ask", ask).expect("the database answers")
    }

    /// The files that begin with this, by name.
    pub fn files(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        files(&self.out(), prefix)
    }
}

fn files(folder: &Path, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with(prefix) {
            files.insert(name, std::fs::read(&path).expect("the file can be read"));
        }
    }
    files
}

/// SHA-256 over the names and bytes of files, hex.
pub fn digest_of(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
