//! A relationship whose two parties say every kind of thing, for the tests of this folder.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod agreed;
pub mod forged;
pub mod sweep;
pub mod vectors;

use counterfoil_base::{Date, Text};
use counterfoil_twin::*;

/// Both parties at work: their keys, their record and everything that was said.
pub struct Story {
    pub keys: [PrivateKey; 2],
    pub nonce: [u8; 32],
    pub twin: Twin,
    pub entries: [Vec<(Event, Body)>; 2],
    pub heads: [Vec<HeadEntry>; 2],
    pub time_ms: i64,
    count: u64,
}

pub const DAY: Date = Date::constant(2026, 3, 2);

impl Story {
    /// Two parties that have opened their relationship.
    pub fn new() -> Story {
        let keys = [PrivateKey::from_seed(&[11; 32]), PrivateKey::from_seed(&[22; 32])];
        let nonce = [33; 32];
        let relationship = Relationship::new(keys[0].public_key(), keys[1].public_key(), &nonce);
        let mut story = Story {
            keys,
            nonce,
            twin: Twin::new(relationship),
            entries: [Vec::new(), Vec::new()],
            heads: [Vec::new(), Vec::new()],
            time_ms: 1_772_409_600_000,
            count: 0,
        };
        let statement = opening(&relationship, &nonce, ["Plan", "Clinic"]);
        story.say_statement(Author::Payer, statement.clone());
        story.say_statement(Author::Provider, statement);
        story
    }

    pub fn id(&self) -> Hash {
        self.twin.relationship().id
    }

    pub fn say(&mut self, author: Author, kind: &str, subject: &str, fields: Vec<Field>) {
        let statement = Statement { kind: kind.into(), subject: subject.into(), fields };
        self.say_statement(author, statement);
    }

    pub fn say_statement(&mut self, author: Author, statement: Statement) {
        self.count += 1;
        self.time_ms += 1_000;
        let secret = sha256(&[b"secret", &self.count.to_be_bytes()]);
        let key = &self.keys[author as usize];
        let draft = self
            .twin
            .draft(author, key, statement, Stamp { time_ms: self.time_ms, secret })
            .unwrap();
        self.twin.append(&draft).unwrap();
        self.entries[author as usize].push((draft.event().clone(), draft.body().clone()));
    }

    /// A new key for an author, from the next event on.
    pub fn rotate(&mut self, author: Author, seed: u8) {
        let key = PrivateKey::from_seed(&[seed; 32]);
        let statement = rotation(self.twin.chain(author), &key);
        self.say_statement(author, statement);
        self.keys[author as usize] = key;
    }

    /// A head of both halves as they are; countersigned when asked for.
    pub fn sign_heads(&mut self, is_countersigned: bool) {
        for author in Author::BOTH {
            self.time_ms += 1_000;
            let head = self.twin.sign_head(author, &self.keys[author as usize], self.time_ms);
            let entry = if is_countersigned {
                self.twin.countersign(head, &self.keys[author.other() as usize]).unwrap()
            } else {
                HeadEntry::alone(head)
            };
            self.heads[author as usize].push(entry);
        }
    }

    /// A claim from submitted to posted: seven events.
    pub fn claim(&mut self, ordinal: i64) -> Text {
        let file = [44; 32];
        let claim = claim_subject(&self.id(), &file, ordinal.unsigned_abs());
        let (payer, provider) = (Author::Payer, Author::Provider);
        self.say(
            provider,
            "claim.submitted",
            &claim,
            vec![
                Field::integer("charge_cents", 10_000 + ordinal),
                Field::integer("ordinal", ordinal),
                Field::digest("file", file),
                Field::text("frequency", "1"),
                Field::text("patient_control_number", format!("PCN{ordinal}")),
            ],
        );
        self.say(
            payer,
            "claim.received",
            &claim,
            vec![
                Field::text("claim_control_number", format!("CCN{ordinal}")),
                Field::date("received_on", DAY),
            ],
        );
        self.say(
            payer,
            "claim.decided",
            &claim,
            vec![
                Field::text("outcome", "approved"),
                Field::integer("allowed_cents", 8_000),
                Field::integer("paid_cents", 7_500),
                Field::integer("patient_cents", 500),
                Field::date("decided_on", DAY),
                Field::text("decided_by", ""),
            ],
        );
        self.say(
            payer,
            "claim.paid",
            &claim,
            vec![
                Field::text("trace", "T1"),
                Field::integer("paid_cents", 7_500),
                Field::integer("interest_cents", 0),
                Field::date("effective_on", DAY),
            ],
        );
        self.say(
            provider,
            "remittance.posted",
            &claim,
            vec![
                Field::text("trace", "T1"),
                Field::integer("paid_cents", 7_500),
                Field::integer("adjusted_cents", 2_000),
                Field::integer("patient_cents", 500),
            ],
        );
        claim
    }

