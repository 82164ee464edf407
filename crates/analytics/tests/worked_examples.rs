//! Definitions against worked examples: each case is reckoned by hand from the definition that
//! the table's dictionary entry cites. All cases of a definition lie in one lake, each under its
//! own person and source.

mod common;

use common::{World, words};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const ELIGIBILITY: &str = "person_id,member_id,payer,plan,data_source,enrollment_start_date,\
                           enrollment_end_date\n";
const CLAIM: &str = "claim_id,claim_line_number,claim_type,person_id,payer,plan,data_source,\
                     claim_start_date,claim_end_date,bill_type_code,revenue_center_code,\
                     place_of_service_code,hcpcs_code,rendering_npi,billing_tin,facility_npi,\
                     discharge_disposition_code,admit_type_code,drg_code,diagnosis_code_1,\
                     paid_amount,allowed_amount\n";

/// Rows of an answer by their first column.
fn by_first(rows: Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (first, rest) = row.split_once(',').expect("two columns");
        found.entry(first.to_owned()).or_default().push(rest.replace(',', " "));
    }
    found
}

/// One worked example.
#[derive(serde::Deserialize)]
struct Case {
    why: String,
    given: Vec<String>,
    expect: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// The worked examples of one definition; the head of the file says how they are written.
fn cases(name: &str) -> Vec<Case> {
    let path = format!("{}/tests/worked/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the file is there");
    let cases: Cases = toml::from_str(&text).expect("cases");
    assert!(cases.case.len() > 20, "{name}");
    cases.case
}

fn expect_all(found: &BTreeMap<String, Vec<String>>, cases: &[Case]) {
    let mut wrong = String::new();
    for (number, case) in cases.iter().enumerate() {
        let rows = found.get(&format!("case{number}")).cloned().unwrap_or_default();
        if rows != case.expect {
            writeln!(wrong, "{}: {rows:?}, by hand {:?}", case.why, case.expect).expect("text");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn member_months_are_those_with_a_day_of_coverage() {
    let cases = cases("member_months");
    let world = World::new();
    let mut text = ELIGIBILITY.to_owned();
    for (number, case) in cases.iter().enumerate() {
        for span in &case.given {
            let [first, last, payer] = words(span)[..] else { panic!("{span}") };
            writeln!(text, "case{number},m{number},{payer},p,s,{first},{last}").expect("text");
        }
    }
    world.import("eligibility.csv", text);
    world.build();
    let rows = world.ask(
        "select person_id, payer, year_month from member_month \
         order by person_id, payer, year_month",
    );
    expect_all(&by_first(rows), &cases);
    let months = world.cell("select sum(member_months) from member_month");
    let expected: usize = cases.iter().map(|case| case.expect.len()).sum();
    assert_eq!(months, expected.to_string());
    let runs = world.ask(
        "select first_year_month, last_year_month, member_months from enrollment_span \
         where person_id = 'case12' order by 1",
    );
    assert_eq!(runs, ["202001,202001,1", "202003,202003,1"]);
}

#[test]
fn cost_per_member_per_month_is_that_of_covered_months() {
    let cases = cases("pmpm");
    let world = World::new();
    let (mut spans, mut claims) = (ELIGIBILITY.to_owned(), CLAIM.to_owned());
    let mut drugs = "claim_id,claim_line_number,person_id,payer,plan,data_source,dispensing_date,\
                     paid_amount\n"
        .to_owned();
    for (number, case) in cases.iter().enumerate() {
        for (line, row) in case.given.iter().enumerate() {
            let person = |word: &str| format!("{number}-{word}");
            match words(row)[..] {
                ["c", who, first, last] => {
                    let who = person(who);
                    writeln!(spans, "{who},{who},case{number},p,s,{first},{last}")
                }
                ["m", who, day, paid] => writeln!(
                    claims,
                    "{number}-{line},1,professional,{},case{number},p,s,{day},{day},,,11,99213,,,,,\
                     ,,,{paid},",
                    person(who)
                ),
                ["r", who, day, paid] => {
                    let who = person(who);
                    writeln!(drugs, "{number}-{line},1,{who},case{number},p,s,{day},{paid}")
                }
                _ => panic!("{row}"),
            }
            .expect("text");
        }
    }
    world.import("eligibility.csv", spans);
    world.import("medical_claim.csv", claims);
    world.import("pharmacy_claim.csv", drugs);
    world.build();
    let rows = world.ask(
        "select payer, year_month, member_months, paid_amount, paid_pmpm from pmpm \
         where service_category = 'all' order by payer, year_month",
    );
    expect_all(&by_first(rows), &cases);
    let parts = world.cell(
        "select sum(case when service_category = 'all' then paid_amount else -paid_amount end) \
         from pmpm",
    );
    assert_eq!(parts, "0.00", "categories sum to all");
}

#[test]
fn returns_within_30_days_are_told_stay_by_stay() {
    let cases = cases("readmissions");
    let world = World::new();
    let mut claims = CLAIM.to_owned();
    for (number, case) in cases.iter().enumerate() {
        // The data of each source go up to the last day of 2021.
        let anchor = "2021-12-31 2021-12-31 z 01 1 291 I50".to_owned();
        for (line, stay) in case.given.iter().chain([&anchor]).enumerate() {
            let [first, last, facility, status, kind, group, diagnosis] = words(stay)[..] else {
                panic!("{stay}")
            };
            let who =
                if *stay == anchor { format!("anchor{number}") } else { format!("case{number}") };
            writeln!(
                claims,
                "{line},1,institutional,{who},a,p,s{number},{first},{last},111,0120,,,,,{facility},\
                 {status},{kind},{group},{diagnosis},1.00,1.00"
            )
            .expect("text");
        }
    }
    world.import("medical_claim.csv", claims);
    world.build();
    let rows = world.ask(
        "select person_id, concat(\
         case when is_index_admission then 'index' else not_index_reason end, \
         case when is_unplanned_readmitted_30_days \
         then concat(' ', days_to_readmission, ' unplanned') \
         when is_readmitted_30_days then concat(' ', days_to_readmission, ' planned') \
         else ' no' end) \
         from readmission order by person_id, first_day, last_day",
    );
    expect_all(&by_first(rows), &cases);
}

#[test]
fn people_are_assigned_by_plurality_in_two_steps() {
    let cases = cases("attribution");
    let world = World::new();
    let mut claims = CLAIM.to_owned();
    for (number, case) in cases.iter().enumerate() {
        for (line, service) in case.given.iter().enumerate() {
            let [day, code, npi, tin, allowed] = words(service)[..] else { panic!("{service}") };
            let (code, place) = code.split_once('@').unwrap_or((code, "11"));
            writeln!(
                claims,
                "{number}-{line},1,professional,case{number},a,p,s,{day},{day},,,{place},{code},\
                 {npi},{tin},,,,,,1.00,{allowed}"
            )
            .expect("text");
        }
    }
    world.import("medical_claim.csv", claims);
    world.import(
        "practitioner.csv",
        "practitioner_id,npi,specialty,data_source\n1,pcp,Internal Medicine,s\n\
         2,np,Nurse Practitioner,s\n3,card,Cardiology,s\n4,derm,Dermatology,s\n5,fam,8,s\n",
    );
    world.import(
        "provider_affiliation.csv",
        "affiliate_id,affiliate_kind,organization_id,organization_kind,start_date,end_date,\
         data_source\n\
         t3,practice,aco,aco,2020-07-01,,s\nt5,practice,aco,aco,,,s\n",
    );
    world.build();
    let rows = world.ask(
        "select person_id, method, performance_year, organization_id, step from attribution \
         order by person_id, method, performance_year",
    );
    expect_all(&by_first(rows), &cases);
}
