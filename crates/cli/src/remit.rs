//! `counterfoil remit`: posting 835s, matching the bank, listing what is left.

mod as_json;

use crate::arguments::RemitCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::ledger::dollars;
use crate::show_finding::{FileFinding, count, print_grouped};
use crate::{Outcome, files, office};
use counterfoil_adjudicate::Rates;
use counterfoil_base::{Cents, Date, Finding};
use counterfoil_claim::RemittanceAdvice;
use counterfoil_integrity::{CleanClaimEngine, EditScope};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::Relation;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::provider::{
    ContractDesk, MatchedBank, OfficeReport, RemittanceItem, UnderpaidLine, check_contract,
    match_bank, matched_bank, office_report, post_advice, post_document, read_remittances,
    record_bank_file,
};
use counterfoil_remit::{
    BankColumns, BankFile, MatchCause, MatchOutcome, Variance, read_bai2, read_bank_csv, read_nacha,
};
use counterfoil_store::{Side, Store, StoreError, Transaction};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn run(
    command: RemitCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        RemitCommand::Post { files, bank, data, other_period, rates, on, json } => {
            let on = on.unwrap_or_else(|| console.today());
            files.iter().try_for_each(|path| files::expect_x12(path))?;
            bank.iter().try_for_each(|path| files::expect_file(path))?;
            let contract = rates.map(|folder| Contract::load(&folder, console)).transpose()?;
            let mut store = office::open_to_work(&data.data, Side::Provider)?;
            let (remittances, bank, from) = (files.as_slice(), bank.as_slice(), None);
            let request = PostRequest { remittances, bank, from, on, contract, other_period };
            let posted = post(&mut store, &request)?;
            show_posted(&posted, json, console);
            Ok(posted.outcome())
        }
        RemitCommand::Unmatched { data, json } => {
            unmatched(&mut office::open_existing(&data.data, Side::Provider)?, json, console)
        }
    }
}

/// What is posted, and what it is held against.
pub(crate) struct PostRequest<'a> {
    pub(crate) remittances: &'a [PathBuf],
    pub(crate) bank: &'a [PathBuf],
    /// The partner that sent the remittances, when one did.
    pub(crate) from: Option<&'a Relation>,
    pub(crate) on: Date,
    pub(crate) contract: Option<Contract>,
    /// True when bank files may be of another time than what is on record.
    pub(crate) other_period: bool,
}

/// The rates that the payer agreed to.
pub(crate) struct Contract {
    rates: Rates,
    engine: Arc<CleanClaimEngine>,
}

impl Contract {
    fn load(folder: &Path, console: &mut Console<'_>) -> Result<Contract, CommandError> {
        let rates = office::rates_of(folder, console)?;
        let loaded = files::engine(None, None, EditScope::ModelAlone)?;
        Ok(Contract { rates, engine: Arc::new(loaded.engine) })
    }
}

/// What a posting run did.
#[derive(Default)]
pub(crate) struct Posted {
    pub(crate) remittances: u64,
    pub(crate) already_posted: u64,
    pub(crate) paid_cents: i128,
    pub(crate) claims: u64,
    pub(crate) findings: Vec<FileFinding>,
    pub(crate) variances: Vec<Variance>,
    /// Lines that were held against the contract, and those of them that are underpaid.
    pub(crate) contract_lines: Option<u64>,
    pub(crate) underpaid: Vec<UnderpaidLine>,
    pub(crate) new_bank_entries: usize,
    /// Movements of the files that are on record from before.
    pub(crate) known_bank_entries: usize,
    pub(crate) matched: Option<MatchedBank>,
    /// Money that no claim of these books explains, by account, with what it is about.
    pub(crate) unidentified: Vec<Unidentified>,
    pub(crate) report: OfficeReport,
}

/// Balances that posting checks, and the names under which reading found them broken.
const BALANCES: [(&str, &str); 3] = [
    ("835-3-line-unbalanced", "835-3-line-balance"),
    ("835-3-claim-unbalanced", "835-3-claim-balance"),
    ("835-3-payment-unbalanced", "835-3-transaction-balance"),
];