    /// Two claims of which the payer speaks before their provider: one received, told of twice
    /// and pended, one refused.
    pub fn early_claims(&mut self) {
        let (payer, provider) = (Author::Payer, Author::Provider);
        let file = [45; 32];
        let submit = |story: &mut Story, claim: &str, ordinal: i64| {
            let fields = vec![
                Field::integer("charge_cents", 700),
                Field::integer("ordinal", ordinal),
                Field::digest("file", file),
                Field::text("frequency", "1"),
                Field::text("patient_control_number", format!("EARLY{ordinal}")),
            ];
            story.say(provider, "claim.submitted", claim, fields);
        };
        let received = claim_subject(&self.id(), &file, 1);
        let number = Field::text("claim_control_number", "CCN-E");
        let fields = vec![number, Field::date("received_on", DAY)];
        self.say(payer, "claim.received", &received, fields);
        submit(self, &received, 1);
        submit(self, &received, 1);
        let fields = vec![Field::text("reason", "A person looks at it.")];
        self.say(payer, "claim.pended", &received, fields);
        let rejected = claim_subject(&self.id(), &file, 2);
        let fields = vec![
            Field::text("category", "A7"),
            Field::text("status", "562"),
            Field::text("reason", "The provider is not known."),
        ];
        self.say(payer, "claim.rejected", &rejected, fields);
        submit(self, &rejected, 2);
    }

    /// Every kind that `claim` does not say.
    pub fn other_kinds(&mut self) {
        let (payer, provider) = (Author::Payer, Author::Provider);
        let digest = [44; 32];
        let reason = |text: &str| vec![Field::text("reason", text)];
        let file = file_subject(&digest);
        self.say(
            provider,
            "file.sent",
            &file,
            vec![
                Field::digest("digest", digest),
                Field::integer("length", 1_234),
                Field::text("kind", "837P"),
                Field::text("name", "claims.edi"),
            ],
        );
        self.say(payer, "file.received", &file, vec![Field::digest("digest", digest)]);
        self.say(
            payer,
            "pack.published",
            "pack/edits",
            vec![
                Field::digest("digest", [55; 32]),
                Field::text("version", "2026.1"),
                Field::date("valid_from", DAY),
            ],
        );
        self.say(
            provider,
            "pack.installed",
            "pack/edits",
            vec![Field::digest("digest", [55; 32]), Field::text("version", "2026.1")],
        );
        let submit = |story: &mut Story, ordinal: i64| {
            let claim = claim_subject(&story.id(), &digest, ordinal.unsigned_abs());
            story.say(
                provider,
                "claim.submitted",
                &claim,
                vec![
                    Field::integer("charge_cents", 500),
                    Field::integer("ordinal", ordinal),
                    Field::digest("file", digest),
                    Field::text("frequency", "1"),
                    Field::text("patient_control_number", "é"),
                    Field::date("service_from", DAY),
                    Field::date("service_to", DAY),
                    Field::text("replaces", ""),
                    Field::integer("predicted_cents", 400),
                    Field::digest("pack", [55; 32]),
                ],
            );
            claim
        };
        let rejected = submit(self, 1_000_001);
        self.say(
            payer,
            "claim.rejected",
            &rejected,
            vec![
                Field::text("category", "A7"),
                Field::text("status", "562"),
                Field::text("reason", "The provider is not known."),
            ],
        );
        self.say(provider, "dispute.opened", &rejected, reason("It is."));
        self.say(
            payer,
            "dispute.answered",
            &rejected,
            vec![Field::text("outcome", "upheld"), Field::text("reason", "No.")],
        );
        self.say(provider, "dispute.closed", &rejected, reason("Corrected."));
        let voided = submit(self, 1_000_002);
        self.say(
            payer,
            "claim.received",
            &voided,
            vec![Field::text("claim_control_number", "CCN-V"), Field::date("received_on", DAY)],
        );
        self.say(payer, "claim.pended", &voided, reason("A person looks at it."));
        self.say(payer, "claim.voided", &voided, reason("Withdrawn."));
        let reversed = self.claim(1_000_003);
        self.say(
            payer,
            "claim.reversed",
            &reversed,
            vec![
                Field::text("trace", "T2"),
                Field::integer("paid_cents", -7_500),
                Field::text("reason", "Paid twice."),
            ],
        );
        let payment = payment_subject(&self.id(), "T1");
        self.say(
            payer,
            "payment.sent",
            &payment,
            vec![
                Field::text("trace", "T1"),
                Field::text("method", "ACH"),
                Field::integer("amount_cents", 7_500),
                Field::integer("claims", 1),
                Field::date("effective_on", DAY),
                Field::digest("remittance", [66; 32]),
            ],
        );
        self.say(
            provider,
            "payment.matched",
            &payment,
            vec![Field::integer("amount_cents", 7_500), Field::date("received_on", DAY)],
        );
        self.agreements();
        self.say(payer, "weather.noted", "sky", vec![Field::text("sky", "blue")]);
    }

