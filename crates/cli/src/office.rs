//! What commands open before they work: a database, a payer's desk, its payment settings.

use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use counterfoil_adjudicate::{Members, Rates};
use counterfoil_base::{Date, Finding};
use counterfoil_integrity::{CleanClaimEngine, EditScope};
use counterfoil_operations::payer::{PayerDesk, PaymentFiles};
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{Side, Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The database file of a data folder.
const DATABASE: &str = "counterfoil.sqlite";

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> CommandError {
        let hint = match &error {
            StoreError::OtherSide { .. } => {
                "name your own folder with --data; payer and provider each keep one, and nothing \
                 was changed"
            }
            _ => "nothing was changed; mend the cause and run the command again",
        };
        CommandError::operator(error, hint)
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
    std::fs::create_dir_all(data).map_err(|cause| CommandError::file("make", data, &cause))?;
    let mut store = Store::open(&data.join(DATABASE))?;
    store.belongs_to(side)?;
    Ok(store)
}

/// Opens a side's database that must exist: a question to an empty folder is a typing error.
pub(crate) fn open_existing(data: &Path, side: Side) -> Result<Store, CommandError> {
    let mut store = open_any(data)?;
    store.belongs_to(side)?;
    Ok(store)
}

/// Opens a database that must exist, whosever it is.
pub(crate) fn open_any(data: &Path) -> Result<Store, CommandError> {
    if !data.join(DATABASE).is_file() {
        let message = format!("{} holds no database", data.display());
        let hint = "name the folder that `claim adjudicate` or `remit post` was given as --data";
        return Err(CommandError::operator(message, hint));
    }
    Ok(Store::open(&data.join(DATABASE))?)
}

/// Rates, members and engine of a payer, loaded once.
pub(crate) struct Desk {
    pub(crate) rates: Rates,
    pub(crate) members: Members,
    pub(crate) engine: Arc<CleanClaimEngine>,
    pub(crate) on: Date,
}

impl Desk {
    /// Loads a desk; what cannot be used is said, and errors in rates or members stop the work.
    pub(crate) fn load(
        options: &DeskOptions,
        console: &mut Console<'_>,
    ) -> Result<Desk, CommandError> {
        let scope = EditScope::ModelAlone;
        let (engine, mut findings) =
            files::engine(options.tables.as_deref(), options.rules.as_deref(), scope)?;
        let (rates, said) = rates(&options.rates)?;
        findings.extend(said);
        let (members, said) = members(&options.members)?;
        findings.extend(said);
        refuse_errors(&findings, console)?;
        let on = options.on.unwrap_or_else(|| console.today());
        Ok(Desk { rates, members, engine: Arc::new(engine), on })
    }

    pub(crate) fn payer(&self) -> PayerDesk<'_> {
        PayerDesk {
            rates: &self.rates,
            members: &self.members,
            engine: &self.engine,
            received_on: self.on,
            pay_on: self.on,
        }
    }
}

/// The rates of a folder, with what was found while reading.
pub(crate) fn rates(folder: &Path) -> Result<(Rates, Vec<Finding>), CommandError> {
    let texts = files::texts(folder, &[".toml", ".csv"])?;
    let files: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Rates::parse(&files))
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
    }
    match findings.iter().find(|finding| finding.is_error()) {
        Some(first) => Err(CommandError::operator(
            "rates, members or tables hold errors; nothing was done",
            first.fix.clone(),
        )),
        None => Ok(()),
    }
}

/// Writes what operations hand out into one folder.
pub(crate) struct OutFolder(pub(crate) PathBuf);

impl PaymentFiles for OutFolder {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        let path = self.0.join(name);
        files::write(&path, bytes).map_err(|error| OperationsError::Io {
            doing: format!("writing {}", path.display()),
            source: std::io::Error::other(error.to_string()),
        })
    }
}
