//! How SQLite finds what each statement asks for: no table that grows is read from end to end
//! where a claim, a file, an event or a page asks.

use super::MIGRATIONS;
use rusqlite::Connection;

/// Statements that read a whole table, or all of a relationship or account, and why they may.
const WHOLE: &[(&str, &str)] = &[
    ("account_all", "people who sign in: few"),
    ("accumulator_all", "once a run"),
    ("audit_all", "a person exports the whole audit"),
    ("audit_last", "ends at the first row"),
    ("bank_all", "the whole bank record is matched"),
    ("claim_count", "a summary"),
    ("claim_decided_after", "what waits for payment, by a partial index"),
    ("claim_payees_due", "payees with open payments, by partial indexes"),
    ("claim_reason_totals", "a summary"),
    ("claim_state_totals", "a summary"),
    ("decision_count", "a summary"),
    ("disputed_open", "take-backs that a provider disputes: few"),
    ("due_mark", "what waits for payment, by partial indexes"),
    ("held_claim_totals", "a summary"),
    ("ledger_account", "a person opens an account"),
    ("ledger_balances", "accounts: few"),
    ("ledger_balances_recomputed", "the books are proved"),
    ("ledger_subject", "a person asks what was booked for a claim"),
    ("ledger_subject_balance", "of accounts of advances and disputes: few postings"),
    ("ledger_subject_balances", "a person asks what is open in an account"),
    ("node_peer_all", "partners: few"),
    ("outbox_pending", "what is still to be written, by a partial index"),
    ("claims_pended", "what waits for a person, by a partial index"),
    ("receivable_all", "the office's report"),
    ("remittance_all", "the whole bank record is matched"),
    ("remittances_to_send", "what is still to be sent, by a partial index"),
    ("settlement_prepared_all", "settlements of a partner: few"),
    ("twin_claim_all", "a scorecard, a comparison"),
    ("twin_claim_refused", "what a payer returned whole, by a partial index"),
    ("twin_dispute_answers", "disputes with an answer, by a partial index"),
    ("twin_due_open", "what is still to be said, by a partial index"),
    ("twin_due_keyed", "what is still to be said, by a partial index"),
    ("twin_due_partners", "what is still to be said, by a partial index"),
    ("twin_event_contracts", "signed contracts, by a partial index"),
    ("twin_event_packs", "published packs, by a partial index"),
    ("twin_event_settlements", "stated settlements, by a partial index"),
    ("twin_half_sizes", "partners: few"),
    ("twin_identifier_all", "partners: few"),
    ("twin_identifier_select", "partners: few"),
    ("twin_relationship_all", "partners: few"),
];

/// Steps that go through a table: without an index term, or with none but the first column of
/// a key that many rows share.
fn goes_through(step: &str) -> bool {
    step.starts_with("SCAN ")
        || (step.starts_with("SEARCH ")
            && ["(relationship_id=?)", "(account=?)"].iter().any(|shared| step.ends_with(shared)))
}

fn statements() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/queries");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let sql = std::fs::read_to_string(&path).unwrap();
        // Parts of lists are put together by the code and are no statements by themselves.
        if !sql.contains('{') && !sql.starts_with('(') && !name.starts_with("copy_") {
            found.push((name, sql));
        }
    }
    found.sort();
    found
}

#[test]
fn no_statement_reads_a_table_that_grows_unless_it_is_meant_to() {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(include_str!("../../sql/migrations/0000-versions.sql")).unwrap();
    for (_, _, sql) in MIGRATIONS {
        database.execute_batch(sql).unwrap();
    }
    let mut wrong = Vec::new();
    let mut whole = Vec::new();
    for (name, sql) in statements() {
        let mut plan = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps = plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        let is_listed = WHOLE.iter().any(|(listed, _)| *listed == name);
        match (steps.iter().find(|step| goes_through(step)), is_listed) {
            (Some(step), false) => wrong.push(format!("{name}: {step}")),
            (Some(_), true) => whole.push(name),
            (None, _) => {}
        }
    }
    let stale = WHOLE.iter().filter(|(listed, _)| !whole.iter().any(|name| name == listed));
    wrong.extend(stale.map(|(listed, _)| format!("{listed} is listed and reads no whole table")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