/// Money that waits outside the claims: account, subject, amount.
type Unidentified = (String, String, Cents);

impl Posted {
    fn found(&mut self, path: &Path, findings: impl IntoIterator<Item = Finding>) {
        let file = files::file_name(path);
        let findings: Vec<_> =
            findings.into_iter().map(|one| self.where_read(&file, one)).collect();
        let found = findings.into_iter().map(|finding| FileFinding { file: file.clone(), finding });
        self.findings.extend(found);
    }

    /// A balance that reading found broken is broken at the place that reading named.
    fn where_read(&self, file: &str, mut finding: Finding) -> Finding {
        let Some((_, read)) = BALANCES.iter().find(|(posted, _)| *posted == finding.code) else {
            return finding;
        };
        let (segment, line) = (finding.position.segment, finding.position.service_line);
        let mut same = self.findings.iter().filter(|one| one.file == file);
        let found = same.find(|one| {
            let at = &one.finding.position;
            let is_after = segment.is_none() || at.segment >= segment;
            let is_line = line.is_none() || at.service_line.is_none() || at.service_line == line;
            one.finding.code == *read && is_after && is_line
        });
        if let Some(found) = found {
            finding.position.clone_from(&found.finding.position);
        }
        finding
    }

    fn outcome(&self) -> Outcome {
        let worth = self.findings.iter().any(|one| one.finding.is_error());
        let open = self.matched.iter().flat_map(|one| &one.report.outcomes).any(is_exception);
        let underpaid = !self.variances.is_empty() || !self.underpaid.is_empty();
        let unexplained = !self.unidentified.is_empty();
        if worth || open || underpaid || unexplained { Outcome::Findings } else { Outcome::Done }
    }
}

/// Why files were not posted; what was committed before stands.
pub(crate) enum PostError {
    /// One of them cannot be read.
    File(CommandError),
    /// The work failed.
    Operations(OperationsError),
}

impl PostError {
    fn file(path: &Path, cause: &std::io::Error) -> PostError {
        PostError::File(CommandError::file("read", path, cause))
    }
}

impl From<OperationsError> for PostError {
    fn from(error: OperationsError) -> PostError {
        PostError::Operations(error)
    }
}

impl From<StoreError> for PostError {
    fn from(error: StoreError) -> PostError {
        PostError::Operations(error.into())
    }
}

impl From<PostError> for CommandError {
    fn from(error: PostError) -> CommandError {
        match error {
            PostError::File(error) => error,
            PostError::Operations(OperationsError::Store(error)) => error.into(),
            PostError::Operations(error) => error.into(),
        }
    }
}

/// Posts 835 files, records bank files, and matches everything on record.
pub(crate) fn post(store: &mut Store, request: &PostRequest<'_>) -> Result<Posted, PostError> {
    let mut posted =
        Posted { contract_lines: request.contract.as_ref().map(|_| 0), ..Posted::default() };
    // Every file is opened before anything is posted: a name that was typed wrong changes nothing.
    for path in request.remittances.iter().chain(request.bank) {
        File::open(path).map_err(|cause| PostError::file(path, &cause))?;
    }
    for path in request.remittances {
        post_file(store, path, request, &mut posted)?;
    }
    for path in request.bank {
        let file = read_bank(path).map_err(PostError::File)?;
        posted.found(path, file.findings);
        let recorded = store.transaction("record a bank file", |tx| {
            record_bank_file(tx, &file.entries, request.other_period)
        })?;
        posted.new_bank_entries += recorded.new;
        posted.known_bank_entries += recorded.known;
        posted.found(path, recorded.findings);
    }
    let (matched, report, unidentified) = store.transaction("match the bank", |tx| {
        let matched = match_bank(tx)?;
        let report = office_report(tx, &matched)?;
        Ok::<_, OperationsError>((matched, report, unidentified(tx)?))
    })?;
    posted.report = report;
    posted.unidentified = unidentified;
    posted.matched = Some(matched);
    Ok(posted)
}

