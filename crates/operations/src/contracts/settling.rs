//! A year is settled on this organization's own facts, by the contract in force.

use super::signing::{contract_of, version_for_year};
use super::texts::{SETTLEMENT, contract_files};
use crate::error::OperationsError;
use crate::halves::Relation;
use counterfoil_base::Date;
use counterfoil_contract::{Contract, FactTable, Problem};
use counterfoil_settle::{Basis, Provisional, Settlement, result_term, statements};
use counterfoil_store::Transaction;
use counterfoil_twin::{settlement_subject, to_hex};

/// How many problems of a file a refusal names.
const NAMED: usize = 3;

/// A file that somebody supplies: its name without folder, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct SuppliedFile<'a> {
    /// Name without its folder.
    pub name: &'a str,
    /// Bytes.
    pub bytes: &'a [u8],
}

/// What is to be settled.
#[derive(Clone, Debug)]
pub struct SettlementRequest<'a> {
    /// The contract's id.
    pub contract_id: &'a str,
    /// The performance year.
    pub year: i64,
    /// The day whose version settles the year; needed when the year has several.
    pub on: Option<Date>,
    /// The facts.
    pub facts: SuppliedFile<'a>,
    /// Further rows by the name of their list in the contract.
    pub rows: Vec<(&'a str, SuppliedFile<'a>)>,
    /// The term that says what is paid; the contract's last amount with a column when absent.
    pub term: Option<&'a str>,
    /// Answer or advance.
    pub basis: Basis,
    /// For an advance: the milestones that pay it.
    pub milestones: Vec<Provisional>,
}

/// Settles a year by the contract in force with a partner and keeps the settlement as the one that
/// this side may state. Nothing is said and nothing is booked.
///
/// # Errors
/// [`OperationsError::Refused`] when no contract is in force, its text is not here, the facts
/// cannot be read, or a row has no result.
pub fn prepare_settlement(
    tx: &Transaction<'_>,
    relation: &Relation,
    request: &SettlementRequest<'_>,
) -> Result<Settlement, OperationsError> {
    let refused = |told: String| OperationsError::Refused(format!("{told}; nothing was settled"));
    let (id, year) = (request.contract_id, request.year);
    let Some(known) = contract_of(tx, relation, id)? else {
        return Err(refused(format!("there is no contract {id} with {}", relation.partner)));
    };
    let version = version_for_year(&known.state, year, request.on).map_err(refused)?;
    let digest = to_hex(&version.digest);
    let Some(files) = contract_files(tx, &digest)? else {
        return Err(refused(format!("the text of contract {digest} is not here yet")));
    };
    let (contract, problems) = Contract::load(&files);
    sound(&problems, "the contract").map_err(refused)?;
    let facts = read_facts(&contract, request).map_err(refused)?;
    let term = result_term(&contract, request.term)
        .ok_or_else(|| refused("the contract has no such amount".to_owned()))?;
    let all = statements(&contract, year, &facts, term)
        .map_err(|problem| refused(problem.finding.message.to_string()))?;
    let settlement = Settlement::new(all, (request.basis, request.milestones.clone()))
        .map_err(|finding| refused(finding.message.to_string()))?;
    let sha256 = settlement.sha256();
    tx.keep_agreement_text(&sha256, SETTLEMENT, settlement.to_json().as_bytes())?;
    let subject = settlement_subject(id, &year.to_string());
    tx.set_settlement_prepared(relation.id, &subject, &sha256)?;
    Ok(settlement)
}

fn read_facts(contract: &Contract, request: &SettlementRequest<'_>) -> Result<FactTable, String> {
    let SuppliedFile { name, bytes } = request.facts;
    let (mut facts, problems) = contract.read_facts(request.year, name, bytes);
    sound(&problems, name)?;
    for (rows, SuppliedFile { name, bytes }) in &request.rows {
        let problems = contract.read_rows(request.year, rows, (name, bytes), &mut facts);
        sound(&problems, name)?;
    }
    Ok(facts)
}

/// The first problems that stop the work, in words.
fn sound(problems: &[Problem], what: &str) -> Result<(), String> {
    let errors = || problems.iter().filter(|one| one.finding.is_error());
    let named: Vec<&str> = errors().take(NAMED).map(|one| one.finding.message.as_ref()).collect();
    if named.is_empty() {
        return Ok(());
    }
    Err(format!("{what} has {} errors: {}", errors().count(), named.join("; ")))
}
