//! What commands open before they work: a database, a payer's desk, its payment settings.

use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::files::{self, LoadedEngine, PartialFile};
use crate::not_run::RulesFound;
use crate::show_finding::to_json;
use counterfoil_adjudicate::{Accumulators, Members, Rates};
use counterfoil_base::{Date, Finding, Severity};
pub(crate) use counterfoil_desk::OutFolder;
use counterfoil_desk::{
    RESTORED_NEXT, RESTORED_WHAT, UNMET_NEXT, UNMET_WHAT, is_restored, is_unmet,
};
use counterfoil_integrity::{CleanClaimEngine, EditScope};
use counterfoil_operations::payer::{Adjudication, DeskDigest, PackSource, PayerDesk};
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{Place, Side, Store, StoreError};
use counterfoil_twin::Hash;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> CommandError {
        let hint = match &error {
            StoreError::OtherSide { .. } => {
                "name your own folder with --data; payer and provider each keep one, and nothing \
                 was changed"
            }
            error if error.is_disk_full() => {
                "nothing was changed; make room on the disk and run the command again"
            }
            StoreError::Place { fix, .. } => fix,
            StoreError::Open(cause) if cause.is_of_server() => {
                "nothing was changed; the PostgreSQL server must run, and let in the user whom \
                 store.url in node.toml names"
            }
            StoreError::Open(_) => {
                "nothing was changed; the data folder must be writable, even to be read, and its \
                 counterfoil.sqlite a database of this program"
            }
            StoreError::UnknownOutcome { .. } => "what stands is not counted twice",
            _ => "nothing was changed; mend the cause and run the command again",
        };
        CommandError::operator(&error, hint)
    }
}

impl From<OperationsError> for CommandError {
    fn from(error: OperationsError) -> CommandError {
        let hint = match &error {
            OperationsError::Refused(_) => {
                "`claim pended` lists what waits, `claim show` one claim"
            }
            _ => "what was committed stands; mend the cause and run the command again",
        };
        CommandError::operator(error, hint)
    }
}

/// Opens the database of a side, making it when it does not exist.
pub(crate) fn open(data: &Path, side: Side) -> Result<Store, CommandError> {
    if data.is_file() {
        let message = format!("{} is a file; a data folder is wanted here", data.display());
        return Err(CommandError::usage(message, "name a folder; nothing was changed"));
    }
    std::fs::create_dir_all(data).map_err(|cause| CommandError::file("make", data, &cause))?;
    let mut store = Store::open_folder(data)?;
    store.belongs_to(side)?;
    Ok(store)
}

/// Refuses to change what a restored folder holds before it has met everyone: it may not know of
/// a payment that it made, a file that it sent or a word that it has signed.
pub(crate) fn expect_not_restored(data: &Path) -> Result<(), CommandError> {
    match is_restored(data) {
        false => Ok(()),
        true => Err(CommandError::operator(
            RESTORED_WHAT,
            format!("nothing was changed; {RESTORED_NEXT}"),
        )),
    }
}

/// Refuses to sign for a relationship whose partner was not met since the folder was restored: the
/// partner may hold other events under the same numbers.
pub(crate) fn expect_met(data: &Path, relationship: &Hash) -> Result<(), CommandError> {
    match is_unmet(data, relationship) {
        false => Ok(()),
        true => {
            Err(CommandError::operator(UNMET_WHAT, format!("nothing was changed; {UNMET_NEXT}")))
        }
    }
}

/// Opens the database of a side to work in, making it when it does not exist; not in a restored
/// folder that has not met everyone.
pub(crate) fn open_to_work(data: &Path, side: Side) -> Result<Store, CommandError> {
    expect_not_restored(data)?;
    open(data, side)
}

/// Opens a side's database that must exist: a question to an empty folder is a typing error.
pub(crate) fn open_existing(data: &Path, side: Side) -> Result<Store, CommandError> {
    let mut store = open_any(data)?;
    store.belongs_to(side)?;
    Ok(store)
}

/// Opens a database that must exist, whosever it is.
pub(crate) fn open_any(data: &Path) -> Result<Store, CommandError> {
    Ok(Store::open_at(&expect_database(data)?)?)
}

