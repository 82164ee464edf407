//! Tables that contracts price by and that no file of the rates folder holds.

use super::{Contract, FactTable, PriceRule, Rates, Term};
use counterfoil_base::Finding;
use std::collections::BTreeSet;

/// One finding for each table that is named and not there, with the terms that name it.
///
/// A line whose table is missing waits for a person, and so may every line of a contract: who
/// reads the rates must hear of it before the first claim.
pub(super) fn missing_tables(rates: &Rates, files: &[&str]) -> Vec<Finding> {
    let mut wanted: Vec<(Wanted, Vec<String>)> = Vec::new();
    for contract in rates.contracts.all() {
        for term in &contract.terms {
            for rule in term.pricing.rules() {
                of_rule(rates, rule, &mut |want| add(&mut wanted, want, contract, term));
            }
        }
    }
    wanted.into_iter().map(|(want, terms)| want.finding(rates, &terms, files)).collect()
}

/// A table that is named and not there.
#[derive(PartialEq, Eq)]
enum Wanted {
    FeeSchedule(String),
    RelativeValues,
    Locality(String),
    AnesthesiaFactor(String),
    AnesthesiaBase,
    Drg,
}

fn add(wanted: &mut Vec<(Wanted, Vec<String>)>, want: Wanted, contract: &Contract, term: &Term) {
    let term = format!("`{}` of contract `{}`", term.id, contract.id);
    match wanted.iter_mut().find(|(known, _)| *known == want) {
        Some((_, terms)) if terms.contains(&term) => {}
        Some((_, terms)) => terms.push(term),
        None => wanted.push((want, vec![term])),
    }
}

fn of_rule(rates: &Rates, rule: &PriceRule, want: &mut dyn FnMut(Wanted)) {
    let publisher = &rates.publisher;
    let (schedule, locality) = (&rule.schedule, &rule.locality);
    if rule.needs(FactTable::FeeSchedule) && !rates.fee_schedules.has(schedule) {
        want(Wanted::FeeSchedule(schedule.to_string()));
    }
    // The indicators stand in the same table.
    let needs_values = rule.needs(FactTable::RelativeValues) || rule.needs(FactTable::Indicators);
    if needs_values && !publisher.has_relative_values() {
        want(Wanted::RelativeValues);
    }
    if rule.needs(FactTable::GeographicIndices) && !publisher.has_locality(locality) {
        want(Wanted::Locality(locality.to_string()));
    }
    let needs_factor = rule.needs(FactTable::AnesthesiaFactor) && !locality.is_empty();
    if needs_factor && !publisher.has_anesthesia_factor(locality) {
        want(Wanted::AnesthesiaFactor(locality.to_string()));
    }
    if rule.needs(FactTable::AnesthesiaBase) && !publisher.has_anesthesia_base() {
        want(Wanted::AnesthesiaBase);
    }
    if rule.needs(FactTable::Drg) && !publisher.has_drg() {
        want(Wanted::Drg);
    }
}

/// Terms named in a message; the contracts name the rest.
const TERMS_SHOWN: usize = 3;

impl Wanted {
    /// What is missing, and the name of the file that would hold it.
    fn words(&self) -> (String, &'static str) {
        match self {
            Wanted::FeeSchedule(id) => (format!("fee schedule `{id}`"), "fee_schedule*.csv"),
            Wanted::RelativeValues => ("table of relative values".into(), "mpfs_rvu_YYYYq.csv"),
            Wanted::Locality(id) => (format!("row of locality `{id}`"), "mpfs_gpci_YYYY.csv"),
            Wanted::AnesthesiaFactor(id) => {
                (format!("anesthesia factor of locality `{id}`"), "mpfs_anesthesia_cf_YYYY.csv")
            }
            Wanted::AnesthesiaBase => {
                ("table of anesthesia base units".into(), "anesthesia_base_units_YYYY.csv")
            }
            Wanted::Drg => ("table of DRG weights".into(), "msdrg_table5_fyYYYY.csv"),
        }
    }

