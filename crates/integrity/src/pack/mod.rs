//! Rule packs: a payer's own edits as dated data that the provider runs before sending.
//!
//! A pack is a TOML file with a manifest beside it; `docs/reference/rule-packs.md` describes
//! it. It holds conditions over named facts and no code, so that both sides run the same edit.

mod condition;
mod field;
mod parse;
mod problem;
mod rule;

use crate::manifest::{Manifest, sha256_hex};
use crate::place;
use condition::Condition;
use counterfoil_base::{Acknowledgement, Date, DateRange, Finding, Severity, Text};
use counterfoil_claim::{Claim, ClaimKind, Line};
use field::Subject;
use rule::Rule;
use std::borrow::Cow;

/// The edits of one payer for a span of service days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePack {
    /// Name, for example `counterfoil-demo-payer`.
    pub name: String,
    /// Version, for example `2026.1`.
    pub version: String,
    /// What it is, for people.
    pub title: String,
    /// Payer identifiers (2010BB NM109) whose claims it concerns; empty for every payer.
    pub payer_ids: Vec<Text>,
    /// Days of service for which it holds.
    pub days: DateRange,
    /// Its edits, in the order of the file.
    pub edits: Vec<PackEdit>,
}

/// What follows when an edit speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The claim goes back to the sender.
    Reject,
    /// The claim waits for a person.
    Pend,
    /// Something is worth knowing.
    Note,
}

impl Outcome {
    /// `reject`, `pend` or `note`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Reject => "reject",
            Outcome::Pend => "pend",
            Outcome::Note => "note",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Outcome::Reject => Severity::Error,
            Outcome::Pend => Severity::Warning,
            Outcome::Note => Severity::Note,
        }
    }
}

/// One edit of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackEdit {
    /// Stable id within the pack.
    pub id: String,
    /// What follows when it speaks.
    pub outcome: Outcome,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The payer's reason, with its policy.
    pub cause: String,
    /// What the sender does next.
    pub fix: String,
    /// Days of service for which it holds, within those of the pack.
    pub days: DateRange,
    /// Claim adjustment reason code when the edit takes payment away in adjudication.
    pub carc: Option<Text>,
    /// Remittance advice remark code that goes with it.
    pub rarc: Option<Text>,
    acknowledgement: Acknowledgement,
    kinds: Vec<ClaimKind>,
    plans: Vec<Text>,
    providers: Vec<Text>,
    except_providers: Vec<Text>,
    per_line: bool,
    when: Vec<Condition>,
    rule: Option<Rule>,
    unless: Vec<Condition>,
}

/// An edit that speaks about a claim, or about one of its lines.
#[derive(Clone, Copy, Debug)]
pub struct PackHit<'a> {
    /// The edit.
    pub edit: &'a PackEdit,
    /// The line, for an edit about lines.
    pub line: Option<&'a Line>,
}

impl RulePack {
    /// Reads a pack (`pack.toml`). Every problem is a finding with its line and a suggestion.
    pub fn parse(text: &str) -> Result<RulePack, Vec<Finding>> {
        parse::parse(text)
    }

    /// Reads a pack and holds it against its manifest: digest, number of edits and days.
    pub fn load(pack: &[u8], manifest: &str) -> Result<RulePack, Vec<Finding>> {
        let refuse = |code, message: String, fix: &str| {
            let finding = Finding::error(code, 7, message);
            vec![finding.because("A pack is used only as its payer published it.").fix(fix)]
        };
        let manifest = Manifest::parse(manifest).map_err(|why| {
            let message = format!("The manifest of the rule pack cannot be read: {why}.");
            refuse("PCK-7-manifest", message, "Fetch the pack again from the payer.")
        })?;
        if sha256_hex(pack) != manifest.sha256 {
            let message = "The rule pack is not the one its manifest describes.".to_string();
            return Err(refuse("PCK-7-digest", message, "Fetch the pack again from the payer."));
        }
        let text = std::str::from_utf8(pack).map_err(|_| {
            refuse("PCK-7-syntax", "The rule pack is not UTF-8 text.".into(), "Save it as UTF-8.")
        })?;
        let parsed = RulePack::parse(text)?;
        if manifest.days() != Some(parsed.days) || manifest.rows != parsed.edits.len() as u64 {
            let message = "The manifest and the rule pack differ in days or number of edits.";
            return Err(refuse("PCK-7-manifest", message.into(), "Correct the manifest."));
        }
        Ok(parsed)
    }

