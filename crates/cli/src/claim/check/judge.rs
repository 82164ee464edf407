//! What claims are judged with: edits alone, or edits and the payer's own decision.

use super::{CheckRequest, CheckedClaim};
use crate::arguments::DeskOptions;
use crate::console::Console;
use crate::error::CommandError;
use crate::not_run::RulesFound;
use crate::office::Desk;
use crate::{files, office};
use counterfoil_adjudicate::{Accumulators, DecisionState, EditAction};
use counterfoil_base::Date;
use counterfoil_integrity::{CleanClaimEngine, EditScope, FileHistory, NoHistory};
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{
    Adjudication, ReceivedClaim, edit_action, load_accumulators, parse_accumulators,
};
use counterfoil_store::{Store, Transaction};
use std::path::Path;
use std::sync::Arc;

pub(crate) struct Judge {
    pub(super) engine: Arc<CleanClaimEngine>,
    pub(super) rules: RulesFound,
    pub(super) desk: Option<Desk>,
    /// What the payer exported, when it was given.
    accumulators: Option<Accumulators>,
}

impl Judge {
    /// Loads what the request names, once its file is known to be one.
    pub(crate) fn load(
        request: &CheckRequest,
        console: &mut Console<'_>,
    ) -> Result<Judge, CommandError> {
        files::expect_x12(&request.file)?;
        refuse_same_file(request)?;
        if let (Some(rates), Some(members)) = (&request.rates, &request.members) {
            let options = DeskOptions {
                rates: rates.clone(),
                members: members.clone(),
                rules: request.rules.clone(),
                tables: request.tables.clone(),
                on: Some(request.on),
            };
            let desk = Desk::load(&options, console)?;
            let accumulators =
                request.accumulators.as_deref().map(read_accumulators).transpose()?;
            let (engine, rules) = (desk.engine.clone(), desk.rules.clone());
            return Ok(Judge { engine, rules, desk: Some(desk), accumulators });
        }
        let (tables, rules) = (request.tables.as_deref(), request.rules.as_deref());
        let loaded = files::engine(tables, rules, EditScope::ModelAlone)?;
        office::refuse_errors(&loaded.findings, console)?;
        let engine = Arc::new(loaded.engine);
        Ok(Judge { engine, rules: loaded.rules, desk: None, accumulators: None })
    }

    /// Says what claims are judged with, and what was named and gave nothing.
    pub(super) fn announce(&self, console: &mut Console<'_>) {
        if let Some(desk) = &self.desk {
            desk.announce(console);
        }
        self.rules.warn(console);
    }

    /// Where predictions are kept while they are made: never the payer's database itself.
    pub(super) fn store(&self, request: &CheckRequest) -> Result<Store, CommandError> {
        match &request.payer_data {
            Some(data) => office::private_copy(data),
            None => Ok(Store::open_temporary()?),
        }
    }

    pub(super) fn begin<'j>(
        &'j self,
        tx: &Transaction<'_>,
        digest: &str,
        on: Date,
    ) -> Result<Running<'j>, OperationsError> {
        let history = FileHistory::over(&NoHistory);
        let Some(desk) = &self.desk else {
            return Ok(Running { engine: &self.engine, on, history, payer: None, ordinal: 0 });
        };
        let accumulators = match &self.accumulators {
            Some(exported) => exported.clone(),
            None => load_accumulators(tx)?,
        };
        // Not the file's own key: the payer may have taken this very file in already.
        let key = format!("prediction/{digest}");
        let payer = desk.adjudication(accumulators, key);
        Ok(Running { engine: &self.engine, on, history, payer: Some(payer), ordinal: 0 })
    }
}

fn read_accumulators(path: &Path) -> Result<Accumulators, CommandError> {
    let (accumulators, findings) = parse_accumulators(&files::read_text(path)?);
    match findings.first() {
        Some(finding) => Err(CommandError::operator(&finding.message, &*finding.fix)),
        None => Ok(accumulators),
    }
}

/// A check of one file as far as it has come.
pub(super) struct Running<'j> {
    engine: &'j CleanClaimEngine,
    on: Date,
    history: FileHistory<'static>,
    payer: Option<Adjudication<'j>>,
    ordinal: u64,
}

impl Running<'_> {
    pub(super) fn check(
        &mut self,
        tx: &Transaction<'_>,
        received: &ReceivedClaim,
    ) -> Result<CheckedClaim, OperationsError> {
        let claim = received.claim.clone();
        self.ordinal += 1;
        if let Some(payer) = &mut self.payer {
            let taken = payer.take(tx, received, self.ordinal)?;
            let is_held = taken.decision.state == DecisionState::Rejected;
            let (findings, decision) = (taken.findings, Some(taken.decision));
            return Ok(CheckedClaim { claim, findings, decision, is_held });
        }
        let (read, on) = (received.findings.clone(), Some(self.on));
        let findings = self.engine.check_read_claim(&claim, read, &self.history, on);
        self.history.record(&claim);
        let is_held = findings.iter().any(|one| edit_action(self.engine, one) != EditAction::Note);
        Ok(CheckedClaim { claim, findings, decision: None, is_held })
    }
}

/// The clean claims must not take the place of the file that they are taken from.
fn refuse_same_file(request: &CheckRequest) -> Result<(), CommandError> {
    let Some(clean) = &request.clean else { return Ok(()) };
    let same = |path: &Path| std::fs::canonicalize(path).ok();
    if same(clean).is_some() && same(clean) == same(&request.file) {
        let message = format!("--clean {} is the file to be checked", clean.display());
        return Err(CommandError::usage(message, "name another file; nothing was changed"));
    }
    Ok(())
}
