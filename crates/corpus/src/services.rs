//! What the invented practices and the hospital bill, and at which prices.
//!
//! HCPCS level II codes, revenue codes and MS-DRGs only; procedure codes of level I come from
//! the caller (see [`Service`]). Prices are invented; MS-DRG weights are those of the public
//! Table 5 of fiscal year 2026 (CMS).

use counterfoil_base::Cents;

/// How a plan treats a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Paid in full.
    Preventive,
    /// Clinic visit: copay.
    Visit,
    /// Urgent care: copay.
    Urgent,
    /// Drug that needs a prior authorization.
    DrugAuthorized,
    /// Other drugs.
    Drug,
    /// Not covered.
    NotCovered,
    /// Inpatient stay.
    Inpatient,
    /// Hospital outpatient services.
    Outpatient,
    /// Everything else.
    Other,
}

/// A billable service with its price in the fee schedule, per unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Procedure code.
    pub code: String,
    /// Price where a facility bills its own part.
    pub facility_cents: Cents,
    /// Price in the practice's own rooms.
    pub non_facility_cents: Cents,
    /// Most units of a line.
    pub units_max: u32,
    /// Billed in minutes (`MJ`) with modifier `AA`; the price is per minute.
    pub anesthesia: bool,
    /// How plans treat it.
    pub category: Category,
}

impl Service {
    fn new(code: &str, prices: (i64, i64), units_max: u32, category: Category) -> Service {
        Service {
            code: code.to_owned(),
            facility_cents: Cents(prices.0),
            non_facility_cents: Cents(prices.1),
            units_max,
            anesthesia: false,
            category,
        }
    }
}

/// The built-in professional services: the first four open a claim, the others follow.
pub(crate) fn professional() -> Vec<Service> {
    use Category::{Drug, Other, Preventive, Urgent, Visit};
    vec![
        Service::new("T1015", (7_900, 11_500), 1, Visit),
        Service::new("G0438", (13_600, 17_000), 1, Preventive),
        Service::new("G0439", (9_400, 11_800), 1, Preventive),
        Service::new("S9083", (14_500, 14_500), 1, Urgent),
        Service::new("G0442", (1_480, 1_870), 1, Preventive),
        Service::new("J1885", (75, 75), 4, Drug),
        Service::new("J3301", (183, 183), 8, Drug),
        Service::new("J0696", (61, 61), 8, Drug),
        Service::new("G0108", (4_405, 5_510), 4, Other),
        Service::new("J1100", (13, 13), 10, Drug),
        Service::new("J3420", (211, 211), 1, Drug),
        Service::new("J2405", (9, 9), 8, Drug),
        Service::new("G0447", (2_120, 2_655), 2, Other),
    ]
}

/// The number of services that open a claim.
pub(crate) const OPENING: usize = 4;

/// The drug that needs a prior authorization.
pub(crate) fn authorized_drug() -> Service {
    Service::new("J0897", (2_251, 2_251), 60, Category::DrugAuthorized)
}

/// The service that no plan covers.
pub(crate) fn not_covered() -> Service {
    Service::new("S9970", (3_000, 3_000), 1, Category::NotCovered)
}

/// A hospital outpatient service: revenue code, procedure (or none), charge per unit, most units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutpatientService {
    pub revenue: &'static str,
    pub code: &'static str,
    pub unit_charge_cents: i64,
    pub units_max: u32,
}

/// Hospital outpatient services; the first two open a claim.
pub(crate) const OUTPATIENT: [OutpatientService; 8] = [
    OutpatientService { revenue: "0510", code: "G0463", unit_charge_cents: 21_500, units_max: 1 },
    OutpatientService { revenue: "0450", code: "G0382", unit_charge_cents: 68_400, units_max: 1 },
    OutpatientService { revenue: "0250", code: "", unit_charge_cents: 1_915, units_max: 12 },
    OutpatientService { revenue: "0636", code: "J1885", unit_charge_cents: 420, units_max: 4 },
    OutpatientService { revenue: "0300", code: "P9612", unit_charge_cents: 1_850, units_max: 1 },
    OutpatientService { revenue: "0636", code: "J2405", unit_charge_cents: 96, units_max: 16 },
    OutpatientService { revenue: "0762", code: "G0378", unit_charge_cents: 7_150, units_max: 24 },
    OutpatientService { revenue: "0636", code: "J0696", unit_charge_cents: 312, units_max: 8 },
];

/// A stay: MS-DRG, its weight in ten-thousandths, principal and secondary diagnoses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stay {
    pub drg: &'static str,
    pub kind: &'static str,
    pub mdc: &'static str,
    pub weight: i64,
    pub geometric_days: &'static str,
    pub arithmetic_days: &'static str,
    pub principal: &'static str,
    pub secondary: [&'static str; 2],
}

const fn stay(
    (drg, mdc): (&'static str, &'static str),
    weight: i64,
    days: (&'static str, &'static str),
    diagnoses: [&'static str; 3],
) -> Stay {
    Stay {
        drg,
        kind: "MED",
        mdc,
        weight,
        geometric_days: days.0,
        arithmetic_days: days.1,
        principal: diagnoses[0],
        secondary: [diagnoses[1], diagnoses[2]],
    }
}

/// The stays of the invented hospital.
pub(crate) const STAYS: [Stay; 6] = [
    stay(("193", "04"), 13_144, ("3.9", "4.9"), ["J189", "J9601", "E119"]),
    stay(("291", "05"), 12_838, ("3.8", "5.0"), ["I5023", "J9601", "I10"]),
    stay(("392", "06"), 7_796, ("2.5", "3.2"), ["K529", "E785", "I10"]),
    stay(("603", "09"), 8_709, ("3.1", "3.8"), ["L03115", "E119", "I10"]),
    stay(("690", "11"), 8_095, ("2.8", "3.5"), ["N390", "E119", "E785"]),
    stay(("871", "18"), 19_425, ("4.8", "6.4"), ["A419", "N179", "J9601"]),
];

/// Diagnoses of office and outpatient claims.
pub(crate) const DIAGNOSES: [&str; 14] = [
    "E119", "I10", "J069", "M5450", "E785", "K219", "R059", "F419", "E669", "J0190", "G43909",
    "R0602", "N390", "K529",
];
