//! The demo plan's rules, and the rate, plan and member files that say them.
//!
//! The same constants feed the files and the oracle of [`crate::truth`]; the engines read only
//! the files. Formats: `docs/reference/rate-files.md`.

use crate::services::{Category, STAYS, authorized_drug};
use crate::world::{Coverage, Family, World};
use counterfoil_base::Cents;
use std::fmt::Write;

/// What a plan pays for a category: copay, patient's share in hundredths, deductible.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Benefit {
    pub copay: Cents,
    pub coinsurance_percent: i64,
    pub deductible: bool,
}

const fn benefit(copay: i64, coinsurance_percent: i64, deductible: bool) -> Benefit {
    Benefit { copay: Cents(copay), coinsurance_percent, deductible }
}

/// A benefit plan; limits are (individual, family).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub id: &'static str,
    pub deductible: (Cents, Cents),
    pub out_of_pocket: (Cents, Cents),
    visit: Benefit,
    urgent: Benefit,
    drug: Benefit,
    inpatient: Benefit,
    outpatient: Benefit,
    other: Benefit,
}

impl Plan {
    pub(crate) fn benefit(&self, category: Category) -> Benefit {
        match category {
            Category::Preventive => benefit(0, 0, false),
            Category::Visit => self.visit,
            Category::Urgent => self.urgent,
            Category::Drug | Category::DrugAuthorized => self.drug,
            Category::Inpatient => self.inpatient,
            Category::Outpatient => self.outpatient,
            Category::Other | Category::NotCovered => self.other,
        }
    }
}

pub(crate) const PLANS: [Plan; 2] = [
    Plan {
        id: "FOXGLOVE-SILVER",
        deductible: (Cents(100_000), Cents(200_000)),
        out_of_pocket: (Cents(400_000), Cents(800_000)),
        visit: benefit(2_500, 0, false),
        urgent: benefit(5_000, 0, false),
        drug: benefit(0, 20, true),
        inpatient: benefit(0, 10, true),
        outpatient: benefit(0, 20, true),
        other: benefit(0, 20, true),
    },
    Plan {
        id: "FOXGLOVE-BRONZE",
        deductible: (Cents(300_000), Cents(600_000)),
        out_of_pocket: (Cents(750_000), Cents(1_500_000)),
        visit: benefit(4_000, 10, false),
        urgent: benefit(7_500, 0, true),
        drug: benefit(0, 30, true),
        inpatient: benefit(0, 20, true),
        outpatient: benefit(0, 30, true),
        other: benefit(0, 30, true),
    },
];

/// The payer's name on claims and remittances.
pub const PAYER_NAME: &str = "FOXGLOVE HEALTH PLAN";
/// The payer's identifier on claims (NM109 with PI).
pub const PAYER_ID: &str = "FOX01";
/// The other payer of members who have one.
pub const OTHER_PAYER_ID: &str = "OTH01";
pub(crate) const GROUP_NUMBER: &str = "FXGRP100";
/// Days from the last day of service to receipt.
pub(crate) const TIMELY_FILING_DAYS: i32 = 180;
/// Share of practices' payments that is held back, in hundredths.
pub(crate) const WITHHOLD_PERCENT: i64 = 2;
/// Hospital's base rate for MS-DRGs.
pub(crate) const BASE_RATE: Cents = Cents(650_000);
/// Hospital's share of outpatient charges, in hundredths.
pub(crate) const OUTPATIENT_PERCENT: i64 = 45;
/// Excess of cost before an outlier payment; no generated stay reaches it.
const OUTLIER_THRESHOLD: Cents = Cents(5_000_000);
const SCHEDULE: &str = "FOXGLOVE";

/// A file of a rates or tables folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// File name without folder.
    pub name: String,
    /// Text of the file.
    pub text: String,
}

fn named(name: &str, text: String) -> NamedFile {
    NamedFile { name: name.to_owned(), text }
}

impl World {
    /// The rates folder: plans, contracts, fee schedule, prompt pay and the two small tables.
    #[must_use]
    pub fn rate_files(&self) -> Vec<NamedFile> {
        let year = self.config.month.year();
        vec![
            named("plans.toml", self.plans()),
            named("contracts.toml", self.contracts()),
            named("prompt_pay.toml", PROMPT_PAY.to_owned()),
            named("payment.toml", self.payment_settings()),
            named("fee_schedule.csv", self.fee_schedule()),
            named("place_of_service_demo.csv", PLACES_OF_SERVICE.to_owned()),
            named(&format!("msdrg_table5_fy{year}.csv"), drg_table()),
            named(&format!("msdrg_table5_fy{}.csv", year + 1), drg_table()),
        ]
    }

