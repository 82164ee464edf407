//! Packs that are read, packs that are refused, and the edits of the sample pack.

use super::*;
use crate::tests::{address, hospital_claim, line, office_claim, on, reference, told};
use counterfoil_base::{Cents, Phi, Units};
use counterfoil_claim::{Attachment, Drug};

const PACK: &[u8] =
    include_bytes!("../../../../data/rulepacks/counterfoil-demo-payer/2026.1/pack.toml");
const MANIFEST: &str =
    include_str!("../../../../data/rulepacks/counterfoil-demo-payer/2026.1/manifest.toml");

fn sample() -> RulePack {
    RulePack::load(PACK, MANIFEST).unwrap_or_else(|why| panic!("{}", told(&why)))
}

#[test]
fn the_sample_pack_is_what_its_manifest_says_and_a_changed_one_is_not() {
    let pack = sample();
    assert_eq!((pack.name.as_str(), pack.version.as_str()), ("counterfoil-demo-payer", "2026.1"));
    assert_eq!(pack.edits.len(), 14);
    let changed = [PACK, b"\n# changed\n"].concat();
    let refused = RulePack::load(&changed, MANIFEST).unwrap_err();
    assert_eq!(refused[0].code, "PCK-7-digest");
    assert_eq!(RulePack::load(PACK, "title = 1").unwrap_err()[0].code, "PCK-7-manifest");
    let other_days = MANIFEST.replace("2025-01-01", "2024-01-01");
    assert_eq!(RulePack::load(PACK, &other_days).unwrap_err()[0].code, "PCK-7-manifest");
}