/// Posts a file read twice: once for its digest and its trailers, once for its 835s.
fn post_file(
    store: &mut Store,
    path: &Path,
    request: &PostRequest<'_>,
    posted: &mut Posted,
) -> Result<(), PostError> {
    let failed = |cause: std::io::Error| PostError::file(path, &cause);
    let scan = scan_file(&mut File::open(path).map_err(failed)?).map_err(failed)?;
    let mut remittances = 0u64;
    read_remittances(File::open(path).map_err(failed)?, &scan, |item| {
        match item {
            RemittanceItem::Finding(finding) if !finding.is_error() => {}
            RemittanceItem::Finding(finding) => posted.found(path, [*finding]),
            RemittanceItem::Refused(finding) => {
                remittances += 1;
                posted.found(path, [*finding]);
            }
            RemittanceItem::Advice(advice) => {
                remittances += 1;
                post_one(store, (path, &advice, &scan.digest), request, posted)?;
            }
        }
        Ok(())
    })?;
    if remittances == 0 {
        let message = format!("No 835 that can be posted is in {}.", files::file_name(path));
        let finding = Finding::error("OPS-7-no-remittance", 7, message)
            .because("Posting takes 835 transaction sets of version 005010X221A1.")
            .fix("Name the payer's 835 file; `x12 check` says what is wrong with this one.");
        posted.found(path, [finding]);
    }
    Ok(())
}

fn post_one(
    store: &mut Store,
    (path, advice, file_digest): (&Path, &RemittanceAdvice, &str),
    request: &PostRequest<'_>,
    posted: &mut Posted,
) -> Result<(), OperationsError> {
    let done = store.transaction("post an 835", |tx| {
        let done = match request.from {
            Some(partner) => post_document(tx, partner, advice, (file_digest, request.on))?,
            None => post_advice(tx, advice, file_digest, request.on)?,
        };
        let is_refused = done.posting.findings.iter().any(Finding::is_error);
        let contract = request.contract.as_ref().filter(|_| !is_refused);
        let check = contract.map(|contract| {
            let desk = ContractDesk { rates: &contract.rates, engine: &contract.engine };
            check_contract(tx, advice, &desk)
        });
        Ok::<_, OperationsError>((done.posting, is_refused, check.transpose()?))
    })?;
    let (posting, is_refused, check) = done;
    if posting.already_posted {
        posted.already_posted += 1;
    } else if !is_refused {
        posted.remittances += 1;
        posted.claims += posting.claims.len() as u64;
        posted.paid_cents += i128::from(advice.payment.amount_cents.0);
    }
    posted.found(path, posting.findings);
    posted.variances.extend(posting.variances);
    if let Some(check) = check {
        posted.contract_lines = posted.contract_lines.map(|lines| lines + check.lines);
        posted.underpaid.extend(check.underpaid);
        posted.found(path, check.findings);
    }
    Ok(())
}

/// CSV, BAI2 or NACHA, told apart by the first bytes.
fn read_bank(path: &Path) -> Result<BankFile, CommandError> {
    let bytes = files::read(path)?;
    Ok(if bytes.starts_with(b"01,") {
        read_bai2(&bytes)
    } else if bytes.starts_with(b"101 ") || bytes.starts_with(b"101") {
        read_nacha(&bytes).bank_file()
    } else {
        read_bank_csv(&bytes, &BankColumns::default())
    })
}

/// Whether a file that begins so is a bank statement: BAI2, NACHA, or CSV whose first row names
/// columns for day and amount.
#[must_use]
pub fn is_bank_statement(head: &[u8]) -> bool {
    if head.starts_with(b"01,") || head.starts_with(b"101 ") {
        return true;
    }
    let first = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    !first.is_empty() && read_bank_csv(first, &BankColumns::default()).findings.is_empty()
}

fn is_exception(outcome: &MatchOutcome) -> bool {
    !matches!(outcome.cause, MatchCause::Matched | MatchCause::NothingToPay)
}

