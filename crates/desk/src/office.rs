//! What the desk holds: the database, the engines, and who may sign in.

use crate::seal;
use crate::workbench::LoadedContract;
use counterfoil_adjudicate::{Members, Rates};
use counterfoil_base::{Date, Phi};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_operations::halves::Scored;
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{AccountRecord, Side, Store, StoreError, Transaction};
use counterfoil_web::view::Explanation;
use counterfoil_web::{
    Account, Answer, DeskError, DeskErrorKind, Employer, FigureAddress, LiveEvent, Role,
    StoredAccount, Viewer, hash_password,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Live events that are kept for pages that come back.
const LIVE_KEPT: usize = 1_000;
/// Totals of lists and explanations of checks that are kept at hand.
const KEPT_MAX: usize = 256;
const CHECKS_KEPT: usize = 32;

/// Folder of the data folder in which documents of partners lie under their digests.
pub const DOCUMENTS: &str = "documents";

/// What decides claims: a payer's own, or what a provider was given to check with.
pub struct Engines {
    /// Plans, contracts and prices.
    pub rates: Rates,
    /// Members and their coverage.
    pub members: Members,
    /// The clean-claim engine with its tables and rule packs.
    pub engine: Arc<CleanClaimEngine>,
    /// Who the payer is, when that is known: a claim that names another one is returned.
    pub settings: Option<PaymentSettings>,
    /// Which rules there are beside the packs, in words.
    pub rules: String,
    /// Checks that cannot run, and why.
    pub not_run: Vec<String>,
}

/// Why a desk could not be opened.
#[derive(Debug)]
pub enum OfficeError {
    /// The database refused or failed.
    Store(StoreError),
    /// The name is taken, the role unknown, or the password longer than argon2 takes.
    Refused(String),
}

impl std::fmt::Display for OfficeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OfficeError::Store(error) => error.fmt(f),
            OfficeError::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for OfficeError {}

impl From<StoreError> for OfficeError {
    fn from(error: StoreError) -> OfficeError {
        OfficeError::Store(error)
    }
}

/// Sizes of the halves of a relationship by their author.
pub(crate) type HalfSizes = Vec<(u8, u64)>;

/// The desk of one organization over its data folder.
pub struct OfficeDesk {
    pub(crate) store: Mutex<Store>,
    /// Keeps the audit record, so that who reads does not wait until the disk has it for another.
    /// What it has not written itself is what changes its stamp.
    pub(crate) audit_store: Mutex<Store>,
    pub(crate) data: PathBuf,
    pub(crate) side: Side,
    pub(crate) organization: String,
    pub(crate) generated: bool,
    engines: Mutex<Option<Arc<Engines>>>,
    pub(crate) secret: [u8; 32],
    pub(crate) facts: Mutex<crate::NodeFacts>,
    pub(crate) totals: Mutex<crate::listing::Kept>,
    pub(crate) checks: Mutex<VecDeque<(String, BTreeMap<FigureAddress, Explanation>)>>,
    pub(crate) audit_queue: crate::audit_queue::AuditQueue,
    /// Scorecards by relationship, with the sizes of the halves that they were computed from.
    pub(crate) scored: Mutex<BTreeMap<i64, (HalfSizes, Arc<Scored>)>>,
    /// The first difference from each partner by name, while there is one.
    pub(crate) differences: Mutex<BTreeMap<String, String>>,
    /// Contracts by their digests, read and checked.
    pub(crate) contracts: Mutex<BTreeMap<String, Arc<LoadedContract>>>,
    /// Sizes of halves by relationship and author, up to which open pages were told.
    pub(crate) noticed: Mutex<BTreeMap<(i64, u8), u64>>,
    /// The day of the work when it is not that of the clock.
    day: Mutex<Option<Date>>,
    live: Mutex<VecDeque<LiveEvent>>,
    announce: watch::Sender<u64>,
}

impl OfficeDesk {
    /// Opens the database of a data folder, which must exist. `new_secret` is kept when the
    /// database has no secret for ids yet; it must come from good randomness.
    ///
    /// # Errors
    /// When the database cannot be opened or belongs to the other side.
    pub fn open(
        data: &Path,
        side: Side,
        organization: &str,
        engines: Option<Engines>,
        new_secret: [u8; 32],
    ) -> Result<OfficeDesk, OfficeError> {
        let mut store = Store::open_folder(data)?;
        store.belongs_to(side)?;
        let secret = store.transaction("open the desk", |tx| tx.desk_secret(new_secret))?;
        Ok(OfficeDesk {
            store: Mutex::new(store),
            audit_store: Mutex::new(Store::open_folder(data)?),
            data: data.to_owned(),
            side,
            organization: organization.to_owned(),
            generated: false,
            engines: Mutex::new(engines.map(Arc::new)),
            secret,
            facts: Mutex::default(),
            totals: Mutex::default(),
            checks: Mutex::default(),
            audit_queue: crate::audit_queue::AuditQueue::default(),
            scored: Mutex::default(),
            differences: Mutex::default(),
            contracts: Mutex::default(),
            noticed: Mutex::default(),
            day: Mutex::default(),
            live: Mutex::default(),
            announce: watch::channel(0).0,
        })
    }

    /// Says on every page that the data were generated.
    #[must_use]
    pub fn with_generated_data(mut self) -> OfficeDesk {
        self.generated = true;
        self
    }

    /// Says which day the office works on when it is not that of the clock: what a page decides is
    /// decided on it, so that the payments of that day carry it.
    pub fn work_on(&self, day: Date) {
        *lock(&self.day) = Some(day);
    }

    pub(crate) fn day(&self) -> Option<Date> {
        *lock(&self.day)
    }

    /// Gives the desk other engines: those of rates, members and rules that have changed, or none
    /// when they cannot be used.
    pub fn set_engines(&self, engines: Option<Engines>) {
        *lock(&self.engines) = engines.map(Arc::new);
    }

    /// The engines of this moment; what is begun with them is ended with them.
    pub(crate) fn engines(&self) -> Option<Arc<Engines>> {
        lock(&self.engines).clone()
    }

    /// The number of the newest live event, for the pages' surroundings.
    pub fn newest_event(&self) -> watch::Receiver<u64> {
        self.announce.subscribe()
    }

    /// Tells open pages that something has changed: `claim/<id>`, `file/<id>`, `work`. The words
    /// hold no personal data.
    pub fn tell(&self, subject: &str, words: &str) {
        let mut live = lock(&self.live);
        let id = live.back().map_or(1, |event| event.id.saturating_add(1));
        live.push_back(LiveEvent { id, subject: subject.to_owned(), words: words.to_owned() });
        if live.len() > LIVE_KEPT {
            live.pop_front();
        }
        self.announce.send_replace(id);
    }

    /// The id under which pages address a claim: of a payer's claim its control number, of a
    /// provider's billing its keys. For [`OfficeDesk::tell`].
    #[must_use]
    pub fn claim_id(&self, keys: &[String]) -> String {
        seal::seal(&self.secret, "claim", keys)
    }

    pub(crate) fn live_events(&self, after: u64, limit: u32) -> Vec<LiveEvent> {
        let live = lock(&self.live);
        let newer = live.iter().filter(|event| event.id > after);
        newer.take(limit as usize).cloned().collect()
    }

    pub(crate) fn is_payer(&self) -> bool {
        self.side == Side::Payer
    }

    pub(crate) fn id(&self, kind: &str, keys: &[String]) -> String {
        seal::seal(&self.secret, kind, keys)
    }

    pub(crate) fn keys<const N: usize>(&self, kind: &str, id: &str) -> Option<[String; N]> {
        seal::open(&self.secret, kind, id)?.try_into().ok()
    }

    /// Reads at one moment, without holding up those who write.
    pub(crate) fn read<T>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Answer<T>,
    ) -> Answer<T> {
        let asked = lock(&self.store).read(name, |tx| work(tx).map_err(Told::Desk));
        asked.map_err(Told::into_desk)
    }

    pub(crate) fn write<T>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Answer<T> {
        let done: Result<T, StoreError> = lock(&self.store).transaction(name, work);
        done.map_err(|error| trouble(&error))
    }

    /// The explanation of a figure that is kept at hand.
    pub(crate) fn kept(&self, key: &str, address: &FigureAddress) -> Option<Explanation> {
        let checks = lock(&self.checks);
        let told = checks.iter().find(|(known, _)| known == key);
        told.and_then(|(_, told)| told.get(address).cloned())
    }

    /// Explanations of a check, for as long as they are kept at hand.
    pub(crate) fn keep_check(&self, key: String, told: BTreeMap<FigureAddress, Explanation>) {
        let mut checks = lock(&self.checks);
        checks.retain(|(known, _)| *known != key);
        checks.push_back((key, told));
        if checks.len() > CHECKS_KEPT {
            checks.pop_front();
        }
    }
}

