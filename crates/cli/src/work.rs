//! The work of an office as the running node and the commands do it alike: files in, answers and
//! payments out.

mod answers;
mod provider;

pub use answers::partner_of_answers;
pub use provider::{PostedFiles, ProviderOffice, post_files, post_partner_file, write_submissions};

use crate::arguments::DeskOptions;
use crate::console::{Console, Surroundings};
use crate::error::CommandError;
use crate::office::{Desk, OutFolder};
use crate::{files, not_run, office};
use counterfoil_base::Date;
use counterfoil_desk::{DOCUMENTS, Engines};
use counterfoil_operations::halves::{publish_new_pack, relations};
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    DecideRequest, FileRequest, FileRun, PackSource, PayerDesk, PaymentRequest, PaymentRun,
    PersonVerdict, adjudicate_file, decide_pended, pay_payees, run_payments,
};
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{Store, StoreError};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whose fault it is that work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkErrorKind {
    /// The file cannot be used, now or later.
    File,
    /// Somebody else is at work in the data folder; a moment later it will do.
    Busy,
    /// Something that the operator can put right.
    Office,
}

/// Why work was not done; nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkError {
    /// What happened.
    pub what: String,
    /// What to do.
    pub next: String,
    /// Whose fault it is.
    pub kind: WorkErrorKind,
}

impl WorkError {
    /// What the operator can put right.
    #[must_use]
    pub fn office(what: impl Into<String>, next: impl Into<String>) -> WorkError {
        WorkError { what: what.into(), next: next.into(), kind: WorkErrorKind::Office }
    }

    /// A file that cannot be used.
    #[must_use]
    pub fn file(what: impl Into<String>, next: impl Into<String>) -> WorkError {
        WorkError { what: what.into(), next: next.into(), kind: WorkErrorKind::File }
    }
}

impl From<CommandError> for WorkError {
    fn from(error: CommandError) -> WorkError {
        WorkError::office(error.to_string(), error.hint().unwrap_or_default())
    }
}

impl From<OperationsError> for WorkError {
    fn from(error: OperationsError) -> WorkError {
        match error {
            OperationsError::Refused(why) => {
                WorkError::file(why, "correct the file and bring it again")
            }
            OperationsError::Store(error) => error.into(),
            other => CommandError::from(other).into(),
        }
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> WorkError {
        let kind = match error {
            StoreError::Busy => WorkErrorKind::Busy,
            _ => WorkErrorKind::Office,
        };
        WorkError { kind, ..CommandError::from(error).into() }
    }
}

/// Where an office keeps what it works with.
#[derive(Clone, Debug)]
pub struct OfficeFolders {
    /// Plans, contracts, prices and payment.toml.
    pub rates: PathBuf,
    /// Members and their coverage (CSV).
    pub members: PathBuf,
    /// The payer's rule packs and edit tables.
    pub rules: PathBuf,
    /// Code tables beside the built-in ones.
    pub tables: PathBuf,
    /// Documents of partners, each under its digest.
    pub documents: PathBuf,
}

impl OfficeFolders {
    /// Those of a data folder, under their usual names.
    #[must_use]
    pub fn of(data: &Path) -> OfficeFolders {
        OfficeFolders {
            rates: data.join("rates"),
            members: data.join("members.csv"),
            rules: data.join("rules"),
            tables: data.join("tables"),
            documents: data.join(DOCUMENTS),
        }
    }

    /// Everything that decides: when a file below one of these changes, it is loaded anew.
    #[must_use]
    pub fn watched(&self) -> [&Path; 4] {
        [&self.rates, &self.members, &self.rules, &self.tables]
    }

    fn rules(&self) -> Option<PathBuf> {
        self.rules.is_dir().then(|| self.rules.clone())
    }

    fn tables(&self) -> Option<PathBuf> {
        self.tables.is_dir().then(|| self.tables.clone())
    }
}

/// Runs work whose talk is for a log: what was said comes back with the result.
fn aside<T>(
    on: Date,
    work: impl FnOnce(&mut Console<'_>) -> Result<T, CommandError>,
) -> Result<(T, String), WorkError> {
    let (mut out, mut said) = (std::io::sink(), Vec::new());
    let surroundings = Surroundings {
        today: on,
        color: false,
        progress: false,
        elapsed: Box::new(|| Duration::ZERO),
        now_ms: Box::new(|| 0),
        random: Box::new(|| [0; 32]),
    };
    let done = work(&mut Console::new(&mut out, &mut said, surroundings));
    Ok((done?, String::from_utf8_lossy(&said).into_owned()))
}

/// A payer's rates, members, rules and payment settings, loaded once.
pub struct PayerOffice {
    desk: Desk,
    settings: PaymentSettings,
    /// What was said while loading: files that were not read, rules that are missing.
    pub said: String,
}

impl PayerOffice {
    /// Loads an office; a day is named because some rates are of a time.
    ///
    /// # Errors
    /// When rates, members, rules or payment settings cannot be used; the message says why.
    pub fn load(folders: &OfficeFolders, on: Date) -> Result<PayerOffice, WorkError> {
        let settings = office::payment_settings(&folders.rates)?;
        let (desk, said) = load_desk(folders, on)?;
        Ok(PayerOffice { desk, settings, said })
    }

    /// The desk, with the packs that were published to partners: what a provider was told is what
    /// its claims are checked with.
    fn payer(&self) -> PayerDesk<'_> {
        PayerDesk { packs: PackSource::Record, ..self.desk.payer() }
    }

    /// Takes a claim file in and decides it; TA1, 999 and 277CA are written to `out`.
    ///
    /// # Errors
    /// When the file cannot be read or the database refuses; what was committed stands.
    pub fn take_in(
        &mut self,
        store: &mut Store,
        (file, name): (&Path, &str),
        out: &Path,
        on: Date,
    ) -> Result<FileRun, WorkError> {
        self.desk.on = on;
        let failed = |cause: std::io::Error| CommandError::file("read", file, &cause);
        let scan = scan_file(&mut File::open(file).map_err(failed)?).map_err(failed)?;
        let request = FileRequest {
            desk: self.payer(),
            settings: &self.settings,
            name,
            scan,
            rules_digest: &self.desk.digest,
        };
        let opened = File::open(file).map_err(failed)?;
        let mut folder = OutFolder(out.to_path_buf());
        Ok(adjudicate_file(store, request, opened, &mut folder, &mut |_| {})?)
    }

    /// The payer's numbers of the claims that wait for a person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn pended(&self, store: &mut Store) -> Result<Vec<String>, WorkError> {
        let rows = store.read("pended claims", |tx| tx.pended_claims());
        let rows = rows.map_err(WorkError::from)?;
        Ok(rows.into_iter().map(|row| row.claim_control_number).collect())
    }

