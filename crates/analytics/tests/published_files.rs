//! The Tuva project's synthetic claims, against counts made from the files by hand.

mod common;

use common::World;
use counterfoil_analytics::{ImportOptions, Imported, import_file};
use std::path::Path;

counterfoil_samples::run_over!("data/tuva", every_row_is_loaded_and_the_tables_agree);

fn every_row_is_loaded_and_the_tables_agree(folder: &Path) {
    let world = World::new();
    let files = [
        ("appointment", 156),
        ("eligibility", 31),
        ("immunization", 17),
        ("lab_result", 1162),
        ("medical_claim", 2075),
        ("observation", 2917),
        ("pharmacy_claim", 291),
        ("provider_attribution", 2),
    ];
    for (table, rows) in files {
        let path = folder.join(format!("{table}.csv.gz"));
        let take = || {
            import_file(&world.lake, &path, &ImportOptions::default(), &mut |_| {}).expect("read")
        };
        let report = take();
        let record = report.record.expect("loaded");
        let told = (record.table.as_str(), record.rows, record.loaded, record.aside);
        assert_eq!(told, (table, rows, rows, 0));
        assert!(record.unknown_columns.is_empty(), "{table}: every column has its place");
        assert_eq!(take().outcome, Imported::Before, "a second import changes nothing");
    }
    world.build();
    // Counted and summed from the files by a script of another language.
    let expected = [
        ("select sum(member_months) from member_month", "309"),
        ("select count(*) from member", "10"),
        ("select count(distinct claim_id) from medical_claim_line", "1138"),
        ("select sum(paid_amount) from person_month_cost where is_covered", "183411.15"),
        ("select sum(paid_amount) from person_month_cost where not is_covered", "26235.10"),
        ("select sum(claim_lines) from person_month_cost where is_covered", "2070"),
        (
            "select paid_pmpm from pmpm where service_category = 'all' and year_month = '201704'",
            "405.43",
        ),
        ("select count(*) from encounter where encounter_type = 'acute inpatient'", "6"),
        ("select sum(claim_lines) from encounter", "2075"),
        ("select days_to_readmission from readmission where is_unplanned_readmitted_30_days", "7"),
        ("select count(*) from attribution where method = 'payer'", "2"),
        (
            "select count(*) from risk_score as s where s.score <> (select sum(coefficient) \
             from risk_addend as a where a.person_id = s.person_id \
             and a.payment_year = s.payment_year and a.model = s.model)",
            "0",
        ),
        ("select sum(paid_amount) from organization_year where method = 'payer'", "183411.15"),
        ("select sum(member_months) from organization_year where method = 'payer'", "309"),
        (
            "select (select sum(paid_amount) from encounter) \
             - (select sum(paid_amount) from input.medical_claim)",
            "0.00",
        ),
    ];
    for (question, answer) in expected {
        assert_eq!(world.cell(question), answer, "{question}");
    }
}