    /// True for the identifier of a payer whose claims it concerns.
    #[must_use]
    pub fn concerns(&self, payer_id: &Text) -> bool {
        self.payer_ids.is_empty() || self.payer_ids.contains(payer_id)
    }

    /// Every edit that speaks about the claim, in the order of the pack and of the lines.
    #[must_use]
    pub fn hits<'a>(&'a self, claim: &'a Claim) -> Vec<PackHit<'a>> {
        if !self.concerns(&claim.payer.id) {
            return Vec::new();
        }
        let claim_day = claim.service_from();
        let mut hits = Vec::new();
        for edit in &self.edits {
            if !edit.concerns(claim) {
                continue;
            }
            let mut ask = |line: Option<&'a Line>, day: Option<Date>| {
                let in_force =
                    day.is_some_and(|day| self.days.contains(day) && edit.days.contains(day));
                if in_force && edit.speaks(Subject { claim, line }) {
                    hits.push(PackHit { edit, line });
                }
            };
            if edit.per_line {
                for line in &claim.lines {
                    ask(Some(line), line.service_dates().map(|days| days.from).or(claim_day));
                }
            } else {
                ask(None, claim_day);
            }
        }
        hits
    }

    /// The edit that made this finding; nothing when another pack or no pack made it. Packs of two
    /// payers may have one name and ids that are alike: what the edit says tells them apart.
    #[must_use]
    pub fn edit_of(&self, finding: &Finding) -> Option<&PackEdit> {
        let of_pack = finding.code.strip_prefix("PACK-7-")?;
        let id = of_pack.strip_prefix(self.name.as_str())?.strip_prefix('-')?;
        self.edits.iter().find(|edit| {
            let says = (edit.outcome.severity(), &edit.message, &edit.fix);
            edit.id == id && says == (finding.severity, &finding.message, &finding.fix)
        })
    }

    /// Adds a finding for every edit that speaks; rejections are errors, pends warnings.
    pub(crate) fn check_claim(&self, claim: &Claim, findings: &mut Vec<Finding>) {
        for hit in self.hits(claim) {
            findings.push(self.finding(claim, hit));
        }
    }

    /// The finding of a hit; its code is `PACK-7-<pack>-<edit>`.
    #[must_use]
    pub fn finding(&self, claim: &Claim, hit: PackHit<'_>) -> Finding {
        let edit = hit.edit;
        Finding {
            code: Cow::Owned(format!("PACK-7-{}-{}", self.name, edit.id)),
            snip: 7,
            severity: edit.outcome.severity(),
            position: match hit.line {
                Some(line) => place::of_line(claim, line),
                None => place::of_claim(claim),
            },
            message: edit.message.clone(),
            cause: format!("{} ({} {})", edit.cause, self.name, self.version),
            fix: edit.fix.clone(),
            acknowledgement: edit.acknowledgement,
        }
    }
}

impl PackEdit {
    /// Kind of claim, plan and provider.
    fn concerns(&self, claim: &Claim) -> bool {
        let npi = claim.billing_provider.npi().unwrap_or("");
        let listed = |list: &[Text], value: &str| list.iter().any(|one| one == value);
        (self.kinds.is_empty() || self.kinds.contains(&claim.kind))
            && (self.plans.is_empty() || listed(&self.plans, &claim.subscriber.group_number))
            && (self.providers.is_empty() || listed(&self.providers, npi))
            && !listed(&self.except_providers, npi)
    }

    fn speaks(&self, subject: Subject<'_>) -> bool {
        self.when.iter().all(|condition| condition.holds(subject))
            && self.rule.as_ref().is_none_or(|rule| rule.holds(subject))
            && !self.unless.iter().any(|condition| condition.holds(subject))
    }
}

#[cfg(test)]
mod tests;
