//! The demo's month: files sent, checked, adjudicated, paid, posted and matched, day by day.

use crate::arguments::{DemoOptions, DeskOptions};
use crate::claim::adjudicate::adjudicate;
use crate::claim::check::{CheckRequest, Checked, Judge, check_file};
use crate::claim::pay::pay;
use crate::console::Console;
use crate::error::CommandError;
use crate::office::Desk;
use crate::remit::{PostRequest, Posted, post};
use crate::{files, office};
use counterfoil_base::{Cents, Date, add_days, parse_ccyymmdd};
use counterfoil_claim::ClaimState;
use counterfoil_corpus::{
    BankConfig, FileInfo, Month, Payment, Senders, World, WorldConfig, bank_files,
};
use counterfoil_operations::intake::read_kept;
use counterfoil_operations::payer::{
    Adjudication, DecideRequest, IssuedPayment, PaymentRequest, PersonVerdict, decide_claim,
    load_accumulators,
};
use counterfoil_operations::{OperationsError, PaymentSettings, claim_control_number_of};
use counterfoil_store::{AccountBalance, ReasonTotal, Side, StateTotal, Store, StoreError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Pended claims that the demo leaves for whoever tries it.
const LEFT_PENDED: usize = 3;
/// Who decides pended claims in the demo.
const REVIEWER: &str = "Dana Reyes";
/// Claims in a transaction set of the generated files.
const CLAIMS_PER_SET: u32 = 100;
/// Days on which files are sent.
const BATCHES: u32 = 20;

/// What the month came to.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) folder: PathBuf,
    /// The first file that was checked, and the day, to look at afterwards.
    pub(crate) first_file: Option<(PathBuf, Date)>,
    /// The provider's number of the first claim that was sent.
    pub(crate) first_claim: Option<String>,
    pub(crate) claims: u64,
    pub(crate) charge_cents: Cents,
    pub(crate) held: u64,
    pub(crate) held_cents: Cents,
    /// Findings that held claims back, by message, with how many claims.
    pub(crate) caught: BTreeMap<String, u64>,
    pub(crate) sent: u64,
    pub(crate) predictions: u64,
    pub(crate) predictions_right: u64,
    pub(crate) states: Vec<StateTotal>,
    pub(crate) reasons: Vec<ReasonTotal>,
    pub(crate) decided_by_person: u64,
    pub(crate) cash_by_day: BTreeMap<Date, (u64, Cents)>,
    pub(crate) providers: Vec<ProviderEnd>,
    pub(crate) payer_difference_cents: i128,
}

/// How a provider's month ended.
pub(crate) struct ProviderEnd {
    pub(crate) name: String,
    pub(crate) data: PathBuf,
    pub(crate) posted: Posted,
    pub(crate) difference_cents: i128,
}

/// A provider of the month and what it has sent and received.
struct Office {
    name: String,
    npi: String,
    folder: PathBuf,
    payments: Vec<IssuedPayment>,
    remittances: u64,
    predicted: BTreeMap<String, Cents>,
}

/// The month as far as it is played.
pub(crate) struct Play {
    files: Vec<(FileInfo, PathBuf)>,
    next: usize,
    desk: Desk,
    settings: PaymentSettings,
    store: Store,
    offices: Vec<Office>,
    story: Story,
    last_day: Date,
}

