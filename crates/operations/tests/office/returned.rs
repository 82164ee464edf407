//! What a payer returns is not in its hands: books and record say the same of it.

use super::place::{OAK, Office, PAYER, answer, claim, claim_to, day, remittance};
use super::sending::{held, interchange, send};
use counterfoil_operations::halves::{Relation, Signer, Terms, append_due, open_relationship};
use counterfoil_operations::provider::{
    AnswerFile, Billed, ReadAnswers, post_document, take_answers,
};
use counterfoil_store::{Store, TwinClaimRow};
use counterfoil_twin::{Author, PrivateKey};

/// An office with a relationship to the payer.
pub struct Partnered {
    pub office: Office,
    pub relation: Relation,
    files: usize,
}

/// The key of the office in the record with a partner.
fn key(seed: u8) -> PrivateKey {
    PrivateKey::from_seed(&[seed; 32])
}

/// Opens a record with the payer that claims name so.
pub fn partner(store: &mut Store, payer_id: &str, seed: u8) -> Relation {
    let terms = Terms {
        role: Author::Provider,
        partner: payer_id.to_owned(),
        own_name: "Oak".to_owned(),
        payer_key: key(100 + seed).public_key(),
        provider_key: key(seed).public_key(),
        nonce: [seed; 32],
        identifiers: vec![payer_id.to_owned()],
    };
    let opened = store.transaction("open", |tx| open_relationship(tx, &terms));
    opened.expect("a relationship is opened")
}

/// Signs what the office has to say in a record that was opened with [`partner`].
pub fn sign(store: &mut Store, relation: &Relation) {
    let seed = u8::try_from(relation.id).expect("a small number");
    let mut secret = || [7; 32];
    let mut signer = Signer { key: &key(seed), now_ms: 1_770_000_000_000, secret: &mut secret };
    append_due(store, relation, &mut signer).expect("what is due is signed");
}

impl Partnered {
    pub fn new() -> Partnered {
        let mut office = Office::new();
        let relation = partner(&mut office.store, PAYER, 1);
        Partnered { office, relation, files: 0 }
    }

    /// What the record says of a claim by its number, as if the payer had said it.
    fn said(&mut self, number: &str, (standing, received_at): (&str, i64)) {
        let relation = &self.relation;
        let done = self.office.store.transaction("say", |tx| {
            let rows = tx.receivables_by_number(number)?;
            let row = rows.last().expect("a claim has this number");
            tx.set_twin_claim(&TwinClaimRow {
                relationship_id: relation.id,
                subject: row.twin_subject.clone(),
                standing: standing.to_owned(),
                patient_control_number: number.to_owned(),
                received_at,
                ..TwinClaimRow::default()
            })
        });
        done.expect("it is said");
    }

    /// Reads an answer: the kind of file and its group.
    pub fn read(&mut self, kind: &str, body: &str) -> ReadAnswers {
        self.files += 1;
        let text = format!(
            "ISA*00*          *00*          *ZZ*PLAN           *ZZ*OFFICE         *260315*0830*^*\
             00501*{:09}*0*P*:~{body}IEA*1*{:09}~",
            self.files, self.files
        );
        let file = AnswerFile {
            relation: &self.relation,
            kind,
            name: "answer.x12",
            bytes: text.as_bytes(),
            on: day(15),
        };
        take_answers(&mut self.office.store, &file).expect("an answer is read")
    }

    /// A 277CA that returns claims of OAK.
    pub fn returns(&mut self, numbers: &[&str]) -> ReadAnswers {
        let patient = |number: &&str| {
            format!("HL*4*3*PT~NM1*QC*1*DOE*JO****MI*M1~TRN*2*{number}~STC*A7:562:85*20260315*U~")
        };
        let patients: String = numbers.iter().map(patient).collect();
        self.read(
            "277CA",
            &format!(
                "GS*HN*PLAN*OFFICE*20260315*0830*1*X*005010X214~ST*277*0001*005010X214~\
                 BHT*0085*08*1*20260315*0830*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*1~\
                 DTP*050*D8*20260315~DTP*009*D8*20260315~HL*2*1*21*1~NM1*41*2*OFFICE*****46*O1~\
                 TRN*2*B1~STC*A1:19:PR*20260315*WQ*300~HL*3*2*19*1~NM1*85*2*OAK*****XX*{OAK}~\
                 {patients}SE*20*0001~GE*1*1~"
            ),
        )
    }
}