    /// A named person approves a claim that waits.
    ///
    /// # Errors
    /// When the claim does not wait, or the database refuses.
    pub fn approve(
        &self,
        store: &mut Store,
        claim_control_number: &str,
        (person, reason): (&str, &str),
    ) -> Result<(), WorkError> {
        let verdict = PersonVerdict::Approve;
        let request = DecideRequest { claim_control_number, person, verdict, reason };
        decide_pended(store, self.payer(), &request, |_| Ok(()))
            .map(drop)
            .map_err(|error: OperationsError| error.into())
    }

    /// Pays what is due on a day: 835 and CCD+ are written to `out`.
    ///
    /// # Errors
    /// When the database refuses or a file cannot be written.
    pub fn pay(&self, store: &mut Store, out: &Path, on: Date) -> Result<PaymentRun, WorkError> {
        let request = PaymentRequest { settings: &self.settings, rates: &self.desk.rates, on };
        Ok(run_payments(store, request, &mut OutFolder(out.to_path_buf()))?)
    }

    /// The same for some payees alone, as after a run that could not pay them.
    ///
    /// # Errors
    /// As of [`PayerOffice::pay`].
    pub fn pay_again(
        &self,
        store: &mut Store,
        payees: &BTreeSet<String>,
        (out, on): (&Path, Date),
    ) -> Result<PaymentRun, WorkError> {
        let request = PaymentRequest { settings: &self.settings, rates: &self.desk.rates, on };
        Ok(pay_payees(store, request, payees, &mut OutFolder(out.to_path_buf()))?)
    }
}

/// The rule packs of a payer's rules folder, which its partners are told of.
pub struct OwnPacks {
    bytes: Vec<Vec<u8>>,
    /// Relationships whose partners were told of all of them.
    told: Vec<i64>,
}

impl OwnPacks {
    /// Reads the packs of the rules folder; none when there is no folder.
    ///
    /// # Errors
    /// When one cannot be used.
    pub fn load(folders: &OfficeFolders) -> Result<OwnPacks, WorkError> {
        let bytes = folders.rules().map_or(Ok(Vec::new()), |folder| files::packs(&folder))?;
        Ok(OwnPacks { bytes, told: Vec::new() })
    }

    /// Publishes to each partner what it was never told of, to be used from this day on; gives
    /// name, version and partners.
    ///
    /// # Errors
    /// When the database refuses; nothing was published then.
    pub fn publish(&mut self, store: &mut Store, on: Date) -> Result<Vec<String>, WorkError> {
        let partners = store.read("who is told of rule packs", relations)?;
        let ids: Vec<i64> = partners.iter().map(|one| one.id).collect();
        if ids == self.told {
            return Ok(Vec::new());
        }
        let done = store.transaction("publish rule packs", |tx| {
            let mut words = Vec::new();
            for bytes in &self.bytes {
                let (pack, told) = publish_new_pack(tx, &partners, (bytes, on))?;
                if !told.is_empty() {
                    let partners = told.join(", ");
                    words.push(format!("{} {} to {partners}", pack.name, pack.version));
                }
            }
            Ok::<_, OperationsError>(words)
        });
        let words = done.map_err(|error| WorkError {
            kind: match error {
                OperationsError::Store(StoreError::Busy) => WorkErrorKind::Busy,
                _ => WorkErrorKind::Office,
            },
            ..error.into()
        })?;
        self.told = ids;
        Ok(words)
    }
}

fn load_desk(folders: &OfficeFolders, on: Date) -> Result<(Desk, String), WorkError> {
    let options = DeskOptions {
        rates: folders.rates.clone(),
        members: folders.members.clone(),
        rules: folders.rules(),
        tables: folders.tables(),
        on: Some(on),
    };
    aside(on, |console| {
        let desk = Desk::load(&options, console)?;
        desk.announce(console);
        desk.rules.warn(console);
        Ok(desk)
    })
}

/// The engines with which the pages answer; what an office without rates and members has is none.
///
/// # Errors
/// When there are rates and they cannot be used.
pub fn page_engines(folders: &OfficeFolders, on: Date) -> Result<Option<Engines>, WorkError> {
    if !folders.rates.is_dir() || !folders.members.is_file() {
        return Ok(None);
    }
    let (desk, _) = load_desk(folders, on)?;
    let not_run = not_run::missing(&desk.engine, &desk.rules, &[]);
    let not_run = not_run.iter().map(ToString::to_string).collect();
    let rules = desk.rules.tables_words();
    let Desk { rates, members, engine, settings, .. } = desk;
    Ok(Some(Engines { rates, members, engine, settings, rules, not_run }))
}
