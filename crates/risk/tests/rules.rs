//! Rule by rule, with coefficients as CMS publishes them: segments, edits, hierarchies,
//! interactions, counts, and what is wrong with a line.

use counterfoil_risk::{
    DiagnosisCode, Dual, Entitlement, Explanation, ModelName, Person, RiskModel, Sex, score_block,
};
use std::num::NonZeroUsize;

fn woman(age_years: u8) -> Person {
    Person {
        age_years,
        sex: Sex::Female,
        original_entitlement: Entitlement::Age,
        current_entitlement: Entitlement::Age,
        dual: Dual::None,
        is_new_enrollee: false,
        in_special_needs_plan: false,
        is_long_term_institutional: false,
        graft_months: None,
    }
}

fn explain(model: ModelName, person: &Person, diagnoses: &str) -> Explanation {
    let model = RiskModel::load(model).expect("the tables have their form");
    let codes: Vec<DiagnosisCode> =
        diagnoses.split_whitespace().map(|d| DiagnosisCode::parse(d).expect("a code")).collect();
    model.explain(person, &codes).expect("the model is about the person")
}

/// `SEGMENT raw demo: addends; dropped`, as one line.
fn story(model: ModelName, person: &Person, diagnoses: &str) -> String {
    let told = explain(model, person, diagnoses);
    let addends: Vec<String> =
        told.addends.iter().map(|a| format!("{}={}", a.variable, a.coefficient)).collect();
    let dropped: Vec<String> = told
        .dropped
        .iter()
        .map(|d| format!("-{}<{}", d.category, d.by.map_or("alone".into(), |by| by.to_string())))
        .collect();
    let edited: Vec<String> = told
        .edited
        .iter()
        .map(|e| format!("{}>{}", e.diagnosis, e.category.map_or("none".into(), |c| c.to_string())))
        .collect();
    let score = told.score;
    let parts = [addends.join(" "), dropped.join(" "), edited.join(" ")];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
    format!("{} {} {}: {}", score.segment.word(), score.raw, score.demographic, parts.join("; "))
}

fn check(model: ModelName, cases: &[(Person, &str, &str)]) {
    for (person, diagnoses, expected) in cases {
        assert_eq!(story(model, person, diagnoses), *expected, "{model}: {diagnoses}");
    }
}

fn with(change: impl FnOnce(&mut Person)) -> Person {
    let mut person = woman(72);
    change(&mut person);
    person
}

#[test]
fn each_segment_of_the_community_models_has_its_cell() {
    let disabled = |dual| {
        with(|p| {
            (p.age_years, p.original_entitlement, p.dual) = (50, Entitlement::Disability, dual);
        })
    };
    check(
        ModelName::V24,
        &[
            (woman(72), "", "CNA 0.386 0.386: F70_74=0.386"),
            (with(|p| p.dual = Dual::Full), "", "CFA 0.519 0.519: F70_74=0.519"),
            (with(|p| p.dual = Dual::Partial), "", "CPA 0.406 0.406: F70_74=0.406"),
            (disabled(Dual::None), "", "CND 0.348 0.348: F45_54=0.348"),
            (disabled(Dual::Full), "", "CFD 0.374 0.374: F45_54=0.374"),
            (disabled(Dual::Partial), "", "CPD 0.418 0.418: F45_54=0.418"),
            (with(|p| p.sex = Sex::Male), "", "CNA 0.394 0.394: M70_74=0.394"),
            (
                with(|p| p.original_entitlement = Entitlement::Disability),
                "",
                "CNA 0.636 0.636: F70_74=0.386 OriginallyDisabled_Female=0.250",
            ),
            (
                // Only OREC 1 is originally disabled, and 3 is not.
                with(|p| p.original_entitlement = Entitlement::DisabilityAndEsrd),
                "",
                "CNA 0.386 0.386: F70_74=0.386",
            ),
            (
                with(|p| (p.is_long_term_institutional, p.dual) = (true, Dual::Partial)),
                "",
                "INS 1.211 1.211: F70_74=1.150 LTIMCAID=0.061",
            ),
        ],
    );
}

