//! A payer's work: claim files are decided as they come, payments go out at their time.

use super::content::{Kind, contents_of};
use super::documents::work_on;
use super::folder::{Watched, name_of};
use super::outcome::{Unused, Worked, finish};
use super::stamp::Loaded;
use super::{Failure, Office, RETRY_MS, Trouble, unreadable};
use crate::config::PayWhen;
use crate::data::{INBOX, LAST_PAYMENT_RUN_FILE};
use crate::outside::now_ms;
use counterfoil_base::{Finding, Severity};
use counterfoil_cli::{CommandError, Date, OwnPacks, PayerOffice};
use counterfoil_operations::payer::PaymentRun;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Milliseconds of a minute and of a day.
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Longest wait until payees are tried again who could not be paid.
const PATIENCE_MS_MAX: i64 = 3_600_000;
/// That payees could not be paid, among the troubles of the work.
const UNPAID: &str = "payees that could not be paid";
/// What the last payment run has found, before its code, among the troubles.
const FOUND: &str = "last payment run ";
/// What is passed over in a file of claims.
const NOT_CLAIMS: &str = "OPS-7-not-claims";
/// Between two looks at the rules folder while no claims come.
const TELL_EVERY_MS: i64 = 1_000;

/// What a payer's work remembers.
pub struct PayerWork {
    pub inbox: Watched,
    office: Loaded<PayerOffice>,
    packs: Loaded<OwnPacks>,
    /// When partners were last told of rule packs since the start.
    told_at: Option<i64>,
    /// When the payments were last made since the start.
    paid_at: Option<i64>,
    /// The database and the day as they were when it was looked at last for what is due, by those
    /// who write beside this thread.
    looked_at: Option<(i64, Date)>,
    /// The day of the last payment run, and what it has left waiting.
    left: Option<(Date, [i64; 4])>,
    /// True when something was decided here, or may have been, and no payment run has followed.
    has_decided: bool,
    /// Payees that could not be paid.
    unpaid: Unpaid,
}

/// Payees that could not be paid; they alone are tried again, with growing patience.
#[derive(Debug, Default)]
struct Unpaid {
    payees: BTreeSet<String>,
    again_at: i64,
    patience_ms: i64,
}

impl PayerWork {
    pub fn new(data: &Path) -> PayerWork {
        PayerWork {
            inbox: Watched::new(data.join(INBOX)),
            office: Loaded::default(),
            packs: Loaded::default(),
            told_at: None,
            paid_at: None,
            looked_at: None,
            left: None,
            has_decided: true,
            unpaid: Unpaid { payees: unpaid_of(data), ..Unpaid::default() },
        }
    }

    pub fn round(&mut self, office: &mut Office) -> bool {
        let mut did = office.step("rule packs", |office| self.tell_packs(office));
        did |= office.step("inbox", |office| self.files(office));
        did |= work_on(office, |office, document| {
            if document.row.kind != "837" {
                return Ok(None);
            }
            self.take_in(office, &document.path, &document.row.name).map(Some)
        });
        did |= office.step("payments", |office| self.pay(office));
        did
    }

    fn loaded(&mut self, office: &Office) -> Result<&mut PayerOffice, Failure> {
        let folders = &office.folders;
        self.office.get(&folders.watched(), || {
            let loaded = PayerOffice::load(folders, office.on)?;
            for said in loaded.said.lines() {
                tracing::info!(said, "the desk was loaded");
            }
            Ok(loaded)
        })
    }

    /// Partners are told of the packs of the rules folder, now and then.
    fn tell_packs(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let now = now_ms();
        if self.told_at.is_some_and(|at| now.saturating_sub(at) < TELL_EVERY_MS) {
            return Ok(false);
        }
        self.publish(office)
    }

