//! The standard facts of pricing: what the engine supplies to a pricing document, by name.

use counterfoil_base::Text;
use counterfoil_contract::{Type, Unit};

/// A fact that a pricing document can declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Supply {
    Charge,
    Units,
    UnitBasis,
    Procedure,
    RevenueCode,
    FacilityCode,
    Day,
    IsFacility,
    Modifier(Text),
    ScheduleFacility,
    ScheduleNonFacility,
    WorkRvu,
    FacilityExpenseRvu,
    NonFacilityExpenseRvu,
    MalpracticeRvu,
    PublishedConversionFactor,
    Bilateral,
    Assistant,
    CoSurgeon,
    GlobalDays,
    PreoperativeShare,
    IntraoperativeShare,
    PostoperativeShare,
    WorkGpci,
    ExpenseGpci,
    MalpracticeGpci,
    AnesthesiaBaseUnits,
    PublishedAnesthesiaFactor,
    IsRanked,
    ProceduresAbove,
    Procedures,
    EndoscopyBaseFee,
    Drg,
    DrgWeight,
    DrgMeanStay,
    IsPostAcuteDrg,
    IsSpecialPayDrg,
    DischargeStatus,
    StatementDays,
    AccommodationDays,
    /// The amount of one of several ways to price, counted from zero.
    Option(usize),
}

/// The dated table that a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FactTable {
    /// The claim itself.
    Claim,
    /// A fee schedule of the payer.
    FeeSchedule,
    /// Relative values that price.
    RelativeValues,
    /// The indicators beside relative values, of codes that need not be priced by them.
    Indicators,
    GeographicIndices,
    AnesthesiaBase,
    AnesthesiaFactor,
    Drg,
}

/// Every fact but the modifiers: its name, what it is and how it is declared.
const FACTS: [(&str, Supply, Kind); 43] = [
    ("charge", Supply::Charge, Kind::Money),
    ("units", Supply::Units, Kind::Rate),
    ("unit_basis", Supply::UnitBasis, Kind::Code),
    ("procedure", Supply::Procedure, Kind::Code),
    ("revenue_code", Supply::RevenueCode, Kind::Code),
    ("facility_code", Supply::FacilityCode, Kind::Code),
    ("day", Supply::Day, Kind::Date),
    ("is_facility", Supply::IsFacility, Kind::Flag),
    ("schedule_facility_amount", Supply::ScheduleFacility, Kind::Money),
    ("schedule_non_facility_amount", Supply::ScheduleNonFacility, Kind::Money),
    ("work_rvu", Supply::WorkRvu, Kind::Rate),
    ("facility_expense_rvu", Supply::FacilityExpenseRvu, Kind::Rate),
    ("non_facility_expense_rvu", Supply::NonFacilityExpenseRvu, Kind::Rate),
    ("malpractice_rvu", Supply::MalpracticeRvu, Kind::Rate),
    ("published_conversion_factor", Supply::PublishedConversionFactor, Kind::Money),
    ("bilateral_indicator", Supply::Bilateral, Kind::Code),
    ("assistant_indicator", Supply::Assistant, Kind::Code),
    ("co_surgeon_indicator", Supply::CoSurgeon, Kind::Code),
    ("global_days", Supply::GlobalDays, Kind::Code),
    ("preoperative_share", Supply::PreoperativeShare, Kind::Rate),
    ("intraoperative_share", Supply::IntraoperativeShare, Kind::Rate),
    ("postoperative_share", Supply::PostoperativeShare, Kind::Rate),
    ("work_gpci", Supply::WorkGpci, Kind::Rate),
    ("expense_gpci", Supply::ExpenseGpci, Kind::Rate),
    ("malpractice_gpci", Supply::MalpracticeGpci, Kind::Rate),
    ("anesthesia_base_units", Supply::AnesthesiaBaseUnits, Kind::Rate),
    ("published_anesthesia_factor", Supply::PublishedAnesthesiaFactor, Kind::Money),
    ("is_ranked", Supply::IsRanked, Kind::Flag),
    ("procedures_above", Supply::ProceduresAbove, Kind::Rate),
    ("procedures", Supply::Procedures, Kind::Rate),
    ("endoscopy_base_fee", Supply::EndoscopyBaseFee, Kind::Money),
    ("drg", Supply::Drg, Kind::Code),
    ("drg_weight", Supply::DrgWeight, Kind::Rate),
    ("drg_mean_stay", Supply::DrgMeanStay, Kind::Rate),
    ("is_post_acute_drg", Supply::IsPostAcuteDrg, Kind::Flag),
    ("is_special_pay_drg", Supply::IsSpecialPayDrg, Kind::Flag),
    ("discharge_status", Supply::DischargeStatus, Kind::Code),
    ("statement_days", Supply::StatementDays, Kind::Rate),
    ("accommodation_days", Supply::AccommodationDays, Kind::Rate),
    ("option_1", Supply::Option(0), Kind::Money),
    ("option_2", Supply::Option(1), Kind::Money),
    ("option_3", Supply::Option(2), Kind::Money),
    ("option_4", Supply::Option(3), Kind::Money),
];