#[test]
fn new_enrollees_have_one_cell_and_no_disease() {
    let new = |change: fn(&mut Person)| {
        with(|p| {
            p.is_new_enrollee = true;
            change(p);
        })
    };
    check(
        ModelName::V24,
        &[
            (new(|_| ()), "E119", "NE 0.690 0.690: NMCAID_NORIGDIS_NEF70_74=0.690"),
            (new(|p| p.dual = Dual::Full), "", "NE 0.985 0.985: MCAID_NORIGDIS_NEF70_74=0.985"),
            (
                new(|p| p.original_entitlement = Entitlement::Disability),
                "",
                "NE 1.174 1.174: NMCAID_ORIGDIS_NEF70_74=1.174",
            ),
            (
                new(|p| p.in_special_needs_plan = true),
                "",
                "SNPNE 1.310 1.310: NMCAID_NORIGDIS_NEF70_74=1.310",
            ),
            // Who is 64 and entitled by age turns 65 in the year; who is disabled does not.
            (new(|p| p.age_years = 64), "", "NE 0.520 0.520: NMCAID_NORIGDIS_NEF65=0.520"),
            (
                new(|p| {
                    (p.age_years, p.original_entitlement) = (64, Entitlement::Disability);
                }),
                "",
                "NE 1.122 1.122: NMCAID_NORIGDIS_NEF60_64=1.122",
            ),
            (new(|p| p.age_years = 67), "", "NE 0.544 0.544: NMCAID_NORIGDIS_NEF67=0.544"),
        ],
    );
}

#[test]
fn hierarchies_say_which_category_dropped_which() {
    check(
        ModelName::V28,
        &[
            // Diabetes with chronic complications over diabetes without.
            (woman(72), "E1122 E119", "CNA 0.561 0.395: F70_74=0.395 HCC37=0.166 D1=0.000; -38<37"),
            (woman(72), "E119 E119", "CNA 0.561 0.395: F70_74=0.395 HCC38=0.166 D1=0.000"),
        ],
    );
    let numbers = |model, diagnoses: &str| -> Vec<u16> {
        let told = explain(model, &woman(72), diagnoses);
        let model = RiskModel::load(model).expect("the tables have their form");
        model.category_numbers(told.score.categories).collect()
    };
    assert_eq!(numbers(ModelName::V24, "C7800 C3490 C50911"), [8]);
    assert_eq!(numbers(ModelName::V28, "C7800 C3490 C50911"), [17]);
}

#[test]
fn age_and_sex_change_what_a_diagnosis_means() {
    let young = with(|p| {
        (p.age_years, p.original_entitlement) = (17, Entitlement::Disability);
    });
    let category = |model, person: &Person, diagnosis: &str| {
        let told = explain(model, person, diagnosis);
        let model = RiskModel::load(model).expect("the tables have their form");
        model.category_numbers(told.score.categories).collect::<Vec<u16>>()
    };
    // Haemophilia in a woman is another coagulation defect.
    assert_eq!(category(ModelName::V24, &woman(72), "D66"), [48]);
    assert_eq!(category(ModelName::V24, &with(|p| p.sex = Sex::Male), "D66"), [46]);
    assert_eq!(category(ModelName::V28, &woman(72), "D66"), [112]);
    // Chronic bronchitis below 18: another lung category in V24, none in V28.
    assert_eq!(category(ModelName::V24, &young, "J449"), [112]);
    assert_eq!(category(ModelName::V24, &woman(18), "J449"), [111]);
    assert_eq!(category(ModelName::V28, &young, "J449"), [0_u16; 0]);
    // Breast cancer below 50.
    assert_eq!(category(ModelName::V28, &woman(49), "C50911"), [22]);
    assert_eq!(category(ModelName::V28, &woman(50), "C50911"), [23]);
    // Disruptive mood dysregulation from 6 to 18 years only.
    for (age, found) in [(5, vec![]), (6, vec![59]), (18, vec![59]), (19, vec![])] {
        assert_eq!(category(ModelName::V24, &woman(age), "F3481"), found, "{age}");
    }
}

#[test]
fn v28_counts_a_heart_assist_device_beside_heart_failure_only() {
    let numbers = |diagnoses: &str| -> Vec<u16> {
        let told = explain(ModelName::V28, &woman(72), diagnoses);
        let model = RiskModel::load(ModelName::V28).expect("the tables have their form");
        model.category_numbers(told.score.categories).collect()
    };
    assert_eq!(numbers("Z95811"), [0_u16; 0]);
    assert_eq!(numbers("Z95811 I509"), [223]);
    let alone = explain(ModelName::V28, &woman(72), "Z95811");
    assert_eq!(alone.dropped.iter().map(|d| (d.category, d.by)).collect::<Vec<_>>(), [(223, None)]);
}

