//! Every interaction with a coefficient, one person each, against scores that hccinfhir 0.4.0
//! gives (its name of the V22 diabetes and heart failure interaction corrected).

use counterfoil_risk::{DiagnosisCode, Dual, Entitlement, ModelName, Person, RiskModel, Sex};

/// Model, who, the interaction that speaks, diagnoses, the raw score.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("v22", "CNA", "HCC47_gCancer", "D61810 C770", "4.517"),
    ("v22", "CNA", "HCC85_gDiabetesMellit", "A3681 E0800", "1.169"),
    ("v22", "CNA", "HCC85_gCopdCF", "A3681 E840", "1.507"),
    ("v22", "CNA", "HCC85_gRenal", "A3681 T81502A", "1.389"),
    ("v22", "CNA", "gRespDepandArre_gCopdCF", "J9500 E840", "2.385"),
    ("v22", "CNA", "HCC85_HCC96", "A3681 I442", "1.070"),
    ("v22", "CND", "gSubstanceAbuse_gPsychiatric", "F10131 F200", "1.477"),
    ("v22", "INS", "CHF_gCopdCF", "A3681 E840", "1.752"),
    ("v22", "INS", "DIABETES_CHF", "E0800 A3681", "1.878"),
    ("v22", "INS", "gCopdCF_CARD_RESP_FAIL", "E840 J9500", "3.451"),
    ("v22", "INS", "SEPSIS_PRESSURE_ULCER", "A021 L89004", "2.614"),
    ("v22", "INS", "SEPSIS_ARTIF_OPENINGS", "A021 K91850", "2.506"),
    ("v22", "INS", "ART_OPENINGS_PRESSURE_ULCER", "K91850 L89004", "2.847"),
    ("v22", "INS", "gCopdCF_ASP_SPEC_BACT_PNEUM", "E840 A481", "1.718"),
    ("v22", "INS", "ASP_SPEC_BACT_PNEUM_PRES_ULC", "A481 L89004", "2.449"),
    ("v22", "INS", "SEPSIS_ASP_SPEC_BACT_PNEUM", "A021 A481", "1.826"),
    ("v22", "INS", "SCHIZOPHRENIA_gCopdCF", "F200 E840", "2.031"),
    ("v22", "INS", "SCHIZOPHRENIA_CHF", "F200 A3681", "1.727"),
    ("v22", "INS", "SCHIZOPHRENIA_SEIZURES", "F200 G40001", "1.934"),
    ("v22", "INSD", "DISABLED_HCC85", "A3681", "1.519"),
    ("v22", "INSD", "DISABLED_PRESSURE_ULCER", "L89004", "2.539"),
    ("v22", "INSD", "DISABLED_HCC161", "L97101", "1.670"),
    ("v22", "INSD", "DISABLED_HCC39", "A0104", "1.919"),
    ("v22", "INSD", "DISABLED_HCC77", "G35", "1.432"),
    ("v22", "INSD", "DISABLED_HCC6", "A072", "1.864"),
    ("v24", "CNA", "HCC47_gCancer", "D61810 C770", "4.548"),
    ("v24", "CNA", "DIABETES_CHF", "E0800 A3681", "1.140"),
    ("v24", "CNA", "CHF_gCopdCF", "A3681 E840", "1.382"),
    ("v24", "CNA", "HCC85_gRenal_V24", "A3681 T81502A", "1.308"),
    ("v24", "CNA", "gCopdCF_CARD_RESP_FAIL", "E840 J9500", "2.259"),
    ("v24", "CNA", "HCC85_HCC96", "A3681 I442", "1.070"),
    ("v24", "CND", "gSubstanceUseDisorder_gPsych", "F10131 F200", "1.381"),
    ("v24", "INS", "SEPSIS_PRESSURE_ULCER", "A021 L89004", "2.483"),
    ("v24", "INS", "SEPSIS_ARTIF_OPENINGS", "A021 K91850", "2.462"),
    ("v24", "INS", "ART_OPENINGS_PRESS_ULCER", "K91850 L89004", "2.877"),
    ("v24", "INS", "gCopdCF_ASP_SPEC_B_PNEUM", "E840 A481", "2.115"),
    ("v24", "INS", "ASP_SPEC_B_PNEUM_PRES_ULC", "A481 L89004", "2.632"),
    ("v24", "INS", "SEPSIS_ASP_SPEC_BACT_PNEUM", "A021 A481", "1.976"),
    ("v24", "INS", "SCHIZOPHRENIA_gCopdCF", "F200 E840", "2.347"),
    ("v24", "INS", "SCHIZOPHRENIA_CHF", "F200 A3681", "1.667"),
    ("v24", "INS", "SCHIZOPHRENIA_SEIZURES", "F200 G40001", "1.975"),
    ("v24", "INSD", "DISABLED_HCC85", "A3681", "1.525"),
    ("v24", "INSD", "DISABLED_PRESSURE_ULCER", "L89004", "2.441"),
    ("v24", "INSD", "DISABLED_HCC161", "L97101", "1.810"),
    ("v24", "INSD", "DISABLED_HCC39", "A0104", "1.900"),
    ("v24", "INSD", "DISABLED_HCC77", "G35", "1.539"),
    ("v24", "INSD", "DISABLED_HCC6", "A072", "1.982"),
    ("v28", "CNA", "DIABETES_HF_V28", "Z9483 T8620", "2.509"),
    ("v28", "CNA", "HF_CHR_LUNG_V28", "T8620 J4A0", "4.057"),
    ("v28", "CNA", "HF_KIDNEY_V28", "T8620 I120", "2.439"),
    ("v28", "CNA", "CHR_LUNG_CARD_RESP_FAIL_V28", "J4A0 J9500", "4.059"),
    ("v28", "CNA", "HF_HCC238_V28", "T8620 I442", "1.824"),
    ("v28", "CND", "gSubUseDisorder_gPsych_V28", "F11150 F200", "1.444"),
    ("v28", "INSD", "DISABLED_CANCER_V28", "C771", "3.350"),
    ("v28", "INSD", "DISABLED_NEURO_V28", "G8250", "1.920"),
    ("v28", "INSD", "DISABLED_HF_V28", "T8620", "2.359"),
    ("v28", "INSD", "DISABLED_CHR_LUNG_V28", "J4A0", "4.394"),
    ("v28", "INSD", "DISABLED_ULCER_V28", "L89004", "2.988"),
    ("e21", "DI", "SEPSIS_CARD_RESP_FAIL", "A021 J9500", "1.014"),
    ("e21", "DI", "CANCER_IMMUNE", "C770 D61810", "1.070"),
    ("e21", "DI", "CHF_COPD", "A3681 E840", "0.829"),
    ("e21", "DI", "COPD_CARD_RESP_FAIL", "E840 J9500", "0.991"),
    ("e21", "DIN", "NONAGED_HCC6", "A072", "0.647"),
    ("e21", "DIN", "NONAGED_HCC34", "K860", "0.708"),
    ("e21", "DIN", "NONAGED_HCC46", "D460", "0.859"),
    ("e21", "DIN", "NONAGED_HCC54", "F10131", "0.703"),
    ("e21", "DIN", "NONAGED_HCC55", "F10120", "0.692"),
    ("e21", "DIN", "NONAGED_HCC110", "E840", "0.892"),
    ("e21", "DIN", "NONAGED_HCC176", "M96621", "0.562"),
];