fn returned(count: u64) -> ReadAnswers {
    ReadAnswers { returned: count, ..ReadAnswers::default() }
}

#[test]
fn a_returned_correction_or_void_leaves_the_claim_that_the_payer_holds() {
    for (frequency, cents) in [("7", 12_000), ("7", 10_000), ("8", 10_000)] {
        let mut at = Partnered::new();
        at.office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
        at.office.bill(&claim(OAK, "P1", frequency, cents, ""), "b");
        assert_eq!(at.returns(&["P1"]), returned(1));
        let states = at.office.states();
        assert_eq!(states[0], "P1/1 1234567893 billed 100.00 = 0.00 + 0.00");
        assert!(states[1].starts_with("P1/2 1234567893 returned "), "{states:?}");
        assert_eq!(at.office.shown(), "billed_revenue -10000, receivable 10000");
        // The number is taken by the claim that stands.
        let other = at.office.bill(&claim(OAK, "P1", "1", 9_000, ""), "c");
        let same = at.office.bill(&claim(OAK, "P1", "1", 10_000, ""), "c");
        assert_eq!((other, same), (Billed::NumberInUse, Billed::Before));
        let (paid, _) =
            remittance((OAK, "T1", day(10)), vec![answer("P1", "K1", 10_000, 2_000)], vec![]);
        assert_eq!(at.office.post(&paid).posting.findings, []);
        assert_eq!(at.office.states()[0], "P1/1 1234567893 paid 100.00 = 80.00 + 20.00");
        assert_eq!(at.office.report().open_cents, 0);
        // Its correction again takes its place.
        let again = at.office.bill(&claim(OAK, "P1", "7", 11_000, "K1"), "d");
        assert_eq!(again, Billed::Correction);
        assert_eq!(at.office.states()[0], "P1/1 1234567893 withdrawn 100.00 = 80.00 + 20.00");
    }
}

#[test]
fn a_returned_original_leaves_its_number_free() {
    let mut at = Partnered::new();
    at.office.bill(&claim(OAK, "P1", "1", 10_000, ""), "a");
    assert_eq!(at.returns(&["P1"]), returned(1));
    assert_eq!(at.office.shown(), "");
    assert_eq!(at.office.bill(&claim(OAK, "P1", "1", 9_000, ""), "b"), Billed::New);
    // The one that stands has the number now.
    assert_eq!(at.office.bill(&claim(OAK, "P1", "1", 10_000, ""), "c"), Billed::NumberInUse);
    assert_eq!(at.office.shown(), "billed_revenue -9000, receivable 9000");
}

#[test]
fn a_returned_correction_under_another_number_leaves_the_claim_that_it_names() {
    for (frequency, cents) in [("7", 16_000), ("8", 15_000)] {
        let mut at = Partnered::new();
        at.office.bill(&claim(OAK, "P1", "1", 15_000, ""), "a");
        let (paid, _) =
            remittance((OAK, "T1", day(10)), vec![answer("P1", "K1", 15_000, 6_000)], vec![]);
        at.office.post(&paid);
        let before = (at.office.states(), at.office.shown());
        at.office.bill(&claim(OAK, "P2", frequency, cents, "K1"), "b");
        assert!(at.office.states()[0].contains(" withdrawn "));
        assert_eq!(at.returns(&["P2"]), returned(1));
        assert_eq!(at.office.states()[0], before.0[0]);
        assert_eq!(at.office.shown(), before.1);
    }
}

