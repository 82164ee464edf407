//! `counterfoil claim check`: findings and predicted payments before anything is sent.

mod clean;
mod judge;
mod show;

pub(crate) use show::decision_json;

use crate::console::Console;
use crate::error::CommandError;
use crate::office::Desk;
use crate::show_finding::{print, to_json};
use crate::{Outcome, files, not_run, office};
use clean::CleanFile;
use counterfoil_adjudicate::{Decision, DecisionState};
use counterfoil_base::{Cents, Date, Finding, Severity};
use counterfoil_claim::Claim;
use counterfoil_integrity::MissingCheck;
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{
    FileScan, IntakeEnd, IntakeItem, IntakeOptions, is_of_level_above, read_claims, scan_file,
};
use counterfoil_operations::payer::not_claims;
use counterfoil_operations::provider::{BilledClaim, bill_claim};
use counterfoil_store::{Side, StoreError, Transaction};
use counterfoil_x12::Profile;
pub(crate) use judge::Judge;
use judge::Running;
use std::fs::File;
use std::path::PathBuf;

/// What is checked, and with what.
pub(crate) struct CheckRequest {
    pub(crate) file: PathBuf,
    pub(crate) rules: Option<PathBuf>,
    pub(crate) rates: Option<PathBuf>,
    pub(crate) members: Option<PathBuf>,
    pub(crate) accumulators: Option<PathBuf>,
    pub(crate) payer_data: Option<PathBuf>,
    pub(crate) tables: Option<PathBuf>,
    pub(crate) on: Date,
    pub(crate) book: Option<PathBuf>,
    pub(crate) clean: Option<PathBuf>,
}

/// A claim after its check.
pub(crate) struct CheckedClaim {
    pub(crate) claim: Claim,
    pub(crate) findings: Vec<Finding>,
    /// The prediction, when rates and members are at hand.
    pub(crate) decision: Option<Decision>,
    /// True when an error holds the claim back.
    pub(crate) is_held: bool,
}

/// Where a checked claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Held,
    Ready,
    ReadyButDenied,
    ReadyButWaiting,
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Standing::Held => "held",
            Standing::Ready => "ready",
            Standing::ReadyButDenied => "ready_but_denied",
            Standing::ReadyButWaiting => "ready_but_waiting",
        }
    }
}

impl CheckedClaim {
    /// The payment that the provider expects of the claim once it is sent.
    pub(crate) fn expected_cents(&self) -> Option<Cents> {
        let decision = self.decision.as_ref()?;
        let decided = matches!(decision.state, DecisionState::Approved | DecisionState::Denied);
        decided.then_some(decision.paid_cents)
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.decision.as_ref().map(|decision| decision.state) {
            _ if self.is_held => Standing::Held,
            Some(DecisionState::Denied) => Standing::ReadyButDenied,
            Some(DecisionState::Pended) => Standing::ReadyButWaiting,
            _ => Standing::Ready,
        }
    }
}

/// What a check counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CheckTotals {
    pub(crate) claims: u64,
    pub(crate) held: u64,
    pub(crate) held_cents: Cents,
    /// Claims that nothing holds back, those included that will not be paid at once.
    pub(crate) clean: u64,
    pub(crate) predicted_cents: Cents,
    pub(crate) errors: u64,
    /// Claims that would not be paid at once although nothing holds them back.
    pub(crate) denied: u64,
    pub(crate) pended: u64,
    /// Claims of transaction sets that would come back whole; none of them was looked at.
    pub(crate) in_rejected_sets: u64,
}

impl CheckTotals {
    /// Claims that nothing holds back and nothing speaks against.
    pub(crate) fn ready(&self) -> u64 {
        self.clean - self.denied - self.pended
    }

    fn needs_work(&self) -> bool {
        self.held + self.in_rejected_sets > 0
    }

    fn add(&mut self, checked: &CheckedClaim) {
        let sum = |held: Cents, more: Cents| held.checked_add(more).unwrap_or(held);
        self.claims += 1;
        let own = checked.findings.iter().filter(|one| !is_of_level_above(one));
        self.errors += own.filter(|one| one.is_error()).count() as u64;
        let standing = checked.standing();
        if standing == Standing::Held {
            self.held += 1;
            self.held_cents = sum(self.held_cents, checked.claim.charge_cents);
            return;
        }
        self.clean += 1;
        self.denied += u64::from(standing == Standing::ReadyButDenied);
        self.pended += u64::from(standing == Standing::ReadyButWaiting);
        if let (Standing::Ready, Some(decision)) = (standing, &checked.decision) {
            self.predicted_cents = sum(self.predicted_cents, decision.paid_cents);
        }
    }
}

