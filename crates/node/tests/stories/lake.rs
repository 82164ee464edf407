//! An analyst brings files into the lake, computes its tables and asks.

use crate::place::{Place, folded};

const SPANS: &str = "\
person_id,payer,plan,data_source,enrollment_start_date,enrollment_end_date
p1,plan a,gold,feed,2025-01-01,2025-03-15
p2,plan a,gold,feed,2025-02-10,2025-02-20
p3,plan a,gold,feed,2025-02-30,2025-03-31
";

const LINES: &str = "\
claim_id,claim_line_number,claim_type,person_id,payer,plan,data_source,claim_start_date,\
place_of_service_code,hcpcs_code,paid_amount,allowed_amount,charge_amount
c1,1,professional,p1,plan a,gold,feed,2025-02-03,11,99213,80.00,100.00,150.00
c2,1,professional,p9,plan a,gold,feed,2025-02-04,11,99213,80.00,100.00,150.00
";

fn place() -> Place {
    let place = Place::empty();
    place.write("spans.csv", SPANS);
    place.write("lines.csv", LINES);
    place
}

#[test]
fn files_become_tables_and_tables_answer() {
    let place = place();
    let told = place.run("lake import spans.csv lines.csv");
    assert_eq!(told.code, 1, "a row is kept aside: {told}");
    let aside = told.out.split("aside in ").nth(1).and_then(|rest| rest.lines().next());
    let aside = aside.unwrap_or_default().to_owned();
    insta::assert_snapshot!(folded(&told.out.replace(&aside, "ASIDE")), @r#"
        spans.csv: 3 rows into eligibility; 2 loaded, 1 kept aside in ASIDE
        lines.csv: 2 rows into medical_claim, all loaded
        error   The cell of enrollment_start_date is not a day such as 2025-01-31.
                where: spans.csv, line 4
                why:   The row was kept aside; the rest of the file was loaded.
                fix:   Mend the cell in the file of rows kept aside, then import that file.
                LAKE-cell-unreadable (SNIP type 7)
        note    The file has no column member_id, subscriber_id, gender, race, birth_date, \
              death_date, death_flag, payer_type and 25 others.
                where: spans.csv
                why:   These columns are empty in every row of this file.
                fix:   Map those that the source has; `lake imports --json` lists all.
                LAKE-column-missing (SNIP type 7)
        note    The file has no column member_id, claim_end_date, claim_line_start_date, \
              claim_line_end_date, admission_date, discharge_date, admit_source_code, \
              admit_type_code and 27 others.
                where: lines.csv
                why:   These columns are empty in every row of this file.
                fix:   Map those that the source has; `lake imports --json` lists all.
                LAKE-column-missing (SNIP type 7)
    "#);
    insta::assert_snapshot!(
        folded(&told.err),
        @"2 files imported: 4 rows loaded, 1 kept aside; 0 imported before, 0 refused."
    );
    let mended = place.read(&aside).replace("2025-02-30", "2025-02-28");
    place.write("mended.csv", mended);
    assert_eq!(place.run("lake import mended.csv").code, 0);

    let built = place.run("lake build");
    assert_eq!(built.code, 0, "{built}");
    let again = place.run("lake build");
    insta::assert_snapshot!(
        folded(&again.err),
        @"Nothing has changed since the last build: 30 tables as they were."
    );
    let asked = place.run(
        "lake sql \"select year_month, member_months, paid_amount, paid_pmpm from pmpm \
         where service_category = 'all' order by 1\"",
    );
    insta::assert_snapshot!(folded(&asked.out), @r#"
        +------------+---------------+-------------+-----------+
        | year_month | member_months | paid_amount | paid_pmpm |
        +------------+---------------+-------------+-----------+
        | 202501     | 1             | 0.00        | 0.00      |
        | 202502     | 3             | 80.00       | 26.67     |
        | 202503     | 2             | 0.00        | 0.00      |
        +------------+---------------+-------------+-----------+
    "#);
    let wrong = place.run(
        "lake sql \"select check_code, source_file, source_line from quality_finding \
         order by 2, 3\" --json",
    );
    insta::assert_snapshot!(folded(&wrong.out), @r#"
        {"check_code":"claim-without-member","source_file":"lines.csv","source_line":3}
        {"check_code":"birth-day-missing","source_file":"mended.csv","source_line":2}
        {"check_code":"birth-day-missing","source_file":"spans.csv","source_line":2}
        {"check_code":"birth-day-missing","source_file":"spans.csv","source_line":3}
    "#);
}

#[test]
fn a_file_can_be_taken_out_again() {
    let place = place();
    place.run("lake import lines.csv spans.csv");
    place.run("lake build");
    let count = "lake sql \"select count(*) as months from member_month\" --json";
    assert_eq!(place.run(count).out.trim(), r#"{"months":4}"#);
    assert_eq!(place.run("lake forget nothing.csv").code, 2);
    assert_eq!(place.run("lake forget spans.csv").code, 0);
    let asked = place.run(count);
    assert!(asked.err.contains("since the tables were computed"), "{asked}");
    place.run("lake build");
    assert_eq!(place.run(count).out.trim(), r#"{"months":0}"#);
    place.run("lake import spans.csv");
    place.run("lake build");
    assert_eq!(place.run(count).out.trim(), r#"{"months":4}"#);
}

#[test]
fn what_cannot_be_asked_says_what_to_do() {
    let place = place();
    let cases = [
        ("lake sql \"select 1\"", 3),
        ("lake build --lake absent", 3),
        ("lake describe nothing", 2),
        ("lake import absent.csv", 3),
        ("lake import spans.csv --table claims", 1),
        ("lake import .", 1),
        ("lake sql \"select 1\" --form parquet", 2),
    ];
    for (command, code) in cases {
        let told = place.run(command);
        assert_eq!(told.code, code, "{command}: {told}");
        assert!(!told.out.contains("panicked") && !told.err.contains("panicked"), "{told}");
    }
    place.run("lake import spans.csv");
    let early = place.run("lake sql \"select * from pmpm\"");
    insta::assert_snapshot!(folded(&early.err), @r#"
        error: the tables have not been computed by this version of the program
        
        hint: run `counterfoil lake build` first
    "#);
    place.run("lake build");
    let typo = place.run("lake sql \"select person from member\"");
    insta::assert_snapshot!(folded(&typo.err), @r#"
        error: No field named person. Did you mean 'member.person_id'?
        Valid fields are member.person_id, member.gender, member.birth_date, member.death_date, \
              member.original_reason_entitlement_code, member.dual_status_code, \
              member.medicare_status_code, member.is_long_term_institutional, member.state, \
              member.zip_code.
        
        hint: `counterfoil lake describe` lists the tables, `lake describe TABLE` its columns
    "#);
    assert_eq!(place.run("lake sql \"drop table member\"").code, 2);
}
