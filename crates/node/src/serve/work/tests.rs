//! The work of an office, round by round, without a process.

use super::*;
use crate::config::PayWhen;
use crate::data::{BANK, DOCUMENTS, INBOX};
use crate::keeper::lock;
use crate::serve::tests::node_of_test;
use counterfoil_base::Phi;
use counterfoil_operations::halves::{Terms, open_relationship};
use counterfoil_store::FileFate;
use counterfoil_twin::{Author, PrivateKey, to_hex};
use counterfoil_web::view::{CheckRequest, CheckSource};
use counterfoil_web::{Account, Desk as _, Employer, Viewer};
use std::cell::Cell;
use std::path::Path;

#[allow(dead_code, reason = "the stories of the whole program use the rest")]
#[path = "../../../tests/stories/claims.rs"]
mod claims;

fn begin(role: Role) -> (tempfile::TempDir, Arc<Node>, Office, Hands) {
    let (folder, node) = node_of_test(role);
    let store = node.folder.store().unwrap_or_else(|cause| panic!("{cause}"));
    let (mut hands, office) = (hands(&node), office(node.clone(), store));
    match &mut hands {
        Hands::Payer(work) => work.inbox.count_every = Duration::ZERO,
        Hands::Provider(work) => {
            work.inbox.count_every = Duration::ZERO;
            work.bank.count_every = Duration::ZERO;
        }
    }
    (folder, node, office, hands)
}

/// Rounds until what lies in the folders was worked on.
fn settled(node: &Node, office: &mut Office, hands: &mut Hands) -> WorkBoard {
    again(office, hands);
    std::thread::sleep(node.folder.config.inbox_settle * 2);
    again(office, hands);
    again(office, hands)
}

/// Terms with a payer who goes by this identifier.
fn terms_with(node: &Node, identifier: &str) -> Terms {
    Terms {
        role: Author::Provider,
        partner: "Plan".to_owned(),
        own_name: "Clinic".to_owned(),
        payer_key: PrivateKey::from_seed(&[3; 32]).public_key(),
        provider_key: node.key.public_key(),
        nonce: [9; 32],
        identifiers: vec![identifier.to_owned()],
    }
}

fn relation_with(node: &Node, identifier: &str) -> counterfoil_operations::halves::Relation {
    let terms = terms_with(node, identifier);
    let opened = lock(&node.store).transaction("a partner", |tx| open_relationship(tx, &terms));
    opened.expect("a relationship")
}

/// An interchange of a sender with these groups.
fn answer(sender: &str, groups: &str) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*ALDERBILLING   *250220*0830*^*00501*\
         000000009*0*P*:~{groups}IEA*1*000000009~"
    )
}

/// A group with a 999 that refuses the set of a group of claims.
fn refusal(group: u32) -> String {
    format!(
        "GS*FA*A*B*20250220*0830*1*X*005010X231A1~ST*999*0001*005010X231A1~\
         AK1*HC*{group}*005010X222A1~AK2*837*0001*005010X222A1~IK5*R*5~AK9*R*1*1*0~\
         SE*6*0001~GE*1*1~"
    )
}

/// What became of the file with these bytes, and the codes of what was found in it.
fn kept(office: &mut Office, bytes: &str) -> (Option<FileFate>, Vec<String>) {
    let digest = to_hex(&counterfoil_twin::sha256(&[bytes.as_bytes()]));
    let found = office.store.read("look", |tx| {
        Ok::<_, OperationsError>((tx.file_outcome(&digest)?, tx.file_findings(&digest)?))
    });
    let (outcome, findings) = found.expect("the database is read");
    (outcome.map(|one| one.fate), findings.into_iter().map(|one| one.code).collect())
}