    fn publish(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let folders = &office.folders;
        let packs = self.packs.get(&[&folders.rules], || OwnPacks::load(folders))?;
        let published = packs.publish(&mut office.store, office.on)?;
        self.told_at = Some(now_ms());
        for words in &published {
            tracing::info!(packs = words, "a rule pack was published");
        }
        Ok(!published.is_empty())
    }

    fn files(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let paths = self.inbox.look(office.node.folder.config.inbox_settle)?;
        Ok(office.each_file(INBOX, &paths, |office, path| {
            let done = match contents_of(path) {
                Ok(contents) if contents.holds(Kind::Claims) => {
                    self.take_in(office, path, &name_of(path))
                }
                Ok(_) => Err(Failure::file(
                    "it is no file of claims (837P or 837I of 005010)",
                    "put claim files alone into this folder",
                )
                .into()),
                Err(_) => Err(unreadable().into()),
            };
            finish(office, &mut self.inbox, (path, done))
        }))
    }

    fn take_in(&mut self, office: &mut Office, path: &Path, name: &str) -> Result<Worked, Unused> {
        // No claim is checked with rules that its provider was not told of.
        self.publish(office)?;
        let (out, on) = (office.out.clone(), office.on);
        let run = self.loaded(office)?.take_in(&mut office.store, (path, name), &out, on)?;
        self.has_decided = true;
        let claims = run.claims();
        tracing::info!(name, claims, "claims were decided");
        office.tell("A file of claims was decided.");
        // What is wrong with claims is answered to their sender; what is no claim is told here.
        let passed = run.findings.get(NOT_CLAIMS).map(|(_, first)| first.clone());
        let findings = passed.map(|one| Finding { severity: Severity::Error, ..one });
        Ok(Worked { kind: "837".to_owned(), findings: findings.into_iter().collect() })
    }

    /// Whether something waits for payment that the last run did not see: what people and other
    /// commands decide. Other writing, such as that of the audit record, starts no run.
    fn has_come(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let now = (office.store.change_stamp()?, office.on);
        if self.looked_at == Some(now) {
            return Ok(false);
        }
        let waits = waiting(office)?;
        // What a run has left may be due on a later day.
        self.has_decided = waits.is_some() && waits != self.left;
        self.looked_at = Some(now);
        Ok(self.has_decided)
    }

    /// The payment run, when its time has come.
    fn pay(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let when = office.node.folder.config.pay_when;
        self.pay_when(office, when)
    }

    pub fn pay_when(&mut self, office: &mut Office, when: PayWhen) -> Result<bool, Failure> {
        let now = now_ms();
        let since = self.paid_at.map_or(i64::MAX, |at| now.saturating_sub(at));
        let is_due = match when {
            PayWhen::Off => false,
            PayWhen::Arrival => self.has_decided || self.has_come(office)?,
            PayWhen::Minutes(minutes) => since >= minutes.saturating_mul(MINUTE_MS),
            PayWhen::Daily(at_minute) => {
                let minute = now.rem_euclid(DAY_MS) / MINUTE_MS;
                minute >= at_minute && last_run(office) != office.on.to_string()
            }
        };
        match is_due {
            true => self.pay_everybody(office, now),
            false if when == PayWhen::Off => Ok(false),
            false => self.pay_again(office, now),
        }
    }

    fn pay_everybody(&mut self, office: &mut Office, now: i64) -> Result<bool, Failure> {
        let (out, on) = (office.out.clone(), office.on);
        let before = office.store.change_stamp()?;
        let run = self.loaded(office)?.pay(&mut office.store, &out, on)?;
        tell_findings(office, &run.findings);
        self.keep_unpaid(office, (&run, now), &on.to_string())?;
        self.left = waiting(office)?;
        self.paid_at = Some(now);
        // Who wrote meanwhile may have decided a claim that the run did not see.
        self.has_decided = office.store.change_stamp()? != before;
        Ok(tell_payments(office, &run))
    }