    /// Small NCCI tables in the publisher's columns: the pair and the unit limits that the
    /// planted errors break. Both are facts of the published quarter 2024-07.
    #[must_use]
    pub fn edit_tables(&self) -> Vec<NamedFile> {
        let pairs = "column1,modifier_indicator,deletion_date,column2_codes\n\
                     G0438,0,9999-12-31,G0439 G0444\n";
        let limits = "hcpcs,mue_units,mai\nG0108,6,3\nJ0696,16,3\nJ0897,120,3\nJ1100,120,3\n\
                      J1885,8,3\nJ2405,64,3\nJ3301,16,3\nJ3420,1,3\n";
        vec![
            named("ncci_ptp_practitioner_2024q3.csv", pairs.to_owned()),
            named("ncci_mue_prac_2024q3.csv", limits.to_owned()),
        ]
    }

    fn first_year(&self) -> i16 {
        self.config.month.year() - 1
    }

    fn plans(&self) -> String {
        let mut out = String::from("# Benefit plans of the generated month.\n");
        for plan in &PLANS {
            let _ = write!(
                out,
                "\n[[plan]]\nid = \"{id}\"\nversion = \"{year}.1\"\n\
                 line_of_business = \"commercial\"\nstate = \"CO\"\nfrom = \"{year}-01-01\"\n\
                 timely_filing_days = {TIMELY_FILING_DAYS}\n\n[plan.in_network]\n\
                 deductible_individual = \"{}\"\ndeductible_family = \"{}\"\n\
                 out_of_pocket_individual = \"{}\"\nout_of_pocket_family = \"{}\"\n",
                plan.deductible.0,
                plan.deductible.1,
                plan.out_of_pocket.0,
                plan.out_of_pocket.1,
                id = plan.id,
                year = self.first_year(),
            );
            self.benefits(plan, &mut out);
        }
        out
    }

    fn benefits(&self, plan: &Plan, out: &mut String) {
        let authorized =
            format!("procedures = [\"{}\"]\nauthorization = \"deny\"", { authorized_drug().code });
        let preventive: Vec<String> = self
            .services
            .iter()
            .filter(|service| service.category == Category::Preventive)
            .map(|service| format!("\"{}\"", service.code))
            .collect();
        let preventive =
            format!("claim_kind = \"professional\"\nprocedures = [{}]", preventive.join(", "));
        let not_covered = "procedures = [\"S9970\"]\ncovered = false";
        let institutional = "claim_kind = \"institutional\"";
        for (id, category, condition) in [
            ("not-covered", Category::NotCovered, not_covered),
            (
                "inpatient",
                Category::Inpatient,
                &format!("{institutional}\nbill_types = [\"11\"]\nauthorization = \"pend\""),
            ),
            ("outpatient", Category::Outpatient, institutional),
            ("preventive", Category::Preventive, &preventive),
            ("clinic-visit", Category::Visit, "procedures = [\"T1015\"]"),
            ("urgent-care", Category::Urgent, "procedures = [\"S9083\"]"),
            ("authorized-drug", Category::DrugAuthorized, &authorized),
            ("drug", Category::Drug, "procedures = [\"J0000-J9999\"]"),
            ("other", Category::Other, ""),
        ] {
            let benefit = plan.benefit(category);
            let _ = writeln!(out, "\n[[plan.benefit]]\nid = \"{id}\"");
            if !condition.is_empty() {
                let _ = writeln!(out, "{condition}");
            }
            let _ = writeln!(
                out,
                "copay = \"{}\"\ncoinsurance = \"0.{:02}\"\ndeductible_applies = {}",
                benefit.copay, benefit.coinsurance_percent, benefit.deductible
            );
        }
    }

    fn contracts(&self) -> String {
        let year = self.first_year();
        let mut out = String::from("# Contracts of the generated month.\n");
        for (hospital, id) in [(false, "FOXGLOVE-PRACTICES"), (true, "FOXGLOVE-LAKESIDE")] {
            let providers = self.providers.iter().filter(|p| p.hospital == hospital);
            let (npis, tax_ids): (Vec<String>, Vec<String>) =
                providers.map(|p| (format!("\"{}\"", p.npi), format!("\"{}\"", p.tax_id))).unzip();
            let _ = write!(
                out,
                "\n[[contract]]\nid = \"{id}\"\nversion = \"{year}.1\"\nnpis = [{}]\n\
                 tax_ids = [{}]\nnetwork = \"in\"\nfrom = \"{year}-01-01\"\n",
                npis.join(", "),
                tax_ids.join(", "),
            );
            if hospital {
                let _ = write!(
                    out,
                    "\n[[contract.term]]\nid = \"inpatient\"\nclaim_kind = \"institutional\"\n\
                     bill_types = [\"11\"]\nmethod = \"drg\"\nbase_rate = \"{BASE_RATE}\"\n\
                     cost_to_charge = \"0.25\"\noutlier_threshold = \"{OUTLIER_THRESHOLD}\"\n\
                     transfer = false\n\n[[contract.term]]\nid = \"outpatient\"\n\
                     claim_kind = \"institutional\"\nmethod = \"percent_of_charge\"\n\
                     percent = \"0.{OUTPATIENT_PERCENT}\"\n"
                );
            } else {
                let _ = write!(
                    out,
                    "withhold = \"0.{WITHHOLD_PERCENT:02}\"\n\n[[contract.term]]\n\
                     id = \"fee-schedule\"\nclaim_kind = \"professional\"\n\
                     method = \"fee_schedule\"\nschedule = \"{SCHEDULE}\"\n"
                );
            }
        }
        out
    }

