//! Lists as files: every row, the same count and sums as the page, nothing that a spreadsheet runs.

use super::client::{Node, run};
use axum::http::StatusCode;

/// The lines of a file as cells; the files of these tests hold no line break in a cell.
fn cells(body: &str) -> Vec<Vec<String>> {
    body.split("\r\n")
        .map(|line| line.split(',').map(|c| c.trim_matches('"').to_owned()).collect())
        .collect()
}

/// Cents of a plain amount.
fn cents(text: &str) -> i64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "00"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().unwrap() * 100 + sign * rest.parse::<i64>().unwrap()
}

#[test]
fn count_and_sums_of_the_file_are_those_of_the_page() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let mut compared = 0;
        for state in ["", "paid", "denied", "pended", "received"] {
            for word in ["", "Fern", "LHP26-1001", "no-such", "Elm", "CO-96"] {
                let filter = format!("state={state}&q={word}");
                let page = client.get(&format!("/claims?{filter}")).await;
                let file = client.get(&format!("/claims/export?{filter}&purpose=payment")).await;
                assert_eq!(file.status, StatusCode::OK);
                let lines = cells(&file.body);
                let fact = |name: &str| {
                    let line =
                        lines.iter().find(|l| l[0] == name).unwrap_or_else(|| panic!("{name}"));
                    line[1].clone()
                };
                let head = lines.iter().position(|l| l == &[""]).unwrap() + 1;
                let rows = &lines[head + 1..lines.len() - 1];
                assert_eq!(fact("rows"), rows.len().to_string(), "{filter}");
                assert!(page.body.contains(&fact("digest")) || rows.is_empty(), "{filter}");
                for column in ["billed", "allowed", "paid"] {
                    let at = lines[head].iter().position(|c| c == column).unwrap();
                    let sum: i64 =
                        rows.iter().filter(|r| !r[at].is_empty()).map(|r| cents(&r[at])).sum();
                    assert_eq!(cents(&fact(&format!("sum of {column}"))), sum, "{filter} {column}");
                    let shown = page.text().replace(',', "");
                    let total = fact(&format!("sum of {column}"));
                    assert!(rows.is_empty() || shown.contains(&total), "{filter}: {total}");
                }
                compared += 1;
            }
        }
        assert_eq!(compared, 30);
        let audit = node.desk.audit.lock().unwrap();
        assert_eq!(
            audit.iter().filter(|e| e.action == "export" && e.purpose == "payment").count(),
            30
        );
    });
}

#[test]
fn all_rows_are_in_the_file_also_beyond_one_thousand() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let reply = client.get("/claims/export?columns=state").await;
        assert_eq!(reply.header("content-disposition"), "attachment; filename=\"claims.csv\"");
        let numbers: Vec<&str> = reply
            .body
            .lines()
            .filter_map(|line| line.split(',').next())
            .filter(|n| n.starts_with("LHP26-"))
            .collect();
        assert_eq!(numbers.len(), 1_204);
        let reply = client.get("/claims/export?ids=x,y").await;
        assert!(reply.body.contains("rows,0\r\n"));
    });
}
