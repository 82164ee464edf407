//! What a node finds in a file is not lost when something in the file worked.

use crate::claims::{NOT_COVERED, VISIT, file_837p};
use crate::nodes_at_work::bring;
use crate::place::Place;
use crate::serving::{AT_ONCE, Serving, make, set, until};
use crate::two_nodes::ask;
use std::io::Write;
use std::process::Stdio;

/// A provider's node, and the cookie of a biller who is signed in.
fn office() -> (Place, Serving, String) {
    let place = Place::with_plan();
    make(&place, "office", "provider");
    set(&place, "office", &AT_ONCE);
    place.write("office/business-day", "2025-02-20");
    let add = "account add ida --role PB --data office";
    let mut adding = place.command(add).stdin(Stdio::piped()).spawn().expect("it starts");
    let mut input = adding.stdin.take().expect("an input");
    input.write_all(b"a long enough password\n").expect("a password");
    drop(input);
    assert!(adding.wait().expect("it ends").success());
    let office = Serving::begin(&place, "office");
    let told = ask(&office, "POST /sign-in", "", "name=ida&password=a+long+enough+password");
    let cookie = told.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.and_then(|line| line.split(';').next()).expect("a session").to_owned();
    (place, office, cookie)
}

/// The page of the file with a name, from the list of files.
fn page_of(office: &Serving, cookie: &str, name: &str) -> String {
    let list = ask(office, "GET /files", cookie, "");
    let row = list.split("href=\"/files/").find(|row| row.contains(&format!(">{name}<")));
    let id = row.and_then(|row| row.split('"').next()).unwrap_or_else(|| panic!("{name}: {list}"));
    ask(office, &format!("GET /files/{id}"), cookie, "")
}

/// The payer's 835, sent once more in one file with another that lacks its trailer.
fn two_835s(place: &Place) -> String {
    place.write("june.837", file_837p(1, &[VISIT, NOT_COVERED]));
    let told = place.run(
        "claim adjudicate june.837 --rates plan/rates --members plan/members.csv \
         --on 2025-01-06 --out out --data payer",
    );
    assert_eq!(told.code, 0, "{told}");
    let whole = place.read(&place.named("out", "835-"));
    let from = whole.find("ST*835").expect("a set");
    let to = whole.find("GE*1*").expect("its end");
    let set = &whole[from..to];
    let wrong = set.replace("ST*835*", "ST*835*9").replace("TRN*1*", "TRN*1*9");
    let (before, after) = whole.split_at(to);
    format!("{before}{wrong}{}", after.replacen("GE*1*", "GE*2*", 1))
}

#[test]
fn what_was_not_used_of_a_file_is_on_its_page_and_on_health() {
    let (place, office, cookie) = office();
    bring(&place, "office/inbox", "two.835", two_835s(&place));
    let rows = "date,amount,description,reference\nsoon,12.00,TWO,R2\n2025-01-07,90.00,ONE,R1\n";
    bring(&place, "office/inbox", "july.csv", rows);
    until("both are told", || office.metric("work_files_partly") == Some(2));
    assert!(office.get("/health").contains("2 files were taken in part alone"));
    let page = page_of(&office, &cookie, "july.csv");
    assert!(page.contains("partly refused") && page.contains("A row has no readable date."));
    assert!(page.contains("segment or line 2"), "{page}");
    let page = page_of(&office, &cookie, "two.835");
    assert!(page.contains("partly refused") && page.contains("An 835 was not posted."), "{page}");
    let told = place.run("remit unmatched --data office --json");
    let lines = told.json_lines();
    let standing = |outcome: &str, of: &str| -> Vec<serde_json::Value> {
        let found = lines.iter().filter(|line| line["outcome"] == outcome);
        found.flat_map(|line| line[of].as_array().expect("a list").clone()).collect()
    };
    let movements = standing("unmatched bank", "bank_entries");
    assert_eq!(movements.len(), 1, "the row that could be read stands: {told}");
    assert_eq!(
        (&movements[0]["reference"], &movements[0]["amount_cents"]),
        (&"R1".into(), &9_000.into())
    );
    let posted = standing("unmatched remit", "remittances");
    assert_eq!(posted.len(), 1, "the 835 that is whole stands: {told}");
    for file in ["two.835", "july.csv"] {
        let reason = place.path(&format!("office/inbox/taken/{file}.reason.txt"));
        std::fs::remove_file(reason).expect("a reason beside the file");
    }
    until("somebody has looked", || !office.get("/health").contains("in part alone"));
    // Nobody's answer is refused by name, and so is what nobody understands.
    bring(&place, "office/inbox", "letter.txt", "Dear Sir or Madam");
    until("it is refused", || office.metric("work_files_refused") == Some(1));
    let page = page_of(&office, &cookie, "letter.txt");
    assert!(page.contains("refused") && page.contains("It holds no claims (837)"), "{page}");
    // A byte order mark and an empty line stand before the claims of some programs.
    let file = format!("\u{feff}\r\n{}", file_837p(9, &[VISIT]));
    bring(&place, "office/inbox", "mark.837", file);
    until("it is taken", || place.path("office/inbox/taken/mark.837").exists());
    office.stop();
}

#[test]
fn a_file_with_separators_of_its_own_is_sent_without_what_is_held_and_the_next_one_too() {
    let (place, office, _) = office();
    let no_day = crate::claims::Bill { number: "EV-8", day: "20250231", ..VISIT };
    let file = file_837p(11, &[VISIT, no_day]).replace(':', ">");
    let file = file.replace("FOXGLOVE HEALTH PLAN", "FOXGLOVE: HEALTH PLAN");
    bring(&place, "office/inbox", "own.837", file);
    until("it is sent", || place.path("office/inbox/taken/own.837").exists());
    let other = crate::claims::Bill { number: "EV-7", day: "20250103", ..VISIT };
    bring(&place, "office/inbox", "plain.837", file_837p(12, &[other]));
    until("so is the next", || place.path("office/inbox/taken/plain.837").exists());
    until("both lie there to be sent", || {
        place.path("office/out").is_dir() && place.names("office/out").len() == 2
    });
    let sent: Vec<String> = place.names("office/out");
    let sent: Vec<String> =
        sent.iter().map(|one| place.read(&format!("office/out/{one}"))).collect();
    assert!(sent.iter().any(|one| one.contains("FOXGLOVE: HEALTH PLAN") && one.contains("*P*>~")));
    assert!(sent.iter().all(|one| !one.contains("EV-8")), "{sent:?}");
    office.stop();
}