impl crate::listing::Kept {
    pub(crate) fn room(&mut self) {
        if self.totals.len() >= KEPT_MAX {
            self.totals.clear();
        }
        if self.after.len() >= KEPT_MAX * 64 {
            self.after.clear();
        }
    }
}

/// A lock that a panic elsewhere does not close: what it guards is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What ends a reading: the store's trouble or the desk's own answer.
pub(crate) enum Told {
    Store(StoreError),
    Desk(DeskError),
}

impl From<StoreError> for Told {
    fn from(error: StoreError) -> Told {
        Told::Store(error)
    }
}

impl Told {
    fn into_desk(self) -> DeskError {
        match self {
            Told::Store(error) => trouble(&error),
            Told::Desk(error) => error,
        }
    }
}

/// The store's trouble as a page says it.
pub(crate) fn trouble(error: &StoreError) -> DeskError {
    let kind = match error {
        StoreError::Busy => DeskErrorKind::Unavailable,
        error if error.is_disk_full() => DeskErrorKind::Unavailable,
        _ => DeskErrorKind::Failed,
    };
    DeskError::new(kind, "The database did not answer.", &error.to_string())
        .next("Try again in a minute; an administrator finds the cause with `counterfoil doctor`.")
        .unchanged("Everything; nothing was lost and nothing was done.")
}

