//! Two nodes sign a contract, part over a fact, come to agree and book the same.

use crate::nodes_at_work::{hold_the_same, working_pair};
use crate::place::Place;
use crate::serving::until;

const FACTS: &str = "Provider,Member_Months\nClinic,1200\n";

fn measures(first: &str) -> String {
    format!(
        "Provider,Measure,Group,Cases,Performance,Baseline,Threshold,Target\n\
         Clinic,screening,prevention,150,{first},50%,50%,90%\n\
         Clinic,pressure,chronic,90,80%,60%,50%,90%\n\
         Clinic,access,experience,120,85%,80%,50%,90%\n"
    )
}

/// The settlements as a side lists them: one.
fn listed(place: &Place, data: &str) -> serde_json::Value {
    let told = place.run(&format!("settlement list --data {data} --json"));
    told.json()
}

fn prepare(place: &Place, data: &str) -> crate::place::Told {
    place.run(&format!(
        "settlement prepare bonus --year 2026 --facts facts.csv --rows measures={data}.csv \
         --data {data} --json"
    ))
}

#[test]
fn a_contract_is_signed_settled_and_booked_by_two_nodes() {
    let (place, plan, office) = working_pair();
    place.write("facts.csv", FACTS);
    place.write("plan.csv", measures("80%"));
    place.write("office.csv", measures("81%"));
    let made = place.run("contract new bonus --from pay-for-performance");
    assert_eq!(made.code, 0, "{made}");
    let told = place.run("contract sign bonus --from 2026 --by \"R. Alvarez\" --data plan --json");
    assert_eq!(told.code, 0, "{told}");
    assert_eq!(told.json()["standing"], "proposed", "{told}");
    let digest = told.json()["digest"].as_str().expect("a digest").to_owned();
    let short = &digest[..12];
    // The partner reads the very text: in brief, as a folder, and laid beside another one.
    let show = format!("contract show {short} --data office");
    until("the text has come", || place.run(&show).code == 0);
    let shown = place.run(&show);
    assert!(shown.out.contains("# Pay for performance"), "{shown}");
    assert!(shown.err.contains(&digest), "{shown}");
    let out = place.run(&format!("{show} --out proposed"));
    assert_eq!(out.code, 0, "{out}");
    let again = place.run(&format!("{show} --out proposed"));
    assert!(again.code == 2 && again.err.contains("is there already"), "{again}");
    let same = place.run(&format!("contract diff {short} proposed --data office"));
    assert_eq!(same.code, 0, "{same}");
    let early = prepare(&place, "office");
    assert!(early.code == 3 && early.err.contains("both have to sign first"), "{early}");
    let told = place.run(&format!("contract sign {short} --by \"N. Weber\" --data office"));
    assert!(told.code == 0 && told.err.contains("in force from 2026-01-01"), "{told}");
    let twice = place.run(&format!("contract sign {short} --from 2026 --by N --data office"));
    assert!(twice.code == 3 && twice.err.contains("has signed the same before"), "{twice}");
    let list = "contract list --on 2026-03-01 --data plan --json";
    until("it is in force", || place.run(list).json()["in_force"] == true);
    assert_eq!(place.run(list).json()["provider"]["by"], "N. Weber");
    // Each settles on its own facts, which part in one fact.
    for (data, person) in [("plan", "R. Alvarez"), ("office", "N. Weber")] {
        let settled = prepare(&place, data);
        assert!(settled.code <= 1, "{settled}");
        let line = format!("settlement state bonus --year 2026 --by \"{person}\" --data {data}");
        assert_eq!(place.run(&line).code, 0);
    }
    until("they part", || listed(&place, "plan")["comparison"]["standing"] == "parts");
    let told = place.run("settlement list --data plan");
    assert_eq!(told.code, 1, "{told}");
    assert!(told.out.contains("Clinic: rows measures: 3 rows, SHA-256"), "{told}");
    let refused = place.run("settlement book bonus --year 2026 --data plan");
    assert!(refused.code == 3 && refused.err.contains("states something else"), "{refused}");
    // The office finds its mistake and restates; then both book the same.
    place.write("office.csv", measures("80%"));
    let settled = prepare(&place, "office").json();
    assert_eq!(settled["comparison"]["standing"], "same", "{settled}");
    let told =
        place.run("settlement state bonus --year 2026 --by \"N. Weber\" --data office --json");
    assert_eq!(told.json()["status"], "restated", "{told}");
    let amount = settled["amount_cents"].as_i64().expect("an amount");
    assert!(amount > 0, "{settled}");
    for data in ["plan", "office"] {
        until("they agree", || listed(&place, data)["standing"] == "agreed");
        let line =
            format!("settlement book bonus --year 2026 --on 2025-02-21 --data {data} --json");
        let booked = place.run(&line).json();
        let sums = [&booked["owed_cents"], &booked["paid_cents"]];
        assert_eq!(sums, [amount, amount], "{booked}");
        assert_eq!(place.run(&line).json()["is_new"], false, "it is booked once");
        place.books(data);
        assert_eq!(listed(&place, data)["booked"][0]["statement"], settled["settlement"]);
    }
    let theirs = "settlement show bonus --year 2026 --theirs --statements theirs --data plan";
    let shown = place.run(theirs);
    assert_eq!(shown.code, 0, "{shown}");
    let opened = place.run("contract explain theirs/Clinic.json bonus");
    assert!(opened.code == 0 && opened.out.contains("clause"), "{opened}");
    until("both hold the same", || hold_the_same(&place));
    let same = place.run("twin match --data plan --data office");
    assert!(same.code == 0 && same.out.contains(": equal"), "{same}");
    plan.stop();
    office.stop();
}
