//! A payer's work: claim files are decided as they come, payments go out at their time.

use super::documents::work_on;
use super::folder::{Watched, name_of, set_of};
use super::stamp::Loaded;
use super::{Failure, Office};
use crate::config::PayWhen;
use crate::data::{INBOX, LAST_PAYMENT_RUN_FILE};
use crate::outside::now_ms;
use counterfoil_cli::{CommandError, OwnPacks, PayerOffice, WorkErrorKind};
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
    /// When payments were made last since the start.
    paid_at: Option<i64>,
    /// The database as it was when payments were made last, by those who write beside this thread.
    paid_stamp: Option<i64>,
    /// True when something was decided here and no payment run has followed.
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
            paid_stamp: None,
            has_decided: true,
        }
    }

    pub fn round(&mut self, office: &mut Office) -> bool {
        let mut did = office.step("rule packs", |office| self.tell_packs(office));
        did |= office.step("inbox", |office| self.files(office));
        did |= work_on(office, |office, document| {
            if document.row.kind != "837" {
                return Ok(false);
            }
            self.take_in(office, &document.path, &document.row.name)
        });
        did |= office.step("payments", |office| self.pay(office));
        did
    }

    fn loaded(&mut self, office: &Office) -> Result<&mut PayerOffice, Failure> {
        let folders = &office.folders;
        let paths = [&*folders.rates, &*folders.members, &*folders.rules, &*folders.tables];
        self.office.get(&paths, || {
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
            let name = name_of(&path);
            let done = match set_of(&path) {
                Ok(Some(set)) if set == "837" => self.take_in(office, &path, &name),
                Ok(_) => Err(Failure::file(
                    "it is no file of claims (837P or 837I of 005010)",
                    "put claim files alone into this folder",
                )),
                Err(_) => Err(Failure::file(
                    "it cannot be read",
                    "let the node's user read it, or end the program that holds it",
                )),
            };
            match done {
                Ok(_) => self.inbox.taken(&path)?,
                Err(failure) if failure.kind == WorkErrorKind::File => {
                    self.inbox.refuse(&path, &failure)?
                }
                Err(failure) => return Err(failure),
            }
            did = true;
        }
        Ok(did)
    }

    fn take_in(&mut self, office: &mut Office, path: &Path, name: &str) -> Result<bool, Failure> {
        // No claim is checked with rules that its provider was not told of.
        self.publish(office)?;
        let (out, on) = (office.out.clone(), office.on);
        let run = self.loaded(office)?.take_in(&mut office.store, (path, name), &out, on)?;
        self.has_decided = true;
        let claims = run.claims();
        tracing::info!(name, claims, "claims were decided");
        office.tell("A file of claims was decided.");
        Ok(true)
    }

    /// The payment run, when its time has come.
    fn pay(&mut self, office: &mut Office) -> Result<bool, Failure> {
        let now = now_ms();
        let since = self.paid_at.map_or(i64::MAX, |at| now.saturating_sub(at));
        let is_due = match office.node.folder.config.pay_when {
            PayWhen::Off => false,
            PayWhen::Arrival => {
                let stamp = office.store.change_stamp()?;
                std::mem::take(&mut self.has_decided)
                    || self.paid_stamp.replace(stamp) != Some(stamp)
            }
            PayWhen::Minutes(minutes) => since >= minutes.saturating_mul(MINUTE_MS),
            PayWhen::Daily(at_minute) => {
                let minute = now.rem_euclid(DAY_MS) / MINUTE_MS;
                minute >= at_minute && last_run(office) != office.on.to_string()
            }
        };
        if !is_due {
            return Ok(false);
        }
        self.paid_at = Some(now);
        let (out, on) = (office.out.clone(), office.on);
        let run = self.loaded(office)?.pay(&mut office.store, &out, on)?;
        let path = office.node.folder.path.join(LAST_PAYMENT_RUN_FILE);
        let written = std::fs::write(&path, on.to_string());
        written.map_err(|cause| CommandError::file("write", &path, &cause))?;
        if let Some((payee, cause)) = run.failed.first() {
            let what = format!("payee {payee} could not be paid: {cause}");
            return Err(Failure::office(what, "mend the cause; nothing of it was marked as paid"));
        }
        if run.payments.is_empty() {
            return Ok(false);
        }
        let payments = run.payments.len();
        tracing::info!(payments, "payments were made");
        office.tell("Payments were made.");
        Ok(true)
    }
}

fn last_run(office: &Office) -> String {
    let path = office.node.folder.path.join(LAST_PAYMENT_RUN_FILE);
    std::fs::read_to_string(path).unwrap_or_default()
}