#[test]
fn answers_that_match_nothing_and_sets_that_nothing_reads_are_told() {
    let (folder, node, mut office, mut hands) = begin(Role::Provider);
    relation_with(&node, "FOX01");
    let other = "GS*HB*A*B*20250220*0830*2*X*005010X279A1~ST*271*0001*005010X279A1~SE*2*0001~\
                 GE*1*2~";
    let claims = claims::file_837p(3, &[claims::VISIT]);
    let set =
        claims.split("GS*").nth(1).and_then(|rest| rest.split("IEA*").next()).expect("a group");
    let files = [
        ("unknown.999", answer("FOX01", &refusal(5))),
        ("two.999", answer("FOX01", &format!("{}{other}", refusal(6)))),
        ("house.999", answer("HOUSE", &refusal(7))),
        ("mixed.837", answer("FOX01", &format!("{}GS*{set}", refusal(8)))),
    ];
    let inbox = folder.path().join(INBOX);
    std::fs::create_dir_all(&inbox).expect("a folder");
    for (name, text) in &files {
        std::fs::write(inbox.join(name), text).expect("a file");
    }
    let board = settled(&node, &mut office, &mut hands);
    assert_eq!((board.files_partly, board.files_refused), (2, 2), "{:?}", board.troubles);
    let unknown = "OPS-7-answer-unknown".to_owned();
    let partly = Some(FileFate::PartlyRefused);
    assert_eq!(kept(&mut office, &files[0].1), (partly, vec![unknown.clone()]));
    let both = vec![unknown, "OPS-7-set-not-used".to_owned()];
    assert_eq!(kept(&mut office, &files[1].1), (partly, both));
    for (name, why) in
        [("house.999", "no identifier of a partner"), ("mixed.837", "together with payments or")]
    {
        let reason = inbox.join(format!("refused/{name}.reason.txt"));
        let reason = std::fs::read_to_string(reason).expect("a reason");
        assert!(reason.contains(why), "{name}: {reason}");
    }
}

#[test]
fn a_file_that_fails_holds_up_no_other_one() {
    let (folder, _node, mut office, _hands) = begin(Role::Provider);
    let paths = ["a", "b", "c"].map(|name| folder.path().join(name));
    let mut done = Vec::new();
    let did = office.each_file(INBOX, &paths, |_, path| {
        done.push(folder::name_of(path));
        match path.ends_with("b") {
            true => Err(Failure::office("the disk is full", "make room")),
            false => Ok(()),
        }
    });
    assert!(did && done == ["a", "b", "c"], "{done:?}");
    assert_eq!(office.troubles.keys().collect::<Vec<_>>(), ["inbox/b"]);
    assert!(!office.each_file(INBOX, &paths[1..2], |_, _| panic!("it waits a while")));
    office.each_file("bank", &[], |_, _| Ok(()));
    assert_eq!(office.troubles.len(), 1, "it is no file of the bank's folder");
    office.each_file(INBOX, &[], |_, _| Ok(()));
    assert!(office.troubles.is_empty(), "it is gone");
}

#[test]
fn what_another_process_holds_for_rules_goes_out_when_they_are_there() {
    use counterfoil_operations::provider::{HeldCause, HeldClaim, HeldFinding, hold};
    let (_folder, node, mut office, mut hands) = begin(Role::Provider);
    again(&mut office, &mut hands);
    let text = claims::file_837p(4, &[claims::VISIT]);
    let awaited = HeldClaim {
        file_digest: "aa".to_owned(),
        ordinal: 1,
        file_name: "earlier.837".to_owned(),
        billing_provider: "1234567893".to_owned(),
        patient_control_number: "EV-1".to_owned(),
        payer_id: "FOX01".to_owned(),
        charge_cents: counterfoil_base::Cents(15_000),
        cause: HeldCause::Checked,
        findings: vec![HeldFinding {
            code: "OPS-7-rules-awaited".to_owned(),
            snip: 7,
            message: "Rules are away.".to_owned(),
            ..HeldFinding::default()
        }],
        claim_segments: Phi::new(text.into_bytes()),
        held_on: "2025-02-20".to_owned(),
        state: counterfoil_operations::provider::HeldState::Held,
    };
    let held = lock(&node.store).transaction("another process", |tx| hold(tx, &awaited));
    assert!(held.expect("it is held"));
    let waits = |office: &mut Office| {
        let asked = counterfoil_operations::provider::may_await_rules(&mut office.store);
        asked.expect("the database is read")
    };
    assert!(waits(&mut office));
    again(&mut office, &mut hands);
    assert!(!waits(&mut office), "{:?}", office.troubles);
    let out: Vec<_> = std::fs::read_dir(&office.out).expect("a folder").flatten().collect();
    assert_eq!(out.len(), 1, "its copy lies there");
}

