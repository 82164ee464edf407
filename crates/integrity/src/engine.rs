//! The clean-claim engine: tables, packs and configuration, asked claim by claim.

use crate::edits::{self, OwnFindings, Run};
use crate::history::ClaimHistory;
use crate::pack::{Outcome, PackEdit, RulePack};
use crate::tables::Tables;
use crate::told_once::told_once;
use counterfoil_base::{Date, Finding, Text};
use counterfoil_claim::Claim;
use std::sync::Arc;

/// What was already checked on the segments of the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditScope {
    /// The guide engine has checked the X12 segments with these tables (SNIP types 1 to 5):
    /// only what it cannot see is checked here.
    AfterSegmentChecks,
    /// The claim did not come through the guide engine: code lists, identifiers, balance and
    /// pointers are checked here as well.
    ModelAlone,
}

/// How a payer wants claims checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanClaimConfig {
    /// What was already checked.
    pub scope: EditScope,
    /// Days after the service in which a first claim is taken; nothing for no limit.
    pub filing_limit_days: Option<u32>,
    /// Days after the service in which a replacement or void is taken; nothing for no limit.
    pub correction_limit_days: Option<u32>,
    /// Delay reasons (CLM20) with which a late claim is looked at all the same.
    pub delay_reasons_accepted: Vec<Text>,
    /// Apply NCCI pairs, unit limits and add-on codes where tables are loaded.
    pub ncci: bool,
}

impl Default for CleanClaimConfig {
    /// Medicare's limit of a year, every delay reason of the code list, NCCI on.
    fn default() -> CleanClaimConfig {
        let reasons = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"];
        CleanClaimConfig {
            scope: EditScope::ModelAlone,
            filing_limit_days: Some(365),
            correction_limit_days: None,
            delay_reasons_accepted: reasons.into_iter().map(Text::from).collect(),
            ncci: true,
        }
    }
}

/// What the built-in edits of an engine have found on a claim by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimChecks {
    /// The day of receipt that the claim was checked for.
    pub received_on: Option<Date>,
    own: OwnFindings,
}

/// Checks claims; the same claim, history and day give the same findings.
#[derive(Clone, Debug)]
pub struct CleanClaimEngine {
    /// Shared by engines that differ in their packs.
    tables: Arc<Tables>,
    packs: Vec<RulePack>,
    /// How many of the packs, at the end, were published by their payers.
    published: usize,
    config: CleanClaimConfig,
}

impl CleanClaimEngine {
    /// An engine over loaded tables and the packs of the payers.
    #[must_use]
    pub fn new(tables: Tables, packs: Vec<RulePack>, config: CleanClaimConfig) -> CleanClaimEngine {
        CleanClaimEngine { tables: Arc::new(tables), packs, published: 0, config }
    }

    /// The tables that the engine asks.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The rule packs, whichever payer they belong to.
    #[must_use]
    pub fn packs(&self) -> &[RulePack] {
        &self.packs
    }

    /// The same engine with packs that payers have published. For claims to the payers that such a
    /// pack concerns it takes the place of one of its name; a name is the payer's own, and another
    /// payer's pack of that name stays.
    #[must_use]
    pub fn with_packs(&self, packs: Vec<RulePack>) -> CleanClaimEngine {
        let mut engine = self.clone();
        engine.published += packs.len();
        engine.packs.extend(packs);
        engine
    }

    /// The same engine with these packs and no others.
    #[must_use]
    pub fn with_packs_alone(&self, packs: Vec<RulePack>) -> CleanClaimEngine {
        let (tables, config) = (self.tables.clone(), self.config.clone());
        CleanClaimEngine { tables, packs, published: 0, config }
    }

    /// The packs that a claim is checked with.
    fn packs_for(&self, claim: &Claim) -> impl Iterator<Item = &RulePack> {
        let own = self.packs.len().saturating_sub(self.published);
        let published = self.packs.get(own..).unwrap_or_default();
        let payer_id = claim.payer.id.clone();
        self.packs
            .iter()
            .enumerate()
            .filter(move |(at, pack)| {
                let mut takes_its_place =
                    published.iter().filter(|one| one.name == pack.name && one.concerns(&payer_id));
                *at >= own || takes_its_place.next().is_none()
            })
            .map(|(_, pack)| pack)
    }

    /// Every finding about the claim, built-in edits first, then those of the packs.
    ///
    /// Without the day of receipt, timely filing and services in the future are not checked.
    #[must_use]
    pub fn check_claim(
        &self,
        claim: &Claim,
        history: &dyn ClaimHistory,
        received_on: Option<Date>,
    ) -> Vec<Finding> {
        self.with_history(claim, self.check_alone(claim, received_on), history)
    }

    /// What the built-in edits find on the claim by itself, which any thread can see to before the
    /// claim's history and the packs that it is judged by are known.
    #[must_use]
    pub fn check_alone(&self, claim: &Claim, received_on: Option<Date>) -> ClaimChecks {
        let own = edits::run_own(&mut self.run(claim, received_on));
        ClaimChecks { received_on, own }
    }

    fn with_history(
        &self,
        claim: &Claim,
        checks: ClaimChecks,
        history: &dyn ClaimHistory,
    ) -> Vec<Finding> {
        let mut run = self.run(claim, checks.received_on);
        edits::run_history(&mut run, history, checks.own);
        for pack in self.packs_for(claim) {
            pack.check_claim(claim, &mut run.findings);
        }
        run.findings
    }

    fn run<'a>(&'a self, claim: &'a Claim, received_on: Option<Date>) -> Run<'a> {
        let (tables, config) = (&self.tables, &self.config);
        Run { claim, tables, config, received_on, findings: Vec::new() }
    }

    /// [`CleanClaimEngine::check_claim`] for a claim that the guide engine read: `of_segments`
    /// are its findings on the claim's segments. What both find is told once.
    #[must_use]
    pub fn check_read_claim(
        &self,
        claim: &Claim,
        of_segments: Vec<Finding>,
        history: &dyn ClaimHistory,
        received_on: Option<Date>,
    ) -> Vec<Finding> {
        let checks = self.check_alone(claim, received_on);
        self.finish_read_claim(claim, (checks, of_segments), history)
    }

    /// [`CleanClaimEngine::check_read_claim`] for a claim that [`CleanClaimEngine::check_alone`]
    /// of this engine, or one that differs in its packs alone, has seen.
    #[must_use]
    pub fn finish_read_claim(
        &self,
        claim: &Claim,
        (checks, of_segments): (ClaimChecks, Vec<Finding>),
        history: &dyn ClaimHistory,
    ) -> Vec<Finding> {
        told_once(of_segments, self.with_history(claim, checks, history))
    }

    /// The edit of a pack that made this finding, with its outcome and its CARC and RARC.
    #[must_use]
    pub fn pack_edit(&self, finding: &Finding) -> Option<&PackEdit> {
        self.packs.iter().find_map(|pack| pack.edit_of(finding))
    }

    /// What follows from a finding: what the pack says for its edits; otherwise an error sends
    /// the claim back and anything less is worth knowing.
    #[must_use]
    pub fn outcome(&self, finding: &Finding) -> Outcome {
        match self.pack_edit(finding) {
            Some(edit) => edit.outcome,
            None if finding.is_error() => Outcome::Reject,
            None => Outcome::Note,
        }
    }
}