    /// Tries those again who could not be paid, when it is time.
    fn pay_again(&mut self, office: &mut Office, now: i64) -> Result<bool, Failure> {
        if self.unpaid.payees.is_empty() || now < self.unpaid.again_at {
            return Ok(false);
        }
        let (out, on, payees) = (office.out.clone(), office.on, self.unpaid.payees.clone());
        let run = self.loaded(office)?.pay_again(&mut office.store, &payees, (&out, on))?;
        let day = last_run(office);
        self.keep_unpaid(office, (&run, now), &day)?;
        self.left = waiting(office)?;
        Ok(tell_payments(office, &run))
    }

    /// The run of a day is marked as made, with those who could not be paid; each of them is told
    /// once.
    fn keep_unpaid(
        &mut self,
        office: &mut Office,
        (run, now): (&PaymentRun, i64),
        day: &str,
    ) -> Result<(), Failure> {
        let failed: BTreeMap<&String, &String> = run.failed.iter().map(|(p, c)| (p, c)).collect();
        for (payee, cause) in &failed {
            if !self.unpaid.payees.contains(*payee) || self.unpaid.patience_ms == 0 {
                tracing::error!(payee, cause, "a payee could not be paid");
            }
        }
        let payees: BTreeSet<String> = failed.into_keys().cloned().collect();
        let patience_ms = match payees == self.unpaid.payees && self.unpaid.patience_ms > 0 {
            true => self.unpaid.patience_ms.saturating_mul(2).min(PATIENCE_MS_MAX),
            false => RETRY_MS,
        };
        self.unpaid = Unpaid { again_at: now.saturating_add(patience_ms), patience_ms, payees };
        let path = office.node.folder.path.join(LAST_PAYMENT_RUN_FILE);
        let lines = std::iter::once(day).chain(self.unpaid.payees.iter().map(String::as_str));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let written = std::fs::write(&path, text);
        written.map_err(|cause| CommandError::file("write", &path, &cause))?;
        match self.unpaid.payees.len() {
            0 => drop(office.troubles.remove(UNPAID)),
            count => drop(office.troubles.insert(UNPAID.to_owned(), left_out(count))),
        }
        Ok(())
    }
}

/// Says that payments were made; false when none were.
fn tell_payments(office: &Office, run: &PaymentRun) -> bool {
    if run.payments.is_empty() {
        return false;
    }
    let payments = run.payments.len();
    tracing::info!(payments, "payments were made");
    office.tell("Payments were made.");
    true
}

/// What a run has found stands among the troubles until the next one; each is logged when it is
/// new.
fn tell_findings(office: &mut Office, findings: &[Finding]) {
    let mut by_code: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for one in findings {
        by_code.entry(format!("{FOUND}{}", one.code)).or_default().push(one);
    }
    let told: BTreeMap<String, Trouble> = by_code
        .iter()
        .filter_map(|(name, found)| {
            let first = found.first()?;
            let (count, code) = (found.len(), &first.code);
            let what = format!("the last payment run left something waiting ({count} x {code})");
            Some((name.clone(), Trouble { what, next: first.fix.to_string() }))
        })
        .collect();
    for (name, found) in &by_code {
        if office.troubles.get(name) != told.get(name) {
            for one in found {
                tracing::warn!(code = one.code.as_ref(), what = one.message, "a payment waits");
            }
        }
    }
    office.troubles.retain(|name, _| !name.starts_with(FOUND));
    office.troubles.extend(told);
}

/// What waits for payment on the day of the work; nothing when nothing waits.
fn waiting(office: &mut Office) -> Result<Option<(Date, [i64; 4])>, Failure> {
    let mark = office.store.read("what waits for payment", |tx| tx.due_mark())?;
    Ok(mark.map(|mark| (office.on, mark)))
}

/// How many could not be paid is told to everybody, who and why in the log.
fn left_out(count: usize) -> Trouble {
    Trouble {
        what: format!("{count} payees could not be paid"),
        next: "the log names each with the cause; mend it: nothing of theirs was marked as paid, \
               the others were paid, and they alone are tried again"
            .to_owned(),
    }
}

