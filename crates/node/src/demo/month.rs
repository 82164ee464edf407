//! The demo's month: files of claims are put into the inboxes day by day, a named person decides,
//! the bank's statements come. What follows is the work of the nodes.

use super::agreement::{self, Agreement};
use super::nodes::Nodes;
use super::plan::{
    ORGANIZATIONS, SIGN_INS, expect_same_database, folder, make_node, month_of, pair, put, set_day,
    write_claims, write_world,
};
use crate::data::{BANK, DataFolder, INBOX};
use counterfoil_base::{Cents, Date, add_days, parse_ccyymmdd};
use counterfoil_cli::{
    CommandError, Console, DemoOptions, OfficeFolders, PayerOffice, WorkError, WorkErrorKind,
};
use counterfoil_corpus::{BankConfig, FileInfo, PAYER_ID, Payment, World, WorldConfig, bank_files};
use counterfoil_operations::provider::{
    HeldCause, OfficeReport, held_claims, matched_bank, office_report,
};
use counterfoil_operations::{OperationsError, claim_control_number_of};
use counterfoil_store::{ReasonTotal, RemittanceRow, StateTotal, Store};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Pended claims that the demo leaves for whoever tries it.
const LEFT_PENDED: usize = 3;
/// Days on which files are sent.
const BATCHES: u32 = 20;
/// Days from the last file to the bank's statement.
const DAYS_TO_STATEMENT: i64 = 3;

/// What the month came to, from the databases of the three nodes.
#[derive(Default)]
pub struct Story {
    pub folder: PathBuf,
    /// A file that was written first, and its day, to look at afterwards.
    pub first_file: Option<(PathBuf, Date)>,
    /// The provider's number of a claim that was paid.
    pub first_claim: Option<String>,
    pub held: u64,
    pub held_cents: Cents,
    /// Claims that the payer returned and that wait at their provider.
    pub returned: u64,
    /// Why claims are held, by message, with how many.
    pub caught: BTreeMap<String, u64>,
    pub sent: u64,
    pub sent_cents: Cents,
    pub states: Vec<StateTotal>,
    pub reasons: Vec<ReasonTotal>,
    pub decided_by_person: u64,
    pub cash_by_day: BTreeMap<String, (u64, Cents)>,
    pub providers: Vec<ProviderEnd>,
    pub payer_difference_cents: i128,
    /// The contract that plan and hospital have signed and settled.
    pub agreement: Option<Agreement>,
}

/// How a provider's month ended.
pub struct ProviderEnd {
    pub name: String,
    pub data: PathBuf,
    pub remittances: u64,
    pub report: OfficeReport,
    pub difference_cents: i128,
}

/// The month as far as it is played.
pub struct Play {
    folder: PathBuf,
    world: World,
    files: Vec<(FileInfo, &'static str)>,
    next: usize,
    last_day: Date,
    seed: u64,
    nodes: Nodes,
}

fn failed(error: WorkError) -> CommandError {
    CommandError::operator(error.what, error.next)
}

impl Play {
    /// Writes what is generated and makes the three nodes, as far as they are not there.
    pub fn prepare(
        options: &DemoOptions,
        is_stopped: Arc<AtomicBool>,
        console: &mut Console<'_>,
    ) -> Result<Play, CommandError> {
        let path = std::path::absolute(&options.dir);
        let path = path.map_err(|cause| CommandError::file("find", &options.dir, &cause))?;
        folder(&options.dir, options.fresh)?;
        let database = options.database.as_deref();
        expect_same_database(&path, database)?;
        let (claims, seed) = month_of(&path, (options.claims, options.seed))?;
        let defaults = WorldConfig::default();
        let last_day = defaults.month;
        let world = World::new(WorldConfig {
            seed,
            claims,
            batches: BATCHES,
            payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
            ..defaults
        });
        let world =
            world.map_err(|error| CommandError::usage(error.to_string(), "try other numbers"))?;
        console.say("writing people, plans, prices, rules and claims of a generated month");
        write_world(&world, &path)?;
        let files = write_claims(&world, &path)?;
        for one in ORGANIZATIONS {
            make_node(&path, one, database)?;
        }
        let nodes = Nodes::new(is_stopped);
        Ok(Play { folder: path, world, files, next: 0, last_day, seed, nodes })
    }

