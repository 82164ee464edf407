//! A payer's work: claim files are decided as they come, payments go out at their time.

use super::content::{Content, content_of};
use super::documents::work_on;
use super::folder::{Watched, name_of};
use super::outcome::{Unused, Worked, finish};
use super::stamp::Loaded;
use super::{Failure, Office, unreadable};
use crate::config::PayWhen;
use crate::data::{INBOX, LAST_PAYMENT_RUN_FILE};
use crate::outside::now_ms;
use counterfoil_cli::{CommandError, Date, OwnPacks, PayerOffice};
use std::path::Path;

/// Milliseconds of a minute and of a day.
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Between two looks at the rules folder while no claims come.
const TELL_EVERY_MS: i64 = 1_000;

/// What a payer's work remembers.
pub struct PayerWork {
    pub inbox: Watched,
    office: Loaded<PayerOffice>,
    packs: Loaded<OwnPacks>,
    /// When partners were last told of rule packs since the start.
    told_at: Option<i64>,
    /// When payments were last made without a failure since the start.
    paid_at: Option<i64>,
    /// The database and the day as they were when it was looked at last for what is due, by those
    /// who write beside this thread.
    looked_at: Option<(i64, Date)>,
    /// The day of the last payment run without a failure, and what it has left waiting.
    left: Option<(Date, [i64; 4])>,
    /// True when something was decided here, or may have been, and no payment run without a
    /// failure has followed.
    has_decided: bool,
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
        let mut did = false;
        for path in self.inbox.look(office.node.folder.config.inbox_settle)? {
            let done = match content_of(&path) {
                Ok(Content::Claims) => self.take_in(office, &path, &name_of(&path)),
                Ok(_) => Err(Failure::file(
                    "it is no file of claims (837P or 837I of 005010)",
                    "put claim files alone into this folder",
                )
                .into()),
                Err(_) => Err(unreadable().into()),
            };
            finish(office, &mut self.inbox, (&path, done))?;
            did = true;
        }
        Ok(did)
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
        Ok(Worked::whole("837"))
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
        if !is_due {
            return Ok(false);
        }
        let (out, on) = (office.out.clone(), office.on);
        let before = office.store.change_stamp()?;
        let run = self.loaded(office)?.pay(&mut office.store, &out, on)?;
        if !run.failed.is_empty() {
            // Nothing is marked: the run is due until nobody is left out.
            self.has_decided = true;
            return Err(left_out(&run.failed));
        }
        let path = office.node.folder.path.join(LAST_PAYMENT_RUN_FILE);
        let written = std::fs::write(&path, on.to_string());
        written.map_err(|cause| CommandError::file("write", &path, &cause))?;
        self.left = waiting(office)?;
        self.paid_at = Some(now);
        // Who wrote meanwhile may have decided a claim that the run did not see.
        self.has_decided = office.store.change_stamp()? != before;
        if run.payments.is_empty() {
            return Ok(false);
        }
        let payments = run.payments.len();
        tracing::info!(payments, "payments were made");
        office.tell("Payments were made.");
        Ok(true)
    }
}

/// What waits for payment on the day of the work; nothing when nothing waits.
fn waiting(office: &mut Office) -> Result<Option<(Date, [i64; 4])>, Failure> {
    let mark = office.store.read("what waits for payment", |tx| tx.due_mark())?;
    Ok(mark.map(|mark| (office.on, mark)))
}

/// Whose payment could not be made: how many are told to everybody, who and why in the log.
fn left_out(failed: &[(String, String)]) -> Failure {
    for (payee, cause) in failed {
        tracing::error!(payee, cause, "a payee could not be paid");
    }
    let count = failed.len();
    Failure::office(
        format!("{count} payees could not be paid"),
        "the log names each with the cause; mend it: nothing of theirs was marked as paid, and \
         the run is tried again",
    )
}

fn last_run(office: &Office) -> String {
    let path = office.node.folder.path.join(LAST_PAYMENT_RUN_FILE);
    std::fs::read_to_string(path).unwrap_or_default()
}