    /// A contract that both sign, an amendment that one has signed, and its settlement: stated
    /// by both, and restated by one.
    fn agreements(&mut self) {
        let both = [Author::Payer, Author::Provider];
        for (author, by) in both.into_iter().zip(["R. Alvarez", "Dr. É. Novak"]) {
            let fields = vec![
                Field::digest("digest", [77; 32]),
                Field::date("effective_on", DAY),
                Field::text("signed_by", by),
            ];
            self.say(author, "contract.signed", "contract/shared-savings", fields);
        }
        let fields = vec![
            Field::digest("digest", [78; 32]),
            Field::date("effective_on", Date::constant(2027, 1, 1)),
            Field::text("signed_by", "R. Alvarez"),
            Field::digest("replaces", [77; 32]),
        ];
        self.say(Author::Payer, "contract.signed", "contract/shared-savings", fields);
        let stated = |statement: u8, cents, status: &str| {
            vec![
                Field::digest("contract", [77; 32]),
                Field::digest("facts", [80; 32]),
                Field::digest("statement", [statement; 32]),
                Field::integer("amount_cents", cents),
                Field::integer("rows", 1),
                Field::text("status", status),
                Field::text("stated_by", "R. Alvarez"),
            ]
        };
        let subject = "settlement/shared-savings/2026";
        for (statement, cents, status) in [(81, 5_000, "provisional"), (82, 12_345, "final")] {
            for author in both {
                let fields = stated(statement, cents, status);
                self.say(author, "settlement.stated", subject, fields);
            }
        }
        let mut fields = stated(83, -1, "restated");
        fields.push(Field::digest("replaces", [82; 32]));
        self.say(Author::Provider, "settlement.stated", subject, fields);
    }

    /// The file of a half; bodies are withheld where `shows` says so.
    pub fn file_with(&self, author: Author, shows: impl Fn(&Event) -> bool) -> Vec<u8> {
        let entries = &self.entries[author as usize];
        let heads = &self.heads[author as usize];
        let mut out = Vec::new();
        let events = entries.len() as u64;
        write_half_start(&mut out, self.twin.relationship(), author, heads, events);
        for (event, body) in entries {
            write_half_entry(&mut out, event, shows(event).then_some(body));
        }
        out
    }

    pub fn file(&self, author: Author) -> Vec<u8> {
        self.file_with(author, |_| true)
    }

    pub fn files(&self) -> [Vec<u8>; 2] {
        Author::BOTH.map(|author| self.file(author))
    }

    /// The `key.rotated` events of a half.
    pub fn rotations(&self, author: Author) -> Vec<(Event, Body)> {
        let entries = &self.entries[author as usize];
        entries.iter().filter(|(event, _)| event.kind == "key.rotated").cloned().collect()
    }
}

/// Claim after claim until each half has this many events, with heads on the way.
pub fn long_story(events: usize) -> Story {
    let mut story = Story::new();
    let mut ordinal = 0;
    while story.entries.iter().any(|entries| entries.len() < events) {
        ordinal += 1;
        let lengths = story.entries.each_ref().map(Vec::len);
        if lengths[0] < lengths[1] {
            let file = file_subject(&sha256(&[&ordinal.to_string().into_bytes()]));
            let digest = sha256(&[&ordinal.to_string().into_bytes()]);
            story.say(Author::Payer, "file.received", &file, vec![Field::digest("digest", digest)]);
        } else if lengths[1] < lengths[0] || lengths[0] + 3 > events {
            let digest = sha256(&[&ordinal.to_string().into_bytes()]);
            let file = file_subject(&digest);
            let fields = vec![Field::digest("digest", digest)];
            story.say(Author::Provider, "file.received", &file, fields);
        } else {
            story.claim(ordinal);
        }
        if ordinal == 100 {
            story.sign_heads(true);
        }
    }
    story.sign_heads(true);
    story
}

/// Every kind, two rotations, some heads; about forty events.
pub fn full_story() -> Story {
    let mut story = Story::new();
    story.claim(1);
    story.sign_heads(true);
    story.other_kinds();
    story.rotate(Author::Payer, 12);
    story.sign_heads(false);
    story.claim(2);
    story.rotate(Author::Provider, 23);
    story.claim(3);
    story.early_claims();
    story.sign_heads(true);
    story
}

/// Verdict of both files: code and place of each finding.
pub fn verdicts(files: [&[u8]; 2]) -> Vec<Option<(Code, FindingPlace)>> {
    let report = verify_halves(files, [&[], &[]], &first_refusal);
    let verdict = |half: HalfReport| half.finding.map(|finding| (finding.code, finding.place));
    report.halves.into_iter().map(verdict).collect()
}
