//! Pages as text, to be read.

use super::client::{Node, run};
use super::generated::Mood;
use axum::http::StatusCode;

/// The page without its head, which says when, with whom, and what needs a person.
async fn text_of(node: &Node, name: &str, path: &str) -> String {
    without_head(&node.client(name).await.get(path).await.text())
}

fn without_head(text: &str) -> String {
    let head = ["As of 2026-06-30 15:04:05 UTC from", "▲Payment", "Owner: finance", "Reference"];
    let lines = text.lines().filter(|line| !head.iter().any(|begin| line.starts_with(begin)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_paid_claim() {
    run(async {
        let node = Node::new();
        let claim = node.desk.world.claims.iter().find(|c| c.state == "paid" && c.lines.len() == 2);
        let path = format!("/claims/{}", claim.unwrap().id);
        insta::assert_snapshot!(text_of(&node, "po", &path).await, @r#"
        Claim LHP26-100001
        Where is this claim, on both sides, and why?
        ✓ paid
        ✓ both sides equal
        Both hold the state c0664649c1e.
        In the record: paid
        State hash: 5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
        Patient: Gwen Ivy
        Billed by: Harbor Hospital
        With: Harbor Hospital
        Service from: 2026-06-14
        Kind: institutional
        Diagnoses: Z00.00, I10
        File: harbor-14.837
        Billed: 1,219.47
        Allowed: 769.69
        Patient share: 25.00
        Paid: 744.69
        What if a field were different?
        Lines
        2 lines: billed = reduced + patient share + paid
        Line | Service | Day | Units | Billed | Allowed | Reduced by | Patient share | Paid
        1 | J1885 | 2026-06-14 | 2 | 394.52 | 216.98
        177.54 Agreed price CO-45
        | 0.00 | 216.98
        2 | J1885 | 2026-06-14 | 2 | 824.95 | 552.71
        272.24 Agreed price CO-45
        | 25.00 | 527.71
        All | | | | 1,219.47 | 769.69 | | 25.00 | 744.69
        Data of this chart
        From billed to paid
        What | Value
        Billed | 1,219.47
        Line 1: Agreed price | 177.54
        Line 2: Agreed price | 272.24
        Patient share | 25.00
        Paid | 744.69
        What both sides say
        ○
        Harbor Hospital
        2026-06-26 21:04:05 UTC
        Sent 837
        ✓
        Lakeshore Health Plan (us)
        2026-06-26 22:04:05 UTC
        Received and readable 999 A
        ✓
        Lakeshore Health Plan (us)
        2026-06-26 23:04:05 UTC
        Taken into adjudication 277CA A2:20
        ✓
        Lakeshore Health Plan (us)
        2026-06-27 07:04:05 UTC
        Approved
        ✓
        Lakeshore Health Plan (us)
        2026-06-29 19:04:05 UTC
        Paid 744.69 835
        Undone by: a reversal in a later 835 (CAS group CO with a negative amount)
        ✓
        Harbor Hospital
        2026-06-30 13:04:05 UTC
        Posted 744.69
        As it was sent (X12)
        1NM1*IL*1*IVY*GWEN****MI*C066464
        2CLM*LHP26-100001*1219.47***11:B:1*Y*A*Y*Y
        3HI*ABK:Z0000*ABF:I10
        4LX*1
        5SV1*HC:J1885*394.52*UN*2***1
        6LX*2
        7SV1*HC:J1885*824.95*UN*2***1
        "#);
    });
}

#[test]
fn a_pended_claim_offers_a_decision_to_payer_operations_alone() {
    run(async {
        let node = Node::new();
        let claim = node.desk.world.claims.iter().find(|c| c.state == "pended").unwrap();
        let path = format!("/claims/{}", claim.id);
        assert!(text_of(&node, "po", &path).await.contains("Your decision"));
        for other in ["pb", "co", "po-harbor"] {
            assert!(!text_of(&node, other, &path).await.contains("Your decision"), "{other}");
        }
    });
}

#[test]
fn a_file_in_part_refused() {
    run(async {
        let node = Node::new();
        let path = format!("/files/{}", node.desk.world.files[17].id);
        insta::assert_snapshot!(text_of(&node, "pb", &path).await, @r#"
        maple-09.837
        Did it arrive, parse and balance, and what was refused?
        ▲ partly refused from Maple Street Practice, 2026-06-09 06:30:00 UTC
        In = accepted + refused
        Claims or payments and money of maple-09.837
        | In it | Accepted | Refused
        Count | 20 | 19 | 1
        Money | 18,825.68 | 18,584.36 | 241.32
        Findings
        The claim to be replaced is not known to this plan.
        ✕ error INT-7-earlier-claim-unknown, found 1×
        Why: A replacement can only correct a claim that has come before.
        What to do: Send it as a new claim, or name the number of the first.
        First places
        segment 40, REF02, loop 2300, claim LHP26-101032
        What happened
        ○
        Maple Street Practice
        2026-06-26 21:04:05 UTC
        Sent
        ✓
        Lakeshore Health Plan (us)
        2026-06-26 22:04:05 UTC
        Received 999 A
        Facts
        Kind: 837P
        Control number: 000000905
        Length: 58000 bytes, 620 segments
        SHA-256: 0000000000000000000000000000000000000000000000000000000000f1da46
        The file as it stands
        "#);
    });
}

#[test]
fn why_an_amount_is_what_it_is() {
    run(async {
        let node = Node::new();
        let claim = node.desk.world.claims.iter().find(|c| c.state == "paid").unwrap();
        let path = format!("/explain/claim/{}/line-1-paid", claim.id);
        insta::assert_snapshot!(text_of(&node, "po", &path).await, @r#"
        Why this figure
        How did this figure come about?
        399.34
        399.34 by the fee table of the contract.
        Formula
        399.34 = 399.34 - 0.00
        What entered
        Fact | Value | From
        billed | 448.70 | this claim
        Clause and rule
        The plan pays the allowed amount less what the member owes.
        generated.sum, version 2026-06-01. Plan document, section 4.2
        Source rows
        It comes from the inputs above alone.
        The other side
        ✓ equal Harbor Hospital holds the same, said at 2026-06-30 15:04:05 UTC.
        As of 2026-06-30 15:04:05 UTC · digest b4c1143d2e
        Compute it again: counterfoil explain claim/c04cb4b/line-1-paid
        "#);
    });
}

#[test]
fn a_new_node_says_what_will_appear_where() {
    run(async {
        let node = Node::with(Mood::Empty, |_| ());
        let mut said = String::new();
        for path in ["/queue", "/files", "/claims", "/remittances", "/ledger", "/ledger/entries"] {
            let text = text_of(&node, "all", path).await;
            let empty = ["No ", "Nothing "];
            let line =
                text.lines().find(|l| empty.iter().any(|e| l.starts_with(e)) && l.ends_with('.'));
            said.push_str(&format!("{path}\n  {}\n", line.unwrap_or(&text)));
        }
        insta::assert_snapshot!(said.trim_end(), @r#"
        /queue
          Nothing waits for you. New tasks appear here by themselves.
        /files
          No file has come or gone yet. Send one above, or put it into the inbox folder.
        /claims
          No claim is here yet. Claims appear when their file has been read.
        /remittances
          No payment is here yet. Payments appear with an 835 or with a line of the bank's file.
        /ledger
          Nothing is booked yet.
        /ledger/entries
          Nothing is booked yet.
        "#);
    });
}

#[test]
fn a_database_that_is_away_is_told_with_what_to_do() {
    run(async {
        let node = Node::with(Mood::Broken, |_| ());
        let client = node.client("all").await;
        let reply = client.get("/claims").await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        insta::assert_snapshot!(without_head(&reply.text()), @r#"
        Not now
        Not now
        What happened: The node cannot reach its database.
        Why: It is restarting or the disk is full.
        What to do: Try again in a minute; an administrator sees the cause on the node's page.
        What stayed unchanged: Everything; nothing was lost and nothing was done.
        Go to your first page
        "#);
    });
}

#[test]
fn a_view_is_a_link() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let page = client.get("/claims?state=paid&sort=-billed&page=2&columns=billed,paid").await;
        let text = page.text();
        let caption = text.lines().find(|line| line.contains(" claims where ")).unwrap();
        insta::assert_snapshot!(
            caption.replace(", ", "\n"),
            @r"
        101 to 200 of 863 claims where state is paid
        sorted by billed
        largest first
        "
        );
        assert!(page.body.contains("aria-sort=\"descending\""));
        assert!(
            page.body
                .contains("href=\"/claims?state=paid&amp;sort=-billed&amp;columns=billed%2Cpaid\"")
        );
        assert!(!text.contains("Why |"), "a column that was not asked for");
    });
}

#[test]
fn chosen_rows_are_counted_and_summed() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let ids: Vec<&str> = node.desk.world.claims[..3].iter().map(|c| c.id.as_str()).collect();
        let page =
            client.get(&format!("/claims?ids={}&ids={}&ids={}", ids[0], ids[1], ids[2])).await;
        let text = page.text();
        assert!(text.contains("3 claims where 3 are selected"), "{text}");
        let sum: i64 =
            node.desk.world.claims[..3].iter().flat_map(|c| &c.lines).map(|l| l.billed.0).sum();
        let total = format!("{},{:03}.{:02}", sum / 100_000, sum / 100 % 1_000, sum % 100);
        assert!(text.contains(&total), "{total} in {text}");
    });
}

#[test]
fn find_leads_to_the_one_thing_or_lists_what_fits() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let claim = &node.desk.world.claims[7];
        let one = client.get(&format!("/find?q={}", claim.number)).await;
        assert_eq!(one.header("location"), format!("/claims/{}", claim.id));
        let many = client.get("/find?q=lhp26-1000").await;
        assert!(many.text().contains("claim LHP26-100010"));
        let none = client.get("/find?q=zzzz").await;
        assert!(none.text().contains("Nothing here has the number"));
    });
}