    fn finding(&self, rates: &Rates, terms: &[String], files: &[&str]) -> Finding {
        let (table, file) = self.words();
        let shown: Vec<&str> = terms.iter().take(TERMS_SHOWN).map(String::as_str).collect();
        let more = match terms.len().saturating_sub(TERMS_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let mut message = format!(
            "the rates folder has no {table} (term {}{more}), so that what it prices waits for a \
             person; files there: {}",
            shown.join(", "),
            files.join(", ")
        );
        if let Wanted::FeeSchedule(_) = self {
            let ids: BTreeSet<&str> = rates.fee_schedules.ids().collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            let known = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            message.push_str(&format!("; fee schedules in them: {known}"));
        }
        Finding::warning("RATES-missing-table", 7, message)
            .because("A contract is priced by a table that is not in the rates folder.")
            .fix(format!("add a file named {file} that holds it, or correct contracts.toml"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACTS: &str = r#"
[[contract]]
id = "ALDER"
version = "1"
npis = ["1234567893"]
from = "2025-01-01"
[[contract.term]]
id = "visits"
method = "fee_schedule"
schedule = "GOLD"
[[contract.term]]
id = "limits"
method = "lesser_of"
options = [
    { method = "reference_price", schedule = "GOLD" },
    { method = "rbrvs", locality = "04112-01" },
]
[[contract.term]]
id = "stays"
method = "drg"
base_rate = "5000.00"
[[contract.term]]
id = "sleep"
method = "anesthesia"
conversion_factor = "20.00"
[[contract.term]]
id = "rest"
method = "percent_of_charge"
percent = "0.5"
"#;

    fn missing(files: &[(&str, &str)]) -> Vec<String> {
        let (_, findings) = Rates::parse(files);
        let of_tables = findings.into_iter().filter(|one| one.code == "RATES-missing-table");
        of_tables.map(|one| format!("{}\n  {}", one.message, one.fix)).collect()
    }

    #[test]
    fn a_table_that_a_contract_names_and_no_file_holds_is_named() {
        let header = "schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n";
        let silver = format!("{header}SILVER,T1015,,2025-01-01,,100,100\n");
        let files = [("contracts.toml", CONTRACTS), ("fee_schedule.csv", silver.as_str())];
        let waits = "so that what it prices waits for a person; files there: contracts.toml, \
             fee_schedule.csv";
        let expected = [
            format!(
                "the rates folder has no fee schedule `GOLD` (term `visits` of contract `ALDER`, \
                 `limits` of contract `ALDER`), {waits}; fee schedules in them: SILVER\n  add a \
                 file named fee_schedule*.csv that holds it, or correct contracts.toml"
            ),
            format!(
                "the rates folder has no table of relative values (term `limits` of contract \
                 `ALDER`), {waits}\n  add a file named mpfs_rvu_YYYYq.csv that holds it, or \
                 correct contracts.toml"
            ),
            format!(
                "the rates folder has no row of locality `04112-01` (term `limits` of contract \
                 `ALDER`), {waits}\n  add a file named mpfs_gpci_YYYY.csv that holds it, or \
                 correct contracts.toml"
            ),
            format!(
                "the rates folder has no table of DRG weights (term `stays` of contract `ALDER`), \
                 {waits}\n  add a file named msdrg_table5_fyYYYY.csv that holds it, or correct \
                 contracts.toml"
            ),
            format!(
                "the rates folder has no table of anesthesia base units (term `sleep` of contract \
                 `ALDER`), {waits}\n  add a file named anesthesia_base_units_YYYY.csv that holds \
                 it, or correct contracts.toml"
            ),
        ];
        assert_eq!(missing(&files), expected);
        let gold = format!("{header}GOLD,T1015,,2025-01-01,,100,100\n");
        let files = [("contracts.toml", CONTRACTS), ("fee_schedule.csv", gold.as_str())];
        assert!(missing(&files).iter().all(|one| !one.contains("fee schedule")));
    }
}