impl Play {
    /// Writes the plan's rates, members and rules and every provider's claim files.
    pub(crate) fn prepare(
        options: &DemoOptions,
        console: &mut Console<'_>,
    ) -> Result<Play, CommandError> {
        let folder = options.dir.clone();
        clear(&folder)?;
        files::write(&folder.join(README), README_TEXT.as_bytes())?;
        let defaults = WorldConfig::default();
        let first_day = defaults.month;
        let config = WorldConfig {
            seed: options.seed,
            claims: options.claims,
            batches: BATCHES,
            payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
            ..defaults
        };
        let world = World::new(config)
            .map_err(|error| CommandError::usage(error.to_string(), "try other numbers"))?;
        console.say("writing people, plans, prices, rules and claims of a generated month");
        write_plan(&world, &folder)?;
        let offices = world
            .providers
            .iter()
            .map(|provider| Office {
                name: provider.name.clone(),
                npi: provider.npi.clone(),
                folder: folder.join(if provider.hospital { "hospital" } else { "practice" }),
                payments: Vec::new(),
                remittances: 0,
                predicted: BTreeMap::new(),
            })
            .collect();
        let mut play_files = write_claims(&world, &folder)?;
        play_files.sort_by_key(|(info, _)| info.number);
        let desk_options = DeskOptions {
            rates: folder.join("plan/rates"),
            members: folder.join("plan/members.csv"),
            rules: Some(folder.join("plan/rules")),
            tables: None,
            on: Some(first_day),
        };
        let settings = office::payment_settings(&desk_options.rates)?;
        let desk = Desk::load(&desk_options, console)?;
        let store = office::open(&folder.join("plan/data"), Side::Payer)?;
        Ok(Play {
            last_day: first_day,
            story: Story { folder, ..Story::default() },
            files: play_files,
            next: 0,
            desk,
            settings,
            store,
            offices,
        })
    }

    /// One file: checked by its provider with the payer's rules, the clean claims sent,
    /// adjudicated and paid, the payment posted. False after the last.
    pub(crate) fn next_file(&mut self, console: &mut Console<'_>) -> Result<bool, CommandError> {
        let Some((info, path)) = self.files.get(self.next).cloned() else { return Ok(false) };
        self.next += 1;
        let (done, all) = (self.next, self.files.len());
        let (claims, caught) = (self.story.claims, self.story.held);
        console.progress(|| {
            format!("file {done} of {all}: {claims} claims so far, {caught} caught before sending")
        });
        let day = parse_ccyymmdd(info.sent_on.as_bytes()).unwrap_or(self.last_day);
        self.last_day = day;
        self.desk.on = day;
        self.story.first_file.get_or_insert_with(|| (path.clone(), day));
        let npi = info.provider_npi.clone().unwrap_or_default();
        let clean = self.check(&path, &npi, day, console)?;
        let out = self.story.folder.join("plan/out");
        adjudicate(&mut self.store, &self.desk, &self.settings, (&clean, &out), console)?;
        self.pay(day)?;
        Ok(true)
    }

    /// The provider's check with the payer's own rules; returns the file of clean claims.
    fn check(
        &mut self,
        path: &Path,
        npi: &str,
        day: Date,
        console: &mut Console<'_>,
    ) -> Result<PathBuf, CommandError> {
        let plan = self.story.folder.join("plan");
        let provider = self.offices.iter_mut().find(|one| one.npi == npi);
        let Some(provider) = provider else { return Ok(path.to_path_buf()) };
        let clean = provider.folder.join("sent").join(files::file_name(path));
        let request = CheckRequest {
            file: path.to_path_buf(),
            rules: Some(plan.join("rules")),
            rates: Some(plan.join("rates")),
            members: Some(plan.join("members.csv")),
            accumulators: None,
            payer_data: Some(plan.join("data")),
            tables: None,
            on: day,
            book: Some(provider.folder.join("data")),
            clean: Some(clean.clone()),
        };
        let story = &mut self.story;
        let judge = Judge::load(&request, console)?;
        let report = check_file(&request, &judge, console, |item, _| {
            let Checked::Claim(checked) = item else { return Ok(()) };
            story.charge_cents += checked.claim.charge_cents;
            if checked.is_held {
                let first = checked.findings.iter().find(|one| one.is_error());
                let message = first.map_or("returned by adjudication", |one| one.message.as_str());
                *story.caught.entry(message.to_owned()).or_default() += 1;
            } else if let Some(expected) = checked.expected_cents() {
                let number = checked.claim.patient_control_number.to_string();
                story.first_claim.get_or_insert_with(|| number.clone());
                provider.predicted.insert(number, expected);
            }
            Ok(())
        })?;
        let totals = report.totals;
        story.claims += totals.claims;
        story.held += totals.held;
        story.held_cents += totals.held_cents;
        story.sent += totals.clean;
        Ok(clean)
    }

