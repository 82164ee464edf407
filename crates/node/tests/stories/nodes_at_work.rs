//! Two nodes do the work of their offices: claims out, decisions and payments back.

use crate::claims::{Bill, VISIT, file_837p};
use crate::place::{Place, copy};
use crate::serving::{AT_ONCE, Serving, make_at, set, until};
use counterfoil_store::Store;
use std::collections::BTreeMap;
use std::fs;

/// A payer and a provider that work at once, paired.
pub fn working_pair() -> (Place, Serving, Serving) {
    working_pair_at(None)
}

/// The same; on a server when the address of one is given.
pub fn working_pair_at(server: Option<&str>) -> (Place, Serving, Serving) {
    let place = Place::with_plan();
    fs::rename(place.path("plan"), place.path("desk")).expect("the desk's files");
    for (data, role) in [("plan", "payer"), ("office", "provider")] {
        make_at(&place, (data, role), server);
        set(&place, data, &AT_ONCE);
        place.write(&format!("{data}/business-day"), "2025-02-20");
    }
    copy(&place.path("desk/rates"), &place.path("plan/rates"));
    fs::copy(place.path("desk/members.csv"), place.path("plan/members.csv")).expect("members");
    let (plan, office) = (Serving::begin(&place, "plan"), Serving::begin(&place, "office"));
    let told = place.run("node invite --data plan --partner Clinic --identifier 1234567893 --json");
    let code = told.json()["code"].as_str().expect("a code").to_owned();
    let line = format!("node join {code} --data office --partner Plan --identifier FOX01");
    let joined = place.run(&line);
    assert_eq!(joined.code, 0, "{joined}");
    (place, plan, office)
}

/// Puts a file into a folder as a program does that writes beside the place first.
pub fn bring(place: &Place, folder: &str, name: &str, content: impl AsRef<[u8]>) {
    place.write(&format!("{folder}/{name}.part"), content);
    let (from, to) = (format!("{folder}/{name}.part"), format!("{folder}/{name}"));
    fs::rename(place.path(&from), place.path(&to)).expect("a file is put in its place");
}

/// Whether the databases of the plan and the office hold the same events and neither has
/// anything left to say: what a node tells of itself is as old as its last look.
pub fn hold_the_same(place: &Place) -> bool {
    let held = |data: &str| {
        let mut store = Store::open_folder(&place.path(data)).expect("a database");
        let sizes = store.read("halves", |tx| tx.half_sizes()).expect("sizes are read");
        let dues = store.read("dues", |tx| tx.relationships_with_dues()).expect("dues are read");
        let sizes: BTreeMap<u8, u64> = sizes.into_iter().map(|one| (one.1, one.2)).collect();
        (dues, sizes)
    };
    let (plan, office) = (held("plan"), held("office"));
    plan == office && plan.0.is_empty()
}

fn logged(place: &Place, data: &str, words: &str) -> usize {
    place.read(&format!("{data}.log")).matches(words).count()
}

/// A 999 of a clearing house, which takes a group of claims in.
fn answer_of_house(group: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*HOUSE          *ZZ*ALDERBILLING   *250220*0830*^*00501*\
         {group:09}*0*P*:~GS*FA*HOUSE*ALDERBILLING*20250220*0830*1*X*005010X231A1~\
         ST*999*0001*005010X231A1~AK1*HC*{group}*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~\
         AK9*A*1*1*1~SE*6*0001~GE*1*1~IEA*1*{group:09}~"
    )
}

#[test]
fn claims_go_out_and_come_back_decided_paid_and_posted() {
    let (place, plan, office) = working_pair();
    let good = Bill { number: "W-1", ..VISIT };
    let nobody = Bill { number: "W-2", member: "M0000009", ..VISIT };
    let no_day = Bill { number: "W-3", day: "20250231", ..VISIT };
    let file = file_837p(7, &[good, nobody, no_day]);
    place.write("first.837", &file);
    place.write("office/inbox/unfinished.837.part", "ISA*00*");
    bring(&place, "office/inbox", "first.837", &file);
    until("the payment is posted", || logged(&place, "office", "a remittance was posted") == 1);
    until("the answers are read", || office.metric("work_documents_waiting") == Some(0));
    let told = place.run("claim submit first.837 --data office --on 2025-02-20 --json").json();
    assert_eq!(told["submitted_before"], true, "{told}");
    assert_eq!(told["held"][0]["patient_control_number"], "W-3", "{told}");
    let shown = place.run("twin show W-1 --data office");
    assert!(shown.code == 0 && shown.out.contains("90.00 posted, 35.00 adjusted"), "{shown}");
    until("both hold the same", || hold_the_same(&place));
    let same = place.run("twin match --data plan --data office");
    assert!(same.code == 0 && same.out.contains(": equal"), "{same}");
    // What the check holds and what the payer returned goes out corrected, as new claims.
    let member = Bill { number: "W-2", day: "20250103", ..VISIT };
    let day = Bill { number: "W-3", day: "20250104", ..VISIT };
    bring(&place, "office/inbox", "second.837", file_837p(8, &[member, day]));
    until("it is paid", || logged(&place, "office", "a remittance was posted") == 2);
    let told = place.run("claim submit first.837 --data office --on 2025-02-20");
    assert_eq!(told.code, 0, "nothing is held any more: {told}");
    assert!(place.path("office/inbox/unfinished.837.part").exists());
    // A clearing house answers in its own name: it is the plan's when it is about what the plan was
    // sent, and nobody's when it is about nothing that went out.
    bring(&place, "office/inbox", "house.999", answer_of_house(8));
    bring(&place, "office/inbox", "stray.999", answer_of_house(77));
    until("one is nobody's", || office.metric("work_files_refused") == Some(1));
    let reason = place.read("office/inbox/refused/stray.999.reason.txt");
    assert!(reason.contains("did not go to one partner"), "{reason}");
    until("the other is taken", || place.path("office/inbox/taken/house.999").exists());
    assert_eq!(place.names("office/inbox/taken"), ["first.837", "house.999", "second.837"]);
    let books = place.run("ledger trial-balance --data office");
    assert_eq!(books.code, 0, "{books}");
    plan.stop();
    office.stop();
}

#[test]
fn a_file_that_cannot_be_used_is_put_aside_with_its_reason() {
    let (place, plan, office) = working_pair();
    bring(&place, "office/inbox", "letter.txt", "Dear Sir or Madam");
    bring(&place, "plan/inbox", "letter.txt", "Dear Sir or Madam");
    until("it is refused", || office.metric("work_files_refused") == Some(1));
    let reason = place.read("office/inbox/refused/letter.txt.reason.txt");
    assert!(reason.contains("no claims (837), no remittance (835)"), "{reason}");
    assert!(office.get("/health").contains("1 files were refused"));
    until("the payer refuses it too", || plan.metric("work_files_refused") == Some(1));
    // The others go on, and so does this node when the rates are gone.
    fs::rename(place.path("plan/rates"), place.path("plan/gone")).expect("the rates");
    bring(&place, "office/inbox", "claims.837", file_837p(1, &[VISIT]));
    until("the payer says what it needs", || plan.get("/health").contains("payment.toml"));
    fs::rename(place.path("plan/gone"), place.path("plan/rates")).expect("the rates");
    until("it is decided", || logged(&place, "office", "a remittance was posted") == 1);
    until("the payer is well", || !plan.get("/health").contains("payment.toml"));
}
