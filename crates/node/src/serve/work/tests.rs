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

fn begin(role: Role) -> (tempfile::TempDir, Arc<Node>, Office, Hands) {
    let (folder, node) = node_of_test(role);
    let store = node.folder.store().unwrap_or_else(|cause| panic!("{cause}"));
    let (hands, office) = (hands(&node), office(node.clone(), store));
    (folder, node, office, hands)
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
    let terms = Terms {
        role: Author::Provider,
        partner: "Plan".to_owned(),
        own_name: "Clinic".to_owned(),
        payer_key: PrivateKey::from_seed(&[3; 32]).public_key(),
        provider_key: node.key.public_key(),
        nonce: [9; 32],
        identifiers: vec!["FOX01".to_owned()],
    };
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

/// Why the pages check nothing of a text that is no file.
fn refusal(node: &Node) -> String {
    let viewer = Viewer {
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
    };
    let source = CheckSource::Text(Phi::new("no file".to_owned()));
    let request = CheckRequest { source, changes: Vec::new() };
    node.desk.check(&viewer, &request).expect_err("it is no file").why
}

#[test]
fn the_pages_work_with_the_rates_that_are_there_now() {
    let (folder, node, mut office, mut hands) = begin(Role::Payer);
    again(&mut office, &mut hands);
    assert!(refusal(&node).contains("no rates"), "there are none yet");
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/plan");
    std::fs::create_dir(folder.path().join("rates")).expect("a folder");
    for entry in std::fs::read_dir(plan.join("rates")).expect("rates").flatten() {
        let place = folder.path().join("rates").join(entry.file_name());
        std::fs::copy(entry.path(), place).expect("a copy");
    }
    std::fs::copy(plan.join("members.csv"), folder.path().join("members.csv")).expect("a copy");
    office.engines_looked_at = 0;
    again(&mut office, &mut hands);
    assert!(refusal(&node).contains("does not begin with ISA"), "{}", refusal(&node));
    // Rates with an error decide nothing more.
    std::fs::write(folder.path().join("rates/plans.toml"), "[[plan").expect("broken rates");
    office.engines_looked_at = 0;
    assert!(!again(&mut office, &mut hands).troubles.is_empty());
    assert!(refusal(&node).contains("no rates"), "{}", refusal(&node));
}
