//! The built-in edits: what every payer asks of a claim before it is adjudicated.

mod claim_level;
mod codes;
mod duplicate;
mod earlier;
mod filing;
mod identity;
mod line_level;
mod ncci;

use crate::acknowledge;
use crate::engine::{CleanClaimConfig, EditScope};
use crate::history::ClaimHistory;
use crate::tables::Tables;
use counterfoil_base::{Date, Finding, Position, Severity};
use counterfoil_claim::Claim;

/// What the edits of one claim look at, and the findings so far.
pub(crate) struct Run<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) tables: &'a Tables,
    pub(crate) config: &'a CleanClaimConfig,
    pub(crate) received_on: Option<Date>,
    pub(crate) findings: Vec<Finding>,
}

/// An edit: its stable code, SNIP type and reason. Each edit states itself once.
pub(crate) struct Edit {
    pub(crate) code: &'static str,
    pub(crate) snip: u8,
    pub(crate) cause: &'static str,
}

impl Run<'_> {
    /// Adds a finding of severity error, answered by the status codes of its edit.
    pub(crate) fn refuse(&mut self, edit: &Edit, at: Position, message: String, fix: &str) {
        self.say(edit, Severity::Error, at, (message, fix));
    }

    /// Adds a finding of severity warning.
    pub(crate) fn warn(&mut self, edit: &Edit, at: Position, message: String, fix: &str) {
        self.say(edit, Severity::Warning, at, (message, fix));
    }

    /// Adds a finding of the severity, with its message and fix.
    pub(crate) fn say(
        &mut self,
        edit: &Edit,
        severity: Severity,
        at: Position,
        (message, fix): (String, &str),
    ) {
        let mut finding = Finding::error(edit.code, edit.snip, message).at(at).because(edit.cause);
        finding.severity = severity;
        finding.acknowledgement = acknowledge::codes_of_edit(edit.code);
        self.findings.push(finding.fix(fix));
    }
}

/// What the edits find on a claim by itself. Those that ask its history stand between the parts,
/// in an order that is fixed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnFindings {
    before_earlier: Vec<Finding>,
    before_duplicate: Vec<Finding>,
    last: Vec<Finding>,
}

/// Runs every built-in edit that asks no history.
pub(crate) fn run_own(run: &mut Run<'_>) -> OwnFindings {
    if run.config.scope == EditScope::ModelAlone {
        identity::check(run);
        codes::check(run);
        claim_level::check_model(run);
    }
    let before_earlier = std::mem::take(&mut run.findings);
    claim_level::check(run);
    line_level::check(run);
    filing::check(run);
    let before_duplicate = std::mem::take(&mut run.findings);
    if run.config.ncci {
        ncci::check(run);
    }
    OwnFindings { before_earlier, before_duplicate, last: std::mem::take(&mut run.findings) }
}

/// Runs the edits that ask the claim's history, among the findings of the others.
pub(crate) fn run_history(run: &mut Run<'_>, history: &dyn ClaimHistory, own: OwnFindings) {
    run.findings = own.before_earlier;
    earlier::check(run, history);
    run.findings.extend(own.before_duplicate);
    duplicate::check(run, history);
    run.findings.extend(own.last);
}

#[cfg(test)]
mod tests;
