//! An office in memory: claims, 835s and bank movements in few words.

use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::{
    Adjustment, AdjustmentGroup, BillType, Claim, Party, PaymentHeader, ProviderAdjustment,
    Reference, RemittanceAdvice, RemittanceClaim, RemittanceLine,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::{
    Billed, BilledClaim, OfficeReport, PostedRemittance, RecordedBank, bill_claim, match_bank,
    office_report, post_advice, record_bank_file,
};
use counterfoil_remit::{BankColumns, RemittanceRequest, build_remittance, read_bank_csv};
use counterfoil_store::{ReceivableRow, Store};
use std::collections::BTreeMap;

pub const PAYER: &str = "FOX01";
pub const OAK: &str = "1234567893";
pub const ELM: &str = "1999999984";

pub fn day(number: i8) -> Date {
    Date::new(2026, 3, number).expect("a day of March")
}

/// A claim of a provider: control number, frequency, charge, REF F8.
pub fn claim(provider: &str, number: &str, frequency: &str, cents: i64, corrects: &str) -> Claim {
    claim_to(PAYER, (provider, number), frequency, cents, corrects)
}

/// The same to a payer: provider and control number, frequency, charge, REF F8.
pub fn claim_to(
    payer: &str,
    (provider, number): (&str, &str),
    frequency: &str,
    cents: i64,
    corrects: &str,
) -> Claim {
    let reference = Reference { qualifier: Text::const_new("F8"), value: Text::from(corrects) };
    Claim {
        billing_provider: party(provider),
        payer: Party { id: Text::from(payer), ..Party::default() },
        patient_control_number: Text::from(number),
        charge_cents: Cents(cents),
        bill_type: BillType { frequency: Text::from(frequency), ..BillType::default() },
        references: if corrects.is_empty() { Vec::new() } else { vec![reference] },
        ..Claim::default()
    }
}

fn party(npi: &str) -> Party {
    Party { id_qualifier: Text::const_new("XX"), id: Text::from(npi), ..Party::default() }
}

/// An answer to a claim: control number, payer's number, charge, what the contract takes off.
pub fn answer(number: &str, payer_number: &str, charge: i64, contractual: i64) -> RemittanceClaim {
    let adjustment = Adjustment {
        group: AdjustmentGroup::ContractualObligation,
        reason: Text::const_new("45"),
        amount_cents: Cents(contractual),
        quantity: None,
    };
    let adjustments = if contractual == 0 { Vec::new() } else { vec![adjustment] };
    let paid_cents = Cents(charge - contractual);
    RemittanceClaim {
        patient_control_number: Text::from(number),
        payer_claim_control_number: Text::from(payer_number),
        status_code: Text::const_new("1"),
        charge_cents: Cents(charge),
        paid_cents,
        lines: vec![RemittanceLine {
            charge_cents: Cents(charge),
            paid_cents,
            adjustments,
            ..RemittanceLine::default()
        }],
        ..RemittanceClaim::default()
    }
}

/// An 835, with what it carries forward to the next one when it pays nothing.
pub fn remittance(
    (provider, trace, on): (&str, &str, Date),
    claims: Vec<RemittanceClaim>,
    adjustments: Vec<ProviderAdjustment>,
) -> (RemittanceAdvice, Option<ProviderAdjustment>) {
    let request = RemittanceRequest {
        payment: PaymentHeader {
            method: Text::const_new("ACH"),
            format: Text::const_new("CCP"),
            effective_date: Some(on),
            trace_number: Text::from(trace),
            payer_identifier: Text::const_new("1512345678"),
            payee_routing: Text::const_new("121042882"),
            payee_account: Text::const_new("744567899"),
            ..PaymentHeader::default()
        },
        payer: Party { name: Text::const_new("ACME HEALTH PLAN"), ..Party::default() },
        payee: party(provider),
        claims,
        adjustments,
        provider_id: Text::from(provider),
        fiscal_period: Text::const_new("20261231"),
        ..RemittanceRequest::default()
    };
    let built = build_remittance(request).expect("the 835 balances");
    (built.advice, built.carried_forward)
}

/// One office with its database.
pub struct Office {
    pub store: Store,
    /// What recording the last bank file found.
    pub bank_findings: Vec<Finding>,
}

impl Office {
    pub fn new() -> Office {
        let store = super::database::database();
        Office { store, bank_findings: Vec::new() }
    }

    pub fn bill(&mut self, claim: &Claim, file: &str) -> Billed {
        let billed = BilledClaim {
            claim,
            segments: &[],
            expected_cents: None,
            file_digest: file,
            on: day(1),
            twin_subject: "",
        };
        let done: Result<_, OperationsError> =
            self.store.transaction("bill", |tx| bill_claim(tx, &billed));
        done.expect("a claim is billed")
    }

    pub fn post(&mut self, advice: &RemittanceAdvice) -> PostedRemittance {
        let done = self.store.transaction("post", |tx| post_advice(tx, advice, "835", day(20)));
        let done = done.expect("an 835 is posted");
        self.report();
        done
    }

    /// Records rows of `date,amount,description,reference` and matches.
    pub fn bank(&mut self, rows: &str) -> OfficeReport {
        self.bank_of(rows, false)
    }

    /// The same for a file that may be of another time.
    pub fn bank_of(&mut self, rows: &str, may_be_other_period: bool) -> OfficeReport {
        let csv = format!("date,amount,description,reference\n{rows}");
        let file = read_bank_csv(csv.as_bytes(), &BankColumns::default());
        assert_eq!(file.findings, []);
        let recorded: Result<RecordedBank, OperationsError> = self
            .store
            .transaction("record", |tx| record_bank_file(tx, &file.entries, may_be_other_period));
        self.bank_findings = recorded.expect("movements are recorded").findings;
        self.report()
    }

    /// Matches the bank; whatever is known, every cent is explained and the books balance.
    pub fn report(&mut self) -> OfficeReport {
        let report = self.store.transaction("match", |tx| {
            let matched = match_bank(tx)?;
            assert_eq!(tx.trial_balance()?, tx.trial_balance_recomputed()?);
            office_report(tx, &matched)
        });
        let report = report.expect("the bank is matched");
        assert_eq!(report.leftover_cents(), 0, "{report:?}");
        assert_eq!(self.balances().values().sum::<i128>(), 0);
        report
    }

    /// Debits less credits of every account that has any.
    pub fn balances(&mut self) -> BTreeMap<String, i128> {
        let lines = self.store.transaction("balances", |tx| tx.trial_balance()).expect("balances");
        let net = |debit: Cents, credit: Cents| i128::from(debit.0) - i128::from(credit.0);
        let lines =
            lines.into_iter().map(|one| (one.account, net(one.debit_cents, one.credit_cents)));
        lines.filter(|(_, cents)| *cents != 0).collect()
    }

    /// Accounts without their side and payer: `receivable 100, cash 5`.
    pub fn shown(&mut self) -> String {
        let lines = self.balances().into_iter().map(|(account, cents)| {
            let name =
                account.trim_start_matches("provider.").trim_end_matches("/FOX01").to_owned();
            format!("{name} {cents}")
        });
        lines.collect::<Vec<_>>().join(", ")
    }

    pub fn rows(&mut self) -> Vec<ReceivableRow> {
        self.store.transaction("rows", |tx| tx.receivables()).expect("receivables")
    }

    /// Version, state, charge, paid and adjusted cents of every billing.
    pub fn states(&mut self) -> Vec<String> {
        let show = |row: ReceivableRow| {
            format!(
                "{}/{} {} {} {} = {} + {}",
                row.patient_control_number,
                row.version,
                row.billing_provider,
                row.state,
                row.charge_cents,
                row.paid_cents,
                row.adjusted_cents,
            )
        };
        self.rows().into_iter().map(show).collect()
    }
}
