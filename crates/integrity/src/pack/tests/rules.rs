//! Edits whose condition is a rule in the contract language.

use super::*;

fn pack_with(about: &str, keys: &str) -> Result<RulePack, Vec<Finding>> {
    RulePack::parse(&format!(
        "[pack]\nname = \"p\"\nversion = \"1\"\ntitle = \"t\"\nvalid_from = \"2025-01-01\"\n\n\
         [[edit]]\nid = \"e\"\nabout = \"{about}\"\noutcome = \"note\"\nmessage = \"m\"\n\
         cause = \"c\"\nfix = \"f\"\n{keys}\n"
    ))
}

/// The lines that an edit with this rule speaks about, by their numbers.
fn spoken(rule: &str, claim: &Claim) -> Vec<usize> {
    let pack = pack_with("line", &format!("rule = '''{rule}'''"));
    let pack = pack.unwrap_or_else(|why| panic!("{rule}: {}", told(&why)));
    let number = |line: &Line| {
        claim.lines.iter().position(|one| std::ptr::eq(one, line)).map_or(0, |place| place + 1)
    };
    pack.hits(claim).iter().filter_map(|hit| hit.line.map(number)).collect()
}

/// An office claim: two lines, $300 for 2 units and $40 for one.
fn claim() -> Claim {
    let mut claim = office_claim(&["J9271", "99213"]);
    claim.lines[0].charge_cents = Cents(30_000);
    claim.lines[0].units = Units::whole(2);
    claim.lines[1].charge_cents = Cents(4_000);
    claim.lines[1].units = Units::whole(1);
    claim.charge_cents = Cents(34_000);
    claim
}

#[test]
fn rules_compare_what_conditions_cannot() {
    let claim = claim();
    for (rule, lines) in [
        ("line.charge > $149.99 * line.units", vec![1]),
        ("line.charge > $150 * line.units", vec![]),
        ("line.charge >= 80% * claim.charge", vec![1]),
        ("claim.charge > $0 and line.charge / claim.charge >= 80%", vec![1]),
        ("line.charge >= claim.charge - $300", vec![1, 2]),
        ("line.procedure = \"J9271\" or line.charge < $50", vec![1, 2]),
        ("line.procedure is one of J9271, J9299", vec![1]),
        ("not (line.procedure = \"J9271\")", vec![2]),
        ("if line.units > 1 then line.charge > $200 else line.charge > $50", vec![1]),
        ("line.drug <> \"\"", vec![]),
        ("line.drug = \"\" and line.days <= 1 days", vec![1, 2]),
        ("round(line.charge / 7, half_up, $0.01) = $42.86", vec![1]),
        ("line.service_date >= 2025-01-01", vec![1, 2]),
        ("line.service_date < 2025-01-01", vec![]),
    ] {
        assert_eq!(spoken(rule, &claim), lines, "{rule}");
    }
}

#[test]
fn a_number_that_the_claim_does_not_state_lets_the_edit_be_silent() {
    let mut claim = claim();
    claim.subscriber.person.birth_date = Phi::new("".into());
    assert_eq!(spoken("patient.age < 200", &claim), Vec::<usize>::new());
    assert_eq!(spoken("not (patient.age < 200)", &claim), Vec::<usize>::new());
    // What does not rest on it answers all the same.
    assert_eq!(spoken("line.charge > $50 or patient.age < 200", &claim), vec![1]);
}

#[test]
fn a_rule_answers_as_the_condition_does() {
    let claim = claim();
    for (rule, when) in [
        ("line.units >= 2", "{ field = \"line.units\", at_least = 2 }"),
        ("line.charge < $300", "{ field = \"line.charge\", less_than = 300 }"),
        ("line.charge = $40", "{ field = \"line.charge\", equals = \"40.00\" }"),
        ("line.procedure = \"99213\"", "{ field = \"line.procedure\", in = [\"99213\"] }"),
        ("line.procedure <> \"99213\"", "{ field = \"line.procedure\", not_in = [\"99213\"] }"),
        ("line.drug = \"\"", "{ field = \"line.drug\", present = false }"),
        ("patient.age > 3", "{ field = \"patient.age\", more_than = 3 }"),
        ("claim.line_count = 2", "{ field = \"claim.line_count\", equals = 2 }"),
    ] {
        let pack = pack_with("line", &format!("when = [{when}]"));
        let pack = pack.unwrap_or_else(|why| panic!("{when}: {}", told(&why)));
        assert_eq!(spoken(rule, &claim).len(), pack.hits(&claim).len(), "{rule}");
    }
}