    /// The payer's payment run of a day; each provider posts its 835 as it arrives.
    fn pay(&mut self, day: Date) -> Result<(), CommandError> {
        let out = self.story.folder.join("plan/out");
        let (settings, rates) = (&self.settings, &self.desk.rates);
        let run = pay(&mut self.store, PaymentRequest { settings, rates, on: day }, &out)?;
        for payment in run.payments {
            let cash = self.story.cash_by_day.entry(payment.effective_on).or_default();
            cash.0 += 1;
            cash.1 += payment.amount_cents;
            let provider = self.offices.iter_mut().find(|one| one.npi == payment.payee.npi);
            let Some(provider) = provider else { continue };
            let mut store = office::open(&provider.folder.join("data"), Side::Provider)?;
            let posted = post(&mut store, &request(&[out.join(&payment.file)], &[], day))?;
            provider.remittances += posted.remittances;
            provider.payments.push(payment);
        }
        Ok(())
    }

    /// A named person decides the pended claims, all but a few.
    pub(crate) fn decide_pended(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        let waiting = self
            .store
            .transaction("list pended claims", |tx| tx.claims_in_state(ClaimState::Pended))?;
        let all = waiting.len().saturating_sub(LEFT_PENDED);
        for (index, row) in waiting.iter().take(all).enumerate() {
            console.progress(|| format!("{REVIEWER} decides {} of {all} pended claims", index + 1));
            let request = DecideRequest {
                claim_control_number: &row.claim_control_number,
                person: REVIEWER,
                verdict: PersonVerdict::Approve,
                reason: "records reviewed",
            };
            let desk = &self.desk;
            self.store.transaction("decide a pended claim", |tx| {
                let accumulators = load_accumulators(tx)?;
                let mut adjudication = Adjudication::new(desk.payer(), accumulators, String::new());
                let read = |segments: &[u8]| read_kept(segments, &desk.engine);
                decide_claim(&mut adjudication, tx, &request, read).map(drop)?;
                Ok::<_, OperationsError>(())
            })?;
            self.story.decided_by_person += 1;
        }
        self.pay(self.last_day)
    }

    /// Bank files come; each provider matches them to the remittances that it has posted.
    pub(crate) fn month_end(&mut self, console: &mut Console<'_>) -> Result<(), CommandError> {
        console.progress(|| "matching the bank to the remittances".to_owned());
        let made_on = add_days(self.last_day, 3).unwrap_or(self.last_day);
        for provider in &self.offices {
            let payments: Vec<Payment> = provider
                .payments
                .iter()
                .filter(|one| !one.amount_cents.is_zero())
                .map(|one| Payment {
                    trace: one.trace_number.clone(),
                    payer: self.settings.payer_identifier.to_string(),
                    amount: one.amount_cents,
                    on: one.effective_on,
                })
                .collect();
            let bank = bank_files(&payments, undisturbed(), made_on);
            let csv = provider.folder.join("bank.csv");
            files::write(&csv, &bank.csv)?;
            files::write(&provider.folder.join("bank.bai2"), &bank.bai2)?;
            let data = provider.folder.join("data");
            let mut store = office::open(&data, Side::Provider)?;
            let mut posted = post(&mut store, &request(&[], &[csv], made_on))?;
            posted.remittances = provider.remittances;
            let difference_cents = difference(&trial_balance(&mut store)?);
            self.story.providers.push(ProviderEnd {
                name: provider.name.clone(),
                data,
                posted,
                difference_cents,
            });
        }
        self.compare_predictions()
    }