    /// Starts the three nodes and pairs them, unless they are.
    pub fn begin(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        console.say("starting three nodes: a health plan, a hospital and a small practice");
        if let Some((first, _)) = self.files.first() {
            set_day(&self.folder, &day_of(first, self.last_day).to_string())?;
        }
        for (name, ..) in ORGANIZATIONS {
            self.nodes.begin(&self.folder.join(name))?;
        }
        let providers: Vec<(bool, String)> =
            self.world.providers.iter().map(|one| (one.hospital, one.npi.clone())).collect();
        for (is_hospital, npi) in providers {
            let (name, organization) = match is_hospital {
                true => ("hospital", "The hospital"),
                false => ("practice", "The practice"),
            };
            pair(&self.folder, (name, organization, &npi), PAYER_ID)?;
        }
        self.nodes.settle()
    }

    /// Puts the next file into its provider's inbox and waits until it is checked, sent, decided,
    /// paid and posted. False after the last.
    pub fn next_file(&mut self, console: &mut Console<'_>) -> Result<bool, CommandError> {
        let Some((info, sender)) = self.files.get(self.next).cloned() else { return Ok(false) };
        self.next += 1;
        let (done, all) = (self.next, self.files.len());
        console.progress(|| format!("file {done} of {all}, {} claims", info.claims));
        self.last_day = day_of(&info, self.last_day);
        let data = self.folder.join(sender);
        if is_there(&data.join(INBOX), &info.name) {
            return Ok(true);
        }
        set_day(&self.folder, &self.last_day.to_string())?;
        let file = data.join("claims").join(&info.name);
        let bytes = fs::read(&file).map_err(|cause| CommandError::file("read", &file, &cause))?;
        put(&data.join(INBOX).join(&info.name), &bytes)?;
        self.nodes.settle()?;
        Ok(true)
    }

    fn store(&self, name: &str) -> Result<Store, CommandError> {
        DataFolder::open(&self.folder.join(name))?.store()
    }

    /// A named person decides the pended claims, all but a few; what follows is paid.
    pub fn decide_pended(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        let (_, _, _, person) = ORGANIZATIONS[0];
        let data = self.folder.join("plan");
        let mut store = self.store("plan")?;
        let office = PayerOffice::load(&OfficeFolders::of(&data), self.last_day).map_err(failed)?;
        let waiting = office.pended(&mut store).map_err(failed)?;
        let all = waiting.len().saturating_sub(LEFT_PENDED);
        for (index, number) in waiting.iter().take(all).enumerate() {
            console.progress(|| format!("{person} decides {} of {all} pended claims", index + 1));
            match office.approve(&mut store, number, (person, "records reviewed")) {
                // What cannot be approved as it stands (a line has no price) goes on waiting.
                Err(refused) if refused.kind == WorkErrorKind::File => {}
                done => done.map_err(failed)?,
            }
        }
        self.nodes.settle()
    }

    /// The bank's statements come to each provider.
    pub fn month_end(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        console.progress(|| "matching the bank to the remittances".to_owned());
        let made_on = add_days(self.last_day, DAYS_TO_STATEMENT).unwrap_or(self.last_day);
        set_day(&self.folder, &made_on.to_string())?;
        for name in ["hospital", "practice"] {
            let data = self.folder.join(name);
            let folder = data.join(BANK);
            if is_there(&folder, "bank.csv") {
                continue;
            }
            let rows = self.store(name)?.read("payments", |tx| tx.remittances())?;
            let payments: Vec<Payment> = rows.iter().filter_map(payment_of).collect();
            let bank = bank_files(&payments, undisturbed(), made_on);
            put(&data.join("bank.bai2"), &bank.bai2)?;
            put(&data.join("bank.csv"), &bank.csv)?;
            put(&folder.join("bank.csv"), &bank.csv)?;
        }
        self.nodes.settle()
    }

    /// The plan and the hospital sign a contract, settle last year by it and book the same.
    pub fn agree(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        console.progress(|| "signing a contract and settling a year by it".to_owned());
        let on = add_days(self.last_day, DAYS_TO_STATEMENT).unwrap_or(self.last_day);
        agreement::play(&self.folder, &self.nodes, (self.seed, on))
    }

