//! From a person and diagnoses to a score: edits, hierarchies, then one addend after another.
//!
//! A score and its explanation come out of the same steps, so that the addends sum to the score.

use crate::Thousandths;
use crate::codes::DiagnosisCode;
use crate::model::{CategorySet, Interaction, Only, RiskModel, Segment};
use crate::person::Person;
use crate::segment::SegmentName;
use std::collections::BTreeMap;

/// The score of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// The column of coefficients that was used.
    pub segment: SegmentName,
    /// The raw score: the sum of all addends.
    pub raw: Thousandths,
    /// The part of age, sex, original disability, Medicaid and institution.
    pub demographic: Thousandths,
    /// The categories that are left after edits and hierarchies.
    pub categories: CategorySet,
}

/// A score with everything that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The score.
    pub score: Score,
    /// The addends in the order of the model; they sum to the score.
    pub addends: Vec<Addend>,
    /// The categories that were dropped, each with the first reason.
    pub dropped: Vec<Dropped>,
    /// Diagnoses that an edit by age or sex changed.
    pub edited: Vec<EditedDiagnosis>,
    /// The diagnoses behind each category, before hierarchies.
    pub diagnoses: BTreeMap<u16, Vec<DiagnosisCode>>,
}

/// One addend of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addend {
    /// The published variable without its segment, for example `HCC37`, `F70_74` or `D6`.
    pub variable: String,
    /// Its coefficient.
    pub coefficient: Thousandths,
}

/// A category that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The category.
    pub category: u16,
    /// The category above it in the hierarchy; none for one that the model does not count in
    /// this company at all.
    pub by: Option<u16>,
}

/// A diagnosis that means something else for this age or sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditedDiagnosis {
    /// The diagnosis.
    pub diagnosis: DiagnosisCode,
    /// The category that it has instead; none when it is not accepted.
    pub category: Option<u16>,
}

/// What hears the steps.
trait Steps {
    fn add(&mut self, _variable: Named<'_>, _coefficient: i32) {}
    fn edited(&mut self, _diagnosis: DiagnosisCode, _to: u128) {}
    fn mapped(&mut self, _diagnosis: DiagnosisCode, _categories: u128) {}
    fn dropped(&mut self, _place: usize, _by: Option<usize>) {}
}

/// A variable by its name, or a category by its place.
enum Named<'a> {
    Name(&'a str),
    Category(usize),
}

/// Nobody listens: the steps cost nothing.
struct Silent;

impl Steps for Silent {}

struct Told<'a> {
    model: &'a RiskModel,
    addends: Vec<Addend>,
    dropped: Vec<Dropped>,
    edited: Vec<EditedDiagnosis>,
    diagnoses: BTreeMap<u16, Vec<DiagnosisCode>>,
}

impl Steps for Told<'_> {
    fn add(&mut self, variable: Named<'_>, coefficient: i32) {
        let variable = match variable {
            Named::Name(name) => name.to_owned(),
            Named::Category(place) => format!("HCC{}", self.model.number(place)),
        };
        self.addends.push(Addend { variable, coefficient: Thousandths(coefficient) });
    }

    fn edited(&mut self, diagnosis: DiagnosisCode, to: u128) {
        let category = self.model.category_numbers(CategorySet(to)).next();
        self.edited.push(EditedDiagnosis { diagnosis, category });
    }

    fn mapped(&mut self, diagnosis: DiagnosisCode, categories: u128) {
        for category in self.model.category_numbers(CategorySet(categories)) {
            self.diagnoses.entry(category).or_default().push(diagnosis);
        }
    }

    fn dropped(&mut self, place: usize, by: Option<usize>) {
        let category = self.model.number(place);
        self.dropped.push(Dropped { category, by: by.map(|place| self.model.number(place)) });
    }
}

impl RiskModel {
    /// The score of a person with these diagnoses; none when the model is not about the person
    /// (an ESRD model and a person without end-stage renal disease). Repeated diagnoses and their
    /// order do not matter; diagnoses without a category are passed over.
    #[must_use]
    pub fn score(&self, person: &Person, diagnoses: &[DiagnosisCode]) -> Option<Score> {
        self.evaluate(person, diagnoses, &mut Silent)
    }

    /// The same with everything that led to it.
    #[must_use]
    pub fn explain(&self, person: &Person, diagnoses: &[DiagnosisCode]) -> Option<Explanation> {
        let mut told = Told {
            model: self,
            addends: Vec::new(),
            dropped: Vec::new(),
            edited: Vec::new(),
            diagnoses: BTreeMap::new(),
        };
        let mut once = diagnoses.to_vec();
        once.sort_unstable();
        once.dedup();
        let score = self.evaluate(person, &once, &mut told)?;
        let Told { addends, dropped, edited, diagnoses, .. } = told;
        Some(Explanation { score, addends, dropped, edited, diagnoses })
    }