/// What a check came to, and what it could not look at.
pub(crate) struct CheckReport {
    pub(crate) totals: CheckTotals,
    missing: Vec<MissingCheck>,
}

pub(crate) fn run(
    request: &CheckRequest,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut broken = false;
    // Booking and writing go on when the reader of the output has seen enough.
    let works_on = request.book.is_some() || request.clean.is_some();
    let judge = Judge::load(request, console)?;
    judge.announce(console);
    let mut levels = show::LevelErrors::default();
    let report = check_file(request, &judge, console, |item, console| {
        match item {
            Checked::Claim(checked) if json => console.print_json(&show::claim_json(&checked)),
            Checked::Claim(checked) => show::claim(console, &checked, &mut levels),
            Checked::Finding(finding) => {
                broken |= finding.is_error();
                if json {
                    console.print_json(&to_json(&finding));
                } else if levels.keep(&finding) {
                    return Ok(());
                } else if finding.is_error() || finding.code.starts_with("OPS-") {
                    print(console, &finding);
                }
            }
        }
        if works_on { Ok(()) } else { console.still_read() }
    })?;
    levels.finish(console);
    if json {
        let not_run: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
        let desk = judge.desk.as_ref().map(Desk::to_json);
        console.print_json(&show::totals_json(&report.totals, (&not_run, desk)));
    }
    not_run::say(console, &report.missing);
    console.say(&show::sentence(&report.totals, request.rates.is_some()));
    Ok(if report.totals.needs_work() || broken { Outcome::Findings } else { Outcome::Done })
}

/// A claim, or a finding that belongs to none.
pub(crate) enum Checked {
    Claim(Box<CheckedClaim>),
    Finding(Box<Finding>),
}

/// Checks every claim of a file, one at a time; books and writes the clean ones when asked, all
/// of them or, when the check breaks off, none.
pub(crate) fn check_file(
    request: &CheckRequest,
    judge: &Judge,
    console: &mut Console<'_>,
    take: impl FnMut(Checked, &mut Console<'_>) -> Result<(), CommandError>,
) -> Result<CheckReport, CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("read", &request.file, &cause);
    let mut opened = File::open(&request.file).map_err(failed)?;
    let scan = scan_file(&mut opened).map_err(failed)?;
    let clean = request.clean.as_deref().map(|path| CleanFile::create(path, request.on));
    let check = FileCheck {
        request,
        judge,
        scan: &scan,
        clean: clean.transpose()?,
        totals: CheckTotals::default(),
        take,
    };
    let (totals, end, clean) = match &request.book {
        None => check.run(None, console)?,
        Some(book) => office::open_to_work(book, Side::Provider)?
            .transaction("book claims as sent", |tx| check.run(Some(tx), console))?,
    };
    // Only what is booked for good is put in its place as the file to send.
    clean.map_or(Ok(()), CleanFile::finish)?;
    let missing = not_run::missing(&judge.engine, &judge.rules, &end.missing_tables);
    Ok(CheckReport { totals, missing })
}

struct FileCheck<'a, F> {
    request: &'a CheckRequest,
    judge: &'a Judge,
    scan: &'a FileScan,
    clean: Option<CleanFile>,
    totals: CheckTotals,
    take: F,
}

/// How the transaction of the predictions ends: always by a rollback.
enum Ended {
    Checked(Box<IntakeEnd>),
    Failed(CommandError),
}

impl From<CommandError> for Ended {
    fn from(error: CommandError) -> Ended {
        Ended::Failed(error)
    }
}