/// The trouble of an operation as a page says it.
pub(crate) fn stopped(error: &OperationsError) -> DeskError {
    match error {
        OperationsError::Store(error) => trouble(error),
        other => {
            let what = "The record cannot be read.";
            DeskError::new(DeskErrorKind::Failed, what, &other.to_string())
                .next("An administrator finds the cause with `counterfoil doctor`.")
                .unchanged("Everything.")
        }
    }
}

/// True when the viewer works for the organization that runs the node.
pub(crate) fn is_own(viewer: &Viewer) -> bool {
    viewer.account.employer == Employer::Own
}

/// A day that the store keeps as text.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// The moment at which a day begins, in Coordinated Universal Time.
pub(crate) fn moment(day: Option<Date>) -> Timestamp {
    let begun = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    begun.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

impl counterfoil_web::Accounts for OfficeDesk {
    fn account(&self, name: &str) -> Answer<Option<StoredAccount>> {
        let found = self.read("find an account", |tx| {
            tx.account_named(name).map_err(|error| trouble(&error))
        })?;
        Ok(found.map(|row| StoredAccount {
            account: Account {
                id: row.account_id,
                name: row.name,
                roles: row.roles.split(' ').filter_map(Role::of_letters).collect(),
                employer: match row.relationship_id {
                    0 => Employer::Own,
                    partner => Employer::Partner(partner.to_string()),
                },
            },
            password_hash: row.password_hash,
            is_open: row.is_open,
        }))
    }

    fn signed_in(&self, account: &Account, at: Timestamp) -> Answer<()> {
        self.write("note a sign-in", |tx| tx.account_seen(&account.id, at.as_millisecond()))
    }
}

/// Adds a person who may sign in; `chance` is 32 bytes of good randomness for the opaque id and
/// the salt.
///
/// # Errors
/// When the name is taken or empty, no role is given, or the database fails.
pub fn add_account(
    store: &mut Store,
    name: &str,
    roles: &[Role],
    password: &Phi<String>,
    chance: [u8; 32],
) -> Result<(), OfficeError> {
    add(store, (name, 0), roles, password, chance)
}

/// Adds a guest: a person of a partner, who sees what both organizations share.
///
/// # Errors
/// As [`add_account`], and when there is no relationship with the partner.
pub fn add_guest(
    store: &mut Store,
    (name, partner): (&str, &str),
    roles: &[Role],
    password: &Phi<String>,
    chance: [u8; 32],
) -> Result<(), OfficeError> {
    let known: Result<_, StoreError> = store.transaction("find a partner", |tx| tx.relationships());
    let found = known?.into_iter().find(|one| one.partner == partner).map(|one| one.id);
    let unknown = || OfficeError::Refused(format!("there is no relationship with {partner}"));
    add(store, (name, found.ok_or_else(unknown)?), roles, password, chance)
}

fn add(
    store: &mut Store,
    (name, relationship_id): (&str, i64),
    roles: &[Role],
    password: &Phi<String>,
    chance: [u8; 32],
) -> Result<(), OfficeError> {
    let refused = |why: &str| OfficeError::Refused(why.to_owned());
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(refused("an account needs a name without control characters"));
    }
    if roles.is_empty() {
        return Err(refused("an account needs a role"));
    }
    if password.expose().chars().count() < 12 {
        return Err(refused("a password has at least 12 characters"));
    }
    let (id, salt) = chance.split_at(16);
    let salt: [u8; 16] = salt.try_into().unwrap_or([0; 16]);
    let hash = hash_password(password, salt).ok_or_else(|| refused("the password is too long"))?;
    let letters: Vec<&str> = roles.iter().map(|role| role.letters()).collect();
    let row = AccountRecord {
        account_id: seal::hex(id),
        name: name.to_owned(),
        roles: letters.join(" "),
        password_hash: hash,
        is_open: true,
        last_seen: 0,
        relationship_id,
    };
    let added: Result<bool, StoreError> =
        store.transaction("add an account", |tx| tx.insert_account(&row));
    if added? { Ok(()) } else { Err(refused(&format!("there is an account named {name}"))) }
}
