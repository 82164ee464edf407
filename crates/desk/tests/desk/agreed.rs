//! Contracts and settlements on the pages of both: signed by name, settled by both, each figure
//! opening, and strangers seeing nothing.

use super::client::{Client, Node};
use super::crawl::{crawl, first, run};
use super::pair::Pair;
use super::paired::Paired;
use axum::http::StatusCode;
use counterfoil_contract::ContractFiles;
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    SettlementRequest, Signing, SuppliedFile, keep_contract, prepare_settlement, sign_contract,
    state_settlement,
};
use counterfoil_settle::Basis;
use counterfoil_store::{Store, Transaction};

const TEXT: &str = "# Deal\n\n```terms\ncontract deal\nfact name: code\nfact saved: money at least \
    $0\nparameter share: rate\n```\n\n## 1. Share\n\nHalf of what was saved is paid.\n\n```terms\n\
    term due: money, rounded half_up to $0.01 = saved * share\ncolumn \"Name\" = name\ncolumn \
    \"Due\" = due\n```\n";
const FACTS: &str = "Name,Saved\nA,$100.00\nB,$50.50\n";

fn files(share: &str, due: &str) -> ContractFiles {
    let year =
        format!("title = \"Year 2026\"\n[share]\nvalue = \"{share}\"\ncitation = \"Deal, 1\"\n");
    let facts = "title = \"Facts\"\n[fact.name]\ncolumns = [\"Name\"]\n[fact.saved]\ncolumns = \
                 [\"Saved\"]\n[[fact.saved.spelling]]\nplaces = \"exact\"\n";
    let good = format!(
        "title = \"A share is paid\"\nyear = 2026\n[facts]\nname = \"A\"\nsaved = \"$10.01\"\n\
         [expect]\ndue = \"{due}\"\n"
    );
    let bad = "title = \"Nothing is known\"\nyear = 2026\n[facts]\nname = \"A\"\n[finding]\n\
               term = \"due\"\ncode = \"CONTRACT-fact-missing\"\n";
    [
        ("contract.md", TEXT),
        ("params/2026.toml", &year),
        ("facts.toml", facts),
        ("cases/good/share.toml", &good),
        ("cases/bad/unknown.toml", bad),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into()
}

fn does<T>(
    store: &mut Store,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, OperationsError>,
) -> T {
    store.transaction("agree", work).expect("the office does it")
}

/// A contract that both have signed, settled by both and stated by the provider; and a second
/// version that the provider proposes.
pub fn agree(payer: &mut Store, pair: &mut Pair, now_ms: i64) {
    let (of_payer, of_provider) = (pair.payer.relation.clone(), pair.provider.relation.clone());
    let first = files("50%", "$5.01");
    let digest = does(payer, |tx| Ok(keep_contract(tx, &first)?.digest().to_owned()));
    does(&mut pair.store, |tx| keep_contract(tx, &first).map(drop));
    let signing = |signed_by| Signing {
        digest: &digest,
        effective_on: "2026-01-01".parse().expect("a day"),
        replaces: None,
        signed_by,
    };
    does(payer, |tx| sign_contract(tx, &of_payer, &signing("dana")));
    pair.exchange(payer, now_ms + 10);
    does(&mut pair.store, |tx| sign_contract(tx, &of_provider, &signing("Ida Bell")));
    pair.exchange(payer, now_ms + 20);
    let request = || SettlementRequest {
        contract_id: "deal",
        year: 2026,
        on: None,
        facts: SuppliedFile { name: "facts.csv", bytes: FACTS.as_bytes() },
        rows: Vec::new(),
        term: None,
        basis: Basis::Final,
        milestones: Vec::new(),
    };
    does(payer, |tx| prepare_settlement(tx, &of_payer, &request()));
    does(&mut pair.store, |tx| prepare_settlement(tx, &of_provider, &request()));
    let by = ("settlement/deal/2026", "Ida Bell");
    does(&mut pair.store, |tx| state_settlement(tx, &of_provider, by));
    let second = files("60%", "$6.01");
    let next = does(&mut pair.store, |tx| Ok(keep_contract(tx, &second)?.digest().to_owned()));
    does(payer, |tx| keep_contract(tx, &second).map(drop));
    let signing = Signing {
        digest: &next,
        effective_on: "2027-01-01".parse().expect("a day"),
        replaces: Some(&digest),
        signed_by: "Ida Bell",
    };
    does(&mut pair.store, |tx| sign_contract(tx, &of_provider, &signing));
    pair.exchange(payer, now_ms + 30);
}

/// The digest that a page asks to sign.
async fn offered(client: &Client, path: &str) -> String {
    let page = client.get(&format!("{path}/signature")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let digest = page.body.split("name=\"digest\" value=\"").nth(1).expect("a form to sign");
    digest.split('"').next().expect("a value").to_owned()
}

async fn shows(node: &Node, path: &str, words: &str) {
    let reply = node.client("cm").await.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    assert!(reply.body.contains(words), "{path} shows {words}: {}", reply.body);
}

#[test]
fn a_contract_and_a_settlement_are_signed_by_name_on_the_pages_of_the_payer() {
    run(async {
        let mut paired = Paired::new();
        let manager = paired.payer.client("cm").await;
        for (list, before, after) in [
            ("/contracts", "proposed by the partner", "signed for later"),
            ("/settlements", "waits for us", "the same"),
        ] {
            let path = first(&manager.get(list).await, &format!("{list}/"));
            shows(&paired.payer, &path, before).await;
            let digest = offered(&manager, &path).await;
            let address = format!("{path}/signature");
            let other = manager.post(&address, &[("digest", "00")]).await;
            assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.body);
            let done = manager.post(&address, &[("digest", &digest)]).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
            let again = manager.post(&address, &[("digest", &digest)]).await;
            assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
            shows(&paired.payer, &path, after).await;
            shows(&paired.payer, &path, "cm").await;
        }
        let now_ms = paired.now_ms + 100;
        paired.pair.exchange(&mut paired.payer_store, now_ms);
        shows(&paired.provider, "/contracts", "signed for later").await;
        shows(&paired.provider, "/settlements", "the same").await;
    });
}

#[test]
fn every_figure_of_contracts_and_settlements_opens_the_same_figure() {
    run(async {
        let paired = Paired::new();
        let client = paired.payer.client("cm").await;
        let contract = first(&client.get("/contracts").await, "/contracts/");
        let settlement = first(&client.get("/settlements").await, "/settlements/");
        let pages = [
            "/contracts".to_owned(),
            contract.clone(),
            format!("{contract}/simulation?draws=20&vary=size%3D100%20200"),
            "/settlements".to_owned(),
            settlement.clone(),
            format!("{settlement}?row=2"),
        ];
        let (opened, broken) = crawl(&client, &pages).await;
        assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
        assert!(opened > 60, "only {opened} figures were opened");
        let address = format!("{contract}/changes");
        let fields = [("year", "2026"), ("facts", FACTS)];
        let compared = client.post(&address, &fields).await;
        assert_eq!(compared.status, StatusCode::OK, "{}", compared.body);
        assert!(compared.body.contains(">15.05</a>"), "10 of every 100: {}", compared.body);
        let figure = compared.body.split("href=\"/explain/changes/").nth(1).expect("a figure");
        let figure = format!("/explain/changes/{}", figure.split('"').next().expect("an address"));
        assert_eq!(client.get(&figure).await.status, StatusCode::OK, "{figure}");
        let unread = client.post(&address, &[("year", "2026"), ("facts", "Name\nA\n")]).await;
        assert!(unread.body.contains("CONTRACT-"), "{}", unread.body);
    });
}

#[test]
fn a_statement_is_downloaded_as_both_sides_hash_it() {
    run(async {
        let paired = Paired::new();
        let client = paired.payer.client("cm").await;
        let path = first(&client.get("/settlements").await, "/settlements/");
        let document = client.get(&format!("{path}/export?form=json")).await;
        assert!(document.body.contains("\"amount_cents\": 7525"), "{}", document.body);
        let steps = client.get(&format!("{path}/export?form=waterfall")).await;
        assert!(steps.body.starts_with("Subject,Year,Step"), "{}", steps.body);
        for (form, begin) in [("pdf", "%PDF-1.7"), ("xlsx", "PK")] {
            let file = client.get(&format!("{path}/export?form={form}")).await;
            assert!(file.body.starts_with(begin), "{form}: {}", file.body);
        }
        let stranger = paired.payer.client("cm-stranger").await;
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
        let found = client.get("/find?q=settlement/deal/2026").await;
        assert_eq!(found.location, path);
    });
}