#[test]
fn a_refused_set_gives_back_its_own_claims_and_no_others() {
    let mut at = Partnered::new();
    let first = interchange(
        21,
        &[
            &[(PAYER, "C1", "1", 10_000, ""), (PAYER, "C2", "1", 20_000, "")],
            &[(PAYER, "C3", "1", 40_000, "")],
        ],
    );
    let second = interchange(22, &[&[(PAYER, "C4", "1", 80_000, "")]]);
    let third = interchange(23, &[&[(PAYER, "C5", "1", 160_000, "")]]);
    for bytes in [&first, &second, &third] {
        assert_eq!(send(&mut at.office.store, bytes, &[]).held, 0);
    }
    // In the first file the second set came back whole, and of the first set one claim by itself;
    // the whole second file did too; the third file's interchange as well.
    at.said("C1", ("rejected", 1));
    at.said("C2", ("decided", 1));
    at.said("C3", ("rejected", 0));
    at.said("C4", ("rejected", 0));
    at.said("C5", ("rejected", 0));
    let read = at.read("999", &of_999(21, &[("0001", "A"), ("0002", "R*5")]));
    assert_eq!(read, returned(1));
    let waiting = |at: &mut Partnered| -> Vec<(String, String)> {
        let held = held(&mut at.office.store).into_iter();
        held.map(|one| (one.patient_control_number, one.findings[0].code.clone())).collect()
    };
    let pair = |number: &str, code: &str| (number.to_owned(), code.to_owned());
    assert_eq!(waiting(&mut at), [pair("C3", "999 R")]);
    assert!(!held(&mut at.office.store)[0].claim_segments.expose().is_empty(), "with its segments");
    // The claim that came back by itself has the payer's own reasons.
    assert_eq!(at.returns(&["C1"]), returned(1));
    assert_eq!(at.read("TA1", "TA1*000000023*260301*0630*R*025~"), returned(1));
    let mut all = waiting(&mut at);
    all.sort();
    let expected = [pair("C1", "277CA A7:562:85"), pair("C3", "999 R"), pair("C5", "TA1 025")];
    assert_eq!(all, expected);
    assert_eq!(at.read("999", &of_999(22, &[("0001", "R*5")])), returned(1));
    // A refusal of what nobody waits for is counted and told, and changes nothing.
    let read = at.read("999", &of_999(99, &[("0001", "R*5")]));
    assert_eq!((read.returned, read.unknown), (0, 1));
    let told: Vec<&str> = read.findings.iter().map(|one| one.message.as_str()).collect();
    let said = "The payer refused transaction set 1 of group 99 (999 R), and no claim here waits \
                for that.";
    assert_eq!(told, [said]);
    assert_eq!(at.office.shown(), "billed_revenue -20000, receivable 20000");
}

/// A 999 about a group: ST02 and IK5 of each of its sets.
fn of_999(group: u32, sets: &[(&str, &str)]) -> String {
    let set =
        |(number, codes): &(&str, &str)| format!("AK2*837*{number}*005010X222A1~IK5*{codes}~");
    let (count, sets) = (sets.len(), sets.iter().map(set).collect::<String>());
    format!(
        "GS*FA*PLAN*OFFICE*20260315*0830*{group}*X*005010X231A1~ST*999*0001*005010X231A1~\
         AK1*HC*{group}*005010X222A1~{sets}AK9*P*{count}*{count}*1~SE*6*0001~GE*1*{group}~"
    )
}

#[test]
fn of_two_billings_the_one_comes_back_that_the_record_says() {
    let mut at = Partnered::new();
    let original = interchange(31, &[&[(PAYER, "P1", "1", 10_000, "")]]);
    let correction = interchange(32, &[&[(PAYER, "P1", "7", 12_000, "K1")]]);
    send(&mut at.office.store, &original, &[]);
    at.said("P1", ("rejected", 1));
    send(&mut at.office.store, &correction, &[]);
    at.said("P1", ("submitted", 0));
    assert_eq!(at.returns(&["P1"]), returned(1));
    let states = at.office.states();
    assert!(states[0].starts_with("P1/1 1234567893 returned"), "{states:?}");
    assert!(states[1].starts_with("P1/2 1234567893 billed"), "{states:?}");
    assert_eq!(held(&mut at.office.store), [], "its correction is on its way");
    assert_eq!(at.office.shown(), "billed_revenue -12000, receivable 12000");
}