/// The payer's database as it stands now, for predictions: a copy of one's own, so that the
/// payer's work goes on and nothing is changed in it.
pub(crate) fn private_copy(data: &Path) -> Result<Store, CommandError> {
    let mut copy = Store::private_copy(&expect_database(data)?)?;
    copy.belongs_to(Side::Payer)?;
    Ok(copy)
}

fn expect_database(data: &Path) -> Result<Place, CommandError> {
    let place = Place::of(data)?;
    if !place.exists() {
        let message = format!("{} holds no database", data.display());
        let hint = "name the folder that `claim adjudicate` or `remit post` was given as --data";
        return Err(CommandError::operator(message, hint));
    }
    Ok(place)
}

/// Rates, members and engine of a payer, loaded once.
pub(crate) struct Desk {
    pub(crate) rates: Rates,
    pub(crate) members: Members,
    pub(crate) engine: Arc<CleanClaimEngine>,
    pub(crate) on: Date,
    /// What the rules folder held.
    pub(crate) rules: RulesFound,
    /// Files of the rates folder that were read.
    rates_read: Vec<String>,
    /// Files of the rates folder that were not.
    rates_unread: Vec<String>,
    /// What is wrong with rates, members, rules or tables and stops no work.
    warnings: Vec<Finding>,
    /// Of everything that decides: files of rates, members, rules and tables, and the program.
    pub(crate) digest: String,
    /// Who the payer is, when the rates folder says it.
    pub(crate) settings: Option<PaymentSettings>,
}

impl Desk {
    /// Loads a desk; what cannot be used is said, and errors in rates or members stop the work.
    pub(crate) fn load(
        options: &DeskOptions,
        console: &mut Console<'_>,
    ) -> Result<Desk, CommandError> {
        let scope = EditScope::ModelAlone;
        let LoadedEngine { engine, mut findings, rules } =
            files::engine(options.tables.as_deref(), options.rules.as_deref(), scope)?;
        let texts = files::texts(&options.rates, &[".toml", ".csv", ".md"])?;
        expect_rates(&options.rates, &texts)?;
        let (rates, said) = rates(&texts);
        let ignored = |name: &String| said.iter().any(|one| is_about_unread(one, name));
        let (rates_unread, rates_read): (Vec<String>, Vec<String>) = files::names(&options.rates)?
            .into_iter()
            .partition(|name| !texts.iter().any(|(read, _)| read == name) || ignored(name));
        findings.extend(said);
        let (members, said) = members(&options.members)?;
        findings.extend(said);
        refuse_errors(&findings, console)?;
        let on = options.on.unwrap_or_else(|| console.today());
        findings.retain(|finding| finding.severity == Severity::Warning);
        let digest = desk_digest(options)?;
        let says_payer = options.rates.join(PAYMENT_FILE).is_file();
        let settings = says_payer.then(|| payment_settings(&options.rates)).transpose()?;
        Ok(Desk {
            rates,
            members,
            engine: Arc::new(engine),
            on,
            rules,
            rates_read,
            rates_unread,
            warnings: findings,
            digest,
            settings,
        })
    }

    /// Says which files the work is done with.
    pub(crate) fn announce(&self, console: &mut Console<'_>) {
        let mut said = format!("rates: {}", self.rates_read.join(", "));
        if !self.rates_unread.is_empty() {
            said.push_str(&format!("; not read: {}", self.rates_unread.join(", ")));
        }
        console.say(&said);
    }

    /// The files and warnings of [`Desk::announce`] and of loading, for machines.
    pub(crate) fn to_json(&self) -> Value {
        let warnings = self.warnings.iter().map(to_json);
        json!({
            "rates_files": self.rates_read,
            "rates_files_not_read": self.rates_unread,
            "warnings": warnings.collect::<Vec<_>>(),
        })
    }

    /// Begins to decide claims of a file.
    pub(crate) fn adjudication(
        &self,
        accumulators: Accumulators,
        file_digest: String,
    ) -> Adjudication<'_> {
        let adjudication = Adjudication::new(self.payer(), accumulators, file_digest);
        match &self.settings {
            Some(settings) => adjudication.for_payer(settings),
            None => adjudication,
        }
    }

    pub(crate) fn payer(&self) -> PayerDesk<'_> {
        PayerDesk {
            rates: &self.rates,
            members: &self.members,
            engine: &self.engine,
            packs: PackSource::Desk,
            received_on: self.on,
        }
    }
}

