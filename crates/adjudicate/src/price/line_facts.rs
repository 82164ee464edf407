//! The standard facts of a line, from the claim, the dated tables and its rank.

use super::ranking::Rank;
use super::{PricedLine, Pricing, has_modifier};
use crate::rates::{FactTable, FeeRow, GpciRow, PriceRule, RvuRow, Supply};
use counterfoil_base::{Decimal, Text};
use counterfoil_claim::ClaimKind;
use counterfoil_contract::LineFacts;

/// The code of an indicator of a procedure that the table does not hold.
const NONE: &str = "none";
/// Modifiers that have rows of their own in the table of relative values.
const COMPONENTS: [&str; 3] = ["26", "TC", "53"];

/// The rows of the dated tables that hold for a line, as far as a document needs them.
#[derive(Default)]
struct Rows<'a> {
    fee: Option<&'a FeeRow>,
    values: Option<&'a RvuRow>,
    indices: Option<GpciRow>,
    anesthesia_base: Option<Decimal>,
    anesthesia_factor: Option<Decimal>,
}

impl<'a> Pricing<'a> {
    /// The facts of a line that a document needs; what no table holds is left out.
    pub fn line_facts(
        &self,
        rule: &PriceRule,
        line: &PricedLine<'a>,
        rank: Option<&Rank>,
    ) -> LineFacts {
        let rows = self.rows(rule, line);
        let is_usual = line.facts.modifiers.is_empty();
        let usual = if is_usual { rule.pricer.usual() } else { None };
        let supplies = if usual.is_some() { &rule.unusual } else { &rule.supplies };
        let mut facts = usual.unwrap_or_else(|| rule.pricer.blank());
        for (fact, supply) in supplies {
            let mut put = Put { rule, facts: &mut facts, fact: *fact };
            match supply.table() {
                FactTable::Claim => self.put_claim_fact(&mut put, supply, line, rank),
                FactTable::FeeSchedule => put.fee(supply, rows.fee),
                FactTable::RelativeValues => put.values(supply, rows.values),
                FactTable::Indicators => put.indicator(supply, rows.values),
                FactTable::GeographicIndices => put.indices(supply, rows.indices),
                FactTable::AnesthesiaBase => put.number(rows.anesthesia_base),
                FactTable::AnesthesiaFactor => put.number(rows.anesthesia_factor),
                // Lines have no facts of a stay.
                FactTable::Drg => {}
            }
        }
        facts
    }

    /// Adds its rank to the facts of a line.
    pub fn put_rank(
        &self,
        rule: &PriceRule,
        line: &PricedLine<'a>,
        rank: &Rank,
        facts: &mut LineFacts,
    ) {
        for (fact, supply) in &rule.supplies {
            let is_of_rank = matches!(
                supply,
                Supply::IsRanked
                    | Supply::ProceduresAbove
                    | Supply::Procedures
                    | Supply::EndoscopyBaseFee
            );
            if is_of_rank {
                let mut put = Put { rule, facts, fact: *fact };
                self.put_claim_fact(&mut put, supply, line, Some(rank));
            }
        }
    }