    fn evaluate(
        &self,
        person: &Person,
        diagnoses: &[DiagnosisCode],
        steps: &mut impl Steps,
    ) -> Option<Score> {
        let name = SegmentName::of(self.name, person)?;
        let segment = self.segment(name)?;
        let found = self.categories_of(person, diagnoses, steps);
        let categories = self.after_hierarchies(found, steps);
        let demographic = demographic_part(segment, name, person, steps);
        let rest = other_flags(segment, name, person, steps)
            + disease_part(segment, person, categories, steps);
        Some(Score {
            segment: name,
            raw: Thousandths(demographic + rest),
            demographic: Thousandths(demographic),
            categories: CategorySet(categories),
        })
    }

    /// The categories of the diagnoses after edits by age and sex.
    fn categories_of(
        &self,
        person: &Person,
        diagnoses: &[DiagnosisCode],
        steps: &mut impl Steps,
    ) -> u128 {
        let mut found = 0;
        for diagnosis in diagnoses {
            let number = self.codes.get(*diagnosis);
            let Some(mapping) = number.and_then(|number| self.mappings.get(number as usize)) else {
                continue;
            };
            let mut categories = mapping.categories;
            if let Some(edit) = mapping.edit
                && edit.speaks(person.sex, person.age_years)
            {
                categories = edit.to;
                steps.edited(*diagnosis, edit.to);
            }
            steps.mapped(*diagnosis, categories);
            found |= categories;
        }
        found
    }

    /// What is left when each category has dropped those below it.
    fn after_hierarchies(&self, found: u128, steps: &mut impl Steps) -> u128 {
        let mut alone = found & self.never;
        let (category, company) = self.only_beside;
        if found & company == 0 {
            alone |= found & category;
        }
        CategorySet(alone).places().for_each(|place| steps.dropped(place, None));
        let counted = found & !alone;
        let mut dropped = 0;
        for place in CategorySet(counted).places() {
            let below = counted & self.drops.get(place).copied().unwrap_or_default();
            let first_time = below & !dropped;
            CategorySet(first_time).places().for_each(|child| steps.dropped(child, Some(place)));
            dropped |= below;
        }
        counted & !dropped
    }
}

/// Age and sex, original disability, Medicaid, institution.
fn demographic_part(
    segment: &Segment,
    name: SegmentName,
    person: &Person,
    steps: &mut impl Steps,
) -> i32 {
    let mut sum = 0;
    if let Some(coefficient) = segment.all {
        steps.add(Named::Name(name.word()), coefficient);
        sum += coefficient;
    }
    if let Some(Some(cell)) = segment.cells.get(name.cell_of(person)) {
        steps.add(Named::Name(cell.name), cell.coefficient);
        sum += cell.coefficient;
    }
    for (flag, variable) in &segment.flags {
        if flag.is_demographic() && flag.holds(name, person) {
            steps.add(Named::Name(variable.name), variable.coefficient);
            sum += variable.coefficient;
        }
    }
    sum
}

/// Originally ESRD, and the months since a transplant.
fn other_flags(
    segment: &Segment,
    name: SegmentName,
    person: &Person,
    steps: &mut impl Steps,
) -> i32 {
    let mut sum = 0;
    for (flag, variable) in &segment.flags {
        if !flag.is_demographic() && flag.holds(name, person) {
            steps.add(Named::Name(variable.name), variable.coefficient);
            sum += variable.coefficient;
        }
    }
    sum
}

/// Categories, interactions and the number of categories.
fn disease_part(
    segment: &Segment,
    person: &Person,
    categories: u128,
    steps: &mut impl Steps,
) -> i32 {
    let mut sum = 0;
    for place in CategorySet(categories).places() {
        if let Some(Some(coefficient)) = segment.categories.get(place) {
            steps.add(Named::Category(place), *coefficient);
            sum += coefficient;
        }
    }
    for interaction in &segment.interactions {
        if interaction.holds(person, categories) {
            steps.add(Named::Name(interaction.variable.name), interaction.variable.coefficient);
            sum += interaction.variable.coefficient;
        }
    }
    let count = CategorySet(categories).len().min(10) as usize;
    let variable = count.checked_sub(1).and_then(|place| segment.counts.get(place));
    if let Some(Some(variable)) = variable {
        steps.add(Named::Name(variable.name), variable.coefficient);
        sum += variable.coefficient;
    }
    sum
}

impl Interaction {
    fn holds(&self, person: &Person, categories: u128) -> bool {
        // A group that asks for nothing has every bit set, and so needs a first group to hold.
        categories & self.any_of != 0
            && categories & self.and_any_of != 0
            && match self.only {
                Only::Everyone => true,
                Only::Disabled => person.is_disabled(),
                Only::NonAged => !person.is_aged(),
            }
    }
}