/// A woman of 72 in the community or an institution, or one of 50 entitled by disability, or
/// either on dialysis.
fn person(who: &str) -> Person {
    let is_aged = matches!(who, "CNA" | "INS" | "DI");
    Person {
        age_years: if is_aged { 72 } else { 50 },
        sex: Sex::Female,
        original_entitlement: if is_aged { Entitlement::Age } else { Entitlement::Disability },
        current_entitlement: if who.starts_with("DI") {
            Entitlement::Esrd
        } else {
            Entitlement::Age
        },
        dual: Dual::None,
        is_new_enrollee: false,
        in_special_needs_plan: false,
        is_long_term_institutional: who.starts_with("INS"),
        graft_months: None,
    }
}

#[test]
fn each_interaction_speaks_and_the_score_is_right() {
    for model in ModelName::ALL {
        let risk = RiskModel::load(model).expect("the tables have their form");
        for (_, who, variable, diagnoses, raw) in CASES.iter().filter(|c| c.0 == model.word()) {
            let codes: Vec<DiagnosisCode> =
                diagnoses.split(' ').filter_map(DiagnosisCode::parse).collect();
            let told = risk.explain(&person(who), &codes).expect("the model is about the person");
            let speaks = told.addends.iter().filter(|a| a.variable == *variable).count();
            assert_eq!(speaks, 1, "{model} {who} {variable}: {:?}", told.addends);
            assert_eq!(told.score.raw.to_string(), *raw, "{model} {who} {variable}");
        }
    }
}

#[test]
fn no_interaction_speaks_for_one_half() {
    for model in ModelName::ALL {
        let risk = RiskModel::load(model).expect("the tables have their form");
        for (_, who, variable, diagnoses, _) in CASES.iter().filter(|c| c.0 == model.word()) {
            let halves: Vec<&str> = diagnoses.split(' ').collect();
            if halves.len() < 2 {
                continue;
            }
            for half in halves {
                let codes: Vec<DiagnosisCode> = DiagnosisCode::parse(half).into_iter().collect();
                let told = risk.explain(&person(who), &codes).expect("about the person");
                let speaks = told.addends.iter().any(|a| a.variable == *variable);
                assert!(!speaks, "{model} {who} {variable} for {half} alone");
            }
        }
    }
}