    fn rows(&self, rule: &PriceRule, line: &PricedLine<'a>) -> Rows<'a> {
        let (facts, publisher) = (&line.facts, &self.rates.publisher);
        let mut rows = Rows::default();
        for table in &rule.tables {
            match table {
                FactTable::FeeSchedule => {
                    let code = code_of(line);
                    let fees = &self.rates.fee_schedules;
                    rows.fee = fees.find(&rule.schedule, code, facts.modifiers, facts.day);
                }
                FactTable::RelativeValues => rows.values = self.priced_values(line),
                FactTable::Indicators if !rule.needs(FactTable::RelativeValues) => {
                    rows.values = publisher.relative_values(facts.procedure, "", facts.day);
                }
                FactTable::GeographicIndices => {
                    rows.indices = publisher.geographic(&rule.locality, facts.day);
                }
                FactTable::AnesthesiaBase => {
                    rows.anesthesia_base = publisher.anesthesia_base(facts.procedure, facts.day);
                }
                FactTable::AnesthesiaFactor => {
                    rows.anesthesia_factor = publisher.anesthesia_factor(&rule.locality, facts.day);
                }
                FactTable::Claim | FactTable::Indicators | FactTable::Drg => {}
            }
        }
        rows
    }

    /// The row of relative values by the line's component, when its status is priced.
    fn priced_values(&self, line: &PricedLine<'a>) -> Option<&'a RvuRow> {
        let facts = &line.facts;
        let publisher = &self.rates.publisher;
        let row = publisher.relative_values(facts.procedure, component(line), facts.day);
        row.filter(|row| matches!(row.status, b'A' | b'R'))
    }

    /// The row by whose indicators the line is ranked.
    pub fn ranking_row(&self, rule: &PriceRule, line: &PricedLine<'a>) -> Option<&'a RvuRow> {
        let facts = &line.facts;
        if rule.needs(FactTable::RelativeValues) {
            return self.priced_values(line);
        }
        self.rates.publisher.relative_values(facts.procedure, "", facts.day)
    }

    fn is_facility(&self, line: &PricedLine<'a>) -> bool {
        line.facts.claim_kind == ClaimKind::Institutional
            || self.rates.publisher.is_facility(line.facts.facility_code)
    }

    fn put_claim_fact(
        &self,
        put: &mut Put<'_>,
        supply: &Supply,
        line: &PricedLine<'a>,
        rank: Option<&Rank>,
    ) {
        let facts = &line.facts;
        match supply {
            Supply::Charge => put.cents(line.line.charge_cents),
            Supply::Units => put.number(Some(line.line.units)),
            Supply::UnitBasis => put.code(&line.line.unit_basis),
            Supply::Procedure => put.code(facts.procedure),
            Supply::RevenueCode => put.code(facts.revenue_code),
            Supply::FacilityCode => put.code(facts.facility_code),
            Supply::Day => put.rule.pricer.set_day(put.facts, put.fact, facts.day),
            Supply::IsFacility => put.flag(self.is_facility(line)),
            Supply::Modifier(code) => put.flag(facts.modifiers.contains(code)),
            Supply::Drg => put.code(facts.drg),
            Supply::IsRanked => put.flag(rank.is_some_and(|rank| rank.place.is_some())),
            Supply::ProceduresAbove | Supply::Procedures => {
                let (above, count) = rank.and_then(|rank| rank.place).unwrap_or((0, 1));
                let number = if *supply == Supply::Procedures { count } else { above };
                put.number(Some(Decimal::whole(number)));
            }
            Supply::EndoscopyBaseFee => {
                if let Some(fee) = rank.and_then(|rank| rank.base_fee.as_ref()) {
                    put.rule.pricer.set_value(put.facts, put.fact, fee);
                }
            }
            // What a whole claim has, and the options of a comparison, no line supplies.
            _ => {}
        }
    }
}

/// One fact being supplied.
struct Put<'a> {
    rule: &'a PriceRule,
    facts: &'a mut LineFacts,
    fact: usize,
}

impl Put<'_> {
    fn number(&mut self, number: Option<Decimal>) {
        if let Some(number) = number {
            self.rule.pricer.set_number(self.facts, self.fact, number);
        }
    }

    fn cents(&mut self, amount: counterfoil_base::Cents) {
        self.rule.pricer.set_cents(self.facts, self.fact, amount);
    }

    fn flag(&mut self, flag: bool) {
        self.rule.pricer.set_flag(self.facts, self.fact, flag);
    }

    fn code(&mut self, code: &str) {
        self.rule.pricer.set_code(self.facts, self.fact, code);
    }

    fn fee(&mut self, supply: &Supply, row: Option<&FeeRow>) {
        match (supply, row) {
            (Supply::ScheduleFacility, Some(row)) => self.cents(row.facility_cents),
            (_, Some(row)) => self.cents(row.non_facility_cents),
            (_, None) => {}
        }
    }

    fn values(&mut self, supply: &Supply, row: Option<&RvuRow>) {
        self.number(row.map(|row| match supply {
            Supply::WorkRvu => row.work,
            Supply::FacilityExpenseRvu => row.expense_facility,
            Supply::NonFacilityExpenseRvu => row.expense_non_facility,
            Supply::MalpracticeRvu => row.malpractice,
            _ => row.conversion_factor,
        }));
    }

    fn indicator(&mut self, supply: &Supply, row: Option<&RvuRow>) {
        let [before, during, after] = row.map_or([Decimal::ZERO; 3], |row| row.shares);
        match supply {
            Supply::PreoperativeShare => return self.number(Some(before)),
            Supply::IntraoperativeShare => return self.number(Some(during)),
            Supply::PostoperativeShare => return self.number(Some(after)),
            _ => {}
        }
        let Some(row) = row else { return self.code(NONE) };
        let indicator = match supply {
            Supply::GlobalDays => return self.code(&row.global),
            Supply::Bilateral => row.bilateral,
            Supply::Assistant => row.assistant,
            _ => row.co_surgeon,
        };
        self.code(std::str::from_utf8(&[indicator]).unwrap_or(NONE));
    }

    fn indices(&mut self, supply: &Supply, row: Option<GpciRow>) {
        self.number(row.map(|row| match supply {
            Supply::WorkGpci => row.work,
            Supply::ExpenseGpci => row.expense,
            _ => row.malpractice,
        }));
    }
}

/// The code by which a fee schedule prices a line: its procedure, else its revenue code.
pub(super) fn code_of<'a>(line: &PricedLine<'a>) -> &'a str {
    let facts = &line.facts;
    if facts.procedure.is_empty() { facts.revenue_code } else { facts.procedure }
}

/// The component of a line that has a row of its own, empty for the whole service.
pub(super) fn component(line: &PricedLine<'_>) -> &'static str {
    let modifiers: &[Text] = line.facts.modifiers;
    let on_line = |component: &&&str| has_modifier(modifiers, &[**component]);
    COMPONENTS.iter().find(on_line).copied().unwrap_or("")
}