/// The type in which a fact is supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Money,
    Rate,
    Code,
    Flag,
    Date,
}

impl Kind {
    fn is(self, kind: &Type) -> bool {
        match (self, kind) {
            (Kind::Money, Type::Number(unit)) => *unit == Unit::MONEY,
            (Kind::Rate, Type::Number(unit)) => *unit == Unit::RATE,
            (Kind::Code, Type::Code(codes)) => codes.is_empty(),
            (Kind::Flag, Type::Flag) | (Kind::Date, Type::Date) => true,
            _ => false,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Money => "money",
            Kind::Rate => "rate",
            Kind::Code => "code",
            Kind::Flag => "flag",
            Kind::Date => "date",
        }
    }
}

impl Supply {
    /// The fact of this name and type, or why there is none.
    pub(crate) fn named(name: &str, kind: &Type) -> Result<Supply, String> {
        let modifier = name.strip_prefix("modifier_").filter(|code| code.len() == 2);
        let (supply, expected) = match modifier {
            Some(code) => (Supply::Modifier(Text::from(code.to_ascii_uppercase())), Kind::Flag),
            None => match FACTS.iter().find(|(known, _, _)| *known == name) {
                Some((_, supply, expected)) => (supply.clone(), *expected),
                None => return Err(format!("the fact `{name}` is none that claims supply")),
            },
        };
        if expected.is(kind) {
            Ok(supply)
        } else {
            Err(format!("the fact `{name}` is supplied as {}, not as {kind}", expected.word()))
        }
    }

    /// The table that it comes from.
    pub(crate) fn table(&self) -> FactTable {
        match self {
            Supply::ScheduleFacility | Supply::ScheduleNonFacility => FactTable::FeeSchedule,
            Supply::WorkRvu
            | Supply::FacilityExpenseRvu
            | Supply::NonFacilityExpenseRvu
            | Supply::MalpracticeRvu
            | Supply::PublishedConversionFactor => FactTable::RelativeValues,
            Supply::Bilateral
            | Supply::Assistant
            | Supply::CoSurgeon
            | Supply::GlobalDays
            | Supply::PreoperativeShare
            | Supply::IntraoperativeShare
            | Supply::PostoperativeShare => FactTable::Indicators,
            Supply::WorkGpci | Supply::ExpenseGpci | Supply::MalpracticeGpci => {
                FactTable::GeographicIndices
            }
            Supply::AnesthesiaBaseUnits => FactTable::AnesthesiaBase,
            Supply::PublishedAnesthesiaFactor => FactTable::AnesthesiaFactor,
            Supply::DrgWeight
            | Supply::DrgMeanStay
            | Supply::IsPostAcuteDrg
            | Supply::IsSpecialPayDrg => FactTable::Drg,
            _ => FactTable::Claim,
        }
    }

    /// Whether a document that prices a claim (and not a line) can declare it.
    pub(crate) fn is_of_claim(&self) -> bool {
        self.table() == FactTable::Drg
            || matches!(
                self,
                Supply::Charge
                    | Supply::Drg
                    | Supply::DischargeStatus
                    | Supply::StatementDays
                    | Supply::AccommodationDays
                    | Supply::Option(_)
            )
    }

    /// Whether a document that prices a line can declare it.
    pub(crate) fn is_of_line(&self) -> bool {
        !self.is_of_claim() || matches!(self, Supply::Charge | Supply::Drg | Supply::Option(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_known_by_name_and_type() {
        let rate = Type::Number(Unit::RATE);
        assert_eq!(Supply::named("units", &rate), Ok(Supply::Units));
        let modifier = Supply::named("modifier_as", &Type::Flag);
        assert_eq!(modifier, Ok(Supply::Modifier("AS".into())));
        for (name, kind, message) in [
            ("unit", &rate, "the fact `unit` is none that claims supply"),
            ("charge", &rate, "the fact `charge` is supplied as money, not as rate"),
            ("modifier_as", &rate, "the fact `modifier_as` is supplied as flag, not as rate"),
        ] {
            assert_eq!(Supply::named(name, kind), Err(message.to_owned()));
        }
    }
}