fn last_run(office: &Office) -> String {
    run_lines(&office.node.folder.path).into_iter().next().unwrap_or_default()
}

/// Whom the last run could not pay.
fn unpaid_of(data: &Path) -> BTreeSet<String> {
    run_lines(data).into_iter().skip(1).collect()
}

/// The day of the last run, and each payee that it could not pay.
fn run_lines(data: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(data.join(LAST_PAYMENT_RUN_FILE)).unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::node_of_test;
    use crate::serve::work::office;
    use counterfoil_wire::Role;

    fn begin() -> (tempfile::TempDir, Office, PayerWork) {
        let (folder, node) = node_of_test(Role::Payer);
        let store = node.folder.store().unwrap_or_else(|cause| panic!("{cause}"));
        let work = PayerWork::new(folder.path());
        (folder, office(node, store), work)
    }

    fn done<T>(result: Result<T, Failure>) -> T {
        result.unwrap_or_else(|failure| panic!("{}", failure.what))
    }

    #[test]
    fn who_could_not_be_paid_is_tried_again_with_patience_and_the_run_is_made() {
        let (folder, mut office, mut work) = begin();
        let failing = |payees: &[&str]| PaymentRun {
            failed: payees.iter().map(|one| ((*one).to_owned(), "no address".to_owned())).collect(),
            ..PaymentRun::default()
        };
        let run = failing(&["1999999984", "1234567893"]);
        done(work.keep_unpaid(&mut office, (&run, 1_000), "2025-02-20"));
        assert_eq!(last_run(&office), "2025-02-20", "the regular run is not due any more");
        assert_eq!(office.troubles[UNPAID].what, "2 payees could not be paid");
        let mut at = 1_000;
        for patience in [10_000, 20_000, 40_000, 80_000] {
            assert_eq!(work.unpaid.again_at - at, patience);
            assert!(!done(work.pay_again(&mut office, work.unpaid.again_at - 1)), "not yet");
            at = work.unpaid.again_at;
            done(work.keep_unpaid(&mut office, (&run, at), "2025-02-20"));
        }
        for _ in 0..10 {
            done(work.keep_unpaid(&mut office, (&run, at), "2025-02-20"));
        }
        assert_eq!(work.unpaid.patience_ms, PATIENCE_MS_MAX);
        // One is paid: the other one is tried again soon.
        done(work.keep_unpaid(&mut office, (&failing(&["1234567893"]), at), "2025-02-20"));
        assert_eq!(work.unpaid.patience_ms, RETRY_MS);
        // Another start knows whom it left out.
        let again = PayerWork::new(folder.path());
        assert_eq!(again.unpaid.payees, BTreeSet::from(["1234567893".to_owned()]));
        done(work.keep_unpaid(&mut office, (&failing(&[]), at), "2025-02-21"));
        assert!(office.troubles.is_empty() && last_run(&office) == "2025-02-21");
        assert!(!done(work.pay_again(&mut office, i64::MAX)), "nobody is left out");
    }

    #[test]
    fn what_a_run_leaves_waiting_is_told_until_the_next_one() {
        let (_folder, mut office, _) = begin();
        let later = |claim: &str| {
            Finding::warning("OPS-7-decided-later", 7, format!("Claim {claim} waits."))
                .because("No claim is paid on a day before its decision.")
                .fix("Run the payments for the day of the decision or a later one.")
        };
        tell_findings(&mut office, &[later("1"), later("2")]);
        let told: Vec<&Trouble> = office.troubles.values().collect();
        assert_eq!(told.len(), 1);
        let what = "the last payment run left something waiting (2 x OPS-7-decided-later)";
        assert_eq!(told[0].what, what, "no claim is named to everybody");
        assert_eq!(told[0].next, "Run the payments for the day of the decision or a later one.");
        tell_findings(&mut office, &[]);
        assert!(office.troubles.is_empty());
    }
}