    /// Every prediction beside what the payer decided at once.
    fn compare_predictions(&mut self) -> Result<(), CommandError> {
        for provider in &self.offices {
            for (number, expected) in &provider.predicted {
                let control_number = claim_control_number_of(&provider.npi, number, 1);
                let row = self
                    .store
                    .transaction("compare a prediction", |tx| tx.claim(&control_number))?;
                self.story.predictions += 1;
                let right = row.is_some_and(|row| row.update.paid_cents == *expected);
                self.story.predictions_right += u64::from(right);
            }
        }
        Ok(())
    }

    /// What the payer's books say at the end.
    pub(crate) fn finish(mut self) -> Result<Story, CommandError> {
        let (states, reasons) = self.store.transaction("sum the month up", |tx| {
            Ok::<_, StoreError>((tx.state_totals()?, tx.reason_totals()?))
        })?;
        self.story.payer_difference_cents = difference(&trial_balance(&mut self.store)?);
        Ok(Story { states, reasons, ..self.story })
    }
}

fn request<'a>(remittances: &'a [PathBuf], bank: &'a [PathBuf], on: Date) -> PostRequest<'a> {
    PostRequest { remittances, bank, on, contract: None, other_period: false }
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

fn trial_balance(store: &mut Store) -> Result<Vec<AccountBalance>, CommandError> {
    Ok(store.transaction("trial balance", |tx| tx.trial_balance())?)
}

fn difference(balances: &[AccountBalance]) -> i128 {
    balances.iter().map(|b| i128::from(b.debit_cents.0) - i128::from(b.credit_cents.0)).sum()
}

/// Only a folder that an earlier demo made is emptied.
fn clear(folder: &Path) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("empty", folder, &cause);
    if !folder.exists() {
        return Ok(());
    }
    files::expect_folder(folder)?;
    let first_line = README_TEXT.lines().next();
    let is_demo = std::fs::read_to_string(folder.join(README))
        .is_ok_and(|text| text.lines().next() == first_line);
    let is_empty = std::fs::read_dir(folder).map_err(failed)?.next().is_none();
    if !is_demo && !is_empty {
        let message = format!("{} holds other files; nothing was changed", folder.display());
        return Err(CommandError::operator(message, "name another folder with --dir"));
    }
    std::fs::remove_dir_all(folder).map_err(failed)
}

/// Says what the folder holds, and that a demo may be made anew there; written before all else,
/// so that a demo that broke off can be played again.
const README: &str = "README.txt";
const README_TEXT: &str = "\
A month between a health plan, a hospital and a small practice, played by `counterfoil demo`.
All people, prices and claims are generated. The next demo in this folder takes its place.

plan/rates      the plan's benefits, contracts and prices
plan/rules      the plan's edits
plan/members.csv
plan/out        what the plan sent: TA1, 999, 277CA, 835, CCD+
plan/data       the plan's claims and books

practice/, hospital/
  claims        claims as first written, some with errors
  sent          claims that passed the check and were sent
  bank.csv, bank.bai2   the month's bank statement
  data          receivables and books
";

fn write_plan(world: &World, folder: &Path) -> Result<(), CommandError> {
    for file in world.rate_files() {
        files::write(&folder.join("plan/rates").join(&file.name), file.text.as_bytes())?;
    }
    for file in world.edit_tables() {
        files::write(&folder.join("plan/rules").join(&file.name), file.text.as_bytes())?;
    }
    let mut members = Vec::new();
    let mut next = Some(0);
    while let Some(first) = next {
        next = world.members_chunk(first, &mut members);
    }
    files::write(&folder.join("plan/members.csv"), &members)
}

fn write_claims(world: &World, folder: &Path) -> Result<Vec<(FileInfo, PathBuf)>, CommandError> {
    let mut month = Month::new(world, Senders::Providers, CLAIMS_PER_SET);
    let mut written = Vec::new();
    while let Some(info) = month.next_file() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        let hospital = info.provider_npi.as_deref() == Some(world.hospital().npi.as_str());
        let sender = if hospital { "hospital" } else { "practice" };
        let path = folder.join(sender).join("claims").join(&info.name);
        files::write(&path, &bytes)?;
        written.push((info, path));
    }
    Ok(written)
}
