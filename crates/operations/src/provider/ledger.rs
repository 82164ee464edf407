//! The receivables as posting asks for them: whose claim a loop 2100 answers, and how it stands.

use super::account::{AccountKey, account_of};
use super::payer_names::{PayerNames, named_otherwise, of_another_payer};
use counterfoil_base::{Cents, Finding, Text};
use counterfoil_claim::{RemittanceAdvice, RemittanceClaim};
use counterfoil_remit::{ClaimAccount, ExpectedClaim, Receivables};
use counterfoil_store::{ReceivableRow, StoreError, Transaction};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The receivables ledger as posting asks for it; a database error is kept for the end.
pub(super) struct StoreReceivables<'t, 'c> {
    transaction: &'t Transaction<'c>,
    pub(super) advice: &'t RemittanceAdvice,
    provider: String,
    pub(super) payer_id: String,
    findings: RefCell<Vec<Finding>>,
    keys: RefCell<BTreeMap<Text, AccountKey>>,
    error: RefCell<Option<StoreError>>,
}

impl<'t, 'c> StoreReceivables<'t, 'c> {
    pub(super) fn new(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
    ) -> Result<StoreReceivables<'t, 'c>, StoreError> {
        let mut receivables = StoreReceivables::of(transaction, advice, String::new());
        receivables.payer_id = receivables.payer()?;
        Ok(receivables)
    }

    /// Those of the partner that sent the 835; nothing when it names another payer.
    pub(super) fn of_partner(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
        relation_id: i64,
    ) -> Result<Option<StoreReceivables<'t, 'c>>, StoreError> {
        let mut receivables = StoreReceivables::of(transaction, advice, String::new());
        let payer = receivables.payer_of_partner(relation_id)?;
        Ok(payer.map(|payer_id| {
            receivables.payer_id = payer_id;
            receivables
        }))
    }

    /// The same for a payer that is known.
    pub(super) fn of(
        transaction: &'t Transaction<'c>,
        advice: &'t RemittanceAdvice,
        payer_id: String,
    ) -> StoreReceivables<'t, 'c> {
        StoreReceivables {
            transaction,
            advice,
            provider: provider_of(advice),
            payer_id,
            findings: RefCell::default(),
            keys: RefCell::default(),
            error: RefCell::default(),
        }
    }