#[test]
fn the_number_of_categories_is_an_addend_of_its_own() {
    // Ten categories of V24 that share no hierarchy, taken one after another.
    let diagnoses = "E119 I442 G35 B20 K50011 D61810 E840 M0500 F200 G40001 L89004";
    let counts = ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10P", "D10P"];
    let values = [0, 0, 0, 6, 42, 77, 126, 214, 258, 505, 505];
    for (at, (name, value)) in counts.into_iter().zip(values).enumerate() {
        let first: Vec<&str> = diagnoses.split(' ').take(at + 1).collect();
        let told = explain(ModelName::V24, &woman(72), &first.join(" "));
        let count = told.addends.iter().rfind(|a| a.variable.starts_with('D')).expect("a count");
        assert_eq!((count.variable.as_str(), count.coefficient.0), (name, value), "{first:?}");
        assert_eq!(told.score.categories.len() as usize, at + 1);
    }
}

#[test]
fn renal_disease_has_segments_by_graft_and_enrolment() {
    // Figures of the CMS software (ESRD V21) for a woman of 70 to 74 with Medicaid and
    // with pneumonia, HCC 115.
    let on = |change: fn(&mut Person)| {
        with(|p| {
            (p.current_entitlement, p.dual) = (Entitlement::Esrd, Dual::Full);
            change(p);
        })
    };
    let raw = |person: &Person| explain(ModelName::E21, person, "A0103").score.raw.to_string();
    assert_eq!(raw(&on(|_| ())), "0.733");
    assert_eq!(raw(&on(|p| p.graft_months = Some(4))), "3.342");
    let institution = on(|p| (p.graft_months, p.is_long_term_institutional) = (Some(10), true));
    assert_eq!(raw(&institution), "2.458");
    let new = on(|p| (p.graft_months, p.is_new_enrollee, p.dual) = (Some(9), true, Dual::None));
    assert_eq!(raw(&new), "3.252");
    for (month, expected) in [(1, "6.030"), (2, "0.895"), (3, "0.895")] {
        assert_eq!(raw(&with(|p| p.graft_months = Some(month))), expected);
    }
    check(
        ModelName::E21,
        &[
            (
                // Dialysis itself is no category; who began with renal disease is told apart.
                on(|p| (p.original_entitlement, p.dual) = (Entitlement::Esrd, Dual::None)),
                "Z992",
                "DI 0.575 0.653: F70_74=0.653 Originally_ESRD_Female=-0.078; -134<alone",
            ),
            (
                on(|p| (p.is_new_enrollee, p.age_years, p.dual) = (true, 88, Dual::Full)),
                "",
                "DNE 1.454 1.454: MCAID_NORIGDIS_NEF85_GT=1.454",
            ),
        ],
    );
}

#[test]
fn a_renal_model_is_not_about_others() {
    let model = RiskModel::load(ModelName::E21).expect("the tables have their form");
    assert_eq!(model.score(&woman(72), &[]), None);
}

#[test]
fn models_that_cannot_be_trusted_are_refused_by_name() {
    for (word, said) in [("E24", "ESRD V24"), ("rx08", "RxHCC V08"), ("v27", "no risk model")] {
        let refusal = ModelName::from_word(word).expect_err("not offered").to_string();
        assert!(refusal.contains(said), "{refusal}");
    }
    assert_eq!(ModelName::from_word("V28"), Ok(ModelName::V28));
}

const GOOD: &str = r#"{"id":"a\"b","age":72,"sex":"F","orec":"0","crec":"0","dual_elgbl_cd":"NA",
"new_enrollee":false,"snp":false,"low_income":false,"lti":false,"graft_months":null,"dx":["e11.9"],
"expect":{"V28":1.5}}"#;

/// The good line with one text replaced, on one line.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replace('\n', "").replacen(from, to, 1)
}

