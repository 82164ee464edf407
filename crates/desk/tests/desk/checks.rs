//! The check of the pages holds back what sending would: claims of another payer, and claims to a
//! payer whose rules are not at hand, each claim for itself.

use super::client::plan;
use super::crawl::run;
use super::paired::Paired;
use axum::http::StatusCode;
use counterfoil_base::Date;
use counterfoil_corpus::PAYER_ID;
use counterfoil_operations::halves::publish_pack;

const PACK: &str = "[pack]\nname = \"house-edits\"\nversion = \"1\"\ntitle = \"Edits\"\n\
    valid_from = \"2025-01-01\"\n\n[[edit]]\nid = \"charge\"\nabout = \"claim\"\n\
    when = [{ field = \"claim.charge\", more_than = \"100.00\" }]\noutcome = \"note\"\n\
    message = \"The charge is large.\"\ncause = \"Large charges are looked at.\"\n\
    fix = \"Look at the charge.\"\n";

#[test]
fn a_claim_is_checked_by_whom_it_is_for() {
    run(async {
        let mut paired = Paired::new();
        let client = paired.provider.client("pb").await;
        let file = plan().files.first().expect("files").bytes.clone();
        let file = String::from_utf8(file).expect("text");
        let payer = format!("*PI*{PAYER_ID}~");
        assert!(file.matches(&payer).count() > 2, "claims to the payer");
        let one_of_another = file.replacen(&payer, "*PI*OTHER9~", 1);
        let all_of_another = file.replace(&payer, "*PI*OTHER9~");
        let (another, awaited) = ("OPS-7-other-payer", "OPS-7-rules-awaited");
        let told = |page: &str| [another, awaited].map(|code| page.contains(code));
        for (text, wanted) in [(&file, [false, false]), (&one_of_another, [true, false])] {
            let page = client.post("/check", &[("text", text)]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            assert_eq!(told(&page.body), wanted);
        }
        // The payer publishes a pack, whose bytes do not come.
        let relation = paired.pair.payer.relation.clone();
        let pack = (PACK.as_bytes(), Date::constant(2025, 1, 1));
        let published =
            paired.payer_store.transaction("publish", |tx| publish_pack(tx, &[relation], pack));
        assert_eq!(published.expect("it is published").1.len(), 1);
        paired.pair.exchange(&mut paired.payer_store, paired.now_ms + 1_000);
        for (text, wanted) in [
            (&file, [false, true]),
            (&one_of_another, [true, true]),
            (&all_of_another, [true, false]),
        ] {
            let page = client.post("/check", &[("text", text)]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            assert_eq!(told(&page.body), wanted);
        }
    });
}
