//! A payer and a provider keep a twin record of one claim, from submitted to posted, and prove one
//! field of it: `cargo run -p counterfoil-twin --example claim_to_cash`.
#![allow(clippy::disallowed_macros, reason = "an example prints")]

use counterfoil_base::Date;
use counterfoil_twin::{
    Author, Field, PrivateKey, Relationship, Shown, Stamp, Statement, Twin, claim_subject, opening,
    sha256, to_hex, verify_proof, write_proof,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A node draws its keys, nonce and secrets by chance and takes the time from its clock.
    let keys = [PrivateKey::from_seed(&[1; 32]), PrivateKey::from_seed(&[2; 32])];
    let nonce = [3; 32];
    let relationship = Relationship::new(keys[0].public_key(), keys[1].public_key(), &nonce);
    let file = sha256(&[b"the 837 that carried the claim"]);
    let claim = claim_subject(&relationship.id, &file, 1);
    let day = Date::constant(2026, 3, 2);
    let say = |kind: &str, fields| Statement { kind: kind.into(), subject: claim.clone(), fields };
    let opened = opening(&relationship, &nonce, ["Example Plan", "Example Clinic"]);
    let story = [
        (Author::Payer, opened.clone()),
        (Author::Provider, opened),
        (
            Author::Provider,
            say(
                "claim.submitted",
                vec![
                    Field::integer("charge_cents", 10_000),
                    Field::integer("ordinal", 1),
                    Field::digest("file", file),
                    Field::text("frequency", "1"),
                    Field::text("patient_control_number", "A-1"),
                ],
            ),
        ),
        (
            Author::Payer,
            say(
                "claim.received",
                vec![Field::text("claim_control_number", "CCN-1"), Field::date("received_on", day)],
            ),
        ),
        (
            Author::Payer,
            say(
                "claim.decided",
                vec![
                    Field::text("outcome", "approved"),
                    Field::integer("allowed_cents", 8_000),
                    Field::integer("paid_cents", 7_500),
                    Field::integer("patient_cents", 500),
                    Field::date("decided_on", day),
                    Field::text("decided_by", ""),
                ],
            ),
        ),
        (
            Author::Payer,
            say(
                "claim.paid",
                vec![
                    Field::text("trace", "T-1"),
                    Field::integer("paid_cents", 7_500),
                    Field::integer("interest_cents", 0),
                    Field::date("effective_on", day),
                ],
            ),
        ),
        (
            Author::Provider,
            say(
                "remittance.posted",
                vec![
                    Field::text("trace", "T-1"),
                    Field::integer("paid_cents", 7_500),
                    Field::integer("adjusted_cents", 2_000),
                    Field::integer("patient_cents", 500),
                ],
            ),
        ),
    ];

    // The author's node drafts, stores and appends; the other node accepts what arrives.
    let (mut mine, mut theirs) = (Twin::new(relationship), Twin::new(relationship));
    let mut drafts = Vec::new();
    for (number, (author, statement)) in (0u8..).zip(story) {
        let time_ms = 1_772_409_600_000 + i64::from(number) * 60_000;
        let key = &keys[usize::from(author == Author::Provider)];
        let stamp = Stamp { time_ms, secret: [number; 32] };
        let draft = mine.draft(author, key, statement, stamp)?;
        mine.append(&draft)?;
        theirs.accept(draft.event(), Some(draft.body()))?;
        let standing = theirs.state(&claim).map_or("", |state| state.standing.word());
        println!("{:<9} {:<20} {standing}", author.word(), draft.event().kind);
        drafts.push(draft);
    }
    let hashes = [&mut mine, &mut theirs].map(|twin| twin.standpoint().hash(&relationship.id));
    println!("both nodes show {} and {}", &to_hex(&hashes[0])[..16], &to_hex(&hashes[1])[..16]);

    // The provider countersigns the payer's head, and an auditor sees what was paid, no more.
    let head = theirs.countersign(mine.sign_head(Author::Payer, &keys[0], 0), &keys[1])?;
    let paid = &drafts[5];
    let shown = Shown { event: paid.event(), body: paid.body(), fields: &["paid_cents"] };
    let proof = write_proof(&relationship, &head, mine.tree(Author::Payer), &[], shown)?;
    let proved = verify_proof(&proof)?;
    let names: Vec<&str> = proved.fields.iter().map(|field| field.name.as_str()).collect();
    println!(
        "a proof of {} bytes shows {} of {}",
        proof.len(),
        names.join(", "),
        paid.event().kind
    );
    Ok(())
}