#[test]
fn each_fault_of_a_line_has_its_finding_and_the_others_are_scored() {
    let cases = [
        (r#""age":72"#, r#""age":200"#, "RISK-field-value"),
        (r#""age":72"#, r#""age":-1"#, "RISK-field-value"),
        (r#""age":72"#, r#""age":"72""#, "RISK-field-value"),
        (r#""age":72,"#, "", "RISK-field-missing"),
        (r#""sex":"F""#, r#""sex":"X""#, "RISK-field-value"),
        (r#""orec":"0""#, r#""orec":"9""#, "RISK-field-value"),
        (r#""crec":"0""#, r#""crec":0"#, "RISK-field-value"),
        (r#""dual_elgbl_cd":"NA""#, r#""dual_elgbl_cd":"11""#, "RISK-field-value"),
        (r#""lti":false"#, r#""lti":"no""#, "RISK-field-value"),
        (r#""graft_months":null"#, r#""graft_months":0"#, "RISK-field-value"),
        (r#""dx":["e11.9"],"#, "", "RISK-field-missing"),
        (r#""dx":["e11.9"]"#, r#""dx":"e11.9""#, "RISK-line-form"),
        (r#""dx":["e11.9"]"#, r#""dx":["11.9",7]"#, "RISK-diagnosis-form"),
        (r#""id":"a\"b","#, "", "RISK-field-missing"),
        (r#""id":"a\"b""#, r#""id":[1]"#, "RISK-field-value"),
        (r#"{"id""#, r#"["id""#, "RISK-line-form"),
        ("1.5}}", "1.5}} x", "RISK-line-form"),
    ];
    let model = RiskModel::load(ModelName::V28).expect("the tables have their form");
    let good = changed("72", "72");
    for (from, to, code) in cases {
        let block = format!("{good}\n\n{}\n{good}", changed(from, to));
        for threads in 1..5 {
            let threads = NonZeroUsize::new(threads).expect("not zero");
            let scored = score_block(&model, block.as_bytes(), 10, false, threads);
            let codes: Vec<_> = scored.findings.iter().map(|f| f.code.as_ref()).collect();
            assert_eq!(codes, [code], "{to}");
            assert_eq!(scored.findings[0].position.segment, Some(13), "{to}");
            assert!(!scored.findings[0].cause.is_empty() && !scored.findings[0].fix.is_empty());
            assert_eq!(scored.lines, 4);
            let people = 2 + u64::from(code == "RISK-diagnosis-form");
            assert_eq!(scored.people, people, "{to}");
        }
    }
    let both = changed(r#""lti":false"#, r#""lti":true"#)
        .replace(r#""new_enrollee":false"#, r#""new_enrollee":true"#);
    let scored = score_block(&model, both.as_bytes(), 0, false, NonZeroUsize::MIN);
    assert_eq!(scored.findings[0].code, "RISK-contradictory");
}

#[test]
fn a_line_of_output_opens_down_to_its_addends() {
    let model = RiskModel::load(ModelName::V28).expect("the tables have their form");
    let line = changed(r#"["e11.9"]"#, r#"["e11.9","E1122","I509","D66"]"#);
    let scored = score_block(&model, line.as_bytes(), 0, true, NonZeroUsize::MIN);
    let out = String::from_utf8(scored.out).expect("text");
    let shown = out.replace("\"segment\"", "\n\"segment\"").replace("},{", "},\n {");
    let shown = shown.replace("\"model\"", "\n\"model\"");
    let shown = shown.replace("\"dropped\"", "\n\"dropped\"");
    insta::assert_snapshot!(shown.replace("\"diagnoses\"", "\n\"diagnoses\""), @r#"
    {"id":"a\"b","score":"1.483","demo":"0.395","hccs":["37","112","226"],
    "model":"v28","basis":"raw",
    "segment":"CNA","addends":[{"variable":"F70_74","coefficient":"0.395"},
     {"variable":"HCC37","coefficient":"0.166"},
     {"variable":"HCC112","coefficient":"0.450"},
     {"variable":"HCC226","coefficient":"0.360"},
     {"variable":"DIABETES_HF_V28","coefficient":"0.112"},
     {"variable":"D3","coefficient":"0.000"}],
    "dropped":[{"hcc":"38","by":"37"}],"edits":[{"diagnosis":"D66","hcc":"112"}],
    "diagnoses":{"37":["E1122"],"38":["E119"],"112":["D66"],"226":["I509"]}}
    "#);
}
