//! A model made ready: codes found by hash, categories as bits, coefficients by segment.

use crate::codes::{CodeMap, DiagnosisCode};
use crate::name::ModelName;
use crate::person::Sex;
use crate::segment::{Flag, SegmentName};
use crate::tables::{COEFFICIENTS, DIAGNOSES, EDITS, HIERARCHIES, INTERACTIONS, Line, TableError};
use std::collections::BTreeMap;

/// Categories of one model as bits, in the order of their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategorySet(pub(crate) u128);

impl CategorySet {
    /// How many.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Places of the categories among those of the model, ascending.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let place = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (place < 128).then_some(place)
        })
    }
}

/// A model of payment year 2026, ready to score.
#[derive(Clone, Debug)]
pub struct RiskModel {
    pub(crate) name: ModelName,
    /// The numbers of the categories, ascending; a category's place here is its bit.
    pub(crate) numbers: Vec<u16>,
    pub(crate) codes: CodeMap,
    pub(crate) mappings: Vec<Mapping>,
    /// By place: the categories that a category drops.
    pub(crate) drops: Vec<u128>,
    /// Categories that are never counted.
    pub(crate) never: u128,
    /// The category on the left counts only beside one on the right.
    pub(crate) only_beside: (u128, u128),
    /// By number of the segment; none where the model has no such segment.
    pub(crate) segments: Vec<Option<Segment>>,
}

/// What a diagnosis means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mapping {
    pub(crate) categories: u128,
    pub(crate) edit: Option<Edit>,
}

/// For whom a diagnosis means something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edit {
    pub(crate) for_females: bool,
    pub(crate) for_males: bool,
    pub(crate) up_to_age_years: Option<u8>,
    pub(crate) from_age_years: Option<u8>,
    /// The category instead; none when the diagnosis is not accepted.
    pub(crate) to: u128,
}

/// A published variable with its coefficient in thousandths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) coefficient: i32,
}

/// Who an interaction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Everyone,
    Disabled,
    NonAged,
}

/// Two groups of categories that cost more together.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) any_of: u128,
    pub(crate) and_any_of: u128,
    pub(crate) only: Only,
    pub(crate) variable: Variable,
}

/// The coefficients of a segment.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) cells: Vec<Option<Variable>>,
    pub(crate) flags: Vec<(Flag, Variable)>,
    /// By place of the category.
    pub(crate) categories: Vec<Option<i32>>,
    pub(crate) interactions: Vec<Interaction>,
    /// Variables of one to nine and of ten or more categories.
    pub(crate) counts: [Option<Variable>; 10],
    /// A coefficient for everyone in the segment.
    pub(crate) all: Option<i32>,
}

impl RiskModel {
    /// Makes the model ready from the tables that travel with the crate.
    ///
    /// # Errors
    /// [`TableError`] when a table does not have its form, which a test rules out.
    pub fn load(name: ModelName) -> Result<RiskModel, TableError> {
        let numbers = read_numbers(name)?;
        let places = Places { numbers: &numbers };
        let (codes, mappings) = read_mappings(name, &places)?;
        let mut drops = vec![0_u128; numbers.len()];
        for line in HIERARCHIES.lines_of(name) {
            let [parent, child] = line.fields()?;
            let child = places.bits(child, line)?;
            let parent = places.bits(parent, line)?;
            for place in CategorySet(parent).places() {
                drops
                    .get_mut(place)
                    .map(|dropped| *dropped |= child)
                    .ok_or_else(|| line.error())?;
            }
        }
        let bits = |wanted: &[u16]| places.of(wanted);
        Ok(RiskModel {
            name,
            codes,
            mappings,
            drops,
            // Dialysis status is what the ESRD models are about.
            never: if name.is_esrd() { bits(&[134]) } else { 0 },
            // V28: heart failure with heart assist device needs a heart failure beside it.
            only_beside: match name {
                ModelName::V28 => (bits(&[223]), bits(&[221, 222, 224, 225, 226])),
                _ => (0, 0),
            },
            segments: read_segments(name, &places)?,
            numbers,
        })
    }

