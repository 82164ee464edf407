//! Everything that prices and pays: plans, contracts, prompt-pay rules and dated tables, parsed
//! from the files of a rates folder.

mod codes;
mod contracts;
mod fee_schedule;
mod fields;
mod missing;
mod plans;
mod pricing;
mod prompt_pay;
mod publisher;
mod supply;
mod table;

pub use codes::CodeList;
pub use contracts::{Contract, Contracts, Term};
pub use fee_schedule::{FeeRow, FeeSchedules};
pub use plans::{
    Authorization, Benefit, Coordination, CopayBasis, Limits, LineOfBusiness, Plan, Plans,
};
pub use pricing::{PriceRule, TermPricing};
pub use prompt_pay::{Interest, LatePayment, Medium, PromptPay, PromptPayFacts};
pub use publisher::{DrgRow, GpciRow, Publisher, RvuRow};

pub(crate) use fields::{Place, rates_finding};
pub(crate) use plans::LineFacts;
pub(crate) use supply::{FactTable, Supply};
pub(crate) use table::{Row, Table};

use counterfoil_base::{Date, Finding, parse_ccyymmdd};
use pricing::Documents;

/// All rates of one payer, indexed for pricing.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Benefit plans.
    pub plans: Plans,
    /// Provider contracts.
    pub contracts: Contracts,
    /// Prompt-pay deadlines and interest.
    pub prompt_pay: PromptPay,
    /// Fee tables of the payer.
    pub fee_schedules: FeeSchedules,
    /// Published tables: relative values, geographic indices, DRG weights, places of service.
    pub publisher: Publisher,
}

impl Rates {
    /// Reads the files of a rates folder, given as (file name, content), in any order.
    ///
    /// Whatever is wrong becomes a finding; good blocks and rows are kept. Files that the
    /// engine does not know get a note.
    #[must_use]
    pub fn parse(files: &[(&str, &str)]) -> (Rates, Vec<Finding>) {
        let mut rates = Rates::default();
        let mut findings = Vec::new();
        let mut sorted: Vec<&(&str, &str)> = files.iter().collect();
        sorted.sort();
        let mut documents = Documents::default();
        for &&(file, text) in &sorted {
            if let Some((name, place)) = Documents::place_of(file) {
                documents.add(name, place, text);
            }
        }
        for &&(file, text) in &sorted {
            rates.add(file, text, &mut documents, &mut findings);
        }
        rates.publisher.finish();
        for name in ["plans.toml", "contracts.toml"] {
            if !files.iter().any(|(file, _)| *file == name) {
                let place = Place { file: name, line: 1 };
                let fix = "add the file; docs/reference/rate-files.md describes it";
                findings.push(rates_finding("RATES-missing-file", &place, "file not found", fix));
            }
        }
        let names: Vec<&str> = sorted.iter().map(|(file, _)| *file).collect();
        findings.extend(missing::missing_tables(&rates, &names));
        (rates, findings)
    }

    fn add(
        &mut self,
        file: &str,
        text: &str,
        documents: &mut Documents,
        findings: &mut Vec<Finding>,
    ) {
        match file {
            "plans.toml" => self.plans.add(file, text, findings),
            "contracts.toml" => self.contracts.add(file, text, documents, findings),
            "prompt_pay.toml" => self.prompt_pay.add(file, text, findings),
            name if name.starts_with("fee_schedule") => {
                self.fee_schedules.add(file, text, findings);
            }
            // Pricing documents are read when a term names them.
            name if Documents::place_of(name).is_some() => {}
            // Who pays and where to: read by the payment run, not by pricing.
            "payment.toml" => {}
            name if Publisher::knows(name) => self.publisher.add(file, text, findings),
            _ => {
                let message = format!("{file}: not a rates file, ignored");
                findings.push(Finding::note("RATES-unknown-file", 7, message));
            }
        }
    }
}

/// A day as `YYYY-MM-DD` or `CCYYMMDD`.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    match bytes {
        [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
            let mut digits = [0u8; 8];
            digits[..4].copy_from_slice(y);
            digits[4..].copy_from_slice(&[*m1, *m2, *d1, *d2]);
            parse_ccyymmdd(&digits)
        }
        _ => parse_ccyymmdd(bytes),
    }
}
