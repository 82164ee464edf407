//! What a contract allows for a claim, without member and benefits: the provider's own measure
//! of a payment.

use crate::engine::line_facts;
use crate::price::{ClaimPrice, PricedLine, Pricing};
use crate::rates::{Contract, Rates};
use crate::trace::Step;
use counterfoil_base::{Cents, Decimal, Text};
use counterfoil_claim::Claim;

/// The price of a claim by the contract of its billing provider.
#[derive(Clone, Debug)]
pub struct ContractPrice {
    /// Name of the contract.
    pub contract_id: Text,
    /// Allowed amount of each line in the order of the claim; nothing where the contract has no
    /// price that can be computed without a person.
    pub allowed_cents: Vec<Option<Cents>>,
    /// Part of a payment that the contract lets the payer withhold (CAS 104); 0.02 for 2 %.
    pub withhold: Decimal,
    /// How the amounts came about.
    pub steps: Vec<Step>,
}

/// Why a claim has no contract price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoContractPrice {
    /// The claim has no day of service.
    NoDay,
    /// No contract names the billing provider on that day.
    NoContract,
    /// The provider has several contracts, one for each plan, and the plan is not known.
    SeveralContracts,
}

/// Prices every line of a claim by the contract of its billing provider on the first day of
/// service. The member's plan is not known here, so that one contract must hold for all plans.
pub fn price_by_contract(rates: &Rates, claim: &Claim) -> Result<ContractPrice, NoContractPrice> {
    let day = claim.service_from().ok_or(NoContractPrice::NoDay)?;
    let npi = claim.billing_provider.npi().unwrap_or("");
    let tax_id = claim.billing_provider.tax_id().unwrap_or("");
    let plans = rates.plans.all().iter().filter(|plan| rates.plans.find(&plan.id, day).is_some());
    let mut contract: Option<&Contract> = None;
    for plan in plans {
        match (contract, rates.contracts.find(npi, tax_id, &plan.id, day)) {
            (_, None) => {}
            (None, found) => contract = found,
            (Some(one), Some(other)) if std::ptr::eq(one, other) => {}
            (Some(_), Some(_)) => return Err(NoContractPrice::SeveralContracts),
        }
    }
    let contract = contract.ok_or(NoContractPrice::NoContract)?;
    let lines: Vec<PricedLine<'_>> = claim
        .lines
        .iter()
        .zip(1u32..)
        .map(|(line, number)| {
            let facts = line_facts(claim, line, contract, day);
            PricedLine { number, line, facts }
        })
        .collect();
    let ClaimPrice { lines, steps, .. } = Pricing { rates, contract, claim }.price(&lines);
    let allowed = lines.into_iter().map(|price| price.ok().map(|price| price.allowed));
    Ok(ContractPrice {
        contract_id: contract.id.clone(),
        allowed_cents: allowed.collect(),
        withhold: contract.withhold,
        steps,
    })
}