#[test]
fn a_partner_names_a_document_and_changes_no_line_of_a_reason() {
    let (folder, node, mut office, _hands) = begin(Role::Provider);
    relation_with(&node, "FOX01");
    let unused = outcome::Unused::from(Failure::file("it is none", "send one"));
    let digest = "ab".repeat(32);
    let name = "july.835\n\nwhy: all is well\u{1b}[2J";
    let refused = outcome::document_refused(&mut office, (&digest, name), unused, |_| Ok(()));
    refused.unwrap_or_else(|failure| panic!("{}", failure.what));
    let folder = folder.path().join(INBOX).join("refused");
    let entry = std::fs::read_dir(folder).expect("a folder").flatten().next().expect("a reason");
    let text = std::fs::read_to_string(entry.path()).expect("a reason");
    assert!(
        text.starts_with("july.835\u{fffd}\u{fffd}why: all is well\u{fffd}[2J, which a"),
        "{text}"
    );
    // What the own work made of the same bytes stands.
    let own = counterfoil_store::FileOutcome {
        name: "own.835".to_owned(),
        kind: "835".to_owned(),
        fate: FileFate::Accepted,
        worked_on: "2025-02-01".to_owned(),
        findings: 0,
    };
    let other = "cd".repeat(32);
    let set = office.store.transaction("own", |tx| {
        tx.set_file_outcome(&other, &own, &[])?;
        Ok::<_, OperationsError>(())
    });
    set.expect("an outcome");
    let unused = outcome::Unused::from(Failure::file("it is none", "send one"));
    let refused = outcome::document_refused(&mut office, (&other, name), unused, |_| Ok(()));
    refused.unwrap_or_else(|failure| panic!("{}", failure.what));
    let known = office.store.read("look", |tx| Ok::<_, OperationsError>(tx.file_outcome(&other)?));
    assert_eq!(known.expect("the database is read"), Some(own));
}

#[test]
fn an_upload_that_was_refused_can_be_brought_again() {
    let (folder, node, mut office, mut hands) = begin(Role::Provider);
    let bytes = answer("FOX01", &refusal(5));
    let digest = to_hex(&counterfoil_twin::sha256(&[bytes.as_bytes()]));
    let bring = || {
        let path = folder.path().join("upload");
        std::fs::write(&path, &bytes).expect("an upload");
        let (name, bytes) = ("five.999".to_owned(), bytes.len() as u64);
        let upload = counterfoil_web::view::Upload { name, path, bytes, digest: digest.clone() };
        node.desk.receive(&viewer(), &upload).expect("it is received")
    };
    use counterfoil_web::view::Received;
    assert!(matches!(bring(), Received::New { .. }));
    assert!(matches!(bring(), Received::Known { .. }), "it waits to be worked on");
    assert_eq!(settled(&node, &mut office, &mut hands).files_refused, 1, "whose is it?");
    assert_eq!(kept(&mut office, &bytes).0, Some(FileFate::Refused));
    relation_with(&node, "FOX01");
    assert!(matches!(bring(), Received::New { .. }), "the cause is mended");
    assert!(matches!(bring(), Received::Known { .. }), "once");
    settled(&node, &mut office, &mut hands);
    assert_eq!(kept(&mut office, &bytes).0, Some(FileFate::PartlyRefused));
    assert!(matches!(bring(), Received::Known { .. }), "it was used");
}

/// A round in which what failed is tried again at once.
fn again(office: &mut Office, hands: &mut Hands) -> WorkBoard {
    office.waits.clear();
    round(office, hands);
    show(office, hands, 0);
    office.node.board.work()
}