#[test]
fn when_rule_and_unless_hold_together() {
    let claim = claim();
    let hits = |keys: &str| {
        let pack = pack_with("line", keys).unwrap_or_else(|why| panic!("{keys}: {}", told(&why)));
        pack.hits(&claim).len()
    };
    let rule = "rule = \"line.charge > $10\"\n";
    let drug = "[{ field = \"line.procedure\", prefix = [\"J\"] }]";
    assert_eq!(hits(rule), 2);
    assert_eq!(hits(&format!("{rule}when = {drug}")), 1);
    assert_eq!(hits(&format!("{rule}unless = {drug}")), 1);
    assert_eq!(hits(&format!("{rule}when = {drug}\nunless = {drug}")), 0);
}

#[test]
fn an_edit_about_claims_asks_the_claim() {
    let keys = "rule = \"claim.charge > $100 * claim.line_count\"";
    let pack = pack_with("claim", keys).unwrap_or_else(|why| panic!("{}", told(&why)));
    assert_eq!(pack.hits(&claim()).len(), 1);
    assert_eq!(pack, pack_with("claim", keys).expect("as before"));
    assert_ne!(pack, pack_with("claim", "rule = \"claim.charge > $1\"").expect("reads"));
}

#[test]
fn what_is_wrong_with_a_rule_is_said_where_it_stands() {
    let refused = |about: &str, rule: &str| {
        let findings = pack_with(about, &format!("rule = '{rule}'")).expect_err(rule);
        let line = |f: &Finding| {
            let said = f.message.replace(": the rule cannot be used: ", "\n  ");
            format!("{} @{}: {said}\n  {}\n", f.code, f.position.offset.unwrap_or(0), f.fix)
        };
        findings.iter().map(line).collect::<String>()
    };
    insta::assert_snapshot!(refused("line", "line.chrge > $5"), @r#"
        PCK-7-rule @165: Line 14
          no fact is named line.chrge.
          Did you mean line.charge?
    "#);
    insta::assert_snapshot!(refused("line", "line_charge > $5"), @r#"
        PCK-7-rule @165: Line 14
          facts are named with a point, not line_charge.
          Write line.charge.
    "#);
    insta::assert_snapshot!(refused("line", "line.modifiers = \"25\""), @r#"
        PCK-7-rule @165: Line 14
          line.modifiers can have several values, a rule compares single ones.
          Ask it in when: { field = "line.modifiers", in = [...] }.
    "#);
    insta::assert_snapshot!(refused("claim", "line.charge > $5"), @r#"
        PCK-7-rule @166: Line 14
          line.charge asks a line, and the edit is about claims.
          Write about = "line", or ask a fact of the claim.
    "#);
    insta::assert_snapshot!(refused("line", "line.charge > 5"), @r#"
        PCK-7-rule @165: Line 14
          Expected money, found a plain number.
          Write an amount of money with $, such as $1,000
    "#);
    insta::assert_snapshot!(refused("line", "line.charge > line.days"), @r#"
        PCK-7-rule @165: Line 14
          Expected money, found days.
          Multiply or divide so that the units agree, or correct the declared unit
    "#);
    insta::assert_snapshot!(refused("line", "line.charge * 2"), @r#"
        PCK-7-rule @165: Line 14
          Expected flag, found money.
          Use a value of the expected type, or correct the declared type
    "#);
    insta::assert_snapshot!(refused("line", "line.charge / line.units > $5"), @r#"
        PCK-7-rule @179: Line 14
          The divisor can be zero.
          Ask first that it is more than zero: line.units > 0 and ...
    "#);
    insta::assert_snapshot!(refused("line", "line.charge > $5 and"), @r#"
        PCK-7-rule @185: Line 14
          Expected a value: a number, a name, or a bracket, found ')'.
          See the grammar in docs/reference/contract-language.md
    "#);
    insta::assert_snapshot!(refused("line", "shoe_size > 5"), @r#"
        PCK-7-rule @165: Line 14
          Nothing is called 'shoe_size'.
    "#);
    insta::assert_snapshot!(refused("line", "true) term other: flag = (true"), @r#"
        PCK-7-rule @165: Line 14
          the rule is not one condition.
          Write a single condition, such as line.charge > $500 * line.units.
    "#);
    insta::assert_snapshot!(refused("line", "line.charge > $5 ``` x"), @r#"
        PCK-7-rule @182: Line 14
          This cannot be read: this character has no meaning in a terms block.
          See the grammar in docs/reference/contract-language.md
    "#);
    insta::assert_snapshot!(refused("line", " "), @r#"
        PCK-7-value @164: Line 14: rule is empty.
          Say something.
    "#);
}