impl From<OperationsError> for Ended {
    fn from(error: OperationsError) -> Ended {
        Ended::Failed(error.into())
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Ended {
        Ended::Failed(error.into())
    }
}

impl<F: FnMut(Checked, &mut Console<'_>) -> Result<(), CommandError>> FileCheck<'_, F> {
    fn run(
        mut self,
        book: Option<&Transaction<'_>>,
        console: &mut Console<'_>,
    ) -> Result<(CheckTotals, IntakeEnd, Option<CleanFile>), CommandError> {
        let (judge, request) = (self.judge, self.request);
        let mut store = judge.store(request)?;
        let ended = store.transaction("predict", |tx| -> Result<(), Ended> {
            let mut running = judge.begin(tx, &self.scan.digest, request.on)?;
            let file = File::open(&request.file)
                .map_err(|cause| CommandError::file("read", &request.file, &cause))?;
            let end = read_claims(file, self.options(), |items, bytes| {
                for item in items {
                    self.item(&mut running, item, (tx, book), console)?;
                }
                console.progress(|| self.progress(bytes));
                Ok::<_, CommandError>(())
            })?;
            Err(Ended::Checked(Box::new(end)))
        });
        let end = match ended {
            Err(Ended::Checked(end)) => *end,
            Err(Ended::Failed(error)) => return Err(error),
            Ok(()) => IntakeEnd::default(),
        };
        // Written in full while the booking can still be taken back.
        self.clean.as_mut().map_or(Ok(()), CleanFile::close)?;
        Ok((self.totals, end, self.clean))
    }

    fn options(&self) -> IntakeOptions {
        IntakeOptions {
            engine: self.judge.engine.clone(),
            profile: Profile::Strict,
            keeps_segments: self.request.book.is_some(),
            rejected_sets: self.scan.rejected_sets.clone(),
            day: self.request.on,
            acknowledgement_number: 1,
            claims_before: 0,
        }
    }

    fn item(
        &mut self,
        running: &mut Running<'_>,
        item: IntakeItem,
        (tx, book): (&Transaction<'_>, Option<&Transaction<'_>>),
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        match item {
            IntakeItem::Interchange(isa) => match &mut self.clean {
                Some(clean) => clean.interchange(*isa),
                None => Ok(()),
            },
            IntakeItem::Claim(received) => {
                let checked = running.check(tx, &received)?;
                self.totals.add(&checked);
                let of_booking = match checked.is_held {
                    true => None,
                    false => self.send((&checked, received.segments.expose()), book)?,
                };
                (self.take)(Checked::Claim(Box::new(checked)), console)?;
                match of_booking {
                    Some(finding) => (self.take)(Checked::Finding(Box::new(finding)), console),
                    None => Ok(()),
                }
            }
            IntakeItem::Finding(finding) => {
                let is_error = finding.is_error() && is_of_level_above(&finding);
                self.totals.errors += u64::from(is_error);
                (self.take)(Checked::Finding(finding), console)
            }
            // A set that nobody looked at must not pass as one without a fault.
            IntakeItem::NotClaims { set_id } => {
                let finding = Finding { severity: Severity::Error, ..not_claims(&set_id) };
                (self.take)(Checked::Finding(Box::new(finding)), console)
            }
            IntakeItem::RejectedSet { claims, .. } => {
                self.totals.in_rejected_sets += claims;
                Ok(())
            }
        }
    }

    /// A claim that nothing holds back is booked as sent and written, when that is asked for; one
    /// that cannot be booked is not written either. Returns what a person must know of it.
    fn send(
        &mut self,
        (checked, segments): (&CheckedClaim, &[u8]),
        book: Option<&Transaction<'_>>,
    ) -> Result<Option<Finding>, CommandError> {
        let claim = &checked.claim;
        let mut finding = None;
        if let Some(book) = book {
            let (file_digest, on) = (self.scan.digest.as_str(), self.request.on);
            let expected_cents = checked.expected_cents();
            // What is booked here goes out in another file, or not through the record at all.
            let twin_subject = "";
            let billed =
                BilledClaim { claim, segments, expected_cents, file_digest, on, twin_subject };
            let done = bill_claim(book, &billed)?;
            finding = done.finding(claim);
            if !done.is_in_books() {
                return Ok(finding);
            }
        }
        if let Some(clean) = &mut self.clean {
            clean.add(claim)?;
        }
        Ok(finding)
    }

    fn progress(&self, bytes: u64) -> String {
        let percent = bytes.saturating_mul(100).checked_div(self.scan.bytes).unwrap_or(100);
        let name = files::file_name(&self.request.file);
        let CheckTotals { claims, held, predicted_cents, .. } = self.totals;
        format!(
            "checking {name}: {percent} %, {claims} claims, {held} to correct, predicted payment \
             {predicted_cents}"
        )
    }
}