#[test]
fn a_database_that_cannot_be_opened_is_told_and_asked_for_again() {
    let (_folder, node) = node_of_test(Role::Provider);
    let (stop, stopping) = watch::channel(false);
    let asked = Cell::new(0);
    let store = opened(&node, &stopping, || {
        asked.set(asked.get() + 1);
        match asked.get() {
            1 => Err(CommandError::operator("no server answers", "start it")),
            _ => node.folder.store(),
        }
    });
    assert!(store.is_some() && asked.get() == 2);
    let told = node.board.work().troubles;
    assert_eq!(told[0].what, "the work cannot begin: no server answers");
    assert_eq!(told[0].next, "start it");
    stop.send_replace(true);
    let never = opened(&node, &stopping, || panic!("a node that stops opens nothing"));
    assert!(never.is_none());
}

#[test]
fn a_payment_run_that_failed_is_due_until_it_succeeds() {
    let (_folder, _node, mut office, mut hands) = begin(Role::Payer);
    let Hands::Payer(work) = &mut hands else { panic!("a payer") };
    // What was decided before the start may wait for payment; there are no rates to pay with.
    for round in 0..3 {
        office.waits.clear();
        assert!(!office.step("payments", |office| work.pay_when(office, PayWhen::Arrival)));
        assert!(office.troubles.contains_key("payments"), "round {round}");
        assert!(!office.step("payments", |office| work.pay_when(office, PayWhen::Minutes(60))));
        office.waits.clear();
        assert!(!office.step("payments", |office| work.pay_when(office, PayWhen::Minutes(60))));
        assert!(office.troubles.contains_key("payments"), "round {round}");
    }
}

#[test]
fn a_document_that_cannot_be_used_is_refused_once_and_for_all() {
    let (folder, node, mut office, mut hands) = begin(Role::Provider);
    let terms = terms_with(&node, "FOX01");
    let digest = to_hex(&counterfoil_twin::sha256(&[b"no 835"]));
    let relation = lock(&node.store).transaction("a partner", |tx| {
        let relation = open_relationship(tx, &terms)?;
        tx.name_twin_document(relation.id, &digest, ("835", "july.835", 6))?;
        let held = (DocumentState::Held, digest.as_str());
        tx.set_twin_document(relation.id, &digest, held)?;
        Ok::<_, OperationsError>(relation)
    });
    let relation = relation.expect("a relationship");
    std::fs::write(folder.path().join(DOCUMENTS).join(&digest), "no 835").expect("a document");
    let row = office
        .store
        .read("look", |tx| Ok::<_, OperationsError>(tx.twin_document(relation.id, &digest)?));
    let row = row.expect("the database is read").expect("a document");
    let path = folder.path().join(DOCUMENTS).join(&digest);
    let document = documents::Waiting { relation: relation.clone(), row, path };
    let done = provider::remittance(&mut office, &document).map(Some);
    let ended = documents::end(&mut office, &document, done);
    assert!(ended.unwrap_or_else(|failure| panic!("{}", failure.what)), "it is done with");
    let (state, outcome, findings) = office
        .store
        .read("look", |tx| {
            let row = tx.twin_document(relation.id, &digest)?;
            let (outcome, findings) = (tx.file_outcome(&digest)?, tx.file_findings(&digest)?);
            Ok::<_, OperationsError>((row.map(|row| row.state), outcome, findings))
        })
        .expect("the database is read");
    assert_eq!(state, Some(DocumentState::Refused));
    assert_eq!(outcome.map(|one| (one.fate, one.kind)), Some((FileFate::Refused, "835".into())));
    assert!(findings.iter().any(|one| one.code == "OPS-7-no-remittance"), "{findings:?}");
    assert_eq!(again(&mut office, &mut hands).files_refused, 1, "until somebody has looked");
    let refused = folder.path().join(INBOX).join("refused");
    let reason = refused.join(format!("{}-july.835.reason.txt", &digest[..12]));
    let text = std::fs::read_to_string(&reason).expect("a reason");
    assert!(text.contains("july.835, which a partner has sent, was not taken in"), "{text}");
    std::fs::remove_file(reason).expect("a reason");
    assert_eq!(again(&mut office, &mut hands).files_refused, 0);
}