    fn ask<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        answer.map_err(|error| self.error.borrow_mut().get_or_insert(error).to_string()).ok()
    }

    /// The claims that were asked for, by their numbers in the ledger, and what a person must
    /// know of their payer.
    pub(super) fn finish(self) -> Result<(BTreeMap<Text, AccountKey>, Vec<Finding>), StoreError> {
        let found = (self.keys.into_inner(), self.findings.into_inner());
        self.error.into_inner().map_or(Ok(found), Err)
    }

    /// The payer by whom the receivables are kept: the first that a claim was billed to and that
    /// the 835 names. An 835 that names itself otherwise than claims do (TRN03 is a tax number)
    /// is known by what most of its claims were billed to, unless it answers as a second payer.
    fn payer(&self) -> Result<String, StoreError> {
        let names = PayerNames::of(self.advice);
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for claim in &self.advice.claims {
            let rows = self.billings(claim)?;
            if let Some(row) = rows.iter().find(|row| names.has(&row.payer_id)) {
                return Ok(row.payer_id.clone());
            }
            let billed: BTreeSet<String> = rows.into_iter().map(|row| row.payer_id).collect();
            // CLP02 2, 3, 20 and 21: as the second or third payer, whose claim was not billed.
            if !matches!(claim.status_code.as_str(), "2" | "3" | "20" | "21") {
                billed.into_iter().for_each(|payer| *votes.entry(payer).or_default() += 1);
            }
        }
        let most = votes.into_iter().rev().max_by_key(|(_, count)| *count);
        match most {
            // REF 2U is the number by which claims name the payer (005010X221A1, 1000A).
            Some((payer, _)) if names.on_claims.is_empty() => {
                if !names.organization.is_empty() {
                    self.findings.borrow_mut().push(named_otherwise());
                }
                Ok(payer)
            }
            _ => Ok(names.first().to_owned()),
        }
    }

    /// The identifier of a partner by which the receivables of its 835 are kept: one that the 835
    /// names, else the one that most of its claims were billed to. Nothing when the 835 names
    /// another payer that these books know.
    fn payer_of_partner(&self, relation_id: i64) -> Result<Option<String>, StoreError> {
        let own = self.transaction.partner_identifiers(relation_id)?;
        let names = PayerNames::of(self.advice);
        if !names.on_claims.is_empty() && own.iter().all(|one| one != names.on_claims) {
            return Ok(None);
        }
        for name in names.all() {
            let known = self.transaction.relationship_of(name)?;
            if known.is_some_and(|(id, _)| id != relation_id) {
                return Ok(None);
            }
        }
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for claim in &self.advice.claims {
            for row in self.billings(claim)? {
                if own.contains(&row.payer_id) {
                    *votes.entry(row.payer_id).or_default() += 1;
                } else if names.has(&row.payer_id) {
                    return Ok(None);
                }
            }
        }
        let named = own.iter().find(|one| names.has(one)).cloned();
        let most = votes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(payer, _)| payer);
        Ok(named.or(most).or_else(|| own.into_iter().next()))
    }

    /// Every billing to the 835's payer of the claim that a loop 2100 answers.
    pub(super) fn rows(&self, claim: &RemittanceClaim) -> Result<Vec<ReceivableRow>, StoreError> {
        let mut rows = self.billings(claim)?;
        rows.retain(|row| row.payer_id == self.payer_id);
        Ok(rows)
    }

    /// Every billing of the claim that a loop 2100 answers, whichever payer's.
    fn billings(&self, claim: &RemittanceClaim) -> Result<Vec<ReceivableRow>, StoreError> {
        let number = &claim.patient_control_number;
        let rows = self.by_control_number(number)?;
        if !rows.is_empty() || claim.payer_claim_control_number.is_empty() {
            return Ok(rows);
        }
        // Some payers cut or change CLP01.
        self.by_payer_number(&claim.payer_claim_control_number)
    }

    fn by_control_number(&self, number: &str) -> Result<Vec<ReceivableRow>, StoreError> {
        let rows = self.transaction.receivable(&self.provider, number)?;
        if !rows.is_empty() || self.advice.payee.npi().is_some() {
            return Ok(rows);
        }
        // A payee without an NPI is known by the number alone when it is one provider's.
        let rows = self.transaction.receivables_by_number(number)?;
        Ok(of_one_account(rows))
    }

    fn by_payer_number(&self, number: &str) -> Result<Vec<ReceivableRow>, StoreError> {
        let mut found = self.transaction.receivables_by_payer_number(number, &self.provider)?;
        // The number is the payer's own; another payer may use the same one.
        found.retain(|row| self.payer_id.is_empty() || row.payer_id == self.payer_id);
        match of_one_account(found).first() {
            Some(row) => {
                self.transaction.receivable(&row.billing_provider, &row.patient_control_number)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The number in the ledger, and how the claim stands when this payer was billed.
    fn known(&self, payer: &str, rows: &[ReceivableRow]) -> Option<(Text, ClaimAccount)> {
        let rows: Vec<_> = rows.iter().filter(|row| row.payer_id == payer).cloned().collect();
        let last = rows.last()?;
        let key = AccountKey::of_row(last);
        let name = Text::from(key.name());
        self.keys.borrow_mut().insert(name.clone(), key);
        Some((name, account_of(&rows)))
    }

    /// What was predicted for the billing that has the charge of the answer.
    pub(super) fn expected(&self, claim: &RemittanceClaim) -> Option<ExpectedClaim> {
        let rows = self.ask(self.rows(claim))?;
        let row = rows.iter().rev().find(|row| row.charge_cents == claim.charge_cents)?;
        Some(ExpectedClaim { paid_cents: row.expected_cents?, lines: Vec::new() })
    }
}

/// The rows when all are of one claim; a number of two claims names neither.
fn of_one_account(rows: Vec<ReceivableRow>) -> Vec<ReceivableRow> {
    let of_claim =
        |row: &ReceivableRow| (row.billing_provider.clone(), row.patient_control_number.clone());
    let keys: BTreeSet<(String, String)> = rows.iter().map(of_claim).collect();
    if keys.len() == 1 { rows } else { Vec::new() }
}

impl Receivables for StoreReceivables<'_, '_> {
    fn account(&self, payer: &str, claim: &RemittanceClaim) -> (Text, Option<ClaimAccount>) {
        let rows = self.ask(self.billings(claim)).unwrap_or_default();
        if let Some((name, account)) = self.known(payer, &rows) {
            return (name, Some(account));
        }
        if !rows.is_empty() {
            self.findings.borrow_mut().push(of_another_payer(claim));
        }
        let (provider, number) = rows.last().map_or_else(
            || (self.provider.clone(), claim.patient_control_number.to_string()),
            |row| (row.billing_provider.clone(), row.patient_control_number.clone()),
        );
        let key = AccountKey {
            billing_provider: provider,
            patient_control_number: number,
            payer_id: payer.to_owned(),
        };
        let name = Text::from(key.name());
        self.keys.borrow_mut().insert(name.clone(), key);
        (name, None)
    }

    fn referenced(&self, payer: &str, number: &str) -> Option<(Text, ClaimAccount)> {
        let mut rows = self.ask(self.by_control_number(number))?;
        if rows.is_empty() {
            rows = self.ask(self.by_payer_number(number))?;
        }
        self.known(payer, &rows)
    }

    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents {
        use counterfoil_ledger::{AccountKind, Subject};
        let account = AccountKind::TakeBackPayable.of(payer).to_string();
        let subject = Subject::reference(reference).to_string();
        let balance = self.ask(self.transaction.subject_balance(&account, &subject));
        -balance.unwrap_or(Cents::ZERO)
    }

    fn is_posted(&self, advice: &RemittanceAdvice, _key: &str) -> bool {
        let payment = &advice.payment;
        let (trace, payer) = (&payment.trace_number, &payment.payer_identifier);
        let known = self.ask(self.transaction.remittance(trace, payer, &advice.payee.id));
        known.flatten().is_some()
    }
}

/// The provider whom an 835 pays: by NPI, else by the identifier that it gives.
pub(super) fn provider_of(advice: &RemittanceAdvice) -> String {
    advice.payee.id.to_string()
}