    /// What the books of the three say at the end.
    pub fn story(&self) -> Result<Story, CommandError> {
        let folder = shown(&self.folder);
        let mut story = Story { folder: folder.clone(), ..Story::default() };
        if let Some((info, sender)) = self.files.first() {
            let file = folder.join(sender).join("claims").join(&info.name);
            story.first_file = Some((file, day_of(info, self.last_day)));
        }
        let mut plan = self.store("plan")?;
        plan.read("sum the month up", |tx| {
            story.states = tx.state_totals()?;
            story.reasons = tx.reason_totals()?;
            story.decided_by_person = tx.decision_count()?;
            story.sent = story.states.iter().map(|one| one.claims).sum();
            story.sent_cents = story.states.iter().map(|one| one.charge_cents).sum();
            story.payer_difference_cents = difference(&tx.trial_balance()?);
            Ok::<_, OperationsError>(())
        })?;
        for (name, _, organization, _) in &ORGANIZATIONS[1..] {
            let mut store = self.store(name)?;
            let end = store.read("sum the month up", |tx| {
                for held in held_claims(tx)? {
                    let first = held.findings.first();
                    let message = first.map_or("held", |one| one.message.as_str()).to_owned();
                    match held.cause {
                        HeldCause::Checked => {
                            story.held += 1;
                            story.held_cents += held.charge_cents;
                            *story.caught.entry(message).or_default() += 1;
                        }
                        HeldCause::Returned => {
                            story.returned += 1;
                        }
                    }
                }
                let remittances = tx.remittances()?;
                for one in &remittances {
                    let cash = story.cash_by_day.entry(one.effective_on.clone()).or_default();
                    cash.0 += 1;
                    cash.1 += one.amount_cents;
                }
                let paid = tx.receivables()?.into_iter().find(|row| row.state == "paid");
                if let Some(row) = paid {
                    story.first_claim.get_or_insert(row.patient_control_number);
                }
                Ok::<_, OperationsError>(ProviderEnd {
                    name: (*organization).to_owned(),
                    data: folder.join(name),
                    remittances: remittances.len() as u64,
                    report: office_report(tx, &matched_bank(tx)?)?,
                    difference_cents: difference(&tx.trial_balance()?),
                })
            })?;
            story.providers.push(end);
        }
        story.agreement = agreement::agreement(&self.folder)?;
        Ok(story)
    }

    /// Where the pages are, and who may sign in.
    pub fn say_where_to_look(&self, console: &mut Console<'_>) {
        console.say("");
        console.say("the three nodes go on until Ctrl-C; their pages:");
        for (data, pages) in self.nodes.pages() {
            let name = data.file_name().unwrap_or_default().to_string_lossy();
            console.say(&format!("  {name:<9} http://{pages}/"));
        }
        let path = self.folder.join(SIGN_INS);
        let sign_ins = fs::read_to_string(&path).unwrap_or_default();
        console.say("sign in as (name / password):");
        sign_ins.lines().for_each(|line| console.say(&format!("  {line}")));
    }
}

/// Below the current folder when it lies there, as people type it.
fn shown(folder: &Path) -> PathBuf {
    let here = std::path::absolute(".").unwrap_or_default();
    folder.strip_prefix(here).map_or_else(|_| folder.to_path_buf(), Path::to_path_buf)
}

/// Whether a file was brought before, whatever became of it.
fn is_there(folder: &Path, name: &str) -> bool {
    ["", "taken", "refused"].iter().any(|one| folder.join(one).join(name).exists())
}

fn day_of(info: &FileInfo, otherwise: Date) -> Date {
    parse_ccyymmdd(info.sent_on.as_bytes()).unwrap_or(otherwise)
}

fn payment_of(row: &RemittanceRow) -> Option<Payment> {
    Some(Payment {
        trace: row.trace_number.clone(),
        payer: row.payer_identifier.clone(),
        amount: row.amount_cents,
        on: row.effective_on.parse().ok()?,
    })
    .filter(|one| !one.amount.is_zero())
}

fn undisturbed() -> BankConfig {
    BankConfig {
        seed: 1,
        lost_trace: 0,
        wrong_amount: 0,
        split: 0,
        duplicate: 0,
        returned: 0,
        other_month: 0,
    }
}

fn difference(balances: &[counterfoil_store::AccountBalance]) -> i128 {
    balances.iter().map(|b| i128::from(b.debit_cents.0) - i128::from(b.credit_cents.0)).sum()
}