#[test]
fn a_partner_answers_its_own_claims_alone() {
    let mut at = Partnered::new();
    let elk = partner(&mut at.office.store, "ELK01", 2);
    let fox = at.relation.clone();
    for (payer, number) in [(PAYER, "P1"), ("ELK01", "P2"), ("OWL01", "P3")] {
        at.office.bill(&claim_to(payer, (OAK, number), "1", 10_000, ""), "a");
    }
    let mut traces = 0;
    let mut post = |office: &mut Office, from: &Relation, names: &str, number: &str| {
        traces += 1;
        let denied = answer(number, "K", 10_000, 10_000);
        let head = (OAK, &*format!("T{traces}"), day(10));
        let (mut advice, _) = remittance(head, vec![denied], vec![]);
        advice.payer.id = names.into();
        let done = office
            .store
            .transaction("post", |tx| post_document(tx, from, &advice, ("835", day(20))));
        let done = done.expect("the 835 is looked at");
        done.posting.findings.iter().map(|one| one.code.to_string()).collect::<Vec<_>>()
    };
    let books = (at.office.states(), at.office.shown());
    let refused = ["OPS-7-remittance-of-another-payer"];
    // It names a partner, or a payer that is none; its own name is no key to other claims.
    assert_eq!(post(&mut at.office, &fox, "ELK01", "P2"), refused);
    assert_eq!(post(&mut at.office, &fox, "OWL01", "P3"), refused);
    assert_eq!((at.office.states(), at.office.shown()), books);
    post(&mut at.office, &fox, PAYER, "P2");
    post(&mut at.office, &fox, "84-X", "P3");
    assert_eq!(at.office.states(), books.0);
    // Each answers its own, by its name or without one.
    assert_eq!(post(&mut at.office, &elk, "ELK01", "P2"), [""; 0]);
    assert_eq!(post(&mut at.office, &fox, "", "P1"), [""; 0]);
    let states = at.office.states();
    assert!(states[0].contains(" denied ") && states[1].contains(" denied "), "{states:?}");
    assert!(states[2].contains(" billed "), "{states:?}");
}

#[test]
fn no_partner_uses_up_the_trace_numbers_of_another() {
    let mut at = Partnered::new();
    let elk = partner(&mut at.office.store, "ELK01", 2);
    let fox = at.relation.clone();
    for (payer, number) in [(PAYER, "P1"), ("ELK01", "P2")] {
        at.office.bill(&claim_to(payer, (OAK, number), "1", 10_000, ""), "a");
    }
    // The same trace number and TRN03: the first of the two writes what is the other's.
    let mut post = |from: &Relation, number: &str| {
        let paid = answer(number, "K", 10_000, 2_000);
        let (advice, _) = remittance((OAK, "T1", day(10)), vec![paid], vec![]);
        let file = ("835", day(20));
        let done = at.office.store.transaction("post", |tx| post_document(tx, from, &advice, file));
        let posting = done.expect("the 835 is looked at").posting;
        let codes: Vec<String> = posting.findings.iter().map(|one| one.code.to_string()).collect();
        (posting.already_posted, codes)
    };
    let codes = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    assert_eq!(post(&fox, "P1"), (false, codes(&[])));
    assert_eq!(post(&elk, "P2"), (false, codes(&["OPS-7-trace-of-two-payers"])));
    // Each of them is posted once.
    for (from, number) in [(&fox, "P1"), (&elk, "P2")] {
        assert_eq!(post(from, number), (true, codes(&["REMIT-already-posted"])));
    }
    for row in at.office.rows() {
        assert_eq!((row.state.as_str(), row.paid_cents.0), ("paid", 8_000), "{}", row.payer_id);
    }
    at.office.report();
}

#[test]
fn an_old_rejection_that_is_repeated_leaves_the_claim_that_was_sent_since() {
    let mut at = Partnered::new();
    send(&mut at.office.store, &interchange(41, &[&[(PAYER, "P1", "1", 10_000, "")]]), &[]);
    at.said("P1", ("rejected", 1));
    assert_eq!(at.returns(&["P1"]), returned(1));
    send(&mut at.office.store, &interchange(42, &[&[(PAYER, "P1", "1", 10_000, "")]]), &[]);
    at.said("P1", ("submitted", 0));
    // The first answer once more, in a file of its own.
    let unknown = ReadAnswers { unknown: 1, ..ReadAnswers::default() };
    assert_eq!(at.returns(&["P1"]), unknown);
    assert_eq!(held(&mut at.office.store), []);
    assert_eq!(at.office.shown(), "billed_revenue -10000, receivable 10000");
}