    /// Which model it is.
    #[must_use]
    pub fn name(&self) -> ModelName {
        self.name
    }

    /// The numbers of the categories of a set, ascending.
    pub fn category_numbers(&self, set: CategorySet) -> impl Iterator<Item = u16> {
        set.places().filter_map(|place| self.numbers.get(place).copied())
    }

    pub(crate) fn number(&self, place: usize) -> u16 {
        self.numbers.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn segment(&self, name: SegmentName) -> Option<&Segment> {
        self.segments.get(name as usize)?.as_ref()
    }
}

/// Which bit a category has.
struct Places<'a> {
    numbers: &'a [u16],
}

impl Places<'_> {
    fn of(&self, wanted: &[u16]) -> u128 {
        let places = wanted.iter().filter_map(|number| self.numbers.binary_search(number).ok());
        places.fold(0, |set, place| set | 1 << place)
    }

    /// The bits of `17+18`; none for an empty text.
    fn bits(&self, text: &str, line: Line) -> Result<u128, TableError> {
        let mut set = 0;
        for number in text.split('+').filter(|number| !number.is_empty()) {
            let number: u16 = number.parse().map_err(|_| line.error())?;
            let place = self.numbers.binary_search(&number).map_err(|_| line.error())?;
            set |= 1 << place;
        }
        Ok(set)
    }
}

/// The categories for which there are coefficients.
fn read_numbers(name: ModelName) -> Result<Vec<u16>, TableError> {
    let mut numbers = Vec::new();
    for line in COEFFICIENTS.lines_of(name) {
        let [_, variable, _] = line.fields()?;
        if let Some(number) = category_number(variable) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// 37 of `HCC37`; none of `HCC85_HCC96`.
fn category_number(variable: &str) -> Option<u16> {
    variable.strip_prefix("HCC")?.parse().ok()
}

fn read_edits(
    name: ModelName,
    places: &Places<'_>,
) -> Result<BTreeMap<&'static str, Edit>, TableError> {
    let mut edits = BTreeMap::new();
    for line in EDITS.lines_of(name) {
        let [code, sex, up_to, from, category] = line.fields()?;
        let age = |text: &str| match text {
            "" => Ok(None),
            text => text.parse::<u8>().map(Some).map_err(|_| line.error()),
        };
        let edit = Edit {
            for_females: sex == "F",
            for_males: sex == "M",
            up_to_age_years: age(up_to)?,
            from_age_years: age(from)?,
            to: places.bits(category, line)?,
        };
        if edits.insert(code, edit).is_some() {
            return Err(line.error());
        }
    }
    Ok(edits)
}

fn read_mappings(
    name: ModelName,
    places: &Places<'_>,
) -> Result<(CodeMap, Vec<Mapping>), TableError> {
    let edits = read_edits(name, places)?;
    let mut mappings: Vec<Mapping> = Vec::new();
    let mut known: BTreeMap<Mapping, u32> = BTreeMap::new();
    let mut codes = Vec::new();
    for line in DIAGNOSES.lines(name) {
        let [code, v22, v24, v28, e21] = line.fields()?;
        let categories = match name {
            ModelName::V22 => v22,
            ModelName::V24 => v24,
            ModelName::V28 => v28,
            ModelName::E21 => e21,
        };
        if categories.is_empty() {
            continue;
        }
        let categories = places.bits(categories, line)?;
        let mapping = Mapping { categories, edit: edits.get(code).copied() };
        let number = *known.entry(mapping).or_insert_with(|| {
            mappings.push(mapping);
            mappings.len() as u32 - 1
        });
        codes.push((DiagnosisCode::parse(code).ok_or_else(|| line.error())?, number));
    }
    Ok((CodeMap::new(&codes), mappings))
}

fn read_segments(name: ModelName, places: &Places<'_>) -> Result<Vec<Option<Segment>>, TableError> {
    let interactions = read_interactions(name, places)?;
    let mut segments: Vec<Option<Segment>> = vec![None; SegmentName::ALL.len()];
    for line in COEFFICIENTS.lines_of(name) {
        let [segment, variable, coefficient] = line.fields()?;
        let coefficient = line.thousandths(coefficient)?;
        let found = SegmentName::ALL.into_iter().find(|one| one.word() == segment);
        let word = found.ok_or_else(|| line.error())?;
        let slot = segments.get_mut(word as usize).ok_or_else(|| line.error())?;
        let segment = slot.get_or_insert_with(|| Segment::empty(word, places.numbers.len()));
        let variable = Variable { name: variable, coefficient };
        segment.take(word, variable, places, &interactions).ok_or_else(|| line.error())?;
    }
    Ok(segments)
}

/// Interactions by variable, each with a coefficient of nothing.
fn read_interactions(
    name: ModelName,
    places: &Places<'_>,
) -> Result<BTreeMap<&'static str, Interaction>, TableError> {
    let mut found = BTreeMap::new();
    for line in INTERACTIONS.lines_of(name) {
        let [variable, any_of, and_any_of, only] = line.fields()?;
        let interaction = Interaction {
            any_of: places.bits(any_of, line)?,
            and_any_of: match and_any_of {
                "" => u128::MAX,
                text => places.bits(text, line)?,
            },
            only: match only {
                "" => Only::Everyone,
                "disabled" => Only::Disabled,
                "nonaged" => Only::NonAged,
                _ => return Err(line.error()),
            },
            variable: Variable { name: variable, coefficient: 0 },
        };
        found.insert(variable, interaction);
    }
    Ok(found)
}