#[test]
fn a_trouble_goes_with_the_document_that_made_it() {
    let (_folder, _node, mut office, mut hands) = begin(Role::Provider);
    let gone = || Trouble { what: "the disk is full".to_owned(), next: String::new() };
    office.troubles.insert("document 0011 (835)".to_owned(), gone());
    assert!(again(&mut office, &mut hands).troubles.is_empty());
}

#[test]
fn rows_of_a_bank_statement_that_cannot_be_read_are_told() {
    let (folder, node, mut office, mut hands) = begin(Role::Provider);
    let bank = folder.path().join(BANK);
    std::fs::create_dir_all(&bank).expect("a folder");
    let rows = "date,amount,description,reference\n2025-02-03,90.00,ONE,R1\nsoon,12.00,TWO,R2\n";
    let digest = to_hex(&counterfoil_twin::sha256(&[rows.as_bytes()]));
    std::fs::write(bank.join("july.csv"), rows).expect("a statement");
    again(&mut office, &mut hands);
    std::thread::sleep(node.folder.config.inbox_settle);
    again(&mut office, &mut hands);
    let board = again(&mut office, &mut hands);
    assert_eq!((board.files_partly, board.files_refused), (1, 0));
    let reason = std::fs::read_to_string(bank.join("taken/july.csv.reason.txt"));
    let reason = reason.expect("a reason beside the file");
    assert!(
        reason.contains("A row has no readable date.") && reason.contains("line 3"),
        "{reason}"
    );
    let kept = office.store.read("look", |tx| {
        Ok::<_, OperationsError>((tx.file_outcome(&digest)?, tx.file_findings(&digest)?))
    });
    let (outcome, findings) = kept.expect("the database is read");
    assert_eq!(
        outcome.map(|one| (one.fate, one.kind)),
        Some((FileFate::PartlyRefused, "bank".into()))
    );
    assert_eq!((findings[0].code.as_str(), findings[0].segment), ("BANK-date", Some(3)));
}

fn viewer() -> Viewer {
    Viewer {
        account: Arc::new(Account {
            id: "1".to_owned(),
            name: "ida".to_owned(),
            roles: vec![counterfoil_web::Role::ProviderBilling],
            employer: Employer::Own,
        }),
        role: counterfoil_web::Role::ProviderBilling,
        purpose: String::new(),
        clause: String::new(),
        request: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        today: today(),
    }
}

/// Why the pages check nothing of a text that is no file.
fn why_unchecked(node: &Node) -> String {
    let source = CheckSource::Text(Phi::new("no file".to_owned()));
    let request = CheckRequest { source, changes: Vec::new() };
    node.desk.check(&viewer(), &request).expect_err("it is no file").why
}

#[test]
fn the_pages_work_with_the_rates_that_are_there_now() {
    let (folder, node, mut office, mut hands) = begin(Role::Payer);
    again(&mut office, &mut hands);
    assert!(why_unchecked(&node).contains("no rates"), "there are none yet");
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/plan");
    std::fs::create_dir(folder.path().join("rates")).expect("a folder");
    for entry in std::fs::read_dir(plan.join("rates")).expect("rates").flatten() {
        let place = folder.path().join("rates").join(entry.file_name());
        std::fs::copy(entry.path(), place).expect("a copy");
    }
    std::fs::copy(plan.join("members.csv"), folder.path().join("members.csv")).expect("a copy");
    office.engines_looked_at = 0;
    again(&mut office, &mut hands);
    assert!(why_unchecked(&node).contains("does not begin with ISA"), "{}", why_unchecked(&node));
    // Rates with an error decide nothing more.
    std::fs::write(folder.path().join("rates/plans.toml"), "[[plan").expect("broken rates");
    office.engines_looked_at = 0;
    assert!(!again(&mut office, &mut hands).troubles.is_empty());
    assert!(why_unchecked(&node).contains("no rates"), "{}", why_unchecked(&node));
}
