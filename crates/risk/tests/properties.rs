//! What holds for any person, any diagnoses and any bytes.

use counterfoil_risk::{
    DiagnosisCode, Dual, Entitlement, ModelName, Person, RiskModel, Sex, score_block,
};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

static MODELS: LazyLock<Vec<RiskModel>> = LazyLock::new(|| {
    let loaded = ModelName::ALL.map(RiskModel::load);
    loaded.into_iter().map(|model| model.expect("the tables have their form")).collect()
});

/// Codes of the mapping, taken from the table that travels with the crate.
static CODES: LazyLock<Vec<DiagnosisCode>> = LazyLock::new(|| {
    let table = include_str!("../../../data/tables/cms_hcc/2026/diagnoses.csv");
    let codes = table.lines().skip(1).filter_map(|line| line.split(',').next());
    codes.filter_map(DiagnosisCode::parse).collect()
});

fn entitlement() -> impl Strategy<Value = Entitlement> {
    prop::sample::select(vec![
        Entitlement::Age,
        Entitlement::Disability,
        Entitlement::Esrd,
        Entitlement::DisabilityAndEsrd,
    ])
}

fn person() -> impl Strategy<Value = Person> {
    let dual = prop::sample::select(vec![Dual::None, Dual::Partial, Dual::Full]);
    let graft = prop::option::of(1_u16..30);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (0_u8..=125, entitlement(), entitlement(), dual, flags, graft).prop_map(
        |(age_years, original, current, dual, (female, new, snp, lti), graft_months)| Person {
            age_years,
            sex: if female { Sex::Female } else { Sex::Male },
            original_entitlement: original,
            current_entitlement: current,
            dual,
            is_new_enrollee: new && !lti,
            in_special_needs_plan: snp,
            is_long_term_institutional: lti,
            graft_months,
        },
    )
}

fn diagnoses() -> impl Strategy<Value = Vec<DiagnosisCode>> {
    prop::collection::vec(any::<prop::sample::Index>().prop_map(|at| *at.get(&CODES)), 0..40)
}

proptest! {
    #[test]
    fn order_and_repetition_of_diagnoses_do_not_matter(
        person in person(), diagnoses in diagnoses(), turn in 0_usize..40,
    ) {
        let mut other = diagnoses.clone();
        other.rotate_left(turn.min(diagnoses.len()));
        other.extend(diagnoses.iter().take(turn));
        for model in MODELS.iter() {
            prop_assert_eq!(model.explain(&person, &diagnoses), model.explain(&person, &other));
        }
    }

    #[test]
    fn addends_sum_to_the_score_and_every_cell_has_a_coefficient(
        person in person(), diagnoses in diagnoses(),
    ) {
        for model in MODELS.iter() {
            let Some(told) = model.explain(&person, &diagnoses) else { continue };
            let sum: i32 = told.addends.iter().map(|addend| addend.coefficient.0).sum();
            prop_assert_eq!(sum, told.score.raw.0);
            prop_assert_eq!(model.score(&person, &diagnoses), Some(told.score));
            prop_assert!(told.score.demographic.0 > 0, "{:?}", told);
        }
    }

    #[test]
    fn what_is_mapped_is_counted_or_dropped_by_name(
        person in person(), diagnoses in diagnoses(),
    ) {
        for model in MODELS.iter() {
            let Some(told) = model.explain(&person, &diagnoses) else { continue };
            let mut named: Vec<u16> = model.category_numbers(told.score.categories).collect();
            named.extend(told.dropped.iter().map(|dropped| dropped.category));
            named.sort_unstable();
            let mapped: Vec<u16> = told.diagnoses.keys().copied().collect();
            prop_assert_eq!(named, mapped);
        }
    }

    #[test]
    fn any_bytes_are_answered_and_the_number_of_threads_changes_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..400), threads in 2_usize..6,
    ) {
        for model in MODELS.iter() {
            let one = score_block(model, &bytes, 0, true, NonZeroUsize::MIN);
            let many = NonZeroUsize::new(threads).expect("not zero");
            let many = score_block(model, &bytes, 0, true, many);
            prop_assert_eq!(one, many);
        }
    }
}