/// A claim that an edit lets pass, and what makes it speak.
type Case = (&'static str, Claim, fn(&mut Claim));

fn cases() -> Vec<Case> {
    let office = |code: &str| office_claim(&[code]);
    vec![
        ("member-number-form", office("T1015"), |c| {
            c.subscriber.person.id = Phi::new("FX12345678".into());
        }),
        ("billing-taxonomy", office("T1015"), |c| c.billing_provider.taxonomy = "".into()),
        (
            "authorization-power-wheelchair",
            Claim { references: vec![reference("G1", "A1")], ..office("K0823") },
            |c| c.references.clear(),
        ),
        ("authorization-psychiatric-room", hospital_claim("11", &["T1015"]), |c| {
            c.lines[0].revenue_code = "0124".into()
        }),
        ("drug-code-costly", with_drug("J9271"), |c| c.lines[0].drug = None),
        ("screening-of-women", office("G0101"), |c| c.subscriber.person.gender = "M".into()),
        ("child-screening-age", child("S0302", "20050716"), |c| {
            c.subscriber.person.birth_date = Phi::new("20040715".into());
        }),
        ("ambulance-miles-a-day", office_claim(&["A0425", "A0425"]), |c| {
            c.lines.iter_mut().for_each(|line| line.units = Units::whole(130));
        }),
        ("equipment-place", office("E0260"), |c| c.lines[0].place_of_service = "31".into()),
        ("wellness-visit-once", office("G0438"), |c| c.lines.push(line(2, "G0439"))),
        (
            "unlisted-supply-record",
            Claim { attachments: vec![invoice()], ..office("E1399") },
            |c| c.attachments.clear(),
        ),
        ("long-stay", hospital_claim("11", &["T1015"]), |c| {
            c.dates = vec![on("434", "20250501-20250715")];
        }),
        ("large-claim", office("T1015"), |c| c.charge_cents = Cents(50_000_001)),
        ("telehealth-place", at_place("T1015 GT", "02"), |c| {
            c.lines[0].place_of_service = "11".into();
        }),
    ]
}

fn invoice() -> Attachment {
    Attachment { report_type: "OZ".into(), ..Attachment::default() }
}

fn with_drug(code: &str) -> Claim {
    let mut claim = office_claim(&[code]);
    claim.lines[0].drug = Some(Drug { code: "00006302602".into(), ..Drug::default() });
    claim
}

fn at_place(code: &str, place_of_service: &str) -> Claim {
    let mut claim = office_claim(&[code]);
    claim.lines[0].place_of_service = place_of_service.into();
    claim
}

fn child(code: &str, birth_date: &str) -> Claim {
    let mut claim = office_claim(&[code]);
    claim.subscriber.person.birth_date = Phi::new(birth_date.into());
    claim
}

#[test]
fn every_edit_of_the_sample_pack_passes_one_claim_and_stops_another() {
    let pack = sample();
    let spoken = |claim: &Claim| -> Vec<String> {
        pack.hits(claim).iter().map(|hit| hit.edit.id.clone()).collect()
    };
    let mut tried = Vec::new();
    for (id, mut claim, spoil) in cases() {
        assert_eq!(spoken(&claim), Vec::<String>::new(), "{id} on the claim that passes");
        spoil(&mut claim);
        assert_eq!(spoken(&claim), [id], "{id} on the claim that does not");
        tried.push(id.to_string());
    }
    let ids: Vec<String> = pack.edits.iter().map(|edit| edit.id.clone()).collect();
    assert_eq!(tried, ids);
}

#[test]
fn a_finding_of_a_pack_says_where_why_and_what_to_do() {
    let mut claim = office_claim(&["T1015", "E0260"]);
    claim.lines[1].place_of_service = "31".into();
    let mut findings = Vec::new();
    sample().check_claim(&claim, &mut findings);
    let [finding] = findings.as_slice() else { panic!("{}", told(&findings)) };
    assert_eq!(finding.code, "PACK-7-counterfoil-demo-payer-equipment-place");
    assert_eq!((finding.position.segment, finding.position.offset), (Some(39), Some(1_200)));
    assert_eq!(finding.position.segment_in_transaction, Some(37));
    assert_eq!(finding.position.service_line, Some(2));
    assert_eq!(
        finding.cause,
        "The facility provides equipment during the stay. (counterfoil-demo-payer 2026.1)"
    );
    let status = crate::ClaimStatusEntry::of(finding).map(|status| status.to_string());
    assert_eq!(status.as_deref(), Some("A8:249"));
}

#[test]
fn payer_days_plan_and_provider_decide_whether_an_edit_is_asked() {
    let pack = |scope: &str| {
        let text = format!(
            "[pack]\nname='p'\nversion='1'\ntitle='t'\npayer_ids=['FOX01']\n\
             valid_from='2025-01-01'\nvalid_to='2025-12-31'\n[[edit]]\nid='e'\nabout='claim'\n\
             outcome='note'\nmessage='m'\ncause='c'\nfix='f'\n{scope}\n\
             when=[{{ field='claim.facility_code', present=true }}]\n"
        );
        RulePack::parse(&text).unwrap_or_else(|why| panic!("{}", told(&why)))
    };
    let mut claim = office_claim(&["T1015"]);
    claim.subscriber.group_number = "GOLD".into();
    for (scope, speaks) in [
        ("", true),
        ("claims=['professional']", true),
        ("claims=['institutional']", false),
        ("plans=['GOLD','SILVER']", true),
        ("plans=['SILVER']", false),
        ("providers=['1234567893']", true),
        ("providers=['1245319599']", false),
        ("except_providers=['1234567893']", false),
        ("valid_from='2025-07-15'", true),
        ("valid_from='2025-07-16'", false),
        ("valid_to='2025-07-14'", false),
    ] {
        assert_eq!(pack(scope).hits(&claim).len(), usize::from(speaks), "{scope}");
    }
    claim.payer.id = "OTH01".into();
    assert!(pack("").hits(&claim).is_empty());
    claim.payer.id = "FOX01".into();
    claim.lines[0].dates = vec![on("472", "20260101")];
    assert!(pack("").hits(&claim).is_empty());
}

#[test]
fn conditions_ask_what_they_say() {
    let mut claim = office_claim(&["J1885 LT", "T1015"]);
    claim.billing_provider.address = Some(address("MA", "02110"));
    claim.lines[0].units = Units::whole(3);
    for (condition, holds) in [
        ("field='line.procedure', in=['J1885']", true),
        ("field='line.procedure', in=['A0001','T1014']", false),
        ("field='line.procedure', not_in=['J1885','T1015']", false),
        ("field='line.procedure', prefix=['X','J18']", true),
        ("field='line.procedure', not_prefix=['X']", true),
        ("field='line.procedure', matches=['@####']", true),
        ("field='line.procedure', matches=['@###']", false),
        ("field='line.procedure', matches=['J*']", true),
        ("field='line.procedure', matches=['?1885']", true),
        ("field='line.procedure', not_matches=['#*']", true),
        ("field='line.modifiers', in=['LT']", true),
        ("field='line.modifiers', in=['RT']", false),
        ("field='line.drug', present=false", true),
        ("field='line.drug', present=true", false),
        ("field='line.drug', not_in=['1']", true),
        ("field='line.diagnoses', in=['E119']", true),
        ("field='line.place_of_service', in=['11']", true),
        ("field='claim.bill_type', in=['111']", true),
        ("field='billing_provider.state', in=['MA']", true),
        ("field='line.units', equals=3", true),
        ("field='line.units', at_least='3.5'", false),
        ("field='line.units', at_most=3", true),
        ("field='line.units', less_than=3", false),
        ("field='line.units', between=[1, 3]", true),
        ("field='line.charge', more_than=99.99", true),
        ("field='line.days', equals=1", true),
        ("field='patient.age', equals=45", true),
        ("field='claim.charge', equals='200.00'", true),
        ("field='claim.line_count', equals=2", true),
        ("count='lines', where=[{field='line.procedure', prefix=['T']}], more_than=0", true),
        ("sum='line.units', equals=4", true),
    ] {
        let text = format!(
            "[pack]\nname='p'\nversion='1'\ntitle='t'\nvalid_from='2025-01-01'\n[[edit]]\n\
             id='e'\nabout='line'\noutcome='note'\nmessage='m'\ncause='c'\nfix='f'\n\
             when=[{{ {condition} }}]\n"
        );
        let pack = RulePack::parse(&text).unwrap_or_else(|why| panic!("{}", told(&why)));
        // Counts and sums look at the lines up to the one that is asked.
        let all_lines = condition.starts_with("count") || condition.starts_with("sum");
        let asked = &claim.lines[usize::from(all_lines)];
        let spoke = pack.hits(&claim).iter().any(|hit| hit.line.is_some_and(|l| l == asked));
        assert_eq!(spoke, holds, "{condition}");
    }
}

#[test]
fn of_lines_that_add_up_only_those_beyond_the_limit_are_answered() {
    let mut claim = office_claim(&["A0425", "A0425", "A0425"]);
    claim.lines.iter_mut().for_each(|line| line.units = Units::whole(100));
    let lines: Vec<u32> =
        sample().hits(&claim).iter().filter_map(|hit| hit.line.map(|line| line.number)).collect();
    assert_eq!(lines, [3]);
    claim.lines[2].dates = vec![on("472", "20250716")];
    assert!(sample().hits(&claim).is_empty());
}

/// A good pack in which a test replaces one line.
const GOOD: &str = r#"[pack]
name = "p"
version = "1"
title = "t"
valid_from = "2025-01-01"
valid_to = "2025-12-31"
[[edit]]
id = "one"
about = "line"
when = [{ field = "line.procedure", in = ["J1885"] }]
outcome = "reject"
message = "m"
cause = "c"
fix = "f"
status = "A7:562:85"
"#;

#[test]
fn a_bad_pack_is_refused_with_line_cause_and_suggestion() {
    assert!(RulePack::parse(GOOD).is_ok());
    let mut story = String::new();
    let edit = &GOOD[GOOD.find("[[edit]]").unwrap()..];
    for (good, bad) in [
        ("[pack]", "[pack"),
        ("[pack]", "[head]"),
        ("name = \"p\"\n", ""),
        ("version = \"1\"", "version = 1"),
        ("title = \"t\"", "title = \" \""),
        ("valid_from = \"2025-01-01\"\n", ""),
        ("2025-01-01", "2025-02-30"),
        ("2025-12-31", "2024-12-31"),
        ("title = \"t\"", "title = \"t\"\npayer_id = [\"X\"]"),
        ("[[edit]]", "[edit]"),
        ("\"one\"", "\"One rule\""),
        ("about = \"line\"", "about = \"lines\""),
        ("\"reject\"", "\"refuse\""),
        ("A7:562:85", "A2:20"),
        ("status = \"A7:562:85\"\n", ""),
        ("\"line.procedure\"", "\"line.procedur\""),
        ("\"line.procedure\"", "\"patient.shoe_size\""),
        ("in = [\"J1885\"]", "is = [\"J1885\"]"),
        ("in = [\"J1885\"]", "in = \"J1885\""),
        ("in = [\"J1885\"]", "in = [\"J1885\"], present = true"),
        ("field = \"line.procedure\", in = [\"J1885\"]", "in = [\"J1885\"]"),
        ("in = [\"J1885\"]", "matches = [\"J*5\"]"),
        (
            "field = \"line.procedure\", in = [\"J1885\"]",
            "field = \"line.units\", at_least = \"x\"",
        ),
        (
            "field = \"line.procedure\", in = [\"J1885\"]",
            "field = \"line.units\", between = [9, 1]",
        ),
        ("field = \"line.procedure\", in = [\"J1885\"]", "count = \"claims\", at_least = 1"),
        ("field = \"line.procedure\", in = [\"J1885\"]", "sum = \"patient.age\", at_least = 1"),
        ("about = \"line\"", "about = \"claim\""),
        ("when = [{", "claims = [\"profesional\"]\nwhen = [{"),
        ("id = \"one\"", "id = \"one\"\nvalid_to = \"2026-01-31\""),
        ("status = \"A7:562:85\"\n", &format!("status = \"A7:562:85\"\n{edit}")),
    ] {
        let text = GOOD.replacen(good, bad, 1);
        let findings = RulePack::parse(&text).expect_err(bad);
        for finding in findings {
            story += &format!("{} {}\n  {}\n", finding.code, finding.message, finding.fix);
        }
    }
    insta::assert_snapshot!(story, @r#"
    PCK-7-syntax Line 1: the file is not TOML (unclosed table, expected `]`).
      Correct the line.
    PCK-7-unknown-key Line 1: the file does not know head.
      Use one of: pack, edit.
    PCK-7-missing Line 1: the file has no [pack].
      Begin the file with [pack].
    PCK-7-missing Line 1: [pack] has no name.
      Add name = "...".
    PCK-7-type Line 3: version is not text.
      Put it in quotes.
    PCK-7-value Line 4: title is empty.
      Say something.
    PCK-7-missing Line 1: [pack] has no valid_from.
      Add the first day of service, valid_from = "2026-01-01".
    PCK-7-dates Line 5: valid_from is not a day.
      Write it as "2026-01-31".
    PCK-7-dates Line 6: valid_to lies before valid_from.
      Exchange the dates, or correct the one that is wrong.
    PCK-7-unknown-key Line 5: [pack] does not know payer_id.
      Did you mean payer_ids?
    PCK-7-type Line 7: edit is not a list of tables.
      Write [[edit]] with two brackets before each rule.
    PCK-7-id Line 8: the id has other characters.
      Use lower-case letters, digits and hyphens, at most 60.
    PCK-7-value Line 9: about does not know lines.
      Did you mean line?
    PCK-7-value Line 11: outcome does not know refuse.
      Use one of: reject, pend, note.
    PCK-7-value Line 15: the status is not a 277CA status.
      Write category (A3, A6, A7 or A8), status code and entity: "A7:562:85".
    PCK-7-missing Line 7: an edit that rejects has no status.
      Add the 277CA status, for example status = "A7:562:85".
    PCK-7-unknown-field Line 10: no field is called line.procedur.
      Did you mean line.procedure?
    PCK-7-unknown-field Line 10: no field is called patient.shoe_size.
      Use one of: patient.gender, patient.relationship, patient.age.
    PCK-7-unknown-key Line 10: a condition does not know is.
      Did you mean in?
    PCK-7-condition Line 10: a condition asks not exactly one thing.
      Use one of: in, not_in, prefix, not_prefix, matches, not_matches, present.
    PCK-7-type Line 10: in is not a list of texts.
      Write in = ["...", "..."].
    PCK-7-condition Line 10: a condition asks not exactly one thing.
      Use one of: in, not_in, prefix, not_prefix, matches, not_matches, present.
    PCK-7-condition Line 10: a condition names not exactly one of field, count and sum.
      Name what is looked at, for example field = "line.procedure".
    PCK-7-value Line 10: the form J*5 goes on after *.
      * stands for whatever follows and comes last.
    PCK-7-type Line 10: at_least is not a number.
      Write a whole number, or a decimal in quotes: "12.50".
    PCK-7-type Line 10: between is not two numbers, the smaller first.
      Write between = [1, 12].
    PCK-7-value Line 10: count does not know claims.
      Write count = "lines".
    PCK-7-condition Line 10: only numbers of lines can be summed.
      Use one of: line.units, line.charge, line.days.
    PCK-7-condition Line 10: line.procedure is a fact of a line and the edit is about the claim.
      Write about = "line", or use count, sum or claim.procedures.
    PCK-7-value Line 10: claims does not know profesional.
      Did you mean professional?
    PCK-7-dates Line 9: the dates of the edit lie outside those of the pack.
      Keep the edit within the days of its pack.
    PCK-7-id-twice Line 17: the id one stands twice.
      Give each edit its own id.
    "#);
}

#[test]
fn a_problem_shows_the_line_it_lies_in() {
    let text = GOOD.replace("outcome", "outcom");
    let findings = RulePack::parse(&text).unwrap_err();
    let unknown = findings.iter().find(|finding| finding.code == "PCK-7-unknown-key").unwrap();
    assert_eq!(unknown.message, "Line 11: an edit does not know outcom.");
    assert_eq!(unknown.cause, "11 | outcom = \"reject\"");
    assert_eq!(unknown.fix, "Did you mean outcome?");
    assert_eq!(unknown.position.offset, text.find("outcom").map(|at| at as u64));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(cut in 0usize..400, junk in "\\PC{0,40}") {
        let text: String = GOOD.chars().take(cut).chain(junk.chars()).collect();
        let _ = RulePack::parse(&text);
        let middle: String =
            GOOD.chars().take(cut).chain(junk.chars()).chain(GOOD.chars().skip(cut)).collect();
        let _ = RulePack::parse(&middle);
    }
}

mod rules;