fn show_posted(posted: &Posted, json: bool, console: &mut Console<'_>) {
    if json {
        console.print_json(&as_json::posted_json(posted));
        return;
    }
    print_grouped(console, &posted.findings);
    console.print(&format!(
        "{} posted with {}, {} paid; {} posted before",
        count(posted.remittances, "remittance"),
        count(posted.claims, "claim"),
        dollars(posted.paid_cents),
        posted.already_posted,
    ));
    let underpaid: Vec<_> = posted.variances.iter().filter(|one| one.line.is_none()).collect();
    for one in &underpaid {
        console.print(&format!(
            "  claim {}: paid {}, the contract says {} (underpaid by {})",
            one.claim,
            one.paid_cents,
            one.expected_cents,
            one.underpaid_cents()
        ));
    }
    show_contract(posted, console);
    let bank = count(posted.new_bank_entries as u64, "new bank movement");
    let before = match posted.known_bank_entries {
        0 => String::new(),
        known => format!(", {known} on record before"),
    };
    console.print(&format!("{bank} recorded{before}"));
    show_report(&posted.report, console);
    for (name, sum) in unexplained_sums(posted) {
        if sum != 0 {
            let words = name.replace('_', " ");
            console.print(&format!("{words} {}: see `remit unmatched`", dollars(sum)));
        }
    }
}

/// Accounts of money that no claim of these books explains.
const UNEXPLAINED: [&str; 2] = ["unidentified_payments", "disputed_take_back"];