    fn fee_schedule(&self) -> String {
        let mut out =
            String::from("schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n");
        let from = self.first_year();
        for service in self.services.iter().chain([&authorized_drug()]) {
            let _ = writeln!(
                out,
                "{SCHEDULE},{},,{from}-01-01,,{},{}",
                service.code, service.facility_cents.0, service.non_facility_cents.0
            );
        }
        out
    }

    /// Who pays, and the invented accounts to which payments go. The routing numbers are those
    /// of two Federal Reserve banks, so that they pass their check digit.
    fn payment_settings(&self) -> String {
        let mut out = format!(
            "# Payments of the generated month; the accounts are invented.\n\n[payer]\n\
             name = \"{PAYER_NAME}\"\nid = \"{PAYER_ID}\"\ntax_id = \"990000001\"\n\
             sender_id = \"{PAYER_ID}\"\naddress = \"1 FOXGLOVE WAY\"\ncity = \"DENVER\"\n\
             state = \"CO\"\npostal_code = \"802021234\"\ncontact_name = \"EDI DESK\"\n\
             contact_phone = \"3035550100\"\nrouting = \"102000199\"\naccount = \"100200300\"\n"
        );
        for (number, provider) in (1u32..).zip(&self.providers) {
            let _ = write!(
                out,
                "\n[[payee]]\nnpi = \"{}\"\nrouting = \"101000048\"\naccount = \"{}\"\n",
                provider.npi,
                700_000 + number
            );
        }
        out
    }

    /// The members file, in pieces: pass 0, then what was returned, until nothing is returned.
    pub fn members_chunk(&self, first_family: u32, out: &mut Vec<u8>) -> Option<u32> {
        if first_family == 0 {
            out.extend_from_slice(MEMBERS_HEADER.as_bytes());
        }
        let last = first_family.saturating_add(1_000).min(self.families);
        for number in first_family..last {
            self.member_rows(&self.family(number), out);
        }
        (last < self.families).then_some(last)
    }

    fn member_rows(&self, family: &Family, out: &mut Vec<u8>) {
        let mut rows = String::new();
        let ended = self.calendar.date(-61);
        let to = if family.coverage == Coverage::Ended { ended.to_string() } else { String::new() };
        let (other, order) = match family.coverage {
            Coverage::OtherPrimary => (OTHER_PAYER_ID, "P"),
            _ => ("", ""),
        };
        for member in family.members() {
            let (year, month, day) = member.birth;
            let _ = writeln!(
                rows,
                "{},{},{},{},{},{year:04}-{month:02}-{day:02},{},{},{}-01-01,{to},{other},{order}",
                family.member_id(member.position),
                family.member_id(0),
                member.relationship,
                family.last_name,
                member.first_name,
                member.sex,
                PLANS[family.plan].id,
                self.first_year(),
            );
        }
        out.extend_from_slice(rows.as_bytes());
    }
}

const MEMBERS_HEADER: &str = "member_id,subscriber_id,relationship,last_name,first_name,\
                              birth_date,sex,plan_id,coverage_from,coverage_to,other_payer_id,\
                              other_payer_order\n";

const PLACES_OF_SERVICE: &str = "pos,mpfs_setting,name\n11,Non-Facility,Office\n\
                                 20,Non-Facility,Urgent care\n22,Facility,Outpatient hospital\n";

const PROMPT_PAY: &str = "[[rule]]\nid = \"CO-electronic\"\nstate = \"CO\"\n\
line_of_business = \"any\"\nmedium = \"electronic\"\ndays = 30\nday_kind = \"calendar\"\n\
interest = \"annual\"\nrate = \"0.10\"\nyear_days = 365\neffective_from = \"2002-01-01\"\n\
source = \"C.R.S. 10-16-106.5\"\n";

fn drg_table() -> String {
    let mut out = String::from(
        "msdrg,post_acute,special_pay,mdc,type,title,weight_before_cap,weight,gmlos,amlos\n",
    );
    for stay in &STAYS {
        let weight = format!("{}.{:04}", stay.weight / 10_000, stay.weight % 10_000);
        let _ = writeln!(
            out,
            "{},No,No,{},{},STAY OF MS-DRG {},{weight},{weight},{},{}",
            stay.drg, stay.mdc, stay.kind, stay.drg, stay.geometric_days, stay.arithmetic_days
        );
    }
    out
}