impl Segment {
    fn empty(name: SegmentName, categories: usize) -> Segment {
        Segment {
            cells: vec![None; name.cell_count()],
            flags: Vec::new(),
            categories: vec![None; categories],
            interactions: Vec::new(),
            counts: [const { None }; 10],
            all: None,
        }
    }

    /// Puts a coefficient where it is looked for; none for a variable that no rule knows.
    fn take(
        &mut self,
        name: SegmentName,
        variable: Variable,
        places: &Places<'_>,
        interactions: &BTreeMap<&'static str, Interaction>,
    ) -> Option<()> {
        if variable.name == "ALL" {
            self.all = Some(variable.coefficient);
        } else if let Some(number) = category_number(variable.name) {
            let place = places.numbers.binary_search(&number).ok()?;
            *self.categories.get_mut(place)? = Some(variable.coefficient);
        } else if let Some(count) = count_place(variable.name) {
            *self.counts.get_mut(count)? = Some(variable);
        } else if let Some(flag) = Flag::of_variable(variable.name) {
            self.flags.push((flag, variable));
        } else if let Some(interaction) = interactions.get(variable.name) {
            self.interactions.push(Interaction { variable, ..interaction.clone() });
        } else {
            *self.cells.get_mut(name.cell_of_variable(variable.name)?)? = Some(variable);
        }
        Some(())
    }
}

/// 0 of `D1`, 8 of `D9`, 9 of `D10P`.
fn count_place(variable: &str) -> Option<usize> {
    match variable.strip_prefix('D')? {
        "10P" => Some(9),
        digit => digit.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < 9),
    }
}

impl Edit {
    pub(crate) fn speaks(&self, sex: Sex, age_years: u8) -> bool {
        let by_sex = match sex {
            Sex::Female => self.for_females,
            Sex::Male => self.for_males,
        };
        by_sex
            || self.up_to_age_years.is_some_and(|limit| age_years <= limit)
            || self.from_age_years.is_some_and(|limit| age_years >= limit)
    }
}