/// What lies in each of these accounts, without signs.
fn unexplained_sums(posted: &Posted) -> [(&'static str, i128); 2] {
    UNEXPLAINED.map(|name| {
        let of_name = posted.unidentified.iter().filter(|(account, ..)| is_account(account, name));
        (name, of_name.map(|(_, _, amount)| i128::from(amount.0)).sum())
    })
}

fn is_account(account: &str, name: &str) -> bool {
    account.strip_prefix("provider.").is_some_and(|rest| rest.starts_with(name))
}

/// Every underpaid line with the way to its expected amount.
fn show_contract(posted: &Posted, console: &mut Console<'_>) {
    let Some(lines) = posted.contract_lines else { return };
    for one in &posted.underpaid {
        console.print(&format!(
            "  claim {} line {}: allowed {}, contract {} allows {} (underpaid by {})",
            one.claim,
            one.line,
            one.allowed_cents,
            one.contract_id,
            one.expected_cents,
            one.difference_cents
        ));
        let [withheld, may_withhold] = one.withheld_cents;
        console.print(&format!(
            "      allowed {} = paid {} + patient {} + other payers {} + withheld {may_withhold}",
            one.allowed_cents, one.paid_cents, one.patient_cents, one.other_payers_cents
        ));
        if withheld > may_withhold {
            console.print(&format!(
                "      withheld {withheld} where the contract withholds {may_withhold}"
            ));
        }
        for step in &one.explained {
            console.print(&format!("      {} ({})", step.formula, step.rule.citation));
        }
    }
    let sum: i128 = posted.underpaid.iter().map(|one| i128::from(one.difference_cents.0)).sum();
    let underpaid = count(posted.underpaid.len() as u64, "underpaid line");
    let lines = count(lines, "line");
    console
        .print(&format!("{lines} held against the contract: {underpaid}, {} short", dollars(sum)));
}

pub(crate) fn show_report(report: &OfficeReport, console: &mut Console<'_>) {
    console.print(&format!(
        "billed {} = paid {} + by contract {} + patients {} + not answered {}",
        dollars(report.billed_cents),
        dollars(report.paid_cents),
        dollars(report.contractual_cents),
        dollars(report.patient_cents),
        dollars(report.open_cents)
    ));
    for (words, sum) in [
        ("denied, waiting for a person", report.denied_cents),
        ("withheld by contract", report.withheld_cents),
        ("other payers and other reductions", report.other_adjusted_cents),
    ] {
        if sum != 0 {
            console.print(&format!("  + {words} {}", dollars(sum)));
        }
    }
    for (cause, (number, remit, bank)) in &report.outcomes {
        console.print(&format!(
            "  {:<16} {number:>6}  announced {:>16}  in the bank {:>16}",
            cause.word(),
            dollars(*remit),
            dollars(*bank)
        ));
    }
    let (repeated, sum) = (report.repeated_cents, dollars(report.bank_cents));
    let less = match repeated {
        0 => String::new(),
        _ => format!(" less {} stated twice", dollars(repeated)),
    };
    let cash = dollars(report.ledger_cash_cents);
    console.print(&format!("bank statement {sum}{less} = cash in the books {cash}"));
    console.print(&format!("leftover {}", dollars(report.leftover_cents())));
}

fn unmatched(
    store: &mut Store,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let matched = store.transaction("match the bank", matched_bank)?;
    let exceptions: Vec<_> =
        matched.report.outcomes.iter().filter(|one| is_exception(one)).collect();
    for outcome in &exceptions {
        if json {
            console.print_json(&exception_json(outcome, &matched));
        } else {
            show_exception(outcome, &matched, console);
        }
        console.still_read()?;
    }
    let unidentified = store.transaction("list unidentified money", unidentified)?;
    for (account, subject, amount) in &unidentified {
        if json {
            console.print_json(&json!({
                "outcome": "unidentified",
                "account": account,
                "about": subject,
                "amount_cents": amount.0,
            }));
        } else {
            console.print(&format!("money that no claim of these books explains: {amount}"));
            console.print(&format!("  {subject}, waiting in {account}"));
        }
        console.still_read()?;
    }
    let all = exceptions.len() + unidentified.len();
    console.say(&format!("{} to look at", count(all as u64, "exception")));
    Ok(if all == 0 { Outcome::Done } else { Outcome::Findings })
}

/// What was paid or taken back for claims that these books do not know: account, subject, amount.
fn unidentified(tx: &Transaction<'_>) -> Result<Vec<Unidentified>, StoreError> {
    let mut found = Vec::new();
    for balance in tx.trial_balance()? {
        if UNEXPLAINED.iter().any(|name| is_account(&balance.account, name)) {
            for (subject, amount) in tx.open_subjects(&balance.account)? {
                found.push((balance.account.clone(), subject, amount.abs()));
            }
        }
    }
    Ok(found)
}

fn show_exception(outcome: &MatchOutcome, matched: &MatchedBank, console: &mut Console<'_>) {
    let difference = dollars(outcome.difference_cents());
    console.print(&format!(
        "{} ({}): difference {difference}",
        outcome.cause.word(),
        outcome.rule.sentence()
    ));
    for remit in outcome.remits.iter().filter_map(|index| matched.remits.get(*index)) {
        let due = remit.effective_date.map_or_else(|| "?".to_owned(), |day| day.to_string());
        let (trace, amount) = (&remit.trace_number, remit.amount_cents);
        console.print(&format!("  835 {trace} of {due}: {amount}"));
    }
    for entry in outcome.entries.iter().filter_map(|index| matched.entries.get(*index)) {
        let (date, amount, reference) = (entry.date, entry.amount_cents, &entry.reference);
        console.print(&format!("  bank {date}: {amount} ({reference})"));
    }
}

fn exception_json(outcome: &MatchOutcome, matched: &MatchedBank) -> Value {
    let remits: Vec<_> = outcome
        .remits
        .iter()
        .filter_map(|index| matched.remits.get(*index))
        .map(|one| {
            json!({
                "trace_number": one.trace_number.as_str(),
                "amount_cents": one.amount_cents.0,
            })
        })
        .collect();
    let entries: Vec<_> = outcome
        .entries
        .iter()
        .filter_map(|index| matched.entries.get(*index))
        .map(|one| {
            json!({
                "reference": one.reference.as_str(),
                "date": one.date.to_string(),
                "amount_cents": one.amount_cents.0,
            })
        })
        .collect();
    json!({
        "outcome": outcome.cause.word(),
        "because": outcome.rule.sentence(),
        "difference_cents": i64::try_from(outcome.difference_cents()).ok(),
        "remittances": remits,
        "bank_entries": entries,
    })
}