fn desk_digest(options: &DeskOptions) -> Result<String, CommandError> {
    let mut digest = DeskDigest::new(env!("CARGO_PKG_VERSION"));
    digest.add("members", &files::read(&options.members)?);
    let rates = Some(&options.rates);
    let folders =
        [("rates", rates), ("rules", options.rules.as_ref()), ("tables", options.tables.as_ref())];
    for (what, folder) in folders {
        let Some(folder) = folder else { continue };
        for file in files::walk(folder)? {
            let name = files::file_name(&file);
            // Where money goes decides no claim.
            if name != PAYMENT_FILE {
                digest.add(&format!("{what}/{name}"), &files::read(&file)?);
            }
        }
    }
    Ok(digest.finish())
}

/// The rates of a folder; errors in them stop the work.
pub(crate) fn rates_of(folder: &Path, console: &mut Console<'_>) -> Result<Rates, CommandError> {
    let texts = files::texts(folder, &[".toml", ".csv", ".md"])?;
    expect_rates(folder, &texts)?;
    let (rates, findings) = rates(&texts);
    refuse_errors(&findings, console)?;
    Ok(rates)
}

/// The rates in texts of a folder, with what was found while reading.
fn rates(texts: &[(String, String)]) -> (Rates, Vec<Finding>) {
    let files: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Rates::parse(&files)
}

/// A folder without any rates is more likely the wrong folder than one with two files missing.
fn expect_rates(folder: &Path, texts: &[(String, String)]) -> Result<(), CommandError> {
    let wanted = ["plans.toml", "contracts.toml"];
    if texts.iter().any(|(name, _)| wanted.contains(&name.as_str())) {
        return Ok(());
    }
    let mut found = files::names(folder)?.join(", ");
    if found.is_empty() {
        found = "no files".to_owned();
    }
    let folder = folder.display();
    let message = format!("{folder} is no rates folder: no plans.toml, no contracts.toml");
    let hint = format!("name the folder with the payer's plans and contracts; there: {found}");
    Err(CommandError::operator(message, hint))
}

/// Rates ignore a file whose name they do not know.
fn is_about_unread(finding: &Finding, name: &str) -> bool {
    finding.code == "RATES-unknown-file" && finding.message.starts_with(&format!("{name}:"))
}

/// The members of a file, with what was found while reading.
pub(crate) fn members(file: &Path) -> Result<(Members, Vec<Finding>), CommandError> {
    Ok(Members::parse(&files::file_name(file), &files::read_text(file)?))
}

const PAYMENT_FILE: &str = "payment.toml";

/// Who pays and where to, from the rates folder.
pub(crate) fn payment_settings(rates: &Path) -> Result<PaymentSettings, CommandError> {
    let text = files::read_text(&rates.join(PAYMENT_FILE))?;
    PaymentSettings::parse(&text).map_err(|findings| {
        let said: Vec<&str> = findings.iter().map(|one| one.message.as_str()).collect();
        let fix = findings.first().map_or("", |one| one.fix.as_str());
        CommandError::operator(format!("payment.toml: {}", said.join(" ")), fix)
    })
}

/// Rates with errors would pay wrong amounts, so the work does not begin.
pub(crate) fn refuse_errors(
    findings: &[Finding],
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    for finding in findings.iter().filter(|finding| !finding.message.is_empty()) {
        let word = finding.severity.word();
        console.say(&format!("{word}: {} ({})", finding.message, finding.code));
        if finding.severity == Severity::Warning && !finding.fix.is_empty() {
            console.say(&format!("  fix: {}", finding.fix));
        }
    }
    match findings.iter().find(|finding| finding.is_error()) {
        Some(first) => Err(CommandError::operator(
            "rates, members or tables hold errors; nothing was done",
            first.fix.clone(),
        )),
        None => Ok(()),
    }
}

/// Makes the folder for files and tries it, so that no decision is made whose answer cannot be
/// written.
pub(crate) fn expect_writable(out: &Path) -> Result<(), CommandError> {
    if out.is_file() {
        let message = format!("{} is a file; a folder for files is wanted here", out.display());
        return Err(CommandError::usage(message, "name a folder; nothing was changed"));
    }
    std::fs::create_dir_all(out).map_err(|cause| CommandError::file("make", out, &cause))?;
    // Never finished, the file goes again.
    PartialFile::create(&out.join("writable")).map(drop)
}
